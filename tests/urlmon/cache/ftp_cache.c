/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of FTP servers in the cache: what the BINDF_ flags do, what is asked of the server, what is
 * kept. */
#include "cache_bed.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

static const DWORD NEED = BINDF_NEEDFILE;

static int server, port;
static unsigned int number;

static void start(const char *options)
{
    struct harness_reply *reply = harness_demand("ftp start %s", options);

    server = (int)harness_number(reply, "id");
    port = (int)harness_number(reply, "port");
    harness_reply_free(reply);
}

static void stop(void)
{
    harness_do("ftp stop id=%d", server);
}

/* A URL that no test has used; good for the next 3 calls. */
static const WCHAR *url_of(const WCHAR *user)
{
    static WCHAR urls[4][100];
    WCHAR *url = urls[number % ARRAYSIZE(urls)];

    swprintf(url, ARRAYSIZE(urls[0]), L"ftp://%ls127.0.0.1:%d/dir/file%u.bin", user, port,
            number++);
    return url;
}

/* How often the server was told to send a file, and whether it was asked at all. */
static unsigned int retrieved(BOOL *asked)
{
    struct harness_reply *log = harness_demand("ftp log id=%d", server);
    unsigned int count = 0;

    for (unsigned int i = 0; i < log->line_count; i++)
        count += !strncmp(log->lines[i], "RETR ", 5);
    *asked = log->line_count > 0;
    harness_reply_free(log);
    return count;
}

static void check_(int line, const WCHAR *url, DWORD flags, enum bed_way way, unsigned int size,
        const char *text)
{
    unsigned int count;
    struct sink *sink;
    BOOL asked, good;

    harness_do("ftp clear id=%d", server);
    sink = bed_bind(url, flags, NULL);
    count = retrieved(&asked);
    good = sink->result == (way == BED_NOTHING ? INET_E_OBJECT_NOT_FOUND : S_OK)
            && sink->received == (way == BED_NOTHING ? 0 : size)
            && count == (way == BED_SERVER ? 1u : 0u)
            && asked == (way == BED_SERVER || way == BED_GOOD)
            && (sink_find(sink, BINDSTATUS_USINGCACHEDCOPY) != NULL)
                    == (way == BED_CACHE || way == BED_GOOD);
    if (way == BED_CACHE || (flags & BINDF_NEEDFILE))
        good = good && sink_find(sink, BINDSTATUS_CACHEFILENAMEAVAILABLE);
    if (!tap_ok(__FILE__, line, good, "%s", text))
        note("result %08lx, %u bytes, RETR %u, asked %d", sink->result,
                (unsigned int)sink->received, count, asked);
    sink_release(sink);
}

#define check(url, flags, way, size, text) check_(__LINE__, (url), (flags), (way), (size), (text))

/* The file was changed in 2005: fresh for a day at most. */
static void test_flags(void)
{
    const WCHAR *url;

    start("size=3000 modified=20050102030405");
    url = url_of(L"");
    check(url, BINDF_OFFLINEOPERATION, BED_NOTHING, 0, "offline, and nothing is kept");
    check(url, NEED, BED_SERVER, 3000, "NEEDFILE: the server's");
    ok(bed_is_cached(url), "which is kept");
    check(url, BINDF_OFFLINEOPERATION, BED_CACHE, 3000, "OFFLINEOPERATION");
    check(url, BINDF_FWD_BACK, BED_CACHE, 3000, "FWD_BACK");
    check(url, 0, BED_CACHE, 3000, "fresh");
    check(url, NEED, BED_CACHE, 3000, "and with NEEDFILE");
    check(url, BINDF_RESYNCHRONIZE, BED_SERVER, 3000, "RESYNCHRONIZE: all FTP resources");
    check(url, BINDF_GETNEWESTVERSION, BED_SERVER, 3000, "GETNEWESTVERSION");
    check(url, BINDF_PRAGMA_NO_CACHE, BED_SERVER, 3000, "PRAGMA_NO_CACHE");

    url = url_of(L"");
    check(url, 0, BED_SERVER, 3000, "a plain binding");
    ok(!bed_is_cached(url), "keeps nothing");
    check(url, BINDF_HYPERLINK, BED_SERVER, 3000, "HYPERLINK");
    ok(bed_is_cached(url), "keeps it");
    url = url_of(L"");
    check(url, NEED | BINDF_NOWRITECACHE, BED_SERVER, 3000, "NOWRITECACHE");
    ok(!bed_is_cached(url), "keeps nothing, but has a file");
    stop();
}

