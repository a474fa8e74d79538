# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts modules into a prefix and takes them out again, exactly.

Everything that is needed to undo is in PREFIX/.concierge, written before the first change:

    manifest.json   state ("installing" or "installed"), modules, files, registry difference
    files/          the files that were replaced, moved there (not copied: links stay links)
    before/         the registry files as they were; only while state is "installing"

Files are replaced by rename, never written in place: they may be hard links into another prefix.
The registry difference is taken between the registry files before and after registration, so it
has every key and value that registration made, changed or removed.
"""

import json
import os
import shutil
import tempfile
import time

from wine_modules import (Source, file_sha256, file_version, module_files, module_names,
                          module_overrides, module_registered)
from wine_prefix import PrefixError
from wine_registry import HIVES, Hive, hive_difference, hive_difference_between, hive_undo

OVERRIDES_KEY = "Software\\\\Wine\\\\DllOverrides"
OVERRIDE = "native,builtin"

# An interrupted install has changed nothing later than this after its start.
INSTALL_SECONDS = 600


class Installation:
    """The state of one prefix; loads the manifest if there is one."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.folder = prefix.join(".concierge")
        self.manifest = None
        try:
            with open(os.path.join(self.folder, "manifest.json"), encoding="utf-8") as file:
                self.manifest = json.load(file)
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            raise PrefixError(f"{self.folder}/manifest.json cannot be read: {error}") from None

    def complete(self):
        return self.manifest is not None and self.manifest["state"] == "installed"

    def begun(self):
        """True when an installation was interrupted before it had changed anything."""
        return self.manifest is None and os.path.isdir(self.folder)

    # Install

    def install(self, modules, arches, source, say):
        """Installs modules for arches; on any failure the prefix is as before."""
        files = self.plan(modules, arches, source)
        if self.manifest:
            self.uninstall(say)
            files = self.plan(modules, arches, source)
        # Wine updates a prefix on its first start after an upgrade: let it, before we compare.
        self.start_and_end("cmd", "/c", "exit")
        try:
            self.begin(modules, files)
            self.copy_files(files)
            self.set_overrides(modules)
            self.register(modules, arches)
            self.finish()
        except BaseException:
            self.prefix.wait_end()
            if self.manifest or self.begun():
                self.uninstall(lambda line: None)
            raise
        say(f"{', '.join(modules)}: installed in {self.prefix.path} ({', '.join(arches)})")

    def is_current(self, modules, arches, source):
        """True when exactly these files are installed, unchanged, with their overrides."""
        if not self.complete():
            return False
        wanted = {entry["path"]: entry["sha256"] for entry in self.plan(modules, arches, source)}
        installed = {entry["path"]: entry["sha256"] for entry in self.manifest["files"]}
        return (wanted == installed
                and all(self.file_state(entry) == "ok" for entry in self.manifest["files"])
                and all(value == OVERRIDE for value in self.overrides().values()))

    def plan(self, modules, arches, source):
        """What goes where."""
        halves, files = self.prefix.halves(), []
        for arch in arches:
            for name in (name for module in modules for name in module_files(module)):
                path = f"{halves[arch]}/{name}"
                origin = source.find(name, arch)
                if not origin:
                    raise PrefixError(f"{name} for {arch} is not in {source.root}")
                if os.path.isdir(self.prefix.join(path)):
                    raise PrefixError(f"{self.prefix.join(path)} is a folder")
                files.append({"arch": arch, "path": path, "origin": origin,
                              "existed": os.path.lexists(self.prefix.join(path)),
                              "sha256": file_sha256(origin)})
        return files

    def begin(self, modules, files):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(os.path.join(self.folder, "before"))
        for hive in HIVES:
            if os.path.exists(self.prefix.join(hive)):
                shutil.copy2(self.prefix.join(hive), os.path.join(self.folder, "before", hive))
        self.manifest = {
            "format": 1, "state": "installing", "started": int(time.time()), "modules": modules,
            "files": [{key: entry[key] for key in ("arch", "path", "existed", "sha256")}
                      for entry in files],
            "registry": {}}
        self.write_manifest()

    def copy_files(self, files):
        for entry in files:
            target, backup = self.prefix.join(entry["path"]), self.backup(entry)
            os.makedirs(os.path.dirname(backup), exist_ok=True)
            temporary = target + ".concierge"
            shutil.copyfile(entry["origin"], temporary)
            os.chmod(temporary, 0o755)
            if entry["existed"]:
                try:
                    os.link(target, backup, follow_symlinks=False)
                except OSError:
                    os.rename(target, backup)
            os.replace(temporary, target)

    def set_overrides(self, modules):
        path = self.prefix.join("user.reg")
        hive = Hive.load(path)
        for name in self.override_names(modules):
            hive.value_set_string(OVERRIDES_KEY, name, OVERRIDE, int(time.time()))
        hive.save(path)

    def register(self, modules, arches):
        """Registers 32-bit first: where both write the same value, the native half has it."""
        is_win32 = self.prefix.arch() == "win32"
        for arch in sorted(arches):
            folder = "syswow64" if arch == "i686" and not is_win32 else "system32"
            # By the host's name: a 32-bit "wine" takes C:\windows\system32 for syswow64.
            program = self.prefix.join("drive_c", "windows", folder, "regsvr32.exe")
            program = "\\\\?\\unix" + program.replace("/", "\\")
            for name in (name for module in modules for name in module_registered(module)):
                self.prefix.wine(program, "/s", f"C:\\windows\\{folder}\\{name}")
        self.prefix.wait_end()

    def finish(self):
        self.manifest["registry"] = self.compare(hive_difference)
        self.manifest["state"] = "installed"
        self.write_manifest()
        shutil.rmtree(os.path.join(self.folder, "before"))

    # Uninstall

    def uninstall(self, say):
        """Undoes everything; may be repeated after it was interrupted."""
        if self.begun():
            shutil.rmtree(self.folder)
            return
        if self.complete():
            registry = self.manifest["registry"]
        else:
            first = self.manifest["started"]
            registry = self.compare(lambda before, after: hive_difference_between(
                before, after, first, first + INSTALL_SECONDS))
        for name, changes in registry.items():
            path = self.prefix.join(name)
            hive = Hive.load(path)
            for key in hive_undo(hive, changes):
                say(f"kept, changed since the installation: {name} [{key}]")
            hive.save(path)
        for entry in self.manifest["files"]:
            if not self.restore_file(entry):
                say(f"kept, changed since the installation: {entry['path']}")
        shutil.rmtree(self.folder)
        self.manifest = None

    def restore_file(self, entry):
        """Puts back what was there; False when somebody else has replaced our file."""
        target, backup = self.prefix.join(entry["path"]), self.backup(entry)
        if os.path.lexists(target + ".concierge"):
            os.unlink(target + ".concierge")
        if not os.path.lexists(backup):
            if not entry["existed"] and self.file_state(entry) == "ok":
                os.unlink(target)
            return entry["existed"] or not os.path.lexists(target)
        if os.path.lexists(target) and os.path.samestat(os.lstat(target), os.lstat(backup)):
            os.unlink(backup)
        elif self.file_state(entry) == "changed":
            return False
        else:
            os.replace(backup, target)
        return True

    def uninstall_modules(self, modules, say):
        """Takes out some modules: all of it, then puts the others back from their own files."""
        rest = [name for name in self.manifest["modules"] if name not in modules]
        if not rest:
            self.uninstall(say)
            return
        arches = self.arches()
        with tempfile.TemporaryDirectory(dir=self.prefix.path, prefix=".concierge-") as folder:
            names = {name for module in rest for name in module_files(module)}
            for entry in self.manifest["files"]:
                if os.path.basename(entry["path"]) in names:
                    target = os.path.join(folder, "bin", entry["arch"])
                    os.makedirs(target, exist_ok=True)
                    shutil.copy(self.prefix.join(entry["path"]), target)
            self.uninstall(say)
            self.install(rest, arches, Source(folder), lambda line: None)

    # Status

    def status(self, say):
        if not self.complete():
            say("an interrupted installation: 'wine-prefix uninstall' cleans it up"
                if self.manifest or self.begun() else "nothing installed")
            return
        for entry in self.manifest["files"]:
            state = self.file_state(entry)
            version = "" if state == "missing" else file_version(self.prefix.join(entry["path"]))
            say(f"{entry['path']:44} {entry['arch']:7} {version:12} {state}")
        for name, value in self.overrides().items():
            say(f"override {name:35} {value or 'missing'}")

    def is_intact(self):
        return (self.complete()
                and all(self.file_state(entry) == "ok" for entry in self.manifest["files"])
                and all(value == OVERRIDE for value in self.overrides().values()))

    def arches(self):
        return sorted({entry["arch"] for entry in self.manifest["files"]}, reverse=True)

    def overrides(self):
        hive = Hive.load(self.prefix.join("user.reg"))
        return {name: (hive.value_get(OVERRIDES_KEY, name) or "").strip('"')
                for name in self.override_names(self.manifest["modules"])}

    # Helpers

    @staticmethod
    def override_names(modules):
        return [name for module in modules for name in module_overrides(module)]

    def start_and_end(self, *arguments):
        try:
            self.prefix.wine(*arguments)
        finally:
            self.prefix.wait_end()

    def backup(self, entry):
        return os.path.join(self.folder, "files", entry["path"])

    def file_state(self, entry):
        target = self.prefix.join(entry["path"])
        if not os.path.lexists(target):
            return "missing"
        if not os.path.isfile(target) or file_sha256(target) != entry["sha256"]:
            return "changed"
        return "ok"

    def compare(self, difference):
        registry = {}
        for name in HIVES:
            before = os.path.join(self.folder, "before", name)
            if os.path.exists(before):
                registry[name] = difference(Hive.load(before), Hive.load(self.prefix.join(name)))
        return registry

    def write_manifest(self):
        path = os.path.join(self.folder, "manifest.json")
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.manifest, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path + ".new", path)


def requested_modules(names, installation, source, arches):
    """The modules to install: those named, and those already installed; else all there are."""
    if not names:
        modules = source.modules(arches)
        if not modules:
            raise PrefixError(f"nothing to install in {source.root}: no module is there")
        return modules
    before = installation.manifest["modules"] if installation.manifest else []
    return module_names([*names, *before])
