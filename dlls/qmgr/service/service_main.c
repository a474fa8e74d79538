/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service: started by svchost in its ServiceMain, stopped by the service control manager or by
 * itself when nobody needs it.
 */
#include <stdlib.h>

#include "com_object.h"
#include "policy.h"
#include "queue.h"
#include "rendezvous.h"
#include "scheduler.h"
#include "service.h"
#include "trace.h"

#define DEFAULT_IDLE_TIMEOUT 120 /* seconds; HKLM\...\Services\BITS\Parameters, IdleTimeout */
#define DOOR_PAUSE 100           /* ms in which a call that was on its way arrives */

static struct
{
    SERVICE_STATUS_HANDLE status_handle;
    SRWLOCK status_lock;
    SERVICE_STATUS status;
    BOOL stopping, closed; /* queue's lock */
    UINT64 idle_timeout;
} service = {.status_lock = SRWLOCK_INIT};

void WINAPI ServiceMain(DWORD argc, WCHAR **argv);

/* Tells the service control manager. Two threads do: the manager must get their reports in the
 * order in which they were made, and none after the one that the service has stopped. */
static void service_report(DWORD state, DWORD exit_code)
{
    AcquireSRWLockExclusive(&service.status_lock);
    if (service.status.dwCurrentState == SERVICE_STOPPED && state == SERVICE_STOP_PENDING)
    {
        ReleaseSRWLockExclusive(&service.status_lock);
        return;
    }
    service.status.dwServiceType = SERVICE_WIN32_SHARE_PROCESS;
    service.status.dwCurrentState = state;
    service.status.dwWin32ExitCode = exit_code;
    service.status.dwControlsAccepted =
            state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0;
    service.status.dwWaitHint =
            state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING ? 30000 : 0;
    SetServiceStatus(service.status_handle, &service.status);
    ReleaseSRWLockExclusive(&service.status_lock);
}

static DWORD WINAPI service_control(DWORD control, DWORD event, void *data, void *context)
{
    (void)event;
    (void)data;
    (void)context;
    switch (control)
    {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
        service_report(SERVICE_STOP_PENDING, NO_ERROR);
        queue_lock();
        service.stopping = TRUE;
        queue_wake_state();
        queue_unlock();
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        AcquireSRWLockExclusive(&service.status_lock);
        SetServiceStatus(service.status_handle, &service.status);
        ReleaseSRWLockExclusive(&service.status_lock);
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

/* Where the jobs are kept, as on Windows. */
static HRESULT service_directory(WCHAR path[MAX_PATH])
{
    WCHAR *slash = path;
    DWORD length = ExpandEnvironmentStringsW(L"%ALLUSERSPROFILE%\\Microsoft\\Network\\Downloader",
            path, MAX_PATH);

    if (!length || length > MAX_PATH)
        return HRESULT_FROM_WIN32(ERROR_BUFFER_OVERFLOW);
    while ((slash = wcschr(slash + 1, '\\')))
    {
        *slash = 0;
        CreateDirectoryW(path, NULL);
        *slash = '\\';
    }
    CreateDirectoryW(path, NULL);
    return S_OK;
}

static UINT64 service_idle_timeout(void)
{
    DWORD seconds = DEFAULT_IDLE_TIMEOUT, size = sizeof(seconds);

    RegGetValueW(HKEY_LOCAL_MACHINE, L"System\\CurrentControlSet\\Services\\BITS\\Parameters",
            L"IdleTimeout", RRF_RT_REG_DWORD, NULL, &seconds, &size);
    return seconds * 1000ull;
}

/* Nothing to transfer or to tell, and no client holds an object of ours. With the lock. */
static BOOL service_is_idle(void)
{
    struct bits_job *job;
    LONG held = com_object_count();

    LIST_FOR_EACH(job, queue_jobs(), struct bits_job, entry)
    {
        if (job->object.references != 1)
            return FALSE;
        held--;
    }
    return !held && queue_is_idle();
}

BOOL service_is_closed(void)
{
    BOOL closed;

    queue_lock();
    closed = service.closed;
    queue_unlock();
    return closed;
}

/* Before stopping for idleness: closes the door, and opens it again when someone was just coming
 * in. */
static BOOL service_close_door(void)
{
    BOOL idle;

    queue_unlock();
    class_objects_revoke();
    Sleep(DOOR_PAUSE);
    queue_lock();
    idle = service_is_idle();
    service.closed = idle;
    if (!idle)
    {
        queue_unlock();
        class_objects_publish();
        queue_lock();
    }
    return idle;
}

/* Returns when the service is to stop. */
static void service_run(void)
{
    UINT64 idle_since = 0;

    queue_lock();
    while (!service.stopping)
    {
        UINT64 now = GetTickCount64();
        BOOL have_jobs = !list_empty(queue_jobs());

        queue_unlock();
        start_type_update(have_jobs);
        queue_lock();
        if (!service_is_idle())
            idle_since = 0;
        else if (!idle_since)
            idle_since = now;
        else if (now - idle_since >= service.idle_timeout && service_close_door())
            break;
        if (!service.stopping)
            queue_wait_state((DWORD)min(service.idle_timeout / 2 + 1, 5000));
    }
    service.closed = TRUE;
    queue_unlock();
}

static HRESULT service_start(void)
{
    WCHAR directory[MAX_PATH];
    HRESULT hr;

    policy_load();
    service.idle_timeout = service_idle_timeout();
    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return hr;
    CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY,
            NULL, EOAC_NONE, NULL);
    if (SUCCEEDED(hr = service_directory(directory)) && SUCCEEDED(hr = queue_start(directory)))
    {
        /* Before there are clients: one of them may ask us to stop, which the service control
         * manager passes on to a running service only. */
        service_report(SERVICE_RUNNING, NO_ERROR);
        if (SUCCEEDED(hr = class_objects_publish()))
            return S_OK;
        queue_stop();
    }
    CoUninitialize();
    return hr;
}

void WINAPI ServiceMain(DWORD argc, WCHAR **argv)
{
    HRESULT hr;

    (void)argc;
    (void)argv;
    service.stopping = service.closed = FALSE;
    service.status_handle =
            RegisterServiceCtrlHandlerExW(RENDEZVOUS_SERVICE, service_control, NULL);
    if (!service.status_handle)
        return;
    service_report(SERVICE_START_PENDING, NO_ERROR);
    if (FAILED(hr = service_start()))
    {
        trace("the service cannot start: %08lx", (unsigned long)hr);
        service_report(SERVICE_STOPPED, HRESULT_CODE(hr));
        return;
    }
    service_run();
    trace("the service stops");
    service_report(SERVICE_STOP_PENDING, NO_ERROR);
    class_objects_revoke();
    queue_stop();
    CoUninitialize();
    service_report(SERVICE_STOPPED, NO_ERROR);
}
