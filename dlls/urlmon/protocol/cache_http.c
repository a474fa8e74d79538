/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache_http.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cache_body.h"
#include "cache_entry.h"
#include "cache_policy.h"
#include "cache_text.h"
#include "http_headers.h"
#include "http_protocol.h"
#include "inet_errors.h"
#include "inet_file.h"
#include "trace.h"
#include "wstr.h"

enum use
{
    USE_NEVER,
    USE_WHEN_GOOD, /* when the server says so */
    USE_WHEN_FRESH,
    USE_ALWAYS,
};

void cache_http_release(struct http_protocol *http)
{
    cache_entry_free(http->cache.entry);
    if (http->cache.file)
        inet_file_close(http->cache.file);
    memset(&http->cache, 0, sizeof(http->cache));
}

/* A request for the whole of something, by nobody in particular and on no further conditions. */
static BOOL is_plain_get(const struct http_protocol *http)
{
    static const WCHAR *const conditions[] = {L"Range", L"If-Match", L"If-None-Match",
            L"If-Modified-Since", L"If-Unmodified-Since", L"If-Range", L"Authorization"};

    if (wcscmp(http->verb, L"GET") || http->body || http->url.user)
        return FALSE;
    for (unsigned int i = 0; http->headers && i < ARRAY_SIZE(conditions); i++)
    {
        if (http_headers_have(http->headers, conditions[i]))
            return FALSE;
    }
    return TRUE;
}

/* What the client wants. The headers that it adds count as much as its flags. */
static enum use cache_use(const struct http_protocol *http)
{
    DWORD flags = http->protocol.flags;

    if (!is_plain_get(http))
        return USE_NEVER;
    if (flags & BINDF_OFFLINEOPERATION)
        return USE_ALWAYS;
    if (flags & (BINDF_GETNEWESTVERSION | BINDF_PRAGMA_NO_CACHE))
        return USE_NEVER;
    if (flags & BINDF_RESYNCHRONIZE)
        return USE_WHEN_GOOD;
    if (http->headers
            && (http_headers_have(http->headers, L"Cache-Control")
                    || http_headers_have(http->headers, L"Pragma")))
        return USE_NEVER;
    return flags & BINDF_FWD_BACK ? USE_ALWAYS : USE_WHEN_FRESH;
}

/* Whether redirects are kept, and followed without asking. */
static BOOL keeps_redirects(const struct http_protocol *http)
{
    return !(http->protocol.flags2 & BINDF2_DISABLE_HTTP_REDIRECT_CACHING);
}

static BOOL is_usable_status(const struct http_protocol *http, DWORD status)
{
    return status == HTTP_STATUS_OK || (http_response_is_redirect(status) && keeps_redirects(http));
}

/* What is kept for the URL, with its file. */
static HRESULT cache_find(struct http_protocol *http)
{
    struct cache_http *cache = &http->cache;
    HRESULT hr;

    hr = cache_entry_find(http->url.text, (http->protocol.flags & BINDF_NEEDFILE) != 0,
            &cache->entry);
    if (FAILED(hr))
        return hr;
    if (!is_usable_status(http, cache_text_status(cache->entry->headers))
            || cache_text_directive(cache->entry->headers, L"no-store", NULL))
        hr = INET_E_OBJECT_NOT_FOUND;
    else
        hr = cache_entry_open(cache->entry, &cache->file);
    if (FAILED(hr))
        cache_http_release(http);
    return hr;
}

/* The entry is the answer. */
static HRESULT cache_take(struct http_protocol *http)
{
    WCHAR *headers = wstr_dup(http->cache.entry->headers);

    if (!headers)
        return E_OUTOFMEMORY;
    http_request_close(&http->protocol);
    if (http->answer)
        inet_call_release(http->answer);
    http->answer = NULL;
    http->error = 0;
    AcquireSRWLockExclusive(&http->protocol.lock);
    free(http->raw_headers);
    http->raw_headers = headers;
    http->status = cache_text_status(headers);
    http->cache.used = TRUE;
    ReleaseSRWLockExclusive(&http->protocol.lock);
    trace("http %p: %ls from the cache", (void *)&http->protocol, http->url.text);
    return S_OK;
}

