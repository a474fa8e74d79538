/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records in rings of shared memory. */
#include "transport_ring.h"

#include <string.h>

#define HEAD_SIZE ((UINT32)sizeof(struct wire_record))

static UINT32 record_space(UINT32 size)
{
    return HEAD_SIZE + ((size + 15) & ~15u);
}

/* --- writing --- */

static void ring_put(struct ring_writer *writer, UINT32 position, const void *data, UINT32 size)
{
    UINT32 offset = position & (WIRE_RING_SIZE - 1);
    UINT32 first = min(size, WIRE_RING_SIZE - offset);

    if (first)
        memcpy(writer->ring + offset, data, first);
    if (size > first)
        memcpy(writer->ring, (const BYTE *)data + first, size - first);
}

/* A part of the message, which may lie in both pieces. */
static void ring_put_part(struct ring_writer *writer, UINT32 position,
        const struct ring_message *message, UINT32 offset, UINT32 size)
{
    UINT32 first = 0;

    if (offset < message->head_size)
    {
        first = min(size, message->head_size - offset);
        ring_put(writer, position, message->head + offset, first);
    }
    if (size > first)
        ring_put(writer, position + first, message->body + (offset + first - message->head_size),
                size - first);
}

static void ring_publish(struct ring_writer *writer, UINT32 space)
{
    writer->position += space;
    writer->total += space;
    /* A full barrier: the content is there before, and who looks next for a sleeper looks after. */
    InterlockedExchange((volatile LONG *)writer->tail, (LONG)writer->position);
}

UINT32 ring_unread(const struct ring_writer *writer)
{
    UINT32 unread = writer->position - *writer->head;

    return min(unread, WIRE_RING_SIZE);
}

BOOL ring_has_room(const struct ring_writer *writer, UINT32 size)
{
    UINT32 fragments = size / WIRE_RECORD_MAX + 1;

    return size < WIRE_RING_SIZE
            && size + fragments * (HEAD_SIZE + 15) <= WIRE_RING_SIZE - ring_unread(writer);
}

BOOL ring_write(struct ring_writer *writer, UINT32 call, const struct ring_message *message,
        UINT32 *done)
{
    UINT32 size = message->head_size + message->body_size;

    for (;;)
    {
        UINT32 room = WIRE_RING_SIZE - ring_unread(writer);
        struct wire_record record = {*done ? WIRE_MORE : WIRE_START, call,
                min(size - *done, WIRE_RECORD_MAX), size};

        /* Either all of the rest, or a fragment that is worth it. */
        if (room < record_space(record.size))
            return FALSE;
        ring_put(writer, writer->position, &record, HEAD_SIZE);
        ring_put_part(writer, writer->position + HEAD_SIZE, message, *done, record.size);
        ring_publish(writer, record_space(record.size));
        *done += record.size;
        if (*done == size)
            return TRUE;
    }
}

BOOL ring_write_plain(struct ring_writer *writer, enum wire_record_kind kind, UINT32 call,
        UINT32 total)
{
    struct wire_record record = {kind, call, 0, total};

    if (WIRE_RING_SIZE - ring_unread(writer) < HEAD_SIZE)
        return FALSE;
    ring_put(writer, writer->position, &record, HEAD_SIZE);
    ring_publish(writer, HEAD_SIZE);
    return TRUE;
}

/* --- reading --- */

BOOL ring_pending(const struct ring_reader *reader)
{
    return *reader->tail != reader->position;
}

HRESULT ring_peek(const struct ring_reader *reader, struct wire_record *record)
{
    UINT32 there = *reader->tail - reader->position;

    if (!there)
        return S_FALSE;
    if (there > WIRE_RING_SIZE || there < HEAD_SIZE || there & 15)
        return RPC_E_INVALID_DATA;
    /* Positions are multiples of 16: a head does not wrap. */
    memcpy(record, reader->ring + (reader->position & (WIRE_RING_SIZE - 1)), HEAD_SIZE);
    MemoryBarrier(); /* from here on it is ours: not read again */
    if (record->size > WIRE_RECORD_MAX || record_space(record->size) > there)
        return RPC_E_INVALID_DATA;
    return S_OK;
}

void ring_read(const struct ring_reader *reader, const struct wire_record *record, BYTE *target)
{
    UINT32 offset = (reader->position + HEAD_SIZE) & (WIRE_RING_SIZE - 1);
    UINT32 first = min(record->size, WIRE_RING_SIZE - offset);

    if (first)
        memcpy(target, reader->ring + offset, first);
    if (record->size > first)
        memcpy(target + first, reader->ring, record->size - first);
}

void ring_next(struct ring_reader *reader, const struct wire_record *record)
{
    reader->position += record_space(record->size);
    InterlockedExchange((volatile LONG *)reader->head, (LONG)reader->position);
}

BOOL ring_half_empty(const struct ring_reader *reader)
{
    return *reader->tail - reader->position <= WIRE_RING_SIZE / 2;
}
