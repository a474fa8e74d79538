/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transport when a process dies, hangs or goes out of business: calls in flight end, references
 * are given back, others do not notice. */

#include "transport_bed.h"

#include <stdio.h>
#include <string.h>

TAP_TIME_LIMIT(300);

static void test_server_killed(void)
{
    struct transport_call *calls[10];
    struct hammer hammers[8];
    unsigned int pending = 0, died = 0;
    ULONGLONG start, longest = 0;
    HANDLE threads[8];
    struct peer peer;
    BYTE *data;
    DWORD size;

    if (!peer_open(&peer))
        return;
    for (unsigned int i = 0; i < ARRAYSIZE(calls); ++i)
    {
        calls[i] = NULL;
        peer_send(peer.connection, i & 1 ? PEER_NEVER : PEER_UNTIL_CANCELLED, 0, NULL, 0,
                &calls[i]);
        pending += calls[i] != NULL;
    }
    is_uint(pending, ARRAYSIZE(calls), "calls in flight");
    for (unsigned int i = 0; i < ARRAYSIZE(hammers); ++i)
    {
        struct hammer hammer = {peer.connection, i, 20000, 0, S_OK};

        hammers[i] = hammer;
        threads[i] = CreateThread(NULL, 0, hammer_run, &hammers[i], 0, NULL);
    }
    Sleep(100);
    peer_kill(&peer);
    start = GetTickCount64();
    for (unsigned int i = 0; i < ARRAYSIZE(calls); ++i)
    {
        if (!calls[i])
            continue;
        if (call_wait_run(transport_call_wait(calls[i]), 20000, 0) == S_OK)
            died += transport_receive(calls[i], &data, &size) == RPC_E_SERVER_DIED;
        transport_call_close(calls[i]);
        longest = GetTickCount64() - start;
    }
    is_uint(died, pending, "they end with RPC_E_SERVER_DIED");
    ok(longest < 1000, "at once: %lu ms", (DWORD)longest);
    died = 0;
    for (unsigned int i = 0; i < ARRAYSIZE(hammers); ++i)
    {
        died += WaitForSingleObject(threads[i], 10000) == WAIT_OBJECT_0;
        CloseHandle(threads[i]);
    }
    is_uint(died, ARRAYSIZE(hammers), "threads in the middle of calls come back");
    is_hr(hammers[0].hr, RPC_E_SERVER_DIED_DNE, "later calls did not execute");
    ok(!connection_alive(peer.connection), "the connection is known to be dead");
    connection_release(peer.connection);
    peer.connection = NULL;
    is_hr(transport_connect(peer.port, &peer.connection), RPC_E_DISCONNECTED, "connecting again");
    peer_close(&peer);
}

static void test_server_frozen(void)
{
    struct transport_call *call = NULL;
    struct peer peer;
    BYTE *data;
    DWORD size;
    HRESULT hr;

    if (!peer_open(&peer))
        return;
    is_hr(peer_echo(peer.connection, 10, 1), S_OK, "a call");
    Sleep(50);
    harness_freeze(&peer.process, true);
    Sleep(100); /* its threads do not stop at once */
    is_hr(peer_send(peer.connection, PEER_ECHO, 0, NULL, 0, &call), S_OK, "send to a hung server");
    if (call)
    {
        is_hr(call_wait_run(transport_call_wait(call), 100, 0), RPC_S_CALLPENDING, "no answer");
        peer_kill(&peer);
        is_hr(call_wait_run(transport_call_wait(call), 10000, 0), S_OK, "its death ends the call");
        hr = transport_receive(call, &data, &size);
        is_hr(hr, RPC_E_SERVER_DIED_DNE, "which did not execute");
        transport_call_close(call);
    }
    peer_close(&peer);
}

/* A connection which is kept for the next call, while its server dies. */
static void test_server_killed_meanwhile(void)
{
    struct peer peer;

    if (!peer_open(&peer))
        return;
    transport_tuning.linger = 60000;
    is_hr(peer_echo(peer.connection, 10, 1), S_OK, "a call");
    connection_release(peer.connection);
    peer.connection = NULL;
    peer_kill(&peer);
    is_hr(transport_connect(peer.port, &peer.connection), RPC_E_DISCONNECTED,
            "the connection is not given out again");
    peer_tune();
    peer_close(&peer);
}

