/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http_watch.h"

#include "http_protocol.h"
#include "trace.h"

#define WATCH_TICK 250u    /* ms */
#define WATCH_FLOOD 6u     /* looks: a second and a half of headers faster than they can be read */
#define WATCH_FULL 0x8000u /* bytes that wait while they come faster */
#define WATCH_MAX 256u     /* operations are under way at once: inet_slots.c */

static SRWLOCK watch_lock = SRWLOCK_INIT;
static struct list watched = {&watched, &watched};
static BOOL ticking;

/* One look. The protocol is held. */
static void watch_look(struct http_protocol *http)
{
    struct inet_call *call = http_request_call(http);
    DWORD elapsed = GetTickCount() - http->watch.began;
    BOOL flooded;

    if (!call)
        return;
    flooded = inet_call_waiting(call) >= WATCH_FULL;
    http->watch.flooded = flooded ? http->watch.flooded + 1 : 0;
    flooded = http->watch.flooded >= WATCH_FLOOD;
    if (flooded || elapsed / 2 >= http->timeout)
    {
        trace("http %p: the answer's head has no end", (void *)http);
        inet_protocol_end(&http->protocol,
                flooded ? INET_E_DATA_NOT_AVAILABLE : INET_E_CONNECTION_TIMEOUT,
                flooded ? ERROR_HTTP_INVALID_SERVER_RESPONSE : ERROR_INTERNET_TIMEOUT, NULL);
    }
    inet_call_release(call);
}

/* Those which have waited for a while, each with a reference. TRUE: go on ticking. */
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
        if (due[i]->watch.listed)
            watch_look(due[i]);
        IUnknown_Release(due[i]->protocol.com.outer);
    }
    if (again)
        watch_arm(timer);
    else
        CloseThreadpoolTimer(timer);
}

void http_watch_begin(struct http_protocol *http)
{
    TP_TIMER *timer;
    BOOL start;

    AcquireSRWLockExclusive(&watch_lock);
    http->watch.began = GetTickCount();
    http->watch.flooded = 0;
    if (!http->watch.listed)
        list_add_tail(&watched, &http->watch.entry);
    http->watch.listed = TRUE;
    start = !ticking;
    ticking = TRUE;
    ReleaseSRWLockExclusive(&watch_lock);
    if (!start)
        return;
    if ((timer = CreateThreadpoolTimer(watch_tick, NULL, NULL)))
        watch_arm(timer);
    else
        ticking = FALSE;
}

void http_watch_end(struct http_protocol *http)
{
    AcquireSRWLockExclusive(&watch_lock);
    if (http->watch.listed)
        list_remove(&http->watch.entry);
    http->watch.listed = FALSE;
    ReleaseSRWLockExclusive(&watch_lock);
}
