/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times asynchronous calls against synchronous ones of the same proxy in the same run.
 *
 *     async_calls                  Begin_+Wait+Finish_, and Begin_ alone
 *     async_calls flight CALLS     so many calls at once, each done after 20 ms
 *     async_calls server           is the other process; started by the other forms
 *
 * Prints one line "name value" for each figure: microseconds (names ending in _us), milliseconds
 * (_ms), or a number. The second form prints "mark flight" when everything is ready and waits for a
 * line, and prints "mark landed" afterwards: whoever reads can count threads in between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <objbase.h>

#include "errand_object.h"

#include "com_object.h"

#define ROUNDS 9
#define ROUND_MS 60
#define PATIENCE 60000 /* ms */
#define DELAY 20       /* ms: of a call in flight */
#define FLIGHTS 5
#define IDLE_MS 10 /* after which a server's threads sleep */
#define IDLE_CALLS 101

/* The class of objects without call objects, and that with. */
static const CLSID classes[2] = {
        {0x2d1f9c07, 0x6a55, 0x4b0e, {0x8a, 0x41, 0x5f, 0x6d, 0x3a, 0x90, 0xc1, 0x21}},
        {0x2d1f9c07, 0x6a55, 0x4b0e, {0x8a, 0x41, 0x5f, 0x6d, 0x3a, 0x90, 0xc1, 0x22}},
};
static const char *const kinds[2] = {"plain", "objects"};
static const WCHAR server_ready[] = L"concierge-bench-async-ready";
static const WCHAR server_end[] = L"concierge-bench-async-end";

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

static void figure(const char *what, const char *place, const char *kind, double value)
{
    printf("%s_%s_%s_us %.3f\n", what, place, kind, value);
    fflush(stdout);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *values, unsigned int count)
{
    qsort(values, count, sizeof(*values), compare_doubles);
    return values[count / 2];
}

/* --- an apartment with an object in it --- */

struct host
{
    DWORD kind; /* COINIT_… */
    BOOL call_objects;
    IStream *stream; /* the object, marshalled table-strong */
    HANDLE ready, end, thread;
};

static DWORD WINAPI host_thread(void *argument)
{
    struct host *host = argument;
    IErrand *object;
    DWORD index;

    check(CoInitializeEx(NULL, host->kind), "CoInitializeEx");
    check(errand_register(), "register");
    check((object = errand_create(host->call_objects)) ? S_OK : E_OUTOFMEMORY, "allocate");
    check(CreateStreamOnHGlobal(NULL, TRUE, &host->stream), "CreateStreamOnHGlobal");
    check(CoMarshalInterface(host->stream, &IID_IErrand, (IUnknown *)object, MSHCTX_INPROC, NULL,
                  MSHLFLAGS_TABLESTRONG),
            "CoMarshalInterface");
    SetEvent(host->ready);
    check(CoWaitForMultipleHandles(0, INFINITE, 1, &host->end, &index), "serve");
    IStream_Seek(host->stream, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_SET, NULL);
    CoReleaseMarshalData(host->stream);
    IStream_Release(host->stream);
    IErrand_Release(object);
    CoUninitialize();
    return 0;
}

static void host_start(struct host *host, DWORD kind, BOOL call_objects)
{
    host->kind = kind;
    host->call_objects = call_objects;
    host->ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    host->end = CreateEventW(NULL, FALSE, FALSE, NULL);
    host->thread = CreateThread(NULL, 0, host_thread, host, 0, NULL);
    WaitForSingleObject(host->ready, INFINITE);
}

static void host_stop(struct host *host)
{
    SetEvent(host->end);
    WaitForSingleObject(host->thread, INFINITE);
    CloseHandle(host->thread);
    CloseHandle(host->ready);
    CloseHandle(host->end);
}

static IErrand *host_proxy(struct host *host)
{
    IStream *stream;
    IErrand *proxy;

    check(IStream_Clone(host->stream, &stream), "Clone");
    IStream_Seek(stream, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_SET, NULL);
    check(CoUnmarshalInterface(stream, &IID_IErrand, (void **)&proxy), "CoUnmarshalInterface");
    IStream_Release(stream);
    return proxy;
}

/* --- calls --- */

struct call
{
    AsyncIErrand *async;
    ISynchronize *synchronize;
};

static void call_create(IErrand *proxy, struct call *call)
{
    ICallFactory *factory;

    check(IErrand_QueryInterface(proxy, &IID_ICallFactory, (void **)&factory), "ICallFactory");
    check(ICallFactory_CreateCall(factory, &IID_AsyncIErrand, NULL, &IID_AsyncIErrand,
                  (IUnknown **)&call->async),
            "CreateCall");
    ICallFactory_Release(factory);
    check(AsyncIErrand_QueryInterface(call->async, &IID_ISynchronize, (void **)&call->synchronize),
            "ISynchronize");
}

