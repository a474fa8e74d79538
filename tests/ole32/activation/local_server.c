/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Local servers: started on demand, once for many clients; that never register, that end, that are
 * killed; and clients and brokers which are killed. How they may be started: launches.c.
 */
#include <stdio.h>
#include <wchar.h>

#include "server_class.h"

TAP_TIME_LIMIT(240);

#define RACERS 8
#define KILLS 40
#define KILL_PACE 60 /* ms between them */

/* --- cases --- */

static void test_on_demand(void)
{
    struct server_class class;
    WCHAR directory[MAX_PATH];
    DWORD process;

    server_class_open(&class, 1, L"multi");
    SetEnvironmentVariableW(LOCAL_SERVER_VARIABLE, L"1");
    process = activate_well(&class, "the server is started");
    SetEnvironmentVariableW(LOCAL_SERVER_VARIABLE, NULL);
    ok(process && process != GetCurrentProcessId(), "in another process");
    is_int(class.state->embedding, 1, "with -Embedding");
    is_int(class.state->variable, 1, "in the client's environment");
    GetCurrentDirectoryW(ARRAYSIZE(directory), directory);
    is_wstr(class.state->directory, directory, "in the client's directory");
    is_uint(activate_well(&class, "once more"), process, "by the same server");
    is_int(class.state->started, 1, "which was started once");
    server_class_close(&class);
}

static void test_race(void)
{
    struct harness_process clients[RACERS];
    unsigned int answered = 0, same = 0;
    struct server_class class;
    unsigned long first = 0;
    WCHAR clsid[40];

    server_class_open(&class, 2, L"slow");
    StringFromGUID2(&class.clsid, clsid, ARRAYSIZE(clsid));
    for (unsigned int i = 0; i < RACERS; i++)
        harness_spawn(&clients[i], L"local_client.exe", clsid, true);
    for (unsigned int i = 0; i < RACERS; i++)
    {
        unsigned long hr = 1, process = 0;
        char line[80];

        if (harness_process_read_line(&clients[i], line, sizeof(line), 30000))
            sscanf(line, "%lx %lu", &hr, &process);
        if (hr)
            note("client %u: %s", i, line);
        answered += !hr;
        if (!first)
            first = process;
        same += process && process == first;
        harness_process_wait(&clients[i], QUICK, NULL);
        harness_process_close(&clients[i]);
    }
    is_uint(answered, RACERS, "all clients have an object");
    is_uint(same, RACERS, "of the same server");
    is_int(class.state->started, 1, "which was started once");
    server_class_close(&class);
}

static void test_never_registers(void)
{
    struct server_class class;
    ULONGLONG time;
    HRESULT hr;

    server_class_open(&class, 3, L"never");
    SetEnvironmentVariableW(L"CONCIERGE_ServerTimeout", L"1000");
    time = GetTickCount64();
    activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    time = GetTickCount64() - time;
    is_hr(hr, CO_E_SERVER_EXEC_FAILURE, "a server that does not register");
    ok(time >= 1000 && time < 1000 + QUICK, "after its time: %lu ms", (DWORD)time);
    SetEnvironmentVariableW(L"CONCIERGE_ServerTimeout", NULL);
    server_class_close(&class);

    server_class_open(&class, 4, L"exit");
    time = GetTickCount64();
    activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    time = GetTickCount64() - time;
    is_hr(hr, CO_E_SERVER_EXEC_FAILURE, "a server that ends");
    ok(time < QUICK, "at once: %lu ms", (DWORD)time);
    is_int(class.state->started, 1, "it was started");
    class_set_value(FALSE, &class.clsid, L"LocalServer32", NULL, REG_SZ,
            L"C:\\no\\such\\server.exe");
    activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    is_hr(hr, CO_E_APPNOTFOUND, "a server that is not there");
    class_delete(&class.clsid);
    activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    is_hr(hr, REGDB_E_CLASSNOTREG, "a class that is not registered");
    server_class_close(&class);
}

static void test_server_killed(void)
{
    struct server_class class;
    IPersist *object;
    DWORD first, second;
    CLSID where;
    HRESULT hr;

    server_class_open(&class, 5, L"multi");
    first = activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, &object);
    is_hr(hr, S_OK, "a server");
    server_class_kill(&class, first);
    second = activate_well(&class, "killed, and activated at once");
    ok(second && second != first, "there is another server");
    if (object)
    {
        hr = IPersist_GetClassID(object, &where);
        ok(hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED || hr == RPC_E_SERVER_DIED_DNE,
                "the object of the first is gone: %s", tap_hr(hr));
        IPersist_Release(object);
    }
    for (unsigned int i = 0; i < 3; i++)
    {
        server_class_kill(&class, second);
        first = second;
        second = activate_well(&class, "killed and activated again");
        ok(second && second != first, "there is another server");
    }
    is_int(class.state->started, 5, "five in all");
    server_class_close(&class);
}

