/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an apartment makes of a standard OBJREF.
 */
#include "proxy_manager_impl.h"

#include "stub_manager.h"
#include "transport.h"

/* Makes the manager that of the OBJREF's object, with what its packet holds. */
static HRESULT manager_attach(struct proxy_manager *manager, const struct std_objref *std,
        REFIID form_iid)
{
    struct interface_stub *stub;
    HRESULT hr;

    manager->flags = std->flags & SORF_NOPING;
    if ((std->oxid & TRANSPORT_PORT_MASK) == transport_port())
    {
        struct stub_manager *stubs;

        hr = stub_find(std, form_iid, &stubs, &stub);
        if (FAILED(hr))
            return hr;
        hr = stub_accept_packet(stub, std->public_refs, TRUE);
        if (FAILED(hr))
            stub_manager_release(stubs);
        else
            manager->stub = stubs;
    }
    else
    {
        hr = remote_unknown_get(manager->owner, std->oxid, &manager->remote);
    }
    if (FAILED(hr))
        return hr;
    manager->oxid = std->oxid;
    manager->oid = std->oid;
    return S_OK;
}

/* A manager that was there already gets another packet. */
static HRESULT manager_accept(struct proxy_manager *manager, const struct std_objref *std,
        REFIID form_iid)
{
    struct stub_manager *stubs;
    struct interface_stub *stub;
    HRESULT hr;

    if (manager->remote)
        return manager->released ? RPC_E_DISCONNECTED : S_OK;
    hr = stub_find(std, form_iid, &stubs, &stub);
    if (FAILED(hr))
        return hr;
    hr = stub_accept_packet(stub, std->public_refs, FALSE);
    stub_manager_release(stubs);
    return hr;
}

/* The interface that the packet is of, with its references. */
static HRESULT manager_accept_interface(struct proxy_manager *manager, const struct std_objref *std,
        REFIID form_iid)
{
    ULONG references = std->public_refs;
    struct interface_proxy *proxy;
    HRESULT hr;

    if (manager->remote && !references)
    {
        /* A table packet: the receiver asks for references of its own. */
        references = PACKET_REFERENCES;
        hr = remote_unknown_addref(manager->remote, &std->ipid, references);
        if (FAILED(hr))
            return hr == CO_E_OBJNOTREG ? CO_E_OBJNOTCONNECTED : hr;
    }
    return proxy_manager_add_interface(manager, form_iid, &std->ipid, references & MAXLONG, &proxy);
}

/* There was no memory to take the packet in: its references are given back. */
static void packet_return(struct apartment *here, const struct std_objref *std, REFIID form_iid)
{
    struct stub_manager *stubs;
    struct interface_stub *stub;

    if (!std->public_refs)
        return;
    if ((std->oxid & TRANSPORT_PORT_MASK) != transport_port())
    {
        proxy_release_packet(here, std);
    }
    else if (SUCCEEDED(stub_find(std, form_iid, &stubs, &stub)))
    {
        stub_drop_references(stub, std->public_refs, TRUE);
        stub_manager_release(stubs);
    }
}

/* The manager of the OBJREF's object in this apartment, with a reference on its identity. */
static HRESULT manager_for(struct apartment *here, const struct std_objref *std, REFIID form_iid,
        struct proxy_manager **out)
{
    struct proxy_manager *manager = proxy_manager_find(here, std->oxid, std->oid), *other;
    HRESULT hr;

    *out = manager;
    if (manager)
    {
        hr = manager_accept(manager, std, form_iid);
        if (FAILED(hr))
            IUnknown_Release(manager->outer);
        return hr;
    }
    manager = proxy_manager_create(here, NULL);
    if (!manager)
    {
        packet_return(here, std, form_iid);
        return E_OUTOFMEMORY;
    }
    hr = manager_attach(manager, std, form_iid);
    if (hr == E_OUTOFMEMORY)
        packet_return(here, std, form_iid);
    other = SUCCEEDED(hr) ? proxy_manager_enlist(manager, &hr) : NULL;
    if (other || FAILED(hr))
        IUnknown_Release(&manager->inner);
    *out = other ? other : manager;
    return hr;
}

/* The object is one of this apartment: the original pointer. */
static HRESULT import_own(struct stub_manager *stubs, struct interface_stub *stub,
        const struct std_objref *std, REFIID iid, void **out)
{
    HRESULT hr = stub_manager_query(stubs, iid, out), accepted;

    accepted = stub_accept_packet(stub, std->public_refs, FALSE);
    if (SUCCEEDED(hr) && FAILED(accepted))
    {
        IUnknown_Release((IUnknown *)*out);
        *out = NULL;
        hr = accepted;
    }
    return hr == RPC_E_DISCONNECTED ? CO_E_OBJNOTCONNECTED : hr;
}

HRESULT proxy_import(struct apartment *here, const struct std_objref *std, REFIID form_iid,
        REFIID iid, void **out)
{
    struct proxy_manager *manager;
    HRESULT hr;

    *out = NULL;
    if (std->public_refs > MAXLONG)
        return E_INVALIDARG;
    if (std->oxid == here->oxid)
    {
        struct stub_manager *stubs;
        struct interface_stub *stub;

        hr = stub_find(std, form_iid, &stubs, &stub);
        if (FAILED(hr))
            return hr;
        hr = import_own(stubs, stub, std, iid, out);
        stub_manager_release(stubs);
        return hr;
    }

    hr = manager_for(here, std, form_iid, &manager);
    if (FAILED(hr))
        return hr;
    hr = manager_accept_interface(manager, std, form_iid);
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface(manager->outer, iid, out);
    IUnknown_Release(manager->outer);
    return hr;
}

HRESULT proxy_manager_connect(struct proxy_manager *manager, const struct std_objref *std,
        REFIID form_iid, struct proxy_manager **other)
{
    HRESULT hr;

    *other = NULL;
    if (std->public_refs > MAXLONG || std->oxid == manager->owner->oxid)
        return E_INVALIDARG;
    if (!apartment_is_current(manager->owner))
        return RPC_E_WRONG_THREAD;
    if (manager->oxid)
    {
        if (manager->oxid != std->oxid || manager->oid != std->oid)
            return E_UNEXPECTED;
        hr = manager_accept(manager, std, form_iid);
    }
    else
    {
        hr = manager_attach(manager, std, form_iid);
        if (SUCCEEDED(hr))
            *other = proxy_manager_enlist(manager, &hr);
    }
    if (SUCCEEDED(hr))
        hr = manager_accept_interface(*other ? *other : manager, std, form_iid);
    if (FAILED(hr) && *other)
    {
        IUnknown_Release((*other)->outer);
        *other = NULL;
    }
    return hr;
}
