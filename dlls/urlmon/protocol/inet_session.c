/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inet_session.h"

#include <stdlib.h>
#include <urlmon.h>

#include "inet_call.h"
#include "wstr.h"

#define DEFAULT_TIMEOUT 30000u

static const WCHAR default_agent[] =
        L"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)";
static void *volatile http_session, *volatile ftp_session;

static HINTERNET session_get(void *volatile *slot, DWORD flags)
{
    HINTERNET session = *slot, other;

    if (session)
        return session;
    session = InternetOpenW(default_agent, INTERNET_OPEN_TYPE_PRECONFIG, NULL, NULL, flags);
    if (!session)
        return NULL;
    InternetSetStatusCallbackW(session, inet_call_status);
    other = InterlockedCompareExchangePointer(slot, session, NULL);
    if (!other)
        return session;
    InternetCloseHandle(session);
    return other;
}

HINTERNET inet_session_http(void)
{
    return session_get(&http_session, INTERNET_FLAG_ASYNC);
}

HINTERNET inet_session_ftp(void)
{
    return session_get(&ftp_session, 0);
}

DWORD inet_session_timeout(void)
{
    DWORD timeout, size = sizeof(timeout);

    if (RegGetValueW(HKEY_CURRENT_USER,
                L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings",
                L"ReceiveTimeout", RRF_RT_REG_DWORD, NULL, &timeout, &size)
            || !timeout)
        timeout = DEFAULT_TIMEOUT;
    return timeout < MAXLONG ? timeout : MAXLONG;
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
