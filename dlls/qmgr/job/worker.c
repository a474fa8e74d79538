/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A worker: the thread on which one job's files are transferred, one after the other, until all are
 * done, one fails, or the job is stopped.
 *
 * The engine gets copies of everything it reads, so that clients may change the job meanwhile.
 */
#include <stdlib.h>

#include "host_path.h"
#include "notifier.h"
#include "queue.h"
#include "random_access.h"
#include "scheduler.h"
#include "trace.h"
#include "wstr.h"

#define STALL_TIMEOUT 60000          /* ms without a byte until the transfer counts as failed */
#define MAX_REDIRECT_URL 2200        /* characters, as of remote names */
#define STORE_PROGRESS_FROM 0x100000 /* smaller files are not worth a record when they start */

static UINT32 workers; /* queue's lock */

UINT32 worker_count(void)
{
    return workers;
}

struct worker
{
    struct bits_job *job;
    struct bits_file *file;
    struct transfer_request request;
    struct range_set ranges;   /* of the request */
    struct host_folder folder; /* of the temporary file */
    UINT64 reported;           /* random access: bytes of the request that are marked as filled */
};

/* ---- the engine's callbacks ---- */

static BOOL worker_may_go_on(const struct worker *worker)
{
    return SUCCEEDED(worker->job->stop_reason) && job_is_active(worker->job);
}

/* Every range's true length, now that the size is known. */
static void worker_resolve_ranges(struct worker *worker, UINT64 size)
{
    for (UINT32 i = 0; i < worker->ranges.count; i++)
    {
        BG_FILE_RANGE *range = &worker->ranges.ranges[i];

        if (range->Length == BG_LENGTH_TO_EOF && size != BG_SIZE_UNKNOWN
                && range->InitialOffset < size)
            range->Length = size - range->InitialOffset;
    }
}

static BOOL validator_tells_versions(const struct transfer_validator *validator)
{
    return (validator->etag && wcsncmp(validator->etag, L"W/", 2))
            || (validator->last_modified && *validator->last_modified);
}

static HRESULT worker_started(void *context, const struct transfer_validator *validator,
        UINT64 total, BOOL restarted, const WCHAR *response_headers)
{
    struct worker *worker = context;
    struct bits_file *file = worker->file;
    struct bits_job *job = worker->job;
    struct transfer_validator copy = {0};
    HRESULT hr;

    /* Without either, later parts could be of another version. */
    if (worker->request.in_place && !validator_tells_versions(validator))
        return BG_E_INSUFFICIENT_RANGE_SUPPORT;
    if (FAILED(hr = transfer_validator_copy(&copy, validator)))
        return hr;
    queue_lock();
    if (!worker_may_go_on(worker))
    {
        queue_unlock();
        transfer_validator_free(&copy);
        return E_ABORT;
    }
    if (worker->request.in_place)
    {
        random_started(file, validator->size, restarted);
        worker_resolve_ranges(worker, validator->size);
        file->no_ranges = FALSE;
        worker->reported = 0;
    }
    else if (restarted)
    {
        file->no_ranges = file->transferred != 0 && !worker->request.range_count;
        file->transferred = 0;
    }
    transfer_validator_free(&file->validator);
    file->validator = copy;
    file->total = worker->request.in_place ? validator->size : total;
    wstr_replace(&file->response_headers, response_headers);
    job_clear_error(job);
    /* A stored validator must never be that of other bytes than the temporary file's. */
    if (restarted || total == BG_SIZE_UNKNOWN || total >= STORE_PROGRESS_FROM)
        job_store_file(file);
    job_set_state(job, BG_JOB_STATE_TRANSFERRING);
    queue_unlock();
    return S_OK;
}

/* What the temporary file has counts even if the worker must stop: it is not fetched again. */
static void worker_note_bytes(struct worker *worker, UINT64 transferred)
{
    struct bits_file *file = worker->file;
    struct range_set filled = {NULL, 0};

    if (worker->request.in_place)
    {
        random_fill(file, &worker->ranges, worker->reported, transferred);
        worker->reported = transferred;
        job_store_file(file);
        return;
    }
    file->transferred = transferred;
    if (!file->random || FAILED(range_set_add(&filled, 0, transferred)))
        return;
    /* The file has become a random one during this transfer. */
    free(file->filled);
    file->filled = filled.ranges;
    file->filled_count = filled.count;
    job_store_file(file);
}

