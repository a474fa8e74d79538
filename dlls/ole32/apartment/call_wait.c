/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for the answer to a call.
 *
 * Waking a sleeping thread costs more than most calls take, so every wait begins with a spin. How
 * long adapts, thread by thread: it grows while answers come within it, and shrinks while they do
 * not.
 */
#include "call_wait.h"

#include "apartment.h"
#include "com_thread.h"
#include "dispatch_queue.h"
#include "message_pump.h"
#include "spin.h"

#define SPIN_START 100 /* us */
#define SPIN_MIN 10
#define SPIN_MAX 200

/* States of a completion. */
enum
{
    COMPLETION_PENDING,
    COMPLETION_DONE,
    COMPLETION_ADDRESS, /* pending, and somebody sleeps on the address of the state */
    COMPLETION_EVENT,   /* pending, and somebody sleeps on the event */
};

/* The calling thread while it waits. */
struct waiter
{
    struct com_thread *thread;    /* or NULL */
    struct dispatch_queue *queue; /* of its STA, with a reference; or NULL */
    struct call_wait *wait;
    ULONG flags;
    DWORD start, timeout;   /* ms */
    IMessageFilter *filter; /* with a reference; or NULL */
};

/* --- completions --- */

static BOOL completion_ready(struct call_wait *wait)
{
    return LIST_ENTRY_OF(wait, struct completion, wait)->state == COMPLETION_DONE;
}

static DWORD completion_arm(struct call_wait *wait, BOOL kernel, HANDLE handles[CALL_WAIT_HANDLES],
        volatile LONG **address, LONG *value)
{
    struct completion *completion = LIST_ENTRY_OF(wait, struct completion, wait);
    struct com_thread *thread;

    if (!kernel)
    {
        if (InterlockedCompareExchange(&completion->state, COMPLETION_ADDRESS, COMPLETION_PENDING)
                == COMPLETION_EVENT)
        {
            handles[0] = completion->event; /* an earlier wait, in an STA, saw to that */
            return 1;
        }
        *address = &completion->state;
        *value = COMPLETION_ADDRESS;
        return 0;
    }
    if (!completion->event)
    {
        if ((thread = com_thread_peek()) && thread->wait_event)
        {
            completion->event = thread->wait_event;
            thread->wait_event = NULL;
        }
        else if (!(completion->event = CreateEventW(NULL, TRUE, FALSE, NULL)))
        {
            return 0;
        }
    }
    if (InterlockedCompareExchange(&completion->state, COMPLETION_EVENT, COMPLETION_PENDING)
            == COMPLETION_ADDRESS)
        InterlockedCompareExchange(&completion->state, COMPLETION_EVENT, COMPLETION_ADDRESS);
    handles[0] = completion->event;
    return 1;
}

void completion_init(struct completion *completion)
{
    completion->wait.ready = completion_ready;
    completion->wait.arm = completion_arm;
    completion->wait.callee = 0;
    completion->state = COMPLETION_PENDING;
    completion->event = NULL;
}

void completion_signal(struct completion *completion)
{
    LONG state =
            InterlockedCompareExchange(&completion->state, COMPLETION_DONE, COMPLETION_PENDING);

    if (state == COMPLETION_PENDING)
        return; /* and from here on it may be freed */
    if (state == COMPLETION_ADDRESS
            && InterlockedCompareExchange(&completion->state, COMPLETION_DONE, COMPLETION_ADDRESS)
                    == COMPLETION_ADDRESS)
    {
        WakeByAddressAll((void *)&completion->state); /* only a name now */
        return;
    }
    /* Who waits for the event frees it only when the state says so. */
    SetEvent(completion->event);
    InterlockedExchange(&completion->state, COMPLETION_DONE);
    WakeByAddressAll((void *)&completion->state); /* somebody may sleep there as well */
}

void completion_nudge(struct completion *completion)
{
    /* Who is about to sleep notices that the value has changed. */
    InterlockedCompareExchange(&completion->state, COMPLETION_PENDING, COMPLETION_ADDRESS);
    WakeByAddressAll((void *)&completion->state);
}

