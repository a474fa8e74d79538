/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTTP and HTTPS downloads: whole files, parts of files, and going on after an interruption.
 * Pages: HTTP Requirements for BITS Downloads, File Transfer Consistency.
 *
 * Bytes of two versions of a file never meet in a temporary file: every response that continues
 * one must name the same version, whatever the server makes of If-Range.
 */
#include "transfer_private.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

#define BUFFER_SMALL (64 * 1024)
#define BUFFER_MEDIUM (1024 * 1024)
#define BUFFER_LARGE (4 * 1024 * 1024)
#define WRITE_INTERVAL 50 /* ms that bytes wait for more before they are written */

/* The version at hand cannot be continued; never leaves this file. */
#define FETCH_RESTART ((HRESULT)0x20205001)

struct fetch
{
    const struct transfer_request *request;
    struct transfer_error *error;
    struct http_exchange exchange;
    struct range_plan plan;
    struct output output;
    BOOL open; /* it was opened, or that was tried: */
    HRESULT open_result;
    struct transfer_error open_error;
    UINT64 done;     /* bytes of this request in the temporary file */
    UINT64 reported; /* by the progress callback; BG_SIZE_UNKNOWN: none yet */
    UINT64 report_time;
    struct transfer_validator validator; /* of these bytes, or of the first response */
    BOOL started;                        /* the callback was told of this version */
    BOOL restarted;                      /* the callback is to be told so */
    unsigned int restarts;
    DWORD stall;
};

static HRESULT fetch_fail(struct fetch *fetch, HRESULT code, BOOL transient)
{
    return transfer_fail(fetch->error, BG_ERROR_CONTEXT_REMOTE_FILE, code, transient);
}

static HRESULT fetch_report(struct fetch *fetch)
{
    fetch->report_time = GetTickCount64();
    if (fetch->reported == fetch->done)
        return S_OK;
    fetch->reported = fetch->done;
    return fetch->request->progress ? fetch->request->progress(fetch->request->context, fetch->done)
                                    : S_OK;
}

/* Forgets every byte there is. */
static HRESULT fetch_reset(struct fetch *fetch)
{
    fetch->restarted = TRUE;
    fetch->started = FALSE;
    fetch->done = 0;
    fetch->plan.size = BG_SIZE_UNKNOWN;
    transfer_validator_free(&fetch->validator);
    return output_truncate(&fetch->output, 0, fetch->error);
}

/* The response is one to use: notes its version, tells the callback. */
static HRESULT fetch_begin(struct fetch *fetch, struct http_response *response)
{
    const struct transfer_request *request = fetch->request;
    UINT64 total;
    HRESULT hr;

    if (fetch->started)
        return S_OK;
    transfer_validator_free(&fetch->validator);
    fetch->validator.etag = response->etag;
    fetch->validator.last_modified = response->last_modified;
    fetch->validator.size = response->size;
    response->etag = response->last_modified = NULL;
    if (FAILED(hr = range_plan_set_size(&fetch->plan, response->size)))
        return fetch_fail(fetch, hr, FALSE);
    total = range_plan_total(&fetch->plan);
    if (total != BG_SIZE_UNKNOWN && total > request->max_size)
        return fetch_fail(fetch, BG_E_TOO_LARGE, FALSE);
    fetch->started = TRUE;
    if (!request->started)
        return S_OK;
    return request->started(request->context, &fetch->validator, total, fetch->restarted,
            response->headers);
}

static HRESULT fetch_flush(struct fetch *fetch, struct writer *writer, UINT64 position,
        const void *data, DWORD size)
{
    HRESULT hr = writer_write(writer, position, data, size, &fetch->done, fetch->error);

    if (FAILED(hr))
        return hr;
    if (GetTickCount64() - fetch->report_time < TRANSFER_PROGRESS_INTERVAL)
        return S_OK;
    return fetch_report(fetch);
}

