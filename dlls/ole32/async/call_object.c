/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who waits with ISynchronize::Wait looks at the answer itself, as a synchronous call does: nobody
 * else has to be woken for him. Only when somebody wants a handle, or to be told (an outer object
 * with an ISynchronize of its own), is the call watched.
 */
#include "call_object.h"

#include <stdlib.h>

#include "async_entries.h"
#include "cancel_state.h"
#include "client_channel_impl.h"
#include "com_aggregate.h"
#include "com_thread.h"
#include "ndr_call.h"
#include "sync_event.h"
#include "trace.h"

/* The documentation's name of the code that winerror.h calls "Call is still in progress". */
#define RPC_E_CALL_PENDING RPC_S_CALLPENDING

enum call_state
{
    OBJECT_IDLE,
    OBJECT_BEGINNING, /* in Begin_ */
    OBJECT_PENDING,   /* between Begin_ and Finish_ */
    OBJECT_FINISHING, /* in Finish_ */
};

struct call_watch;

struct call_object
{
    struct com_inner com;
    const void *const *async_vtbl; /* AsyncIFoo */
    ISynchronize ISynchronize_iface;
    ICancelMethodCalls ICancelMethodCalls_iface;
    IID async_iid;
    IUnknown *proxy; /* with a reference */
    IRpcChannelBuffer3 *channel;
    struct ndr_interface *ndr;
    struct sync_event *event; /* its state when no call is pending, and its handle */
    struct cancel_state cancel;
    BOOL handle_wanted; /* somebody may wait for the event */
    BOOL outer_told;    /* the outer object's own ISynchronize is to be signalled */

    volatile LONG state; /* a call_state; who changes it from IDLE or PENDING has the call */
    SRWLOCK lock;        /* guards the rest, once PENDING */
    ULONG method;
    struct client_call *call; /* pending: with a reference */
    struct ndr_client_call *ndr_call;
    struct call_watch *watch; /* of the call; NULL: it is not watched */
};

static struct client_channel *object_channel(struct call_object *object)
{
    return client_channel_from(object->channel);
}

/* ---- being told of the answer ---- */

/* Between a call and its object, which may be gone when the answer comes. */
struct call_watch
{
    volatile LONG references; /* the object's, and the call's */
    struct dispatch_item item;
    struct apartment *owner; /* with a reference */
    volatile LONG told;      /* the outer object has been, or is about to be */
    SRWLOCK lock;
    struct call_object *object; /* NULL: gone, or the call is finished */
    PTP_TIMER timer;            /* tells when the time of a cancelled call is over; or NULL */
    DWORD asking;               /* the thread that takes a reference on the outer object; 0: none */
    CONDITION_VARIABLE asked;   /* it has it */
};

static void watch_release(struct call_watch *watch)
{
    if (InterlockedDecrement(&watch->references))
        return;
    apartment_release(watch->owner);
    free(watch);
}

/* The outer object with a reference, or NULL. AddRef is the user's code, so the lock is not held;
 * who ends the watch, with which the outer object may go, waits for it (watch_end). */
static IUnknown *watch_outer(struct call_watch *watch)
{
    IUnknown *outer = NULL;

    AcquireSRWLockExclusive(&watch->lock);
    if (watch->object)
    {
        outer = watch->object->com.outer;
        watch->asking = GetCurrentThreadId();
    }
    ReleaseSRWLockExclusive(&watch->lock);
    if (!outer)
        return NULL;
    IUnknown_AddRef(outer);
    AcquireSRWLockExclusive(&watch->lock);
    watch->asking = 0;
    ReleaseSRWLockExclusive(&watch->lock);
    WakeAllConditionVariable(&watch->asked);
    return outer;
}

