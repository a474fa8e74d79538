/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Combining IUris, and asking the protocol of the base first. */
#include "uri.h"
#include "uri_combine.h"
#include "uri_encode.h"
#include "uri_pluggable.h"

#include <wininet.h>

/* The Uri_CREATE_* flags which the pages of these functions name for the URL_* ones. */
static DWORD create_flags(DWORD combine_flags)
{
    DWORD flags = Uri_CREATE_ALLOW_RELATIVE;

    if (combine_flags & URL_DONT_SIMPLIFY)
        flags |= Uri_CREATE_NO_CANONICALIZE;
    if (combine_flags & URL_DONT_UNESCAPE_EXTRA_INFO)
        flags |= Uri_CREATE_NO_DECODE_EXTRA_INFO;
    if (combine_flags & URL_FILE_USE_PATHURL)
        flags |= Uri_CREATE_FILE_USE_DOS_PATH;
    return flags;
}

/* The path of a URI made with Uri_CREATE_FILE_USE_DOS_PATH as that of a file URI; *owned is to be
 * freed. */
static HRESULT encode_dos_path(struct uri_reference *reference, WCHAR **owned)
{
    WCHAR *out;

    *owned = out = malloc((3 * reference->path.length + 1) * sizeof(*out));
    if (!out)
        return E_OUTOFMEMORY;
    if (!reference->authority.text)
        *out++ = '/';
    out = uri_encode(reference->path, ENCODE_FORBIDDEN | ENCODE_PERCENT | ENCODE_BACKSLASH_IS_SLASH,
            out);
    reference->path = (struct uri_text){*owned, out - *owned};
    return S_OK;
}

static HRESULT reference_of(const struct uri_value *value, struct uri_reference *reference,
        WCHAR **owned)
{
    struct uri_text name = uri_value_string(value, Uri_PROPERTY_SCHEME_NAME);

    memset(reference, 0, sizeof(*reference));
    reference->scheme_name = name;
    reference->scheme = name.text ? uri_scheme_find(name.text, name.length) : &uri_scheme_none;
    reference->authority = uri_value_string(value, Uri_PROPERTY_AUTHORITY);
    reference->has_slashes = value->layout.has_slashes;
    reference->path = uri_value_string(value, Uri_PROPERTY_PATH);
    reference->query = uri_value_string(value, Uri_PROPERTY_QUERY);
    reference->fragment = uri_value_string(value, Uri_PROPERTY_FRAGMENT);
    if (reference->scheme == &uri_scheme_file && reference->has_slashes
            && (value->create_flags & Uri_CREATE_FILE_USE_DOS_PATH))
        return encode_dos_path(reference, owned);
    return S_OK;
}

/* Whether a relative URI is to be taken as it is. */
static BOOL is_absolute(const struct uri_value *relative)
{
    return uri_value_string(relative, Uri_PROPERTY_SCHEME_NAME).text != NULL;
}

/* A new URI of a base and a relative one that is not absolute. */
static HRESULT combine_values(const struct uri_value *base, const struct uri_value *relative,
        DWORD flags, IUri **out)
{
    struct uri_reference b, r;
    WCHAR *owned_base = NULL, *owned_relative = NULL, *text = NULL, port[8];
    HRESULT hr;
    size_t length;

    hr = reference_of(base, &b, &owned_base);
    if (SUCCEEDED(hr))
        hr = reference_of(relative, &r, &owned_relative);
    if (FAILED(hr))
        goto done;
    /* Not canonical, the port that the scheme implies is named. */
    if ((flags & Uri_CREATE_NO_CANONICALIZE) && b.authority.text && !base->layout.has_port
            && (base->layout.properties & Uri_HAS_PORT))
    {
        b.implied_port.text = port;
        b.implied_port.length = wsprintfW(port, L":%lu", base->layout.port & 0xffff);
    }
    text = malloc(uri_combined_bound(&b, &r) * sizeof(*text));
    if (!text)
    {
        hr = E_OUTOFMEMORY;
        goto done;
    }
    length = uri_combine_references(&b, &r, !(flags & Uri_CREATE_NO_CANONICALIZE), text);
    hr = uri_create(text, length, flags | URI_PARSE_COMBINED, out);
done:
    free(text);
    free(owned_base);
    free(owned_relative);
    return hr;
}

