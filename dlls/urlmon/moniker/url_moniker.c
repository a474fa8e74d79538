/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The URL moniker. Pages "IMoniker - URL Moniker Implementation", "URL Moniker Object", and those
 * of the methods of IMoniker (objidl/nn-objidl-imoniker), each with a row on URL monikers.
 */
#include "url_moniker.h"

#include "binding.h"
#include "cache_entry.h"
#include "moniker_running.h"
#include "urlmon_module.h"
#include "wstr.h"

COM_OBJECT_METHODS(moniker, struct url_moniker, IMoniker, IMoniker_iface)
COM_OBJECT_METHODS(moniker, struct url_moniker, IUriContainer, IUriContainer_iface)
COM_OBJECT_METHODS(moniker, struct url_moniker, IROTData, IROTData_iface)

static WCHAR context_key[] = L"URL Context"; /* SZ_URLCONTEXT */

HRESULT url_moniker_text(IUri *uri, BSTR *out)
{
    HRESULT hr;

    *out = NULL;
    if (!uri)
        return E_UNEXPECTED;
    hr = IUri_GetDisplayUri(uri, out);
    if (hr == S_OK && SysStringLen(*out))
        return S_OK;
    SysFreeString(*out);
    *out = NULL;
    hr = IUri_GetRawUri(uri, out);
    if (FAILED(hr))
        *out = NULL;
    else if (!*out)
        hr = E_OUTOFMEMORY;
    return FAILED(hr) ? hr : S_OK;
}

BOOL url_is_relative(IUri *uri)
{
    BOOL has = FALSE;

    return FAILED(IUri_HasProperty(uri, Uri_PROPERTY_SCHEME_NAME, &has)) || !has;
}

HRESULT url_combine(IUri *base, IUri *relative, IUri **out)
{
    return CoInternetCombineIUri(base, relative, URL_FILE_USE_PATHURL, out, 0);
}

HRESULT moniker_get_uri(IMoniker *moniker, IUri **out)
{
    IUriContainer *container;
    DWORD kind = MKSYS_NONE;
    WCHAR *name = NULL;
    HRESULT hr;

    *out = NULL;
    hr = IMoniker_QueryInterface(moniker, &IID_IUriContainer, (void **)&container);
    if (SUCCEEDED(hr))
    {
        hr = IUriContainer_GetIUri(container, out);
        IUriContainer_Release(container);
        if (hr == S_OK && *out)
            return S_OK;
        *out = NULL;
    }
    if (IMoniker_IsSystemMoniker(moniker, &kind) != S_OK || kind != MKSYS_URLMONIKER)
        return S_FALSE;
    hr = IMoniker_GetDisplayName(moniker, NULL, NULL, &name);
    if (SUCCEEDED(hr))
        hr = CreateUri(name, URL_MONIKER_LEGACY_FLAGS, 0, out);
    CoTaskMemFree(name);
    return hr;
}

/* The URI that completes partial ones in a bind context. S_FALSE, with NULL: none. */
static HRESULT context_get_uri(IBindCtx *context, IUri **out)
{
    IUnknown *parameter = NULL;
    IMoniker *moniker;
    HRESULT hr;

    *out = NULL;
    if (!context || FAILED(IBindCtx_GetObjectParam(context, context_key, &parameter)) || !parameter)
        return S_FALSE;
    hr = IUnknown_QueryInterface(parameter, &IID_IMoniker, (void **)&moniker);
    IUnknown_Release(parameter);
    if (FAILED(hr))
        return S_FALSE;
    hr = moniker_get_uri(moniker, out);
    IMoniker_Release(moniker);
    return hr;
}

