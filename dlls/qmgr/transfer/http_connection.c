/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * WinINet, used asynchronously: a transfer never blocks inside it, so that an abort takes effect at
 * once. An operation that is given up ends in its own time, on WinINet's thread; the http_call it
 * writes to lives until its request handle says that it is closing.
 */
#include "transfer_private.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

#include "wstr.h"

struct http_call
{
    LONG references; /* the connection's, and one for each request handle */
    struct transfer_signal *signal;
    HINTERNET request;
    LONG complete; /* the pending operation has ended, with: */
    BOOL result;
    DWORD error;
    LONG closing; /* the network connection was closed */
    BOOL pending;
    INTERNET_BUFFERSW input; /* of the pending read */
    DWORD asked;             /* its size */
    BYTE *buffer;
    DWORD buffer_size;
};

static void call_release(struct http_call *call)
{
    if (InterlockedDecrement(&call->references))
        return;
    signal_release(call->signal);
    free(call->buffer);
    free(call);
}

static void CALLBACK call_status(HINTERNET handle, DWORD_PTR context, DWORD status, void *info,
        DWORD size)
{
    struct http_call *call = (struct http_call *)context;

    if (!call)
        return;
    switch (status)
    {
    case INTERNET_STATUS_REQUEST_COMPLETE:
        if (handle != call->request || size < sizeof(INTERNET_ASYNC_RESULT))
            break;
        call->result = ((INTERNET_ASYNC_RESULT *)info)->dwResult != 0;
        call->error = ((INTERNET_ASYNC_RESULT *)info)->dwError;
        InterlockedExchange(&call->complete, TRUE);
        signal_raise(call->signal);
        break;
    case INTERNET_STATUS_CLOSING_CONNECTION:
        if (handle == call->request)
            InterlockedExchange(&call->closing, TRUE);
        break;
    case INTERNET_STATUS_HANDLE_CLOSING:
        call_release(call);
        break;
    default:
        break;
    }
}

static struct http_call *call_create(struct transfer_signal *signal)
{
    struct http_call *call = calloc(1, sizeof(*call));

    if (!call)
        return NULL;
    call->references = 1;
    call->signal = signal;
    signal_addref(signal);
    return call;
}

/* S_OK: complete. S_FALSE: not within `timeout` ms. E_ABORT. */
static HRESULT call_wait(struct http_call *call, DWORD timeout)
{
    UINT64 end = timeout == INFINITE ? ~(UINT64)0 : GetTickCount64() + timeout, now;

    for (;;)
    {
        LONG value = load_acquire(&call->signal->value);

        if (load_acquire(&call->signal->aborted))
            return E_ABORT;
        if (load_acquire(&call->complete))
            return S_OK;
        if (timeout == INFINITE)
        {
            WaitOnAddress(&call->signal->value, &value, sizeof(value), INFINITE);
            continue;
        }
        if ((now = GetTickCount64()) >= end)
            return S_FALSE;
        WaitOnAddress(&call->signal->value, &value, sizeof(value), (DWORD)(end - now));
    }
}

void http_connection_init(struct http_connection *connection, struct transfer_signal *signal)
{
    memset(connection, 0, sizeof(*connection));
    connection->signal = signal;
}

/* Ends the current request, also in the middle of an operation, which then keeps the call. */
static void connection_drop_request(struct http_connection *connection)
{
    struct http_call *call = connection->call;

    if (!call || !call->request)
        return;
    if (call->pending)
    {
        HINTERNET request = call->request;

        connection->call = NULL;
        InternetCloseHandle(request);
        call_release(call);
        return;
    }
    InternetCloseHandle(call->request);
    call->request = NULL;
}

static void connection_drop_connect(struct http_connection *connection)
{
    connection_drop_request(connection);
    if (connection->connect)
        InternetCloseHandle(connection->connect);
    connection->connect = NULL;
    url_free(&connection->origin);
    connection->reused = FALSE;
}

void http_connection_drop(struct http_connection *connection)
{
    connection_drop_connect(connection);
}

