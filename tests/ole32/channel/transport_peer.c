/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "transport_peer.h"

#include "harness.h"

static SRWLOCK lock = SRWLOCK_INIT;
static struct peer_rundowns rundowns;
static struct transport_request *kept[2048];
static unsigned int kept_count;
static LONG serial;

GUID peer_ipid(UINT32 n)
{
    GUID ipid = {0x1d1d1d1d, 0, 0, {'t', 'e', 's', 't'}};

    memcpy(&ipid.Data4[4], &n, sizeof(n));
    return ipid;
}

BYTE peer_pattern(UINT32 seed, UINT32 offset)
{
    return (BYTE)((offset * 2654435761u + seed) >> 13);
}

void peer_tune(void)
{
    transport_tuning.lane_idle = 300;
    transport_tuning.linger = 200;
    transport_tuning.sweep = 50;
    transport_tuning.thread_idle = 300;
    transport_tuning.reader_idle = 100;
}

static DWORD WINAPI answer_later(void *argument)
{
    struct transport_request *request = argument;
    struct peer_head *head = (struct peer_head *)request->data;

    if (head->operation == PEER_LATER)
        Sleep(head->argument);
    else
        while (!transport_request_cancelled(request))
            Sleep(1);
    transport_reply(request, head + 1, request->size - sizeof(*head), NULL, 0);
    return 0;
}

/* Requests which are answered by one thread, in the order of their time. */
static struct
{
    struct transport_request *request;
    ULONGLONG due;
} deferred[4096];
static unsigned int deferred_count;
static BOOL deferring;

static DWORD WINAPI answer_deferred(void *unused)
{
    (void)unused;
    AcquireSRWLockExclusive(&lock);
    while (deferred_count)
    {
        ULONGLONG now = GetTickCount64();

        for (unsigned int i = 0; i < deferred_count;)
        {
            struct transport_request *request = deferred[i].request;
            struct peer_head *head = (struct peer_head *)request->data;

            if (now < deferred[i].due)
            {
                ++i;
                continue;
            }
            deferred[i] = deferred[--deferred_count];
            ReleaseSRWLockExclusive(&lock);
            transport_reply(request, head + 1, request->size - sizeof(*head), NULL, 0);
            AcquireSRWLockExclusive(&lock);
        }
        ReleaseSRWLockExclusive(&lock);
        Sleep(1);
        AcquireSRWLockExclusive(&lock);
    }
    deferring = FALSE;
    ReleaseSRWLockExclusive(&lock);
    return 0;
}

static void answer_in_time(struct transport_request *request, DWORD delay)
{
    HANDLE thread = NULL;

    AcquireSRWLockExclusive(&lock);
    if (deferred_count < ARRAYSIZE(deferred))
    {
        deferred[deferred_count].due = GetTickCount64() + delay;
        deferred[deferred_count++].request = request;
        request = NULL;
        if (!deferring)
            thread = CreateThread(NULL, 0, answer_deferred, NULL, 0, NULL);
        deferring = TRUE;
    }
    ReleaseSRWLockExclusive(&lock);
    if (thread)
        CloseHandle(thread);
    if (request)
        transport_abandon(request);
}

static void call_back(struct transport_request *request)
{
    struct peer_head *head = (struct peer_head *)request->data;
    UINT64 port = transport_port(), target;
    struct connection *connection = NULL;
    BYTE *data = NULL;
    DWORD size = 0;
    HRESULT hr = E_INVALIDARG;

    if (request->size >= sizeof(*head) + sizeof(target))
    {
        memcpy(&target, head + 1, sizeof(target));
        hr = transport_connect(target, &connection);
    }
    if (SUCCEEDED(hr))
    {
        if (head->argument)
            hr = peer_call(connection, PEER_CALL_BACK, head->argument - 1, &port, sizeof(port),
                    20000, &data, &size);
        else
            hr = peer_call(connection, PEER_ECHO, 0, "end", 3, 20000, &data, &size);
        connection_release(connection);
    }
    if (FAILED(hr))
        transport_reply(request, &hr, sizeof(hr), NULL, 0);
    else
        transport_reply(request, data, size, ".", 1);
    CoTaskMemFree(data);
}

static void answer_sized(struct transport_request *request, UINT32 size)
{
    BYTE *body = size < 0x10000000 ? HeapAlloc(GetProcessHeap(), 0, size + 1) : NULL;
    DWORD head = size / 3;

    if (!body)
    {
        transport_abandon(request);
        return;
    }
    for (UINT32 i = 0; i < size; ++i)
        body[i] = peer_pattern(size, i);
    transport_reply(request, body, head, body + head, size - head);
    HeapFree(GetProcessHeap(), 0, body);
}

static void release_kept(void)
{
    AcquireSRWLockExclusive(&lock);
    while (kept_count)
        transport_reply(kept[--kept_count], "kept", 4, NULL, 0);
    ReleaseSRWLockExclusive(&lock);
}

static DWORD WINAPI listen_again(void *unused)
{
    (void)unused;
    transport_stop();
    release_kept();
    transport_listen(&peer_handlers);
    return 0;
}

