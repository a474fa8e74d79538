/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may call a process's objects: what CoInitializeSecurity is given, and what the registry has.
 * combaseapi/nf-combaseapi-coinitializesecurity, win32 com/access-control-lists-for-com,
 * com/accesspermission, com/defaultaccesspermission, com/machineaccessrestriction,
 * com/setting-processwide-security-through-the-registry
 */
#include "tap.h"
#include "test_server.h"

#include <stdio.h>
#include <string.h>

#include "server_access.h"

TAP_TIME_LIMIT(300);

#define KEY_OLE L"Software\\Microsoft\\Ole"
#define KEY_PROGRAM L"Software\\Classes\\AppID\\call_server.exe"

static WCHAR appid_text[40], appid_path[100];

static struct test_process *server_start(const char *apartment, const char *access)
{
    char arguments[80];

    snprintf(arguments, sizeof(arguments), "%s %s", apartment, access);
    return test_process_start(arguments);
}

/* What a client of this server gets, unmarshalling included. */
static HRESULT attempt(struct test_process *process)
{
    ITestServer *server;
    LONG sum = 0;
    HRESULT hr;

    if (FAILED(hr = test_process_object(process, &IID_ITestServer, (void **)&server)))
        return hr;
    hr = ITestServer_Add(server, 3, 4, &sum);
    if (SUCCEEDED(hr) && sum != 7)
        hr = E_UNEXPECTED;
    ITestServer_Release(server);
    return hr;
}

static void check(const char *apartment, const char *access, HRESULT expected, const char *what)
{
    struct test_process *process = server_start(apartment, access);
    unsigned int i;

    if (!process)
        return;
    for (i = 0; i < 3; i++)
        is_hr(attempt(process), expected, "%s: %s, the %u. time", apartment, what, i + 1);
    is_uint(test_process_stop(process), 0, "%s: %s: nothing is left", apartment, what);
}

static void descriptors(const char *apartment)
{
    check(apartment, "open", S_OK, "no descriptor");
    check(apartment, "null-dacl", S_OK, "a NULL DACL");
    check(apartment, "empty-dacl", E_ACCESSDENIED, "a DACL with no ACEs");
    check(apartment, "everyone", S_OK, "everyone is let in");
    check(apartment, "deny-user", E_ACCESSDENIED, "the user is denied");
}

static void rights(void)
{
    check("mta", "user", S_OK, "the user is let in");
    check("mta", "other", E_ACCESSDENIED, "somebody else is let in");
    check("mta", "local", S_OK, "COM_RIGHTS_EXECUTE_LOCAL");
    check("mta", "remote", E_ACCESSDENIED, "COM_RIGHTS_EXECUTE_REMOTE alone");
    check("mta", "activate", E_ACCESSDENIED, "COM_RIGHTS_ACTIVATE_LOCAL alone");
}

static void access_controls(void)
{
    check("mta", "control-yes", S_OK, "an IAccessControl that allows, and is asked once");
    check("sta", "control-no", E_ACCESSDENIED, "an IAccessControl that does not");
    check("mta", "own-everyone", S_OK, "COM's own, for everyone");
    check("sta", "own-but-user", E_ACCESSDENIED, "COM's own, for everyone but the user");
    check("mta", "own-nobody", E_ACCESSDENIED, "COM's own, with an empty list");
    check("mta", "own-all-rights", S_OK, "COM's own, with no list");
    check("mta", "own-nothing", E_ACCESSDENIED, "COM's own, to which nobody has given rights");
}

/* ---- references ---- */

