/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times what a COM runtime does: calls between apartments and processes, activation, marshalling,
 * and how the cost grows.
 *
 *     com_calls                 runs all but the next one
 *     com_calls many OBJECTS    exports, imports and releases so many objects
 *     com_calls server          is the other process; started by the first form
 *
 * Prints one line "name value" for each figure: microseconds (names ending in _us), calls a second
 * (_per_s). Before the many objects are exported and after they have been imported it prints "mark
 * NAME" and waits for a line; what else it needs has been allocated, and written to, before. Uses
 * only what every COM runtime has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
#include <objbase.h>

#include "com_object.h"

#define ROUNDS 9
#define ROUND_MS 120

static const CLSID clsid_inproc = {0x5a0d7e11, 0x0d5c, 0x4c6a,
        {0x8e, 0x51, 0x33, 0x6d, 0x0c, 0x7e, 0x51, 0x01}};
static const CLSID clsid_local = {0x5a0d7e12, 0x0d5c, 0x4c6a,
        {0x8e, 0x51, 0x33, 0x6d, 0x0c, 0x7e, 0x51, 0x01}};
static const WCHAR server_ready[] = L"concierge-bench-server-ready";
static const WCHAR server_end[] = L"concierge-bench-server-end";

static void check(HRESULT hr, const char *what)
{
    if (SUCCEEDED(hr))
        return;
    printf("failed: %s: %08lx\n", what, (unsigned long)hr);
    fflush(stdout);
    ExitProcess(1);
}

static double now_us(void)
{
    LARGE_INTEGER frequency, counter;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&counter);
    return (double)counter.QuadPart * 1e6 / (double)frequency.QuadPart;
}

/* --- the object: IPersist, whose one method has a small result --- */

struct object
{
    struct com_object object;
    IPersist IPersist_iface;
};

COM_OBJECT_METHODS(object, struct object, IPersist, IPersist_iface)

static HRESULT STDMETHODCALLTYPE object_GetClassID(IPersist *iface, CLSID *clsid)
{
    (void)iface;
    *clsid = clsid_local;
    return S_OK;
}

static IPersistVtbl object_vtbl = {
        object_IPersist_QueryInterface,
        object_IPersist_AddRef,
        object_IPersist_Release,
        object_GetClassID,
};

static void object_destroy(void *object)
{
    free(object);
}

static const struct com_interface object_interfaces[] = {
        {&IID_IUnknown, offsetof(struct object, IPersist_iface)},
        {&IID_IPersist, offsetof(struct object, IPersist_iface)},
};

static const struct com_class object_class = {"object", object_interfaces,
        ARRAY_SIZE(object_interfaces), object_destroy};

static IPersist *object_create(void)
{
    struct object *object = calloc(1, sizeof(*object));

    check(object ? S_OK : E_OUTOFMEMORY, "allocate");
    com_object_init(&object->object, &object_class);
    object->IPersist_iface.lpVtbl = &object_vtbl;
    return &object->IPersist_iface;
}

/* --- its class object --- */

COM_STATIC_FACTORY_METHODS(factory)

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    IPersist *object;
    HRESULT hr;

    (void)iface;
    (void)outer;
    object = object_create();
    hr = IPersist_QueryInterface(object, iid, out);
    IPersist_Release(object);
    return hr;
}

static IClassFactoryVtbl factory_vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
        factory_CreateInstance, factory_LockServer};
static IClassFactory factory = {&factory_vtbl};

/* --- an apartment with an object in it --- */

struct host
{
    DWORD kind;      /* COINIT_… */
    IStream *stream; /* the object, marshalled table-strong */
    HANDLE ready, end, thread;
    DWORD thread_id;
};

static DWORD WINAPI host_thread(void *argument)
{
    struct host *host = argument;
    IPersist *object;
    MSG msg;

    check(CoInitializeEx(NULL, host->kind), "CoInitializeEx");
    object = object_create();
    check(CreateStreamOnHGlobal(NULL, TRUE, &host->stream), "CreateStreamOnHGlobal");
    check(CoMarshalInterface(host->stream, &IID_IPersist, (IUnknown *)object, MSHCTX_INPROC, NULL,
                  MSHLFLAGS_TABLESTRONG),
            "CoMarshalInterface");
    PeekMessageW(&msg, NULL, 0, 0, PM_NOREMOVE);
    SetEvent(host->ready);
    if (host->kind == COINIT_MULTITHREADED)
        WaitForSingleObject(host->end, INFINITE);
    else
        while (GetMessageW(&msg, NULL, 0, 0) > 0)
            DispatchMessageW(&msg);
    IStream_Seek(host->stream, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_SET, NULL);
    CoReleaseMarshalData(host->stream);
    IStream_Release(host->stream);
    IPersist_Release(object);
    CoUninitialize();
    return 0;
}

