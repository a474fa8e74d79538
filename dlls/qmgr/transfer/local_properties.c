/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What comes along with a file from a file server: "BITS propagates the file time stamps and
 * attributes for SMB files", and as much of its security as IBackgroundCopyJob3::SetFileACLFlags
 * asks for.
 */
#include "transfer_private.h"

#include <aclapi.h>
#include <stdlib.h>

#define COPIED_ATTRIBUTES                                                                          \
    (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM                       \
            | FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED)

/* The explicit entries alone; those that are inherited come from the destination's folder. By
 * malloc, NULL for none to copy or no memory. */
static ACL *acl_explicit(ACL *acl)
{
    ACL *copy;
    void *ace;

    if (!acl || !(copy = malloc(acl->AclSize)))
        return NULL;
    if (!InitializeAcl(copy, acl->AclSize, acl->AclRevision))
    {
        free(copy);
        return NULL;
    }
    for (DWORD i = 0; i < acl->AceCount; i++)
    {
        ACE_HEADER *header;

        if (!GetAce(acl, i, &ace))
            break;
        header = ace;
        if (!(header->AceFlags & INHERITED_ACE))
            AddAce(copy, acl->AclRevision, MAXDWORD, ace, header->AceSize);
    }
    return copy;
}

static SECURITY_INFORMATION security_information(ULONG acl_flags)
{
    SECURITY_INFORMATION wanted = 0;

    if (acl_flags & BG_COPY_FILE_OWNER)
        wanted |= OWNER_SECURITY_INFORMATION;
    if (acl_flags & BG_COPY_FILE_GROUP)
        wanted |= GROUP_SECURITY_INFORMATION;
    if (acl_flags & BG_COPY_FILE_DACL)
        wanted |= DACL_SECURITY_INFORMATION;
    if (acl_flags & BG_COPY_FILE_SACL)
        wanted |= SACL_SECURITY_INFORMATION;
    return wanted;
}

static DWORD copy_security(const WCHAR *from, const WCHAR *to, SECURITY_INFORMATION wanted)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    ACL *dacl = NULL, *sacl = NULL;
    PSID owner = NULL, group = NULL;
    DWORD code, access = READ_CONTROL;
    HANDLE file;

    code = GetNamedSecurityInfoW((WCHAR *)from, SE_FILE_OBJECT, wanted, &owner, &group, &dacl,
            &sacl, &descriptor);
    if (code)
        return code;
    if (wanted & (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION))
        access |= WRITE_OWNER;
    if (wanted & DACL_SECURITY_INFORMATION)
        access |= WRITE_DAC;
    if (wanted & SACL_SECURITY_INFORMATION)
        access |= ACCESS_SYSTEM_SECURITY;
    file = CreateFileW(to, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
            OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        code = GetLastError();
    else
    {
        ACL *own_dacl = acl_explicit(dacl), *own_sacl = acl_explicit(sacl);

        if ((dacl && !own_dacl) || (sacl && !own_sacl))
            code = ERROR_NOT_ENOUGH_MEMORY;
        else
            code = SetSecurityInfo(file, SE_FILE_OBJECT, wanted, owner, group, own_dacl, own_sacl);
        free(own_dacl);
        free(own_sacl);
        CloseHandle(file);
    }
    LocalFree(descriptor);
    return code;
}

HRESULT local_copy_properties(const struct transfer_request *request, const struct url *url,
        HANDLE source, HANDLE output, struct transfer_error *error)
{
    SECURITY_INFORMATION wanted = security_information(request->acl_flags);
    FILE_BASIC_INFO info;
    DWORD code = 0;

    if (request->token && !ImpersonateLoggedOnUser(request->token))
        return transfer_fail(error, BG_ERROR_CONTEXT_LOCAL_FILE, E_ACCESSDENIED, TRUE);
    if (GetFileInformationByHandleEx(source, FileBasicInfo, &info, sizeof(info)))
    {
        info.FileAttributes &= COPIED_ATTRIBUTES;
        if (!info.FileAttributes)
            info.FileAttributes = FILE_ATTRIBUTE_NORMAL;
        /* A file system that keeps less is no reason to refuse the file. */
        SetFileInformationByHandle(output, FileBasicInfo, &info, sizeof(info));
    }
    if (wanted)
        code = copy_security(url->path, request->temp_name, wanted);
    if (request->token)
        RevertToSelf();
    if (!code)
        return S_OK;
    /* "If the user does not have privileges to copy the owner or ACL information, BITS places the
     * job in a transient error state and sets the error code to E_ACCESSDENIED." */
    if (code == ERROR_PRIVILEGE_NOT_HELD)
        code = ERROR_ACCESS_DENIED;
    return transfer_fail(error, BG_ERROR_CONTEXT_LOCAL_FILE, HRESULT_FROM_WIN32(code), TRUE);
}
