/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is registered about the objects of a class: names for users, and how they are displayed. */
#include "ole_registration.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <ole2.h>

#include "class_registry.h"
#include "com_object.h"
#include "guid_text.h"

LONG ole_class_key_open(REFCLSID clsid, const WCHAR *subkey, REGSAM rights, HKEY *key)
{
    WCHAR path[CLASS_KEY_LENGTH], text[GUID_TEXT_LENGTH + 1];

    guid_to_text(clsid, text);
    swprintf(path, ARRAY_SIZE(path), L"CLSID\\%ls%ls", text, subkey);
    return classes_open_key(path, rights, key);
}

WCHAR *ole_class_string(REFCLSID clsid, const WCHAR *subkey)
{
    WCHAR *text;
    HKEY key;

    if (ole_class_key_open(clsid, subkey, 0, &key))
        return NULL;
    text = registry_read_string(key, NULL, NULL);
    RegCloseKey(key);
    return text;
}

HRESULT ole_class_must_exist(REFCLSID clsid)
{
    HKEY key;
    LONG error = ole_class_key_open(clsid, L"", 0, &key);

    if (!error)
        RegCloseKey(key);
    else if (error == ERROR_FILE_NOT_FOUND)
        return REGDB_E_CLASSNOTREG;
    return error ? REGDB_E_READREGDB : S_OK;
}

/*
 * OleRegGetUserType: the name of a class for users, in the form USERCLASSTYPE_SHORT or _APPNAME (of
 * its key AuxUserType, which may have others), or _FULL (the class's own), which also stands in for
 * a form that is not registered. S_OK and a string for CoTaskMemFree; E_INVALIDARG, E_OUTOFMEMORY,
 * REGDB_E_CLASSNOTREG, REGDB_E_READREGDB (no name). ole2/nf-ole2-olereggetusertype
 */
HRESULT WINAPI OleRegGetUserType(REFCLSID clsid, DWORD form, OLECHAR **type)
{
    WCHAR subkey[32], *text = NULL;
    HRESULT hr;
    size_t size;

    if (!type)
        return E_INVALIDARG;
    *type = NULL;
    if (!clsid)
        return E_INVALIDARG;
    if (FAILED(hr = ole_class_must_exist(clsid)))
        return hr;
    if (form != USERCLASSTYPE_FULL)
    {
        swprintf(subkey, ARRAY_SIZE(subkey), L"\\AuxUserType\\%lu", form);
        text = ole_class_string(clsid, subkey);
    }
    if (!text && !(text = ole_class_string(clsid, L"")))
        return REGDB_E_READREGDB;
    size = (wcslen(text) + 1) * sizeof(WCHAR);
    if ((*type = CoTaskMemAlloc(size)))
        memcpy(*type, text, size);
    free(text);
    return *type ? S_OK : E_OUTOFMEMORY;
}

/* The entry of a class in an activation context. */
struct context_misc_data
{
    ULONG size;
    BYTE reserved;
    BYTE present; /* bits: default, icon, content, thumbnail, docprint */
    BYTE reserved2[2];
    ULONG not_used[23];
    DWORD status[5]; /* default, content, thumbnail, icon, docprint */
};

/* The bit in `present`, and the index of `status`; 0, 0: the default. */
static void aspect_place(DWORD aspect, BYTE *bit, unsigned int *index)
{
    static const struct
    {
        DWORD aspect;
        BYTE bit, index;
    } places[] = {
            {DVASPECT_ICON, 2, 3},
            {DVASPECT_CONTENT, 4, 1},
            {DVASPECT_THUMBNAIL, 8, 2},
            {DVASPECT_DOCPRINT, 16, 4},
    };

    *bit = 1;
    *index = 0;
    for (unsigned int i = 0; i < ARRAY_SIZE(places); i++)
    {
        if (places[i].aspect != aspect)
            continue;
        *bit = places[i].bit;
        *index = places[i].index;
    }
}

/* What a manifest says. FALSE: none has the class. */
static BOOL context_misc_status(REFCLSID clsid, DWORD aspect, DWORD *status)
{
    ACTCTX_SECTION_KEYED_DATA found = {.cbSize = sizeof(found)};
    const struct context_misc_data *data;
    unsigned int index;
    BYTE bit;

    if (!FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, clsid,
                &found))
        return FALSE;
    data = found.lpData;
    if (found.ulLength < sizeof(*data))
        return FALSE;
    aspect_place(aspect, &bit, &index);
    if (data->present & bit)
        *status = data->status[index];
    else if (data->present & 1)
        *status = data->status[0];
    return TRUE;
}

/* A number written as a string. */
static BOOL class_number(REFCLSID clsid, const WCHAR *subkey, DWORD *number)
{
    WCHAR *text = ole_class_string(clsid, subkey);

    if (!text)
        return FALSE;
    *number = wcstoul(text, NULL, 10);
    free(text);
    return TRUE;
}

/*
 * OleRegGetMiscStatus: the OLEMISC_… flags of a class for an aspect: of a manifest, else of its key
 * MiscStatus; 0 when there is none. S_OK, E_INVALIDARG, REGDB_E_CLASSNOTREG, REGDB_E_READREGDB.
 * ole2/nf-ole2-olereggetmiscstatus, desktop-src/com/miscstatus
 */
HRESULT WINAPI OleRegGetMiscStatus(REFCLSID clsid, DWORD aspect, DWORD *status)
{
    WCHAR subkey[32];
    HRESULT hr;

    if (!status)
        return E_INVALIDARG;
    *status = 0;
    if (!clsid)
        return E_INVALIDARG;
    if (context_misc_status(clsid, aspect, status))
        return S_OK;
    if (FAILED(hr = ole_class_must_exist(clsid)))
        return hr;
    swprintf(subkey, ARRAY_SIZE(subkey), L"\\MiscStatus\\%lu", aspect);
    if (!class_number(clsid, subkey, status))
        class_number(clsid, L"\\MiscStatus", status);
    return S_OK;
}
