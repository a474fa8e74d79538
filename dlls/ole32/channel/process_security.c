/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process_security.h"

#include <stdlib.h>
#include <string.h>

#include <objbase.h>

#include "access_policy.h"
#include "apartment.h"
#include "trace.h"

#define AUTHN_LEVEL_MAX RPC_C_AUTHN_LEVEL_PKT_PRIVACY
#define SERVICES_MAX 32 /* entries of CoInitializeSecurity's list that we take */

static SRWLOCK settings_lock = SRWLOCK_INIT;
static volatile LONG settings_made; /* the rest is there, and stays until the reset */
static struct call_security settings;
/* What is kept of a SOLE_AUTHENTICATION_SERVICE. */
static struct service
{
    DWORD authn, authz;
} services[SERVICES_MAX];
static DWORD service_count;
static volatile LONG no_custom_marshal;
static struct access_policy *volatile policy; /* with a reference; NULL: everybody may call */

/* ---- defaults ---- */

/* "COM Security Defaults": connect level, identify. */
static const struct call_security system_settings = {
        .authn_service = RPC_C_AUTHN_WINNT,
        .authz_service = RPC_C_AUTHZ_NONE,
        .authn_level = RPC_C_AUTHN_LEVEL_CONNECT,
        .imp_level = RPC_C_IMP_LEVEL_IDENTIFY,
        .capabilities = EOAC_NONE,
};

static void services_default(void)
{
    services[0].authn = RPC_C_AUTHN_WINNT;
    services[0].authz = RPC_C_AUTHZ_NONE;
    service_count = 1;
}

/* With the lock: the settings of a process which leaves them to the registry. */
static void settings_from_registry(DWORD authn_level, DWORD imp_level)
{
    settings = system_settings;
    services_default();
    if (authn_level != RPC_C_AUTHN_LEVEL_DEFAULT)
        settings.authn_level = authn_level;
    if (authn_level == RPC_C_AUTHN_LEVEL_NONE)
        settings.authn_service = RPC_C_AUTHN_NONE;
    if (imp_level != RPC_C_IMP_LEVEL_DEFAULT)
        settings.imp_level = imp_level;
}

void process_security_default(void)
{
    struct access_policy *made;
    DWORD authn_level, imp_level;

    if (settings_made)
        return;
    access_policy_from_registry(NULL, &made, &authn_level, &imp_level);
    AcquireSRWLockExclusive(&settings_lock);
    if (!settings_made)
    {
        settings_from_registry(authn_level, imp_level);
        policy = made;
        made = NULL;
        InterlockedExchange(&settings_made, TRUE);
    }
    ReleaseSRWLockExclusive(&settings_lock);
    if (made)
        access_policy_release(made);
}

HRESULT process_security_check_client(DWORD client_process)
{
    struct access_policy *current;
    HRESULT hr;

    if (!policy || client_process == GetCurrentProcessId())
        return S_OK;
    AcquireSRWLockShared(&settings_lock);
    if ((current = policy))
        access_policy_addref(current);
    ReleaseSRWLockShared(&settings_lock);
    if (!current)
        return S_OK;
    hr = access_policy_check(current, client_process);
    access_policy_release(current);
    return hr;
}

void process_security_get(struct call_security *security)
{
    *security = settings_made ? settings : system_settings;
}

void process_security_reset(void)
{
    struct access_policy *former;

    AcquireSRWLockExclusive(&settings_lock);
    former = policy;
    policy = NULL;
    InterlockedExchange(&no_custom_marshal, FALSE);
    InterlockedExchange(&settings_made, FALSE);
    ReleaseSRWLockExclusive(&settings_lock);
    if (former)
        access_policy_release(former);
}

BOOL process_security_no_custom_marshal(void)
{
    return no_custom_marshal;
}

