/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls which arrive from other processes, and how their answers go back. */
#include "server_call.h"

#include <stdlib.h>

#include "apartment.h"
#include "process_security.h"
#include "server_call_impl.h"
#include "trace.h"
#include "transport.h"

struct remote_call
{
    struct dispatch_item item;
    struct transport_request *transport;
    struct orpc_request request;
    ULONG body; /* offset of the data */
    struct stub_target target;
};

/* Sends the reply with its data, frees both. */
static void reply_send(struct transport_request *transport, struct orpc_reply *reply,
        struct message_buffer *buffer, ULONG size)
{
    ULONG_PTR space[32];
    ULONG head_size;
    void *head = orpc_encode_reply(reply, size, space, sizeof(space), &head_size);

    if (!head)
        transport_abandon(transport);
    else
        transport_reply(transport, head, head_size, buffer ? message_buffer_data(buffer) : NULL,
                size);
    if (head != space)
        free(head);
    orpc_extensions_free(&reply->extensions);
    message_buffer_free(buffer);
}

static void fault_send(struct transport_request *transport, HRESULT status)
{
    struct orpc_reply reply = {.outcome = ORPC_FAULT,
            .status = status,
            .data_representation = ORPC_DATA_REPRESENTATION,
            .server_thread = GetCurrentThreadId()};

    reply_send(transport, &reply, NULL, 0);
}

static void remote_call_free(struct remote_call *call)
{
    stub_target_release(&call->target);
    orpc_extensions_free(&call->request.extensions);
    free(call);
}

/* A call being served, on its thread's stack. */
struct remote_serving
{
    struct server_call server;
    struct remote_call *call;
};

static void remote_thread_ended(struct server_call *server)
{
    struct remote_serving *serving = CONTAINING_RECORD(server, struct remote_serving, server);

    transport_thread_ends(serving->call->transport);
    reply_send(serving->call->transport, &server->reply, NULL, 0);
}

static void remote_serve(struct remote_call *call)
{
    struct transport_request *transport = call->transport;
    struct remote_serving serving = {.server = {.request = &call->request,
                                             .data = transport->data + call->body,
                                             .size = transport->size - call->body,
                                             .thread_ended = remote_thread_ended},
            .call = call};

    server_call_run(&serving.server, &call->target, MSHCTX_LOCAL);
    reply_send(transport, &serving.server.reply, serving.server.reply_buffer,
            serving.server.reply_size);
    remote_call_free(call);
}

static void remote_run(struct dispatch_item *item)
{
    remote_serve(LIST_ENTRY_OF(item, struct remote_call, item));
}

static void remote_abandon(struct dispatch_item *item, HRESULT why)
{
    struct remote_call *call = LIST_ENTRY_OF(item, struct remote_call, item);

    fault_send(call->transport, why);
    remote_call_free(call);
}

/* The MTA's calls run on the transport's thread: nobody has to be woken. */
static HRESULT serve_here(struct remote_call *call)
{
    struct com_thread *thread = com_thread_get();
    struct apartment *before;

    if (!thread)
        return E_OUTOFMEMORY;
    if (call->target.apartment->closed)
        return RPC_E_DISCONNECTED;
    before = thread->executing;
    thread->executing = call->target.apartment;
    apartment_addref(thread->executing);
    remote_serve(call);
    apartment_release(thread->executing);
    thread->executing = before;
    apartment_leave_behind(thread);
    return S_OK;
}

static HRESULT call_deliver(struct remote_call *call)
{
    if (call->target.apartment->kind == APARTMENT_MTA)
        return serve_here(call);
    call->item.run = remote_run;
    call->item.abandon = remote_abandon;
    call->item.priority = call->request.category == CALL_INPUT_SYNCHRONOUS ? 1 : 0;
    return apartment_submit(call->target.apartment, &call->item);
}

static void request_receive(struct transport_request *transport)
{
    struct remote_call *call = calloc(1, sizeof(*call));
    HRESULT hr;

    if (!call)
    {
        transport_abandon(transport);
        return;
    }
    process_security_default();
    call->transport = transport;
    if (SUCCEEDED(hr = orpc_decode_request(transport->data, transport->size, &call->request,
                          &call->body)))
    {
        call->request.caller_process = transport->client_process;
        if (SUCCEEDED(hr = stub_target_find(&call->request.ipid, &call->target)))
        {
            if (SUCCEEDED(hr = call_deliver(call)))
                return;
            stub_target_release(&call->target);
        }
        orpc_extensions_free(&call->request.extensions);
    }
    trace("a call from process %lu is refused: %08lx", (unsigned long)transport->client_process,
            (unsigned long)hr);
    fault_send(transport, hr);
    free(call);
}

static void references_rundown(const GUID *ipid, ULONG count)
{
    stub_rundown(ipid, count);
}

const struct transport_handlers *server_call_transport_handlers(void)
{
    static const struct transport_handlers handlers = {request_receive, references_rundown};

    return &handlers;
}
