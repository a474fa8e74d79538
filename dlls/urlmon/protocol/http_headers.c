/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http_headers.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "com_object.h"

/* One line of a list: its text without the end, and where the next begins. */
struct line
{
    const WCHAR *text;
    size_t length;
    size_t name; /* the length of its name; 0: it has none */
    BOOL broken; /* it ends with a lone CR or LF */
};

static BOOL is_token_char(WCHAR c)
{
    if (c <= ' ' || c >= 127)
        return FALSE;
    return !wcschr(L"()<>@,;:\\\"/[]?={}", c);
}

/* Takes the next line. FALSE: there is none. */
static BOOL next_line(const WCHAR **position, struct line *line)
{
    const WCHAR *text = *position, *end;

    if (!*text)
        return FALSE;
    for (end = text; *end && *end != '\r' && *end != '\n'; end++)
        ;
    line->text = text;
    line->length = end - text;
    for (line->name = 0; line->name < line->length && is_token_char(text[line->name]); line->name++)
        ;
    if (line->name == line->length || text[line->name] != ':')
        line->name = 0;
    line->broken = *end && (*end != '\r' || end[1] != '\n');
    *position = end + (line->broken ? 1 : *end ? 2 : 0);
    return TRUE;
}

static BOOL line_is(const struct line *line, const WCHAR *name)
{
    return line->name == wcslen(name) && !_wcsnicmp(line->text, name, line->name);
}

static BOOL chars_are_safe(const WCHAR *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
    {
        if ((text[i] < ' ' && text[i] != '\t') || (text[i] >= 127 && text[i] < 160)
                || text[i] > 255)
            return FALSE;
    }
    return TRUE;
}

BOOL http_value_is_safe(const WCHAR *text)
{
    return chars_are_safe(text, wcslen(text));
}

BOOL http_token_is_valid(const WCHAR *text)
{
    if (!text || !*text)
        return FALSE;
    for (; *text; text++)
    {
        if (!is_token_char(*text))
            return FALSE;
    }
    return TRUE;
}

BOOL http_headers_are_safe(const WCHAR *text)
{
    static const WCHAR *const refused[] = {L"Content-Length", L"Transfer-Encoding", L"Host"};
    struct line line;

    while (next_line(&text, &line))
    {
        /* Many a client ends its last line twice. */
        if (!line.length && !line.broken && !*text)
            return TRUE;
        if (!line.name || line.broken || !chars_are_safe(line.text, line.length))
            return FALSE;
        for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
        {
            if (line_is(&line, refused[i]))
                return FALSE;
        }
    }
    return TRUE;
}

static BOOL has_name(const WCHAR *text, const WCHAR *name, size_t length)
{
    struct line line;

    while (text && next_line(&text, &line))
    {
        if (line.name == length && !_wcsnicmp(line.text, name, length))
            return TRUE;
    }
    return FALSE;
}

BOOL http_headers_have(const WCHAR *text, const WCHAR *name)
{
    return has_name(text, name, wcslen(name));
}

void http_headers_remove(WCHAR *text, const WCHAR *name)
{
    const WCHAR *next = text;
    struct line line;

    while (next_line(&next, &line))
    {
        if (!line_is(&line, name))
            continue;
        memmove((WCHAR *)line.text, next, (wcslen(next) + 1) * sizeof(WCHAR));
        next = line.text;
    }
}

/* Appends the lines that have a name, and one which `but` has not. (Each of them ends with CR LF or
 * the text: nothing but the last can become longer.) */
static WCHAR *append_lines(WCHAR *to, const WCHAR *text, const WCHAR *but)
{
    struct line line;

    while (text && next_line(&text, &line))
    {
        if (!line.name || line.broken || (but && has_name(but, line.text, line.name)))
            continue;
        memcpy(to, line.text, line.length * sizeof(WCHAR));
        to += line.length;
        *to++ = '\r';
        *to++ = '\n';
    }
    *to = 0;
    return to;
}

WCHAR *http_headers_merge(const WCHAR *base, const WCHAR *added)
{
    size_t room = (base ? wcslen(base) : 0) + (added ? wcslen(added) : 0) + 5;
    WCHAR *text = malloc(room * sizeof(WCHAR));

    if (text)
        append_lines(append_lines(text, base, added), added, NULL);
    return text;
}

HRESULT http_headers_add(WCHAR **headers, const WCHAR *name, const WCHAR *value)
{
    size_t length = wcslen(name) + wcslen(value) + 3;
    WCHAR *line = malloc(length * sizeof(WCHAR)), *merged;

    if (!line)
        return E_OUTOFMEMORY;
    wcscpy(line, name);
    wcscat(line, L": ");
    wcscat(line, value);
    merged = http_headers_merge(*headers, line);
    free(line);
    if (!merged)
        return E_OUTOFMEMORY;
    free(*headers);
    *headers = merged;
    return S_OK;
}

