/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls between the apartments of a process: data, identities, failures, callbacks, many at once.
 */
#include "tap.h"
#include "test_server.h"

#include <string.h>

#include "call_checks.h"

#define CALLERS 64
#define CALLS_EACH 50

/* ---- what a proxy must be able to do ---- */

static void check_data(ITestServer *server)
{
    test_record record = {41, 1000000000000LL, 5.0, NULL};
    WCHAR *copy = NULL;
    LONG sum = 0;

    is_hr(ITestServer_Add(server, 40, 2, &sum), S_OK, "Add");
    is_int(sum, 42, "the sum");
    check_echo(server, 0);
    check_echo(server, 1);
    check_echo(server, 4097);
    check_echo(server, 3 * 1024 * 1024);
    is_hr(ITestServer_Text(server, L"texts travel too", &copy), S_OK, "Text");
    is_wstr(copy, L"texts travel too", "the copy");
    CoTaskMemFree(copy);
    is_hr(ITestServer_Record(server, &record), S_OK, "Record");
    ok(record.number == 42 && record.big == 3000000000000LL && record.real == 2.5, "the record");
    is_wstr(record.name, L"named", "a pointer that the server filled in");
    is_hr(ITestServer_Record(server, &record), S_OK, "Record again");
    ok(!record.name, "a pointer that the server took away");
}

static void check_identity(ITestServer *server, APTTYPE type, DWORD thread, DWORD caller)
{
    test_call call = {0};
    GUID id = GUID_NULL;

    is_hr(CoGetCurrentLogicalThreadId(&id), S_OK, "CoGetCurrentLogicalThreadId");
    is_hr(ITestServer_Who(server, &call), S_OK, "Who");
    is_uint(call.process, GetCurrentProcessId(), "in this process");
    if (thread)
        is_uint(call.thread, thread, "on the apartment's thread");
    else
        ok(call.thread != GetCurrentThreadId(), "on another thread");
    ok(call.apartment_type == (LONG)type
                    || (type == APTTYPE_STA && call.apartment_type == APTTYPE_MAINSTA),
            "in that kind of apartment (%ld)", (long)call.apartment_type);
    is_guid(&call.logical_thread, &id, "the logical thread is the caller's");
    todo_builtin("calls inside a process have no context")
    {
        is_hr(call.caller_result, S_OK, "CoGetCallerTID");
        is_uint(call.caller, caller, "the caller's apartment");
        is_hr(call.context_result, S_OK, "CoGetCallContext");
        is_hr(call.impersonate_result, S_OK, "CoImpersonateClient");
        is_hr(call.revert_result, S_OK, "CoRevertToSelf");
    }
}

/* ---- failures ---- */

static void check_error_info(ITestServer *server)
{
    IErrorInfo *error = NULL;
    BSTR text = NULL;
    DWORD help = 0;
    LONG sum;
    GUID guid;

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
            IErrorInfo_GetGUID(error, &guid);
            is_guid(&guid, &IID_ITestServer, "its GUID");
            IErrorInfo_GetHelpContext(error, &help);
            is_uint(help, 42, "its help context");
            SetErrorInfo(0, error);
            IErrorInfo_Release(error);
        }
        is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "the next call");
        is_hr(GetErrorInfo(0, &error), S_FALSE, "has no error object");
    }
}

static void check_failures(ITestServer *server)
{
    LONG sum;

    is_hr(ITestServer_Fail(server, E_ACCESSDENIED), E_ACCESSDENIED, "a result travels");
    is_hr(ITestServer_Fail(server, S_FALSE), S_FALSE, "a success code travels");
    is_hr(ITestServer_Fail(server, 0x80040234), 0x80040234, "a result of the interface's own");
    todo_builtin("exceptions end in other codes")
    {
        is_hr(ITestServer_Raise(server, EXCEPTION_ACCESS_VIOLATION), RPC_E_SERVERFAULT,
                "an access violation");
        is_hr(ITestServer_Raise(server, 0xe06d7363), RPC_E_SERVERFAULT, "a C++ exception");
        is_hr(ITestServer_Raise(server, EXCEPTION_INT_DIVIDE_BY_ZERO), RPC_E_SERVERFAULT,
                "a division by zero");
        is_hr(ITestServer_Raise(server, RPC_X_BAD_STUB_DATA),
                HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA), "an RPC status is raised");
        is_hr(ITestServer_Raise(server, (DWORD)RPC_E_DISCONNECTED), RPC_E_DISCONNECTED,
                "an HRESULT is raised");
    }
    is_hr(ITestServer_Act(server, TEST_ACT_INNER_HANDLER, 0), S_OK, "handlers inside come first");
    is_hr(ITestServer_Act(server, TEST_ACT_SET_THREAD_NAME, 0), S_OK,
            "exceptions for debuggers do not end a call");
    is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "the server lives");
}

