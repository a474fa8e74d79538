/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a binding's file has to do with the cache, whatever the scheme. */
#ifndef CONCIERGE_CACHE_BODY_H
#define CONCIERGE_CACHE_BODY_H

#include <urlmon.h>
#include <windows.h>

#define CACHE_MAX_UNASKED (8u << 20) /* bytes: what is larger is kept only for who needs a file */

/* What makes it worth while to keep what the server has not said how long it is good, for a client
 * that needs no file. */
#define CACHE_WANTED_BY_FLAGS                                                                      \
    (BINDF_RESYNCHRONIZE | BINDF_HYPERLINK | BINDF_FWD_BACK | BINDF_GETFROMCACHE_IF_NET_FAIL)

/* "The resource will not be stored in the Internet cache" (PRAGMA_NO_CACHE): page "BINDF
 * enumeration". */
#define CACHE_UNWANTED_BY_FLAGS (BINDF_NOWRITECACHE | BINDF_PRAGMA_NO_CACHE)

struct inet_file;
struct inet_protocol;

/* The body is what is in an entry's file, which goes over to the protocol. */
void cache_body_begin(struct inet_protocol *protocol, struct inet_file *file);

/* A file for a body that comes, when the client needs one (BINDF_NEEDFILE) or when it is `kept`:
 * becomes an entry of the cache. S_OK; E_OUTOFMEMORY or the system's error when it is needed. */
HRESULT cache_body_make(struct inet_protocol *protocol, const WCHAR *url, BOOL kept, UINT64 total);

#endif
