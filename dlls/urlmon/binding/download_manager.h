/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The download manager of a thread: which of its bindings is delivered to next. See
 * download_manager.c for the rules.
 */
#ifndef CONCIERGE_DOWNLOAD_MANAGER_H
#define CONCIERGE_DOWNLOAD_MANAGER_H

#include "bound_thread.h"

void download_manager_init(struct bound_thread *thread);

/* With the thread's lock: the binding has something to deliver, or may have again. TRUE: call
 * download_manager_wake after leaving the lock. */
BOOL download_manager_ready(struct binding *binding);

/* The same for a report that is in no hurry (progress): it is told with whatever comes next, else
 * within some tens of milliseconds. TRUE: bound_thread_watch is to be called without the lock. */
BOOL download_manager_ready_lazily(struct binding *binding);

/* Without the lock, from any thread. */
void download_manager_wake(struct bound_thread *thread);

/* Has the thread look whether there is something to do. */
void download_manager_look(struct bound_thread *thread);

/* On the thread: how many bytes this binding may read in this turn. */
ULONG download_manager_quota(struct binding *binding);

#endif
