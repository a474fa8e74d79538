/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The URLs that jobs may name: http, https, file, and UNC paths. Parsing is strict where a lax one
 * could be talked into another host or a device, and escapes what a request line cannot carry.
 */
#include "transfer_private.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "wstr.h"

static WCHAR *wstr_range(const WCHAR *text, size_t length)
{
    WCHAR *copy = malloc((length + 1) * sizeof(WCHAR));

    if (copy)
    {
        memcpy(copy, text, length * sizeof(WCHAR));
        copy[length] = 0;
    }
    return copy;
}

static BOOL is_alpha(WCHAR c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static BOOL is_digit(WCHAR c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(WCHAR c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The length of "scheme" in front of a colon, 0: none. */
static size_t scheme_length(const WCHAR *text)
{
    size_t i;

    if (!is_alpha(text[0]))
        return 0;
    for (i = 1; text[i]; i++)
    {
        if (text[i] == ':')
            return i;
        if (!is_alpha(text[i]) && !is_digit(text[i]) && !wcschr(L"+-.", text[i]))
            return 0;
    }
    return 0;
}

/* Path and query as UTF-8, what may not stand in a request line escaped; escapes stay. */
static HRESULT escape_path(const WCHAR *text, size_t length, WCHAR **out)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t i, used = 0;
    char *utf8;
    WCHAR *path;
    int size;

    if (length > 0x100000)
        return E_INVALIDARG;
    size = length ? WideCharToMultiByte(CP_UTF8, 0, text, (int)length, NULL, 0, NULL, NULL) : 0;
    utf8 = malloc(size + 1);
    path = malloc(((size_t)size * 3 + 2) * sizeof(WCHAR));
    if (!utf8 || !path)
    {
        free(utf8);
        free(path);
        return E_OUTOFMEMORY;
    }
    if (size)
        WideCharToMultiByte(CP_UTF8, 0, text, (int)length, utf8, size, NULL, NULL);
    if (!size || utf8[0] != '/')
        path[used++] = '/';
    for (i = 0; i < (size_t)size; i++)
    {
        unsigned char c = utf8[i];

        if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}", c))
        {
            path[used++] = '%';
            path[used++] = digits[c >> 4];
            path[used++] = digits[c & 15];
        }
        else
        {
            path[used++] = c;
        }
    }
    path[used] = 0;
    free(utf8);
    *out = path;
    return S_OK;
}

static HRESULT parse_host(const WCHAR *text, size_t length, struct url *url)
{
    WCHAR ascii[256];
    BOOL plain = TRUE;
    size_t i;
    int size;

    if (!length)
        return E_INVALIDARG;
    if (text[0] == '[')
    {
        if (length < 4 || length > 60 || text[length - 1] != ']')
            return E_INVALIDARG;
        for (i = 1; i < length - 1; i++)
        {
            if (hex_value(text[i]) < 0 && text[i] != ':' && text[i] != '.')
                return E_INVALIDARG;
        }
        return (url->host = wstr_range(text + 1, length - 2)) ? S_OK : E_OUTOFMEMORY;
    }
    if (length > 255)
        return E_INVALIDARG;
    for (i = 0; i < length; i++)
    {
        if (text[i] >= 0x80)
            plain = FALSE;
        else if (!is_alpha(text[i]) && !is_digit(text[i]) && !wcschr(L"-._~", text[i]))
            return E_INVALIDARG;
    }
    if (plain)
        return (url->host = wstr_range(text, length)) ? S_OK : E_OUTOFMEMORY;
    if (!(size = IdnToAscii(0, text, (int)length, ascii, ARRAY_SIZE(ascii) - 1)))
        return E_INVALIDARG;
    return (url->host = wstr_range(ascii, size)) ? S_OK : E_OUTOFMEMORY;
}

/* What follows "http://" or "https://". */
static HRESULT parse_http(const WCHAR *text, struct url *url)
{
    size_t length = wcscspn(text, L"/?#\\"), host = length, i;
    const WCHAR *rest = text + length;
    unsigned int port = 0;
    HRESULT hr;

    if (wmemchr(text, '@', length))
        return E_INVALIDARG;
    for (i = length; i && is_digit(text[i - 1]); i--)
        ;
    if (i && text[i - 1] == ':')
    {
        host = i - 1;
        if (length - i > 5)
            return E_INVALIDARG;
        for (; i < length; i++)
            port = port * 10 + (text[i] - '0');
        if (port > 0xffff || (!port && host + 1 < length))
            return E_INVALIDARG;
    }
    if (!port)
        port = url->scheme == URL_HTTPS ? 443 : 80;
    url->port = (WORD)port;
    if (FAILED(hr = parse_host(text, host, url)))
        return hr;
    return escape_path(rest, wcscspn(rest, L"#"), &url->path);
}

/* "\\server\share\name", without the device namespaces. */
static BOOL is_unc_file(const WCHAR *path)
{
    const WCHAR *share, *name;

    if (path[0] != '\\' || path[1] != '\\' || wcschr(L"\\.?", path[2]))
        return FALSE;
    if (!(share = wcschr(path + 2, '\\')) || !share[1] || share[1] == '\\')
        return FALSE;
    if (!(name = wcschr(share + 1, '\\')) || !name[1])
        return FALSE;
    return path[wcslen(path) - 1] != '\\';
}

static BOOL is_drive_file(const WCHAR *path)
{
    size_t length = wcslen(path);

    return is_alpha(path[0]) && path[1] == ':' && path[2] == '\\' && length > 3
            && path[length - 1] != '\\' && !wcschr(path + 2, ':');
}

/* What follows "file:". */
static HRESULT parse_file(const WCHAR *text, struct url *url)
{
    size_t length, used = 0, i;
    WCHAR *path;
    char *bytes;
    int size;

    if ((text[0] != '/' && text[0] != '\\') || (text[1] != '/' && text[1] != '\\'))
        return E_INVALIDARG;
    text += 2;
    if (!_wcsnicmp(text, L"localhost/", 10))
        text += 9;
    if (text[0] == '/' || text[0] == '\\')
    {
        /* file:///C:/name, and the file:////server/share/name some programs write */
        text++;
        if (text[0] == '/' || text[0] == '\\')
            text++;
        else if (!is_alpha(text[0]) || (text[1] != ':' && text[1] != '|'))
            return E_INVALIDARG;
    }
    length = wcslen(text);
    if (length > 0x8000)
        return E_INVALIDARG;
    /* Through UTF-8, since escapes stand for its bytes. */
    size = length ? WideCharToMultiByte(CP_UTF8, 0, text, (int)length, NULL, 0, NULL, NULL) : 0;
    if (!size)
        return E_INVALIDARG;
    if (!(bytes = malloc(size)))
        return E_OUTOFMEMORY;
    WideCharToMultiByte(CP_UTF8, 0, text, (int)length, bytes, size, NULL, NULL);
    for (i = 0; i < (size_t)size; i++)
    {
        char c = bytes[i];

        if (c == '%' && i + 2 < (size_t)size && hex_value((unsigned char)bytes[i + 1]) >= 0
                && hex_value((unsigned char)bytes[i + 2]) >= 0)
        {
            c = (char)(hex_value((unsigned char)bytes[i + 1]) << 4
                    | hex_value((unsigned char)bytes[i + 2]));
            i += 2;
        }
        else if (c == '/')
        {
            c = '\\';
        }
        if ((unsigned char)c < 0x20)
        {
            free(bytes);
            return E_INVALIDARG;
        }
        bytes[used++] = c;
    }
    if (!(path = malloc((used + 3) * sizeof(WCHAR))))
    {
        free(bytes);
        return E_OUTOFMEMORY;
    }
    path[0] = path[1] = '\\';
    size = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bytes, (int)used, path + 2,
            (int)used);
    path[2 + size] = 0;
    free(bytes);
    if (!size)
    {
        free(path);
        return E_INVALIDARG;
    }
    if (is_alpha(path[2]) && (path[3] == ':' || path[3] == '|'))
    {
        memmove(path, path + 2, (size + 1) * sizeof(WCHAR));
        path[1] = ':';
    }
    if (!is_drive_file(path) && !is_unc_file(path))
    {
        free(path);
        return E_INVALIDARG;
    }
    url->path = path;
    return S_OK;
}

