/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a response's headers say: status, lengths, range, validators. Numbers are read strictly, so
 * that no server can make one wrap around.
 */
#include "transfer_private.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

BOOL http_parse_uint64(const WCHAR *text, size_t length, UINT64 *value)
{
    UINT64 number = 0;
    size_t i;

    if (!length)
        return FALSE;
    for (i = 0; i < length; i++)
    {
        unsigned int digit = text[i] - '0';

        if (digit > 9 || number > (BG_SIZE_UNKNOWN - 1 - digit) / 10)
            return FALSE;
        number = number * 10 + digit;
    }
    *value = number;
    return TRUE;
}

WCHAR *http_response_header(const WCHAR *headers, const WCHAR *name, unsigned int index)
{
    size_t name_length = wcslen(name), length;
    const WCHAR *line = headers, *value;
    WCHAR *copy;

    while ((line = wcschr(line, '\n')))
    {
        line++;
        if (_wcsnicmp(line, name, name_length) || line[name_length] != ':')
            continue;
        if (index--)
            continue;
        value = line + name_length + 1;
        while (*value == ' ' || *value == '\t')
            value++;
        length = wcscspn(value, L"\r\n");
        while (length && (value[length - 1] == ' ' || value[length - 1] == '\t'))
            length--;
        if (!(copy = malloc((length + 1) * sizeof(WCHAR))))
            return NULL;
        memcpy(copy, value, length * sizeof(WCHAR));
        copy[length] = 0;
        return copy;
    }
    return NULL;
}

/* "HTTP/1.1 200 OK" */
static BOOL parse_status(struct http_response *response)
{
    const WCHAR *line = response->headers;
    UINT64 status;

    if (_wcsnicmp(line, L"HTTP/", 5) || line[5] < '0' || line[5] > '9' || line[6] != '.'
            || line[7] < '0' || line[7] > '9' || line[8] != ' ')
        return FALSE;
    response->http10 = line[5] == '0' || (line[5] == '1' && line[7] == '0');
    for (line += 9; *line == ' '; line++)
        ;
    if (!http_parse_uint64(line, wcscspn(line, L" \r\n"), &status) || status < 100 || status > 999)
        return FALSE;
    response->status = (unsigned int)status;
    return TRUE;
}

/* One length, however often it was sent. */
static BOOL parse_length(struct http_response *response)
{
    unsigned int i;
    WCHAR *text;

    for (i = 0; (text = http_response_header(response->headers, L"Content-Length", i)); i++)
    {
        UINT64 length;
        BOOL good = http_parse_uint64(text, wcslen(text), &length)
                && (response->length == BG_SIZE_UNKNOWN || response->length == length);

        free(text);
        if (!good || i > 8)
            return FALSE;
        response->length = length;
    }
    return TRUE;
}

/* "bytes 0-499/1234", "bytes 0-499/ *", "bytes * /1234" (without the blanks). */
static BOOL parse_content_range(struct http_response *response)
{
    WCHAR *text = http_response_header(response->headers, L"Content-Range", 0);
    const WCHAR *range, *dash, *slash, *size;
    BOOL good = FALSE;

    if (!text)
        return TRUE;
    range = text + 5;
    if (!_wcsnicmp(text, L"bytes", 5) && (*range == ' ' || *range == '=')
            && (slash = wcschr(range, '/')))
    {
        while (*range == ' ' || *range == '=')
            range++;
        size = slash + 1;
        good = !wcscmp(size, L"*") || http_parse_uint64(size, wcslen(size), &response->size);
        if (good && (range[0] != '*' || range + 1 != slash))
        {
            dash = wmemchr(range, '-', slash - range);
            good = dash && http_parse_uint64(range, dash - range, &response->first)
                    && http_parse_uint64(dash + 1, slash - dash - 1, &response->last)
                    && response->first <= response->last
                    && (response->size == BG_SIZE_UNKNOWN || response->last < response->size);
            response->has_range = good;
        }
    }
    free(text);
    return good;
}

