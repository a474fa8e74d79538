/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call out of an apartment: its request, how it gets to the server, and its answer; waiting is
 * the caller's own business. The request's data lie in the same piece of memory.
 */
#ifndef CONCIERGE_CLIENT_CALL_H
#define CONCIERGE_CLIENT_CALL_H

#include <windows.h>

#include "apartment.h"
#include "call_wait.h"
#include "dispatch_queue.h"
#include "message_buffer.h"
#include "orpc.h"
#include "transport.h"

struct client_call
{
    LONG references; /* the client's, and the server's while the call is in this process */
    struct dispatch_item item; /* delivers it in this process */
    struct completion completion;
    struct transport_call *remote;

    struct orpc_request request;
    ULONG size;                    /* of the request's data */
    struct message_buffer *buffer; /* the request's data, inside this piece of memory */

    struct orpc_reply reply;
    struct message_buffer *reply_buffer; /* NULL: no data */
    ULONG reply_size;
};

/* A call with room for `size` bytes of data, and one reference. NULL when out of memory. */
struct client_call *client_call_create(ULONG size);
void client_call_release(struct client_call *call);

/* Sends the request to an apartment of this process, or through a connection. May be done again
 * after client_call_receive, when the call was rejected. S_OK, or why it did not get there:
 * RPC_E_DISCONNECTED, RPC_E_SERVER_DIED_DNE, E_OUTOFMEMORY. */
HRESULT client_call_send(struct client_call *call, struct apartment *server,
        struct connection *connection);

/* What to wait for after sending. */
struct call_wait *client_call_wait(struct client_call *call);

/* After readiness: fills in the reply. S_OK, or why there is none: RPC_E_SERVER_DIED,
 * E_OUTOFMEMORY, RPC_E_INVALID_HEADER. */
HRESULT client_call_receive(struct client_call *call);

#endif
