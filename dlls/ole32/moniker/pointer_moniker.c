/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pointer monikers: an object in memory as if it had a name. Page "Pointer Monikers", and the rows
 * on pointer monikers of IMoniker's pages (objidl/nn-objidl-imoniker). They cannot be written to a
 * stream; between apartments the pointer is marshalled.
 */
#include <stdlib.h>

#include "moniker_base.h"

struct pointer_moniker
{
    struct moniker moniker;
    IUnknown *object; /* NULL for a moniker of nothing */
};

static struct pointer_moniker *pointer_from(IMoniker *iface)
{
    return (struct pointer_moniker *)moniker_from_IMoniker(iface);
}

static void pointer_destroy(void *object)
{
    struct pointer_moniker *pointer = object;

    if (pointer->object)
        IUnknown_Release(pointer->object);
    free(pointer);
}

static HRESULT STDMETHODCALLTYPE pointer_Bind(IMoniker *iface, IBindCtx *context, IMoniker *left,
        REFIID iid, void **out)
{
    struct pointer_moniker *pointer = pointer_from(iface);

    (void)context;
    (void)left;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return pointer->object ? IUnknown_QueryInterface(pointer->object, iid, out) : E_UNEXPECTED;
}

static HRESULT STDMETHODCALLTYPE pointer_Enum(IMoniker *iface, BOOL forward, IEnumMoniker **out)
{
    (void)iface;
    (void)forward;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return E_NOTIMPL;
}

/* The same object, as COM compares objects. */
static BOOL objects_equal(IUnknown *one, IUnknown *other)
{
    IUnknown *identity, *other_identity;
    BOOL equal;

    if (!one || !other || one == other)
        return one == other;
    if (FAILED(IUnknown_QueryInterface(one, &IID_IUnknown, (void **)&identity)))
        return FALSE;
    if (FAILED(IUnknown_QueryInterface(other, &IID_IUnknown, (void **)&other_identity)))
        other_identity = NULL;
    equal = identity == other_identity;
    IUnknown_Release(identity);
    if (other_identity)
        IUnknown_Release(other_identity);
    return equal;
}

static HRESULT STDMETHODCALLTYPE pointer_IsEqual(IMoniker *iface, IMoniker *other)
{
    struct moniker *moniker = moniker_of_kind(other, &pointer_moniker_kind);

    if (!other)
        return E_INVALIDARG;
    return moniker
                    && objects_equal(pointer_from(iface)->object,
                            ((struct pointer_moniker *)moniker)->object)
            ? S_OK
            : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE pointer_Hash(IMoniker *iface, DWORD *hash)
{
    if (!hash)
        return E_INVALIDARG;
    *hash = (DWORD)(ULONG_PTR)pointer_from(iface)->object;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE pointer_IsRunning(IMoniker *iface, IBindCtx *context,
        IMoniker *left, IMoniker *newly_running)
{
    (void)iface;
    (void)context;
    (void)left;
    (void)newly_running;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE pointer_GetTimeOfLastChange(IMoniker *iface, IBindCtx *context,
        IMoniker *left, FILETIME *time)
{
    (void)iface;
    (void)context;
    (void)left;
    return time ? E_NOTIMPL : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE pointer_CommonPrefixWith(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!other)
        return E_INVALIDARG;
    if (pointer_IsEqual(iface, other) == S_OK)
        return moniker_return(iface, MK_S_US, out);
    return MK_E_NOPREFIX;
}

static HRESULT STDMETHODCALLTYPE pointer_RelativePathTo(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    (void)iface;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return other ? E_NOTIMPL : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE pointer_GetDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR *name)
{
    (void)iface;
    (void)left;
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    return context ? E_NOTIMPL : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE pointer_ParseDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR name, ULONG *eaten, IMoniker **out)
{
    struct pointer_moniker *pointer = pointer_from(iface);

    (void)left;
    if (!out || !eaten)
        return E_INVALIDARG;
    *out = NULL;
    *eaten = 0;
    if (!pointer->object)
        return E_UNEXPECTED;
    return moniker_object_parse(pointer->object, context, name, eaten, out);
}

static HRESULT pointer_marshal_size(struct moniker *moniker, DWORD context, DWORD flags,
        ULONG *size)
{
    return CoGetMarshalSizeMax(size, &IID_IUnknown, ((struct pointer_moniker *)moniker)->object,
            context, NULL, flags);
}

static HRESULT pointer_marshal(struct moniker *moniker, IStream *stream, DWORD context, DWORD flags)
{
    return CoMarshalInterface(stream, &IID_IUnknown, ((struct pointer_moniker *)moniker)->object,
            context, NULL, flags);
}

static HRESULT pointer_unmarshal(struct moniker *moniker, IStream *stream)
{
    struct pointer_moniker *pointer = (struct pointer_moniker *)moniker;

    if (pointer->object)
        return E_UNEXPECTED;
    return CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&pointer->object);
}

static HRESULT pointer_release_marshal_data(IStream *stream)
{
    return CoReleaseMarshalData(stream);
}

static const IMonikerVtbl pointer_vtbl = {
        moniker_QueryInterface,
        moniker_AddRef,
        moniker_Release,
        moniker_GetClassID,
        moniker_IsDirty,
        moniker_no_Load,
        moniker_no_Save,
        moniker_no_GetSizeMax,
        pointer_Bind,
        pointer_Bind,
        moniker_Reduce,
        moniker_ComposeWith,
        pointer_Enum,
        pointer_IsEqual,
        pointer_Hash,
        pointer_IsRunning,
        pointer_GetTimeOfLastChange,
        moniker_Inverse,
        pointer_CommonPrefixWith,
        pointer_RelativePathTo,
        pointer_GetDisplayName,
        pointer_ParseDisplayName,
        moniker_IsSystemMoniker,
};

static const struct com_interface pointer_interfaces[] = {MONIKER_INTERFACES(pointer_moniker_kind)};
static const struct com_class pointer_class = {"pointer moniker", pointer_interfaces,
        ARRAY_SIZE(pointer_interfaces), pointer_destroy};

const struct moniker_kind pointer_moniker_kind = {
        .class = &pointer_class,
        .vtbl = &pointer_vtbl,
        .clsid = MONIKER_CLSID(0x306),
        .system = MKSYS_POINTERMONIKER,
        .marshal_size = pointer_marshal_size,
        .marshal = pointer_marshal,
        .unmarshal = pointer_unmarshal,
        .release_marshal_data = pointer_release_marshal_data,
};

HRESULT pointer_moniker_create(IUnknown *outer, REFIID iid, void **out)
{
    struct moniker *moniker = moniker_alloc(&pointer_moniker_kind, sizeof(struct pointer_moniker));

    return moniker_hand_out(moniker, outer, iid, out);
}

/*
 * CreatePointerMoniker: a moniker of an object in memory, which it keeps alive; NULL makes one of
 * nothing. E_INVALIDARG, E_OUTOFMEMORY. objbase/nf-objbase-createpointermoniker
 */
HRESULT WINAPI CreatePointerMoniker(IUnknown *object, IMoniker **out)
{
    struct pointer_moniker *pointer;

    if (!out)
        return E_INVALIDARG;
    pointer = moniker_alloc(&pointer_moniker_kind, sizeof(*pointer));
    *out = pointer ? &pointer->moniker.IMoniker_iface : NULL;
    if (!pointer)
        return E_OUTOFMEMORY;
    pointer->object = object;
    if (object)
        IUnknown_AddRef(object);
    return S_OK;
}
