#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=300;
"""Builds samples/async as its user does, against an installed tree, and runs it.

Works in a copy of the prefix named in CONCIERGE_TEMPLATE_PREFIX (else build/check/prefix) with
"-ole32" behind its name; what is installed comes from CONCIERGE_BUILD_DIR (else build/x86_64).
"""

import os
import shutil
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "lib"))

import sample  # noqa: E402
from sample import PATIENCE, ROOT, configured, make, ok  # noqa: E402

SAMPLE = os.path.join(ROOT, "samples", "async")
PRODUCTS = ("kitchen_proxy.dll", "kitchen_server.exe", "kitchen_client.exe")
INSTALLED = ("install-pkgconfigDATA", "install-implibDATA", "install-libLIBRARIES",
             "install-includeHEADERS", "install-nodist_includeHEADERS")

ORDERED = ["roast: ordered", "soup: ordered", "salad: ordered"]
SERVED = ["roast: served, for 500", "salad: served, for 500", "soup: served, for 400"]
LATER = ["ox: ordered", "ox: not done yet", "ox: canceled", "tea: served, for 300"]


def install(target):
    """What a program is compiled and linked with."""
    code, output = make("-s", "-C", sample.BUILD, f"prefix={target}", "exec_prefix=${prefix}",
                        "libdir=${exec_prefix}/lib", "includedir=${prefix}/include", *INSTALLED)
    file = os.path.join(target, "lib", "pkgconfig", "concierge.pc")
    return ok(code == 0 and os.path.isfile(file), "headers and libraries are installed", output)


def build(installed, folder):
    """The sample, by its own Makefile; pkg-config finds the installed tree where it was put."""
    paths = {"PKG_CONFIG_PATH": os.path.join(installed, "lib", "pkgconfig")}
    arguments = ["-C", folder, f"HOST={configured('host_alias')}",
                 "PKG_CONFIG=pkg-config --define-prefix"]
    widl = f"WIDL={configured('WIDL')} {configured('WIDL_ARCH')}"
    if make(*arguments, widl, "kitchen.h", **paths)[0]:
        widl += f" -I{os.path.join(ROOT, 'idl')}"  # it brings no IDL files along
    code, output = make(*arguments, widl, **paths)
    return sample.check_built(code, output, folder, PRODUCTS)


def check_dinner(prefix, text):
    """The meals come in whatever order they do on a busy machine."""
    code, output = prefix.run("C:\\kitchen\\kitchen_client.exe")
    lines = output.split("\n")[:-1]
    passed = (code == 0 and lines[:3] == ORDERED and sorted(lines[3:6]) == SERVED
              and lines[6:] == LATER)
    ok(passed, text, f"exit code {code}\n{output}")


def check_run(prefix, folder):
    there = prefix.drive("kitchen")
    os.mkdir(there)
    for name in PRODUCTS:
        shutil.copy(os.path.join(folder, name), there)
    code, output = prefix.run("regsvr32", "/s", "C:\\kitchen\\kitchen_proxy.dll")
    ok(code == 0, "the proxies register themselves", output)
    code, output = prefix.run("C:\\kitchen\\kitchen_server.exe", "/regserver")
    ok(code == 0, "the server registers itself", output)
    check_dinner(prefix, "dinner")
    check_dinner(prefix, "and another one")

    deadline = time.time() + PATIENCE
    while prefix.running("kitchen_server") and time.time() < deadline:
        time.sleep(0.1)
    ok(not prefix.running("kitchen_server"), "the server ends by itself")
    code, output = prefix.run("C:\\kitchen\\kitchen_server.exe", "/unregserver")
    ok(code == 0, "its registration is removed", output)
    code, output = prefix.run("C:\\kitchen\\kitchen_client.exe")
    ok(code == 1 and output == "Kitchen: error 0x80040154\n", "and the class is unknown",
       f"exit code {code}\n{output}")


def check(scratch, prefixes):
    installed, folder = os.path.join(scratch, "installed"), os.path.join(scratch, "async")
    shutil.copytree(SAMPLE, folder)
    if install(installed) and build(installed, folder):
        prefixes.append(sample.Prefix(sample.template("-ole32"), os.path.join(scratch, "prefix")))
        check_run(prefixes[0], folder)


if sample.template("-ole32"):
    sample.main("sample", check)
print("1..0 # SKIP no prefix with our ole32.dll")
