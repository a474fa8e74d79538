/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sync_signal.h"

#include <objbase.h>

#include "apartment.h"
#include "com_thread.h"

/* The state's bits. Only under the lock WAITERS and KERNEL come and go. */
enum
{
    SIGNAL_SET = 1,
    SIGNAL_WAITERS = 2, /* the list of waiters is not empty: who sets it wakes them */
    SIGNAL_KERNEL = 4,  /* the state is the kernel event's; for good */
};

#define STATUS_NO_ACCESS ((LONG)0xc0000022) /* STATUS_ACCESS_DENIED */

/* NtQueryEvent's answer. */
struct event_information
{
    LONG type; /* 0: a wait does not reset it */
    LONG set;
};

void sync_signal_init(struct sync_signal *signal, BOOL manual)
{
    *signal = (struct sync_signal){.lock = SRWLOCK_INIT, .manual = manual};
    list_init(&signal->waiters);
}

void sync_signal_free(struct sync_signal *signal)
{
    if (signal->handle)
        CloseHandle(signal->handle);
}

/* --- setting --- */

/* Wakes everybody; under the lock. Who does not get the signal goes to sleep again. */
static void signal_wake(struct sync_signal *signal)
{
    struct sync_node *node, *following;

    LIST_FOR_EACH_SAFE(node, following, &signal->waiters, struct sync_node, entry)
    {
        struct sync_waiter *waiter = node->waiter;

        list_remove(&node->entry);
        node->linked = FALSE;
        /* In this order: with the event set, `woken` tells sooner or later. */
        if (waiter->event)
            SetEvent(waiter->event);
        InterlockedExchange(&waiter->woken, 1);
        WakeByAddressAll((void *)&waiter->woken);
    }
    InterlockedAnd(&signal->state, ~SIGNAL_WAITERS);
}

BOOL sync_signal_set_quickly(struct sync_signal *signal)
{
    LONG state = signal->state;

    while (!(state & (SIGNAL_WAITERS | SIGNAL_KERNEL)))
    {
        LONG previous = InterlockedCompareExchange(&signal->state, SIGNAL_SET, state);

        if (previous == state)
            return TRUE;
        state = previous;
    }
    return FALSE;
}

HRESULT sync_signal_set(struct sync_signal *signal)
{
    HRESULT hr = S_OK;

    if (sync_signal_set_quickly(signal))
        return S_OK;
    AcquireSRWLockExclusive(&signal->lock);
    if (signal->state & SIGNAL_KERNEL)
    {
        if (!SetEvent(signal->handle))
            hr = E_FAIL;
    }
    else
    {
        InterlockedOr(&signal->state, SIGNAL_SET);
        signal_wake(signal);
    }
    ReleaseSRWLockExclusive(&signal->lock);
    return hr;
}

HRESULT sync_signal_reset(struct sync_signal *signal)
{
    HRESULT hr = S_OK;

    if (!(InterlockedAnd(&signal->state, ~SIGNAL_SET) & SIGNAL_KERNEL))
        return S_OK;
    AcquireSRWLockShared(&signal->lock);
    if (!ResetEvent(signal->handle))
        hr = E_FAIL;
    ReleaseSRWLockShared(&signal->lock);
    return hr;
}

/* Takes a signal which is set in memory. */
static BOOL signal_take(struct sync_signal *signal)
{
    LONG state = signal->state;

    while ((state & SIGNAL_SET) && !(state & SIGNAL_KERNEL))
    {
        LONG previous;

        if (signal->manual)
            return TRUE;
        previous = InterlockedCompareExchange(&signal->state, state & ~SIGNAL_SET, state);
        if (previous == state)
            return TRUE;
        state = previous;
    }
    return FALSE;
}

/* --- the kernel event --- */

