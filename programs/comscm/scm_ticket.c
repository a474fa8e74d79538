/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clients that wait, and the servers being started for them. A launch has the tickets of all who
 * want the same; one of them starts the server. It ends when something that fits can be given out,
 * when its process has ended and none that was started by it runs, or when its time is over. When
 * the starter goes before it has told what it started, the next in the queue takes over.
 *
 * A server that has been started is expected even when nobody waits for it any more, so that the
 * next who wants it does not start it twice.
 */
#include <stdlib.h>

#include "scm_objects.h"
#include "trace.h"

#define LAUNCH_PROCESSES 16 /* a launcher, what it starts, and so on */

struct scm_launch
{
    struct list entry;
    ULONG id;
    struct scm_key key;
    struct list tickets;         /* oldest first */
    struct scm_ticket *starter;  /* who starts the server; NULL once it has done so */
    struct scm_ticket *launcher; /* who has started it, and knows what becomes of it; or NULL */
    BOOL deferred;               /* nobody starts it yet: it may be running */
    struct process_watch *watch; /* of the starter until then, of the server after that */
    ULONGLONG deadline;
    DWORD processes[LAUNCH_PROCESSES]; /* what was started, oldest first; the last is watched */
    ULONG process_count;
};

struct scm_ticket
{
    struct list session_entry;
    struct list launch_entry;
    ULONG id;
    struct scm_session *session;
    struct scm_launch *launch; /* NULL once it is served, or has failed */
    ULONG timeout;
    HANDLE event; /* the client's; NULL: it could not be had, the client looks again by itself */
    struct scm_blob *objref;     /* ready */
    ULONG registration, process; /* where it came from */
    HRESULT result;              /* failed */
};

static struct list launches = {&launches, &launches};
static ULONG last_launch, last_ticket;
static ULONGLONG expect_until; /* in ms, of GetTickCount64 */

/* --- launches --- */

static void launch_ended(ULONG id, BOOL timed_out);

static struct scm_launch *launch_find(const struct scm_key *key)
{
    struct scm_launch *launch;

    LIST_FOR_EACH(launch, &launches, struct scm_launch, entry)
    {
        if (launch->key.kind == key->kind && launch->key.machine == key->machine
                && IsEqualGUID(&launch->key.clsid, &key->clsid))
            return launch;
    }
    return NULL;
}

static void launch_free(struct scm_launch *launch)
{
    list_remove(&launch->entry);
    process_watch_end(launch->watch);
    free(launch);
}

/* Watches the object, which it takes over, for the rest of the launch's time. */
static BOOL launch_watch(struct scm_launch *launch, HANDLE object)
{
    ULONGLONG now = GetTickCount64();
    DWORD left = now < launch->deadline ? (DWORD)(launch->deadline - now) : 0;

    process_watch_end(launch->watch);
    launch->watch = object ? process_watch_start(object, left, launch_ended, launch->id) : NULL;
    return launch->watch != NULL;
}

/* What is never signalled: for launches of which only the time counts. */
static HANDLE launch_no_process(void)
{
    return CreateEventW(NULL, TRUE, FALSE, NULL);
}

/* Makes the ticket the one that starts the server; its time begins. */
static BOOL launch_begin(struct scm_launch *launch, struct scm_ticket *starter)
{
    ULONGLONG now = GetTickCount64();
    HANDLE process = NULL;

    launch->deferred = now < expect_until;
    if (launch->deferred)
    {
        launch->deadline = expect_until;
        return launch_watch(launch, launch_no_process());
    }
    launch->starter = starter;
    launch->launcher = NULL;
    launch->process_count = 0;
    launch->deadline = now + starter->timeout;
    trace("process %lu starts the server of {%08lx-...}", starter->session->process_id,
            launch->key.clsid.Data1);
    return DuplicateHandle(GetCurrentProcess(), starter->session->process, GetCurrentProcess(),
                   &process, SYNCHRONIZE, FALSE, 0)
            && launch_watch(launch, process);
}

static void ticket_wake(const struct scm_ticket *ticket)
{
    if (ticket->event)
        SetEvent(ticket->event);
}

static void launch_fail(struct scm_launch *launch, HRESULT result)
{
    struct scm_ticket *ticket, *following;

    trace("launch of {%08lx-...}: %08lx", launch->key.clsid.Data1, result);
    LIST_FOR_EACH_SAFE(ticket, following, &launch->tickets, struct scm_ticket, launch_entry)
    {
        list_remove(&ticket->launch_entry);
        ticket->launch = NULL;
        ticket->result = result;
        ticket_wake(ticket);
    }
    launch_free(launch);
}

