/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One thread a process for what others have no time for: waking the other process for somebody who
 * must not wait for the kernel, starting threads, closing what is idle, and looking after handlers
 * that are stuck. It sleeps on an address, so waking it is cheap, and ends when it was idle for
 * long.
 */

#include "transport_parts.h"

static SRWLOCK house_lock = SRWLOCK_INIT; /* protects what follows */
static CONDITION_VARIABLE house_work = CONDITION_VARIABLE_INIT;
static CONDITION_VARIABLE chore_done = CONDITION_VARIABLE_INIT;
static struct chore *first, **last = &first;
static struct chore *current;
static BOOL running;

static volatile LONG sweeping, ticking;

static ULONG milliseconds(LONGLONG since)
{
    LONGLONG passed = spin_now() - since, second = spin_ticks(1000000);

    return passed <= 0 ? 0 : (ULONG)(passed * 1000 / second);
}

/* Looks; when there is nothing more, says so and looks once more, for others do not wake a
 * housekeeper who is at it. Under the lock, which is let go meanwhile. */
static void look_after(volatile LONG *flag, BOOL (*look)(void))
{
    ReleaseSRWLockExclusive(&house_lock);
    if (!look())
    {
        InterlockedExchange(flag, 0);
        if (look())
            InterlockedExchange(flag, 1);
    }
    AcquireSRWLockExclusive(&house_lock);
}

static void chore_run(void)
{
    current = first;
    first = current->next;
    if (!first)
        last = &first;
    current->queued = FALSE;
    ReleaseSRWLockExclusive(&house_lock);
    current->run(current); /* which may free it */
    AcquireSRWLockExclusive(&house_lock);
    current = NULL;
    WakeAllConditionVariable(&chore_done);
}

/* Until there is something to do, or the time (ms) is over. Under the lock. */
static void housekeeper_sleep(DWORD timeout)
{
    SleepConditionVariableSRW(&house_work, &house_lock, timeout, 0);
    if (!first)
        return;
    /* Who posts a chore is in a hurry, and this thread may have woken on its processor, in its
     * place: that goes back to it. */
    ReleaseSRWLockExclusive(&house_lock);
    SwitchToThread();
    AcquireSRWLockExclusive(&house_lock);
}

static void housekeeper(void *unused)
{
    LONGLONG swept = spin_now(), ticked = swept, busy = swept;

    (void)unused;
    AcquireSRWLockExclusive(&house_lock);
    for (;;)
    {
        ULONG left, passed;

        if (first)
        {
            chore_run();
            busy = spin_now();
            continue;
        }
        if (!sweeping && !ticking)
        {
            passed = milliseconds(busy);
            if (passed >= transport_tuning.thread_idle)
                break;
            swept = ticked = spin_now();
            housekeeper_sleep(transport_tuning.thread_idle - passed);
            continue;
        }
        busy = spin_now();
        left = INFINITE;
        if (ticking)
        {
            if ((passed = milliseconds(ticked)) >= transport_tuning.stuck)
            {
                look_after(&ticking, server_mailboxes_tick);
                ticked = spin_now();
                continue;
            }
            left = transport_tuning.stuck - passed;
        }
        if (sweeping)
        {
            if ((passed = milliseconds(swept)) >= transport_tuning.sweep)
            {
                look_after(&sweeping, connections_sweep);
                swept = spin_now();
                continue;
            }
            left = min(left, transport_tuning.sweep - passed);
        }
        housekeeper_sleep(left);
    }
    running = FALSE;
    ReleaseSRWLockExclusive(&house_lock);
}

/* Under the lock. Whether it runs: then it is to be woken, when the lock is free. */
static BOOL housekeeper_start(void)
{
    if (!running)
        running = transport_pool_run(housekeeper, NULL);
    return running;
}

BOOL chore_post(struct chore *chore)
{
    BOOL done = TRUE, wake = FALSE;

    AcquireSRWLockExclusive(&house_lock);
    if (!chore->queued && (done = housekeeper_start()))
    {
        wake = !first; /* else somebody has done that */
        chore->queued = TRUE;
        chore->next = NULL;
        *last = chore;
        last = &chore->next;
    }
    ReleaseSRWLockExclusive(&house_lock);
    if (wake)
        WakeConditionVariable(&house_work);
    return done;
}

void chore_cancel(struct chore *chore)
{
    struct chore **link;

    AcquireSRWLockExclusive(&house_lock);
    if (chore->queued)
    {
        for (link = &first; *link != chore; link = &(*link)->next)
            ;
        *link = chore->next;
        if (last == &chore->next)
            last = link;
        chore->queued = FALSE;
    }
    while (current == chore)
        SleepConditionVariableSRW(&chore_done, &house_lock, INFINITE, 0);
    ReleaseSRWLockExclusive(&house_lock);
}

static void housekeeper_need(volatile LONG *flag)
{
    MemoryBarrier();
    if (*flag || InterlockedExchange(flag, 1))
        return;
    AcquireSRWLockExclusive(&house_lock);
    if (!housekeeper_start())
        InterlockedExchange(flag, 0);
    ReleaseSRWLockExclusive(&house_lock);
    WakeConditionVariable(&house_work);
}

void housekeeper_sweep(void)
{
    housekeeper_need(&sweeping);
}

void housekeeper_tick(void)
{
    housekeeper_need(&ticking);
}
