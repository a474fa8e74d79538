/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One HTTP request until its final response: authentication, redirects, and connections that the
 * server closed between two files.
 */
#include "transfer_private.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

#include "wstr.h"

static BOOL is_token(WCHAR c)
{
    return c > 0x20 && c < 0x7f && !wcschr(L"()<>@,;:\\\"/[]?={}", c);
}

BOOL transfer_check_headers(const WCHAR *headers)
{
    const WCHAR *at = headers;

    while (*at)
    {
        const WCHAR *name = at;

        while (is_token(*at))
            at++;
        if (at == name || *at != ':')
            return FALSE;
        for (; *at && *at != '\r' && *at != '\n'; at++)
        {
            if ((*at < 0x20 && *at != '\t') || *at == 0x7f)
                return FALSE;
        }
        if (!*at)
            return TRUE;
        if (at[0] == '\r' && at[1] != '\n')
            return FALSE;
        at += at[0] == '\r' ? 2 : 1;
    }
    return TRUE;
}

static BOOL name_in(const WCHAR *line, size_t length, const WCHAR *const *names, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
    {
        if (wcslen(names[i]) == length && !_wcsnicmp(line, names[i], length))
            return TRUE;
    }
    return FALSE;
}

/* Appends the job's own headers, but not those that are the engine's business, nor secrets for
 * another server than the job's. */
static void append_custom_headers(WCHAR *to, const WCHAR *headers, BOOL own_server)
{
    static const WCHAR *const ours[] = {L"Range", L"If-Range", L"Host", L"Connection",
            L"Content-Length", L"Transfer-Encoding", L"Accept-Encoding"};
    static const WCHAR *const secret[] = {L"Authorization", L"Cookie", L"Proxy-Authorization"};

    while (*headers)
    {
        size_t name = wcscspn(headers, L":"), length = wcscspn(headers, L"\r\n");

        if (!name_in(headers, name, ours, ARRAY_SIZE(ours))
                && (own_server || !name_in(headers, name, secret, ARRAY_SIZE(secret))))
        {
            wcsncat(to, headers, length);
            wcscat(to, L"\r\n");
        }
        headers += length;
        headers += wcsspn(headers, L"\r\n");
    }
}

static HRESULT build_headers(const struct http_exchange *exchange, const WCHAR *range,
        const WCHAR *condition, const WCHAR *authorization, WCHAR **out)
{
    const WCHAR *custom = exchange->request->custom_headers;
    WCHAR *headers;
    size_t size = 128 + wcslen(authorization);

    if (range)
        size += wcslen(range);
    if (condition)
        size += wcslen(condition);
    if (custom)
        size += 2 * wcslen(custom);
    if (!(headers = malloc(size * sizeof(WCHAR))))
        return E_OUTOFMEMORY;
    wcscpy(headers, L"Accept-Encoding: identity\r\n");
    if (range)
    {
        wcscat(headers, L"Range: bytes=");
        wcscat(headers, range);
        wcscat(headers, L"\r\n");
        if (condition)
        {
            wcscat(headers, L"If-Range: ");
            wcscat(headers, condition);
            wcscat(headers, L"\r\n");
        }
    }
    wcscat(headers, authorization);
    if (custom)
        append_custom_headers(headers, custom, url_same_origin(&exchange->origin, exchange->url));
    *out = headers;
    return S_OK;
}

