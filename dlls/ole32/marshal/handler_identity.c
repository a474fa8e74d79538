/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OBJREF_HANDLER ([MS-DCOM] 2.2.18.5): the client's side of such an object is an identity of COM's,
 * into which the handler's object is aggregated, and a proxy manager: the one which the handler
 * makes by CoGetStdMarshalEx, or else one of COM's. Where the handler's class cannot be had, the
 * object is reached without it. Pages "Implementing and Activating a Handler with No Extra Server
 * Data", "Implementing and Activating a Handler with Extra Data Supplied by Server".
 */
#include "handler_identity.h"

#include <objbase.h>
#include <stdlib.h>

#include "com_object.h"
#include "proxy_manager.h"
#include "standard_marshal.h"
#include "trace.h"
#include "unmarshal_policy.h"

struct handler_identity
{
    IUnknown identity;
    volatile LONG references;
    IUnknown *handler;             /* not delegated; NULL while it is being made */
    struct proxy_manager *manager; /* with a reference on what is not delegated */
    BOOL adopted;                  /* the handler made it, and answers for its interfaces */
};

static struct handler_identity *identity_from_unknown(IUnknown *iface)
{
    return COM_IMPL_FROM(iface, struct handler_identity, identity);
}

/* What handlers need not pass on, but COM needs. */
static BOOL is_system_interface(REFIID iid)
{
    return IsEqualIID(iid, &IID_ProxyManager) || IsEqualIID(iid, &IID_IMarshal)
            || IsEqualIID(iid, &IID_IMarshal2);
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
    if (identity->handler && !IsEqualIID(iid, &IID_ProxyManager))
        hr = IUnknown_QueryInterface(identity->handler, iid, out);
    if (FAILED(hr) && identity->manager && (!identity->adopted || is_system_interface(iid)))
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
        if (identity->manager)
            proxy_manager_unlist(identity->manager); /* nobody finds this identity by it any more */
        identity->references = 1; /* what is aggregated may count while it goes */
        if (identity->handler)
            IUnknown_Release(identity->handler);
        if (identity->manager)
            IUnknown_Release(&identity->manager->inner);
        free(identity);
    }
    return references;
}

static const IUnknownVtbl identity_vtbl = {identity_QueryInterface, identity_AddRef,
        identity_Release};

static struct handler_identity *identity_from_outer(IUnknown *outer)
{
    return outer->lpVtbl == &identity_vtbl ? identity_from_unknown(outer) : NULL;
}

volatile LONG *handler_identity_count(IUnknown *outer)
{
    struct handler_identity *identity = identity_from_outer(outer);

    return identity ? &identity->references : NULL;
}

HRESULT handler_identity_adopt(IUnknown *outer, struct proxy_manager *manager)
{
    struct handler_identity *identity = identity_from_outer(outer);

    if (!identity)
        return E_INVALIDARG;
    if (identity->manager)
        return E_UNEXPECTED;
    IUnknown_AddRef(&manager->inner);
    identity->adopted = TRUE;
    identity->manager = manager;
    return S_OK;
}

/* An identity with its handler and a proxy manager, which is not connected. */
static HRESULT identity_create(REFCLSID clsid, struct handler_identity **out)
{
    struct handler_identity *identity;
    HRESULT hr = unmarshal_policy_check(clsid);

    *out = NULL;
    if (FAILED(hr))
        return hr;
    identity = calloc(1, sizeof(*identity));
    if (!identity)
        return E_OUTOFMEMORY;
    identity->identity.lpVtbl = (IUnknownVtbl *)&identity_vtbl;
    identity->references = 1;
    hr = CoCreateInstance(clsid, &identity->identity, CLSCTX_INPROC_HANDLER, &IID_IUnknown,
            (void **)&identity->handler);
    if (FAILED(hr))
        identity->handler = NULL;
    else if (!identity->manager)
        hr = proxy_manager_create_aggregated(&identity->identity, &identity->manager);
    if (FAILED(hr))
    {
        trace("no handler for a client of the object: %08lx", hr);
        identity_Release(&identity->identity);
        return hr;
    }
    *out = identity;
    return S_OK;
}

