/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where files may come from: HTTP, HTTPS, file:, drives and shares; with redirects, with
 * credentials, one large file or a thousand small ones. Every file is compared by its SHA-256.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "bits_client.h"
#include "bitsmsg.h"

TAP_TIME_LIMIT(240);

#define SIZE 300000
#define MANY 1000
#define MANY_SIZE 4096

static IBackgroundCopyManager *manager;

/* Fetches url to harness_scratch(local): all of it works. */
static void check_fetch(IBackgroundCopyJob *job, const WCHAR *url, const WCHAR *local,
        const char *sha256, const char *what)
{
    is_hr(IBackgroundCopyJob_AddFile(job, url, harness_scratch(local)), S_OK, "%s: AddFile", what);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "%s: Resume", what);
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 20000, "%s: TRANSFERRED", what);
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "%s: Complete", what);
    is_file_sha256(harness_scratch(local), sha256, "%s: the file", what);
    bits_job_drop(job);
}

static void check_failure(IBackgroundCopyJob *job, const WCHAR *url, HRESULT expected,
        BG_ERROR_CONTEXT expected_context, const char *what)
{
    BG_ERROR_CONTEXT context;
    HRESULT hr;

    is_hr(IBackgroundCopyJob_AddFile(job, url, harness_scratch(L"failure.bin")), S_OK,
            "%s: AddFile", what);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "%s: Resume", what);
    reaches_state(job, BG_JOB_STATE_ERROR, 20000, "%s: ERROR", what);
    hr = bits_job_error(job, &context);
    todo_if(tap_builtin() && HRESULT_FACILITY(expected) != FACILITY_HTTP, "only statuses are kept")
    {
        if (expected != E_FAIL)
            is_hr(hr, expected, "%s: the code", what);
        else
            ok(FAILED(hr) && hr != BG_E_ERROR_INFORMATION_UNAVAILABLE, "%s: the code: %s", what,
                    tap_hr(hr));
        is_int(context, expected_context, "%s: the context", what);
    }
    bits_job_drop(job);
    ok(!bits_file_exists(harness_scratch(L"failure.bin")), "%s: no file", what);
}

static IBackgroundCopyJob *job(void)
{
    return bits_job_create(manager, L"sources");
}

static void test_http(void)
{
    struct harness_server server;
    char sha256[HARNESS_SHA256];

    harness_nginx_start(&server, "");
    harness_make_file(&server, "a.bin", SIZE, "a", sha256);
    check_fetch(job(), harness_url(&server, L"a.bin"), L"a.bin", sha256, "HTTP");
    harness_make_file(&server, "empty.bin", 0, "e", sha256);
    check_fetch(job(), harness_url(&server, L"empty.bin"), L"empty.bin", sha256, "an empty file");
    harness_make_file(&server, "large.bin", 50 << 20, "l", sha256);
    check_fetch(job(), harness_url(&server, L"large.bin"), L"large.bin", sha256, "50 MiB");
    check_failure(job(), harness_url(&server, L"none.bin"), BG_E_HTTP_ERROR_404,
            BG_ERROR_CONTEXT_REMOTE_FILE, "a missing file");
    harness_server_stop(&server);
}

/* A process keeps its verdict on a certificate: the one before the import must be another's. */
static void test_https(void)
{
    struct harness_server server, wrong;
    char sha256[HARNESS_SHA256];

    harness_nginx_start(&server, "tls=1");
    harness_make_file(&server, "s.bin", SIZE, "s", sha256);
    harness_nginx_start(&wrong, "tls=1 cert=wrong_host");
    harness_make_file(&wrong, "s.bin", SIZE, "s", NULL);
    check_failure(job(), harness_url(&server, L"s.bin"), E_FAIL, BG_ERROR_CONTEXT_GENERAL_TRANSPORT,
            "HTTPS, unknown authority");
    is_uint(harness_server_requests(&server), 0, "no request was made");

    IBackgroundCopyManager_Release(manager);
    ok(harness_trust_ca(FALSE), "the authority is imported");
    ok(bits_service_stop(), "the service is stopped");
    manager = bits_connect();
    check_fetch(job(), harness_url(&server, L"s.bin"), L"s.bin", sha256, "HTTPS, known authority");
    is_uint(harness_server_requests(&server), 1, "one request");
    check_failure(job(), harness_url(&wrong, L"s.bin"), E_FAIL, BG_ERROR_CONTEXT_GENERAL_TRANSPORT,
            "HTTPS, another host's certificate");
    is_uint(harness_server_requests(&wrong), 0, "no request was made");
    harness_server_stop(&server);
    harness_server_stop(&wrong);
}

