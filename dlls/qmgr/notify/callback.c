/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The COM calls into clients: IBackgroundCopyCallback, IBackgroundCopyCallback2::FileTransferred
 * and IBackgroundCopyCallback3::FileRangesTransferred. All run on the notifier's threads, in the
 * multithreaded apartment, and may take as long as the client likes.
 */
#include "delivery.h"

#include <objbase.h>

#include "impersonate.h"
#include "notifier.h"
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
    case HRESULT_FROM_WIN32(OR_INVALID_SET):
        return TRUE;
    default:
        return FALSE;
    }
}

HRESULT notifier_query_object(IUnknown *object, IUnknown **out, UINT32 *version)
{
    static const IID *const iids[] = {&IID_IBackgroundCopyCallback3, &IID_IBackgroundCopyCallback2,
            &IID_IBackgroundCopyCallback};
    HRESULT hr = E_NOINTERFACE;

    *out = NULL;
    for (UINT32 i = 0; i < ARRAY_SIZE(iids); i++)
    {
        *version = ARRAY_SIZE(iids) - i;
        if (SUCCEEDED(hr = IUnknown_QueryInterface(object, iids[i], (void **)out)))
            return hr;
    }
    *out = NULL;
    *version = 0;
    return hr;
}

HRESULT callback_create_object(const CLSID *clsid, HANDLE token, IUnknown **out, UINT32 *version)
{
    IUnknown *object;
    HRESULT hr;

    *out = NULL;
    if (!impersonate_begin(token))
        return HRESULT_FROM_WIN32(GetLastError());
    hr = CoCreateInstance(clsid, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&object);
    impersonate_end(token);
    if (SUCCEEDED(hr))
    {
        hr = notifier_query_object(object, out, version);
        IUnknown_Release(object);
    }
    trace("notifier: an instance of %08lx-... : %08lx", (unsigned long)clsid->Data1,
            (unsigned long)hr);
    return hr;
}

/* Which IBackgroundCopyCallback interface has the method; each has those of the ones before it. */
static UINT32 callback_needed_version(enum delivery_kind kind)
{
    switch (kind)
    {
    case DELIVERY_RANGES:
        return 3;
    case DELIVERY_FILE:
        return 2;
    default:
        return 1;
    }
}

HRESULT callback_call(struct delivery *delivery)
{
    IBackgroundCopyJob *job = (IBackgroundCopyJob *)&delivery->job->IBackgroundCopyJob5_iface;
    IBackgroundCopyCallback3 *callback = (IBackgroundCopyCallback3 *)delivery->object;
    HRESULT hr;

    delivery->unsupported = delivery->version < callback_needed_version(delivery->kind);
    if (delivery->unsupported)
        return E_NOINTERFACE;
    /* The client may learn who we are, and not more: it may not act in the service's name. */
    CoSetProxyBlanket(delivery->object, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT,
            COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IDENTIFY, NULL,
            EOAC_DEFAULT);
    switch (delivery->kind)
    {
    case DELIVERY_TRANSFERRED:
        hr = IBackgroundCopyCallback3_JobTransferred(callback, job);
        break;
    case DELIVERY_ERROR:
        hr = IBackgroundCopyCallback3_JobError(callback, job, delivery->error_interface);
        break;
    case DELIVERY_FILE:
        hr = IBackgroundCopyCallback3_FileTransferred(callback, job, delivery->file_interface);
        break;
    case DELIVERY_RANGES:
        hr = IBackgroundCopyCallback3_FileRangesTransferred(callback, job, delivery->file_interface,
                delivery->ranges->set.count, delivery->ranges->set.ranges);
        break;
    default:
        hr = IBackgroundCopyCallback3_JobModification(callback, job, 0);
        break;
    }
    trace("notifier: job %08lx, notification %d: %08lx", (unsigned long)delivery->job->id.Data1,
            delivery->kind, (unsigned long)hr);
    return hr;
}
