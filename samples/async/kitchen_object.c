/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kitchen: an object with call objects. There is one; who has it keeps the server running. */
#include "kitchen_server.h"

ULONG dish_price(const WCHAR *dish)
{
    return 100 * (ULONG)lstrlenW(dish);
}

static IKitchenVtbl kitchen_vtbl;
static ICallFactoryVtbl factory_vtbl;
IKitchen kitchen = {&kitchen_vtbl};
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
    server_object_made();
    return 2;
}

static ULONG STDMETHODCALLTYPE kitchen_Release(IKitchen *iface)
{
    server_object_gone();
    return 1;
}

/* Only a caller in the same apartment comes here: calls from elsewhere, also synchronous ones, go
 * to a call object. */
static HRESULT STDMETHODCALLTYPE kitchen_Cook(IKitchen *iface, const WCHAR *dish, ULONG time,
        ULONG *price)
{
    Sleep(time);
    *price = dish_price(dish);
    return S_OK;
}

static IKitchenVtbl kitchen_vtbl = {kitchen_QueryInterface, kitchen_AddRef, kitchen_Release,
        kitchen_Cook};

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(ICallFactory *iface, REFIID iid, void **out)
{
    return kitchen_QueryInterface(&kitchen, iid, out);
}

static ULONG STDMETHODCALLTYPE factory_AddRef(ICallFactory *iface)
{
    return kitchen_AddRef(&kitchen);
}

static ULONG STDMETHODCALLTYPE factory_Release(ICallFactory *iface)
{
    return kitchen_Release(&kitchen);
}

/* A call object; inside `outer`, which is the runtime for calls that come from elsewhere. */
static HRESULT STDMETHODCALLTYPE factory_CreateCall(ICallFactory *iface, REFIID async_iid,
        IUnknown *outer, REFIID iid, IUnknown **out)
{
    IUnknown *order;
    HRESULT hr;

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
