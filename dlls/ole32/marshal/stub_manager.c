/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One lock, stub_lock, guards both tables, the lists of exports and all counts; nothing is called
 * out to while it is held. What has to be called (the object's Release, IExternalConnection) is
 * called after it, in the object's apartment.
 */
#include "stub_manager.h"

#include <ntsecapi.h>
#include <stdlib.h>
#include <string.h>

#include "call_guard.h"
#include "call_wait.h"
#include "com_thread.h"
#include "ps_class.h"
#include "rem_unknown.h"
#include "trace.h"

#define REFERENCES_MAX 0x7fffffffu
#define ENDING_PATIENCE 2000 /* ms, for each object that an ending thread lets go */

struct exports
{
    struct list managers;
    IRpcStubBuffer *rem_unknown; /* with a reference; NULL until first called */
    IUnknown *rem_object;
    volatile LONG references; /* the apartment's, and those who look into it */
    BOOL closed;
};

static SRWLOCK stub_lock = SRWLOCK_INIT;

static size_t hash_ipid(const IPID *ipid)
{
    UINT64 halves[2];

    memcpy(halves, ipid, sizeof(halves));
    return hash_mix(halves[0] ^ halves[1]);
}

static size_t hash_of_stub(const struct hash_link *link)
{
    return hash_ipid(&LIST_ENTRY_OF(link, struct interface_stub, ipid_link)->ipid);
}

static size_t hash_identity(const struct apartment *apartment, const IUnknown *identity)
{
    return hash_mix((UINT64)(ULONG_PTR)identity ^ apartment->oxid);
}

static size_t hash_of_manager(const struct hash_link *link)
{
    struct stub_manager *manager = LIST_ENTRY_OF(link, struct stub_manager, identity_link);

    return hash_identity(manager->apartment, manager->identity);
}

static struct hash_table stubs_by_ipid = {hash_of_stub, NULL, 0, 0};
static struct hash_table managers_by_identity = {hash_of_manager, NULL, 0, 0};

/* --- identifiers --- */

static const BYTE rem_unknown_mark[8] = {'R', 'e', 'm', 'U', 'n', 'k', 'w', 'n'};

void rem_unknown_ipid(OXID_VALUE oxid, IPID *ipid)
{
    memcpy(ipid, &oxid, sizeof(oxid));
    memcpy(ipid->Data4, rem_unknown_mark, sizeof(rem_unknown_mark));
}

static BOOL ipid_is_rem_unknown(const IPID *ipid, OXID_VALUE *oxid)
{
    memcpy(oxid, ipid, sizeof(*oxid));
    return !memcmp(ipid->Data4, rem_unknown_mark, sizeof(rem_unknown_mark));
}

/* Unguessable numbers, from a batch; stub_lock is held. */
static UINT64 random_number(void)
{
    static UINT64 batch[64];
    static unsigned int left;

    if (!left)
    {
        if (!RtlGenRandom(batch, sizeof(batch)))
            return 0;
        left = ARRAYSIZE(batch);
    }
    return batch[--left];
}

/* An IPID: a serial, which makes it unique in this process, the low part of the OXID, which makes
 * it so in the machine, and 64 random bits. stub_lock is held. FALSE: no randomness. */
static BOOL ipid_create(OXID_VALUE oxid, IPID *ipid)
{
    static UINT32 serial;
    UINT64 random = random_number();
    UINT32 process = (UINT32)oxid;

    if (!random)
        return FALSE;
    ipid->Data1 = ++serial;
    memcpy(&ipid->Data2, &process, sizeof(process));
    memcpy(ipid->Data4, &random, sizeof(random));
    return TRUE;
}

/* --- memory --- */

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
        free(stub);
    }
    apartment_release(manager->apartment);
    free(manager);
}

/* --- the end --- */

