/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sync_event.h"

#include "com_aggregate.h"
#include "trace.h"

struct sync_event
{
    struct com_inner com;
    ISynchronize ISynchronize_iface;
    ISynchronizeEvent ISynchronizeEvent_iface; /* and ISynchronizeHandle, which it inherits */
    IUnknown *volatile marshaler;
    struct sync_signal signal;
    HRESULT timeout_result;
};

static const ISynchronizeVtbl sync_event_vtbl;

COM_INNER_METHODS(event, struct sync_event, ISynchronize, ISynchronize_iface)
COM_INNER_METHODS(event, struct sync_event, ISynchronizeEvent, ISynchronizeEvent_iface)

/* --- inside the runtime --- */

IUnknown *sync_event_unknown(struct sync_event *event)
{
    return &event->com.IUnknown_inner;
}

struct sync_event *sync_event_from(ISynchronize *synchronize)
{
    return synchronize->lpVtbl == &sync_event_vtbl ? event_from_ISynchronize(synchronize) : NULL;
}

struct sync_signal *sync_event_signal_of(struct sync_event *event)
{
    return &event->signal;
}

HRESULT sync_event_signal(struct sync_event *event)
{
    HRESULT hr;

    if (sync_signal_set_quickly(&event->signal))
        return S_OK;
    /* Who is woken may let the event go before we are through. */
    IUnknown_AddRef(&event->com.IUnknown_inner);
    hr = sync_signal_set(&event->signal);
    IUnknown_Release(&event->com.IUnknown_inner);
    return hr;
}

HRESULT sync_event_reset(struct sync_event *event)
{
    return sync_signal_reset(&event->signal);
}

BOOL sync_event_is_signalled(struct sync_event *event)
{
    return sync_signal_is_set(&event->signal);
}

HRESULT sync_event_wait(struct sync_event *event, DWORD flags, DWORD timeout)
{
    HRESULT hr;

    if (flags & ~SYNC_WAIT_FLAGS)
        return E_INVALIDARG;
    hr = sync_signal_wait(&event->signal, flags, timeout);
    return hr == RPC_S_CALLPENDING ? event->timeout_result : hr;
}

HRESULT sync_marshaler_query(IUnknown *volatile *marshaler, IUnknown *outer, BOOL aggregated,
        REFIID iid, void **out)
{
    IUnknown *made;
    HRESULT hr;

    if (aggregated || !IsEqualIID(iid, &IID_IMarshal))
        return E_NOINTERFACE;
    if (!*marshaler)
    {
        if (FAILED(hr = CoCreateFreeThreadedMarshaler(outer, &made)))
            return hr;
        if (InterlockedCompareExchangePointer((void *volatile *)marshaler, made, NULL))
            IUnknown_Release(made);
    }
    return IUnknown_QueryInterface(*marshaler, iid, out);
}

/* --- ISynchronize --- */

/*
 * Waits until the event is signalled, for `milliseconds`; with 0 it only looks. In an STA it serves
 * incoming calls meanwhile, and the messages which must not wait. The standard event is reset by
 * it, the manual one is not. `flags` are COWAIT_FLAGS; COWAIT_WAITALL makes no difference.
 *
 * S_OK; RPC_S_CALLPENDING: the time is over, or an APC ended the wait (COWAIT_ALERTABLE);
 * E_INVALIDARG: an unknown flag; E_OUTOFMEMORY. objidlbase/nf-objidlbase-isynchronize-wait
 */
static HRESULT STDMETHODCALLTYPE event_Wait(ISynchronize *iface, DWORD flags, DWORD milliseconds)
{
    return sync_event_wait(event_from_ISynchronize(iface), flags, milliseconds);
}

/* S_OK; E_FAIL: the event that was assigned does not let us. nf-objidlbase-isynchronize-signal */
static HRESULT STDMETHODCALLTYPE event_Signal(ISynchronize *iface)
{
    return sync_event_signal(event_from_ISynchronize(iface));
}

/* S_OK, E_FAIL as above. nf-objidlbase-isynchronize-reset */
static HRESULT STDMETHODCALLTYPE event_Reset(ISynchronize *iface)
{
    return sync_event_reset(event_from_ISynchronize(iface));
}

static const ISynchronizeVtbl sync_event_vtbl = {
        event_ISynchronize_QueryInterface,
        event_ISynchronize_AddRef,
        event_ISynchronize_Release,
        event_Wait,
        event_Signal,
        event_Reset,
};

