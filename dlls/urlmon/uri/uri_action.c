/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoInternetParseIUri: the actions of PARSEACTION on an IUri. */
#include "uri.h"
#include "uri_char.h"
#include "uri_encode.h"
#include "uri_pluggable.h"

#include <strsafe.h>

/* Gives a text to the caller; *length is that of the text, whether it fits or not. */
static HRESULT hand_out(const WCHAR *text, size_t count, WCHAR *result, DWORD size, DWORD *length)
{
    *length = (DWORD)count;
    if (count >= size)
        return STRSAFE_E_INSUFFICIENT_BUFFER;
    if (count)
        memcpy(result, text, count * sizeof(*text));
    result[count] = 0;
    return S_OK;
}

static HRESULT hand_out_property(const struct uri_value *value, Uri_PROPERTY property,
        WCHAR *result, DWORD size, DWORD *length)
{
    BSTR text;
    HRESULT hr = uri_value_bstr(value, property, 0, &text);

    if (FAILED(hr))
        return hr;
    hr = hand_out(text, SysStringLen(text), result, size, length);
    SysFreeString(text);
    return hr;
}

/* One of the schemes whose URLs are scheme://authority/path. */
static BOOL is_document_scheme(const struct uri_value *value)
{
    switch (value->layout.scheme)
    {
    case URL_SCHEME_HTTP:
    case URL_SCHEME_HTTPS:
    case URL_SCHEME_FTP:
    case URL_SCHEME_GOPHER:
    case URL_SCHEME_NNTP:
    case URL_SCHEME_TELNET:
    case URL_SCHEME_WAIS:
        return TRUE;
    default:
        return FALSE;
    }
}

/* The text with the escapes that flags of UrlCanonicalize ask for; at most three times as long. */
static WCHAR *escape(struct uri_text text, DWORD flags, WCHAR *out)
{
    const WCHAR *p = text.text, *end = p + text.length;
    BOOL extra = FALSE;

    while (p < end)
    {
        static const char digits[] = "0123456789ABCDEF";
        BOOL keep_triplets, keep_characters;
        WCHAR c = *p;
        int octet;

        extra = extra || c == '?' || c == '#';
        keep_triplets = extra && (flags & URL_DONT_UNESCAPE_EXTRA_INFO);
        keep_characters = extra && (flags & URL_DONT_ESCAPE_EXTRA_INFO);
        octet = (flags & URL_UNESCAPE) && !keep_triplets ? uri_percent_octet(p, end) : -1;
        p++;
        if (octet > 0)
        {
            c = (WCHAR)octet;
            p += 2;
        }
        if (!keep_characters
                && ((c == ' ' && (flags & URL_ESCAPE_SPACES_ONLY))
                        || (c == '%' && (flags & URL_ESCAPE_PERCENT))
                        || ((c != ' ' || octet > 0) && (flags & URL_ESCAPE_UNSAFE)
                                && uri_char_is(c, URI_FORBIDDEN))))
        {
            *out++ = '%';
            *out++ = digits[c >> 4 & 0xf];
            *out++ = digits[c & 0xf];
        }
        else
            *out++ = c;
    }
    return out;
}

static HRESULT parse_canonicalize(const struct uri_value *value, DWORD flags, WCHAR *result,
        DWORD size, DWORD *length)
{
    struct uri_text path = uri_value_string(value, Uri_PROPERTY_PATH), text;
    WCHAR *copy, *out;
    BSTR whole;
    size_t head;
    HRESULT hr;

    hr = uri_value_bstr(value,
            value->layout.properties & Uri_HAS_ABSOLUTE_URI ? Uri_PROPERTY_ABSOLUTE_URI
                                                            : Uri_PROPERTY_RAW_URI,
            0, &whole);
    if (FAILED(hr))
        return hr;
    text = (struct uri_text){whole, SysStringLen(whole)};
    /* First without dots, then with escapes: four times the text is enough for both. */
    copy = out = malloc((4 * text.length + 1) * sizeof(*copy));
    if (!copy)
    {
        SysFreeString(whole);
        return E_OUTOFMEMORY;
    }
    if (path.text && value->layout.has_slashes && !(flags & (URL_DONT_SIMPLIFY | URL_NO_META))
            && !(value->create_flags & Uri_CREATE_FILE_USE_DOS_PATH)
            && uri_value_string(value, Uri_PROPERTY_SCHEME_NAME).text)
    {
        head = path.text - value->text - value->layout.not_absolute.length;
        memcpy(out, whole, (head + path.length) * sizeof(*out));
        out += head + uri_remove_dots(out + head, path.length, FALSE);
        memcpy(out, whole + head + path.length, (text.length - head - path.length) * sizeof(*out));
        out += text.length - head - path.length;
        text = (struct uri_text){copy, out - copy};
    }
    out = copy + text.length;
    out = escape(text, flags, out);
    hr = hand_out(copy + text.length, out - copy - text.length, result, size, length);
    free(copy);
    SysFreeString(whole);
    return hr;
}

