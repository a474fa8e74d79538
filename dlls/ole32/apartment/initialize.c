/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoInitializeEx and CoUninitialize, OleInitialize and OleUninitialize, and usages of the MTA. */
#include <stdlib.h>

#include "apartment_private.h"
#include "initialize_spy.h"

#define COINIT_ALL_FLAGS                                                                           \
    (COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE | COINIT_SPEED_OVER_MEMORY)

/* CoInitializeEx without the spies. */
static HRESULT thread_initialize(struct com_thread *thread, DWORD flags)
{
    enum apartment_kind kind = flags & COINIT_APARTMENTTHREADED ? APARTMENT_STA : APARTMENT_MTA;

    /* A call into the neutral apartment, or one that a thread of the runtime serves in the MTA. */
    if (thread->executing
            && (thread->executing->kind == APARTMENT_NTA
                    || (!thread->apartment && kind != thread->executing->kind)))
        return RPC_E_CHANGED_MODE;
    if (!thread->apartment)
    {
        HRESULT hr = apartment_enter(thread, kind, FALSE);

        if (SUCCEEDED(hr) && (flags & COINIT_DISABLE_OLE1DDE))
            com_thread_mark(thread, 0, OLE_TLS_DISABLE_OLE1_DDE);
        /* A thread of the runtime that serves a call has been in the MTA before. */
        return hr == S_OK && thread->executing ? S_FALSE : hr;
    }
    if (thread->apartment->kind != kind)
        return RPC_E_CHANGED_MODE;
    thread->initialize_count++;
    return S_FALSE;
}

/*
 * CoInitializeEx: enters a new single-threaded apartment (COINIT_APARTMENTTHREADED) or the
 * multithreaded one. S_OK; S_FALSE: the thread is in it already, which counts all the same;
 * RPC_E_CHANGED_MODE: it is in one of the other kind; E_INVALIDARG, E_OUTOFMEMORY.
 * combaseapi/nf-combaseapi-coinitializeex
 */
HRESULT WINAPI CoInitializeEx(void *reserved, DWORD flags)
{
    struct com_thread *thread;

    if (reserved || (flags & ~COINIT_ALL_FLAGS))
        return E_INVALIDARG;
    if (!(thread = com_thread_get()))
        return E_OUTOFMEMORY;
    spies_pre_initialize(thread, flags);
    return spies_post_initialize(thread, thread_initialize(thread, flags), flags);
}

/* CoInitialize: enters a single-threaded apartment. objbase/nf-objbase-coinitialize */
HRESULT WINAPI CoInitialize(void *reserved)
{
    return CoInitializeEx(reserved, COINIT_APARTMENTTHREADED);
}

/*
 * CoUninitialize: undoes one successful CoInitializeEx; the last one leaves the apartment: calls
 * that wait are finished, objects that are still exported are disconnected, proxies are let go. A
 * call too many is ignored. combaseapi/nf-combaseapi-couninitialize
 */
void WINAPI CoUninitialize(void)
{
    struct com_thread *thread = com_thread_peek();

    if (!thread)
        return;
    spies_pre_uninitialize(thread);
    if (thread->initialize_count > 1)
        thread->initialize_count--;
    else if (thread->initialize_count && !thread->leaving)
        apartment_leave(thread);
    spies_post_uninitialize(thread);
}

/*
 * OleInitialize: CoInitialize, and what OLE needs besides. S_OK for the thread's first, also when
 * it has entered its apartment before; S_FALSE for later ones, until as many OleUninitialize have
 * followed (CoUninitialize leaves the apartment, not OLE); RPC_E_CHANGED_MODE in the MTA,
 * E_INVALIDARG. ole2/nf-ole2-oleinitialize
 */
HRESULT WINAPI OleInitialize(void *reserved)
{
    struct com_thread *thread;
    HRESULT hr;

    if (FAILED(hr = CoInitializeEx(reserved, COINIT_APARTMENTTHREADED)))
        return hr;
    if (!(thread = com_thread_peek()))
        return hr;
    return thread->ole_initialize_count++ ? S_FALSE : S_OK;
}

/* OleUninitialize: undoes one successful OleInitialize; without one it does nothing, so that the
 * apartment stays. ole2/nf-ole2-oleuninitialize */
void WINAPI OleUninitialize(void)
{
    struct com_thread *thread = com_thread_peek();

    if (!thread || !thread->ole_initialize_count)
        return;
    thread->ole_initialize_count--;
    CoUninitialize();
}

/* A cookie of CoIncrementMTAUsage; known ones are listed, since a wrong one must do no harm. */
struct usage
{
    struct list entry;
};

static SRWLOCK usages_lock = SRWLOCK_INIT;
static struct list usages = {&usages, &usages};

/*
 * CoIncrementMTAUsage: the MTA exists, if need be from now on, until CoDecrementMTAUsage gets the
 * cookie; threads which are in no apartment are in it. S_OK, E_INVALIDARG, E_OUTOFMEMORY.
 * combaseapi/nf-combaseapi-coincrementmtausage
 */
HRESULT WINAPI CoIncrementMTAUsage(CO_MTA_USAGE_COOKIE *cookie)
{
    struct usage *usage;
    HRESULT hr;

    if (!cookie)
        return E_INVALIDARG;
    *cookie = NULL;
    if (!(usage = malloc(sizeof(*usage))))
        return E_OUTOFMEMORY;
    if (FAILED(hr = apartment_mta_add_usage()))
    {
        free(usage);
        return hr;
    }
    AcquireSRWLockExclusive(&usages_lock);
    list_add_tail(&usages, &usage->entry);
    ReleaseSRWLockExclusive(&usages_lock);
    *cookie = (CO_MTA_USAGE_COOKIE)usage;
    return S_OK;
}

/*
 * CoDecrementMTAUsage: gives back one cookie, on any thread. S_OK, or E_INVALIDARG for what is none
 * (any more). combaseapi/nf-combaseapi-codecrementmtausage
 */
HRESULT WINAPI CoDecrementMTAUsage(CO_MTA_USAGE_COOKIE cookie)
{
    struct list *entry;

    AcquireSRWLockExclusive(&usages_lock);
    for (entry = usages.next; entry != &usages; entry = entry->next)
    {
        if (LIST_ENTRY_OF(entry, struct usage, entry) == (struct usage *)cookie)
            break;
    }
    if (entry != &usages)
        list_remove(entry);
    else
        entry = NULL;
    ReleaseSRWLockExclusive(&usages_lock);
    if (!entry)
        return E_INVALIDARG;
    free(LIST_ENTRY_OF(entry, struct usage, entry));
    apartment_mta_remove_usage();
    return S_OK;
}
