/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The transport's client and a server that lies: on the control pipe, in the lanes and in the
 * mailbox, all at once and while calls run. The client may lose its connection; it must not crash,
 * touch what is not its own, wait for ever, tell of an answer twice, or leave something behind.
 */
#include "fuzz.h"
#include "hostile_server.h"
#include "transport_peer.h"

#include <stdlib.h>
#include <string.h>

TAP_TIME_LIMIT(300);

#define PATIENCE 10000    /* ms */
#define LIMIT 0x400000    /* larger answers are out of memory */
#define FRAGMENT 0x10000u /* WIRE_RECORD_MAX */
#define SPACE(size) (16u + (((size) + 15) & ~15u))

/* ---- calls ---- */

struct victim_call
{
    struct transport_call *call;
    LONG told;
};

static void victim_told(void *context)
{
    struct victim_call *victim = context;

    InterlockedIncrement(&victim->told);
}

static BOOL victim_post(struct victim_call *victim, struct connection *connection, DWORD size)
{
    static BYTE body[0x40000];

    memset(victim, 0, sizeof(*victim));
    if (transport_post(connection, NULL, 0, body, size, &victim->call) != S_OK)
        return FALSE;
    transport_call_watch(victim->call, victim_told, victim);
    return TRUE;
}

/* Waits, receives, reads all of the answer, and closes. */
static HRESULT victim_end(struct victim_call *victim, DWORD timeout, DWORD *size)
{
    volatile BYTE sum = 0;
    BYTE *data = NULL;
    HRESULT hr;

    *size = 0;
    if (!victim->call)
        return E_FAIL;
    hr = call_wait_run(transport_call_wait(victim->call), timeout, 0);
    if (hr == S_OK)
        hr = transport_receive(victim->call, &data, size);
    for (DWORD i = 0; data && i < *size; i++)
        sum = (BYTE)(sum + data[i]);
    CoTaskMemFree(data);
    transport_call_close(victim->call);
    victim->call = NULL;
    return hr;
}

static BOOL server_begin(struct hostile_server *server, UINT16 version,
        void (*alter)(struct hostile_server *, struct wire_message *),
        struct connection **connection)
{
    *connection = NULL;
    return ok(hostile_server_start(server, version, alter), "a server")
            && is_hr(transport_connect(server->port, connection), S_OK, "connected");
}

static void server_end(struct hostile_server *server, struct connection *connection)
{
    if (connection)
        connection_release(connection);
    hostile_server_stop(server);
}

/* ---- records that no server writes, one by one ---- */

enum before
{
    NOTHING,
    BEGUN,  /* the beginning of an answer to call 1 */
    ENDED,  /* call 1 is answered */
    FAULTY, /* the connection goes on */
};

