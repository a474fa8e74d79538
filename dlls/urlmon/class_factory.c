/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class factories: one table, a class a row. */
#include "com_object.h"
#include "urlmon_module.h"

struct class_row
{
    IClassFactory IClassFactory_iface;
    const CLSID *clsid;
    class_create create;
};

COM_STATIC_FACTORY_METHODS(class_factory)

static HRESULT STDMETHODCALLTYPE class_factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    struct class_row *row = COM_IMPL_FROM(iface, struct class_row, IClassFactory_iface);

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (outer && !IsEqualGUID(iid, &IID_IUnknown))
        return CLASS_E_NOAGGREGATION;
    return row->create(outer, iid, out);
}

static const IClassFactoryVtbl class_factory_vtbl = {
        class_factory_QueryInterface,
        class_factory_AddRef,
        class_factory_Release,
        class_factory_CreateInstance,
        class_factory_LockServer,
};

#define CLASS_ROW(clsid, create)                                                                   \
    {                                                                                              \
        {(IClassFactoryVtbl *)&class_factory_vtbl}, &(clsid), create                               \
    }

static struct class_row classes[] = {
        CLASS_ROW(CLSID_InternetSecurityManager, security_manager_create),
        CLASS_ROW(CLSID_InternetZoneManager, zone_manager_create),
        CLASS_ROW(CLSID_StdURLMoniker, url_moniker_create),
};

HRESULT class_factory_get(REFCLSID clsid, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    for (unsigned int i = 0; i < ARRAY_SIZE(classes); i++)
    {
        if (classes[i].clsid && IsEqualGUID(clsid, classes[i].clsid))
            return IClassFactory_QueryInterface(&classes[i].IClassFactory_iface, iid, out);
    }
    return CLASS_E_CLASSNOTAVAILABLE;
}
