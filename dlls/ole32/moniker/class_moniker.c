/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Class monikers: the class object of a CLSID. Page "Class Monikers", and the rows on class
 * monikers of IMoniker's pages (objidl/nn-objidl-imoniker). In a stream: the CLSID, a length in
 * bytes and the parameters with their end, which stand in names between the CLSID and the colon.
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "moniker_base.h"

#define PARAMETERS_MAX 0x10000 /* bytes in a stream */

struct class_moniker
{
    struct moniker moniker;
    CLSID clsid;
    WCHAR *parameters; /* by malloc; NULL: none */
};

static const WCHAR name_prefix[] = L"clsid:";
static const size_t name_prefix_length = ARRAY_SIZE(name_prefix) - 1;

static struct class_moniker *class_from(IMoniker *iface)
{
    return (struct class_moniker *)moniker_from_IMoniker(iface);
}

static void class_destroy(void *object)
{
    struct class_moniker *class = object;

    free(class->parameters);
    free(class);
}

/* Bytes with the end, as in a stream. */
static DWORD parameters_size(const struct class_moniker *class)
{
    return class->parameters ? (DWORD)((wcslen(class->parameters) + 1) * sizeof(WCHAR)) : 0;
}

static HRESULT parameters_read(IStream *stream, WCHAR **out)
{
    DWORD size;
    HRESULT hr = moniker_read(stream, &size, sizeof(size));

    *out = NULL;
    if (FAILED(hr) || !size)
        return hr;
    if (size > PARAMETERS_MAX || size % sizeof(WCHAR))
        return STG_E_DOCFILECORRUPT;
    *out = calloc(1, size + sizeof(WCHAR));
    if (!*out)
        return E_OUTOFMEMORY;
    hr = moniker_read(stream, *out, size);
    if (FAILED(hr))
    {
        free(*out);
        *out = NULL;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE class_Load(IMoniker *iface, IStream *stream)
{
    struct class_moniker *class = class_from(iface);
    WCHAR *parameters;
    CLSID clsid;
    HRESULT hr;

    if (!stream)
        return E_INVALIDARG;
    hr = moniker_read(stream, &clsid, sizeof(clsid));
    if (SUCCEEDED(hr))
        hr = parameters_read(stream, &parameters);
    if (FAILED(hr))
        return hr;
    free(class->parameters);
    class->parameters = parameters;
    class->clsid = clsid;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE class_Save(IMoniker *iface, IStream *stream, BOOL clear_dirty)
{
    struct class_moniker *class = class_from(iface);
    DWORD size = parameters_size(class);
    HRESULT hr;

    (void)clear_dirty;
    if (!stream)
        return E_INVALIDARG;
    hr = moniker_write(stream, &class->clsid, sizeof(class->clsid));
    if (SUCCEEDED(hr))
        hr = moniker_write(stream, &size, sizeof(size));
    return SUCCEEDED(hr) ? moniker_write(stream, class->parameters, size) : hr;
}

static HRESULT STDMETHODCALLTYPE class_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size)
{
    if (!size)
        return E_INVALIDARG;
    size->QuadPart = sizeof(CLSID) + sizeof(DWORD) + parameters_size(class_from(iface));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE class_Bind(IMoniker *iface, IBindCtx *context, IMoniker *left,
        REFIID iid, void **out)
{
    IClassActivator *activator;
    BIND_OPTS3 options;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || !iid)
        return E_INVALIDARG;
    moniker_bind_options(context, &options);
    if (!left)
        return CoGetClassObject(&class_from(iface)->clsid, options.dwClassContext,
                options.pServerInfo, iid, out);
    hr = IMoniker_BindToObject(left, context, NULL, &IID_IClassActivator, (void **)&activator);
    if (FAILED(hr))
        return hr;
    hr = IClassActivator_GetClassObject(activator, &class_from(iface)->clsid,
            options.dwClassContext, options.locale, iid, out);
    IClassActivator_Release(activator);
    return hr;
}

/* Nothing is left of an anti-moniker either, however much it would take away. */
static HRESULT STDMETHODCALLTYPE class_ComposeWith(IMoniker *iface, IMoniker *right,
        BOOL only_if_not_generic, IMoniker **out)
{
    if (!out || !right || moniker_system(right) != MKSYS_ANTIMONIKER)
        return moniker_ComposeWith(iface, right, only_if_not_generic, out);
    *out = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE class_IsEqual(IMoniker *iface, IMoniker *other)
{
    struct moniker *moniker = moniker_of_kind(other, &class_moniker_kind);

    if (!other)
        return E_INVALIDARG;
    return moniker
                    && IsEqualCLSID(&((struct class_moniker *)moniker)->clsid,
                            &class_from(iface)->clsid)
            ? S_OK
            : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE class_Hash(IMoniker *iface, DWORD *hash)
{
    if (!hash)
        return E_INVALIDARG;
    *hash = class_from(iface)->clsid.Data1;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE class_GetDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR *name)
{
    struct class_moniker *class = class_from(iface);
    const WCHAR *parameters = class->parameters ? class->parameters : L"";
    size_t length = wcslen(parameters);
    WCHAR text[40];

    (void)context;
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    if (left)
        return E_INVALIDARG;
    StringFromGUID2(&class->clsid, text, ARRAY_SIZE(text));
    *name = CoTaskMemAlloc((name_prefix_length + 36 + length + 2) * sizeof(WCHAR));
    if (!*name)
        return E_OUTOFMEMORY;
    wcscpy(*name, name_prefix);
    memcpy(*name + name_prefix_length, text + 1, 36 * sizeof(WCHAR)); /* without the braces */
    wcscpy(*name + name_prefix_length + 36, parameters);
    wcscpy(*name + name_prefix_length + 36 + length, L":");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE class_ParseDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR name, ULONG *eaten, IMoniker **out)
{
    IParseDisplayName *parser;
    HRESULT hr;

    if (!out || !eaten)
        return E_INVALIDARG;
    *out = NULL;
    *eaten = 0;
    hr = class_Bind(iface, context, left, &IID_IParseDisplayName, (void **)&parser);
    if (FAILED(hr))
        return hr;
    hr = IParseDisplayName_ParseDisplayName(parser, context, name, eaten, out);
    IParseDisplayName_Release(parser);
    return hr;
}

static HRESULT class_comparison_data(struct moniker *moniker, ULONG room, BYTE *data, ULONG *size)
{
    *size = 2 * sizeof(CLSID);
    if (*size > room)
        return E_OUTOFMEMORY;
    memcpy(data, &moniker->kind->clsid, sizeof(CLSID));
    memcpy(data + sizeof(CLSID), &((struct class_moniker *)moniker)->clsid, sizeof(CLSID));
    return S_OK;
}

static const IMonikerVtbl class_vtbl = {
        moniker_QueryInterface,
        moniker_AddRef,
        moniker_Release,
        moniker_GetClassID,
        moniker_IsDirty,
        class_Load,
        class_Save,
        class_GetSizeMax,
        class_Bind,
        class_Bind,
        moniker_Reduce,
        class_ComposeWith,
        moniker_Enum,
        class_IsEqual,
        class_Hash,
        moniker_no_IsRunning,
        moniker_no_GetTimeOfLastChange,
        moniker_Inverse,
        moniker_CommonPrefixWith,
        moniker_RelativePathTo,
        class_GetDisplayName,
        class_ParseDisplayName,
        moniker_IsSystemMoniker,
};

static const struct com_interface class_interfaces[] = {MONIKER_INTERFACES(class_moniker_kind),
        MONIKER_ROT_DATA, {&IID_IPersist, offsetof(struct moniker, IMoniker_iface)}};
static const struct com_class class_class = {"class moniker", class_interfaces,
        ARRAY_SIZE(class_interfaces), class_destroy};

const struct moniker_kind class_moniker_kind = {
        .class = &class_class,
        .vtbl = &class_vtbl,
        .clsid = MONIKER_CLSID(0x31a),
        .system = MKSYS_CLASSMONIKER,
        .comparison_data = class_comparison_data,
};

static struct class_moniker *class_new(REFCLSID clsid)
{
    struct class_moniker *class = moniker_alloc(&class_moniker_kind, sizeof(*class));

    if (class)
        class->clsid = *clsid;
    return class;
}

HRESULT class_moniker_create(IUnknown *outer, REFIID iid, void **out)
{
    return moniker_hand_out((struct moniker *)class_new(&CLSID_NULL), outer, iid, out);
}

/* clsid:, the CLSID with or without braces, parameters, a colon or the end. S_FALSE: it is no such
 * name. */
HRESULT class_moniker_parse(const WCHAR *name, ULONG *eaten, IMoniker **out)
{
    const WCHAR *text = name + name_prefix_length;
    struct class_moniker *class;
    size_t length;
    CLSID clsid;
    HRESULT hr;

    if (_wcsnicmp(name, name_prefix, name_prefix_length))
        return S_FALSE;
    hr = moniker_clsid_parse(text, &clsid, &length);
    if (FAILED(hr))
        return hr;
    text += length;
    length = wcscspn(text, L":");
    class = class_new(&clsid);
    if (class && length)
    {
        class->parameters = calloc(length + 1, sizeof(WCHAR));
        if (!class->parameters)
        {
            IMoniker_Release(&class->moniker.IMoniker_iface);
            class = NULL;
        }
        else
            memcpy(class->parameters, text, length * sizeof(WCHAR));
    }
    if (!class)
        return E_OUTOFMEMORY;
    *out = &class->moniker.IMoniker_iface;
    *eaten = (ULONG)(text - name + length) + (text[length] == ':');
    return S_OK;
}

/*
 * CreateClassMoniker: the class object of a class. E_INVALIDARG, E_OUTOFMEMORY.
 * objbase/nf-objbase-createclassmoniker
 */
HRESULT WINAPI CreateClassMoniker(REFCLSID clsid, IMoniker **out)
{
    struct class_moniker *class;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!clsid)
        return E_INVALIDARG;
    class = class_new(clsid);
    if (!class)
        return E_OUTOFMEMORY;
    *out = &class->moniker.IMoniker_iface;
    return S_OK;
}
