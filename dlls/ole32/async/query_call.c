/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An object of another process is asked by an asynchronous RemQueryInterface: the call object of
 * IRemUnknown is aggregated, and its ISynchronize is ours. Objects of this process, and interfaces
 * that have their proxies, are asked within Begin_.
 */
#include "query_call.h"

#include <stdlib.h>
#include <string.h>

#include "call_object.h"
#include "com_aggregate.h"
#include "ndr_call.h"
#include "packet.h"
#include "proxy_interfaces.h"
#include "rem_unknown.h"
#include "stub_manager.h"
#include "sync_event.h"

#define QUERIES_MAX 0x4000u

/* The asynchronous form of IRemUnknown, which never leaves this file. */
static const IID IID_AsyncIRemUnknown = {0x9d3ad0e6, 0x5b0c, 0x4b7f,
        {0x8f, 0x1c, 0x4e, 0x52, 0x1d, 0x60, 0xa7, 0x31}};

struct AsyncIRemUnknown;

struct AsyncIRemUnknownVtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(struct AsyncIRemUnknown *, REFIID, void **);
    ULONG(STDMETHODCALLTYPE *AddRef)(struct AsyncIRemUnknown *);
    ULONG(STDMETHODCALLTYPE *Release)(struct AsyncIRemUnknown *);
    HRESULT(STDMETHODCALLTYPE *Begin_RemQueryInterface)
    (struct AsyncIRemUnknown *, const GUID *ipid, ULONG references, WORD count, IID *iids);
    HRESULT(STDMETHODCALLTYPE *Finish_RemQueryInterface)
    (struct AsyncIRemUnknown *, REMQIRESULT **answers);
};

struct AsyncIRemUnknown
{
    const struct AsyncIRemUnknownVtbl *vtbl;
};

enum query_method
{
    QUERY_NONE,
    QUERY_INTERFACE,
    QUERY_ADDREF,
    QUERY_RELEASE,
    QUERY_MULTIPLE,
};

struct query_call
{
    struct com_inner com;
    AsyncIUnknown AsyncIUnknown_iface;
    AsyncIMultiQI AsyncIMultiQI_iface;
    struct proxy_manager *manager;  /* with a reference on its identity */
    IUnknown *inner;                /* the call object of IRemUnknown, or an event */
    ISynchronize *synchronize;      /* of it; counts the outer object's references: none here */
    struct AsyncIRemUnknown *async; /* likewise; NULL: the object is of this process */
    volatile LONG method;           /* enum query_method: what is in progress */
    IID iid;                        /* QUERY_INTERFACE */
    IID *asked;                     /* malloc: what the server was asked for; NULL: nothing */
    WORD count;
    ULONG queries; /* QUERY_MULTIPLE */
};

COM_INNER_METHODS(query, struct query_call, AsyncIUnknown, AsyncIUnknown_iface)
COM_INNER_METHODS(query, struct query_call, AsyncIMultiQI, AsyncIMultiQI_iface)

/* ---- both halves ---- */

/* Asks for those of `iids` that have no proxy yet. S_OK: it is done, or under way when call->asked
 * is set. */
static HRESULT query_ask(struct query_call *call, const IID *iids, WORD count)
{
    IID *missing = malloc(max(count, 1) * (sizeof(*missing) + sizeof(HRESULT)));
    WORD wanted = 0, i;
    HRESULT hr = S_OK;
    IPID ipid;

    if (!missing)
        return E_OUTOFMEMORY;
    for (i = 0; i < count; ++i)
    {
        if (!proxy_manager_has(call->manager, &iids[i]))
            missing[wanted++] = iids[i];
    }
    if (wanted && !call->async)
        hr = proxy_manager_query(call->manager, missing, wanted, (HRESULT *)(missing + count));
    else if (wanted && !proxy_manager_any_ipid(call->manager, &ipid))
        hr = RPC_E_DISCONNECTED;
    else if (wanted)
        hr = call->async->vtbl->Begin_RemQueryInterface(call->async, &ipid, PACKET_REFERENCES,
                wanted, missing);
    if (FAILED(hr) || !wanted || !call->async)
    {
        free(missing);
        return hr;
    }
    call->asked = missing;
    call->count = wanted;
    return S_OK;
}

static HRESULT query_begin(struct query_call *call, enum query_method method, const IID *iids,
        WORD count)
{
    HRESULT hr;

    if (!apartment_is_current(call->manager->owner))
        return RPC_E_WRONG_THREAD;
    if (InterlockedCompareExchange(&call->method, method, QUERY_NONE) != QUERY_NONE)
        return RPC_S_CALLPENDING;
    ISynchronize_Reset(call->synchronize);
    hr = query_ask(call, iids, count);
    if (FAILED(hr))
        InterlockedExchange(&call->method, QUERY_NONE);
    else if (!call->asked)
        ISynchronize_Signal(call->synchronize);
    return hr;
}

