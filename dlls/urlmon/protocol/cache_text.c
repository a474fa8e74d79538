/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache_text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <wininet.h>

#include "com_object.h"

static BOOL is_space(WCHAR c)
{
    return c == ' ' || c == '\t';
}

/* The end of the line that begins here. */
static const WCHAR *line_end(const WCHAR *text)
{
    return text + wcscspn(text, L"\r\n");
}

static const WCHAR *line_after(const WCHAR *end)
{
    while (*end == '\r' || *end == '\n')
        end++;
    return end;
}

/* The value in the next line of that name from *position on, with its length; NULL: none. */
static const WCHAR *next_value(const WCHAR **position, const WCHAR *name, size_t *length)
{
    size_t name_length = wcslen(name);
    const WCHAR *text = *position;

    while (*text)
    {
        const WCHAR *line = text, *end = line_end(text);

        text = line_after(end);
        if ((size_t)(end - line) <= name_length || line[name_length] != ':'
                || _wcsnicmp(line, name, name_length))
            continue;
        line += name_length + 1;
        while (line < end && is_space(*line))
            line++;
        while (end > line && is_space(end[-1]))
            end--;
        *length = end - line;
        *position = text;
        return line;
    }
    return NULL;
}

static WCHAR *copy_text(const WCHAR *text, size_t length)
{
    WCHAR *copy = malloc((length + 1) * sizeof(WCHAR));

    if (!copy)
        return NULL;
    memcpy(copy, text, length * sizeof(WCHAR));
    copy[length] = 0;
    return copy;
}

WCHAR *cache_text_header(const WCHAR *headers, const WCHAR *name, unsigned int index)
{
    const WCHAR *value;
    size_t length;

    do
        value = next_value(&headers, name, &length);
    while (value && index--);
    return value ? copy_text(value, length) : NULL;
}

BOOL cache_text_time(const WCHAR *headers, const WCHAR *name, FILETIME *time)
{
    WCHAR *text = cache_text_header(headers, name, 0);
    SYSTEMTIME system;
    BOOL good;

    /* InternetTimeToSystemTime makes something of any text; a date has its zone. */
    good = text && wcschr(text, ':') && InternetTimeToSystemTimeW(text, &system, 0)
            && SystemTimeToFileTime(&system, time);
    free(text);
    return good;
}

/* Whether the directive at `text` has this name; its number. */
static BOOL directive_is(const WCHAR *text, size_t length, const WCHAR *name, UINT64 *value)
{
    size_t name_length = wcslen(name), i = name_length;

    if (length < name_length || _wcsnicmp(text, name, name_length))
        return FALSE;
    while (i < length && is_space(text[i]))
        i++;
    if (i < length && text[i] != '=')
        return FALSE;
    if (!value)
        return TRUE;
    *value = 0;
    for (i++; i < length && (is_space(text[i]) || text[i] == '"'); i++)
        ;
    for (; i < length && text[i] >= '0' && text[i] <= '9'; i++)
        *value = *value > INT_MAX ? *value : *value * 10 + (text[i] - '0');
    return TRUE;
}

/* The length of the directive at `text`: up to a comma which is not in quotes. */
static size_t directive_length(const WCHAR *text, size_t left)
{
    BOOL quoted = FALSE;
    size_t i;

    for (i = 0; i < left && (quoted || text[i] != ','); i++)
    {
        if (text[i] == '"')
            quoted = !quoted;
    }
    return i;
}

BOOL cache_text_directive(const WCHAR *headers, const WCHAR *name, UINT64 *value)
{
    const WCHAR *text;
    size_t left, length;

    while ((text = next_value(&headers, L"Cache-Control", &left)))
    {
        while (left)
        {
            if (is_space(*text) || *text == ',')
            {
                text++;
                left--;
                continue;
            }
            length = directive_length(text, left);
            if (directive_is(text, length, name, value))
                return TRUE;
            text += length;
            left -= length;
        }
    }
    return FALSE;
}

/* The second word of the status line; NULL: it is none. */
static const WCHAR *status_text(const WCHAR *headers)
{
    if (_wcsnicmp(headers, L"HTTP/", 5))
        return NULL;
    while (*headers > ' ')
        headers++;
    while (is_space(*headers))
        headers++;
    return headers;
}

DWORD cache_text_status(const WCHAR *headers)
{
    const WCHAR *text = status_text(headers);
    DWORD status = 0;

    for (unsigned int i = 0; text && i < 3; i++)
    {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        status = status * 10 + (text[i] - '0');
    }
    return status;
}

