/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The http and https protocol objects by themselves: bodies of every kind come whole, and are
 * reported as documented. */
#include "harness.h"
#include "http_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

TAP_TIME_LIMIT(300);

static struct harness_server web;

static HANDLE create_file(const WCHAR *name)
{
    return CreateFileW(harness_scratch(name), GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS,
            0, NULL);
}

/* The index of the first report of a code, or -1. */
static int position(struct sink *sink, ULONG code)
{
    const struct sink_report *report = sink_find(sink, code);

    return report ? (int)(report - sink->reports) : -1;
}

static void fetch_file(const WCHAR *url, UINT64 size, const char *sha256, DWORD read_size)
{
    struct sink *sink = sink_create();

    sink->read_size = read_size;
    sink->file = create_file(L"got");
    ok(sink_fetch(sink, url), "it ends: %s", tap_wstr(url));
    CloseHandle(sink->file);
    is_hr(sink->result, S_OK, "ReportResult");
    is_uint(sink->results, 1, "one result");
    is_uint(sink->received, size, "all of it");
    is_hr(sink->last_read, S_FALSE, "the last Read says that there is no more");
    is_uint(sink->first_reports, 1, "one first notification");
    is_uint(sink->last_reports, 1, "one last notification");
    is_uint(sink->data_after_result, 0, "no data are reported behind the result");
    is_file_sha256(harness_scratch(L"got"), sha256, "what has come is what was sent");
    sink_release(sink);
}

static void test_sizes(void)
{
    static const DWORD sizes[] = {1, 100, 8191, 8192, 8193, 16384, 16385, 65536, 1000000, 20000000};
    static const DWORD reads[] = {100, 4096, 65536, 1 << 20};
    char sha256[HARNESS_SHA256], name[32];
    WCHAR wide[32];

    for (unsigned int i = 0; i < ARRAYSIZE(sizes); i++)
    {
        snprintf(name, sizeof(name), "size%u.bin", i);
        swprintf(wide, ARRAYSIZE(wide), L"size%u.bin", i);
        harness_make_file(&web, name, sizes[i], "1", sha256);
        for (unsigned int j = sizes[i] > 1000000 ? 2 : 0; j < ARRAYSIZE(reads); j++)
            fetch_file(harness_url(&web, wide), sizes[i], sha256, reads[j]);
    }
}

static void test_empty(void)
{
    struct sink *sink = sink_create();

    harness_make_file(&web, "empty", 0, "1", NULL);
    ok(sink_fetch(sink, harness_url(&web, L"empty")), "an empty file ends");
    is_hr(sink->result, S_OK, "ReportResult");
    is_uint(sink->received, 0, "no bytes");
    sink_release(sink);
}

static void test_reports(void)
{
    struct sink *sink = sink_create();
    const struct sink_report *report;

    harness_make_file(&web, "some.bin", 5000, "1", NULL);
    sink_fetch(sink, harness_url(&web, L"some.bin"));
    report = sink_find(sink, BINDSTATUS_SENDINGREQUEST);
    ok(report != NULL, "SENDINGREQUEST");
    report = sink_find(sink, BINDSTATUS_MIMETYPEAVAILABLE);
    if (ok(report != NULL, "MIMETYPEAVAILABLE"))
        is_wstr(report->text, L"application/octet-stream", "the media type");
    ok(position(sink, BINDSTATUS_SENDINGREQUEST) < position(sink, BINDSTATUS_MIMETYPEAVAILABLE),
            "in their order");
    todo_builtin("Wine reports it for URLs of a cache only")
        ok(sink_find(sink, BINDSTATUS_ACCEPTRANGES) != NULL, "ACCEPTRANGES");
    ok(!sink_find(sink, BINDSTATUS_DECODING), "no DECODING");
    is_uint(sink->progress, 5000, "progress");
    is_uint(sink->progress_max, 5000, "of");
    sink_release(sink);
}

