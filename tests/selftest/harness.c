/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The test bed proves itself: servers, files, log, processes and the leak account. */

#include "../harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wininet.h>

static HINTERNET session;

/* A GET by WinINet. Returns the status, 0 if there was none; *received counts the body's bytes. */
static DWORD http_get(const struct harness_server *server, const WCHAR *object,
        const WCHAR *headers, const WCHAR *path, unsigned long long *received)
{
    HINTERNET connection, request;
    HANDLE file = INVALID_HANDLE_VALUE;
    static char buffer[1 << 18];
    DWORD status = 0, size = sizeof(status), count, written;

    *received = 0;
    connection = InternetConnectW(session, server->is_secure ? L"localhost" : L"127.0.0.1",
            (INTERNET_PORT)server->port, NULL, NULL, INTERNET_SERVICE_HTTP, 0, 0);
    request = HttpOpenRequestW(connection, NULL, object, NULL, NULL, NULL,
            INTERNET_FLAG_RELOAD | INTERNET_FLAG_NO_CACHE_WRITE | INTERNET_FLAG_NO_UI
                    | INTERNET_FLAG_NO_AUTH | (server->is_secure ? INTERNET_FLAG_SECURE : 0),
            0);
    if (server->is_secure)
    {
        /* The throw-away authority publishes no revocation list. */
        DWORD flags = SECURITY_FLAG_IGNORE_REVOCATION;

        InternetSetOptionW(request, INTERNET_OPTION_SECURITY_FLAGS, &flags, sizeof(flags));
    }
    if (!HttpSendRequestW(request, headers, headers ? (DWORD)-1 : 0, NULL, 0))
    {
        note("no answer: error %lu", GetLastError());
        InternetCloseHandle(request);
        InternetCloseHandle(connection);
        return 0;
    }
    if (!HttpQueryInfoW(request, HTTP_QUERY_STATUS_CODE | HTTP_QUERY_FLAG_NUMBER, &status, &size,
                NULL))
        status = 0;
    if (path)
        file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    while (InternetReadFile(request, buffer, sizeof(buffer), &count) && count)
    {
        *received += count;
        if (path)
            WriteFile(file, buffer, count, &written, NULL);
    }
    if (path)
        CloseHandle(file);
    InternetCloseHandle(request);
    InternetCloseHandle(connection);
    return status;
}

static void test_nginx_plain(void)
{
    char sha256[HARNESS_SHA256], changed[HARNESS_SHA256];
    struct harness_server server;
    struct harness_reply *log;
    unsigned long long received;

    harness_nginx_start(&server, "");
    harness_make_file(&server, "sub dir/big.bin", 5000001, "1", sha256);
    is_int(http_get(&server, L"sub%20dir/big.bin", NULL, harness_scratch(L"big"), &received), 200,
            "nginx serves a file");
    is_int(received, 5000001, "all of it");
    is_file_sha256(harness_scratch(L"big"), sha256, "its SHA-256 is the one given");

    is_int(http_get(&server, L"sub%20dir/big.bin", L"Range: bytes=1000-1999\r\n", NULL, &received),
            206, "a range is served as one");
    is_int(received, 1000, "the range's size");
    log = harness_server_log(&server, 2);
    is_int(log->line_count, 2, "two requests in the log");
    if (log->line_count == 2)
    {
        is_str(harness_text_value(log->lines[1], "range"), "bytes=1000-1999", "the log's range");
        is_str(harness_text_value(log->lines[1], "status"), "206", "the log's status");
        is_str(harness_text_value(log->lines[1], "body"), "1000", "the log's bytes");
        is_str(harness_text_value(log->lines[1], "uri"), "/sub%20dir/big.bin", "the log's URI");
        is_str(harness_text_value(log->lines[1], "method"), "GET", "the log's method");
    }
    harness_reply_free(log);
    is_int(harness_server_requests(&server), 2, "two requests counted");

    harness_rewrite_file(&server, "sub dir/big.bin", changed);
    ok(strcmp(sha256, changed), "a rewritten file has other content");
    http_get(&server, L"sub%20dir/big.bin", NULL, harness_scratch(L"big"), &received);
    is_file_sha256(harness_scratch(L"big"), changed, "which nginx serves");

    harness_server_kill(&server);
    is_int(http_get(&server, L"sub%20dir/big.bin", NULL, NULL, &received), 0,
            "a killed server does not answer");
    harness_server_restart(&server, "ranges=off");
    is_int(http_get(&server, L"sub%20dir/big.bin", L"Range: bytes=1000-1999\r\n", NULL, &received),
            200, "restarted on its port, without ranges");
    harness_server_stop(&server);
}

static void test_nginx_auth(void)
{
    struct harness_server server;
    unsigned long long received;

    harness_nginx_start(&server, "auth=user:secret");
    harness_make_file(&server, "f", 10, "1", NULL);
    is_int(http_get(&server, L"f", NULL, NULL, &received), 401, "no password");
    is_int(http_get(&server, L"f", L"Authorization: Basic dXNlcjpzZWNyZXQ=\r\n", NULL, &received),
            200, "with the password");
    harness_server_stop(&server);
}

