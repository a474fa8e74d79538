/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inet_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urlmon.h>
#include <wchar.h>

#include "inet_errors.h"

#define HEADER_MAX (1u << 20) /* bytes; what is longer is as good as missing */

static void call_forget_proxy(struct inet_call *call)
{
    if (call->connect_headers)
        SecureZeroMemory(call->connect_headers, wcslen(call->connect_headers) * sizeof(WCHAR));
    free(call->connect_headers);
    call->connect_headers = NULL;
}

static void call_destroy(void *object)
{
    struct inet_call *call = object;

    inet_buffer_release(call->buffer);
    free(call->scratch);
    call_forget_proxy(call);
    free(call);
}

static const struct com_class call_class = {"inet call", NULL, 0, call_destroy};

void inet_call_release(struct inet_call *call)
{
    com_object_release(&call->object);
}

/* The owner, kept alive by a reference on owner->unknown; NULL when nobody listens. */
static struct inet_call_owner *call_owner(struct inet_call *call)
{
    struct inet_call_owner *owner;

    AcquireSRWLockShared(&call->lock);
    if ((owner = call->owner))
        IUnknown_AddRef(owner->unknown);
    ReleaseSRWLockShared(&call->lock);
    return owner;
}

static void call_complete(struct inet_call *call, const INTERNET_ASYNC_RESULT *result)
{
    struct inet_call_owner *owner = call_owner(call);
    DWORD error = 0;

    if (!owner)
        return;
    if (!result->dwResult)
        error = result->dwError ? result->dwError : ERROR_INTERNET_INTERNAL_ERROR;
    owner->complete(owner, call, error);
    IUnknown_Release(owner->unknown);
}

static void call_note_encoding(struct inet_call *call)
{
    DWORD size = sizeof(call->content_encoding), index = 0;

    if (!HttpQueryInfoW(call->request, HTTP_QUERY_CONTENT_ENCODING, call->content_encoding, &size,
                &index))
        call->content_encoding[0] = 0;
}

void inet_call_status_text(const void *info, DWORD size, WCHAR *text, unsigned int room)
{
    const WCHAR *wide = info;
    const char *narrow = info;
    unsigned int i = 0;

    if (info && size >= sizeof(WCHAR) && narrow[0] && !narrow[1])
    {
        for (; i + 1 < room && i < size / sizeof(WCHAR) && wide[i]; i++)
            text[i] = wide[i];
    }
    else if (info)
    {
        for (; i + 1 < room && i < size && narrow[i]; i++)
            text[i] = (BYTE)narrow[i];
    }
    text[i] = 0;
}

static void call_expect_socket(struct inet_call *call)
{
    struct inet_socket where;

    inet_socket_expect(&where);
    AcquireSRWLockExclusive(&call->lock);
    call->socket = where;
    ReleaseSRWLockExclusive(&call->lock);
}

static void call_note_socket(struct inet_call *call, const void *info, DWORD size)
{
    struct inet_socket where;
    WCHAR address[64];

    inet_call_status_text(info, size, address, ARRAY_SIZE(address));
    AcquireSRWLockShared(&call->lock);
    where = call->socket;
    ReleaseSRWLockShared(&call->lock);
    inet_socket_found(&where, address);
    AcquireSRWLockExclusive(&call->lock);
    call->socket = where;
    ReleaseSRWLockExclusive(&call->lock);
}

void inet_call_tell_proxy(struct inet_call *call, WCHAR *headers)
{
    call_forget_proxy(call);
    call->connect_headers = headers;
}

/* A connection has been made, and nothing has been said yet. What is added to the request now goes
 * with CONNECT, and WinINet leaves it out of what it says through the tunnel. */
static void call_connected(struct inet_call *call)
{
    AcquireSRWLockShared(&call->lock);
    if (call->connect_headers && call->request)
        HttpAddRequestHeadersW(call->request, call->connect_headers, ~0u,
                HTTP_ADDREQ_FLAG_ADD | HTTP_ADDREQ_FLAG_REPLACE);
    ReleaseSRWLockShared(&call->lock);
}