static void call_free(struct call *call)
{
    ISynchronize_Release(call->synchronize);
    AsyncIErrand_Release(call->async);
}

static void call_finish(struct call *call)
{
    check(ISynchronize_Wait(call->synchronize, 0, PATIENCE), "Wait");
    check(AsyncIErrand_Finish_Nothing(call->async), "Finish_Nothing");
}

/* Microseconds for each call; every other round is synchronous. */
static void measure_calls(const char *place, const char *kind, IErrand *proxy)
{
    double rounds[2][ROUNDS];
    struct call call;

    call_create(proxy, &call);
    for (unsigned int i = 0; i < 2 * (ROUNDS + 1); i++)
    {
        double begin = now_us(), end;
        unsigned int count = 0;

        do
        {
            if (i % 2)
            {
                check(AsyncIErrand_Begin_Nothing(call.async), "Begin_Nothing");
                call_finish(&call);
            }
            else
                check(IErrand_Nothing(proxy), "Nothing");
            count++;
            end = now_us();
        } while (end - begin < ROUND_MS * 1000);
        if (i >= 2) /* not the rehearsal */
            rounds[i % 2][i / 2 - 1] = (end - begin) / count;
    }
    figure("sync", place, kind, median(rounds[0], ROUNDS));
    figure("async", place, kind, median(rounds[1], ROUNDS));
    call_free(&call);
}

/* Begin_ alone, and synchronous calls between these: `pause` ms before each, 0 for a server which
 * is busy all the time. */
static void measure_begin(const char *state, const char *kind, IErrand *proxy, DWORD pause)
{
    unsigned int count = pause ? IDLE_CALLS : 20 * IDLE_CALLS;
    double *sync_us = malloc(count * sizeof(*sync_us)),
           *begin_us = malloc(count * sizeof(*begin_us));
    struct call call;
    double begin;

    check(sync_us && begin_us ? S_OK : E_OUTOFMEMORY, "allocate");
    call_create(proxy, &call);
    for (unsigned int i = 0; i < count; i++)
    {
        if (pause)
            Sleep(pause);
        begin = now_us();
        check(IErrand_Nothing(proxy), "Nothing");
        sync_us[i] = now_us() - begin;
        if (pause)
            Sleep(pause);
        begin = now_us();
        check(AsyncIErrand_Begin_Nothing(call.async), "Begin_Nothing");
        begin_us[i] = now_us() - begin;
        call_finish(&call);
    }
    figure("sync", state, kind, median(sync_us, count));
    figure("begin", state, kind, median(begin_us, count));
    free(sync_us);
    free(begin_us);
    call_free(&call);
}

static void measure_inside(const char *place, DWORD from, DWORD to)
{
    for (unsigned int i = 0; i < 2; i++)
    {
        struct host host;
        IErrand *proxy;

        host_start(&host, to, i);
        check(CoInitializeEx(NULL, from), "CoInitializeEx");
        check(errand_register(), "register");
        proxy = host_proxy(&host);
        measure_calls(place, kinds[i], proxy);
        IErrand_Release(proxy);
        CoUninitialize();
        host_stop(&host);
    }
}

/* --- the other process --- */

struct factory
{
    IClassFactory IClassFactory_iface;
    BOOL call_objects;
};

COM_STATIC_FACTORY_METHODS(factory)

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    IErrand *object;
    HRESULT hr;

    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    object = errand_create(COM_IMPL_FROM(iface, struct factory, IClassFactory_iface)->call_objects);
    if (!object)
        return E_OUTOFMEMORY;
    hr = IErrand_QueryInterface(object, iid, out);
    IErrand_Release(object);
    return hr;
}

static int run_server(void)
{
    static IClassFactoryVtbl vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
            factory_CreateInstance, factory_LockServer};
    static struct factory factories[2] = {{{&vtbl}, FALSE}, {{&vtbl}, TRUE}};
    HANDLE ready = OpenEventW(EVENT_MODIFY_STATE, FALSE, server_ready);
    HANDLE end = OpenEventW(SYNCHRONIZE, FALSE, server_end);
    DWORD cookies[2];

    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    check(errand_register(), "register");
    for (unsigned int i = 0; i < 2; i++)
        check(CoRegisterClassObject(&classes[i], (IUnknown *)&factories[i].IClassFactory_iface,
                      CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookies[i]),
                "CoRegisterClassObject");
    SetEvent(ready);
    WaitForSingleObject(end, 600000);
    for (unsigned int i = 0; i < 2; i++)
        CoRevokeClassObject(cookies[i]);
    CoUninitialize();
    return 0;
}

struct server
{
    HANDLE ready, end, process;
};

