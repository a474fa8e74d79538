/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class SynchronizeContainer. objidlbase/nn-objidlbase-isynchronizecontainer */
#include "sync_container.h"

#include "com_aggregate.h"
#include "sync_event.h"

#define CONTAINER_MAX 63

/* An object in the container. Waits hold it as well, so that nothing is called under the lock. */
struct container_entry
{
    LONG references;
    ISynchronize *synchronize;
    ISynchronizeHandle *handle; /* of the same object */
};

struct sync_container
{
    struct com_inner com;
    ISynchronizeContainer ISynchronizeContainer_iface;
    IUnknown *volatile marshaler;

    SRWLOCK lock;
    struct container_entry *entries[CONTAINER_MAX];
    ULONG count;
};

/* What a wait waits for: the entries as they are when it begins, with references. */
struct container_wait
{
    struct container_entry *entries[CONTAINER_MAX];
    ULONG count;
};

COM_INNER_METHODS(container, struct sync_container, ISynchronizeContainer,
        ISynchronizeContainer_iface)

static void entry_release(struct container_entry *entry)
{
    if (InterlockedDecrement(&entry->references))
        return;
    ISynchronizeHandle_Release(entry->handle);
    ISynchronize_Release(entry->synchronize);
    HeapFree(GetProcessHeap(), 0, entry);
}

/*
 * Adds an object which can be waited for; once more if it is there already. Waits in progress do
 * not notice. S_OK; E_INVALIDARG; RPC_E_OUT_OF_RESOURCES: there are 63; E_NOINTERFACE, or whatever
 * the object says: it has no ISynchronizeHandle.
 * objidlbase/nf-objidlbase-isynchronizecontainer-addsynchronize
 */
static HRESULT STDMETHODCALLTYPE container_AddSynchronize(ISynchronizeContainer *iface,
        ISynchronize *synchronize)
{
    struct sync_container *container = container_from_ISynchronizeContainer(iface);
    struct container_entry *entry;
    ISynchronizeHandle *handle;
    HRESULT hr;

    if (!synchronize)
        return E_INVALIDARG;
    hr = ISynchronize_QueryInterface(synchronize, &IID_ISynchronizeHandle, (void **)&handle);
    if (FAILED(hr))
        return hr;
    if (!(entry = HeapAlloc(GetProcessHeap(), 0, sizeof(*entry))))
    {
        ISynchronizeHandle_Release(handle);
        return E_OUTOFMEMORY;
    }
    *entry = (struct container_entry){1, synchronize, handle};
    ISynchronize_AddRef(synchronize);

    AcquireSRWLockExclusive(&container->lock);
    if (container->count < CONTAINER_MAX)
        container->entries[container->count++] = entry;
    else
        hr = RPC_E_OUT_OF_RESOURCES;
    ReleaseSRWLockExclusive(&container->lock);
    if (FAILED(hr))
        entry_release(entry);
    return hr;
}

/* --- waiting --- */

/* In memory: S_FALSE unless all are events of ours. */
static HRESULT wait_for_signals(const struct container_wait *wait, DWORD flags, DWORD *timeout,
        ULONG *index)
{
    struct sync_signal *signals[CONTAINER_MAX];

    for (ULONG i = 0; i < wait->count; i++)
    {
        struct sync_event *event = sync_event_from(wait->entries[i]->synchronize);

        if (!event)
            return S_FALSE;
        signals[i] = sync_event_signal_of(event);
    }
    return sync_signals_wait(signals, wait->count, flags, timeout, index);
}

static HRESULT wait_for_handles(const struct container_wait *wait, DWORD flags, DWORD timeout,
        ULONG *index)
{
    HANDLE handles[CONTAINER_MAX];
    ULONG indices[CONTAINER_MAX]; /* of the entry that a handle belongs to */
    ULONG count = 0;
    DWORD signalled;
    HRESULT hr;

    for (ULONG i = 0; i < wait->count; i++)
    {
        HANDLE handle = NULL;
        ULONG known;

        if (FAILED(hr = ISynchronizeHandle_GetHandle(wait->entries[i]->handle, &handle)))
            return hr;
        /* The system does not wait for the same handle twice. */
        for (known = 0; known < count && handles[known] != handle; known++)
            ;
        if (known < count)
            continue;
        handles[count] = handle;
        indices[count++] = i;
    }
    hr = CoWaitForMultipleHandles(flags, timeout, count, handles, &signalled);
    if (hr != S_OK)
        return hr;
    if (signalled == WAIT_IO_COMPLETION)
        return RPC_S_CALLPENDING;
    if (signalled >= WAIT_ABANDONED_0)
        signalled -= WAIT_ABANDONED_0;
    *index = indices[signalled];
    return S_OK;
}

