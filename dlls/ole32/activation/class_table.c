/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "class_table.h"

#include <stdlib.h>
#include <string.h>

#include "broker_client.h"
#include "trace.h"

#define REGCLS_KINDS (REGCLS_MULTIPLEUSE | REGCLS_MULTI_SEPARATE)
#define REGCLS_ALL (REGCLS_KINDS | REGCLS_SUSPENDED | REGCLS_SURROGATE | REGCLS_AGILE)
#define REGISTRATION_CONTEXTS                                                                      \
    (CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER | CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER)

static SRWLOCK registrations_lock = SRWLOCK_INIT;
static struct list registrations = {&registrations, &registrations};
static DWORD last_cookie;

static size_t hash_of_cookie(const struct hash_link *link)
{
    return LIST_ENTRY_OF(link, struct class_registration, cookie_link)->cookie;
}

/* With registrations_lock. */
static struct hash_table by_cookie = {hash_of_cookie, NULL, 0, 0};
static struct list first_bucket = {&first_bucket, &first_bucket};
static struct list *class_buckets = &first_bucket; /* a power of two */
static size_t class_bucket_count = 1;

void class_registration_release(struct class_registration *registration)
{
    if (InterlockedDecrement(&registration->references))
        return;
    if (registration->marshalled)
        IStream_Release(registration->marshalled);
    IUnknown_Release(registration->object);
    apartment_release(registration->apartment);
    free(registration);
}

/* --- the table; registrations_lock is held --- */

static struct list *class_bucket(REFCLSID clsid)
{
    return &class_buckets[hash_guid(clsid) & (class_bucket_count - 1)];
}

/* More buckets, with the registrations in the same order; without memory it stays as it is. */
static void class_buckets_grow(void)
{
    size_t count = max(class_bucket_count * 4, 64);
    struct list *buckets = malloc(count * sizeof(*buckets));
    struct class_registration *registration;

    if (!buckets)
        return;
    for (size_t i = 0; i < count; i++)
        list_init(&buckets[i]);
    LIST_FOR_EACH(registration, &registrations, struct class_registration, entry)
        list_remove(&registration->class_entry);
    if (class_buckets != &first_bucket)
        free(class_buckets);
    class_buckets = buckets;
    class_bucket_count = count;
    LIST_FOR_EACH(registration, &registrations, struct class_registration, entry)
        list_add_tail(class_bucket(&registration->clsid), &registration->class_entry);
}

static struct class_registration *registration_of_cookie(DWORD cookie)
{
    struct hash_link *link = hash_table_first(&by_cookie, cookie);

    for (; link; link = link->next)
    {
        struct class_registration *registration =
                LIST_ENTRY_OF(link, struct class_registration, cookie_link);

        if (registration->cookie == cookie)
            return registration;
    }
    return NULL;
}

/* Gives it its cookie. FALSE: no memory. */
static BOOL registration_link(struct class_registration *registration)
{
    do
        registration->cookie = ++last_cookie;
    while (!registration->cookie || registration_of_cookie(registration->cookie));
    if (!hash_table_insert(&by_cookie, &registration->cookie_link))
        return FALSE;
    list_add_tail(&registrations, &registration->entry);
    list_add_tail(class_bucket(&registration->clsid), &registration->class_entry);
    if (by_cookie.count > class_bucket_count)
        class_buckets_grow();
    return TRUE;
}

static void registration_unlink(struct class_registration *registration)
{
    list_remove(&registration->entry);
    list_remove(&registration->class_entry);
    hash_table_remove(&by_cookie, &registration->cookie_link);
}

/* --- looking --- */

/* As REGCLS says in which table of combinations. */
static BOOL registration_is_inproc(const struct class_registration *registration)
{
    if (registration->flags & REGCLS_SURROGATE)
        return FALSE;
    if (registration->context & CLSCTX_INPROC_SERVER)
        return TRUE;
    return (registration->context & CLSCTX_LOCAL_SERVER)
            && (registration->flags & REGCLS_MULTIPLEUSE);
}

static BOOL registration_is_local(const struct class_registration *registration)
{
    return (registration->context & CLSCTX_LOCAL_SERVER) != 0;
}

static BOOL registration_is_single(const struct class_registration *registration)
{
    return !(registration->flags & (REGCLS_KINDS | REGCLS_SURROGATE));
}

static BOOL registration_is_for(const struct class_registration *registration, REFCLSID clsid)
{
    return !registration->suspended && !registration->given && !registration->apartment->closed
            && IsEqualCLSID(&registration->clsid, clsid);
}

/* Whether a registration that was found is the caller's: one of single use only if no other process
 * has got it from the broker. */
