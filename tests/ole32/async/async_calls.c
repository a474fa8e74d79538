/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asynchronous calls from every kind of apartment to every kind of server, with call objects and
 * without: what they give is what a synchronous call gives. "Making and Processing Asynchronous
 * Calls", "Making an Asynchronous Call".
 */
#include "tap.h"

#include <oleauto.h>
#include <string.h>

#include "worker_bed.h"
#include "worker_object.h"

TAP_TIME_LIMIT(300);

#define PATIENCE 20000 /* ms */
#define AT_ONCE 24

static DWORD client_apartment; /* COINIT_… */

static work_order order_of(DWORD flags, DWORD delay, HRESULT result)
{
    work_order order = {.flags = flags, .delay = delay, .result = result};

    return order;
}

/* Begin_, Wait, Finish_. */
static HRESULT work_async(AsyncIWorker *async, ISynchronize *synchronize, const work_order *order,
        LONG *counter, work_report *report)
{
    HRESULT hr;

    memset(report, 0xcc, sizeof(*report));
    if (FAILED(hr = AsyncIWorker_Begin_Work(async, order, counter)))
        return hr;
    if (FAILED(hr = ISynchronize_Wait(synchronize, 0, PATIENCE)))
        return hr;
    return AsyncIWorker_Finish_Work(async, counter, report);
}

static void check_order(AsyncIWorker *async, ISynchronize *synchronize)
{
    work_order order = order_of(0, 150, S_OK);
    LONG sum = 0, counter = 6;
    work_report report;
    IUnknown *same;

    is_hr(AsyncIWorker_Finish_Add(async, &sum), RPC_E_CALL_COMPLETE, "Finish_ without a call");
    is_hr(ISynchronize_Wait(synchronize, 0, 0), RPC_E_TIMEOUT, "nor is there anything to wait for");
    is_hr(AsyncIWorker_Begin_Add(async, 40, 2), S_OK, "Begin_Add");
    is_hr(AsyncIWorker_Begin_Add(async, 1, 1), RPC_S_CALLPENDING, "one call at a time");
    is_hr(AsyncIWorker_Finish_Make(async, NULL), RPC_E_INVALIDMETHOD, "another method's Finish_");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    is_hr(ISynchronize_Wait(synchronize, 0, 0), S_OK, "it stays done");
    is_hr(AsyncIWorker_Finish_Add(async, &sum), S_OK, "Finish_Add");
    is_int(sum, 42, "the sum");
    is_hr(AsyncIWorker_Finish_Add(async, &sum), RPC_E_CALL_COMPLETE, "Finish_ twice");
    is_hr(AsyncIWorker_Begin_Work(async, &order, &counter), S_OK, "used again");
    is_hr(ISynchronize_Wait(synchronize, 0, 10), RPC_E_TIMEOUT, "it takes its time");
    is_hr(AsyncIWorker_Finish_Work(async, &counter, &report), S_OK, "Finish_ waits, too");
    is_int(counter, 7, "an [in, out] parameter");
    is_hr(AsyncIWorker_QueryInterface(async, &IID_IWorker, (void **)&same), E_NOINTERFACE,
            "a call object is not the object");
}

static void check_same(IWorker *worker, AsyncIWorker *async, ISynchronize *synchronize,
        BOOL call_objects)
{
    work_order order = order_of(0, 10, S_OK);
    LONG counter = 1, counter_async = 1;
    work_report report = {0}, other;
    GUID logical = GUID_NULL;

    is_hr(IWorker_Work(worker, &order, &counter, &report), S_OK, "a synchronous call");
    is_hr(work_async(async, synchronize, &order, &counter_async, &other), S_OK,
            "an asynchronous one");
    is_int(counter, 2, "the counter");
    is_int(counter_async, 2, "the other counter");
    is_int(report.asynchronous, call_objects, "the server used a call object, or had none");
    is_int(other.asynchronous, call_objects, "likewise");
    is_uint(other.process, report.process, "the same process");
    is_int(other.finish_apartment, report.finish_apartment, "the same kind of apartment");
    CoGetCurrentLogicalThreadId(&logical);
    is_guid(&report.begin_logical_thread, &logical, "the caller's logical thread");
    is_guid(&other.begin_logical_thread, &logical, "in Begin_, too");
    is_guid(&other.finish_logical_thread, &logical, "and in Finish_");
    is_hr(other.begin_context, report.begin_context, "there is a call context");
    is_uint(other.begin_caller, report.begin_caller, "the caller's apartment");
    if (call_objects)
        is_uint(other.finish_thread == other.work_thread,
                report.finish_thread == report.work_thread,
                "Finish_ runs in the same kind of thread");
}