static void peer_receive(struct transport_request *request)
{
    struct peer_head *head = (struct peer_head *)request->data;
    UINT32 numbers[2] = {0};
    struct peer_rundowns copy;
    HANDLE thread;

    if (request->size < sizeof(*head) || ((ULONG_PTR)request->data & 15))
    {
        transport_abandon(request);
        return;
    }
    switch (head->operation)
    {
    case PEER_ECHO:
        transport_reply(request, NULL, 0, head + 1, request->size - sizeof(*head));
        break;
    case PEER_SIZED:
        answer_sized(request, head->argument);
        break;
    case PEER_LATER:
    case PEER_UNTIL_CANCELLED:
        thread = CreateThread(NULL, 0, answer_later, request, 0, NULL);
        if (thread)
            CloseHandle(thread);
        else
            transport_abandon(request);
        break;
    case PEER_CALL_BACK:
        call_back(request);
        break;
    case PEER_NEVER:
        AcquireSRWLockExclusive(&lock);
        if (kept_count < ARRAYSIZE(kept))
        {
            kept[kept_count++] = request;
            request = NULL;
        }
        ReleaseSRWLockExclusive(&lock);
        if (request)
            transport_abandon(request);
        break;
    case PEER_NEVER_COUNT:
        AcquireSRWLockExclusive(&lock);
        for (unsigned int i = 0; i < kept_count; ++i)
            numbers[0] += !transport_request_cancelled(kept[i]);
        ReleaseSRWLockExclusive(&lock);
        transport_reply(request, numbers, sizeof(numbers[0]), NULL, 0);
        break;
    case PEER_RELEASE_KEPT:
        release_kept();
        transport_reply(request, NULL, 0, NULL, 0);
        break;
    case PEER_COUNTS:
        numbers[0] = tap_handle_count();
        numbers[1] = tap_thread_count();
        transport_reply(request, numbers, sizeof(numbers), NULL, 0);
        break;
    case PEER_RUNDOWNS:
        AcquireSRWLockExclusive(&lock);
        copy = rundowns;
        if (head->argument)
            memset(&rundowns, 0, sizeof(rundowns));
        ReleaseSRWLockExclusive(&lock);
        transport_reply(request, &copy, sizeof(copy), NULL, 0);
        break;
    case PEER_STOP:
        /* First the answer: once the connection is closed there is none. */
        transport_reply(request, NULL, 0, NULL, 0);
        thread = CreateThread(NULL, 0, listen_again, NULL, 0, NULL);
        if (thread)
            CloseHandle(thread);
        break;
    case PEER_DEFERRED:
        answer_in_time(request, head->argument);
        break;
    case PEER_BLOCK:
        Sleep(head->argument);
        transport_reply(request, head + 1, request->size - sizeof(*head), NULL, 0);
        break;
    case PEER_SERIAL:
        numbers[0] = (UINT32)InterlockedIncrement(&serial);
        transport_reply(request, numbers, sizeof(numbers[0]), NULL, 0);
        break;
    case PEER_WAS_CANCELLED:
        numbers[0] = transport_request_cancelled(request);
        transport_reply(request, numbers, sizeof(numbers[0]), NULL, 0);
        break;
    default:
        transport_abandon(request);
        break;
    }
}

static void peer_rundown(const GUID *ipid, ULONG count)
{
    GUID first = peer_ipid(0);

    AcquireSRWLockExclusive(&lock);
    ++rundowns.calls;
    rundowns.references += count;
    rundowns.wrong += memcmp(ipid, &first, 12) != 0;
    rundowns.last = GetTickCount64();
    ReleaseSRWLockExclusive(&lock);
}

const struct transport_handlers peer_handlers = {peer_receive, peer_rundown};

HRESULT peer_send(struct connection *connection, enum peer_operation operation, UINT32 argument,
        const void *body, DWORD size, struct transport_call **call)
{
    struct peer_head head = {operation, argument};

    return transport_send(connection, &head, sizeof(head), body, size, call);
}

HRESULT peer_call(struct connection *connection, enum peer_operation operation, UINT32 argument,
        const void *body, DWORD size, DWORD timeout, BYTE **data, DWORD *data_size)
{
    struct transport_call *call;
    HRESULT hr = peer_send(connection, operation, argument, body, size, &call);

    *data = NULL;
    *data_size = 0;
    if (FAILED(hr))
        return hr;
    hr = call_wait_run(transport_call_wait(call), timeout, 0);
    if (hr == S_OK)
        hr = transport_receive(call, data, data_size);
    transport_call_close(call);
    return hr;
}

HRESULT peer_echo(struct connection *connection, DWORD size, UINT32 seed)
{
    BYTE *body = HeapAlloc(GetProcessHeap(), 0, size + 1), *data;
    DWORD got;
    HRESULT hr;

    if (!body)
        return E_OUTOFMEMORY;
    for (DWORD i = 0; i < size; ++i)
        body[i] = peer_pattern(seed, i);
    hr = peer_call(connection, PEER_ECHO, 0, body, size, 60000, &data, &got);
    if (hr == S_OK && (got != size || memcmp(data, body, size)))
        hr = S_FALSE;
    CoTaskMemFree(data);
    HeapFree(GetProcessHeap(), 0, body);
    return hr;
}
