/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_ARRAY_H
#define CONCIERGE_ARRAY_H

#include <windef.h>

/* Makes room for one more element in an array that doubles: `array` is the address of the pointer
 * to it (NULL at first), `count` its elements, `room` those it has room for, `size` one's in bytes.
 * FALSE: no memory, or it would be too large; nothing has changed. */
BOOL array_grow(void *array, ULONG count, ULONG *room, size_t size);

#endif