static HRESULT worker_progress(void *context, UINT64 transferred)
{
    struct worker *worker = context;
    struct bits_job *job = worker->job;

    queue_lock();
    worker_note_bytes(worker, transferred);
    if (!worker_may_go_on(worker))
    {
        queue_unlock();
        return E_ABORT;
    }
    job->failing_since = 0;
    GetSystemTimeAsFileTime(&job->modified);
    job->notify.pending |= BG_NOTIFY_JOB_MODIFICATION;
    notifier_wake(job);
    queue_unlock();
    return S_OK;
}

/* BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT and DISALLOW: the client sees the new URL as the remote
 * name. */
static HRESULT worker_redirected(void *context, const WCHAR *url)
{
    struct worker *worker = context;
    HRESULT hr = E_ABORT;

    if (wcslen(url) > MAX_REDIRECT_URL)
        return S_OK; /* no name for a file; what is there goes on */
    queue_lock();
    if (worker_may_go_on(worker) && SUCCEEDED(hr = wstr_replace(&worker->file->remote_name, url)))
        hr = job_changed(worker->job, worker->file);
    queue_unlock();
    return hr;
}

/* ---- requests ---- */

static void request_free(struct transfer_request *request)
{
    free((void *)request->remote_name);
    free((void *)request->temp_name);
    free((void *)request->local_name);
    free((void *)request->proxy_list);
    free((void *)request->proxy_bypass);
    free((void *)request->custom_headers);
    for (UINT32 i = 0; i < request->next_count; i++)
        free((void *)request->next_names[i]);
    for (UINT32 i = 0; i < request->credential_count; i++)
    {
        WCHAR *password = request->credentials[i].password;

        if (password)
            SecureZeroMemory(password, wcslen(password) * sizeof(WCHAR));
        free(request->credentials[i].user);
        free(password);
    }
    free((void *)request->credentials);
    transfer_validator_free(&request->validator);
    if (request->token)
        CloseHandle(request->token);
}

static HRESULT request_copy_credentials(struct transfer_request *request,
        const struct bits_job *job)
{
    struct transfer_credentials *copy;

    if (!job->credential_count)
        return S_OK;
    if (!(copy = calloc(job->credential_count, sizeof(*copy))))
        return E_OUTOFMEMORY;
    request->credentials = copy;
    request->credential_count = job->credential_count;
    for (UINT32 i = 0; i < job->credential_count; i++)
    {
        const struct transfer_credentials *from = &job->credentials[i];

        copy[i].target = from->target;
        copy[i].scheme = from->scheme;
        copy[i].user = wstr_dup(from->user);
        copy[i].password = wstr_dup(from->password);
        if ((from->user && !copy[i].user) || (from->password && !copy[i].password))
            return E_OUTOFMEMORY;
    }
    return S_OK;
}

/* A copy of what the engine is told; a NULL source stays NULL. */
static BOOL copy_text(const WCHAR **to, const WCHAR *from)
{
    return !from || (*to = wstr_dup(from));
}

/* BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, which is the job's: without what its other files have, and,
 * as the engine counts only what it fetches, without the parts that are there of this one. */
static UINT64 worker_size_limit(const struct worker *worker)
{
    const struct bits_job *job = worker->job;
    UINT64 limit = job->properties.max_download_size;

    if (limit == BG_SIZE_UNKNOWN)
        return limit;
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        const struct bits_file *file = job->files[i];

        if (file != worker->file || file_is_random(file))
            limit -= min(limit, file->transferred);
    }
    return limit;
}

/* Copies the names of the files which follow and can be asked for by the same request. */
static BOOL request_name_next(struct transfer_request *request, const struct bits_file *file)
{
    const struct bits_job *job = file->job;

    for (UINT32 i = file->index + 1;
            i < job->file_count && request->next_count < TRANSFER_AHEAD_MAX; i++)
    {
        const struct bits_file *next = job->files[i];

        if (!file_has_work(next))
            continue;
        if (next->transferred || next->range_count || file_is_random(next))
            break;
        if (!copy_text(&request->next_names[request->next_count], next->remote_name))
            return FALSE;
        request->next_count++;
    }
    return TRUE;
}

