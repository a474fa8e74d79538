/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "user_access.h"

/* The system's accounts. */
static const WELL_KNOWN_SID_TYPE accounts[] = {WinLocalSystemSid, WinLocalServiceSid,
        WinNetworkServiceSid};

#define ACE_MAX (sizeof(ACCESS_ALLOWED_ACE) + SECURITY_MAX_SID_SIZE)
#define ACL_MAX (sizeof(ACL) + (1 + ARRAYSIZE(accounts)) * ACE_MAX)

BOOL user_of_token(HANDLE token, struct user_sid *user)
{
    union
    {
        TOKEN_USER user;
        BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } information;
    DWORD size;

    return GetTokenInformation(token, TokenUser, &information, sizeof(information), &size)
            && CopySid(sizeof(*user), &user->sid, information.user.User.Sid);
}

static BOOL process_user(HANDLE process, struct user_sid *user)
{
    HANDLE token;
    BOOL done;

    if (!OpenProcessToken(process, TOKEN_QUERY, &token))
        return FALSE;
    done = user_of_token(token, user);
    CloseHandle(token);
    return done;
}

BOOL user_is_served(PSID own, PSID other)
{
    if (!IsValidSid(own) || !IsValidSid(other))
        return FALSE;
    for (unsigned int i = 0; i < ARRAYSIZE(accounts); i++)
    {
        if (IsWellKnownSid(other, accounts[i]))
            return TRUE;
    }
    return EqualSid(own, other);
}

static BOOL acl_allow(ACL *acl, PSID sid)
{
    return AddAccessAllowedAce(acl, ACL_REVISION, GENERIC_ALL, sid);
}

PSECURITY_DESCRIPTOR user_only_access(void)
{
    const DWORD size = sizeof(ACL) + ACE_MAX;
    BYTE *descriptor = LocalAlloc(LMEM_FIXED, SECURITY_DESCRIPTOR_MIN_LENGTH + size);
    ACL *acl;
    struct user_sid user;

    if (!descriptor)
        return NULL;
    acl = (ACL *)(descriptor + SECURITY_DESCRIPTOR_MIN_LENGTH);
    if (process_user(GetCurrentProcess(), &user)
            && InitializeSecurityDescriptor(descriptor, SECURITY_DESCRIPTOR_REVISION)
            && InitializeAcl(acl, size, ACL_REVISION) && acl_allow(acl, &user.sid)
            && SetSecurityDescriptorDacl(descriptor, TRUE, acl, FALSE))
        return descriptor;
    LocalFree(descriptor);
    return NULL;
}

/* --- objects with names --- */

static struct
{
    INIT_ONCE once;
    SECURITY_ATTRIBUTES attributes;
    SECURITY_DESCRIPTOR descriptor;
    struct user_sid owner;
    union
    {
        ACL acl;
        BYTE room[ACL_MAX];
    };
} objects = {.once = INIT_ONCE_STATIC_INIT};

/* What fails leaves a list that is shorter. */
static BOOL CALLBACK objects_init(INIT_ONCE *once, void *argument, void **unused)
{
    struct user_sid account;

    (void)once;
    (void)argument;
    (void)unused;
    InitializeAcl(&objects.acl, sizeof(objects.room), ACL_REVISION);
    InitializeSecurityDescriptor(&objects.descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&objects.descriptor, TRUE, &objects.acl, FALSE);
    if (process_user(GetCurrentProcess(), &objects.owner))
    {
        SetSecurityDescriptorOwner(&objects.descriptor, &objects.owner.sid, FALSE);
        acl_allow(&objects.acl, &objects.owner.sid);
    }
    for (unsigned int i = 0; i < ARRAYSIZE(accounts); i++)
    {
        DWORD size = sizeof(account);

        if (CreateWellKnownSid(accounts[i], NULL, &account.sid, &size))
            acl_allow(&objects.acl, &account.sid);
    }
    objects.attributes.nLength = sizeof(objects.attributes);
    objects.attributes.lpSecurityDescriptor = &objects.descriptor;
    return TRUE;
}

SECURITY_ATTRIBUTES *user_object_access(void)
{
    InitOnceExecuteOnce(&objects.once, objects_init, NULL, NULL);
    return &objects.attributes;
}

/* One that is not valid when it could not be found out. */
static PSID own_user(void)
{
    InitOnceExecuteOnce(&objects.once, objects_init, NULL, NULL);
    return &objects.owner.sid;
}

BOOL user_process_is_served(HANDLE process)
{
    struct user_sid other;

    return process_user(process, &other) && user_is_served(own_user(), &other.sid);
}

BOOL user_object_is_served(HANDLE object)
{
    union
    {
        SECURITY_DESCRIPTOR_RELATIVE descriptor;
        BYTE room[sizeof(SECURITY_DESCRIPTOR_RELATIVE) + SECURITY_MAX_SID_SIZE];
    } security;
    PSID owner = NULL;
    BOOL defaulted;
    DWORD size;

    return GetKernelObjectSecurity(object, OWNER_SECURITY_INFORMATION, &security, sizeof(security),
                   &size)
            && GetSecurityDescriptorOwner(&security, &owner, &defaulted) && owner
            && user_is_served(own_user(), owner);
}