static BOOL is_redirect(unsigned int status)
{
    return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

/* Microsoft's page: IBackgroundCopyJobHttpOptions::SetSecurityFlags. */
static HRESULT follow_redirect(struct http_exchange *exchange, const struct http_response *response,
        unsigned int *hops, struct transfer_error *error)
{
    const struct transfer_request *request = exchange->request;
    ULONG policy = request->security_flags & BG_HTTP_REDIRECT_POLICY_MASK;
    struct url target;
    WCHAR *text;
    HRESULT hr;

    if (!response->location || !response->location[0])
        return http_fail_response(error);
    if (++*hops > TRANSFER_MAX_REDIRECTS)
        return http_fail_internet(error, ERROR_HTTP_REDIRECT_FAILED);
    if (FAILED(hr = url_resolve(exchange->url, response->location, &target)))
    {
        if (hr == E_OUTOFMEMORY)
            return transfer_fail(error, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, hr, TRUE);
        return http_fail_internet(error, ERROR_HTTP_REDIRECT_FAILED);
    }
    if (policy == BG_HTTP_REDIRECT_POLICY_DISALLOW)
    {
        if (request->redirected && (text = url_format(&target)))
        {
            hr = request->redirected(request->context, text);
            free(text);
            if (hr != S_OK)
            {
                url_free(&target);
                return hr;
            }
        }
        url_free(&target);
        return http_fail_status(error, response->status, 0);
    }
    if (exchange->url->scheme == URL_HTTPS && target.scheme == URL_HTTP
            && !(request->security_flags & BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP))
    {
        url_free(&target);
        return http_fail_internet(error, ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR);
    }
    url_free(exchange->url);
    *exchange->url = target;
    exchange->redirected = TRUE;
    return S_OK;
}

/* No answer on a connection that was kept from before: the server may have closed that. */
static BOOL is_stale_connection(const struct http_connection *connection, DWORD code)
{
    switch (code)
    {
    case ERROR_INTERNET_CONNECTION_ABORTED:
    case ERROR_INTERNET_CONNECTION_RESET:
    case ERROR_HTTP_INVALID_SERVER_RESPONSE:
    case WSAECONNRESET:
    case WSAECONNABORTED:
        return connection->reused;
    default:
        return FALSE;
    }
}

void http_secret_free(WCHAR *text)
{
    if (text)
        SecureZeroMemory(text, wcslen(text) * sizeof(WCHAR));
    free(text);
}

HRESULT http_exchange_prepare(const struct http_exchange *exchange, const WCHAR *range,
        const WCHAR *condition, struct http_send *send, WCHAR **headers, WCHAR **authorization)
{
    const struct transfer_request *request = exchange->request;
    HRESULT hr;

    memset(send, 0, sizeof(*send));
    *headers = *authorization = NULL;
    send->url = exchange->url;
    send->on_its_way = exchange->on_its_way;
    send->context = exchange->context;
    send->security_flags = request->security_flags;
    send->stall = request->stall_timeout ? request->stall_timeout : TRANSFER_DEFAULT_STALL_TIMEOUT;
    hr = http_auth_apply(&exchange->transfer->auth, request, exchange->url,
            url_same_origin(&exchange->origin, exchange->url), send, authorization);
    if (SUCCEEDED(hr))
        hr = build_headers(exchange, range, condition, *authorization, headers);
    send->headers = *headers;
    return hr;
}

/* Sends once, and reads the headers. S_FALSE: worth a second try, on a new connection. */
static HRESULT exchange_try(struct http_exchange *exchange, const WCHAR *range,
        const WCHAR *condition, struct http_response *response, struct transfer_error *error)
{
    struct http_connection *connection = &exchange->transfer->connection;
    const struct transfer_request *request = exchange->request;
    struct http_send send;
    WCHAR *headers, *authorization;
    DWORD code = 0;
    HRESULT hr;

    hr = http_exchange_prepare(exchange, range, condition, &send, &headers, &authorization);
    if (SUCCEEDED(hr))
    {
        if (http_ahead_take(exchange->transfer, request, &send))
            hr = http_send_end(connection, &send, &code);
        else
            hr = http_send(connection, request, &send, &code);
    }
    http_secret_free(headers);
    http_secret_free(authorization);
    headers = NULL;
    if (SUCCEEDED(hr) && SUCCEEDED(hr = http_headers(connection, &headers, &code)))
    {
        if (FAILED(hr = http_response_parse(response, headers)))
        {
            http_response_free(response);
            code = hr == BG_E_INVALID_SERVER_RESPONSE ? 0 : ERROR_HTTP_INVALID_SERVER_RESPONSE;
        }
    }
    if (SUCCEEDED(hr) || hr == E_ABORT)
        return hr;
    if (hr == BG_E_INVALID_SERVER_RESPONSE || hr == BG_E_MESSAGE_LENGTH_LIMIT_EXCEEDED)
        return transfer_fail(error, BG_ERROR_CONTEXT_REMOTE_FILE, hr, FALSE);
    if (is_stale_connection(connection, code))
        return S_FALSE;
    if (hr == E_OUTOFMEMORY)
        return transfer_fail(error, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, hr, TRUE);
    return http_fail_internet(error, code);
}

HRESULT http_exchange_get(struct http_exchange *exchange, const WCHAR *range,
        const WCHAR *condition, struct http_response *response, struct transfer_error *error)
{
    struct http_connection *connection = &exchange->transfer->connection;
    const struct transfer_request *request = exchange->request;
    unsigned int hops = 0, answers = 0;
    BOOL retried = FALSE;
    WCHAR *text;
    HRESULT hr;

    for (;;)
    {
        memset(response, 0, sizeof(*response));
        hr = exchange_try(exchange, range, condition, response, error);
        if (hr == S_FALSE && !retried)
        {
            retried = TRUE;
            http_connection_drop(connection);
            continue;
        }
        if (hr == S_FALSE)
            return http_fail_internet(error, ERROR_INTERNET_CONNECTION_ABORTED);
        if (FAILED(hr))
            break;
        if (is_redirect(response->status))
        {
            http_finish(connection);
            hr = follow_redirect(exchange, response, &hops, error);
            http_response_free(response);
            if (FAILED(hr))
                break;
            continue;
        }
        if ((response->status == 401 || response->status == 407) && answers < 4
                && http_auth_answer(&exchange->transfer->auth, request, exchange->url,
                        url_same_origin(&exchange->origin, exchange->url), response->status,
                        response->headers))
        {
            answers++;
            http_finish(connection);
            http_response_free(response);
            continue;
        }
        if (response->status != 401 && response->status != 407)
            http_auth_accepted(&exchange->transfer->auth);
        break;
    }
    if (FAILED(hr))
    {
        http_finish(connection);
        return hr;
    }
    if (exchange->redirected && request->redirected && response->status / 100 == 2
            && (request->security_flags & BG_HTTP_REDIRECT_POLICY_MASK)
                    == BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT)
    {
        exchange->redirected = FALSE;
        if ((text = url_format(exchange->url)))
        {
            hr = request->redirected(request->context, text);
            free(text);
            if (hr != S_OK)
            {
                http_finish(connection);
                http_response_free(response);
            }
        }
    }
    return hr;
}
