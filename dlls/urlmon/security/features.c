/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Feature controls: "Internet Feature Controls", CoInternetSetFeatureEnabled,
 * CoInternetIsFeatureEnabled and its family, INTERNETFEATURELIST.
 *
 * A feature is what the thread says, else the process, else the registry for this program or for
 * all ("*"), else its default.
 */
#include "com_object.h"
#include "urlmon_module.h"

#include <shlwapi.h>
#include <stdio.h>
#include <wchar.h>

#define FEATURES L"Software\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\"
#define POLICIES L"Software\\Policies\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\"

enum feature_state
{
    FEATURE_UNKNOWN,
    FEATURE_OFF,
    FEATURE_ON
};

struct feature
{
    const WCHAR *name;
    BOOL on; /* by default */
};

static const struct feature features[FEATURE_ENTRY_COUNT] = {
        [FEATURE_OBJECT_CACHING] = {L"FEATURE_OBJECT_CACHING", TRUE},
        [FEATURE_ZONE_ELEVATION] = {L"FEATURE_ZONE_ELEVATION", FALSE},
        [FEATURE_MIME_HANDLING] = {L"FEATURE_MIME_HANDLING", FALSE},
        [FEATURE_MIME_SNIFFING] = {L"FEATURE_MIME_SNIFFING", FALSE},
        [FEATURE_WINDOW_RESTRICTIONS] = {L"FEATURE_WINDOW_RESTRICTIONS", FALSE},
        [FEATURE_WEBOC_POPUPMANAGEMENT] = {L"FEATURE_WEBOC_POPUPMANAGEMENT", FALSE},
        [FEATURE_BEHAVIORS] = {L"FEATURE_BEHAVIORS", TRUE},
        [FEATURE_DISABLE_MK_PROTOCOL] = {L"FEATURE_DISABLE_MK_PROTOCOL", TRUE},
        [FEATURE_LOCALMACHINE_LOCKDOWN] = {L"FEATURE_LOCALMACHINE_LOCKDOWN", FALSE},
        [FEATURE_SECURITYBAND] = {L"FEATURE_SECURITYBAND", FALSE},
        [FEATURE_RESTRICT_ACTIVEXINSTALL] = {L"FEATURE_RESTRICT_ACTIVEXINSTALL", FALSE},
        [FEATURE_VALIDATE_NAVIGATE_URL] = {L"FEATURE_VALIDATE_NAVIGATE_URL", FALSE},
        [FEATURE_RESTRICT_FILEDOWNLOAD] = {L"FEATURE_RESTRICT_FILEDOWNLOAD", FALSE},
        [FEATURE_ADDON_MANAGEMENT] = {L"FEATURE_ADDON_MANAGEMENT", FALSE},
        [FEATURE_PROTOCOL_LOCKDOWN] = {L"FEATURE_PROTOCOL_LOCKDOWN", FALSE},
        [FEATURE_HTTP_USERNAME_PASSWORD_DISABLE] = {L"FEATURE_HTTP_USERNAME_PASSWORD_DISABLE",
                FALSE},
        [FEATURE_SAFE_BINDTOOBJECT] = {L"FEATURE_SAFE_BINDTOOBJECT", FALSE},
        [FEATURE_UNC_SAVEDFILECHECK] = {L"FEATURE_UNC_SAVEDFILECHECK", FALSE},
        [FEATURE_GET_URL_DOM_FILEPATH_UNENCODED] = {L"FEATURE_GET_URL_DOM_FILEPATH_UNENCODED",
                TRUE},
        [FEATURE_TABBED_BROWSING] = {L"FEATURE_TABBED_BROWSING", FALSE},
        [FEATURE_SSLUX] = {L"FEATURE_SSLUX", FALSE},
        [FEATURE_DISABLE_NAVIGATION_SOUNDS] = {L"FEATURE_DISABLE_NAVIGATION_SOUNDS", FALSE},
        [FEATURE_DISABLE_LEGACY_COMPRESSION] = {L"FEATURE_DISABLE_LEGACY_COMPRESSION", TRUE},
        [FEATURE_FORCE_ADDR_AND_STATUS] = {L"FEATURE_FORCE_ADDR_AND_STATUS", FALSE},
        [FEATURE_XMLHTTP] = {L"FEATURE_XMLHTTP", TRUE},
        [FEATURE_DISABLE_TELNET_PROTOCOL] = {L"FEATURE_DISABLE_TELNET_PROTOCOL", FALSE},
        [FEATURE_FEEDS] = {L"FEATURE_FEEDS", FALSE},
        [FEATURE_BLOCK_INPUT_PROMPTS] = {L"FEATURE_BLOCK_INPUT_PROMPTS", FALSE},
};

#define THREAD_SET                                                                                 \
    (SET_FEATURE_ON_THREAD | SET_FEATURE_ON_THREAD_LOCALMACHINE | SET_FEATURE_ON_THREAD_INTRANET   \
            | SET_FEATURE_ON_THREAD_TRUSTED | SET_FEATURE_ON_THREAD_INTERNET                       \
            | SET_FEATURE_ON_THREAD_RESTRICTED)

