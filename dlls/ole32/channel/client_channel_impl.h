/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of a client's channel; for channel/ only. */
#ifndef CONCIERGE_CLIENT_CHANNEL_IMPL_H
#define CONCIERGE_CLIENT_CHANNEL_IMPL_H

#include "client_channel.h"
#include "com_object.h"
#include "orpc.h"

struct client_call;

struct client_channel
{
    struct com_object object;
    IRpcChannelBuffer3 IRpcChannelBuffer3_iface;
    IAsyncRpcChannelBuffer IAsyncRpcChannelBuffer_iface;
    struct channel_target target;
    IUnknown *proxy; /* borrowed: to be used only in a call that comes from it; NULL */
    volatile LONG disconnected;

    SRWLOCK lock; /* guards the rest */
    struct call_security security;
    WCHAR *principal; /* malloc; NULL: the default one */
};

/* NULL for a channel that is not of this class. */
struct client_channel *client_channel_from(IRpcChannelBuffer3 *iface);

/* The call whose request's memory the message has; NULL when that is not ours. */
struct client_call *client_channel_message_call(const RPCOLEMESSAGE *message);

/* Sends the message and waits for its answer, as IRpcChannelBuffer::SendReceive; client_send.c. */
HRESULT client_channel_send_receive(struct client_channel *channel, RPCOLEMESSAGE *message);

/* The same in two halves. Post sends the message, whose buffer is gone then; *out is the call, with
 * a reference. Collect waits for its answer, if need be, and puts it into a message; it must be
 * used for each call that was posted, or client_call_abandon. *given_up: the call was cancelled,
 * and client_call_abandon is still to be used. `cancel`: the call's state, begun; NULL. *call is
 * another one afterwards when the call had to be made again and others may look at it, who find it
 * there with `lock`, and take references; NULL: nobody else does. */
struct cancel_state;
HRESULT client_channel_post(struct client_channel *channel, RPCOLEMESSAGE *message,
        struct client_call **out);
HRESULT client_channel_collect(struct client_channel *channel, struct client_call **call,
        SRWLOCK *lock, struct cancel_state *cancel, RPCOLEMESSAGE *message, BOOL *given_up);

/* Whether the calling thread may use the channel. S_OK, CO_E_NOTINITIALIZED, RPC_E_WRONG_THREAD,
 * RPC_E_DISCONNECTED. */
HRESULT client_channel_check(struct client_channel *channel);

#endif