/* Connected to the object, its interface `iid`. When somebody else was faster, his is used. */
static HRESULT identity_import(struct handler_identity *identity, const struct objref *objref,
        REFIID iid, void **out)
{
    struct proxy_manager *other;
    HRESULT hr = proxy_manager_connect(identity->manager, &objref->std, &objref->iid, &other);

    if (FAILED(hr))
        return hr;
    hr = IUnknown_QueryInterface(other ? other->outer : &identity->identity, iid, out);
    if (other)
        IUnknown_Release(other->outer);
    return hr;
}

/* Whether the object needs a handler made: not in its own apartment, and not where it has its
 * identity already, which is returned with a reference. */
static BOOL handler_wanted(struct apartment *here, const struct objref *objref,
        struct proxy_manager **manager)
{
    *manager = NULL;
    if (objref->form != OBJREF_HANDLER || objref->std.oxid == here->oxid)
        return FALSE;
    *manager = proxy_manager_find(here, objref->std.oxid, objref->std.oid);
    return !*manager;
}

HRESULT handler_import(struct apartment *here, const struct objref *objref, REFIID iid, void **out)
{
    struct handler_identity *identity = NULL;
    struct proxy_manager *manager;
    HRESULT hr;

    *out = NULL;
    if (handler_wanted(here, objref, &manager)
            && SUCCEEDED(identity_create(&objref->clsid, &identity)))
    {
        hr = identity_import(identity, objref, iid, out);
        identity_Release(&identity->identity);
        return hr;
    }
    hr = proxy_import(here, &objref->std, &objref->iid, iid, out);
    if (manager)
        IUnknown_Release(manager->outer);
    return hr;
}

/* ---- with data of the object's own ---- */

static HRESULT stream_place(IStream *stream, ULARGE_INTEGER *place)
{
    LARGE_INTEGER none = {.QuadPart = 0};

    return IStream_Seek(stream, none, STREAM_SEEK_CUR, place);
}

static HRESULT stream_go(IStream *stream, ULARGE_INTEGER place, ULONG further)
{
    LARGE_INTEGER to = {.QuadPart = (LONGLONG)(place.QuadPart + further)};

    return IStream_Seek(stream, to, STREAM_SEEK_SET, NULL);
}

/* Lets the IMarshal of the identity, which is the handler's when it has one, read everything. */
static HRESULT identity_unmarshal(IUnknown *identity, IStream *stream, REFIID iid, void **out)
{
    IMarshal *marshal;
    HRESULT hr = IUnknown_QueryInterface(identity, &IID_IMarshal, (void **)&marshal);

    if (FAILED(hr))
        return hr;
    hr = IMarshal_UnmarshalInterface(marshal, stream, iid, out);
    IMarshal_Release(marshal);
    return hr;
}

HRESULT handler_unmarshal(struct apartment *here, IStream *stream, ULONG size, REFIID iid,
        void **out)
{
    struct handler_identity *made = NULL;
    struct proxy_manager *manager;
    ULARGE_INTEGER start;
    struct objref objref;
    IUnknown *identity;
    HRESULT hr, ended;

    *out = NULL;
    hr = stream_place(stream, &start);
    if (SUCCEEDED(hr))
        hr = standard_read(stream, &objref);
    if (FAILED(hr))
        return hr;
    if (handler_wanted(here, &objref, &manager))
        identity_create(&objref.clsid, &made);
    identity = manager ? manager->outer : made ? &made->identity : NULL;
    if (identity && SUCCEEDED(hr = stream_go(stream, start, 0)))
        hr = identity_unmarshal(identity, stream, iid, out);
    else if (!identity)
        hr = proxy_import(here, &objref.std, &objref.iid, iid, out);
    if (identity)
        IUnknown_Release(identity);
    ended = stream_go(stream, start, size);
    if (SUCCEEDED(hr) && FAILED(ended) && *out)
    {
        IUnknown_Release((IUnknown *)*out);
        *out = NULL;
    }
    return FAILED(hr) ? hr : ended;
}

HRESULT handler_release(IStream *stream, ULONG size)
{
    ULARGE_INTEGER start;
    struct objref objref;
    HRESULT hr;

    hr = stream_place(stream, &start);
    if (SUCCEEDED(hr))
        hr = standard_read(stream, &objref);
    if (SUCCEEDED(hr))
        hr = standard_release(&objref);
    return SUCCEEDED(hr) ? stream_go(stream, start, size) : hr;
}
