/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What regsvr32 writes: the classes of this DLL, its protocol handlers and MIME filters, the
 * proxies, the feature controls and the zones. The pages "Registering an Asynchronous Pluggable
 * Protocol", "MIME Filters", "Internet Feature Controls", "URL Security Zones Registry Entries".
 */
#include "url_proxies.h"
#include "registry_write.h"
#include "urlmon_module.h"
#include "zone_defaults.h"

#include "com_object.h"

#include <olectl.h>
#include <shlwapi.h>
#include <stdio.h>

#define FEATURES L"Software\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\"

HRESULT WINAPI DllRegisterServer(void);
HRESULT WINAPI DllUnregisterServer(void);
HRESULT WINAPI DllRegisterServerEx(void);
HRESULT WINAPI DllInstall(BOOL install, const WCHAR *command);

#define CLSID_CDL L"{3DD53D40-7B8B-11D0-B013-00AA0059CE02}"
#define CLSID_URL_MONIKER L"{79EAC9E0-BAF9-11CE-8C82-00AA004BA90B}"
#define CLSID_HTTP L"{79EAC9E2-BAF9-11CE-8C82-00AA004BA90B}"
#define CLSID_FTP L"{79EAC9E3-BAF9-11CE-8C82-00AA004BA90B}"
#define CLSID_GOPHER L"{79EAC9E4-BAF9-11CE-8C82-00AA004BA90B}"
#define CLSID_HTTPS L"{79EAC9E5-BAF9-11CE-8C82-00AA004BA90B}"
#define CLSID_MK L"{79EAC9E6-BAF9-11CE-8C82-00AA004BA90B}"
#define CLSID_FILE L"{79EAC9E7-BAF9-11CE-8C82-00AA004BA90B}"
#define CLSID_SECURITY L"{7B8A2D94-0AC9-11D1-896C-00C04FB6BFC4}"
#define CLSID_ZONES L"{7B8A2D95-0AC9-11D1-896C-00C04FB6BFC4}"
#define CLSID_DECOMPRESSION L"{8F6B0360-B80D-11D0-A9B3-006097942311}"
#define CLSID_ZONE_IDENTIFIER L"{0968E258-16C7-4DBA-AA86-462DD61E31A3}"
#define CLSID_URI L"{DF2FCE13-25EC-45BB-9D4C-CECD47C2430C}"

#define HANDLER L": Asynchronous Pluggable Protocol Handler"
#define FILTER L"AP Deflate Encoding/Decoding Filter"

struct class_entry
{
    const WCHAR *clsid, *name, *threading;
};

static const struct class_entry classes[] = {
        {CLSID_CDL, L"CDL" HANDLER, L"Apartment"},
        {CLSID_URL_MONIKER, L"URL Moniker", L"Apartment"},
        {CLSID_HTTP, L"http" HANDLER, L"Apartment"}, {CLSID_FTP, L"ftp" HANDLER, L"Apartment"},
        {CLSID_GOPHER, L"gopher" HANDLER, L"Apartment"},
        {CLSID_HTTPS, L"https" HANDLER, L"Apartment"}, {CLSID_MK, L"mk" HANDLER, L"Apartment"},
        {CLSID_FILE, L"file:, local" HANDLER, L"Apartment"},
        {CLSID_SECURITY, L"Security Manager", L"Both"}, {CLSID_ZONES, L"URL Zone Manager", L"Both"},
        {CLSID_DECOMPRESSION, L"AP lzdhtml encoding/decoding Filter", L"Apartment"},
        {CLSID_ZONE_IDENTIFIER, L"Persistent Zone Identifier", L"Both"},
        {CLSID_URI, L"CUri", L"Both"}, /* Uris are unpacked in every apartment */
};

/* A protocol or a media type, and the class that handles it. */
struct handler_entry
{
    const WCHAR *key, *name, *clsid;
};

static const struct handler_entry handlers[] = {
        {L"PROTOCOLS\\Handler\\cdl", L"CDL" HANDLER, CLSID_CDL},
        {L"PROTOCOLS\\Handler\\file", L"file:, local" HANDLER, CLSID_FILE},
        {L"PROTOCOLS\\Handler\\ftp", L"ftp" HANDLER, CLSID_FTP},
        {L"PROTOCOLS\\Handler\\gopher", L"gopher" HANDLER, CLSID_GOPHER},
        {L"PROTOCOLS\\Handler\\http", L"http" HANDLER, CLSID_HTTP},
        {L"PROTOCOLS\\Handler\\https", L"https" HANDLER, CLSID_HTTPS},
        {L"PROTOCOLS\\Handler\\local", L"file:, local" HANDLER, CLSID_FILE},
        {L"PROTOCOLS\\Handler\\mk", L"mk" HANDLER, CLSID_MK},
        {L"PROTOCOLS\\Filter\\deflate", FILTER, CLSID_DECOMPRESSION},
        {L"PROTOCOLS\\Filter\\gzip", FILTER, CLSID_DECOMPRESSION},
        {L"PROTOCOLS\\Filter\\lzdhtml", FILTER, CLSID_DECOMPRESSION},
};

