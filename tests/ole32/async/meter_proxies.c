/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The proxies which widl made of meter.idl, inside this program. */
#define USE_STUBLESS_PROXY
#include <initguid.h>

#include "meter_object.h"

#include <rpcproxy.h>

extern const ExtendedProxyFileInfo meter_ProxyFileInfo;

static const ProxyFileInfo *proxy_files[] = {(const ProxyFileInfo *)&meter_ProxyFileInfo, NULL};
static CStdPSFactoryBuffer factory;

static const CLSID CLSID_MeterProxies = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x3f}};

ULONG WINAPI CStdStubBuffer_Release(IRpcStubBuffer *stub)
{
    return NdrCStdStubBuffer_Release(stub, (IPSFactoryBuffer *)&factory);
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

static void pair_register(REFIID iid, REFIID async_iid)
{
    partner_write(iid, L"AsynchronousInterface", async_iid);
    partner_write(async_iid, L"SynchronousInterface", iid);
    CoRegisterPSClsid(iid, &CLSID_MeterProxies);
}

void meter_register(void)
{
    IUnknown *object;
    DWORD cookie;

    if (FAILED(NdrDllGetClassObject(&CLSID_MeterProxies, &IID_IPSFactoryBuffer, (void **)&object,
                proxy_files, &CLSID_MeterProxies, &factory)))
        return;
    pair_register(&IID_IMeter, &IID_AsyncIMeter);
    pair_register(&IID_IScaledMeter, &IID_AsyncIScaledMeter);
    CoRegisterClassObject(&CLSID_MeterProxies, object, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE,
            &cookie);
    IUnknown_Release(object);
}
