/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lane at the server: its thread takes one message after the other out of shared memory and gives
 * it to the handlers; whoever answers puts the answer back. The client may write anything into the
 * lane at any time, so each number is read once, and what belongs to the server (sizes of sections,
 * whether a call is out) is kept in private memory.
 */

#include "transport_parts.h"

#include "trace.h"

struct lane_request
{
    struct server_request base;
    struct server_lane *lane; /* a reference */
    UINT32 capacity;
};
static const struct request_kind lane_request_kind;
#define REQUEST_HEADER ((sizeof(struct lane_request) + 15) & ~(SIZE_T)15)
#define SPARE_MAX 0x400000u /* larger memory is not kept for the next request */

static void room_close(struct server_room *room)
{
    if (room->view)
        UnmapViewOfFile(room->view);
    if (room->section)
        CloseHandle(room->section);
    room->view = NULL;
    room->section = NULL;
    room->size = 0;
}

/* At the end: the last answer, if the client has not taken it. */
static void lane_unread(struct server_lane *lane)
{
    const BYTE *answer =
            lane->answer_size > WIRE_LANE_INLINE ? lane->reply_room.view : lane->memory->reply;

    if (lane->answered && lane->memory->state == LANE_REPLY)
        transport_unread(answer, lane->answer_size, NULL, 0);
}

static void server_lane_release(struct server_lane *lane)
{
    if (InterlockedDecrement(&lane->refs))
        return;
    if (lane->memory)
        lane_unread(lane);
    room_close(&lane->request_room);
    room_close(&lane->reply_room);
    HeapFree(GetProcessHeap(), 0, lane->spare);
    if (lane->memory)
        UnmapViewOfFile(lane->memory);
    if (lane->section)
        CloseHandle(lane->section);
    if (lane->request_event)
        CloseHandle(lane->request_event);
    if (lane->reply_event)
        CloseHandle(lane->reply_event);
    server_connection_release(lane->connection);
    HeapFree(GetProcessHeap(), 0, lane);
}

/* Makes room for a message, and tells the client where. */
static HRESULT room_make(struct server_room *room, volatile struct wire_room *told, UINT32 bytes)
{
    UINT32 size = section_size_for(bytes);
    HANDLE section;
    void *view;
    HRESULT hr;

    if (bytes > TRANSPORT_MESSAGE_MAX)
        return E_OUTOFMEMORY;
    if (bytes > room->size)
    {
        hr = section_create(size, &section, &view);
        if (FAILED(hr))
            return hr;
        room_close(room);
        room->section = section;
        room->view = view;
        room->size = size;
        ++room->generation;
    }
    told->section = (ULONG_PTR)room->section;
    told->size = room->size;
    told->generation = room->generation;
    return S_OK;
}

/* The lane belongs to the client again. */
static void lane_hand_back(struct server_lane *lane, enum lane_state state)
{
    struct server_mailbox *mailbox;
    LONG sleepers = 0;

    InterlockedExchange(&lane->memory->state, state);
    if (lane->memory->client_sleeps)
        sleepers = InterlockedExchange(&lane->memory->client_sleeps, 0);
    if (sleepers & LANE_WATCHER && (mailbox = lane->connection->mailbox))
        server_mailbox_notify(mailbox);
    if (sleepers & ~LANE_WATCHER)
        SetEvent(lane->reply_event);
}

static void lane_fault(struct server_lane *lane, HRESULT status)
{
    lane->memory->status = status;
    lane_hand_back(lane, LANE_FAULT);
}

/* Copies the message into private memory. NULL: *status says why not. */
static struct lane_request *lane_copy_request(struct server_lane *lane, HRESULT *status)
{
    UINT32 size = lane->memory->request_size;
    struct lane_request *request;
    const BYTE *source;

    if (size <= WIRE_LANE_INLINE)
    {
        source = lane->memory->request;
    }
    else if (size <= lane->request_room.size)
    {
        source = lane->request_room.view;
    }
    else
    {
        *status = RPC_E_INVALID_DATA;
        return NULL;
    }
    /* Fresh memory costs a fault a page: what the last request had is used when it is enough. */
    request = InterlockedExchangePointer((void *volatile *)&lane->spare, NULL);
    if (!request || request->capacity < size)
    {
        UINT32 capacity = size < 1024 ? 1024 : size;

        if (request)
            HeapFree(GetProcessHeap(), 0, request);
        /* The heap aligns to 8 bytes in 32-bit processes. */
        request = HeapAlloc(GetProcessHeap(), 0, REQUEST_HEADER + capacity + 8);
        if (!request)
        {
            *status = E_OUTOFMEMORY;
            return NULL;
        }
        request->capacity = capacity;
    }
    request->base.request.client_process = lane->connection->process;
    request->base.request.size = size;
    request->base.request.data =
            (BYTE *)(((ULONG_PTR)request + REQUEST_HEADER + 8) & ~(ULONG_PTR)15);
    memcpy(request->base.request.data, source, size);
    request->base.kind = &lane_request_kind;
    request->lane = lane;
    return request;
}