WCHAR *process_security_principal(void)
{
    WCHAR computer[MAX_COMPUTERNAME_LENGTH + 1] = L"", user[257] = L"", *name;
    DWORD computer_size = ARRAYSIZE(computer), user_size = ARRAYSIZE(user);

    GetComputerNameW(computer, &computer_size);
    GetUserNameW(user, &user_size);
    if (!(name = CoTaskMemAlloc((wcslen(computer) + wcslen(user) + 2) * sizeof(WCHAR))))
        return NULL;
    wcscpy(name, computer);
    wcscat(name, L"\\");
    wcscat(name, user);
    return name;
}

/* ---- CoInitializeSecurity ---- */

static BOOL descriptor_valid(SECURITY_DESCRIPTOR *descriptor)
{
    SID *owner, *group;
    BOOL defaulted;

    return IsValidSecurityDescriptor(descriptor)
            && GetSecurityDescriptorOwner(descriptor, (PSID *)&owner, &defaulted) && owner
            && GetSecurityDescriptorGroup(descriptor, (PSID *)&group, &defaulted) && group;
}

/* What the access permissions and the flags demand of each other. */
static HRESULT access_check(void *access, DWORD authn_level, DWORD capabilities)
{
    if ((capabilities & EOAC_APPID) && (capabilities & EOAC_ACCESS_CONTROL))
        return E_INVALIDARG;
    if (capabilities & EOAC_APPID)
        return S_OK;
    if (capabilities & EOAC_ACCESS_CONTROL)
        return access && authn_level != RPC_C_AUTHN_LEVEL_NONE ? S_OK : E_INVALIDARG;
    return !access || descriptor_valid(access) ? S_OK : E_INVALIDARG;
}

static HRESULT levels_check(DWORD authn_level, DWORD imp_level, DWORD capabilities)
{
    const DWORD cloaking = EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING;

    if (authn_level > AUTHN_LEVEL_MAX || imp_level > RPC_C_IMP_LEVEL_DELEGATE
            || (capabilities & cloaking) == cloaking
            || ((capabilities & EOAC_SECURE_REFS) && authn_level == RPC_C_AUTHN_LEVEL_NONE))
        return E_INVALIDARG;
    return S_OK;
}

static BOOL service_known(DWORD service)
{
    return service == RPC_C_AUTHN_WINNT || service == RPC_C_AUTHN_GSS_NEGOTIATE
            || service == RPC_C_AUTHN_GSS_KERBEROS || service == RPC_C_AUTHN_NONE;
}

/* Registers those of the list that a machine alone can serve, and notes each one's fate there. */
static HRESULT services_register(LONG count, SOLE_AUTHENTICATION_SERVICE *list)
{
    if (count == -1)
    {
        services_default();
        return S_OK;
    }
    service_count = 0;
    for (LONG i = 0; i < count; i++)
    {
        if (service_known(list[i].dwAuthnSvc) && service_count < SERVICES_MAX)
        {
            list[i].hr = S_OK;
            services[service_count].authn = list[i].dwAuthnSvc;
            services[service_count++].authz = list[i].dwAuthzSvc;
        }
        else
            list[i].hr = HRESULT_FROM_WIN32(RPC_S_UNKNOWN_AUTHN_SERVICE);
    }
    return count && !service_count ? RPC_E_NO_GOOD_SECURITY_PACKAGES : S_OK;
}

/* What CoInitializeSecurity was asked for, and what the registry says where it is to be asked. */
struct request
{
    struct access_policy *policy; /* with a reference, until it is taken */
    LONG count;
    SOLE_AUTHENTICATION_SERVICE *list;
    DWORD authn_level, imp_level, capabilities;
};