/* The names of the numbers of HttpQueryInfo. Page "Query Info Flags". */
static const struct
{
    DWORD query;
    const WCHAR *name;
} query_names[] = {
        {HTTP_QUERY_MIME_VERSION, L"MIME-Version"},
        {HTTP_QUERY_CONTENT_TYPE, L"Content-Type"},
        {HTTP_QUERY_CONTENT_TRANSFER_ENCODING, L"Content-Transfer-Encoding"},
        {HTTP_QUERY_CONTENT_ID, L"Content-ID"},
        {HTTP_QUERY_CONTENT_DESCRIPTION, L"Content-Description"},
        {HTTP_QUERY_CONTENT_LENGTH, L"Content-Length"},
        {HTTP_QUERY_CONTENT_LANGUAGE, L"Content-Language"},
        {HTTP_QUERY_ALLOW, L"Allow"},
        {HTTP_QUERY_PUBLIC, L"Public"},
        {HTTP_QUERY_DATE, L"Date"},
        {HTTP_QUERY_EXPIRES, L"Expires"},
        {HTTP_QUERY_LAST_MODIFIED, L"Last-Modified"},
        {HTTP_QUERY_URI, L"URI"},
        {HTTP_QUERY_DERIVED_FROM, L"Derived-From"},
        {HTTP_QUERY_COST, L"Cost"},
        {HTTP_QUERY_LINK, L"Link"},
        {HTTP_QUERY_PRAGMA, L"Pragma"},
        {HTTP_QUERY_CONNECTION, L"Connection"},
        {HTTP_QUERY_ACCEPT, L"Accept"},
        {HTTP_QUERY_ACCEPT_CHARSET, L"Accept-Charset"},
        {HTTP_QUERY_ACCEPT_ENCODING, L"Accept-Encoding"},
        {HTTP_QUERY_ACCEPT_LANGUAGE, L"Accept-Language"},
        {HTTP_QUERY_AUTHORIZATION, L"Authorization"},
        {HTTP_QUERY_CONTENT_ENCODING, L"Content-Encoding"},
        {HTTP_QUERY_FORWARDED, L"Forwarded"},
        {HTTP_QUERY_FROM, L"From"},
        {HTTP_QUERY_IF_MODIFIED_SINCE, L"If-Modified-Since"},
        {HTTP_QUERY_LOCATION, L"Location"},
        {HTTP_QUERY_REFERER, L"Referer"},
        {HTTP_QUERY_RETRY_AFTER, L"Retry-After"},
        {HTTP_QUERY_SERVER, L"Server"},
        {HTTP_QUERY_TITLE, L"Title"},
        {HTTP_QUERY_USER_AGENT, L"User-Agent"},
        {HTTP_QUERY_WWW_AUTHENTICATE, L"WWW-Authenticate"},
        {HTTP_QUERY_PROXY_AUTHENTICATE, L"Proxy-Authenticate"},
        {HTTP_QUERY_ACCEPT_RANGES, L"Accept-Ranges"},
        {HTTP_QUERY_SET_COOKIE, L"Set-Cookie"},
        {HTTP_QUERY_COOKIE, L"Cookie"},
        {HTTP_QUERY_REFRESH, L"Refresh"},
        {HTTP_QUERY_CONTENT_DISPOSITION, L"Content-Disposition"},
        {HTTP_QUERY_AGE, L"Age"},
        {HTTP_QUERY_CACHE_CONTROL, L"Cache-Control"},
        {HTTP_QUERY_CONTENT_BASE, L"Content-Base"},
        {HTTP_QUERY_CONTENT_LOCATION, L"Content-Location"},
        {HTTP_QUERY_CONTENT_MD5, L"Content-MD5"},
        {HTTP_QUERY_CONTENT_RANGE, L"Content-Range"},
        {HTTP_QUERY_ETAG, L"ETag"},
        {HTTP_QUERY_HOST, L"Host"},
        {HTTP_QUERY_IF_MATCH, L"If-Match"},
        {HTTP_QUERY_IF_NONE_MATCH, L"If-None-Match"},
        {HTTP_QUERY_IF_RANGE, L"If-Range"},
        {HTTP_QUERY_IF_UNMODIFIED_SINCE, L"If-Unmodified-Since"},
        {HTTP_QUERY_MAX_FORWARDS, L"Max-Forwards"},
        {HTTP_QUERY_RANGE, L"Range"},
        {HTTP_QUERY_TRANSFER_ENCODING, L"Transfer-Encoding"},
        {HTTP_QUERY_UPGRADE, L"Upgrade"},
        {HTTP_QUERY_VARY, L"Vary"},
        {HTTP_QUERY_VIA, L"Via"},
        {HTTP_QUERY_WARNING, L"Warning"},
};

