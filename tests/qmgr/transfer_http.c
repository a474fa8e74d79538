/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The transfer engine and whole files over HTTP: good servers, odd ones, interruptions. */

#include "transfer_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wininet.h>

TAP_TIME_LIMIT(240);

#define INTERNET_HR(code) HRESULT_FROM_WIN32(code)
#define STATUS_HR(status) MAKE_HRESULT(SEVERITY_ERROR, FACILITY_HTTP, status)

static void test_urls(void)
{
    static const struct
    {
        const WCHAR *url;
        HRESULT hr;
    } urls[] = {
            {L"http://host/name", S_OK},
            {L"HTTP://host", S_OK},
            {L"https://host:8443/a/b?c=d#e", S_OK},
            {L"http://[::1]:80/x", S_OK},
            {L"http://host/a b\x00e9", S_OK},
            {L"file:///C:/dir/name", S_OK},
            {L"file://server/share/name", S_OK},
            {L"file:///C:/dir/na%20me", S_OK},
            {L"\\\\server\\share\\name", S_OK},
            {L"C:\\name", S_OK},
            {L"", E_INVALIDARG},
            {L"name", E_INVALIDARG},
            {L"/name", E_INVALIDARG},
            {L"C:name", E_INVALIDARG},
            {L"C:\\folder\\", E_INVALIDARG},
            {L"http:", E_INVALIDARG},
            {L"http://", E_INVALIDARG},
            {L"http:///name", E_INVALIDARG},
            {L"http://host:0/x", E_INVALIDARG},
            {L"http://host:99999/x", E_INVALIDARG},
            {L"http://user:secret@host/x", E_INVALIDARG},
            {L"http://ho st/x", E_INVALIDARG},
            {L"http://host\r\nX: y/", E_INVALIDARG},
            {L"http://[::1/x", E_INVALIDARG},
            {L"file:///C:/", E_INVALIDARG},
            {L"file:///C:/dir/", E_INVALIDARG},
            {L"file:///C:/a%00b", E_INVALIDARG},
            {L"file://server/share", E_INVALIDARG},
            {L"\\\\server\\share\\", E_INVALIDARG},
            {L"\\\\.\\PhysicalDrive0\\x", E_INVALIDARG},
            {L"\\\\?\\C:\\x", E_INVALIDARG},
            {L"ftp://host/x", BG_E_PROTOCOL_NOT_AVAILABLE},
            {L"gopher://host/x", BG_E_PROTOCOL_NOT_AVAILABLE},
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(urls); i++)
        is_hr(transfer_check_url(urls[i].url), urls[i].hr, "URL %s", tap_wstr(urls[i].url));
}

