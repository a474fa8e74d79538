/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How servers are started, and who may: by programs that start the real one, as services, with
 * permission; and class objects of single use that two ways lead to.
 */
#include <stdio.h>
#include <wchar.h>

#include "server_class.h"

#include <sddl.h>

TAP_TIME_LIMIT(240);

/* --- launchers --- */

static void test_launcher(void)
{
    struct server_class class;
    DWORD process;
    HRESULT hr;

    server_class_open(&class, 60, L"launcher");
    process = activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    is_hr(hr, S_OK, "a program which starts the server, and ends before that is ready");
    is_uint(activate_well(&class, "once more"), process, "the same server");
    is_int(class.state->started, 2, "one of each");
    server_class_close(&class);

    server_class_open(&class, 61, L"launcher2");
    activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    is_hr(hr, S_OK, "one which starts such a one");
    is_int(class.state->started, 3, "one of each");
    server_class_close(&class);
}

/* --- services --- */

static void service_class_open(struct server_class *class, WORD number, const WCHAR *mode,
        SC_HANDLE *service)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    WCHAR clsid[40], command[MAX_PATH * 2];

    server_class_open(class, number, L"exit"); /* the LocalServer32 does not matter */
    StringFromGUID2(&class->clsid, clsid, ARRAYSIZE(clsid));
    server_class_command(class, mode, command, ARRAYSIZE(command));
    *service = CreateServiceW(manager, class->name, NULL, SERVICE_ALL_ACCESS,
            SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, command, NULL,
            NULL, NULL, NULL, NULL);
    ok(*service != NULL, "%s: the service is made", tap_wstr(mode));
    CloseServiceHandle(manager);
    class_set_value(FALSE, &class->clsid, L"", L"AppID", REG_SZ, clsid);
    appid_set(&class->clsid, L"LocalService", class->name);
    appid_set(&class->clsid, L"ServiceParameters", L"-Parameter");
}

static void service_class_close(struct server_class *class, SC_HANDLE service)
{
    SetEvent(class->quit);
    appid_delete(&class->clsid);
    DeleteService(service);
    CloseServiceHandle(service);
    server_class_close(class);
}

static void test_service(void)
{
    struct server_class class;
    SERVICE_STATUS status;
    SC_HANDLE service;
    DWORD first;

    service_class_open(&class, 14, L"service", &service);
    first = activate_well(&class, "a service is started");
    ok(first, "it serves");
    todo_builtin("com/serviceparameters")
        is_int(class.state->embedding, 1, "it has its parameters");
    is_uint(activate_well(&class, "once more"), first, "the same");
    is_int(class.state->started, 1, "started once");
    ok(ControlService(service, SERVICE_CONTROL_STOP, &status), "stopped: %lu", GetLastError());
    reaches(&class.state->stopped, 1, "it has stopped");
    ok(activate_well(&class, "then") != first, "it is started again");
    is_int(class.state->started, 2, "twice in all");
    service_class_close(&class, service);
}

/* Its class object is gone, it is not yet. */
static void test_service_stopping(void)
{
    struct server_class class;
    SERVICE_STATUS status;
    SC_HANDLE service;
    DWORD first;

    service_class_open(&class, 62, L"service-slow", &service);
    first = activate_well(&class, "a service");
    ok(ControlService(service, SERVICE_CONTROL_STOP, &status), "is being stopped: %lu",
            GetLastError());
    reaches(&class.state->revoked, 1, "it has revoked its class object");
    ok(activate_well(&class, "activated while it stops") != first, "it is started again");
    is_int(class.state->stopped, 1, "after it had stopped");
    is_int(class.state->started, 2, "twice in all");
    service_class_close(&class, service);
}

