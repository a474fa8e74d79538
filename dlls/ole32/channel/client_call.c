/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client_call.h"

#include <stdlib.h>

#include "client_channel_impl.h"
#include "deferred_call.h"
#include "ndr_call.h"
#include "reply_rundown.h"
#include "server_call_impl.h"

/* client_call.watch: who is to be told of the answer. */
enum watch_flags
{
    WATCH_ANSWERED = 1, /* it is there, and those who were here then have been told */
    WATCH_SET = 2,      /* `watcher` */
    WATCH_LATE = 4,     /* the answer is thrown away */
    WATCH_REMOTE = 8,   /* the transport tells us */
};

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

/* The answer that nobody reads: its memory and references. */
static void reply_discard(struct client_call *call)
{
    RPCOLEMESSAGE message = {.dataRepresentation = call->reply.data_representation,
            .Buffer = message_buffer_data(call->reply_buffer),
            .cbBuffer = call->reply_size};

    call->reply_buffer = NULL;
    ndr_client_discard(call->ndr, call->request.method,
            (IRpcChannelBuffer *)&call->channel->IRpcChannelBuffer3_iface, &message);
}

void client_call_addref(struct client_call *call)
{
    InterlockedIncrement(&call->references);
}

static void remote_close(struct client_call *call);

static BOOL call_orphan(struct client_call *call);

void client_call_release(struct client_call *call)
{
    if (InterlockedDecrement(&call->references))
        return;
    remote_close(call);
    if (call->ndr && call->reply_buffer && !apartment_current() && call_orphan(call))
        return;
    completion_free(&call->completion);
    if (call->ndr && call->reply_buffer)
        reply_discard(call);
    message_buffer_free(call->reply_buffer);
    ndr_interface_free(call->ndr);
    if (call->channel)
        IRpcChannelBuffer3_Release(&call->channel->IRpcChannelBuffer3_iface);
    orpc_extensions_free(&call->request.extensions);
    orpc_extensions_free(&call->reply.extensions);
    call->buffer->magic = 0;
    HeapFree(GetProcessHeap(), 0, call);
}

/* ---- who is told ---- */

static void late_answer(struct client_call *call);

/* The answer is there; once a sending. */
static void watchers_tell(void *context)
{
    struct client_call *call = context;
    LONG before = InterlockedOr(&call->watch, WATCH_ANSWERED);

    if (before & WATCH_SET)
        call->watcher(call->watcher_context);
    if (before & WATCH_LATE)
        late_answer(call);
}

static HRESULT remote_watch(struct client_call *call, LONG before)
{
    HRESULT hr;

    if (!call->remote || (before & WATCH_REMOTE))
        return S_OK;
    InterlockedOr(&call->watch, WATCH_REMOTE);
    hr = transport_call_watch(call->remote, watchers_tell, call);
    if (FAILED(hr)) /* nobody was told, and nobody will be */
        InterlockedAnd(&call->watch, ~(WATCH_REMOTE | WATCH_SET | WATCH_LATE));
    return hr;
}

/* Who wanted to be told is told now at the latest: the transport does not do it any more. */
static void remote_close(struct client_call *call)
{
    if (!call->remote)
        return;
    transport_call_close(call->remote);
    call->remote = NULL;
    if ((InterlockedOr(&call->watch, WATCH_ANSWERED) & (WATCH_ANSWERED | WATCH_SET)) == WATCH_SET)
        call->watcher(call->watcher_context);
}

HRESULT client_call_watch(struct client_call *call, void (*watcher)(void *), void *context)
{
    LONG before;

    call->watcher = watcher;
    call->watcher_context = context;
    before = InterlockedOr(&call->watch, WATCH_SET);
    if (!(before & WATCH_ANSWERED))
        return remote_watch(call, before);
    watcher(context);
    return S_OK;
}

/* ---- inside the process ---- */

/* The reply is complete. */
static void call_answered(struct client_call *call)
{
    completion_signal(&call->completion);
    watchers_tell(call);
    client_call_release(call);
}

/* A call being served, on its thread's stack, or in memory of its own once it has been moved. */
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

static BOOL local_cancelled(const struct server_call *server)
{
    return CONTAINING_RECORD(server, struct local_serving, server)->call->cancelled;
}

static void local_moved_answer(struct server_call *server)
{
    struct local_serving *serving = CONTAINING_RECORD(server, struct local_serving, server);

    local_answer(serving);
    free(serving);
}

static struct server_call *local_detach(struct server_call *server)
{
    struct local_serving *moved = malloc(sizeof(*moved));

    if (!moved)
        return NULL;
    *moved = *CONTAINING_RECORD(server, struct local_serving, server);
    moved->server.thread_ended = local_moved_answer;
    return &moved->server;
}

