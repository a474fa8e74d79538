# SPDX-License-Identifier: LGPL-2.1-or-later
"""A well-behaved HTTP server with a few pages, which says what it was asked."""

import base64
import http.server
import threading
import time

LARGE = 3000000
LIST = b"<?xml version=\"1.0\"?>\n<list><item/><item/><item/></list>\n"
PASSWORD = "Basic " + base64.b64encode(b"ann:secret").decode()


def large_list():
    return b"<list>" + b"<item/>" * 50000 + b"</list>"


class Handler(http.server.BaseHTTPRequestHandler):
    """The pages are methods page_<name>."""

    protocol_version = "HTTP/1.1"
    server_version = "pages"
    sys_version = ""

    def log_message(self, *_):
        pass

    def answer(self, body, kind="text/plain", status=200, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def serve(self):
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        name = "page_" + self.path.split("?")[0].strip("/").replace(".", "_")
        with self.server.lock:
            self.server.requests.append((self.command, self.path, dict(self.headers), body))
        try:
            getattr(self, name, self.page_absent)(body)
        except OSError:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PROPFIND = serve

    def page_absent(self, _):
        self.answer(b"no such page", status=404)

    def page_error(self, _):
        self.answer(b"out of order", status=500)

    def page_hello(self, _):
        self.answer(b"Hello", X_Answer=self.headers.get("X-Question", "nothing asked"))

    def page_echo(self, body):
        kind = self.headers.get("Content-Type", "-")
        self.answer(b"%s %s [%s]" % (self.command.encode(), kind.encode(), body))

    def page_list_xml(self, _):
        self.answer(LIST, "text/xml")

    def page_plain_xml(self, _):
        self.answer(LIST, "application/octet-stream")

    def page_broken_xml(self, _):
        self.answer(b"<list><item></list>", "text/xml")

    def page_large_xml(self, _):
        self.answer(large_list(), "text/xml")

    def page_large(self, _):
        self.answer(b"x" * LARGE)

    def page_redirect(self, _):
        self.answer(b"elsewhere", status=302, Location="/hello")

    def page_redirect_xml(self, _):
        self.answer(b"elsewhere", status=301, Location="/list.xml")

    def pieces(self, body, kind):
        """The body in four pieces, a tenth of a second apart."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        step = (len(body) + 3) // 4
        for begin in range(0, len(body), step):
            time.sleep(0.1)
            self.wfile.write(body[begin:begin + step])
            self.wfile.flush()

    def page_slow(self, _):
        self.pieces(b"slow and steady!", "text/plain")

    def page_slow_xml(self, _):
        self.pieces(LIST, "text/xml")

    def page_nap(self, _):
        time.sleep(0.1)
        self.answer(b"")

    def page_endless(self, _):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "1000000000")
        self.end_headers()
        while not self.server.ending.wait(0.05):
            self.wfile.write(b"more ")

    def page_private(self, _):
        if self.headers.get("Authorization") == PASSWORD:
            self.answer(b"for ann")
        else:
            self.answer(b"who is there?", status=401, WWW_Authenticate='Basic realm="pages"')


class Server(http.server.ThreadingHTTPServer):
    """Runs from its making to stop(); requests holds (method, path, headers, body) of each."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.requests = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def stop(self):
        self.ending.set()
        self.shutdown()
        self.server_close()
