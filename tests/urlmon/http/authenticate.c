/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who the client is, to servers and proxies: Basic and Digest, IAuthenticate and IAuthenticateEx,
 * challenges that are none. */
#include "harness.h"
#include "http_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

TAP_TIME_LIMIT(300);

static struct sink *sink_of(const WCHAR *user, const WCHAR *password)
{
    struct sink *sink = sink_create();

    sink->user = user;
    sink->password = password;
    return sink;
}

static void test_kind(const char *mode, const WCHAR *user, const WCHAR *password,
        const char *account)
{
    struct harness_server server;
    struct sink *sink = sink_of(user, password);
    char options[200];

    snprintf(options, sizeof(options), "kind=digest keepalive=off auth=\"%s\" size=3000 mode=%s",
            account, mode);
    harness_server_start(&server, options);
    sink_fetch(sink, harness_url(&server, L"path?query=a,b%20c"));
    is_hr(sink->result, S_OK, "Digest: %s", mode);
    is_uint(sink->received, 3000, "all of it");
    is_uint(sink->authentications, 1, "asked once");
    is_uint(sink->service_thread, GetCurrentThreadId(), "on the thread of Continue");
    sink_release(sink);
    harness_server_stop(&server);
}

static void test_digest(void)
{
    static const char *const modes[] = {"md5", "sha256", "md5+sess", "sha256+sess", "noqop",
            "opaque", "userhash", "userhash+sha256", "stale", "quoted", "both", "basic",
            "sha256+sess+opaque+quoted+stale"};

    for (unsigned int i = 0; i < ARRAYSIZE(modes); i++)
        test_kind(modes[i], L"user", L"secret", "user:secret");
    test_kind("md5", L"us er", L"a:b, c=d", "us er:a:b, c=d");
}

static void test_digest_wrong(void)
{
    struct harness_server server;
    struct sink *sink;

    harness_server_start(&server, "kind=digest keepalive=off auth=user:secret size=3000");
    sink = sink_create();
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "no credentials");
    sink_release(sink);

    sink = sink_of(L"user", L"wrong");
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "wrong ones");
    ok(sink->authentications > 1 && sink->authentications <= 5, "asked %u times",
            sink->authentications);
    sink_release(sink);

    /* Control characters could begin another header. */
    sink = sink_of(L"user\r\nX-Evil: 1", L"secret");
    harness_server_log_clear(&server);
    sink_fetch(sink, harness_url(&server, L"x"));
    ok(FAILED(sink->result), "a name with a line in it: %s", tap_hr(sink->result));
    is_uint(harness_server_requests(&server), 1, "is not sent");
    sink_release(sink);
    harness_server_stop(&server);
}

/* A server's challenges may say anything. */
static void test_garbage(void)
{
    struct harness_server server;

    harness_server_start(&server,
            "kind=digest keepalive=off auth=user:secret size=3000 mode=garbage");
    for (unsigned int i = 0; i < 13; i++)
    {
        struct sink *sink = sink_of(L"user", L"secret");

        sink_fetch(sink, harness_url(&server, L"x"));
        is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "challenges that are none, %u", i);
        is_uint(sink->results, 1, "one result");
        sink_release(sink);
    }
    harness_server_stop(&server);
}

static void test_url(void)
{
    struct harness_server server;
    struct sink *sink = sink_create();
    WCHAR url[200];

    harness_server_start(&server, "kind=digest keepalive=off auth=user:sec:ret size=3000");
    swprintf(url, ARRAYSIZE(url), L"http://user:sec%%3Aret@127.0.0.1:%d/x", server.port);
    sink_fetch(sink, url);
    is_hr(sink->result, S_OK, "credentials of the URL");
    is_uint(sink->received, 3000, "all of it");
    sink_release(sink);
    harness_server_stop(&server);
}

/* What was meant for one server is not told another. */
static void test_redirect(void)
{
    struct harness_server server, other;
    struct sink *sink = sink_of(L"user", L"secret");
    char options[200];

    harness_server_start(&other, "kind=mirror keepalive=off");
    harness_server_start(&server, "kind=digest keepalive=off auth=user:secret times=2 size=10");
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, S_OK, "at first");
    sink_release(sink);
    snprintf(options, sizeof(options),
            "server set id=%d kind=redirect to=http://127.0.0.1:%d/elsewhere", server.id,
            other.port);
    harness_do("%s", options);
    sink = sink_of(L"user", L"secret");
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, S_OK, "redirected");
    ok(strstr((char *)sink->data, "GET /elsewhere") && !strstr((char *)sink->data, "uthorization"),
            "without credentials");
    sink_release(sink);
    harness_server_stop(&server);
    harness_server_stop(&other);
}

