/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OBJREF monikers: a running object by its marshalled reference. CreateObjrefMoniker's page, and
 * the rows on OBJREF monikers of IMoniker's pages (objidl/nn-objidl-imoniker). In a stream: the
 * reference as CoMarshalInterface writes it, which keeps the object alive and can be used many
 * times, since nobody knows how often a name is read.
 */
#include <stdlib.h>
#include <wchar.h>

#include "base64.h"
#include "moniker_base.h"

static const WCHAR name_prefix[] = L"objref:";

struct objref_moniker
{
    struct moniker moniker;
    IUnknown *object; /* NULL in an empty moniker */
};

static struct objref_moniker *objref_from(IMoniker *iface)
{
    return (struct objref_moniker *)moniker_from_IMoniker(iface);
}

static void objref_destroy(void *object)
{
    struct objref_moniker *objref = object;

    if (objref->object)
        IUnknown_Release(objref->object);
    free(objref);
}

static HRESULT STDMETHODCALLTYPE objref_Load(IMoniker *iface, IStream *stream)
{
    struct objref_moniker *objref = objref_from(iface);
    IUnknown *object;
    HRESULT hr;

    if (!stream)
        return E_INVALIDARG;
    hr = CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&object);
    if (FAILED(hr))
        return hr;
    if (objref->object)
        IUnknown_Release(objref->object);
    objref->object = object;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE objref_Save(IMoniker *iface, IStream *stream, BOOL clear_dirty)
{
    struct objref_moniker *objref = objref_from(iface);

    (void)clear_dirty;
    if (!stream)
        return E_INVALIDARG;
    if (!objref->object)
        return E_UNEXPECTED;
    return CoMarshalInterface(stream, &IID_IUnknown, objref->object, MSHCTX_LOCAL, NULL,
            MSHLFLAGS_TABLESTRONG);
}

static HRESULT STDMETHODCALLTYPE objref_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size)
{
    struct objref_moniker *objref = objref_from(iface);
    ULONG most = 0;
    HRESULT hr = E_UNEXPECTED;

    if (!size)
        return E_INVALIDARG;
    if (objref->object)
        hr = CoGetMarshalSizeMax(&most, &IID_IUnknown, objref->object, MSHCTX_LOCAL, NULL,
                MSHLFLAGS_TABLESTRONG);
    size->QuadPart = most;
    return hr;
}

static HRESULT STDMETHODCALLTYPE objref_BindToObject(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    struct objref_moniker *objref = objref_from(iface);
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || left)
        return E_INVALIDARG;
    if (!objref->object)
        return E_UNEXPECTED;
    hr = IUnknown_QueryInterface(objref->object, iid, out);
    if (CoIsHandlerConnected(objref->object))
        return hr;
    /* The proxy has the interfaces that were asked for before it was cut off. */
    if (SUCCEEDED(hr))
        IUnknown_Release((IUnknown *)*out);
    *out = NULL;
    return E_UNEXPECTED;
}

/* The storage that contains the running object: no interface tells which that is. */
static HRESULT STDMETHODCALLTYPE objref_BindToStorage(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    return objref_BindToObject(iface, context, left, iid, out);
}

static HRESULT STDMETHODCALLTYPE objref_IsEqual(IMoniker *iface, IMoniker *other)
{
    struct moniker *moniker = moniker_of_kind(other, &objref_moniker_kind);

    if (!other)
        return E_INVALIDARG;
    return moniker && ((struct objref_moniker *)moniker)->object == objref_from(iface)->object
            ? S_OK
            : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE objref_Hash(IMoniker *iface, DWORD *hash)
{
    if (!hash)
        return E_INVALIDARG;
    *hash = (DWORD)(ULONG_PTR)objref_from(iface)->object;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE objref_IsRunning(IMoniker *iface, IBindCtx *context,
        IMoniker *left, IMoniker *newly_running)
{
    struct objref_moniker *objref = objref_from(iface);

    (void)context;
    (void)left;
    (void)newly_running;
    return objref->object && CoIsHandlerConnected(objref->object) ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE objref_RelativePathTo(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    (void)iface;
    (void)other;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return E_NOTIMPL;
}

/* The bytes that Save writes, as text. */
static HRESULT objref_text(IMoniker *iface, WCHAR **out)
{
    HGLOBAL memory;
    IStream *stream;
    STATSTG stat;
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);

    *out = NULL;
    if (FAILED(hr))
        return hr;
    hr = objref_Save(iface, stream, FALSE);
    if (SUCCEEDED(hr))
        hr = IStream_Stat(stream, &stat, STATFLAG_NONAME);
    if (SUCCEEDED(hr))
        hr = GetHGlobalFromStream(stream, &memory);
    if (SUCCEEDED(hr))
    {
        *out = base64_encode(GlobalLock(memory), stat.cbSize.u.LowPart);
        GlobalUnlock(memory);
        hr = *out ? S_OK : E_OUTOFMEMORY;
    }
    IStream_Release(stream);
    return hr;
}

static HRESULT STDMETHODCALLTYPE objref_GetDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR *name)
{
    WCHAR *text, *colon;
    HRESULT hr;

    (void)context;
    (void)left;
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    hr = objref_text(iface, &text);
    if (FAILED(hr))
        return hr;
    hr = moniker_text_out(text, L":", &colon);
    free(text);
    if (FAILED(hr))
        return hr;
    hr = moniker_text_out(name_prefix, colon, name);
    CoTaskMemFree(colon);
    return hr;
}

static HRESULT STDMETHODCALLTYPE objref_ParseDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR name, ULONG *eaten, IMoniker **out)
{
    struct objref_moniker *objref = objref_from(iface);

    if (!out || !eaten)
        return E_INVALIDARG;
    *out = NULL;
    *eaten = 0;
    if (left)
        return MK_E_SYNTAX;
    if (!objref->object)
        return E_UNEXPECTED;
    return moniker_object_parse(objref->object, context, name, eaten, out);
}

