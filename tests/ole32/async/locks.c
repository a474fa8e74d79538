/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The code of users is not called with a lock held, neither ours nor the loader's: objects whose
 * AddRef and Release need other threads to get on.
 */
#include "tap.h"

#include <string.h>

#include "worker_bed.h"
#include "worker_object.h"

#define PATIENCE 20000 /* ms */
#define BLOCKED 3000   /* ms after which another thread certainly waits for a lock */

/* Whether another thread can do this meanwhile. */
static BOOL another_thread(DWORD(WINAPI *function)(void *), void *argument)
{
    HANDLE thread = CreateThread(NULL, 0, function, argument, 0, NULL);
    BOOL done = WaitForSingleObject(thread, BLOCKED) == WAIT_OBJECT_0;

    CloseHandle(thread);
    return done;
}

/* ---- an object for CoSetCancelObject ---- */

struct cancel_object
{
    ICancelMethodCalls ICancelMethodCalls_iface;
    volatile LONG references;
    volatile LONG armed; /* the next AddRef or QueryInterface tries what a lock would stop */
    volatile LONG tried, managed; /* how often, and how often that worked */
    HANDLE gone;
};

static struct cancel_object *cancel_from_iface(ICancelMethodCalls *iface)
{
    return CONTAINING_RECORD(iface, struct cancel_object, ICancelMethodCalls_iface);
}

/* Takes the lock of all threads' cancel objects, as it is this thread's first. */
static DWORD WINAPI enable_thread(void *argument)
{
    (void)argument;
    CoEnableCallCancellation(NULL);
    return 0;
}

/* Starts and ends, for which it needs the loader's lock. */
static DWORD WINAPI idle_thread(void *argument)
{
    (void)argument;
    return 0;
}

static void cancel_try(struct cancel_object *cancel)
{
    if (!InterlockedExchange(&cancel->armed, FALSE))
        return;
    InterlockedIncrement(&cancel->tried);
    if (another_thread(enable_thread, NULL))
        InterlockedIncrement(&cancel->managed);
}

static ULONG STDMETHODCALLTYPE cancel_AddRef(ICancelMethodCalls *iface)
{
    struct cancel_object *cancel = cancel_from_iface(iface);

    cancel_try(cancel);
    return (ULONG)InterlockedIncrement(&cancel->references);
}

static HRESULT STDMETHODCALLTYPE cancel_QueryInterface(ICancelMethodCalls *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ICancelMethodCalls))
        return E_NOINTERFACE;
    ICancelMethodCalls_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE cancel_Release(ICancelMethodCalls *iface)
{
    struct cancel_object *cancel = cancel_from_iface(iface);
    ULONG references = (ULONG)InterlockedDecrement(&cancel->references);

    if (!references)
    {
        InterlockedIncrement(&cancel->tried);
        if (another_thread(idle_thread, NULL))
            InterlockedIncrement(&cancel->managed);
        SetEvent(cancel->gone);
    }
    return references;
}

static HRESULT STDMETHODCALLTYPE cancel_Cancel(ICancelMethodCalls *iface, ULONG seconds)
{
    (void)iface;
    return seconds == 17 ? E_NOTIMPL : E_FAIL;
}

static HRESULT STDMETHODCALLTYPE cancel_TestCancel(ICancelMethodCalls *iface)
{
    (void)iface;
    return RPC_S_CALLPENDING;
}

static void cancel_init(struct cancel_object *cancel)
{
    static ICancelMethodCallsVtbl vtbl = {cancel_QueryInterface, cancel_AddRef, cancel_Release,
            cancel_Cancel, cancel_TestCancel};

    memset(cancel, 0, sizeof(*cancel));
    cancel->ICancelMethodCalls_iface.lpVtbl = &vtbl;
    cancel->references = 1;
    cancel->gone = CreateEventW(NULL, TRUE, FALSE, NULL);
}

static void check_get_object(void)
{
    struct cancel_object cancel;
    void *found = NULL;

    note("CoGetCancelObject and CoCancelCall");
    cancel_init(&cancel);
    is_hr(CoEnableCallCancellation(NULL), S_OK, "CoEnableCallCancellation");
    is_hr(CoSetCancelObject((IUnknown *)&cancel.ICancelMethodCalls_iface), S_OK,
            "CoSetCancelObject");
    InterlockedExchange(&cancel.armed, TRUE);
    is_hr(CoGetCancelObject(0, &IID_ICancelMethodCalls, &found), S_OK, "CoGetCancelObject");
    ok(found == &cancel.ICancelMethodCalls_iface, "gives it");
    ICancelMethodCalls_Release((ICancelMethodCalls *)found);
    InterlockedExchange(&cancel.armed, TRUE);
    is_hr(CoCancelCall(0, 17), E_NOTIMPL, "CoCancelCall asks it");
    is_int(cancel.tried, 2, "it was counted");
    is_int(cancel.managed, 2, "while other threads got on");
    is_hr(CoSetCancelObject(NULL), S_OK, "taken away");
    is_int(cancel.references, 1, "nothing is left");
    CoDisableCallCancellation(NULL);
    CloseHandle(cancel.gone);
}

