/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of a URL moniker: [MS-OSHARED] 2.3.7.6 "URLMoniker" and 2.3.7.7 "URICreateFlags", page
 * "IPersistStream - URL Moniker Implementation".
 *
 *     length   4   of what follows, in bytes
 *     url          UTF-16 with its terminating null
 *     GUID    16   these three may be missing
 *     version  4   0
 *     flags    4   Uri_CREATE_*
 */
#include "url_moniker.h"

/* More than the longest URL (65,535 characters), and what a stream makes us allocate at most. */
#define MAX_LENGTH (2 * 0x10000 + TAIL_SIZE)

struct tail
{
    GUID guid;
    DWORD version;
    DWORD flags;
};

#define TAIL_SIZE sizeof(struct tail)

static const GUID serial_guid = {0xf4815879, 0x1d3b, 0x487f,
        {0xaf, 0x2c, 0x82, 0x5d, 0xc4, 0x85, 0x27, 0x63}};

#define KNOWN_FLAGS                                                                                \
    (0x3fff | Uri_CREATE_NO_IE_SETTINGS | Uri_CREATE_NO_ENCODE_FORBIDDEN_CHARACTERS                \
            | Uri_CREATE_NORMALIZE_INTL_CHARACTERS)

/* All of it, or E_FAIL. */
static HRESULT read_exactly(IStream *stream, void *buffer, ULONG size)
{
    ULONG done = 0;
    HRESULT hr;

    hr = IStream_Read(stream, buffer, size, &done);
    if (SUCCEEDED(hr) && done != size)
        hr = E_FAIL;
    return FAILED(hr) ? hr : S_OK;
}

static HRESULT parse(const BYTE *data, ULONG length, IUri **uri, DWORD *flags)
{
    const WCHAR *url = (const WCHAR *)data;
    ULONG characters = 0;
    struct tail tail;

    while ((characters + 1) * sizeof(WCHAR) <= length && url[characters])
        characters++;
    if ((characters + 1) * sizeof(WCHAR) > length)
        return E_FAIL; /* no terminating null */
    length -= (characters + 1) * sizeof(WCHAR);
    *flags = URL_MONIKER_LEGACY_FLAGS;
    if (length)
    {
        if (length != TAIL_SIZE)
            return E_FAIL;
        memcpy(&tail, data + (characters + 1) * sizeof(WCHAR), sizeof(tail));
        if (!IsEqualGUID(&tail.guid, &serial_guid) || tail.version != 0)
            return E_FAIL;
        *flags = tail.flags & KNOWN_FLAGS;
    }
    return CreateUri(url, *flags, 0, uri);
}

HRESULT url_moniker_load(IStream *stream, IUri **uri, DWORD *flags)
{
    DWORD length;
    BYTE *data;
    HRESULT hr;

    *uri = NULL;
    hr = read_exactly(stream, &length, sizeof(length));
    if (FAILED(hr))
        return hr;
    if (length < sizeof(WCHAR) || length > MAX_LENGTH)
        return E_FAIL;
    data = malloc(length);
    if (!data)
        return E_OUTOFMEMORY;
    hr = read_exactly(stream, data, length);
    if (SUCCEEDED(hr))
        hr = parse(data, length, uri, flags);
    free(data);
    return hr;
}

HRESULT url_moniker_save(IUri *uri, DWORD flags, IStream *stream)
{
    struct tail tail = {serial_guid, 0, flags};
    DWORD size, length;
    BYTE *data;
    BSTR text;
    HRESULT hr;

    hr = url_moniker_text(uri, &text);
    if (FAILED(hr))
        return hr;
    size = (SysStringLen(text) + 1) * sizeof(WCHAR);
    length = size + sizeof(tail);
    data = malloc(sizeof(length) + length);
    if (data)
    {
        memcpy(data, &length, sizeof(length));
        memcpy(data + sizeof(length), text, size);
        memcpy(data + sizeof(length) + size, &tail, sizeof(tail));
        hr = IStream_Write(stream, data, sizeof(length) + length, NULL);
        free(data);
    }
    else
    {
        hr = E_OUTOFMEMORY;
    }
    SysFreeString(text);
    return hr;
}

HRESULT url_moniker_save_size(IUri *uri, ULARGE_INTEGER *out)
{
    BSTR text;
    HRESULT hr;

    hr = url_moniker_text(uri, &text);
    if (FAILED(hr))
        return hr;
    out->QuadPart = sizeof(DWORD) + (SysStringLen(text) + 1) * sizeof(WCHAR) + TAIL_SIZE;
    SysFreeString(text);
    return S_OK;
}
