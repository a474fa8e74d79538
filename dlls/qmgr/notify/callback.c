/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The COM calls into clients: IBackgroundCopyCallback, IBackgroundCopyCallback2::FileTransferred and
 * IBackgroundCopyCallback3::FileRangesTransferred. All run on the notifier's threads, in the
 * multithreaded apartment, and may take as long as the client likes.
 */
#include "delivery.h"

#include <objbase.h>

#include "impersonate.h"
#include "trace.h"

BOOL callback_is_disconnected(HRESULT hr)
{
    switch (hr)
    {
    case RPC_E_DISCONNECTED:
    case RPC_E_SERVER_DIED:
    case RPC_E_SERVER_DIED_DNE:
    case RPC_E_CONNECTION_TERMINATED:
    case RPC_E_INVALID_OBJECT:
    case RPC_E_INVALID_IPID:
    case CO_E_OBJNOTCONNECTED:
    case CO_E_OBJNOTREG:
    case HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE):
    case HRESULT_FROM_WIN32(RPC_S_CALL_FAILED):
    case HRESULT_FROM_WIN32(RPC_S_CALL_FAILED_DNE):
    case HRESULT_FROM_WIN32(RPC_S_COMM_FAILURE):
    case HRESULT_FROM_WIN32(OR_INVALID_OXID):
    case HRESULT_FROM_WIN32(OR_INVALID_OID):
    case HRESULT_FROM_WIN32(OR_INVALID_SET): return TRUE;
    default: return FALSE;
    }
}

HRESULT callback_create_object(const CLSID *clsid, HANDLE token, IUnknown **out)
{
    HRESULT hr;

    *out = NULL;
    impersonate_begin(token);
    hr = CoCreateInstance(clsid, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)out);
    impersonate_end(token);
    trace("notifier: an instance of %08lx-... : %08lx", (unsigned long)clsid->Data1,
            (unsigned long)hr);
    return hr;
}

/* The interface of the object that has the method. The client may learn who we are, and not more:
 * it gets no right to act in the service's name. */
static HRESULT callback_query(struct delivery *delivery, REFIID iid, void **out)
{
    HRESULT hr = IUnknown_QueryInterface(delivery->object, iid, out);

    if (FAILED(hr))
    {
        delivery->unsupported = hr == E_NOINTERFACE;
        *out = NULL;
        return hr;
    }
    CoSetProxyBlanket(*out, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
            RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_DEFAULT);
    return S_OK;
}

static HRESULT callback_call_job(struct delivery *delivery, IBackgroundCopyJob *job)
{
    IBackgroundCopyCallback *callback;
    HRESULT hr;

    if (FAILED(hr = callback_query(delivery, &IID_IBackgroundCopyCallback, (void **)&callback)))
        return hr;
    if (delivery->kind == DELIVERY_TRANSFERRED)
        hr = IBackgroundCopyCallback_JobTransferred(callback, job);
    else if (delivery->kind == DELIVERY_ERROR)
        hr = IBackgroundCopyCallback_JobError(callback, job, delivery->error_interface);
    else
        hr = IBackgroundCopyCallback_JobModification(callback, job, 0);
    IBackgroundCopyCallback_Release(callback);
    return hr;
}

static HRESULT callback_call_file(struct delivery *delivery, IBackgroundCopyJob *job)
{
    IBackgroundCopyCallback2 *callback;
    HRESULT hr;

    if (FAILED(hr = callback_query(delivery, &IID_IBackgroundCopyCallback2, (void **)&callback)))
        return hr;
    hr = IBackgroundCopyCallback2_FileTransferred(callback, job, delivery->file_interface);
    IBackgroundCopyCallback2_Release(callback);
    return hr;
}

static HRESULT callback_call_ranges(struct delivery *delivery, IBackgroundCopyJob *job)
{
    IBackgroundCopyCallback3 *callback;
    HRESULT hr;

    if (FAILED(hr = callback_query(delivery, &IID_IBackgroundCopyCallback3, (void **)&callback)))
        return hr;
    hr = IBackgroundCopyCallback3_FileRangesTransferred(callback, job, delivery->file_interface,
            delivery->ranges->set.count, delivery->ranges->set.ranges);
    IBackgroundCopyCallback3_Release(callback);
    return hr;
}

HRESULT callback_call(struct delivery *delivery)
{
    IBackgroundCopyJob *job = (IBackgroundCopyJob *)&delivery->job->IBackgroundCopyJob5_iface;
    HRESULT hr;

    delivery->unsupported = FALSE;
    switch (delivery->kind)
    {
    case DELIVERY_FILE: hr = callback_call_file(delivery, job); break;
    case DELIVERY_RANGES: hr = callback_call_ranges(delivery, job); break;
    default: hr = callback_call_job(delivery, job); break;
    }
    trace("notifier: job %08lx, notification %d: %08lx", (unsigned long)delivery->job->id.Data1,
            delivery->kind, (unsigned long)hr);
    return hr;
}
