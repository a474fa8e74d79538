/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which jobs transfer, and what time does to jobs: retries, time-outs, turns. */
#include "scheduler.h"

#include "caller.h"
#include "policy.h"
#include "queue.h"
#include "random_access.h"
#include "trace.h"

#define FOREGROUND_WORKERS 16  /* foreground jobs that transfer at the same time */
#define TIME_SLICE 5000        /* ms until an equal background job has its turn */
#define INACTIVITY_CHECK 60000 /* ms between looks for jobs that nobody wants any more */

static struct
{
    CONDITION_VARIABLE wake;
    HANDLE thread;
    BOOL stopping, woken;
    UINT64 turn;
    UINT64 inactivity_check;
} scheduler = {.wake = CONDITION_VARIABLE_INIT};

void queue_wake_scheduler(void)
{
    scheduler.woken = TRUE;
    WakeConditionVariable(&scheduler.wake);
}

static void sooner(UINT64 *deadline, UINT64 time)
{
    if (time < *deadline)
        *deadline = time;
}

/* SetNoProgressTimeout: no progress for so long since the first transient error is fatal. */
static BOOL job_gave_up(const struct bits_job *job, UINT64 now)
{
    return now - job->failing_since >= job->no_progress_timeout * 1000ull;
}

/* A job in TRANSIENT_ERROR: retried, given up, or due later. */
static void scheduler_retry(struct bits_job *job, UINT64 now, UINT64 *deadline)
{
    if (job->state != BG_JOB_STATE_TRANSIENT_ERROR)
        return;
    if (job_gave_up(job, now))
    {
        job_set_state(job, BG_JOB_STATE_ERROR);
        job_store(job, NULL);
    }
    else if (now >= job->retry_at)
        job_set_state(job, BG_JOB_STATE_QUEUED);
    else
    {
        sooner(deadline, job->retry_at);
        sooner(deadline, job->failing_since + job->no_progress_timeout * 1000ull);
    }
}

/* SetMaximumDownloadTime: the time spent transferring. */
static void scheduler_limit_time(struct bits_job *job, UINT64 now, UINT64 *deadline)
{
    UINT64 left, spent;

    if (!job->transfer || !job->maximum_download_time || !job_is_active(job))
        return;
    spent = job->download_seconds * 1000ull + (now - job->slice_start);
    left = job->maximum_download_time * 1000ull;
    if (spent < left)
    {
        sooner(deadline, now + left - spent);
        return;
    }
    job_set_error(job, BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION, BG_E_MAXDOWNLOAD_TIMEOUT, ~0u);
    job->error_count++;
    job_set_state(job, BG_JOB_STATE_ERROR);
    job_store(job, NULL);
    job_stop_transfer(job, E_ABORT);
}

/* The JobInactivityTimeout policy: nobody has touched the job for 90 days. */
static void scheduler_expire(UINT64 now, UINT64 *deadline)
{
    UINT64 limit = policy_get(POLICY_JOB_INACTIVITY_TIMEOUT) * 10000000ull, time;
    struct bits_job *job, *following;
    FILETIME file_time;

    if (now < scheduler.inactivity_check)
    {
        sooner(deadline, scheduler.inactivity_check);
        return;
    }
    scheduler.inactivity_check = now + INACTIVITY_CHECK;
    sooner(deadline, scheduler.inactivity_check);
    GetSystemTimeAsFileTime(&file_time);
    time = (UINT64)file_time.dwHighDateTime << 32 | file_time.dwLowDateTime;
    LIST_FOR_EACH_SAFE(job, following, queue_jobs(), struct bits_job, entry)
    {
        UINT64 modified = (UINT64)job->modified.dwHighDateTime << 32 | job->modified.dwLowDateTime;

        if (modified + limit >= time || job->busy || job->transfer)
            continue;
        job_addref(job);
        job_cancel(job);
        job_release(job);
        scheduler.inactivity_check = 0; /* the list may have changed: look again */
        sooner(deadline, now);
        return;
    }
}

/* May the job stop here and go on later without fetching bytes twice? */
static BOOL job_can_pause(const struct bits_job *job)
{
    if (job->properties.dynamic_content)
        return FALSE;
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        const struct bits_file *file = job->files[i];

        if (!file->completed)
            return !file->no_ranges && (file->validator.etag || file->validator.last_modified);
    }
    return TRUE;
}

static BOOL job_has_work(const struct bits_job *job)
{
    if (job->state != BG_JOB_STATE_QUEUED || job->transfer || job->busy)
        return FALSE;
    /* "BITS transfers files only when the job owner is logged on": until he has called, his token
     * is not there. */
    if (!job->owner_token && !caller_is_service_user(job->owner))
        return FALSE;
    return job_has_file_work(job) || job_all_completed(job);
}

