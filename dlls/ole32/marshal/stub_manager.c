/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stub managers and interface stubs: how they are made, and what goes through them.
 */
#include "stub_manager_impl.h"

#include <stdlib.h>

#include "async_stub.h"
#include "ps_class.h"

void stub_manager_addref(struct stub_manager *manager)
{
    InterlockedIncrement(&manager->references);
}

void stub_manager_release(struct stub_manager *manager)
{
    struct interface_stub *stub;

    if (InterlockedDecrement(&manager->references))
        return;
    while ((stub = manager->stubs))
    {
        manager->stubs = stub->next;
        async_interface_free(stub->async);
        free(stub);
    }
    apartment_release(manager->apartment);
    free(manager);
}

void exports_release(struct exports *exports)
{
    if (!InterlockedDecrement(&exports->references))
        free(exports);
}

struct exports *exports_get(struct apartment *apartment)
{
    struct exports *exports;

    AcquireSRWLockExclusive(&apartment->lock);
    exports = apartment->exports;
    if (!exports && !apartment->closed && (exports = calloc(1, sizeof(*exports))))
    {
        list_init(&exports->managers);
        exports->references = 1;
        apartment->exports = exports;
    }
    if (exports)
        InterlockedIncrement(&exports->references);
    ReleaseSRWLockExclusive(&apartment->lock);
    return exports;
}

static BOOL object_refuses(IUnknown *identity)
{
    IUnknown *refusal;

    if (FAILED(IUnknown_QueryInterface(identity, &IID_INoMarshal, (void **)&refusal)) || !refusal)
        return FALSE;
    IUnknown_Release(refusal);
    return TRUE;
}

HRESULT stub_manager_get(struct apartment *apartment, IUnknown *identity, BOOL create,
        struct stub_manager **out)
{
    struct stub_manager *manager, *other;
    struct exports *exports;
    HRESULT hr = S_OK;

    *out = NULL;
    AcquireSRWLockShared(&stub_lock);
    manager = stub_manager_lookup(apartment, identity);
    if (manager)
        stub_manager_addref(manager);
    ReleaseSRWLockShared(&stub_lock);
    *out = manager;
    if (manager)
        return S_OK;
    if (!create)
        return S_FALSE;

    if (object_refuses(identity))
        return CO_E_NOT_SUPPORTED;
    hr = apartment_expect_calls(apartment);
    if (FAILED(hr))
        return hr;
    exports = exports_get(apartment);
    if (!exports)
        return apartment->closed ? RPC_E_DISCONNECTED : E_OUTOFMEMORY;
    manager = calloc(1, sizeof(*manager));
    if (!manager)
    {
        exports_release(exports);
        return E_OUTOFMEMORY;
    }
    list_init(&manager->entry);
    manager->references = 2; /* the tables' and the caller's */
    manager->apartment = apartment;
    apartment_addref(apartment);
    manager->identity = identity;
    IUnknown_AddRef(identity);
    if (FAILED(IUnknown_QueryInterface(identity, &IID_IExternalConnection,
                (void **)&manager->external)))
        manager->external = NULL;

    AcquireSRWLockExclusive(&stub_lock);
    other = stub_manager_lookup(apartment, identity);
    if (other)
        stub_manager_addref(other);
    else if (exports->closed)
        hr = RPC_E_DISCONNECTED;
    else if (!(manager->oid = stub_random_number())
            || !hash_table_insert(&stub_managers_by_identity, &manager->identity_link))
        hr = E_OUTOFMEMORY;
    else
        list_add_tail(&exports->managers, &manager->entry);
    ReleaseSRWLockExclusive(&stub_lock);
    exports_release(exports);

    if (!other && SUCCEEDED(hr))
    {
        *out = manager;
        return S_OK;
    }
    manager->ended = TRUE;
    stub_manager_tear_down(manager);
    stub_manager_release(manager);
    *out = other;
    return hr;
}

/* stub_lock is held. */
static struct interface_stub *interface_lookup(struct stub_manager *manager, REFIID iid)
{
    struct interface_stub *stub;

    for (stub = manager->stubs; stub; stub = stub->next)
    {
        if (IsEqualIID(&stub->iid, iid))
            return stub;
    }
    return NULL;
}

struct interface_stub *stub_manager_find_interface(struct stub_manager *manager, REFIID iid)
{
    struct interface_stub *stub;

    AcquireSRWLockShared(&stub_lock);
    stub = interface_lookup(manager, iid);
    ReleaseSRWLockShared(&stub_lock);
    return stub;
}

