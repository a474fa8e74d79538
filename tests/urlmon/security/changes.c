/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Zones and policies are the registry's ("URL Security Zones Registry Entries"): what is written
 * there, by whomever and wherever, counts from then on, however often it was looked at before.
 */
#include "../../tap.h"

#include <stdio.h>
#include <urlmon.h>
#include <wchar.h>

#define SETTINGS L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"
#define DOMAINS SETTINGS L"\\ZoneMap\\Domains"
#define RANGES SETTINGS L"\\ZoneMap\\Ranges\\"
#define POLICIES L"Software\\Policies\\Microsoft"
#define MACHINE_ONLY POLICIES L"\\Windows\\CurrentVersion\\Internet Settings"
#define URL L"http://www.changes.example/"
#define MANY 5000 /* names below Domains: more than are remembered */
#define TURNS 300

static IInternetSecurityManager *manager;

static DWORD zone_of(const WCHAR *url)
{
    DWORD zone = 99;

    IInternetSecurityManager_MapUrlToZone(manager, url, &zone, 0);
    return zone;
}

static DWORD policy_of(const WCHAR *url)
{
    DWORD policy = 99;

    IInternetSecurityManager_ProcessUrlAction(manager, url, URLACTION_SCRIPT_RUN, (BYTE *)&policy,
            sizeof(policy), NULL, 0, PUAF_NOUI, 0);
    return policy;
}

static void put(HKEY root, const WCHAR *key, const WCHAR *name, DWORD value)
{
    RegSetKeyValueW(root, key, name, REG_DWORD, &value, sizeof(value));
}

/* Another process writes. */
static void run_reg(const WCHAR *arguments)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    WCHAR line[400];

    swprintf(line, ARRAYSIZE(line), L"reg.exe %ls", arguments);
    if (!CreateProcessW(NULL, line, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup,
                &process))
    {
        ok(0, "reg.exe: error %lu", GetLastError());
        return;
    }
    WaitForSingleObject(process.hProcess, INFINITE);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

static void test_processes(void)
{
    is_uint(zone_of(URL), URLZONE_INTERNET, "no mapping");
    run_reg(L"add \"HKCU\\" DOMAINS L"\\changes.example\\www\" /v http /t REG_DWORD /d 4 /f");
    is_uint(zone_of(URL), URLZONE_UNTRUSTED, "one that another process has made");
    run_reg(L"add \"HKCU\\" DOMAINS L"\\changes.example\\www\" /v http /t REG_DWORD /d 1 /f");
    is_uint(zone_of(URL), URLZONE_INTRANET, "and changed");
    run_reg(L"delete \"HKCU\\" DOMAINS L"\\changes.example\" /f");
    is_uint(zone_of(URL), URLZONE_INTERNET, "and deleted");
}

/* The machine's part, and the policy by which it alone counts. */
static void test_machine(void)
{
    put(HKEY_LOCAL_MACHINE, DOMAINS L"\\changes.example", L"*", URLZONE_UNTRUSTED);
    is_uint(zone_of(URL), URLZONE_UNTRUSTED, "a mapping of the machine");
    put(HKEY_CURRENT_USER, DOMAINS L"\\changes.example", L"*", URLZONE_INTRANET);
    is_uint(zone_of(URL), URLZONE_INTRANET, "the user's comes first");
    put(HKEY_LOCAL_MACHINE, MACHINE_ONLY, L"Security_HKLM_only", 1);
    todo_builtin("URL Security Zones Registry Entries: Security_HKLM_only is not read")
        is_uint(zone_of(URL), URLZONE_UNTRUSTED,
                "Security_HKLM_only, below keys that were not "
                "there");
    put(HKEY_LOCAL_MACHINE, MACHINE_ONLY, L"Security_HKLM_only", 0);
    is_uint(zone_of(URL), URLZONE_INTRANET, "no longer");
    put(HKEY_LOCAL_MACHINE, MACHINE_ONLY, L"Security_HKLM_only", 1);
    todo_builtin("URL Security Zones Registry Entries: Security_HKLM_only is not read")
        is_uint(zone_of(URL), URLZONE_UNTRUSTED, "once more");
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, POLICIES);
    is_uint(zone_of(URL), URLZONE_INTRANET, "its keys are gone");
    RegDeleteTreeW(HKEY_CURRENT_USER, DOMAINS L"\\changes.example");
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, DOMAINS L"\\changes.example");
    is_uint(zone_of(URL), URLZONE_INTERNET, "and the mappings");
}