static void test_gzip(void)
{
    struct harness_server server;
    char sha256[HARNESS_SHA256];
    struct sink *sink = sink_create();

    harness_nginx_start(&server, "gzip=on");
    harness_make_file(&server, "big.bin", 300000, "1", sha256);
    fetch_file(harness_url(&server, L"big.bin"), 300000, sha256, 65536);
    sink_fetch(sink, harness_url(&server, L"big.bin"));
    if (!tap_builtin())
    {
        const struct sink_report *report = sink_find(sink, BINDSTATUS_DECODING);

        if (ok(report != NULL, "DECODING"))
            is_wstr(report->text, L"gzip", "by what");
    }
    sink_release(sink);
    harness_server_stop(&server);
}

static void test_kinds(void)
{
    static const char *const kinds[] = {"kind=chunked size=500000",
            "kind=no_content_length size=500000", "kind=chunked chunk=7 size=3000",
            "kind=slow rate=40000 size=40000", "kind=short_length extra=1000 size=5000"};

    if (builtin_lacks("an end for each of these bodies"))
        return;

    for (unsigned int i = 0; i < ARRAYSIZE(kinds); i++)
    {
        struct harness_server server;
        const char *size = strstr(kinds[i], "size=") + 5;

        note("%s", kinds[i]);
        harness_server_start(&server, kinds[i]);
        fetch_file(harness_url(&server, L"x"), strtoul(size, NULL, 10), server.sha256, 0);
        harness_server_stop(&server);
    }
}

static void test_secure(void)
{
    struct harness_server server, other;
    char sha256[HARNESS_SHA256];
    struct sink *sink;

    if (builtin_lacks("an end for trouble with certificates"))
        return;
    sink = sink_create();

    harness_nginx_start(&server, "tls=1");
    harness_nginx_start(&other, "tls=1");
    harness_make_file(&server, "s.bin", 3000000, "1", sha256);
    harness_make_file(&other, "o.bin", 10000, "2", NULL);
    sink->flags |= BINDF_NO_UI;
    sink_fetch(sink, harness_url(&server, L"s.bin"));
    ok(FAILED(sink->result), "an unknown authority is refused: %s", tap_hr(sink->result));
    if (!tap_builtin())
        is_hr(sink->result, INET_E_INVALID_CERTIFICATE, "as an invalid certificate");
    is_uint(sink->received, 0, "no bytes");
    sink_release(sink);

    /* What was overlooked once WinINet does not ask for again. */
    sink = sink_create();
    sink->secure = TRUE;
    sink->on_problem = E_ABORT;
    sink_fetch(sink, harness_url(&server, L"s.bin"));
    todo_builtin("another code")
        is_hr(sink->result, E_ABORT, "IHttpSecurity aborts");
    sink_release(sink);

    sink = sink_create();
    sink->secure = TRUE;
    sink->on_problem = RPC_E_RETRY;
    sink->file = create_file(L"secure");
    sink_fetch(sink, harness_url(&server, L"s.bin"));
    CloseHandle(sink->file);
    is_hr(sink->result, S_OK, "overlooked by IHttpSecurity");
    ok(sink->problems > 0, "which was asked");
    is_uint(sink->service_thread, GetCurrentThreadId(), "on the thread of Continue");
    is_file_sha256(harness_scratch(L"secure"), sha256, "and it comes");
    sink_release(sink);

    sink = sink_create();
    sink->secure = TRUE;
    sink->on_problem = S_FALSE;
    sink->flags |= BINDF_NO_UI;
    sink_fetch(sink, harness_url(&other, L"o.bin"));
    ok(FAILED(sink->result) && sink->problems, "a dialog that cannot be shown: %s",
            tap_hr(sink->result));
    sink_release(sink);

    /* Page "IHttpSecurity::OnSecurityProblem" of Windows CE: "should continue the download". */
    sink = sink_create();
    sink->secure = TRUE;
    sink->on_problem = S_OK;
    sink_fetch(sink, harness_url(&other, L"o.bin"));
    is_hr(sink->result, S_OK, "S_OK overlooks it as well");
    ok(sink->problems > 0, "asked");
    is_uint(sink->received, 10000, "it comes");
    sink_release(sink);
    harness_server_stop(&other);

    sink = sink_create();
    sink->flags |= BINDF_IGNORESECURITYPROBLEM;
    sink_fetch(sink, harness_url(&server, L"s.bin"));
    todo_builtin("asks all the same")
        is_hr(sink->result, S_OK, "BINDF_IGNORESECURITYPROBLEM");
    sink_release(sink);
    harness_server_stop(&server);
}