/* The outer object's ISynchronize::Signal, in the client's apartment. */
static void watch_item_run(struct dispatch_item *item)
{
    struct call_watch *watch = LIST_ENTRY_OF(item, struct call_watch, item);
    IUnknown *outer = watch_outer(watch);
    ISynchronize *synchronize = NULL;

    if (outer)
    {
        if (SUCCEEDED(IUnknown_QueryInterface(outer, &IID_ISynchronize, (void **)&synchronize)))
        {
            ISynchronize_Signal(synchronize);
            ISynchronize_Release(synchronize);
        }
        IUnknown_Release(outer);
    }
    watch_release(watch);
}

static void watch_item_abandon(struct dispatch_item *item, HRESULT why)
{
    (void)why;
    watch_release(LIST_ENTRY_OF(item, struct call_watch, item));
}

/* The answer is there, or the call was cancelled and its time is over. */
static void watch_tell(struct call_watch *watch)
{
    BOOL tell = FALSE;

    AcquireSRWLockShared(&watch->lock);
    if (watch->object)
    {
        sync_event_signal(watch->object->event);
        tell = watch->object->outer_told;
    }
    ReleaseSRWLockShared(&watch->lock);
    if (!tell || InterlockedExchange(&watch->told, TRUE))
        return;
    watch->item.run = watch_item_run;
    watch->item.abandon = watch_item_abandon;
    InterlockedIncrement(&watch->references);
    if (FAILED(apartment_submit(watch->owner, &watch->item)))
        watch_release(watch);
}

/* By the call, which lets the watch go. */
static void watch_told(void *context)
{
    watch_tell(context);
    watch_release(context);
}

static void CALLBACK watch_timer(PTP_CALLBACK_INSTANCE instance, void *context, PTP_TIMER timer)
{
    (void)instance;
    (void)timer;
    watch_tell(context);
}

/* In so many ms, unless watch_end comes first. Without memory for it Finish_ still ends in time. */
static void watch_tell_later(struct call_watch *watch, ULONGLONG ms)
{
    ULARGE_INTEGER due = {.QuadPart = 0 - ms * 10000}; /* 100 ns, negative: from now on */
    FILETIME time = {due.LowPart, due.HighPart};

    AcquireSRWLockExclusive(&watch->lock);
    if (watch->object && !watch->timer
            && (watch->timer = CreateThreadpoolTimer(watch_timer, watch, NULL)))
        SetThreadpoolTimer(watch->timer, &time, 0, 0);
    ReleaseSRWLockExclusive(&watch->lock);
}

/* When the call has been cancelled: has who waits be told at once, or when its time is over. */
static void object_watch_cancelled(struct call_object *object)
{
    ULONGLONG now = GetTickCount64(), deadline;
    struct call_watch *watch;

    AcquireSRWLockShared(&object->cancel.lock);
    deadline = object->cancel.cancelled ? object->cancel.deadline : ~(ULONGLONG)0;
    ReleaseSRWLockShared(&object->cancel.lock);
    if (deadline == ~(ULONGLONG)0)
        return;
    AcquireSRWLockShared(&object->lock);
    if ((watch = object->watch))
        InterlockedIncrement(&watch->references);
    ReleaseSRWLockShared(&object->lock);
    if (!watch)
        return;
    if (now >= deadline)
        watch_tell(watch);
    else
        watch_tell_later(watch, deadline - now);
    watch_release(watch);
}

/* The call is over, or the object: its watch tells nobody any more. */
static void watch_end(struct call_watch *watch)
{
    PTP_TIMER timer;

    if (!watch)
        return;
    AcquireSRWLockExclusive(&watch->lock);
    watch->object = NULL;
    while (watch->asking && watch->asking != GetCurrentThreadId())
        SleepConditionVariableSRW(&watch->asked, &watch->lock, INFINITE, 0);
    timer = watch->timer;
    ReleaseSRWLockExclusive(&watch->lock);
    if (timer)
    {
        SetThreadpoolTimer(timer, NULL, 0, 0);
        WaitForThreadpoolTimerCallbacks(timer, TRUE);
        CloseThreadpoolTimer(timer);
    }
    watch_release(watch);
}

