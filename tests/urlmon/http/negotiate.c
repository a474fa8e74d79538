/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client says about an HTTP request, and what it is asked: headers, verbs and data,
 * OnResponse, credentials, redirects, ranges, encodings. */
#include "harness.h"
#include "http_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

TAP_TIME_LIMIT(300);

static struct harness_server web, mirror;

/* Whether what has come, which the mirror made of the request, has a line. */
static BOOL sent(struct sink *sink, const char *line)
{
    char text[sizeof(sink->data) + 1];
    size_t size = sink->received < sizeof(sink->data) ? (size_t)sink->received : sizeof(sink->data);

    memcpy(text, sink->data, size);
    text[size] = 0;
    if (strstr(text, line))
        return TRUE;
    note("sent was: %s", text);
    return FALSE;
}

static void test_headers(void)
{
    struct sink *sink = sink_create();

    sink->negotiates = TRUE;
    sink->headers = L"X-Test: one\r\nAccept-Language: tlh\r\n";
    sink->accept = L"text/plain";
    sink->agent = L"Tester/1.0";
    sink_fetch(sink, harness_url(&mirror, L"path?query=1"));
    is_hr(sink->result, S_OK, "with headers of the client's");
    is_uint(sink->begins, 1, "BeginningTransaction");
    is_uint(sink->responses, 1, "OnResponse");
    is_uint(sink->response, 200, "with the status");
    is_uint(sink->service_thread, GetCurrentThreadId(), "on the thread of Continue");
    ok(wcsstr(sink->begin_headers, L"Accept-Encoding: gzip, deflate") != NULL,
            "headers are shown: %s", tap_wstr(sink->begin_headers));
    ok(!wcsncmp(sink->response_headers, L"HTTP/1.1 200", 12), "the answer's headers are shown");
    ok(sent(sink, "GET /path?query=1 HTTP/1.1"), "the request");
    ok(sent(sink, "X-Test: one"), "an added header");
    ok(sent(sink, "Accept-Language: tlh"), "one in the place of urlmon's");
    ok(sent(sink, "Accept: text/plain"), "accepted media types");
    ok(sent(sink, "User-Agent: Tester/1.0"), "the user agent");
    sink_release(sink);
}

static void test_injection(void)
{
    static const WCHAR *const tricks[] = {L"X-One: 1\r\n\r\nGET /evil HTTP/1.1\r\nX: y",
            L"X-One: 1\nX-Two: 2", L"X-One: 1\rX-Two: 2", L"\r\nX-One: 1", L"X One: 1",
            L": nothing", L"no colon", L"X-One: 1\r\n folded", L"Content-Length: 5",
            L"Transfer-Encoding: chunked", L"X: a\x0001", L"Host: elsewhere",
            L"GET /evil HTTP/1.1\r\nX-One: 1"};

    if (builtin_lacks("refusal of header injection"))
        return;
    harness_server_log_clear(&mirror);
    for (unsigned int i = 0; i < ARRAYSIZE(tricks); i++)
    {
        struct sink *sink = sink_create();

        sink->negotiates = TRUE;
        sink->headers = tricks[i];
        sink_fetch(sink, harness_url(&mirror, L"x"));
        is_hr(sink->result, INET_E_INVALID_REQUEST, "refused: %s", tap_wstr(tricks[i]));
        sink_release(sink);
    }
    is_uint(harness_server_requests(&mirror), 0, "nothing was sent");
}