/* Takes an entry out, unless another wait has done so. */
static void container_remove(struct sync_container *container, struct container_entry *gone)
{
    struct container_entry *entry = NULL;

    AcquireSRWLockExclusive(&container->lock);
    for (ULONG i = 0; i < container->count && !entry; i++)
    {
        if (container->entries[i] != gone)
            continue;
        entry = container->entries[i];
        container->count--;
        for (; i < container->count; i++)
            container->entries[i] = container->entries[i + 1];
    }
    ReleaseSRWLockExclusive(&container->lock);
    if (entry)
        entry_release(entry);
}

/*
 * Waits for the first of the objects to be signalled; of several, the one that was added first. It
 * is taken out of the container, which holds those not signalled, and given to the caller, who
 * releases it. A standard event is reset. With a time-out of 0 it only looks; in an STA it serves
 * incoming calls meanwhile.
 *
 * S_OK; RPC_E_TIMEOUT: the time is over, or an APC ended the wait (COWAIT_ALERTABLE);
 * RPC_E_NO_SYNC: the container is empty; E_INVALIDARG: no place for the result, COWAIT_WAITALL or
 * an unknown flag; E_OUTOFMEMORY. objidlbase/nf-objidlbase-isynchronizecontainer-waitmultiple
 */
static HRESULT STDMETHODCALLTYPE container_WaitMultiple(ISynchronizeContainer *iface, DWORD flags,
        DWORD timeout, ISynchronize **out)
{
    struct sync_container *container = container_from_ISynchronizeContainer(iface);
    struct container_wait wait;
    ULONG index = 0;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if ((flags & COWAIT_WAITALL) || (flags & ~SYNC_WAIT_FLAGS))
        return E_INVALIDARG;

    AcquireSRWLockShared(&container->lock);
    wait.count = container->count;
    for (ULONG i = 0; i < wait.count; i++)
    {
        wait.entries[i] = container->entries[i];
        InterlockedIncrement(&wait.entries[i]->references);
    }
    ReleaseSRWLockShared(&container->lock);

    if (!wait.count)
        return RPC_E_NO_SYNC;

    hr = wait_for_signals(&wait, flags, &timeout, &index);
    if (hr == S_FALSE)
        hr = wait_for_handles(&wait, flags, timeout, &index);
    if (hr == S_OK)
    {
        *out = wait.entries[index]->synchronize;
        ISynchronize_AddRef(*out);
        container_remove(container, wait.entries[index]);
    }
    for (ULONG i = 0; i < wait.count; i++)
        entry_release(wait.entries[i]);
    return hr == RPC_S_CALLPENDING ? RPC_E_TIMEOUT : hr;
}

static const ISynchronizeContainerVtbl container_vtbl = {
        container_ISynchronizeContainer_QueryInterface,
        container_ISynchronizeContainer_AddRef,
        container_ISynchronizeContainer_Release,
        container_AddSynchronize,
        container_WaitMultiple,
};

/* --- the object --- */

static HRESULT container_query(void *object, REFIID iid, void **out)
{
    struct sync_container *container = object;

    return sync_marshaler_query(&container->marshaler, container->com.outer,
            com_inner_is_aggregated(&container->com), iid, out);
}

static void container_destroy(void *object)
{
    struct sync_container *container = object;

    for (ULONG i = 0; i < container->count; i++)
        entry_release(container->entries[i]);
    if (container->marshaler)
        IUnknown_Release(container->marshaler);
    HeapFree(GetProcessHeap(), 0, container);
}

static const struct com_interface container_interfaces[] = {
        {&IID_ISynchronizeContainer, offsetof(struct sync_container, ISynchronizeContainer_iface)},
};

static const struct com_inner_class container_class = {"synchronize container",
        container_interfaces, ARRAY_SIZE(container_interfaces), container_query, container_destroy};

HRESULT synchronize_container_create(IUnknown *outer, REFIID iid, void **out)
{
    struct sync_container *container;

    *out = NULL;
    if (outer && !IsEqualIID(iid, &IID_IUnknown))
        return E_NOINTERFACE;
    if (!(container = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*container))))
        return E_OUTOFMEMORY;
    com_inner_init(&container->com, &container_class, outer);
    container->ISynchronizeContainer_iface.lpVtbl = (ISynchronizeContainerVtbl *)&container_vtbl;
    InitializeSRWLock(&container->lock);
    return com_inner_hand_over(&container->com, iid, out);
}
