# SPDX-License-Identifier: LGPL-2.1-or-later

"""The kind `cacheable` of the odd servers: answers about which a cache has to think."""

import email.utils
import time
import urllib.parse

HEADERS = {"control": "Cache-Control", "age": "Age", "vary": "Vary", "pragma": "Pragma",
           "cookie": "Set-Cookie", "type": "Content-Type", "disposition": "Content-Disposition",
           "options": "X-Content-Type-Options"}


def is_unchanged(request, answer):
    """Whether the request's conditions say that the client has the same already."""
    headers = {name.lower(): value for name, value in answer.headers}
    if "if-none-match" in request.headers:
        return headers.get("etag") in [tag.strip() for tag in
                                       request.headers["if-none-match"].split(",")]
    return ("if-modified-since" in request.headers
            and request.headers["if-modified-since"] == headers.get("last-modified"))


def kind_cacheable(connection, request, answer, option):
    """The query says what headers there are: control= age= vary= pragma= cookie= type=
    disposition= options=, expires=SECONDS from now (or any text), tag=none, date=none; to=URL is a redirect,
    with code=NNN (302). An unchanged thing
    gives 304, with mode= of the options as its Cache-Control. The log has the names of the
    conditions as user=."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.target).query)
    for key, name in HEADERS.items():
        if key in query:
            answer.set(name, query[key][0])
    if "expires" in query:
        text = query["expires"][0]
        if text.lstrip("-").isdigit() and text != "0":
            text = email.utils.formatdate(time.time() + int(text), usegmt=True)
        answer.set("Expires", text)
    if "tag" in query:
        answer.set("ETag", None)
    if "date" in query:
        answer.set("Last-Modified", None)
    connection.note = "+".join(name for name in ("if-none-match", "if-modified-since")
                               if name in request.headers) or "-"
    if is_unchanged(request, answer):
        answer.status = 304
        answer.end = answer.first
        answer.set("Content-Length", None)
        answer.set("Content-Type", None)
        answer.set("Cache-Control", option("mode"))
        connection.send(answer.head())
        return
    if "to" in query:
        answer.status = int(query.get("code", ["302"])[0])
        answer.set("Location", query["to"][0])
        answer.body_none()
    connection.answer(answer)
