/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoInternetParseUrl, CoInternetCompareUrl and IsValidURL: the same for texts. */
#include "uri.h"
#include "uri_char.h"
#include "uri_pluggable.h"

/* Gives a text to the caller. S_FALSE: the buffer is too small, *length is the size it needs. */
static HRESULT hand_out(const WCHAR *text, size_t count, WCHAR *result, DWORD size, DWORD *length)
{
    BOOL fits = result && count < size;

    *length = (DWORD)count + (fits ? 0 : 1);
    if (!fits)
        return S_FALSE;
    if (count)
        memcpy(result, text, count * sizeof(*text));
    result[count] = 0;
    return S_OK;
}

/* The parts of a URL, unchanged. */
static HRESULT split(const WCHAR *url, struct uri_parts *parts)
{
    DWORD flags =
            Uri_CREATE_ALLOW_RELATIVE | Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME | URI_PARSE_LENIENT;
    size_t length = wcslen(url);

    if (length > URI_TEXT_MAX)
        return E_OUTOFMEMORY;
    uri_complete_flags(&flags);
    return SUCCEEDED(uri_parse(url, length, flags, parts)) ? S_OK : E_FAIL;
}

/* Where the host ends; of an IPv6 address, before the bracket. */
static const WCHAR *host_end(const struct uri_parts *parts)
{
    const WCHAR *end = parts->host.text + parts->host.length;

    while (parts->host_type == Uri_HOST_IPV6 && *end != ']')
        end++;
    return end;
}

static HRESULT parse_root(const WCHAR *url, const struct uri_parts *parts, WCHAR *result,
        DWORD size, DWORD *length)
{
    const WCHAR *end;

    if (!parts->has_authority || parts->scheme == &uri_scheme_none)
        return E_FAIL;
    end = host_end(parts);
    if (parts->host_type == Uri_HOST_IPV6)
        end++;
    return hand_out(url, end - url, result, size, length);
}

static HRESULT parse_host(const struct uri_parts *parts, WCHAR *result, DWORD size, DWORD *length)
{
    if (!parts->has_authority && parts->scheme != &uri_scheme_file)
        return E_FAIL;
    /* With its zone, if it has one. */
    if (parts->host.text)
        return hand_out(parts->host.text, host_end(parts) - parts->host.text, result, size, length);
    return hand_out(NULL, 0, result, size, length);
}

/* The schemes' own names; a drive's letter is none. */
static HRESULT parse_scheme(const struct uri_parts *parts, WCHAR *result, DWORD size, DWORD *length)
{
    if (parts->scheme == &uri_scheme_file && !parts->scheme_name.text)
        return hand_out(L"file", 4, result, size, length);
    return hand_out(parts->scheme_name.text, parts->scheme_name.length, result, size, length);
}

static HRESULT parse_friendly(const WCHAR *url, WCHAR *result, DWORD size, DWORD *length)
{
    struct uri_value *value;
    BSTR text;
    HRESULT hr;

    hr = uri_value_create(url, wcslen(url),
            Uri_CREATE_ALLOW_RELATIVE | Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME, &value);
    if (FAILED(hr))
        return hr;
    hr = uri_value_bstr(value, Uri_PROPERTY_DISPLAY_URI, 0, &text);
    if (SUCCEEDED(hr))
        hr = hand_out(text, SysStringLen(text), result, size, length);
    free(value);
    SysFreeString(text);
    return hr;
}

/* What shlwapi does: the pages name its functions and their flags. E_POINTER: the buffer is too
 * small, *length is the size it needs. */
static HRESULT parse_by_shlwapi(const WCHAR *url, PARSEACTION action, DWORD flags, WCHAR *result,
        DWORD size, DWORD *length)
{
    DWORD count = result ? size : 0;
    WCHAR empty[1], *buffer = count ? result : empty;
    HRESULT hr;

    /* UrlEscape and the like take no buffer of none. */
    if (!count)
        count = 1;
    switch (action)
    {
    case PARSE_CANONICALIZE:
        hr = UrlCanonicalizeW(url, buffer, &count, flags);
        break;
    case PARSE_ENCODE_IS_UNESCAPE:
    case PARSE_UNESCAPE:
        hr = UrlUnescapeW((WCHAR *)url, buffer, &count, flags & ~(DWORD)URL_UNESCAPE_INPLACE);
        break;
    case PARSE_DECODE_IS_ESCAPE:
    case PARSE_ESCAPE:
        hr = UrlEscapeW(url, buffer, &count, flags);
        break;
    case PARSE_PATH_FROM_URL:
        hr = PathCreateFromUrlW(url, buffer, &count, 0);
        break;
    default:
        hr = UrlCreateFromPathW(url, buffer, &count, 0);
        break;
    }
    *length = count;
    if (hr == S_OK && buffer == empty)
    {
        *length = count + 1;
        return E_POINTER;
    }
    return hr;
}

