/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The signatures of the known media types. Page "MIME Type Detection in Windows Internet Explorer",
 * section "Known MIME Types".
 */
#include "mime_sniff.h"

#include <string.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

static const WCHAR *const known_text[] = {
        L"text/html",
        L"text/xml",
        L"text/richtext",
        L"text/scriptlet",
        L"image/x-xbitmap",
        L"application/postscript",
        L"application/base64",
        L"application/macbinhex40",
        L"application/xml",
        L"application/atom+xml",
        L"application/rss+xml",
};

static const WCHAR *const known_binary[] = {
        L"audio/x-aiff",
        L"audio/basic",
        L"audio/mid",
        L"audio/wav",
        L"image/gif",
        L"image/jpeg",
        L"image/pjpeg",
        L"image/png",
        L"image/x-png",
        L"image/tiff",
        L"image/bmp",
        L"image/x-jg",
        L"image/x-emf",
        L"image/x-wmf",
        L"video/avi",
        L"video/mpeg",
        L"application/pdf",
        L"application/x-compressed",
        L"application/x-zip-compressed",
        L"application/x-gzip-compressed",
        L"application/java",
        L"application/x-msdownload",
};

static BOOL list_has(const WCHAR *const *list, size_t count, const WCHAR *mime)
{
    for (size_t i = 0; i < count; i++)
    {
        if (!_wcsicmp(list[i], mime))
            return TRUE;
    }
    return FALSE;
}

enum mime_kind mime_kind(const WCHAR *mime)
{
    if (!mime || !*mime || !_wcsicmp(mime, L"text/plain")
            || !_wcsicmp(mime, L"application/octet-stream"))
        return MIME_AMBIGUOUS;
    if (list_has(known_text, ARRAY_SIZE(known_text), mime))
        return MIME_KNOWN_TEXT;
    if (list_has(known_binary, ARRAY_SIZE(known_binary), mime))
        return MIME_KNOWN_BINARY;
    return MIME_UNKNOWN;
}

/* A signature at a fixed place, in one or two parts (the second is empty or at `offset2`). */
struct signature
{
    const WCHAR *mime;
    const char *bytes;
    BYTE length;
    BYTE offset2;
    BYTE length2;
    const char *bytes2;
};

#define AT_START(mime, bytes)                                                                      \
    {                                                                                              \
        mime, bytes, sizeof(bytes) - 1, 0, 0, ""                                                   \
    }
#define TWO_PARTS(mime, bytes, offset, bytes2)                                                     \
    {                                                                                              \
        mime, bytes, sizeof(bytes) - 1, offset, sizeof(bytes2) - 1, bytes2                         \
    }

static const struct signature signatures[] = {
        AT_START(L"image/gif", "GIF87a"),
        AT_START(L"image/gif", "GIF89a"),
        AT_START(L"image/pjpeg", "\xff\xd8\xff"),
        AT_START(L"image/x-png", "\x89PNG\r\n\x1a\n"),
        AT_START(L"image/tiff", "II*\0"),
        AT_START(L"image/tiff", "MM\0*"),
        TWO_PARTS(L"image/bmp", "BM", 6, "\0\0\0\0"),
        AT_START(L"image/x-jg", "JG\x03\x0e"),
        AT_START(L"image/x-jg", "JG\x04\x0e"),
        TWO_PARTS(L"image/x-emf", "\x01\0\0\0", 40, " EMF"),
        AT_START(L"image/x-wmf", "\xd7\xcd\xc6\x9a"),
        TWO_PARTS(L"audio/wav", "RIFF", 8, "WAVE"),
        TWO_PARTS(L"video/avi", "RIFF", 8, "AVI "),
        TWO_PARTS(L"audio/x-aiff", "FORM", 8, "AIFF"),
        TWO_PARTS(L"audio/x-aiff", "FORM", 8, "AIFC"),
        AT_START(L"audio/basic", ".snd"),
        AT_START(L"audio/mid", "MThd"),
        AT_START(L"video/mpeg", "\0\0\x01\xb3"),
        AT_START(L"video/mpeg", "\0\0\x01\xba"),
        AT_START(L"application/pdf", "%PDF"),
        AT_START(L"application/postscript", "%!"),
        AT_START(L"text/richtext", "{\\rtf"),
        AT_START(L"application/x-compressed", "\x1f\x9d"),
        AT_START(L"application/x-gzip-compressed", "\x1f\x8b"),
        AT_START(L"application/x-zip-compressed", "PK\x03\x04"),
        AT_START(L"application/java", "\xca\xfe\xba\xbe"),
        AT_START(L"application/x-msdownload", "MZ"),
        AT_START(L"application/macbinhex40", "(This file must be converted with BinHex"),
};

