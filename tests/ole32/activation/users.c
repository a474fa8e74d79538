/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom the broker and the running object table let in, and whose objects they take. All processes
 * of a prefix have the same user, so the other users are made up: their SIDs, and objects with our
 * names of which they are the owners.
 */
#include <objbase.h>
#include <sddl.h>
#include <wchar.h>

#include "broker_running.h"
#include "broker_shared.h"
#include "static_object.h"
#include "tap.h"
#include "user_access.h"

TAP_TIME_LIMIT(120);

#define ADDRESS L"Global\\ConciergeComScmAddress"
#define OTHER L"S-1-5-21-9-9-9-1000"
#define EVERYBODY L"D:(A;;GA;;;WD)"

static const CLSID users_clsid = {0x3f7c1b52, 0x6a0e, 0x4c94,
        {0x8d, 0x15, 0x2b, 0x77, 0xe0, 0x91, 0x4a, 0x66}};

static HRESULT users_create(IUnknown *outer, REFIID iid, void **out)
{
    (void)outer;
    (void)iid;
    (void)out;
    return E_NOTIMPL;
}

STATIC_CLASS_OBJECT(users);

/* --- who is served --- */

static bool served(const WCHAR *own, const WCHAR *other)
{
    PSID first = NULL, second = NULL;
    bool is;

    if (!ConvertStringSidToSidW(own, &first) || !ConvertStringSidToSidW(other, &second))
        bail_out("no SID");
    is = user_is_served(first, second);
    LocalFree(first);
    LocalFree(second);
    return is;
}

static void test_sids(void)
{
    static const WCHAR user[] = L"S-1-5-21-1-2-3-1000";
    static const struct
    {
        const WCHAR *sid;
        bool served;
        const char *what;
    } others[] = {
            {L"S-1-5-21-1-2-3-1000", true, "the same user"},
            {L"S-1-5-21-1-2-3-1001", false, "another user of the same computer"},
            {L"S-1-5-21-1-2-4-1000", false, "the same number on another computer"},
            {L"S-1-5-21-1-2-3", false, "the computer itself"},
            {L"S-1-5-21-1-2-3-1000-1", false, "a SID which begins with the user's"},
            {L"S-1-5-21-1-2-3-500", false, "an administrator"},
            {L"S-1-5-18", true, "the system"},
            {L"S-1-5-19", true, "the account of local services"},
            {L"S-1-5-20", true, "the account of network services"},
            {L"S-1-5-18-1", false, "a SID which begins with the system's"},
            {L"S-1-5-32-544", false, "the administrators"},
            {L"S-1-5-11", false, "who has logged on"},
            {L"S-1-5-7", false, "the anonymous one"},
            {L"S-1-1-0", false, "everybody"},
            {L"S-1-0-0", false, "nobody"},
    };
    BYTE bad[SECURITY_MAX_SID_SIZE] = {0};

    for (unsigned int i = 0; i < ARRAYSIZE(others); i++)
        is_uint(served(user, others[i].sid), others[i].served, "a user serves: %s", others[i].what);
    ok(!served(L"S-1-5-18", user), "the system does not serve a user");
    ok(!served(L"S-1-5-19", user), "nor does a service");
    ok(!user_is_served(bad, bad), "what is no SID serves nobody, itself not either");
}

static void test_processes(void)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    ok(user_process_is_served(GetCurrentProcess()), "a process of the user");
    ok(!user_process_is_served(event), "what is no process");
    CloseHandle(event);
}

/* --- objects with names --- */

static void is_ours(HANDLE object, const char *what)
{
    static const WCHAR rights[] = L"O:%lsD:(A;;GA;;;%ls)(A;;GA;;;SY)(A;;GA;;;LS)(A;;GA;;;NS)";
    static WCHAR expected[400];
    const SECURITY_INFORMATION parts = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    WCHAR *text = NULL, *own = NULL;
    BYTE descriptor[1024];
    PSID owner = NULL;
    BOOL defaulted;
    DWORD size;

    if (!ok(object != NULL, "%s is there", what))
        return;
    if (!expected[0])
    {
        GetSecurityDescriptorOwner(user_object_access()->lpSecurityDescriptor, &owner, &defaulted);
        ConvertSidToStringSidW(owner, &own);
        swprintf(expected, ARRAYSIZE(expected), rights, own, own);
        LocalFree(own);
    }
    if (!GetKernelObjectSecurity(object, parts, descriptor, sizeof(descriptor), &size)
            || !ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1,
                    parts, &text, NULL))
        bail_out("no descriptor: %lu", GetLastError());
    is_wstr(text, expected, "%s: the user's, for him and the system", what);
    ok(user_object_is_served(object), "%s: it is taken", what);
    LocalFree(text);
    CloseHandle(object);
}

/* A section that another user has made, open to everybody. */
static HANDLE section_of_other(const WCHAR *name, DWORD size, void **view)
{
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), NULL, FALSE};
    HANDLE section;

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(L"O:" OTHER EVERYBODY,
                SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL))
        bail_out("no descriptor: %lu", GetLastError());
    section = CreateFileMappingW(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0, size, name);
    if (!section || GetLastError() == ERROR_ALREADY_EXISTS)
        bail_out("no section: %lu", GetLastError());
    LocalFree(attributes.lpSecurityDescriptor);
    *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, size);
    return section;
}