/* Nobody starts a server for those who still wait: the first of them does. */
static void launch_pass_on(struct scm_launch *launch)
{
    struct scm_ticket *first;

    launch->starter = launch->launcher = NULL;
    if (list_empty(&launch->tickets))
    {
        launch_free(launch);
        return;
    }
    first = LIST_ENTRY_OF(launch->tickets.next, struct scm_ticket, launch_entry);
    if (launch_begin(launch, first))
        ticket_wake(first);
    else
        launch_fail(launch, E_OUTOFMEMORY);
}

static struct scm_launch *launch_find_id(ULONG id)
{
    struct scm_launch *launch;

    LIST_FOR_EACH(launch, &launches, struct scm_launch, entry)
    {
        if (launch->id == id)
            return launch;
    }
    return NULL;
}

/* The process that was started has ended, but may have been there only to start the server: then
 * that one is watched. Without the lock; FALSE: there is none, or the launch is over. */
static BOOL launch_follow(ULONG id)
{
    DWORD processes[LAUNCH_PROCESSES], heir = 0;
    struct scm_launch *launch;
    ULONG count = 0;
    HANDLE process;
    BOOL followed = FALSE;

    AcquireSRWLockShared(&scm_lock);
    launch = launch_find_id(id);
    if (launch && !launch->starter && !launch->deferred && launch->process_count < LAUNCH_PROCESSES)
    {
        count = launch->process_count;
        memcpy(processes, launch->processes, count * sizeof(*processes));
    }
    ReleaseSRWLockShared(&scm_lock);
    process = process_find_child(processes, count, &heir);
    if (!process)
        return FALSE;
    AcquireSRWLockExclusive(&scm_lock);
    launch = launch_find_id(id);
    if (launch && !launch->starter && launch->process_count == count)
    {
        trace("process %lu has left process %lu to be the server of {%08lx-...}",
                processes[count - 1], heir, launch->key.clsid.Data1);
        launch->processes[launch->process_count++] = heir;
        followed = launch_watch(launch, process);
        process = NULL;
    }
    ReleaseSRWLockExclusive(&scm_lock);
    if (process)
        CloseHandle(process);
    return followed;
}

static void launch_ended(ULONG id, BOOL timed_out)
{
    struct scm_launch *launch;

    if (!timed_out && launch_follow(id))
        return;
    AcquireSRWLockExclusive(&scm_lock);
    launch = launch_find_id(id);
    if (launch && launch->deferred)
        launch_pass_on(launch);
    /* The end of a starter ends its session, and that passes the launch on. */
    else if (launch && (timed_out || !launch->starter))
    {
        trace("the server of {%08lx-...} %s", launch->key.clsid.Data1,
                timed_out ? "does not register in time" : "has ended");
        launch_fail(launch, CO_E_SERVER_EXEC_FAILURE);
    }
    ReleaseSRWLockExclusive(&scm_lock);
}

/* Of servers that nobody waits for only so many are remembered: the one started first is not
 * expected any more. */
static void launches_forget(void)
{
    struct scm_launch *launch, *first = NULL;
    ULONG count = 0;

    LIST_FOR_EACH(launch, &launches, struct scm_launch, entry)
    {
        if (!list_empty(&launch->tickets))
            continue;
        if (!first)
            first = launch;
        count++;
    }
    if (count <= SCM_LAUNCHES_UNWAITED)
        return;
    trace("the server of {%08lx-...} is expected no longer", first->key.clsid.Data1);
    launch_free(first);
}

static struct scm_launch *launch_create(const struct scm_key *key)
{
    struct scm_launch *launch = calloc(1, sizeof(*launch));

    if (!launch)
        return NULL;
    launch->key = *key;
    launch->id = scm_next_id(&last_launch);
    list_init(&launch->tickets);
    list_add_tail(&launches, &launch->entry);
    return launch;
}

void scm_table_expect_servers(DWORD time)
{
    AcquireSRWLockExclusive(&scm_lock);
    expect_until = GetTickCount64() + time;
    ReleaseSRWLockExclusive(&scm_lock);
}

/* --- tickets --- */

static struct scm_ticket *ticket_find(const struct scm_session *session, ULONG id)
{
    struct scm_ticket *ticket;

    LIST_FOR_EACH(ticket, &session->tickets, struct scm_ticket, session_entry)
    {
        if (ticket->id == id)
            return ticket;
    }
    return NULL;
}

/* What it has got and did not hand out goes back. */
static void ticket_free(struct scm_ticket *ticket)
{
    struct scm_launch *launch = ticket->launch;

    list_remove(&ticket->session_entry);
    ticket->session->ticket_count--;
    list_remove(&ticket->launch_entry);
    if (ticket->objref)
        scm_blob_release(ticket->objref);
    if (ticket->event)
        CloseHandle(ticket->event);
    if (launch && launch->launcher == ticket)
        launch->launcher = NULL;
    if (launch && launch->starter == ticket)
        launch_pass_on(launch);
    else if (launch && list_empty(&launch->tickets))
        launches_forget();
    free(ticket);
}

