/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two kinds of locks: import_lock, for what an apartment imports, and one a manager, for its
 * interface proxies. Nothing is called out to while one of them is held.
 */
#include "proxy_manager.h"

#include <stdlib.h>
#include <string.h>

#include "client_channel.h"
#include "proxy_interfaces.h"
#include "ps_class.h"
#include "stub_manager.h"
#include "trace.h"
#include "transport.h"

/* Tells a proxy manager from everything else. */
static const IID IID_ProxyManager = {0x5d8b4c0a, 0x7b1f, 0x4c52,
        {0x9e, 0x0d, 0x38, 0x1c, 0xa4, 0x6f, 0x2b, 0x71}};

const IID IID_ProxyCopy = {0x5d8b4c0b, 0x7b1f, 0x4c52,
        {0x9e, 0x0d, 0x38, 0x1c, 0xa4, 0x6f, 0x2b, 0x71}};

SRWLOCK import_lock = SRWLOCK_INIT;

static size_t hash_object(const struct apartment *owner, OXID_VALUE oxid, UINT64 oid)
{
    return hash_mix(oid ^ (oxid << 7) ^ owner->oxid);
}

static size_t hash_of_proxy_manager(const struct hash_link *link)
{
    const struct proxy_manager *manager = LIST_ENTRY_OF(link, struct proxy_manager, object_link);

    return hash_object(manager->owner, manager->oxid, manager->oid);
}

static struct hash_table managers_by_object = {hash_of_proxy_manager, NULL, 0, 0};

struct imports *imports_get(struct apartment *apartment)
{
    struct imports *imports;

    AcquireSRWLockExclusive(&apartment->lock);
    imports = apartment->imports;
    if (!imports && !apartment->closed && (imports = calloc(1, sizeof(*imports))))
    {
        list_init(&imports->managers);
        list_init(&imports->remotes);
        apartment->imports = imports;
    }
    ReleaseSRWLockExclusive(&apartment->lock);
    return imports && !imports->closed ? imports : NULL;
}

/* import_lock is held. */
static struct proxy_manager *manager_lookup(struct apartment *here, OXID_VALUE oxid, UINT64 oid)
{
    struct hash_link *link = hash_table_first(&managers_by_object, hash_object(here, oxid, oid));

    for (; link; link = link->next)
    {
        struct proxy_manager *manager = LIST_ENTRY_OF(link, struct proxy_manager, object_link);

        if (manager->oid == oid && manager->oxid == oxid && manager->owner == here)
            return manager;
    }
    return NULL;
}

struct proxy_manager *proxy_manager_find(struct apartment *here, OXID_VALUE oxid, UINT64 oid)
{
    struct proxy_manager *manager;
    IUnknown *outer = NULL;

    AcquireSRWLockShared(&import_lock);
    manager = manager_lookup(here, oxid, oid);
    if (manager && manager->outer == &manager->inner)
        InterlockedIncrement(&manager->references);
    else if (manager)
        outer = manager->outer; /* whoever aggregates it counts by itself */
    ReleaseSRWLockShared(&import_lock);
    if (outer)
        IUnknown_AddRef(outer);
    return manager;
}

struct proxy_manager *proxy_manager_from_unknown(IUnknown *proxy)
{
    void *manager;

    if (FAILED(IUnknown_QueryInterface(proxy, &IID_ProxyManager, &manager)))
        return NULL;
    return manager;
}

/* --- what a manager holds of its object --- */

