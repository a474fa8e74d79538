/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Generic composite monikers: two or more monikers from left to right. Page "Composite Monikers",
 * and the rows on generic composites of IMoniker's pages (objidl/nn-objidl-imoniker). In a stream:
 * how many they are, and each with its class ([MS-OSHARED] 2.3.7.3).
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "moniker_enumerator.h"
#include "moniker_base.h"

#define COUNT_MAX 0x10000 /* parts in a stream */
#define DEPTH_MAX 256     /* composites in composites in a stream */

struct composite_moniker
{
    struct moniker moniker;
    struct moniker_list parts;
};

static struct composite_moniker *composite_from(IMoniker *iface)
{
    return (struct composite_moniker *)moniker_from_IMoniker(iface);
}

ULONG composite_parts(struct moniker *moniker, IMoniker *const **parts)
{
    struct composite_moniker *composite = (struct composite_moniker *)moniker;

    *parts = composite->parts.monikers;
    return composite->parts.count;
}

static void composite_destroy(void *object)
{
    struct composite_moniker *composite = object;

    moniker_list_free(&composite->parts);
    free(composite);
}

HRESULT composite_from_parts(IMoniker *const *parts, ULONG count, IMoniker **out)
{
    struct composite_moniker *composite;
    HRESULT hr = S_OK;

    *out = NULL;
    if (!count)
        return S_OK;
    if (count == 1)
        return moniker_return(parts[0], S_OK, out);
    composite = moniker_alloc(&composite_moniker_kind, sizeof(*composite));
    if (!composite)
        return E_OUTOFMEMORY;
    for (ULONG i = 0; i < count && SUCCEEDED(hr); i++)
        hr = moniker_list_add(&composite->parts, parts[i]);
    if (SUCCEEDED(hr))
        *out = &composite->moniker.IMoniker_iface;
    else
        IMoniker_Release(&composite->moniker.IMoniker_iface);
    return hr;
}

/* The last part, and all to its left composed, `left` first. E_UNEXPECTED: an empty moniker. */
static HRESULT composite_split(struct composite_moniker *composite, IMoniker *left, IMoniker **rest,
        IMoniker **last)
{
    struct moniker_list list = {0};
    HRESULT hr = S_OK;

    *rest = *last = NULL;
    if (!composite->parts.count)
        return E_UNEXPECTED;
    if (left)
        hr = moniker_list_add(&list, left);
    for (ULONG i = 0; i + 1 < composite->parts.count && SUCCEEDED(hr); i++)
        hr = moniker_list_compose(&list, composite->parts.monikers[i]);
    if (SUCCEEDED(hr))
        hr = composite_from_parts(list.monikers, list.count, rest);
    moniker_list_free(&list);
    if (SUCCEEDED(hr))
        *last = composite->parts.monikers[composite->parts.count - 1];
    return hr;
}

/* ---- streams ---- */

/* A stream of monikers could hold composites of composites without end. */
static LONG loading_depth(LONG change)
{
    static __thread LONG depth;

    return depth += change;
}

static HRESULT parts_load(IStream *stream, struct moniker_list *list)
{
    DWORD count;
    HRESULT hr = moniker_read(stream, &count, sizeof(count));

    if (SUCCEEDED(hr) && (!count || count > COUNT_MAX))
        hr = STG_E_DOCFILECORRUPT;
    while (SUCCEEDED(hr) && count--)
    {
        IMoniker *part;

        hr = OleLoadFromStream(stream, &IID_IMoniker, (void **)&part);
        if (FAILED(hr))
            break;
        hr = moniker_list_add(list, part);
        IMoniker_Release(part);
    }
    return hr;
}