HRESULT cache_http_look(struct http_protocol *http)
{
    struct cache_http *cache = &http->cache;
    BOOL offline = (http->protocol.flags & BINDF_OFFLINEOPERATION) != 0;
    enum use use = cache_use(http);

    cache_http_release(http);
    if (use == USE_NEVER || FAILED(cache_find(http)))
        return offline ? INET_E_OBJECT_NOT_FOUND : S_FALSE;
    if (use == USE_ALWAYS
            || (use == USE_WHEN_FRESH
                    && cache_policy_may_use(cache->entry->headers, cache->entry->expires,
                            cache->entry->modified, cache->entry->synced)))
        return cache_take(http);
    if (!cache_policy_has_validator(cache->entry->headers))
        cache_http_release(http);
    return S_FALSE;
}

static HRESULT add_validator(struct http_protocol *http, WCHAR **headers, const WCHAR *from,
        const WCHAR *to)
{
    WCHAR *text = cache_text_header(http->cache.entry->headers, from, 0);
    HRESULT hr = S_OK;

    /* The file of the entries could be anybody's. */
    if (text && *text && http_value_is_safe(text))
        hr = http_headers_add(headers, to, text);
    free(text);
    return hr;
}

HRESULT cache_http_headers(struct http_protocol *http, WCHAR **headers)
{
    HRESULT hr;

    if (!http->cache.entry || http->cache.used)
        return S_OK;
    hr = add_validator(http, headers, L"ETag", L"If-None-Match");
    if (SUCCEEDED(hr))
        hr = add_validator(http, headers, L"Last-Modified", L"If-Modified-Since");
    return hr;
}

/* What the server says now counts, and what it has said then where it says nothing. */
static void cache_renew(struct http_protocol *http)
{
    UINT64 now = cache_now(), expires = 0;

    if (http->protocol.flags & BINDF_NOWRITECACHE)
        return;
    if (http->raw_headers)
        expires = cache_policy_expires(http->raw_headers, now);
    if (!expires)
        expires = cache_policy_expires(http->cache.entry->headers, now);
    cache_entry_renew(http->cache.entry, expires, now);
}

BOOL cache_http_not_modified(struct http_protocol *http)
{
    if (http->status != HTTP_STATUS_NOT_MODIFIED || !http->cache.entry || http->cache.used)
        return FALSE;
    cache_renew(http);
    return SUCCEEDED(cache_take(http));
}

BOOL cache_http_stands_in(struct http_protocol *http, DWORD error)
{
    if (!(http->protocol.flags & BINDF_GETFROMCACHE_IF_NET_FAIL) || !is_plain_get(http)
            || !inet_error_is_unreachable(error))
        return FALSE;
    if (!http->cache.entry && FAILED(cache_find(http)))
        return FALSE;
    return SUCCEEDED(cache_take(http));
}

void cache_http_begin_body(struct http_protocol *http)
{
    struct inet_file *file = http->cache.file;

    http->cache.file = NULL;
    cache_body_begin(&http->protocol, file);
}

/* Internet Options: "Do not save encrypted pages to disk". */
static BOOL secrets_are_kept_off(void)
{
    DWORD off = 0, size = sizeof(off);

    return !RegGetValueW(HKEY_CURRENT_USER,
                   L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings",
                   L"DisableCachingOfSSLPages", RRF_RT_REG_DWORD, NULL, &off, &size)
            && off;
}

/* Whether an answer of the server's may become an entry. */
static BOOL may_keep(const struct http_protocol *http)
{
    return !(http->protocol.flags & CACHE_UNWANTED_BY_FLAGS) && http->raw_headers
            && is_plain_get(http) && !http->user && cache_policy_may_store(http->raw_headers)
            && (!http->url.secure || (!http->security_flags && !secrets_are_kept_off()));
}

/* Whether the answer becomes an entry. */
static BOOL is_kept(const struct http_protocol *http, UINT64 total)
{
    DWORD flags = http->protocol.flags;

    if (http->status != HTTP_STATUS_OK)
        return FALSE;
    if (!(flags & BINDF_NEEDFILE))
    {
        if (total > CACHE_MAX_UNASKED) /* or not known: it could be any part of it */
            return FALSE;
        if (!cache_policy_has_lifetime(http->raw_headers, cache_now())
                && (!(flags & CACHE_WANTED_BY_FLAGS)
                        || !cache_policy_has_validator(http->raw_headers)))
            return FALSE;
    }
    return may_keep(http);
}

HRESULT cache_http_make_file(struct http_protocol *http, UINT64 total)
{
    struct inet_protocol *protocol = &http->protocol;
    BOOL kept = is_kept(http, total);
    BOOL outdated = http->cache.entry != NULL
            || (wcscmp(http->verb, L"GET") && wcscmp(http->verb, L"HEAD") && http->status < 400);

    cache_http_release(http); /* a locked entry cannot be replaced */
    if (outdated && !kept && http->status < 400 && !DeleteUrlCacheEntryW(http->url.text))
        trace("http %p: %ls stays in the cache, error %lu", (void *)protocol, http->url.text,
                GetLastError());
    return cache_body_make(protocol, http->url.text, kept, total);
}

