/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads which end in a call or in their apartment, apartments which are left in a call, and
 * processes which end while calls run: everybody gets an answer, and nothing is left behind.
 * combaseapi/nf-combaseapi-couninitialize
 */
#include "tap.h"
#include "test_server.h"

#include <ctxtcall.h>
#include <stdio.h>
#include <string.h>

TAP_TIME_LIMIT(240);

#define WARM 15   /* rounds until caches are filled */
#define ROUNDS 60 /* a block lost in each would show */
#define CALLERS 8

/* Blocks in use, of all heaps of the process. */
static int heap_blocks(void)
{
    PROCESS_HEAP_ENTRY entry;
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(64, heaps), i;
    int blocks = 0;

    for (i = 0; i < count && i < 64; i++)
    {
        memset(&entry, 0, sizeof(entry));
        HeapLock(heaps[i]);
        while (HeapWalk(heaps[i], &entry))
            blocks += (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0;
        HeapUnlock(heaps[i]);
    }
    return blocks;
}

/* `lost`: blocks that the system's NDR loses in each round, and cannot but lose: the copy of the
 * arguments of a method that does not return. */
static void repeat(void (*once)(void), int lost, const char *what)
{
    int before, growth = 0, tries, i;

    for (i = 0; i < WARM; i++)
        once();
    tap_account_begin();
    before = heap_blocks();
    for (i = 0; i < ROUNDS; i++)
        once();
    /* Threads that are just ending have something yet. */
    for (tries = 0; tries < 50; tries++)
    {
        if ((growth = heap_blocks() - before - lost * ROUNDS) < ROUNDS / 2)
            break;
        Sleep(100);
    }
    ok(growth < ROUNDS / 2, "%s: %d blocks more after %d rounds", what, growth, ROUNDS);
    tap_account_end("%s", what);
    is_int(test_server_count(), 0, "%s: no object is left", what);
}

static unsigned int wrong; /* of what each round expects */

static void expect(BOOL good, const char *what, HRESULT hr)
{
    if (good)
        return;
    if (!wrong++)
        note("%s: %s", what, tap_hr(hr));
}

static void check_expected(const char *what)
{
    is_uint(wrong, 0, "%s: as expected each time", what);
    wrong = 0;
}

/* --- ExitThread in a call --- */

static void exit_inside(DWORD coinit)
{
    struct test_thread *thread = test_thread_start(coinit);
    ITestServer *server;
    HRESULT hr = test_thread_object(thread, &IID_ITestServer, (void **)&server);

    expect(hr == S_OK, "a proxy", hr);
    if (SUCCEEDED(hr))
    {
        hr = ITestServer_Act(server, TEST_ACT_EXIT_THREAD, 0);
        expect(hr == RPC_E_SERVER_DIED || hr == RPC_E_DISCONNECTED, "ExitThread in a call", hr);
        ITestServer_Release(server);
    }
    expect(test_thread_stop(thread), "the thread ends", S_OK);
}

static void exit_in_sta(void)
{
    exit_inside(COINIT_APARTMENTTHREADED);
}

/* The thread that ends is one of the runtime's own. */
static void exit_in_mta(void)
{
    exit_inside(COINIT_MULTITHREADED);
}

/* --- the end in an apartment --- */

struct lot
{
    DWORD coinit;
    ITestServer *mine; /* an object of the main thread */
    IStream *stream;
    IStream *to_main;
};

/* Exports an object, imports one, has an error object and a context, and ends. */
static DWORD WINAPI end_with_all(void *argument)
{
    struct lot *lot = argument;
    ITestServer *object = test_server_create(), *proxy = NULL;
    ICreateErrorInfo *error;
    IErrorInfo *info;
    IUnknown *context;
    ULONG_PTR token;
    LONG sum;
    HRESULT hr;

    CoInitializeEx(NULL, lot->coinit);
    test_proxies_register();
    hr = CoGetInterfaceAndReleaseStream(lot->to_main, &IID_ITestServer, (void **)&proxy);
    expect(hr == S_OK, "a proxy of the main thread's object", hr);
    if (SUCCEEDED(hr))
    {
        hr = ITestServer_Add(proxy, 1, 2, &sum);
        expect(hr == S_OK, "a call to it", hr);
        ITestServer_Release(proxy);
    }
    hr = CoMarshalInterThreadInterfaceInStream(&IID_ITestServer, (IUnknown *)object, &lot->stream);
    expect(hr == S_OK, "an export", hr);
    ITestServer_Release(object);
    CreateErrorInfo(&error);
    ICreateErrorInfo_QueryInterface(error, &IID_IErrorInfo, (void **)&info);
    SetErrorInfo(0, info);
    IErrorInfo_Release(info);
    ICreateErrorInfo_Release(error);
    CoGetContextToken(&token);
    if (SUCCEEDED(CoGetObjectContext(&IID_IUnknown, (void **)&context)))
        IUnknown_Release(context);
    return 0;
}

static void end_without_leaving(DWORD coinit)
{
    struct lot lot = {.coinit = coinit, .mine = test_server_create()};
    ITestServer *server = NULL;
    HANDLE thread;
    DWORD index;
    HRESULT hr;

    hr = CoMarshalInterThreadInterfaceInStream(&IID_ITestServer, (IUnknown *)lot.mine,
            &lot.to_main);
    expect(hr == S_OK, "an export", hr);
    thread = CreateThread(NULL, 0, end_with_all, &lot, 0, NULL);
    expect(CoWaitForMultipleHandles(0, 20000, 1, &thread, &index) == S_OK, "it ends", S_OK);
    CloseHandle(thread);
    hr = CoGetInterfaceAndReleaseStream(lot.stream, &IID_ITestServer, (void **)&server);
    expect(FAILED(hr), "its object is gone", hr);
    if (server)
        ITestServer_Release(server);
    ITestServer_Release(lot.mine);
}

static void end_in_sta(void)
{
    end_without_leaving(COINIT_APARTMENTTHREADED);
}

static void end_in_mta(void)
{
    end_without_leaving(COINIT_MULTITHREADED);
}

/* --- CoUninitialize in a call --- */

static void leave_inside(void)
{
    struct test_thread *thread = test_thread_start(COINIT_APARTMENTTHREADED);
    ITestServer *server;
    HRESULT hr = test_thread_object(thread, &IID_ITestServer, (void **)&server);
    LONG sum;

    expect(hr == S_OK, "a proxy", hr);
    if (SUCCEEDED(hr))
    {
        hr = ITestServer_Act(server, TEST_ACT_UNINITIALIZE, 0);
        expect(hr == S_OK, "CoUninitialize in a call", hr);
        hr = ITestServer_Add(server, 1, 2, &sum);
        expect(hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED_DNE, "the next call", hr);
        ITestServer_Release(server);
    }
    expect(test_thread_stop(thread), "the thread ends", S_OK);
}

/* --- the end of the process while calls run --- */

static volatile LONG callers_ready, all_call;

static DWORD WINAPI child_caller(void *argument)
{
    IStream *stream = argument;
    ITestServer *server;
    LONG sum;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_proxies_register();
    if (FAILED(CoUnmarshalInterface(stream, &IID_ITestServer, (void **)&server)))
        ExitProcess(99);
    if (InterlockedIncrement(&callers_ready) == 3 * CALLERS)
        all_call = TRUE;
    for (;;)
        ITestServer_Add(server, 1, 2, &sum);
}

static void marshal_for(void *argument)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream **streams = argument;
    ITestServer *object = test_server_create();
    int i;

    for (i = 0; i < CALLERS; i++)
    {
        CreateStreamOnHGlobal(NULL, TRUE, &streams[i]);
        CoMarshalInterface(streams[i], &IID_ITestServer, (IUnknown *)object, MSHCTX_INPROC, NULL,
                MSHLFLAGS_NORMAL);
        IStream_Seek(streams[i], start, STREAM_SEEK_SET, NULL);
    }
    ITestServer_Release(object);
}

