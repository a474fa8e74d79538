/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IMarshal2 of a proxy: whoever unmarshals what it writes talks to the object itself, not to this
 * proxy. For an object of this process its stub manager gives the references; for one of another
 * process they are taken from the proxy's own, or got from the server.
 */
#include "proxy_manager.h"

#include "proxy_interfaces.h"
#include "server_call.h"
#include "standard_marshal.h"
#include "stub_manager.h"
#include "transport.h"

PROXY_INTERFACE_METHODS(proxy_marshal, IMarshal2)

/* A handler around the proxy may be wanted on the next client's side, too. */
static HRESULT STDMETHODCALLTYPE proxy_marshal_GetUnmarshalClass(IMarshal2 *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    (void)iid, (void)object, (void)flags;
    return standard_unmarshal_class(proxy_marshal_from_IMarshal2(iface)->outer, context,
            context_data, clsid);
}

static HRESULT STDMETHODCALLTYPE proxy_marshal_GetMarshalSizeMax(IMarshal2 *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    (void)iid, (void)object, (void)flags;
    if (!size)
        return E_POINTER;
    *size = standard_marshal_size(proxy_marshal_from_IMarshal2(iface)->outer, context,
            context_data);
    return S_OK;
}

/* References of a remote object for a packet: some of the proxy's own when it can spare them. */
static HRESULT remote_references_take(struct proxy_manager *manager, struct interface_proxy *proxy,
        ULONG *taken)
{
    AcquireSRWLockExclusive(&manager->lock);
    *taken = proxy->references / 2;
    if (*taken)
    {
        proxy->references -= *taken;
        if (proxy->ledger)
            ledger_set(proxy->ledger, proxy->references);
    }
    ReleaseSRWLockExclusive(&manager->lock);
    if (*taken)
        return S_OK;
    *taken = PACKET_REFERENCES;
    return remote_unknown_addref(manager->remote, &proxy->ipid, *taken);
}

static HRESULT local_packet(struct proxy_manager *manager, REFIID iid, DWORD context, DWORD flags,
        struct std_objref *std)
{
    struct interface_stub *stub;
    HRESULT hr = S_OK;

    if (context != MSHCTX_INPROC && context != MSHCTX_CROSSCTX)
        hr = transport_listen(server_call_transport_handlers());
    if (SUCCEEDED(hr))
        hr = stub_manager_export_remote(manager->stub, iid, &stub);
    if (FAILED(hr))
        return hr;
    std->ipid = stub->ipid;
    if (flags & MSHLFLAGS_TABLESTRONG)
        return stub_manager_add_table(manager->stub, TRUE);
    if (flags & MSHLFLAGS_TABLEWEAK)
        return S_OK;
    std->public_refs = PACKET_REFERENCES;
    return stub_take_references(stub, PACKET_REFERENCES, TRUE);
}

static HRESULT remote_packet(struct proxy_manager *manager, REFIID iid, DWORD flags,
        struct std_objref *std)
{
    struct interface_proxy *proxy;
    HRESULT hr = proxy_manager_interface(manager, iid, &proxy);

    if (FAILED(hr))
        return hr;
    std->ipid = proxy->ipid;
    if (flags & MSHLFLAGS_TABLESTRONG)
    {
        IUnknown_AddRef(manager->outer);
        InterlockedIncrement(&manager->table);
        return S_OK;
    }
    if (flags & MSHLFLAGS_TABLEWEAK)
        return S_OK;
    return remote_references_take(manager, proxy, &std->public_refs);
}