static void test_verbs(void)
{
    struct sink *sink = sink_create();
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;
    ULONG done;
    HRESULT hr;

    sink->verb = BINDVERB_POST;
    sink->body = "a=1&b=2";
    sink->body_size = 7;
    sink_fetch(sink, harness_url(&mirror, L"form"));
    is_hr(sink->result, S_OK, "POST");
    ok(sent(sink, "POST /form HTTP/1.1"), "the verb");
    ok(sent(sink, "Content-Length: 7"), "the length");
    todo_builtin("sends none")
        ok(sent(sink, "Content-Type: application/x-www-form-urlencoded"), "the type");
    ok(sent(sink, "\r\n\r\na=1&b=2"), "the data");
    sink_release(sink);

    sink = sink_create();
    hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(hr, S_OK, "CreateStreamOnHGlobal");
    for (unsigned int i = 0; i < 300; i++)
        IStream_Write(stream, "0123456789", 10, &done);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    sink->verb = BINDVERB_PUT;
    sink->body_stream = stream;
    sink_fetch(sink, harness_url(&mirror, L"put"));
    todo_builtin("streams are sent with POST only")
    {
        is_hr(sink->result, S_OK, "PUT from a stream");
        ok(sent(sink, "PUT /put HTTP/1.1"), "the verb");
        ok(sent(sink, "Content-Length: 3000"), "the length");
    }
    IStream_Release(stream);
    sink_release(sink);

    sink = sink_create();
    sink->verb = BINDVERB_CUSTOM;
    sink->custom_verb = L"PROPFIND";
    sink_fetch(sink, harness_url(&mirror, L"custom"));
    is_hr(sink->result, S_OK, "a verb of one's own");
    ok(sent(sink, "PROPFIND /custom HTTP/1.1"), "the verb");
    sink_release(sink);

    sink = sink_create();
    sink->verb = BINDVERB_CUSTOM;
    sink->custom_verb = L"GET / HTTP/1.1\r\nX: ";
    sink_fetch(sink, harness_url(&mirror, L"custom"));
    todo_builtin("sends it")
        is_hr(sink->result, INET_E_INVALID_REQUEST, "a verb that is none");
    sink_release(sink);
}

static void test_missing(void)
{
    struct sink *sink = sink_create();

    sink_fetch(sink, harness_url(&web, L"not-there"));
    todo_builtin("delivers the page about the error")
        is_hr(sink->result, INET_E_OBJECT_NOT_FOUND, "404 and no IHttpNegotiate");
    sink_release(sink);

    sink = sink_create();
    sink->negotiates = TRUE;
    sink_fetch(sink, harness_url(&web, L"not-there"));
    is_uint(sink->response, 404, "OnResponse is told");
    is_hr(sink->result, S_OK, "and lets it through");
    ok(sink->received > 0, "the page about the error comes");
    sink_release(sink);

    sink = sink_create();
    sink->negotiates = TRUE;
    sink->on_response = E_ABORT;
    sink_fetch(sink, harness_url(&web, L"not-there"));
    todo_builtin("goes on")
    {
        is_hr(sink->result, E_ABORT, "OnResponse ends it");
        is_uint(sink->received, 0, "no bytes");
    }
    sink_release(sink);

    if (builtin_lacks("requests sent again"))
        return;
    sink = sink_create();
    sink->negotiates = TRUE;
    sink->more_headers = L"X-Key: open\r\n";
    sink_fetch(sink, harness_url(&mirror, L"guarded"));
    is_hr(sink->result, S_OK, "sent again with headers from OnResponse");
    is_uint(sink->responses, 2, "OnResponse for both answers");
    is_uint(sink->response, 200, "the second is well");
    ok(sent(sink, "X-Key: open"), "the header was sent");
    sink_release(sink);
}

static void test_authentication(const char *kind)
{
    struct harness_server server;
    struct sink *sink;

    if (builtin_lacks("bindings which end with INET_E_AUTHENTICATION_REQUIRED"))
        return;
    sink = sink_create();
    /* WinINet remembers those that were right: these come last. */
    harness_server_start(&server, kind);
    sink_fetch(sink, harness_url(&server, L"z"));
    todo_builtin("delivers the answer's body")
        is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "with none");
    sink_release(sink);

    sink = sink_create();
    sink->user = L"user";
    sink->password = L"wrong";
    sink_fetch(sink, harness_url(&server, L"y"));
    todo_builtin("delivers the answer's body")
        is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "with wrong ones");
    ok(sink->authentications <= 5, "asked %u times", sink->authentications);
    sink_release(sink);

    sink = sink_create();
    sink->user = L"user";
    sink->password = L"secret";
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, S_OK, "with credentials: %s", kind);
    is_uint(sink->authentications, 1, "asked once");
    is_uint(sink->service_thread, GetCurrentThreadId(), "on the thread of Continue");
    is_uint(sink->received, 1000, "all of it");
    sink_release(sink);
    harness_server_stop(&server);
}

static void redirect_to(const struct harness_server *server, const char *to)
{
    harness_do("server set id=%d kind=redirect to=\"%s\"", server->id, to);
}

