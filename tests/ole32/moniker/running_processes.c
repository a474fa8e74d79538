/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The running object table between processes. objidl/nn-objidl-irunningobjecttable and its methods'
 * pages; oleauto/nf-oleauto-getactiveobject.
 */
#include "document.h"
#include "harness.h"
#include "names.h"
#include "running_host.h"

#include <oleauto.h>

TAP_TIME_LIMIT(240);

#define MANY 10000
#define PATIENCE 60000 /* ms for a command, on a busy machine */

static IRunningObjectTable *table;

/* ---- hosts ---- */

struct host_process
{
    struct harness_process process;
    struct host *host;
    HANDLE command, answer, section;
};

static void host_open(struct host_process *it, const WCHAR *name)
{
    WCHAR text[128];

    swprintf(text, ARRAYSIZE(text), HOST_SECTION, name);
    it->section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(*it->host), text);
    it->host = MapViewOfFile(it->section, FILE_MAP_WRITE, 0, 0, sizeof(*it->host));
    swprintf(text, ARRAYSIZE(text), HOST_COMMAND, name);
    it->command = CreateEventW(NULL, FALSE, FALSE, text);
    swprintf(text, ARRAYSIZE(text), HOST_ANSWER, name);
    it->answer = CreateEventW(NULL, FALSE, FALSE, text);
    if (!it->host || !it->command || !it->answer
            || !harness_spawn(&it->process, L"running_host.exe", name, false))
        bail_out("no host");
}

/* In the meantime this apartment answers, as a host may call it. */
static HRESULT host_tell(struct host_process *it, LONG command)
{
    HANDLE handles[2] = {it->answer, it->process.process};
    DWORD index = 0;

    it->host->command = command;
    SetEvent(it->command);
    if (CoWaitForMultipleHandles(0, PATIENCE, 2, handles, &index) != S_OK || index)
        bail_out("the host does not answer to command %ld", command);
    return it->host->result;
}

static HRESULT host_register(struct host_process *it, const WCHAR *name, DWORD flags)
{
    wcscpy(it->host->name, name);
    it->host->flags = flags;
    return host_tell(it, HOST_REGISTER);
}

static HRESULT host_revoke(struct host_process *it, DWORD cookie)
{
    it->host->cookie = cookie;
    return host_tell(it, HOST_REVOKE);
}

static HRESULT host_find(struct host_process *it, const WCHAR *name)
{
    wcscpy(it->host->name, name);
    return host_tell(it, HOST_FIND);
}

static void host_release(struct host_process *it)
{
    harness_process_close(&it->process);
    CloseHandle(it->command);
    CloseHandle(it->answer);
    UnmapViewOfFile(it->host);
    CloseHandle(it->section);
}

static void host_end(struct host_process *it)
{
    host_tell(it, HOST_END);
    is_int(it->host->documents, 0, "no document is left in the host");
    ok(harness_process_wait(&it->process, PATIENCE, NULL), "the host ends");
    host_release(it);
}

/* ---- what is seen from here ---- */

static IMoniker *moniker_of(const WCHAR *name)
{
    IMoniker *moniker = NULL;

    host_moniker(name, &moniker);
    return moniker;
}

static HRESULT running(const WCHAR *name)
{
    IMoniker *moniker = moniker_of(name);
    HRESULT hr = IRunningObjectTable_IsRunning(table, moniker);

    IMoniker_Release(moniker);
    return hr;
}

static IUnknown *found(const WCHAR *name)
{
    IMoniker *moniker = moniker_of(name);
    IUnknown *object = NULL;
    HRESULT hr = IRunningObjectTable_GetObject(table, moniker, &object);

    IMoniker_Release(moniker);
    return hr == S_OK ? object : NULL;
}

/* It is a document in another process. */
static void is_document(IUnknown *object, const char *what)
{
    IPersist *persist = NULL;
    CLSID clsid = {0};

    if (!ok(object != NULL, "%s: an object", what))
        return;
    is_hr(IUnknown_QueryInterface(object, &IID_IPersist, (void **)&persist), S_OK,
            "%s: its IPersist", what);
    if (persist)
    {
        is_hr(IPersist_GetClassID(persist, &clsid), S_OK, "%s: it answers", what);
        IPersist_Release(persist);
    }
    is_guid(&clsid, &document_clsid, "%s: as a document", what);
}