static LONG event_query(HANDLE event, struct event_information *information)
{
    static LONG(WINAPI * query)(HANDLE, int, void *, ULONG, ULONG *);

    if (!query)
        query = (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQueryEvent");
    return query(event, 0, information, sizeof(*information), NULL);
}

BOOL sync_signal_is_set(struct sync_signal *signal)
{
    struct event_information information = {0};
    BOOL set;

    if (!(signal->state & SIGNAL_KERNEL))
        return (signal->state & SIGNAL_SET) != 0;
    AcquireSRWLockShared(&signal->lock);
    set = event_query(signal->handle, &information) >= 0 && information.set;
    ReleaseSRWLockShared(&signal->lock);
    return set;
}

HRESULT sync_signal_get_handle(struct sync_signal *signal, HANDLE *out)
{
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&signal->lock);
    if (!(signal->state & SIGNAL_KERNEL))
    {
        if ((signal->handle = CreateEventW(NULL, signal->manual, FALSE, NULL)))
        {
            /* From here on nobody sets or takes it in memory. */
            if (InterlockedOr(&signal->state, SIGNAL_KERNEL) & SIGNAL_SET)
                SetEvent(signal->handle);
            InterlockedAnd(&signal->state, ~SIGNAL_SET);
            signal_wake(signal);
        }
        else
        {
            hr = E_OUTOFMEMORY;
        }
    }
    *out = signal->handle;
    ReleaseSRWLockExclusive(&signal->lock);
    return hr;
}

HRESULT sync_signal_assign(struct sync_signal *signal, HANDLE event)
{
    struct event_information information = {0};
    HANDLE duplicate, replaced = NULL;
    HRESULT hr = S_OK;
    LONG status;

    if (!event)
        return E_INVALIDARG;
    status = event_query(event, &information);
    if (status < 0 && status != STATUS_NO_ACCESS)
        return E_INVALIDARG;
    if (!DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &duplicate, 0, FALSE,
                DUPLICATE_SAME_ACCESS))
        return GetLastError() == ERROR_INVALID_HANDLE ? E_INVALIDARG : E_OUTOFMEMORY;

    AcquireSRWLockExclusive(&signal->lock);
    if (signal->kernel_waits)
    {
        hr = E_FAIL;
        replaced = duplicate;
    }
    else
    {
        replaced = signal->handle;
        signal->handle = duplicate;
        signal->resets = !signal->manual && information.type == 0;
        InterlockedOr(&signal->state, SIGNAL_KERNEL);
        InterlockedAnd(&signal->state, ~SIGNAL_SET);
        signal_wake(signal);
    }
    ReleaseSRWLockExclusive(&signal->lock);
    if (replaced)
        CloseHandle(replaced);
    return hr;
}

/* --- waiters --- */

static struct sync_waiter *waiter_from(struct call_wait *wait)
{
    return LIST_ENTRY_OF(wait, struct sync_waiter, wait);
}

static BOOL waiter_ready(struct call_wait *wait)
{
    struct sync_waiter *waiter = waiter_from(wait);

    if (waiter->taken >= 0 || waiter->moved)
        return TRUE;
    for (ULONG i = 0; i < waiter->count; i++)
    {
        struct sync_signal *signal = waiter->nodes[i].signal;

        if (signal_take(signal))
            waiter->taken = (LONG)i;
        else if (signal->state & SIGNAL_KERNEL)
            waiter->moved = TRUE;
        else
            continue;
        return TRUE;
    }
    return FALSE;
}

static HANDLE waiter_event(struct sync_waiter *waiter)
{
    struct com_thread *thread = waiter->thread;
    HANDLE event = waiter->event;

    if (event)
        return event;
    if (thread && (event = thread->wait_event))
        thread->wait_event = NULL;
    else
        event = CreateEventW(NULL, TRUE, FALSE, NULL);
    InterlockedExchangePointer(&waiter->event, event);
    return event;
}