/* Its process does not end with it. */
static void test_service_outlived(void)
{
    static const WCHAR *const modes[] = {L"service-stays", L"service-forgets"};
    struct server_class class;
    SERVICE_STATUS status;
    SC_HANDLE service;
    DWORD first;
    HRESULT hr;

    for (unsigned int i = 0; i < ARRAYSIZE(modes); i++)
    {
        service_class_open(&class, (WORD)(73 + i), modes[i], &service);
        first = activate_well(&class, "a service");
        ok(ControlService(service, SERVICE_CONTROL_STOP, &status), "is stopped: %lu",
                GetLastError());
        reaches(&class.state->stopped, 1, "it has stopped, its process stays");
        ok(activate_well(&class, "then") != first, "it is started again");
        is_int(class.state->started, 2, "twice in all");
        is_int(class.state->stopped, 1, "once stopped");
        service_class_close(&class, service);
    }

    service_class_open(&class, 64, L"service-fails", &service);
    activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    is_hr(hr, CO_E_SERVER_EXEC_FAILURE, "one that stops before it registers");
    is_int(class.state->stopped, 1, "at once, though its process is there");
    service_class_close(&class, service);
}

/* --- permission --- */

#define OLE_KEY L"Software\\Microsoft\\Ole"

static void *descriptor_make(const WCHAR *text, ULONG *size)
{
    void *descriptor = NULL;

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor,
                size))
        bail_out("%s: %lu", tap_wstr(text), GetLastError());
    return descriptor;
}

static void permission_set(const struct server_class *class, const WCHAR *text)
{
    ULONG size;
    void *descriptor = descriptor_make(text, &size);

    appid_set_binary(&class->clsid, L"LaunchPermission", descriptor, size);
    LocalFree(descriptor);
}

static void computer_set(const WCHAR *name, const WCHAR *text)
{
    ULONG size;
    void *descriptor = text ? descriptor_make(text, &size) : NULL;

    if (text)
        RegSetKeyValueW(HKEY_LOCAL_MACHINE, OLE_KEY, name, REG_BINARY, descriptor, size);
    else
        RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, OLE_KEY, name);
    LocalFree(descriptor);
}

#define NOBODY L"O:BAG:BAD:(D;;0x1f;;;WD)(A;;0x1f;;;WD)"
#define EVERYBODY L"O:BAG:BAD:(A;;0xb;;;WD)"
#define EVERYBODY_OLD L"O:BAG:BAD:(A;;0x1;;;WD)"
#define ONLY_LAUNCH L"O:BAG:BAD:(A;;0x3;;;WD)"
#define ONLY_ACTIVATE L"O:BAG:BAD:(A;;0x9;;;WD)"

