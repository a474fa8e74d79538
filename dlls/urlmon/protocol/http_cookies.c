/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cookies are WinINet's. It looks for them at every request on one of its threads, under a mutex
 * that all processes share: when many requests begin at once these wait for each other. So it is
 * asked for them before a request is sent, one thread at a time, and when there are none for the
 * URL the request goes without; those that come with the answer are given to it then. Where there
 * are some, for https, and for a request that is the only one, WinINet does all of it by itself.
 *
 * A program sets cookies by WinINet's functions, and nobody is told of it: an answer of WinINet's
 * is good for nothing that begins after the question. But requests that wait for their turn began
 * before: one question is enough for all of them with the same URL, until cookies come.
 *
 * Pages: InternetGetCookieEx, InternetSetCookieEx, INTERNET_FLAG_NO_COOKIES; RFC 6265, 5.1.4.
 */
#include "http_protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "trace.h"

#ifndef INTERNET_COOKIE_HTTPONLY
#define INTERNET_COOKIE_HTTPONLY 0x00002000
#endif

#define COOKIES_MAX 256u /* of one answer */

/* Held while WinINet looks, which calls nobody: an address is waited for where it would be a
 * mutex. */
static SRWLOCK look_lock = SRWLOCK_INIT;

static volatile LONG64 moments; /* counts beginnings of requests and questions */
static volatile LONG64 changed; /* the moment at which cookies came last */

/* The last question of which the answer was that there are none; guarded by look_lock. */
static WCHAR *bare_url;
static LONG64 bare_since;

LONG64 http_cookies_now(void)
{
    return InterlockedIncrement64(&moments);
}

void http_cookies_have_come(void)
{
    LONG64 now = http_cookies_now(), seen = InterlockedCompareExchange64(&changed, 0, 0), before;

    for (; seen < now; seen = before) /* others may have come later, and said so before */
    {
        if ((before = InterlockedCompareExchange64(&changed, now, seen)) == seen)
            break;
    }
}

/* The URL whose cookies are meant, without query; free() it. `below`: as if it were a folder, so
 * that cookies of just that path are among those found. */
static WCHAR *cookie_url(const struct http_url *url, BOOL below)
{
    size_t path = wcscspn(url->path, L"?#");
    size_t room = wcslen(url->host) + path + 32;
    WCHAR *text = malloc(room * sizeof(WCHAR));

    if (!text)
        return NULL;
    swprintf(text, room, L"http://%ls:%u%.*ls%ls", url->host, url->port, (int)path, url->path,
            below && path && url->path[path - 1] != '/' ? L"/" : L"");
    return text;
}

/* Asks WinINet; under the lock. */
static BOOL look(const WCHAR *text)
{
    DWORD size = 0;

    return !InternetGetCookieExW(text, NULL, NULL, &size, INTERNET_COOKIE_HTTPONLY, NULL)
            && GetLastError() == ERROR_NO_MORE_ITEMS;
}

BOOL http_cookies_are_none(const struct http_url *url, LONG64 began)
{
    WCHAR *text = url->secure ? NULL : cookie_url(url, TRUE);
    LONG64 now;
    BOOL none;

    if (!text)
        return FALSE;
    AcquireSRWLockExclusive(&look_lock);
    if (bare_url && began < bare_since && InterlockedCompareExchange64(&changed, 0, 0) < bare_since
            && !wcscmp(bare_url, text))
        none = TRUE;
    else
    {
        now = http_cookies_now();
        if ((none = look(text)))
        {
            free(bare_url);
            bare_url = text;
            bare_since = now;
            text = NULL;
        }
    }
    ReleaseSRWLockExclusive(&look_lock);
    free(text);
    return none;
}

void http_cookies_module_detach(void)
{
    free(bare_url);
}

static void keep_all(const struct http_url *url, struct inet_call *answer)
{
    WCHAR *text = cookie_url(url, FALSE), *cookie;

    for (DWORD i = 0; i < COOKIES_MAX; i++)
    {
        if (!(cookie = inet_call_header(answer, HTTP_QUERY_SET_COOKIE, i)))
            break;
        /* 0: it is refused, that of another domain for instance. */
        if (!text || !InternetSetCookieExW(text, NULL, cookie, INTERNET_COOKIE_HTTPONLY, 0))
            trace("http: a cookie was not taken");
        free(cookie);
    }
    free(text);
}

void http_cookies_take(const struct http_url *url, struct inet_call *answer)
{
    if (answer)
        keep_all(url, answer);
    http_cookies_have_come();
}
