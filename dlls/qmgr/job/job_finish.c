/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a job ends: Complete moves its files to their destinations, Cancel deletes them. Both work on
 * the disk without the queue's lock, with the job marked busy so that no other call comes between.
 * See IBackgroundCopyJob::Complete and ::Cancel.
 */
#include "job.h"

#include <stdlib.h>

#include "host_path.h"
#include "impersonate.h"
#include "queue.h"
#include "trace.h"

#define WORKER_STOP_TIMEOUT 10000 /* ms that Cancel and Complete wait for a transfer to let go */

/* Stops the job's worker and waits until it has closed the temporary file. */
static void job_wait_worker(struct bits_job *job)
{
    UINT64 deadline = GetTickCount64() + WORKER_STOP_TIMEOUT;

    job_stop_transfer(job, E_ABORT);
    while (job->transfer)
    {
        UINT64 now = GetTickCount64();

        if (now >= deadline)
            return;
        queue_wait_state((DWORD)(deadline - now));
    }
}

static BOOL file_has_temp(const struct bits_file *file)
{
    return !file->saved && wcscmp(file->temp_name, file->local_name);
}

/* Without the lock. Returns S_OK or BG_S_UNABLE_TO_DELETE_FILES. */
static HRESULT job_delete_temps(struct bits_job *job)
{
    HANDLE token = job->owner_token;
    HRESULT hr = S_OK;

    if (!impersonate_begin(token))
        return BG_S_UNABLE_TO_DELETE_FILES;
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        const struct bits_file *file = job->files[i];
        DWORD error;

        if (!file_has_temp(file) || DeleteFileW(file->temp_name))
            continue;
        error = GetLastError();
        /* It may have the attributes of its source. */
        if (error == ERROR_ACCESS_DENIED
                && SetFileAttributesW(file->temp_name, FILE_ATTRIBUTE_NORMAL)
                && DeleteFileW(file->temp_name))
            continue;
        if (error != ERROR_FILE_NOT_FOUND && error != ERROR_PATH_NOT_FOUND)
            hr = BG_S_UNABLE_TO_DELETE_FILES;
    }
    impersonate_end(token);
    return hr;
}

/* Takes the job out of the queue, in a final state. With the lock. Fails when the store still has
 * it. */
static HRESULT job_end(struct bits_job *job, BG_JOB_STATE state)
{
    HRESULT hr;

    job_set_state(job, state);
    hr = queue_remove(job);
    job->busy = FALSE;
    queue_wake_state();
    return hr;
}

HRESULT job_finish_cancel(struct bits_job *job)
{
    HRESULT deleted, removed;

    job->busy = TRUE;
    queue_unlock();
    deleted = job_delete_temps(job);
    queue_lock();
    removed = job_end(job, BG_JOB_STATE_CANCELLED);
    return SUCCEEDED(removed) ? deleted : removed;
}

HRESULT job_cancel(struct bits_job *job)
{
    HRESULT hr, stored, deleted;

    if (FAILED(hr = job_check_open(job)))
        return hr;
    job->busy = TRUE;
    job_wait_worker(job);
    /* A crash from here on is followed by the rest when the service starts again: no job comes back
     * with some of its files gone. On a full disk it goes on all the same, since that makes room.
     */
    job->cancelling = TRUE;
    stored = job_store(job, NULL);
    if (stored == CO_E_SERVER_STOPPING)
    {
        job->cancelling = FALSE;
        job->busy = FALSE;
        queue_wake_state();
        return stored;
    }
    deleted = job_finish_cancel(job);
    /* Its record says that it is cancelled, which is as good as none. */
    return FAILED(deleted) && SUCCEEDED(stored) ? S_OK : deleted;
}

/* What is known of the folder that files are moved to just now. */
struct destination
{
    struct folder_listing listing;
    struct host_folder folder;
};

/* Moves one file to its destination. `completing` is what the store said before this run: a file
 * that was moved just before a crash is no longer where its temporary file was. */
static HRESULT file_save(const struct bits_file *file, BOOL completing, struct destination *to)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    WCHAR *direct = NULL;
    DWORD error;
    BOOL moved;

    if (!file_has_temp(file))
        return S_OK;
    if (!folder_may_have(&to->listing, file->local_name))
        direct = host_path(&to->folder, file->local_name);
    moved = MoveFileExW(file->temp_name, direct ? direct : file->local_name,
            MOVEFILE_REPLACE_EXISTING | MOVEFILE_COPY_ALLOWED);
    error = GetLastError();
    free(direct);
    if (moved)
        return S_OK;
    if (completing && error == ERROR_FILE_NOT_FOUND
            && GetFileAttributesExW(file->local_name, GetFileExInfoStandard, &data)
            && ((UINT64)data.nFileSizeHigh << 32 | data.nFileSizeLow) == file->total)
        return S_OK;
    return HRESULT_FROM_WIN32(error);
}

/* Without the lock: saves what is whole. Marks the files. Returns the first failure. */
static HRESULT job_save_files(struct bits_job *job, BOOL completing)
{
    struct destination destination = {0};
    HANDLE token = job->owner_token;
    HRESULT result = S_OK;

    if (!impersonate_begin(token))
        return HRESULT_FROM_WIN32(GetLastError());
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        struct bits_file *file = job->files[i];
        HRESULT hr;

        if (!file->completed || file->saved)
            continue;
        if (SUCCEEDED(hr = file_save(file, completing, &destination)))
            file->saved = TRUE;
        else if (SUCCEEDED(result))
            result = hr;
    }
    impersonate_end(token);
    folder_listing_free(&destination.listing);
    host_folder_free(&destination.folder);
    return result;
}

HRESULT job_complete(struct bits_job *job)
{
    BOOL whole, completing;
    HRESULT hr, deleted;

    if (FAILED(hr = job_check_open(job)))
        return hr;
    job->busy = TRUE;
    job_wait_worker(job);
    whole = job_all_completed(job);
    completing = job->completing;
    job->completing = TRUE;
    /* Should we crash from here on, the rest of this function follows at the next start. */
    if (FAILED(hr = job_store(job, NULL)))
        goto failed;
    queue_unlock();
    hr = job_save_files(job, completing);
    deleted = SUCCEEDED(hr) ? job_delete_temps(job) : S_OK;
    queue_lock();
    if (FAILED(hr))
    {
        completing = FALSE;
        for (UINT32 i = 0; i < job->file_count; i++)
        {
            /* Where that is not written down, the next Complete must look for itself. */
            if (job->files[i]->saved && FAILED(job_store_file(job->files[i])))
                completing = TRUE;
        }
        if (job_is_active(job) || job->state == BG_JOB_STATE_TRANSIENT_ERROR)
            job_set_state(job, BG_JOB_STATE_SUSPENDED);
        goto failed;
    }
    job_end(job, BG_JOB_STATE_ACKNOWLEDGED);
    if (!whole)
        return BG_S_PARTIAL_COMPLETE;
    return deleted;

failed:
    trace("job %08lx: not completed: %08lx", (unsigned long)job->id.Data1, (unsigned long)hr);
    job->completing = completing;
    job->busy = FALSE;
    job_store(job, NULL);
    queue_wake_state();
    return hr;
}
