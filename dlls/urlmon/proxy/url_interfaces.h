/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The declarations of the interfaces in idl/url_proxies.idl: those of the compiler's public
 * headers. The generated proxies include this in place of a header from widl. */
#ifndef CONCIERGE_URL_INTERFACES_H
#define CONCIERGE_URL_INTERFACES_H

#include <rpc.h>
#include <rpcproxy.h>
#include <unknwn.h>
#include <objidl.h>
#include <urlmon.h>

/* rpcrt4's; the headers declare them for C++ only. */
HRESULT STDMETHODCALLTYPE IUnknown_QueryInterface_Proxy(IUnknown *iface, REFIID iid, void **out);
ULONG STDMETHODCALLTYPE IUnknown_AddRef_Proxy(IUnknown *iface);
ULONG STDMETHODCALLTYPE IUnknown_Release_Proxy(IUnknown *iface);

/* Their [call_as] methods are ours: the public headers declare these as remote as they stand. */
HRESULT STDMETHODCALLTYPE IHttpNegotiate2_RemoteGetRootSecurityId_Proxy(IHttpNegotiate2 *iface,
        BYTE *id, DWORD *size, DWORD_PTR reserved);
HRESULT STDMETHODCALLTYPE IInternetSecurityManager_RemoteGetSecurityId_Proxy(
        IInternetSecurityManager *iface, LPCWSTR url, BYTE *id, DWORD *size, DWORD_PTR reserved);
HRESULT STDMETHODCALLTYPE IInternetSecurityManagerEx2_RemoteGetSecurityIdEx2_Proxy(
        IInternetSecurityManagerEx2 *iface, IUri *uri, BYTE *id, DWORD *size, DWORD_PTR reserved);
HRESULT STDMETHODCALLTYPE IHttpNegotiate2_GetRootSecurityId_Stub(IHttpNegotiate2 *iface, BYTE *id,
        DWORD *size, DWORD_PTR reserved);
HRESULT STDMETHODCALLTYPE IInternetSecurityManager_GetSecurityId_Stub(
        IInternetSecurityManager *iface, LPCWSTR url, BYTE *id, DWORD *size, DWORD_PTR reserved);
HRESULT STDMETHODCALLTYPE IInternetSecurityManagerEx2_GetSecurityIdEx2_Stub(
        IInternetSecurityManagerEx2 *iface, IUri *uri, BYTE *id, DWORD *size, DWORD_PTR reserved);
HRESULT STDMETHODCALLTYPE IHttpNegotiate2_GetRootSecurityId_Proxy(IHttpNegotiate2 *iface, BYTE *id,
        DWORD *size, DWORD_PTR reserved);
HRESULT STDMETHODCALLTYPE IInternetSecurityManager_GetSecurityId_Proxy(
        IInternetSecurityManager *iface, LPCWSTR url, BYTE *id, DWORD *size, DWORD_PTR reserved);
HRESULT STDMETHODCALLTYPE IInternetSecurityManagerEx2_GetSecurityIdEx2_Proxy(
        IInternetSecurityManagerEx2 *iface, IUri *uri, BYTE *id, DWORD *size, DWORD_PTR reserved);

#endif
