/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "message_buffer.h"

#include <objbase.h>

C_ASSERT(!(sizeof(struct message_buffer) % ORPC_ALIGNMENT));

struct message_buffer *message_buffer_create(ULONG size)
{
    struct message_buffer *buffer;
    void *base;

    if (size > MESSAGE_BUFFER_MAX
            || !(base = HeapAlloc(GetProcessHeap(), 0, message_buffer_room(0, size))))
        return NULL;
    buffer = message_buffer_at(base);
    buffer->magic = MESSAGE_BUFFER_REPLY;
    buffer->capacity = size;
    buffer->base = base;
    buffer->call = NULL;
    return buffer;
}

struct message_buffer *message_buffer_adopt(void *base, void *data, ULONG size)
{
    struct message_buffer *buffer = message_buffer_of(data);

    buffer->magic = MESSAGE_BUFFER_RECEIVED;
    buffer->capacity = size;
    buffer->base = base;
    buffer->call = NULL;
    return buffer;
}

void message_buffer_free(struct message_buffer *buffer)
{
    DWORD magic;

    if (!buffer)
        return;
    magic = buffer->magic;
    buffer->magic = 0;
    if (magic == MESSAGE_BUFFER_RECEIVED)
        CoTaskMemFree(buffer->base);
    else
        HeapFree(GetProcessHeap(), 0, buffer->base);
}
