/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A mailbox at the server. One thread leads: it takes one request after the other and gives it to
 * the handlers itself, so nobody has to be woken and requests are handed over in the order in
 * which they came. When it does not come back from a handler for some milliseconds, the
 * housekeeper has another thread take the lead; whoever comes back then goes home. Answers come
 * from any thread; what has no room in the ring waits in private memory.
 *
 * The ring is the client's to write, so each record is copied and checked. What one client can
 * make the server keep is limited: by the numbers of calls, and by the bytes of requests that are
 * not answered and of answers that are not fetched.
 */

#include "transport_parts.h"
#include "transport_ring.h"

#include "trace.h"

#define KEPT_MAX 0x10000000u /* bytes of requests, and of answers; a single one may be larger */
#define QUIET_TURNS 25       /* looks of the housekeeper at nothing new until it stops looking */
#define STUCK_TURNS 10       /* and until a thread takes over though there is nothing to read */
#define BUSY_TURNS 8         /* the same with something to read, while the processors are busy */
#define BUSY_TIME 200        /* us: so long does this thread have to wait for a processor then */

struct mailbox_answer
{
    struct mailbox_answer *next;
    UINT32 call, size, sent;
    HRESULT status; /* a failure is the answer */
    BYTE data[1];
};

struct mailbox_request
{
    struct server_request base;
    struct server_mailbox *mailbox; /* a reference to its connection */
    UINT32 call;
    DWORD thread; /* that gives it to the handlers, and which turn that is */
    LONG turn;
};
#define REQUEST_HEADER ((sizeof(struct mailbox_request) + 15) & ~(SIZE_T)15)

struct server_mailbox
{
    struct server_connection *connection;
    struct server_mailbox *next, **link; /* under the lock of all mailboxes */
    HANDLE section, request_event, reply_event;
    struct wire_mailbox *memory;
    volatile LONG closing;

    /* Even: the leader is here. Odd: it is in a handler. Each turn has another number, so who
     * changes it from the one it was when it left still leads. */
    volatile LONG turn;
    LONG threads; /* in handlers, or leading */
    LONG seen;    /* the housekeeper's: the turn at its last look, and how often it was the same */
    LONG same;

    /* The leader's. */
    struct ring_reader reader;
    struct mailbox_request *partial; /* NULL while what comes is left out */
    UINT32 total, filled, call;
    BOOL middle; /* of a message */
    LONG luck;   /* of the last spins */
    UINT32 closed_at;
    BOOL closed;

    LONG busy[WIRE_MAILBOX_CALLS / 32]; /* the calls which are out */

    SRWLOCK lock; /* protects what follows */
    struct ring_writer writer;
    struct mailbox_answer *answers, **answers_end;
    UINT64 answers_size;
    UINT64 kept;         /* bytes of the requests that are out */
    volatile LONG full;  /* it is too much: the next one has to wait */
    volatile LONG queue; /* there are answers */
};

static SRWLOCK mailboxes_lock = SRWLOCK_INIT;
static struct server_mailbox *mailboxes;

static const struct request_kind mailbox_request_kind;

void server_mailbox_notify(struct server_mailbox *mailbox)
{
    SetEvent(mailbox->reply_event);
}

static void notify_sleeper(struct server_mailbox *mailbox)
{
    if (mailbox->memory->client_sleeps && InterlockedExchange(&mailbox->memory->client_sleeps, 0))
        SetEvent(mailbox->reply_event);
}

/* Something has happened that the leader waits for. */
static void wake_leader(struct server_mailbox *mailbox)
{
    if (InterlockedExchange(&mailbox->memory->server_sleeps, 0))
        SetEvent(mailbox->request_event);
}

/* --- answers --- */

/* Writes one. Under the lock. */
static BOOL answer_write(struct server_mailbox *mailbox, struct mailbox_answer *answer)
{
    struct ring_message message = {answer->data, answer->size, NULL, 0};

    if (FAILED(answer->status))
        return ring_write_plain(&mailbox->writer, WIRE_FAULT, answer->call, (UINT32)answer->status);
    return ring_write(&mailbox->writer, answer->call, &message, &answer->sent);
}