/* One that is taken away while another thread asks for it. */
static DWORD WINAPI get_thread(void *argument)
{
    DWORD owner = *(const DWORD *)argument;
    void *found;
    int i;

    for (i = 0; i < 20000; i++)
    {
        if (SUCCEEDED(CoGetCancelObject(owner, &IID_ICancelMethodCalls, &found)))
            ICancelMethodCalls_Release((ICancelMethodCalls *)found);
    }
    return 0;
}

static void check_taken_away(void)
{
    DWORD owner = GetCurrentThreadId();
    struct cancel_object cancel;
    HANDLE thread;
    int i;

    note("while other threads ask for it");
    cancel_init(&cancel);
    thread = CreateThread(NULL, 0, get_thread, &owner, 0, NULL);
    for (i = 0; i < 100000 && WaitForSingleObject(thread, 0) == WAIT_TIMEOUT; i++)
    {
        CoSetCancelObject((IUnknown *)&cancel.ICancelMethodCalls_iface);
        CoSetCancelObject(NULL);
    }
    WaitForSingleObject(thread, PATIENCE);
    CloseHandle(thread);
    is_int(cancel.references, 1, "nothing is left");
    CloseHandle(cancel.gone);
}

static DWORD WINAPI leave_object_thread(void *argument)
{
    struct cancel_object *cancel = argument;

    CoSetCancelObject((IUnknown *)&cancel->ICancelMethodCalls_iface);
    ICancelMethodCalls_Release(&cancel->ICancelMethodCalls_iface);
    return 0;
}

static void check_thread_ends(void)
{
    struct cancel_object cancel;
    HANDLE thread;

    note("a thread ends with an object on its stack");
    cancel_init(&cancel);
    thread = CreateThread(NULL, 0, leave_object_thread, &cancel, 0, NULL);
    is_uint(WaitForSingleObject(thread, PATIENCE), WAIT_OBJECT_0, "it ends");
    CloseHandle(thread);
    is_uint(WaitForSingleObject(cancel.gone, PATIENCE), WAIT_OBJECT_0, "the object is let go");
    is_int(cancel.tried, 1, "once");
    is_int(cancel.managed, 1, "where threads can start and end");
    CloseHandle(cancel.gone);
}

/* ---- an object that aggregates a call object, and has an ISynchronize of its own ---- */

struct outer
{
    IUnknown IUnknown_iface;
    ISynchronize ISynchronize_iface;
    volatile LONG references;
    IUnknown *inner;
    ICancelMethodCalls *cancel; /* of the call object, without a reference */
    volatile LONG armed;        /* the next AddRef has another thread cancel the call */
    volatile LONG tried, managed;
    HANDLE signalled;
};

static struct outer *outer_from_unknown(IUnknown *iface)
{
    return CONTAINING_RECORD(iface, struct outer, IUnknown_iface);
}

static struct outer *outer_from_synchronize(ISynchronize *iface)
{
    return CONTAINING_RECORD(iface, struct outer, ISynchronize_iface);
}

/* Sets a time for the call's end, for which it needs the lock of who watches the call. */
static DWORD WINAPI cancel_thread(void *argument)
{
    struct outer *outer = argument;

    ICancelMethodCalls_Cancel(outer->cancel, 60);
    return 0;
}

static ULONG STDMETHODCALLTYPE outer_AddRef(IUnknown *iface)
{
    struct outer *outer = outer_from_unknown(iface);

    if (InterlockedExchange(&outer->armed, FALSE))
    {
        InterlockedIncrement(&outer->tried);
        if (another_thread(cancel_thread, outer))
            InterlockedIncrement(&outer->managed);
    }
    return (ULONG)InterlockedIncrement(&outer->references);
}

static ULONG STDMETHODCALLTYPE outer_Release(IUnknown *iface)
{
    return (ULONG)InterlockedDecrement(&outer_from_unknown(iface)->references);
}

