/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Exports that no page and no header describes: they answer E_NOTIMPL, write nothing and leave
 * nothing behind. Those with a number alone, which do what their name says.
 * And those that few programs call: pages DllCanUnloadNow, DllInstall, "BindAsyncMoniker function",
 * "CoInternetGetSecurityUrlEx function".
 */
#include "tap.h"

#include <string.h>
#include <urlmon.h>
#include <wchar.h>

/* By the size of their arguments, in words: that of the names in the import library. */
static const struct
{
    const char *name;
    unsigned int words;
} functions[] = {
        {"CAuthenticateHostUI_CreateInstance", 3},
        {"CDLGetLongPathNameA", 3},
        {"CDLGetLongPathNameW", 3},
        {"CORPolicyProvider", 1},
        {"CoInternetCanonicalizeIUri", 3},
        {"CoInternetFeatureSettingsChanged", 1},
        {"CoInternetGetMobileBrowserAppCompatMode", 1},
        {"CoInternetGetMobileBrowserForceDesktopMode", 1},
        {"CoInternetSetMobileBrowserAppCompatMode", 1},
        {"CoInternetSetMobileBrowserForceDesktopMode", 1},
        {"CreateUriPriv", 8},
        {"Extract", 2},
        {"FileBearsMarkOfTheWeb", 2},
        {"GetAddSitesFileUrl", 1},
        {"GetIDNFlagsForUri", 1},
        {"GetIUriPriv", 2},
        {"GetIUriPriv2", 2},
        {"GetLabelsFromNamedHost", 5},
        {"GetMarkOfTheWeb", 4},
        {"GetPortFromUrlScheme", 2},
        {"GetPropertyFromName", 2},
        {"GetPropertyName", 1},
        {"GetZoneFromAlternateDataStreamEx", 2},
        {"IECompatLogCSSFix", 3},
        {"IEDllLoader", 2},
        {"IEGetUserPrivateNamespaceName", 0},
#ifdef _WIN64
        {"InstallFlash", 0},
#endif
        {"IntlPercentEncodeNormalize", 4},
        {"IsDWORDProperty", 1},
        {"IsIntranetAvailable", 0},
        {"IsJITInProgress", 0},
        {"IsStringProperty", 1},
        {"PrivateCoInstall", 5},
        {"QueryAssociations", 4},
        {"QueryClsidAssociation", 3},
        {"RegisterWebPlatformPermanentSecurityManager", 1},
        {"ResetUrlmonLanguageData", 0},
        {"RestrictHTTP2", 1},
        {"ShouldDisplayPunycodeForUri", 1},
        {"ShouldShowIntranetWarningSecband", 1},
        {"ShowTrustAlertDialog", 4},
        {"URLDownloadA", 5},
        {"URLDownloadW", 5},
        {"UnregisterWebPlatformPermanentSecurityManager", 0},
        {"UrlMkBuildVersion", 0},
        {"UrlmonCleanupCurrentThread", 0},
        {"ZonesReInit", 1},
};

typedef void *word;
typedef HRESULT(WINAPI *function0)(void);
typedef HRESULT(WINAPI *function1)(word);
typedef HRESULT(WINAPI *function2)(word, word);
typedef HRESULT(WINAPI *function3)(word, word, word);
typedef HRESULT(WINAPI *function4)(word, word, word, word);
typedef HRESULT(WINAPI *function5)(word, word, word, word, word);
typedef HRESULT(WINAPI *function8)(word, word, word, word, word, word, word, word);

static HMODULE dll;

static HRESULT call(FARPROC proc, unsigned int words, word a)
{
    void *function = (void *)proc;

    switch (words)
    {
    case 0:
        return ((function0)function)();
    case 1:
        return ((function1)function)(a);
    case 2:
        return ((function2)function)(a, a);
    case 3:
        return ((function3)function)(a, a, a);
    case 4:
        return ((function4)function)(a, a, a, a);
    case 5:
        return ((function5)function)(a, a, a, a, a);
    default:
        return ((function8)function)(a, a, a, a, a, a, a, a);
    }
}

static void test_names(void)
{
    static BYTE room[64], blank[64];

    for (unsigned int i = 0; i < ARRAYSIZE(functions); i++)
    {
        FARPROC proc = GetProcAddress(dll, functions[i].name);

        if (!ok(proc != NULL, "%s is exported", functions[i].name))
            continue;
        is_hr(call(proc, functions[i].words, NULL), E_NOTIMPL, "%s: without anything",
                functions[i].name);
        is_hr(call(proc, functions[i].words, room), E_NOTIMPL, "%s: with room for results",
                functions[i].name);
    }
    is_mem(room, blank, sizeof(room), "nothing was written");
}

static FARPROC numbered(unsigned int number)
{
    FARPROC proc = GetProcAddress(dll, (const char *)(UINT_PTR)number);

    ok(proc != NULL, "number %u is exported", number);
    return proc;
}

static BOOL is_protected(const WCHAR *url)
{
    return call(numbered(111), 1, (word)url) != 0;
}

