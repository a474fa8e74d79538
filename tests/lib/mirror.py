# SPDX-License-Identifier: LGPL-2.1-or-later

"""The kind `mirror` of the odd servers: it answers with the request as it came."""

import gzip
import urllib.parse
import zlib

ALPHABET = b"abcdefghijklmnopqrstuvwxyz" * 1000


def encode(how):
    """ALPHABET in a content encoding, and the header's value for it."""
    if how == "gzip":
        return gzip.compress(ALPHABET), "gzip"
    if how == "deflate":
        return zlib.compress(ALPHABET), "deflate"
    if how == "rawdeflate":
        maker = zlib.compressobj(9, zlib.DEFLATED, -15)
        return maker.compress(ALPHABET) + maker.flush(), "deflate"
    return ALPHABET, None


def kind_mirror(connection, request, answer, _option):
    """200 and the request, head and body, as text. /guarded wants a header `X-Key: open`, else 403.
    /encoded?how=gzip|deflate|rawdeflate: an alphabet, so encoded if the client accepts that.
    /cookie sets one."""
    url = urllib.parse.urlsplit(request.target)
    body = connection.raw_request
    answer.status = 200
    answer.set("Content-Range", None)
    answer.set("Content-Type", "text/plain")
    if url.path == "/guarded" and request.headers.get("x-key") != "open":
        answer.status, body = 403, b"closed"
    elif url.path == "/encoded":
        accepts = request.headers.get("accept-encoding", "")
        how = urllib.parse.parse_qs(url.query).get("how", ["none"])[0]
        body, encoding = encode(how if how.replace("raw", "") in accepts else "none")
        answer.set("Content-Encoding", encoding)
    elif url.path == "/cookie":
        answer.set("Set-Cookie", "taste=sweet; path=/")
    answer.set("Content-Length", str(len(body)))
    connection.send(answer.head())
    if request.method != "HEAD":
        connection.send(body)
        connection.body += len(body)