static HRESULT STDMETHODCALLTYPE outer_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct outer *outer = outer_from_unknown(iface);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    else if (IsEqualIID(iid, &IID_ISynchronize))
        *out = &outer->ISynchronize_iface;
    else
        return outer->inner ? IUnknown_QueryInterface(outer->inner, iid, out) : E_NOINTERFACE;
    outer_AddRef(iface);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE synchronize_QueryInterface(ISynchronize *iface, REFIID iid,
        void **out)
{
    return outer_QueryInterface(&outer_from_synchronize(iface)->IUnknown_iface, iid, out);
}

static ULONG STDMETHODCALLTYPE synchronize_AddRef(ISynchronize *iface)
{
    return outer_AddRef(&outer_from_synchronize(iface)->IUnknown_iface);
}

static ULONG STDMETHODCALLTYPE synchronize_Release(ISynchronize *iface)
{
    return outer_Release(&outer_from_synchronize(iface)->IUnknown_iface);
}

static HRESULT STDMETHODCALLTYPE synchronize_Wait(ISynchronize *iface, DWORD flags, DWORD timeout)
{
    (void)iface;
    (void)flags;
    (void)timeout;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE synchronize_Signal(ISynchronize *iface)
{
    SetEvent(outer_from_synchronize(iface)->signalled);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE synchronize_Reset(ISynchronize *iface)
{
    (void)iface;
    return S_OK;
}

static BOOL outer_init(struct outer *outer, IWorker *worker)
{
    static IUnknownVtbl unknown_vtbl = {outer_QueryInterface, outer_AddRef, outer_Release};
    static ISynchronizeVtbl synchronize_vtbl = {synchronize_QueryInterface, synchronize_AddRef,
            synchronize_Release, synchronize_Wait, synchronize_Signal, synchronize_Reset};
    ICallFactory *factory;
    HRESULT hr;

    memset(outer, 0, sizeof(*outer));
    outer->IUnknown_iface.lpVtbl = &unknown_vtbl;
    outer->ISynchronize_iface.lpVtbl = &synchronize_vtbl;
    outer->references = 1;
    outer->signalled = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!is_hr(IWorker_QueryInterface(worker, &IID_ICallFactory, (void **)&factory), S_OK,
                "ICallFactory"))
        return FALSE;
    hr = ICallFactory_CreateCall(factory, &IID_AsyncIWorker, &outer->IUnknown_iface, &IID_IUnknown,
            &outer->inner);
    ICallFactory_Release(factory);
    return is_hr(hr, S_OK, "a call object, aggregated");
}

static void check_outer(BOOL other_process, BOOL client_sta)
{
    struct worker_bed *bed = worker_bed_start(other_process, TRUE, TRUE);
    work_order order = {.delay = 200};
    AsyncIWorker *async = NULL;
    struct outer outer;
    work_report report;
    LONG counter = 1;
    IWorker *worker;
    DWORD index;
    int i;

    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    note("an outer object is told: %s, from %s", worker_bed_name(bed),
            client_sta ? "an STA" : "the MTA");
    if (outer_init(&outer, worker))
    {
        IUnknown_QueryInterface(outer.inner, &IID_AsyncIWorker, (void **)&async);
        IUnknown_QueryInterface(outer.inner, &IID_ICancelMethodCalls, (void **)&outer.cancel);
        is_hr(AsyncIWorker_Begin_Work(async, &order, &counter), S_OK, "Begin_Work");
        InterlockedExchange(&outer.armed, TRUE);
        is_hr(CoWaitForMultipleHandles(0, PATIENCE, 1, &outer.signalled, &index), S_OK,
                "it is signalled");
        is_int(outer.tried, 1, "it was counted");
        is_int(outer.managed, 1, "while other threads got on");
        is_hr(AsyncIWorker_Finish_Work(async, &counter, &report), S_OK, "Finish_Work");
        is_int(counter, 2, "its result");
        ICancelMethodCalls_Release(outer.cancel);
        AsyncIWorker_Release(async);
        for (i = 0; i < 100 && outer.references > 1; i++)
            Sleep(10); /* who signalled may still have some */
        is_int(outer.references, 1, "nothing is left");
        IUnknown_Release(outer.inner);
    }
    CloseHandle(outer.signalled);
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

static void run_all(BOOL sta)
{
    CoInitializeEx(NULL, sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    worker_register();
    check_get_object();
    check_taken_away();
    check_thread_ends();
    check_outer(FALSE, sta);
    check_outer(TRUE, sta);
    CoUninitialize();
}

int main(int argc, char **argv)
{
    worker_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    run_all(FALSE);
    run_all(TRUE);
    tap_account_begin();
    run_all(FALSE);
    run_all(TRUE);
    tap_account_end("locks");
    return done_testing();
}
