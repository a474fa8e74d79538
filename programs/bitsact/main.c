/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bitsact.exe: activation of BackgroundCopyManager that survives the death of the BITS service.
 *
 * Where the COM runtime keeps the class registrations of a process that died (Wine's does), a
 * service that was killed could never be activated again. So this small service, which has nothing
 * to die of, holds the registrations; it hands out the class factory of the running BITS service,
 * and starts that service when it is not running. It also starts it again after a crash, as the
 * recovery actions of the service control manager do on Windows. See docs/architecture.md,
 * "Activation that survives".
 */
#include <stdlib.h>

#include "com_object.h"
#include "com_pin.h"
#include "rendezvous.h"
#include "trace.h"

#define START_TIMEOUT 30000 /* ms for the service to appear */
#define START_POLL 20       /* ms between looks */
#define START_REPEAT 25     /* looks between two attempts to start it */
#define RESTART_CALM 10000  /* ms of life after which a death counts as the first one */
#define RESTART_FIRST_PAUSE 250
#define RESTART_LAST_PAUSE 60000
#define CLASSES_MAX 16

static struct
{
    SERVICE_STATUS_HANDLE status_handle;
    HANDLE stop;
    struct rendezvous *rendezvous;
    SRWLOCK starting; /* one start at a time */
} activator = {.starting = SRWLOCK_INIT};

/* Starts BITS. A service whose process was killed counts as running, and starts all the same. */
static HRESULT bits_start(void)
{
    SC_HANDLE manager, service;
    HRESULT hr = S_OK;

    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT)))
        return HRESULT_FROM_WIN32(GetLastError());
    if (!(service = OpenServiceW(manager, RENDEZVOUS_SERVICE, SERVICE_START)))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else
    {
        if (!StartServiceW(service, 0, NULL) && GetLastError() != ERROR_SERVICE_ALREADY_RUNNING)
            hr = HRESULT_FROM_WIN32(GetLastError());
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
    trace("BITS started: %08lx", (unsigned long)hr);
    return hr;
}

static BOOL process_is_alive(DWORD id)
{
    HANDLE process = id ? OpenProcess(SYNCHRONIZE, FALSE, id) : NULL;
    BOOL alive;

    if (!process)
        return FALSE;
    alive = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    CloseHandle(process);
    return alive;
}

/* The factory of a service that is there now. */
static HRESULT bits_connect(IClassFactory **out)
{
    *out = NULL;
    if (!process_is_alive(rendezvous_process(activator.rendezvous)))
        return E_PENDING;
    return rendezvous_connect(activator.rendezvous, out);
}

/* The factory of the service, which is started if need be. */
static HRESULT bits_factory(IClassFactory **out)
{
    UINT64 deadline = GetTickCount64() + START_TIMEOUT;
    HRESULT hr = bits_connect(out);

    if (SUCCEEDED(hr))
        return hr;
    AcquireSRWLockExclusive(&activator.starting);
    for (unsigned int looks = 0; FAILED(hr = bits_connect(out)); looks++)
    {
        /* Again and again: while the old one is still stopping, a start does nothing. */
        if (looks % START_REPEAT == 0 && FAILED(hr = bits_start()))
            break;
        if (GetTickCount64() >= deadline)
        {
            hr = CO_E_SERVER_EXEC_FAILURE;
            break;
        }
        Sleep(START_POLL);
    }
    ReleaseSRWLockExclusive(&activator.starting);
    return hr;
}

COM_STATIC_FACTORY_METHODS(factory)

/* The client gets a proxy of the service's own object; nothing stays in between. */
static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    IClassFactory *factory;
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    for (unsigned int tries = 0; tries < 3; tries++)
    {
        if (FAILED(hr = bits_factory(&factory)))
            return hr;
        hr = IClassFactory_CreateInstance(factory, NULL, iid, out);
        IClassFactory_Release(factory);
        /* It may have stopped, or died, between our look and our call. */
        if (SUCCEEDED(hr) || hr == E_NOINTERFACE || hr == E_OUTOFMEMORY)
            break;
        trace("the service did not answer: %08lx", (unsigned long)hr);
        Sleep(START_POLL);
    }
    return hr;
}

static const IClassFactoryVtbl factory_vtbl = {
        factory_QueryInterface,
        factory_AddRef,
        factory_Release,
        factory_CreateInstance,
        factory_LockServer,
};

static IClassFactory factory = {(IClassFactoryVtbl *)&factory_vtbl};

