/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies of zones: IInternetZoneManager (platform-apis/ms537079), Ex, Ex2 (ms537055), "About URL
 * Security Zone Templates" (ms537186); what IInternetSecurityManagerEx2 and the feature controls
 * make of them; components and compatibility flags.
 */
#include "../../tap.h"

#include <urlmon.h>
#include <wchar.h>

#define ZONES L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Zones\\"
#define SECURITY L"Software\\Microsoft\\Internet Explorer\\Security"
#define COMPATIBILITY L"Software\\Microsoft\\Internet Explorer\\ActiveX Compatibility\\"

static IInternetZoneManagerEx2 *zones;
static IInternetSecurityManagerEx2 *manager;

static DWORD policy_of(DWORD zone, DWORD action)
{
    DWORD policy = 0xdeadbeef;

    IInternetZoneManagerEx2_GetZoneActionPolicy(zones, zone, action, (BYTE *)&policy,
            sizeof(policy), URLZONEREG_DEFAULT);
    return policy;
}

static HRESULT policy_set(DWORD zone, DWORD action, DWORD policy)
{
    return IInternetZoneManagerEx2_SetZoneActionPolicy(zones, zone, action, (BYTE *)&policy,
            sizeof(policy), URLZONEREG_DEFAULT);
}

static DWORD level_of(DWORD zone, DWORD flags)
{
    ZONEATTRIBUTES attributes = {.cbSize = sizeof(attributes)};

    IInternetZoneManagerEx2_GetZoneAttributesEx(zones, zone, &attributes, flags);
    return attributes.dwTemplateCurrentLevel;
}

static DWORD state_of(DWORD zone)
{
    BOOL policy = 99;
    DWORD state = 99;

    is_hr(IInternetZoneManagerEx2_GetZoneSecurityState(zones, zone, FALSE, &state, &policy), S_OK,
            "GetZoneSecurityState");
    is_int(policy, FALSE, "no policy of a group");
    return state;
}

static DWORD whole_state(void)
{
    DWORD state = 99;

    is_hr(IInternetZoneManagerEx2_GetIESecurityState(zones, FALSE, &state, NULL, TRUE), S_OK,
            "GetIESecurityState");
    return state;
}

struct template_row
{
    DWORD template, script, unsigned_control, logon, java;
};

static void test_templates(void)
{
    static const struct template_row rows[] = {
            {URLTEMPLATE_LOW, URLPOLICY_ALLOW, URLPOLICY_QUERY,
                    URLPOLICY_CREDENTIALS_SILENT_LOGON_OK, URLPOLICY_JAVA_LOW},
            {URLTEMPLATE_MEDLOW, URLPOLICY_ALLOW, URLPOLICY_DISALLOW,
                    URLPOLICY_CREDENTIALS_CONDITIONAL_PROMPT, URLPOLICY_JAVA_MEDIUM},
            {URLTEMPLATE_MEDIUM, URLPOLICY_ALLOW, URLPOLICY_DISALLOW,
                    URLPOLICY_CREDENTIALS_CONDITIONAL_PROMPT, URLPOLICY_JAVA_HIGH},
            {URLTEMPLATE_MEDHIGH, URLPOLICY_ALLOW, URLPOLICY_DISALLOW,
                    URLPOLICY_CREDENTIALS_CONDITIONAL_PROMPT, URLPOLICY_JAVA_HIGH},
            {URLTEMPLATE_HIGH, URLPOLICY_DISALLOW, URLPOLICY_DISALLOW,
                    URLPOLICY_CREDENTIALS_MUST_PROMPT_USER, URLPOLICY_JAVA_PROHIBIT},
    };

    for (unsigned int i = 0; i < ARRAYSIZE(rows); i++)
    {
        const struct template_row *row = &rows[i];

        is_hr(IInternetZoneManagerEx2_CopyTemplatePoliciesToZone(zones, row->template,
                      URLZONE_INTERNET, 0),
                S_OK, "template %lx", row->template);
        is_uint(policy_of(URLZONE_INTERNET, URLACTION_SCRIPT_RUN), row->script, "scripts");
        is_uint(policy_of(URLZONE_INTERNET, URLACTION_DOWNLOAD_UNSIGNED_ACTIVEX),
                row->unsigned_control, "unsigned controls");
        is_uint(policy_of(URLZONE_INTERNET, URLACTION_CREDENTIALS_USE), row->logon, "logon");
        is_uint(policy_of(URLZONE_INTERNET, URLACTION_JAVA_PERMISSIONS), row->java, "Java");
        is_uint(level_of(URLZONE_INTERNET, 0), row->template, "it is the current level");
        is_uint(level_of(URLZONE_INTERNET, ZAFLAGS_VERIFY_TEMPLATE_SETTINGS), row->template,
                "and true");
    }
    is_hr(IInternetZoneManagerEx2_CopyTemplatePoliciesToZone(zones, URLTEMPLATE_CUSTOM,
                  URLZONE_INTERNET, 0),
            E_INVALIDARG, "no template");
    is_hr(IInternetZoneManagerEx2_CopyTemplatePoliciesToZone(zones, URLTEMPLATE_LOW, 55, 0),
            E_INVALIDARG, "no zone");
    is_hr(IInternetZoneManagerEx2_CopyTemplatePoliciesToZone(zones, URLTEMPLATE_MEDIUM,
                  URLZONE_INTERNET, 0),
            S_OK, "as it was");
}

