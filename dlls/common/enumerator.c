/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "enumerator.h"

#include <stdlib.h>

void enumerator_source_init(struct enumerator_source *source, ULONG count,
        HRESULT (*get)(struct enumerator_source *source, ULONG index, void **out),
        void (*destroy)(struct enumerator_source *source))
{
    *source = (struct enumerator_source){.references = 1,
            .count = count,
            .get = get,
            .destroy = destroy};
}

static void source_release(struct enumerator_source *source)
{
    if (!InterlockedDecrement(&source->references))
        source->destroy(source);
}

HRESULT enumerator_create(struct enumerator_source *source, const struct com_class *class,
        const void *vtbl, void **out)
{
    struct enumerator *enumerator = calloc(1, sizeof(*enumerator));

    *out = NULL;
    if (!enumerator)
    {
        source_release(source);
        return E_OUTOFMEMORY;
    }
    com_object_init(&enumerator->object, class);
    enumerator->iface.lpVtbl = vtbl;
    enumerator->source = source;
    InitializeSRWLock(&enumerator->lock);
    *out = &enumerator->iface;
    return S_OK;
}

void enumerator_destroy(void *object)
{
    struct enumerator *enumerator = object;

    source_release(enumerator->source);
    free(enumerator);
}

static void element_release(void *element)
{
    IUnknown_Release((IUnknown *)element);
}

/* Pointers that were given out are taken back. */
static void elements_discard(struct enumerator_source *source, void **elements, ULONG count)
{
    if (source->value_size)
        return;
    while (count--)
        (source->discard ? source->discard : element_release)(elements[count]);
    elements[0] = NULL;
}

HRESULT enumerator_next(struct enumerator *enumerator, ULONG celt, void **elements, ULONG *fetched)
{
    struct enumerator_source *source = enumerator->source;
    size_t size = source->value_size ? source->value_size : sizeof(*elements);
    HRESULT hr = S_OK;
    ULONG count, i;

    if (fetched)
        *fetched = 0;
    if ((!elements && celt) || (!fetched && celt > 1))
        return E_INVALIDARG;

    AcquireSRWLockExclusive(&enumerator->lock);
    count = min(celt, source->count - enumerator->position);
    for (i = 0; i < count; i++)
    {
        hr = source->get(source, enumerator->position + i, (void **)((BYTE *)elements + i * size));
        if (FAILED(hr))
            break;
    }
    if (SUCCEEDED(hr))
        enumerator->position += count;
    ReleaseSRWLockExclusive(&enumerator->lock);

    if (FAILED(hr))
    {
        elements_discard(source, elements, i);
        return hr;
    }
    if (count < celt && !source->value_size)
        elements[count] = NULL;
    if (fetched)
        *fetched = count;
    return count == celt ? S_OK : S_FALSE;
}

HRESULT enumerator_skip(struct enumerator *enumerator, ULONG celt)
{
    ULONG count;

    AcquireSRWLockExclusive(&enumerator->lock);
    count = min(celt, enumerator->source->count - enumerator->position);
    enumerator->position += count;
    ReleaseSRWLockExclusive(&enumerator->lock);
    return count == celt ? S_OK : S_FALSE;
}

HRESULT enumerator_reset(struct enumerator *enumerator)
{
    AcquireSRWLockExclusive(&enumerator->lock);
    enumerator->position = 0;
    ReleaseSRWLockExclusive(&enumerator->lock);
    return S_OK;
}

HRESULT enumerator_clone(struct enumerator *enumerator, void **out)
{
    struct enumerator *clone;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    InterlockedIncrement(&enumerator->source->references);
    if (FAILED(hr = enumerator_create(enumerator->source, enumerator->object.class,
                       enumerator->iface.lpVtbl, out)))
        return hr;
    clone = COM_IMPL_FROM(*out, struct enumerator, iface);
    AcquireSRWLockShared(&enumerator->lock);
    clone->position = enumerator->position;
    ReleaseSRWLockShared(&enumerator->lock);
    return S_OK;
}

HRESULT enumerator_get_count(struct enumerator *enumerator, ULONG *count)
{
    if (!count)
        return E_INVALIDARG;
    *count = enumerator->source->count;
    return S_OK;
}
