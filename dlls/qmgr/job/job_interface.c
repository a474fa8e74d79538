/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBackgroundCopyJob: the methods clients call, and the vtable of the job object, which is that of
 * IBackgroundCopyJob5. The comments name what the reference pages of the methods leave to look up.
 */
#include "job_methods.h"

#include <stdlib.h>
#include <string.h>

#include "impersonate.h"
#include "notifier.h"
#include "queue.h"
#include "wstr.h"

#define MAX_DISPLAY_NAME 256
#define MAX_DESCRIPTION 1024
#define MAX_PROXY_LIST 4000 /* characters, for each of the two lists */
#define MIN_RETRY_DELAY 5   /* seconds; smaller values become this */

#define NOTIFY_FLAGS_KNOWN                                                                         \
    (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_DISABLE                           \
            | BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_FILE_TRANSFERRED                              \
            | BG_NOTIFY_FILE_RANGES_TRANSFERRED)

COM_OBJECT_METHODS(job, struct bits_job, IBackgroundCopyJob5, IBackgroundCopyJob5_iface)

/* ---- files ---- */

static HRESULT STDMETHODCALLTYPE job_AddFileSet(IBackgroundCopyJob5 *iface, ULONG count,
        BG_FILE_INFO *infos)
{
    return job_add_file_set(job_from_IBackgroundCopyJob5(iface), infos, count);
}

static HRESULT STDMETHODCALLTYPE job_AddFile(IBackgroundCopyJob5 *iface, LPCWSTR remote_name,
        LPCWSTR local_name)
{
    return job_add_one_file(job_from_IBackgroundCopyJob5(iface), remote_name, local_name, NULL, 0);
}

static HRESULT STDMETHODCALLTYPE job_EnumFiles(IBackgroundCopyJob5 *iface,
        IEnumBackgroundCopyFiles **out)
{
    if (!out)
        return E_INVALIDARG;
    return enum_files_create(job_from_IBackgroundCopyJob5(iface), out);
}

/* ---- state ---- */

static HRESULT job_change_state(IBackgroundCopyJob5 *iface, HRESULT (*change)(struct bits_job *))
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);
    HRESULT hr;

    if (FAILED(hr = job_open_for_change(job)))
        return hr;
    return job_close_change(change(job));
}

static HRESULT STDMETHODCALLTYPE job_Suspend(IBackgroundCopyJob5 *iface)
{
    return job_change_state(iface, job_suspend);
}

static HRESULT STDMETHODCALLTYPE job_Resume(IBackgroundCopyJob5 *iface)
{
    return job_change_state(iface, job_resume);
}

static HRESULT STDMETHODCALLTYPE job_Cancel(IBackgroundCopyJob5 *iface)
{
    return job_change_state(iface, job_cancel);
}

static HRESULT STDMETHODCALLTYPE job_Complete(IBackgroundCopyJob5 *iface)
{
    return job_change_state(iface, job_complete);
}

static HRESULT STDMETHODCALLTYPE job_GetId(IBackgroundCopyJob5 *iface, GUID *id)
{
    return job_get_value(id, &job_from_IBackgroundCopyJob5(iface)->id, sizeof(*id));
}

static HRESULT STDMETHODCALLTYPE job_GetType(IBackgroundCopyJob5 *iface, BG_JOB_TYPE *type)
{
    return job_get_value(type, &job_from_IBackgroundCopyJob5(iface)->type, sizeof(*type));
}

static HRESULT STDMETHODCALLTYPE job_GetProgress(IBackgroundCopyJob5 *iface,
        BG_JOB_PROGRESS *progress)
{
    if (!progress)
        return E_INVALIDARG;
    queue_lock();
    job_progress(job_from_IBackgroundCopyJob5(iface), progress);
    queue_unlock();
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_GetTimes(IBackgroundCopyJob5 *iface, BG_JOB_TIMES *times)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);

    if (!times)
        return E_INVALIDARG;
    queue_lock();
    times->CreationTime = job->created;
    times->ModificationTime = job->modified;
    times->TransferCompletionTime = job->completed;
    queue_unlock();
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_GetState(IBackgroundCopyJob5 *iface, BG_JOB_STATE *state)
{
    return job_get_value(state, &job_from_IBackgroundCopyJob5(iface)->state, sizeof(*state));
}

/* BG_E_ERROR_INFORMATION_UNAVAILABLE unless there was an error since the job last transferred. */
static HRESULT STDMETHODCALLTYPE job_GetError(IBackgroundCopyJob5 *iface,
        IBackgroundCopyError **out)
{
    if (!out)
        return E_INVALIDARG;
    return error_interface_create(job_from_IBackgroundCopyJob5(iface), out);
}

