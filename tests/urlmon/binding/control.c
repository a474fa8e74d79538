/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBinding: Abort, Suspend, Resume, priorities; and what becomes of bindings whose thread ends.
 * Page IBinding; docs/urlmon.md, "Priorities".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "tap.h"
#include "test_protocol.h"

TAP_TIME_LIMIT(180);

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)

static void abort_in_data(struct client *client, DWORD bscf)
{
    (void)bscf;
    if (client->quiet)
        return;
    is_hr(IBinding_Abort(client->binding), S_OK, "Abort in OnDataAvailable");
    client->quiet = TRUE;
    is_hr(IBinding_Abort(client->binding), E_FAIL, "Abort again");
    is_int(client->stops, 0, "OnStopBinding does not come before Abort returns");
}

static void abort_in_progress(struct client *client, ULONG code)
{
    if (code == BINDSTATUS_CONNECTING)
        abort_in_data(client, 0);
}

static void abort_in_start(struct client *client)
{
    abort_in_data(client, 0);
}

static void check_aborted(struct client *client, const char *what)
{
    ok(client_wait(client), "%s: it ends", what);
    pump_messages(50);
    client_check(client, what);
    is_int(client->stops, 1, "%s: OnStopBinding", what);
    is_hr(client->result, E_ABORT, "%s: its result", what);
    client_close(client, what);
    pump_messages(20);
    is_int(test_protocols_running, 0, "%s: protocols terminated", what);
    is_int(test_protocols_alive, 0, "%s: protocols released", what);
}

static DWORD WINAPI abort_thread(void *context)
{
    IBinding_Abort((IBinding *)context);
    return 0;
}

static void test_abort(void)
{
    const WCHAR *url = L"bindtest:size=200000,chunk=2000,slow=1,calls=1";
    const WCHAR *mute = L"bindtest:size=200000,chunk=2000,mute=1";
    struct client client;
    HANDLE thread;

    client_open(&client);
    client.bindf = PULL;
    client.on_data = abort_in_data;
    client_bind(&client, url);
    check_aborted(&client, "abort in OnDataAvailable");

    client_open(&client);
    client.bindf = PULL;
    client.on_data = abort_in_data;
    client_bind(&client, mute);
    check_aborted(&client, "abort, unanswered");

    client_open(&client);
    client.bindf = BINDF_ASYNCHRONOUS;
    client.on_progress = abort_in_progress;
    client_bind(&client, url);
    check_aborted(&client, "abort in OnProgress");

    client_open(&client);
    client.bindf = PULL;
    client.on_start = abort_in_start;
    client_bind(&client, url);
    is_hr(client.bind_result, E_ABORT, "abort in OnStartBinding: BindToStorage");
    check_aborted(&client, "abort in OnStartBinding");

    client_open(&client);
    client.bindf = 0;
    client.on_progress = abort_in_progress;
    client_bind(&client, url);
    is_hr(client.bind_result, E_ABORT, "abort of a synchronous bind: BindToStorage");
    ok(!client.out, "abort of a synchronous bind: no stream");
    check_aborted(&client, "abort of a synchronous bind");

    /* Outside of any callback: what was reported before is not delivered any more. */
    client_open(&client);
    client.bindf = PULL;
    client_bind(&client, L"bindtest:size=200000,chunk=2000");
    Sleep(50);
    client.quiet = TRUE;
    is_hr(IBinding_Abort(client.binding), S_OK, "Abort");
    check_aborted(&client, "abort with reports waiting");

    client_open(&client);
    client.bindf = PULL;
    client_bind(&client, L"bindtest:size=200000,chunk=2000,calls=1,slow=1");
    pump_messages(20);
    is_hr(IBinding_Suspend(client.binding), S_OK, "Suspend");
    Sleep(50);
    is_hr(IBinding_Abort(client.binding), S_OK, "Abort of a suspended binding");
    client.quiet = TRUE;
    check_aborted(&client, "abort while suspended");

    client_open(&client);
    client.bindf = PULL;
    client_bind(&client, L"bindtest:size=2000,chunk=2000,stall=1,buffer=1000");
    pump_messages(20);
    thread = CreateThread(NULL, 0, abort_thread, client.binding, 0, NULL);
    WaitForSingleObject(thread, 10000);
    CloseHandle(thread);
    client.quiet = TRUE;
    check_aborted(&client, "abort from another thread");
}

