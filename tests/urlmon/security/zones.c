/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The security manager and the zone manager. Pages of IInternetSecurityManager,
 * IInternetZoneManager, "URL Security Zones Registry Entries", CoInternetGetSecurityUrl.
 */
#include "../../tap.h"

#include <stdio.h>
#include <urlmon.h>
#include <wchar.h>

static IInternetSecurityManager *manager;

static DWORD zone_of(const WCHAR *url)
{
    DWORD zone = 77;
    HRESULT hr = IInternetSecurityManager_MapUrlToZone(manager, url, &zone, 0);

    return FAILED(hr) ? (DWORD)hr : zone;
}

static void test_zones(void)
{
    DWORD zone = 77;

    is_uint(zone_of(L"http://www.example.org/a?b"), URLZONE_INTERNET, "a site of the web");
    is_uint(zone_of(L"https://user:pw@host.example.com:8080/"), URLZONE_INTERNET, "with a port");
    is_uint(zone_of(L"file:///c:/windows/win.ini"), URLZONE_LOCAL_MACHINE, "a file");
    is_uint(zone_of(L"c:\\windows\\win.ini"), URLZONE_LOCAL_MACHINE, "its path");
    is_uint(zone_of(L"about:blank"), URLZONE_INTERNET, "about:");
    is_uint(zone_of(L"javascript:1"), URLZONE_INTERNET, "javascript:");
    is_hr(IInternetSecurityManager_MapUrlToZone(manager, L"", &zone, 0), E_INVALIDARG, "no URL");
    is_int((int)zone, URLZONE_INVALID, "its zone");
    is_hr(IInternetSecurityManager_MapUrlToZone(manager, NULL, &zone, 0), E_INVALIDARG, "NULL");
    /* "URL Security Zones Registry Entries": IntranetName, UNCAsIntranet. */
    if (builtin_lacks("the intranet"))
        return;
    is_hr(IInternetSecurityManager_MapUrlToZone(manager, L"http://a/", NULL, 0), E_INVALIDARG,
            "no place for the zone");
    is_uint(zone_of(L"http://intranet/x"), URLZONE_INTRANET, "a name without a dot");
    is_uint(zone_of(L"\\\\server\\share\\x"), URLZONE_INTRANET, "a path of another computer");
    is_uint(zone_of(L"http://2130706433/"), URLZONE_INTERNET, "a number is no name");
    is_uint(zone_of(L"http://0x7f000001/"), URLZONE_INTERNET, "nor a hexadecimal one");
    is_uint(zone_of(L"http://0177000001/"), URLZONE_INTERNET, "nor an octal one");
    is_uint(zone_of(L"http://\xff11\xff12/"), URLZONE_INTERNET, "nor one of wide digits");
    is_uint(zone_of(L"http://[::1]/"), URLZONE_INTERNET, "nor an IPv6 address");
    is_uint(zone_of(L"http://example\x3002org/"), URLZONE_INTERNET, "an ideographic dot");
    is_uint(zone_of(L"http://user@www.example.org\\@intranet/"), URLZONE_INTERNET,
            "what follows a backslash");
    is_uint(zone_of(L"zip://intranet/x"), URLZONE_INTERNET, "another scheme");
    is_hr(IInternetSecurityManager_MapUrlToZone(manager, L"http://a.b/", &zone,
                  MUTZ_NOSAVEDFILECHECK | MUTZ_REQUIRESAVEDFILECHECK),
            E_INVALIDARG, "flags that contradict");
}

static void check_id(const WCHAR *url, const char *text, DWORD zone)
{
    BYTE id[MAX_SIZE_SECURITY_ID];
    DWORD size = sizeof(id), length = (DWORD)strlen(text);

    is_hr(IInternetSecurityManager_GetSecurityId(manager, url, id, &size, 0), S_OK,
            "security ID of %s", tap_wstr(url));
    is_uint(size, length + sizeof(zone), "its size");
    is_mem(id, text, length, "its text");
    is_mem(id + length, &zone, sizeof(zone), "its zone");
}

/* Page "CompareSecurityIds function". */
static void check_compared(const WCHAR *first, const WCHAR *second, HRESULT expected)
{
    BYTE first_id[MAX_SIZE_SECURITY_ID], second_id[MAX_SIZE_SECURITY_ID];
    DWORD first_size = sizeof(first_id), second_size = sizeof(second_id);

    IInternetSecurityManager_GetSecurityId(manager, first, first_id, &first_size, 0);
    IInternetSecurityManager_GetSecurityId(manager, second, second_id, &second_size, 0);
    is_hr(CompareSecurityIds(first_id, first_size, second_id, second_size, 0), expected,
            "IDs of %s and %s", tap_wstr(first), tap_wstr(second));
    is_hr(CompareSecurityIds(second_id, second_size, first_id, first_size, 0), expected,
            "and the other way");
}

