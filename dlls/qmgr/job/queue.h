/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The transfer queue: all jobs, the lock that guards them, the store behind them, and the scheduler
 * that gives them to workers.
 */
#ifndef CONCIERGE_QMGR_QUEUE_H
#define CONCIERGE_QMGR_QUEUE_H

#include "job.h"

/* Opens the store, loads the jobs, starts the scheduler. Once, when the service starts. */
HRESULT queue_start(const WCHAR *directory);
/* Stops transfers and notifications, flushes and closes the store. Jobs keep their state. */
void queue_stop(void);

void queue_lock(void);
/* Releases the lock. What was written to the store under it is in the operating system's hands. */
void queue_unlock(void);
/* Releases the lock, then waits until all that was written under it is on the disk. For every call
 * of a client that changed something: call it last, before returning success. Fails when the disk
 * does. */
HRESULT queue_unlock_durable(void);

/* All with the lock held. */
struct list *queue_jobs(void);              /* of struct bits_job, by entry */
UINT32 queue_job_count(const WCHAR *owner); /* NULL: all */
HRESULT queue_add(struct bits_job *job); /* the queue takes its own reference; writes the store */
/* The job reached a final state: out of the queue, and deleted from the store, which may fail. */
HRESULT queue_remove(struct bits_job *job);
struct bits_job *queue_find(const GUID *id); /* not referenced; NULL */
void queue_wake_scheduler(void);             /* something changed that scheduling looks at */
struct store *queue_store(void);
/* store_write, remembering the sequence. CO_E_SERVER_STOPPING once the store is closed. */
HRESULT queue_write(struct store_batch *batch);
/* Waits, the lock released, until a job's state, busy mark or worker changes; `timeout` in ms. */
void queue_wait_state(DWORD timeout);
void queue_wake_state(void);
BOOL queue_is_idle(void); /* nothing to transfer, nothing to notify: the service may stop */

#endif
