/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Object contexts. An apartment has one, its default context: IObjContext and IContext
 * (properties), IContextCallback (run something there), IComThreadingInfo (about the calling
 * thread).
 */
#include "object_context.h"

#include <ctxtcall.h>
#include <stdlib.h>

#include "com_object.h"
#include "com_thread.h"
#include "context_properties.h"

/* MinGW-w64 does not have this interface: IContext, and seven methods nobody calls. */
typedef struct IObjContext IObjContext;
typedef struct IObjContextVtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IObjContext *iface, REFIID iid, void **out);
    ULONG(STDMETHODCALLTYPE *AddRef)(IObjContext *iface);
    ULONG(STDMETHODCALLTYPE *Release)(IObjContext *iface);
    HRESULT(STDMETHODCALLTYPE *SetProperty)
    (IObjContext *iface, REFGUID id, CPFLAGS flags, IUnknown *object);
    HRESULT(STDMETHODCALLTYPE *RemoveProperty)(IObjContext *iface, REFGUID id);
    HRESULT(STDMETHODCALLTYPE *GetProperty)
    (IObjContext *iface, REFGUID id, CPFLAGS *flags, IUnknown **object);
    HRESULT(STDMETHODCALLTYPE *EnumContextProps)(IObjContext *iface, IEnumContextProps **out);
    void(STDMETHODCALLTYPE *Reserved[7])(IObjContext *iface);
} IObjContextVtbl;
struct IObjContext
{
    const IObjContextVtbl *lpVtbl;
};

extern const IID IID_IObjContext;
extern const IID IID_IContext;
extern const IID IID_IContextCallback;

struct object_context
{
    struct com_object object; /* the apartment's reference, and one for all that programs hold */
    LONG held;                /* what programs hold */
    IObjContext IObjContext_iface;
    IContextCallback IContextCallback_iface;
    IComThreadingInfo IComThreadingInfo_iface;
    struct apartment *apartment; /* with a reference; which is why the apartment lets go of its
                                  * context when it closes */
    struct context_properties properties;
};

/* Programs see how many references they hold, not the apartment's. Windows counts so as well: a
 * token of CoGetContextToken, which has none, becomes a pointer with one by AddRef. The first and
 * the last change the object's own count; both happen under the lock, or a thread that takes the
 * first one could be met by one that gives back the last. */
static SRWLOCK held_lock = SRWLOCK_INIT;

static ULONG context_hold(struct object_context *context)
{
    ULONG count;

    AcquireSRWLockExclusive(&held_lock);
    if (!context->held)
        com_object_addref(&context->object);
    count = ++context->held;
    ReleaseSRWLockExclusive(&held_lock);
    return count;
}

static ULONG context_let_go(struct object_context *context)
{
    ULONG count;

    AcquireSRWLockExclusive(&held_lock);
    count = context->held ? --context->held : 1;
    ReleaseSRWLockExclusive(&held_lock);
    if (!count)
        com_object_release(&context->object);
    return count;
}

static HRESULT context_find(struct object_context *context, REFIID iid, void **out)
{
    HRESULT hr = com_object_query_interface(&context->object, iid, out);

    if (SUCCEEDED(hr))
    {
        context_hold(context);
        com_object_release(&context->object);
    }
    return hr;
}

