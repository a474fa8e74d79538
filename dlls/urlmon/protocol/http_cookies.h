/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cookies of requests, which are WinINet's: where it has none they go without its looking. */
#ifndef CONCIERGE_HTTP_COOKIES_H
#define CONCIERGE_HTTP_COOKIES_H

#include <windows.h>

struct http_url;
struct inet_call;

/* The moment for http_cookies_are_none: before all that follow. */
LONG64 http_cookies_now(void);

/* Whether WinINet has no cookies for the URL, for a request that is to be sent since the moment
 * `began`. FALSE: perhaps it has. */
BOOL http_cookies_are_none(const struct http_url *url, LONG64 began);

/* An answer has brought cookies. Hands them to WinINet, if it was to such a request; NULL: WinINet
 * has kept them. */
void http_cookies_take(const struct http_url *url, struct inet_call *answer);

/* There may have been answers with cookies which WinINet has kept. */
void http_cookies_have_come(void);

/* The module is unloaded. */
void http_cookies_module_detach(void);

#endif