static void test_suspend(DWORD bindf, const char *what)
{
    struct client client;
    ULONGLONG received;
    LONG calls;

    client_open(&client);
    client.bindf = bindf;
    client_bind(&client, L"bindtest:size=400000,chunk=1000,buffer=4000,calls=1");
    for (int i = 0; i < 5 && !client.stopped; i++)
    {
        pump_messages(3);
        if (client.stopped)
            break;
        is_hr(IBinding_Suspend(client.binding), S_OK, "%s: Suspend", what);
        calls = client.calls;
        received = client.received;
        pump_messages(40);
        is_int(client.calls, calls, "%s: no callbacks", what);
        is_uint(client.received, received, "%s: nothing is read", what);
        is_hr(IBinding_Resume(client.binding), S_OK, "%s: Resume", what);
    }
    ok(client_wait(&client), "%s: it ends", what);
    client_check(&client, what);
    is_hr(client.result, S_OK, "%s: the result", what);
    is_uint(client.received, 400000, "%s: no byte is lost", what);
    client_close(&client, what);
    is_int(test_protocols_running, 0, "%s: protocols terminated", what);
}

/* In one certain callback, wherever that is in the order: nothing follows until Resume. */
static struct
{
    ULONG code; /* of OnProgress */
    DWORD bscf; /* or of OnDataAvailable */
    BOOL start; /* or in OnStartBinding */
    BOOL done;
    LONG calls;
} suspend_at;

static void suspend_now(struct client *client)
{
    if (suspend_at.done)
        return;
    suspend_at.done = TRUE;
    suspend_at.calls = client->calls;
    is_hr(IBinding_Suspend(client->binding), S_OK, "Suspend in a callback");
}

static void suspend_in_progress(struct client *client, ULONG code)
{
    if (code == suspend_at.code)
        suspend_now(client);
}

static void suspend_in_data(struct client *client, DWORD bscf)
{
    if (bscf & suspend_at.bscf)
        suspend_now(client);
}

static void suspend_in_start(struct client *client)
{
    if (suspend_at.start)
        suspend_now(client);
}

static void suspended_once(DWORD bindf, const WCHAR *url, ULONG code, DWORD bscf, BOOL abort,
        const char *what)
{
    struct client client;

    memset(&suspend_at, 0, sizeof(suspend_at));
    suspend_at.code = code;
    suspend_at.bscf = bscf;
    suspend_at.start = !code && !bscf;
    client_open(&client);
    client.bindf = bindf;
    client.on_progress = suspend_in_progress;
    client.on_data = suspend_in_data;
    client.on_start = suspend_in_start;
    client_bind(&client, url);
    for (unsigned int i = 0; i < 3000 && !suspend_at.done && !client.stopped; i++)
        pump_messages(10);
    /* All data may come at once. */
    if (client.stopped && !suspend_at.done
            && (code == BINDSTATUS_DOWNLOADINGDATA || bscf == BSCF_INTERMEDIATEDATANOTIFICATION))
    {
        client_close(&client, what);
        return;
    }
    ok(suspend_at.done, "%s, %lu %lx: it was suspended", what, code, bscf);
    pump_messages(30);
    is_int(client.calls, suspend_at.calls, "%s, %lu %lx: no call follows", what, code, bscf);
    ok(!client.stopped, "%s, %lu %lx: it has not ended", what, code, bscf);
    if (abort)
    {
        is_hr(IBinding_Abort(client.binding), S_OK, "Abort");
        client.quiet = TRUE;
    }
    else
    {
        is_hr(IBinding_Resume(client.binding), S_OK, "Resume");
    }
    ok(client_wait(&client), "%s, %lu %lx: it ends", what, code, bscf);
    client_check(&client, what);
    is_int(client.stops, 1, "%s, %lu %lx: OnStopBinding", what, code, bscf);
    is_hr(client.result, abort ? E_ABORT : S_OK, "%s, %lu %lx: its result", what, code, bscf);
    if (!abort)
    {
        is_uint(client.received, 50000, "%s, %lu %lx: no byte is lost", what, code, bscf);
        is_int(client.firsts, 1, "%s, %lu %lx: first notifications", what, code, bscf);
        is_int(client.lasts, 1, "%s, %lu %lx: last notifications", what, code, bscf);
    }
    client_close(&client, what);
    for (unsigned int i = 0; i < 300 && test_protocols_alive; i++)
        pump_messages(10);
    is_int(test_protocols_alive, 0, "%s: protocols released", what);
}

