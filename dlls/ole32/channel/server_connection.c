/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client's connection as its server has it: what the client asks on the control pipe, and how it
 * all ends. */

#include "transport_parts.h"

#include "trace.h"

struct server_connection *server_connection_create(void)
{
    struct server_connection *connection =
            HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*connection));

    if (!connection)
        return NULL;
    connection->refs = 1;
    connection->pipe = INVALID_HANDLE_VALUE;
    InitializeSRWLock(&connection->lock);
    return connection;
}

void server_connection_addref(struct server_connection *connection)
{
    InterlockedIncrement(&connection->refs);
}

void server_connection_release(struct server_connection *connection)
{
    if (InterlockedDecrement(&connection->refs))
        return;
    if (connection->pipe != INVALID_HANDLE_VALUE)
        CloseHandle(connection->pipe);
    if (connection->mailbox)
        server_mailbox_free(connection->mailbox);
    if (connection->board)
        UnmapViewOfFile(connection->board);
    for (DWORD i = 0; i < connection->ledger_parts; ++i)
    {
        if (i > 0) /* the first part is on the board */
            UnmapViewOfFile(connection->ledger[i]);
        CloseHandle(connection->sections[i]);
    }
    HeapFree(GetProcessHeap(), 0, connection);
}

/* The first part has the board's size, each further one is twice as large as the one before. */
static HRESULT ledger_extend(struct server_connection *connection, struct wire_message *message)
{
    DWORD part = connection->ledger_parts;
    UINT32 size = WIRE_BOARD_SIZE << part;
    HANDLE section;
    void *view;
    HRESULT hr;

    if (part >= ARRAYSIZE(connection->ledger) || size > 0x4000000)
        return E_OUTOFMEMORY;
    hr = section_create(size, &section, &view);
    if (FAILED(hr))
        return hr;
    connection->sections[part] = section;
    if (part)
    {
        connection->ledger[part] = view;
        connection->ledger_sizes[part] = size / sizeof(struct wire_reference);
    }
    else
    {
        connection->board = view;
        connection->ledger[0] = connection->board->references;
        connection->ledger_sizes[0] = WIRE_BOARD_REFERENCES;
    }
    AcquireSRWLockExclusive(&connection->lock);
    connection->ledger_parts = part + 1;
    ReleaseSRWLockExclusive(&connection->lock);
    message->section = (ULONG_PTR)section;
    message->size = size;
    return S_OK;
}

BOOL server_connection_answer(struct server_connection *connection, struct wire_message *message)
{
    UINT64 port = transport_port();
    HRESULT hr;

    if (message->magic != WIRE_MAGIC || message->oldest > WIRE_VERSION
            || message->version < message->oldest || message->port != port
            || message->process != connection->process)
    {
        trace("transport: process %lu sent no message", connection->process);
        return FALSE;
    }
    message->section = message->request_event = message->reply_event = 0;
    message->size = 0;
    switch (message->kind)
    {
    case WIRE_HELLO:
        if (connection->greeted)
            return FALSE;
        hr = ledger_extend(connection, message);
        connection->greeted = SUCCEEDED(hr);
        break;
    case WIRE_LANE:
        if (!connection->greeted)
            return FALSE;
        hr = server_lane_open(connection, message);
        break;
    case WIRE_LEDGER:
        if (!connection->greeted)
            return FALSE;
        hr = ledger_extend(connection, message);
        break;
    case WIRE_MAILBOX:
        if (!connection->greeted || connection->mailbox)
            return FALSE;
        hr = server_mailbox_open(connection, message);
        break;
    default:
        return FALSE;
    }
    message->version = min(message->version, WIRE_VERSION);
    message->oldest = WIRE_OLDEST;
    message->process = GetCurrentProcessId();
    message->status = hr;
    return TRUE;
}

ULONG ledger_rundown(const struct wire_reference *references, UINT32 count,
        void (*rundown)(const GUID *ipid, ULONG count))
{
    ULONG entries = 0;

    for (UINT32 i = 0; i < count; ++i)
    {
        UINT32 held = references[i].count;
        GUID ipid;

        if (!held || held > 0x7fffffff)
            continue;
        ipid = references[i].ipid;
        ++entries;
        rundown(&ipid, held);
    }
    return entries;
}

static void connection_rundown(void *argument)
{
    struct server_connection *connection = argument;
    ULONG entries = 0;

    for (DWORD i = 0; i < connection->ledger_parts; ++i)
        entries += ledger_rundown(connection->ledger[i], connection->ledger_sizes[i],
                transport_handlers->rundown);
    if (entries)
        trace("transport: process %lu left references on %lu interfaces", connection->process,
                entries);
    server_connection_release(connection);
}

void server_connection_close(struct server_connection *connection)
{
    struct server_mailbox *mailbox;
    BOOL first, any = FALSE;
    HANDLE pipe;

    AcquireSRWLockExclusive(&connection->lock);
    first = !connection->closed;
    connection->closed = TRUE;
    pipe = connection->pipe;
    connection->pipe = INVALID_HANDLE_VALUE;
    if (first)
    {
        if (connection->board)
            InterlockedExchange(&connection->board->closed, 1);
        for (struct server_lane *lane = connection->lanes; lane; lane = lane->next)
            server_lane_close(lane);
    }
    mailbox = connection->mailbox;
    ReleaseSRWLockExclusive(&connection->lock);

    if (first && mailbox)
        server_mailbox_close(mailbox);
    if (pipe != INVALID_HANDLE_VALUE)
        CloseHandle(pipe);
    if (!first)
        return;
    /* A thread of its own, for giving back references ends in other people's code; and none when
     * there is nothing to give back. */
    for (DWORD i = 0; i < connection->ledger_parts && !any; ++i)
    {
        for (UINT32 k = 0; k < connection->ledger_sizes[i] && !any; ++k)
            any = connection->ledger[i][k].count != 0;
    }
    if (!any)
        return;
    server_connection_addref(connection);
    if (!transport_pool_run(connection_rundown, connection))
        connection_rundown(connection);
}

void server_connection_kick(struct server_connection *connection)
{
    AcquireSRWLockExclusive(&connection->lock);
    if (connection->pipe != INVALID_HANDLE_VALUE)
        DisconnectNamedPipe(connection->pipe);
    ReleaseSRWLockExclusive(&connection->lock);
    trace("transport: process %lu broke the rules, its connection is ended", connection->process);
}