static HRESULT STDMETHODCALLTYPE job_GetErrorCount(IBackgroundCopyJob5 *iface, ULONG *count)
{
    return job_get_value(count, &job_from_IBackgroundCopyJob5(iface)->error_count, sizeof(*count));
}

/* ---- names ---- */

static HRESULT STDMETHODCALLTYPE job_SetDisplayName(IBackgroundCopyJob5 *iface, LPCWSTR name)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);

    return job_set_text(job, &job->display_name, name, MAX_DISPLAY_NAME);
}

static HRESULT STDMETHODCALLTYPE job_GetDisplayName(IBackgroundCopyJob5 *iface, LPWSTR *name)
{
    return job_get_text(name, &job_from_IBackgroundCopyJob5(iface)->display_name);
}

static HRESULT STDMETHODCALLTYPE job_SetDescription(IBackgroundCopyJob5 *iface, LPCWSTR description)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);

    return job_set_text(job, &job->description, description, MAX_DESCRIPTION);
}

static HRESULT STDMETHODCALLTYPE job_GetDescription(IBackgroundCopyJob5 *iface, LPWSTR *description)
{
    return job_get_text(description, &job_from_IBackgroundCopyJob5(iface)->description);
}

/* ---- scheduling ---- */

/* The scheduler is woken, and takes the line from a job of lower priority. */
static HRESULT STDMETHODCALLTYPE job_SetPriority(IBackgroundCopyJob5 *iface,
        BG_JOB_PRIORITY priority)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);

    if ((unsigned int)priority > BG_JOB_PRIORITY_LOW)
        return E_NOTIMPL;
    return job_set_value(job, &job->priority, &priority, sizeof(priority));
}

static HRESULT STDMETHODCALLTYPE job_GetPriority(IBackgroundCopyJob5 *iface,
        BG_JOB_PRIORITY *priority)
{
    return job_get_value(priority, &job_from_IBackgroundCopyJob5(iface)->priority,
            sizeof(*priority));
}

static HRESULT STDMETHODCALLTYPE job_SetMinimumRetryDelay(IBackgroundCopyJob5 *iface, ULONG seconds)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);

    seconds = max(seconds, MIN_RETRY_DELAY);
    return job_set_value(job, &job->minimum_retry_delay, &seconds, sizeof(seconds));
}

static HRESULT STDMETHODCALLTYPE job_GetMinimumRetryDelay(IBackgroundCopyJob5 *iface,
        ULONG *seconds)
{
    return job_get_value(seconds, &job_from_IBackgroundCopyJob5(iface)->minimum_retry_delay,
            sizeof(*seconds));
}

static HRESULT STDMETHODCALLTYPE job_SetNoProgressTimeout(IBackgroundCopyJob5 *iface, ULONG seconds)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);

    return job_set_value(job, &job->no_progress_timeout, &seconds, sizeof(seconds));
}

static HRESULT STDMETHODCALLTYPE job_GetNoProgressTimeout(IBackgroundCopyJob5 *iface,
        ULONG *seconds)
{
    return job_get_value(seconds, &job_from_IBackgroundCopyJob5(iface)->no_progress_timeout,
            sizeof(*seconds));
}

/* ---- notification ---- */

static HRESULT STDMETHODCALLTYPE job_SetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG flags)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);
    ULONG before;
    HRESULT hr;

    if (flags & ~(ULONG)NOTIFY_FLAGS_KNOWN)
        return E_NOTIMPL;
    if (FAILED(hr = job_open_for_change(job)))
        return hr;
    before = job->notify.flags;
    job->notify.flags = flags;
    if (FAILED(hr = job_changed(job, NULL)))
        job->notify.flags = before;
    else
        notifier_wake(job);
    return job_close_change(hr);
}

static HRESULT STDMETHODCALLTYPE job_GetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG *flags)
{
    return job_get_value(flags, &job_from_IBackgroundCopyJob5(iface)->notify.flags, sizeof(*flags));
}

/* Not persisted. "BITS will call your callback even if the event for which you registered already
 * occurred", which is notifier_set_object's. An object without IBackgroundCopyCallback:
 * E_NOINTERFACE. */
static HRESULT STDMETHODCALLTYPE job_SetNotifyInterface(IBackgroundCopyJob5 *iface,
        IUnknown *object)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);
    IUnknown *callback = NULL, *before = NULL;
    UINT32 version = 0;
    HRESULT hr;

    if (object && FAILED(hr = notifier_query_object(object, &callback, &version)))
        return hr;
    if (SUCCEEDED(hr = job_open_for_change(job)))
    {
        before = notifier_set_object(job, callback, version);
        queue_unlock();
    }
    if (callback)
        IUnknown_Release(callback);
    if (before)
        IUnknown_Release(before);
    return hr;
}

