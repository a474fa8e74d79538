/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kitchen: an object with call objects, in a local server.
 *
 *     kitchen_server /regserver      registers it; /unregserver removes that
 *     kitchen_server -Embedding      as COM starts it
 */
#include <initguid.h>

#include "kitchen_server.h"

static HANDLE nobody_left;

void server_object_made(void)
{
    CoAddRefServerProcess();
}

void server_object_gone(void)
{
    if (!CoReleaseServerProcess())
        SetEvent(nobody_left);
}

ULONG dish_price(const WCHAR *dish)
{
    return 100 * (ULONG)lstrlenW(dish);
}

/* --- the object, of which there is one; who has it keeps the server running --- */

static IKitchenVtbl kitchen_vtbl;
static ICallFactoryVtbl factory_vtbl;
static IKitchen kitchen = {&kitchen_vtbl};
static ICallFactory call_factory = {&factory_vtbl};

static HRESULT STDMETHODCALLTYPE kitchen_QueryInterface(IKitchen *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IKitchen))
        *out = iface;
    else if (IsEqualIID(iid, &IID_ICallFactory))
        *out = &call_factory;
    if (*out)
        server_object_made();
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE kitchen_AddRef(IKitchen *iface)
{
    (void)iface;
    server_object_made();
    return 2;
}

static ULONG STDMETHODCALLTYPE kitchen_Release(IKitchen *iface)
{
    (void)iface;
    server_object_gone();
    return 1;
}

/* Only a caller in the same apartment comes here: calls from elsewhere, also synchronous ones, go
 * to a call object. */
static HRESULT STDMETHODCALLTYPE kitchen_Cook(IKitchen *iface, const WCHAR *dish, ULONG time,
        ULONG *price)
{
    (void)iface;
    Sleep(time);
    *price = dish_price(dish);
    return S_OK;
}

static IKitchenVtbl kitchen_vtbl = {kitchen_QueryInterface, kitchen_AddRef, kitchen_Release,
        kitchen_Cook};

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(ICallFactory *iface, REFIID iid, void **out)
{
    (void)iface;
    return kitchen_QueryInterface(&kitchen, iid, out);
}

static ULONG STDMETHODCALLTYPE factory_AddRef(ICallFactory *iface)
{
    (void)iface;
    return kitchen_AddRef(&kitchen);
}

static ULONG STDMETHODCALLTYPE factory_Release(ICallFactory *iface)
{
    (void)iface;
    return kitchen_Release(&kitchen);
}

/* A call object; inside `outer`, which is the runtime for calls that come from elsewhere. */
static HRESULT STDMETHODCALLTYPE factory_CreateCall(ICallFactory *iface, REFIID async_iid,
        IUnknown *outer, REFIID iid, IUnknown **out)
{
    IUnknown *order;
    HRESULT hr;

    (void)iface;
    *out = NULL;
    if (!IsEqualIID(async_iid, &IID_AsyncIKitchen))
        return E_NOINTERFACE;
    if (outer && !IsEqualIID(iid, &IID_IUnknown))
        return E_INVALIDARG;
    if (FAILED(hr = order_create(outer, &order)))
        return hr;
    hr = IUnknown_QueryInterface(order, iid, (void **)out);
    IUnknown_Release(order);
    return hr;
}

static ICallFactoryVtbl factory_vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
        factory_CreateCall};

/* --- the class --- */

static HRESULT STDMETHODCALLTYPE class_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))
        *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE class_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static HRESULT STDMETHODCALLTYPE class_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)iface;
    *out = NULL;
    return outer ? CLASS_E_NOAGGREGATION : kitchen_QueryInterface(&kitchen, iid, out);
}

static HRESULT STDMETHODCALLTYPE class_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (lock ? server_object_made : server_object_gone)();
    return S_OK;
}

static IClassFactoryVtbl class_vtbl = {class_QueryInterface, class_AddRef, class_AddRef,
        class_CreateInstance, class_LockServer};

int wmain(int argc, WCHAR **argv)
{
    IClassFactory class = {&class_vtbl};
    DWORD cookie;
    HRESULT hr;

    if (argc > 1 && !lstrcmpiW(argv[1], L"/regserver"))
        return FAILED(kitchen_register(FALSE));
    if (argc > 1 && !lstrcmpiW(argv[1], L"/unregserver"))
        return FAILED(kitchen_register(TRUE));

    nobody_left = CreateEventW(NULL, TRUE, FALSE, NULL);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = CoRegisterClassObject(&CLSID_Kitchen, (IUnknown *)&class, CLSCTX_LOCAL_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
    if (SUCCEEDED(hr))
    {
        WaitForSingleObject(nobody_left, INFINITE);
        CoRevokeClassObject(cookie);
    }
    CoUninitialize();
    return FAILED(hr);
}
