/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client's connections: one a server, kept for a while after its last reference, since the next
 * call often comes soon. What is idle is closed by the housekeeper. */

#include "transport_parts.h"

#include <stdio.h>

#include "trace.h"

static SRWLOCK table_lock = SRWLOCK_INIT;
static struct connection *table;

static void connection_destroy(struct connection *connection)
{
    /* The pipe first: with it the server learns that it is over. */
    if (connection->pipe != INVALID_HANDLE_VALUE)
        CloseHandle(connection->pipe);
    if (connection->pipe_event)
        CloseHandle(connection->pipe_event);
    if (connection->mailbox)
        mailbox_destroy(connection->mailbox);
    connection_sweep_lanes(connection, TRUE);
    ledger_close(connection);
    if (connection->board)
        UnmapViewOfFile(connection->board);
    if (connection->process)
        CloseHandle(connection->process);
    HeapFree(GetProcessHeap(), 0, connection);
}

/* --- the control pipe --- */

/* Ends an overlapped operation; the bytes moved, 0 for a failure. */
static DWORD pipe_finish(struct connection *connection, OVERLAPPED *overlapped, BOOL done,
        DWORD *error)
{
    HANDLE handles[2] = {connection->pipe_event, connection->process};
    DWORD bytes = 0, waited;

    *error = RPC_E_SERVER_DIED_DNE;
    if (!done && GetLastError() != ERROR_IO_PENDING)
        return 0;
    waited = WaitForMultipleObjects(2, handles, FALSE, transport_tuning.answer);
    if (waited != WAIT_OBJECT_0)
    {
        CancelIoEx(connection->pipe, overlapped);
        if (waited == WAIT_TIMEOUT)
            *error = RPC_E_TIMEOUT;
    }
    if (!GetOverlappedResult(connection->pipe, overlapped, &bytes, TRUE))
        return 0;
    return bytes;
}

HRESULT connection_ask(struct connection *connection, enum wire_kind kind,
        struct wire_message *message)
{
    DWORD done = 0, bytes, error = RPC_E_SERVER_DIED_DNE;
    OVERLAPPED overlapped = {0};
    HRESULT hr = S_OK;
    BOOL result;

    memset(message, 0, sizeof(*message));
    message->magic = WIRE_MAGIC;
    message->version = WIRE_VERSION;
    message->oldest = WIRE_OLDEST;
    message->kind = kind;
    message->process = GetCurrentProcessId();
    message->port = connection->port;

    AcquireSRWLockExclusive(&connection->control);
    if (connection->dead)
        goto failed;
    overlapped.hEvent = connection->pipe_event;
    result = WriteFile(connection->pipe, message, sizeof(*message), NULL, &overlapped);
    if (pipe_finish(connection, &overlapped, result, &error) != sizeof(*message))
        goto failed;
    while (done < sizeof(*message))
    {
        memset(&overlapped, 0, sizeof(overlapped));
        overlapped.hEvent = connection->pipe_event;
        result = ReadFile(connection->pipe, (BYTE *)message + done, (DWORD)sizeof(*message) - done,
                NULL, &overlapped);
        bytes = pipe_finish(connection, &overlapped, result, &error);
        if (!bytes)
            goto failed;
        done += bytes;
    }
    if (message->magic != WIRE_MAGIC || message->kind != (UINT32)kind
            || message->version < WIRE_OLDEST || message->version > WIRE_VERSION
            || message->port != connection->port)
    {
        error = RPC_E_INVALID_DATA;
        goto failed;
    }
    hr = message->status;
    ReleaseSRWLockExclusive(&connection->control);
    return FAILED(hr) ? hr : S_OK;

failed:
    /* What comes next on the pipe would be the answer to something else. */
    InterlockedExchange(&connection->dead, 1);
    ReleaseSRWLockExclusive(&connection->control);
    mailbox_poke(connection->mailbox);
    return (HRESULT)error;
}

static HRESULT pipe_open(struct connection *connection)
{
    unsigned int own = (unsigned int)(connection->port & 0xffffff);
    ULONGLONG start = GetTickCount64();
    WCHAR name[64];
    ULONG process;

    _snwprintf(name, ARRAYSIZE(name), WIRE_PIPE_NAME, (unsigned int)(connection->port >> 24), own);
    for (;;)
    {
        connection->pipe = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
        if (connection->pipe != INVALID_HANDLE_VALUE)
            break;
        if (GetLastError() == ERROR_ACCESS_DENIED)
            return E_ACCESSDENIED;
        if (GetLastError() != ERROR_PIPE_BUSY)
            return RPC_E_DISCONNECTED;
        if (GetTickCount64() - start > transport_tuning.answer)
            return RPC_E_TIMEOUT;
        WaitNamedPipeW(name, 1000);
    }
    /* The port says which process it is; another one may have taken the name. */
    if (!GetNamedPipeServerProcessId(connection->pipe, &process) || (process & 0xffffff) != own)
        return RPC_E_DISCONNECTED;
    connection->process_id = process;
    return S_OK;
}

