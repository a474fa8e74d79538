/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whom a TRUSTEE means. accctrl/ns-accctrl-trustee_w; the errors are those of
 * com/com-error-codes-3. */
#include "access_list.h"

#include <stdlib.h>
#include <wchar.h>

#define NAME_MAX_LENGTH 257 /* of a user or of a domain, with the end */

WCHAR *access_account_name(PSID sid, SID_NAME_USE *use)
{
    WCHAR name[NAME_MAX_LENGTH] = L"", domain[NAME_MAX_LENGTH] = L"", *both;
    DWORD name_size = NAME_MAX_LENGTH, domain_size = NAME_MAX_LENGTH;

    if (!LookupAccountSidW(NULL, sid, name, &name_size, domain, &domain_size, use))
        return NULL;
    if (!(both = malloc((wcslen(domain) + wcslen(name) + 2) * sizeof(WCHAR))))
        return NULL;
    wcscpy(both, domain);
    wcscat(both, L"\\");
    wcscat(both, name);
    return both;
}

static HRESULT name_sid(const WCHAR *name, struct user_sid *sid)
{
    WCHAR domain[NAME_MAX_LENGTH];
    DWORD size = sizeof(*sid), domain_size = NAME_MAX_LENGTH;
    const WCHAR *separator;
    SID_NAME_USE use;

    if (!name)
        return E_INVALIDARG;
    if (!wcscmp(name, L"*"))
        return CreateWellKnownSid(WinWorldSid, NULL, &sid->sid, &size) ? S_OK : CO_E_INVALIDSID;
    separator = wcschr(name, '\\');
    if (!separator || separator == name || !separator[1] || wcschr(separator + 1, '\\'))
        return CO_E_WRONGTRUSTEENAMESYNTAX;
    if (LookupAccountNameW(NULL, name, &sid->sid, &size, domain, &domain_size, &use))
        return S_OK;
    return GetLastError() == ERROR_NONE_MAPPED ? CO_E_NOMATCHINGSIDFOUND : CO_E_LOOKUPACCNAMEFAILED;
}

HRESULT access_trustee_sid(const TRUSTEEW *trustee, struct user_sid *sid)
{
    PSID given = (PSID)trustee->ptstrName;

    if (trustee->pMultipleTrustee || trustee->MultipleTrusteeOperation != NO_MULTIPLE_TRUSTEE)
        return E_INVALIDARG;
    switch (trustee->TrusteeForm)
    {
    case TRUSTEE_IS_NAME:
        return name_sid(trustee->ptstrName, sid);
    case TRUSTEE_IS_SID:
        return given && IsValidSid(given) && CopySid(sizeof(*sid), &sid->sid, given)
                ? S_OK
                : CO_E_INVALIDSID;
    default:
        return E_INVALIDARG;
    }
}