/* The time of the server's file is asked of old copies. */
static void test_validation(void)
{
    INTERNET_CACHE_ENTRY_INFOW info = {.dwStructSize = sizeof(info)};
    const WCHAR *url;
    FILETIME now;

    start("size=3000");
    GetSystemTimeAsFileTime(&now);
    info.ExpireTime = now;
    info.ExpireTime.dwHighDateTime -= 5000; /* weeks ago */
    url = url_of(L"");
    harness_do("ftp set id=%d modified=20050102030405.123", server);
    check(url, NEED, BED_SERVER, 3000, "what will expire");
    ok(SetUrlCacheEntryInfoW(url, &info, CACHE_ENTRY_EXPTIME_FC), "it has expired");
    check(url, 0, BED_GOOD, 3000, "the same size and time: the copy");
    harness_do("ftp set id=%d modified=20060102030405", server);
    check(url, NEED, BED_SERVER, 3000, "another time: the server's");
    SetUrlCacheEntryInfoW(url, &info, CACHE_ENTRY_EXPTIME_FC);
    harness_do("ftp set id=%d size=4000 seed=1", server);
    check(url, NEED, BED_SERVER, 4000, "another size: the server's");
    SetUrlCacheEntryInfoW(url, &info, CACHE_ENTRY_EXPTIME_FC);
    check(url, NEED, BED_GOOD, 4000, "that one is good");
    harness_do("ftp set id=%d modified=nonsense", server);
    SetUrlCacheEntryInfoW(url, &info, CACHE_ENTRY_EXPTIME_FC);
    check(url, 0, BED_SERVER, 4000, "a server that tells no time");
    ok(!bed_is_cached(url), "what is not the server's any more goes");
    stop();
    start("size=3000 nosize=1");
    url = url_of(L"");
    check(url, NEED, BED_SERVER, 3000, "a server that tells no size");
    ok(!bed_is_cached(url), "it could be any part of the file");
    stop();
}

static void test_who(void)
{
    WCHAR anonymous[100];
    const WCHAR *url;
    struct sink *sink;

    start("size=3000 modified=20050102030405 auth=user:secret");
    url = url_of(L"user:secret@");
    check(url, NEED, BED_SERVER, 3000, "a file for a user");
    check(url, NEED, BED_SERVER, 3000, "is not kept");
    wcscpy(anonymous, L"ftp://");
    wcscat(anonymous, wcschr(url, '@') + 1);
    ok(!bed_is_cached(url) && !bed_is_cached(anonymous), "under no name");
    check(url, BINDF_OFFLINEOPERATION, BED_NOTHING, 0, "offline");
    bed_put(anonymous, NULL, "old", NULL);
    check(anonymous, BINDF_FWD_BACK, BED_CACHE, 3, "anybody's");
    sink = sink_create();
    sink->flags = 0;
    sink->verb = BINDVERB_PUT;
    sink->body = "new";
    sink->body_size = 3;
    sink_fetch(sink, url);
    is_hr(sink->result, S_OK, "PUT");
    sink_release(sink);
    ok(!bed_is_cached(anonymous), "takes what was there out of the cache");
    stop();
}

static void test_unreachable(void)
{
    const WCHAR *url;
    struct sink *sink;

    start("size=3000 modified=20050102030405");
    url = url_of(L"");
    check(url, NEED, BED_SERVER, 3000, "what is kept");
    stop();
    sink = bed_bind(url, BINDF_RESYNCHRONIZE, NULL);
    is_hr(sink->result, INET_E_CANNOT_CONNECT, "the server is gone");
    sink_release(sink);
    sink = bed_bind(url, BINDF_RESYNCHRONIZE | BINDF_GETFROMCACHE_IF_NET_FAIL, NULL);
    is_hr(sink->result, S_OK, "GETFROMCACHE_IF_NET_FAIL");
    is_uint(sink->received, 3000, "all of it");
    sink_release(sink);
    DeleteUrlCacheEntryW(url);
    sink = bed_bind(url, BINDF_GETFROMCACHE_IF_NET_FAIL, NULL);
    is_hr(sink->result, INET_E_CANNOT_CONNECT, "and nothing is kept");
    sink_release(sink);
}

static void test_all(void)
{
    test_flags();
    test_validation();
    test_who();
    test_unreachable();
}

int main(void)
{
    harness_require();
    if (builtin_lacks("the cache of ftp (page \"BINDF enumeration\")"))
        return done_testing();
    CoInitialize(NULL);
    test_all();
    tap_account_begin();
    test_all();
    tap_account_end("the cache of ftp");
    CoUninitialize();
    return done_testing();
}
