/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing text to a console or a pipe. A console gets UTF-16 through WriteConsole; a pipe or a
 * file gets UTF-8 with plain line feeds, whatever the console's code page is, so that what a script
 * reads does not depend on the machine. Text is held back until output_flush or until the buffer is
 * full: a listing of thousands of jobs is then a few writes. */

#include <stdarg.h>
#include <wchar.h>

#include "output.h"
#include "text.h"

#define BUFFER_CHARS 4096

static struct
{
    HANDLE handle;
    HANDLE error;
    bool console;
    bool error_console;
    bool wrap;
    int column; /* of the line being written; only counted where lines are cut */
    size_t used;
    WCHAR buffer[BUFFER_CHARS];
} output;

static bool handle_is_console(HANDLE handle)
{
    DWORD mode;

    return handle && handle != INVALID_HANDLE_VALUE && GetConsoleMode(handle, &mode);
}

static void handle_write(HANDLE handle, bool console, const WCHAR *string, size_t length)
{
    char bytes[BUFFER_CHARS * 3];
    DWORD written;
    int size;

    while (length)
    {
        size_t part = length < BUFFER_CHARS ? length : BUFFER_CHARS;

        /* Never between the halves of a surrogate pair. */
        if (part < length && part > 1 && string[part - 1] >= 0xd800 && string[part - 1] < 0xdc00)
        {
            --part;
        }
        if (console)
        {
            WriteConsoleW(handle, string, (DWORD)part, &written, NULL);
        }
        else
        {
            char *position = bytes;

            size = WideCharToMultiByte(CP_UTF8, 0, string, (int)part, bytes, sizeof(bytes), NULL,
                    NULL);
            while (size > 0 && WriteFile(handle, position, (DWORD)size, &written, NULL) && written)
            {
                position += written;
                size -= (int)written;
            }
        }
        string += part;
        length -= part;
    }
}

/* Finds out what standard output and standard error are. */
void output_init(void)
{
    output.handle = GetStdHandle(STD_OUTPUT_HANDLE);
    output.error = GetStdHandle(STD_ERROR_HANDLE);
    output.console = handle_is_console(output.handle);
    output.error_console = handle_is_console(output.error);
    output.wrap = true;
}

/* Whether lines that are too long for the console go on in the next one (/WRAP) or are cut
 * (/NOWRAP). A pipe has no width: nothing is ever cut there. */
void output_set_wrap(bool wrap)
{
    output.wrap = wrap;
}

bool output_is_console(void)
{
    return output.console;
}

/* The console's width in characters; 80 where there is none to be had. */
int output_get_width(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    if (output.console && GetConsoleScreenBufferInfo(output.handle, &info) && info.dwSize.X > 0)
    {
        return info.dwSize.X;
    }
    return 80;
}

/* Empties the console's window. Does nothing in a pipe. */
void output_clear_screen(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    COORD home = {0, 0};
    DWORD count, written;

    if (!output.console || !GetConsoleScreenBufferInfo(output.handle, &info))
    {
        return;
    }
    output_flush();
    home.Y = info.srWindow.Top;
    count = (DWORD)info.dwSize.X * (DWORD)(info.srWindow.Bottom - info.srWindow.Top + 1);
    FillConsoleOutputCharacterW(output.handle, L' ', count, home, &written);
    SetConsoleCursorPosition(output.handle, home);
}

static void output_put(WCHAR character)
{
    if (output.used == BUFFER_CHARS)
    {
        output_flush();
    }
    output.buffer[output.used++] = character;
}

void output_write(const WCHAR *string)
{
    int limit = 0;

    if (output.console && !output.wrap)
    {
        limit = output_get_width() - 1;
    }
    for (; *string; ++string)
    {
        if (*string == '\r' || *string == '\n')
        {
            output.column = 0;
        }
        else if (limit && output.column >= limit)
        {
            continue;
        }
        else
        {
            output.column = *string == '\t' ? (output.column | 7) + 1 : output.column + 1;
        }
        output_put(*string);
    }
}

/* Formatted output, by the rules of text_vprintf. */
void output_printf(const WCHAR *format, ...)
{
    struct text text = TEXT_INIT;
    va_list args;

    va_start(args, format);
    text_vprintf(&text, format, args);
    va_end(args);
    output_write(text_get(&text));
    text_free(&text);
}

void output_flush(void)
{
    size_t used = output.used;

    output.used = 0;
    if (used)
    {
        handle_write(output.handle, output.console, output.buffer, used);
    }
}

/* Writes to standard error at once, after everything that was written to standard output. */
void output_error(const WCHAR *string)
{
    output_flush();
    handle_write(output.error, output.error_console, string, wcslen(string));
}
