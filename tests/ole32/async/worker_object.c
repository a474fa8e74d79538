/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker_object.h"

#include <stdlib.h>
#include <string.h>

#include "worker_call.h"

struct worker
{
    IWorker IWorker_iface;
    ICallFactory ICallFactory_iface;
    LONG references;
    BOOL call_objects;
};

volatile LONG worker_fault;
volatile DWORD worker_fault_code;
struct worker_creation worker_creation;

static volatile LONG workers_alive;

static struct worker *worker_from_iface(IWorker *iface)
{
    return CONTAINING_RECORD(iface, struct worker, IWorker_iface);
}

static IWorker *worker_of_factory(ICallFactory *iface)
{
    return &CONTAINING_RECORD(iface, struct worker, ICallFactory_iface)->IWorker_iface;
}

static HRESULT STDMETHODCALLTYPE worker_QueryInterface(IWorker *iface, REFIID iid, void **out)
{
    struct worker *worker = worker_from_iface(iface);

    *out = NULL;
    if (worker_fault == FAULT_QUERY_RAISES && IsEqualIID(iid, &IID_ICallFactory))
        RaiseException(worker_fault_code, 0, 0, NULL);
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IWorker))
        *out = iface;
    else if (worker->call_objects && IsEqualIID(iid, &IID_ICallFactory))
        *out = &worker->ICallFactory_iface;
    if (!*out)
        return E_NOINTERFACE;
    IWorker_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE worker_AddRef(IWorker *iface)
{
    return (ULONG)InterlockedIncrement(&worker_from_iface(iface)->references);
}

static ULONG STDMETHODCALLTYPE worker_Release(IWorker *iface)
{
    struct worker *worker = worker_from_iface(iface);
    ULONG references = (ULONG)InterlockedDecrement(&worker->references);

    if (!references)
    {
        free(worker);
        InterlockedDecrement(&workers_alive);
    }
    return references;
}

static HRESULT STDMETHODCALLTYPE worker_Add(IWorker *iface, LONG a, LONG b, LONG *sum)
{
    (void)iface;
    *sum = (LONG)((ULONG)a + (ULONG)b);
    return S_OK;
}

static void cancel_wait(work_report *report)
{
    ULONGLONG start = GetTickCount64();

    while ((report->work_cancel = CoTestCancel()) == RPC_S_CALLPENDING
            && GetTickCount64() - start < 10000)
        Sleep(5);
}

static HRESULT STDMETHODCALLTYPE worker_Work(IWorker *iface, const work_order *order, LONG *counter,
        work_report *report)
{
    (void)iface;
    memset(report, 0, sizeof(*report));
    worker_report_begin(report);
    if (order->flags & WORK_FAIL_BEGIN)
    {
        if (order->flags & WORK_ERROR_INFO)
            worker_error_set();
        return order->result;
    }
    if (order->flags & WORK_DIE)
        TerminateProcess(GetCurrentProcess(), 7);
    report->work_thread = GetCurrentThreadId();
    if (order->flags & WORK_UNTIL_CANCELLED)
        cancel_wait(report);
    else
        Sleep(order->delay);
    worker_report_finish(report);
    ++*counter;
    if (order->flags & WORK_ERROR_INFO)
        worker_error_set();
    return order->result;
}

static HRESULT STDMETHODCALLTYPE worker_Make(IWorker *iface, DWORD delay, IWorker **other)
{
    Sleep(delay);
    *other = worker_create(worker_from_iface(iface)->call_objects);
    return *other ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE worker_Pending(IWorker *iface, LONG *calls, LONG *objects)
{
    (void)iface;
    *calls = worker_calls_pending;
    *objects = worker_calls_alive;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE worker_Pass(IWorker *iface, IWorker *other,
        const work_order *order, HRESULT *result, work_report *report)
{
    LONG counter = 0;

    (void)iface;
    memset(report, 0, sizeof(*report));
    *result = IWorker_Work(other, order, &counter, report);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(ICallFactory *iface, REFIID iid, void **out)
{
    return worker_QueryInterface(worker_of_factory(iface), iid, out);
}

static ULONG STDMETHODCALLTYPE factory_AddRef(ICallFactory *iface)
{
    return worker_AddRef(worker_of_factory(iface));
}

static ULONG STDMETHODCALLTYPE factory_Release(ICallFactory *iface)
{
    return worker_Release(worker_of_factory(iface));
}

static HRESULT STDMETHODCALLTYPE factory_CreateCall(ICallFactory *iface, REFIID async_iid,
        IUnknown *outer, REFIID iid, IUnknown **out)
{
    work_report report = {0};

    (void)iface;
    worker_report_begin(&report);
    worker_creation.context = report.begin_context;
    worker_creation.caller = report.begin_caller;
    worker_creation.logical_thread = report.begin_logical_thread;
    if (worker_fault == FAULT_CREATE_RAISES)
        RaiseException(worker_fault_code, 0, 0, NULL);
    if (worker_fault == FAULT_CREATE_EXITS)
        ExitThread(0);
    return worker_call_create(async_iid, outer, iid, out);
}

IWorker *worker_create(BOOL call_objects)
{
    static IWorkerVtbl vtbl = {worker_QueryInterface, worker_AddRef, worker_Release, worker_Add,
            worker_Work, worker_Make, worker_Pending, worker_Pass};
    static ICallFactoryVtbl factory_vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
            factory_CreateCall};
    struct worker *worker = calloc(1, sizeof(*worker));

    if (!worker)
        return NULL;
    worker->IWorker_iface.lpVtbl = &vtbl;
    worker->ICallFactory_iface.lpVtbl = &factory_vtbl;
    worker->references = 1;
    worker->call_objects = call_objects;
    InterlockedIncrement(&workers_alive);
    return &worker->IWorker_iface;
}

LONG worker_count(void)
{
    return workers_alive;
}

LONG worker_call_count(void)
{
    return worker_calls_alive;
}
