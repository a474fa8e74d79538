/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The targets of incoming calls.
 */
#include "stub_manager_impl.h"

#include <string.h>

#include "ps_class.h"
#include "rem_unknown.h"

/* The stub of an apartment's IRemUnknown, made when first called. */
static HRESULT rem_unknown_target(OXID_VALUE oxid, struct stub_target *target)
{
    struct apartment *apartment = apartment_find(oxid);
    struct exports *exports = apartment ? exports_get(apartment) : NULL;
    IRpcStubBuffer *stub = NULL, *fresh = NULL;
    IUnknown *object = NULL;
    BOOL made = FALSE;
    HRESULT hr = S_OK;

    if (!exports)
    {
        if (apartment)
            apartment_release(apartment);
        return RPC_E_DISCONNECTED;
    }
    AcquireSRWLockShared(&stub_lock);
    stub = exports->rem_unknown;
    if (stub)
        IRpcStubBuffer_AddRef(stub);
    target->object = exports->rem_object;
    ReleaseSRWLockShared(&stub_lock);

    if (!stub)
    {
        IPSFactoryBuffer *factory = NULL;

        hr = rem_unknown_create(apartment, &object);
        if (SUCCEEDED(hr))
            hr = ps_factory_get(&IID_IRemUnknown2, &factory);
        if (SUCCEEDED(hr))
            hr = IPSFactoryBuffer_CreateStub(factory, &IID_IRemUnknown2, object, &fresh);
        if (factory)
            IPSFactoryBuffer_Release(factory);
        AcquireSRWLockExclusive(&stub_lock);
        if (SUCCEEDED(hr) && exports->closed)
            hr = RPC_E_DISCONNECTED;
        if (SUCCEEDED(hr))
        {
            made = !exports->rem_unknown;
            if (made)
            {
                exports->rem_unknown = fresh;
                exports->rem_object = object;
            }
            stub = exports->rem_unknown;
            IRpcStubBuffer_AddRef(stub);
            target->object = exports->rem_object;
        }
        ReleaseSRWLockExclusive(&stub_lock);
        if (fresh && !made)
        {
            IRpcStubBuffer_Disconnect(fresh);
            IRpcStubBuffer_Release(fresh);
        }
        if (object && !made)
            IUnknown_Release(object);
    }
    exports_release(exports);
    if (FAILED(hr))
    {
        apartment_release(apartment);
        return hr;
    }
    target->apartment = apartment;
    target->stub = stub;
    target->iid = IID_IRemUnknown2;
    target->manager = NULL;
    return S_OK;
}

HRESULT stub_target_find(const IPID *ipid, struct stub_target *target)
{
    struct interface_stub *stub;
    OXID_VALUE oxid;

    if (ipid_is_rem_unknown(ipid, &oxid))
        return rem_unknown_target(oxid, target);

    AcquireSRWLockShared(&stub_lock);
    stub = ipid_lookup(ipid);
    if (stub && !stub->stub)
        stub = NULL; /* IUnknown, which nobody calls */
    if (stub)
    {
        stub_manager_addref(stub->manager);
        stub_manager_enter(stub->manager);
    }
    ReleaseSRWLockShared(&stub_lock);
    if (!stub)
        return RPC_E_DISCONNECTED;
    target->apartment = stub->manager->apartment; /* the manager has a reference */
    apartment_addref(target->apartment);
    target->stub = stub->stub;
    target->object = stub->object;
    target->iid = stub->iid;
    target->manager = stub->manager;
    target->async = &stub->async;
    return S_OK;
}

void stub_target_release(struct stub_target *target)
{
    struct stub_manager *manager = target->manager;

    if (manager)
    {
        stub_manager_leave(manager);
        stub_manager_release(manager);
    }
    else
    {
        IRpcStubBuffer_Release(target->stub);
    }
    apartment_release(target->apartment);
    memset(target, 0, sizeof(*target));
}

void stub_target_abandon(struct stub_target *target)
{
    struct stub_manager *manager = target->manager;

    if (manager)
    {
        InterlockedDecrement(&manager->active);
        stub_manager_release(manager);
    }
    else
    {
        IRpcStubBuffer_Release(target->stub);
    }
    apartment_release(target->apartment);
    memset(target, 0, sizeof(*target));
}