BOOL http_parse_length(const WCHAR *text, UINT64 *length)
{
    UINT64 value = 0;

    while (*text == ' ' || *text == '\t')
        text++;
    if (!*text)
        return FALSE;
    for (; *text >= '0' && *text <= '9'; text++)
    {
        if (value > (MAXLONGLONG - 9) / 10)
            return FALSE;
        value = value * 10 + (*text - '0');
    }
    while (*text == ' ' || *text == '\t')
        text++;
    *length = value;
    return !*text;
}

void http_trim_media_type(WCHAR *text)
{
    WCHAR *from = text, *to = text;

    while (*from == ' ' || *from == '\t')
        from++;
    for (; *from && *from != ';' && *from != ',' && *from > ' '; from++)
        *to++ = *from >= 'A' && *from <= 'Z' ? *from + ('a' - 'A') : *from;
    *to = 0;
}

static size_t blanks(const WCHAR *text)
{
    return wcsspn(text, L" \t");
}

BOOL http_is_attachment(const WCHAR *text)
{
    text += blanks(text);
    if (_wcsnicmp(text, L"attachment", 10))
        return FALSE;
    text += 10;
    text += blanks(text);
    return !*text || *text == ';';
}

/* The end of a parameter's value: the ; behind it, or that of the text. */
static WCHAR *value_end(WCHAR *value)
{
    if (*value == '"')
    {
        for (value++; *value && *value != '"'; value++)
        {
            if (*value == '\\' && value[1])
                value++;
        }
    }
    return value + wcscspn(value, L";");
}

/* Finds the value of a parameter behind the first ; and its end. NULL: there is none. */
static WCHAR *parameter_find(WCHAR *text, const WCHAR *name, WCHAR **end)
{
    size_t length = wcslen(name), more;

    for (text += wcscspn(text, L";"); *text;)
    {
        text++;
        text += blanks(text);
        more = wcscspn(text, L"=;\"");
        if (text[more] != '=')
        {
            text += wcscspn(text, L";");
            continue;
        }
        *end = text + more + 1;
        *end += blanks(*end);
        if (!_wcsnicmp(text, name, length) && length + blanks(text + length) == more)
        {
            text = *end;
            *end = value_end(text);
            return text;
        }
        text = value_end(*end);
    }
    return NULL;
}

/* Takes off quotes or the blanks at the end, in place. */
static void unquote(WCHAR *value)
{
    WCHAR *from = value, *to = value;

    if (*from != '"')
    {
        to += wcslen(to);
        while (to > value && (to[-1] == ' ' || to[-1] == '\t'))
            to--;
    }
    else
    {
        for (from++; *from && *from != '"'; *to++ = *from++)
        {
            if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
                from++;
        }
    }
    *to = 0;
}

static int digit(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* UTF-8''text%20with%20triplets, RFC 8187, becomes the text in place. FALSE: it is none. */
static BOOL decode_extended(WCHAR *value)
{
    size_t length = 0;
    WCHAR *from;
    char *bytes;
    int count;

    if (_wcsnicmp(value, L"UTF-8'", 6) || !(from = wcschr(value + 6, '\''))
            || !(bytes = malloc(wcslen(value))))
        return FALSE;
    for (from++; *from; from++)
    {
        if (*from == '%' && digit(from[1]) >= 0 && digit(from[2]) >= 0)
        {
            bytes[length++] = (char)(digit(from[1]) * 16 + digit(from[2]));
            from += 2;
        }
        else
            bytes[length++] = *from < 128 ? (char)*from : '_';
    }
    /* No more characters than bytes, and those were less than the value. */
    count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bytes, (int)length, value,
            (int)length);
    value[count] = 0;
    free(bytes);
    return count > 0;
}

WCHAR *http_attachment_name(WCHAR *text)
{
    WCHAR *plain_end, *extended_end, *plain, *name, *end;

    plain = parameter_find(text, L"filename", &plain_end);
    name = parameter_find(text, L"filename*", &extended_end);
    if (name)
    {
        *extended_end = 0;
        unquote(name);
        if (!decode_extended(name))
            name = NULL;
    }
    if (!name && (name = plain))
    {
        *plain_end = 0;
        unquote(name);
    }
    if (!name)
        return NULL;
    while ((end = wcspbrk(name, L"/\\:")))
        name = end + 1;
    for (end = name; *end; end++)
    {
        if (*end < ' ' || *end == 127)
            *end = '_';
    }
    return *name && wcscmp(name, L".") && wcscmp(name, L"..") ? name : NULL;
}
