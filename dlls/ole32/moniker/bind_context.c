/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bind contexts: the options of a binding, the objects that live as long as it does, and those that
 * its parties leave each other under a name. objidl/nn-objidl-ibindctx
 */
#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <ole2.h>

#include "array.h"
#include "com_object.h"
#include "string_enumerator.h"
#include "wstr.h"

struct bind_param
{
    WCHAR *key;
    IUnknown *object;
};

struct bind_context
{
    struct com_object object;
    IBindCtx IBindCtx_iface;
    SRWLOCK lock; /* held while an object is called for AddRef alone */
    BIND_OPTS3 options;
    IUnknown **bound;
    ULONG bound_count, bound_room;
    struct bind_param *params;
    ULONG param_count, param_room;
};

COM_OBJECT_METHODS(bind_context, struct bind_context, IBindCtx, IBindCtx_iface)

/* The same object may be registered many times; nothing is no object. */
static HRESULT STDMETHODCALLTYPE bind_context_RegisterObjectBound(IBindCtx *iface, IUnknown *object)
{
    struct bind_context *context = bind_context_from_IBindCtx(iface);
    BOOL grown;

    if (!object)
        return S_OK;
    IUnknown_AddRef(object);
    AcquireSRWLockExclusive(&context->lock);
    grown = array_grow(&context->bound, context->bound_count, &context->bound_room,
            sizeof(context->bound[0]));
    if (grown)
        context->bound[context->bound_count++] = object;
    ReleaseSRWLockExclusive(&context->lock);
    if (grown)
        return S_OK;
    IUnknown_Release(object);
    return E_OUTOFMEMORY;
}

/* Undoes one registration. MK_E_NOTBOUND: there is none. */
static HRESULT STDMETHODCALLTYPE bind_context_RevokeObjectBound(IBindCtx *iface, IUnknown *object)
{
    struct bind_context *context = bind_context_from_IBindCtx(iface);
    ULONG i = 0;

    if (!object)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&context->lock);
    while (i < context->bound_count && context->bound[i] != object)
        i++;
    if (i == context->bound_count)
    {
        ReleaseSRWLockExclusive(&context->lock);
        return MK_E_NOTBOUND;
    }
    context->bound_count--;
    memmove(context->bound + i, context->bound + i + 1,
            (context->bound_count - i) * sizeof(context->bound[0]));
    ReleaseSRWLockExclusive(&context->lock);
    IUnknown_Release(object);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE bind_context_ReleaseBoundObjects(IBindCtx *iface)
{
    struct bind_context *context = bind_context_from_IBindCtx(iface);
    IUnknown **bound;
    ULONG count;

    AcquireSRWLockExclusive(&context->lock);
    bound = context->bound;
    count = context->bound_count;
    context->bound = NULL;
    context->bound_count = context->bound_room = 0;
    ReleaseSRWLockExclusive(&context->lock);
    for (ULONG i = 0; i < count; i++)
        IUnknown_Release(bound[i]);
    free(bound);
    return S_OK;
}

/* Takes as many members as the caller's structure has; BIND_OPTS is the smallest there is. */
static HRESULT STDMETHODCALLTYPE bind_context_SetBindOptions(IBindCtx *iface, BIND_OPTS *options)
{
    struct bind_context *context = bind_context_from_IBindCtx(iface);

    if (!options || options->cbStruct < sizeof(BIND_OPTS)
            || options->cbStruct > sizeof(context->options))
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&context->lock);
    memcpy(&context->options, options, options->cbStruct);
    ReleaseSRWLockExclusive(&context->lock);
    return S_OK;
}

