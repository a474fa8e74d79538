/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "every_server.h"

#include "async_entries.h"
#include "com_aggregate.h"

#include <stdlib.h>
#include <string.h>

#define METHODS (sizeof(IEveryTypeVtbl) / sizeof(void *))

static LONG alive;
static LONG halves;
static LONG turn;

/* ---- where the arguments of the methods lie ---- */

static struct every_args shapes[METHODS];
static INIT_ONCE shapes_once = INIT_ONCE_STATIC_INIT;

/* A call that is never made shows it. */
static BOOL CALLBACK shapes_make(INIT_ONCE *once, void *parameter, void **context)
{
    char ignored[EVERY_TEXT];

    (void)once;
    (void)parameter;
    (void)context;
    for (ULONG i = 0; i < every_call_count; i++)
    {
        const struct every_call *call = &every_calls[i];
        struct every_args *shape = &shapes[call->method];

        if (shape->slot_count)
            continue;
        call->fill(shape);
        every_args_clear(shape);
        ignored[0] = 0;
        call->take(shape, ignored);
    }
    return TRUE;
}

/* ---- call objects ---- */

struct call_object
{
    struct com_inner com;
    AsyncIEveryType AsyncIEveryType_iface;
    IEveryType *target;        /* with a reference */
    ULONG method;              /* which has begun; 0: none */
    void *slots[EVERY_SLOTS];  /* of the synchronous method */
    ISynchronize *synchronize; /* the outer object's, until it is signalled */
};

COM_INNER_METHODS(call, struct call_object, AsyncIEveryType, AsyncIEveryType_iface)

static void call_destroy(void *object)
{
    struct call_object *call = object;

    IEveryType_Release(call->target);
    free(call);
    InterlockedDecrement(&alive);
}

static const struct com_interface call_interfaces[] = {
        {&IID_AsyncIEveryType, offsetof(struct call_object, AsyncIEveryType_iface)},
};

static const struct com_inner_class call_class = {"call", call_interfaces,
        ARRAY_SIZE(call_interfaces), NULL, call_destroy};

static DWORD WINAPI call_signal(void *argument)
{
    ISynchronize *synchronize = argument;

    ISynchronize_Signal(synchronize);
    ISynchronize_Release(synchronize);
    return 0;
}

/* The arguments of a half; returns their size. */
static ULONG half_take(struct call_object *call, const struct every_args *shape, void **stack,
        const ULONG64 *floats, BOOL finish)
{
    ULONG taken = 1;

    for (ULONG i = 0; i < shape->param_count; i++)
    {
        const struct every_param *param = &shape->params[i];

        if (param->direction == (finish ? 'i' : 'o'))
            continue;
        if (param->floating && floats && taken < 4)
            memcpy(&call->slots[param->slot], &floats[taken], sizeof(void *));
        else
            memcpy(&call->slots[param->slot], &stack[taken], param->slots * sizeof(void *));
        taken += param->slots;
    }
    return taken * (ULONG)sizeof(void *);
}

static HRESULT call_begun(struct call_object *call)
{
    ISynchronize *synchronize;
    HRESULT hr;

    if (FAILED(hr = IUnknown_QueryInterface(call->com.outer, &IID_ISynchronize,
                       (void **)&synchronize)))
        return hr;
    if (InterlockedIncrement(&turn) & 1
            || !QueueUserWorkItem(call_signal, synchronize, WT_EXECUTEDEFAULT))
        call_signal(synchronize);
    return S_OK;
}

/* Every method of AsyncIEveryType: async_entries.h. */
HRESULT async_entry_called(void **stack, ULONG index, const ULONG64 *floats, ULONG *stack_size)
{
    struct call_object *call = call_from_AsyncIEveryType(stack[0]);
    ULONG method = 3 + (index - 3) / 2;
    const struct every_args *shape = &shapes[method];
    BOOL finish = (index - 3) & 1;
    void *const *vtbl;

    *stack_size = half_take(call, shape, stack, floats, finish);
    if (!finish)
    {
        call->method = method;
        return call_begun(call);
    }
    if (call->method != method)
        return E_UNEXPECTED;
    InterlockedIncrement(&halves);
    call->slots[0] = call->target;
    vtbl = *(void *const **)call->target;
    return async_invoke(vtbl[method], call->slots, shape->slot_count);
}