static HRESULT composite_fill(struct composite_moniker *composite, struct moniker_list *list)
{
    moniker_list_free(&composite->parts);
    composite->parts = *list;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE composite_Load(IMoniker *iface, IStream *stream)
{
    struct moniker_list list = {0};
    HRESULT hr = STG_E_DOCFILECORRUPT;

    if (!stream)
        return E_INVALIDARG;
    if (loading_depth(1) <= DEPTH_MAX)
        hr = parts_load(stream, &list);
    loading_depth(-1);
    if (SUCCEEDED(hr))
        return composite_fill(composite_from(iface), &list);
    moniker_list_free(&list);
    return hr;
}

static HRESULT STDMETHODCALLTYPE composite_Save(IMoniker *iface, IStream *stream, BOOL clear_dirty)
{
    struct composite_moniker *composite = composite_from(iface);
    HRESULT hr;

    (void)clear_dirty;
    if (!stream)
        return E_INVALIDARG;
    if (!composite->parts.count)
        return E_UNEXPECTED;
    hr = moniker_write(stream, &composite->parts.count, sizeof(DWORD));
    for (ULONG i = 0; i < composite->parts.count && SUCCEEDED(hr); i++)
        hr = OleSaveToStream((IPersistStream *)composite->parts.monikers[i], stream);
    return hr;
}

static HRESULT STDMETHODCALLTYPE composite_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size)
{
    struct composite_moniker *composite = composite_from(iface);

    if (!size)
        return E_INVALIDARG;
    size->QuadPart = sizeof(CLSID) + sizeof(DWORD);
    for (ULONG i = 0; i < composite->parts.count; i++)
    {
        ULARGE_INTEGER of_part = {.QuadPart = 0};
        HRESULT hr = IMoniker_GetSizeMax(composite->parts.monikers[i], &of_part);

        if (FAILED(hr))
            return hr;
        size->QuadPart += sizeof(CLSID) + of_part.QuadPart;
    }
    return S_OK;
}

/* Between apartments: the composite of all parts but the last, and the last. */
static HRESULT composite_halves(struct moniker *moniker, IMoniker **first, IMoniker **last)
{
    struct composite_moniker *composite = (struct composite_moniker *)moniker;
    ULONG count = composite->parts.count;

    *first = *last = NULL;
    if (count < 2)
        return E_UNEXPECTED;
    *last = composite->parts.monikers[count - 1];
    return composite_from_parts(composite->parts.monikers, count - 1, first);
}

static HRESULT composite_marshal_size(struct moniker *moniker, DWORD context, DWORD flags,
        ULONG *size)
{
    ULONG of_first = 0, of_last = 0;
    IMoniker *first, *last;
    HRESULT hr = composite_halves(moniker, &first, &last);

    if (FAILED(hr))
        return hr;
    hr = CoGetMarshalSizeMax(&of_first, &IID_IMoniker, (IUnknown *)first, context, NULL, flags);
    if (SUCCEEDED(hr))
        hr = CoGetMarshalSizeMax(&of_last, &IID_IMoniker, (IUnknown *)last, context, NULL, flags);
    *size = of_first + of_last;
    IMoniker_Release(first);
    return hr;
}

static HRESULT composite_marshal(struct moniker *moniker, IStream *stream, DWORD context,
        DWORD flags)
{
    IMoniker *first, *last;
    HRESULT hr = composite_halves(moniker, &first, &last);

    if (FAILED(hr))
        return hr;
    hr = CoMarshalInterface(stream, &IID_IMoniker, (IUnknown *)first, context, NULL, flags);
    if (SUCCEEDED(hr))
        hr = CoMarshalInterface(stream, &IID_IMoniker, (IUnknown *)last, context, NULL, flags);
    IMoniker_Release(first);
    return hr;
}

static HRESULT half_unmarshal(IStream *stream, struct moniker_list *list)
{
    IMoniker *half;
    HRESULT hr = CoUnmarshalInterface(stream, &IID_IMoniker, (void **)&half);

    if (FAILED(hr))
        return hr;
    hr = moniker_list_add(list, half);
    IMoniker_Release(half);
    return hr;
}

static HRESULT composite_unmarshal(struct moniker *moniker, IStream *stream)
{
    struct moniker_list list = {0};
    HRESULT hr = RPC_E_INVALID_OBJREF;

    if (loading_depth(1) <= DEPTH_MAX)
        hr = half_unmarshal(stream, &list);
    if (SUCCEEDED(hr))
        hr = half_unmarshal(stream, &list);
    loading_depth(-1);
    if (SUCCEEDED(hr))
        return composite_fill((struct composite_moniker *)moniker, &list);
    moniker_list_free(&list);
    return hr;
}

