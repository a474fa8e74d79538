/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The global interface table: interfaces by cookies, for all apartments of the process. Pages
 * "IGlobalInterfaceTable interface (objidl.h)" and its methods'. An entry is a table-strong packet.
 */
#include <windows.h>
#include <objbase.h>
#include <stdlib.h>

#include "apartment.h"
#include "builtin_classes.h"
#include "com_object.h"
#include "hash_table.h"
#include "packet.h"

struct entry
{
    struct hash_link link;
    volatile LONG references; /* the table's, and of those who unmarshal it */
    DWORD cookie;
    struct packet packet;
};

static size_t hash_of_entry(const struct hash_link *link)
{
    return LIST_ENTRY_OF(link, struct entry, link)->cookie;
}

static SRWLOCK entries_lock = SRWLOCK_INIT;
static struct hash_table entries = {hash_of_entry, NULL, 0, 0};
static DWORD last_cookie = 0x100; /* no small numbers, which look like something else */

/* entries_lock is held. */
static struct entry *entry_lookup(DWORD cookie)
{
    struct hash_link *link = hash_table_first(&entries, cookie);

    for (; link; link = link->next)
    {
        struct entry *entry = LIST_ENTRY_OF(link, struct entry, link);

        if (entry->cookie == cookie)
            return entry;
    }
    return NULL;
}

/* The packet is released when nobody unmarshals it any more. */
static HRESULT entry_release(struct entry *entry)
{
    HRESULT hr;

    if (InterlockedDecrement(&entry->references))
        return S_OK;
    hr = packet_release(&entry->packet);
    free(entry);
    return hr;
}

static HRESULT STDMETHODCALLTYPE git_QueryInterface(IGlobalInterfaceTable *iface, REFIID iid,
        void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IGlobalInterfaceTable)
            || IsEqualIID(iid, &IID_IAgileObject))
        *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

/* There is one for the life of the process; as on Windows, its count is always 1. */
static ULONG STDMETHODCALLTYPE git_AddRef(IGlobalInterfaceTable *iface)
{
    (void)iface;
    return 1;
}

static ULONG STDMETHODCALLTYPE git_Release(IGlobalInterfaceTable *iface)
{
    (void)iface;
    return 1;
}

/* S_OK with a cookie that is not zero; what CoMarshalInterface returns. */
static HRESULT STDMETHODCALLTYPE git_RegisterInterfaceInGlobal(IGlobalInterfaceTable *iface,
        IUnknown *object, REFIID iid, DWORD *cookie)
{
    struct entry *entry;
    HRESULT hr;

    (void)iface;
    if (!object || !iid || !cookie)
        return E_INVALIDARG;
    *cookie = 0;
    entry = calloc(1, sizeof(*entry));
    if (!entry)
        return E_OUTOFMEMORY;
    entry->references = 1;
    hr = packet_create(&entry->packet, object, iid, MSHCTX_INPROC, MSHLFLAGS_TABLESTRONG);
    if (FAILED(hr))
    {
        free(entry);
        return hr;
    }
    AcquireSRWLockExclusive(&entries_lock);
    do
        entry->cookie = ++last_cookie;
    while (!entry->cookie || entry_lookup(entry->cookie));
    if (!hash_table_insert(&entries, &entry->link))
        hr = E_OUTOFMEMORY;
    ReleaseSRWLockExclusive(&entries_lock);
    if (FAILED(hr))
        entry_release(entry);
    else
        *cookie = entry->cookie;
    return hr;
}

/* S_OK; E_INVALIDARG: no such cookie; CO_E_NOTINITIALIZED. */
static HRESULT STDMETHODCALLTYPE git_RevokeInterfaceFromGlobal(IGlobalInterfaceTable *iface,
        DWORD cookie)
{
    struct entry *entry;

    (void)iface;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED; /* the packet could not be released */
    AcquireSRWLockExclusive(&entries_lock);
    entry = entry_lookup(cookie);
    if (entry)
        hash_table_remove(&entries, &entry->link);
    ReleaseSRWLockExclusive(&entries_lock);
    if (!entry)
        return E_INVALIDARG;
    entry_release(entry);
    return S_OK;
}

/* S_OK; E_INVALIDARG: no such cookie; what CoUnmarshalInterface returns. */
static HRESULT STDMETHODCALLTYPE git_GetInterfaceFromGlobal(IGlobalInterfaceTable *iface,
        DWORD cookie, REFIID iid, void **out)
{
    struct entry *entry;
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!iid)
        return E_INVALIDARG;
    AcquireSRWLockShared(&entries_lock);
    entry = entry_lookup(cookie);
    if (entry)
        InterlockedIncrement(&entry->references);
    ReleaseSRWLockShared(&entries_lock);
    if (!entry)
        return E_INVALIDARG;
    hr = packet_unmarshal(&entry->packet, iid, out);
    entry_release(entry);
    return hr;
}

static const IGlobalInterfaceTableVtbl git_vtbl = {
        git_QueryInterface,
        git_AddRef,
        git_Release,
        git_RegisterInterfaceInGlobal,
        git_RevokeInterfaceFromGlobal,
        git_GetInterfaceFromGlobal,
};

static IGlobalInterfaceTable table = {(IGlobalInterfaceTableVtbl *)&git_vtbl};

HRESULT global_interface_table_create(IUnknown *outer, REFIID iid, void **out)
{
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    return IGlobalInterfaceTable_QueryInterface(&table, iid, out);
}
