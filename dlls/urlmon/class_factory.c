/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class factories: one table, a class a row. */
#include "com_object.h"
#include "decompression_filter.h"
#include "protocol_info.h"
#include "urlmon_module.h"
#include "uri.h"
#include "zone_identifier.h"

struct class_row
{
    IClassFactory IClassFactory_iface;
    const CLSID *clsid;
    class_create create;
};

COM_STATIC_FACTORY_METHODS(class_factory)

/* The class objects of the protocols have IInternetProtocolInfo as well. */
static HRESULT STDMETHODCALLTYPE class_factory_query(IClassFactory *iface, REFIID iid, void **out)
{
    struct class_row *row = COM_IMPL_FROM(iface, struct class_row, IClassFactory_iface);

    if (out && IsEqualIID(iid, &IID_IInternetProtocolInfo))
        return protocol_info_get(row->clsid, out);
    return class_factory_QueryInterface(iface, iid, out);
}

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
        class_factory_query,
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
        CLASS_ROW(CLSID_DeCompMimeFilter, decompression_filter_create),
        CLASS_ROW(CLSID_FileProtocol, file_protocol_create),
        CLASS_ROW(CLSID_FtpProtocol, ftp_protocol_create),
        CLASS_ROW(CLSID_HttpProtocol, http_protocol_create),
        CLASS_ROW(CLSID_HttpSProtocol, https_protocol_create),
        CLASS_ROW(CLSID_InternetSecurityManager, security_manager_create),
        CLASS_ROW(CLSID_InternetZoneManager, zone_manager_create),
        CLASS_ROW(CLSID_MkProtocol, mk_protocol_create),
        CLASS_ROW(CLSID_StdURLMoniker, url_moniker_create),
        CLASS_ROW(uri_class_id, uri_class_create),
        CLASS_ROW(zone_identifier_class, zone_identifier_create),
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