static void check_failures(IWorker *worker, AsyncIWorker *async, ISynchronize *synchronize)
{
    work_order begin = order_of(WORK_FAIL_BEGIN | WORK_ERROR_INFO, 0, E_ACCESSDENIED);
    work_order finish = order_of(WORK_ERROR_INFO, 10, STG_E_DISKISWRITEPROTECTED);
    LONG counter = 1;
    work_report report;
    IErrorInfo *error;
    BSTR text = NULL;

    is_hr(IWorker_Work(worker, &begin, &counter, &report), E_ACCESSDENIED, "Begin_ fails");
    is_hr(work_async(async, synchronize, &begin, &counter, &report), E_ACCESSDENIED,
            "and the client learns it from Finish_");
    is_hr(GetErrorInfo(0, &error), S_OK, "with the error object of Begin_");
    if (error)
        IErrorInfo_Release(error);
    is_hr(IWorker_Work(worker, &finish, &counter, &report), STG_E_DISKISWRITEPROTECTED,
            "Finish_ fails");
    is_hr(GetErrorInfo(0, &error), S_OK, "with an error object");
    if (error)
        IErrorInfo_Release(error);
    is_hr(work_async(async, synchronize, &finish, &counter, &report), STG_E_DISKISWRITEPROTECTED,
            "likewise");
    if (is_hr(GetErrorInfo(0, &error), S_OK, "the error object travels"))
    {
        IErrorInfo_GetDescription(error, &text);
        is_wstr(text, L"the work went wrong", "its description");
        SysFreeString(text);
        IErrorInfo_Release(error);
    }
}

static void check_way(AsyncIWorker *async, ISynchronize *synchronize, DWORD flags, DWORD delay,
        const char *what)
{
    work_order order = order_of(flags, delay, S_FALSE);
    work_report report;
    LONG counter = 10;

    is_hr(work_async(async, synchronize, &order, &counter, &report), S_FALSE, "%s", what);
    is_int(counter, 11, "its [in, out] parameter");
    if ((flags & WORK_SIGNAL_TWICE) && (flags & WORK_SIGNAL_INSIDE))
        is_hr(report.second_signal, RPC_E_CALL_COMPLETE, "the second Signal");
    if (flags & WORK_SWITCH_CONTEXT)
        is_hr(report.work_cancel, RPC_S_CALLPENDING, "CoTestCancel in the deferred work");
}

/* Finish_ belongs into the object's apartment, wherever Signal was called. */
static void check_elsewhere(AsyncIWorker *async, ISynchronize *synchronize, BOOL sta, DWORD flags)
{
    work_order order = order_of(flags, 5, S_OK);
    work_report report = {0};
    LONG counter = 1;

    is_hr(work_async(async, synchronize, &order, &counter, &report), S_OK, "Signal from %s",
            flags & WORK_STA ? "an STA of its own" : "no apartment");
    if (sta)
        ok(report.finish_apartment == APTTYPE_STA || report.finish_apartment == APTTYPE_MAINSTA,
                "Finish_ runs in the object's STA");
    else
        is_int(report.finish_apartment, APTTYPE_MTA, "Finish_ runs in the MTA");
    if (sta)
        is_uint(report.finish_thread, report.begin_thread, "on its thread");
}

static void check_ways(AsyncIWorker *async, ISynchronize *synchronize, BOOL sta)
{
    check_elsewhere(async, synchronize, sta, WORK_STA);
    check_elsewhere(async, synchronize, sta, WORK_UNINITIALIZED);
    check_way(async, synchronize, WORK_SIGNAL_INSIDE, 0, "Signal inside Begin_");
    check_way(async, synchronize, WORK_SIGNAL_INSIDE | WORK_SIGNAL_TWICE, 0, "Signal twice inside");
    check_way(async, synchronize, WORK_SIGNAL_TWICE, 5, "Signal twice");
    check_way(async, synchronize, WORK_RELEASE_EARLY, 5, "a reference taken and released");
    check_way(async, synchronize, WORK_UNINITIALIZED, 5, "Signal from a thread without COM");
    check_way(async, synchronize, WORK_SWITCH_CONTEXT, 5, "CoSwitchCallContext around the work");
    check_way(async, synchronize, WORK_IMPERSONATE, 5, "impersonation in Begin_");
}

