/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RFC 3986, section 6.2.2, with the flags of CreateUri; one pass over the parts, one text. */
#include "uri_canonicalize.h"
#include "uri_char.h"
#include "uri_encode.h"
#include "uri_host.h"

struct canonicalizer
{
    const struct uri_parts *parts;
    struct uri_layout *layout;
    WCHAR *text, *out;
    BOOL known, canonicalize, dos_path;
    unsigned int encode; /* of uri_encode_flags, for every part */
};

static void set_string(struct canonicalizer *c, Uri_PROPERTY property, const WCHAR *begin,
        const WCHAR *end)
{
    struct uri_span *span = &c->layout->strings[property];

    span->start = (UINT32)(begin - c->text);
    span->length = (UINT32)(end - begin);
    c->layout->properties |= 1u << property;
}

static WCHAR *copy_text(WCHAR *out, struct uri_text part)
{
    if (part.length)
        memcpy(out, part.text, part.length * sizeof(WCHAR));
    return out + part.length;
}

static WCHAR *copy_ascii(WCHAR *out, const char *text)
{
    while (*text)
        *out++ = (WCHAR)*text++;
    return out;
}

static void lower_text(WCHAR *begin, const WCHAR *end)
{
    for (; begin < end; begin++)
        *begin = uri_char_lower(*begin);
}

static void write_scheme(struct canonicalizer *c)
{
    const struct uri_parts *parts = c->parts;

    if (parts->scheme == &uri_scheme_none)
        return;
    if (parts->scheme_name.text)
    {
        c->out = copy_text(c->out, parts->scheme_name);
        lower_text(c->text, c->out);
    }
    else
        c->out = copy_ascii(c->out, parts->scheme->name);
    set_string(c, Uri_PROPERTY_SCHEME_NAME, c->text, c->out);
    *c->out++ = ':';
}

static void write_user_info(struct canonicalizer *c)
{
    const struct uri_parts *parts = c->parts;
    WCHAR *begin = c->out, *end;
    /* An unknown scheme's triplets are its own affair. */
    unsigned int encode = c->encode;

    if (!parts->user.text)
        return;
    if (c->known)
        end = uri_encode(parts->user, encode, begin);
    else
        end = copy_text(begin, parts->user);
    set_string(c, Uri_PROPERTY_USER_INFO, begin, end);
    if (parts->user.length || !parts->password.text)
        set_string(c, Uri_PROPERTY_USER_NAME, begin, end);
    if (parts->password.text)
    {
        WCHAR *password = end + 1;

        *end = ':';
        if (c->known)
            end = uri_encode(parts->password, encode, password);
        else
            end = copy_text(password, parts->password);
        set_string(c, Uri_PROPERTY_PASSWORD, password, end);
        set_string(c, Uri_PROPERTY_USER_INFO, begin, end);
    }
    *end++ = '@';
    if (c->known)
    {
        c->layout->not_displayed.start = (UINT32)(begin - c->text);
        c->layout->not_displayed.length = (UINT32)(end - begin);
        if (!parts->user.length && !parts->password.length)
            c->layout->not_absolute = c->layout->not_displayed;
    }
    c->out = end;
}

static void write_ipv6(struct canonicalizer *c)
{
    const struct uri_parts *parts = c->parts;
    WCHAR *begin;

    *c->out++ = '[';
    begin = c->out;
    if (c->known)
        c->out += host_ipv6_format(parts->ipv6, c->out);
    else
        c->out = copy_text(c->out, parts->host);
    if (parts->zone.text)
    {
        c->out = copy_ascii(c->out, "%25");
        c->out = copy_text(c->out, parts->zone);
    }
    set_string(c, Uri_PROPERTY_HOST, begin, c->out);
    *c->out++ = ']';
}

static void write_host(struct canonicalizer *c)
{
    const struct uri_parts *parts = c->parts;
    DWORD host_type = parts->host_type;
    WCHAR *begin = c->out;
    UINT32 ipv4;
    size_t domain;

    if (!parts->host.text)
        return;
    if (parts->host_type == Uri_HOST_IPV6)
    {
        write_ipv6(c);
        return;
    }
    if (parts->host_type == Uri_HOST_IPV4 && c->known)
        c->out += host_ipv4_format(parts->ipv4, begin);
    else if (c->known && !(parts->scheme->flags & SCHEME_RAW_HOST))
    {
        c->out = uri_encode(parts->host, c->encode, begin);
        /* 127.0.0.%31 */
        if ((size_t)(c->out - begin) != parts->host.length
                && host_ipv4_parse(begin, c->out - begin, &ipv4))
        {
            host_type = c->layout->host_type = Uri_HOST_IPV4;
            c->out = begin + host_ipv4_format(ipv4, begin);
        }
        else if (c->canonicalize)
            lower_text(begin, c->out);
    }
    else
        c->out = copy_text(begin, parts->host);
    set_string(c, Uri_PROPERTY_HOST, begin, c->out);
    if (host_type != Uri_HOST_DNS)
        return;
    if (host_domain(begin, c->out - begin, &domain))
        set_string(c, Uri_PROPERTY_DOMAIN, begin + domain, c->out);
    if (host_is_international(begin, c->out - begin))
        c->layout->host_type = Uri_HOST_IDN;
}