/* The call that is pending is watched from now on; `lock` is not held. */
static HRESULT object_watch(struct call_object *object)
{
    struct call_watch *watch = calloc(1, sizeof(*watch));
    struct client_call *call = NULL;
    HRESULT hr;

    if (!watch)
        return E_OUTOFMEMORY;
    watch->references = 2;
    watch->owner = object_channel(object)->target.owner;
    apartment_addref(watch->owner);
    watch->object = object;
    AcquireSRWLockExclusive(&object->lock);
    if (object->state == OBJECT_PENDING && !object->watch)
    {
        object->watch = watch;
        call = object->call;
        client_call_addref(call);
    }
    ReleaseSRWLockExclusive(&object->lock);
    if (!call)
    {
        apartment_release(watch->owner);
        free(watch);
        return S_OK;
    }
    hr = client_call_watch(call, watch_told, watch);
    client_call_release(call);
    if (FAILED(hr))
    {
        BOOL ours;

        /* A later attempt makes another one, unless Finish_ has ended this one. */
        AcquireSRWLockExclusive(&object->lock);
        ours = object->watch == watch;
        if (ours)
            object->watch = NULL;
        ReleaseSRWLockExclusive(&object->lock);
        if (ours)
            watch_end(watch);
        watch_release(watch); /* the call's */
        return hr;
    }
    object_watch_cancelled(object);
    return hr;
}

/* ---- Begin_ ---- */

/* Whether the object that aggregates us wants to be told by an ISynchronize of its own. */
static BOOL outer_has_synchronize(struct call_object *object)
{
    ISynchronize *synchronize;
    BOOL own;

    if (!com_inner_is_aggregated(&object->com)
            || FAILED(IUnknown_QueryInterface(object->com.outer, &IID_ISynchronize,
                    (void **)&synchronize)))
        return FALSE;
    own = synchronize == &object->ISynchronize_iface;
    ISynchronize_Release(synchronize);
    return !own;
}

static HRESULT begin_send(struct call_object *object, ULONG method, void **stack)
{
    struct client_channel *channel = object_channel(object);
    RPCOLEMESSAGE message = {.iMethod = method};
    HRESULT hr = client_channel_check(channel);

    if (FAILED(hr))
        return hr;
    hr = ndr_client_begin(object->ndr, method, (IRpcChannelBuffer *)object->channel, stack,
            &message, &object->ndr_call);
    if (FAILED(hr))
        return hr;
    hr = client_channel_post(channel, &message, &object->call);
    if (FAILED(hr))
    {
        ndr_client_abandon(object->ndr_call);
        object->ndr_call = NULL;
    }
    return hr;
}

static HRESULT object_begin(struct call_object *object, ULONG method, void **stack)
{
    HRESULT hr;

    if (InterlockedCompareExchange(&object->state, OBJECT_BEGINNING, OBJECT_IDLE) != OBJECT_IDLE)
        return RPC_E_CALL_PENDING;

    sync_event_reset(object->event);
    object->cancel.cancelled = FALSE;
    object->outer_told = outer_has_synchronize(object);
    hr = begin_send(object, method, stack);
    if (SUCCEEDED(hr))
        cancel_state_begin(&object->cancel, object->call);
    object->method = method;
    InterlockedExchange(&object->state, SUCCEEDED(hr) ? OBJECT_PENDING : OBJECT_IDLE);
    /* Without memory for it who waits for the handle is sent to Finish_, which waits. */
    if (SUCCEEDED(hr) && (object->handle_wanted || object->outer_told)
            && FAILED(object_watch(object)))
        sync_event_signal(object->event);
    return hr;
}

/* ---- Finish_ ---- */

