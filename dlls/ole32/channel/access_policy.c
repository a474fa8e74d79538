/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "access_policy.h"

#include <iaccess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access_list.h"
#include "com_thread.h"
#include "server_call.h"
#include "trace.h"

#define CLIENTS_MAX 64 /* whose answers are remembered */

#define RIGHTS_NEW                                                                                 \
    (COM_RIGHTS_EXECUTE_LOCAL | COM_RIGHTS_EXECUTE_REMOTE | COM_RIGHTS_ACTIVATE_LOCAL              \
            | COM_RIGHTS_ACTIVATE_REMOTE)

/* The handle keeps the process's ID from being another's. */
struct client
{
    HANDLE process;
    DWORD id;
    HRESULT answer;
};

struct access_policy
{
    LONG references;
    SECURITY_DESCRIPTOR *descriptor;  /* self-relative; or NULL */
    SECURITY_DESCRIPTOR *restriction; /* the computer's; or NULL */
    IAccessControl *control;          /* or NULL */
    BOOL nobody;                      /* what the registry has makes no sense */
    SRWLOCK lock;                     /* of what follows */
    struct client clients[CLIENTS_MAX];
    ULONG count, next;
};

/* ---- descriptors ---- */

static BOOL sid_within(const BYTE *data, DWORD size, DWORD offset)
{
    return !offset
            || (offset <= size && size - offset >= sizeof(SID)
                    && size - offset >= GetSidLengthRequired(
                               ((const SID *)(data + offset))->SubAuthorityCount));
}

static BOOL acl_within(const BYTE *data, DWORD size, DWORD offset)
{
    return !offset
            || (offset <= size && size - offset >= sizeof(ACL)
                    && size - offset >= ((const ACL *)(data + offset))->AclSize);
}

/* Whether these bytes, which come from the registry, are a self-relative descriptor. */
BOOL access_descriptor_valid(const BYTE *data, DWORD size)
{
    const SECURITY_DESCRIPTOR_RELATIVE *head = (const SECURITY_DESCRIPTOR_RELATIVE *)data;

    return size >= sizeof(*head) && head->Revision == SECURITY_DESCRIPTOR_REVISION
            && (head->Control & SE_SELF_RELATIVE) && sid_within(data, size, head->Owner)
            && sid_within(data, size, head->Group) && acl_within(data, size, head->Dacl)
            && acl_within(data, size, head->Sacl)
            && IsValidSecurityDescriptor((SECURITY_DESCRIPTOR *)data);
}

/* "A NULL DACL will allow calls from anyone." */
static BOOL allows_all(SECURITY_DESCRIPTOR *descriptor)
{
    BOOL present, defaulted;
    ACL *acl;

    return !descriptor
            || (GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted)
                    && (!present || !acl));
}

static SECURITY_DESCRIPTOR *descriptor_copy(SECURITY_DESCRIPTOR *descriptor)
{
    SECURITY_DESCRIPTOR_CONTROL control;
    SECURITY_DESCRIPTOR *copy;
    DWORD revision, size = 0;

    if (!GetSecurityDescriptorControl(descriptor, &control, &revision))
        return NULL;
    size = GetSecurityDescriptorLength(descriptor);
    if (!(control & SE_SELF_RELATIVE))
        MakeSelfRelativeSD(descriptor, NULL, &size);
    if (!(copy = calloc(1, size)))
        return NULL;
    if (control & SE_SELF_RELATIVE)
        memcpy(copy, descriptor, size);
    else if (!MakeSelfRelativeSD(descriptor, copy, &size))
    {
        free(copy);
        return NULL;
    }
    return copy;
}

/* "ACEs grant only COM_RIGHTS_EXECUTE", or that with a combination of the others. */
static DWORD rights_wanted(SECURITY_DESCRIPTOR *descriptor, DWORD right)
{
    BOOL present, defaulted;
    ACCESS_ALLOWED_ACE *ace;
    DWORD i;
    ACL *acl;

    if (GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted) && present && acl)
    {
        for (i = 0; i < acl->AceCount && GetAce(acl, i, (void **)&ace); i++)
        {
            if (ace->Header.AceType == ACCESS_ALLOWED_ACE_TYPE && (ace->Mask & RIGHTS_NEW))
                return COM_RIGHTS_EXECUTE | right;
        }
    }
    return COM_RIGHTS_EXECUTE;
}

