/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cancelling calls: not there yet (docs/status.md), but for each thread's say whether its calls may
 * be cancelled. The page is "Canceling Method Calls". */
#include <windows.h>
#include <objbase.h>

#include "com_thread.h"
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

/* Allows it for the calls of this thread, until CoDisableCallCancellation has been called as often.
 * It is not allowed at first; being in an apartment does not matter. S_OK, E_INVALIDARG,
 * E_OUTOFMEMORY. combaseapi/nf-combaseapi-coenablecallcancellation */
HRESULT WINAPI CoEnableCallCancellation(void *reserved)
{
    struct com_thread *thread;

    if (reserved)
        return E_INVALIDARG;
    if (!(thread = com_thread_get()))
        return E_OUTOFMEMORY;
    thread->cancel_enabled++;
    return S_OK;
}

/* Undoes it once. S_OK, E_INVALIDARG, CO_E_CANCEL_DISABLED when it is not allowed.
 * combaseapi/nf-combaseapi-codisablecallcancellation */
HRESULT WINAPI CoDisableCallCancellation(void *reserved)
{
    struct com_thread *thread = com_thread_peek();

    if (reserved)
        return E_INVALIDARG;
    if (!thread || !thread->cancel_enabled)
        return CO_E_CANCEL_DISABLED;
    thread->cancel_enabled--;
    return S_OK;
}
