/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program that a test starts as its other process, of its own word size or of the other. */
#include "../tap.h"

#include <wchar.h>

static const WCHAR *const folders[] = {L"\\build\\i686\\", L"\\build\\x86_64\\"};

bool tap_peers_are_others(void)
{
    WCHAR value[16];

    return GetEnvironmentVariableW(L"CONCIERGE_PEERS", value, ARRAYSIZE(value))
            && !wcscmp(value, L"other");
}

bool tap_other_path(WCHAR path[MAX_PATH])
{
    const WCHAR *own = folders[sizeof(void *) == 8], *other = folders[sizeof(void *) != 8];
    WCHAR *at = wcsstr(path, own), rest[MAX_PATH];

    if (!at || wcslen(path) + wcslen(other) - wcslen(own) >= MAX_PATH)
        return false;
    wcscpy(rest, at + wcslen(own));
    wcscpy(at, other);
    wcscat(at, rest);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

void tap_peer_path(const WCHAR *name, WCHAR path[MAX_PATH])
{
    WCHAR *end;

    if (!GetModuleFileNameW(NULL, path, MAX_PATH) || !(end = wcsrchr(path, '\\')))
        bail_out("where is this program?");
    if (name)
        lstrcpynW(end + 1, name, MAX_PATH - (int)(end + 1 - path));
    if (tap_peers_are_others() && !tap_other_path(path))
        bail_out("there is no %s", tap_wstr(path));
}
