/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GUIDs: new ones, compared, and as text. */
#include "guid_text.h"

#include <objbase.h>
#include <rpc.h>
#include <string.h>

/* ---- text ---- */

static WCHAR *hex_put(WCHAR *text, DWORD value, unsigned int digits)
{
    for (unsigned int i = digits; i--; value >>= 4)
        text[i] = L"0123456789ABCDEF"[value & 0xf];
    return text + digits;
}

void guid_to_text(const GUID *guid, WCHAR text[GUID_TEXT_LENGTH + 1])
{
    *text++ = '{';
    text = hex_put(text, guid->Data1, 8);
    *text++ = '-';
    text = hex_put(text, guid->Data2, 4);
    *text++ = '-';
    text = hex_put(text, guid->Data3, 4);
    *text++ = '-';
    for (unsigned int i = 0; i < 8; i++)
    {
        if (i == 2)
            *text++ = '-';
        text = hex_put(text, guid->Data4[i], 2);
    }
    *text++ = '}';
    *text = 0;
}

/* The value of a hexadecimal digit, or -1. */
static int hex_digit(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Reads a number of so many digits, and steps over it. FALSE at the first that is none; *value then
 * has those before it. */
static BOOL hex_get(const WCHAR **text, unsigned int digits, DWORD *value)
{
    *value = 0;
    while (digits--)
    {
        int digit = hex_digit(**text);

        if (digit < 0)
            return FALSE;
        *value = *value << 4 | (DWORD)digit;
        ++*text;
    }
    return TRUE;
}

static BOOL skip_char(const WCHAR **text, WCHAR c)
{
    if (**text != c)
        return FALSE;
    ++*text;
    return TRUE;
}

BOOL guid_from_text(const WCHAR *text, GUID *guid)
{
    DWORD value;
    BOOL whole;

    if (!skip_char(&text, '{'))
        return FALSE;
    whole = hex_get(&text, 8, &value);
    guid->Data1 = value;
    if (!whole || !skip_char(&text, '-') || !hex_get(&text, 4, &value))
        return FALSE;
    guid->Data2 = (WORD)value;
    if (!skip_char(&text, '-') || !hex_get(&text, 4, &value))
        return FALSE;
    guid->Data3 = (WORD)value;
    if (!skip_char(&text, '-'))
        return FALSE;
    for (unsigned int i = 0; i < 8; i++)
    {
        if ((i == 2 && !skip_char(&text, '-')) || !hex_get(&text, 2, &value))
            return FALSE;
        guid->Data4[i] = (BYTE)value;
    }
    return skip_char(&text, '}') && !*text;
}

/* ---- functions ---- */

/*
 * Writes a GUID in braces, upper case, into a buffer of `size` characters. Returns the characters
 * written, with the end: 39, or 0 if the buffer is too small, and was left alone, or for NULL.
 * combaseapi/nf-combaseapi-stringfromguid2
 */
int WINAPI StringFromGUID2(REFGUID guid, LPOLESTR text, int size)
{
    if (!guid || !text || size <= GUID_TEXT_LENGTH)
        return 0;
    guid_to_text(guid, text);
    return GUID_TEXT_LENGTH + 1;
}

/*
 * The text of a CLSID, by CoTaskMemAlloc. S_OK, E_INVALIDARG, E_OUTOFMEMORY.
 * combaseapi/nf-combaseapi-stringfromclsid
 */
HRESULT WINAPI StringFromCLSID(REFCLSID clsid, LPOLESTR *text)
{
    if (!clsid || !text)
        return E_INVALIDARG;
    *text = CoTaskMemAlloc((GUID_TEXT_LENGTH + 1) * sizeof(WCHAR));
    if (!*text)
        return E_OUTOFMEMORY;
    guid_to_text(clsid, *text);
    return S_OK;
}

/* The same for an IID. combaseapi/nf-combaseapi-stringfromiid */
HRESULT WINAPI StringFromIID(REFIID iid, LPOLESTR *text)
{
    return StringFromCLSID(iid, text);
}

/*
 * Reads a CLSID: a GUID in braces, or else a ProgID of the registry (those of activation contexts
 * are left to CLSIDFromProgID, as on Windows); NULL gives CLSID_NULL. S_OK, E_INVALIDARG,
 * CO_E_CLASSSTRING for what is neither, REGDB_E_READREGDB.
 * combaseapi/nf-combaseapi-clsidfromstring
 */
HRESULT WINAPI CLSIDFromString(LPCOLESTR text, LPCLSID clsid)
{
    if (!clsid)
        return E_INVALIDARG;
    if (!text)
    {
        *clsid = GUID_NULL;
        return S_OK;
    }
    if (*text != '{')
        return progid_find_in_registry(text, clsid);
    return guid_from_text(text, clsid) ? S_OK : CO_E_CLASSSTRING;
}

/*
 * Reads an IID: a GUID in braces; NULL gives IID_NULL. S_OK, E_INVALIDARG for what has not the
 * length of one, CO_E_IIDSTRING. combaseapi/nf-combaseapi-iidfromstring
 */
HRESULT WINAPI IIDFromString(LPCOLESTR text, LPIID iid)
{
    if (!iid)
        return E_INVALIDARG;
    if (!text)
    {
        *iid = GUID_NULL;
        return S_OK;
    }
    if (wcsnlen(text, GUID_TEXT_LENGTH + 1) != GUID_TEXT_LENGTH)
        return E_INVALIDARG;
    return guid_from_text(text, iid) ? S_OK : CO_E_IIDSTRING;
}

/*
 * Makes a GUID that nobody else makes. S_OK, E_INVALIDARG, or an error of UuidCreate.
 * combaseapi/nf-combaseapi-cocreateguid
 */
HRESULT WINAPI CoCreateGuid(GUID *guid)
{
    RPC_STATUS status;

    if (!guid)
        return E_INVALIDARG;
    status = UuidCreate(guid);
    if (status == RPC_S_UUID_LOCAL_ONLY)
        return S_OK;
    return status == RPC_S_OK ? S_OK : HRESULT_FROM_WIN32(status);
}

/* Whether two GUIDs are the same. guiddef/nf-guiddef-isequalguid, as the exported function that
 * programs for Windows NT 3.5 call. */
#undef IsEqualGUID
BOOL WINAPI IsEqualGUID(REFGUID a, REFGUID b);

BOOL WINAPI IsEqualGUID(REFGUID a, REFGUID b)
{
    return !memcmp(a, b, sizeof(*a));
}