static DWORD waiter_arm(struct call_wait *wait, BOOL kernel, HANDLE handles[CALL_WAIT_HANDLES],
        volatile LONG **address, LONG *value)
{
    struct sync_waiter *waiter = waiter_from(wait);

    /* Whoever sets a signal after this wakes us again; what was set before is seen by the caller,
     * who looks once more before he sleeps. */
    if (InterlockedExchange(&waiter->woken, 0) && waiter->event)
        ResetEvent(waiter->event);
    if (kernel)
        waiter_event(waiter);
    waiter->armed = TRUE;
    for (ULONG i = 0; i < waiter->count; i++)
    {
        struct sync_node *node = &waiter->nodes[i];
        struct sync_signal *signal = node->signal;

        AcquireSRWLockExclusive(&signal->lock);
        if (!node->linked && !(signal->state & SIGNAL_KERNEL))
        {
            list_add_tail(&signal->waiters, &node->entry);
            node->linked = TRUE;
            InterlockedOr(&signal->state, SIGNAL_WAITERS);
        }
        ReleaseSRWLockExclusive(&signal->lock);
    }
    if (!kernel)
    {
        *address = &waiter->woken;
        *value = 0;
        return 0;
    }
    handles[0] = waiter->event;
    return waiter->event != NULL;
}

/* Takes the waiter out of the lists. */
static void waiter_disarm(struct sync_waiter *waiter)
{
    for (ULONG i = 0; waiter->armed && i < waiter->count; i++)
    {
        struct sync_signal *signal = waiter->nodes[i].signal;

        /* Also when it is in no list any more: then somebody may still be waking us. */
        AcquireSRWLockExclusive(&signal->lock);
        list_remove(&waiter->nodes[i].entry);
        if (list_empty(&signal->waiters))
            InterlockedAnd(&signal->state, ~SIGNAL_WAITERS);
        ReleaseSRWLockExclusive(&signal->lock);
    }
    waiter->armed = FALSE;
}

/* The thread ended in a call that came in while it waited. */
static void waiter_thread_ended(struct thread_duty *duty)
{
    struct sync_waiter *waiter = LIST_ENTRY_OF(duty, struct sync_waiter, duty);

    waiter_disarm(waiter);
    if (waiter->event)
        CloseHandle(waiter->event);
}

void sync_waiter_begin(struct sync_waiter *waiter, struct sync_node *nodes,
        struct sync_signal *const *signals, ULONG count)
{
    *waiter = (struct sync_waiter){.wait = {.ready = waiter_ready, .arm = waiter_arm},
            .duty = {.ended = waiter_thread_ended},
            .thread = com_thread_peek(),
            .nodes = nodes,
            .count = count,
            .taken = -1};
    for (ULONG i = 0; i < count; i++)
    {
        nodes[i] = (struct sync_node){.signal = signals[i], .waiter = waiter};
        list_init(&nodes[i].entry);
    }
    if (waiter->thread)
        thread_duty_begin(waiter->thread, &waiter->duty);
}

void sync_waiter_end(struct sync_waiter *waiter)
{
    struct com_thread *thread = waiter->thread;

    if (thread)
        thread_duty_end(thread, &waiter->duty);
    waiter_disarm(waiter);
    if (!waiter->event)
        return;
    if (thread && !thread->wait_event && (!waiter->woken || ResetEvent(waiter->event)))
        thread->wait_event = waiter->event;
    else
        CloseHandle(waiter->event);
    waiter->event = NULL;
}

/* --- waiting --- */

static DWORD time_left(DWORD start, DWORD timeout)
{
    DWORD passed;

    if (timeout == INFINITE)
        return INFINITE;
    passed = GetTickCount() - start;
    return passed < timeout ? timeout - passed : 0;
}

static BOOL thread_is_in_sta(void)
{
    struct com_thread *thread = com_thread_peek();

    return thread && thread->apartment && thread->apartment->kind == APARTMENT_STA;
}

