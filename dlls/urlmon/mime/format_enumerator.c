/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Enumerators of formats, and the one of a bind context. Pages "CreateFormatEnumerator"
 * (urlmon/nf-urlmon-createformatenumerator), "RegisterFormatEnumerator function",
 * "RevokeFormatEnumerator function", "Media-Type Negotiation", and IEnumFORMATETC
 * (objidl/nn-objidl-ienumformatetc).
 */
#include <urlmon.h>

#include "com_object.h"

static WCHAR formats_key[] = L"_EnumFORMATETC_";

/* The formats, which an enumerator shares with its clones. */
struct format_list
{
    LONG references;
    ULONG count;
    FORMATETC formats[];
};

struct format_enumerator
{
    struct com_object object;
    IEnumFORMATETC IEnumFORMATETC_iface;
    struct format_list *list;
    SRWLOCK lock; /* guards position */
    ULONG position;
};

COM_OBJECT_METHODS(formats, struct format_enumerator, IEnumFORMATETC, IEnumFORMATETC_iface)

/* Copies a format with its device, which is the receiver's to free (CoTaskMemFree). */
static HRESULT format_copy(const FORMATETC *from, FORMATETC *to)
{
    DWORD size;

    *to = *from;
    if (!from->ptd)
        return S_OK;
    size = from->ptd->tdSize;
    to->ptd = size >= sizeof(size) ? CoTaskMemAlloc(size) : NULL;
    if (!to->ptd)
        return size >= sizeof(size) ? E_OUTOFMEMORY : E_INVALIDARG;
    memcpy(to->ptd, from->ptd, size);
    return S_OK;
}

static void format_list_release(struct format_list *list)
{
    if (InterlockedDecrement(&list->references))
        return;
    for (ULONG i = 0; i < list->count; i++)
        CoTaskMemFree(list->formats[i].ptd);
    free(list);
}

static HRESULT format_list_create(const FORMATETC *formats, ULONG count, struct format_list **out)
{
    struct format_list *list = NULL;
    HRESULT hr = S_OK;

    *out = NULL;
    if (count <= (ULONG)-1 / sizeof(*formats) / 2)
        list = malloc(sizeof(*list) + count * sizeof(*formats));
    if (!list)
        return E_OUTOFMEMORY;
    list->references = 1;
    list->count = 0;
    while (SUCCEEDED(hr) && list->count < count)
    {
        hr = format_copy(&formats[list->count], &list->formats[list->count]);
        if (SUCCEEDED(hr))
            list->count++;
    }
    if (FAILED(hr))
        format_list_release(list);
    else
        *out = list;
    return hr;
}

