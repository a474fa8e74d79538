# SPDX-License-Identifier: LGPL-2.1-or-later

"""An FTP server on loopback, well-behaved or not. Content is that of content.py. Options:

    size=N seed=S        the content of every file but those called missing*
    auth=user:password   instead of anonymous logins
    port=N               instead of a free one
    rate=N               bytes a second
    mode=die             closes the data connection after=N bytes, and says 426
    mode=stall           sends after=N bytes and then nothing
    mode=nopasv          refuses passive connections
    nosize=1             does not know SIZE
    mode=CODE            refuses files with that code (mode=450)
    modified=TIME        when they were changed, YYYYMMDDHHMMSS; without: does not know MDTM

What ends with "folder" is one. Files cannot be retrieved where their name begins with "missing".
"""

import hashlib
import socket
import socketserver
import threading
import time

import content

OPTIONS = {"size", "seed", "auth", "port", "rate", "mode", "after", "modified",
           "nosize"}


class Session:
    """One control connection."""

    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.listener = None
        self.active = None
        self.user = ""
        self.known = False
        self.offset = 0

    def say(self, text):
        self.sock.sendall((text + "\r\n").encode())

    def serve(self):
        self.say("220 ready")
        with self.sock.makefile("rb") as lines:
            for line in lines:
                text = line.decode("latin-1").rstrip("\r\n")
                word, _, argument = text.partition(" ")
                self.server.note(text)
                method = getattr(self, "do_" + word.upper(), None)
                if not method:
                    self.say("502 what?")
                elif not self.known and word.upper() not in ("USER", "PASS", "QUIT"):
                    self.say("530 who are you?")
                elif method(argument) is False:
                    return

    def do_USER(self, argument):
        self.user = argument
        self.say("331 and the password?")

    def do_PASS(self, argument):
        wanted = self.server.option("auth", "")
        self.known = (self.user + ":" + argument == wanted if wanted
                      else self.user in ("anonymous", "ftp"))
        self.say("230 welcome" if self.known else "530 no")

    def do_QUIT(self, _argument):
        self.say("221 bye")
        return False

    def do_TYPE(self, _argument):
        self.say("200 yes")

    def do_SYST(self, _argument):
        self.say("215 UNIX Type: L8")

    def do_PWD(self, _argument):
        self.say('257 "/" is where you are')

    def do_CWD(self, argument):
        self.say("550 no" if "missing" in argument or "file" in argument else "250 there")

    def do_REST(self, argument):
        self.offset = int(argument)
        self.say("350 from there")

    def do_MDTM(self, argument):
        if "missing" in argument or argument.endswith("folder"):
            self.say("550 there is no such file")
        elif not self.server.option("modified"):
            self.say("502 what?")
        else:
            self.say("213 " + self.server.option("modified"))

    def do_SIZE(self, argument):
        if "missing" in argument or argument.endswith("folder"):
            self.say("550 there is no such file")
        elif self.server.option("nosize"):
            self.say("502 what?")
        else:
            self.say("213 %d" % self.server.size)

    def listen(self):
        if self.listener:
            self.listener.close()
        self.active = None
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1)
        self.listener.settimeout(10)
        return self.listener.getsockname()[1]

    def do_PASV(self, _argument):
        if self.server.option("mode") == "nopasv":
            self.say("502 no")
            return
        port = self.listen()
        self.say("227 here (127,0,0,1,%d,%d)" % (port >> 8, port & 255))

    def do_EPSV(self, _argument):
        self.say("229 here (|||%d|)" % self.listen())

    def do_PORT(self, argument):
        numbers = [int(number) for number in argument.split(",")]
        self.active = (numbers[4] << 8) + numbers[5]  # always on loopback
        self.say("200 yes")

    def data_connection(self):
        if self.active:
            return socket.create_connection(("127.0.0.1", self.active), timeout=10)
        return self.listener.accept()[0]

    def do_STOR(self, argument):
        """Notes the size and hash of what comes."""
        if "missing" in argument:
            self.say("553 not here")
            return
        self.say("150 go on")
        digest, size = hashlib.sha256(), 0
        with self.data_connection() as data:
            while self.server.option("mode") != "stall" or not self.server.stopping.wait(0.1):
                if self.server.option("mode") == "stall":
                    continue
                piece = data.recv(1 << 16)
                if not piece:
                    break
                digest.update(piece)
                size += len(piece)
                if self.server.option("mode") == "die" and size >= int(
                        self.server.option("after", "1000")):
                    self.say("426 broken off")
                    return
        self.server.note("stored size=%d sha256=%s" % (size, digest.hexdigest()))
        self.say("226 it is here")

    def do_RETR(self, argument):
        mode = self.server.option("mode", "")
        if mode.isdigit():
            self.say(mode + " no")
            return
        if "missing" in argument or argument.endswith("folder"):
            self.say("550 there is no such file")
            return
        self.say("150 it comes")
        whole = self.send_content()
        self.offset = 0
        self.say("226 that was it" if whole else "426 broken off")

    def send_content(self):
        mode, rate = self.server.option("mode"), int(self.server.option("rate", "0"))
        end = self.server.size
        if mode in ("die", "stall"):
            end = min(end, int(self.server.option("after", "1000")))
        with self.data_connection() as data:
            begin, sent = time.monotonic(), 0
            for piece in content.read(self.server.seed, self.offset, max(0, end - self.offset)):
                step = max(1, min(len(piece), rate // 20)) if rate else len(piece)
                for first in range(0, len(piece), step):
                    part = piece[first:first + step]
                    data.sendall(part)
                    sent += len(part)
                    if rate:
                        self.server.stopping.wait(max(0, begin + sent / rate - time.monotonic()))
            while mode == "stall" and not self.server.stopping.wait(0.1):
                pass
        return mode not in ("die", "stall")


class Listener(socketserver.ThreadingTCPServer):
    """Accepts control connections."""

    allow_reuse_address = True
    daemon_threads = True
    ftp = None

    def finish_request(self, request, client_address):
        self.ftp.serve_socket(request)

    def handle_error(self, request, client_address):
        pass


class FtpServer:
    """A server with its options and its log of commands."""

    def __init__(self, options):
        self.options = {}
        self.change(options)
        self.lock = threading.Lock()
        self.lines = []
        self.open = set()
        self.stopping = threading.Event()
        self.listener = Listener(("127.0.0.1", int(options.get("port", 0))), None)
        self.listener.ftp = self
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True).start()

    def change(self, options):
        """Takes further options."""
        unknown = set(options) - OPTIONS
        if unknown:
            raise ValueError("unknown option " + ", ".join(sorted(unknown)))
        self.options = {**self.options, **options}

    def option(self, name, default=None):
        return self.options.get(name, default)

    @property
    def size(self):
        return int(self.option("size", "1000000"))

    @property
    def seed(self):
        return self.option("seed", "0")

    def note(self, line):
        with self.lock:
            self.lines.append(line if not line.startswith("PASS") else "PASS")

    def log(self):
        with self.lock:
            return list(self.lines)

    def log_clear(self):
        with self.lock:
            self.lines.clear()

    def stats(self):
        return {"requests": len(self.log())}

    def serve_socket(self, sock):
        with self.lock:
            self.open.add(sock)
        try:
            Session(self, sock).serve()
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.open.discard(sock)
            sock.close()

    def stop(self):
        self.stopping.set()
        if self.listener:
            self.listener.shutdown()
            self.listener.server_close()
            self.listener = None
        with self.lock:
            socks = list(self.open)
        for sock in socks:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
