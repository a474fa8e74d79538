/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Serving a call: the message filter's question, the hooks, the stub, and what its thread looks
 * like meanwhile: identity of the logical thread, call context, error object.
 */
#include "server_call_impl.h"

#include "apartment.h"
#include "async_stub.h"
#include "call_guard.h"
#include "channel_hook.h"
#include "core_proxies.h"
#include "error_extension.h"
#include "rem_unknown.h"
#include "stub_table_check.h"
#include "trace.h"

/* ---- what others may ask ---- */

DWORD server_call_caller_process(const struct server_call *call)
{
    return call->request->caller_process;
}

DWORD server_call_caller_thread(const struct server_call *call)
{
    return call->request->caller_thread;
}

DWORD server_call_caller_apartment(const struct server_call *call)
{
    return call->request->caller_apartment;
}

struct server_call *server_call_outer(const struct server_call *call)
{
    return call->outer;
}

/* ExitThread in the middle of a method: the client need not wait any longer. */
static void call_thread_ended(struct thread_duty *duty)
{
    struct server_call *call = CONTAINING_RECORD(duty, struct server_call, duty);

    call->reply.outcome = ORPC_FAULT;
    call->reply.status = RPC_E_SERVER_DIED;
    message_buffer_free(call->reply_buffer); /* begun, perhaps */
    call->reply_buffer = NULL;
    if (call->async && async_stub_thread_ended(call->async))
        return; /* answered elsewhere, where the call object can be let go */
    stub_target_abandon(call->target);
    call_context_end(call); /* others may have it, and the call's memory goes */
    call->thread_ended(call);
}

/* ---- the message filter ---- */

/* IMessageFilter::HandleInComingCall's call types. */
static DWORD call_type(const struct com_thread *thread, const struct orpc_request *request)
{
    if (request->category == CALL_ASYNCHRONOUS)
        return thread->outgoing ? CALLTYPE_ASYNC_CALLPENDING : CALLTYPE_ASYNC;
    if (!thread->outgoing)
        return CALLTYPE_TOPLEVEL;
    return IsEqualGUID(&thread->causality, &request->causality) ? CALLTYPE_NESTED
                                                                : CALLTYPE_TOPLEVEL_CALLPENDING;
}

/* Whether the message filter lets the call in. It is not asked about the runtime's own calls, and
 * cannot keep out input-synchronous and asynchronous ones. */
static BOOL filter_accepts(struct server_call *call, const struct com_thread *thread)
{
    const struct stub_target *target = call->target;
    IMessageFilter *filter = target->apartment->filter;
    INTERFACEINFO info = {.pUnk = target->object,
            .iid = target->iid,
            .wMethod = (WORD)call->request->method};
    DWORD ticks = thread->outgoing ? GetTickCount() - thread->outgoing_since : 0, answer;

    if (target->apartment->kind != APARTMENT_STA || !filter
            || IsEqualIID(&target->iid, &IID_IRemUnknown)
            || IsEqualIID(&target->iid, &IID_IRemUnknown2))
        return TRUE;
    IMessageFilter_AddRef(filter);
    answer = IMessageFilter_HandleInComingCall(filter, call_type(thread, call->request),
            (HTASK)(ULONG_PTR)call->request->caller_thread, ticks, &info);
    IMessageFilter_Release(filter);
    if (call->request->category != CALL_SYNCHRONOUS || answer == SERVERCALL_ISHANDLED)
        return TRUE;
    call->reply.outcome = answer == SERVERCALL_RETRYLATER ? ORPC_RETRY_LATER : ORPC_REJECTED;
    return FALSE;
}

/* ---- the stub ---- */

static void __cdecl invoke(void *argument)
{
    struct server_call *call = argument;

    call->result = IRpcStubBuffer_Invoke(call->target->stub, &call->message,
            (IRpcChannelBuffer *)call->channel);
}

