/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cancelling synchronous and asynchronous calls. "Canceling Method Calls", "Canceling an
 * Asynchronous Call", and the pages of CoCancelCall, CoGetCancelObject, CoSetCancelObject,
 * CoTestCancel and ICancelMethodCalls.
 */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "worker_bed.h"
#include "worker_object.h"

TAP_TIME_LIMIT(300);

#define PATIENCE 20000 /* ms */

/* ---- who cancels ---- */

struct canceller
{
    DWORD thread; /* whose call */
    ULONG seconds;
    HRESULT result, again; /* of CoCancelCall, of a second one */
};

/* Cancels as soon as there is something to cancel. */
static DWORD WINAPI canceller_thread(void *argument)
{
    struct canceller *canceller = argument;
    ULONGLONG start = GetTickCount64();

    do
    {
        Sleep(20);
        canceller->result = CoCancelCall(canceller->thread, canceller->seconds);
    } while (canceller->result == E_NOINTERFACE && GetTickCount64() - start < PATIENCE);
    canceller->again = CoCancelCall(canceller->thread, canceller->seconds);
    return 0;
}

static HANDLE canceller_start(struct canceller *canceller, ULONG seconds)
{
    canceller->thread = GetCurrentThreadId();
    canceller->seconds = seconds;
    return CreateThread(NULL, 0, canceller_thread, canceller, 0, NULL);
}

static void canceller_end(HANDLE thread)
{
    WaitForSingleObject(thread, PATIENCE);
    CloseHandle(thread);
}

/* Waits until the server has no calls and no objects but the one. */
static void check_quiet(IWorker *worker)
{
    LONG calls = 1, objects = 1;
    int i;

    for (i = 0; i < 300 && (calls || objects); i++)
    {
        Sleep(20);
        IWorker_Pending(worker, &calls, &objects);
    }
    is_int(calls, 0, "no call is left at the server");
}

/* ---- synchronous calls ---- */

static void check_at_once(IWorker *worker)
{
    work_order order = {.delay = 1500};
    struct canceller canceller = {0};
    work_report report;
    LONG counter = 5, sum = 0;
    HANDLE thread;

    is_hr(CoEnableCallCancellation(NULL), S_OK, "CoEnableCallCancellation");
    thread = canceller_start(&canceller, 0);
    is_hr(IWorker_Work(worker, &order, &counter, &report), RPC_E_CALL_CANCELED,
            "a call is cancelled at once");
    canceller_end(thread);
    is_hr(canceller.result, S_OK, "CoCancelCall");
    is_hr(CoDisableCallCancellation(NULL), S_OK, "CoDisableCallCancellation");
    is_hr(IWorker_Add(worker, 1, 2, &sum), S_OK, "the next call");
    is_int(sum, 3, "its result");
    check_quiet(worker);
}

static void check_server_sees(IWorker *worker)
{
    work_order order = {.flags = WORK_UNTIL_CANCELLED, .result = E_ABORT};
    struct canceller canceller = {0};
    LONG counter = 5;
    work_report report;
    HANDLE thread;

    CoEnableCallCancellation(NULL);
    thread = canceller_start(&canceller, (ULONG)RPC_C_CANCEL_INFINITE_TIMEOUT);
    is_hr(IWorker_Work(worker, &order, &counter, &report), E_ABORT,
            "with all the time the server's answer counts");
    canceller_end(thread);
    is_hr(canceller.result, S_OK, "CoCancelCall");
    is_hr(report.work_cancel, RPC_E_CALL_CANCELED, "the server saw it");

    memset(&canceller, 0, sizeof(canceller));
    thread = canceller_start(&canceller, 8);
    is_hr(IWorker_Work(worker, &order, &counter, &report), E_ABORT, "with time enough, too");
    canceller_end(thread);
    is_hr(canceller.result, S_OK, "CoCancelCall");
    CoDisableCallCancellation(NULL);
}