/* Nobody finds it from here on. stub_lock is held. */
static void manager_close(struct stub_manager *manager)
{
    struct interface_stub *stub;

    manager->closing = TRUE;
    hash_table_remove(&managers_by_identity, &manager->identity_link);
    for (stub = manager->stubs; stub; stub = stub->next)
        hash_table_remove(&stubs_by_ipid, &stub->ipid_link);
}

static void __cdecl unknown_release(void *object)
{
    IUnknown_Release((IUnknown *)object);
}

/* An exception in an object's Release is its own affair: the rest has to go on. */
static void release_guarded(IUnknown *object)
{
    DWORD code = call_guarded(unknown_release, object);

    if (code)
        trace("an exported object raises %08lx in Release", code);
}

/* Lets the object go. In the apartment; `ended` has been set by the caller, who is the only one. */
static void manager_tear_down(struct stub_manager *manager)
{
    struct interface_stub *stub;

    for (stub = manager->stubs; stub; stub = stub->next)
    {
        if (stub->stub)
        {
            IRpcStubBuffer_Disconnect(stub->stub);
            IRpcStubBuffer_Release(stub->stub);
            stub->stub = NULL;
        }
        release_guarded(stub->object);
        stub->object = NULL;
    }
    if (manager->external)
        release_guarded((IUnknown *)manager->external);
    manager->external = NULL;
    release_guarded(manager->identity);
    manager->identity = NULL;
    stub_manager_release(manager);
}

/* Tears a closed manager down, or leaves that to the last call that is being made. */
static void manager_end(struct stub_manager *manager)
{
    BOOL mine = FALSE;

    AcquireSRWLockExclusive(&stub_lock);
    InterlockedExchange(&manager->waiting, TRUE); /* before `active` is looked at */
    if (!manager->active && !manager->ended)
    {
        manager->ended = mine = TRUE;
        list_remove(&manager->entry);
    }
    ReleaseSRWLockExclusive(&stub_lock);
    if (mine)
        manager_tear_down(manager);
}

/* What is to be called in the object's apartment after units went away. */
struct farewell
{
    struct dispatch_item item;
    struct stub_manager *manager; /* with a reference */
    ULONG units;
    BOOL last_closes; /* what the object is told: its last connection may end it */
    BOOL end;
};

static HRESULT farewell_run(void *argument)
{
    struct farewell *farewell = argument;
    struct stub_manager *manager = farewell->manager;

    if (!manager->ended && manager->external)
    {
        IExternalConnection *external = manager->external;

        IExternalConnection_AddRef(external);
        while (farewell->units--)
            IExternalConnection_ReleaseConnection(external, EXTCONN_STRONG, 0,
                    farewell->last_closes);
        IExternalConnection_Release(external);
    }
    if (farewell->end)
        manager_end(manager);
    stub_manager_release(manager);
    return S_OK;
}

static void farewell_item_run(struct dispatch_item *item)
{
    struct farewell *farewell = LIST_ENTRY_OF(item, struct farewell, item);

    farewell_run(farewell);
    free(farewell);
}

/* The apartment is closed, or about to be: it ends what it exports by itself. */
static void farewell_item_abandon(struct dispatch_item *item, HRESULT why)
{
    struct farewell *farewell = LIST_ENTRY_OF(item, struct farewell, item);

    (void)why;
    stub_manager_release(farewell->manager);
    free(farewell);
}

/* From a thread that ends and holds the loader's lock, which the object's thread may be waiting
 * for: it does not wait forever. */
struct brief_farewell
{
    struct farewell farewell;
    struct completion done;
    LONG references; /* the waiter's and the item's */
};

static void brief_release(struct brief_farewell *brief)
{
    if (InterlockedDecrement(&brief->references))
        return;
    completion_free(&brief->done);
    free(brief);
}

static void brief_farewell_run(struct dispatch_item *item)
{
    struct brief_farewell *brief = LIST_ENTRY_OF(item, struct brief_farewell, farewell.item);

    farewell_run(&brief->farewell);
    completion_signal(&brief->done);
    brief_release(brief);
}

