/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries that are not what they should be: files that are gone, cut or long, headers that say
 * nothing or too much; and bindings that meet in one entry. */
#include "cache_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

TAP_TIME_LIMIT(300);

#define NEED BINDF_NEEDFILE

static void set_size(const WCHAR *path, LONG size)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    SetFilePointer(file, size, NULL, FILE_BEGIN);
    SetEndOfFile(file);
    CloseHandle(file);
}

static void test_damaged(void)
{
    static const LONG sizes[] = {-1, 0, BED_SIZE - 1, BED_SIZE + 1};

    for (unsigned int i = 0; i < ARRAYSIZE(sizes); i++)
    {
        const WCHAR *url = bed_url(L"control=max-age=1000");
        WCHAR path[MAX_PATH];

        bed_check(url, NEED, BED_SERVER, "fill");
        wcscpy(path, bed_file(url));
        if (sizes[i] < 0)
            DeleteFileW(path);
        else
            set_size(path, sizes[i]);
        bed_check(url, i % 2 ? NEED : BINDF_RESYNCHRONIZE, BED_SERVER,
                "a file of %ld bytes is none", sizes[i]);
        bed_check(url, 0, BED_CACHE, "the new one is good");
        if (sizes[i] < 0)
            DeleteFileW(bed_file(url));
        else
            set_size(bed_file(url), sizes[i]);
        bed_check(url, BINDF_OFFLINEOPERATION, BED_NOTHING, "offline there is none then");
        ok(!bed_is_cached(url), "and the entry is gone");
    }
}

/* Entries which somebody else has written. */
static void test_foreign(void)
{
    static const WCHAR *const unusable[] = {L"HTTP/1.1 404 Not Found\r\n\r\n", L"garbage",
            L"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\n\r\n", L"HTTP/1.1", L"\r\n\r\n"};
    static const WCHAR *const stale[] = {L"HTTP/1.1 200 OK\r\nETag: \"a\x01\r\n\r\n",
            L"HTTP/1.1 200 OK\r\nLast-Modified: whenever\r\n\r\n",
            L"HTTP/1.1 200 OK\r\nETag: \"a\"\rX-Evil: yes\r\n\r\n",
            L"HTTP/1.1 200 OK\r\nETag:\r\nLast-Modified:\r\n\r\n"};
    const WCHAR *url;
    struct sink *sink;

    for (unsigned int i = 0; i < ARRAYSIZE(unusable); i++)
    {
        url = bed_url(L"");
        bed_put(url, unusable[i], "stranger", NULL);
        bed_check(url, BINDF_OFFLINEOPERATION, BED_NOTHING, "unusable headers %u", i);
        bed_check(url, BINDF_RESYNCHRONIZE, BED_SERVER, "the server is asked");
    }
    for (unsigned int i = 0; i < ARRAYSIZE(stale); i++)
    {
        url = bed_url(L"");
        bed_put(url, stale[i], "stranger", NULL);
        bed_check(url, BINDF_RESYNCHRONIZE, BED_SERVER, "odd validators %u", i);
    }
    url = bed_url(L"");
    bed_put(url, NULL, "stranger", NULL);
    sink = bed_bind(url, BINDF_OFFLINEOPERATION, NULL);
    is_hr(sink->result, S_OK, "without headers");
    is_mem(sink->data, "stranger", 8, "its content");
    sink_release(sink);
    bed_put(url, L"HTTP/1.1 200 OK\r\n\r\n", "", NULL);
    sink = bed_bind(url, BINDF_OFFLINEOPERATION, NULL);
    is_hr(sink->result, S_OK, "an empty one");
    is_uint(sink->received, 0, "nothing in it");
    sink_release(sink);
}

static void test_large_headers(void)
{
    const WCHAR *url = bed_url(L"");
    size_t size = 60000;
    WCHAR *headers = calloc(size + 100, sizeof(WCHAR));
    struct sink *sink;

    wcscpy(headers, L"HTTP/1.1 200 OK\r\nX-Long: ");
    for (size_t i = wcslen(headers); i < size; i++)
        headers[i] = 'a';
    wcscat(headers, L"\r\nContent-Type: text/css\r\n\r\n");
    bed_put(url, headers, "stranger", NULL);
    sink = bed_bind(url, BINDF_OFFLINEOPERATION, NULL);
    is_hr(sink->result, S_OK, "large headers");
    ok(sink_find(sink, BINDSTATUS_MIMETYPEAVAILABLE) != NULL, "are read to their end");
    sink_release(sink);
    free(headers);
}

/* Many lines of chance. */
static void test_noise(void)
{
    static const WCHAR *const pieces[] = {L"HTTP/1.1 200 OK\r\n", L"HTTP/1.", L"Cache-Control:",
            L"max-age=", L"99999999999", L"\"", L",", L"\r\n", L"\n", L"Vary: ", L"*", L"Expires: ",
            L"Mon, 01 Jan 2024 00:00:00 GMT", L"ETag: \"x\"", L"Content-Type: ", L"\x7f", L"\xe9",
            L" ", L":", L"Age: -1", L"Content-Disposition: attachment; filename=\"..\\a", L"200"};
    unsigned int seed = 12345, bad = 0;
    const WCHAR *url = bed_url(L"control=max-age=10");

    for (unsigned int i = 0; i < 150; i++)
    {
        WCHAR headers[1024] = L"";
        struct sink *sink;

        for (unsigned int j = 0; j < 20; j++)
        {
            seed = seed * 1103515245 + 12345;
            wcscat(headers, pieces[(seed >> 16) % ARRAYSIZE(pieces)]);
        }
        bed_put(url, headers, "noise", NULL);
        sink = bed_bind(url, i % 2 ? BINDF_OFFLINEOPERATION : BINDF_RESYNCHRONIZE, NULL);
        if (sink->results != 1)
            bad++;
        sink_release(sink);
        DeleteUrlCacheEntryW(url);
    }
    is_uint(bad, 0, "every binding to noise has ended");
}