BOOL access_descriptor_grants(SECURITY_DESCRIPTOR *descriptor, HANDLE token, DWORD right)
{
    GENERIC_MAPPING mapping = {COM_RIGHTS_EXECUTE, COM_RIGHTS_EXECUTE,
            COM_RIGHTS_EXECUTE | COM_RIGHTS_EXECUTE_LOCAL, COM_RIGHTS_EXECUTE | RIGHTS_NEW};
    BYTE space[sizeof(PRIVILEGE_SET) + 8 * sizeof(LUID_AND_ATTRIBUTES)];
    PRIVILEGE_SET *privileges = (PRIVILEGE_SET *)space;
    DWORD size = sizeof(space), granted = 0;
    BOOL status = FALSE;

    if (!descriptor)
        return TRUE;
    if (!AccessCheck(descriptor, token, rights_wanted(descriptor, right), &mapping, privileges,
                &size, &granted, &status))
        trace("a security descriptor cannot be checked: %lu", GetLastError());
    return status;
}

/* ---- the IAccessControl ---- */

/* iaccess/nf-iaccess-iaccesscontrol-isaccessallowed: the trustee is "the name of the client". */
static BOOL control_grants(IAccessControl *control, HANDLE token)
{
    TRUSTEEW trustee = {.TrusteeForm = TRUSTEE_IS_NAME, .TrusteeType = TRUSTEE_IS_USER};
    struct com_thread *thread;
    WINBOOL allowed = FALSE;
    struct user_sid user;
    SID_NAME_USE use;
    HANDLE outer;
    HRESULT hr;

    if (!control)
        return TRUE;
    if (!(thread = com_thread_get()) || !user_of_token(token, &user)
            || !(trustee.ptstrName = access_account_name(&user.sid, &use)))
        return FALSE;
    outer = thread->access_client;
    thread->access_client = token;
    hr = IAccessControl_IsAccessAllowed(control, &trustee, NULL, COM_RIGHTS_EXECUTE, &allowed);
    thread->access_client = outer;
    free(trustee.ptstrName);
    return SUCCEEDED(hr) && allowed;
}

HRESULT access_client_token(HANDLE *token)
{
    struct com_thread *thread = com_thread_peek();
    HANDLE process, primary = NULL;
    BOOL got;

    *token = NULL;
    if (thread && thread->access_client)
        return DuplicateHandle(GetCurrentProcess(), thread->access_client, GetCurrentProcess(),
                       token, 0, FALSE, DUPLICATE_SAME_ACCESS)
                ? S_OK
                : HRESULT_FROM_WIN32(GetLastError());
    if (!thread || !thread->serving)
        return CO_E_FAILEDTOQUERYCLIENTBLANKET;
    if (!(process = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE,
                  server_call_caller_process(thread->serving))))
        return CO_E_FAILEDTOQUERYCLIENTBLANKET;
    got = OpenProcessToken(process, TOKEN_QUERY | TOKEN_DUPLICATE, &primary)
            && DuplicateToken(primary, SecurityIdentification, token);
    if (primary)
        CloseHandle(primary);
    CloseHandle(process);
    return got ? S_OK : CO_E_FAILEDTOQUERYCLIENTBLANKET;
}

/* ---- clients ---- */

static HRESULT client_ask(struct access_policy *policy, HANDLE process)
{
    HANDLE token = NULL, identity = NULL;
    HRESULT hr = E_ACCESSDENIED;

    if (policy->nobody)
        return E_ACCESSDENIED;
    if (OpenProcessToken(process, TOKEN_QUERY | TOKEN_DUPLICATE, &token)
            && DuplicateToken(token, SecurityIdentification, &identity)
            && access_descriptor_grants(policy->restriction, identity, COM_RIGHTS_EXECUTE_LOCAL)
            && access_descriptor_grants(policy->descriptor, identity, COM_RIGHTS_EXECUTE_LOCAL)
            && control_grants(policy->control, identity))
        hr = S_OK;
    if (identity)
        CloseHandle(identity);
    if (token)
        CloseHandle(token);
    return hr;
}

/* Remembers an answer; the handle is the policy's from now on. Processes that have ended make room
 * first, then the oldest. */