static void test_file(DWORD flags, BOOL stays)
{
    struct sink *sink = sink_create();
    IInternetProtocolEx *protocol = protocol_create(&CLSID_HttpProtocol);
    const struct sink_report *report;
    char sha256[HARNESS_SHA256];
    WCHAR path[256] = L"";

    harness_make_file(&web, stays ? "kept.bin" : "lost.bin", 700000, "f", sha256);
    sink->flags = flags;
    sink->keep = TRUE;
    sink_start(sink, protocol, harness_url(&web, stays ? L"kept.bin" : L"lost.bin"));
    sink_run(sink, protocol);
    is_hr(sink->result, S_OK, "with a file");
    is_uint(sink->received, 700000, "it can be read as well");
    report = sink_find(sink, BINDSTATUS_CACHEFILENAMEAVAILABLE);
    if (ok(report != NULL, "CACHEFILENAMEAVAILABLE"))
    {
        wcscpy(path, report->text);
        is_file_sha256(path, sha256, "the file is whole");
    }
    IInternetProtocolEx_LockRequest(protocol, 0);
    IInternetProtocolEx_Terminate(protocol, 0);
    ok(GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES, "it is there while locked");
    IInternetProtocolEx_UnlockRequest(protocol);
    IInternetProtocolEx_Release(protocol);
    ok((GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES) == stays, "%s",
            stays ? "and stays in the cache" : "a temporary one goes");
    sink_release(sink);
}

static void test_files(void)
{
    test_file(BINDF_ASYNCHRONOUS | BINDF_NEEDFILE | BINDF_GETNEWESTVERSION, TRUE);
    if (!tap_builtin())
        test_file(BINDF_ASYNCHRONOUS | BINDF_NEEDFILE | BINDF_NOWRITECACHE, FALSE);
}

static void test_info(void)
{
    IInternetProtocolEx *protocol = protocol_create(&CLSID_HttpProtocol);
    struct sink *sink = sink_create();
    IWinInetHttpInfo *info;
    IWinInetInfo *simple;
    IInternetPriority *priority;
    char text[100];
    DWORD status = 0, size, flags = 0, reserved = 0;
    LONG value;
    WCHAR url[200];
    HRESULT hr;

    hr = IInternetProtocolEx_QueryInterface(protocol, &IID_IInternetPriority, (void **)&priority);
    is_hr(hr, S_OK, "IInternetPriority");
    is_hr(IInternetPriority_GetPriority(priority, &value), S_OK, "GetPriority");
    is_int(value, 0, "at first");
    is_hr(IInternetPriority_SetPriority(priority, THREAD_PRIORITY_ABOVE_NORMAL), S_OK, "Set");
    is_hr(IInternetPriority_GetPriority(priority, &value), S_OK, "GetPriority");
    is_int(value, THREAD_PRIORITY_ABOVE_NORMAL, "as set");
    IInternetPriority_Release(priority);

    hr = IInternetProtocolEx_QueryInterface(protocol, &IID_IWinInetInfo, (void **)&simple);
    is_hr(hr, S_OK, "IWinInetInfo");
    IWinInetInfo_Release(simple);
    hr = IInternetProtocolEx_QueryInterface(protocol, &IID_IWinInetHttpInfo, (void **)&info);
    is_hr(hr, S_OK, "IWinInetHttpInfo");
    size = sizeof(status);
    hr = IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_STATUS_CODE | HTTP_QUERY_FLAG_NUMBER, &status,
            &size, &flags, &reserved);
    ok(FAILED(hr), "nothing to tell before Start: %s", tap_hr(hr));

    sink->keep = TRUE;
    sink_start(sink, protocol, harness_url(&web, L"some.bin"));
    sink_run(sink, protocol);
    size = sizeof(status);
    hr = IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_STATUS_CODE | HTTP_QUERY_FLAG_NUMBER, &status,
            &size, &flags, &reserved);
    is_hr(hr, S_OK, "QueryInfo");
    is_uint(status, 200, "status");
    size = sizeof(text);
    flags = 0;
    hr = IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_CONTENT_TYPE, text, &size, &flags, &reserved);
    is_hr(hr, S_OK, "QueryInfo");
    is_str(text, "application/octet-stream", "text in bytes");
    size = 3;
    flags = 0;
    hr = IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_CONTENT_TYPE, text, &size, &flags, &reserved);
    todo_builtin("S_FALSE")
        ok(FAILED(hr), "too small a buffer: %s", tap_hr(hr));
    ok(size > 3, "the size it takes");
    size = sizeof(url);
    hr = IWinInetHttpInfo_QueryOption(info, INTERNET_OPTION_URL, url, &size);
    is_hr(hr, S_OK, "QueryOption");
    IWinInetHttpInfo_Release(info);
    IInternetProtocolEx_Terminate(protocol, 0);
    IInternetProtocolEx_Release(protocol);
    sink_release(sink);
}

