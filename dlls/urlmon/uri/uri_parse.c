/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RFC 3986, section 3, and what the page of CreateUri adds to it: paths of DOS, wildcards,
 * backslashes.
 */
#include "uri_parse.h"
#include "uri_char.h"
#include "uri_host.h"

HRESULT uri_complete_flags(DWORD *flags)
{
    static const struct
    {
        DWORD yes, no;
    } pairs[] = {
            {Uri_CREATE_CANONICALIZE, Uri_CREATE_NO_CANONICALIZE},
            {Uri_CREATE_DECODE_EXTRA_INFO, Uri_CREATE_NO_DECODE_EXTRA_INFO},
            {Uri_CREATE_CRACK_UNKNOWN_SCHEMES, Uri_CREATE_NO_CRACK_UNKNOWN_SCHEMES},
            {Uri_CREATE_PRE_PROCESS_HTML_URI, Uri_CREATE_NO_PRE_PROCESS_HTML_URI},
            {Uri_CREATE_NO_IE_SETTINGS, Uri_CREATE_IE_SETTINGS},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
    {
        if ((*flags & pairs[i].yes) && (*flags & pairs[i].no))
            return E_INVALIDARG;
        if (!(*flags & pairs[i].no))
            *flags |= pairs[i].yes;
    }
    return S_OK;
}

static struct uri_text span(const WCHAR *begin, const WCHAR *end)
{
    struct uri_text text = {begin, end - begin};

    return text;
}

static BOOL ends_authority(const struct uri_parts *parts, WCHAR c)
{
    return c == '/' || c == '?' || c == '#'
            || (c == '\\' && parts->backslashes && !(parts->scheme->flags & SCHEME_RAW_HOST));
}

/* Characters that no file's name has. */
static BOOL is_dos_name(struct uri_text part)
{
    for (size_t i = 0; i < part.length; i++)
    {
        if (part.text[i] == '<' || part.text[i] == '>' || part.text[i] == '"')
            return FALSE;
    }
    return TRUE;
}

BOOL uri_percent_is_valid(struct uri_text part)
{
    const WCHAR *end = part.text + part.length;

    for (const WCHAR *p = part.text; p < end; p++)
    {
        if (*p == '%' && uri_percent_octet(p, end) < 0)
            return FALSE;
    }
    return TRUE;
}

static BOOL percent_is_good(const struct uri_parts *parts, struct uri_text part)
{
    return parts->lenient || uri_percent_is_valid(part);
}

/* Path, query and fragment. */
static const WCHAR *parse_path(struct uri_parts *parts, const WCHAR *p, const WCHAR *end,
        BOOL hash_ends)
{
    const WCHAR *begin = p;

    while (p < end && *p != '?' && (*p != '#' || !hash_ends))
        p++;
    parts->path = span(begin, p);
    return p;
}

static void parse_extra_info(struct uri_parts *parts, const WCHAR *p, const WCHAR *end)
{
    const WCHAR *begin = p;

    if (p < end && *p == '?')
    {
        while (p < end && (*p != '#' || (parts->flags & Uri_CREATE_NOFRAG)))
            p++;
        parts->query = span(begin, p);
    }
    if (p < end)
        parts->fragment = span(p, end);
}

static HRESULT parse_port(struct uri_parts *parts, const WCHAR *p, const WCHAR *end)
{
    const WCHAR *begin = p;
    UINT32 port = 0;

    /* "The trailing colon is also removed if the port number is not specified": GetAuthority. */
    if (p == end)
        return S_OK;
    for (; p < end; p++)
    {
        if (!uri_char_is(*p, URI_DIGIT))
            return E_INVALIDARG;
        port = port * 10 + (*p - '0');
        if (port > 0xffff)
            return E_INVALIDARG;
    }
    parts->port = port;
    parts->has_port = TRUE;
    parts->port_text = span(begin, end);
    return S_OK;
}

/* [address], [address%25zone] (RFC 6874; a bare % is taken as well), [v1.anything]. *rest is what
 * follows the bracket. S_FALSE: there is no bracket which closes it, so it is a name. */
static HRESULT parse_literal(struct uri_parts *parts, const WCHAR *p, const WCHAR *end,
        const WCHAR **rest)
{
    const WCHAR *close = p + 1, *zone = NULL;

    while (close < end && *close != ']')
    {
        if (*close == '%' && !zone)
            zone = close;
        close++;
    }
    if (close == end)
        return S_FALSE;
    *rest = close + 1;
    if (p[1] == 'v' || p[1] == 'V')
    {
        parts->host = span(p, *rest);
        parts->host_type = Uri_HOST_UNKNOWN;
        return S_OK;
    }
    parts->host = span(p + 1, zone ? zone : close);
    parts->host_type = Uri_HOST_IPV6;
    if (!host_ipv6_parse(parts->host.text, parts->host.length, parts->ipv6))
        return E_INVALIDARG;
    if (!zone)
        return S_OK;
    zone += close - zone > 3 && zone[1] == '2' && zone[2] == '5' ? 3 : 1;
    parts->zone = span(zone, close);
    for (; zone < close; zone++)
    {
        if (!uri_char_is(*zone, URI_UNRESERVED))
            return E_INVALIDARG;
    }
    return parts->zone.length ? S_OK : E_INVALIDARG;
}

HRESULT uri_parse_name(struct uri_parts *parts)
{
    const WCHAR *end = parts->host.text + parts->host.length;

    if (!parts->host.length)
        return S_OK;
    if (host_ipv4_parse(parts->host.text, parts->host.length, &parts->ipv4))
        parts->host_type = Uri_HOST_IPV4;
    else
        parts->host_type = Uri_HOST_DNS;
    if (!(parts->scheme->flags & SCHEME_KNOWN))
        return S_OK;
    for (const WCHAR *p = parts->host.text; p < end; p++)
    {
        if (*p == '\\')
            return E_INVALIDARG;
    }
    return percent_is_good(parts, parts->host) ? S_OK : E_INVALIDARG;
}

static HRESULT parse_host(struct uri_parts *parts, const WCHAR *p, const WCHAR *end)
{
    const struct uri_scheme *scheme = parts->scheme;
    const WCHAR *host = p;
    HRESULT hr;

    parts->host_type = Uri_HOST_UNKNOWN;
    if (scheme->flags & SCHEME_RAW_HOST)
    {
        parts->host = span(p, end);
        return is_dos_name(parts->host) ? S_OK : E_INVALIDARG;
    }
    if (p < end && *p == '[')
    {
        hr = parse_literal(parts, p, end, &p);
        if (FAILED(hr))
            return hr;
        if (hr == S_OK)
        {
            if (p == end)
                return S_OK;
            if (*p == ':' && SUCCEEDED(parse_port(parts, p + 1, end)))
                return S_OK;
            if (scheme->flags & SCHEME_KNOWN)
                return E_INVALIDARG;
        }
        p = end;
    }
    while (p < end && *p != ':')
        p++;
    parts->host = span(host, p);
    if (p < end && FAILED(parse_port(parts, p + 1, end)))
    {
        /* An unknown scheme may name its hosts as it likes. */
        if (scheme->flags & SCHEME_KNOWN)
            return E_INVALIDARG;
        parts->host = span(host, end);
    }
    return uri_parse_name(parts);
}

static HRESULT parse_authority(struct uri_parts *parts, const WCHAR **rest, const WCHAR *end)
{
    const WCHAR *p = *rest, *stop, *at = NULL, *colon = NULL;

    for (stop = p; stop < end && !ends_authority(parts, *stop); stop++)
    {
        if (!at && *stop == '@')
            at = stop;
        else if (!at && !colon && *stop == ':')
            colon = stop;
    }
    *rest = stop;
    parts->has_authority = parts->has_slashes = TRUE;
    if (at)
    {
        parts->user = span(p, colon ? colon : at);
        if (colon)
            parts->password = span(colon + 1, at);
        if ((parts->scheme->flags & SCHEME_KNOWN)
                && (!percent_is_good(parts, parts->user)
                        || !percent_is_good(parts, parts->password)))
            return E_INVALIDARG;
        p = at + 1;
    }
    return parse_host(parts, p, stop);
}

/* What follows "file:". */
static HRESULT parse_file(struct uri_parts *parts, const WCHAR *p, const WCHAR *end)
{
    const WCHAR *stop;
    HRESULT hr;

    parts->backslashes = TRUE;
    if (!parts->implicit_file)
    {
        if (end - p < 2 || !uri_char_is_slash(p[0]) || !uri_char_is_slash(p[1]))
        {
            parse_extra_info(parts, parse_path(parts, p, end, TRUE), end);
            if (parts->flags & Uri_CREATE_FILE_USE_DOS_PATH)
                return parts->combined || is_dos_name(parts->path) ? S_OK : E_INVALIDARG;
            return percent_is_good(parts, parts->path) ? S_OK : E_INVALIDARG;
        }
        p += 2;
        /* file://\\server\share */
        if (end - p >= 2 && p[0] == '\\' && p[1] == '\\')
            p += 2;
    }
    else if (p[0] == '\\')
        p += 2;
    parts->has_slashes = TRUE;

    /* Either way, a host or a path comes now. */
    for (stop = p; stop < end && *stop != '@' && !ends_authority(parts, *stop); stop++)
        ;
    if (stop - p == 9 && uri_text_is(p, 9, "localhost"))
        p = stop;
    else if (p < stop && (!uri_is_drive(p, end) || (stop < end && *stop == '@')))
    {
        hr = parse_authority(parts, &p, end);
        if (FAILED(hr))
            return hr;
    }
    if (!parts->has_authority)
    {
        /* file://c:/x is a path of DOS with a prefix; file:///c:/x is a URI. */
        if (uri_is_drive(p, end))
            parts->implicit_file = TRUE;
        else if (p < end && uri_char_is_slash(*p) && uri_is_drive(p + 1, end))
            p++;
        parts->drive = uri_is_drive(p, end);
    }
    /* In names of files # is a character. */
    parse_extra_info(parts, parse_path(parts, p, end, FALSE), end);
    if ((parts->flags & Uri_CREATE_FILE_USE_DOS_PATH) && !parts->combined
            && !is_dos_name(parts->path))
        return E_INVALIDARG;
    return S_OK;
}

/* After the scheme, if there is one. */
static HRESULT parse_hierarchical(struct uri_parts *parts, const WCHAR *p, const WCHAR *end)
{
    BOOL known = parts->scheme->flags & SCHEME_KNOWN;
    BOOL wildcard = parts->scheme == &uri_scheme_wildcard;
    HRESULT hr;

    parts->backslashes = parts->scheme == &uri_scheme_none
            || (known && !wildcard && (parts->flags & Uri_CREATE_CANONICALIZE));
    if (end - p >= 2
            && ((p[0] == '/' && p[1] == '/')
                    || (known && parts->backslashes && uri_char_is_slash(p[0])
                            && uri_char_is_slash(p[1])))
            && (!wildcard || parts->scheme_name.text))
    {
        p += 2;
        parts->wildcard_slashes = wildcard;
        hr = parse_authority(parts, &p, end);
    }
    else if (wildcard)
        hr = parse_authority(parts, &p, end);
    else
    {
        hr = S_OK;
        if (parts->scheme != &uri_scheme_none)
            parts->backslashes = FALSE;
    }
    if (FAILED(hr))
        return hr;
    parse_extra_info(parts, parse_path(parts, p, end, TRUE), end);
    if (known && !percent_is_good(parts, parts->path))
        return E_INVALIDARG;
    return S_OK;
}

/* Finds the scheme; *rest is what follows the colon. */
static HRESULT parse_scheme(struct uri_parts *parts, const WCHAR **rest, const WCHAR *end)
{
    const WCHAR *text = *rest, *p = text;
    DWORD flags = parts->flags;
    BOOL unc = end - text >= 2 && text[0] == '\\' && text[1] == '\\';

    if ((flags & Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME)
            && (unc || (uri_is_drive(text, end) && text[1] == ':')))
    {
        parts->scheme = &uri_scheme_file;
        parts->implicit_file = TRUE;
        return S_OK;
    }
    if (p < end && *p == '*')
        p++;
    else
    {
        while (p < end && uri_char_is(*p, URI_SCHEME))
            p++;
    }
    if (p > text && p < end && *p == ':')
    {
        if (p - text == 1 && uri_char_is(*text, URI_ALPHA))
            return E_INVALIDARG;
        parts->scheme_name = span(text, p);
        parts->scheme = uri_scheme_find(text, p - text);
        *rest = p + 1;
        return S_OK;
    }
    if (unc)
        return E_INVALIDARG;
    if (flags & Uri_CREATE_ALLOW_IMPLICIT_WILDCARD_SCHEME)
        parts->scheme = &uri_scheme_wildcard;
    else if (flags & Uri_CREATE_ALLOW_RELATIVE)
        parts->scheme = &uri_scheme_none;
    else
        return E_INVALIDARG;
    return S_OK;
}

HRESULT uri_parse(const WCHAR *text, size_t length, DWORD flags, struct uri_parts *parts)
{
    const WCHAR *p = text, *end = text + length;
    HRESULT hr;

    memset(parts, 0, sizeof(*parts));
    parts->flags = URI_PUBLIC_FLAGS(flags);
    parts->combined = !!(flags & URI_PARSE_COMBINED);
    parts->lenient = !!(flags & URI_PARSE_LENIENT);
    hr = parse_scheme(parts, &p, end);
    if (FAILED(hr))
        return hr;
    if (parts->scheme->flags & SCHEME_VERBATIM)
    {
        parts->path = span(p, end);
        return S_OK;
    }
    if (parts->scheme == &uri_scheme_file)
        hr = parse_file(parts, p, end);
    else if ((parts->scheme->flags & SCHEME_OPAQUE)
            || (parts->scheme == &uri_scheme_unknown
                    && (flags & Uri_CREATE_NO_CRACK_UNKNOWN_SCHEMES)))
    {
        const WCHAR *begin = p;

        if (parts->scheme->type == URL_SCHEME_MAILTO && end - p >= 2 && p[0] == '/' && p[1] == '/')
            p += 2;
        parse_extra_info(parts, parse_path(parts, p, end, TRUE), end);
        if (p > begin && !parts->path.length)
            parts->path.text = NULL;
        if ((parts->scheme->flags & SCHEME_KNOWN) && !percent_is_good(parts, parts->path))
            hr = E_INVALIDARG;
    }
    else
        hr = parse_hierarchical(parts, p, end);
    if (FAILED(hr))
        return hr;
    if ((parts->scheme->flags & SCHEME_KNOWN) && (flags & Uri_CREATE_DECODE_EXTRA_INFO)
            && !parts->combined && !parts->lenient
            && (!uri_percent_is_valid(parts->query) || !uri_percent_is_valid(parts->fragment)))
        return E_INVALIDARG;
    return S_OK;
}
