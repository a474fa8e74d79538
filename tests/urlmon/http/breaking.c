/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers that break off: what cannot be whole is not taken for whole, what can be fetched further
 * is, and heads without an end have one. */
#include "harness.h"
#include "http_sink.h"

#include <psapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

TAP_TIME_LIMIT(300);

struct breaking
{
    const char *options;
    HRESULT result;
    UINT64 received;       /* at least, of what fails */
    unsigned int requests; /* 0: whatever */
};

static void test_breaking(const struct breaking *breaking, const char *more)
{
    struct harness_server server;
    struct sink *sink = sink_create();
    char options[200];

    snprintf(options, sizeof(options), "%s%s", breaking->options, more);
    harness_server_start(&server, options);
    sink->file = CreateFileW(harness_scratch(L"got"), GENERIC_WRITE, FILE_SHARE_READ, NULL,
            CREATE_ALWAYS, 0, NULL);
    ok(sink_fetch(sink, harness_url(&server, L"x")), "it ends: %s", breaking->options);
    CloseHandle(sink->file);
    is_hr(sink->result, breaking->result, "and how");
    is_uint(sink->results, 1, "one result");
    is_uint(sink->data_after_result, 0, "no data behind it");
    if (SUCCEEDED(breaking->result))
    {
        is_uint(sink->received, breaking->received, "all of it");
        is_file_sha256(harness_scratch(L"got"), server.sha256, "rightly");
        is_uint(sink->last_reports, 1, "the last notification");
    }
    else
    {
        ok(sink->received >= breaking->received, "%llu bytes", sink->received);
        is_uint(sink->last_reports, 0, "no last notification");
    }
    if (breaking->requests)
    {
        struct harness_reply *reply = harness_server_log(&server, breaking->requests);

        is_uint(reply->line_count, breaking->requests, "requests");
        harness_reply_free(reply);
    }
    sink_release(sink);
    harness_server_stop(&server);
}

static void test_all(const struct breaking *breaking, unsigned int count, const char *more)
{
    for (unsigned int i = 0; i < count; i++)
        test_breaking(&breaking[i], more);
}

/* The rest of a body is fetched when it is sure to be of the same thing. */
static void test_resume(void)
{
    static const struct breaking tests[] = {
            {"kind=breaks after=300000 size=1000000", S_OK, 1000000, 2},
            {"kind=breaks after=1 size=10000", S_OK, 10000, 2},
            {"kind=breaks after=9999 size=10000", S_OK, 10000, 2},
            /* Last-Modified, of long ago, is as good as an ETag. */
            {"kind=breaks after=300000 size=1000000 etag=none", S_OK, 1000000, 2},
            {"kind=breaks after=300000 size=1000000 etag=weak", S_OK, 1000000, 2},
            {"kind=breaks after=300000 size=1000000 mode=again", S_OK, 1000000, 4},
            {"kind=breaks after=100000 size=1000000 mode=again", INET_E_DOWNLOAD_FAILURE, 400000,
                    4},
            {"kind=breaks after=3000 size=10000 etag=none modified=none", INET_E_DOWNLOAD_FAILURE,
                    3000, 1},
            {"kind=breaks after=3000 size=10000 etag=weak modified=none", INET_E_DOWNLOAD_FAILURE,
                    3000, 1},
            {"kind=breaks after=3000 size=10000 mode=whole", INET_E_DOWNLOAD_FAILURE, 3000, 2},
            {"kind=breaks after=3000 size=10000 mode=changed", INET_E_DOWNLOAD_FAILURE, 3000, 2},
            {"kind=breaks after=3000 size=10000 mode=shift", INET_E_DOWNLOAD_FAILURE, 3000, 2},
            {"kind=breaks after=3000 size=10000 mode=type", INET_E_DOWNLOAD_FAILURE, 3000, 2},
            {"kind=breaks after=3000 size=10000 mode=refuse", INET_E_DOWNLOAD_FAILURE, 3000, 2},
            {"kind=breaks after=3000 size=10000 mode=silent", INET_E_DOWNLOAD_FAILURE, 3000, 0},
    };

    test_all(tests, ARRAYSIZE(tests), " keepalive=off");
}

