/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test_process.h"

#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "test_server.h"

struct test_process
{
    HANDLE handle, section, ready, stop;
    DWORD id;
    struct test_process_section *shared;
};

static void process_free(struct test_process *process)
{
    if (process->shared)
        UnmapViewOfFile(process->shared);
    if (process->handle)
        CloseHandle(process->handle);
    CloseHandle(process->section);
    CloseHandle(process->ready);
    CloseHandle(process->stop);
    free(process);
}

static BOOL process_launch(struct test_process *process, const char *apartment, const char *name)
{
    PROCESS_INFORMATION information;
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    char command[MAX_PATH + 128];
    WCHAR path[MAX_PATH];

    tap_peer_path(L"call_server.exe", path);
    snprintf(command, sizeof(command), "\"%ls\" %s %s", path, name, apartment);
    if (!CreateProcessA(NULL, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup,
                &information))
        return FALSE;
    CloseHandle(information.hThread);
    process->handle = information.hProcess;
    process->id = information.dwProcessId;
    return TRUE;
}

struct test_process *test_process_start(const char *apartment)
{
    static LONG serial;
    struct test_process *process = calloc(1, sizeof(*process));
    char name[64], event[80];
    HANDLE handles[2];

    snprintf(name, sizeof(name), "call-server-%lu-%ld", (unsigned long)GetCurrentProcessId(),
            (long)InterlockedIncrement(&serial));
    process->section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(struct test_process_section), name);
    process->shared = MapViewOfFile(process->section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    snprintf(event, sizeof(event), "%s-ready", name);
    process->ready = CreateEventA(NULL, TRUE, FALSE, event);
    snprintf(event, sizeof(event), "%s-stop", name);
    process->stop = CreateEventA(NULL, TRUE, FALSE, event);
    if (!process->shared || !process_launch(process, apartment, name))
    {
        fail("call_server starts (%lu)", (unsigned long)GetLastError());
        process_free(process);
        return NULL;
    }
    handles[0] = process->ready;
    handles[1] = process->handle;
    if (WaitForMultipleObjects(2, handles, FALSE, 30000) == WAIT_OBJECT_0)
        return process;
    fail("call_server comes up");
    process_free(process);
    return NULL;
}

HRESULT test_process_object(struct test_process *process, REFIID iid, void **proxy)
{
    unsigned int packet = IsEqualIID(iid, &IID_IRawCall) ? 1 : 0;
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;
    HRESULT hr;

    *proxy = NULL;
    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return hr;
    IStream_Write(stream, process->shared->data[packet], process->shared->size[packet], NULL);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    hr = CoUnmarshalInterface(stream, iid, proxy);
    IStream_Release(stream);
    return hr;
}

DWORD test_process_id(const struct test_process *process)
{
    return process->id;
}

HANDLE test_process_handle(const struct test_process *process)
{
    return process->handle;
}

DWORD test_process_stop(struct test_process *process)
{
    DWORD code = 1000;

    SetEvent(process->stop);
    if (WaitForSingleObject(process->handle, 20000) == WAIT_OBJECT_0)
        GetExitCodeProcess(process->handle, &code);
    else
        TerminateProcess(process->handle, 1);
    process_free(process);
    return code;
}