/* The proxies of what was asked for. */
static HRESULT query_answers(struct query_call *call)
{
    REMQIRESULT *answers = NULL;
    struct std_objref *stds = calloc(call->count, sizeof(*stds) + sizeof(HRESULT));
    HRESULT hr = call->async->vtbl->Finish_RemQueryInterface(call->async, &answers), *results;

    if (!stds)
        return E_OUTOFMEMORY; /* what came is run down with this process */
    results = (HRESULT *)(stds + call->count);
    hr = remote_unknown_answers(hr, answers, call->count, results, stds);
    if (SUCCEEDED(hr))
        proxy_manager_take_answers(call->manager, call->asked, call->count, results, stds);
    free(stds);
    return hr;
}

static HRESULT query_finish(struct query_call *call, enum query_method method)
{
    LONG pending = call->method;
    HRESULT hr = S_OK;

    if (!apartment_is_current(call->manager->owner))
        return RPC_E_WRONG_THREAD;
    if (pending == QUERY_NONE)
        return RPC_E_CALL_COMPLETE;
    if (pending != (LONG)method)
        return RPC_E_INVALIDMETHOD;
    if (call->asked)
        hr = query_answers(call);
    free(call->asked);
    call->asked = NULL;
    ISynchronize_Reset(call->synchronize);
    InterlockedExchange(&call->method, QUERY_NONE);
    return hr;
}

/* ---- AsyncIUnknown ---- */

static HRESULT STDMETHODCALLTYPE query_Begin_QueryInterface(AsyncIUnknown *iface, REFIID iid)
{
    struct query_call *call = query_from_AsyncIUnknown(iface);
    HRESULT hr;
    IID copy;

    if (!iid)
        return E_INVALIDARG;
    copy = *iid;
    hr = query_begin(call, QUERY_INTERFACE, &copy, 1);
    if (SUCCEEDED(hr))
        call->iid = copy;
    return hr;
}

