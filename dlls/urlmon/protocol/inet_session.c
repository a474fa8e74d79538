/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inet_session.h"

#include <stdlib.h>
#include <urlmon.h>

#include "com_object.h"
#include "inet_call.h"
#include "wstr.h"

#define DEFAULT_TIMEOUT 30000u
#define TIMEOUT_KNOWN 1000u /* ms for which the registry is not asked again */

static const WCHAR default_agent[] =
        L"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)";

enum
{
    SESSION_HTTP,
    SESSION_FTP,
    SESSION_KINDS
};

/* Sessions are used by protocol objects only: while there is none nobody has a handle of one. */
static SRWLOCK session_lock = SRWLOCK_INIT;
static HINTERNET sessions[SESSION_KINDS];
static HINTERNET retired[8]; /* of before the proxy changed; perhaps still in use */
static DWORD access_type = INTERNET_OPEN_TYPE_PRECONFIG;
static WCHAR *proxy_name, *proxy_bypass;

static HINTERNET session_open(int kind)
{
    HINTERNET session = InternetOpenW(default_agent, access_type, proxy_name, proxy_bypass,
            kind == SESSION_HTTP ? INTERNET_FLAG_ASYNC : 0);

    if (session)
        InternetSetStatusCallbackW(session, inet_call_status);
    return session;
}

static HINTERNET session_get(int kind)
{
    HINTERNET session;

    AcquireSRWLockShared(&session_lock);
    session = sessions[kind];
    ReleaseSRWLockShared(&session_lock);
    if (session)
        return session;
    AcquireSRWLockExclusive(&session_lock);
    if (!sessions[kind])
        sessions[kind] = session_open(kind);
    session = sessions[kind];
    ReleaseSRWLockExclusive(&session_lock);
    return session;
}

HINTERNET inet_session_http(void)
{
    return session_get(SESSION_HTTP);
}

HINTERNET inet_session_ftp(void)
{
    return session_get(SESSION_FTP);
}

static void session_close(HINTERNET *slot)
{
    if (!*slot)
        return;
    InternetSetStatusCallbackW(*slot, NULL);
    InternetCloseHandle(*slot);
    *slot = NULL;
}

/* Takes the sessions out of use; under the lock. */
static void retire_sessions(void)
{
    for (int kind = 0; kind < SESSION_KINDS; kind++)
    {
        session_close(&retired[ARRAY_SIZE(retired) - 1]);
        for (unsigned int i = ARRAY_SIZE(retired) - 1; i > 0; i--)
            retired[i] = retired[i - 1];
        retired[0] = sessions[kind];
        sessions[kind] = NULL;
    }
}

static WCHAR *wide_dup(const char *text)
{
    int size = text ? MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0) : 0;
    WCHAR *wide = size > 0 ? malloc((size_t)size * sizeof(WCHAR)) : NULL;

    if (wide)
        MultiByteToWideChar(CP_ACP, 0, text, -1, wide, size);
    return wide;
}

HRESULT inet_session_set_proxy(DWORD type, const char *name, const char *bypass)
{
    WCHAR *name_wide = wide_dup(name), *bypass_wide = wide_dup(bypass);

    if ((name && !name_wide) || (bypass && !bypass_wide))
    {
        free(name_wide);
        free(bypass_wide);
        return E_OUTOFMEMORY;
    }
    AcquireSRWLockExclusive(&session_lock);
    free(proxy_name);
    free(proxy_bypass);
    proxy_name = name_wide;
    proxy_bypass = bypass_wide;
    access_type = type;
    retire_sessions();
    ReleaseSRWLockExclusive(&session_lock);
    return S_OK;
}

void inet_session_close_unused(void)
{
    AcquireSRWLockExclusive(&session_lock);
    if (!com_object_count())
    {
        for (int kind = 0; kind < SESSION_KINDS; kind++)
            session_close(&sessions[kind]);
        for (unsigned int i = 0; i < ARRAY_SIZE(retired); i++)
            session_close(&retired[i]);
    }
    ReleaseSRWLockExclusive(&session_lock);
}

DWORD inet_session_timeout(void)
{
    static volatile LONG known, when; /* ms; of GetTickCount */
    DWORD timeout = (DWORD)known, size = sizeof(timeout), now = GetTickCount();

    if (timeout && now - (DWORD)when < TIMEOUT_KNOWN)
        return timeout;
    if (RegGetValueW(HKEY_CURRENT_USER,
                L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings",
                L"ReceiveTimeout", RRF_RT_REG_DWORD, NULL, &timeout, &size)
            || !timeout)
        timeout = DEFAULT_TIMEOUT;
    timeout = timeout < MAXLONG ? timeout : MAXLONG;
    InterlockedExchange(&when, (LONG)now);
    InterlockedExchange(&known, (LONG)timeout);
    return timeout;
}

WCHAR *inet_session_user_agent(void)
{
    char text[512];
    DWORD size = sizeof(text);
    WCHAR wide[ARRAY_SIZE(text)];

    if (FAILED(ObtainUserAgentString(0, text, &size))
            || !MultiByteToWideChar(CP_ACP, 0, text, -1, wide, ARRAY_SIZE(wide)))
        return wstr_dup(default_agent);
    return wstr_dup(wide);
}
