/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A wide string that grows as it is written to. A command-line tool that is out of memory has
 * nothing better to do than to say so and end, so none of these functions fails. */

#include <stdarg.h>
#include <stdlib.h>
#include <wchar.h>

#include "text.h"

static void text_reserve(struct text *text, size_t length)
{
    size_t capacity = text->capacity ? text->capacity : 64;
    WCHAR *data;

    if (text->data && length < text->capacity)
    {
        return;
    }
    while (capacity <= length)
    {
        capacity *= 2;
    }
    data = realloc(text->data, capacity * sizeof(*data));
    if (!data)
    {
        static const char message[] = "bitsadmin: out of memory\n";
        DWORD written;

        WriteFile(GetStdHandle(STD_ERROR_HANDLE), message, sizeof(message) - 1, &written, NULL);
        ExitProcess(1);
    }
    text->data = data;
    text->capacity = capacity;
}

/* Appends a string as it stands. NULL appends nothing. */
void text_append(struct text *text, const WCHAR *string)
{
    size_t length = string ? wcslen(string) : 0;

    text_reserve(text, text->length + length);
    if (length)
    {
        memcpy(text->data + text->length, string, length * sizeof(*string));
    }
    text->length += length;
    text->data[text->length] = 0;
}

/* Appends formatted text. Wide strings are %ls, 64-bit numbers %I64u: both C runtimes of MinGW
 * agree on these. */
void text_vprintf(struct text *text, const WCHAR *format, va_list args)
{
    size_t room = 128;
    va_list again;
    int written;

    for (;;)
    {
        text_reserve(text, text->length + room);
        va_copy(again, args);
        written = _vsnwprintf(text->data + text->length, room, format, again);
        va_end(again);
        if (written >= 0 && (size_t)written < room)
        {
            break;
        }
        if (room > 0x1000000)
        {
            written = 0;
            break;
        }
        room *= 2;
    }
    text->length += (size_t)written;
    text->data[text->length] = 0;
}

void text_printf(struct text *text, const WCHAR *format, ...)
{
    va_list args;

    va_start(args, format);
    text_vprintf(text, format, args);
    va_end(args);
}

/* Takes white space off the end, such as the line break of a system message. */
void text_trim(struct text *text)
{
    while (text->length && wcschr(L" \t\r\n", text->data[text->length - 1]))
    {
        text->data[--text->length] = 0;
    }
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->data)
    {
        text->data[0] = 0;
    }
}

void text_free(struct text *text)
{
    free(text->data);
    text->data = NULL;
    text->length = text->capacity = 0;
}

/* The string, never NULL. */
const WCHAR *text_get(const struct text *text)
{
    return text->data ? text->data : L"";
}
