/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "call_cancel.h"

#include <objbase.h>
#include <objidl.h>
#include <stdlib.h>

#include "com_object.h"
#include "com_thread.h"
#include "deferred_call.h"
#include "list.h"

/* A thread that has, or had, to do with cancelling. */
struct cancel_thread
{
    struct list entry; /* in cancel_threads */
    DWORD id;
    LONG enabled;      /* CoEnableCallCancellation less CoDisableCallCancellation */
    struct list stack; /* of cancel_entry; the innermost last */
};

struct cancel_entry
{
    struct list entry;
    ICancelMethodCalls *object; /* with a reference */
    BOOL ours;                  /* of a call; else CoSetCancelObject's */
    LONG references;            /* of CoSetCancelObject's: the stack's, and those of who asks it */
};

/* Guards the list, and what belongs to each thread. */
static SRWLOCK cancel_lock = SRWLOCK_INIT;
static struct list cancel_threads = {&cancel_threads, &cancel_threads};

/* ---- the cancel object of a call ---- */

struct call_cancel
{
    struct com_object object;
    ICancelMethodCalls ICancelMethodCalls_iface;
    struct cancel_entry entry;
    DWORD thread_id;
    struct cancel_state state;
};

COM_OBJECT_METHODS(cancel, struct call_cancel, ICancelMethodCalls, ICancelMethodCalls_iface)

/* cancel_lock is held. */
static struct cancel_thread *thread_lookup(DWORD id)
{
    struct cancel_thread *known;

    LIST_FOR_EACH(known, &cancel_threads, struct cancel_thread, entry)
    {
        if (known->id == id)
            return known;
    }
    return NULL;
}

static BOOL thread_enabled(DWORD id)
{
    const struct cancel_thread *known;
    BOOL enabled;

    AcquireSRWLockShared(&cancel_lock);
    known = thread_lookup(id);
    enabled = known && known->enabled;
    ReleaseSRWLockShared(&cancel_lock);
    return enabled;
}

/* ICancelMethodCalls::Cancel: asks the server to stop, and lets the client go after that many
 * seconds at the latest; RPC_C_CANCEL_INFINITE_TIMEOUT: when the server answers. Returns at once.
 * S_OK, RPC_E_CALL_COMPLETE, RPC_E_CALL_CANCELED (it was before), CO_E_CANCEL_DISABLED.
 * objidl/nf-objidl-icancelmethodcalls-cancel */
static HRESULT STDMETHODCALLTYPE cancel_Cancel(ICancelMethodCalls *iface, ULONG seconds)
{
    struct call_cancel *cancel = cancel_from_ICancelMethodCalls(iface);

    if (!thread_enabled(cancel->thread_id))
        return CO_E_CANCEL_DISABLED;
    return cancel_state_cancel(&cancel->state, seconds);
}

/* ICancelMethodCalls::TestCancel: RPC_E_CALL_CANCELED, RPC_S_CALLPENDING, RPC_E_CALL_COMPLETE. */
static HRESULT STDMETHODCALLTYPE cancel_TestCancel(ICancelMethodCalls *iface)
{
    return cancel_state_test(&cancel_from_ICancelMethodCalls(iface)->state);
}

static void cancel_destroy(void *object)
{
    struct call_cancel *cancel = object;

    cancel_state_free(&cancel->state);
    free(cancel);
}

static const struct com_interface cancel_interfaces[] = {
        {&IID_IUnknown, offsetof(struct call_cancel, ICancelMethodCalls_iface)},
        {&IID_ICancelMethodCalls, offsetof(struct call_cancel, ICancelMethodCalls_iface)},
};

static const struct com_class cancel_class = {"cancel object", cancel_interfaces,
        ARRAY_SIZE(cancel_interfaces), cancel_destroy};

struct cancel_state *call_cancel_state(struct call_cancel *cancel)
{
    return &cancel->state;
}

/* ---- threads ---- */

/* Of the calling thread, made on demand. NULL when out of memory. */
static struct cancel_thread *thread_get(struct com_thread *thread)
{
    struct cancel_thread *known = thread->cancel;

    if (known || !(known = calloc(1, sizeof(*known))))
        return known;
    known->id = GetCurrentThreadId();
    list_init(&known->stack);
    thread->cancel = known;
    AcquireSRWLockExclusive(&cancel_lock);
    list_add_tail(&cancel_threads, &known->entry);
    ReleaseSRWLockExclusive(&cancel_lock);
    return known;
}

