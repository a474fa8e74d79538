/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of a client's channel that make calls in two halves. */
#ifndef CONCIERGE_CLIENT_ASYNC_H
#define CONCIERGE_CLIENT_ASYNC_H

#include <windows.h>
#include <objidl.h>

struct client_channel;

/* Send: the message's buffer is gone, the message keeps the call. `synchronize`, which may be NULL,
 * is signalled in the client's apartment when the answer is there. */
HRESULT client_channel_send(struct client_channel *channel, RPCOLEMESSAGE *message,
        ISynchronize *synchronize, ULONG *status);
/* Receive: waits for the answer, if need be; the message's buffer is the answer's. S_OK,
 * RPC_E_CALL_COMPLETE when nothing was sent, and as SendReceive. */
HRESULT client_channel_receive(struct client_channel *channel, RPCOLEMESSAGE *message,
        ULONG *status);
/* Cancel: there will be no Receive; the server is told. */
HRESULT client_channel_cancel(struct client_channel *channel, RPCOLEMESSAGE *message);

#endif