static void check_time_out(IWorker *worker)
{
    work_order order = {.delay = 2500};
    struct canceller canceller = {0};
    LONG counter = 5;
    work_report report;
    HANDLE thread;

    CoEnableCallCancellation(NULL);
    thread = canceller_start(&canceller, 1);
    is_hr(IWorker_Work(worker, &order, &counter, &report), RPC_E_CALL_CANCELED,
            "a second later the client is let go");
    canceller_end(thread);
    is_hr(canceller.again, RPC_E_CALL_CANCELED, "cancelled already");
    CoDisableCallCancellation(NULL);
    check_quiet(worker);
}

static void check_nested(IWorker *worker, IWorker *other)
{
    work_order order = {.flags = WORK_UNTIL_CANCELLED, .result = E_ABORT};
    struct canceller canceller = {0};
    work_report report = {0};
    HRESULT result = S_OK;
    HANDLE thread;

    CoEnableCallCancellation(NULL);
    thread = canceller_start(&canceller, (ULONG)RPC_C_CANCEL_INFINITE_TIMEOUT);
    is_hr(IWorker_Pass(worker, other, &order, &result, &report), S_OK, "a call inside the call");
    canceller_end(thread);
    CoDisableCallCancellation(NULL);
    is_hr(result, E_ABORT, "the inner call's result");
    is_hr(report.work_cancel, RPC_E_CALL_CANCELED, "was cancelled with the outer one");
}

static void check_late_object(IWorker *worker)
{
    struct canceller canceller = {0};
    IWorker *made = NULL;
    HANDLE thread;

    CoEnableCallCancellation(NULL);
    thread = canceller_start(&canceller, 0);
    is_hr(IWorker_Make(worker, 300, &made), RPC_E_CALL_CANCELED, "a call that makes an object");
    ok(!made, "nobody gets it");
    canceller_end(thread);
    CoDisableCallCancellation(NULL);
    check_quiet(worker);
}

/* ---- asynchronous calls ---- */

static void check_async(IWorker *worker)
{
    work_order order = {.flags = WORK_UNTIL_CANCELLED, .result = E_ABORT};
    LONG counter = 1, sum = 0;
    ICancelMethodCalls *cancel;
    ISynchronize *synchronize;
    AsyncIWorker *async;
    work_report report;

    if (!is_hr(worker_async(worker, &async, &synchronize), S_OK, "a call object"))
        return;
    is_hr(AsyncIWorker_QueryInterface(async, &IID_ICancelMethodCalls, (void **)&cancel), S_OK,
            "ICancelMethodCalls");
    is_hr(ICancelMethodCalls_Cancel(cancel, 0), RPC_E_CALL_COMPLETE, "nothing to cancel");
    is_hr(ICancelMethodCalls_TestCancel(cancel), RPC_E_CALL_COMPLETE, "TestCancel");

    is_hr(AsyncIWorker_Begin_Work(async, &order, &counter), S_OK, "Begin_Work");
    is_hr(ICancelMethodCalls_TestCancel(cancel), RPC_S_CALLPENDING, "TestCancel");
    is_hr(ICancelMethodCalls_Cancel(cancel, 0), S_OK, "Cancel");
    is_hr(ICancelMethodCalls_TestCancel(cancel), RPC_E_CALL_CANCELED, "TestCancel");
    is_hr(ICancelMethodCalls_Cancel(cancel, 0), RPC_E_CALL_CANCELED, "Cancel again");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    is_hr(AsyncIWorker_Begin_Add(async, 1, 2), RPC_S_CALLPENDING, "Finish_ must come first");
    is_hr(AsyncIWorker_Finish_Work(async, &counter, &report), RPC_E_CALL_CANCELED, "Finish_Work");
    is_hr(AsyncIWorker_Begin_Add(async, 1, 2), S_OK, "then the object is free");
    is_hr(AsyncIWorker_Finish_Add(async, &sum), S_OK, "and useful");
    is_int(sum, 3, "the sum");

    is_hr(AsyncIWorker_Begin_Work(async, &order, &counter), S_OK, "Begin_Work");
    is_hr(ICancelMethodCalls_Cancel(cancel, (ULONG)RPC_C_CANCEL_INFINITE_TIMEOUT), S_OK,
            "Cancel with all the time");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    is_hr(AsyncIWorker_Finish_Work(async, &counter, &report), E_ABORT, "the server's own result");
    is_hr(report.work_cancel, RPC_E_CALL_CANCELED, "which saw the request");

    is_hr(AsyncIWorker_Begin_Make(async, 200), S_OK, "Begin_Make");
    is_hr(ICancelMethodCalls_Cancel(cancel, 0), S_OK, "Cancel");
    is_hr(AsyncIWorker_Finish_Make(async, NULL), RPC_E_CALL_CANCELED, "Finish_Make");
    ICancelMethodCalls_Release(cancel);
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    check_quiet(worker);
}

