/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Anti-monikers: composed to the right of others they take them away, as ".." does with folders.
 * Page "Anti-Monikers", and the rows on anti-monikers of IMoniker's pages (objidl/nn-objidl-
 * imoniker). In a stream: how many monikers it takes away, a DWORD ([MS-OSHARED] 2.3.7.4).
 */
#include <stdlib.h>
#include <string.h>

#include "moniker_base.h"

#define COUNT_MAX 0xfffff

struct anti_moniker
{
    struct moniker moniker;
    DWORD count; /* how many it takes away */
};

static struct anti_moniker *anti_from(IMoniker *iface)
{
    return (struct anti_moniker *)moniker_from_IMoniker(iface);
}

static struct anti_moniker *anti_new(DWORD count)
{
    struct anti_moniker *anti = moniker_alloc(&anti_moniker_kind, sizeof(*anti));

    if (anti)
        anti->count = count;
    return anti;
}

static HRESULT anti_hand_out(DWORD count, IMoniker **out)
{
    struct anti_moniker *anti = anti_new(count);

    *out = anti ? &anti->moniker.IMoniker_iface : NULL;
    return anti ? S_OK : E_OUTOFMEMORY;
}

HRESULT anti_moniker_used(IMoniker *anti, IMoniker **out)
{
    struct moniker *moniker = moniker_of_kind(anti, &anti_moniker_kind);
    DWORD count = moniker ? ((struct anti_moniker *)moniker)->count : 1;

    *out = NULL;
    return count > 1 ? anti_hand_out(count - 1, out) : S_OK;
}

