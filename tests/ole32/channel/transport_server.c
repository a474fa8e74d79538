/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other process of the transport's test. Says its port in the first line. */

#include "transport_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailbox.h"
#include "tap.h"

static void say(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
}

/* 5000 interfaces with 1 to 5 references each, some of them given up. */
static int client_holds(struct connection *connection, BOOL leaves)
{
    for (UINT32 i = 0; i < 5000; ++i)
    {
        struct ledger_entry *entry;
        GUID ipid = peer_ipid(i);

        if (ledger_add(connection, &ipid, &entry) != S_OK)
            return 1;
        ledger_set(entry, 7);
        ledger_set(entry, 1 + i % 5);
        if (i % 10 == 0)
            ledger_remove(entry);
    }
    say("ready");
    Sleep(leaves ? 1000 : 60000);
    return 0;
}

static DWORD WINAPI call_all_the_time(void *argument)
{
    struct connection *connection = argument;

    for (UINT32 i = 0;; ++i)
        peer_echo(connection, i % 7 ? 1000 : 200000, i);
    return 0;
}

/* Calls of all kinds, without an end. */
static int client_is_busy(struct connection *connection)
{
    GUID ipid = peer_ipid(1);
    struct transport_call *call;
    struct ledger_entry *entry;

    if (ledger_add(connection, &ipid, &entry) != S_OK)
        return 1;
    ledger_set(entry, 3);
    for (int i = 0; i < 4; ++i)
        peer_send(connection, i & 1 ? PEER_NEVER : PEER_UNTIL_CANCELLED, 0, NULL, 0, &call);
    for (int i = 0; i < 4; ++i)
        CloseHandle(CreateThread(NULL, 0, call_all_the_time, connection, 0, NULL));
    Sleep(200);
    say("ready");
    Sleep(60000);
    return 0;
}

/* Posts hundreds of calls, some of them never answered, and goes on. */
static int client_posts(struct connection *connection)
{
    static BYTE body[20000];
    struct transport_call *call;

    for (UINT32 i = 0;; ++i)
    {
        struct peer_head head = {i < 300 ? PEER_NEVER : PEER_DEFERRED, 10};

        if (transport_post(connection, &head, sizeof(head), body, i % 50 ? i % 50 : sizeof(body),
                    &call)
                != S_OK)
            return 1;
        if (i >= 300)
            transport_call_close(call);
        if (i == 600)
            say("ready");
        if (i >= 600)
            Sleep(1);
    }
}

static UINT32 state;