static HRESULT fetch_result(const struct harness_server *server, struct sink *sink)
{
    sink_fetch(sink, harness_url(server, L"start"));
    return sink->result;
}

static void test_redirects(void)
{
    struct harness_server server, secure;
    struct sink *sink = sink_create();
    const struct sink_report *report;
    char to[200], sha256[HARNESS_SHA256];

    harness_make_file(&web, "target.bin", 5000, "r", sha256);
    snprintf(to, sizeof(to), "kind=redirect to=http://127.0.0.1:%d/target.bin", web.port);
    harness_server_start(&server, to);
    is_hr(fetch_result(&server, sink), S_OK, "redirected");
    is_uint(sink->received, 5000, "to the other file");
    report = sink_find(sink, BINDSTATUS_REDIRECTING);
    if (ok(report != NULL, "REDIRECTING"))
        ok(wcsstr(report->text, L"target.bin") != NULL, "where: %s", tap_wstr(report->text));
    sink_release(sink);

    if (builtin_lacks("codes of redirects that fail"))
        return;
    sink = sink_create();
    redirect_to(&server, "self");
    is_hr(fetch_result(&server, sink), INET_E_REDIRECT_FAILED, "an endless one");
    is_wstr(sink->result_text, L"", "no further URL");
    sink_release(sink);

    static const char *const refused[] = {"file:///c:/windows/win.ini", "javascript:alert(1)",
            "res://urlmon.dll/x", "mk:@MSITStore:x", "about:blank", "C:\\windows\\win.ini",
            "http://", "http://127.0.0.1:99999/"};
    for (unsigned int i = 0; i < ARRAYSIZE(refused); i++)
    {
        sink = sink_create();
        redirect_to(&server, refused[i]);
        fetch_result(&server, sink);
        ok(FAILED(sink->result) && !sink->result_text[0] && !sink->received, "%s: %s", refused[i],
                tap_hr(sink->result));
        sink_release(sink);
    }

    sink = sink_create();
    redirect_to(&server, "ftp://127.0.0.1/file");
    is_hr(fetch_result(&server, sink), INET_E_REDIRECTING, "to FTP: for somebody else");
    is_wstr(sink->result_text, L"ftp://127.0.0.1/file", "where");
    sink_release(sink);

    snprintf(to, sizeof(to), "kind=redirect tls=1 to=http://127.0.0.1:%d/target.bin", web.port);
    harness_server_start(&secure, to);
    sink = sink_create();
    sink->secure = TRUE;
    sink->on_problem = RPC_E_RETRY;
    is_hr(fetch_result(&secure, sink), S_OK, "https to http, allowed");
    is_uint(sink->last_problem, 12040, "ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR");
    is_uint(sink->received, 5000, "it comes");
    sink_release(sink);
    sink = sink_create();
    sink->internet_flags = INTERNET_FLAG_IGNORE_REDIRECT_TO_HTTP;
    is_hr(fetch_result(&secure, sink), S_OK, "INTERNET_FLAG_IGNORE_REDIRECT_TO_HTTP");
    is_uint(sink->received, 5000, "it comes");
    sink_release(sink);
    sink = sink_create();
    sink->internet_flags = INTERNET_FLAG_IGNORE_REDIRECT_TO_HTTPS;
    is_hr(fetch_result(&secure, sink), INET_E_SECURITY_PROBLEM, "and not, without IHttpSecurity");
    is_uint(sink->received, 0, "no bytes");
    sink_release(sink);
    sink = sink_create();
    sink->secure = TRUE;
    sink->on_problem = S_OK; /* enough for the certificate, which is known by now */
    is_hr(fetch_result(&secure, sink), INET_E_SECURITY_PROBLEM, "nor with S_OK");
    is_uint(sink->received, 0, "no bytes");
    sink_release(sink);
    harness_server_stop(&secure);
    harness_server_stop(&server);
}

static void test_range(void)
{
    struct sink *sink = sink_create();

    harness_make_file(&web, "range.bin", 100000, "r", NULL);
    sink->negotiates = TRUE;
    sink->headers = L"Range: bytes=90000-\r\n";
    sink_fetch(sink, harness_url(&web, L"range.bin"));
    is_hr(sink->result, S_OK, "a part");
    is_uint(sink->response, 206, "OnResponse knows");
    is_uint(sink->received, 10000, "of that size");
    sink_release(sink);
}

