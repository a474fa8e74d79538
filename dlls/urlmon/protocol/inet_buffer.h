/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has come from the network and was not read yet: a ring, bounded, which grows while the
 * network fills it. All buffers of the process together stay within a budget.
 *
 * It is reference counted because WinINet may write into it after its owner has given up. The owner
 * guards it with his lock: while a reservation is open only inet_buffer_take may be called beside.
 */
#ifndef CONCIERGE_INET_BUFFER_H
#define CONCIERGE_INET_BUFFER_H

#include <windows.h>

#define INET_BUFFER_SMALL 16384u /* the first size, not counted against the budget */
#define INET_BUFFER_SHORT 65536u
#define INET_BUFFER_LARGE (1u << 20)    /* the last size, */
#define INET_BUFFER_LONE (4u << 20)     /* and that of one which has grown alone */
#define INET_BUFFER_BUDGET (16ll << 20) /* of what all grew beyond the first size */

struct inet_buffer
{
    LONG references;
    BYTE *data;
    DWORD capacity;
    DWORD head; /* the first byte */
    DWORD used;
    BOOL filled; /* the network had more than fitted */
};

/* An empty buffer with one reference; NULL when out of memory. */
struct inet_buffer *inet_buffer_create(void);
void inet_buffer_addref(struct inet_buffer *buffer);
void inet_buffer_release(struct inet_buffer *buffer);

/* Opens a reservation: where the network may write, and how much. NULL: there is no room now, or
 * (with nothing in the buffer) no memory. `left`: how much is still to come, if that is known. */
BYTE *inet_buffer_reserve(struct inet_buffer *buffer, UINT64 left, DWORD *size);

/* Closes it: `got` bytes of the `asked` ones came. */
void inet_buffer_commit(struct inet_buffer *buffer, DWORD asked, DWORD got);

/* Takes up to `size` bytes out. */
DWORD inet_buffer_take(struct inet_buffer *buffer, void *data, DWORD size);

/* Gives the memory back when the buffer is empty and nothing more comes. */
void inet_buffer_trim(struct inet_buffer *buffer);

#endif