/* --- ISynchronizeEvent --- */

/*
 * A handle to wait for, the object's: it is closed when the object goes or gets another one. That
 * of a standard event is reset by a wait. S_OK, E_INVALIDARG, E_OUTOFMEMORY.
 * objidlbase/nf-objidlbase-isynchronizehandle-gethandle
 */
static HRESULT STDMETHODCALLTYPE event_GetHandle(ISynchronizeEvent *iface, HANDLE *handle)
{
    if (!handle)
        return E_INVALIDARG;
    return sync_signal_get_handle(&event_from_ISynchronizeEvent(iface)->signal, handle);
}

/*
 * The object becomes the event *handle: that one's state is its state, and it is what Signal and
 * Reset set and Wait waits for. The caller keeps his handle, and may close it: the object has a
 * duplicate of its own. A standard event's Wait resets it, of whatever kind it is.
 *
 * S_OK; E_INVALIDARG: no event; E_FAIL: somebody is waiting for the event which the object has;
 * E_OUTOFMEMORY. objidlbase/nf-objidlbase-isynchronizeevent-seteventhandle
 */
static HRESULT STDMETHODCALLTYPE event_SetEventHandle(ISynchronizeEvent *iface, HANDLE *handle)
{
    if (!handle)
        return E_INVALIDARG;
    return sync_signal_assign(&event_from_ISynchronizeEvent(iface)->signal, *handle);
}

static const ISynchronizeEventVtbl sync_event_event_vtbl = {
        event_ISynchronizeEvent_QueryInterface,
        event_ISynchronizeEvent_AddRef,
        event_ISynchronizeEvent_Release,
        event_GetHandle,
        event_SetEventHandle,
};

/* --- the object --- */

static HRESULT event_query(void *object, REFIID iid, void **out)
{
    struct sync_event *event = object;

    return sync_marshaler_query(&event->marshaler, event->com.outer,
            com_inner_is_aggregated(&event->com), iid, out);
}

static void event_destroy(void *object)
{
    struct sync_event *event = object;

    if (event->marshaler)
        IUnknown_Release(event->marshaler);
    sync_signal_free(&event->signal);
    HeapFree(GetProcessHeap(), 0, event);
}

static const struct com_interface event_interfaces[] = {
        {&IID_ISynchronize, offsetof(struct sync_event, ISynchronize_iface)},
        {&IID_ISynchronizeHandle, offsetof(struct sync_event, ISynchronizeEvent_iface)},
        {&IID_ISynchronizeEvent, offsetof(struct sync_event, ISynchronizeEvent_iface)},
};

static const struct com_inner_class event_class = {"event", event_interfaces,
        ARRAY_SIZE(event_interfaces), event_query, event_destroy};

HRESULT sync_event_create(enum sync_event_kind kind, HRESULT timeout_result, IUnknown *outer,
        struct sync_event **out)
{
    struct sync_event *event;

    *out = NULL;
    if (!(event = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*event))))
        return E_OUTOFMEMORY;
    com_inner_init(&event->com, &event_class, outer);
    event->ISynchronize_iface.lpVtbl = (ISynchronizeVtbl *)&sync_event_vtbl;
    event->ISynchronizeEvent_iface.lpVtbl = (ISynchronizeEventVtbl *)&sync_event_event_vtbl;
    sync_signal_init(&event->signal, kind == SYNC_EVENT_MANUAL);
    event->timeout_result = timeout_result;
    *out = event;
    return S_OK;
}

/* Page "Aggregation": an aggregated one is made for IUnknown alone, else E_NOINTERFACE. */
static HRESULT event_create_instance(enum sync_event_kind kind, IUnknown *outer, REFIID iid,
        void **out)
{
    struct sync_event *event;
    HRESULT hr;

    *out = NULL;
    if (outer && !IsEqualIID(iid, &IID_IUnknown))
        return E_NOINTERFACE;
    if (FAILED(hr = sync_event_create(kind, RPC_S_CALLPENDING, outer, &event)))
        return hr;
    return com_inner_hand_over(&event->com, iid, out);
}

HRESULT std_event_create(IUnknown *outer, REFIID iid, void **out)
{
    return event_create_instance(SYNC_EVENT_STANDARD, outer, iid, out);
}

HRESULT manual_reset_event_create(IUnknown *outer, REFIID iid, void **out)
{
    return event_create_instance(SYNC_EVENT_MANUAL, outer, iid, out);
}
