#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What a test program cannot do from inside Wine: servers, and the Unix side of processes.

Started by tests/run-test. Listens on a loopback port, whose address it prints as its first line;
serves the requests which tests/README.md lists; ends, with all its servers, when its standard input
is closed. If that comes without the line "done", run-test has been killed: then the processes of the
prefix and its files go as well.
"""

import argparse
import os
import re
import shutil
import signal
import socketserver
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import certificates  # noqa: E402
import content  # noqa: E402
import ftpserver  # noqa: E402
import nginx  # noqa: E402
import oddserver  # noqa: E402
import wineprocess  # noqa: E402


class RequestError(Exception):
    """The request cannot be served; the message goes back as `err`."""


def parse(line):
    """Splits `word word key=value key="value with spaces"` into words and a dictionary."""
    words, values = [], {}
    for match in re.finditer(r'([A-Za-z_][\w.-]*)(?:=(?:"([^"]*)"|(\S*)))?(?=\s|$)|(\S+)', line):
        if match.group(4) is not None:
            raise RequestError("cannot read %s" % match.group(4))
        if "=" in match.group(0):
            values[match.group(1)] = match.group(2) if match.group(2) is not None \
                else match.group(3)
        elif values:
            raise RequestError("%s: words come before values" % match.group(1))
        else:
            words.append(match.group(1))
    return words, values


def format_value(value):
    text = str(value).replace('"', "%22").replace("\n", "%0A").replace("\r", "%0D")
    return '"%s"' % text if text == "" or " " in text else text


def format_values(values):
    return " ".join("%s=%s" % (key, format_value(value)) for key, value in values.items())


class Harness:
    """The requests. A method request_WORD(rest, values) returns a dictionary, or a pair of it and
    a list of lines which follow the reply."""

    def __init__(self, prefix, folder):
        self.prefix = prefix
        self.folder = folder
        self.lock = threading.RLock()
        self.servers = {}
        self.next_id = 1
        self.authority = certificates.Authority(os.path.join(folder, "ca"))
        os.makedirs(folder, exist_ok=True)

    def serve(self, line):
        """One request line to one reply, which may have several lines."""
        try:
            words, values = parse(line)
            if not words:
                raise RequestError("empty request")
            method = getattr(self, "request_" + words[0], None)
            if not method:
                raise RequestError("unknown request " + words[0])
            result = method(words[1:], values)
            lines = None
            if isinstance(result, tuple):
                result, lines = result
                result = dict(result, lines=len(lines))
            reply = ("ok " + format_values(result or {})).strip()
            if lines is not None:
                reply = "\n".join([reply] + [one.replace("\n", " ") for one in lines])
            return reply
        except (RequestError, nginx.NginxError, oddserver.ServerError,
                certificates.CertificateError) as error:
            return "err %s" % str(error).replace("\n", " ")
        except KeyError as error:
            return "err %s= is missing" % error.args[0]
        except (OSError, ValueError) as error:
            return "err %s" % str(error).replace("\n", " ")

    # Paths

    def to_windows(self, path):
        """Z: is the root of the Unix file system; what lies in drive C is named so."""
        drive_c = os.path.join(self.prefix, "drive_c") + os.sep
        if path.startswith(drive_c):
            return "C:\\" + path[len(drive_c):].replace("/", "\\")
        return "Z:" + path.replace("/", "\\")

    def to_unix(self, path):
        """A Windows path with drive, or a Unix one; names are found without regard to case."""
        if path.startswith("/"):
            return path
        if len(path) < 3 or path[1] != ":":
            raise RequestError("%s is no absolute path" % path)
        if path.startswith("\\\\?\\"):
            path = path[4:]
        there = os.path.join(self.prefix, "dosdevices", path[0].lower() + ":")
        for name in re.split(r"[\\/]+", path[2:].strip("\\/")):
            if not name:
                continue
            exact = os.path.join(there, name)
            if not os.path.lexists(exact) and os.path.isdir(there):
                for entry in os.listdir(there):
                    if entry.lower() == name.lower():
                        exact = os.path.join(there, entry)
                        break
            there = exact
        return there

    def server(self, values, kind=None):
        server = self.servers.get(values["id"])
        if not server or (kind and not isinstance(server, kind)):
            raise RequestError("no such server: id=%s" % values["id"])
        return server

    def served_path(self, values):
        """name= below the root of the nginx id=, or path= anywhere."""
        if "path" in values:
            return self.to_unix(values["path"])
        root = self.server(values, nginx.Nginx).root
        path = os.path.normpath(os.path.join(root, values["name"].replace("\\", "/").lstrip("/")))
        if not path.startswith(root + os.sep):
            raise RequestError("name= leads out of the root")
        return path

    # Requests

    def request_ping(self, _rest, _values):
        return {"pid": os.getpid(), "prefix": self.to_windows(self.prefix),
                "unix_prefix": self.prefix}

    def request_nginx(self, rest, values):
        with self.lock:
            return self._nginx(rest, values)

    def _nginx(self, rest, values):
        action = rest[0] if rest else ""
        if action == "start":
            number = str(self.next_id)
            server = nginx.Nginx(os.path.join(self.folder, "nginx" + number), values,
                                 self.authority)
            server.start()
            self.next_id += 1
            self.servers[number] = server
            return {"id": number, "port": server.port, "root": self.to_windows(server.root),
                    "pid": server.process.pid}
        server = self.server(values, nginx.Nginx)
        if action == "stop":
            server.stop()
        elif action == "kill":
            server.stop(kill=True)
        elif action == "restart":
            options = {key: value for key, value in values.items() if key != "id"}
            server.change(options)
            server.stop()
            server.start()
            return {"port": server.port, "pid": server.process.pid}
        elif action == "pause":
            server.pause(True)
        elif action == "continue":
            server.pause(False)
        elif action in ("log", "stats", "clear"):
            return self.log_request(server, action, values)
        else:
            raise RequestError("nginx: start, stop, kill, restart, pause, continue, log, stats, "
                               "clear")
        return {}

    def request_server(self, rest, values):
        action = rest[0] if rest else ""
        with self.lock:
            if action == "start":
                number = str(self.next_id)
                server = oddserver.start(values, self.authority)
                self.next_id += 1
                self.servers[number] = server
                return {"id": number, "port": server.port,
                        "sha256": content.sha256(server.size, server.seed)}
            server = self.server(values, oddserver.OddServer)
            if action == "stop":
                server.stop()
                return {}
            if action == "restart":
                server.restart()
                return {"port": server.port}
            if action == "set":
                server.change({key: value for key, value in values.items() if key != "id"})
                return {"sha256": content.sha256(server.size, server.seed)}
            if action == "drop":
                return {"connections": server.drop_connections()}
        if action in ("log", "stats", "clear"):
            return self.log_request(server, action, values)
        raise RequestError("server: start, stop, restart, set, drop, log, stats, clear")

    def request_ftp(self, rest, values):
        action = rest[0] if rest else ""
        with self.lock:
            if action == "start":
                number = str(self.next_id)
                server = ftpserver.FtpServer(values)
                self.next_id += 1
                self.servers[number] = server
                return {"id": number, "port": server.port,
                        "sha256": content.sha256(server.size, server.seed)}
            server = self.server(values, ftpserver.FtpServer)
            if action == "stop":
                server.stop()
                return {}
            if action == "set":
                server.change({key: value for key, value in values.items() if key != "id"})
                return {"sha256": content.sha256(server.size, server.seed)}
        if action in ("log", "stats", "clear"):
            return self.log_request(server, action, values)
        raise RequestError("ftp: start, stop, set, log, stats, clear")

    @staticmethod
    def log_request(server, action, values):
        """wait=N waits up to 10 s for N lines."""
        deadline = time.monotonic() + 10
        while len(server.log()) < int(values.get("wait", 0)) and time.monotonic() < deadline:
            time.sleep(0.02)
        if action == "clear":
            server.log_clear()
            return {}
        return server.stats() if action == "stats" else ({}, server.log())

    def request_file(self, _rest, values):
        """Makes or replaces a file with deterministic content."""
        path = self.served_path(values)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        size, seed = int(values["size"]), values.get("seed", "0")
        return {"sha256": content.write_file(path, size, seed), "path": self.to_windows(path)}

    def request_rewrite(self, _rest, values):
        """Other content, ETag and time for a file; size= and seed= as wanted."""
        path = self.served_path(values)
        old = os.stat(path)
        size = int(values.get("size", old.st_size))
        digest = content.write_file(path, size, values.get("seed", "rewritten %d" % time.time_ns()))
        # HTTP's time and nginx's ETag count whole seconds: be sure to be in another one.
        when = max(int(old.st_mtime) + 2, int(time.time()))
        os.utime(path, (when, when))
        return {"sha256": digest}

    def request_touch(self, _rest, values):
        """The same content with another time, hence another ETag; mtime= in Unix seconds."""
        path = self.served_path(values)
        when = int(values.get("mtime", int(os.stat(path).st_mtime) + 2))
        os.utime(path, (when, when))
        return {"mtime": when}

    def request_remove(self, _rest, values):
        os.unlink(self.served_path(values))
        return {}

    def request_sha256(self, _rest, values):
        """Of a file, or of the content that size= and seed= make."""
        if "size" in values:
            return {"sha256": content.sha256(int(values["size"]), values.get("seed", "0"))}
        path = self.served_path(values)
        return {"sha256": content.sha256_file(path), "size": os.stat(path).st_size}

    def request_stat(self, _rest, values):
        path = self.served_path(values)
        if not os.path.lexists(path):
            return {"exists": 0}
        info = os.stat(path)
        return {"exists": 1, "size": info.st_size, "mtime": int(info.st_mtime),
                "mode": "%o" % (info.st_mode & 0o7777)}

    def request_chmod(self, _rest, values):
        os.chmod(self.served_path(values), int(values["mode"], 8))
        return {}

    def request_path(self, _rest, values):
        unix = self.to_unix(values["path"])
        return {"unix": unix, "windows": self.to_windows(unix)}

    def request_damage(self, _rest, values):
        """Harms a file as a crash or a bad disk would: cut=N, or flip=OFFSET (from the end if
        negative), or append=N bytes of noise."""
        path = self.served_path(values)
        with open(path, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if "cut" in values:
                file.truncate(max(0, size - int(values["cut"])))
            if "flip" in values:
                offset = int(values["flip"])
                offset += size if offset < 0 else 0
                if not 0 <= offset < size:
                    raise RequestError("flip= is outside the file of %d bytes" % size)
                file.seek(offset)
                byte = file.read(1)[0]
                file.seek(offset)
                file.write(bytes([byte ^ 0xFF]))
            if "append" in values:
                file.seek(0, os.SEEK_END)
                file.write(content.block("noise", 0)[:int(values["append"])])
        return {"size": os.stat(path).st_size}

    def request_ca(self, _rest, _values):
        with self.lock:
            self.authority.make()
        return {"pem": self.to_windows(self.authority.pem),
                "der": self.to_windows(self.authority.der)}

    def request_service(self, rest, values):
        """The svchost of this prefix which has the module loaded."""
        action = rest[0] if rest else ""
        pids = wineprocess.service_pids(self.prefix, values.get("module", "qmgr.dll").lower())
        if action == "pid":
            return {"pid": pids[0] if pids else 0, "count": len(pids)}
        if action == "kill":
            for pid in pids:
                if not wineprocess.kill(pid, self.prefix):
                    raise RequestError("process %d does not end" % pid)
            return {"killed": len(pids), "pid": pids[0] if pids else 0}
        if action in ("pause", "continue"):
            number = signal.SIGSTOP if action == "pause" else signal.SIGCONT
            for pid in pids:
                wineprocess.kill(pid, self.prefix, number)
            return {"count": len(pids)}
        raise RequestError("service: pid, kill, pause, continue")

    def own_process(self, values):
        """pid= (Unix) or match= (part of the command line, of one process) in this prefix."""
        if "pid" in values:
            pid = int(values["pid"])
            if not wineprocess.belongs(pid, self.prefix):
                raise RequestError("process %d is not of this prefix" % pid)
            return pid
        pids = self.matching(values["match"])
        if len(pids) != 1:
            raise RequestError("%d processes match" % len(pids))
        return pids[0]

    def matching(self, text):
        return [pid for pid, command in wineprocess.processes(self.prefix)
                if text.lower() in command.lower()]

    def request_processes(self, _rest, values):
        text = values.get("match", "")
        return {}, ["pid=%d command=%s" % (pid, format_value(command))
                    for pid, command in wineprocess.processes(self.prefix)
                    if text.lower() in command.lower()]

    def request_kill(self, _rest, values):
        """SIGKILL, or signal=NAME, to pid= or match=."""
        number = signal.Signals["SIG" + values.get("signal", "KILL")]
        pid = self.own_process(values)
        if not wineprocess.kill(pid, self.prefix, number):
            raise RequestError("process %d does not end" % pid)
        return {"pid": pid}

    def request_rss(self, _rest, values):
        figures = wineprocess.memory(self.own_process(values))
        if not figures:
            raise RequestError("the process is gone")
        return {"rss": figures.get("VmRSS", 0), "peak": figures.get("VmHWM", 0),
                "anonymous": figures.get("RssAnon", 0), "size": figures.get("VmSize", 0)}

    def request_maps(self, _rest, values):
        return {}, wineprocess.loaded_files(self.own_process(values))

    def close(self):
        with self.lock:
            for server in self.servers.values():
                if isinstance(server, nginx.Nginx):
                    server.stop(kill=True)
                else:
                    server.stop()


class Control(socketserver.ThreadingTCPServer):
    """The control port; one thread a connection."""

    allow_reuse_address = True
    daemon_threads = True
    harness = None


class ControlHandler(socketserver.StreamRequestHandler):
    """Reads request lines, writes replies, until the client closes."""

    def handle(self):
        for line in self.rfile:
            reply = self.server.harness.serve(line.decode("utf-8", "replace").strip())
            try:
                self.wfile.write(reply.encode("utf-8") + b"\n")
            except OSError:
                return


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prefix", required=True, help="the Wine prefix of the test")
    parser.add_argument("--folder", required=True, help="where servers keep their files")
    parser.add_argument("--owner", action="store_true",
                        help="remove the prefix and its folder if run-test is killed")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))

    harness = Harness(os.path.realpath(arguments.prefix), os.path.realpath(arguments.folder))
    control = Control(("127.0.0.1", 0), ControlHandler)
    control.harness = harness
    threading.Thread(target=control.serve_forever, daemon=True).start()
    print("127.0.0.1:%d" % control.server_address[1], flush=True)
    orderly = False
    try:
        orderly = sys.stdin.buffer.read() == b"done\n"
    finally:
        harness.close()
        if not orderly and arguments.owner:
            prefix = harness.prefix
            wineprocess.stop_server(prefix, wineprocess.clean_environment(prefix))
            shutil.rmtree(os.path.dirname(prefix), ignore_errors=True)


if __name__ == "__main__":
    main()
