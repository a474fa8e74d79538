/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a client's flags make of the cache: page "BINDF enumeration" (platform-apis/ms775130), and
 * for the flags of WinINet which it names, "API Flags" (wininet).
 */
#include "cache_bed.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

TAP_TIME_LIMIT(300);

#define NEED BINDF_NEEDFILE

static void test_default(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");

    bed_check(url, 0, BED_SERVER, "the first time the server is asked");
    bed_check(url, 0, BED_CACHE, "what is fresh comes from the cache");
    bed_check_headers(url, 0, L"X-Any: thing\r\n", BED_CACHE, "for who has IHttpNegotiate too");
    bed_check(url, NEED, BED_CACHE, "and for who needs a file");
    bed_check(url, BINDF_HYPERLINK, BED_CACHE, "and for a hyperlink");
    bed_check(url, BINDF_NOWRITECACHE, BED_CACHE, "and where nothing may be written");
    url = bed_url(L"");
    bed_check(url, 0, BED_SERVER, "an answer without a lifetime");
    ok(!bed_is_cached(url), "is not kept for who needs no file");
    bed_check(url, NEED, BED_SERVER, "for who needs a file");
    ok(bed_is_cached(url), "it is");
}

static void test_newest(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");

    bed_check(url, 0, BED_SERVER, "fill");
    bed_change();
    bed_check(url, 0, BED_CACHE, "the server has something new, but the old is fresh");
    bed_check(url, BINDF_GETNEWESTVERSION, BED_SERVER, "GETNEWESTVERSION");
    bed_check(url, 0, BED_CACHE, "it has replaced the entry");
    bed_check(url, BINDF_PRAGMA_NO_CACHE, BED_SERVER, "PRAGMA_NO_CACHE");
    bed_check_headers(url, 0, L"Cache-Control: no-cache\r\n", BED_SERVER, "the client's own wish");
    bed_check_headers(url, 0, L"Pragma: no-cache\r\n", BED_SERVER, "in the old way");
}

static void test_resynchronize(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");

    bed_check(url, BINDF_RESYNCHRONIZE, BED_SERVER, "RESYNCHRONIZE: the first time");
    bed_check(url, BINDF_RESYNCHRONIZE, BED_GOOD, "then the server says that it is good");
    bed_check_headers(url, BINDF_RESYNCHRONIZE, L"X-Any: thing\r\n", BED_GOOD,
            "OnResponse has 200");
    bed_check(url, BINDF_RESYNCHRONIZE | NEED, BED_GOOD, "with a file");
    bed_change();
    bed_check(url, BINDF_RESYNCHRONIZE, BED_SERVER, "new content comes");
    bed_check(url, BINDF_RESYNCHRONIZE, BED_GOOD, "and has been kept");
    url = bed_url(L"tag=none");
    bed_check(url, BINDF_RESYNCHRONIZE, BED_SERVER, "without ETag");
    bed_check(url, BINDF_RESYNCHRONIZE, BED_GOOD, "by Last-Modified");
    url = bed_url(L"date=none");
    bed_check(url, BINDF_RESYNCHRONIZE, BED_SERVER, "without Last-Modified");
    bed_check(url, BINDF_RESYNCHRONIZE, BED_GOOD, "by ETag");
    url = bed_url(L"date=none&tag=none");
    bed_check(url, BINDF_RESYNCHRONIZE | NEED, BED_SERVER, "without either");
    bed_check(url, BINDF_RESYNCHRONIZE | NEED, BED_SERVER, "there is nothing to ask by");
}

static void test_offline(void)
{
    const WCHAR *url = bed_url(L"expires=-100");

    bed_check(url, BINDF_OFFLINEOPERATION, BED_NOTHING, "OFFLINEOPERATION: nothing there");
    bed_check(url, BINDF_OFFLINEOPERATION | NEED, BED_NOTHING, "with a file");
    bed_check(url, NEED, BED_SERVER, "fill");
    bed_check(url, BINDF_OFFLINEOPERATION, BED_CACHE, "what is kept, though it has expired");
    bed_check(url, BINDF_OFFLINEOPERATION | NEED, BED_CACHE, "as a file");
    bed_check(url, BINDF_OFFLINEOPERATION | BINDF_GETNEWESTVERSION, BED_CACHE,
            "offline is stronger than newest");
    bed_check_headers(url, BINDF_OFFLINEOPERATION, L"Range: bytes=0-1\r\n", BED_NOTHING,
            "parts are not kept");
}