/* How long the next read may take: until bytes at hand want to be written, or the server stalls. */
static DWORD read_timeout(const struct fetch *fetch, UINT64 now, UINT64 flushed, UINT64 last_byte,
        DWORD fill)
{
    UINT64 passed = now - last_byte, left = fetch->stall > passed ? fetch->stall - passed : 0;
    UINT64 held = now - flushed;

    if (fill && held >= WRITE_INTERVAL)
        return 0;
    if (fill && WRITE_INTERVAL - held < left)
        left = WRITE_INTERVAL - held;
    return (DWORD)left;
}

/* Reads the body into halves of the buffer, `size` bytes each, in turns if the writer has a thread.
 */
static HRESULT fetch_receive(struct fetch *fetch, struct writer *writer, BYTE *buffer, DWORD size,
        const struct range_cursor *cursor, UINT64 expected, const struct http_response *response)
{
    struct http_connection *connection = &fetch->exchange.transfer->connection;
    UINT64 received = 0, written = 0, flushed = GetTickCount64(), last_byte = flushed, now;
    DWORD fill = 0, got, code = 0;
    BYTE *half = buffer;
    HRESULT hr, drained;

    hr = S_OK;
    while (received != expected)
    {
        now = GetTickCount64();
        hr = http_read(connection, half + fill, size - fill,
                read_timeout(fetch, now, flushed, last_byte, fill), &got, &code);
        if (hr == E_ABORT || hr == E_FAIL)
            break;
        now = GetTickCount64();
        if (got)
        {
            if (expected != BG_SIZE_UNKNOWN && got > expected - received)
                return http_fail_response(fetch->error);
            fill += got;
            received += got;
            last_byte = now;
        }
        if (received > fetch->request->max_size)
            return fetch_fail(fetch, BG_E_TOO_LARGE, FALSE);
        if (fill && (fill == size || now - flushed >= WRITE_INTERVAL))
        {
            HRESULT result = fetch_flush(fetch, writer, cursor->position + written, half, fill);

            if (result != S_OK)
                return result;
            if (writer->thread)
                half = half == buffer ? buffer + size : buffer;
            written += fill;
            fill = 0;
            flushed = now;
        }
        if (hr == S_OK && !got)
            break;
        if (hr == S_FALSE && now - last_byte >= fetch->stall)
        {
            code = ERROR_INTERNET_TIMEOUT;
            hr = E_FAIL;
            break;
        }
    }
    if (fill)
    {
        /* What came before a failure is good, too. */
        HRESULT result = fetch_flush(fetch, writer, cursor->position + written, half, fill);

        if (result != S_OK)
            return result;
    }
    /* The buffer goes with the request. */
    if (FAILED(drained = writer_drain(writer, &fetch->done, fetch->error)))
        return drained;
    if (hr == E_FAIL)
        hr = http_fail_internet(fetch->error, code);
    if (FAILED(hr))
        return hr;
    if (expected != BG_SIZE_UNKNOWN)
    {
        if (received < expected)
            return http_fail_internet(fetch->error, ERROR_INTERNET_CONNECTION_ABORTED);
        http_finish(connection);
        return S_OK;
    }
    /* Without a size the end of the chunks is the only thing to go by: a connection that had to be
     * closed although nobody said so was cut. */
    if (!http_finish(connection) && response->chunked && !response->http10
            && !response->connection_close)
        return http_fail_internet(fetch->error, ERROR_INTERNET_CONNECTION_ABORTED);
    fetch->plan.size = received;
    return S_OK;
}

