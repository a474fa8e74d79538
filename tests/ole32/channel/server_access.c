/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server_access.h"

#include <aclapi.h>
#include <iaccess.h>
#include <objbase.h>
#include <sddl.h>
#include <stdio.h>
#include <string.h>

const GUID server_access_appid = {0x7c0a2f4e, 0x51d9, 0x4a1b,
        {0x8f, 0x33, 0x9a, 0x2b, 0x6c, 0x1d, 0x0e, 0x47}};

/* ---- descriptors ---- */

static const struct
{
    const char *name, *dacl; /* in the words of ConvertStringSecurityDescriptor; %s is the user */
} descriptors[] = {
        {"null-dacl", "D:NO_ACCESS_CONTROL"},
        {"empty-dacl", "D:"},
        {"everyone", "D:(A;;0x1;;;WD)"},
        {"user", "D:(A;;0x1;;;%s)"},
        {"other", "D:(A;;0x1;;;S-1-5-21-1-2-3-1001)"},
        {"deny-user", "D:(D;;0x1;;;%s)(A;;0x1;;;WD)"},
        {"local", "D:(A;;0x3;;;WD)"},
        {"remote", "D:(A;;0x5;;;WD)"},
        {"activate", "D:(A;;0x9;;;WD)"},
};

static BOOL user_sid(char *text, size_t size)
{
    BYTE space[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    char *sid = NULL;
    HANDLE token;
    DWORD length;
    BOOL good;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return FALSE;
    good = GetTokenInformation(token, TokenUser, space, sizeof(space), &length)
            && ConvertSidToStringSidA(((TOKEN_USER *)space)->User.Sid, &sid);
    CloseHandle(token);
    if (good)
        snprintf(text, size, "%s", sid);
    LocalFree(sid);
    return good;
}

SECURITY_DESCRIPTOR *server_access_descriptor(const char *name, DWORD *size)
{
    char sid[200] = "", dacl[300], text[800];
    void *descriptor = NULL;
    unsigned int i;

    user_sid(sid, sizeof(sid));
    for (i = 0; i < ARRAYSIZE(descriptors) && strcmp(descriptors[i].name, name); i++)
        ;
    if (i == ARRAYSIZE(descriptors))
        return NULL;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
    snprintf(dacl, sizeof(dacl), descriptors[i].dacl, sid);
#pragma GCC diagnostic pop
    snprintf(text, sizeof(text), "O:%sG:%s%s", sid, sid, dacl);
    ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1, &descriptor, size);
    return descriptor;
}

/* "In absolute format." */
static HRESULT initialize_by(const char *name)
{
    SECURITY_DESCRIPTOR *relative, absolute;
    BOOL present = FALSE, defaulted;
    SID *owner, *group;
    ACL *acl = NULL;
    HRESULT hr;
    DWORD size;

    if (!(relative = server_access_descriptor(name, &size)))
        return E_UNEXPECTED;
    GetSecurityDescriptorOwner(relative, (PSID *)&owner, &defaulted);
    GetSecurityDescriptorGroup(relative, (PSID *)&group, &defaulted);
    GetSecurityDescriptorDacl(relative, &present, &acl, &defaulted);
    InitializeSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorOwner(&absolute, owner, FALSE);
    SetSecurityDescriptorGroup(&absolute, group, FALSE);
    SetSecurityDescriptorDacl(&absolute, TRUE, strcmp(name, "null-dacl") ? acl : NULL, FALSE);
    hr = CoInitializeSecurity(&absolute, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_PKT,
            RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE, NULL);
    LocalFree(relative);
    return hr;
}

/* ---- an IAccessControl ---- */

static LONG control_references = 1, control_asked, control_wrong;
static BOOL control_answer, control_used;

static HRESULT WINAPI control_QueryInterface(IAccessControl *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IAccessControl))
        return E_NOINTERFACE;
    IAccessControl_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG WINAPI control_AddRef(IAccessControl *iface)
{
    (void)iface;
    return (ULONG)InterlockedIncrement(&control_references);
}

static ULONG WINAPI control_Release(IAccessControl *iface)
{
    (void)iface;
    return (ULONG)InterlockedDecrement(&control_references);
}

static HRESULT WINAPI control_GrantAccessRights(IAccessControl *iface, ACTRL_ACCESSW *list)
{
    (void)iface;
    (void)list;
    return E_NOTIMPL;
}

static HRESULT WINAPI control_SetOwner(IAccessControl *iface, TRUSTEEW *owner, TRUSTEEW *group)
{
    (void)iface;
    (void)owner;
    (void)group;
    return E_NOTIMPL;
}

static HRESULT WINAPI control_RevokeAccessRights(IAccessControl *iface, WCHAR *property,
        ULONG count, TRUSTEEW *trustees)
{
    (void)iface;
    (void)property;
    (void)count;
    (void)trustees;
    return E_NOTIMPL;
}