static void test_suspend_in_callbacks(void)
{
    static const struct
    {
        ULONG code;
        DWORD bscf;
    } places[] = {
            {0, 0},
            {BINDSTATUS_CONNECTING, 0},
            {BINDSTATUS_MIMETYPEAVAILABLE, 0},
            {BINDSTATUS_BEGINDOWNLOADDATA, 0},
            {BINDSTATUS_DOWNLOADINGDATA, 0},
            {BINDSTATUS_ENDDOWNLOADDATA, 0},
            {0, BSCF_FIRSTDATANOTIFICATION},
            {0, BSCF_INTERMEDIATEDATANOTIFICATION},
            {0, BSCF_LASTDATANOTIFICATION},
    };
    const WCHAR *url = L"bindtest:size=50000,chunk=9000,buffer=12000,calls=1";
    const WCHAR *at_once = L"bindtest:size=50000,sync=1";

    for (unsigned int i = 0; i < ARRAYSIZE(places); i++)
    {
        for (unsigned int abort = 0; abort < 2; abort++)
        {
            suspended_once(PULL, url, places[i].code, places[i].bscf, abort, "suspended pull");
            suspended_once(BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE, url, places[i].code,
                    places[i].bscf, abort, "suspended push");
            if (places[i].code == BINDSTATUS_DOWNLOADINGDATA
                    || places[i].bscf == BSCF_INTERMEDIATEDATANOTIFICATION)
                continue;
            suspended_once(PULL, at_once, places[i].code, places[i].bscf, abort,
                    "suspended in Start, pull");
            suspended_once(BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE, at_once, places[i].code,
                    places[i].bscf, abort, "suspended in Start, push");
        }
    }
}

/* Who was called, in turns. */
static struct client shares[6];
static unsigned int share_count;
static char turns[20000];
static unsigned int turn_count;

static void note_turn(struct client *client, DWORD bscf)
{
    (void)bscf;
    if (turn_count < sizeof(turns))
        turns[turn_count++] = (char)(client - shares);
}

/* As it was when the first of them ended. */
static BOOL share_ended;
static unsigned int share_deliveries[6];
static ULONGLONG share_received[6];

static void note_end(struct client *client)
{
    (void)client;
    for (unsigned int i = 0; i < share_count && !share_ended; i++)
    {
        share_deliveries[i] = shares[i].datas;
        share_received[i] = shares[i].received;
    }
    share_ended = TRUE;
}

/* Runs `count` bindings of these priorities until the first ends; deliveries[i] of each. */
static void run_shares(const LONG *priorities, unsigned int count, const WCHAR *options,
        unsigned int *deliveries, ULONGLONG *received)
{
    WCHAR url[128];

    turn_count = 0;
    share_ended = FALSE;
    share_count = count;
    for (unsigned int i = 0; i < count; i++)
    {
        client_open(&shares[i]);
        shares[i].bindf = PULL;
        shares[i].seed = i + 1;
        shares[i].priority = priorities[i];
        shares[i].on_data = note_turn;
        shares[i].on_stop = note_end;
        swprintf(url, ARRAYSIZE(url), L"bindtest:seed=%u,%ls", i + 1, options);
        client_bind(&shares[i], url);
    }
    for (unsigned int i = 0; i < count; i++)
    {
        ok(client_wait(&shares[i]), "binding %u ends", i);
        client_check(&shares[i], "shares");
        is_hr(shares[i].result, S_OK, "binding %u: the result", i);
        client_close(&shares[i], "shares");
        deliveries[i] = share_deliveries[i];
        received[i] = share_received[i];
    }
}

static void test_priorities(void)
{
    static const LONG even[4] = {0, 0, 0, 0};
    static const LONG three[3] = {THREAD_PRIORITY_LOWEST, THREAD_PRIORITY_NORMAL,
            THREAD_PRIORITY_HIGHEST};
    unsigned int deliveries[6];
    ULONGLONG received[6];
    struct client client;
    LONG priority = 99;

    client_open(&client);
    client.bindf = PULL;
    client_bind(&client, L"bindtest:size=1000,slow=1");
    is_hr(IBinding_GetPriority(client.binding, &priority), S_OK, "GetPriority");
    is_int(priority, THREAD_PRIORITY_NORMAL, "the priority at first");
    is_hr(IBinding_SetPriority(client.binding, THREAD_PRIORITY_ABOVE_NORMAL), S_OK, "SetPriority");
    is_hr(IBinding_GetPriority(client.binding, &priority), S_OK, "GetPriority");
    is_int(priority, THREAD_PRIORITY_ABOVE_NORMAL, "the priority set");
    ok(client_wait(&client), "it ends");
    client_close(&client, "priority");

    run_shares(even, 4, L"size=4000000,chunk=4000,buffer=16000", deliveries, received);
    note("equal ones: %u %u %u %u deliveries", deliveries[0], deliveries[1], deliveries[2],
            deliveries[3]);
    for (unsigned int i = 0; i < 4; i++)
        ok(received[i] >= 2000000, "equal ones share: %u has got %llu", i, received[i]);

    run_shares(three, 3, L"size=4000000,chunk=4000,buffer=16000", deliveries, received);
    note("lowest, normal, highest: %u %u %u deliveries, %llu %llu %llu bytes", deliveries[0],
            deliveries[1], deliveries[2], received[0], received[1], received[2]);
    is_uint(received[2], 4000000, "the highest has ended first");
    ok(received[1] <= 1000000, "the normal one has had a small share");
    ok(received[1] > 0, "but it has had some");
    ok(received[0] <= 500000, "the lowest one has had a smaller one");
}