static void is_found(const WCHAR *name, const char *what)
{
    IUnknown *object = found(name);

    is_document(object, what);
    if (object)
        IUnknown_Release(object);
}

static ULONG running_count(void)
{
    IEnumMoniker *monikers = NULL;
    IMoniker *moniker;
    ULONG count = 0;

    if (FAILED(IRunningObjectTable_EnumRunning(table, &monikers)))
        return 0;
    while (IEnumMoniker_Next(monikers, 1, &moniker, NULL) == S_OK)
    {
        count++;
        IMoniker_Release(moniker);
    }
    IEnumMoniker_Release(monikers);
    return count;
}

static bool enumerated(const WCHAR *name)
{
    IMoniker *wanted = moniker_of(name), *moniker;
    IEnumMoniker *monikers = NULL;
    bool any = false;

    IRunningObjectTable_EnumRunning(table, &monikers);
    while (monikers && IEnumMoniker_Next(monikers, 1, &moniker, NULL) == S_OK)
    {
        any = any || IMoniker_IsEqual(moniker, wanted) == S_OK;
        IMoniker_Release(moniker);
    }
    if (monikers)
        IEnumMoniker_Release(monikers);
    IMoniker_Release(wanted);
    return any;
}

/* ---- tests ---- */

static void test_found(struct host_process *host, const WCHAR *name, const char *what)
{
    IMoniker *moniker = moniker_of(name);
    IUnknown *object = NULL;
    DWORD cookie;

    is_hr(running(name), S_FALSE, "%s: does not run", what);
    is_hr(host_register(host, name, ROTFLAGS_REGISTRATIONKEEPSALIVE), S_OK, "%s: registered", what);
    cookie = host->host->cookie;
    is_hr(running(name), S_OK, "%s: runs", what);
    todo_if(tap_builtin() && wcschr(name, '!'), "a composite of another process equals none there")
        ok(enumerated(name), "%s: is enumerated", what);
    is_found(name, what);
    is_hr(BindMoniker(moniker, 0, &IID_IPersist, (void **)&object), S_OK, "%s: bound", what);
    if (object)
        IUnknown_Release(object);
    IMoniker_Release(moniker);
    object = NULL;
    if (!wcschr(name, '!'))
        is_hr(CoGetObject(name, NULL, &IID_IPersist, (void **)&object), S_OK, "%s: by its name",
                what);
    if (object)
        IUnknown_Release(object);
    is_hr(host_revoke(host, cookie), S_OK, "%s: revoked", what);
    is_hr(running(name), S_FALSE, "%s: does not run any more", what);
    ok(!found(name), "%s: and is not found", what);
    ok(!enumerated(name), "%s: nor enumerated", what);
}

static void test_item(struct host_process *host)
{
    is_hr(host_register(host, L"!some item", ROTFLAGS_REGISTRATIONKEEPSALIVE), S_OK, "an item");
    is_found(L"!SOME item", "an item");
    is_hr(host_revoke(host, host->host->cookie), S_OK, "revoked");
}

static void test_lifetimes(struct host_process *host)
{
    IUnknown *object;
    DWORD cookie;

    is_hr(host_register(host, L"c:\\running\\strong", ROTFLAGS_REGISTRATIONKEEPSALIVE), S_OK,
            "strong");
    cookie = host->host->cookie;
    host_tell(host, HOST_DROP);
    is_int(host->host->documents, 1, "it lives on");
    for (int i = 0; i < 2; i++)
        is_found(L"c:\\running\\strong", "strong");
    is_hr(host_revoke(host, cookie), S_OK, "revoked");
    is_int(host->host->documents, 0, "and gone");

    is_hr(host_register(host, L"c:\\running\\weak", 0), S_OK, "weak");
    cookie = host->host->cookie;
    is_hr(running(L"c:\\running\\weak"), S_OK, "it runs");
    object = found(L"c:\\running\\weak");
    is_document(object, "weak");
    host_tell(host, HOST_DROP);
    is_int(host->host->documents, 1, "its client keeps it");
    if (object)
        IUnknown_Release(object);
    host_tell(host, HOST_DROP);
    is_int(host->host->documents, 0, "nobody keeps it");
    ok(!found(L"c:\\running\\weak"), "it is not found");
    todo_builtin("it runs there until somebody asks for the object")
        is_hr(running(L"c:\\running\\weak"), S_FALSE, "and does not run");
    host_revoke(host, cookie);
}