static HRESULT connection_open(struct connection *connection)
{
    struct wire_message message;
    HRESULT hr = pipe_open(connection);
    void *view;

    if (FAILED(hr))
        return hr;
    connection->pipe_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!connection->pipe_event)
        return E_OUTOFMEMORY;
    connection->process =
            OpenProcess(SYNCHRONIZE | PROCESS_DUP_HANDLE, FALSE, connection->process_id);
    if (!connection->process)
        return GetLastError() == ERROR_ACCESS_DENIED ? E_ACCESSDENIED : RPC_E_DISCONNECTED;

    /* The answer comes while we have the process open: it is the server's, not one that came to
     * have its number. */
    hr = connection_ask(connection, WIRE_HELLO, &message);
    if (SUCCEEDED(hr) && message.size != WIRE_BOARD_SIZE)
        hr = RPC_E_INVALID_DATA;
    if (SUCCEEDED(hr))
        hr = section_pull(connection->process, message.section, message.size, &view);
    if (FAILED(hr))
        return hr == RPC_E_SERVER_DIED_DNE ? RPC_E_DISCONNECTED : hr;
    connection->board = view;
    connection->version = message.version;
    return ledger_open(connection, connection->board->references, WIRE_BOARD_REFERENCES);
}

/* --- the table --- */

static struct connection *table_find(UINT64 port)
{
    struct connection *connection = table;

    while (connection && (connection->port != port || connection->dead))
        connection = connection->next;
    return connection;
}

static struct connection *table_add(UINT64 port)
{
    struct connection *connection =
            HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*connection));

    if (!connection)
        return NULL;
    if (!(connection->mailbox = mailbox_create(connection)))
    {
        HeapFree(GetProcessHeap(), 0, connection);
        return NULL;
    }
    connection->port = port;
    connection->result = S_FALSE;
    connection->pipe = INVALID_HANDLE_VALUE;
    InitializeSRWLock(&connection->connecting);
    InitializeSRWLock(&connection->control);
    InitializeSRWLock(&connection->lock);
    InitializeSRWLock(&connection->ledger_lock);
    connection->next = table;
    table = connection;
    return connection;
}

/* One attempt. S_FALSE: what was there has ended; next time there will be another one. */
static HRESULT connection_get(UINT64 port, struct connection **out)
{
    struct connection *connection;
    LONG refs = 0;
    HRESULT hr;

    AcquireSRWLockExclusive(&table_lock);
    connection = table_find(port);
    if (!connection)
        connection = table_add(port);
    if (connection)
        refs = InterlockedIncrement(&connection->refs);
    ReleaseSRWLockExclusive(&table_lock);
    if (!connection)
        return E_OUTOFMEMORY;

    AcquireSRWLockExclusive(&connection->connecting);
    if (connection->result == S_FALSE)
    {
        connection->result = connection_open(connection);
        if (FAILED(connection->result))
        {
            InterlockedExchange(&connection->dead, 1);
            trace("transport: no connection to process %lu, %#lx", (unsigned long)(port & 0xffffff),
                    (unsigned long)connection->result);
        }
    }
    else if (SUCCEEDED(connection->result)
            && (connection->board->closed || (refs == 1 && connection_lost(connection))))
    {
        /* While nobody called, nobody noticed. */
        InterlockedExchange(&connection->dead, 1);
    }
    hr = connection->result;
    if (SUCCEEDED(hr) && connection->dead)
        hr = S_FALSE;
    ReleaseSRWLockExclusive(&connection->connecting);
    if (hr == S_OK)
        *out = connection;
    else
        connection_release(connection);
    return hr;
}

HRESULT transport_connect(UINT64 oxid, struct connection **out)
{
    HRESULT hr = S_FALSE;

    *out = NULL;
    for (int i = 0; i < 3 && hr == S_FALSE; ++i)
        hr = connection_get(oxid & TRANSPORT_PORT_MASK, out);
    return hr == S_FALSE ? RPC_E_DISCONNECTED : hr;
}

void connection_addref(struct connection *connection)
{
    InterlockedIncrement(&connection->refs);
}

void connection_release(struct connection *connection)
{
    struct connection **link;

    connection->idle_since = GetTickCount64();
    if (!connection->dead)
    {
        if (!InterlockedDecrement(&connection->refs))
            connection_sweep_later();
        return;
    }

    /* Nobody finds it any more. */
    AcquireSRWLockExclusive(&table_lock);
    if (InterlockedDecrement(&connection->refs))
    {
        ReleaseSRWLockExclusive(&table_lock);
        return;
    }
    for (link = &table; *link != connection; link = &(*link)->next)
        ;
    *link = connection->next;
    ReleaseSRWLockExclusive(&table_lock);
    connection_destroy(connection);
}

DWORD connection_process(const struct connection *connection)
{
    return connection->process_id;
}

BOOL connection_lost(struct connection *connection)
{
    if (connection->dead)
        return TRUE;
    if (!connection->board->closed && WaitForSingleObject(connection->process, 0) != WAIT_OBJECT_0)
        return FALSE;
    InterlockedExchange(&connection->dead, 1);
    return TRUE;
}

BOOL connection_alive(struct connection *connection)
{
    return !connection_lost(connection);
}

/* --- closing what is idle --- */

BOOL connections_sweep(void)
{
    struct connection *connection, **link, *gone = NULL;
    ULONGLONG now = GetTickCount64();
    BOOL more = FALSE;

    AcquireSRWLockExclusive(&table_lock);
    for (link = &table; (connection = *link);)
    {
        if (!connection->refs
                && (connection->dead || now - connection->idle_since >= transport_tuning.linger))
        {
            *link = connection->next;
            connection->next = gone;
            gone = connection;
            continue;
        }
        more |= connection_sweep_lanes(connection, FALSE) || !connection->refs;
        link = &connection->next;
    }
    ReleaseSRWLockExclusive(&table_lock);

    while ((connection = gone))
    {
        gone = connection->next;
        connection_destroy(connection);
    }
    return more;
}

void connection_sweep_later(void)
{
    housekeeper_sweep();
}