void completion_free(struct completion *completion)
{
    struct com_thread *thread = com_thread_peek();

    if (!completion->event)
        return;
    /* A thread that is in no apartment would keep it for as long as it lives. */
    if (thread && thread->apartment && !thread->wait_event && ResetEvent(completion->event))
        thread->wait_event = completion->event;
    else
        CloseHandle(completion->event);
    completion->event = NULL;
}

/* --- waiting --- */

/* Milliseconds left; 0 when the time is over. */
static DWORD waiter_remaining(const struct waiter *waiter)
{
    DWORD passed;

    if (waiter->timeout == INFINITE)
        return INFINITE;
    passed = GetTickCount() - waiter->start;
    return passed < waiter->timeout ? waiter->timeout - passed : 0;
}

/* Runs an incoming call, if there is one. */
static BOOL waiter_serve(struct waiter *waiter)
{
    return waiter->queue && !(waiter->flags & CALL_WAIT_NO_CALLS)
            && dispatch_queue_run_one(waiter->queue);
}

/* Looks until the answer is there or the time for it is over. TRUE: it is there. */
static BOOL waiter_spin(struct waiter *waiter)
{
    ULONG budget = waiter->thread ? waiter->thread->spin_time : SPIN_START;
    struct call_wait *wait = waiter->wait;
    BOOL ready = FALSE;
    LONGLONG end;

    if (!budget)
        budget = SPIN_START;
    if (!spin_begin())
        return wait->ready(wait);
    end = spin_now() + spin_ticks(budget);
    do
    {
        unsigned int turn;

        for (turn = 0; turn < 8 && !(ready = wait->ready(wait)); turn++)
        {
            if (waiter->queue && dispatch_queue_pending(waiter->queue)
                    && !(waiter->flags & CALL_WAIT_NO_CALLS))
            {
                spin_end();
                waiter_serve(waiter);
                if ((ready = wait->ready(wait)) || !spin_begin())
                    return ready;
                end = spin_now() + spin_ticks(budget);
            }
            spin_pause();
        }
    } while (!ready && spin_now() < end);
    spin_end();

    if (waiter->thread)
        waiter->thread->spin_time =
                ready ? min(budget + budget / 4 + 1, SPIN_MAX) : max(budget / 2, SPIN_MIN);
    return ready;
}

/* Something woke the sleeping thread in no time: a longer spin would have met it. */
static void waiter_learn(struct waiter *waiter, LONGLONG asleep)
{
    if (waiter->thread && spin_now() - asleep < spin_ticks(SPIN_MAX))
        waiter->thread->spin_time = SPIN_MAX;
}

/* Messages have come which are no calls. FALSE: the message filter cancels the call. */
static BOOL waiter_ask_filter(struct waiter *waiter)
{
    LONG polling = dispatch_queue_suspend_polling(waiter->queue); /* it may show a dialogue box */
    /* A call is waited for in pieces when it can be cancelled. */
    DWORD since = waiter->thread->outgoing ? waiter->thread->outgoing_since : waiter->start;
    DWORD answer = IMessageFilter_MessagePending(waiter->filter,
            (HTASK)(ULONG_PTR)waiter->wait->callee, GetTickCount() - since,
            waiter->thread->serving ? PENDINGTYPE_NESTED : PENDINGTYPE_TOPLEVEL);

    dispatch_queue_resume_polling(waiter->queue, polling);
    return answer != PENDINGMSG_CANCELCALL;
}

