/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lane at the client. A call in flight is a lane; between calls it waits in its connection's
 * pool. */

#include "transport_parts.h"

#define ROOM_KEPT 0x100000u /* larger sections go back when they were not used for a while */

/* --- opening and closing --- */

static void lane_free(struct transport_call *lane)
{
    if (lane->request_room.view)
        UnmapViewOfFile(lane->request_room.view);
    if (lane->reply_room.view)
        UnmapViewOfFile(lane->reply_room.view);
    if (lane->memory)
        UnmapViewOfFile(lane->memory);
    if (lane->request_event)
        CloseHandle(lane->request_event);
    if (lane->reply_event)
        CloseHandle(lane->reply_event);
    HeapFree(GetProcessHeap(), 0, lane);
}

/* Gives the lane to the server: there is something to do. */
static void lane_hand_over(struct transport_call *lane, enum lane_state state)
{
    InterlockedExchange(&lane->memory->state, state);
    if (lane->memory->server_sleeps && InterlockedExchange(&lane->memory->server_sleeps, 0))
        SetEvent(lane->request_event);
}

static void lane_destroy(struct transport_call *lane)
{
    lane_hand_over(lane, LANE_CLOSE);
    lane_free(lane);
}

static BOOL lane_answered(const struct transport_call *lane)
{
    LONG state = lane->memory->state;

    return state == LANE_REPLY || state == LANE_FAULT || state == LANE_GROWN;
}

static BOOL lane_ready(struct call_wait *wait)
{
    struct transport_call *lane = CONTAINING_RECORD(wait, struct transport_call, wait);

    if (lane_answered(lane) || lane->connection->dead || lane->connection->board->closed)
        return TRUE;
    /* After arming a waiter looks once more before it sleeps; the second look is that of somebody
     * who was woken: by the end of the server? */
    if (lane->armed != 2)
    {
        lane->armed *= 2;
        return FALSE;
    }
    lane->armed = 0;
    return connection_lost(lane->connection);
}

static DWORD lane_arm(struct call_wait *wait, BOOL kernel, HANDLE handles[CALL_WAIT_HANDLES],
        volatile LONG **address, LONG *value)
{
    struct transport_call *lane = CONTAINING_RECORD(wait, struct transport_call, wait);

    (void)kernel; /* addresses do not wake other processes */
    (void)address;
    (void)value;
    InterlockedExchange(&lane->memory->client_sleeps, 1);
    /* For a waiter that does not look before it sleeps. */
    if (lane_answered(lane) || (lane->armed && connection_lost(lane->connection)))
        SetEvent(lane->reply_event);
    lane->armed = 1;
    handles[0] = lane->reply_event;
    handles[1] = lane->connection->process;
    return 2;
}

static HRESULT lane_open(struct connection *connection, struct transport_call **out)
{
    struct transport_call *lane;
    struct wire_message message;
    void *view = NULL;
    HRESULT hr;

    *out = NULL;
    hr = connection_ask(connection, WIRE_LANE, &message);
    if (FAILED(hr))
        return hr;
    lane = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*lane));
    if (!lane)
        return E_OUTOFMEMORY; /* the server closes its end with the connection */
    lane->wait.ready = lane_ready;
    lane->wait.arm = lane_arm;
    lane->connection = connection;
    hr = event_pull(connection->process, message.request_event, &lane->request_event);
    if (SUCCEEDED(hr))
        hr = event_pull(connection->process, message.reply_event, &lane->reply_event);
    if (SUCCEEDED(hr) && message.size != WIRE_LANE_SIZE)
        hr = RPC_E_INVALID_DATA;
    if (SUCCEEDED(hr))
        hr = section_pull(connection->process, message.section, message.size, &view);
    lane->memory = view;
    if (FAILED(hr))
        lane_free(lane);
    else
        *out = lane;
    return hr;
}

/* --- the pool --- */

/* Calls nobody wants the answer of: has it come? Under the connection's lock. */
static void orphans_collect(struct connection *connection)
{
    struct transport_call *lane, **link;

    for (link = &connection->orphans; (lane = *link);)
    {
        if (!lane_answered(lane))
        {
            link = &lane->next;
            continue;
        }
        *link = lane->next;
        InterlockedExchange(&lane->memory->state, LANE_IDLE);
        lane->used = GetTickCount64();
        lane->next = connection->free_lanes;
        connection->free_lanes = lane;
    }
}

