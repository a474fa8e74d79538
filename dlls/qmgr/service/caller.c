/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is calling. The client is impersonated for a moment, just long enough to open its token. What
 * is read from the token is not kept for the client's next call: each impersonation makes a token
 * of its own, and only the token itself tells what its bearer may do.
 */
#include "caller.h"

#include <stdlib.h>
#include <string.h>

#include <objbase.h>
#include <sddl.h>

#include "trace.h"
#include "wstr.h"

#define MAX_SID_TEXT 188 /* characters, with the terminator */

/* What the methods want to know of a token. */
struct identity
{
    BOOL admin, restricted, elevated;
    DWORD integrity;
    WCHAR sid[MAX_SID_TEXT];
};

static INIT_ONCE service_once = INIT_ONCE_STATIC_INIT;
static struct identity service_identity; /* of this process */

/* ---- reading tokens ---- */

/* Into `buffer`, or into memory of its own when that is too small (structures with SIDs have
 * pointers into their own buffer and cannot be copied). NULL on failure; what is not `buffer` is
 * freed by the caller. */
static void *token_information(HANDLE token, TOKEN_INFORMATION_CLASS class, void *buffer,
        DWORD size)
{
    DWORD needed = 0;
    void *data;

    if (GetTokenInformation(token, class, buffer, size, &needed))
        return buffer;
    if (GetLastError() != ERROR_INSUFFICIENT_BUFFER || !(data = malloc(needed)))
        return NULL;
    if (!GetTokenInformation(token, class, data, needed, &needed))
    {
        free(data);
        return NULL;
    }
    return data;
}

static BOOL token_read_user(HANDLE token, WCHAR *text, size_t size)
{
    BYTE buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    TOKEN_USER *user = token_information(token, TokenUser, buffer, sizeof(buffer));
    WCHAR *copy;
    BOOL ok;

    if (!user)
        return FALSE;
    if ((ok = ConvertSidToStringSidW(user->User.Sid, &copy)))
    {
        if ((ok = wcslen(copy) < size))
            wcscpy(text, copy);
        LocalFree(copy);
    }
    if ((void *)user != buffer)
        free(user);
    return ok;
}

/* LocalSystem, LocalService, NetworkService: the limits for users are not theirs ("Group
 * Policies"). */
static BOOL sid_is_service_account(const WCHAR *sid)
{
    return !wcscmp(sid, L"S-1-5-18") || !wcscmp(sid, L"S-1-5-19") || !wcscmp(sid, L"S-1-5-20");
}

static BOOL groups_have_admins(const TOKEN_GROUPS *groups)
{
    BYTE admins[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof(admins);

    if (!CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, admins, &size))
        return FALSE;
    for (DWORD i = 0; i < groups->GroupCount; i++)
    {
        const SID_AND_ATTRIBUTES *group = &groups->Groups[i];

        if ((group->Attributes & SE_GROUP_ENABLED)
                && !(group->Attributes & SE_GROUP_USE_FOR_DENY_ONLY)
                && EqualSid(group->Sid, admins))
            return TRUE;
    }
    return FALSE;
}

static BOOL token_is_admin(HANDLE token)
{
    ULONG_PTR buffer[128];
    TOKEN_GROUPS *groups = token_information(token, TokenGroups, buffer, sizeof(buffer));
    BOOL admin = groups && groups_have_admins(groups);

    if ((void *)groups != buffer)
        free(groups);
    return admin;
}

/* Has the token restricting SIDs? When that cannot be found out it counts as restricted. */
static BOOL token_is_restricted(HANDLE token)
{
    ULONG_PTR buffer[64];
    TOKEN_GROUPS *groups;
    BOOL restricted;

    memset(buffer, 0, sizeof(buffer));
    if (!(groups = token_information(token, TokenRestrictedSids, buffer, sizeof(buffer))))
        return GetLastError() != ERROR_INVALID_PARAMETER
                && GetLastError() != ERROR_CALL_NOT_IMPLEMENTED
                && GetLastError() != ERROR_NOT_SUPPORTED && IsTokenRestricted(token);
    restricted = groups->GroupCount != 0;
    if ((void *)groups != buffer)
        free(groups);
    return restricted;
}

static DWORD token_integrity(HANDLE token)
{
    BYTE buffer[sizeof(TOKEN_MANDATORY_LABEL) + SECURITY_MAX_SID_SIZE];
    TOKEN_MANDATORY_LABEL *label =
            token_information(token, TokenIntegrityLevel, buffer, sizeof(buffer));
    DWORD level = SECURITY_MANDATORY_UNTRUSTED_RID;

    if (label && *GetSidSubAuthorityCount(label->Label.Sid))
        level = *GetSidSubAuthority(label->Label.Sid,
                *GetSidSubAuthorityCount(label->Label.Sid) - 1u);
    if ((void *)label != buffer)
        free(label);
    return level;
}

