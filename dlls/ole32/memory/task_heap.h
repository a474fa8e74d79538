/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The task allocator below the spy: the process heap, with the special cases of IMalloc.
 */
#ifndef CONCIERGE_TASK_HEAP_H
#define CONCIERGE_TASK_HEAP_H

#include <windows.h>

static inline void *task_heap_alloc(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), 0, size);
}

static inline void task_heap_free(void *block)
{
    if (block)
        HeapFree(GetProcessHeap(), 0, block);
}

/* A NULL block is allocated; a size of 0 frees the block and gives NULL. */
static inline void *task_heap_realloc(void *block, SIZE_T size)
{
    if (!block)
        return task_heap_alloc(size);
    if (size)
        return HeapReAlloc(GetProcessHeap(), 0, block, size);
    task_heap_free(block);
    return NULL;
}

/* In bytes; (SIZE_T)-1 for NULL and for what is no block. */
static inline SIZE_T task_heap_size(const void *block)
{
    return block ? HeapSize(GetProcessHeap(), 0, block) : (SIZE_T)-1;
}

/* 1: a block of this heap, 0: none, -1: NULL. */
static inline int task_heap_owns(const void *block)
{
    return block ? !!HeapValidate(GetProcessHeap(), 0, block) : -1;
}

#endif
