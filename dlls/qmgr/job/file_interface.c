/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBackgroundCopyFile to IBackgroundCopyFile6: the COM object that stands for one file of a job. It
 * holds a reference to the job, whose files live as long as it.
 */
#include "job_methods.h"

#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "queue.h"
#include "random_access.h"
#include "validate.h"
#include "wstr.h"

struct file_object
{
    struct com_object object;
    IBackgroundCopyFile6 IBackgroundCopyFile6_iface;
    struct bits_job *job;
    struct bits_file *file;
};

COM_OBJECT_METHODS(file, struct file_object, IBackgroundCopyFile6, IBackgroundCopyFile6_iface)

/* ---- IBackgroundCopyFile ---- */

static HRESULT STDMETHODCALLTYPE file_GetRemoteName(IBackgroundCopyFile6 *iface, LPWSTR *name)
{
    return job_get_text(name, &file_from_IBackgroundCopyFile6(iface)->file->remote_name);
}

static HRESULT STDMETHODCALLTYPE file_GetLocalName(IBackgroundCopyFile6 *iface, LPWSTR *name)
{
    return job_get_text(name, &file_from_IBackgroundCopyFile6(iface)->file->local_name);
}

/* `Completed`: the file is available to the user, that is, Complete has moved it to its place. */
static HRESULT STDMETHODCALLTYPE file_GetProgress(IBackgroundCopyFile6 *iface,
        BG_FILE_PROGRESS *progress)
{
    const struct bits_file *file = file_from_IBackgroundCopyFile6(iface)->file;

    if (!progress)
        return E_INVALIDARG;
    memset(progress, 0, sizeof(*progress));
    queue_lock();
    progress->BytesTotal = file->total;
    progress->BytesTransferred = file->transferred;
    progress->Completed = file->saved;
    queue_unlock();
    return S_OK;
}

/* ---- IBackgroundCopyFile2 ---- */

/* Gives a copy of the ranges to a COM caller. With the lock. */
static HRESULT ranges_to_caller(const BG_FILE_RANGE *ranges, UINT32 count, DWORD *out_count,
        BG_FILE_RANGE **out)
{
    *out = NULL;
    *out_count = 0;
    if (!count)
        return S_OK;
    if (!(*out = CoTaskMemAlloc(count * sizeof(**out))))
        return E_OUTOFMEMORY;
    memcpy(*out, ranges, count * sizeof(**out));
    *out_count = count;
    return S_OK;
}

/* S_FALSE for a file that was added without ranges. */
static HRESULT STDMETHODCALLTYPE file_GetFileRanges(IBackgroundCopyFile6 *iface, DWORD *count,
        BG_FILE_RANGE **ranges)
{
    const struct bits_file *file = file_from_IBackgroundCopyFile6(iface)->file;
    HRESULT hr;

    if (!count || !ranges)
        return E_INVALIDARG;
    queue_lock();
    hr = ranges_to_caller(file->ranges, file->range_count, count, ranges);
    if (SUCCEEDED(hr) && !file->range_count)
        hr = S_FALSE;
    queue_unlock();
    return hr;
}

/* What is transferred stays: the engine compares size and time stamp under the new name with those
 * of before, and begins anew when they differ. A file that is whole is not transferred again. */
static HRESULT STDMETHODCALLTYPE file_SetRemoteName(IBackgroundCopyFile6 *iface, LPCWSTR name)
{
    struct file_object *object = file_from_IBackgroundCopyFile6(iface);
    struct bits_file *file = object->file;
    struct bits_job *job = object->job;
    WCHAR *copy, *before;
    HRESULT hr;

    if (FAILED(hr = validate_remote_name(name)))
        return hr;
    if (!(copy = wstr_dup(name)))
        return E_OUTOFMEMORY;
    if (FAILED(hr = job_open_for_change(job)))
    {
        free(copy);
        return hr;
    }
    before = file->remote_name;
    file->remote_name = copy;
    if ((file->range_count || job->properties.on_demand) && !remote_name_is_http(copy))
        hr = E_INVALIDARG;
    else
        hr = job_changed(job, file);
    if (FAILED(hr))
    {
        file->remote_name = before;
        before = copy;
    }
    else if (!file->completed)
    {
        job_stop_transfer(job, E_ABORT);
        queue_wake_scheduler();
    }
    hr = job_close_change(hr);
    free(before);
    return hr;
}

/* ---- IBackgroundCopyFile3 ---- */

static HRESULT STDMETHODCALLTYPE file_GetTemporaryName(IBackgroundCopyFile6 *iface, LPWSTR *name)
{
    return job_get_text(name, &file_from_IBackgroundCopyFile6(iface)->file->temp_name);
}

static HRESULT STDMETHODCALLTYPE file_SetValidationState(IBackgroundCopyFile6 *iface, BOOL valid)
{
    struct file_object *object = file_from_IBackgroundCopyFile6(iface);
    HRESULT hr;

    if (FAILED(hr = job_open_for_change(object->job)))
        return hr;
    return job_close_change(job_file_set_validation(object->job, object->file, valid));
}

