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

struct client_channel;
struct ndr_interface;

struct client_call
{
    LONG references; /* the client's, and the server's while the call is in this process */
    struct dispatch_item item; /* delivers it in this process */
    struct completion completion;
    struct transport_call *remote;
    volatile LONG cancelled; /* the server may see it: CoTestCancel */
    volatile LONG received;  /* the answer has been taken: who still waits for it may go */
    volatile LONG watch;     /* WATCH_… in client_call.c */
    void (*watcher)(void *context);
    void *watcher_context;
    struct client_channel *channel; /* with a reference, while a late answer is waited for */
    struct ndr_interface *ndr;      /* by which that is taken apart; NULL: it is not known */

    struct orpc_request request;
    ULONG size;                    /* of the request's data */
    struct message_buffer *buffer; /* the request's data, inside this piece of memory */

    struct orpc_reply reply;
    struct message_buffer *reply_buffer; /* NULL: no data */
    ULONG reply_size;
};

/* A call with room for `size` bytes of data, and one reference. NULL when out of memory. */
struct client_call *client_call_create(ULONG size);
void client_call_addref(struct client_call *call);
void client_call_release(struct client_call *call);

/* Sends the request to an apartment of this process, or through a connection. May be done again
 * after client_call_receive, when the call was rejected. S_OK, or why it did not get there:
 * RPC_E_DISCONNECTED, RPC_E_SERVER_DIED_DNE, E_OUTOFMEMORY. */
HRESULT client_call_send(struct client_call *call, struct apartment *server,
        struct connection *connection);

/* The same for a call that nobody waits for yet: never blocks, and needs no thread meanwhile. */
HRESULT client_call_post(struct client_call *call, struct apartment *server,
        struct connection *connection);

/* The same call once more, for one that was rejected and at which others may still be looking, as
 * they wait for it. NULL when out of memory. */
struct client_call *client_call_again(struct client_call *call);

/* Has `watcher` called once when the answer is there: at once, or on the thread that brings it. It
 * must be quick. Once a sending; the context must live until then, or until the call is released.
 * S_OK, E_OUTOFMEMORY. */
HRESULT client_call_watch(struct client_call *call, void (*watcher)(void *), void *context);

/* Tells the server that the client does not want the answer any more. While the call is in flight.
 */
void client_call_cancel(struct client_call *call);

/* Instead of client_call_receive, by a client who does not wait any longer: when the answer comes
 * its memory and references are given back. In a call from the channel's proxy. Takes the
 * reference. */
void client_call_abandon(struct client_call *call, struct client_channel *channel);

/* What to wait for after sending. */
struct call_wait *client_call_wait(struct client_call *call);

/* After readiness: fills in the reply. S_OK, or why there is none: RPC_E_SERVER_DIED,
 * E_OUTOFMEMORY, RPC_E_INVALID_HEADER. */
HRESULT client_call_receive(struct client_call *call);

#endif
