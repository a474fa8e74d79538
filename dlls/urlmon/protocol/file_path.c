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

/* Whether a name of a folder or file, up to `end`, is one that DOS has for a device: also in front
 * of a dot or blanks. Page "Naming Files, Paths, and Namespaces". */
static BOOL name_is_device(const WCHAR *name, const WCHAR *end)
{
    static const WCHAR *const devices[] = {L"CON", L"PRN", L"AUX", L"NUL", L"CONIN$", L"CONOUT$",
            L"CLOCK$"};
    size_t length = 0;

    while (name + length < end && name[length] != '.')
        length++;
    while (length && name[length - 1] == ' ')
        length--;
    /* COM1 and LPT1; the digit may be raised. */
    if (length == 4 && (!_wcsnicmp(name, L"COM", 3) || !_wcsnicmp(name, L"LPT", 3)))
        return wcschr(L"0123456789\xb9\xb2\xb3", name[3]) != NULL;
    for (unsigned int i = 0; i < ARRAYSIZE(devices); i++)
    {
        if (length == wcslen(devices[i]) && !_wcsnicmp(name, devices[i], length))
            return TRUE;
    }
    return FALSE;
}

/* Whether a path is one of a file: neither \\.\ nor \\?\ nor \??\, which lead to pipes, disks and
 * the like; no name of a device in any place; no colon but that of a drive, which a root follows:
 * no stream of a file, no folder that depends on the process. */
static BOOL path_is_file(const WCHAR *path)
{
    const WCHAR *name = path;

    if (path[0] == '\\' && path[1] == '\\' && wcschr(L".?\\", path[2])) /* or the end */
        return FALSE;
    if (!wcsncmp(path, L"\\??", 3))
        return FALSE;
    if (path[0] && path[1] == ':')
    {
        if (!iswascii(path[0]) || !iswalpha(path[0]) || path[2] != '\\')
            return FALSE;
        name = path + 2;
    }
    for (;;)
    {
        size_t length = wcscspn(name, L"\\");

        for (size_t i = 0; i < length; i++)
        {
            if (name[i] == ':' || name[i] < ' ')
                return FALSE;
        }
        if (name_is_device(name, name + length))
            return FALSE;
        if (!name[length])
            return TRUE;
        name += length + 1;
    }
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
    if (SUCCEEDED(hr) && !path_is_file(*out))
    {
        free(*out);
        *out = NULL;
        hr = INET_E_INVALID_URL;
    }
    return hr;
}
