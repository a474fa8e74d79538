/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may be kept of the answers of web servers, and for how long it is as good as new: RFC 9111,
 * for a cache of one user. Times are FILETIMEs in UTC, 0: not known.
 */
#ifndef CONCIERGE_CACHE_POLICY_H
#define CONCIERGE_CACHE_POLICY_H

#include <windows.h>

static inline UINT64 cache_time(FILETIME time)
{
    return (UINT64)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static inline FILETIME cache_filetime(UINT64 time)
{
    FILETIME result = {(DWORD)time, (DWORD)(time >> 32)};

    return result;
}

UINT64 cache_now(void);

/* Whether an answer with these headers may be kept at all: not with no-store or no-cache (which
 * WinINet takes for the same, page "How to prevent caching in Internet Explorer"), and not when it
 * is good for nobody else (Vary: *). */
BOOL cache_policy_may_store(const WCHAR *headers);

/* Whether the server has said how long the answer is good, and that is not over at once. */
BOOL cache_policy_has_lifetime(const WCHAR *headers, UINT64 now);

/* Whether the server can be asked if it still has the same. */
BOOL cache_policy_has_validator(const WCHAR *headers);

/* When an answer that came now expires; 0: the server has not said. */
UINT64 cache_policy_expires(const WCHAR *headers, UINT64 now);

/* "Check for newer versions of stored pages": SyncMode5 of the Internet Settings, a
 * WININET_SYNC_MODE. Page: "How Internet Explorer cache settings affect Web browsing" (263070). */
enum cache_check
{
    CACHE_CHECK_NEVER = 0,
    CACHE_CHECK_EXPIRED = 1, /* what has expired */
    CACHE_CHECK_SESSION = 2, /* besides: what this process has not seen yet */
    CACHE_CHECK_ALWAYS = 3,
    CACHE_CHECK_AUTOMATIC = 4, /* cache_policy_is_fresh */
};

enum cache_check cache_policy_check(void);

/* Whether what was kept can be used without asking, by that setting. */
BOOL cache_policy_may_use(const WCHAR *headers, UINT64 expires, UINT64 modified, UINT64 synced);

/*
 * Whether what was kept can be used without asking. `expires` decides where it is known; else it is
 * taken for good for a tenth of the age it had when it was last known to be current (`synced`), a
 * day at most.
 */
BOOL cache_policy_is_fresh(const WCHAR *headers, UINT64 expires, UINT64 modified, UINT64 synced,
        UINT64 now);

#endif
