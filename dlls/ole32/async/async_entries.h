/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vtable of every AsyncIFoo proxy: entry points that tell which method was called with which
 * arguments; the only assembler of the project (async_entries_<architecture>.S). */
#ifndef CONCIERGE_ASYNC_ENTRIES_H
#define CONCIERGE_ASYNC_ENTRIES_H

#include <windows.h>

#define ASYNC_ENTRIES_MAX 2048 /* methods of an AsyncIFoo, IUnknown's three included */

/* The method `index` (3 and up) of an object with this vtable was called with `stack` (`this`
 * first). Returns the method's HRESULT, and on i686, where the callee removes the arguments, the
 * size of them in *stack_size, bytes. Defined by async_proxy.c. */
HRESULT async_entry_called(void **stack, ULONG index, ULONG *stack_size);

/* The entries, from 3 on; the first three are 0 and the user's to fill in a copy. */
extern const void *const async_entries[ASYNC_ENTRIES_MAX];

/* Calls a method with the stack image of `slots` slots, `this` first. */
HRESULT async_invoke(const void *method, void **stack, ULONG slots);

#endif