static void test_client_killed(void)
{
    struct harness_process client;
    struct server_class class;
    unsigned long hr = 1, process = 0;
    WCHAR arguments[60];
    char line[80];

    server_class_open(&class, 6, L"multi");
    StringFromGUID2(&class.clsid, arguments, ARRAYSIZE(arguments));
    wcscat(arguments, L" hold");
    harness_spawn(&client, L"local_client.exe", arguments, true);
    if (harness_process_read_line(&client, line, sizeof(line), 30000))
        sscanf(line, "%lx %lu", &hr, &process);
    is_hr((HRESULT)hr, S_OK, "the client has an object");
    harness_kill9(&client);
    harness_process_close(&client);
    is_uint(activate_well(&class, "the client was killed"), process, "the server serves the next");
    server_class_close(&class);

    /* A client is killed while its server starts: the next one finds it or starts another. */
    server_class_open(&class, 7, L"slow");
    StringFromGUID2(&class.clsid, arguments, ARRAYSIZE(arguments));
    harness_spawn(&client, L"local_client.exe", arguments, true);
    while (!class.state->started && WaitForSingleObject(client.process, 0) == WAIT_TIMEOUT)
        Sleep(1);
    harness_kill9(&client);
    harness_process_close(&client);
    ok(activate_well(&class, "the client that started the server was killed"), "it serves");
    ok(class.state->started <= 2, "%ld servers were started", class.state->started);
    server_class_close(&class);
}

/* One that lost the race to be the broker may still be about to end. */
static void broker_kill(void)
{
    bool killed = false;

    for (unsigned int i = 0; i < QUICK / 20 && !killed; i++)
    {
        struct harness_reply *reply = harness_request("kill match=\"ConciergeComScm-\"");

        killed = reply->ok;
        harness_reply_free(reply);
        if (!killed)
            Sleep(20);
    }
    ok(killed, "the broker is killed");
}

static void test_broker_killed(void)
{
    struct server_class class;
    DWORD first;

    server_class_open(&class, 8, L"multi");
    first = activate_well(&class, "a server");
    for (unsigned int i = 0; i < 3; i++)
    {
        broker_kill();
        is_uint(activate_well(&class, "the broker was killed"), first, "the server is known");
    }
    is_int(class.state->started, 1, "and was started once");
    server_class_close(&class);
}

static volatile LONG kills_over;

/* Activates until nobody kills any more; how often that failed. */
static DWORD WINAPI activate_meanwhile(void *argument)
{
    struct server_class *class = argument;
    DWORD failed = 0, made = 0;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (!kills_over)
    {
        HRESULT hr;

        activate(&class->clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
        made++;
        if (hr == S_OK)
            continue;
        note("activation %lu: %s", made, tap_hr(hr));
        failed++;
    }
    note("%lu activations meanwhile", made);
    CoUninitialize();
    return failed;
}

/* Before they are ready, while they are asked, and while servers come back to them. */
static void test_broker_killed_often(void)
{
    struct server_class class;
    DWORD failed = 1, killed = 0;
    HANDLE thread;

    server_class_open(&class, 12, L"multi");
    activate_well(&class, "a server");
    kills_over = 0;
    thread = CreateThread(NULL, 0, activate_meanwhile, &class, 0, NULL);
    for (unsigned int i = 0; i < KILLS; i++)
    {
        struct harness_reply *reply = harness_request("kill match=\"ConciergeComScm-\"");

        killed += reply->ok;
        harness_reply_free(reply);
        Sleep(KILL_PACE);
    }
    kills_over = 1;
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &failed);
    CloseHandle(thread);
    note("%lu of %u times a broker was killed", killed, KILLS);
    is_uint(failed, 0, "every activation meanwhile succeeded");
    ok(activate_well(&class, "all brokers were killed"), "a server is there");
    server_class_close(&class);
}

static void test_single_use(void)
{
    struct server_class class;
    DWORD first, second;

    server_class_open(&class, 9, L"single");
    first = activate_well(&class, "single use");
    second = activate_well(&class, "once more");
    ok(first && second && first != second, "each has a server of its own");
    is_int(class.state->started, 2, "two in all");
    server_class_close(&class);

    server_class_open(&class, 10, L"single2");
    first = activate_well(&class, "single use, registered twice");
    is_uint(activate_well(&class, "once more"), first, "in the same server");
    ok(activate_well(&class, "and again") != first, "then in another");
    is_int(class.state->started, 2, "two in all");
    server_class_close(&class);
}

static void test_suspended(void)
{
    struct server_class class;
    ULONGLONG time = GetTickCount64();

    server_class_open(&class, 11, L"suspended");
    ok(activate_well(&class, "registered suspended"), "the client waited");
    ok(GetTickCount64() - time >= 300, "until it was resumed");
    is_int(class.state->started, 1, "for the one server");
    server_class_close(&class);
}