/* Who waits for the handle is let go when the time is over, though the server does not answer. */
static void check_handle_deadline(IWorker *worker)
{
    work_order order = {.delay = 3500};
    ISynchronizeHandle *handle = NULL;
    ICancelMethodCalls *cancel = NULL;
    ISynchronize *synchronize;
    AsyncIWorker *async;
    work_report report;
    LONG counter = 1;
    HANDLE event = NULL;
    DWORD index;

    if (!is_hr(worker_async(worker, &async, &synchronize), S_OK, "a call object"))
        return;
    ISynchronize_QueryInterface(synchronize, &IID_ISynchronizeHandle, (void **)&handle);
    ISynchronize_QueryInterface(synchronize, &IID_ICancelMethodCalls, (void **)&cancel);
    ISynchronizeHandle_GetHandle(handle, &event);
    is_hr(AsyncIWorker_Begin_Work(async, &order, &counter), S_OK, "Begin_Work");
    is_hr(ICancelMethodCalls_Cancel(cancel, 1), S_OK, "Cancel in a second");
    is_uint(WaitForSingleObject(event, 0), WAIT_TIMEOUT, "not yet");
    is_hr(CoWaitForMultipleHandles(0, PATIENCE, 1, &event, &index), S_OK, "the handle");
    is_hr(AsyncIWorker_Finish_Work(async, &counter, &report), RPC_E_CALL_CANCELED, "Finish_Work");
    is_uint(WaitForSingleObject(event, 0), WAIT_TIMEOUT, "reset by that");
    ICancelMethodCalls_Release(cancel);
    ISynchronizeHandle_Release(handle);
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    check_quiet(worker);
}

static void check_bed(BOOL other_process, BOOL sta, BOOL call_objects, BOOL client_sta)
{
    struct worker_bed *bed = worker_bed_start(other_process, sta, call_objects);
    IWorker *worker;

    if (!bed)
        return;
    note("from %s to %s", client_sta ? "an STA" : "the MTA", worker_bed_name(bed));
    if (is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
    {
        check_at_once(worker);
        check_server_sees(worker);
        if (call_objects == client_sta)
        {
            check_time_out(worker);
            check_handle_deadline(worker);
        }
        check_late_object(worker);
        check_async(worker);
        IWorker_Release(worker);
    }
    worker_bed_stop(bed);
}

static void check_two(void)
{
    struct worker_bed *bed = worker_bed_start(TRUE, FALSE, FALSE);
    struct worker_bed *second = worker_bed_start(TRUE, TRUE, TRUE);
    IWorker *worker = NULL, *other = NULL;

    if (bed && second && is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy")
            && is_hr(worker_bed_object(second, &other), S_OK, "another process's"))
        check_nested(worker, other);
    if (worker)
        IWorker_Release(worker);
    if (other)
        IWorker_Release(other);
    if (bed)
        worker_bed_stop(bed);
    if (second)
        worker_bed_stop(second);
}

/* ---- functions ---- */

struct own_cancel
{
    ICancelMethodCalls ICancelMethodCalls_iface;
    LONG references;
    ULONG seconds;
};

static HRESULT STDMETHODCALLTYPE own_QueryInterface(ICancelMethodCalls *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ICancelMethodCalls))
        return E_NOINTERFACE;
    ICancelMethodCalls_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE own_AddRef(ICancelMethodCalls *iface)
{
    return (ULONG)++((struct own_cancel *)iface)->references;
}