static void test_compared_ids(void)
{
    BYTE long_id[MAX_SIZE_SECURITY_ID + 8];

    check_compared(L"http://www.example.org/a", L"http://www.example.org/b", S_OK);
    check_compared(L"http://www.example.org/", L"https://mail.example.org/", S_OK);
    check_compared(L"http://www.example.co.uk/", L"http://www.other.co.uk/", S_FALSE);
    check_compared(L"http://www.example.org/", L"http://www.example.com/", S_FALSE);
    check_compared(L"http://evilexample.org/", L"http://example.org/", S_FALSE);
    check_compared(L"http://10.0.0.1/", L"http://10.0.0.1/x", S_OK);
    check_compared(L"http://10.0.0.1/", L"https://10.0.0.1/", S_FALSE);
    check_compared(L"http://10.0.0.1/", L"http://11.0.0.1/", S_FALSE);
    check_compared(L"http://intranet/", L"https://intranet/", S_FALSE);
    check_compared(L"http://[::1]/", L"https://[::1]/", S_FALSE);
    check_compared(L"file:///c:/a", L"file:///c:/b", S_OK);
    check_compared(L"file:///c:/a", L"http://www.example.org/", S_FALSE);
    memset(long_id, 'a', sizeof(long_id));
    long_id[4] = ':';
    is_hr(CompareSecurityIds(long_id, 100, long_id, 100, 0), S_OK, "the same bytes");
    is_hr(CompareSecurityIds(long_id, sizeof(long_id), long_id, sizeof(long_id), 0), E_INVALIDARG,
            "longer than any");
    is_hr(CompareSecurityIds(long_id, 4, long_id, 100, 0), E_INVALIDARG, "a zone without a text");
    is_hr(CompareSecurityIds(long_id + 5, 50, long_id, 100, 0), E_INVALIDARG, "without a scheme");
    is_hr(CompareSecurityIds(NULL, 10, long_id, 100, 0), E_INVALIDARG, "NULL");
    is_hr(CompareSecurityIds(long_id, 100, NULL, 0, 0), E_INVALIDARG, "and NULL");
}

static void test_ids(void)
{
    DWORD size = 4;
    BYTE id[4];

    check_id(L"http://www.example.org/a/b?c", "http:www.example.org", URLZONE_INTERNET);
    check_id(L"http://WWW.Example.ORG", "http:www.example.org", URLZONE_INTERNET);
    check_id(L"https://user:pw@host.com:8080/", "https:host.com", URLZONE_INTERNET);
    check_id(L"file:///c:/windows/win.ini", "file:", URLZONE_LOCAL_MACHINE);
    check_id(L"about:blank", "about:blank", URLZONE_INTERNET);
    check_id(L"mailto:a@b.c", "mailto:a@b.c", URLZONE_INTERNET);
    is_hr(IInternetSecurityManager_GetSecurityId(manager, L"http://www.example.org/", id, &size, 0),
            HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), "a small buffer");
    is_hr(IInternetSecurityManager_GetSecurityId(manager, L"", id, &size, 0), E_INVALIDARG,
            "no URL");
    if (builtin_lacks("CompareSecurityIds"))
        return;
    test_compared_ids();
}

static void check_security_url(const WCHAR *url, PSUACTION action, const WCHAR *expected)
{
    WCHAR *out = NULL;

    is_hr(CoInternetGetSecurityUrl(url, &out, action, 0), S_OK, "security URL of %s",
            tap_wstr(url));
    is_wstr(out, expected, "what it is");
    CoTaskMemFree(out);
}

static void test_security_urls(void)
{
    WCHAR *out = NULL;

    check_security_url(L"http://www.example.org/a", PSU_DEFAULT, L"http:www.example.org");
    check_security_url(L"http://www.example.org/a", PSU_SECURITY_URL_ONLY,
            L"http://www.example.org/a");
    check_security_url(L"https://u:p@host.com:8080/", PSU_DEFAULT, L"https:host.com");
    check_security_url(L"about:blank", PSU_DEFAULT, L"about:blank");
    check_security_url(L"xxx", PSU_DEFAULT, L"xxx");
    is_hr(CoInternetGetSecurityUrl(L"http:", &out, PSU_DEFAULT, 0), E_FAIL, "no host");
    if (builtin_lacks("checks for NULL"))
        return;
    is_hr(CoInternetGetSecurityUrl(NULL, &out, PSU_DEFAULT, 0), E_INVALIDARG, "no URL");
    is_hr(CoInternetGetSecurityUrl(L"a:b", NULL, PSU_DEFAULT, 0), E_INVALIDARG, "no place");
}