BOOL inet_call_is_secure(struct inet_call *call)
{
    DWORD flags = 0, size = sizeof(flags);

    return !inet_call_query_option(call, INTERNET_OPTION_SECURITY_FLAGS, &flags, &size)
            && (flags & SECURITY_FLAG_SECURE);
}

static void call_tell(struct inet_call *call, DWORD status, const void *info, DWORD size)
{
    struct inet_call_owner *owner = call_owner(call);

    if (!owner)
        return;
    owner->status(owner, status, info, size);
    IUnknown_Release(owner->unknown);
}

/* The request is closed; whether the connection was, tells how the body ended. */
static void call_finished(struct inet_call *call)
{
    INTERNET_ASYNC_RESULT result = {!call->closing,
            call->closing ? ERROR_INTERNET_CONNECTION_ABORTED : ERROR_SUCCESS};

    call->finishing = FALSE;
    call_complete(call, &result);
}

void CALLBACK inet_call_status(HINTERNET handle, DWORD_PTR context, DWORD status, void *info,
        DWORD size)
{
    struct inet_call *call = (struct inet_call *)context;

    if (!call)
        return;
    switch (status)
    {
    case INTERNET_STATUS_REQUEST_COMPLETE:
        if (handle == call->request && size >= sizeof(INTERNET_ASYNC_RESULT))
            call_complete(call, info);
        return;
    case INTERNET_STATUS_HANDLE_CLOSING:
        if (call->finishing)
            call_finished(call);
        inet_call_release(call);
        return;
    case INTERNET_STATUS_CLOSING_CONNECTION:
        call->closing = TRUE;
        return;
    case INTERNET_STATUS_RESPONSE_RECEIVED:
        if (handle == call->request && !call->asked)
        {
            call->closing = FALSE; /* it was another connection's */
            call_note_encoding(call);
        }
        return;
    case INTERNET_STATUS_CONNECTED_TO_SERVER:
        call_note_socket(call, info, size);
        call_connected(call);
        return;
    case INTERNET_STATUS_RECEIVING_RESPONSE:
        if (call->asked)
            return; /* of the body */
        call_tell(call, status, info, size);
        return;
    case INTERNET_STATUS_CONNECTING_TO_SERVER:
        call_expect_socket(call);
        call_tell(call, status, info, size);
        return;
    case INTERNET_STATUS_RESOLVING_NAME:
    case INTERNET_STATUS_SENDING_REQUEST:
    case INTERNET_STATUS_DETECTING_PROXY:
        call_tell(call, status, info, size);
        return;
    default:
        return;
    }
}

static void call_set_timeouts(struct inet_call *call, DWORD timeout)
{
    /* Honoured on requests only, and only before they are sent. */
    InternetSetOptionW(call->request, INTERNET_OPTION_CONNECT_TIMEOUT, &timeout, sizeof(timeout));
    InternetSetOptionW(call->request, INTERNET_OPTION_SEND_TIMEOUT, &timeout, sizeof(timeout));
    InternetSetOptionW(call->request, INTERNET_OPTION_RECEIVE_TIMEOUT, &timeout, sizeof(timeout));
}

HRESULT inet_call_open(HINTERNET session, const struct inet_call_target *target,
        struct inet_buffer *buffer, struct inet_call_owner *owner, struct inet_call **out,
        DWORD *error)
{
    struct inet_call *call;

    *out = NULL;
    *error = 0;
    if (!(call = calloc(1, sizeof(*call))))
        return E_OUTOFMEMORY;
    com_object_init(&call->object, &call_class);
    InitializeSRWLock(&call->lock);
    call->owner = owner;
    inet_buffer_addref(buffer);
    call->buffer = buffer;
    call->connect = InternetConnectW(session, target->host, target->port, target->user,
            target->password, INTERNET_SERVICE_HTTP, 0, 0);
    if (call->connect)
    {
        com_object_addref(&call->object); /* until WinINet says that the handle is closing */
        call->request = HttpOpenRequestW(call->connect, target->verb, target->path, NULL, NULL,
                target->accept, target->flags, (DWORD_PTR)call);
        if (!call->request)
            inet_call_release(call);
    }
    if (!call->request)
    {
        *error = GetLastError();
        inet_call_detach(call);
        inet_call_close(call);
        inet_call_release(call);
        return inet_error_hresult(*error);
    }
    call_set_timeouts(call, target->timeout);
    *out = call;
    return S_OK;
}