/* Brings a body of `expected` bytes (BG_SIZE_UNKNOWN: until it ends) to the cursor's place. */
static HRESULT fetch_body(struct fetch *fetch, const struct range_cursor *cursor, UINT64 expected,
        const struct http_response *response)
{
    struct http_connection *connection = &fetch->exchange.transfer->connection;
    struct writer writer = {.output = &fetch->output};
    HRESULT hr, drained;
    BYTE *buffer;
    DWORD size;

    if (expected <= BUFFER_SMALL)
        size = BUFFER_SMALL;
    else
        size = expected <= 2 * BUFFER_MEDIUM ? BUFFER_MEDIUM : BUFFER_LARGE;
    buffer = http_buffer(connection, size, &size);
    if (!buffer)
        return transfer_fail(fetch->error, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, E_OUTOFMEMORY, TRUE);
    if (expected <= BUFFER_SMALL)
        http_ahead_start(fetch->exchange.transfer, fetch->request);
    else
        http_ahead_drop(fetch->exchange.transfer);
    if (expected > 2 * BUFFER_MEDIUM && size >= BUFFER_LARGE)
        writer_start(&writer, &fetch->output);
    hr = fetch_receive(fetch, &writer, buffer, writer.thread ? size / 2 : size, cursor, expected,
            response);
    drained = writer_drain(&writer, &fetch->done, fetch->error);
    writer_stop(&writer);
    return FAILED(drained) ? drained : hr;
}

/* A response to a request without Range, or whose Range was ignored: the whole file. */
static HRESULT fetch_whole(struct fetch *fetch, struct range_cursor *cursor, BOOL asked_range,
        struct http_response *response)
{
    struct transfer_validator version = {response->etag, response->last_modified, response->size};
    HRESULT hr;

    if (asked_range && fetch->request->ranges)
    {
        if (validator_condition(&fetch->validator)
                && !validator_matches(&version, &fetch->validator))
            return FETCH_RESTART;
        if (cursor->remote || response->size == BG_SIZE_UNKNOWN
                || (cursor->remaining != BG_LENGTH_TO_EOF && cursor->remaining != response->size))
            return fetch_fail(fetch, BG_E_INSUFFICIENT_RANGE_SUPPORT, FALSE);
    }
    else if (fetch->started)
    {
        /* In mid-transfer. */
        return FETCH_RESTART;
    }
    else if (asked_range || fetch->done)
    {
        if (FAILED(hr = fetch_reset(fetch)))
            return hr;
        range_plan_seek(&fetch->plan, 0, cursor);
    }
    else if (fetch->request->in_place && validator_condition(&fetch->validator)
            && !validator_matches(&version, &fetch->validator))
    {
        if (FAILED(hr = fetch_reset(fetch)))
            return hr;
    }
    if (response->size == BG_SIZE_UNKNOWN && (!fetch->request->dynamic || fetch->request->ranges))
        return fetch_fail(fetch, BG_E_MISSING_FILE_SIZE, FALSE);
    if ((hr = fetch_begin(fetch, response)) != S_OK)
        return hr;
    return fetch_body(fetch, cursor, response->size, response);
}

static HRESULT fetch_partial(struct fetch *fetch, const struct range_cursor *cursor,
        struct http_response *response)
{
    struct transfer_validator version = {response->etag, response->last_modified, response->size};
    BOOL whole = !fetch->request->ranges;
    UINT64 length;
    HRESULT hr;

    if (!response->has_range)
        return fetch_fail(fetch, BG_E_INSUFFICIENT_RANGE_SUPPORT, FALSE);
    length = response->last - response->first + 1;
    if (response->first != cursor->remote)
        return whole ? FETCH_RESTART : fetch_fail(fetch, BG_E_INVALID_SERVER_RESPONSE, FALSE);
    if (cursor->remaining != BG_LENGTH_TO_EOF && length > cursor->remaining && !whole)
        return fetch_fail(fetch, BG_E_INVALID_SERVER_RESPONSE, FALSE);
    if (response->size == BG_SIZE_UNKNOWN && (whole || cursor->remaining == BG_LENGTH_TO_EOF))
        return whole ? FETCH_RESTART : fetch_fail(fetch, BG_E_INSUFFICIENT_RANGE_SUPPORT, FALSE);
    if (validator_condition(&fetch->validator))
    {
        if (!validator_matches(&version, &fetch->validator))
            return FETCH_RESTART;
    }
    else if (fetch->started && fetch->validator.size != response->size)
    {
        return FETCH_RESTART;
    }
    if ((hr = fetch_begin(fetch, response)) != S_OK)
        return hr;
    return fetch_body(fetch, cursor, length, response);
}

