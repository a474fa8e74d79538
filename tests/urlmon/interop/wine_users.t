#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=300;
"""Scripts which use urlmon through Wine's cscript, jscript and msxml3: on our urlmon.dll, on that and
our ole32.dll, and on what Wine brings along, which has to give the same.

The prefixes are the one named in CONCIERGE_TEMPLATE_PREFIX (else build/check/prefix) with "-urlmon"
and with "-ole32-urlmon" behind its name; those that are not there are left out.
"""

import os
import shutil
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lib"))

import httpd  # noqa: E402
import oddserver  # noqa: E402
import sample  # noqa: E402
from sample import ok  # noqa: E402

SCRIPTS = ("xmlhttp.js", "document.js")

# What a body that was sent by POST is when nobody says what it is.
FORM = "application/x-www-form-urlencoded"

XMLHTTP = f"""\
get: 4 200 OK
text: Hello
type: text/plain
answer: how are you
all: true
xml: 200 list 3
post: 200 POST text/x-letter [Dear server]
post a document: 200 POST - []
put: 200 PUT - [put here]
head: 200 []
custom: 200 PROPFIND - []
not found: 404 Not Found no such page
server error: 500 out of order
redirect: 200 Hello
large: 200 {httpd.LARGE}
async: returned true
async: 4 200 slow and steady!
states: rising true, last 4
five: {", ".join(f"POST {FORM} [letter {i}]" for i in range(5))}
abort: 0
after abort: 200
password: 200 for ann
nobody: error 800c0004
end
"""

DOCUMENT = """\
http: true 4 list 3
http, async: true 4 list 3
http, slow: true 4 list 3
http, redirected: true 4 list 3
http, large: true 4 list 50000
http, by its file name: true 4 list 3
http, absent: false 4 nothing
http, absent: error true
http, broken: false 4 nothing
http, broken: error true
nobody: false 4 nothing
nobody: error true
path: true 4 list 3
name: true 4 list 3
slashes: true 4 list 3
file: true 4 list 3
file, escaped: true 4 list 3
path with a space: true 4 list 3
absent file: false 4 nothing
absent file: error true
absent drive: false 4 nothing
absent drive: error true
no scheme of anybody: false 4 nothing
no scheme of anybody: error true
end
"""

# Where Wine's urlmon does not give the code of its page, "URL Moniker Error Codes": the server
# cannot be reached; and what it says nothing of.
OF_WINE = {"nobody: error 800c0004": "nobody: error 800c0008", f"POST {FORM}": "POST -"}


def differences(expected, output):
    """What there is in one and not in the other."""
    wanted, found = expected.splitlines(), output.splitlines()
    return "\n".join([f"expected: {line}" for line in wanted if line not in found]
                     + [f"found: {line}" for line in found if line not in wanted][:20])


def run_script(prefix, script, server, nobody):
    with server.lock:
        server.requests.clear()
    return prefix.run("cscript", "/nologo", script, server.url, nobody,
                      cwd=prefix.drive("interop"))


def check_requests(server, where):
    """What the server has seen of xmlhttp.js."""
    with server.lock:
        requests = list(server.requests)
    asked = [request for request in requests if request[1] == "/hello"]
    ok(asked and asked[0][2].get("X-Question") == "how are you", f"{where}: its own header", asked)
    posted = [body for method, path, _, body in requests if method == "POST" and path == "/echo"]
    ok(posted.count(b"Dear server") == 1 and all(posted.count(b"letter %d" % i) == 1
                                                 for i in range(5)),
       f"{where}: each letter is posted once", posted)
    methods = {method for method, _, _, _ in requests}
    ok(methods == {"GET", "HEAD", "POST", "PUT", "PROPFIND"}, f"{where}: the methods", methods)
    secret = [path for _, path, headers, _ in requests if headers.get("Authorization")]
    ok(set(secret) <= {"/private", "/private/"}, f"{where}: the password stays where it belongs",
       secret)


def check_prefix(prefix, where, replaced):
    os.mkdir(prefix.drive("interop"))
    for name in SCRIPTS:
        shutil.copy(os.path.join(HERE, name), prefix.drive("interop"))
    for name in ("list.xml", "a list.xml"):
        with open(prefix.drive("interop", name), "wb") as file:
            file.write(httpd.LIST)
    gone = oddserver.start({}, None)
    gone.stop()
    nobody = f"http://127.0.0.1:{gone.port}"
    server = httpd.Server()
    try:
        for script, expected in zip(SCRIPTS, (XMLHTTP, DOCUMENT)):
            for ours, theirs in replaced.items():
                expected = expected.replace(ours, theirs)
            code, output = run_script(prefix, script, server, nobody)
            ok(code == 0 and output == expected, f"{where}: {script}",
               f"exit code {code}\n{differences(expected, output)}")
            if script == "xmlhttp.js":
                check_requests(server, where)
    finally:
        server.stop()


def check(scratch, prefixes):
    for variant, where, replaced in (("-urlmon", "our urlmon", {}),
                                     ("-ole32-urlmon", "our urlmon and ole32", {}),
                                     ("-urlmon", "Wine's urlmon", OF_WINE)):
        source = sample.template(variant)
        if not source:
            sample.ok(True, f"{where} # SKIP no prefix with it")
            continue
        prefix = sample.Prefix(source, os.path.join(scratch, f"prefix{len(prefixes)}"))
        prefixes.append(prefix)
        if replaced:
            prefix.environment["WINEDLLOVERRIDES"] = "urlmon=b"
        check_prefix(prefix, where, replaced)
        prefix.stop()


if sample.template("-urlmon"):
    sample.main("wine_users", check)
print("1..0 # SKIP no prefix with our urlmon.dll")
