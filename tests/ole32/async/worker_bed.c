/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "worker_object.h"

#define PACKET_MAX 1024
#define PATIENCE 30000 /* ms */

/* What both sides see: of this process, or of a section. */
struct worker_shared
{
    DWORD size;
    BYTE packet[PACKET_MAX]; /* marshalled table-strong */
    LONG leaving;            /* the apartment is left with calls under way */
    LONG workers, calls;     /* left at the end */
};

struct worker_bed
{
    BOOL other_process, sta, call_objects;
    char name[64], what[96];
    HANDLE section, ready, stop, runner; /* runner: the thread or process */
    struct worker_shared *shared;
};

void (*worker_bed_prepare)(BOOL before);

/* ---- the server's side ---- */

static IStream *packet_write(struct worker_shared *shared, IUnknown *worker, BOOL other_process)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;

    if (FAILED(CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return NULL;
    CoMarshalInterface(stream, &IID_IWorker, worker, other_process ? MSHCTX_LOCAL : MSHCTX_INPROC,
            NULL, MSHLFLAGS_TABLESTRONG);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    IStream_Read(stream, shared->packet, PACKET_MAX, &shared->size);
    return stream;
}

static void serve_messages(HANDLE stop, DWORD time)
{
    ULONGLONG end = GetTickCount64() + time;
    MSG message;

    for (;;)
    {
        ULONGLONG now = GetTickCount64();
        DWORD left = time == INFINITE ? INFINITE : now >= end ? 0 : (DWORD)(end - now);

        if (MsgWaitForMultipleObjects(stop ? 1 : 0, &stop, FALSE, left, QS_ALLINPUT)
                != (DWORD)(WAIT_OBJECT_0 + (stop ? 1 : 0)))
            return;
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

static void bed_serve(struct worker_bed *bed)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IWorker *worker;
    IStream *stream;
    int i;

    CoInitializeEx(NULL, bed->sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    worker_register();
    if (worker_bed_prepare)
        worker_bed_prepare(TRUE);
    worker = worker_create(bed->call_objects);
    stream = packet_write(bed->shared, (IUnknown *)worker, bed->other_process);
    IWorker_Release(worker);
    if (worker_bed_prepare)
        worker_bed_prepare(FALSE);
    SetEvent(bed->ready);
    serve_messages(bed->stop, INFINITE);
    if (stream)
    {
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        CoReleaseMarshalData(stream);
        IStream_Release(stream);
    }
    /* References may still be on their way. */
    for (i = 0; i < 100 && !bed->shared->leaving && (worker_count() || worker_call_count()); i++)
        serve_messages(NULL, 50);
    if (bed->shared->leaving)
        CoUninitialize();
    bed->shared->workers = worker_count();
    bed->shared->calls = worker_call_count();
    if (!bed->shared->leaving)
        CoUninitialize();
}

static DWORD WINAPI bed_thread(void *argument)
{
    bed_serve(argument);
    return 0;
}

static BOOL bed_open(struct worker_bed *bed)
{
    char event[80];

    bed->section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(struct worker_shared), bed->name);
    if (bed->section)
        bed->shared = MapViewOfFile(bed->section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    snprintf(event, sizeof(event), "%s-ready", bed->name);
    bed->ready = CreateEventA(NULL, TRUE, FALSE, event);
    snprintf(event, sizeof(event), "%s-stop", bed->name);
    bed->stop = CreateEventA(NULL, TRUE, FALSE, event);
    return bed->shared && bed->ready && bed->stop;
}

static void bed_close(struct worker_bed *bed)
{
    if (bed->shared)
        UnmapViewOfFile(bed->shared);
    CloseHandle(bed->section);
    CloseHandle(bed->ready);
    CloseHandle(bed->stop);
    if (bed->runner)
        CloseHandle(bed->runner);
    free(bed);
}

void worker_bed_main(int argc, char **argv)
{
    struct worker_bed bed = {.other_process = TRUE};

    if (argc != 5 || strcmp(argv[1], "serve"))
        return;
    snprintf(bed.name, sizeof(bed.name), "%s", argv[2]);
    bed.sta = !strcmp(argv[3], "sta");
    bed.call_objects = !strcmp(argv[4], "call-objects");
    if (bed_open(&bed))
        bed_serve(&bed);
    ExitProcess(0);
}

/* ---- the test's side ---- */

static BOOL process_launch(struct worker_bed *bed)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    char command[MAX_PATH + 128];
    PROCESS_INFORMATION information;
    WCHAR path[MAX_PATH];

    tap_peer_path(NULL, path);
    snprintf(command, sizeof(command), "\"%ls\" serve %s %s %s", path, bed->name,
            bed->sta ? "sta" : "mta", bed->call_objects ? "call-objects" : "plain");
    if (!CreateProcessA(NULL, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup,
                &information))
        return FALSE;
    CloseHandle(information.hThread);
    bed->runner = information.hProcess;
    return TRUE;
}

static BOOL bed_launch(struct worker_bed *bed)
{
    if (bed->other_process)
        return process_launch(bed);
    bed->runner = CreateThread(NULL, 0, bed_thread, bed, 0, NULL);
    return bed->runner != NULL;
}

struct worker_bed *worker_bed_start(BOOL other_process, BOOL sta, BOOL call_objects)
{
    static LONG serial;
    struct worker_bed *bed = calloc(1, sizeof(*bed));
    HANDLE handles[2];

    bed->other_process = other_process;
    bed->sta = sta;
    bed->call_objects = call_objects;
    snprintf(bed->name, sizeof(bed->name), "worker-%lu-%ld", (unsigned long)GetCurrentProcessId(),
            (long)InterlockedIncrement(&serial));
    snprintf(bed->what, sizeof(bed->what), "%s of %s process, %s call objects",
            sta ? "an STA" : "the MTA", other_process ? "another" : "this",
            call_objects ? "with" : "without");
    if (bed_open(bed) && bed_launch(bed))
    {
        handles[0] = bed->ready;
        handles[1] = bed->runner;
        if (WaitForMultipleObjects(2, handles, FALSE, PATIENCE) == WAIT_OBJECT_0)
            return bed;
    }
    fail("a worker in %s", bed->what);
    bed_close(bed);
    return NULL;
}

static HRESULT packet_object(const struct worker_shared *shared, IWorker **worker)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;
    HRESULT hr;

    *worker = NULL;
    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return hr;
    IStream_Write(stream, shared->packet, shared->size, NULL);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    hr = CoUnmarshalInterface(stream, &IID_IWorker, (void **)worker);
    IStream_Release(stream);
    return hr;
}

HRESULT worker_bed_object(struct worker_bed *bed, IWorker **worker)
{
    return packet_object(bed->shared, worker);
}

HANDLE worker_bed_process(struct worker_bed *bed)
{
    return bed->other_process ? bed->runner : NULL;
}

const char *worker_bed_name(const struct worker_bed *bed)
{
    return bed->what;
}

void worker_bed_leave(struct worker_bed *bed)
{
    bed->shared->leaving = TRUE;
    SetEvent(bed->stop);
}

const char *worker_bed_id(const struct worker_bed *bed)
{
    return bed->name;
}

HRESULT worker_bed_attach(const char *id, IWorker **worker)
{
    HANDLE section = OpenFileMappingA(FILE_MAP_READ, FALSE, id);
    struct worker_shared *shared = section ? MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0) : NULL;

    *worker = NULL;
    return shared ? packet_object(shared, worker) : E_FAIL;
}