static void test_cut(void)
{
    static const struct breaking tests[] = {
            {"kind=chunked size=500000", S_OK, 500000, 1},
            {"kind=chunked size=500000 keepalive=off", S_OK, 500000, 1},
            {"kind=chunked size=500000 mode=truncated after=300000", INET_E_DOWNLOAD_FAILURE,
                    300000, 1},
            {"kind=chunked size=500000 mode=truncated after=1", INET_E_DOWNLOAD_FAILURE, 0, 1},
            {"kind=chunked size=500000 mode=bad_size after=3000", INET_E_DOWNLOAD_FAILURE, 3000, 1},
            {"kind=chunked size=500000 mode=huge_size after=3000", INET_E_DOWNLOAD_FAILURE, 3000,
                    1},
            {"kind=encoded size=500000", S_OK, 500000, 1},
            {"kind=encoded size=500000 mode=chunked", S_OK, 500000, 1},
            {"kind=encoded size=500000 mode=close", S_OK, 500000, 1},
            {"kind=encoded size=500000 how=deflate", S_OK, 500000, 1},
            {"kind=encoded size=500000 how=rawdeflate mode=chunked", S_OK, 500000, 1},
            {"kind=encoded size=0", S_OK, 0, 1},
            {"kind=encoded size=500000 after=1", INET_E_DOWNLOAD_FAILURE, 400000, 1},
            {"kind=encoded size=500000 after=8 mode=close", INET_E_DOWNLOAD_FAILURE, 400000, 1},
            {"kind=encoded size=500000 after=200000 mode=close", INET_E_DOWNLOAD_FAILURE, 1000, 1},
            {"kind=encoded size=500000 after=20 mode=chunked", INET_E_DOWNLOAD_FAILURE, 400000, 1},
            {"kind=encoded size=500000 after=20 how=deflate mode=close", INET_E_DOWNLOAD_FAILURE,
                    400000, 1},
            {"kind=encoded size=500000 flip=6", INET_E_DOWNLOAD_FAILURE, 400000, 1},
            {"kind=encoded size=500000 flip=1000 mode=chunked", INET_E_DOWNLOAD_FAILURE, 1000, 1},
    };

    test_all(tests, ARRAYSIZE(tests), "");
}

/* What is known of a chunked answer stays known behind its end. */
static void test_info(void)
{
    IInternetProtocolEx *protocol = protocol_create(&CLSID_HttpProtocol);
    struct sink *sink = sink_create();
    struct harness_server server;
    IWinInetHttpInfo *info;
    DWORD status = 0, size = sizeof(status), index = 0, reserved = 0;
    char text[100];

    harness_server_start(&server, "kind=chunked size=5000 keepalive=off");
    sink->keep = TRUE;
    sink_start(sink, protocol, harness_url(&server, L"x"));
    sink_run(sink, protocol);
    is_hr(sink->result, S_OK, "a chunked answer");
    is_hr(IInternetProtocolEx_QueryInterface(protocol, &IID_IWinInetHttpInfo, (void **)&info), S_OK,
            "IWinInetHttpInfo");
    is_hr(IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_STATUS_CODE | HTTP_QUERY_FLAG_NUMBER, &status,
                  &size, &index, &reserved),
            S_OK, "QueryInfo");
    is_uint(status, 200, "the status");
    size = sizeof(text);
    index = 0;
    is_hr(IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_CONTENT_TYPE, text, &size, &index, &reserved),
            S_OK, "QueryInfo");
    is_str(text, "application/octet-stream", "the media type");
    IWinInetHttpInfo_Release(info);
    IInternetProtocolEx_Terminate(protocol, 0);
    IInternetProtocolEx_Release(protocol);
    sink_release(sink);
    harness_server_stop(&server);
}

static SIZE_T memory_used(void)
{
    PROCESS_MEMORY_COUNTERS counters;

    GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters));
    return counters.PagefileUsage;
}

/* A gigabyte of headers: an end long before, and memory that is given back. */
static void test_flood(void)
{
    struct harness_server server;
    struct sink *sink = sink_create();
    SIZE_T before = memory_used();

    harness_server_start(&server, "kind=flood_headers");
    ok(sink_fetch(sink, harness_url(&server, L"x")), "it ends");
    is_hr(sink->result, INET_E_DATA_NOT_AVAILABLE, "1 GiB of header lines");
    is_uint(sink->received, 0, "no bytes");
    ok(memory_used() < before + (1024u << 20), "memory has a bound: %u MiB more",
            (unsigned int)((memory_used() - before) >> 20));
    sink_release(sink);
    harness_server_stop(&server);
}

/* How long an answer's head may take: twice that. */
static void set_timeout(DWORD milliseconds)
{
    RegSetKeyValueW(HKEY_CURRENT_USER,
            L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings", L"ReceiveTimeout",
            REG_DWORD, &milliseconds, sizeof(milliseconds));
}

static void test_slow_head(void)
{
    struct harness_server server;
    struct sink *sink = sink_create();

    set_timeout(2000);
    Sleep(1100); /* the former one is known for a second: it would do, but take long */
    harness_server_start(&server, "kind=slow_head");
    ok(sink_fetch(sink, harness_url(&server, L"x")), "it ends");
    is_hr(sink->result, INET_E_CONNECTION_TIMEOUT, "a head that comes byte by byte");
    sink_release(sink);
    harness_server_stop(&server);
}

int main(void)
{
    harness_require();
    if (builtin_lacks("an end for each of these bodies"))
        return done_testing();
    set_timeout(30000); /* on a busy machine a flood takes its time */
    CoInitialize(NULL);
    test_cut(); /* leaves connections to WinINet, which keeps them for a while */
    test_resume();
    tap_account_begin();
    test_resume();
    test_info();
    test_flood();
    test_slow_head();
    tap_account_end("answers that break off");
    CoUninitialize();
    return done_testing();
}
