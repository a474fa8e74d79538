/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cancel_state.h"

#include "com_thread.h"
#include "server_call_impl.h"

#define NEVER (~(ULONGLONG)0)
#define NESTED_LOOK 100 /* ms between looks at the call being served, by who waits inside it */

void cancel_state_begin(struct cancel_state *state, struct client_call *call)
{
    /* The first: who cancels before sees none, from now on this one. */
    if (!InterlockedCompareExchangePointer((void *volatile *)&state->call, call, NULL))
        return;
    /* It is made again. Who cancels may be at the former one, under the lock. */
    AcquireSRWLockExclusive(&state->lock);
    state->call = call;
    if (state->cancelled)
        client_call_cancel(call);
    ReleaseSRWLockExclusive(&state->lock);
}

void cancel_state_end(struct cancel_state *state)
{
    AcquireSRWLockExclusive(&state->lock);
    state->call = NULL;
    ReleaseSRWLockExclusive(&state->lock);
}

/* With the lock. */
static void waiter_wake(struct cancel_state *state)
{
    InterlockedExchange(&state->notice, TRUE);
    if (state->event)
        SetEvent(state->event);
    if (state->address_sleepers)
        completion_nudge(state->address);
}

void cancel_state_notify(struct cancel_state *state)
{
    AcquireSRWLockExclusive(&state->lock);
    waiter_wake(state);
    ReleaseSRWLockExclusive(&state->lock);
}

void cancel_state_free(struct cancel_state *state)
{
    if (state->event)
        CloseHandle(state->event);
    state->event = NULL;
}

HRESULT cancel_state_cancel(struct cancel_state *state, ULONG seconds)
{
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&state->lock);
    if (!state->call)
        hr = RPC_E_CALL_COMPLETE;
    else if (state->cancelled)
        hr = RPC_E_CALL_CANCELED;
    else
    {
        state->cancelled = TRUE;
        state->deadline = (LONG)seconds == RPC_C_CANCEL_INFINITE_TIMEOUT
                ? NEVER
                : GetTickCount64() + (ULONGLONG)seconds * 1000;
        client_call_cancel(state->call);
        waiter_wake(state);
    }
    ReleaseSRWLockExclusive(&state->lock);
    return hr;
}

HRESULT cancel_state_test(struct cancel_state *state)
{
    HRESULT hr;

    AcquireSRWLockShared(&state->lock);
    hr = state->cancelled ? RPC_E_CALL_CANCELED
            : state->call ? RPC_S_CALLPENDING
                          : RPC_E_CALL_COMPLETE;
    ReleaseSRWLockShared(&state->lock);
    return hr;
}

/* How long the answer still counts, ms; INFINITE when nobody has cancelled the call. */
static DWORD time_left(struct cancel_state *state)
{
    DWORD left = INFINITE;
    ULONGLONG now;

    if (!state->cancelled)
        return INFINITE; /* who cancels wakes those who wait */
    now = GetTickCount64();
    AcquireSRWLockShared(&state->lock);
    if (state->cancelled && state->deadline != NEVER)
        left = now >= state->deadline ? 0 : (DWORD)min(state->deadline - now, INFINITE - 1);
    ReleaseSRWLockShared(&state->lock);
    return left;
}

BOOL cancel_state_due(struct cancel_state *state)
{
    return !time_left(state);
}

/* ---- waiting ---- */

struct cancellable_wait
{
    struct call_wait wait;
    struct client_call *call;
    struct call_wait *inner;
    struct cancel_state *state;
    BOOL on_address; /* counted in state->address_sleepers */
};

static BOOL cancellable_ready(struct call_wait *wait)
{
    const struct cancellable_wait *both = (struct cancellable_wait *)wait;

    return both->state->notice || both->call->received || both->inner->ready(both->inner);
}

