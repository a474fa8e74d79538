/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ProgIDs: from the active activation context, else from the registry.
 * desktop-src/com/-progid--key, desktop-src/com/versionindependentprogid
 */
#include <windows.h>
#include <objbase.h>
#include <stdlib.h>
#include <string.h>

#include "activation_context.h"
#include "guid_text.h"
#include "wstr.h"

/* Of what activation contexts say about a ProgID. Offsets in bytes from the section. */
struct context_progid
{
    ULONG size;
    ULONG flags;
    ULONG clsid_offset; /* of the class's CLSID in this context */
};

#define PROGID_PATH 260 /* characters of a path below HKEY_CLASSES_ROOT; key names have 255 */
#define CURVER_STEPS 4  /* from a version-independent ProgID to another, at most */

LONG classes_read_default(const WCHAR *path, WCHAR *text, DWORD size)
{
    DWORD bytes = size * sizeof(*text);
    HKEY key;
    LONG error = classes_open_key(path, 0, &key);

    if (error)
        return error;
    error = RegGetValueW(key, NULL, NULL, RRF_RT_REG_SZ, NULL, text, &bytes);
    RegCloseKey(key);
    return error == ERROR_MORE_DATA || error == ERROR_UNSUPPORTED_TYPE ? ERROR_INVALID_DATA : error;
}

/* ---- ProgID to CLSID ---- */

static BOOL clsid_from_context(const WCHAR *progid, CLSID *clsid)
{
    ACTCTX_SECTION_KEYED_DATA found = {.cbSize = sizeof(found)};
    const struct context_progid *data;

    if (!FindActCtxSectionStringW(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_PROGID_REDIRECTION,
                progid, &found))
        return FALSE;
    data = found.lpData;
    if (found.ulLength < sizeof(*data) || found.ulSectionTotalLength < sizeof(*clsid)
            || data->clsid_offset > found.ulSectionTotalLength - sizeof(*clsid))
        return FALSE;
    memcpy(clsid, (const char *)found.lpSectionBase + data->clsid_offset, sizeof(*clsid));
    return TRUE;
}

/* The value of HKEY_CLASSES_ROOT\<progid>\<key>. */
static LONG progid_read(const WCHAR *progid, const WCHAR *key, WCHAR *text, DWORD size)
{
    WCHAR path[PROGID_PATH];
    size_t length = wcslen(progid);

    if (!length || length + 1 + wcslen(key) >= PROGID_PATH)
        return ERROR_FILE_NOT_FOUND;
    memcpy(path, progid, length * sizeof(*path));
    path[length] = '\\';
    wcscpy(path + length + 1, key);
    return classes_read_default(path, text, size);
}

HRESULT progid_find_in_registry(const WCHAR *progid, CLSID *clsid)
{
    WCHAR text[GUID_TEXT_LENGTH + 1], current[PROGID_PATH];
    LONG error;

    *clsid = GUID_NULL;
    for (int step = 0; step < CURVER_STEPS; step++)
    {
        error = progid_read(progid, L"CLSID", text, ARRAYSIZE(text));
        if (error == ERROR_SUCCESS)
        {
            if (guid_from_text(text, clsid))
                return S_OK;
            *clsid = GUID_NULL;
            return CO_E_CLASSSTRING;
        }
        if (error != ERROR_FILE_NOT_FOUND)
            return error == ERROR_INVALID_DATA ? CO_E_CLASSSTRING : REGDB_E_READREGDB;
        /* A version-independent ProgID may leave its class to the current version. */
        if (progid_read(progid, L"CurVer", current, ARRAYSIZE(current)) != ERROR_SUCCESS)
            break;
        progid = current;
    }
    return CO_E_CLASSSTRING;
}

/*
 * The CLSID of a ProgID. S_OK, E_INVALIDARG, CO_E_CLASSSTRING when there is none or no valid one,
 * REGDB_E_READREGDB. No CLSIDs are made up for OLE 1 servers: nothing could serve them.
 * combaseapi/nf-combaseapi-clsidfromprogid
 */
HRESULT WINAPI CLSIDFromProgID(LPCOLESTR progid, LPCLSID clsid)
{
    if (!progid || !clsid)
        return E_INVALIDARG;
    if (clsid_from_context(progid, clsid))
        return S_OK;
    return progid_find_in_registry(progid, clsid);
}

/*
 * The same, and would install a missing class if a policy said so: there is no class store to
 * install from. combaseapi/nf-combaseapi-clsidfromprogidex
 */
HRESULT WINAPI CLSIDFromProgIDEx(LPCOLESTR progid, LPCLSID clsid)
{
    return CLSIDFromProgID(progid, clsid);
}

/* ---- CLSID to ProgID ---- */

/* S_OK, S_FALSE when the context does not have the class, or a failure. */
static HRESULT progid_from_context(REFCLSID clsid, WCHAR **progid)
{
    ACTCTX_SECTION_KEYED_DATA found;
    const struct context_class_data *data = activation_context_find(clsid, &found);

    if (!data)
        return S_FALSE;
    if (!data->progid_length)
        return REGDB_E_CLASSNOTREG;
    if (data->progid_offset > found.ulLength
            || data->progid_length > found.ulLength - data->progid_offset)
        return REGDB_E_CLASSNOTREG;
    *progid = CoTaskMemAlloc(data->progid_length + sizeof(WCHAR));
    if (!*progid)
        return E_OUTOFMEMORY;
    memcpy(*progid, (const char *)data + data->progid_offset, data->progid_length);
    (*progid)[data->progid_length / sizeof(WCHAR)] = 0;
    return S_OK;
}

/*
 * The ProgID of a class, by CoTaskMemAlloc. S_OK, E_INVALIDARG, REGDB_E_CLASSNOTREG when there is
 * no class or it has no ProgID, REGDB_E_READREGDB, E_OUTOFMEMORY.
 * combaseapi/nf-combaseapi-progidfromclsid
 */
HRESULT WINAPI ProgIDFromCLSID(REFCLSID clsid, LPOLESTR *progid)
{
    WCHAR path[6 + GUID_TEXT_LENGTH + 7 + 1] = L"CLSID\\";
    WCHAR text[PROGID_PATH];
    HRESULT hr;
    LONG error;

    if (!progid)
        return E_INVALIDARG;
    *progid = NULL;
    hr = progid_from_context(clsid, progid);
    if (hr != S_FALSE)
        return hr;
    guid_to_text(clsid, path + 6);
    wcscat(path, L"\\ProgID");
    error = classes_read_default(path, text, ARRAYSIZE(text));
    if (error == ERROR_FILE_NOT_FOUND)
        return REGDB_E_CLASSNOTREG;
    if (error != ERROR_SUCCESS)
        return REGDB_E_READREGDB;
    return wstr_to_caller(text, progid);
}

/* ---- OLE 1 ---- */

/*
 * Whether a CLSID is one of those that stand for classes of OLE 1:
 * {00030000-0000-0000-C000-000000000046} to {0003FFFF-…}. objbase/nf-objbase-coisole1class
 */
BOOL WINAPI CoIsOle1Class(REFCLSID clsid)
{
    static const GUID base = {0x30000, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

    return clsid && clsid->Data1 >> 16 == base.Data1 >> 16
            && !memcmp(&clsid->Data2, &base.Data2, sizeof(base) - sizeof(base.Data1));
}
