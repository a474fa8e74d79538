/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What belongs to no other subject: some of it answers at once, the rest is not there yet. */
#include <windows.h>
#include <objbase.h>
#include <callobj.h>

#include "not_implemented.h"

/* In no header of MinGW-w64. */
UINT WINAPI CoGetSystemWow64DirectoryW(WCHAR *path, UINT size);
HRESULT WINAPI CoHandlePriorityEventsFromMessagePump(void);
HRESULT WINAPI CoRegisterActivationFilter(IUnknown *filter);
HRESULT WINAPI CoSetMessageDispatcher(IUnknown *dispatcher);

/* Lets the server behind a proxy take the foreground. S_OK, E_INVALIDARG, E_ACCESSDENIED (this
 * process cannot give it away), E_NOINTERFACE for what is no proxy.
 * objbase/nf-objbase-coallowsetforegroundwindow */
HRESULT WINAPI CoAllowSetForegroundWindow(IUnknown *object, void *reserved)
{
    IForegroundTransfer *transfer;
    HRESULT hr;

    if (!object || reserved)
        return E_INVALIDARG;
    hr = IUnknown_QueryInterface(object, &IID_IForegroundTransfer, (void **)&transfer);
    if (FAILED(hr))
        return hr;
    hr = IForegroundTransfer_AllowForegroundTransfer(transfer, reserved);
    IForegroundTransfer_Release(transfer);
    return hr;
}

static BOOL caller_is_administrator(void)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof(sid);
    BOOL member = FALSE;

    return CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size)
            && CheckTokenMembership(NULL, sid, &member) && member;
}

/* Bindings to other machines are never kept: there are none to be found. CO_S_MACHINENAMENOTFOUND,
 * E_INVALIDARG, E_ACCESSDENIED. combaseapi/nf-combaseapi-coinvalidateremotemachinebindings */
HRESULT WINAPI CoInvalidateRemoteMachineBindings(OLECHAR *machine)
{
    if (!machine)
        return E_INVALIDARG;
    return caller_is_administrator() ? CO_S_MACHINENAMENOTFOUND : E_ACCESSDENIED;
}

UINT WINAPI CoGetSystemWow64DirectoryW(WCHAR *path, UINT size)
{
    return GetSystemWow64DirectoryW(path, size);
}

#pragma GCC diagnostic ignored "-Wunused-parameter"

/* There are no interceptors. E_INVALIDARG, E_UNEXPECTED. callobj/nf-callobj-cogetinterceptor */
HRESULT WINAPI CoGetInterceptor(REFIID intercepted, IUnknown *outer, REFIID iid, void **out)
{
    HRESULT hr = NOT_IMPLEMENTED_OBJECT(out);

    return hr == E_NOTIMPL ? E_UNEXPECTED : hr;
}

/* callobj/nf-callobj-cogetinterceptorfromtypeinfo */
HRESULT WINAPI CoGetInterceptorFromTypeInfo(REFIID intercepted, IUnknown *outer, ITypeInfo *info,
        REFIID iid, void **out)
{
    HRESULT hr = NOT_IMPLEMENTED_OBJECT(out);

    return hr == E_NOTIMPL ? E_UNEXPECTED : hr;
}

HRESULT WINAPI CoCreateStandardMalloc(DWORD context, IMalloc **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI CoHandlePriorityEventsFromMessagePump(void)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CoRegisterActivationFilter(IUnknown *filter)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CoSetMessageDispatcher(IUnknown *dispatcher)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI DcomChannelSetHResult(void *reserved, ULONG *reserved2, HRESULT hr)
{
    return NOT_IMPLEMENTED();
}
