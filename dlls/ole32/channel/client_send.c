/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call from the client's side: may it be made, what goes with it, waiting, calls which the other
 * side's message filter turned away, and what the caller gets.
 */
#include "client_channel_impl.h"

#include "call_cancel.h"
#include "channel_hook.h"
#include "client_call.h"
#include "com_thread.h"
#include "error_extension.h"
#include "logical_thread.h"
#include "rem_unknown.h"
#include "server_call_impl.h"
#include "trace.h"

#define METHOD_REM_RELEASE 5 /* of IRemUnknown */
#define RETRY_AT_ONCE 100    /* RetryRejectedCall: below this many ms there is no wait */

/* ---- may the call be made ---- */

/* "Call Synchronization": which calls cannot be made from inside which. */
static HRESULT callout_check(const struct com_thread *thread, const struct apartment *owner,
        enum call_category category)
{
    if (owner->kind != APARTMENT_STA || category != CALL_SYNCHRONOUS)
        return S_OK;
    if (thread->input_sync)
        return RPC_E_CANTCALLOUT_ININPUTSYNCCALL;
    if (thread->serving && thread->serving->request->category == CALL_ASYNCHRONOUS)
        return RPC_E_CANTCALLOUT_INASYNCCALL;
    /* Another thread's SendMessage: it waits, and must not be made to wait for itself. */
    if ((InSendMessageEx(NULL) & (ISMEX_SEND | ISMEX_REPLIED)) == ISMEX_SEND)
        return RPC_E_CANTCALLOUT_ININPUTSYNCCALL;
    return S_OK;
}

BOOL client_channel_must_not_wait(const struct apartment *owner)
{
    const struct com_thread *thread = com_thread_peek();

    return thread
            && callout_check(thread, owner, CALL_SYNCHRONOUS) == RPC_E_CANTCALLOUT_ININPUTSYNCCALL;
}

/* "Multithreaded apartments cannot make input synchronized calls. Asynchronous calls are converted
 * to synchronous calls in multithreaded apartments." */
static enum call_category category_of(const struct apartment *owner, ULONG rpc_flags)
{
    if (owner->kind != APARTMENT_STA)
        return CALL_SYNCHRONOUS;
    if (rpc_flags & RPCFLG_INPUT_SYNCHRONOUS)
        return CALL_INPUT_SYNCHRONOUS;
    return rpc_flags & RPCFLG_ASYNCHRONOUS ? CALL_ASYNCHRONOUS : CALL_SYNCHRONOUS;
}

static BOOL request_is_internal(const struct orpc_request *request)
{
    return IsEqualIID(&request->iid, &IID_IRemUnknown)
            || IsEqualIID(&request->iid, &IID_IRemUnknown2);
}

static BOOL request_is_release(const struct orpc_request *request)
{
    return request_is_internal(request) && request->method == METHOD_REM_RELEASE;
}

static DWORD caller_apartment(const struct apartment *owner)
{
    switch (owner->kind)
    {
    case APARTMENT_STA:
        return owner->thread_id;
    case APARTMENT_NTA:
        return (DWORD)-1;
    default:
        return 0;
    }
}

static HRESULT request_fill(struct client_channel *channel, struct com_thread *thread,
        const RPCOLEMESSAGE *message, struct orpc_request *request)
{
    request->ipid = channel->target.ipid;
    request->method = message->iMethod & ~(ULONG)RPC_FLAGS_VALID_BIT; /* NDR's mark */
    request->data_representation = message->dataRepresentation;
    request->rpc_flags = message->rpcFlags;
    request->category = category_of(channel->target.owner, message->rpcFlags);
    request->caller_thread = GetCurrentThreadId();
    request->caller_apartment = caller_apartment(channel->target.owner);
    request->security = channel->security;
    return logical_thread_get(thread, &request->causality);
}

/* ---- waiting ---- */

static BOOL never_ready(struct call_wait *wait)
{
    (void)wait;
    return FALSE;
}

