/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the zones and their policies are kept: "URL Security Zones Registry Entries". */
#ifndef CONCIERGE_ZONE_REGISTRY_H
#define CONCIERGE_ZONE_REGISTRY_H

#include <windows.h>
#include <urlmon.h>

#define INTERNET_SETTINGS L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\"

/* The roots to look in, in their order, for URLZONEREG_DEFAULT, _HKLM or _HKCU; how many. With
 * DEFAULT the user's come first, unless a policy says that only the machine's count. 0: invalid. */
unsigned int zone_roots(URLZONEREG which, HKEY roots[2]);

/* The same, as it was at the last zone_cache_refresh. */
unsigned int zone_roots_known(URLZONEREG which, HKEY roots[2]);

/* Opens the key of a zone, or (`locked`) of its locked-down one. ERROR_FILE_NOT_FOUND: there is no
 * such zone. */
LSTATUS zone_key_open(HKEY root, DWORD zone, BOOL locked, REGSAM access, HKEY *key);

/* Whether a zone exists below one of its roots. */
BOOL zone_exists(DWORD zone);

/* A policy, URLPOLICY_*, of an action, URLACTION_*, in a zone or (`locked`) in its locked-down one.
 * S_OK; E_INVALIDARG: no such zone or no such
 * place; E_FAIL: the zone says nothing about it. */
HRESULT zone_policy_read(DWORD zone, BOOL locked, DWORD action, URLZONEREG which, DWORD *policy);
HRESULT zone_policy_write(DWORD zone, BOOL locked, DWORD action, URLZONEREG which, DWORD policy);

/* A policy of a program's own, a binary value with its GUID as name: by CoTaskMemAlloc. S_OK;
 * E_INVALIDARG: no such place; HRESULT_FROM_WIN32(ERROR_NOT_FOUND); E_OUTOFMEMORY. */
HRESULT zone_custom_policy_read(DWORD zone, REFGUID guid, URLZONEREG which, BYTE **policy,
        DWORD *size);

/* A number of a zone: "Flags", "CurrentLevel", "MinLevel", "RecommendedLevel"; 0 when there is
 * none. */
DWORD zone_number_read(DWORD zone, const WCHAR *name);

/* The user's "CurrentLevel", URLTEMPLATE_*. S_OK, E_INVALIDARG: no such zone. */
HRESULT zone_level_write(DWORD zone, DWORD level);

#endif