static void brief_farewell_abandon(struct dispatch_item *item, HRESULT why)
{
    struct brief_farewell *brief = LIST_ENTRY_OF(item, struct brief_farewell, farewell.item);

    (void)why;
    stub_manager_release(brief->farewell.manager);
    completion_signal(&brief->done);
    brief_release(brief);
}

static void farewell_run_briefly(const struct farewell *farewell)
{
    struct brief_farewell *brief = calloc(1, sizeof(*brief));

    if (!brief)
    {
        stub_manager_release(farewell->manager);
        return;
    }
    brief->farewell = *farewell;
    brief->farewell.item.run = brief_farewell_run;
    brief->farewell.item.abandon = brief_farewell_abandon;
    completion_init(&brief->done);
    brief->references = 2;
    if (FAILED(apartment_submit(farewell->manager->apartment, &brief->farewell.item)))
        brief_farewell_abandon(&brief->farewell.item, RPC_E_DISCONNECTED);
    if (call_wait_run(&brief->done.wait, ENDING_PATIENCE, 0) != S_OK)
        trace("a thread ends before an object's apartment has let it go");
    brief_release(brief);
}

static BOOL thread_is_ending(void)
{
    struct com_thread *thread = com_thread_peek();

    return thread && thread->ending;
}

/* Units went away under the lock; now, without it, what that means. */
static void manager_farewell(struct stub_manager *manager, ULONG units, BOOL last_closes, BOOL end,
        BOOL wait)
{
    struct farewell *later;
    struct farewell farewell = {.manager = manager,
            .units = units,
            .last_closes = last_closes,
            .end = end};

    if (!end && !(units && manager->external))
        return;
    stub_manager_addref(manager);
    if (apartment_is_current(manager->apartment))
    {
        farewell_run(&farewell);
        return;
    }
    if (!wait && (later = malloc(sizeof(*later))))
    {
        *later = farewell;
        later->item.run = farewell_item_run;
        later->item.abandon = farewell_item_abandon;
        if (FAILED(apartment_submit(manager->apartment, &later->item)))
            farewell_item_abandon(&later->item, RPC_E_DISCONNECTED);
        return;
    }
    if (thread_is_ending())
        farewell_run_briefly(&farewell);
    else if (FAILED(apartment_call(manager->apartment, farewell_run, &farewell)))
        stub_manager_release(manager);
}

void stub_manager_disconnect(struct stub_manager *manager)
{
    BOOL end;

    AcquireSRWLockExclusive(&stub_lock);
    end = !manager->closing;
    if (end)
        manager_close(manager);
    ReleaseSRWLockExclusive(&stub_lock);
    manager_farewell(manager, 0, FALSE, end, TRUE);
}

void stub_manager_forget_unused(struct stub_manager *manager)
{
    BOOL end;

    AcquireSRWLockExclusive(&stub_lock);
    end = !manager->closing && !manager->strong && !manager->weak && !manager->stubs;
    if (end)
        manager_close(manager);
    ReleaseSRWLockExclusive(&stub_lock);
    manager_farewell(manager, 0, FALSE, end, TRUE);
}

BOOL stub_manager_connected(struct stub_manager *manager)
{
    return !manager->closing;
}

/* --- counting --- */

/* Tells the object of a new unit, where it wants to know. */
static HRESULT connection_add(void *argument)
{
    struct stub_manager *manager = argument;
    IExternalConnection *external = manager->external;

    if (!manager->ended && external)
    {
        IExternalConnection_AddRef(external);
        IExternalConnection_AddConnection(external, EXTCONN_STRONG, 0);
        IExternalConnection_Release(external);
    }
    return S_OK;
}

static void manager_welcome(struct stub_manager *manager)
{
    if (manager->external)
        apartment_call(manager->apartment, connection_add, manager);
}

