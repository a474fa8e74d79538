/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads for the transport's lanes. Making one takes a millisecond, so they are kept for a while
 * when their work is done. They wait on an address: no kernel object, no handle. */

#include "transport_parts.h"

struct task
{
    struct task *next;
    void (*run)(void *argument);
    void *argument;
};

static SRWLOCK pool_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE pool_work = CONDITION_VARIABLE_INIT;
static struct task *pool_first, **pool_last = &pool_first;
static LONG pool_queued; /* tasks that wait */
static LONG pool_idle;   /* threads that wait, or are about to */

static LONG pool_spare; /* threads that wait for ever */
static volatile LONG pinned;

void transport_pin(void)
{
    HMODULE module;

    if (!pinned && !InterlockedExchange(&pinned, 1))
        GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                (const WCHAR *)(ULONG_PTR)transport_pin, &module);
}

static struct task *pool_take(void)
{
    struct task *task = pool_first;

    if (!task)
        return NULL;
    pool_first = task->next;
    if (!pool_first)
        pool_last = &pool_first;
    --pool_queued;
    return task;
}

static DWORD WINAPI pool_thread(void *unused)
{
    (void)unused;
    AcquireSRWLockExclusive(&pool_lock);
    for (;;)
    {
        struct task *task = pool_take();
        struct task copy;

        if (!task)
        {
            if (SleepConditionVariableSRW(&pool_work, &pool_lock, transport_tuning.thread_idle, 0)
                    || pool_first || pool_idle <= pool_spare)
                continue;
            break;
        }
        --pool_idle;
        ReleaseSRWLockExclusive(&pool_lock);
        copy = *task;
        HeapFree(GetProcessHeap(), 0, task);
        copy.run(copy.argument);
        AcquireSRWLockExclusive(&pool_lock);
        ++pool_idle;
    }
    --pool_idle;
    ReleaseSRWLockExclusive(&pool_lock);
    return 0;
}

/* One thread more. It counts as idle from now on, so that two tasks make two. Under the lock, which
 * is let go meanwhile. */
static BOOL pool_grow(void)
{
    HANDLE thread;

    ++pool_idle;
    ReleaseSRWLockExclusive(&pool_lock);
    thread = CreateThread(NULL, 0, pool_thread, NULL, 0, NULL);
    if (thread)
        CloseHandle(thread);
    AcquireSRWLockExclusive(&pool_lock);
    if (!thread)
        --pool_idle;
    return thread != NULL;
}

void transport_pool_prepare(BOOL spare)
{
    transport_pin();
    AcquireSRWLockExclusive(&pool_lock);
    pool_spare = spare;
    if (spare && pool_idle <= pool_queued)
        pool_grow();
    ReleaseSRWLockExclusive(&pool_lock);
    if (!spare)
        WakeAllConditionVariable(&pool_work);
}

BOOL transport_pool_run(void (*run)(void *argument), void *argument)
{
    struct task *task = HeapAlloc(GetProcessHeap(), 0, sizeof(*task));

    if (!task)
        return FALSE;
    transport_pin();
    task->next = NULL;
    task->run = run;
    task->argument = argument;

    AcquireSRWLockExclusive(&pool_lock);
    if (pool_idle <= pool_queued && !pool_grow())
    {
        ReleaseSRWLockExclusive(&pool_lock);
        HeapFree(GetProcessHeap(), 0, task);
        return FALSE;
    }
    *pool_last = task;
    pool_last = &task->next;
    ++pool_queued;
    ReleaseSRWLockExclusive(&pool_lock);
    WakeConditionVariable(&pool_work);
    return TRUE;
}
