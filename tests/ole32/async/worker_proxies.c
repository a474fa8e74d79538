/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The proxies which widl made of worker.idl, inside this program, and the pair of IIDs. */
#define USE_STUBLESS_PROXY
#include <initguid.h>

#include "worker_object.h"

#include <rpcproxy.h>

extern const ExtendedProxyFileInfo worker_ProxyFileInfo;

static const ProxyFileInfo *proxy_files[] = {(const ProxyFileInfo *)&worker_ProxyFileInfo, NULL};
static CStdPSFactoryBuffer factory;

static const CLSID CLSID_WorkerProxies = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x2f}};

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

BOOL worker_registers_class_only;

void worker_register(void)
{
    IUnknown *object;
    DWORD cookie;

    if (!worker_registers_class_only)
    {
        partner_write(&IID_IWorker, L"AsynchronousInterface", &IID_AsyncIWorker);
        partner_write(&IID_AsyncIWorker, L"SynchronousInterface", &IID_IWorker);
        CoRegisterPSClsid(&IID_IWorker, &CLSID_WorkerProxies);
    }
    if (FAILED(NdrDllGetClassObject(&CLSID_WorkerProxies, &IID_IPSFactoryBuffer, (void **)&object,
                proxy_files, &CLSID_WorkerProxies, &factory)))
        return;
    CoRegisterClassObject(&CLSID_WorkerProxies, object, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE,
            &cookie);
    IUnknown_Release(object);
}
