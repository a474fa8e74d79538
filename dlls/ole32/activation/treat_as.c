/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Emulation of one class by another. desktop-src/com/treatas, desktop-src/com/autotreatas */
#include <stdio.h>
#include <stdlib.h>

#include "class_registry.h"
#include "com_object.h"
#include "guid_text.h"

/*
 * The class that emulates `old`. S_OK; S_FALSE: none, *new is `old`; E_INVALIDARG, E_OUTOFMEMORY.
 * combaseapi/nf-combaseapi-cogettreatasclass
 */
HRESULT WINAPI CoGetTreatAsClass(REFCLSID old, CLSID *new)
{
    struct class_info *info;
    HRESULT hr;

    if (!old || !new)
        return E_INVALIDARG;
    *new = *old;
    if (FAILED(hr = class_info_get(old, &info)))
        return hr;
    if (info->treated)
        *new = info->treat_as;
    hr = info->treated ? S_OK : S_FALSE;
    class_info_release(info);
    return hr;
}

/* Opens CLSID\{old} for writing, where it is. */
static HRESULT class_open_for_writing(REFCLSID clsid, HKEY *key)
{
    WCHAR path[CLASS_KEY_LENGTH], text[GUID_TEXT_LENGTH + 1];

    guid_to_text(clsid, text);
    swprintf(path, ARRAY_SIZE(path), L"CLSID\\%ls", text);
    switch (classes_open_key(path, KEY_READ | KEY_WRITE, key))
    {
    case ERROR_SUCCESS:
        return S_OK;
    case ERROR_FILE_NOT_FOUND:
        return REGDB_E_CLASSNOTREG;
    case ERROR_ACCESS_DENIED:
        return REGDB_E_WRITEREGDB;
    default:
        return REGDB_E_READREGDB;
    }
}

static BOOL auto_treat_as(HKEY class, CLSID *clsid)
{
    BOOL found = FALSE;
    WCHAR *text;
    HKEY key;

    if (RegOpenKeyExW(class, L"AutoTreatAs", 0, KEY_QUERY_VALUE, &key))
        return FALSE;
    if ((text = registry_read_string(key, NULL, NULL)))
        found = guid_from_text(text, clsid);
    free(text);
    RegCloseKey(key);
    return found;
}

static HRESULT treat_as_remove(HKEY class)
{
    return RegDeleteKeyW(class, L"TreatAs") ? REGDB_E_WRITEREGDB : S_OK;
}

static HRESULT treat_as_write(HKEY class, REFCLSID new)
{
    WCHAR text[GUID_TEXT_LENGTH + 1];
    LONG result;
    HKEY key;

    guid_to_text(new, text);
    if (RegCreateKeyExW(class, L"TreatAs", 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL))
        return REGDB_E_WRITEREGDB;
    result = RegSetValueExW(key, NULL, 0, REG_SZ, (BYTE *)text, sizeof(text));
    RegCloseKey(key);
    return result ? REGDB_E_WRITEREGDB : S_OK;
}

/*
 * Makes `new` emulate `old`; CLSID_NULL ends that; `old` itself makes it what AutoTreatAs says, or
 * ends it. S_OK, E_INVALIDARG, REGDB_E_CLASSNOTREG (`old` is not registered),
 * REGDB_E_READREGDB, REGDB_E_WRITEREGDB (also when there is no emulation to end).
 * objbase/nf-objbase-cotreatasclass
 */
HRESULT WINAPI CoTreatAsClass(REFCLSID old, REFCLSID new)
{
    CLSID automatic;
    HRESULT hr;
    HKEY key;

    if (!old || !new)
        return E_INVALIDARG;
    if (FAILED(hr = class_open_for_writing(old, &key)))
        return hr;
    if (IsEqualCLSID(old, new))
        hr = auto_treat_as(key, &automatic) ? treat_as_write(key, &automatic)
                                            : treat_as_remove(key);
    else if (IsEqualCLSID(new, &CLSID_NULL))
        hr = treat_as_remove(key);
    else
        hr = treat_as_write(key, new);
    RegCloseKey(key);
    return hr;
}
