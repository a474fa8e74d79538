/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sending a request. */
#include "http_protocol.h"

#include <stdlib.h>
#include <wchar.h>

#include "http_headers.h"
#include "inet_errors.h"
#include "inet_session.h"
#include "wstr.h"

struct inet_call *http_request_call(struct http_protocol *http)
{
    struct inet_call *call;

    AcquireSRWLockShared(&http->protocol.lock);
    if ((call = http->call))
        com_object_addref(&call->object);
    ReleaseSRWLockShared(&http->protocol.lock);
    return call;
}

static void request_set_answer(struct http_protocol *http, struct inet_call *call)
{
    if (call)
        com_object_addref(&call->object);
    if (http->answer)
        inet_call_release(http->answer);
    http->answer = call;
}

/* Takes the call out of the protocol. */
static struct inet_call *request_take_call(struct http_protocol *http)
{
    struct inet_call *call;

    AcquireSRWLockExclusive(&http->protocol.lock);
    call = http->call;
    http->call = NULL;
    ReleaseSRWLockExclusive(&http->protocol.lock);
    return call;
}

void http_request_detach(struct inet_protocol *protocol)
{
    struct inet_call *call = http_request_call(http_from_protocol(protocol));

    http_watch_end(http_from_protocol(protocol));
    if (!call)
        return;
    inet_call_detach(call);
    if (http_from_protocol(protocol)->sending || protocol->reading) /* an operation is under way */
        inet_call_break(call);
    inet_call_release(call);
}

void http_request_close(struct inet_protocol *protocol)
{
    struct inet_call *call = request_take_call(http_from_protocol(protocol));

    if (!call)
        return;
    inet_call_detach(call);
    inet_call_close(call);
    inet_call_release(call);
}

BOOL http_request_may_go_cookieless(const struct http_protocol *http)
{
    return !(http->protocol.flags2 & BINDF2_DISABLEAUTOCOOKIEHANDLING)
            && http->login.scheme != HTTP_SCHEME_WINDOWS
            && http->proxy_login.scheme != HTTP_SCHEME_WINDOWS;
}

static DWORD request_flags(const struct http_protocol *http)
{
    DWORD flags = INTERNET_FLAG_KEEP_CONNECTION | INTERNET_FLAG_RELOAD
            | INTERNET_FLAG_NO_CACHE_WRITE | INTERNET_FLAG_NO_UI | INTERNET_FLAG_NO_AUTO_REDIRECT;

    /* Left alone WinINet would answer a proxy's challenge with what it has from another's. */
    if (http->login.scheme != HTTP_SCHEME_WINDOWS
            && http->proxy_login.scheme != HTTP_SCHEME_WINDOWS)
        flags |= INTERNET_FLAG_NO_AUTH;
    if (http->url.secure)
        flags |= INTERNET_FLAG_SECURE;
    if (http->cookieless || (http->protocol.flags2 & BINDF2_DISABLEAUTOCOOKIEHANDLING))
        flags |= INTERNET_FLAG_NO_COOKIES;
    if (http->security_flags & SECURITY_FLAG_IGNORE_CERT_CN_INVALID)
        flags |= INTERNET_FLAG_IGNORE_CERT_CN_INVALID;
    if (http->security_flags & SECURITY_FLAG_IGNORE_CERT_DATE_INVALID)
        flags |= INTERNET_FLAG_IGNORE_CERT_DATE_INVALID;
    return flags;
}

static void set_text_option(struct inet_call *call, DWORD option, const WCHAR *text)
{
    if (text)
        InternetSetOptionW(call->request, option, (void *)text, (DWORD)wcslen(text));
}

static void request_set_options(struct http_protocol *http, struct inet_call *call)
{
    /* Revocation lists are asked for by nobody here: a server that cannot be asked would keep
     * every https one from being used. */
    DWORD security = http->security_flags | SECURITY_FLAG_IGNORE_REVOCATION;

    if (http->url.secure)
    {
        InternetSetOptionW(call->request, INTERNET_OPTION_SECURITY_FLAGS, &security,
                sizeof(security));
        http_certificate_use(http, call);
    }
    if (http->login.scheme == HTTP_SCHEME_WINDOWS)
    {
        set_text_option(call, INTERNET_OPTION_USERNAME, http->user);
        set_text_option(call, INTERNET_OPTION_PASSWORD, http->password);
    }
    if (http->proxy_login.scheme == HTTP_SCHEME_WINDOWS)
    {
        set_text_option(call, INTERNET_OPTION_PROXY_USERNAME, http->proxy_user);
        set_text_option(call, INTERNET_OPTION_PROXY_PASSWORD, http->proxy_password);
    }
}

