/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Properties of jobs and files by what they do to transfers, as servers and the disk see it. */
#include <winsock2.h>
#include <windows.h>
#include <wincrypt.h>

#include "bits_client.h"
#include "bitsmsg.h"
#include "bitsmsg_ext.h"
#include "callback_object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TAP_TIME_LIMIT(240);

#define SIZE 300000

static IBackgroundCopyManager *manager;

/* ---- helpers ---- */

static void *query(void *object, REFIID iid)
{
    void *out = NULL;

    if (FAILED(IUnknown_QueryInterface((IUnknown *)object, iid, &out)))
        bail_out("an interface is missing");
    return out;
}

static HRESULT set_property(IBackgroundCopyJob *job, BITS_JOB_PROPERTY_ID id,
        BITS_JOB_PROPERTY_VALUE value)
{
    IBackgroundCopyJob5 *job5 = query(job, &IID_IBackgroundCopyJob5);
    HRESULT hr = IBackgroundCopyJob5_SetProperty(job5, id, value);

    IBackgroundCopyJob5_Release(job5);
    return hr;
}

static HRESULT set_flag(IBackgroundCopyJob *job, BITS_JOB_PROPERTY_ID id)
{
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};

    return set_property(job, id, value);
}

static IBackgroundCopyFile3 *first_file(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyFile3 *file3;

    IBackgroundCopyJob_EnumFiles(job, &files);
    if (!files || IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) != S_OK)
        bail_out("the job has no file");
    file3 = query(file, &IID_IBackgroundCopyFile3);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    return file3;
}

static void is_remote_name(IBackgroundCopyJob *job, const WCHAR *expected, const char *what)
{
    IBackgroundCopyFile3 *file = first_file(job);
    WCHAR *name = NULL;

    IBackgroundCopyFile3_GetRemoteName(file, &name);
    is_wstr(name, expected, "%s", what);
    CoTaskMemFree(name);
    IBackgroundCopyFile3_Release(file);
}

static void fails_with(IBackgroundCopyJob *job, HRESULT expected, const char *what)
{
    BG_ERROR_CONTEXT context;

    reaches_state(job, BG_JOB_STATE_ERROR, 15000, "%s: an error", what);
    is_hr(bits_job_error(job, &context), expected, "%s: its code", what);
}

static void completes(IBackgroundCopyJob *job, const WCHAR *local, const char *sha256,
        const char *what)
{
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 15000, "%s: transferred", what);
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "%s: Complete", what);
    is_file_sha256(harness_scratch(local), sha256, "%s: the content", what);
}

static void resume(IBackgroundCopyJob *job)
{
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
}

/* ---- the tests ---- */

static void test_dynamic(void)
{
    BITS_JOB_PROPERTY_VALUE value = {.Uint64 = 100000};
    struct harness_server server;
    IBackgroundCopyJob *job;
    UINT64 size;

    if (builtin_lacks("BITS_JOB_PROPERTY_DYNAMIC_CONTENT"))
        return;
    harness_server_start(&server, "kind=no_content_length size=300000");
    job = bits_job_create(manager, L"plain");
    bits_job_add(job, &server, L"x", L"plain.bin");
    resume(job);
    fails_with(job, BG_E_MISSING_FILE_SIZE, "no Content-Length");
    is_hr(set_flag(job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT), BG_E_READ_ONLY_PROPERTY_AFTER_RESUME,
            "too late for the property");
    bits_job_drop(job);

    job = bits_job_create(manager, L"dynamic");
    is_hr(set_flag(job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT), S_OK, "dynamic content");
    bits_job_add(job, &server, L"x", L"dynamic.bin");
    resume(job);
    completes(job, L"dynamic.bin", server.sha256, "dynamic content");
    is_uint(bits_job_progress(job).BytesTotal, SIZE, "its size is known in the end");
    bits_job_drop(job);

    job = bits_job_create(manager, L"limited");
    is_hr(set_flag(job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT), S_OK, "dynamic content");
    is_hr(set_property(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value), S_OK, "of at most 100000");
    bits_folder(L"limited");
    bits_job_add(job, &server, L"x", L"limited\\limited.bin");
    resume(job);
    fails_with(job, BG_E_TOO_LARGE, "more than that");
    size = bits_temp_size(harness_scratch(L"limited"));
    ok(size == BG_SIZE_UNKNOWN || size <= 100000, "no byte more was kept (%lld)", (long long)size);
    bits_job_drop(job);
    harness_server_stop(&server);
}