static void test_files(void)
{
    struct harness_server nginx;
    char sha256[HARNESS_SHA256];
    struct bed bed;
    unsigned int i;

    harness_nginx_start(&nginx, "");
    bed_init(&bed);
    harness_make_file(&nginx, "big.bin", 20 << 20, "1", sha256);
    bed_run(&bed, harness_url(&nginx, L"big.bin"));
    is_hr(bed.result, S_OK, "20 MiB");
    is_file_sha256(bed_temp, sha256, "20 MiB: content");
    ok(bed.started == 1 && !bed.restarted && bed.total == 20 << 20, "started: total %llu",
            bed.total);
    is_uint(bed.transferred, 20 << 20, "last progress");
    ok(bed.validator.etag && bed.validator.last_modified, "validators are reported");
    ok(!strncmp(bed.headers, "HTTP/1.1 200", 12), "response headers are reported");

    harness_make_file(&nginx, "empty", 0, "1", sha256);
    bed_run(&bed, harness_url(&nginx, L"empty"));
    is_hr(bed.result, S_OK, "empty file");
    is_file_sha256(bed_temp, sha256, "empty file: content");

    harness_make_file(&nginx, "small", 4096, "1", sha256);
    harness_server_log_clear(&nginx);
    for (i = 0; i < 50; i++)
        bed_run(&bed, harness_url(&nginx, L"small"));
    is_file_sha256(bed_temp, sha256, "small file: content");
    harness_reply_free(harness_server_log(&nginx, 50));
    is_uint(harness_server_connections(&nginx), 1, "50 files over one connection");

    /* The server goes away between two files, and is there again. */
    harness_server_restart(&nginx, "");
    is_hr(bed_run(&bed, harness_url(&nginx, L"small")), S_OK, "after a restart of the server");

    bed.progress_result = E_ACCESSDENIED;
    is_hr(bed_run(&bed, harness_url(&nginx, L"big.bin")), E_ACCESSDENIED,
            "a callback's result stops the transfer");
    bed.progress_result = S_OK;

    bed_run(&bed, harness_url(&nginx, L"missing"));
    bed_expect(&bed, BG_E_HTTP_ERROR_404, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE, "404");

    bed.request.max_size = 1000;
    bed_run(&bed, harness_url(&nginx, L"small"));
    bed_expect(&bed, BG_E_TOO_LARGE, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE, "size limit");
    bed.request.max_size = BG_SIZE_UNKNOWN;

    bed.request.temp_name = L"C:\\test\\no\\such\\folder\\x";
    bed_run(&bed, harness_url(&nginx, L"small"));
    bed_expect(&bed, HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND), BG_ERROR_CONTEXT_LOCAL_FILE, FALSE,
            "destination's folder is gone");
    bed.request.temp_name = bed_temp;

    harness_server_stop(&nginx);
    bed_run(&bed, harness_url(&nginx, L"small"));
    bed_expect(&bed, INTERNET_HR(ERROR_INTERNET_CANNOT_CONNECT), BG_ERROR_CONTEXT_REMOTE_FILE, TRUE,
            "nobody listens");
    bed_run(&bed, L"http://no-such-host.invalid/x");
    bed_expect(&bed, INTERNET_HR(ERROR_INTERNET_NAME_NOT_RESOLVED), BG_ERROR_CONTEXT_REMOTE_FILE,
            TRUE, "unknown host");
    bed_free(&bed);
}

/* Servers that send nonsense or less than they said. */
static void test_odd_servers(void)
{
    static const struct
    {
        const char *options;
        BOOL dynamic;
        HRESULT hr;
        BOOL transient;
    } odd[] = {
            {"kind=normal", FALSE, S_OK, FALSE},
            {"kind=normal modified=none etag=none", FALSE, S_OK, FALSE},
            {"kind=die_mid_body mode=fin", FALSE, INTERNET_HR(ERROR_INTERNET_CONNECTION_ABORTED),
                    TRUE},
            {"kind=long_length", FALSE, INTERNET_HR(ERROR_INTERNET_CONNECTION_ABORTED), TRUE},
            {"kind=no_content_length", FALSE, BG_E_MISSING_FILE_SIZE, FALSE},
            {"kind=no_content_length", TRUE, S_OK, FALSE},
            {"kind=chunked", FALSE, BG_E_MISSING_FILE_SIZE, FALSE},
            {"kind=chunked", TRUE, S_OK, FALSE},
            {"kind=chunked mode=truncated", TRUE, INTERNET_HR(ERROR_INTERNET_CONNECTION_ABORTED),
                    TRUE},
            {"kind=header_injection mode=negative_length", FALSE, BG_E_INVALID_SERVER_RESPONSE,
                    FALSE},
            {"kind=header_injection mode=huge_length", FALSE, BG_E_INVALID_SERVER_RESPONSE, FALSE},
            {"kind=header_injection mode=max_length", FALSE, BG_E_INVALID_SERVER_RESPONSE, FALSE},
            {"kind=header_injection mode=text_length", FALSE, BG_E_INVALID_SERVER_RESPONSE, FALSE},
            {"kind=garbage", FALSE, INTERNET_HR(ERROR_HTTP_INVALID_SERVER_RESPONSE), TRUE},
            {"kind=garbage", TRUE, INTERNET_HR(ERROR_HTTP_INVALID_SERVER_RESPONSE), TRUE},
            {"kind=huge_headers count=500", FALSE, BG_E_MESSAGE_LENGTH_LIMIT_EXCEEDED, FALSE},
            {"kind=huge_headers count=50", FALSE, S_OK, FALSE},
            {"kind=status code=403", FALSE, STATUS_HR(403), FALSE},
            {"kind=status code=410", FALSE, STATUS_HR(410), FALSE},
            {"kind=status code=408", FALSE, STATUS_HR(408), TRUE},
            {"kind=status code=429", FALSE, STATUS_HR(429), TRUE},
            {"kind=status code=500", FALSE, STATUS_HR(500), TRUE},
            {"kind=status code=501", FALSE, STATUS_HR(501), FALSE},
            {"kind=status code=502", FALSE, STATUS_HR(502), TRUE},
            {"kind=status code=504", FALSE, STATUS_HR(504), TRUE},
            {"kind=redirect to=self", FALSE, INTERNET_HR(ERROR_HTTP_REDIRECT_FAILED), FALSE},
            {"kind=redirect to=file:///C:/windows/win.ini", FALSE,
                    INTERNET_HR(ERROR_HTTP_REDIRECT_FAILED), FALSE},
    };
    struct harness_server server;
    unsigned int i;
    struct bed bed;

    for (i = 0; i < ARRAYSIZE(odd); i++)
    {
        bed_init(&bed);
        harness_server_start(&server, odd[i].options);
        bed.request.dynamic = odd[i].dynamic;
        bed_run(&bed, harness_url(&server, L"x"));
        bed_expect(&bed, odd[i].hr, BG_ERROR_CONTEXT_REMOTE_FILE, odd[i].transient, odd[i].options);
        if (bed.result == S_OK)
            is_file_sha256(bed_temp, server.sha256, "%s: content", odd[i].options);
        harness_server_stop(&server);
        bed_free(&bed);
    }

    bed_init(&bed);
    harness_server_start(&server, "kind=status code=503 retry_after=120");
    bed_run(&bed, harness_url(&server, L"x"));
    bed_expect(&bed, STATUS_HR(503), BG_ERROR_CONTEXT_REMOTE_FILE, TRUE, "503");
    is_uint(bed.error.retry_after, 120, "Retry-After");
    harness_server_stop(&server);
    bed_free(&bed);
}

