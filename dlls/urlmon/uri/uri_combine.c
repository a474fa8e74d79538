/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uri_combine.h"
#include "uri_char.h"
#include "uri_encode.h"

static WCHAR *put(WCHAR *out, struct uri_text part)
{
    if (part.length)
        memcpy(out, part.text, part.length * sizeof(WCHAR));
    return out + part.length;
}

static WCHAR *put_ascii(WCHAR *out, const char *text)
{
    while (*text)
        *out++ = (WCHAR)*text++;
    return out;
}

size_t uri_combined_bound(const struct uri_reference *base, const struct uri_reference *relative)
{
    return base->scheme_name.length + base->authority.length + base->implied_port.length
            + base->path.length + base->query.length + relative->authority.length
            + relative->path.length + relative->query.length + relative->fragment.length + 16;
}

/* What of the base's path no relative path replaces: the drive of a file; of mk:, the name of the
 * storage, up to its :: or, with an @, its first colon. */
static size_t fixed_length(const struct uri_reference *base)
{
    const WCHAR *begin = base->path.text, *end = begin + base->path.length;

    if (base->scheme == &uri_scheme_file && !base->authority.text)
        return base->path.length >= 3 && *begin == '/' && uri_is_drive(begin + 1, end) ? 3 : 0;
    if (base->scheme->type != URL_SCHEME_MK || base->has_slashes)
        return 0;
    for (const WCHAR *p = begin; p + 1 < end; p++)
    {
        if (p[0] == ':' && p[1] == ':')
            return p + 2 - begin;
    }
    for (const WCHAR *p = begin; p < end && *begin == '@'; p++)
    {
        if (*p == ':')
            return p + 1 - begin;
    }
    return 0;
}

static BOOL is_separator(const struct uri_reference *base, WCHAR c)
{
    return c == '/' || (c == '\\' && base->scheme->type == URL_SCHEME_MK);
}

static WCHAR *put_merged_path(const struct uri_reference *base,
        const struct uri_reference *relative, BOOL simplify, WCHAR *out)
{
    size_t fixed = fixed_length(base), merged = base->path.length;
    struct uri_text part = {base->path.text, fixed};
    WCHAR *begin;

    begin = out = put(out, part);
    if (relative->path.length && is_separator(base, relative->path.text[0]))
        merged = fixed;
    else
    {
        while (merged > fixed && !is_separator(base, base->path.text[merged - 1]))
            merged--;
    }
    if (merged > fixed)
    {
        part.text = base->path.text + fixed;
        part.length = merged - fixed;
        out = put(out, part);
    }
    else if (base->has_slashes
            && (!relative->path.length || !is_separator(base, relative->path.text[0])))
        *out++ = '/';
    out = put(out, relative->path);
    if (base->scheme->type == URL_SCHEME_MK && !base->has_slashes)
    {
        for (WCHAR *p = begin; p < out; p++)
        {
            if (*p == '\\')
                *p = '/';
        }
    }
    if (simplify && base->scheme != &uri_scheme_none)
        out = begin + uri_remove_dots(begin, out - begin, FALSE);
    return out;
}

size_t uri_combine_references(const struct uri_reference *base,
        const struct uri_reference *relative, BOOL simplify, WCHAR *out)
{
    WCHAR *begin = out, *path;
    BOOL has_path = relative->path.length != 0;

    if (base->scheme_name.text)
    {
        out = put(out, base->scheme_name);
        *out++ = ':';
    }
    if (relative->authority.text)
    {
        if (base->scheme != &uri_scheme_wildcard)
            out = put_ascii(out, "//");
        out = put(out, relative->authority);
        path = out;
        out = put(out, relative->path);
        if (simplify)
            out = path + uri_remove_dots(path, out - path, FALSE);
        out = put(out, relative->query);
        return put(out, relative->fragment) - begin;
    }
    if (base->has_slashes && base->scheme != &uri_scheme_wildcard)
        out = put_ascii(out, "//");
    out = put(out, base->authority);
    out = put(out, base->implied_port);
    if (has_path)
        out = put_merged_path(base, relative, simplify, out);
    else
    {
        if (base->authority.text && !base->path.length
                && (relative->query.text || base->query.text))
            *out++ = '/';
        out = put(out, base->path);
    }
    out = put(out, has_path || relative->query.text ? relative->query : base->query);
    return put(out, relative->fragment) - begin;
}