/* What the client gets for an exception: NDR raises RPC status codes and HRESULTs, the rest are
 * faults of the server ("RPC_E_SERVERFAULT: The server threw an exception"). */
HRESULT server_call_exception_status(DWORD code)
{
    if (code < 0x10000)
        return HRESULT_FROM_WIN32(code);
    /* The rest of 0x8...: warnings of the kernel. */
    return (code & 0xe0000000) == 0x80000000 && (code & 0xfffff000) != 0x80000000
            ? (HRESULT)code
            : RPC_E_SERVERFAULT;
}

/* The method's data, which the stub left in the message. */
static HRESULT reply_take(struct server_call *call)
{
    if (call->message.Buffer == call->data || !call->reply_buffer)
    {
        message_buffer_free(call->reply_buffer);
        call->reply_buffer = NULL;
        call->reply_size = 0;
        return S_OK;
    }
    if (call->message.Buffer != message_buffer_data(call->reply_buffer)
            || call->message.cbBuffer > call->reply_buffer->capacity)
        return RPC_E_SERVER_CANTMARSHAL_DATA;
    call->reply_size = call->message.cbBuffer;
    call->reply.data_representation = call->message.dataRepresentation;
    return S_OK;
}

/* What may have come from another process is looked at before NDR unpacks it. */
BOOL server_call_valid(const struct server_call *call)
{
    const IID *iid = &call->target->iid;

    if (IsEqualIID(iid, &IID_IRemUnknown2))
        return rem_unknown_request_valid(call->request->method, call->data, call->size);
    return core_proxies_request_valid(iid, call->request->method, call->data, call->size);
}

void server_call_invoked(struct server_call *call, HRESULT hr)
{
    if (SUCCEEDED(hr))
        hr = reply_take(call);
    else
        hr = server_call_exception_status((DWORD)hr); /* some take it, and return its code */
    call->reply.outcome = FAILED(hr) ? ORPC_FAULT : ORPC_REPLY;
    call->reply.status = FAILED(hr) ? hr : S_OK;
    if (FAILED(hr))
    {
        message_buffer_free(call->reply_buffer);
        call->reply_buffer = NULL;
    }
}

void server_call_invoke(struct server_call *call)
{
    DWORD exception;

    if (!server_call_valid(call))
        call->result = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    else if ((exception = call_guarded(invoke, call)))
    {
        call->result = server_call_exception_status(exception);
        trace("exception %08lx in method %lu: the client gets %08lx", (unsigned long)exception,
                (unsigned long)call->request->method, (unsigned long)call->result);
    }
    server_call_invoked(call, call->result);
}

/* ---- the thread meanwhile ---- */

void server_call_enter(struct server_call *call, struct com_thread *thread,
        struct thread_state *state)
{
    state->thread = thread;
    state->causality = thread->causality;
    state->causality_depth = thread->causality_depth;
    state->call_context = thread->call_context;
    state->error_info = thread->error_info;
    call->outer = thread->serving;
    call->duty.ended = call_thread_ended;
    thread_duty_begin(thread, &call->duty);
    thread->serving = call;
    thread->call_context = NULL;
    thread->error_info = NULL;
    thread->causality_depth = IsEqualGUID(&thread->causality, &call->request->causality)
            ? thread->causality_depth + 1
            : 1;
    thread->causality = call->request->causality;
    if (call->request->category == CALL_INPUT_SYNCHRONOUS)
        thread->input_sync++;
}

void server_call_leave(struct server_call *call, const struct thread_state *state, BOOL last)
{
    struct com_thread *thread = state->thread;
    IErrorInfo *error = thread->error_info;

    thread->error_info = state->error_info;
    if (error)
    {
        if (last)
            error_extension_add(&call->reply, error, call->dest_context);
        IErrorInfo_Release(error);
    }
    if (last)
        call_context_end(call);
    else
        call_context_pause(call);
    if (call->request->category == CALL_INPUT_SYNCHRONOUS)
        thread->input_sync--;
    thread_duty_end(thread, &call->duty);
    thread->serving = call->outer;
    thread->call_context = state->call_context;
    thread->causality = state->causality;
    thread->causality_depth = state->causality_depth;
}