static void call_run(struct dispatch_item *item)
{
    struct client_call *call = LIST_ENTRY_OF(item, struct client_call, item);
    struct local_serving serving = {.server = {.request = &call->request,
                                            .data = message_buffer_data(call->buffer),
                                            .size = call->size,
                                            .cancelled = local_cancelled,
                                            .detach = local_detach,
                                            .answer = local_moved_answer,
                                            .thread_ended = local_thread_ended},
            .call = call};

    if (server_call_run(&serving.server, NULL, MSHCTX_INPROC))
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

static HRESULT send_remote(struct client_call *call, struct connection *connection, BOOL post)
{
    ULONG_PTR buffer[64];
    ULONG size;
    HRESULT hr;
    void *head;

    head = orpc_encode_request(&call->request, call->size, buffer, sizeof(buffer), &size);
    if (!head)
        return E_OUTOFMEMORY;
    hr = (post ? transport_post : transport_send)(connection, head, size,
            message_buffer_data(call->buffer), call->size, &call->remote);
    if (head != buffer)
        free(head);
    if (FAILED(hr))
        call->remote = NULL;
    /* Nothing was sent: the server was gone before. To ask for its process each time would take
     * longer than the call; one that ended unnoticed is noticed by the wait for the answer. */
    if (hr == RPC_E_SERVER_DIED_DNE)
        hr = RPC_E_DISCONNECTED;
    call->reply.server_process = connection_process(connection);
    return hr;
}

static HRESULT receive_remote(struct client_call *call)
{
    DWORD process = call->reply.server_process;
    ULONG size, body;
    BYTE *data;
    HRESULT hr = E_OUTOFMEMORY;
    int tries;

    /* What the answer refers to is lost with it: memory may have been short for a moment only. */
    for (tries = 0; hr == E_OUTOFMEMORY && tries < 3; tries++)
        hr = transport_receive(call->remote, &data, &size);
    InterlockedExchange(&call->received, TRUE);
    /* Others may be waiting with it. */
    if (call->references == 1)
        remote_close(call);
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
    remote_close(call);
    completion_free(&call->completion);
    completion_init(&call->completion);
    call->watch = 0;
    call->received = FALSE;
    call->reply_buffer = NULL;
    call->reply_size = 0;
    memset(&call->reply, 0, sizeof(call->reply));
}

HRESULT client_call_send(struct client_call *call, struct apartment *server,
        struct connection *connection)
{
    reply_forget(call);
    return server ? send_local(call, server) : send_remote(call, connection, FALSE);
}

HRESULT client_call_post(struct client_call *call, struct apartment *server,
        struct connection *connection)
{
    reply_forget(call);
    return server ? send_local(call, server) : send_remote(call, connection, TRUE);
}

struct client_call *client_call_again(struct client_call *call)
{
    struct client_call *again = client_call_create(call->size);

    if (!again)
        return NULL;
    memcpy(message_buffer_data(again->buffer), message_buffer_data(call->buffer), call->size);
    again->request = call->request;
    memset(&call->request.extensions, 0, sizeof(call->request.extensions));
    return again;
}

void client_call_cancel(struct client_call *call)
{
    InterlockedExchange(&call->cancelled, TRUE);
    if (call->remote)
        transport_cancel(call->remote);
}

struct call_wait *client_call_wait(struct client_call *call)
{
    return call->remote ? transport_call_wait(call->remote) : &call->completion.wait;
}

HRESULT client_call_receive(struct client_call *call)
{
    return call->remote ? receive_remote(call) : S_OK;
}

/* ---- answers that come too late ---- */

/* On a thread of the pool. */
static void orphan_run(void *argument)
{
    struct client_call *call = argument;

    if (!call->reply_buffer && call->remote)
        receive_remote(call);
    if (call->reply_buffer && SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)))
    {
        reply_release(message_buffer_data(call->reply_buffer), call->reply_size);
        CoUninitialize();
    }
    message_buffer_free(call->reply_buffer);
    call->reply_buffer = NULL;
    client_call_release(call);
}

/* The answer's apartment is gone: its references are given back from elsewhere. Takes the call's
 * reference, the last one perhaps. FALSE: out of memory. */
static BOOL call_orphan(struct client_call *call)
{
    LONG before = call->references;

    if (!before)
        call->references = 1;
    if (deferred_call(orphan_run, call))
        return TRUE;
    call->references = before;
    return FALSE;
}

/* In the client's apartment. */
static void late_answer_run(struct dispatch_item *item)
{
    struct client_call *call = LIST_ENTRY_OF(item, struct client_call, item);

    receive_remote(call);
    client_call_release(call);
}

static void late_answer_abandon(struct dispatch_item *item, HRESULT why)
{
    struct client_call *call = LIST_ENTRY_OF(item, struct client_call, item);

    (void)why;
    if (!call_orphan(call))
        client_call_release(call);
}

static void late_answer(struct client_call *call)
{
    call->item.run = late_answer_run;
    call->item.abandon = late_answer_abandon;
    call->item.priority = 0;
    if (FAILED(apartment_submit(call->channel->target.owner, &call->item)) && !call_orphan(call))
        client_call_release(call);
}

void client_call_abandon(struct client_call *call, struct client_channel *channel)
{
    LONG before;

    InterlockedExchange(&call->received, TRUE); /* others do not wait for it any more */
    call->channel = channel;
    IRpcChannelBuffer3_AddRef(&channel->IRpcChannelBuffer3_iface);
    if (channel->proxy)
        ndr_interface_of_proxy(channel->proxy, &call->request.iid, &call->ndr);
    if (!call->remote)
    {
        client_call_release(call);
        return;
    }
    before = InterlockedOr(&call->watch, WATCH_LATE);
    if (before & WATCH_ANSWERED)
        late_answer(call);
    else if (FAILED(remote_watch(call, before)))
        client_call_release(call);
}
