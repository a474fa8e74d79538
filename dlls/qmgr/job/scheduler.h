/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The scheduler: decides which jobs transfer. Foreground jobs all at once; of the background jobs
 * one at a time, the highest priority first, equal ones in turns (BG_JOB_PRIORITY).
 */
#ifndef CONCIERGE_QMGR_SCHEDULER_H
#define CONCIERGE_QMGR_SCHEDULER_H

#include "job.h"

HRESULT scheduler_start(void);
/* Stops every worker and waits for them. */
void scheduler_stop(void);

/* queue.c: SleepConditionVariable on the queue's lock. */
void queue_wait(CONDITION_VARIABLE *condition, DWORD timeout);

/* worker.c: a thread that transfers the job's files until it is done, fails or is stopped. With the
 * lock held. */
HRESULT worker_start(struct bits_job *job);
UINT32 worker_count(void);

#endif
