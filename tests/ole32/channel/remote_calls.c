/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls into another process: data, identities, failures, callbacks, servers and clients that die.
 */
#include "tap.h"
#include "test_server.h"

#include <string.h>

#include "call_checks.h"

#define CALLERS 16
#define CALLS_EACH 100

static void check_data(ITestServer *server)
{
    WCHAR *copy = NULL;
    LONG sum = 0;

    is_hr(ITestServer_Add(server, 40, 2, &sum), S_OK, "Add");
    is_int(sum, 42, "the sum");
    check_echo(server, 0);
    check_echo(server, 1);
    check_echo(server, 100000);
    check_echo(server, 5 * 1024 * 1024);
    is_hr(ITestServer_Text(server, L"texts travel too", &copy), S_OK, "Text");
    is_wstr(copy, L"texts travel too", "the copy");
    CoTaskMemFree(copy);
}

static void check_identity(struct test_process *process, ITestServer *server, BOOL sta)
{
    test_call call = {0};
    GUID id = GUID_NULL;

    is_hr(CoGetCurrentLogicalThreadId(&id), S_OK, "CoGetCurrentLogicalThreadId");
    is_hr(ITestServer_Who(server, &call), S_OK, "Who");
    is_uint(call.process, test_process_id(process), "in that process");
    is_int(call.apartment_type, sta ? APTTYPE_MAINSTA : APTTYPE_MTA, "in its kind of apartment");
    is_guid(&call.logical_thread, &id, "the logical thread is the caller's");
    todo_builtin("not there")
    {
        is_hr(call.caller_result, S_FALSE, "CoGetCallerTID: another process");
        is_uint(call.caller, GetCurrentThreadId(), "the caller's apartment");
        is_hr(call.context_result, S_OK, "CoGetCallContext");
        is_hr(call.impersonate_result, S_OK, "CoImpersonateClient");
        is_hr(call.revert_result, S_OK, "CoRevertToSelf");
        is_uint(call.authn_service, RPC_C_AUTHN_WINNT, "CoQueryClientBlanket");
    }
}

static void check_failures(ITestServer *server)
{
    IErrorInfo *error = NULL;
    BSTR text = NULL;
    LONG sum;

    is_hr(ITestServer_Fail(server, E_ACCESSDENIED), E_ACCESSDENIED, "a result travels");
    todo_builtin("exceptions end in other codes")
    {
        is_hr(ITestServer_Raise(server, EXCEPTION_ACCESS_VIOLATION), RPC_E_SERVERFAULT,
                "an access violation");
        is_hr(ITestServer_Raise(server, 0xe06d7363), RPC_E_SERVERFAULT, "a C++ exception");
    }
    is_hr(ITestServer_Act(server, TEST_ACT_INNER_HANDLER, 0), S_OK, "handlers inside come first");
    SetErrorInfo(0, NULL);
    is_hr(ITestServer_FailWithError(server, L"what went wrong"), E_ACCESSDENIED, "FailWithError");
    todo_builtin("error objects do not travel")
    {
        is_hr(GetErrorInfo(0, &error), S_OK, "there is an error object");
        if (ok(error != NULL, "it is not NULL"))
        {
            IErrorInfo_GetDescription(error, &text);
            is_wstr(text, L"what went wrong", "its description");
            SysFreeString(text);
            IErrorInfo_Release(error);
        }
    }
    is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "the server lives");
}

static void check_raw(struct test_process *process)
{
    IRawCall *raw;
    BYTE *data;
    ULONG size = 1000;

    is_hr(test_process_object(process, &IID_IRawCall, (void **)&raw), S_OK, "another interface");
    if (!raw)
        return;
    data = CoTaskMemAlloc(size);
    memset(data, 0x5a, size);
    is_hr(IRawCall_Call(raw, 3, 0, &data, &size), S_OK, "a call without NDR");
    ok(size == 1000 && data[0] == 0x5a && data[999] == 0x5a, "its data");
    todo_builtin("no such checks")
    {
        is_hr(IRawCall_Call(raw, 0, 0, &data, &size), RPC_E_INVALIDMETHOD, "method 0");
        is_hr(IRawCall_Call(raw, 0x7000, 0, &data, &size), RPC_E_INVALIDMETHOD, "method 28672");
    }
    CoTaskMemFree(data);
    IRawCall_Release(raw);
}

