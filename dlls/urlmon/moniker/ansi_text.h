/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text in the system's code page, for functions whose names end in A. */
#ifndef CONCIERGE_ANSI_TEXT_H
#define CONCIERGE_ANSI_TEXT_H

#include <stdlib.h>
#include <windows.h>

/* The text in UTF-16, malloc. E_INVALIDARG for NULL, E_OUTOFMEMORY; *out is NULL then. */
static inline HRESULT ansi_to_wide(const char *text, WCHAR **out)
{
    int length;

    *out = NULL;
    if (!text)
        return E_INVALIDARG;
    length = MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0);
    if (length <= 0)
        return E_INVALIDARG;
    *out = malloc(length * sizeof(WCHAR));
    if (!*out)
        return E_OUTOFMEMORY;
    MultiByteToWideChar(CP_ACP, 0, text, -1, *out, length);
    return S_OK;
}

#endif
