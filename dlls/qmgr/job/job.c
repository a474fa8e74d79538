/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a job: creation, files, the state machine of "Life Cycle of a BITS Job", and its end.
 * How Cancel and Complete treat the files is in job_finish.c.
 */
#include "job.h"

#include <stdlib.h>
#include <wchar.h>

#include "notifier.h"
#include "queue.h"
#include "random_access.h"
#include "trace.h"
#include "wstr.h"

#define DEFAULT_MINIMUM_RETRY_DELAY 600                /* SetMinimumRetryDelay */
#define DEFAULT_NO_PROGRESS_TIMEOUT (14 * 24 * 3600)   /* SetNoProgressTimeout */
#define DEFAULT_MAXIMUM_DOWNLOAD_TIME (90 * 24 * 3600) /* SetMaximumDownloadTime */
#define DEFAULT_NOTIFICATION_INTERVAL 500 /* BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS */

static void job_destroy(void *object)
{
    struct bits_job *job = object;

    for (UINT32 i = 0; i < job->file_count; i++)
        file_free(job->files[i]);
    free(job->files);
    job_free_stored(job);
    if (job->notify.object)
        IUnknown_Release(job->notify.object);
    if (job->owner_token)
        CloseHandle(job->owner_token);
    free(job);
}

#define JOB_INTERFACE(iid)                                                                         \
    {                                                                                              \
        &iid, offsetof(struct bits_job, IBackgroundCopyJob5_iface)                                 \
    }

static const struct com_interface job_interfaces[] = {
        JOB_INTERFACE(IID_IUnknown),
        JOB_INTERFACE(IID_IBackgroundCopyJob),
        JOB_INTERFACE(IID_IBackgroundCopyJob2),
        JOB_INTERFACE(IID_IBackgroundCopyJob3),
        JOB_INTERFACE(IID_IBackgroundCopyJob4),
        JOB_INTERFACE(IID_IBackgroundCopyJob5),
        {&IID_IBackgroundCopyJobHttpOptions,
                offsetof(struct bits_job, IBackgroundCopyJobHttpOptions_iface)},
};

static const struct com_class job_class = {"job", job_interfaces, ARRAY_SIZE(job_interfaces),
        job_destroy};

ULONG job_addref(struct bits_job *job)
{
    return com_object_addref(&job->object);
}

ULONG job_release(struct bits_job *job)
{
    return com_object_release(&job->object);
}

HRESULT job_create(const WCHAR *display_name, BG_JOB_TYPE type, const GUID *id,
        struct bits_job **out)
{
    struct bits_job *job = calloc(1, sizeof(*job));

    *out = NULL;
    if (!job)
        return E_OUTOFMEMORY;
    com_object_init(&job->object, &job_class);
    job->IBackgroundCopyJob5_iface.lpVtbl = (IBackgroundCopyJob5Vtbl *)&bits_job_vtbl;
    job->IBackgroundCopyJobHttpOptions_iface.lpVtbl =
            (IBackgroundCopyJobHttpOptionsVtbl *)&bits_job_http_vtbl;
    list_init(&job->entry);
    job->id = *id;
    job->type = type;
    job->state = BG_JOB_STATE_SUSPENDED;
    job->priority = BG_JOB_PRIORITY_NORMAL;
    job->minimum_retry_delay = DEFAULT_MINIMUM_RETRY_DELAY;
    job->no_progress_timeout = DEFAULT_NO_PROGRESS_TIMEOUT;
    job->maximum_download_time = DEFAULT_MAXIMUM_DOWNLOAD_TIME;
    job->proxy_usage = BG_JOB_PROXY_USAGE_PRECONFIG;
    job->notify.flags = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR;
    job->properties.max_download_size = BG_SIZE_UNKNOWN;
    job->properties.notification_interval = DEFAULT_NOTIFICATION_INTERVAL;
    job->error.file = ~0u;
    GetSystemTimeAsFileTime(&job->created);
    job->modified = job->created;
    if (FAILED(wstr_replace(&job->display_name, display_name)))
    {
        job_release(job);
        return E_OUTOFMEMORY;
    }
    *out = job;
    return S_OK;
}

