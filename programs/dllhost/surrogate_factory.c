/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The class object that the surrogate registers for a class. It holds no reference to the DLL's own
 * one, which may count as a reason for the DLL to stay. What clients ask it for besides
 * IClassFactory they get from that one: a class object may have any interface.
 * desktop-src/com/writing-a-custom-surrogate
 */
#include "surrogate.h"

#include <stdlib.h>

#include "com_object.h"

struct surrogate_factory
{
    struct com_object object;
    IClassFactory IClassFactory_iface;
    CLSID clsid;
};

COM_OBJECT_METHODS(surrogate_factory, struct surrogate_factory, IClassFactory, IClassFactory_iface)

/* Interfaces by which an object tells COM how to treat it. The DLL's class object has them for its
 * own process; this one is treated as usual. */
static const IID *const own_affairs[] = {&IID_IMarshal, &IID_IMarshal2, &IID_IStdMarshalInfo,
        &IID_IExternalConnection, &IID_INoMarshal, &IID_IAgileObject};

/* What is asked of the DLL's own class object. */
struct factory_request
{
    REFIID iid;
    void **out;
    BOOL lock;
};

static HRESULT request_class_object(const struct factory_request *request, REFCLSID clsid)
{
    return CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, NULL, request->iid, request->out);
}

static HRESULT request_instance(const struct factory_request *request, REFCLSID clsid)
{
    IClassFactory *real;
    HRESULT hr =
            CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, (void **)&real);

    if (FAILED(hr))
        return hr;
    hr = IClassFactory_CreateInstance(real, NULL, request->iid, request->out);
    IClassFactory_Release(real);
    return hr;
}

static HRESULT request_lock(const struct factory_request *request, REFCLSID clsid)
{
    IClassFactory *real;
    HRESULT hr =
            CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, (void **)&real);

    if (FAILED(hr))
        return hr;
    hr = IClassFactory_LockServer(real, request->lock);
    IClassFactory_Release(real);
    return hr;
}

/* Nothing is done in a surrogate that is about to leave: the client finds another one. */
static HRESULT factory_request(IClassFactory *iface, const struct factory_request *request,
        HRESULT (*make)(const struct factory_request *request, REFCLSID clsid))
{
    HRESULT hr;

    if (!surrogate_work_begin())
        return CO_E_SERVER_STOPPING;
    hr = make(request, &surrogate_factory_from_IClassFactory(iface)->clsid);
    surrogate_work_end();
    return hr;
}

static HRESULT STDMETHODCALLTYPE surrogate_factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    const struct factory_request request = {.iid = iid, .out = out};
    HRESULT hr = surrogate_factory_IClassFactory_QueryInterface(iface, iid, out);

    if (hr != E_NOINTERFACE)
        return hr;
    for (unsigned int i = 0; i < ARRAY_SIZE(own_affairs); i++)
    {
        if (IsEqualIID(iid, own_affairs[i]))
            return E_NOINTERFACE;
    }
    return factory_request(iface, &request, request_class_object);
}

static HRESULT STDMETHODCALLTYPE surrogate_factory_CreateInstance(IClassFactory *iface,
        IUnknown *outer, REFIID iid, void **out)
{
    const struct factory_request request = {.iid = iid, .out = out};

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    return factory_request(iface, &request, request_instance);
}

static HRESULT STDMETHODCALLTYPE surrogate_factory_LockServer(IClassFactory *iface, BOOL lock)
{
    const struct factory_request request = {.lock = lock};

    return factory_request(iface, &request, request_lock);
}

static void surrogate_factory_destroy(void *object)
{
    free(object);
}

static const struct com_interface surrogate_factory_interfaces[] = {
        {&IID_IUnknown, offsetof(struct surrogate_factory, IClassFactory_iface)},
        {&IID_IClassFactory, offsetof(struct surrogate_factory, IClassFactory_iface)},
};

static const struct com_class surrogate_factory_class = {"surrogate factory",
        surrogate_factory_interfaces, ARRAY_SIZE(surrogate_factory_interfaces),
        surrogate_factory_destroy};

static IClassFactoryVtbl surrogate_factory_vtbl = {
        surrogate_factory_QueryInterface,
        surrogate_factory_IClassFactory_AddRef,
        surrogate_factory_IClassFactory_Release,
        surrogate_factory_CreateInstance,
        surrogate_factory_LockServer,
};

IClassFactory *surrogate_factory_create(REFCLSID clsid)
{
    struct surrogate_factory *factory = malloc(sizeof(*factory));

    if (!factory)
        return NULL;
    com_object_init(&factory->object, &surrogate_factory_class);
    factory->IClassFactory_iface.lpVtbl = &surrogate_factory_vtbl;
    factory->clsid = *clsid;
    return &factory->IClassFactory_iface;
}
