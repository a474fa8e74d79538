/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of a call's data, RPCOLEMESSAGE.Buffer: aligned to 16 bytes, with a word of ours
 * before it, by which it is known again whatever a proxy does with the rest of the message.
 */
#ifndef CONCIERGE_MESSAGE_BUFFER_H
#define CONCIERGE_MESSAGE_BUFFER_H

#include <windows.h>

#include "orpc.h"

struct client_call;

#define MESSAGE_BUFFER_MAX 0x3fff0000u /* bytes; below TRANSPORT_MESSAGE_MAX with the header */

enum message_buffer_magic
{
    MESSAGE_BUFFER_REQUEST = 0x51424d43,  /* belongs to `call` */
    MESSAGE_BUFFER_REPLY = 0x52424d43,    /* `base` is of the process heap */
    MESSAGE_BUFFER_RECEIVED = 0x56424d43, /* `base` is task memory */
};

struct message_buffer
{
    DWORD magic;
    ULONG capacity; /* bytes that follow */
    void *base;
    struct client_call *call;
#ifdef _WIN64
    void *reserved;
#endif
};

/* The bytes to allocate for a buffer after `head` other bytes. */
static inline SIZE_T message_buffer_room(SIZE_T head, ULONG size)
{
    return head + ORPC_ALIGNMENT - 1 + sizeof(struct message_buffer) + size;
}

/* The buffer at or after `at`. */
static inline struct message_buffer *message_buffer_at(void *at)
{
    return (struct message_buffer *)(((ULONG_PTR)at + ORPC_ALIGNMENT - 1)
            & ~(ULONG_PTR)(ORPC_ALIGNMENT - 1));
}

static inline void *message_buffer_data(struct message_buffer *buffer)
{
    return buffer + 1;
}

static inline struct message_buffer *message_buffer_of(void *data)
{
    return (struct message_buffer *)data - 1;
}

/* A buffer for a reply; NULL when out of memory. */
struct message_buffer *message_buffer_create(ULONG size);

/* Makes the data at `data`, inside task memory at `base` with room for our word before them, a
 * reply's buffer. */
struct message_buffer *message_buffer_adopt(void *base, void *data, ULONG size);

void message_buffer_free(struct message_buffer *buffer); /* of a reply; NULL is allowed */

#endif