/* What is kept of the headers: nothing that was for this one answer or this one connection, and no
 * secrets. */
static WCHAR *kept_headers(const struct http_protocol *http, struct inet_file *file)
{
    static const WCHAR *const dropped[] = {L"Set-Cookie", L"Set-Cookie2", L"Transfer-Encoding",
            L"Connection", L"Keep-Alive", L"Proxy-Connection", L"Trailer", L"Upgrade"};
    WCHAR *headers = wstr_dup(http->raw_headers), *length;
    UINT64 told;

    if (!headers)
        return NULL;
    for (unsigned int i = 0; i < ARRAY_SIZE(dropped); i++)
        http_headers_remove(headers, dropped[i]);
    /* The length of an encoded body is not that of the file. */
    length = cache_text_header(headers, L"Content-Length", 0);
    if (length && (!http_parse_length(length, &told) || told != inet_file_size(file)))
        http_headers_remove(headers, L"Content-Length");
    free(length);
    return headers;
}

/* Makes the file an entry. */
static void commit(struct http_protocol *http, struct inet_file *file, BOOL lock)
{
    WCHAR *headers = kept_headers(http, file);
    FILETIME modified = {0, 0}, expires;

    if (!headers)
        return;
    cache_text_time(headers, L"Last-Modified", &modified);
    expires = cache_filetime(cache_policy_expires(headers, cache_now()));
    if (FAILED(inet_file_commit(file, headers, &modified, &expires, lock)))
        trace("http %p: no entry in the cache", (void *)&http->protocol);
    free(headers);
}

void cache_http_commit(struct http_protocol *http)
{
    if (!http->cache.used && http->raw_headers)
        commit(http, http->protocol.file, (http->protocol.flags & BINDF_NEEDFILE) != 0);
}

void cache_http_keep_redirect(struct http_protocol *http)
{
    BOOL outdated = http->cache.entry != NULL;
    struct inet_file *file;

    if (http->cache.used)
        return;
    cache_http_release(http); /* a locked entry cannot be replaced */
    if (keeps_redirects(http) && may_keep(http)
            && cache_policy_has_lifetime(http->raw_headers, cache_now())
            && SUCCEEDED(inet_file_create(http->url.text, TRUE, L"", 0, &file)))
    {
        commit(http, file, FALSE);
        inet_file_close(file);
    }
    else if (outdated)
        DeleteUrlCacheEntryW(http->url.text);
}

/* Questions */

static HRESULT give_option(const void *value, DWORD wanted, void *data, DWORD *size)
{
    DWORD room = *size;

    *size = wanted;
    if (!data || room < wanted)
        return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    memcpy(data, value, wanted);
    return S_OK;
}

static HRESULT give_text(const WCHAR *text, void *data, DWORD *size)
{
    return give_option(text, ((DWORD)wcslen(text) + 1) * sizeof(WCHAR), data, size);
}

HRESULT cache_http_query_option(struct http_protocol *http, DWORD option, void *data, DWORD *size)
{
    const struct cache_entry *entry = http->cache.entry;
    INTERNET_CACHE_TIMESTAMPS times;
    DWORD flags = INTERNET_REQFLAG_FROM_CACHE;

    switch (option)
    {
    case INTERNET_OPTION_REQUEST_FLAGS:
        return give_option(&flags, sizeof(flags), data, size);
    case INTERNET_OPTION_CACHE_TIMESTAMPS:
        times.ftExpires = cache_filetime(entry->expires);
        times.ftLastModified = cache_filetime(entry->modified);
        return give_option(&times, sizeof(times), data, size);
    case INTERNET_OPTION_URL:
        return give_text(entry->url, data, size);
    case INTERNET_OPTION_DATAFILE_NAME:
        return give_text(entry->path, data, size);
    default:
        return S_FALSE;
    }
}

HRESULT cache_http_query_info(struct http_protocol *http, DWORD query, void *data, DWORD *size,
        DWORD *index)
{
    DWORD error = cache_text_query(http->raw_headers, http->headers ? http->headers : L"", query,
            data, size, index);

    if (!error)
        return S_OK;
    return error == ERROR_HTTP_HEADER_NOT_FOUND ? S_FALSE : HRESULT_FROM_WIN32(error);
}
