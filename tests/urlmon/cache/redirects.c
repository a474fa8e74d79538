/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Redirects in the cache: kept when the server says for how long, and followed without asking. */
#include "cache_bed.h"

#include <wchar.h>

/* A binding to what leads to BED_SIZE bytes; how often the server was asked. */
static void check_(int line, const WCHAR *url, DWORD flags, DWORD flags2, const WCHAR *headers,
        unsigned int expected, const char *text)
{
    struct sink *sink = sink_create();
    struct harness_reply *log;
    unsigned int requests;
    BOOL good;

    harness_server_log_clear(&bed_server);
    sink->flags = flags;
    sink->flags2 = flags2;
    sink->headers = headers;
    sink->negotiates = headers != NULL;
    good = sink_fetch(sink, url) && sink->result == S_OK && sink->received == BED_SIZE
            && sink_find(sink, BINDSTATUS_REDIRECTING);
    log = harness_server_log(&bed_server, expected);
    requests = log->line_count;
    harness_reply_free(log);
    if (!tap_ok(__FILE__, line, good && requests == expected, "%s: %u requests", text, expected))
        note("result %08lx, %u bytes, %u requests", sink->result, (unsigned int)sink->received,
                requests);
    sink_release(sink);
}

#define check(url, flags, expected, text)                                                          \
    check_(__LINE__, (url), (flags), 0, NULL, (expected), (text))

static const WCHAR *redirect(const WCHAR *how, const WCHAR *target)
{
    WCHAR query[200];

    swprintf(query, ARRAYSIZE(query), L"to=%ls&%ls", target, how);
    return bed_url(query);
}

static void test_kept(void)
{
    static const WCHAR *const codes[] = {L"301", L"302", L"303", L"307", L"308"};
    static unsigned int number;
    WCHAR how[100], target[100];
    const WCHAR *url;

    for (unsigned int i = 0; i < ARRAYSIZE(codes); i++)
    {
        swprintf(how, ARRAYSIZE(how), L"code=%ls&control=max-age=1000", codes[i]);
        url = redirect(how, L"/target");
        check(url, 0, 2, "the first time both are asked");
        ok(bed_is_cached(url), "%s with a lifetime is kept", tap_wstr(codes[i]));
        check(url, 0, 1, "then the target alone");
        check_(__LINE__, url, 0, 0, L"X-Any: thing\r\n", 1, "for who has IHttpNegotiate too");
        check_(__LINE__, url, 0, BINDF2_DISABLE_HTTP_REDIRECT_CACHING, NULL, 2,
                "DISABLE_HTTP_REDIRECT_CACHING");
        check(url, BINDF_GETNEWESTVERSION, 2, "GETNEWESTVERSION");
    }
    swprintf(target, ARRAYSIZE(target), L"/other%u?control=max-age=1000", number++);
    url = redirect(L"control=max-age=1000", target);
    check(url, 0, 2, "to what is kept, too");
    check(url, 0, 0, "nobody is asked");
    check(url, BINDF_OFFLINEOPERATION, 0, "offline");
}

static void test_not_kept(void)
{
    static const WCHAR *const hows[] = {L"code=301", L"code=302", L"control=no-store,max-age=1000",
            L"control=max-age=0", L"expires=-100", L"vary=*&control=max-age=1000"};
    const WCHAR *url;

    for (unsigned int i = 0; i < ARRAYSIZE(hows); i++)
    {
        url = redirect(hows[i], L"/target");
        check(url, 0, 2, tap_wstr(hows[i]));
        ok(!bed_is_cached(url), "is not kept");
        check(url, 0, 2, "asked again");
    }
    url = redirect(L"control=max-age=1000", L"/target");
    check(url, BINDF_NOWRITECACHE, 2, "NOWRITECACHE");
    ok(!bed_is_cached(url), "is not kept");
    check_(__LINE__, url, 0, BINDF2_DISABLE_HTTP_REDIRECT_CACHING, NULL, 2,
            "DISABLE_HTTP_REDIRECT_CACHING");
    ok(!bed_is_cached(url), "is not kept");
}

/* In the cache two redirects lead to each other. */
static void test_loop(void)
{
    WCHAR headers[400], one[100], two[100];
    FILETIME later;
    struct sink *sink;

    GetSystemTimeAsFileTime(&later);
    later.dwHighDateTime += 100;
    wcscpy(one, bed_url(L"1"));
    wcscpy(two, bed_url(L"2"));
    swprintf(headers, ARRAYSIZE(headers), L"HTTP/1.1 301 Moved\r\nLocation: %ls\r\n\r\n", two);
    bed_put(one, headers, "", &later);
    swprintf(headers, ARRAYSIZE(headers), L"HTTP/1.1 301 Moved\r\nLocation: %ls\r\n\r\n", one);
    bed_put(two, headers, "", &later);
    harness_server_log_clear(&bed_server);
    sink = bed_bind(one, 0, NULL);
    is_hr(sink->result, INET_E_REDIRECT_FAILED, "a loop of the cache's own ends");
    is_uint(harness_server_requests(&bed_server), 0, "nobody is asked");
    sink_release(sink);
    swprintf(headers, ARRAYSIZE(headers),
            L"HTTP/1.1 301 Moved\r\nLocation: file:///c:/windows/win.ini\r\n\r\n");
    bed_put(one, headers, "", &later);
    sink = bed_bind(one, 0, NULL);
    is_hr(sink->result, INET_E_REDIRECT_FAILED, "and one to a file leads nowhere");
    sink_release(sink);
    bed_put(one, L"HTTP/1.1 301 Moved\r\n\r\n", "", &later);
    sink = bed_bind(one, 0, NULL);
    ok(sink->results == 1, "one without a target ends: %s", tap_hr(sink->result));
    sink_release(sink);
}

static void test_all(void)
{
    test_kept();
    test_not_kept();
    test_loop();
}

int main(void)
{
    harness_require();
    if (builtin_lacks("redirects from the cache (page \"BINDF2 enumeration\")"))
        return done_testing();
    CoInitialize(NULL);
    bed_begin();
    test_all();
    tap_account_begin();
    test_all();
    tap_account_end("redirects");
    bed_end();
    CoUninitialize();
    return done_testing();
}