static void test_same_name(struct host_process *host)
{
    IUnknown *document = document_create(), *object;
    IMoniker *moniker = moniker_of(L"c:\\running\\twice");
    DWORD cookie = 0, theirs;

    is_hr(host_register(host, L"c:\\running\\twice", ROTFLAGS_REGISTRATIONKEEPSALIVE), S_OK,
            "in the host");
    theirs = host->host->cookie;
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, document, moniker,
                  &cookie),
            MK_S_MONIKERALREADYREGISTERED, "the same name here");
    ok(cookie, "is registered nevertheless");
    is_hr(host_revoke(host, theirs), S_OK, "revoked in the host");
    object = found(L"c:\\running\\twice");
    is_ptr(object, document, "the one here is found");
    if (object)
        IUnknown_Release(object);
    is_hr(host_find(host, L"c:\\running\\twice"), S_OK, "in the host as well");
    is_hr(IRunningObjectTable_Revoke(table, cookie), S_OK, "revoked");
    is_hr(running(L"c:\\running\\twice"), S_FALSE, "none runs");
    ok(FAILED(host_find(host, L"c:\\running\\twice")), "nor for the host");
    IMoniker_Release(moniker);
    IUnknown_Release(document);
}

static void test_times(struct host_process *host)
{
    IMoniker *moniker = moniker_of(L"c:\\running\\timed");
    FILETIME time;

    is_hr(IRunningObjectTable_GetTimeOfLastChange(table, moniker, &time), MK_E_UNAVAILABLE,
            "no time");
    is_hr(host_register(host, L"c:\\running\\timed", ROTFLAGS_REGISTRATIONKEEPSALIVE), S_OK,
            "registered");
    is_hr(IRunningObjectTable_GetTimeOfLastChange(table, moniker, &time), S_OK, "its time");
    for (DWORD i = 1; i < 4; i++)
    {
        host->host->time.dwLowDateTime = i;
        host->host->time.dwHighDateTime = 0x01d00000 + i;
        is_hr(host_tell(host, HOST_NOTE), S_OK, "another time");
        is_hr(IRunningObjectTable_GetTimeOfLastChange(table, moniker, &time), S_OK, "the time");
        is_mem(&time, &host->host->time, sizeof(time), "is that");
    }
    is_hr(host_revoke(host, host->host->cookie), S_OK, "revoked");
    IMoniker_Release(moniker);
}

static void test_many(struct host_process *host)
{
    ULONG before = running_count(), runs = 0;
    WCHAR name[64];

    wcscpy(host->host->name, L"!one of many ");
    host->host->count = MANY;
    host->host->flags = ROTFLAGS_REGISTRATIONKEEPSALIVE;
    is_hr(host_tell(host, HOST_MANY), S_OK, "%d entries", MANY);
    is_uint(running_count(), before + MANY, "all are enumerated");
    for (int i = 0; i < MANY; i += 10)
    {
        swprintf(name, ARRAYSIZE(name), L"!one of many %d", i);
        runs += running(name) == S_OK;
    }
    is_uint(runs, MANY / 10, "those asked for run");
    is_hr(running(L"!one of many 10000"), S_FALSE, "no other does");
}

static void test_churn(struct host_process *host)
{
    ULONG before = running_count();

    wcscpy(host->host->name, L"!comes and goes");
    host->host->count = 3000;
    host->host->flags = ROTFLAGS_REGISTRATIONKEEPSALIVE;
    is_hr(host_tell(host, HOST_CHURN), S_OK, "registered and revoked often");
    is_uint(running_count(), before + 1, "one is left");
    is_found(L"!comes and goes", "the last one");
    is_hr(host_revoke(host, host->host->cookie), S_OK, "revoked");
}

static void test_active(struct host_process *host)
{
    static const CLSID active = {0x3c1dc1b6, 0x2a0c, 0x4d4e,
            {0x93, 0x0f, 0x7a, 0x1f, 0x55, 0xd0, 0x11, 0x08}};
    IUnknown *object = NULL;

    ok(FAILED(GetActiveObject(&active, NULL, &object)), "no active object");
    host_register(host, L"!active too", ROTFLAGS_REGISTRATIONKEEPSALIVE);
    host->host->clsid = active;
    is_hr(host_tell(host, HOST_ACTIVE), S_OK, "RegisterActiveObject in the host");
    is_hr(GetActiveObject(&active, NULL, &object), S_OK, "GetActiveObject here");
    is_document(object, "the active object");
    if (object)
        IUnknown_Release(object);
}

