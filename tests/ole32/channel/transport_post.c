/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Posted calls: many in flight from one thread, of all sizes, watched, cancelled, closed in
 * mid-call, and in the face of death; with mailboxes and without. */

#include "transport_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailbox.h"

TAP_TIME_LIMIT(300);

#define MANY 1000

static HRESULT peer_post(struct connection *connection, enum peer_operation operation,
        UINT32 argument, const void *body, DWORD size, struct transport_call **call)
{
    struct peer_head head = {operation, argument};

    return transport_post(connection, &head, sizeof(head), body, size, call);
}

/* Waits and receives; whether the answer is `size` bytes of that. Closes the call. */
static BOOL answer_is(struct transport_call *call, const void *expected, DWORD size)
{
    BYTE *data;
    DWORD got;
    BOOL good;

    good = call_wait_run(transport_call_wait(call), 30000, 0) == S_OK
            && transport_receive(call, &data, &got) == S_OK;
    if (good)
    {
        good = got == size && !memcmp(data, expected, size);
        CoTaskMemFree(data);
    }
    transport_call_close(call);
    return good;
}

static double microseconds(void)
{
    return (double)spin_now() * 1e6 / (double)spin_ticks(1000000);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void test_sizes(struct peer *peer)
{
    static const DWORD sizes[] = {0, 1, 7, 15, 16, 17, 4096, WIRE_LANE_INLINE - 8,
            WIRE_LANE_INLINE - 7, WIRE_RECORD_MAX - 8, WIRE_RECORD_MAX - 7, WIRE_RING_SIZE - 80,
            WIRE_RING_SIZE - 8, WIRE_RING_SIZE, 1000000, 3 << 20, 9 << 20, 100};
    struct transport_call *calls[ARRAYSIZE(sizes)];
    BYTE *bodies[ARRAYSIZE(sizes)];
    unsigned int wrong = 0;

    for (unsigned int i = 0; i < ARRAYSIZE(sizes); ++i)
    {
        bodies[i] = malloc(sizes[i] + 1);
        for (DWORD k = 0; k < sizes[i]; ++k)
            bodies[i][k] = peer_pattern(i, k);
        calls[i] = NULL;
        wrong += peer_post(peer->connection, PEER_ECHO, 0, bodies[i], sizes[i], &calls[i]) != S_OK;
    }
    is_uint(wrong, 0, "calls of 0 bytes to 9 MiB are posted");
    for (unsigned int i = 0; i < ARRAYSIZE(sizes); ++i)
    {
        if (calls[i])
            ok(answer_is(calls[i], bodies[i], sizes[i]), "%lu bytes there and back", sizes[i]);
        free(bodies[i]);
    }
    is_hr(transport_post(peer->connection, "", 1, "", TRANSPORT_MESSAGE_MAX, &calls[0]),
            E_OUTOFMEMORY, "a message beyond the limit");
}

static void test_many(struct peer *peer, const char *how, unsigned int there)
{
    static struct transport_call *calls[MANY];
    unsigned int wrong = 0, threads = tap_thread_count(), most = 0;
    double start, posted, done, before, longest = 0;
    static double times[MANY];
    UINT32 served;

    start = microseconds();
    for (UINT32 i = 0; i < MANY; ++i)
    {
        before = microseconds();
        calls[i] = NULL;
        wrong += peer_post(peer->connection, PEER_DEFERRED, 20, &i, sizeof(i), &calls[i]) != S_OK;
        times[i] = microseconds() - before;
    }
    posted = microseconds();
    is_uint(wrong, 0, "%s: %u calls are posted", how, MANY);
    for (UINT32 i = 0; i < MANY; ++i)
    {
        wrong += !calls[i] || !answer_is(calls[i], &i, sizeof(i));
        if (i == 0)
        {
            /* Which takes longer than all the rest. */
            before = microseconds();
            most = tap_thread_count();
            before = microseconds() - before;
            start += before;
            posted += before;
        }
    }
    done = microseconds();
    qsort(times, MANY, sizeof(times[0]), compare);
    longest = times[MANY - 1];
    is_uint(wrong, 0, "%s: all are answered", how);
    served = peer_number(peer, PEER_COUNTS, 1);
    note("%s: posted in %.1f ms (each %.1f us, the slowest %.0f us), done in %.1f ms; threads: %u "
         "here (%u before), %u there",
            how, (posted - start) / 1000, times[MANY / 2], longest, (done - start) / 1000, most,
            threads, served);
    ok(most <= threads + 3, "%s: few threads here: %u, before %u", how, most, threads);
    ok(served <= there, "%s: and there: %u", how, served);
}

/* --- order --- */

static void test_order(struct peer *peer)
{
    struct transport_call *calls[200];
    unsigned int wrong = 0, lanes = transport_tuning.posted_lanes;
    UINT32 first = peer_number(peer, PEER_SERIAL, 0);

    transport_tuning.posted_lanes = 0;
    for (UINT32 i = 0; i < ARRAYSIZE(calls); ++i)
    {
        /* Whatever the size. */
        static BYTE body[100000];

        wrong += peer_post(peer->connection, PEER_SERIAL, 0, body, i % 20 ? i : sizeof(body),
                         &calls[i])
                != S_OK;
    }
    is_uint(wrong, 0, "calls are posted through the mailbox");
    for (UINT32 i = 0; i < ARRAYSIZE(calls) && !wrong; ++i)
    {
        UINT32 expected = first + 1 + i;

        wrong += !answer_is(calls[i], &expected, sizeof(expected));
    }
    is_uint(wrong, 0, "they are handed over in the order in which they were posted");
    transport_tuning.posted_lanes = lanes;
}

/* Handlers that block do not stop the others. */
static void test_blocking(struct peer *peer)
{
    struct transport_call *slow[20], *quick;
    unsigned int lanes = transport_tuning.posted_lanes;
    unsigned int pending = 0, wrong = 0;
    double start = microseconds();

    transport_tuning.posted_lanes = 0;
    for (unsigned int i = 0; i < ARRAYSIZE(slow); ++i)
        wrong += peer_post(peer->connection, PEER_BLOCK, 1500, &i, sizeof(i), &slow[i]) != S_OK;
    wrong += peer_post(peer->connection, PEER_ECHO, 0, "quick", 5, &quick) != S_OK;
    transport_tuning.posted_lanes = lanes;
    if (!is_uint(wrong, 0, "calls whose methods block, and one whose does not"))
        return;
    ok(answer_is(quick, "quick", 5), "the quick one is answered");
    for (unsigned int i = 0; i < ARRAYSIZE(slow); ++i)
    {
        struct call_wait *wait = transport_call_wait(slow[i]);

        pending += !wait->ready(wait);
    }
    ok(pending > 0, "before the others: %u pending after %.0f ms", pending,
            (microseconds() - start) / 1000);
    for (unsigned int i = 0; i < ARRAYSIZE(slow); ++i)
        wrong += !answer_is(slow[i], &i, sizeof(i));
    is_uint(wrong, 0, "and they are answered as well");
}

/* --- watching --- */

struct watcher
{
    struct transport_call *call;
    volatile LONG called;
    volatile LONG wrong;
    BOOL closes;
    volatile LONG closed;
};

static void watcher_answered(void *context)
{
    struct watcher *watcher = context;
    BYTE *data;
    DWORD size;

    if (transport_receive(watcher->call, &data, &size) == RPC_S_CALLPENDING)
        InterlockedIncrement(&watcher->wrong);
    CoTaskMemFree(data);
    if (watcher->closes)
    {
        transport_call_close(watcher->call);
        InterlockedExchange(&watcher->closed, 1);
    }
    InterlockedIncrement(&watcher->called);
}

static unsigned int watchers_await(struct watcher *watchers, unsigned int count)
{
    unsigned int called = 0;

    for (int tries = 0; tries < 2000 && called < count; ++tries)
    {
        called = 0;
        for (unsigned int i = 0; i < count; ++i)
            called += watchers[i].called != 0;
        if (called < count)
            Sleep(5);
    }
    return called;
}

static void watch_many(struct peer *peer, enum peer_operation operation, UINT32 argument,
        const char *how)
{
    static struct watcher watchers[MANY];
    unsigned int wrong = 0, twice = 0;

    memset(watchers, 0, sizeof(watchers));
    for (UINT32 i = 0; i < MANY; ++i)
    {
        watchers[i].closes = i & 1;
        wrong += peer_post(peer->connection, operation, argument, &i, sizeof(i), &watchers[i].call)
                != S_OK;
        wrong += transport_call_watch(watchers[i].call, watcher_answered, &watchers[i]) != S_OK;
    }
    is_uint(wrong, 0, "%s: %u calls are watched", how, MANY);
    is_uint(watchers_await(watchers, MANY), MANY, "%s: each watcher is called", how);
    for (UINT32 i = 0; i < MANY; ++i)
    {
        if (!watchers[i].closes)
            transport_call_close(watchers[i].call);
        else if (!watchers[i].closed)
            ++wrong;
        twice += watchers[i].called != 1;
        wrong += watchers[i].wrong;
    }
    is_uint(twice, 0, "%s: once", how);
    is_uint(wrong, 0, "%s: when the answer is there", how);
}

static void test_watch_sent(struct peer *peer)
{
    struct watcher watchers[30] = {{0}};
    unsigned int wrong = 0;

    for (UINT32 i = 0; i < ARRAYSIZE(watchers); ++i)
    {
        wrong += peer_send(peer->connection, i % 3 ? PEER_LATER : PEER_ECHO, 30, NULL, 0,
                         &watchers[i].call)
                != S_OK;
        if (i % 3 == 0)
            call_wait_run(transport_call_wait(watchers[i].call), 10000, 0);
        wrong += transport_call_watch(watchers[i].call, watcher_answered, &watchers[i]) != S_OK;
        if (i % 3 == 0)
            wrong += !watchers[i].called;
    }
    is_uint(wrong, 0, "calls that were sent are watched; at once, when they are answered");
    is_uint(watchers_await(watchers, ARRAYSIZE(watchers)), ARRAYSIZE(watchers),
            "their watchers are called");
    for (UINT32 i = 0; i < ARRAYSIZE(watchers); ++i)
        transport_call_close(watchers[i].call);
}

/* Somebody waits for a call that is watched. */
static void test_watch_and_wait(struct peer *peer)
{
    unsigned int wrong = 0;

    for (UINT32 i = 0; i < 300; ++i)
    {
        struct watcher watcher = {0};

        if (peer_post(peer->connection, i % 2 ? PEER_ECHO : PEER_LATER, i % 3, &i, sizeof(i),
                    &watcher.call)
                        != S_OK
                || transport_call_watch(watcher.call, watcher_answered, &watcher) != S_OK)
        {
            ++wrong;
            continue;
        }
        wrong += call_wait_run(transport_call_wait(watcher.call), 10000, 0) != S_OK;
        if (i % 5 == 0)
            wrong += watchers_await(&watcher, 1) != 1;
        transport_call_close(watcher.call);
        wrong += watcher.wrong || watcher.called > 1;
    }
    is_uint(wrong, 0, "a call may be watched and waited for");
}

struct slow_watcher
{
    HANDLE entered, leave;
    volatile LONG left;
};

static void slow_answered(void *context)
{
    struct slow_watcher *watcher = context;

    SetEvent(watcher->entered);
    WaitForSingleObject(watcher->leave, 10000);
    Sleep(50);
    watcher->left = 1;
}

static DWORD WINAPI leave_soon(void *event)
{
    Sleep(50);
    SetEvent(event);
    return 0;
}

static void test_watch_closed(struct peer *peer)
{
    struct slow_watcher slow = {CreateEventW(NULL, TRUE, FALSE, NULL),
            CreateEventW(NULL, TRUE, FALSE, NULL), 0};
    struct watcher watchers[100] = {{0}};
    struct transport_call *call;
    unsigned int called = 0;
    HANDLE thread;

    for (unsigned int i = 0; i < ARRAYSIZE(watchers); ++i)
    {
        peer_post(peer->connection, PEER_DEFERRED, 20, NULL, 0, &watchers[i].call);
        transport_call_watch(watchers[i].call, watcher_answered, &watchers[i]);
        transport_call_close(watchers[i].call);
        watchers[i].called += 100;
    }
    Sleep(100);
    for (unsigned int i = 0; i < ARRAYSIZE(watchers); ++i)
        called += watchers[i].called != 100;
    is_uint(called, 0, "no watcher is called after its call was closed");

    for (int mailbox = 0; mailbox < 2; ++mailbox)
    {
        slow.left = 0;
        ResetEvent(slow.entered);
        ResetEvent(slow.leave);
        if (mailbox)
            transport_tuning.posted_lanes = 0;
        peer_post(peer->connection, PEER_LATER, 20, NULL, 0, &call);
        transport_tuning.posted_lanes = 4;
        transport_call_watch(call, slow_answered, &slow);
        WaitForSingleObject(slow.entered, 10000);
        thread = CreateThread(NULL, 0, leave_soon, slow.leave, 0, NULL);
        transport_call_close(call);
        is_int(slow.left, 1, "closing waits for a watcher that runs (%s)",
                mailbox ? "mailbox" : "lane");
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
    CloseHandle(slow.entered);
    CloseHandle(slow.leave);
}

/* --- cancelling, closing --- */

static void test_cancel(struct peer *peer)
{
    struct transport_call *calls[40];
    unsigned int wrong = 0;

    for (unsigned int i = 0; i < ARRAYSIZE(calls); ++i)
        wrong += peer_post(peer->connection, PEER_UNTIL_CANCELLED, 0, "done", 4, &calls[i]) != S_OK;
    Sleep(50);
    for (unsigned int i = 0; i < ARRAYSIZE(calls); ++i)
    {
        struct call_wait *wait = transport_call_wait(calls[i]);
        BYTE *data;
        DWORD size;

        wrong += wait->ready(wait);
        wrong += transport_receive(calls[i], &data, &size) != RPC_S_CALLPENDING;
    }
    is_uint(wrong, 0, "calls that wait to be cancelled");
    for (unsigned int i = 0; i < ARRAYSIZE(calls); i += 2)
        transport_cancel(calls[i]);
    for (unsigned int i = 0; i < ARRAYSIZE(calls); i += 2)
        wrong += !answer_is(calls[i], "done", 4);
    is_uint(wrong, 0, "the server sees which ones are");
    for (unsigned int i = 1; i < ARRAYSIZE(calls); i += 2)
    {
        struct call_wait *wait = transport_call_wait(calls[i]);

        wrong += wait->ready(wait);
        transport_cancel(calls[i]);
        wrong += !answer_is(calls[i], "done", 4);
    }
    is_uint(wrong, 0, "and which are not");
    for (unsigned int i = 0; i < ARRAYSIZE(calls); ++i)
    {
        wrong += peer_post(peer->connection, PEER_WAS_CANCELLED, 0, NULL, 0, &calls[i]) != S_OK;
    }
    for (unsigned int i = 0; i < ARRAYSIZE(calls); ++i)
        wrong += !answer_is(calls[i], "\0\0\0\0", 4);
    is_uint(wrong, 0, "later calls are not cancelled");
}

static void test_closed_early(struct peer *peer)
{
    struct transport_call *call;
    unsigned int wrong = 0;

    for (UINT32 i = 0; i < 500; ++i)
    {
        static BYTE body[50000];

        wrong += peer_post(peer->connection, i % 3 ? PEER_ECHO : PEER_DEFERRED, 5, body,
                         i % 7 ? i : sizeof(body), &call)
                != S_OK;
        transport_call_close(call);
        if (i % 5 == 0)
        {
            wrong += peer_post(peer->connection, PEER_ECHO, 0, &i, sizeof(i), &call) != S_OK
                    || !answer_is(call, &i, sizeof(i));
        }
    }
    is_uint(wrong, 0, "500 calls that nobody waits for, and answers still belong to their calls");
    wrong += peer_post(peer->connection, PEER_ABANDON, 0, NULL, 0, &call) != S_OK;
    is_hr(call_wait_run(transport_call_wait(call), 10000, 0), S_OK, "an abandoned call ends");
    {
        BYTE *data;
        DWORD size;

        is_hr(transport_receive(call, &data, &size), RPC_E_SERVER_DIED, "with an error");
    }
    transport_call_close(call);
}

/* --- threads --- */

struct poster
{
    struct connection *connection;
    UINT32 seed;
    LONG wrong;
};

static DWORD WINAPI poster_run(void *argument)
{
    struct poster *poster = argument;
    UINT32 random = poster->seed * 2654435761u + 1;
    struct transport_call *calls[50];
    static const DWORD sizes[] = {4, 100, 3000, 40000, 300000};
    BYTE *body = malloc(300000);

    for (int round = 0; round < 10; ++round)
    {
        DWORD lengths[ARRAYSIZE(calls)];

        for (unsigned int i = 0; i < ARRAYSIZE(calls); ++i)
        {
            random = random * 1664525 + 1013904223;
            lengths[i] = sizes[(random >> 10) % ((random >> 28) ? 3 : 5)];
            memset(body, (int)(poster->seed + i), lengths[i]);
            if (peer_post(poster->connection, random & 0x8000 ? PEER_ECHO : PEER_DEFERRED, 1, body,
                        lengths[i], &calls[i])
                    != S_OK)
                calls[i] = NULL;
        }
        for (unsigned int i = 0; i < ARRAYSIZE(calls); ++i)
        {
            memset(body, (int)(poster->seed + i), lengths[i]);
            if (!calls[i] || !answer_is(calls[i], body, lengths[i]))
                ++poster->wrong;
        }
    }
    free(body);
    return 0;
}

static void test_threads(struct peer *peer)
{
    struct poster posters[8];
    HANDLE threads[8];
    LONG wrong = 0;

    for (unsigned int i = 0; i < ARRAYSIZE(posters); ++i)
    {
        struct poster poster = {peer->connection, i, 0};

        posters[i] = poster;
        threads[i] = CreateThread(NULL, 0, poster_run, &posters[i], 0, NULL);
    }
    for (unsigned int i = 0; i < ARRAYSIZE(posters); ++i)
    {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
        wrong += posters[i].wrong;
    }
    is_int(wrong, 0, "8 threads post 500 calls each");
}

/* --- death --- */

static void test_server_killed(void)
{
    static struct watcher watchers[MANY];
    struct transport_call *call;
    unsigned int wrong = 0, once = 0;
    struct peer peer;
    HRESULT hr;

    if (!peer_open(&peer))
        return;
    memset(watchers, 0, sizeof(watchers));
    for (UINT32 i = 0; i < MANY; ++i)
    {
        hr = peer_post(peer.connection, PEER_NEVER, 0, NULL, 0, &watchers[i].call);
        if (hr != S_OK)
            ++wrong;
        else if (i < MANY / 2)
            wrong += transport_call_watch(watchers[i].call, watcher_answered, &watchers[i]) != S_OK;
    }
    is_uint(wrong, 0, "%u calls without an answer", MANY);
    Sleep(100);
    peer_kill(&peer);
    for (UINT32 i = 0; i < MANY; ++i)
    {
        BYTE *data;
        DWORD size;

        if (call_wait_run(transport_call_wait(watchers[i].call), 10000, 0) != S_OK)
            ++wrong;
        hr = transport_receive(watchers[i].call, &data, &size);
        wrong += hr != RPC_E_SERVER_DIED;
    }
    is_uint(wrong, 0, "the server's end ends them all");
    once = watchers_await(watchers, MANY / 2);
    is_uint(once, MANY / 2, "watchers are called");
    for (UINT32 i = 0; i < MANY; ++i)
    {
        transport_call_close(watchers[i].call);
        wrong += watchers[i].called != (i < MANY / 2) || watchers[i].wrong;
    }
    is_uint(wrong, 0, "once");
    is_hr(peer_post(peer.connection, PEER_ECHO, 0, NULL, 0, &call), RPC_E_SERVER_DIED_DNE,
            "later ones did not execute");
    peer_close(&peer);
}

static void test_server_frozen(void)
{
    static struct transport_call *calls[MANY];
    unsigned int wrong = 0, pending = 0, not_executed = 0;
    static BYTE body[2000];
    struct peer peer;

    if (!peer_open(&peer))
        return;
    transport_tuning.posted_lanes = 0;
    wrong += peer_post(peer.connection, PEER_ECHO, 0, "x", 1, &calls[0]) != S_OK
            || !answer_is(calls[0], "x", 1);
    harness_freeze(&peer.process, true);
    Sleep(100);
    for (UINT32 i = 0; i < MANY; ++i)
    {
        calls[i] = NULL;
        wrong += peer_post(peer.connection, PEER_ECHO, 0, body, sizeof(body), &calls[i]) != S_OK;
    }
    is_uint(wrong, 0, "posting to a server that hangs does not wait");
    for (UINT32 i = 0; i < MANY; ++i)
    {
        struct call_wait *wait = transport_call_wait(calls[i]);

        pending += !wait->ready(wait);
    }
    is_uint(pending, MANY, "no answers");
    peer_kill(&peer);
    for (UINT32 i = 0; i < MANY; ++i)
    {
        BYTE *data;
        DWORD size;

        wrong += call_wait_run(transport_call_wait(calls[i]), 10000, 0) != S_OK;
        not_executed += transport_receive(calls[i], &data, &size) == RPC_E_SERVER_DIED_DNE;
        transport_call_close(calls[i]);
    }
    is_uint(wrong, 0, "its end ends them");
    is_uint(not_executed, MANY, "and it is known that they did not execute");
    transport_tuning.posted_lanes = 4;
    peer_close(&peer);
}

/* The server goes out of business while its process lives on. */
static void test_server_stopped(void)
{
    struct transport_call *calls[50];
    unsigned int wrong = 0;
    struct peer peer;
    BYTE *data;
    DWORD size;

    if (!peer_open(&peer))
        return;
    for (UINT32 i = 0; i < ARRAYSIZE(calls); ++i)
        wrong += peer_post(peer.connection, PEER_NEVER, 0, NULL, 0, &calls[i]) != S_OK;
    is_hr(peer_call(peer.connection, PEER_STOP, 0, NULL, 0, 10000, &data, &size), S_OK, "stop");
    CoTaskMemFree(data);
    for (UINT32 i = 0; i < ARRAYSIZE(calls); ++i)
    {
        wrong += call_wait_run(transport_call_wait(calls[i]), 10000, 0) != S_OK;
        wrong += transport_receive(calls[i], &data, &size) != RPC_E_SERVER_DIED;
        transport_call_close(calls[i]);
    }
    is_uint(wrong, 0, "a server that stops ends its calls");
    peer_close(&peer);
}

static void test_client_killed(struct peer *server)
{
    WCHAR arguments[100];
    UINT32 threads = 0, before = peer_number(server, PEER_COUNTS, 1);
    struct peer client;
    char line[100];

    _snwprintf(arguments, ARRAYSIZE(arguments), L"post %I64x", server->port);
    if (!ok(peer_start(&client, arguments), "a client starts"))
        return;
    ok(harness_process_read_line(&client.process, line, sizeof(line), 30000)
                    && !strncmp(line, "ready", 5),
            "it has posted hundreds of calls");
    peer_close(&client);
    for (int i = 0; i < 100; ++i)
    {
        threads = peer_number(server, PEER_COUNTS, 1);
        if (threads <= before && !peer_number(server, PEER_NEVER_COUNT, 0))
            break;
        Sleep(50);
    }
    ok(threads <= before, "after its death the server has its threads back: %u, before %u", threads,
            before);
    is_uint(peer_number(server, PEER_NEVER_COUNT, 0), 0, "its calls are known to be over");
    is_int(peer_number(server, PEER_RELEASE_KEPT, 0), 0, "answers to nobody do no harm");
    is_hr(peer_echo(server->connection, 100, 1), S_OK, "others are served");
}

/* --- how fast --- */

static double one_call(struct peer *peer, BOOL post, BOOL watch, double *begin)
{
    struct watcher watcher = {0};
    double start = microseconds();
    BYTE *data;
    DWORD size;

    if (post)
        peer_post(peer->connection, PEER_ECHO, 0, "body", 4, &watcher.call);
    else
        peer_send(peer->connection, PEER_ECHO, 0, "body", 4, &watcher.call);
    *begin = microseconds() - start;
    if (watch)
        transport_call_watch(watcher.call, watcher_answered, &watcher);
    call_wait_run(transport_call_wait(watcher.call), INFINITE, 0);
    transport_receive(watcher.call, &data, &size);
    CoTaskMemFree(data);
    transport_call_close(watcher.call);
    return microseconds() - start;
}

static void measure(struct peer *peer, const char *what, BOOL post, BOOL watch, DWORD gap)
{
    static double times[2000], begins[2000];
    unsigned int count = gap ? 200 : 2000;

    for (unsigned int i = 0; i < count; ++i)
    {
        if (gap)
            Sleep(gap);
        times[i] = one_call(peer, post, watch, &begins[i]);
    }
    qsort(times, count, sizeof(times[0]), compare);
    qsort(begins, count, sizeof(begins[0]), compare);
    note("%s, %s: %.1f us, of them %.1f us until it is on its way", what,
            gap ? "after a pause" : "back to back", times[count / 2], begins[count / 2]);
}

static void test_speed(struct peer *peer)
{
    for (DWORD gap = 0; gap <= 2; gap += 2)
    {
        measure(peer, "sent", FALSE, FALSE, gap);
        measure(peer, "posted", TRUE, FALSE, gap);
        measure(peer, "posted and watched", TRUE, TRUE, gap);
        transport_tuning.posted_lanes = 0;
        measure(peer, "posted through the mailbox", TRUE, FALSE, gap);
        transport_tuning.posted_lanes = 4;
    }
}

static void test_all(struct peer *peer)
{
    test_many(peer, "first", 9);
    test_many(peer, "again", 9);
    test_sizes(peer);
    watch_many(peer, PEER_DEFERRED, 10, "answered later");
    watch_many(peer, PEER_ECHO, 0, "answered at once");
    test_watch_sent(peer);
    test_watch_and_wait(peer);
    test_watch_closed(peer);
    test_cancel(peer);
    test_closed_early(peer);
    test_threads(peer);
}

/* What a client is that knows no mailboxes: lanes do it all. */
static void test_without_mailbox(void)
{
    struct peer peer;

    if (!peer_open(&peer))
        return;
    peer.connection->version = 1;
    note("without a mailbox");
    transport_tuning.lanes = 48;
    test_many(&peer, "through lanes", 60);
    test_sizes(&peer);
    watch_many(&peer, PEER_DEFERRED, 10, "answered later");
    test_watch_closed(&peer);
    test_cancel(&peer);
    test_threads(&peer);
    transport_tuning.lanes = 256;
    peer_close(&peer);
}

int main(void)
{
    struct peer peer;

    harness_require();
    peer_tune();
    is_hr(transport_listen(&peer_handlers), S_OK, "listen");
    if (peer_open(&peer))
        test_many(&peer, "the first time", 9);
    peer_close(&peer);
    transport_stop();
    tap_account_begin();
    is_hr(transport_listen(&peer_handlers), S_OK, "listen again");
    if (peer_open(&peer))
    {
        test_all(&peer);
        test_order(&peer);
        test_blocking(&peer);
        test_client_killed(&peer);
        test_speed(&peer);
    }
    peer_close(&peer);
    test_without_mailbox();
    test_server_killed();
    test_server_frozen();
    test_server_stopped();
    transport_stop();
    tap_account_end("posting");
    return done_testing();
}