/* ---- pairs of apartments ---- */

/* A thread of the MTA does not wait until an STA has let an object go: that is done when the STA
 * pumps messages. */
static void settle(void)
{
    HANDLE never = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD index;

    for (unsigned int i = 0; i < 200 && test_server_count(); i++)
        CoWaitForMultipleHandles(0, 10, 1, &never, &index);
    CloseHandle(never);
}

static void check_pair(const char *name, DWORD server_coinit)
{
    struct test_thread *thread = test_thread_start(server_coinit);
    BOOL sta = server_coinit & COINIT_APARTMENTTHREADED;
    DWORD caller = strncmp(name, "STA", 3) ? 0 : GetCurrentThreadId();
    ITestServer *server;
    HRESULT hr;

    note("%s", name);
    hr = test_thread_object(thread, &IID_ITestServer, (void **)&server);
    is_hr(hr, S_OK, "a proxy");
    if (FAILED(hr))
        return;
    check_data(server);
    check_identity(server, sta ? APTTYPE_STA : APTTYPE_MTA, sta ? test_thread_id(thread) : 0,
            caller);
    check_failures(server);
    check_error_info(server);
    check_nesting(server);
    ITestServer_Release(server);
    ok(test_thread_stop(thread), "the thread ends");
    settle();
    is_int(test_server_count(), 0, "no object is left");
}

static void pairs_from_sta(void)
{
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    check_pair("STA to STA", COINIT_APARTMENTTHREADED);
    check_pair("STA to MTA", COINIT_MULTITHREADED);
    CoUninitialize();
}

static void pairs_from_mta(void)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_proxies_register();
    check_pair("MTA to STA", COINIT_APARTMENTTHREADED);
    CoUninitialize();
}

/* ---- many callers ---- */

struct crowd
{
    IStream *streams[CALLERS];
    volatile LONG next, good;
};

static DWORD WINAPI crowd_caller(void *argument)
{
    struct crowd *crowd = argument;
    LONG number = InterlockedIncrement(&crowd->next) - 1;
    ITestServer *server;

    CoInitializeEx(NULL, number % 2 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    test_proxies_register();
    if (SUCCEEDED(CoGetInterfaceAndReleaseStream(crowd->streams[number], &IID_ITestServer,
                (void **)&server)))
    {
        for (LONG i = 0; i < CALLS_EACH; i++)
        {
            LONG sum = 0;

            if (ITestServer_Add(server, i, number, &sum) == S_OK && sum == i + number)
                InterlockedIncrement(&crowd->good);
        }
        ITestServer_Release(server);
    }
    CoUninitialize();
    return 0;
}

static void crowd_marshal(void *argument)
{
    struct crowd *crowd = argument;
    ITestServer *server = test_server_create();

    for (int i = 0; i < CALLERS; i++)
        CoMarshalInterThreadInterfaceInStream(&IID_ITestServer, (IUnknown *)server,
                &crowd->streams[i]);
    ITestServer_Release(server);
}

static void test_crowd(void)
{
    struct test_thread *thread = test_thread_start(COINIT_APARTMENTTHREADED);
    struct crowd crowd = {{0}};
    HANDLE handles[CALLERS];
    DWORD start = GetTickCount();

    test_thread_run(thread, crowd_marshal, &crowd);
    for (int i = 0; i < CALLERS; i++)
        handles[i] = CreateThread(NULL, 0, crowd_caller, &crowd, 0, NULL);
    WaitForMultipleObjects(CALLERS, handles, TRUE, 60000);
    for (int i = 0; i < CALLERS; i++)
        CloseHandle(handles[i]);
    is_int(crowd.good, CALLERS * CALLS_EACH, "64 threads call one STA");
    note("%d calls in %lu ms", CALLERS * CALLS_EACH, (unsigned long)(GetTickCount() - start));
    ok(test_thread_stop(thread), "the STA ends");
    is_int(test_server_count(), 0, "no object is left");
}

/* ---- the wrong thread ---- */

struct wrong
{
    ITestServer *proxy;
    HRESULT initialized, bare;
};

static DWORD WINAPI wrong_thread(void *argument)
{
    struct wrong *wrong = argument;
    LONG sum;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    wrong->initialized = ITestServer_Add(wrong->proxy, 1, 2, &sum);
    CoUninitialize();
    wrong->bare = ITestServer_Add(wrong->proxy, 1, 2, &sum);
    return 0;
}

static void test_wrong_thread(void)
{
    struct test_thread *thread = test_thread_start(COINIT_APARTMENTTHREADED);
    struct wrong wrong = {NULL, S_OK, S_OK};
    HANDLE handle;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&wrong.proxy), S_OK, "a proxy");
    handle = CreateThread(NULL, 0, wrong_thread, &wrong, 0, NULL);
    WaitForSingleObject(handle, 10000);
    CloseHandle(handle);
    is_hr(wrong.initialized, RPC_E_WRONG_THREAD, "a proxy in an apartment which it is not of");
    todo_builtin("another code")
        is_hr(wrong.bare, CO_E_NOTINITIALIZED, "a proxy on a thread without COM");
    ITestServer_Release(wrong.proxy);
    CoUninitialize();
    ok(test_thread_stop(thread), "the thread ends");
}

