/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The standard marshaller as an object: pages "CoGetStandardMarshal function (combaseapi.h)",
 * "CoGetStdMarshalEx function (combaseapi.h)".
 */
#include <windows.h>
#include <objbase.h>
#include <stdlib.h>

#include "com_aggregate.h"
#include "handler_identity.h"
#include "proxy_manager.h"
#include "standard_marshal.h"

struct standard_marshaler
{
    struct com_inner com;
    IMarshal2 IMarshal2_iface;
    IUnknown *object; /* what it was made for: with a reference, unless it aggregates this; NULL */
};

COM_INNER_METHODS(marshaler, struct standard_marshaler, IMarshal2, IMarshal2_iface)

static void marshaler_destroy(void *object)
{
    struct standard_marshaler *marshaler = object;

    if (marshaler->object && marshaler->object != marshaler->com.outer)
        IUnknown_Release(marshaler->object);
    free(marshaler);
}

static HRESULT STDMETHODCALLTYPE marshaler_GetUnmarshalClass(IMarshal2 *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    (void)iid, (void)flags;
    if (!object)
        object = marshaler_from_IMarshal2(iface)->object;
    return standard_unmarshal_class(object, context, context_data, clsid);
}

static HRESULT STDMETHODCALLTYPE marshaler_GetMarshalSizeMax(IMarshal2 *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    struct standard_marshaler *marshaler = marshaler_from_IMarshal2(iface);

    (void)iid, (void)flags;
    if (!size)
        return E_POINTER;
    if (!object)
        object = marshaler->object;
    *size = object ? standard_marshal_size(object, context, context_data) : STANDARD_MARSHAL_SIZE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE marshaler_MarshalInterface(IMarshal2 *iface, IStream *stream,
        REFIID iid, void *object, DWORD context, void *context_data, DWORD flags)
{
    struct standard_marshaler *marshaler = marshaler_from_IMarshal2(iface);
    HRESULT hr = marshal_check_arguments(context, flags);

    if (!stream || !iid)
        return E_INVALIDARG;
    if (!object)
        object = marshaler->object;
    if (SUCCEEDED(hr) && !object)
        hr = E_INVALIDARG;
    return SUCCEEDED(hr) ? standard_marshal(stream, iid, object, context, context_data, flags) : hr;
}

static HRESULT STDMETHODCALLTYPE marshaler_UnmarshalInterface(IMarshal2 *iface, IStream *stream,
        REFIID iid, void **out)
{
    struct objref objref;
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!stream || !iid)
        return E_INVALIDARG;
    hr = standard_read(stream, &objref);
    return SUCCEEDED(hr) ? standard_unmarshal(&objref, iid, out) : hr;
}

static HRESULT STDMETHODCALLTYPE marshaler_DisconnectObject(IMarshal2 *iface, DWORD reserved)
{
    struct standard_marshaler *marshaler = marshaler_from_IMarshal2(iface);

    (void)reserved;
    return marshaler->object ? standard_disconnect(marshaler->object) : E_UNEXPECTED;
}

static const IMarshal2Vtbl marshaler_vtbl = {
        marshaler_IMarshal2_QueryInterface,
        marshaler_IMarshal2_AddRef,
        marshaler_IMarshal2_Release,
        marshaler_GetUnmarshalClass,
        marshaler_GetMarshalSizeMax,
        marshaler_MarshalInterface,
        marshaler_UnmarshalInterface,
        standard_ReleaseMarshalData,
        marshaler_DisconnectObject,
};

static const struct com_interface marshaler_interfaces[] = {
        {&IID_IMarshal, offsetof(struct standard_marshaler, IMarshal2_iface)},
        {&IID_IMarshal2, offsetof(struct standard_marshaler, IMarshal2_iface)},
};

static const struct com_inner_class marshaler_class = {"standard marshaller", marshaler_interfaces,
        ARRAY_SIZE(marshaler_interfaces), NULL, marshaler_destroy};

static HRESULT marshaler_create(IUnknown *outer, IUnknown *object, struct standard_marshaler **out)
{
    struct standard_marshaler *marshaler = calloc(1, sizeof(*marshaler));

    *out = marshaler;
    if (!marshaler)
        return E_OUTOFMEMORY;
    com_inner_init(&marshaler->com, &marshaler_class, outer);
    marshaler->IMarshal2_iface.lpVtbl = &marshaler_vtbl;
    marshaler->object = object;
    if (object && object != outer)
        IUnknown_AddRef(object);
    return S_OK;
}

/*
 * CoGetStandardMarshal: the standard marshaller for an object, or, with a NULL object, one to
 * unmarshal with. S_OK, E_INVALIDARG, CO_E_NOTINITIALIZED, E_OUTOFMEMORY.
 */
HRESULT WINAPI CoGetStandardMarshal(REFIID riid, IUnknown *pUnk, DWORD dwDestContext,
        void *pvDestContext, DWORD mshlflags, IMarshal **ppMarshal)
{
    struct standard_marshaler *marshaler;
    struct proxy_manager *proxy;
    HRESULT hr;

    (void)riid, (void)pvDestContext;
    if (!ppMarshal)
        return E_INVALIDARG;
    *ppMarshal = NULL;
    hr = marshal_check_arguments(dwDestContext, mshlflags);
    if (FAILED(hr))
        return hr;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    proxy = pUnk ? proxy_manager_from_unknown(pUnk) : NULL;
    if (proxy)
    {
        *ppMarshal = (IMarshal *)&proxy->IMarshal2_iface;
        return S_OK;
    }
    hr = marshaler_create(NULL, pUnk, &marshaler);
    if (SUCCEEDED(hr))
        *ppMarshal = (IMarshal *)&marshaler->IMarshal2_iface;
    return hr;
}

/*
 * CoGetStdMarshalEx: the standard marshaller, aggregated: SMEXF_SERVER, that of the object
 * pUnkOuter; SMEXF_HANDLER, the client's side of an object, for the handler which got pUnkOuter
 * when it was made; COM connects it, or, when the handler has an IMarshal of its own and the object
 * data for it, the handler by IMarshal::UnmarshalInterface. S_OK; E_INVALIDARG, also when pUnkOuter
 * is not what the handler got; E_UNEXPECTED: the handler has it; CO_E_NOTINITIALIZED;
 * E_OUTOFMEMORY. combaseapi/nf-combaseapi-cogetstdmarshalex
 */
HRESULT WINAPI CoGetStdMarshalEx(IUnknown *pUnkOuter, DWORD smexflags, IUnknown **ppUnkInner)
{
    struct standard_marshaler *marshaler;
    struct proxy_manager *proxy;
    HRESULT hr;

    if (!ppUnkInner)
        return E_INVALIDARG;
    *ppUnkInner = NULL;
    if (!pUnkOuter)
        return E_INVALIDARG;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    switch (smexflags)
    {
    case SMEXF_SERVER:
        hr = marshaler_create(pUnkOuter, pUnkOuter, &marshaler);
        if (SUCCEEDED(hr))
            *ppUnkInner = &marshaler->com.IUnknown_inner;
        return hr;
    case SMEXF_HANDLER:
        hr = proxy_manager_create_aggregated(pUnkOuter, &proxy);
        if (FAILED(hr))
            return hr;
        hr = handler_identity_adopt(pUnkOuter, proxy);
        if (SUCCEEDED(hr))
            *ppUnkInner = &proxy->inner;
        else
            IUnknown_Release(&proxy->inner);
        return hr;
    default:
        return E_INVALIDARG;
    }
}
