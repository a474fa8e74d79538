/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The class object that the surrogate registers for a class. It holds no reference to the DLL's own
 * one, which may count as a reason for the DLL to stay. What clients ask it for besides
 * IClassFactory they get from that one: a class object may have any interface.
 * desktop-src/com/writing-a-custom-surrogate
 */
#include "surrogate.h"

#include <stdlib.h>

struct surrogate_factory
{
    IClassFactory IClassFactory_iface;
    LONG references;
    CLSID clsid;
};

/* Interfaces by which an object tells COM how to treat it. The DLL's class object has them for its
 * own process; this one is treated as usual. */
static const IID *const own_affairs[] = {&IID_IMarshal, &IID_IMarshal2, &IID_IStdMarshalInfo,
        &IID_IExternalConnection, &IID_INoMarshal, &IID_IAgileObject};

static struct surrogate_factory *impl_from_IClassFactory(IClassFactory *iface)
{
    return CONTAINING_RECORD(iface, struct surrogate_factory, IClassFactory_iface);
}

static HRESULT factory_class_object(struct surrogate_factory *factory, REFIID iid, void **out)
{
    return CoGetClassObject(&factory->clsid, CLSCTX_INPROC_SERVER, NULL, iid, out);
}

static HRESULT STDMETHODCALLTYPE surrogate_factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))
    {
        *out = iface;
        IClassFactory_AddRef(iface);
        return S_OK;
    }
    for (unsigned int i = 0; i < ARRAYSIZE(own_affairs); i++)
    {
        if (IsEqualIID(iid, own_affairs[i]))
            return E_NOINTERFACE;
    }
    return factory_class_object(impl_from_IClassFactory(iface), iid, out);
}

static ULONG STDMETHODCALLTYPE surrogate_factory_AddRef(IClassFactory *iface)
{
    return InterlockedIncrement(&impl_from_IClassFactory(iface)->references);
}

static ULONG STDMETHODCALLTYPE surrogate_factory_Release(IClassFactory *iface)
{
    struct surrogate_factory *factory = impl_from_IClassFactory(iface);
    LONG references = InterlockedDecrement(&factory->references);

    if (!references)
        free(factory);
    return references;
}

static HRESULT STDMETHODCALLTYPE surrogate_factory_CreateInstance(IClassFactory *iface,
        IUnknown *outer, REFIID iid, void **out)
{
    IClassFactory *real;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    hr = factory_class_object(impl_from_IClassFactory(iface), &IID_IClassFactory, (void **)&real);
    if (FAILED(hr))
        return hr;
    hr = IClassFactory_CreateInstance(real, NULL, iid, out);
    IClassFactory_Release(real);
    return hr;
}

static HRESULT STDMETHODCALLTYPE surrogate_factory_LockServer(IClassFactory *iface, BOOL lock)
{
    IClassFactory *real;
    HRESULT hr = factory_class_object(impl_from_IClassFactory(iface), &IID_IClassFactory,
            (void **)&real);

    if (FAILED(hr))
        return hr;
    hr = IClassFactory_LockServer(real, lock);
    IClassFactory_Release(real);
    return hr;
}

static IClassFactoryVtbl surrogate_factory_vtbl = {
        surrogate_factory_QueryInterface,
        surrogate_factory_AddRef,
        surrogate_factory_Release,
        surrogate_factory_CreateInstance,
        surrogate_factory_LockServer,
};

IClassFactory *surrogate_factory_create(REFCLSID clsid)
{
    struct surrogate_factory *factory = malloc(sizeof(*factory));

    if (!factory)
        return NULL;
    factory->IClassFactory_iface.lpVtbl = &surrogate_factory_vtbl;
    factory->references = 1;
    factory->clsid = *clsid;
    return &factory->IClassFactory_iface;
}