/* Many calls at once, to a server whose threads are free meanwhile. */
static void check_many(IWorker *worker)
{
    work_order order = order_of(0, 1000, S_OK);
    ISynchronize *synchronize[AT_ONCE] = {0};
    LONG calls = 0, objects = 0, counter, good = 0;
    AsyncIWorker *async[AT_ONCE] = {0};
    work_report report;
    int i;

    for (i = 0; i < AT_ONCE; i++)
    {
        counter = i;
        good += SUCCEEDED(worker_async(worker, &async[i], &synchronize[i]))
                && SUCCEEDED(AsyncIWorker_Begin_Work(async[i], &order, &counter));
    }
    is_int(good, AT_ONCE, "%d calls begin", AT_ONCE);
    /* Calls that nobody waits for may come later than one that is waited for. */
    for (i = 0; i < 100 && calls < 2; i++)
        good = SUCCEEDED(IWorker_Pending(worker, &calls, &objects));
    ok(good, "calls meanwhile");
    ok(calls > 1, "several are under way (%ld)", (long)calls);
    for (i = 0, good = 0; i < AT_ONCE; i++)
    {
        if (!async[i])
            continue;
        good += ISynchronize_Wait(synchronize[i], 0, PATIENCE) == S_OK
                && AsyncIWorker_Finish_Work(async[i], &counter, &report) == S_OK
                && counter == i + 1;
        ISynchronize_Release(synchronize[i]);
        AsyncIWorker_Release(async[i]);
    }
    is_int(good, AT_ONCE, "all end as they should");
}

/* Released in mid-call, the call object cleans up; the server notices nothing. */
static void check_forgotten(IWorker *worker)
{
    work_order order = order_of(0, 50, S_OK);
    LONG counter = 0, calls = 1, objects = 1, sum;
    ISynchronize *synchronize;
    AsyncIWorker *async;
    int i;

    is_hr(worker_async(worker, &async, &synchronize), S_OK, "a call object");
    is_hr(AsyncIWorker_Begin_Work(async, &order, &counter), S_OK, "Begin_Work");
    ISynchronize_Release(synchronize);
    is_uint(AsyncIWorker_Release(async), 0, "released in mid-call");
    is_hr(worker_async(worker, &async, &synchronize), S_OK, "another");
    is_hr(AsyncIWorker_Begin_Make(async, 50), S_OK, "Begin_Make, which is to make an object");
    ISynchronize_Release(synchronize);
    is_uint(AsyncIWorker_Release(async), 0, "likewise");
    for (i = 0; i < 200 && (calls || objects); i++)
    {
        Sleep(20);
        IWorker_Pending(worker, &calls, &objects);
    }
    is_int(calls, 0, "the calls end");
    is_hr(IWorker_Add(worker, 1, 2, &sum), S_OK, "the server lives");
}

static void check_object(AsyncIWorker *async, ISynchronize *synchronize)
{
    IWorker *other = NULL;
    LONG sum = 0;

    is_hr(AsyncIWorker_Begin_Make(async, 20), S_OK, "Begin_Make");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    is_hr(AsyncIWorker_Finish_Make(async, &other), S_OK, "Finish_Make gives an object");
    if (!other)
        return;
    is_hr(IWorker_Add(other, 2, 3, &sum), S_OK, "which can be called");
    IWorker_Release(other);
}

