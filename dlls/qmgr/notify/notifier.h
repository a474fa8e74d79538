/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The notifier: delivers what jobs owe to their clients, as "Registering a COM Callback" and
 * "Registering to Execute a Program" say. Deliveries run on threads of their own, one job on at
 * most one thread, under no lock.
 */
#ifndef CONCIERGE_QMGR_NOTIFIER_H
#define CONCIERGE_QMGR_NOTIFIER_H

#include "job.h"

HRESULT notifier_start(void);
/* Waits a bounded time for deliveries under way; what is still owed stays owed, on disk. */
void notifier_stop(void);

/* Queue's lock held. The job owes something new (notify.pending, a file's notify_transferred), or
 * its registration changed: deliver what can be delivered now, later what must be repeated. */
void notifier_wake(struct bits_job *job);

/* Queue's lock held. A range of an on-demand file has arrived (FileRangesTransferred). */
void notifier_range_transferred(struct bits_job *job, struct bits_file *file, UINT64 offset,
        UINT64 length);

/* Without the lock. The newest IBackgroundCopyCallback interface that `object` has, as a pointer to
 * that very interface, and its number: 3, 2 or 1. E_NOINTERFACE. Asked once, while the client
 * lives: a proxy whose client has died says E_NOINTERFACE to everything it was not asked before. */
HRESULT notifier_query_object(IUnknown *object, IUnknown **out, UINT32 *version);

/* Queue's lock held. Replaces the callback object (NULL clears) by one from notifier_query_object.
 * Returns the old one, which the caller releases after it has let go of the lock. */
IUnknown *notifier_set_object(struct bits_job *job, IUnknown *object, UINT32 version);

/* Queue's lock held. TRUE while any job owes a notification that can be delivered or repeated, or a
 * delivery runs. */
BOOL notifier_is_busy(void);

#endif
