/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Servers of either word size: which half of the registry they are started from, with which system
 * folder, and by which surrogate. wtypesbase/ne-wtypesbase-clsctx,
 * desktop-src/com/preferredserverbitness, winprog64/file-system-redirector
 */
#include <stdio.h>
#include <wchar.h>

#include "server_class.h"

TAP_TIME_LIMIT(240);

/* By word size: 0 the 32-bit one. */
static const REGSAM views[] = {KEY_WOW64_32KEY, KEY_WOW64_64KEY};
static const DWORD contexts[] = {CLSCTX_ACTIVATE_32_BIT_SERVER, CLSCTX_ACTIVATE_64_BIT_SERVER};
static const char *const names[] = {"32-bit", "64-bit"};
static const unsigned int own = sizeof(void *) == 8;

/* A file beside this program, of that word size. */
static void file_of(unsigned int which, const WCHAR *name, WCHAR path[MAX_PATH])
{
    wcscpy(path, harness_sibling(name));
    if (which != own && !tap_other_path(path))
        bail_out("there is no %s", tap_wstr(path));
}

static void value_set(unsigned int which, const WCHAR *kind, const CLSID *id, const WCHAR *subkey,
        const WCHAR *name, DWORD type, const void *data, DWORD size)
{
    WCHAR path[MAX_PATH], text[40];
    HKEY key;

    StringFromGUID2(id, text, ARRAYSIZE(text));
    swprintf(path, ARRAYSIZE(path), L"Software\\Classes\\%ls\\%ls%ls", kind, text, subkey);
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE | views[which], NULL,
                &key, NULL))
        bail_out("cannot write the registry");
    RegSetValueExW(key, name, 0, type, data, size);
    RegCloseKey(key);
}

static void text_set(unsigned int which, const WCHAR *kind, const CLSID *id, const WCHAR *subkey,
        const WCHAR *name, const WCHAR *text)
{
    value_set(which, kind, id, subkey, name, REG_SZ, text,
            (DWORD)(wcslen(text) + 1) * sizeof(WCHAR));
}

static void keys_delete(const WCHAR *kind, const CLSID *id)
{
    WCHAR text[40];
    HKEY key;

    StringFromGUID2(id, text, ARRAYSIZE(text));
    for (unsigned int i = 0; i < 2; i++)
    {
        WCHAR path[MAX_PATH];

        swprintf(path, ARRAYSIZE(path), L"Software\\Classes\\%ls", kind);
        if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_ALL_ACCESS | views[i], &key))
            continue;
        RegDeleteTreeW(key, text);
        RegCloseKey(key);
    }
}

/* A class whose server is this program, in one half of the registry. */
static void server_set(const struct server_class *class, unsigned int which, const WCHAR *program)
{
    WCHAR command[MAX_PATH * 2], clsid[40];

    StringFromGUID2(&class->clsid, clsid, ARRAYSIZE(clsid));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" %ls many %ls", program, clsid, class->name);
    text_set(which, L"CLSID", &class->clsid, L"\\LocalServer32", NULL, command);
}

static void class_open(struct server_class *class, WORD number)
{
    server_class_open(class, number, L"many");
    keys_delete(L"CLSID", &class->clsid);
}

static void class_close(struct server_class *class)
{
    keys_delete(L"CLSID", &class->clsid);
    keys_delete(L"AppID", &class->clsid);
    server_class_close(class);
}

/* 0, 1, or 2 when it cannot be told. */
static unsigned int process_word_size(DWORD process_id)
{
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process_id);
    BOOL wow64 = FALSE;
    unsigned int result = 2;

    if (process && IsWow64Process(process, &wow64))
        result = !wow64;
    if (process)
        CloseHandle(process);
    return result;
}

static void is_served_by(const struct server_class *class, DWORD context, unsigned int which,
        const char *what)
{
    HRESULT hr;
    DWORD process = activate(&class->clsid, CLSCTX_LOCAL_SERVER | context, &hr, NULL);

    is_hr(hr, S_OK, "%s", what);
    is_uint(process_word_size(process), which, "%s: the server is %s", what, names[which]);
}