static const struct
{
    const char *what;
    UINT32 kind, call, size, total;
    enum before before;
    UINT32 tail; /* what the tail is moved on by instead */
} records[] = {
        {"no kind", 0, 1, 0, 0, NOTHING, 0},
        {"a kind that does not exist", 4, 1, 0, 0, NOTHING, 0},
        {"a call that is not out", WIRE_START, 9, 8, 8, NOTHING, 0},
        {"a number out of range", WIRE_START, WIRE_MAILBOX_CALLS, 8, 8, NOTHING, 0},
        {"a number far out of range", WIRE_START, ~0u, 8, 8, NOTHING, 0},
        {"a fault of a call that is not out", WIRE_FAULT, 200, 0, (UINT32)E_FAIL, NOTHING, 0},
        {"more of nothing", WIRE_MORE, 1, 8, 8, NOTHING, 0},
        {"a fragment larger than its message", WIRE_START, 1, 8, 4, NOTHING, 0},
        {"a message larger than the limit", WIRE_START, 1, 8, TRANSPORT_MESSAGE_MAX + 1, NOTHING,
                0},
        {"an empty fragment", WIRE_START, 1, 0, 8, NOTHING, 0},
        {"a size beyond what was written", WIRE_START, 1, FRAGMENT, FRAGMENT, NOTHING, 32},
        {"a huge size", WIRE_START, 1, ~0u, ~0u, NOTHING, 32},
        {"a size just beyond a fragment", WIRE_START, 1, FRAGMENT + 1, FRAGMENT + 1, NOTHING,
                0x20000},
        {"half a head", WIRE_START, 1, 0, 0, NOTHING, 8},
        {"a crooked end", WIRE_START, 1, 8, 8, NOTHING, 40},
        {"an end before the beginning", WIRE_START, 1, 8, 8, NOTHING, (UINT32)-16},
        {"an end beyond the ring", WIRE_START, 1, 8, 8, NOTHING, WIRE_RING_SIZE + 16},
        {"an answer within an answer", WIRE_START, 2, 8, 8, BEGUN, 0},
        {"the same again within it", WIRE_START, 1, 8, 100, BEGUN, 0},
        {"a fault within it", WIRE_FAULT, 1, 0, (UINT32)E_FAIL, BEGUN, 0},
        {"more of another one", WIRE_MORE, 2, 8, 100, BEGUN, 0},
        {"more than there is", WIRE_MORE, 1, 200, 100, BEGUN, 0},
        {"more, but nothing", WIRE_MORE, 1, 0, 100, BEGUN, 0},
        {"an answer twice", WIRE_START, 1, 8, 8, ENDED, 0},
        {"a fault after the answer", WIRE_FAULT, 1, 0, (UINT32)E_FAIL, ENDED, 0},
        {"a fault that is none", WIRE_FAULT, 1, 0, S_OK, FAULTY, 0},
        {"a fault with content", WIRE_FAULT, 1, 40, (UINT32)E_FAIL, FAULTY, 0},
        {"an answer larger than memory", WIRE_START, 1, 8, LIMIT + 1, FAULTY, 0},
};

static void record_write(struct hostile_server *server, unsigned int i)
{
    static const BYTE content[FRAGMENT + 16] = "content";
    UINT32 tail;

    if (records[i].before == BEGUN)
        hostile_record(server, WIRE_START, 1, 8, 100, content);
    else if (records[i].before == ENDED)
        hostile_record(server, WIRE_START, 1, 8, 8, content);
    tail = server->mailbox->reply_tail;
    hostile_record(server, records[i].kind, records[i].call, records[i].size, records[i].total,
            records[i].size <= sizeof(content) ? content : NULL);
    if (records[i].tail)
        server->mailbox->reply_tail = tail + records[i].tail;
    hostile_mailbox_signal(server);
}

static void test_record(unsigned int i)
{
    BOOL goes_on = records[i].before == FAULTY, pending = records[i].total == LIMIT + 1;
    struct victim_call victims[3];
    struct connection *connection;
    struct hostile_server server;
    DWORD size;
    HRESULT hr;

    fuzz_at("records", i);
    note("%s", records[i].what);
    if (!server_begin(&server, WIRE_VERSION, NULL, &connection))
        return;
    for (ULONG k = 0; k < ARRAYSIZE(victims); k++)
        victim_post(&victims[k], connection, 8);
    if (ok(hostile_mailbox_wait(&server, 3 * SPACE(8)), "calls in the mailbox"))
    {
        hostile_record(&server, WIRE_START, 0, 8, 8, "answered");
        hostile_mailbox_signal(&server);
        is_hr(victim_end(&victims[0], PATIENCE, &size), S_OK, "a proper answer");
        is_uint(size, 8, "of its size");
        record_write(&server, i);
        hr = victim_end(&victims[1], pending ? 100 : PATIENCE, &size);
        if (records[i].before == ENDED)
            ok(hr == S_OK && size == 8, "its first answer counts");
        else if (pending)
            is_hr(hr, RPC_S_CALLPENDING, "the rest never comes");
        else
            ok(FAILED(hr) && hr != RPC_S_CALLPENDING, "the call ends: %s", tap_hr(hr));
        if (!goes_on)
            is_hr(victim_end(&victims[2], PATIENCE, &size), RPC_E_SERVER_DIED, "others end");
        is_int(!connection_alive(connection), !goes_on, "the connection is ended");
    }
    for (ULONG k = 0; k < ARRAYSIZE(victims); k++)
    {
        if (victims[k].call)
        {
            transport_cancel(victims[k].call);
            transport_call_close(victims[k].call);
        }
        else
            is_int(victims[k].told, pending && k == 1 ? 0 : 1, "told once");
    }
    server_end(&server, connection);
}