static void server_start(struct server *server)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    WCHAR path[MAX_PATH], command[MAX_PATH + 16];
    HANDLE handles[2];

    server->ready = CreateEventW(NULL, FALSE, FALSE, server_ready);
    server->end = CreateEventW(NULL, FALSE, FALSE, server_end);
    GetModuleFileNameW(NULL, path, MAX_PATH);
    _snwprintf(command, ARRAY_SIZE(command), L"\"%ls\" server", path);
    if (!CreateProcessW(path, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
        check(HRESULT_FROM_WIN32(GetLastError()), "CreateProcess");
    CloseHandle(process.hThread);
    server->process = process.hProcess;
    handles[0] = server->ready;
    handles[1] = server->process;
    if (WaitForMultipleObjects(2, handles, FALSE, 30000) != WAIT_OBJECT_0)
        check(E_FAIL, "the server's start");
}

static IErrand *server_object(BOOL call_objects)
{
    IErrand *proxy;

    check(CoCreateInstance(&classes[call_objects], NULL, CLSCTX_LOCAL_SERVER, &IID_IErrand,
                  (void **)&proxy),
            "CoCreateInstance");
    return proxy;
}

static void server_stop(struct server *server)
{
    SetEvent(server->end);
    WaitForSingleObject(server->process, 10000);
    CloseHandle(server->process);
    CloseHandle(server->ready);
    CloseHandle(server->end);
}

static void measure_between(const char *place, DWORD from, BOOL begin)
{
    check(CoInitializeEx(NULL, from), "CoInitializeEx");
    check(errand_register(), "register");
    for (unsigned int i = 0; i < 2; i++)
    {
        IErrand *proxy = server_object(i);

        measure_calls(place, kinds[i], proxy);
        if (begin)
        {
            measure_begin("busy", kinds[i], proxy, 0);
            measure_begin("idle", kinds[i], proxy, IDLE_MS);
        }
        IErrand_Release(proxy);
    }
    CoUninitialize();
}

/* --- many calls at once --- */

static void mark(const char *name)
{
    printf("mark %s\n", name);
    fflush(stdout);
}

/* Milliseconds until `count` new call objects have been through a call; all begin before the first
 * is waited for. */
static double fly(IErrand *proxy, struct call *calls, unsigned int count, double *begun_ms)
{
    double begin = now_us(), end;

    for (unsigned int i = 0; i < count; i++)
        call_create(proxy, &calls[i]);
    *begun_ms = now_us();
    for (unsigned int i = 0; i < count; i++)
        check(AsyncIErrand_Begin_Later(calls[i].async, DELAY), "Begin_Later");
    *begun_ms = (now_us() - *begun_ms) / 1000;
    for (unsigned int i = 0; i < count; i++)
    {
        check(ISynchronize_Wait(calls[i].synchronize, 0, PATIENCE), "Wait");
        check(AsyncIErrand_Finish_Later(calls[i].async), "Finish_Later");
    }
    end = now_us();
    for (unsigned int i = 0; i < count; i++)
        call_free(&calls[i]);
    return (end - begin) / 1000;
}

static void measure_flights(unsigned int count)
{
    struct call *calls = calloc(count, sizeof(*calls));
    double total[FLIGHTS], begun[FLIGHTS];
    struct server server;
    IErrand *proxy;
    char line[16];
    LONG peak;

    check(calls ? S_OK : E_OUTOFMEMORY, "allocate");
    server_start(&server);
    check(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), "CoInitializeEx");
    check(errand_register(), "register");
    proxy = server_object(TRUE);
    check(IErrand_Nothing(proxy), "Nothing");
    mark("flight");
    if (!fgets(line, sizeof(line), stdin))
        return;
    for (unsigned int i = 0; i < FLIGHTS; i++)
    {
        total[i] = fly(proxy, calls, count, &begun[i]);
        if (!i)
            printf("flight_first_ms %.3f\n", total[i]);
    }
    mark("landed");
    check(IErrand_Peak(proxy, &peak), "Peak");
    printf("flight_ms %.3f\nflight_begun_ms %.3f\nflight_peak %ld\n", median(total, FLIGHTS),
            median(begun, FLIGHTS), (long)peak);
    fflush(stdout);
    IErrand_Release(proxy);
    CoUninitialize();
    server_stop(&server);
    free(calls);
}

int main(int argc, char **argv)
{
    struct server server;

    if (argc > 1 && !strcmp(argv[1], "server"))
        return run_server();
    if (argc > 2 && !strcmp(argv[1], "flight"))
    {
        measure_flights(max(1, strtoul(argv[2], NULL, 10)));
        return 0;
    }
    measure_inside("sta_mta", COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED);
    measure_inside("mta_sta", COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED);
    server_start(&server);
    measure_between("sta_process", COINIT_APARTMENTTHREADED, TRUE);
    measure_between("mta_process", COINIT_MULTITHREADED, FALSE);
    server_stop(&server);
    return 0;
}
