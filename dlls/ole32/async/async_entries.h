/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vtable of every AsyncIFoo proxy: entry points that tell which method was called with which
 * arguments; the only assembler of the project (async_entries_<architecture>.S). */
#ifndef CONCIERGE_ASYNC_ENTRIES_H
#define CONCIERGE_ASYNC_ENTRIES_H

#define ASYNC_ENTRIES_MAX 2048 /* methods of an AsyncIFoo, IUnknown's three included */

#ifndef __ASSEMBLER__

#include <windows.h>

/* The method `index` (3 and up) of an object with this vtable was called with `stack` (`this`
 * first). On x86_64 the first four arguments came in registers, and only the method's description
 * says which: the slots in `stack` have those of the integer registers, `floats` the four of the
 * others (give both to ndr_stack_floats); NULL on i686. Returns the method's HRESULT, and on i686,
 * where the callee removes the arguments, the size of them in *stack_size, bytes
 * (ndr_stack_size). Defined by call_object.c. */
HRESULT async_entry_called(void **stack, ULONG index, const ULONG64 *floats, ULONG *stack_size);

/* The entries, from 3 on; the first three are 0 and the user's to fill in a copy. */
extern const void *const async_entries[ASYNC_ENTRIES_MAX];

/* Calls a method with the stack image of `slots` slots, `this` first. */
HRESULT async_invoke(const void *method, void **stack, ULONG slots);

#endif
#endif
