/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IInternetSession: the one session of a process. */
#include "com_object.h"
#include "bind_protocol.h"
#include "session_table.h"
#include "trace.h"

#include <urlmon.h>

static HRESULT STDMETHODCALLTYPE session_QueryInterface(IInternetSession *iface, REFIID iid,
        void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IInternetSession))
        *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

/* It lives as long as the DLL. */
static ULONG STDMETHODCALLTYPE session_AddRef(IInternetSession *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE session_Release(IInternetSession *iface)
{
    (void)iface;
    return 1;
}

/* RegisterNameSpace: `factory` makes the handlers of a scheme in this process from now on. Patterns
 * are unused. E_INVALIDARG: no factory, no scheme, `reserved` not zero. Page "RegisterNameSpace
 * method" (platform-apis/aa767759). */
static HRESULT STDMETHODCALLTYPE session_RegisterNameSpace(IInternetSession *iface,
        IClassFactory *factory, REFCLSID clsid, LPCWSTR protocol, ULONG pattern_count,
        const LPCWSTR *patterns, DWORD reserved)
{
    (void)iface;
    (void)pattern_count;
    (void)patterns;
    if (reserved)
        return E_INVALIDARG;
    return session_table_add(SESSION_NAME_SPACE, factory, clsid, protocol);
}

static HRESULT STDMETHODCALLTYPE session_UnregisterNameSpace(IInternetSession *iface,
        IClassFactory *factory, LPCWSTR protocol)
{
    (void)iface;
    return session_table_remove(SESSION_NAME_SPACE, factory, protocol);
}

/* RegisterMimeFilter: `factory` makes the filters of a media type in this process from now on. Page
 * "RegisterMimeFilter method" (platform-apis/aa767758). */
static HRESULT STDMETHODCALLTYPE session_RegisterMimeFilter(IInternetSession *iface,
        IClassFactory *factory, REFCLSID clsid, LPCWSTR type)
{
    (void)iface;
    return session_table_add(SESSION_MIME_FILTER, factory, clsid, type);
}

static HRESULT STDMETHODCALLTYPE session_UnregisterMimeFilter(IInternetSession *iface,
        IClassFactory *factory, LPCWSTR type)
{
    (void)iface;
    return session_table_remove(SESSION_MIME_FILTER, factory, type);
}

/* CreateBinding: the protocol object through which a caller reads a URL without a moniker. The URL
 * counts only when it is started. E_INVALIDARG: no `out`, or an outer IUnknown without `inner`. */
static HRESULT STDMETHODCALLTYPE session_CreateBinding(IInternetSession *iface, LPBC context,
        LPCWSTR url, IUnknown *outer, IUnknown **inner, IInternetProtocol **out, DWORD option)
{
    (void)iface;
    (void)context;
    (void)url;
    (void)option;
    if (inner)
        *inner = NULL;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (outer && !inner)
        return E_INVALIDARG;
    return bind_protocol_create_aggregated(FALSE, outer, inner, (IInternetProtocolEx **)out);
}

/* The options of the process: UrlMkSetSessionOption. */
static HRESULT STDMETHODCALLTYPE session_SetSessionOption(IInternetSession *iface, DWORD option,
        LPVOID buffer, DWORD size, DWORD reserved)
{
    (void)iface;
    return UrlMkSetSessionOption(option, buffer, size, reserved);
}

static HRESULT STDMETHODCALLTYPE session_GetSessionOption(IInternetSession *iface, DWORD option,
        LPVOID buffer, DWORD *size, DWORD reserved)
{
    (void)iface;
    if (!size)
        return E_INVALIDARG;
    return UrlMkGetSessionOption(option, buffer, *size, size, reserved);
}

static const IInternetSessionVtbl session_vtbl = {
        session_QueryInterface,
        session_AddRef,
        session_Release,
        session_RegisterNameSpace,
        session_UnregisterNameSpace,
        session_RegisterMimeFilter,
        session_UnregisterMimeFilter,
        session_CreateBinding,
        session_SetSessionOption,
        session_GetSessionOption,
};

/* CoInternetGetSession: the session of this process. Both other arguments are reserved.
 * E_INVALIDARG: no `session`. Page "CoInternetGetSession function" (platform-apis/aa767792). */
HRESULT WINAPI CoInternetGetSession(DWORD mode, IInternetSession **session, DWORD reserved)
{
    static IInternetSession the_session = {(IInternetSessionVtbl *)&session_vtbl};

    if (!session)
        return E_INVALIDARG;
    if (mode || reserved)
        trace("CoInternetGetSession: reserved arguments %#lx, %#lx", mode, reserved);
    *session = &the_session;
    return S_OK;
}
