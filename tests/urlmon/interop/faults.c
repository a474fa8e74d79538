/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What programs see when a server, or they themselves, die in the middle: URLDownloadToFile and
 * IMoniker::BindToStorage end with the code of "URL Moniker Error Codes", and nothing is left
 * behind.
 */
#include <stdio.h>
#include <wchar.h>

#include <windows.h>
#include <psapi.h>
#include <wininet.h>

#include "fault_client.h"
#include "harness.h"

TAP_TIME_LIMIT(400);

#define STALL_MS 2000u
#define PATIENCE 60000u
#define ROOM (64u << 20) /* of memory, that hostile headers may take */

struct fault
{
    const char *options;
    HRESULT result; /* E_FAIL: any of urlmon's; S_FALSE: that or S_OK */
};

static const struct fault faults[] = {
        {"kind=die_mid_body after=50000 size=1000000", INET_E_DOWNLOAD_FAILURE},
        {"kind=die_mid_body mode=fin after=50000 size=1000000", INET_E_DOWNLOAD_FAILURE},
        {"kind=long_length extra=1000 size=500000", INET_E_DOWNLOAD_FAILURE},
        {"kind=short_length extra=1000 size=500000", S_OK},
        {"kind=stall after=50000 size=1000000", INET_E_CONNECTION_TIMEOUT},
        {"kind=stall after=head size=1000000", INET_E_CONNECTION_TIMEOUT},
        {"kind=close", E_FAIL},
        {"kind=garbage bytes=100000", S_FALSE},
        {"kind=header_injection mode=negative_length size=1000", S_FALSE},
        {"kind=header_injection mode=huge_length size=1000", S_FALSE},
        {"kind=header_injection mode=text_length size=1000", S_FALSE},
        {"kind=chunked mode=bad_size after=1000 size=5000", S_FALSE},
        {"kind=status code=404", INET_E_OBJECT_NOT_FOUND},
        {"kind=status code=500", INET_E_DATA_NOT_AVAILABLE},
        {"kind=redirect to=self", INET_E_REDIRECT_FAILED},
        {"kind=redirect to=file:///C:/windows/win.ini", INET_E_REDIRECT_FAILED},
        {"kind=redirect to=mk:@MSITStore:C:/x.chm::/y", INET_E_REDIRECT_FAILED},
        {"kind=redirect to=javascript:alert(1)", INET_E_REDIRECT_FAILED},
        {"kind=redirect to=//", S_FALSE},
};

/* How many files there are in the folder of the test. */
static unsigned int files_left(void)
{
    WIN32_FIND_DATAW data;
    HANDLE find = FindFirstFileW(harness_scratch(L"out\\*"), &data);
    unsigned int count = 0;

    if (find == INVALID_HANDLE_VALUE)
        return 0;
    do
    {
        if (!(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        {
            note("there is %ls", data.cFileName);
            count++;
        }
    } while (FindNextFileW(find, &data));
    FindClose(find);
    return count;
}

/* A server that says nothing for so long is given up. */
static void set_timeout(DWORD milliseconds)
{
    RegSetKeyValueW(HKEY_CURRENT_USER,
            L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings", L"ReceiveTimeout",
            REG_DWORD, &milliseconds, sizeof(milliseconds));
}

static void is_result(HRESULT hr, HRESULT expected, const char *what, const char *options)
{
    if (expected != S_FALSE && expected != E_FAIL)
        is_hr(hr, expected, "%s: %s", options, what);
    else
        ok((hr & 0xffff0000) == 0x800c0000 || (hr == S_OK && expected == S_FALSE), "%s: %s: %s",
                options, what, tap_hr(hr));
}

static void check_url(const WCHAR *url, HRESULT expected, const char *options)
{
    const WCHAR *path = harness_scratch(L"out\\file");
    struct fault_client client;
    HRESULT hr;

    hr = URLDownloadToFileW(NULL, url, path, 0, fault_client_init(&client));
    is_result(hr, expected, "URLDownloadToFile", options);
    is_uint(client.stops, 1, "one OnStopBinding");
    is_hr(client.result, hr, "with its result");
    is_uint(client.late_calls + client.wrong_threads, 0, "nothing behind it, all on this thread");
    is_int(client.references, 1, "the callback is let go");
    if (SUCCEEDED(hr))
        DeleteFileW(path);
    is_uint(files_left(), 0, "nothing is left");

    fault_client_init(&client);
    if (ok(fault_client_bind(&client, url, PATIENCE, &hr), "the binding ends"))
        is_result(FAILED(hr) ? hr : client.result, expected, "BindToStorage", options);
    is_uint(client.stops, client.starts, "OnStopBinding");
    is_uint(client.late_calls + client.wrong_threads, 0, "nothing behind it, all on this thread");
    is_int(client.references, 1, "the callback is let go");
}

static void test_fault(const struct fault *fault)
{
    struct harness_server server;

    harness_server_start(&server, fault->options);
    check_url(harness_url(&server, L"x"), fault->result, fault->options);
    harness_server_stop(&server);
}

/* The way from https to http is not gone without leave: IHttpSecurity::OnSecurityProblem. */
static void test_secure_redirect(void)
{
    struct harness_server web, secure;
    char options[128];

    harness_server_start(&web, "kind=normal size=1000");
    snprintf(options, sizeof(options), "kind=redirect tls=1 to=http://127.0.0.1:%d/x", web.port);
    harness_server_start(&secure, options);
    check_url(harness_url(&secure, L"x"), INET_E_SECURITY_PROBLEM, "https to http");
    is_uint(harness_server_requests(&web), 0, "and http is not even asked");
    harness_server_stop(&secure);
    harness_server_stop(&web);
}

static SIZE_T memory_peak(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};

    GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters));
    return counters.PeakPagefileUsage;
}