static HRESULT lane_acquire(struct connection *connection, struct transport_call **out)
{
    struct transport_call *lane;
    HRESULT hr;

    AcquireSRWLockExclusive(&connection->lock);
    for (;;)
    {
        if (!connection->free_lanes && connection->orphans)
            orphans_collect(connection);
        lane = connection->free_lanes;
        if (lane)
        {
            connection->free_lanes = lane->next;
            ReleaseSRWLockExclusive(&connection->lock);
            *out = lane;
            return S_OK;
        }
        if (connection->lane_count < transport_tuning.lanes)
            break;
        SleepConditionVariableSRW(&connection->lane_freed, &connection->lock, 50, 0);
        if (connection_lost(connection))
        {
            ReleaseSRWLockExclusive(&connection->lock);
            return RPC_E_SERVER_DIED_DNE;
        }
    }
    ++connection->lane_count;
    ReleaseSRWLockExclusive(&connection->lock);

    hr = lane_open(connection, out);
    if (FAILED(hr))
    {
        AcquireSRWLockExclusive(&connection->lock);
        --connection->lane_count;
        ReleaseSRWLockExclusive(&connection->lock);
    }
    return hr;
}

static void lane_put_back(struct transport_call *lane)
{
    struct connection *connection = lane->connection;
    BOOL answered = lane_answered(lane), gone = lane->broken || connection->dead;

    if (answered && !gone)
    {
        InterlockedExchange(&lane->memory->state, LANE_IDLE);
        lane->used = GetTickCount64();
    }
    AcquireSRWLockExclusive(&connection->lock);
    if (gone)
    {
        --connection->lane_count;
    }
    else if (answered)
    {
        lane->next = connection->free_lanes;
        connection->free_lanes = lane;
    }
    else
    {
        lane->next = connection->orphans;
        connection->orphans = lane;
    }
    ReleaseSRWLockExclusive(&connection->lock);
    if (connection->lane_count >= transport_tuning.lanes)
        WakeConditionVariable(&connection->lane_freed);
    if (gone)
        lane_destroy(lane);
    else
        connection_sweep_later();
}

BOOL connection_sweep_lanes(struct connection *connection, BOOL all)
{
    struct transport_call *lane, **link, *gone = NULL;
    ULONGLONG now = GetTickCount64();
    BOOL more;

    AcquireSRWLockExclusive(&connection->lock);
    orphans_collect(connection);
    for (link = &connection->free_lanes; (lane = *link);)
    {
        BOOL large = lane->request_room.size > ROOM_KEPT || lane->reply_room.size > ROOM_KEPT;

        if (!all && now - lane->used < transport_tuning.lane_idle
                && !(large && now - lane->room_used >= transport_tuning.lane_idle))
        {
            link = &lane->next;
            continue;
        }
        *link = lane->next;
        --connection->lane_count;
        lane->next = gone;
        gone = lane;
    }
    if (all)
    {
        while ((lane = connection->orphans))
        {
            connection->orphans = lane->next;
            --connection->lane_count;
            lane_free(lane);
        }
    }
    more = connection->free_lanes || connection->orphans;
    ReleaseSRWLockExclusive(&connection->lock);

    while ((lane = gone))
    {
        gone = lane->next;
        lane_destroy(lane);
    }
    return more;
}

/* --- room for long messages --- */

/* Maps what the server tells, when it is another section than before. */
static HRESULT room_follow(struct transport_call *lane, struct client_room *room,
        const volatile struct wire_room *told, UINT32 needed)
{
    UINT32 size = told->size, generation = told->generation;
    UINT64 section = told->section;
    void *view;
    HRESULT hr;

    if (!room->view || room->generation != generation)
    {
        if (size < needed || size > TRANSPORT_MESSAGE_MAX)
            return RPC_E_INVALID_DATA;
        hr = section_pull(lane->connection->process, section, size, &view);
        if (FAILED(hr))
            return hr;
        if (room->view)
            UnmapViewOfFile(room->view);
        room->view = view;
        room->size = size;
        room->generation = generation;
    }
    lane->room_used = GetTickCount64();
    return room->size >= needed ? S_OK : RPC_E_INVALID_DATA;
}

static BOOL lane_answered_spin(void *argument)
{
    return lane_answered(argument);
}

/* Asks for room for a request of that size; waits, briefly, for the server's thread has only that
 * to do. */
static HRESULT room_ask(struct transport_call *lane, UINT32 size)
{
    ULONGLONG start = GetTickCount64();
    HANDLE handles[CALL_WAIT_HANDLES];
    HRESULT hr;

    lane->memory->request_size = size;
    lane->memory->client_sleeps = 0;
    lane_hand_over(lane, LANE_GROW);
    spin_until(lane_answered_spin, lane, transport_tuning.spin);
    while (!lane_ready(&lane->wait))
    {
        lane_arm(&lane->wait, TRUE, handles, NULL, NULL);
        WaitForMultipleObjects(2, handles, FALSE, 1000);
        if (GetTickCount64() - start > transport_tuning.answer)
            return RPC_E_TIMEOUT;
    }
    if (lane->memory->state != LANE_GROWN)
        return connection_lost(lane->connection) ? RPC_E_SERVER_DIED_DNE : RPC_E_INVALID_DATA;
    hr = lane->memory->status;
    return FAILED(hr) ? hr
                      : room_follow(lane, &lane->request_room, &lane->memory->request_room, size);
}