/* 416: nothing is left of the file, or it has shrunk, or a part was never in it. */
static HRESULT fetch_unsatisfiable(struct fetch *fetch, struct http_response *response)
{
    UINT64 size = response->size;
    BOOL changed = response->etag && fetch->validator.etag
            && wcscmp(response->etag, fetch->validator.etag);

    if (fetch->request->ranges)
    {
        if (changed
                || (fetch->validator.size != BG_SIZE_UNKNOWN && size != BG_SIZE_UNKNOWN
                        && size != fetch->validator.size))
            return FETCH_RESTART;
        return fetch_fail(fetch, BG_E_INVALID_RANGE, FALSE);
    }
    if (!changed && size == fetch->done && fetch->validator.size == size)
    {
        /* fetch_begin takes the response's version; this one has none to give. */
        fetch->plan.size = size;
        if (fetch->started || !fetch->request->started)
            return S_OK;
        fetch->started = TRUE;
        return fetch->request->started(fetch->request->context, &fetch->validator, size,
                fetch->restarted, response->headers);
    }
    return FETCH_RESTART;
}

/* A file without earlier bytes is created while the server works on the request. */
static void fetch_open(void *context)
{
    struct fetch *fetch = context;
    UINT64 size;

    if (fetch->open)
        return;
    fetch->open = TRUE;
    /* Whoever aborted it may be deleting the file already. */
    if (load_acquire(&fetch->exchange.transfer->signal->aborted))
        fetch->open_result = E_ABORT;
    else
        fetch->open_result = output_open(&fetch->output, fetch->request, &size, &fetch->open_error);
}

/* The result of fetch_open, which is called here when there was nothing to wait for. */
static HRESULT fetch_opened(struct fetch *fetch)
{
    fetch_open(fetch);
    if (FAILED(fetch->open_result))
        *fetch->error = fetch->open_error;
    return fetch->open_result;
}

/* One request, from the cursor on. */
static HRESULT fetch_part(struct fetch *fetch, struct range_cursor *cursor)
{
    struct http_connection *connection = &fetch->exchange.transfer->connection;
    BOOL open_end = !fetch->request->ranges || cursor->remaining == BG_LENGTH_TO_EOF;
    BOOL ask_range = cursor->remote || !open_end;
    struct http_response response;
    WCHAR range[48] = L"";
    HRESULT hr;

    if (ask_range && open_end)
        _snwprintf(range, ARRAY_SIZE(range), L"%I64u-", cursor->remote);
    else if (ask_range)
    {
        UINT64 last = cursor->remote + (cursor->remaining - 1);

        if (last < cursor->remote)
            return fetch_fail(fetch, BG_E_INVALID_RANGE, FALSE);
        _snwprintf(range, ARRAY_SIZE(range), L"%I64u-%I64u", cursor->remote, last);
    }
    if ((hr = http_exchange_get(&fetch->exchange, ask_range ? range : NULL,
                 ask_range ? validator_condition(&fetch->validator) : NULL, &response,
                 fetch->error))
            != S_OK)
        return hr;
    if (FAILED(hr = fetch_opened(fetch)))
    {
        http_finish(connection);
        http_response_free(&response);
        return hr;
    }
    if (response.status == 200)
        hr = fetch_whole(fetch, cursor, ask_range, &response);
    else if (response.status == 206 && ask_range)
        hr = fetch_partial(fetch, cursor, &response);
    else if (response.status == 416 && ask_range)
        hr = fetch_unsatisfiable(fetch, &response);
    else if (response.status == 206)
        hr = http_fail_response(fetch->error);
    else
        hr = http_fail_status(fetch->error, response.status, response.retry_after);
    http_finish(connection);
    http_response_free(&response);
    return hr;
}