/* Takes units away. stub_lock is held. TRUE: that was the last, and the manager has been closed. A
 * table-weak packet keeps it only if the last unit was not to end it, or if the object looks after
 * its connections by itself. */
static BOOL units_remove(struct stub_manager *manager, ULONG units, BOOL last_closes)
{
    manager->strong -= units < manager->strong ? units : manager->strong;
    if (!units || manager->strong || manager->closing)
        return FALSE;
    if (manager->weak && (manager->external || !last_closes))
        return FALSE;
    manager_close(manager);
    return TRUE;
}

HRESULT stub_manager_add_unit(struct stub_manager *manager)
{
    BOOL added;

    AcquireSRWLockExclusive(&stub_lock);
    added = !manager->closing;
    if (added)
        ++manager->strong;
    ReleaseSRWLockExclusive(&stub_lock);
    if (!added)
        return RPC_E_DISCONNECTED;
    manager_welcome(manager);
    return S_OK;
}

void stub_manager_remove_unit(struct stub_manager *manager, BOOL last_closes, BOOL wait)
{
    BOOL end, any;

    AcquireSRWLockExclusive(&stub_lock);
    any = manager->strong != 0;
    end = units_remove(manager, 1, last_closes);
    ReleaseSRWLockExclusive(&stub_lock);
    manager_farewell(manager, any, last_closes, end, wait);
}

HRESULT stub_manager_add_table(struct stub_manager *manager, BOOL strong)
{
    HRESULT hr = RPC_E_DISCONNECTED;

    AcquireSRWLockExclusive(&stub_lock);
    if (!manager->closing)
    {
        manager->strong += strong;
        manager->table += strong;
        manager->weak += !strong;
        hr = S_OK;
    }
    ReleaseSRWLockExclusive(&stub_lock);
    if (strong && SUCCEEDED(hr))
        manager_welcome(manager);
    return hr;
}

HRESULT stub_manager_remove_table(struct stub_manager *manager, BOOL strong)
{
    ULONG *count = strong ? &manager->table : &manager->weak;
    BOOL end = FALSE, any;

    AcquireSRWLockExclusive(&stub_lock);
    any = *count != 0;
    *count -= any;
    if (any && strong)
    {
        end = units_remove(manager, 1, TRUE);
    }
    else if (any && !manager->weak && !manager->strong && !manager->closing)
    {
        manager_close(manager);
        end = TRUE;
    }
    ReleaseSRWLockExclusive(&stub_lock);
    manager_farewell(manager, any && strong, TRUE, end, TRUE);
    return any ? S_OK : RPC_E_INVALID_OBJREF;
}

HRESULT stub_take_references(struct interface_stub *stub, ULONG count, BOOL packet)
{
    struct stub_manager *manager = stub->manager;
    BOOL unit = FALSE;
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&stub_lock);
    if (manager->closing)
    {
        hr = RPC_E_DISCONNECTED;
    }
    else if (count > REFERENCES_MAX - stub->outside)
    {
        hr = E_INVALIDARG;
    }
    else if (count)
    {
        stub->outside += count;
        unit = packet || !stub->units;
        stub->units += unit;
        manager->strong += unit;
    }
    ReleaseSRWLockExclusive(&stub_lock);
    if (unit)
        manager_welcome(manager);
    return hr;
}

/* Under the lock: how many of the stub's units go when its references have come down. */
static ULONG stub_units_over(struct interface_stub *stub, BOOL packet)
{
    ULONG units = stub->outside ? packet && stub->units > 1 : stub->units;

    stub->units -= units;
    return units;
}

void stub_drop_references(struct interface_stub *stub, ULONG count, BOOL packet)
{
    struct stub_manager *manager = stub->manager;
    ULONG units = 0;
    BOOL end = FALSE;

    AcquireSRWLockExclusive(&stub_lock);
    if (stub->outside && count)
    {
        stub->outside -= count < stub->outside ? count : stub->outside;
        units = stub_units_over(stub, packet);
        end = units_remove(manager, units, TRUE);
    }
    ReleaseSRWLockExclusive(&stub_lock);
    manager_farewell(manager, units, TRUE, end, TRUE);
}