static DWORD never_arm(struct call_wait *wait, BOOL kernel, HANDLE handles[CALL_WAIT_HANDLES],
        volatile LONG **address, LONG *value)
{
    static volatile LONG nobody;

    (void)wait;
    (void)handles;
    if (!kernel)
    {
        *address = &nobody;
        *value = 0;
    }
    return 0;
}

/* A call was turned away. S_OK: it is to be made again; else what the caller gets. Only the message
 * filter can have it made again. */
static HRESULT rejected_wait(struct client_channel *channel, const struct client_call *call,
        DWORD started)
{
    struct call_wait pause = {never_ready, never_arm};
    IMessageFilter *filter = channel->target.owner->filter;
    BOOL later = call->reply.outcome == ORPC_RETRY_LATER;
    DWORD answer;
    HRESULT hr;

    if (channel->target.owner->kind != APARTMENT_STA || !filter)
        return later ? RPC_E_SERVERCALL_RETRYLATER : RPC_E_CALL_REJECTED;
    IMessageFilter_AddRef(filter);
    answer = IMessageFilter_RetryRejectedCall(filter, (HTASK)(ULONG_PTR)call->reply.server_thread,
            GetTickCount() - started, later ? SERVERCALL_RETRYLATER : SERVERCALL_REJECTED);
    IMessageFilter_Release(filter);
    if (answer == (DWORD)-1)
        return RPC_E_CALL_REJECTED;
    if (answer < RETRY_AT_ONCE)
        return S_OK;
    hr = call_wait_run(&pause, answer, CALL_WAIT_FILTERED);
    return hr == RPC_S_CALLPENDING ? S_OK : hr;
}

static ULONG wait_flags(const struct client_call *call)
{
    if (call->request.category == CALL_INPUT_SYNCHRONOUS)
        return CALL_WAIT_NO_CALLS;
    return request_is_internal(&call->request) ? 0 : CALL_WAIT_FILTERED;
}

/* Waits for the answer to what was sent. S_OK: call->reply is filled in. Until *answered is set the
 * reply belongs to the server, also when the caller no longer waits for it. */
static HRESULT call_answer(struct com_thread *thread, struct client_call *call,
        struct cancel_state *cancel, DWORD started, BOOL *answered)
{
    DWORD since = thread->outgoing_since;
    HRESULT hr;

    thread->outgoing++;
    thread->outgoing_since = started;
    hr = call_await(call, cancel, INFINITE, wait_flags(call));
    thread->outgoing--;
    thread->outgoing_since = since;
    if (cancel)
        cancel_state_end(cancel);
    if (FAILED(hr))
        return hr;
    *answered = TRUE;
    return client_call_receive(call);
}

/* Where others find a call, it is another one from now on: they may be waiting for the first. */
static HRESULT call_renew(struct client_call **place, SRWLOCK *lock)
{
    struct client_call *before = *place, *again;

    if (!lock)
        return S_OK;
    if (!(again = client_call_again(before)))
        return E_OUTOFMEMORY;
    AcquireSRWLockExclusive(lock);
    *place = again;
    ReleaseSRWLockExclusive(lock);
    client_call_release(before);
    return S_OK;
}

/* Until the call has run, or failed: sends it, unless that has been done, and again when the other
 * side turned it away. */
static HRESULT call_make(struct client_channel *channel, struct com_thread *thread,
        struct client_call **place, SRWLOCK *lock, struct cancel_state *cancel, BOOL sent,
        BOOL *answered)
{
    DWORD started = GetTickCount();

    for (;; sent = FALSE)
    {
        struct client_call *call = *place;
        HRESULT hr = S_OK;

        *answered = FALSE;
        if (!sent)
            hr = client_call_send(call, channel->target.server, channel->target.connection);
        if (SUCCEEDED(hr) && cancel && !sent)
            cancel_state_begin(cancel, call);
        if (SUCCEEDED(hr))
            hr = call_answer(thread, call, cancel, started, answered);
        if (FAILED(hr))
            return hr;
        switch (call->reply.outcome)
        {
        case ORPC_REPLY:
            return S_OK;
        case ORPC_FAULT:
            return FAILED(call->reply.status) ? call->reply.status : RPC_E_FAULT;
        default:
            if (FAILED(hr = rejected_wait(channel, call, started))
                    || FAILED(hr = call_renew(place, lock)))
                return hr;
        }
    }
}

