/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "transport_bed.h"

#include <stdlib.h>

/* Starts the other process; its first line is its port. */
BOOL peer_start(struct peer *peer, const WCHAR *arguments)
{
    char line[200];

    memset(peer, 0, sizeof(*peer));
    if (!harness_spawn(&peer->process, L"transport_server.exe", arguments, true))
        return FALSE;
    if (!harness_process_read_line(&peer->process, line, sizeof(line), 30000))
        return FALSE;
    peer->port = _strtoui64(line, NULL, 16);
    return TRUE;
}

BOOL peer_open(struct peer *peer)
{
    HRESULT hr;

    if (!ok(peer_start(peer, L"server"), "a server starts"))
        return FALSE;
    hr = transport_connect(peer->port, &peer->connection);
    is_hr(hr, S_OK, "connect");
    return hr == S_OK;
}

void peer_kill(struct peer *peer)
{
    if (!peer->killed)
        harness_kill9(&peer->process);
    peer->killed = TRUE;
}

void peer_close(struct peer *peer)
{
    if (peer->connection)
        connection_release(peer->connection);
    peer_kill(peer);
    harness_process_close(&peer->process);
}

UINT32 peer_number(struct peer *peer, enum peer_operation operation, unsigned int which)
{
    UINT32 numbers[2] = {0, 0};
    BYTE *data;
    DWORD size;

    if (peer_call(peer->connection, operation, 0, NULL, 0, 20000, &data, &size) == S_OK)
        memcpy(numbers, data, min(size, sizeof(numbers)));
    CoTaskMemFree(data);
    return numbers[which];
}

struct peer_rundowns peer_rundowns(struct peer *peer, BOOL clear)
{
    struct peer_rundowns rundowns = {0};
    BYTE *data;
    DWORD size;

    if (peer_call(peer->connection, PEER_RUNDOWNS, clear, NULL, 0, 20000, &data, &size) == S_OK)
        memcpy(&rundowns, data, min(size, sizeof(rundowns)));
    CoTaskMemFree(data);
    return rundowns;
}

DWORD WINAPI hammer_run(void *argument)
{
    struct hammer *hammer = argument;
    UINT32 random = hammer->seed * 2654435761u + 1;

    for (unsigned int i = 0; i < hammer->calls; ++i)
    {
        random = random * 1664525 + 1013904223;
        hammer->hr = peer_echo(hammer->connection,
                (random >> 8) % ((random >> 28) == 0 ? 200000 : 2000), random);
        if (hammer->hr != S_OK)
            ++hammer->wrong;
    }
    return 0;
}

unsigned int hammer_threads(struct connection *connection, unsigned int count, unsigned int calls)
{
    struct hammer hammers[64];
    HANDLE threads[64];
    unsigned int wrong = 0;

    for (unsigned int i = 0; i < count; ++i)
    {
        struct hammer hammer = {connection, i, calls, 0, S_OK};

        hammers[i] = hammer;
        threads[i] = CreateThread(NULL, 0, hammer_run, &hammers[i], 0, NULL);
    }
    for (unsigned int i = 0; i < count; ++i)
    {
        if (threads[i])
        {
            WaitForSingleObject(threads[i], INFINITE);
            CloseHandle(threads[i]);
        }
        wrong += hammers[i].wrong + !threads[i];
    }
    return wrong;
}
