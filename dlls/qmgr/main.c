/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmgr.dll: the Background Intelligent Transfer Service. The exports of a service DLL. */
#include "com_object.h"
#include "service.h"
#include "trace.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved);
HRESULT WINAPI DllRegisterServer(void);
HRESULT WINAPI DllUnregisterServer(void);

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
    {
        DisableThreadLibraryCalls(instance);
        trace_init("qmgr");
    }
    return TRUE;
}

/* The service lives until it stops by itself. */
HRESULT WINAPI DllCanUnloadNow(void)
{
    return S_FALSE;
}

/* BITS is reached through the service only: no class is served in a client's process. */
HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    (void)clsid;
    (void)iid;
    if (!out)
        return E_POINTER;
    *out = NULL;
    return CLASS_E_CLASSNOTAVAILABLE;
}

/* regsvr32: the service, its activator, and the classes. */
HRESULT WINAPI DllRegisterServer(void)
{
    return registry_register();
}

HRESULT WINAPI DllUnregisterServer(void)
{
    return registry_unregister();
}