static const WCHAR *const features[] = {
        L"FEATURE_ADDON_MANAGEMENT",
        L"FEATURE_BEHAVIORS",
        L"FEATURE_DISABLE_LEGACY_COMPRESSION",
        L"FEATURE_DISABLE_MK_PROTOCOL",
        L"FEATURE_DISABLE_TELNET_PROTOCOL",
        L"FEATURE_FEEDS",
        L"FEATURE_FORCE_ADDR_AND_STATUS",
        L"FEATURE_HTTP_USERNAME_PASSWORD_DISABLE",
        L"FEATURE_LOCALMACHINE_LOCKDOWN",
        L"FEATURE_MIME_HANDLING",
        L"FEATURE_MIME_SNIFFING",
        L"FEATURE_OBJECT_CACHING",
        L"FEATURE_PROTOCOL_LOCKDOWN",
        L"FEATURE_RESTRICT_ACTIVEXINSTALL",
        L"FEATURE_RESTRICT_FILEDOWNLOAD",
        L"FEATURE_SAFE_BINDTOOBJECT",
        L"FEATURE_SECURITYBAND",
        L"FEATURE_SSLUX",
        L"FEATURE_UNC_SAVEDFILECHECK",
        L"FEATURE_VALIDATE_NAVIGATE_URL",
        L"FEATURE_WEBOC_POPUPMANAGEMENT",
        L"FEATURE_WINDOW_RESTRICTIONS",
        L"FEATURE_ZONE_ELEVATION",
};

static HRESULT classes_register(void)
{
    WCHAR file[MAX_PATH], key[128];
    DWORD length = GetModuleFileNameW(urlmon_instance, file, MAX_PATH), error = 0;

    if (!length || length >= MAX_PATH)
        return SELFREG_E_CLASS;
    for (unsigned int i = 0; i < ARRAY_SIZE(classes); i++)
    {
        swprintf(key, ARRAY_SIZE(key), L"CLSID\\%ls", classes[i].clsid);
        registry_write_text(&error, HKEY_CLASSES_ROOT, key, NULL, classes[i].name);
        swprintf(key, ARRAY_SIZE(key), L"CLSID\\%ls\\InprocServer32", classes[i].clsid);
        registry_write_text(&error, HKEY_CLASSES_ROOT, key, NULL, file);
        registry_write_text(&error, HKEY_CLASSES_ROOT, key, L"ThreadingModel",
                classes[i].threading);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(handlers); i++)
    {
        registry_write_text(&error, HKEY_CLASSES_ROOT, handlers[i].key, NULL, handlers[i].name);
        registry_write_text(&error, HKEY_CLASSES_ROOT, handlers[i].key, L"CLSID",
                handlers[i].clsid);
    }
    return error ? SELFREG_E_CLASS : S_OK;
}

static HRESULT features_register(void)
{
    WCHAR path[128];
    HKEY key;

    for (unsigned int i = 0; i < ARRAY_SIZE(features); i++)
    {
        swprintf(path, ARRAY_SIZE(path), FEATURES L"%ls", features[i]);
        if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL))
            return SELFREG_E_CLASS;
        RegCloseKey(key);
    }
    return S_OK;
}

/* DllRegisterServer: S_OK, SELFREG_E_CLASS. What is there already is written again, except for
 * zones that a user or administrator may have changed. olectl/nf-olectl-dllregisterserver */
HRESULT WINAPI DllRegisterServer(void)
{
    HRESULT hr = classes_register();

    if (SUCCEEDED(hr))
        hr = features_register();
    if (SUCCEEDED(hr))
        hr = zone_defaults_register();
    return SUCCEEDED(hr) ? url_proxies_register() : hr;
}

/* DllUnregisterServer: S_OK, SELFREG_E_CLASS; what is not there is no error.
 * olectl/nf-olectl-dllunregisterserver */
HRESULT WINAPI DllUnregisterServer(void)
{
    WCHAR key[128];

    for (unsigned int i = 0; i < ARRAY_SIZE(classes); i++)
    {
        swprintf(key, ARRAY_SIZE(key), L"CLSID\\%ls", classes[i].clsid);
        SHDeleteKeyW(HKEY_CLASSES_ROOT, key);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(handlers); i++)
        SHDeleteKeyW(HKEY_CLASSES_ROOT, handlers[i].key);
    for (unsigned int i = 0; i < ARRAY_SIZE(features); i++)
    {
        swprintf(key, ARRAY_SIZE(key), FEATURES L"%ls", features[i]);
        SHDeleteEmptyKeyW(HKEY_LOCAL_MACHINE, key);
    }
    return url_proxies_unregister();
}

/* DllRegisterServerEx: without a page; Windows has nothing more to register by it. */
HRESULT WINAPI DllRegisterServerEx(void)
{
    return DllRegisterServer();
}

/* DllInstall: what regsvr32 /i adds; there is nothing for a user. shlwapi/nf-shlwapi-dllinstall */
HRESULT WINAPI DllInstall(BOOL install, const WCHAR *command)
{
    (void)install;
    (void)command;
    return S_OK;
}
