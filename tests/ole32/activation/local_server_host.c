/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A local server:  local_server_host {CLSID} MODE NAME [-Embedding]
 *
 * MODE: multi, counted (for revoking it counts to one and to none, CoReleaseServerProcess), single,
 * single2 (registered twice), suspended (resumed after 300 ms), slow (after 500 ms), never (does
 * not register), exit (ends at once); launcher (starts the real one, which is slow, and ends),
 * launcher2 (starts the launcher). As the service NAME: service; service-slow (stops within 600
 * ms); service-stays (its process does not end with it), service-fails (stops without registering,
 * its process stays). surrogate: one of its own kind, which registers its class object for what it
 * has to load; surrogate-dll: loads DLLs and frees them, as the documentation says. Its objects
 * have IPersist, whose GetClassID answers with the process's ID. It ends when the quit event of
 * NAME is set, or after a minute.
 */
#include <windows.h>
#include <objbase.h>
#include <stdio.h>
#include <wchar.h>

#include "local_server_names.h"
#include "static_object.h"

#define LIFE 60000 /* ms at most */

static const WCHAR *mode, *name;
static CLSID clsid;
static struct local_server_state *state;
static HANDLE events[3]; /* quit, revoke, and what ends only this one */

static BOOL mode_is(const WCHAR *text)
{
    return !wcscmp(mode, text);
}

/* --- the object, of which there is one --- */

STATIC_OBJECT_METHODS(object, IPersist)

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

/* Of the class in a DLL. */
static HRESULT dll_instance(IUnknown *outer, REFIID iid, void **out)
{
    IClassFactory *real;
    HRESULT hr = CoGetClassObject(&clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory,
            (void **)&real);

    if (FAILED(hr))
        return hr;
    hr = IClassFactory_CreateInstance(real, outer, iid, out);
    IClassFactory_Release(real);
    return hr;
}

static HRESULT factory_create(IUnknown *outer, REFIID iid, void **out)
{
    if (mode_is(L"surrogate-dll"))
        return dll_instance(outer, iid, out);
    return outer ? CLASS_E_NOAGGREGATION : IPersist_QueryInterface(&object, iid, out);
}

STATIC_CLASS_OBJECT(factory);

/* --- as a surrogate --- */

STATIC_OBJECT_METHODS(surrogate, ISurrogate)

static DWORD surrogate_cookie;

static HRESULT STDMETHODCALLTYPE surrogate_LoadDllServer(ISurrogate *iface, REFCLSID wanted)
{
    (void)iface;
    InterlockedIncrement(&state->loaded);
    return state->registered = CoRegisterClassObject(wanted, (IUnknown *)&factory,
                   CLSCTX_LOCAL_SERVER, REGCLS_SURROGATE, &surrogate_cookie);
}

/* "must properly revoke all of the class factories, and then cause the process to exit" */
static HRESULT STDMETHODCALLTYPE surrogate_FreeSurrogate(ISurrogate *iface)
{
    (void)iface;
    InterlockedIncrement(&state->freed);
    CoRevokeClassObject(surrogate_cookie);
    SetEvent(events[2]);
    return S_OK;
}

static ISurrogateVtbl surrogate_vtbl = {surrogate_QueryInterface, surrogate_AddRef,
        surrogate_Release, surrogate_LoadDllServer, surrogate_FreeSurrogate};
static ISurrogate surrogate = {&surrogate_vtbl};

/* --- the server --- */

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
    events[2] = CreateEventW(NULL, TRUE, FALSE, NULL);
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

/* Another one, in another mode. */
static void start_other(const WCHAR *other)
{
    WCHAR path[MAX_PATH], command[MAX_PATH * 2], text[40];
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION information;

    GetModuleFileNameW(NULL, path, ARRAYSIZE(path));
    StringFromGUID2(&clsid, text, ARRAYSIZE(text));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" %ls %ls %ls", path, text, other, name);
    if (CreateProcessW(path, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information))
    {
        CloseHandle(information.hThread);
        CloseHandle(information.hProcess);
    }
}

/* The loop that the documentation asks a surrogate for. */
static void free_libraries(void)
{
    while (WaitForMultipleObjects(3, events, FALSE, 50) == WAIT_TIMEOUT)
        CoFreeUnusedLibrariesEx(50, 0);
    CoRegisterSurrogate(NULL);
}

static void register_classes(DWORD cookies[2])
{
    DWORD flags = REGCLS_MULTIPLEUSE;

    if (mode_is(L"single") || mode_is(L"single2"))
        flags = REGCLS_SINGLEUSE;
    if (mode_is(L"suspended"))
        flags |= REGCLS_SUSPENDED;
    cookies[0] = class_register(flags);
    if (mode_is(L"single2"))
        cookies[1] = class_register(flags);
    if (mode_is(L"suspended") && WaitForSingleObject(events[0], 300) == WAIT_TIMEOUT)
        CoResumeClassObjects();
}

static void run(void)
{
    DWORD cookies[2] = {0};

    if (mode_is(L"exit"))
        return;
    if (mode_is(L"launcher") || mode_is(L"launcher2"))
    {
        start_other(mode_is(L"launcher") ? L"slow" : L"launcher");
        return;
    }
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (mode_is(L"slow"))
        WaitForSingleObject(events[0], 500);
    if (mode_is(L"surrogate") || mode_is(L"surrogate-dll"))
        state->registered = CoRegisterSurrogate(&surrogate);
    else if (!mode_is(L"never"))
        register_classes(cookies);
    if (mode_is(L"surrogate-dll"))
        free_libraries();
    while (WaitForMultipleObjects(3, events, FALSE, LIFE) == WAIT_OBJECT_0 + 1)
    {
        if (mode_is(L"counted"))
        {
            CoAddRefServerProcess();
            CoReleaseServerProcess();
            InterlockedIncrement(&state->revoked);
            continue;
        }
        if (mode_is(L"surrogate"))
            CoRegisterSurrogate(NULL);
        CoRevokeClassObject(mode_is(L"surrogate") ? surrogate_cookie : cookies[0]);
        cookies[0] = 0;
        InterlockedIncrement(&state->revoked);
    }
    if (mode_is(L"service-forgets"))
        return;
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
    (void)type;
    (void)data;
    (void)context;
    if (control == SERVICE_CONTROL_STOP)
    {
        service_status(SERVICE_STOP_PENDING);
        SetEvent(events[2]);
    }
    return NO_ERROR;
}

/* Its arguments are those of StartService: here the AppID's ServiceParameters. */
static void WINAPI service_main(DWORD argc, WCHAR **argv)
{
    service = RegisterServiceCtrlHandlerExW(name, service_control, NULL);
    service_status(SERVICE_RUNNING);
    if (argc > 1 && !wcscmp(argv[1], L"-Parameter"))
        InterlockedIncrement(&state->embedding);
    if (!mode_is(L"service-fails"))
        run();
    InterlockedIncrement(&state->revoked);
    if (mode_is(L"service-slow"))
        WaitForSingleObject(events[0], 600);
    InterlockedIncrement(&state->stopped);
    service_status(SERVICE_STOPPED);
    if (mode_is(L"service-stays") || mode_is(L"service-forgets") || mode_is(L"service-fails"))
        WaitForSingleObject(events[0], LIFE);
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
    if (!wcsncmp(mode, L"service", 7))
        return !StartServiceCtrlDispatcherW(services);
    run();
    return 0;
}
