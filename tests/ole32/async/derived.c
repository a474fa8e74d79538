/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An interface that inherits from another one, with asynchronous forms of both: the methods of
 * both, synchronously and asynchronously, of an object with call objects for both. The call object
 * is that of the interface which the client has.
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>

#include "com_object.h"
#include "meter_object.h"

#define PATIENCE 30000 /* ms */
#define READY L"concierge-test-meter-ready-%lu"
#define STOP L"concierge-test-meter-stop-%lu"

static const CLSID CLSID_Meter = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x3e}};

/* ---- the server ---- */

static HRESULT STDMETHODCALLTYPE class_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    IScaledMeter *meter;
    HRESULT hr;

    (void)iface;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    if (FAILED(hr = meter_create(&meter)))
        return hr;
    hr = IScaledMeter_QueryInterface(meter, iid, out);
    IScaledMeter_Release(meter);
    return hr;
}

COM_STATIC_FACTORY_METHODS(class)

static const IClassFactoryVtbl class_vtbl = {
        class_QueryInterface,
        class_AddRef,
        class_Release,
        class_CreateInstance,
        class_LockServer,
};

static IClassFactory class = {(IClassFactoryVtbl *)&class_vtbl};

static HANDLE named_event(const WCHAR *format, DWORD process)
{
    WCHAR name[64];

    wsprintfW(name, format, process);
    return CreateEventW(NULL, TRUE, FALSE, name);
}

/* Another process: exit code 0 when nothing is left. */
static void server_run(DWORD parent)
{
    HANDLE ready = named_event(READY, parent), stop = named_event(STOP, parent);
    DWORD cookie = 0;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    meter_register();
    CoRegisterClassObject(&CLSID_Meter, (IUnknown *)&class, CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE,
            &cookie);
    SetEvent(ready);
    WaitForSingleObject(stop, PATIENCE);
    CoRevokeClassObject(cookie);
    for (int i = 0; i < 100 && meter_count(); i++)
        Sleep(50);
    CoUninitialize();
    ExitProcess((UINT)meter_count());
}

/* ---- the calls ---- */

static void is_name(WCHAR *name, const WCHAR *interface_name, const char *what)
{
    WCHAR expected[64] = L"call of ";

    lstrcatW(expected, interface_name);
    is_wstr(name, expected, "%s", what);
    CoTaskMemFree(name);
}

static AsyncIScaledMeter *call_create(IUnknown *proxy, REFIID async_iid, ISynchronize **synchronize)
{
    AsyncIScaledMeter *call = NULL;
    ICallFactory *factory;

    *synchronize = NULL;
    if (!is_hr(IUnknown_QueryInterface(proxy, &IID_ICallFactory, (void **)&factory), S_OK,
                "ICallFactory"))
        return NULL;
    if (is_hr(ICallFactory_CreateCall(factory, async_iid, NULL, async_iid, (IUnknown **)&call),
                S_OK, "a call object"))
        AsyncIScaledMeter_QueryInterface(call, &IID_ISynchronize, (void **)synchronize);
    ICallFactory_Release(factory);
    return call;
}

/* The methods of IMeter; `meter` may be an IScaledMeter, and `call` an AsyncIScaledMeter. */
static void check_base(IMeter *meter, AsyncIMeter *call, ISynchronize *synchronize,
        const WCHAR *interface_name)
{
    WCHAR *name = NULL;
    LONG value = 0;

    is_hr(IMeter_Read(meter, 21, &value), S_OK, "Read");
    is_int(value, 42, "what it gives");
    is_hr(IMeter_Name(meter, L"call of ", &name), S_OK, "Name");
    is_name(name, interface_name, "a synchronous call goes to the interface's call object");

    is_hr(AsyncIMeter_Begin_Read(call, 22), S_OK, "Begin_Read");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    is_hr(AsyncIMeter_Finish_Read(call, &value), S_OK, "Finish_Read");
    is_int(value, 44, "what it gives");
    name = NULL;
    is_hr(AsyncIMeter_Begin_Name(call, L"call of "), S_OK, "Begin_Name");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    is_hr(AsyncIMeter_Finish_Name(call, &name), S_OK, "Finish_Name");
    is_name(name, interface_name, "an asynchronous call likewise");
}

static void check_derived(IScaledMeter *meter, AsyncIScaledMeter *call, ISynchronize *synchronize)
{
    LONG value = 10, other = 0;

    is_hr(IScaledMeter_Scale(meter, 2.5, &value), S_OK, "Scale");
    is_int(value, 25, "what it gives");
    is_hr(IScaledMeter_Scale(meter, -1, &value), S_FALSE, "Scale, to a negative value");
    is_int(value, -25, "what it gives");

    value = 10;
    is_hr(AsyncIScaledMeter_Begin_Scale(call, 2.5, &value), S_OK, "Begin_Scale");
    is_hr(AsyncIScaledMeter_Begin_Read(call, 1), RPC_S_CALLPENDING, "Begin_ of an inherited one");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    is_hr(AsyncIScaledMeter_Finish_Read(call, &other), RPC_E_INVALIDMETHOD, "Finish_ of one");
    is_hr(AsyncIScaledMeter_Finish_Scale(call, &value), S_OK, "Finish_Scale");
    is_int(value, 25, "what it gives");
    is_hr(AsyncIScaledMeter_Begin_Scale(call, -1, &value), S_OK, "Begin_Scale");
    is_hr(AsyncIScaledMeter_Finish_Scale(call, &value), S_FALSE, "Finish_Scale without Wait");
    is_int(value, -25, "what it gives");
    is_hr(AsyncIScaledMeter_Finish_Scale(call, &value), RPC_E_CALL_COMPLETE, "and again");
}

