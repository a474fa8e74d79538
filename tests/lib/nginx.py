# SPDX-License-Identifier: LGPL-2.1-or-later

"""One nginx of our own, with its configuration, files and logs in one folder."""

import concurrent.futures
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import time

LOG_FORMAT = ("conn=$connection req=$connection_requests method=$request_method uri=\"$request_uri\" "
              "proto=$server_protocol status=$status range=\"$http_range\" "
              "if_range=\"$http_if_range\" body=$body_bytes_sent sent=$bytes_sent "
              "time=$request_time user=\"$remote_user\" agent=\"$http_user_agent\" "
              "done=\"$request_completion\"")

OPTIONS = {"ranges", "rate", "tls", "cert", "auth", "etag", "modified", "keepalive", "gzip", "port"}


class NginxError(Exception):
    """nginx could not be started; the message says why."""


# PR_SET_PDEATHSIG counts the thread that forked as the parent: fork from one that stays.
_forker = concurrent.futures.ThreadPoolExecutor(max_workers=1)


def die_with_parent():
    """In the child: SIGKILL when the harness ends, however it ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Nginx:
    """Options (all strings): ranges=off, rate=BYTES_PER_SECOND, tls=1, cert=KIND, auth=user:password,
    etag=off, modified=off (no Last-Modified), keepalive=off, gzip=on, port=N."""

    def __init__(self, folder, options, authority):
        self.folder = folder
        self.root = os.path.join(folder, "root")
        self.authority = authority
        self.options = {}
        self.port = None
        self.process = None
        os.makedirs(self.root)
        self.change(options)

    def change(self, options):
        unknown = set(options) - OPTIONS
        if unknown:
            raise NginxError("unknown option " + ", ".join(sorted(unknown)))
        self.options.update(options)
        if "port" in options:
            self.port = int(options["port"])

    def _configuration(self):
        option = self.options.get
        lines = []
        if option("ranges") == "off":
            lines.append("max_ranges 0;")
        if option("rate", "0") != "0":
            lines.append("limit_rate %d;" % int(option("rate")))
        if option("etag") == "off":
            lines.append("etag off;")
        if option("modified") == "off":
            lines.append('add_header Last-Modified "";')
        if option("keepalive") == "off":
            lines.append("keepalive_timeout 0;")
        if option("auth"):
            user, _, password = option("auth").partition(":")
            hashed = subprocess.run(["openssl", "passwd", "-apr1", "-stdin"], input=password.encode(),
                                    capture_output=True, check=True, timeout=30).stdout.decode()
            with open(os.path.join(self.folder, "users"), "w", encoding="utf-8") as file:
                file.write("%s:%s\n" % (user, hashed.strip()))
            lines.append('auth_basic "concierge";')
            lines.append("auth_basic_user_file %s/users;" % self.folder)
        secure = option("tls", "0") != "0"
        if secure:
            certificate, key = self.authority.certificate(option("cert", "good"))
            lines += ["ssl_certificate %s;" % certificate, "ssl_certificate_key %s;" % key]
        return "\n".join([
            "daemon off;",
            "master_process off;",
            "pid %s/nginx.pid;" % self.folder,
            "error_log %s/error.log;" % self.folder,
            "events { worker_connections 512; }",
            "http {",
            "types { }",
            "default_type application/octet-stream;",
            "log_format harness '%s';" % LOG_FORMAT,
            "access_log %s/access.log harness;" % self.folder,
            "client_body_temp_path %s/t1;" % self.folder,
            "proxy_temp_path %s/t2;" % self.folder,
            "fastcgi_temp_path %s/t3;" % self.folder,
            "uwsgi_temp_path %s/t4;" % self.folder,
            "scgi_temp_path %s/t5;" % self.folder,
            "sendfile on;",
            "tcp_nodelay on;",
            "gzip %s;" % ("on; gzip_types *; gzip_min_length 1"
                          if option("gzip") == "on" else "off"),
            "keepalive_requests 100000;",
            "server {",
            "listen 127.0.0.1:%d%s;" % (self.port, " ssl" if secure else ""),
            "server_name localhost;",
            "root %s;" % self.root,
        ] + lines + ["}", "}", ""])

    def start(self):
        """Starts it, on the port of last time if there was one. Returns when it accepts."""
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        if not os.path.exists(program):
            raise NginxError("there is no nginx (Debian package nginx-light)")
        wanted = self.port
        for _ in range(5):
            self.port = wanted or free_port()
            path = os.path.join(self.folder, "nginx.conf")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self._configuration())
            self.process = _forker.submit(
                subprocess.Popen,
                [program, "-p", self.folder, "-e", self.folder + "/error.log", "-c", path],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True, preexec_fn=die_with_parent).result()
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and self.process.poll() is None:
                if accepts(self.port):
                    return
                time.sleep(0.01)
            self.stop(kill=True)
            if wanted:
                break
        raise NginxError("nginx does not start: " + self._read("error.log")[-300:].strip())

    def stop(self, kill=False):
        if not self.process:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def pause(self, paused):
        """Stops or continues the process: connections stay open and nothing is answered."""
        if self.process:
            self.process.send_signal(signal.SIGSTOP if paused else signal.SIGCONT)

    def _read(self, name):
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def log(self):
        """Lines of finished requests; nginx writes one after the last byte has gone."""
        return [line for line in self._read("access.log").splitlines() if " method= " not in line]

    def log_clear(self):
        with open(os.path.join(self.folder, "access.log"), "r+", encoding="utf-8") as file:
            file.truncate(0)

    def stats(self):
        lines = self.log()
        connections = {re.match(r"conn=(\d+)", line).group(1) for line in lines}
        sent = sum(int(re.search(r" body=(\d+) ", line).group(1)) for line in lines)
        return {"requests": len(lines), "connections": len(connections), "body": sent}