static HRESULT composite_release_marshal_data(IStream *stream)
{
    HRESULT hr = RPC_E_INVALID_OBJREF;

    if (loading_depth(1) <= DEPTH_MAX)
        hr = CoReleaseMarshalData(stream);
    if (SUCCEEDED(hr))
        hr = CoReleaseMarshalData(stream);
    loading_depth(-1);
    return hr;
}

/* ---- binding: the last part, with the others to its left ---- */

static HRESULT STDMETHODCALLTYPE composite_BindToObject(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    IMoniker *rest, *last;
    HRESULT hr = S_FALSE;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || !iid)
        return E_INVALIDARG;
    if (!left)
        hr = moniker_running_object(iface, context, iid, out);
    if (hr != S_FALSE)
        return hr;
    hr = composite_split(composite_from(iface), left, &rest, &last);
    if (FAILED(hr))
        return hr;
    hr = IMoniker_BindToObject(last, context, rest, iid, out);
    if (rest)
        IMoniker_Release(rest);
    return hr;
}

static HRESULT STDMETHODCALLTYPE composite_BindToStorage(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    IMoniker *rest, *last;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || !iid)
        return E_INVALIDARG;
    hr = composite_split(composite_from(iface), left, &rest, &last);
    if (FAILED(hr))
        return hr;
    hr = IMoniker_BindToStorage(last, context, rest, iid, out);
    if (rest)
        IMoniker_Release(rest);
    return hr;
}

static HRESULT STDMETHODCALLTYPE composite_ParseDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR name, ULONG *eaten, IMoniker **out)
{
    IMoniker *rest, *last;
    HRESULT hr;

    if (!out || !eaten)
        return E_INVALIDARG;
    *out = NULL;
    *eaten = 0;
    if (!context)
        return E_INVALIDARG;
    hr = composite_split(composite_from(iface), left, &rest, &last);
    if (FAILED(hr))
        return hr;
    hr = IMoniker_ParseDisplayName(last, context, rest, name, eaten, out);
    if (rest)
        IMoniker_Release(rest);
    return hr;
}

/* The whole name, `left` first. */
static HRESULT composite_whole(IMoniker *iface, IMoniker *left, IMoniker **whole)
{
    HRESULT hr = moniker_compose(left, iface, whole);

    return SUCCEEDED(hr) && !*whole ? E_UNEXPECTED : hr;
}

static HRESULT STDMETHODCALLTYPE composite_IsRunning(IMoniker *iface, IBindCtx *context,
        IMoniker *left, IMoniker *newly_running)
{
    IMoniker *rest, *last, *whole;
    HRESULT hr;

    if (!context)
        return E_INVALIDARG;
    if (left)
    {
        hr = composite_whole(iface, left, &whole);
        if (FAILED(hr))
            return hr;
        hr = IMoniker_IsRunning(whole, context, NULL, newly_running);
        IMoniker_Release(whole);
        return hr;
    }
    if (newly_running)
        return IMoniker_IsEqual(iface, newly_running) == S_OK ? S_OK : S_FALSE;
    if (moniker_runs(iface, context) == S_OK)
        return S_OK;
    hr = composite_split(composite_from(iface), NULL, &rest, &last);
    if (FAILED(hr))
        return hr;
    hr = IMoniker_IsRunning(last, context, rest, NULL);
    if (rest)
        IMoniker_Release(rest);
    return hr;
}

static HRESULT STDMETHODCALLTYPE composite_GetTimeOfLastChange(IMoniker *iface, IBindCtx *context,
        IMoniker *left, FILETIME *time)
{
    IMoniker *rest, *last, *whole;
    HRESULT hr;

    if (!context || !time)
        return E_INVALIDARG;
    hr = composite_whole(iface, left, &whole);
    if (FAILED(hr))
        return hr;
    hr = moniker_running_time(whole, context, time);
    IMoniker_Release(whole);
    if (hr == S_OK)
        return hr;
    hr = composite_split(composite_from(iface), left, &rest, &last);
    if (FAILED(hr))
        return hr;
    hr = IMoniker_GetTimeOfLastChange(last, context, rest, time);
    if (rest)
        IMoniker_Release(rest);
    return hr;
}

/* ---- names ---- */

