/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An entry of WinINet's URL cache, as it was when it was looked up. Pages: "Caching",
 * GetUrlCacheEntryInfo, RetrieveUrlCacheEntryFile, INTERNET_CACHE_ENTRY_INFO (wininet.h).
 *
 * Each look-up takes WinINet's mutex: some entries into wineserver, whether there is something or
 * not.
 */
#ifndef CONCIERGE_CACHE_ENTRY_H
#define CONCIERGE_CACHE_ENTRY_H

#include <urlmon.h>
#include <windows.h>

struct inet_file;

struct cache_entry
{
    WCHAR *url;
    WCHAR *path;
    WCHAR *headers; /* of the answer; those of a plain success when none were kept */
    UINT64 size;
    UINT64 expires, modified, synced; /* FILETIMEs, 0: not known */
    DWORD type;                       /* NORMAL_CACHE_ENTRY and so on */
    BOOL locked;                      /* it stays, and its file, until it is unlocked */
};

/* The entry of a URL. S_OK, INET_E_OBJECT_NOT_FOUND, E_OUTOFMEMORY. */
HRESULT cache_entry_find(const WCHAR *url, BOOL lock, struct cache_entry **out);

/* Its file, if it is there and of the size it had. The lock goes over to the file. S_OK, else the
 * entry is good for nothing and has been removed. */
HRESULT cache_entry_open(struct cache_entry *entry, struct inet_file **out);

/* The server has said that it is still good. */
void cache_entry_renew(struct cache_entry *entry, UINT64 expires, UINT64 now);

void cache_entry_free(struct cache_entry *entry);

/* The name under which a URI is kept: without its fragment; free() it. NULL: nothing of its scheme
 * is. */
WCHAR *cache_entry_url(IUri *uri);

/* The entry of a URI, for questions. As cache_entry_find. */
HRESULT cache_entry_of_uri(IUri *uri, struct cache_entry **out);

/* When what a URI names was last changed: a file, or what is kept of a web page. S_OK,
 * MK_E_UNAVAILABLE. */
HRESULT cache_entry_last_change(IUri *uri, FILETIME *time);

#endif
