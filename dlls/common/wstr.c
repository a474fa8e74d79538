/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wstr.h"

#include <objbase.h>
#include <stdlib.h>
#include <wchar.h>

WCHAR *wstr_dup(const WCHAR *text)
{
    size_t size;
    WCHAR *copy;

    if (!text)
        return NULL;
    size = (wcslen(text) + 1) * sizeof(WCHAR);
    if ((copy = malloc(size)))
        memcpy(copy, text, size);
    return copy;
}

HRESULT wstr_replace(WCHAR **slot, const WCHAR *text)
{
    WCHAR *copy = wstr_dup(text);

    if (text && !copy)
        return E_OUTOFMEMORY;
    free(*slot);
    *slot = copy;
    return S_OK;
}

HRESULT wstr_to_caller(const WCHAR *text, WCHAR **out)
{
    size_t size;

    if (!out)
        return E_POINTER;
    if (!text)
        text = L"";
    size = (wcslen(text) + 1) * sizeof(WCHAR);
    if (!(*out = CoTaskMemAlloc(size)))
        return E_OUTOFMEMORY;
    memcpy(*out, text, size);
    return S_OK;
}
