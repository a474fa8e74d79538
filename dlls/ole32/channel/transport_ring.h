/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One direction of a mailbox: a ring of bytes in shared memory with records in it, each a fragment
 * of a message. Positions only grow (and wrap at 2^32); each side keeps its own one in private
 * memory and publishes it, and believes of the other's only what is possible.
 */
#ifndef CONCIERGE_TRANSPORT_RING_H
#define CONCIERGE_TRANSPORT_RING_H

#include "transport_wire.h"

/* A message in two pieces. */
struct ring_message
{
    const BYTE *head;
    UINT32 head_size;
    const BYTE *body;
    UINT32 body_size;
};

struct ring_writer
{
    BYTE *ring;
    volatile UINT32 *tail;       /* in shared memory, ours */
    const volatile UINT32 *head; /* the reader's */
    UINT32 position;
    UINT64 total; /* bytes ever written; its low half is the position */
};

/* Writes fragments of a message from *done on, which grows with each, for as long as there is room.
 * TRUE: the message is complete. */
BOOL ring_write(struct ring_writer *writer, UINT32 call, const struct ring_message *message,
        UINT32 *done);
/* The same for a message without content; `total` is the record's. FALSE: no room. */
BOOL ring_write_plain(struct ring_writer *writer, enum wire_record_kind kind, UINT32 call,
        UINT32 total);
/* Whether there is room for all of a message. */
BOOL ring_has_room(const struct ring_writer *writer, UINT32 size);
/* Bytes which the reader has not taken; as if full when it says something impossible. */
UINT32 ring_unread(const struct ring_writer *writer);

struct ring_reader
{
    const BYTE *ring;
    const volatile UINT32 *tail; /* the writer's */
    volatile UINT32 *head;       /* ours */
    UINT32 position;
};

/* S_OK: there is a record, its head is copied and fits what is there. S_FALSE: nothing there.
 * RPC_E_INVALID_DATA: no writer of ours would write that. */
HRESULT ring_peek(const struct ring_reader *reader, struct wire_record *record);
/* The content of the record that was peeked at. */
void ring_read(const struct ring_reader *reader, const struct wire_record *record, BYTE *target);
/* On to the next one. */
void ring_next(struct ring_reader *reader, const struct wire_record *record);
/* Whether there may be a record. */
BOOL ring_pending(const struct ring_reader *reader);
/* Whether the writer, which waits for room, has enough of it now to be worth a wake-up. */
BOOL ring_half_empty(const struct ring_reader *reader);

#endif