/* ---- answers to what has not been asked yet ---- */

/* The ring has no room for all of the second request, nor, when that is short, for any of it. */
static void test_early(DWORD size, UINT32 kind)
{
    struct victim_call victims[3];
    struct connection *connection;
    struct hostile_server server;
    DWORD got;

    note("a request of %lu bytes in the queue is answered", (unsigned long)size);
    if (!server_begin(&server, WIRE_VERSION, NULL, &connection))
        return;
    victim_post(&victims[0], connection, 200000);
    hostile_mailbox_wait(&server, 200000);
    for (ULONG k = 1; k < ARRAYSIZE(victims); k++)
        victim_post(&victims[k], connection, size);
    hostile_record(&server, kind, 1, kind == WIRE_START ? 8 : 0, kind == WIRE_START ? 8 : 5,
            "too soon");
    hostile_mailbox_signal(&server);
    for (ULONG k = 0; k < ARRAYSIZE(victims); k++)
    {
        HRESULT hr = victim_end(&victims[k], PATIENCE, &got);

        ok(FAILED(hr) && hr != RPC_S_CALLPENDING && !got, "call %lu ends: %s", (unsigned long)k,
                tap_hr(hr));
        is_int(victims[k].told, 1, "told once");
    }
    ok(!connection_alive(connection), "the connection is ended");
    server_end(&server, connection);
}

/* ---- everything at random, while calls run ---- */

struct scribbler
{
    struct hostile_server *server;
    UINT32 seed, number;
    volatile LONG stop;
};

static UINT32 odd_number(struct fuzz_random *random, UINT32 about)
{
    switch (fuzz_below(random, 6))
    {
    case 0:
        return fuzz_random(random);
    case 1:
        return about + 16 * fuzz_below(random, 64);
    case 2:
        return about - 16 * fuzz_below(random, 64);
    case 3:
        return 1u << fuzz_below(random, 32);
    case 4:
        return fuzz_below(random, 32);
    default:
        return about;
    }
}

/* One wrong word in what the client reads of its mailbox. */
static void scribble_mailbox(struct wire_mailbox *memory, struct fuzz_random *random)
{
    switch (fuzz_below(random, 8))
    {
    case 0:
        memory->reply_tail = odd_number(random, memory->reply_tail);
        break;
    case 1:
        memory->request_head = odd_number(random, memory->request_tail);
        break;
    case 2:
        memory->server_sleeps = (LONG)odd_number(random, 1);
        break;
    case 3:
        memory->server_wants_room = (LONG)odd_number(random, 1);
        break;
    case 4:
        memory->reply_head = odd_number(random, memory->reply_tail);
        break;
    default:
        *(volatile UINT32 *)(memory->replies
                + ((memory->reply_tail - 4 * fuzz_below(random, 16)) & (WIRE_RING_SIZE - 4))) =
                odd_number(random, 8);
        break;
    }
}

static DWORD WINAPI mailbox_scribbler(void *argument)
{
    static const BYTE content[512] = "content";
    struct scribbler *scribbler = argument;
    struct hostile_server *server = scribbler->server;
    struct fuzz_random random;
    UINT32 call = 0;

    fuzz_random_seed(&random, scribbler->seed, scribbler->number);
    while (!scribbler->stop)
    {
        UINT32 size = fuzz_below(&random, sizeof(content));

        if (!server->mailbox)
        {
            Sleep(1);
            continue;
        }
        server->mailbox->request_head = server->mailbox->request_tail;
        if (fuzz_below(&random, 40))
            hostile_record(server, WIRE_START, call++ % 16, size, size, content);
        else
            scribble_mailbox(server->mailbox, &random);
        if (!fuzz_below(&random, 4))
            hostile_mailbox_signal(server);
        if (!fuzz_below(&random, 8))
            Sleep(0);
    }
    return 0;
}

