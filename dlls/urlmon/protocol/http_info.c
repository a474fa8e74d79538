/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IWinInetInfo and IWinInetHttpInfo: questions that WinINet answers, or its cache. */
#include "http_protocol.h"

#include <string.h>
#include <wchar.h>

#include "cache_text.h"
#include "inet_session.h"

/* An option of a request that is over and closed: its URL, its flags, or what is every request's.
 */
static HRESULT closed_option(struct http_protocol *http, DWORD option, void *data, DWORD *size)
{
    DWORD flags = 0, type = INTERNET_HANDLE_TYPE_HTTP_REQUEST, wanted, room = *size;
    const void *value;

    switch (option)
    {
    case INTERNET_OPTION_URL:
        value = http->url.text;
        wanted = ((DWORD)wcslen(http->url.text) + 1) * sizeof(WCHAR);
        break;
    case INTERNET_OPTION_HANDLE_TYPE: /* not that of the session */
        value = &type;
        wanted = sizeof(type);
        break;
    case INTERNET_OPTION_REQUEST_FLAGS:
        value = &flags;
        wanted = sizeof(flags);
        break;
    default:
        if (InternetQueryOptionW(inet_session_http(), option, data, size))
            return S_OK;
        return GetLastError() == ERROR_INSUFFICIENT_BUFFER
                ? HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER)
                : S_FALSE;
    }
    *size = wanted;
    if (!data || room < wanted)
        return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    memcpy(data, value, wanted);
    return S_OK;
}

/* Wine's WinINet does not expect these where there is no TLS: a proxy has refused the way to the
 * server, say. */
static BOOL is_about_certificate(DWORD option)
{
    return option == INTERNET_OPTION_SECURITY_CERTIFICATE_STRUCT
            || option == INTERNET_OPTION_SECURITY_CERTIFICATE
            || option == INTERNET_OPTION_SERVER_CERT_CHAIN_CONTEXT;
}

/* QueryOption: an INTERNET_OPTION_ of the request. S_OK, S_FALSE (there is no such), E_PENDING: the
 * request has not begun, E_INVALIDARG. Page: IWinInetInfo::QueryOption. */
HRESULT http_query_option(struct inet_protocol *protocol, DWORD option, void *data, DWORD *size)
{
    struct http_protocol *http = http_from_protocol(protocol);
    struct inet_call *call;
    DWORD error;

    if (http->cache.used)
        return cache_http_query_option(http, option, data, size);
    if (!(call = http_request_call(http)))
        return protocol->phase == INET_REQUEST ? E_PENDING : E_FAIL;
    if (is_about_certificate(option) && !inet_call_is_secure(call))
        error = ERROR_INTERNET_INVALID_OPTION;
    else
        error = inet_call_query_option(call, option, data, size);
    inet_call_release(call);
    if (error == ERROR_INTERNET_INCORRECT_HANDLE_STATE)
        return closed_option(http, option, data, size);
    if (!error)
        return S_OK;
    return error == ERROR_INSUFFICIENT_BUFFER ? HRESULT_FROM_WIN32(error) : S_FALSE;
}

/* QueryInfo: a HTTP_QUERY_ of the request, text in bytes (as HttpQueryInfoA). S_OK, S_FALSE: there
 * is no such header, E_PENDING: the answer has not come, E_INVALIDARG. Page:
 * IWinInetHttpInfo::QueryInfo. */
HRESULT http_query_info(struct inet_protocol *protocol, DWORD option, void *data, DWORD *size,
        DWORD *flags, DWORD *reserved)
{
    struct http_protocol *http = http_from_protocol(protocol);
    DWORD error, index = flags ? *flags : 0;
    struct inet_call *call;

    (void)reserved;
    if (http->cache.used)
        return cache_http_query_info(http, option, data, size, flags);
    if (!(call = http_request_call(http)))
        return protocol->phase == INET_REQUEST ? E_PENDING : E_FAIL;
    error = inet_call_query_info(call, option, data, size, &index);
    if (error == ERROR_INTERNET_INCORRECT_HANDLE_STATE && http->raw_headers)
        error = cache_text_query(http->raw_headers, http->sent_headers, option, data, size, &index);
    if (!error && flags)
        *flags = index;
    inet_call_release(call);
    if (!error)
        return S_OK;
    if (error == ERROR_INSUFFICIENT_BUFFER)
        return HRESULT_FROM_WIN32(error);
    return error == ERROR_HTTP_HEADER_NOT_FOUND ? S_FALSE : HRESULT_FROM_WIN32(error);
}