/* The server goes out of business while its process lives on. */
static void test_server_stopped(void)
{
    struct transport_call *call = NULL;
    struct connection *again;
    struct peer peer;
    HRESULT hr;
    BYTE *data;
    DWORD size;

    if (!peer_open(&peer))
        return;
    peer_send(peer.connection, PEER_NEVER, 0, NULL, 0, &call);
    is_hr(peer_call(peer.connection, PEER_STOP, 0, NULL, 0, 10000, &data, &size), S_OK, "stop");
    CoTaskMemFree(data);
    if (call)
    {
        is_hr(call_wait_run(transport_call_wait(call), 10000, 0), S_OK, "the call in flight ends");
        is_hr(transport_receive(call, &data, &size), RPC_E_SERVER_DIED, "with an error");
        transport_call_close(call);
    }
    is_hr(peer_send(peer.connection, PEER_ECHO, 0, NULL, 0, &call), RPC_E_SERVER_DIED_DNE,
            "no more calls");
    for (int i = 0; i < 50; ++i)
    {
        hr = transport_connect(peer.port, &again);
        if (hr == S_OK)
            break;
        Sleep(20);
    }
    is_hr(hr, S_OK, "it listens again: a new connection");
    if (hr == S_OK)
    {
        is_hr(peer_echo(again, 1000, 1), S_OK, "which works");
        connection_release(again);
    }
    peer_close(&peer);
}

/* `references` by a client which is killed, or ends by itself. */
static void check_client_gone(struct peer *server, const WCHAR *mode, BOOL kill, UINT32 calls,
        UINT32 references, const char *how)
{
    struct peer_rundowns rundowns;
    struct peer client;
    WCHAR arguments[100];
    INT64 gone;
    char line[100];

    peer_rundowns(server, TRUE);
    _snwprintf(arguments, ARRAYSIZE(arguments), L"%ls %I64x", mode, server->port);
    if (!ok(peer_start(&client, arguments), "%s: a client starts", how))
        return;
    ok(harness_process_read_line(&client.process, line, sizeof(line), 30000)
                    && !strncmp(line, "ready", 5),
            "%s: it is ready", how);
    rundowns = peer_rundowns(server, FALSE);
    is_uint(rundowns.calls, 0, "%s: no rundown before", how);
    gone = (INT64)GetTickCount64();
    if (kill)
        peer_kill(&client);
    for (int i = 0; i < 200; ++i)
    {
        rundowns = peer_rundowns(server, FALSE);
        if (rundowns.calls >= calls)
            break;
        Sleep(20);
    }
    is_uint(rundowns.calls, calls, "%s: interfaces given back", how);
    is_uint(rundowns.references, references, "%s: references given back", how);
    is_uint(rundowns.wrong, 0, "%s: the right ones", how);
    if (kill)
        ok(rundowns.last - gone < 2000, "%s: after %d ms", how, (int)(rundowns.last - gone));
    Sleep(50);
    is_uint(peer_rundowns(server, FALSE).calls, calls, "%s: once", how);
    if (!kill)
        client.killed = ok(harness_process_wait(&client.process, 10000, NULL), "%s: it ended", how);
    peer_close(&client);
}

static void test_client_gone(struct peer *peer)
{
    unsigned int lanes = 0;
    UINT32 threads;

    /* 5000 entries, 1 + i % 5 references each, every tenth entry given up again. */
    check_client_gone(peer, L"hold", TRUE, 4500, 15000 - 500, "killed");
    check_client_gone(peer, L"leave", FALSE, 4500, 15000 - 500, "ended");
    threads = peer_number(peer, PEER_COUNTS, 1);
    check_client_gone(peer, L"busy", TRUE, 1, 3, "killed in mid-call");
    for (int i = 0; i < 100; ++i)
    {
        lanes = peer_number(peer, PEER_COUNTS, 1);
        if (lanes <= threads)
            break;
        Sleep(50);
    }
    ok(lanes <= threads, "the threads of its lanes have gone: %u, before %u", lanes, threads);
    is_uint(peer_number(peer, PEER_NEVER_COUNT, 0), 0, "its calls are known to be over");
    is_int(peer_number(peer, PEER_RELEASE_KEPT, 0), 0, "answers to nobody do no harm");
    is_hr(peer_echo(peer->connection, 100, 1), S_OK, "others are served");
}

int main(void)
{
    struct peer peer;

    harness_require();
    peer_tune();
    is_hr(transport_listen(&peer_handlers), S_OK, "listen");
    if (peer_open(&peer))
        test_client_gone(&peer);
    peer_close(&peer);
    test_server_killed();
    test_server_killed_meanwhile();
    test_server_frozen();
    test_server_stopped();
    return done_testing();
}
