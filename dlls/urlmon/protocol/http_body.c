/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The body of an answer: read from WinINet, decoded (gzip, deflate), its end proved, and fetched
 * further when its connection breaks off.
 *
 * WinINet takes a connection that ends for the end of a body. Where a length was promised that is
 * seen by counting; a compressed body ends with its checksum; that a chunked one is whole is told
 * by what WinINet does with its connection (inet_call_finish).
 *
 * A body that breaks off is fetched further by a range, when that is sure to be of the same thing:
 * the answer to a GET, not compressed, of known length, of a server that has said Accept-Ranges,
 * with a validator that is good for If-Range (RFC 9110, 13.1.5).
 */
#include "http_protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cache_text.h"
#include "http_headers.h"
#include "inet_errors.h"
#include "trace.h"
#include "wstr.h"

#define RESUMES_MAX 3u
#define TURN_MAX (1u << 20)

/* Resuming */

/* What names the very bytes of the answer; free() it. NULL: nothing does. */
static WCHAR *strong_validator(const WCHAR *headers)
{
    WCHAR *text = cache_text_header(headers, L"ETag", 0);
    FILETIME modified, date;
    ULARGE_INTEGER then, now;

    if (text && text[0] == '"')
        return text;
    free(text);
    /* A time in whole seconds is one only when the answer is from later than that second. */
    if (!cache_text_time(headers, L"Last-Modified", &modified)
            || !cache_text_time(headers, L"Date", &date))
        return NULL;
    then.LowPart = modified.dwLowDateTime;
    then.HighPart = modified.dwHighDateTime;
    now.LowPart = date.dwLowDateTime;
    now.HighPart = date.dwHighDateTime;
    if (now.QuadPart < then.QuadPart + 10000000ull)
        return NULL;
    return cache_text_header(headers, L"Last-Modified", 0);
}

static void note_validator(struct http_protocol *http, UINT64 total)
{
    WCHAR *ranges;

    free(http->validator);
    http->validator = NULL;
    if (wcscmp(http->verb, L"GET") || http->status != HTTP_STATUS_OK || total == INET_UNKNOWN_SIZE
            || http_headers_have(http->headers, L"Range"))
        return;
    ranges = cache_text_header(http->raw_headers, L"Accept-Ranges", 0);
    if (ranges && !_wcsicmp(ranges, L"bytes"))
        http->validator = strong_validator(http->raw_headers);
    free(ranges);
}

HRESULT http_body_resume_headers(struct http_protocol *http, WCHAR **headers)
{
    WCHAR range[64];
    HRESULT hr;

    if (!http->resuming)
        return S_OK;
    swprintf(range, ARRAY_SIZE(range), L"bytes=%I64u-", http->protocol.received);
    hr = http_headers_add(headers, L"Range", range);
    if (SUCCEEDED(hr))
        hr = http_headers_add(headers, L"If-Range", http->validator);
    http_headers_remove(*headers, L"Accept-Encoding");
    return hr;
}

/* A body has broken off. E_PENDING: more of it comes by another request; else `hr`. */
static HRESULT body_broke_off(struct http_protocol *http, HRESULT hr)
{
    struct inet_protocol *protocol = &http->protocol;

    if (!http->validator || protocol->received >= protocol->total || http->resumes >= RESUMES_MAX
            || inet_protocol_is_over(protocol))
        return hr;
    trace("http %p: broke off, fetched further", (void *)http);
    http->resumes++;
    http->resuming = TRUE;
    http->retried = FALSE;
    http->error = 0;
    return SUCCEEDED(http_request_send(http)) ? E_PENDING : hr;
}

/* Whether the answer is the rest of the body: "bytes FIRST-LAST/TOTAL". */
static BOOL is_the_rest(struct http_protocol *http)
{
    WCHAR *range = inet_call_header(http->answer, HTTP_QUERY_CONTENT_RANGE, 0);
    WCHAR expected[96];
    BOOL right;

    swprintf(expected, ARRAY_SIZE(expected), L"bytes %I64u-%I64u/%I64u", http->protocol.received,
            http->protocol.total - 1, http->protocol.total);
    right = range && http->status == HTTP_STATUS_PARTIAL_CONTENT && !_wcsicmp(range, expected);
    free(range);
    return right;
}

