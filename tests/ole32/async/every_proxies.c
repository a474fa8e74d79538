/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The proxies which widl made of asyncif.idl, inside this program. */
#define USE_STUBLESS_PROXY
#include <initguid.h>

#include "every_proxies.h"

#include "asyncif.h"

#include <rpcproxy.h>

extern const ExtendedProxyFileInfo asyncif_ProxyFileInfo;

static const ProxyFileInfo *proxy_files[] = {(const ProxyFileInfo *)&asyncif_ProxyFileInfo, NULL};
static CStdPSFactoryBuffer factory;

const CLSID CLSID_EveryProxies = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x1e}};

ULONG WINAPI CStdStubBuffer_Release(IRpcStubBuffer *stub)
{
    return NdrCStdStubBuffer_Release(stub, (IPSFactoryBuffer *)&factory);
}

HRESULT every_proxies_factory(IPSFactoryBuffer **out)
{
    return NdrDllGetClassObject(&CLSID_EveryProxies, &IID_IPSFactoryBuffer, (void **)out,
            proxy_files, &CLSID_EveryProxies, &factory);
}

static void partner_write(REFIID iid, const WCHAR *name, REFIID partner)
{
    WCHAR key[160], text[40], value[40];

    StringFromGUID2(iid, text, ARRAYSIZE(text));
    StringFromGUID2(partner, value, ARRAYSIZE(value));
    wsprintfW(key, L"Software\\Classes\\Interface\\%s\\%s", text, name);
    RegSetKeyValueW(HKEY_CURRENT_USER, key, NULL, REG_SZ, value,
            (lstrlenW(value) + 1) * (DWORD)sizeof(*value));
}

void every_pair_register(REFIID iid, REFIID async_iid)
{
    partner_write(iid, L"AsynchronousInterface", async_iid);
    partner_write(async_iid, L"SynchronousInterface", iid);
}

void every_register(void)
{
    IPSFactoryBuffer *object;
    DWORD cookie;

    every_pair_register(&IID_IEveryType, &IID_AsyncIEveryType);
    if (FAILED(every_proxies_factory(&object)))
        return;
    CoRegisterPSClsid(&IID_IEveryType, &CLSID_EveryProxies);
    CoRegisterClassObject(&CLSID_EveryProxies, (IUnknown *)object, CLSCTX_INPROC_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
    IPSFactoryBuffer_Release(object);
}
