/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Item monikers: an object by its name in its container, the moniker to the left. Page "Item
 * Monikers", and the rows on item monikers of IMoniker's pages (objidl/nn-objidl-imoniker). In a
 * stream: the delimiter and the name, each a length in bytes, the text in the ANSI code page with
 * its end, and where that cannot hold it the Unicode text after it ([MS-OSHARED] 2.3.7.5).
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "moniker_base.h"
#include "wstr.h"

#define TEXT_BYTES_MAX 0x10000 /* of one text in a stream */
#define MODERATE_MS 2500       /* a deadline before that is a hurry */

struct item_moniker
{
    struct moniker moniker;
    WCHAR *delimiter, *name; /* by malloc; no delimiter is NULL, and no name in an empty moniker */
};

static struct item_moniker *item_from(IMoniker *iface)
{
    return (struct item_moniker *)moniker_from_IMoniker(iface);
}

static const WCHAR *text_of(const WCHAR *text)
{
    return text ? text : L"";
}

static void item_destroy(void *object)
{
    struct item_moniker *item = object;

    free(item->delimiter);
    free(item->name);
    free(item);
}

/* ---- streams ---- */

struct item_text
{
    BYTE *bytes; /* by malloc */
    DWORD size;
};

static HRESULT text_encode(const WCHAR *text, struct item_text *encoded)
{
    int ansi = WideCharToMultiByte(CP_ACP, 0, text, -1, NULL, 0, NULL, NULL);
    size_t wide = wcslen(text) * sizeof(WCHAR);
    BOOL lossy = FALSE;

    if (ansi <= 0)
        return E_INVALIDARG;
    encoded->bytes = malloc((size_t)ansi + wide);
    if (!encoded->bytes)
        return E_OUTOFMEMORY;
    WideCharToMultiByte(CP_ACP, WC_NO_BEST_FIT_CHARS, text, -1, (char *)encoded->bytes, ansi, NULL,
            &lossy);
    if (lossy)
        memcpy(encoded->bytes + ansi, text, wide);
    encoded->size = (DWORD)(ansi + (lossy ? wide : 0));
    return S_OK;
}

static HRESULT text_save(const WCHAR *text, IStream *stream)
{
    struct item_text encoded = {NULL, 0};
    HRESULT hr = text ? text_encode(text, &encoded) : S_OK;

    if (FAILED(hr))
        return hr;
    hr = moniker_write(stream, &encoded.size, sizeof(encoded.size));
    if (SUCCEEDED(hr))
        hr = moniker_write(stream, encoded.bytes, encoded.size);
    free(encoded.bytes);
    return hr;
}

/* The Unicode text if there is one, else the other. */
static HRESULT text_decode(const BYTE *bytes, DWORD size, WCHAR **out)
{
    const BYTE *end = size ? memchr(bytes, 0, size) : NULL;
    size_t wide = end ? size - (size_t)(end + 1 - bytes) : 0;

    if (!end || wide % sizeof(WCHAR))
        return STG_E_DOCFILECORRUPT;
    if (wide)
    {
        *out = calloc(wide / sizeof(WCHAR) + 1, sizeof(WCHAR));
        if (*out)
            memcpy(*out, end + 1, wide);
        return *out ? S_OK : E_OUTOFMEMORY;
    }
    return moniker_text_from_ansi((const char *)bytes, out);
}

/* No text at all is NULL. */
static HRESULT text_load(IStream *stream, WCHAR **out)
{
    DWORD size;
    BYTE *bytes;
    HRESULT hr = moniker_read(stream, &size, sizeof(size));

    *out = NULL;
    if (FAILED(hr))
        return hr;
    if (size > TEXT_BYTES_MAX)
        return STG_E_DOCFILECORRUPT;
    if (!size)
        return S_OK;
    bytes = malloc(size);
    if (!bytes)
        return E_OUTOFMEMORY;
    hr = moniker_read(stream, bytes, size);
    if (SUCCEEDED(hr))
        hr = text_decode(bytes, size, out);
    free(bytes);
    return hr;
}