void http_body_resumed(struct http_protocol *http, BOOL answered)
{
    http->resuming = FALSE;
    if (answered && is_the_rest(http) && !http->answer->content_encoding[0])
    {
        http->error = 0;
        inet_protocol_readable(&http->protocol, FALSE);
    }
    else
        inet_protocol_end(&http->protocol, INET_E_DOWNLOAD_FAILURE,
                ERROR_INTERNET_CONNECTION_ABORTED, NULL);
}

/* Reading */

/* Errors that say that the connection is gone. */
static BOOL is_broken_connection(DWORD error)
{
    return error == ERROR_INTERNET_CONNECTION_ABORTED || error == ERROR_INTERNET_CONNECTION_RESET
            || error == WSAECONNRESET || error == WSAECONNABORTED;
}

/* Whether `got` bytes more are all of the body. Its connection is for the next request then, which
 * may be waiting, and not only when the client has read everything. Questions are answered from the
 * headers from now on (http_info.c); those about a certificate are not, so that https keeps its
 * request. */
static BOOL leave_connection(struct http_protocol *http, struct inet_call *call, DWORD got)
{
    struct inet_protocol *protocol = &http->protocol;

    if (http->inflate || protocol->total == INET_UNKNOWN_SIZE
            || protocol->received + got < protocol->total)
        return FALSE;
    if (!http->url.secure)
        inet_call_close(call);
    return TRUE;
}

/* From WinINet; with a slot, which is kept while a read is pending, and for the next read up to
 * TURN_MAX bytes: a body that has come is not left for others to begin. */
static HRESULT read_raw(struct http_protocol *http, void *data, DWORD size, DWORD *got,
        DWORD *error)
{
    struct inet_protocol *protocol = &http->protocol;
    struct inet_call *call;
    BOOL whole = FALSE;
    HRESULT hr;

    if (protocol->slot.state != SLOT_HELD)
    {
        IUnknown_AddRef(protocol->com.outer);
        if (!inet_slot_acquire(&protocol->slot, protocol->priority.value))
            return E_PENDING; /* http_request_granted */
        IUnknown_Release(protocol->com.outer);
        http->turn = 0;
    }
    if (inet_protocol_is_over(protocol) || !(call = http_request_call(http)))
    {
        inet_slot_release(&protocol->slot);
        return E_ABORT;
    }
    if (!data && !(data = inet_call_scratch(call)))
        hr = E_OUTOFMEMORY;
    else
        hr = inet_call_read(call, data, size, got, error);
    if (hr == S_OK)
        whole = leave_connection(http, call, *got);
    if (hr == S_FALSE && http->chunked)
    {
        http->chunked = FALSE;
        http->finished = TRUE;
        inet_call_finish(call);
        hr = E_PENDING; /* http_request_complete */
    }
    inet_call_release(call);
    if (hr == E_PENDING)
        return hr;
    if (hr != S_OK || whole || (http->turn += *got) >= TURN_MAX)
        inet_slot_release(&protocol->slot);
    return hr == E_FAIL ? inet_error_hresult(*error) : hr;
}

/* Decodes what is there. S_OK with *got; S_FALSE: all is out; E_PENDING: more input is wanted. */
static HRESULT decode(struct http_protocol *http, const BYTE *input, void *data, DWORD size,
        DWORD *got)
{
    size_t in = http->raw_used - http->raw_at, out = size;
    enum inflate_result result;

    result = inflate_run(http->inflate, input + http->raw_at, &in, data, &out);
    http->raw_at += (DWORD)in;
    *got = (DWORD)out;
    if (result == INFLATE_BROKEN)
        return INET_E_DOWNLOAD_FAILURE;
    http->decoded = result == INFLATE_END;
    if (out)
        return S_OK;
    return http->decoded ? S_FALSE : E_PENDING;
}