/* file:///C:/... of a Windows path. */
static const WCHAR *file_url(const WCHAR *path)
{
    static WCHAR url[MAX_PATH + 16];

    swprintf(url, MAX_PATH + 16, L"file:///%ls", path);
    for (WCHAR *at = url; *at; at++)
    {
        if (*at == '\\')
            *at = '/';
    }
    return url;
}

static void test_files(void)
{
    WCHAR source[MAX_PATH], share[MAX_PATH], prefix[MAX_PATH];
    struct harness_server server;
    struct harness_reply *reply;
    char sha256[HARNESS_SHA256];

    harness_nginx_start(&server, "");
    harness_make_file(&server, "f.bin", SIZE, "f", sha256);
    swprintf(source, MAX_PATH, L"%ls\\f.bin", server.root);
    todo_builtin("no file:")
        check_fetch(job(), file_url(source), L"f1.bin", sha256, "file:");
    check_fetch(job(), source, L"f2.bin", sha256, "a path with a drive");
    ok(bits_file_exists(source), "the source is there as before");

    /* A share, as Wine has them: a folder of the prefix. */
    reply = harness_demand("ping");
    MultiByteToWideChar(CP_UTF8, 0, harness_value(reply, "prefix"), -1, prefix, MAX_PATH);
    harness_reply_free(reply);
    swprintf(share, MAX_PATH, L"%ls\\dosdevices\\unc", prefix);
    note("shares are in %s", tap_wstr(share));
    CreateDirectoryW(share, NULL);
    wcscat(share, L"\\concierge");
    CreateDirectoryW(share, NULL);
    wcscat(share, L"\\share");
    CreateDirectoryW(share, NULL);
    wcscat(share, L"\\f.bin");
    if (CopyFileW(source, share, FALSE) && bits_file_exists(L"\\\\concierge\\share\\f.bin"))
    {
        check_fetch(job(), L"\\\\concierge\\share\\f.bin", L"f3.bin", sha256, "a share");
        todo_builtin("no file:")
            check_fetch(job(), L"file://concierge/share/f.bin", L"f4.bin", sha256,
                    "a share's file:");
    }
    else
        skip(10, "no share can be made here");

    wcscpy(wcsrchr(source, '\\'), L"\\missing.bin");
    check_failure(job(), file_url(source), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND),
            BG_ERROR_CONTEXT_REMOTE_FILE, "a missing file");
    harness_server_stop(&server);
}

static void test_redirects(void)
{
    static const int codes[] = {301, 302, 303, 307, 308};
    struct harness_server target, redirect;
    char sha256[HARNESS_SHA256], options[300];
    WCHAR local[32];

    harness_nginx_start(&target, "");
    harness_make_file(&target, "r.bin", SIZE, "r", sha256);
    for (unsigned int i = 0; i < ARRAYSIZE(codes); i++)
    {
        snprintf(options, sizeof(options), "kind=redirect code=%d to=http://127.0.0.1:%d/r.bin",
                codes[i], target.port);
        harness_server_start(&redirect, options);
        swprintf(local, 32, L"r%d.bin", codes[i]);
        snprintf(options, sizeof(options), "redirect %d", codes[i]);
        todo_if(tap_builtin() && (codes[i] == 303 || codes[i] == 308), "not followed")
            check_fetch(job(), harness_url(&redirect, L"r"), local, sha256, options);
        harness_server_stop(&redirect);
    }
    harness_server_start(&redirect, "kind=redirect to=self");
    check_failure(job(), harness_url(&redirect, L"loop"), E_FAIL, BG_ERROR_CONTEXT_REMOTE_FILE,
            "a redirect without end");
    harness_server_stop(&redirect);
    harness_server_stop(&target);
}