static void thread_push(struct cancel_thread *known, struct cancel_entry *entry)
{
    AcquireSRWLockExclusive(&cancel_lock);
    list_add_tail(&known->stack, &entry->entry);
    ReleaseSRWLockExclusive(&cancel_lock);
}

static void entry_remove(struct cancel_entry *entry)
{
    AcquireSRWLockExclusive(&cancel_lock);
    list_remove(&entry->entry);
    ReleaseSRWLockExclusive(&cancel_lock);
}

/* Of CoSetCancelObject's. Holds no lock: the object is the user's. */
static void entry_release(struct cancel_entry *entry)
{
    if (InterlockedDecrement(&entry->references))
        return;
    ICancelMethodCalls_Release(entry->object);
    free(entry);
}

BOOL call_cancel_enabled(const struct com_thread *thread)
{
    return thread->cancel && thread->cancel->enabled;
}

struct call_cancel *call_cancel_push(struct com_thread *thread)
{
    static ICancelMethodCallsVtbl vtbl = {cancel_ICancelMethodCalls_QueryInterface,
            cancel_ICancelMethodCalls_AddRef, cancel_ICancelMethodCalls_Release, cancel_Cancel,
            cancel_TestCancel};
    struct call_cancel *cancel = calloc(1, sizeof(*cancel));

    if (!cancel)
        return NULL;
    com_object_init(&cancel->object, &cancel_class);
    cancel->ICancelMethodCalls_iface.lpVtbl = &vtbl;
    cancel->thread_id = GetCurrentThreadId();
    InitializeSRWLock(&cancel->state.lock);
    cancel->entry.object = &cancel->ICancelMethodCalls_iface;
    cancel->entry.ours = TRUE;
    thread_push(thread->cancel, &cancel->entry);
    return cancel;
}

void call_cancel_pop(struct call_cancel *cancel)
{
    entry_remove(&cancel->entry);
    com_object_release(&cancel->object);
}

/* Lets go what a thread has left on its stack. */
static void stack_release(void *argument)
{
    struct cancel_thread *known = argument;

    while (!list_empty(&known->stack))
    {
        struct cancel_entry *entry = LIST_ENTRY_OF(known->stack.next, struct cancel_entry, entry);

        list_remove(&entry->entry);
        entry_release(entry);
    }
    free(known);
}

void call_cancel_thread_ended(struct com_thread *thread)
{
    struct cancel_thread *known = thread->cancel;
    struct cancel_entry *entry, *next;

    if (!known)
        return;
    thread->cancel = NULL;
    AcquireSRWLockExclusive(&cancel_lock);
    list_remove(&known->entry);
    ReleaseSRWLockExclusive(&cancel_lock);
    LIST_FOR_EACH_SAFE(entry, next, &known->stack, struct cancel_entry, entry)
    {
        if (entry->ours)
            list_remove(&entry->entry); /* its call is gone with the thread, and nobody ends it */
    }
    /* The objects are users', and this thread holds the loader's lock. */
    if (list_empty(&known->stack))
        free(known);
    else
        deferred_call(stack_release, known); /* out of memory: they are lost */
}

/* ---- functions ---- */

/*
 * CoGetCancelObject: an interface of the cancel object of the innermost call that is pending on a
 * thread of this process (0: the calling one). S_OK, E_NOINTERFACE, E_INVALIDARG.
 * combaseapi/nf-combaseapi-cogetcancelobject
 */
HRESULT WINAPI CoGetCancelObject(DWORD thread_id, REFIID iid, void **out)
{
    struct cancel_entry *entry = NULL;
    ICancelMethodCalls *object = NULL;
    struct cancel_thread *known;
    BOOL ours = FALSE;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    AcquireSRWLockShared(&cancel_lock);
    known = thread_lookup(thread_id ? thread_id : GetCurrentThreadId());
    if (known && !list_empty(&known->stack))
    {
        entry = LIST_ENTRY_OF(known->stack.prev, struct cancel_entry, entry);
        object = entry->object;
        ours = entry->ours;
        if (ours)
            ICancelMethodCalls_AddRef(object); /* calls nobody */
        else
            InterlockedIncrement(&entry->references);
    }
    ReleaseSRWLockShared(&cancel_lock);
    if (!object)
        return E_NOINTERFACE;
    hr = ICancelMethodCalls_QueryInterface(object, iid, out);
    if (ours)
        ICancelMethodCalls_Release(object);
    else
        entry_release(entry);
    return hr;
}

/*
 * CoCancelCall: ICancelMethodCalls::Cancel of that object. S_OK; E_NOINTERFACE: no call is pending
 * on the thread; CO_E_CANCEL_DISABLED; RPC_E_CALL_COMPLETE; RPC_E_CALL_CANCELED.
 * combaseapi/nf-combaseapi-cocancelcall
 */
