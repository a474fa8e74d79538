/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every method of the interfaces that urlmon.dll has proxies of, called in another apartment of the
 * process and in another process. Pages "IBindStatusCallback interface" and those of the others.
 */
#include <objbase.h>
#include <shlwapi.h>
#include <stdio.h>
#include <string.h>

#include "far_object.h"
#include "tap.h"

#define OBJREF_MAX 4096

/* --- another apartment --- */

struct host
{
    HANDLE thread, ready, done;
    IStream *stream; /* the marshalled object */
    BOOL single;
    ULONG left; /* references, when its proxies are gone */
};

static DWORD WINAPI host_thread(void *argument)
{
    struct host *host = argument;
    IUnknown *object = far_create(FALSE);
    DWORD index;

    CoInitializeEx(NULL, host->single ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, object, &host->stream);
    SetEvent(host->ready);
    while (CoWaitForMultipleHandles(0, INFINITE, 1, &host->done, &index) == RPC_S_CALLPENDING)
        ;
    CoDisconnectObject(object, 0);
    host->left = IUnknown_Release(object);
    CoUninitialize();
    return 0;
}

static void test_apartment(BOOL single, const char *where)
{
    struct host host = {.single = single};
    IUnknown *peer = NULL;

    host.ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    host.done = CreateEventW(NULL, FALSE, FALSE, NULL);
    host.thread = CreateThread(NULL, 0, host_thread, &host, 0, NULL);
    WaitForSingleObject(host.ready, INFINITE);
    is_hr(CoGetInterfaceAndReleaseStream(host.stream, &IID_IUnknown, (void **)&peer), S_OK,
            "%s: a proxy", where);
    if (peer)
    {
        far_calls(peer, where);
        is_uint(IUnknown_Release(peer), 0, "%s: the proxy goes", where);
    }
    SetEvent(host.done);
    WaitForSingleObject(host.thread, INFINITE);
    is_uint(host.left, 0, "%s: nobody keeps the object", where);
    CloseHandle(host.thread);
    CloseHandle(host.ready);
    CloseHandle(host.done);
}

/* --- another process: "remote serve" writes its object's OBJREF and serves until its input ends
 * --- */

static int serve(void)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE), output = GetStdHandle(STD_OUTPUT_HANDLE);
    IUnknown *object = far_create(FALSE);
    IStream *stream = SHCreateMemStream(NULL, 0);
    LARGE_INTEGER start = {.QuadPart = 0};
    BYTE bytes[OBJREF_MAX];
    ULONG size = 0;
    DWORD done;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(CoMarshalInterface(stream, &IID_IUnknown, object, MSHCTX_LOCAL, NULL,
                MSHLFLAGS_NORMAL)))
        return 1;
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    IStream_Read(stream, bytes, sizeof(bytes), &size);
    WriteFile(output, &size, sizeof(size), &done, NULL);
    WriteFile(output, bytes, size, &done, NULL);
    ReadFile(input, bytes, 1, &done, NULL);
    CoDisconnectObject(object, 0);
    IStream_Release(stream);
    size = IUnknown_Release(object);
    CoUninitialize();
    return size ? 2 : 0;
}

struct process
{
    HANDLE process, to, from;
};

static BOOL process_start(struct process *process)
{
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION information;
    WCHAR program[MAX_PATH], command[MAX_PATH + 16];
    BOOL started;

    CreatePipe(&startup.hStdInput, &process->to, &inherited, 0);
    CreatePipe(&process->from, &startup.hStdOutput, &inherited, 0);
    SetHandleInformation(process->to, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(process->from, HANDLE_FLAG_INHERIT, 0);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    GetModuleFileNameW(NULL, program, MAX_PATH);
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" serve", program);
    started = CreateProcessW(program, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup,
            &information);
    CloseHandle(startup.hStdInput);
    CloseHandle(startup.hStdOutput);
    if (started)
    {
        process->process = information.hProcess;
        CloseHandle(information.hThread);
    }
    return started;
}

static void test_process(void)
{
    struct process process = {0};
    BYTE bytes[OBJREF_MAX];
    DWORD size = 0, done = 0, code = 99;
    IStream *stream;
    IUnknown *peer = NULL;

    if (!process_start(&process))
        bail_out("no process");
    ok(ReadFile(process.from, &size, sizeof(size), &done, NULL) && size <= sizeof(bytes)
                    && ReadFile(process.from, bytes, size, &done, NULL) && done == size,
            "an OBJREF of %lu bytes", size);
    stream = SHCreateMemStream(bytes, size);
    is_hr(CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&peer), S_OK, "process: a proxy");
    IStream_Release(stream);
    if (peer)
    {
        far_calls(peer, "process");
        is_uint(IUnknown_Release(peer), 0, "process: the proxy goes");
    }
    CloseHandle(process.to);
    WaitForSingleObject(process.process, INFINITE);
    GetExitCodeProcess(process.process, &code);
    is_uint(code, 0, "nobody keeps its object");
    CloseHandle(process.from);
    CloseHandle(process.process);
}

/* Wine's runtime keeps handles of each apartment and process that it has talked to. */
static BOOL is_own_runtime(void)
{
    static const char mark[] = "Wine builtin DLL";
    const char *dll = (const char *)GetModuleHandleW(L"ole32.dll");

    return dll && memcmp(dll + sizeof(IMAGE_DOS_HEADER), mark, sizeof(mark) - 1);
}

int main(int argc, char **argv)
{
    BOOL account = is_own_runtime();

    if (argc > 1 && !strcmp(argv[1], "serve"))
        return serve();
    if (builtin_lacks("what a BINDINFO and a STGMEDIUM hold (\"IBindStatusCallback interface\")"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_apartment(TRUE, "STA"); /* what is made once is made */
    test_apartment(FALSE, "MTA");
    if (account)
    {
        tap_account_begin();
        test_apartment(TRUE, "STA");
        test_apartment(FALSE, "MTA");
        tap_account_end("apartments");
    }
    test_process();
    if (account)
    {
        tap_account_begin();
        test_process();
        tap_account_end("processes");
    }
    CoUninitialize();
    return done_testing();
}
