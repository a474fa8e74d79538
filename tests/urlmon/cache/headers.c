/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What servers say about keeping their answers: RFC 9111, and what of it pages of Internet
 * Explorer's cache document ("How to prevent caching in Internet Explorer", INTERNET_FLAG_...). */
#include "cache_bed.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

TAP_TIME_LIMIT(300);

#define NEED BINDF_NEEDFILE

static void test_lifetime(void)
{
    static const struct
    {
        const WCHAR *query;
        enum bed_way second;
    } rows[] = {
            {L"control=max-age=1000", BED_CACHE}, {L"control=public,%20Max-Age=1000", BED_CACHE},
            {L"control=private,max-age=%221000%22", BED_CACHE},
            {L"control=max-age=99999999999999999999", BED_CACHE}, {L"control=max-age=0", BED_GOOD},
            {L"control=max-age", BED_GOOD}, {L"control=max-age=-5", BED_GOOD},
            {L"control=x=%22,max-age=1000%22,max-age=0", BED_GOOD},
            {L"control=max-age=0&expires=1000", BED_GOOD},
            {L"control=max-age=1000&expires=-1000", BED_CACHE},
            {L"control=max-age=1000&age=2000", BED_GOOD},
            {L"control=max-age=1000&age=10", BED_CACHE}, {L"expires=1000", BED_CACHE},
            {L"expires=-1000", BED_GOOD}, {L"expires=0", BED_GOOD}, {L"expires=never", BED_GOOD},
            {L"control=max-age=1000&vary=Accept-Encoding,%20User-Agent", BED_CACHE},
            {L"control=max-age=1000&vary=Cookie", BED_GOOD},
            {L"", BED_CACHE},         /* a tenth of its age */
            {L"date=none", BED_GOOD}, /* unknown */
    };

    for (unsigned int i = 0; i < ARRAYSIZE(rows); i++)
    {
        const WCHAR *url = bed_url(rows[i].query);

        bed_check(url, NEED, BED_SERVER, "%s: fill", tap_wstr(rows[i].query));
        bed_check(url, 0, rows[i].second, "%s: again", tap_wstr(rows[i].query));
    }
}

static void test_renewal(void)
{
    const WCHAR *url = bed_url(L"expires=-1000");

    harness_do("server set id=%d mode=max-age=1000", bed_server.id);
    bed_check(url, NEED, BED_SERVER, "fill");
    bed_check(url, 0, BED_GOOD, "what has expired is asked about");
    bed_check(url, 0, BED_CACHE, "the answer to that says how long it is good");
    url = bed_url(L"expires=-1000");
    bed_check(url, NEED, BED_SERVER, "fill");
    bed_check(url, BINDF_NOWRITECACHE, BED_GOOD, "where nothing may be written");
    bed_check(url, 0, BED_GOOD, "that is not noted");
    harness_do("server set id=%d mode=max-age=0", bed_server.id);
}

static void test_forbidden(void)
{
    static const WCHAR *const queries[] = {L"control=no-store", L"control=max-age=1000,NO-STORE",
            L"control=no-cache", L"pragma=no-cache", L"control=max-age=1000&vary=*"};

    for (unsigned int i = 0; i < ARRAYSIZE(queries); i++)
    {
        const WCHAR *url = bed_url(queries[i]);
        const struct sink_report *report;
        struct sink *sink;

        bed_check(url, 0, BED_SERVER, "%s", tap_wstr(queries[i]));
        sink = bed_bind(url, NEED, NULL);
        is_hr(sink->result, S_OK, "%s with a file", tap_wstr(queries[i]));
        report = sink_find(sink, BINDSTATUS_CACHEFILENAMEAVAILABLE);
        if (ok(report && !sink_find(sink, BINDSTATUS_USINGCACHEDCOPY), "a file, from the server"))
            is_uint(GetFileAttributesW(report->text), INVALID_FILE_ATTRIBUTES,
                    "which is gone with the binding");
        sink_release(sink);
        ok(!bed_is_cached(url), "no entry");
        bed_check(url, BINDF_OFFLINEOPERATION, BED_NOTHING, "nothing to be had offline");
    }
}

