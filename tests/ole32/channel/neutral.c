/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Objects in the neutral apartment: calls run on the caller's thread, without a switch, or on the
 * one that receives them from another process; the thread is in the NTA meanwhile. Pages "Neutral
 * Apartments", "APTTYPE enumeration (objidl.h)", "CoGetDefaultContext function (combaseapi.h)".
 */
#include "tap.h"
#include "test_server.h"

#include <ctxtcall.h>
#include <string.h>

#define NEST_DEPTH 50

/* IContextCallback; the import libraries do not have it. */
static const IID iid_context_callback = {0x000001da, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

struct made
{
    IStream *stream;
    HRESULT hr;
};

static HRESULT WINAPI object_make(ComCallData *data)
{
    struct made *made = data->pUserDefined;
    ITestServer *object = test_server_create();

    test_proxies_register();
    made->hr = CoMarshalInterThreadInterfaceInStream(&IID_ITestServer, (IUnknown *)object,
            &made->stream);
    ITestServer_Release(object);
    return S_OK;
}

/* A proxy, in the calling thread's apartment, of a new object in the NTA. */
static ITestServer *neutral_object(void)
{
    IContextCallback *context = NULL;
    ITestServer *server = NULL;
    struct made made = {NULL, E_FAIL};
    ComCallData data = {.pUserDefined = &made};

    is_hr(CoGetDefaultContext(APTTYPE_NA, &iid_context_callback, (void **)&context), S_OK,
            "the NTA's context");
    is_hr(IContextCallback_ContextCallback(context, object_make, &data, &iid_context_callback, 5,
                  NULL),
            S_OK, "into the NTA");
    IContextCallback_Release(context);
    is_hr(made.hr, S_OK, "an object there is marshalled");
    if (made.stream)
        is_hr(CoGetInterfaceAndReleaseStream(made.stream, &IID_ITestServer, (void **)&server), S_OK,
                "a proxy here");
    return server;
}

static void check_apartment(APTTYPE expected, const char *what)
{
    APTTYPEQUALIFIER qualifier;
    APTTYPE type = APTTYPE_CURRENT;

    CoGetApartmentType(&type, &qualifier);
    ok(type == expected || (expected == APTTYPE_STA && type == APTTYPE_MAINSTA), "%s (%d)", what,
            type);
}

static void check_calls(ITestServer *server, APTTYPE mine)
{
    ITestServer *object = test_server_create(), *self = NULL;
    IErrorInfo *error = NULL;
    test_call call = {0};
    LONG reached = 0, sum = 0;
    GUID id = GUID_NULL;

    CoGetCurrentLogicalThreadId(&id);
    is_hr(ITestServer_Who(server, &call), S_OK, "a call");
    is_uint(call.thread, GetCurrentThreadId(), "runs on this thread");
    is_int(call.apartment_type, APTTYPE_NA, "in the NTA");
    is_guid(&call.logical_thread, &id, "the logical thread is the caller's");
    is_hr(call.context_result, S_OK, "with a call context");
    is_hr(call.caller_result, S_OK, "CoGetCallerTID");
    check_apartment(mine, "after it the thread is back in its apartment");
    is_hr(ITestServer_Fail(server, S_FALSE), S_FALSE, "a result");
    is_hr(ITestServer_Raise(server, EXCEPTION_ACCESS_VIOLATION), RPC_E_SERVERFAULT, "an exception");
    check_apartment(mine, "the thread is back after that, too");
    is_hr(ITestServer_FailWithError(server, L"what went wrong"), E_ACCESSDENIED, "FailWithError");
    is_hr(GetErrorInfo(0, &error), S_OK, "there is an error object");
    if (error)
        IErrorInfo_Release(error);
    is_hr(ITestServer_Self(server, &self), S_OK, "an [out] interface");
    is_ptr(self, server, "is the proxy");
    if (self)
        ITestServer_Release(self);
    is_hr(ITestServer_Nest(server, object, NEST_DEPTH - 1, &reached), S_OK,
            "calls inside calls, to an object of this apartment");
    is_int(reached, NEST_DEPTH, "as deep as asked for");
    check_apartment(mine, "the thread is where it was");
    is_hr(ITestServer_Add(server, 40, 2, &sum), S_OK, "the next call");
    CoDisconnectObject((IUnknown *)object, 0);
    ITestServer_Release(object);
}

static DWORD WINAPI caller(void *argument)
{
    DWORD coinit = *(DWORD *)argument;
    BOOL sta = coinit & COINIT_APARTMENTTHREADED;
    volatile LONG never = 0;
    ITestServer *server;

    CoInitializeEx(NULL, coinit);
    test_proxies_register();
    if ((server = neutral_object()))
    {
        check_calls(server, sta ? APTTYPE_STA : APTTYPE_MTA);
        is_uint(ITestServer_Release(server), 0, "the proxy goes");
    }
    for (int i = 0; test_server_count() && i < 50; i++)
        test_pump(&never, 100);
    is_int(test_server_count(), 0, "and the object");
    CoUninitialize();
    return 0;
}

static void test_here(DWORD coinit)
{
    HANDLE thread = CreateThread(NULL, 0, caller, &coinit, 0, NULL);

    is_uint(WaitForSingleObject(thread, 30000), WAIT_OBJECT_0, "the caller is done");
    CloseHandle(thread);
}

/* ---- many at once: nobody waits for anybody ---- */

#define CALLERS 8
#define CALLS_EACH 50

struct crowd
{
    IStream *streams[CALLERS];
    volatile LONG next, good;
};

static HRESULT WINAPI crowd_make(ComCallData *data)
{
    struct crowd *crowd = data->pUserDefined;
    ITestServer *object = test_server_create();

    test_proxies_register();
    for (int i = 0; i < CALLERS; i++)
        CoMarshalInterThreadInterfaceInStream(&IID_ITestServer, (IUnknown *)object,
                &crowd->streams[i]);
    ITestServer_Release(object);
    return S_OK;
}

static DWORD WINAPI crowd_caller(void *argument)
{
    struct crowd *crowd = argument;
    LONG number = InterlockedIncrement(&crowd->next) - 1;
    ITestServer *server;
    test_call call;

    CoInitializeEx(NULL, number % 2 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    test_proxies_register();
    if (SUCCEEDED(CoGetInterfaceAndReleaseStream(crowd->streams[number], &IID_ITestServer,
                (void **)&server)))
    {
        for (int i = 0; i < CALLS_EACH; i++)
            if (ITestServer_Who(server, &call) == S_OK && call.thread == GetCurrentThreadId()
                    && call.apartment_type == APTTYPE_NA)
                InterlockedIncrement(&crowd->good);
        ITestServer_Release(server);
    }
    CoUninitialize();
    return 0;
}

static void test_crowd(void)
{
    struct crowd crowd = {{0}};
    ComCallData data = {.pUserDefined = &crowd};
    IContextCallback *context;
    HANDLE handles[CALLERS];

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_proxies_register();
    CoGetDefaultContext(APTTYPE_NA, &iid_context_callback, (void **)&context);
    IContextCallback_ContextCallback(context, crowd_make, &data, &iid_context_callback, 5, NULL);
    IContextCallback_Release(context);
    for (int i = 0; i < CALLERS; i++)
        handles[i] = CreateThread(NULL, 0, crowd_caller, &crowd, 0, NULL);
    WaitForMultipleObjects(CALLERS, handles, TRUE, 30000);
    for (int i = 0; i < CALLERS; i++)
        CloseHandle(handles[i]);
    is_int(crowd.good, CALLERS * CALLS_EACH, "%d threads call it, each by itself", CALLERS);
    is_int(test_server_count(), 0, "no object is left");
    CoUninitialize();
}

/* ---- from another process ---- */

static void test_process(DWORD coinit)
{
    struct test_process *process = test_process_start("nta");
    ITestServer *server = NULL, *object;
    test_call call = {0};
    LONG reached = 0;

    if (!process)
        return;
    CoInitializeEx(NULL, coinit);
    test_proxies_register();
    is_hr(test_process_object(process, &IID_ITestServer, (void **)&server), S_OK,
            "a proxy of an object in another process's NTA");
    if (server)
    {
        object = test_server_create();
        is_hr(ITestServer_Who(server, &call), S_OK, "a call");
        is_uint(call.process, test_process_id(process), "in that process");
        is_int(call.apartment_type, APTTYPE_NA, "in its NTA");
        is_hr(call.caller_result, S_FALSE, "CoGetCallerTID: another process");
        is_hr(ITestServer_Raise(server, 0xe06d7363), RPC_E_SERVERFAULT, "an exception");
        is_hr(ITestServer_Nest(server, object, NEST_DEPTH - 1, &reached), S_OK,
                "calls inside calls");
        is_int(reached, NEST_DEPTH, "as deep as asked for");
        CoDisconnectObject((IUnknown *)object, 0);
        ITestServer_Release(object);
        is_uint(ITestServer_Release(server), 0, "the proxy goes");
    }
    CoUninitialize();
    is_uint(test_process_stop(process), 0, "the server ends, with no object left");
}

static void run_all(void)
{
    test_here(COINIT_APARTMENTTHREADED);
    test_here(COINIT_MULTITHREADED);
    test_crowd();
    test_process(COINIT_MULTITHREADED);
    test_process(COINIT_APARTMENTTHREADED);
}

int main(void)
{
    if (builtin_lacks("the neutral apartment"))
        return done_testing();
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("calls into the neutral apartment");
    return done_testing();
}