/* Writes what waits. Under the lock. TRUE: something was written. */
static BOOL answers_pump(struct server_mailbox *mailbox)
{
    UINT32 before = mailbox->writer.position;
    struct mailbox_answer *answer;

    while ((answer = mailbox->answers))
    {
        if (!answer_write(mailbox, answer))
        {
            InterlockedExchange(&mailbox->memory->server_wants_room, 1);
            if (!answer_write(mailbox, answer))
                break;
        }
        mailbox->answers_size -= answer->size;
        mailbox->answers = answer->next;
        if (!mailbox->answers)
            mailbox->answers_end = &mailbox->answers;
        HeapFree(GetProcessHeap(), 0, answer);
    }
    mailbox->queue = mailbox->answers != NULL;
    return mailbox->writer.position != before;
}

/* Under the lock. FALSE: no memory. */
static BOOL answer_queue(struct server_mailbox *mailbox, UINT32 call, HRESULT status,
        const struct ring_message *message)
{
    UINT32 size = message->head_size + message->body_size;
    struct mailbox_answer *answer = HeapAlloc(GetProcessHeap(), 0,
            FIELD_OFFSET(struct mailbox_answer, data) + (SIZE_T)size);

    if (!answer)
        return FALSE;
    answer->next = NULL;
    answer->call = call;
    answer->size = size;
    answer->sent = 0;
    answer->status = status;
    if (message->head_size)
        memcpy(answer->data, message->head, message->head_size);
    if (message->body_size)
        memcpy(answer->data + message->head_size, message->body, message->body_size);
    *mailbox->answers_end = answer;
    mailbox->answers_end = &answer->next;
    mailbox->answers_size += size;
    mailbox->queue = TRUE;
    return TRUE;
}

/* Answers a call, by a message or by the failure `status`. */
static void mailbox_answer(struct server_mailbox *mailbox, UINT32 call, HRESULT status,
        const struct ring_message *message)
{
    static const struct ring_message nothing;
    UINT32 size = message->head_size + message->body_size;
    BOOL done = FALSE, lost = FALSE;

    if (mailbox->closing)
    {
        if (SUCCEEDED(status)) /* nobody is interested */
            transport_unread(message->head, message->head_size, message->body, message->body_size);
        return;
    }
    AcquireSRWLockExclusive(&mailbox->lock);
    if (SUCCEEDED(status) && mailbox->answers_size && mailbox->answers_size + size > KEPT_MAX)
        status = E_OUTOFMEMORY;
    if (FAILED(status))
        message = &nothing;
    if (!mailbox->answers)
    {
        UINT32 sent = 0;

        if (FAILED(status))
            done = ring_write_plain(&mailbox->writer, WIRE_FAULT, call, (UINT32)status);
        else if (ring_has_room(&mailbox->writer, size))
            done = ring_write(&mailbox->writer, call, message, &sent);
    }
    if (!done)
    {
        lost = !answer_queue(mailbox, call, status, message)
                && !answer_queue(mailbox, call, E_OUTOFMEMORY, &nothing);
        answers_pump(mailbox);
    }
    ReleaseSRWLockExclusive(&mailbox->lock);
    if (lost)
        server_connection_kick(mailbox->connection); /* better no client than one that waits */
    notify_sleeper(mailbox);
}

/* --- requests --- */

static BOOL call_begin(struct server_mailbox *mailbox, UINT32 call)
{
    LONG bit = 1 << (call & 31);

    return !(InterlockedOr(&mailbox->busy[call / 32], bit) & bit);
}

static void call_end(struct server_mailbox *mailbox, UINT32 call)
{
    InterlockedAnd(&mailbox->busy[call / 32], ~(1 << (call & 31)));
}

/* Whether the bytes of one more request may be kept; else the leader is told when they may. */
static BOOL kept_add(struct server_mailbox *mailbox, UINT32 size)
{
    BOOL full;

    AcquireSRWLockExclusive(&mailbox->lock);
    full = mailbox->kept && mailbox->kept + size > KEPT_MAX;
    mailbox->full = full;
    if (!full)
        mailbox->kept += size;
    ReleaseSRWLockExclusive(&mailbox->lock);
    return !full;
}

