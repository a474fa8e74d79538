/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process's port: the named pipe where clients knock. One thread serves it and the control pipes
 * of all connections, through a completion port; it never calls out of the transport and never
 * waits for a client. A client's death shows as the end of its pipe.
 */

#include "transport_parts.h"

#include <stdio.h>

#include "trace.h"
#include "user_access.h"

#define INSTANCES 2 /* how many clients can knock at once without being told to come again */
#define CONNECTIONS_MAX 4096
#define KEY_QUIT 1

struct transport_tuning transport_tuning = {
        .lane_idle = 10000,
        .linger = 5000,
        .sweep = 1000,
        .thread_idle = 10000,
        .answer = 30000,
        .spin = 50,
        .lanes = 256,
        .posted_lanes = 4,
        .reader_idle = 2000,
        .stuck = 4,
};

const struct transport_handlers *transport_handlers;

static INIT_ONCE port_once = INIT_ONCE_STATIC_INIT;
static UINT64 port_number;

static SRWLOCK listener_lock = SRWLOCK_INIT; /* starting and stopping */
static HANDLE listener_thread;
static HANDLE listener_completions;
static PSECURITY_DESCRIPTOR listener_access;
static volatile LONG listener_over; /* its thread has nothing more to do but to end */
static CONDITION_VARIABLE listener_ended = CONDITION_VARIABLE_INIT;

/* The thread's own. */
static struct server_connection *connections;
static LONG connection_count;
static LONG instance_count;

/* Tells the process from those that had its number before; it is no secret, every OBJREF has it.
 * (RtlGenRandom would cost a process that never sends one two pages.) */
static BOOL CALLBACK port_choose(INIT_ONCE *once, void *parameter, void **context)
{
    LARGE_INTEGER counter;
    FILETIME time;
    UINT64 mark;

    (void)once;
    (void)parameter;
    (void)context;
    QueryPerformanceCounter(&counter);
    GetSystemTimeAsFileTime(&time);
    mark = ((UINT64)time.dwHighDateTime << 32 | time.dwLowDateTime) ^ (UINT64)counter.QuadPart << 20
            ^ (UINT_PTR)EncodePointer(NULL);
    mark = (mark ^ mark >> 30) * 0xbf58476d1ce4e5b9u;
    mark = (mark ^ mark >> 27) * 0x94d049bb133111ebu;
    port_number = (mark >> 40 << 24) | (GetCurrentProcessId() & 0xffffff);
    return TRUE;
}

UINT64 transport_port(void)
{
    InitOnceExecuteOnce(&port_once, port_choose, NULL, NULL);
    return port_number;
}

static void connection_drop(struct server_connection *connection)
{
    if (connection->phase == PHASE_LISTENING)
        --instance_count;
    if (connection->next)
        connection->next->link = connection->link;
    *connection->link = connection->next;
    --connection_count;
    server_connection_close(connection);
    server_connection_release(connection);
}

static void connection_read(struct server_connection *connection)
{
    BYTE *place = (BYTE *)&connection->message + connection->filled;
    DWORD size = sizeof(connection->message) - connection->filled;

    connection->phase = PHASE_READING;
    connection->pending = TRUE;
    memset(&connection->overlapped, 0, sizeof(connection->overlapped));
    if (ReadFile(connection->pipe, place, size, NULL, &connection->overlapped)
            || GetLastError() == ERROR_IO_PENDING)
        return;
    connection->pending = FALSE;
    connection_drop(connection);
}

static void connection_write(struct server_connection *connection)
{
    connection->phase = PHASE_WRITING;
    connection->pending = TRUE;
    memset(&connection->overlapped, 0, sizeof(connection->overlapped));
    if (WriteFile(connection->pipe, &connection->message, sizeof(connection->message), NULL,
                &connection->overlapped)
            || GetLastError() == ERROR_IO_PENDING)
        return;
    connection->pending = FALSE;
    connection_drop(connection);
}

/* Puts up one more instance of the pipe. */
static HRESULT instance_open(DWORD first)
{
    struct server_connection *connection = server_connection_create();
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), listener_access, FALSE};
    UINT64 port = transport_port();
    WCHAR name[64];
    HRESULT hr;

    if (!connection)
        return E_OUTOFMEMORY;
    _snwprintf(name, ARRAYSIZE(name), WIRE_PIPE_NAME, (unsigned int)(port >> 24),
            (unsigned int)(port & 0xffffff));
    connection->pipe = CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first,
            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
            PIPE_UNLIMITED_INSTANCES, 4 * sizeof(struct wire_message),
            4 * sizeof(struct wire_message), 0, &attributes);
    if (connection->pipe == INVALID_HANDLE_VALUE
            || !CreateIoCompletionPort(connection->pipe, listener_completions, 0, 0))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        server_connection_release(connection);
        return hr;
    }

    connection->next = connections;
    connection->link = &connections;
    if (connections)
        connections->link = &connection->next;
    connections = connection;
    ++connection_count;
    ++instance_count;

    connection->phase = PHASE_LISTENING;
    connection->pending = TRUE;
    if (ConnectNamedPipe(connection->pipe, &connection->overlapped)
            || GetLastError() == ERROR_IO_PENDING)
        return S_OK;
    if (GetLastError() == ERROR_PIPE_CONNECTED
            && PostQueuedCompletionStatus(listener_completions, 0, 0, &connection->overlapped))
        return S_OK;
    hr = HRESULT_FROM_WIN32(GetLastError());
    connection->pending = FALSE;
    connection_drop(connection);
    return hr;
}