/* The headers of this one request. */
static HRESULT request_make_headers(struct http_protocol *http)
{
    HRESULT hr;

    http_secret_free(http->sent_headers);
    http->sent_headers = wstr_dup(http->headers ? http->headers : L"");
    if (!http->sent_headers)
        return E_OUTOFMEMORY;
    hr = cache_http_headers(http, &http->sent_headers);
    if (SUCCEEDED(hr))
        hr = http_body_resume_headers(http, &http->sent_headers);
    return SUCCEEDED(hr) ? http_authenticate_headers(http, &http->sent_headers) : hr;
}

/* Lets WinINet send. The slot is held. */
static void request_issue(struct http_protocol *http)
{
    struct inet_call *call = http_request_call(http);
    DWORD error;
    HRESULT hr;

    if (!call || inet_protocol_is_over(&http->protocol))
    {
        /* It ended meanwhile: nobody would give the slot back. */
        inet_slot_release(&http->protocol.slot);
        if (call)
            inet_call_release(call);
        return;
    }
    http->sent = GetTickCount();
    http->heading = http->upload != NULL;
    if (http->upload)
        hr = inet_call_send_head(call, http->sent_headers, http->upload->size, &error);
    else
        hr = inet_call_send(call, http->sent_headers, http->body, http->body_size, &error);
    if (hr != E_PENDING)
        http_request_complete(&http->owner, call, SUCCEEDED(hr) ? 0 : error);
    inet_call_release(call);
}

static void request_give_up(struct inet_call *call)
{
    inet_call_detach(call);
    inet_call_close(call);
    inet_call_release(call);
}

/* Opens WinINet's request, which becomes the protocol's. S_FALSE: the binding is over. */
static HRESULT request_open(struct http_protocol *http)
{
    struct inet_protocol *protocol = &http->protocol;
    struct inet_call_target target = {http->url.host, http->url.port, NULL, NULL, http->verb,
            http->url.path, (const WCHAR **)http->accept, 0, http->timeout};
    HINTERNET session = inet_session_http();
    struct inet_call *call;
    DWORD error = 0;
    HRESULT hr;
    BOOL over;

    /* One alone is in nobody's way: WinINet's thread can look for them as well. */
    http->cookieless = http_request_may_go_cookieless(http) && !inet_slots_are_quiet()
            && http_cookies_are_none(&http->url, http->began);
    target.flags = request_flags(http);
    if (!session)
        return inet_error_hresult(GetLastError());
    if (FAILED(hr = request_make_headers(http)))
        return hr;
    if (FAILED(hr = inet_call_open(session, &target, protocol->buffer, &http->owner, &call,
                       &error)))
        return hr;
    request_set_options(http, call);
    if (FAILED(hr = http_authenticate_connect(http, call)))
    {
        request_give_up(call);
        return hr;
    }
    AcquireSRWLockExclusive(&protocol->lock);
    over = protocol->phase == INET_ENDED;
    if (!over)
        http->call = call;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!over)
        return S_OK;
    request_give_up(call);
    return S_FALSE;
}

/* The slot is held: it is kept while the request is under way, and given back when there is none.
 */
static HRESULT request_begin(struct http_protocol *http)
{
    HRESULT hr = request_open(http);

    if (hr == S_OK)
    {
        request_issue(http);
        return S_OK;
    }
    http->sending = FALSE;
    inet_slot_release(&http->protocol.slot);
    return SUCCEEDED(hr) ? S_OK : hr;
}

HRESULT http_request_send(struct http_protocol *http)
{
    struct inet_protocol *protocol = &http->protocol;
    HRESULT hr = S_OK;

    inet_slot_release(&protocol->slot); /* it may have been that of the answer before */
    http_request_close(protocol);
    request_set_answer(http, NULL);
    http->began = http_cookies_now();
    http->error = 0;
    http->sending = TRUE;
    IUnknown_AddRef(protocol->com.outer); /* for whoever grants the slot */
    if (inet_slot_begin(&protocol->slot, protocol->priority.value))
    {
        hr = request_begin(http);
        IUnknown_Release(protocol->com.outer);
    }
    return hr;
}

