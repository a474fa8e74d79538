/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What came of a request: errors worth another try, redirects, credentials, IHttpNegotiate's
 * OnResponse, and the headers that are reported before the body.
 */
#include "http_protocol.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cache_text.h"
#include "http_headers.h"
#include "inet_errors.h"
#include "inet_file.h"
#include "trace.h"
#include "wstr.h"

static void response_fail(struct http_protocol *http, HRESULT hr, DWORD error)
{
    inet_protocol_end(&http->protocol, hr, error, NULL);
}

static void send_again(struct http_protocol *http)
{
    HRESULT hr = http_request_send(http);

    if (FAILED(hr))
        response_fail(http, hr, 0);
}

BOOL http_response_is_redirect(DWORD status)
{
    return status == HTTP_STATUS_MOVED || status == HTTP_STATUS_REDIRECT
            || status == HTTP_STATUS_REDIRECT_METHOD || status == HTTP_STATUS_REDIRECT_KEEP_VERB
            || status == 308;
}

static BOOL is_same_origin(const struct http_url *a, const struct http_url *b)
{
    return a->secure == b->secure && a->port == b->port && !_wcsicmp(a->host, b->host);
}

static BOOL is_error(DWORD status)
{
    return status >= 400;
}

WCHAR *http_response_header(struct http_protocol *http, DWORD query, const WCHAR *name,
        unsigned int index)
{
    WCHAR *text = cache_text_header(http->raw_headers, name, index);

    if (!text || http->cache.used)
        return text;
    free(text);
    return inet_call_header(http->answer, query, index);
}

static BOOL answer_has(const struct http_protocol *http, const WCHAR *name)
{
    WCHAR *text = cache_text_header(http->raw_headers, name, 0);

    free(text);
    return text != NULL;
}

/* What is taken from the answer first. FALSE: it is none. */
static BOOL read_answer(struct http_protocol *http)
{
    DWORD status = 0, size = sizeof(status), index = 0;

    free(http->raw_headers);
    http->raw_headers = inet_call_header(http->answer, HTTP_QUERY_RAW_HEADERS_CRLF, 0);
    if (!http->raw_headers || wcslen(http->raw_headers) > HTTP_MAX_HEADERS)
    {
        http->retried = TRUE; /* once is enough of that */
        return FALSE;
    }
    /* A connection which ended without a word is an empty answer to WinINet. */
    if (wcsncmp(http->raw_headers, L"HTTP/", 5))
        return FALSE;
    if (!HttpQueryInfoW(http->answer->request, HTTP_QUERY_STATUS_CODE | HTTP_QUERY_FLAG_NUMBER,
                &status, &size, &index))
        return FALSE;
    if (!http_request_may_go_cookieless(http))
        http_cookies_have_come(); /* perhaps with an answer before this one */
    else if (answer_has(http, L"Set-Cookie"))
        http_cookies_take(&http->url, http->cookieless ? http->answer : NULL);
    http->status = status;
    return status >= 100 && status <= 999;
}

/* A connection that was kept may have been closed by the server just then. */
static BOOL is_worth_a_retry(const struct http_protocol *http, DWORD error)
{
    if (http->retried || (wcscmp(http->verb, L"GET") && wcscmp(http->verb, L"HEAD")))
        return FALSE;
    switch (error)
    {
    case ERROR_INTERNET_CONNECTION_ABORTED:
    case ERROR_INTERNET_CONNECTION_RESET:
    case ERROR_HTTP_INVALID_SERVER_RESPONSE:
    case WSAECONNRESET:
    case WSAECONNABORTED:
        return TRUE;
    default:
        return FALSE;
    }
}

void http_response_await(struct http_protocol *http, enum http_state state)
{
    if (state != HTTP_STATE_UPLOAD)
        inet_slot_release(&http->protocol.slot); /* the apartment's thread takes its time */
    InterlockedExchange(&http->awaited, state);
    inet_protocol_switch(&http->protocol, state);
}

static void take_error(struct http_protocol *http)
{
    DWORD error = http->error;

    if (is_worth_a_retry(http, error))
    {
        http->retried = TRUE;
        send_again(http);
    }
    else if (inet_error_is_certificate(error) || error == ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED)
        http_response_await(http, HTTP_STATE_PROBLEM);
    else if (cache_http_stands_in(http, error))
        http_response_take_cached(http, FALSE);
    else
        response_fail(http, inet_error_hresult(error), error);
}

/* The rest of a body that broke off: what was told of the first answer stays. */
static void take_rest(struct http_protocol *http)
{
    WCHAR *headers = http->raw_headers;
    BOOL answered;

    http->raw_headers = NULL;
    answered = !http->error && read_answer(http);
    http_watch_end(http);
    free(http->raw_headers);
    http->raw_headers = headers;
    http_body_resumed(http, answered);
}