static BOOL registration_claim(struct class_registration *registration)
{
    DWORD published;

    if (!registration_is_single(registration))
        return TRUE;
    AcquireSRWLockShared(&registrations_lock);
    published = registration->broker_cookie;
    ReleaseSRWLockShared(&registrations_lock);
    return !published || broker_revoke_class(published) != S_FALSE;
}

/* The first that is for `clsid` and passes the test; it counts as given if it is for single use.
 * With a reference. */
static struct class_registration *registration_find(REFCLSID clsid, struct apartment *here,
        BOOL (*suits)(const struct class_registration *registration, const struct apartment *here))
{
    struct class_registration *registration, *found = NULL;

    AcquireSRWLockShared(&registrations_lock);
    LIST_FOR_EACH(registration, class_bucket(clsid), struct class_registration, class_entry)
    {
        if (!registration_is_for(registration, clsid) || !suits(registration, here))
            continue;
        if (registration_is_single(registration)
                && InterlockedExchange((LONG *)&registration->given, TRUE))
            continue;
        InterlockedIncrement(&registration->references);
        found = registration;
        break;
    }
    ReleaseSRWLockShared(&registrations_lock);
    return found;
}

static struct class_registration *registration_take(REFCLSID clsid, struct apartment *here,
        BOOL (*suits)(const struct class_registration *registration, const struct apartment *here))
{
    struct class_registration *found;

    if (list_empty(&registrations))
        return NULL;
    while ((found = registration_find(clsid, here, suits)) && !registration_claim(found))
        class_registration_release(found);
    return found;
}

static BOOL suits_inproc(const struct class_registration *registration,
        const struct apartment *here)
{
    return registration_is_inproc(registration)
            && (registration->apartment == here || (registration->flags & REGCLS_AGILE));
}

struct class_registration *class_table_find_inproc(REFCLSID clsid, struct apartment *here)
{
    return registration_take(clsid, here, suits_inproc);
}

static BOOL suits_local(const struct class_registration *registration, const struct apartment *here)
{
    (void)here;
    return registration_is_local(registration) && !(registration->flags & REGCLS_SURROGATE);
}

struct class_registration *class_table_find_local(REFCLSID clsid)
{
    return registration_take(clsid, NULL, suits_local);
}

/* --- what the broker gets --- */

/* Marshals the class object for other processes; in its apartment. */
static HRESULT registration_marshal(struct class_registration *registration)
{
    IUnknown *factory;
    HRESULT hr;

    if (registration->marshalled)
        return S_OK;
    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &registration->marshalled)))
        return hr;
    if (SUCCEEDED(IUnknown_QueryInterface(registration->object, &IID_IClassFactory,
                (void **)&factory)))
    {
        hr = CoMarshalInterface(registration->marshalled, &IID_IClassFactory, factory, MSHCTX_LOCAL,
                NULL, MSHLFLAGS_TABLESTRONG);
        IUnknown_Release(factory);
    }
    else
        hr = CoMarshalInterface(registration->marshalled, &IID_IUnknown, registration->object,
                MSHCTX_LOCAL, NULL, MSHLFLAGS_TABLESTRONG);
    if (FAILED(hr))
    {
        IStream_Release(registration->marshalled);
        registration->marshalled = NULL;
    }
    return hr;
}

static void registration_unmarshal(struct class_registration *registration)
{
    IStream *stream = registration->marshalled;
    LARGE_INTEGER zero = {0};

    if (!stream)
        return;
    IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL);
    CoReleaseMarshalData(stream);
}

static HRESULT registration_describe(struct class_registration *registration,
        struct broker_class *class)
{
    HGLOBAL memory;
    STATSTG stat;
    HRESULT hr;

    memset(class, 0, sizeof(*class));
    class->clsid = registration->clsid;
    class->context = registration->context;
    class->flags = registration->flags & ~REGCLS_SUSPENDED;
    if (FAILED(hr = IStream_Stat(registration->marshalled, &stat, STATFLAG_NONAME))
            || FAILED(hr = GetHGlobalFromStream(registration->marshalled, &memory)))
        return hr;
    class->objref = GlobalLock(memory);
    class->objref_size = stat.cbSize.LowPart;
    return class->objref ? S_OK : E_OUTOFMEMORY;
}

static void registration_described(struct class_registration *registration)
{
    HGLOBAL memory;

    if (SUCCEEDED(GetHGlobalFromStream(registration->marshalled, &memory)))
        GlobalUnlock(memory);
}

