/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects of the monikers of the system: what all kinds do alike, IROTData, IMarshal. */
#include "moniker_base.h"

#include <stdlib.h>
#include <string.h>

COM_OBJECT_METHODS(moniker, struct moniker, IROTData, IROTData_iface)
COM_OBJECT_METHODS(moniker, struct moniker, IMarshal, IMarshal_iface)

/* objidl/nf-objidl-irotdata-getcomparisondata. E_OUTOFMEMORY: the buffer is too small. */
static HRESULT STDMETHODCALLTYPE moniker_GetComparisonData(IROTData *iface, BYTE *data, ULONG room,
        ULONG *size)
{
    struct moniker *moniker = moniker_from_IROTData(iface);

    if (!data || !size)
        return E_INVALIDARG;
    *size = 0;
    return moniker->kind->comparison_data(moniker, room, data, size);
}

static const IROTDataVtbl rot_data_vtbl = {
        moniker_IROTData_QueryInterface,
        moniker_IROTData_AddRef,
        moniker_IROTData_Release,
        moniker_GetComparisonData,
};

/* ---- IMarshal: monikers are copied ---- */

static HRESULT STDMETHODCALLTYPE moniker_GetUnmarshalClass(IMarshal *iface, REFIID iid,
        void *object, DWORD context, void *reserved, DWORD flags, CLSID *clsid)
{
    (void)iid;
    (void)object;
    (void)context;
    (void)reserved;
    (void)flags;
    return moniker_GetClassID(&moniker_from_IMarshal(iface)->IMoniker_iface, clsid);
}

static HRESULT STDMETHODCALLTYPE moniker_GetMarshalSizeMax(IMarshal *iface, REFIID iid,
        void *object, DWORD context, void *reserved, DWORD flags, DWORD *size)
{
    struct moniker *moniker = moniker_from_IMarshal(iface);
    ULARGE_INTEGER most;
    HRESULT hr;

    (void)iid;
    (void)object;
    (void)reserved;
    if (!size)
        return E_INVALIDARG;
    *size = 0;
    if (moniker->kind->marshal_size)
        return moniker->kind->marshal_size(moniker, context, flags, size);
    hr = IMoniker_GetSizeMax(&moniker->IMoniker_iface, &most);
    if (SUCCEEDED(hr))
        *size = most.u.HighPart ? MAXDWORD : most.u.LowPart;
    return hr;
}

static HRESULT STDMETHODCALLTYPE moniker_MarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void *object, DWORD context, void *reserved, DWORD flags)
{
    struct moniker *moniker = moniker_from_IMarshal(iface);

    (void)iid;
    (void)object;
    (void)reserved;
    if (!stream)
        return E_INVALIDARG;
    if (moniker->kind->marshal)
        return moniker->kind->marshal(moniker, stream, context, flags);
    return IMoniker_Save(&moniker->IMoniker_iface, stream, FALSE);
}

static HRESULT STDMETHODCALLTYPE moniker_UnmarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void **out)
{
    struct moniker *moniker = moniker_from_IMarshal(iface);
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!stream)
        return E_INVALIDARG;
    if (moniker->kind->unmarshal)
        hr = moniker->kind->unmarshal(moniker, stream);
    else
        hr = IMoniker_Load(&moniker->IMoniker_iface, stream);
    return FAILED(hr) ? hr : IMoniker_QueryInterface(&moniker->IMoniker_iface, iid, out);
}

/* A copy needs no release, but it has to be skipped. */
static HRESULT STDMETHODCALLTYPE moniker_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    struct moniker *moniker = moniker_from_IMarshal(iface);

    if (!stream)
        return E_INVALIDARG;
    if (moniker->kind->release_marshal_data)
        return moniker->kind->release_marshal_data(stream);
    return IMoniker_Load(&moniker->IMoniker_iface, stream);
}

static HRESULT STDMETHODCALLTYPE moniker_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    (void)iface;
    (void)reserved;
    return S_OK;
}

static const IMarshalVtbl marshal_vtbl = {
        moniker_IMarshal_QueryInterface,
        moniker_IMarshal_AddRef,
        moniker_IMarshal_Release,
        moniker_GetUnmarshalClass,
        moniker_GetMarshalSizeMax,
        moniker_MarshalInterface,
        moniker_UnmarshalInterface,
        moniker_ReleaseMarshalData,
        moniker_DisconnectObject,
};

/* ---- objects ---- */

void *moniker_alloc(const struct moniker_kind *kind, size_t size)
{
    struct moniker *moniker = calloc(1, size);

    if (!moniker)
        return NULL;
    com_object_init(&moniker->object, kind->class);
    moniker->IMoniker_iface.lpVtbl = (IMonikerVtbl *)kind->vtbl;
    moniker->IROTData_iface.lpVtbl = (IROTDataVtbl *)&rot_data_vtbl;
    moniker->IMarshal_iface.lpVtbl = (IMarshalVtbl *)&marshal_vtbl;
    moniker->kind = kind;
    return moniker;
}

struct moniker *moniker_of_kind(IMoniker *iface, const struct moniker_kind *kind)
{
    return iface && iface->lpVtbl == kind->vtbl ? moniker_from_IMoniker(iface) : NULL;
}