HRESULT url_moniker_resolve(struct url_moniker *moniker, IBindCtx *context, IMoniker *left,
        IUri **out)
{
    IUri *base = NULL;
    HRESULT hr;

    *out = NULL;
    if (!moniker->uri)
        return E_UNEXPECTED;
    if (url_is_relative(moniker->uri))
    {
        hr = context_get_uri(context, &base);
        if (hr != S_OK && left)
            hr = moniker_get_uri(left, &base);
        if (hr == S_OK)
        {
            hr = url_combine(base, moniker->uri, out);
            IUri_Release(base);
            return hr;
        }
    }
    *out = moniker->uri;
    IUri_AddRef(*out);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_GetClassID(IMoniker *iface, CLSID *clsid)
{
    (void)iface;
    if (!clsid)
        return E_INVALIDARG;
    *clsid = CLSID_StdURLMoniker;
    return S_OK;
}

/* A URL moniker does not change. */
static HRESULT STDMETHODCALLTYPE moniker_IsDirty(IMoniker *iface)
{
    (void)iface;
    return S_FALSE;
}

/* Only an empty moniker, as its class makes it, can be loaded. */
static HRESULT STDMETHODCALLTYPE moniker_Load(IMoniker *iface, IStream *stream)
{
    struct url_moniker *moniker = moniker_from_IMoniker(iface);
    DWORD flags = 0;
    IUri *uri;
    HRESULT hr;

    if (!stream)
        return E_INVALIDARG;
    hr = url_moniker_load(stream, &uri, &flags);
    if (FAILED(hr))
        return hr;
    if (InterlockedCompareExchangePointer((void **)&moniker->uri, uri, NULL))
    {
        IUri_Release(uri);
        return E_UNEXPECTED;
    }
    moniker->flags = flags;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_Save(IMoniker *iface, IStream *stream, BOOL clear_dirty)
{
    struct url_moniker *moniker = moniker_from_IMoniker(iface);

    (void)clear_dirty;
    if (!stream)
        return E_INVALIDARG;
    return url_moniker_save(moniker->uri, moniker->flags, stream);
}

static HRESULT STDMETHODCALLTYPE moniker_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size)
{
    if (!size)
        return E_INVALIDARG;
    size->QuadPart = 0;
    return url_moniker_save_size(moniker_from_IMoniker(iface)->uri, size);
}

/* The moniker which a binding uses: this one, or the full one that a partial one stands for. */
static HRESULT moniker_to_bind(struct url_moniker *moniker, IBindCtx *context, IMoniker *left,
        IMoniker **full, IUri **uri)
{
    HRESULT hr;

    *full = NULL;
    if (!moniker->uri)
        return MK_E_SYNTAX;
    hr = url_moniker_resolve(moniker, context, left, uri);
    if (FAILED(hr))
        return hr;
    if (*uri != moniker->uri)
        return url_moniker_from_uri(*uri, moniker->flags, full);
    if (url_is_relative(*uri))
        return INET_E_UNKNOWN_PROTOCOL; /* it names none */
    *full = &moniker->IMoniker_iface;
    IMoniker_AddRef(*full);
    return S_OK;
}

static void release_after_bind(IMoniker *full, IUri *uri)
{
    if (full)
        IMoniker_Release(full);
    if (uri)
        IUri_Release(uri);
}

static HRESULT STDMETHODCALLTYPE moniker_BindToObject(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    IMoniker *full = NULL;
    IUri *uri = NULL;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || !iid)
        return E_INVALIDARG;
    hr = moniker_to_bind(moniker_from_IMoniker(iface), context, left, &full, &uri);
    if (SUCCEEDED(hr))
        hr = moniker_running_object(full, context, iid, out);
    if (hr == S_FALSE)
        hr = binding_to_object(full, uri, context, iid, out);
    release_after_bind(full, uri);
    return hr;
}

static HRESULT STDMETHODCALLTYPE moniker_BindToStorage(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    IMoniker *full = NULL;
    IUri *uri = NULL;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || !iid)
        return E_INVALIDARG;
    hr = moniker_to_bind(moniker_from_IMoniker(iface), context, left, &full, &uri);
    if (SUCCEEDED(hr))
        hr = binding_to_storage(full, uri, context, iid, out);
    release_after_bind(full, uri);
    return hr;
}

static HRESULT STDMETHODCALLTYPE moniker_Reduce(IMoniker *iface, IBindCtx *context, DWORD how_far,
        IMoniker **left, IMoniker **out)
{
    (void)context;
    (void)how_far;
    (void)left;
    if (!out)
        return E_INVALIDARG;
    *out = iface;
    IMoniker_AddRef(iface);
    return MK_S_REDUCED_TO_SELF;
}