static void ticket_abandon(struct scm_ticket *ticket)
{
    struct scm_registration *registration =
            ticket->objref ? scm_registration_find(ticket->registration) : NULL;

    ticket_free(ticket);
    if (registration && registration->given)
    {
        scm_registration_take_back(registration);
        scm_tickets_serve();
    }
}

void scm_tickets_close(struct scm_session *session)
{
    struct scm_ticket *ticket, *following;

    LIST_FOR_EACH_SAFE(ticket, following, &session->tickets, struct scm_ticket, session_entry)
        ticket_abandon(ticket);
}

static void ticket_serve(struct scm_ticket *ticket, struct scm_registration *registration)
{
    scm_registration_give(registration);
    ticket->objref = registration->objref;
    ticket->objref->references++;
    ticket->registration = registration->id;
    ticket->process = registration->session->process_id;
    list_remove(&ticket->launch_entry);
    if (ticket->launch->starter == ticket)
        ticket->launch->starter = NULL;
    if (ticket->launch->launcher == ticket)
        ticket->launch->launcher = NULL;
    ticket->launch = NULL;
    ticket_wake(ticket);
}

void scm_tickets_serve(void)
{
    struct scm_launch *launch, *following;

    LIST_FOR_EACH_SAFE(launch, following, &launches, struct scm_launch, entry)
    {
        struct scm_registration *registration = scm_registration_match(&launch->key);

        if (!registration)
            continue;
        while (registration && !list_empty(&launch->tickets))
        {
            ticket_serve(LIST_ENTRY_OF(launch->tickets.next, struct scm_ticket, launch_entry),
                    registration);
            registration = scm_registration_match(&launch->key);
        }
        /* Those who are left wanted the same single-use object. */
        launch_pass_on(launch);
    }
}

/* --- requests --- */

static HRESULT answer_objref(scm_answer *answer, const struct scm_blob *blob, ULONG *size,
        BYTE **objref)
{
    *objref = MIDL_user_allocate(blob->size);
    if (!*objref)
        return E_OUTOFMEMORY;
    memcpy(*objref, blob->data, blob->size);
    *size = blob->size;
    answer->state = SCM_READY;
    answer->result = S_OK;
    return S_OK;
}

static void answer_waiting(scm_answer *answer, const struct scm_ticket *ticket)
{
    answer->state = ticket->launch->starter == ticket ? SCM_LAUNCH : SCM_WAIT;
    answer->result = S_OK;
    answer->ticket = ticket->id;
}

/* Waits in line for the server; makes a launch of it if there is none. */
static HRESULT ticket_create(struct scm_session *session, const struct scm_key *key, ULONG timeout,
        UINT64 event, struct scm_ticket **out)
{
    struct scm_launch *launch = launch_find(key);
    struct scm_ticket *ticket;

    if (session->ticket_count >= SCM_CLIENT_TICKETS)
        return E_OUTOFMEMORY;
    ticket = calloc(1, sizeof(*ticket));
    if (!ticket)
        return E_OUTOFMEMORY;
    if (!DuplicateHandle(session->process, (HANDLE)(ULONG_PTR)event, GetCurrentProcess(),
                &ticket->event, EVENT_MODIFY_STATE, FALSE, 0))
    {
        free(ticket);
        return E_INVALIDARG;
    }
    ticket->timeout = min(max(timeout, SCM_TIMEOUT_LEAST), SCM_TIMEOUT_MOST);
    ticket->session = session;
    ticket->launch = launch ? launch : launch_create(key);
    if (!ticket->launch || (!launch && !launch_begin(ticket->launch, ticket)))
    {
        if (ticket->launch)
            launch_free(ticket->launch);
        CloseHandle(ticket->event);
        free(ticket);
        return E_OUTOFMEMORY;
    }
    do
        ticket->id = scm_next_id(&last_ticket);
    while (ticket_find(session, ticket->id));
    list_add_tail(&session->tickets, &ticket->session_entry);
    session->ticket_count++;
    list_add_tail(&ticket->launch->tickets, &ticket->launch_entry);
    *out = ticket;
    return S_OK;
}

static HRESULT session_activate(struct scm_session *session, const scm_request *request,
        scm_answer *answer, ULONG *size, BYTE **objref)
{
    struct scm_key key = {request->clsid, request->kind, request->machine};
    struct scm_registration *registration = scm_registration_match(&key);
    struct scm_ticket *ticket;
    HRESULT hr;

    if (registration)
    {
        hr = answer_objref(answer, registration->objref, size, objref);
        if (FAILED(hr))
            return hr;
        answer->registration = registration->id;
        answer->process = registration->session->process_id;
        scm_registration_give(registration);
        scm_registration_settle(registration);
        return S_OK;
    }
    if (!request->event)
        return S_OK;
    hr = ticket_create(session, &key, request->timeout, request->event, &ticket);
    if (SUCCEEDED(hr))
        answer_waiting(answer, ticket);
    return hr;
}

