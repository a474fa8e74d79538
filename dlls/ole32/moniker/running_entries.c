/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "running_entries.h"

#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "objref.h"
#include "running_table.h"
#include "trace.h"

static size_t hash_of_key(const struct hash_link *link)
{
    const struct running_entry *entry = LIST_ENTRY_OF(link, struct running_entry, key_link);

    return running_key_hash(entry->key, entry->key_size);
}

static size_t hash_of_cookie(const struct hash_link *link)
{
    return LIST_ENTRY_OF(link, struct running_entry, cookie_link)->cookie;
}

static size_t hash_of_object(const struct hash_link *link)
{
    return hash_mix(LIST_ENTRY_OF(link, struct running_entry, object_link)->oid);
}

static SRWLOCK entries_lock = SRWLOCK_INIT;
static struct hash_table by_key = {hash_of_key, NULL, 0, 0};
static struct hash_table by_cookie = {hash_of_cookie, NULL, 0, 0};
static struct hash_table by_object = {hash_of_object, NULL, 0, 0}; /* those with an OID */
static DWORD last_cookie = 0x10000;

/* ---- one entry ---- */

void running_entry_release(struct running_entry *entry)
{
    if (InterlockedDecrement(&entry->references))
        return;
    if (entry->object.data)
        packet_release(&entry->object);
    if (entry->moniker.data)
        packet_release(&entry->moniker);
    free(entry);
}

/* The object's, if it is one that this process exports. */
static UINT64 oid_of(const struct packet *packet, OXID_VALUE oxid)
{
    struct objref objref;
    UINT64 oid = 0;
    IStream *stream;

    if (FAILED(packet_stream(packet, &stream)))
        return 0;
    if (SUCCEEDED(objref_read(stream, &objref)) && objref.form != OBJREF_CUSTOM
            && objref.std.oxid == oxid)
        oid = objref.std.oid;
    IStream_Release(stream);
    return oid;
}

HRESULT running_entry_create(BOOL strong, IUnknown *object, IMoniker *moniker,
        const struct running_key *key, const FILETIME *time, struct running_entry **out)
{
    struct running_entry *entry = calloc(1, sizeof(*entry) + key->size);
    HRESULT hr;

    *out = NULL;
    if (!entry)
        return E_OUTOFMEMORY;
    entry->references = 1;
    entry->oxid = apartment_current()->oxid;
    entry->time = *time;
    entry->key_size = key->size;
    memcpy(entry->key, key->data, key->size);
    hr = packet_create(&entry->object, object, &IID_IUnknown, MSHCTX_LOCAL,
            strong ? MSHLFLAGS_TABLESTRONG : MSHLFLAGS_TABLEWEAK);
    if (SUCCEEDED(hr) && !strong)
        entry->oid = oid_of(&entry->object, entry->oxid);
    if (SUCCEEDED(hr))
        hr = packet_create(&entry->moniker, (IUnknown *)moniker, &IID_IMoniker, MSHCTX_LOCAL,
                MSHLFLAGS_TABLESTRONG);
    if (FAILED(hr))
        running_entry_release(entry);
    else
        *out = entry;
    return hr;
}

/* ---- the table; entries_lock is held ---- */

static struct running_entry *entry_lookup(const struct running_key *key)
{
    struct hash_link *link = hash_table_first(&by_key, running_key_hash(key->data, key->size));

    for (; link; link = link->next)
    {
        struct running_entry *entry = LIST_ENTRY_OF(link, struct running_entry, key_link);

        if (entry->key_size == key->size && !memcmp(entry->key, key->data, key->size))
            return entry;
    }
    return NULL;
}

static struct running_entry *entry_of_cookie(DWORD cookie)
{
    struct hash_link *link = hash_table_first(&by_cookie, cookie);

    for (; link; link = link->next)
    {
        struct running_entry *entry = LIST_ENTRY_OF(link, struct running_entry, cookie_link);

        if (entry->cookie == cookie)
            return entry;
    }
    return NULL;
}

static struct running_entry *entry_of_object(UINT64 oid)
{
    struct hash_link *link = hash_table_first(&by_object, hash_mix(oid));

    for (; link; link = link->next)
    {
        struct running_entry *entry = LIST_ENTRY_OF(link, struct running_entry, object_link);

        if (entry->oid == oid)
            return entry;
    }
    return NULL;
}

/* Nobody finds it any more but who has its cookie; harmless when that has happened. */
static void entry_hide(struct running_entry *entry)
{
    running_share_remove(&entry->place);
    hash_table_remove(&by_key, &entry->key_link);
    if (entry->oid)
        hash_table_remove(&by_object, &entry->object_link);
}

static void entry_unlink(struct running_entry *entry)
{
    entry_hide(entry);
    hash_table_remove(&by_cookie, &entry->cookie_link);
}

