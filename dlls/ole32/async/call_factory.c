/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "call_factory.h"

#include "async_pair.h"
#include "call_object.h"
#include "ndr_call.h"
#include "proxy_interfaces.h"
#include "query_call.h"

PROXY_INTERFACE_METHODS(factory, ICallFactory)

/*
 * ICallFactory::CreateCall: a call object for the asynchronous form of one of the object's
 * interfaces, also when the server has no call objects; in the proxy's apartment. S_OK;
 * E_NOINTERFACE: it is not the asynchronous form of any, the object has not got that, or its proxy
 * cannot be called asynchronously (IDispatch and what inherits from it, proxies that are not
 * described by format strings); E_INVALIDARG, CLASS_E_NOAGGREGATION, E_OUTOFMEMORY, and what
 * QueryInterface of a proxy returns.
 * objidlbase/nf-objidlbase-icallfactory-createcall
 */
static HRESULT STDMETHODCALLTYPE factory_CreateCall(ICallFactory *iface, REFIID async_iid,
        IUnknown *outer, REFIID iid, IUnknown **out)
{
    struct proxy_manager *manager = factory_from_ICallFactory(iface);
    struct interface_proxy *proxy;
    struct ndr_interface *ndr;
    IID synchronous;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!async_iid || !iid)
        return E_INVALIDARG;
    if (!apartment_is_current(manager->owner))
        return apartment_current() ? RPC_E_WRONG_THREAD : CO_E_NOTINITIALIZED;
    if (IsEqualIID(async_iid, &IID_AsyncIUnknown) || IsEqualIID(async_iid, &IID_AsyncIMultiQI))
        return query_call_create(manager, outer, iid, (void **)out);
    if (FAILED(hr = synchronous_iid_of(async_iid, &synchronous)))
        return hr;
    if (FAILED(hr = proxy_manager_interface(manager, &synchronous, &proxy)))
        return hr;
    hr = ndr_interface_of_proxy(proxy->iface, &synchronous, &ndr);
    if (FAILED(hr))
        return hr;
    return call_object_create(manager->outer, proxy->channel, ndr, async_iid, outer, iid,
            (void **)out);
}

ICallFactoryVtbl proxy_call_factory_vtbl = {
        factory_ICallFactory_QueryInterface,
        factory_ICallFactory_AddRef,
        factory_ICallFactory_Release,
        factory_CreateCall,
};
