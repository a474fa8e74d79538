/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The media type of data, from what the server says, the data themselves, the name, and the
 * registry. Pages "FindMimeFromData function", "MIME Type Detection in Windows Internet Explorer".
 */
#include <stdlib.h>

#include <windows.h>
#include <urlmon.h>

#include "mime_registry.h"
#include "mime_sniff.h"
#include "wstr.h"

#define TEXT_PLAIN L"text/plain"
#define OCTET_STREAM L"application/octet-stream"

/* What the server says, without parameters (";charset=..."), in *out: malloc; NULL: nothing. */
static HRESULT proposed_copy(const WCHAR *proposed, WCHAR **out)
{
    size_t length;

    *out = NULL;
    if (!proposed)
        return S_OK;
    while (*proposed == ' ' || *proposed == '\t')
        proposed++;
    length = wcscspn(proposed, L";");
    while (length && (proposed[length - 1] == ' ' || proposed[length - 1] == '\t'))
        length--;
    if (!length)
        return S_OK;
    *out = malloc((length + 1) * sizeof(WCHAR));
    if (!*out)
        return E_OUTOFMEMORY;
    memcpy(*out, proposed, length * sizeof(WCHAR));
    (*out)[length] = 0;
    return S_OK;
}

/* Whether the name is to be believed without a look at the data. */
static BOOL is_authoritative(const WCHAR *proposed, DWORD flags)
{
    BOOL is_text_plain = proposed && !_wcsicmp(proposed, TEXT_PLAIN);

    if (!proposed)
        return FALSE;
    if (is_text_plain && flags & FMFD_IGNOREMIMETEXTPLAIN)
        return FALSE;
    if (flags & FMFD_SERVERMIME)
        return TRUE;
    if (is_text_plain && flags & FMFD_RESPECTTEXTPLAIN)
        return TRUE;
    if (mime_kind(proposed) == MIME_UNKNOWN)
        return TRUE;
    return !(flags & FMFD_ENABLEMIMESNIFFING)
            && CoInternetIsFeatureEnabled(FEATURE_MIME_SNIFFING, GET_FEATURE_FROM_PROCESS) == S_OK;
}

/* A name for the same type which the server has used, or which is a kind of what was found. */
static BOOL is_same_type(const WCHAR *found, const WCHAR *proposed)
{
    static const WCHAR *const pairs[][2] = {
            {L"image/pjpeg", L"image/jpeg"},
            {L"image/x-png", L"image/png"},
            {L"text/xml", L"application/xml"},
            {L"text/xml", L"application/atom+xml"},
            {L"text/xml", L"application/rss+xml"},
            {L"text/html", L"text/xml"},
            {L"text/html", L"application/xml"},
            {L"text/html", L"application/atom+xml"},
            {L"text/html", L"application/rss+xml"},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
    {
        if (!wcscmp(pairs[i][0], found) && !_wcsicmp(pairs[i][1], proposed))
            return TRUE;
    }
    return FALSE;
}

/* "MIME Handling changes": what the server calls an image does not become a document. */
static BOOL may_become(const WCHAR *proposed, const WCHAR *found)
{
    return !proposed || _wcsnicmp(proposed, L"image/", 6) || wcsncmp(found, L"text/", 5);
}

static BOOL agrees(const WCHAR *mime, BOOL binary)
{
    enum mime_kind kind = mime_kind(mime);

    return kind == MIME_UNKNOWN || kind == (binary ? MIME_KNOWN_BINARY : MIME_KNOWN_TEXT);
}

/* The order of the page. *registered receives what it returns when that is of the registry. */
static const WCHAR *decide(const WCHAR *url, const BYTE *data, DWORD size, const WCHAR *proposed,
        DWORD flags, WCHAR **registered)
{
    enum mime_kind kind = mime_kind(proposed);
    BOOL binary = FALSE, has_application = FALSE;
    const WCHAR *found;

    if (is_authoritative(proposed, flags))
        return proposed;
    if (data && size)
    {
        found = mime_sniff(data, size, &binary);
        if (found && may_become(proposed, found))
            return proposed && is_same_type(found, proposed) ? proposed : found;
        if (kind != MIME_AMBIGUOUS && agrees(proposed, binary))
            return proposed;
    }
    else if (kind != MIME_AMBIGUOUS)
    {
        return proposed;
    }
    if (url)
    {
        *registered = mime_registry_by_name(url, flags & FMFD_URLASFILENAME, &has_application);
        if (*registered && ((!data || !size) || agrees(*registered, binary)))
            return *registered;
    }
    if (!data || !size)
        return proposed;
    if (has_application && !*registered)
        return OCTET_STREAM;
    return binary ? OCTET_STREAM : TEXT_PLAIN;
}

/*
 * FindMimeFromData: *out receives the media type, by CoTaskMemAlloc. E_INVALIDARG: neither data nor
 * URL, or no place for the result; E_FAIL: nothing says what it is; E_OUTOFMEMORY.
 */
HRESULT WINAPI FindMimeFromData(IBindCtx *context, const WCHAR *url, void *data, DWORD size,
        const WCHAR *proposed, DWORD flags, WCHAR **out, DWORD reserved)
{
    WCHAR *own = NULL, *registered = NULL;
    const WCHAR *result;
    HRESULT hr;

    (void)context;
    (void)reserved;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!url && !data)
        return E_INVALIDARG;
    hr = proposed_copy(proposed, &own);
    if (FAILED(hr))
        return hr;
    result = decide(url, data, size, own, flags, &registered);
    if (result && flags & FMFD_RETURNUPDATEDIMGMIMES)
    {
        if (!_wcsicmp(result, L"image/x-png"))
            result = L"image/png";
        else if (!_wcsicmp(result, L"image/pjpeg"))
            result = L"image/jpeg";
    }
    hr = result ? wstr_to_caller(result, out) : E_FAIL;
    free(own);
    free(registered);
    return hr;
}