HRESULT url_parse(const WCHAR *text, struct url *url)
{
    size_t length, i;
    HRESULT hr;

    memset(url, 0, sizeof(*url));
    for (i = 0; text[i]; i++)
    {
        if (text[i] < 0x20 || text[i] == 0x7f)
            return E_INVALIDARG;
    }
    /* Plain paths count as SMB sources: \\server\share\name and X:\name. */
    if (text[0] == '\\' || (is_alpha(text[0]) && text[1] == ':'))
    {
        if (!is_unc_file(text) && !is_drive_file(text))
            return E_INVALIDARG;
        url->scheme = URL_FILE;
        return (url->path = wstr_dup(text)) ? S_OK : E_OUTOFMEMORY;
    }
    if ((length = scheme_length(text)) < 2)
        return E_INVALIDARG; /* relative */
    if (length == 4 && !_wcsnicmp(text, L"file", 4))
    {
        url->scheme = URL_FILE;
        hr = parse_file(text + 5, url);
    }
    else if (length == 4 && !_wcsnicmp(text, L"http", 4))
    {
        url->scheme = URL_HTTP;
        hr = wcsncmp(text + 5, L"//", 2) ? E_INVALIDARG : parse_http(text + 7, url);
    }
    else if (length == 5 && !_wcsnicmp(text, L"https", 5))
    {
        url->scheme = URL_HTTPS;
        hr = wcsncmp(text + 6, L"//", 2) ? E_INVALIDARG : parse_http(text + 8, url);
    }
    else
    {
        return BG_E_PROTOCOL_NOT_AVAILABLE;
    }
    if (FAILED(hr))
        url_free(url);
    return hr;
}

