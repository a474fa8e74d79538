/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CoDecodeProxy: where the object behind a proxy is, in this process and in others, asked by the
 * process that has the proxy and by another. combaseapi/nf-combaseapi-codecodeproxy,
 * combaseapi/ns-combaseapi-serverinformation
 *
 * Started with an argument this program is a client: see client().
 */
#include "tap.h"
#include "test_server.h"

#include <stdio.h>
#include <string.h>

/* What both processes see. */
struct shared
{
    BYTE packet[2048]; /* marshalled table-strong */
    DWORD size;
    HRESULT hr;
    UINT64 proxy, identity; /* the client's pointers */
};

#define CLIENT_END L"concierge-decode-proxy-end"
#define CLIENT_READY L"concierge-decode-proxy-ready"
#define CLIENT_SECTION L"concierge-decode-proxy"

static IStream *stream_of(const void *bytes, ULONG size)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    IStream_Write(stream, bytes, size, NULL);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    return stream;
}

/* Is the proxy's process: unmarshals, says where, and waits. */
static int client(void)
{
    HANDLE section = OpenFileMappingW(FILE_MAP_WRITE, FALSE, CLIENT_SECTION);
    HANDLE ready = OpenEventW(EVENT_MODIFY_STATE, FALSE, CLIENT_READY);
    HANDLE end = OpenEventW(SYNCHRONIZE, FALSE, CLIENT_END);
    struct shared *shared = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    ITestServer *proxy = NULL;
    IUnknown *identity;
    IStream *stream;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_proxies_register();
    stream = stream_of(shared->packet, shared->size);
    shared->hr = CoUnmarshalInterface(stream, &IID_ITestServer, (void **)&proxy);
    IStream_Release(stream);
    if (SUCCEEDED(shared->hr))
    {
        ITestServer_QueryInterface(proxy, &IID_IUnknown, (void **)&identity);
        IUnknown_Release(identity);
        shared->proxy = (UINT_PTR)proxy;
        shared->identity = (UINT_PTR)identity;
    }
    SetEvent(ready);
    WaitForSingleObject(end, 60000);
    if (proxy)
        ITestServer_Release(proxy);
    CoUninitialize();
    return 0;
}

/* ---- proxies of this process ---- */

static void check(DWORD process, UINT64 address, const test_call *call, DWORD thread,
        const char *what)
{
    ServerInformation server;

    memset(&server, 0xcc, sizeof(server));
    is_hr(CoDecodeProxy(process, address, &server), S_OK, "%s", what);
    is_uint(server.dwServerPid, call->process, "%s: the process", what);
    is_uint(server.dwServerTid, thread, "%s: the thread", what);
    ok(server.ui64ServerAddress == (UINT64)call->object, "%s: the address", what);
}

/* By each of its pointers. */
static void check_proxy(ITestServer *proxy, DWORD thread, const char *what)
{
    test_call call = {0};
    IUnknown *identity;

    is_hr(ITestServer_Who(proxy, &call), S_OK, "%s: a call", what);
    if (call.apartment_type == APTTYPE_STA || call.apartment_type == APTTYPE_MAINSTA)
        thread = call.thread;
    check(GetCurrentProcessId(), (UINT_PTR)proxy, &call, thread, what);
    ITestServer_QueryInterface(proxy, &IID_IUnknown, (void **)&identity);
    check(GetCurrentProcessId(), (UINT_PTR)identity, &call, thread, "IUnknown");
    IUnknown_Release(identity);
}

static void test_inside(DWORD coinit, const char *what)
{
    struct test_thread *thread = test_thread_start(coinit);
    ServerInformation server;
    ITestServer *proxy;
    UINT64 gone;

    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&proxy), S_OK, "%s", what);
    check_proxy(proxy, 0, what);
    gone = (UINT_PTR)proxy;
    is_uint(ITestServer_Release(proxy), 0, "the proxy goes");
    is_hr(CoDecodeProxy(GetCurrentProcessId(), gone, &server), RPC_E_INVALID_IPID,
            "there is none any more");
    ok(test_thread_stop(thread), "the thread ends");
}

static void test_server_process(const char *apartment, DWORD thread)
{
    struct test_process *process = test_process_start(apartment);
    ServerInformation server;
    ITestServer *proxy;
    IRawCall *raw;

    if (!process)
        return;
    is_hr(test_process_object(process, &IID_ITestServer, (void **)&proxy), S_OK,
            "a proxy of an object in another process");
    is_hr(test_process_object(process, &IID_IRawCall, (void **)&raw), S_OK, "and of another one");
    check_proxy(proxy, thread, apartment);
    is_hr(CoDecodeProxy(GetCurrentProcessId(), (UINT_PTR)raw, &server), S_OK, "the other");
    is_uint(server.dwServerPid, test_process_id(process), "in the same process");
    IRawCall_Release(raw);
    TerminateProcess(test_process_handle(process), 0);
    WaitForSingleObject(test_process_handle(process), INFINITE);
    ok(FAILED(CoDecodeProxy(GetCurrentProcessId(), (UINT_PTR)proxy, &server)),
            "the server has been killed");
    is_uint(server.dwServerPid, 0, "nothing is told");
    ITestServer_Release(proxy);
    test_process_stop(process);
}

/* ---- proxies of another process ---- */

