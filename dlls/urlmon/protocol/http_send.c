/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends large data in pieces: struct http_upload is what they are, this is how they go. */
#include "http_protocol.h"

#include <stdio.h>
#include <wchar.h>

/* How far it is: "sent,total" in decimal digits, as for BINDSTATUS_64BIT_PROGRESS. */
static void report_upload(struct http_protocol *http, ULONG code)
{
    WCHAR text[48];

    swprintf(text, ARRAY_SIZE(text), L"%I64u,%I64u", http->upload->sent, http->upload->size);
    inet_protocol_progress(&http->protocol, code, text);
}

static void send_failed(struct http_protocol *http, HRESULT hr)
{
    inet_protocol_end(&http->protocol, hr, 0, NULL);
}

/* All is sent, or the server wants no more: what is its answer? */
static void send_end(struct http_protocol *http, struct inet_call *call)
{
    DWORD error;
    HRESULT hr;

    http->uploading = FALSE;
    hr = inet_call_send_end(call, &error);
    if (hr != E_PENDING)
        http_request_complete(&http->owner, call, SUCCEEDED(hr) ? 0 : error);
}

/* Sends what has been read. FALSE: that was the last. */
static BOOL send_piece(struct http_protocol *http, struct inet_call *call)
{
    struct http_upload *upload = http->upload;
    DWORD error;

    if (FAILED(inet_call_send_piece(call, upload->piece, upload->piece_size, &error)))
        return FALSE; /* a server that refuses the data answers before they are all sent */
    upload->sent += upload->piece_size;
    report_upload(http, BINDSTATUS_UPLOADINGDATA);
    if (upload->sent < upload->size)
        return TRUE;
    report_upload(http, BINDSTATUS_ENDUPLOADDATA);
    return FALSE;
}

/* On a thread of the pool. */
static void CALLBACK send_work(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct http_protocol *http = context;
    struct inet_call *call = http_request_call(http);
    BOOL more = TRUE;
    HRESULT hr = S_OK;

    CallbackMayRunLong(instance);
    while (call && more && !inet_protocol_is_over(&http->protocol))
    {
        if (!http->upload->stream && (hr = http_upload_read(http->upload)) != S_OK)
            break;
        more = send_piece(http, call);
        if (more && http->upload->stream)
            break;
    }
    if (inet_protocol_is_over(&http->protocol))
        inet_slot_release(&http->protocol.slot);
    else if (FAILED(hr))
        send_failed(http, hr);
    else if (call && !more)
        send_end(http, call);
    else if (call)
        http_response_await(http, HTTP_STATE_UPLOAD);
    if (call)
        inet_call_release(call);
    IUnknown_Release(http->protocol.com.outer);
}

static void send_submit(struct http_protocol *http)
{
    IUnknown_AddRef(http->protocol.com.outer);
    if (TrySubmitThreadpoolCallback(send_work, http, NULL))
        return;
    send_failed(http, E_OUTOFMEMORY);
    IUnknown_Release(http->protocol.com.outer);
}

void http_send_begin(struct http_protocol *http)
{
    http->uploading = TRUE;
    http_upload_restart(http->upload);
    report_upload(http, BINDSTATUS_BEGINUPLOADDATA);
    if (http->upload->stream)
        http_response_await(http, HTTP_STATE_UPLOAD);
    else
        send_submit(http);
}

void http_send_proceed(struct http_protocol *http)
{
    HRESULT hr = http_upload_read(http->upload);

    if (FAILED(hr))
        send_failed(http, hr);
    else
        send_submit(http);
}