/* Whether there is something for the lane's thread to do. */
static BOOL lane_ready(void *argument)
{
    const struct server_lane *lane = argument;
    LONG state = lane->memory->state;

    return state == LANE_REQUEST || state == LANE_GROW || state == LANE_CLOSE
            || *(volatile const LONG *)&lane->closing;
}

BOOL server_lane_turn(struct server_lane *lane)
{
    struct lane_request *request;
    HRESULT status = S_OK;
    LONG state = lane->memory->state;

    if (state == LANE_CLOSE)
        return FALSE;
    if (state == LANE_REQUEST || state == LANE_GROW)
    {
        if (InterlockedCompareExchange(&lane->busy, 1, 0))
        {
            server_connection_kick(lane->connection);
            return FALSE;
        }
        if (state == LANE_GROW)
        {
            status = room_make(&lane->request_room, &lane->memory->request_room,
                    lane->memory->request_size);
            lane->memory->status = status;
            InterlockedExchange(&lane->busy, 0);
            lane_hand_back(lane, LANE_GROWN);
            return TRUE;
        }
        /* The client may have taken it back. A message that is there is taken even when the client
         * has just gone: it may be the last it had to say. */
        if (InterlockedCompareExchange(&lane->memory->state, LANE_RUNNING, LANE_REQUEST)
                == LANE_REQUEST)
        {
            request = lane_copy_request(lane, &status);
            if (!request)
            {
                InterlockedExchange(&lane->busy, 0);
                lane_fault(lane, status);
                return TRUE;
            }
            lane->answered = FALSE;
            InterlockedIncrement(&lane->refs);
            transport_handlers->receive(&request->base.request);
            return TRUE;
        }
        InterlockedExchange(&lane->busy, 0);
    }
    return !lane->closing;
}

/* Waits until there is something to do: spinning, when that was of use of late, then asleep. */
static void lane_await(struct server_lane *lane)
{
    if (lane_ready(lane))
        return;
    if (lane->luck > 0)
    {
        if (spin_until(lane_ready, lane, transport_tuning.spin))
        {
            lane->luck = 8;
            return;
        }
        --lane->luck;
    }
    else if (--lane->luck < -4)
    {
        lane->luck = 1; /* once in a while it is tried again */
    }
    for (;;)
    {
        InterlockedExchange(&lane->memory->server_sleeps, 1);
        if (lane_ready(lane))
            break;
        WaitForSingleObject(lane->request_event, INFINITE);
        if (lane_ready(lane))
            break;
    }
    lane->memory->server_sleeps = 0;
}

/* Takes it out of its connection, whose reference it was. */
static void lane_end(struct server_lane *lane)
{
    struct server_connection *connection = lane->connection;

    AcquireSRWLockExclusive(&connection->lock);
    if (lane->next)
        lane->next->link = lane->link;
    *lane->link = lane->next;
    --connection->lane_count;
    ReleaseSRWLockExclusive(&connection->lock);
    server_lane_release(lane);
}

static void lane_serve(void *argument)
{
    struct server_lane *lane = argument;

    lane->thread_id = GetCurrentThreadId();
    do
    {
        lane_await(lane);
    } while (server_lane_turn(lane));
    lane_end(lane);
}

void server_lane_close(struct server_lane *lane)
{
    InterlockedExchange(&lane->closing, 1);
    SetEvent(lane->request_event);
    SetEvent(lane->reply_event);
}