/* ZONEMGR_FLAG_ONLY_INSECURE: "do not modify settings that are already more secure". */
static void test_only_insecure(void)
{
    policy_set(URLZONE_INTERNET, URLACTION_SCRIPT_RUN, URLPOLICY_DISALLOW);
    policy_set(URLZONE_INTERNET, URLACTION_DOWNLOAD_UNSIGNED_ACTIVEX, URLPOLICY_ALLOW);
    policy_set(URLZONE_INTERNET, URLACTION_CREDENTIALS_USE, URLPOLICY_CREDENTIALS_MUST_PROMPT_USER);
    policy_set(URLZONE_INTERNET, URLACTION_JAVA_PERMISSIONS, URLPOLICY_JAVA_LOW);
    is_uint(level_of(URLZONE_INTERNET, ZAFLAGS_VERIFY_TEMPLATE_SETTINGS), URLTEMPLATE_CUSTOM,
            "not what the template says");
    is_hr(IInternetZoneManagerEx2_CopyTemplatePoliciesToZone(zones, URLTEMPLATE_MEDIUM,
                  URLZONE_INTERNET, 1),
            S_OK, "only what is less secure");
    is_uint(policy_of(URLZONE_INTERNET, URLACTION_SCRIPT_RUN), URLPOLICY_DISALLOW, "scripts stay");
    is_uint(policy_of(URLZONE_INTERNET, URLACTION_DOWNLOAD_UNSIGNED_ACTIVEX), URLPOLICY_DISALLOW,
            "unsigned controls go");
    is_uint(policy_of(URLZONE_INTERNET, URLACTION_CREDENTIALS_USE),
            URLPOLICY_CREDENTIALS_MUST_PROMPT_USER, "logon stays");
    is_uint(policy_of(URLZONE_INTERNET, URLACTION_JAVA_PERMISSIONS), URLPOLICY_JAVA_HIGH,
            "Java is high");
    is_uint(level_of(URLZONE_INTERNET, 0), URLTEMPLATE_CUSTOM, "the level is nobody's");
    IInternetZoneManagerEx2_CopyTemplatePoliciesToZone(zones, URLTEMPLATE_MEDIUM, URLZONE_INTERNET,
            0);
}

