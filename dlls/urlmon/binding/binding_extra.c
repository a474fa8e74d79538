/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BINDINFO.szExtraInfo: "for URL monikers, this string is appended to the URL when the bind
 * operation is started". Pages "BINDINFO structure", "BINDINFOF enumeration".
 */
#include <stdlib.h>
#include <string.h>

#include "binding_impl.h"
#include "url_encode.h"
#include "url_moniker.h"
#include "wstr.h"

#include <wininet.h>

/* In URL encoding, of its UTF-8. `out` has room for nine characters for each one of `text`, and the
 * zero. FALSE: out of memory, or it is no text. */
static BOOL encode(const WCHAR *text, WCHAR *out)
{
    int size = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, NULL, 0, NULL, NULL);
    char *bytes = size > 0 ? malloc(4 * (size_t)size) : NULL, *encoded;
    size_t length;

    if (!bytes)
        return FALSE;
    WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, bytes, size, NULL, NULL);
    encoded = bytes + size;
    length = url_encode(bytes, (size_t)size - 1, encoded);
    for (size_t i = 0; i < length; i++)
        *out++ = (WCHAR)encoded[i];
    *out = 0;
    free(bytes);
    return TRUE;
}

/* The URL with what is behind it, by malloc. NULL: too long, no text, or out of memory. */
static WCHAR *extended_url(const WCHAR *url, const BINDINFO *info)
{
    BOOL encodes = (info->grfBindInfoF & BINDINFOF_URLENCODEDEXTRAINFO) != 0;
    size_t length = wcslen(url), extra = wcslen(info->szExtraInfo);
    WCHAR *text;

    if (extra > INTERNET_MAX_URL_LENGTH
            || !(text = malloc((length + (encodes ? 9 * extra : extra) + 1) * sizeof(*text))))
        return NULL;
    wcscpy(text, url);
    if (!encodes)
        wcscpy(text + length, info->szExtraInfo);
    else if (!encode(info->szExtraInfo, text + length))
    {
        free(text);
        return NULL;
    }
    return text;
}

/* Binds to `uri` instead. */
static HRESULT use_uri(struct binding *binding, IUri *uri)
{
    BSTR display = NULL;
    HRESULT hr = IUri_GetDisplayUri(uri, &display);

    if (SUCCEEDED(hr))
        hr = wstr_replace(&binding->start_url, display);
    if (SUCCEEDED(hr))
        hr = wstr_replace(&binding->url, display);
    SysFreeString(display);
    if (FAILED(hr))
        return hr;
    IUri_Release(binding->uri);
    binding->uri = uri;
    IUri_AddRef(uri);
    return S_OK;
}

HRESULT binding_extend_url(struct binding *binding)
{
    WCHAR *text;
    IUri *uri;
    HRESULT hr;

    if (!binding->bind_info.szExtraInfo || !binding->bind_info.szExtraInfo[0])
        return S_OK;
    if (!(text = extended_url(binding->start_url, &binding->bind_info)))
        return INET_E_INVALID_URL;
    hr = CreateUri(text, URL_MONIKER_LEGACY_FLAGS, 0, &uri);
    free(text);
    if (FAILED(hr))
        return INET_E_INVALID_URL;
    hr = use_uri(binding, uri);
    IUri_Release(uri);
    return hr;
}
