/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache_entry.h"

#include <shlwapi.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

#include "cache_policy.h"
#include "file_path.h"
#include "inet_file.h"
#include "trace.h"
#include "wstr.h"

#define MAX_ENTRY (4u << 20) /* bytes of what WinINet tells of one */

static const WCHAR plain_headers[] = L"HTTP/1.1 200 OK\r\n\r\n";

static BOOL entry_ask(const WCHAR *url, BOOL lock, INTERNET_CACHE_ENTRY_INFOW *info, DWORD *size)
{
    return lock ? RetrieveUrlCacheEntryFileW(url, info, size, 0)
                : GetUrlCacheEntryInfoW(url, info, size);
}

/* The headers, up to a zero or the end of what is there. */
static WCHAR *entry_headers(const INTERNET_CACHE_ENTRY_INFOW *info, DWORD size)
{
    const BYTE *end = (const BYTE *)info + size;
    const WCHAR *text = (const WCHAR *)info->lpHeaderInfo;
    size_t room, length;
    WCHAR *copy;

    if (!text || !info->dwHeaderInfoSize || (const BYTE *)text < (const BYTE *)info
            || (const BYTE *)text >= end)
        return wstr_dup(plain_headers);
    room = (end - (const BYTE *)text) / sizeof(WCHAR);
    if (room > info->dwHeaderInfoSize)
        room = info->dwHeaderInfoSize;
    length = wcsnlen(text, room);
    if (!length)
        return wstr_dup(plain_headers);
    if (!(copy = malloc((length + 1) * sizeof(WCHAR))))
        return NULL;
    memcpy(copy, text, length * sizeof(WCHAR));
    copy[length] = 0;
    return copy;
}

static struct cache_entry *entry_create(const WCHAR *url, const INTERNET_CACHE_ENTRY_INFOW *info,
        DWORD size)
{
    struct cache_entry *entry = calloc(1, sizeof(*entry));

    if (!entry)
        return NULL;
    entry->url = wstr_dup(url);
    entry->path = wstr_dup(info->lpszLocalFileName ? info->lpszLocalFileName : L"");
    entry->headers = entry_headers(info, size);
    entry->size = (UINT64)info->dwSizeHigh << 32 | info->dwSizeLow;
    entry->expires = cache_time(info->ExpireTime);
    entry->modified = cache_time(info->LastModifiedTime);
    entry->synced = cache_time(info->LastSyncTime);
    entry->type = info->CacheEntryType;
    if (entry->url && entry->path && entry->headers)
        return entry;
    cache_entry_free(entry);
    return NULL;
}

HRESULT cache_entry_find(const WCHAR *url, BOOL lock, struct cache_entry **out)
{
    union
    {
        INTERNET_CACHE_ENTRY_INFOW info;
        BYTE bytes[4096];
    } small;
    INTERNET_CACHE_ENTRY_INFOW *info = &small.info;
    DWORD size = sizeof(small);
    BOOL found;

    *out = NULL;
    found = entry_ask(url, lock, info, &size);
    if (!found && GetLastError() == ERROR_INSUFFICIENT_BUFFER && size <= MAX_ENTRY)
    {
        size += 1024; /* should it have grown meanwhile */
        if (!(info = malloc(size)))
            return E_OUTOFMEMORY;
        found = entry_ask(url, lock, info, &size);
    }
    if (found && !(*out = entry_create(url, info, size)) && lock)
        UnlockUrlCacheEntryFileW(url, 0);
    if (*out)
        (*out)->locked = lock;
    if (info != &small.info)
        free(info);
    if (!found)
        return INET_E_OBJECT_NOT_FOUND;
    return *out ? S_OK : E_OUTOFMEMORY;
}

/* Files go without the cache's knowing, by hand or by a crash. */
static void entry_discard(struct cache_entry *entry)
{
    trace("cache: what was kept of %ls is gone", entry->url);
    if (entry->locked)
        UnlockUrlCacheEntryFileW(entry->url, 0);
    entry->locked = FALSE;
    DeleteUrlCacheEntryW(entry->url);
}

HRESULT cache_entry_open(struct cache_entry *entry, struct inet_file **out)
{
    HRESULT hr = inet_file_open(entry->url, entry->path, entry->size, entry->locked, out);

    if (SUCCEEDED(hr))
        entry->locked = FALSE;
    else if (hr != E_OUTOFMEMORY)
        entry_discard(entry);
    return hr;
}

void cache_entry_renew(struct cache_entry *entry, UINT64 expires, UINT64 now)
{
    INTERNET_CACHE_ENTRY_INFOW info = {.dwStructSize = sizeof(info)};
    DWORD fields = CACHE_ENTRY_SYNCTIME_FC;

    entry->synced = now;
    info.LastSyncTime = cache_filetime(now);
    if (expires)
    {
        entry->expires = expires;
        info.ExpireTime = cache_filetime(expires);
        fields |= CACHE_ENTRY_EXPTIME_FC;
    }
    if (!SetUrlCacheEntryInfoW(entry->url, &info, fields))
        trace("cache: %ls is not renewed, error %lu", entry->url, GetLastError());
}

void cache_entry_free(struct cache_entry *entry)
{
    if (!entry)
        return;
    if (entry->locked)
        UnlockUrlCacheEntryFileW(entry->url, 0);
    free(entry->url);
    free(entry->path);
    free(entry->headers);
    free(entry);
}

WCHAR *cache_entry_url(IUri *uri)
{
    DWORD scheme;
    WCHAR *url;
    BSTR text;

    if (FAILED(IUri_GetScheme(uri, &scheme))
            || (scheme != URL_SCHEME_HTTP && scheme != URL_SCHEME_HTTPS && scheme != URL_SCHEME_FTP)
            || FAILED(IUri_GetAbsoluteUri(uri, &text)))
        return NULL;
    url = wstr_dup(text);
    SysFreeString(text);
    if (url)
        url[wcscspn(url, L"#")] = 0;
    return url;
}

HRESULT cache_entry_of_uri(IUri *uri, struct cache_entry **out)
{
    WCHAR *url = cache_entry_url(uri);
    HRESULT hr;

    *out = NULL;
    if (!url)
        return INET_E_OBJECT_NOT_FOUND;
    hr = cache_entry_find(url, FALSE, out);
    free(url);
    return hr;
}

static BOOL file_last_change(IUri *uri, FILETIME *time)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    WCHAR *path;
    DWORD scheme;
    BOOL known;

    if (FAILED(IUri_GetScheme(uri, &scheme)) || scheme != URL_SCHEME_FILE
            || FAILED(file_path_from_uri(uri, &path)))
        return FALSE;
    known = GetFileAttributesExW(path, GetFileExInfoStandard, &data);
    free(path);
    if (known)
        *time = data.ftLastWriteTime;
    return known;
}

HRESULT cache_entry_last_change(IUri *uri, FILETIME *time)
{
    struct cache_entry *entry;
    UINT64 modified;

    if (file_last_change(uri, time))
        return S_OK;
    if (FAILED(cache_entry_of_uri(uri, &entry)))
        return MK_E_UNAVAILABLE;
    modified = entry->modified;
    cache_entry_free(entry);
    if (!modified)
        return MK_E_UNAVAILABLE;
    *time = cache_filetime(modified);
    return S_OK;
}
