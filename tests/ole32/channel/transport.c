/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transport between processes, without COM: calls of all sizes, concurrent, nested and answered
 * out of order, the ledger, and that what is idle goes back. */

#include "transport_bed.h"

#include <stdio.h>
#include <stdlib.h>

TAP_TIME_LIMIT(300);

static void test_connect(void)
{
    struct connection *connection;
    UINT64 port = transport_port();

    is_uint(port & 0xffffff, GetCurrentProcessId() & 0xffffff, "the port has the process ID");
    is_uint(port & ~TRANSPORT_PORT_MASK, 0, "the port has 48 bits");
    is_uint(transport_port(), port, "the port stays");
    is_hr(transport_connect(port ^ 0x1000000, &connection), RPC_E_DISCONNECTED,
            "a port where nobody listens");
    ok(!connection, "no connection then");
    is_hr(transport_connect(port ^ 0x1000000, &connection), RPC_E_DISCONNECTED, "once more");
}

static void test_sizes(struct peer *peer)
{
    static const DWORD sizes[] = {0, 1, 7, 100, 4096, WIRE_LANE_INLINE - 9, WIRE_LANE_INLINE - 8,
            WIRE_LANE_INLINE - 7, WIRE_LANE_INLINE, WIRE_LANE_INLINE + 1, 0x10000, 0x10001, 100000,
            1 << 20, 3 << 20, 5, 3 << 20, 70000};
    unsigned int wrong = 0;
    HRESULT hr;

    for (unsigned int i = 0; i < ARRAYSIZE(sizes); ++i)
    {
        hr = peer_echo(peer->connection, sizes[i], i);
        is_hr(hr, S_OK, "%lu bytes there and back", sizes[i]);
    }
    for (unsigned int i = 0; i < ARRAYSIZE(sizes); ++i)
    {
        BYTE *data;
        DWORD size;

        hr = peer_call(peer->connection, PEER_SIZED, sizes[i], NULL, 0, 30000, &data, &size);
        wrong += hr != S_OK || size != sizes[i];
        for (DWORD k = 0; k < size && !wrong; ++k)
            wrong += data[k] != peer_pattern(sizes[i], k);
        CoTaskMemFree(data);
    }
    is_uint(wrong, 0, "answers in two pieces, of all sizes");
    wrong = 0;
    for (UINT32 i = 0; i < 20000; ++i)
        wrong += peer_echo(peer->connection, i % 257, i) != S_OK;
    is_uint(wrong, 0, "20000 calls in a row");
}

static void test_refused(struct peer *peer)
{
    struct transport_call *call;
    BYTE *data;
    DWORD size;

    is_hr(transport_send(peer->connection, "", 1, "", TRANSPORT_MESSAGE_MAX, &call), E_OUTOFMEMORY,
            "a message beyond the limit");
    is_hr(peer_call(peer->connection, PEER_ABANDON, 0, NULL, 0, 20000, &data, &size),
            RPC_E_SERVER_DIED, "an abandoned call");
    is_hr(peer_echo(peer->connection, 100, 1), S_OK, "the lane is good afterwards");
}

static void test_threads(struct peer *peer)
{
    is_uint(hammer_threads(peer->connection, 64, 300), 0, "64 threads with 300 calls each");
    transport_tuning.lanes = 4;
    is_uint(hammer_threads(peer->connection, 16, 100), 0, "16 threads, 4 lanes");
    transport_tuning.lanes = 256;
}

static void test_nested(struct peer *peer)
{
    UINT64 port = transport_port();
    HRESULT hr;
    BYTE *data;
    DWORD size;

    for (UINT32 depth = 0; depth <= 24; depth += 8)
    {
        hr = peer_call(peer->connection, PEER_CALL_BACK, depth, &port, sizeof(port), 30000, &data,
                &size);
        ok(hr == S_OK && size == depth + 4 && !memcmp(data, "end", 3),
                "calls back and forth, %u deep: %s, %lu bytes", depth, tap_hr(hr), size);
        CoTaskMemFree(data);
    }
}