/* Gives back all references. Whoever comes second does nothing. */
static void manager_let_go(struct proxy_manager *manager, BOOL wait)
{
    struct remote_reference few[8], *references = few;
    struct interface_proxy *proxy;
    WORD count = 0, used = 0;

    if (InterlockedExchange(&manager->released, TRUE))
        return;
    if (manager->stub)
    {
        stub_manager_remove_unit(manager->stub, TRUE, wait);
        return;
    }
    if (!manager->remote)
        return;
    AcquireSRWLockExclusive(&manager->lock);
    for (proxy = manager->interfaces; proxy && count < 0xffff; proxy = proxy->next)
        ++count;
    if (count > ARRAYSIZE(few))
        references = malloc(count * sizeof(*references));
    for (proxy = manager->interfaces; proxy && used < count; proxy = proxy->next)
    {
        if (references)
        {
            references[used].ipid = proxy->ipid;
            references[used++].references = proxy->references;
        }
        proxy->references = 0;
        if (proxy->ledger)
            ledger_remove(proxy->ledger);
        proxy->ledger = NULL;
    }
    ReleaseSRWLockExclusive(&manager->lock);
    if (used)
        remote_unknown_drop(manager->remote, references, used);
    if (references != few)
        free(references);
}

void interface_proxy_free(struct interface_proxy *proxy)
{
    if (proxy->buffer)
    {
        IRpcProxyBuffer_Disconnect(proxy->buffer);
        IRpcProxyBuffer_Release(proxy->buffer);
    }
    if (proxy->channel)
        IRpcChannelBuffer3_Release(proxy->channel);
    if (proxy->ledger)
        ledger_remove(proxy->ledger);
    free(proxy);
}

/*
 * Whether the last Release of a proxy returns only when the object has been let go. From an STA it
 * does, as it is a call like others, and into the MTA, where that is quick. A thread of the MTA
 * does not wait for an STA, which comes to it when it pumps: that would be most of what a
 * short-lived proxy costs. Nor does an STA inside an input-synchronous call: its caller may be the
 * one that it would wait for.
 */
static BOOL release_waits(const struct proxy_manager *manager)
{
    struct apartment *here = apartment_current();

    if (!manager->stub || manager->stub->apartment->kind != APARTMENT_STA)
        return TRUE;
    return here && here->kind == APARTMENT_STA && !client_channel_must_not_wait(here);
}

static void manager_destroy(struct proxy_manager *manager)
{
    struct interface_proxy *proxy;

    manager->references = 1; /* proxies may count while they go */
    if (manager->security)
        IUnknown_Release(manager->security);
    manager_let_go(manager, release_waits(manager));
    while ((proxy = manager->interfaces))
    {
        manager->interfaces = proxy->next;
        interface_proxy_free(proxy);
    }
    if (manager->stub)
        stub_manager_release(manager->stub);
    if (manager->remote)
        remote_unknown_release(manager->remote);
    apartment_release(manager->owner);
    free(manager);
}

/* --- IUnknown, not delegated --- */

static struct proxy_manager *manager_from_inner(IUnknown *iface)
{
    return (struct proxy_manager *)((char *)iface - offsetof(struct proxy_manager, inner));
}

/* What is never asked of the server: COM's own business, which each apartment settles by itself. */
static BOOL is_local_interface(REFIID iid)
{
    static const IID *const local[] = {&IID_IAgileObject, &IID_INoMarshal, &IID_IStdMarshalInfo,
            &IID_IExternalConnection, &IID_ICallFactory, &IID_ProxyCopy};
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(local); ++i)
    {
        if (IsEqualIID(iid, local[i]))
            return TRUE;
    }
    return FALSE;
}

static BOOL is_own_interface(REFIID iid)
{
    static const IID *const own[] = {&IID_IUnknown, &IID_IMultiQI, &IID_IMarshal, &IID_IMarshal2,
            &IID_IRpcOptions, &IID_IClientSecurity, &IID_ProxyManager};
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(own); ++i)
    {
        if (IsEqualIID(iid, own[i]))
            return TRUE;
    }
    return is_local_interface(iid);
}

