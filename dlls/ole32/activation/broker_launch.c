/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "broker_launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "broker_start.h"
#include "call_wait.h"
#include "system_path.h"
#include "trace.h"

#define COMMAND_MAX 32767   /* characters; CreateProcess takes no more */
#define STOP_PATIENCE 30000 /* ms for a service that is stopping */
#define SERVICE_LISTS 8     /* times that the list of services is asked for while it grows */

static HRESULT launch_error(const WCHAR *what, DWORD error)
{
    trace("%ls cannot be started: error %lu", what, error);
    switch (error)
    {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_SERVICE_DOES_NOT_EXIST:
        return CO_E_APPNOTFOUND;
    case ERROR_ACCESS_DENIED:
        return E_ACCESSDENIED;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return E_OUTOFMEMORY;
    default:
        return CO_E_SERVER_EXEC_FAILURE;
    }
}

/* A command line, in memory that CreateProcess may write to. NULL: no memory, or too long. */
static WCHAR *command_create(const WCHAR *first, const WCHAR *second)
{
    size_t size = wcslen(first) + wcslen(second) + 2;
    WCHAR *command = size <= COMMAND_MAX ? malloc(size * sizeof(*command)) : NULL;

    if (command)
        _snwprintf(command, size, L"%ls%ls%ls", first, *second ? L" " : L"", second);
    return command;
}

static HRESULT command_run(const WCHAR *application, WCHAR *command, WCHAR *environment,
        struct broker_launched *out)
{
    PROCESS_INFORMATION information;

    if (!command)
        return E_OUTOFMEMORY;
    if (!broker_create_process(application, command, environment, &information))
        return launch_error(application ? application : command, GetLastError());
    trace("process %lu started: %ls", information.dwProcessId, command);
    CloseHandle(information.hThread);
    out->process = information.hProcess;
    out->process_id = information.dwProcessId;
    return S_OK;
}

/* The same of what a half of the registry has: a path in the system folder means that half's. */
static HRESULT command_run_of_half(WORD half, const WCHAR *application, const WCHAR *command,
        WCHAR *environment, struct broker_launched *out)
{
    WCHAR *own_application = application ? system_path_translate(half, application) : NULL;
    WCHAR *own_command = system_path_translate(half, command);
    HRESULT hr = E_OUTOFMEMORY;

    if (own_application || !application)
        hr = command_run(own_application, own_command, environment, out);
    free(own_application);
    free(own_command);
    return hr;
}

HRESULT broker_launch_program(const struct broker_server *server, struct broker_launched *out)
{
    WCHAR *command = command_create(server->command_line, server->complete ? L"" : L"-Embedding");
    HRESULT hr = E_OUTOFMEMORY;

    if (command)
        hr = command_run_of_half(server->half, server->executable, command, NULL, out);
    free(command);
    return hr;
}

/* --- services --- */

struct service_start
{
    struct completion done;
    const struct broker_server *server;
    struct broker_launched *out;
    HRESULT hr;
};

static DWORD service_state(SC_HANDLE service, DWORD *process_id)
{
    SERVICE_STATUS_PROCESS status = {0};
    DWORD size;

    if (!QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof(status),
                &size))
        return 0;
    *process_id = status.dwProcessId;
    return status.dwCurrentState;
}

/* One that is about to stop is started when it has done so. */
static HRESULT service_start_it(struct service_start *start, SC_HANDLE service)
{
    const WCHAR *parameters = start->server->service_parameters;
    const WCHAR *arguments[] = {parameters};
    struct broker_launched *out = start->out;
    DWORD state = 0, waited = 0, pause = 20, error;

    while (!StartServiceW(service, parameters && *parameters ? 1 : 0, arguments))
    {
        error = GetLastError();
        if (error == ERROR_SERVICE_ALREADY_RUNNING)
            state = service_state(service, &out->process_id);
        if (error != ERROR_SERVICE_ALREADY_RUNNING || waited >= STOP_PATIENCE)
            return launch_error(start->server->service, error);
        if (state != SERVICE_STOP_PENDING && state != SERVICE_STOPPED)
        {
            out->service = out->was_running = TRUE;
            out->process_id = 0;
            return S_OK;
        }
        Sleep(pause);
        waited += pause;
        pause = min(pause * 2, 500);
    }
    out->service = TRUE;
    service_state(service, &out->process_id);
    return S_OK;
}

/* The service, with this right besides; the manager is closed again. NULL: GetLastError(). */
static SC_HANDLE service_open(const struct broker_server *server, DWORD access)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service;
    DWORD error;

    if (!manager)
        return NULL;
    service = OpenServiceW(manager, server->service, access | SERVICE_QUERY_STATUS);
    error = GetLastError();
    CloseServiceHandle(manager);
    SetLastError(error);
    return service;
}

