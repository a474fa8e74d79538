/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uri_encode.h"
#include "uri_char.h"

static WCHAR *put_triplet(WCHAR *out, unsigned int octet)
{
    static const char digits[] = "0123456789ABCDEF";

    *out++ = '%';
    *out++ = digits[octet >> 4 & 0xf];
    *out++ = digits[octet & 0xf];
    return out;
}

/* Characters which change how a text reads without being seen: they stay encoded. */
static BOOL is_deceptive(UINT32 c)
{
    return c < 0xa1 || c == 0xad || c == 0x61c || c == 0x1680 || c == 0x180e
            || (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f)
            || (c >= 0x205f && c <= 0x206f) || c == 0x3000 || c == 0xfeff
            || (c >= 0xfdd0 && c <= 0xfdef) || (c >= 0xfff0 && c <= 0xffff)
            || (c & 0xfffe) == 0xfffe || (c >= 0xe0000 && c <= 0xe0fff);
}

/* A character of two to four octets in triplets. Returns how many octets; 0: it is none. */
static unsigned int decode_international(const WCHAR *p, const WCHAR *end, UINT32 *character)
{
    static const UINT32 smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    int octet = uri_percent_octet(p, end);
    unsigned int count;
    UINT32 c;

    if (octet >= 0xc2 && octet < 0xe0)
        count = 2;
    else if (octet >= 0xe0 && octet < 0xf0)
        count = 3;
    else if (octet >= 0xf0 && octet < 0xf5)
        count = 4;
    else
        return 0;
    c = (UINT32)octet & (0x7f >> count);
    for (unsigned int i = 1; i < count; i++)
    {
        if (end - p < 3 * (ptrdiff_t)i)
            return 0;
        octet = uri_percent_octet(p + 3 * i, end);
        if (octet < 0x80 || octet >= 0xc0)
            return 0;
        c = c << 6 | ((UINT32)octet & 0x3f);
    }
    if (c < smallest[count] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || is_deceptive(c))
        return 0;
    *character = c;
    return count;
}

/* What to do with a percent sign at *text. */
static WCHAR *encode_percent(const WCHAR **text, const WCHAR *end, unsigned int flags, WCHAR *out)
{
    const WCHAR *p = *text;
    int octet = uri_percent_octet(p, end);
    unsigned int octets;
    UINT32 character;

    *text = p + 1;
    if (flags & ENCODE_PERCENT)
        return put_triplet(out, '%');
    if (octet < 0)
    {
        if ((flags & (ENCODE_PATH_OF_FILE | ENCODE_FORBIDDEN))
                == (ENCODE_PATH_OF_FILE | ENCODE_FORBIDDEN))
            return put_triplet(out, '%');
        *out++ = '%';
        return out;
    }
    if (flags & ENCODE_INTERNATIONAL)
    {
        octets = decode_international(p, end, &character);
        if (octets)
        {
            *text = p + 3 * octets;
            if (character >= 0x10000)
            {
                *out++ = (WCHAR)(0xd7c0 + (character >> 10));
                character = 0xdc00 | (character & 0x3ff);
            }
            *out++ = (WCHAR)character;
            return out;
        }
    }
    *text = p + 3;
    if (uri_char_is((WCHAR)octet, URI_UNRESERVED)
            || ((flags & ENCODE_PATH_OF_FILE) && octet < 128 && octet != '%'
                    && !uri_char_is((WCHAR)octet, URI_FORBIDDEN))
            || ((flags & ENCODE_DOS) && octet))
    {
        *out++ = (WCHAR)octet;
        return out;
    }
    memcpy(out, p, 3 * sizeof(*p));
    return out + 3;
}

WCHAR *uri_encode(struct uri_text part, unsigned int flags, WCHAR *out)
{
    const WCHAR *p = part.text, *end = p + part.length;

    while (p < end)
    {
        WCHAR c = *p;

        if (c < 128 && c != '%' && !(uri_char_classes[c] & URI_FORBIDDEN))
        {
            *out++ = c == '/' && (flags & ENCODE_DOS) ? '\\' : c;
            p++;
        }
        else if (c == '%')
            out = encode_percent(&p, end, flags, out);
        else
        {
            p++;
            if (c == '\\' && (flags & ENCODE_BACKSLASH_IS_SLASH))
                *out++ = '/';
            else if (c >= 128 || !(flags & ENCODE_FORBIDDEN)
                    || (c == '\\' && (flags & ENCODE_KEEP_BACKSLASH)))
                *out++ = c;
            else
                out = put_triplet(out, c);
        }
    }
    return out;
}

/* Where the segment at `p` ends: at a separator or the end of the path. */
static const WCHAR *segment_end(const WCHAR *p, const WCHAR *end, BOOL backslashes)
{
    while (p < end && *p != '/' && (*p != '\\' || !backslashes))
        p++;
    return p;
}

size_t uri_remove_dots(WCHAR *path, size_t length, BOOL backslashes)
{
    const WCHAR *p = path, *end = path + length, *stop;
    WCHAR *out = path, *root;

    /* The slash at the beginning stays whatever follows. */
    if (p < end && *p == '/')
    {
        p++;
        out++;
    }
    root = out;
    while (p < end)
    {
        size_t count;

        stop = segment_end(p, end, backslashes);
        count = stop - p;
        if (stop < end)
            stop++;
        if (count == 1 && p[0] == '.')
            ;
        else if (count == 2 && p[0] == '.' && p[1] == '.')
        {
            /* Back to where the last segment began. */
            if (out > root)
                out--;
            while (out > root && out[-1] != '/' && (out[-1] != '\\' || !backslashes))
                out--;
        }
        else
        {
            memmove(out, p, (stop - p) * sizeof(*p));
            out += stop - p;
        }
        p = stop;
    }
    return out - path;
}
