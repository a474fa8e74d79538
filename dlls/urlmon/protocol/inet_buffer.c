/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inet_buffer.h"

#include <stdlib.h>
#include <string.h>

#define WORTHWHILE 4096u /* less room than this is none, unless the buffer is empty */

static volatile LONG64 budget_used;

/* What a buffer of this size takes of the budget. */
static LONG64 charge_of(DWORD capacity)
{
    return capacity > INET_BUFFER_SMALL ? capacity - INET_BUFFER_SMALL : 0;
}

/* FALSE, and no change: all buffers would take more than so much. */
static BOOL budget_change(DWORD from, DWORD to, LONG64 most)
{
    LONG64 change = charge_of(to) - charge_of(from);

    if (InterlockedExchangeAdd64(&budget_used, change) + change <= most || change <= 0)
        return TRUE;
    InterlockedExchangeAdd64(&budget_used, -change);
    return FALSE;
}

static void budget_give_back(DWORD capacity)
{
    InterlockedExchangeAdd64(&budget_used, -charge_of(capacity));
}

struct inet_buffer *inet_buffer_create(void)
{
    struct inet_buffer *buffer = calloc(1, sizeof(*buffer));

    if (buffer)
        buffer->references = 1;
    return buffer;
}

void inet_buffer_addref(struct inet_buffer *buffer)
{
    InterlockedIncrement(&buffer->references);
}

static void buffer_set(struct inet_buffer *buffer, BYTE *data, DWORD capacity)
{
    free(buffer->data);
    buffer->data = data;
    buffer->capacity = capacity;
    buffer->head = 0;
}

void inet_buffer_release(struct inet_buffer *buffer)
{
    if (!buffer || InterlockedDecrement(&buffer->references))
        return;
    budget_give_back(buffer->capacity);
    free(buffer->data);
    free(buffer);
}

/* Copies what is in the buffer, in order. */
static void buffer_copy(const struct inet_buffer *buffer, BYTE *data, DWORD size)
{
    DWORD first = buffer->capacity - buffer->head;

    if (first > size)
        first = size;
    memcpy(data, buffer->data + buffer->head, first);
    memcpy(data + first, buffer->data, size - first);
}

static void buffer_grow(struct inet_buffer *buffer)
{
    DWORD capacity = buffer->capacity * 2;
    BYTE *data;

    buffer->filled = FALSE;
    if (capacity < INET_BUFFER_SMALL)
        capacity = INET_BUFFER_SMALL;
    if (capacity > INET_BUFFER_LONE
            || !budget_change(buffer->capacity, capacity,
                    capacity > INET_BUFFER_LARGE ? INET_BUFFER_LONE : INET_BUFFER_BUDGET))
        return;
    if (!(data = malloc(capacity)))
    {
        budget_change(capacity, buffer->capacity, 0);
        return;
    }
    if (buffer->used)
        buffer_copy(buffer, data, buffer->used);
    buffer_set(buffer, data, capacity);
}

/* Something short gets all the room it takes, as far as that is known. */
static BOOL buffer_begin(struct inet_buffer *buffer, UINT64 left)
{
    DWORD capacity = INET_BUFFER_SMALL;
    BYTE *data;

    if (left && left <= INET_BUFFER_SHORT && budget_change(0, (DWORD)left, INET_BUFFER_BUDGET))
        capacity = (DWORD)left;
    if (!(data = malloc(capacity)))
    {
        budget_give_back(capacity);
        return FALSE;
    }
    buffer_set(buffer, data, capacity);
    return TRUE;
}

BYTE *inet_buffer_reserve(struct inet_buffer *buffer, UINT64 left, DWORD *size)
{
    DWORD tail, room;

    if (!buffer->data)
    {
        if (!buffer_begin(buffer, left))
            return NULL;
    }
    else if ((buffer->filled || buffer->capacity - buffer->used < WORTHWHILE)
            && left > buffer->capacity - buffer->used)
        buffer_grow(buffer); /* what fits whole leaves its connection to others soon */
    if (!buffer->used)
        buffer->head = 0;
    tail = (buffer->head + buffer->used) % buffer->capacity;
    room = buffer->capacity - buffer->used;
    if (room > buffer->capacity - tail)
        room = buffer->capacity - tail;
    if (buffer->used && room < WORTHWHILE && room < left)
        return NULL;
    *size = room;
    return buffer->data + tail;
}

void inet_buffer_commit(struct inet_buffer *buffer, DWORD asked, DWORD got)
{
    buffer->used += got;
    if (got == asked && asked >= INET_BUFFER_SMALL / 2)
        buffer->filled = TRUE;
}

DWORD inet_buffer_take(struct inet_buffer *buffer, void *data, DWORD size)
{
    if (size > buffer->used)
        size = buffer->used;
    if (!size)
        return 0;
    buffer_copy(buffer, data, size);
    buffer->head = (buffer->head + size) % buffer->capacity;
    buffer->used -= size;
    return size;
}

void inet_buffer_trim(struct inet_buffer *buffer)
{
    if (buffer->used || !buffer->data)
        return;
    budget_give_back(buffer->capacity);
    buffer_set(buffer, NULL, 0);
}