static HRESULT STDMETHODCALLTYPE query_Finish_QueryInterface(AsyncIUnknown *iface, void **out)
{
    struct query_call *call = query_from_AsyncIUnknown(iface);
    IID iid = call->iid;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    hr = query_finish(call, QUERY_INTERFACE);
    if (FAILED(hr))
        return hr;
    return proxy_manager_has(call->manager, &iid)
            ? IUnknown_QueryInterface(call->manager->outer, &iid, out)
            : E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE query_Begin_AddRef(AsyncIUnknown *iface)
{
    return query_begin(query_from_AsyncIUnknown(iface), QUERY_ADDREF, NULL, 0);
}

/* 0: no AddRef was begun. */
static ULONG STDMETHODCALLTYPE query_Finish_AddRef(AsyncIUnknown *iface)
{
    struct query_call *call = query_from_AsyncIUnknown(iface);

    return FAILED(query_finish(call, QUERY_ADDREF)) ? 0 : IUnknown_AddRef(call->manager->outer);
}

static HRESULT STDMETHODCALLTYPE query_Begin_Release(AsyncIUnknown *iface)
{
    return query_begin(query_from_AsyncIUnknown(iface), QUERY_RELEASE, NULL, 0);
}

static ULONG STDMETHODCALLTYPE query_Finish_Release(AsyncIUnknown *iface)
{
    struct query_call *call = query_from_AsyncIUnknown(iface);

    return FAILED(query_finish(call, QUERY_RELEASE)) ? 0 : IUnknown_Release(call->manager->outer);
}

/* ---- AsyncIMultiQI ---- */

static HRESULT STDMETHODCALLTYPE query_Begin_QueryMultipleInterfaces(AsyncIMultiQI *iface,
        ULONG count, MULTI_QI *queries)
{
    HRESULT hr;
    IID *iids;
    ULONG i;

    if (!queries || !count || count > QUERIES_MAX)
        return E_INVALIDARG;
    for (i = 0; i < count; ++i)
    {
        if (!queries[i].pIID)
            return E_INVALIDARG;
    }
    if (!(iids = malloc(count * sizeof(*iids))))
        return E_OUTOFMEMORY;
    for (i = 0; i < count; ++i)
        iids[i] = *queries[i].pIID;
    hr = query_begin(query_from_AsyncIMultiQI(iface), QUERY_MULTIPLE, iids, (WORD)count);
    free(iids);
    if (SUCCEEDED(hr))
        query_from_AsyncIMultiQI(iface)->queries = count;
    return hr;
}

/* `queries` are those of Begin_. S_OK: all, S_FALSE: some, E_NOINTERFACE: none. */
static HRESULT STDMETHODCALLTYPE query_Finish_QueryMultipleInterfaces(AsyncIMultiQI *iface,
        MULTI_QI *queries)
{
    struct query_call *call = query_from_AsyncIMultiQI(iface);
    ULONG i, count = call->queries, found = 0;
    HRESULT hr;

    if (!queries)
        return E_INVALIDARG;
    hr = query_finish(call, QUERY_MULTIPLE);
    if (FAILED(hr))
        return hr;
    for (i = 0; i < count; ++i)
    {
        queries[i].pItf = NULL;
        queries[i].hr = E_NOINTERFACE;
        if (proxy_manager_has(call->manager, queries[i].pIID))
            queries[i].hr = IUnknown_QueryInterface(call->manager->outer, queries[i].pIID,
                    (void **)&queries[i].pItf);
        found += SUCCEEDED(queries[i].hr);
    }
    return found == count ? S_OK : found ? S_FALSE : E_NOINTERFACE;
}

/* ---- the object ---- */

static HRESULT query_query(void *argument, REFIID iid, void **out)
{
    struct query_call *call = argument;

    return call->inner ? IUnknown_QueryInterface(call->inner, iid, out) : E_NOINTERFACE;
}

static void query_destroy(void *argument)
{
    struct query_call *call = argument;

    if (call->inner)
        IUnknown_Release(call->inner);
    IUnknown_Release(call->manager->outer);
    free(call->asked);
    free(call);
}

static const struct com_interface query_interfaces[] = {
        {&IID_AsyncIUnknown, offsetof(struct query_call, AsyncIUnknown_iface)},
        {&IID_AsyncIMultiQI, offsetof(struct query_call, AsyncIMultiQI_iface)},
};

static const struct com_inner_class query_class = {"call object of a query", query_interfaces,
        ARRAY_SIZE(query_interfaces), query_query, query_destroy};

/* An interface of the inner object, without a reference: it would be on ourselves. */
static HRESULT inner_interface(struct query_call *call, REFIID iid, void **out)
{
    HRESULT hr = IUnknown_QueryInterface(call->inner, iid, out);

    if (SUCCEEDED(hr))
        IUnknown_Release(call->com.outer);
    return hr;
}

/* The call object by which another process is asked. */
static HRESULT inner_remote(struct query_call *call)
{
    struct remote_unknown *remote = call->manager->remote;
    struct ndr_interface *ndr;
    HRESULT hr = ndr_interface_of_proxy((IUnknown *)remote->unknown, &IID_IRemUnknown, &ndr);

    if (SUCCEEDED(hr))
        hr = call_object_create(&remote->outer, remote->channel, ndr, &IID_AsyncIRemUnknown,
                call->com.outer, &IID_IUnknown, (void **)&call->inner);
    return SUCCEEDED(hr) ? inner_interface(call, &IID_AsyncIRemUnknown, (void **)&call->async) : hr;
}

static HRESULT inner_create(struct query_call *call)
{
    struct sync_event *event;
    HRESULT hr;

    if (call->manager->remote)
        hr = inner_remote(call);
    else if (SUCCEEDED(hr = sync_event_create(SYNC_EVENT_MANUAL, RPC_E_TIMEOUT, call->com.outer,
                               &event)))
        call->inner = sync_event_unknown(event);
    return SUCCEEDED(hr) ? inner_interface(call, &IID_ISynchronize, (void **)&call->synchronize)
                         : hr;
}

HRESULT query_call_create(struct proxy_manager *manager, IUnknown *outer, REFIID iid, void **out)
{
    static AsyncIUnknownVtbl unknown_vtbl = {query_AsyncIUnknown_QueryInterface,
            query_AsyncIUnknown_AddRef, query_AsyncIUnknown_Release, query_Begin_QueryInterface,
            query_Finish_QueryInterface, query_Begin_AddRef, query_Finish_AddRef,
            query_Begin_Release, query_Finish_Release};
    static AsyncIMultiQIVtbl multi_vtbl = {query_AsyncIMultiQI_QueryInterface,
            query_AsyncIMultiQI_AddRef, query_AsyncIMultiQI_Release,
            query_Begin_QueryMultipleInterfaces, query_Finish_QueryMultipleInterfaces};
    struct query_call *call = calloc(1, sizeof(*call));
    HRESULT hr;

    *out = NULL;
    if (!call)
        return E_OUTOFMEMORY;
    com_inner_init(&call->com, &query_class, outer);
    call->AsyncIUnknown_iface.lpVtbl = &unknown_vtbl;
    call->AsyncIMultiQI_iface.lpVtbl = &multi_vtbl;
    call->manager = manager;
    IUnknown_AddRef(manager->outer);
    if (SUCCEEDED(hr = inner_create(call)))
        return com_inner_hand_over(&call->com, iid, out);
    IUnknown_Release(&call->com.IUnknown_inner);
    return hr;
}