static const enum lane_state lane_states[] = {LANE_REPLY, LANE_REPLY, LANE_FAULT, LANE_GROWN,
        LANE_RUNNING, LANE_IDLE, LANE_GROW, LANE_CLOSE};

/* Wrong rooms: sections of other sizes than told, and handles of other things. */
static void scribble_room(struct hostile_server *server, volatile struct wire_room *room,
        struct fuzz_random *random)
{
    const HANDLE handles[] = {server->lanes[0].section, server->mailbox_section, server->thread,
            server->board_section, server->lanes[0].reply_event, GetCurrentProcess(),
            (HANDLE)(ULONG_PTR)0x7ffffff0, NULL};

    room->section = (UINT64)(ULONG_PTR)handles[fuzz_below(random, ARRAYSIZE(handles))];
    room->size = odd_number(random, WIRE_LANE_SIZE);
    room->generation = fuzz_below(random, 4);
}

static void scribble_lane(struct hostile_server *server, struct wire_lane *memory,
        struct fuzz_random *random)
{
    switch (fuzz_below(random, 6))
    {
    case 0:
        memory->reply_size = odd_number(random, WIRE_LANE_INLINE);
        break;
    case 1:
        scribble_room(server, &memory->reply_room, random);
        break;
    case 2:
        scribble_room(server, &memory->request_room, random);
        break;
    case 3:
        memory->status = (INT32)odd_number(random, (UINT32)E_FAIL);
        break;
    default:
        memory->state = lane_states[fuzz_below(random, ARRAYSIZE(lane_states))];
        break;
    }
}

static DWORD WINAPI lane_scribbler(void *argument)
{
    struct scribbler *scribbler = argument;
    struct hostile_server *server = scribbler->server;
    struct fuzz_random random;

    fuzz_random_seed(&random, scribbler->seed, scribbler->number + 1000000);
    while (!scribbler->stop)
    {
        LONG count = server->lane_count;
        struct hostile_lane *lane;

        if (!count)
        {
            Sleep(1);
            continue;
        }
        lane = &server->lanes[fuzz_below(&random, (UINT32)count)];
        scribble_lane(server, lane->memory, &random);
        if (!fuzz_below(&random, 4))
            SetEvent(lane->reply_event);
        if (!fuzz_below(&random, 16))
            Sleep(0);
    }
    return 0;
}

static struct transport_call *call_make(struct connection *connection, struct fuzz_random *random,
        struct victim_call *victim)
{
    static BYTE body[0x40000];
    DWORD size = fuzz_below(random, 8) ? fuzz_below(random, 300) : fuzz_below(random, sizeof(body));
    HRESULT hr;

    memset(victim, 0, sizeof(*victim));
    if (fuzz_below(random, 3))
        hr = transport_post(connection, NULL, 0, body, size, &victim->call);
    else
        hr = transport_send(connection, NULL, 0, body, size, &victim->call);
    if (FAILED(hr))
        victim->call = NULL;
    else if (fuzz_below(random, 2))
        transport_call_watch(victim->call, victim_told, victim);
    return victim->call;
}

/* Waits a little, cancels or not, and closes. */
static void call_finish(struct victim_call *victim, struct fuzz_random *random)
{
    volatile BYTE sum = 0;
    BYTE *data = NULL;
    DWORD size = 0;

    if (!victim->call)
        return;
    if (!fuzz_below(random, 4))
        transport_cancel(victim->call);
    if (fuzz_below(random, 4)
            && call_wait_run(transport_call_wait(victim->call), fuzz_below(random, 20), 0) == S_OK
            && transport_receive(victim->call, &data, &size) == S_OK)
    {
        for (DWORD k = 0; k < size; k++)
            sum = (BYTE)(sum + data[k]);
        CoTaskMemFree(data);
    }
    transport_call_close(victim->call);
    victim->call = NULL;
}

