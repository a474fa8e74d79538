/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When a locked-down zone takes the place of a zone: "Local Machine Zone Lockdown" and "Network
 * Protocol Lockdown" in "Compatibility in Internet Explorer 6 for Windows XP Service Pack 2"
 * (ms537641), IInternetSecurityManagerEx::ProcessUrlActionEx (platform-apis/ms537119), "PUAF
 * enumeration" (ms537171), the policies "Restricted Protocols Per Security Zone".
 */
#include "zone_lockdown.h"

#include "com_object.h"
#include "zone_registry.h"

#include <stdio.h>
#include <wchar.h>

#define RESTRICTED                                                                                 \
    L"Software\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\"                 \
    L"RestrictedProtocols\\%lu"
#define PROTOCOL_MAX 64 /* characters of a protocol's name with its zero */

/* A feature of this thread, or else of the process. */
static BOOL feature_is_on(INTERNETFEATURELIST feature)
{
    return CoInternetIsFeatureEnabled(feature, GET_FEATURE_FROM_THREAD) == S_OK;
}

/* Whether a key lists the scheme: as a value's name, or as its text. */
static BOOL key_lists_scheme(HKEY key, const WCHAR *scheme)
{
    for (DWORD i = 0;; i++)
    {
        WCHAR name[PROTOCOL_MAX], text[PROTOCOL_MAX];
        DWORD length = ARRAY_SIZE(name), size = sizeof(text);
        LSTATUS error = RegEnumValueW(key, i, name, &length, NULL, NULL, NULL, NULL);

        if (error == ERROR_MORE_DATA)
            continue; /* no protocol has such a name */
        if (error)
            return FALSE;
        if (!_wcsicmp(name, scheme)
                || (!RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, text, &size)
                        && !_wcsicmp(text, scheme)))
            return TRUE;
    }
}

/* "If policy for a zone is set in both Computer Configuration and User Configuration, both lists of
 * protocols will be restricted for that zone." */
static BOOL scheme_is_restricted(const WCHAR *scheme, DWORD zone)
{
    static const HKEY roots[] = {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER};
    WCHAR path[ARRAY_SIZE(RESTRICTED) + 16];
    BOOL found = FALSE;

    swprintf(path, ARRAY_SIZE(path), RESTRICTED, zone);
    for (unsigned int i = 0; i < ARRAY_SIZE(roots) && !found; i++)
    {
        HKEY key;

        if (RegOpenKeyExW(roots[i], path, 0, KEY_READ, &key))
            continue;
        found = key_lists_scheme(key, scheme);
        RegCloseKey(key);
    }
    return found;
}

/* Protocols of the list "to be restricted if that zone is set to Prompt or Disable" for
 * URLACTION_ALLOW_RESTRICTEDPROTOCOLS; what is not set counts as Disable. */
static BOOL protocol_is_locked(IUri *uri, DWORD zone, DWORD flags)
{
    BSTR scheme = NULL;
    BOOL locked;
    DWORD policy;

    if (!feature_is_on(FEATURE_PROTOCOL_LOCKDOWN))
        return FALSE;
    locked = IUri_GetSchemeName(uri, &scheme) == S_OK && scheme_is_restricted(scheme, zone);
    SysFreeString(scheme);
    if (!locked || (flags & PUAF_NPL_USE_LOCKED_IF_RESTRICTED))
        return locked;
    return zone_policy_read(zone, FALSE, URLACTION_ALLOW_RESTRICTEDPROTOCOLS, URLZONEREG_DEFAULT,
                   &policy)
            != S_OK
            || GetUrlPolicyPermissions(policy) != URLPOLICY_ALLOW;
}

BOOL zone_is_locked(IUri *uri, DWORD zone, DWORD flags)
{
    if (zone == URLZONE_LOCAL_MACHINE && !(flags & PUAF_LMZ_UNLOCKED)
            && ((flags & PUAF_LMZ_LOCKED) || feature_is_on(FEATURE_LOCALMACHINE_LOCKDOWN)))
        return TRUE;
    return protocol_is_locked(uri, zone, flags);
}
