/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The object that BITS calls about a job (see "Registering a COM Callback"). It does nothing but
 * wake the thread that waits: the job's state is then asked for by that thread, so that a call is
 * answered at once and never waits for a console. */

#include <stdlib.h>

#include "callback.h"

static struct callback *impl_from_IBackgroundCopyCallback(IBackgroundCopyCallback *iface)
{
    return CONTAINING_RECORD(iface, struct callback, IBackgroundCopyCallback_iface);
}

static HRESULT WINAPI callback_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid,
        void **object)
{
    if (!object)
    {
        return E_POINTER;
    }
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IBackgroundCopyCallback))
    {
        *object = iface;
        IBackgroundCopyCallback_AddRef(iface);
        return S_OK;
    }
    *object = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI callback_AddRef(IBackgroundCopyCallback *iface)
{
    struct callback *callback = impl_from_IBackgroundCopyCallback(iface);

    return (ULONG)InterlockedIncrement(&callback->refcount);
}

static ULONG WINAPI callback_Release(IBackgroundCopyCallback *iface)
{
    struct callback *callback = impl_from_IBackgroundCopyCallback(iface);
    LONG refcount = InterlockedDecrement(&callback->refcount);

    if (!refcount)
    {
        CloseHandle(callback->ended_event);
        CloseHandle(callback->modified_event);
        free(callback);
    }
    return (ULONG)refcount;
}

static HRESULT WINAPI callback_JobTransferred(IBackgroundCopyCallback *iface,
        IBackgroundCopyJob *job)
{
    (void)job;
    SetEvent(impl_from_IBackgroundCopyCallback(iface)->ended_event);
    return S_OK;
}

static HRESULT WINAPI callback_JobError(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
        IBackgroundCopyError *error)
{
    (void)job;
    (void)error;
    SetEvent(impl_from_IBackgroundCopyCallback(iface)->ended_event);
    return S_OK;
}

static HRESULT WINAPI callback_JobModification(IBackgroundCopyCallback *iface,
        IBackgroundCopyJob *job, DWORD reserved)
{
    (void)job;
    (void)reserved;
    SetEvent(impl_from_IBackgroundCopyCallback(iface)->modified_event);
    return S_OK;
}

static const IBackgroundCopyCallbackVtbl callback_vtbl = {
        callback_QueryInterface,
        callback_AddRef,
        callback_Release,
        callback_JobTransferred,
        callback_JobError,
        callback_JobModification,
};

/* Creates the object, with one reference, that callback_release gives back. Both events reset
 * themselves when a wait ends. */
HRESULT callback_create(struct callback **result)
{
    struct callback *callback;

    callback = calloc(1, sizeof(*callback));
    if (!callback)
    {
        return E_OUTOFMEMORY;
    }
    callback->IBackgroundCopyCallback_iface.lpVtbl = (IBackgroundCopyCallbackVtbl *)&callback_vtbl;
    callback->refcount = 1;
    callback->ended_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    callback->modified_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!callback->ended_event || !callback->modified_event)
    {
        callback_release(callback);
        return E_OUTOFMEMORY;
    }
    *result = callback;
    return S_OK;
}

void callback_release(struct callback *callback)
{
    IBackgroundCopyCallback_Release(&callback->IBackgroundCopyCallback_iface);
}

/* Has a job report its progress and its end to the object. */
HRESULT callback_register(struct callback *callback, IBackgroundCopyJob *job)
{
    HRESULT hr;

    hr = IBackgroundCopyJob_SetNotifyInterface(job,
            (IUnknown *)&callback->IBackgroundCopyCallback_iface);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob_SetNotifyFlags(job,
                BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION);
    }
    return hr;
}