static HRESULT manager_security(struct proxy_manager *manager, REFIID iid, void **out)
{
    IUnknown *security = manager->security;
    HRESULT hr;

    if (!security)
    {
        hr = client_security_create(manager->outer, &security);
        if (FAILED(hr))
            return hr;
        if (InterlockedCompareExchangePointer((void **)&manager->security, security, NULL))
            IUnknown_Release(security);
        security = manager->security;
    }
    return IUnknown_QueryInterface(security, iid, out);
}

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct proxy_manager *manager = manager_from_inner(iface);
    struct interface_proxy *proxy;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
    {
        *out = iface;
        IUnknown_AddRef(iface);
        return S_OK;
    }
    if (IsEqualIID(iid, &IID_IMultiQI))
        *out = &manager->IMultiQI_iface;
    else if (IsEqualIID(iid, &IID_IMarshal) || IsEqualIID(iid, &IID_IMarshal2))
        *out = &manager->IMarshal2_iface;
    else if (IsEqualIID(iid, &IID_IRpcOptions))
        *out = &manager->IRpcOptions_iface;
    else if (IsEqualIID(iid, &IID_ProxyManager))
        *out = manager;
    else if (IsEqualIID(iid, &IID_IClientSecurity))
        return manager_security(manager, iid, out);
    else if (is_local_interface(iid))
        return E_NOINTERFACE;
    else
    {
        hr = proxy_manager_interface(manager, iid, &proxy);
        if (FAILED(hr))
            return hr;
        *out = proxy->iface;
    }
    IUnknown_AddRef(manager->outer);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&manager_from_inner(iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct proxy_manager *manager = manager_from_inner(iface);
    LONG references = manager->references;

    while (references > 1)
    {
        LONG before = InterlockedCompareExchange(&manager->references, references - 1, references);

        if (before == references)
            return references - 1;
        references = before;
    }
    /* The last one goes under the lock, so that nobody finds what is about to be freed. */
    AcquireSRWLockExclusive(&import_lock);
    references = InterlockedDecrement(&manager->references);
    if (!references && manager->listed)
    {
        hash_table_remove(&managers_by_object, &manager->object_link);
        list_remove(&manager->entry);
    }
    ReleaseSRWLockExclusive(&import_lock);
    if (!references)
        manager_destroy(manager);
    return references;
}

static const IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};

/* --- interface proxies --- */

static struct interface_proxy *interface_lookup(struct proxy_manager *manager, REFIID iid)
{
    struct interface_proxy *proxy;

    for (proxy = manager->interfaces; proxy; proxy = proxy->next)
    {
        if (IsEqualIID(&proxy->iid, iid))
            return proxy;
    }
    return NULL;
}

BOOL proxy_manager_has(struct proxy_manager *manager, REFIID iid)
{
    BOOL has;

    AcquireSRWLockShared(&manager->lock);
    has = interface_lookup(manager, iid) != NULL;
    ReleaseSRWLockShared(&manager->lock);
    return has || is_own_interface(iid);
}

static HRESULT channel_create(struct proxy_manager *manager, const IPID *ipid,
        IRpcChannelBuffer3 **out)
{
    struct channel_target target = {.owner = manager->owner, .oxid = manager->oxid, .ipid = *ipid};

    if (manager->stub)
    {
        target.server = manager->stub->apartment;
        target.dest_context = MSHCTX_INPROC;
    }
    else
    {
        target.connection = manager->remote->connection;
        target.dest_context = MSHCTX_LOCAL;
    }
    return client_channel_create(&target, out);
}

/* The proxy of proxy->iid for `outer`, connected. */
static HRESULT interface_proxy_connect(struct proxy_manager *manager, IUnknown *outer,
        struct interface_proxy *proxy)
{
    IPSFactoryBuffer *factory;
    HRESULT hr;

    if (IsEqualIID(&proxy->iid, &IID_IUnknown))
    {
        proxy->iface = outer;
        return S_OK;
    }
    hr = ps_factory_get(&proxy->iid, &factory);
    if (FAILED(hr))
        return hr;
    hr = IPSFactoryBuffer_CreateProxy(factory, outer, &proxy->iid, &proxy->buffer,
            (void **)&proxy->iface);
    IPSFactoryBuffer_Release(factory);
    if (FAILED(hr))
    {
        proxy->buffer = NULL;
        return hr;
    }
    IUnknown_Release(proxy->iface); /* of `outer`: no circles */
    hr = channel_create(manager, &proxy->ipid, &proxy->channel);
    if (SUCCEEDED(hr))
        hr = IRpcProxyBuffer_Connect(proxy->buffer, (IRpcChannelBuffer *)proxy->channel);
    return hr;
}