static HRESULT session_poll(struct scm_session *session, ULONG id, scm_answer *answer, ULONG *size,
        BYTE **objref)
{
    struct scm_ticket *ticket = ticket_find(session, id);
    struct scm_registration *registration;
    HRESULT hr = S_OK;

    if (!ticket)
        return E_INVALIDARG;
    if (ticket->launch)
    {
        answer_waiting(answer, ticket);
        return S_OK;
    }
    answer->result = ticket->result;
    if (ticket->objref)
    {
        hr = answer_objref(answer, ticket->objref, size, objref);
        if (FAILED(hr))
            return hr;
        answer->registration = ticket->registration;
        answer->process = ticket->process;
        registration = scm_registration_find(ticket->registration);
        if (registration)
            scm_registration_settle(registration);
    }
    ticket_free(ticket);
    return S_OK;
}

static void answer_clear(scm_answer *answer, ULONG *size, BYTE **objref)
{
    memset(answer, 0, sizeof(*answer));
    answer->state = SCM_FAILED;
    answer->result = REGDB_E_CLASSNOTREG;
    *size = 0;
    *objref = NULL;
}

HRESULT scm_table_activate(ULONG session_id, const scm_request *request, scm_answer *answer,
        ULONG *size, BYTE **objref)
{
    struct scm_session *session;
    HRESULT hr = E_HANDLE;

    answer_clear(answer, size, objref);
    AcquireSRWLockExclusive(&scm_lock);
    session = scm_session_find(session_id);
    if (session)
        hr = session_activate(session, request, answer, size, objref);
    ReleaseSRWLockExclusive(&scm_lock);
    return hr;
}

HRESULT scm_table_poll(ULONG session_id, ULONG ticket, scm_answer *answer, ULONG *size,
        BYTE **objref)
{
    struct scm_session *session;
    HRESULT hr = E_HANDLE;

    answer_clear(answer, size, objref);
    AcquireSRWLockExclusive(&scm_lock);
    session = scm_session_find(session_id);
    if (session)
        hr = session_poll(session, ticket, answer, size, objref);
    ReleaseSRWLockExclusive(&scm_lock);
    return hr;
}

/* The server's process, for the watch; without it only the time counts. */
static HANDLE launched_process(ULONG process_id)
{
    HANDLE process;

    if (process_id && SUCCEEDED(process_open(process_id, &process)))
        return process;
    return launch_no_process();
}

/* The ticket's owner has started the server, or knows now what became of it; `process` is taken. */
static void ticket_launched(struct scm_ticket *ticket, HRESULT result, ULONG process_id,
        HANDLE process)
{
    struct scm_launch *launch = ticket->launch;

    launch->starter = NULL;
    launch->launcher = ticket;
    launch->process_count = 0;
    if (FAILED(result))
    {
        launch_fail(launch, result);
        return;
    }
    if (process_id)
        launch->processes[launch->process_count++] = process_id;
    if (!launch_watch(launch, process))
        launch_fail(launch, E_OUTOFMEMORY);
}

HRESULT scm_table_launched(ULONG session_id, ULONG ticket_id, HRESULT result, ULONG process_id)
{
    HANDLE process = SUCCEEDED(result) ? launched_process(process_id) : NULL;
    struct scm_session *session;
    struct scm_ticket *ticket;
    HRESULT hr = S_FALSE;

    AcquireSRWLockExclusive(&scm_lock);
    session = scm_session_find(session_id);
    ticket = session ? ticket_find(session, ticket_id) : NULL;
    if (ticket && ticket->launch
            && (ticket->launch->starter == ticket || ticket->launch->launcher == ticket))
    {
        ticket_launched(ticket, result, process_id, process);
        process = NULL;
        hr = S_OK;
    }
    ReleaseSRWLockExclusive(&scm_lock);
    if (process)
        CloseHandle(process);
    return hr;
}

HRESULT scm_table_cancel(ULONG session_id, ULONG ticket_id)
{
    struct scm_session *session;
    struct scm_ticket *ticket;
    HRESULT hr = S_FALSE;

    AcquireSRWLockExclusive(&scm_lock);
    session = scm_session_find(session_id);
    ticket = session ? ticket_find(session, ticket_id) : NULL;
    if (ticket)
    {
        ticket_abandon(ticket);
        hr = S_OK;
    }
    ReleaseSRWLockExclusive(&scm_lock);
    return hr;
}