void file_free(struct bits_file *file)
{
    if (!file)
        return;
    file_free_stored(file);
    free(file->response_headers);
    free(file);
}

/* Puts the newest state of the job, and of the file if there is one, into a batch. */
static void batch_put_job(struct store_batch *batch, const struct bits_job *job)
{
    struct store_key key = {.type = STORE_JOB, .job = job->id};
    struct blob_writer writer = {0};

    job_serialize(job, &writer);
    batch->writer.failed |= writer.failed;
    store_batch_put(batch, &key, writer.data, writer.size);
    blob_writer_free(&writer);
}

static void batch_put_file(struct store_batch *batch, const struct bits_file *file)
{
    struct store_key key = {.type = STORE_FILE, .job = file->job->id, .file = file->index};
    struct blob_writer writer = {0};

    file_serialize(file, &writer);
    batch->writer.failed |= writer.failed;
    store_batch_put(batch, &key, writer.data, writer.size);
    blob_writer_free(&writer);
}

void job_snapshot(const struct bits_job *job, struct store_batch *batch)
{
    batch_put_job(batch, job);
    for (UINT32 i = 0; i < job->file_count; i++)
        batch_put_file(batch, job->files[i]);
}

HRESULT job_store(struct bits_job *job, struct bits_file *file)
{
    struct store_batch batch = {0};

    if (list_empty(&job->entry)) /* in no queue: nothing of it is kept */
        return queue_store() ? S_OK : CO_E_SERVER_STOPPING;
    batch_put_job(&batch, job);
    if (file)
        batch_put_file(&batch, file);
    return queue_write(&batch);
}

HRESULT job_store_file(struct bits_file *file)
{
    struct store_batch batch = {0};

    if (list_empty(&file->job->entry))
        return queue_store() ? S_OK : CO_E_SERVER_STOPPING;
    batch_put_file(&batch, file);
    return queue_write(&batch);
}

HRESULT job_changed(struct bits_job *job, struct bits_file *file)
{
    FILETIME before = job->modified;
    HRESULT hr;

    GetSystemTimeAsFileTime(&job->modified);
    if (FAILED(hr = job_store(job, file)))
    {
        job->modified = before;
        return hr;
    }
    job->notify.pending |= BG_NOTIFY_JOB_MODIFICATION;
    notifier_wake(job);
    return hr;
}

BOOL job_is_final(const struct bits_job *job)
{
    return job->state == BG_JOB_STATE_ACKNOWLEDGED || job->state == BG_JOB_STATE_CANCELLED;
}

BOOL job_is_active(const struct bits_job *job)
{
    return job->state == BG_JOB_STATE_QUEUED || job->state == BG_JOB_STATE_CONNECTING
            || job->state == BG_JOB_STATE_TRANSFERRING;
}

HRESULT job_check_open(struct bits_job *job)
{
    while (job->busy)
        queue_wait_state(INFINITE);
    return job_is_final(job) ? BG_E_INVALID_STATE : S_OK;
}

void job_set_state(struct bits_job *job, BG_JOB_STATE state)
{
    struct bits_notify *notify = &job->notify;

    if (job->state == state)
        return;
    trace("job %08lx: state %d -> %d", (unsigned long)job->id.Data1, job->state, state);
    job->state = state;
    GetSystemTimeAsFileTime(&job->modified);
    notify->pending &= ~(ULONG)(BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    notify->pending |= BG_NOTIFY_JOB_MODIFICATION;
    notify->next_attempt = 0;
    notify->attempts = 0;
    if (state == BG_JOB_STATE_TRANSFERRED)
    {
        job_clear_error(job);
        job->completed = job->modified;
        notify->pending |= BG_NOTIFY_JOB_TRANSFERRED;
    }
    if (state == BG_JOB_STATE_ERROR)
        notify->pending |= BG_NOTIFY_JOB_ERROR;
    notifier_wake(job);
    queue_wake_state();
}

void job_set_error(struct bits_job *job, BG_ERROR_CONTEXT context, HRESULT code, UINT32 file)
{
    trace("job %08lx: error %08lx, context %d, file %u", (unsigned long)job->id.Data1,
            (unsigned long)code, context, file);
    job->error.context = context;
    job->error.code = code;
    job->error.file = file;
}

void job_clear_error(struct bits_job *job)
{
    job->error.context = BG_ERROR_CONTEXT_NONE;
    job->error.code = S_OK;
    job->error.file = ~0u;
}

void job_stop_transfer(struct bits_job *job, HRESULT reason)
{
    if (!job->transfer)
        return;
    job->stop_reason = reason;
    transfer_abort(job->transfer);
}

BOOL job_all_completed(const struct bits_job *job)
{
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        if (!job->files[i]->completed)
            return FALSE;
    }
    return TRUE;
}

