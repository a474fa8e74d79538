/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ftp_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cache_body.h"
#include "cache_entry.h"
#include "cache_policy.h"
#include "ftp_protocol.h"
#include "inet_errors.h"
#include "inet_file.h"
#include "trace.h"

void ftp_cache_release(struct ftp_protocol *ftp)
{
    cache_entry_free(ftp->cache.entry);
    if (ftp->cache.file)
        inet_file_close(ftp->cache.file);
    free(ftp->cache.url);
    memset(&ftp->cache, 0, sizeof(ftp->cache));
}

/* Whether the file is the same for everybody. */
static BOOL is_public(const struct ftp_protocol *ftp)
{
    return !ftp->user && ftp->protocol.info.dwBindVerb == BINDVERB_GET;
}

/* What is kept, with its file. */
static BOOL cache_find(struct ftp_protocol *ftp)
{
    struct ftp_cache *cache = &ftp->cache;

    if (cache->entry)
        return TRUE;
    if (FAILED(cache_entry_find(cache->url, (ftp->protocol.flags & BINDF_NEEDFILE) != 0,
                &cache->entry)))
        return FALSE;
    if (SUCCEEDED(cache_entry_open(cache->entry, &cache->file)))
        return TRUE;
    cache_entry_free(cache->entry);
    cache->entry = NULL;
    return FALSE;
}

static BOOL cache_take(struct ftp_protocol *ftp)
{
    AcquireSRWLockExclusive(&ftp->protocol.lock);
    ftp->cache.used = TRUE;
    ReleaseSRWLockExclusive(&ftp->protocol.lock);
    trace("ftp %p: %ls from the cache", (void *)&ftp->protocol, ftp->cache.url);
    return TRUE;
}

/* Takes user and password out of a URL: what is stored with them is for everybody to fetch. */
static void strip_user(WCHAR *url)
{
    WCHAR *authority = wcsstr(url, L"//"), *user;

    if (!authority)
        return;
    authority += 2;
    user = authority + wcscspn(authority, L"@/?");
    if (*user == '@')
        memmove(authority, user + 1, (wcslen(user + 1) + 1) * sizeof(WCHAR));
}

HRESULT ftp_cache_look(struct ftp_protocol *ftp)
{
    const struct cache_entry *entry;
    DWORD flags = ftp->protocol.flags;

    if (!(ftp->cache.url = cache_entry_url(ftp->protocol.uri)))
        return E_OUTOFMEMORY;
    strip_user(ftp->cache.url);
    if (!is_public(ftp)
            || (!(flags & BINDF_OFFLINEOPERATION)
                    && (flags
                            & (BINDF_GETNEWESTVERSION | BINDF_PRAGMA_NO_CACHE
                                    | BINDF_RESYNCHRONIZE)))
            || !cache_find(ftp))
        return flags & BINDF_OFFLINEOPERATION ? INET_E_OBJECT_NOT_FOUND : S_FALSE;
    entry = ftp->cache.entry;
    if ((flags & (BINDF_OFFLINEOPERATION | BINDF_FWD_BACK))
            || cache_policy_may_use(entry->headers, entry->expires, entry->modified, entry->synced))
    {
        cache_take(ftp);
        return S_OK;
    }
    return S_FALSE;
}

/* Whether a file of that size becomes an entry. */
static BOOL is_kept(const struct ftp_protocol *ftp, UINT64 total)
{
    DWORD flags = ftp->protocol.flags;

    if ((flags & CACHE_UNWANTED_BY_FLAGS) || !is_public(ftp)
            || total == INET_UNKNOWN_SIZE) /* it could be any part of it */
        return FALSE;
    return (flags & BINDF_NEEDFILE)
            || (total <= CACHE_MAX_UNASKED && (flags & CACHE_WANTED_BY_FLAGS));
}

BOOL ftp_cache_wants_time(const struct ftp_protocol *ftp)
{
    return ftp->cache.entry || is_kept(ftp, 0);
}

BOOL ftp_cache_is_current(struct ftp_protocol *ftp, UINT64 size)
{
    struct ftp_cache *cache = &ftp->cache;

    if (!cache->entry || !is_public(ftp) || !cache->modified
            || cache->modified != cache->entry->modified || size != inet_file_size(cache->file))
        return FALSE;
    if (!(ftp->protocol.flags & BINDF_NOWRITECACHE))
        cache_entry_renew(cache->entry, 0, cache_now());
    return cache_take(ftp);
}

BOOL ftp_cache_stands_in(struct ftp_protocol *ftp, DWORD error)
{
    return (ftp->protocol.flags & BINDF_GETFROMCACHE_IF_NET_FAIL) && is_public(ftp)
            && inet_error_is_unreachable(error) && cache_find(ftp) && cache_take(ftp);
}

void ftp_cache_begin_body(struct ftp_protocol *ftp)
{
    struct inet_file *file = ftp->cache.file;

    ftp->cache.file = NULL;
    inet_protocol_progress(&ftp->protocol, BINDSTATUS_USINGCACHEDCOPY, NULL);
    cache_body_begin(&ftp->protocol, file);
}

HRESULT ftp_cache_make_file(struct ftp_protocol *ftp, UINT64 total)
{
    BOOL kept = is_kept(ftp, total);

    if (ftp->cache.entry)
    {
        /* A locked entry cannot be replaced, and what is not the server's any more goes. */
        cache_entry_free(ftp->cache.entry);
        ftp->cache.entry = NULL;
        inet_file_close(ftp->cache.file);
        ftp->cache.file = NULL;
        if (!kept)
            ftp_cache_forget(ftp);
    }
    return cache_body_make(&ftp->protocol, ftp->cache.url, kept, total);
}

void ftp_cache_commit(struct ftp_protocol *ftp)
{
    FILETIME modified = cache_filetime(ftp->cache.modified), never = {0, 0};
    WCHAR headers[96];

    if (ftp->cache.used)
        return;
    swprintf(headers, ARRAY_SIZE(headers), L"HTTP/1.0 200 OK\r\nContent-Length: %I64u\r\n\r\n",
            inet_file_size(ftp->protocol.file));
    if (FAILED(inet_file_commit(ftp->protocol.file, headers, &modified, &never,
                (ftp->protocol.flags & BINDF_NEEDFILE) != 0)))
        trace("ftp %p: no entry in the cache", (void *)&ftp->protocol);
}

void ftp_cache_forget(struct ftp_protocol *ftp)
{
    if (!DeleteUrlCacheEntryW(ftp->cache.url))
        trace("ftp %p: %ls stays in the cache, error %lu", (void *)&ftp->protocol, ftp->cache.url,
                GetLastError());
}