static HRESULT STDMETHODCALLTYPE job_GetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown **out)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);

    if (!out)
        return E_INVALIDARG;
    queue_lock();
    if ((*out = job->notify.object))
        IUnknown_AddRef(*out);
    queue_unlock();
    return S_OK;
}

/* ---- proxy ---- */

static HRESULT STDMETHODCALLTYPE job_SetProxySettings(IBackgroundCopyJob5 *iface,
        BG_JOB_PROXY_USAGE usage, LPCWSTR list, LPCWSTR bypass)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);
    struct
    {
        BG_JOB_PROXY_USAGE usage;
        WCHAR *list, *bypass;
    } before, after = {usage, NULL, NULL};
    HRESULT hr;

    if ((unsigned int)usage > BG_JOB_PROXY_USAGE_AUTODETECT)
        return E_NOTIMPL;
    if (usage == BG_JOB_PROXY_USAGE_OVERRIDE ? !list : list || bypass)
        return E_INVALIDARG;
    if (text_too_long(list, MAX_PROXY_LIST))
        return BG_E_PROXY_LIST_TOO_LARGE;
    if (text_too_long(bypass, MAX_PROXY_LIST))
        return BG_E_PROXY_BYPASS_LIST_TOO_LARGE;

    if (FAILED(hr = wstr_replace(&after.list, list))
            || FAILED(hr = wstr_replace(&after.bypass, bypass))
            || FAILED(hr = job_open_for_change(job)))
    {
        free(after.list);
        free(after.bypass);
        return hr;
    }
    before.usage = job->proxy_usage;
    before.list = job->proxy_list;
    before.bypass = job->proxy_bypass;
    job->proxy_usage = after.usage;
    job->proxy_list = after.list;
    job->proxy_bypass = after.bypass;
    if (FAILED(hr = job_changed(job, NULL)))
    {
        job->proxy_usage = before.usage;
        job->proxy_list = before.list;
        job->proxy_bypass = before.bypass;
        before = after;
    }
    hr = job_close_change(hr);
    free(before.list);
    free(before.bypass);
    return hr;
}

/* A list that is not set is NULL, which is what "BitsAdmin Tool" prints for it. */
static HRESULT STDMETHODCALLTYPE job_GetProxySettings(IBackgroundCopyJob5 *iface,
        BG_JOB_PROXY_USAGE *usage, LPWSTR *list, LPWSTR *bypass)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);
    HRESULT hr = S_OK;

    if (!usage || !list || !bypass)
        return E_INVALIDARG;
    *list = *bypass = NULL;
    queue_lock();
    *usage = job->proxy_usage;
    if (job->proxy_list)
        hr = wstr_to_caller(job->proxy_list, list);
    if (SUCCEEDED(hr) && job->proxy_bypass)
        hr = wstr_to_caller(job->proxy_bypass, bypass);
    queue_unlock();
    if (FAILED(hr))
    {
        CoTaskMemFree(*list);
        *list = NULL;
    }
    return hr;
}

/* ---- ownership ---- */

static HRESULT STDMETHODCALLTYPE job_GetOwner(IBackgroundCopyJob5 *iface, LPWSTR *owner)
{
    return job_get_text(owner, &job_from_IBackgroundCopyJob5(iface)->owner);
}

/* Copies the names of the temporary files that may exist. With the lock. */
static HRESULT job_copy_temp_names(const struct bits_job *job, WCHAR ***out, UINT32 *count)
{
    WCHAR **names = calloc(job->file_count + 1, sizeof(*names));

    *out = names;
    *count = 0;
    if (!names)
        return E_OUTOFMEMORY;
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        if (job->files[i]->saved || !job->files[i]->temp_name)
            continue;
        if (!(names[*count] = wstr_dup(job->files[i]->temp_name)))
            return E_OUTOFMEMORY;
        ++*count;
    }
    return S_OK;
}

/* Can the new owner write the job's temporary files? Without the lock. */
static HRESULT check_temp_access(WCHAR *const *names, UINT32 count, HANDLE token)
{
    HRESULT hr = S_OK;

    if (!token)
        return S_OK; /* the service's user, who made them */
    if (!impersonate_begin(token))
        return HRESULT_FROM_WIN32(GetLastError());
    for (UINT32 i = 0; i < count && SUCCEEDED(hr); i++)
    {
        HANDLE file = CreateFileW(names[i], GENERIC_WRITE | DELETE,
                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0,
                NULL);

        if (file != INVALID_HANDLE_VALUE)
            CloseHandle(file);
        else if (GetLastError() == ERROR_ACCESS_DENIED)
            hr = BG_E_NEW_OWNER_NO_FILE_ACCESS;
    }
    impersonate_end(token);
    return hr;
}

/* Everything that belonged to the old owner goes: credentials, certificate, custom headers, command
 * line. With the lock. The store is asked first, with the members out of the job, so that a failure
 * leaves all of it in place. */
