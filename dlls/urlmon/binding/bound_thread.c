/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads that bind. */
#include "bound_thread.h"

#include <stdlib.h>

#include "binding_impl.h"
#include "bound_call.h"
#include "download_manager.h"
#include "trace.h"

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static DWORD slot = FLS_OUT_OF_INDEXES;
static BOOLEAN(NTAPI *shutdown_in_progress)(void);

/* How long an item waits until its thread is told again, milliseconds. */
#define PATIENCE 30
/* And how often. */
#define INSIST_AT_MOST 8

/* How long at most a thread in bound_thread_pump looks for items alone, milliseconds, before it
 * looks for messages. Each look enters the server of windows, as do the message that would wake it
 * and the wait for that. */
#define LINGER 8

/* All threads that bind, and the timer that runs while one of them has something to do. */
static SRWLOCK watch_lock = SRWLOCK_INIT;
static struct list watched = {&watched, &watched};
static PTP_TIMER watcher;
static volatile LONG watching;
static volatile LONG pushed; /* something, since the timer came last: it comes once more */

static void watch(void)
{
    ULARGE_INTEGER due = {.QuadPart = (ULONGLONG)(PATIENCE * -10000LL)};
    FILETIME time = {due.u.LowPart, due.u.HighPart};

    if (watcher && !InterlockedExchange(&watching, TRUE))
        SetThreadpoolTimer(watcher, &time, 0, 5);
}

/* One that has waited for too long and was not told, with a reference; or NULL, and whether some
 * wait for less long. */
static struct bound_thread *find_waiting(BOOL *more)
{
    LONG64 now = (LONG64)GetTickCount64(), since, lazy;
    struct bound_thread *thread, *found = NULL;

    AcquireSRWLockExclusive(&watch_lock);
    LIST_FOR_EACH(thread, &watched, struct bound_thread, entry)
    {
        lazy = thread->lazy_since;
        since = thread->waiting_since;
        if (lazy)
        {
            *more = TRUE;
            if (!found && now - lazy >= PATIENCE - 5)
            {
                found = thread;
                bound_thread_addref(found);
                continue;
            }
        }
        if (!since)
            continue;
        if (!dispatch_queue_pending(thread->queue))
        {
            /* It has looked before it was said that there is something. */
            InterlockedCompareExchange64(&thread->waiting_since, 0, since);
            continue;
        }
        if (thread->insisted_since != since)
            thread->insisted = 0;
        if (thread->insisted == INSIST_AT_MOST)
            continue;
        *more = TRUE;
        /* At first after a while, then each time the timer comes. */
        if (now - since < (thread->insisted + 1) * PATIENCE - 5 || found)
            continue;
        thread->insisted_since = since;
        thread->insisted++;
        found = thread;
        bound_thread_addref(found);
    }
    ReleaseSRWLockExclusive(&watch_lock);
    return found;
}

static void CALLBACK watch_run(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    struct bound_thread *thread;
    BOOL more = FALSE;

    (void)instance;
    (void)context;
    (void)timer;
    InterlockedExchange(&watching, FALSE);
    if (InterlockedExchange(&pushed, FALSE))
        more = TRUE;
    while ((thread = find_waiting(&more)))
    {
        if (thread->lazy_since)
            download_manager_look(thread);
        else
            dispatch_queue_insist(thread->queue);
        bound_thread_release(thread);
    }
    if (more)
        watch();
}

void bound_thread_watch(void)
{
    if (!watching)
        watch();
}

HRESULT bound_thread_push(struct bound_thread *thread, struct dispatch_item *item)
{
    HRESULT hr;

    bound_thread_addref(thread); /* the item may have had the last one */
    hr = dispatch_queue_push(thread->queue, item);
    InterlockedIncrement(&thread->pushes);
    WakeByAddressSingle((void *)&thread->pushes);
    /* Not before: the thread says that all is done while it runs what came earlier. */
    if (!thread->waiting_since)
        InterlockedCompareExchange64(&thread->waiting_since, (LONG64)GetTickCount64(), 0);
    /* Setting the timer wakes a thread: it runs on as long as things come close together. */
    if (!pushed)
        InterlockedExchange(&pushed, TRUE);
    if (!watching)
        watch();
    bound_thread_release(thread);
    return hr;
}

void bound_thread_served(struct bound_thread *thread)
{
    InterlockedExchange64(&thread->waiting_since,
            dispatch_queue_pending(thread->queue) ? (LONG64)GetTickCount64() : 0);
}

/* The thread ends: its bindings go with it. */
static void NTAPI thread_end(void *data)
{
    struct bound_thread *thread = data;

    if (!thread || (shutdown_in_progress && shutdown_in_progress()))
        return;
    trace("bound thread %p: ends with %u bindings", (void *)thread, thread->active);
    AcquireSRWLockExclusive(&watch_lock);
    list_remove(&thread->entry);
    ReleaseSRWLockExclusive(&watch_lock);
    AcquireSRWLockExclusive(&thread->lock);
    thread->ended = TRUE;
    ReleaseSRWLockExclusive(&thread->lock);
    dispatch_queue_close(thread->queue);
    bound_calls_end(thread);
    binding_abandon_all(thread);
    for (; thread->running; thread->running--)
        bound_thread_release(thread); /* a callback ended the thread: they never return */
    bound_thread_release(thread);
}