/* A compressed body. One that has not come to its end is none. */
static HRESULT read_decoded(struct http_protocol *http, void *data, DWORD size, DWORD *got,
        DWORD *error)
{
    struct inet_call *call;
    const BYTE *input;
    DWORD came = 0;
    HRESULT hr;

    while (!http->decoded)
    {
        if (!(call = http_request_call(http)))
            return E_ABORT;
        input = inet_call_scratch(call);
        hr = input ? decode(http, input, data, size, got) : E_OUTOFMEMORY;
        inet_call_release(call);
        if (hr != E_PENDING)
            return hr;
        if ((hr = read_raw(http, NULL, INET_CALL_SCRATCH, &came, error)) == S_FALSE)
            return http->raw_received ? INET_E_DOWNLOAD_FAILURE : S_FALSE;
        if (hr != S_OK)
            return hr;
        http->raw_at = 0;
        http->raw_used = came;
        http->raw_received += came;
    }
    return S_FALSE;
}

HRESULT http_body_read(struct inet_protocol *protocol, void *data, DWORD size, DWORD *got,
        DWORD *error)
{
    struct http_protocol *http = http_from_protocol(protocol);
    HRESULT hr;

    if ((*error = http->error))
        hr = inet_error_hresult(*error);
    else if (http->finished)
        hr = S_FALSE;
    else if (http->inflate)
        return read_decoded(http, data, size, got, error);
    else
        hr = read_raw(http, data, size, got, error);
    if ((hr == S_FALSE && protocol->total != INET_UNKNOWN_SIZE)
            || (FAILED(hr) && hr != E_PENDING && is_broken_connection(*error)))
        return body_broke_off(http, hr);
    return hr;
}

/* Preparing */

static BOOL is_encoding(const WCHAR *name, enum inflate_format *format)
{
    if (!_wcsicmp(name, L"gzip") || !_wcsicmp(name, L"x-gzip"))
        *format = INFLATE_GZIP;
    else if (!_wcsicmp(name, L"deflate"))
        *format = INFLATE_DEFLATE;
    else
        return FALSE;
    return TRUE;
}

/* Whether the server means to keep the connection. */
static BOOL is_kept(const WCHAR *headers)
{
    static const WCHAR *const names[] = {L"Connection", L"Proxy-Connection"};
    BOOL kept = !wcsncmp(headers, L"HTTP/1.1", 8);

    for (unsigned int i = 0; i < ARRAY_SIZE(names) && kept; i++)
    {
        WCHAR *text = cache_text_header(headers, names[i], 0);

        for (WCHAR *at = text; at && *at && kept; at++)
            kept = _wcsnicmp(at, L"close", 5) != 0;
        free(text);
    }
    return kept;
}

HRESULT http_body_prepare(struct http_protocol *http, UINT64 *total)
{
    WCHAR *encoding =
            http_response_header(http, HTTP_QUERY_TRANSFER_ENCODING, L"Transfer-Encoding", 0);
    enum inflate_format format;
    HRESULT hr = S_OK;

    http->chunked = encoding && !_wcsicmp(encoding, L"chunked") && *total == INET_UNKNOWN_SIZE
            && is_kept(http->raw_headers);
    http->finished = http->decoded = FALSE;
    http->raw_at = http->raw_used = 0;
    http->raw_received = 0;
    free(encoding);
    note_validator(http, *total);
    if (*total && is_encoding(http->answer->content_encoding, &format))
    {
        free(http->validator);
        http->validator = NULL;
        *total = INET_UNKNOWN_SIZE;
        http->chunked = FALSE;
        inflate_free(http->inflate);
        hr = (http->inflate = inflate_create(format)) ? S_OK : E_OUTOFMEMORY;
        /* They tell of what nobody sees. */
        http_headers_remove(http->raw_headers, L"Content-Encoding");
        http_headers_remove(http->raw_headers, L"Content-Length");
    }
    return hr;
}

void http_body_free(struct http_protocol *http)
{
    inflate_free(http->inflate);
    free(http->validator);
}
