/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bind context: the options of a binding, the objects it bound, and objects by name. Interface
 * page "IBindCtx" (objidl/nn-objidl-ibindctx). It may be used from any thread.
 */
#include "bind_context.h"

#include "com_object.h"
#include "list.h"
#include "wstr.h"

struct bound_object
{
    struct list entry;
    IUnknown *object;
};

struct object_param
{
    struct list entry;
    WCHAR *key;
    IUnknown *object;
};

struct bind_context
{
    struct com_object object;
    IBindCtx IBindCtx_iface;
    SRWLOCK lock; /* guards the rest */
    BIND_OPTS3 options;
    struct list bound;  /* struct bound_object */
    struct list params; /* struct object_param */
};

COM_OBJECT_METHODS(context, struct bind_context, IBindCtx, IBindCtx_iface)

static void bound_objects_free(struct list *bound)
{
    struct bound_object *each, *next;

    LIST_FOR_EACH_SAFE(each, next, bound, struct bound_object, entry)
    {
        list_remove(&each->entry);
        IUnknown_Release(each->object);
        free(each);
    }
}

static void object_param_free(struct object_param *param)
{
    IUnknown_Release(param->object);
    free(param->key);
    free(param);
}

static struct object_param *context_find_param(struct bind_context *context, const WCHAR *key)
{
    struct object_param *each;

    LIST_FOR_EACH(each, &context->params, struct object_param, entry)
    {
        if (!wcscmp(each->key, key))
            return each;
    }
    return NULL;
}

static HRESULT STDMETHODCALLTYPE context_RegisterObjectBound(IBindCtx *iface, IUnknown *object)
{
    struct bind_context *context = context_from_IBindCtx(iface);
    struct bound_object *bound;

    if (!object)
        return S_OK;
    bound = malloc(sizeof(*bound));
    if (!bound)
        return E_OUTOFMEMORY;
    bound->object = object;
    IUnknown_AddRef(object);
    AcquireSRWLockExclusive(&context->lock);
    list_add_tail(&context->bound, &bound->entry);
    ReleaseSRWLockExclusive(&context->lock);
    return S_OK;
}

/* Undoes one RegisterObjectBound. */
static HRESULT STDMETHODCALLTYPE context_RevokeObjectBound(IBindCtx *iface, IUnknown *object)
{
    struct bind_context *context = context_from_IBindCtx(iface);
    struct bound_object *each, *found = NULL;

    if (!object)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&context->lock);
    LIST_FOR_EACH(each, &context->bound, struct bound_object, entry)
    {
        if (each->object == object)
        {
            found = each;
            list_remove(&found->entry);
            break;
        }
    }
    ReleaseSRWLockExclusive(&context->lock);
    if (!found)
        return MK_E_NOTBOUND;
    IUnknown_Release(found->object);
    free(found);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_ReleaseBoundObjects(IBindCtx *iface)
{
    struct bind_context *context = context_from_IBindCtx(iface);
    struct bound_object *each, *next;
    struct list bound;

    list_init(&bound);
    AcquireSRWLockExclusive(&context->lock);
    LIST_FOR_EACH_SAFE(each, next, &context->bound, struct bound_object, entry)
    {
        list_remove(&each->entry);
        list_add_tail(&bound, &each->entry);
    }
    ReleaseSRWLockExclusive(&context->lock);
    bound_objects_free(&bound);
    return S_OK;
}