/* job_set_state, and the store has it, with what the state owes; or nothing has changed. */
static HRESULT job_move(struct bits_job *job, BG_JOB_STATE state)
{
    BG_JOB_STATE before = job->state;
    ULONG pending = job->notify.pending;
    HRESULT hr;

    job_set_state(job, state);
    if (FAILED(hr = job_store(job, NULL)))
    {
        job->state = before;
        job->notify.pending = pending;
    }
    return hr;
}

HRESULT job_suspend(struct bits_job *job)
{
    HRESULT hr;

    if (FAILED(hr = job_check_open(job)))
        return hr;
    /* A job in error, or one that is done, is at rest already ("automatically suspended"). */
    if (job->state == BG_JOB_STATE_SUSPENDED || job->state == BG_JOB_STATE_ERROR
            || job->state == BG_JOB_STATE_TRANSFERRED)
        return S_OK;
    if (SUCCEEDED(hr = job_move(job, BG_JOB_STATE_SUSPENDED)))
        job_stop_transfer(job, E_ABORT);
    return hr;
}

HRESULT job_resume(struct bits_job *job)
{
    BOOL resumed = job->resumed;
    HRESULT hr;

    if (FAILED(hr = job_check_open(job)))
        return hr;
    if (!job->file_count)
        return BG_E_EMPTY;
    if (job_is_active(job) || job->state == BG_JOB_STATE_TRANSFERRED)
        return S_OK;
    job->resumed = TRUE;
    if (FAILED(hr = job_move(job,
                       job_all_completed(job) ? BG_JOB_STATE_TRANSFERRED : BG_JOB_STATE_QUEUED)))
    {
        job->resumed = resumed;
        return hr;
    }
    job->retry_at = 0;
    job->failing_since = 0;
    job->download_seconds = 0; /* SetMaximumDownloadTime: Resume "resets the elapsed time" */
    job->slice_start = GetTickCount64();
    queue_wake_scheduler();
    return S_OK;
}

/* A name for the temporary file: beside the destination, the same after every restart, and
 * different for every file of every job. */
static WCHAR *file_temp_name(const struct bits_job *job, const struct bits_file *file)
{
    const WCHAR *slash = wcsrchr(file->local_name, '\\');
    size_t folder = slash ? (size_t)(slash + 1 - file->local_name) : 0;
    WCHAR *name;

    if (job->properties.high_performance)
        return wstr_dup(file->local_name);
    if (!(name = malloc((folder + 48) * sizeof(WCHAR))))
        return NULL;
    memcpy(name, file->local_name, folder * sizeof(WCHAR));
    _snwprintf(name + folder, 48, L"BIT%08X%04X%04X-%X.tmp", (unsigned int)job->id.Data1,
            job->id.Data2, job->id.Data3, file->index);
    return name;
}

static HRESULT job_reserve_files(struct bits_job *job, UINT32 count)
{
    UINT32 capacity = job->file_capacity ? job->file_capacity : 4;
    struct bits_file **files;

    if (count > MAXUINT32 / 2 - job->file_count)
        return E_OUTOFMEMORY;
    while (capacity < job->file_count + count)
        capacity *= 2;
    if (capacity == job->file_capacity)
        return S_OK;
    if (!(files = realloc(job->files, capacity * sizeof(*files))))
        return E_OUTOFMEMORY;
    job->files = files;
    job->file_capacity = capacity;
    return S_OK;
}