/* Tags of a document; each is followed by a blank or by the end of the tag. */
static const char *const html_tags[] = {
        "html",
        "head",
        "title",
        "body",
        "script",
        "frameset",
        "table",
        "img",
        "pre",
        "plaintext",
        "style",
        "a href",
};

static BOOL bytes_at(const BYTE *data, DWORD size, DWORD offset, const char *bytes, DWORD length)
{
    return size >= offset && size - offset >= length && !memcmp(data + offset, bytes, length);
}

static BYTE lower(BYTE c)
{
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

/* Whether the data go on with a text, whatever its case. */
static BOOL text_at(const BYTE *data, DWORD size, DWORD offset, const char *text)
{
    for (; *text; text++, offset++)
    {
        if (offset >= size || lower(data[offset]) != (BYTE)*text)
            return FALSE;
    }
    return TRUE;
}

static BOOL is_blank(BYTE c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* Where the text begins: after a byte order mark of UTF-8 and blanks. */
static DWORD text_start(const BYTE *data, DWORD size)
{
    DWORD start = bytes_at(data, size, 0, "\xef\xbb\xbf", 3) ? 3 : 0;

    while (start < size && is_blank(data[start]))
        start++;
    return start;
}

static BOOL is_html_tag(const BYTE *data, DWORD size, DWORD offset)
{
    for (size_t i = 0; i < ARRAY_SIZE(html_tags); i++)
    {
        DWORD end = offset + strlen(html_tags[i]);

        if (!text_at(data, size, offset, html_tags[i]))
            continue;
        if (end >= size || is_blank(data[end]) || data[end] == '>' || data[end] == '/'
                || data[end] == '=')
            return TRUE;
    }
    return text_at(data, size, offset, "!doctype html");
}

static BOOL is_html(const BYTE *data, DWORD size)
{
    for (DWORD i = 0; i < size; i++)
    {
        if (data[i] == '<' && is_html_tag(data, size, i + 1))
            return TRUE;
    }
    return FALSE;
}

/* "#define name_width 16" and so on. */
static BOOL is_x_bitmap(const BYTE *data, DWORD size, DWORD start)
{
    if (!text_at(data, size, start, "#define "))
        return FALSE;
    for (DWORD i = start; i < size; i++)
    {
        if (data[i] == '_' && text_at(data, size, i, "_width"))
            return TRUE;
    }
    return FALSE;
}

/* Text has no control characters but those that shape it. A zero is none either, unless the data
 * begin with a mark which says that they are UTF-16. */
static BOOL is_binary(const BYTE *data, DWORD size)
{
    DWORD control = 0;

    if (bytes_at(data, size, 0, "\xff\xfe", 2) || bytes_at(data, size, 0, "\xfe\xff", 2))
        return FALSE;
    for (DWORD i = 0; i < size; i++)
    {
        if (!data[i])
            return TRUE;
        if (data[i] < ' ' && !is_blank(data[i]) && data[i] != '\b' && data[i] != 0x1b)
            control++;
    }
    return control > size / 10;
}

const WCHAR *mime_sniff(const BYTE *data, DWORD size, BOOL *binary)
{
    DWORD start;

    size = min(size, MIME_SNIFF_SIZE);
    *binary = is_binary(data, size);
    for (size_t i = 0; i < ARRAY_SIZE(signatures); i++)
    {
        const struct signature *each = &signatures[i];

        if (bytes_at(data, size, 0, each->bytes, each->length)
                && bytes_at(data, size, each->offset2, each->bytes2, each->length2))
            return each->mime;
    }
    if (*binary)
        return NULL;
    start = text_start(data, size);
    if (text_at(data, size, start, "<?xml"))
        return L"text/xml";
    if (is_x_bitmap(data, size, start))
        return L"image/x-xbitmap";
    if (text_at(data, size, start, "<scriptlet"))
        return L"text/scriptlet";
    if (is_html(data, size))
        return L"text/html";
    return NULL;
}
