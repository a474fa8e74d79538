/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * File monikers in streams, [MS-OSHARED] 2.3.7.8: how many "..\" stand before the path; the path in
 * the ANSI code page; where a server's name ends; and the path in Unicode where the code page
 * cannot hold it.
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "file_moniker.h"
#include "moniker_path.h"

#define PATH_CHARS_MAX 0x8000
#define VERSION 0xdead
#define NO_SERVER 0xffff
#define UNICODE_KEY 3
#define HEADER 6  /* bytes before the Unicode path */
#define UNUSED 20 /* bytes of zeros */

static HRESULT write_word(IStream *stream, WORD value)
{
    return moniker_write(stream, &value, sizeof(value));
}

static HRESULT write_dword(IStream *stream, DWORD value)
{
    return moniker_write(stream, &value, sizeof(value));
}

static HRESULT write_unicode(IStream *stream, const WCHAR *path)
{
    DWORD bytes = (DWORD)(wcslen(path) * sizeof(WCHAR));
    HRESULT hr = write_dword(stream, bytes + HEADER);

    if (SUCCEEDED(hr))
        hr = write_dword(stream, bytes);
    if (SUCCEEDED(hr))
        hr = write_word(stream, UNICODE_KEY);
    return SUCCEEDED(hr) ? moniker_write(stream, path, bytes) : hr;
}

HRESULT file_moniker_write(IStream *stream, const WCHAR *path)
{
    static const BYTE unused[UNUSED];
    ULONG ups = moniker_path_ups(path);
    const WCHAR *rest = path + 3 * (size_t)ups;
    size_t server = path[0] == '\\' ? moniker_path_root(path) : 0;
    int size = WideCharToMultiByte(CP_ACP, 0, rest, -1, NULL, 0, NULL, NULL);
    BOOL lossy = FALSE;
    char *ansi;
    HRESULT hr;

    if (size <= 0 || size > PATH_CHARS_MAX * 4 || ups > MAXWORD)
        return E_INVALIDARG;
    ansi = malloc((size_t)size);
    if (!ansi)
        return E_OUTOFMEMORY;
    WideCharToMultiByte(CP_ACP, WC_NO_BEST_FIT_CHARS, rest, -1, ansi, size, NULL, &lossy);
    hr = write_word(stream, (WORD)ups);
    if (SUCCEEDED(hr))
        hr = write_dword(stream, (DWORD)size);
    if (SUCCEEDED(hr))
        hr = moniker_write(stream, ansi, (ULONG)size);
    free(ansi);
    if (SUCCEEDED(hr))
        hr = write_word(stream, server ? (WORD)server : NO_SERVER);
    if (SUCCEEDED(hr))
        hr = write_word(stream, VERSION);
    if (SUCCEEDED(hr))
        hr = moniker_write(stream, unused, UNUSED);
    if (FAILED(hr))
        return hr;
    return lossy ? write_unicode(stream, rest) : write_dword(stream, 0);
}

ULONG file_moniker_size_max(const WCHAR *path)
{
    ULONG length = (ULONG)wcslen(path);

    /* An ANSI character may have two bytes, in UTF-8 three of a WCHAR. */
    return sizeof(CLSID) + 2 + 4 + (length + 1) * 3 + 2 + 2 + UNUSED + 4 + HEADER
            + length * sizeof(WCHAR);
}

/* ---- reading ---- */

static HRESULT read_bytes(IStream *stream, DWORD size, size_t room, void **out)
{
    HRESULT hr = S_OK;

    *out = size <= room ? calloc(1, (size_t)size + sizeof(WCHAR)) : NULL;
    if (!*out)
        return size > room ? STG_E_DOCFILECORRUPT : E_OUTOFMEMORY;
    hr = moniker_read(stream, *out, size);
    if (FAILED(hr))
    {
        free(*out);
        *out = NULL;
    }
    return hr;
}

/* The path in Unicode; NULL if it is not there. */
static HRESULT read_unicode(IStream *stream, WCHAR **out)
{
    DWORD size, bytes;
    WORD key;
    HRESULT hr = moniker_read(stream, &size, sizeof(size));

    *out = NULL;
    if (FAILED(hr) || !size)
        return hr;
    hr = moniker_read(stream, &bytes, sizeof(bytes));
    if (SUCCEEDED(hr))
        hr = moniker_read(stream, &key, sizeof(key));
    if (SUCCEEDED(hr) && (key != UNICODE_KEY || bytes % sizeof(WCHAR) || size != bytes + HEADER))
        hr = STG_E_DOCFILECORRUPT;
    return SUCCEEDED(hr) ? read_bytes(stream, bytes, PATH_CHARS_MAX * sizeof(WCHAR), (void **)out)
                         : hr;
}

static HRESULT path_put_ups(WCHAR **path, WORD ups)
{
    size_t length = wcslen(*path);
    WCHAR *longer;

    if (!ups)
        return S_OK;
    longer = malloc((length + 3 * (size_t)ups + 1) * sizeof(WCHAR));
    if (!longer)
        return E_OUTOFMEMORY;
    for (WORD i = 0; i < ups; i++)
        memcpy(longer + 3 * (size_t)i, L"..\\", 3 * sizeof(WCHAR));
    memcpy(longer + 3 * (size_t)ups, *path, (length + 1) * sizeof(WCHAR));
    free(*path);
    *path = longer;
    return S_OK;
}

HRESULT file_moniker_read(IStream *stream, WCHAR **path)
{
    BYTE unused[UNUSED];
    char *ansi = NULL;
    WORD ups, server_and_version[2];
    DWORD size;
    HRESULT hr = moniker_read(stream, &ups, sizeof(ups));

    *path = NULL;
    if (SUCCEEDED(hr))
        hr = moniker_read(stream, &size, sizeof(size));
    if (SUCCEEDED(hr))
        hr = read_bytes(stream, size, (size_t)PATH_CHARS_MAX * 4, (void **)&ansi);
    if (SUCCEEDED(hr))
        hr = moniker_read(stream, server_and_version, sizeof(server_and_version));
    if (SUCCEEDED(hr))
        hr = moniker_read(stream, unused, sizeof(unused));
    if (SUCCEEDED(hr))
        hr = read_unicode(stream, path);
    if (SUCCEEDED(hr) && !*path)
        hr = moniker_text_from_ansi(ansi, path);
    if (SUCCEEDED(hr))
        hr = path_put_ups(path, ups);
    free(ansi);
    if (FAILED(hr))
    {
        free(*path);
        *path = NULL;
    }
    return hr;
}
