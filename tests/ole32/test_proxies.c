/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The proxies which widl made of testif.idl, inside this program. */
#define USE_STUBLESS_PROXY
#include <initguid.h>

#include "test_server.h"

#include <rpcproxy.h>

extern const ExtendedProxyFileInfo testif_ProxyFileInfo;

static const ProxyFileInfo *proxy_files[] = {(const ProxyFileInfo *)&testif_ProxyFileInfo, NULL};
static CStdPSFactoryBuffer factory;
ULONG WINAPI CStdStubBuffer_Release(IRpcStubBuffer *stub)
{
    return NdrCStdStubBuffer_Release(stub, (IPSFactoryBuffer *)&factory);
}

static const CLSID CLSID_TestProxies = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0xf1}};
static const CLSID CLSID_RawProxies = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0xf2}};

static void factory_register(REFIID iid, REFCLSID clsid, IUnknown *object)
{
    DWORD cookie;

    CoRegisterPSClsid(iid, clsid);
    CoRegisterClassObject(clsid, object, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie);
    IUnknown_Release(object);
}

void test_proxies_register(void)
{
    IUnknown *object;

    if (SUCCEEDED(NdrDllGetClassObject(&CLSID_TestProxies, &IID_IPSFactoryBuffer, (void **)&object,
                proxy_files, &CLSID_TestProxies, &factory)))
        factory_register(&IID_ITestServer, &CLSID_TestProxies, object);
    if (SUCCEEDED(raw_factory_create(&IID_IPSFactoryBuffer, (void **)&object)))
        factory_register(&IID_IRawCall, &CLSID_RawProxies, object);
}
