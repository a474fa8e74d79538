/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Adding files: IBackgroundCopyJob::AddFile and AddFileSet, IBackgroundCopyJob3::AddFileWithRanges.
 * Everything is checked before the job is touched: either all the files of a call are added or
 * none.
 */
#include "job_methods.h"

#include <stdlib.h>
#include <string.h>

#include "impersonate.h"
#include "policy.h"
#include "queue.h"
#include "validate.h"
#include "wstr.h"

/* The token under which the job's files are written: the caller's if it is the owner, else a copy
 * of the owner's, which *copied says to close. NULL: the service's own user. Without the lock. */
static HRESULT job_file_token(struct bits_job *job, const struct caller *caller, HANDLE *token,
        BOOL *copied)
{
    HRESULT hr = S_OK;

    *token = NULL;
    *copied = FALSE;
    queue_lock();
    if (!wcscmp(job->owner, caller->sid))
        *token = caller->token;
    else if (job->owner_token)
    {
        if (DuplicateHandle(GetCurrentProcess(), job->owner_token, GetCurrentProcess(), token, 0,
                    FALSE, DUPLICATE_SAME_ACCESS))
            *copied = TRUE;
        else
            hr = HRESULT_FROM_WIN32(GetLastError());
    }
    queue_unlock();
    return hr;
}

/* A checked file, not yet in the job. */
static HRESULT file_create(const WCHAR *remote_name, const WCHAR *local_name,
        struct bits_file **out)
{
    struct bits_file *file;
    HRESULT hr;

    *out = NULL;
    if (FAILED(hr = validate_remote_name(remote_name)))
        return hr;
    if (!(file = calloc(1, sizeof(*file))))
        return E_OUTOFMEMORY;
    if (FAILED(hr = validate_local_name(local_name, &file->local_name))
            || FAILED(hr = wstr_replace(&file->remote_name, remote_name)))
    {
        file_free(file);
        return hr;
    }
    *out = file;
    return S_OK;
}

static HRESULT files_probe(struct bits_file **files, UINT32 count, HANDLE token)
{
    struct folder_probe probe = {{0}};
    HRESULT hr = S_OK;

    if (!impersonate_begin(token))
        return HRESULT_FROM_WIN32(GetLastError());
    for (UINT32 i = 0; i < count && SUCCEEDED(hr); i++)
        hr = probe_local_name(&probe, files[i]->local_name);
    impersonate_end(token);
    return hr;
}

/* Checks that need the job. With the lock. */
static HRESULT job_check_room(const struct bits_job *job, const struct caller *caller,
        struct bits_file **files, UINT32 count)
{
    UINT32 limit = policy_get(POLICY_MAX_FILES_PER_JOB);

    if (caller->admin)
        limit = JOB_MAX_FILES;
    if (count > limit || job->file_count > limit - count)
        return BG_E_TOO_MANY_FILES_IN_JOB;
    /* On-demand transfers are HTTP's; see BITS_JOB_PROPERTY_ON_DEMAND_MODE. */
    for (UINT32 i = 0; i < count; i++)
    {
        if (job->properties.on_demand
                && (files[i]->range_count || !remote_name_is_http(files[i]->remote_name)))
            return BG_E_UNSUPPORTED_JOB_CONFIGURATION;
        if (job->properties.dynamic_content && files[i]->range_count)
            return BG_E_UNSUPPORTED_JOB_CONFIGURATION;
    }
    return S_OK;
}

/* Takes over the files, whatever happens. Without the lock. */
static HRESULT job_take_files(struct bits_job *job, struct caller *caller, struct bits_file **files,
        UINT32 count)
{
    BOOL copied, taken = FALSE;
    HANDLE token;
    HRESULT hr;

    if (SUCCEEDED(hr = job_file_token(job, caller, &token, &copied)))
    {
        hr = files_probe(files, count, token);
        if (copied)
            CloseHandle(token);
    }
    if (SUCCEEDED(hr))
    {
        queue_lock();
        if (SUCCEEDED(hr = caller_check_job(caller, job)) && SUCCEEDED(hr = job_check_open(job))
                && SUCCEEDED(hr = job_check_room(job, caller, files, count)))
        {
            job_adopt_token(job, caller);
            hr = job_add_files(job, files, count);
            taken = SUCCEEDED(hr);
        }
        hr = job_close_change(hr);
    }
    for (UINT32 i = 0; i < count && !taken; i++)
        file_free(files[i]);
    return hr;
}

HRESULT job_add_file_set(struct bits_job *job, const BG_FILE_INFO *infos, ULONG count)
{
    struct caller caller;
    struct bits_file **files;
    ULONG made = 0;
    HRESULT hr;

    if (!infos || !count || count > MAXLONG / sizeof(*files))
        return E_INVALIDARG;
    if (FAILED(hr = job_check_caller(job, &caller)))
        return hr;
    if (!caller.admin && count > policy_get(POLICY_MAX_FILES_PER_JOB))
        hr = BG_E_TOO_MANY_FILES_IN_JOB;
    if (!(files = calloc(count, sizeof(*files))))
        hr = E_OUTOFMEMORY;
    while (SUCCEEDED(hr) && made < count)
    {
        if (SUCCEEDED(
                    hr = file_create(infos[made].RemoteName, infos[made].LocalName, &files[made])))
            made++;
    }
    if (SUCCEEDED(hr))
        hr = job_take_files(job, &caller, files, count);
    else
        while (made)
            file_free(files[--made]);
    free(files);
    caller_free(&caller);
    return hr;
}

static HRESULT file_set_ranges(struct bits_file *file, const BG_FILE_RANGE *ranges, DWORD count)
{
    if (!(file->ranges = malloc(count * sizeof(*ranges))))
        return E_OUTOFMEMORY;
    memcpy(file->ranges, ranges, count * sizeof(*ranges));
    file->range_count = count;
    return S_OK;
}

/* `ranges` NULL: the whole file. Ranges are for HTTP alone ("Starting with BITS 3.0, the SMB
 * protocol is not supported for ranges"), in order as given. */
HRESULT job_add_one_file(struct bits_job *job, const WCHAR *remote_name, const WCHAR *local_name,
        const BG_FILE_RANGE *ranges, DWORD range_count)
{
    struct caller caller;
    struct bits_file *file;
    HRESULT hr;

    if (range_count > JOB_MAX_RANGES)
        return BG_E_TOO_MANY_RANGES_IN_FILE;
    if (ranges && FAILED(hr = validate_ranges(ranges, range_count)))
        return hr;
    if (FAILED(hr = file_create(remote_name, local_name, &file)))
        return hr;
    if (ranges
            && FAILED(hr = remote_name_is_http(remote_name)
                            ? file_set_ranges(file, ranges, range_count)
                            : E_INVALIDARG))
    {
        file_free(file);
        return hr;
    }
    if (FAILED(hr = job_check_caller(job, &caller)))
    {
        file_free(file);
        return hr;
    }
    if (!caller.admin && range_count > policy_get(POLICY_MAX_RANGES_PER_FILE))
    {
        file_free(file);
        hr = BG_E_TOO_MANY_RANGES_IN_FILE;
    }
    else
        hr = job_take_files(job, &caller, &file, 1);
    caller_free(&caller);
    return hr;
}