HRESULT stub_accept_packet(struct interface_stub *stub, ULONG count, BOOL hold)
{
    struct stub_manager *manager = stub->manager;
    BOOL welcome = FALSE, end = FALSE;
    ULONG units = 0;
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&stub_lock);
    if (manager->closing || count > stub->outside)
    {
        hr = CO_E_OBJNOTCONNECTED;
    }
    else
    {
        stub->outside -= count;
        if (count)
            units = stub_units_over(stub, TRUE);
        if (hold && units)
            --units; /* one is handed over */
        else if (hold)
            welcome = ++manager->strong != 0;
        end = units_remove(manager, units, FALSE);
    }
    ReleaseSRWLockExclusive(&stub_lock);
    if (welcome)
        manager_welcome(manager);
    manager_farewell(manager, units, FALSE, end, FALSE);
    return hr;
}

/* --- making --- */

static void exports_release(struct exports *exports)
{
    if (!InterlockedDecrement(&exports->references))
        free(exports);
}

/* With a reference. */
static struct exports *exports_get(struct apartment *apartment)
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

/* stub_lock is held. */
static struct stub_manager *manager_lookup(struct apartment *apartment, IUnknown *identity)
{
    struct hash_link *link =
            hash_table_first(&managers_by_identity, hash_identity(apartment, identity));

    for (; link; link = link->next)
    {
        struct stub_manager *manager = LIST_ENTRY_OF(link, struct stub_manager, identity_link);

        if (manager->identity == identity && manager->apartment == apartment)
            return manager;
    }
    return NULL;
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
    manager = manager_lookup(apartment, identity);
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
    other = manager_lookup(apartment, identity);
    if (other)
        stub_manager_addref(other);
    else if (exports->closed)
        hr = RPC_E_DISCONNECTED;
    else if (!(manager->oid = random_number())
            || !hash_table_insert(&managers_by_identity, &manager->identity_link))
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
    manager_tear_down(manager);
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
    free(stub);
}