static void test_state(void)
{
    DWORD off = 1, state;

    is_uint(whole_state(), SECURITY_IE_STATE_GREEN, "all is as it was set up");
    policy_set(URLZONE_INTERNET, URLACTION_DOWNLOAD_UNSIGNED_ACTIVEX, URLPOLICY_ALLOW);
    is_uint(state_of(URLZONE_INTERNET), SECURITY_IE_STATE_RED, "unsigned controls of the Internet");
    is_uint(state_of(URLZONE_TRUSTED), SECURITY_IE_STATE_GREEN, "another zone");
    is_uint(whole_state(), SECURITY_IE_STATE_RED, "one zone is enough");
    RegSetKeyValueW(HKEY_CURRENT_USER, SECURITY, L"DisableSecuritySettingsCheck", REG_DWORD, &off,
            sizeof(off));
    is_uint(whole_state(), SECURITY_IE_STATE_GREEN, "DisableSecuritySettingsCheck");
    RegDeleteKeyValueW(HKEY_CURRENT_USER, SECURITY, L"DisableSecuritySettingsCheck");
    is_hr(IInternetZoneManagerEx2_FixUnsecureSettings(zones), S_OK, "FixUnsecureSettings");
    is_uint(policy_of(URLZONE_INTERNET, URLACTION_DOWNLOAD_UNSIGNED_ACTIVEX), URLPOLICY_DISALLOW,
            "as recommended");
    is_uint(whole_state(), SECURITY_IE_STATE_GREEN, "all is well");
    is_uint(level_of(URLZONE_INTERNET, 0), URLTEMPLATE_MEDIUM, "the level");
    is_hr(IInternetZoneManagerEx2_GetZoneSecurityState(zones, 55, FALSE, &state, NULL),
            E_INVALIDARG, "no such zone");
    is_hr(IInternetZoneManagerEx2_GetIESecurityState(zones, FALSE, NULL, NULL, FALSE), E_INVALIDARG,
            "no place");
}

/* Attributes and policies are written, and read back, also from the registry. */
static void test_written(void)
{
    ZONEATTRIBUTES before = {.cbSize = sizeof(before)}, set, after = {.cbSize = sizeof(after)};
    DWORD value = 0, size = sizeof(value);
    static const BYTE custom[] = {1, 2, 3, 4, 5};
    BYTE *policy = NULL;
    IUri *uri;

    IInternetZoneManagerEx2_GetZoneAttributes(zones, URLZONE_TRUSTED, &before);
    set = before;
    wcscpy(set.szDisplayName, L"Known");
    set.dwTemplateCurrentLevel = URLTEMPLATE_MEDLOW;
    set.dwFlags = ZAFLAGS_CUSTOM_EDIT;
    is_hr(IInternetZoneManagerEx2_SetZoneAttributes(zones, URLZONE_TRUSTED, &set), S_OK,
            "SetZoneAttributes");
    IInternetZoneManagerEx2_GetZoneAttributes(zones, URLZONE_TRUSTED, &after);
    is_wstr(after.szDisplayName, L"Known", "the name");
    is_uint(after.dwTemplateCurrentLevel, URLTEMPLATE_MEDLOW, "the level");
    is_uint(after.dwFlags, ZAFLAGS_CUSTOM_EDIT, "the flags");
    for (unsigned int i = 0; i < ARRAYSIZE(set.szDisplayName); i++)
        set.szDisplayName[i] = 'x';
    ok(FAILED(IInternetZoneManagerEx2_SetZoneAttributes(zones, URLZONE_TRUSTED, &set)),
            "a name without an end");
    is_hr(IInternetZoneManagerEx2_SetZoneAttributes(zones, 55, &before), E_INVALIDARG, "no zone");
    is_hr(IInternetZoneManagerEx2_SetZoneAttributes(zones, URLZONE_TRUSTED, &before), S_OK,
            "as it was");

    is_hr(policy_set(URLZONE_TRUSTED, 0x2999, URLPOLICY_QUERY), S_OK, "a policy");
    is_hr(RegGetValueW(HKEY_CURRENT_USER, ZONES L"2", L"2999", RRF_RT_REG_DWORD, NULL, &value,
                  &size)
                    ? E_FAIL
                    : S_OK,
            S_OK, "is in the registry");
    is_uint(value, URLPOLICY_QUERY, "as it was set");
    is_uint(policy_of(URLZONE_TRUSTED, 0x2999), URLPOLICY_QUERY, "and read back");
    RegDeleteKeyValueW(HKEY_CURRENT_USER, ZONES L"2", L"2999");
    is_hr(policy_set(55, 0x2999, URLPOLICY_QUERY), E_INVALIDARG, "no zone");

    is_hr(IInternetZoneManagerEx2_SetZoneCustomPolicy(zones, URLZONE_INTERNET, &IID_IUri,
                  (BYTE *)custom, sizeof(custom), URLZONEREG_HKCU),
            S_OK, "SetZoneCustomPolicy");
    is_hr(IInternetZoneManagerEx2_GetZoneCustomPolicy(zones, URLZONE_INTERNET, &IID_IUri, &policy,
                  &size, URLZONEREG_DEFAULT),
            S_OK, "GetZoneCustomPolicy");
    ok(size == sizeof(custom) && !memcmp(policy, custom, size), "the same bytes");
    CoTaskMemFree(policy);
    policy = NULL;
    is_hr(IInternetSecurityManagerEx2_QueryCustomPolicy(manager, L"http://www.example.org/",
                  &IID_IUri, &policy, &size, NULL, 0, 0),
            S_OK, "QueryCustomPolicy");
    ok(size == sizeof(custom) && !memcmp(policy, custom, size), "of its zone");
    CoTaskMemFree(policy);
    is_hr(IInternetSecurityManagerEx2_QueryCustomPolicy(manager, L"file:///c:/a", &IID_IUri,
                  &policy, &size, NULL, 0, 0),
            HRESULT_FROM_WIN32(ERROR_NOT_FOUND), "another zone has none");
    CreateUri(L"http://www.example.org/", 0, 0, &uri);
    is_hr(IInternetSecurityManagerEx2_QueryCustomPolicyEx2(manager, uri, &IID_IUri, &policy, &size,
                  NULL, 0, 0),
            S_OK, "QueryCustomPolicyEx2");
    is_uint(size, sizeof(custom), "its size");
    CoTaskMemFree(policy);
    IUri_Release(uri);
    RegDeleteKeyValueW(HKEY_CURRENT_USER, ZONES L"3", L"{A39EE748-6A27-4817-A6F2-13914BEF5890}");
    is_hr(IInternetZoneManagerEx2_GetZoneCustomPolicy(zones, URLZONE_INTERNET, &IID_IUri, &policy,
                  &size, URLZONEREG_DEFAULT),
            HRESULT_FROM_WIN32(ERROR_NOT_FOUND), "it is gone");
    is_hr(IInternetZoneManagerEx2_PromptAction(zones, 0, NULL, L"http://a/", L"", 0), E_NOTIMPL,
            "PromptAction: \"Not currently implemented\"");
    is_hr(IInternetZoneManagerEx2_LogAction(zones, 0, L"http://a/", L"", 0), E_NOTIMPL,
            "LogAction: \"Not currently implemented\"");
}

