/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoInternetCombineUrl: texts in, text out, nothing escaped unless a flag asks for it. */
#include "uri.h"
#include "uri_char.h"
#include "uri_combine.h"
#include "uri_pluggable.h"

#include <wininet.h>

/* What UrlCanonicalize is to do with the result. */
#define AFTERWARDS                                                                                 \
    (URL_UNESCAPE | URL_ESCAPE_UNSAFE | URL_ESCAPE_SPACES_ONLY | URL_ESCAPE_PERCENT                \
            | URL_ESCAPE_SEGMENT_ONLY | URL_ESCAPE_AS_UTF8)

/* A URL as it is written, taken apart. S_FALSE: it is none, or none that can be combined so. */
static HRESULT split(const WCHAR *url, size_t length, struct uri_reference *reference,
        BOOL *literal_path)
{
    struct uri_parts parts;
    DWORD flags =
            Uri_CREATE_ALLOW_RELATIVE | Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME | URI_PARSE_LENIENT;

    if (length > URI_TEXT_MAX || FAILED(uri_complete_flags(&flags))
            || FAILED(uri_parse(url, length, flags, &parts)))
        return S_FALSE;
    /* Paths of DOS become URLs first, all else is kept as it is. */
    *literal_path = parts.implicit_file;
    for (size_t i = 0; i < parts.path.length && parts.scheme == &uri_scheme_file; i++)
        *literal_path = *literal_path || parts.path.text[i] == '\\';
    memset(reference, 0, sizeof(*reference));
    reference->scheme = parts.scheme;
    reference->scheme_name = parts.scheme_name;
    reference->has_slashes = parts.has_slashes;
    if (parts.has_authority)
    {
        const WCHAR *begin = parts.user.text ? parts.user.text : parts.host.text;

        if (!parts.user.text && parts.host_type == Uri_HOST_IPV6)
            begin--;
        reference->authority = (struct uri_text){begin, parts.path.text - begin};
    }
    reference->path = parts.path;
    if (parts.drive && !parts.implicit_file)
    {
        /* The slash of file:///c:/ is one of the path's. */
        reference->path.text--;
        reference->path.length++;
    }
    reference->query = parts.query;
    reference->fragment = parts.fragment;
    return S_OK;
}

/* The same, of a file by way of its canonical form, which *owned holds. */
static HRESULT split_any(const WCHAR *url, struct uri_reference *reference,
        struct uri_value **owned)
{
    size_t length = wcslen(url);
    BOOL literal;
    HRESULT hr;

    hr = split(url, length, reference, &literal);
    if (hr != S_OK || !literal)
        return hr;
    hr = uri_value_create(url, length,
            Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME | Uri_CREATE_NO_CANONICALIZE
                    | Uri_CREATE_NO_DECODE_EXTRA_INFO,
            owned);
    if (hr == E_OUTOFMEMORY)
        return hr;
    if (FAILED(hr))
        return S_FALSE;
    return split((*owned)->text, (*owned)->length, reference, &literal);
}

/* Gives a text to the caller. *needed: its length, or, E_POINTER, the size of the buffer. */
static HRESULT hand_out(const WCHAR *text, size_t length, WCHAR *result, DWORD size, DWORD *needed)
{
    BOOL fits = result && length < size;

    if (needed)
        *needed = (DWORD)length + (fits ? 0 : 1);
    if (!fits)
        return E_POINTER;
    memcpy(result, text, length * sizeof(*text));
    result[length] = 0;
    return S_OK;
}

static HRESULT hand_out_path_url(const WCHAR *text, size_t length, WCHAR *result, DWORD size,
        DWORD *needed)
{
    struct uri_value *value;
    HRESULT hr;

    hr = uri_value_create(text, length,
            Uri_CREATE_FILE_USE_DOS_PATH | Uri_CREATE_NO_DECODE_EXTRA_INFO | URI_PARSE_COMBINED,
            &value);
    if (FAILED(hr))
        return hr;
    hr = hand_out(value->text, value->length, result, size, needed);
    free(value);
    return hr;
}

