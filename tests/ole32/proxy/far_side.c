/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "far_side.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const LARGE_INTEGER start;

void far_side_serve(DWORD milliseconds)
{
    MSG message;

    MsgWaitForMultipleObjects(0, NULL, FALSE, milliseconds, QS_ALLINPUT);
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
}

BOOL far_side_becomes(const volatile LONG *value, LONG expected)
{
    for (DWORD begin = GetTickCount(); *value != expected && GetTickCount() - begin < 5000;)
        far_side_serve(5);
    return *value == expected;
}

/* ---- apartments of this process ---- */

static DWORD WINAPI host_main(void *argument)
{
    struct host *host = argument;
    IUnknown *factory;
    MSG message;

    CoInitializeEx(NULL, host->coinit);
    factory = mock_create(&IID_IClassFactory, 1);
    CoMarshalInterThreadInterfaceInStream(&IID_IClassFactory, factory, &host->stream);
    IUnknown_Release(factory);
    SetEvent(host->ready);
    while (MsgWaitForMultipleObjects(1, &host->stop, FALSE, INFINITE, QS_ALLINPUT)
            == WAIT_OBJECT_0 + 1)
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    CoUninitialize();
    return 0;
}

IClassFactory *host_start(struct host *host, DWORD coinit)
{
    IClassFactory *factory = NULL;
    HRESULT hr;

    memset(host, 0, sizeof(*host));
    host->coinit = coinit;
    host->ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    host->stop = CreateEventW(NULL, FALSE, FALSE, NULL);
    host->thread = CreateThread(NULL, 0, host_main, host, 0, NULL);
    WaitForSingleObject(host->ready, INFINITE);
    if (!host->stream)
        return NULL;
    hr = CoGetInterfaceAndReleaseStream(host->stream, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, S_OK, "the class factory's proxy");
    return factory;
}

void host_stop(struct host *host)
{
    SetEvent(host->stop);
    is_uint(WaitForSingleObject(host->thread, 10000), WAIT_OBJECT_0, "the apartment ends");
    CloseHandle(host->thread);
    CloseHandle(host->ready);
    CloseHandle(host->stop);
}

/* ---- another process ---- */

static BOOL server_launch(struct server *server, const char *program, const char *name,
        const char *apartment)
{
    PROCESS_INFORMATION information;
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    WCHAR path[MAX_PATH], wide[64];
    char command[MAX_PATH + 128];
    HANDLE handles[2];

    swprintf(wide, ARRAYSIZE(wide), L"%hs", program);
    tap_peer_path(wide, path);
    snprintf(command, sizeof(command), "\"%ls\" %s %s", path, name, apartment);
    if (!CreateProcessA(NULL, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup,
                &information))
        return FALSE;
    CloseHandle(information.hThread);
    server->process = information.hProcess;
    handles[0] = server->ready;
    handles[1] = server->process;
    return WaitForMultipleObjects(2, handles, FALSE, 30000) == WAIT_OBJECT_0;
}

IClassFactory *server_start(struct server *server, const char *program, const char *apartment)
{
    IClassFactory *factory = NULL;
    char name[64], event[80];
    IStream *stream;
    HRESULT hr;

    memset(server, 0, sizeof(*server));
    snprintf(name, sizeof(name), "far-side-%lu-%s", (unsigned long)GetCurrentProcessId(),
            apartment);
    server->section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(*server->shared), name);
    server->shared = MapViewOfFile(server->section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    snprintf(event, sizeof(event), "%s-ready", name);
    server->ready = CreateEventA(NULL, TRUE, FALSE, event);
    snprintf(event, sizeof(event), "%s-stop", name);
    server->stop = CreateEventA(NULL, TRUE, FALSE, event);
    if (!ok(server_launch(server, program, name, apartment), "the other process comes up"))
        return NULL;
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    IStream_Write(stream, server->shared->packet, server->shared->size, NULL);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, S_OK, "the class factory's proxy");
    IStream_Release(stream);
    mock_control = &server->shared->control;
    return factory;
}

void server_stop(struct server *server)
{
    DWORD code = 1000;

    SetEvent(server->stop);
    if (WaitForSingleObject(server->process, 20000) == WAIT_OBJECT_0)
        GetExitCodeProcess(server->process, &code);
    else
        TerminateProcess(server->process, 1);
    is_uint(code, 0, "the other process ends");
    UnmapViewOfFile(server->shared);
    CloseHandle(server->process);
    CloseHandle(server->section);
    CloseHandle(server->ready);
    CloseHandle(server->stop);
}

/* ---- that process ---- */

static IStream *packet_write(struct far_side_section *shared, IUnknown *factory)
{
    IStream *stream;

    if (FAILED(CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return NULL;
    if (SUCCEEDED(CoMarshalInterface(stream, &IID_IClassFactory, factory, MSHCTX_LOCAL, NULL,
                MSHLFLAGS_TABLESTRONG)))
    {
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        IStream_Read(stream, shared->packet, sizeof(shared->packet), &shared->size);
    }
    return stream;
}

static void serve_until(HANDLE stop)
{
    MSG message;

    while (MsgWaitForMultipleObjects(1, &stop, FALSE, INFINITE, QS_ALLINPUT) == WAIT_OBJECT_0 + 1)
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
}

int far_side_main(int argc, char **argv)
{
    struct far_side_section *shared;
    HANDLE section, ready, stop;
    IUnknown *factory;
    IStream *packet;
    char event[80];

    if (argc < 3)
        return 2;
    section = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, argv[1]);
    shared = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    snprintf(event, sizeof(event), "%s-ready", argv[1]);
    ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, event);
    snprintf(event, sizeof(event), "%s-stop", argv[1]);
    stop = OpenEventA(SYNCHRONIZE, FALSE, event);
    if (!shared || !ready || !stop)
        return 3;
    mock_control = &shared->control;
    mock_spy_register();
    CoInitializeEx(NULL, strcmp(argv[2], "sta") ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED);
    factory = mock_create(&IID_IClassFactory, 1);
    packet = packet_write(shared, factory);
    SetEvent(ready);
    serve_until(stop);
    IStream_Seek(packet, start, STREAM_SEEK_SET, NULL);
    CoReleaseMarshalData(packet);
    IStream_Release(packet);
    IUnknown_Release(factory);
    CoUninitialize();
    return 0;
}
