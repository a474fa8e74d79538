# SPDX-License-Identifier: LGPL-2.1-or-later
"""For tests that are scripts and run Windows programs in a copy of a prepared prefix: building a
sample as its user does, checks, programs with a time limit, and a clean end whatever happens."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import wineprocess

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.environ.get("CONCIERGE_BUILD_DIR") or os.path.join(ROOT, "build", "x86_64")

PATIENCE = 60     # seconds for a program, on a busy machine
BUILD_TIME = 200  # for make

count = failed = 0


class Stopped(Exception):
    """A signal asked this program to end."""


def ok(passed, text, more=""):
    """One check; `more` says why it failed."""
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


def check_built(code, output, folder, products):
    """make has made the products, and the compiler had nothing to say."""
    ok(code == 0 and all(os.path.isfile(os.path.join(folder, name)) for name in products),
       "the sample is built", output)
    return ok("warning" not in output, "without a warning", output) and code == 0


def template(variant):
    """The prepared prefix with the variant ("-ole32", "-urlmon", ...) behind its name, or None."""
    path = os.path.realpath(os.environ.get("CONCIERGE_TEMPLATE_PREFIX")
                            or os.path.join(ROOT, "build", "check", "prefix")) + variant
    return path if os.path.isfile(os.path.join(path, "system.reg")) else None


def scratch_folder(name):
    """A new folder where the prepared prefixes are."""
    base = os.environ.get("CONCIERGE_TEMPLATE_PREFIX") or os.path.join(ROOT, "build", "check", "x")
    parent = os.path.join(os.path.dirname(os.path.realpath(base)), "run")
    os.makedirs(parent, exist_ok=True)
    return tempfile.mkdtemp(prefix=name + ".", dir=parent)


class Prefix:
    """A copy of a prepared prefix, with what runs in it."""

    def __init__(self, source, path):
        self.path = path
        subprocess.run(["cp", "-a", source, path], check=True)
        if os.path.lexists(os.path.join(path, "wineserver")):
            os.unlink(os.path.join(path, "wineserver"))
        self.environment = wineprocess.clean_environment(path)

    def drive(self, *names):
        """The path of what Windows programs call C:\\name\\..."""
        return os.path.join(self.path, "drive_c", *names)

    def run(self, *arguments, **options):
        """(exit code, output) of a Windows program."""
        return run(wineprocess.wine_program(), *arguments, env=self.environment, **options)

    def start(self, *arguments, **options):
        """A Windows program that runs on; its output is to be had from stdout."""
        return subprocess.Popen([wineprocess.wine_program(), *arguments], env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, **options)

    def running(self, name):
        """Those processes whose command line has the name: (pid, command line)."""
        return [process for process in wineprocess.processes(self.path) if name in process[1]]

    def stop(self):
        wineprocess.kill_all(self.path)
        wineprocess.stop_server(self.path, self.environment)


def _on_signal(number, _frame):
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(signal.Signals(number).name)


def main(name, check):
    """Runs check(scratch, stack of prefixes); what is appended there is stopped at the end, and
    the scratch folder goes. Ends the program."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _on_signal)
    prefixes = []
    scratch = scratch_folder(name)
    try:
        check(scratch, prefixes)
    except Stopped as stop:
        ok(False, f"stopped by {stop}")
    finally:
        for prefix in prefixes:
            prefix.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"1..{count}")
    sys.exit(1 if failed else 0)