static BOOL client_start(PROCESS_INFORMATION *process)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR file[MAX_PATH], line[MAX_PATH + 20];

    GetModuleFileNameW(NULL, file, MAX_PATH);
    swprintf(line, ARRAYSIZE(line), L"\"%ls\" client", file);
    return CreateProcessW(file, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, process);
}

struct packet
{
    struct shared *shared;
    ITestServer *object;
    IStream *stream;
};

static void packet_make(void *context)
{
    struct packet *packet = context;
    LARGE_INTEGER start = {.QuadPart = 0};

    test_proxies_register();
    packet->object = test_server_create();
    packet->stream = stream_of(NULL, 0);
    CoMarshalInterface(packet->stream, &IID_ITestServer, (IUnknown *)packet->object, MSHCTX_LOCAL,
            NULL, MSHLFLAGS_TABLESTRONG);
    IStream_Seek(packet->stream, start, STREAM_SEEK_SET, NULL);
    IStream_Read(packet->stream, packet->shared->packet, sizeof(packet->shared->packet),
            &packet->shared->size);
    IStream_Seek(packet->stream, start, STREAM_SEEK_SET, NULL);
}

static void packet_release(void *context)
{
    struct packet *packet = context;

    CoReleaseMarshalData(packet->stream);
    IStream_Release(packet->stream);
    ITestServer_Release(packet->object);
}

/* As a debugger asks: neither of the processes is this one's client. */
static void test_client_process(DWORD coinit, const char *what)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(struct shared), CLIENT_SECTION);
    struct shared *shared = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    HANDLE ready = CreateEventW(NULL, FALSE, FALSE, CLIENT_READY);
    HANDLE end = CreateEventW(NULL, FALSE, FALSE, CLIENT_END), events[2];
    struct test_thread *thread = test_thread_start(coinit);
    struct packet packet = {.shared = shared};
    test_call call = {.process = GetCurrentProcessId()};
    PROCESS_INFORMATION process;
    ServerInformation server;

    test_thread_run(thread, packet_make, &packet);
    call.object = (UINT_PTR)packet.object;
    call.thread = coinit == COINIT_MULTITHREADED ? 0 : test_thread_id(thread);
    ok(client_start(&process), "a client starts");
    events[0] = ready;
    events[1] = process.hProcess;
    is_uint(WaitForMultipleObjects(2, events, FALSE, 60000), WAIT_OBJECT_0, "and is there");
    is_hr(shared->hr, S_OK, "it has a proxy");
    check(process.dwProcessId, shared->proxy, &call, call.thread, what);
    check(process.dwProcessId, shared->identity, &call, call.thread, "its IUnknown");
    is_hr(CoDecodeProxy(process.dwProcessId, shared->proxy + 8, &server), RPC_E_INVALID_IPID,
            "beside it");
    SetEvent(end);
    is_uint(WaitForSingleObject(process.hProcess, 60000), WAIT_OBJECT_0, "the client ends");
    ok(FAILED(CoDecodeProxy(process.dwProcessId, shared->proxy, &server)), "and has no proxies");
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    test_thread_run(thread, packet_release, &packet);
    ok(test_thread_stop(thread), "the thread ends");
    UnmapViewOfFile(shared);
    CloseHandle(section);
    CloseHandle(ready);
    CloseHandle(end);
}

/* ---- what is no proxy ---- */

static void test_no_proxy(void)
{
    ITestServer *object = test_server_create();
    ServerInformation server = {1, 2, 3};

    is_hr(CoDecodeProxy(GetCurrentProcessId(), (UINT_PTR)object, &server), RPC_E_INVALID_IPID,
            "an object itself");
    is_uint(server.dwServerPid, 0, "nothing is told");
    is_hr(CoDecodeProxy(GetCurrentProcessId(), 0, &server), RPC_E_INVALID_IPID, "NULL");
    is_hr(CoDecodeProxy(GetCurrentProcessId(), 1, &server), RPC_E_INVALID_IPID, "no address");
    is_hr(CoDecodeProxy(GetCurrentProcessId(), ~0ull, &server), RPC_E_INVALID_IPID,
            "an address that there is not");
    is_hr(CoDecodeProxy(GetCurrentProcessId(), (UINT_PTR)object, NULL), E_INVALIDARG,
            "nowhere to write it to");
    is_hr(CoDecodeProxy(0xfffffff0, (UINT_PTR)object, &server), E_INVALIDARG, "no process");
    ITestServer_Release(object);
}

int main(int argc, char **argv)
{
    ServerInformation server;

    (void)argv;
    if (argc > 1)
        return client();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (CoDecodeProxy(GetCurrentProcessId(), 1, &server) == E_NOTIMPL
            && builtin_lacks("CoDecodeProxy (nf-combaseapi-codecodeproxy)"))
        return done_testing();
    test_proxies_register();
    test_no_proxy();
    test_inside(COINIT_MULTITHREADED, "an object in the MTA");
    test_inside(COINIT_APARTMENTTHREADED, "an object in an STA");
    test_server_process("mta", 0);
    test_server_process("sta", 0);
    test_server_process("nta", 0xffff);
    test_client_process(COINIT_MULTITHREADED, "another process's proxy of the MTA");
    test_client_process(COINIT_APARTMENTTHREADED, "another process's proxy of an STA");
    CoUninitialize();
    is_int(test_server_count(), 0, "no object is left");
    return done_testing();
}