static void test_later(struct peer *peer)
{
    struct transport_call *calls[20];
    unsigned int wrong = 0, order = 0;
    struct call_wait *first;
    ULONGLONG start = GetTickCount64();
    BYTE *data;
    DWORD size;

    for (UINT32 i = 0; i < ARRAYSIZE(calls); ++i)
        wrong += peer_send(peer->connection, PEER_LATER, 400 - i * 20, &i, sizeof(i), &calls[i])
                != S_OK;
    is_uint(wrong, 0, "20 calls on one thread");
    if (wrong)
        return;
    first = transport_call_wait(calls[0]);
    /* The last one sent is answered first. */
    for (UINT32 i = ARRAYSIZE(calls); i-- > 0;)
    {
        if (call_wait_run(transport_call_wait(calls[i]), 20000, 0) != S_OK)
            ++wrong;
        if (i && !first->ready(first))
            ++order;
        if (transport_receive(calls[i], &data, &size) != S_OK || size != sizeof(i)
                || memcmp(data, &i, size))
            ++wrong;
        CoTaskMemFree(data);
        transport_call_close(calls[i]);
    }
    is_uint(wrong, 0, "answers from other threads");
    ok(order > 10, "out of order: %u before the first", order);
    ok(GetTickCount64() - start < 3000, "at the same time");
}

static void test_cancel(struct peer *peer)
{
    struct transport_call *call;
    HRESULT hr;
    BYTE *data;
    DWORD size;

    hr = peer_send(peer->connection, PEER_UNTIL_CANCELLED, 0, "done", 4, &call);
    is_hr(hr, S_OK, "send");
    if (hr != S_OK)
        return;
    is_hr(call_wait_run(transport_call_wait(call), 100, 0), RPC_S_CALLPENDING, "no answer");
    is_hr(transport_receive(call, &data, &size), RPC_S_CALLPENDING, "receive too early");
    transport_cancel(call);
    is_hr(call_wait_run(transport_call_wait(call), 10000, 0), S_OK, "the server saw the mark");
    is_hr(transport_receive(call, &data, &size), S_OK, "receive");
    is_mem(data, "done", min(size, 4), "the answer");
    CoTaskMemFree(data);
    transport_call_close(call);
    is_hr(peer_echo(peer->connection, 10, 1), S_OK, "the next call is not cancelled");
}

static void test_closed_early(struct peer *peer)
{
    unsigned int wrong = 0, before;
    struct transport_call *call;
    BYTE *data;
    DWORD size;

    for (int i = 0; i < 50; ++i)
    {
        if (peer_send(peer->connection, PEER_LATER, 5, "late", 4, &call) == S_OK)
            transport_call_close(call);
        else
            ++wrong;
        wrong += peer_echo(peer->connection, 33, i) != S_OK;
    }
    is_uint(wrong, 0, "50 calls nobody waited for, and answers still belong to their calls");
    before = peer->connection->lane_count;
    Sleep(50);
    for (int i = 0; i < 50; ++i)
        wrong += peer_echo(peer->connection, 33, i) != S_OK;
    is_uint(peer->connection->lane_count, before, "their lanes are used again");
    is_hr(peer_call(peer->connection, PEER_LATER, 200, NULL, 0, 20, &data, &size),
            RPC_S_CALLPENDING, "a call given up");
}

/* --- the ledger --- */

static void test_ledger(struct peer *peer)
{
    struct ledger_entry *entries[4000];
    unsigned int wrong = 0;

    for (UINT32 i = 0; i < ARRAYSIZE(entries); ++i)
    {
        GUID ipid = peer_ipid(i);

        entries[i] = NULL;
        wrong += ledger_add(peer->connection, &ipid, &entries[i]) != S_OK;
        if (entries[i])
            ledger_set(entries[i], i);
    }
    is_uint(wrong, 0, "4000 entries");
    for (UINT32 i = 0; i < ARRAYSIZE(entries); ++i)
    {
        if (entries[i])
            ledger_remove(entries[i]);
    }
    is_hr(peer_echo(peer->connection, 1, 1), S_OK, "calls go on");
}