/* Somebody else's IUri as a value of ours, to be freed. */
static HRESULT value_of(IUri *uri, const struct uri_value **value, struct uri_value **owned)
{
    *owned = NULL;
    *value = uri_value_of(uri);
    if (*value)
        return S_OK;
    return uri_value_of_stranger(uri, value, owned);
}

/* The protocol's own combination. S_FALSE: it leaves that to the generic one. */
static HRESULT combine_by_protocol(const struct uri_value *base, const WCHAR *relative,
        DWORD combine_flags, IUri **out)
{
    IInternetProtocolInfo *info;
    WCHAR *text;
    DWORD length = 0;
    HRESULT hr;

    if (!is_absolute(base))
        return S_FALSE;
    hr = uri_protocol_info(base->text, &info);
    if (hr != S_OK)
        return S_FALSE;
    text = malloc((INTERNET_MAX_URL_LENGTH + 1) * sizeof(*text));
    hr = S_FALSE;
    if (text
            && SUCCEEDED(IInternetProtocolInfo_CombineUrl(info, base->text, relative, combine_flags,
                    text, INTERNET_MAX_URL_LENGTH + 1, &length, 0)))
    {
        text[INTERNET_MAX_URL_LENGTH] = 0;
        hr = uri_create(text, wcslen(text), create_flags(combine_flags), out);
    }
    free(text);
    IInternetProtocolInfo_Release(info);
    return hr;
}

/*
 * CoInternetCombineIUri: the URI that `relative` means where `base` is the base: RFC 3986, section
 * 5.2. Flags: URL_DONT_SIMPLIFY, URL_DONT_UNESCAPE_EXTRA_INFO, URL_FILE_USE_PATHURL. An absolute
 * one comes back itself. E_INVALIDARG for NULL and for a path with a bad percent triplet.
 * "CoInternetCombineIUri function", previous-versions ie-developer ms775084
 */
HRESULT WINAPI CoInternetCombineIUri(IUri *base, IUri *relative, DWORD combine_flags, IUri **out,
        DWORD_PTR reserved)
{
    const struct uri_value *base_value, *relative_value = NULL;
    struct uri_value *owned_base = NULL, *owned_relative = NULL;
    HRESULT hr;

    (void)reserved;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!base || !relative)
        return E_INVALIDARG;
    hr = value_of(base, &base_value, &owned_base);
    if (SUCCEEDED(hr))
        hr = value_of(relative, &relative_value, &owned_relative);
    if (SUCCEEDED(hr))
        hr = combine_by_protocol(base_value, relative_value->text, combine_flags, out);
    if (hr == S_FALSE)
    {
        if (is_absolute(relative_value))
        {
            *out = relative;
            IUri_AddRef(relative);
            hr = S_OK;
        }
        else
            hr = combine_values(base_value, relative_value, create_flags(combine_flags), out);
    }
    free(owned_base);
    free(owned_relative);
    return hr;
}

/*
 * CoInternetCombineUrlEx: the same for a relative URL that is a text; the flags hold for it as
 * well. E_UNEXPECTED when that is NULL, E_INVALIDARG for a base of NULL and a text that is no URL,
 * E_POINTER.
 * "CoInternetCombineUrlEx function", previous-versions ie-developer ms775086
 */
HRESULT WINAPI CoInternetCombineUrlEx(IUri *base, LPCWSTR relative, DWORD combine_flags, IUri **out,
        DWORD_PTR reserved)
{
    const struct uri_value *base_value;
    struct uri_value *owned = NULL, *relative_value = NULL;
    HRESULT hr;

    (void)reserved;
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!relative)
        return E_UNEXPECTED;
    if (!base)
        return E_INVALIDARG;
    hr = value_of(base, &base_value, &owned);
    if (SUCCEEDED(hr))
        hr = combine_by_protocol(base_value, relative, combine_flags, out);
    if (hr == S_FALSE)
    {
        DWORD flags = create_flags(combine_flags) | Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME;
        size_t length = wcslen(relative);

        /* A path of DOS is made only of what is combined. */
        flags &= ~(DWORD)Uri_CREATE_FILE_USE_DOS_PATH;
        hr = uri_value_create(relative, length, flags, &relative_value);
        if (SUCCEEDED(hr) && is_absolute(relative_value))
            hr = uri_create(relative, length, flags, out);
        else if (SUCCEEDED(hr))
            hr = combine_values(base_value, relative_value, create_flags(combine_flags), out);
    }
    free(owned);
    free(relative_value);
    return hr;
}