static void test_extended(void)
{
    struct harness_server server;
    struct sink *sink = sink_of(L"user", L"secret");

    harness_server_start(&server, "kind=basic keepalive=off auth=user:secret size=1000");
    sink->flags2 = BINDF2_DISABLEBASICOVERHTTP;
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "BINDF2_DISABLEBASICOVERHTTP");
    is_uint(sink->authentications, 0, "nobody is asked");
    sink_release(sink);

    sink = sink_of(L"user", L"secret");
    sink->extended = TRUE;
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, S_OK, "IAuthenticateEx");
    is_uint(sink->extended_asked, 1, "is asked");
    is_uint(sink->authenticate_flags, AUTHENTICATEF_HTTP | AUTHENTICATEF_BASIC, "about what");
    sink_release(sink);
    harness_server_stop(&server);

    harness_server_start(&server, "kind=digest keepalive=off auth=user:secret size=1000");
    sink = sink_of(L"user", L"secret");
    sink->extended = TRUE;
    sink->flags2 = BINDF2_DISABLEBASICOVERHTTP;
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, S_OK, "Digest is no Basic");
    is_uint(sink->authenticate_flags, AUTHENTICATEF_HTTP, "about what");
    sink_release(sink);
    harness_server_stop(&server);
}

/* Proxies */

static void use_proxy(const char *proxy)
{
    INTERNET_PROXY_INFO info = {0}; /* text in bytes */

    info.dwAccessType = proxy ? INTERNET_OPEN_TYPE_PROXY : INTERNET_OPEN_TYPE_DIRECT;
    info.lpszProxy = (void *)proxy;
    is_hr(UrlMkSetSessionOption(INTERNET_OPTION_PROXY, &info, sizeof(info), 0), S_OK,
            "INTERNET_OPTION_PROXY: %s", proxy ? proxy : "none");
}

/* Each server behind a proxy makes it ask again; the client is asked once. */
static void test_proxy_redirect(const struct harness_server *server, unsigned int asked)
{
    struct sink *sink = sink_of(L"user", L"secret");

    harness_do("server set id=%d kind=redirect to=http://other.invalid/w times=6", server->id);
    sink_fetch(sink, L"http://server.invalid/v");
    is_hr(sink->result, S_OK, "redirects through the proxy");
    is_uint(sink->received, 70000, "all of it");
    is_uint(sink->authentications, asked, "asked");
    sink_release(sink);
    harness_do("server set id=%d kind=normal", server->id);
}

/* The host has no address: only the proxy knows one. (What is on this machine needs no proxy.) */
static void test_proxy(void)
{
    static const struct
    {
        const char *options;
        DWORD flags;
    } kinds[] = {{"kind=proxy", 0},
            {"kind=proxy auth=user:secret mode=digest", AUTHENTICATEF_HTTP | AUTHENTICATEF_PROXY},
            {"kind=proxy auth=user:secret",
                    AUTHENTICATEF_HTTP | AUTHENTICATEF_PROXY | AUTHENTICATEF_BASIC}};
    struct harness_server server;

    harness_server_start(&server, "kind=normal keepalive=off size=70000");
    for (unsigned int i = 0; i < ARRAYSIZE(kinds); i++)
    {
        struct harness_server proxy;
        struct sink *sink;
        char name[64], options[200];

        note("%s", kinds[i].options);
        snprintf(options, sizeof(options), "%s keepalive=off map=127.0.0.1:%d", kinds[i].options,
                server.port);
        harness_server_start(&proxy, options);
        snprintf(name, sizeof(name), "http=http://127.0.0.1:%d", proxy.port);
        use_proxy(name);
        if (i)
        {
            sink = sink_create();
            sink_fetch(sink, L"http://server.invalid/x");
            is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "407 and nobody to ask");
            sink_release(sink);
            sink = sink_of(L"user", L"wrong");
            sink_fetch(sink, L"http://server.invalid/y");
            is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "wrong credentials");
            sink_release(sink);
        }
        harness_server_log_clear(&server);
        sink = sink_of(L"user", L"secret");
        sink->extended = TRUE;
        sink_fetch(sink, L"http://server.invalid/z");
        is_hr(sink->result, S_OK, "through the proxy");
        is_uint(sink->received, 70000, "all of it");
        is_uint(sink->authentications, i ? 1 : 0, "asked");
        is_uint(sink->authenticate_flags, kinds[i].flags, "about what");
        is_uint(harness_server_requests(&server), 1, "the server has it from");
        ok(harness_server_requests(&proxy) > 0, "the proxy");
        sink_release(sink);
        test_proxy_redirect(&server, i ? 1 : 0);
        use_proxy(NULL);
        harness_server_stop(&proxy);
        sink = sink_create();
        sink_fetch(sink, harness_url(&server, L"z"));
        is_hr(sink->result, S_OK, "and without it again");
        sink_release(sink);
    }
    use_proxy("http=http://127.0.0.1:9");
    {
        struct sink *sink = sink_create();

        sink_fetch(sink, L"http://server.invalid/z");
        ok(FAILED(sink->result), "a proxy that is not there: %s", tap_hr(sink->result));
        sink_release(sink);
    }
    use_proxy(NULL);
    harness_server_stop(&server);
}

