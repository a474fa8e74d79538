/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zone_registry.h"

#include "zone_cache.h"

#include <stdio.h>

#define POLICIES L"Software\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"

/* Zones of five, of which each is a key; a program may add some from 1000 on. Of those locked down
 * ("Lockdown_zones" in platform-apis/ms537119) each has the number of the zone whose place it
 * takes.
 */
#define PATH_ROOM 128
#define ZONE_PATH(locked)                                                                          \
    ((locked) ? INTERNET_SETTINGS L"Lockdown_Zones\\%lu" : INTERNET_SETTINGS L"Zones\\%lu")

static BOOL machine_only(void)
{
    DWORD only;

    return !zone_cache_number(HKEY_LOCAL_MACHINE, POLICIES, L"Security_HKLM_only", &only) && only;
}

unsigned int zone_roots_known(URLZONEREG which, HKEY roots[2])
{
    unsigned int count = 0;

    if (which != URLZONEREG_DEFAULT && which != URLZONEREG_HKLM && which != URLZONEREG_HKCU)
        return 0;
    if (which == URLZONEREG_HKCU || (which == URLZONEREG_DEFAULT && !machine_only()))
        roots[count++] = HKEY_CURRENT_USER;
    if (which != URLZONEREG_HKCU)
        roots[count++] = HKEY_LOCAL_MACHINE;
    return count;
}

unsigned int zone_roots(URLZONEREG which, HKEY roots[2])
{
    zone_cache_refresh();
    return zone_roots_known(which, roots);
}

static void zone_path(DWORD zone, BOOL locked, WCHAR path[PATH_ROOM])
{
    swprintf(path, PATH_ROOM, ZONE_PATH(locked), zone);
}

LSTATUS zone_key_open(HKEY root, DWORD zone, BOOL locked, REGSAM access, HKEY *key)
{
    WCHAR path[PATH_ROOM];

    zone_path(zone, locked, path);
    return RegOpenKeyExW(root, path, 0, access, key);
}

BOOL zone_exists(DWORD zone)
{
    HKEY roots[2], key;
    unsigned int count = zone_roots(URLZONEREG_DEFAULT, roots);

    for (unsigned int i = 0; i < count; i++)
    {
        if (!zone_key_open(roots[i], zone, FALSE, KEY_READ, &key))
        {
            RegCloseKey(key);
            return TRUE;
        }
    }
    return FALSE;
}

HRESULT zone_policy_read(DWORD zone, BOOL locked, DWORD action, URLZONEREG which, DWORD *policy)
{
    HKEY roots[2];
    unsigned int count = zone_roots(which, roots);
    WCHAR path[PATH_ROOM], name[16];
    HRESULT hr = E_INVALIDARG;

    zone_path(zone, locked, path);
    swprintf(name, sizeof(name) / sizeof(*name), L"%lX", action);
    for (unsigned int i = 0; i < count; i++)
    {
        LSTATUS error = zone_cache_number(roots[i], path, name, policy);

        if (!error)
            return S_OK;
        if (error != ERROR_PATH_NOT_FOUND)
            hr = E_FAIL;
    }
    return hr;
}

HRESULT zone_policy_write(DWORD zone, BOOL locked, DWORD action, URLZONEREG which, DWORD policy)
{
    HKEY roots[2], key;
    WCHAR name[16];
    LSTATUS error;

    if (!zone_roots(which, roots))
        return E_INVALIDARG;
    if (zone_key_open(roots[0], zone, locked, KEY_SET_VALUE, &key))
        return E_INVALIDARG;
    swprintf(name, sizeof(name) / sizeof(*name), L"%lX", action);
    error = RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&policy, sizeof(policy));
    RegCloseKey(key);
    return HRESULT_FROM_WIN32(error);
}

/* One value; an error of Windows. */
static LSTATUS binary_read(HKEY key, const WCHAR *name, BYTE **out, DWORD *size)
{
    LSTATUS error = RegGetValueW(key, NULL, name, RRF_RT_REG_BINARY, NULL, NULL, size);

    *out = NULL;
    if (error)
        return error;
    if (!(*out = CoTaskMemAlloc(*size ? *size : 1)))
        return ERROR_NOT_ENOUGH_MEMORY;
    error = RegGetValueW(key, NULL, name, RRF_RT_REG_BINARY, NULL, *out, size);
    if (error)
    {
        CoTaskMemFree(*out);
        *out = NULL;
    }
    return error;
}

HRESULT zone_custom_policy_read(DWORD zone, REFGUID guid, URLZONEREG which, BYTE **policy,
        DWORD *size)
{
    HKEY roots[2], key;
    unsigned int count = zone_roots(which, roots);
    WCHAR name[40];

    *policy = NULL;
    *size = 0;
    if (!count)
        return E_INVALIDARG;
    StringFromGUID2(guid, name, sizeof(name) / sizeof(*name));
    for (unsigned int i = 0; i < count; i++)
    {
        DWORD length = 0;
        LSTATUS error;

        if (zone_key_open(roots[i], zone, FALSE, KEY_READ, &key))
            continue;
        error = binary_read(key, name, policy, &length);
        RegCloseKey(key);
        if (error == ERROR_NOT_ENOUGH_MEMORY)
            return E_OUTOFMEMORY;
        if (!error)
        {
            *size = length;
            return S_OK;
        }
    }
    return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
}

DWORD zone_number_read(DWORD zone, const WCHAR *name)
{
    HKEY roots[2], key;
    unsigned int count = zone_roots(URLZONEREG_DEFAULT, roots);

    for (unsigned int i = 0; i < count; i++)
    {
        DWORD value, size = sizeof(value);
        LSTATUS error;

        if (zone_key_open(roots[i], zone, FALSE, KEY_READ, &key))
            continue;
        error = RegGetValueW(key, NULL, name, RRF_RT_REG_DWORD, NULL, &value, &size);
        RegCloseKey(key);
        if (!error)
            return value;
    }
    return 0;
}

HRESULT zone_level_write(DWORD zone, DWORD level)
{
    LSTATUS error;
    HKEY key;

    if (zone_key_open(HKEY_CURRENT_USER, zone, FALSE, KEY_SET_VALUE, &key))
        return E_INVALIDARG;
    error = RegSetValueExW(key, L"CurrentLevel", 0, REG_DWORD, (const BYTE *)&level, sizeof(level));
    RegCloseKey(key);
    return HRESULT_FROM_WIN32(error);
}