/* The caller's cbStruct says which of the structures BIND_OPTS, 2 or 3 it is. */
static HRESULT STDMETHODCALLTYPE context_SetBindOptions(IBindCtx *iface, BIND_OPTS *options)
{
    struct bind_context *context = context_from_IBindCtx(iface);

    if (!options || options->cbStruct < sizeof(options->cbStruct)
            || options->cbStruct > sizeof(context->options))
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&context->lock);
    memcpy(&context->options, options, options->cbStruct);
    ReleaseSRWLockExclusive(&context->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_GetBindOptions(IBindCtx *iface, BIND_OPTS *options)
{
    struct bind_context *context = context_from_IBindCtx(iface);
    DWORD size;

    if (!options)
        return E_INVALIDARG;
    size = options->cbStruct;
    if (size < sizeof(size) || size > sizeof(context->options))
        return E_INVALIDARG;
    AcquireSRWLockShared(&context->lock);
    memcpy(options, &context->options, size);
    ReleaseSRWLockShared(&context->lock);
    options->cbStruct = size;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_GetRunningObjectTable(IBindCtx *iface,
        IRunningObjectTable **out)
{
    (void)iface;
    return GetRunningObjectTable(0, out);
}

/* Replaces an object of the same name. */
static HRESULT STDMETHODCALLTYPE context_RegisterObjectParam(IBindCtx *iface, OLECHAR *key,
        IUnknown *object)
{
    struct bind_context *context = context_from_IBindCtx(iface);
    struct object_param *param, *old;

    if (!key || !object)
        return E_INVALIDARG;
    param = calloc(1, sizeof(*param));
    if (!param)
        return E_OUTOFMEMORY;
    param->key = wstr_dup(key);
    if (!param->key)
    {
        free(param);
        return E_OUTOFMEMORY;
    }
    param->object = object;
    IUnknown_AddRef(object);
    AcquireSRWLockExclusive(&context->lock);
    old = context_find_param(context, key);
    if (old)
        list_remove(&old->entry);
    list_add_tail(&context->params, &param->entry);
    ReleaseSRWLockExclusive(&context->lock);
    if (old)
        object_param_free(old);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_GetObjectParam(IBindCtx *iface, OLECHAR *key,
        IUnknown **out)
{
    struct bind_context *context = context_from_IBindCtx(iface);
    struct object_param *param;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!key)
        return E_INVALIDARG;
    AcquireSRWLockShared(&context->lock);
    param = context_find_param(context, key);
    if (param)
    {
        *out = param->object;
        IUnknown_AddRef(*out);
    }
    ReleaseSRWLockShared(&context->lock);
    return *out ? S_OK : E_FAIL;
}

/* As documented of the system's bind contexts: E_NOTIMPL. */
static HRESULT STDMETHODCALLTYPE context_EnumObjectParam(IBindCtx *iface, IEnumString **out)
{
    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE context_RevokeObjectParam(IBindCtx *iface, OLECHAR *key)
{
    struct bind_context *context = context_from_IBindCtx(iface);
    struct object_param *param;

    if (!key)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&context->lock);
    param = context_find_param(context, key);
    if (param)
        list_remove(&param->entry);
    ReleaseSRWLockExclusive(&context->lock);
    if (!param)
        return E_FAIL;
    object_param_free(param);
    return S_OK;
}

static const IBindCtxVtbl context_vtbl = {
        context_IBindCtx_QueryInterface,
        context_IBindCtx_AddRef,
        context_IBindCtx_Release,
        context_RegisterObjectBound,
        context_RevokeObjectBound,
        context_ReleaseBoundObjects,
        context_SetBindOptions,
        context_GetBindOptions,
        context_GetRunningObjectTable,
        context_RegisterObjectParam,
        context_GetObjectParam,
        context_EnumObjectParam,
        context_RevokeObjectParam,
};

static void context_destroy(void *object)
{
    struct bind_context *context = object;
    struct object_param *each, *next;

    bound_objects_free(&context->bound);
    LIST_FOR_EACH_SAFE(each, next, &context->params, struct object_param, entry)
    {
        list_remove(&each->entry);
        object_param_free(each);
    }
    free(context);
}

static const struct com_interface context_interfaces[] = {
        {&IID_IUnknown, offsetof(struct bind_context, IBindCtx_iface)},
        {&IID_IBindCtx, offsetof(struct bind_context, IBindCtx_iface)},
};

static const struct com_class context_class = {"bind context", context_interfaces,
        ARRAY_SIZE(context_interfaces), context_destroy};

HRESULT bind_context_create(IBindCtx **out)
{
    struct bind_context *context = calloc(1, sizeof(*context));

    *out = NULL;
    if (!context)
        return E_OUTOFMEMORY;
    com_object_init(&context->object, &context_class);
    context->IBindCtx_iface.lpVtbl = (IBindCtxVtbl *)&context_vtbl;
    InitializeSRWLock(&context->lock);
    list_init(&context->bound);
    list_init(&context->params);
    context->options.cbStruct = sizeof(context->options);
    context->options.grfFlags = BIND_MAYBOTHERUSER;
    context->options.grfMode = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
    context->options.dwClassContext = CLSCTX_SERVER;
    context->options.locale = GetThreadLocale();
    *out = &context->IBindCtx_iface;
    return S_OK;
}