static HRESULT settings_make(struct request *request)
{
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&settings_lock);
    if (settings_made)
        hr = RPC_E_TOO_LATE;
    else if (request->capabilities & EOAC_APPID)
        settings_from_registry(request->authn_level, request->imp_level);
    else if (SUCCEEDED(hr = services_register(request->count, request->list)))
    {
        settings = system_settings;
        if (request->authn_level != RPC_C_AUTHN_LEVEL_DEFAULT)
            settings.authn_level = request->authn_level;
        if (request->authn_level == RPC_C_AUTHN_LEVEL_NONE)
            settings.authn_service = RPC_C_AUTHN_NONE;
        if (request->imp_level != RPC_C_IMP_LEVEL_DEFAULT)
            settings.imp_level = request->imp_level;
        settings.capabilities = request->capabilities
                & (EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING | EOAC_MUTUAL_AUTH);
        InterlockedExchange(&no_custom_marshal, !!(request->capabilities & EOAC_NO_CUSTOM_MARSHAL));
    }
    if (SUCCEEDED(hr))
    {
        policy = request->policy;
        request->policy = NULL;
        InterlockedExchange(&settings_made, TRUE);
    }
    ReleaseSRWLockExclusive(&settings_lock);
    return hr;
}

/* Who may call, from one of the three things that `access` points to. */
static HRESULT request_policy(void *access, struct request *request)
{
    if (request->capabilities & EOAC_APPID)
        return access_policy_from_registry(access, &request->policy, &request->authn_level,
                &request->imp_level);
    if (request->capabilities & EOAC_ACCESS_CONTROL)
        return access_policy_from_control(access, &request->policy);
    return access_policy_from_descriptor(access, &request->policy);
}

/*
 * CoInitializeSecurity: the process's defaults for its proxies, and what its objects demand of
 * callers. Inside one machine callers are told apart by their processes' tokens, whatever the
 * authentication service; who may not call gets E_ACCESSDENIED. S_OK, CO_E_NOTINITIALIZED,
 * RPC_E_TOO_LATE (done before, or something was marshalled before), E_INVALIDARG,
 * RPC_E_NO_GOOD_SECURITY_PACKAGES, E_OUTOFMEMORY. combaseapi/nf-combaseapi-coinitializesecurity
 */
HRESULT WINAPI CoInitializeSecurity(PSECURITY_DESCRIPTOR access, LONG count,
        SOLE_AUTHENTICATION_SERVICE *list, void *reserved1, DWORD authn_level, DWORD imp_level,
        void *auth_list, DWORD capabilities, void *reserved3)
{
    struct request request = {NULL, count, list, authn_level, imp_level, capabilities};
    HRESULT hr;

    (void)auth_list;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    if (reserved1 || reserved3 || FAILED(access_check(access, authn_level, capabilities)))
        return E_INVALIDARG;
    if (!(capabilities & EOAC_APPID)
            && (count < -1 || (count == -1 && list) || (count > 0 && !list)
                    || FAILED(levels_check(authn_level, imp_level, capabilities))))
        return E_INVALIDARG;
    if (settings_made)
        return RPC_E_TOO_LATE;
    if (FAILED(hr = request_policy(access, &request)))
        return hr;
    hr = settings_make(&request);
    if (request.policy)
        access_policy_release(request.policy);
    return hr;
}

/*
 * CoQueryAuthenticationServices: the services registered by CoInitializeSecurity, in task memory,
 * with the principal names. S_OK, E_INVALIDARG, E_OUTOFMEMORY.
 */
HRESULT WINAPI CoQueryAuthenticationServices(DWORD *count, SOLE_AUTHENTICATION_SERVICE **list)
{
    SOLE_AUTHENTICATION_SERVICE *copy;
    HRESULT hr = S_OK;

    if (!count || !list)
        return E_INVALIDARG;
    *count = 0;
    *list = NULL;
    AcquireSRWLockShared(&settings_lock);
    if (settings_made && service_count)
    {
        if ((copy = CoTaskMemAlloc(service_count * sizeof(*copy))))
        {
            memset(copy, 0, service_count * sizeof(*copy));
            for (DWORD i = 0; i < service_count; i++)
            {
                copy[i].dwAuthnSvc = services[i].authn;
                copy[i].dwAuthzSvc = services[i].authz;
            }
            *list = copy;
            *count = service_count;
        }
        else
            hr = E_OUTOFMEMORY;
    }
    ReleaseSRWLockShared(&settings_lock);
    for (DWORD i = 0; i < *count; i++)
        (*list)[i].pPrincipalName = process_security_principal();
    return hr;
}
