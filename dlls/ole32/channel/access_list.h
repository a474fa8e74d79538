/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of access rights as IAccessControl describes them (iaccess.h, accctrl.h), kept as ACLs:
 * COM_RIGHTS_EXECUTE, allowed or denied, whoever is denied it first. NULL as a list: everyone has
 * all rights.
 */
#ifndef CONCIERGE_ACCESS_LIST_H
#define CONCIERGE_ACCESS_LIST_H

#include <windows.h>
#include <accctrl.h>
#include <objbase.h>

#include "user_access.h"

/* "DOMAIN\name" of an account, by malloc; NULL: it has no name, or no memory. */
WCHAR *access_account_name(PSID sid, SID_NAME_USE *use);

/* Whom a trustee means: a SID, "DOMAIN\name", or "*" for everyone. S_OK, E_INVALIDARG,
 * CO_E_INVALIDSID, CO_E_WRONGTRUSTEENAMESYNTAX, CO_E_NOMATCHINGSIDFOUND, CO_E_LOOKUPACCNAMEFAILED.
 */
HRESULT access_trustee_sid(const TRUSTEEW *trustee, struct user_sid *sid);

/* The entries of `fresh` and those of `old`: new denied ones, old denied ones, new allowed ones,
 * old allowed ones. *out by malloc. S_OK, E_INVALIDARG (an entry which COM's implementation does
 * not take), CO_E_EXCEEDSYSACLLIMIT, E_OUTOFMEMORY, as access_trustee_sid. */
HRESULT access_list_merge(const ACL *old, const ACTRL_ACCESS_ENTRY_LISTW *fresh, ACL **out);

/* A list with the one entry that allows everyone. */
HRESULT access_list_everyone(ACL **out);

/* `old` without the entries of these trustees; as access_list_merge. */
HRESULT access_list_revoke(const ACL *old, const TRUSTEEW *trustees, ULONG count, ACL **out);

/* What IAccessControl::GetAllAccessRights gives: one block of task memory. */
HRESULT access_list_describe(const ACL *list, ACTRL_ACCESSW **out);

/* Whether these bytes, which come from anywhere, are such a list. S_OK, CO_E_DECODEFAILED,
 * CO_E_INVALIDSID, CO_E_ACESINWRONGORDER. */
HRESULT access_list_verify(const BYTE *data, DWORD size);

#endif
