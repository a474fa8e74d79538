# SPDX-License-Identifier: LGPL-2.1-or-later

"""HTTP servers that misbehave in one chosen way each; the ways are the functions kind_*.

Whatever the kind, a request without its special condition is answered properly: GET and HEAD,
single ranges, If-Range, ETag, Last-Modified, keep-alive. Content is that of content.py. Options
common to all kinds (all may also be changed while the server runs, by `server set`):

    size=N seed=S        the content; a query ?size=N&seed=S in the URL overrides it
    port=N               instead of a free one
    tls=1 cert=KIND      as for nginx
    times=N              misbehave N times, then answer properly
    skip=N               answer properly N times, then misbehave
    on=get|head|range    misbehave only for GET, for HEAD, or for requests with a range
    head=405|close       answer HEAD so
    etag=weak|none|TEXT  the ETag; Last-Modified: modified=none|UNIX_TIME
    keepalive=off        close after each answer
"""

import email.utils
import hashlib
import os
import re
import select
import socket
import socketserver
import ssl
import struct
import threading
import time
import urllib.parse

import content
from cacheable import kind_cacheable  # noqa: F401
from mirror import kind_mirror  # noqa: F401
from breaking import kind_breaks, kind_encoded, kind_slow_head  # noqa: F401
from authserver import kind_basic, kind_digest, kind_proxy, kind_upload  # noqa: F401

HEAD_LIMIT = 1 << 20


class ServerError(Exception):
    """The server cannot be started; the message says why."""


class Gone(Exception):
    """The connection is over."""


def quote(text):
    """As nginx writes text into its log."""
    return "".join("\\x%02X" % ord(c) if c in '"\\' or not " " <= c <= "~" else c for c in text)


class Request:
    """One parsed request head, and what the proper answer to it would be."""

    def __init__(self, line, headers, server):
        parts = line.split(" ")
        if len(parts) != 3:
            raise Gone()
        self.method, self.target, self.protocol = parts
        self.headers = headers
        url = urllib.parse.urlsplit(self.target)
        query = urllib.parse.parse_qs(url.query)
        self.size = int(query.get("size", [server.size])[0])
        self.seed = query.get("seed", [server.seed])[0]
        self.first, self.end, self.partial = self.find_range(server)

    def find_range(self, server):
        """(first, end, whether it is a range request to be honoured); end is exclusive."""
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("range", "").strip())
        condition = self.headers.get("if-range")
        validators = (server.etag(self), server.modified())
        if not match or match.group(0) == "bytes=-" or (condition and condition not in validators):
            return 0, self.size, False
        if not match.group(1):
            return max(0, self.size - int(match.group(2))), self.size, True
        first = int(match.group(1))
        end = min(self.size, int(match.group(2)) + 1) if match.group(2) else self.size
        return first, end, True


