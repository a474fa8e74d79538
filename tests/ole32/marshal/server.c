/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process with an object: server.exe FILE MODEL FLAGS [handler] writes a packet into FILE (in
 * place at once, by a renaming), serves until an event is set, and then returns 0 if all references
 * came back. A named section shows how many references its object has. With `handler` the object
 * asks for one on its clients' side, handler_clsid.
 */
#include "bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_file(const WCHAR *name, const void *data, DWORD size)
{
    WCHAR temporary[MAX_PATH];
    HANDLE file;
    DWORD done;

    swprintf(temporary, MAX_PATH, L"%ls.new", name);
    file = CreateFileW(temporary, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, data, size, &done, NULL);
    CloseHandle(file);
    MoveFileExW(temporary, name, MOVEFILE_REPLACE_EXISTING);
}

static int serve(int argc, WCHAR **argv)
{
    struct counted object;
    DWORD model, flags, start;
    WCHAR name[MAX_PATH];
    IStream *stream;
    ULONG size;
    BYTE *data;
    HRESULT hr;
    HANDLE end;
    HANDLE section;
    LONG *state;

    if (argc < 4)
        return 2;
    model = wcstoul(argv[2], NULL, 0);
    flags = wcstoul(argv[3], NULL, 0);
    swprintf(name, MAX_PATH, L"marshal-test-end-%lu", GetCurrentProcessId());
    end = CreateEventW(NULL, TRUE, FALSE, name);
    swprintf(name, MAX_PATH, L"marshal-test-state-%lu", GetCurrentProcessId());
    section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name);
    state = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    CoInitializeEx(NULL, model);
    counted_init(&object);
    if (argc > 4)
        object.handler = &handler_clsid;
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    hr = CoMarshalInterface(stream, &IID_IClassFactory, counted_unknown(&object), MSHCTX_LOCAL,
            NULL, flags);
    if (FAILED(hr))
        return 3;
    data = stream_bytes(stream, &size);
    write_file(argv[1], data, size);
    free(data);
    IStream_Release(stream);

    start = GetTickCount();
    while (GetTickCount() - start < 60000)
    {
        *(volatile LONG *)state = object.references;
        if (MsgWaitForMultipleObjects(1, &end, FALSE, 20, QS_ALLINPUT) == WAIT_OBJECT_0)
            break;
        pump();
    }
    if (flags & MSHLFLAGS_TABLESTRONG)
        CoDisconnectObject(counted_unknown(&object), 0);
    start = GetTickCount();
    while (object.references != 1 && GetTickCount() - start < 3000)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, 10, QS_ALLINPUT);
        pump();
    }
    CoUninitialize();
    return object.references == 1 ? 0 : 1;
}

int main(void)
{
    int argc;
    WCHAR **argv = CommandLineToArgvW(GetCommandLineW(), &argc);

    return serve(argc, argv);
}