/* What a killed process had is gone at once, however many entries that were. */
static void test_killed(struct host_process *host)
{
    IUnknown *object;
    bool gone;

    is_hr(host_register(host, L"c:\\running\\killed", ROTFLAGS_REGISTRATIONKEEPSALIVE), S_OK,
            "a process that will be killed");
    is_hr(running(L"c:\\running\\killed"), S_OK, "has something that runs");
    harness_kill9(&host->process);
    gone = running(L"c:\\running\\killed") == S_FALSE;
    object = found(L"c:\\running\\killed");
    todo_builtin("entries outlive their process there")
    {
        ok(gone, "not any more");
        ok(!object, "it is not found");
        ok(!enumerated(L"c:\\running\\killed") && !enumerated(L"!one of many 5"),
                "nothing of it is enumerated");
        is_uint(running_count(), 0, "nothing is left");
    }
    if (object)
        IUnknown_Release(object);
    host_release(host);
}

static void broker_kill(void)
{
    harness_do("kill match=\"ConciergeComScm-\"");
}

static void test_broker_killed(void)
{
    struct host_process first, second, third;

    host_open(&first, L"first");
    host_open(&second, L"second");
    is_hr(host_register(&first, L"c:\\running\\first", ROTFLAGS_REGISTRATIONKEEPSALIVE), S_OK,
            "registered");
    is_hr(host_register(&second, L"!of the second", ROTFLAGS_REGISTRATIONKEEPSALIVE), S_OK,
            "and in another process");
    broker_kill();
    is_hr(running(L"c:\\running\\first"), S_OK, "without a broker: it runs");
    is_found(L"c:\\running\\first", "without a broker");
    is_hr(host_register(&first, L"!while there is none", ROTFLAGS_REGISTRATIONKEEPSALIVE), S_OK,
            "registered without a broker");
    is_hr(running(L"!while there is none"), S_OK, "and found");
    harness_kill9(&second.process);
    is_hr(running(L"!of the second"), S_FALSE, "a process that dies meanwhile is gone");
    host_release(&second);

    host_open(&third, L"third");
    is_hr(host_register(&third, L"c:\\running\\third", ROTFLAGS_REGISTRATIONKEEPSALIVE), S_OK,
            "a new process starts the next broker");
    is_hr(running(L"c:\\running\\third"), S_OK, "and is found");
    is_hr(host_find(&third, L"c:\\running\\first"), S_OK, "it finds the others");
    ok(FAILED(host_find(&third, L"!of the second")), "but no dead ones");
    is_hr(host_find(&first, L"c:\\running\\third"), S_OK, "who find it");
    is_uint(running_count(), 3, "all are enumerated");
    host_end(&first);
    is_uint(running_count(), 1, "those of a process that ended are not");
    harness_kill9(&third.process);
    is_hr(running(L"c:\\running\\third"), S_FALSE, "the new broker's process is killed");
    host_release(&third);
    is_uint(running_count(), 0, "nothing is left");
}

static void run(struct host_process *host)
{
    test_found(host, L"c:\\running\\Letter.doc", "a file");
    test_found(host, L"c:\\running\\Letter.doc!page 1", "an item in a file");
    test_item(host);
    test_lifetimes(host);
    test_same_name(host);
    test_times(host);
}

int main(void)
{
    struct host_process host;

    harness_require();
    CoInitialize(NULL);
    is_hr(GetRunningObjectTable(0, &table), S_OK, "the table");
    is_uint(running_count(), 0, "nothing runs");
    host_open(&host, L"host");
    run(&host);
    tap_account_begin();
    run(&host);
    todo_builtin("handles stay there")
        tap_account_end("running objects of others");
    test_active(&host);
    test_churn(&host);
    test_many(&host);
    test_killed(&host);
    if (!builtin_lacks("a broker of ours"))
        test_broker_killed();
    IRunningObjectTable_Release(table);
    CoUninitialize();
    return done_testing();
}