/* An answer that may not be kept takes the place of one that was. */
static void test_change_of_mind(void)
{
    const WCHAR *url = bed_url(L"control=no-store");

    bed_put(url, L"HTTP/1.1 200 OK\r\nETag: \"old\"\r\n\r\n", "old", NULL);
    bed_check(url, 0, BED_SERVER, "the server has something new, not to be kept");
    ok(!bed_is_cached(url), "the old is gone too");
}

static void test_who(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");
    WCHAR named[512];

    bed_check_headers(url, NEED, L"Authorization: Basic YTpi\r\n", BED_SERVER, "with a name");
    ok(!bed_is_cached(url), "is not kept");
    swprintf(named, ARRAYSIZE(named), L"http://me:secret@%ls", url + 7);
    bed_check(named, NEED, BED_SERVER, "with a name in the URL");
    ok(!bed_is_cached(named) && !bed_is_cached(url), "neither");
    bed_check(url, NEED, BED_SERVER, "without");
    bed_check_headers(url, 0, L"Authorization: Basic YTpi\r\n", BED_SERVER,
            "what was for anybody is not for somebody");
    bed_check_headers(url, 0, L"If-None-Match: \"mine\"\r\n", BED_SERVER, "the client's condition");
}

static void test_kept(void)
{
    static union
    {
        INTERNET_CACHE_ENTRY_INFOW info;
        BYTE bytes[16384];
    } entry;
    const WCHAR *url = bed_url(L"control=max-age=1000&cookie=secret=1&type=text/plain");
    DWORD size = sizeof(entry);

    bed_check(url, NEED, BED_SERVER, "fill");
    if (!ok(GetUrlCacheEntryInfoW(url, &entry.info, &size), "the entry"))
        return;
    ok(wcsstr((WCHAR *)entry.info.lpHeaderInfo, L"Content-Type: text/plain") != NULL, "headers");
    ok(!wcsstr((WCHAR *)entry.info.lpHeaderInfo, L"secret"), "without cookies");
    is_uint(entry.info.dwSizeLow, BED_SIZE, "its size");
    ok(entry.info.ExpireTime.dwHighDateTime != 0, "when it expires");
    ok(entry.info.LastModifiedTime.dwHighDateTime != 0, "when it was changed");
}

/* Internet Options: "Do not save encrypted pages to disk". */
static void test_secure(void)
{
    static const WCHAR key[] = L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings";
    struct harness_server server;
    const WCHAR *url;
    DWORD on = 1;

    if (!harness_trust_ca(FALSE))
    {
        skip(1, "the authority is not trusted");
        return;
    }
    harness_server_start(&server, "kind=cacheable tls=1 modified=1700000000");
    url = harness_url(&server, L"x?control=max-age=1000");
    RegSetKeyValueW(HKEY_CURRENT_USER, key, L"DisableCachingOfSSLPages", REG_DWORD, &on,
            sizeof(on));
    sink_release(bed_bind(url, NEED, NULL));
    ok(!bed_is_cached(url), "encrypted pages are kept off the disk where that is wanted");
    RegDeleteKeyValueW(HKEY_CURRENT_USER, key, L"DisableCachingOfSSLPages");
    sink_release(bed_bind(url, NEED, NULL));
    ok(bed_is_cached(url), "else they are kept");
    harness_server_log_clear(&server);
    sink_release(bed_bind(url, 0, NULL));
    is_uint(harness_server_requests(&server), 0, "and used");
    harness_server_stop(&server);
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    bed_begin();
    bed_check(bed_url(L""), BINDF_GETNEWESTVERSION, BED_SERVER, "a binding");
    if (!builtin_lacks("answers from the cache (page \"BINDF enumeration\")"))
    {
        test_lifetime();
        test_renewal();
        test_forbidden();
        test_change_of_mind();
        test_who();
        test_kept();
        test_secure();
    }
    bed_end();
    CoUninitialize();
    return done_testing();
}