static BOOL entry_link(struct running_entry *entry)
{
    do
        entry->cookie = ++last_cookie;
    while (!entry->cookie || entry_of_cookie(entry->cookie));
    if (hash_table_insert(&by_key, &entry->key_link)
            && hash_table_insert(&by_cookie, &entry->cookie_link)
            && (!entry->oid || hash_table_insert(&by_object, &entry->object_link)))
        return TRUE;
    entry_unlink(entry);
    return FALSE;
}

/* ---- ... and taken ---- */

HRESULT running_entry_insert(struct running_entry *entry, const struct running_key *key,
        BOOL *others)
{
    HRESULT hr = E_OUTOFMEMORY;

    AcquireSRWLockExclusive(&entries_lock);
    *others = entry_lookup(key) != NULL;
    if (entry_link(entry))
    {
        hr = running_share_add(&entry->place, key, &entry->moniker, &entry->object, &entry->time);
        if (SUCCEEDED(hr))
            InterlockedIncrement(&entry->references);
        else
            entry_unlink(entry);
    }
    ReleaseSRWLockExclusive(&entries_lock);
    return hr;
}

BOOL running_entry_remove(DWORD cookie)
{
    struct running_entry *entry;

    AcquireSRWLockExclusive(&entries_lock);
    entry = entry_of_cookie(cookie);
    if (entry)
        entry_unlink(entry);
    ReleaseSRWLockExclusive(&entries_lock);
    if (entry)
        running_entry_release(entry);
    return entry != NULL;
}

void running_entry_hide(struct running_entry *entry)
{
    AcquireSRWLockExclusive(&entries_lock);
    entry_hide(entry);
    ReleaseSRWLockExclusive(&entries_lock);
}

struct running_entry *running_entry_find(const struct running_key *key)
{
    struct running_entry *entry;

    AcquireSRWLockShared(&entries_lock);
    entry = entry_lookup(key);
    if (entry)
        InterlockedIncrement(&entry->references);
    ReleaseSRWLockShared(&entries_lock);
    return entry;
}

BOOL running_entry_time(const struct running_key *key, FILETIME *time)
{
    struct running_entry *entry;

    AcquireSRWLockShared(&entries_lock);
    entry = entry_lookup(key);
    if (entry)
        *time = entry->time;
    ReleaseSRWLockShared(&entries_lock);
    return entry != NULL;
}

BOOL running_entry_set_time(DWORD cookie, const FILETIME *time)
{
    struct running_entry *entry;

    AcquireSRWLockExclusive(&entries_lock);
    entry = entry_of_cookie(cookie);
    if (entry)
    {
        entry->time = *time;
        running_share_set_time(&entry->place, time);
    }
    ReleaseSRWLockExclusive(&entries_lock);
    return entry != NULL;
}

HRESULT running_entries_list(struct running_entry ***list, ULONG *count)
{
    HRESULT hr = S_OK;

    *count = 0;
    AcquireSRWLockShared(&entries_lock);
    *list = malloc((by_key.count + 1) * sizeof(**list));
    if (!*list)
        hr = E_OUTOFMEMORY;
    for (size_t i = 0; SUCCEEDED(hr) && i < by_key.bucket_count; i++)
    {
        for (struct hash_link *link = by_key.buckets[i]; link; link = link->next)
        {
            struct running_entry *entry = LIST_ENTRY_OF(link, struct running_entry, key_link);

            InterlockedIncrement(&entry->references);
            (*list)[(*count)++] = entry;
        }
    }
    ReleaseSRWLockShared(&entries_lock);
    return hr;
}

/* ---- entries that go by themselves ---- */

void running_table_leave(struct apartment *apartment)
{
    struct running_entry *gone = NULL;

    AcquireSRWLockExclusive(&entries_lock);
    for (size_t i = 0; i < by_cookie.bucket_count; i++)
    {
        struct hash_link *link = by_cookie.buckets[i];

        while (link)
        {
            struct running_entry *entry = LIST_ENTRY_OF(link, struct running_entry, cookie_link);

            link = link->next;
            if (entry->oxid != apartment->oxid)
                continue;
            entry_unlink(entry);
            entry->next = gone;
            gone = entry;
        }
    }
    ReleaseSRWLockExclusive(&entries_lock);
    while (gone)
    {
        struct running_entry *entry = gone;

        gone = entry->next;
        running_entry_release(entry);
    }
}

void running_table_object_gone(UINT64 oid)
{
    struct running_entry *entry;

    AcquireSRWLockExclusive(&entries_lock);
    while ((entry = entry_of_object(oid)))
    {
        trace("running object %lx has been let go", entry->cookie);
        entry_hide(entry);
    }
    ReleaseSRWLockExclusive(&entries_lock);
}
