/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread of a client's mailbox: opens it, writes what could not be written at once, hands out
 * the answers, and ends all calls when the server dies. What it reads is the server's and checked:
 * the worst that a server can do is to lose its clients. */

#include "mailbox.h"

#include "trace.h"

#define CARRY_PAUSE 5 /* ms between looks at a server that cannot tell */

static HRESULT mailbox_map(struct client_mailbox *mailbox)
{
    struct connection *connection = mailbox->connection;
    struct wire_message message;
    void *view = NULL;
    HRESULT hr;

    if (connection->version < 2)
        return E_NOTIMPL;
    hr = connection_ask(connection, WIRE_MAILBOX, &message);
    if (SUCCEEDED(hr))
        hr = event_pull(connection->process, message.request_event, &mailbox->request_event);
    if (SUCCEEDED(hr))
        hr = event_pull(connection->process, message.reply_event, &mailbox->reply_event);
    if (SUCCEEDED(hr) && message.size != WIRE_MAILBOX_SIZE)
        hr = RPC_E_INVALID_DATA;
    if (SUCCEEDED(hr))
        hr = section_pull(connection->process, message.section, message.size, &view);
    if (FAILED(hr))
        return hr;
    AcquireSRWLockExclusive(&mailbox->lock);
    mailbox->memory = view;
    mailbox->writer.ring = mailbox->memory->requests;
    mailbox->writer.tail = &mailbox->memory->request_tail;
    mailbox->writer.head = &mailbox->memory->request_head;
    mailbox->ring.ring = mailbox->memory->replies;
    mailbox->ring.tail = &mailbox->memory->reply_tail;
    mailbox->ring.head = &mailbox->memory->reply_head;
    ReleaseSRWLockExclusive(&mailbox->lock);
    return S_OK;
}

static void mailbox_open(struct client_mailbox *mailbox)
{
    HRESULT hr = mailbox_map(mailbox);

    if (FAILED(hr))
        trace("transport: no mailbox at process %lu, %#lx",
                (unsigned long)mailbox->connection->process_id, (unsigned long)hr);
    AcquireSRWLockExclusive(&mailbox->lock);
    mailbox->state = SUCCEEDED(hr) ? MAILBOX_OPEN : MAILBOX_REFUSED;
    ReleaseSRWLockExclusive(&mailbox->lock);
}

/* --- answers --- */

/* The end of a call that was answered. */
static void call_answered(struct client_mailbox *mailbox, struct mailbox_call *call, HRESULT result,
        BYTE *data, UINT32 size)
{
    AcquireSRWLockExclusive(&mailbox->lock);
    mailbox_free_slot(mailbox, call);
    if (call->live)
        --mailbox->live;
    call->live = FALSE;
    ReleaseSRWLockExclusive(&mailbox->lock);
    mailbox_call_complete(call, result, data, size);
    mailbox_call_release(call);
}

/* The call with that number, if there can be an answer: all of it has been sent. *wanted: somebody
 * still waits for it. */
static struct mailbox_call *call_find(struct client_mailbox *mailbox, UINT32 slot, BOOL *wanted)
{
    struct mailbox_call *call = NULL;

    AcquireSRWLockExclusive(&mailbox->lock);
    if (slot < mailbox->slot_count)
        call = mailbox->slots[slot].call;
    if (call && !call->complete)
        call = NULL;
    *wanted = call && call->live;
    ReleaseSRWLockExclusive(&mailbox->lock);
    return call;
}

static void partial_end(struct client_mailbox *mailbox)
{
    struct mailbox_call *call = mailbox->partial;
    BYTE *target = mailbox->target;

    mailbox->partial = NULL;
    mailbox->target = NULL;
    call_answered(mailbox, call, target ? S_OK : E_OUTOFMEMORY, target,
            target ? mailbox->total : 0);
}

static HRESULT take_content(struct client_mailbox *mailbox, const struct wire_record *record)
{
    if (record->size > mailbox->total - mailbox->filled)
        return RPC_E_INVALID_DATA;
    if (mailbox->target)
        ring_read(&mailbox->ring, record, mailbox->target + mailbox->filled);
    mailbox->filled += record->size;
    ring_next(&mailbox->ring, record);
    if (mailbox->filled == mailbox->total)
        partial_end(mailbox);
    return S_OK;
}

