/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client, for the test `client_death`: client.exe FILE MODEL EVENT WHAT reads packets from FILE
 * (each behind its length), unmarshals them, and keeps what it got until it is killed. Then
 *   hold    asks the first object for IPersist too,
 *   many    has the first object make OBJECTS_MADE others and keeps those,
 *   lock    calls the first object's LockServer, which takes as long as the test likes,
 *   make    calls its CreateInstance, which does so too,
 *   exit    ends without releasing anything.
 * The event is set when all is held, for calls just before.
 */
#include "bed.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "client_death.h"

static void hold_until_killed(void)
{
    for (;;)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, INFINITE, QS_ALLINPUT);
        pump();
    }
}

/* The first of them; NULL: something went wrong. */
static IClassFactory *packets_unmarshal(const WCHAR *name)
{
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    IClassFactory *first = NULL, *factory;
    BYTE data[1024];
    DWORD size, got;
    IStream *stream;

    while (ReadFile(file, &size, sizeof(size), &got, NULL) && got == sizeof(size)
            && size <= sizeof(data) && ReadFile(file, data, size, &got, NULL))
    {
        stream = stream_of(data, got);
        if (FAILED(CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory)))
            return NULL;
        IStream_Release(stream);
        if (!first)
            first = factory;
    }
    CloseHandle(file);
    return first;
}

static int client(WCHAR **argv)
{
    HANDLE event = OpenEventW(EVENT_MODIFY_STATE, FALSE, argv[3]);
    const WCHAR *what = argv[4];
    IClassFactory *factory;
    IUnknown *made;

    CoInitializeEx(NULL, wcstoul(argv[2], NULL, 0));
    if (!(factory = packets_unmarshal(argv[1])))
        return 3;
    if (!wcscmp(what, L"hold")
            && FAILED(IClassFactory_QueryInterface(factory, &IID_IPersist, (void **)&made)))
        return 4;
    for (int i = 0; !wcscmp(what, L"many") && i < OBJECTS_MADE; ++i)
        if (FAILED(IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, (void **)&made)))
            return 5;
    SetEvent(event);
    if (!wcscmp(what, L"exit"))
        ExitProcess(7);
    if (!wcscmp(what, L"lock"))
        IClassFactory_LockServer(factory, TRUE);
    if (!wcscmp(what, L"make"))
        IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, (void **)&made);
    hold_until_killed();
    return 0;
}

int main(void)
{
    int argc;
    WCHAR **argv = CommandLineToArgvW(GetCommandLineW(), &argc);

    return argc < 5 ? 2 : client(argv);
}
