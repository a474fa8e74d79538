/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes and texts of monikers: streams, comparison data, hashes, display names. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "moniker_base.h"

HRESULT moniker_read(IStream *stream, void *data, ULONG size)
{
    ULONG done = 0;
    HRESULT hr = size ? IStream_Read(stream, data, size, &done) : S_OK;

    if (FAILED(hr))
        return hr;
    return done == size ? S_OK : STG_E_READFAULT;
}

HRESULT moniker_write(IStream *stream, const void *data, ULONG size)
{
    ULONG done = 0;
    HRESULT hr = size ? IStream_Write(stream, data, size, &done) : S_OK;

    if (FAILED(hr))
        return hr;
    return done == size ? S_OK : STG_E_WRITEFAULT;
}

HRESULT moniker_text_from_ansi(const char *ansi, WCHAR **out)
{
    int length = MultiByteToWideChar(CP_ACP, 0, ansi, -1, NULL, 0);

    *out = length > 0 ? malloc((size_t)length * sizeof(WCHAR)) : NULL;
    if (!*out)
        return E_OUTOFMEMORY;
    MultiByteToWideChar(CP_ACP, 0, ansi, -1, *out, length);
    return S_OK;
}

static void text_upper(WCHAR *text, size_t length)
{
    CharUpperBuffW(text, (DWORD)length);
}

HRESULT moniker_text_comparison(const CLSID *clsid, const WCHAR *first, const WCHAR *second,
        ULONG room, BYTE *data, ULONG *size)
{
    size_t one = wcslen(first), two = wcslen(second);
    size_t bytes = sizeof(*clsid) + (one + two + 1) * sizeof(WCHAR);
    WCHAR *text = (WCHAR *)(data + sizeof(*clsid));

    *size = (ULONG)bytes;
    if (bytes > room)
        return E_OUTOFMEMORY;
    memcpy(data, clsid, sizeof(*clsid));
    memcpy(text, first, one * sizeof(WCHAR));
    memcpy(text + one, second, (two + 1) * sizeof(WCHAR));
    text_upper(text, one + two);
    return S_OK;
}

DWORD moniker_text_hash(DWORD seed, const WCHAR *text)
{
    for (; *text; text++)
        seed = seed * 3 ^ (DWORD)(ULONG_PTR)CharUpperW((WCHAR *)(ULONG_PTR)*text);
    return seed;
}

HRESULT moniker_clsid_parse(const WCHAR *text, CLSID *clsid, size_t *length)
{
    const size_t digits = 36;
    BOOL braces = *text == '{';
    WCHAR braced[39] = L"{";

    text += braces;
    if (wcsnlen(text, digits) < digits || (braces && text[digits] != '}'))
        return MK_E_SYNTAX;
    memcpy(braced + 1, text, digits * sizeof(WCHAR));
    wcscpy(braced + 1 + digits, L"}");
    *length = digits + 2 * braces;
    return SUCCEEDED(CLSIDFromString(braced, clsid)) ? S_OK : MK_E_SYNTAX;
}

HRESULT moniker_text_out(const WCHAR *first, const WCHAR *second, WCHAR **out)
{
    size_t one = wcslen(first), two = wcslen(second);

    *out = CoTaskMemAlloc((one + two + 1) * sizeof(WCHAR));
    if (!*out)
        return E_OUTOFMEMORY;
    memcpy(*out, first, one * sizeof(WCHAR));
    memcpy(*out + one, second, (two + 1) * sizeof(WCHAR));
    return S_OK;
}