/* Makes the IRpcStubBuffer; it asks the object itself for the interface. */
static HRESULT interface_stub_connect(struct interface_stub *stub, IUnknown *identity)
{
    IPSFactoryBuffer *factory;
    HRESULT hr;

    if (IsEqualIID(&stub->iid, &IID_IUnknown))
        return S_OK;
    hr = ps_factory_get(&stub->iid, &factory);
    if (FAILED(hr))
        return hr;
    hr = IPSFactoryBuffer_CreateStub(factory, &stub->iid, identity, &stub->stub);
    IPSFactoryBuffer_Release(factory);
    if (SUCCEEDED(hr) && !stub->stub)
        hr = E_FAIL;
    if (FAILED(hr))
        stub->stub = NULL;
    return hr;
}

static void interface_stub_free(struct interface_stub *stub)
{
    if (stub->stub)
    {
        IRpcStubBuffer_Disconnect(stub->stub);
        IRpcStubBuffer_Release(stub->stub);
    }
    if (stub->object)
        IUnknown_Release(stub->object);
    async_interface_free(stub->async);
    free(stub);
}

/* Enters the manager for calls to the object: against its end meanwhile. NULL, and nothing is
 * entered: it is no longer exported. */
static IUnknown *manager_enter_identity(struct stub_manager *manager)
{
    IUnknown *identity;

    AcquireSRWLockShared(&stub_lock);
    identity = manager->closing ? NULL : manager->identity;
    if (identity)
        stub_manager_enter(manager);
    ReleaseSRWLockShared(&stub_lock);
    return identity;
}

HRESULT stub_manager_export(struct stub_manager *manager, REFIID iid, struct interface_stub **out)
{
    IUnknown *identity = manager_enter_identity(manager);
    struct interface_stub *stub, *other;
    HRESULT hr;

    *out = NULL;
    if (!identity)
        return RPC_E_DISCONNECTED;
    *out = stub_manager_find_interface(manager, iid);
    if (*out)
    {
        hr = S_OK;
        goto done;
    }

    hr = E_OUTOFMEMORY;
    stub = calloc(1, sizeof(*stub));
    if (!stub)
        goto done;
    stub->manager = manager;
    stub->iid = *iid;
    stub->async = async_interface_in_context(iid);
    hr = IUnknown_QueryInterface(identity, iid, (void **)&stub->object);
    if (SUCCEEDED(hr) && !stub->object)
        hr = E_NOINTERFACE;
    if (FAILED(hr))
        stub->object = NULL;
    else
        hr = interface_stub_connect(stub, identity);
    if (FAILED(hr))
    {
        interface_stub_free(stub);
        goto done;
    }

    AcquireSRWLockExclusive(&stub_lock);
    other = interface_lookup(manager, iid);
    if (other)
        *out = other;
    else if (manager->closing)
        hr = RPC_E_DISCONNECTED;
    else if (!stub_ipid_create(manager->apartment->oxid, &stub->ipid)
            || !hash_table_insert(&stubs_by_ipid, &stub->ipid_link))
        hr = E_OUTOFMEMORY;
    else
    {
        stub->next = manager->stubs;
        manager->stubs = stub;
        *out = stub;
    }
    ReleaseSRWLockExclusive(&stub_lock);
    if (*out != stub)
        interface_stub_free(stub);

done:
    stub_manager_leave(manager);
    return hr;
}

HRESULT stub_manager_query(struct stub_manager *manager, REFIID iid, void **out)
{
    IUnknown *identity = manager_enter_identity(manager);
    HRESULT hr;

    *out = NULL;
    if (!identity)
        return RPC_E_DISCONNECTED;
    hr = IUnknown_QueryInterface(identity, iid, out);
    stub_manager_leave(manager);
    return hr;
}

struct export_request
{
    struct stub_manager *manager;
    const IID *iid;
    struct interface_stub *stub;
};

static HRESULT export_run(void *argument)
{
    struct export_request *request = argument;

    return stub_manager_export(request->manager, request->iid, &request->stub);
}

HRESULT stub_manager_export_remote(struct stub_manager *manager, REFIID iid,
        struct interface_stub **out)
{
    struct export_request request = {manager, iid, stub_manager_find_interface(manager, iid)};
    HRESULT hr = S_OK;

    if (!request.stub)
        hr = apartment_call(manager->apartment, export_run, &request);
    *out = SUCCEEDED(hr) ? request.stub : NULL;
    return hr;
}
