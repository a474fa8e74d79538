/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IBackgroundCopyJob3: ranges, new servers for the files, and what to keep of a file's security. */
#include "job_methods.h"

#include <stdlib.h>
#include <string.h>

#include "queue.h"
#include "validate.h"

/* The name with its first `old_length` characters replaced (malloc). NULL when out of memory. */
static WCHAR *name_replace_prefix(const WCHAR *name, size_t old_length, const WCHAR *new_prefix)
{
    size_t new_length = wcslen(new_prefix), rest = wcslen(name + old_length) + 1;
    WCHAR *out = malloc((new_length + rest) * sizeof(WCHAR));

    if (out)
    {
        memcpy(out, new_prefix, new_length * sizeof(WCHAR));
        memcpy(out + new_length, name + old_length, rest * sizeof(WCHAR));
    }
    return out;
}

/* Puts the new names (NULL: no change) into the files, and what was there into `names`. */
static void job_swap_names(struct bits_job *job, WCHAR **names, UINT32 count)
{
    for (UINT32 i = 0; i < count; i++)
    {
        WCHAR *name = names[i];

        if (!name)
            continue;
        names[i] = job->files[i]->remote_name;
        job->files[i]->remote_name = name;
    }
}

/* Makes the new names into `names`, one a file, all checked. S_FALSE when nothing matches. */
static HRESULT job_make_names(const struct bits_job *job, const WCHAR *old_prefix,
        const WCHAR *new_prefix, WCHAR **names)
{
    size_t old_length = wcslen(old_prefix);
    HRESULT result = S_FALSE, hr;

    for (UINT32 i = 0; i < job->file_count; i++)
    {
        const struct bits_file *file = job->files[i];

        if (wcsncmp(file->remote_name, old_prefix, old_length))
            continue;
        if (!(names[i] = name_replace_prefix(file->remote_name, old_length, new_prefix)))
            return E_OUTOFMEMORY;
        if (FAILED(hr = validate_remote_name(names[i])))
            return hr;
        if ((file->range_count || job->properties.on_demand) && !remote_name_is_http(names[i]))
            return E_INVALIDARG;
        result = S_OK;
    }
    return result;
}

/* The job's record and those of all renamed files. */
static HRESULT job_store_names(struct bits_job *job, WCHAR *const *names)
{
    HRESULT hr = S_OK;

    for (UINT32 i = 0; i < job->file_count && SUCCEEDED(hr); i++)
    {
        if (names[i])
            hr = job_store_file(job->files[i]);
    }
    return SUCCEEDED(hr) ? job_changed(job, NULL) : hr;
}

/* What is transferred stays: the engine compares size and time stamp of the file on the new server
 * with those of the old one, and begins anew when they differ. */
static HRESULT job_replace_names(struct bits_job *job, const WCHAR *old_prefix,
        const WCHAR *new_prefix, WCHAR **names)
{
    HRESULT hr = job_make_names(job, old_prefix, new_prefix, names);

    if (hr != S_OK)
        return hr;
    job_swap_names(job, names, job->file_count);
    if (FAILED(hr = job_store_names(job, names)))
    {
        HRESULT failure = hr;

        job_swap_names(job, names, job->file_count);
        job_store_names(job, names); /* records that were written already */
        return failure;
    }
    job_stop_transfer(job, E_ABORT);
    queue_wake_scheduler();
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job3_ReplaceRemotePrefix(IBackgroundCopyJob5 *iface, LPCWSTR old_prefix,
        LPCWSTR new_prefix)
{
    struct bits_job *job = job_from_iface(iface);
    WCHAR **names = NULL;
    UINT32 count;
    HRESULT hr;

    if (!old_prefix || !*old_prefix || !new_prefix || !*new_prefix)
        return E_INVALIDARG;
    if (FAILED(hr = job_open_for_change(job)))
        return hr;
    count = job->file_count;
    if (count && !(names = calloc(count, sizeof(*names))))
        hr = E_OUTOFMEMORY;
    else
        hr = job_replace_names(job, old_prefix, new_prefix, names);
    hr = job_close_change(hr);
    for (UINT32 i = 0; names && i < count; i++)
        free(names[i]);
    free(names);
    return hr;
}

HRESULT STDMETHODCALLTYPE job3_AddFileWithRanges(IBackgroundCopyJob5 *iface, LPCWSTR remote_name,
        LPCWSTR local_name, DWORD range_count, BG_FILE_RANGE *ranges)
{
    if (!ranges || !range_count)
        return E_INVALIDARG;
    return job_add_one_file(job_from_iface(iface), remote_name, local_name, ranges, range_count);
}

HRESULT STDMETHODCALLTYPE job3_SetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD flags)
{
    struct bits_job *job = job_from_iface(iface);
    ULONG before;
    HRESULT hr;

    if (flags & ~(DWORD)BG_COPY_FILE_ALL)
        return E_INVALIDARG;
    if (FAILED(hr = job_open_for_change(job)))
        return hr;
    before = job->acl_flags;
    job->acl_flags = flags;
    hr = job->state == BG_JOB_STATE_TRANSFERRED ? BG_E_INVALID_STATE : job_changed(job, NULL);
    if (FAILED(hr))
        job->acl_flags = before;
    return job_close_change(hr);
}

HRESULT STDMETHODCALLTYPE job3_GetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD *flags)
{
    return job_get_value(flags, &job_from_iface(iface)->acl_flags, sizeof(*flags));
}
