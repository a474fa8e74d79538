/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The proxies of BITS: an object of the multithreaded apartment is called from a single-threaded
 * one through qmgrprxy.dll, and must be given exactly what the caller passed: unions by their
 * discriminant, arrays by their counts, null where null is allowed.
 */

#include <windows.h>

#include "mock.h"
#include "tap.h"

static struct mock mock;

struct offer
{
    const IID *iid;
    IStream *stream;
    HRESULT hr;
};

/* The thread of the multithreaded apartment: marshals, then stays until told to end. */
struct host
{
    struct offer *offers;
    unsigned int count;
    HANDLE ready;
    HANDLE stop;
};

static DWORD WINAPI host_run(void *context)
{
    struct host *host = context;
    unsigned int i;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    for (i = 0; i < host->count; ++i)
        host->offers[i].hr = CoMarshalInterThreadInterfaceInStream(host->offers[i].iid,
                (IUnknown *)&mock.job, &host->offers[i].stream);
    SetEvent(host->ready);
    WaitForSingleObject(host->stop, INFINITE);
    CoUninitialize();
    return 0;
}

static void is_called(const char *name)
{
    is_str(mock.called, name, "%s arrives", name);
    ok(mock.thread && mock.thread != GetCurrentThreadId(), "%s: in the other apartment", name);
    mock.called = "nothing";
    mock.thread = 0;
}

static void test_job_properties(IBackgroundCopyJob5 *job)
{
    BITS_JOB_PROPERTY_VALUE value;
    HRESULT hr;

    memset(&value, 0xcc, sizeof(value));
    value.Dword = 0x8000006f;
    hr = IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, value);
    is_hr(hr, S_OK, "SetProperty, cost flags");
    is_called("SetProperty");
    is_uint(mock.id, BITS_JOB_PROPERTY_ID_COST_FLAGS, "the id of the property");
    is_uint(mock.job_value.Dword, 0x8000006f, "cost flags");

    value.ClsID = mock_clsid;
    hr = IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value);
    is_hr(hr, S_OK, "SetProperty, CLSID");
    is_called("SetProperty");
    is_guid(&mock.job_value.ClsID, &mock_clsid, "the CLSID");

    memset(&value, 0xcc, sizeof(value));
    value.Enable = TRUE;
    hr = IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_ON_DEMAND_MODE, value);
    is_hr(hr, S_OK, "SetProperty, on demand");
    is_called("SetProperty");
    is_int(mock.job_value.Enable, TRUE, "on demand");

    value.Uint64 = 0xfedcba9876543210ull;
    hr = IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value);
    is_hr(hr, S_OK, "SetProperty, maximum size");
    is_called("SetProperty");
    is_uint(mock.job_value.Uint64, 0xfedcba9876543210ull, "the maximum size");

    value.Target = BG_AUTH_TARGET_PROXY;
    hr = IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value);
    is_hr(hr, S_OK, "SetProperty, stored credentials");
    is_called("SetProperty");
    is_int(mock.job_value.Target, BG_AUTH_TARGET_PROXY, "the target");

    hr = IBackgroundCopyJob5_SetProperty(job, (BITS_JOB_PROPERTY_ID)1000, value);
    is_hr(hr, BG_E_UNKNOWN_PROPERTY_ID, "SetProperty, an unknown id");
    is_called("SetProperty");

    hr = IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value);
    is_hr(hr, S_OK, "GetProperty, cost flags");
    is_called("GetProperty");
    is_uint(value.Dword, 0x80000021, "cost flags");
    hr = IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &value);
    is_hr(hr, S_OK, "GetProperty, CLSID");
    is_guid(&value.ClsID, &mock_clsid, "the CLSID");
    hr = IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, &value);
    is_hr(hr, S_OK, "GetProperty, dynamic content");
    is_int(value.Enable, TRUE, "dynamic content");
    hr = IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, &value);
    is_hr(hr, S_OK, "GetProperty, maximum size");
    is_uint(value.Uint64, 0x123456789abcdefull, "the maximum size");
    hr = IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, &value);
    is_hr(hr, S_OK, "GetProperty, stored credentials");
    is_int(value.Target, BG_AUTH_TARGET_PROXY, "the target");
    hr = IBackgroundCopyJob5_GetProperty(job, (BITS_JOB_PROPERTY_ID)1000, &value);
    is_hr(hr, BG_E_UNKNOWN_PROPERTY_ID, "GetProperty, an unknown id");
}