/* The limit is the job's, not each file's. */
static void test_max_size(void)
{
    BITS_JOB_PROPERTY_VALUE value = {.Uint64 = 2 * SIZE - 1};
    struct harness_server server;
    IBackgroundCopyJob *job;

    if (builtin_lacks("BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE"))
        return;
    harness_server_start(&server, "kind=normal size=300000");
    for (unsigned int i = 0; i < 2; i++)
    {
        job = bits_job_create(manager, L"limit");
        is_hr(set_property(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value), S_OK, "a limit of %u",
                (unsigned int)value.Uint64);
        bits_job_add(job, &server, L"x", i ? L"a1.bin" : L"a0.bin");
        bits_job_add(job, &server, L"x", i ? L"b1.bin" : L"b0.bin");
        resume(job);
        if (i)
            completes(job, L"b1.bin", server.sha256, "exactly the limit");
        else
        {
            fails_with(job, BG_E_TOO_LARGE, "one byte too many");
            is_uint(bits_job_progress(job).FilesTransferred, 1, "the first file was within it");
            is_hr(set_property(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value),
                    BG_E_READ_ONLY_PROPERTY_AFTER_RESUME, "too late for another limit");
        }
        bits_job_drop(job);
        value.Uint64++;
    }
    harness_server_stop(&server);
}

static void test_high_performance(void)
{
    struct harness_server server;
    IBackgroundCopyFile3 *file;
    IBackgroundCopyJob *job;
    WCHAR *name = NULL;

    if (builtin_lacks("BITS_JOB_PROPERTY_HIGH_PERFORMANCE"))
        return;
    harness_server_start(&server, "kind=slow rate=200000 size=300000");
    bits_folder(L"fast");
    job = bits_job_create(manager, L"fast");
    is_hr(set_flag(job, BITS_JOB_PROPERTY_HIGH_PERFORMANCE), S_OK, "high performance");
    bits_job_add(job, &server, L"x", L"fast\\a.bin");
    is_hr(set_flag(job, BITS_JOB_PROPERTY_HIGH_PERFORMANCE), BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE,
            "too late for the property");
    file = first_file(job);
    is_hr(IBackgroundCopyFile3_GetTemporaryName(file, &name), S_OK, "GetTemporaryName");
    is_wstr(name, harness_scratch(L"fast\\a.bin"), "is the destination");
    CoTaskMemFree(name);
    IBackgroundCopyFile3_Release(file);
    resume(job);
    bits_job_wait_bytes(job, 100000, 10000);
    ok(bits_file_size(harness_scratch(L"fast\\a.bin")) >= 100000, "the bytes go straight there");
    is_uint(bits_count_files(harness_scratch(L"fast"), L"*", NULL), 1, "there is no other file");
    completes(job, L"fast\\a.bin", server.sha256, "high performance");
    bits_job_drop(job);

    job = bits_job_create(manager, L"fast");
    is_hr(set_flag(job, BITS_JOB_PROPERTY_HIGH_PERFORMANCE), S_OK, "another one");
    bits_job_add(job, &server, L"x", L"fast\\b.bin");
    resume(job);
    bits_job_wait_bytes(job, 100000, 10000);
    is_hr(IBackgroundCopyJob_Cancel(job), S_OK, "Cancel");
    ok(bits_file_size(harness_scratch(L"fast\\b.bin")) < SIZE,
            "leaves what is there to the client");
    bits_job_drop(job);
    harness_server_stop(&server);
}

/* ---- MINIMUM_NOTIFICATION_INTERVAL_MS ---- */

static LONG modifications;

static void count_modification(struct callback_object *object, const char *line)
{
    (void)object;
    if (!strncmp(line, "JobModification", 15))
        InterlockedIncrement(&modifications);
}