static void write_port(struct canonicalizer *c)
{
    const struct uri_parts *parts = c->parts;
    WCHAR digits[10];
    unsigned int count = 0;
    UINT32 port = parts->port;

    if (!parts->has_port || (c->canonicalize && port == parts->scheme->port && parts->scheme->port))
        return;
    c->layout->has_port = TRUE;
    if (!c->canonicalize && parts->port_text.length)
    {
        *c->out++ = ':';
        c->out = copy_text(c->out, parts->port_text);
        return;
    }
    do
        digits[count++] = '0' + port % 10;
    while (port /= 10);
    *c->out++ = ':';
    while (count)
        *c->out++ = digits[--count];
}

static void write_authority(struct canonicalizer *c)
{
    WCHAR *begin, *end;

    if (c->parts->has_slashes && c->parts->scheme != &uri_scheme_wildcard)
        c->out = copy_ascii(c->out, "//");
    if (!c->parts->has_authority)
        return;
    begin = c->out;
    write_user_info(c);
    if (c->dos_path && c->parts->host.text)
    {
        c->out = copy_ascii(c->out, "\\\\");
        begin = c->out;
    }
    write_host(c);
    end = c->out;
    write_port(c);
    /* "The trailing colon is also removed if the port number is ... the default": GetAuthority. A
     * combination names it, and means the same. */
    if (!c->parts->combined || c->parts->port != c->parts->scheme->port)
        end = c->out;
    set_string(c, Uri_PROPERTY_AUTHORITY, begin, end);
}

/* How the path is encoded; FALSE: not at all. */
static BOOL path_encoding(const struct canonicalizer *c, unsigned int *encode)
{
    const struct uri_parts *parts = c->parts;

    *encode = c->encode;
    if (!c->known || (parts->scheme->flags & SCHEME_VERBATIM))
        return FALSE;
    if (c->dos_path)
    {
        *encode = parts->implicit_file ? ENCODE_BACKSLASH_IS_SLASH : ENCODE_DOS;
        return TRUE;
    }
    if (parts->scheme == &uri_scheme_file)
    {
        *encode |= ENCODE_BACKSLASH_IS_SLASH;
        if (parts->has_slashes)
            *encode |= ENCODE_FORBIDDEN
                    | (parts->implicit_file ? ENCODE_PERCENT : ENCODE_PATH_OF_FILE);
    }
    else if (parts->has_authority && parts->backslashes)
        *encode |= ENCODE_BACKSLASH_IS_SLASH;
    else
        *encode |= ENCODE_KEEP_BACKSLASH;
    if ((parts->scheme->flags & SCHEME_RAW_HOST) && parts->has_authority)
        *encode &= ~(unsigned int)ENCODE_FORBIDDEN;
    return TRUE;
}

static void set_extension(struct canonicalizer *c, const WCHAR *path)
{
    for (const WCHAR *p = c->out; p > path && !uri_char_is_slash(p[-1]); p--)
    {
        if (p[-1] == '.')
        {
            set_string(c, Uri_PROPERTY_EXTENSION, p - 1, c->out);
            return;
        }
    }
}