/* Who may not call can give back what he was given. */
static void references(void)
{
    struct test_process *process = server_start("mta", "normal-empty-dacl");
    ITestServer *server;
    IUnknown *other;
    LONG sum;

    if (!process)
        return;
    is_hr(test_process_object(process, &IID_ITestServer, (void **)&server), S_OK,
            "an interface that came with references");
    is_hr(ITestServer_Add(server, 1, 1, &sum), E_ACCESSDENIED, "cannot be called");
    is_hr(ITestServer_QueryInterface(server, &IID_IRawCall, (void **)&other), E_ACCESSDENIED,
            "nor asked for another");
    ITestServer_Release(server);
    is_hr(test_process_object(process, &IID_IRawCall, (void **)&other), S_OK, "the other object");
    IUnknown_Release(other);
    is_uint(test_process_stop(process), 0, "but released: nothing is left");
}

/* The refused client is served by others of its own, and serves. */
static void afterwards(void)
{
    struct test_process *strict = server_start("sta", "empty-dacl");
    struct test_process *open = server_start("sta", "open");
    ITestServer *server, *mine = test_server_create();
    LONG reached = 0;

    if (!strict || !open)
        return;
    is_hr(attempt(strict), E_ACCESSDENIED, "one server refuses");
    is_hr(test_process_object(open, &IID_ITestServer, (void **)&server), S_OK, "another does not");
    is_hr(ITestServer_Nest(server, mine, 5, &reached), S_OK, "and calls back");
    is_int(reached, 6, "as deep as asked for");
    ITestServer_Release(server);
    CoDisconnectObject((IUnknown *)mine, 0);
    ITestServer_Release(mine);
    is_uint(test_process_stop(strict), 0, "the strict one ends");
    is_uint(test_process_stop(open), 0, "the other ends");
}

/* ---- the registry ---- */

static void registry_set(const WCHAR *path, const WCHAR *name, DWORD type, const void *data,
        DWORD size)
{
    HKEY key;

    RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL);
    RegSetValueExW(key, name, 0, type, data, size);
    RegCloseKey(key);
}

static void registry_permit(const WCHAR *path, const WCHAR *name, const char *access)
{
    DWORD size;
    void *descriptor = server_access_descriptor(access, &size);

    ok(descriptor != NULL, "a descriptor for the registry");
    registry_set(path, name, REG_BINARY, descriptor, size);
    LocalFree(descriptor);
}

static void registry_clear(const WCHAR *path, const WCHAR *name)
{
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_ALL_ACCESS, &key))
        return;
    RegDeleteValueW(key, name);
    RegCloseKey(key);
}

static void appids(void)
{
    DWORD level = RPC_C_AUTHN_LEVEL_NONE;

    check("mta", "appid", S_OK, "an AppID of which the registry knows nothing");
    registry_permit(appid_path, L"AccessPermission", "empty-dacl");
    check("mta", "appid", E_ACCESSDENIED, "an AppID whose AccessPermission lets nobody in");
    check("mta", "implicit", S_OK, "which is not the program's");
    check("mta", "program", S_OK, "nor with EOAC_APPID and no AppID");

    registry_set(KEY_PROGRAM, L"AppID", REG_SZ, appid_text, sizeof(appid_text) - sizeof(WCHAR));
    check("mta", "implicit", E_ACCESSDENIED, "now it is the program's");
    check("sta", "program", E_ACCESSDENIED, "also with EOAC_APPID and no AppID");
    check("mta", "open", S_OK, "CoInitializeSecurity overrides it");
    registry_permit(appid_path, L"AccessPermission", "user");
    check("mta", "implicit", S_OK, "an AccessPermission for the user");

    registry_permit(appid_path, L"AccessPermission", "empty-dacl");
    registry_set(appid_path, L"AuthenticationLevel", REG_DWORD, &level, sizeof(level));
    check("mta", "implicit", S_OK, "with the AuthenticationLevel none it is ignored");
    registry_clear(appid_path, L"AuthenticationLevel");

    registry_set(appid_path, L"AccessPermission", REG_BINARY, "\1\0\4\200garbage", 11);
    check("mta", "appid", E_ACCESSDENIED, "a value that is no descriptor");
    registry_clear(appid_path, L"AccessPermission");
}