static void test_interval(void)
{
    static const DWORD intervals[] = {100, 500, 1500};
    struct harness_server server;
    struct callback_object object;
    LONG counts[3];

    if (builtin_lacks("BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS"))
        return;
    harness_server_start(&server, "kind=slow rate=100000 size=300000");
    for (unsigned int i = 0; i < ARRAYSIZE(intervals); i++)
    {
        BITS_JOB_PROPERTY_VALUE value = {.Dword = intervals[i]};
        IBackgroundCopyJob *job = bits_job_create(manager, L"interval");
        ULONGLONG begin = GetTickCount64();
        unsigned int passed;

        callback_object_init(&object, 3, count_modification);
        modifications = 0;
        is_hr(set_property(job, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, value), S_OK,
                "an interval of %lu ms", intervals[i]);
        bits_job_add(job, &server, L"x", L"interval.bin");
        IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_MODIFICATION);
        is_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object)), S_OK,
                "SetNotifyInterface");
        resume(job);
        reaches_state(job, BG_JOB_STATE_TRANSFERRED, 15000, "transferred");
        IBackgroundCopyJob_SetNotifyInterface(job, NULL);
        bits_job_drop(job);
        WAIT_UNTIL(object.references == 1, 10000); /* a call may still be under way */
        counts[i] = modifications;
        passed = (unsigned int)(GetTickCount64() - begin);
        note("%ld calls of JobModification in %u ms", (long)counts[i], passed);
        ok(counts[i] >= 2, "some calls");
        ok(counts[i] <= (LONG)(passed / intervals[i] + 1), "not too many of them");
    }
    ok(counts[0] > counts[1] && counts[1] > counts[2], "the longer the interval the fewer");
    harness_server_stop(&server);
}

/* ---- AddFileWithRanges ---- */

static IBackgroundCopyJob *job_with_ranges(const struct harness_server *server, const WCHAR *local,
        DWORD count, BG_FILE_RANGE *ranges)
{
    IBackgroundCopyJob *job = bits_job_create(manager, L"ranges");
    IBackgroundCopyJob3 *job3 = query(job, &IID_IBackgroundCopyJob3);

    is_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, harness_url(server, L"r.bin"),
                  harness_scratch(local), count, ranges),
            S_OK, "AddFileWithRanges");
    IBackgroundCopyJob3_Release(job3);
    resume(job);
    return job;
}

static void test_ranges(void)
{
    BG_FILE_RANGE ranges[] = {{100, 50}, {SIZE - 7, BG_LENGTH_TO_EOF}, {0, 10}, {200, 1000}};
    BG_FILE_RANGE outside[] = {{0, 10}, {SIZE, 10}}, over = {SIZE - 5, 10};
    BYTE *whole = malloc(SIZE), got[2000] = {0}, expected[50 + 7 + 10 + 1000];
    struct harness_server server;
    IBackgroundCopyJob *job;
    WCHAR source[MAX_PATH];
    FILE *file;

    harness_nginx_start(&server, "");
    harness_make_file(&server, "r.bin", SIZE, "r", NULL);
    swprintf(source, MAX_PATH, L"%ls\\r.bin", server.root);
    if (!whole || !(file = _wfopen(source, L"rb")) || fread(whole, 1, SIZE, file) != SIZE)
        bail_out("cannot read the server's file");
    fclose(file);
    memcpy(expected, whole + 100, 50);
    memcpy(expected + 50, whole + SIZE - 7, 7);
    memcpy(expected + 57, whole, 10);
    memcpy(expected + 67, whole + 200, 1000);
    free(whole);
    job = job_with_ranges(&server, L"parts.bin", ARRAYSIZE(ranges), ranges);
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 10000, "transferred");
    is_uint(bits_job_progress(job).BytesTotal, sizeof(expected), "the size is that of the parts");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "Complete");
    is_uint(bits_file_size(harness_scratch(L"parts.bin")), sizeof(expected), "so is the file's");
    if ((file = _wfopen(harness_scratch(L"parts.bin"), L"rb")))
    {
        fread(got, 1, sizeof(got), file);
        fclose(file);
    }
    is_mem(got, expected, sizeof(expected), "the parts one after the other, as they were given");
    bits_job_drop(job);

    job = job_with_ranges(&server, L"outside.bin", 2, outside);
    fails_with(job, BG_E_INVALID_RANGE, "a part behind the end");
    bits_job_drop(job);
    job = job_with_ranges(&server, L"over.bin", 1, &over);
    fails_with(job, BG_E_INVALID_RANGE, "a part over the end");
    bits_job_drop(job);
    harness_server_restart(&server, "ranges=off");
    job = job_with_ranges(&server, L"none.bin", 2, ranges);
    fails_with(job, BG_E_INSUFFICIENT_RANGE_SUPPORT, "a server without ranges");
    bits_job_drop(job);
    harness_server_stop(&server);
}