static void is_refused(const struct server_class *class, DWORD context, HRESULT expected,
        const char *what)
{
    HRESULT hr;

    activate(&class->clsid, CLSCTX_LOCAL_SERVER | context, &hr, NULL);
    is_hr(hr, expected, "%s", what);
}

/* ---- programs ---- */

static void test_flags(void)
{
    WCHAR path[MAX_PATH];
    struct server_class class;

    class_open(&class, 1);
    for (unsigned int i = 0; i < 2; i++)
    {
        file_of(i, L"local_server_host.exe", path);
        server_set(&class, i, path);
    }
    is_refused(&class, contexts[0] | contexts[1], E_INVALIDARG, "both flags");
    is_served_by(&class, 0, own, "no flag");
    is_served_by(&class, contexts[!own], !own, "the other's flag");
    is_served_by(&class, contexts[own], own, "the own flag");
    is_served_by(&class, contexts[!own], !own, "the other's again");
    is_int(class.state->started, 2, "one of each has been started");
    class_close(&class);
}

static void test_one_half(void)
{
    WCHAR path[MAX_PATH];

    for (unsigned int i = 0; i < 2; i++)
    {
        struct server_class class;

        note("registered in the %s half alone", names[i]);
        class_open(&class, (WORD)(2 + i));
        file_of(i, L"local_server_host.exe", path);
        server_set(&class, i, path);
        is_refused(&class, contexts[!i], REGDB_E_CLASSNOTREG, "the other's flag");
        is_served_by(&class, 0, i, "no flag");
        is_served_by(&class, contexts[i], i, "its flag");
        is_int(class.state->started, 1, "one has been started");
        class_close(&class);
    }
}

/* The values of PreferredServerBitness: 1 the client's, 2 32-bit, 3 64-bit. */
static void test_preference(void)
{
    const unsigned int expected[] = {own, 0, 1};

    for (DWORD preference = 1; preference <= 3; preference++)
    {
        WCHAR path[MAX_PATH], text[40];
        struct server_class class;

        note("PreferredServerBitness %lu", preference);
        class_open(&class, (WORD)(3 + preference));
        StringFromGUID2(&class.clsid, text, ARRAYSIZE(text));
        for (unsigned int i = 0; i < 2; i++)
        {
            file_of(i, L"local_server_host.exe", path);
            server_set(&class, i, path);
            text_set(i, L"CLSID", &class.clsid, L"", L"AppID", text);
            value_set(i, L"AppID", &class.clsid, L"", L"PreferredServerBitness", REG_DWORD,
                    &preference, sizeof(preference));
        }
        is_served_by(&class, 0, expected[preference - 1], "no flag");
        is_served_by(&class, contexts[0], 0, "the flags come first");
        is_served_by(&class, contexts[1], 1, "both of them");
        class_close(&class);
    }
}

/* In the folder which programs of that word size see as system32. */
static void system_file(unsigned int which, const WCHAR *name, WCHAR path[MAX_PATH])
{
    if (which == own)
        GetSystemDirectoryW(path, MAX_PATH - 64);
    else if (own)
        GetSystemWow64DirectoryW(path, MAX_PATH - 64);
    else
    {
        GetWindowsDirectoryW(path, MAX_PATH - 64);
        wcscat(path, L"\\sysnative");
    }
    wcscat(path, L"\\");
    wcscat(path, name);
}

/* Each half says "system32", as the programs that have registered themselves there see it. */
static void test_system_folder(void)
{
    static const WCHAR name[] = L"word sizes host.exe";
    WCHAR path[MAX_PATH], copy[MAX_PATH], system[MAX_PATH];
    struct server_class class;

    class_open(&class, 7);
    GetSystemDirectoryW(system, MAX_PATH - 64);
    wcscat(system, L"\\");
    wcscat(system, name);
    for (unsigned int i = 0; i < 2; i++)
    {
        file_of(i, L"local_server_host.exe", path);
        system_file(i, name, copy);
        if (!CopyFileW(path, copy, FALSE))
            bail_out("cannot make %s: %lu", tap_wstr(copy), GetLastError());
        server_set(&class, i, system);
    }
    is_served_by(&class, contexts[0], 0, "system32 in the 32-bit half");
    is_served_by(&class, contexts[1], 1, "system32 in the 64-bit half");
    is_int(class.state->embedding, 2, "both with -Embedding");
    class_close(&class);
    for (unsigned int i = 0; i < 2; i++)
    {
        system_file(i, name, copy);
        for (unsigned int tries = 0;
                tries < QUICK / 10 && !DeleteFileW(copy) && GetLastError() != ERROR_FILE_NOT_FOUND;
                tries++)
            Sleep(10);
    }
}

