/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The running object table: objects by their monikers. objidl/nn-objidl-irunningobjecttable. An
 * entry is the object as a table packet, so that every apartment can have it.
 */
#include "running_table.h"

#include <stdlib.h>
#include <string.h>

#include "com_object.h"
#include "hash_table.h"
#include "list.h"
#include "moniker_base.h"
#include "moniker_enumerator.h"
#include "packet.h"
#include "running_key.h"
#include "trace.h"

struct entry
{
    struct hash_link key_link, cookie_link;
    volatile LONG references; /* the table's, and of those who use it */
    DWORD cookie;
    OXID_VALUE oxid; /* of the apartment that registered it */
    struct packet object, moniker;
    FILETIME time;
    ULONG key_size;
    BYTE key[];
};

static size_t hash_of_key(const struct hash_link *link)
{
    const struct entry *entry = LIST_ENTRY_OF(link, struct entry, key_link);

    return running_key_hash(entry->key, entry->key_size);
}

static size_t hash_of_cookie(const struct hash_link *link)
{
    return LIST_ENTRY_OF(link, struct entry, cookie_link)->cookie;
}

static SRWLOCK entries_lock = SRWLOCK_INIT;
static struct hash_table by_key = {hash_of_key, NULL, 0, 0};
static struct hash_table by_cookie = {hash_of_cookie, NULL, 0, 0};
static DWORD last_cookie = 0x10000;

/* ---- entries ---- */

static void entry_release(struct entry *entry)
{
    if (InterlockedDecrement(&entry->references))
        return;
    if (entry->object.data)
        packet_release(&entry->object);
    if (entry->moniker.data)
        packet_release(&entry->moniker);
    free(entry);
}

/* entries_lock is held, as below. The newest of that name. */
static struct entry *entry_lookup(const struct running_key *key)
{
    struct hash_link *link = hash_table_first(&by_key, running_key_hash(key->data, key->size));

    for (; link; link = link->next)
    {
        struct entry *entry = LIST_ENTRY_OF(link, struct entry, key_link);

        if (entry->key_size == key->size && !memcmp(entry->key, key->data, key->size))
            return entry;
    }
    return NULL;
}

static struct entry *entry_of_cookie(DWORD cookie)
{
    struct hash_link *link = hash_table_first(&by_cookie, cookie);

    for (; link; link = link->next)
    {
        struct entry *entry = LIST_ENTRY_OF(link, struct entry, cookie_link);

        if (entry->cookie == cookie)
            return entry;
    }
    return NULL;
}

static void entry_unlink(struct entry *entry)
{
    hash_table_remove(&by_key, &entry->key_link);
    hash_table_remove(&by_cookie, &entry->cookie_link);
}

/* With a reference; NULL: there is none. */
static struct entry *entry_find(const struct running_key *key)
{
    struct entry *entry;

    AcquireSRWLockShared(&entries_lock);
    entry = entry_lookup(key);
    if (entry)
        InterlockedIncrement(&entry->references);
    ReleaseSRWLockShared(&entries_lock);
    return entry;
}

/* Out of the table, if it is in it still. FALSE: somebody else has done that. */
static BOOL entry_remove(DWORD cookie)
{
    struct entry *entry;

    AcquireSRWLockExclusive(&entries_lock);
    entry = entry_of_cookie(cookie);
    if (entry)
        entry_unlink(entry);
    ReleaseSRWLockExclusive(&entries_lock);
    if (entry)
        entry_release(entry);
    return entry != NULL;
}

/* Gives it its cookie. *others: there is one of that name already. */
static HRESULT entry_insert(struct entry *entry, const struct running_key *key, BOOL *others)
{
    HRESULT hr = E_OUTOFMEMORY;

    AcquireSRWLockExclusive(&entries_lock);
    *others = entry_lookup(key) != NULL;
    do
        entry->cookie = ++last_cookie;
    while (!entry->cookie || entry_of_cookie(entry->cookie));
    if (hash_table_insert(&by_key, &entry->key_link))
    {
        if (hash_table_insert(&by_cookie, &entry->cookie_link))
            hr = S_OK;
        else
            hash_table_remove(&by_key, &entry->key_link);
    }
    ReleaseSRWLockExclusive(&entries_lock);
    return hr;
}

static HRESULT entry_create(DWORD flags, IUnknown *object, IMoniker *moniker,
        const struct running_key *key, struct entry **out)
{
    struct entry *entry = calloc(1, sizeof(*entry) + key->size);
    HRESULT hr;

    *out = NULL;
    if (!entry)
        return E_OUTOFMEMORY;
    entry->references = 1;
    entry->oxid = apartment_current()->oxid;
    entry->key_size = key->size;
    memcpy(entry->key, key->data, key->size);
    hr = packet_create(&entry->object, object, &IID_IUnknown, MSHCTX_LOCAL,
            flags & ROTFLAGS_REGISTRATIONKEEPSALIVE ? MSHLFLAGS_TABLESTRONG : MSHLFLAGS_TABLEWEAK);
    if (SUCCEEDED(hr))
        hr = packet_create(&entry->moniker, (IUnknown *)moniker, &IID_IMoniker, MSHCTX_LOCAL,
                MSHLFLAGS_TABLESTRONG);
    if (FAILED(hr))
        entry_release(entry);
    else
        *out = entry;
    return hr;
}

