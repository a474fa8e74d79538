/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "system_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

BOOL machine_is_own(WORD machine)
{
    return !machine
            || machine
            == (sizeof(void *) == 8 ? IMAGE_FILE_MACHINE_AMD64 : IMAGE_FILE_MACHINE_I386);
}

DWORD system_directory(WORD machine, WCHAR *path, DWORD size)
{
    static const WCHAR native[] = L"\\sysnative";
    DWORD length;

    if (machine_is_own(machine))
        return GetSystemDirectoryW(path, size);
    if (machine == IMAGE_FILE_MACHINE_I386)
        return GetSystemWow64DirectoryW(path, size);
    length = GetSystemWindowsDirectoryW(path, size);
    if (!length || length + ARRAYSIZE(native) > size)
        return 0;
    wcscpy(path + length, native);
    return length + ARRAYSIZE(native) - 1;
}

WCHAR *system_path_translate(WORD machine, const WCHAR *path)
{
    WCHAR theirs[MAX_PATH], here[MAX_PATH];
    DWORD quote = path[0] == '"', length = GetSystemDirectoryW(theirs, ARRAYSIZE(theirs)), other;
    size_t size;
    WCHAR *out;

    /* Every process calls its own system folder system32. */
    other = system_directory(machine, here, ARRAYSIZE(here));
    if (machine_is_own(machine) || !length || length >= ARRAYSIZE(theirs) || !other
            || other >= ARRAYSIZE(here) || _wcsnicmp(path + quote, theirs, length)
            || path[quote + length] != '\\')
        return _wcsdup(path);
    size = wcslen(path) - length + other + 1;
    if ((out = malloc(size * sizeof(*out))))
        _snwprintf(out, size, L"%ls%ls%ls", quote ? L"\"" : L"", here, path + quote + length);
    return out;
}