/* The client's own ranges: parts are delivered as they are, and what cannot be is told. */
static void test_client_ranges(void)
{
    struct sink *sink;

    if (builtin_lacks("codes of ranges that fail"))
        return;
    sink = sink_create();
    sink->negotiates = TRUE;
    sink->headers = L"Range: bytes=90000-\r\nIf-Range: \"other\"\r\n";
    sink_fetch(sink, harness_url(&web, L"range.bin"));
    is_hr(sink->result, S_OK, "a range of something else");
    is_uint(sink->response, 200, "is answered by the whole");
    is_uint(sink->received, 100000, "which comes");
    sink_release(sink);

    sink = sink_create();
    sink->negotiates = TRUE;
    sink->headers = L"Range: bytes=200000-\r\n";
    sink->on_response = E_ABORT;
    sink_fetch(sink, harness_url(&web, L"range.bin"));
    is_uint(sink->response, 416, "OnResponse is told of a range beyond the end");
    is_hr(sink->result, E_ABORT, "and ends it");
    sink_release(sink);

    sink = sink_create();
    sink->negotiates = TRUE;
    sink->headers = L"Range: bytes=-10\r\n";
    sink_fetch(sink, harness_url(&web, L"range.bin"));
    is_hr(sink->result, S_OK, "the last bytes");
    is_uint(sink->received, 10, "only these");
    sink_release(sink);
}

/* IInternetBindInfo::GetBindString. */
static void test_strings(void)
{
    struct sink *sink;

    if (builtin_lacks("all of these strings, page IInternetBindInfo::GetBindString"))
        return;
    sink = sink_create();
    sink->verb = BINDVERB_POST;
    sink->body = "{}";
    sink->body_size = 2;
    sink->language = L"tlh";
    sink->encodings = L"gzip";
    sink->post_mime = L"application/json";
    sink->origin = L"http://origin.example";
    sink->agent = L"Strings/2";
    sink->accept = L"application/json";
    sink->flags |= BINDF_PRAGMA_NO_CACHE;
    sink_fetch(sink, harness_url(&mirror, L"strings"));
    is_hr(sink->result, S_OK, "with strings");
    ok(sent(sink, "Accept-Language: tlh\r"), "BINDSTRING_LANGUAGE");
    ok(sent(sink, "Accept-Encoding: gzip\r"), "BINDSTRING_ACCEPT_ENCODINGS");
    ok(sent(sink, "Content-Type: application/json\r"), "BINDSTRING_POST_DATA_MIME");
    ok(sent(sink, "Origin: http://origin.example\r"), "BINDSTRING_XDR_ORIGIN");
    ok(sent(sink, "User-Agent: Strings/2\r"), "BINDSTRING_USER_AGENT");
    ok(sent(sink, "Accept: application/json\r"), "BINDSTRING_ACCEPT_MIMES");
    ok(sent(sink, "Pragma: no-cache\r"), "BINDF_PRAGMA_NO_CACHE");
    sink_release(sink);

    sink = sink_create();
    sink->agent = L"Evil/1\r\nX-Injected: 1";
    sink->language = L"en\r\nX-Injected: 2";
    sink->origin = L"http://x\r\n\r\nGET /evil HTTP/1.1";
    sink_fetch(sink, harness_url(&mirror, L"strings"));
    is_hr(sink->result, S_OK, "strings with lines in them");
    sink->data[sizeof(sink->data) - 1] = 0;
    ok(!strstr((char *)sink->data, "X-Injected") && !strstr((char *)sink->data, "evil"),
            "are not sent");
    sink_release(sink);
}

static void test_no_cookies(void)
{
    struct sink *sink;

    if (builtin_lacks("BINDF2"))
        return;
    sink = sink_create();
    sink->flags2 = BINDF2_DISABLEAUTOCOOKIEHANDLING;
    sink_fetch(sink, harness_url(&mirror, L"again"));
    sink->data[sizeof(sink->data) - 1] = 0;
    ok(!strstr((char *)sink->data, "Cookie:"), "BINDF2_DISABLEAUTOCOOKIEHANDLING");
    sink_release(sink);
    sink = sink_create();
    sink->internet_flags = INTERNET_FLAG_NO_COOKIES;
    sink_fetch(sink, harness_url(&mirror, L"again"));
    sink->data[sizeof(sink->data) - 1] = 0;
    ok(!strstr((char *)sink->data, "Cookie:"), "INTERNET_FLAG_NO_COOKIES");
    sink_release(sink);
}

