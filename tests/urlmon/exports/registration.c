/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What regsvr32 leaves in the registry and takes away again: classes, protocol handlers, MIME
 * filters, proxies. The same table holds for Wine's DLL. Pages "DllRegisterServer function",
 * "Registering an Asynchronous Pluggable Protocol".
 */
#include "../../tap.h"

#include <stdio.h>
#include <wchar.h>

#define PROXIES L"{79EAC9F1-BAF9-11CE-8C82-00AA004BA90B}"

static const struct
{
    const WCHAR *clsid, *name, *threading;
} classes[] = {
        {L"{3DD53D40-7B8B-11D0-B013-00AA0059CE02}", L"CDL: Asynchronous Pluggable Protocol Handler",
                L"Apartment"},
        {L"{79EAC9E0-BAF9-11CE-8C82-00AA004BA90B}", L"URL Moniker", L"Apartment"},
        {L"{79EAC9E2-BAF9-11CE-8C82-00AA004BA90B}",
                L"http: Asynchronous Pluggable Protocol Handler", L"Apartment"},
        {L"{79EAC9E3-BAF9-11CE-8C82-00AA004BA90B}", L"ftp: Asynchronous Pluggable Protocol Handler",
                L"Apartment"},
        {L"{79EAC9E5-BAF9-11CE-8C82-00AA004BA90B}",
                L"https: Asynchronous Pluggable Protocol Handler", L"Apartment"},
        {L"{79EAC9E6-BAF9-11CE-8C82-00AA004BA90B}", L"mk: Asynchronous Pluggable Protocol Handler",
                L"Apartment"},
        {L"{79EAC9E7-BAF9-11CE-8C82-00AA004BA90B}",
                L"file:, local: Asynchronous Pluggable Protocol Handler", L"Apartment"},
        {L"{7B8A2D94-0AC9-11D1-896C-00C04FB6BFC4}", L"Security Manager", L"Both"},
        {L"{7B8A2D95-0AC9-11D1-896C-00C04FB6BFC4}", L"URL Zone Manager", L"Both"},
        {L"{8F6B0360-B80D-11D0-A9B3-006097942311}", L"AP lzdhtml encoding/decoding Filter",
                L"Apartment"},
        {L"{0968E258-16C7-4DBA-AA86-462DD61E31A3}", L"Persistent Zone Identifier", L"Both"},
        {L"{DF2FCE13-25EC-45BB-9D4C-CECD47C2430C}", L"CUri", L"Both"},
        {PROXIES, L"URLMoniker ProxyStub Factory", L"Apartment"},
};

static const struct
{
    const WCHAR *key, *clsid;
} handlers[] = {
        {L"Handler\\cdl", L"{3dd53d40-7b8b-11d0-b013-00aa0059ce02}"},
        {L"Handler\\file", L"{79eac9e7-baf9-11ce-8c82-00aa004ba90b}"},
        {L"Handler\\ftp", L"{79eac9e3-baf9-11ce-8c82-00aa004ba90b}"},
        {L"Handler\\http", L"{79eac9e2-baf9-11ce-8c82-00aa004ba90b}"},
        {L"Handler\\https", L"{79eac9e5-baf9-11ce-8c82-00aa004ba90b}"},
        {L"Handler\\local", L"{79eac9e7-baf9-11ce-8c82-00aa004ba90b}"},
        {L"Handler\\mk", L"{79eac9e6-baf9-11ce-8c82-00aa004ba90b}"},
        {L"Filter\\deflate", L"{8f6b0360-b80d-11d0-a9b3-006097942311}"},
        {L"Filter\\gzip", L"{8f6b0360-b80d-11d0-a9b3-006097942311}"},
        {L"Filter\\lzdhtml", L"{8f6b0360-b80d-11d0-a9b3-006097942311}"},
};

static const struct
{
    const WCHAR *iid, *name, *methods;
} interfaces[] = {
        {L"{79EAC9C0-BAF9-11CE-8C82-00AA004BA90B}", L"IBinding", L"9"},
        {L"{79EAC9C1-BAF9-11CE-8C82-00AA004BA90B}", L"IBindStatusCallback", L"11"},
        {L"{AAA74EF9-8EE7-4659-88D9-F8C504DA73CC}", L"IBindStatusCallbackEx", L"12"},
        {L"{79EAC9C9-BAF9-11CE-8C82-00AA004BA90B}", L"IPersistMoniker", L"9"},
        {L"{A5CA5F7F-1847-4D87-9C5B-918509F7511D}", L"IMonikerProp", L"4"},
        {L"{79EAC9D0-BAF9-11CE-8C82-00AA004BA90B}", L"IAuthenticate", L"4"},
        {L"{2AD1EDAF-D83D-48B5-9ADF-03DBE19F53BD}", L"IAuthenticateEx", L"5"},
        {L"{79EAC9D2-BAF9-11CE-8C82-00AA004BA90B}", L"IHttpNegotiate", L"5"},
        {L"{4F9F9FCB-E0F4-48EB-B7AB-FA2EA9365CB4}", L"IHttpNegotiate2", L"6"},
        {L"{79EAC9D6-BAFA-11CE-8C82-00AA004BA90B}", L"IWinInetInfo", L"4"},
        {L"{79EAC9D8-BAFA-11CE-8C82-00AA004BA90B}", L"IWinInetHttpInfo", L"5"},
        {L"{FC4801A1-2BA9-11CF-A229-00AA003D7352}", L"IBindHost", L"6"},
        {L"{A39EE748-6A27-4817-A6F2-13914BEF5890}", L"IUri", L"28"},
        {L"{79EAC9EE-BAF9-11CE-8C82-00AA004BA90B}", L"IInternetSecurityManager", L"11"},
        {L"{F164EDF1-CC7C-4F0D-9A94-34222625C393}", L"IInternetSecurityManagerEx", L"12"},
        {L"{F1E50292-A795-4117-8E09-2B560A72AC60}", L"IInternetSecurityManagerEx2", L"16"},
};

