/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

BOOL array_grow(void *array, ULONG count, ULONG *room, size_t size)
{
    ULONG larger = *room ? *room * 2 : 8;
    void *elements, *moved;

    if (count < *room)
        return TRUE;
    if (larger <= *room || larger > SIZE_MAX / size)
        return FALSE;
    memcpy(&elements, array, sizeof(elements));
    moved = realloc(elements, larger * size);
    if (!moved)
        return FALSE;
    memcpy(array, &moved, sizeof(moved));
    *room = larger;
    return TRUE;
}
