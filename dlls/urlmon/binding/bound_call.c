/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls sent to the thread of a binding. */
#include "bound_call.h"

#include <stdlib.h>
#include <string.h>

#include "binding_impl.h"

enum
{
    CALL_WAITS,
    CALL_RUNS,
    CALL_DONE
};

struct bound_call
{
    struct dispatch_item item;
    struct list entry;   /* in the binding's list */
    struct list running; /* in the thread's list, while it runs */
    LONG references;     /* the queue's, or the list of parked calls', and the caller's */
    volatile LONG state;
    BOOL parked; /* it waits for the binding to be resumed; guarded by the thread's lock */
    HRESULT result;
    struct binding *binding; /* with a reference */
    bound_function function;
    void *arguments; /* the caller's, or of this allocation */
};

static void call_release(struct bound_call *call)
{
    if (InterlockedDecrement(&call->references))
        return;
    binding_release(call->binding);
    free(call);
}

static void call_leave_list(struct bound_call *call)
{
    struct bound_thread *thread = call->binding->thread;

    AcquireSRWLockExclusive(&thread->lock);
    list_remove(&call->entry);
    ReleaseSRWLockExclusive(&thread->lock);
}

static void call_complete(struct bound_call *call, HRESULT result)
{
    call->result = result;
    InterlockedExchange(&call->state, CALL_DONE);
    WakeByAddressAll((void *)&call->state);
}

/* TRUE: it is left for bound_calls_resume. */
static BOOL call_park(struct bound_call *call)
{
    struct bound_thread *thread = call->binding->thread;
    BOOL park;

    AcquireSRWLockExclusive(&thread->lock);
    park = call->binding->suspended && call->state == CALL_WAITS;
    call->parked = park;
    ReleaseSRWLockExclusive(&thread->lock);
    return park;
}

static void call_run(struct dispatch_item *item)
{
    struct bound_call *call = LIST_ENTRY_OF(item, struct bound_call, item);
    HRESULT result;

    bound_thread_served(call->binding->thread);
    if (call_park(call))
        return;
    if (InterlockedCompareExchange(&call->state, CALL_RUNS, CALL_WAITS) == CALL_WAITS)
    {
        struct bound_thread *thread = call->binding->thread;

        call_leave_list(call);
        list_add_tail(&thread->calls, &call->running);
        result = call->function(call->binding, call->arguments);
        list_remove(&call->running);
        call_complete(call, result);
    }
    call_release(call);
}

void bound_calls_end(struct bound_thread *thread)
{
    while (!list_empty(&thread->calls))
    {
        struct bound_call *call = LIST_ENTRY_OF(thread->calls.next, struct bound_call, running);

        list_remove(&call->running);
        call_complete(call, RPC_E_DISCONNECTED);
        call_release(call);
    }
}

static void call_abandon(struct dispatch_item *item, HRESULT why)
{
    struct bound_call *call = LIST_ENTRY_OF(item, struct bound_call, item);

    if (InterlockedCompareExchange(&call->state, CALL_RUNS, CALL_WAITS) == CALL_WAITS)
    {
        call_leave_list(call);
        call_complete(call, why);
    }
    call_release(call);
}

static HRESULT call_send(struct binding *binding, bound_function function, void *arguments,
        size_t copied, struct bound_call **out)
{
    struct bound_thread *thread = binding->thread;
    struct bound_call *call;
    HRESULT hr = S_OK;

    if (!(call = calloc(1, sizeof(*call) + copied)))
        return E_OUTOFMEMORY;
    call->item.run = call_run;
    call->item.abandon = call_abandon;
    call->references = 2;
    call->binding = binding;
    binding_addref(binding);
    call->function = function;
    call->arguments = arguments;
    if (copied)
    {
        memcpy(call + 1, arguments, copied);
        call->arguments = call + 1;
    }
    list_init(&call->entry);
    list_init(&call->running);

    AcquireSRWLockExclusive(&thread->lock);
    if (thread->ended)
        hr = RPC_E_DISCONNECTED;
    else if (binding->aborted || binding->ended)
        hr = E_ABORT;
    else
        list_add_tail(&binding->calls, &call->entry);
    ReleaseSRWLockExclusive(&thread->lock);
    if (SUCCEEDED(hr) && FAILED(hr = bound_thread_push(thread, &call->item)))
        call_leave_list(call);
    if (FAILED(hr))
    {
        call_release(call);
        call_release(call);
        return hr;
    }
    *out = call;
    return S_OK;
}

HRESULT bound_call(struct binding *binding, bound_function function, void *arguments)
{
    struct bound_call *call;
    HRESULT hr;
    LONG state;

    if (bound_thread_is_current(binding->thread))
        return binding->aborted ? E_ABORT : function(binding, arguments);
    if (FAILED(hr = call_send(binding, function, arguments, 0, &call)))
        return hr;
    while ((state = call->state) != CALL_DONE)
        WaitOnAddress(&call->state, &state, sizeof(state), INFINITE);
    hr = call->result;
    call_release(call);
    return hr;
}

HRESULT bound_call_later(struct binding *binding, bound_function function, const void *arguments,
        size_t size)
{
    struct bound_call *call;
    HRESULT hr;

    if (SUCCEEDED(hr = call_send(binding, function, (void *)arguments, size, &call)))
        call_release(call);
    return hr;
}

void bound_calls_cancel(struct binding *binding, HRESULT why)
{
    struct bound_thread *thread = binding->thread;

    for (;;)
    {
        struct bound_call *call = NULL;
        BOOL parked = FALSE, mine;

        AcquireSRWLockExclusive(&thread->lock);
        if (!list_empty(&binding->calls))
        {
            call = LIST_ENTRY_OF(binding->calls.next, struct bound_call, entry);
            list_remove(&call->entry);
            parked = call->parked;
            call->parked = FALSE;
            InterlockedIncrement(&call->references);
        }
        mine = call
                && InterlockedCompareExchange(&call->state, CALL_RUNS, CALL_WAITS) == CALL_WAITS;
        ReleaseSRWLockExclusive(&thread->lock);
        if (!call)
            return;
        if (mine)
            call_complete(call, why);
        if (parked)
            call_release(call); /* the queue's */
        call_release(call);
    }
}

void bound_calls_resume(struct binding *binding)
{
    struct bound_thread *thread = binding->thread;

    for (;;)
    {
        struct bound_call *call, *found = NULL;

        AcquireSRWLockExclusive(&thread->lock);
        LIST_FOR_EACH(call, &binding->calls, struct bound_call, entry)
        {
            if (!call->parked)
                continue;
            found = call;
            found->parked = FALSE;
            break;
        }
        ReleaseSRWLockExclusive(&thread->lock);
        if (!found)
            return;
        if (FAILED(bound_thread_push(thread, &found->item)))
            call_abandon(&found->item, RPC_E_DISCONNECTED);
    }
}