/* IHttpNegotiate2 and 3 are asked; a certificate of the client's is of no use to Wine's WinINet. */
static void test_more_questions(void)
{
    static const BYTE certificate[] = {0x20, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4};
    struct harness_server secure;
    struct sink *sink;

    if (builtin_lacks("IHttpNegotiate3"))
        return;
    harness_nginx_start(&secure, "tls=1");
    harness_make_file(&secure, "c.bin", 1000, "c", NULL);
    sink = sink_create();
    sink->negotiates = TRUE;
    sink->certificate = certificate;
    sink->certificate_size = sizeof(certificate);
    sink->flags |= BINDF_IGNORESECURITYPROBLEM;
    sink_fetch(sink, harness_url(&secure, L"c.bin"));
    is_hr(sink->result, S_OK, "https");
    is_uint(sink->roots, 1, "GetRootSecurityId");
    is_uint(sink->certificates, 1, "GetSerializedClientCertContext");
    sink_release(sink);
    harness_server_stop(&secure);
    sink = sink_create();
    sink->negotiates = TRUE;
    sink->certificate = certificate;
    sink->certificate_size = sizeof(certificate);
    sink_fetch(sink, harness_url(&mirror, L"x"));
    is_uint(sink->certificates, 0, "with https only");
    sink_release(sink);
}

static void test_encodings(void)
{
    static const WCHAR *const names[] = {L"gzip", L"deflate", L"rawdeflate", L"none"};

    for (unsigned int i = 0; i < ARRAYSIZE(names); i++)
    {
        WCHAR path[64];
        struct sink *sink = sink_create();

        swprintf(path, ARRAYSIZE(path), L"encoded?how=%s", names[i]);
        sink_fetch(sink, harness_url(&mirror, path));
        todo_if(tap_builtin() && i == 1, "zlib's format of deflate")
        {
            is_hr(sink->result, S_OK, "%s", tap_wstr(names[i]));
            is_uint(sink->received, 26000, "decoded");
            is_mem(sink->data, "abcdefghijklmnopqrstuvwxyzabc", 29, "rightly");
        }
        sink_release(sink);
    }
}

static void test_cookies(void)
{
    struct sink *sink = sink_create();

    sink_fetch(sink, harness_url(&mirror, L"cookie"));
    if (!tap_builtin())
        ok(sink_find(sink, BINDSTATUS_SESSION_COOKIE_RECEIVED) != NULL, "a cookie comes");
    sink_release(sink);
    sink = sink_create();
    sink_fetch(sink, harness_url(&mirror, L"again"));
    ok(sent(sink, "Cookie: taste=sweet"), "and is sent back");
    todo_builtin("not reported")
        ok(sink_find(sink, BINDSTATUS_COOKIE_SENT) != NULL, "COOKIE_SENT");
    sink_release(sink);
}

/* A sink that cannot switch is served all the same. */
static void test_no_switch(void)
{
    struct sink *sink;

    if (builtin_lacks("a way without Switch"))
        return;
    sink = sink_create();
    sink->negotiates = TRUE;
    sink->no_switch = TRUE;
    sink_fetch(sink, harness_url(&mirror, L"x"));
    is_hr(sink->result, S_OK, "without Switch");
    is_uint(sink->responses, 1, "OnResponse");
    sink_release(sink);
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    harness_nginx_start(&web, "");
    harness_server_start(&mirror, "kind=mirror");
    test_headers();
    test_injection();
    test_verbs();
    test_missing();
    test_authentication("kind=basic auth=user:secret size=1000");
    test_redirects();
    test_range();
    test_client_ranges();
    test_strings();
    test_encodings();
    test_cookies();
    test_no_cookies();
    test_more_questions();
    test_no_switch();
    harness_server_stop(&mirror);
    harness_server_stop(&web);
    CoUninitialize();
    return done_testing();
}