static void check_action(const WCHAR *url, DWORD action, HRESULT expected, DWORD policy)
{
    DWORD got = 0xdeadbeef;

    is_hr(IInternetSecurityManager_ProcessUrlAction(manager, url, action, (BYTE *)&got, sizeof(got),
                  NULL, 0, PUAF_NOUI, 0),
            expected, "action %lx of %s", action, tap_wstr(url));
    is_uint(got, policy, "its policy");
}

static void test_actions(void)
{
    static const WCHAR web[] = L"http://www.example.org/a", file[] = L"file:///c:/windows/win.ini";
    DWORD size = 7;
    BYTE *policy = NULL;

    check_action(web, URLACTION_SCRIPT_RUN, S_OK, URLPOLICY_ALLOW);
    check_action(file, URLACTION_SCRIPT_RUN, S_OK, URLPOLICY_ALLOW);
    check_action(web, URLACTION_ACTIVEX_OVERRIDE_OBJECT_SAFETY, S_FALSE, URLPOLICY_DISALLOW);
    check_action(web, 0x9999, E_FAIL, 0xdeadbeef);
    is_hr(IInternetSecurityManager_QueryCustomPolicy(manager, web, &IID_IUnknown, &policy, &size,
                  NULL, 0, 0),
            HRESULT_FROM_WIN32(ERROR_NOT_FOUND), "a policy of nobody");
}

/* --- the zone manager --- */

static void test_zone_manager(void)
{
    IInternetZoneManager *zones = NULL;
    ZONEATTRIBUTES attributes = {.cbSize = sizeof(attributes)};
    DWORD number = 99, count = 0, zone, policy = 77;

    is_hr(CoInternetCreateZoneManager(NULL, &zones, 0), S_OK, "CoInternetCreateZoneManager");
    is_hr(IInternetZoneManager_GetZoneAttributes(zones, URLZONE_INTERNET, &attributes), S_OK,
            "attributes of the Internet");
    is_wstr(attributes.szDisplayName, L"Internet", "its name");
    is_uint(attributes.dwFlags, ZAFLAGS_CUSTOM_EDIT, "its flags");
    is_uint(attributes.dwTemplateRecommended, 0x11000, "its level");
    is_hr(IInternetZoneManager_GetZoneActionPolicy(zones, URLZONE_UNTRUSTED, URLACTION_SCRIPT_RUN,
                  (BYTE *)&policy, sizeof(policy), URLZONEREG_DEFAULT),
            S_OK, "a policy");
    is_uint(policy, URLPOLICY_DISALLOW, "no scripts in the restricted zone");
    is_hr(IInternetZoneManager_GetZoneActionPolicy(zones, 5, URLACTION_SCRIPT_RUN, (BYTE *)&policy,
                  sizeof(policy), URLZONEREG_DEFAULT),
            E_INVALIDARG, "no such zone");
    is_hr(IInternetZoneManager_GetZoneActionPolicy(zones, URLZONE_INTERNET, 0x9999, (BYTE *)&policy,
                  sizeof(policy), URLZONEREG_DEFAULT),
            E_FAIL, "no such action");
    is_hr(IInternetZoneManager_GetZoneActionPolicy(zones, URLZONE_INTERNET, URLACTION_SCRIPT_RUN,
                  (BYTE *)&policy, 2, URLZONEREG_DEFAULT),
            E_INVALIDARG, "a small buffer");

    is_hr(IInternetZoneManager_CreateZoneEnumerator(zones, &number, &count, 0), S_OK,
            "CreateZoneEnumerator");
    is_uint(count, 5, "five zones");
    for (DWORD i = 0; i < count; i++)
    {
        is_hr(IInternetZoneManager_GetZoneAt(zones, number, i, &zone), S_OK, "GetZoneAt %lu", i);
        is_uint(zone, i, "which zone");
    }
    is_hr(IInternetZoneManager_GetZoneAt(zones, number, count, &zone), E_INVALIDARG,
            "past the end");
    is_hr(IInternetZoneManager_DestroyZoneEnumerator(zones, number), S_OK, "DestroyZoneEnumerator");
    is_hr(IInternetZoneManager_DestroyZoneEnumerator(zones, number), E_INVALIDARG, "once more");
    IInternetZoneManager_Release(zones);
}

