/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What apartments import: the table of proxy managers, and what happens to them when their
 * apartment is left.
 */
#include "proxy_manager_impl.h"

#include <stdlib.h>

#include "client_channel.h"
#include "com_object.h"
#include "decode_proxy.h"

SRWLOCK import_lock = SRWLOCK_INIT;

static size_t hash_object(const struct apartment *owner, OXID_VALUE oxid, UINT64 oid)
{
    return hash_mix(oid ^ (oxid << 7) ^ owner->oxid);
}

static size_t hash_of_proxy_manager(const struct hash_link *link)
{
    const struct proxy_manager *manager = LIST_ENTRY_OF(link, struct proxy_manager, object_link);

    return hash_object(manager->owner, manager->oxid, manager->oid);
}

struct hash_table managers_by_object = {hash_of_proxy_manager, NULL, 0, 0};

struct imports *imports_get(struct apartment *apartment)
{
    struct imports *imports;

    AcquireSRWLockExclusive(&apartment->lock);
    imports = apartment->imports;
    if (!imports && !apartment->closed && (imports = calloc(1, sizeof(*imports))))
    {
        list_init(&imports->managers);
        list_init(&imports->remotes);
        apartment->imports = imports;
    }
    ReleaseSRWLockExclusive(&apartment->lock);
    return imports && !imports->closed ? imports : NULL;
}

/* The object's manager, with a reference on its identity, unless that is being destroyed.
 * import_lock is held, shared will do. */
static struct proxy_manager *manager_take(struct apartment *here, OXID_VALUE oxid, UINT64 oid)
{
    struct hash_link *link = hash_table_first(&managers_by_object, hash_object(here, oxid, oid));

    for (; link; link = link->next)
    {
        struct proxy_manager *manager = LIST_ENTRY_OF(link, struct proxy_manager, object_link);

        if (manager->oid == oid && manager->oxid == oxid && manager->owner == here
                && manager->counted && com_addref_unless_gone(manager->counted))
            return manager;
    }
    return NULL;
}

struct proxy_manager *proxy_manager_find(struct apartment *here, OXID_VALUE oxid, UINT64 oid)
{
    struct proxy_manager *manager;

    AcquireSRWLockShared(&import_lock);
    manager = manager_take(here, oxid, oid);
    ReleaseSRWLockShared(&import_lock);
    return manager;
}

struct proxy_manager *proxy_manager_enlist(struct proxy_manager *manager, HRESULT *hr)
{
    struct proxy_manager *other = NULL;
    struct imports *imports;

    *hr = S_OK;
    AcquireSRWLockExclusive(&import_lock);
    imports = imports_get(manager->owner);
    if (!imports)
        *hr = RPC_E_DISCONNECTED;
    else if (!(other = manager_take(manager->owner, manager->oxid, manager->oid)))
    {
        if (!hash_table_insert(&managers_by_object, &manager->object_link))
        {
            *hr = E_OUTOFMEMORY;
        }
        else
        {
            list_add_tail(&imports->managers, &manager->entry);
            manager->listed = TRUE;
        }
    }
    ReleaseSRWLockExclusive(&import_lock);
    return other;
}

static BOOL manager_unpin(struct proxy_manager *manager)
{
    LONG table = manager->table;

    while (table > 0)
    {
        LONG before = InterlockedCompareExchange(&manager->table, table - 1, table);

        if (before == table)
            return TRUE;
        table = before;
    }
    return FALSE;
}

struct proxy_manager *proxy_manager_take_table(struct apartment *here, OXID_VALUE oxid, UINT64 oid)
{
    struct proxy_manager *manager = proxy_manager_find(here, oxid, oid), *taken = NULL;
    size_t i;

    if (manager && manager_unpin(manager))
        taken = manager;
    if (manager)
        IUnknown_Release(manager->outer);
    if (taken)
        return taken;

    AcquireSRWLockShared(&import_lock);
    for (i = 0; i < managers_by_object.bucket_count && !taken; ++i)
    {
        struct hash_link *link = managers_by_object.buckets[i];

        for (; link && !taken; link = link->next)
        {
            manager = LIST_ENTRY_OF(link, struct proxy_manager, object_link);
            if (manager->oid == oid && manager->oxid == oxid && manager_unpin(manager))
                taken = manager;
        }
    }
    ReleaseSRWLockShared(&import_lock);
    return taken;
}

/* import_lock is held. */
static void manager_unlist(struct proxy_manager *manager)
{
    if (!manager->listed)
        return;
    hash_table_remove(&managers_by_object, &manager->object_link);
    list_remove(&manager->entry);
    manager->listed = FALSE;
}

void proxy_manager_unlist(struct proxy_manager *manager)
{
    AcquireSRWLockExclusive(&import_lock);
    manager_unlist(manager);
    ReleaseSRWLockExclusive(&import_lock);
}

ULONG proxy_manager_release_inner(struct proxy_manager *manager)
{
    ULONG references;

    if (com_release_unless_last(&manager->references, &references))
        return references;
    /* The last one goes under the lock, so that nobody finds what is about to be freed. */
    AcquireSRWLockExclusive(&import_lock);
    references = InterlockedDecrement(&manager->references);
    if (!references)
        manager_unlist(manager);
    ReleaseSRWLockExclusive(&import_lock);
    return references;
}

/* --- the apartment is left --- */

/* The next one to be closed, out of the lists, with a reference; `local`: of those whose object is
 * in this process. NULL: no more. */
static struct proxy_manager *imports_take(struct imports *imports, BOOL local)
{
    struct proxy_manager *manager, *taken = NULL;

    AcquireSRWLockExclusive(&import_lock);
    LIST_FOR_EACH(manager, &imports->managers, struct proxy_manager, entry)
    {
        if (local && !manager->stub)
            continue;
        taken = manager;
        break;
    }
    if (taken)
    {
        InterlockedIncrement(&taken->references);
        manager_unlist(taken);
    }
    ReleaseSRWLockExclusive(&import_lock);
    return taken;
}

static struct imports *imports_close(struct apartment *apartment, BOOL local)
{
    struct proxy_manager *manager;
    struct imports *imports;

    AcquireSRWLockExclusive(&import_lock);
    imports = apartment->imports;
    if (imports)
        imports->closed = TRUE;
    ReleaseSRWLockExclusive(&import_lock);

    while (imports && (manager = imports_take(imports, local)))
    {
        struct interface_proxy *proxy;

        /* Somebody still has it: from now on it only fails. */
        AcquireSRWLockShared(&manager->lock);
        proxy = manager->interfaces;
        ReleaseSRWLockShared(&manager->lock);
        for (; proxy; proxy = proxy->next)
        {
            if (proxy->channel)
                client_channel_disconnect(proxy->channel);
        }
        proxy_manager_let_go(manager, TRUE);
        while (manager_unpin(manager)) /* nobody finds it any more to do that */
            IUnknown_Release(manager->outer);
        IUnknown_Release(&manager->inner);
    }
    return imports;
}

void apartment_close_local_imports(struct apartment *apartment)
{
    imports_close(apartment, TRUE);
}

void apartment_close_imports(struct apartment *apartment)
{
    struct imports *imports = imports_close(apartment, FALSE);

    AcquireSRWLockExclusive(&import_lock);
    if (imports)
    {
        AcquireSRWLockExclusive(&apartment->lock);
        apartment->imports = NULL;
        ReleaseSRWLockExclusive(&apartment->lock);
        while (!list_empty(&imports->remotes))
            list_remove(imports->remotes.next);
    }
    ReleaseSRWLockExclusive(&import_lock);
    free(imports);
}
