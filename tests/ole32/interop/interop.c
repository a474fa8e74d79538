/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Proxy/stub DLLs of others work unchanged, between the apartments of a process and between
 * processes: those which widl makes, delegating ones, oleaut32's with its marshalling by type
 * library.
 */
#include "interop.h"

#include "far_side.h"

#include <string.h>

TAP_TIME_LIMIT(300);

static void everything_register(void)
{
    CLSID clsid;

    is_hr(proxies_register(L"greeter_proxy.dll"), S_OK, "greeter_proxy.dll registers");
    is_hr(proxies_register(L"loud_greeter_proxy.dll"), S_OK, "loud_greeter_proxy.dll registers");
    is_hr(CoGetPSClsid(&IID_ILoudGreeter, &clsid), S_OK, "its interface has a class");
}

static void types_register(void)
{
    CLSID clsid;

    is_hr(type_library_register(), S_OK, "the type library is registered");
    is_hr(CoGetPSClsid(&IID_IMeter, &clsid), S_OK, "its interface has a class");
    is_uint(clsid.Data1, 0x20424, "oleaut32's marshaller by type library");
}

static void check_round(IClassFactory *factory)
{
    check_greeters(factory);
    check_dispatch(factory);
    check_meters(factory);
    check_variants(factory);
    check_every_variant(factory);
    check_events(factory);
    check_commands(factory);
}

/* Twice: the second time every factory, proxy manager and type is there already. */
static void check_rounds(IClassFactory *factory)
{
    for (unsigned int round = 1; round <= 2; round++)
    {
        check_round(factory);
        ok(far_side_becomes(&mock_control->alive, 1),
                "round %u: the class factory is all that is left (%ld)", round,
                (long)mock_control->alive);
    }
}

static void check_host(DWORD coinit, const char *name)
{
    struct host host;
    IClassFactory *factory = host_start(&host, coinit);

    note("%s", name);
    if (factory)
    {
        check_rounds(factory);
        IClassFactory_Release(factory);
    }
    host_stop(&host);
    ok(far_side_becomes(&mock_control->alive, 0), "no object is left");
}

static void check_process(const char *apartment)
{
    struct mock_control *control = mock_control;
    struct server server;
    IClassFactory *factory = server_start(&server, "interop_server.exe", apartment);

    note("another process, %s", apartment);
    if (factory)
    {
        check_rounds(factory);
        IClassFactory_Release(factory);
    }
    mock_control = control;
    server_stop(&server);
}

static DWORD WINAPI checks_from_sta(void *argument)
{
    (void)argument;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    everything_register();
    types_register();
    check_host(COINIT_MULTITHREADED, "STA to MTA");
    check_host(COINIT_APARTMENTTHREADED, "STA to STA");
    check_process("mta");
    CoFreeUnusedLibrariesEx(0, 0);
    CoUninitialize();
    return 0;
}

static DWORD WINAPI checks_from_mta(void *argument)
{
    (void)argument;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    check_host(COINIT_APARTMENTTHREADED, "MTA to STA");
    check_process("sta");
    CoUninitialize();
    return 0;
}

int main(void)
{
    static LPTHREAD_START_ROUTINE const parts[] = {checks_from_sta, checks_from_mta};

    mock_more_classes = interop_classes;
    for (unsigned int i = 0; i < ARRAYSIZE(parts); i++)
    {
        HANDLE thread = CreateThread(NULL, 0, parts[i], NULL, 0, NULL);

        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
    return done_testing();
}
