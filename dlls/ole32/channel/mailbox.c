/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Posting to a client's mailbox, and what becomes of the calls. */

#include "mailbox.h"

static const struct call_kind mailbox_kind;

static struct mailbox_call *mailbox_call_from(struct transport_call *call)
{
    return CONTAINING_RECORD(call, struct mailbox_call, call);
}

/* --- slots: the numbers of the calls that are out --- */

static BOOL slots_grow(struct client_mailbox *mailbox)
{
    UINT32 count = mailbox->slot_count ? mailbox->slot_count * 2 : 256;
    struct mailbox_slot *slots;

    if (count > WIRE_MAILBOX_CALLS)
        return FALSE;
    if (mailbox->slots)
        slots = HeapReAlloc(GetProcessHeap(), 0, mailbox->slots, count * sizeof(*slots));
    else
        slots = HeapAlloc(GetProcessHeap(), 0, count * sizeof(*slots));
    if (!slots)
        return FALSE;
    for (UINT32 i = mailbox->slot_count; i < count; ++i)
    {
        slots[i].call = NULL;
        slots[i].next_free = i + 1 < count ? i + 1 : MAILBOX_NO_SLOT;
    }
    mailbox->free_slot = mailbox->slot_count;
    mailbox->slots = slots;
    mailbox->slot_count = count;
    return TRUE;
}

/* Gives the call a number. FALSE: there is none left. */
static BOOL slot_take(struct client_mailbox *mailbox, struct mailbox_call *call)
{
    UINT32 slot;

    if (mailbox->free_slot == MAILBOX_NO_SLOT && !slots_grow(mailbox))
        return FALSE;
    slot = mailbox->free_slot;
    mailbox->free_slot = mailbox->slots[slot].next_free;
    mailbox->slots[slot].call = call;
    call->slot = slot;
    InterlockedIncrement(&call->refs);
    if (call->cancelled)
        InterlockedOr(&mailbox->memory->cancelled[slot / 32], 1 << (slot & 31));
    else
        InterlockedAnd(&mailbox->memory->cancelled[slot / 32], ~(1 << (slot & 31)));
    return TRUE;
}

void mailbox_free_slot(struct client_mailbox *mailbox, struct mailbox_call *call)
{
    mailbox->slots[call->slot].call = NULL;
    mailbox->slots[call->slot].next_free = mailbox->free_slot;
    mailbox->free_slot = call->slot;
    call->slot = MAILBOX_NO_SLOT;
}

/* --- calls --- */

static struct mailbox_call *mailbox_call_create(struct client_mailbox *mailbox, UINT32 size)
{
    struct mailbox_call *call = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*call));

    if (!call)
        return NULL;
    call->call.kind = &mailbox_kind;
    call->call.connection = mailbox->connection;
    completion_init(&call->completion);
    call->refs = 1;
    call->slot = MAILBOX_NO_SLOT;
    call->size = size;
    call->live = TRUE;
    return call;
}

void mailbox_call_release(struct mailbox_call *call)
{
    if (InterlockedDecrement(&call->refs))
        return;
    completion_free(&call->completion);
    HeapFree(GetProcessHeap(), 0, call->message);
    CoTaskMemFree(call->reply);
    HeapFree(GetProcessHeap(), 0, call);
}

void mailbox_call_complete(struct mailbox_call *call, HRESULT result, BYTE *data, UINT32 size)
{
    call->result = result;
    call->reply = data;
    call->reply_size = size;
    completion_signal(&call->completion);
    watch_answered(&call->call);
}

static struct call_wait *mailbox_call_wait(struct transport_call *call)
{
    return &mailbox_call_from(call)->completion.wait;
}

static BOOL mailbox_call_ready(struct transport_call *call)
{
    struct call_wait *wait = mailbox_call_wait(call);

    return wait->ready(wait);
}

static HRESULT mailbox_call_receive(struct transport_call *call, BYTE **data, DWORD *size)
{
    struct mailbox_call *own = mailbox_call_from(call);

    if (!mailbox_call_ready(call))
        return RPC_S_CALLPENDING;
    *data = own->reply;
    *size = own->reply_size;
    own->reply = NULL;
    own->reply_size = 0;
    return own->result == S_OK && !*data ? E_UNEXPECTED : own->result;
}