/* All of the settings go, and others come. */
static void test_tree(void)
{
    HKEY settings, kept;

    RegOpenKeyExW(HKEY_CURRENT_USER, SETTINGS, 0, KEY_READ, &settings);
    RegCreateKeyExW(HKEY_CURRENT_USER, L"Software\\Concierge settings", 0, NULL, 0, KEY_ALL_ACCESS,
            NULL, &kept, NULL);
    RegCopyTreeW(settings, NULL, kept);
    RegCloseKey(settings);
    put(HKEY_CURRENT_USER, DOMAINS L"\\changes.example", L"http", URLZONE_UNTRUSTED);
    put(HKEY_CURRENT_USER, SETTINGS L"\\Zones\\4", L"1400", URLPOLICY_ALLOW);
    is_uint(zone_of(URL), URLZONE_UNTRUSTED, "before");
    is_uint(policy_of(URL), URLPOLICY_ALLOW, "its policy");
    RegDeleteTreeW(HKEY_CURRENT_USER, SETTINGS);
    todo_builtin("MapUrlToZone: no zone without the key")
        is_uint(zone_of(URL), URLZONE_INTERNET, "the key of all settings is deleted");
    RegCreateKeyExW(HKEY_CURRENT_USER, SETTINGS, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &settings, NULL);
    RegCopyTreeW(kept, NULL, settings);
    RegCloseKey(settings);
    RegCloseKey(kept);
    RegDeleteTreeW(HKEY_CURRENT_USER, L"Software\\Concierge settings");
    is_uint(zone_of(URL), URLZONE_INTERNET, "made again");
    put(HKEY_CURRENT_USER, DOMAINS L"\\changes.example", L"http", URLZONE_UNTRUSTED);
    is_uint(zone_of(URL), URLZONE_UNTRUSTED, "written to again");
    is_uint(policy_of(URL), URLPOLICY_DISALLOW, "the policy as it was");
    put(HKEY_CURRENT_USER, SETTINGS L"\\Zones\\4", L"1400", URLPOLICY_QUERY);
    is_uint(policy_of(URL), URLPOLICY_QUERY, "another policy");
    put(HKEY_CURRENT_USER, SETTINGS L"\\Zones\\4", L"1400", URLPOLICY_DISALLOW);
    RegDeleteTreeW(HKEY_CURRENT_USER, DOMAINS L"\\changes.example");
}

static void test_many(void)
{
    unsigned int wrong = 0;
    HKEY domains, key;
    WCHAR name[60];

    RegCreateKeyExW(HKEY_CURRENT_USER, DOMAINS, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &domains, NULL);
    for (unsigned int i = 0; i < MANY; i++)
    {
        swprintf(name, ARRAYSIZE(name), L"d%u.example", i);
        RegCreateKeyExW(domains, name, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL);
        RegCloseKey(key);
    }
    for (unsigned int i = 0; i < MANY; i += 499)
    {
        swprintf(name, ARRAYSIZE(name), L"d%u.example", i);
        put(domains, name, L"http", URLZONE_TRUSTED);
    }
    for (unsigned int i = 0; i < MANY; i += 499)
    {
        swprintf(name, ARRAYSIZE(name), L"http://a.D%u.example/", i);
        wrong += zone_of(name) != URLZONE_TRUSTED;
        swprintf(name, ARRAYSIZE(name), L"http://d%u.example/", i + 1);
        wrong += zone_of(name) != URLZONE_INTERNET;
    }
    todo_builtin("a name is mapped that is not in the map")
        is_uint(wrong, 0, "%u names in the map", MANY);
    for (unsigned int i = 0; i < MANY; i++)
    {
        swprintf(name, ARRAYSIZE(name), L"d%u.example", i);
        RegDeleteKeyW(domains, name);
    }
    RegCloseKey(domains);
}