static void test_protected_mode(void)
{
    static const WCHAR zones[] =
            L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Zones\\3";
    DWORD off = URLPOLICY_DISALLOW;
    BOOL as_it_is = is_protected(L"http://www.example.com/");

    RegSetKeyValueW(HKEY_CURRENT_USER, zones, L"2500", REG_DWORD, &off, sizeof(off));
    ok(!is_protected(L"http://www.example.com/"), "a zone for which protected mode is off");
    off = URLPOLICY_ALLOW;
    RegSetKeyValueW(HKEY_CURRENT_USER, zones, L"2500", REG_DWORD, &off, sizeof(off));
    ok(is_protected(L"http://www.example.com/"), "and one for which it is on");
    RegDeleteKeyValueW(HKEY_CURRENT_USER, zones, L"2500");
    is_int(is_protected(L"http://www.example.com/"), as_it_is, "as before");
}

static void test_hardened(void)
{
    static const WCHAR map[] =
            L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\ZoneMap";
    DWORD on = 1, was = 0, size = sizeof(was);
    BOOL had =
            !RegGetValueW(HKEY_CURRENT_USER, map, L"IEHarden", RRF_RT_REG_DWORD, NULL, &was, &size);

    RegSetKeyValueW(HKEY_CURRENT_USER, map, L"IEHarden", REG_DWORD, &on, sizeof(on));
    is_int(call(numbered(108), 0, NULL), TRUE, "IsInternetESCEnabledLocal");
    on = 0;
    RegSetKeyValueW(HKEY_CURRENT_USER, map, L"IEHarden", REG_DWORD, &on, sizeof(on));
    is_int(call(numbered(108), 0, NULL), FALSE, "IsInternetESCEnabledLocal, switched off");
    if (had)
        RegSetKeyValueW(HKEY_CURRENT_USER, map, L"IEHarden", REG_DWORD, &was, sizeof(was));
    else
        RegDeleteKeyValueW(HKEY_CURRENT_USER, map, L"IEHarden");
}

static void test_agents(void)
{
    typedef HRESULT(WINAPI * agent_function)(const DWORD *, WCHAR **);
    agent_function agent = (agent_function)(void *)numbered(445);
    static const struct
    {
        DWORD mode;
        const WCHAR *says;
    } modes[] = {{5, L"MSIE 7.0"}, {7, L"MSIE 7.0"}, {8, L"MSIE 8.0"}, {9, L"MSIE 9.0"},
            {10, L"MSIE 10.0"}, {11, L"rv:11.0"}};
    WCHAR *text;
    DWORD none = 6;

    for (unsigned int i = 0; i < ARRAYSIZE(modes); i++)
    {
        text = NULL;
        is_hr(agent(&modes[i].mode, &text), S_OK, "the user agent of mode %lu", modes[i].mode);
        ok(text && wcsstr(text, modes[i].says), "says %s", tap_wstr(modes[i].says));
        CoTaskMemFree(text);
    }
    text = (WCHAR *)&none;
    is_hr(agent(&none, &text), E_FAIL, "no such mode");
    is_ptr(text, NULL, "and no text");
    is_hr(agent(NULL, &text), E_INVALIDARG, "no mode");
    is_hr(agent(&none, NULL), E_INVALIDARG, "nowhere to put it");
}

/* Those that are another DLL's. */
static void test_forwards(void)
{
    static const struct
    {
        unsigned int number;
        const char *name;
    } forwards[] = {{328, "VariantCompare"}, {329, "VariantToGUID"},
            {331, "InitPropVariantFromBuffer"}, {335, "InitVariantFromBuffer"},
            {350, "PropVariantToGUID"}, {362, "InitVariantFromGUIDAsString"},
            {363, "InitVariantFromResource"}, {387, "VariantToUInt32WithDefault"}};
    HMODULE propsys = LoadLibraryW(L"propsys.dll");

    for (unsigned int i = 0; i < ARRAYSIZE(forwards); i++)
        is_ptr((void *)numbered(forwards[i].number),
                (void *)GetProcAddress(propsys, forwards[i].name), "%s", forwards[i].name);
    FreeLibrary(propsys);
}

static void test_numbers(void)
{
    test_protected_mode();
    test_hardened();
    test_agents();
    is_hr(call(numbered(410), 2, NULL), S_OK, "LogSqmBits");
    is_hr(call(numbered(423), 4, NULL), S_OK, "LogSqmUXCommandOffsetInternal");
    is_hr(call(numbered(444), 3, NULL), E_NOTIMPL, "MapUriToBrowserEmulationState");
    is_hr(call(numbered(446), 1, NULL), E_NOTIMPL, "CoInternetGetBrowserProfile");
    call(numbered(455), 0, NULL); /* FlushUrlmonZonesCache: it has no result */
    test_forwards();
}

static FARPROC named(const char *name)
{
    FARPROC proc = GetProcAddress(dll, name);

    ok(proc != NULL, "%s is exported", name);
    return proc;
}