HRESULT stub_manager_export(struct stub_manager *manager, REFIID iid, struct interface_stub **out)
{
    struct interface_stub *stub, *other;
    IUnknown *identity;
    HRESULT hr;

    *out = NULL;
    /* Against the end while the object and the factory are called. */
    AcquireSRWLockShared(&stub_lock);
    *out = interface_lookup(manager, iid);
    identity = manager->closing ? NULL : manager->identity;
    if (identity)
        InterlockedIncrement(&manager->active);
    ReleaseSRWLockShared(&stub_lock);
    if (!identity)
        return RPC_E_DISCONNECTED;
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
    else if (!ipid_create(manager->apartment->oxid, &stub->ipid)
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
    if (!InterlockedDecrement(&manager->active) && manager->waiting)
        manager_end(manager);
    return hr;
}

HRESULT stub_manager_query(struct stub_manager *manager, REFIID iid, void **out)
{
    IUnknown *identity;
    HRESULT hr;

    *out = NULL;
    AcquireSRWLockShared(&stub_lock);
    identity = manager->closing ? NULL : manager->identity;
    if (identity)
        InterlockedIncrement(&manager->active);
    ReleaseSRWLockShared(&stub_lock);
    if (!identity)
        return RPC_E_DISCONNECTED;
    hr = IUnknown_QueryInterface(identity, iid, out);
    if (!InterlockedDecrement(&manager->active) && manager->waiting)
        manager_end(manager);
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

/* --- finding --- */

/* stub_lock is held. */
static struct interface_stub *ipid_lookup(const IPID *ipid)
{
    struct hash_link *link = hash_table_first(&stubs_by_ipid, hash_ipid(ipid));

    for (; link; link = link->next)
    {
        struct interface_stub *stub = LIST_ENTRY_OF(link, struct interface_stub, ipid_link);

        if (IsEqualGUID(&stub->ipid, ipid))
            return stub;
    }
    return NULL;
}

struct interface_stub *stub_lookup(const IPID *ipid)
{
    IPID copy = *ipid; /* it may be a caller's, and not readable: not under the lock */
    struct interface_stub *stub;

    AcquireSRWLockShared(&stub_lock);
    stub = ipid_lookup(&copy);
    if (stub)
        stub_manager_addref(stub->manager);
    ReleaseSRWLockShared(&stub_lock);
    return stub;
}

HRESULT stub_find(const struct std_objref *std, struct stub_manager **manager,
        struct interface_stub **stub)
{
    *stub = stub_lookup(&std->ipid);
    if (!*stub)
        return CO_E_OBJNOTCONNECTED;
    *manager = (*stub)->manager;
    if ((*manager)->oid == std->oid && (*manager)->apartment->oxid == std->oxid)
        return S_OK;
    stub_manager_release(*manager);
    return CO_E_OBJNOTCONNECTED;
}

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
        InterlockedIncrement(&stub->manager->active);
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
    return S_OK;
}

void stub_target_release(struct stub_target *target)
{
    struct stub_manager *manager = target->manager;

    if (manager)
    {
        if (!InterlockedDecrement(&manager->active) && manager->waiting)
            manager_end(manager);
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

void stub_rundown(const IPID *ipid, ULONG references)
{
    struct interface_stub *stub = stub_lookup(ipid);
    struct stub_manager *manager;
    ULONG units = 0;
    BOOL end = FALSE;

    if (!stub)
        return;
    manager = stub->manager;
    AcquireSRWLockExclusive(&stub_lock);
    if (stub->outside && references)
    {
        stub->outside -= references < stub->outside ? references : stub->outside;
        units = stub_units_over(stub, FALSE);
        end = units_remove(manager, units, TRUE);
    }
    ReleaseSRWLockExclusive(&stub_lock);
    trace("a client died with %lu references, %lu units given back", references, units);
    manager_farewell(manager, units, TRUE, end, FALSE);
    stub_manager_release(manager);
}

/* --- the apartment is left --- */

void apartment_close_exports(struct apartment *apartment)
{
    struct exports *exports;
    IRpcStubBuffer *rem_unknown;
    IUnknown *rem_object;

    AcquireSRWLockExclusive(&apartment->lock);
    exports = apartment->exports;
    apartment->exports = NULL;
    ReleaseSRWLockExclusive(&apartment->lock);
    if (!exports)
        return;

    for (;;)
    {
        struct stub_manager *manager = NULL;
        BOOL mine = FALSE;

        AcquireSRWLockExclusive(&stub_lock);
        exports->closed = TRUE;
        if (!list_empty(&exports->managers))
        {
            manager = LIST_ENTRY_OF(exports->managers.next, struct stub_manager, entry);
            list_remove(&manager->entry);
            stub_manager_addref(manager);
            if (!manager->closing)
                manager_close(manager);
            InterlockedExchange(&manager->waiting, TRUE);
            mine = !manager->active && !manager->ended;
            manager->ended |= mine;
        }
        ReleaseSRWLockExclusive(&stub_lock);
        if (!manager)
            break;
        if (mine)
            manager_tear_down(manager);
        stub_manager_release(manager);
    }

    AcquireSRWLockExclusive(&stub_lock);
    rem_unknown = exports->rem_unknown;
    rem_object = exports->rem_object;
    exports->rem_unknown = NULL;
    exports->rem_object = NULL;
    ReleaseSRWLockExclusive(&stub_lock);
    if (rem_unknown)
    {
        IRpcStubBuffer_Disconnect(rem_unknown);
        IRpcStubBuffer_Release(rem_unknown);
        IUnknown_Release(rem_object);
    }
    exports_release(exports);
}