static void kept_remove(struct server_mailbox *mailbox, UINT32 size)
{
    BOOL full;

    AcquireSRWLockExclusive(&mailbox->lock);
    mailbox->kept -= size;
    full = mailbox->full;
    mailbox->full = FALSE;
    ReleaseSRWLockExclusive(&mailbox->lock);
    if (full)
        wake_leader(mailbox);
}

static void request_free(struct mailbox_request *request)
{
    struct server_mailbox *mailbox = request->mailbox;

    kept_remove(mailbox, request->base.request.size);
    HeapFree(GetProcessHeap(), 0, request);
    server_connection_release(mailbox->connection);
}

static struct mailbox_request *request_create(struct server_mailbox *mailbox, UINT32 call,
        UINT32 size)
{
    struct mailbox_request *request =
            HeapAlloc(GetProcessHeap(), 0, REQUEST_HEADER + (SIZE_T)size + 8);

    if (!request)
        return NULL;
    request->base.kind = &mailbox_request_kind;
    request->base.request.client_process = mailbox->connection->process;
    request->base.request.size = size;
    request->base.request.data =
            (BYTE *)(((ULONG_PTR)request + REQUEST_HEADER + 8) & ~(ULONG_PTR)15);
    request->mailbox = mailbox;
    request->call = call;
    server_connection_addref(mailbox->connection);
    return request;
}

/* The first record of a message. S_FALSE: not now. */
static HRESULT take_start(struct server_mailbox *mailbox, const struct wire_record *record)
{
    if (mailbox->middle || record->call >= WIRE_MAILBOX_CALLS
            || record->total > TRANSPORT_MESSAGE_MAX || (!record->size && record->total)
            || record->size > record->total)
        return RPC_E_INVALID_DATA;
    if (!kept_add(mailbox, record->total))
        return S_FALSE;
    if (!call_begin(mailbox, record->call))
        return RPC_E_INVALID_DATA;
    mailbox->partial = request_create(mailbox, record->call, record->total);
    if (!mailbox->partial)
        kept_remove(mailbox, record->total);
    mailbox->middle = TRUE;
    mailbox->total = record->total;
    mailbox->filled = 0;
    mailbox->call = record->call;
    return S_OK;
}

/* The next complete request. S_FALSE: there is none; other errors: that is no client. */
static HRESULT take_request(struct server_mailbox *mailbox, struct mailbox_request **out)
{
    static const struct ring_message nothing;
    struct wire_record record;
    HRESULT hr;

    while ((hr = ring_peek(&mailbox->reader, &record)) == S_OK)
    {
        if (record.kind == WIRE_START)
        {
            if ((hr = take_start(mailbox, &record)) != S_OK)
                return hr;
        }
        else if (record.kind != WIRE_MORE || !mailbox->middle || !record.size
                || record.call != mailbox->call)
        {
            return RPC_E_INVALID_DATA;
        }
        if (record.size > mailbox->total - mailbox->filled)
            return RPC_E_INVALID_DATA;
        if (mailbox->partial)
            ring_read(&mailbox->reader, &record,
                    mailbox->partial->base.request.data + mailbox->filled);
        mailbox->filled += record.size;
        ring_next(&mailbox->reader, &record);
        if (mailbox->memory->client_wants_room && ring_half_empty(&mailbox->reader)
                && InterlockedExchange(&mailbox->memory->client_wants_room, 0))
            SetEvent(mailbox->reply_event);
        if (mailbox->filled < mailbox->total)
            continue;

        mailbox->middle = FALSE;
        *out = mailbox->partial;
        mailbox->partial = NULL;
        if (*out)
            return S_OK;
        call_end(mailbox, mailbox->call);
        mailbox_answer(mailbox, mailbox->call, E_OUTOFMEMORY, &nothing);
    }
    return hr;
}

/* --- the leader --- */

/* Whether there is something to do for a leader. */
static BOOL leader_ready(void *argument)
{
    const struct server_mailbox *mailbox = argument;

    return mailbox->closing || (ring_pending(&mailbox->reader) && !mailbox->full)
            || (mailbox->queue && ring_unread(&mailbox->writer) <= WIRE_RING_SIZE / 2);
}