/* The methods that take an IUri. */
static void test_uris(void)
{
    BYTE id[MAX_SIZE_SECURITY_ID], same[MAX_SIZE_SECURITY_ID];
    DWORD zone = 77, policy = 77, flags = 77, size = sizeof(id), same_size = sizeof(same);
    WCHAR *mapped = (WCHAR *)1;
    IUri *uri, *relative;

    CreateUri(L"http://www.example.org/a", 0, 0, &uri);
    CreateUri(L"a/b", Uri_CREATE_ALLOW_RELATIVE, 0, &relative);
    is_hr(IInternetSecurityManagerEx2_MapUrlToZoneEx2(manager, uri, &zone, 0, &mapped, &flags),
            S_OK, "MapUrlToZoneEx2");
    is_uint(zone, URLZONE_INTERNET, "its zone");
    ok(!mapped && !flags, "no other URL");
    is_hr(IInternetSecurityManagerEx2_MapUrlToZoneEx2(manager, NULL, &zone, 0, NULL, NULL),
            E_INVALIDARG, "NULL");
    is_hr(IInternetSecurityManagerEx2_MapUrlToZoneEx2(manager, uri, NULL, 0, NULL, NULL),
            E_INVALIDARG, "no place");
    is_hr(IInternetSecurityManagerEx2_MapUrlToZoneEx2(manager, relative, &zone, 0, NULL, NULL),
            E_INVALIDARG, "a relative one");
    is_int((int)zone, URLZONE_INVALID, "has no zone");
    is_hr(IInternetSecurityManagerEx2_MapUrlToZoneEx2(manager, uri, &zone,
                  MUTZ_NOSAVEDFILECHECK | MUTZ_REQUIRESAVEDFILECHECK, NULL, NULL),
            E_INVALIDARG, "flags that contradict");
    flags = 77;
    is_hr(IInternetSecurityManagerEx2_ProcessUrlActionEx2(manager, uri,
                  URLACTION_ACTIVEX_OVERRIDE_OBJECT_SAFETY, (BYTE *)&policy, sizeof(policy), NULL,
                  0, PUAF_NOUI, 0, &flags),
            S_FALSE, "ProcessUrlActionEx2");
    is_uint(policy, URLPOLICY_DISALLOW, "its policy");
    is_uint(flags, PUAFOUT_DEFAULT, "no lockdown");
    is_hr(IInternetSecurityManagerEx2_ProcessUrlActionEx2(manager, NULL, URLACTION_SCRIPT_RUN,
                  (BYTE *)&policy, sizeof(policy), NULL, 0, PUAF_NOUI, 0, NULL),
            E_INVALIDARG, "\"URI is null\"");
    is_hr(IInternetSecurityManagerEx2_GetSecurityIdEx2(manager, uri, id, &size, 0), S_OK,
            "GetSecurityIdEx2");
    IInternetSecurityManagerEx2_GetSecurityId(manager, L"http://www.example.org/b", same,
            &same_size, 0);
    ok(size == same_size && !memcmp(id, same, size), "as GetSecurityId");
    size = sizeof(id);
    is_hr(IInternetSecurityManagerEx2_GetSecurityId(manager, L"http://www.example.org/b", id, &size,
                  (DWORD_PTR)L"example.org"),
            S_OK, "GetSecurityId of a larger domain");
    is_mem(id, "http:example.org", 16, "has its name");
    size = 4;
    is_hr(IInternetSecurityManagerEx2_GetSecurityIdEx2(manager, uri, id, &size, 0),
            HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), "a small buffer");
    is_uint(size, same_size, "the size that it needs");
    IUri_Release(relative);
    IUri_Release(uri);
}