/* Tells the broker about `count` registrations, in one request. */
static HRESULT registrations_publish(struct class_registration **list, ULONG count)
{
    struct broker_class *classes;
    HRESULT hr = S_OK;
    ULONG described;

    if (!count)
        return S_OK;
    if (!(classes = calloc(count, sizeof(*classes))))
        return E_OUTOFMEMORY;
    for (described = 0; described < count; described++)
        if (FAILED(hr = registration_describe(list[described], &classes[described])))
            break;
    if (SUCCEEDED(hr))
        hr = broker_register_classes(classes, count);
    for (ULONG i = 0; i < described; i++)
        registration_described(list[i]);
    if (SUCCEEDED(hr))
    {
        AcquireSRWLockExclusive(&registrations_lock);
        for (ULONG i = 0; i < count; i++)
        {
            if (list[i]->withdrawn)
                continue;
            list[i]->broker_cookie = classes[i].cookie;
            classes[i].cookie = 0;
        }
        ReleaseSRWLockExclusive(&registrations_lock);
        /* What was revoked by another thread meanwhile. */
        for (ULONG i = 0; i < count; i++)
            if (classes[i].cookie)
                broker_revoke_class(classes[i].cookie);
    }
    free(classes);
    return hr;
}

/* --- registering --- */

/* Which combinations there are. The table of combaseapi/ne-combaseapi-regcls calls a class object
 * for single use in process an error; Windows registers it all the same. */
static BOOL registration_allowed(DWORD context, DWORD flags)
{
    DWORD kind = flags & REGCLS_KINDS;

    if (flags & ~REGCLS_ALL || kind == REGCLS_KINDS)
        return FALSE;
    if (context
            & ~(REGISTRATION_CONTEXTS | CLSCTX_ACTIVATE_32_BIT_SERVER
                    | CLSCTX_ACTIVATE_64_BIT_SERVER | CLSCTX_APPCONTAINER
                    | CLSCTX_ACTIVATE_AAA_AS_IU))
        return FALSE;
    if (!(context & (CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER)))
        return FALSE;
    if (flags & REGCLS_SURROGATE)
        return (context & CLSCTX_LOCAL_SERVER) && !(flags & REGCLS_MULTIPLEUSE);
    return TRUE;
}

static HRESULT registration_create(REFCLSID clsid, IUnknown *object, DWORD context, DWORD flags,
        struct apartment *here, struct class_registration **out)
{
    struct class_registration *registration;

    if (!(*out = registration = calloc(1, sizeof(*registration))))
        return E_OUTOFMEMORY;
    registration->references = 1;
    list_init(&registration->entry);
    list_init(&registration->class_entry);
    registration->clsid = *clsid;
    registration->context = context;
    registration->flags = flags;
    registration->suspended = (flags & REGCLS_SUSPENDED) != 0;
    registration->object = object;
    IUnknown_AddRef(object);
    registration->apartment = here;
    apartment_addref(here);
    return S_OK;
}

/* From now on it is its cookie that it is revoked by, perhaps at once: by another thread. */
static BOOL registration_insert(struct class_registration *registration, DWORD *cookie)
{
    BOOL inserted;

    AcquireSRWLockExclusive(&registrations_lock);
    inserted = registration_link(registration);
    *cookie = inserted ? registration->cookie : 0;
    ReleaseSRWLockExclusive(&registrations_lock);
    return inserted;
}

/* Takes a registration back, everywhere. In its apartment, unless that is agile. */
static void registration_withdraw(struct class_registration *registration)
{
    DWORD published;

    AcquireSRWLockExclusive(&registrations_lock);
    registration->withdrawn = TRUE;
    published = registration->broker_cookie;
    ReleaseSRWLockExclusive(&registrations_lock);
    if (published)
        broker_revoke_class(published);
    registration_unmarshal(registration);
    class_registration_release(registration);
}

/*
 * Offers a class object. `cookie` is for CoRevokeClassObject. S_OK; E_INVALIDARG also for the
 * combinations of `context` and `flags` which the documentation calls an error;
 * CO_E_NOTINITIALIZED, E_OUTOFMEMORY, CO_E_SCM_RPC_FAILURE (a local server, and no broker).
 * combaseapi/nf-combaseapi-coregisterclassobject, ne-combaseapi-regcls
 */
HRESULT WINAPI CoRegisterClassObject(REFCLSID clsid, IUnknown *object, DWORD context, DWORD flags,
        DWORD *cookie)
{
    struct apartment *here = apartment_current();
    struct class_registration *registration;
    HRESULT hr;

    if (!cookie || !object || !clsid)
        return E_INVALIDARG;
    *cookie = 0;
    if (!here)
        return CO_E_NOTINITIALIZED;
    if (!registration_allowed(context, flags))
        return E_INVALIDARG;
    if (FAILED(hr = registration_create(clsid, object, context, flags, here, &registration)))
        return hr;
    if (registration_is_local(registration))
    {
        hr = registration_marshal(registration);
        if (SUCCEEDED(hr) && !registration->suspended)
            hr = registrations_publish(&registration, 1);
        if (hr == E_NOTIMPL)
            hr = S_OK; /* other processes do not see it, but this one does */
    }
    if (SUCCEEDED(hr) && !registration_insert(registration, cookie))
        hr = E_OUTOFMEMORY;
    if (FAILED(hr))
    {
        trace("CoRegisterClassObject %08lx: %#lx", clsid->Data1, hr);
        registration_withdraw(registration);
        return hr;
    }
    trace("class %08lx registered as %lu, context %#lx, flags %#lx", clsid->Data1, *cookie, context,
            flags);
    return S_OK;
}

