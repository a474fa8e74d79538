/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BindToObject: the class for the media type, an object of it, and the data loaded into that. Pages
 * "IMoniker - URL Moniker Implementation", "Media-Type Negotiation", IPersistMoniker.
 */
#include <ocidl.h>
#include <string.h>

#include "binding_impl.h"
#include "download_manager.h"
#include "trace.h"

/* The class for the media type: what is registered in the bind context comes first, then the
 * registry, by media type and by extension. */
static HRESULT find_class(struct binding *binding, CLSID *class)
{
    const WCHAR *name = binding->cache_file ? binding->cache_file : binding->url;
    char mime[256];

    if (binding->mime
            && WideCharToMultiByte(CP_ACP, 0, binding->mime, -1, mime, sizeof(mime), NULL, NULL)
            && SUCCEEDED(FindMediaTypeClass(binding->context, mime, class, 0)))
        return S_OK;
    return GetClassFileOrMime(binding->context, name, NULL, 0, binding->mime, 0, class) == S_OK
            ? S_OK
            : REGDB_E_CLASSNOTREG;
}

static HRESULT create_object(struct binding *binding)
{
    WCHAR text[40];
    HRESULT hr;

    hr = find_class(binding, &binding->object_class);
    if (SUCCEEDED(hr))
    {
        StringFromGUID2(&binding->object_class, text, ARRAYSIZE(text));
        binding_progress(binding, 0, 0, BINDSTATUS_CLASSIDAVAILABLE, text);
    }
    binding_progress(binding, 0, 0, BINDSTATUS_BEGINSYNCOPERATION, NULL);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&binding->object_class, NULL, CLSCTX_SERVER | CLSCTX_INPROC_HANDLER,
                &IID_IUnknown, (void **)&binding->object);
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

/* All data are there. */
static HRESULT load_data(struct binding *binding)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IPersistStreamInit *stream_init;
    IPersistStream *persist;
    IPersistFile *file;
    IStream *stream = binding_stream_iface(binding->stream);
    HRESULT hr;

    if (binding->cache_file
            && SUCCEEDED(
                    IUnknown_QueryInterface(binding->object, &IID_IPersistFile, (void **)&file)))
    {
        hr = IPersistFile_Load(file, binding->cache_file, STGM_READ | STGM_SHARE_DENY_NONE);
        IPersistFile_Release(file);
        return hr;
    }
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(IUnknown_QueryInterface(binding->object, &IID_IPersistStreamInit,
                (void **)&stream_init)))
    {
        hr = IPersistStreamInit_Load(stream_init, stream);
        IPersistStreamInit_Release(stream_init);
        return hr;
    }
    if (FAILED(hr = IUnknown_QueryInterface(binding->object, &IID_IPersistStream,
                       (void **)&persist)))
        return MK_E_NOSTORAGE;
    hr = IPersistStream_Load(persist, stream);
    IPersistStream_Release(persist);
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
        binding->object_tried = TRUE;
        if (complete)
            binding_end_data(binding);
        hr = create_object(binding);
        if (SUCCEEDED(hr) && (hr = load_moniker(binding, complete)) == S_FALSE)
            binding->needs_data = TRUE;
        else
            finish_object(binding, hr);
        if (!binding->needs_data)
            return;
    }
    if (!binding->needs_data || binding->aborted || binding->ended)
        return;
    hr = binding_fill(binding, binding->quota);
    if (hr == S_OK)
        binding->again = TRUE;
    if (hr == S_OK || hr == E_PENDING)
        return;
    binding->needs_data = FALSE;
    finish_object(binding, FAILED(hr) ? hr : load_data(binding));
}