static BOOL CALLBACK init(INIT_ONCE *init_once, void *parameter, void **context)
{
    static const char here;
    HMODULE module;

    (void)init_once;
    (void)parameter;
    (void)context;
    /* Threads call into the module when they end, whenever that is: it stays. */
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
            (const WCHAR *)&here, &module);
    shutdown_in_progress =
            (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlDllShutdownInProgress");
    watcher = CreateThreadpoolTimer(watch_run, NULL, NULL);
    slot = FlsAlloc(thread_end);
    return slot != FLS_OUT_OF_INDEXES;
}

struct bound_thread *bound_thread_current(void)
{
    return slot == FLS_OUT_OF_INDEXES ? NULL : FlsGetValue(slot);
}

HRESULT bound_thread_get(struct bound_thread **out)
{
    struct bound_thread *thread;
    HRESULT hr;

    *out = NULL;
    if (!InitOnceExecuteOnce(&once, init, NULL, NULL))
        return E_OUTOFMEMORY;
    if ((thread = FlsGetValue(slot)))
    {
        bound_thread_addref(thread);
        *out = thread;
        return S_OK;
    }
    if (!(thread = calloc(1, sizeof(*thread))))
        return E_OUTOFMEMORY;
    thread->references = 2; /* the caller's and the thread's */
    thread->id = GetCurrentThreadId();
    InitializeSRWLock(&thread->lock);
    list_init(&thread->entry);
    list_init(&thread->calls);
    list_init(&thread->bindings);
    list_init(&thread->ready);
    download_manager_init(thread);
    if (FAILED(hr = dispatch_queue_create(&thread->queue)))
    {
        free(thread);
        return hr;
    }
    /* Before others learn of the queue: the loops of this thread may be of any kind. */
    dispatch_queue_window(thread->queue);
    if (!FlsSetValue(slot, thread))
    {
        dispatch_queue_close(thread->queue);
        dispatch_queue_release(thread->queue);
        free(thread);
        return E_OUTOFMEMORY;
    }
    AcquireSRWLockExclusive(&watch_lock);
    list_add_tail(&watched, &thread->entry);
    ReleaseSRWLockExclusive(&watch_lock);
    *out = thread;
    return S_OK;
}

void bound_thread_addref(struct bound_thread *thread)
{
    InterlockedIncrement(&thread->references);
}

void bound_thread_release(struct bound_thread *thread)
{
    if (InterlockedDecrement(&thread->references))
        return;
    if (thread->alarm)
        CloseThreadpoolTimer(thread->alarm);
    dispatch_queue_release(thread->queue);
    free(thread);
}

/* Takes care of a message. FALSE: there is none. */
static BOOL pump_message(BOOL *quit, int *exit_code)
{
    MSG message;

    if (!PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        return FALSE;
    if (message.message == WM_QUIT)
    {
        *exit_code = (int)message.wParam;
        *quit = TRUE;
        return TRUE;
    }
    TranslateMessage(&message);
    DispatchMessageW(&message);
    return TRUE;
}

/* While the queue is polled: runs an item, if one comes before that time. */
static BOOL linger(struct bound_thread *thread, ULONGLONG end)
{
    LONG seen = thread->pushes;
    ULONGLONG now;

    if (dispatch_queue_run_one(thread->queue))
        return TRUE;
    if ((now = GetTickCount64()) >= end)
        return FALSE;
    WaitOnAddress(&thread->pushes, &seen, sizeof(seen), (DWORD)(end - now));
    return dispatch_queue_run_one(thread->queue);
}

void bound_thread_pump(struct bound_thread *thread, BOOL (*done)(void *context), void *context)
{
    HANDLE none = NULL;
    BOOL quit = FALSE;
    int exit_code = 0;
    /* Of many short pumps in a row each need not look for messages. */
    BOOL look = GetTickCount64() - thread->looked >= LINGER;

    dispatch_queue_hold(thread->queue);
    for (; !done(context); look = TRUE)
    {
        ULONGLONG end;
        BOOL busy;

        while (look && pump_message(&quit, &exit_code) && !done(context))
            ;
        if (done(context))
            break;
        if (look)
            thread->looked = GetTickCount64();
        end = GetTickCount64() + LINGER;
        dispatch_queue_begin_polling(thread->queue);
        do
            busy = linger(thread, end);
        while (busy && !done(context) && GetTickCount64() < end);
        dispatch_queue_end_polling(thread->queue);
        /* Of an item that came just now there is a message. */
        if (!busy && !done(context))
            MsgWaitForMultipleObjectsEx(0, &none, INFINITE, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
    }
    dispatch_queue_let_go(thread->queue);
    if (quit)
        PostQuitMessage(exit_code);
}