/* CoInternetIsFeatureZoneElevationEnabled: from one zone to another with more rights. */
static void test_elevation(void)
{
    static const WCHAR web[] = L"http://www.a.test/", file[] = L"file:///c:/windows/win.ini";
    IInternetSecurityManager *asked;
    DWORD policy = URLPOLICY_DISALLOW;
    HRESULT allowed;

    is_hr(CoInternetCreateSecurityManager(NULL, &asked, 0), S_OK, "a manager");
    CoInternetSetFeatureEnabled(FEATURE_ZONE_ELEVATION, SET_FEATURE_ON_PROCESS, FALSE);
    is_hr(CoInternetIsFeatureZoneElevationEnabled(web, file, asked, GET_FEATURE_FROM_PROCESS),
            S_FALSE, "without the feature nothing is stopped");
    CoInternetSetFeatureEnabled(FEATURE_ZONE_ELEVATION, SET_FEATURE_ON_PROCESS, TRUE);
    is_hr(CoInternetIsFeatureZoneElevationEnabled(web, file, NULL, GET_FEATURE_FROM_PROCESS), S_OK,
            "without a manager the feature alone counts");
    is_hr(CoInternetIsFeatureZoneElevationEnabled(file, web, asked, GET_FEATURE_FROM_PROCESS),
            S_FALSE, "a zone with less rights");
    is_hr(CoInternetIsFeatureZoneElevationEnabled(web, web, asked, GET_FEATURE_FROM_PROCESS),
            S_FALSE, "the same zone");
    allowed =
            IInternetSecurityManager_ProcessUrlAction(asked, file, URLACTION_FEATURE_ZONE_ELEVATION,
                    (BYTE *)&policy, sizeof(policy), NULL, 0, PUAF_NOUI, 0);
    is_hr(CoInternetIsFeatureZoneElevationEnabled(web, file, asked, GET_FEATURE_FROM_PROCESS),
            allowed == S_OK ? S_FALSE : S_OK, "a zone with more rights: as its policy says");
    CoInternetSetFeatureEnabled(FEATURE_ZONE_ELEVATION, SET_FEATURE_ON_PROCESS, FALSE);
    IInternetSecurityManager_Release(asked);
}

static void test_features(void)
{
    is_hr(CoInternetIsFeatureEnabled(FEATURE_BEHAVIORS, GET_FEATURE_FROM_PROCESS), S_OK,
            "a feature that is on");
    is_hr(CoInternetIsFeatureEnabled(FEATURE_FEEDS, GET_FEATURE_FROM_PROCESS), S_FALSE,
            "one that is off");
    is_hr(CoInternetIsFeatureEnabled(FEATURE_ENTRY_COUNT, GET_FEATURE_FROM_PROCESS), E_FAIL,
            "no feature");
    is_hr(CoInternetSetFeatureEnabled(FEATURE_FEEDS, SET_FEATURE_ON_PROCESS, TRUE), S_OK,
            "set it for the process");
    is_hr(CoInternetIsFeatureEnabled(FEATURE_FEEDS, GET_FEATURE_FROM_PROCESS), S_OK, "now on");
    is_hr(CoInternetSetFeatureEnabled(FEATURE_ENTRY_COUNT, SET_FEATURE_ON_PROCESS, TRUE), E_FAIL,
            "no feature");
    is_hr(CoInternetSetFeatureEnabled(FEATURE_FEEDS, SET_FEATURE_ON_PROCESS, FALSE), S_OK, "off");
    if (builtin_lacks("features of a thread"))
        return;
    is_hr(CoInternetSetFeatureEnabled(FEATURE_FEEDS, SET_FEATURE_ON_THREAD, TRUE), S_OK,
            "set it for the thread");
    is_hr(CoInternetIsFeatureEnabled(FEATURE_FEEDS, GET_FEATURE_FROM_THREAD), S_OK,
            "on for the thread");
    is_hr(CoInternetIsFeatureEnabled(FEATURE_FEEDS, GET_FEATURE_FROM_PROCESS), S_FALSE,
            "off for the process");
}

/* --- a host's own manager --- */