/* When the object of a file was written last; of others, now. */
static FILETIME time_of_last_change(IMoniker *moniker, IBindCtx *context)
{
    FILETIME time;

    if (FAILED(IMoniker_GetTimeOfLastChange(moniker, context, NULL, &time)))
        GetSystemTimeAsFileTime(&time);
    return time;
}

/* ---- IRunningObjectTable ---- */

static HRESULT STDMETHODCALLTYPE table_QueryInterface(IRunningObjectTable *iface, REFIID iid,
        void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IRunningObjectTable)
            || IsEqualIID(iid, &IID_IAgileObject))
        *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

/* There is one for the life of the process. */
static ULONG STDMETHODCALLTYPE table_AddRef(IRunningObjectTable *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE table_Release(IRunningObjectTable *iface)
{
    (void)iface;
    return 1;
}

/* The moniker that is compared: the reduced one. */
static HRESULT moniker_reduced(IMoniker *moniker, IBindCtx *context, IMoniker **out)
{
    HRESULT hr = IMoniker_Reduce(moniker, context, MKRREDUCE_ALL, NULL, out);

    if (SUCCEEDED(hr) && !*out)
        hr = E_UNEXPECTED;
    return hr;
}

static HRESULT STDMETHODCALLTYPE table_Register(IRunningObjectTable *iface, DWORD flags,
        IUnknown *object, IMoniker *moniker, DWORD *cookie)
{
    struct entry *entry = NULL;
    struct running_key key;
    IMoniker *reduced;
    IBindCtx *context;
    FILETIME time;
    BOOL others;
    HRESULT hr;

    (void)iface;
    if (!cookie)
        return E_INVALIDARG;
    *cookie = 0;
    if (!object || !moniker
            || flags & ~(DWORD)(ROTFLAGS_REGISTRATIONKEEPSALIVE | ROTFLAGS_ALLOWANYCLIENT))
        return E_INVALIDARG;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    hr = CreateBindCtx(0, &context);
    if (FAILED(hr))
        return hr;
    hr = moniker_reduced(moniker, context, &reduced);
    if (SUCCEEDED(hr))
    {
        time = time_of_last_change(reduced, context);
        hr = running_key_get(reduced, &key);
        if (SUCCEEDED(hr))
            hr = entry_create(flags, object, reduced, &key, &entry);
        IMoniker_Release(reduced);
    }
    IBindCtx_Release(context);
    if (!entry)
        return hr;
    entry->time = time;
    hr = entry_insert(entry, &key, &others);
    if (FAILED(hr))
    {
        entry_release(entry);
        return hr;
    }
    *cookie = entry->cookie;
    return others ? MK_S_MONIKERALREADYREGISTERED : S_OK;
}

static HRESULT STDMETHODCALLTYPE table_Revoke(IRunningObjectTable *iface, DWORD cookie)
{
    (void)iface;
    return entry_remove(cookie) ? S_OK : E_INVALIDARG;
}

static HRESULT key_of(IMoniker *moniker, struct running_key *key)
{
    IMoniker *reduced;
    IBindCtx *context;
    HRESULT hr;

    if (!moniker)
        return E_INVALIDARG;
    hr = CreateBindCtx(0, &context);
    if (FAILED(hr))
        return hr;
    hr = moniker_reduced(moniker, context, &reduced);
    IBindCtx_Release(context);
    if (FAILED(hr))
        return hr;
    hr = running_key_get(reduced, key);
    IMoniker_Release(reduced);
    return hr;
}

static HRESULT STDMETHODCALLTYPE table_IsRunning(IRunningObjectTable *iface, IMoniker *moniker)
{
    struct running_key key;
    struct entry *entry;
    HRESULT hr = key_of(moniker, &key);

    (void)iface;
    if (FAILED(hr))
        return hr;
    entry = entry_find(&key);
    if (!entry)
        return S_FALSE;
    entry_release(entry);
    return S_OK;
}

/* An entry whose object has gone is revoked; there may be others. */
static HRESULT STDMETHODCALLTYPE table_GetObject(IRunningObjectTable *iface, IMoniker *moniker,
        IUnknown **out)
{
    struct running_key key;
    struct entry *entry;
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    hr = key_of(moniker, &key);
    if (FAILED(hr))
        return hr;
    while ((entry = entry_find(&key)))
    {
        hr = packet_unmarshal(&entry->object, &IID_IUnknown, (void **)out);
        if (FAILED(hr) && hr != CO_E_NOTINITIALIZED)
        {
            trace("running object %lx has gone: %#lx", entry->cookie, hr);
            entry_remove(entry->cookie);
        }
        entry_release(entry);
        if (SUCCEEDED(hr) || hr == CO_E_NOTINITIALIZED)
            return hr;
    }
    return MK_E_UNAVAILABLE;
}

static HRESULT STDMETHODCALLTYPE table_NoteChangeTime(IRunningObjectTable *iface, DWORD cookie,
        FILETIME *time)
{
    struct entry *entry;

    (void)iface;
    if (!time)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&entries_lock);
    entry = entry_of_cookie(cookie);
    if (entry)
        entry->time = *time;
    ReleaseSRWLockExclusive(&entries_lock);
    return entry ? S_OK : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE table_GetTimeOfLastChange(IRunningObjectTable *iface,
        IMoniker *moniker, FILETIME *time)
{
    struct running_key key;
    struct entry *entry;
    HRESULT hr;

    (void)iface;
    if (!time)
        return E_INVALIDARG;
    hr = key_of(moniker, &key);
    if (FAILED(hr))
        return hr;
    AcquireSRWLockShared(&entries_lock);
    entry = entry_lookup(&key);
    if (entry)
        *time = entry->time;
    ReleaseSRWLockShared(&entries_lock);
    return entry ? S_OK : MK_E_UNAVAILABLE;
}

/* All entries, with references. */
static HRESULT entries_list(struct entry ***list, ULONG *count)
{
    HRESULT hr = S_OK;

    *count = 0;
    AcquireSRWLockShared(&entries_lock);
    *list = malloc((by_cookie.count + 1) * sizeof(**list));
    if (!*list)
        hr = E_OUTOFMEMORY;
    for (size_t i = 0; SUCCEEDED(hr) && i < by_cookie.bucket_count; i++)
    {
        for (struct hash_link *link = by_cookie.buckets[i]; link; link = link->next)
        {
            struct entry *entry = LIST_ENTRY_OF(link, struct entry, cookie_link);

            InterlockedIncrement(&entry->references);
            (*list)[(*count)++] = entry;
        }
    }
    ReleaseSRWLockShared(&entries_lock);
    return hr;
}

static HRESULT STDMETHODCALLTYPE table_EnumRunning(IRunningObjectTable *iface, IEnumMoniker **out)
{
    struct moniker_list monikers = {0};
    struct entry **list;
    ULONG count;
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    hr = entries_list(&list, &count);
    for (ULONG i = 0; i < count; i++)
    {
        IMoniker *moniker;

        if (SUCCEEDED(hr)
                && SUCCEEDED(packet_unmarshal(&list[i]->moniker, &IID_IMoniker, (void **)&moniker)))
        {
            hr = moniker_list_append(&monikers, moniker);
            IMoniker_Release(moniker);
        }
        entry_release(list[i]);
    }
    free(list);
    if (SUCCEEDED(hr))
        hr = moniker_enumerator_create(monikers.monikers, monikers.count, TRUE, out);
    moniker_list_free(&monikers);
    return hr;
}

static const IRunningObjectTableVtbl table_vtbl = {
        table_QueryInterface,
        table_AddRef,
        table_Release,
        table_Register,
        table_Revoke,
        table_IsRunning,
        table_GetObject,
        table_NoteChangeTime,
        table_GetTimeOfLastChange,
        table_EnumRunning,
};

static IRunningObjectTable table = {(IRunningObjectTableVtbl *)&table_vtbl};

/* The first entry of an apartment, taken out of the table. */
static struct entry *entry_take(OXID_VALUE oxid)
{
    for (size_t i = 0; i < by_cookie.bucket_count; i++)
    {
        for (struct hash_link *link = by_cookie.buckets[i]; link; link = link->next)
        {
            struct entry *entry = LIST_ENTRY_OF(link, struct entry, cookie_link);

            if (entry->oxid != oxid)
                continue;
            entry_unlink(entry);
            return entry;
        }
    }
    return NULL;
}

void running_table_leave(struct apartment *apartment)
{
    struct entry *entry;

    do
    {
        AcquireSRWLockExclusive(&entries_lock);
        entry = entry_take(apartment->oxid);
        ReleaseSRWLockExclusive(&entries_lock);
        if (entry)
        {
            trace("running object %lx was not revoked", entry->cookie);
            entry_release(entry);
        }
    } while (entry);
}

/*
 * GetRunningObjectTable: the table. E_INVALIDARG, E_UNEXPECTED for a reserved value.
 * objbase/nf-objbase-getrunningobjecttable
 */
HRESULT WINAPI GetRunningObjectTable(DWORD reserved, IRunningObjectTable **out)
{
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (reserved)
        return E_UNEXPECTED;
    *out = &table;
    return S_OK;
}

/* In no header of MinGW-w64; documented nowhere. What a process leaves goes with its apartments. */
void WINAPI DestroyRunningObjectTable(void);

void WINAPI DestroyRunningObjectTable(void)
{
}
