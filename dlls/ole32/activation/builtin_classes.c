/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "builtin_classes.h"

#include "access_control.h"
#include "com_object.h"
#include "component_categories.h"
#include "core_proxies.h"
#include "error_info.h"
#include "global_options.h"
#include "moniker_base.h"
#include "sync_container.h"
#include "sync_event.h"
#include "trace.h"

/* A class of ours with an ordinary factory. */
struct builtin_class
{
    CLSID clsid;
    IClassFactory IClassFactory_iface;
    HRESULT (*create)(IUnknown *outer, REFIID iid, void **out);
};

COM_STATIC_FACTORY_METHODS(builtin_factory)

static HRESULT STDMETHODCALLTYPE builtin_factory_CreateInstance(IClassFactory *iface,
        IUnknown *outer, REFIID iid, void **out)
{
    const struct builtin_class *class =
            COM_IMPL_FROM(iface, const struct builtin_class, IClassFactory_iface);

    if (!out)
        return E_POINTER;
    *out = NULL;
    return class->create(outer, iid, out);
}

static const IClassFactoryVtbl builtin_factory_vtbl = {
        builtin_factory_QueryInterface,
        builtin_factory_AddRef,
        builtin_factory_Release,
        builtin_factory_CreateInstance,
        builtin_factory_LockServer,
};

#define OLE_CLSID(number)                                                                          \
    {                                                                                              \
        number, 0, 0,                                                                              \
        {                                                                                          \
            0xc0, 0, 0, 0, 0, 0, 0, 0x46                                                           \
        }                                                                                          \
    }

#define BUILTIN(number, create)                                                                    \
    {                                                                                              \
        OLE_CLSID(number), {(IClassFactoryVtbl *)&builtin_factory_vtbl}, create                    \
    }

static struct builtin_class builtin_classes[] = {
        BUILTIN(0x303, file_moniker_create),
        BUILTIN(0x304, item_moniker_create),
        BUILTIN(0x305, anti_moniker_create),
        BUILTIN(0x306, pointer_moniker_create),
        BUILTIN(0x309, composite_moniker_create),
        BUILTIN(0x31a, class_moniker_create),
        BUILTIN(0x327, objref_moniker_create),
        BUILTIN(0x31d, access_control_create), /* DCOMAccessControl */
        /* StdGlobalInterfaceTable */
        BUILTIN(0x323, global_interface_table_create),
        BUILTIN(0x32a, rpc_helper_create), /* RpcHelper */
        /* StdEvent */
        BUILTIN(0x32b, std_event_create),
        /* ManualResetEvent */
        BUILTIN(0x32c, manual_reset_event_create),
        /* SynchronizeContainer */
        BUILTIN(0x32d, synchronize_container_create),
        /* InProcFreeMarshaler */
        BUILTIN(0x33a, free_threaded_marshaler_create),
        /* StdComponentCategoriesMgr */
        BUILTIN(0x2e005, component_categories_create),
        /* GlobalOptions */
        BUILTIN(0x34b, global_options_create),
};

BOOL builtin_class_is_barred(REFCLSID clsid)
{
    static const CLSID manual_reset_event = OLE_CLSID(0x32c);

    return IsEqualCLSID(clsid, &manual_reset_event);
}

HRESULT builtin_class_get_object(REFCLSID clsid, REFIID iid, void **out)
{
    static const CLSID core_proxies = OLE_CLSID(0x320);

    *out = NULL;
    if (IsEqualCLSID(clsid, &core_proxies))
        return core_proxies_get_class_object(iid, out);
    if (IsEqualCLSID(clsid, &error_info_clsid))
        return error_info_get_class_object(iid, out);
    for (unsigned int i = 0; i < ARRAY_SIZE(builtin_classes); i++)
        if (IsEqualCLSID(clsid, &builtin_classes[i].clsid))
            return IClassFactory_QueryInterface(&builtin_classes[i].IClassFactory_iface, iid, out);
    return CLASS_E_CLASSNOTAVAILABLE;
}

/* The class objects of ole32 for whoever loads it as a server. S_OK, E_POINTER,
 * CLASS_E_CLASSNOTAVAILABLE, E_NOINTERFACE. combaseapi/nf-combaseapi-dllgetclassobject */
HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    HRESULT hr;

    if (!out)
        return E_POINTER;
    hr = builtin_class_get_object(clsid, iid, out);
    if (FAILED(hr))
        trace("DllGetClassObject %08lx: %#lx", clsid->Data1, hr);
    return hr;
}

/* The same, by the name that other parts of Windows use. */
HRESULT WINAPI Ole32DllGetClassObject(REFCLSID clsid, REFIID iid, void **out);

HRESULT WINAPI Ole32DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    return DllGetClassObject(clsid, iid, out);
}

/* The runtime is never unloaded by itself. combaseapi/nf-combaseapi-dllcanunloadnow */
HRESULT WINAPI DllCanUnloadNow(void)
{
    return S_FALSE;
}
