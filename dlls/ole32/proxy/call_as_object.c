/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods that make or find an object: what is void ** in the interface is an interface pointer
 * on the wire. */
#include "core_interfaces.h"

/* IClassFactory::CreateInstance: an object cannot be aggregated across apartments. */
HRESULT STDMETHODCALLTYPE IClassFactory_CreateInstance_Proxy(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **object)
{
    *object = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    return IClassFactory_RemoteCreateInstance_Proxy(iface, iid, (IUnknown **)object);
}

HRESULT __RPC_STUB IClassFactory_CreateInstance_Stub(IClassFactory *iface, REFIID iid,
        IUnknown **object)
{
    *object = NULL;
    return IClassFactory_CreateInstance(iface, NULL, iid, (void **)object);
}

HRESULT STDMETHODCALLTYPE IClassFactory_LockServer_Proxy(IClassFactory *iface, BOOL lock)
{
    return IClassFactory_RemoteLockServer_Proxy(iface, lock);
}

HRESULT __RPC_STUB IClassFactory_LockServer_Stub(IClassFactory *iface, BOOL lock)
{
    return IClassFactory_LockServer(iface, lock);
}

HRESULT STDMETHODCALLTYPE IServiceProvider_QueryService_Proxy(IServiceProvider *iface,
        REFGUID service, REFIID iid, void **object)
{
    *object = NULL;
    return IServiceProvider_RemoteQueryService_Proxy(iface, service, iid, (IUnknown **)object);
}

HRESULT __RPC_STUB IServiceProvider_QueryService_Stub(IServiceProvider *iface, REFGUID service,
        REFIID iid, IUnknown **object)
{
    *object = NULL;
    return IServiceProvider_QueryService(iface, service, iid, (void **)object);
}

HRESULT STDMETHODCALLTYPE IMoniker_BindToObject_Proxy(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **object)
{
    *object = NULL;
    return IMoniker_RemoteBindToObject_Proxy(iface, context, left, iid, (IUnknown **)object);
}

HRESULT __RPC_STUB IMoniker_BindToObject_Stub(IMoniker *iface, IBindCtx *context, IMoniker *left,
        REFIID iid, IUnknown **object)
{
    *object = NULL;
    return IMoniker_BindToObject(iface, context, left, iid, (void **)object);
}

HRESULT STDMETHODCALLTYPE IMoniker_BindToStorage_Proxy(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **object)
{
    *object = NULL;
    return IMoniker_RemoteBindToStorage_Proxy(iface, context, left, iid, (IUnknown **)object);
}

HRESULT __RPC_STUB IMoniker_BindToStorage_Stub(IMoniker *iface, IBindCtx *context, IMoniker *left,
        REFIID iid, IUnknown **object)
{
    *object = NULL;
    return IMoniker_BindToStorage(iface, context, left, iid, (void **)object);
}
