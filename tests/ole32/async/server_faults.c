/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What goes wrong in a server with call objects: exceptions where a call object is to be made, and
 * threads that end inside Begin_ and Finish_. The client gets an answer, the call object goes, and
 * the server goes on.
 */
#include "tap.h"

#include <string.h>

#include "worker_bed.h"
#include "worker_object.h"

TAP_TIME_LIMIT(300);

#define PATIENCE 20000 /* ms */
#define OWN_CODE 0xe0001234

/* ---- exceptions ---- */

static HRESULT add_async(IWorker *worker, LONG *sum)
{
    ISynchronize *synchronize;
    AsyncIWorker *async;
    HRESULT hr = worker_async(worker, &async, &synchronize);

    if (FAILED(hr))
        return hr;
    hr = AsyncIWorker_Begin_Add(async, 40, 2);
    if (SUCCEEDED(hr))
        hr = ISynchronize_Wait(synchronize, 0, PATIENCE);
    if (SUCCEEDED(hr))
        hr = AsyncIWorker_Finish_Add(async, sum);
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    return hr;
}

static void check_context(void)
{
    GUID logical = GUID_NULL;

    is_hr(worker_creation.context, S_OK, "CreateCall has a call context");
    is_uint(worker_creation.caller, GetCurrentThreadId(), "knows its caller");
    CoGetCurrentLogicalThreadId(&logical);
    is_guid(&worker_creation.logical_thread, &logical, "and its logical thread");
}

static void check_raises(BOOL sta, LONG fault, DWORD code, HRESULT expected)
{
    struct worker_bed *bed = worker_bed_start(FALSE, sta, TRUE);
    LONG sum = 0;
    IWorker *worker;

    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    note("%s raises %08lx: %s", fault == FAULT_QUERY_RAISES ? "QueryInterface" : "CreateCall",
            (unsigned long)code, worker_bed_name(bed));
    worker_fault_code = code;
    InterlockedExchange(&worker_fault, fault);
    is_hr(IWorker_Add(worker, 1, 2, &sum), expected, "a synchronous call");
    is_hr(add_async(worker, &sum), expected, "an asynchronous call");
    InterlockedExchange(&worker_fault, FAULT_NONE);
    memset(&worker_creation, 0, sizeof(worker_creation));
    is_hr(add_async(worker, &sum), S_OK, "the next one");
    is_int(sum, 42, "its result");
    check_context();
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

/* ---- threads that end ---- */

/* Waits until this process, or the worker's, has no call object any more. */
static void check_gone(IWorker *worker)
{
    LONG calls = 1, objects = 1;
    int i;

    for (i = 0; i < 300 && (calls || objects); i++)
    {
        Sleep(20);
        if (worker)
            IWorker_Pending(worker, &calls, &objects);
        else
        {
            objects = worker_call_count();
            calls = 0;
        }
    }
    is_int(objects, 0, "the call object is gone");
    is_int(calls, 0, "and its call");
}

/* `flags`: where the server's thread ends. */
static void check_exit(BOOL other_process, BOOL sta, DWORD flags)
{
    struct worker_bed *bed = worker_bed_start(other_process, sta, TRUE);
    work_order order = {.flags = flags, .delay = 30};
    LONG counter = 0, sum = 0;
    ISynchronize *synchronize;
    AsyncIWorker *async;
    work_report report;
    IWorker *worker;
    HRESULT hr;

    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    note("a thread ends inside %s: %s", flags & WORK_EXIT_BEGIN ? "Begin_" : "Finish_",
            worker_bed_name(bed));
    is_hr(worker_async(worker, &async, &synchronize), S_OK, "a call object");
    is_hr(AsyncIWorker_Begin_Work(async, &order, &counter), S_OK, "Begin_Work");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "the client is answered");
    hr = AsyncIWorker_Finish_Work(async, &counter, &report);
    ok(hr == RPC_E_SERVER_DIED || hr == RPC_E_DISCONNECTED, "the call has failed (%s)", tap_hr(hr));
    if (!sta)
    {
        hr = IWorker_Work(worker, &order, &counter, &report);
        is_hr(hr, RPC_E_SERVER_DIED, "so does a synchronous call");
        is_hr(IWorker_Add(worker, 1, 2, &sum), S_OK, "the server goes on");
        is_int(sum, 3, "its result");
    }
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    check_gone(sta ? NULL : worker);
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

/* Inside CreateCall there is no call object yet. */
static void check_exit_creating(void)
{
    struct worker_bed *bed = worker_bed_start(FALSE, FALSE, TRUE);
    LONG sum = 0;
    IWorker *worker;

    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    note("a thread ends inside CreateCall");
    InterlockedExchange(&worker_fault, FAULT_CREATE_EXITS);
    is_hr(add_async(worker, &sum), RPC_E_SERVER_DIED, "the client is answered");
    InterlockedExchange(&worker_fault, FAULT_NONE);
    is_hr(add_async(worker, &sum), S_OK, "the server goes on");
    is_int(sum, 42, "its result");
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

static void run_all(void)
{
    int i;

    for (i = 0; i < 2; i++)
    {
        check_raises(i, FAULT_QUERY_RAISES, EXCEPTION_ACCESS_VIOLATION, RPC_E_SERVERFAULT);
        check_raises(i, FAULT_CREATE_RAISES, OWN_CODE, RPC_E_SERVERFAULT);
        check_raises(i, FAULT_CREATE_RAISES, (DWORD)E_ACCESSDENIED, E_ACCESSDENIED);
    }
    for (i = 0; i < 2; i++)
    {
        check_exit(i, FALSE, WORK_EXIT_BEGIN);
        check_exit(i, FALSE, WORK_EXIT_FINISH);
        check_exit(i, FALSE, WORK_EXIT_FINISH | WORK_UNINITIALIZED);
    }
    check_exit(FALSE, TRUE, WORK_EXIT_BEGIN);
    check_exit(FALSE, TRUE, WORK_EXIT_FINISH);
    check_exit_creating();
}

static DWORD WINAPI client_thread(void *argument)
{
    (void)argument;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    worker_register();
    run_all();
    CoUninitialize();
    return 0;
}

/* The client is in an STA, so that the MTA is another apartment. */
static void client_run(void)
{
    HANDLE thread = CreateThread(NULL, 0, client_thread, NULL, 0, NULL);

    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

int main(int argc, char **argv)
{
    worker_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    client_run();
    tap_account_begin();
    client_run();
    tap_account_end("faults of servers");
    return done_testing();
}