/* --- what is idle goes back --- */

static void test_comings_and_goings(void)
{
    UINT32 handles, threads, now_handles = 0, now_threads = 0;
    unsigned int wrong = 0;
    struct peer peer;

    if (!peer_open(&peer))
        return;
    /* A warm-up, then nothing but this call's lane. */
    hammer_threads(peer.connection, 8, 10);
    Sleep(1500);
    handles = peer_number(&peer, PEER_COUNTS, 0);
    threads = peer_number(&peer, PEER_COUNTS, 1);
    connection_release(peer.connection);
    peer.connection = NULL;
    Sleep(1000);
    tap_account_begin();
    for (int i = 0; i < 200; ++i)
    {
        struct connection *connection;

        transport_tuning.linger = 0;
        transport_tuning.sweep = 1;
        if (transport_connect(peer.port, &connection) != S_OK)
        {
            ++wrong;
            continue;
        }
        wrong += peer_echo(connection, i % 4 ? 10 : 100000, i) != S_OK;
        connection_release(connection);
        Sleep(i % 3);
    }
    is_uint(wrong, 0, "200 connections");
    peer_tune();
    tap_account_end("a client after 200 connections");
    if (transport_connect(peer.port, &peer.connection) == S_OK)
    {
        for (int i = 0; i < 100; ++i)
        {
            now_handles = peer_number(&peer, PEER_COUNTS, 0);
            now_threads = peer_number(&peer, PEER_COUNTS, 1);
            if (now_handles <= handles && now_threads <= threads)
                break;
            Sleep(50);
        }
        ok(now_handles <= handles, "the server's handles: %u, before %u", now_handles, handles);
        ok(now_threads <= threads, "the server's threads: %u, before %u", now_threads, threads);
        hammer_threads(peer.connection, 32, 20);
        for (int i = 0; i < 100 && peer.connection->lane_count > 1; ++i)
        {
            peer_echo(peer.connection, 1, 1);
            Sleep(30);
        }
        is_uint(peer.connection->lane_count, 1, "idle lanes are closed");
    }
    peer_close(&peer);
}

/* --- how fast --- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double microseconds(void)
{
    static LARGE_INTEGER frequency;
    LARGE_INTEGER now;

    if (!frequency.QuadPart)
        QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return (double)now.QuadPart * 1e6 / (double)frequency.QuadPart;
}

static double measure(struct peer *peer, DWORD size, DWORD gap, unsigned int count)
{
    static double times[2000];

    for (unsigned int i = 0; i < count; ++i)
    {
        double start;

        if (gap)
            Sleep(gap);
        start = microseconds();
        peer_echo(peer->connection, size, i);
        times[i] = microseconds() - start;
    }
    qsort(times, count, sizeof(times[0]), compare);
    return times[count / 2];
}

static void test_speed(struct peer *peer)
{
    double median = measure(peer, 100, 0, 2000);

    ok(median < 1000, "a call of 100 bytes, back to back: %.1f us", median);
    note("after 2 ms of nothing: %.0f us", measure(peer, 100, 2, 200));
    note("1 MiB there and back: %.0f us", measure(peer, 1 << 20, 0, 20));
}

int main(void)
{
    struct peer peer;

    harness_require();
    peer_tune();
    is_hr(transport_listen(&peer_handlers), S_OK, "listen");
    is_hr(transport_listen(&peer_handlers), S_OK, "listen again");
    test_connect();
    if (peer_open(&peer))
    {
        test_sizes(&peer);
        test_refused(&peer);
        test_threads(&peer);
        test_nested(&peer);
        test_later(&peer);
        test_cancel(&peer);
        test_closed_early(&peer);
        test_ledger(&peer);
        test_speed(&peer);
    }
    peer_close(&peer);
    test_comings_and_goings();
    transport_stop();
    return done_testing();
}