/* ---- the server goes ---- */

struct late
{
    struct test_thread *thread;
    HANDLE blocked;
    ITestServer *server;
    IStream *stream;
    HRESULT hr;
    BOOL exits; /* the server's thread, without CoUninitialize */
};

static DWORD WINAPI late_caller(void *argument)
{
    struct late *late = argument;
    LONG sum;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_proxies_register();
    late->hr =
            CoGetInterfaceAndReleaseStream(late->stream, &IID_ITestServer, (void **)&late->server);
    if (SUCCEEDED(late->hr))
    {
        late->hr = ITestServer_Add(late->server, 1, 2, &sum);
        ITestServer_Release(late->server);
    }
    CoUninitialize();
    return 0;
}

static void late_leave(void *argument)
{
    struct late *late = argument;

    /* A call is queued meanwhile, and nobody pumps. */
    SetEvent(late->blocked);
    Sleep(300);
    if (late->exits)
        ExitThread(0);
    CoUninitialize();
}

static void late_marshal(void *argument)
{
    struct late *late = argument;
    ITestServer *server = test_server_create();

    CoMarshalInterThreadInterfaceInStream(&IID_ITestServer, (IUnknown *)server, &late->stream);
    ITestServer_Release(server);
}

static void test_server_leaves(BOOL exits)
{
    struct late late = {test_thread_start(COINIT_APARTMENTTHREADED)};
    HANDLE caller;

    late.exits = exits;
    late.blocked = CreateEventW(NULL, TRUE, FALSE, NULL);
    test_thread_run(late.thread, late_marshal, &late);
    test_thread_post(late.thread, late_leave, &late);
    WaitForSingleObject(late.blocked, 10000);
    caller = CreateThread(NULL, 0, late_caller, &late, 0, NULL);
    is_uint(WaitForSingleObject(caller, 10000), WAIT_OBJECT_0, "the caller comes back");
    CloseHandle(caller);
    /* CoUninitialize may still serve what came before. */
    ok((late.hr == S_OK && !exits) || late.hr == RPC_E_DISCONNECTED
                    || late.hr == RPC_E_SERVER_DIED_DNE || late.hr == CO_E_OBJNOTCONNECTED,
            "a call into an apartment that ends fails (%s)", tap_hr(late.hr));
    CloseHandle(late.blocked);
    ok(test_thread_stop(late.thread), "the thread ends");
    if (!exits)
        is_int(test_server_count(), 0, "no object is left");
}

