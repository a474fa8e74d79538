/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A server about whose answers a cache has to think (kind `cacheable`), and bindings to it, of
 * which is counted what they ask it.
 */
#ifndef CONCIERGE_TESTS_CACHE_BED_H
#define CONCIERGE_TESTS_CACHE_BED_H

#include "harness.h"
#include "../http/http_sink.h"

#include <wininet.h>

#define BED_SIZE 3000 /* bytes of what it serves */

extern struct harness_server bed_server;

void bed_begin(void);
void bed_end(void);

/* A URL with that query which no test has used. Good for the next 15 calls. */
const WCHAR *bed_url(const WCHAR *query);

/* INTERNET_FLAG_* of the bindings from now on: BINDINFO.dwOptionsFlags. */
extern DWORD bed_internet_flags;

/* A binding with these flags, run to its end; the sink is the caller's. `headers` is what the
 * client adds to the request, or NULL: a client with headers has IHttpNegotiate. */
struct sink *bed_bind(const WCHAR *url, DWORD flags, const WCHAR *headers);

/* How a binding was answered. */
enum bed_way
{
    BED_SERVER,  /* by the server */
    BED_GOOD,    /* by the cache, after the server has said that it is good */
    BED_CACHE,   /* by the cache */
    BED_NOTHING, /* not at all: INET_E_OBJECT_NOT_FOUND, and the server was not asked */
};

/* A binding, its data, and what the server saw: a few tests. */
#define bed_check(url, flags, way, ...)                                                            \
    bed_check_(__FILE__, __LINE__, (url), (flags), NULL, (way), __VA_ARGS__)
#define bed_check_headers(url, flags, headers, way, ...)                                           \
    bed_check_(__FILE__, __LINE__, (url), (flags), (headers), (way), __VA_ARGS__)
void bed_check_(const char *file, int line, const WCHAR *url, DWORD flags, const WCHAR *headers,
        enum bed_way way, const char *fmt, ...) TAP_PRINTF(7, 8);

/* Other content from now on, with another ETag and time. */
void bed_change(void);

BOOL bed_is_cached(const WCHAR *url);

/* The entry's file; "" if there is none. Good for the next call. */
const WCHAR *bed_file(const WCHAR *url);

/* Makes an entry as any program can. The headers may be NULL. */
void bed_put(const WCHAR *url, const WCHAR *headers, const char *content, const FILETIME *expires);

#endif