/* Fills as many members as the caller's structure has; its cbStruct says afterwards how much. */
static HRESULT STDMETHODCALLTYPE bind_context_GetBindOptions(IBindCtx *iface, BIND_OPTS *options)
{
    struct bind_context *context = bind_context_from_IBindCtx(iface);
    DWORD size;

    if (!options || options->cbStruct < sizeof(options->cbStruct))
        return E_INVALIDARG;
    AcquireSRWLockShared(&context->lock);
    size = min(options->cbStruct, sizeof(context->options));
    memcpy(options, &context->options, size);
    options->cbStruct = size;
    ReleaseSRWLockShared(&context->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE bind_context_GetRunningObjectTable(IBindCtx *iface,
        IRunningObjectTable **out)
{
    (void)iface;
    return GetRunningObjectTable(0, out);
}

static BOOL keys_equal(const WCHAR *one, const WCHAR *other)
{
    return one && other ? !wcscmp(one, other) : one == other;
}

/* The entry of a key, which may be NULL; compared by case. The caller holds the lock. */
static struct bind_param *param_find(struct bind_context *context, const WCHAR *key)
{
    for (ULONG i = 0; i < context->param_count; i++)
    {
        struct bind_param *param = &context->params[i];

        if (keys_equal(param->key, key))
            return param;
    }
    return NULL;
}

/* Puts the object in; *object is then what has to be released. */
static HRESULT param_set(struct bind_context *context, WCHAR **key, IUnknown **object)
{
    struct bind_param *param = param_find(context, *key);

    if (param)
    {
        IUnknown *old = param->object;

        param->object = *object;
        *object = old;
        return S_OK;
    }
    if (!array_grow(&context->params, context->param_count, &context->param_room,
                sizeof(context->params[0])))
        return E_OUTOFMEMORY;
    context->params[context->param_count++] = (struct bind_param){*key, *object};
    *key = NULL;
    *object = NULL;
    return S_OK;
}

/* An object that is there under that key is replaced. */
static HRESULT STDMETHODCALLTYPE bind_context_RegisterObjectParam(IBindCtx *iface, LPOLESTR key,
        IUnknown *object)
{
    struct bind_context *context = bind_context_from_IBindCtx(iface);
    WCHAR *copy = key ? wstr_dup(key) : NULL;
    HRESULT hr;

    if (!object || (key && !copy))
    {
        free(copy);
        return object ? E_OUTOFMEMORY : E_INVALIDARG;
    }
    IUnknown_AddRef(object);
    AcquireSRWLockExclusive(&context->lock);
    hr = param_set(context, &copy, &object);
    ReleaseSRWLockExclusive(&context->lock);
    if (object)
        IUnknown_Release(object);
    free(copy);
    return hr;
}

/* E_FAIL: there is none. */
static HRESULT STDMETHODCALLTYPE bind_context_GetObjectParam(IBindCtx *iface, LPOLESTR key,
        IUnknown **out)
{
    struct bind_context *context = bind_context_from_IBindCtx(iface);
    struct bind_param *param;

    if (!out)
        return E_INVALIDARG;
    AcquireSRWLockShared(&context->lock);
    param = param_find(context, key);
    *out = param ? param->object : NULL;
    if (*out)
        IUnknown_AddRef(*out);
    ReleaseSRWLockShared(&context->lock);
    return *out ? S_OK : E_FAIL;
}

/* The keys at this moment. */
static HRESULT STDMETHODCALLTYPE bind_context_EnumObjectParam(IBindCtx *iface, IEnumString **out)
{
    struct bind_context *context = bind_context_from_IBindCtx(iface);
    struct string_list keys = {0};
    HRESULT hr = S_OK;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    AcquireSRWLockShared(&context->lock);
    for (ULONG i = 0; i < context->param_count && SUCCEEDED(hr); i++)
        if (context->params[i].key)
            hr = string_list_add(&keys, context->params[i].key);
    ReleaseSRWLockShared(&context->lock);
    if (SUCCEEDED(hr))
        return string_enumerator_create(&keys, out);
    string_list_free(&keys);
    return hr;
}

/* E_FAIL: it is not there. */
static HRESULT STDMETHODCALLTYPE bind_context_RevokeObjectParam(IBindCtx *iface, LPOLESTR key)
{
    struct bind_context *context = bind_context_from_IBindCtx(iface);
    struct bind_param *param, removed = {NULL, NULL};

    AcquireSRWLockExclusive(&context->lock);
    param = param_find(context, key);
    if (param)
    {
        removed = *param;
        *param = context->params[--context->param_count];
    }
    ReleaseSRWLockExclusive(&context->lock);
    if (!removed.object)
        return E_FAIL;
    IUnknown_Release(removed.object);
    free(removed.key);
    return S_OK;
}

static void bind_context_destroy(void *object)
{
    struct bind_context *context = object;

    bind_context_ReleaseBoundObjects(&context->IBindCtx_iface);
    for (ULONG i = 0; i < context->param_count; i++)
    {
        IUnknown_Release(context->params[i].object);
        free(context->params[i].key);
    }
    free(context->params);
    free(context);
}

static const struct com_interface bind_context_interfaces[] = {
        {&IID_IUnknown, offsetof(struct bind_context, IBindCtx_iface)},
        {&IID_IBindCtx, offsetof(struct bind_context, IBindCtx_iface)},
};
static const struct com_class bind_context_class = {"bind context", bind_context_interfaces,
        ARRAY_SIZE(bind_context_interfaces), bind_context_destroy};

static const IBindCtxVtbl bind_context_vtbl = {
        bind_context_IBindCtx_QueryInterface,
        bind_context_IBindCtx_AddRef,
        bind_context_IBindCtx_Release,
        bind_context_RegisterObjectBound,
        bind_context_RevokeObjectBound,
        bind_context_ReleaseBoundObjects,
        bind_context_SetBindOptions,
        bind_context_GetBindOptions,
        bind_context_GetRunningObjectTable,
        bind_context_RegisterObjectParam,
        bind_context_GetObjectParam,
        bind_context_EnumObjectParam,
        bind_context_RevokeObjectParam,
};

/*
 * CreateBindCtx: an empty bind context. Its options are those of the page of
 * IBindCtx::SetBindOptions, and CLSCTX_SERVER and the thread's locale. E_INVALIDARG, E_OUTOFMEMORY.
 * objbase/nf-objbase-createbindctx
 */
HRESULT WINAPI CreateBindCtx(DWORD reserved, IBindCtx **out)
{
    struct bind_context *context;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (reserved)
        return E_INVALIDARG;
    context = calloc(1, sizeof(*context));
    if (!context)
        return E_OUTOFMEMORY;
    com_object_init(&context->object, &bind_context_class);
    context->IBindCtx_iface.lpVtbl = &bind_context_vtbl;
    InitializeSRWLock(&context->lock);
    context->options.cbStruct = sizeof(BIND_OPTS2);
    context->options.grfMode = STGM_READWRITE;
    context->options.dwClassContext = CLSCTX_SERVER;
    context->options.locale = GetThreadLocale();
    *out = &context->IBindCtx_iface;
    return S_OK;
}