/* With flags that are CoWaitForMultipleHandles' own business. */
static HRESULT waiter_run_by_handle(struct sync_waiter *waiter, DWORD flags, DWORD timeout)
{
    DWORD start = GetTickCount();
    HANDLE handles[CALL_WAIT_HANDLES];
    volatile LONG *address;
    HRESULT hr = S_OK;
    DWORD index;
    LONG value;

    while (hr == S_OK && !waiter_ready(&waiter->wait))
    {
        if (!waiter_arm(&waiter->wait, TRUE, handles, &address, &value))
            return E_OUTOFMEMORY;
        if (waiter_ready(&waiter->wait))
            break;
        hr = CoWaitForMultipleHandles(flags & ~COWAIT_WAITALL, time_left(start, timeout), 1,
                handles, &index);
        if (hr == S_OK && index == WAIT_IO_COMPLETION && !waiter_ready(&waiter->wait))
            hr = RPC_S_CALLPENDING;
    }
    /* It may have come when the time was just over. */
    return waiter_ready(&waiter->wait) ? S_OK : hr;
}

HRESULT sync_signals_wait(struct sync_signal *const *signals, ULONG count, DWORD flags,
        DWORD *timeout, ULONG *index)
{
    struct sync_node nodes[MAXIMUM_WAIT_OBJECTS];
    BOOL in_sta = thread_is_in_sta();
    DWORD start = 0, time = *timeout;
    struct sync_waiter waiter;
    HRESULT hr = S_OK;

    if (count > ARRAYSIZE(nodes))
        return E_INVALIDARG;
    sync_waiter_begin(&waiter, nodes, signals, count);
    if (!waiter_ready(&waiter.wait))
    {
        if (time && time != INFINITE)
            start = GetTickCount();
        if ((flags & COWAIT_ALERTABLE) || (in_sta && (flags & COWAIT_DISPATCH_WINDOW_MESSAGES)))
            hr = waiter_run_by_handle(&waiter, flags, time);
        else if (time || in_sta)
            hr = call_wait_run(&waiter.wait, time, 0);
        else
            hr = RPC_S_CALLPENDING;
        if (time && time != INFINITE)
            *timeout = time_left(start, time);
    }
    sync_waiter_end(&waiter);
    if (waiter.taken >= 0)
    {
        *index = (ULONG)waiter.taken;
        return S_OK;
    }
    return waiter.moved ? S_FALSE : hr;
}

/* A wait for the kernel event, which is not replaced meanwhile. */
struct kernel_wait
{
    struct thread_duty duty;
    struct sync_signal *signal;
};

static void kernel_wait_end(struct kernel_wait *wait)
{
    AcquireSRWLockExclusive(&wait->signal->lock);
    wait->signal->kernel_waits--;
    ReleaseSRWLockExclusive(&wait->signal->lock);
}

static void kernel_wait_thread_ended(struct thread_duty *duty)
{
    kernel_wait_end(LIST_ENTRY_OF(duty, struct kernel_wait, duty));
}

static HRESULT signal_wait_kernel(struct sync_signal *signal, DWORD flags, DWORD timeout)
{
    struct kernel_wait wait = {.duty = {.ended = kernel_wait_thread_ended}, .signal = signal};
    struct com_thread *thread = com_thread_peek();
    DWORD index = 0;
    HANDLE handle;
    BOOL resets;
    HRESULT hr;

    AcquireSRWLockExclusive(&signal->lock);
    signal->kernel_waits++;
    handle = signal->handle;
    resets = signal->resets;
    ReleaseSRWLockExclusive(&signal->lock);
    if (thread)
        thread_duty_begin(thread, &wait.duty);

    hr = CoWaitForMultipleHandles(flags & ~COWAIT_WAITALL, timeout, 1, &handle, &index);
    if (hr == S_OK && index == WAIT_IO_COMPLETION)
        hr = RPC_S_CALLPENDING;
    else if (hr == S_OK && resets)
        ResetEvent(handle);

    if (thread)
        thread_duty_end(thread, &wait.duty);
    kernel_wait_end(&wait);
    return hr;
}

HRESULT sync_signal_wait(struct sync_signal *signal, DWORD flags, DWORD timeout)
{
    HRESULT hr = S_FALSE;
    ULONG index;

    if (!(signal->state & SIGNAL_KERNEL))
        hr = sync_signals_wait(&signal, 1, flags, &timeout, &index);
    return hr == S_FALSE ? signal_wait_kernel(signal, flags, timeout) : hr;
}
