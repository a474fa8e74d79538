/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A broker which says that it is ready and then does not answer; and the first that does. */
#include <stdio.h>
#include <wchar.h>

#include "broker_running.h"
#include "harness.h"
#include "test_class.h"

#define PATIENCE 3000 /* ms */

static HRESULT get(const CLSID *clsid)
{
    IUnknown *object;
    HRESULT hr =
            CoGetClassObject(clsid, CLSCTX_LOCAL_SERVER, NULL, &IID_IUnknown, (void **)&object);

    if (SUCCEEDED(hr))
        IUnknown_Release(object);
    return hr;
}

static HRESULT offer(const CLSID *clsid, DWORD *cookie)
{
    static IUnknown *object;

    if (!object && FAILED(CreateStreamOnHGlobal(NULL, TRUE, (IStream **)&object)))
        bail_out("no object");
    return CoRegisterClassObject(clsid, object, CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, cookie);
}

/* As long as its patience lasts, but with pauses that grow; also in those `processes` which want
 * something of the broker meanwhile. */
static void attempts(const CLSID *clsid, volatile LONG *count, LONG processes, const char *what)
{
    ULONGLONG begin = GetTickCount64();
    DWORD cookie;

    *count = 0;
    is_hr(offer(clsid, &cookie), CO_E_SCM_RPC_FAILURE, "%s: a class object", what);
    ok(GetTickCount64() - begin >= PATIENCE, "after some time");
    ok(*count >= 3 && *count <= processes * 8, "%ld brokers were started", *count);
}

static void in_sta(void *argument)
{
    volatile LONG *count = argument;
    CLSID clsid = test_clsid(81);

    /* With the first window in the prefix explorer.exe comes. */
    attempts(&clsid, count, 2, "STA");
}

/* A running object; FALSE: others do not find it. */
static BOOL run_object(const WCHAR *name, const char *what)
{
    const struct broker_running_list *list = broker_running_list();
    IUnknown *object = NULL, *found = NULL;
    IRunningObjectTable *table;
    IMoniker *moniker;
    BOOL listed = FALSE;
    DWORD cookie;

    CreateStreamOnHGlobal(NULL, TRUE, (IStream **)&object);
    CreateItemMoniker(L"!", name, &moniker);
    GetRunningObjectTable(0, &table);
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, object, moniker,
                  &cookie),
            S_OK, "%s: registered", what);
    is_hr(IRunningObjectTable_GetObject(table, moniker, &found), S_OK, "%s: found", what);
    for (ULONG i = 0; list && i < list->count; i++)
        listed = listed || list->processes[i].process == GetCurrentProcessId();
    is_hr(IRunningObjectTable_Revoke(table, cookie), S_OK, "%s: revoked", what);
    if (found)
        IUnknown_Release(found);
    IRunningObjectTable_Release(table);
    IMoniker_Release(moniker);
    IUnknown_Release(object);
    return listed;
}

/* Where processes of either word size find comscm.exe: the system's own may start it as well. */
static WCHAR brokers[2][MAX_PATH];
static unsigned int broker_count;

static void brokers_replace(void)
{
    WCHAR saved[MAX_PATH];
    BOOL wow64 = FALSE;

    GetSystemDirectoryW(brokers[broker_count++], MAX_PATH - 20);
    if (IsWow64Process(GetCurrentProcess(), &wow64) && wow64)
    {
        GetWindowsDirectoryW(brokers[broker_count], MAX_PATH - 30);
        wcscat(brokers[broker_count++], L"\\sysnative");
    }
    for (unsigned int i = 0; i < broker_count; i++)
    {
        wcscat(brokers[i], L"\\comscm.exe");
        swprintf(saved, ARRAYSIZE(saved), L"%ls.saved", brokers[i]);
        if (!MoveFileW(brokers[i], saved)
                || !CopyFileW(harness_sibling(L"broken_broker.exe"), brokers[i], FALSE))
            bail_out("cannot replace %s: %lu", tap_wstr(brokers[i]), GetLastError());
    }
}

static void brokers_delete(void)
{
    for (unsigned int i = 0; i < broker_count; i++)
        DeleteFileW(brokers[i]);
}

static void brokers_restore(void)
{
    WCHAR saved[MAX_PATH];

    for (unsigned int i = 0; i < broker_count; i++)
    {
        swprintf(saved, ARRAYSIZE(saved), L"%ls.saved", brokers[i]);
        ok(MoveFileW(saved, brokers[i]), "the broker is back: %lu", GetLastError());
    }
}

int main(void)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 16,
            L"Global\\broken-broker");
    LONG *count = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 16);
    CLSID clsid = test_clsid(80);
    DWORD cookie = 0;

    harness_require();
    if (builtin_lacks("a broker of ours"))
        return done_testing();
    brokers_replace();
    SetEnvironmentVariableW(L"CONCIERGE_BrokerPatience", L"3000");

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    attempts(&clsid, count, 1, "MTA");
    tap_account_begin();
    attempts(&clsid, count, 1, "MTA");
    tap_account_end("a broker that does not answer");
    run_in_apartment(COINIT_APARTMENTTHREADED, in_sta, count);

    ok(!run_object(L"alone", "a running object"), "which is this process's alone");
    brokers_delete();
    is_hr(get(&clsid), REGDB_E_CLASSNOTREG, "no program at all: nothing can be running");
    brokers_restore();
    is_hr(offer(&clsid, &cookie), S_OK, "a class object");
    is_hr(get(&clsid), S_OK, "is found");
    is_hr(CoRevokeClassObject(cookie), S_OK, "and taken back");
    ok(run_object(L"for all", "a running object"), "which others find");
    CoUninitialize();
    return done_testing();
}