struct pair
{
    IInternetProtocolEx *protocol;
    struct sink *sink;
    WCHAR path[MAX_PATH];
};

static void pair_start(struct pair *pair, const WCHAR *url, DWORD flags)
{
    pair->sink = sink_create();
    pair->sink->flags = flags;
    pair->sink->keep = TRUE;
    pair->protocol = protocol_create(&CLSID_HttpProtocol);
    is_hr(sink_start(pair->sink, pair->protocol, url), S_OK, "a binding starts");
}

static void pair_run(struct pair *pair)
{
    const struct sink_report *report;

    sink_run(pair->sink, pair->protocol);
    report = sink_find(pair->sink, BINDSTATUS_CACHEFILENAMEAVAILABLE);
    wcscpy(pair->path, report ? report->text : L"");
}

static void pair_end(struct pair *pair)
{
    IInternetProtocolEx_Terminate(pair->protocol, 0);
    IInternetProtocolEx_Release(pair->protocol);
    sink_release(pair->sink);
}

static LONGLONG size_of(const WCHAR *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;

    return GetFileAttributesExW(path, GetFileExInfoStandard, &data) ? (LONGLONG)data.nFileSizeLow
                                                                    : -1;
}

/* Two that write the same entry at once: each has a file of its own, which is there as long as it.
 */
static void test_two_writers(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");
    struct pair pairs[2];

    for (unsigned int i = 0; i < 2; i++)
        pair_start(&pairs[i], url, NEED | BINDF_GETNEWESTVERSION);
    for (unsigned int i = 0; i < 2; i++)
        pair_run(&pairs[i]);
    ok(wcscmp(pairs[0].path, pairs[1].path), "two files");
    for (unsigned int i = 0; i < 2; i++)
    {
        is_hr(pairs[i].sink->result, S_OK, "both succeed");
        is_uint(size_of(pairs[i].path), BED_SIZE, "both files are there");
    }
    for (unsigned int i = 0; i < 2; i++)
        pair_end(&pairs[i]);
    bed_check(url, 0, BED_CACHE, "one entry is left");
    is_uint(size_of(bed_file(url)), BED_SIZE, "with its file");
    ok((size_of(pairs[0].path) < 0) != (size_of(pairs[1].path) < 0), "and the other is gone");
}

/* A reader keeps what it reads, whatever becomes of the entry. */
static void test_reader_and_writer(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");
    struct pair reader;
    BYTE rest[BED_SIZE];
    ULONG got = 0;

    for (unsigned int i = 0; i < 2; i++)
    {
        DWORD flags = i ? NEED : 0;

        bed_check(url, BINDF_GETNEWESTVERSION | NEED, BED_SERVER, "fill");
        pair_start(&reader, url, flags);
        ok(sink_wait_result(reader.sink, 10000), "a reader");
        ok(sink_find(reader.sink, BINDSTATUS_USINGCACHEDCOPY) != NULL, "of the cache");
        bed_change();
        bed_check(url, BINDF_GETNEWESTVERSION, BED_SERVER, "the entry is to be replaced");
        DeleteUrlCacheEntryW(url);
        IInternetProtocolEx_Read(reader.protocol, rest, sizeof(rest), &got);
        is_uint(got, BED_SIZE, "the reader gets all of what it began");
        pair_end(&reader);
    }
}

/* Names that are none, and names of other places. */
static void test_names(void)
{
    static const WCHAR *const names[] = {L"..%2F..%2Fx.exe", L"a/../../b.txt", L"con", L"aux.txt",
            L"x.%2e%2e%5cy", L"a:b", L"long.", L"%00.txt", L"x.exe:stream"};
    WCHAR folder[MAX_PATH];

    for (unsigned int i = 0; i < ARRAYSIZE(names); i++)
    {
        const WCHAR *url = harness_url(&bed_server, names[i]);
        struct sink *sink = bed_bind(url, NEED | BINDF_GETNEWESTVERSION, NULL);
        const struct sink_report *report = sink_find(sink, BINDSTATUS_CACHEFILENAMEAVAILABLE);

        is_hr(sink->result, S_OK, "%s", tap_wstr(names[i]));
        if (ok(report != NULL, "a file"))
        {
            wcscpy(folder, report->text);
            ok(wcsstr(folder, L"\\Content.IE5\\") && !wcsstr(folder, L"..\\"), "in the cache: %s",
                    tap_wstr(folder));
        }
        sink_release(sink);
    }
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    bed_begin();
    test_names();
    if (!builtin_lacks("answers from the cache (page \"BINDF enumeration\")"))
    {
        test_damaged();
        test_foreign();
        test_large_headers();
        test_noise();
        test_two_writers();
        test_reader_and_writer();
        test_noise();
        tap_account_begin();
        test_noise();
        test_two_writers();
        tap_account_end("bindings to bad entries");
    }
    bed_end();
    CoUninitialize();
    return done_testing();
}
