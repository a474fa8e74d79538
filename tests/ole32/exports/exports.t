#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=300;
"""The names that ole32.dll and combase.dll export, against the lists of others: MinGW-w64's import
libraries and headers, and what Wine's DLLs and programs import and export."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

from pe import NoPeFile, PeFile  # noqa: E402

BUILD = os.environ.get("CONCIERGE_BUILD_DIR") or os.path.join(ROOT, "build", "x86_64")
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

count = failed = 0


def ok(missing, text):
    """A check that holds when nothing is missing."""
    global count, failed
    count += 1
    failed += bool(missing)
    print(f"{'not ok' if missing else 'ok'} {count} - {text}")
    for name in sorted(missing):
        print(f"# {name}")
    sys.stdout.flush()


def skip(text, reason):
    global count
    count += 1
    print(f"ok {count} - {text} # SKIP {reason}")


def library_names(arch, library):
    """The functions of an import library, without the decoration of i686; None: no library."""
    compiler = f"{arch}-w64-mingw32-gcc"
    path = subprocess.run([compiler, f"-print-file-name={library}"], check=True,
                          capture_output=True, text=True).stdout.strip()
    if not os.path.isabs(path):
        return None
    symbols = subprocess.run([f"{arch}-w64-mingw32-nm", path], check=True, capture_output=True,
                             text=True).stdout
    prefix = "_" if arch == "i686" else ""
    return {match[1] for match in re.finditer(rf" T {prefix}(\w+?)(?:@\d+)?$", symbols, re.M)}


def header_names(arch):
    """The functions which the headers of COM declare themselves."""
    with tempfile.TemporaryDirectory() as folder:
        source, declarations = os.path.join(folder, "all.c"), os.path.join(folder, "declarations")
        with open(source, "w", encoding="utf-8") as file:
            file.writelines(f"#include <{name}>\n" for name in ("windows.h", *HEADERS))
        subprocess.run([f"{arch}-w64-mingw32-gcc", "-D_WIN32_WINNT=0x0A00", "-fsyntax-only",
                        "-aux-info", declarations, source], check=True)
        with open(declarations, encoding="utf-8") as file:
            text = file.read()
    return {match[2] for match in re.finditer(r"^/\* (\S+):\d+:\w+ \*/ [^(]*?(\w+) \(", text, re.M)
            if os.path.basename(match[1]) in HEADERS}


def wine_folders():
    """Where Wine has its DLLs and programs; the folder's name says for which architecture."""
    wine = os.path.realpath(shutil.which(os.environ.get("WINE", "wine")) or "/usr/bin/wine")
    tops = {os.path.join(os.path.dirname(wine), "..", "lib*"), "/usr/lib", "/usr/local/lib*"}
    return {os.path.realpath(path) for top in tops
            for path in glob.glob(f"{top}/wine/*-windows") + glob.glob(f"{top}/*/wine/*-windows")
            if os.path.exists(os.path.join(path, "ole32.dll"))}


def wine_imports(folder):
    """{dll: {name: file that imports it}} for ole32.dll and combase.dll; and how many files."""
    result, files = {"ole32.dll": {}, "combase.dll": {}}, 0
    for name in sorted(os.listdir(folder)):
        try:
            imports = PeFile(os.path.join(folder, name)).imports()
        except NoPeFile:
            continue
        files += 1
        if name in result:
            continue  # these two are replaced
        for dll, names in result.items():
            for imported in imports.get(dll, ()):
                names.setdefault(imported, name)
    return result, files


def dll_exports(arch, name):
    for build in (BUILD, os.path.join(os.path.dirname(BUILD), arch)):
        path = os.path.join(build, "dlls", name, f"{name}.dll")
        if os.path.exists(path):
            file = PeFile(path)
            if file.is_64bit == (arch == "x86_64"):
                return file.exports()
    return None


def check_mingw(arch, ole32, combase):
    ok(library_names(arch, "libole32.a") - ole32.keys(), f"{arch}: all of libole32.a")
    declared = header_names(arch)
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
    imports, files = wine_imports(folder)
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
    print(f"1..{count}")
    sys.exit(1 if failed else 0)


main()
