/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uri_char.h"

/* One row for 16 characters. */
/* clang-format off */
const unsigned char uri_char_classes[128] = {
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 9, 9, 0,
    45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 0, 0, 2, 0, 2, 0,
    0, 29, 29, 29, 29, 29, 29, 25, 25, 25, 25, 25, 25, 25, 25, 25,
    25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 0, 2, 0, 2, 1,
    2, 29, 29, 29, 29, 29, 29, 25, 25, 25, 25, 25, 25, 25, 25, 25,
    25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 2, 2, 2, 1, 2,
};
/* clang-format on */

BOOL uri_text_is(const WCHAR *text, size_t length, const char *lower)
{
    for (size_t i = 0; i < length; i++)
    {
        if (!lower[i] || uri_char_lower(text[i]) != (WCHAR)lower[i])
            return FALSE;
    }
    return !lower[length];
}
