/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the methods of jobs and files share: see job_methods.h. */
#include "job_methods.h"

#include <stdlib.h>
#include <string.h>

#include "notifier.h"
#include "queue.h"
#include "wstr.h"

HRESULT job_check_caller(struct bits_job *job, struct caller *caller)
{
    HRESULT hr;

    if (FAILED(hr = caller_get(caller)))
        return hr;
    queue_lock();
    /* Users and Network Connections: "Users with a restricted token cannot create or modify
     * jobs." */
    hr = caller->restricted ? E_ACCESSDENIED : caller_check_job(caller, job);
    queue_unlock();
    if (FAILED(hr))
        caller_free(caller);
    return hr;
}

void job_adopt_token(struct bits_job *job, const struct caller *caller)
{
    if (job->owner_token || !caller->token || wcscmp(job->owner, caller->sid))
        return;
    if (!DuplicateHandle(GetCurrentProcess(), caller->token, GetCurrentProcess(), &job->owner_token,
                0, FALSE, DUPLICATE_SAME_ACCESS))
    {
        job->owner_token = NULL;
        return;
    }
    /* The owner is here now: what waited for that can go on. */
    queue_wake_scheduler();
    notifier_wake(job);
}

static HRESULT job_open(struct bits_job *job, BOOL owner_only)
{
    struct caller caller;
    HRESULT hr;

    if (FAILED(hr = caller_get(&caller)))
        return hr;
    queue_lock();
    if (caller.restricted || (owner_only && wcscmp(job->owner, caller.sid)))
        hr = E_ACCESSDENIED;
    else if (SUCCEEDED(hr = caller_check_job(&caller, job)) && SUCCEEDED(hr = job_check_open(job)))
        job_adopt_token(job, &caller);
    if (FAILED(hr))
        queue_unlock();
    caller_free(&caller);
    return hr;
}

HRESULT job_open_for_change(struct bits_job *job)
{
    return job_open(job, FALSE);
}

HRESULT job_open_for_owner(struct bits_job *job)
{
    return job_open(job, TRUE);
}

HRESULT job_close_change(HRESULT hr)
{
    HRESULT flushed;

    if (FAILED(hr))
    {
        queue_unlock();
        return hr;
    }
    flushed = queue_unlock_durable();
    return FAILED(flushed) ? flushed : hr;
}

HRESULT job_set_value(struct bits_job *job, void *slot, const void *value, size_t size)
{
    BYTE before[sizeof(GUID)];
    HRESULT hr;

    if (size > sizeof(before))
        return E_UNEXPECTED;
    if (FAILED(hr = job_open_for_change(job)))
        return hr;
    memcpy(before, slot, size);
    memcpy(slot, value, size);
    if (FAILED(hr = job_changed(job, NULL)))
        memcpy(slot, before, size);
    else
        queue_wake_scheduler();
    return job_close_change(hr);
}

HRESULT job_set_text(struct bits_job *job, WCHAR **slot, const WCHAR *text, size_t limit)
{
    WCHAR *copy, *before;
    HRESULT hr;

    if (!text)
        return E_INVALIDARG;
    if (text_too_long(text, limit))
        return BG_E_STRING_TOO_LONG;
    if (!(copy = wstr_dup(text)))
        return E_OUTOFMEMORY;
    if (FAILED(hr = job_open_for_change(job)))
    {
        free(copy);
        return hr;
    }
    before = *slot;
    *slot = copy;
    if (FAILED(hr = job_changed(job, NULL)))
    {
        *slot = before;
        before = copy;
    }
    hr = job_close_change(hr);
    free(before);
    return hr;
}

HRESULT job_get_value(void *out, const void *slot, size_t size)
{
    if (!out)
        return E_INVALIDARG;
    queue_lock();
    memcpy(out, slot, size);
    queue_unlock();
    return S_OK;
}

HRESULT job_get_text(WCHAR **out, WCHAR *const *slot)
{
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    queue_lock();
    hr = wstr_to_caller(*slot, out);
    queue_unlock();
    return hr;
}