void http_request_granted(struct inet_slot *slot)
{
    struct inet_protocol *protocol = COM_IMPL_FROM(slot, struct inet_protocol, slot);
    struct http_protocol *http = http_from_protocol(protocol);
    HRESULT hr;

    if (inet_protocol_is_over(protocol))
        inet_slot_release(slot);
    else if (!http->sending)
        inet_protocol_readable(protocol, FALSE);
    else if (FAILED(hr = request_begin(http)))
        inet_protocol_end(protocol, hr, 0, NULL);
    IUnknown_Release(protocol->com.outer);
}

void http_request_complete(struct inet_call_owner *owner, struct inet_call *call, DWORD error)
{
    struct http_protocol *http = COM_IMPL_FROM(owner, struct http_protocol, owner);

    if (http->heading && !error && !inet_protocol_is_over(&http->protocol))
    {
        http->heading = FALSE;
        http_send_begin(http); /* the slot is still needed */
        return;
    }
    http->heading = FALSE;
    if (http->sending)
        http_watch_whole(http); /* until http_response_take has read it */
    /* WinINet calls a connection that it gave up for its silence an aborted one. */
    if (http->sending && error == ERROR_INTERNET_CONNECTION_ABORTED
            && GetTickCount() - http->sent >= http->timeout - http->timeout / 16)
        error = ERROR_INTERNET_TIMEOUT;
    http->error = error;
    if (http->sending)
    {
        http->sending = FALSE;
        request_set_answer(http, call);
        http_response_take(http); /* with the slot, if the body is read right away */
        if (inet_protocol_is_over(&http->protocol))
            inet_slot_release(&http->protocol.slot);
    }
    else
        inet_protocol_readable(&http->protocol, TRUE);
}

static void report_server(struct inet_protocol *protocol, ULONG code, const void *info, DWORD size)
{
    WCHAR text[256];

    inet_call_status_text(info, size, text, ARRAY_SIZE(text));
    if (*text)
        inet_protocol_progress(protocol, code, text);
}

static BOOL sends_cookie(struct http_protocol *http)
{
    struct inet_call *call;
    WCHAR *cookie;

    if (http->cookieless && !http_headers_have(http->sent_headers, L"Cookie"))
        return FALSE;
    if (!(call = http_request_call(http)))
        return FALSE;
    cookie = inet_call_header(call, HTTP_QUERY_COOKIE | HTTP_QUERY_FLAG_REQUEST_HEADERS, 0);
    inet_call_release(call);
    free(cookie);
    return cookie != NULL;
}

void http_request_status(struct inet_call_owner *owner, DWORD status, const void *info, DWORD size)
{
    struct http_protocol *http = COM_IMPL_FROM(owner, struct http_protocol, owner);
    struct inet_protocol *protocol = &http->protocol;

    if (!http->sending)
        return;
    switch (status)
    {
    case INTERNET_STATUS_DETECTING_PROXY:
        inet_protocol_progress(protocol, BINDSTATUS_PROXYDETECTING, NULL);
        break;
    case INTERNET_STATUS_RESOLVING_NAME:
        inet_protocol_progress(protocol, BINDSTATUS_FINDINGRESOURCE, http->url.host);
        break;
    case INTERNET_STATUS_CONNECTING_TO_SERVER:
        report_server(protocol, BINDSTATUS_CONNECTING, info, size);
        break;
    case INTERNET_STATUS_RECEIVING_RESPONSE:
        http_watch_begin(http);
        break;
    case INTERNET_STATUS_SENDING_REQUEST:
        if (http->uploading)
            break; /* one more piece */
        if (sends_cookie(http))
            inet_protocol_progress(protocol, BINDSTATUS_COOKIE_SENT, NULL);
        inet_protocol_progress(protocol, BINDSTATUS_SENDINGREQUEST, http->url.host);
        if (http->body_size)
            inet_protocol_progress(protocol, BINDSTATUS_BEGINUPLOADDATA, NULL);
        break;
    default:
        break;
    }
}