/* ---- IBackgroundCopyJobHttpOptions ---- */

static void test_redirects(void)
{
    static const struct
    {
        ULONG policy;
        const char *name;
    } policies[] = {
            {BG_HTTP_REDIRECT_POLICY_ALLOW_SILENT, "ALLOW_SILENT"},
            {BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT, "ALLOW_REPORT"},
            {BG_HTTP_REDIRECT_POLICY_DISALLOW, "DISALLOW"},
    };
    struct harness_server target, redirect;
    char options[200];

    if (builtin_lacks("IBackgroundCopyFile3, and names after redirects"))
        return;
    harness_server_start(&target, "kind=normal size=300000");
    snprintf(options, sizeof(options), "kind=redirect code=302 to=http://127.0.0.1:%d/there",
            target.port);
    harness_server_start(&redirect, options);
    for (unsigned int i = 0; i < ARRAYSIZE(policies); i++)
    {
        IBackgroundCopyJob *job = bits_job_create(manager, L"redirect");
        IBackgroundCopyJobHttpOptions *http = query(job, &IID_IBackgroundCopyJobHttpOptions);

        is_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(http, policies[i].policy), S_OK, "%s",
                policies[i].name);
        IBackgroundCopyJobHttpOptions_Release(http);
        bits_job_add(job, &redirect, L"here", L"redirect.bin");
        resume(job);
        if (i < 2)
            reaches_state(job, BG_JOB_STATE_TRANSFERRED, 10000, "transferred");
        else
            fails_with(job, MAKE_HRESULT(SEVERITY_ERROR, FACILITY_HTTP, 302),
                    "a forbidden redirect");
        is_remote_name(job, i ? harness_url(&target, L"there") : harness_url(&redirect, L"here"),
                i ? "the remote name is the new one" : "the remote name stays");
        if (i < 2)
            completes(job, L"redirect.bin", target.sha256, policies[i].name);
        bits_job_drop(job);
    }
    harness_server_stop(&redirect);
    harness_server_stop(&target);
}

/* Takes one request and answers it with five bytes; the head is kept. */
static DWORD WINAPI listener(void *argument)
{
    static const char answer[] =
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    static char head[8192];
    SOCKET listening = (SOCKET)(ULONG_PTR)argument, client = accept(listening, NULL, NULL);
    int length = 0, got;

    while (length < (int)sizeof(head) - 1 && !strstr(head, "\r\n\r\n")
            && (got = recv(client, head + length, sizeof(head) - 1 - length, 0)) > 0)
        length += got;
    send(client, answer, sizeof(answer) - 1, 0);
    shutdown(client, SD_SEND);
    recv(client, head + length, 0, 0);
    closesocket(client);
    ok(strstr(head, "\r\nX-One: first\r\n") != NULL, "the first header is on the wire");
    ok(strstr(head, "\r\nX-Two: second value\r\n") != NULL, "and the second");
    ok(strstr(head, "\r\nCookie: a=b\r\n") != NULL, "and a cookie");
    return 0;
}

static void test_headers(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET listening = socket(AF_INET, SOCK_STREAM, 0);
    IBackgroundCopyJob *job = bits_job_create(manager, L"headers");
    IBackgroundCopyJobHttpOptions *http = query(job, &IID_IBackgroundCopyJobHttpOptions);
    int size = sizeof(address);
    WCHAR url[64];
    HANDLE thread;

    if (bind(listening, (struct sockaddr *)&address, sizeof(address)) || listen(listening, 1)
            || getsockname(listening, (struct sockaddr *)&address, &size))
        bail_out("no socket: %d", WSAGetLastError());
    thread = CreateThread(NULL, 0, listener, (void *)(ULONG_PTR)listening, 0, NULL);
    swprintf(url, 64, L"http://127.0.0.1:%u/h", ntohs(address.sin_port));
    is_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(http,
                  L"X-One: first\r\nX-Two: second value\r\nCookie: a=b\r\n"),
            S_OK, "SetCustomHeaders");
    IBackgroundCopyJobHttpOptions_Release(http);
    IBackgroundCopyJob_AddFile(job, url, harness_scratch(L"headers.txt"));
    resume(job);
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 10000, "transferred");
    is_uint(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0, "one request");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "Complete");
    ok(bits_file_is(harness_scratch(L"headers.txt"), "hello"), "the content");
    CloseHandle(thread);
    closesocket(listening);
    bits_job_drop(job);
}