/* Is `job` to be served before `other`? */
static BOOL job_goes_first(const struct bits_job *job, const struct bits_job *other)
{
    if (!other || job->priority != other->priority)
        return !other || job->priority < other->priority;
    return job->turn < other->turn;
}

/* Is this transfer meant to go on? Otherwise it is about to end. */
static BOOL job_keeps_running(const struct bits_job *job)
{
    return job_is_active(job) && SUCCEEDED(job->stop_reason);
}

/* Two background jobs transfer, as after SetPriority took one from the foreground: stops one and
 * returns the other. */
static struct bits_job *scheduler_choose(struct bits_job *job, struct bits_job *other)
{
    struct bits_job *winner = job_goes_first(job, other) ? job : other;

    if (!job_keeps_running(job) || !job_keeps_running(other))
        return job_keeps_running(job) ? job : other;
    job_stop_transfer(winner == job ? other : job, E_ABORT);
    return winner;
}

static void scheduler_run_job(struct bits_job *job)
{
    job->turn = ++scheduler.turn;
    worker_start(job);
}

static void scheduler_assign(UINT64 now, UINT64 *deadline)
{
    struct bits_job *job, *running = NULL, *next = NULL;
    UINT32 foreground = 0;

    LIST_FOR_EACH(job, queue_jobs(), struct bits_job, entry)
    {
        if (job->transfer && job->priority == BG_JOB_PRIORITY_FOREGROUND)
            foreground++;
        else if (job->transfer)
            running = running ? scheduler_choose(job, running) : job;
    }
    LIST_FOR_EACH(job, queue_jobs(), struct bits_job, entry)
    {
        if (!job_has_work(job))
            continue;
        if (job->priority != BG_JOB_PRIORITY_FOREGROUND)
        {
            if (job_goes_first(job, next))
                next = job;
        }
        else if (foreground < FOREGROUND_WORKERS)
        {
            foreground++;
            scheduler_run_job(job);
        }
    }
    if (!next)
        return;
    if (!running)
    {
        scheduler_run_job(next);
        sooner(deadline, now + TIME_SLICE); /* others may wait for their turn */
    }
    else if (next->priority < running->priority)
        job_stop_transfer(running, E_ABORT);
    else if (next->priority == running->priority && job_can_pause(running))
    {
        if (now - running->slice_start >= TIME_SLICE)
            job_stop_transfer(running, E_ABORT);
        else
            sooner(deadline, running->slice_start + TIME_SLICE);
    }
}

static DWORD WINAPI scheduler_main(void *argument)
{
    (void)argument;
    queue_lock();
    while (!scheduler.stopping)
    {
        UINT64 now = GetTickCount64(), deadline = now + INACTIVITY_CHECK;
        struct bits_job *job;

        scheduler.woken = FALSE;
        LIST_FOR_EACH(job, queue_jobs(), struct bits_job, entry)
        {
            scheduler_retry(job, now, &deadline);
        }
        scheduler_expire(now, &deadline);
        scheduler_assign(now, &deadline);
        /* Last, so that the jobs which were started just now count. */
        now = GetTickCount64();
        LIST_FOR_EACH(job, queue_jobs(), struct bits_job, entry)
        {
            scheduler_limit_time(job, now, &deadline);
        }
        if (!scheduler.woken && !scheduler.stopping)
        {
            now = GetTickCount64();
            queue_wait(&scheduler.wake, deadline > now ? (DWORD)(deadline - now) : 0);
        }
    }
    queue_unlock();
    return 0;
}

HRESULT scheduler_start(void)
{
    scheduler.stopping = FALSE;
    if (!(scheduler.thread = CreateThread(NULL, 0, scheduler_main, NULL, 0, NULL)))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

void scheduler_stop(void)
{
    struct bits_job *job;

    queue_lock();
    scheduler.stopping = TRUE;
    queue_wake_scheduler();
    queue_unlock();
    /* First the scheduler, so that it starts no more workers. */
    if (scheduler.thread)
    {
        WaitForSingleObject(scheduler.thread, INFINITE);
        CloseHandle(scheduler.thread);
        scheduler.thread = NULL;
    }
    queue_lock();
    LIST_FOR_EACH(job, queue_jobs(), struct bits_job, entry)
    {
        job_stop_transfer(job, E_ABORT);
    }
    while (worker_count())
        queue_wait_state(INFINITE);
    queue_unlock();
}