static HRESULT request_init(struct worker *worker)
{
    struct transfer_request *request = &worker->request;
    const struct bits_file *file = worker->file;
    const struct bits_job *job = worker->job;
    const struct range_set ranges = {file->ranges, file->range_count};
    HRESULT hr;

    memset(request, 0, sizeof(*request));
    request->in_place = file_is_random(file);
    request->offset = request->in_place ? random_extent(file) : file->transferred;
    request->dynamic = job->properties.dynamic_content;
    request->max_size = worker_size_limit(worker);
    request->acl_flags = job->acl_flags;
    request->proxy_usage = job->proxy_usage;
    request->security_flags = job->http.security_flags;
    request->stall_timeout = STALL_TIMEOUT;
    request->started = worker_started;
    request->progress = worker_progress;
    request->redirected = worker_redirected;
    request->context = worker;
    if (!copy_text(&request->temp_name, file->temp_name)
            || !copy_text(&request->remote_name, file->remote_name)
            || !copy_text(&request->local_name, file->local_name)
            || !copy_text(&request->proxy_list, job->proxy_list)
            || !copy_text(&request->proxy_bypass, job->proxy_bypass)
            || !copy_text(&request->custom_headers, job->http.custom_headers))
        return E_OUTOFMEMORY;
    if (FAILED(hr = request_copy_credentials(request, job))
            || FAILED(hr = transfer_validator_copy(&request->validator, &file->validator))
            || FAILED(hr = request->in_place ? random_plan(file, &worker->ranges)
                                             : range_set_copy(&worker->ranges, &ranges)))
        return hr;
    request->ranges = worker->ranges.ranges;
    request->range_count = worker->ranges.count;
    if (!request_name_next(request, file))
        return E_OUTOFMEMORY;
    if (job->owner_token
            && !DuplicateHandle(GetCurrentProcess(), job->owner_token, GetCurrentProcess(),
                    &request->token, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

/* ---- the job's files, one by one; all with the lock held ---- */

static struct bits_file *worker_next_file(const struct bits_job *job)
{
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        if (file_has_work(job->files[i]))
            return job->files[i];
    }
    return NULL;
}

static void worker_file_done(struct bits_job *job, struct bits_file *file)
{
    if (file_is_random(file) && file->transferred != file->total)
        return; /* the ranges asked for are there; the rest may still be asked for */
    if (file->total == BG_SIZE_UNKNOWN)
        file->total = file->transferred;
    file->completed = TRUE;
    file->notify_transferred = TRUE;
    job->notify.pending |= BG_NOTIFY_JOB_MODIFICATION;
    job_store_file(file);
    notifier_wake(job);
}

static void worker_file_failed(struct bits_job *job, struct bits_file *file,
        const struct transfer_error *error)
{
    UINT64 now = GetTickCount64();
    BOOL fatal = !error->transient || job->no_progress_timeout == 0
            || job->minimum_retry_delay > job->no_progress_timeout;

    job_set_error(job, error->context, error->code, file->index);
    job->error_count++;
    if (!job->failing_since)
        job->failing_since = now;
    job->retry_at = now + max(job->minimum_retry_delay, error->retry_after) * 1000ull;
    job_set_state(job, fatal ? BG_JOB_STATE_ERROR : BG_JOB_STATE_TRANSIENT_ERROR);
    job_store(job, file);
}

/* A server that can do no ranges, or a position behind the end of the file: a job that is not on
 * demand gets its file from the beginning. */
static BOOL worker_gives_up_random(struct worker *worker, const struct transfer_error *error)
{
    struct bits_file *file = worker->file;

    if (!worker->request.in_place
            || (error->code != BG_E_INSUFFICIENT_RANGE_SUPPORT
                    && error->code != BG_E_INVALID_RANGE))
        return FALSE;
    file->no_ranges = error->code == BG_E_INSUFFICIENT_RANGE_SUPPORT;
    if (worker->job->properties.on_demand)
    {
        /* Ranges that are not in the file would fail again after each Resume. */
        if (!file->no_ranges)
            file->wanted_count = 0;
        return FALSE;
    }
    random_give_up(file);
    job_store_file(file);
    return TRUE;
}

/* Nobody else uses the temporary file's name, in any spelling. Looks at the folder: without the
 * lock. */
static void worker_use_host_path(struct worker *worker)
{
    WCHAR *direct = host_path(&worker->folder, worker->request.temp_name);

    if (!direct)
        return;
    free((void *)worker->request.temp_name);
    worker->request.temp_name = direct;
}

static HRESULT worker_transfer_file(struct worker *worker, struct transfer *transfer)
{
    struct transfer_error error = {0};
    struct bits_job *job = worker->job;
    BOOL own_name;
    HRESULT hr;

    worker->reported = 0;
    worker->ranges.ranges = NULL;
    worker->ranges.count = 0;
    if (SUCCEEDED(hr = request_init(worker)))
    {
        if (job->state == BG_JOB_STATE_QUEUED)
            job_set_state(job, BG_JOB_STATE_CONNECTING);
        own_name = !job->properties.high_performance;
        queue_unlock();
        if (own_name)
            worker_use_host_path(worker);
        hr = transfer_run(transfer, &worker->request, &error);
        queue_lock();
    }
    else
    {
        error.context = BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER;
        error.code = hr;
        error.transient = TRUE;
    }
    request_free(&worker->request);
    range_set_free(&worker->ranges);
    if (!worker_may_go_on(worker))
        return E_ABORT;
    if (SUCCEEDED(hr))
        worker_file_done(job, worker->file);
    else if (hr != E_ABORT)
    {
        if (SUCCEEDED(error.code)) /* from a callback */
        {
            error.context = BG_ERROR_CONTEXT_REMOTE_FILE;
            error.code = hr;
        }
        if (worker_gives_up_random(worker, &error))
            hr = S_OK;
        else
            worker_file_failed(job, worker->file, &error);
    }
    return hr;
}

static void worker_run(struct bits_job *job)
{
    struct worker worker = {.job = job};

    while (SUCCEEDED(job->stop_reason) && job_is_active(job)
            && (worker.file = worker_next_file(job)))
    {
        if (FAILED(worker_transfer_file(&worker, job->transfer)))
            break;
    }
    host_folder_free(&worker.folder);
    if (!job_is_active(job))
        return;
    if (job_all_completed(job))
    {
        job_set_state(job, BG_JOB_STATE_TRANSFERRED);
        job_store(job, NULL);
    }
    else if (job->properties.on_demand && !job_has_file_work(job))
    {
        /* "When all of the requested ranges have been downloaded ..." */
        job_set_state(job, BG_JOB_STATE_SUSPENDED);
        job_store(job, NULL);
    }
    else
        job_set_state(job, BG_JOB_STATE_QUEUED);
}

static DWORD WINAPI worker_main(void *argument)
{
    struct bits_job *job = argument;
    struct transfer *transfer;

    queue_lock();
    worker_run(job);
    job->download_seconds += (ULONG)((GetTickCount64() - job->slice_start) / 1000);
    transfer = job->transfer;
    job->transfer = NULL;
    job->stop_reason = S_OK;
    workers--;
    queue_wake_state();
    queue_wake_scheduler();
    queue_unlock();
    transfer_destroy(transfer);
    job_release(job);
    return 0;
}

HRESULT worker_start(struct bits_job *job)
{
    HANDLE thread;
    HRESULT hr;

    if (FAILED(hr = transfer_create(&job->transfer)))
        return hr;
    job->stop_reason = S_OK;
    job->slice_start = GetTickCount64();
    job_addref(job);
    workers++;
    if ((thread = CreateThread(NULL, 0, worker_main, job, 0, NULL)))
    {
        CloseHandle(thread);
        return S_OK;
    }
    hr = HRESULT_FROM_WIN32(GetLastError());
    trace("no thread for a transfer: %08lx", (unsigned long)hr);
    workers--;
    transfer_destroy(job->transfer);
    job->transfer = NULL;
    job_release(job); /* the queue has one */
    return hr;
}
