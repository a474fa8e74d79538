/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host STA: a thread of the runtime's own, for objects that want an STA when their creator has
 * none for them. One a process; it lives until COM is left. */
#include <stdlib.h>

#include "apartment_private.h"
#include "call_wait.h"
#include "trace.h"

#define STOP_PATIENCE 5000 /* ms, for its objects to be let go */

/* One host thread, and whoever waits for its end. */
struct host
{
    LONG references;
    struct dispatch_item stop;
    struct completion gone;
    struct apartment *apartment; /* with a reference */
};

enum host_state
{
    HOST_NONE,
    HOST_STARTING,
    HOST_RUNNING,
};

static SRWLOCK host_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE host_changed = CONDITION_VARIABLE_INIT;
static enum host_state state;
static struct host *current; /* HOST_RUNNING; with a reference */

static void host_release(struct host *host)
{
    if (InterlockedDecrement(&host->references))
        return;
    if (host->apartment)
        apartment_release(host->apartment);
    completion_free(&host->gone);
    free(host);
}

static void host_stop_run(struct dispatch_item *item)
{
    (void)item;
    PostQuitMessage(0);
}

static void host_stop_abandon(struct dispatch_item *item, HRESULT why)
{
    (void)item;
    (void)why;
}

static void host_settle(struct host *host)
{
    AcquireSRWLockExclusive(&host_lock);
    current = host;
    state = host ? HOST_RUNNING : HOST_NONE;
    ReleaseSRWLockExclusive(&host_lock);
    WakeAllConditionVariable(&host_changed);
}

static DWORD WINAPI host_thread(void *argument)
{
    struct host *host = argument;
    struct com_thread *thread = com_thread_get();
    MSG message;

    if (!thread || FAILED(apartment_enter(thread, APARTMENT_STA, TRUE)))
    {
        host_settle(NULL);
        host_release(host);
        host_release(host);
        return 0;
    }
    apartment_expect_calls(thread->apartment);
    host->apartment = thread->apartment;
    apartment_addref(host->apartment);
    host_settle(host);

    while (GetMessageW(&message, NULL, 0, 0) > 0)
    {
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }

    apartment_leave(thread);
    completion_signal(&host->gone);
    host_release(host);
    return 0;
}

HRESULT apartment_host_sta(struct apartment **out)
{
    struct host *host;
    HANDLE thread;

    *out = NULL;
    AcquireSRWLockExclusive(&host_lock);
    if (state == HOST_NONE)
    {
        state = HOST_STARTING;
        ReleaseSRWLockExclusive(&host_lock);

        if ((host = calloc(1, sizeof(*host))))
        {
            host->references = 2; /* the thread's and that of `current` */
            host->stop.run = host_stop_run;
            host->stop.abandon = host_stop_abandon;
            completion_init(&host->gone);
            module_pin();
            thread = CreateThread(NULL, 0, host_thread, host, 0, NULL);
            if (thread)
            {
                CloseHandle(thread);
            }
            else
            {
                free(host);
                host = NULL;
            }
        }
        if (!host)
            host_settle(NULL);
        AcquireSRWLockExclusive(&host_lock);
    }
    while (state == HOST_STARTING)
        SleepConditionVariableSRW(&host_changed, &host_lock, INFINITE, 0);
    if (state == HOST_RUNNING)
    {
        *out = current->apartment;
        apartment_addref(*out);
    }
    ReleaseSRWLockExclusive(&host_lock);
    return *out ? S_OK : E_OUTOFMEMORY;
}

void host_sta_stop(BOOL wait)
{
    struct host *host;

    AcquireSRWLockExclusive(&host_lock);
    if ((host = state == HOST_RUNNING ? current : NULL))
    {
        current = NULL;
        state = HOST_NONE;
    }
    ReleaseSRWLockExclusive(&host_lock);
    if (!host)
        return;

    /* Its objects may call this thread while it waits. */
    if (SUCCEEDED(apartment_submit(host->apartment, &host->stop)) && wait
            && call_wait_run(&host->gone.wait, STOP_PATIENCE, 0) != S_OK)
        trace("the host STA does not end");
    host_release(host);
}
