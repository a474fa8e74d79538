/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Components that Internet Explorer once installed when they were first used, its compatibility
 * flags for controls, and the log of hits. No feature is installed on demand, and nothing is
 * logged, as with Internet Explorer 7 and later.
 */
#include "urlmon_module.h"

#include <stdio.h>

#define ACTIVEX_COMPATIBILITY L"Software\\Microsoft\\Internet Explorer\\ActiveX Compatibility\\"

/* "Install Scopes" (platform-apis/cc197032) */
#define SCOPE_MACHINE 1

static DWORD number_read(const WCHAR *key, const WCHAR *name, BOOL *found)
{
    DWORD value = 0, size = sizeof(value);

    if (RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD, NULL, &value, &size))
        return 0;
    *found = TRUE;
    return value;
}

/*
 * CompatFlagsFromClsid: COMPAT_* and OLEMISC_* that the registry has for a control, 0 for what it
 * has not. S_OK; S_FALSE: there is no entry; E_INVALIDARG. Page "CompatFlagsFromClsid function"
 * (platform-apis/ms775091).
 */
HRESULT WINAPI CompatFlagsFromClsid(CLSID *clsid, LPDWORD compat_flags, LPDWORD misc_status)
{
    WCHAR key[ARRAYSIZE(ACTIVEX_COMPATIBILITY) + 40], text[40];
    BOOL found = FALSE;

    if (!clsid || !compat_flags || !misc_status)
        return E_INVALIDARG;
    StringFromGUID2(clsid, text, ARRAYSIZE(text));
    swprintf(key, ARRAYSIZE(key), ACTIVEX_COMPATIBILITY L"%ls", text);
    *compat_flags = number_read(key, L"Compatibility Flags", &found);
    *misc_status = number_read(key, L"MiscStatus Flags", &found);
    return found ? S_OK : S_FALSE;
}

static BOOL spec_is_valid(const uCLSSPEC *spec)
{
    if (!spec)
        return FALSE;
    switch (spec->tyspec)
    {
    case TYSPEC_CLSID:
        return TRUE;
    case TYSPEC_FILEEXT:
    case TYSPEC_MIMETYPE:
    case TYSPEC_PROGID:
    case TYSPEC_FILENAME:
        return spec->tagged_union.pMimeType != NULL; /* each is a text */
    default:
        return FALSE;
    }
}

/*
 * FaultInIEFeature: S_FALSE: the class or media type is not part of a feature of Internet Explorer;
 * CoCreateInstance makes it or fails. E_INVALIDARG. Page "FaultInIEFeature function"
 * (platform-apis/aa359663).
 */
HRESULT WINAPI FaultInIEFeature(HWND parent, uCLSSPEC *spec, QUERYCONTEXT *query, DWORD flags)
{
    (void)parent;
    (void)query;
    (void)flags;
    return spec_is_valid(spec) ? S_FALSE : E_INVALIDARG;
}

/* GetComponentIDFromCLSSPEC: S_FALSE and NULL: not part of a feature; E_INVALIDARG. Page
 * "GetComponentIDFromCLSSPEC function" (platform-apis/aa359665). */
HRESULT WINAPI GetComponentIDFromCLSSPEC(uCLSSPEC *spec, LPSTR *out)
{
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return spec_is_valid(spec) ? S_FALSE : E_INVALIDARG;
}

/* IEInstallScope: for whom it is installed: the machine. S_OK, E_INVALIDARG. */
HRESULT WINAPI IEInstallScope(LPDWORD scope)
{
    if (!scope)
        return E_INVALIDARG;
    *scope = SCOPE_MACHINE;
    return S_OK;
}

/* IsLoggingEnabled: no site has hits logged: "removed from Internet Explorer 7 and later", page
 * "Introduction to the Hit Logging API" (platform-apis/aa741193). */
WINBOOL WINAPI IsLoggingEnabledA(LPCSTR url)
{
    (void)url;
    return FALSE;
}

WINBOOL WINAPI IsLoggingEnabledW(LPCWSTR url)
{
    (void)url;
    return FALSE;
}

/* WriteHitLogging: ERROR_FILE_NOT_FOUND: "the URL was not located in the cache log index". Page
 * "WriteHitLogging function" (platform-apis/aa741197). */
WINBOOL WINAPI WriteHitLogging(LPHIT_LOGGING_INFO information)
{
    SetLastError(information ? ERROR_FILE_NOT_FOUND : ERROR_INVALID_PARAMETER);
    return FALSE;
}