/* A proxy that refuses the way to the server has no certificate of that. */
static void test_no_certificate(const WCHAR *url)
{
    IInternetProtocolEx *protocol = protocol_create(&CLSID_HttpSProtocol);
    struct sink *sink = sink_create();
    IWinInetInfo *info = NULL;
    BYTE data[1000];
    DWORD size = sizeof(data);

    sink->keep = TRUE;
    sink_start(sink, protocol, url);
    sink_run(sink, protocol);
    is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "407 and nobody to ask");
    IInternetProtocolEx_QueryInterface(protocol, &IID_IWinInetInfo, (void **)&info);
    is_hr(IWinInetInfo_QueryOption(info, INTERNET_OPTION_SECURITY_CERTIFICATE_STRUCT, data, &size),
            S_FALSE, "no certificate");
    IWinInetInfo_Release(info);
    IInternetProtocolEx_Terminate(protocol, 0);
    IInternetProtocolEx_Release(protocol);
    sink_release(sink);
}

/* One binding to an https server that wants Digest, by a proxy's CONNECT. */
static void test_connect_once(const struct harness_server *server, const char *options,
        const WCHAR *host, DWORD flags)
{
    struct harness_server proxy;
    struct harness_reply *log;
    char name[64], whole[200];
    WCHAR url[200];
    struct sink *sink;

    note("CONNECT, %s, %s", options, tap_wstr(host));
    snprintf(whole, sizeof(whole), "%s keepalive=off map=127.0.0.1:%d", options, server->port);
    harness_server_start(&proxy, whole);
    snprintf(name, sizeof(name), "http://127.0.0.1:%d", proxy.port);
    use_proxy(name);
    swprintf(url, ARRAYSIZE(url), L"https://%ls/x", host);

    test_no_certificate(url);
    sink = sink_of(L"user", L"wrong");
    sink->secure = TRUE;
    sink_fetch(sink, url);
    is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "wrong credentials");
    sink_release(sink);

    harness_server_log_clear(server);
    sink = sink_of(L"user", L"secret");
    sink->extended = sink->secure = TRUE;
    sink->on_problem = RPC_E_RETRY;
    sink_fetch(sink, url);
    is_hr(sink->result, S_OK, "through the tunnel");
    is_uint(sink->received, 30000, "all of it");
    is_uint(sink->authentications, 2, "asked for the proxy and for the server");
    is_uint(sink->first_flags, flags, "about what at first");
    is_uint(sink->service_thread, GetCurrentThreadId(), "on the thread of Continue");
    sink_release(sink);
    log = harness_server_log(server, 2); /* 401, then the answer */
    ok(log->line_count > 0, "the server has %u requests", log->line_count);
    is_str(harness_text_value(log->lines[log->line_count - 1], "user"), "user",
            "and none that is the proxy's to know");
    harness_reply_free(log);
    use_proxy(NULL);
    harness_server_stop(&proxy);
}

static void test_connect(void)
{
    struct harness_server server;
    struct sink *sink;

    harness_server_start(&server, "kind=digest tls=1 auth=user:secret size=30000");
    test_connect_once(&server, "kind=proxy auth=user:secret mode=digest", L"one.invalid",
            AUTHENTICATEF_PROXY);
    test_connect_once(&server, "kind=proxy auth=user:secret", L"two.invalid",
            AUTHENTICATEF_PROXY | AUTHENTICATEF_BASIC);
    harness_server_stop(&server);

    /* A server behind the tunnel is no proxy, though it says so. */
    harness_server_start(&server, "kind=status code=407 tls=1");
    sink = sink_of(L"user", L"secret");
    sink->secure = TRUE;
    sink->on_problem = RPC_E_RETRY;
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "407 of a server");
    is_uint(sink->authentications, 0, "nobody is asked");
    sink_release(sink);
    harness_server_stop(&server);
}

int main(void)
{
    harness_require();
    if (builtin_lacks("Digest, page IAuthenticate::Authenticate"))
        return done_testing();
    CoInitialize(NULL);
    test_digest();
    test_connect(); /* the host's TLS keeps some handles */
    tap_account_begin();
    test_digest();
    test_digest_wrong();
    test_garbage();
    test_url();
    test_redirect();
    test_extended();
    test_proxy();
    test_connect();
    tap_account_end("credentials");
    CoUninitialize();
    return done_testing();
}