class Answer:
    """What is sent: a status line, headers in order, and how much body."""

    def __init__(self, request, server):
        self.request = request
        self.status = 206 if request.partial else 200
        self.headers = [("Server", "odd"), ("Date", email.utils.formatdate(usegmt=True)),
                        ("Content-Type", "application/octet-stream"), ("Accept-Ranges", "bytes")]
        etag, modified = server.etag(request), server.modified()
        if etag:
            self.headers.append(("ETag", etag))
        if modified:
            self.headers.append(("Last-Modified", modified))
        self.first, self.end = request.first, request.end
        if request.partial and self.first >= request.size:
            self.status = 416
            self.first = self.end = 0
            self.set("Content-Range", "bytes */%d" % request.size)
        elif request.partial:
            self.set("Content-Range",
                     "bytes %d-%d/%d" % (self.first, self.end - 1, request.size))
        self.set("Content-Length", str(self.end - self.first))

    def set(self, name, value):
        self.headers = [(old, text) for old, text in self.headers if old.lower() != name.lower()]
        if value is not None:
            self.headers.append((name, value))

    def body_none(self):
        self.first = self.end = 0
        self.set("Content-Length", "0")

    def head(self):
        lines = ["HTTP/1.1 %d %s" % (self.status, "Odd")]
        lines += ["%s: %s" % header for header in self.headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


class Connection:
    """One accepted connection, served until it closes."""

    def __init__(self, server, sock, number):
        self.server = server
        self.sock = sock
        self.number = number
        self.buffer = b""
        self.sent = 0
        self.body = 0
        self.keep = True
        self.note = ""
        self.leaked = False
        self.raw_request = b""

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data or len(self.buffer) > HEAD_LIMIT:
                raise Gone()
            self.buffer += data
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if self.server.kind == "upload" and self.server.option("mode") == "deaf":
            self.pause(3600)
        length = int(headers.get("content-length", "0") or "0")
        if self.server.kind == "upload" and self.server.option("mode") == "count":
            body = b"%d" % self.count(length)
        else:
            body = self.discard(length)
        self.raw_request = head + b"\r\n\r\n" + body
        return lines[0], headers

    def discard(self, length):
        while len(self.buffer) < length:
            data = self.sock.recv(65536)
            if not data:
                raise Gone()
            self.buffer += data
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return body

    def count(self, length):
        """Reads that much and keeps nothing; how much it was."""
        got = len(self.buffer)
        self.buffer = b""
        while got < length:
            data = self.sock.recv(1 << 20)
            if not data:
                raise Gone()
            got += len(data)
        return got

    def send(self, data):
        self.sock.sendall(data)
        self.sent += len(data)

    def send_body(self, answer, limit=None, rate=None):
        """The body, or its first `limit` bytes; `rate` in bytes a second."""
        length = answer.end - answer.first
        if limit is not None:
            length = min(length, limit)
        if answer.request.method == "HEAD":
            return
        start = time.monotonic()
        sent = 0
        for piece in content.read(answer.request.seed, answer.first, length):
            step = max(1, min(len(piece), rate // 20)) if rate else len(piece)
            for begin in range(0, len(piece), step):
                part = piece[begin:begin + step]
                self.send(part)
                self.body += len(part)
                sent += len(part)
                if rate:
                    self.pause(start + sent / rate - time.monotonic())

    def pause(self, seconds):
        """Waits, but not beyond the end of the server or of the connection."""
        deadline = time.monotonic() + seconds
        while seconds > 0 and not self.server.stopping.wait(min(seconds, 0.1)):
            if self.peer_closed():
                raise Gone()
            seconds = deadline - time.monotonic()
        if self.server.stopping.is_set():
            raise Gone()

    def peer_closed(self):
        if not select.select([self.sock], [], [], 0)[0]:
            return False
        if isinstance(self.sock, ssl.SSLSocket):
            return False
        try:
            return not self.sock.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def wait_read(self, seconds=10):
        """Until the client's program has taken all that was sent: a RST throws the rest away."""
        host, port = self.sock.getsockname()[:2]
        ours = "%08X:%04X" % (struct.unpack("<I", socket.inet_aton(host))[0], port)
        host, port = self.sock.getpeername()[:2]
        client = "%08X:%04X" % (struct.unpack("<I", socket.inet_aton(host))[0], port)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            waiting = 0
            with open("/proc/net/tcp", encoding="ascii") as table:
                for line in table:
                    fields = line.split()
                    if fields[1:3] == [ours, client]:
                        waiting += int(fields[4].split(":")[0], 16)
                    elif fields[1:3] == [client, ours]:
                        waiting += int(fields[4].split(":")[1], 16)
            if not waiting:
                return
            time.sleep(0.005)

    def reset(self):
        """Ends the connection by RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone()

    def answer(self, answer):
        """The proper way to send an answer."""
        self.send(answer.head())
        self.send_body(answer)

    def serve(self):
        try:
            if self.server.kind == "close" and self.server.option("mode", "request") == "accept":
                if self.server.is_odd(None):
                    self.server.log_line(self, None, 0)
                    self.reset()
            while self.keep:
                line, headers = self.read_head()
                self.sent = self.body = 0
                self.note = ""
                request = Request(line, headers, self.server)
                answer = Answer(request, self.server)
                self.keep = (headers.get("connection", "").lower() != "close"
                             and self.server.option("keepalive", "on") != "off")
                if self.server.option("keepalive", "on") == "off":
                    answer.set("Connection", "close")
                try:
                    self.server.respond(self, request, answer)
                finally:
                    self.server.log_line(self, request, answer.status)
        except (Gone, OSError, ValueError):
            pass
        finally:
            self.sock.close()


# The kinds: each sends its answer through the connection; self.keep says whether it goes on.

def kind_normal(connection, _request, answer, _option):
    """Answers properly."""
    connection.answer(answer)


def kind_die_mid_body(connection, _request, answer, option):
    """after=N bytes of body, then RST; mode=fin closes in order instead."""
    connection.send(answer.head())
    connection.send_body(answer, int(option("after", "1000")))
    connection.keep = False
    if option("mode", "reset") == "reset":
        connection.wait_read()
        connection.reset()


def kind_stall(connection, _request, answer, option):
    """after=N bytes of body (after=head: before the head), then silence for for=SECONDS (3600),
    then the rest."""
    after = option("after", "1000")
    if after == "head":
        connection.pause(float(option("for", "3600")))
        connection.answer(answer)
        return
    connection.send(answer.head())
    connection.send_body(answer, int(after))
    connection.pause(float(option("for", "3600")))
    answer.first += int(after)
    connection.send_body(answer)


def kind_slow(connection, _request, answer, option):
    """rate=N bytes a second."""
    connection.send(answer.head())
    connection.send_body(answer, rate=int(option("rate", "10000")))


def kind_no_content_length(connection, _request, answer, _option):
    """The end of the connection is the end of the body."""
    answer.set("Content-Length", None)
    answer.set("Connection", "close")
    connection.keep = False
    connection.answer(answer)


def kind_long_length(connection, _request, answer, option):
    """Content-Length promises extra=N bytes more than come."""
    answer.set("Content-Length", str(answer.end - answer.first + int(option("extra", "1000"))))
    connection.keep = False
    connection.answer(answer)


def kind_short_length(connection, request, answer, option):
    """extra=N bytes more come than Content-Length says."""
    connection.keep = False
    connection.answer(answer)
    if request.method != "HEAD":
        connection.send(b"x" * int(option("extra", "1000")))


def kind_ignore_range(connection, request, answer, _option):
    """200 and everything for every range, while advertising ranges."""
    answer.status = 200
    answer.first, answer.end = 0, request.size
    answer.set("Content-Range", None)
    answer.set("Content-Length", str(request.size))
    connection.answer(answer)


def kind_no_ranges(connection, request, answer, option):
    """As ignore_range, saying Accept-Ranges: none."""
    answer.set("Accept-Ranges", "none")
    kind_ignore_range(connection, request, answer, option)


def kind_wrong_range(connection, request, answer, option):
    """206 with a Content-Range that is wrong: mode=shift (begins shift=N later, in header and
    body), total (another total), end (ends earlier than asked), header (other numbers than what is
    sent), garbage, missing."""
    mode = option("mode", "shift")
    shift = int(option("shift", "1"))
    total = request.size
    if answer.status == 206:
        if mode == "shift":
            answer.first = min(answer.first + shift, answer.end)
        elif mode == "end":
            answer.end = max(answer.first + 1, answer.end - shift)
        elif mode == "total":
            total += shift
        elif mode not in ("header", "garbage", "missing"):
            raise ServerError("unknown mode " + mode)
        lie = shift if mode == "header" else 0
        answer.set("Content-Range", "bytes %d-%d/%d" % (answer.first + lie, answer.end - 1 + lie,
                                                        total))
        if mode == "garbage":
            answer.set("Content-Range", "bytes 18446744073709551617-abc/-1")
        elif mode == "missing":
            answer.set("Content-Range", None)
        answer.set("Content-Length", str(answer.end - answer.first))
    connection.answer(answer)


def kind_range_416(connection, _request, answer, _option):
    """416 for every range."""
    if answer.status == 206:
        answer.status = 416
        answer.set("Content-Range", None)
        answer.body_none()
    connection.answer(answer)


def kind_changes(connection, request, _answer, option):
    """Another ETag, and with content=changes (default) another content, from request to request;
    content=same keeps it; etag=TEXT given explicitly keeps the ETag. A range request whose
    If-Range is outdated gets the whole new content, one without gets its range of it."""
    server = connection.server
    with server.lock:
        server.generation += 1
    request.seed = server.generation_seed(request.seed)
    if option("content", "changes") == "same":
        request.seed = server.seed
    request.first, request.end, request.partial = request.find_range(server)
    fresh = Answer(request, server)
    connection.answer(fresh)


def kind_redirect(connection, _request, answer, option):
    """code=NNN (302) to=URL; to=self is a loop."""
    answer.status = int(option("code", "302"))
    target = option("to", "self")
    answer.set("Location", "/again" if target == "self" else target)
    answer.body_none()
    connection.answer(answer)


def kind_status(connection, request, answer, option):
    """code=NNN (500), with Retry-After: retry_after=TEXT if given, and a small body."""
    answer.status = int(option("code", "500"))
    if option("retry_after", ""):
        answer.set("Retry-After", option("retry_after"))
    answer.set("Content-Range", None)
    text = b"" if answer.status in (204, 304) else b"status %d" % answer.status
    answer.set("Content-Length", str(len(text)))
    connection.send(answer.head())
    if request.method != "HEAD":
        connection.send(text)


def kind_huge_headers(connection, _request, answer, option):
    """count=N headers of bytes=N each."""
    for index in range(int(option("count", "100"))):
        answer.headers.append(("X-Filler-%d" % index, "x" * int(option("bytes", "1000"))))
    connection.answer(answer)


def kind_flood_headers(connection, _request, answer, option):
    """A head of bytes=N (1 GiB), made as it is sent: many headers, or, with mode=one, a single
    one."""
    connection.keep = False
    connection.send(answer.head()[:-2])
    line = b"X-Filler: " + b"x" * 1000 + b"\r\n"
    if option("mode", "many") == "one":
        connection.send(b"X-Filler: ")
        line = b"x" * 1000
    piece = line * 256
    left = int(option("bytes", str(1 << 30)))
    while left > 0 and not connection.server.stopping.is_set():
        connection.send(piece)
        left -= len(piece)
    connection.send(b"\r\n\r\n")
    connection.send_body(answer)


INJECTIONS = {
    "fold": b"X-Folded: first\r\n second\r\n",
    "nul": b"X-Nul: a\0b\r\n",
    "nocolon": b"no colon here\r\n",
    "bare_lf": b"X-One: 1\nX-Two: 2\n",
    "bare_cr": b"X-One: 1\rX-Two: 2\r\n",
    "empty_name": b": value\r\n",
    "space_name": b"X-Space : value\r\n",
    "latin1": b"X-Name: \xff\xfe\r\n",
    "format": b"X-Format: %s%n%x%p\r\n",
    "two_lengths": b"Content-Length: 1\r\n",
    "two_etags": b"ETag: \"another\"\r\n",
}

LENGTHS = {
    "negative_length": "-1", "huge_length": "99999999999999999999999", "max_length":
    "18446744073709551615", "max_signed_length": "9223372036854775807", "hex_length": "0x10",
    "text_length": "many", "empty_length": "",
}


def kind_header_injection(connection, _request, answer, option):
    """mode= one of INJECTIONS (bytes put into the head) or LENGTHS (values of Content-Length)."""
    mode = option("mode", "nocolon")
    if mode in LENGTHS:
        answer.set("Content-Length", LENGTHS[mode])
        connection.keep = False
        connection.answer(answer)
        return
    if mode not in INJECTIONS:
        raise ServerError("unknown mode " + mode)
    head = answer.head()
    connection.send(head[:-2] + INJECTIONS[mode] + b"\r\n")
    connection.send_body(answer)


def kind_chunked(connection, request, answer, option):
    """Chunks of chunk=N bytes; mode=truncated stops after=N bytes without the last chunk,
    mode=bad_size sends a chunk size that is none, mode=huge_size one of 16 digits."""
    mode = option("mode", "good")
    answer.set("Content-Length", None)
    answer.set("Transfer-Encoding", "chunked")
    connection.send(answer.head())
    if request.method == "HEAD":
        return
    end = answer.end
    if mode != "good":
        end = min(end, answer.first + int(option("after", "1000")))
        connection.keep = False
    position = answer.first
    while position < end:
        length = min(int(option("chunk", "65536")), end - position)
        connection.send(b"%x\r\n" % length)
        for piece in content.read(request.seed, position, length):
            connection.send(piece)
        connection.send(b"\r\n")
        connection.body += length
        position += length
    if mode == "good":
        connection.send(b"0\r\n\r\n")
    elif mode == "bad_size":
        connection.send(b"zz\r\n")
    elif mode == "huge_size":
        connection.send(b"ffffffffffffffff\r\nabc")


def kind_close(connection, _request, _answer, option):
    """Closes after the request, or, with mode=accept, at once; both by RST. mode=fin: in order."""
    connection.keep = False
    if option("mode", "request") != "fin":
        connection.reset()


def kind_garbage(connection, _request, _answer, option):
    """bytes=N that are not HTTP."""
    connection.keep = False
    connection.send(content.block("garbage", 0)[:int(option("bytes", "10000"))])


COMMON_OPTIONS = {"kind", "size", "seed", "port", "tls", "cert", "times", "skip", "on", "head", "etag",
                  "modified", "keepalive", "client"}
KIND_OPTIONS = {"after", "mode", "for", "rate", "extra", "shift", "content", "code", "to",
                "retry_after", "how", "flip", "count", "bytes", "chunk", "auth", "map"}
KINDS = {name[5:]: function for name, function in list(globals().items())
         if name.startswith("kind_")}


class Listener(socketserver.ThreadingTCPServer):
    """Accepts on loopback, one thread a connection."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    odd = None

    def finish_request(self, request, client_address):
        self.odd.serve_socket(request)

    def handle_error(self, request, client_address):
        pass


class OddServer:
    """A server with its options, log and connections."""

    def __init__(self, options, authority):
        self.lock = threading.Lock()
        self.options = dict(options)
        self.authority = authority
        self.kind = None
        self.generation = 0
        self.handled = 0
        self.misbehaved = 0
        self.accepted = 0
        self.started = int(time.time()) - 1000
        self.nonce = os.urandom(8).hex()
        self.lines = []
        self.open = set()
        self.stopping = threading.Event()
        self.listener = None
        self.context = None
        self.port = int(options.get("port", 0))
        self.change({})
        self.restart()

    def option(self, name, default=None):
        return self.options.get(name, default)

    @property
    def size(self):
        return int(self.option("size", "1000000"))

    @property
    def seed(self):
        return self.option("seed", "0")

    def change(self, options):
        """Takes further options; the counts of times= and skip= begin anew."""
        kind = options.get("kind", self.options.get("kind", "normal"))
        if kind not in KINDS:
            raise ServerError("kinds are " + ", ".join(sorted(KINDS)))
        unknown = set(self.options) | set(options)
        unknown -= COMMON_OPTIONS | KIND_OPTIONS
        if unknown:
            raise ServerError("unknown option " + ", ".join(sorted(unknown)))
        with self.lock:
            self.options.update(options)
            self.kind = kind
            self.handled = self.misbehaved = 0

    def generation_seed(self, seed):
        return "%s generation %d" % (seed, self.generation) if self.generation else seed

    def etag(self, request):
        wanted = self.option("etag", "")
        if wanted == "none":
            return None
        if wanted not in ("", "weak"):
            return '"%s"' % wanted
        text = "%s/%d/%d" % (request.seed, request.size, self.generation)
        tag = '"%s"' % hashlib.sha256(text.encode()).hexdigest()[:16]
        return "W/" + tag if wanted == "weak" else tag

    def modified(self):
        wanted = self.option("modified", "")
        if wanted == "none":
            return None
        when = int(wanted) if wanted else self.started + self.generation
        return email.utils.formatdate(when, usegmt=True)

    def is_odd(self, request):
        """Whether this request is one to misbehave on; counts."""
        on = self.option("on", "")
        if request and on:
            matches = {"get": request.method == "GET", "head": request.method == "HEAD",
                       "range": "range" in request.headers}.get(on, True)
            if not matches:
                return False
        with self.lock:
            self.handled += 1
            if self.handled <= int(self.option("skip", "0")):
                return False
            if "times" in self.options and self.misbehaved >= int(self.options["times"]):
                return False
            self.misbehaved += 1
            return True

    def respond(self, connection, request, answer):
        if request.method == "HEAD" and self.option("head") == "close":
            connection.keep = False
            connection.reset()
        if request.method not in ("GET", "HEAD") and self.kind not in ("proxy", "mirror", "upload") or (
                request.method == "HEAD" and self.option("head") == "405"):
            answer.status = 405
            answer.set("Content-Range", None)
            answer.body_none()
            connection.answer(answer)
            return
        kind = KINDS[self.kind] if self.is_odd(request) else kind_normal
        kind(connection, request, answer, self.option)

    def serve_socket(self, sock):
        with self.lock:
            self.accepted += 1
            number = self.accepted
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context:
                sock.settimeout(20)
                sock = self.context.wrap_socket(sock, server_side=True)
                sock.settimeout(None)
        except (OSError, ssl.SSLError):
            return
        with self.lock:
            self.open.add(sock)
        try:
            Connection(self, sock, number).serve()
        finally:
            with self.lock:
                self.open.discard(sock)

    def log_line(self, connection, request, status):
        headers = request.headers if request else {}
        line = ('conn=%d method=%s uri="%s" proto=%s status=%d range="%s" if_range="%s" body=%d '
                'sent=%d user="%s" agent="%s"' % (
                    connection.number, request.method if request else "-",
                    quote(request.target) if request else "",
                    request.protocol if request else "-", status, quote(headers.get("range", "")),
                    quote(headers.get("if-range", "")), connection.body,
                    connection.sent, connection.note,
                    quote(headers.get("user-agent", ""))))
        with self.lock:
            self.lines.append(line)

    def log(self):
        with self.lock:
            return list(self.lines)

    def log_clear(self):
        with self.lock:
            self.lines.clear()
            self.accepted = 0

    def stats(self):
        with self.lock:
            return {"requests": len(self.lines), "connections": self.accepted,
                    "open": len(self.open),
                    "body": sum(int(re.search(r" body=(\d+) ", line).group(1))
                                for line in self.lines)}

    def restart(self):
        """Listens, on the old port if there was one."""
        self.stop()
        self.stopping = threading.Event()
        if self.option("tls", "0") != "0":
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*self.authority.certificate(self.option("cert", "good")))
            if self.option("client"):
                self.context.load_verify_locations(self.authority.pem)
                self.context.maximum_version = ssl.TLSVersion.TLSv1_2  # the refusal ends the handshake
                self.context.verify_mode = (ssl.CERT_REQUIRED if self.option("client") == "required"
                                            else ssl.CERT_OPTIONAL)
        self.listener = Listener(("127.0.0.1", self.port), None)
        self.listener.odd = self
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True).start()

    def drop_connections(self):
        """Resets every open connection. Returns their number."""
        with self.lock:
            socks = list(self.open)
        for sock in socks:
            try:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        return len(socks)

    def stop(self):
        self.stopping.set()
        if self.listener:
            self.listener.shutdown()
            self.listener.server_close()
            self.listener = None
        self.drop_connections()


def start(options, authority):
    return OddServer(options, authority)