HRESULT interface_proxy_create(struct proxy_manager *manager, IUnknown *outer, REFIID iid,
        const IPID *ipid, struct interface_proxy **out)
{
    struct interface_proxy *proxy = calloc(1, sizeof(*proxy));
    HRESULT hr;

    *out = NULL;
    if (!proxy)
        return E_OUTOFMEMORY;
    proxy->iid = *iid;
    proxy->ipid = *ipid;
    hr = interface_proxy_connect(manager, outer, proxy);
    if (FAILED(hr))
        interface_proxy_free(proxy);
    else
        *out = proxy;
    return hr;
}

/* Gives back references that found no place. */
static void references_return(struct proxy_manager *manager, const IPID *ipid, ULONG references)
{
    struct remote_reference reference = {*ipid, references};

    if (manager->remote && references)
        remote_unknown_drop(manager->remote, &reference, 1);
}

/* Shows the server what is held. manager->lock is held. */
static void interface_proxy_note(struct proxy_manager *manager, struct interface_proxy *proxy)
{
    if (!manager->remote)
        return;
    if (!proxy->ledger && proxy->references
            && FAILED(ledger_add(manager->remote->connection, &proxy->ipid, &proxy->ledger)))
        proxy->ledger = NULL;
    if (proxy->ledger)
        ledger_set(proxy->ledger, proxy->references);
}

/* Adds an interface, or references to one that is there. It takes the references over, also when it
 * fails. */
static HRESULT manager_add_interface(struct proxy_manager *manager, REFIID iid, const IPID *ipid,
        ULONG references, struct interface_proxy **out)
{
    struct interface_proxy *proxy, *fresh = NULL;
    BOOL surplus = FALSE;
    HRESULT hr = S_OK;

    *out = NULL;
    AcquireSRWLockShared(&manager->lock);
    proxy = interface_lookup(manager, iid);
    ReleaseSRWLockShared(&manager->lock);
    if (!proxy)
    {
        hr = interface_proxy_create(manager, manager->outer, iid, ipid, &fresh);
        if (FAILED(hr))
        {
            references_return(manager, ipid, references);
            return hr;
        }
    }

    AcquireSRWLockExclusive(&manager->lock);
    proxy = interface_lookup(manager, iid);
    if (!proxy)
    {
        proxy = fresh;
        fresh = NULL;
        proxy->next = manager->interfaces;
        manager->interfaces = proxy;
    }
    if (manager->remote && references)
    {
        surplus = manager->released || !IsEqualGUID(&proxy->ipid, ipid)
                || references > MAXLONG - proxy->references;
        if (!surplus)
        {
            proxy->references += references;
            interface_proxy_note(manager, proxy);
        }
    }
    ReleaseSRWLockExclusive(&manager->lock);
    if (fresh)
        interface_proxy_free(fresh);
    if (surplus)
        references_return(manager, ipid, references);
    *out = proxy;
    return S_OK;
}

/* An IPID of the object to ask by: of any interface with references. */
static BOOL manager_any_ipid(struct proxy_manager *manager, IPID *ipid)
{
    struct interface_proxy *proxy;

    AcquireSRWLockShared(&manager->lock);
    for (proxy = manager->interfaces; proxy && !proxy->references; proxy = proxy->next)
        ;
    if (proxy)
        *ipid = proxy->ipid;
    ReleaseSRWLockShared(&manager->lock);
    return proxy != NULL;
}

