# SPDX-License-Identifier: LGPL-2.1-or-later

"""The kinds of the odd servers that want to know who asks, the proxy, and what takes uploads."""

import base64
import hashlib
import re
import select
import socket
import urllib.parse


def refuse(connection, answer, status, header, *challenges):
    answer.status = status
    answer.set(header, None)
    answer.headers += [(header, challenge) for challenge in challenges]
    answer.set("Content-Range", None)
    answer.body_none()
    connection.answer(answer)


def digest_fields(given):
    """The fields of a Digest answer; none for anything else."""
    if not given.lower().startswith("digest "):
        return {}
    found = re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^",\s]*))', given)
    return {name: re.sub(r"\\(.)", r"\1", quoted) or plain for name, quoted, plain in found}


def digest_is_right(fields, method, nonce, user, password, realm, how):
    """Whether an answer to a challenge of that kind is right."""
    make = hashlib.sha256 if "sha256" in how else hashlib.md5

    def digest(*parts):
        return make(":".join(parts).encode()).hexdigest()

    first = digest(user, realm, password)
    if "sess" in how:
        first = digest(first, nonce, fields.get("cnonce", ""))
    second = digest(method, fields.get("uri", ""))
    if "noqop" in how:
        expected = digest(first, nonce, second)
    else:
        expected = digest(first, nonce, fields.get("nc", ""), fields.get("cnonce", ""), "auth",
                          second)
    name = digest(user, realm) if "userhash" in how else user
    return (fields.get("username") == name and fields.get("nonce") == nonce
            and fields.get("realm") == realm and fields.get("response") == expected
            and fields.get("opaque", "") == ("o\"p\\q" if "opaque" in how else "")
            and ("noqop" in how) == ("qop" not in fields))


def digest_challenge(nonce, realm, how, stale):
    name = ("SHA-256" if "sha256" in how else "MD5") + ("-sess" if "sess" in how else "")
    text = 'Digest realm="%s", nonce="%s", algorithm=%s' % (realm.replace('"', '\\"'), nonce, name)
    if "noqop" not in how:
        text += ', qop="auth-int, auth"'
    if "userhash" in how:
        text += ", userhash=true, charset=UTF-8"
    if "opaque" in how:
        text += ', opaque="o\\"p\\\\q"'
    return text + (", stale=true" if stale else "")


GARBAGE = [
    "Digest", "Digest realm=", 'Digest realm="odd', 'Digest realm="odd", nonce="' + "n" * 5000 + '"',
    'Digest realm="odd", nonce="x", algorithm=WHIRLPOOL', 'Digest realm="odd", nonce="x", qop="auth-int"',
    'Digest nonce="x"', 'Digest realm="odd", nonce=""', ",,,,=,=,=", 'Digest ' + 'x="y", ' * 20000,
    'Digest realm="a\\', 'Digest realm="odd", nonce="x", algorithm=MD5-sess', "=" * 60000,
]


def kind_digest(connection, request, answer, option):
    """Digest authentication with auth=user:password. mode= words with + between them: sha256, sess,
    noqop (RFC 2069), opaque, userhash, stale (each nonce is good for one answer), quoted (a realm
    with quotation marks), basic (offered as well), both (MD5 and SHA-256), garbage (challenges that
    are none, one after the other). Its log calls a client "leak" that tells it what is a proxy's to
    know, and one that does so once stays that."""
    user, _, password = option("auth", "user:secret").partition(":")
    how = option("mode", "md5").split("+")
    server = connection.server
    realm = 'o"dd' if "quoted" in how else "odd"
    fields = digest_fields(request.headers.get("authorization", ""))
    if "both" in how:
        how.append("sha256")
    if "proxy-authorization" in request.headers:
        connection.leaked = True
    with server.lock:
        right = (fields.get("uri") == request.target
                 and digest_is_right(fields, request.method, server.nonce, user, password, realm, how))
        old = right and "stale" in how and server.handled % 2 == 0
        if old:
            server.nonce += "x"
    if right and not old:
        connection.note = "leak" if connection.leaked else user
        connection.answer(answer)
        return
    if "garbage" in how:
        refuse(connection, answer, 401, "WWW-Authenticate", GARBAGE[server.handled % len(GARBAGE)])
        return
    challenges = [digest_challenge(server.nonce, realm, how, old)]
    if "both" in how:
        challenges.insert(0, digest_challenge(server.nonce, realm, ["md5"], old))
    if "basic" in how:
        challenges = ['Basic realm="odd", ' + challenges[0]]
    refuse(connection, answer, 401, "WWW-Authenticate", *challenges)


