/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The proxies which widl made of errand.idl, inside this program, and the pair of IIDs. */
#define USE_STUBLESS_PROXY
#include <initguid.h>

#include "errand_object.h"

#include <rpcproxy.h>

extern const ExtendedProxyFileInfo errand_ProxyFileInfo;

static const ProxyFileInfo *proxy_files[] = {(const ProxyFileInfo *)&errand_ProxyFileInfo, NULL};
static CStdPSFactoryBuffer factory;

static const CLSID CLSID_ErrandProxies = {0x2d1f9c07, 0x6a55, 0x4b0e,
        {0x8a, 0x41, 0x5f, 0x6d, 0x3a, 0x90, 0xc1, 0x1f}};

ULONG WINAPI CStdStubBuffer_Release(IRpcStubBuffer *stub)
{
    return NdrCStdStubBuffer_Release(stub, (IPSFactoryBuffer *)&factory);
}

static HRESULT partner_write(REFIID iid, const WCHAR *name, REFIID partner)
{
    WCHAR key[160], text[40], value[40];
    LONG error;

    StringFromGUID2(iid, text, ARRAYSIZE(text));
    StringFromGUID2(partner, value, ARRAYSIZE(value));
    wsprintfW(key, L"Software\\Classes\\Interface\\%s\\%s", text, name);
    error = RegSetKeyValueW(HKEY_CURRENT_USER, key, NULL, REG_SZ, value,
            (lstrlenW(value) + 1) * (DWORD)sizeof(*value));
    return HRESULT_FROM_WIN32(error);
}

HRESULT errand_register(void)
{
    IUnknown *object;
    DWORD cookie;
    HRESULT hr;

    if (FAILED(hr = partner_write(&IID_IErrand, L"AsynchronousInterface", &IID_AsyncIErrand))
            || FAILED(hr = partner_write(&IID_AsyncIErrand, L"SynchronousInterface", &IID_IErrand))
            || FAILED(hr = NdrDllGetClassObject(&CLSID_ErrandProxies, &IID_IPSFactoryBuffer,
                              (void **)&object, proxy_files, &CLSID_ErrandProxies, &factory)))
        return hr;
    if (SUCCEEDED(hr = CoRegisterPSClsid(&IID_IErrand, &CLSID_ErrandProxies)))
        hr = CoRegisterClassObject(&CLSID_ErrandProxies, object, CLSCTX_INPROC_SERVER,
                REGCLS_MULTIPLEUSE, &cookie);
    IUnknown_Release(object);
    return hr;
}
