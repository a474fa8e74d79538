/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may call this process's objects: a security descriptor or an IAccessControl, and the
 * computer's restriction. win32: com/access-control-lists-for-com
 */
#ifndef CONCIERGE_ACCESS_POLICY_H
#define CONCIERGE_ACCESS_POLICY_H

#include <windows.h>
#include <objbase.h>

struct access_policy; /* counted */

/* Each: *out is NULL when everybody may call. The computer's restriction is part of each.
 * S_OK, E_INVALIDARG for a descriptor that is none, E_NOINTERFACE, E_OUTOFMEMORY. */
HRESULT access_policy_from_descriptor(SECURITY_DESCRIPTOR *descriptor, struct access_policy **out);
HRESULT access_policy_from_control(IUnknown *control, struct access_policy **out);

/* What the registry says of processes which say nothing themselves: AccessPermission of the AppID
 * (NULL: of the program's), DefaultAccessPermission. *authn_level is AuthenticationLevel,
 * LegacyAuthenticationLevel, or RPC_C_AUTHN_LEVEL_DEFAULT; *imp_level LegacyImpersonationLevel or
 * RPC_C_IMP_LEVEL_DEFAULT. "If the AuthenticationLevel is none, the AccessPermission values are
 * ignored." A value that is no descriptor lets nobody in. */
HRESULT access_policy_from_registry(const GUID *appid, struct access_policy **out,
        DWORD *authn_level, DWORD *imp_level);

void access_policy_addref(struct access_policy *policy);
void access_policy_release(struct access_policy *policy);

/* Whether this process may call: S_OK or E_ACCESSDENIED. Asked once a client process. May call out,
 * to the IAccessControl. */
HRESULT access_policy_check(struct access_policy *policy, DWORD client_process);

/* Whether these bytes, which come from the registry, are a self-relative descriptor. */
BOOL access_descriptor_valid(const BYTE *data, DWORD size);

/* Whether it grants the token COM_RIGHTS_EXECUTE, and with entries of the newer format `right`, of
 * COM_RIGHTS_..., as well. NULL grants everything. */
BOOL access_descriptor_grants(SECURITY_DESCRIPTOR *descriptor, HANDLE token, DWORD right);

/* For an IAccessControl: the client that is being checked on this thread, or whose call the thread
 * serves; a token to be closed. CO_E_FAILEDTOQUERYCLIENTBLANKET: there is none. */
HRESULT access_client_token(HANDLE *token);

#endif
