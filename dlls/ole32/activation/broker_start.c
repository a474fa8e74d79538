/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "broker_start.h"

#include <objbase.h>
#include <stdio.h>
#include <wchar.h>

#include "broker_link.h"
#include "ole32_module.h"
#include "system_path.h"
#include "trace.h"

#define START_TIMEOUT 20000 /* ms until it is ready */

static BOOL path_append(WCHAR *path, DWORD size, DWORD length, const WCHAR *name)
{
    if (!length || length + wcslen(name) >= size)
        return FALSE;
    wcscpy(path + length, name);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

BOOL broker_program_path(const WCHAR *name, WORD machine, WCHAR *path, DWORD size)
{
    DWORD length = GetModuleFileNameW(ole32_instance, path, size);
    const WCHAR *end;

    if (length < size && machine_is_own(machine))
    {
        path[length] = 0;
        end = wcsrchr(path, '\\');
        if (end && path_append(path, size, (DWORD)(end - path) + 1, name))
            return TRUE;
    }
    length = system_directory(machine, path, size);
    if (!length || length + 1 >= size)
        return FALSE;
    path[length++] = '\\';
    return path_append(path, size, length, name);
}

BOOL broker_create_process(const WCHAR *application, WCHAR *command, WCHAR *environment,
        PROCESS_INFORMATION *information)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    BOOL started = FALSE;

    for (unsigned int tries = 0; tries < 3 && !started; tries++)
    {
        if (tries)
            Sleep(200);
        started = CreateProcessW(application, command, NULL, NULL, FALSE,
                DETACHED_PROCESS | (environment ? CREATE_UNICODE_ENVIRONMENT : 0), environment,
                NULL, &startup, information);
        if (!started && GetLastError() != ERROR_INTERNAL_ERROR)
            break;
    }
    return started;
}

HRESULT broker_start(void)
{
    static LONG count;
    PROCESS_INFORMATION information;
    WCHAR path[MAX_PATH], name[64], command[MAX_PATH + 80];
    HANDLE ready;
    HRESULT hr;

    if (!broker_program_path(L"comscm.exe", 0, path, ARRAYSIZE(path)))
    {
        trace("comscm.exe is neither beside ole32.dll nor in the system folder");
        return CO_E_SCM_RPC_FAILURE;
    }
    _snwprintf(name, ARRAYSIZE(name), L"ConciergeComScm-%lu-%lu", GetCurrentProcessId(),
            InterlockedIncrement(&count));
    _snwprintf(command, ARRAYSIZE(command), L"\"%ls\" %ls", path, name);
    ready = CreateEventW(NULL, TRUE, FALSE, name);
    if (!ready)
        return E_OUTOFMEMORY;
    if (!broker_create_process(path, command, NULL, &information))
    {
        hr = GetLastError() == ERROR_INTERNAL_ERROR ? S_FALSE : CO_E_SCM_RPC_FAILURE;
        trace("comscm.exe cannot be started: error %lu", GetLastError());
        CloseHandle(ready);
        return hr;
    }
    CloseHandle(information.hThread);
    hr = broker_wait(ready, information.hProcess, START_TIMEOUT, FALSE);
    CloseHandle(information.hProcess);
    CloseHandle(ready);
    return hr == S_OK ? S_OK : CO_E_SCM_RPC_FAILURE;
}
