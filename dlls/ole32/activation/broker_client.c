/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server's side: what this process offers to others. The list here is what counts; the broker
 * has a copy of it, and a broker that was started anew gets one by itself.
 */
#include "broker_client.h"

#include <stdlib.h>

#include "broker_link.h"
#include "broker_shared.h"
#include "broker_start.h"
#include "hash_table.h"
#include "list.h"
#include "trace.h"
#include "user_access.h"

#define RETRY_FIRST 1000    /* ms until a server looks for a broker again when it got none, */
#define RETRY_LONGEST 60000 /* then twice as long each time, up to this */

struct offer
{
    struct list entry;
    struct hash_link cookie_link;
    DWORD cookie;       /* ours; never 0 */
    ULONG link_serial;  /* the link by which it was registered; 0: none */
    ULONG registration; /* that broker's name of it */
    BOOL dropped;       /* given away or reported stale: no broker needs to know it any more */
    scm_offer offer;
    HANDLE given; /* of single use: set by the broker */
    BYTE objref[];
};

/* Held while the broker is told, not while a broker is started. */
static SRWLOCK offers_lock = SRWLOCK_INIT;
static struct list pending = {&pending, &pending}; /* to be told, oldest first */
static struct list told = {&told, &told};          /* by the link of told_serial, oldest first */
static DWORD last_cookie;
static ULONG told_serial;
static BOOL suspended;
static ULONG suspended_serial, watched_serial; /* the links that know about it, that are watched */
static HANDLE servers_mark;                    /* kept open while there are offers */

static size_t hash_of_cookie(const struct hash_link *link)
{
    return LIST_ENTRY_OF(link, struct offer, cookie_link)->cookie;
}

static struct hash_table by_cookie = {hash_of_cookie, NULL, 0, 0};

/* --- the broker's copy --- */

/* Puts all that is told before what is pending: another broker knows nothing yet. */
static void offers_begin(ULONG serial)
{
    if (serial == told_serial)
        return;
    while (!list_empty(&pending))
    {
        struct list *entry = pending.next;

        list_remove(entry);
        list_add_tail(&told, entry);
    }
    while (!list_empty(&told))
    {
        struct list *entry = told.next;

        list_remove(entry);
        list_add_tail(&pending, entry);
    }
    told_serial = serial;
}

static void offer_set_told(struct offer *offer)
{
    list_remove(&offer->entry);
    list_add_tail(&told, &offer->entry);
}

/* As many pending offers as one request takes, in order. */
static ULONG offers_pack(struct offer **packed, scm_offer *descriptions, BYTE *objrefs, ULONG *size)
{
    struct offer *offer, *following;
    ULONG count = 0;

    *size = 0;
    LIST_FOR_EACH_SAFE(offer, following, &pending, struct offer, entry)
    {
        if (offer->given && WaitForSingleObject(offer->given, 0) == WAIT_OBJECT_0)
            offer->dropped = TRUE;
        if (offer->dropped)
        {
            offer_set_told(offer);
            continue;
        }
        if (count == SCM_REGISTER_MAX || offer->offer.size > SCM_REGISTER_BYTES_MAX - *size)
            break;
        packed[count] = offer;
        descriptions[count++] = offer->offer;
        memcpy(objrefs + *size, offer->objref, offer->offer.size);
        *size += offer->offer.size;
    }
    return count;
}

static DWORD WINAPI broker_watch(void *unused);

/* The thread that waits for the broker's end: one, so that a server has no more threads than it
 * needs (the system's pool would make two). */
static HANDLE watch_changed; /* auto-reset: there is another process to wait for */
static HANDLE watch_next;    /* which; the thread's as soon as it takes it */
static BOOL watch_runs;