static void call_reset(struct inet_call *call)
{
    call->asked = 0;
    call->ready = FALSE;
    call->closing = FALSE;
    call->content_encoding[0] = 0;
}

/* What WinINet's count of 32 bits has no room for is told by a header of our own. */
static BOOL call_announce(struct inet_call *call, UINT64 total)
{
    WCHAR line[64];

    swprintf(line, ARRAY_SIZE(line), L"Content-Length: %I64u\r\n", total);
    return HttpAddRequestHeadersW(call->request, line, ~0u,
            HTTP_ADDREQ_FLAG_ADD | HTTP_ADDREQ_FLAG_REPLACE);
}

HRESULT inet_call_send_head(struct inet_call *call, const WCHAR *headers, UINT64 total,
        DWORD *error)
{
    INTERNET_BUFFERSW buffers = {.dwStructSize = sizeof(buffers)};

    *error = 0;
    call_reset(call);
    if (total <= 0xffffffffu)
        buffers.dwBufferTotal = (DWORD)total;
    else if (!call_announce(call, total))
    {
        *error = GetLastError();
        return E_FAIL;
    }
    buffers.lpcszHeader = headers && headers[0] ? headers : NULL;
    buffers.dwHeadersLength = buffers.lpcszHeader ? (DWORD)wcslen(headers) : 0;
    if (HttpSendRequestExW(call->request, &buffers, NULL, 0, (DWORD_PTR)call))
        return S_OK;
    *error = GetLastError();
    return *error == ERROR_IO_PENDING ? E_PENDING : E_FAIL;
}

HRESULT inet_call_send_piece(struct inet_call *call, const void *data, DWORD size, DWORD *error)
{
    HINTERNET request = call->request;
    DWORD done;

    *error = 0;
    while (size)
    {
        done = 0;
        if (!request || !InternetWriteFile(request, data, size, &done) || !done || done > size)
        {
            *error = GetLastError();
            return E_FAIL;
        }
        data = (const BYTE *)data + done;
        size -= done;
    }
    return S_OK;
}

HRESULT inet_call_send_end(struct inet_call *call, DWORD *error)
{
    *error = 0;
    if (HttpEndRequestW(call->request, NULL, 0, (DWORD_PTR)call))
        return S_OK;
    *error = GetLastError();
    return *error == ERROR_IO_PENDING ? E_PENDING : E_FAIL;
}

BYTE *inet_call_scratch(struct inet_call *call)
{
    if (!call->scratch)
        call->scratch = malloc(INET_CALL_SCRATCH);
    return call->scratch;
}

void inet_call_finish(struct inet_call *call)
{
    call->finishing = TRUE;
    inet_call_close(call);
}

void inet_call_break(struct inet_call *call)
{
    struct inet_socket where;

    AcquireSRWLockShared(&call->lock);
    where = call->socket;
    ReleaseSRWLockShared(&call->lock);
    inet_socket_break(&where);
}

DWORD inet_call_waiting(struct inet_call *call)
{
    struct inet_socket where;

    AcquireSRWLockShared(&call->lock);
    where = call->socket;
    ReleaseSRWLockShared(&call->lock);
    return inet_socket_waiting(&where);
}