static HRESULT take_record(struct client_mailbox *mailbox, const struct wire_record *record)
{
    struct mailbox_call *call;
    HRESULT status;
    BOOL wanted;

    if (record->kind == WIRE_MORE)
    {
        if (!mailbox->partial || !record->size || record->call != mailbox->partial->slot)
            return RPC_E_INVALID_DATA;
        return take_content(mailbox, record);
    }
    if (mailbox->partial || !(call = call_find(mailbox, record->call, &wanted)))
        return RPC_E_INVALID_DATA;
    if (record->kind == WIRE_FAULT)
    {
        status = (HRESULT)record->total;
        ring_next(&mailbox->ring, record);
        call_answered(mailbox, call, FAILED(status) ? status : RPC_E_INVALID_DATA, NULL, 0);
        return S_OK;
    }
    if (record->kind != WIRE_START || record->total > TRANSPORT_MESSAGE_MAX
            || (!record->size && record->total))
        return RPC_E_INVALID_DATA;
    mailbox->partial = call;
    mailbox->total = record->total;
    mailbox->filled = 0;
    mailbox->target = wanted ? CoTaskMemAlloc(record->total ? record->total : 1) : NULL;
    return take_content(mailbox, record);
}

/* S_OK: some answers came; S_FALSE: none. */
static HRESULT take_replies(struct client_mailbox *mailbox)
{
    struct wire_record record;
    HRESULT hr, any = S_FALSE;

    while ((hr = ring_peek(&mailbox->ring, &record)) == S_OK)
    {
        if (FAILED(hr = take_record(mailbox, &record)))
            break;
        any = S_OK;
        if (mailbox->memory->server_wants_room && ring_half_empty(&mailbox->ring)
                && InterlockedExchange(&mailbox->memory->server_wants_room, 0))
            SetEvent(mailbox->request_event);
    }
    return FAILED(hr) ? hr : any;
}

/* --- a server without mailboxes: lanes carry the calls --- */

static void carried_end(struct client_mailbox *mailbox, struct mailbox_call *call, HRESULT result,
        BYTE *data, UINT32 size)
{
    struct transport_call *lane = call->lane;

    AcquireSRWLockExclusive(&mailbox->lock);
    call->lane = NULL;
    if (call->live)
        --mailbox->live;
    call->live = FALSE;
    ReleaseSRWLockExclusive(&mailbox->lock);
    if (lane)
        transport_call_close(lane);
    mailbox_call_complete(call, result, data, size);
    mailbox_call_release(call);
}

/* The first of the queue, when a lane is to be had. */
static struct mailbox_call *queue_take(struct client_mailbox *mailbox)
{
    struct mailbox_call *call;

    if (!mailbox->queue || lanes_exhausted(mailbox->connection))
        return NULL;
    AcquireSRWLockExclusive(&mailbox->lock);
    call = mailbox->queue;
    mailbox->queue = call->next;
    if (!mailbox->queue)
        mailbox->queue_end = &mailbox->queue;
    ReleaseSRWLockExclusive(&mailbox->lock);
    return call;
}

/* Somebody else took the lane. */
static void queue_return(struct client_mailbox *mailbox, struct mailbox_call *call)
{
    AcquireSRWLockExclusive(&mailbox->lock);
    call->next = mailbox->queue;
    if (!mailbox->queue)
        mailbox->queue_end = &call->next;
    mailbox->queue = call;
    ReleaseSRWLockExclusive(&mailbox->lock);
}