static HRESULT STDMETHODCALLTYPE own_QueryInterface(IInternetSecurityManager *iface, REFIID iid,
        void **out)
{
    (void)iid;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE own_AddRef(IInternetSecurityManager *iface)
{
    (void)iface;
    return 2;
}

static HRESULT STDMETHODCALLTYPE own_MapUrlToZone(IInternetSecurityManager *iface, LPCWSTR url,
        DWORD *zone, DWORD flags)
{
    (void)iface;
    (void)flags;
    if (wcscmp(url, L"http://own.example/"))
        return INET_E_DEFAULT_ACTION;
    *zone = URLZONE_TRUSTED;
    return S_OK;
}

static IInternetSecurityManagerVtbl own_vtbl = {
        .QueryInterface = own_QueryInterface,
        .AddRef = own_AddRef,
        .Release = own_AddRef,
        .MapUrlToZone = own_MapUrlToZone,
};
static IInternetSecurityManager own_manager = {&own_vtbl};

struct site
{
    IInternetSecurityMgrSite IInternetSecurityMgrSite_iface;
    IServiceProvider IServiceProvider_iface;
    LONG references;
};

static struct site site;

static HRESULT STDMETHODCALLTYPE site_QueryInterface(IInternetSecurityMgrSite *iface, REFIID iid,
        void **out)
{
    (void)iface;
    *out = NULL;
    if (IsEqualGUID(iid, &IID_IServiceProvider))
        *out = &site.IServiceProvider_iface;
    else if (IsEqualGUID(iid, &IID_IInternetSecurityMgrSite) || IsEqualGUID(iid, &IID_IUnknown))
        *out = &site.IInternetSecurityMgrSite_iface;
    if (*out)
        site.references++;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE site_AddRef(IInternetSecurityMgrSite *iface)
{
    (void)iface;
    return (ULONG)++site.references;
}

static ULONG STDMETHODCALLTYPE site_Release(IInternetSecurityMgrSite *iface)
{
    (void)iface;
    return (ULONG)--site.references;
}

static HRESULT STDMETHODCALLTYPE provider_QueryInterface(IServiceProvider *iface, REFIID iid,
        void **out)
{
    (void)iface;
    return site_QueryInterface(&site.IInternetSecurityMgrSite_iface, iid, out);
}

static ULONG STDMETHODCALLTYPE provider_AddRef(IServiceProvider *iface)
{
    (void)iface;
    return (ULONG)++site.references;
}

static ULONG STDMETHODCALLTYPE provider_Release(IServiceProvider *iface)
{
    (void)iface;
    return (ULONG)--site.references;
}

static HRESULT STDMETHODCALLTYPE provider_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **out)
{
    (void)iface;
    ok(IsEqualGUID(service, &IID_IInternetSecurityManager), "SID_SInternetSecurityManager");
    return own_QueryInterface(&own_manager, iid, out);
}

static IInternetSecurityMgrSiteVtbl site_vtbl = {
        .QueryInterface = site_QueryInterface,
        .AddRef = site_AddRef,
        .Release = site_Release,
};
static IServiceProviderVtbl provider_vtbl = {provider_QueryInterface, provider_AddRef,
        provider_Release, provider_QueryService};

static void test_site(void)
{
    IInternetSecurityMgrSite *got = NULL;

    site.IInternetSecurityMgrSite_iface.lpVtbl = &site_vtbl;
    site.IServiceProvider_iface.lpVtbl = &provider_vtbl;
    is_uint(zone_of(L"http://own.example/"), URLZONE_INTERNET, "before there is a site");
    is_hr(IInternetSecurityManager_SetSecuritySite(manager, &site.IInternetSecurityMgrSite_iface),
            S_OK, "SetSecuritySite");
    is_hr(IInternetSecurityManager_GetSecuritySite(manager, &got), S_OK, "GetSecuritySite");
    ok(got == &site.IInternetSecurityMgrSite_iface, "the same site");
    IInternetSecurityMgrSite_Release(got);
    is_uint(zone_of(L"http://own.example/"), URLZONE_TRUSTED, "its manager decides");
    is_uint(zone_of(L"http://other.example/"), URLZONE_INTERNET, "or leaves it to the default");
    is_hr(IInternetSecurityManager_SetSecuritySite(manager, NULL), S_OK, "no site any more");
    is_uint(zone_of(L"http://own.example/"), URLZONE_INTERNET, "as before");
    is_int(site.references, 0, "every reference to the site is gone");
}

static void run_all(void)
{
    is_hr(CoInternetCreateSecurityManager(NULL, &manager, 0), S_OK,
            "CoInternetCreateSecurityManager");
    test_zones();
    test_ids();
    test_security_urls();
    test_actions();
    test_zone_manager();
    test_features();
    test_elevation();
    test_site();
    is_uint(IInternetSecurityManager_Release(manager), 0, "the last reference");
}

int main(void)
{
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("zones");
    CoUninitialize();
    return done_testing();
}