static HRESULT WINAPI control_GetAllAccessRights(IAccessControl *iface, WCHAR *property,
        ACTRL_ACCESSW **list, TRUSTEEW **owner, TRUSTEEW **group)
{
    (void)iface;
    (void)property;
    (void)list;
    (void)owner;
    (void)group;
    return E_NOTIMPL;
}

/* The trustee is the client's user, who is this process's. */
static HRESULT WINAPI control_IsAccessAllowed(IAccessControl *iface, TRUSTEEW *trustee,
        WCHAR *property, ACCESS_RIGHTS rights, WINBOOL *allowed)
{
    WCHAR name[257] = L"";
    DWORD size = ARRAYSIZE(name);
    const WCHAR *user;

    (void)iface;
    InterlockedIncrement(&control_asked);
    GetUserNameW(name, &size);
    if (trustee->TrusteeForm != TRUSTEE_IS_NAME || property || rights != COM_RIGHTS_EXECUTE
            || !(user = wcsrchr(trustee->ptstrName, '\\')) || _wcsicmp(user + 1, name))
        InterlockedIncrement(&control_wrong);
    *allowed = control_answer;
    return S_OK;
}

static IAccessControlVtbl control_vtbl = {control_QueryInterface, control_AddRef, control_Release,
        control_GrantAccessRights, control_GrantAccessRights, control_SetOwner,
        control_RevokeAccessRights, control_GetAllAccessRights, control_IsAccessAllowed};
static IAccessControl control = {&control_vtbl};

DWORD server_access_end(void)
{
    if (control_references != 1)
        return 3000 + (DWORD)control_references;
    if (control_wrong || control_asked != (control_used ? 1 : 0))
        return 4000 + (DWORD)control_asked;
    return 0;
}

/* ---- COM's own implementation ---- */

/* Rights for everyone, or for everyone but this user, or for nobody. */
static HRESULT initialize_with_own(const char *name)
{
    BYTE space[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    ACTRL_ACCESS_ENTRYW entries[2] = {
            {.Trustee = {.TrusteeForm = TRUSTEE_IS_NAME, .ptstrName = (WCHAR *)L"*"},
                    .fAccessFlags = ACTRL_ACCESS_ALLOWED,
                    .Access = COM_RIGHTS_EXECUTE},
            {.Trustee = {.TrusteeForm = TRUSTEE_IS_SID},
                    .fAccessFlags = ACTRL_ACCESS_DENIED,
                    .Access = COM_RIGHTS_EXECUTE}};
    ACTRL_ACCESS_ENTRY_LISTW list = {2, entries};
    ACTRL_PROPERTY_ENTRYW property = {.pAccessEntryList = &list};
    ACTRL_ACCESSW access = {1, &property};
    IAccessControl *own;
    HANDLE token;
    DWORD size;
    HRESULT hr;

    OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);
    GetTokenInformation(token, TokenUser, space, sizeof(space), &size);
    CloseHandle(token);
    entries[1].Trustee.ptstrName = ((TOKEN_USER *)space)->User.Sid;
    if (!strcmp(name, "own-everyone"))
        list.cEntries = 1;
    if (!strcmp(name, "own-nobody"))
        list.cEntries = 0;
    if (!strcmp(name, "own-all-rights"))
        property.pAccessEntryList = NULL;
    if (FAILED(hr = CoCreateInstance(&CLSID_DCOMAccessControl, NULL, CLSCTX_INPROC_SERVER,
                       &IID_IAccessControl, (void **)&own)))
        return hr;
    if (strcmp(name, "own-nothing"))
        hr = IAccessControl_SetAccessRights(own, &access);
    if (SUCCEEDED(hr))
        hr = CoInitializeSecurity((void *)own, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_PKT,
                RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_ACCESS_CONTROL, NULL);
    IAccessControl_Release(own);
    return hr;
}

/* ---- all ---- */

static HRESULT initialize_with(void *access, DWORD capabilities)
{
    return CoInitializeSecurity(access, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_PKT,
            RPC_C_IMP_LEVEL_IDENTIFY, NULL, capabilities, NULL);
}

BOOL server_access_begin(const char *name)
{
    HRESULT hr;

    if (!strcmp(name, "implicit"))
        return TRUE;
    if (!strcmp(name, "open"))
        hr = initialize_with(NULL, EOAC_NONE);
    else if (!strncmp(name, "control-", 8))
    {
        control_used = TRUE;
        control_answer = !strcmp(name, "control-yes");
        hr = initialize_with(&control, EOAC_ACCESS_CONTROL);
    }
    else if (!strncmp(name, "own-", 4))
        hr = initialize_with_own(name);
    else if (!strcmp(name, "appid"))
        hr = initialize_with((void *)&server_access_appid, EOAC_APPID);
    else if (!strcmp(name, "program"))
        hr = initialize_with(NULL, EOAC_APPID);
    else
        hr = initialize_by(name);
    return hr == S_OK;
}