static HRESULT job_change_owner(struct bits_job *job, struct caller *caller)
{
    WCHAR *owner = wstr_dup(caller->sid);
    struct bits_job before = *job;
    HANDLE token = caller->token;
    HRESULT hr;

    if (!owner)
        return E_OUTOFMEMORY;
    job->owner = owner;
    job->owner_integrity = caller->integrity;
    job->owner_elevated = caller->elevated;
    job->credentials = NULL;
    job->credential_count = 0;
    job->http.certificate_store = NULL;
    job->http.certificate_subject = NULL;
    job->http.custom_headers = NULL;
    job->notify.program = NULL;
    job->notify.parameters = NULL;
    if (FAILED(hr = job_changed(job, NULL)))
    {
        job->owner = before.owner;
        job->owner_integrity = before.owner_integrity;
        job->owner_elevated = before.owner_elevated;
        job->credentials = before.credentials;
        job->credential_count = before.credential_count;
        job->http = before.http;
        job->notify.program = before.notify.program;
        job->notify.parameters = before.notify.parameters;
        free(owner);
        return hr;
    }
    caller->token = before.owner_token; /* for caller_free to close */
    job->owner_token = token;
    job->credentials = before.credentials;
    job->credential_count = before.credential_count;
    job_clear_credentials(job);
    free(before.owner);
    free(before.http.certificate_store);
    free(before.http.certificate_subject);
    free(before.http.custom_headers);
    free(before.notify.program);
    free(before.notify.parameters);
    /* The transfer goes on under the new owner's token. */
    job_stop_transfer(job, E_ABORT);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_TakeOwnership(IBackgroundCopyJob5 *iface)
{
    struct bits_job *job = job_from_IBackgroundCopyJob5(iface);
    struct caller caller;
    UINT32 count = 0;
    WCHAR **names;
    HRESULT hr;

    if (FAILED(hr = job_check_caller(job, &caller)))
        return hr;
    if (!caller.admin)
    {
        caller_free(&caller);
        return E_ACCESSDENIED;
    }

    queue_lock();
    hr = job_copy_temp_names(job, &names, &count);
    queue_unlock();
    if (SUCCEEDED(hr) && SUCCEEDED(hr = check_temp_access(names, count, caller.token)))
    {
        queue_lock();
        if (SUCCEEDED(hr = caller_check_job(&caller, job)) && SUCCEEDED(hr = job_check_open(job)))
            hr = job_change_owner(job, &caller);
        hr = job_close_change(hr);
    }
    while (count)
        free(names[--count]);
    free(names);
    caller_free(&caller);
    return hr;
}

const IBackgroundCopyJob5Vtbl bits_job_vtbl = {
        job_IBackgroundCopyJob5_QueryInterface,
        job_IBackgroundCopyJob5_AddRef,
        job_IBackgroundCopyJob5_Release,
        /* IBackgroundCopyJob */
        job_AddFileSet,
        job_AddFile,
        job_EnumFiles,
        job_Suspend,
        job_Resume,
        job_Cancel,
        job_Complete,
        job_GetId,
        job_GetType,
        job_GetProgress,
        job_GetTimes,
        job_GetState,
        job_GetError,
        job_GetOwner,
        job_SetDisplayName,
        job_GetDisplayName,
        job_SetDescription,
        job_GetDescription,
        job_SetPriority,
        job_GetPriority,
        job_SetNotifyFlags,
        job_GetNotifyFlags,
        job_SetNotifyInterface,
        job_GetNotifyInterface,
        job_SetMinimumRetryDelay,
        job_GetMinimumRetryDelay,
        job_SetNoProgressTimeout,
        job_GetNoProgressTimeout,
        job_GetErrorCount,
        job_SetProxySettings,
        job_GetProxySettings,
        job_TakeOwnership,
        /* IBackgroundCopyJob2 */
        job2_SetNotifyCmdLine,
        job2_GetNotifyCmdLine,
        job2_GetReplyProgress,
        job2_GetReplyData,
        job2_SetReplyFileName,
        job2_GetReplyFileName,
        job2_SetCredentials,
        job2_RemoveCredentials,
        /* IBackgroundCopyJob3 */
        job3_ReplaceRemotePrefix,
        job3_AddFileWithRanges,
        job3_SetFileACLFlags,
        job3_GetFileACLFlags,
        /* IBackgroundCopyJob4 */
        job4_SetPeerCachingFlags,
        job4_GetPeerCachingFlags,
        job4_GetOwnerIntegrityLevel,
        job4_GetOwnerElevationState,
        job4_SetMaximumDownloadTime,
        job4_GetMaximumDownloadTime,
        /* IBackgroundCopyJob5 */
        job5_SetProperty,
        job5_GetProperty,
};