/* Wants to know when the broker of this link ends. */
static void link_watch(struct broker_link *link)
{
    HANDLE process, thread;

    if (watched_serial == link->serial)
        return;
    watched_serial = link->serial;
    if (!watch_changed && !(watch_changed = CreateEventW(NULL, FALSE, FALSE, NULL)))
        return;
    if (!DuplicateHandle(GetCurrentProcess(), link->process, GetCurrentProcess(), &process,
                SYNCHRONIZE, FALSE, 0))
        return;
    if (watch_next)
        CloseHandle(watch_next);
    watch_next = process;
    if (watch_runs)
    {
        SetEvent(watch_changed);
        return;
    }
    if ((thread = CreateThread(NULL, 0, broker_watch, NULL, 0, NULL)))
    {
        watch_runs = TRUE;
        CloseHandle(thread);
        return;
    }
    CloseHandle(watch_next);
    watch_next = NULL;
}

/* Tells the broker what it does not know yet. */
static HRESULT offers_send(struct broker_link *link, BYTE *objrefs)
{
    struct offer *packed[SCM_REGISTER_MAX];
    scm_offer descriptions[SCM_REGISTER_MAX];
    ULONG registrations[SCM_REGISTER_MAX];
    ULONG count, size;
    HRESULT hr;

    if (suspended && suspended_serial != link->serial)
    {
        hr = broker_link_suspend(link, TRUE);
        if (FAILED(hr))
            return hr;
        suspended_serial = link->serial;
    }
    offers_begin(link->serial);
    while ((count = offers_pack(packed, descriptions, objrefs, &size)))
    {
        hr = broker_link_register(link, count, descriptions, size, objrefs, registrations);
        if (FAILED(hr))
            return hr;
        for (ULONG i = 0; i < count; i++)
        {
            packed[i]->link_serial = link->serial;
            packed[i]->registration = registrations[i];
            offer_set_told(packed[i]);
        }
        link_watch(link);
    }
    return S_OK;
}

/* The same, with as many brokers as it takes. */
static HRESULT offers_synchronize(void)
{
    BYTE *objrefs = malloc(SCM_REGISTER_BYTES_MAX);
    struct broker_patience patience = {0};
    struct broker_link *link;
    HRESULT hr;

    if (!objrefs)
        return E_OUTOFMEMORY;
    do
    {
        hr = broker_link_get(&link);
        if (FAILED(hr))
            break;
        AcquireSRWLockExclusive(&offers_lock);
        hr = offers_send(link, objrefs);
        ReleaseSRWLockExclusive(&offers_lock);
        broker_link_release(link);
    } while (hr == BROKER_E_LOST && broker_has_patience(&patience));
    free(objrefs);
    return hr == BROKER_E_LOST ? CO_E_SCM_RPC_FAILURE : hr;
}

static BOOL list_any_offered(const struct list *list)
{
    struct offer *offer;

    LIST_FOR_EACH(offer, list, struct offer, entry)
    {
        if (!offer->dropped)
            return TRUE;
    }
    return FALSE;
}

static BOOL offers_any(void)
{
    BOOL any;

    AcquireSRWLockShared(&offers_lock);
    any = list_any_offered(&pending) || list_any_offered(&told);
    ReleaseSRWLockShared(&offers_lock);
    return any;
}

/* Others find this process's class objects only if there is a broker: it is tried until there is
 * one, or there is nothing to offer, or another thread has found one. */
static void broker_ended(void)
{
    DWORD pause = RETRY_FIRST;

    broker_link_check();
    while (offers_any())
    {
        HRESULT hr = offers_synchronize();

        trace("the broker has ended; registered again: %08lx", hr);
        if (SUCCEEDED(hr) || WaitForSingleObject(watch_changed, pause) == WAIT_OBJECT_0)
            return;
        pause = min(pause * 2, RETRY_LONGEST);
    }
}

/* The process to wait for now, or NULL: the thread is to end. */
static HANDLE watch_take(HANDLE process)
{
    HANDLE former = NULL;

    AcquireSRWLockExclusive(&offers_lock);
    if (watch_next)
    {
        former = process;
        process = watch_next;
        watch_next = NULL;
    }
    watch_runs = process != NULL;
    ReleaseSRWLockExclusive(&offers_lock);
    if (former)
        CloseHandle(former);
    return process;
}