static void test_back(void)
{
    const WCHAR *url = bed_url(L"expires=-100");

    bed_check(url, BINDF_FWD_BACK, BED_SERVER, "FWD_BACK: nothing there, and the net is asked");
    bed_check(url, BINDF_FWD_BACK, BED_CACHE, "then what is kept, though it has expired");
    bed_check(url, 0, BED_GOOD, "without the flag the server is asked");
}

static void test_no_write(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");
    struct sink *sink;
    const struct sink_report *report;

    bed_check(url, BINDF_NOWRITECACHE, BED_SERVER, "NOWRITECACHE");
    ok(!bed_is_cached(url), "keeps nothing");
    sink = bed_bind(url, BINDF_NOWRITECACHE | NEED, NULL);
    report = sink_find(sink, BINDSTATUS_CACHEFILENAMEAVAILABLE);
    if (ok(report != NULL, "with NEEDFILE there is a file"))
        is_uint(GetFileAttributesW(report->text), INVALID_FILE_ATTRIBUTES,
                "as long as the binding");
    ok(!bed_is_cached(url), "and still no entry");
    sink_release(sink);
    bed_check(url, BINDF_PRAGMA_NO_CACHE, BED_SERVER, "PRAGMA_NO_CACHE");
    ok(!bed_is_cached(url), "keeps nothing either");
    bed_check(url, BINDF_PRAGMA_NO_CACHE | NEED, BED_SERVER, "PRAGMA_NO_CACHE, with NEEDFILE");
    ok(!bed_is_cached(url), "nor then");
}

static void test_net_fail(void)
{
    const WCHAR *url = bed_url(L"expires=-100"), *other = bed_url(L"expires=-100");
    struct sink *sink;

    bed_check(url, BINDF_GETFROMCACHE_IF_NET_FAIL, BED_SERVER, "GETFROMCACHE_IF_NET_FAIL: fill");
    bed_check(url, BINDF_GETFROMCACHE_IF_NET_FAIL, BED_GOOD, "the server is there");
    harness_server_stop(&bed_server);
    sink = bed_bind(url, BINDF_GETFROMCACHE_IF_NET_FAIL, NULL);
    is_hr(sink->result, S_OK, "the server is gone");
    is_uint(sink->received, BED_SIZE, "what is kept");
    ok(sink_find(sink, BINDSTATUS_USINGCACHEDCOPY) != NULL, "from the cache");
    sink_release(sink);
    sink = bed_bind(url, BINDF_GETFROMCACHE_IF_NET_FAIL | BINDF_GETNEWESTVERSION | NEED, NULL);
    is_hr(sink->result, S_OK, "the same where the newest was wanted");
    sink_release(sink);
    sink = bed_bind(url, 0, NULL);
    is_hr(sink->result, INET_E_CANNOT_CONNECT, "without the flag");
    sink_release(sink);
    sink = bed_bind(other, BINDF_GETFROMCACHE_IF_NET_FAIL, NULL);
    is_hr(sink->result, INET_E_CANNOT_CONNECT, "with it, but nothing is kept");
    sink_release(sink);
    harness_server_restart(&bed_server, "");
}

/* The target of a redirect is looked up like any URL. */
static void test_redirect(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");
    struct harness_server redirector;
    struct sink *sink;

    harness_server_start(&redirector, "kind=redirect");
    harness_do("server set id=%d to=%s", redirector.id, tap_wstr(url));
    bed_check(url, 0, BED_SERVER, "fill");
    harness_server_log_clear(&bed_server);
    sink = bed_bind(harness_url(&redirector, L"x"), 0, NULL);
    is_hr(sink->result, S_OK, "a redirect to what is kept");
    ok(sink_find(sink, BINDSTATUS_REDIRECTING) && sink_find(sink, BINDSTATUS_USINGCACHEDCOPY),
            "the redirect, then the cache");
    is_uint(sink->received, BED_SIZE, "all of it");
    is_uint(harness_server_requests(&bed_server), 0, "its server is not asked");
    sink_release(sink);
    harness_server_stop(&redirector);
}