BOOL moniker_is_reduced(IMoniker *moniker)
{
    static const struct moniker_kind *const simple[] = {&anti_moniker_kind, &class_moniker_kind,
            &elevation_moniker_kind, &file_moniker_kind, &item_moniker_kind, &objref_moniker_kind,
            &pointer_moniker_kind};
    struct moniker *composite = moniker_of_kind(moniker, &composite_moniker_kind);
    IMoniker *const *parts = &moniker;
    ULONG count = composite ? composite_parts(composite, &parts) : 1;
    BOOL reduced = TRUE;

    for (ULONG i = 0; i < count && reduced; i++)
    {
        reduced = FALSE;
        for (size_t kind = 0; kind < ARRAY_SIZE(simple) && !reduced; kind++)
            reduced = moniker_of_kind(parts[i], simple[kind]) != NULL;
    }
    return reduced;
}

HRESULT moniker_hand_out(struct moniker *moniker, IUnknown *outer, REFIID iid, void **out)
{
    HRESULT hr;

    if (!moniker)
        return E_OUTOFMEMORY;
    hr = outer ? CLASS_E_NOAGGREGATION
               : IMoniker_QueryInterface(&moniker->IMoniker_iface, iid, out);
    IMoniker_Release(&moniker->IMoniker_iface);
    return hr;
}

HRESULT moniker_return(IMoniker *moniker, HRESULT hr, IMoniker **out)
{
    *out = moniker;
    IMoniker_AddRef(moniker);
    return hr;
}

DWORD moniker_system(IMoniker *moniker)
{
    DWORD system = MKSYS_NONE;

    return IMoniker_IsSystemMoniker(moniker, &system) == S_OK ? system : MKSYS_NONE;
}

/* ---- methods ---- */

HRESULT STDMETHODCALLTYPE moniker_QueryInterface(IMoniker *iface, REFIID iid, void **out)
{
    if (!out)
        return E_INVALIDARG;
    return com_object_query_interface(&moniker_from_IMoniker(iface)->object, iid, out);
}

ULONG STDMETHODCALLTYPE moniker_AddRef(IMoniker *iface)
{
    return com_object_addref(&moniker_from_IMoniker(iface)->object);
}

ULONG STDMETHODCALLTYPE moniker_Release(IMoniker *iface)
{
    return com_object_release(&moniker_from_IMoniker(iface)->object);
}

HRESULT STDMETHODCALLTYPE moniker_GetClassID(IMoniker *iface, CLSID *clsid)
{
    if (!clsid)
        return E_INVALIDARG;
    *clsid = moniker_from_IMoniker(iface)->kind->clsid;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE moniker_IsDirty(IMoniker *iface)
{
    (void)iface;
    return S_FALSE;
}

HRESULT STDMETHODCALLTYPE moniker_Reduce(IMoniker *iface, IBindCtx *context, DWORD how_far,
        IMoniker **left, IMoniker **out)
{
    (void)context;
    (void)how_far;
    (void)left;
    if (!out)
        return E_INVALIDARG;
    return moniker_return(iface, MK_S_REDUCED_TO_SELF, out);
}

HRESULT STDMETHODCALLTYPE moniker_ComposeWith(IMoniker *iface, IMoniker *right,
        BOOL only_if_not_generic, IMoniker **out)
{
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!right)
        return E_INVALIDARG;
    if (moniker_system(right) == MKSYS_ANTIMONIKER)
        return anti_moniker_used(right, out);
    if (only_if_not_generic)
        return MK_E_NEEDGENERIC;
    return CreateGenericComposite(iface, right, out);
}

HRESULT STDMETHODCALLTYPE moniker_Enum(IMoniker *iface, BOOL forward, IEnumMoniker **out)
{
    (void)iface;
    (void)forward;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE moniker_Inverse(IMoniker *iface, IMoniker **out)
{
    (void)iface;
    return out ? CreateAntiMoniker(out) : E_INVALIDARG;
}

HRESULT STDMETHODCALLTYPE moniker_CommonPrefixWith(IMoniker *iface, IMoniker *other, IMoniker **out)
{
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!other)
        return E_INVALIDARG;
    if (IMoniker_IsEqual(iface, other) == S_OK)
        return moniker_return(iface, MK_S_US, out);
    return MonikerCommonPrefixWith(iface, other, out);
}

HRESULT STDMETHODCALLTYPE moniker_RelativePathTo(IMoniker *iface, IMoniker *other, IMoniker **out)
{
    return MonikerRelativePathTo(iface, other, out, TRUE);
}

HRESULT STDMETHODCALLTYPE moniker_IsSystemMoniker(IMoniker *iface, DWORD *system)
{
    if (!system)
        return E_INVALIDARG;
    *system = moniker_from_IMoniker(iface)->kind->system;
    return S_OK;
}

/* ---- methods that some kinds have not ---- */

HRESULT STDMETHODCALLTYPE moniker_no_Load(IMoniker *iface, IStream *stream)
{
    (void)iface;
    (void)stream;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE moniker_no_Save(IMoniker *iface, IStream *stream, BOOL clear_dirty)
{
    (void)iface;
    (void)stream;
    (void)clear_dirty;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE moniker_no_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size)
{
    (void)iface;
    if (!size)
        return E_INVALIDARG;
    size->QuadPart = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE moniker_no_IsRunning(IMoniker *iface, IBindCtx *context, IMoniker *left,
        IMoniker *newly_running)
{
    (void)iface;
    (void)context;
    (void)left;
    (void)newly_running;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE moniker_no_GetTimeOfLastChange(IMoniker *iface, IBindCtx *context,
        IMoniker *left, FILETIME *time)
{
    (void)iface;
    (void)context;
    (void)left;
    return time ? MK_E_UNAVAILABLE : E_INVALIDARG;
}
