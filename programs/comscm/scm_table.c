/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scm_objects.h"

#include <stdlib.h>

#include "trace.h"

SRWLOCK scm_lock = SRWLOCK_INIT;

/* All registrations of a CLSID, of whatever kind. */
struct scm_class
{
    struct hash_link link;
    GUID clsid;
    struct list registrations; /* oldest first */
};

static size_t hash_of_session(const struct hash_link *link)
{
    return LIST_ENTRY_OF(link, struct scm_session, link)->id;
}

static size_t hash_of_class(const struct hash_link *link)
{
    return hash_guid(&LIST_ENTRY_OF(link, struct scm_class, link)->clsid);
}

static size_t hash_of_registration(const struct hash_link *link)
{
    return LIST_ENTRY_OF(link, struct scm_registration, id_link)->id;
}

static struct hash_table sessions = {hash_of_session, NULL, 0, 0};
static struct hash_table classes = {hash_of_class, NULL, 0, 0};
static struct hash_table registrations = {hash_of_registration, NULL, 0, 0};
static ULONG last_session, last_registration;
static BOOL leaving;
static HANDLE changed;

ULONG scm_next_id(ULONG *last)
{
    if (!++*last)
        ++*last;
    return *last;
}

void scm_blob_release(struct scm_blob *blob)
{
    if (!--blob->references)
        free(blob);
}

/* --- classes --- */

static struct scm_class *class_find(const GUID *clsid)
{
    struct hash_link *link = hash_table_first(&classes, hash_guid(clsid));

    for (; link; link = link->next)
    {
        struct scm_class *class = LIST_ENTRY_OF(link, struct scm_class, link);

        if (IsEqualGUID(&class->clsid, clsid))
            return class;
    }
    return NULL;
}

/* Finds or makes it. NULL: no memory. */
static struct scm_class *class_get(const GUID *clsid)
{
    struct scm_class *class = class_find(clsid);

    if (class || !(class = malloc(sizeof(*class))))
        return class;
    class->clsid = *clsid;
    list_init(&class->registrations);
    if (hash_table_insert(&classes, &class->link))
        return class;
    free(class);
    return NULL;
}

static void class_drop(struct scm_class *class)
{
    if (!list_empty(&class->registrations))
        return;
    hash_table_remove(&classes, &class->link);
    free(class);
}

/* --- registrations --- */

struct scm_registration *scm_registration_find(ULONG id)
{
    struct hash_link *link = hash_table_first(&registrations, id);

    for (; link; link = link->next)
    {
        struct scm_registration *registration =
                LIST_ENTRY_OF(link, struct scm_registration, id_link);

        if (registration->id == id)
            return registration;
    }
    return NULL;
}

struct scm_registration *scm_registration_match(const struct scm_key *key)
{
    struct scm_class *class = class_find(&key->clsid);
    struct scm_registration *registration;

    if (!class)
        return NULL;
    LIST_FOR_EACH(registration, &class->registrations, struct scm_registration, class_entry)
    {
        if (registration->offer.kind == key->kind && !registration->given
                && !registration->session->suspended
                && (!key->machine || key->machine == registration->session->machine))
            return registration;
    }
    return NULL;
}

static BOOL registration_single_use(const struct scm_registration *registration)
{
    const ULONG several = REGCLS_MULTIPLEUSE | REGCLS_MULTI_SEPARATE | REGCLS_SURROGATE;

    return registration->offer.kind == SCM_KEY_CLASS && !(registration->offer.flags & several);
}

void scm_registration_give(struct scm_registration *registration)
{
    if (registration_single_use(registration))
        registration->given = TRUE;
}

void scm_registration_take_back(struct scm_registration *registration)
{
    registration->given = FALSE;
}

/* What was given away stays in the table as a number only its owner can use, to revoke it. */
void scm_registration_settle(struct scm_registration *registration)
{
    if (registration->given && registration->given_event)
        SetEvent(registration->given_event);
}

static void registration_remove(struct scm_registration *registration)
{
    struct scm_session *session = registration->session;

    list_remove(&registration->class_entry);
    class_drop(registration->class);
    hash_table_remove(&registrations, &registration->id_link);
    list_remove(&registration->session_entry);
    session->registration_count--;
    session->bytes -= registration->offer.size;
    scm_blob_release(registration->objref);
    if (registration->given_event)
        CloseHandle(registration->given_event);
    free(registration);
}

