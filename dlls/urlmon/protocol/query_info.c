/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known about a URL without binding to it. */
#include "not_implemented.h"
#include "session.h"

#include <string.h>

#include <shlwapi.h>
#include <urlmon.h>
#include <wininet.h>

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

static BOOL url_is_cached(const WCHAR *url)
{
    DWORD size = 0;

    return !GetUrlCacheEntryInfoW(url, NULL, &size) && GetLastError() == ERROR_INSUFFICIENT_BUFFER;
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
    case QUERY_IS_CACHED_AND_USABLE_OFFLINE:
        *answer = is_web && url_is_cached(url);
        return S_OK;
    case QUERY_IS_CACHED_OR_MAPPED:
        *answer = scheme == URL_SCHEME_FILE || (is_web && url_is_cached(url));
        return S_OK;
    case QUERY_RECOMBINE:
    case QUERY_IS_INSTALLEDENTRY:
        *answer = FALSE;
        return S_OK;
    default:
        return E_NOTIMPL;
    }
}

/* CoInternetQueryInfo: asks the protocol of the URL (IInternetProtocolInfo::QueryInfo); for those
 * that leave it to the system, the options with a BOOL are answered here. S_FALSE: the buffer is
 * too small, *needed says what it wants. E_NOTIMPL: nobody knows. Page "CoInternetQueryInfo
 * function" (platform-apis/aa767794). */
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
    if (FAILED(hr))
        return hr;
    *needed = sizeof(answer);
    if (!buffer || size < sizeof(answer))
        return S_FALSE;
    memcpy(buffer, &answer, sizeof(answer));
    return S_OK;
}