#define KEPT 30u

/* A body that has come whole leaves its connection to the next request, also as long as nobody has
 * read it; what is asked about the request afterwards is answered all the same. */
static void test_connections(void)
{
    struct sink *sinks[KEPT];
    IInternetProtocolEx *protocols[KEPT];
    struct harness_server server;
    unsigned int ended = 0, right = 0, told = 0, connections;

    harness_nginx_start(&server, "");
    harness_make_file(&server, "small.bin", 4096, "small", NULL);
    for (unsigned int i = 0; i < KEPT; i++)
    {
        sinks[i] = sink_create();
        protocols[i] = protocol_create(&CLSID_HttpProtocol);
        sink_start(sinks[i], protocols[i], harness_url(&server, L"small.bin"));
        ended += sink_wait_result(sinks[i], 60000);
    }
    is_uint(ended, KEPT, "all ended, unread");
    connections = harness_server_connections(&server);
    todo_builtin("only when the client has read everything")
        ok(connections <= KEPT / 2, "%u connections for %u requests", connections, KEPT);
    for (unsigned int i = 0; i < KEPT; i++)
    {
        DWORD status = 0, size = sizeof(status), flags = 0, reserved = 0;
        IWinInetHttpInfo *info;

        IInternetProtocolEx_QueryInterface(protocols[i], &IID_IWinInetHttpInfo, (void **)&info);
        told += IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_STATUS_CODE | HTTP_QUERY_FLAG_NUMBER,
                        &status, &size, &flags, &reserved)
                        == S_OK
                && status == 200;
        IWinInetHttpInfo_Release(info);
        sink_run(sinks[i], protocols[i]);
        right += sinks[i]->received == 4096 && sinks[i]->result == S_OK;
        IInternetProtocolEx_Release(protocols[i]);
        sink_release(sinks[i]);
    }
    is_uint(told, KEPT, "the status of each");
    is_uint(right, KEPT, "and all data");
    harness_server_stop(&server);
}

/* A burst of transfers, for the account. */
static void round_of_transfers(unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
    {
        struct sink *sink = sink_create();

        sink_fetch(sink, harness_url(&web, L"some.bin"));
        if (sink->received != 5000 || sink->result != S_OK)
            fail("round %u: %llu bytes, %s", i, sink->received, tap_hr(sink->result));
        sink_release(sink);
    }
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    harness_nginx_start(&web, "");
    test_reports();
    test_sizes();
    test_empty();
    test_gzip();
    test_kinds();
    test_secure();
    test_files();
    test_info();
    test_connections();

    round_of_transfers(20);
    tap_account_begin();
    round_of_transfers(200);
    tap_account_end("200 transfers");
    harness_server_stop(&web);
    CoUninitialize();
    return done_testing();
}