/* Into the tables, under a number of its own. FALSE: no memory. */
static BOOL registration_link(struct scm_registration *registration, struct scm_session *session,
        const GUID *clsid)
{
    do
        registration->id = scm_next_id(&last_registration);
    while (scm_registration_find(registration->id));
    registration->class = class_get(clsid);
    if (!registration->class)
        return FALSE;
    if (!hash_table_insert(&registrations, &registration->id_link))
    {
        class_drop(registration->class);
        return FALSE;
    }
    list_add_tail(&registration->class->registrations, &registration->class_entry);
    registration->session = session;
    list_add_tail(&session->registrations, &registration->session_entry);
    session->registration_count++;
    return TRUE;
}

/* NULL: no memory. */
static struct scm_registration *registration_create(struct scm_session *session,
        const scm_offer *offer, const BYTE *objref)
{
    struct scm_registration *registration = calloc(1, sizeof(*registration));
    struct scm_blob *blob = malloc(sizeof(*blob) + offer->size);

    if (!registration || !blob || !registration_link(registration, session, &offer->clsid))
    {
        free(registration);
        free(blob);
        return NULL;
    }
    blob->references = 1;
    blob->size = offer->size;
    memcpy(blob->data, objref, offer->size);
    registration->objref = blob;
    registration->offer = *offer;
    session->bytes += offer->size;
    if (offer->given && registration_single_use(registration))
        DuplicateHandle(session->process, (HANDLE)(ULONG_PTR)offer->given, GetCurrentProcess(),
                &registration->given_event, EVENT_MODIFY_STATE, FALSE, 0);
    return registration;
}

/* Whether the parts of the request agree, and it is within what a client may have. */
static HRESULT offers_check(const struct scm_session *session, ULONG count, const scm_offer *offers,
        ULONG size)
{
    ULONG total = 0;

    if (!count || count > SCM_REGISTER_MAX || size > SCM_REGISTER_BYTES_MAX)
        return E_INVALIDARG;
    for (ULONG i = 0; i < count; i++)
    {
        if (!offers[i].size || offers[i].size > SCM_OBJREF_MAX || offers[i].size > size - total
                || offers[i].kind > SCM_KEY_SURROGATE)
            return E_INVALIDARG;
        total += offers[i].size;
    }
    if (total != size)
        return E_INVALIDARG;
    if (session->registration_count + count > SCM_CLIENT_REGISTRATIONS
            || session->bytes + total > SCM_CLIENT_BYTES)
        return E_OUTOFMEMORY;
    return S_OK;
}

static HRESULT session_register(struct scm_session *session, ULONG count, const scm_offer *offers,
        ULONG size, const BYTE *objrefs, ULONG *ids)
{
    struct scm_registration *made[SCM_REGISTER_MAX];
    HRESULT hr = offers_check(session, count, offers, size);
    ULONG offset = 0;

    if (FAILED(hr))
        return hr;
    for (ULONG i = 0; i < count; i++)
    {
        made[i] = registration_create(session, &offers[i], objrefs + offset);
        if (!made[i])
        {
            while (i--)
                registration_remove(made[i]);
            return E_OUTOFMEMORY;
        }
        offset += offers[i].size;
    }
    for (ULONG i = 0; i < count; i++)
    {
        ids[i] = made[i]->id;
        trace("process %lu registers {%08lx-...} as %lu, flags %#lx", session->process_id,
                offers[i].clsid.Data1, ids[i], offers[i].flags);
    }
    scm_tickets_serve();
    return S_OK;
}

HRESULT scm_table_register(ULONG session_id, ULONG count, const scm_offer *offers, ULONG size,
        const BYTE *objrefs, ULONG *ids)
{
    struct scm_session *session;
    HRESULT hr = E_HANDLE;

    AcquireSRWLockExclusive(&scm_lock);
    session = scm_session_find(session_id);
    if (session)
        hr = session_register(session, count, offers, size, objrefs, ids);
    ReleaseSRWLockExclusive(&scm_lock);
    return hr;
}

HRESULT scm_table_revoke(ULONG session_id, ULONG id)
{
    struct scm_registration *registration;
    HRESULT hr = S_FALSE;

    AcquireSRWLockExclusive(&scm_lock);
    registration = scm_registration_find(id);
    if (registration && registration->session->id == session_id)
    {
        hr = registration->given ? S_FALSE : S_OK;
        trace("process %lu revokes %lu", registration->session->process_id, id);
        registration_remove(registration);
    }
    ReleaseSRWLockExclusive(&scm_lock);
    return hr;
}