static void check_handle(AsyncIWorker *async, ISynchronize *synchronize)
{
    ISynchronizeHandle *handle;
    LONG counter = 1;
    work_order order = order_of(0, 60, S_OK);
    work_report report;
    DWORD index;
    HANDLE event;

    is_hr(ISynchronize_QueryInterface(synchronize, &IID_ISynchronizeHandle, (void **)&handle), S_OK,
            "ISynchronizeHandle");
    is_hr(ISynchronizeHandle_GetHandle(handle, &event), S_OK, "GetHandle");
    is_hr(AsyncIWorker_Begin_Work(async, &order, &counter), S_OK, "Begin_Work");
    is_uint(WaitForSingleObject(event, 0), WAIT_TIMEOUT, "not signalled yet");
    is_hr(CoWaitForMultipleHandles(0, PATIENCE, 1, &event, &index), S_OK, "then it is");
    is_hr(AsyncIWorker_Finish_Work(async, &counter, &report), S_OK, "Finish_Work");
    is_uint(WaitForSingleObject(event, 0), WAIT_TIMEOUT, "and is not any more");
    ISynchronizeHandle_Release(handle);
}

static DWORD WINAPI waiter_thread(void *argument)
{
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = ISynchronize_Wait((ISynchronize *)argument, 0, PATIENCE);
    CoUninitialize();
    return (DWORD)hr;
}

/* The answer wakes everybody who waits for it: Finish_, and Wait on another thread. */
static void check_two_waiters(AsyncIWorker *async, ISynchronize *synchronize)
{
    work_order order = order_of(0, 20, S_OK);
    int i, waits = 0, finishes = 0;
    LONG counter = 0;
    work_report report;

    for (i = 0; i < 10; i++)
    {
        DWORD result = RPC_E_TIMEOUT;
        HANDLE thread;

        if (FAILED(AsyncIWorker_Begin_Work(async, &order, &counter)))
            break;
        thread = CreateThread(NULL, 0, waiter_thread, synchronize, 0, NULL);
        Sleep(i); /* who comes first differs */
        finishes += AsyncIWorker_Finish_Work(async, &counter, &report) == S_OK;
        /* One that comes when there is no call any more is let go by hand. */
        if (WaitForSingleObject(thread, 200) == WAIT_TIMEOUT)
            ISynchronize_Signal(synchronize);
        WaitForSingleObject(thread, PATIENCE);
        GetExitCodeThread(thread, &result);
        waits += result == S_OK;
        CloseHandle(thread);
        ISynchronize_Reset(synchronize);
    }
    is_int(finishes, 10, "Finish_ while another thread waits");
    is_int(waits, 10, "which is let go as well");
}

static void check_bed(BOOL other_process, BOOL sta, BOOL call_objects)
{
    struct worker_bed *bed = worker_bed_start(other_process, sta, call_objects);
    ISynchronize *synchronize;
    AsyncIWorker *async;
    IWorker *worker;
    HRESULT hr;

    if (!bed)
        return;
    note("from %s to %s", client_apartment == COINIT_APARTMENTTHREADED ? "an STA" : "the MTA",
            worker_bed_name(bed));
    is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy");
    hr = worker_async(worker, &async, &synchronize);
    if (is_hr(hr, S_OK, "a call object"))
    {
        check_order(async, synchronize);
        check_same(worker, async, synchronize, call_objects);
        check_failures(worker, async, synchronize);
        check_object(async, synchronize);
        check_handle(async, synchronize);
        if (client_apartment == COINIT_MULTITHREADED)
            check_two_waiters(async, synchronize);
        if (call_objects)
        {
            check_ways(async, synchronize, sta);
            check_many(worker);
        }
        check_forgotten(worker);
        ISynchronize_Release(synchronize);
        is_uint(AsyncIWorker_Release(async), 0, "the call object goes");
    }
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

static void check_client(DWORD apartment)
{
    int i;

    client_apartment = apartment;
    CoInitializeEx(NULL, apartment);
    worker_register();
    for (i = 0; i < 8; i++)
    {
        BOOL other_process = i & 1, sta = (i & 2) != 0, call_objects = (i & 4) != 0;

        /* Inside one apartment there is nothing of ours in between. */
        if (other_process || sta || apartment == COINIT_APARTMENTTHREADED)
            check_bed(other_process, sta, call_objects);
    }
    CoUninitialize();
}

int main(int argc, char **argv)
{
    worker_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    check_client(COINIT_MULTITHREADED);
    check_client(COINIT_APARTMENTTHREADED);
    tap_account_begin();
    check_client(COINIT_MULTITHREADED);
    check_client(COINIT_APARTMENTTHREADED);
    tap_account_end("asynchronous calls");
    return done_testing();
}