static HRESULT STDMETHODCALLTYPE item_Load(IMoniker *iface, IStream *stream)
{
    struct item_moniker *item = item_from(iface);
    WCHAR *delimiter, *name = NULL;
    HRESULT hr;

    if (!stream)
        return E_INVALIDARG;
    hr = text_load(stream, &delimiter);
    if (SUCCEEDED(hr))
        hr = text_load(stream, &name);
    if (FAILED(hr))
    {
        free(delimiter);
        return hr;
    }
    free(item->delimiter);
    free(item->name);
    item->delimiter = delimiter;
    item->name = name;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE item_Save(IMoniker *iface, IStream *stream, BOOL clear_dirty)
{
    struct item_moniker *item = item_from(iface);
    HRESULT hr;

    (void)clear_dirty;
    if (!stream)
        return E_INVALIDARG;
    hr = text_save(item->delimiter, stream);
    return SUCCEEDED(hr) ? text_save(item->name, stream) : hr;
}

/* An upper limit, with the class: two lengths, four bytes for each character. */
static HRESULT STDMETHODCALLTYPE item_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size)
{
    struct item_moniker *item = item_from(iface);
    const ULONG character = 2 * sizeof(WCHAR);

    if (!size)
        return E_INVALIDARG;
    size->QuadPart = sizeof(CLSID) + 2 * sizeof(DWORD) + sizeof(WCHAR)
            + (wcslen(text_of(item->name)) + 1) * character
            + (item->delimiter ? (wcslen(item->delimiter) + 1) * character : 0);
    return S_OK;
}

/* ---- binding: the container knows the object ---- */

/* MK_E_INTERMEDIATEINTERFACENOTSUPPORTED: what is to the left contains nothing. */
static HRESULT container_get(IBindCtx *context, IMoniker *left, IOleItemContainer **out)
{
    HRESULT hr = IMoniker_BindToObject(left, context, NULL, &IID_IOleItemContainer, (void **)out);

    if (SUCCEEDED(hr))
        IBindCtx_RegisterObjectBound(context, (IUnknown *)*out);
    return hr == E_NOINTERFACE ? MK_E_INTERMEDIATEINTERFACENOTSUPPORTED : hr;
}

/* How much time the container may take. By oleidl/ne-oleidl-bindspeed what is left until the
 * context's deadline decides; Windows compares the deadline itself, and so do we. */
static DWORD bind_speed(IBindCtx *context)
{
    BIND_OPTS3 options;

    moniker_bind_options(context, &options);
    if (!options.dwTickCountDeadline)
        return BINDSPEED_INDEFINITE;
    return options.dwTickCountDeadline < MODERATE_MS ? BINDSPEED_IMMEDIATE : BINDSPEED_MODERATE;
}

static HRESULT STDMETHODCALLTYPE item_BindToObject(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    IOleItemContainer *container;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || !left || !iid)
        return E_INVALIDARG;
    hr = container_get(context, left, &container);
    if (FAILED(hr))
        return hr;
    hr = IOleItemContainer_GetObject(container, (LPOLESTR)text_of(item_from(iface)->name),
            bind_speed(context), context, iid, out);
    IOleItemContainer_Release(container);
    return hr;
}

static HRESULT STDMETHODCALLTYPE item_BindToStorage(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    IOleItemContainer *container;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || !left || !iid)
        return E_INVALIDARG;
    hr = container_get(context, left, &container);
    if (FAILED(hr))
        return hr;
    hr = IOleItemContainer_GetObjectStorage(container, (LPOLESTR)text_of(item_from(iface)->name),
            context, iid, out);
    IOleItemContainer_Release(container);
    return hr;
}

static HRESULT STDMETHODCALLTYPE item_ParseDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR name, ULONG *eaten, IMoniker **out)
{
    IUnknown *parser;
    HRESULT hr;

    if (!out || !eaten)
        return E_INVALIDARG;
    *out = NULL;
    *eaten = 0;
    if (!left)
        return MK_E_SYNTAX;
    hr = item_BindToObject(iface, context, left, &IID_IParseDisplayName, (void **)&parser);
    if (FAILED(hr))
        return hr;
    hr = moniker_object_parse(parser, context, name, eaten, out);
    IUnknown_Release(parser);
    return hr;
}

static HRESULT STDMETHODCALLTYPE item_IsRunning(IMoniker *iface, IBindCtx *context, IMoniker *left,
        IMoniker *newly_running)
{
    IOleItemContainer *container;
    HRESULT hr;

    if (!context)
        return E_INVALIDARG;
    if (!left)
    {
        if (newly_running)
            return IMoniker_IsEqual(newly_running, iface) == S_OK ? S_OK : S_FALSE;
        return moniker_runs(iface, context);
    }
    hr = IMoniker_IsRunning(left, context, NULL, NULL);
    if (hr != S_OK)
        return hr;
    hr = container_get(context, left, &container);
    if (FAILED(hr))
        return hr;
    hr = IOleItemContainer_IsRunning(container, (LPOLESTR)text_of(item_from(iface)->name));
    IOleItemContainer_Release(container);
    return hr;
}