static void host_start(struct host *host, DWORD kind)
{
    host->kind = kind;
    host->ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    host->end = CreateEventW(NULL, FALSE, FALSE, NULL);
    host->thread = CreateThread(NULL, 0, host_thread, host, 0, &host->thread_id);
    WaitForSingleObject(host->ready, INFINITE);
}

static void host_stop(struct host *host)
{
    SetEvent(host->end);
    PostThreadMessageW(host->thread_id, WM_QUIT, 0, 0);
    WaitForSingleObject(host->thread, INFINITE);
    CloseHandle(host->thread);
    CloseHandle(host->ready);
    CloseHandle(host->end);
}

static IPersist *host_proxy(struct host *host)
{
    IStream *stream;
    IPersist *proxy;

    check(IStream_Clone(host->stream, &stream), "Clone");
    IStream_Seek(stream, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_SET, NULL);
    check(CoUnmarshalInterface(stream, &IID_IPersist, (void **)&proxy), "CoUnmarshalInterface");
    IStream_Release(stream);
    return proxy;
}

/* --- timing --- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Prints the median of the rounds: microseconds for each call of `step`. */
static void measure(const char *name, void (*step)(void *), void *argument)
{
    double rounds[ROUNDS];

    for (unsigned int i = 0; i < 20; i++)
        step(argument);
    for (unsigned int i = 0; i < ROUNDS; i++)
    {
        double begin = now_us(), end;
        unsigned int count = 0;

        do
        {
            step(argument);
            count++;
            end = now_us();
        } while (end - begin < ROUND_MS * 1000);
        rounds[i] = (end - begin) / count;
    }
    qsort(rounds, ROUNDS, sizeof(*rounds), compare_doubles);
    printf("%s %.3f\n", name, rounds[ROUNDS / 2]);
    fflush(stdout);
}

static void step_call(void *argument)
{
    CLSID clsid;

    check(IPersist_GetClassID((IPersist *)argument, &clsid), "GetClassID");
}

static void step_create_inproc(void *argument)
{
    IUnknown *object;

    (void)argument;
    check(CoCreateInstance(&clsid_inproc, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                  (void **)&object),
            "CoCreateInstance, in-process");
    IUnknown_Release(object);
}

static void step_create_local(void *argument)
{
    IPersist *object;

    (void)argument;
    check(CoCreateInstance(&clsid_local, NULL, CLSCTX_LOCAL_SERVER, &IID_IPersist,
                  (void **)&object),
            "CoCreateInstance, local");
    IPersist_Release(object);
}

/* --- marshalling between two apartments of one process: one thread marshals, one unmarshals --- */

struct passing
{
    IStream *stream;
    volatile LONG turn; /* 0: nothing to do; 1: unmarshal; 2: end */
};

static DWORD WINAPI passing_thread(void *argument)
{
    struct passing *passing = argument;
    LONG idle = 0;

    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    for (;;)
    {
        IPersist *proxy;

        WaitOnAddress(&passing->turn, &idle, sizeof(idle), INFINITE);
        if (passing->turn == 2)
            break;
        if (!passing->turn)
            continue;
        IStream_Seek(passing->stream, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_SET, NULL);
        check(CoUnmarshalInterface(passing->stream, &IID_IPersist, (void **)&proxy),
                "CoUnmarshalInterface");
        IPersist_Release(proxy);
        InterlockedExchange(&passing->turn, 0);
        WakeByAddressAll((void *)&passing->turn);
    }
    CoUninitialize();
    return 0;
}

/* On an STA thread. The other thread's last Release may need this one, so it pumps. */
static void step_pass(void *argument)
{
    struct passing *passing = argument;
    IPersist *object = object_create();
    MSG msg;

    IStream_Seek(passing->stream, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_SET, NULL);
    check(CoMarshalInterface(passing->stream, &IID_IPersist, (IUnknown *)object, MSHCTX_INPROC,
                  NULL, MSHLFLAGS_NORMAL),
            "CoMarshalInterface");
    InterlockedExchange(&passing->turn, 1);
    WakeByAddressAll((void *)&passing->turn);
    while (passing->turn)
        while (PeekMessageW(&msg, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&msg);
    IPersist_Release(object);
}

static void measure_passing(void)
{
    struct passing passing = {0};
    HANDLE thread;

    check(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), "CoInitializeEx");
    check(CreateStreamOnHGlobal(NULL, TRUE, &passing.stream), "CreateStreamOnHGlobal");
    thread = CreateThread(NULL, 0, passing_thread, &passing, 0, NULL);
    measure("marshal_unmarshal_release_us", step_pass, &passing);
    InterlockedExchange(&passing.turn, 2);
    WakeByAddressAll((void *)&passing.turn);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    IStream_Release(passing.stream);
    CoUninitialize();
}