static DWORD WINAPI abort_thread(void *transfer)
{
    Sleep(500);
    transfer_abort(transfer);
    return 0;
}

static void test_stalls(void)
{
    static const char *const kinds[] = {"kind=stall after=5000 for=60",
            "kind=stall after=head for=60"};
    struct harness_server server;
    unsigned int i;
    HANDLE thread;
    struct bed bed;

    for (i = 0; i < ARRAYSIZE(kinds); i++)
    {
        bed_init(&bed);
        harness_server_start(&server, kinds[i]);
        bed.request.stall_timeout = 1500;
        bed_run(&bed, harness_url(&server, L"x"));
        bed_expect(&bed, INTERNET_HR(ERROR_INTERNET_TIMEOUT), BG_ERROR_CONTEXT_REMOTE_FILE, TRUE,
                kinds[i]);
        ok(bed.milliseconds >= 1400 && bed.milliseconds < 10000, "%s: after %lu ms", kinds[i],
                bed.milliseconds);

        bed.request.stall_timeout = 60000;
        thread = CreateThread(NULL, 0, abort_thread, bed.transfer, 0, NULL);
        bed_run(&bed, harness_url(&server, L"x"));
        is_hr(bed.result, E_ABORT, "%s: aborted", kinds[i]);
        ok(bed.milliseconds < 2500, "%s: abort took effect after %lu ms", kinds[i],
                bed.milliseconds);
        is_hr(bed_run(&bed, harness_url(&server, L"x")), E_ABORT, "still aborted");
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
        harness_server_stop(&server);

        harness_server_start(&server, "kind=normal");
        transfer_reset(bed.transfer);
        is_hr(bed_run(&bed, harness_url(&server, L"x")), S_OK, "usable again after the reset");
        is_file_sha256(bed_temp, server.sha256, "content");
        harness_server_stop(&server);
        bed_free(&bed);
    }

    bed_init(&bed);
    harness_server_start(&server, "kind=slow rate=10000 size=15000");
    bed_run(&bed, harness_url(&server, L"x"));
    is_hr(bed.result, S_OK, "slow server");
    ok(bed.progressed >= 3, "progress as bytes come: %u reports", bed.progressed);
    harness_server_stop(&server);
    bed_free(&bed);
}

#define SIZE 300000u

