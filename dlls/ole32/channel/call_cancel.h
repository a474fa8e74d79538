/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cancel objects: each thread that has enabled it has a stack of them, one a pending synchronous
 * call, and those which custom proxies put there. "Canceling Method Calls".
 */
#ifndef CONCIERGE_CALL_CANCEL_H
#define CONCIERGE_CALL_CANCEL_H

#include <windows.h>

#include "cancel_state.h"

struct call_cancel;
struct com_thread;

/* Whether calls of this thread can be cancelled. */
BOOL call_cancel_enabled(const struct com_thread *thread);

/* The cancel object of a call that the calling thread is about to make, on top of its stack. NULL:
 * out of memory. Ended by call_cancel_pop, properly nested. */
struct call_cancel *call_cancel_push(struct com_thread *thread);
void call_cancel_pop(struct call_cancel *cancel);
struct cancel_state *call_cancel_state(struct call_cancel *cancel);

/* The thread is about to end. */
void call_cancel_thread_ended(struct com_thread *thread);

#endif