/* --- calls between apartments --- */

static void measure_calls(const char *name, DWORD from, DWORD to)
{
    struct host host;
    IPersist *proxy;

    host_start(&host, to);
    check(CoInitializeEx(NULL, from), "CoInitializeEx");
    proxy = host_proxy(&host);
    measure(name, step_call, proxy);
    IPersist_Release(proxy);
    CoUninitialize();
    host_stop(&host);
}

/* --- many clients of one MTA --- */

struct client
{
    struct host *host;
    IPersist *object;  /* another process's, when not NULL */
    volatile LONG *go; /* 1: call; 2: stop */
    LONG calls;
    HANDLE thread;
};

static DWORD WINAPI client_thread(void *argument)
{
    struct client *client = argument;
    IPersist *proxy = client->object;

    check(CoInitializeEx(NULL, proxy ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED),
            "CoInitializeEx");
    if (!proxy)
        proxy = host_proxy(client->host);
    while (!*client->go)
        Sleep(1);
    while (*client->go == 1)
    {
        step_call(proxy);
        client->calls++;
    }
    if (!client->object)
        IPersist_Release(proxy);
    CoUninitialize();
    return 0;
}

static void measure_growth(const char *name, struct host *host, IPersist *object)
{
    for (unsigned int count = 1; count <= 16; count *= 2)
    {
        struct client clients[16] = {0};
        volatile LONG go = 0;
        double begin, calls = 0;

        for (unsigned int i = 0; i < count; i++)
        {
            clients[i].host = host;
            clients[i].object = object;
            clients[i].go = &go;
            clients[i].thread = CreateThread(NULL, 0, client_thread, &clients[i], 0, NULL);
        }
        Sleep(100);
        begin = now_us();
        go = 1;
        Sleep(500);
        go = 2;
        for (unsigned int i = 0; i < count; i++)
        {
            WaitForSingleObject(clients[i].thread, INFINITE);
            CloseHandle(clients[i].thread);
            calls += clients[i].calls;
        }
        printf("%s_%u_per_s %.0f\n", name, count, calls * 1e6 / (now_us() - begin));
        fflush(stdout);
    }
}

/* --- many exported objects --- */

/* Lets whoever reads our output look at this process's memory: it answers with a line. */
static void mark(const char *name)
{
    char line[16];

    printf("mark %s\n", name);
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin))
        return;
}

struct many
{
    unsigned int count;
    BOOL measured; /* no rehearsal */
    IPersist **objects, **proxies;
    IStream *stream; /* all of them, one after the other */
    double export_us, import_us, release_us;
};

static DWORD WINAPI many_client(void *argument)
{
    struct many *many = argument;
    double begin = now_us();

    check(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), "CoInitializeEx");
    for (unsigned int i = 0; i < many->count; i++)
        check(CoUnmarshalInterface(many->stream, &IID_IPersist, (void **)&many->proxies[i]),
                "CoUnmarshalInterface");
    many->import_us = now_us() - begin;
    if (many->measured)
        mark("pairs_end");
    begin = now_us();
    for (unsigned int i = 0; i < many->count; i++)
        IPersist_Release(many->proxies[i]);
    many->release_us = now_us() - begin;
    CoUninitialize();
    return 0;
}

/* A stream whose memory is there already. */
static IStream *stream_create(IUnknown *object, unsigned int count)
{
    static const BYTE zeros[4096];
    IStream *stream;
    ULONG size;

    check(CreateStreamOnHGlobal(NULL, TRUE, &stream), "CreateStreamOnHGlobal");
    check(CoGetMarshalSizeMax(&size, &IID_IPersist, object, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL),
            "CoGetMarshalSizeMax");
    for (ULONGLONG at = 0; at < (ULONGLONG)count * size; at += sizeof(zeros))
        check(IStream_Write(stream, zeros, sizeof(zeros), NULL), "IStream::Write");
    IStream_Seek(stream, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_SET, NULL);
    return stream;
}