/* S_OK: the call is the caller's, to be finished. */
static HRESULT finish_claim(struct call_object *object, ULONG method)
{
    if (object->state != OBJECT_PENDING)
        return RPC_E_CALL_COMPLETE;
    if (object->method != method)
        return RPC_E_INVALIDMETHOD;
    if (InterlockedCompareExchange(&object->state, OBJECT_FINISHING, OBJECT_PENDING)
            != OBJECT_PENDING)
        return RPC_E_CALL_COMPLETE;
    if (object->method != method)
    {
        /* Another thread finished it in between, and began another. */
        InterlockedExchange(&object->state, OBJECT_PENDING);
        return RPC_E_INVALIDMETHOD;
    }
    return S_OK;
}

static HRESULT object_finish(struct call_object *object, ULONG method, void **stack)
{
    struct client_channel *channel = object_channel(object);
    struct com_thread *thread;
    struct client_call *call;
    struct call_watch *watch;
    RPCOLEMESSAGE message = {.iMethod = method};
    HRESULT hr = client_channel_check(channel);
    BOOL given_up;

    if (hr == RPC_E_WRONG_THREAD || hr == CO_E_NOTINITIALIZED
            || FAILED(hr = finish_claim(object, method)))
        return hr;
    hr = client_channel_collect(channel, &object->call, &object->lock, &object->cancel, &message,
            &given_up);
    cancel_state_end(&object->cancel);
    hr = ndr_client_finish(object->ndr_call, (IRpcChannelBuffer *)object->channel, stack, &message,
            hr);

    AcquireSRWLockExclusive(&object->lock);
    watch = object->watch;
    object->watch = NULL;
    call = object->call;
    object->call = NULL;
    object->ndr_call = NULL;
    object->state = OBJECT_IDLE;
    ReleaseSRWLockExclusive(&object->lock);
    watch_end(watch);
    sync_event_reset(object->event);
    if (object->cancel.waiters)
        cancel_state_notify(&object->cancel); /* they may go */
    if (given_up)
    {
        if (!call->cancelled)
            client_call_cancel(call);
        client_call_abandon(call, channel);
    }
    else
        client_call_release(call);
    if ((thread = com_thread_peek()))
        com_thread_restore_waits(thread);
    return hr;
}

/* ---- AsyncIFoo ---- */

static struct call_object *object_from_async(void *iface)
{
    return COM_IMPL_FROM(iface, struct call_object, async_vtbl);
}

HRESULT async_entry_called(void **stack, ULONG index, const ULONG64 *floats, ULONG *stack_size)
{
    struct call_object *object = object_from_async(stack[0]);
    ULONG method = 3 + (index - 3) / 2;
    BOOL finish = (index - 3) % 2;
    struct com_inner *inner = &object->com;
    HRESULT hr;

    *stack_size = ndr_stack_size(object->ndr, method, finish);
    if (method >= ndr_interface_methods(object->ndr))
        return E_NOTIMPL;
    if (!finish)
        ndr_stack_floats(object->ndr, method, stack, floats);
    IUnknown_AddRef(&inner->IUnknown_inner); /* it may be released meanwhile */
    hr = finish ? object_finish(object, method, stack) : object_begin(object, method, stack);
    trace("%s_ method %lu of {%08lx-...}: %08lx", finish ? "Finish" : "Begin",
            (unsigned long)method, object->async_iid.Data1, (unsigned long)hr);
    IUnknown_Release(&inner->IUnknown_inner);
    return hr;
}

static HRESULT STDMETHODCALLTYPE async_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(object_from_async(iface)->com.outer, iid, out);
}

static ULONG STDMETHODCALLTYPE async_AddRef(IUnknown *iface)
{
    return IUnknown_AddRef(object_from_async(iface)->com.outer);
}

static ULONG STDMETHODCALLTYPE async_Release(IUnknown *iface)
{
    return IUnknown_Release(object_from_async(iface)->com.outer);
}

/* The vtable of every AsyncIFoo, made for the first of them: most programs have none. */
static const void **async_vtable;