static DWORD cancellable_arm(struct call_wait *wait, BOOL kernel, HANDLE handles[CALL_WAIT_HANDLES],
        volatile LONG **address, LONG *value)
{
    struct cancellable_wait *both = (struct cancellable_wait *)wait;
    struct cancel_state *state = both->state;
    DWORD count = both->inner->arm(both->inner, kernel, handles, address, value);

    AcquireSRWLockExclusive(&state->lock);
    if (!kernel && !count && *address)
    {
        /* Only completions have addresses. */
        if (!both->on_address)
            state->address_sleepers++;
        both->on_address = TRUE;
        state->address = LIST_ENTRY_OF(both->inner, struct completion, wait);
        ReleaseSRWLockExclusive(&state->lock);
        return 0;
    }
    *address = NULL;
    if (!state->event)
        state->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    /* Without anything of the answer's to sleep on the waiter looks every now and then. */
    if (count && state->event && count < CALL_WAIT_HANDLES)
        handles[count++] = state->event;
    ReleaseSRWLockExclusive(&state->lock);
    return count;
}

/* Once: until the answer, the time, or somebody who cancels. */
static HRESULT await_once(struct client_call *call, struct cancel_state *state, DWORD timeout,
        ULONG flags)
{
    struct call_wait *inner = client_call_wait(call);
    struct cancellable_wait both = {
            .wait = {.ready = cancellable_ready, .arm = cancellable_arm, .callee = inner->callee},
            .call = call,
            .inner = inner,
            .state = state};
    HRESULT hr;

    if (!state)
        return call_wait_run(inner, timeout, flags);
    hr = call_wait_run(&both.wait, timeout, flags);
    if (both.on_address)
    {
        AcquireSRWLockExclusive(&state->lock);
        state->address_sleepers--;
        ReleaseSRWLockExclusive(&state->lock);
    }
    InterlockedExchange(&state->notice, FALSE);
    if (hr == S_OK && !inner->ready(inner))
        hr = RPC_S_CALLPENDING;
    return hr;
}

/* The call inside which this thread calls out; NULL when none. */
static const struct server_call *call_outside(void)
{
    const struct com_thread *thread = com_thread_peek();

    return thread ? thread->serving : NULL;
}

static HRESULT await_patiently(struct client_call *call, struct cancel_state *state, DWORD timeout,
        ULONG flags)
{
    const struct server_call *outside = call_outside();
    ULONGLONG end = timeout == INFINITE ? NEVER : GetTickCount64() + timeout;

    if (!state && !outside)
        return call_wait_run(client_call_wait(call), timeout, flags);
    for (;;)
    {
        ULONGLONG now = end == NEVER ? 0 : GetTickCount64();
        DWORD slice = end == NEVER ? INFINITE : (DWORD)(end > now ? end - now : 0), left = INFINITE;
        HRESULT hr;

        if (outside && !call->cancelled)
        {
            if (outside->cancelled(outside))
                client_call_cancel(call);
            else
                slice = min(slice, NESTED_LOOK);
        }
        if (state && (left = time_left(state)) < slice)
            slice = left;
        hr = await_once(call, state, slice, flags);
        if (call->received)
            return S_OK;
        if (hr != RPC_S_CALLPENDING)
            return hr;
        if (state && cancel_state_due(state))
            return RPC_E_CALL_CANCELED;
        if (end != NEVER && GetTickCount64() >= end)
            return RPC_S_CALLPENDING;
    }
}

HRESULT call_await(struct client_call *call, struct cancel_state *state, DWORD timeout, ULONG flags)
{
    struct call_wait *wait = client_call_wait(call);
    HRESULT hr;

    if (wait->ready(wait))
        return S_OK;
    if (!state)
        return await_patiently(call, NULL, timeout, flags);
    InterlockedIncrement(&state->waiters);
    hr = await_patiently(call, state, timeout, flags);
    /* The answer's event, and ours, wake one thread: each wakes the next. */
    if (InterlockedDecrement(&state->waiters))
        cancel_state_notify(state);
    return hr;
}