HRESULT proxy_manager_query(struct proxy_manager *manager, const IID *iids, WORD count,
        HRESULT *results)
{
    struct interface_proxy *proxy;
    struct std_objref *stds;
    IPID ipid;
    HRESULT hr;
    WORD i;

    if (!manager->oxid)
        return CO_E_OBJNOTCONNECTED;
    if (!apartment_is_current(manager->owner))
        return RPC_E_WRONG_THREAD;
    if (manager->released)
        return RPC_E_DISCONNECTED;
    if (manager->stub)
    {
        for (i = 0; i < count; ++i)
        {
            struct interface_stub *stub;

            results[i] = stub_manager_export_remote(manager->stub, &iids[i], &stub);
            if (SUCCEEDED(results[i]))
                results[i] = manager_add_interface(manager, &iids[i], &stub->ipid, 0, &proxy);
        }
        return S_OK;
    }

    if (!manager_any_ipid(manager, &ipid))
        return RPC_E_DISCONNECTED;
    stds = calloc(count, sizeof(*stds));
    if (!stds)
        return E_OUTOFMEMORY;
    hr = remote_unknown_query(manager->remote, &ipid, iids, count, results, stds);
    for (i = 0; SUCCEEDED(hr) && i < count; ++i)
    {
        if (SUCCEEDED(results[i]))
            results[i] = manager_add_interface(manager, &iids[i], &stds[i].ipid,
                    stds[i].public_refs & MAXLONG, &proxy);
    }
    free(stds);
    return hr;
}

HRESULT proxy_manager_interface(struct proxy_manager *manager, REFIID iid,
        struct interface_proxy **out)
{
    HRESULT result, hr;

    AcquireSRWLockShared(&manager->lock);
    *out = interface_lookup(manager, iid);
    ReleaseSRWLockShared(&manager->lock);
    if (*out)
        return S_OK;
    hr = proxy_manager_query(manager, iid, 1, &result);
    if (SUCCEEDED(hr))
        hr = result;
    if (FAILED(hr))
        return hr == REGDB_E_IIDNOTREG ? E_NOINTERFACE : hr;
    AcquireSRWLockShared(&manager->lock);
    *out = interface_lookup(manager, iid);
    ReleaseSRWLockShared(&manager->lock);
    return *out ? S_OK : E_NOINTERFACE;
}

/* --- making --- */

/* With one reference, on what is not delegated. */
static struct proxy_manager *manager_create(struct apartment *owner, IUnknown *outer)
{
    struct proxy_manager *manager = calloc(1, sizeof(*manager));

    if (!manager)
        return NULL;
    manager->inner.lpVtbl = &inner_vtbl;
    manager->IMultiQI_iface.lpVtbl = &proxy_multi_qi_vtbl;
    manager->IMarshal2_iface.lpVtbl = &proxy_marshal_vtbl;
    manager->IRpcOptions_iface.lpVtbl = &proxy_rpc_options_vtbl;
    manager->outer = outer ? outer : &manager->inner;
    manager->references = 1;
    manager->timeout = RPC_C_BINDING_DEFAULT_TIMEOUT;
    manager->owner = owner;
    apartment_addref(owner);
    list_init(&manager->entry);
    InitializeSRWLock(&manager->lock);
    return manager;
}

HRESULT proxy_manager_create_aggregated(IUnknown *outer, struct proxy_manager **out)
{
    struct apartment *here = apartment_current();

    *out = here ? manager_create(here, outer) : NULL;
    if (!here)
        return CO_E_NOTINITIALIZED;
    return *out ? S_OK : E_OUTOFMEMORY;
}

/* Enters a manager, which knows its object, into the table. NULL: done; else the one which is there
 * already, with a reference on its identity, or, with *hr failed, nothing. */
static struct proxy_manager *manager_enlist(struct proxy_manager *manager, HRESULT *hr)
{
    struct proxy_manager *other = NULL;
    struct imports *imports;
    IUnknown *outer = NULL;

