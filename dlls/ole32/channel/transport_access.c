/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may talk to a port: processes of the same user. */

#include "transport_parts.h"

PSECURITY_DESCRIPTOR access_same_user(void)
{
    union
    {
        TOKEN_USER user;
        BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } token;
    PSECURITY_DESCRIPTOR descriptor;
    DWORD size, sid_size, acl_size;
    HANDLE handle;
    ACL *acl;
    BOOL done;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &handle))
        return NULL;
    done = GetTokenInformation(handle, TokenUser, &token, sizeof(token), &size);
    CloseHandle(handle);
    if (!done)
        return NULL;

    sid_size = GetLengthSid(token.user.User.Sid);
    acl_size = sizeof(ACL) + sizeof(ACCESS_ALLOWED_ACE) + sid_size;
    descriptor = LocalAlloc(LMEM_FIXED, SECURITY_DESCRIPTOR_MIN_LENGTH + acl_size);
    if (!descriptor)
        return NULL;
    acl = (ACL *)((BYTE *)descriptor + SECURITY_DESCRIPTOR_MIN_LENGTH);
    if (InitializeSecurityDescriptor(descriptor, SECURITY_DESCRIPTOR_REVISION)
            && InitializeAcl(acl, acl_size, ACL_REVISION)
            && AddAccessAllowedAce(acl, ACL_REVISION, GENERIC_ALL, token.user.User.Sid)
            && SetSecurityDescriptorDacl(descriptor, TRUE, acl, FALSE))
        return descriptor;
    LocalFree(descriptor);
    return NULL;
}