/* A text value below HKEY_CLASSES_ROOT; L"(none)" when it is not there. Good for the next call. */
static const WCHAR *text_of(const WCHAR *value, const WCHAR *format, ...)
{
    static WCHAR text[MAX_PATH];
    DWORD size = sizeof(text);
    WCHAR key[160];
    va_list args;

    va_start(args, format);
    vswprintf(key, ARRAYSIZE(key), format, args);
    va_end(args);
    if (RegGetValueW(HKEY_CLASSES_ROOT, key, value, RRF_RT_REG_SZ, NULL, text, &size))
        wcscpy(text, L"(none)");
    return text;
}

static void check_classes(bool there)
{
    for (unsigned int i = 0; i < ARRAYSIZE(classes); i++)
    {
        const WCHAR *file;

        if (!wcscmp(classes[i].name, L"Persistent Zone Identifier")
                && builtin_lacks("the Persistent Zone Identifier object (ms537029)"))
            continue;
        is_wstr(text_of(NULL, L"CLSID\\%ls", classes[i].clsid), there ? classes[i].name : L"(none)",
                "class %s", tap_wstr(classes[i].name));
        if (wcscmp(classes[i].name, L"CUri")
                || !builtin_lacks("Uris in the MTA (\"IUri interface\")"))
            is_wstr(text_of(L"ThreadingModel", L"CLSID\\%ls\\InprocServer32", classes[i].clsid),
                    there ? classes[i].threading : L"(none)", "its threading model");
        file = text_of(NULL, L"CLSID\\%ls\\InprocServer32", classes[i].clsid);
        ok(there ? wcslen(file) > 10 && !_wcsicmp(file + wcslen(file) - 10, L"urlmon.dll")
                 : !wcscmp(file, L"(none)"),
                "its server is %s", tap_wstr(file));
    }
}

static void check_handlers(bool there)
{
    for (unsigned int i = 0; i < ARRAYSIZE(handlers); i++)
    {
        const WCHAR *clsid = text_of(L"CLSID", L"PROTOCOLS\\%ls", handlers[i].key);

        ok(!_wcsicmp(clsid, there ? handlers[i].clsid : L"(none)"), "%s: %s",
                tap_wstr(handlers[i].key), tap_wstr(clsid));
    }
}

static void check_interfaces(bool there)
{
    for (unsigned int i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        is_wstr(text_of(NULL, L"Interface\\%ls", interfaces[i].iid),
                there ? interfaces[i].name : L"(none)", "interface %s",
                tap_wstr(interfaces[i].name));
        is_wstr(text_of(NULL, L"Interface\\%ls\\NumMethods", interfaces[i].iid),
                there ? interfaces[i].methods : L"(none)", "its methods");
        is_wstr(text_of(NULL, L"Interface\\%ls\\ProxyStubClsid32", interfaces[i].iid),
                there ? PROXIES : L"(none)", "its proxies");
    }
}

static void check_all(bool there)
{
    check_classes(there);
    check_handlers(there);
    check_interfaces(there);
}

static void check_zones(void)
{
    static const WCHAR zones[] =
            L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\"
            L"Zones\\%u";
    static const WCHAR *const names[] = {L"My Computer", L"Local intranet", L"Trusted sites",
            L"Internet", L"Restricted sites"};

    for (unsigned int i = 0; i < ARRAYSIZE(names); i++)
    {
        WCHAR key[128], name[40];
        DWORD size = sizeof(name), policy = 99, policy_size = sizeof(policy);

        swprintf(key, ARRAYSIZE(key), zones, i);
        if (RegGetValueW(HKEY_CURRENT_USER, key, L"DisplayName", RRF_RT_REG_SZ, NULL, name, &size))
            wcscpy(name, L"(none)");
        is_wstr(name, names[i], "zone %u", i);
        RegGetValueW(HKEY_CURRENT_USER, key, L"1400", RRF_RT_REG_DWORD, NULL, &policy,
                &policy_size);
        is_uint(policy, i == 4 ? 3 : 0, "whether scripts run there");
    }
}

/* Calls an export without arguments. */
static HRESULT dll_call(HMODULE dll, const char *name)
{
    FARPROC proc = GetProcAddress(dll, name);
    HRESULT(WINAPI * function)(void);

    memcpy(&function, &proc, sizeof(function));
    return function ? function() : E_NOINTERFACE;
}

int main(void)
{
    HMODULE dll;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (!(dll = LoadLibraryW(L"urlmon.dll")))
        bail_out("no urlmon.dll");
    check_all(true);
    is_hr(dll_call(dll, "DllUnregisterServer"), S_OK, "DllUnregisterServer");
    check_all(false);
    is_hr(dll_call(dll, "DllUnregisterServer"), S_OK, "once more: nothing to do");
    is_hr(dll_call(dll, "DllRegisterServer"), S_OK, "DllRegisterServer");
    check_all(true);
    check_zones();
    CoUninitialize();
    return done_testing();
}