static void test_job(IBackgroundCopyJob5 *job)
{
    static WCHAR remote0[] = L"http://a/0", remote1[] = L"http://a/1", local[] = L"C:\\x";
    static WCHAR user[] = L"user", password[] = L"pass word";
    BG_FILE_INFO set[2] = {{remote0, local}, {remote1, local}};
    BG_FILE_RANGE ranges[] = {{0, 10}, {1ull << 33, 5}, {7, BG_LENGTH_TO_EOF}};
    BG_AUTH_CREDENTIALS cred = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_DIGEST, {{user, password}}};
    BG_JOB_PROXY_USAGE usage;
    WCHAR *text[2];
    UINT64 length;
    byte *data;
    HRESULT hr;

    hr = IBackgroundCopyJob5_AddFileSet(job, 2, set);
    is_hr(hr, S_OK, "AddFileSet");
    is_called("AddFileSet");
    is_uint(mock.count, 2, "two files");
    is_wstr(mock.text[1], remote1, "the second URL");
    is_uint(mock.ranges[1].Length, 4, "the second local name");

    hr = IBackgroundCopyJob5_AddFileWithRanges(job, remote0, local, 3, ranges);
    is_hr(hr, S_OK, "AddFileWithRanges");
    is_called("AddFileWithRanges");
    is_uint(mock.count, 3, "three ranges");
    is_mem(mock.ranges, ranges, sizeof(ranges), "the ranges");

    hr = IBackgroundCopyJob5_SetNotifyInterface(job, (IUnknown *)job);
    is_hr(hr, S_OK, "SetNotifyInterface");
    is_called("SetNotifyInterface");
    ok(mock.has_object, "an object");
    hr = IBackgroundCopyJob5_SetNotifyInterface(job, NULL);
    is_hr(hr, S_OK, "SetNotifyInterface(NULL)");
    is_called("SetNotifyInterface");
    ok(!mock.has_object, "no object");

    hr = IBackgroundCopyJob5_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL);
    is_hr(hr, S_OK, "SetProxySettings without lists");
    is_called("SetProxySettings");
    ok(!mock.has_text[0] && !mock.has_text[1], "null stays null");
    hr = IBackgroundCopyJob5_GetProxySettings(job, &usage, &text[0], &text[1]);
    is_hr(hr, S_OK, "GetProxySettings");
    is_called("GetProxySettings");
    is_int(usage, BG_JOB_PROXY_USAGE_OVERRIDE, "the usage");
    is_wstr(text[0], L"proxy:3128", "the list");
    is_ptr(text[1], NULL, "no bypass list");
    CoTaskMemFree(text[0]);

    hr = IBackgroundCopyJob5_SetNotifyCmdLine(job, NULL, NULL);
    is_hr(hr, S_OK, "SetNotifyCmdLine(NULL)");
    is_called("SetNotifyCmdLine");
    ok(!mock.has_text[0] && !mock.has_text[1], "null stays null");
    hr = IBackgroundCopyJob5_SetNotifyCmdLine(job, local, user);
    is_hr(hr, S_OK, "SetNotifyCmdLine");
    is_wstr(mock.text[0], local, "the program");
    is_wstr(mock.text[1], user, "the parameters");

    data = NULL;
    length = 0;
    hr = IBackgroundCopyJob5_GetReplyData(job, &data, &length);
    is_hr(hr, S_OK, "GetReplyData");
    is_called("GetReplyData");
    is_uint(length, sizeof(mock_hash), "its length");
    is_mem(data, mock_hash, sizeof(mock_hash), "its bytes");
    CoTaskMemFree(data);

    hr = IBackgroundCopyJob5_SetCredentials(job, &cred);
    is_hr(hr, S_OK, "SetCredentials");
    is_called("SetCredentials");
    is_int(mock.target, BG_AUTH_TARGET_SERVER, "the target");
    is_int(mock.scheme, BG_AUTH_SCHEME_DIGEST, "the scheme");
    is_wstr(mock.text[0], user, "the user");
    is_wstr(mock.text[1], password, "the password");
    cred.Credentials.Basic.UserName = cred.Credentials.Basic.Password = NULL;
    hr = IBackgroundCopyJob5_SetCredentials(job, &cred);
    is_hr(hr, S_OK, "SetCredentials, null names");
    is_called("SetCredentials");
    ok(!mock.has_text[0] && !mock.has_text[1], "null stays null");
    cred.Scheme = (BG_AUTH_SCHEME)77;
    hr = IBackgroundCopyJob5_SetCredentials(job, &cred);
    is_hr(hr, S_OK, "SetCredentials, an unknown scheme");
    is_called("SetCredentials");
    is_int(mock.scheme, 77, "the scheme");
}