/* Decides what of the temporary file's `size` bytes is of use. */
static HRESULT fetch_adopt(struct fetch *fetch, UINT64 size)
{
    const struct transfer_request *request = fetch->request;

    if (request->in_place && size < request->offset)
        return fetch_reset(fetch);
    if (request->in_place)
        return transfer_validator_copy(&fetch->validator, &request->validator);
    if (!request->offset)
        return S_OK;
    if (size < request->offset || !validator_condition(&request->validator))
        return fetch_reset(fetch);
    fetch->done = request->offset;
    if (size > request->offset)
    {
        HRESULT hr = output_truncate(&fetch->output, request->offset, fetch->error);

        if (FAILED(hr))
            return hr;
    }
    /* So that parts before the offset are found without asking the server for the size. */
    fetch->plan.size = request->validator.size;
    return transfer_validator_copy(&fetch->validator, &request->validator);
}

static HRESULT fetch_run(struct fetch *fetch)
{
    struct range_cursor cursor;
    HRESULT hr;

    while (range_plan_seek(&fetch->plan, fetch->done, &cursor))
    {
        UINT64 before = fetch->done;

        hr = fetch_part(fetch, &cursor);
        if (hr == FETCH_RESTART)
        {
            if (++fetch->restarts > TRANSFER_MAX_RESTARTS)
                return fetch_fail(fetch, BG_E_INVALID_SERVER_RESPONSE, TRUE);
            if (FAILED(hr = fetch_reset(fetch)))
                return hr;
            continue;
        }
        if (hr != S_OK)
            return hr;
        if (fetch->done == before && range_plan_seek(&fetch->plan, fetch->done, &cursor))
            return http_fail_response(fetch->error);
    }
    return S_OK;
}

HRESULT http_transfer(struct transfer *transfer, const struct transfer_request *request,
        struct url *url, struct transfer_error *error)
{
    struct fetch fetch = {0};
    UINT64 size = 0;
    HRESULT hr, report;

    if (request->custom_headers && !transfer_check_headers(request->custom_headers))
        return transfer_fail(error, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, E_INVALIDARG, FALSE);
    fetch.request = request;
    fetch.error = error;
    fetch.exchange.transfer = transfer;
    fetch.exchange.request = request;
    fetch.exchange.url = url;
    fetch.exchange.origin = *url;
    fetch.exchange.origin.path = NULL;
    fetch.validator.size = BG_SIZE_UNKNOWN;
    fetch.reported = BG_SIZE_UNKNOWN;
    fetch.stall = request->stall_timeout ? request->stall_timeout : TRANSFER_DEFAULT_STALL_TIMEOUT;
    range_plan_init(&fetch.plan, request);
    if (!(fetch.exchange.origin.host = _wcsdup(url->host)))
        return transfer_fail(error, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, E_OUTOFMEMORY, TRUE);
    fetch.output.file = INVALID_HANDLE_VALUE;
    fetch.exchange.on_its_way = fetch_open;
    fetch.exchange.context = &fetch;
    if (request->offset || request->in_place)
    {
        fetch.open = TRUE;
        fetch.open_result = output_open(&fetch.output, request, &size, error);
    }
    if (SUCCEEDED(hr = fetch.open_result))
    {
        if (SUCCEEDED(hr = fetch_adopt(&fetch, size)))
            hr = fetch_run(&fetch);
        /* Also after a failure: the next run goes on from what is written. */
        if ((hr == S_OK || (FAILED(hr) && fetch.started)) && (report = fetch_report(&fetch)) != S_OK
                && hr == S_OK)
            hr = report;
        output_close(&fetch.output);
    }
    transfer_validator_free(&fetch.validator);
    free(fetch.exchange.origin.host);
    return hr;
}