#define CONTEXT_METHODS(type)                                                                      \
    static inline struct object_context *context_from_##type(type *iface)                          \
    {                                                                                              \
        return COM_IMPL_FROM(iface, struct object_context, type##_iface);                          \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE context_##type##_QueryInterface(type *iface, REFIID iid,      \
            void **out)                                                                            \
    {                                                                                              \
        return context_find(context_from_##type(iface), iid, out);                                 \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE context_##type##_AddRef(type *iface)                            \
    {                                                                                              \
        return context_hold(context_from_##type(iface));                                           \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE context_##type##_Release(type *iface)                           \
    {                                                                                              \
        return context_let_go(context_from_##type(iface));                                         \
    }

CONTEXT_METHODS(IObjContext)
CONTEXT_METHODS(IContextCallback)
CONTEXT_METHODS(IComThreadingInfo)

/* --- IObjContext --- */

static HRESULT STDMETHODCALLTYPE context_SetProperty(IObjContext *iface, REFGUID id, CPFLAGS flags,
        IUnknown *object)
{
    return context_properties_set(&context_from_IObjContext(iface)->properties, id, flags, object);
}

static HRESULT STDMETHODCALLTYPE context_RemoveProperty(IObjContext *iface, REFGUID id)
{
    return context_properties_remove(&context_from_IObjContext(iface)->properties, id);
}

static HRESULT STDMETHODCALLTYPE context_GetProperty(IObjContext *iface, REFGUID id, CPFLAGS *flags,
        IUnknown **object)
{
    return context_properties_get(&context_from_IObjContext(iface)->properties, id, flags, object);
}

static HRESULT STDMETHODCALLTYPE context_EnumContextProps(IObjContext *iface,
        IEnumContextProps **out)
{
    return context_properties_enum(&context_from_IObjContext(iface)->properties, out);
}

static void STDMETHODCALLTYPE context_Reserved(IObjContext *iface)
{
    (void)iface;
}

/* --- IContextCallback --- */

struct context_call
{
    PFNCONTEXTCALL function;
    ComCallData *data;
};

static HRESULT context_call_run(void *argument)
{
    struct context_call *call = argument;

    return call->function(call->data);
}

/* Runs the function in the context's apartment, and waits for it. Its result; E_INVALIDARG;
 * RPC_E_DISCONNECTED when the apartment is closed, E_OUTOFMEMORY.
 * ctxtcall/nf-ctxtcall-icontextcallback-contextcallback */
static HRESULT STDMETHODCALLTYPE context_ContextCallback(IContextCallback *iface,
        PFNCONTEXTCALL function, ComCallData *data, REFIID iid, int method, IUnknown *reserved)
{
    struct object_context *context = context_from_IContextCallback(iface);
    struct context_call call = {function, data};

    (void)iid;
    (void)method;
    (void)reserved;
    if (!function)
        return E_INVALIDARG;
    return apartment_call(context->apartment, context_call_run, &call);
}

/* --- IComThreadingInfo: of the calling thread --- */

static HRESULT STDMETHODCALLTYPE context_GetCurrentApartmentType(IComThreadingInfo *iface,
        APTTYPE *type)
{
    APTTYPEQUALIFIER qualifier;

    (void)iface;
    if (!type)
        return E_INVALIDARG;
    return SUCCEEDED(CoGetApartmentType(type, &qualifier)) ? S_OK : E_FAIL;
}

static HRESULT STDMETHODCALLTYPE context_GetCurrentThreadType(IComThreadingInfo *iface,
        THDTYPE *type)
{
    struct com_thread *thread = com_thread_peek();

    (void)iface;
    if (!type)
        return E_INVALIDARG;
    if (!apartment_current())
        return E_FAIL;
    *type = thread && thread->apartment && thread->apartment->kind == APARTMENT_STA
            ? THDTYPE_PROCESSMESSAGES
            : THDTYPE_BLOCKMESSAGES;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_GetCurrentLogicalThreadId(IComThreadingInfo *iface,
        GUID *id)
{
    (void)iface;
    if (!id)
        return E_INVALIDARG;
    return apartment_current() ? CoGetCurrentLogicalThreadId(id) : E_FAIL;
}

static HRESULT STDMETHODCALLTYPE context_SetCurrentLogicalThreadId(IComThreadingInfo *iface,
        REFGUID id)
{
    struct com_thread *thread;

    (void)iface;
    if (!id)
        return E_INVALIDARG;
    if (!apartment_current())
        return E_FAIL;
    if (!(thread = com_thread_get()))
        return E_OUTOFMEMORY;
    thread->causality = *id;
    com_thread_mark(thread, OLE_TLS_UUID_INITIALIZED,
            IsEqualGUID(id, &GUID_NULL) ? 0 : OLE_TLS_UUID_INITIALIZED);
    return S_OK;
}

static void context_destroy(void *object)
{
    struct object_context *context = object;

    context_properties_free(&context->properties);
    apartment_release(context->apartment);
    free(context);
}

static const IObjContextVtbl context_obj_vtbl = {
        context_IObjContext_QueryInterface,
        context_IObjContext_AddRef,
        context_IObjContext_Release,
        context_SetProperty,
        context_RemoveProperty,
        context_GetProperty,
        context_EnumContextProps,
        {context_Reserved, context_Reserved, context_Reserved, context_Reserved, context_Reserved,
                context_Reserved, context_Reserved},
};

static IContextCallbackVtbl context_callback_vtbl = {
        context_IContextCallback_QueryInterface,
        context_IContextCallback_AddRef,
        context_IContextCallback_Release,
        context_ContextCallback,
};

static IComThreadingInfoVtbl context_threading_vtbl = {
        context_IComThreadingInfo_QueryInterface,
        context_IComThreadingInfo_AddRef,
        context_IComThreadingInfo_Release,
        context_GetCurrentApartmentType,
        context_GetCurrentThreadType,
        context_GetCurrentLogicalThreadId,
        context_SetCurrentLogicalThreadId,
};

static const struct com_interface context_interfaces[] = {
        {&IID_IUnknown, offsetof(struct object_context, IObjContext_iface)},
        {&IID_IContext, offsetof(struct object_context, IObjContext_iface)},
        {&IID_IObjContext, offsetof(struct object_context, IObjContext_iface)},
        {&IID_IContextCallback, offsetof(struct object_context, IContextCallback_iface)},
        {&IID_IComThreadingInfo, offsetof(struct object_context, IComThreadingInfo_iface)},
};

static const struct com_class context_class = {
        "object context",
        context_interfaces,
        ARRAY_SIZE(context_interfaces),
        context_destroy,
};

struct object_context *object_context_get(struct apartment *apartment)
{
    struct object_context *context, *made;

    if ((context = apartment->context) || apartment->closed || !(made = calloc(1, sizeof(*made))))
        return context;
    com_object_init(&made->object, &context_class);
    made->IObjContext_iface.lpVtbl = &context_obj_vtbl;
    made->IContextCallback_iface.lpVtbl = &context_callback_vtbl;
    made->IComThreadingInfo_iface.lpVtbl = &context_threading_vtbl;
    InitializeSRWLock(&made->properties.lock);
    apartment_addref(apartment);
    made->apartment = apartment;

    AcquireSRWLockExclusive(&apartment->lock);
    if (!apartment->context && !apartment->closed)
    {
        apartment->context = made;
        made = NULL;
    }
    context = apartment->context;
    ReleaseSRWLockExclusive(&apartment->lock);
    if (made)
        com_object_release(&made->object);
    return context;
}

IUnknown *object_context_unknown(struct object_context *context)
{
    return (IUnknown *)&context->IObjContext_iface;
}

void object_context_detach(struct apartment *apartment)
{
    struct object_context *context;

    AcquireSRWLockExclusive(&apartment->lock);
    context = apartment->context;
    apartment->context = NULL;
    ReleaseSRWLockExclusive(&apartment->lock);
    if (context)
        com_object_release(&context->object);
}

/* --- API --- */

static HRESULT context_query(struct apartment *apartment, REFIID iid, void **out)
{
    struct object_context *context = object_context_get(apartment);

    if (!context)
        return apartment->closed ? CO_E_NOTINITIALIZED : E_OUTOFMEMORY;
    if (!IsEqualIID(iid, &IID_IComThreadingInfo))
        apartment_expect_calls(apartment); /* others may call back from now on */
    return context_find(context, iid, out);
}

/*
 * CoGetContextToken: the current context as an IObjContext, without a reference. S_OK, E_POINTER,
 * CO_E_NOTINITIALIZED. combaseapi/nf-combaseapi-cogetcontexttoken
 */
HRESULT WINAPI CoGetContextToken(ULONG_PTR *token)
{
    struct apartment *apartment = apartment_current();
    struct object_context *context;

    if (!apartment)
        return CO_E_NOTINITIALIZED;
    if (!token)
        return E_POINTER;
    if (!(context = object_context_get(apartment)))
        return apartment->closed ? CO_E_NOTINITIALIZED : E_OUTOFMEMORY;
    *token = (ULONG_PTR)object_context_unknown(context);
    return S_OK;
}

/*
 * CoGetObjectContext: an interface of the current context. S_OK, E_POINTER, E_NOINTERFACE,
 * CO_E_NOTINITIALIZED. combaseapi/nf-combaseapi-cogetobjectcontext
 */
HRESULT WINAPI CoGetObjectContext(REFIID iid, void **out)
{
    struct apartment *apartment = apartment_current();

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!apartment)
        return CO_E_NOTINITIALIZED;
    return context_query(apartment, iid, out);
}

/*
 * CoGetDefaultContext: an interface of the default context of the current apartment, the MTA, the
 * neutral one, or the main STA; the runtime makes that apartment when there is none. S_OK,
 * E_INVALIDARG (APTTYPE_STA among others), E_NOINTERFACE, CO_E_NOTINITIALIZED.
 * combaseapi/nf-combaseapi-cogetdefaultcontext
 */
HRESULT WINAPI CoGetDefaultContext(APTTYPE type, REFIID iid, void **out)
{
    struct apartment *apartment = apartment_current();
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (type != APTTYPE_CURRENT && type != APTTYPE_MTA && type != APTTYPE_NA
            && type != APTTYPE_MAINSTA)
        return E_INVALIDARG;
    if (!apartment)
        return CO_E_NOTINITIALIZED;

    if (type == APTTYPE_CURRENT)
    {
        apartment_addref(apartment);
        hr = S_OK;
    }
    else if (type == APTTYPE_MTA)
    {
        hr = apartment_mta(TRUE, &apartment);
    }
    else if (type == APTTYPE_NA)
    {
        hr = apartment_nta(&apartment);
    }
    else
    {
        hr = apartment_main_sta(&apartment);
    }
    if (FAILED(hr))
        return hr;
    hr = context_query(apartment, iid, out);
    apartment_release(apartment);
    return hr;
}

/*
 * CoDisconnectContext: "Default contexts cannot be disconnected", and apartments have no others.
 * CO_E_NOT_SUPPORTED, CO_E_NOTINITIALIZED. combaseapi/nf-combaseapi-codisconnectcontext
 */
HRESULT WINAPI CoDisconnectContext(DWORD timeout)
{
    (void)timeout;
    return apartment_current() ? CO_E_NOT_SUPPORTED : CO_E_NOTINITIALIZED;
}