static void defaults(void)
{
    DWORD level = RPC_C_AUTHN_LEVEL_NONE;

    registry_permit(KEY_OLE, L"DefaultAccessPermission", "other");
    check("mta", "implicit", E_ACCESSDENIED, "DefaultAccessPermission");
    check("mta", "everyone", S_OK, "is for those without a descriptor");
    registry_permit(appid_path, L"AccessPermission", "user");
    check("mta", "implicit", S_OK, "and without an AccessPermission");
    registry_clear(appid_path, L"AccessPermission");
    registry_set(KEY_OLE, L"LegacyAuthenticationLevel", REG_DWORD, &level, sizeof(level));
    check("mta", "implicit", S_OK, "with the LegacyAuthenticationLevel none it is ignored");
    registry_clear(KEY_OLE, L"LegacyAuthenticationLevel");
    registry_clear(KEY_OLE, L"DefaultAccessPermission");

    registry_permit(KEY_OLE, L"MachineAccessRestriction", "remote");
    check("mta", "everyone", E_ACCESSDENIED, "MachineAccessRestriction is above a descriptor");
    check("mta", "open", E_ACCESSDENIED, "and above none");
    registry_permit(KEY_OLE, L"MachineAccessRestriction", "local");
    check("mta", "everyone", S_OK, "unless it lets local callers in");
    registry_clear(KEY_OLE, L"MachineAccessRestriction");
    registry_clear(KEY_PROGRAM, L"AppID");
}

/* ---- arguments ---- */

static HRESULT initialize(void *access, DWORD capabilities)
{
    return CoInitializeSecurity(access, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_PKT,
            RPC_C_IMP_LEVEL_IDENTIFY, NULL, capabilities, NULL);
}

/* COM is left in between, with which the settings go. */
static void own_process(void)
{
    struct test_thread *thread;
    ITestServer *object, *server;
    DWORD size;
    void *descriptor = server_access_descriptor("empty-dacl", &size);
    LONG sum;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    object = test_server_create();
    is_hr(initialize(object, EOAC_ACCESS_CONTROL), E_NOINTERFACE, "no IAccessControl");
    ITestServer_Release(object);
    is_int(test_server_count(), 0, "no reference is kept");
    is_hr(initialize(descriptor, EOAC_NONE), S_OK, "a self-relative descriptor");
    LocalFree(descriptor);
    thread = test_thread_start(COINIT_MULTITHREADED);
    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "calls inside the process are not checked");
    ITestServer_Release(server);
    ok(test_thread_stop(thread), "the thread ends");
    CoUninitialize();
}

/* Threads and connections of the transport, which nobody uses, go after some ten seconds: waits
 * until there are no more than `most` threads, or if that is 0, until their number has not changed
 * for eleven. */
static void settle(unsigned int most)
{
    unsigned int last = 0, since = 0, i;

    for (i = 0; i < 300 && since < 110; i++)
    {
        unsigned int now = tap_thread_count();

        if (most && now <= most)
            return;
        since = now == last ? since + 1 : 0;
        last = now;
        Sleep(100);
    }
}

int main(void)
{
    unsigned int threads;

    if (builtin_lacks("access checks (nf-combaseapi-coinitializesecurity)"))
        return done_testing();
    StringFromGUID2(&server_access_appid, appid_text, ARRAYSIZE(appid_text));
    wcscpy(appid_path, L"Software\\Classes\\AppID\\");
    wcscat(appid_path, appid_text);
    own_process();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    afterwards(); /* from now on this process listens */
    settle(0);
    tap_account_begin();
    threads = tap_thread_count();
    descriptors("mta");
    descriptors("sta");
    rights();
    access_controls();
    references();
    afterwards();
    appids();
    defaults();
    settle(threads);
    tap_account_end("access checks");
    CoUninitialize();
    is_int(test_server_count(), 0, "no object is left");
    return done_testing();
}