void http_connection_close(struct http_connection *connection)
{
    connection_drop_connect(connection);
    if (connection->session)
        InternetCloseHandle(connection->session);
    connection->session = NULL;
    if (connection->call)
        call_release(connection->call);
    connection->call = NULL;
    free(connection->proxy_list);
    free(connection->proxy_bypass);
    free(connection->user_agent);
    connection->proxy_list = connection->proxy_bypass = connection->user_agent = NULL;
}

static BOOL same_text(const WCHAR *a, const WCHAR *b)
{
    return (!a && !b) || (a && b && !wcscmp(a, b));
}

static HRESULT connection_open_session(struct http_connection *connection,
        const struct transfer_request *request, DWORD *code)
{
    const WCHAR *agent = request->user_agent ? request->user_agent : L"Microsoft BITS/7.8";
    const WCHAR *proxy = NULL, *bypass = NULL;
    DWORD access;

    if (connection->session && connection->proxy_usage == request->proxy_usage
            && same_text(connection->proxy_list, request->proxy_list)
            && same_text(connection->proxy_bypass, request->proxy_bypass)
            && same_text(connection->user_agent, agent))
        return S_OK;
    http_connection_close(connection);
    switch (request->proxy_usage)
    {
    case BG_JOB_PROXY_USAGE_NO_PROXY:
        access = INTERNET_OPEN_TYPE_DIRECT;
        break;
    case BG_JOB_PROXY_USAGE_OVERRIDE:
        access = INTERNET_OPEN_TYPE_PROXY;
        proxy = request->proxy_list;
        bypass = request->proxy_bypass;
        break;
    default: /* PRECONFIG; AUTODETECT finds what WinINet is configured to find */
        access = INTERNET_OPEN_TYPE_PRECONFIG;
        break;
    }
    connection->proxy_usage = request->proxy_usage;
    if (FAILED(wstr_replace(&connection->proxy_list, request->proxy_list))
            || FAILED(wstr_replace(&connection->proxy_bypass, request->proxy_bypass))
            || FAILED(wstr_replace(&connection->user_agent, agent)))
        return E_OUTOFMEMORY;
    connection->session = InternetOpenW(agent, access, proxy, bypass, INTERNET_FLAG_ASYNC);
    if (!connection->session)
    {
        *code = GetLastError();
        return E_FAIL;
    }
    InternetSetStatusCallbackW(connection->session, call_status);
    return S_OK;
}

static HRESULT connection_open_server(struct http_connection *connection, const struct url *url,
        DWORD *code)
{
    connection_drop_request(connection);
    if (connection->connect && url_same_origin(&connection->origin, url))
    {
        connection->reused = TRUE;
        return S_OK;
    }
    connection_drop_connect(connection);
    connection->origin.scheme = url->scheme;
    connection->origin.port = url->port;
    if (!(connection->origin.host = wstr_dup(url->host)))
        return E_OUTOFMEMORY;
    connection->connect = InternetConnectW(connection->session, url->host, url->port, NULL, NULL,
            INTERNET_SERVICE_HTTP, 0, 0);
    if (!connection->connect)
    {
        *code = GetLastError();
        return E_FAIL;
    }
    return S_OK;
}

static void set_text_option(HINTERNET request, DWORD option, const WCHAR *text)
{
    if (text)
        InternetSetOptionW(request, option, (void *)text, (DWORD)wcslen(text));
}

/* Microsoft's page: IBackgroundCopyJobHttpOptions::SetSecurityFlags. */
static void request_set_security(HINTERNET request, ULONG flags)
{
    DWORD ignore = 0;

    if (!(flags & BG_SSL_ENABLE_CRL_CHECK))
        ignore |= SECURITY_FLAG_IGNORE_REVOCATION;
    if (flags & BG_SSL_IGNORE_CERT_CN_INVALID)
        ignore |= SECURITY_FLAG_IGNORE_CERT_CN_INVALID;
    if (flags & BG_SSL_IGNORE_CERT_DATE_INVALID)
        ignore |= SECURITY_FLAG_IGNORE_CERT_DATE_INVALID;
    if (flags & BG_SSL_IGNORE_UNKNOWN_CA)
        ignore |= SECURITY_FLAG_IGNORE_UNKNOWN_CA;
    if (flags & BG_SSL_IGNORE_CERT_WRONG_USAGE)
        ignore |= SECURITY_FLAG_IGNORE_WRONG_USAGE;
    InternetSetOptionW(request, INTERNET_OPTION_SECURITY_FLAGS, &ignore, sizeof(ignore));
}