static HRESULT STDMETHODCALLTYPE moniker_ComposeWith(IMoniker *iface, IMoniker *right,
        BOOL only_if_not_generic, IMoniker **out)
{
    struct url_moniker *moniker = moniker_from_IMoniker(iface);
    IUri *relative, *combined;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!right)
        return E_INVALIDARG;
    if (!moniker->uri)
        return E_UNEXPECTED;
    hr = moniker_get_uri(right, &relative);
    if (hr == S_OK)
    {
        hr = url_combine(moniker->uri, relative, &combined);
        IUri_Release(relative);
        if (FAILED(hr))
            return hr;
        hr = url_moniker_from_uri(combined, moniker->flags, out);
        IUri_Release(combined);
        return hr;
    }
    if (FAILED(hr))
        return hr;
    if (only_if_not_generic)
        return MK_E_NEEDGENERIC;
    return CreateGenericComposite(iface, right, out);
}

static HRESULT STDMETHODCALLTYPE moniker_Enum(IMoniker *iface, BOOL forward, IEnumMoniker **out)
{
    (void)iface;
    (void)forward;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_IsEqual(IMoniker *iface, IMoniker *other)
{
    struct url_moniker *moniker = moniker_from_IMoniker(iface);
    BOOL equal = FALSE;
    IUri *uri;
    HRESULT hr;

    if (!other)
        return E_INVALIDARG;
    if (other == iface)
        return S_OK;
    if (!moniker->uri)
        return S_FALSE;
    hr = moniker_get_uri(other, &uri);
    if (hr != S_OK)
        return FAILED(hr) ? hr : S_FALSE;
    hr = IUri_IsEqual(moniker->uri, uri, &equal);
    IUri_Release(uri);
    if (FAILED(hr))
        return hr;
    return equal ? S_OK : S_FALSE;
}

/* Of the text, without regard to case, so that monikers which are equal have one value. FNV-1a. */
static HRESULT STDMETHODCALLTYPE moniker_Hash(IMoniker *iface, DWORD *hash)
{
    DWORD value = 2166136261u;
    BSTR text;
    HRESULT hr;

    if (!hash)
        return E_INVALIDARG;
    *hash = 0;
    hr = url_moniker_text(moniker_from_IMoniker(iface)->uri, &text);
    if (FAILED(hr))
        return hr;
    for (const WCHAR *p = CharLowerW(text); *p; p++)
        value = (value ^ *p) * 16777619u;
    SysFreeString(text);
    *hash = value;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE moniker_IsRunning(IMoniker *iface, IBindCtx *context,
        IMoniker *left, IMoniker *newly_running)
{
    (void)left;
    if (newly_running && IMoniker_IsEqual(newly_running, iface) == S_OK)
        return S_OK;
    return moniker_runs(iface, context);
}

/* GetTimeOfLastChange: of the running object, else of what is kept of the URL. MK_E_UNAVAILABLE:
 * nobody knows. Page objidl/nf-objidl-imoniker-gettimeoflastchange. */
static HRESULT STDMETHODCALLTYPE moniker_GetTimeOfLastChange(IMoniker *iface, IBindCtx *context,
        IMoniker *left, FILETIME *time)
{
    struct url_moniker *moniker = moniker_from_IMoniker(iface);
    IUri *uri;
    HRESULT hr;

    if (!context || !time)
        return E_INVALIDARG;
    if (moniker_running_time(iface, context, time) == S_OK)
        return S_OK;
    if (!moniker->uri || FAILED(url_moniker_resolve(moniker, context, left, &uri)))
        return MK_E_UNAVAILABLE;
    hr = cache_entry_last_change(uri, time);
    IUri_Release(uri);
    return hr;
}

static HRESULT STDMETHODCALLTYPE moniker_Inverse(IMoniker *iface, IMoniker **out)
{
    (void)iface;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return MK_E_NOINVERSE;
}

/* "URL moniker: This method returns E_NOTIMPL." */
static HRESULT STDMETHODCALLTYPE moniker_CommonPrefixWith(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    (void)iface;
    (void)other;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return E_NOTIMPL;
}

/* "URL moniker: This method returns E_NOTIMPL." */
static HRESULT STDMETHODCALLTYPE moniker_RelativePathTo(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    (void)iface;
    (void)other;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return E_NOTIMPL;
}

/* The full URL; of a partial one without context the part. E_OUTOFMEMORY also for an empty moniker.
 */
static HRESULT STDMETHODCALLTYPE moniker_GetDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, OLECHAR **name)
{
    BSTR text = NULL;
    IUri *uri;
    HRESULT hr;

    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    if (!moniker_from_IMoniker(iface)->uri)
        return E_OUTOFMEMORY;
    hr = url_moniker_resolve(moniker_from_IMoniker(iface), context, left, &uri);
    if (FAILED(hr))
        return hr;
    hr = url_moniker_text(uri, &text);
    IUri_Release(uri);
    if (SUCCEEDED(hr))
        hr = wstr_to_caller(text, name);
    SysFreeString(text);
    return hr;
}

/* A full URL, or a partial one whose context is that of the bind context, else this moniker. */
static HRESULT STDMETHODCALLTYPE moniker_ParseDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, OLECHAR *name, ULONG *eaten, IMoniker **out)
{
    struct url_moniker *moniker = moniker_from_IMoniker(iface);
    IUri *uri, *base = NULL, *full = NULL;
    HRESULT hr;

    (void)left;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!name || !eaten)
        return E_INVALIDARG;
    *eaten = 0;
    hr = CreateUri(name, URL_MONIKER_LEGACY_FLAGS, 0, &uri);
    if (FAILED(hr))
        return hr;
    if (url_is_relative(uri))
    {
        if (context_get_uri(context, &base) != S_OK && moniker->uri)
        {
            base = moniker->uri;
            IUri_AddRef(base);
        }
        if (base)
        {
            hr = url_combine(base, uri, &full);
            IUri_Release(base);
            IUri_Release(uri);
            if (FAILED(hr))
                return hr;
            uri = full;
        }
    }
    hr = url_moniker_from_uri(uri, URL_MONIKER_LEGACY_FLAGS, out);
    IUri_Release(uri);
    if (SUCCEEDED(hr))
        *eaten = wcslen(name);
    return hr;
}