/* Sleeps until the activator is stopped (FALSE), or the BITS process ended (TRUE). */
static BOOL bits_wait_end(void)
{
    DWORD id = rendezvous_process(activator.rendezvous);
    HANDLE handles[2] = {activator.stop, id ? OpenProcess(SYNCHRONIZE, FALSE, id) : NULL};
    DWORD result;

    if (!handles[1])
        return WaitForSingleObject(activator.stop, 1000) == WAIT_TIMEOUT;
    result = WaitForMultipleObjects(2, handles, FALSE, INFINITE);
    CloseHandle(handles[1]);
    return result != WAIT_OBJECT_0;
}

/* Starts BITS again when its process has ended without taking back what it had published: at once,
 * but after growing pauses when it dies again and again. A client that asks for it is served at any
 * time. */
static void activator_watch(void)
{
    UINT64 started = 0;
    DWORD pause = 0;

    while (bits_wait_end())
    {
        DWORD id = rendezvous_process(activator.rendezvous);
        IClassFactory *connected;

        if (!id || process_is_alive(id))
            continue;
        trace("BITS (process %04lx) has died", (unsigned long)id);
        if (GetTickCount64() - started >= RESTART_CALM)
            pause = 0;
        if (WaitForSingleObject(activator.stop, pause) == WAIT_OBJECT_0)
            return;
        pause = min(pause ? pause * 2 : RESTART_FIRST_PAUSE, RESTART_LAST_PAUSE);
        started = GetTickCount64();
        if (SUCCEEDED(bits_factory(&connected)))
            IClassFactory_Release(connected);
    }
}

static void activator_report(DWORD state, DWORD exit_code)
{
    SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, state,
            state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0, exit_code,
            0, 0, 0};

    SetServiceStatus(activator.status_handle, &status);
}

static DWORD WINAPI activator_control(DWORD control, DWORD event, void *data, void *context)
{
    (void)event;
    (void)data;
    (void)context;
    if (control == SERVICE_CONTROL_STOP || control == SERVICE_CONTROL_SHUTDOWN)
        SetEvent(activator.stop);
    else if (control != SERVICE_CONTROL_INTERROGATE)
        return ERROR_CALL_NOT_IMPLEMENTED;
    return NO_ERROR;
}

static HRESULT activator_run(void)
{
    static const IID *const pinned[] = {&IID_IUnknown, &IID_IClassFactory};
    DWORD cookies[CLASSES_MAX];
    unsigned int count = 0;
    HRESULT hr;

    if (!(activator.stop = CreateEventW(NULL, TRUE, FALSE, NULL)))
        return HRESULT_FROM_WIN32(GetLastError());
    if (FAILED(hr = rendezvous_open(&activator.rendezvous)))
        return hr;
    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return hr;
    CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT,
            RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE, NULL);
    com_pin_interfaces(pinned, ARRAY_SIZE(pinned));
    while (SUCCEEDED(hr) && count < bits_class_count && count < CLASSES_MAX)
    {
        hr = CoRegisterClassObject(bits_classes[count].clsid, (IUnknown *)&factory,
                CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookies[count]);
        if (SUCCEEDED(hr))
            count++;
    }
    if (SUCCEEDED(hr))
    {
        activator_report(SERVICE_RUNNING, NO_ERROR);
        activator_watch();
    }
    while (count)
        CoRevokeClassObject(cookies[--count]);
    CoUninitialize();
    rendezvous_close(activator.rendezvous);
    CloseHandle(activator.stop);
    return hr;
}

static void WINAPI activator_main(DWORD argc, WCHAR **argv)
{
    HRESULT hr;

    (void)argc;
    (void)argv;
    activator.status_handle =
            RegisterServiceCtrlHandlerExW(RENDEZVOUS_ACTIVATOR, activator_control, NULL);
    if (!activator.status_handle)
        return;
    activator_report(SERVICE_START_PENDING, NO_ERROR);
    hr = activator_run();
    trace("the activator stops: %08lx", (unsigned long)hr);
    activator_report(SERVICE_STOPPED, FAILED(hr) ? HRESULT_CODE(hr) : NO_ERROR);
}

int wmain(void);

int wmain(void)
{
    WCHAR name[] = RENDEZVOUS_ACTIVATOR;
    SERVICE_TABLE_ENTRYW table[] = {{name, activator_main}, {NULL, NULL}};

    trace_init("bitsact");
    return StartServiceCtrlDispatcherW(table) ? 0 : 1;
}
