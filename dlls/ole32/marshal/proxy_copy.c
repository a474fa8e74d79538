/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CoCopyProxy's result: one more proxy of an interface, with a channel of its own, so that it can
 * have a blanket of its own. It counts its references itself; for everything else it is part of the
 * object's identity. Page "CoCopyProxy function (combaseapi.h)".
 */
#include "proxy_manager.h"

#include <stdlib.h>

#include "proxy_interfaces.h"

const IID IID_ProxyCopy = {0x5d8b4c0b, 0x7b1f, 0x4c52,
        {0x9e, 0x0d, 0x38, 0x1c, 0xa4, 0x6f, 0x2b, 0x71}};

struct proxy_copy
{
    IUnknown outer; /* of the copied proxy */
    volatile LONG references;
    struct proxy_manager *manager; /* with a reference on its identity */
    struct interface_proxy *proxy;
};

static struct proxy_copy *copy_from_outer(IUnknown *iface)
{
    return (struct proxy_copy *)((char *)iface - offsetof(struct proxy_copy, outer));
}

static HRESULT STDMETHODCALLTYPE copy_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct proxy_copy *copy = copy_from_outer(iface);

    if (!out)
        return E_POINTER;
    if (copy->proxy && IsEqualIID(iid, &copy->proxy->iid))
    {
        *out = copy->proxy->iface;
        IUnknown_AddRef(iface);
        return S_OK;
    }
    if (IsEqualIID(iid, &IID_ProxyCopy))
    {
        *out = iface;
        IUnknown_AddRef(iface);
        return S_OK;
    }
    return IUnknown_QueryInterface(copy->manager->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE copy_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&copy_from_outer(iface)->references);
}

static ULONG STDMETHODCALLTYPE copy_Release(IUnknown *iface)
{
    struct proxy_copy *copy = copy_from_outer(iface);
    LONG references = InterlockedDecrement(&copy->references);

    if (!references)
    {
        copy->references = 1;
        if (copy->proxy)
            interface_proxy_free(copy->proxy);
        IUnknown_Release(copy->manager->outer);
        free(copy);
    }
    return references;
}

static const IUnknownVtbl copy_vtbl = {copy_QueryInterface, copy_AddRef, copy_Release};

struct interface_proxy *proxy_copy_find(IUnknown *copy)
{
    IUnknown *outer;

    if (FAILED(IUnknown_QueryInterface(copy, &IID_ProxyCopy, (void **)&outer)) || !outer)
        return NULL;
    if (outer->lpVtbl == &copy_vtbl)
        return copy_from_outer(outer)->proxy;
    IUnknown_Release(outer);
    return NULL;
}

HRESULT proxy_copy(IUnknown *proxy, IUnknown **out)
{
    struct proxy_manager *manager = proxy_manager_from_unknown(proxy);
    struct interface_proxy *original;
    struct proxy_copy *copy;
    IID iid;
    IPID ipid;
    HRESULT hr;

    *out = NULL;
    if (!manager)
        return E_INVALIDARG;
    AcquireSRWLockShared(&manager->lock);
    for (original = manager->interfaces; original && original->iface != proxy;
            original = original->next)
        ;
    if (original)
    {
        iid = original->iid;
        ipid = original->ipid;
    }
    ReleaseSRWLockShared(&manager->lock);
    if (!original && (original = proxy_copy_find(proxy)))
    {
        iid = original->iid;
        ipid = original->ipid;
        IUnknown_Release(proxy);
    }
    copy = original ? calloc(1, sizeof(*copy)) : NULL;
    if (!copy || IsEqualIID(&iid, &IID_IUnknown))
    {
        /* IUnknown is the identity, of which there is one. */
        hr = original && !copy ? E_OUTOFMEMORY : E_INVALIDARG;
        free(copy);
        IUnknown_Release(manager->outer);
        return hr;
    }
    copy->outer.lpVtbl = &copy_vtbl;
    copy->references = 1;
    copy->manager = manager;
    hr = interface_proxy_create(manager, &copy->outer, &iid, &ipid, &copy->proxy);
    if (FAILED(hr))
    {
        copy_Release(&copy->outer);
        return hr;
    }
    *out = copy->proxy->iface;
    return S_OK;
}