static BOOL CALLBACK async_vtable_init(INIT_ONCE *once, void *parameter, void **context)
{
    (void)once;
    (void)parameter;
    (void)context;
    async_vtable = malloc(sizeof(async_entries));
    if (!async_vtable)
        return FALSE;
    memcpy(async_vtable, async_entries, sizeof(async_entries));
    async_vtable[0] = (const void *)async_QueryInterface;
    async_vtable[1] = (const void *)async_AddRef;
    async_vtable[2] = (const void *)async_Release;
    return TRUE;
}

/* ---- ISynchronize ---- */

COM_INNER_METHODS(object, struct call_object, ISynchronize, ISynchronize_iface)

/* The call that is pending, with a reference; NULL. */
static struct client_call *pending_call(struct call_object *object)
{
    struct client_call *call = NULL;

    AcquireSRWLockShared(&object->lock);
    if (object->state == OBJECT_PENDING || object->state == OBJECT_FINISHING)
        call = object->call;
    if (call)
        client_call_addref(call);
    ReleaseSRWLockShared(&object->lock);
    return call;
}

/*
 * ISynchronize::Wait: until the server has answered, or the call was cancelled. In an STA messages
 * and calls are served meanwhile. Without a call in progress: until Signal. `flags` are COWAIT_…
 * S_OK: Finish_ can be called. RPC_E_TIMEOUT: "If Wait returns RPC_E_TIMEOUT, the Begin_ method is
 * not finished processing". "Making an Asynchronous Call"
 */
static HRESULT STDMETHODCALLTYPE object_Wait(ISynchronize *iface, DWORD flags, DWORD timeout)
{
    struct call_object *object = object_from_ISynchronize(iface);
    struct client_call *call = pending_call(object);
    HRESULT hr;

    if (!call)
        return sync_event_wait(object->event, flags, timeout);
    if (call->received)
    {
        client_call_release(call); /* Finish_ has the answer, elsewhere, and what brought it */
        return S_OK;
    }
    hr = call_await(call, &object->cancel, timeout, 0);
    client_call_release(call);
    if (hr == RPC_S_CALLPENDING)
        return RPC_E_TIMEOUT;
    return hr == RPC_E_CALL_CANCELED ? S_OK : hr;
}

/* ISynchronize::Signal, Reset: of the event alone. */
static HRESULT STDMETHODCALLTYPE object_Signal(ISynchronize *iface)
{
    return sync_event_signal(object_from_ISynchronize(iface)->event);
}

static HRESULT STDMETHODCALLTYPE object_Reset(ISynchronize *iface)
{
    return sync_event_reset(object_from_ISynchronize(iface)->event);
}

/* ---- ICancelMethodCalls ---- */

COM_INNER_METHODS(object, struct call_object, ICancelMethodCalls, ICancelMethodCalls_iface)

/* ICancelMethodCalls::Cancel: asks the server to stop; after `seconds` at the latest Wait returns,
 * and Finish_ gives RPC_E_CALL_CANCELED. S_OK, RPC_E_CALL_COMPLETE, RPC_E_CALL_CANCELED.
 * "Canceling an Asynchronous Call" */
static HRESULT STDMETHODCALLTYPE object_Cancel(ICancelMethodCalls *iface, ULONG seconds)
{
    struct call_object *object = object_from_ICancelMethodCalls(iface);
    HRESULT hr = cancel_state_cancel(&object->cancel, seconds);

    if (hr == S_OK && cancel_state_due(&object->cancel))
        sync_event_signal(object->event);
    if (hr == S_OK)
        object_watch_cancelled(object);
    return hr;
}

/* ICancelMethodCalls::TestCancel: RPC_E_CALL_CANCELED, RPC_S_CALLPENDING, RPC_E_CALL_COMPLETE. */
static HRESULT STDMETHODCALLTYPE object_TestCancel(ICancelMethodCalls *iface)
{
    return cancel_state_test(&object_from_ICancelMethodCalls(iface)->cancel);
}

