/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transfer queue: the jobs, their lock, and the store behind them. */
#include "queue.h"

#include <stdlib.h>

#include "notifier.h"
#include "random_access.h"
#include "scheduler.h"
#include "trace.h"

#define QUEUE_BUCKETS 4096 /* job IDs are random: their first bits are the hash */
#define STOP_TIMEOUT 20000 /* ms that queue_stop waits for Cancel and Complete */

static struct
{
    SRWLOCK lock;
    CONDITION_VARIABLE state; /* a job's state, busy mark or worker changed */
    struct list jobs;
    struct bits_job *by_id[QUEUE_BUCKETS]; /* chained by next_by_id */
    UINT32 count;
    struct store *store;
    UINT64 sequence; /* of the newest write; what a durable unlock waits for */
    LONG flushing;   /* threads in a durable unlock, which need the store */
} queue = {.lock = SRWLOCK_INIT, .state = CONDITION_VARIABLE_INIT};

void queue_lock(void)
{
    AcquireSRWLockExclusive(&queue.lock);
}

void queue_unlock(void)
{
    ReleaseSRWLockExclusive(&queue.lock);
}

HRESULT queue_unlock_durable(void)
{
    struct store *store = queue.store;
    UINT64 sequence = queue.sequence;
    HRESULT hr = S_OK;

    InterlockedIncrement(&queue.flushing);
    queue_unlock();
    if (store)
        hr = store_flush(store, sequence);
    InterlockedDecrement(&queue.flushing);
    return hr;
}

void queue_wait(CONDITION_VARIABLE *condition, DWORD timeout)
{
    SleepConditionVariableSRW(condition, &queue.lock, timeout, 0);
}

void queue_wait_state(DWORD timeout)
{
    queue_wait(&queue.state, timeout);
}

void queue_wake_state(void)
{
    WakeAllConditionVariable(&queue.state);
}

struct list *queue_jobs(void)
{
    return &queue.jobs;
}

struct store *queue_store(void)
{
    return queue.store;
}

UINT32 queue_job_count(const WCHAR *owner)
{
    struct bits_job *job;
    UINT32 count = 0;

    if (!owner)
        return queue.count;
    LIST_FOR_EACH(job, &queue.jobs, struct bits_job, entry)
    {
        count += !wcscmp(job->owner, owner);
    }
    return count;
}

static struct bits_job **queue_slot(const GUID *id)
{
    struct bits_job **slot = &queue.by_id[id->Data1 % QUEUE_BUCKETS];

    while (*slot && !IsEqualGUID(&(*slot)->id, id))
        slot = &(*slot)->next_by_id;
    return slot;
}

struct bits_job *queue_find(const GUID *id)
{
    return *queue_slot(id);
}

HRESULT queue_write(struct store_batch *batch)
{
    UINT64 sequence;
    HRESULT hr;

    if (batch->writer.failed || !queue.store)
    {
        hr = batch->writer.failed ? E_OUTOFMEMORY : CO_E_SERVER_STOPPING;
        store_batch_free(batch);
        return hr;
    }
    if (SUCCEEDED(hr = store_write(queue.store, batch, &sequence)))
        queue.sequence = sequence;
    else
        trace("the store refused a write: %08lx", (unsigned long)hr);
    return hr;
}

static void queue_link(struct bits_job *job)
{
    job_addref(job);
    list_add_tail(&queue.jobs, &job->entry);
    *queue_slot(&job->id) = job;
    queue.count++;
}

static void queue_unlink(struct bits_job *job)
{
    list_remove(&job->entry);
    *queue_slot(&job->id) = job->next_by_id;
    job->next_by_id = NULL;
    queue.count--;
}

HRESULT queue_add(struct bits_job *job)
{
    HRESULT hr;

    queue_link(job);
    if (FAILED(hr = job_store(job, NULL)))
    {
        queue_unlink(job);
        job_release(job);
    }
    return hr;
}

HRESULT queue_remove(struct bits_job *job)
{
    struct store_key key = {.type = STORE_JOB, .job = job->id};
    struct store_batch batch = {0};
    HRESULT hr;

    if (list_empty(&job->entry))
        return CO_E_SERVER_STOPPING;
    store_batch_delete(&batch, &key);
    hr = queue_write(&batch);
    queue_unlink(job);
    queue_wake_scheduler();
    job_release(job); /* never the last: the caller has one */
    return hr;
}

/* ---- loading ---- */

static HRESULT load_job(const struct store_key *key, const void *payload, size_t size)
{
    struct bits_job *job = queue_find(&key->job), *fresh;
    HRESULT hr;

    if (job && payload)
        return job_deserialize(job, payload, size);
    if (job)
    {
        queue_unlink(job);
        job_release(job);
    }
    if (!payload)
        return S_OK;
    if (FAILED(hr = job_create(NULL, BG_JOB_TYPE_DOWNLOAD, &key->job, &fresh)))
        return hr;
    if (SUCCEEDED(hr = job_deserialize(fresh, payload, size)))
        queue_link(fresh);
    job_release(fresh);
    return hr;
}