static void test_revoked(void)
{
    struct server_class class;
    DWORD first, second;

    server_class_open(&class, 12, L"multi");
    first = activate_well(&class, "a server");
    SetEvent(class.revoke);
    reaches(&class.state->revoked, 1, "revokes its class object");
    second = activate_well(&class, "then");
    ok(second && second != first, "there is another server");
    server_class_close(&class);
}

/* "New activation requests result in launching a new instance of the local server process." */
static void test_released(void)
{
    struct server_class class;
    DWORD first, second;

    server_class_open(&class, 17, L"counted");
    first = activate_well(&class, "a server");
    SetEvent(class.revoke);
    reaches(&class.state->revoked, 1, "calls CoReleaseServerProcess for the last time");
    second = activate_well(&class, "then");
    ok(second && second != first, "there is another server");
    is_int(class.state->started, 2, "two in all");
    server_class_close(&class);
}

/* --- a client in an STA serves its messages --- */

struct sender
{
    HWND window;
    LONG *started;
    HANDLE thread;
};

static LONG messages;

static LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message == WM_APP)
    {
        messages++;
        return 0;
    }
    return DefWindowProcW(window, message, wparam, lparam);
}

/* A message while the server is on its way. */
static DWORD WINAPI send_message(void *argument)
{
    const struct sender *sender = argument;

    for (unsigned int i = 0; i < QUICK && !*(volatile LONG *)sender->started; i++)
        Sleep(1);
    return (DWORD)SendMessageW(sender->window, WM_APP, 0, 0);
}

static void sta_client(void *argument)
{
    WNDCLASSW window_class = {.lpfnWndProc = window_procedure, .lpszClassName = L"local_server"};
    struct server_class class;
    struct sender sender = {0};
    DWORD process;

    (void)argument;
    RegisterClassW(&window_class);
    sender.window = CreateWindowExW(0, window_class.lpszClassName, NULL, 0, 0, 0, 0, 0,
            HWND_MESSAGE, NULL, NULL, NULL);
    server_class_open(&class, 13, L"slow");
    sender.started = &class.state->started;
    sender.thread = CreateThread(NULL, 0, send_message, &sender, 0, NULL);
    process = activate_well(&class, "activated from an STA");
    ok(process, "the object answers");
    is_int(messages, 1, "the STA served its messages meanwhile");
    WaitForSingleObject(sender.thread, QUICK);
    CloseHandle(sender.thread);
    DestroyWindow(sender.window);
    server_class_close(&class);
}

static void test_warm(void)
{
    enum
    {
        ROUNDS = 200
    };
    struct server_class class;
    LARGE_INTEGER frequency, begin, end;
    IClassFactory *factory;
    unsigned int good = 0;
    double time;

    server_class_open(&class, 15, L"multi");
    activate_well(&class, "a server");
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&begin);
    for (unsigned int i = 0; i < ROUNDS; i++)
    {
        HRESULT hr = CoGetClassObject(&class.clsid, CLSCTX_LOCAL_SERVER, NULL, &IID_IClassFactory,
                (void **)&factory);

        if (SUCCEEDED(hr))
        {
            good++;
            IClassFactory_Release(factory);
        }
    }
    QueryPerformanceCounter(&end);
    time = (double)(end.QuadPart - begin.QuadPart) * 1000 / (double)frequency.QuadPart / ROUNDS;
    is_uint(good, ROUNDS, "many class objects");
    note("CoGetClassObject of a running server: %.3f ms", time);
    server_class_close(&class);
}

/* What activating costs is given back. */
static void test_accounts(void)
{
    struct server_class class;
    HRESULT hr;

    server_class_open(&class, 16, L"multi");
    activate_well(&class, "a server");
    tap_account_begin();
    for (unsigned int i = 0; i < 20; i++)
        activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    tap_account_end("twenty activations");
    server_class_close(&class);
}

int main(void)
{
    harness_require();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_on_demand();
    test_warm();
    test_suspended();
    run_in_apartment(COINIT_APARTMENTTHREADED, sta_client, NULL);
    if (!builtin_lacks("a race for a server that starts one: it starts each client's own"))
        test_race();
    if (!builtin_lacks("CO_E_SERVER_EXEC_FAILURE: com/localserver32"))
        test_never_registers();
    if (!builtin_lacks("REGCLS_SINGLEUSE: combaseapi/ne-combaseapi-regcls"))
        test_single_use();
    if (!builtin_lacks("CoRevokeClassObject: a class object taken back is not activated again"))
        test_revoked();
    if (!builtin_lacks("CoReleaseServerProcess: combaseapi/nf-combaseapi-coaddrefserverprocess"))
        test_released();
    if (!builtin_lacks("servers and clients that are killed leave nothing behind"))
    {
        test_server_killed();
        test_client_killed();
        test_broker_killed();
        test_broker_killed_often();
        test_accounts();
    }
    CoUninitialize();
    return done_testing();
}
