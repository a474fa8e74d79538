/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data formats of a class: CLSID\{clsid}\DataFormats\GetSet\<number> = "format, aspects, media,
 * directions". desktop-src/com/dataformats */
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <ole2.h>

#include "class_registry.h"
#include "component_enumerator.h"
#include "enumerator.h"
#include "ole_registration.h"

#define FORMATS_MAX 1000

ENUMERATOR_VALUES(enum_format, IEnumFORMATETC, FORMATETC)

/* Cuts the first field off, without blanks around it; NULL: there is none. */
static WCHAR *field_take(WCHAR **rest)
{
    WCHAR *field = *rest, *end;

    if (!field)
        return NULL;
    if ((end = wcschr(field, ',')))
        *end = 0;
    *rest = end ? end + 1 : NULL;
    while (*field == ' ')
        field++;
    for (end = field + wcslen(field); end > field && end[-1] == ' ';)
        *--end = 0;
    return field;
}

static LONG number_take(WCHAR **rest, LONG otherwise)
{
    WCHAR *field = field_take(rest);

    return field && *field ? wcstol(field, NULL, 0) : otherwise;
}

/* A format's number, or the name of one that is registered with the clipboard. */
static CLIPFORMAT format_number(const WCHAR *text)
{
    WCHAR *end;
    unsigned long number = wcstoul(text, &end, 0);

    return (CLIPFORMAT)(*end ? RegisterClipboardFormatW(text) : number);
}

/* Adds what is written there if it is for this direction. */
static HRESULT format_add(struct value_list *list, WCHAR *text, DWORD direction)
{
    WCHAR *rest = text, *name = field_take(&rest);
    FORMATETC format = {.lindex = -1};

    if (!*name)
        return S_OK;
    format.cfFormat = format_number(name);
    format.dwAspect = (DWORD)number_take(&rest, -1);
    format.tymed = (DWORD)number_take(&rest, TYMED_HGLOBAL);
    if (!format.cfFormat || !((DWORD)number_take(&rest, DATADIR_GET) & direction))
        return S_OK;
    return value_list_add(list, &format, sizeof(format));
}

/* In the order of their numbers, which begin with 0 and have no gaps. */
static HRESULT formats_read(struct value_list *list, HKEY key, DWORD direction)
{
    HRESULT hr = S_OK;

    for (unsigned int number = 0; SUCCEEDED(hr) && number < FORMATS_MAX; number++)
    {
        WCHAR name[12], *text;
        HKEY subkey;

        _snwprintf(name, ARRAY_SIZE(name), L"%u", number);
        if (RegOpenKeyExW(key, name, 0, KEY_READ, &subkey))
            break;
        text = registry_read_string(subkey, NULL, NULL);
        RegCloseKey(subkey);
        if (text)
            hr = format_add(list, text, direction);
        free(text);
    }
    return hr;
}

/*
 * OleRegEnumFormatEtc: the formats of a class as they are registered now, for DATADIR_GET or _SET.
 * S_OK, REGDB_E_CLASSNOTREG, REGDB_E_READREGDB, REGDB_E_KEYMISSING (nothing is registered about
 * formats; the page has it by an old name), E_INVALIDARG, E_OUTOFMEMORY.
 * ole2/nf-ole2-oleregenumformatetc
 */
HRESULT WINAPI OleRegEnumFormatEtc(REFCLSID clsid, DWORD direction, IEnumFORMATETC **out)
{
    struct value_list list = {0};
    HRESULT hr;
    LONG error;
    HKEY key;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!clsid || (direction != DATADIR_GET && direction != DATADIR_SET))
        return E_INVALIDARG;
    if (FAILED(hr = ole_class_must_exist(clsid)))
        return hr;
    error = ole_class_key_open(clsid, L"\\DataFormats\\GetSet", KEY_READ, &key);
    if (error)
        return error == ERROR_FILE_NOT_FOUND ? REGDB_E_KEYMISSING : REGDB_E_READREGDB;
    hr = formats_read(&list, key, direction);
    RegCloseKey(key);
    if (SUCCEEDED(hr))
        return values_enumerate(&list, sizeof(FORMATETC), &enum_format_class, &enum_format_vtbl,
                (void **)out);
    value_list_free(&list);
    return hr;
}