/* FALSE also when nobody has said that the file is valid. */
static HRESULT STDMETHODCALLTYPE file_GetValidationState(IBackgroundCopyFile6 *iface, BOOL *valid)
{
    const struct bits_file *file = file_from_IBackgroundCopyFile6(iface)->file;

    if (!valid)
        return E_INVALIDARG;
    queue_lock();
    *valid = file->validation == VALIDATION_VALID;
    queue_unlock();
    return S_OK;
}

/* There are no peers here: everything comes from the server the client named. */
static HRESULT STDMETHODCALLTYPE file_IsDownloadedFromPeer(IBackgroundCopyFile6 *iface, BOOL *peer)
{
    (void)iface;
    if (!peer)
        return E_INVALIDARG;
    *peer = FALSE;
    return S_OK;
}

/* ---- IBackgroundCopyFile4 ---- */

static HRESULT STDMETHODCALLTYPE file_GetPeerDownloadStats(IBackgroundCopyFile6 *iface,
        UINT64 *from_origin, UINT64 *from_peers)
{
    if (!from_origin || !from_peers)
        return E_INVALIDARG;
    *from_peers = 0;
    return job_get_value(from_origin, &file_from_IBackgroundCopyFile6(iface)->file->transferred,
            sizeof(*from_origin));
}

/* ---- IBackgroundCopyFile5 ---- */

static HRESULT STDMETHODCALLTYPE file_SetProperty(IBackgroundCopyFile6 *iface,
        BITS_FILE_PROPERTY_ID id, BITS_FILE_PROPERTY_VALUE value)
{
    (void)iface;
    (void)value;
    return id == BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS ? BG_E_READ_ONLY_PROPERTY
                                                             : BG_E_UNKNOWN_PROPERTY_ID;
}

/* The headers are empty until the server has answered. */
static HRESULT STDMETHODCALLTYPE file_GetProperty(IBackgroundCopyFile6 *iface,
        BITS_FILE_PROPERTY_ID id, BITS_FILE_PROPERTY_VALUE *value)
{
    if (!value)
        return E_INVALIDARG;
    value->String = NULL;
    if (id != BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS)
        return BG_E_UNKNOWN_PROPERTY_ID;
    return job_get_text(&value->String,
            &file_from_IBackgroundCopyFile6(iface)->file->response_headers);
}

/* ---- IBackgroundCopyFile6 ---- */

/* Random access is for whole HTTP files with a fixed content, from a server that has ranges. */
static HRESULT file_check_random_access(const struct file_object *object)
{
    const struct bits_file *file = object->file;

    if (object->job->properties.dynamic_content || file->range_count || file->no_ranges
            || !remote_name_is_http(file->remote_name))
        return BG_E_RANDOM_ACCESS_NOT_SUPPORTED;
    return S_OK;
}

static HRESULT file_check_request(const struct bits_file *file, const BG_FILE_RANGE *range)
{
    UINT64 end = file->total == BG_SIZE_UNKNOWN ? BG_LENGTH_TO_EOF : file->total;

    if (range->InitialOffset >= end || !range->Length)
        return BG_E_INVALID_RANGE;
    if (range->Length != BG_LENGTH_TO_EOF && range->Length > end - range->InitialOffset)
        return BG_E_INVALID_RANGE;
    return S_OK;
}

/* A transfer under way knows the old ranges: it is stopped, and goes on with the new ones. */
static HRESULT file_go_on(struct file_object *object, HRESULT changed)
{
    struct bits_job *job = object->job;
    HRESULT hr;

    if (changed != S_OK)
        return SUCCEEDED(changed) ? S_OK : changed;
    if (FAILED(hr = job_changed(job, object->file)))
        return hr; /* what was requested is fetched all the same; the next record has it */
    job_stop_transfer(job, E_ABORT);
    queue_wake_scheduler();
    return S_OK;
}

/* With the lock. */
static HRESULT file_want_ranges(struct file_object *object, const BG_FILE_RANGE *ranges,
        UINT32 count)
{
    struct bits_file *file = object->file;
    HRESULT hr;

    if (FAILED(hr = file_check_random_access(object)))
        return hr;
    for (UINT32 i = 0; i < count; i++)
    {
        if (FAILED(hr = file_check_request(file, &ranges[i])))
            return hr;
    }
    if (file->completed)
        return S_OK;
    if (SUCCEEDED(hr = random_begin(file)))
        hr = random_request(file, ranges, count);
    return file_go_on(object, hr);
}

static HRESULT file_request(struct file_object *object, const BG_FILE_RANGE *ranges, UINT32 count)
{
    HRESULT hr;

    if (FAILED(hr = job_open_for_change(object->job)))
        return hr;
    return job_close_change(file_want_ranges(object, ranges, count));
}

