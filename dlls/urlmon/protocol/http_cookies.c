/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cookies are WinINet's. It looks for them at every request on one of its threads, under a mutex
 * that all processes share: when many requests begin at once these wait for each other. So it is
 * asked for them before a request is sent, one thread at a time, and when there are none for the
 * URL the request goes without; those that come with the answer are given to it then. Where there
 * are some, and for https, WinINet does all of it by itself.
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

BOOL http_cookies_are_none(const struct http_url *url)
{
    WCHAR *text = url->secure ? NULL : cookie_url(url, TRUE);
    DWORD size = 0;
    BOOL none;

    if (!text)
        return FALSE;
    AcquireSRWLockExclusive(&look_lock);
    none = !InternetGetCookieExW(text, NULL, NULL, &size, INTERNET_COOKIE_HTTPONLY, NULL)
            && GetLastError() == ERROR_NO_MORE_ITEMS;
    ReleaseSRWLockExclusive(&look_lock);
    free(text);
    return none;
}

void http_cookies_keep(const struct http_url *url, struct inet_call *answer)
{
    WCHAR *text = NULL, *cookie;

    for (DWORD i = 0; i < COOKIES_MAX; i++)
    {
        if (!(cookie = inet_call_header(answer, HTTP_QUERY_SET_COOKIE, i)))
            break;
        if (!text)
            text = cookie_url(url, FALSE);
        /* 0: it is refused, that of another domain for instance. */
        if (!text || !InternetSetCookieExW(text, NULL, cookie, INTERNET_COOKIE_HTTPONLY, 0))
            trace("http: a cookie was not taken");
        free(cookie);
    }
    free(text);
}