/* No transfer would use it: a certificate that is there is refused, and not said to be set. */
static void test_certificate(void)
{
    BYTE name[100];
    CERT_NAME_BLOB subject = {sizeof(name), name};
    HCERTSTORE store = CertOpenSystemStoreW(0, L"MY");
    const CERT_CONTEXT *certificate = NULL;
    IBackgroundCopyJob *job = bits_job_create(manager, L"certificate");
    IBackgroundCopyJobHttpOptions *http = query(job, &IID_IBackgroundCopyJobHttpOptions);
    BG_CERT_STORE_LOCATION location;
    WCHAR *text = NULL, *by_name = NULL;
    BYTE *hash = NULL, wanted[20];
    DWORD size = sizeof(wanted);

    if (CertStrToNameW(X509_ASN_ENCODING, L"CN=Client of BITS", CERT_X500_NAME_STR, NULL, name,
                &subject.cbData, NULL))
        certificate = CertCreateSelfSignCertificate(0, &subject, 0, NULL, NULL, NULL, NULL, NULL);
    if (!ok(certificate
                        && CertAddCertificateContextToStore(store, certificate,
                                CERT_STORE_ADD_ALWAYS, NULL)
                        && CertGetCertificateContextProperty(certificate, CERT_HASH_PROP_ID, wanted,
                                &size),
                "a certificate is in the store"))
        bail_out("error %08lx", GetLastError());
    CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL);
    is_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(http,
                  BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", L"Client of BITS"),
            E_NOTIMPL, "SetClientCertificateByName");
    is_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(http,
                  BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", wanted),
            E_NOTIMPL, "SetClientCertificateByID");
    todo_builtin("not implemented")
    {
        is_hr(IBackgroundCopyJobHttpOptions_GetClientCertificate(http, &location, &text, &hash,
                      &by_name),
                HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA), "GetClientCertificate: the job has none");
        is_hr(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(http), S_FALSE,
                "RemoveClientCertificate");
    }
    IBackgroundCopyJobHttpOptions_Release(http);
    CertFreeCertificateContext(certificate);
    CertCloseStore(store, 0);
    bits_job_drop(job);
}

/* ---- proxies and credentials ---- */

static HRESULT set_credentials(IBackgroundCopyJob *job, BG_AUTH_TARGET target,
        BG_AUTH_SCHEME scheme, const WCHAR *password)
{
    static WCHAR user[] = L"user";
    BG_AUTH_CREDENTIALS credentials = {target, scheme, {{0}}};
    IBackgroundCopyJob2 *job2 = query(job, &IID_IBackgroundCopyJob2);
    HRESULT hr;

    credentials.Credentials.Basic.UserName = user;
    credentials.Credentials.Basic.Password = (WCHAR *)password;
    hr = IBackgroundCopyJob2_SetCredentials(job2, &credentials);
    IBackgroundCopyJob2_Release(job2);
    return hr;
}