/* On demand, "missing data from" the position is requested; that of other jobs comes anyway. */
static HRESULT file_set_position(struct file_object *object, UINT64 offset)
{
    const BG_FILE_RANGE rest = {offset, BG_LENGTH_TO_EOF};
    struct bits_file *file = object->file;
    HRESULT hr;

    if (FAILED(hr = file_check_random_access(object))
            || FAILED(hr = file_check_request(file, &rest)))
        return hr;
    if (file->completed)
        return S_OK;
    if (object->job->properties.on_demand)
        hr = random_request(file, &rest, 1);
    else
        hr = random_begin(file);
    if (FAILED(hr))
        return hr;
    file->position = offset;
    return file_go_on(object, S_OK);
}

static HRESULT STDMETHODCALLTYPE file_UpdateDownloadPosition(IBackgroundCopyFile6 *iface,
        UINT64 offset)
{
    struct file_object *object = file_from_IBackgroundCopyFile6(iface);
    HRESULT hr;

    if (FAILED(hr = job_open_for_change(object->job)))
        return hr;
    return job_close_change(file_set_position(object, offset));
}

static HRESULT STDMETHODCALLTYPE file_RequestFileRanges(IBackgroundCopyFile6 *iface, DWORD count,
        const BG_FILE_RANGE *ranges)
{
    struct caller caller;
    BOOL admin;
    HRESULT hr;

    if (!ranges || !count)
        return E_INVALIDARG;
    if (count > policy_get(POLICY_MAX_RANGES_PER_FILE))
    {
        if (FAILED(hr = caller_get(&caller)))
            return hr;
        admin = caller.admin;
        caller_free(&caller);
        if (!admin)
            return BG_E_TOO_MANY_RANGES_IN_FILE;
    }
    return file_request(file_from_IBackgroundCopyFile6(iface), ranges, count);
}

/* For a job that is not on demand: what has come since the beginning of the file. */
static HRESULT STDMETHODCALLTYPE file_GetFilledFileRanges(IBackgroundCopyFile6 *iface, DWORD *count,
        BG_FILE_RANGE **ranges)
{
    struct file_object *object = file_from_IBackgroundCopyFile6(iface);
    const struct bits_file *file = object->file;
    BG_FILE_RANGE whole = {0, 0};
    HRESULT hr;

    if (!count || !ranges)
        return E_INVALIDARG;
    *count = 0;
    *ranges = NULL;
    queue_lock();
    if (SUCCEEDED(hr = file_check_random_access(object)))
    {
        whole.Length = file->transferred;
        if (file_is_random(file))
            hr = ranges_to_caller(file->filled, file->filled_count, count, ranges);
        else
            hr = ranges_to_caller(&whole, whole.Length != 0, count, ranges);
    }
    queue_unlock();
    return hr;
}

/* ---- the object ---- */

static const IBackgroundCopyFile6Vtbl file_vtbl = {
        file_IBackgroundCopyFile6_QueryInterface,
        file_IBackgroundCopyFile6_AddRef,
        file_IBackgroundCopyFile6_Release,
        file_GetRemoteName,
        file_GetLocalName,
        file_GetProgress,
        file_GetFileRanges,
        file_SetRemoteName,
        file_GetTemporaryName,
        file_SetValidationState,
        file_GetValidationState,
        file_IsDownloadedFromPeer,
        file_GetPeerDownloadStats,
        file_SetProperty,
        file_GetProperty,
        file_UpdateDownloadPosition,
        file_RequestFileRanges,
        file_GetFilledFileRanges,
};

static void file_object_destroy(void *memory)
{
    struct file_object *object = memory;

    job_release(object->job);
    free(object);
}

#define FILE_INTERFACE(iid)                                                                        \
    {                                                                                              \
        &iid, offsetof(struct file_object, IBackgroundCopyFile6_iface)                             \
    }

static const struct com_interface file_interfaces[] = {
        FILE_INTERFACE(IID_IUnknown),
        FILE_INTERFACE(IID_IBackgroundCopyFile),
        FILE_INTERFACE(IID_IBackgroundCopyFile2),
        FILE_INTERFACE(IID_IBackgroundCopyFile3),
        FILE_INTERFACE(IID_IBackgroundCopyFile4),
        FILE_INTERFACE(IID_IBackgroundCopyFile5),
        FILE_INTERFACE(IID_IBackgroundCopyFile6),
};

static const struct com_class file_class = {"file", file_interfaces, ARRAY_SIZE(file_interfaces),
        file_object_destroy};

HRESULT file_interface_create(struct bits_job *job, struct bits_file *file,
        IBackgroundCopyFile **out)
{
    struct file_object *object = calloc(1, sizeof(*object));

    *out = NULL;
    if (!object)
        return E_OUTOFMEMORY;
    com_object_init(&object->object, &file_class);
    object->IBackgroundCopyFile6_iface.lpVtbl = &file_vtbl;
    object->job = job;
    object->file = file;
    job_addref(job);
    *out = (IBackgroundCopyFile *)&object->IBackgroundCopyFile6_iface;
    return S_OK;
}