static HRESULT STDMETHODCALLTYPE moniker_IsSystemMoniker(IMoniker *iface, DWORD *kind)
{
    (void)iface;
    if (!kind)
        return E_INVALIDARG;
    *kind = MKSYS_URLMONIKER;
    return S_OK;
}

static const IMonikerVtbl moniker_vtbl = {
        moniker_IMoniker_QueryInterface,
        moniker_IMoniker_AddRef,
        moniker_IMoniker_Release,
        moniker_GetClassID,
        moniker_IsDirty,
        moniker_Load,
        moniker_Save,
        moniker_GetSizeMax,
        moniker_BindToObject,
        moniker_BindToStorage,
        moniker_Reduce,
        moniker_ComposeWith,
        moniker_Enum,
        moniker_IsEqual,
        moniker_Hash,
        moniker_IsRunning,
        moniker_GetTimeOfLastChange,
        moniker_Inverse,
        moniker_CommonPrefixWith,
        moniker_RelativePathTo,
        moniker_GetDisplayName,
        moniker_ParseDisplayName,
        moniker_IsSystemMoniker,
};

/* IUriContainer::GetIUri. S_FALSE, with NULL: an empty moniker. */
static HRESULT STDMETHODCALLTYPE moniker_GetIUri(IUriContainer *iface, IUri **out)
{
    struct url_moniker *moniker = moniker_from_IUriContainer(iface);

    if (!out)
        return E_POINTER;
    *out = moniker->uri;
    if (!*out)
        return S_FALSE;
    IUri_AddRef(*out);
    return S_OK;
}

static const IUriContainerVtbl moniker_container_vtbl = {
        moniker_IUriContainer_QueryInterface,
        moniker_IUriContainer_AddRef,
        moniker_IUriContainer_Release,
        moniker_GetIUri,
};

