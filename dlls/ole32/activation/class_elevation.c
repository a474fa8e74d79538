/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "class_elevation.h"

#include <stdlib.h>
#include <wchar.h>

#include "class_registry.h"
#include "guid_text.h"
#include "trace.h"

#define NAME_CHARS 1024 /* of a name to show */

/* Their numbers are those of [MS-ERREF] 2.1.1; MinGW-w64 has none. */
#ifndef CO_E_MISSING_DISPLAYNAME
#define CO_E_MISSING_DISPLAYNAME ((HRESULT)0x80080015)
#define CO_E_RUNAS_VALUE_MUST_BE_AAA ((HRESULT)0x80080016)
#define CO_E_ELEVATION_DISABLED ((HRESULT)0x80080017)
#endif

static HRESULT server_check(REFCLSID clsid, DWORD context)
{
    struct broker_server server;
    HRESULT hr = class_server_read(clsid, context, &server);

    if (SUCCEEDED(hr) && (server.service || (server.run_as && server.run_as[0])))
        hr = CO_E_RUNAS_VALUE_MUST_BE_AAA;
    class_server_free(&server);
    return hr;
}

/* A name that names a resource has to be there; another is the name itself. */
static HRESULT name_check(HKEY key)
{
    WCHAR *text = registry_read_string(key, L"LocalizedString", NULL), name[NAME_CHARS];
    LONG error = ERROR_SUCCESS;

    if (!text || !text[0])
    {
        free(text);
        return CO_E_MISSING_DISPLAYNAME;
    }
    if (text[0] == '@')
        error = RegLoadMUIStringW(key, L"LocalizedString", name, sizeof(name), NULL, 0, NULL);
    free(text);
    return HRESULT_FROM_WIN32(error);
}

static HRESULT enabled_check(HKEY key)
{
    DWORD enabled = 0, size = sizeof(enabled);

    if (RegGetValueW(key, L"Elevation", L"Enabled", RRF_RT_REG_DWORD, NULL, &enabled, &size)
            || enabled != 1)
        return CO_E_ELEVATION_DISABLED;
    return S_OK;
}

/* The machine's key of the class, of programs of this width or else of the other. */
static LONG machine_key_open(REFCLSID clsid, HKEY *key)
{
    const REGSAM other = sizeof(void *) == 8 ? KEY_WOW64_32KEY : KEY_WOW64_64KEY;
    WCHAR path[CLASS_KEY_LENGTH] = L"Software\\Classes\\CLSID\\";
    LONG error;

    guid_to_text(clsid, path + wcslen(path));
    error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, key);
    return error ? RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ | other, key) : error;
}

HRESULT class_elevation_check(REFCLSID clsid, DWORD context)
{
    HRESULT hr = server_check(clsid, context);
    HKEY key;

    if (SUCCEEDED(hr) && machine_key_open(clsid, &key))
        hr = CO_E_MISSING_DISPLAYNAME;
    else if (SUCCEEDED(hr))
    {
        hr = name_check(key);
        if (SUCCEEDED(hr))
            hr = enabled_check(key);
        RegCloseKey(key);
    }
    if (FAILED(hr))
        trace("elevation of class %08lx: %#lx", clsid->Data1, hr);
    return hr;
}