static BOOL token_is_elevated(HANDLE token)
{
    TOKEN_ELEVATION elevation = {0};
    DWORD size;

    return GetTokenInformation(token, TokenElevation, &elevation, sizeof(elevation), &size)
            && elevation.TokenIsElevated;
}

static BOOL identity_read(HANDLE token, struct identity *identity)
{
    memset(identity, 0, sizeof(*identity));
    if (!token_read_user(token, identity->sid, ARRAY_SIZE(identity->sid)))
        return FALSE;
    identity->admin = sid_is_service_account(identity->sid) || token_is_admin(token);
    identity->restricted = token_is_restricted(token);
    identity->integrity = token_integrity(token);
    identity->elevated = token_is_elevated(token);
    return TRUE;
}

static BOOL CALLBACK service_identity_init(INIT_ONCE *once, void *parameter, void **context)
{
    HANDLE token;
    BOOL ok;

    (void)once;
    (void)parameter;
    (void)context;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return FALSE;
    ok = identity_read(token, &service_identity);
    CloseHandle(token);
    trace("the service's user is %ls: admin %d, elevated %d, integrity %lx", service_identity.sid,
            service_identity.admin, service_identity.elevated,
            (unsigned long)service_identity.integrity);
    return ok;
}

/* The service's own, read once; NULL when that fails. */
static const struct identity *identity_of_service(void)
{
    return InitOnceExecuteOnce(&service_once, service_identity_init, NULL, NULL) ? &service_identity
                                                                                 : NULL;
}

/* ---- the call ---- */

/* Acts as the client of the call that this thread serves. S_FALSE when there is none: the call
 * comes from inside this process. Where COM keeps no security of calls (Wine), the RPC under it
 * does. */
static HRESULT client_impersonate(BOOL *by_rpc)
{
    RPC_STATUS status;
    HRESULT hr;

    *by_rpc = FALSE;
    if (SUCCEEDED(hr = CoImpersonateClient()))
        return S_OK;
    if (hr != RPC_E_CALL_COMPLETE)
        return hr;
    *by_rpc = TRUE;
    status = RpcImpersonateClient(NULL);
    if (status == RPC_S_NO_CALL_ACTIVE)
        return S_FALSE;
    return status ? HRESULT_FROM_WIN32(status) : S_OK;
}

static void client_revert(BOOL by_rpc)
{
    if (by_rpc)
        RpcRevertToSelf();
    else
        CoRevertToSelf();
}

/* The client's token, NULL for a call from inside this process. */
static HRESULT call_token(HANDLE *token)
{
    BOOL by_rpc;
    HRESULT hr;

    *token = NULL;
    if ((hr = client_impersonate(&by_rpc)) == S_FALSE)
        return S_OK;
    if (FAILED(hr))
    {
        trace("the client cannot be impersonated: %08lx", (unsigned long)hr);
        return E_ACCESSDENIED;
    }
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY | TOKEN_IMPERSONATE | TOKEN_DUPLICATE,
                TRUE, token))
    {
        trace("the client's token cannot be opened: %lu", (unsigned long)GetLastError());
        hr = E_ACCESSDENIED;
    }
    client_revert(by_rpc);
    return hr;
}

/* Is it the service's user, with no fewer rights? Then files need no impersonation. */
static BOOL identity_is_service(const struct identity *identity)
{
    const struct identity *service = identity_of_service();

    return service && !wcscmp(identity->sid, service->sid) && identity->admin == service->admin
            && identity->restricted == service->restricted;
}

static BOOL call_identity(HANDLE token, struct identity *identity)
{
    const struct identity *service;

    if (token)
        return identity_read(token, identity);
    if (!(service = identity_of_service()))
        return FALSE;
    *identity = *service;
    return TRUE;
}

HRESULT caller_get(struct caller *caller)
{
    struct identity identity;
    HANDLE token;
    HRESULT hr;

    memset(caller, 0, sizeof(*caller));
    if (FAILED(hr = call_token(&token)))
        return hr;
    caller->token = token;
    if (!call_identity(token, &identity))
    {
        caller_free(caller);
        return E_ACCESSDENIED;
    }
    if (token && identity_is_service(&identity))
    {
        CloseHandle(token);
        caller->token = NULL;
    }
    caller->admin = identity.admin;
    caller->restricted = identity.restricted;
    caller->elevated = identity.elevated;
    caller->integrity = identity.integrity;
    if (!(caller->sid = wstr_dup(identity.sid)))
    {
        caller_free(caller);
        return E_OUTOFMEMORY;
    }
    return S_OK;
}

void caller_free(struct caller *caller)
{
    free(caller->sid);
    if (caller->token)
        CloseHandle(caller->token);
    memset(caller, 0, sizeof(*caller));
}

BOOL caller_is_service_user(const WCHAR *sid)
{
    const struct identity *service = identity_of_service();

    return sid && service && !wcscmp(sid, service->sid);
}