static void leader_await(struct server_mailbox *mailbox)
{
    if (leader_ready(mailbox))
        return;
    if (mailbox->luck > 0)
    {
        if (spin_until(leader_ready, mailbox, transport_tuning.spin))
        {
            mailbox->luck = 8;
            return;
        }
        --mailbox->luck;
    }
    else if (--mailbox->luck < -4)
    {
        mailbox->luck = 1; /* once in a while it is tried again */
    }
    for (;;)
    {
        InterlockedExchange(&mailbox->memory->server_sleeps, 1);
        if (leader_ready(mailbox))
            break;
        WaitForSingleObject(mailbox->request_event, INFINITE);
        if (leader_ready(mailbox))
            break;
    }
    mailbox->memory->server_sleeps = 0;
}

/* Gives a request to the handlers. FALSE: somebody else leads now. */
static BOOL leader_serve(struct server_mailbox *mailbox, struct mailbox_request *request)
{
    LONG turn = (LONG)((ULONG)mailbox->turn + 1);

    request->thread = GetCurrentThreadId();
    request->turn = turn;
    InterlockedExchange(&mailbox->turn, turn);
    housekeeper_tick();
    transport_handlers->receive(&request->base.request);
    return InterlockedCompareExchange(&mailbox->turn, (LONG)((ULONG)turn + 1), turn) == turn;
}

/* After the end of the connection what is complete is still handed over: it may be the last that
 * the client had to say. But no more than can have been there. */
static BOOL leader_is_done(struct server_mailbox *mailbox)
{
    if (!mailbox->closing)
        return FALSE;
    if (!mailbox->closed)
    {
        mailbox->closed = TRUE;
        mailbox->closed_at = mailbox->reader.position;
    }
    return !ring_pending(&mailbox->reader) || mailbox->full
            || mailbox->reader.position - mailbox->closed_at >= WIRE_RING_SIZE;
}

/* As long as this thread leads. TRUE: nobody has to any more. */
static BOOL leader_run(struct server_mailbox *mailbox)
{
    struct mailbox_request *request;
    BOOL written;
    HRESULT hr;

    for (;;)
    {
        leader_await(mailbox);
        if (leader_is_done(mailbox))
            return TRUE;
        if (mailbox->queue)
        {
            AcquireSRWLockExclusive(&mailbox->lock);
            written = answers_pump(mailbox);
            ReleaseSRWLockExclusive(&mailbox->lock);
            if (written)
                notify_sleeper(mailbox);
        }
        hr = take_request(mailbox, &request);
        if (hr == S_OK && !leader_serve(mailbox, request))
            return FALSE;
        if (FAILED(hr))
        {
            server_connection_kick(mailbox->connection);
            return TRUE;
        }
    }
}

static void mailbox_lead(void *argument)
{
    struct server_mailbox *mailbox = argument;

    if (leader_run(mailbox) && mailbox->partial)
    {
        request_free(mailbox->partial);
        mailbox->partial = NULL;
    }
    InterlockedDecrement(&mailbox->threads);
    server_connection_release(mailbox->connection);
}

/* A thread that leads, for one that did in this turn. FALSE: the lead is not to be had; when there
 * is no thread for it the connection is ended. */
static BOOL mailbox_take_over(struct server_mailbox *mailbox, LONG turn)
{
    if (InterlockedCompareExchange(&mailbox->turn, (LONG)((ULONG)turn + 1), turn) != turn)
        return FALSE;
    server_connection_addref(mailbox->connection);
    InterlockedIncrement(&mailbox->threads);
    if (transport_pool_run(mailbox_lead, mailbox))
        return TRUE;
    server_connection_kick(mailbox->connection);
    InterlockedDecrement(&mailbox->threads);
    server_connection_release(mailbox->connection); /* the caller has another one */
    return FALSE;
}

/* A leader that does not come back may only be waiting for a processor: another thread would not
 * get one earlier. */
static BOOL processors_busy(void)
{
    LONGLONG before = spin_now();

    SwitchToThread();
    return spin_now() - before >= spin_ticks(BUSY_TIME);
}

