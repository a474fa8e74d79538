/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The [call_as] halves of the methods that fill a caller's buffer, and of those that make objects.
 *
 * A buffer of *size bytes crosses as it is. An object that wants a larger one says how large in
 * *size; then the stub must not send that many: the answer carries what there was room for, and the
 * caller learns from the HRESULT that it was too little.
 */
#include "url_interfaces.h"

static HRESULT buffer_answer(HRESULT hr, DWORD room, DWORD *size)
{
    if (*size > room)
    {
        *size = room;
        return SUCCEEDED(hr) ? HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER) : hr;
    }
    return hr;
}

/* --- IHttpNegotiate2, IInternetSecurityManager --- */

HRESULT STDMETHODCALLTYPE IHttpNegotiate2_GetRootSecurityId_Proxy(IHttpNegotiate2 *iface, BYTE *id,
        DWORD *size, DWORD_PTR reserved)
{
    return IHttpNegotiate2_RemoteGetRootSecurityId_Proxy(iface, id, size, reserved);
}

HRESULT STDMETHODCALLTYPE IHttpNegotiate2_GetRootSecurityId_Stub(IHttpNegotiate2 *iface, BYTE *id,
        DWORD *size, DWORD_PTR reserved)
{
    DWORD room = *size;

    return buffer_answer(IHttpNegotiate2_GetRootSecurityId(iface, id, size, reserved), room, size);
}

HRESULT STDMETHODCALLTYPE IInternetSecurityManager_GetSecurityId_Proxy(
        IInternetSecurityManager *iface, LPCWSTR url, BYTE *id, DWORD *size, DWORD_PTR reserved)
{
    return IInternetSecurityManager_RemoteGetSecurityId_Proxy(iface, url, id, size, reserved);
}

HRESULT STDMETHODCALLTYPE IInternetSecurityManager_GetSecurityId_Stub(
        IInternetSecurityManager *iface, LPCWSTR url, BYTE *id, DWORD *size, DWORD_PTR reserved)
{
    DWORD room = *size;

    return buffer_answer(IInternetSecurityManager_GetSecurityId(iface, url, id, size, reserved),
            room, size);
}

HRESULT STDMETHODCALLTYPE IInternetSecurityManagerEx2_GetSecurityIdEx2_Proxy(
        IInternetSecurityManagerEx2 *iface, IUri *uri, BYTE *id, DWORD *size, DWORD_PTR reserved)
{
    return IInternetSecurityManagerEx2_RemoteGetSecurityIdEx2_Proxy(iface, uri, id, size, reserved);
}

HRESULT STDMETHODCALLTYPE IInternetSecurityManagerEx2_GetSecurityIdEx2_Stub(
        IInternetSecurityManagerEx2 *iface, IUri *uri, BYTE *id, DWORD *size, DWORD_PTR reserved)
{
    DWORD room = *size;

    return buffer_answer(
            IInternetSecurityManagerEx2_GetSecurityIdEx2(iface, uri, id, size, reserved), room,
            size);
}

/* --- IWinInetInfo, IWinInetHttpInfo --- */

HRESULT CALLBACK IWinInetInfo_QueryOption_Proxy(IWinInetInfo *iface, DWORD option, LPVOID buffer,
        DWORD *size)
{
    return IWinInetInfo_RemoteQueryOption_Proxy(iface, option, buffer, size);
}

HRESULT __RPC_STUB IWinInetInfo_QueryOption_Stub(IWinInetInfo *iface, DWORD option, BYTE *buffer,
        DWORD *size)
{
    DWORD room = *size;

    return buffer_answer(IWinInetInfo_QueryOption(iface, option, buffer, size), room, size);
}

HRESULT CALLBACK IWinInetHttpInfo_QueryInfo_Proxy(IWinInetHttpInfo *iface, DWORD option,
        LPVOID buffer, DWORD *size, DWORD *flags, DWORD *reserved)
{
    DWORD no_flags = 0, no_reserved = 0;

    return IWinInetHttpInfo_RemoteQueryInfo_Proxy(iface, option, buffer, size,
            flags ? flags : &no_flags, reserved ? reserved : &no_reserved);
}

HRESULT __RPC_STUB IWinInetHttpInfo_QueryInfo_Stub(IWinInetHttpInfo *iface, DWORD option,
        BYTE *buffer, DWORD *size, DWORD *flags, DWORD *reserved)
{
    DWORD room = *size;

    return buffer_answer(IWinInetHttpInfo_QueryInfo(iface, option, buffer, size, flags, reserved),
            room, size);
}

/* --- IBinding --- */

HRESULT CALLBACK IBinding_GetBindResult_Proxy(IBinding *iface, CLSID *protocol, DWORD *result,
        LPOLESTR *text, DWORD *reserved)
{
    if (!protocol || !result || !text || (reserved && *reserved))
        return E_INVALIDARG;
    return IBinding_RemoteGetBindResult_Proxy(iface, protocol, result, text, 0);
}

HRESULT __RPC_STUB IBinding_GetBindResult_Stub(IBinding *iface, CLSID *protocol, DWORD *result,
        LPOLESTR *text, DWORD reserved)
{
    return IBinding_GetBindResult(iface, protocol, result, text, reserved ? &reserved : NULL);
}

/* --- IBindHost --- */

HRESULT CALLBACK IBindHost_MonikerBindToStorage_Proxy(IBindHost *iface, IMoniker *moniker,
        IBindCtx *context, IBindStatusCallback *callback, REFIID iid, void **out)
{
    return IBindHost_RemoteMonikerBindToStorage_Proxy(iface, moniker, context, callback, iid,
            (IUnknown **)out);
}

HRESULT __RPC_STUB IBindHost_MonikerBindToStorage_Stub(IBindHost *iface, IMoniker *moniker,
        IBindCtx *context, IBindStatusCallback *callback, REFIID iid, IUnknown **out)
{
    return IBindHost_MonikerBindToStorage(iface, moniker, context, callback, iid, (void **)out);
}

HRESULT CALLBACK IBindHost_MonikerBindToObject_Proxy(IBindHost *iface, IMoniker *moniker,
        IBindCtx *context, IBindStatusCallback *callback, REFIID iid, void **out)
{
    return IBindHost_RemoteMonikerBindToObject_Proxy(iface, moniker, context, callback, iid,
            (IUnknown **)out);
}

HRESULT __RPC_STUB IBindHost_MonikerBindToObject_Stub(IBindHost *iface, IMoniker *moniker,
        IBindCtx *context, IBindStatusCallback *callback, REFIID iid, IUnknown **out)
{
    return IBindHost_MonikerBindToObject(iface, moniker, context, callback, iid, (void **)out);
}