void http_response_take(struct http_protocol *http)
{
    if (inet_protocol_is_over(&http->protocol))
        return;
    if (http->resuming)
    {
        take_rest(http);
        return;
    }
    if (!http->error && !read_answer(http))
        http->error = ERROR_HTTP_INVALID_SERVER_RESPONSE;
    http_watch_end(http);
    if (inet_protocol_is_over(&http->protocol))
        return; /* the watch was tired of it */
    if (http->error)
    {
        take_error(http);
        return;
    }
    if (http->status != HTTP_STATUS_PROXY_AUTH_REQ)
        http_authenticate_passed(http);
    if (cache_http_not_modified(http))
    {
        http_response_take_cached(http, FALSE);
        return;
    }
    if (http->negotiate || http->status == HTTP_STATUS_DENIED
            || http->status == HTTP_STATUS_PROXY_AUTH_REQ
            || (http->url.secure && http_response_is_redirect(http->status)))
    {
        http_response_await(http, HTTP_STATE_ANSWER);
        return;
    }
    InterlockedExchange(&http->awaited, HTTP_STATE_ANSWER);
    http_response_proceed(&http->protocol, HTTP_STATE_ANSWER);
}

void http_response_take_cached(struct http_protocol *http, BOOL here)
{
    if (!here && (http->negotiate || (http->url.secure && http_response_is_redirect(http->status))))
    {
        http_response_await(http, HTTP_STATE_ANSWER);
        return;
    }
    InterlockedExchange(&http->awaited, HTTP_STATE_ANSWER);
    http_response_proceed(&http->protocol, HTTP_STATE_ANSWER);
}

/* Redirects */

/* The URL a Location leads to, without its fragment; free() it. */
static WCHAR *redirect_target(const struct http_protocol *http, const WCHAR *location)
{
    DWORD size = (DWORD)(wcslen(http->url.text) + wcslen(location) * 3 + 16);
    WCHAR *text;

    if (size > 65536 || !(text = malloc((size_t)size * sizeof(WCHAR))))
        return NULL;
    if (!InternetCombineUrlW(http->url.text, location, text, &size, ICU_BROWSER_MODE))
    {
        free(text);
        return NULL;
    }
    text[wcscspn(text, L"#")] = 0;
    return text;
}

/* After a redirect a request becomes a plain GET, as every browser does it, but for 307 and 308. */
static void become_get(struct http_protocol *http)
{
    WCHAR *get;

    if (http->status == HTTP_STATUS_REDIRECT_KEEP_VERB || http->status == 308
            || !wcscmp(http->verb, L"GET") || !wcscmp(http->verb, L"HEAD")
            || !(get = wstr_dup(L"GET")))
        return;
    free(http->verb);
    http->verb = get;
    free(http->body);
    http_upload_free(http->upload);
    http->upload = NULL;
    http->body = NULL;
    http->body_size = 0;
    http_headers_remove(http->headers, L"Content-Type");
}

/* What was meant for one server is not told another. */
static void forget_credentials(struct http_protocol *http)
{
    http_headers_remove(http->headers, L"Authorization");
    http_headers_remove(http->headers, L"Cookie");
    http_secret_free(http->user);
    http_secret_free(http->password);
    http->user = http->password = NULL;
    memset(&http->login, 0, sizeof(http->login));
    http->proxy_login.asked = FALSE;
    http_certificate_forget(http);
    http->security_flags = 0;
}

/* Another scheme: ftp is for another protocol object; a web server has no business with files,
 * scripts and whatever else there is on this machine. */
static void redirect_elsewhere(struct http_protocol *http, const WCHAR *text)
{
    if (!_wcsnicmp(text, L"ftp://", 6))
    {
        inet_protocol_progress(&http->protocol, BINDSTATUS_REDIRECTING, text);
        inet_protocol_end(&http->protocol, INET_E_REDIRECTING, 0, text);
    }
    else
        response_fail(http, INET_E_REDIRECT_FAILED, 0);
}

