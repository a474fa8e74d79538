/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The event objects that calls are synchronized with: the classes StdEvent and ManualResetEvent,
 * and the same for the runtime's own call objects. objidlbase/nn-objidlbase-isynchronize,
 * nn-objidlbase-isynchronizehandle, nn-objidlbase-isynchronizeevent */
#ifndef CONCIERGE_SYNC_EVENT_H
#define CONCIERGE_SYNC_EVENT_H

#include <windows.h>
#include <objbase.h>

#include "sync_signal.h"

struct sync_event;

enum sync_event_kind
{
    SYNC_EVENT_STANDARD, /* a wait that succeeds resets it */
    SYNC_EVENT_MANUAL,
};

/* Makes an event, not signalled, inside `outer` unless that is NULL. One reference, on its inner
 * IUnknown, which the caller releases; whoever has that IUnknown may use the functions below.
 * `timeout_result` is what Wait returns when its time is over: RPC_S_CALLPENDING for the system's
 * classes (the page of ISynchronize::Wait), RPC_E_TIMEOUT for call objects that follow "Making an
 * Asynchronous Call". S_OK or E_OUTOFMEMORY. */
HRESULT sync_event_create(enum sync_event_kind kind, HRESULT timeout_result, IUnknown *outer,
        struct sync_event **out);

/* Its inner IUnknown, for an outer object's QueryInterface and to release it; borrowed. The
 * interfaces it gives count the outer object's references. */
IUnknown *sync_event_unknown(struct sync_event *event);

/* The event whose ISynchronize, of this runtime, this is, whatever it is aggregated by; else NULL.
 * Calls nobody; no reference. */
struct sync_event *sync_event_from(ISynchronize *synchronize);

/* As the methods of ISynchronize. From any thread. Who waits may release the event as soon as he
 * sees it signalled, even while sync_event_signal is at work: the inner reference that the caller
 * of it knows of has to last only until he calls. */
HRESULT sync_event_signal(struct sync_event *event);
HRESULT sync_event_reset(struct sync_event *event);
HRESULT sync_event_wait(struct sync_event *event, DWORD flags, DWORD timeout);

/* A look; resets nothing. A few instructions unless somebody has asked for its handle. */
BOOL sync_event_is_signalled(struct sync_event *event);

/* For sync_waiter_begin and sync_signals_wait. */
struct sync_signal *sync_event_signal_of(struct sync_event *event);

/* IMarshal of an object that is free-threaded, as com_inner_class.query: from *marshaler, an inner
 * IUnknown made on first use. An aggregated object has none: how to marshal the whole is for the
 * outer object to say. */
HRESULT sync_marshaler_query(IUnknown *volatile *marshaler, IUnknown *outer, BOOL aggregated,
        REFIID iid, void **out);

/* --- the classes, as IClassFactory::CreateInstance --- */
HRESULT std_event_create(IUnknown *outer, REFIID iid, void **out);
HRESULT manual_reset_event_create(IUnknown *outer, REFIID iid, void **out);

#endif
