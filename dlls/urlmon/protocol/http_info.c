/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IWinInetInfo and IWinInetHttpInfo: questions that WinINet answers, or its cache. */
#include "http_protocol.h"

#include "cache_text.h"

/* QueryOption: an INTERNET_OPTION_ of the request. S_OK, S_FALSE (there is no such), E_PENDING: the
 * request has not begun, E_INVALIDARG. Page: IWinInetInfo::QueryOption. */
HRESULT http_query_option(struct inet_protocol *protocol, DWORD option, void *data, DWORD *size)
{
    struct http_protocol *http = http_from_protocol(protocol);
    struct inet_call *call;
    DWORD error = 0;

    if (http->cache.used)
        return cache_http_query_option(http, option, data, size);
    if (!(call = http_request_call(http)))
        return protocol->phase == INET_REQUEST ? E_PENDING : E_FAIL;
    if (!InternetQueryOptionW(call->request, option, data, size))
        error = GetLastError();
    inet_call_release(call);
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
    DWORD error = 0, index = flags ? *flags : 0;
    struct inet_call *call;

    (void)reserved;
    if (http->cache.used)
        return cache_http_query_info(http, option, data, size, flags);
    if (!(call = http_request_call(http)))
        return protocol->phase == INET_REQUEST ? E_PENDING : E_FAIL;
    if (!call->request && http->raw_headers) /* closed, to prove the end of a body */
        error = cache_text_query(http->raw_headers, http->sent_headers, option, data, size, &index);
    else if (!HttpQueryInfoA(call->request, option, data, size, &index))
        error = GetLastError();
    if (!error && flags)
        *flags = index;
    inet_call_release(call);
    if (!error)
        return S_OK;
    if (error == ERROR_INSUFFICIENT_BUFFER)
        return HRESULT_FROM_WIN32(error);
    return error == ERROR_HTTP_HEADER_NOT_FOUND ? S_FALSE : HRESULT_FROM_WIN32(error);
}