static UINT32 random_number(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Something like a conversation on the control pipe. */
static void garbage_on_the_pipe(UINT64 port)
{
    struct wire_message message;
    WCHAR name[64];
    DWORD bytes;
    HANDLE pipe;

    _snwprintf(name, ARRAYSIZE(name), WIRE_PIPE_NAME, (unsigned int)(port >> 24),
            (unsigned int)(port & 0xffffff));
    do
    {
        pipe = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    } while (pipe == INVALID_HANDLE_VALUE && GetLastError() == ERROR_PIPE_BUSY
            && WaitNamedPipeW(name, 1000));
    if (pipe == INVALID_HANDLE_VALUE)
        return;
    for (unsigned int i = random_number() % 6; i; --i)
    {
        UINT32 *words = (UINT32 *)&message;
        DWORD size = random_number() % 8 ? sizeof(message) : random_number() % sizeof(message);

        memset(&message, 0, sizeof(message));
        message.magic = WIRE_MAGIC;
        message.version = message.oldest = WIRE_VERSION;
        message.kind = 1 + random_number() % 4;
        message.process = GetCurrentProcessId();
        message.port = port;
        if (random_number() % 3 == 0)
            words[random_number() % (sizeof(message) / 4)] = random_number();
        if (!WriteFile(pipe, &message, size, &bytes, NULL))
            break;
        /* Not always patient enough for the answer. */
        if (size == sizeof(message) && random_number() % 4
                && !ReadFile(pipe, &message, sizeof(message), &bytes, NULL))
            break;
    }
    CloseHandle(pipe);
}

static void garbage_in_a_lane(UINT64 port)
{
    struct connection *connection;
    struct transport_call *call;
    struct client_lane *own;
    struct wire_lane *lane;

    if (transport_connect(port, &connection) != S_OK)
        return;
    if (peer_send(connection, random_number() & 1 ? PEER_ECHO : PEER_LATER, 2, "body", 4, &call)
            == S_OK)
    {
        own = CONTAINING_RECORD(call, struct client_lane, call);
        lane = own->memory;
        for (unsigned int i = random_number() % 3000; i; --i)
        {
            UINT32 *words = (UINT32 *)lane;
            UINT32 value = random_number();

            if (value & 0x10000000)
                lane->state = (value >> 8) % 8;
            else if (value & 0x20000000)
                lane->request_size = value >> ((value >> 8) & 31);
            else
                words[(value >> 8) % 128] = random_number();
            if (value % 50 == 0)
                SetEvent(own->request_event);
            if (value % 500 == 0)
                Sleep(1);
        }
        for (unsigned int i = 0; i < 50; ++i)
        {
            struct wire_reference *references = connection->board->references;

            references[random_number() % WIRE_BOARD_REFERENCES].count = random_number();
        }
        own->broken = TRUE;
        transport_call_close(call);
    }
    connection_release(connection);
}

/* What a server reads, written by somebody else while it does. */
static void garbage_in_a_mailbox(UINT64 port)
{
    struct connection *connection;
    struct wire_mailbox *memory;
    struct transport_call *call;

    transport_tuning.posted_lanes = 0;
    if (transport_connect(port, &connection) != S_OK)
        return;
    for (unsigned int i = 0; i < 20; ++i)
    {
        struct peer_head head = {i & 1 ? PEER_ECHO : PEER_DEFERRED, 2};

        if (transport_post(connection, &head, sizeof(head), "body", 4, &call) != S_OK)
            break;
        if (!i)
            call_wait_run(transport_call_wait(call), 5000, 0);
        transport_call_close(call);
    }
    memory = connection->mailbox->memory;
    for (unsigned int i = memory ? random_number() % 3000 : 0; i; --i)
    {
        UINT32 *words = (UINT32 *)memory;
        UINT32 value = random_number();

        if (value & 0x10000000)
            words[(value >> 8) % 32] = random_number() >> ((value >> 3) & 31);
        else if (value & 0x20000000)
            memory->request_tail += (value >> 8) & 0x1ff0;
        else
            words[(value >> 4) % (WIRE_MAILBOX_SIZE / 4)] = random_number();
        if (value % 50 == 0)
            SetEvent(connection->mailbox->request_event);
        if (value % 500 == 0)
            Sleep(1);
    }
    connection_release(connection);
}

static int client_is_hostile(UINT64 port)
{
    for (UINT32 seed = 1; seed <= 300; ++seed)
    {
        state = seed * 2654435761u;
        if (seed % 3)
            garbage_on_the_pipe(port);
        else if (seed % 2)
            garbage_in_a_lane(port);
        else
            garbage_in_a_mailbox(port);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    UINT64 port = argc > 2 ? _strtoui64(argv[2], NULL, 16) : 0;
    struct connection *connection;
    HRESULT hr;

    peer_tune();
    hr = transport_listen(&peer_handlers);
    printf("%I64x %lx\n", transport_port(), (unsigned long)hr);
    fflush(stdout);
    if (!strcmp(mode, "server"))
    {
        Sleep(INFINITE);
        return 0;
    }
    transport_tuning.linger = 0;
    if (!strcmp(mode, "hostile"))
        return client_is_hostile(port);
    if (transport_connect(port, &connection) != S_OK)
        return 1;
    if (!strcmp(mode, "hold") || !strcmp(mode, "leave"))
        return client_holds(connection, !strcmp(mode, "leave"));
    if (!strcmp(mode, "post"))
        return client_posts(connection);
    if (!strcmp(mode, "busy"))
        return client_is_busy(connection);
    return 1;
}