static void write_path(struct canonicalizer *c)
{
    const struct uri_parts *parts = c->parts;
    struct uri_text part = parts->path;
    WCHAR *begin = c->out, *first;
    unsigned int encode;

    if (c->dos_path)
    {
        /* c:\x; after the host \share\x; else x */
        if (parts->has_slashes && !parts->has_authority && !parts->drive && part.length
                && uri_char_is_slash(part.text[0]))
        {
            part.text++;
            part.length--;
        }
    }
    else if (parts->drive)
        *c->out++ = '/';
    else if (!part.length && parts->has_slashes && c->canonicalize
            && (parts->scheme != &uri_scheme_wildcard || parts->wildcard_slashes))
        *c->out++ = '/';
    else if (parts->scheme == &uri_scheme_file && parts->has_slashes && part.length
            && !uri_char_is_slash(part.text[0]))
        *c->out++ = '/'; /* not to be taken for a host, nor be a part of one */
    else if (!parts->has_slashes && parts->scheme == &uri_scheme_unknown && part.length >= 2
            && part.text[0] == '/' && part.text[1] == '/')
        c->out = copy_ascii(c->out, "/."); /* not to be taken for an authority */
    first = c->out;
    if (parts->drive)
    {
        *c->out++ = part.text[0];
        *c->out++ = ':';
        part.text += 2;
        part.length -= 2;
    }
    if (path_encoding(c, &encode))
        c->out = uri_encode(part, encode, c->out);
    else
        c->out = copy_text(c->out, part);
    if (c->dos_path || parts->scheme == &uri_scheme_none)
    {
        for (WCHAR *p = first; p < c->out; p++)
        {
            if (uri_char_is_slash(*p))
                *p = c->dos_path ? '\\' : '/';
        }
    }
    else if (c->canonicalize && !(parts->scheme->flags & SCHEME_KEEP_DOTS)
            && (parts->has_slashes || (parts->scheme->flags & SCHEME_DOTS)))
        c->out = begin
                + uri_remove_dots(begin, c->out - begin, !!(parts->scheme->flags & SCHEME_DOTS));
    if (c->out > begin || (!parts->has_slashes && parts->path.text))
    {
        set_string(c, Uri_PROPERTY_PATH, begin, c->out);
        set_extension(c, begin);
    }
}

static WCHAR *write_extra(struct canonicalizer *c, Uri_PROPERTY property, struct uri_text part)
{
    WCHAR *begin = c->out;

    if (!part.text)
        return begin;
    if (c->known && (c->parts->flags & Uri_CREATE_DECODE_EXTRA_INFO))
        c->out = uri_encode(part, c->encode, begin);
    else
        c->out = copy_text(begin, part);
    set_string(c, property, begin, c->out);
    return begin;
}

static void complete_layout(struct canonicalizer *c, const WCHAR *path, const WCHAR *fragment)
{
    const struct uri_parts *parts = c->parts;
    struct uri_layout *layout = c->layout;

    if (layout->properties & (Uri_HAS_PATH | Uri_HAS_QUERY))
        set_string(c, Uri_PROPERTY_PATH_AND_QUERY, path, fragment);
    if (parts->has_slashes || !(parts->scheme->flags & SCHEME_NEEDS_AUTHORITY))
        set_string(c, Uri_PROPERTY_ABSOLUTE_URI, c->text, c->out);
    set_string(c, Uri_PROPERTY_DISPLAY_URI, c->text, c->out);
    layout->properties |= Uri_HAS_RAW_URI | Uri_HAS_HOST_TYPE | Uri_HAS_SCHEME;
    layout->scheme = parts->scheme->type;
    layout->has_slashes = parts->has_slashes;
    layout->port = parts->has_port ? parts->port : parts->scheme->port;
    if (parts->has_port || parts->scheme->port)
        layout->properties |= Uri_HAS_PORT;
}

size_t uri_canonicalize(const struct uri_parts *parts, WCHAR *out, struct uri_layout *layout)
{
    DWORD flags = parts->flags;
    struct canonicalizer c = {.parts = parts, .layout = layout, .text = out, .out = out};
    WCHAR *path, *fragment;

    memset(layout, 0, sizeof(*layout));
    for (unsigned int i = 0; i <= Uri_PROPERTY_STRING_LAST; i++)
        layout->strings[i].length = URI_ABSENT;
    layout->host_type = parts->host_type;
    c.known = !!(parts->scheme->flags & SCHEME_KNOWN);
    c.canonicalize = !!(flags & Uri_CREATE_CANONICALIZE);
    c.dos_path = (flags & Uri_CREATE_FILE_USE_DOS_PATH) && parts->scheme == &uri_scheme_file;
    if (!(flags & Uri_CREATE_NO_ENCODE_FORBIDDEN_CHARACTERS))
        c.encode |= ENCODE_FORBIDDEN;
    if (flags & Uri_CREATE_NORMALIZE_INTL_CHARACTERS)
        c.encode |= ENCODE_INTERNATIONAL;

    write_scheme(&c);
    write_authority(&c);
    path = c.out;
    write_path(&c);
    write_extra(&c, Uri_PROPERTY_QUERY, parts->query);
    fragment = c.out;
    write_extra(&c, Uri_PROPERTY_FRAGMENT, parts->fragment);
    complete_layout(&c, path, fragment);
    return c.out - out;
}
