#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=300;

"""tests/run-test reports what goes wrong with a test, and leaves nothing behind.

Runs tests/selftest/hang and misbehave, from the build folder in CONCIERGE_BUILD_DIR or build/x86_64,
which fail in known ways.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
ROOT = os.path.dirname(TESTS)
BUILD = os.environ.get("CONCIERGE_BUILD_DIR") or os.path.join(ROOT, "build", "x86_64")
PROGRAMS = os.path.join(BUILD, "tests", "selftest")
TEMPLATE = os.path.realpath(os.environ.get("CONCIERGE_TEMPLATE_PREFIX")
                            or os.path.join(ROOT, "build", "check", "prefix"))
RUNS = os.path.join(os.path.dirname(TEMPLATE), "run")

count = 0
failed = 0


def ok(passed, text, more=""):
    global count, failed
    count += 1
    print("%s %d - %s" % ("ok" if passed else "not ok", count, text), flush=True)
    if not passed:
        failed += 1
        for line in str(more).splitlines():
            print("# " + line, flush=True)


def start(name, *arguments, **environment):
    """Starts run-test on one of our programs."""
    return subprocess.Popen(
        [os.path.join(TESTS, "run-test"), os.path.join(PROGRAMS, name + ".exe"), *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "CONCIERGE_TEMPLATE_PREFIX": TEMPLATE, **environment})


def run(name, *arguments, **environment):
    """(exit code, output, seconds) of run-test."""
    began = time.monotonic()
    process = start(name, *arguments, **environment)
    output = process.communicate()[0]
    return process.returncode, output, time.monotonic() - began


def folders(name):
    """The folders of runs of a program which are there now."""
    if not os.path.isdir(RUNS):
        return set()
    return {entry for entry in os.listdir(RUNS) if entry.startswith(name + ".")}


def processes_of(entries):
    """Processes whose environment or command line names one of these folders."""
    marks = [os.path.join(RUNS, entry).encode() for entry in entries]
    found = []
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) == os.getpid():
            continue
        try:
            with open("/proc/%s/environ" % pid, "rb") as file:
                text = file.read()
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                text += file.read()
        except OSError:
            continue
        if any(mark in text for mark in marks):
            found.append(int(pid))
    return found


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def digest(name):
    with open(os.path.join(TEMPLATE, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def test_reports():
    rows = [
        ("good", 0, r"^1\.\.1$", None),
        ("fail", 1, r"^not ok 2 - a failed check$", r"^1\.\.2$"),
        ("crash", 1, r"^# unhandled exception 0xc0000005 in ", r"^not ok .* ended with code 3$"),
        ("no-plan", 1, r"^not ok 2 - the program ended without a plan$", r"^1\.\.2$"),
        ("bail-out", 1, r"^Bail out! no ", None),
        ("code", 1, r"^not ok 2 - the program ended with code 5$", r"^1\.\.2$"),
        ("child", 1, r"^not ok 3 - processes were left running: .*selftest_helper", r"^1\.\.3$"),
    ]
    for how, code, first, second in rows:
        got, output, _ = run("misbehave", how)
        ok(got == code, "%s: exit code %d" % (how, code), "got %d\n%s" % (got, output))
        for pattern in (first, second):
            if pattern:
                ok(re.search(pattern, output, re.M), "%s: reported as %s" % (how, pattern), output)


def test_in_place():
    """With a prepared prefix of its own, in which the file to be written is no shared one."""
    os.makedirs(RUNS, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="in-place.", dir=RUNS)
    template = os.path.join(folder, "prefix")
    victim = os.path.join(template, "drive_c", "windows", "hh.exe")
    try:
        subprocess.run(["cp", "-al", TEMPLATE, template], check=True)
        shutil.copy2(victim, victim + ".new")
        os.replace(victim + ".new", victim)
        code, output, _ = run("misbehave", "in-place", CONCIERGE_TEMPLATE_PREFIX=template)
        ok(code == 1 and re.search(r"^not ok 3 - files shared with the prepared prefix.*hh\.exe$",
                                   output, re.M), "a shared file that is written is reported", output)
    finally:
        shutil.rmtree(folder)


def test_time_limit():
    code, output, seconds = run("hang")
    ok(code == 1 and re.search(r"^not ok 2 - time limit of 8 s exceeded$", output, re.M),
       "a program that hangs is reported", output)
    ok(re.search(r"^ok 1 - this much was done$", output, re.M), "with what it had done", output)
    ok(8 <= seconds < 60, "in time (%.1f s)" % seconds)
    code, output, _ = run("hang", CONCIERGE_TIME_LIMIT="1")
    ok(re.search(r"^not ok \d - time limit of 1 s exceeded$", output, re.M), "another limit", output)


def test_stopped(number, name):
    """A run that is stopped by a signal cleans up."""
    before = folders("hang")
    process = start("hang", CONCIERGE_TIME_LIMIT="60")
    line = process.stdout.readline()
    mine = folders("hang") - before
    ok(line.startswith("ok 1"), "%s: the program runs" % name, line)
    ok(bool(processes_of(mine)), "%s: with processes of its prefix" % name)
    process.send_signal(number)
    process.communicate()
    ok(wait_for(lambda: not processes_of(mine), 15), "%s: no process is left" % name,
       processes_of(mine))
    ok(wait_for(lambda: not mine & folders("hang"), 10), "%s: no file is left" % name, mine)


def main():
    for name in ("hang", "misbehave", "selftest_helper"):
        if not os.path.isfile(os.path.join(PROGRAMS, name + ".exe")):
            print("1..0 # SKIP no %s" % os.path.join(PROGRAMS, name + ".exe"))
            return 0
    before = folders("misbehave") | folders("hang")
    registry = [digest(name) for name in ("system.reg", "user.reg", "userdef.reg")]
    test_reports()
    test_in_place()
    test_time_limit()
    test_stopped(signal.SIGTERM, "SIGTERM")
    test_stopped(signal.SIGINT, "SIGINT")
    test_stopped(signal.SIGKILL, "SIGKILL")
    mine = (folders("misbehave") | folders("hang")) - before
    ok(not mine, "no folder is left", mine)
    ok(registry == [digest(name) for name in ("system.reg", "user.reg", "userdef.reg")],
       "the prepared prefix is unchanged")
    print("1..%d" % count)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
