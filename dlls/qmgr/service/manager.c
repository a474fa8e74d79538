/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IBackgroundCopyManager: creating, finding and listing jobs, and the texts of error codes. */
#include "manager.h"

#include <stdlib.h>

#include "caller.h"
#include "job_methods.h"
#include "policy.h"
#include "queue.h"
#include "trace.h"
#include "wstr.h"

#define MAX_DISPLAY_NAME 256

struct manager
{
    struct com_object object;
    IBackgroundCopyManager IBackgroundCopyManager_iface;
};

COM_OBJECT_METHODS(manager, struct manager, IBackgroundCopyManager, IBackgroundCopyManager_iface)

/* ---- CreateJob ---- */

/* The limits are not administrators'. With the lock. */
static HRESULT queue_check_room(const struct caller *caller)
{
    if (caller->admin)
        return S_OK;
    if (queue_job_count(NULL) >= policy_get(POLICY_MAX_JOBS_PER_MACHINE))
        return BG_E_TOO_MANY_JOBS_PER_MACHINE;
    if (queue_job_count(caller->sid) >= policy_get(POLICY_MAX_JOBS_PER_USER))
        return BG_E_TOO_MANY_JOBS_PER_USER;
    return S_OK;
}

/* A job of the caller, which gives it its token; not yet in the queue. */
static HRESULT job_create_for(struct caller *caller, const WCHAR *name, BG_JOB_TYPE type,
        struct bits_job **out)
{
    struct bits_job *job;
    HRESULT hr;
    GUID id;

    *out = NULL;
    if (FAILED(hr = CoCreateGuid(&id)) || FAILED(hr = job_create(name, type, &id, &job)))
        return hr;
    if (FAILED(hr = wstr_replace(&job->owner, caller->sid)))
    {
        job_release(job);
        return hr;
    }
    job->owner_integrity = caller->integrity;
    job->owner_elevated = caller->elevated;
    job_adopt_token(job, caller);
    *out = job;
    return S_OK;
}

static HRESULT manager_add_job(struct caller *caller, const WCHAR *name, BG_JOB_TYPE type,
        struct bits_job **out)
{
    struct bits_job *job;
    HRESULT hr;

    *out = NULL;
    if (caller->restricted)
        return E_ACCESSDENIED;
    if (FAILED(hr = job_create_for(caller, name, type, &job)))
        return hr;
    queue_lock();
    if (SUCCEEDED(hr = queue_check_room(caller)))
        hr = queue_add(job);
    hr = job_close_change(hr);
    if (FAILED(hr))
    {
        /* Nobody knows it; it may be in the queue if the disk failed at last. */
        queue_lock();
        queue_remove(job);
        queue_unlock();
        job_release(job);
    }
    else
        *out = job;
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_CreateJob(IBackgroundCopyManager *iface, LPCWSTR name,
        BG_JOB_TYPE type, GUID *id, IBackgroundCopyJob **out)
{
    struct caller caller;
    struct bits_job *job;
    HRESULT hr;

    (void)iface;
    if (!name || !id || !out)
        return E_INVALIDARG;
    *out = NULL;
    if (text_too_long(name, MAX_DISPLAY_NAME))
        return E_INVALIDARG;
    if (type != BG_JOB_TYPE_DOWNLOAD)
    {
        trace("jobs of type %d are not supported yet", type);
        return E_NOTIMPL;
    }
    if (FAILED(hr = caller_get(&caller)))
        return hr;
    if (SUCCEEDED(hr = manager_add_job(&caller, name, type, &job)))
    {
        *id = job->id;
        *out = (IBackgroundCopyJob *)&job->IBackgroundCopyJob5_iface;
    }
    caller_free(&caller);
    return hr;
}

/* ---- GetJob, EnumJobs ---- */

static HRESULT STDMETHODCALLTYPE manager_GetJob(IBackgroundCopyManager *iface, REFGUID id,
        IBackgroundCopyJob **out)
{
    struct caller caller;
    struct bits_job *job;
    HRESULT hr;

    (void)iface;
    if (!id || !out)
        return E_INVALIDARG;
    *out = NULL;
    if (FAILED(hr = caller_get(&caller)))
        return hr;
    queue_lock();
    if (!(job = queue_find(id)))
        hr = BG_E_NOT_FOUND;
    else if (SUCCEEDED(hr = caller_check_job(&caller, job)))
    {
        job_adopt_token(job, &caller);
        job_addref(job);
        *out = (IBackgroundCopyJob *)&job->IBackgroundCopyJob5_iface;
    }
    queue_unlock();
    caller_free(&caller);
    return hr;
}

/* The jobs the caller may see, all or its own. With the lock. */
static UINT32 queue_collect(struct caller *caller, BOOL all, struct bits_job **jobs)
{
    struct bits_job *job;
    UINT32 count = 0;

    LIST_FOR_EACH(job, queue_jobs(), struct bits_job, entry)
    {
        if (!all && wcscmp(job->owner, caller->sid))
            continue;
        if (FAILED(caller_check_job(caller, job)))
            continue;
        job_adopt_token(job, caller);
        job_addref(job);
        jobs[count++] = job;
    }
    return count;
}

static HRESULT STDMETHODCALLTYPE manager_EnumJobs(IBackgroundCopyManager *iface, DWORD flags,
        IEnumBackgroundCopyJobs **out)
{
    struct bits_job **jobs;
    struct caller caller;
    UINT32 count = 0;
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (flags & ~(DWORD)BG_JOB_ENUM_ALL_USERS)
        return E_INVALIDARG;
    if (FAILED(hr = caller_get(&caller)))
        return hr;
    if (flags && !caller.admin)
    {
        caller_free(&caller);
        return E_ACCESSDENIED;
    }
    queue_lock();
    if ((jobs = malloc((queue_job_count(NULL) + 1) * sizeof(*jobs))))
        count = queue_collect(&caller, flags != 0, jobs);
    queue_unlock();
    caller_free(&caller);
    if (!jobs)
        return E_OUTOFMEMORY;
    hr = enum_jobs_create(jobs, count, out);
    free(jobs);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_GetErrorDescription(IBackgroundCopyManager *iface,
        HRESULT code, DWORD language, LPWSTR *description)
{
    (void)iface;
    return error_description(code, language, description);
}

/* ---- the object ---- */

static const IBackgroundCopyManagerVtbl manager_vtbl = {
        manager_IBackgroundCopyManager_QueryInterface,
        manager_IBackgroundCopyManager_AddRef,
        manager_IBackgroundCopyManager_Release,
        manager_CreateJob,
        manager_GetJob,
        manager_EnumJobs,
        manager_GetErrorDescription,
};

static const struct com_interface manager_interfaces[] = {
        {&IID_IUnknown, offsetof(struct manager, IBackgroundCopyManager_iface)},
        {&IID_IBackgroundCopyManager, offsetof(struct manager, IBackgroundCopyManager_iface)},
};

static const struct com_class manager_class = {"manager", manager_interfaces,
        ARRAY_SIZE(manager_interfaces), free};

HRESULT manager_create(REFIID iid, void **out)
{
    struct manager *manager = calloc(1, sizeof(*manager));
    HRESULT hr;

    *out = NULL;
    if (!manager)
        return E_OUTOFMEMORY;
    com_object_init(&manager->object, &manager_class);
    manager->IBackgroundCopyManager_iface.lpVtbl = &manager_vtbl;
    hr = com_object_query_interface(&manager->object, iid, out);
    com_object_release(&manager->object);
    return hr;
}