/* Ranges whose keys have the longest names that there are, and a text that is too long for one. */
static void test_long_names(void)
{
    WCHAR key[ARRAYSIZE(RANGES) + 256] = RANGES, text[400];
    DWORD zone = URLZONE_UNTRUSTED;
    HKEY range;

    for (unsigned int length = 200; length <= 255; length += 55)
    {
        for (unsigned int i = 0; i < length; i++)
            key[wcslen(RANGES) + i] = 'r';
        key[wcslen(RANGES) + length] = 0;
        RegCreateKeyExW(HKEY_CURRENT_USER, key, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &range, NULL);
        RegSetValueExW(range, L":Range", 0, REG_SZ, (const BYTE *)L"192.0.2.7",
                sizeof(L"192.0.2.7"));
        RegSetValueExW(range, L"*", 0, REG_DWORD, (const BYTE *)&zone, sizeof(zone));
        todo_builtin("a name of that length is not read")
            is_uint(zone_of(L"http://192.0.2.7/"), URLZONE_UNTRUSTED, "a key of %u characters",
                    length);
        wmemset(text, '1', ARRAYSIZE(text));
        text[ARRAYSIZE(text) - 1] = 0;
        RegSetValueExW(range, L":Range", 0, REG_SZ, (const BYTE *)text, sizeof(text));
        is_uint(zone_of(L"http://192.0.2.7/"), URLZONE_INTERNET, "a range that is too long");
        RegCloseKey(range);
        RegDeleteTreeW(HKEY_CURRENT_USER, key);
    }
}

/* While a mapping changes others see what it was or what it is. */
static volatile LONG going, foreign;

static DWORD WINAPI look(void *unused)
{
    (void)unused;
    while (going)
    {
        DWORD zone = zone_of(URL);

        if (zone != URLZONE_TRUSTED && zone != URLZONE_UNTRUSTED)
            InterlockedIncrement(&foreign);
    }
    return 0;
}

static void test_threads(void)
{
    unsigned int stale = 0;
    HANDLE threads[3];

    put(HKEY_CURRENT_USER, DOMAINS L"\\changes.example", L"http", URLZONE_TRUSTED);
    InterlockedExchange(&going, TRUE);
    for (unsigned int i = 0; i < ARRAYSIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, look, NULL, 0, NULL);
    for (unsigned int i = 0; i < TURNS; i++)
    {
        DWORD zone = i & 1 ? URLZONE_TRUSTED : URLZONE_UNTRUSTED;

        put(HKEY_CURRENT_USER, DOMAINS L"\\changes.example", L"http", zone);
        stale += zone_of(URL) != zone;
    }
    InterlockedExchange(&going, FALSE);
    WaitForMultipleObjects(ARRAYSIZE(threads), threads, TRUE, INFINITE);
    for (unsigned int i = 0; i < ARRAYSIZE(threads); i++)
        CloseHandle(threads[i]);
    is_uint(stale, 0, "who has changed it sees what it is, %u times", TURNS);
    is_int(foreign, 0, "others what it was or is");
    RegDeleteTreeW(HKEY_CURRENT_USER, DOMAINS L"\\changes.example");
}

static void run_all(void)
{
    test_processes();
    test_machine();
    test_tree();
    test_many();
    test_long_names();
    test_threads();
}

int main(void)
{
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    is_hr(CoInternetCreateSecurityManager(NULL, &manager, 0), S_OK,
            "CoInternetCreateSecurityManager");
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("settings that change");
    IInternetSecurityManager_Release(manager);
    CoUninitialize();
    return done_testing();
}
