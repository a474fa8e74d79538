/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zone_template.h"

#include "zone_defaults.h"
#include "zone_registry.h"

/* How strict a policy is, to compare two of one action: "URL Policy Flags"
 * (platform-apis/ms537179). */
static DWORD policy_strictness(DWORD action, DWORD policy)
{
    switch (action)
    {
    case URLACTION_JAVA_PERMISSIONS: /* from "prohibit", 0, over "high" to "low" */
    case URLACTION_CHANNEL_SOFTDIST_PERMISSIONS:
        return ~policy;
    case URLACTION_CREDENTIALS_USE:
        return policy == URLPOLICY_CREDENTIALS_SILENT_LOGON_OK       ? 0
                : policy == URLPOLICY_CREDENTIALS_CONDITIONAL_PROMPT ? 1
                : policy == URLPOLICY_CREDENTIALS_MUST_PROMPT_USER   ? 2
                                                                     : 3;
    default:
        return GetUrlPolicyPermissions(policy);
    }
}

HRESULT zone_template_copy(DWORD template, DWORD zone, BOOL only_insecure)
{
    DWORD action, policy, old;
    HRESULT hr;

    if (!zone_exists(zone))
        return E_INVALIDARG;
    for (unsigned int i = 0; (hr = zone_template_policy(template, i, &action, &policy)) == S_OK;
            i++)
    {
        if (only_insecure && zone_policy_read(zone, FALSE, action, URLZONEREG_DEFAULT, &old) == S_OK
                && policy_strictness(action, old) >= policy_strictness(action, policy))
            continue;
        if (FAILED(hr = zone_policy_write(zone, FALSE, action, URLZONEREG_DEFAULT, policy)))
            return hr;
    }
    if (FAILED(hr))
        return hr;
    return zone_level_write(zone,
            zone_template_matches(template, zone) ? template : URLTEMPLATE_CUSTOM);
}

BOOL zone_template_matches(DWORD template, DWORD zone)
{
    DWORD action, policy, now;
    HRESULT hr;

    for (unsigned int i = 0; (hr = zone_template_policy(template, i, &action, &policy)) == S_OK;
            i++)
    {
        if (zone_policy_read(zone, FALSE, action, URLZONEREG_DEFAULT, &now) != S_OK
                || now != policy)
            return FALSE;
    }
    return hr == S_FALSE;
}

BOOL zone_template_is_undercut(DWORD template, DWORD zone)
{
    DWORD action, policy, now;

    for (unsigned int i = 0; zone_template_policy(template, i, &action, &policy) == S_OK; i++)
    {
        if (zone_policy_read(zone, FALSE, action, URLZONEREG_DEFAULT, &now) == S_OK
                && policy_strictness(action, now) < policy_strictness(action, policy))
            return TRUE;
    }
    return FALSE;
}