/* What is ready goes by priority, whichever was first. */
static void test_order(void)
{
    static const LONG priorities[3] = {THREAD_PRIORITY_LOWEST, THREAD_PRIORITY_HIGHEST,
            THREAD_PRIORITY_NORMAL};
    ULONGLONG end = GetTickCount64() + 60000;
    int first[3] = {-1, -1, -1};

    turn_count = 0;
    test_protocols_reported = 0;
    for (unsigned int i = 0; i < 3; i++)
    {
        WCHAR url[64];

        client_open(&shares[i]);
        shares[i].bindf = PULL;
        shares[i].seed = i + 1;
        shares[i].priority = priorities[i];
        shares[i].on_data = note_turn;
        swprintf(url, ARRAYSIZE(url), L"bindtest:size=500,seed=%u", i + 1);
        client_bind(&shares[i], url);
    }
    while (test_protocols_reported < 3 && GetTickCount64() < end)
        Sleep(5); /* messages wait: nobody is called yet */
    for (unsigned int i = 0; i < 3; i++)
        ok(client_wait(&shares[i]), "order: %u ends", i);
    for (unsigned int t = 0; t < turn_count; t++)
    {
        if (first[(int)turns[t]] < 0)
            first[(int)turns[t]] = (int)t;
    }
    ok(first[1] < first[2] && first[2] < first[0], "highest, normal, lowest: %d %d %d", first[1],
            first[2], first[0]);
    for (unsigned int i = 0; i < 3; i++)
        client_close(&shares[i], "order");
}

/* A high one that has stalled does not hold up a low one. */
static void test_stalled(void)
{
    struct client high, low;

    client_open(&high);
    high.bindf = PULL;
    high.priority = THREAD_PRIORITY_HIGHEST;
    client_bind(&high, L"bindtest:size=100000,chunk=1000,stall=1");
    client_open(&low);
    low.bindf = PULL;
    low.seed = 2;
    low.priority = THREAD_PRIORITY_LOWEST;
    client_bind(&low, L"bindtest:size=2000000,chunk=4000,buffer=8000,seed=2");
    ok(client_wait(&low), "low beside a stalled one: it ends");
    ok(!high.stopped, "and does not wait for the other one's end");
    is_uint(low.received, 2000000, "low beside a stalled one: bytes");
    IBinding_Abort(high.binding);
    ok(client_wait(&high), "the stalled one is aborted");
    client_close(&low, "low");
    client_close(&high, "high");
}

static struct client left[40];

static DWORD WINAPI ending_thread(void *context)
{
    BOOL com = context != NULL;

    if (com)
        CoInitialize(NULL);
    for (unsigned int i = 0; i < ARRAYSIZE(left); i++)
    {
        client_open(&left[i]);
        left[i].seed = 5;
        left[i].bindf = i % 2 ? PULL : BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE;
        client_bind(&left[i],
                i % 3 ? L"bindtest:size=900000,chunk=500,calls=1,slow=1,seed=5"
                      : L"bindtest:size=100000,stall=1,seed=5");
    }
    pump_messages(30);
    for (unsigned int i = 0; i < ARRAYSIZE(left); i++)
    {
        if (left[i].binding)
            IBinding_Release(left[i].binding);
        left[i].binding = NULL;
        if (left[i].stream && i % 2)
        {
            IStream_Release(left[i].stream);
            left[i].stream = NULL;
        }
    }
    if (com)
        CoUninitialize();
    for (unsigned int i = 0; i < ARRAYSIZE(left); i++)
        left[i].quiet = TRUE;
    return 0;
}

static void exit_in_data(struct client *client, DWORD bscf)
{
    (void)client;
    (void)bscf;
    ExitThread(7);
}