/* A head without end is not taken in. */
static void test_headers(const char *options, HRESULT result)
{
    struct harness_server server;
    SIZE_T before = memory_peak(), after;
    DWORD start = GetTickCount();

    harness_server_start(&server, options);
    check_url(harness_url(&server, L"x"), result, options);
    after = memory_peak();
    ok(after < before + ROOM, "%llu KiB more memory, in %lu ms",
            (unsigned long long)(after > before ? after - before : 0) >> 10,
            GetTickCount() - start);
    harness_server_stop(&server);
}

/* A program is killed while it downloads: no file of its is left, and no harm done to the next. */
static void test_kill(void)
{
    struct harness_server server;
    struct harness_process process;
    WCHAR arguments[MAX_PATH * 2];
    char line[64] = "";

    harness_server_start(&server, "kind=slow rate=1000000 size=20000000");
    swprintf(arguments, ARRAYSIZE(arguments), L"%ls %ls", harness_url(&server, L"x"),
            harness_scratch(L"out\\killed"));
    for (unsigned int i = 0; i < 2; i++)
    {
        if (!ok(harness_spawn(&process, L"downloader.exe", arguments, true), "a program starts"))
            return;
        harness_process_read_line(&process, line, sizeof(line), PATIENCE);
        is_str(line, "running", "it downloads");
        harness_kill9(&process);
        harness_process_wait(&process, PATIENCE, NULL);
        harness_process_close(&process);
        for (unsigned int j = 0; j < 50 && files_left(); j++)
            Sleep(100);
        is_uint(files_left(), 0, "it is killed, and nothing is left");
    }
    harness_do("server set id=%d kind=normal size=20000000", server.id);
    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"x"), harness_scratch(L"out\\killed"), 0,
                  NULL),
            S_OK, "the next comes through");
    is_file_sha256(harness_scratch(L"out\\killed"), server.sha256, "whole");
    DeleteFileW(harness_scratch(L"out\\killed"));
    harness_server_stop(&server);
}

/* The server goes while it sends, and comes again. */
static void test_server_dies(void)
{
    struct harness_server server;

    harness_server_start(&server, "kind=normal size=1000000");
    harness_server_stop(&server);
    check_url(harness_url(&server, L"x"), INET_E_CANNOT_CONNECT, "nobody listens");
    harness_server_restart(&server, "");
    check_url(harness_url(&server, L"x"), S_OK, "somebody does again");
    harness_server_stop(&server);
}

int main(void)
{
    harness_require();
    if (builtin_lacks("an end for each hostile server"))
        return done_testing();
    harness_trust_ca(false);
    CoInitialize(NULL);
    set_timeout(STALL_MS);
    CreateDirectoryW(harness_scratch(L"out"), NULL);
    for (unsigned int i = 0; i < ARRAYSIZE(faults); i++)
        test_fault(&faults[i]);
    test_secure_redirect();
    test_server_dies();
    test_headers("kind=flood_headers bytes=4000000", INET_E_DATA_NOT_AVAILABLE);
    test_headers("kind=flood_headers mode=one bytes=268435456", S_FALSE);
    test_kill();
    tap_account_begin();
    for (unsigned int i = 0; i < 3; i++)
        test_fault(&faults[i]);
    test_fault(&faults[ARRAYSIZE(faults) - 5]); /* the endless redirect */
    tap_account_end("faults");
    CoUninitialize();
    return done_testing();
}
