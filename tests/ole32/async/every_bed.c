/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "every_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "every_proxies.h"
#include "every_server.h"
#include "tap.h"

#define PACKET_MAX 1024
#define PATIENCE 30000 /* ms */

/* What both sides see: of this process, or of a section. */
struct every_shared
{
    DWORD size;
    BYTE packet[PACKET_MAX]; /* marshalled table-strong */
    struct every_state state;
};

struct every_bed
{
    BOOL other_process, sta, call_objects;
    char name[64], what[96];
    HANDLE section, ready, stop, ask, runner; /* runner: the thread or process */
    struct every_shared *shared;
};

ULONG every_heap_blocks(void)
{
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(ARRAYSIZE(heaps), heaps);
    ULONG blocks = 0;

    for (DWORD i = 0; i < count && i < ARRAYSIZE(heaps); i++)
    {
        PROCESS_HEAP_ENTRY entry;

        memset(&entry, 0, sizeof(entry));
        if (!HeapLock(heaps[i]))
            continue;
        while (HeapWalk(heaps[i], &entry))
            blocks += (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0;
        HeapUnlock(heaps[i]);
    }
    return blocks;
}

/* ---- the server's side ---- */

static IStream *packet_write(struct every_shared *shared, IUnknown *object, BOOL other_process)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;

    if (FAILED(CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return NULL;
    CoMarshalInterface(stream, &IID_IEveryType, object,
            other_process ? MSHCTX_LOCAL : MSHCTX_INPROC, NULL, MSHLFLAGS_TABLESTRONG);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    IStream_Read(stream, shared->packet, PACKET_MAX, &shared->size);
    return stream;
}

/* Until the event is set, or the time is over. */
static BOOL serve_messages(HANDLE event, DWORD time)
{
    ULONGLONG end = GetTickCount64() + time;
    MSG message;

    for (;;)
    {
        ULONGLONG now = GetTickCount64();
        DWORD left = time == INFINITE ? INFINITE : now >= end ? 0 : (DWORD)(end - now);
        DWORD result = MsgWaitForMultipleObjects(event ? 1 : 0, &event, FALSE, left, QS_ALLINPUT);

        if (event && result == WAIT_OBJECT_0)
            return TRUE;
        if (result == WAIT_TIMEOUT || result == WAIT_FAILED)
            return FALSE;
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

/* Waits until no more than so many objects and call objects live: a call object may go after the
 * client has its reply. */
static void state_write(struct every_state *state, LONG objects)
{
    for (int i = 0; i < 100 && every_server_count() > objects; i++)
        serve_messages(NULL, 50);
    state->objects = every_server_count();
    state->halves = every_server_halves();
    state->references = every_object_references();
    state->blocks = every_heap_blocks();
}

static void bed_serve(struct every_bed *bed)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IEveryType *object;
    IStream *stream;

    CoInitializeEx(NULL, bed->sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    every_register();
    every_type_replaces = bed->call_objects;
    every_server_create(bed->call_objects, &object);
    stream = packet_write(bed->shared, (IUnknown *)object, bed->other_process);
    IEveryType_Release(object);
    SetEvent(bed->ready);
    while (WaitForSingleObject(bed->stop, 0) != WAIT_OBJECT_0)
    {
        if (!serve_messages(bed->ask, INFINITE))
            break;
        state_write(&bed->shared->state, 1);
        SetEvent(bed->ready);
    }
    if (stream)
    {
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        CoReleaseMarshalData(stream);
        IStream_Release(stream);
    }
    state_write(&bed->shared->state, 0);
    CoUninitialize();
}

static DWORD WINAPI bed_thread(void *argument)
{
    bed_serve(argument);
    return 0;
}

static BOOL bed_open(struct every_bed *bed)
{
    char event[80];

    bed->section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(struct every_shared), bed->name);
    if (bed->section)
        bed->shared = MapViewOfFile(bed->section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    snprintf(event, sizeof(event), "%s-ready", bed->name);
    bed->ready = CreateEventA(NULL, FALSE, FALSE, event);
    snprintf(event, sizeof(event), "%s-stop", bed->name);
    bed->stop = CreateEventA(NULL, TRUE, FALSE, event);
    snprintf(event, sizeof(event), "%s-ask", bed->name);
    bed->ask = CreateEventA(NULL, FALSE, FALSE, event);
    return bed->shared && bed->ready && bed->stop && bed->ask;
}

static void bed_close(struct every_bed *bed)
{
    if (bed->shared)
        UnmapViewOfFile(bed->shared);
    CloseHandle(bed->section);
    CloseHandle(bed->ready);
    CloseHandle(bed->stop);
    CloseHandle(bed->ask);
    if (bed->runner)
        CloseHandle(bed->runner);
    free(bed);
}

void every_bed_main(int argc, char **argv)
{
    struct every_bed bed = {.other_process = TRUE};

    if (argc != 5 || strcmp(argv[1], "serve"))
        return;
    snprintf(bed.name, sizeof(bed.name), "%s", argv[2]);
    bed.sta = !strcmp(argv[3], "sta");
    bed.call_objects = !strcmp(argv[4], "call-objects");
    every_object_by_reference = TRUE;
    if (bed_open(&bed))
        bed_serve(&bed);
    ExitProcess(0);
}

/* ---- the test's side ---- */

static BOOL process_launch(struct every_bed *bed)
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

static BOOL bed_launch(struct every_bed *bed)
{
    if (bed->other_process)
        return process_launch(bed);
    bed->runner = CreateThread(NULL, 0, bed_thread, bed, 0, NULL);
    return bed->runner != NULL;
}

static BOOL bed_ready(struct every_bed *bed)
{
    HANDLE handles[2] = {bed->ready, bed->runner};
    DWORD index = 1;

    return SUCCEEDED(CoWaitForMultipleHandles(0, PATIENCE, 2, handles, &index)) && !index;
}

struct every_bed *every_bed_start(BOOL other_process, BOOL sta, BOOL call_objects)
{
    static LONG serial;
    struct every_bed *bed = calloc(1, sizeof(*bed));

    bed->other_process = other_process;
    bed->sta = sta;
    bed->call_objects = call_objects;
    snprintf(bed->name, sizeof(bed->name), "every-%lu-%ld", (unsigned long)GetCurrentProcessId(),
            (long)InterlockedIncrement(&serial));
    snprintf(bed->what, sizeof(bed->what), "%s of %s process, %s call objects",
            sta ? "an STA" : "the MTA", other_process ? "another" : "this",
            call_objects ? "with" : "without");
    if (bed_open(bed) && bed_launch(bed) && bed_ready(bed))
        return bed;
    fail("an object in %s", bed->what);
    bed_close(bed);
    return NULL;
}

HRESULT every_bed_object(struct every_bed *bed, IEveryType **object)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;
    HRESULT hr;

    *object = NULL;
    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return hr;
    IStream_Write(stream, bed->shared->packet, bed->shared->size, NULL);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    hr = CoUnmarshalInterface(stream, &IID_IEveryType, (void **)object);
    IStream_Release(stream);
    return hr;
}

BYTE *every_bed_packet(struct every_bed *bed, ULONG *size)
{
    *size = bed->shared->size;
    return bed->shared->packet;
}

const char *every_bed_name(const struct every_bed *bed)
{
    return bed->what;
}

BOOL every_bed_state(struct every_bed *bed, struct every_state *state)
{
    SetEvent(bed->ask);
    if (!ok(bed_ready(bed), "%s answers", bed->what))
        return FALSE;
    *state = bed->shared->state;
    return TRUE;
}

void every_bed_stop(struct every_bed *bed)
{
    DWORD index;

    SetEvent(bed->stop);
    SetEvent(bed->ask);
    CoWaitForMultipleHandles(0, PATIENCE, 1, &bed->runner, &index);
    is_uint(WaitForSingleObject(bed->runner, 0), WAIT_OBJECT_0, "%s ends", bed->what);
    is_int(bed->shared->state.objects, 0, "no object and no call object is left");
    if (bed->other_process)
        is_int(bed->shared->state.references, 0, "no reference of its own is left");
    bed_close(bed);
}