/* Seconds, or a date. At most a day is believed. */
static DWORD parse_retry_after(const WCHAR *headers)
{
    WCHAR *text = http_response_header(headers, L"Retry-After", 0);
    FILETIME now, then;
    SYSTEMTIME date;
    UINT64 seconds = 0;

    if (!text)
        return 0;
    if (!http_parse_uint64(text, wcslen(text), &seconds)
            && InternetTimeToSystemTimeW(text, &date, 0) && SystemTimeToFileTime(&date, &then))
    {
        UINT64 from, to;

        GetSystemTimeAsFileTime(&now);
        from = (UINT64)now.dwHighDateTime << 32 | now.dwLowDateTime;
        to = (UINT64)then.dwHighDateTime << 32 | then.dwLowDateTime;
        if (to > from)
            seconds = (to - from + 9999999) / 10000000;
    }
    free(text);
    return seconds > 86400 ? 86400 : (DWORD)seconds;
}

static BOOL header_has_token(const WCHAR *headers, const WCHAR *name, const WCHAR *token)
{
    WCHAR *text = http_response_header(headers, name, 0);
    const WCHAR *at = text;
    BOOL found = FALSE;

    while (at && *at && !found)
    {
        size_t length;

        at += wcsspn(at, L", \t");
        length = wcscspn(at, L", \t");
        found = length == wcslen(token) && !_wcsnicmp(at, token, length);
        at += length;
    }
    free(text);
    return found;
}

/* A validator longer than anybody sends one counts as none: it would have to be kept with the job.
 */
static WCHAR *validator_header(const WCHAR *headers, const WCHAR *name)
{
    WCHAR *text = http_response_header(headers, name, 0);

    if (text && wcslen(text) > TRANSFER_MAX_VALIDATOR)
    {
        free(text);
        text = NULL;
    }
    return text;
}

HRESULT http_response_parse(struct http_response *response, WCHAR *headers)
{
    memset(response, 0, sizeof(*response));
    response->headers = headers;
    response->length = response->size = BG_SIZE_UNKNOWN;
    /* Without a single header line it is not HTTP: WinINet makes up a status line for anything. */
    if (!parse_status(response) || !wcschr(headers, ':'))
        return HRESULT_FROM_WIN32(ERROR_HTTP_INVALID_SERVER_RESPONSE);
    if (!parse_length(response))
        return BG_E_INVALID_SERVER_RESPONSE;
    if ((response->status == 206 || response->status == 416) && !parse_content_range(response))
        return BG_E_INVALID_SERVER_RESPONSE;
    response->chunked = header_has_token(headers, L"Transfer-Encoding", L"chunked");
    response->connection_close = header_has_token(headers, L"Connection", L"close");
    if (response->chunked)
        response->length = BG_SIZE_UNKNOWN; /* RFC 9112, 6.3: then it does not count */
    if (response->status == 200)
        response->size = response->length;
    /* A range and a length that contradict each other. */
    if (response->status == 206 && response->has_range && response->length != BG_SIZE_UNKNOWN
            && response->length != response->last - response->first + 1)
        return BG_E_INVALID_SERVER_RESPONSE;
    response->retry_after = parse_retry_after(headers);
    response->etag = validator_header(headers, L"ETag");
    response->last_modified = validator_header(headers, L"Last-Modified");
    response->location = http_response_header(headers, L"Location", 0);
    return S_OK;
}

void http_response_free(struct http_response *response)
{
    free(response->headers);
    free(response->etag);
    free(response->last_modified);
    free(response->location);
    memset(response, 0, sizeof(*response));
}

/* RFC 9110, 8.8.3: an opaque string in quotes. */
static BOOL etag_is_strong(const WCHAR *etag)
{
    size_t length = etag ? wcslen(etag) : 0;

    return length >= 2 && etag[0] == '"' && etag[length - 1] == '"';
}

const WCHAR *validator_condition(const struct transfer_validator *validator)
{
    if (etag_is_strong(validator->etag))
        return validator->etag;
    if (validator->last_modified && validator->last_modified[0])
        return validator->last_modified;
    return NULL;
}

BOOL validator_matches(const struct transfer_validator *a, const struct transfer_validator *b)
{
    if (a->size != BG_SIZE_UNKNOWN && b->size != BG_SIZE_UNKNOWN && a->size != b->size)
        return FALSE;
    if (a->etag && b->etag && wcscmp(a->etag, b->etag))
        return FALSE;
    if (etag_is_strong(a->etag) && etag_is_strong(b->etag))
        return TRUE;
    return a->last_modified && b->last_modified && a->last_modified[0]
            && !wcscmp(a->last_modified, b->last_modified);
}
