/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Exports that have a number and no name. No header declares them and no page describes them; their
 * names and arguments are those which Wine's DLL writes to its trace. What they can be known to do
 * they do.
 */
#include <stdlib.h>
#include <urlmon.h>
#include <windows.h>

#include "not_implemented.h"
#include "user_agent.h"
#include "zone_registry.h"

BOOL WINAPI IsInternetESCEnabledLocal(void);
BOOL WINAPI IsProtectedModeURL(const WCHAR *url);
HRESULT WINAPI LogSqmBits(DWORD data, DWORD bits);
HRESULT WINAPI LogSqmUXCommandOffsetInternal(DWORD a, DWORD b, DWORD c, DWORD d);
HRESULT WINAPI MapUriToBrowserEmulationState(IUri *uri, DWORD *state, DWORD *reason);
HRESULT WINAPI MapBrowserEmulationModeToUserAgent(const DWORD *mode, WCHAR **out);
HRESULT WINAPI CoInternetGetBrowserProfile(DWORD *profile);
void WINAPI FlushUrlmonZonesCache(void);

/* URLACTION of the setting "Enable Protected Mode", and its value. */
#define ACTION_PROTECTED_MODE 0x2500

/* 108: whether the Enhanced Security Configuration is on for this user. */
BOOL WINAPI IsInternetESCEnabledLocal(void)
{
    DWORD hardened = 0, size = sizeof(hardened);

    return !RegGetValueW(HKEY_CURRENT_USER, INTERNET_SETTINGS L"ZoneMap", L"IEHarden",
                   RRF_RT_REG_DWORD, NULL, &hardened, &size)
            && hardened;
}

/* 111: whether the zone of a URL is one to be seen in protected mode, which is so unless its
 * policy says otherwise. IEIsProtectedModeURL is the documented function for it. */
BOOL WINAPI IsProtectedModeURL(const WCHAR *url)
{
    IInternetSecurityManager *manager;
    DWORD zone = URLZONE_INTERNET, policy = URLPOLICY_ALLOW;

    if (url && SUCCEEDED(CoInternetCreateSecurityManager(NULL, &manager, 0)))
    {
        if (FAILED(IInternetSecurityManager_MapUrlToZone(manager, url, &zone, 0)))
            zone = URLZONE_INTERNET;
        IInternetSecurityManager_Release(manager);
    }
    if (FAILED(zone_policy_read(zone, FALSE, ACTION_PROTECTED_MODE, URLZONEREG_DEFAULT, &policy)))
        return TRUE;
    return policy == URLPOLICY_ALLOW;
}

/* 410, 423: statistics on the use of the browser. None are kept. */
HRESULT WINAPI LogSqmBits(DWORD data, DWORD bits)
{
    (void)data;
    (void)bits;
    return S_OK;
}

HRESULT WINAPI LogSqmUXCommandOffsetInternal(DWORD a, DWORD b, DWORD c, DWORD d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return S_OK;
}

/* 444: the compatibility view of a page, which comes from lists of sites. There are none. */
HRESULT WINAPI MapUriToBrowserEmulationState(IUri *uri, DWORD *state, DWORD *reason)
{
    (void)uri;
    (void)state;
    (void)reason;
    return NOT_IMPLEMENTED();
}

/*
 * 445: the user agent of a document mode (page "Understanding user-agent strings"): 5 and 7 to 11;
 * mode 5 has that of 7. *out by CoTaskMemAlloc. E_INVALIDARG: nowhere to put it; E_FAIL: no such
 * mode.
 */
HRESULT WINAPI MapBrowserEmulationModeToUserAgent(const DWORD *mode, WCHAR **out)
{
    HRESULT hr = E_OUTOFMEMORY;
    char *agent;
    int length;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!mode)
        return E_INVALIDARG;
    if (*mode != 5 && (*mode < 7 || *mode > 11))
        return E_FAIL;
    if (!(agent = user_agent_get(*mode == 5 ? 7 : *mode)))
        return hr;
    length = MultiByteToWideChar(CP_ACP, 0, agent, -1, NULL, 0);
    *out = length > 0 ? CoTaskMemAlloc((size_t)length * sizeof(WCHAR)) : NULL;
    if (*out)
    {
        MultiByteToWideChar(CP_ACP, 0, agent, -1, *out, length);
        hr = S_OK;
    }
    free(agent);
    return hr;
}

/* 446: which of its user interfaces a browser shows. There is no browser. */
HRESULT WINAPI CoInternetGetBrowserProfile(DWORD *profile)
{
    (void)profile;
    return NOT_IMPLEMENTED();
}

/* 455: zones are read where they are written; nothing is kept of them that would be out of date. */
void WINAPI FlushUrlmonZonesCache(void)
{
}
