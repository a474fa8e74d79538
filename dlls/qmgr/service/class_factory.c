/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class factory of BackgroundCopyManager, in all its versions: they differ in nothing. */
#include "com_object.h"
#include "manager.h"
#include "service.h"

static HRESULT STDMETHODCALLTYPE class_factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    if (!out)
        return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))
    {
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

/* It lives as long as the module. */
static ULONG STDMETHODCALLTYPE class_factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE class_factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE class_factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    return outer ? CLASS_E_NOAGGREGATION : manager_create(iid, out);
}

/* The service does not stop for want of locks, but for want of objects and jobs. */
static HRESULT STDMETHODCALLTYPE class_factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl class_factory_vtbl = {
        class_factory_QueryInterface,
        class_factory_AddRef,
        class_factory_Release,
        class_factory_CreateInstance,
        class_factory_LockServer,
};

IClassFactory bits_class_factory = {(IClassFactoryVtbl *)&class_factory_vtbl};