HRESULT job_add_files(struct bits_job *job, struct bits_file **files, UINT32 count)
{
    BG_JOB_STATE before = job->state;
    FILETIME modified = job->modified;
    struct store_batch batch = {0};
    HRESULT hr;

    if (FAILED(hr = job_reserve_files(job, count)))
        return hr;
    for (UINT32 i = 0; i < count; i++)
    {
        struct bits_file *file = files[i];

        file->job = job;
        file->index = job->file_count + i;
        file->total = BG_SIZE_UNKNOWN;
        file->validator.size = BG_SIZE_UNKNOWN;
        free(file->temp_name);
        if (!(file->temp_name = file_temp_name(job, file)))
        {
            store_batch_free(&batch);
            return E_OUTOFMEMORY;
        }
        batch_put_file(&batch, file);
    }
    /* More to do: a job that was done waits for the next Resume. */
    if (before == BG_JOB_STATE_TRANSFERRED)
        job->state = BG_JOB_STATE_SUSPENDED;
    GetSystemTimeAsFileTime(&job->modified);
    batch_put_job(&batch, job);
    job->state = before;
    if (list_empty(&job->entry))
        store_batch_free(&batch);
    else if (FAILED(hr = queue_write(&batch)))
    {
        job->modified = modified;
        return hr;
    }
    memcpy(job->files + job->file_count, files, count * sizeof(*files));
    job->file_count += count;
    if (before == BG_JOB_STATE_TRANSFERRED)
    {
        memset(&job->completed, 0, sizeof(job->completed));
        job_set_state(job, BG_JOB_STATE_SUSPENDED);
    }
    job->notify.pending |= BG_NOTIFY_JOB_MODIFICATION;
    notifier_wake(job);
    queue_wake_scheduler();
    return S_OK;
}

HRESULT job_load_file(struct bits_job *job, struct bits_file *file)
{
    HRESULT hr;

    /* Files are stored in order; a gap means that a record is lost, and the job with it. */
    if (file->index != job->file_count)
        return HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT);
    if (FAILED(hr = job_reserve_files(job, 1)))
        return hr;
    file->job = job;
    job->files[job->file_count++] = file;
    return S_OK;
}

void job_progress(const struct bits_job *job, BG_JOB_PROGRESS *progress)
{
    memset(progress, 0, sizeof(*progress));
    progress->FilesTotal = job->file_count;
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        const struct bits_file *file = job->files[i];

        progress->BytesTransferred += file->transferred;
        progress->FilesTransferred += file->completed;
        if (file->total == BG_SIZE_UNKNOWN || progress->BytesTotal == BG_SIZE_UNKNOWN)
            progress->BytesTotal = BG_SIZE_UNKNOWN;
        else
            progress->BytesTotal += file->total;
    }
}

void file_restart(struct bits_file *file)
{
    file->completed = FALSE;
    file->saved = FALSE;
    file->notify_transferred = FALSE;
    file->transferred = 0;
    file->total = BG_SIZE_UNKNOWN;
    file->filled_count = 0;
    file->validation = VALIDATION_UNKNOWN;
    transfer_validator_free(&file->validator);
    memset(&file->validator, 0, sizeof(file->validator));
    file->validator.size = BG_SIZE_UNKNOWN;
}

HRESULT job_file_set_validation(struct bits_job *job, struct bits_file *file, BOOL valid)
{
    const BG_FILE_RANGE whole = {0, BG_LENGTH_TO_EOF};
    HRESULT hr;

    if (FAILED(hr = job_check_open(job)))
        return hr;
    if (!file->completed)
        return E_PENDING;
    if (valid)
    {
        file->validation = VALIDATION_VALID;
        return job_changed(job, file);
    }
    file_restart(file);
    file->validation = VALIDATION_INVALID;
    if (job->properties.on_demand && FAILED(hr = random_request(file, &whole, 1)))
        return hr;
    job_stop_transfer(job, E_ABORT);
    job_set_error(job, BG_ERROR_CONTEXT_REMOTE_FILE, BG_E_VALIDATION_FAILED, file->index);
    job->error_count++;
    job_set_state(job, BG_JOB_STATE_ERROR);
    return job_changed(job, file);
}
