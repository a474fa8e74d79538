/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* com_server.dll: the smallest in-process server, for com_calls. Its class object is its object. */
#include <windows.h>
#include <objbase.h>

#include "com_object.h"

COM_STATIC_FACTORY_METHODS(factory)

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)outer;
    return IClassFactory_QueryInterface(iface, iid, out);
}

static IClassFactoryVtbl factory_vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
        factory_CreateInstance, factory_LockServer};
static IClassFactory factory = {&factory_vtbl};

HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    (void)clsid;
    return IClassFactory_QueryInterface(&factory, iid, out);
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    return S_FALSE;
}