/* Now and then the server lies when it is asked for lanes and mailboxes, too. */
static struct fuzz_random lies;

static void lie(struct hostile_server *server, struct wire_message *message)
{
    UINT32 *words = (UINT32 *)message;

    (void)server;
    if (fuzz_below(&lies, 3))
        return;
    for (UINT32 i = fuzz_below(&lies, 3); i; i--)
    {
        UINT32 at = 4 + fuzz_below(&lies, sizeof(*message) / 4 - 4);

        words[at] = odd_number(&lies, words[at]);
    }
}

static void random_round(UINT32 number, BOOL lying)
{
    struct victim_call victims[12];
    struct connection *connection;
    struct hostile_server server;
    struct scribbler scribbler = {&server, fuzz_seed(), number, FALSE};
    struct fuzz_random random;
    HANDLE threads[2];
    LONG twice = 0;

    fuzz_at(lying ? "everything" : "memory", number);
    fuzz_random_seed(&random, fuzz_seed(), number + 2000000);
    fuzz_random_seed(&lies, fuzz_seed(), number + 3000000);
    if (!hostile_server_start(&server, (UINT16)(number % 8 ? WIRE_VERSION : 1), lying ? lie : NULL))
        bail_out("no server");
    if (FAILED(transport_connect(server.port, &connection)))
    {
        hostile_server_stop(&server);
        return;
    }
    threads[0] = CreateThread(NULL, 0, mailbox_scribbler, &scribbler, 0, NULL);
    threads[1] = CreateThread(NULL, 0, lane_scribbler, &scribbler, 0, NULL);
    for (int turn = 0; turn < 6 && connection_alive(connection); turn++)
    {
        for (ULONG k = 0; k < ARRAYSIZE(victims); k++)
            call_make(connection, &random, &victims[k]);
        for (ULONG k = 0; k < ARRAYSIZE(victims); k++)
        {
            call_finish(&victims[k], &random);
            twice += victims[k].told > 1;
        }
    }
    scribbler.stop = TRUE;
    WaitForMultipleObjects(2, threads, TRUE, INFINITE);
    CloseHandle(threads[0]);
    CloseHandle(threads[1]);
    if (twice)
        fail("input %lu: told twice", (unsigned long)number);
    server_end(&server, connection);
}

static void test_random(UINT32 count, BOOL lying)
{
    struct fuzz_memory early = {0};
    UINT32 first, end;

    fuzz_range(count, &first, &end);
    for (UINT32 number = first; number < end; number++)
    {
        if (number == count / 3)
            fuzz_memory_get(&early);
        random_round(number, lying);
    }
    fuzz_memory_check(&early, 0x8000, 4, lying ? "everything" : "memory");
}

int main(int argc, char **argv)
{
    fuzz_begin(argc, argv, 20241121, 60);
    peer_tune();
    transport_tuning.answer = 50; /* ms: what hangs, hangs by intent */
    transport_tuning.lanes = 4;
    ok(hostile_guard_memory(LIMIT), "guarded memory");
    for (unsigned int i = 0; i < ARRAYSIZE(records); i++)
        test_record(i);
    test_early(FRAGMENT + 8, WIRE_START);
    test_early(FRAGMENT + 8, WIRE_FAULT);
    test_early(FRAGMENT - 16, WIRE_START);
    test_early(FRAGMENT - 16, WIRE_FAULT);
    test_random(150, FALSE);
    test_random(150, TRUE);
    for (int i = 0; i < 100 && hostile_guarded(); i++)
        Sleep(50);
    is_int(hostile_guarded(), 0, "answers that are left");
    return done_testing();
}