/* ---- the object ---- */

/* AsyncIFoo, and the event's handle: who has that may wait for it. */
static HRESULT object_query(void *argument, REFIID iid, void **out)
{
    struct call_object *object = argument;
    HRESULT hr;

    if (IsEqualIID(iid, &object->async_iid))
    {
        *out = &object->async_vtbl;
        IUnknown_AddRef(object->com.outer);
        return S_OK;
    }
    if (!IsEqualIID(iid, &IID_ISynchronizeHandle))
        return E_NOINTERFACE;
    hr = IUnknown_QueryInterface(sync_event_unknown(object->event), iid, out);
    if (FAILED(hr))
        return hr;
    object->handle_wanted = TRUE;
    if (FAILED(hr = object_watch(object)))
    {
        IUnknown_Release((IUnknown *)*out);
        *out = NULL;
    }
    return hr;
}

static void object_destroy(void *argument)
{
    struct call_object *object = argument;

    watch_end(object->watch);
    cancel_state_end(&object->cancel);
    if (object->ndr_call)
        ndr_client_abandon(object->ndr_call);
    if (object->call)
        client_call_abandon(object->call, object_channel(object));
    cancel_state_free(&object->cancel);
    if (object->event)
        IUnknown_Release(sync_event_unknown(object->event));
    ndr_interface_free(object->ndr);
    IRpcChannelBuffer3_Release(object->channel);
    IUnknown_Release(object->proxy);
    free(object);
}

static const struct com_interface object_interfaces[] = {
        {&IID_ISynchronize, offsetof(struct call_object, ISynchronize_iface)},
        {&IID_ICancelMethodCalls, offsetof(struct call_object, ICancelMethodCalls_iface)},
};

static const struct com_inner_class object_class = {"call object", object_interfaces,
        ARRAY_SIZE(object_interfaces), object_query, object_destroy};

HRESULT call_object_create(IUnknown *proxy, IRpcChannelBuffer3 *channel, struct ndr_interface *ndr,
        REFIID async_iid, IUnknown *outer, REFIID iid, void **out)
{
    static ISynchronizeVtbl synchronize_vtbl = {object_ISynchronize_QueryInterface,
            object_ISynchronize_AddRef, object_ISynchronize_Release, object_Wait, object_Signal,
            object_Reset};
    static ICancelMethodCallsVtbl cancel_vtbl = {object_ICancelMethodCalls_QueryInterface,
            object_ICancelMethodCalls_AddRef, object_ICancelMethodCalls_Release, object_Cancel,
            object_TestCancel};
    static INIT_ONCE vtable_once = INIT_ONCE_STATIC_INIT;
    struct call_object *object = calloc(1, sizeof(*object));
    HRESULT hr;

    *out = NULL;
    if (!object || !InitOnceExecuteOnce(&vtable_once, async_vtable_init, NULL, NULL))
    {
        free(object);
        ndr_interface_free(ndr);
        return E_OUTOFMEMORY;
    }
    com_inner_init(&object->com, &object_class, outer);
    object->async_vtbl = async_vtable;
    object->ISynchronize_iface.lpVtbl = &synchronize_vtbl;
    object->ICancelMethodCalls_iface.lpVtbl = &cancel_vtbl;
    object->async_iid = *async_iid;
    object->proxy = proxy;
    IUnknown_AddRef(proxy);
    object->channel = channel;
    IRpcChannelBuffer3_AddRef(channel);
    object->ndr = ndr;
    hr = sync_event_create(SYNC_EVENT_MANUAL, RPC_E_TIMEOUT, object->com.outer, &object->event);
    if (SUCCEEDED(hr))
        return com_inner_hand_over(&object->com, iid, out);
    IUnknown_Release(&object->com.IUnknown_inner);
    return hr;
}
