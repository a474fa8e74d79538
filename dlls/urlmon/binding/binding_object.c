/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BindToObject: the class for the media type, an object of it, and the data loaded into that. Pages
 * "IMoniker - URL Moniker Implementation" (its steps are those of this file), "Media-Type
 * Negotiation", IPersistMoniker, "URL Moniker Error Codes".
 */
#include <ocidl.h>
#include <string.h>

#include "binding_impl.h"
#include "download_manager.h"
#include "trace.h"

/* How much of the data is looked at to find their class. */
#define CLASS_DATA 512

/* Data that begin with their class; the rest is the object's. */
static BOOL is_ole_object(const struct binding *binding)
{
    return binding->mime
            && (!_wcsicmp(binding->mime, L"application/x-oleobject")
                    || !_wcsicmp(binding->mime, L"application/oleobject"));
}

/* The class: what the protocol says, what is registered for the media type in the bind context or
 * the registry, what the data begin with, and what is registered for the extension.
 * E_PENDING: more of the data must be seen. */
static HRESULT find_class(struct binding *binding, CLSID *class)
{
    const WCHAR *name = binding->cache_file ? binding->cache_file : binding->url;
    BYTE data[CLASS_DATA];
    ULONG size;
    HRESULT hr;

    if (!IsEqualCLSID(&binding->object_class, &CLSID_NULL))
    {
        *class = binding->object_class;
        return S_OK;
    }
    if (binding->mime && !is_ole_object(binding)
            && GetClassFileOrMime(binding->context, NULL, NULL, 0, binding->mime, 0, class) == S_OK)
        return S_OK;
    if (FAILED(hr = binding_peek(binding, data, sizeof(data), &size)))
        return hr;
    hr = GetClassFileOrMime(binding->context, name, size ? data : NULL, size, binding->mime, 0,
            class);
    return hr == S_OK ? S_OK : REGDB_E_CLASSNOTREG;
}

/* Where the object runs: as the bind context says. */
static DWORD class_context(struct binding *binding)
{
    BIND_OPTS2 options = {.cbStruct = sizeof(options)};

    if (FAILED(IBindCtx_GetBindOptions(binding->context, (BIND_OPTS *)&options))
            || options.cbStruct < sizeof(options) || !options.dwClassContext)
        return CLSCTX_SERVER | CLSCTX_INPROC_HANDLER;
    return options.dwClassContext;
}

/* "The class object will be retrieved. Typically the class instance is retrieved": page "BINDF
 * enumeration", BINDF_GETCLASSOBJECT. The data are of no use then. */
static BOOL wants_class_object(const struct binding *binding)
{
    return (binding->bindf & BINDF_GETCLASSOBJECT) != 0;
}

/* `hr`: whether its class has been found. */
static HRESULT create_object(struct binding *binding, HRESULT hr)
{
    WCHAR text[40];

    if (SUCCEEDED(hr))
    {
        StringFromGUID2(&binding->object_class, text, ARRAYSIZE(text));
        binding_progress(binding, 0, 0, BINDSTATUS_CLASSIDAVAILABLE, text);
    }
    binding_progress(binding, 0, 0, BINDSTATUS_BEGINSYNCOPERATION, NULL);
    if (binding->aborted || binding->ended)
        return E_ABORT;
    if (FAILED(hr))
        return hr;
    if (wants_class_object(binding))
        hr = CoGetClassObject(&binding->object_class, class_context(binding), NULL, &IID_IUnknown,
                (void **)&binding->object);
    else
        hr = CoCreateInstance(&binding->object_class, NULL, class_context(binding), &IID_IUnknown,
                (void **)&binding->object);
    if (FAILED(hr))
    {
        trace("binding %p: no object of the class: 0x%08lx", (void *)binding, (unsigned long)hr);
        hr = INET_E_CANNOT_INSTANTIATE_OBJECT;
    }
    return binding->aborted || binding->ended ? E_ABORT : hr;
}

static void put_properties(struct binding *binding, IUnknown *object)
{
    IMonikerProp *properties;
    WCHAR text[40];

    if (FAILED(IUnknown_QueryInterface(object, &IID_IMonikerProp, (void **)&properties)))
        return;
    if (binding->mime)
        IMonikerProp_PutProperty(properties, MIMETYPEPROP, binding->mime);
    StringFromGUID2(&binding->object_class, text, ARRAYSIZE(text));
    IMonikerProp_PutProperty(properties, CLASSIDPROP, text);
    IMonikerProp_Release(properties);
}

