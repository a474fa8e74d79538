/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Zones that are locked down: their policies (platform-apis/ms537047, ms537058), what takes them in
 * the place of a zone's own (ms537119, ms537171), and URLs that are to count as restricted
 * (dd759042).
 */
#include "../../tap.h"

#include <urlmon.h>

#define SETTINGS L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\"
#define RESTRICTED                                                                                 \
    L"Software\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\"                 \
    L"RestrictedProtocols"
#define LOCAL_URL L"file:///c:/page.html"
#define WEB_URL L"http://www.example.org/"

static IInternetZoneManagerEx2 *zones;
static IInternetSecurityManagerEx2 *manager;

static DWORD policy_of(DWORD zone, DWORD action, DWORD flags)
{
    DWORD policy = 77;

    IInternetZoneManagerEx2_GetZoneActionPolicyEx(zones, zone, action, (BYTE *)&policy,
            sizeof(policy), URLZONEREG_DEFAULT, flags);
    return policy;
}

static HRESULT policy_set(DWORD zone, DWORD action, DWORD policy, DWORD flags)
{
    return IInternetZoneManagerEx2_SetZoneActionPolicyEx(zones, zone, action, (BYTE *)&policy,
            sizeof(policy), URLZONEREG_HKCU, flags);
}

/* Whether scripts of a URL run: by its own zone, or by the locked-down one. */
static void check_script(const WCHAR *url, DWORD flags, BOOL locked, BOOL allowed, const char *what)
{
    DWORD policy = 77, out = 77;
    IUri *uri;

    is_hr(IInternetSecurityManagerEx2_ProcessUrlActionEx(manager, url, URLACTION_SCRIPT_RUN,
                  (BYTE *)&policy, sizeof(policy), NULL, 0, flags | PUAF_NOUI, 0, &out),
            allowed ? S_OK : S_FALSE, "%s", what);
    is_uint(policy, allowed ? URLPOLICY_ALLOW : URLPOLICY_DISALLOW, "%s: the policy", what);
    is_uint(out, locked ? PUAFOUT_ISLOCKZONEPOLICY : PUAFOUT_DEFAULT, "%s: whose", what);
    CreateUri(url, 0, 0, &uri);
    out = 77;
    is_hr(IInternetSecurityManagerEx2_ProcessUrlActionEx2(manager, uri, URLACTION_SCRIPT_RUN,
                  (BYTE *)&policy, sizeof(policy), NULL, 0, flags | PUAF_NOUI, 0, &out),
            allowed ? S_OK : S_FALSE, "%s: of an IUri", what);
    is_uint(out, locked ? PUAFOUT_ISLOCKZONEPOLICY : PUAFOUT_DEFAULT, "%s: whose", what);
    IUri_Release(uri);
}

static void test_policies(void)
{
    static const DWORD stricter[] = {URLACTION_DOWNLOAD_UNSIGNED_ACTIVEX, URLACTION_ACTIVEX_RUN,
            URLACTION_ACTIVEX_OVERRIDE_OBJECT_SAFETY, URLACTION_SCRIPT_RUN,
            URLACTION_CLIENT_CERT_PROMPT, URLACTION_BEHAVIOR_RUN};
    ZONEATTRIBUTES attributes = {.cbSize = sizeof(attributes)};

    for (unsigned int i = 0; i < ARRAYSIZE(stricter); i++)
    {
        is_uint(policy_of(URLZONE_LOCAL_MACHINE, stricter[i], ZAFLAGS_USE_LOCKED_ZONES),
                URLPOLICY_DISALLOW, "action %lx of the local machine, locked down", stricter[i]);
    }
    is_uint(policy_of(URLZONE_LOCAL_MACHINE, URLACTION_JAVA_PERMISSIONS, ZAFLAGS_USE_LOCKED_ZONES),
            URLPOLICY_JAVA_PROHIBIT, "and Java");
    is_uint(policy_of(URLZONE_LOCAL_MACHINE, URLACTION_SCRIPT_RUN, 0), URLPOLICY_ALLOW,
            "its own policy");
    is_uint(policy_of(URLZONE_LOCAL_MACHINE, URLACTION_SHELL_FILE_DOWNLOAD,
                    ZAFLAGS_USE_LOCKED_ZONES),
            URLPOLICY_ALLOW, "an action without a difference");
    is_uint(policy_of(URLZONE_INTERNET, URLACTION_SCRIPT_RUN, ZAFLAGS_USE_LOCKED_ZONES),
            URLPOLICY_ALLOW, "a zone without a difference");
    is_hr(policy_set(URLZONE_INTERNET, URLACTION_SCRIPT_RUN, URLPOLICY_DISALLOW,
                  ZAFLAGS_USE_LOCKED_ZONES),
            S_OK, "change a locked-down zone");
    is_uint(policy_of(URLZONE_INTERNET, URLACTION_SCRIPT_RUN, ZAFLAGS_USE_LOCKED_ZONES),
            URLPOLICY_DISALLOW, "it is changed");
    is_uint(policy_of(URLZONE_INTERNET, URLACTION_SCRIPT_RUN, 0), URLPOLICY_ALLOW,
            "the zone itself is not");
    is_hr(policy_set(77, URLACTION_SCRIPT_RUN, URLPOLICY_ALLOW, ZAFLAGS_USE_LOCKED_ZONES),
            E_INVALIDARG, "no such zone");
    is_hr(IInternetZoneManagerEx2_GetZoneAttributesEx(zones, URLZONE_INTERNET, &attributes,
                  ZAFLAGS_USE_LOCKED_ZONES),
            S_OK, "attributes of a locked-down zone");
    is_uint(attributes.dwTemplateCurrentLevel, URLTEMPLATE_MEDIUM, "its level");
}

