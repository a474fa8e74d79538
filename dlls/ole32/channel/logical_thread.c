/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who calls whom: the identity of logical threads, and the caller of the current call. */
#include "logical_thread.h"

#include <objbase.h>

#include "apartment.h"
#include "server_call.h"

HRESULT logical_thread_get(struct com_thread *thread, GUID *id)
{
    HRESULT hr = S_OK;

    if (IsEqualGUID(&thread->causality, &GUID_NULL))
    {
        hr = CoCreateGuid(&thread->causality);
        if (SUCCEEDED(hr))
            com_thread_mark(thread, 0, OLE_TLS_UUID_INITIALIZED);
    }
    *id = thread->causality;
    return hr;
}

/*
 * CoGetCurrentLogicalThreadId: the identity which calls of this thread carry, and which they have
 * in the servers they get to, and in the servers those call. A thread that is in no apartment has
 * one as well. S_OK, E_INVALIDARG, E_OUTOFMEMORY.
 */
HRESULT WINAPI CoGetCurrentLogicalThreadId(GUID *id)
{
    struct com_thread *thread;

    if (!id)
        return E_INVALIDARG;
    if (!(thread = com_thread_get()))
        return E_OUTOFMEMORY;
    return logical_thread_get(thread, id);
}

/*
 * CoGetCallerTID: the apartment of the caller of the call being served: its thread, 0 for the MTA,
 * -1 for the NTA. S_OK: it is in this process; S_FALSE: in another one; RPC_E_CALL_COMPLETE outside
 * a call; E_INVALIDARG.
 */
HRESULT WINAPI CoGetCallerTID(DWORD *id)
{
    struct com_thread *thread;

    if (!id)
        return E_INVALIDARG;
    if (!(thread = com_thread_peek()) || !thread->serving)
        return RPC_E_CALL_COMPLETE;
    *id = server_call_caller_apartment(thread->serving);
    return server_call_caller_process(thread->serving) == GetCurrentProcessId() ? S_OK : S_FALSE;
}