/* scheme://authority/ */
static HRESULT parse_root(const struct uri_value *value, WCHAR *result, DWORD size, DWORD *length)
{
    struct uri_text authority = uri_value_string(value, Uri_PROPERTY_AUTHORITY);
    size_t count;
    HRESULT hr;

    if (!authority.text || !is_document_scheme(value))
        return hand_out(NULL, 0, result, size, length);
    count = authority.text + authority.length - value->text;
    hr = hand_out(value->text, count, result, size ? size - 1 : 0, length);
    (*length)++;
    if (SUCCEEDED(hr))
    {
        result[count] = '/';
        result[count + 1] = 0;
    }
    return hr;
}

/* All but the fragment. */
static HRESULT parse_document(const struct uri_value *value, WCHAR *result, DWORD size,
        DWORD *length)
{
    struct uri_text fragment = uri_value_string(value, Uri_PROPERTY_FRAGMENT);

    if (!is_document_scheme(value) || !(value->layout.properties & Uri_HAS_ABSOLUTE_URI))
        return hand_out(NULL, 0, result, size, length);
    return hand_out(value->text,
            fragment.text ? (size_t)(fragment.text - value->text) : value->length, result, size,
            length);
}

/* file://server/share/x and file:///c:/x to \\server\share\x and c:\x */
static HRESULT parse_path(const struct uri_value *value, WCHAR *result, DWORD size, DWORD *length)
{
    struct uri_text host = uri_value_string(value, Uri_PROPERTY_AUTHORITY);
    struct uri_text path = uri_value_string(value, Uri_PROPERTY_PATH);
    WCHAR *buffer, *out;
    HRESULT hr;

    if (value->layout.scheme != URL_SCHEME_FILE)
    {
        *length = 0;
        return E_INVALIDARG;
    }
    buffer = out = calloc(host.length + path.length + 3, sizeof(*buffer));
    if (!buffer)
        return E_OUTOFMEMORY;
    if (host.length)
    {
        *out++ = '\\';
        *out++ = '\\';
        memcpy(out, host.text, host.length * sizeof(*out));
        out += host.length;
    }
    else if (path.length > 2 && uri_char_is_slash(path.text[0])
            && uri_is_drive(path.text + 1, path.text + path.length))
    {
        path.text++;
        path.length--;
    }
    if (value->create_flags & Uri_CREATE_FILE_USE_DOS_PATH)
    {
        memcpy(out, path.text, path.length * sizeof(*out));
        out += path.length;
    }
    else
        out = uri_encode(path, ENCODE_DOS, out);
    hr = hand_out(buffer, out - buffer, result, size, length);
    free(buffer);
    return hr;
}

/* PARSE_UNESCAPE and PARSE_ESCAPE, with flags of UrlUnescape and UrlEscape. */
static HRESULT parse_escapes(const struct uri_value *value, BOOL unescape, DWORD flags,
        WCHAR *result, DWORD size, DWORD *length)
{
    BSTR text;
    WCHAR *out;
    HRESULT hr = uri_value_bstr(value,
            value->layout.properties & Uri_HAS_ABSOLUTE_URI ? Uri_PROPERTY_ABSOLUTE_URI
                                                            : Uri_PROPERTY_RAW_URI,
            0, &text);

    if (FAILED(hr))
        return hr;
    out = calloc(3 * (size_t)SysStringLen(text) + 1, sizeof(*out));
    if (out)
    {
        struct uri_text part = {text, SysStringLen(text)};
        DWORD wanted =
                flags & (URL_DONT_ESCAPE_EXTRA_INFO | URL_ESCAPE_SPACES_ONLY | URL_ESCAPE_PERCENT);
        WCHAR *end;

        if (unescape)
            wanted |= URL_UNESCAPE;
        else if (!(flags & URL_ESCAPE_SPACES_ONLY))
            wanted |= URL_ESCAPE_UNSAFE | URL_ESCAPE_SPACES_ONLY;
        end = escape(part, wanted, out);
        hr = hand_out(out, end - out, result, size, length);
        free(out);
    }
    else
        hr = E_OUTOFMEMORY;
    SysFreeString(text);
    return hr;
}