static void test_leave_inside_call(void)
{
    struct test_thread *thread = test_thread_start(COINIT_APARTMENTTHREADED);
    ITestServer *server;
    LONG sum;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    is_hr(ITestServer_Act(server, TEST_ACT_UNINITIALIZE, 0), S_OK, "CoUninitialize inside a call");
    ok(FAILED(ITestServer_Add(server, 1, 2, &sum)), "the next call fails");
    ITestServer_Release(server);
    CoUninitialize();
    ok(test_thread_stop(thread), "the thread ends");
    todo_builtin("it is")
        is_int(test_server_count(), 0, "no object is left");
}

static void test_exit_inside_call(void)
{
    struct test_thread *thread = test_thread_start(COINIT_APARTMENTTHREADED);
    ITestServer *server;
    HRESULT hr;
    LONG sum;

    if (builtin_lacks("threads that end inside a call"))
        return;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    hr = ITestServer_Act(server, TEST_ACT_EXIT_THREAD, 0);
    ok(hr == RPC_E_SERVER_DIED || hr == RPC_E_DISCONNECTED, "ExitThread inside a call (%s)",
            tap_hr(hr));
    ok(FAILED(ITestServer_Add(server, 1, 2, &sum)), "the next call fails");
    ITestServer_Release(server);
    CoUninitialize();
    ok(test_thread_stop(thread), "the thread ends");
    for (int i = 0; i < 200 && test_server_count(); i++)
        Sleep(10);
    is_int(test_server_count(), 0, "the object is let go");
}

/* An STA's window lets a proxy go while the object's own STA waits for the window to answer. */
struct holder
{
    IStream *stream;
    ITestServer *server;
    HWND window;
    HANDLE ready;
};

static LRESULT CALLBACK holder_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message != WM_USER)
        return DefWindowProcW(window, message, wparam, lparam);
    ITestServer_Release(((struct holder *)lparam)->server);
    return 42;
}

static DWORD WINAPI holder_thread(void *argument)
{
    static const WNDCLASSW class = {.lpfnWndProc = holder_procedure, .lpszClassName = L"holder"};
    struct holder *holder = argument;
    MSG message;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    RegisterClassW(&class);
    CoGetInterfaceAndReleaseStream(holder->stream, &IID_ITestServer, (void **)&holder->server);
    holder->window = CreateWindowW(L"holder", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    SetEvent(holder->ready);
    while (GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
    DestroyWindow(holder->window);
    CoUninitialize();
    return 0;
}

static void test_release_inside_send_message(void)
{
    struct holder holder = {.ready = CreateEventW(NULL, TRUE, FALSE, NULL)};
    ITestServer *object;
    DWORD_PTR answer = 0;
    HANDLE thread;
    DWORD index;

    if (builtin_lacks("a Release that does not wait for its waiter"))
        return;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    object = test_server_create();
    is_hr(CoMarshalInterThreadInterfaceInStream(&IID_ITestServer, (IUnknown *)object,
                  &holder.stream),
            S_OK, "marshalled");
    ITestServer_Release(object);
    thread = CreateThread(NULL, 0, holder_thread, &holder, 0, NULL);
    CoWaitForMultipleHandles(0, 10000, 1, &holder.ready, &index);
    ok(holder.server != NULL, "a proxy in the other STA");
    SendMessageTimeoutW(holder.window, WM_USER, 0, (LPARAM)&holder, SMTO_NORMAL, 10000, &answer);
    is_uint((DWORD)answer, 42, "Release inside SendMessage comes back");
    settle();
    is_int(test_server_count(), 0, "the object is let go");
    PostThreadMessageW(GetThreadId(thread), WM_QUIT, 0, 0);
    CoWaitForMultipleHandles(0, 10000, 1, &thread, &index);
    CloseHandle(thread);
    CloseHandle(holder.ready);
    CoUninitialize();
}

static void run_all(void)
{
    pairs_from_sta();
    pairs_from_mta();
    test_wrong_thread();
    test_crowd();
    if (!builtin_lacks("answers to calls which an apartment leaves behind"))
        test_server_leaves(FALSE);
    test_leave_inside_call();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("calls between apartments");
    }
    test_release_inside_send_message();
    test_exit_inside_call();
    if (!builtin_lacks("threads that end without CoUninitialize"))
        test_server_leaves(TRUE);
    return done_testing();
}