static void test_resume(void)
{
    static const struct
    {
        const char *options;
        UINT64 kept, offset, size;
        BOOL etag, modified;
        BOOL restarted;
        HRESULT hr;
    } cases[] = {
            {"kind=normal", 100000, 100000, SIZE, TRUE, FALSE, FALSE, S_OK},
            {"kind=normal", 100000, 100000, SIZE, FALSE, TRUE, FALSE, S_OK},
            {"kind=normal", 100000, 100000, SIZE, FALSE, FALSE, TRUE, S_OK},
            {"kind=normal", 150000, 100000, SIZE, TRUE, TRUE, FALSE, S_OK},
            {"kind=normal", 50000, 100000, SIZE, TRUE, TRUE, TRUE, S_OK},
            {"kind=normal etag=weak", 100000, 100000, SIZE, TRUE, FALSE, TRUE, S_OK},
            {"kind=normal etag=weak", 100000, 100000, SIZE, TRUE, TRUE, FALSE, S_OK},
            {"kind=ignore_range", 100000, 100000, SIZE, TRUE, TRUE, TRUE, S_OK},
            {"kind=no_ranges", 100000, 100000, SIZE, TRUE, TRUE, TRUE, S_OK},
            {"kind=range_416", 100000, 100000, SIZE, TRUE, TRUE, TRUE, S_OK},
            {"kind=wrong_range mode=shift", 100000, 100000, SIZE, TRUE, TRUE, TRUE, S_OK},
            {"kind=wrong_range mode=total", 100000, 100000, SIZE, TRUE, TRUE, TRUE, S_OK},
    };
    struct harness_server server;
    char options[128], *content;
    WCHAR *etag, *modified;
    UINT64 size;
    unsigned int i;
    struct bed bed;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        bed_init(&bed);
        _snprintf(options, sizeof(options), "%s size=%u seed=7", cases[i].options, SIZE);
        harness_server_start(&server, options);
        bed_run(&bed, harness_url(&server, L"x"));
        is_hr(bed.result, S_OK, "%s: first run", options);
        content = bed_content(&size);
        etag = bed.validator.etag ? _wcsdup(bed.validator.etag) : NULL;
        modified = bed.validator.last_modified ? _wcsdup(bed.validator.last_modified) : NULL;
        bed_resume(&bed, content, cases[i].kept, cases[i].offset, cases[i].etag ? etag : NULL,
                cases[i].modified ? modified : NULL, cases[i].size);
        harness_server_log_clear(&server);
        bed_run(&bed, harness_url(&server, L"x"));
        if (!strncmp(options, "kind=wrong_range", 16) && FAILED(bed.result))
            bed_expect(&bed, BG_E_INVALID_SERVER_RESPONSE, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE,
                    options);
        else
        {
            is_hr(bed.result, S_OK, "%s: resumed", options);
            is_int(bed.restarted, cases[i].restarted, "%s: restarted", options);
            is_file_sha256(bed_temp, server.sha256, "%s: content", options);
        }
        harness_server_stop(&server);
        free(content);
        free(etag);
        free(modified);
        bed_free(&bed);
    }
}

/* Another version on the server: not one byte of the old one may stay, even when the server ignores
 * If-Range, or its ETag lies about the time. */
static void test_changed_file(void)
{
    struct harness_server nginx;
    char sha256[HARNESS_SHA256];
    struct bed bed;
    char *content;
    UINT64 size;

    harness_nginx_start(&nginx, "");
    bed_init(&bed);
    harness_make_file(&nginx, "f", SIZE, "1", sha256);
    bed_run(&bed, harness_url(&nginx, L"f"));
    content = bed_content(&size);
    bed_resume(&bed, content, 100000, 100000, _wcsdup(bed.validator.etag),
            _wcsdup(bed.validator.last_modified), SIZE);
    harness_rewrite_file(&nginx, "f", sha256);
    bed_run(&bed, harness_url(&nginx, L"f"));
    is_hr(bed.result, S_OK, "changed file");
    ok(bed.started == 1 && bed.restarted, "changed file: from the start");
    is_file_sha256(bed_temp, sha256, "changed file: only the new version");
    free(content);
    free(bed.request.validator.etag);
    free(bed.request.validator.last_modified);
    bed.request.validator.etag = bed.request.validator.last_modified = NULL;
    harness_server_stop(&nginx);
    bed_free(&bed);
}

