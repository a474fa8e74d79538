/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session_table.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "list.h"

/* Counted, so that the factory is called without the lock: one reference is the list's. */
struct registration
{
    struct list entry;
    LONG references;
    IClassFactory *factory;
    CLSID clsid;
    size_t length;
    WCHAR key[];
};

static SRWLOCK table_lock = SRWLOCK_INIT;
static struct list tables[2] = {
        {&tables[0], &tables[0]},
        {&tables[1], &tables[1]},
};
static LONG registrations; /* a plain read of zero spares the lock */

static void registration_release(struct registration *registration)
{
    if (InterlockedDecrement(&registration->references))
        return;
    IClassFactory_Release(registration->factory);
    free(registration);
}

static BOOL registration_is(const struct registration *registration, const WCHAR *key,
        size_t length)
{
    return registration->length == length && !_wcsnicmp(registration->key, key, length);
}

HRESULT session_table_add(enum session_kind kind, IClassFactory *factory, REFCLSID clsid,
        const WCHAR *key)
{
    struct registration *registration;
    size_t length;

    if (!factory || !key || !*key)
        return E_INVALIDARG;
    length = wcslen(key);
    registration = malloc(sizeof(*registration) + (length + 1) * sizeof(WCHAR));
    if (!registration)
        return E_OUTOFMEMORY;
    registration->references = 1;
    registration->factory = factory;
    IClassFactory_AddRef(factory);
    registration->clsid = clsid ? *clsid : CLSID_NULL;
    registration->length = length;
    memcpy(registration->key, key, (length + 1) * sizeof(WCHAR));
    AcquireSRWLockExclusive(&table_lock);
    list_add_tail(tables[kind].next, &registration->entry); /* before the first */
    registrations++;
    ReleaseSRWLockExclusive(&table_lock);
    return S_OK;
}

HRESULT session_table_remove(enum session_kind kind, IClassFactory *factory, const WCHAR *key)
{
    struct registration *registration, *found = NULL;
    size_t length;

    if (!factory || !key)
        return E_INVALIDARG;
    length = wcslen(key);
    AcquireSRWLockExclusive(&table_lock);
    LIST_FOR_EACH(registration, &tables[kind], struct registration, entry)
    {
        if (registration->factory == factory && registration_is(registration, key, length))
        {
            found = registration;
            list_remove(&found->entry);
            registrations--;
            break;
        }
    }
    ReleaseSRWLockExclusive(&table_lock);
    if (!found)
        return E_FAIL;
    registration_release(found);
    return S_OK;
}

HRESULT session_table_find(enum session_kind kind, const WCHAR *key, size_t length,
        IClassFactory **factory, CLSID *clsid)
{
    struct registration *registration, *found = NULL;

    *factory = NULL;
    if (!registrations)
        return S_FALSE;
    AcquireSRWLockShared(&table_lock);
    LIST_FOR_EACH(registration, &tables[kind], struct registration, entry)
    {
        if (registration_is(registration, key, length))
        {
            found = registration;
            InterlockedIncrement(&found->references);
            break;
        }
    }
    ReleaseSRWLockShared(&table_lock);
    if (!found)
        return S_FALSE;
    *factory = found->factory;
    IClassFactory_AddRef(found->factory);
    if (clsid)
        *clsid = found->clsid;
    registration_release(found);
    return S_OK;
}