static void instances_fill(void)
{
    while (instance_count < INSTANCES && connection_count < CONNECTIONS_MAX)
    {
        HRESULT hr = instance_open(0);

        if (FAILED(hr))
        {
            trace("transport: no pipe for more clients, %#lx", (unsigned long)hr);
            break;
        }
    }
}

/* An operation on a connection has ended. */
static void connection_completed(struct server_connection *connection, BOOL success, DWORD bytes)
{
    DWORD process = 0;

    connection->pending = FALSE;
    switch (connection->phase)
    {
    case PHASE_LISTENING:
        /* The next instance comes first, so that there is always one. */
        --instance_count;
        connection->phase = PHASE_READING;
        instances_fill();
        if (!success || !GetNamedPipeClientProcessId(connection->pipe, &process))
        {
            connection_drop(connection);
            return;
        }
        connection->process = process;
        connection_read(connection);
        return;

    case PHASE_READING:
        if (!success || !bytes)
        {
            connection_drop(connection);
            return;
        }
        connection->filled += bytes;
        if (connection->filled < sizeof(connection->message))
        {
            connection_read(connection);
            return;
        }
        connection->filled = 0;
        if (server_connection_answer(connection, &connection->message))
            connection_write(connection);
        else
            connection_drop(connection);
        return;

    case PHASE_WRITING:
        if (success)
            connection_read(connection);
        else
            connection_drop(connection);
        /* If that was a lane, its thread was the spare one. */
        transport_pool_prepare(TRUE);
        return;
    }
}

/* Ends everything; what is under way comes back cancelled. */
static void listener_finish(void)
{
    struct server_connection *connection, *next;

    for (connection = connections; connection; connection = next)
    {
        next = connection->next;
        if (connection->pending)
            CancelIoEx(connection->pipe, NULL);
        else
            connection_drop(connection);
    }
    while (connections)
    {
        OVERLAPPED *overlapped = NULL;
        ULONG_PTR key;
        DWORD bytes;

        GetQueuedCompletionStatus(listener_completions, &bytes, &key, &overlapped, 5000);
        if (!overlapped)
            break; /* the rest is lost rather than waited for */
        connection = CONTAINING_RECORD(overlapped, struct server_connection, overlapped);
        connection->pending = FALSE;
        connection_drop(connection);
    }
}

static DWORD WINAPI listener_run(void *unused)
{
    (void)unused;
    transport_pool_prepare(TRUE);
    for (;;)
    {
        BOOL poor = instance_count == 0 && connection_count < CONNECTIONS_MAX;
        OVERLAPPED *overlapped = NULL;
        ULONG_PTR key = 0;
        DWORD bytes = 0;
        BOOL success = GetQueuedCompletionStatus(listener_completions, &bytes, &key, &overlapped,
                poor ? 100 : INFINITE);

        if (overlapped)
            connection_completed(
                    CONTAINING_RECORD(overlapped, struct server_connection, overlapped), success,
                    bytes);
        else if (success && key == KEY_QUIT)
            break;
        else if (!success && GetLastError() != WAIT_TIMEOUT)
            break;
        instances_fill();
    }
    listener_finish();
    transport_pool_prepare(FALSE);
    InterlockedExchange(&listener_over, 1);
    WakeAllConditionVariable(&listener_ended);
    return 0;
}

HRESULT transport_listen(const struct transport_handlers *handlers)
{
    HRESULT hr = S_OK;

    if (listener_thread)
        return S_OK;
    AcquireSRWLockExclusive(&listener_lock);
    if (listener_thread)
        goto done;

    transport_pin();
    transport_handlers = handlers;
    listener_access = user_only_access();
    listener_completions = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (!listener_access || !listener_completions)
        hr = E_OUTOFMEMORY;
    else
        hr = instance_open(FILE_FLAG_FIRST_PIPE_INSTANCE);
    if (SUCCEEDED(hr))
    {
        listener_over = 0;
        listener_thread = CreateThread(NULL, 0, listener_run, NULL, 0, NULL);
        if (!listener_thread)
        {
            hr = E_OUTOFMEMORY;
            listener_finish();
        }
    }
    if (FAILED(hr))
    {
        if (listener_completions)
            CloseHandle(listener_completions);
        LocalFree(listener_access);
        listener_completions = NULL;
        listener_access = NULL;
    }
done:
    ReleaseSRWLockExclusive(&listener_lock);
    if (FAILED(hr))
        trace("transport: cannot listen, %#lx", (unsigned long)hr);
    return hr;
}

void transport_stop(void)
{
    BOOLEAN(WINAPI * shutting_down)
    (void) = (BOOLEAN(WINAPI *)(void))(
            ULONG_PTR)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlDllShutdownInProgress");

    /* The other threads are gone, in the middle of whatever they did; the system cleans up. */
    if (shutting_down && shutting_down())
        return;

    AcquireSRWLockExclusive(&listener_lock);
    if (listener_thread)
    {
        PostQueuedCompletionStatus(listener_completions, 0, KEY_QUIT, NULL);
        /* Not for the thread's very end: a caller within DllMain holds what that needs. */
        while (!listener_over && WaitForSingleObject(listener_thread, 0) != WAIT_OBJECT_0)
            SleepConditionVariableSRW(&listener_ended, &listener_lock, 50, 0);
        CloseHandle(listener_thread);
        CloseHandle(listener_completions);
        LocalFree(listener_access);
        listener_thread = NULL;
        listener_completions = NULL;
        listener_access = NULL;
    }
    ReleaseSRWLockExclusive(&listener_lock);
}
