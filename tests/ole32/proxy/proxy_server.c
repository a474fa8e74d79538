/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other process of the test of proxies: a class factory of mock objects in one apartment, whose
 * marshalled interface it puts into a section. Ends when told to.
 *
 *     proxy_server <name of the section> sta|mta
 */
#include "proxy_server.h"

#include <stdio.h>
#include <string.h>

static const LARGE_INTEGER start;

static IStream *packet_write(struct proxy_server_section *shared, IUnknown *factory)
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

int main(int argc, char **argv)
{
    struct proxy_server_section *shared;
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