static HRESULT load_file(const struct store_key *key, const void *payload, size_t size)
{
    struct bits_job *job = queue_find(&key->job);
    struct bits_file *file;
    HRESULT hr;

    if (!payload)
        return S_OK;
    if (!job)
        return E_INVALIDARG;
    if (key->file < job->file_count)
        return file_deserialize(job->files[key->file], payload, size);
    if (!(file = calloc(1, sizeof(*file))))
        return E_OUTOFMEMORY;
    file->index = key->file;
    if (FAILED(hr = file_deserialize(file, payload, size)) || FAILED(hr = job_load_file(job, file)))
        file_free(file);
    return hr;
}

static HRESULT queue_load(void *context, const struct store_key *key, const void *payload,
        size_t size)
{
    (void)context;
    return key->type == STORE_JOB ? load_job(key, payload, size) : load_file(key, payload, size);
}

static void queue_snapshot(void *context, struct store_batch *batch)
{
    struct bits_job *job;

    (void)context;
    LIST_FOR_EACH(job, &queue.jobs, struct bits_job, entry)
    {
        job_snapshot(job, batch);
    }
}

/* What the temporary file holds says how far an interrupted transfer had come. */
static void file_recover_progress(struct bits_file *file)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    UINT64 size;

    if (file->completed || file->validator.size == BG_SIZE_UNKNOWN || file_is_random(file))
        return;
    file->transferred = 0;
    if (!GetFileAttributesExW(file->temp_name, GetFileExInfoStandard, &data))
        return;
    size = (UINT64)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    file->transferred = size < file->total ? size : file->total;
}

/* Brings the jobs to where they can go on: whoever was at work is queued again. */
static void queue_recover(void)
{
    struct bits_job *job, *following;

    LIST_FOR_EACH_SAFE(job, following, &queue.jobs, struct bits_job, entry)
    {
        if (job->state == BG_JOB_STATE_CONNECTING || job->state == BG_JOB_STATE_TRANSFERRING
                || job->state == BG_JOB_STATE_TRANSIENT_ERROR)
            job->state = BG_JOB_STATE_QUEUED;
        for (UINT32 i = 0; i < job->file_count; i++)
            file_recover_progress(job->files[i]);
        job_addref(job);
        if (job_is_final(job))
            job_finish_cancel(job);
        else if (job->completing)
            job_complete(job);
        else
            notifier_wake(job);
        job_release(job);
    }
}

HRESULT queue_start(const WCHAR *directory)
{
    struct store_callbacks callbacks = {queue_load, queue_snapshot, NULL};
    UINT64 begin = GetTickCount64();
    HRESULT hr;

    list_init(&queue.jobs);
    if (FAILED(hr = store_open(directory, &callbacks, &queue.store)))
        return hr;
    trace("%u jobs loaded in %u ms", queue.count, (unsigned int)(GetTickCount64() - begin));
    if (FAILED(hr = notifier_start()))
        return hr;
    queue_lock();
    queue_recover();
    queue_unlock();
    return scheduler_start();
}

static BOOL queue_has_busy_job(void)
{
    struct bits_job *job;

    LIST_FOR_EACH(job, &queue.jobs, struct bits_job, entry)
    {
        if (job->busy)
            return TRUE;
    }
    return FALSE;
}

/* Clients may still call: whoever holds a job finds it out of the queue, and that changes fail. */
void queue_stop(void)
{
    UINT64 deadline = GetTickCount64() + STOP_TIMEOUT, now;
    struct store *store;

    scheduler_stop();
    notifier_stop();
    queue_lock();
    /* Cancel and Complete are at work. What they do not get done is done at the next start. */
    while (queue_has_busy_job() && (now = GetTickCount64()) < deadline)
        queue_wait_state((DWORD)(deadline - now));
    store = queue.store;
    queue.store = NULL;
    while (!list_empty(&queue.jobs))
    {
        struct bits_job *job = LIST_ENTRY_OF(queue.jobs.next, struct bits_job, entry);

        queue_unlink(job);
        queue_unlock();
        job_release(job); /* and a client's callback object with it */
        queue_lock();
    }
    queue_unlock();
    while (InterlockedCompareExchange(&queue.flushing, 0, 0))
        Sleep(1);
    store_close(store);
}

BOOL queue_is_idle(void)
{
    struct bits_job *job;

    if (notifier_is_busy())
        return FALSE;
    LIST_FOR_EACH(job, &queue.jobs, struct bits_job, entry)
    {
        if (job_is_active(job) || job->state == BG_JOB_STATE_TRANSIENT_ERROR || job->busy
                || job->transfer)
            return FALSE;
    }
    return TRUE;
}