/* For the stub alone: a client of the same apartment would want an ISynchronize. */
static HRESULT call_create(IEveryType *target, IUnknown *outer, REFIID riid, IUnknown **out)
{
    static const void *vtbl[ASYNC_ENTRIES_MAX];
    struct call_object *call;

    if (!outer)
        return E_NOTIMPL;
    if (!(call = calloc(1, sizeof(*call))))
        return E_OUTOFMEMORY;
    vtbl[0] = (const void *)call_AsyncIEveryType_QueryInterface;
    vtbl[1] = (const void *)call_AsyncIEveryType_AddRef;
    vtbl[2] = (const void *)call_AsyncIEveryType_Release;
    memcpy(vtbl + 3, async_entries + 3, sizeof(vtbl) - 3 * sizeof(*vtbl));
    InterlockedIncrement(&alive);
    com_inner_init(&call->com, &call_class, outer);
    call->AsyncIEveryType_iface.lpVtbl = (AsyncIEveryTypeVtbl *)vtbl;
    call->target = target;
    IEveryType_AddRef(target);
    return com_inner_hand_over(&call->com, riid, (void **)out);
}

/* ---- the object ---- */

/* every_type's methods do not look at their object, so they can be this one's. */
struct every_server
{
    struct com_object object;
    IEveryType IEveryType_iface;
    ICallFactory ICallFactory_iface;
};

COM_OBJECT_METHODS(server, struct every_server, IEveryType, IEveryType_iface)
COM_OBJECT_METHODS(server, struct every_server, ICallFactory, ICallFactory_iface)

static HRESULT STDMETHODCALLTYPE server_CreateCall(ICallFactory *iface, REFIID async_iid,
        IUnknown *outer, REFIID riid, IUnknown **out)
{
    *out = NULL;
    if (!IsEqualIID(async_iid, &IID_AsyncIEveryType))
        return E_NOINTERFACE;
    return call_create(&server_from_ICallFactory(iface)->IEveryType_iface, outer, riid, out);
}

static ICallFactoryVtbl factory_vtbl = {
        server_ICallFactory_QueryInterface,
        server_ICallFactory_AddRef,
        server_ICallFactory_Release,
        server_CreateCall,
};

static void server_destroy(void *object)
{
    free(object);
    InterlockedDecrement(&alive);
}

static const struct com_interface interfaces[] = {
        {&IID_IUnknown, offsetof(struct every_server, IEveryType_iface)},
        {&IID_IEveryType, offsetof(struct every_server, IEveryType_iface)},
        {&IID_ICallFactory, offsetof(struct every_server, ICallFactory_iface)},
};

static const struct com_class server_class = {"every_server", interfaces, ARRAY_SIZE(interfaces),
        server_destroy};
static const struct com_class plain_class = {"every_server", interfaces, ARRAY_SIZE(interfaces) - 1,
        server_destroy};

HRESULT every_server_create(BOOL call_objects, IEveryType **out)
{
    static IEveryTypeVtbl vtbl;
    struct every_server *server = calloc(1, sizeof(*server));
    IEveryType *plain;
    HRESULT hr;

    *out = NULL;
    if (!server)
        return E_OUTOFMEMORY;
    if (FAILED(hr = every_type_create(&plain)))
    {
        free(server);
        return hr;
    }
    InitOnceExecuteOnce(&shapes_once, shapes_make, NULL, NULL);
    vtbl = *plain->lpVtbl;
    IEveryType_Release(plain);
    vtbl.QueryInterface = server_IEveryType_QueryInterface;
    vtbl.AddRef = server_IEveryType_AddRef;
    vtbl.Release = server_IEveryType_Release;
    com_object_init(&server->object, call_objects ? &server_class : &plain_class);
    server->IEveryType_iface.lpVtbl = &vtbl;
    server->ICallFactory_iface.lpVtbl = &factory_vtbl;
    InterlockedIncrement(&alive);
    *out = &server->IEveryType_iface;
    return S_OK;
}

LONG every_server_count(void)
{
    return alive;
}

LONG every_server_halves(void)
{
    return halves;
}