/* S_FALSE: the object does not load itself from a moniker. */
static HRESULT load_moniker(struct binding *binding, BOOL complete)
{
    BIND_OPTS options = {.cbStruct = sizeof(options)};
    IPersistMoniker *persist;
    HRESULT hr;

    if (FAILED(IUnknown_QueryInterface(binding->object, &IID_IPersistMoniker, (void **)&persist)))
        return S_FALSE;
    put_properties(binding, binding->object);
    if (FAILED(IBindCtx_GetBindOptions(binding->context, &options)))
        options.grfMode = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
    binding_register_loading(binding);
    hr = IPersistMoniker_Load(persist, complete, binding->moniker, binding->context,
            options.grfMode);
    if (binding->context)
        binding_revoke_loading(binding);
    IPersistMoniker_Release(persist);
    return FAILED(hr) ? hr : S_OK;
}

/* The object's stream is filled while it reads; a Read that is ahead of the data waits, and the
 * thread dispatches messages meanwhile. S_FALSE: the object does not load itself from a stream. */
static HRESULT load_stream(struct binding *binding)
{
    LARGE_INTEGER start = {.QuadPart = is_ole_object(binding) ? sizeof(CLSID) : 0};
    IStream *stream = binding_stream_iface(binding->stream);
    IPersistStreamInit *persist_init;
    IPersistStream *persist;
    HRESULT hr;

    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(IUnknown_QueryInterface(binding->object, &IID_IPersistStreamInit,
                (void **)&persist_init)))
    {
        hr = IPersistStreamInit_Load(persist_init, stream);
        IPersistStreamInit_Release(persist_init);
        return FAILED(hr) ? hr : S_OK;
    }
    if (FAILED(IUnknown_QueryInterface(binding->object, &IID_IPersistStream, (void **)&persist)))
        return S_FALSE;
    hr = IPersistStream_Load(persist, stream);
    IPersistStream_Release(persist);
    return FAILED(hr) ? hr : S_OK;
}

/* Whether all that is left for the object is a file. */
static BOOL wants_file(struct binding *binding)
{
    IUnknown *file;

    if (FAILED(IUnknown_QueryInterface(binding->object, &IID_IPersistFile, (void **)&file)))
        return FALSE;
    IUnknown_Release(file);
    return TRUE;
}

/* All data are there. */
static HRESULT load_file(struct binding *binding)
{
    IPersistFile *file;
    HRESULT hr;

    if (FAILED(hr = binding_keep_file(binding)))
        return hr;
    if (FAILED(IUnknown_QueryInterface(binding->object, &IID_IPersistFile, (void **)&file)))
        return INET_E_CANNOT_LOAD_DATA;
    hr = IPersistFile_Load(file, binding->cache_file, STGM_READ | STGM_SHARE_DENY_NONE);
    IPersistFile_Release(file);
    return FAILED(hr) ? hr : S_OK;
}

/* By the fastest way the object knows. S_FALSE: when all data are there, from a file. */
static HRESULT load_object(struct binding *binding, BOOL complete)
{
    HRESULT hr = load_moniker(binding, complete);

    if (hr == S_FALSE)
        hr = load_stream(binding);
    if (hr == S_FALSE && !wants_file(binding))
        hr = INET_E_CANNOT_LOAD_DATA;
    return hr;
}

static void finish_object(struct binding *binding, HRESULT hr)
{
    IUnknown *object = NULL;

    binding_progress(binding, 0, 0, BINDSTATUS_ENDSYNCOPERATION, NULL);
    if (binding->aborted || binding->ended)
        return;
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface(binding->object, &binding->iid, (void **)&object);
    if (FAILED(hr))
    {
        trace("binding %p: no object: 0x%08lx", (void *)binding, (unsigned long)hr);
        binding_fail(binding, hr);
        return;
    }
    if (binding->callback)
        IBindStatusCallback_OnObjectAvailable(binding->callback, &binding->iid, object);
    IUnknown_Release(object);
    if (binding->aborted || binding->ended)
        return;
    binding->last_data = TRUE;
    if (!binding->successor)
        binding_abort_rest(binding);
    binding_stop(binding, S_OK, 0, NULL);
}

void binding_object_advance(struct binding *binding, BOOL complete)
{
    HRESULT hr;

    if (!binding->object_tried)
    {
        hr = find_class(binding, &binding->object_class);
        if (hr == E_PENDING)
            return;
        binding->object_tried = TRUE;
        if (complete)
            binding_end_data(binding);
        hr = create_object(binding, hr);
        if (SUCCEEDED(hr) && !wants_class_object(binding))
            hr = load_object(binding, complete);
        binding->needs_data = hr == S_FALSE;
        if (!binding->needs_data)
        {
            finish_object(binding, hr);
            return;
        }
    }
    if (!binding->needs_data || binding->aborted || binding->ended)
        return;
    hr = binding_fill(binding, binding->quota);
    if (hr == S_OK)
        binding->again = TRUE;
    if (hr == S_OK || hr == E_PENDING)
        return;
    binding->needs_data = FALSE;
    finish_object(binding, FAILED(hr) ? hr : load_file(binding));
}
