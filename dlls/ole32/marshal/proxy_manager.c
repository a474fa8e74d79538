/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Proxy managers: what one holds of its object, and the object's identity in an apartment.
 */
#include "proxy_manager_impl.h"

#include <stdlib.h>

#include "call_factory.h"
#include "client_channel.h"
#include "handler_identity.h"
#include "proxy_interfaces.h"
#include "stub_manager.h"

const IID IID_ProxyManager = {0x5d8b4c0a, 0x7b1f, 0x4c52,
        {0x9e, 0x0d, 0x38, 0x1c, 0xa4, 0x6f, 0x2b, 0x71}};

/* --- what a manager holds of its object --- */

void proxy_manager_let_go(struct proxy_manager *manager, BOOL wait)
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

/*
 * Whether the last Release of a proxy returns only when the object has been let go: yes, it is a
 * call, waited for as every call. But who is inside an input-synchronous call, or another thread's
 * SendMessage, must not wait for an STA, which may be the one that waits for him. Nor can a thread
 * without an apartment.
 */
static BOOL release_waits(const struct proxy_manager *manager)
{
    struct apartment *here = apartment_current();

    if (!manager->stub || manager->stub->apartment->kind != APARTMENT_STA)
        return TRUE;
    return here && !client_channel_must_not_wait(here)
            && (InSendMessageEx(NULL) & (ISMEX_SEND | ISMEX_REPLIED)) != ISMEX_SEND;
}

static void manager_destroy(struct proxy_manager *manager)
{
    struct interface_proxy *proxy;

    manager->references = 1; /* proxies may count while they go */
    if (manager->security)
        IUnknown_Release(manager->security);
    proxy_manager_let_go(manager, release_waits(manager));
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
            &IID_IRpcOptions, &IID_IClientSecurity, &IID_IForegroundTransfer, &IID_ProxyManager};
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
    else if (IsEqualIID(iid, &IID_ICallFactory))
        *out = &manager->ICallFactory_iface;
    else if (IsEqualIID(iid, &IID_IForegroundTransfer))
        *out = &manager->IForegroundTransfer_iface;
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
    ULONG references = proxy_manager_release_inner(manager);

    if (!references)
        manager_destroy(manager);
    return references;
}

static const IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};

/* Objects exist that say to have every interface: what is answered must be one of ours. */
struct proxy_manager *proxy_manager_from_unknown(IUnknown *proxy)
{
    struct proxy_manager *manager;

    if (FAILED(IUnknown_QueryInterface(proxy, &IID_ProxyManager, (void **)&manager)) || !manager)
        return NULL;
    if (manager->inner.lpVtbl == &inner_vtbl)
        return manager;
    IUnknown_Release((IUnknown *)manager);
    return NULL;
}

BOOL proxy_manager_has(struct proxy_manager *manager, REFIID iid)
{
    return is_own_interface(iid) || proxy_manager_has_proxy(manager, iid);
}

/* --- making --- */

struct proxy_manager *proxy_manager_create(struct apartment *owner, IUnknown *outer)
{
    struct proxy_manager *manager = calloc(1, sizeof(*manager));

    if (!manager)
        return NULL;
    manager->inner.lpVtbl = &inner_vtbl;
    manager->IMultiQI_iface.lpVtbl = &proxy_multi_qi_vtbl;
    manager->IMarshal2_iface.lpVtbl = &proxy_marshal_vtbl;
    manager->IRpcOptions_iface.lpVtbl = &proxy_rpc_options_vtbl;
    manager->ICallFactory_iface.lpVtbl = &proxy_call_factory_vtbl;
    manager->IForegroundTransfer_iface.lpVtbl = (IForegroundTransferVtbl *)&proxy_foreground_vtbl;
    manager->outer = outer ? outer : &manager->inner;
    manager->references = 1;
    manager->counted = outer ? handler_identity_count(outer) : &manager->references;
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

    *out = here ? proxy_manager_create(here, outer) : NULL;
    if (!here)
        return CO_E_NOTINITIALIZED;
    return *out ? S_OK : E_OUTOFMEMORY;
}
