/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A wide string that grows as it is written to. */

#ifndef BITSADMIN_TEXT_H
#define BITSADMIN_TEXT_H

#include <stddef.h>
#include <windows.h>

struct text
{
    WCHAR *data; /* always terminated; NULL before the first write */
    size_t length;
    size_t capacity;
};

#define TEXT_INIT                                                                                  \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

void text_append(struct text *text, const WCHAR *string);
void text_printf(struct text *text, const WCHAR *format, ...);
void text_vprintf(struct text *text, const WCHAR *format, va_list args);
void text_trim(struct text *text);
void text_clear(struct text *text);
void text_free(struct text *text);
const WCHAR *text_get(const struct text *text);

#endif