static DWORD WINAPI broker_watch(void *unused)
{
    HANDLE handles[2] = {NULL, watch_changed};

    (void)unused;
    while ((handles[0] = watch_take(handles[0])))
    {
        if (WaitForMultipleObjects(2, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1)
            continue;
        CloseHandle(handles[0]);
        handles[0] = NULL;
        broker_ended();
    }
    return 0;
}

/* --- offers --- */

static void offer_free(struct offer *offer)
{
    if (offer->given)
        CloseHandle(offer->given);
    free(offer);
}

static BOOL class_single_use(const struct broker_class *class)
{
    return !(class->flags & (REGCLS_MULTIPLEUSE | REGCLS_MULTI_SEPARATE | REGCLS_SURROGATE));
}

static struct offer *offer_create(const scm_offer *description, const BYTE *objref, BOOL single_use)
{
    struct offer *offer = calloc(1, sizeof(*offer) + description->size);

    if (!offer)
        return NULL;
    offer->offer = *description;
    memcpy(offer->objref, objref, description->size);
    if (single_use)
    {
        offer->given = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (!offer->given)
        {
            free(offer);
            return NULL;
        }
        offer->offer.given = (ULONG_PTR)offer->given;
    }
    return offer;
}

/* Whether nobody has got it: for single use the event tells, also when the broker is gone. */
static BOOL offer_is_free(const struct offer *offer)
{
    return !offer->given || WaitForSingleObject(offer->given, 0) == WAIT_TIMEOUT;
}

static struct offer *offer_find(DWORD cookie)
{
    struct hash_link *link = hash_table_first(&by_cookie, cookie);

    for (; link; link = link->next)
    {
        struct offer *offer = LIST_ENTRY_OF(link, struct offer, cookie_link);

        if (offer->cookie == cookie)
            return offer;
    }
    return NULL;
}

/* Into the list; gives it its cookie. 0: no memory. */
static DWORD offer_add(struct offer *offer)
{
    do
        offer->cookie = ++last_cookie;
    while (!offer->cookie || offer_find(offer->cookie));
    if (!hash_table_insert(&by_cookie, &offer->cookie_link))
        return 0;
    list_add_tail(&pending, &offer->entry);
    if (!servers_mark)
        servers_mark = CreateEventW(user_object_access(), TRUE, FALSE, BROKER_SERVERS);
    return offer->cookie;
}

HRESULT broker_register_classes(struct broker_class *classes, ULONG count)
{
    struct offer **made = calloc(count, sizeof(*made));
    HRESULT hr = made ? S_OK : E_OUTOFMEMORY;

    for (ULONG i = 0; SUCCEEDED(hr) && i < count; i++)
    {
        scm_offer description = {.clsid = classes[i].clsid,
                .kind = SCM_KEY_CLASS,
                .context = classes[i].context,
                .flags = classes[i].flags,
                .size = classes[i].objref_size};

        if (!description.size || description.size > SCM_OBJREF_MAX)
            hr = E_INVALIDARG;
        else if (!(made[i] = offer_create(&description, classes[i].objref,
                           class_single_use(&classes[i]))))
            hr = E_OUTOFMEMORY;
    }
    if (FAILED(hr))
    {
        for (ULONG i = 0; made && i < count && made[i]; i++)
            offer_free(made[i]);
        free(made);
        return hr;
    }
    AcquireSRWLockExclusive(&offers_lock);
    for (ULONG i = 0; i < count; i++)
    {
        classes[i].cookie = offer_add(made[i]);
        if (classes[i].cookie)
            continue;
        offer_free(made[i]);
        hr = E_OUTOFMEMORY;
    }
    ReleaseSRWLockExclusive(&offers_lock);
    free(made);
    if (SUCCEEDED(hr))
        hr = offers_synchronize();
    for (ULONG i = 0; FAILED(hr) && i < count; i++)
    {
        if (classes[i].cookie)
            broker_revoke_class(classes[i].cookie);
        classes[i].cookie = 0;
    }
    return hr;
}

/* By the broker which knows it; BROKER_E_LOST: there is none. */
static HRESULT offer_revoke(const struct offer *offer, struct broker_link *link)
{
    if (!link || offer->link_serial != link->serial)
        return BROKER_E_LOST;
    return broker_link_revoke(link, offer->registration);
}

HRESULT broker_revoke_class(DWORD cookie)
{
    struct broker_link *link = broker_link_peek();
    struct offer *offer;
    HRESULT hr = S_FALSE;

    AcquireSRWLockExclusive(&offers_lock);
    offer = offer_find(cookie);
    if (offer)
    {
        list_remove(&offer->entry);
        hash_table_remove(&by_cookie, &offer->cookie_link);
        hr = offer_revoke(offer, link);
        if (FAILED(hr))
            hr = offer_is_free(offer) ? S_OK : S_FALSE;
        offer_free(offer);
        if (!by_cookie.count && servers_mark)
        {
            CloseHandle(servers_mark);
            servers_mark = NULL;
        }
    }
    ReleaseSRWLockExclusive(&offers_lock);
    if (link)
        broker_link_release(link);
    return hr;
}

static HRESULT offers_suspend(BOOL suspend)
{
    struct broker_link *link;
    HRESULT hr;

    AcquireSRWLockExclusive(&offers_lock);
    suspended = suspend;
    suspended_serial = 0;
    ReleaseSRWLockExclusive(&offers_lock);
    /* A broker that knows nothing of this process needs not be told now. */
    link = broker_link_peek();
    if (!link)
        return S_OK;
    AcquireSRWLockExclusive(&offers_lock);
    hr = broker_link_suspend(link, suspended);
    if (SUCCEEDED(hr))
        suspended_serial = link->serial;
    ReleaseSRWLockExclusive(&offers_lock);
    broker_link_release(link);
    return hr == BROKER_E_LOST ? offers_any() ? offers_synchronize() : S_OK : hr;
}

HRESULT broker_suspend_classes(void)
{
    return offers_suspend(TRUE);
}

HRESULT broker_resume_classes(void)
{
    return offers_suspend(FALSE);
}

HRESULT broker_register_surrogate(const GUID *appid, const BYTE *objref, DWORD objref_size,
        DWORD *cookie)
{
    scm_offer description = {.kind = SCM_KEY_SURROGATE, .size = objref_size};
    WCHAR text[64];
    struct offer *offer;
    DWORD length;
    HRESULT hr;

    *cookie = 0;
    if (!objref_size || objref_size > SCM_OBJREF_MAX)
        return E_INVALIDARG;
    if (appid)
        description.clsid = *appid;
    else
    {
        length = GetEnvironmentVariableW(BROKER_SURROGATE_VARIABLE, text, ARRAYSIZE(text));
        if (!length || length >= ARRAYSIZE(text)
                || FAILED(CLSIDFromString(text, &description.clsid)))
        {
            trace("a surrogate that was not started as one");
            return E_INVALIDARG;
        }
    }
    offer = offer_create(&description, objref, FALSE);
    if (!offer)
        return E_OUTOFMEMORY;
    AcquireSRWLockExclusive(&offers_lock);
    *cookie = offer_add(offer);
    ReleaseSRWLockExclusive(&offers_lock);
    if (!*cookie)
    {
        offer_free(offer);
        return E_OUTOFMEMORY;
    }
    hr = offers_synchronize();
    if (FAILED(hr))
    {
        broker_revoke_class(*cookie);
        *cookie = 0;
    }
    return hr;
}

void broker_process_detach(BOOL terminating)
{
    /* The broker sees the process end; and one that used it never unloads this module before. */
    (void)terminating;
}