static IBackgroundCopyJob *job_with_password(const WCHAR *password)
{
    static WCHAR user[] = L"user";
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, {{0}}};
    IBackgroundCopyJob *basic = job();
    IBackgroundCopyJob2 *job2 = NULL;

    credentials.Credentials.Basic.UserName = user;
    credentials.Credentials.Basic.Password = (WCHAR *)password;
    is_hr(IBackgroundCopyJob_QueryInterface(basic, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK,
            "IBackgroundCopyJob2");
    is_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK, "SetCredentials");
    IBackgroundCopyJob2_Release(job2);
    return basic;
}

static void test_credentials(void)
{
    struct harness_server server;
    char sha256[HARNESS_SHA256];

    harness_nginx_start(&server, "auth=user:password");
    harness_make_file(&server, "c.bin", SIZE, "c", sha256);
    check_failure(job(), harness_url(&server, L"c.bin"), BG_E_HTTP_ERROR_401,
            BG_ERROR_CONTEXT_REMOTE_FILE, "no credentials");
    check_failure(job_with_password(L"wrong"), harness_url(&server, L"c.bin"), BG_E_HTTP_ERROR_401,
            BG_ERROR_CONTEXT_REMOTE_FILE, "a wrong password");
    check_fetch(job_with_password(L"password"), harness_url(&server, L"c.bin"), L"c.bin", sha256,
            "the right password");
    harness_server_stop(&server);
}

static void test_many(void)
{
    static char sha256[MANY][HARNESS_SHA256];
    static BG_FILE_INFO infos[MANY];
    IBackgroundCopyJob *many = job();
    struct harness_server server;
    BG_JOB_PROGRESS progress;
    unsigned int good = 0;
    char name[32], actual[HARNESS_SHA256];
    WCHAR wide[64];
    ULONGLONG begin;

    harness_nginx_start(&server, "");
    bits_folder(L"many");
    for (unsigned int i = 0; i < MANY; i++)
    {
        snprintf(name, sizeof(name), "%u.bin", i);
        harness_make_file(&server, name, MANY_SIZE, name, sha256[i]);
        swprintf(wide, 64, L"%u.bin", i);
        infos[i].RemoteName = _wcsdup(harness_url(&server, wide));
        swprintf(wide, 64, L"many\\%u.bin", i);
        infos[i].LocalName = _wcsdup(harness_scratch(wide));
    }
    is_hr(IBackgroundCopyJob_AddFileSet(many, MANY, infos), S_OK, "AddFileSet of %u files", MANY);
    begin = GetTickCount64();
    is_hr(IBackgroundCopyJob_Resume(many), S_OK, "Resume");
    reaches_state(many, BG_JOB_STATE_TRANSFERRED, 60000, "TRANSFERRED");
    note("%u files of %u bytes in %u ms", MANY, MANY_SIZE,
            (unsigned int)(GetTickCount64() - begin));
    progress = bits_job_progress(many);
    is_uint(progress.FilesTransferred, MANY, "all files");
    is_uint(progress.BytesTransferred, MANY * MANY_SIZE, "all bytes");
    is_hr(IBackgroundCopyJob_Complete(many), S_OK, "Complete");
    for (unsigned int i = 0; i < MANY; i++)
    {
        good += harness_sha256_file(infos[i].LocalName, actual) && !strcmp(actual, sha256[i]);
        free(infos[i].RemoteName);
        free(infos[i].LocalName);
    }
    is_uint(good, MANY, "each file is the right one");
    is_uint(bits_count_files(harness_scratch(L"many"), L"*", NULL), MANY, "and nothing else");
    is_uint(harness_server_requests(&server), MANY, "a request for each");
    note("%u connections", harness_server_connections(&server));
    ok(harness_server_connections(&server) <= MANY / 50, "connections are used again");
    bits_job_drop(many);
    harness_server_stop(&server);
}

int main(void)
{
    manager = bits_begin();
    test_http();
    test_files();
    test_redirects();
    test_credentials();
    test_many();
    test_https();
    return bits_end(manager);
}