HRESULT server_lane_open(struct server_connection *connection, struct wire_message *message)
{
    struct server_lane *lane = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*lane));
    HRESULT hr = E_OUTOFMEMORY;
    void *view;

    if (!lane)
        return E_OUTOFMEMORY;
    lane->refs = 1;
    lane->luck = 8;
    lane->connection = connection;
    server_connection_addref(connection);
    lane->request_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    lane->reply_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (lane->request_event && lane->reply_event)
        hr = section_create(WIRE_LANE_SIZE, &lane->section, &view);
    if (SUCCEEDED(hr))
    {
        lane->memory = view;
        AcquireSRWLockExclusive(&connection->lock);
        if (connection->closed || connection->lane_count >= transport_tuning.lanes)
        {
            hr = E_OUTOFMEMORY;
        }
        else
        {
            lane->next = connection->lanes;
            lane->link = &connection->lanes;
            if (lane->next)
                lane->next->link = &lane->next;
            connection->lanes = lane;
            ++connection->lane_count;
        }
        ReleaseSRWLockExclusive(&connection->lock);
    }
    if (FAILED(hr))
    {
        server_lane_release(lane);
        return hr;
    }

    message->section = (ULONG_PTR)lane->section;
    message->request_event = (ULONG_PTR)lane->request_event;
    message->reply_event = (ULONG_PTR)lane->reply_event;
    message->size = WIRE_LANE_SIZE;
    if (transport_pool_run(lane_serve, lane))
        return S_OK;
    lane_end(lane);
    return E_OUTOFMEMORY;
}

/* --- the handlers' end --- */

/* The request's memory is free for the lane's next one. */
static void request_free(struct lane_request *request)
{
    struct server_lane *lane = request->lane;

    if (request->capacity <= SPARE_MAX)
        request = InterlockedExchangePointer((void *volatile *)&lane->spare, request);
    if (request)
        HeapFree(GetProcessHeap(), 0, request);
}

static void lane_reply(struct server_request *request, const void *head, DWORD head_size,
        const void *body, DWORD body_size)
{
    struct lane_request *own = CONTAINING_RECORD(request, struct lane_request, base);
    struct server_lane *lane = own->lane;
    UINT64 size = (UINT64)head_size + body_size;
    BYTE *target = lane->memory->reply;
    HRESULT hr = S_OK;

    if (*(volatile LONG *)&lane->closing)
    {
        hr = RPC_E_SERVER_DIED; /* nobody is interested */
        transport_unread(head, head_size, body, body_size);
    }
    else if (size > TRANSPORT_MESSAGE_MAX)
    {
        hr = E_OUTOFMEMORY;
    }
    else if (size > WIRE_LANE_INLINE)
    {
        hr = room_make(&lane->reply_room, &lane->memory->reply_room, (UINT32)size);
        target = lane->reply_room.view;
    }
    if (SUCCEEDED(hr))
    {
        if (head_size)
            memcpy(target, head, head_size);
        if (body_size)
            memcpy(target + head_size, body, body_size);
        lane->memory->reply_size = (UINT32)size;
        lane->answer_size = (UINT32)size;
        lane->answered = TRUE;
    }
    /* The answer may have come out of the request, so that goes only now. */
    request_free(own);
    InterlockedExchange(&lane->busy, 0);
    if (SUCCEEDED(hr))
        lane_hand_back(lane, LANE_REPLY);
    else
        lane_fault(lane, hr);
    server_lane_release(lane);
}

static void lane_abandon(struct server_request *request)
{
    struct lane_request *own = CONTAINING_RECORD(request, struct lane_request, base);
    struct server_lane *lane = own->lane;

    request_free(own);
    InterlockedExchange(&lane->busy, 0);
    lane_fault(lane, RPC_E_SERVER_DIED);
    server_lane_release(lane);
}

static void lane_thread_ends(struct server_request *request)
{
    struct server_lane *lane = CONTAINING_RECORD(request, struct lane_request, base)->lane;

    if (lane->thread_id == GetCurrentThreadId() && !transport_pool_run(lane_serve, lane))
        server_connection_kick(lane->connection);
}

static BOOL lane_cancelled(const struct server_request *request)
{
    const struct lane_request *own = CONTAINING_RECORD(request, struct lane_request, base);
    const struct server_lane *lane = own->lane;

    return lane->memory->cancel || *(volatile const LONG *)&lane->closing;
}

static const struct request_kind lane_request_kind = {lane_reply, lane_abandon, lane_thread_ends,
        lane_cancelled};

/* --- requests of all kinds --- */

static struct server_request *server_request_from(struct transport_request *request)
{
    return CONTAINING_RECORD(request, struct server_request, request);
}

void transport_reply(struct transport_request *request, const void *head, DWORD head_size,
        const void *body, DWORD body_size)
{
    struct server_request *own = server_request_from(request);

    own->kind->reply(own, head, head_size, body, body_size);
}

void transport_abandon(struct transport_request *request)
{
    struct server_request *own = server_request_from(request);

    own->kind->abandon(own);
}

void transport_thread_ends(struct transport_request *request)
{
    struct server_request *own = server_request_from(request);

    own->kind->thread_ends(own);
}

BOOL transport_request_cancelled(const struct transport_request *request)
{
    const struct server_request *own = CONTAINING_RECORD(request, struct server_request, request);

    return own->kind->cancelled(own);
}
