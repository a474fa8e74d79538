/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base64.h"

#include <stdlib.h>
#include <wchar.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

WCHAR *base64_encode(const BYTE *bytes, size_t size)
{
    WCHAR *text = calloc((size + 2) / 3 * 4 + 1, sizeof(WCHAR)), *to = text;

    if (!text)
        return NULL;
    for (size_t i = 0; i < size; i += 3)
    {
        size_t left = size - i;
        DWORD group = (DWORD)bytes[i] << 16 | (left > 1 ? (DWORD)bytes[i + 1] << 8 : 0)
                | (left > 2 ? bytes[i + 2] : 0);

        *to++ = (WCHAR)digits[group >> 18];
        *to++ = (WCHAR)digits[group >> 12 & 63];
        *to++ = left > 1 ? (WCHAR)digits[group >> 6 & 63] : '=';
        *to++ = left > 2 ? (WCHAR)digits[group & 63] : '=';
    }
    return text;
}

/* -1: it is none. */
static int digit_value(WCHAR digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

BYTE *base64_decode(const WCHAR *text, size_t *length, size_t *size)
{
    size_t count = 0, padding = 0;
    DWORD group = 0;
    BYTE *bytes;

    while (digit_value(text[count]) >= 0)
        count++;
    while (padding < 2 && text[count + padding] == '=')
        padding++;
    *length = count + padding;
    *size = count * 3 / 4;
    if (!count || *length % 4)
        return NULL;
    bytes = malloc(*size);
    if (!bytes)
        return NULL;
    for (size_t i = 0, done = 0; i < count; i++)
    {
        group = group << 6 | (DWORD)digit_value(text[i]);
        if (i % 4) /* two digits make the first byte of a group, each further one another */
            bytes[done++] = (BYTE)(group >> (6 - 2 * (i % 4)));
    }
    return bytes;
}