static HRESULT parse(const WCHAR *url, PARSEACTION action, DWORD flags, WCHAR *result, DWORD size,
        DWORD *length)
{
    struct uri_parts parts;
    HRESULT hr;

    switch (action)
    {
    case PARSE_CANONICALIZE:
    case PARSE_ENCODE_IS_UNESCAPE:
    case PARSE_UNESCAPE:
    case PARSE_DECODE_IS_ESCAPE:
    case PARSE_ESCAPE:
    case PARSE_PATH_FROM_URL:
    case PARSE_URL_FROM_PATH:
        return parse_by_shlwapi(url, action, flags, result, size, length);
    case PARSE_FRIENDLY:
        return parse_friendly(url, result, size, length);
    case PARSE_SECURITY_URL:
    case PARSE_SECURITY_DOMAIN:
        /* These only protocols answer. */
        return E_FAIL;
    case PARSE_ROOTDOCUMENT:
    case PARSE_DOCUMENT:
    case PARSE_SCHEMA:
    case PARSE_SITE:
    case PARSE_DOMAIN:
    case PARSE_LOCATION:
    case PARSE_ANCHOR:
        break;
    default:
        return E_NOTIMPL;
    }
    hr = split(url, &parts);
    if (FAILED(hr))
        return hr;
    switch (action)
    {
    case PARSE_ROOTDOCUMENT:
        return parse_root(url, &parts, result, size, length);
    case PARSE_DOCUMENT:
        return hand_out(url,
                parts.fragment.text ? (size_t)(parts.fragment.text - url) : wcslen(url), result,
                size, length);
    case PARSE_SCHEMA:
        return parse_scheme(&parts, result, size, length);
    case PARSE_SITE:
    case PARSE_DOMAIN:
        return parse_host(&parts, result, size, length);
    default:
        return hand_out(parts.fragment.text, parts.fragment.length, result, size, length);
    }
}

/*
 * CoInternetParseUrl: a part of a URL, or another form of it. The protocol's IInternetProtocolInfo
 * goes first. *length: the length of the result; where the buffer is too small (S_FALSE; E_POINTER
 * for the actions that canonicalize, escape and unescape, and for paths), the size it needs. E_FAIL
 * for what only a protocol can answer and for what the URL has not, E_NOTIMPL for other actions.
 * "CoInternetParseUrl function", previous-versions ie-developer ms775089; "PARSEACTION
 * enumeration", ms775138
 */
HRESULT WINAPI CoInternetParseUrl(LPCWSTR url, PARSEACTION action, DWORD flags, LPWSTR result,
        DWORD size, DWORD *length, DWORD reserved)
{
    IInternetProtocolInfo *info;
    DWORD ignored;
    HRESULT hr;

    (void)reserved;
    if (!url)
        return E_INVALIDARG;
    if (!length)
        length = &ignored;
    *length = 0;
    if (uri_protocol_info(url, &info) == S_OK)
    {
        hr = IInternetProtocolInfo_ParseUrl(info, url, action, flags, result, size, length, 0);
        IInternetProtocolInfo_Release(info);
        if (SUCCEEDED(hr))
            return hr;
        *length = 0;
    }
    return parse(url, action, flags, result, size, length);
}

/*
 * CoInternetCompareUrl: S_OK when both mean the same, S_FALSE when not; a flag other than 0 ignores
 * a slash at the end. The protocol's IInternetProtocolInfo goes first. E_INVALIDARG for NULL.
 * "CoInternetCompareUrl function", previous-versions ie-developer ms775087
 */
HRESULT WINAPI CoInternetCompareUrl(LPCWSTR first, LPCWSTR second, DWORD flags)
{
    IInternetProtocolInfo *info;
    HRESULT hr;

    if (!first || !second)
        return E_INVALIDARG;
    if (uri_protocol_info(first, &info) == S_OK)
    {
        hr = IInternetProtocolInfo_CompareUrl(info, first, second, flags);
        IInternetProtocolInfo_Release(info);
        if (SUCCEEDED(hr))
            return hr;
    }
    return UrlCompareW(first, second, flags != 0) ? S_FALSE : S_OK;
}

/*
 * IsValidURL: S_OK for a text that is an absolute URL or a path of DOS, else S_FALSE. E_INVALIDARG
 * for NULL and where `reserved` is not 0.
 * "IsValidURL function", previous-versions ie-developer ms775137
 */
HRESULT WINAPI IsValidURL(LPBC context, LPCWSTR url, DWORD reserved)
{
    struct uri_parts parts;
    DWORD flags = Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME | URI_PARSE_LENIENT;
    size_t length;

    (void)context;
    if (!url || reserved)
        return E_INVALIDARG;
    length = wcslen(url);
    uri_complete_flags(&flags);
    if (length > URI_TEXT_MAX || FAILED(uri_parse(url, length, flags, &parts)))
        return S_FALSE;
    return S_OK;
}