/* Sleeps in an STA. */
static HRESULT waiter_sleep_sta(struct waiter *waiter)
{
    struct message_pump pump = {.queue = waiter->queue,
            .calls = !(waiter->flags & CALL_WAIT_NO_CALLS),
            .notice = waiter->filter != NULL};
    struct call_wait *wait = waiter->wait;
    volatile LONG *address = NULL;
    HANDLE handles[CALL_WAIT_HANDLES];
    DWORD count, result;
    HRESULT hr = S_OK;
    LONGLONG asleep;
    LONG value = 0;

    message_pump_run(&pump);
    while (!wait->ready(wait))
    {
        DWORD remaining = waiter_remaining(waiter);

        if (!remaining)
        {
            hr = RPC_S_CALLPENDING;
            break;
        }
        if (pump.other)
        {
            message_pump_run(&pump); /* what comes after this is noticed at the next look */
            pump.other = FALSE;
            if (!waiter_ask_filter(waiter))
            {
                hr = RPC_E_CALL_CANCELED;
                break;
            }
            continue;
        }
        if (waiter_serve(waiter))
            continue;
        count = wait->arm(wait, TRUE, handles, &address, &value);
        if (wait->ready(wait))
            break;

        asleep = spin_now();
        /* Without a handle (there was no memory for one) it looks every now and then. */
        result = message_pump_sleep(&pump, count, handles, count ? remaining : min(remaining, 10),
                0);
        waiter_learn(waiter, asleep);
        if (result == WAIT_FAILED)
            Sleep(1);
        if (result != WAIT_OBJECT_0 + count || wait->ready(wait))
            continue;
        if (pump.other)
            continue;
        while (!wait->ready(wait) && waiter_serve(waiter))
            ;
        message_pump_run(&pump);
    }
    message_pump_end(&pump);
    return hr;
}

/* Sleeps in a thread which serves nobody meanwhile. */
static HRESULT waiter_sleep(struct waiter *waiter)
{
    struct call_wait *wait = waiter->wait;
    volatile LONG *address = NULL;
    HANDLE handles[CALL_WAIT_HANDLES];
    LONGLONG asleep;
    DWORD count;
    LONG value = 0;

    while (!wait->ready(wait))
    {
        DWORD remaining = waiter_remaining(waiter);

        if (!remaining)
            return RPC_S_CALLPENDING;
        address = NULL;
        count = wait->arm(wait, FALSE, handles, &address, &value);
        if (wait->ready(wait))
            break;
        asleep = spin_now();
        if (count)
            WaitForMultipleObjects(count, handles, FALSE, remaining);
        else if (address)
            WaitOnAddress(address, &value, sizeof(value), remaining);
        else
            Sleep(1);
        waiter_learn(waiter, asleep);
    }
    return S_OK;
}

HRESULT call_wait_run(struct call_wait *wait, DWORD timeout, ULONG flags)
{
    struct waiter waiter = {.wait = wait, .flags = flags, .timeout = timeout};
    struct apartment *executing = NULL;
    struct apartment *apartment = NULL;
    HRESULT hr = S_OK;

    if (wait->ready(wait))
        return S_OK;
    if (timeout != INFINITE || (flags & CALL_WAIT_FILTERED))
        waiter.start = GetTickCount();
    if ((waiter.thread = com_thread_peek()))
        apartment = waiter.thread->apartment;

    if (!apartment || apartment->kind != APARTMENT_STA)
    {
        if (!timeout || !waiter_spin(&waiter))
            hr = waiter_sleep(&waiter);
        return hr;
    }

    /* What is served meanwhile is served in the thread's own apartment, which it may leave. */
    executing = waiter.thread->executing;
    waiter.thread->executing = NULL;
    waiter.queue = apartment->queue;
    dispatch_queue_hold(waiter.queue);
    if ((flags & CALL_WAIT_FILTERED) && (waiter.filter = apartment->filter))
        IMessageFilter_AddRef(waiter.filter);

    dispatch_queue_begin_polling(waiter.queue);
    if (!timeout || !waiter_spin(&waiter))
        hr = waiter_sleep_sta(&waiter);
    dispatch_queue_end_polling(waiter.queue);

    if (waiter.filter)
        IMessageFilter_Release(waiter.filter);
    dispatch_queue_let_go(waiter.queue);
    waiter.thread->executing = executing;
    return hr;
}
