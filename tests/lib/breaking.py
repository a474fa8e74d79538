# SPDX-License-Identifier: LGPL-2.1-or-later

"""The kinds of the odd servers whose answers break off: bodies, compressed or not, and heads."""

import gzip
import zlib

import content


def kind_breaks(connection, request, answer, option):
    """after=N bytes of body, then RST. What the rest, a range, gets: mode=good: it; again: N bytes
    of it; whole: 200 and everything; changed: the same of another content, as the ETag says;
    shift: a wrong range; refuse: 416; silent: nothing; type: 206 without Content-Range."""
    mode = option("mode", "good")
    if not request.partial or mode == "again":
        if request.headers.get("range") and mode != "again":
            connection.note = "whole"
        connection.send(answer.head())
        connection.send_body(answer, int(option("after", "1000")))
        connection.keep = False
        connection.wait_read()
        connection.reset()
    elif mode == "silent":
        connection.keep = False
        connection.reset()
    elif mode == "shift":
        answer.set("Content-Range", "bytes %d-%d/%d" % (answer.first + 1, answer.end - 1,
                                                        request.size))
        connection.answer(answer)
    elif mode == "type":
        answer.set("Content-Range", None)
        connection.answer(answer)
    elif mode == "refuse":
        answer.status = 416
        answer.set("Content-Range", None)
        answer.body_none()
        connection.answer(answer)
    elif mode in ("whole", "changed"):
        request.seed += "2" if mode == "changed" else ""
        answer.status = 200
        answer.first, answer.end = 0, request.size
        answer.set("Content-Range", None)
        answer.set("Content-Length", str(request.size))
        connection.answer(answer)
    else:
        connection.answer(answer)


def kind_encoded(connection, request, answer, option):
    """The content, compressed: how=gzip|deflate|rawdeflate; mode=length (Content-Length), chunked,
    or close; after=N cuts N bytes off its end, flip=N changes the byte N from its end."""
    data = b"".join(content.read(request.seed, 0, request.size))
    how = option("how", "gzip")
    if how == "gzip":
        data = gzip.compress(data, 1)
    elif how == "deflate":
        data = zlib.compress(data, 1)
    else:
        maker = zlib.compressobj(1, zlib.DEFLATED, -15)
        data = maker.compress(data) + maker.flush()
    if "flip" in connection.server.options:
        place = len(data) - int(option("flip"))
        data = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1:]
    cut = int(option("after", "0"))
    mode = option("mode", "length")
    answer.set("Content-Encoding", "gzip" if how == "gzip" else "deflate")
    answer.set("Accept-Ranges", None)
    answer.set("Content-Length", str(len(data)) if mode == "length" else None)
    connection.keep = mode != "close" and not cut
    if mode == "chunked":
        answer.set("Transfer-Encoding", "chunked")
    elif mode == "close":
        answer.set("Connection", "close")
    connection.send(answer.head())
    if cut:
        data = data[:-cut]
    if mode != "chunked":
        connection.send(data)
        return
    for begin in range(0, len(data), 10000):
        piece = data[begin:begin + 10000]
        connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
    connection.send(b"0\r\n\r\n")  # the chunks are whole even where the data are not


def kind_slow_head(connection, _request, answer, _option):
    """A head that goes on, a byte at a time."""
    connection.keep = False
    connection.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.send(b"X-Slow: ")
        connection.pause(0.1)
        connection.send(b"1\r\n")