/* --- calls --- */

HRESULT transport_send(struct connection *connection, const void *head, DWORD head_size,
        const void *body, DWORD body_size, struct transport_call **out)
{
    UINT64 size = (UINT64)head_size + body_size;
    struct transport_call *lane;
    BYTE *target;
    HRESULT hr;

    *out = NULL;
    if (size > TRANSPORT_MESSAGE_MAX)
        return E_OUTOFMEMORY;
    if (connection->dead || connection->board->closed)
    {
        InterlockedExchange(&connection->dead, 1);
        return RPC_E_SERVER_DIED_DNE;
    }
    hr = lane_acquire(connection, &lane);
    if (FAILED(hr))
        return hr;
    connection_addref(connection);
    lane->armed = 0;
    target = lane->memory->request;
    if (size > WIRE_LANE_INLINE)
    {
        if (size > lane->request_room.size)
            hr = room_ask(lane, (UINT32)size);
        if (FAILED(hr))
        {
            lane->broken = TRUE;
            lane_put_back(lane);
            connection_release(connection);
            return hr;
        }
        lane->room_used = GetTickCount64();
        target = lane->request_room.view;
    }
    if (head_size)
        memcpy(target, head, head_size);
    if (body_size)
        memcpy(target + head_size, body, body_size);
    lane->memory->request_size = (UINT32)size;
    lane->memory->cancel = 0;
    lane->memory->client_sleeps = 0;
    lane_hand_over(lane, LANE_REQUEST);
    *out = lane;
    return S_OK;
}

struct call_wait *transport_call_wait(struct transport_call *call)
{
    return &call->wait;
}

/* The answer is there. */
static HRESULT lane_copy_reply(struct transport_call *lane, BYTE **data, DWORD *size)
{
    UINT32 bytes = lane->memory->reply_size;
    const BYTE *source = lane->memory->reply;
    BYTE *copy;
    HRESULT hr;

    if (bytes > WIRE_LANE_INLINE)
    {
        hr = room_follow(lane, &lane->reply_room, &lane->memory->reply_room, bytes);
        if (FAILED(hr))
        {
            lane->broken = hr != E_OUTOFMEMORY;
            return connection_lost(lane->connection) ? RPC_E_SERVER_DIED : hr;
        }
        source = lane->reply_room.view;
    }
    copy = CoTaskMemAlloc(bytes ? bytes : 1);
    if (!copy)
        return E_OUTOFMEMORY;
    memcpy(copy, source, bytes);
    *data = copy;
    *size = bytes;
    return S_OK;
}

HRESULT transport_receive(struct transport_call *call, BYTE **data, DWORD *size)
{
    HRESULT status;

    *data = NULL;
    *size = 0;
    switch (call->memory->state)
    {
    case LANE_REPLY:
        return lane_copy_reply(call, data, size);

    case LANE_GROWN:
        return RPC_E_INVALID_DATA;

    case LANE_FAULT:
        status = call->memory->status;
        return FAILED(status) ? status : RPC_E_INVALID_DATA;

    default:
        if (!connection_lost(call->connection))
            return RPC_S_CALLPENDING;
        /* Who takes the request back in time knows that it was not executed. */
        if (InterlockedCompareExchange(&call->memory->state, LANE_IDLE, LANE_REQUEST)
                == LANE_REQUEST)
            return RPC_E_SERVER_DIED_DNE;
        return call->memory->state == LANE_REPLY ? lane_copy_reply(call, data, size)
                                                 : RPC_E_SERVER_DIED;
    }
}

void transport_cancel(struct transport_call *call)
{
    InterlockedExchange(&call->memory->cancel, 1);
}

void transport_call_close(struct transport_call *call)
{
    struct connection *connection = call->connection;

    lane_put_back(call);
    connection_release(connection);
}

HRESULT transport_post(struct connection *connection, const void *head, DWORD head_size,
        const void *body, DWORD body_size, struct transport_call **out)
{
    return transport_send(connection, head, head_size, body, body_size, out);
}

HRESULT transport_call_watch(struct transport_call *call, void (*answered)(void *context),
        void *context)
{
    (void)call;
    (void)answered;
    (void)context;
    return E_NOTIMPL;
}
