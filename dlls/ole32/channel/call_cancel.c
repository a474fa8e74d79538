/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cancelling calls: not there yet (docs/status.md). The page is "Canceling Method Calls". */
#include <windows.h>
#include <objbase.h>

#include "not_implemented.h"

/* combaseapi/nf-combaseapi-cocancelcall */
HRESULT WINAPI CoCancelCall(DWORD thread_id, ULONG timeout)
{
    (void)thread_id;
    (void)timeout;
    return NOT_IMPLEMENTED();
}

/* combaseapi/nf-combaseapi-cotestcancel */
HRESULT WINAPI CoTestCancel(void)
{
    return NOT_IMPLEMENTED();
}

/* combaseapi/nf-combaseapi-cogetcancelobject */
HRESULT WINAPI CoGetCancelObject(DWORD thread_id, REFIID iid, void **out)
{
    (void)thread_id;
    (void)iid;
    return NOT_IMPLEMENTED_OBJECT(out);
}

/* combaseapi/nf-combaseapi-cosetcancelobject */
HRESULT WINAPI CoSetCancelObject(IUnknown *object)
{
    (void)object;
    return NOT_IMPLEMENTED();
}

/* combaseapi/nf-combaseapi-coenablecallcancellation */
HRESULT WINAPI CoEnableCallCancellation(void *reserved)
{
    (void)reserved;
    return NOT_IMPLEMENTED();
}

/* combaseapi/nf-combaseapi-codisablecallcancellation */
HRESULT WINAPI CoDisableCallCancellation(void *reserved)
{
    (void)reserved;
    return NOT_IMPLEMENTED();
}