/* One look of the housekeeper; whether to look again. */
static BOOL mailbox_tick(struct server_mailbox *mailbox)
{
    LONG turn = mailbox->turn;

    if (turn != mailbox->seen)
    {
        mailbox->seen = turn;
        mailbox->same = 0;
        return TRUE;
    }
    ++mailbox->same;
    if (!(turn & 1))
        return mailbox->same < QUIET_TURNS;
    if ((leader_ready(mailbox) || mailbox->same >= STUCK_TURNS)
            && mailbox->threads < (LONG)transport_tuning.lanes
            && (mailbox->same >= BUSY_TURNS || !processors_busy()))
        mailbox_take_over(mailbox, turn);
    return TRUE;
}

BOOL server_mailboxes_tick(void)
{
    BOOL more = FALSE;

    AcquireSRWLockExclusive(&mailboxes_lock);
    for (struct server_mailbox *mailbox = mailboxes; mailbox; mailbox = mailbox->next)
        more |= mailbox_tick(mailbox);
    ReleaseSRWLockExclusive(&mailboxes_lock);
    return more;
}

/* --- the handlers' end --- */

static struct mailbox_request *mailbox_request_from(struct server_request *request)
{
    return CONTAINING_RECORD(request, struct mailbox_request, base);
}

static void mailbox_request_reply(struct server_request *request, const void *head, DWORD head_size,
        const void *body, DWORD body_size)
{
    struct mailbox_request *own = mailbox_request_from(request);
    struct ring_message message = {head, head_size, body, body_size};
    BOOL large = (UINT64)head_size + body_size > TRANSPORT_MESSAGE_MAX;

    /* From the answer on the client may use the number again. */
    call_end(own->mailbox, own->call);
    mailbox_answer(own->mailbox, own->call, large ? E_OUTOFMEMORY : S_OK, &message);
    request_free(own);
}

static void mailbox_request_abandon(struct server_request *request)
{
    struct mailbox_request *own = mailbox_request_from(request);
    struct ring_message nothing = {NULL, 0, NULL, 0};

    call_end(own->mailbox, own->call);
    mailbox_answer(own->mailbox, own->call, RPC_E_SERVER_DIED, &nothing);
    request_free(own);
}

static void mailbox_request_thread_ends(struct server_request *request)
{
    struct mailbox_request *own = mailbox_request_from(request);

    if (own->thread != GetCurrentThreadId())
        return;
    mailbox_take_over(own->mailbox, own->turn);
    /* This thread's share; the request has a reference of its own. */
    InterlockedDecrement(&own->mailbox->threads);
    server_connection_release(own->mailbox->connection);
}

static BOOL mailbox_request_cancelled(const struct server_request *request)
{
    const struct mailbox_request *own = CONTAINING_RECORD(request, struct mailbox_request, base);
    const struct server_mailbox *mailbox = own->mailbox;

    return mailbox->closing || mailbox->memory->cancelled[own->call / 32] & (1 << (own->call & 31));
}

static const struct request_kind mailbox_request_kind = {mailbox_request_reply,
        mailbox_request_abandon, mailbox_request_thread_ends, mailbox_request_cancelled};

/* --- opening and closing --- */

static struct server_mailbox *server_mailbox_create(struct server_connection *connection)
{
    struct server_mailbox *mailbox =
            HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*mailbox));
    void *view;

    if (!mailbox)
        return NULL;
    mailbox->connection = connection;
    InitializeSRWLock(&mailbox->lock);
    mailbox->answers_end = &mailbox->answers;
    mailbox->threads = 1;
    mailbox->luck = 8;
    mailbox->request_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    mailbox->reply_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!mailbox->request_event || !mailbox->reply_event
            || FAILED(section_create(WIRE_MAILBOX_SIZE, &mailbox->section, &view)))
    {
        server_mailbox_free(mailbox);
        return NULL;
    }
    mailbox->memory = view;
    mailbox->reader.ring = mailbox->memory->requests;
    mailbox->reader.tail = &mailbox->memory->request_tail;
    mailbox->reader.head = &mailbox->memory->request_head;
    mailbox->writer.ring = mailbox->memory->replies;
    mailbox->writer.tail = &mailbox->memory->reply_tail;
    mailbox->writer.head = &mailbox->memory->reply_head;
    return mailbox;
}