static void carry(struct client_mailbox *mailbox)
{
    struct mailbox_call *call, **link;
    struct transport_call *lane;
    BYTE *data;
    DWORD size;
    HRESULT hr;

    for (link = &mailbox->carried; (call = *link);)
    {
        data = NULL;
        size = 0;
        hr = RPC_S_CALLPENDING;
        if (!call->live) /* nobody wants the answer: it is left to the lane */
            hr = RPC_E_CALL_CANCELED;
        else if (call->lane->kind->ready(call->lane))
            hr = transport_receive(call->lane, &data, &size);
        if (hr == RPC_S_CALLPENDING)
        {
            link = &call->next;
            continue;
        }
        *link = call->next;
        carried_end(mailbox, call, hr, data, size);
    }
    while ((call = queue_take(mailbox)))
    {
        hr = lane_send(mailbox->connection, call->message, call->size, NULL, 0, &lane);
        if (hr == S_FALSE)
        {
            queue_return(mailbox, call);
            break;
        }
        if (FAILED(hr))
        {
            carried_end(mailbox, call, hr, NULL, 0);
            continue;
        }
        HeapFree(GetProcessHeap(), 0, call->message);
        call->message = NULL;
        AcquireSRWLockExclusive(&mailbox->lock);
        call->lane = lane;
        if (call->cancelled)
            transport_cancel(lane);
        ReleaseSRWLockExclusive(&mailbox->lock);
        call->next = mailbox->carried;
        mailbox->carried = call;
    }
}

/* --- the end --- */

void mailbox_fail(struct client_mailbox *mailbox, HRESULT why)
{
    struct connection *connection = mailbox->connection;
    BOOL ended = WaitForSingleObject(connection->process, 0) == WAIT_OBJECT_0;
    struct mailbox_call *call, *calls = NULL, *queue;
    UINT64 taken;

    if (mailbox->target)
        CoTaskMemFree(mailbox->target);
    mailbox->target = NULL;
    mailbox->partial = NULL;
    while ((call = mailbox->carried))
    {
        BYTE *data;
        DWORD size;
        HRESULT hr = transport_receive(call->lane, &data, &size);

        mailbox->carried = call->next;
        carried_end(mailbox, call, hr == RPC_S_CALLPENDING ? RPC_E_SERVER_DIED : hr, data, size);
    }

    AcquireSRWLockExclusive(&mailbox->lock);
    /* What is out would be answered later, to nobody. */
    for (UINT32 i = 0; i < mailbox->slot_count; ++i)
    {
        if (mailbox->slots[i].call)
            InterlockedExchange(&connection->dead, 1);
    }
    if (connection->dead)
        mailbox->state = MAILBOX_DEAD;
    mailbox->reader = READER_NONE;
    queue = mailbox->queue;
    mailbox->queue = NULL;
    mailbox->queue_end = &mailbox->queue;
    taken = mailbox->memory ? mailbox->writer.total - ring_unread(&mailbox->writer) : 0;
    for (UINT32 i = 0; i < mailbox->slot_count; ++i)
    {
        /* Those of the queue are in both. */
        if (!(call = mailbox->slots[i].call))
            continue;
        mailbox_free_slot(mailbox, call);
        if (!call->complete)
        {
            mailbox_call_release(call); /* the queue's is left */
            continue;
        }
        call->next = calls;
        calls = call;
    }
    mailbox->live = 0;
    for (call = queue; call; call = call->next)
        call->live = FALSE;
    for (call = calls; call; call = call->next)
        call->live = FALSE;
    ReleaseSRWLockExclusive(&mailbox->lock);

    while ((call = queue))
    {
        queue = call->next;
        mailbox_call_complete(call, why, NULL, 0);
        mailbox_call_release(call);
    }
    /* What a dead server had not taken it did not execute. */
    while ((call = calls))
    {
        calls = call->next;
        mailbox_call_complete(call,
                ended && call->end > taken ? RPC_E_SERVER_DIED_DNE : RPC_E_SERVER_DIED, NULL, 0);
        mailbox_call_release(call);
    }
    watch_lanes(connection);
}

/* --- the thread --- */

static BOOL reader_ready(void *argument)
{
    const struct client_mailbox *mailbox = argument;

    return ring_pending(&mailbox->ring) || mailbox->connection->board->closed
            || mailbox->connection->dead;
}