static void test_proxy(void)
{
    static const WCHAR url[] = L"http://files.invalid/p.bin";
    struct harness_server server, proxy;
    char sha256[HARNESS_SHA256], options[100];
    IBackgroundCopyJob *job;
    WCHAR list[64];

    harness_nginx_start(&server, "");
    harness_make_file(&server, "p.bin", SIZE, "p", sha256);
    snprintf(options, sizeof(options), "kind=proxy map=127.0.0.1:%d", server.port);
    harness_server_start(&proxy, options);
    swprintf(list, 64, L"http://127.0.0.1:%d", proxy.port);
    job = bits_job_create(manager, L"proxy");
    is_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, list, NULL), S_OK,
            "a proxy");
    IBackgroundCopyJob_AddFile(job, url, harness_scratch(L"proxy.bin"));
    resume(job);
    completes(job, L"proxy.bin", sha256, "through a proxy");
    is_uint(harness_server_requests(&proxy), 1, "the proxy was asked");
    bits_job_drop(job);

    job = bits_job_create(manager, L"bypass");
    is_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, list, L"127.0.0.1"),
            S_OK, "a bypass list");
    bits_job_add(job, &server, L"p.bin", L"bypass.bin");
    resume(job);
    completes(job, L"bypass.bin", sha256, "around the proxy");
    is_uint(harness_server_requests(&proxy), 1, "the proxy was not asked");
    bits_job_drop(job);

    harness_do("server set id=%d auth=user:secret", proxy.id);
    job = bits_job_create(manager, L"proxy with password");
    IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, list, NULL);
    IBackgroundCopyJob_AddFile(job, url, harness_scratch(L"secret.bin"));
    resume(job);
    fails_with(job, BG_E_HTTP_ERROR_407, "a proxy that wants a password");
    is_hr(set_credentials(job, BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_BASIC, L"secret"), S_OK,
            "SetCredentials");
    resume(job);
    completes(job, L"secret.bin", sha256, "with the password");
    bits_job_drop(job);
    harness_server_stop(&proxy);
    harness_server_stop(&server);
}

static void test_credentials(void)
{
    static const struct
    {
        const char *options, *name;
        BG_AUTH_SCHEME scheme;
    } schemes[] = {
            {"kind=basic auth=user:secret size=300000", "basic", BG_AUTH_SCHEME_BASIC},
            {"kind=digest auth=user:secret size=300000", "digest", BG_AUTH_SCHEME_DIGEST},
    };

    for (unsigned int i = 0; i < ARRAYSIZE(schemes); i++)
    {
        IBackgroundCopyJob *job = bits_job_create(manager, L"credentials");
        struct harness_server server;

        harness_server_start(&server, schemes[i].options);
        bits_job_add(job, &server, L"x", L"credentials.bin");
        resume(job);
        fails_with(job, BG_E_HTTP_ERROR_401, schemes[i].name);
        is_hr(set_credentials(job, BG_AUTH_TARGET_SERVER, schemes[i].scheme, L"wrong"), S_OK,
                "a wrong password");
        resume(job);
        fails_with(job, BG_E_HTTP_ERROR_401, schemes[i].name);
        is_hr(set_credentials(job, BG_AUTH_TARGET_SERVER, schemes[i].scheme, L"secret"), S_OK,
                "the right password");
        resume(job);
        todo_if(tap_builtin() && schemes[i].scheme != BG_AUTH_SCHEME_BASIC, "basic alone")
            completes(job, L"credentials.bin", server.sha256, schemes[i].name);
        bits_job_drop(job);
        harness_server_stop(&server);
    }
}

/* ---- names, validation, the temporary file ---- */

static void test_names(void)
{
    struct harness_server bad, good;
    IBackgroundCopyFile3 *file;
    IBackgroundCopyFile2 *file2;
    IBackgroundCopyJob3 *job3;
    IBackgroundCopyJob *job;
    WCHAR from[64], to[64];

    harness_server_start(&bad, "kind=status code=404");
    harness_server_start(&good, "kind=normal size=300000");
    job = bits_job_create(manager, L"name");
    bits_job_add(job, &bad, L"x", L"name.bin");
    resume(job);
    fails_with(job, BG_E_HTTP_ERROR_404, "a wrong name");
    file = first_file(job);
    file2 = query(file, &IID_IBackgroundCopyFile2);
    is_hr(IBackgroundCopyFile2_SetRemoteName(file2, harness_url(&good, L"y")), S_OK,
            "SetRemoteName");
    IBackgroundCopyFile2_Release(file2);
    IBackgroundCopyFile3_Release(file);
    is_state(job, BG_JOB_STATE_ERROR, "the job stays where it is");
    resume(job);
    completes(job, L"name.bin", good.sha256, "the right name");
    bits_job_drop(job);

    job = bits_job_create(manager, L"prefix");
    bits_job_add(job, &bad, L"x", L"prefix0.bin");
    bits_job_add(job, &bad, L"y", L"prefix1.bin");
    resume(job);
    fails_with(job, BG_E_HTTP_ERROR_404, "a wrong server");
    swprintf(from, 64, L"http://127.0.0.1:%d", bad.port);
    swprintf(to, 64, L"http://127.0.0.1:%d", good.port);
    job3 = query(job, &IID_IBackgroundCopyJob3);
    is_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, from, to), S_OK, "ReplaceRemotePrefix");
    IBackgroundCopyJob3_Release(job3);
    is_remote_name(job, harness_url(&good, L"x"), "the first file's name");
    resume(job);
    completes(job, L"prefix1.bin", good.sha256, "the right server");
    bits_job_drop(job);
    harness_server_stop(&bad);
    harness_server_stop(&good);
}

