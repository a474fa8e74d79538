/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URL monikers from texts and URIs. Pages "CreateURLMoniker", "CreateURLMonikerEx" and
 * "CreateURLMonikerEx2 function". */
#include "url_moniker.h"
#include "urlmon_module.h"

#define ALL_MK_FLAGS (URL_MK_UNIFORM | URL_MK_NO_CANONICALIZE)

/* The flags of CreateUri for those of a moniker. */
static DWORD uri_flags(DWORD flags, DWORD uniform)
{
    if (flags & URL_MK_NO_CANONICALIZE)
        return Uri_CREATE_ALLOW_RELATIVE | Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME
                | Uri_CREATE_NO_CANONICALIZE;
    return flags & URL_MK_UNIFORM ? uniform : URL_MONIKER_LEGACY_FLAGS;
}

/* And those of CoInternetCombineIUri. */
static DWORD combine_flags(DWORD flags)
{
    if (flags & URL_MK_NO_CANONICALIZE)
        return URL_DONT_SIMPLIFY;
    return flags & URL_MK_UNIFORM ? 0 : URL_FILE_USE_PATHURL;
}

/*
 * CreateURLMonikerEx2: a moniker of a URI, or, when there is a context, of what the URI means in
 * it. flags: URL_MK_*. E_INVALIDARG, E_OUTOFMEMORY, errors of CoInternetCombineIUri.
 */
HRESULT WINAPI CreateURLMonikerEx2(IMoniker *context, IUri *uri, IMoniker **out, DWORD flags)
{
    IUri *base, *combined = NULL;
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
        hr = CoInternetCombineIUri(base, uri, combine_flags(flags), &combined, 0);
        IUri_Release(base);
        if (FAILED(hr))
            return hr;
        uri = combined;
    }
    hr = url_moniker_from_uri(uri,
            uri_flags(flags,
                    URL_MONIKER_LEGACY_FLAGS
                            & ~(DWORD)(Uri_CREATE_FILE_USE_DOS_PATH
                                    | Uri_CREATE_NO_ENCODE_FORBIDDEN_CHARACTERS)),
            out);
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
    IUri *uri;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!url || flags & ~ALL_MK_FLAGS)
        return E_INVALIDARG;
    hr = CreateUri(url,
            uri_flags(flags, Uri_CREATE_ALLOW_RELATIVE | Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME), 0,
            &uri);
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
