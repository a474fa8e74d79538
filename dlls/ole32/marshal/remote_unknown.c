/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proxy_manager.h"

#include <stdlib.h>
#include <string.h>

#include "client_channel.h"
#include "com_object.h"
#include "core_proxies.h"
#include "rem_unknown.h"
#include "stub_manager.h"
#include "trace.h"
#include "transport.h"

static struct remote_unknown *remote_from_outer(IUnknown *iface)
{
    return (struct remote_unknown *)((char *)iface - offsetof(struct remote_unknown, outer));
}

static HRESULT STDMETHODCALLTYPE remote_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown))
        return E_NOINTERFACE;
    *out = iface;
    IUnknown_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE remote_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&remote_from_outer(iface)->references);
}

static ULONG STDMETHODCALLTYPE remote_Release(IUnknown *iface)
{
    struct remote_unknown *remote = remote_from_outer(iface);
    ULONG references;

    if (com_release_unless_last(&remote->references, &references))
        return references;
    /* The last one goes under the lock, so that nobody finds what is about to be freed. */
    AcquireSRWLockExclusive(&import_lock);
    references = InterlockedDecrement(&remote->references);
    if (!references)
        list_remove(&remote->entry);
    ReleaseSRWLockExclusive(&import_lock);
    if (references)
        return references;

    remote->references = 1; /* the proxy may count while it goes */
    if (remote->buffer)
    {
        IRpcProxyBuffer_Disconnect(remote->buffer);
        IRpcProxyBuffer_Release(remote->buffer);
    }
    if (remote->channel)
        IRpcChannelBuffer3_Release(remote->channel);
    if (remote->connection)
        connection_release(remote->connection);
    apartment_release(remote->owner);
    free(remote);
    return 0;
}

static const IUnknownVtbl remote_vtbl = {remote_QueryInterface, remote_AddRef, remote_Release};

void remote_unknown_release(struct remote_unknown *remote)
{
    remote_Release(&remote->outer);
}

/* import_lock is held. */
static struct remote_unknown *remote_lookup(struct imports *imports, OXID_VALUE oxid)
{
    struct remote_unknown *remote;

    LIST_FOR_EACH(remote, &imports->remotes, struct remote_unknown, entry)
    {
        if (remote->oxid == oxid && connection_alive(remote->connection))
            return remote;
    }
    return NULL;
}

/* The connection, and IRemUnknown's proxy and channel. */
static HRESULT remote_connect(struct remote_unknown *remote)
{
    struct channel_target target = {.owner = remote->owner,
            .oxid = remote->oxid,
            .dest_context = MSHCTX_LOCAL};
    IPSFactoryBuffer *factory;
    HRESULT hr;

    hr = transport_connect(remote->oxid, &remote->connection);
    if (FAILED(hr))
        return hr;
    rem_unknown_ipid(remote->oxid, &target.ipid);
    target.connection = remote->connection;
    hr = client_channel_create(&target, &remote->channel);
    if (FAILED(hr))
        return hr;
    hr = core_proxies_get_class_object(&IID_IPSFactoryBuffer, (void **)&factory);
    if (FAILED(hr))
        return hr;
    hr = IPSFactoryBuffer_CreateProxy(factory, &remote->outer, &IID_IRemUnknown, &remote->buffer,
            (void **)&remote->unknown);
    IPSFactoryBuffer_Release(factory);
    if (FAILED(hr))
    {
        remote->buffer = NULL;
        return hr;
    }
    IRemUnknown_Release(remote->unknown); /* what is counted is `outer` */
    return IRpcProxyBuffer_Connect(remote->buffer, (IRpcChannelBuffer *)remote->channel);
}

HRESULT remote_unknown_get(struct apartment *owner, OXID_VALUE oxid, struct remote_unknown **out)
{
    struct remote_unknown *remote, *other;
    struct imports *imports;
    HRESULT hr;

    *out = NULL;
    AcquireSRWLockExclusive(&import_lock);
    imports = imports_get(owner);
    remote = imports ? remote_lookup(imports, oxid) : NULL;
    if (remote)
        InterlockedIncrement(&remote->references);
    ReleaseSRWLockExclusive(&import_lock);
    *out = remote;
    if (remote)
        return S_OK;
    if (!imports)
        return RPC_E_DISCONNECTED;

    remote = calloc(1, sizeof(*remote));
    if (!remote)
        return E_OUTOFMEMORY;
    remote->outer.lpVtbl = &remote_vtbl;
    remote->references = 1;
    remote->owner = owner;
    apartment_addref(owner);
    remote->oxid = oxid;
    list_init(&remote->entry);
    hr = remote_connect(remote);
    if (FAILED(hr))
    {
        remote_unknown_release(remote);
        return hr;
    }

    AcquireSRWLockExclusive(&import_lock);
    imports = imports_get(owner);
    other = imports ? remote_lookup(imports, oxid) : NULL;
    if (other)
        InterlockedIncrement(&other->references);
    else if (imports)
        list_add_tail(&imports->remotes, &remote->entry);
    ReleaseSRWLockExclusive(&import_lock);
    if (other)
        remote_unknown_release(remote);
    *out = other ? other : remote;
    return S_OK;
}