/* ---- after the call ---- */

/* The thread's error object is now that of the server, or none: "GetErrorInfo". */
static void error_info_take(struct com_thread *thread, const struct orpc_reply *reply)
{
    IErrorInfo *error = reply->extensions.count ? error_extension_get(reply) : NULL;

    if (error || thread->error_info)
        SetErrorInfo(0, error);
    if (error)
        IErrorInfo_Release(error);
}

/* The message gets the answer's data, also when there are none. */
static HRESULT message_answer(RPCOLEMESSAGE *message, struct client_call *call)
{
    if (!call->reply_buffer && !(call->reply_buffer = message_buffer_create(0)))
        return E_OUTOFMEMORY;
    message->Buffer = message_buffer_data(call->reply_buffer);
    message->cbBuffer = call->reply_size;
    message->dataRepresentation = call->reply.data_representation;
    call->reply_buffer = NULL;
    return S_OK;
}

/* An asynchronous call: nobody waits for it, and there is no answer to look at. */
static HRESULT call_post(struct client_channel *channel, struct client_call *call,
        RPCOLEMESSAGE *message)
{
    HRESULT hr = client_call_send(call, channel->target.server, channel->target.connection);
    struct message_buffer *nothing;

    if (FAILED(hr))
        return hr;
    if (!(nothing = message_buffer_create(0)))
        return E_OUTOFMEMORY;
    message->Buffer = message_buffer_data(nothing);
    message->cbBuffer = 0;
    return S_OK;
}

static DWORD server_process(const struct client_channel *channel)
{
    return channel->target.server ? GetCurrentProcessId()
                                  : connection_process(channel->target.connection);
}

/* What is done when a call is over: `hr` is its result, *answered whether there is a reply. */
static HRESULT call_end(struct client_channel *channel, struct com_thread *thread,
        struct client_call *call, BOOL answered, HRESULT hr, RPCOLEMESSAGE *message)
{
    struct orpc_reply none = {.server_process = server_process(channel)};

    if (channel_hooks_any())
        channel_hooks_client_receive(&call->request, answered ? &call->reply : &none, hr);
    /* What the runtime does by itself leaves the last call's error object alone. */
    if (!request_is_internal(&call->request))
        error_info_take(thread, answered ? &call->reply : &none);
    return SUCCEEDED(hr) ? message_answer(message, call) : hr;
}

/* A call that others may cancel. Takes over the caller's reference when it is given up. */
static HRESULT call_make_cancellable(struct client_channel *channel, struct com_thread *thread,
        struct client_call *call, BOOL *answered)
{
    struct call_cancel *cancel = NULL;
    HRESULT hr;

    if (call_cancel_enabled(thread) && !request_is_internal(&call->request)
            && !(cancel = call_cancel_push(thread)))
        return E_OUTOFMEMORY;
    hr = call_make(channel, thread, &call, NULL, cancel ? call_cancel_state(cancel) : NULL, FALSE,
            answered);
    if (cancel)
        call_cancel_pop(cancel);
    return hr;
}

static HRESULT call_run(struct client_channel *channel, struct com_thread *thread,
        struct client_call *call, RPCOLEMESSAGE *message, BOOL *given_up)
{
    HRESULT hr = client_channel_check(channel);
    BOOL answered = FALSE, post;

