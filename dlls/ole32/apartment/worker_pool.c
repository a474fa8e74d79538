/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The worker pool. An item never waits for a worker that is busy: a call may block for as long as
 * it likes, or wait for another call that is in the list.
 *
 * A worker that has just run an item looks for the next one for a moment, when that has paid
 * lately; one at a time does so. Then it sleeps on an address of its own. The one that fell asleep
 * last is woken first; who is not woken for some seconds ends.
 */
#include "worker_pool.h"

#include <stdlib.h>

#include "apartment_private.h"
#include "spin.h"
#include "trace.h"

#define WORKER_PATIENCE 5000 /* ms without work */
#define SPIN_TIME 50         /* us */
#define SPIN_MAX_SKIP 63

struct worker
{
    struct list entry; /* in the pool's sleepers */
    volatile LONG awake;
};

struct worker_pool
{
    struct apartment *mta; /* owns the pool; each worker has a reference */
    SRWLOCK lock;          /* of what follows */
    struct list items;
    struct list sleepers;  /* the one that fell asleep last comes first */
    volatile LONG pending; /* items */
    volatile LONG closed;
    LONG coming; /* workers which are awake, or being started, and will look at the items */
    BOOL spinning;
    ULONG spin_skip, spin_backoff; /* chances to pass over */
};

static void item_run(struct apartment *mta, struct dispatch_item *item)
{
    struct com_thread *thread = com_thread_get();

    if (!thread)
    {
        item->abandon(item, E_OUTOFMEMORY);
        return;
    }
    thread->executing = mta;
    item->run(item);
    thread->executing = NULL;
    apartment_leave_behind(thread);
}

/* With the lock; returns without it. FALSE: the worker's time is over. `self` is counted in
 * `coming` on entry and when TRUE is returned. */
static BOOL worker_wait(struct worker_pool *pool)
{
    struct worker self;
    LONG asleep = 0;
    LONGLONG end;

    if (pool->closed)
    {
        /* Not worth a moment's spinning. */
    }
    else if (!pool->spinning && pool->spin_skip)
    {
        pool->spin_skip--;
    }
    else if (!pool->spinning && spin_begin())
    {
        pool->spinning = TRUE;
        ReleaseSRWLockExclusive(&pool->lock);
        end = spin_now() + spin_ticks(SPIN_TIME);
        do
        {
            unsigned int turn;

            for (turn = 0; turn < 8 && !pool->pending; turn++)
                spin_pause();
        } while (!pool->pending && !pool->closed && spin_now() < end);
        spin_end();
        AcquireSRWLockExclusive(&pool->lock);
        pool->spinning = FALSE;
        if (pool->pending)
        {
            pool->spin_backoff = 0;
            ReleaseSRWLockExclusive(&pool->lock);
            return TRUE;
        }
        pool->spin_backoff = min(pool->spin_backoff * 2 + 1, SPIN_MAX_SKIP);
        pool->spin_skip = pool->spin_backoff;
    }

    if (pool->closed)
    {
        pool->coming--;
        ReleaseSRWLockExclusive(&pool->lock);
        return FALSE;
    }
    self.awake = 0;
    list_add_tail(pool->sleepers.next, &self.entry);
    pool->coming--;
    ReleaseSRWLockExclusive(&pool->lock);

    while (!self.awake)
    {
        if (WaitOnAddress(&self.awake, &asleep, sizeof(asleep), WORKER_PATIENCE)
                || GetLastError() != ERROR_TIMEOUT)
            continue;
        AcquireSRWLockExclusive(&pool->lock);
        if (!self.awake)
        {
            list_remove(&self.entry);
            ReleaseSRWLockExclusive(&pool->lock);
            return FALSE;
        }
        ReleaseSRWLockExclusive(&pool->lock);
    }
    return TRUE;
}

/* A worker's reference to the apartment. */
struct worker_duty
{
    struct thread_duty duty;
    struct apartment *mta;
};

/* A call has ended its thread, a worker. */
static void worker_ended(struct thread_duty *duty)
{
    apartment_release(LIST_ENTRY_OF(duty, struct worker_duty, duty)->mta);
}