static void test_file(IBackgroundCopyFile6 *file)
{
    const BG_FILE_RANGE ranges[] = {{5, 6}, {1ull << 35, 8}};
    BITS_FILE_PROPERTY_VALUE value;
    static WCHAR text[] = L"X: y";
    BG_FILE_RANGE *got;
    DWORD count;
    HRESULT hr;

    got = NULL;
    count = 0;
    hr = IBackgroundCopyFile6_GetFileRanges(file, &count, &got);
    is_hr(hr, S_OK, "GetFileRanges");
    is_called("GetFileRanges");
    is_uint(count, 2, "two ranges");
    is_uint(got[1].InitialOffset, 1ull << 40, "the second offset");
    is_uint(got[1].Length, BG_LENGTH_TO_EOF, "the second length");
    CoTaskMemFree(got);

    got = NULL;
    hr = IBackgroundCopyFile6_GetFilledFileRanges(file, &count, &got);
    is_hr(hr, S_OK, "GetFilledFileRanges");
    is_called("GetFilledFileRanges");
    is_uint(count, 2, "two ranges");
    is_uint(got[0].Length, 2, "the first length");
    CoTaskMemFree(got);

    hr = IBackgroundCopyFile6_RequestFileRanges(file, 2, ranges);
    is_hr(hr, S_OK, "RequestFileRanges");
    is_called("RequestFileRanges");
    is_uint(mock.count, 2, "two ranges");
    is_mem(mock.ranges, ranges, sizeof(ranges), "the ranges");

    hr = IBackgroundCopyFile6_UpdateDownloadPosition(file, 1ull << 50);
    is_hr(hr, S_OK, "UpdateDownloadPosition");
    is_uint(mock.ranges[0].InitialOffset, 1ull << 50, "the position");

    value.String = text;
    hr = IBackgroundCopyFile6_SetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value);
    is_hr(hr, S_OK, "SetProperty of a file");
    is_called("file SetProperty");
    is_wstr(mock.text[0], text, "the text");
    value.String = NULL;
    hr = IBackgroundCopyFile6_GetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS,
            &value);
    is_hr(hr, S_OK, "GetProperty of a file");
    is_called("file GetProperty");
    is_wstr(value.String, L"Server: mock", "the text");
    CoTaskMemFree(value.String);
    hr = IBackgroundCopyFile6_GetProperty(file, (BITS_FILE_PROPERTY_ID)9, &value);
    is_hr(hr, BG_E_UNKNOWN_PROPERTY_ID, "GetProperty of a file, an unknown id");
}

static void test_http(IBackgroundCopyJobHttpOptions3 *http)
{
    BG_CERT_STORE_LOCATION location;
    WCHAR *store, *subject;
    byte *hash;
    HRESULT hr;

    hr = IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http,
            BG_CERT_STORE_LOCATION_LOCAL_MACHINE, L"MY", (byte *)mock_hash);
    is_hr(hr, S_OK, "SetClientCertificateByID");
    is_called("SetClientCertificateByID");
    is_mem(mock.hash, mock_hash, sizeof(mock_hash), "20 bytes");
    hr = IBackgroundCopyJobHttpOptions3_GetClientCertificate(http, &location, &store, &hash,
            &subject);
    is_hr(hr, S_OK, "GetClientCertificate");
    is_called("GetClientCertificate");
    is_int(location, BG_CERT_STORE_LOCATION_USERS, "the location");
    is_mem(hash, mock_hash, sizeof(mock_hash), "20 bytes");
    is_wstr(subject, L"subject", "the subject");
    CoTaskMemFree(store);
    CoTaskMemFree(hash);
    CoTaskMemFree(subject);

    hr = IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, NULL);
    is_hr(hr, S_OK, "SetCustomHeaders(NULL)");
    is_called("SetCustomHeaders");
    ok(!mock.has_text[0], "null stays null");
    hr = IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(http, NULL);
    is_hr(hr, S_OK, "SetServerCertificateValidationInterface(NULL)");
    is_called("SetServerCertificateValidationInterface");
}

