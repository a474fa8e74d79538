/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DLLs in surrogates: the system's, dllhost.exe, and those which DllSurrogate names.
 * com/dll-surrogates, com/writing-a-custom-surrogate, objidl/nf-objidl-isurrogate-freesurrogate
 */
#include <stdio.h>
#include <wchar.h>

#include "server_class.h"

TAP_TIME_LIMIT(240);

static DWORD thread_process(DWORD thread_id)
{
    HANDLE thread = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, thread_id);
    DWORD process = thread ? GetProcessIdOfThread(thread) : 0;

    if (thread)
        CloseHandle(thread);
    return process;
}

/* An instance of an in-process class in a surrogate; the surrogate's process. */
static DWORD surrogate_activate(const CLSID *clsid, IPersist **object, const char *what)
{
    union object_place place = {{0}};
    HRESULT hr = CoCreateInstance(clsid, NULL, CLSCTX_LOCAL_SERVER, &IID_IPersist, (void **)object);

    is_hr(hr, S_OK, "%s", what);
    if (FAILED(hr))
        return 0;
    is_hr(IPersist_GetClassID(*object, &place.guid), S_OK, "it answers");
    return thread_process(place.is.thread);
}

static void test_surrogate(void)
{
    static const WCHAR *const models[] = {L"Both", L"Apartment", L"Free"};
    CLSID clsids[3], appid = test_clsid(20);
    IPersist *objects[3] = {NULL};
    DWORD process[3] = {0};
    WCHAR path[MAX_PATH], text[40];
    HANDLE surrogate;

    StringFromGUID2(&appid, text, ARRAYSIZE(text));
    appid_set(&appid, L"DllSurrogate", L"");
    SetEnvironmentVariableW(L"CONCIERGE_SurrogateIdle", L"500");
    for (unsigned int i = 0; i < 3; i++)
    {
        clsids[i] = test_clsid(21 + i);
        class_set_server(&clsids[i], server_copy(L"surrogate.dll", path), models[i]);
        class_set_value(FALSE, &clsids[i], L"", L"AppID", REG_SZ, text);
        process[i] = surrogate_activate(&clsids[i], &objects[i], "a DLL in a surrogate");
    }
    ok(process[0] && process[0] != GetCurrentProcessId(), "in another process");
    ok(process[1] == process[0] && process[2] == process[0], "one for the AppID");
    surrogate = OpenProcess(SYNCHRONIZE, FALSE, process[0]);
    ok(WaitForSingleObject(surrogate, 1500) == WAIT_TIMEOUT, "it stays while it is needed");
    for (unsigned int i = 0; i < 3; i++)
    {
        if (objects[i])
            IPersist_Release(objects[i]);
    }
    ok(WaitForSingleObject(surrogate, QUICK) == WAIT_OBJECT_0, "and leaves then");
    CloseHandle(surrogate);
    process[1] = surrogate_activate(&clsids[1], &objects[1], "another surrogate");
    ok(process[1] && process[1] != process[0], "is another process");
    if (objects[1])
        IPersist_Release(objects[1]);
    surrogate = OpenProcess(SYNCHRONIZE, FALSE, process[1]);
    WaitForSingleObject(surrogate, QUICK);
    CloseHandle(surrogate);
    SetEnvironmentVariableW(L"CONCIERGE_SurrogateIdle", NULL);
    for (unsigned int i = 0; i < 3; i++)
        class_delete(&clsids[i]);
    appid_delete(&appid);
}

/* A class whose DllSurrogate names our program, in some mode. */
static void custom_class_open(struct server_class *class, WORD number, const WCHAR *mode,
        const WCHAR *model)
{
    WCHAR clsid[40], command[MAX_PATH * 2], path[MAX_PATH];

    server_class_open(class, number, L"exit");
    class_delete(&class->clsid);
    StringFromGUID2(&class->clsid, clsid, ARRAYSIZE(clsid));
    server_class_command(class, mode, command, ARRAYSIZE(command));
    class_set_server(&class->clsid, server_copy(L"surrogate.dll", path), model);
    class_set_value(FALSE, &class->clsid, L"", L"AppID", REG_SZ, clsid);
    appid_set(&class->clsid, L"DllSurrogate", command);
}

static void custom_class_close(struct server_class *class)
{
    appid_delete(&class->clsid);
    server_class_close(class);
}

/* DllSurrogate names a program. */
static void test_custom_surrogate(void)
{
    struct server_class class;
    DWORD process;

    custom_class_open(&class, 30, L"surrogate", L"Both");
    process = activate_well(&class, "a surrogate of another kind");
    ok(process && process != GetCurrentProcessId(), "serves");
    is_int(class.state->embedding, 1, "started with -Embedding");
    is_uint(activate_well(&class, "once more"), process, "the same");
    is_int(class.state->started, 1, "started once");
    SetEvent(class.revoke);
    reaches(&class.state->revoked, 1, "CoRegisterSurrogate(NULL)");
    ok(activate_well(&class, "then") != process, "there is another surrogate");
    is_int(class.state->started, 2, "two in all");
    custom_class_close(&class);
}

/* COM calls it when the last DLL has been unloaded, however it was loaded. */
static void test_free_surrogate(void)
{
    static const WCHAR *const models[] = {L"Both", L"Apartment", L"Free", L"Neutral"};

    for (unsigned int i = 0; i < ARRAYSIZE(models); i++)
    {
        struct server_class class;
        IPersist *object = NULL;
        DWORD process;

        note("%s", tap_wstr(models[i]));
        custom_class_open(&class, (WORD)(31 + i), L"surrogate-dll", models[i]);
        process = surrogate_activate(&class.clsid, &object, "a surrogate that frees its DLLs");
        is_int(class.state->loaded, 1, "LoadDllServer");
        Sleep(300);
        is_int(class.state->freed, 0, "no FreeSurrogate while there is an object");
        if (object)
            IPersist_Release(object);
        reaches(&class.state->freed, 1, "FreeSurrogate when there is none");
        process_ends(process, "the surrogate ends");
        surrogate_activate(&class.clsid, &object, "the next client");
        is_int(class.state->started, 2, "has another one");
        if (object)
            IPersist_Release(object);
        reaches(&class.state->freed, 2, "FreeSurrogate once each");
        custom_class_close(&class);
    }
}

/* What a client keeps of surrogates that have gone. */
static void test_accounts(void)
{
    struct server_class class;
    IPersist *object = NULL;

    custom_class_open(&class, 40, L"surrogate-dll", L"Both");
    for (LONG round = 0; round < 4; round++)
    {
        DWORD process = surrogate_activate(&class.clsid, &object, "one more surrogate");

        if (object)
            IPersist_Release(object);
        reaches(&class.state->freed, round + 1, "freed");
        process_ends(process, "ended");
        if (!round)
            tap_account_begin();
    }
    tap_account_end("three surrogates");
    custom_class_close(&class);
}

int main(void)
{
    harness_require();
    if (builtin_lacks("DllSurrogate: com/dllsurrogate"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_surrogate();
    test_custom_surrogate();
    test_free_surrogate();
    test_accounts();
    CoUninitialize();
    server_copies_delete();
    return done_testing();
}
