/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects of a class that become those of another when they are loaded.
 * desktop-src/com/autoconvertto */
#include <stdlib.h>
#include <windows.h>
#include <ole2.h>

#include "guid_text.h"
#include "ole_registration.h"

/*
 * OleGetAutoConvert: the class into which objects of `old` are to be converted. S_OK;
 * REGDB_E_KEYMISSING: none is registered, *new is `old`; REGDB_E_CLASSNOTREG: `old` or what is
 * registered is no class; E_INVALIDARG, REGDB_E_READREGDB. ole2/nf-ole2-olegetautoconvert
 */
HRESULT WINAPI OleGetAutoConvert(REFCLSID old, CLSID *new)
{
    CLSID found;
    WCHAR *text;
    HRESULT hr;

    if (!new)
        return E_INVALIDARG;
    *new = CLSID_NULL;
    if (!old)
        return E_INVALIDARG;
    *new = *old;
    if (FAILED(hr = ole_class_must_exist(old)))
        return hr;
    if (!(text = ole_class_string(old, L"\\AutoConvertTo")))
        return REGDB_E_KEYMISSING;
    hr = guid_from_text(text, &found) ? S_OK : REGDB_E_CLASSNOTREG;
    free(text);
    if (SUCCEEDED(hr))
        *new = found;
    return hr;
}

/*
 * OleSetAutoConvert: objects of `old` are to be converted into those of `new`; CLSID_NULL ends
 * that. S_OK, E_INVALIDARG, REGDB_E_CLASSNOTREG (`old` is not registered), REGDB_E_READREGDB,
 * REGDB_E_WRITEREGDB. ole2/nf-ole2-olesetautoconvert
 */
HRESULT WINAPI OleSetAutoConvert(REFCLSID old, REFCLSID new)
{
    WCHAR text[GUID_TEXT_LENGTH + 1];
    HKEY class, key;
    LONG error;

    if (!old || !new)
        return E_INVALIDARG;
    error = ole_class_key_open(old, L"", KEY_READ | KEY_WRITE, &class);
    if (error)
        return error == ERROR_FILE_NOT_FOUND   ? REGDB_E_CLASSNOTREG
                : error == ERROR_ACCESS_DENIED ? REGDB_E_WRITEREGDB
                                               : REGDB_E_READREGDB;
    if (IsEqualCLSID(new, &CLSID_NULL))
    {
        error = RegDeleteKeyW(class, L"AutoConvertTo");
        if (error == ERROR_FILE_NOT_FOUND)
            error = ERROR_SUCCESS;
    }
    else
    {
        guid_to_text(new, text);
        error = RegCreateKeyExW(class, L"AutoConvertTo", 0, NULL, 0, KEY_SET_VALUE, NULL, &key,
                NULL);
        if (!error)
        {
            error = RegSetValueExW(key, NULL, 0, REG_SZ, (const BYTE *)text, sizeof(text));
            RegCloseKey(key);
        }
    }
    RegCloseKey(class);
    return error ? REGDB_E_WRITEREGDB : S_OK;
}