static void test_files(IEnumBackgroundCopyFiles *files)
{
    IBackgroundCopyFile *got[4] = {NULL};
    ULONG fetched, i;
    HRESULT hr;

    mock.files_left = 3;
    fetched = 99;
    hr = IEnumBackgroundCopyFiles_Next(files, 2, got, &fetched);
    is_hr(hr, S_OK, "Next(2) of 3");
    is_called("Next");
    is_uint(fetched, 2, "two fetched");
    ok(got[0] && got[1], "two files");
    for (i = 0; i < 2; ++i)
        if (got[i])
            IBackgroundCopyFile_Release(got[i]);

    memset(got, 0, sizeof(got));
    hr = IEnumBackgroundCopyFiles_Next(files, 4, got, &fetched);
    is_hr(hr, S_FALSE, "Next(4) of 1");
    is_uint(fetched, 1, "one fetched");
    ok(got[0] && !got[1], "one file");
    if (got[0])
        IBackgroundCopyFile_Release(got[0]);

    mock.files_left = 1;
    got[0] = NULL;
    hr = IEnumBackgroundCopyFiles_Next(files, 1, got, NULL);
    is_hr(hr, S_OK, "Next(1) without a count");
    is_called("Next");
    ok(got[0] != NULL, "one file");
    if (got[0])
        IBackgroundCopyFile_Release(got[0]);
}

static void test_callback(IBackgroundCopyCallback3 *callback, IBackgroundCopyJob5 *job,
        IBackgroundCopyFile6 *file)
{
    const BG_FILE_RANGE ranges[] = {{1, 2}, {3, 4}, {5, 1ull << 60}};
    HRESULT hr;

    hr = IBackgroundCopyCallback3_FileRangesTransferred(callback, (IBackgroundCopyJob *)job,
            (IBackgroundCopyFile *)file, 3, ranges);
    is_hr(hr, S_OK, "FileRangesTransferred");
    is_called("FileRangesTransferred");
    ok(mock.has_object, "job and file");
    is_uint(mock.count, 3, "three ranges");
    is_mem(mock.ranges, ranges, sizeof(ranges), "the ranges");

    hr = IBackgroundCopyCallback3_JobError(callback, (IBackgroundCopyJob *)job, NULL);
    is_hr(hr, BG_E_HTTP_ERROR_404, "JobError returns the code of the method");
    is_called("JobError");
    ok(mock.has_object, "a job and no error object");
}

int main(void)
{
    struct offer offers[] = {
            {.iid = &IID_IBackgroundCopyJob5},
            {.iid = &IID_IBackgroundCopyFile6},
            {.iid = &IID_IBackgroundCopyJobHttpOptions3},
            {.iid = &IID_IEnumBackgroundCopyFiles},
            {.iid = &IID_IBackgroundCopyCallback3},
    };
    struct host host = {.offers = offers, .count = ARRAYSIZE(offers)};
    IUnknown *objects[ARRAYSIZE(offers)] = {NULL};
    unsigned int i, missing = 0;
    HANDLE thread;
    HRESULT hr;

    if (tap_builtin())
        skip_all("Wine 8.0 has no proxies for the later interfaces");

    mock_init(&mock);
    host.ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    host.stop = CreateEventW(NULL, FALSE, FALSE, NULL);
    thread = CreateThread(NULL, 0, host_run, &host, 0, NULL);
    WaitForSingleObject(host.ready, INFINITE);
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);

    for (i = 0; i < host.count; ++i)
    {
        is_hr(offers[i].hr, S_OK, "marshalling %s", tap_guid(offers[i].iid));
        hr = offers[i].hr;
        if (SUCCEEDED(hr))
            hr = CoGetInterfaceAndReleaseStream(offers[i].stream, offers[i].iid,
                    (void **)&objects[i]);
        is_hr(hr, S_OK, "unmarshalling");
        missing += !objects[i];
    }
    if (!missing)
    {
        ok(GetModuleHandleW(L"qmgrprxy.dll") != NULL, "the proxies are those of qmgrprxy.dll");
        test_job_properties((IBackgroundCopyJob5 *)objects[0]);
        test_job((IBackgroundCopyJob5 *)objects[0]);
        test_file((IBackgroundCopyFile6 *)objects[1]);
        test_http((IBackgroundCopyJobHttpOptions3 *)objects[2]);
        test_files((IEnumBackgroundCopyFiles *)objects[3]);
        test_callback((IBackgroundCopyCallback3 *)objects[4], (IBackgroundCopyJob5 *)objects[0],
                (IBackgroundCopyFile6 *)objects[1]);
    }
    for (i = 0; i < host.count; ++i)
        if (objects[i])
            IUnknown_Release(objects[i]);
    CoUninitialize();
    SetEvent(host.stop);
    WaitForSingleObject(thread, INFINITE);
    is_int(mock.refs, 1, "all references are released");
    return done_testing();
}
