/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URL monikers from texts and URIs. Pages "CreateURLMoniker", "CreateURLMonikerEx" and
 * "CreateURLMonikerEx2 function". */
#include "url_moniker.h"
#include "urlmon_module.h"

#define ALL_MK_FLAGS (URL_MK_UNIFORM | URL_MK_NO_CANONICALIZE)

/*
 * CreateURLMonikerEx2: a moniker of a URI, or, when there is a context, of what the URI means in
 * it. flags: URL_MK_*. E_INVALIDARG, E_OUTOFMEMORY, errors of CoInternetCombineIUri.
 */
HRESULT WINAPI CreateURLMonikerEx2(IMoniker *context, IUri *uri, IMoniker **out, DWORD flags)
{
    IUri *base, *combined = NULL;
    DWORD create_flags;
    HRESULT hr = S_FALSE;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!uri || flags & ~ALL_MK_FLAGS)
        return E_INVALIDARG;
    if (context)
        hr = moniker_get_uri(context, &base);
    if (FAILED(hr))
        return hr;
    if (hr == S_OK)
    {
        hr = CoInternetCombineIUri(base, uri, flags & URL_MK_UNIFORM ? 0 : URL_FILE_USE_PATHURL,
                &combined, 0);
        IUri_Release(base);
        if (FAILED(hr))
            return hr;
        uri = combined;
    }
    create_flags = URL_MONIKER_LEGACY_FLAGS;
    if (flags & URL_MK_UNIFORM)
        create_flags &= ~(Uri_CREATE_FILE_USE_DOS_PATH | Uri_CREATE_NO_ENCODE_FORBIDDEN_CHARACTERS);
    if (flags & URL_MK_NO_CANONICALIZE)
        create_flags = (create_flags & ~Uri_CREATE_CANONICALIZE) | Uri_CREATE_NO_CANONICALIZE;
    hr = url_moniker_from_uri(uri, create_flags, out);
    if (combined)
        IUri_Release(combined);
    return hr;
}

/*
 * CreateURLMonikerEx: the same from text. URL_MK_LEGACY: file URLs are DOS paths, as with
 * CreateURLMoniker; URL_MK_UNIFORM: they are URLs like all others; URL_MK_NO_CANONICALIZE: the text
 * stays as it is.
 */
HRESULT WINAPI CreateURLMonikerEx(IMoniker *context, const WCHAR *url, IMoniker **out, DWORD flags)
{
    DWORD create_flags = Uri_CREATE_ALLOW_RELATIVE | Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME;
    IUri *uri;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!url || flags & ~ALL_MK_FLAGS)
        return E_INVALIDARG;
    if (!(flags & URL_MK_UNIFORM))
        create_flags = URL_MONIKER_LEGACY_FLAGS;
    if (flags & URL_MK_NO_CANONICALIZE)
        create_flags = (create_flags & ~Uri_CREATE_CANONICALIZE) | Uri_CREATE_NO_CANONICALIZE;
    hr = CreateUri(url, create_flags, 0, &uri);
    if (FAILED(hr))
        return hr;
    hr = CreateURLMonikerEx2(context, uri, out, flags);
    IUri_Release(uri);
    return hr;
}

/* CreateURLMoniker: with URL_MK_LEGACY. */
HRESULT WINAPI CreateURLMoniker(IMoniker *context, const WCHAR *url, IMoniker **out)
{
    return CreateURLMonikerEx(context, url, out, URL_MK_LEGACY);
}