static void CALLBACK service_start_run(PTP_CALLBACK_INSTANCE instance, void *argument)
{
    struct service_start *start = argument;
    SC_HANDLE service = service_open(start->server, SERVICE_START);

    start->hr = service ? S_OK : launch_error(start->server->service, GetLastError());
    CallbackMayRunLong(instance);
    if (service)
    {
        start->hr = service_start_it(start, service);
        CloseServiceHandle(service);
    }
    completion_signal(&start->done);
}

HRESULT broker_launch_service(const struct broker_server *server, struct broker_launched *out)
{
    struct service_start start = {.server = server, .out = out};

    completion_init(&start.done);
    if (!TrySubmitThreadpoolCallback(service_start_run, &start, NULL))
        start.hr = E_OUTOFMEMORY;
    else
        /* Not cancelled: the other thread uses what is on this one's stack. */
        call_wait_run(&start.done.wait, INFINITE, 0);
    completion_free(&start.done);
    return start.hr;
}

BOOL broker_service_stopped(const struct broker_server *server)
{
    SC_HANDLE service = service_open(server, 0);
    DWORD process_id, state;

    if (!service)
        return FALSE;
    state = service_state(service, &process_id);
    CloseServiceHandle(service);
    return state == SERVICE_STOPPED;
}

/* The services that run, malloc; NULL: they cannot be listed. */
static ENUM_SERVICE_STATUS_PROCESSW *services_running(DWORD *count)
{
    SC_HANDLE manager =
            OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE);
    ENUM_SERVICE_STATUS_PROCESSW *services = NULL;
    DWORD size = 0x4000, needed = 0, resume;
    BOOL done = FALSE;

    for (unsigned int i = 0; manager && !done && i < SERVICE_LISTS; i++, size += needed)
    {
        free(services);
        resume = 0;
        services = malloc(size);
        if (!services)
            break;
        done = EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_ACTIVE,
                (BYTE *)services, size, &needed, count, &resume, NULL);
        if (!done && GetLastError() != ERROR_MORE_DATA)
            break;
    }
    if (manager)
        CloseServiceHandle(manager);
    if (done)
        return services;
    free(services);
    return NULL;
}

BOOL broker_process_has_service(DWORD process_id)
{
    ENUM_SERVICE_STATUS_PROCESSW *services;
    BOOL found = FALSE;
    DWORD count = 0;

    services = services_running(&count);
    for (DWORD i = 0; services && i < count && !found; i++)
        found = services[i].ServiceStatusProcess.dwProcessId == process_id;
    free(services);
    return found;
}

/* --- surrogates --- */

/* This process's environment and the AppID. NULL: no memory. */
static WCHAR *surrogate_environment(const WCHAR *appid)
{
    WCHAR *own = GetEnvironmentStringsW(), *environment, *end = own;
    size_t length, more = wcslen(BROKER_SURROGATE_VARIABLE) + wcslen(appid) + 2;

    if (!own)
        return NULL;
    while (*end)
        end += wcslen(end) + 1;
    length = end - own;
    environment = malloc((more + length + 1) * sizeof(*environment));
    if (environment)
    {
        _snwprintf(environment, more, L"%ls=%ls", BROKER_SURROGATE_VARIABLE, appid);
        memcpy(environment + more, own, (length + 1) * sizeof(*environment));
    }
    FreeEnvironmentStringsW(own);
    return environment;
}

BOOL broker_surrogate_is_own(const struct broker_server *server)
{
    return !server->surrogate_path || !*server->surrogate_path;
}

HRESULT broker_launch_surrogate(const struct broker_server *server, struct broker_launched *out)
{
    BOOL own = broker_surrogate_is_own(server);
    WCHAR path[MAX_PATH], quoted[MAX_PATH + 2], appid[40], clsid[40], arguments[80];
    WCHAR *command, *environment;
    HRESULT hr;

    StringFromGUID2(&server->appid, appid, ARRAYSIZE(appid));
    StringFromGUID2(&server->clsid, clsid, ARRAYSIZE(clsid));
    if (own)
    {
        if (!broker_program_path(L"dllhost.exe", server->half, path, ARRAYSIZE(path)))
            return launch_error(L"dllhost.exe", ERROR_FILE_NOT_FOUND);
        _snwprintf(quoted, ARRAYSIZE(quoted), L"\"%ls\"", path);
        _snwprintf(arguments, ARRAYSIZE(arguments), L"/Processid:%ls", appid);
    }
    else
        _snwprintf(arguments, ARRAYSIZE(arguments), L"%ls -Embedding", clsid);
    command = command_create(own ? quoted : server->surrogate_path, arguments);
    environment = surrogate_environment(appid);
    if (!command || !environment)
        hr = E_OUTOFMEMORY;
    else if (own)
        hr = command_run(path, command, environment, out);
    else
        hr = command_run_of_half(server->half, NULL, command, environment, out);
    free(environment);
    free(command);
    return hr;
}