static const IMonikerVtbl objref_vtbl = {
        moniker_QueryInterface,
        moniker_AddRef,
        moniker_Release,
        moniker_GetClassID,
        moniker_IsDirty,
        objref_Load,
        objref_Save,
        objref_GetSizeMax,
        objref_BindToObject,
        objref_BindToStorage,
        moniker_Reduce,
        moniker_ComposeWith,
        moniker_Enum,
        objref_IsEqual,
        objref_Hash,
        objref_IsRunning,
        moniker_no_GetTimeOfLastChange,
        moniker_Inverse,
        moniker_CommonPrefixWith,
        objref_RelativePathTo,
        objref_GetDisplayName,
        objref_ParseDisplayName,
        moniker_IsSystemMoniker,
};

static const struct com_interface objref_interfaces[] = {MONIKER_INTERFACES(objref_moniker_kind),
        {&pointer_moniker_kind.clsid, offsetof(struct moniker, IMoniker_iface)}};
static const struct com_class objref_class = {"OBJREF moniker", objref_interfaces,
        ARRAY_SIZE(objref_interfaces), objref_destroy};

const struct moniker_kind objref_moniker_kind = {
        .class = &objref_class,
        .vtbl = &objref_vtbl,
        .clsid = MONIKER_CLSID(0x327),
        .system = MKSYS_OBJREFMONIKER,
};

HRESULT objref_moniker_create(IUnknown *outer, REFIID iid, void **out)
{
    struct moniker *moniker = moniker_alloc(&objref_moniker_kind, sizeof(struct objref_moniker));

    return moniker_hand_out(moniker, outer, iid, out);
}

static HRESULT bytes_load(IMoniker *moniker, const BYTE *bytes, size_t size)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);

    if (FAILED(hr))
        return hr;
    hr = moniker_write(stream, bytes, (ULONG)size);
    if (SUCCEEDED(hr))
        hr = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(hr))
        hr = objref_Load(moniker, stream);
    IStream_Release(stream);
    return hr;
}

/* objref:, base 64, a colon. S_FALSE: it is no such name. */
HRESULT objref_moniker_parse(const WCHAR *name, ULONG *eaten, IMoniker **out)
{
    const size_t start = ARRAY_SIZE(name_prefix) - 1;
    size_t length, size;
    BYTE *bytes;
    HRESULT hr;

    if (_wcsnicmp(name, name_prefix, start))
        return S_FALSE;
    length = wcscspn(name + start, L":");
    if (!name[start + length])
        return MK_E_SYNTAX;
    bytes = base64_decode(name + start, length, &size);
    if (!bytes)
        return MK_E_SYNTAX;
    hr = CreateObjrefMoniker(NULL, out);
    if (SUCCEEDED(hr))
    {
        hr = bytes_load(*out, bytes, size);
        if (SUCCEEDED(hr))
            *eaten = (ULONG)(start + length + 1);
        else
        {
            IMoniker_Release(*out);
            *out = NULL;
        }
    }
    free(bytes);
    return hr;
}

/*
 * CreateObjrefMoniker: a moniker of a running object, whose display name other processes can bind
 * to. E_INVALIDARG, E_OUTOFMEMORY. objbase/nf-objbase-createobjrefmoniker
 */
HRESULT WINAPI CreateObjrefMoniker(IUnknown *object, IMoniker **out)
{
    struct objref_moniker *objref;

    if (!out)
        return E_INVALIDARG;
    objref = moniker_alloc(&objref_moniker_kind, sizeof(*objref));
    *out = objref ? &objref->moniker.IMoniker_iface : NULL;
    if (!objref)
        return E_OUTOFMEMORY;
    objref->object = object;
    if (object)
        IUnknown_AddRef(object);
    return S_OK;
}