static void test_nginx_rate(void)
{
    struct harness_server server;
    unsigned long long received;
    ULONGLONG start;

    harness_nginx_start(&server, "rate=200000");
    harness_make_file(&server, "f", 400000, "1", NULL);
    start = GetTickCount64();
    http_get(&server, L"f", NULL, NULL, &received);
    is_int(received, 400000, "a slow file arrives");
    ok(GetTickCount64() - start > 800, "slowly (%llu ms)", GetTickCount64() - start);
    harness_server_stop(&server);
}

static void test_nginx_tls(void)
{
    struct harness_server server;
    unsigned long long received;
    char sha256[HARNESS_SHA256];

    /* Before the first connection: a process reads the trusted roots once. */
    ok(harness_trust_ca(true), "the authority is made known");
    harness_nginx_start(&server, "tls=1");
    harness_make_file(&server, "f", 100000, "1", sha256);
    is_int(http_get(&server, L"f", NULL, harness_scratch(L"f"), &received), 200, "TLS works");
    is_file_sha256(harness_scratch(L"f"), sha256, "content over TLS");
    harness_server_restart(&server, "cert=self_signed");
    is_int(http_get(&server, L"f", NULL, NULL, &received), 0, "an unknown authority is refused");
    harness_server_restart(&server, "cert=expired");
    is_int(http_get(&server, L"f", NULL, NULL, &received), 0, "an expired certificate is refused");
    harness_server_restart(&server, "cert=wrong_host");
    is_int(http_get(&server, L"f", NULL, NULL, &received), 0,
            "another host's certificate is refused");
    harness_server_stop(&server);
}

static void test_file_speed(void)
{
    struct harness_server server;
    char sha256[HARNESS_SHA256];
    ULONGLONG start = GetTickCount64();

    harness_nginx_start(&server, "");
    harness_make_file(&server, "big", 256 << 20, "7", sha256);
    note("256 MiB made in %llu ms", GetTickCount64() - start);
    is_int(strlen(sha256), 64, "a big file");
    harness_server_stop(&server);
}

static void test_processes(void)
{
    struct harness_process child;
    struct harness_reply *reply;
    bool mapped = false;
    char line[100];
    DWORD code;

    if (!ok(harness_spawn(&child, harness_sibling(L"selftest_helper.exe"), L"say hello", true),
                "a helper process starts"))
        return;
    ok(harness_process_read_line(&child, line, sizeof(line), 10000), "and speaks");
    is_str(line, "hello", "its word");
    ok(harness_process_wait(&child, 10000, &code), "and ends");
    is_int(code, 7, "with its code");
    harness_process_close(&child);

    if (!ok(harness_spawn(&child, L"selftest_helper.exe", L"hang", true), "one that hangs"))
        return;
    ok(harness_process_read_line(&child, line, sizeof(line), 10000), "is up");
    reply = harness_demand("maps match=%s", child.marker);
    for (unsigned int i = 0; i < reply->line_count; i++)
        mapped = mapped || strstr(reply->lines[i], "/selftest_helper.exe");
    ok(mapped, "its program is among the files mapped into it");
    harness_reply_free(reply);
    reply = harness_demand("rss match=%s", child.marker);
    ok(harness_number(reply, "rss") > 1 << 20, "it uses memory (%lld bytes)",
            harness_number(reply, "rss"));
    harness_reply_free(reply);
    harness_freeze(&child, true);
    harness_freeze(&child, false);
    ok(!harness_process_wait(&child, 0, NULL), "runs");
    harness_kill9(&child);
    ok(harness_process_wait(&child, 0, NULL), "is killed");
    harness_process_close(&child);
}

static void test_refusals(void)
{
    struct harness_reply *reply = harness_request("kill pid=1");

    ok(!reply->ok, "a foreign process is not killed: %s", reply->text);
    harness_reply_free(reply);
    reply = harness_request("no such thing");
    ok(!reply->ok, "unknown requests are refused: %s", reply->text);
    harness_reply_free(reply);
    reply = harness_request("nginx stop id=99");
    ok(!reply->ok, "unknown servers too: %s", reply->text);
    harness_reply_free(reply);
    reply = harness_request("file size=1 id=1 name=../../x");
    ok(!reply->ok, "and names outside the root: %s", reply->text);
    harness_reply_free(reply);
}

static void test_account(void)
{
    unsigned int before;
    HANDLE event;

    harness_do("ping");
    before = tap_handle_count();
    event = CreateEventW(NULL, FALSE, FALSE, NULL);

    is_int(tap_handle_count(), before + 1, "an open handle is counted");
    CloseHandle(event);
    tap_account_begin();
    for (int i = 0; i < 10; i++)
        harness_reply_free(harness_request("ping"));
    tap_account_end("requests");
}

int main(void)
{
    harness_require();
    session = InternetOpenW(L"selftest", INTERNET_OPEN_TYPE_DIRECT, NULL, NULL, 0);
    test_account();
    test_refusals();
    test_nginx_plain();
    test_nginx_auth();
    test_nginx_rate();
    test_nginx_tls();
    test_file_speed();
    test_processes();
    InternetCloseHandle(session);
    return done_testing();
}