static void test_module(void)
{
    FARPROC can_unload = named("DllCanUnloadNow");
    IMoniker *moniker = NULL;

    is_hr(call(can_unload, 0, NULL), S_OK, "nothing is in use");
    is_hr(CreateURLMonikerEx(NULL, L"http://www.example.com/", &moniker, URL_MK_UNIFORM), S_OK,
            "CreateURLMonikerEx");
    is_hr(call(can_unload, 0, NULL), S_FALSE, "a moniker is");
    IMoniker_Release(moniker);
    is_hr(call(can_unload, 0, NULL), S_OK, "it was");
    is_hr(call(named("DllInstall"), 2, NULL), S_OK, "DllInstall: there is nothing for a user");
    is_hr(call(named("DllRegisterServerEx"), 0, NULL), S_OK, "DllRegisterServerEx");
}

static void test_security_url(void)
{
    WCHAR *text = NULL;
    IUri *uri = NULL, *out = NULL;
    BSTR url = NULL;

    CreateUri(L"http://user@www.example.com/a/b?c#d", 0, 0, &uri);
    is_hr(CoInternetGetSecurityUrl(L"http://user@www.example.com/a/b?c#d", &text, PSU_DEFAULT, 0),
            S_OK, "CoInternetGetSecurityUrl");
    is_hr(CoInternetGetSecurityUrlEx(uri, &out, PSU_DEFAULT, 0), S_OK,
            "CoInternetGetSecurityUrlEx");
    if (out)
    {
        is_hr(IUri_GetRawUri(out, &url), S_OK, "GetRawUri");
        is_wstr(url, text, "the same");
        SysFreeString(url);
        IUri_Release(out);
    }
    is_hr(CoInternetGetSecurityUrlEx(uri, NULL, PSU_DEFAULT, 0), E_INVALIDARG, "no result");
    is_hr(CoInternetGetSecurityUrlEx(NULL, &out, PSU_DEFAULT, 0), E_INVALIDARG, "no Uri");
    CoTaskMemFree(text);
    IUri_Release(uri);
}

static void test_binding(void)
{
    typedef HRESULT(
            WINAPI * bind_function)(IMoniker *, DWORD, IBindStatusCallback *, REFIID, void **);
    typedef HRESULT(WINAPI * bits_function)(REFCLSID, const WCHAR *, const WCHAR *, DWORD, DWORD,
            const WCHAR *, IBindCtx *, DWORD, void *, REFIID, DWORD);
    typedef HWND(WINAPI * window_function)(void);
    static const CLSID unknown = {0x6d5f0a12, 0x2e7c, 0x4b5b,
            {0x9c, 0x33, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66}};
    bind_function bind = (bind_function)(void *)named("BindAsyncMoniker");
    bits_function bits = (bits_function)(void *)named("AsyncGetClassBits");
    window_function window = (window_function)(void *)named("GetUrlmonThreadNotificationHwnd");
    IMoniker *moniker = NULL;
    void *object = NULL;

    is_hr(CreateClassMoniker(&CLSID_StdURLMoniker, &moniker), S_OK, "CreateClassMoniker");
    is_hr(bind(moniker, 0, NULL, &IID_IClassFactory, &object), S_OK, "BindAsyncMoniker");
    if (object)
        IUnknown_Release((IUnknown *)object);
    object = moniker;
    is_hr(bind(moniker, 1, NULL, &IID_IClassFactory, &object), E_INVALIDARG, "options");
    is_ptr(object, NULL, "and no object");
    is_hr(bind(NULL, 0, NULL, &IID_IClassFactory, &object), E_INVALIDARG, "no moniker");
    is_hr(bind(moniker, 0, NULL, &IID_IClassFactory, NULL), E_INVALIDARG, "no result");
    IMoniker_Release(moniker);

    is_hr(bits(&CLSID_StdURLMoniker, NULL, NULL, 0, 0, L"http://x.invalid/", NULL, 0, NULL,
                  &IID_IUnknown, 0),
            S_OK, "AsyncGetClassBits of a class that is there");
    is_hr(bits(&unknown, NULL, NULL, 0, 0, L"http://x.invalid/", NULL, 0, NULL, &IID_IUnknown, 0),
            INET_E_CODE_DOWNLOAD_DECLINED, "of one that is not");
    is_hr(bits(&unknown, NULL, NULL, 0, 0, NULL, NULL, 0, NULL, &IID_IUnknown, 0),
            REGDB_E_CLASSNOTREG, "without a URL");
    is_ptr(window(), NULL, "this thread has no window: it has bound nothing asynchronously");
}

int main(void)
{
    dll = LoadLibraryW(L"urlmon.dll");
    CoInitialize(NULL);
    if (!builtin_lacks("most of these; stubs end the program"))
    {
        test_names();
        test_numbers(); /* the host keeps keys of the registry open */
        test_binding();
        tap_account_begin();
        test_names();
        test_numbers();
        test_module();
        test_security_url();
        test_binding();
        tap_account_end("unspecified exports");
    }
    CoUninitialize();
    return done_testing();
}