static HRESULT STDMETHODCALLTYPE anti_Load(IMoniker *iface, IStream *stream)
{
    DWORD count;
    HRESULT hr;

    if (!stream)
        return E_INVALIDARG;
    hr = moniker_read(stream, &count, sizeof(count));
    if (FAILED(hr))
        return hr;
    if (count > COUNT_MAX)
        return E_INVALIDARG;
    anti_from(iface)->count = count;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE anti_Save(IMoniker *iface, IStream *stream, BOOL clear_dirty)
{
    (void)clear_dirty;
    if (!stream)
        return E_INVALIDARG;
    return moniker_write(stream, &anti_from(iface)->count, sizeof(DWORD));
}

/* With the class, as OleSaveToStream writes it. */
static HRESULT STDMETHODCALLTYPE anti_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size)
{
    (void)iface;
    if (!size)
        return E_INVALIDARG;
    size->QuadPart = sizeof(CLSID) + sizeof(DWORD);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE anti_Bind(IMoniker *iface, IBindCtx *context, IMoniker *left,
        REFIID iid, void **out)
{
    (void)iface;
    (void)context;
    (void)left;
    (void)iid;
    if (out)
        *out = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE anti_ComposeWith(IMoniker *iface, IMoniker *right,
        BOOL only_if_not_generic, IMoniker **out)
{
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!right)
        return E_INVALIDARG;
    return only_if_not_generic ? MK_E_NEEDGENERIC : CreateGenericComposite(iface, right, out);
}

static HRESULT STDMETHODCALLTYPE anti_IsEqual(IMoniker *iface, IMoniker *other)
{
    struct moniker *moniker = moniker_of_kind(other, &anti_moniker_kind);

    if (!other)
        return E_INVALIDARG;
    return moniker && ((struct anti_moniker *)moniker)->count == anti_from(iface)->count ? S_OK
                                                                                         : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE anti_Hash(IMoniker *iface, DWORD *hash)
{
    if (!hash)
        return E_INVALIDARG;
    *hash = 0x80000000 | anti_from(iface)->count;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE anti_IsRunning(IMoniker *iface, IBindCtx *context, IMoniker *left,
        IMoniker *newly_running)
{
    (void)left;
    (void)newly_running;
    return moniker_runs(iface, context);
}

static HRESULT STDMETHODCALLTYPE anti_GetTimeOfLastChange(IMoniker *iface, IBindCtx *context,
        IMoniker *left, FILETIME *time)
{
    (void)iface;
    (void)context;
    (void)left;
    (void)time;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE anti_Inverse(IMoniker *iface, IMoniker **out)
{
    (void)iface;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return MK_E_NOINVERSE;
}

/* Of two anti-monikers the one that takes less away. */
static HRESULT STDMETHODCALLTYPE anti_CommonPrefixWith(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    struct moniker *moniker = moniker_of_kind(other, &anti_moniker_kind);
    DWORD mine = anti_from(iface)->count, its;

    if (!out)
        return E_INVALIDARG;
    if (!moniker)
        return moniker_CommonPrefixWith(iface, other, out);
    its = ((struct anti_moniker *)moniker)->count;
    if (its < mine)
        return moniker_return(other, MK_S_HIM, out);
    return moniker_return(iface, its == mine ? MK_S_US : MK_S_ME, out);
}

static HRESULT STDMETHODCALLTYPE anti_RelativePathTo(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    (void)iface;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return other ? moniker_return(other, MK_S_HIM, out) : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE anti_GetDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR *name)
{
    DWORD count = anti_from(iface)->count;

    (void)context;
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    if (left)
        return E_NOTIMPL;
    *name = CoTaskMemAlloc(((size_t)count * 3 + 1) * sizeof(WCHAR));
    if (!*name)
        return E_OUTOFMEMORY;
    for (DWORD i = 0; i < count; i++)
        memcpy(*name + i * 3, L"\\..", 3 * sizeof(WCHAR));
    (*name)[count * 3] = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE anti_ParseDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR name, ULONG *eaten, IMoniker **out)
{
    (void)iface;
    (void)context;
    (void)left;
    (void)name;
    (void)eaten;
    if (out)
        *out = NULL;
    return E_NOTIMPL;
}

static HRESULT anti_comparison_data(struct moniker *moniker, ULONG room, BYTE *data, ULONG *size)
{
    DWORD count = ((struct anti_moniker *)moniker)->count;

    *size = sizeof(CLSID) + sizeof(count);
    if (*size > room)
        return E_OUTOFMEMORY;
    memcpy(data, &moniker->kind->clsid, sizeof(CLSID));
    memcpy(data + sizeof(CLSID), &count, sizeof(count));
    return S_OK;
}

static const IMonikerVtbl anti_vtbl = {
        moniker_QueryInterface,
        moniker_AddRef,
        moniker_Release,
        moniker_GetClassID,
        moniker_IsDirty,
        anti_Load,
        anti_Save,
        anti_GetSizeMax,
        anti_Bind,
        anti_Bind,
        moniker_Reduce,
        anti_ComposeWith,
        moniker_Enum,
        anti_IsEqual,
        anti_Hash,
        anti_IsRunning,
        anti_GetTimeOfLastChange,
        anti_Inverse,
        anti_CommonPrefixWith,
        anti_RelativePathTo,
        anti_GetDisplayName,
        anti_ParseDisplayName,
        moniker_IsSystemMoniker,
};

static const struct com_interface anti_interfaces[] = {MONIKER_INTERFACES(anti_moniker_kind),
        MONIKER_ROT_DATA};
static const struct com_class anti_class = {"anti-moniker", anti_interfaces,
        ARRAY_SIZE(anti_interfaces), free};

const struct moniker_kind anti_moniker_kind = {
        .class = &anti_class,
        .vtbl = &anti_vtbl,
        .clsid = MONIKER_CLSID(0x305),
        .system = MKSYS_ANTIMONIKER,
        .comparison_data = anti_comparison_data,
};

HRESULT anti_moniker_create(IUnknown *outer, REFIID iid, void **out)
{
    return moniker_hand_out((struct moniker *)anti_new(1), outer, iid, out);
}

/*
 * CreateAntiMoniker: what takes one moniker to its left away. E_OUTOFMEMORY, E_INVALIDARG.
 * objbase/nf-objbase-createantimoniker
 */
HRESULT WINAPI CreateAntiMoniker(IMoniker **out)
{
    return out ? anti_hand_out(1, out) : E_INVALIDARG;
}
