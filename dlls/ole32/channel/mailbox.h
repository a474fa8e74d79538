/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client's mailbox: posted calls on their way to one server, many at a time. Posting writes into
 * the ring of requests when there is room, and else into a queue in private memory; one thread of
 * the connection, the reader, opens the mailbox, writes what is queued, and distributes the
 * answers. It runs while there is something to come.
 */
#ifndef CONCIERGE_MAILBOX_H
#define CONCIERGE_MAILBOX_H

#include "transport_parts.h"
#include "transport_ring.h"

#define MAILBOX_NO_SLOT 0xffffffffu

/* References: the caller's, the queue's, the slot's. */
struct mailbox_call
{
    struct transport_call call;
    struct completion completion;
    LONG refs;

    /* Under the mailbox's lock. */
    struct mailbox_call *next; /* in the queue */
    BYTE *message;             /* while it is queued */
    UINT32 size, sent;         /* of the request; how much of it is in the ring */
    UINT32 slot;
    UINT64 end;    /* where it ends in the ring, when all of it has been written there */
    BOOL complete; /* it has */
    BOOL cancelled;
    BOOL live;                   /* neither answered nor closed */
    struct transport_call *lane; /* what carries it to a server without mailboxes */

    /* Written before the completion. */
    HRESULT result;
    BYTE *reply;
    UINT32 reply_size;
};

struct mailbox_slot
{
    struct mailbox_call *call;
    UINT32 next_free;
};

struct client_mailbox
{
    struct connection *connection;
    struct chore chore;

    SRWLOCK lock; /* protects what follows */
    enum
    {
        MAILBOX_UNKNOWN, /* nobody has asked the server */
        MAILBOX_OPEN,
        MAILBOX_REFUSED, /* calls go through lanes */
        MAILBOX_DEAD,
    } state;
    enum
    {
        READER_NONE,
        READER_WANTED,
        READER_RUNS,
    } reader;
    BOOL chore_out; /* with a reference to the connection */
    struct mailbox_call *queue, **queue_end;
    struct ring_writer writer;
    struct mailbox_slot *slots;
    UINT32 slot_count, free_slot;
    UINT32 live; /* calls whose answers are wanted */

    /* Constant once it is open. */
    struct wire_mailbox *memory;
    HANDLE request_event, reply_event;

    /* The reader's own. */
    struct ring_reader ring;
    struct mailbox_call *partial; /* its answer is coming */
    BYTE *target;                 /* to here; NULL: nobody wants it */
    UINT32 total, filled;
    LONG luck;                    /* of the last spins */
    struct mailbox_call *carried; /* by lanes */
};

/* Writes what is queued. Under the lock. TRUE: something was written. */
BOOL mailbox_pump(struct client_mailbox *mailbox);
/* The slot of a call is free again, and its reference is the caller's. Under the lock. */
void mailbox_free_slot(struct client_mailbox *mailbox, struct mailbox_call *call);
/* The end of a call: `data` of CoTaskMemAlloc go to whoever wants them. Not under the lock. */
void mailbox_call_complete(struct mailbox_call *call, HRESULT result, BYTE *data, UINT32 size);
void mailbox_call_release(struct mailbox_call *call);

/* Ends all calls, posted ones with `why`; the mailbox is as it was before its first call, or dead
 * when the connection is. */
void mailbox_fail(struct client_mailbox *mailbox, HRESULT why);

/* The reader; its argument is the mailbox, with a reference to the connection. */
void mailbox_read(void *mailbox);

#endif