/* The name of a header that is asked for: of a number, or, for HTTP_QUERY_CUSTOM, what the buffer
 * says; "" for neither. */
static void query_name(DWORD which, const void *data, WCHAR name[128])
{
    name[0] = 0;
    if (which == HTTP_QUERY_CUSTOM)
    {
        const char *text = data;
        size_t length = text ? strlen(text) : 0;

        for (size_t i = 0; i <= length && length < 128; i++)
            name[i] = (BYTE)text[i];
        return;
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(query_names); i++)
    {
        if (query_names[i].query == which)
            wcscpy(name, query_names[i].name);
    }
}

/* What is asked for as text; free() it. NULL: there is none. */
static WCHAR *query_text(const WCHAR *headers, DWORD which, const WCHAR *name, DWORD index)
{
    const WCHAR *status = status_text(headers), *end;

    switch (which)
    {
    case HTTP_QUERY_RAW_HEADERS:
    case HTTP_QUERY_RAW_HEADERS_CRLF:
        return index ? NULL : copy_text(headers, wcslen(headers));
    case HTTP_QUERY_VERSION:
        return status && !index ? copy_text(headers, wcscspn(headers, L" \t\r\n")) : NULL;
    case HTTP_QUERY_STATUS_CODE:
        return status && !index ? copy_text(status, wcscspn(status, L" \t\r\n")) : NULL;
    case HTTP_QUERY_STATUS_TEXT:
        if (!status || index)
            return NULL;
        status += wcscspn(status, L" \t\r\n");
        while (is_space(*status))
            status++;
        end = line_end(status);
        return copy_text(status, end - status);
    default:
        return *name ? cache_text_header(headers, name, index) : NULL;
    }
}

/* HTTP_QUERY_RAW_HEADERS: zeros instead of the ends of lines, a further one at the end. Returns the
 * length without that. */
static DWORD zero_ends(WCHAR *text)
{
    WCHAR *from = text, *to = text;

    while (*from)
    {
        if (*from == '\r' && from[1] == '\n')
        {
            *to++ = 0;
            from += 2;
        }
        else
            *to++ = *from++;
    }
    *to = 0;
    return (DWORD)(to - text);
}

static DWORD give_number(const WCHAR *text, void *data, DWORD *size)
{
    DWORD value = wcstoul(text, NULL, 10);

    if (*size < sizeof(value) || !data)
    {
        *size = sizeof(value);
        return ERROR_INSUFFICIENT_BUFFER;
    }
    *size = sizeof(value);
    memcpy(data, &value, sizeof(value));
    return ERROR_SUCCESS;
}

static DWORD give_time(const WCHAR *text, void *data, DWORD *size)
{
    SYSTEMTIME time;

    if (*size < sizeof(time) || !data)
    {
        *size = sizeof(time);
        return ERROR_INSUFFICIENT_BUFFER;
    }
    if (!InternetTimeToSystemTimeW(text, &time, 0))
        return ERROR_HTTP_INVALID_HEADER;
    *size = sizeof(time);
    memcpy(data, &time, sizeof(time));
    return ERROR_SUCCESS;
}

/* Header text is bytes; what was none became a question mark when it was stored. */
static DWORD give_text(const WCHAR *text, DWORD length, void *data, DWORD *size)
{
    char *bytes = data;

    if (*size < length + 1 || !data)
    {
        *size = length + 1;
        return ERROR_INSUFFICIENT_BUFFER;
    }
    for (DWORD i = 0; i < length; i++)
        bytes[i] = text[i] > 255 ? '?' : (char)text[i];
    bytes[length] = 0;
    *size = length;
    return ERROR_SUCCESS;
}

DWORD cache_text_query(const WCHAR *headers, const WCHAR *request, DWORD query, void *data,
        DWORD *size, DWORD *index)
{
    DWORD which = query & 0xffff, number = index ? *index : 0, error;
    WCHAR name[128], *text;

    if (!size)
        return ERROR_INVALID_PARAMETER;
    query_name(which, data, name);
    text = query_text(query & HTTP_QUERY_FLAG_REQUEST_HEADERS ? request : headers, which, name,
            number);
    if (!text)
        return ERROR_HTTP_HEADER_NOT_FOUND;
    if (query & HTTP_QUERY_FLAG_NUMBER)
        error = give_number(text, data, size);
    else if (query & HTTP_QUERY_FLAG_SYSTEMTIME)
        error = give_time(text, data, size);
    else
        error = give_text(text,
                which == HTTP_QUERY_RAW_HEADERS ? zero_ends(text) : (DWORD)wcslen(text), data,
                size);
    free(text);
    if (!error && index)
        *index = number + 1;
    return error;
}
