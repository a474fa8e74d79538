/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cookies are WinINet's, whoever has set them: what is there when a request begins goes out with
 * it, also when many begin at once, of which WinINet is not asked for each. Pages
 * InternetSetCookie, INTERNET_FLAG_NO_COOKIES; docs/urlmon.md, "http, https and ftp".
 */
#include "http_sink.h"

#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

#define CROWD 30u /* more than there are slots */

static struct harness_server mirror;
static struct sink *sinks[2 * CROWD];
static IInternetProtocolEx *protocols[2 * CROWD];

/* Whether the request, which the mirror answered with, had that cookie. */
static BOOL has_sent(struct sink *sink, const char *cookie)
{
    char text[sizeof(sink->data) + 1];
    size_t size = sink->received < sizeof(sink->data) ? (size_t)sink->received : sizeof(sink->data);
    const char *line;

    memcpy(text, sink->data, size);
    text[size] = 0;
    line = strstr(text, "Cookie: ");
    return line && strstr(line, cookie);
}

static void cookie_set(const WCHAR *name, const WCHAR *text)
{
    ok(InternetSetCookieW(harness_url(&mirror, name), NULL, text), "%s", tap_wstr(text));
}

static BOOL fetch_sends(const WCHAR *name, const char *cookie)
{
    struct sink *sink = sink_create();
    BOOL sent;

    sink_fetch(sink, harness_url(&mirror, name));
    is_hr(sink->result, S_OK, "%s", tap_wstr(name));
    sent = has_sent(sink, cookie);
    sink_release(sink);
    return sent;
}

static void crowd_begin(unsigned int first, const WCHAR *name)
{
    const WCHAR *url = harness_url(&mirror, name);
    unsigned int begun = 0;

    for (unsigned int i = first; i < first + CROWD; i++)
    {
        sinks[i] = sink_create();
        protocols[i] = protocol_create(&CLSID_HttpProtocol);
        begun += sink_start(sinks[i], protocols[i], url) == S_OK;
    }
    is_uint(begun, CROWD, "%s: begun", tap_wstr(name));
}

/* How many of them have sent the cookie. */
static unsigned int crowd_end(unsigned int first, const char *cookie)
{
    unsigned int good = 0, sent = 0;

    for (unsigned int i = first; i < first + CROWD; i++)
    {
        good += sink_run(sinks[i], protocols[i]) && sinks[i]->result == S_OK;
        sent += has_sent(sinks[i], cookie);
        IInternetProtocolEx_Release(protocols[i]);
        sink_release(sinks[i]);
    }
    is_uint(good, CROWD, "they end well");
    return sent;
}

/* One request after another, and the program sets a cookie between two of them. */
static void test_alone(void)
{
    ok(!fetch_sends(L"alone/x", "alone=1"), "none as yet");
    cookie_set(L"alone/x", L"alone=1");
    ok(fetch_sends(L"alone/x", "alone=1"), "one that the program has set");
    ok(!fetch_sends(L"elsewhere/x", "alone=1"), "not in another folder");
    cookie_set(L"alone/x", L"alone=2");
    ok(fetch_sends(L"alone/x", "alone=2"), "its new value");
}

/* Of one URL many begin before there is a cookie, and many after. */
static void test_between(void)
{
    crowd_begin(0, L"between/x");
    cookie_set(L"between/x", L"between=1");
    crowd_begin(CROWD, L"between/x");
    crowd_end(0, "between=1"); /* some, perhaps: it came while they waited */
    is_uint(crowd_end(CROWD, "between=1"), CROWD, "all that began after the cookie send it");
    crowd_begin(0, L"between/x");
    is_uint(crowd_end(0, "between=1"), CROWD, "and those which begin later");
}

/* A cookie for a single file. */
static void test_file(void)
{
    crowd_begin(0, L"file/x");
    is_uint(crowd_end(0, "file=1"), 0, "none as yet");
    cookie_set(L"file/x", L"file=1; path=/file/x");
    crowd_begin(0, L"file/x");
    is_uint(crowd_end(0, "file=1"), CROWD, "a cookie of the file's own");
    crowd_begin(0, L"file/y");
    is_uint(crowd_end(0, "file=1"), 0, "which is not for its neighbour");
}

/* The server sets one. */
static void test_server(void)
{
    crowd_begin(0, L"server/x");
    is_uint(crowd_end(0, "taste=sweet"), 0, "none as yet");
    crowd_begin(0, L"cookie");
    crowd_end(0, "taste=sweet");
    crowd_begin(0, L"server/x");
    is_uint(crowd_end(0, "taste=sweet"), CROWD, "the server's cookie is sent back");
    ok(fetch_sends(L"server/x", "taste=sweet"), "also by one that is alone");
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    harness_server_start(&mirror, "kind=mirror");
    test_alone();
    test_between();
    test_file();
    test_server();
    harness_server_stop(&mirror);
    CoUninitialize();
    return done_testing();
}
