/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OBJREF_HANDLER ([MS-DCOM] 2.2.18.5): the client's side of such an object is an identity of COM's,
 * into which the handler's object is aggregated: page "CoGetStdMarshalEx function (combaseapi.h)".
 * A handler that aggregates the standard marshaller (SMEXF_HANDLER) has it connected by
 * IMarshal::UnmarshalInterface; to another one a proxy manager is added. Where the handler's class
 * cannot be had, the object is reached without it.
 */
#include "standard_marshal.h"

#include <objbase.h>
#include <stdlib.h>

#include "proxy_manager.h"
#include "trace.h"

struct handler_identity
{
    IUnknown identity;
    volatile LONG references;
    IUnknown *handler;             /* not delegated; NULL while it is being made */
    struct proxy_manager *manager; /* our own; NULL when the handler has one */
};

static struct handler_identity *identity_from_unknown(IUnknown *iface)
{
    return (struct handler_identity *)((char *)iface - offsetof(struct handler_identity, identity));
}

static HRESULT STDMETHODCALLTYPE identity_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct handler_identity *identity = identity_from_unknown(iface);
    HRESULT hr = E_NOINTERFACE;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
    {
        *out = iface;
        IUnknown_AddRef(iface);
        return S_OK;
    }
    if (identity->handler)
        hr = IUnknown_QueryInterface(identity->handler, iid, out);
    if (FAILED(hr) && identity->manager)
        hr = IUnknown_QueryInterface(&identity->manager->inner, iid, out);
    return hr;
}

static ULONG STDMETHODCALLTYPE identity_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&identity_from_unknown(iface)->references);
}

static ULONG STDMETHODCALLTYPE identity_Release(IUnknown *iface)
{
    struct handler_identity *identity = identity_from_unknown(iface);
    LONG references = InterlockedDecrement(&identity->references);

    if (!references)
    {
        identity->references = 1; /* what is aggregated may count while it goes */
        if (identity->manager)
            IUnknown_Release(&identity->manager->inner);
        if (identity->handler)
            IUnknown_Release(identity->handler);
        free(identity);
    }
    return references;
}

static const IUnknownVtbl identity_vtbl = {identity_QueryInterface, identity_AddRef,
        identity_Release};

/* Lets the handler's standard marshaller read the OBJREF. E_NOINTERFACE: it has none. */
static HRESULT handler_connect(struct handler_identity *identity, const struct objref *objref)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    BYTE buffer[OBJREF_SIZE_MAX];
    IUnknown *object = NULL;
    IMarshal *marshal;
    IStream *stream;
    HRESULT hr;

    hr = IUnknown_QueryInterface(identity->handler, &IID_IMarshal, (void **)&marshal);
    if (FAILED(hr))
        return E_NOINTERFACE;
    hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (SUCCEEDED(hr))
    {
        hr = stream_write_all(stream, buffer, objref_encode(objref, buffer));
        if (SUCCEEDED(hr))
            hr = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        if (SUCCEEDED(hr))
            hr = IMarshal_UnmarshalInterface(marshal, stream, &IID_IUnknown, (void **)&object);
        IStream_Release(stream);
    }
    if (object)
        IUnknown_Release(object);
    IMarshal_Release(marshal);
    return hr;
}

HRESULT handler_import(struct apartment *here, const struct objref *objref, REFIID iid, void **out)
{
    struct proxy_manager *manager = NULL;
    struct handler_identity *identity;
    HRESULT hr;

    if (objref->std.oxid != here->oxid)
        manager = proxy_manager_find(here, objref->std.oxid, objref->std.oid);
    if (manager || objref->std.oxid == here->oxid)
    {
        hr = proxy_import(here, &objref->std, &objref->iid, iid, out);
        if (manager)
            IUnknown_Release(manager->outer);
        return hr;
    }

    *out = NULL;
    identity = calloc(1, sizeof(*identity));
    if (!identity)
        return E_OUTOFMEMORY;
    identity->identity.lpVtbl = (IUnknownVtbl *)&identity_vtbl;
    identity->references = 1;
    hr = CoCreateInstance(&objref->clsid, &identity->identity, CLSCTX_INPROC_HANDLER, &IID_IUnknown,
            (void **)&identity->handler);
    if (FAILED(hr))
    {
        trace("no handler for a client of the object: %08lx", hr);
        identity->handler = NULL;
        identity_Release(&identity->identity);
        return proxy_import(here, &objref->std, &objref->iid, iid, out);
    }
    hr = handler_connect(identity, objref);
    if (hr == E_NOINTERFACE)
    {
        hr = proxy_manager_create_aggregated(&identity->identity, &identity->manager);
        if (SUCCEEDED(hr))
            hr = proxy_manager_connect(identity->manager, &objref->std, &objref->iid);
    }
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface(&identity->identity, iid, out);
    identity_Release(&identity->identity);
    return hr;
}
