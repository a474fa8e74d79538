/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lane at the client. A call in flight is a lane; between calls it waits in its connection's
 * pool. */

#include "transport_parts.h"

static const struct call_kind lane_call;

#define ROOM_KEPT 0x100000u /* larger sections go back when they were not used for a while */

/* --- opening and closing --- */

static void lane_free(struct client_lane *lane)
{
    chore_cancel(&lane->chore);
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

/* Wakes the server's thread, unless somebody else has. */
static void lane_wake(struct client_lane *lane)
{
    if (lane->memory->server_sleeps && InterlockedExchange(&lane->memory->server_sleeps, 0))
        SetEvent(lane->request_event);
}

/* Gives the lane to the server: there is something to do. */
static void lane_hand_over(struct client_lane *lane, enum lane_state state)
{
    InterlockedExchange(&lane->memory->state, state);
    lane_wake(lane);
}

/* The same for a call that was posted, unless the server has it already. */
static void lane_wake_posted(struct client_lane *lane)
{
    if (lane->memory->state == LANE_REQUEST)
        lane_wake(lane);
}

/* For somebody who has no time for it. */
static void lane_chore(struct chore *chore)
{
    lane_wake_posted(CONTAINING_RECORD(chore, struct client_lane, chore));
}

static void lane_destroy(struct client_lane *lane)
{
    lane_hand_over(lane, LANE_CLOSE);
    lane_free(lane);
}

static BOOL lane_answered(const struct client_lane *lane)
{
    LONG state = lane->memory->state;

    return state == LANE_REPLY || state == LANE_FAULT || state == LANE_GROWN;
}

static BOOL lane_ready(struct call_wait *wait)
{
    struct client_lane *lane = CONTAINING_RECORD(wait, struct client_lane, wait);

    if (lane_answered(lane) || lane->call.connection->dead || lane->call.connection->board->closed)
        return TRUE;
    /* After arming a waiter looks once more before it sleeps; the second look is that of somebody
     * who was woken: by the end of the server? */
    if (lane->armed != 2)
    {
        lane->armed *= 2;
        return FALSE;
    }
    lane->armed = 0;
    return connection_lost(lane->call.connection);
}

static DWORD lane_arm(struct call_wait *wait, BOOL kernel, HANDLE handles[CALL_WAIT_HANDLES],
        volatile LONG **address, LONG *value)
{
    struct client_lane *lane = CONTAINING_RECORD(wait, struct client_lane, wait);

    (void)kernel; /* addresses do not wake other processes */
    (void)address;
    (void)value;
    InterlockedOr(&lane->memory->client_sleeps, LANE_WAITER);
    /* For a waiter that does not look before it sleeps. */
    if (lane_answered(lane) || (lane->armed && connection_lost(lane->call.connection)))
        SetEvent(lane->reply_event);
    lane->armed = 1;
    handles[0] = lane->reply_event;
    handles[1] = lane->call.connection->process;
    return 2;
}

static HRESULT lane_open(struct connection *connection, struct client_lane **out)
{
    struct client_lane *lane;
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
    lane->chore.run = lane_chore;
    lane->call.kind = &lane_call;
    lane->call.connection = connection;
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
    struct client_lane *lane, **link;

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

/* A lane, idle or new. S_FALSE: all are busy. */
static HRESULT lane_acquire(struct connection *connection, struct client_lane **out)
{
    struct client_lane *lane;
    BOOL room;
    HRESULT hr;

    AcquireSRWLockExclusive(&connection->lock);
    if (!connection->free_lanes && connection->orphans)
        orphans_collect(connection);
    lane = connection->free_lanes;
    room = lane || connection->lane_count < transport_tuning.lanes;
    if (lane)
        connection->free_lanes = lane->next;
    else if (room)
        ++connection->lane_count;
    ReleaseSRWLockExclusive(&connection->lock);
    *out = lane;
    if (lane || !room)
        return lane ? S_OK : S_FALSE;

    hr = lane_open(connection, out);
    if (FAILED(hr))
    {
        AcquireSRWLockExclusive(&connection->lock);
        --connection->lane_count;
        ReleaseSRWLockExclusive(&connection->lock);
    }
    return hr;
}

static void lane_put_back(struct client_lane *lane)
{
    struct connection *connection = lane->call.connection;
    BOOL answered = lane_answered(lane), gone = lane->broken || connection->dead;

    if (lane->posted)
        InterlockedDecrement(&connection->posted_lanes);
    lane->posted = FALSE;
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
    if (gone)
        lane_destroy(lane);
    else
        connection_sweep_later();
}

BOOL connection_sweep_lanes(struct connection *connection, BOOL all)
{
    struct client_lane *lane, **link, *gone = NULL;
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
static HRESULT room_follow(struct client_lane *lane, struct client_room *room,
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
        hr = section_pull(lane->call.connection->process, section, size, &view);
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
static HRESULT room_ask(struct client_lane *lane, UINT32 size)
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
        WaitForMultipleObjects(2, handles, FALSE, min(transport_tuning.answer, 1000));
        if (GetTickCount64() - start > transport_tuning.answer)
            return RPC_E_TIMEOUT;
    }
    if (lane->memory->state != LANE_GROWN)
        return connection_lost(lane->call.connection) ? RPC_E_SERVER_DIED_DNE : RPC_E_INVALID_DATA;
    hr = lane->memory->status;
    return FAILED(hr) ? hr
                      : room_follow(lane, &lane->request_room, &lane->memory->request_room, size);
}

/* --- calls --- */

/* Puts a message where the server finds it. */
static void lane_write(struct client_lane *lane, BYTE *target, const void *head, DWORD head_size,
        const void *body, DWORD body_size)
{
    connection_addref(lane->call.connection);
    lane->armed = 0;
    lane->unwoken = FALSE;
    if (head_size)
        memcpy(target, head, head_size);
    if (body_size)
        memcpy(target + head_size, body, body_size);
    lane->memory->request_size = head_size + body_size;
    lane->memory->cancel = 0;
    lane->memory->client_sleeps = 0;
}

HRESULT lane_send(struct connection *connection, const void *head, DWORD head_size,
        const void *body, DWORD body_size, struct transport_call **out)
{
    UINT64 size = (UINT64)head_size + body_size;
    struct client_lane *lane;
    BYTE *target;
    HRESULT hr;

    *out = NULL;
    hr = lane_acquire(connection, &lane);
    if (hr != S_OK)
        return hr;
    target = lane->memory->request;
    if (size > WIRE_LANE_INLINE)
    {
        lane->armed = 0;
        if (size > lane->request_room.size)
            hr = room_ask(lane, (UINT32)size);
        if (FAILED(hr))
        {
            lane->broken = TRUE;
            lane_put_back(lane);
            return hr;
        }
        lane->room_used = GetTickCount64();
        target = lane->request_room.view;
    }
    lane_write(lane, target, head, head_size, body, body_size);
    lane_hand_over(lane, LANE_REQUEST);
    *out = &lane->call;
    return S_OK;
}

HRESULT transport_send(struct connection *connection, const void *head, DWORD head_size,
        const void *body, DWORD body_size, struct transport_call **out)
{
    HRESULT hr;

    *out = NULL;
    if ((UINT64)head_size + body_size > TRANSPORT_MESSAGE_MAX)
        return E_OUTOFMEMORY;
    if (connection->dead || connection->board->closed)
    {
        InterlockedExchange(&connection->dead, 1);
        return RPC_E_SERVER_DIED_DNE;
    }
    /* When all lanes are busy the mailbox takes it: the caller waits for nothing but its answer, as
     * its apartment waits. */
    hr = lane_send(connection, head, head_size, body, body_size, out);
    if (hr == S_FALSE)
        hr = mailbox_post(connection->mailbox, head, head_size, body, body_size, out);
    return hr;
}

BOOL lane_post(struct connection *connection, const void *head, DWORD head_size, const void *body,
        DWORD body_size, struct transport_call **out)
{
    UINT64 size = (UINT64)head_size + body_size;
    struct client_lane *lane;

    if (size > WIRE_LANE_INLINE || !connection->free_lanes
            || connection->posted_lanes >= (LONG)transport_tuning.posted_lanes)
        return FALSE;
    AcquireSRWLockExclusive(&connection->lock);
    if ((lane = connection->free_lanes))
        connection->free_lanes = lane->next;
    ReleaseSRWLockExclusive(&connection->lock);
    if (!lane)
        return FALSE;
    InterlockedIncrement(&connection->posted_lanes);
    lane->posted = TRUE;
    lane_write(lane, lane->memory->request, head, head_size, body, body_size);
    InterlockedExchange(&lane->memory->state, LANE_REQUEST);
    /* Waking another process takes longer than a call: somebody else does it, or this thread when
     * it has nothing better to do than to wait. */
    lane->unwoken = lane->memory->server_sleeps;
    if (lane->unwoken && !chore_post(&lane->chore))
        lane_wake(lane);
    *out = &lane->call;
    return TRUE;
}

BOOL lanes_exhausted(struct connection *connection)
{
    BOOL exhausted;

    AcquireSRWLockExclusive(&connection->lock);
    if (!connection->free_lanes && connection->orphans)
        orphans_collect(connection);
    exhausted = !connection->free_lanes && connection->lane_count >= transport_tuning.lanes;
    ReleaseSRWLockExclusive(&connection->lock);
    return exhausted;
}

static struct client_lane *lane_from_call(struct transport_call *call)
{
    return CONTAINING_RECORD(call, struct client_lane, call);
}

static struct call_wait *lane_call_wait(struct transport_call *call)
{
    struct client_lane *lane = lane_from_call(call);

    if (lane->unwoken)
    {
        lane->unwoken = FALSE;
        lane_wake_posted(lane);
    }
    return &lane->wait;
}

static BOOL lane_call_ready(struct transport_call *call)
{
    return lane_answered(lane_from_call(call)) || call->connection->dead
            || call->connection->board->closed;
}

static void lane_call_announce(struct transport_call *call)
{
    struct wire_lane *memory = lane_from_call(call)->memory;

    if (call->connection->version >= 2 && !(memory->client_sleeps & LANE_WATCHER))
        InterlockedOr(&memory->client_sleeps, LANE_WATCHER);
}

/* The answer is there. */
static HRESULT lane_copy_reply(struct client_lane *lane, BYTE **data, DWORD *size)
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
            return connection_lost(lane->call.connection) ? RPC_E_SERVER_DIED : hr;
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

static HRESULT lane_call_receive(struct transport_call *call, BYTE **data, DWORD *size)
{
    struct client_lane *lane = lane_from_call(call);
    HRESULT status;

    switch (lane->memory->state)
    {
    case LANE_REPLY:
        return lane_copy_reply(lane, data, size);

    case LANE_GROWN:
        return RPC_E_INVALID_DATA;

    case LANE_FAULT:
        status = lane->memory->status;
        return FAILED(status) ? status : RPC_E_INVALID_DATA;

    default:
        if (!connection_lost(call->connection))
            return RPC_S_CALLPENDING;
        /* Who takes the request back in time knows that it was not executed. */
        if (InterlockedCompareExchange(&lane->memory->state, LANE_IDLE, LANE_REQUEST)
                == LANE_REQUEST)
            return RPC_E_SERVER_DIED_DNE;
        return lane->memory->state == LANE_REPLY ? lane_copy_reply(lane, data, size)
                                                 : RPC_E_SERVER_DIED;
    }
}

static void lane_call_cancel(struct transport_call *call)
{
    InterlockedExchange(&lane_from_call(call)->memory->cancel, 1);
}

static void lane_call_close(struct transport_call *call)
{
    lane_put_back(lane_from_call(call));
}

static const struct call_kind lane_call = {lane_call_wait, lane_call_ready, lane_call_receive,
        lane_call_cancel, lane_call_close, lane_call_announce};