static HANDLE told_event(const char *id)
{
    char event[80];

    snprintf(event, sizeof(event), "%s-told", id);
    return CreateEventA(NULL, TRUE, FALSE, event);
}

void worker_bed_tell(const char *id)
{
    SetEvent(told_event(id)); /* kept until the end of this process */
}

BOOL worker_bed_told(const struct worker_bed *bed, HANDLE client, DWORD timeout)
{
    HANDLE handles[2] = {told_event(bed->name), client};
    DWORD result = WaitForMultipleObjects(2, handles, FALSE, timeout);

    CloseHandle(handles[0]);
    return result == WAIT_OBJECT_0;
}

void worker_bed_stop(struct worker_bed *bed)
{
    BOOL killed = WaitForSingleObject(bed->runner, 0) == WAIT_OBJECT_0;
    DWORD index;

    SetEvent(bed->stop);
    CoWaitForMultipleHandles(0, PATIENCE, 1, &bed->runner, &index);
    if (!killed)
    {
        is_uint(WaitForSingleObject(bed->runner, 0), WAIT_OBJECT_0, "%s ends", bed->what);
        is_int(bed->shared->workers, 0, "no worker is left");
        is_int(bed->shared->calls, 0, "no call object is left");
    }
    bed_close(bed);
}

HRESULT worker_async(IWorker *worker, AsyncIWorker **async, ISynchronize **synchronize)
{
    ICallFactory *factory;
    HRESULT hr = IWorker_QueryInterface(worker, &IID_ICallFactory, (void **)&factory);

    *async = NULL;
    *synchronize = NULL;
    if (FAILED(hr))
        return hr;
    hr = ICallFactory_CreateCall(factory, &IID_AsyncIWorker, NULL, &IID_AsyncIWorker,
            (IUnknown **)async);
    ICallFactory_Release(factory);
    if (SUCCEEDED(hr))
        hr = AsyncIWorker_QueryInterface(*async, &IID_ISynchronize, (void **)synchronize);
    return hr;
}