static void follow_redirect(struct http_protocol *http, const WCHAR *location)
{
    WCHAR *text = redirect_target(http, location);
    struct http_url url;
    HRESULT hr;

    if (!text || ++http->hops > HTTP_MAX_HOPS)
        hr = INET_E_REDIRECT_FAILED;
    else
        hr = http_url_parse(text, &url);
    if (hr == INET_E_UNKNOWN_PROTOCOL)
        redirect_elsewhere(http, text);
    else if (FAILED(hr))
        response_fail(http, INET_E_REDIRECT_FAILED, 0);
    free(text);
    if (FAILED(hr))
        return;
    if (http->url.secure && !url.secure
            && FAILED(hr = http_security_problem(http, ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR)))
    {
        http_url_free(&url);
        response_fail(http, hr, ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR);
        return;
    }
    become_get(http);
    if (!is_same_origin(&http->url, &url))
        forget_credentials(http);
    http_url_free(&http->url);
    http->url = url;
    http->retried = FALSE;
    inet_protocol_progress(&http->protocol, BINDSTATUS_REDIRECTING, http->url.text);
    hr = cache_http_look(http);
    if (hr == S_FALSE)
        send_again(http);
    else if (SUCCEEDED(hr))
        http_response_take_cached(http, FALSE);
    else
        response_fail(http, hr, 0);
}

/* OnResponse. S_OK: the body is wanted; S_FALSE: the request goes out again; else the end. */
static HRESULT ask_response(struct http_protocol *http)
{
    IHttpNegotiate *negotiate = http_client_negotiate(http);
    WCHAR *added = NULL, *merged;
    BOOL error = is_error(http->status);
    HRESULT hr;

    if (!negotiate)
        return error ? inet_status_hresult(http->status) : S_OK;
    hr = IHttpNegotiate_OnResponse(negotiate, http->status, http->raw_headers,
            error ? http->headers : NULL, &added);
    IHttpNegotiate_Release(negotiate);
    if (hr == E_NOTIMPL)
        hr = error ? inet_status_hresult(http->status) : S_OK;
    if (FAILED(hr) || !added || !error)
    {
        CoTaskMemFree(added);
        return FAILED(hr) ? hr : S_OK;
    }
    if (!http_headers_are_safe(added))
        hr = INET_E_INVALID_REQUEST;
    else if (++http->repeats > HTTP_MAX_ANSWERS)
        hr = S_OK;
    else if ((merged = http_headers_merge(http->headers, added)))
    {
        free(http->headers);
        http->headers = merged;
        hr = S_FALSE;
    }
    else
        hr = E_OUTOFMEMORY;
    CoTaskMemFree(added);
    return hr;
}

/* The body */

/* A file's name is reported without a path: a server's idea of a name, not of a place. */
static void report_disposition(struct http_protocol *http)
{
    WCHAR *text =
            http_response_header(http, HTTP_QUERY_CONTENT_DISPOSITION, L"Content-Disposition", 0);
    WCHAR *name;

    if (text && http_is_attachment(text))
    {
        name = http_attachment_name(text);
        inet_protocol_progress(&http->protocol, BINDSTATUS_CONTENTDISPOSITIONATTACH,
                name ? name : L"");
        if (name)
            inet_protocol_progress(&http->protocol, BINDSTATUS_CONTENTDISPOSITIONFILENAME, name);
    }
    free(text);
}

static void report_cookies(struct http_protocol *http)
{
    WCHAR *text = http_response_header(http, HTTP_QUERY_SET_COOKIE, L"Set-Cookie", 0);

    if (text)
    {
        BOOL lasting =
                wcsstr(text, L"xpires=") || wcsstr(text, L"ax-Age=") || wcsstr(text, L"ax-age=");

        inet_protocol_progress(&http->protocol,
                lasting ? BINDSTATUS_PERSISTENT_COOKIE_RECEIVED
                        : BINDSTATUS_SESSION_COOKIE_RECEIVED,
                NULL);
    }
    free(text);
}

/* Whether the server wants its type to be believed (X-Content-Type-Options: nosniff). */
static BOOL type_is_final(struct http_protocol *http)
{
    WCHAR *text = cache_text_header(http->raw_headers, L"X-Content-Type-Options", 0);
    BOOL final = text && !_wcsnicmp(text, L"nosniff", 7) && !text[7 + wcsspn(text + 7, L" \t")];

    free(text);
    return final;
}

/* A type is looked at and corrected by what stands above, unless it is told as a verified one. */
static void report_type(struct http_protocol *http)
{
    WCHAR *text = http_response_header(http, HTTP_QUERY_CONTENT_TYPE, L"Content-Type", 0);

    if (text && *text)
    {
        inet_protocol_progress(&http->protocol, BINDSTATUS_RAWMIMETYPE, text);
        http_trim_media_type(text);
        if (*text)
            inet_protocol_progress(&http->protocol,
                    type_is_final(http) ? BINDSTATUS_VERIFIEDMIMETYPEAVAILABLE
                                        : BINDSTATUS_MIMETYPEAVAILABLE,
                    text);
    }
    free(text);
}

/* What the body is, whether it comes from the server or from the cache. */
static void report_nature(struct http_protocol *http)
{
    report_disposition(http);
    if (http->protocol.flags & BINDF_DIRECT_READ)
        inet_protocol_progress(&http->protocol, BINDSTATUS_DIRECTBIND, NULL);
    report_type(http);
}

