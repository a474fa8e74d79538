/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http_watch.h"

#include "http_protocol.h"
#include "trace.h"

#define WATCH_TICK 250u    /* ms */
#define WATCH_FLOOD 6u     /* looks: a second and a half of headers faster than they can be read */
#define WATCH_FULL 0x8000u /* bytes that wait while they come faster */
#define WATCH_BUSY 20u     /* looks at which there was something that WinINet had not read yet */
#define WATCH_APART 12u    /* looks: three seconds to take a head apart that has come */
#define WATCH_MAX 256u     /* operations are under way at once: inet_slots.c */

static SRWLOCK watch_lock = SRWLOCK_INIT;
static struct list watched = {&watched, &watched};
static BOOL ticking;

/* Whether there is too much of the head. How much WinINet has read it does not tell; but what comes
 * faster than it reads shows in the socket, and its way of putting many headers together takes a
 * time that grows with their square. */
static BOOL is_too_much(struct http_watch *watch, struct inet_call *call)
{
    DWORD waiting;

    if (watch->whole)
        return ++watch->apart >= WATCH_APART;
    waiting = inet_call_waiting(call);
    watch->flooded = waiting >= WATCH_FULL ? watch->flooded + 1 : 0;
    watch->busy += waiting > 0;
    return watch->flooded >= WATCH_FLOOD || watch->busy >= WATCH_BUSY;
}

/* One look. The protocol is held. */
static void watch_look(struct http_protocol *http)
{
    struct inet_call *call = http_request_call(http);
    DWORD elapsed = GetTickCount() - http->watch.began;
    BOOL flooded;

    if (!call)
        return;
    flooded =
            is_too_much(&http->watch, call) || (http->watch.whole && elapsed / 2 >= http->timeout);
    if (flooded || elapsed / 2 >= http->timeout)
    {
        trace("http %p: the answer's head has no end", (void *)http);
        inet_protocol_end(&http->protocol,
                flooded ? INET_E_DATA_NOT_AVAILABLE : INET_E_CONNECTION_TIMEOUT,
                flooded ? ERROR_HTTP_INVALID_SERVER_RESPONSE : ERROR_INTERNET_TIMEOUT, NULL);
    }
    inet_call_release(call);
}

/* Those which have waited for a while, each with a reference: what is watched is active, and holds
 * one on itself. TRUE: go on ticking. */
static BOOL watch_collect(struct http_protocol *due[WATCH_MAX], unsigned int *count)
{
    struct http_watch *watch;
    BOOL again;

    *count = 0;
    AcquireSRWLockExclusive(&watch_lock);
    LIST_FOR_EACH(watch, &watched, struct http_watch, entry)
    {
        struct http_protocol *http = CONTAINING_RECORD(watch, struct http_protocol, watch);

        if (*count < WATCH_MAX && GetTickCount() - watch->began >= WATCH_TICK)
        {
            IUnknown_AddRef(http->protocol.com.outer);
            due[(*count)++] = http;
        }
    }
    again = ticking = !list_empty(&watched);
    ReleaseSRWLockExclusive(&watch_lock);
    return again;
}

static BOOL is_watched(struct http_protocol *http)
{
    BOOL listed;

    AcquireSRWLockShared(&watch_lock);
    listed = http->watch.listed;
    ReleaseSRWLockShared(&watch_lock);
    return listed;
}

static void watch_arm(TP_TIMER *timer)
{
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)WATCH_TICK * 10000};
    FILETIME time;

    time.dwLowDateTime = due.LowPart;
    time.dwHighDateTime = (DWORD)due.HighPart;
    SetThreadpoolTimer(timer, &time, 0, 0);
}

static void CALLBACK watch_tick(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    struct http_protocol *due[WATCH_MAX];
    unsigned int count;
    BOOL again = watch_collect(due, &count);

    (void)instance;
    (void)context;
    for (unsigned int i = 0; i < count; i++)
    {
        if (is_watched(due[i]))
            watch_look(due[i]);
        IUnknown_Release(due[i]->protocol.com.outer);
    }
    if (again)
        watch_arm(timer);
    else
        CloseThreadpoolTimer(timer);
}

/* TRUE: there is no timer yet. */
static BOOL watch_add(struct http_watch *watch)
{
    BOOL start;

    AcquireSRWLockExclusive(&watch_lock);
    watch->began = GetTickCount();
    watch->whole = FALSE;
    watch->flooded = watch->busy = watch->apart = 0;
    if (!watch->listed)
        list_add_tail(&watched, &watch->entry);
    watch->listed = TRUE;
    start = !ticking;
    ticking = TRUE;
    ReleaseSRWLockExclusive(&watch_lock);
    return start;
}

void http_watch_begin(struct http_protocol *http)
{
    TP_TIMER *timer;
    BOOL start;

    /* Whoever ends the protocol makes it inactive under this lock, and ends the watch after. */
    AcquireSRWLockShared(&http->protocol.lock);
    start = http->protocol.active && watch_add(&http->watch);
    ReleaseSRWLockShared(&http->protocol.lock);
    if (!start)
        return;
    if ((timer = CreateThreadpoolTimer(watch_tick, NULL, NULL)))
    {
        watch_arm(timer);
        return;
    }
    AcquireSRWLockExclusive(&watch_lock);
    ticking = FALSE;
    ReleaseSRWLockExclusive(&watch_lock);
}

void http_watch_whole(struct http_protocol *http)
{
    AcquireSRWLockExclusive(&watch_lock);
    http->watch.whole = TRUE;
    ReleaseSRWLockExclusive(&watch_lock);
}

void http_watch_end(struct http_protocol *http)
{
    AcquireSRWLockExclusive(&watch_lock);
    if (http->watch.listed)
        list_remove(&http->watch.entry);
    http->watch.listed = FALSE;
    ReleaseSRWLockExclusive(&watch_lock);
}
