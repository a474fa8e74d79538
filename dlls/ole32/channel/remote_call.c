/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls which arrive from other processes, and how their answers go back. */
#include "server_call.h"

#include <stdlib.h>

#include "apartment_stay.h"
#include "process_security.h"
#include "reply_rundown.h"
#include "rem_unknown.h"
#include "server_call_impl.h"
#include "trace.h"
#include "transport.h"

#define REM_RELEASE_METHOD 5 /* IRemUnknown::RemRelease */

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

/* A call being served, on its thread's stack, or in memory of its own once it has been moved. */
struct remote_serving
{
    struct server_call server;
    struct remote_call *call;
    BOOL left; /* remote_thread_leaves */
};

static void remote_thread_ended(struct server_call *server)
{
    struct remote_serving *serving = CONTAINING_RECORD(server, struct remote_serving, server);

    if (!serving->left)
        transport_thread_ends(serving->call->transport);
    reply_send(serving->call->transport, &server->reply, NULL, 0);
    message_buffer_free(server->reply_buffer);
    orpc_extensions_free(&serving->call->request.extensions);
    free(serving->call);
}

static BOOL remote_cancelled(const struct server_call *server)
{
    const struct remote_serving *serving = CONTAINING_RECORD(server, struct remote_serving, server);

    return transport_request_cancelled(serving->call->transport);
}

static void remote_answer(struct remote_serving *serving)
{
    reply_send(serving->call->transport, &serving->server.reply, serving->server.reply_buffer,
            serving->server.reply_size);
    remote_call_free(serving->call);
}

static void remote_moved_answer(struct server_call *server)
{
    struct remote_serving *serving = CONTAINING_RECORD(server, struct remote_serving, server);

    remote_answer(serving);
    free(serving);
}

static void remote_moved_thread_ended(struct server_call *server)
{
    remote_thread_ended(server);
    free(CONTAINING_RECORD(server, struct remote_serving, server));
}

static void remote_thread_leaves(struct server_call *server)
{
    struct remote_serving *serving = CONTAINING_RECORD(server, struct remote_serving, server);

    serving->left = TRUE;
    transport_thread_ends(serving->call->transport);
}

static struct server_call *remote_detach(struct server_call *server)
{
    struct remote_serving *moved = malloc(sizeof(*moved));

    if (!moved)
        return NULL;
    *moved = *CONTAINING_RECORD(server, struct remote_serving, server);
    moved->server.thread_ended = remote_moved_thread_ended;
    moved->server.thread_leaves = remote_thread_leaves;
    return &moved->server;
}

static void remote_serve(struct remote_call *call)
{
    struct remote_serving serving = {.server = {.request = &call->request,
                                             .data = call->transport->data + call->body,
                                             .size = call->transport->size - call->body,
                                             .cancelled = remote_cancelled,
                                             .detach = remote_detach,
                                             .answer = remote_moved_answer,
                                             .thread_ended = remote_thread_ended},
            .call = call};

    if (server_call_run(&serving.server, &call->target, MSHCTX_LOCAL))
        remote_answer(&serving);
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
    struct apartment_stay stay;

    if (!thread)
        return E_OUTOFMEMORY;
    if (call->target.apartment->closed)
        return RPC_E_DISCONNECTED;
    apartment_stay_begin(&stay, thread, call->target.apartment);
    remote_serve(call);
    apartment_stay_end(&stay);
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

/* Whether the client may make this call. References that it has it may give back. */
static HRESULT call_permit(const struct remote_call *call)
{
    const IID *iid = &call->target.iid;

    if (call->request.method == REM_RELEASE_METHOD
            && (IsEqualIID(iid, &IID_IRemUnknown2) || IsEqualIID(iid, &IID_IRemUnknown)))
        return S_OK;
    return process_security_check_client(call->request.caller_process);
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
            if (SUCCEEDED(hr = call_permit(call)) && SUCCEEDED(hr = call_deliver(call)))
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

static void answer_unread(const void *answer, DWORD size)
{
    struct orpc_reply reply;
    ULONG body;

    if (FAILED(orpc_decode_reply(answer, size, &reply, &body)))
        return;
    reply_rundown((const BYTE *)answer + body, size - body);
    orpc_extensions_free(&reply.extensions);
}

const struct transport_handlers *server_call_transport_handlers(void)
{
    static const struct transport_handlers handlers = {request_receive, references_rundown,
            answer_unread};

    return &handlers;
}