static void report_headers(struct http_protocol *http)
{
    WCHAR *text = http_response_header(http, HTTP_QUERY_ACCEPT_RANGES, L"Accept-Ranges", 0);

    if (text && !_wcsicmp(text, L"bytes"))
        inet_protocol_progress(&http->protocol, BINDSTATUS_ACCEPTRANGES, NULL);
    free(text);
    report_cookies(http);
    if (http->answer->content_encoding[0] && _wcsicmp(http->answer->content_encoding, L"identity"))
        inet_protocol_progress(&http->protocol, BINDSTATUS_DECODING,
                http->answer->content_encoding);
    report_nature(http);
}

/* How long the body is. FALSE: the answer says nonsense. */
static BOOL body_length(struct http_protocol *http, UINT64 *total)
{
    WCHAR *encoding, *length, *other;
    UINT64 second;
    BOOL sane = TRUE;

    *total = INET_UNKNOWN_SIZE;
    if (!wcscmp(http->verb, L"HEAD") || http->status == HTTP_STATUS_NO_CONTENT
            || http->status == HTTP_STATUS_NOT_MODIFIED || http->status == 205)
    {
        *total = 0;
        return TRUE;
    }
    encoding = http_response_header(http, HTTP_QUERY_TRANSFER_ENCODING, L"Transfer-Encoding", 0);
    if (!encoding
            && (length = http_response_header(http, HTTP_QUERY_CONTENT_LENGTH, L"Content-Length",
                        0)))
    {
        sane = http_parse_length(length, total);
        other = http_response_header(http, HTTP_QUERY_CONTENT_LENGTH, L"Content-Length", 1);
        if (other)
            sane = sane && http_parse_length(other, &second) && second == *total;
        free(other);
        free(length);
    }
    free(encoding);
    return sane;
}

static void begin_body(struct http_protocol *http)
{
    UINT64 total;
    HRESULT hr;

    if (http->cache.used)
    {
        inet_protocol_progress(&http->protocol, BINDSTATUS_USINGCACHEDCOPY, NULL);
        report_nature(http);
        cache_http_begin_body(http);
        return;
    }
    /* Nobody asked for a part. */
    if (!body_length(http, &total)
            || (http->status == HTTP_STATUS_PARTIAL_CONTENT
                    && !http_headers_have(http->headers, L"Range")))
    {
        response_fail(http, INET_E_DATA_NOT_AVAILABLE, ERROR_HTTP_INVALID_SERVER_RESPONSE);
        return;
    }
    report_headers(http);
    if (FAILED(hr = http_body_prepare(http, &total))
            || FAILED(hr = cache_http_make_file(http, total)))
        response_fail(http, hr, 0);
    else
        inet_protocol_begin_body(&http->protocol, total);
}

void http_response_complete(struct inet_protocol *protocol)
{
    cache_http_commit(http_from_protocol(protocol));
}

/* Proceeding */

static void proceed_problem(struct http_protocol *http)
{
    HRESULT hr = http_security_problem(http, http->error);

    if (SUCCEEDED(hr))
        send_again(http);
    else
        response_fail(http, hr, http->error);
}

static void proceed_answer(struct http_protocol *http)
{
    WCHAR *location = NULL;
    HRESULT hr;

    if (http_response_is_redirect(http->status)
            && (location = http_response_header(http, HTTP_QUERY_LOCATION, L"Location", 0)))
    {
        cache_http_keep_redirect(http);
        follow_redirect(http, location);
        free(location);
        return;
    }
    if (http_authenticate_is_wanted(http))
    {
        hr = http_authenticate(http, http->status == HTTP_STATUS_PROXY_AUTH_REQ);
        if (hr == S_OK)
        {
            send_again(http);
            return;
        }
        if (hr == E_ABORT)
        {
            response_fail(http, hr, 0);
            return;
        }
    }
    hr = ask_response(http);
    if (hr == S_FALSE)
        send_again(http);
    else if (FAILED(hr))
        response_fail(http, hr, is_error(http->status) ? http->status : 0);
    else
        begin_body(http);
}

void http_response_proceed(struct inet_protocol *protocol, DWORD state)
{
    struct http_protocol *http = http_from_protocol(protocol);

    /* A Continue that nobody asked for, or a second one. */
    if (!state || InterlockedCompareExchange(&http->awaited, 0, (LONG)state) != (LONG)state)
        return;
    if (inet_protocol_is_over(protocol))
        return;
    if (state == HTTP_STATE_PROBLEM)
        proceed_problem(http);
    else if (state == HTTP_STATE_UPLOAD)
        http_send_proceed(http);
    else
        proceed_answer(http);
}