HRESULT inet_call_send(struct inet_call *call, const WCHAR *headers, void *body, DWORD size,
        DWORD *error)
{
    DWORD length = headers && headers[0] ? (DWORD)wcslen(headers) : 0;

    *error = 0;
    call_reset(call);
    if (HttpSendRequestW(call->request, length ? headers : NULL, length, body, size))
        return S_OK;
    *error = GetLastError();
    return *error == ERROR_IO_PENDING ? E_PENDING : E_FAIL;
}

/*
 * InternetReadFileEx with IRF_NO_WAIT gives whatever has arrived, up to megabytes at once. When
 * there is nothing it is pending, and its completion says that something has come, to be fetched by
 * another call; a WinINet that has put it into the buffer already has set its length.
 */
HRESULT inet_call_read(struct inet_call *call, void *data, DWORD size, DWORD *got, DWORD *error)
{
    *got = 0;
    *error = 0;
    if (call->ready)
    {
        DWORD length = call->input.dwBufferLength;

        call->ready = FALSE;
        if (call->input.lpvBuffer == data && length && length < call->asked && length <= size)
        {
            *got = length;
            return S_OK;
        }
    }
    call->input.dwStructSize = sizeof(call->input);
    call->input.lpvBuffer = data;
    call->input.dwBufferLength = call->asked = size;
    if (InternetReadFileExW(call->request, &call->input, IRF_NO_WAIT, (DWORD_PTR)call))
    {
        *got = call->input.dwBufferLength;
        return *got ? S_OK : S_FALSE;
    }
    *error = GetLastError();
    if (*error != ERROR_IO_PENDING)
        return E_FAIL;
    call->ready = TRUE; /* when it has completed */
    return E_PENDING;
}

void inet_call_detach(struct inet_call *call)
{
    AcquireSRWLockExclusive(&call->lock);
    call->owner = NULL;
    ReleaseSRWLockExclusive(&call->lock);
}

void inet_call_close(struct inet_call *call)
{
    HINTERNET request, connect;

    /* Its number may be another's as soon as it is closed: nobody asks it then. */
    AcquireSRWLockExclusive(&call->lock);
    request = call->request;
    connect = call->connect;
    call->request = call->connect = NULL;
    ReleaseSRWLockExclusive(&call->lock);
    if (request)
        InternetCloseHandle(request);
    if (connect)
        InternetCloseHandle(connect);
}

DWORD inet_call_query_option(struct inet_call *call, DWORD option, void *data, DWORD *size)
{
    DWORD error = 0;

    AcquireSRWLockShared(&call->lock);
    if (!call->request)
        error = ERROR_INTERNET_INCORRECT_HANDLE_STATE;
    else if (!InternetQueryOptionW(call->request, option, data, size))
        error = GetLastError();
    ReleaseSRWLockShared(&call->lock);
    return error;
}

DWORD inet_call_query_info(struct inet_call *call, DWORD option, void *data, DWORD *size,
        DWORD *index)
{
    DWORD error = 0;

    AcquireSRWLockShared(&call->lock);
    if (!call->request)
        error = ERROR_INTERNET_INCORRECT_HANDLE_STATE;
    else if (!HttpQueryInfoA(call->request, option, data, size, index))
        error = GetLastError();
    ReleaseSRWLockShared(&call->lock);
    return error;
}

WCHAR *inet_call_header(struct inet_call *call, DWORD query, DWORD index)
{
    /* WinINet puts the whole of the headers together for each question: one is enough. */
    DWORD size = query == HTTP_QUERY_RAW_HEADERS_CRLF ? 4096 : 512;

    for (;;)
    {
        WCHAR *text = malloc(size + sizeof(WCHAR));
        DWORD got = size, which = index;

        if (!text)
            return NULL;
        if (HttpQueryInfoW(call->request, query, text, &got, &which))
        {
            text[(got < size ? got : size) / sizeof(WCHAR)] = 0;
            return text;
        }
        free(text);
        if (GetLastError() != ERROR_INSUFFICIENT_BUFFER || got <= size || got > HEADER_MAX)
            return NULL;
        size = got;
    }
}