/* A request that changes something makes what is kept old. */
static void test_post(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");
    struct sink *sink = sink_create();

    bed_check(url, 0, BED_SERVER, "fill");
    harness_do("server set id=%d kind=mirror", bed_server.id);
    sink->verb = BINDVERB_POST;
    sink->body = "a=b";
    sink->body_size = 3;
    sink_fetch(sink, url);
    is_hr(sink->result, S_OK, "POST");
    ok(!bed_is_cached(url), "what was kept is gone");
    sink_release(sink);
    harness_do("server set id=%d kind=cacheable", bed_server.id);
    bed_check(url, 0, BED_SERVER, "after a POST the server is asked");
}

static void round_of_bindings(unsigned int count)
{
    static const DWORD flags[] = {0, BINDF_RESYNCHRONIZE, BINDF_OFFLINEOPERATION, NEED,
            BINDF_GETNEWESTVERSION | NEED};
    const WCHAR *url = harness_url(&bed_server, L"round?control=max-age=1000");

    for (unsigned int i = 0; i < count; i++)
        sink_release(bed_bind(url, flags[i % ARRAYSIZE(flags)], NULL));
}

/* The same wishes by WinINet's names: "Additional Win32 Internet API flags. Must also set
 * BINDINFO_OPTIONS_WININETFLAG in dwOptions" (page BINDINFO). */

static void check_internet(const WCHAR *url, DWORD flags, enum bed_way way, const char *text)
{
    bed_internet_flags = flags;
    bed_check(url, 0, way, "%s", text);
    bed_internet_flags = 0;
}

static void test_internet_flags(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");

    check_internet(url, INTERNET_FLAG_OFFLINE, BED_NOTHING, "INTERNET_FLAG_OFFLINE: nothing yet");
    check_internet(url, INTERNET_FLAG_NO_CACHE_WRITE, BED_SERVER, "INTERNET_FLAG_NO_CACHE_WRITE");
    ok(!bed_is_cached(url), "nothing was written");
    check_internet(url, INTERNET_FLAG_PRAGMA_NOCACHE, BED_SERVER, "INTERNET_FLAG_PRAGMA_NOCACHE");
    ok(!bed_is_cached(url), "nor then");
    bed_check(url, 0, BED_SERVER, "fill");
    check_internet(url, INTERNET_FLAG_OFFLINE, BED_CACHE, "INTERNET_FLAG_OFFLINE");
    check_internet(url, INTERNET_FLAG_RESYNCHRONIZE, BED_GOOD, "INTERNET_FLAG_RESYNCHRONIZE");
    check_internet(url, INTERNET_FLAG_RELOAD, BED_SERVER, "INTERNET_FLAG_RELOAD");
    check_internet(url, INTERNET_FLAG_HYPERLINK, BED_CACHE, "INTERNET_FLAG_HYPERLINK");
    url = bed_url(L"");
    check_internet(url, INTERNET_FLAG_NEED_FILE, BED_SERVER, "INTERNET_FLAG_NEED_FILE");
    ok(bed_is_cached(url), "what needs a file is kept");
    url = bed_url(L"control=max-age=0");
    bed_check(url, NEED, BED_SERVER, "what is stale at once");
    check_internet(url, INTERNET_FLAG_FWD_BACK, BED_CACHE, "INTERNET_FLAG_FWD_BACK");
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    bed_begin();
    bed_check(bed_url(L""), BINDF_GETNEWESTVERSION, BED_SERVER, "a binding");
    if (!builtin_lacks("answers from the cache (page \"BINDF enumeration\")"))
    {
        test_default();
        test_newest();
        test_resynchronize();
        test_offline();
        test_back();
        test_no_write();
        test_net_fail();
        test_redirect();
        test_post();
        test_internet_flags();
        round_of_bindings(20);
        tap_account_begin();
        round_of_bindings(100);
        tap_account_end("100 bindings");
    }
    bed_end();
    CoUninitialize();
    return done_testing();
}