static void test_server_kind(const char *apartment)
{
    struct test_process *process = test_process_start(apartment);
    ITestServer *server;
    HRESULT hr;

    if (!process)
        return;
    note("server in its %s", apartment);
    hr = test_process_object(process, &IID_ITestServer, (void **)&server);
    is_hr(hr, S_OK, "a proxy");
    if (SUCCEEDED(hr))
    {
        check_data(server);
        check_identity(process, server, !strcmp(apartment, "sta"));
        check_failures(server);
        check_nesting(server);
        check_raw(process);
        ITestServer_Release(server);
    }
    is_uint(test_process_stop(process), 0, "the server ends, with no object left");
}

/* ---- many ---- */

struct crowd
{
    struct test_process *process;
    volatile LONG good;
};

static DWORD WINAPI crowd_caller(void *argument)
{
    struct crowd *crowd = argument;
    ITestServer *server;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_proxies_register();
    if (SUCCEEDED(test_process_object(crowd->process, &IID_ITestServer, (void **)&server)))
    {
        for (LONG i = 0; i < CALLS_EACH; i++)
        {
            LONG sum = 0;

            if (ITestServer_Add(server, i, 1000, &sum) == S_OK && sum == i + 1000)
                InterlockedIncrement(&crowd->good);
        }
        ITestServer_Release(server);
    }
    CoUninitialize();
    return 0;
}

static void test_crowd(void)
{
    struct crowd crowd = {test_process_start("mta")};
    HANDLE handles[CALLERS];

    if (!crowd.process)
        return;
    for (int i = 0; i < CALLERS; i++)
        handles[i] = CreateThread(NULL, 0, crowd_caller, &crowd, 0, NULL);
    WaitForMultipleObjects(CALLERS, handles, TRUE, 60000);
    for (int i = 0; i < CALLERS; i++)
        CloseHandle(handles[i]);
    is_int(crowd.good, CALLERS * CALLS_EACH, "%d threads call one process", CALLERS);
    is_uint(test_process_stop(crowd.process), 0, "the server ends, with no object left");
}

/* ---- death ---- */

static void test_death(DWORD action, const char *what)
{
    struct test_process *process = test_process_start("mta");
    DWORD start = GetTickCount();
    ITestServer *server;
    HRESULT hr;
    LONG sum;

    if (!process)
        return;
    is_hr(test_process_object(process, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    if (server)
    {
        hr = ITestServer_Act(server, action, 7);
        ok(hr == RPC_E_SERVER_DIED || hr == RPC_E_DISCONNECTED, "%s inside a call (%s)", what,
                tap_hr(hr));
        ok(GetTickCount() - start < 10000, "the caller knows soon");
        hr = ITestServer_Add(server, 1, 2, &sum);
        ok(hr == RPC_E_SERVER_DIED_DNE || hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED,
                "the next call (%s)", tap_hr(hr));
        ITestServer_Release(server);
    }
    test_process_stop(process);
}

/* One thread of a server's MTA ends inside its call; the others, and later calls, are served. */
static void test_thread_death(void)
{
    struct test_process *process = test_process_start("mta");
    ITestServer *server;
    HRESULT hr;
    LONG sum;

    if (!process)
        return;
    is_hr(test_process_object(process, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    for (int i = 0; server && i < 3; i++)
    {
        hr = ITestServer_Act(server, TEST_ACT_EXIT_THREAD, 0);
        ok(hr == RPC_E_SERVER_DIED || hr == RPC_E_DISCONNECTED, "ExitThread inside a call (%s)",
                tap_hr(hr));
        is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "the next call");
    }
    if (server)
        ITestServer_Release(server);
    test_process_stop(process);
}

static void run_all(void)
{
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    test_server_kind("mta");
    test_server_kind("sta");
    CoUninitialize();
    test_crowd();
}

int main(void)
{
    run_all();
    if (tap_builtin())
        return done_testing();
    tap_account_begin();
    run_all();
    tap_account_end("calls between processes");
    is_int(test_server_count(), 0, "no object is left");
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    test_death(TEST_ACT_TERMINATE_PROCESS, "TerminateProcess");
    test_death(TEST_ACT_EXIT_PROCESS, "ExitProcess");
    test_thread_death();
    CoUninitialize();
    return done_testing();
}
