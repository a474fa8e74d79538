/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known about a URL without binding to it. */
#include "cache_entry.h"
#include "cache_policy.h"
#include "cache_text.h"
#include "not_implemented.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <shlwapi.h>
#include <urlmon.h>
#include <wininet.h>

#ifndef INSTALLED_CACHE_ENTRY
#define INSTALLED_CACHE_ENTRY 0x10000000
#endif

/* CoInternetGetProtocolFlags is exported and documented as not implemented (page "Asynchronous
 * Pluggable Protocol Reference"). */
HRESULT WINAPI CoInternetGetProtocolFlags(LPCWSTR url, DWORD *flags, DWORD reserved)
{
    (void)url;
    (void)flags;
    (void)reserved;
    return NOT_IMPLEMENTED();
}

static DWORD url_scheme_number(const WCHAR *url)
{
    DWORD scheme = URL_SCHEME_INVALID;
    IUri *uri;

    if (FAILED(CreateUri(url, Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME, 0, &uri)))
        return scheme;
    IUri_GetScheme(uri, &scheme);
    IUri_Release(uri);
    return scheme;
}

/* What is kept of a URL in the cache; NULL: nothing. */
static struct cache_entry *url_entry(const WCHAR *url)
{
    struct cache_entry *entry = NULL;
    IUri *uri;

    if (SUCCEEDED(CreateUri(url, 0, 0, &uri)))
    {
        cache_entry_of_uri(uri, &entry);
        IUri_Release(uri);
    }
    return entry;
}

static BOOL url_is_cached(const WCHAR *url)
{
    struct cache_entry *entry = url_entry(url);

    cache_entry_free(entry);
    return entry != NULL;
}

/* A cached copy is usable offline when its file is there. */
static BOOL url_is_usable(const WCHAR *url)
{
    struct cache_entry *entry = url_entry(url);
    WIN32_FILE_ATTRIBUTE_DATA data;
    BOOL usable = entry && GetFileAttributesExW(entry->path, GetFileExInfoStandard, &data)
            && ((UINT64)data.nFileSizeHigh << 32 | data.nFileSizeLow) == entry->size;

    cache_entry_free(entry);
    return usable;
}

static BOOL url_is_installed(const WCHAR *url)
{
    struct cache_entry *entry = url_entry(url);
    BOOL installed = entry && (entry->type & INSTALLED_CACHE_ENTRY);

    cache_entry_free(entry);
    return installed;
}

/* The answer for protocols that have none of their own. */
static HRESULT query_default(const WCHAR *url, QUERYOPTION option, BOOL *answer)
{
    DWORD scheme = url_scheme_number(url);
    BOOL is_web =
            scheme == URL_SCHEME_HTTP || scheme == URL_SCHEME_HTTPS || scheme == URL_SCHEME_FTP;

    switch (option)
    {
    case QUERY_USES_NETWORK:
    case QUERY_USES_CACHE:
        *answer = is_web;
        return S_OK;
    case QUERY_IS_SECURE:
        *answer = scheme == URL_SCHEME_HTTPS;
        return S_OK;
    case QUERY_CAN_NAVIGATE:
    case QUERY_USES_HISTORYFOLDER:
        *answer = is_web || scheme == URL_SCHEME_FILE;
        return S_OK;
    case QUERY_IS_CACHED:
        *answer = is_web && url_is_cached(url);
        return S_OK;
    case QUERY_IS_CACHED_AND_USABLE_OFFLINE:
        *answer = is_web && url_is_usable(url);
        return S_OK;
    case QUERY_IS_CACHED_OR_MAPPED:
        *answer = scheme == URL_SCHEME_FILE || (is_web && url_is_cached(url));
        return S_OK;
    case QUERY_IS_INSTALLEDENTRY:
        *answer = is_web && url_is_installed(url);
        return S_OK;
    case QUERY_RECOMBINE:
        *answer = FALSE;
        return S_OK;
    default:
        return E_NOTIMPL;
    }
}

static HRESULT give(const void *answer, DWORD answer_size, void *buffer, DWORD size, DWORD *needed)
{
    *needed = answer_size;
    if (!buffer || size < answer_size)
        return S_FALSE;
    memcpy(buffer, answer, answer_size);
    return S_OK;
}

/* The time as a SYSTEMTIME, as page "QUERYOPTION enumeration" has it. */
static HRESULT give_time(UINT64 time, void *buffer, DWORD size, DWORD *needed)
{
    FILETIME filetime = cache_filetime(time);
    SYSTEMTIME answer;

    if (!time || !FileTimeToSystemTime(&filetime, &answer))
        return E_FAIL;
    return give(&answer, sizeof(answer), buffer, size, needed);
}

static HRESULT give_header(const WCHAR *headers, const WCHAR *name, void *buffer, DWORD size,
        DWORD *needed)
{
    WCHAR *text = cache_text_header(headers, name, 0);
    HRESULT hr = E_FAIL;

    if (text)
        hr = give(text, ((DWORD)wcslen(text) + 1) * sizeof(WCHAR), buffer, size, needed);
    free(text);
    return hr;
}

/* The options with another answer than a BOOL, from what is kept. E_NOTIMPL: nobody knows, for it
 * is not kept; E_FAIL: it is, but that is not known. */
static HRESULT query_entry(const WCHAR *url, QUERYOPTION option, void *buffer, DWORD size,
        DWORD *needed)
{
    struct cache_entry *entry;
    HRESULT hr;

    if (option < QUERY_EXPIRATION_DATE || option > QUERY_CONTENT_TYPE || !(entry = url_entry(url)))
        return E_NOTIMPL;
    if (option == QUERY_EXPIRATION_DATE)
        hr = give_time(entry->expires, buffer, size, needed);
    else if (option == QUERY_TIME_OF_LAST_CHANGE)
        hr = give_time(entry->modified, buffer, size, needed);
    else
        hr = give_header(entry->headers,
                option == QUERY_CONTENT_TYPE ? L"Content-Type" : L"Content-Encoding", buffer, size,
                needed);
    cache_entry_free(entry);
    return hr;
}

/* CoInternetQueryInfo: asks the protocol of the URL (IInternetProtocolInfo::QueryInfo); for those
 * that leave it to the system, the options with a BOOL are answered here, and from the cache those
 * about dates (SYSTEMTIME, UTC) and the content's type and encoding (text). S_FALSE: the buffer is
 * too small, *needed says what it wants. E_NOTIMPL: nobody knows; E_FAIL: the cached copy does not
 * say. Page "CoInternetQueryInfo function" (platform-apis/aa767794), "QUERYOPTION enumeration". */
HRESULT WINAPI CoInternetQueryInfo(LPCWSTR url, QUERYOPTION option, DWORD flags, LPVOID buffer,
        DWORD size, DWORD *needed, DWORD reserved)
{
    IInternetProtocolInfo *info;
    DWORD ignored;
    BOOL answer = FALSE;
    HRESULT hr;

    if (!url || (!buffer && size))
        return E_INVALIDARG;
    if (!needed)
        needed = &ignored;
    if (session_protocol_info(url, &info) == S_OK)
    {
        hr = IInternetProtocolInfo_QueryInfo(info, url, option, flags, buffer, size, needed,
                reserved);
        IInternetProtocolInfo_Release(info);
        if (hr != INET_E_DEFAULT_ACTION && hr != E_NOTIMPL && hr != INET_E_QUERYOPTION_UNKNOWN)
            return hr;
    }
    hr = query_default(url, option, &answer);
    if (SUCCEEDED(hr))
        return give(&answer, sizeof(answer), buffer, size, needed);
    return query_entry(url, option, buffer, size, needed);
}