HRESULT scm_table_suspend(ULONG session_id, BOOL suspended)
{
    struct scm_session *session;
    HRESULT hr = E_HANDLE;

    AcquireSRWLockExclusive(&scm_lock);
    session = scm_session_find(session_id);
    if (session)
    {
        session->suspended = !!suspended;
        trace("process %lu is %s", session->process_id, suspended ? "suspended" : "resumed");
        if (!suspended)
            scm_tickets_serve();
        hr = S_OK;
    }
    ReleaseSRWLockExclusive(&scm_lock);
    return hr;
}

/* Every client could kill the server as well, so it is believed. */
HRESULT scm_table_stale(ULONG session_id, ULONG id)
{
    struct scm_registration *registration;
    HRESULT hr = E_HANDLE;

    AcquireSRWLockExclusive(&scm_lock);
    if (scm_session_find(session_id))
    {
        registration = scm_registration_find(id);
        hr = registration ? S_OK : S_FALSE;
        if (registration)
        {
            trace("registration %lu of process %lu is stale", id,
                    registration->session->process_id);
            registration_remove(registration);
        }
    }
    ReleaseSRWLockExclusive(&scm_lock);
    return hr;
}

/* --- sessions --- */

struct scm_session *scm_session_find(ULONG id)
{
    struct hash_link *link = hash_table_first(&sessions, id);

    for (; link; link = link->next)
    {
        struct scm_session *session = LIST_ENTRY_OF(link, struct scm_session, link);

        if (session->id == id)
            return session;
    }
    return NULL;
}

static void session_ended(ULONG id, BOOL timed_out)
{
    (void)timed_out;
    scm_session_close(id);
}

/* Gives it its number, and watches its process, whose handle is taken in any case. */
static HRESULT session_begin(struct scm_session *session)
{
    if (leaving || sessions.count >= SCM_SESSIONS)
    {
        CloseHandle(session->process);
        return leaving ? CO_E_SERVER_STOPPING : E_OUTOFMEMORY;
    }
    do
        session->id = scm_next_id(&last_session);
    while (scm_session_find(session->id));
    session->watch = process_watch_start(session->process, INFINITE, session_ended, session->id);
    if (!session->watch)
        return E_OUTOFMEMORY;
    if (hash_table_insert(&sessions, &session->link))
        return S_OK;
    process_watch_end(session->watch);
    return E_OUTOFMEMORY;
}

HRESULT scm_session_open(DWORD process_id, HANDLE process, WORD machine, ULONG *id)
{
    struct scm_session *session = calloc(1, sizeof(*session));
    HRESULT hr;

    if (!session)
    {
        CloseHandle(process);
        return E_OUTOFMEMORY;
    }
    session->process_id = process_id;
    session->process = process;
    session->machine = machine;
    list_init(&session->registrations);
    list_init(&session->tickets);

    AcquireSRWLockExclusive(&scm_lock);
    hr = session_begin(session);
    if (SUCCEEDED(hr))
    {
        *id = session->id;
        if (sessions.count == 1 && changed)
            SetEvent(changed);
        trace("process %lu (%#x) opens session %lu", process_id, machine, session->id);
    }
    ReleaseSRWLockExclusive(&scm_lock);
    if (FAILED(hr))
        free(session);
    return hr;
}

static void session_free(struct scm_session *session)
{
    struct scm_registration *registration, *following;

    trace("process %lu closes session %lu", session->process_id, session->id);
    hash_table_remove(&sessions, &session->link);
    LIST_FOR_EACH_SAFE(registration, following, &session->registrations, struct scm_registration,
            session_entry)
        registration_remove(registration);
    scm_tickets_close(session);
    process_watch_end(session->watch);
    free(session);
    if (!sessions.count && changed)
        SetEvent(changed);
}

void scm_session_close(ULONG id)
{
    struct scm_session *session;

    AcquireSRWLockExclusive(&scm_lock);
    session = scm_session_find(id);
    if (session)
        session_free(session);
    ReleaseSRWLockExclusive(&scm_lock);
}

HANDLE scm_table_changed(void)
{
    AcquireSRWLockExclusive(&scm_lock);
    if (!changed)
        changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    ReleaseSRWLockExclusive(&scm_lock);
    return changed;
}

ULONG scm_table_sessions(void)
{
    ULONG count;

    AcquireSRWLockShared(&scm_lock);
    count = (ULONG)sessions.count;
    ReleaseSRWLockShared(&scm_lock);
    return count;
}

BOOL scm_table_leave(void)
{
    BOOL left;

    AcquireSRWLockExclusive(&scm_lock);
    left = !sessions.count;
    if (left)
        leaving = TRUE;
    ReleaseSRWLockExclusive(&scm_lock);
    return left;
}