static void test_authentication(void)
{
    static const struct
    {
        const char *options;
        BG_AUTH_SCHEME scheme;
        const WCHAR *password;
        HRESULT hr;
    } cases[] = {
            {"kind=basic auth=user:secret", BG_AUTH_SCHEME_BASIC, L"secret", S_OK},
            {"kind=basic auth=user:secret", BG_AUTH_SCHEME_BASIC, L"wrong", STATUS_HR(401)},
            {"kind=basic auth=user:secret", BG_AUTH_SCHEME_DIGEST, L"secret", STATUS_HR(401)},
            {"kind=basic auth=user:secret", BG_AUTH_SCHEME_NTLM, L"secret", STATUS_HR(401)},
            {"kind=digest auth=user:secret", BG_AUTH_SCHEME_DIGEST, L"secret", S_OK},
            {"kind=digest auth=user:secret", BG_AUTH_SCHEME_DIGEST, L"wrong", STATUS_HR(401)},
            {"kind=digest auth=user:secret", BG_AUTH_SCHEME_BASIC, L"secret", STATUS_HR(401)},
    };
    struct transfer_credentials credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC,
            (WCHAR *)L"user", NULL};
    struct harness_server server, other;
    char options[128];
    unsigned int i;
    struct bed bed;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        harness_server_start(&server, cases[i].options);
        bed_init(&bed);
        bed_run(&bed, harness_url(&server, L"x"));
        bed_expect(&bed, STATUS_HR(401), BG_ERROR_CONTEXT_REMOTE_FILE, FALSE, "no credentials");
        bed.request.credentials = &credentials;
        bed.request.credential_count = 1;
        credentials.scheme = cases[i].scheme;
        credentials.password = (WCHAR *)cases[i].password;
        bed_run(&bed, harness_url(&server, L"x"));
        bed_expect(&bed, cases[i].hr, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE, cases[i].options);
        if (bed.result == S_OK)
        {
            unsigned int before = harness_server_requests(&server);
            struct harness_reply *log;

            is_file_sha256(bed_temp, server.sha256, "content");
            bed_run(&bed, harness_url(&server, L"x"));
            is_hr(bed.result, S_OK, "a second file");
            log = harness_server_log(&server, before + 1);
            is_uint(log->line_count - before, 1, "without another challenge");
            harness_reply_free(log);
        }
        harness_server_stop(&server);
        bed_free(&bed);
    }

    /* Another host asks for a password: it does not get it. */
    bed_init(&bed);
    harness_server_start(&other, "kind=basic auth=user:secret");
    _snprintf(options, sizeof(options), "kind=redirect to=%ls", harness_url(&other, L"x"));
    harness_server_start(&server, options);
    credentials.scheme = BG_AUTH_SCHEME_BASIC;
    credentials.password = (WCHAR *)L"secret";
    bed.request.credentials = &credentials;
    bed.request.credential_count = 1;
    bed.request.custom_headers = L"Authorization: Basic c2VjcmV0\r\nX-Kept: yes";
    bed_run(&bed, harness_url(&server, L"x"));
    bed_expect(&bed, STATUS_HR(401), BG_ERROR_CONTEXT_REMOTE_FILE, FALSE,
            "password for another server");
    is_uint(harness_server_requests(&other), 1, "it was asked once, without a password");
    harness_server_stop(&server);
    harness_server_stop(&other);
    bed_free(&bed);
}

static void test_redirects(void)
{
    struct harness_server server, target;
    char options[160];
    struct bed bed;

    bed_init(&bed);
    harness_server_start(&target, "kind=normal");
    _snprintf(options, sizeof(options), "kind=redirect code=307 to=%ls",
            harness_url(&target, L"there"));
    harness_server_start(&server, options);
    bed_run(&bed, harness_url(&server, L"x"));
    is_hr(bed.result, S_OK, "redirect");
    is_uint(bed.redirected, 0, "silent redirect");
    is_file_sha256(bed_temp, target.sha256, "redirect: content");
    bed.request.security_flags = BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT;
    bed_run(&bed, harness_url(&server, L"x"));
    is_hr(bed.result, S_OK, "reported redirect");
    is_wstr(bed.location, harness_url(&target, L"there"), "reported URL");
    bed.request.security_flags = BG_HTTP_REDIRECT_POLICY_DISALLOW;
    bed_run(&bed, harness_url(&server, L"x"));
    bed_expect(&bed, STATUS_HR(307), BG_ERROR_CONTEXT_REMOTE_FILE, FALSE, "forbidden redirect");
    is_wstr(bed.location, harness_url(&target, L"there"), "its URL is reported");
    harness_server_stop(&server);
    harness_server_stop(&target);
    bed_free(&bed);
}

