/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A local server:  local_server_host {CLSID} MODE NAME [-Embedding]
 *
 * MODE: multi, single, single2 (registered twice), suspended (resumed after 300 ms), slow (after
 * 500 ms), never (does not register), exit (ends at once), service (runs as the service NAME),
 * surrogate (a surrogate of its own kind: registers its class object for what it has to load).
 * Its objects have IPersist, whose GetClassID answers with the process's ID. It ends when the quit
 * event of NAME is set, or after a minute.
 */
#include <windows.h>
#include <objbase.h>
#include <stdio.h>
#include <wchar.h>

#include "local_server_names.h"

#define LIFE 60000 /* ms at most */

static const WCHAR *mode, *name;
static CLSID clsid;
static struct local_server_state *state;
static HANDLE events[2]; /* quit, revoke */

/* --- the object, of which there is one --- */

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IPersist *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IPersist))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IPersist *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE object_Release(IPersist *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE object_GetClassID(IPersist *iface, CLSID *out)
{
    (void)iface;
    memset(out, 0, sizeof(*out));
    out->Data1 = GetCurrentProcessId();
    return S_OK;
}

static IPersistVtbl object_vtbl = {object_QueryInterface, object_AddRef, object_Release,
        object_GetClassID};
static IPersist object = {&object_vtbl};

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)iface;
    *out = NULL;
    return outer ? CLASS_E_NOAGGREGATION : IPersist_QueryInterface(&object, iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static IClassFactoryVtbl factory_vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
        factory_CreateInstance, factory_LockServer};
static IClassFactory factory = {&factory_vtbl};

/* --- as a surrogate --- */

static HRESULT STDMETHODCALLTYPE surrogate_QueryInterface(ISurrogate *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISurrogate))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE surrogate_AddRef(ISurrogate *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE surrogate_Release(ISurrogate *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE surrogate_LoadDllServer(ISurrogate *iface, REFCLSID wanted)
{
    DWORD cookie;

    (void)iface;
    return state->registered = CoRegisterClassObject(wanted, (IUnknown *)&factory,
                   CLSCTX_LOCAL_SERVER, REGCLS_SURROGATE, &cookie);
}

static HRESULT STDMETHODCALLTYPE surrogate_FreeSurrogate(ISurrogate *iface)
{
    (void)iface;
    return S_OK;
}

static ISurrogateVtbl surrogate_vtbl = {surrogate_QueryInterface, surrogate_AddRef,
        surrogate_Release, surrogate_LoadDllServer, surrogate_FreeSurrogate};
static ISurrogate surrogate = {&surrogate_vtbl};

/* --- the server --- */

static BOOL mode_is(const WCHAR *text)
{
    return !wcscmp(mode, text);
}

static void state_open(int argc, WCHAR **argv)
{
    WCHAR path[128];
    HANDLE section;

    swprintf(path, ARRAYSIZE(path), L"%ls%ls", LOCAL_SERVER_SECTION, name);
    section = OpenFileMappingW(FILE_MAP_WRITE, FALSE, path);
    state = section ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*state)) : NULL;
    swprintf(path, ARRAYSIZE(path), L"%ls%ls", LOCAL_SERVER_QUIT, name);
    events[0] = OpenEventW(SYNCHRONIZE, FALSE, path);
    swprintf(path, ARRAYSIZE(path), L"%ls%ls", LOCAL_SERVER_REVOKE, name);
    events[1] = OpenEventW(SYNCHRONIZE, FALSE, path);
    if (!state || !events[0] || !events[1])
        ExitProcess(2);
    GetCurrentDirectoryW(ARRAYSIZE(state->directory), state->directory);
    if (!wcscmp(argv[argc - 1], L"-Embedding"))
        InterlockedIncrement(&state->embedding);
    if (GetEnvironmentVariableW(LOCAL_SERVER_VARIABLE, NULL, 0))
        InterlockedIncrement(&state->variable);
    InterlockedIncrement(&state->started);
}

static DWORD class_register(DWORD flags)
{
    DWORD cookie = 0;

    state->registered = CoRegisterClassObject(&clsid, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
            flags, &cookie);
    return cookie;
}

static void run(void)
{
    DWORD cookies[2] = {0}, flags = REGCLS_MULTIPLEUSE;

    if (mode_is(L"exit"))
        return;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (mode_is(L"single") || mode_is(L"single2"))
        flags = REGCLS_SINGLEUSE;
    if (mode_is(L"suspended"))
        flags |= REGCLS_SUSPENDED;
    if (mode_is(L"slow"))
        WaitForSingleObject(events[0], 500);
    if (mode_is(L"surrogate"))
        state->registered = CoRegisterSurrogate(&surrogate);
    else if (!mode_is(L"never"))
        cookies[0] = class_register(flags);
    if (mode_is(L"single2"))
        cookies[1] = class_register(flags);
    if (mode_is(L"suspended") && WaitForSingleObject(events[0], 300) == WAIT_TIMEOUT)
        CoResumeClassObjects();
    while (WaitForMultipleObjects(2, events, FALSE, LIFE) == WAIT_OBJECT_0 + 1)
    {
        CoRevokeClassObject(cookies[0]);
        cookies[0] = 0;
        InterlockedIncrement(&state->revoked);
    }
    for (unsigned int i = 0; i < 2; i++)
    {
        if (cookies[i])
            CoRevokeClassObject(cookies[i]);
    }
    CoUninitialize();
}

/* --- as a service --- */

static SERVICE_STATUS_HANDLE service;

static void service_status(DWORD current)
{
    SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS,
            .dwCurrentState = current,
            .dwControlsAccepted = SERVICE_ACCEPT_STOP};

    SetServiceStatus(service, &status);
}

static DWORD WINAPI service_control(DWORD control, DWORD type, void *data, void *context)
{
    (void)control;
    (void)type;
    (void)data;
    (void)context;
    return NO_ERROR;
}

/* Its arguments are those of StartService: here the AppID's ServiceParameters. */
static void WINAPI service_main(DWORD argc, WCHAR **argv)
{
    service = RegisterServiceCtrlHandlerExW(name, service_control, NULL);
    service_status(SERVICE_RUNNING);
    if (argc > 1 && !wcscmp(argv[1], L"-Parameter"))
        InterlockedIncrement(&state->embedding);
    run();
    service_status(SERVICE_STOPPED);
}

int wmain(int argc, WCHAR **argv);

int wmain(int argc, WCHAR **argv)
{
    SERVICE_TABLE_ENTRYW services[] = {{(WCHAR *)L"", service_main}, {NULL, NULL}};

    if (argc < 4 || FAILED(CLSIDFromString(argv[1], &clsid)))
        return 1;
    mode = argv[2];
    name = argv[3];
    state_open(argc, argv);
    if (mode_is(L"service"))
        return !StartServiceCtrlDispatcherW(services);
    run();
    return 0;
}