HRESULT http_send_begin(struct http_connection *connection, const struct transfer_request *request,
        const struct http_send *send, DWORD *code)
{
    static const WCHAR *accept[] = {L"*/*", NULL};
    DWORD flags = INTERNET_FLAG_KEEP_CONNECTION | INTERNET_FLAG_RELOAD
            | INTERNET_FLAG_NO_CACHE_WRITE | INTERNET_FLAG_NO_UI | INTERNET_FLAG_NO_COOKIES
            | INTERNET_FLAG_NO_AUTO_REDIRECT;
    DWORD timeout = send->stall < MAXLONG - 1000 ? send->stall + 1000 : MAXLONG;
    struct http_call *call;
    HRESULT hr;

    *code = 0;
    if (FAILED(hr = connection_open_session(connection, request, code))
            || FAILED(hr = connection_open_server(connection, send->url, code)))
        return hr;
    if (!connection->call && !(connection->call = call_create(connection->signal)))
        return E_OUTOFMEMORY;
    call = connection->call;

    if (!send->automatic_authentication)
        flags |= INTERNET_FLAG_NO_AUTH;
    if (send->url->scheme == URL_HTTPS)
    {
        flags |= INTERNET_FLAG_SECURE;
        if (send->security_flags & BG_SSL_IGNORE_CERT_CN_INVALID)
            flags |= INTERNET_FLAG_IGNORE_CERT_CN_INVALID;
        if (send->security_flags & BG_SSL_IGNORE_CERT_DATE_INVALID)
            flags |= INTERNET_FLAG_IGNORE_CERT_DATE_INVALID;
    }
    call->closing = call->complete = FALSE;
    call->request = NULL;
    InterlockedIncrement(&call->references);
    call->request = HttpOpenRequestW(connection->connect, L"GET", send->url->path, NULL, NULL,
            accept, flags, (DWORD_PTR)call);
    if (!call->request)
    {
        *code = GetLastError();
        call_release(call);
        return E_FAIL;
    }
    /* Honoured on requests only. Ours fires first; WinINet's bounds what was given up. */
    InternetSetOptionW(call->request, INTERNET_OPTION_CONNECT_TIMEOUT, &timeout, sizeof(timeout));
    InternetSetOptionW(call->request, INTERNET_OPTION_SEND_TIMEOUT, &timeout, sizeof(timeout));
    InternetSetOptionW(call->request, INTERNET_OPTION_RECEIVE_TIMEOUT, &timeout, sizeof(timeout));
    if (send->url->scheme == URL_HTTPS)
        request_set_security(call->request, send->security_flags);
    set_text_option(call->request, INTERNET_OPTION_USERNAME, send->user);
    set_text_option(call->request, INTERNET_OPTION_PASSWORD, send->password);
    set_text_option(call->request, INTERNET_OPTION_PROXY_USERNAME, send->proxy_user);
    set_text_option(call->request, INTERNET_OPTION_PROXY_PASSWORD, send->proxy_password);

    call->result = TRUE;
    if (HttpSendRequestW(call->request, send->headers, send->headers ? (DWORD)-1 : 0, NULL, 0))
        return S_OK;
    if ((*code = GetLastError()) != ERROR_IO_PENDING)
        return E_FAIL;
    call->pending = TRUE;
    return S_OK;
}

HRESULT http_send_end(struct http_connection *connection, const struct http_send *send, DWORD *code)
{
    struct http_call *call = connection->call;
    HRESULT hr;

    *code = 0;
    if (send->on_its_way)
        send->on_its_way(send->context);
    if (!call->pending)
        return S_OK;
    hr = call_wait(call, send->stall);
    if (hr != S_OK)
    {
        connection_drop_connect(connection);
        *code = ERROR_INTERNET_TIMEOUT;
        return hr == S_FALSE ? E_FAIL : hr;
    }
    call->pending = FALSE;
    *code = call->error;
    return call->result ? S_OK : E_FAIL;
}