static HRESULT class_offer(DWORD *cookie)
{
    return CoRegisterClassObject(&users_clsid, (IUnknown *)&users, CLSCTX_LOCAL_SERVER,
            REGCLS_MULTI_SEPARATE, cookie);
}

/* What another user says where the broker is counts for nothing. */
static void test_address_of_other(void)
{
    struct broker_address *theirs, address;
    HANDLE section, published;
    void *view;
    DWORD cookie;

    section = section_of_other(ADDRESS, sizeof(*theirs), &view);
    theirs = view;
    theirs->version = BROKER_ADDRESS_VERSION;
    theirs->process = GetCurrentProcessId();
    wcscpy(theirs->endpoint, L"theirs");
    ok(!user_object_is_served(section), "another user's section");
    ok(!broker_address_read(&address), "no broker is found there");
    published = broker_address_publish(theirs);
    is_uint(GetLastError(), ERROR_ACCESS_DENIED, "a broker does not use it");
    ok(!published, "nor does it run");
    SetEnvironmentVariableW(L"CONCIERGE_BrokerPatience", L"500");
    is_hr(class_offer(&cookie), CO_E_SCM_RPC_FAILURE, "no class object is offered to it");
    SetEnvironmentVariableW(L"CONCIERGE_BrokerPatience", NULL);
    UnmapViewOfFile(view);
    CloseHandle(section);
}

static void test_list_of_other(void)
{
    struct broker_running_list *theirs;
    HANDLE section;
    void *view;

    section = section_of_other(BROKER_RUNNING, sizeof(*theirs), &view);
    theirs = view;
    theirs->count = 1;
    theirs->processes[0].process = GetCurrentProcessId();
    theirs->processes[0].id[0] = 1;
    ok(!broker_running_list(), "another user's list of running objects is not read");
    ok(!broker_running_listed(GetCurrentProcessId(), 1), "nobody is in it");
    ok(!broker_running_list_writable(), "nor written");
    UnmapViewOfFile(view);
    CloseHandle(section);
}

/* The system keeps others from what only one user may open. */
static void test_refused(void)
{
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), NULL, FALSE};
    HANDLE event, opened;

    ConvertStringSecurityDescriptorToSecurityDescriptorW(L"O:" OTHER L"D:(A;;GA;;;" OTHER L")",
            SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL);
    event = CreateEventW(&attributes, TRUE, FALSE, L"Global\\ConciergeTestUsers");
    opened = OpenEventW(SYNCHRONIZE, FALSE, L"Global\\ConciergeTestUsers");
    is_uint(GetLastError(), ERROR_ACCESS_DENIED, "what is another user's alone");
    ok(event && !opened, "cannot be opened");
    if (opened)
        CloseHandle(opened);
    LocalFree(attributes.lpSecurityDescriptor);
    CloseHandle(event);
}

static void test_objects(void)
{
    struct broker_address address;
    IRunningObjectTable *table;
    IMoniker *moniker;
    DWORD cookie, running;
    IUnknown *object = NULL;

    is_hr(class_offer(&cookie), S_OK, "a class object is offered");
    GetRunningObjectTable(0, &table);
    CreateItemMoniker(L"!", L"of the user", &moniker);
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, (IUnknown *)&users,
                  moniker, &running),
            S_OK, "and an object runs");
    ok(broker_address_read(&address), "a broker is found");
    is_ours(OpenFileMappingW(FILE_MAP_READ | READ_CONTROL, FALSE, ADDRESS), "its address");
    is_ours(OpenMutexW(SYNCHRONIZE | READ_CONTROL, FALSE, BROKER_MUTEX), "its mutex");
    is_ours(OpenEventW(SYNCHRONIZE | READ_CONTROL, FALSE, BROKER_READY), "the event of one ready");
    is_ours(OpenEventW(SYNCHRONIZE | READ_CONTROL, FALSE, BROKER_SERVERS), "the mark of servers");
    is_ours(OpenFileMappingW(FILE_MAP_READ | READ_CONTROL, FALSE, BROKER_RUNNING),
            "the list of running objects");
    is_hr(CoGetClassObject(&users_clsid, CLSCTX_LOCAL_SERVER, NULL, &IID_IUnknown,
                  (void **)&object),
            S_OK, "the class is found");
    if (object)
        IUnknown_Release(object);
    is_hr(IRunningObjectTable_Revoke(table, running), S_OK, "the object ceases to run");
    is_hr(CoRevokeClassObject(cookie), S_OK, "the class object is taken back");
    IMoniker_Release(moniker);
}

int main(void)
{
    if (builtin_lacks("a broker of ours"))
        return done_testing();
    test_sids();
    test_processes();
    test_refused();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_address_of_other();
    test_list_of_other();
    test_objects();
    broker_running_close();
    CoUninitialize();
    return done_testing();
}