/* Threads call an STA, the MTA, and the first STA from everywhere, when the process ends. */
static int child(const char *how)
{
    struct test_thread *sta = test_thread_start(COINIT_APARTMENTTHREADED);
    struct test_thread *mta = test_thread_start(COINIT_MULTITHREADED);
    IStream *streams[3][CALLERS];
    int i;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    test_thread_run(sta, marshal_for, streams[0]);
    test_thread_run(mta, marshal_for, streams[1]);
    marshal_for(streams[2]);
    for (i = 0; i < 3 * CALLERS; i++)
        CloseHandle(CreateThread(NULL, 0, child_caller, streams[i % 3][i / 3], 0, NULL));
    if (!test_pump(&all_call, 25000))
        ExitProcess(98);
    test_pump(&(volatile LONG){0}, 300);
    if (!strcmp(how, "exit"))
        ExitProcess(7);
    if (!strcmp(how, "leave"))
    {
        CoUninitialize();
        return 7;
    }
    return 7; /* from main */
}

static void process_ends(const char *how)
{
    PROCESS_INFORMATION information;
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    char command[MAX_PATH + 20], path[MAX_PATH] = "";
    DWORD code = 0;

    GetModuleFileNameA(NULL, path, sizeof(path));
    snprintf(command, sizeof(command), "\"%s\" %s", path, how);
    if (!ok(CreateProcessA(NULL, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup,
                    &information),
                "%s: a process", how))
        return;
    if (!ok(WaitForSingleObject(information.hProcess, 30000) == WAIT_OBJECT_0,
                "%s: a process ends while calls run", how))
        TerminateProcess(information.hProcess, 1);
    GetExitCodeProcess(information.hProcess, &code);
    is_uint(code, 7, "%s: with its exit code", how);
    CloseHandle(information.hThread);
    CloseHandle(information.hProcess);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return child(argv[1]);
    if (!tap_builtin())
    {
        process_ends("exit");
        process_ends("return");
        process_ends("leave");
    }
    if (builtin_lacks("answers for calls whose thread ends, error objects of threads that end"))
        return done_testing();

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    repeat(exit_in_sta, 1, "ExitThread in a call of an STA");
    check_expected("ExitThread in a call of an STA");
    repeat(exit_in_mta, 1, "ExitThread in a call of the MTA");
    check_expected("ExitThread in a call of the MTA");
    repeat(end_in_sta, 0, "a thread that ends in its STA");
    check_expected("a thread that ends in its STA");
    repeat(end_in_mta, 0, "a thread that ends in the MTA");
    check_expected("a thread that ends in the MTA");
    repeat(leave_inside, 0, "CoUninitialize in a call");
    check_expected("CoUninitialize in a call");
    CoUninitialize();
    return done_testing();
}