/* ---- serving ---- */

/* Moves the call into memory of its own. NULL when out of memory. */
static struct server_call *call_move(struct server_call *call)
{
    struct server_call *moved = call->detach(call);

    if (moved && call->target == &call->found)
    {
        moved->target = &moved->found;
        memset(&call->found, 0, sizeof(call->found));
    }
    return moved;
}

static void call_trace(const struct server_call *call, const char *what)
{
    trace("call in%s: method %lu of {%08lx-...} at ipid {%08lx-...}, logical thread %08lx, from "
          "%04lx:%04lx: %08lx",
            what, call->request->method, call->target->iid.Data1, call->request->ipid.Data1,
            call->request->causality.Data1, call->request->caller_process,
            call->request->caller_thread, (unsigned long)call->reply.status);
}

void server_call_finish(struct server_call *call)
{
    call_trace(call, ", answered");
    if (call->target == &call->found)
        stub_target_release(&call->found);
    call->target = NULL;
    call->answer(call);
}

static void call_begin(struct server_call *call)
{
    call->message.dataRepresentation = call->request->data_representation;
    call->message.Buffer = call->data;
    call->message.cbBuffer = call->size;
    call->message.iMethod = call->request->method;
    call->message.rpcFlags = call->request->rpc_flags;
    call->reply.data_representation = ORPC_DATA_REPRESENTATION;
    call->channel = server_channel_get(call->dest_context);
}

/* By the object's own method. The answer is complete. */
static void serve_at_once(struct server_call *call, struct com_thread *thread)
{
    const struct stub_target *target = call->target;
    struct thread_state state;

    server_call_enter(call, thread, &state);
    if (channel_hooks_any())
        channel_hooks_server_receive(call->request, &target->iid, target->object);
    server_call_invoke(call);
    if (channel_hooks_any())
        channel_hooks_server_send(call->request, &target->iid, target->object, &call->reply);
    server_call_leave(call, &state, TRUE);
}

static BOOL target_serve(struct server_call *call, struct com_thread *thread)
{
    const struct stub_target *target = call->target;

    if (call->request->method < 3 || !stub_has_method(target->stub, call->request->method))
    {
        call->reply.status = RPC_E_INVALIDMETHOD;
        return TRUE;
    }
    if (!filter_accepts(call, thread))
        return TRUE;
    call_begin(call);
    if (!async_interface_possible(target))
    {
        serve_at_once(call, thread);
        call_trace(call, "");
        return TRUE;
    }
    if (!(call = call_move(call)))
        return TRUE; /* E_OUTOFMEMORY */
    async_stub_serve(call, thread);
    return FALSE;
}

BOOL server_call_run(struct server_call *call, struct stub_target *target, DWORD dest_context)
{
    struct com_thread *thread = com_thread_get();
    HRESULT hr;

    call->reply.outcome = ORPC_FAULT;
    call->reply.status = E_OUTOFMEMORY;
    call->reply.server_process = GetCurrentProcessId();
    call->reply.server_thread = GetCurrentThreadId();
    if (!thread)
        return TRUE;
    if (!target)
    {
        if (FAILED(hr = stub_target_find(&call->request->ipid, &call->found)))
        {
            call->reply.status = hr;
            return TRUE;
        }
        target = &call->found;
    }
    call->target = target;
    call->dest_context = dest_context;
    if (!apartment_is_current(target->apartment))
        call->reply.status = RPC_E_DISCONNECTED;
    else if (!target_serve(call, thread))
        return FALSE;
    call->target = NULL;
    if (target == &call->found)
        stub_target_release(&call->found);
    return TRUE;
}
