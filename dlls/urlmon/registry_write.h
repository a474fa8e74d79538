/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of the registry, for registration: the errors of many writes are ORed into one. */
#ifndef CONCIERGE_REGISTRY_WRITE_H
#define CONCIERGE_REGISTRY_WRITE_H

#include <windows.h>
#include <shlwapi.h>

/* Writes a value below a key, which is made if it is not there. A Win32 error is ORed into *error.
 */
static inline void registry_write_text(DWORD *error, HKEY root, const WCHAR *key, const WCHAR *name,
        const WCHAR *text)
{
    *error |=
            SHSetValueW(root, key, name, REG_SZ, text, (DWORD)((wcslen(text) + 1) * sizeof(WCHAR)));
}

static inline void registry_write_number(DWORD *error, HKEY root, const WCHAR *key,
        const WCHAR *name, DWORD value)
{
    *error |= SHSetValueW(root, key, name, REG_DWORD, &value, sizeof(value));
}

#endif
