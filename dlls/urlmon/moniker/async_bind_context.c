/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asynchronous bind contexts: bind contexts with a callback, and formats, registered. One made from
 * another context passes everything on to that. Pages "CreateAsyncBindCtx"
 * (urlmon/nf-urlmon-createasyncbindctx), "CreateAsyncBindCtxEx function", "Asynchronous Bind
 * Context Object".
 */
#include "bind_context.h"
#include "com_object.h"
#include "urlmon_module.h"

/* MinGW-w64 declares it, and has it in no library. */
const IID IID_IAsyncBindCtx = {0x79eac9d4, 0xbaf9, 0x11ce,
        {0x8c, 0x82, 0x00, 0xaa, 0x00, 0x4b, 0xa9, 0x0b}};

struct context_wrapper
{
    struct com_object object;
    IBindCtx IBindCtx_iface;
    IBindCtx *inner;
};

COM_OBJECT_METHODS(wrapper, struct context_wrapper, IBindCtx, IBindCtx_iface)

static HRESULT STDMETHODCALLTYPE wrapper_RegisterObjectBound(IBindCtx *iface, IUnknown *object)
{
    return IBindCtx_RegisterObjectBound(wrapper_from_IBindCtx(iface)->inner, object);
}

static HRESULT STDMETHODCALLTYPE wrapper_RevokeObjectBound(IBindCtx *iface, IUnknown *object)
{
    return IBindCtx_RevokeObjectBound(wrapper_from_IBindCtx(iface)->inner, object);
}

static HRESULT STDMETHODCALLTYPE wrapper_ReleaseBoundObjects(IBindCtx *iface)
{
    return IBindCtx_ReleaseBoundObjects(wrapper_from_IBindCtx(iface)->inner);
}

static HRESULT STDMETHODCALLTYPE wrapper_SetBindOptions(IBindCtx *iface, BIND_OPTS *options)
{
    return IBindCtx_SetBindOptions(wrapper_from_IBindCtx(iface)->inner, options);
}

static HRESULT STDMETHODCALLTYPE wrapper_GetBindOptions(IBindCtx *iface, BIND_OPTS *options)
{
    return IBindCtx_GetBindOptions(wrapper_from_IBindCtx(iface)->inner, options);
}

static HRESULT STDMETHODCALLTYPE wrapper_GetRunningObjectTable(IBindCtx *iface,
        IRunningObjectTable **out)
{
    return IBindCtx_GetRunningObjectTable(wrapper_from_IBindCtx(iface)->inner, out);
}

static HRESULT STDMETHODCALLTYPE wrapper_RegisterObjectParam(IBindCtx *iface, OLECHAR *key,
        IUnknown *object)
{
    return IBindCtx_RegisterObjectParam(wrapper_from_IBindCtx(iface)->inner, key, object);
}

static HRESULT STDMETHODCALLTYPE wrapper_GetObjectParam(IBindCtx *iface, OLECHAR *key,
        IUnknown **out)
{
    return IBindCtx_GetObjectParam(wrapper_from_IBindCtx(iface)->inner, key, out);
}

static HRESULT STDMETHODCALLTYPE wrapper_EnumObjectParam(IBindCtx *iface, IEnumString **out)
{
    return IBindCtx_EnumObjectParam(wrapper_from_IBindCtx(iface)->inner, out);
}

static HRESULT STDMETHODCALLTYPE wrapper_RevokeObjectParam(IBindCtx *iface, OLECHAR *key)
{
    return IBindCtx_RevokeObjectParam(wrapper_from_IBindCtx(iface)->inner, key);
}

static const IBindCtxVtbl wrapper_vtbl = {
        wrapper_IBindCtx_QueryInterface,
        wrapper_IBindCtx_AddRef,
        wrapper_IBindCtx_Release,
        wrapper_RegisterObjectBound,
        wrapper_RevokeObjectBound,
        wrapper_ReleaseBoundObjects,
        wrapper_SetBindOptions,
        wrapper_GetBindOptions,
        wrapper_GetRunningObjectTable,
        wrapper_RegisterObjectParam,
        wrapper_GetObjectParam,
        wrapper_EnumObjectParam,
        wrapper_RevokeObjectParam,
};

static void wrapper_destroy(void *object)
{
    struct context_wrapper *wrapper = object;

    IBindCtx_Release(wrapper->inner);
    free(wrapper);
}

static const struct com_interface wrapper_interfaces[] = {
        {&IID_IUnknown, offsetof(struct context_wrapper, IBindCtx_iface)},
        {&IID_IBindCtx, offsetof(struct context_wrapper, IBindCtx_iface)},
        {&IID_IAsyncBindCtx, offsetof(struct context_wrapper, IBindCtx_iface)},
};

static const struct com_class wrapper_class = {"bind context wrapper", wrapper_interfaces,
        ARRAY_SIZE(wrapper_interfaces), wrapper_destroy};

HRESULT bind_context_wrap(IBindCtx *inner, IBindCtx **out)
{
    struct context_wrapper *wrapper = calloc(1, sizeof(*wrapper));

    *out = NULL;
    if (!wrapper)
        return E_OUTOFMEMORY;
    com_object_init(&wrapper->object, &wrapper_class);
    wrapper->IBindCtx_iface.lpVtbl = (IBindCtxVtbl *)&wrapper_vtbl;
    wrapper->inner = inner;
    IBindCtx_AddRef(inner);
    *out = &wrapper->IBindCtx_iface;
    return S_OK;
}

/* Takes the context over, also when it fails. */
static HRESULT context_fill(IBindCtx *context, IBindStatusCallback *callback,
        IEnumFORMATETC *formats, IBindCtx **out)
{
    HRESULT hr = S_OK;

    if (callback)
        hr = RegisterBindStatusCallback(context, callback, NULL, 0);
    if (SUCCEEDED(hr) && formats)
        hr = RegisterFormatEnumerator(context, formats, 0);
    if (SUCCEEDED(hr))
        *out = context;
    else
        IBindCtx_Release(context);
    return hr;
}

/*
 * CreateAsyncBindCtxEx: the same for a context that may be given (else a new one is made), with
 * callback and formats that may be NULL. No options are defined. E_INVALIDARG, E_OUTOFMEMORY.
 */
HRESULT WINAPI CreateAsyncBindCtxEx(IBindCtx *inner, DWORD options, IBindStatusCallback *callback,
        IEnumFORMATETC *formats, IBindCtx **out, DWORD reserved)
{
    IBindCtx *own = NULL, *context;
    HRESULT hr;

    if (!out || reserved)
        return E_INVALIDARG;
    (void)options;
    *out = NULL;
    if (!inner)
    {
        hr = bind_context_create(&own);
        if (FAILED(hr))
            return hr;
    }
    hr = bind_context_wrap(inner ? inner : own, &context);
    if (own)
        IBindCtx_Release(own);
    return SUCCEEDED(hr) ? context_fill(context, callback, formats, out) : hr;
}

/*
 * CreateAsyncBindCtx: a new bind context with a callback, and with formats unless they are NULL.
 * E_INVALIDARG: no callback, no place for the result, or something in the reserved parameter;
 * then *out stays as it is.
 */
HRESULT WINAPI CreateAsyncBindCtx(DWORD reserved, IBindStatusCallback *callback,
        IEnumFORMATETC *formats, IBindCtx **out)
{
    IBindCtx *context;
    HRESULT hr;

    if (!out || !callback || reserved)
        return E_INVALIDARG;
    *out = NULL;
    hr = bind_context_create(&context);
    return SUCCEEDED(hr) ? context_fill(context, callback, formats, out) : hr;
}