/* The complete answers in the ring, from where the client says it has read. */
static void ring_answers_unread(struct server_mailbox *mailbox)
{
    struct ring_reader reader = {.ring = mailbox->memory->replies,
            .tail = &mailbox->writer.position,
            .head = &mailbox->memory->reply_head,
            .position = mailbox->memory->reply_head};
    struct wire_record record;
    UINT32 total = 0, filled = 0;
    BYTE *answer = NULL;

    if (mailbox->writer.position - reader.position > WIRE_RING_SIZE)
        return;
    while (ring_peek(&reader, &record) == S_OK)
    {
        if (record.kind == WIRE_START && record.total <= WIRE_RING_SIZE)
        {
            HeapFree(GetProcessHeap(), 0, answer);
            answer = HeapAlloc(GetProcessHeap(), 0, (SIZE_T)record.total + 1);
            total = record.total;
            filled = 0;
        }
        if (answer && record.size <= total - filled)
        {
            ring_read(&reader, &record, answer + filled);
            filled += record.size;
            if (filled == total)
                transport_unread(answer, total, NULL, 0);
        }
        if (filled == total && answer)
        {
            HeapFree(GetProcessHeap(), 0, answer);
            answer = NULL;
        }
        ring_next(&reader, &record);
    }
    HeapFree(GetProcessHeap(), 0, answer);
}

void server_mailbox_free(struct server_mailbox *mailbox)
{
    struct mailbox_answer *answer;

    if (mailbox->memory)
        ring_answers_unread(mailbox);
    while ((answer = mailbox->answers))
    {
        mailbox->answers = answer->next;
        if (SUCCEEDED(answer->status))
            transport_unread(answer->data, answer->size, NULL, 0);
        HeapFree(GetProcessHeap(), 0, answer);
    }
    if (mailbox->memory)
        UnmapViewOfFile(mailbox->memory);
    if (mailbox->section)
        CloseHandle(mailbox->section);
    if (mailbox->request_event)
        CloseHandle(mailbox->request_event);
    if (mailbox->reply_event)
        CloseHandle(mailbox->reply_event);
    HeapFree(GetProcessHeap(), 0, mailbox);
}

HRESULT server_mailbox_open(struct server_connection *connection, struct wire_message *message)
{
    struct server_mailbox *mailbox = server_mailbox_create(connection);
    BOOL taken = FALSE;

    if (!mailbox)
        return E_OUTOFMEMORY;
    AcquireSRWLockExclusive(&connection->lock);
    if (!connection->closed && !connection->mailbox)
    {
        connection->mailbox = mailbox;
        taken = TRUE;
    }
    ReleaseSRWLockExclusive(&connection->lock);
    if (!taken)
    {
        server_mailbox_free(mailbox);
        return E_OUTOFMEMORY;
    }

    AcquireSRWLockExclusive(&mailboxes_lock);
    mailbox->next = mailboxes;
    mailbox->link = &mailboxes;
    if (mailbox->next)
        mailbox->next->link = &mailbox->next;
    mailboxes = mailbox;
    ReleaseSRWLockExclusive(&mailboxes_lock);

    message->section = (ULONG_PTR)mailbox->section;
    message->request_event = (ULONG_PTR)mailbox->request_event;
    message->reply_event = (ULONG_PTR)mailbox->reply_event;
    message->size = WIRE_MAILBOX_SIZE;
    server_connection_addref(connection);
    if (transport_pool_run(mailbox_lead, mailbox))
        return S_OK;
    server_connection_release(connection);
    return E_OUTOFMEMORY;
}

void server_mailbox_close(struct server_mailbox *mailbox)
{
    AcquireSRWLockExclusive(&mailboxes_lock);
    if (mailbox->link)
    {
        if (mailbox->next)
            mailbox->next->link = mailbox->link;
        *mailbox->link = mailbox->next;
        mailbox->link = NULL;
    }
    ReleaseSRWLockExclusive(&mailboxes_lock);
    InterlockedExchange(&mailbox->closing, 1);
    SetEvent(mailbox->request_event);
    SetEvent(mailbox->reply_event);
}
