# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the tests of whole prefixes have in common: copies of prepared prefixes, programs that run in
them, and checks of both. A test calls run_checks().

They work in copies of the prefix in CONCIERGE_TEMPLATE_PREFIX (else build/check/prefix), and of the
one with "-ole32" behind its name; programs come from CONCIERGE_BUILD_DIR (else build/x86_64).
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import wineprocess

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.environ.get("CONCIERGE_BUILD_DIR") or os.path.join(ROOT, "build", "x86_64")
TEMPLATE = os.path.realpath(os.environ.get("CONCIERGE_TEMPLATE_PREFIX")
                            or os.path.join(ROOT, "build", "check", "prefix"))
TOOL = os.path.join(ROOT, "scripts", "wine-prefix")
RESIDENT = os.path.join(BUILD, "tests", "ole32", "prefix", "resident.exe")

START_PATIENCE = 60  # seconds for a program, on a busy machine
END_PATIENCE = 10    # seconds for a prefix to go down after its last program

count = failed = 0


class Stopped(Exception):
    """A signal asked this program to end."""


def ok(passed, text, more=""):
    global count, failed
    count += 1
    failed += not passed
    print(f"{'ok' if passed else 'not ok'} {count} - {text}", flush=True)
    if not passed:
        for line in str(more).splitlines()[:40]:
            print(f"# {line}", flush=True)
    return passed


def skip(text, why):
    global count
    count += 1
    print(f"ok {count} - {text} # SKIP {why}", flush=True)


def wait_for(condition, seconds):
    """What the condition returns, once that is true; or its last answer."""
    deadline = time.time() + seconds
    while True:
        result = condition()
        if result or time.time() > deadline:
            return result
        time.sleep(0.05)


class Prefix:
    """A copy of a prepared prefix. No hard links: wineboot -u writes its files in place."""

    def __init__(self, source, folder, name):
        self.path = os.path.join(folder, name or os.path.basename(source))
        subprocess.run(["cp", "-a", source, self.path], check=True)
        if os.path.lexists(self.join("wineserver")):
            os.unlink(self.join("wineserver"))
        self.environment = wineprocess.clean_environment(self.path)

    def join(self, *names):
        return os.path.join(self.path, *names)

    def drive(self, *names):
        return self.join("drive_c", *names)

    def start(self, *arguments, **environment):
        return subprocess.Popen([wineprocess.wine_program(), *arguments],
                                env={**self.environment, **environment}, text=True, errors="replace",
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)

    def run(self, *arguments, **environment):
        """(exit code, output) of a program; the code is None when it took too long."""
        process = self.start(*arguments, **environment)
        try:
            output, _ = process.communicate(timeout=START_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            return None, "it does not end"
        return process.returncode, output

    def processes(self):
        """Program name: process, of those that run. Of services' hosts, one."""
        return {command.split()[0].split("\\")[-1].strip('"').lower(): pid
                for pid, command in wineprocess.processes(self.path)}

    def runtimes(self):
        """Process: the COM runtimes that it has loaded, as their files; for those with one."""
        found = {}
        for pid, command in wineprocess.processes(self.path):
            files = [file for file in wineprocess.loaded_files(pid)
                     if os.path.basename(file).lower() in ("ole32.dll", "combase.dll")]
            if files:
                found[pid] = (command, files)
        return found

    def loads(self, pid, path):
        return pid is not None and path in wineprocess.loaded_files(pid)

    def ends(self):
        """Whether the prefix goes down by itself."""
        try:
            subprocess.run([wineprocess.wineserver_program(), "-w"], env=self.environment,
                           timeout=END_PATIENCE, check=False)
            return True
        except subprocess.TimeoutExpired:
            return False

    def left(self):
        return "\n".join(command for _, command in wineprocess.processes(self.path))

    def stop(self):
        wineprocess.kill_all(self.path)
        wineprocess.stop_server(self.path, self.environment)


def others(prefix, folder):
    """The processes that have loaded a runtime from outside the folder, with the files."""
    return [f"{command}: {file}" for command, files in prefix.runtimes().values()
            for file in files if os.path.dirname(file) != folder]


def check_transfer(prefix, text):
    source, target = prefix.drive("source.bin"), prefix.drive("target.bin")
    data = os.urandom(300000)
    with open(source, "wb") as file:
        file.write(data)
    if os.path.exists(target):
        os.unlink(target)
    code, output = prefix.run("bitsadmin", "/transfer", "prefix", "file:///C:/source.bin",
                              "C:\\target.bin")
    same = False
    if os.path.exists(target):
        with open(target, "rb") as file:
            same = file.read() == data
    ok(code == 0 and same, text, f"exit code {code}\n{output}")


def check_resident(prefix, module, program, text, **environment):
    code, output = prefix.run(program, **environment)
    expected = f"ole32.dll {module}\ncombase.dll {module}\nclass ok"
    ok(code == 0 and output.split() == expected.split(), text, f"exit code {code}\n{output}")


def check_end(prefix, text):
    ended = prefix.ends()
    ok(ended, text, prefix.left())
    if not ended:
        prefix.stop()


def check_script(prefix, name, script, expected):
    with open(prefix.drive(name), "w", encoding="ascii") as file:
        file.write(script)
    code, output = prefix.run("cscript", "//nologo", "C:\\" + name)
    ok(code == 0 and output.split() == expected, f"objects of {name}", f"exit code {code}\n{output}")


def on_signal(number, _frame):
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(signal.Signals(number).name)


def run_checks(checks):
    """Runs checks(copy), where copy(source) makes a Prefix that is gone afterwards; then exits."""
    if not os.path.isfile(os.path.join(TEMPLATE + "-ole32", "system.reg")):
        print("1..0 # SKIP no prefix with our ole32.dll")
        return
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, on_signal)
    prefixes = []
    parent = os.path.join(os.path.dirname(TEMPLATE), "run")
    os.makedirs(parent, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="prefix.", dir=parent)

    def copy(source, name=None):
        prefixes.append(Prefix(source, folder, name))
        return prefixes[-1]

    try:
        checks(copy)
    except Stopped as stop:
        ok(False, f"stopped by {stop}")
    finally:
        for prefix in prefixes:
            prefix.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"1..{count}")
    sys.exit(1 if failed else 0)
