#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=300;
"""Builds samples/async as its user does, against an installed tree, and runs it.

Works in a copy of the prefix named in CONCIERGE_TEMPLATE_PREFIX (else build/check/prefix) with
"-ole32" behind its name; what is installed comes from CONCIERGE_BUILD_DIR (else build/x86_64).
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

import wineprocess  # noqa: E402

BUILD = os.environ.get("CONCIERGE_BUILD_DIR") or os.path.join(ROOT, "build", "x86_64")
TEMPLATE = os.path.realpath(os.environ.get("CONCIERGE_TEMPLATE_PREFIX")
                            or os.path.join(ROOT, "build", "check", "prefix")) + "-ole32"
SAMPLE = os.path.join(ROOT, "samples", "async")
PRODUCTS = ("kitchen_proxy.dll", "kitchen_server.exe", "kitchen_client.exe")
INSTALLED = ("install-pkgconfigDATA", "install-implibDATA", "install-libLIBRARIES",
             "install-includeHEADERS", "install-nodist_includeHEADERS")

PATIENCE = 60     # seconds for a program, on a busy machine
BUILD_TIME = 200  # for make

ORDERED = ["roast: ordered", "soup: ordered", "salad: ordered"]
SERVED = ["roast: served, for 500", "salad: served, for 500", "soup: served, for 400"]
LATER = ["ox: ordered", "ox: not done yet", "ox: canceled", "tea: served, for 300"]

count = failed = 0


class Stopped(Exception):
    """A signal asked this program to end."""


def ok(passed, text, more=""):
    global count, failed
    count += 1
    failed += not passed
    print(f"{'ok' if passed else 'not ok'} {count} - {text}", flush=True)
    if not passed:
        for line in str(more).splitlines()[-40:]:
            print(f"# {line}", flush=True)
    return passed


def run(*arguments, patience=PATIENCE, **options):
    """(exit code, output) of a program; the code is None when it took too long."""
    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=patience, check=False, **options)
    except subprocess.TimeoutExpired as late:
        return None, f"it does not end\n{late.stdout or ''}"
    return done.returncode, done.stdout


def configured(name):
    """A variable of the build's Makefile."""
    with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as file:
        found = re.search(rf"^{name} = (.*)$", file.read(), re.MULTILINE)
    return found.group(1).strip() if found else ""


def make(*arguments, **variables):
    """make, whoever calls us."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    return run("make", *arguments, patience=BUILD_TIME, env={**environment, **variables})


def install(target):
    """What a program is compiled and linked with."""
    code, output = make("-s", "-C", BUILD, f"prefix={target}", "exec_prefix=${prefix}",
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
    ok(code == 0 and all(os.path.isfile(os.path.join(folder, name)) for name in PRODUCTS),
       "the sample is built", output)
    return ok("warning" not in output, "without a warning", output) and code == 0


class Prefix:
    """A copy of the prepared prefix with our COM runtime."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "prefix")
        subprocess.run(["cp", "-a", TEMPLATE, self.path], check=True)
        if os.path.lexists(os.path.join(self.path, "wineserver")):
            os.unlink(os.path.join(self.path, "wineserver"))
        self.environment = wineprocess.clean_environment(self.path)

    def run(self, *arguments):
        return run(wineprocess.wine_program(), *arguments, env=self.environment)

    def server(self):
        return [command for _, command in wineprocess.processes(self.path)
                if "kitchen_server" in command]

    def stop(self):
        wineprocess.kill_all(self.path)
        wineprocess.stop_server(self.path, self.environment)


def check_dinner(prefix, text):
    """The meals come in whatever order they do on a busy machine."""
    code, output = prefix.run("C:\\kitchen\\kitchen_client.exe")
    lines = output.split("\n")[:-1]
    passed = (code == 0 and lines[:3] == ORDERED and sorted(lines[3:6]) == SERVED
              and lines[6:] == LATER)
    ok(passed, text, f"exit code {code}\n{output}")


def check_run(prefix, folder):
    there = os.path.join(prefix.path, "drive_c", "kitchen")
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
    while prefix.server() and time.time() < deadline:
        time.sleep(0.1)
    ok(not prefix.server(), "the server ends by itself", prefix.server())
    code, output = prefix.run("C:\\kitchen\\kitchen_server.exe", "/unregserver")
    ok(code == 0, "its registration is removed", output)
    code, output = prefix.run("C:\\kitchen\\kitchen_client.exe")
    ok(code == 1 and output == "Kitchen: error 0x80040154\n", "and the class is unknown",
       f"exit code {code}\n{output}")


def on_signal(number, _frame):
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(signal.Signals(number).name)


def main():
    if not os.path.isfile(os.path.join(TEMPLATE, "system.reg")):
        print("1..0 # SKIP no prefix with our ole32.dll")
        return
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, on_signal)
    prefix = None
    parent = os.path.join(os.path.dirname(TEMPLATE), "run")
    os.makedirs(parent, exist_ok=True)
    scratch = tempfile.mkdtemp(prefix="sample.", dir=parent)
    try:
        installed, folder = os.path.join(scratch, "installed"), os.path.join(scratch, "async")
        shutil.copytree(SAMPLE, folder)
        if install(installed) and build(installed, folder):
            prefix = Prefix(scratch)
            check_run(prefix, folder)
    except Stopped as stop:
        ok(False, f"stopped by {stop}")
    finally:
        if prefix:
            prefix.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"1..{count}")
    sys.exit(1 if failed else 0)


main()
