/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The work of a call is done by a thread of the server's own, one a call that is not done at once.
 */
#include "worker_call.h"

#include <oaidl.h>
#include <oleauto.h>
#include <stdlib.h>
#include <string.h>

#include "worker_object.h"

volatile LONG worker_calls_alive;
volatile LONG worker_calls_pending;

struct worker_call
{
    IUnknown inner;
    AsyncIWorker AsyncIWorker_iface;
    IUnknown *outer;
    LONG references;
    work_order order;
    work_report report;
    LONG counter, sum;
    IUnknown *context; /* WORK_SWITCH_CONTEXT */
    HANDLE timer;
};

static struct worker_call *call_from_inner(IUnknown *iface)
{
    return CONTAINING_RECORD(iface, struct worker_call, inner);
}

static struct worker_call *call_from_async(AsyncIWorker *iface)
{
    return CONTAINING_RECORD(iface, struct worker_call, AsyncIWorker_iface);
}

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct worker_call *call = call_from_inner(iface);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    else if (IsEqualIID(iid, &IID_AsyncIWorker))
        *out = &call->AsyncIWorker_iface;
    if (!*out)
        return E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return (ULONG)InterlockedIncrement(&call_from_inner(iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct worker_call *call = call_from_inner(iface);
    ULONG references = (ULONG)InterlockedDecrement(&call->references);

    if (references)
        return references;
    if (call->timer)
        DeleteTimerQueueTimer(NULL, call->timer, NULL);
    free(call);
    InterlockedDecrement(&worker_calls_alive);
    return 0;
}

static HRESULT STDMETHODCALLTYPE call_QueryInterface(AsyncIWorker *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(call_from_async(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE call_AddRef(AsyncIWorker *iface)
{
    return IUnknown_AddRef(call_from_async(iface)->outer);
}

static ULONG STDMETHODCALLTYPE call_Release(AsyncIWorker *iface)
{
    return IUnknown_Release(call_from_async(iface)->outer);
}

/* ---- the work ---- */

static void call_signal(struct worker_call *call)
{
    ISynchronize *synchronize;

    if (FAILED(IUnknown_QueryInterface(call->outer, &IID_ISynchronize, (void **)&synchronize)))
        return;
    if (call->order.flags & WORK_SIGNAL_TWICE)
    {
        /* From inside Begin_, both come before Finish_, which reports. */
        ISynchronize_Signal(synchronize);
        call->report.second_signal = ISynchronize_Signal(synchronize);
    }
    else
        ISynchronize_Signal(synchronize);
    ISynchronize_Release(synchronize);
}

static void wait_for_cancel(struct worker_call *call)
{
    ULONGLONG start = GetTickCount64();
    ICancelMethodCalls *cancel;

    call->report.work_cancel = E_FAIL;
    if (FAILED(IUnknown_QueryInterface(call->outer, &IID_ICancelMethodCalls, (void **)&cancel)))
        return;
    while ((call->report.work_cancel = ICancelMethodCalls_TestCancel(cancel)) == RPC_S_CALLPENDING
            && GetTickCount64() - start < 10000)
        Sleep(5);
    ICancelMethodCalls_Release(cancel);
}

static void call_work(struct worker_call *call)
{
    BOOL nowhere = (call->order.flags & WORK_UNINITIALIZED) != 0;
    IUnknown *before = NULL;

    call->report.work_thread = GetCurrentThreadId();
    if (!nowhere)
        CoInitializeEx(NULL,
                call->order.flags & WORK_STA ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    if (call->order.flags & WORK_DIE)
        TerminateProcess(GetCurrentProcess(), 7);
    if (call->context)
        CoSwitchCallContext(call->context, &before);
    if (call->order.flags & WORK_UNTIL_CANCELLED)
        wait_for_cancel(call);
    else if (!nowhere)
        call->report.work_cancel = CoTestCancel();
    if (call->context)
    {
        CoSwitchCallContext(before, &call->context);
        IUnknown_Release(call->context);
        call->context = NULL;
    }
    IUnknown_AddRef(call->outer);
    if (!(call->order.flags & WORK_NEVER_SIGNAL))
        call_signal(call);
    IUnknown_Release(call->outer);
    if (!nowhere)
        CoUninitialize();
}

/* Finish_ may end this thread. */
static DWORD WINAPI thread_work(void *argument)
{
    struct worker_call *call = argument;

    Sleep(call->order.delay);
    call_work(call);
    return 0;
}

static void CALLBACK timer_work(void *argument, BOOLEAN fired)
{
    (void)fired;
    call_work(argument);
}

/* S_OK: the work has been done, or will be. */
static HRESULT call_start(struct worker_call *call)
{
    if (call->order.flags & WORK_RELEASE_EARLY)
    {
        IUnknown_AddRef(call->outer);
        IUnknown_Release(call->outer);
    }
    if (call->order.flags & WORK_SIGNAL_INSIDE)
    {
        call_signal(call);
        return S_OK;
    }
    if (call->order.flags & WORK_EXIT_FINISH)
    {
        HANDLE thread = CreateThread(NULL, 0, thread_work, call, 0, NULL);

        CloseHandle(thread);
        return S_OK;
    }
    return CreateTimerQueueTimer(&call->timer, NULL, timer_work, call, call->order.delay, 0,
                   WT_EXECUTEONLYONCE)
            ? S_OK
            : E_OUTOFMEMORY;
}

void worker_report_begin(work_report *report)
{
    DWORD caller = 0;
    IUnknown *context;

    report->process = GetCurrentProcessId();
    report->begin_thread = GetCurrentThreadId();
    CoGetCurrentLogicalThreadId(&report->begin_logical_thread);
    CoGetCallerTID(&caller);
    report->begin_caller = caller;
    report->begin_context = CoGetCallContext(&IID_IServerSecurity, (void **)&context);
    if (SUCCEEDED(report->begin_context))
        IUnknown_Release(context);
}

void worker_report_finish(work_report *report)
{
    APTTYPEQUALIFIER qualifier;
    APTTYPE type;

    report->finish_thread = GetCurrentThreadId();
    report->finish_apartment = SUCCEEDED(CoGetApartmentType(&type, &qualifier)) ? (LONG)type : -1;
    CoGetCurrentLogicalThreadId(&report->finish_logical_thread);
}

void worker_error_set(void)
{
    ICreateErrorInfo *create;
    IErrorInfo *error;
    WCHAR text[] = L"the work went wrong";

    if (FAILED(CreateErrorInfo(&create)))
        return;
    ICreateErrorInfo_SetDescription(create, text);
    if (SUCCEEDED(ICreateErrorInfo_QueryInterface(create, &IID_IErrorInfo, (void **)&error)))
    {
        SetErrorInfo(0, error);
        IErrorInfo_Release(error);
    }
    ICreateErrorInfo_Release(create);
}

/* ---- AsyncIWorker ---- */

static HRESULT STDMETHODCALLTYPE call_Begin_Add(AsyncIWorker *iface, LONG a, LONG b)
{
    struct worker_call *call = call_from_async(iface);

    call->sum = (LONG)((ULONG)a + (ULONG)b);
    InterlockedIncrement(&worker_calls_pending);
    call_signal(call);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Finish_Add(AsyncIWorker *iface, LONG *sum)
{
    *sum = call_from_async(iface)->sum;
    InterlockedDecrement(&worker_calls_pending);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Begin_Work(AsyncIWorker *iface, const work_order *order,
        LONG *counter)
{
    struct worker_call *call = call_from_async(iface);
    HRESULT hr;

    call->order = *order;
    call->counter = *counter;
    call->report.asynchronous = 1;
    worker_report_begin(&call->report);
    if (order->flags & WORK_EXIT_BEGIN)
        ExitThread(0);
    if (order->flags & WORK_IMPERSONATE)
        CoImpersonateClient();
    if (order->flags & WORK_SWITCH_CONTEXT)
        CoGetCallContext(&IID_IUnknown, (void **)&call->context);
    if (order->flags & WORK_FAIL_BEGIN)
    {
        if (order->flags & WORK_ERROR_INFO)
            worker_error_set();
        return order->result;
    }
    InterlockedIncrement(&worker_calls_pending);
    if (FAILED(hr = call_start(call)))
        InterlockedDecrement(&worker_calls_pending);
    return hr;
}

/* Ends the thread. When it is the one that has signalled it leaves its references behind. */
static void call_exit(struct worker_call *call)
{
    if (call->report.work_thread == GetCurrentThreadId())
    {
        IUnknown_Release(call->outer);
        IUnknown_Release(call->outer);
    }
    ExitThread(0);
}

static HRESULT STDMETHODCALLTYPE call_Finish_Work(AsyncIWorker *iface, LONG *counter,
        work_report *report)
{
    struct worker_call *call = call_from_async(iface);

    worker_report_finish(&call->report);
    *counter = call->counter + 1;
    *report = call->report;
    if (call->order.flags & WORK_ERROR_INFO)
        worker_error_set();
    InterlockedDecrement(&worker_calls_pending);
    if (call->order.flags & WORK_EXIT_FINISH)
        call_exit(call);
    return call->order.result;
}

static HRESULT STDMETHODCALLTYPE call_Begin_Make(AsyncIWorker *iface, DWORD delay)
{
    struct worker_call *call = call_from_async(iface);

    memset(&call->order, 0, sizeof(call->order));
    call->order.delay = delay;
    InterlockedIncrement(&worker_calls_pending);
    return call_start(call);
}

static HRESULT STDMETHODCALLTYPE call_Finish_Make(AsyncIWorker *iface, IWorker **other)
{
    (void)iface;
    *other = worker_create(TRUE);
    InterlockedDecrement(&worker_calls_pending);
    return *other ? S_OK : E_OUTOFMEMORY;
}

/* About itself, the call being one of them, it says what is true without it. */
static HRESULT STDMETHODCALLTYPE call_Begin_Pending(AsyncIWorker *iface)
{
    call_signal(call_from_async(iface));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Finish_Pending(AsyncIWorker *iface, LONG *calls,
        LONG *objects)
{
    (void)iface;
    *calls = worker_calls_pending;
    *objects = worker_calls_alive - 1;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Begin_Pass(AsyncIWorker *iface, IWorker *other,
        const work_order *order)
{
    struct worker_call *call = call_from_async(iface);
    LONG counter = 0;

    memset(&call->report, 0, sizeof(call->report));
    call->order.result = IWorker_Work(other, order, &counter, &call->report);
    call_signal(call);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Finish_Pass(AsyncIWorker *iface, HRESULT *result,
        work_report *report)
{
    struct worker_call *call = call_from_async(iface);

    *result = call->order.result;
    *report = call->report;
    return S_OK;
}

HRESULT worker_call_create(REFIID async_iid, IUnknown *outer, REFIID iid, IUnknown **out)
{
    static IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};
    static AsyncIWorkerVtbl vtbl = {call_QueryInterface, call_AddRef, call_Release, call_Begin_Add,
            call_Finish_Add, call_Begin_Work, call_Finish_Work, call_Begin_Make, call_Finish_Make,
            call_Begin_Pending, call_Finish_Pending, call_Begin_Pass, call_Finish_Pass};
    struct worker_call *call;

    *out = NULL;
    if (!IsEqualIID(async_iid, &IID_AsyncIWorker))
        return E_NOINTERFACE;
    if (!outer || !IsEqualIID(iid, &IID_IUnknown))
        return E_INVALIDARG; /* its ISynchronize is the outer object's */
    if (!(call = calloc(1, sizeof(*call))))
        return E_OUTOFMEMORY;
    call->inner.lpVtbl = &inner_vtbl;
    call->AsyncIWorker_iface.lpVtbl = &vtbl;
    call->outer = outer;
    call->references = 1;
    InterlockedIncrement(&worker_calls_alive);
    *out = &call->inner;
    return S_OK;
}
