/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What cannot be done here and now: a thread that ends has the loader's lock, and must not call
 * out. */
#ifndef CONCIERGE_DEFERRED_CALL_H
#define CONCIERGE_DEFERRED_CALL_H

#include <windows.h>

/* Has `function` called soon, on a thread of the transport, which is in no apartment. From
 * anywhere; waits for nothing. The module stays loaded. FALSE: out of memory. */
BOOL deferred_call(void (*function)(void *), void *argument);

#endif
