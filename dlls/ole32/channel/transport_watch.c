/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls whose answer somebody wants to be told of, and what is the same for all calls of a client,
 * whatever carries them. */

#include "transport_parts.h"

/* Somebody's watcher being called, on its thread's stack. */
struct watch_run
{
    DWORD thread;
    BOOL closed; /* the call was, from within */
};

static SRWLOCK watch_lock = SRWLOCK_INIT; /* all calls' watches */
static CONDITION_VARIABLE watch_over = CONDITION_VARIABLE_INIT;

/* Under the lock. */
static void watch_unlink(struct transport_call *call)
{
    if (!call->watch.link)
        return;
    if (call->watch.next)
        call->watch.next->watch.link = call->watch.link;
    *call->watch.link = call->watch.next;
    call->watch.link = NULL;
    InterlockedDecrement(&call->connection->watched_count);
}

/* Under the lock, which is let go meanwhile. */
static void watch_call(struct transport_call *call)
{
    struct watch_run run = {GetCurrentThreadId(), FALSE};
    void (*answered)(void *context) = call->watch.answered;
    void *context = call->watch.context;

    call->watch.answered = NULL;
    watch_unlink(call);
    call->watch.run = &run;
    ReleaseSRWLockExclusive(&watch_lock);
    answered(context);
    AcquireSRWLockExclusive(&watch_lock);
    if (run.closed)
        return; /* the call may be gone */
    call->watch.run = NULL;
    WakeAllConditionVariable(&watch_over);
}

void watch_answered(struct transport_call *call)
{
    AcquireSRWLockExclusive(&watch_lock);
    if (call->watch.answered)
        watch_call(call);
    ReleaseSRWLockExclusive(&watch_lock);
}

void watch_lanes(struct connection *connection)
{
    struct transport_call *call;

    if (!connection->watched_count)
        return;
    AcquireSRWLockExclusive(&watch_lock);
    for (call = connection->watched; call;)
    {
        call->kind->announce(call);
        if (!call->kind->ready(call))
        {
            call = call->watch.next;
            continue;
        }
        watch_call(call);
        call = connection->watched; /* anything may have happened */
    }
    ReleaseSRWLockExclusive(&watch_lock);
}

/* It will not be called any more, and is not being called. */
static void watch_end(struct transport_call *call)
{
    AcquireSRWLockExclusive(&watch_lock);
    call->watch.answered = NULL;
    watch_unlink(call);
    if (call->watch.run && call->watch.run->thread == GetCurrentThreadId())
    {
        call->watch.run->closed = TRUE;
        call->watch.run = NULL;
    }
    while (call->watch.run)
        SleepConditionVariableSRW(&watch_over, &watch_lock, INFINITE, 0);
    call->watch.used = FALSE;
    ReleaseSRWLockExclusive(&watch_lock);
}

HRESULT transport_call_watch(struct transport_call *call, void (*answered)(void *context),
        void *context)
{
    struct connection *connection = call->connection;
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&watch_lock);
    call->watch.used = TRUE;
    call->watch.answered = answered;
    call->watch.context = context;
    if (call->kind->announce)
    {
        call->watch.next = connection->watched;
        call->watch.link = &connection->watched;
        if (call->watch.next)
            call->watch.next->watch.link = &call->watch.next;
        connection->watched = call;
        InterlockedIncrement(&connection->watched_count);
        call->kind->announce(call);
    }
    /* Ready already, or somebody will see it when it is. All under the lock: as soon as that is
     * free the watcher may run elsewhere, and close the call. */
    if (call->kind->ready(call))
    {
        watch_call(call);
    }
    else if (call->kind->announce && !mailbox_need_reader(connection->mailbox))
    {
        call->watch.answered = NULL;
        watch_unlink(call);
        hr = E_OUTOFMEMORY;
    }
    ReleaseSRWLockExclusive(&watch_lock);
    return hr;
}

HRESULT transport_post(struct connection *connection, const void *head, DWORD head_size,
        const void *body, DWORD body_size, struct transport_call **out)
{
    *out = NULL;
    if ((UINT64)head_size + body_size > TRANSPORT_MESSAGE_MAX)
        return E_OUTOFMEMORY;
    if (connection->dead || connection->board->closed)
    {
        InterlockedExchange(&connection->dead, 1);
        return RPC_E_SERVER_DIED_DNE;
    }
    if (lane_post(connection, head, head_size, body, body_size, out))
        return S_OK;
    return mailbox_post(connection->mailbox, head, head_size, body, body_size, out);
}

struct call_wait *transport_call_wait(struct transport_call *call)
{
    return call->kind->wait(call);
}

HRESULT transport_receive(struct transport_call *call, BYTE **data, DWORD *size)
{
    *data = NULL;
    *size = 0;
    return call->kind->receive(call, data, size);
}

void transport_cancel(struct transport_call *call)
{
    call->kind->cancel(call);
}

void transport_call_close(struct transport_call *call)
{
    struct connection *connection = call->connection;

    if (call->watch.used)
        watch_end(call);
    call->kind->close(call);
    connection_release(connection);
}
