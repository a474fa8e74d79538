/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class factory of BackgroundCopyManager, in all its versions: they differ in nothing. */
#include "com_object.h"
#include "manager.h"
#include "service.h"

COM_STATIC_FACTORY_METHODS(class_factory)

static HRESULT STDMETHODCALLTYPE class_factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    if (SUCCEEDED(hr = manager_create(iid, out)) && service_is_closed())
    {
        IUnknown_Release((IUnknown *)*out);
        *out = NULL;
        hr = CO_E_SERVER_STOPPING;
    }
    return hr;
}

static const IClassFactoryVtbl class_factory_vtbl = {
        class_factory_QueryInterface,
        class_factory_AddRef,
        class_factory_Release,
        class_factory_CreateInstance,
        class_factory_LockServer,
};

IClassFactory bits_class_factory = {(IClassFactoryVtbl *)&class_factory_vtbl};