static void check_interface(IScaledMeter *scaled, REFIID iid, REFIID async_iid,
        const WCHAR *interface_name)
{
    ISynchronize *synchronize;
    AsyncIScaledMeter *call;
    IScaledMeter *meter;
    WCHAR *name = NULL;

    note("by way of %ls", interface_name);
    if (!is_hr(IScaledMeter_QueryInterface(scaled, iid, (void **)&meter), S_OK, "a proxy"))
        return;
    call = call_create((IUnknown *)meter, async_iid, &synchronize);
    if (ok(call && synchronize, "with its interfaces"))
    {
        check_base((IMeter *)meter, (AsyncIMeter *)call, synchronize, interface_name);
        if (IsEqualIID(iid, &IID_IScaledMeter))
            check_derived(meter, call, synchronize);
        /* The object's other interface keeps to its own. */
        is_hr(IScaledMeter_Name(scaled, L"call of ", &name), S_OK, "Name");
        is_name(name, L"IScaledMeter", "the interface that the object was got with");
        ISynchronize_Release(synchronize);
        is_uint(AsyncIScaledMeter_Release(call), 0, "the call object goes");
    }
    IScaledMeter_Release(meter);
}

static void check_object(IScaledMeter *scaled)
{
    check_interface(scaled, &IID_IScaledMeter, &IID_AsyncIScaledMeter, L"IScaledMeter");
    check_interface(scaled, &IID_IMeter, &IID_AsyncIMeter, L"IMeter");
}

/* ---- where the object is ---- */

struct maker
{
    DWORD apartment;
    IStream *stream;
    HANDLE ready, stop;
};

static DWORD WINAPI maker_run(void *argument)
{
    struct maker *maker = argument;
    IScaledMeter *meter;
    DWORD index;

    CoInitializeEx(NULL, maker->apartment);
    meter_register();
    if (SUCCEEDED(meter_create(&meter)))
    {
        CoMarshalInterThreadInterfaceInStream(&IID_IScaledMeter, (IUnknown *)meter, &maker->stream);
        IScaledMeter_Release(meter);
    }
    SetEvent(maker->ready);
    CoWaitForMultipleHandles(0, PATIENCE, 1, &maker->stop, &index);
    CoUninitialize();
    return 0;
}

static void check_inside(DWORD client, DWORD server, const char *what)
{
    struct maker maker = {server, NULL, CreateEventW(NULL, TRUE, FALSE, NULL),
            CreateEventW(NULL, TRUE, FALSE, NULL)};
    IScaledMeter *scaled;
    HANDLE thread;

    note("%s", what);
    CoInitializeEx(NULL, client);
    meter_register();
    thread = CreateThread(NULL, 0, maker_run, &maker, 0, NULL);
    WaitForSingleObject(maker.ready, PATIENCE);
    if (ok(maker.stream != NULL, "an object elsewhere")
            && is_hr(CoGetInterfaceAndReleaseStream(maker.stream, &IID_IScaledMeter,
                             (void **)&scaled),
                    S_OK, "a proxy"))
    {
        check_object(scaled);
        IScaledMeter_Release(scaled);
    }
    SetEvent(maker.stop);
    is_uint(WaitForSingleObject(thread, PATIENCE), WAIT_OBJECT_0, "its thread ends");
    CloseHandle(thread);
    CloseHandle(maker.ready);
    CloseHandle(maker.stop);
    CoUninitialize();
    is_int(meter_count(), 0, "no object and no call object is left");
}

static HANDLE server_start(void)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    char command[MAX_PATH + 32];
    PROCESS_INFORMATION information;
    WCHAR path[MAX_PATH];

    tap_peer_path(NULL, path);
    snprintf(command, sizeof(command), "\"%ls\" %lu", path, (unsigned long)GetCurrentProcessId());
    if (!CreateProcessA(NULL, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup,
                &information))
        return NULL;
    CloseHandle(information.hThread);
    return information.hProcess;
}

static void check_outside(DWORD client, const char *what)
{
    IScaledMeter *scaled;

    note("%s", what);
    CoInitializeEx(NULL, client);
    meter_register();
    if (is_hr(CoCreateInstance(&CLSID_Meter, NULL, CLSCTX_LOCAL_SERVER, &IID_IScaledMeter,
                      (void **)&scaled),
                S_OK, "an object in another process"))
    {
        check_object(scaled);
        IScaledMeter_Release(scaled);
    }
    CoUninitialize();
}

int main(int argc, char **argv)
{
    HANDLE ready, stop, server;
    DWORD code = 99;

    if (argc > 1)
        server_run((DWORD)strtoul(argv[1], NULL, 10));
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    check_inside(COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED, "from an STA to the MTA");
    check_inside(COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED, "from the MTA to an STA");
    check_inside(COINIT_APARTMENTTHREADED, COINIT_APARTMENTTHREADED, "from an STA to an STA");

    ready = named_event(READY, GetCurrentProcessId());
    stop = named_event(STOP, GetCurrentProcessId());
    server = server_start();
    if (ok(server && WaitForSingleObject(ready, PATIENCE) == WAIT_OBJECT_0, "a server"))
    {
        check_outside(COINIT_MULTITHREADED, "from the MTA to another process");
        check_outside(COINIT_APARTMENTTHREADED, "from an STA to another process");
    }
    SetEvent(stop);
    is_uint(WaitForSingleObject(server, PATIENCE), WAIT_OBJECT_0, "the server ends");
    GetExitCodeProcess(server, &code);
    is_uint(code, 0, "no object and no call object is left there");
    CloseHandle(server);
    CloseHandle(ready);
    CloseHandle(stop);
    return done_testing();
}