static HRESULT STDMETHODCALLTYPE formats_Next(IEnumFORMATETC *iface, ULONG wanted, FORMATETC *out,
        ULONG *fetched)
{
    struct format_enumerator *formats = formats_from_IEnumFORMATETC(iface);
    ULONG done = 0;
    HRESULT hr = S_OK;

    if (fetched)
        *fetched = 0;
    if (!out || (!fetched && wanted != 1))
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&formats->lock);
    while (done < wanted && formats->position + done < formats->list->count)
    {
        hr = format_copy(&formats->list->formats[formats->position + done], &out[done]);
        if (FAILED(hr))
            break;
        done++;
    }
    if (SUCCEEDED(hr))
        formats->position += done;
    ReleaseSRWLockExclusive(&formats->lock);
    if (FAILED(hr))
    {
        while (done)
            CoTaskMemFree(out[--done].ptd);
        return hr;
    }
    if (fetched)
        *fetched = done;
    return done == wanted ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE formats_Skip(IEnumFORMATETC *iface, ULONG count)
{
    struct format_enumerator *formats = formats_from_IEnumFORMATETC(iface);
    ULONG left;

    AcquireSRWLockExclusive(&formats->lock);
    left = formats->list->count - formats->position;
    formats->position += min(count, left);
    ReleaseSRWLockExclusive(&formats->lock);
    return count <= left ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE formats_Reset(IEnumFORMATETC *iface)
{
    struct format_enumerator *formats = formats_from_IEnumFORMATETC(iface);

    AcquireSRWLockExclusive(&formats->lock);
    formats->position = 0;
    ReleaseSRWLockExclusive(&formats->lock);
    return S_OK;
}

static HRESULT formats_create(struct format_list *list, ULONG position, IEnumFORMATETC **out);

static HRESULT STDMETHODCALLTYPE formats_Clone(IEnumFORMATETC *iface, IEnumFORMATETC **out)
{
    struct format_enumerator *formats = formats_from_IEnumFORMATETC(iface);
    ULONG position;

    if (!out)
        return E_INVALIDARG;
    AcquireSRWLockShared(&formats->lock);
    position = formats->position;
    ReleaseSRWLockShared(&formats->lock);
    InterlockedIncrement(&formats->list->references);
    return formats_create(formats->list, position, out);
}

static const IEnumFORMATETCVtbl formats_vtbl = {
        formats_IEnumFORMATETC_QueryInterface,
        formats_IEnumFORMATETC_AddRef,
        formats_IEnumFORMATETC_Release,
        formats_Next,
        formats_Skip,
        formats_Reset,
        formats_Clone,
};

static void formats_destroy(void *object)
{
    struct format_enumerator *formats = object;

    format_list_release(formats->list);
    free(formats);
}

static const struct com_interface formats_interfaces[] = {
        {&IID_IUnknown, offsetof(struct format_enumerator, IEnumFORMATETC_iface)},
        {&IID_IEnumFORMATETC, offsetof(struct format_enumerator, IEnumFORMATETC_iface)},
};

static const struct com_class formats_class = {"format enumerator", formats_interfaces,
        ARRAY_SIZE(formats_interfaces), formats_destroy};

/* Takes over the reference to the list, also when it fails. */
static HRESULT formats_create(struct format_list *list, ULONG position, IEnumFORMATETC **out)
{
    struct format_enumerator *formats = calloc(1, sizeof(*formats));

    *out = NULL;
    if (!formats)
    {
        format_list_release(list);
        return E_OUTOFMEMORY;
    }
    com_object_init(&formats->object, &formats_class);
    formats->IEnumFORMATETC_iface.lpVtbl = (IEnumFORMATETCVtbl *)&formats_vtbl;
    InitializeSRWLock(&formats->lock);
    formats->list = list;
    formats->position = position;
    *out = &formats->IEnumFORMATETC_iface;
    return S_OK;
}

/* CreateFormatEnumerator: over a copy of the formats, which are at least one. E_INVALIDARG,
 * E_OUTOFMEMORY. */
HRESULT WINAPI CreateFormatEnumerator(UINT count, FORMATETC *formats, IEnumFORMATETC **out)
{
    struct format_list *list;
    HRESULT hr;

    if (out)
        *out = NULL;
    if (!count || !formats || !out)
        return E_INVALIDARG;
    hr = format_list_create(formats, count, &list);
    if (FAILED(hr))
        return hr;
    return formats_create(list, 0, out);
}

/* RegisterFormatEnumerator: the formats which the client of a bind context accepts, in the place of
 * those registered before. E_INVALIDARG, E_OUTOFMEMORY. */
HRESULT WINAPI RegisterFormatEnumerator(IBindCtx *context, IEnumFORMATETC *formats, DWORD reserved)
{
    (void)reserved;
    if (!context || !formats)
        return E_INVALIDARG;
    return IBindCtx_RegisterObjectParam(context, formats_key, (IUnknown *)formats);
}

/* RevokeFormatEnumerator: takes the formats out of the bind context. E_INVALIDARG, or what
 * IBindCtx::RevokeObjectParam says (E_FAIL: there were none). */
HRESULT WINAPI RevokeFormatEnumerator(IBindCtx *context, IEnumFORMATETC *formats)
{
    if (!context || !formats)
        return E_INVALIDARG;
    return IBindCtx_RevokeObjectParam(context, formats_key);
}
