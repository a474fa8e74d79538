/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The factory of the proxies and stubs that widl makes from idl/url_proxies.idl. */
#include "url_proxies.h"

#include "url_interfaces.h"
#include "urlmon_module.h"

#include <shlwapi.h>

#define METHOD_NUMBER 0x7fff /* of RPCOLEMESSAGE.iMethod; the rest is a flag */

const CLSID CLSID_UrlProxies = {0x79eac9f1, 0xbaf9, 0x11ce,
        {0x8c, 0x82, 0x00, 0xaa, 0x00, 0x4b, 0xa9, 0x0b}};

extern const ExtendedProxyFileInfo url_proxies_ProxyFileInfo;

static const ProxyFileInfo *proxy_files[] = {
        (const ProxyFileInfo *)&url_proxies_ProxyFileInfo,
        NULL,
};

static CStdPSFactoryBuffer factory;

/* What the generated stubs call for their last Release: the runtime's, with our factory. */
ULONG WINAPI CStdStubBuffer_Release(IRpcStubBuffer *stub)
{
    return NdrCStdStubBuffer_Release(stub, (IPSFactoryBuffer *)&factory);
}

/* The same for the stubs of derived interfaces. */
ULONG WINAPI CStdStubBuffer2_Release(IRpcStubBuffer *stub)
{
    return NdrCStdStubBuffer2_Release(stub, (IPSFactoryBuffer *)&factory);
}

HRESULT STDMETHODCALLTYPE url_stub_invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
        IRpcChannelBuffer *channel);

/* Invoke of the generated stubs. rpcrt4 takes the lengths in a request as they are. */
HRESULT STDMETHODCALLTYPE url_stub_invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
        IRpcChannelBuffer *channel)
{
    const CInterfaceStubVtbl *vtbl = CONTAINING_RECORD(stub->lpVtbl, CInterfaceStubVtbl, Vtbl);

    if (!url_request_valid(&vtbl->header, message->iMethod & METHOD_NUMBER, message->Buffer,
                message->cbBuffer))
        return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    return CStdStubBuffer_Invoke(stub, message, channel);
}

HRESULT url_proxies_get_class_object(REFIID iid, void **out)
{
    return NdrDllGetClassObject(&CLSID_UrlProxies, iid, out, proxy_files, &CLSID_UrlProxies,
            &factory);
}

HRESULT url_proxies_register(void)
{
    static const WCHAR key[] = L"CLSID\\{79EAC9F1-BAF9-11CE-8C82-00AA004BA90B}";
    static const WCHAR name[] = L"URLMoniker ProxyStub Factory";
    static const WCHAR threading[] = L"Apartment";
    HRESULT hr = NdrDllRegisterProxy(urlmon_instance, proxy_files, &CLSID_UrlProxies);
    WCHAR server[80];
    DWORD error;

    if (FAILED(hr))
        return hr;
    lstrcpyW(server, key);
    lstrcatW(server, L"\\InprocServer32");
    error = SHSetValueW(HKEY_CLASSES_ROOT, key, NULL, REG_SZ, name, sizeof(name));
    if (!error)
        error = SHSetValueW(HKEY_CLASSES_ROOT, server, L"ThreadingModel", REG_SZ, threading,
                sizeof(threading));
    return HRESULT_FROM_WIN32(error);
}

HRESULT url_proxies_unregister(void)
{
    return NdrDllUnregisterProxy(urlmon_instance, proxy_files, &CLSID_UrlProxies);
}