void url_free(struct url *url)
{
    free(url->host);
    free(url->path);
    url->host = url->path = NULL;
}

BOOL url_same_origin(const struct url *a, const struct url *b)
{
    return a->host && b->host && a->scheme == b->scheme && a->port == b->port
            && !_wcsicmp(a->host, b->host);
}

WCHAR *url_format(const struct url *url)
{
    BOOL brackets = wcschr(url->host, ':') != NULL;
    size_t size = wcslen(url->host) + wcslen(url->path) + 24;
    WCHAR *text = malloc(size * sizeof(WCHAR)), port[8] = L"";

    if (!text)
        return NULL;
    if (url->port != (url->scheme == URL_HTTPS ? 443 : 80))
        _snwprintf(port, ARRAY_SIZE(port), L":%u", url->port);
    _snwprintf(text, size, L"%ls://%ls%ls%ls%ls%ls", url->scheme == URL_HTTPS ? L"https" : L"http",
            brackets ? L"[" : L"", url->host, brackets ? L"]" : L"", port, url->path);
    return text;
}

/* RFC 3986, 5.2.4, on a path that begins with a slash; a query is left alone. */
static void remove_dots(WCHAR *path)
{
    WCHAR *in = path, *out = path, *query = path + wcscspn(path, L"?");

    while (in < query)
    {
        size_t length = 1 + wcscspn(in + 1, L"/?");
        BOOL last = in + length >= query;

        if (length == 2 && in[1] == '.')
        {
            if (last)
                *out++ = '/';
        }
        else if (length == 3 && in[1] == '.' && in[2] == '.')
        {
            while (out > path && *--out != '/')
                ;
            if (last)
                *out++ = '/';
        }
        else
        {
            memmove(out, in, length * sizeof(WCHAR));
            out += length;
        }
        in += length;
    }
    memmove(out, query, (wcslen(query) + 1) * sizeof(WCHAR));
}

HRESULT url_resolve(const struct url *base, const WCHAR *reference, struct url *out)
{
    size_t keep, size;
    WCHAR *text, *path;
    HRESULT hr;

    if (scheme_length(reference))
    {
        if (FAILED(hr = url_parse(reference, out)))
            return hr;
        if (out->scheme != URL_FILE)
            return S_OK;
        url_free(out);
        return BG_E_PROTOCOL_NOT_AVAILABLE;
    }
    if (reference[0] == '\\')
        return E_INVALIDARG;
    if (!(text = url_format(base)))
        return E_OUTOFMEMORY;
    size = wcslen(text) + wcslen(reference) + 2;
    if (!(path = realloc(text, size * sizeof(WCHAR))))
    {
        free(text);
        return E_OUTOFMEMORY;
    }
    text = path;
    if (reference[0] == '/' && reference[1] == '/')
    {
        wcscpy(wcschr(text, ':') + 1, reference);
    }
    else
    {
        path = text + wcslen(text) - wcslen(base->path);
        if (reference[0] == '/')
        {
            keep = 0;
        }
        else
        {
            keep = wcscspn(path, L"?");
            if (reference[0] != '?' && reference[0])
            {
                while (keep && path[keep - 1] != '/')
                    keep--;
            }
        }
        wcscpy(path + keep, reference);
        path[wcscspn(path, L"#")] = 0;
        if (reference[0] != '?')
            remove_dots(path);
    }
    hr = url_parse(text, out);
    free(text);
    return hr;
}
