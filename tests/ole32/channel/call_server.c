/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other process of the tests: two objects in one apartment, whose marshalled interfaces it puts
 * into a section. Ends when told to; its exit code is the number of objects that are left. The
 * third argument says whom it lets in: see server_access.h; after "normal-" the interfaces are
 * marshalled for one client, else for all.
 *
 *     call_server <name of the section> sta|mta|nta [hook|[normal-]access]
 *
 * In the NTA the objects live there, and the process's thread is in the MTA. With `hook` there are
 * channel hooks: see server_hook.h.
 */
#include "test_process.h"

#include <ctxtcall.h>
#include <stdio.h>
#include <string.h>

#include "server_access.h"
#include "server_hook.h"
#include "test_server.h"

/* IContextCallback; the import libraries do not have it. */
static const IID iid_context_callback = {0x000001da, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

static DWORD packet_flags = MSHLFLAGS_TABLESTRONG;

/* Marshals an object for everybody who comes. */
static IStream *packet_write(struct test_process_section *shared, unsigned int packet, REFIID iid,
        IUnknown *object)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;

    if (FAILED(CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return NULL;
    if (SUCCEEDED(CoMarshalInterface(stream, iid, object, MSHCTX_LOCAL, NULL, packet_flags)))
    {
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        IStream_Read(stream, shared->data[packet], sizeof(shared->data[packet]),
                &shared->size[packet]);
    }
    IUnknown_Release(object);
    return stream;
}

static void packet_release(IStream *stream)
{
    LARGE_INTEGER start = {.QuadPart = 0};

    if (!stream)
        return;
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (packet_flags == MSHLFLAGS_TABLESTRONG)
        CoReleaseMarshalData(stream);
    IStream_Release(stream);
}

struct packets
{
    struct test_process_section *shared;
    IStream *streams[TEST_PROCESS_PACKETS];
};

static HRESULT WINAPI packets_make(ComCallData *data)
{
    struct packets *packets = data->pUserDefined;

    test_proxies_register();
    packets->streams[0] =
            packet_write(packets->shared, 0, &IID_ITestServer, (IUnknown *)test_server_create());
    packets->streams[1] =
            packet_write(packets->shared, 1, &IID_IRawCall, (IUnknown *)raw_object_create());
    return S_OK;
}

static HRESULT WINAPI packets_release(ComCallData *data)
{
    struct packets *packets = data->pUserDefined;

    packet_release(packets->streams[0]);
    packet_release(packets->streams[1]);
    return S_OK;
}

/* Runs one of these in this thread's apartment or in the NTA. */
static void packets_run(const char *apartment, PFNCONTEXTCALL function, struct packets *packets)
{
    ComCallData data = {.pUserDefined = packets};
    IContextCallback *context;

    if (strcmp(apartment, "nta"))
        function(&data);
    else if (SUCCEEDED(CoGetDefaultContext(APTTYPE_NA, &iid_context_callback, (void **)&context)))
    {
        IContextCallback_ContextCallback(context, function, &data, &iid_context_callback, 5, NULL);
        IContextCallback_Release(context);
    }
}

static void serve_until(HANDLE stop, DWORD grace)
{
    DWORD start = GetTickCount();
    MSG message;

    while (MsgWaitForMultipleObjects(stop ? 1 : 0, &stop, FALSE, grace, QS_ALLINPUT)
            == (DWORD)(WAIT_OBJECT_0 + (stop ? 1 : 0)))
    {
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
        if (grace != INFINITE && GetTickCount() - start > grace)
            break;
    }
}

int main(int argc, char **argv)
{
    struct test_process_section *shared;
    struct packets packets;
    HANDLE section, ready, stop;
    char event[80];
    const char *access;
    DWORD wait, wrong;

    if (argc < 3)
        return 2000;
    section = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, argv[1]);
    shared = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    snprintf(event, sizeof(event), "%s-ready", argv[1]);
    ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, event);
    snprintf(event, sizeof(event), "%s-stop", argv[1]);
    stop = OpenEventA(SYNCHRONIZE, FALSE, event);
    if (!shared || !ready || !stop)
        return 2001;
    CoInitializeEx(NULL, strcmp(argv[2], "sta") ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED);
    if (argc > 3 && !strcmp(argv[3], "hook"))
        server_hook_register();
    else if (argc > 3)
    {
        access = argv[3];
        if (!strncmp(access, "normal-", 7))
        {
            packet_flags = MSHLFLAGS_NORMAL;
            access += 7;
        }
        if (!server_access_begin(access))
            return 2002;
    }
    packets.shared = shared;
    packets_run(argv[2], packets_make, &packets);
    SetEvent(ready);
    serve_until(stop, INFINITE);
    packets_run(argv[2], packets_release, &packets);
    for (wait = 0; test_server_count() && wait < 40; wait++)
        serve_until(NULL, 50);
    CoUninitialize();
    if ((wrong = server_access_end()))
        return (int)wrong;
    return (int)test_server_count();
}
