/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interface proxies: one an interface of an object that an apartment uses, made by the interface's
 * proxy/stub factory, with its channel.
 */
#include "proxy_manager_impl.h"

#include <stdlib.h>

#include "client_channel.h"
#include "proxy_interfaces.h"
#include "ps_class.h"
#include "stub_manager.h"

void interface_proxy_free(struct interface_proxy *proxy)
{
    if (proxy->buffer)
    {
        if (proxy->channel)
            IRpcProxyBuffer_Disconnect(proxy->buffer); /* else it was not connected */
        IRpcProxyBuffer_Release(proxy->buffer);
    }
    if (proxy->channel)
        IRpcChannelBuffer3_Release(proxy->channel);
    if (proxy->ledger)
        ledger_remove(proxy->ledger);
    free(proxy);
}

/* manager->lock is held. */
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

BOOL proxy_manager_has_proxy(struct proxy_manager *manager, REFIID iid)
{
    BOOL has;

    AcquireSRWLockShared(&manager->lock);
    has = interface_lookup(manager, iid) != NULL;
    ReleaseSRWLockShared(&manager->lock);
    return has;
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
        client_channel_set_proxy(proxy->channel, proxy->iface);
    if (SUCCEEDED(hr))
        hr = IRpcProxyBuffer_Connect(proxy->buffer, (IRpcChannelBuffer *)proxy->channel);
    if (FAILED(hr) && proxy->channel)
    {
        IRpcChannelBuffer3_Release(proxy->channel);
        proxy->channel = NULL;
    }
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

HRESULT proxy_manager_add_interface(struct proxy_manager *manager, REFIID iid, const IPID *ipid,
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

/* That of any interface with references. */
BOOL proxy_manager_any_ipid(struct proxy_manager *manager, IPID *ipid)
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

void proxy_manager_take_answers(struct proxy_manager *manager, const IID *iids, WORD count,
        HRESULT *results, const struct std_objref *stds)
{
    struct interface_proxy *proxy;
    WORD i;

    for (i = 0; i < count; ++i)
    {
        if (SUCCEEDED(results[i]))
            results[i] = proxy_manager_add_interface(manager, &iids[i], &stds[i].ipid,
                    stds[i].public_refs & MAXLONG, &proxy);
    }
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
    /* The object's apartment may be the one that waits for this thread in SendMessage. */
    if (client_channel_must_not_wait(manager->owner))
        return RPC_E_CANTCALLOUT_ININPUTSYNCCALL;
    if (manager->stub)
    {
        for (i = 0; i < count; ++i)
        {
            struct interface_stub *stub;

            results[i] = stub_manager_export_remote(manager->stub, &iids[i], &stub);
            if (SUCCEEDED(results[i]))
                results[i] = proxy_manager_add_interface(manager, &iids[i], &stub->ipid, 0, &proxy);
        }
        return S_OK;
    }

    if (!proxy_manager_any_ipid(manager, &ipid))
        return RPC_E_DISCONNECTED;
    stds = calloc(count, sizeof(*stds));
    if (!stds)
        return E_OUTOFMEMORY;
    hr = remote_unknown_query(manager->remote, &ipid, iids, count, results, stds);
    if (SUCCEEDED(hr))
        proxy_manager_take_answers(manager, iids, count, results, stds);
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

/* --- channels --- */

/* Whether a pointer is the proxy's IUnknown, which stands for any interface. */
static BOOL is_identity(IUnknown *proxy)
{
    IUnknown *identity;
    BOOL same;

    if (FAILED(IUnknown_QueryInterface(proxy, &IID_IUnknown, (void **)&identity)))
        return FALSE;
    same = identity == proxy;
    IUnknown_Release(identity);
    return same;
}

HRESULT proxy_get_channel(IUnknown *proxy, IRpcChannelBuffer3 **channel)
{
    struct proxy_manager *manager;
    struct interface_proxy *found;
    IRpcChannelBuffer3 *fresh = NULL;
    HRESULT hr = S_OK;
    BOOL identity;

    *channel = NULL;
    if ((found = proxy_copy_find(proxy)))
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
    identity = is_identity(proxy);
    AcquireSRWLockShared(&manager->lock);
    for (found = manager->interfaces; found && found->iface != proxy; found = found->next)
        ;
    if (!found && identity)
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