static void test_validation(void)
{
    IBackgroundCopyJob *job = bits_job_create(manager, L"validation");
    struct harness_server server;
    IBackgroundCopyFile3 *file;
    BOOL valid = TRUE;

    harness_server_start(&server, "kind=normal size=300000");
    bits_job_add(job, &server, L"x", L"valid.bin");
    file = first_file(job);
    is_hr(IBackgroundCopyFile3_SetValidationState(file, TRUE), E_PENDING, "too early");
    resume(job);
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 10000, "transferred");
    is_hr(IBackgroundCopyFile3_SetValidationState(file, FALSE), S_OK, "the file is not valid");
    fails_with(job, BG_E_VALIDATION_FAILED, "not valid");
    is_uint(bits_job_progress(job).BytesTransferred, 0, "nothing is transferred");
    resume(job);
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 10000, "transferred again");
    is_uint(harness_server_requests(&server), 2, "the file was fetched a second time");
    is_hr(IBackgroundCopyFile3_GetValidationState(file, &valid), S_OK, "GetValidationState");
    ok(!valid, "nobody has said that it is valid");
    is_hr(IBackgroundCopyFile3_SetValidationState(file, TRUE), S_OK, "the file is valid");
    IBackgroundCopyFile3_GetValidationState(file, &valid);
    ok(valid, "GetValidationState");
    completes(job, L"valid.bin", server.sha256, "valid");
    IBackgroundCopyFile3_Release(file);
    bits_job_drop(job);
    harness_server_stop(&server);
}

static void test_temporary_name(void)
{
    IBackgroundCopyJob *job = bits_job_create(manager, L"temporary");
    struct harness_server server;
    IBackgroundCopyFile3 *file;
    IBackgroundCopyJob3 *job3;
    char sha256[HARNESS_SHA256];
    WCHAR *name = NULL;

    harness_server_start(&server, "kind=slow rate=200000 size=300000");
    bits_job_add(job, &server, L"x", L"temporary.bin");
    job3 = query(job, &IID_IBackgroundCopyJob3);
    is_hr(IBackgroundCopyJob3_SetFileACLFlags(job3, BG_COPY_FILE_ALL), S_OK,
            "SetFileACLFlags, which HTTP does not mind");
    IBackgroundCopyJob3_Release(job3);
    file = first_file(job);
    resume(job);
    bits_job_wait_bytes(job, 100000, 10000);
    is_hr(IBackgroundCopyFile3_GetTemporaryName(file, &name), S_OK, "GetTemporaryName");
    ok(bits_file_size(name) >= 100000 && bits_file_size(name) != BG_SIZE_UNKNOWN, "has the bytes");
    ok(!bits_file_exists(harness_scratch(L"temporary.bin")), "the destination is not there yet");
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 10000, "transferred");
    ok(harness_sha256_file(name, sha256) && !strcmp(sha256, server.sha256),
            "it has the whole file");
    completes(job, L"temporary.bin", server.sha256, "temporary file");
    ok(!bits_file_exists(name), "the temporary file is gone");
    CoTaskMemFree(name);
    IBackgroundCopyFile3_Release(file);
    bits_job_drop(job);
    harness_server_stop(&server);
}

int main(void)
{
    WSADATA data;

    manager = bits_begin();
    WSAStartup(MAKEWORD(2, 2), &data);
    test_dynamic();
    test_max_size();
    test_high_performance();
    test_interval();
    todo_builtin("AddFileWithRanges adds nothing")
        test_ranges();
    test_redirects();
    test_headers();
    test_certificate();
    todo_builtin("no SetProxySettings")
        test_proxy();
    test_credentials();
    if (!builtin_lacks("IBackgroundCopyFile3"))
    {
        test_names();
        test_validation();
        test_temporary_name();
    }
    return bits_end(manager);
}