static void mailbox_call_cancel(struct transport_call *call)
{
    struct client_mailbox *mailbox = call->connection->mailbox;
    struct mailbox_call *own = mailbox_call_from(call);

    AcquireSRWLockExclusive(&mailbox->lock);
    own->cancelled = TRUE;
    if (own->slot != MAILBOX_NO_SLOT)
        InterlockedOr(&mailbox->memory->cancelled[own->slot / 32], 1 << (own->slot & 31));
    if (own->lane)
        transport_cancel(own->lane);
    ReleaseSRWLockExclusive(&mailbox->lock);
}

static void mailbox_call_close(struct transport_call *call)
{
    struct client_mailbox *mailbox = call->connection->mailbox;
    struct mailbox_call *own = mailbox_call_from(call);

    AcquireSRWLockExclusive(&mailbox->lock);
    if (own->live)
        --mailbox->live;
    own->live = FALSE;
    ReleaseSRWLockExclusive(&mailbox->lock);
    mailbox_call_release(own);
}

static const struct call_kind mailbox_kind = {mailbox_call_wait, mailbox_call_ready,
        mailbox_call_receive, mailbox_call_cancel, mailbox_call_close, NULL};

/* --- posting --- */

BOOL mailbox_pump(struct client_mailbox *mailbox)
{
    struct mailbox_call *call;
    BOOL any = FALSE;

    if (mailbox->state != MAILBOX_OPEN)
        return FALSE;
    while ((call = mailbox->queue))
    {
        struct ring_message message = {call->message, call->size, NULL, 0};
        UINT32 before = mailbox->writer.position;
        BOOL done;

        if (!call->sent && call->slot == MAILBOX_NO_SLOT && !slot_take(mailbox, call))
            break;
        done = ring_write(&mailbox->writer, call->slot, &message, &call->sent);
        if (!done)
        {
            /* The server says when there is room; what it has taken just now it did not see. */
            InterlockedExchange(&mailbox->memory->client_wants_room, 1);
            done = ring_write(&mailbox->writer, call->slot, &message, &call->sent);
        }
        any |= mailbox->writer.position != before;
        if (!done)
            break;
        call->complete = TRUE;
        call->end = mailbox->writer.total;
        HeapFree(GetProcessHeap(), 0, call->message);
        call->message = NULL;
        mailbox->queue = call->next;
        if (!mailbox->queue)
            mailbox->queue_end = &mailbox->queue;
        mailbox_call_release(call);
    }
    return any;
}

/* What has to be done for the mailbox, by somebody who has time: TRUE when that is new. Under the
 * lock. */
static BOOL mailbox_needs_chore(struct client_mailbox *mailbox)
{
    if (mailbox->state == MAILBOX_DEAD)
        return FALSE;
    if (mailbox->reader == READER_NONE)
        mailbox->reader = READER_WANTED;
    else if (!mailbox->memory || !mailbox->memory->server_sleeps)
        return FALSE;
    if (mailbox->chore_out)
        return FALSE;
    mailbox->chore_out = TRUE;
    connection_addref(mailbox->connection);
    return TRUE;
}

static void mailbox_chore(struct chore *chore)
{
    struct client_mailbox *mailbox = CONTAINING_RECORD(chore, struct client_mailbox, chore);
    struct connection *connection = mailbox->connection;
    BOOL start;

    AcquireSRWLockExclusive(&mailbox->lock);
    mailbox->chore_out = FALSE;
    start = mailbox->reader == READER_WANTED;
    if (start)
        mailbox->reader = READER_RUNS;
    ReleaseSRWLockExclusive(&mailbox->lock);
    if (mailbox->memory && InterlockedExchange(&mailbox->memory->server_sleeps, 0))
        SetEvent(mailbox->request_event);
    if (start)
    {
        connection_addref(connection);
        for (int tries = 0; start && tries < 10; ++tries)
        {
            if (tries)
                Sleep(tries);
            start = !transport_pool_run(mailbox_read, mailbox);
        }
        if (start)
        {
            mailbox_fail(mailbox, E_OUTOFMEMORY);
            connection_release(connection);
        }
    }
    connection_release(connection);
}

/* Writes the message at once, if all of it fits. Under the lock. */
static BOOL mailbox_write(struct client_mailbox *mailbox, struct mailbox_call *call,
        const struct ring_message *message)
{
    if (mailbox->state != MAILBOX_OPEN || mailbox->queue
            || !ring_has_room(&mailbox->writer, call->size) || !slot_take(mailbox, call))
        return FALSE;
    ring_write(&mailbox->writer, call->slot, message, &call->sent);
    call->complete = TRUE;
    call->end = mailbox->writer.total;
    return TRUE;
}