static volatile LONG process_states[FEATURE_ENTRY_COUNT]; /* enum feature_state */

/* Of a thread two masks with a bit a feature, each as the value of a slot: which ones it has set,
 * and which of these are on. */
static INIT_ONCE thread_once = INIT_ONCE_STATIC_INIT;
static DWORD thread_known = TLS_OUT_OF_INDEXES;
static DWORD thread_on = TLS_OUT_OF_INDEXES;

C_ASSERT(FEATURE_ENTRY_COUNT <= 32);

static BOOL CALLBACK thread_slots_make(INIT_ONCE *once, void *argument, void **context)
{
    (void)once;
    (void)argument;
    (void)context;
    thread_known = TlsAlloc();
    thread_on = TlsAlloc();
    return TRUE;
}

static BOOL thread_slots(void)
{
    InitOnceExecuteOnce(&thread_once, thread_slots_make, NULL, NULL);
    return thread_known != TLS_OUT_OF_INDEXES && thread_on != TLS_OUT_OF_INDEXES;
}

void features_module_detach(void)
{
    if (thread_known != TLS_OUT_OF_INDEXES)
        TlsFree(thread_known);
    if (thread_on != TLS_OUT_OF_INDEXES)
        TlsFree(thread_on);
}

static enum feature_state thread_state(unsigned int feature)
{
    ULONG_PTR bit = (ULONG_PTR)1 << feature;

    if (!thread_slots() || !((ULONG_PTR)TlsGetValue(thread_known) & bit))
        return FEATURE_UNKNOWN;
    return (ULONG_PTR)TlsGetValue(thread_on) & bit ? FEATURE_ON : FEATURE_OFF;
}

static HRESULT thread_state_set(unsigned int feature, BOOL on)
{
    ULONG_PTR bit = (ULONG_PTR)1 << feature, value;

    if (!thread_slots())
        return E_OUTOFMEMORY;
    value = (ULONG_PTR)TlsGetValue(thread_on) & ~bit;
    TlsSetValue(thread_on, (void *)(on ? value | bit : value));
    TlsSetValue(thread_known, (void *)((ULONG_PTR)TlsGetValue(thread_known) | bit));
    return S_OK;
}

/* What the registry says for this program. */
static enum feature_state registry_state(unsigned int feature)
{
    static const HKEY roots[] = {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER, HKEY_CURRENT_USER,
            HKEY_LOCAL_MACHINE};
    static const WCHAR *const paths[] = {POLICIES, POLICIES, FEATURES, FEATURES};
    WCHAR file[MAX_PATH], key[160];
    const WCHAR *names[] = {L"", L"*"};

    if (!GetModuleFileNameW(NULL, file, MAX_PATH))
        return FEATURE_UNKNOWN;
    names[0] = PathFindFileNameW(file);
    for (unsigned int i = 0; i < ARRAY_SIZE(roots); i++)
    {
        swprintf(key, ARRAY_SIZE(key), L"%ls%ls", paths[i], features[feature].name);
        for (unsigned int k = 0; k < ARRAY_SIZE(names); k++)
        {
            DWORD value, size = sizeof(value);

            if (!RegGetValueW(roots[i], key, names[k], RRF_RT_REG_DWORD, NULL, &value, &size))
                return value == 1 ? FEATURE_ON : FEATURE_OFF;
        }
    }
    return FEATURE_UNKNOWN;
}

/* What the process has set, else the registry; read once. */
static enum feature_state process_state(unsigned int feature)
{
    LONG state = process_states[feature];

    if (state == FEATURE_UNKNOWN)
    {
        state = registry_state(feature);
        if (state == FEATURE_UNKNOWN)
            state = features[feature].on ? FEATURE_ON : FEATURE_OFF;
        /* A set that came in between stays. */
        InterlockedCompareExchange(&process_states[feature], state, FEATURE_UNKNOWN);
        state = process_states[feature];
    }
    return (enum feature_state)state;
}

/*
 * CoInternetIsFeatureEnabled: S_OK if a feature is enabled where `flags` (GET_FEATURE_FROM_*) say,
 * S_FALSE if not; E_FAIL: no such feature. Page "CoInternetIsFeatureEnabled function".
 */
HRESULT WINAPI CoInternetIsFeatureEnabled(INTERNETFEATURELIST feature, DWORD flags)
{
    enum feature_state state = FEATURE_UNKNOWN;

    if ((unsigned int)feature >= FEATURE_ENTRY_COUNT)
        return E_FAIL;
    if (flags & GET_FEATURE_FROM_THREAD)
        state = thread_state(feature);
    if (state == FEATURE_UNKNOWN && flags == GET_FEATURE_FROM_REGISTRY)
        state = registry_state(feature);
    else if (state == FEATURE_UNKNOWN)
        state = process_state(feature);
    return state == FEATURE_ON ? S_OK : S_FALSE;
}

/* CoInternetSetFeatureEnabled: for the thread, the process, or (SET_FEATURE_IN_REGISTRY) this
 * program of this user. S_OK; E_FAIL: no such feature. Page "CoInternetSetFeatureEnabled
 * function". */