static DWORD WINAPI other_thread(void *unused)
{
    (void)unused;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    check_script(LOCAL_URL, 0, FALSE, TRUE, "another thread");
    CoUninitialize();
    return 0;
}

static void test_local_machine(void)
{
    HANDLE thread;

    check_script(LOCAL_URL, 0, FALSE, TRUE, "a file");
    check_script(LOCAL_URL, PUAF_LMZ_LOCKED, TRUE, FALSE, "a file with PUAF_LMZ_LOCKED");
    check_script(WEB_URL, PUAF_LMZ_LOCKED, FALSE, TRUE, "the web with PUAF_LMZ_LOCKED");
    CoInternetSetFeatureEnabled(FEATURE_LOCALMACHINE_LOCKDOWN, SET_FEATURE_ON_THREAD, TRUE);
    check_script(LOCAL_URL, 0, TRUE, FALSE, "a file in the lockdown");
    check_script(LOCAL_URL, PUAF_LMZ_UNLOCKED, FALSE, TRUE, "a file with PUAF_LMZ_UNLOCKED");
    check_script(WEB_URL, 0, FALSE, TRUE, "the web in the lockdown");
    thread = CreateThread(NULL, 0, other_thread, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CoInternetSetFeatureEnabled(FEATURE_LOCALMACHINE_LOCKDOWN, SET_FEATURE_ON_THREAD, FALSE);
    check_script(LOCAL_URL, 0, FALSE, TRUE, "a file after the lockdown");
}

static void restrict_protocol(const WCHAR *name, const WCHAR *text)
{
    RegSetKeyValueW(HKEY_CURRENT_USER, RESTRICTED L"\\3", name, REG_SZ, text,
            (DWORD)(wcslen(text) + 1) * sizeof(WCHAR));
}

static void test_protocols(void)
{
    WCHAR long_name[200];

    restrict_protocol(L"HTTP", L"");
    check_script(WEB_URL, 0, FALSE, TRUE, "a listed protocol without the feature");
    CoInternetSetFeatureEnabled(FEATURE_PROTOCOL_LOCKDOWN, SET_FEATURE_ON_PROCESS, TRUE);
    check_script(WEB_URL, 0, TRUE, FALSE, "a listed protocol");
    check_script(L"https://www.example.org/", 0, FALSE, TRUE, "another protocol");
    check_script(LOCAL_URL, 0, FALSE, TRUE, "another zone");
    policy_set(URLZONE_INTERNET, URLACTION_ALLOW_RESTRICTEDPROTOCOLS, URLPOLICY_ALLOW, 0);
    check_script(WEB_URL, 0, FALSE, TRUE, "a zone that allows listed protocols");
    check_script(WEB_URL, PUAF_NPL_USE_LOCKED_IF_RESTRICTED, TRUE, FALSE, "unless it shall not");
    policy_set(URLZONE_INTERNET, URLACTION_ALLOW_RESTRICTEDPROTOCOLS, URLPOLICY_QUERY, 0);
    check_script(WEB_URL, 0, TRUE, FALSE, "a zone that would ask");
    RegDeleteTreeW(HKEY_CURRENT_USER, RESTRICTED);
    check_script(WEB_URL, 0, FALSE, TRUE, "no protocol is listed");
    for (unsigned int i = 0; i < ARRAYSIZE(long_name); i++)
        long_name[i] = i + 1 < ARRAYSIZE(long_name) ? 'x' : 0;
    restrict_protocol(long_name, long_name);
    restrict_protocol(L"1", long_name);
    restrict_protocol(L"2", L"http");
    check_script(WEB_URL, 0, TRUE, FALSE, "one that is listed by its text, behind long ones");
    RegDeleteTreeW(HKEY_CURRENT_USER, RESTRICTED);
    RegDeleteKeyValueW(HKEY_CURRENT_USER, SETTINGS L"Zones\\3", L"2300");
    CoInternetSetFeatureEnabled(FEATURE_PROTOCOL_LOCKDOWN, SET_FEATURE_ON_PROCESS, FALSE);
    policy_set(URLZONE_INTERNET, URLACTION_SCRIPT_RUN, URLPOLICY_ALLOW, ZAFLAGS_USE_LOCKED_ZONES);
}

static void test_restricted(void)
{
    DWORD zone = 77;

    is_hr(IInternetSecurityManagerEx2_MapUrlToZone(manager, LOCAL_URL, &zone,
                  MUTZ_ENFORCERESTRICTED),
            S_OK, "MUTZ_ENFORCERESTRICTED");
    is_uint(zone, URLZONE_UNTRUSTED, "the zone");
    is_hr(IInternetSecurityManagerEx2_MapUrlToZone(manager, L"", &zone, MUTZ_ENFORCERESTRICTED),
            E_INVALIDARG, "of no URL");
    check_script(LOCAL_URL, PUAF_ENFORCERESTRICTED, FALSE, FALSE, "PUAF_ENFORCERESTRICTED");
    check_script(WEB_URL, PUAF_ENFORCERESTRICTED | PUAF_LMZ_LOCKED, FALSE, FALSE, "of the web");
}

static void run_all(void)
{
    CoInternetCreateZoneManager(NULL, (IInternetZoneManager **)&zones, 0);
    CoInternetCreateSecurityManager(NULL, (IInternetSecurityManager **)&manager, 0);
    test_policies();
    test_local_machine();
    test_protocols();
    test_restricted();
    is_uint(IInternetSecurityManagerEx2_Release(manager), 0, "the last reference");
    is_uint(IInternetZoneManagerEx2_Release(zones), 0, "the last reference");
}

int main(void)
{
    if (builtin_lacks("locked-down zones: ms537119"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("locked-down zones");
    CoUninitialize();
    return done_testing();
}