/* The caller's memory is not there for ever. */
static BOOL call_keep_message(struct mailbox_call *call, const struct ring_message *message)
{
    call->message = HeapAlloc(GetProcessHeap(), 0, call->size ? call->size : 1);
    if (!call->message)
        return FALSE;
    if (message->head_size)
        memcpy(call->message, message->head, message->head_size);
    if (message->body_size)
        memcpy(call->message + message->head_size, message->body, message->body_size);
    return TRUE;
}

HRESULT mailbox_post(struct client_mailbox *mailbox, const void *head, DWORD head_size,
        const void *body, DWORD body_size, struct transport_call **out)
{
    struct ring_message message = {head, head_size, body, body_size};
    struct mailbox_call *call = mailbox_call_create(mailbox, head_size + body_size);
    BOOL written, chore;

    if (!call)
        return E_OUTOFMEMORY;
    connection_addref(mailbox->connection);
    AcquireSRWLockExclusive(&mailbox->lock);
    written = mailbox_write(mailbox, call, &message);
    if (!written)
    {
        ReleaseSRWLockExclusive(&mailbox->lock);
        if (!call_keep_message(call, &message))
        {
            mailbox_call_release(call);
            connection_release(mailbox->connection);
            return E_OUTOFMEMORY;
        }
        AcquireSRWLockExclusive(&mailbox->lock);
    }
    if (mailbox->state == MAILBOX_DEAD)
    {
        ReleaseSRWLockExclusive(&mailbox->lock);
        mailbox_call_release(call);
        connection_release(mailbox->connection);
        return RPC_E_SERVER_DIED_DNE;
    }
    ++mailbox->live;
    if (!written)
    {
        InterlockedIncrement(&call->refs);
        *mailbox->queue_end = call;
        mailbox->queue_end = &call->next;
        mailbox_pump(mailbox);
    }
    chore = mailbox_needs_chore(mailbox);
    ReleaseSRWLockExclusive(&mailbox->lock);
    if (chore && !chore_post(&mailbox->chore))
        mailbox_chore(&mailbox->chore);
    *out = &call->call;
    return S_OK;
}

BOOL mailbox_need_reader(struct client_mailbox *mailbox)
{
    BOOL chore = FALSE;

    AcquireSRWLockExclusive(&mailbox->lock);
    if (mailbox->reader == READER_NONE)
        chore = mailbox_needs_chore(mailbox);
    if (chore && !chore_post(&mailbox->chore))
    {
        mailbox->reader = READER_NONE;
        mailbox->chore_out = FALSE;
        InterlockedDecrement(&mailbox->connection->refs); /* the caller has another one */
        chore = FALSE;
    }
    else
    {
        chore = TRUE;
    }
    ReleaseSRWLockExclusive(&mailbox->lock);
    return chore;
}

void mailbox_poke(struct client_mailbox *mailbox)
{
    if (mailbox->memory)
        SetEvent(mailbox->reply_event);
}

/* --- coming and going --- */

struct client_mailbox *mailbox_create(struct connection *connection)
{
    struct client_mailbox *mailbox =
            HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*mailbox));

    if (!mailbox)
        return NULL;
    mailbox->connection = connection;
    mailbox->chore.run = mailbox_chore;
    InitializeSRWLock(&mailbox->lock);
    mailbox->queue_end = &mailbox->queue;
    mailbox->free_slot = MAILBOX_NO_SLOT;
    return mailbox;
}

/* Nobody has a reference to the connection: what is left are answers that nobody wanted. */
void mailbox_destroy(struct client_mailbox *mailbox)
{
    for (UINT32 i = 0; i < mailbox->slot_count; ++i)
    {
        if (mailbox->slots[i].call)
            mailbox_call_release(mailbox->slots[i].call);
    }
    HeapFree(GetProcessHeap(), 0, mailbox->slots);
    if (mailbox->memory)
        UnmapViewOfFile(mailbox->memory);
    if (mailbox->request_event)
        CloseHandle(mailbox->request_event);
    if (mailbox->reply_event)
        CloseHandle(mailbox->reply_event);
    HeapFree(GetProcessHeap(), 0, mailbox);
}
