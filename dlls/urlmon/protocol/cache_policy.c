/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache_policy.h"

#include <stdlib.h>
#include <wchar.h>

#include "cache_text.h"
#include "com_object.h"

#define SECOND 10000000ull
#define DAY (86400 * SECOND)
#define MAX_LIFETIME (3650 * DAY)
#define HEURISTIC_SHARE 10
#define HEURISTIC_MAX DAY
#define ENTRY_TIME_STEP (2 * SECOND) /* how exact the times of WinINet's entries are */

UINT64 cache_now(void)
{
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    return cache_time(now);
}

static BOOL is_forbidden(const WCHAR *headers)
{
    WCHAR *pragma;
    BOOL forbidden;

    if (cache_text_directive(headers, L"no-store", NULL)
            || cache_text_directive(headers, L"no-cache", NULL))
        return TRUE;
    pragma = cache_text_header(headers, L"Pragma", 0);
    forbidden = pragma && !_wcsicmp(pragma, L"no-cache");
    free(pragma);
    return forbidden;
}

/* Whether what a server varies is one of those of which a user has only one value. */
static BOOL is_constant_header(const WCHAR *name, size_t length)
{
    static const WCHAR *const constant[] = {L"Accept-Encoding", L"User-Agent", L"Host",
            L"Accept-Language"};

    for (unsigned int i = 0; i < ARRAY_SIZE(constant); i++)
    {
        if (wcslen(constant[i]) == length && !_wcsnicmp(name, constant[i], length))
            return TRUE;
    }
    return FALSE;
}

/* Whether the answer is the same for other requests too, as far as Vary says. */
static BOOL is_same_for_all(const WCHAR *headers, BOOL *for_nobody)
{
    BOOL same = TRUE;
    WCHAR *vary;

    *for_nobody = FALSE;
    for (unsigned int i = 0; (vary = cache_text_header(headers, L"Vary", i)); i++)
    {
        const WCHAR *name = vary;

        while (*(name += wcsspn(name, L", \t")))
        {
            size_t length = wcscspn(name, L", \t");

            if (!is_constant_header(name, length))
                same = FALSE;
            if (length == 1 && *name == '*')
                *for_nobody = TRUE;
            name += length;
        }
        free(vary);
    }
    return same;
}

BOOL cache_policy_may_store(const WCHAR *headers)
{
    BOOL for_nobody;

    if (is_forbidden(headers))
        return FALSE;
    is_same_for_all(headers, &for_nobody);
    return !for_nobody;
}

BOOL cache_policy_has_validator(const WCHAR *headers)
{
    WCHAR *tag = cache_text_header(headers, L"ETag", 0);
    FILETIME modified;
    BOOL has = tag && *tag;

    free(tag);
    return has || cache_text_time(headers, L"Last-Modified", &modified);
}

/* How old the answer was already when it came, from caches on its way. */
static UINT64 age_of(const WCHAR *headers)
{
    WCHAR *text = cache_text_header(headers, L"Age", 0);
    UINT64 age = text ? wcstoul(text, NULL, 10) * SECOND : 0;

    free(text);
    return age > MAX_LIFETIME ? MAX_LIFETIME : age;
}

UINT64 cache_policy_expires(const WCHAR *headers, UINT64 now)
{
    UINT64 lifetime, age = age_of(headers), seconds;
    FILETIME expires, date;
    WCHAR *text;

    if (is_forbidden(headers))
        return now - ENTRY_TIME_STEP;
    if (cache_text_directive(headers, L"max-age", &seconds))
        lifetime = seconds > MAX_LIFETIME / SECOND ? MAX_LIFETIME : seconds * SECOND;
    else if (cache_text_time(headers, L"Expires", &expires))
    {
        UINT64 base = cache_text_time(headers, L"Date", &date) ? cache_time(date) : now;

        lifetime = cache_time(expires) > base ? cache_time(expires) - base : 0;
        if (lifetime > MAX_LIFETIME)
            lifetime = MAX_LIFETIME;
    }
    else if ((text = cache_text_header(headers, L"Expires", 0)))
    {
        free(text); /* no date, such as 0: in the past. RFC 9111, 5.3 */
        lifetime = 0;
    }
    else
        return 0;
    return lifetime > age ? now + lifetime - age : now - ENTRY_TIME_STEP;
}

BOOL cache_policy_has_lifetime(const WCHAR *headers, UINT64 now)
{
    return cache_policy_expires(headers, now) > now + ENTRY_TIME_STEP;
}

BOOL cache_policy_is_fresh(const WCHAR *headers, UINT64 expires, UINT64 modified, UINT64 synced,
        UINT64 now)
{
    UINT64 lifetime;
    BOOL for_nobody;

    if (is_forbidden(headers) || !is_same_for_all(headers, &for_nobody))
        return FALSE;
    if (expires)
        return now < expires;
    if (!modified || synced <= modified || now + ENTRY_TIME_STEP < synced)
        return FALSE;
    lifetime = (synced - modified) / HEURISTIC_SHARE;
    if (lifetime > HEURISTIC_MAX)
        lifetime = HEURISTIC_MAX;
    return now < synced + lifetime;
}

enum cache_check cache_policy_check(void)
{
    DWORD mode = CACHE_CHECK_AUTOMATIC, size = sizeof(mode);

    if (RegGetValueW(HKEY_CURRENT_USER,
                L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings", L"SyncMode5",
                RRF_RT_REG_DWORD, NULL, &mode, &size)
            || mode > CACHE_CHECK_AUTOMATIC)
        mode = CACHE_CHECK_AUTOMATIC;
    return (enum cache_check)mode;
}

/* When the process began. */
static UINT64 session_begin(void)
{
    FILETIME begin, end, kernel, user;

    return GetProcessTimes(GetCurrentProcess(), &begin, &end, &kernel, &user) ? cache_time(begin)
                                                                              : MAXLONGLONG;
}

BOOL cache_policy_may_use(const WCHAR *headers, UINT64 expires, UINT64 modified, UINT64 synced)
{
    enum cache_check check = cache_policy_check();
    UINT64 now = cache_now();
    BOOL for_nobody;

    if (check == CACHE_CHECK_AUTOMATIC)
        return cache_policy_is_fresh(headers, expires, modified, synced, now);
    /* What the server forbids, and what could be meant for another request, is always asked about.
     */
    if (check == CACHE_CHECK_ALWAYS || is_forbidden(headers)
            || !is_same_for_all(headers, &for_nobody))
        return FALSE;
    if (check == CACHE_CHECK_NEVER || (expires && now < expires))
        return TRUE;
    return !expires
            && (check == CACHE_CHECK_EXPIRED || synced + ENTRY_TIME_STEP >= session_begin());
}
