# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can be installed, and where its files are: in a build tree or in a release archive.

A build tree has       build/ARCH/dlls/NAME/NAME.dll and build/ARCH/programs/NAME/NAME.exe
a release archive has  bin/ARCH/NAME.dll and bin/ARCH/NAME.exe
where ARCH is x86_64 or i686.
"""

import hashlib
import os
import struct

from wine_prefix import PrefixError

ARCHES = ("x86_64", "i686")

# Module: its files, first the DLL it is named after; those to be registered, in this order.
MODULES = {
    "ole32": (("ole32.dll", "combase.dll", "comscm.exe", "dllhost.exe"), ("ole32.dll",)),
    "urlmon": (("urlmon.dll",), ("urlmon.dll",)),
    "qmgr": (("qmgr.dll", "qmgrprxy.dll", "bitsadmin.exe", "bitsact.exe"),
             ("qmgrprxy.dll", "qmgr.dll")),
}

# Programs of which Wine has its own; it takes that unless an override says otherwise.
REPLACED_PROGRAMS = {"dllhost.exe"}

_MACHINES = {0x8664: "x86_64", 0x14c: "i686"}


def module_files(module):
    return MODULES[module][0]


def module_registered(module):
    return MODULES[module][1]


def module_overrides(module):
    """The names of a module's overrides: of DLLs without extension."""
    return [name.removesuffix(".dll") for name in module_files(module)
            if name.endswith(".dll") or name in REPLACED_PROGRAMS]


def module_names(names):
    """Checks names given by the user ("qmgr" or "qmgr.dll"); keeps the order of MODULES."""
    wanted = {name.lower().removesuffix(".dll") for name in names}
    unknown = sorted(wanted - MODULES.keys())
    if unknown:
        raise PrefixError(f"no such module: {', '.join(unknown)} (there is {', '.join(MODULES)})")
    return [name for name in MODULES if name in wanted]


class Source:
    """A folder that holds the modules' files in one of the two layouts."""

    def __init__(self, root):
        self.root = os.path.realpath(root)

    @staticmethod
    def default(script):
        """Next to the script (release archive), else the tree the script belongs to."""
        here = os.path.dirname(os.path.realpath(script))
        for root in (here, os.path.dirname(here)):
            if os.path.isdir(os.path.join(root, "bin")) or \
                    os.path.isdir(os.path.join(root, "build")):
                return Source(root)
        raise PrefixError("nothing to install: no release archive and no build here "
                          "(scripts/build makes one; --from names another folder)")

    def find(self, name, arch):
        """The path of a file, or None when it is not there."""
        stem, extension = os.path.splitext(name)
        folder = "programs" if extension == ".exe" else "dlls"
        for path in (f"bin/{arch}/{name}", f"build/{arch}/{folder}/{stem}/{name}",
                     f"{arch}/{folder}/{stem}/{name}"):
            full = os.path.join(self.root, path)
            if os.path.isfile(full):
                machine = file_machine(full)
                if machine != arch:
                    raise PrefixError(f"{full} is not a DLL or program for {arch}")
                return full
        return None

    def has(self, module, arch):
        """True when the module was made for arch; that all its files are there is for the plan."""
        return self.find(module_files(module)[0], arch) is not None

    def modules(self, arches):
        """All modules there are for at least one of the architectures."""
        return [module for module in MODULES if any(self.has(module, arch) for arch in arches)]


def file_machine(path):
    """The architecture a PE file is for, or None."""
    with open(path, "rb") as file:
        head = file.read(4096)
    if len(head) < 0x40 or head[:2] != b"MZ":
        return None
    offset = struct.unpack_from("<I", head, 0x3c)[0]
    if offset + 6 > len(head) or head[offset:offset + 4] != b"PE\0\0":
        return None
    return _MACHINES.get(struct.unpack_from("<H", head, offset + 4)[0])


def file_version(path):
    """The file version of the version resource, "a.b.c.d", or "unknown"."""
    with open(path, "rb") as file:
        data = file.read()
    at = data.find(struct.pack("<II", 0xfeef04bd, 0x00010000))
    if at < 0 or at + 16 > len(data):
        return "unknown"
    high, low = struct.unpack_from("<II", data, at + 8)
    return f"{high >> 16}.{high & 0xffff}.{low >> 16}.{low & 0xffff}"


def file_sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
