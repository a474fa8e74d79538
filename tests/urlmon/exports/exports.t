#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=300;
"""The names and numbers that urlmon.dll exports, against the lists of others: MinGW-w64's import
library and header, and what Wine's DLLs and programs import and export."""

import os
import re
import sys

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

from exports import (dll_file, done, header_names, library_names, ok, skip,  # noqa: E402
                     wine_folders, wine_imports, wine_numbers)
from pe import PeFile  # noqa: E402

# Declared in urlmon.h: of the proxies, of other DLLs, or (the last) of none.
NOT_OF_URLMON = re.compile(r"I\w+_(Proxy|Stub)$|\w+_User(Free|Marshal|Size|Unmarshal)$"
                           r"|CreateURLBinding$")


def main():
    for arch in ("x86_64", "i686"):
        file = dll_file(arch, "urlmon")
        if file is None:
            skip(f"{arch}: the DLL", "not built")
            continue
        ours, nameless = file.exports(), file.nameless_exports()
        ok(library_names(arch, "liburlmon.a") - ours.keys(), f"{arch}: all of liburlmon.a")
        declared = header_names(arch, ("urlmon.h",))
        ok({"CreateUri", "URLDownloadToFileW"} - declared,
           f"{arch}: the header was read ({len(declared)} functions)")
        ok({name for name in declared - ours.keys() if not NOT_OF_URLMON.match(name)},
           f"{arch}: all that urlmon.h declares")
        ok({f"{name} = {target}" for name, target in ours.items() if target},
           f"{arch}: urlmon.dll forwards nothing")
        # The names are the same for both sizes; not every machine has a 32-bit Wine.
        for folder in sorted(wine_folders()):
            imports, files = wine_imports(folder, ("urlmon.dll",))
            names = imports["urlmon.dll"]
            where = f"{arch}, {os.path.basename(folder)}"
            ok(set() if files > 100 else {folder}, f"{where}: {files} files were read")
            ok({f"{name} ({names[name]})" for name in names.keys() - ours.keys()},
               f"{where}: all {len(names)} names that are imported")
            numbers = wine_numbers(folder, "urlmon.dll")
            ok({f"{number} ({numbers[number]})" for number in numbers.keys() - nameless},
               f"{where}: all numbers that are imported ({len(numbers)})")
            wine = PeFile(os.path.join(folder, "urlmon.dll"))
            ok(wine.exports().keys() - ours.keys(),
               f"{where}: all public names of Wine's urlmon.dll")
            theirs = wine.nameless_exports()
            ok(set(map(str, theirs - nameless)),
               f"{where}: all that Wine's urlmon.dll exports by number ({len(theirs)})")
    done()


main()