static DWORD WINAPI exiting_thread(void *context)
{
    (void)context;
    client_open(&left[0]);
    left[0].bindf = PULL;
    left[0].on_data = exit_in_data;
    client_bind(&left[0], L"bindtest:size=900000,chunk=500");
    IBinding_Release(left[0].binding);
    left[0].binding = NULL;
    client_wait(&left[0]);
    return 0;
}

static void wait_for_protocols(const char *what)
{
    ULONGLONG end = GetTickCount64() + 10000;

    while (test_protocols_alive && GetTickCount64() < end)
        Sleep(10);
    is_int(test_protocols_running, 0, "%s: protocols terminated", what);
    is_int(test_protocols_locked, 0, "%s: protocols unlocked", what);
    is_int(test_protocols_alive, 0, "%s: protocols released", what);
}

static void test_thread_end(BOOL com, const char *what)
{
    HANDLE thread = CreateThread(NULL, 0, ending_thread, com ? left : NULL, 0, NULL);
    LONG wrong_thread = 0, wrong_order = 0, references = 0, stops = 0;

    is_int(WaitForSingleObject(thread, 30000), WAIT_OBJECT_0, "%s: the thread ends", what);
    CloseHandle(thread);
    for (unsigned int i = 0; i < ARRAYSIZE(left); i++)
    {
        BYTE byte;
        ULONG read;

        /* A stream that outlives its thread says so. */
        if (!left[i].stream)
            continue;
        left[i].last_read = S_OK;
        for (int n = 0; n < 200000 && left[i].last_read == S_OK; n++)
            left[i].last_read = IStream_Read(left[i].stream, &byte, 1, &read);
        if (left[i].last_read == E_PENDING)
            fail("%s: a stream of a thread that has ended is pending", what);
        IStream_Release(left[i].stream);
    }
    wait_for_protocols(what);
    for (unsigned int i = 0; i < ARRAYSIZE(left); i++)
    {
        wrong_thread += left[i].wrong_thread;
        wrong_order += left[i].wrong_order;
        references += left[i].references - 1;
        stops += left[i].stops;
    }
    is_int(wrong_thread, 0, "%s: calls on a wrong thread", what);
    is_int(wrong_order, 0, "%s: calls after the end", what);
    is_int(references, 0, "%s: references left", what);
    is_int(stops, 0, "%s: none had ended", what);
}

static void test_exit_in_callback(void)
{
    HANDLE thread = CreateThread(NULL, 0, exiting_thread, NULL, 0, NULL);

    is_int(WaitForSingleObject(thread, 30000), WAIT_OBJECT_0, "exit in a callback: it ends");
    CloseHandle(thread);
    if (left[0].stream)
        IStream_Release(left[0].stream);
    wait_for_protocols("exit in a callback");
    is_int(left[0].wrong_thread, 0, "exit in a callback: calls on a wrong thread");
}

/* 200 at once on one STA. */
static void test_many(void)
{
    struct client *many = calloc(200, sizeof(*many));
    unsigned int ended = 0, right = 0;

    for (unsigned int i = 0; i < 200; i++)
    {
        WCHAR url[80];

        client_open(&many[i]);
        many[i].bindf = i % 2 ? PULL : BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE;
        many[i].seed = i;
        swprintf(url, ARRAYSIZE(url), L"bindtest:size=100000,chunk=8000,calls=1,seed=%u", i);
        client_bind(&many[i], url);
    }
    for (unsigned int i = 0; i < 200; i++)
    {
        ended += client_wait(&many[i]);
        right += many[i].received == 100000 && !many[i].bad_bytes && !many[i].wrong_thread
                && !many[i].wrong_order && many[i].result == S_OK;
        if (many[i].stream)
            IStream_Release(many[i].stream);
    }
    is_int(ended, 200, "200 at once: they end");
    is_int(right, 200, "200 at once: all right");
    free(many);
}

int main(void)
{
    /* Page "Callback Synchronization". */
    if (builtin_lacks("priorities, and bindings that end with their thread"))
        return done_testing();
    CoInitialize(NULL);
    test_protocol_open(4);
    test_many();
    test_thread_end(TRUE, "warm-up");
    tap_account_begin();
    test_abort();
    test_suspend(PULL, "suspended pull");
    test_suspend(BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE, "suspended push");
    test_suspend_in_callbacks();
    test_priorities();
    test_order();
    test_stalled();
    test_thread_end(TRUE, "the end of an STA");
    test_thread_end(FALSE, "the end of a thread without COM");
    test_exit_in_callback();
    test_many();
    tap_account_end("bindings");
    test_protocol_close();
    CoUninitialize();
    return done_testing();
}
