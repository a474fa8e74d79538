/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Local servers: started on demand, once for many clients, as programs, services and surrogates;
 * that never register, that end, that are killed; and clients and brokers which are killed.
 */
#include <stdio.h>
#include <wchar.h>

#include "harness.h"
#include "local_server_names.h"
#include "test_class.h"

TAP_TIME_LIMIT(240);

#define RACERS 8
#define QUICK 5000 /* ms for what happens at once, on a busy machine */

/* A class and its servers. */
struct server_class
{
    CLSID clsid;
    WCHAR name[64]; /* of the case, in what the servers share with the test */
    HANDLE section, quit, revoke;
    struct local_server_state *state;
};

static void server_class_open(struct server_class *class, WORD number, const WCHAR *mode)
{
    WCHAR text[128], clsid[40], command[MAX_PATH * 2];

    class->clsid = test_clsid(number);
    swprintf(class->name, ARRAYSIZE(class->name), L"%ls-%u-%lu", mode, number,
            GetCurrentProcessId());
    swprintf(text, ARRAYSIZE(text), L"%ls%ls", LOCAL_SERVER_SECTION, class->name);
    class->section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(*class->state), text);
    class->state = MapViewOfFile(class->section, FILE_MAP_WRITE, 0, 0, sizeof(*class->state));
    swprintf(text, ARRAYSIZE(text), L"%ls%ls", LOCAL_SERVER_QUIT, class->name);
    class->quit = CreateEventW(NULL, TRUE, FALSE, text);
    swprintf(text, ARRAYSIZE(text), L"%ls%ls", LOCAL_SERVER_REVOKE, class->name);
    class->revoke = CreateEventW(NULL, FALSE, FALSE, text);
    if (!class->state || !class->quit || !class->revoke)
        bail_out("no shared memory or events: %lu", GetLastError());
    StringFromGUID2(&class->clsid, clsid, ARRAYSIZE(clsid));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" %ls %ls %ls",
            harness_sibling(L"local_server_host.exe"), clsid, mode, class->name);
    class_set_value(FALSE, &class->clsid, L"LocalServer32", NULL, REG_SZ, command);
}

static void server_class_close(struct server_class *class)
{
    SetEvent(class->quit);
    class_delete(&class->clsid);
    UnmapViewOfFile(class->state);
    CloseHandle(class->section);
    CloseHandle(class->quit);
    CloseHandle(class->revoke);
}

/* SIGKILL for the one server of the class. */
static void server_class_kill(const struct server_class *class, DWORD process_id)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, process_id);

    harness_do("kill match=\"%ls\"", class->name);
    WaitForSingleObject(process, QUICK);
    CloseHandle(process);
}

static DWORD object_process(IPersist *object)
{
    CLSID where = {0};

    return SUCCEEDED(IPersist_GetClassID(object, &where)) ? where.Data1 : 0;
}

/* Makes an instance; its process, 0 on failure. Keeps it if `object` is given. */
static DWORD activate(const CLSID *clsid, DWORD context, HRESULT *hr, IPersist **object)
{
    IPersist *made = NULL;
    DWORD process = 0;

    *hr = CoCreateInstance(clsid, NULL, context, &IID_IPersist, (void **)&made);
    if (SUCCEEDED(*hr))
        process = object_process(made);
    if (object)
        *object = made;
    else if (made)
        IPersist_Release(made);
    return process;
}

static DWORD activate_well(const struct server_class *class, const char *what)
{
    HRESULT hr;
    DWORD process = activate(&class->clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);

    is_hr(hr, S_OK, "%s", what);
    return process;
}

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

static void test_broker_killed(void)
{
    struct server_class class;
    DWORD first;

    server_class_open(&class, 8, L"multi");
    first = activate_well(&class, "a server");
    for (unsigned int i = 0; i < 3; i++)
    {
        harness_do("kill match=\"ConciergeComScm-\"");
        is_uint(activate_well(&class, "the broker was killed"), first, "the server is known");
    }
    is_int(class.state->started, 1, "and was started once");
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
    for (unsigned int i = 0; i < QUICK && !class.state->revoked; i++)
        Sleep(1);
    is_int(class.state->revoked, 1, "revokes its class object");
    second = activate_well(&class, "then");
    ok(second && second != first, "there is another server");
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

/* --- services and surrogates --- */

static void appid_set(const CLSID *clsid, const WCHAR *name, const WCHAR *value)
{
    WCHAR text[40], path[100];

    StringFromGUID2(clsid, text, ARRAYSIZE(text));
    swprintf(path, ARRAYSIZE(path), L"Software\\Classes\\AppID\\%ls", text);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, name, REG_SZ, value,
            (DWORD)(wcslen(value) + 1) * sizeof(WCHAR));
}

static void appid_delete(const CLSID *clsid)
{
    WCHAR text[40], path[100];

    StringFromGUID2(clsid, text, ARRAYSIZE(text));
    swprintf(path, ARRAYSIZE(path), L"Software\\Classes\\AppID\\%ls", text);
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
}