/*
 * Takes back what CoRegisterClassObject offered, in the apartment that did so: RPC_E_WRONG_THREAD
 * elsewhere, unless the object is agile. S_OK, E_INVALIDARG (no such registration),
 * CO_E_NOTINITIALIZED. combaseapi/nf-combaseapi-corevokeclassobject
 */
HRESULT WINAPI CoRevokeClassObject(DWORD cookie)
{
    struct apartment *here = apartment_current();
    struct class_registration *registration;
    HRESULT hr = E_INVALIDARG;

    if (!here)
        return CO_E_NOTINITIALIZED;
    AcquireSRWLockExclusive(&registrations_lock);
    registration = registration_of_cookie(cookie);
    if (registration)
        hr = registration->apartment == here || (registration->flags & REGCLS_AGILE)
                ? S_OK
                : RPC_E_WRONG_THREAD;
    if (hr == S_OK)
        registration_unlink(registration);
    ReleaseSRWLockExclusive(&registrations_lock);
    if (hr == S_OK)
        registration_withdraw(registration);
    return hr;
}

void class_table_leave(struct apartment *apartment)
{
    struct class_registration *registration, *following;
    struct list leaving;

    list_init(&leaving);
    AcquireSRWLockExclusive(&registrations_lock);
    LIST_FOR_EACH_SAFE(registration, following, &registrations, struct class_registration, entry)
    {
        if (registration->apartment != apartment)
            continue;
        registration_unlink(registration);
        list_add_tail(&leaving, &registration->entry);
    }
    ReleaseSRWLockExclusive(&registrations_lock);
    while (!list_empty(&leaving))
    {
        registration = LIST_ENTRY_OF(leaving.next, struct class_registration, entry);
        list_remove(&registration->entry);
        trace("class %08lx (%lu) was not revoked", registration->clsid.Data1, registration->cookie);
        registration_withdraw(registration);
    }
}

/* --- all at once --- */

/* Lists, with references, what was registered suspended and the broker does not know yet. */
static HRESULT registrations_unpublished(struct class_registration ***list, ULONG *count)
{
    struct class_registration *registration;

    *count = 0;
    AcquireSRWLockExclusive(&registrations_lock);
    if (!(*list = malloc((by_cookie.count + 1) * sizeof(**list))))
    {
        ReleaseSRWLockExclusive(&registrations_lock);
        return E_OUTOFMEMORY;
    }
    LIST_FOR_EACH(registration, &registrations, struct class_registration, entry)
    {
        if (!registration->suspended || registration->broker_cookie || !registration->marshalled)
            continue;
        InterlockedIncrement(&registration->references);
        (*list)[(*count)++] = registration;
    }
    ReleaseSRWLockExclusive(&registrations_lock);
    return S_OK;
}

static BOOL registrations_mark(BOOL suspended)
{
    struct class_registration *registration;
    BOOL published = FALSE;

    AcquireSRWLockExclusive(&registrations_lock);
    LIST_FOR_EACH(registration, &registrations, struct class_registration, entry)
    {
        registration->suspended = suspended;
        published = published || registration->broker_cookie;
    }
    ReleaseSRWLockExclusive(&registrations_lock);
    return published;
}

/*
 * Makes every class object of the process available that was registered suspended, with one request
 * to the broker. S_OK or CO_E_SCM_RPC_FAILURE. combaseapi/nf-combaseapi-coresumeclassobjects
 */
HRESULT WINAPI CoResumeClassObjects(void)
{
    struct class_registration **list;
    ULONG count;
    HRESULT hr;

    if (FAILED(hr = registrations_unpublished(&list, &count)))
        return hr;
    hr = registrations_publish(list, count);
    for (ULONG i = 0; i < count; i++)
        class_registration_release(list[i]);
    free(list);
    if (FAILED(hr) && hr != E_NOTIMPL)
        return hr;
    if (registrations_mark(FALSE))
        broker_resume_classes();
    return S_OK;
}

/* No further activation of a class object of this process until CoResumeClassObjects. S_OK.
 * combaseapi/nf-combaseapi-cosuspendclassobjects */
HRESULT WINAPI CoSuspendClassObjects(void)
{
    if (registrations_mark(TRUE))
        broker_suspend_classes();
    return S_OK;
}