    *hr = S_OK;
    AcquireSRWLockExclusive(&import_lock);
    imports = imports_get(manager->owner);
    if (!imports)
        *hr = RPC_E_DISCONNECTED;
    else if ((other = manager_lookup(manager->owner, manager->oxid, manager->oid)))
    {
        if (other->outer == &other->inner)
            InterlockedIncrement(&other->references);
        else
            outer = other->outer;
    }
    else if (!hash_table_insert(&managers_by_object, &manager->object_link))
        *hr = E_OUTOFMEMORY;
    else
    {
        list_add_tail(&imports->managers, &manager->entry);
        manager->listed = TRUE;
    }
    ReleaseSRWLockExclusive(&import_lock);
    if (outer)
        IUnknown_AddRef(outer);
    return other;
}

/* Makes the manager that of the OBJREF's object, with what its packet holds. */
static HRESULT manager_attach(struct proxy_manager *manager, const struct std_objref *std)
{
    struct interface_stub *stub;
    HRESULT hr;

    manager->flags = std->flags & SORF_NOPING;
    if ((std->oxid & TRANSPORT_PORT_MASK) == transport_port())
    {
        struct stub_manager *stubs;

        hr = stub_find(std, &stubs, &stub);
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
static HRESULT manager_accept(struct proxy_manager *manager, const struct std_objref *std)
{
    struct stub_manager *stubs;
    struct interface_stub *stub;
    HRESULT hr;

    if (manager->remote)
        return manager->released ? RPC_E_DISCONNECTED : S_OK;
    hr = stub_find(std, &stubs, &stub);
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
    return manager_add_interface(manager, form_iid, &std->ipid, references & MAXLONG, &proxy);
}

/* The manager of the OBJREF's object in this apartment, with a reference on its identity. */
static HRESULT manager_for(struct apartment *here, const struct std_objref *std,
        struct proxy_manager **out)
{
    struct proxy_manager *manager = proxy_manager_find(here, std->oxid, std->oid), *other;
    HRESULT hr;

    *out = manager;
    if (manager)
    {
        hr = manager_accept(manager, std);
        if (FAILED(hr))
            IUnknown_Release(manager->outer);
        return hr;
    }
    manager = manager_create(here, NULL);
    if (!manager)
        return E_OUTOFMEMORY;
    hr = manager_attach(manager, std);
    other = SUCCEEDED(hr) ? manager_enlist(manager, &hr) : NULL;
    if (other || FAILED(hr))
        inner_Release(&manager->inner);
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

        hr = stub_find(std, &stubs, &stub);
        if (FAILED(hr))
            return hr;
        hr = import_own(stubs, stub, std, iid, out);
        stub_manager_release(stubs);
        return hr;
    }

    hr = manager_for(here, std, &manager);
    if (FAILED(hr))
        return hr;
    hr = manager_accept_interface(manager, std, form_iid);
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface(manager->outer, iid, out);
    IUnknown_Release(manager->outer);
    return hr;
}

HRESULT proxy_manager_connect(struct proxy_manager *manager, const struct std_objref *std,
        REFIID form_iid)
{
    struct proxy_manager *other;
    HRESULT hr;

    if (std->public_refs > MAXLONG)
        return E_INVALIDARG;
    if (manager->oxid)
    {
        if (manager->oxid != std->oxid || manager->oid != std->oid)
            return E_UNEXPECTED;
        hr = manager_accept(manager, std);
    }
    else
    {
        hr = manager_attach(manager, std);
        other = SUCCEEDED(hr) ? manager_enlist(manager, &hr) : NULL;
        if (other)
            IUnknown_Release(other->outer); /* another identity of the object, which has to do */
    }
    return SUCCEEDED(hr) ? manager_accept_interface(manager, std, form_iid) : hr;
}

/* --- channels and copies --- */

HRESULT proxy_get_channel(IUnknown *proxy, IRpcChannelBuffer3 **channel)
{
    struct proxy_manager *manager;
    struct interface_proxy *found;
    IRpcChannelBuffer3 *fresh = NULL;
    HRESULT hr = S_OK;

    *channel = NULL;
    if (SUCCEEDED(IUnknown_QueryInterface(proxy, &IID_ProxyCopy, (void **)&found)))
    {
        BOOL same = found->iface == proxy;

        if (same)
        {
            *channel = found->channel;
            IRpcChannelBuffer3_AddRef(*channel);
        }
        IUnknown_Release(proxy);
        if (same)
            return S_OK;
    }
    manager = proxy_manager_from_unknown(proxy);
    if (!manager)
        return E_INVALIDARG;
    AcquireSRWLockShared(&manager->lock);
    for (found = manager->interfaces; found && found->iface != proxy; found = found->next)
        ;
    if (!found)
        found = manager->interfaces;
    if (found && found->channel)
    {
        *channel = found->channel;
        IRpcChannelBuffer3_AddRef(*channel);
    }
    ReleaseSRWLockShared(&manager->lock);
    if (!*channel && found)
    {
        hr = channel_create(manager, &found->ipid, &fresh);
        if (SUCCEEDED(hr))
        {
            AcquireSRWLockExclusive(&manager->lock);
            if (!found->channel)
            {
                found->channel = fresh;
                fresh = NULL;
            }
            *channel = found->channel;
            IRpcChannelBuffer3_AddRef(*channel);
            ReleaseSRWLockExclusive(&manager->lock);
            if (fresh)
                IRpcChannelBuffer3_Release(fresh);
        }
    }
    else if (!found)
    {
        hr = E_NOINTERFACE;
    }
    IUnknown_Release(manager->outer);
    return hr;
}

/* --- the apartment is left --- */

/* The next one to be closed, out of the lists, with a reference; `local`: of those whose object is
 * in this process. NULL: no more. */
static struct proxy_manager *imports_take(struct imports *imports, BOOL local)
{
    struct proxy_manager *manager, *taken = NULL;

    AcquireSRWLockExclusive(&import_lock);
    LIST_FOR_EACH(manager, &imports->managers, struct proxy_manager, entry)
    {
        if (local && !manager->stub)
            continue;
        taken = manager;
        break;
    }
    if (taken)
    {
        InterlockedIncrement(&taken->references);
        hash_table_remove(&managers_by_object, &taken->object_link);
        list_remove(&taken->entry);
        taken->listed = FALSE;
    }
    ReleaseSRWLockExclusive(&import_lock);
    return taken;
}

static struct imports *imports_close(struct apartment *apartment, BOOL local)
{
    struct proxy_manager *manager;
    struct imports *imports;

    AcquireSRWLockExclusive(&import_lock);
    imports = apartment->imports;
    if (imports)
        imports->closed = TRUE;
    ReleaseSRWLockExclusive(&import_lock);

    while (imports && (manager = imports_take(imports, local)))
    {
        struct interface_proxy *proxy;

        /* Somebody still has it: from now on it only fails. */
        AcquireSRWLockShared(&manager->lock);
        proxy = manager->interfaces;
        ReleaseSRWLockShared(&manager->lock);
        for (; proxy; proxy = proxy->next)
        {
            if (proxy->channel)
                client_channel_disconnect(proxy->channel);
        }
        manager_let_go(manager, TRUE);
        inner_Release(&manager->inner);
    }
    return imports;
}

void apartment_close_local_imports(struct apartment *apartment)
{
    imports_close(apartment, TRUE);
}

void apartment_close_imports(struct apartment *apartment)
{
    struct imports *imports = imports_close(apartment, FALSE);

    AcquireSRWLockExclusive(&import_lock);
    if (imports)
    {
        AcquireSRWLockExclusive(&apartment->lock);
        apartment->imports = NULL;
        ReleaseSRWLockExclusive(&apartment->lock);
        while (!list_empty(&imports->remotes))
            list_remove(imports->remotes.next);
    }
    ReleaseSRWLockExclusive(&import_lock);
    free(imports);
}
