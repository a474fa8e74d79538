/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The standard marshaller as an object: pages "CoGetStandardMarshal function (combaseapi.h)",
 * "CoGetStdMarshalEx function (combaseapi.h)".
 */
#include <windows.h>
#include <objbase.h>
#include <stdlib.h>

#include "com_object.h"
#include "objref.h"
#include "proxy_manager.h"
#include "standard_marshal.h"

struct standard_marshaler
{
    IUnknown inner;
    IMarshal2 IMarshal2_iface;
    IUnknown *outer;  /* &inner when not aggregated; without a reference */
    IUnknown *object; /* what it was made for: with a reference, unless it is `outer`; NULL: none */
    LONG references;
};

static struct standard_marshaler *marshaler_from_inner(IUnknown *iface)
{
    return COM_IMPL_FROM(iface, struct standard_marshaler, inner);
}

static struct standard_marshaler *marshaler_from_IMarshal2(IMarshal2 *iface)
{
    return COM_IMPL_FROM(iface, struct standard_marshaler, IMarshal2_iface);
}

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct standard_marshaler *marshaler = marshaler_from_inner(iface);

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = &marshaler->inner;
    else if (IsEqualIID(iid, &IID_IMarshal) || IsEqualIID(iid, &IID_IMarshal2))
        *out = &marshaler->IMarshal2_iface;
    else
        return E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&marshaler_from_inner(iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct standard_marshaler *marshaler = marshaler_from_inner(iface);
    LONG references = InterlockedDecrement(&marshaler->references);

    if (!references)
    {
        if (marshaler->object && marshaler->object != marshaler->outer)
            IUnknown_Release(marshaler->object);
        free(marshaler);
    }
    return references;
}

static const IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};

static HRESULT STDMETHODCALLTYPE marshaler_QueryInterface(IMarshal2 *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(marshaler_from_IMarshal2(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE marshaler_AddRef(IMarshal2 *iface)
{
    return IUnknown_AddRef(marshaler_from_IMarshal2(iface)->outer);
}

static ULONG STDMETHODCALLTYPE marshaler_Release(IMarshal2 *iface)
{
    return IUnknown_Release(marshaler_from_IMarshal2(iface)->outer);
}

static HRESULT STDMETHODCALLTYPE marshaler_GetUnmarshalClass(IMarshal2 *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)context_data, (void)flags;
    if (!clsid)
        return E_POINTER;
    *clsid = CLSID_StdMarshal;
    return S_OK;
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
    hr = objref_read(stream, &objref);
    if (FAILED(hr))
        return hr;
    return objref.form == OBJREF_CUSTOM ? E_INVALIDARG : standard_unmarshal(&objref, iid, out);
}

static HRESULT STDMETHODCALLTYPE marshaler_ReleaseMarshalData(IMarshal2 *iface, IStream *stream)
{
    struct objref objref;
    HRESULT hr;

    (void)iface;
    if (!stream)
        return E_INVALIDARG;
    hr = objref_read(stream, &objref);
    if (FAILED(hr))
        return hr;
    return objref.form == OBJREF_CUSTOM ? E_INVALIDARG : standard_release(&objref);
}

static HRESULT STDMETHODCALLTYPE marshaler_DisconnectObject(IMarshal2 *iface, DWORD reserved)
{
    struct standard_marshaler *marshaler = marshaler_from_IMarshal2(iface);

    (void)reserved;
    return marshaler->object ? standard_disconnect(marshaler->object) : E_UNEXPECTED;
}

static const IMarshal2Vtbl marshaler_vtbl = {
        marshaler_QueryInterface,
        marshaler_AddRef,
        marshaler_Release,
        marshaler_GetUnmarshalClass,
        marshaler_GetMarshalSizeMax,
        marshaler_MarshalInterface,
        marshaler_UnmarshalInterface,
        marshaler_ReleaseMarshalData,
        marshaler_DisconnectObject,
};

static HRESULT marshaler_create(IUnknown *outer, IUnknown *object, struct standard_marshaler **out)
{
    struct standard_marshaler *marshaler = calloc(1, sizeof(*marshaler));

    *out = marshaler;
    if (!marshaler)
        return E_OUTOFMEMORY;
    marshaler->inner.lpVtbl = &inner_vtbl;
    marshaler->IMarshal2_iface.lpVtbl = &marshaler_vtbl;
    marshaler->outer = outer ? outer : &marshaler->inner;
    marshaler->object = object;
    marshaler->references = 1;
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
 * pUnkOuter; SMEXF_HANDLER, the client's side of an object, which its IMarshal::UnmarshalInterface
 * connects. S_OK, E_INVALIDARG, CO_E_NOTINITIALIZED, E_OUTOFMEMORY.
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
            *ppUnkInner = &marshaler->inner;
        return hr;
    case SMEXF_HANDLER:
        hr = proxy_manager_create_aggregated(pUnkOuter, &proxy);
        if (SUCCEEDED(hr))
            *ppUnkInner = &proxy->inner;
        return hr;
    default:
        return E_INVALIDARG;
    }
}
