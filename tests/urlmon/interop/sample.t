#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=300;
"""Builds samples/urlmon as its user does, with MinGW-w64 alone, and runs it against servers.

Works in a copy of the prefix named in CONCIERGE_TEMPLATE_PREFIX (else build/check/prefix) with
"-urlmon" behind its name.
"""

import hashlib
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "lib"))

import content  # noqa: E402
import oddserver  # noqa: E402
import sample  # noqa: E402
from sample import ok  # noqa: E402

SAMPLE = os.path.join(sample.ROOT, "samples", "urlmon")
PROGRAM = "C:\\downloads\\downloads.exe"
SIZE = 24 << 20  # of each of the three: long enough that they are seen to compete
INET_E_OBJECT_NOT_FOUND, INET_E_CANNOT_CONNECT = 0x800C0006, 0x800C0004


def build(folder):
    code, output = sample.make("-C", folder, f"HOST={sample.configured('host_alias')}")
    return sample.check_built(code, output, folder, ["downloads.exe"])


def is_file(path, size, seed, text):
    try:
        with open(path, "rb") as file:
            found = hashlib.sha256(file.read()).hexdigest()
    except OSError as error:
        found = str(error)
    ok(found == content.sha256(size, seed), text, found)


def progress(output):
    """The lines of progress: a list of (received, total) for each."""
    lines = (re.fullmatch(r"(?: *\d+/\d+ *)+", line) for line in output.splitlines())
    return [[tuple(map(int, pair)) for pair in re.findall(r"(\d+)/(\d+)", line.group())]
            for line in lines if line]


def check_priorities(prefix, server):
    url = f"http://127.0.0.1:{server.port}/"
    names = ("low", "normal", "high")
    arguments = [word for name in names for word in (name, f"{url}{name}?seed={name}", name)]
    code, output = prefix.run(PROGRAM, *arguments, cwd=prefix.drive("downloads"))
    ok(code == 0, "three downloads at once", f"exit code {code}\n{output}")
    for name in names:
        is_file(prefix.drive("downloads", name), SIZE, name, f"{name}: the file is whole")
        ok(f"{url}{name}?seed={name}: 0, {SIZE} bytes\n" in output, f"{name}: and is told so",
           output)
    steps = progress(output)
    ok(steps and all(len(step) == 3 for step in steps), "progress is shown", output)
    ok(all(received <= SIZE and total in (0, SIZE) for step in steps for received, total in step),
       "and true", output)
    # While the high one is on its way the others have less, whatever the order they began in.
    racing = [step for step in steps if 1 << 20 < step[2][0] < SIZE]
    ok(racing, "the race was seen", output)
    ok(all(low[0] <= high[0] and normal[0] <= high[0] for low, normal, high in racing),
       "the high one is ahead", output)


def check_failures(prefix, server):
    """One that is not there, and a server that is not: the good one between them comes."""
    url = f"http://127.0.0.1:{server.port}/"
    absent = oddserver.start({"kind": "status", "code": "404"}, None)
    gone = oddserver.start({}, None)
    gone.stop()
    code, output = prefix.run(
        PROGRAM, "normal", f"http://127.0.0.1:{absent.port}/a", "a", "normal", url + "b", "b",
        "high", f"http://127.0.0.1:{gone.port}/c", "c", cwd=prefix.drive("downloads"))
    absent.stop()
    ok(code == 1, "two of three fail", f"exit code {code}\n{output}")
    expected = (f"http://127.0.0.1:{absent.port}/a: {INET_E_OBJECT_NOT_FOUND:#x}, 0 bytes\n"
                f"{url}b: 0, {SIZE} bytes\n"
                f"http://127.0.0.1:{gone.port}/c: {INET_E_CANNOT_CONNECT:#x}, 0 bytes\n")
    ok(output.endswith(expected), "each with its result", f"{output}expected:\n{expected}")
    is_file(prefix.drive("downloads", "b"), SIZE, "0", "the good one's file is whole")

    code, output = prefix.run(PROGRAM, "normal", "nonsense:x", "d",
                              cwd=prefix.drive("downloads"))
    ok(code == 1 and re.fullmatch(r"nonsense:x: 0x800[0-9a-f]{5}, 0 bytes\n", output),
       "a scheme that is none", f"exit code {code}\n{output}")
    code, output = prefix.run(PROGRAM)
    ok(code == 2 and output.startswith("usage: "), "no arguments", f"exit code {code}\n{output}")


def check(scratch, prefixes):
    folder = os.path.join(scratch, "urlmon")
    shutil.copytree(SAMPLE, folder)
    if not build(folder):
        return
    prefix = sample.Prefix(sample.template("-urlmon"), os.path.join(scratch, "prefix"))
    prefixes.append(prefix)
    os.mkdir(prefix.drive("downloads"))
    shutil.copy(os.path.join(folder, "downloads.exe"), prefix.drive("downloads"))
    server = oddserver.start({"kind": "slow", "rate": "20000000", "size": str(SIZE)}, None)
    try:
        check_priorities(prefix, server)
        server.change({"kind": "normal"})
        check_failures(prefix, server)
    finally:
        server.stop()


if sample.template("-urlmon"):
    sample.main("sample", check)
print("1..0 # SKIP no prefix with our urlmon.dll")