static HRESULT STDMETHODCALLTYPE item_GetTimeOfLastChange(IMoniker *iface, IBindCtx *context,
        IMoniker *left, FILETIME *time)
{
    IMoniker *whole;
    HRESULT hr;

    if (!context || !time)
        return E_INVALIDARG;
    if (!left)
        return MK_E_NOTBINDABLE;
    hr = moniker_compose(left, iface, &whole);
    if (FAILED(hr))
        return hr;
    hr = whole ? moniker_running_time(whole, context, time) : S_FALSE;
    if (whole)
        IMoniker_Release(whole);
    return hr == S_OK ? S_OK : IMoniker_GetTimeOfLastChange(left, context, NULL, time);
}

/* ---- names ---- */

/* The delimiter is of no importance. */
static HRESULT STDMETHODCALLTYPE item_IsEqual(IMoniker *iface, IMoniker *other)
{
    struct item_moniker *item = item_from(iface), *another;

    if (!other)
        return E_INVALIDARG;
    another = (struct item_moniker *)moniker_of_kind(other, &item_moniker_kind);
    if (!another)
        return S_FALSE;
    return CompareStringOrdinal(text_of(item->name), -1, text_of(another->name), -1, TRUE)
                    == CSTR_EQUAL
            ? S_OK
            : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE item_Hash(IMoniker *iface, DWORD *hash)
{
    if (!hash)
        return E_INVALIDARG;
    *hash = moniker_text_hash(0, text_of(item_from(iface)->name));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE item_RelativePathTo(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    (void)iface;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return other ? MK_E_NOTBINDABLE : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE item_GetDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR *name)
{
    struct item_moniker *item = item_from(iface);

    (void)context;
    (void)left;
    if (!name)
        return E_INVALIDARG;
    return moniker_text_out(text_of(item->delimiter), text_of(item->name), name);
}

static HRESULT item_comparison_data(struct moniker *moniker, ULONG room, BYTE *data, ULONG *size)
{
    struct item_moniker *item = (struct item_moniker *)moniker;

    return moniker_text_comparison(&moniker->kind->clsid, text_of(item->delimiter),
            text_of(item->name), room, data, size);
}

static const IMonikerVtbl item_vtbl = {
        moniker_QueryInterface,
        moniker_AddRef,
        moniker_Release,
        moniker_GetClassID,
        moniker_IsDirty,
        item_Load,
        item_Save,
        item_GetSizeMax,
        item_BindToObject,
        item_BindToStorage,
        moniker_Reduce,
        moniker_ComposeWith,
        moniker_Enum,
        item_IsEqual,
        item_Hash,
        item_IsRunning,
        item_GetTimeOfLastChange,
        moniker_Inverse,
        moniker_CommonPrefixWith,
        item_RelativePathTo,
        item_GetDisplayName,
        item_ParseDisplayName,
        moniker_IsSystemMoniker,
};

static const struct com_interface item_interfaces[] = {MONIKER_INTERFACES(item_moniker_kind),
        MONIKER_ROT_DATA};
static const struct com_class item_class = {"item moniker", item_interfaces,
        ARRAY_SIZE(item_interfaces), item_destroy};

const struct moniker_kind item_moniker_kind = {
        .class = &item_class,
        .vtbl = &item_vtbl,
        .clsid = MONIKER_CLSID(0x304),
        .system = MKSYS_ITEMMONIKER,
        .comparison_data = item_comparison_data,
};

/*
 * CreateItemMoniker: an object by its name in its container; `delimiter`, usually "!", stands
 * before it in display names and may be NULL. E_INVALIDARG, E_OUTOFMEMORY.
 * objbase/nf-objbase-createitemmoniker
 */
HRESULT WINAPI CreateItemMoniker(const OLECHAR *delimiter, const OLECHAR *name, IMoniker **out)
{
    struct item_moniker *item;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!name)
        return E_INVALIDARG;
    item = moniker_alloc(&item_moniker_kind, sizeof(*item));
    if (!item)
        return E_OUTOFMEMORY;
    item->delimiter = delimiter ? wstr_dup(delimiter) : NULL;
    item->name = wstr_dup(name);
    if ((delimiter && !item->delimiter) || !item->name)
    {
        IMoniker_Release(&item->moniker.IMoniker_iface);
        return E_OUTOFMEMORY;
    }
    *out = &item->moniker.IMoniker_iface;
    return S_OK;
}

HRESULT item_moniker_create(IUnknown *outer, REFIID iid, void **out)
{
    IMoniker *moniker;
    HRESULT hr = CreateItemMoniker(L"", L"", &moniker);

    return FAILED(hr) ? hr : moniker_hand_out(moniker_from_IMoniker(moniker), outer, iid, out);
}