    if (FAILED(hr) || FAILED(hr = request_fill(channel, thread, message, &call->request)))
        return hr;
    hr = callout_check(thread, channel->target.owner, call->request.category);
    /* References are given back from anywhere, if need be without waiting for the answer. */
    post = call->request.category == CALL_ASYNCHRONOUS
            || (FAILED(hr) && request_is_release(&call->request));
    if (FAILED(hr) && !post)
        return hr;
    if (channel_hooks_any())
        channel_hooks_client_send(&call->request, server_process(channel));
    if (post)
        return call_post(channel, call, message);
    hr = call_make_cancellable(channel, thread, call, &answered);
    *given_up = hr == RPC_E_CALL_CANCELED && !answered;
    return call_end(channel, thread, call, answered, hr, message);
}

/* The message has the request's size now, and the call with it. */
static HRESULT message_fits(const RPCOLEMESSAGE *message, struct client_call *call)
{
    if (message->cbBuffer > call->buffer->capacity)
        return E_INVALIDARG;
    call->size = message->cbBuffer;
    return S_OK;
}

static void call_trace(const struct client_call *call, const char *what, HRESULT hr)
{
    trace("call out%s: method %lu of {%08lx-...} at ipid {%08lx-...}, logical thread %08lx: "
          "%08lx",
            what, call->request.method, call->request.iid.Data1, call->request.ipid.Data1,
            call->request.causality.Data1, (unsigned long)hr);
}

HRESULT client_channel_send_receive(struct client_channel *channel, RPCOLEMESSAGE *message)
{
    struct client_call *call = message_buffer_of(message->Buffer)->call;
    struct com_thread *thread = com_thread_get();
    HRESULT hr = thread ? message_fits(message, call) : E_OUTOFMEMORY;
    BOOL given_up = FALSE;

    if (SUCCEEDED(hr))
    {
        hr = call_run(channel, thread, call, message, &given_up);
        call_trace(call, "", hr);
    }
    if (given_up)
    {
        client_call_cancel(call);
        client_call_abandon(call, channel);
    }
    else
        client_call_release(call);
    if (thread)
        com_thread_restore_waits(thread);
    if (FAILED(hr))
    {
        message->Buffer = NULL;
        message->cbBuffer = 0;
    }
    return hr;
}

/* ---- in two halves ---- */

HRESULT client_channel_post(struct client_channel *channel, RPCOLEMESSAGE *message,
        struct client_call **out)
{
    struct client_call *call = message_buffer_of(message->Buffer)->call;
    struct com_thread *thread = com_thread_get();
    HRESULT hr = thread ? message_fits(message, call) : E_OUTOFMEMORY;

    *out = NULL;
    if (SUCCEEDED(hr))
        hr = client_channel_check(channel);
    if (SUCCEEDED(hr))
        hr = request_fill(channel, thread, message, &call->request);
    if (SUCCEEDED(hr))
    {
        call->request.category = CALL_SYNCHRONOUS; /* as the server sees it */
        if (channel_hooks_any())
            channel_hooks_client_send(&call->request, server_process(channel));
        hr = client_call_post(call, channel->target.server, channel->target.connection);
        call_trace(call, ", posted", hr);
    }
    message->Buffer = NULL;
    message->cbBuffer = 0;
    if (SUCCEEDED(hr))
        *out = call;
    else
        client_call_release(call);
    return hr;
}

HRESULT client_channel_collect(struct client_channel *channel, struct client_call **call,
        SRWLOCK *lock, struct cancel_state *cancel, RPCOLEMESSAGE *message, BOOL *given_up)
{
    struct com_thread *thread = com_thread_get();
    HRESULT hr = thread ? client_channel_check(channel) : E_OUTOFMEMORY;
    BOOL answered = FALSE;

    /* The answer still comes, and somebody has to take it apart. */
    *given_up = FAILED(hr);
    if (FAILED(hr))
        return hr;
    if (!cancel || !cancel_state_due(cancel))
        hr = call_make(channel, thread, call, lock, cancel, TRUE, &answered);
    else
        hr = RPC_E_CALL_CANCELED;
    *given_up = hr == RPC_E_CALL_CANCELED && !answered;
    hr = call_end(channel, thread, *call, answered, hr, message);
    call_trace(*call, ", collected", hr);
    return hr;
}