/*
 * IROTData::GetComparisonData: the class and the text, of a file in upper case, so that equal
 * monikers have the same bytes. E_OUTOFMEMORY: they do not fit. Page
 * objidl/nf-objidl-irotdata-getcomparisondata.
 */
static HRESULT STDMETHODCALLTYPE moniker_GetComparisonData(IROTData *iface, BYTE *data, ULONG room,
        ULONG *size)
{
    struct url_moniker *moniker = moniker_from_IROTData(iface);
    DWORD scheme = URL_SCHEME_UNKNOWN;
    ULONG text_size;
    BSTR text;
    HRESULT hr;

    if (!data || !size)
        return E_INVALIDARG;
    *size = 0;
    hr = url_moniker_text(moniker->uri, &text);
    if (FAILED(hr))
        return hr;
    if (SUCCEEDED(IUri_GetScheme(moniker->uri, &scheme)) && scheme == URL_SCHEME_FILE)
        CharUpperW(text);
    text_size = (SysStringLen(text) + 1) * sizeof(WCHAR);
    if (room >= sizeof(CLSID) && room - sizeof(CLSID) >= text_size)
    {
        memcpy(data, &CLSID_StdURLMoniker, sizeof(CLSID));
        memcpy(data + sizeof(CLSID), text, text_size);
        *size = sizeof(CLSID) + text_size;
    }
    else
    {
        hr = E_OUTOFMEMORY;
    }
    SysFreeString(text);
    return hr;
}

static const IROTDataVtbl moniker_rot_vtbl = {
        moniker_IROTData_QueryInterface,
        moniker_IROTData_AddRef,
        moniker_IROTData_Release,
        moniker_GetComparisonData,
};

static void moniker_destroy(void *object)
{
    struct url_moniker *moniker = object;

    if (moniker->uri)
        IUri_Release(moniker->uri);
    free(moniker);
}

static const struct com_interface moniker_interfaces[] = {
        {&IID_IUnknown, offsetof(struct url_moniker, IMoniker_iface)},
        {&IID_IPersist, offsetof(struct url_moniker, IMoniker_iface)},
        {&IID_IPersistStream, offsetof(struct url_moniker, IMoniker_iface)},
        {&IID_IMoniker, offsetof(struct url_moniker, IMoniker_iface)},
        {&IID_IAsyncMoniker, offsetof(struct url_moniker, IMoniker_iface)},
        {&IID_IUriContainer, offsetof(struct url_moniker, IUriContainer_iface)},
        {&IID_IROTData, offsetof(struct url_moniker, IROTData_iface)},
};

static const struct com_class moniker_class = {"URL moniker", moniker_interfaces,
        ARRAY_SIZE(moniker_interfaces), moniker_destroy};

HRESULT url_moniker_from_uri(IUri *uri, DWORD flags, IMoniker **out)
{
    struct url_moniker *moniker = calloc(1, sizeof(*moniker));

    *out = NULL;
    if (!moniker)
        return E_OUTOFMEMORY;
    com_object_init(&moniker->object, &moniker_class);
    moniker->IMoniker_iface.lpVtbl = (IMonikerVtbl *)&moniker_vtbl;
    moniker->IUriContainer_iface.lpVtbl = (IUriContainerVtbl *)&moniker_container_vtbl;
    moniker->IROTData_iface.lpVtbl = (IROTDataVtbl *)&moniker_rot_vtbl;
    moniker->uri = uri;
    if (uri)
        IUri_AddRef(uri);
    moniker->flags = flags;
    *out = &moniker->IMoniker_iface;
    return S_OK;
}

/* CLSID_StdURLMoniker: an empty moniker, to be loaded. */
HRESULT url_moniker_create(IUnknown *outer, REFIID iid, void **out)
{
    IMoniker *moniker;
    HRESULT hr;

    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    hr = url_moniker_from_uri(NULL, 0, &moniker);
    if (FAILED(hr))
        return hr;
    hr = IMoniker_QueryInterface(moniker, iid, out);
    IMoniker_Release(moniker);
    return hr;
}