static void is_refused(const struct server_class *class, const char *what)
{
    LONG started = class->state->started;
    HRESULT hr;

    activate(&class->clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    is_hr(hr, E_ACCESSDENIED, "%s", what);
    is_int(class->state->started, started, "and nothing is started");
}

/* com/launchpermission, com/access-control-lists-for-com */
static void test_permission(void)
{
    struct server_class class;
    WCHAR clsid[40];
    HRESULT hr;

    server_class_open(&class, 65, L"multi");
    StringFromGUID2(&class.clsid, clsid, ARRAYSIZE(clsid));
    class_set_value(FALSE, &class.clsid, L"", L"AppID", REG_SZ, clsid);
    permission_set(&class, NOBODY);
    is_refused(&class, "LaunchPermission refuses everybody");
    permission_set(&class, ONLY_ACTIVATE);
    is_refused(&class, "it allows to activate, not to launch");
    permission_set(&class, ONLY_LAUNCH);
    is_refused(&class, "it allows to launch, not to activate");
    appid_set_binary(&class.clsid, L"LaunchPermission", "nonsense", 8);
    is_refused(&class, "it is no security descriptor");
    appid_set_binary(&class.clsid, L"LaunchPermission", "", 0);
    is_refused(&class, "it is empty");
    permission_set(&class, EVERYBODY_OLD);
    computer_set(L"DefaultLaunchPermission", NOBODY);
    activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    is_hr(hr, S_OK, "it allows everybody, and comes before the computer's default");
    permission_set(&class, NOBODY);
    is_refused(&class, "LaunchPermission refuses everybody, the server runs");
    permission_set(&class, ONLY_ACTIVATE);
    activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    is_hr(hr, S_OK, "it allows to activate, the server runs");
    is_int(class.state->started, 1, "one was started");
    computer_set(L"DefaultLaunchPermission", NULL);
    appid_delete(&class.clsid);
    server_class_close(&class);

    server_class_open(&class, 66, L"multi");
    computer_set(L"DefaultLaunchPermission", NOBODY);
    is_refused(&class, "DefaultLaunchPermission refuses everybody");
    computer_set(L"DefaultLaunchPermission", EVERYBODY);
    computer_set(L"MachineLaunchRestriction", NOBODY);
    is_refused(&class, "MachineLaunchRestriction refuses everybody");
    computer_set(L"MachineLaunchRestriction", NULL);
    activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    is_hr(hr, S_OK, "DefaultLaunchPermission allows everybody");
    computer_set(L"DefaultLaunchPermission", NULL);
    server_class_close(&class);
}

/* --- single use --- */

/* What another process gets. */
static HRESULT other_process(const CLSID *clsid)
{
    struct harness_process client;
    unsigned long hr = 1;
    WCHAR text[40];
    char line[80];

    StringFromGUID2(clsid, text, ARRAYSIZE(text));
    harness_spawn(&client, L"local_client.exe", text, true);
    if (harness_process_read_line(&client, line, sizeof(line), 30000))
        sscanf(line, "%lx", &hr);
    harness_process_wait(&client, QUICK, NULL);
    harness_process_close(&client);
    return (HRESULT)hr;
}

static HRESULT here(const CLSID *clsid, DWORD context)
{
    IClassFactory *factory;
    HRESULT hr = CoGetClassObject(clsid, context, NULL, &IID_IClassFactory, (void **)&factory);

    if (SUCCEEDED(hr))
        IClassFactory_Release(factory);
    return hr;
}

static void test_single_use(void)
{
    const DWORD both = CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER;
    CLSID server = test_clsid(70), clsid = test_clsid(71);
    IClassFactory *factory = NULL;
    WCHAR path[MAX_PATH];
    DWORD cookie;

    class_set_server(&server, server_copy(L"single.dll", path), L"Both");
    is_hr(CoGetClassObject(&server, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory,
                  (void **)&factory),
            S_OK, "a class object");
    for (unsigned int i = 0; factory && i < 3; i++)
    {
        is_hr(CoRegisterClassObject(&clsid, (IUnknown *)factory, both, REGCLS_SINGLEUSE, &cookie),
                S_OK, "for single use, in process and outside");
        if (!i)
            is_hr(other_process(&clsid), S_OK, "another process has it");
        else
            is_hr(here(&clsid, i == 1 ? CLSCTX_INPROC_SERVER : CLSCTX_LOCAL_SERVER), S_OK,
                    "this process has it");
        is_hr(here(&clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG, "not here, in process");
        is_hr(here(&clsid, CLSCTX_LOCAL_SERVER), REGDB_E_CLASSNOTREG, "nor as a local server");
        is_hr(other_process(&clsid), REGDB_E_CLASSNOTREG, "nor in another process");
        is_hr(CoRevokeClassObject(cookie), S_OK, "revoked");
    }
    if (factory)
        IClassFactory_Release(factory);
    class_delete(&server);
}

/* Nothing is kept of activations that fail, nor of class objects given away. */
static void test_accounts(void)
{
    struct server_class class;
    HRESULT hr;

    server_class_open(&class, 72, L"exit");
    test_single_use();
    activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    tap_account_begin();
    test_single_use();
    for (unsigned int i = 0; i < 4; i++)
        activate(&class.clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);
    is_hr(hr, CO_E_SERVER_EXEC_FAILURE, "a server that ends");
    tap_account_end("what failed, and what was given away");
    server_class_close(&class);
}

int main(void)
{
    harness_require();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_service();
    if (builtin_lacks(
                "the rest: launchers, services that stop (com/localservice), LaunchPermission "
                "(com/launchpermission), REGCLS_SINGLEUSE (combaseapi/ne-combaseapi-regcls)"))
        return done_testing();
    test_launcher();
    test_service_stopping();
    test_service_outlived();
    test_permission();
    test_accounts();
    CoUninitialize();
    server_copies_delete();
    return done_testing();
}
