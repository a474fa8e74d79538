/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Classes of characters: RFC 3986, section 2 and appendix A. */
#ifndef CONCIERGE_URI_CHAR_H
#define CONCIERGE_URI_CHAR_H

#include <windows.h>

enum uri_char_class
{
    URI_UNRESERVED = 1, /* letters, digits, - . _ ~ */
    URI_FORBIDDEN = 2,  /* controls, space and " < > \ ^ ` { | }: never part of a URI */
    URI_HEX = 4,
    URI_SCHEME = 8, /* letters, digits, + - . */
    URI_ALPHA = 16,
    URI_DIGIT = 32,
};

extern const unsigned char uri_char_classes[128];

static inline BOOL uri_char_is(WCHAR c, unsigned int classes)
{
    return c < 128 && (uri_char_classes[c] & classes);
}

static inline WCHAR uri_char_lower(WCHAR c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static inline unsigned int uri_hex_value(WCHAR c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* The octet of a percent triplet; -1 if there is none at `text`. */
static inline int uri_percent_octet(const WCHAR *text, const WCHAR *end)
{
    if (end - text < 3 || text[0] != '%' || !uri_char_is(text[1], URI_HEX)
            || !uri_char_is(text[2], URI_HEX))
        return -1;
    return (int)(uri_hex_value(text[1]) << 4 | uri_hex_value(text[2]));
}

static inline BOOL uri_char_is_slash(WCHAR c)
{
    return c == '/' || c == '\\';
}

/* C:, c|, at `text`. */
static inline BOOL uri_is_drive(const WCHAR *text, const WCHAR *end)
{
    return end - text >= 2 && uri_char_is(text[0], URI_ALPHA) && (text[1] == ':' || text[1] == '|');
}

/* Compares without case, `lower` being lower-case ASCII. */
BOOL uri_text_is(const WCHAR *text, size_t length, const char *lower);

#endif
