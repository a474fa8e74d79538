/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file_path.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

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

/* A run of escapes at `text`: its bytes, and how many. */
static size_t escapes_read(const WCHAR *text, char *bytes)
{
    size_t count = 0;

    while (text[0] == '%' && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0)
    {
        bytes[count++] = (char)(hex_digit(text[1]) * 16 + hex_digit(text[2]));
        text += 3;
    }
    return count;
}

/* Decodes in place. FALSE: a zero is inside, or out of memory. */
static BOOL path_decode(WCHAR *path)
{
    const WCHAR *from = path;
    WCHAR *to = path;
    char *bytes = malloc(wcslen(path) + 1);
    BOOL is_good = bytes != NULL;

    while (is_good && *from)
    {
        size_t count = escapes_read(from, bytes);
        int length;

        if (!count)
        {
            *to++ = *from++;
            continue;
        }
        /* There is room: an escape has three characters, and gives one at most. */
        length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bytes, (int)count, to,
                (int)count);
        if (!length)
            length = MultiByteToWideChar(CP_ACP, 0, bytes, (int)count, to, (int)count);
        is_good = length > 0 && !memchr(bytes, 0, count);
        to += length;
        from += 3 * count;
    }
    *to = 0;
    free(bytes);
    return is_good;
}

/* The parts of the URI put together: \\host\path, or X:\path. */
static HRESULT path_join(const WCHAR *host, const WCHAR *path, WCHAR **out)
{
    BOOL is_url = path[0] == '/'; /* else it is as DOS writes it, without escapes */
    BOOL has_host = *host && _wcsicmp(host, L"localhost");
    size_t length = wcslen(host) + wcslen(path) + 4;
    WCHAR *text = malloc(length * sizeof(WCHAR));

    *out = NULL;
    if (!text)
        return E_OUTOFMEMORY;
    *text = 0;
    if (has_host)
    {
        wcscpy(text, L"\\\\");
        wcscat(text, host);
        if (path[0] != '/' && path[0] != '\\')
            wcscat(text, L"\\");
    }
    else if (is_url && path[1] && (path[2] == ':' || path[2] == '|'))
        path++; /* /C:/... */
    wcscat(text, path);
    if (is_url && !path_decode(text))
    {
        free(text);
        return INET_E_INVALID_URL;
    }
    for (WCHAR *c = text; *c; c++)
    {
        if (*c == '/')
            *c = '\\';
    }
    if (text[0] && text[1] == '|')
        text[1] = ':';
    *out = text;
    return S_OK;
}

HRESULT file_path_from_uri(IUri *uri, WCHAR **out)
{
    BSTR host = NULL, path = NULL;
    HRESULT hr = IUri_GetPath(uri, &path);

    *out = NULL;
    if (SUCCEEDED(hr))
        IUri_GetHost(uri, &host);
    if (hr != S_OK || !SysStringLen(path) || wcslen(path) != SysStringLen(path))
        hr = FAILED(hr) ? hr : INET_E_INVALID_URL;
    else
        hr = path_join(host ? host : L"", path, out);
    SysFreeString(path);
    SysFreeString(host);
    /* Not \\.\ and \\?\: no pipes, disks and the like. */
    if (SUCCEEDED(hr) && ((*out)[0] == '\\' && (*out)[1] == '\\')
            && ((*out)[2] == '.' || (*out)[2] == '?' || (*out)[2] == '\\' || !(*out)[2]))
    {
        free(*out);
        *out = NULL;
        hr = INET_E_INVALID_URL;
    }
    return hr;
}