/* An enabled feature restricts, unless the zone's policy allows: ms537166, ms537165. */
static void test_features(void)
{
    static const WCHAR url[] = L"http://www.example.org/";
    IInternetSecurityManager *plain = (IInternetSecurityManager *)manager;
    IUri *uri;

    CreateUri(url, 0, 0, &uri);
    CoInternetSetFeatureEnabled(FEATURE_MIME_SNIFFING, SET_FEATURE_ON_PROCESS, FALSE);
    is_hr(CoInternetIsFeatureEnabledForUrl(FEATURE_MIME_SNIFFING, GET_FEATURE_FROM_PROCESS, url,
                  plain),
            S_FALSE, "a feature that is off");
    CoInternetSetFeatureEnabled(FEATURE_MIME_SNIFFING, SET_FEATURE_ON_PROCESS, TRUE);
    policy_set(URLZONE_INTERNET, URLACTION_FEATURE_MIME_SNIFFING, URLPOLICY_DISALLOW);
    is_hr(CoInternetIsFeatureEnabledForUrl(FEATURE_MIME_SNIFFING, GET_FEATURE_FROM_PROCESS, url,
                  plain),
            S_OK, "one that is on");
    is_hr(CoInternetIsFeatureEnabledForIUri(FEATURE_MIME_SNIFFING, GET_FEATURE_FROM_PROCESS, uri,
                  manager),
            S_OK, "and for a Uri");
    policy_set(URLZONE_INTERNET, URLACTION_FEATURE_MIME_SNIFFING, URLPOLICY_ALLOW);
    is_hr(CoInternetIsFeatureEnabledForUrl(FEATURE_MIME_SNIFFING, GET_FEATURE_FROM_PROCESS, url,
                  plain),
            S_FALSE, "one that the zone is allowed");
    is_hr(CoInternetIsFeatureEnabledForIUri(FEATURE_MIME_SNIFFING, GET_FEATURE_FROM_PROCESS, uri,
                  manager),
            S_FALSE, "and for a Uri");
    is_hr(CoInternetIsFeatureEnabledForUrl(FEATURE_MIME_SNIFFING, GET_FEATURE_FROM_PROCESS, url,
                  NULL),
            S_OK, "without a manager");
    is_hr(CoInternetIsFeatureEnabledForIUri(FEATURE_ENTRY_COUNT, GET_FEATURE_FROM_PROCESS, uri,
                  manager),
            E_FAIL, "no such feature");
    RegDeleteKeyValueW(HKEY_CURRENT_USER, ZONES L"3", L"2100");
    CoInternetSetFeatureEnabled(FEATURE_MIME_SNIFFING, SET_FEATURE_ON_PROCESS, FALSE);
    IUri_Release(uri);
}

