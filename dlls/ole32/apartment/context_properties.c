/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of an object context, and IEnumContextProps over a snapshot of them. */
#include "context_properties.h"

#include <stdlib.h>

#include "com_object.h"

HRESULT context_properties_set(struct context_properties *properties, REFGUID id, CPFLAGS flags,
        IUnknown *object)
{
    ContextProperty *items;
    HRESULT hr = S_OK;
    ULONG i;

    if (!id || flags || !object)
        return E_INVALIDARG;
    IUnknown_AddRef(object);
    AcquireSRWLockExclusive(&properties->lock);
    for (i = 0; i < properties->count && !IsEqualGUID(&properties->items[i].policyId, id); i++)
        ;
    if (i < properties->count)
    {
        hr = E_FAIL; /* there is one of this name */
    }
    else if ((items = realloc(properties->items, (properties->count + 1) * sizeof(*items))))
    {
        properties->items = items;
        items += properties->count++;
        items->policyId = *id;
        items->flags = flags;
        items->pUnk = object;
    }
    else
    {
        hr = E_OUTOFMEMORY;
    }
    ReleaseSRWLockExclusive(&properties->lock);
    if (FAILED(hr))
        IUnknown_Release(object);
    return hr;
}

HRESULT context_properties_remove(struct context_properties *properties, REFGUID id)
{
    IUnknown *object = NULL;
    ULONG i;

    if (!id)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&properties->lock);
    for (i = 0; i < properties->count; i++)
    {
        if (!IsEqualGUID(&properties->items[i].policyId, id))
            continue;
        object = properties->items[i].pUnk;
        properties->count--;
        memmove(&properties->items[i], &properties->items[i + 1],
                (properties->count - i) * sizeof(*properties->items));
        break;
    }
    ReleaseSRWLockExclusive(&properties->lock);
    if (!object)
        return E_FAIL;
    IUnknown_Release(object);
    return S_OK;
}

HRESULT context_properties_get(struct context_properties *properties, REFGUID id, CPFLAGS *flags,
        IUnknown **object)
{
    HRESULT hr = E_FAIL;
    ULONG i;

    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    if (!id || !flags)
        return E_INVALIDARG;
    *flags = 0;
    AcquireSRWLockShared(&properties->lock);
    for (i = 0; i < properties->count; i++)
    {
        if (!IsEqualGUID(&properties->items[i].policyId, id))
            continue;
        *flags = properties->items[i].flags;
        *object = properties->items[i].pUnk;
        IUnknown_AddRef(*object);
        hr = S_OK;
        break;
    }
    ReleaseSRWLockShared(&properties->lock);
    return hr;
}

void context_properties_free(struct context_properties *properties)
{
    ULONG i;

    for (i = 0; i < properties->count; i++)
        IUnknown_Release(properties->items[i].pUnk);
    free(properties->items);
    properties->items = NULL;
    properties->count = 0;
}

/* --- IEnumContextProps --- */

struct property_enum
{
    struct com_object object;
    IEnumContextProps IEnumContextProps_iface;
    ULONG position;
    ULONG count;
    ContextProperty items[]; /* each object with a reference */
};

COM_OBJECT_METHODS(property_enum, struct property_enum, IEnumContextProps, IEnumContextProps_iface)

static HRESULT property_enum_create(const ContextProperty *items, ULONG count, ULONG position,
        IEnumContextProps **out);

static HRESULT STDMETHODCALLTYPE property_enum_Next(IEnumContextProps *iface, ULONG count,
        ContextProperty *items, ULONG *fetched)
{
    struct property_enum *list = property_enum_from_IEnumContextProps(iface);
    ULONG i;

    if (fetched)
        *fetched = 0;
    if (!items || (!fetched && count != 1))
        return E_INVALIDARG;
    for (i = 0; i < count && list->position < list->count; i++)
    {
        items[i] = list->items[list->position++];
        IUnknown_AddRef(items[i].pUnk);
    }
    if (fetched)
        *fetched = i;
    return i == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE property_enum_Skip(IEnumContextProps *iface, ULONG count)
{
    struct property_enum *list = property_enum_from_IEnumContextProps(iface);
    ULONG left = list->count - list->position;

    list->position += min(count, left);
    return count <= left ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE property_enum_Reset(IEnumContextProps *iface)
{
    property_enum_from_IEnumContextProps(iface)->position = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE property_enum_Clone(IEnumContextProps *iface,
        IEnumContextProps **out)
{
    struct property_enum *list = property_enum_from_IEnumContextProps(iface);

    if (!out)
        return E_INVALIDARG;
    return property_enum_create(list->items, list->count, list->position, out);
}

static HRESULT STDMETHODCALLTYPE property_enum_Count(IEnumContextProps *iface, ULONG *count)
{
    if (!count)
        return E_INVALIDARG;
    *count = property_enum_from_IEnumContextProps(iface)->count;
    return S_OK;
}

static void property_enum_destroy(void *object)
{
    struct property_enum *list = object;
    ULONG i;

    for (i = 0; i < list->count; i++)
        IUnknown_Release(list->items[i].pUnk);
    free(list);
}

static IEnumContextPropsVtbl property_enum_vtbl = {
        property_enum_IEnumContextProps_QueryInterface,
        property_enum_IEnumContextProps_AddRef,
        property_enum_IEnumContextProps_Release,
        property_enum_Next,
        property_enum_Skip,
        property_enum_Reset,
        property_enum_Clone,
        property_enum_Count,
};

static const struct com_interface property_enum_interfaces[] = {
        {&IID_IUnknown, offsetof(struct property_enum, IEnumContextProps_iface)},
        {&IID_IEnumContextProps, offsetof(struct property_enum, IEnumContextProps_iface)},
};

static const struct com_class property_enum_class = {
        "context property enumerator",
        property_enum_interfaces,
        ARRAY_SIZE(property_enum_interfaces),
        property_enum_destroy,
};

static HRESULT property_enum_create(const ContextProperty *items, ULONG count, ULONG position,
        IEnumContextProps **out)
{
    struct property_enum *list;
    ULONG i;

    *out = NULL;
    if (!(list = malloc(sizeof(*list) + count * sizeof(*items))))
        return E_OUTOFMEMORY;
    com_object_init(&list->object, &property_enum_class);
    list->IEnumContextProps_iface.lpVtbl = &property_enum_vtbl;
    list->position = position;
    list->count = count;
    for (i = 0; i < count; i++)
    {
        list->items[i] = items[i];
        IUnknown_AddRef(items[i].pUnk);
    }
    *out = &list->IEnumContextProps_iface;
    return S_OK;
}

HRESULT context_properties_enum(struct context_properties *properties, IEnumContextProps **out)
{
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    AcquireSRWLockShared(&properties->lock);
    hr = property_enum_create(properties->items, properties->count, 0, out);
    ReleaseSRWLockShared(&properties->lock);
    return hr;
}