static void test_headers(void)
{
    static const WCHAR *const bad[] = {L"X", L"X y: z", L"X: a\n\nY: b", L"X: a\rY: b", L": a",
            L"X: a\r\n\r\nGET / HTTP/1.1"};
    char tag[1501] = {0}, options[1600];
    struct harness_server server;
    unsigned int i;
    struct bed bed;

    bed_init(&bed);
    harness_server_start(&server, "kind=normal");
    for (i = 0; i < ARRAYSIZE(bad); i++)
    {
        bed.request.custom_headers = bad[i];
        bed_run(&bed, harness_url(&server, L"x"));
        is_hr(bed.result, E_INVALIDARG, "headers %s", tap_wstr(bad[i]));
    }
    bed.request.custom_headers = L"X-One: 1\r\nRange: bytes=5-6\r\nX-Two: 2\r\n";
    is_hr(bed_run(&bed, harness_url(&server, L"x")), S_OK, "headers that are fine");
    is_file_sha256(bed_temp, server.sha256, "content, in spite of a Range among them");
    bed.request.custom_headers = L"X-One: 1\nX-Two: 2\n";
    is_hr(bed_run(&bed, harness_url(&server, L"x")), S_OK, "lines ended by LF alone");
    harness_server_stop(&server);

    /* Validators are kept with the job, of whatever length a server makes them. */
    memset(tag, 'x', sizeof(tag) - 1);
    _snprintf(options, sizeof(options), "kind=normal etag=%s", tag);
    harness_server_start(&server, options);
    is_hr(bed_run(&bed, harness_url(&server, L"x")), S_OK, "an ETag of 1,500 characters");
    ok(!bed.validator.etag, "counts as none");
    ok(bed.validator.last_modified != NULL, "beside another validator");
    harness_server_stop(&server);
    bed_free(&bed);
}

static void test_tls(void)
{
    struct harness_server server;
    struct bed bed;

    bed_init(&bed);
    harness_server_start(&server, "kind=normal tls=1 cert=self_signed");
    bed_run(&bed, harness_url(&server, L"x"));
    ok(FAILED(bed.result) && bed.error.context == BG_ERROR_CONTEXT_GENERAL_TRANSPORT
                    && !bed.error.transient,
            "self-signed certificate: %s", tap_hr(bed.result));
    bed.request.security_flags = BG_SSL_IGNORE_UNKNOWN_CA;
    is_hr(bed_run(&bed, harness_url(&server, L"x")), S_OK, "unknown authorities ignored");
    is_file_sha256(bed_temp, server.sha256, "TLS: content");
    harness_server_stop(&server);
    bed_free(&bed);
}

/* Every kind of end many times over: nothing is left behind. */
static void test_leaks(void)
{
    struct harness_server good, bad, dies;
    unsigned int i;
    struct bed bed;

    harness_server_start(&good, "kind=normal size=4096");
    harness_server_start(&bad, "kind=status code=404");
    harness_server_start(&dies, "kind=die_mid_body mode=fin size=4096");
    bed_init(&bed);
    for (i = 0; i < 330; i++)
    {
        if (i == 30)
            tap_account_begin();
        bed_run(&bed, harness_url(i % 3 == 0 ? &good : i % 3 == 1 ? &bad : &dies, L"x"));
        if (i % 10 == 5)
        {
            transfer_destroy(bed.transfer);
            transfer_create(&bed.transfer);
        }
    }
    tap_account_end("300 transfers");
    bed_free(&bed);
    harness_server_stop(&good);
    harness_server_stop(&bad);
    harness_server_stop(&dies);
}

int main(void)
{
    test_urls();
    harness_require();
    test_files();
    test_odd_servers();
    test_stalls();
    test_resume();
    test_changed_file();
    test_authentication();
    test_redirects();
    test_headers();
    test_tls();
    test_leaks();
    return done_testing();
}