static void test_components(void)
{
    static const WCHAR key[] = COMPATIBILITY L"{00000000-0000-0000-C000-000000000046}";
    uCLSSPEC spec = {.tyspec = TYSPEC_CLSID};
    CLSID clsid = IID_IUnknown;
    DWORD compat = 77, misc = 77, scope = 77, flags = 0x400;
    QUERYCONTEXT query = {0};
    char *component = (char *)1;
    HIT_LOGGING_INFO hit = {.dwStructSize = sizeof(hit)};

    is_hr(CompatFlagsFromClsid(&clsid, &compat, &misc), S_FALSE, "CompatFlagsFromClsid: no entry");
    ok(!compat && !misc, "zeros");
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, L"Compatibility Flags", REG_DWORD, &flags,
            sizeof(flags));
    is_hr(CompatFlagsFromClsid(&clsid, &compat, &misc), S_OK, "an entry");
    is_uint(compat, 0x400, "the control is not to be made");
    is_uint(misc, 0, "what is missing is zero");
    RegDeleteKeyW(HKEY_LOCAL_MACHINE, key);
    is_hr(CompatFlagsFromClsid(NULL, &compat, &misc), E_INVALIDARG, "NULL");
    is_hr(CompatFlagsFromClsid(&clsid, NULL, &misc), E_INVALIDARG, "NULL");
    is_hr(FaultInIEFeature(NULL, &spec, &query, FIEF_FLAG_PEEK), S_FALSE,
            "FaultInIEFeature: not part of a feature");
    is_hr(FaultInIEFeature(NULL, NULL, &query, 0), E_INVALIDARG, "nothing");
    is_hr(GetComponentIDFromCLSSPEC(&spec, &component), S_FALSE,
            "GetComponentIDFromCLSSPEC: not part of a feature");
    ok(!component, "no component");
    spec.tyspec = 99;
    is_hr(GetComponentIDFromCLSSPEC(&spec, &component), E_INVALIDARG, "\"invalid data\"");
    spec.tyspec = TYSPEC_MIMETYPE;
    spec.tagged_union.pMimeType = NULL;
    is_hr(FaultInIEFeature(NULL, &spec, &query, 0), E_INVALIDARG, "no type");
    is_hr(IEInstallScope(&scope), S_OK, "IEInstallScope");
    is_uint(scope, 1, "INSTALL_SCOPE_MACHINE");
    ok(!IsLoggingEnabledW(L"http://www.example.org/") && !IsLoggingEnabledA("http://a/"),
            "no hits are logged");
    ok(!WriteHitLogging(&hit) && GetLastError() == ERROR_FILE_NOT_FOUND, "nor written");
}

static void run_all(void)
{
    is_hr(CoInternetCreateZoneManager(NULL, (IInternetZoneManager **)&zones, 0), S_OK,
            "CoInternetCreateZoneManager");
    is_hr(CoInternetCreateSecurityManager(NULL, (IInternetSecurityManager **)&manager, 0), S_OK,
            "CoInternetCreateSecurityManager");
    test_templates();
    test_only_insecure();
    test_state();
    test_written();
    test_uris();
    test_features();
    test_components();
    is_uint(IInternetSecurityManagerEx2_Release(manager), 0, "the last reference");
    is_uint(IInternetZoneManagerEx2_Release(zones), 0, "the last reference");
}

int main(void)
{
    if (builtin_lacks("templates, security states, custom policies of a URL: aa359120, ms537055"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("policies");
    CoUninitialize();
    return done_testing();
}