static HRESULT STDMETHODCALLTYPE proxy_marshal_MarshalInterface(IMarshal2 *iface, IStream *stream,
        REFIID iid, void *object, DWORD context, void *context_data, DWORD flags)
{
    struct proxy_manager *manager = proxy_marshal_from_IMarshal2(iface);
    struct objref objref = {.form = OBJREF_STANDARD};
    HRESULT hr;

    (void)object;
    if (!stream || !iid)
        return E_INVALIDARG;
    hr = marshal_check_arguments(context, flags);
    if (FAILED(hr))
        return hr;
    if (!manager->oxid)
        return CO_E_OBJNOTCONNECTED;
    if (!apartment_is_current(manager->owner))
        return RPC_E_WRONG_THREAD;
    if (manager->released)
        return RPC_E_DISCONNECTED;
    if (object_handler(manager->outer, context, context_data, &objref.clsid))
        objref.form = OBJREF_HANDLER;
    objref.iid = *iid;
    objref.std.oxid = manager->oxid;
    objref.std.oid = manager->oid;
    objref.std.flags = manager->flags;
    if (flags & MSHLFLAGS_TABLESTRONG)
        objref.std.flags |= SORF_TABLE_STRONG;
    if (flags & MSHLFLAGS_TABLEWEAK)
        objref.std.flags |= SORF_TABLE_PROXY;
    hr = manager->stub ? local_packet(manager, iid, context, flags, &objref.std)
                       : remote_packet(manager, iid, flags, &objref.std);
    return SUCCEEDED(hr) ? standard_write(stream, &objref) : hr;
}

/* Only an aggregated one, which CoGetStdMarshalEx made, is connected by this. */
static HRESULT STDMETHODCALLTYPE proxy_marshal_UnmarshalInterface(IMarshal2 *iface, IStream *stream,
        REFIID iid, void **out)
{
    struct proxy_manager *manager = proxy_marshal_from_IMarshal2(iface), *other;
    struct objref objref;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!stream || !iid)
        return E_INVALIDARG;
    hr = standard_read(stream, &objref);
    if (FAILED(hr))
        return hr;
    if (objref.std.oxid == manager->owner->oxid
            || (manager->oxid
                    && (manager->oxid != objref.std.oxid || manager->oid != objref.std.oid)))
        return standard_unmarshal(&objref, iid, out);
    hr = proxy_manager_connect(manager, &objref.std, &objref.iid, &other);
    if (FAILED(hr))
        return hr;
    hr = IUnknown_QueryInterface(other ? other->outer : manager->outer, iid, out);
    if (other)
        IUnknown_Release(other->outer);
    return hr;
}

/* The object's business, not its proxies'. */
static HRESULT STDMETHODCALLTYPE proxy_marshal_DisconnectObject(IMarshal2 *iface, DWORD reserved)
{
    (void)iface, (void)reserved;
    return S_OK;
}

const IMarshal2Vtbl proxy_marshal_vtbl = {
        proxy_marshal_IMarshal2_QueryInterface,
        proxy_marshal_IMarshal2_AddRef,
        proxy_marshal_IMarshal2_Release,
        proxy_marshal_GetUnmarshalClass,
        proxy_marshal_GetMarshalSizeMax,
        proxy_marshal_MarshalInterface,
        proxy_marshal_UnmarshalInterface,
        standard_ReleaseMarshalData,
        proxy_marshal_DisconnectObject,
};

static HRESULT identity_release(void *argument)
{
    IUnknown_Release((IUnknown *)argument);
    return S_OK;
}

HRESULT proxy_release_packet(struct apartment *here, const struct std_objref *std)
{
    struct remote_unknown *remote;
    struct proxy_manager *manager;
    struct apartment *owner;
    HRESULT hr;

    if (std->public_refs)
    {
        struct remote_reference reference = {std->ipid, std->public_refs & MAXLONG};

        hr = remote_unknown_get(here, std->oxid, &remote);
        if (FAILED(hr))
            return hr;
        remote_unknown_drop(remote, &reference, 1);
        remote_unknown_release(remote);
        return S_OK;
    }
    if (std->flags & (SORF_TABLE_WEAK | SORF_TABLE_PROXY))
        return S_OK;
    if (std->flags & SORF_TABLE_STRONG)
        manager = proxy_manager_take_table(here, std->oxid, std->oid);
    else
        manager = proxy_manager_find(here, std->oxid, std->oid);
    if (!manager)
        return RPC_E_INVALID_OBJREF;
    owner = manager->owner;
    apartment_addref(owner);
    /* A handler is released in its apartment. */
    if (manager->outer == &manager->inner
            || FAILED(apartment_call(owner, identity_release, manager->outer)))
        IUnknown_Release(manager->outer);
    apartment_release(owner);
    return S_OK;
}