HRESULT http_send(struct http_connection *connection, const struct transfer_request *request,
        const struct http_send *send, DWORD *code)
{
    HRESULT hr = http_send_begin(connection, request, send, code);

    return SUCCEEDED(hr) ? http_send_end(connection, send, code) : hr;
}

HRESULT http_headers(struct http_connection *connection, WCHAR **headers, DWORD *code)
{
    DWORD size = 2048 * sizeof(WCHAR), index = 0;
    WCHAR *text;

    *code = 0;
    for (;;)
    {
        DWORD got = size;

        if (!(text = malloc(size + sizeof(WCHAR))))
            return E_OUTOFMEMORY;
        if (HttpQueryInfoW(connection->call->request, HTTP_QUERY_RAW_HEADERS_CRLF, text, &got,
                    &index))
        {
            text[(got < size ? got : size) / sizeof(WCHAR)] = 0;
            *headers = text;
            return S_OK;
        }
        *code = GetLastError();
        free(text);
        if (*code != ERROR_INSUFFICIENT_BUFFER || got <= size)
            return E_FAIL;
        if (got > TRANSFER_MAX_HEADERS * sizeof(WCHAR))
            return BG_E_MESSAGE_LENGTH_LIMIT_EXCEEDED;
        size = got;
    }
}

/*
 * InternetReadFileEx with IRF_NO_WAIT gives whatever has arrived, up to megabytes at once. When
 * there is nothing it is pending, and its completion says that something has come, to be fetched by
 * another call; a WinINet that has put it into the buffer already has set its length.
 */
HRESULT http_read(struct http_connection *connection, void *data, DWORD size, DWORD timeout,
        DWORD *got, DWORD *code)
{
    struct http_call *call = connection->call;
    HRESULT hr;

    *got = 0;
    for (;;)
    {
        if (load_acquire(&call->signal->aborted))
            return E_ABORT;
        if (call->pending)
        {
            if ((hr = call_wait(call, timeout)) != S_OK)
                return hr;
            call->pending = FALSE;
            if (!call->result)
            {
                *code = call->error;
                return E_FAIL;
            }
            if (call->input.dwBufferLength && call->input.dwBufferLength < call->asked)
            {
                memmove(data, call->input.lpvBuffer, call->input.dwBufferLength);
                *got = call->input.dwBufferLength;
                return S_OK;
            }
        }
        call->complete = FALSE;
        call->input.dwStructSize = sizeof(call->input);
        call->input.lpvBuffer = data;
        call->input.dwBufferLength = call->asked = size;
        if (InternetReadFileExW(call->request, &call->input, IRF_NO_WAIT, (DWORD_PTR)call))
        {
            *got = call->input.dwBufferLength;
            return S_OK;
        }
        if ((*code = GetLastError()) != ERROR_IO_PENDING)
            return E_FAIL;
        call->pending = TRUE;
    }
}

BOOL http_finish(struct http_connection *connection)
{
    struct http_call *call = connection->call;
    BOOL given_up;

    if (!call || !call->request)
        return FALSE;
    given_up = call->pending;
    if (given_up)
    {
        connection_drop_connect(connection);
        return FALSE;
    }
    InternetCloseHandle(call->request);
    call->request = NULL;
    return !load_acquire(&call->closing);
}

BYTE *http_buffer(struct http_connection *connection, DWORD wanted, DWORD *size)
{
    struct http_call *call = connection->call;
    BYTE *buffer;

    /* Whoever asks has no read going on. */
    if (call->buffer_size < wanted && !call->pending)
    {
        if ((buffer = malloc(wanted)))
        {
            free(call->buffer);
            call->buffer = buffer;
            call->buffer_size = wanted;
        }
    }
    *size = call->buffer_size;
    return call->buffer;
}