/* Sleeps until there may be something to do. FALSE: nothing came in all that time. */
static BOOL reader_sleep(struct client_mailbox *mailbox, DWORD timeout)
{
    struct connection *connection = mailbox->connection;
    HANDLE handles[2] = {connection->process, mailbox->reply_event};
    DWORD waited;

    if (mailbox->state == MAILBOX_OPEN)
    {
        if (reader_ready(mailbox))
            return TRUE;
        if (mailbox->luck > 0 && spin_until(reader_ready, mailbox, transport_tuning.spin))
        {
            mailbox->luck = 4;
            return TRUE;
        }
        if (mailbox->luck > 0)
            --mailbox->luck;
        InterlockedExchange(&mailbox->memory->client_sleeps, 1);
        if (reader_ready(mailbox))
        {
            mailbox->memory->client_sleeps = 0;
            return TRUE;
        }
        waited = WaitForMultipleObjects(2, handles, FALSE, timeout);
        mailbox->memory->client_sleeps = 0;
        if (waited == WAIT_OBJECT_0 + 1)
            mailbox->luck = 4;
    }
    else
    {
        waited = WaitForSingleObject(connection->process, min(timeout, CARRY_PAUSE));
        if (waited == WAIT_TIMEOUT && timeout == INFINITE)
            return TRUE;
    }
    if (waited == WAIT_OBJECT_0 || waited == WAIT_FAILED)
        InterlockedExchange(&connection->dead, 1);
    return waited != WAIT_TIMEOUT;
}

/* Whether there is something to come. */
static BOOL reader_needed(struct client_mailbox *mailbox)
{
    BOOL needed;

    AcquireSRWLockExclusive(&mailbox->lock);
    needed = mailbox->live || mailbox->queue || mailbox->connection->watched_count;
    ReleaseSRWLockExclusive(&mailbox->lock);
    return needed;
}

/* Nobody needs the reader: from now on the next one has to start it. */
static BOOL reader_leave(struct client_mailbox *mailbox)
{
    BOOL leave;

    AcquireSRWLockExclusive(&mailbox->lock);
    leave = !mailbox->live && !mailbox->queue && !mailbox->carried
            && !mailbox->connection->watched_count;
    if (leave)
        mailbox->reader = READER_NONE;
    ReleaseSRWLockExclusive(&mailbox->lock);
    return leave;
}

/* One round; S_FALSE when there was nothing to do, an error when the server is no server. */
static HRESULT reader_turn(struct client_mailbox *mailbox)
{
    HRESULT hr = S_FALSE;
    BOOL written;

    if (mailbox->state == MAILBOX_OPEN)
    {
        hr = take_replies(mailbox);
        AcquireSRWLockExclusive(&mailbox->lock);
        written = mailbox_pump(mailbox);
        ReleaseSRWLockExclusive(&mailbox->lock);
        if (written && InterlockedExchange(&mailbox->memory->server_sleeps, 0))
            SetEvent(mailbox->request_event);
        if (written && hr == S_FALSE)
            hr = S_OK;
    }
    else
    {
        carry(mailbox);
    }
    watch_lanes(mailbox->connection);
    return hr;
}

void mailbox_read(void *argument)
{
    struct client_mailbox *mailbox = argument;
    struct connection *connection = mailbox->connection;
    HRESULT hr;

    if (mailbox->state == MAILBOX_UNKNOWN)
        mailbox_open(mailbox);
    for (;;)
    {
        hr = reader_turn(mailbox);
        if (FAILED(hr))
        {
            trace("transport: process %lu answers what nobody asked",
                    (unsigned long)connection->process_id);
            InterlockedExchange(&connection->dead, 1);
        }
        if (connection->board->closed)
            InterlockedExchange(&connection->dead, 1);
        if (connection->dead)
        {
            if (SUCCEEDED(hr) && mailbox->state == MAILBOX_OPEN)
                take_replies(mailbox); /* the last ones */
            mailbox_fail(mailbox, RPC_E_SERVER_DIED_DNE);
            break;
        }
        if (hr == S_OK)
            continue;
        if (reader_needed(mailbox))
            reader_sleep(mailbox, INFINITE);
        else if (!reader_sleep(mailbox, transport_tuning.reader_idle) && reader_leave(mailbox))
            break;
    }
    connection_release(connection);
}
