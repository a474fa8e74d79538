/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transport's server and clients who write what they like: into the control pipe, into lanes
 * and into the ledger. Random, from fixed seeds. */

#include "transport_bed.h"

#include <stdio.h>
#include <string.h>

TAP_TIME_LIMIT(300);

static UINT32 random_state;

static UINT32 random_number(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* One of: any number, a small one, one with a single bit, none at all. */
static UINT32 random_word(UINT32 old)
{
    switch (random_number() & 7)
    {
    case 0:
        return random_number();
    case 1:
        return random_number() & 15;
    case 2:
        return 1u << (random_number() & 31);
    case 3:
        return ~0u;
    case 4:
        return WIRE_LANE_INLINE + (random_number() & 3);
    default:
        return old;
    }
}

/* The parser of the control pipe, without a pipe. */
static void test_control_messages(void)
{
    unsigned int accepted = 0, refused = 0, lied = 0;

    random_state = 20240229;
    for (unsigned int round = 0; round < 20000; ++round)
    {
        struct server_connection *connection = server_connection_create();
        struct wire_message message = {WIRE_MAGIC, WIRE_VERSION, WIRE_VERSION};
        UINT32 *words = (UINT32 *)&message;
        unsigned int changes = random_number() % 4;

        connection->process = GetCurrentProcessId();
        message.kind = random_number() & 15 ? WIRE_HELLO : WIRE_LEDGER;
        message.process = connection->process;
        message.port = transport_port();
        while (changes--)
        {
            unsigned int where = random_number() % (sizeof(message) / sizeof(*words));

            words[where] = random_word(words[where]);
        }
        if (server_connection_answer(connection, &message))
        {
            ++accepted;
            lied += SUCCEEDED(message.status)
                    && (message.size != WIRE_BOARD_SIZE || !message.section || !connection->board);
        }
        else
        {
            ++refused;
        }
        server_connection_close(connection);
        server_connection_release(connection);
    }
    ok(accepted && refused, "control messages: %u taken, %u refused", accepted, refused);
    is_uint(lied, 0, "an answer says what there is");
}

/* A lane whose client writes what it likes, while the lane's thread is at work. */
struct scribbler
{
    struct wire_lane *memory;
    volatile LONG stop;
};

static DWORD WINAPI scribble(void *argument)
{
    struct scribbler *scribbler = argument;
    UINT32 state = 99;

    while (!scribbler->stop)
    {
        state = state * 1664525 + 1013904223;
        switch (state >> 29)
        {
        case 0:
            scribbler->memory->request_size = state;
            break;
        case 1:
        case 2:
            scribbler->memory->request_size = (state >> 4) & 0x1ffff;
            break;
        case 3:
            scribbler->memory->state = (state >> 8) % 7;
            break;
        case 4:
            scribbler->memory->request_room.size = state;
            break;
        default:
            scribbler->memory->state = LANE_REQUEST;
            break;
        }
    }
    return 0;
}

static void test_lane_contents(enum peer_operation operation)
{
    struct server_connection *connection = server_connection_create();
    struct peer_head head = {operation, 1};
    ULONGLONG end = GetTickCount64() + 1000;
    struct scribbler scribbler = {0};
    struct wire_message message = {0};
    HANDLE thread, event = NULL;
    unsigned int turns = 0;

    if (!is_hr(server_lane_open(connection, &message), S_OK, "a lane"))
        return;
    scribbler.memory = MapViewOfFile((HANDLE)(ULONG_PTR)message.section,
            FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, WIRE_LANE_SIZE);
    DuplicateHandle(GetCurrentProcess(), (HANDLE)(ULONG_PTR)message.request_event,
            GetCurrentProcess(), &event, 0, FALSE, DUPLICATE_SAME_ACCESS);
    if (!ok(scribbler.memory && event, "its memory and event"))
        return;
    memcpy(scribbler.memory->request, &head, sizeof(head));
    thread = CreateThread(NULL, 0, scribble, &scribbler, 0, NULL);
    while (GetTickCount64() < end)
    {
        Sleep(1);
        SetEvent(event);
        ++turns;
    }
    scribbler.stop = 1;
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CloseHandle(event);
    server_connection_close(connection);
    Sleep(20);
    for (int i = 0; i < 500 && *(volatile LONG *)&connection->refs > 1; ++i)
        Sleep(20);
    is_int(connection->refs, 1, "a lane full of garbage (%u turns) ends as any other", turns);
    UnmapViewOfFile(scribbler.memory);
    server_connection_release(connection);
}

/* A second request in a lane whose first one is still out. */
static void test_busy_lane(void)
{
    struct server_connection *connection = server_connection_create();
    struct peer_head head = {PEER_LATER, 500};
    struct wire_message message = {0};
    struct wire_lane *lane;
    HANDLE event = NULL;

    if (!is_hr(server_lane_open(connection, &message), S_OK, "a lane"))
        return;
    lane = MapViewOfFile((HANDLE)(ULONG_PTR)message.section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0,
            WIRE_LANE_SIZE);
    DuplicateHandle(GetCurrentProcess(), (HANDLE)(ULONG_PTR)message.request_event,
            GetCurrentProcess(), &event, 0, FALSE, DUPLICATE_SAME_ACCESS);
    if (!ok(lane && event, "its memory and event"))
        return;
    memcpy(lane->request, &head, sizeof(head));
    lane->request_size = sizeof(head);
    for (int turn = 0; turn < 2; ++turn)
    {
        InterlockedExchange(&lane->state, LANE_REQUEST);
        SetEvent(event);
        for (int i = 0; i < 100 && lane->state == LANE_REQUEST && connection->lane_count; ++i)
            Sleep(2);
        if (!turn)
            is_int(lane->state, LANE_RUNNING, "the first request is taken");
    }
    is_int(lane->state, LANE_REQUEST, "the second one is not");
    is_uint(connection->lane_count, 0, "it ends the lane");
    for (int i = 0; i < 100 && *(volatile LONG *)&connection->refs > 1; ++i)
        Sleep(20);
    is_int(lane->state, LANE_REPLY, "the answer to the first one does no harm");
    is_int(connection->refs, 1, "nothing is left");
    UnmapViewOfFile(lane);
    CloseHandle(event);
    server_connection_close(connection);
    server_connection_release(connection);
}

/* A mailbox whose client writes what it likes, while its leader is at work. */
struct ring_scribbler
{
    struct wire_mailbox *memory;
    volatile LONG stop;
};

static DWORD WINAPI scribble_ring(void *argument)
{
    struct ring_scribbler *scribbler = argument;
    struct wire_mailbox *memory = scribbler->memory;
    UINT32 state = 77;

    while (!scribbler->stop)
    {
        state = state * 1664525 + 1013904223;
        switch (state >> 29)
        {
        case 0:
            memory->request_tail = state;
            break;
        case 1:
            memory->reply_head = state;
            break;
        case 2:
            memory->request_tail = memory->request_head + ((state >> 8) & 0xffff0);
            break;
        case 3:
            memory->client_sleeps = memory->client_wants_room = state & 1;
            break;
        case 4:
            memory->cancelled[(state >> 8) % ARRAYSIZE(memory->cancelled)] = (LONG)state;
            break;
        case 5:
            memory->requests[(state >> 8) % WIRE_RING_SIZE] = (BYTE)state;
            break;
        default:
            memory->reply_head = memory->reply_tail;
            break;
        }
    }
    return 0;
}

/* One message of a client, in a ring. */
static void ring_add(struct wire_mailbox *memory, UINT32 kind, UINT32 call, UINT32 size,
        UINT32 total, const struct peer_head *head)
{
    UINT32 tail = memory->request_tail, offset = tail & (WIRE_RING_SIZE - 1);
    struct wire_record record = {kind, call, size, total};

    memcpy(memory->requests + offset, &record, sizeof(record));
    memcpy(memory->requests + ((offset + sizeof(record)) & (WIRE_RING_SIZE - 1)), head,
            sizeof(*head));
    InterlockedExchange((volatile LONG *)&memory->request_tail,
            (LONG)(tail + (UINT32)sizeof(record) + ((size + 15) & ~15u)));
}

/* A mailbox of a connection of ours, seen from the client. */
static struct wire_mailbox *mailbox_begin(struct server_connection *connection, HANDLE *event)
{
    struct wire_message message = {0};
    struct wire_mailbox *memory;

    *event = NULL;
    if (!is_hr(server_mailbox_open(connection, &message), S_OK, "a mailbox"))
        return NULL;
    memory = MapViewOfFile((HANDLE)(ULONG_PTR)message.section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0,
            WIRE_MAILBOX_SIZE);
    DuplicateHandle(GetCurrentProcess(), (HANDLE)(ULONG_PTR)message.request_event,
            GetCurrentProcess(), event, 0, FALSE, DUPLICATE_SAME_ACCESS);
    ok(memory && *event, "its memory and event");
    return memory;
}

static void mailbox_end(struct server_connection *connection, struct wire_mailbox *memory,
        HANDLE event, const char *what)
{
    server_connection_close(connection);
    for (int i = 0; i < 200 && *(volatile LONG *)&connection->refs > 1; ++i)
        Sleep(20);
    is_int(connection->refs, 1, "%s: it ends as any other", what);
    UnmapViewOfFile(memory);
    CloseHandle(event);
    server_connection_release(connection);
}

static void test_mailbox_contents(enum peer_operation operation)
{
    for (unsigned int round = 0; round < 20; ++round)
    {
        struct server_connection *connection = server_connection_create();
        struct ring_scribbler scribbler = {0};
        struct peer_head head = {operation, 1};
        HANDLE thread, event;

        scribbler.memory = mailbox_begin(connection, &event);
        if (!scribbler.memory)
            return;
        for (UINT32 i = 0; i < 200; ++i)
            ring_add(scribbler.memory, i % 9 ? WIRE_START : WIRE_MORE + (round & 1), i,
                    sizeof(head), sizeof(head), &head);
        thread = CreateThread(NULL, 0, scribble_ring, &scribbler, 0, NULL);
        for (int i = 0; i < 15; ++i)
        {
            SetEvent(event);
            Sleep(1);
        }
        scribbler.stop = 1;
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
        mailbox_end(connection, scribbler.memory, event, "a ring full of garbage");
    }
}

/* Records that no client writes, one by one: each ends the reading. */
static void test_mailbox_records(void)
{
    static const struct
    {
        const char *what;
        UINT32 kind, call, size, total;
        BOOL first; /* a proper beginning of a message comes before */
    } records[] = {
            {"no kind", 0, 1, 8, 8, FALSE},
            {"a kind of the server's", WIRE_FAULT, 1, 0, 0, FALSE},
            {"more of nothing", WIRE_MORE, 1, 8, 8, FALSE},
            {"a number out of range", WIRE_START, WIRE_MAILBOX_CALLS, 8, 8, FALSE},
            {"a number far out of range", WIRE_START, ~0u, 8, 8, FALSE},
            {"a fragment larger than its message", WIRE_START, 1, 8, 4, FALSE},
            {"a message larger than the limit", WIRE_START, 1, 8, TRANSPORT_MESSAGE_MAX + 1, FALSE},
            {"an empty fragment", WIRE_START, 1, 0, 8, FALSE},
            {"a size beyond what was written", WIRE_START, 1, 0x10000, 0x10000, FALSE},
            {"a huge size", WIRE_START, 1, ~0u, ~0u, FALSE},
            {"a message within a message", WIRE_START, 2, 8, 8, TRUE},
            {"more of another message", WIRE_MORE, 2, 8, 100, TRUE},
            {"more than there is", WIRE_MORE, 1, 200, 100, TRUE},
            {"more, but empty", WIRE_MORE, 1, 0, 100, TRUE},
    };

    for (unsigned int i = 0; i < ARRAYSIZE(records); ++i)
    {
        struct server_connection *connection = server_connection_create();
        struct peer_head head = {PEER_ECHO, 0};
        struct wire_mailbox *memory;
        UINT32 good;
        HANDLE event;

        memory = mailbox_begin(connection, &event);
        if (!memory)
            return;
        ring_add(memory, WIRE_START, 7, sizeof(head), sizeof(head), &head);
        if (records[i].first)
            ring_add(memory, WIRE_START, 1, 8, 100, &head);
        good = memory->request_tail;
        ring_add(memory, records[i].kind, records[i].call, records[i].size, records[i].total,
                &head);
        if (records[i].size > 0xffff)
            memory->request_tail = good + 32;
        SetEvent(event);
        for (int k = 0; k < 100 && memory->request_head != good; ++k)
            Sleep(2);
        Sleep(5);
        is_uint(memory->request_head, good, "%s: not taken", records[i].what);
        mailbox_end(connection, memory, event, records[i].what);
    }
}

/* A second request with the number of one that is out. */
static void test_busy_call(void)
{
    struct server_connection *connection = server_connection_create();
    struct peer_head head = {PEER_LATER, 200};
    struct wire_mailbox *memory;
    HANDLE event;
    UINT32 good;

    memory = mailbox_begin(connection, &event);
    if (!memory)
        return;
    ring_add(memory, WIRE_START, 3, sizeof(head), sizeof(head), &head);
    good = memory->request_tail;
    ring_add(memory, WIRE_START, 3, sizeof(head), sizeof(head), &head);
    SetEvent(event);
    for (int k = 0; k < 100 && memory->request_head != good; ++k)
        Sleep(2);
    Sleep(5);
    is_uint(memory->request_head, good, "a number which is in use: not taken");
    for (int k = 0; k < 200 && !memory->reply_tail; ++k)
        Sleep(5);
    is_uint(memory->reply_tail, 16, "the first one is answered");
    mailbox_end(connection, memory, event, "a number twice");
}

/* Whole connections with garbage on the pipe and in the lanes, to a real server. */
static void hostile_client_run(struct peer *peer)
{
    WCHAR arguments[100];
    struct peer client;
    DWORD code = 99;

    _snwprintf(arguments, ARRAYSIZE(arguments), L"hostile %I64x", peer->port);
    if (!ok(peer_start(&client, arguments), "a hostile client starts"))
        return;
    client.killed = ok(harness_process_wait(&client.process, 60000, &code), "it gave up");
    is_uint(code, 0, "it did all it wanted to");
    peer_close(&client);
    is_hr(peer_echo(peer->connection, 100000, 1), S_OK, "the server lives");
    is_uint(hammer_threads(peer->connection, 8, 50), 0, "and works");
}

static void test_hostile_client(struct peer *peer)
{
    UINT32 threads = 0, handles = 0, first_threads = 0, first_handles = 0;

    /* The first round is a warm-up. */
    hostile_client_run(peer);
    for (int i = 0; i < 40; ++i)
    {
        first_handles = peer_number(peer, PEER_COUNTS, 0);
        first_threads = peer_number(peer, PEER_COUNTS, 1);
        Sleep(50);
    }
    hostile_client_run(peer);
    for (int i = 0; i < 100; ++i)
    {
        handles = peer_number(peer, PEER_COUNTS, 0);
        threads = peer_number(peer, PEER_COUNTS, 1);
        if (handles <= first_handles && threads <= first_threads)
            break;
        Sleep(50);
    }
    ok(handles <= first_handles, "handles: %u, before %u", handles, first_handles);
    ok(threads <= first_threads, "threads: %u, before %u", threads, first_threads);
}

int main(void)
{
    struct peer peer;

    harness_require();
    peer_tune();
    is_hr(transport_listen(&peer_handlers), S_OK, "listen");
    test_control_messages();
    test_busy_lane();
    test_lane_contents(PEER_ECHO);
    test_lane_contents(PEER_LATER);
    test_busy_call();
    test_mailbox_records();
    test_mailbox_contents(PEER_ECHO);
    test_mailbox_contents(PEER_DEFERRED);
    if (peer_open(&peer))
        test_hostile_client(&peer);
    peer_close(&peer);
    return done_testing();
}
