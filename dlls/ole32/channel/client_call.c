/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client_call.h"

#include <stdlib.h>

#include "server_call_impl.h"

struct client_call *client_call_create(ULONG size)
{
    struct client_call *call;

    if (size > MESSAGE_BUFFER_MAX
            || !(call = HeapAlloc(GetProcessHeap(), 0, message_buffer_room(sizeof(*call), size))))
        return NULL;
    memset(call, 0, sizeof(*call));
    call->references = 1;
    completion_init(&call->completion);
    call->size = size;
    call->buffer = message_buffer_at(call + 1);
    call->buffer->magic = MESSAGE_BUFFER_REQUEST;
    call->buffer->capacity = size;
    call->buffer->base = NULL;
    call->buffer->call = call;
    return call;
}

void client_call_release(struct client_call *call)
{
    if (InterlockedDecrement(&call->references))
        return;
    if (call->remote)
        transport_call_close(call->remote);
    completion_free(&call->completion);
    message_buffer_free(call->reply_buffer);
    orpc_extensions_free(&call->request.extensions);
    orpc_extensions_free(&call->reply.extensions);
    call->buffer->magic = 0;
    HeapFree(GetProcessHeap(), 0, call);
}

/* ---- inside the process ---- */

/* The reply is complete. */
static void call_answered(struct client_call *call)
{
    completion_signal(&call->completion);
    client_call_release(call);
}

/* A call being served, on its thread's stack. */
struct local_serving
{
    struct server_call server;
    struct client_call *call;
};

static void local_answer(struct local_serving *serving)
{
    struct client_call *call = serving->call;

    call->reply = serving->server.reply;
    call->reply_buffer = serving->server.reply_buffer;
    call->reply_size = serving->server.reply_size;
    call_answered(call);
}

static void local_thread_ended(struct server_call *server)
{
    local_answer(CONTAINING_RECORD(server, struct local_serving, server));
}

static void call_run(struct dispatch_item *item)
{
    struct client_call *call = LIST_ENTRY_OF(item, struct client_call, item);
    struct local_serving serving = {.server = {.request = &call->request,
                                            .data = message_buffer_data(call->buffer),
                                            .size = call->size,
                                            .thread_ended = local_thread_ended},
            .call = call};

    server_call_run(&serving.server, NULL, MSHCTX_INPROC);
    local_answer(&serving);
}

static void call_abandon(struct dispatch_item *item, HRESULT why)
{
    struct client_call *call = LIST_ENTRY_OF(item, struct client_call, item);

    call->reply.outcome = ORPC_FAULT;
    call->reply.status = why;
    call_answered(call);
}

static HRESULT send_local(struct client_call *call, struct apartment *server)
{
    HRESULT hr;

    call->item.run = call_run;
    call->item.abandon = call_abandon;
    /* It must not wait for what is queued before it: its caller does not serve calls meanwhile. */
    call->item.priority = call->request.category == CALL_INPUT_SYNCHRONOUS ? 1 : 0;
    call->completion.wait.callee = server->thread_id;
    call->request.caller_process = GetCurrentProcessId();
    InterlockedIncrement(&call->references);
    if (apartment_is_current(server))
    {
        if (!server->closed)
        {
            call_run(&call->item);
            return S_OK;
        }
        hr = RPC_E_DISCONNECTED;
    }
    else
        hr = apartment_submit(server, &call->item);
    if (FAILED(hr))
        client_call_release(call);
    return hr;
}

/* ---- between processes ---- */

static HRESULT send_remote(struct client_call *call, struct connection *connection)
{
    ULONG_PTR buffer[64];
    ULONG size;
    void *head = orpc_encode_request(&call->request, call->size, buffer, sizeof(buffer), &size);
    HRESULT hr;

    if (!head)
        return E_OUTOFMEMORY;
    hr = transport_send(connection, head, size, message_buffer_data(call->buffer), call->size,
            &call->remote);
    if (head != buffer)
        free(head);
    if (FAILED(hr))
        call->remote = NULL;
    call->reply.server_process = connection_process(connection);
    return hr;
}

static HRESULT receive_remote(struct client_call *call)
{
    DWORD process = call->reply.server_process;
    ULONG size, body;
    BYTE *data;
    HRESULT hr = transport_receive(call->remote, &data, &size);

    transport_call_close(call->remote);
    call->remote = NULL;
    if (FAILED(hr))
        return hr;
    if (FAILED(hr = orpc_decode_reply(data, size, &call->reply, &body)))
    {
        CoTaskMemFree(data);
        return hr;
    }
    call->reply.server_process = process;
    if (FAILED(hr = orpc_extensions_keep(&call->reply.extensions)))
    {
        orpc_extensions_free(&call->reply.extensions);
        CoTaskMemFree(data);
        return hr;
    }
    /* The header is used up: our word takes its place. */
    call->reply_buffer = message_buffer_adopt(data, data + body, size - body);
    call->reply_size = size - body;
    return S_OK;
}

/* ---- both ---- */

static void reply_forget(struct client_call *call)
{
    message_buffer_free(call->reply_buffer);
    orpc_extensions_free(&call->reply.extensions);
    call->reply_buffer = NULL;
    call->reply_size = 0;
    memset(&call->reply, 0, sizeof(call->reply));
}

HRESULT client_call_send(struct client_call *call, struct apartment *server,
        struct connection *connection)
{
    reply_forget(call);
    return server ? send_local(call, server) : send_remote(call, connection);
}

struct call_wait *client_call_wait(struct client_call *call)
{
    return call->remote ? transport_call_wait(call->remote) : &call->completion.wait;
}

HRESULT client_call_receive(struct client_call *call)
{
    if (call->remote)
        return receive_remote(call);
    if (call->reply.outcome == ORPC_REJECTED || call->reply.outcome == ORPC_RETRY_LATER)
    {
        completion_free(&call->completion);
        completion_init(&call->completion);
    }
    return S_OK;
}