HRESULT WINAPI CoInternetSetFeatureEnabled(INTERNETFEATURELIST feature, DWORD flags, WINBOOL enable)
{
    enum feature_state state = enable ? FEATURE_ON : FEATURE_OFF;
    HRESULT hr;

    if ((unsigned int)feature >= FEATURE_ENTRY_COUNT)
        return E_FAIL;
    if ((flags & THREAD_SET) && FAILED(hr = thread_state_set(feature, enable)))
        return hr;
    if (flags & SET_FEATURE_ON_PROCESS)
        InterlockedExchange(&process_states[feature], state);
    if (flags & SET_FEATURE_IN_REGISTRY)
    {
        DWORD value = enable ? 1 : 0, error;
        WCHAR file[MAX_PATH], key[160];

        if (!GetModuleFileNameW(NULL, file, MAX_PATH))
            return HRESULT_FROM_WIN32(GetLastError());
        swprintf(key, ARRAY_SIZE(key), FEATURES L"%ls", features[feature].name);
        error = SHSetValueW(HKEY_CURRENT_USER, key, PathFindFileNameW(file), REG_DWORD, &value,
                sizeof(value));
        return HRESULT_FROM_WIN32(error);
    }
    return S_OK;
}

/* The URL action that governs a feature in a zone; 0: none. */
static DWORD feature_action(INTERNETFEATURELIST feature)
{
    switch ((int)feature)
    {
    case FEATURE_OBJECT_CACHING:
        return 0;
    case FEATURE_ZONE_ELEVATION:
        return URLACTION_FEATURE_ZONE_ELEVATION;
    case FEATURE_MIME_SNIFFING:
        return URLACTION_FEATURE_MIME_SNIFFING;
    case FEATURE_WINDOW_RESTRICTIONS:
        return URLACTION_FEATURE_WINDOW_RESTRICTIONS;
    case FEATURE_WEBOC_POPUPMANAGEMENT:
        return URLACTION_CROSS_DOMAIN_DATA;
    case FEATURE_BEHAVIORS:
        return URLACTION_BEHAVIOR_RUN;
    default:
        return 0;
    }
}

/* CoInternetIsFeatureEnabledForUrl: as CoInternetIsFeatureEnabled; an enabled feature may be
 * allowed (S_FALSE: then it does not restrict) in the zone of the URL. */
HRESULT WINAPI CoInternetIsFeatureEnabledForUrl(INTERNETFEATURELIST feature, DWORD flags,
        LPCWSTR url, IInternetSecurityManager *manager)
{
    HRESULT hr = CoInternetIsFeatureEnabled(feature, flags);
    DWORD action = feature_action(feature), policy = 0;

    if (hr != S_OK || !manager || !action)
        return hr;
    hr = IInternetSecurityManager_ProcessUrlAction(manager, url, action, (BYTE *)&policy,
            sizeof(policy), NULL, 0, PUAF_NOUI, 0);
    return hr == S_OK ? S_FALSE : S_OK;
}

/* CoInternetIsFeatureEnabledForIUri: the same for a Uri. */
HRESULT WINAPI CoInternetIsFeatureEnabledForIUri(INTERNETFEATURELIST feature, DWORD flags,
        IUri *uri, IInternetSecurityManagerEx2 *manager)
{
    HRESULT hr = CoInternetIsFeatureEnabled(feature, flags);
    DWORD action = feature_action(feature), policy = 0;

    if (hr != S_OK || !manager || !action)
        return hr;
    hr = IInternetSecurityManagerEx2_ProcessUrlActionEx2(manager, uri, action, (BYTE *)&policy,
            sizeof(policy), NULL, 0, PUAF_NOUI, 0, NULL);
    return hr == S_OK ? S_FALSE : S_OK;
}

/*
 * CoInternetIsFeatureZoneElevationEnabled: whether going from one URL to another of a zone with
 * more rights is to be stopped: S_OK if so, S_FALSE if not. Page
 * "CoInternetIsFeatureZoneElevationEnabled function".
 */
HRESULT WINAPI CoInternetIsFeatureZoneElevationEnabled(LPCWSTR from, LPCWSTR to,
        IInternetSecurityManager *manager, DWORD flags)
{
    DWORD from_zone, to_zone, policy = 0;
    HRESULT hr = CoInternetIsFeatureEnabled(FEATURE_ZONE_ELEVATION, flags);

    if (hr != S_OK || !manager)
        return hr;
    if (FAILED(hr = IInternetSecurityManager_MapUrlToZone(manager, to, &to_zone,
                       MUTZ_DONT_USE_CACHE))
            || (from
                    && FAILED(hr = IInternetSecurityManager_MapUrlToZone(manager, from, &from_zone,
                                      MUTZ_DONT_USE_CACHE))))
        return hr;
    if (from && to_zone >= from_zone)
        return S_FALSE;
    hr = IInternetSecurityManager_ProcessUrlAction(manager, to, URLACTION_FEATURE_ZONE_ELEVATION,
            (BYTE *)&policy, sizeof(policy), NULL, 0, PUAF_NOUI, 0);
    return hr == S_OK ? S_FALSE : S_OK;
}