static void client_remember(struct access_policy *policy, const struct client *client)
{
    HANDLE former = NULL;
    ULONG i;

    AcquireSRWLockExclusive(&policy->lock);
    for (i = 0; i < policy->count; i++)
    {
        if (policy->clients[i].id == client->id
                || WaitForSingleObject(policy->clients[i].process, 0) == WAIT_OBJECT_0)
            break;
    }
    if (i == policy->count && i == CLIENTS_MAX)
        i = policy->next++ % CLIENTS_MAX;
    if (i == policy->count)
        policy->count++;
    else
        former = policy->clients[i].process;
    policy->clients[i] = *client;
    ReleaseSRWLockExclusive(&policy->lock);
    if (former)
        CloseHandle(former);
}

HRESULT access_policy_check(struct access_policy *policy, DWORD client_process)
{
    struct client client = {.id = client_process, .answer = E_ACCESSDENIED};
    BOOL known = FALSE;
    ULONG i;

    AcquireSRWLockShared(&policy->lock);
    for (i = 0; i < policy->count && !known; i++)
    {
        if ((known = policy->clients[i].id == client_process))
            client.answer = policy->clients[i].answer;
    }
    ReleaseSRWLockShared(&policy->lock);
    if (known)
        return client.answer;

    if (!(client.process = OpenProcess(PROCESS_QUERY_INFORMATION | SYNCHRONIZE, FALSE,
                  client_process)))
        return E_ACCESSDENIED;
    client.answer = client_ask(policy, client.process);
    if (FAILED(client.answer))
        trace("process %lu may not call this one", (unsigned long)client_process);
    client_remember(policy, &client);
    return client.answer;
}

/* ---- the registry ---- */

#define KEY_OLE L"Software\\Microsoft\\Ole"
#define KEY_APPID L"Software\\Classes\\AppID\\"

/* A descriptor, to be freed; *bad when there is something else. */
static SECURITY_DESCRIPTOR *registry_descriptor(HKEY key, const WCHAR *name, BOOL *bad)
{
    DWORD type, size = 0;
    LSTATUS status;
    BYTE *data;

    if (!key || RegQueryValueExW(key, name, NULL, &type, NULL, &size))
        return NULL;
    if (!(data = malloc(size ? size : 1)))
    {
        *bad = TRUE;
        return NULL;
    }
    status = RegQueryValueExW(key, name, NULL, &type, data, &size);
    if (!status && type == REG_BINARY && access_descriptor_valid(data, size))
        return (SECURITY_DESCRIPTOR *)data;
    trace("%ls in the registry is no security descriptor", name);
    free(data);
    *bad = TRUE;
    return NULL;
}

static DWORD registry_number(HKEY key, const WCHAR *name, DWORD absent)
{
    DWORD type, value, size = sizeof(value);

    if (!key || RegQueryValueExW(key, name, NULL, &type, (BYTE *)&value, &size)
            || type != REG_DWORD)
        return absent;
    return value;
}

static HKEY registry_open(const WCHAR *path)
{
    HKEY key;

    return RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE, &key) ? NULL : key;
}

/* "A named value that indicates an executable name" gives the program's AppID. */
static HKEY program_key(void)
{
    WCHAR path[ARRAYSIZE(KEY_APPID) + MAX_PATH], file[MAX_PATH] = L"", *name, guid[40];
    DWORD type, size = sizeof(guid) - sizeof(WCHAR), length;
    CLSID ignored;
    LSTATUS status;
    HKEY key;

    length = GetModuleFileNameW(NULL, file, MAX_PATH);
    if (!length || length >= MAX_PATH)
        return NULL;
    name = wcsrchr(file, '\\');
    swprintf(path, ARRAYSIZE(path), L"%ls%ls", KEY_APPID, name ? name + 1 : file);
    if (!(key = registry_open(path)))
        return NULL;
    memset(guid, 0, sizeof(guid));
    status = RegQueryValueExW(key, L"AppID", NULL, &type, (BYTE *)guid, &size);
    RegCloseKey(key);
    if (status || type != REG_SZ || FAILED(CLSIDFromString(guid, &ignored)))
        return NULL;
    swprintf(path, ARRAYSIZE(path), L"%ls%ls", KEY_APPID, guid);
    return registry_open(path);
}

