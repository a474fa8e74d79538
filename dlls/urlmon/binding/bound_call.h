/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls of protocols, from any thread, that are to be made on the thread of a binding: those of the
 * client's interfaces, which are waited for, and IInternetProtocol::Continue, which is not.
 */
#ifndef CONCIERGE_BOUND_CALL_H
#define CONCIERGE_BOUND_CALL_H

#include "dispatch_queue.h"

struct binding;
struct bound_thread;

/* What is called; `arguments` is the caller's. */
typedef HRESULT (*bound_function)(struct binding *binding, void *arguments);

/*
 * Calls function(binding, arguments) on the binding's thread and waits: straight when that is the
 * calling one. E_ABORT: the binding was aborted or has ended, also while the call waits for its
 * turn; RPC_E_DISCONNECTED: its thread has ended; E_OUTOFMEMORY. While the binding is suspended the
 * call waits.
 */
HRESULT bound_call(struct binding *binding, bound_function function, void *arguments);

/* The same without waiting, and never straight. A copy of the `size` bytes of arguments goes with
 * it. */
HRESULT bound_call_later(struct binding *binding, bound_function function, const void *arguments,
        size_t size);

/* All calls that wait for their turn fail, with `why`. */
void bound_calls_cancel(struct binding *binding, HRESULT why);

/* The thread ends, in the middle of calls that it was making: whoever waits for them is told. */
void bound_calls_end(struct bound_thread *thread);

/* The binding is resumed: those that waited because it was suspended go on. */
void bound_calls_resume(struct binding *binding);

#endif
