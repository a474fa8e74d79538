/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cache between a binding and a web server. WinINet keeps the entries; when one is used, asked
 * about or written is decided here, by the client's BINDF_ flags:
 *
 *   OFFLINEOPERATION             what is kept, however old; else INET_E_OBJECT_NOT_FOUND
 *   GETNEWESTVERSION,
 *   PRAGMA_NO_CACHE              the server's, whatever is kept
 *   RESYNCHRONIZE                the server is asked whether what is kept is still good
 *   FWD_BACK                     what is kept, however old; else the server's
 *   none of these                what is kept while it is fresh; after that as RESYNCHRONIZE
 *   GETFROMCACHE_IF_NET_FAIL     besides: what is kept, when the server cannot be reached
 *   NOWRITECACHE                 besides: nothing is written
 *   NEEDFILE                     besides: what may be kept is
 *
 * Without NEEDFILE an answer is kept when it is not large and either its server has said for how
 * long it is good, or the client has asked for the cache by a flag. Page: "BINDF enumeration"
 * (platform-apis/ms775130).
 */
#ifndef CONCIERGE_CACHE_HTTP_H
#define CONCIERGE_CACHE_HTTP_H

#include <windows.h>

struct cache_entry;
struct http_protocol;
struct inet_file;

struct cache_http
{
    struct cache_entry *entry; /* which is used, or which the server is asked about */
    struct inet_file *file;    /* of that */
    BOOL used;                 /* the answer is the entry's */
};

/* Before a request is sent to a URL for the first time. S_OK: what is kept is the answer, and has
 * been put where the server's would be; S_FALSE: the server is to be asked; else the error. */
HRESULT cache_http_look(struct http_protocol *http);

/* Adds what asks the server whether it still has the same. */
HRESULT cache_http_headers(struct http_protocol *http, WCHAR **headers);

/* Whether an answer says that what is kept is good; it is the answer from now on. */
BOOL cache_http_not_modified(struct http_protocol *http);

/* Whether what is kept may stand in for a server that cannot be reached; it is the answer then. */
BOOL cache_http_stands_in(struct http_protocol *http, DWORD error);

/* The body of what is kept. */
void cache_http_begin_body(struct http_protocol *http);

/* The file for an answer of the server's, where there is to be one. */
HRESULT cache_http_make_file(struct http_protocol *http, UINT64 total);

/* Keeps a redirect of the server's, when that has said for how long it is good, and the client does
 * not mind (BINDF2_DISABLE_HTTP_REDIRECT_CACHING). It has no body. */
void cache_http_keep_redirect(struct http_protocol *http);

/* That file is whole. */
void cache_http_commit(struct http_protocol *http);

/* IWinInetInfo::QueryOption and IWinInetHttpInfo::QueryInfo of an answer from the cache. */
HRESULT cache_http_query_option(struct http_protocol *http, DWORD option, void *data, DWORD *size);
HRESULT cache_http_query_info(struct http_protocol *http, DWORD query, void *data, DWORD *size,
        DWORD *index);

void cache_http_release(struct http_protocol *http);

#endif