static HKEY appid_key(const GUID *appid)
{
    WCHAR path[ARRAYSIZE(KEY_APPID) + 40] = KEY_APPID;

    if (!appid)
        return program_key();
    StringFromGUID2(appid, path + ARRAYSIZE(KEY_APPID) - 1, 40);
    return registry_open(path);
}

/* ---- making one ---- */

static struct access_policy *policy_create(void)
{
    struct access_policy *policy = calloc(1, sizeof(*policy));

    if (policy)
    {
        policy->references = 1;
        InitializeSRWLock(&policy->lock);
    }
    return policy;
}

/* Adds the computer's restriction; a policy that restricts nobody is none. */
static void policy_finish(struct access_policy *policy, HKEY ole, struct access_policy **out)
{
    policy->restriction = registry_descriptor(ole, L"MachineAccessRestriction", &policy->nobody);
    if (!policy->nobody && !policy->control && allows_all(policy->descriptor)
            && allows_all(policy->restriction))
    {
        access_policy_release(policy);
        policy = NULL;
    }
    *out = policy;
}

static HRESULT policy_complete(struct access_policy *policy, struct access_policy **out)
{
    HKEY ole = registry_open(KEY_OLE);

    policy_finish(policy, ole, out);
    if (ole)
        RegCloseKey(ole);
    return S_OK;
}

HRESULT access_policy_from_descriptor(SECURITY_DESCRIPTOR *descriptor, struct access_policy **out)
{
    struct access_policy *policy;

    *out = NULL;
    if (!(policy = policy_create()))
        return E_OUTOFMEMORY;
    if (descriptor && !allows_all(descriptor)
            && !(policy->descriptor = descriptor_copy(descriptor)))
    {
        access_policy_release(policy);
        return E_INVALIDARG;
    }
    return policy_complete(policy, out);
}

HRESULT access_policy_from_control(IUnknown *control, struct access_policy **out)
{
    struct access_policy *policy;
    HRESULT hr;

    *out = NULL;
    if (!(policy = policy_create()))
        return E_OUTOFMEMORY;
    if (FAILED(hr = IUnknown_QueryInterface(control, &IID_IAccessControl,
                       (void **)&policy->control)))
    {
        policy->control = NULL;
        access_policy_release(policy);
        return hr;
    }
    return policy_complete(policy, out);
}

HRESULT access_policy_from_registry(const GUID *appid, struct access_policy **out,
        DWORD *authn_level, DWORD *imp_level)
{
    struct access_policy *policy;
    HKEY application, ole;

    *out = NULL;
    *authn_level = RPC_C_AUTHN_LEVEL_DEFAULT;
    *imp_level = RPC_C_IMP_LEVEL_DEFAULT;
    if (!(policy = policy_create()))
        return E_OUTOFMEMORY;
    application = appid_key(appid);
    ole = registry_open(KEY_OLE);

    *authn_level = registry_number(ole, L"LegacyAuthenticationLevel", RPC_C_AUTHN_LEVEL_DEFAULT);
    *authn_level = registry_number(application, L"AuthenticationLevel", *authn_level);
    if (*authn_level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
        *authn_level = RPC_C_AUTHN_LEVEL_DEFAULT;
    *imp_level = registry_number(ole, L"LegacyImpersonationLevel", RPC_C_IMP_LEVEL_DEFAULT);
    if (*imp_level > RPC_C_IMP_LEVEL_DELEGATE)
        *imp_level = RPC_C_IMP_LEVEL_DEFAULT;
    if (*authn_level != RPC_C_AUTHN_LEVEL_NONE)
    {
        policy->descriptor = registry_descriptor(application, L"AccessPermission", &policy->nobody);
        if (!policy->descriptor && !policy->nobody)
            policy->descriptor =
                    registry_descriptor(ole, L"DefaultAccessPermission", &policy->nobody);
    }
    policy_finish(policy, ole, out);
    if (application)
        RegCloseKey(application);
    if (ole)
        RegCloseKey(ole);
    return S_OK;
}

void access_policy_addref(struct access_policy *policy)
{
    InterlockedIncrement(&policy->references);
}

void access_policy_release(struct access_policy *policy)
{
    ULONG i;

    if (InterlockedDecrement(&policy->references))
        return;
    for (i = 0; i < policy->count; i++)
        CloseHandle(policy->clients[i].process);
    if (policy->control)
        IAccessControl_Release(policy->control);
    free(policy->descriptor);
    free(policy->restriction);
    free(policy);
}