HRESULT WINAPI CoCancelCall(DWORD thread_id, ULONG timeout)
{
    ICancelMethodCalls *object;
    HRESULT hr = CoGetCancelObject(thread_id, &IID_ICancelMethodCalls, (void **)&object);

    if (FAILED(hr))
        return thread_enabled(thread_id ? thread_id : GetCurrentThreadId()) ? hr
                                                                            : CO_E_CANCEL_DISABLED;
    hr = ICancelMethodCalls_Cancel(object, timeout);
    ICancelMethodCalls_Release(object);
    return hr;
}

/*
 * CoTestCancel: whether the client has cancelled the call being served. RPC_E_CALL_CANCELED,
 * RPC_S_CALLPENDING; RPC_E_CALL_COMPLETE outside a call, CO_E_NOTINITIALIZED.
 * combaseapi/nf-combaseapi-cotestcancel
 */
HRESULT WINAPI CoTestCancel(void)
{
    ICancelMethodCalls *object;
    HRESULT hr = CoGetCallContext(&IID_ICancelMethodCalls, (void **)&object);

    if (FAILED(hr))
        return hr;
    hr = ICancelMethodCalls_TestCancel(object);
    ICancelMethodCalls_Release(object);
    return hr;
}

/* Takes the innermost object that CoSetCancelObject put on the stack. NULL: there is none. */
static struct cancel_entry *entry_pop(struct cancel_thread *known)
{
    struct cancel_entry *entry = NULL;

    AcquireSRWLockExclusive(&cancel_lock);
    if (!list_empty(&known->stack))
        entry = LIST_ENTRY_OF(known->stack.prev, struct cancel_entry, entry);
    if (entry && entry->ours)
        entry = NULL;
    if (entry)
        list_remove(&entry->entry);
    ReleaseSRWLockExclusive(&cancel_lock);
    return entry;
}

/*
 * CoSetCancelObject: puts an object with ICancelMethodCalls on the calling thread's stack, or, with
 * NULL, takes the topmost away. S_OK, E_NOINTERFACE; E_ACCESSDENIED: the topmost is that of a call,
 * or there is none; E_OUTOFMEMORY.
 * combaseapi/nf-combaseapi-cosetcancelobject
 */
HRESULT WINAPI CoSetCancelObject(IUnknown *object)
{
    struct com_thread *thread = com_thread_get();
    struct cancel_thread *known = thread ? thread_get(thread) : NULL;
    struct cancel_entry *entry;
    HRESULT hr;

    if (!known)
        return E_OUTOFMEMORY;
    if (!object)
    {
        if (!(entry = entry_pop(known)))
            return E_ACCESSDENIED;
        entry_release(entry);
        return S_OK;
    }
    if (!(entry = calloc(1, sizeof(*entry))))
        return E_OUTOFMEMORY;
    entry->references = 1;
    hr = IUnknown_QueryInterface(object, &IID_ICancelMethodCalls, (void **)&entry->object);
    if (FAILED(hr))
    {
        free(entry);
        return hr;
    }
    thread_push(known, entry);
    return S_OK;
}

/*
 * CoEnableCallCancellation: allows it for the calls of this thread, until
 * CoDisableCallCancellation has been called as often. It is not allowed at first; being in an
 * apartment does not matter. S_OK, E_INVALIDARG, E_OUTOFMEMORY.
 * combaseapi/nf-combaseapi-coenablecallcancellation
 */
HRESULT WINAPI CoEnableCallCancellation(void *reserved)
{
    struct com_thread *thread;
    struct cancel_thread *known;

    if (reserved)
        return E_INVALIDARG;
    if (!(thread = com_thread_get()) || !(known = thread_get(thread)))
        return E_OUTOFMEMORY;
    InterlockedIncrement(&known->enabled);
    return S_OK;
}

/*
 * CoDisableCallCancellation: undoes it once. S_OK, E_INVALIDARG, CO_E_CANCEL_DISABLED when it is
 * not allowed.
 * combaseapi/nf-combaseapi-codisablecallcancellation
 */
HRESULT WINAPI CoDisableCallCancellation(void *reserved)
{
    struct com_thread *thread = com_thread_peek();

    if (reserved)
        return E_INVALIDARG;
    if (!thread || !call_cancel_enabled(thread))
        return CO_E_CANCEL_DISABLED;
    InterlockedDecrement(&thread->cancel->enabled);
    return S_OK;
}
