# SPDX-License-Identifier: LGPL-2.1-or-later
"""For tests that compare what a DLL exports with the lists of others: MinGW-w64's import libraries
and headers, and what Wine's DLLs and programs import and export."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

from pe import NoPeFile, PeFile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BUILD = os.environ.get("CONCIERGE_BUILD_DIR") or os.path.join(ROOT, "build", "x86_64")

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


def header_names(arch, headers):
    """The functions which these headers declare themselves."""
    with tempfile.TemporaryDirectory() as folder:
        source, declarations = os.path.join(folder, "all.c"), os.path.join(folder, "declarations")
        with open(source, "w", encoding="utf-8") as file:
            file.writelines(f"#include <{name}>\n" for name in ("windows.h", *headers))
        subprocess.run([f"{arch}-w64-mingw32-gcc", "-D_WIN32_WINNT=0x0A00", "-fsyntax-only",
                        "-aux-info", declarations, source], check=True)
        with open(declarations, encoding="utf-8") as file:
            text = file.read()
    return {match[2] for match in re.finditer(r"^/\* (\S+):\d+:\w+ \*/ [^(]*?(\w+) \(", text, re.M)
            if os.path.basename(match[1]) in headers}


def wine_folders():
    """Where Wine has its DLLs and programs; the folder's name says for which architecture."""
    wine = os.path.realpath(shutil.which(os.environ.get("WINE", "wine")) or "/usr/bin/wine")
    tops = {os.path.join(os.path.dirname(wine), "..", "lib*"), "/usr/lib", "/usr/local/lib*"}
    return {os.path.realpath(path) for top in tops
            for path in glob.glob(f"{top}/wine/*-windows") + glob.glob(f"{top}/*/wine/*-windows")
            if os.path.exists(os.path.join(path, "ole32.dll"))}


def wine_imports(folder, dlls):
    """{dll: {name: file that imports it}} for these DLLs; and how many files."""
    result, files = {dll: {} for dll in dlls}, 0
    for name in sorted(os.listdir(folder)):
        try:
            imports = PeFile(os.path.join(folder, name)).imports()
        except NoPeFile:
            continue
        files += 1
        if name in result:
            continue  # these are replaced
        for dll, names in result.items():
            for imported in imports.get(dll, ()):
                names.setdefault(imported, name)
    return result, files


def wine_numbers(folder, dll):
    """{number: file that imports it} for this DLL."""
    result = {}
    for name in sorted(os.listdir(folder)):
        try:
            numbers = PeFile(os.path.join(folder, name)).imports_by_number().get(dll, ())
        except NoPeFile:
            continue
        for number in numbers:
            result.setdefault(number, name)
    return result


def dll_file(arch, name):
    """The DLL that was built, or None."""
    for build in (BUILD, os.path.join(os.path.dirname(BUILD), arch)):
        path = os.path.join(build, "dlls", name, f"{name}.dll")
        if os.path.exists(path):
            file = PeFile(path)
            if file.is_64bit == (arch == "x86_64"):
                return file
    return None


def dll_exports(arch, name):
    file = dll_file(arch, name)
    return file.exports() if file else None


def done():
    """Writes the plan; ends the program."""
    print(f"1..{count}")
    sys.exit(1 if failed else 0)