/* Each part, from the right, with what is to its left; itself when none can be reduced. */
static HRESULT STDMETHODCALLTYPE composite_Reduce(IMoniker *iface, IBindCtx *context, DWORD how_far,
        IMoniker **left, IMoniker **out)
{
    struct composite_moniker *composite = composite_from(iface);
    struct moniker_list list = {0};
    BOOL reduced = FALSE;
    HRESULT hr = S_OK;

    (void)left;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context)
        return E_INVALIDARG;
    for (ULONG i = 0; i < composite->parts.count && SUCCEEDED(hr); i++)
    {
        IMoniker *so_far = NULL, *part = NULL;

        hr = composite_from_parts(list.monikers, list.count, &so_far);
        if (FAILED(hr))
            break;
        hr = IMoniker_Reduce(composite->parts.monikers[i], context, how_far,
                so_far ? &so_far : NULL, &part);
        reduced |= hr == S_OK;
        if (SUCCEEDED(hr) && part)
            hr = moniker_list_compose(&list, part);
        if (part)
            IMoniker_Release(part);
        if (so_far)
            IMoniker_Release(so_far);
    }
    if (SUCCEEDED(hr) && reduced)
        hr = composite_from_parts(list.monikers, list.count, out);
    else if (SUCCEEDED(hr))
        hr = moniker_return(iface, MK_S_REDUCED_TO_SELF, out);
    moniker_list_free(&list);
    return hr;
}

static HRESULT STDMETHODCALLTYPE composite_ComposeWith(IMoniker *iface, IMoniker *right,
        BOOL only_if_not_generic, IMoniker **out)
{
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return only_if_not_generic ? MK_E_NEEDGENERIC : CreateGenericComposite(iface, right, out);
}

static HRESULT STDMETHODCALLTYPE composite_Enum(IMoniker *iface, BOOL forward, IEnumMoniker **out)
{
    struct composite_moniker *composite = composite_from(iface);

    if (!out)
        return E_INVALIDARG;
    return moniker_enumerator_create(composite->parts.monikers, composite->parts.count, forward,
            out);
}

