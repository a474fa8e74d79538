/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is calling. The client is impersonated for a moment, just long enough to open its token; what is
 * read from the token is remembered by the token's statistics, so that a client's next calls cost a
 * few round trips to the system and not a dozen.
 */
#include "caller.h"

#include <stdlib.h>
#include <string.h>

#include <objbase.h>
#include <sddl.h>

#include "trace.h"
#include "wstr.h"

#define CACHE_SIZE 16
#define MAX_SID_TEXT 188 /* characters, with the terminator */

/* What the methods want to know of a token; never changes once made. */
struct identity
{
    LONG references;
    TOKEN_STATISTICS statistics;
    BOOL admin, restricted, elevated;
    DWORD integrity;
    WCHAR sid[MAX_SID_TEXT];
};

static SRWLOCK cache_lock = SRWLOCK_INIT;
static struct identity *cache[CACHE_SIZE]; /* the newest first */
static struct identity *service_identity;  /* of this process */

static void identity_release(struct identity *identity)
{
    if (identity && !InterlockedDecrement(&identity->references))
        free(identity);
}

/* ---- reading tokens ---- */

/* Into `buffer`, or into memory of its own when that is too small (structures with SIDs have pointers into
 * their own buffer and cannot be copied). NULL on failure; what is not `buffer` is freed by the caller. */
static void *token_information(HANDLE token, TOKEN_INFORMATION_CLASS class, void *buffer, DWORD size)
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

/* LocalSystem, LocalService, NetworkService: the limits for users are not theirs ("Group Policies"). */
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
                && !(group->Attributes & SE_GROUP_USE_FOR_DENY_ONLY) && EqualSid(group->Sid, admins))
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
        return GetLastError() != ERROR_INVALID_PARAMETER && GetLastError() != ERROR_CALL_NOT_IMPLEMENTED
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
        level = *GetSidSubAuthority(label->Label.Sid, *GetSidSubAuthorityCount(label->Label.Sid) - 1u);
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

static struct identity *identity_read(HANDLE token, const TOKEN_STATISTICS *statistics)
{
    struct identity *identity = calloc(1, sizeof(*identity));

    if (!identity)
        return NULL;
    identity->references = 1;
    identity->statistics = *statistics;
    if (!token_read_user(token, identity->sid, ARRAY_SIZE(identity->sid)))
    {
        free(identity);
        return NULL;
    }
    identity->admin = sid_is_service_account(identity->sid) || token_is_admin(token);
    identity->restricted = token_is_restricted(token);
    identity->integrity = token_integrity(token);
    identity->elevated = token_is_elevated(token);
    trace("caller %ls: admin %d, restricted %d, elevated %d, integrity %lx", identity->sid,
            identity->admin, identity->restricted, identity->elevated,
            (unsigned long)identity->integrity);
    return identity;
}

/* ---- the cache ---- */

/* Two tokens with these in common have the same user, groups and privileges. */
static BOOL statistics_match(const TOKEN_STATISTICS *a, const TOKEN_STATISTICS *b)
{
    return !memcmp(&a->TokenId, &b->TokenId, sizeof(a->TokenId))
            && !memcmp(&a->ModifiedId, &b->ModifiedId, sizeof(a->ModifiedId));
}

static struct identity *cache_find(const TOKEN_STATISTICS *statistics)
{
    struct identity *found = NULL;

    AcquireSRWLockShared(&cache_lock);
    for (unsigned int i = 0; i < CACHE_SIZE && cache[i] && !found; i++)
    {
        if (statistics_match(&cache[i]->statistics, statistics))
        {
            found = cache[i];
            InterlockedIncrement(&found->references);
        }
    }
    ReleaseSRWLockShared(&cache_lock);
    return found;
}

static void cache_add(struct identity *identity)
{
    struct identity *oldest;

    InterlockedIncrement(&identity->references);
    AcquireSRWLockExclusive(&cache_lock);
    oldest = cache[CACHE_SIZE - 1];
    memmove(cache + 1, cache, sizeof(*cache) * (CACHE_SIZE - 1));
    cache[0] = identity;
    ReleaseSRWLockExclusive(&cache_lock);
    identity_release(oldest);
}

static struct identity *identity_get(HANDLE token)
{
    TOKEN_STATISTICS statistics;
    struct identity *identity;
    DWORD size;

    if (!GetTokenInformation(token, TokenStatistics, &statistics, sizeof(statistics), &size))
        return NULL;
    if ((identity = cache_find(&statistics)) || !(identity = identity_read(token, &statistics)))
        return identity;
    cache_add(identity);
    return identity;
}

/* The service's own, once. */
static struct identity *identity_get_service(void)
{
    struct identity *identity = InterlockedCompareExchangePointer((void **)&service_identity, NULL, NULL);
    HANDLE token;

    if (!identity)
    {
        if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
            return NULL;
        identity = identity_get(token);
        CloseHandle(token);
        if (!identity)
            return NULL;
        if (InterlockedCompareExchangePointer((void **)&service_identity, identity, NULL))
        {
            identity_release(identity);
            identity = service_identity;
        }
    }
    InterlockedIncrement(&identity->references);
    return identity;
}

/* ---- the call ---- */

/* Acts as the client of the call that this thread serves. S_FALSE when there is none: the call comes from
 * inside this process. Where COM keeps no security of calls (Wine), the RPC under it does. */
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
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY | TOKEN_IMPERSONATE | TOKEN_DUPLICATE, TRUE,
                token))
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
    struct identity *service = identity_get_service();
    BOOL same = service && !wcscmp(identity->sid, service->sid)
            && identity->admin == service->admin && identity->restricted == service->restricted;

    identity_release(service);
    return same;
}

HRESULT caller_get(struct caller *caller)
{
    struct identity *identity;
    HANDLE token;
    HRESULT hr;

    memset(caller, 0, sizeof(*caller));
    if (FAILED(hr = call_token(&token)))
        return hr;
    identity = token ? identity_get(token) : identity_get_service();
    if (!identity)
    {
        if (token)
            CloseHandle(token);
        return E_ACCESSDENIED;
    }
    if (token && identity_is_service(identity))
    {
        CloseHandle(token);
        token = NULL;
    }
    caller->sid = wstr_dup(identity->sid);
    caller->token = token;
    caller->admin = identity->admin;
    caller->restricted = identity->restricted;
    caller->elevated = identity->elevated;
    caller->integrity = identity->integrity;
    identity_release(identity);
    if (!caller->sid)
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