static void run_many(struct many *many)
{
    HANDLE thread;
    double begin;

    many->objects = calloc(many->count, sizeof(*many->objects));
    many->proxies = malloc(many->count * sizeof(*many->proxies));
    check(many->objects && many->proxies ? S_OK : E_OUTOFMEMORY, "allocate");
    memset(many->proxies, 1, many->count * sizeof(*many->proxies));
    for (unsigned int i = 0; i < many->count; i++)
        many->objects[i] = object_create();
    many->stream = stream_create((IUnknown *)many->objects[0], many->count);
    if (many->measured)
        mark("pairs_begin");
    begin = now_us();
    for (unsigned int i = 0; i < many->count; i++)
        check(CoMarshalInterface(many->stream, &IID_IPersist, (IUnknown *)many->objects[i],
                      MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL),
                "CoMarshalInterface");
    IStream_Seek(many->stream, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_SET, NULL);
    many->export_us = now_us() - begin;
    thread = CreateThread(NULL, 0, many_client, many, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    for (unsigned int i = 0; i < many->count; i++)
        IPersist_Release(many->objects[i]);
    free(many->objects);
    free(many->proxies);
    IStream_Release(many->stream);
}

/* With a rehearsal, so that what a runtime has once is not counted. */
static void measure_many(unsigned int count)
{
    struct many rehearsal = {.count = 100}, many = {.count = count, .measured = TRUE};

    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    run_many(&rehearsal);
    run_many(&many);
    printf("pair_export_us %.3f\npair_import_us %.3f\npair_release_us %.3f\n",
            many.export_us / count, many.import_us / count, many.release_us / count);
    fflush(stdout);
    CoUninitialize();
}

/* --- the other process --- */

static int run_server(void)
{
    HANDLE ready = OpenEventW(EVENT_MODIFY_STATE, FALSE, server_ready);
    HANDLE end = OpenEventW(SYNCHRONIZE, FALSE, server_end);
    DWORD cookie;

    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    check(CoRegisterClassObject(&clsid_local, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
                  REGCLS_MULTIPLEUSE, &cookie),
            "CoRegisterClassObject");
    SetEvent(ready);
    WaitForSingleObject(end, 600000);
    CoRevokeClassObject(cookie);
    CoUninitialize();
    return 0;
}

static void measure_processes(void)
{
    HANDLE ready = CreateEventW(NULL, FALSE, FALSE, server_ready);
    HANDLE end = CreateEventW(NULL, FALSE, FALSE, server_end);
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    WCHAR path[MAX_PATH], command[MAX_PATH + 16];
    IPersist *proxy;

    GetModuleFileNameW(NULL, path, MAX_PATH);
    _snwprintf(command, ARRAY_SIZE(command), L"\"%ls\" server", path);
    if (!CreateProcessW(path, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
        check(HRESULT_FROM_WIN32(GetLastError()), "CreateProcess");
    if (WaitForSingleObject(ready, 30000))
        check(E_FAIL, "the server's start");
    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    check(CoCreateInstance(&clsid_local, NULL, CLSCTX_LOCAL_SERVER, &IID_IPersist, (void **)&proxy),
            "CoCreateInstance, local");
    measure("call_between_processes_us", step_call, proxy);
    measure("warm_activation_us", step_create_local, NULL);
    measure_growth("between_processes", NULL, proxy);
    IPersist_Release(proxy);
    CoUninitialize();
    SetEvent(end);
    WaitForSingleObject(process.hProcess, 10000);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(ready);
    CloseHandle(end);
}

/* The in-process class: com_server.dll beside this program. */
static void register_inproc(void)
{
    WCHAR key[128], path[MAX_PATH] = L"", text[64], *name;
    HKEY handle;

    GetModuleFileNameW(NULL, path, MAX_PATH);
    name = wcsrchr(path, '\\');
    _snwprintf(name + 1, MAX_PATH - (name + 1 - path), L"com_server.dll");
    StringFromGUID2(&clsid_inproc, text, ARRAY_SIZE(text));
    _snwprintf(key, ARRAY_SIZE(key), L"Software\\Classes\\CLSID\\%ls\\InprocServer32", text);
    check(HRESULT_FROM_WIN32(RegCreateKeyExW(HKEY_LOCAL_MACHINE, key, 0, NULL, 0, KEY_WRITE, NULL,
                  &handle, NULL)),
            "register");
    RegSetValueExW(handle, NULL, 0, REG_SZ, (BYTE *)path, (wcslen(path) + 1) * sizeof(WCHAR));
    RegSetValueExW(handle, L"ThreadingModel", 0, REG_SZ, (const BYTE *)L"Both", sizeof(L"Both"));
    RegCloseKey(handle);
}

int main(int argc, char **argv)
{
    struct host host;

    if (argc > 1 && !strcmp(argv[1], "server"))
        return run_server();
    if (argc > 2 && !strcmp(argv[1], "many"))
    {
        measure_many(max(1, strtoul(argv[2], NULL, 10)));
        return 0;
    }
    register_inproc();
    measure_calls("call_sta_mta_us", COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED);
    measure_calls("call_mta_sta_us", COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED);
    measure_calls("call_sta_sta_us", COINIT_APARTMENTTHREADED, COINIT_APARTMENTTHREADED);
    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    measure("create_inproc_us", step_create_inproc, NULL);
    CoUninitialize();
    measure_passing();
    measure_processes();
    host_start(&host, COINIT_MULTITHREADED);
    measure_growth("sta_mta", &host, NULL);
    host_stop(&host);
    return 0;
}