static HRESULT combine(const WCHAR *base, const WCHAR *relative, DWORD flags, WCHAR *result,
        DWORD size, DWORD *needed)
{
    struct uri_value *owned_base = NULL, *owned_relative = NULL;
    struct uri_reference b, r;
    WCHAR stack[1024], *text = stack, *buffer = NULL;
    size_t length, bound;
    BOOL simplify = !(flags & URL_DONT_SIMPLIFY);
    HRESULT hr;

    hr = split_any(relative, &r, &owned_relative);
    if (hr == S_OK && r.scheme != &uri_scheme_none)
    {
        /* Absolute: it is itself. */
        text = owned_relative ? owned_relative->text : (WCHAR *)relative;
        length = owned_relative ? owned_relative->length : wcslen(relative);
    }
    else
    {
        if (hr == S_OK)
            hr = split_any(base, &b, &owned_base);
        if (hr != S_OK)
            goto done;
        bound = uri_combined_bound(&b, &r);
        if (bound > ARRAY_SIZE(stack))
            text = buffer = malloc(bound * sizeof(*text));
        if (!text)
        {
            hr = E_OUTOFMEMORY;
            goto done;
        }
        length = uri_combine_references(&b, &r, simplify, text);
    }
    if ((flags & URL_FILE_USE_PATHURL) && length > 5 && uri_text_is(text, 5, "file:"))
        hr = hand_out_path_url(text, length, result, size, needed);
    else
        hr = hand_out(text, length, result, size, needed);
done:
    free(buffer);
    free(owned_base);
    free(owned_relative);
    return hr;
}

/* The combination, and then what flags of UrlCanonicalize ask for. */
static HRESULT combine_and_escape(const WCHAR *base, const WCHAR *relative, DWORD flags,
        WCHAR *result, DWORD size, DWORD *needed)
{
    DWORD length = 0, count;
    WCHAR *text, empty[1];
    HRESULT hr;

    hr = combine(base, relative, flags, empty, 0, &length);
    if (hr != E_POINTER)
        return hr;
    text = malloc(length * sizeof(*text));
    if (!text)
        return E_OUTOFMEMORY;
    hr = combine(base, relative, flags, text, length, &count);
    if (hr == S_OK)
    {
        count = result ? size : 0;
        hr = UrlCanonicalizeW(text, result && size ? result : empty, &count,
                flags | URL_DONT_SIMPLIFY);
        if (needed)
            *needed = count;
    }
    free(text);
    return hr;
}

/*
 * CoInternetCombineUrl: what `relative` means where `base` is the base, as a text; flags are those
 * of UrlCombine (shlwapi/nf-shlwapi-urlcombinew). The protocol's IInternetProtocolInfo goes first.
 * *needed: the length of the result; E_POINTER: the size that the buffer needs. E_INVALIDARG for
 * NULL.
 * "CoInternetCombineUrl function", previous-versions ie-developer ms775085
 */
HRESULT WINAPI CoInternetCombineUrl(LPCWSTR base, LPCWSTR relative, DWORD flags, LPWSTR result,
        DWORD size, DWORD *needed, DWORD reserved)
{
    IInternetProtocolInfo *info;
    HRESULT hr;

    (void)reserved;
    if (!base || !relative)
        return E_INVALIDARG;
    if (uri_protocol_info(base, &info) == S_OK)
    {
        DWORD ignored;

        hr = IInternetProtocolInfo_CombineUrl(info, base, relative, flags, result, size,
                needed ? needed : &ignored, 0);
        IInternetProtocolInfo_Release(info);
        if (SUCCEEDED(hr))
            return hr;
    }
    if (flags & AFTERWARDS)
        hr = combine_and_escape(base, relative, flags, result, size, needed);
    else
        hr = combine(base, relative, flags, result, size, needed);
    if (hr == S_FALSE)
    {
        /* Not a URL: combined as text. */
        DWORD count = result ? size : 0;
        WCHAR empty[1];

        hr = UrlCombineW(base, relative, count ? result : empty, &count, flags);
        if (needed)
            *needed = count;
    }
    return hr;
}