static ULONG STDMETHODCALLTYPE own_Release(ICancelMethodCalls *iface)
{
    return (ULONG)--((struct own_cancel *)iface)->references;
}

static HRESULT STDMETHODCALLTYPE own_Cancel(ICancelMethodCalls *iface, ULONG seconds)
{
    ((struct own_cancel *)iface)->seconds = seconds;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE own_TestCancel(ICancelMethodCalls *iface)
{
    (void)iface;
    return RPC_S_CALLPENDING;
}

static void check_functions(void)
{
    static ICancelMethodCallsVtbl vtbl = {own_QueryInterface, own_AddRef, own_Release, own_Cancel,
            own_TestCancel};
    struct own_cancel own = {{&vtbl}, 1, 0};
    IWorker *unfit = worker_create(FALSE);
    void *found;

    is_hr(CoDisableCallCancellation(NULL), CO_E_CANCEL_DISABLED, "not enabled at first");
    is_hr(CoCancelCall(0, 0), CO_E_CANCEL_DISABLED, "CoCancelCall");
    is_hr(CoEnableCallCancellation(&own), E_INVALIDARG, "a reserved argument");
    is_hr(CoGetCancelObject(0, &IID_ICancelMethodCalls, &found), E_NOINTERFACE,
            "no call is pending");
    is_hr(CoEnableCallCancellation(NULL), S_OK, "CoEnableCallCancellation");
    is_hr(CoCancelCall(0, 0), E_NOINTERFACE, "enabled, but no call");
    is_hr(CoTestCancel(), RPC_E_CALL_COMPLETE, "CoTestCancel outside a call");
    is_hr(CoSetCancelObject((IUnknown *)unfit), E_NOINTERFACE, "an object that cannot cancel");
    is_hr(CoSetCancelObject((IUnknown *)&own.ICancelMethodCalls_iface), S_OK, "one that can");
    is_int(own.references, 2, "is kept");
    is_hr(CoGetCancelObject(GetCurrentThreadId(), &IID_ICancelMethodCalls, &found), S_OK,
            "CoGetCancelObject");
    ok(found == &own, "gives it");
    ICancelMethodCalls_Release((ICancelMethodCalls *)found);
    is_hr(CoCancelCall(0, 17), E_NOTIMPL, "CoCancelCall asks it");
    is_uint(own.seconds, 17, "with the time");
    is_hr(CoSetCancelObject(NULL), S_OK, "taken away");
    is_int(own.references, 1, "and released");
    is_hr(CoDisableCallCancellation(NULL), S_OK, "CoDisableCallCancellation");
    IWorker_Release(unfit);
}

static void check_client(BOOL sta)
{
    int i;

    CoInitializeEx(NULL, sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    worker_register();
    check_functions();
    for (i = 0; i < 8; i++)
    {
        BOOL other_process = i & 1, server_sta = (i & 2) != 0;

        if (other_process || server_sta || sta)
            check_bed(other_process, server_sta, (i & 4) != 0, sta);
    }
    check_two();
    CoUninitialize();
}

int main(int argc, char **argv)
{
    worker_bed_main(argc, argv);
    if (builtin_lacks("cancelling calls"))
        return done_testing();
    check_client(FALSE);
    check_client(TRUE);
    tap_account_begin();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    worker_register();
    check_bed(TRUE, FALSE, TRUE, FALSE);
    CoUninitialize();
    tap_account_end("cancelling");
    return done_testing();
}