/* Whether a block of the task allocator is as large as that. */
static BOOL memory_holds(void *block, SIZE_T size)
{
    IMalloc *allocator;
    SIZE_T has;

    if (FAILED(CoGetMalloc(MEMCTX_TASK, &allocator)))
        return FALSE;
    has = IMalloc_GetSize(allocator, block);
    return has != (SIZE_T)-1 && has >= size;
}

HRESULT remote_unknown_answers(HRESULT hr, REMQIRESULT *answers, WORD count, HRESULT *results,
        struct std_objref *stds)
{
    WORD i;

    /* How many came is the server's word. */
    if (answers && !memory_holds(answers, count * sizeof(*answers)))
    {
        CoTaskMemFree(answers);
        answers = NULL;
        hr = RPC_E_INVALID_DATA;
    }
    for (i = 0; i < count; ++i)
    {
        memset(&stds[i], 0, sizeof(stds[i]));
        results[i] = answers ? answers[i].hResult : SUCCEEDED(hr) ? E_NOINTERFACE : hr;
        if (!answers || FAILED(results[i]))
            continue;
        stds[i].flags = answers[i].std.flags;
        stds[i].public_refs = answers[i].std.cPublicRefs;
        stds[i].oxid = answers[i].std.oxid;
        stds[i].oid = answers[i].std.oid;
        stds[i].ipid = answers[i].std.ipid;
    }
    CoTaskMemFree(answers);
    return FAILED(hr) && hr != E_NOINTERFACE ? hr : S_OK;
}

HRESULT remote_unknown_query(struct remote_unknown *remote, const IPID *ipid, const IID *iids,
        WORD count, HRESULT *results, struct std_objref *stds)
{
    REMQIRESULT *answers = NULL;
    HRESULT hr = IRemUnknown_RemQueryInterface(remote->unknown, ipid, PACKET_REFERENCES, count,
            (IID *)iids, &answers);

    return remote_unknown_answers(hr, answers, count, results, stds);
}

HRESULT remote_unknown_addref(struct remote_unknown *remote, const IPID *ipid, ULONG references)
{
    REMINTERFACEREF reference = {.ipid = *ipid, .cPublicRefs = references};
    HRESULT result = E_FAIL, hr;

    hr = IRemUnknown_RemAddRef(remote->unknown, 1, &reference, &result);
    return FAILED(hr) ? hr : result;
}

/* What is not given back stays with the server until this process ends: memory may have been short
 * for a moment only. */
#define DROP_TRIES 3

/* RemRelease in the apartment, from wherever. */
struct remote_drop
{
    struct dispatch_item item;
    struct remote_unknown *remote; /* with a reference */
    WORD count;
    REMINTERFACEREF references[];
};

static void remote_drop_run(struct dispatch_item *item)
{
    struct remote_drop *drop = LIST_ENTRY_OF(item, struct remote_drop, item);

    HRESULT hr = E_OUTOFMEMORY;
    int tries;

    for (tries = 0;
            hr == E_OUTOFMEMORY && tries < DROP_TRIES && connection_alive(drop->remote->connection);
            tries++)
        hr = IRemUnknown_RemRelease(drop->remote->unknown, drop->count, drop->references);
    remote_unknown_release(drop->remote);
    free(drop);
}

static void remote_drop_abandon(struct dispatch_item *item, HRESULT why)
{
    struct remote_drop *drop = LIST_ENTRY_OF(item, struct remote_drop, item);

    trace("references on a remote object are left to its ledger: %08lx", why);
    remote_unknown_release(drop->remote);
    free(drop);
}

void remote_unknown_drop(struct remote_unknown *remote, const struct remote_reference *references,
        WORD count)
{
    struct remote_drop *drop = NULL;
    WORD i, used = 0;
    int tries;

    if (!connection_alive(remote->connection))
        return;
    for (tries = 0; !drop && tries < DROP_TRIES; tries++)
        drop = malloc(sizeof(*drop) + count * sizeof(drop->references[0]));
    if (!drop)
        return;
    for (i = 0; i < count; ++i)
    {
        if (!references[i].references)
            continue;
        drop->references[used].ipid = references[i].ipid;
        drop->references[used].cPublicRefs = references[i].references;
        drop->references[used].cPrivateRefs = 0;
        ++used;
    }
    if (!used)
    {
        free(drop);
        return;
    }
    drop->item.priority = 0;
    drop->item.run = remote_drop_run;
    drop->item.abandon = remote_drop_abandon;
    drop->remote = remote;
    drop->count = used;
    IUnknown_AddRef(&remote->outer);
    if (apartment_is_current(remote->owner))
        remote_drop_run(&drop->item);
    else if (FAILED(apartment_submit(remote->owner, &drop->item)))
        remote_drop_abandon(&drop->item, RPC_E_DISCONNECTED);
}