/* ---- DLLs in dllhost.exe ---- */

static DWORD thread_process(DWORD thread_id)
{
    HANDLE thread = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, thread_id);
    DWORD process = thread ? GetProcessIdOfThread(thread) : 0;

    if (thread)
        CloseHandle(thread);
    return process;
}

static void is_surrogated(const CLSID *clsid, DWORD context, unsigned int which, const char *what)
{
    union object_place place = {{0}};
    IPersist *object = NULL;
    HRESULT hr = CoCreateInstance(clsid, NULL, CLSCTX_LOCAL_SERVER | context, &IID_IPersist,
            (void **)&object);
    DWORD process = 0;

    is_hr(hr, S_OK, "%s", what);
    if (object)
    {
        is_hr(IPersist_GetClassID(object, &place.guid), S_OK, "%s: it answers", what);
        process = thread_process(place.is.thread);
        IPersist_Release(object);
    }
    ok(process != GetCurrentProcessId(), "%s: in another process", what);
    is_uint(process_word_size(process), which, "%s: the surrogate is %s", what, names[which]);
}

static void dll_set(unsigned int which, const CLSID *clsid, const CLSID *appid)
{
    WCHAR path[MAX_PATH], text[40];

    StringFromGUID2(appid, text, ARRAYSIZE(text));
    file_of(which, L"test_server.dll", path);
    text_set(which, L"CLSID", clsid, L"\\InprocServer32", NULL, path);
    text_set(which, L"CLSID", clsid, L"\\InprocServer32", L"ThreadingModel", L"Both");
    text_set(which, L"CLSID", clsid, L"", L"AppID", text);
    text_set(which, L"AppID", appid, L"", L"DllSurrogate", L"");
}

static void test_surrogates(void)
{
    CLSID appid = test_clsid(10), alone[2] = {test_clsid(11), test_clsid(12)};
    CLSID both = test_clsid(13);
    HRESULT hr;

    SetEnvironmentVariableW(L"CONCIERGE_SurrogateIdle", L"500");
    for (unsigned int i = 0; i < 2; i++)
    {
        dll_set(i, &alone[i], &appid);
        dll_set(i, &both, &appid);
    }
    for (unsigned int i = 0; i < 2; i++)
    {
        note("a %s DLL", names[i]);
        is_surrogated(&alone[i], 0, i, "no flag");
        is_surrogated(&alone[i], contexts[i], i, "its flag");
        activate(&alone[i], CLSCTX_LOCAL_SERVER | contexts[!i], &hr, NULL);
        is_hr(hr, REGDB_E_CLASSNOTREG, "the other's flag");
    }
    note("a DLL of each");
    is_surrogated(&both, contexts[!own], !own, "the other's flag");
    is_surrogated(&both, contexts[own], own, "the own flag");
    for (unsigned int i = 0; i < 2; i++)
        keys_delete(L"CLSID", &alone[i]);
    keys_delete(L"CLSID", &both);
    keys_delete(L"AppID", &appid);
    SetEnvironmentVariableW(L"CONCIERGE_SurrogateIdle", NULL);
}

static void skip_without_other(void)
{
    WCHAR path[MAX_PATH];

    wcscpy(path, harness_sibling(L"local_server_host.exe"));
    if (!tap_other_path(path))
        skip_all("no programs of the other word size");
    if (GetSystemWow64DirectoryW(path, MAX_PATH - 16))
        wcscat(path, L"\\ntdll.dll");
    if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES)
        skip_all("no 32-bit Wine");
}

int main(void)
{
    harness_require();
    skip_without_other();
    if (builtin_lacks("servers of both word sizes"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_flags();
    test_one_half();
    test_preference();
    test_system_folder();
    test_surrogates();
    CoUninitialize();
    return done_testing();
}
