/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asynchronous calls whose server or client goes in the middle: servers that die or leave, clients
 * that die or leave. Each call ends with an error, nothing is left behind, others go on.
 */
#include "tap.h"

#include <stdio.h>
#include <string.h>

#include "worker_bed.h"
#include "worker_object.h"

TAP_TIME_LIMIT(300);

#define PATIENCE 20000 /* ms */
#define PENDING 40

static HRESULT begin_work(IWorker *worker, DWORD flags, DWORD delay, AsyncIWorker **async,
        ISynchronize **synchronize)
{
    work_order order = {.flags = flags, .delay = delay};
    LONG counter = 0;
    HRESULT hr = worker_async(worker, async, synchronize);

    return SUCCEEDED(hr) ? AsyncIWorker_Begin_Work(*async, &order, &counter) : hr;
}

static HRESULT finish_work(AsyncIWorker *async)
{
    work_report report;
    LONG counter = 0;

    return AsyncIWorker_Finish_Work(async, &counter, &report);
}

static void check_server_dies(BOOL sta)
{
    struct worker_bed *bed = worker_bed_start(TRUE, sta, TRUE);
    ISynchronize *synchronize;
    ISynchronizeHandle *handle;
    AsyncIWorker *async;
    IWorker *worker;
    HANDLE event;
    HRESULT hr;

    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    note("the server dies: %s", worker_bed_name(bed));
    is_hr(begin_work(worker, WORK_DIE, 50, &async, &synchronize), S_OK, "Begin_Work");
    is_hr(ISynchronize_QueryInterface(synchronize, &IID_ISynchronizeHandle, (void **)&handle), S_OK,
            "ISynchronizeHandle");
    ISynchronizeHandle_GetHandle(handle, &event);
    is_uint(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0, "the handle is signalled");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    hr = finish_work(async);
    ok(hr == RPC_E_SERVER_DIED || hr == RPC_E_DISCONNECTED, "Finish_Work fails (%s)", tap_hr(hr));
    hr = AsyncIWorker_Begin_Add(async, 1, 2);
    if (SUCCEEDED(hr))
        hr = finish_work(async);
    ok(FAILED(hr), "so does the next call (%s)", tap_hr(hr));
    ISynchronizeHandle_Release(handle);
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

static void check_server_killed(void)
{
    struct worker_bed *bed = worker_bed_start(TRUE, FALSE, TRUE);
    ISynchronize *synchronize[PENDING];
    AsyncIWorker *async[PENDING];
    LONG begun = 0, ended = 0;
    IWorker *worker;
    int i;

    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    note("the server is killed with calls under way");
    for (i = 0; i < PENDING; i++)
        begun += begin_work(worker, WORK_NEVER_SIGNAL, 10, &async[i], &synchronize[i]) == S_OK;
    is_int(begun, PENDING, "all calls begin");
    TerminateProcess(worker_bed_process(bed), 9);
    for (i = 0; i < PENDING; i++)
    {
        ended += ISynchronize_Wait(synchronize[i], 0, PATIENCE) == S_OK
                && FAILED(finish_work(async[i]));
        ISynchronize_Release(synchronize[i]);
        AsyncIWorker_Release(async[i]);
    }
    is_int(ended, PENDING, "all end");
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

/* The server's apartment is left while a call is with a call object that nobody will signal. */
static void check_server_leaves(BOOL other_process, BOOL sta)
{
    struct worker_bed *bed = worker_bed_start(other_process, sta, TRUE);
    ISynchronize *synchronize;
    AsyncIWorker *async;
    IWorker *worker;
    HRESULT hr;

    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    note("never signalled: %s", worker_bed_name(bed));
    is_hr(begin_work(worker, WORK_NEVER_SIGNAL, 10, &async, &synchronize), S_OK, "Begin_Work");
    is_hr(ISynchronize_Wait(synchronize, 0, 100), RPC_E_TIMEOUT, "it is never done");
    IWorker_Release(worker);
    worker_bed_leave(bed);
    hr = ISynchronize_Wait(synchronize, 0, PATIENCE);
    is_hr(hr, S_OK, "the apartment's end ends it");
    hr = finish_work(async);
    ok(hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED, "Finish_Work fails (%s)", tap_hr(hr));
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    worker_bed_stop(bed);
}

static void check_client_leaves(DWORD apartment)
{
    struct worker_bed *bed;
    ISynchronize *synchronize;
    AsyncIWorker *async;
    IWorker *worker;
    HRESULT hr;

    CoInitializeEx(NULL, apartment);
    worker_register();
    bed = worker_bed_start(TRUE, FALSE, TRUE);
    note("the client leaves its apartment");
    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    is_hr(begin_work(worker, 0, 300, &async, &synchronize), S_OK, "Begin_Work");
    IWorker_Release(worker);
    CoUninitialize();
    hr = finish_work(async);
    ok(FAILED(hr), "Finish_Work outside COM (%s)", tap_hr(hr));
    CoInitializeEx(NULL, apartment);
    is_hr(finish_work(async), RPC_E_CALL_COMPLETE, "which ended the call");
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    CoUninitialize();
    CoInitializeEx(NULL, apartment);
    worker_bed_stop(bed);
    CoUninitialize();
}

/* The answer has an object in it, and comes when its client's apartment is gone. `early`: the call
 * object goes before that, else after. worker_bed_stop sees whether the object is let go. */
static void check_answer_too_late(DWORD apartment, BOOL early)
{
    struct worker_bed *bed;
    ISynchronize *synchronize;
    AsyncIWorker *async;
    IWorker *worker;

    CoInitializeEx(NULL, apartment);
    worker_register();
    bed = worker_bed_start(TRUE, FALSE, TRUE);
    note("the client leaves its apartment before an object comes");
    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    is_hr(worker_async(worker, &async, &synchronize), S_OK, "a call object");
    is_hr(AsyncIWorker_Begin_Make(async, 200), S_OK, "Begin_Make");
    IWorker_Release(worker);
    CoUninitialize();
    if (!early)
        Sleep(600);
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    if (early)
        Sleep(600);
    CoInitializeEx(NULL, apartment);
    worker_bed_stop(bed);
    CoUninitialize();
}

/* ---- a client that is killed ---- */

/* Begins calls on a worker whose packet is in a file, and waits to be killed. */
static void client_main(const char *path)
{
    ISynchronize *synchronize;
    AsyncIWorker *async;
    IWorker *worker;
    int i;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    worker_register();
    if (FAILED(worker_bed_attach(path, &worker)))
        ExitProcess(1);
    for (i = 0; i < PENDING; i++)
    {
        if (FAILED(i & 1 ? begin_work(worker, 0, 400, &async, &synchronize)
                         : worker_async(worker, &async, &synchronize)))
            ExitProcess(2);
        if (!(i & 1))
            AsyncIWorker_Begin_Make(async, 400);
    }
    worker_bed_tell(path);
    Sleep(PATIENCE);
    ExitProcess(3);
}

static HANDLE client_launch(const char *name)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    char command[MAX_PATH + 128];
    PROCESS_INFORMATION information;
    WCHAR path[MAX_PATH];

    tap_peer_path(NULL, path);
    snprintf(command, sizeof(command), "\"%ls\" client %s", path, name);
    if (!CreateProcessA(NULL, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup,
                &information))
        return NULL;
    CloseHandle(information.hThread);
    return information.hProcess;
}

static void check_client_killed(void)
{
    struct worker_bed *bed = worker_bed_start(TRUE, FALSE, TRUE);
    LONG calls = 1, objects = 1, sum = 0;
    IWorker *worker;
    HANDLE client;
    int i;

    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    note("a client is killed with calls under way");
    client = client_launch(worker_bed_id(bed));
    ok(client && worker_bed_told(bed, client, PATIENCE), "it has begun its calls");
    TerminateProcess(client, 9);
    WaitForSingleObject(client, PATIENCE);
    CloseHandle(client);
    for (i = 0; i < 300 && (calls || objects); i++)
    {
        Sleep(20);
        IWorker_Pending(worker, &calls, &objects);
    }
    is_int(calls, 0, "its calls end");
    is_hr(IWorker_Add(worker, 1, 2, &sum), S_OK, "the server lives");
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

static void run_all(void)
{
    int i;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    worker_register();
    check_server_dies(FALSE);
    check_server_dies(TRUE);
    check_server_killed();
    check_server_leaves(FALSE, TRUE);
    check_server_leaves(TRUE, TRUE);
    check_server_leaves(TRUE, FALSE);
    check_client_killed();
    CoUninitialize();
    check_client_leaves(COINIT_MULTITHREADED);
    check_client_leaves(COINIT_APARTMENTTHREADED);
    for (i = 0; i < 4; i++)
        check_answer_too_late(i & 1 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED, i & 2);
}

int main(int argc, char **argv)
{
    worker_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    if (argc == 3 && !strcmp(argv[1], "client"))
        client_main(argv[2]);
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("faults");
    }
    return done_testing();
}
