/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bed_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static void *read_file(const WCHAR *name, DWORD *size)
{
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
            OPEN_EXISTING, 0, NULL);
    void *data;

    *size = 0;
    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    data = calloc(1, 4096);
    ReadFile(file, data, 4096, size, NULL);
    CloseHandle(file);
    return data;
}

IStream *server_start(struct server *server, DWORD model, DWORD flags, const WCHAR *kind)
{
    static unsigned int serial;
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR command[2 * MAX_PATH + 100], path[MAX_PATH], directory[MAX_PATH], name[100];
    IStream *stream = NULL;
    DWORD start, size;
    void *data;

    GetTempPathW(MAX_PATH, directory);
    swprintf(server->file, MAX_PATH, L"%lspacket%u.bin", directory, ++serial);
    DeleteFileW(server->file);
    tap_peer_path(L"server.exe", path);
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" \"%ls\" %lu %lu %ls", path, server->file, model,
            flags, kind);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup,
                &server->process))
        bail_out("server.exe does not start: %lu", GetLastError());
    start = GetTickCount();
    while (!stream && GetTickCount() - start < 20000)
    {
        data = read_file(server->file, &size);
        if (data && size)
            stream = stream_of(data, size);
        free(data);
        if (!stream)
            Sleep(10);
    }
    if (!stream)
        bail_out("server.exe gives no packet");
    swprintf(name, ARRAYSIZE(name), L"marshal-test-end-%lu", server->process.dwProcessId);
    server->end = OpenEventW(EVENT_MODIFY_STATE, FALSE, name);
    swprintf(name, ARRAYSIZE(name), L"marshal-test-state-%lu", server->process.dwProcessId);
    server->section = OpenFileMappingW(FILE_MAP_READ, FALSE, name);
    server->state = MapViewOfFile(server->section, FILE_MAP_READ, 0, 0, 0);
    return stream;
}

BOOL server_references(struct server *server, LONG expected)
{
    DWORD start = GetTickCount(), patience = tap_patience(5000);
    LONG got;

    do
    {
        got = *(volatile LONG *)server->state;
        if (expected < 0 ? got > 1 : got == expected)
            return TRUE;
        MsgWaitForMultipleObjects(0, NULL, FALSE, 10, QS_ALLINPUT);
        pump();
    } while (GetTickCount() - start < patience);
    note("%ld references, expected %ld", got, expected);
    return FALSE;
}

DWORD server_stop(struct server *server)
{
    DWORD code = 99;

    SetEvent(server->end);
    if (WaitForSingleObject(server->process.hProcess, 10000))
        TerminateProcess(server->process.hProcess, 98);
    GetExitCodeProcess(server->process.hProcess, &code);
    CloseHandle(server->process.hProcess);
    CloseHandle(server->process.hThread);
    CloseHandle(server->end);
    UnmapViewOfFile(server->state);
    CloseHandle(server->section);
    return code;
}
