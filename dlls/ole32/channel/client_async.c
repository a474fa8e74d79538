/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls in two halves, for proxies that make them by hand: IRpcChannelBuffer3's Send and Receive,
 * and IAsyncRpcChannelBuffer. Between them the call is in the message, in the member that RPC
 * reserves for its runtime.
 */
#include "client_async.h"

#include <stdlib.h>

#include "call_cancel.h"
#include "client_call.h"
#include "client_channel_impl.h"

/* RPC_MESSAGE.ReservedForRuntime. */
static void **message_place(RPCOLEMESSAGE *message)
{
    return &message->reserved2[2];
}

/* The call that was sent with this message; NULL. */
static struct client_call *sent_call(RPCOLEMESSAGE *message)
{
    struct client_call *call = *message_place(message);

    return call && call->buffer->magic == MESSAGE_BUFFER_REQUEST ? call : NULL;
}

static HRESULT status_set(ULONG *status, HRESULT hr)
{
    if (status)
        *status = (ULONG)hr;
    return hr;
}

/* ---- being told ---- */

struct signal_watch
{
    struct dispatch_item item;
    struct apartment *owner;   /* with a reference */
    ISynchronize *synchronize; /* with a reference, of the owner */
};

static void signal_free(struct signal_watch *watch)
{
    apartment_release(watch->owner);
    free(watch);
}

static void signal_run(struct dispatch_item *item)
{
    struct signal_watch *watch = LIST_ENTRY_OF(item, struct signal_watch, item);

    ISynchronize_Signal(watch->synchronize);
    ISynchronize_Release(watch->synchronize);
    signal_free(watch);
}

/* Its apartment is gone: the object cannot be released there any more. */
static void signal_abandon(struct dispatch_item *item, HRESULT why)
{
    (void)why;
    signal_free(LIST_ENTRY_OF(item, struct signal_watch, item));
}

static void signal_told(void *context)
{
    struct signal_watch *watch = context;

    if (FAILED(apartment_submit(watch->owner, &watch->item)))
        signal_free(watch);
}

/* Has the answer signal an object in the client's apartment. */
static HRESULT call_signal(struct client_channel *channel, struct client_call *call,
        ISynchronize *synchronize)
{
    struct signal_watch *watch = calloc(1, sizeof(*watch));
    HRESULT hr;

    if (!watch)
        return E_OUTOFMEMORY;
    watch->item.run = signal_run;
    watch->item.abandon = signal_abandon;
    watch->owner = channel->target.owner;
    apartment_addref(watch->owner);
    watch->synchronize = synchronize;
    ISynchronize_AddRef(synchronize);
    if (FAILED(hr = client_call_watch(call, signal_told, watch)))
    {
        ISynchronize_Release(synchronize);
        signal_free(watch);
    }
    return hr;
}

/* ---- both interfaces ---- */

HRESULT client_channel_send(struct client_channel *channel, RPCOLEMESSAGE *message,
        ISynchronize *synchronize, ULONG *status)
{
    struct client_call *call;
    HRESULT hr;

    if (!message || !client_channel_message_call(message))
        return status_set(status, E_INVALIDARG);
    hr = client_channel_post(channel, message, &call);
    if (SUCCEEDED(hr) && synchronize && FAILED(hr = call_signal(channel, call, synchronize)))
    {
        client_call_abandon(call, channel);
        call = NULL;
    }
    *message_place(message) = call;
    return status_set(status, hr);
}

HRESULT client_channel_receive(struct client_channel *channel, RPCOLEMESSAGE *message,
        ULONG *status)
{
    struct client_call *call = message ? sent_call(message) : NULL;
    BOOL given_up;
    HRESULT hr;

    if (!call)
        return status_set(status, message ? RPC_E_CALL_COMPLETE : E_INVALIDARG);
    hr = client_channel_check(channel);
    if (hr == RPC_E_WRONG_THREAD || hr == CO_E_NOTINITIALIZED)
        return status_set(status, hr); /* the call is still there for the right thread */
    hr = client_channel_collect(channel, &call, NULL, NULL, message, &given_up);
    *message_place(message) = NULL;
    if (given_up)
        client_call_abandon(call, channel);
    else
        client_call_release(call);
    return status_set(status, hr);
}

HRESULT client_channel_cancel(struct client_channel *channel, RPCOLEMESSAGE *message)
{
    struct client_call *call = message ? sent_call(message) : NULL;

    if (!call)
        return message ? RPC_E_CALL_COMPLETE : E_INVALIDARG;
    *message_place(message) = NULL;
    client_call_cancel(call);
    client_call_abandon(call, channel);
    return S_OK;
}