static HRESULT parse(const struct uri_value *value, PARSEACTION action, DWORD flags, WCHAR *result,
        DWORD size, DWORD *length)
{
    switch (action)
    {
    case PARSE_CANONICALIZE:
        return parse_canonicalize(value, flags, result, size, length);
    case PARSE_FRIENDLY:
        return hand_out_property(value, Uri_PROPERTY_DISPLAY_URI, result, size, length);
    case PARSE_ROOTDOCUMENT:
        return parse_root(value, result, size, length);
    case PARSE_DOCUMENT:
        return parse_document(value, result, size, length);
    case PARSE_ENCODE_IS_UNESCAPE:
    case PARSE_UNESCAPE:
        return parse_escapes(value, TRUE, flags, result, size, length);
    case PARSE_DECODE_IS_ESCAPE:
    case PARSE_ESCAPE:
        return parse_escapes(value, FALSE, flags, result, size, length);
    case PARSE_PATH_FROM_URL:
        return parse_path(value, result, size, length);
    case PARSE_URL_FROM_PATH:
        return hand_out_property(value, Uri_PROPERTY_ABSOLUTE_URI, result, size, length);
    case PARSE_SCHEMA:
        return hand_out_property(value, Uri_PROPERTY_SCHEME_NAME, result, size, length);
    case PARSE_SITE:
        return hand_out_property(value, Uri_PROPERTY_HOST, result, size, length);
    case PARSE_DOMAIN:
        return hand_out_property(value, Uri_PROPERTY_DOMAIN, result, size, length);
    case PARSE_LOCATION:
    case PARSE_ANCHOR:
        return hand_out_property(value, Uri_PROPERTY_FRAGMENT, result, size, length);
    case PARSE_SECURITY_URL:
    case PARSE_MIME:
    case PARSE_SERVER:
    case PARSE_SECURITY_DOMAIN:
        /* These only protocols answer. */
        return E_FAIL;
    default:
        return E_NOTIMPL;
    }
}

/*
 * CoInternetParseIUri: a part of a URI, or another form of it. The protocol's IInternetProtocolInfo
 * goes first. *length is the length of the result, whether it fits or not:
 * STRSAFE_E_INSUFFICIENT_BUFFER. E_INVALIDARG for NULL, E_POINTER; E_FAIL for what only a protocol
 * can answer; E_NOTIMPL for other actions.
 * "CoInternetParseIUri function", previous-versions ie-developer ms775088
 */
HRESULT WINAPI CoInternetParseIUri(IUri *uri, PARSEACTION action, DWORD flags, LPWSTR result,
        DWORD size, DWORD *length, DWORD_PTR reserved)
{
    const struct uri_value *value;
    struct uri_value *owned = NULL;
    IInternetProtocolInfo *info;
    HRESULT hr;

    (void)reserved;
    if (!length)
        return E_POINTER;
    *length = 0;
    if (!uri || !result)
        return E_INVALIDARG;
    value = uri_value_of(uri);
    hr = value ? S_OK : uri_value_of_stranger(uri, &value, &owned);
    if (FAILED(hr))
        return hr;
    if ((value->layout.properties & Uri_HAS_SCHEME_NAME)
            && uri_protocol_info(value->text, &info) == S_OK)
    {
        hr = IInternetProtocolInfo_ParseUrl(info, value->text, action, flags, result, size, length,
                0);
        IInternetProtocolInfo_Release(info);
        if (SUCCEEDED(hr))
        {
            free(owned);
            return hr;
        }
        *length = 0;
    }
    hr = parse(value, action, flags, result, size, length);
    free(owned);
    return hr;
}
