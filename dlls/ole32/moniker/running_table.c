/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The running object table: objects by their monikers. objidl/nn-objidl-irunningobjecttable. What
 * this process has registered comes before what others have.
 */
#include "running_table.h"

#include <stdlib.h>

#include "com_object.h"
#include "moniker_base.h"
#include "moniker_enumerator.h"
#include "running_entries.h"
#include "running_key.h"
#include "running_peers.h"
#include "running_share.h"
#include "trace.h"

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
    struct running_entry *entry = NULL;
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
            hr = running_entry_create(!!(flags & ROTFLAGS_REGISTRATIONKEEPSALIVE), object, reduced,
                    &key, &time, &entry);
        IMoniker_Release(reduced);
    }
    IBindCtx_Release(context);
    if (!entry)
        return hr;
    hr = running_entry_insert(entry, &key, &others);
    if (SUCCEEDED(hr))
    {
        *cookie = entry->cookie;
        /* Without a broker it runs for this process at least. */
        running_share_publish();
        others = others || running_peers_have(&key);
    }
    running_entry_release(entry);
    if (FAILED(hr))
        return hr;
    return others ? MK_S_MONIKERALREADYREGISTERED : S_OK;
}

static HRESULT STDMETHODCALLTYPE table_Revoke(IRunningObjectTable *iface, DWORD cookie)
{
    (void)iface;
    return running_entry_remove(cookie) ? S_OK : E_INVALIDARG;
}

static HRESULT key_of(IMoniker *moniker, struct running_key *key)
{
    IMoniker *reduced;
    IBindCtx *context;
    HRESULT hr;

    if (!moniker)
        return E_INVALIDARG;
    if (moniker_is_reduced(moniker))
        return running_key_get(moniker, key);
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
    struct running_entry *entry;
    HRESULT hr = key_of(moniker, &key);

    (void)iface;
    if (FAILED(hr))
        return hr;
    entry = running_entry_find(&key);
    if (!entry)
        return running_peers_have(&key) ? S_OK : S_FALSE;
    running_entry_release(entry);
    return S_OK;
}

/* An entry whose object has gone is out of the table; there may be others. */
static HRESULT STDMETHODCALLTYPE table_GetObject(IRunningObjectTable *iface, IMoniker *moniker,
        IUnknown **out)
{
    struct running_entry *entry;
    struct running_key key;
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    hr = key_of(moniker, &key);
    if (FAILED(hr))
        return hr;
    while ((entry = running_entry_find(&key)))
    {
        hr = packet_unmarshal(&entry->object, &IID_IUnknown, (void **)out);
        if (FAILED(hr) && hr != CO_E_NOTINITIALIZED)
        {
            trace("running object %lx has gone: %#lx", entry->cookie, hr);
            running_entry_hide(entry);
        }
        running_entry_release(entry);
        if (SUCCEEDED(hr) || hr == CO_E_NOTINITIALIZED)
            return hr;
    }
    return running_peers_object(&key, out);
}

static HRESULT STDMETHODCALLTYPE table_NoteChangeTime(IRunningObjectTable *iface, DWORD cookie,
        FILETIME *time)
{
    (void)iface;
    return time && running_entry_set_time(cookie, time) ? S_OK : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE table_GetTimeOfLastChange(IRunningObjectTable *iface,
        IMoniker *moniker, FILETIME *time)
{
    struct running_key key;
    HRESULT hr;

    (void)iface;
    if (!time)
        return E_INVALIDARG;
    hr = key_of(moniker, &key);
    if (FAILED(hr))
        return hr;
    return running_entry_time(&key, time) || running_peers_time(&key, time) ? S_OK
                                                                            : MK_E_UNAVAILABLE;
}

/* The monikers of this process's own entries. */
static HRESULT entries_monikers(struct moniker_list *monikers)
{
    struct running_entry **list;
    ULONG count;
    HRESULT hr = running_entries_list(&list, &count);

    for (ULONG i = 0; i < count; i++)
    {
        IMoniker *moniker;

        if (SUCCEEDED(hr)
                && SUCCEEDED(packet_unmarshal(&list[i]->moniker, &IID_IMoniker, (void **)&moniker)))
        {
            hr = moniker_list_append(monikers, moniker);
            IMoniker_Release(moniker);
        }
        running_entry_release(list[i]);
    }
    free(list);
    return hr;
}

static HRESULT STDMETHODCALLTYPE table_EnumRunning(IRunningObjectTable *iface, IEnumMoniker **out)
{
    struct moniker_list monikers = {0};
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    hr = entries_monikers(&monikers);
    if (SUCCEEDED(hr))
        hr = running_peers_list(&monikers);
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

/* A process that has registered something never unloads this module (broker_link_get). */
void running_table_detach(BOOL terminating)
{
    if (!terminating)
        running_peers_close();
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
