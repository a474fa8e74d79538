/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the task allocator does while an IMallocSpy is registered. Each of these is the method of
 * IMalloc of that name, with the spy's methods called around it.
 */
#ifndef CONCIERGE_MALLOC_SPY_H
#define CONCIERGE_MALLOC_SPY_H

#include <windows.h>
#include <objbase.h>

/* Whether a spy is registered: the one test that the allocator makes. A thread may see a change
 * late, but never misses that a block of its own was allocated under a spy. */
extern volatile LONG malloc_spy_active;

void *malloc_spy_alloc(SIZE_T size);
void *malloc_spy_realloc(void *block, SIZE_T size);
void malloc_spy_free(void *block);
SIZE_T malloc_spy_get_size(void *block);
int malloc_spy_did_alloc(void *block);
void malloc_spy_heap_minimize(void);

#endif