static DWORD WINAPI worker_run(void *argument)
{
    struct worker_pool *pool = argument;
    struct worker_duty self = {.duty.ended = worker_ended, .mta = pool->mta};
    struct com_thread *thread = com_thread_get();
    struct dispatch_item *item;

    if (thread)
        thread_duty_begin(thread, &self.duty);
    do
    {
        AcquireSRWLockExclusive(&pool->lock);
        while (!list_empty(&pool->items))
        {
            item = LIST_ENTRY_OF(pool->items.next, struct dispatch_item, entry);
            list_remove(&item->entry);
            pool->pending--;
            pool->coming--;
            ReleaseSRWLockExclusive(&pool->lock);

            item_run(pool->mta, item);

            AcquireSRWLockExclusive(&pool->lock);
            pool->coming++;
        }
    } while (worker_wait(pool));
    if (thread)
        thread_duty_end(thread, &self.duty);
    apartment_release(pool->mta);
    return 0;
}

struct worker_pool *worker_pool_create(struct apartment *mta)
{
    struct worker_pool *pool;

    if (!(pool = calloc(1, sizeof(*pool))))
        return NULL;
    pool->mta = mta;
    InitializeSRWLock(&pool->lock);
    list_init(&pool->items);
    list_init(&pool->sleepers);
    return pool;
}

void worker_pool_free(struct worker_pool *pool)
{
    free(pool);
}

void worker_pool_close(struct worker_pool *pool)
{
    struct list items, *entry;

    list_init(&items);
    AcquireSRWLockExclusive(&pool->lock);
    pool->closed = TRUE;
    while (!list_empty(&pool->items))
    {
        entry = pool->items.next;
        list_remove(entry);
        list_add_tail(&items, entry);
    }
    pool->pending = 0;
    while (!list_empty(&pool->sleepers))
    {
        struct worker *worker = LIST_ENTRY_OF(pool->sleepers.next, struct worker, entry);

        list_remove(&worker->entry);
        pool->coming++;
        worker->awake = 1;
        WakeByAddressSingle((void *)&worker->awake);
    }
    ReleaseSRWLockExclusive(&pool->lock);

    while (!list_empty(&items))
    {
        struct dispatch_item *item;

        entry = items.next;
        list_remove(entry);
        item = LIST_ENTRY_OF(entry, struct dispatch_item, entry);
        item->abandon(item, RPC_E_DISCONNECTED);
    }
}

HRESULT worker_pool_submit(struct worker_pool *pool, struct dispatch_item *item)
{
    volatile LONG *wake = NULL;
    HRESULT hr = S_OK;
    BOOL start = FALSE;
    struct list *entry;
    HANDLE thread;

    AcquireSRWLockExclusive(&pool->lock);
    if (pool->closed)
    {
        ReleaseSRWLockExclusive(&pool->lock);
        return RPC_E_DISCONNECTED;
    }
    list_add_tail(&pool->items, &item->entry);
    if (++pool->pending > pool->coming)
    {
        if (!list_empty(&pool->sleepers))
        {
            struct worker *worker = LIST_ENTRY_OF(pool->sleepers.next, struct worker, entry);

            list_remove(&worker->entry);
            worker->awake = 1;
            wake = &worker->awake;
        }
        else
        {
            start = TRUE;
        }
        pool->coming++;
    }
    ReleaseSRWLockExclusive(&pool->lock);

    /* The worker may be gone by now: the address is only a name. */
    if (wake)
        WakeByAddressSingle((void *)wake);
    if (!start)
        return S_OK;

    apartment_addref(pool->mta);
    if ((thread = CreateThread(NULL, 0, worker_run, pool, 0, NULL)))
    {
        CloseHandle(thread);
        return S_OK;
    }

    trace("cannot start a worker: %lu", GetLastError());
    AcquireSRWLockExclusive(&pool->lock);
    pool->coming--;
    for (entry = pool->items.next; entry != &pool->items && entry != &item->entry;)
        entry = entry->next;
    if (entry != &pool->items)
    {
        list_remove(entry);
        pool->pending--;
        hr = E_OUTOFMEMORY;
    }
    ReleaseSRWLockExclusive(&pool->lock);
    apartment_release(pool->mta);
    return hr; /* S_OK: another worker took it, or it was abandoned */
}
