/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the protocols of this DLL say about URLs: they leave it to the system, by
 * INET_E_DEFAULT_ACTION, which knows their schemes. Page "IInternetProtocolInfo interface"
 * (platform-apis/aa767874).
 */
#include "protocol_info.h"

#include "com_object.h"

static HRESULT STDMETHODCALLTYPE info_QueryInterface(IInternetProtocolInfo *iface, REFIID iid,
        void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IInternetProtocolInfo))
        *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

/* It lives as long as the DLL. */
static ULONG STDMETHODCALLTYPE info_AddRef(IInternetProtocolInfo *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE info_Release(IInternetProtocolInfo *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE info_ParseUrl(IInternetProtocolInfo *iface, LPCWSTR url,
        PARSEACTION action, DWORD flags, LPWSTR result, DWORD size, DWORD *length, DWORD reserved)
{
    (void)iface;
    (void)url;
    (void)action;
    (void)flags;
    (void)result;
    (void)size;
    (void)reserved;
    if (length)
        *length = 0;
    return INET_E_DEFAULT_ACTION;
}

static HRESULT STDMETHODCALLTYPE info_CombineUrl(IInternetProtocolInfo *iface, LPCWSTR base,
        LPCWSTR relative, DWORD flags, LPWSTR result, DWORD size, DWORD *length, DWORD reserved)
{
    (void)iface;
    (void)base;
    (void)relative;
    (void)flags;
    (void)result;
    (void)size;
    (void)reserved;
    if (length)
        *length = 0;
    return INET_E_DEFAULT_ACTION;
}

static HRESULT STDMETHODCALLTYPE info_CompareUrl(IInternetProtocolInfo *iface, LPCWSTR one,
        LPCWSTR two, DWORD flags)
{
    (void)iface;
    (void)one;
    (void)two;
    (void)flags;
    return INET_E_DEFAULT_ACTION;
}

static HRESULT STDMETHODCALLTYPE info_QueryInfo(IInternetProtocolInfo *iface, LPCWSTR url,
        QUERYOPTION option, DWORD flags, LPVOID buffer, DWORD size, DWORD *needed, DWORD reserved)
{
    (void)iface;
    (void)url;
    (void)option;
    (void)flags;
    (void)buffer;
    (void)size;
    (void)reserved;
    if (needed)
        *needed = 0;
    return INET_E_DEFAULT_ACTION;
}

static const IInternetProtocolInfoVtbl info_vtbl = {
        info_QueryInterface,
        info_AddRef,
        info_Release,
        info_ParseUrl,
        info_CombineUrl,
        info_CompareUrl,
        info_QueryInfo,
};

HRESULT protocol_info_get(REFCLSID clsid, void **out)
{
    static const CLSID *const protocols[] = {&CLSID_FileProtocol, &CLSID_FtpProtocol,
            &CLSID_HttpProtocol, &CLSID_HttpSProtocol, &CLSID_MkProtocol};
    static IInternetProtocolInfo info = {(IInternetProtocolInfoVtbl *)&info_vtbl};

    *out = NULL;
    for (unsigned int i = 0; i < ARRAY_SIZE(protocols); i++)
    {
        if (IsEqualGUID(clsid, protocols[i]))
            *out = &info;
    }
    return *out ? S_OK : E_NOINTERFACE;
}
