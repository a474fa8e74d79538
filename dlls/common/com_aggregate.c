/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "com_aggregate.h"

#include "trace.h"

static struct com_inner *inner_from_unknown(IUnknown *iface)
{
    return COM_IMPL_FROM(iface, struct com_inner, IUnknown_inner);
}

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct com_inner *inner = inner_from_unknown(iface);
    const struct com_inner_class *class = inner->class;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
    {
        *out = iface;
        IUnknown_AddRef(iface);
        return S_OK;
    }
    for (unsigned int i = 0; i < class->interface_count; i++)
    {
        if (IsEqualIID(iid, class->interfaces[i].iid))
        {
            *out = (char *)inner + class->interfaces[i].offset;
            IUnknown_AddRef(inner->outer);
            return S_OK;
        }
    }
    return class->query ? class->query(inner, iid, out) : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&inner_from_unknown(iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct com_inner *inner = inner_from_unknown(iface);
    ULONG references = InterlockedDecrement(&inner->references);

    if (!references)
    {
        trace("%s %p: destroyed", inner->class->name, (void *)inner);
        inner->references = 1; /* for parts that count while they go */
        inner->class->destroy(inner);
        com_object_count_add(-1);
    }
    return references;
}

static const IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};

void com_inner_init(struct com_inner *inner, const struct com_inner_class *class, IUnknown *outer)
{
    inner->IUnknown_inner.lpVtbl = (IUnknownVtbl *)&inner_vtbl;
    inner->outer = outer ? outer : &inner->IUnknown_inner;
    inner->class = class;
    inner->references = 1;
    com_object_count_add(1);
}

HRESULT com_inner_hand_over(struct com_inner *inner, REFIID iid, void **out)
{
    IUnknown *unknown = &inner->IUnknown_inner;
    HRESULT hr = CLASS_E_NOAGGREGATION;

    *out = NULL;
    if (!com_inner_is_aggregated(inner) || IsEqualIID(iid, &IID_IUnknown))
        hr = IUnknown_QueryInterface(unknown, iid, out);
    IUnknown_Release(unknown);
    return hr;
}