static void test_service(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS), service;
    WCHAR clsid[40], command[MAX_PATH * 2];
    struct server_class class;
    DWORD first;

    server_class_open(&class, 14, L"exit"); /* the LocalServer32 does not matter */
    StringFromGUID2(&class.clsid, clsid, ARRAYSIZE(clsid));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" %ls service %ls",
            harness_sibling(L"local_server_host.exe"), clsid, class.name);
    service = CreateServiceW(manager, class.name, NULL, SERVICE_ALL_ACCESS,
            SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, command, NULL,
            NULL, NULL, NULL, NULL);
    ok(service != NULL, "the service is made");
    class_set_value(FALSE, &class.clsid, L"", L"AppID", REG_SZ, clsid);
    appid_set(&class.clsid, L"LocalService", class.name);
    appid_set(&class.clsid, L"ServiceParameters", L"-Parameter");
    first = activate_well(&class, "a service is started");
    ok(first, "it serves");
    is_int(class.state->embedding, 1, "it has its parameters");
    is_uint(activate_well(&class, "once more"), first, "the same");
    is_int(class.state->started, 1, "started once");
    SetEvent(class.quit);
    appid_delete(&class.clsid);
    DeleteService(service);
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    server_class_close(&class);
}

static DWORD thread_process(DWORD thread_id)
{
    HANDLE thread = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, thread_id);
    DWORD process = thread ? GetProcessIdOfThread(thread) : 0;

    if (thread)
        CloseHandle(thread);
    return process;
}

/* An instance of an in-process class in a surrogate; the surrogate's process. */
static DWORD surrogate_activate(const CLSID *clsid, IPersist **object, const char *what)
{
    union object_place place = {{0}};
    HRESULT hr = CoCreateInstance(clsid, NULL, CLSCTX_LOCAL_SERVER, &IID_IPersist, (void **)object);

    is_hr(hr, S_OK, "%s", what);
    if (FAILED(hr))
        return 0;
    is_hr(IPersist_GetClassID(*object, &place.guid), S_OK, "it answers");
    return thread_process(place.is.thread);
}

static void test_surrogate(void)
{
    static const WCHAR *const models[] = {L"Both", L"Apartment", L"Free"};
    CLSID clsids[3], appid = test_clsid(20);
    IPersist *objects[3] = {NULL};
    DWORD process[3] = {0};
    WCHAR path[MAX_PATH], text[40];
    HANDLE surrogate;

    StringFromGUID2(&appid, text, ARRAYSIZE(text));
    appid_set(&appid, L"DllSurrogate", L"");
    SetEnvironmentVariableW(L"CONCIERGE_SurrogateIdle", L"500");
    for (unsigned int i = 0; i < 3; i++)
    {
        clsids[i] = test_clsid(21 + i);
        class_set_server(&clsids[i], server_copy(L"surrogate.dll", path), models[i]);
        class_set_value(FALSE, &clsids[i], L"", L"AppID", REG_SZ, text);
        process[i] = surrogate_activate(&clsids[i], &objects[i], "a DLL in a surrogate");
    }
    ok(process[0] && process[0] != GetCurrentProcessId(), "in another process");
    ok(process[1] == process[0] && process[2] == process[0], "one for the AppID");
    surrogate = OpenProcess(SYNCHRONIZE, FALSE, process[0]);
    ok(WaitForSingleObject(surrogate, 1500) == WAIT_TIMEOUT, "it stays while it is needed");
    for (unsigned int i = 0; i < 3; i++)
    {
        if (objects[i])
            IPersist_Release(objects[i]);
    }
    ok(WaitForSingleObject(surrogate, QUICK) == WAIT_OBJECT_0, "and leaves then");
    CloseHandle(surrogate);
    process[1] = surrogate_activate(&clsids[1], &objects[1], "another surrogate");
    ok(process[1] && process[1] != process[0], "is another process");
    if (objects[1])
        IPersist_Release(objects[1]);
    surrogate = OpenProcess(SYNCHRONIZE, FALSE, process[1]);
    WaitForSingleObject(surrogate, QUICK);
    CloseHandle(surrogate);
    SetEnvironmentVariableW(L"CONCIERGE_SurrogateIdle", NULL);
    for (unsigned int i = 0; i < 3; i++)
        class_delete(&clsids[i]);
    appid_delete(&appid);
}

/* DllSurrogate names a program. */
static void test_custom_surrogate(void)
{
    WCHAR clsid[40], command[MAX_PATH * 2], path[MAX_PATH];
    struct server_class class;
    DWORD process;

    server_class_open(&class, 30, L"exit");
    StringFromGUID2(&class.clsid, clsid, ARRAYSIZE(clsid));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" %ls surrogate %ls",
            harness_sibling(L"local_server_host.exe"), clsid, class.name);
    class_delete(&class.clsid);
    class_set_server(&class.clsid, server_copy(L"surrogate.dll", path), L"Both");
    class_set_value(FALSE, &class.clsid, L"", L"AppID", REG_SZ, clsid);
    appid_set(&class.clsid, L"DllSurrogate", command);
    process = activate_well(&class, "a surrogate of another kind");
    ok(process && process != GetCurrentProcessId(), "serves");
    is_int(class.state->embedding, 1, "started with -Embedding");
    is_uint(activate_well(&class, "once more"), process, "the same");
    is_int(class.state->started, 1, "started once");
    appid_delete(&class.clsid);
    server_class_close(&class);
    server_copies_delete();
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

int main(void)
{
    harness_require();
    if (builtin_lacks("what is tested here"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_on_demand();
    test_race();
    test_never_registers();
    test_server_killed();
    test_client_killed();
    test_broker_killed();
    test_single_use();
    test_suspended();
    test_revoked();
    run_in_apartment(COINIT_APARTMENTTHREADED, sta_client, NULL);
    test_service();
    test_surrogate();
    test_custom_surrogate();
    test_warm();
    CoUninitialize();
    return done_testing();
}