static HRESULT STDMETHODCALLTYPE composite_IsEqual(IMoniker *iface, IMoniker *other)
{
    struct composite_moniker *composite = composite_from(iface), *another;

    if (!other)
        return E_INVALIDARG;
    another = (struct composite_moniker *)moniker_of_kind(other, &composite_moniker_kind);
    if (!another || another->parts.count != composite->parts.count)
        return S_FALSE;
    for (ULONG i = 0; i < composite->parts.count; i++)
        if (IMoniker_IsEqual(composite->parts.monikers[i], another->parts.monikers[i]) != S_OK)
            return S_FALSE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE composite_Hash(IMoniker *iface, DWORD *hash)
{
    struct composite_moniker *composite = composite_from(iface);
    DWORD all = 0;

    if (!hash)
        return E_INVALIDARG;
    if (!composite->parts.count)
        return E_UNEXPECTED;
    for (ULONG i = 0; i < composite->parts.count; i++)
    {
        DWORD of_part = 0;
        HRESULT hr = IMoniker_Hash(composite->parts.monikers[i], &of_part);

        if (FAILED(hr))
            return hr;
        all ^= of_part;
    }
    *hash = all;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE composite_Inverse(IMoniker *iface, IMoniker **out)
{
    struct composite_moniker *composite = composite_from(iface);
    struct moniker_list list = {0};
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    hr = moniker_list_compose_inverses(&list, &composite->parts, 0);
    if (SUCCEEDED(hr))
        hr = composite_from_parts(list.monikers, list.count, out);
    moniker_list_free(&list);
    return hr;
}

static HRESULT STDMETHODCALLTYPE composite_CommonPrefixWith(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return other ? MonikerCommonPrefixWith(iface, other, out) : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE composite_GetDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR *name)
{
    struct composite_moniker *composite = composite_from(iface);
    HRESULT hr = S_OK;

    (void)left;
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    if (!context)
        return E_INVALIDARG;
    for (ULONG i = 0; i < composite->parts.count; i++)
    {
        WCHAR *of_part = NULL, *so_far = *name;

        hr = IMoniker_GetDisplayName(composite->parts.monikers[i], context, NULL, &of_part);
        if (SUCCEEDED(hr))
            hr = moniker_text_out(so_far ? so_far : L"", of_part, name);
        CoTaskMemFree(of_part);
        if (FAILED(hr))
        {
            CoTaskMemFree(so_far);
            *name = NULL;
            return hr;
        }
        CoTaskMemFree(so_far);
    }
    return *name ? S_OK : E_INVALIDARG;
}

/* The class, and the data of each part. */
static HRESULT composite_comparison_data(struct moniker *moniker, ULONG room, BYTE *data,
        ULONG *size)
{
    struct composite_moniker *composite = (struct composite_moniker *)moniker;

    *size = 0;
    if (room < sizeof(CLSID))
        return E_OUTOFMEMORY;
    memcpy(data, &moniker->kind->clsid, sizeof(CLSID));
    *size = sizeof(CLSID);
    for (ULONG i = 0; i < composite->parts.count; i++)
    {
        ULONG of_part = 0;
        IROTData *part;
        HRESULT hr = IMoniker_QueryInterface(composite->parts.monikers[i], &IID_IROTData,
                (void **)&part);

        if (FAILED(hr))
        {
            *size = 0;
            return E_NOTIMPL;
        }
        hr = IROTData_GetComparisonData(part, data + *size, room - *size, &of_part);
        IROTData_Release(part);
        if (FAILED(hr))
            return hr;
        if (of_part > room - *size)
            return E_UNEXPECTED;
        *size += of_part;
    }
    return S_OK;
}

static const IMonikerVtbl composite_vtbl = {
        moniker_QueryInterface,
        moniker_AddRef,
        moniker_Release,
        moniker_GetClassID,
        moniker_IsDirty,
        composite_Load,
        composite_Save,
        composite_GetSizeMax,
        composite_BindToObject,
        composite_BindToStorage,
        composite_Reduce,
        composite_ComposeWith,
        composite_Enum,
        composite_IsEqual,
        composite_Hash,
        composite_IsRunning,
        composite_GetTimeOfLastChange,
        composite_Inverse,
        composite_CommonPrefixWith,
        moniker_RelativePathTo,
        composite_GetDisplayName,
        composite_ParseDisplayName,
        moniker_IsSystemMoniker,
};

static const struct com_interface composite_interfaces[] = {
        MONIKER_INTERFACES(composite_moniker_kind), MONIKER_ROT_DATA};
static const struct com_class composite_class = {"composite moniker", composite_interfaces,
        ARRAY_SIZE(composite_interfaces), composite_destroy};

const struct moniker_kind composite_moniker_kind = {
        .class = &composite_class,
        .vtbl = &composite_vtbl,
        .clsid = MONIKER_CLSID(0x309),
        .system = MKSYS_GENERICCOMPOSITE,
        .comparison_data = composite_comparison_data,
        .marshal_size = composite_marshal_size,
        .marshal = composite_marshal,
        .unmarshal = composite_unmarshal,
        .release_marshal_data = composite_release_marshal_data,
};

HRESULT composite_moniker_create(IUnknown *outer, REFIID iid, void **out)
{
    struct moniker *moniker =
            moniker_alloc(&composite_moniker_kind, sizeof(struct composite_moniker));

    return moniker_hand_out(moniker, outer, iid, out);
}

/*
 * CreateGenericComposite: one moniker of two, either of which may be NULL or a composite, with all
 * simplifications; NULL if nothing is left. MK_E_SYNTAX, E_OUTOFMEMORY, E_INVALIDARG.
 * objbase/nf-objbase-creategenericcomposite
 */
HRESULT WINAPI CreateGenericComposite(IMoniker *first, IMoniker *rest, IMoniker **out)
{
    struct moniker_list list = {0};
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!first || !rest)
        return first || rest ? moniker_return(first ? first : rest, S_OK, out) : S_OK;
    hr = moniker_list_add(&list, first);
    if (SUCCEEDED(hr))
        hr = moniker_list_compose(&list, rest);
    if (SUCCEEDED(hr))
        hr = composite_from_parts(list.monikers, list.count, out);
    moniker_list_free(&list);
    return hr;
}
