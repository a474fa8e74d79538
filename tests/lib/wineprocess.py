# SPDX-License-Identifier: LGPL-2.1-or-later

"""The Unix side of the processes in a Wine prefix: finding, measuring and ending them.

A process belongs to a prefix if its environment says so (WINEPREFIX in /proc/PID/environ); nothing
here touches a process of which that is not known.
"""

import os
import shutil
import signal
import subprocess
import time


def wine_program():
    return os.environ.get("WINE") or shutil.which("wine") or shutil.which("wine64") or "wine"


def wineserver_program():
    return os.environ.get("WINESERVER") or shutil.which("wineserver") or "wineserver"


def clean_environment(prefix):
    """This environment without what would change Wine's behaviour, for the given prefix."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("WINE") or name in ("WINE", "WINESERVER", "WINELOADER")}
    for name in ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"):
        environment.pop(name, None)
        environment.pop(name.upper(), None)
    environment.pop("DISPLAY", None)
    environment["WINEPREFIX"] = prefix
    environment["WINEDEBUG"] = "-all"
    return environment


def read_proc(pid, name):
    try:
        with open("/proc/%d/%s" % (pid, name), "rb") as file:
            return file.read()
    except OSError:
        return b""


def belongs(pid, prefix):
    """Whether the process runs in the prefix."""
    mark = b"WINEPREFIX=" + os.fsencode(prefix)
    return mark in read_proc(pid, "environ").split(b"\0")


def command_line(pid):
    """The command line as one string; Wine pads it with zeros."""
    parts = read_proc(pid, "cmdline").rstrip(b"\0").split(b"\0")
    return b" ".join(parts).decode("utf-8", "replace").strip()


def is_zombie(pid):
    """Whether all of its threads have ended: the first one may be a zombie before the others."""
    if read_proc(pid, "stat").rpartition(b")")[2].strip()[:1] not in (b"Z", b""):
        return False
    try:
        return len(os.listdir("/proc/%d/task" % pid)) <= 1
    except OSError:
        return True


def processes(prefix):
    """(pid, command line) of every process in the prefix, without the server and without Unix
    programs that merely have the environment."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        pid = int(entry)
        if pid == os.getpid() or not belongs(pid, prefix) or is_zombie(pid):
            continue
        loader = _executable(pid)
        if loader.startswith("wineserver") or not loader.startswith("wine"):
            continue
        command = command_line(pid)
        if command:
            found.append((pid, command))
    return sorted(found)


def _executable(pid):
    try:
        return os.path.basename(os.readlink("/proc/%d/exe" % pid))
    except OSError:
        return ""


def is_system(prefix, command):
    """Whether the command line is one of the processes which Windows itself keeps running."""
    lowered = command.lower().lstrip('"')
    return lowered.startswith("c:\\windows\\") and "rundll32" not in lowered


def loaded_files(pid):
    """The files mapped into a process, each once, in order of address."""
    paths = {}
    for line in read_proc(pid, "maps").decode("utf-8", "replace").splitlines():
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[5].startswith("/"):
            paths[fields[5]] = True
    return list(paths)


def service_pids(prefix, module="qmgr.dll"):
    """The svchost processes of the prefix which have loaded the module."""
    pids = []
    for pid, command in processes(prefix):
        if "svchost" in command.lower() and any(
                os.path.basename(path).lower() == module for path in loaded_files(pid)):
            pids.append(pid)
    return pids


def memory(pid):
    """Memory figures of a process in bytes: VmRSS, VmHWM, RssAnon, VmSize."""
    figures = {}
    for line in read_proc(pid, "status").decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "VmHWM", "RssAnon", "VmSize"):
            figures[name] = int(value.split()[0]) * 1024
    return figures


def is_stopped(pid):
    """Whether none of its threads runs: each stops for itself, some time after the signal."""
    try:
        threads = os.listdir("/proc/%d/task" % pid)
    except OSError:
        return True
    return all(read_proc(pid, "task/%s/stat" % thread).rpartition(b")")[2].strip()[:1]
               in (b"T", b"t", b"Z", b"X", b"") for thread in threads)


def kill(pid, prefix, number=signal.SIGKILL, wait=5.0):
    """Sends a signal to a process of the prefix; for SIGKILL, waits until it is gone, for SIGSTOP
    until it does nothing any more.

    Returns False if it does not belong to the prefix or is still there."""
    if not belongs(pid, prefix):
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return True
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        return True
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        if not os.path.exists("/proc/%d" % pid) or is_zombie(pid):
            return True
        if number == signal.SIGSTOP and is_stopped(pid):
            return True
        time.sleep(0.002)
    return False


def kill_all(prefix):
    for pid, _ in processes(prefix):
        kill(pid, prefix, wait=0)


def stop_server(prefix, environment):
    """Ends everything in the prefix and its server, and removes the server's socket folder."""
    token = os.path.join(prefix, "wineserver")
    sockets = None
    try:
        with open(token, encoding="ascii") as file:
            name = file.read().strip()
        if name.startswith("wine-") and "/" not in name:
            sockets = os.path.join("/tmp", name)
    except (OSError, UnicodeDecodeError):
        pass
    server = wineserver_program()
    for arguments in (["-k"], ["-w"]):
        try:
            subprocess.run([server] + arguments, env=environment, timeout=10, check=False,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired):
            pass
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        left = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()
                and int(entry) != os.getpid() and belongs(int(entry), prefix)
                and not is_zombie(int(entry))]
        if not left:
            break
        for pid in left:
            kill(pid, prefix, wait=0)
        time.sleep(0.02)
    if sockets:
        shutil.rmtree(sockets, ignore_errors=True)
