# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Wine prefix: what it is, whether it may be touched, and running Wine in it."""

import os
import subprocess
import tempfile
import time

from wine_registry import Hive

WINE = os.environ.get("WINE", "wine")
WINESERVER = os.environ.get("WINESERVER", "wineserver")

# No questions about .NET or HTML support, no desktop menu entries.
QUIET_OVERRIDES = "mscoree,mshtml,winemenubuilder.exe="

CREATE_SECONDS = 300
START_SECONDS = 120
START_ATTEMPTS = 3
END_SECONDS = 60
SETTLE_SECONDS = 15

# What Wine itself starts in a prefix; these end by themselves once no program is left.
SYSTEM_PROGRAMS = {"services.exe", "winedevice.exe", "plugplay.exe", "svchost.exe", "rpcss.exe",
                   "explorer.exe", "wineboot.exe", "start.exe", "conhost.exe", "comscm.exe"}


class PrefixError(Exception):
    """A refusal or failure, told to the user in one line."""


class Prefix:
    def __init__(self, path):
        self.path = os.path.realpath(os.path.expanduser(path))

    def join(self, *parts):
        return os.path.join(self.path, *parts)

    # What it is

    def check(self):
        """Refuses what is not a prefix of this user's."""
        if not os.path.isdir(self.path):
            raise PrefixError(f"there is no prefix at {self.path}; "
                              "'wine-prefix create' makes one")
        owner = os.stat(self.path).st_uid
        if owner != os.geteuid():
            raise PrefixError(f"{self.path} belongs to {user_name(owner)}, "
                              f"you are {user_name(os.geteuid())}")
        if not (os.path.isfile(self.join("system.reg")) and os.path.isfile(self.join("user.reg"))
                and os.path.isdir(self.join("drive_c", "windows", "system32"))):
            raise PrefixError(f"{self.path} is not a Wine prefix")

    def arch(self):
        return Hive.load(self.join("system.reg")).arch() or "win32"

    def halves(self):
        """The architectures it runs, each with its system folder below the prefix."""
        windows = "drive_c/windows"
        if self.arch() == "win32":
            return {"i686": f"{windows}/system32"}
        halves = {"x86_64": f"{windows}/system32"}
        if os.path.exists(self.join(windows, "syswow64", "kernel32.dll")):
            halves["i686"] = f"{windows}/syswow64"
        return halves

    def kind(self):
        """The architecture in words."""
        names = {("i686",): "32-bit", ("x86_64",): "64-bit, no 32-bit half",
                 ("i686", "x86_64"): "64-bit with a 32-bit half"}
        return names[tuple(sorted(self.halves()))]

    # Is it in use

    def server_runs(self):
        """True when a wineserver serves the prefix ("-k0" asks without a signal)."""
        try:
            return subprocess.run([WINESERVER, "-k0"], env=self.environment(), check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode == 0
        except FileNotFoundError:
            raise PrefixError("Wine is not installed: there is no "
                              f"'{WINESERVER}' on the PATH") from None

    def programs(self):
        """Names of the Windows programs that run in the prefix."""
        names = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if not os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith("wine"):
                    continue
                with open(f"/proc/{pid}/environ", "rb") as file:
                    environ = dict(entry.partition(b"=")[::2] for entry in file.read().split(b"\0"))
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    command = file.read().split(b"\0")[0].decode(errors="replace")
            except OSError:
                continue
            prefix = os.fsdecode(environ.get(b"WINEPREFIX", b"")) or \
                os.path.join(os.fsdecode(environ.get(b"HOME", b"/")), ".wine")
            name = command.replace("\\", "/").rsplit("/", 1)[-1]
            if os.path.realpath(prefix) == self.path and not name.startswith("wineserver"):
                names.append(name)
        return names

    def check_idle(self):
        """Refuses a prefix in use. Services that are about to end get some seconds to do so."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            running = self.server_runs()
            programs = self.programs()
            if not running and not programs:
                return
            others = sorted({name for name in programs if name.lower() not in SYSTEM_PROGRAMS})
            if others or time.monotonic() > deadline:
                what = ", ".join(others or sorted(set(programs)) or ["wineserver"])
                raise PrefixError(f"{self.path} is in use ({what}); close its programs first")
            time.sleep(0.2)

    # Running Wine in it

    def environment(self, quiet=False):
        environment = dict(os.environ, WINEPREFIX=self.path)
        environment.setdefault("WINEDEBUG", "-all")
        if quiet:
            environment["WINEDLLOVERRIDES"] = QUIET_OVERRIDES
            for name in ("DISPLAY", "WAYLAND_DISPLAY"):
                environment.pop(name, None)
            if os.path.exists(self.join("system.reg")):
                environment.pop("WINEARCH", None)
        return environment

    def wine(self, *arguments, seconds=START_SECONDS):
        """Runs a program without a display; raises PrefixError unless it ends with 0 in time."""
        for _ in range(START_ATTEMPTS):
            code, lines = self._wine(arguments, seconds)
            # On a busy machine Wine fails now and then to make the host's process.
            if not code or not any("Internal error" in line for line in lines):
                break
        if code:
            raise PrefixError(f"'{WINE} {' '.join(arguments)}' failed with {code}"
                              + (f": {lines[-1]}" if lines else ""))

    def _wine(self, arguments, seconds):
        """Runs Wine once: its exit code, and the lines it printed."""
        # A file, not a pipe: the services that Wine starts keep the output open.
        with tempfile.TemporaryFile() as output:
            try:
                result = subprocess.run([WINE, *arguments], env=self.environment(quiet=True),
                                        stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                        timeout=seconds, check=False)
            except FileNotFoundError:
                raise PrefixError(f"Wine is not installed: there is no '{WINE}' "
                                  "on the PATH") from None
            except subprocess.TimeoutExpired:
                raise PrefixError(f"'{WINE} {' '.join(arguments)}' did not end "
                                  f"in {seconds} s") from None
            output.seek(0)
            lines = output.read().decode(errors="replace").strip().splitlines()
        return result.returncode, lines

    def wait_end(self):
        """Waits until the wineserver has written the registry and is gone; insists in the end."""
        try:
            subprocess.run([WINESERVER, "-w"], env=self.environment(), check=False,
                           stdin=subprocess.DEVNULL, timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            subprocess.run([WINESERVER, "-k"], env=self.environment(), check=False,
                           stdin=subprocess.DEVNULL)
            subprocess.run([WINESERVER, "-w"], env=self.environment(), check=False,
                           stdin=subprocess.DEVNULL)

    def create(self):
        """Makes the prefix; raises PrefixError when the folder is in the way."""
        if os.path.isdir(self.path) and os.listdir(self.path):
            raise PrefixError(f"{self.path} exists and is not empty")
        if os.path.lexists(self.path) and not os.path.isdir(self.path):
            raise PrefixError(f"{self.path} is not a folder")
        try:
            os.makedirs(self.path, exist_ok=True)
        except OSError as error:
            raise PrefixError(f"cannot make {self.path}: {error.strerror}") from None
        try:
            self.wine("wineboot", "--init", seconds=CREATE_SECONDS)
        finally:
            self.wait_end()
        self.check()


def user_name(uid):
    try:
        import pwd
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
