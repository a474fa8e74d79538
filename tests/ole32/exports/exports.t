#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=300;
"""The names that ole32.dll and combase.dll export, against the lists of others: MinGW-w64's import
libraries and headers, and what Wine's DLLs and programs import and export."""

import os
import re
import sys

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

from exports import (dll_exports, done, header_names, library_names, ok, skip,  # noqa: E402
                     wine_folders, wine_imports)
from pe import PeFile  # noqa: E402

HEADERS = ("objbase.h", "combaseapi.h", "ole2.h")

# Declared in combaseapi.h as what every DLL with objects has to have; ole32.dll is never unloaded.
NOT_OF_OLE32 = {"DllCanUnloadNow"}

# What Wine's ole32.dll and combase.dll have between the two of them, and nobody else asks for.
INTERNAL = re.compile(r"Internal[A-Z]|Cleanup|ClearCleanupFlag$|SetCleanupFlag$|GetCatalogHelper$"
                      r"|(Get|Release)FuncDescs$|FreePropVariantArrayWorker$|I_RemoteMain$"
                      r"|Ndr(ExtStubInitialize|OleDllGetClassObject|pFindInterface)$"
                      r"|CoGetTIDFromIPID$|DllGetActivationFactory$|DllGetClassObject$"
                      r"|RoFailFastWithErrorContextInternal|RoReportCapabilityCheckFailure$")

# On i686 a function pops its arguments, and of these nobody says how many there are.
ONLY_64BIT = re.compile(r"NdrProxyForwardingFunction\d|ObjectStublessClient\d")

def check_mingw(arch, ole32, combase):
    ok(library_names(arch, "libole32.a") - ole32.keys(), f"{arch}: all of libole32.a")
    declared = header_names(arch, HEADERS)
    ok({"CoInitializeEx", "OleInitialize", "CoGetObject"} - declared,
       f"{arch}: the headers were read ({len(declared)} functions)")
    ok(declared - NOT_OF_OLE32 - ole32.keys(), f"{arch}: all that {', '.join(HEADERS)} declare")
    runtime = library_names(arch, "libruntimeobject.a")
    if runtime is None:
        skip(f"{arch}: the strings of libruntimeobject.a", "this MinGW-w64 has none")
    else:
        ok({name for name in runtime if re.match(r"Windows|HSTRING_", name)} - combase.keys(),
           f"{arch}: the strings of libruntimeobject.a")


def check_wine(folder, arch, ole32, combase):
    imports, files = wine_imports(folder, ("ole32.dll", "combase.dll"))
    where = f"{arch}, {os.path.basename(folder)}"
    ok(set() if files > 100 else {folder}, f"{where}: {files} files were read")
    for dll, ours in (("ole32.dll", ole32), ("combase.dll", combase)):
        names = imports[dll]
        ok({f"{name} ({names[name]})" for name in names.keys() - ours.keys()},
           f"{where}: all {len(names)} names that are imported from {dll}")
        public = {name for name in PeFile(os.path.join(folder, dll)).exports()
                  if not INTERNAL.match(name)
                  and not (arch == "i686" and ONLY_64BIT.match(name))}
        ok(public - ours.keys(), f"{where}: all public names of Wine's {dll}")


def check_forwarders(arch, ole32, combase):
    targets = {name: target for name, target in combase.items() if target}
    ok({f"{name} = {target}" for name, target in targets.items()
        if target.split(".", 1)[0].lower() != "ole32" or target.split(".", 1)[1] not in ole32},
       f"{arch}: the {len(targets)} forwarders of combase.dll end in ole32.dll")
    ok({name for name in combase.keys() & ole32.keys() if not combase[name]},
       f"{arch}: combase.dll has nothing of its own that ole32.dll has")
    ok({f"{name} = {target}" for name, target in ole32.items() if target},
       f"{arch}: ole32.dll forwards nothing")


def main():
    for arch in ("x86_64", "i686"):
        ole32, combase = dll_exports(arch, "ole32"), dll_exports(arch, "combase")
        if ole32 is None or combase is None:
            skip(f"{arch}: the DLLs", "not built")
            continue
        check_mingw(arch, ole32, combase)
        check_forwarders(arch, ole32, combase)
        # The names are the same for both sizes; not every machine has a 32-bit Wine.
        for folder in sorted(wine_folders()):
            check_wine(folder, arch, ole32, combase)
    done()


main()