def kind_basic(connection, request, answer, option):
    """Basic authentication with auth=user:password."""
    expected = "Basic " + base64.b64encode(option("auth", "user:secret").encode()).decode()
    if request.headers.get("authorization") == expected:
        connection.note = option("auth", "user:secret").partition(":")[0]
        connection.answer(answer)
    else:
        refuse(connection, answer, 401, "WWW-Authenticate", 'Basic realm="odd"')


def kind_upload(connection, request, answer, option):
    """Answers with the method, size and hash of what was sent. mode=redirect: 307 to=URL;
    mode=guarded: only with Basic authentication, user:secret; mode=deaf does not read (until the
    client is gone); mode=count keeps nothing, and says the size alone; mode=echo sends it back."""
    mode = option("mode", "read")
    body = connection.raw_request.partition(b"\r\n\r\n")[2]
    answer.set("Content-Range", None)
    if mode == "redirect":
        answer.status = 307
        answer.set("Location", option("to"))
        answer.body_none()
        connection.answer(answer)
        return
    expected = "Basic " + base64.b64encode(b"user:secret").decode()
    if mode == "guarded" and request.headers.get("authorization") != expected:
        refuse(connection, answer, 401, "WWW-Authenticate", 'Basic realm="odd"')
        return
    if mode == "count":
        text = b"%s size=%s" % (request.method.encode(), body)
    elif mode == "echo":
        text = body
    else:
        text = b"%s size=%d sha256=%s" % (request.method.encode(), len(body),
                                          hashlib.sha256(body).hexdigest().encode())
    answer.status = 200
    answer.set("Content-Length", str(len(text)))
    connection.send(answer.head())
    connection.send(text)


def proxy_is_content(connection, request, option):
    """Whether who asks may use the proxy."""
    wanted = option("auth", "")
    given = request.headers.get("proxy-authorization", "")
    if not wanted:
        return True
    if option("mode", "basic") == "basic":
        return given == "Basic " + base64.b64encode(wanted.encode()).decode()
    user, _, password = wanted.partition(":")
    fields = digest_fields(given)
    return (fields.get("uri") == request.target and digest_is_right(
        fields, request.method, connection.server.nonce, user, password, "odd", ["md5"]))


def kind_proxy(connection, request, answer, option):
    """A forward proxy, for http:// and CONNECT, to loopback only; auth=user:password for proxy
    authentication, by Basic or, with mode=digest, by Digest. map=HOST:PORT sends everything
    there."""
    if not proxy_is_content(connection, request, option):
        refuse(connection, answer, 407, "Proxy-Authenticate",
               'Basic realm="odd"' if option("mode", "basic") == "basic"
               else digest_challenge(connection.server.nonce, "odd", ["md5"], False))
        return
    connection.note = option("auth", "").partition(":")[0]
    connection.keep = False
    url = urllib.parse.urlsplit(request.target)
    where = request.target if request.method == "CONNECT" else url.netloc
    host, _, port = (option("map", "") or where).rpartition(":")
    if not host:
        host, port = port, "80"
    if host not in ("127.0.0.1", "localhost"):
        answer.status = 502
        answer.body_none()
        connection.answer(answer)
        return
    with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as upstream:
        upstream.settimeout(None)
        if request.method == "CONNECT":
            answer.status = 200
            connection.send(b"HTTP/1.1 200 Connected\r\n\r\n")
            upstream.sendall(connection.buffer)
        else:
            answer.status = 0
            path = urllib.parse.urlunsplit(("", "", url.path or "/", url.query, ""))
            lines = ["%s %s HTTP/1.1" % (request.method, path)]
            lines += ["%s: %s" % (name, value) for name, value in request.headers.items()
                      if not name.startswith("proxy-") and name != "connection"]
            lines.append("Connection: close")
            upstream.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        relay(connection, upstream, request.method == "CONNECT", answer)


def relay(connection, upstream, both_ways, answer):
    """Moves bytes until one side ends."""
    while not connection.server.stopping.is_set():
        ready = select.select([connection.sock, upstream], [], [], 0.1)[0]
        if upstream in ready:
            data = upstream.recv(1 << 18)
            if not data:
                return
            if not answer.status:
                match = re.match(rb"HTTP/1\.\d (\d{3})", data)
                answer.status = int(match.group(1)) if match else 502
            connection.send(data)
        if connection.sock in ready:
            data = connection.sock.recv(1 << 18)
            if not data:
                return
            if both_ways:
                upstream.sendall(data)
