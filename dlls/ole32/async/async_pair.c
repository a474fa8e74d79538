/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async_pair.h"

#include <objbase.h>
#include <objidl.h>

#include "activation_context.h"
#include "class_registry.h"
#include "guid_text.h"

EXTERN_C const IID IID_AsyncIPipeByte, IID_AsyncIPipeLong, IID_AsyncIPipeDouble; /* guids.c */

static const struct pair
{
    const IID *synchronous;
    const IID *asynchronous;
} known_pairs[] = {
        {&IID_IUnknown, &IID_AsyncIUnknown},
        {&IID_IAdviseSink, &IID_AsyncIAdviseSink},
        {&IID_IAdviseSink2, &IID_AsyncIAdviseSink2},
        {&IID_IMultiQI, &IID_AsyncIMultiQI},
        {&IID_IPipeByte, &IID_AsyncIPipeByte},
        {&IID_IPipeLong, &IID_AsyncIPipeLong},
        {&IID_IPipeDouble, &IID_AsyncIPipeDouble},
};

/* HKEY_CLASSES_ROOT\Interface\{iid}\<name> */
static HRESULT registry_partner(REFIID iid, const WCHAR *name, IID *partner)
{
    WCHAR path[10 + GUID_TEXT_LENGTH + 1 + 22 + 1] = L"Interface\\", text[GUID_TEXT_LENGTH + 2];

    guid_to_text(iid, path + 10);
    lstrcatW(path, name);
    if (classes_read_default(path, text, ARRAYSIZE(text)) || !guid_from_text(text, partner))
        return E_NOINTERFACE;
    return S_OK;
}

static const struct pair *known_pair(REFIID synchronous)
{
    size_t i;

    for (i = 0; i < ARRAYSIZE(known_pairs); ++i)
    {
        if (IsEqualIID(known_pairs[i].synchronous, synchronous))
            return &known_pairs[i];
    }
    return NULL;
}

HRESULT context_async_iid_of(REFIID synchronous, IID *asynchronous)
{
    if (known_pair(synchronous))
        return E_NOINTERFACE;
    return activation_context_async_iid(synchronous, asynchronous);
}

HRESULT async_iid_of(REFIID synchronous, IID *asynchronous)
{
    const struct pair *known = known_pair(synchronous);

    if (known)
    {
        *asynchronous = *known->asynchronous;
        return S_OK;
    }
    if (SUCCEEDED(activation_context_async_iid(synchronous, asynchronous)))
        return S_OK;
    return registry_partner(synchronous, L"\\AsynchronousInterface", asynchronous);
}

HRESULT synchronous_iid_of(REFIID asynchronous, IID *synchronous)
{
    size_t i;

    for (i = 0; i < ARRAYSIZE(known_pairs); ++i)
    {
        if (IsEqualIID(known_pairs[i].asynchronous, asynchronous))
        {
            *synchronous = *known_pairs[i].synchronous;
            return S_OK;
        }
    }
    if (SUCCEEDED(activation_context_synchronous_iid(asynchronous, synchronous)))
        return S_OK;
    return registry_partner(asynchronous, L"\\SynchronousInterface", synchronous);
}
