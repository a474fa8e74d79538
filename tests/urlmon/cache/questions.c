/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be asked of an answer from the cache, and of the cache itself. Pages: IWinInetInfo,
 * IWinInetHttpInfo, IWinInetCacheHints(2), "QUERYOPTION enumeration", URLDownloadToCacheFile,
 * IMoniker::GetTimeOfLastChange.
 */
#include "cache_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

TAP_TIME_LIMIT(300);

#define NEED BINDF_NEEDFILE

struct binding
{
    struct sink *sink;
    IInternetProtocolEx *protocol;
};

static void binding_run(struct binding *binding, const WCHAR *url, DWORD flags)
{
    binding->sink = sink_create();
    binding->sink->flags = flags;
    binding->sink->keep = TRUE;
    binding->protocol = protocol_create(&CLSID_HttpProtocol);
    sink_start(binding->sink, binding->protocol, url);
    sink_run(binding->sink, binding->protocol);
}

static void binding_end(struct binding *binding)
{
    IInternetProtocolEx_Terminate(binding->protocol, 0);
    IInternetProtocolEx_Release(binding->protocol);
    sink_release(binding->sink);
}

static IWinInetHttpInfo *binding_info(struct binding *binding)
{
    IWinInetHttpInfo *info = NULL;

    is_hr(IInternetProtocolEx_QueryInterface(binding->protocol, &IID_IWinInetHttpInfo,
                  (void **)&info),
            S_OK, "IWinInetHttpInfo");
    return info;
}

static void check_text(IWinInetHttpInfo *info, DWORD query, const char *expected)
{
    char text[512] = "";
    DWORD size = sizeof(text), flags = 0, reserved = 0;

    is_hr(IWinInetHttpInfo_QueryInfo(info, query, text, &size, &flags, &reserved), S_OK,
            "header %lx", query);
    is_str(text, expected, "its text");
    is_uint(size, strlen(expected), "its length");
}

static void test_info(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000&type=text/css");
    char text[2048];
    DWORD number = 0, size, flags = 0, reserved = 0;
    INTERNET_CACHE_TIMESTAMPS times;
    struct binding binding;
    IWinInetHttpInfo *info;
    SYSTEMTIME date;

    bed_check(url, 0, BED_SERVER, "fill");
    binding_run(&binding, url, 0);
    ok(sink_find(binding.sink, BINDSTATUS_USINGCACHEDCOPY) != NULL, "from the cache");
    info = binding_info(&binding);
    check_text(info, HTTP_QUERY_STATUS_CODE, "200");
    check_text(info, HTTP_QUERY_STATUS_TEXT, "Odd");
    check_text(info, HTTP_QUERY_VERSION, "HTTP/1.1");
    check_text(info, HTTP_QUERY_CONTENT_TYPE, "text/css");
    check_text(info, HTTP_QUERY_CACHE_CONTROL, "max-age=1000");
    check_text(info, HTTP_QUERY_CONTENT_LENGTH, "3000");
    size = sizeof(number);
    is_hr(IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_STATUS_CODE | HTTP_QUERY_FLAG_NUMBER, &number,
                  &size, &flags, &reserved),
            S_OK, "the status as a number");
    is_uint(number, 200, "200");
    size = sizeof(date);
    flags = 0;
    is_hr(IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_LAST_MODIFIED | HTTP_QUERY_FLAG_SYSTEMTIME,
                  &date, &size, &flags, &reserved),
            S_OK, "a date");
    is_uint(date.wYear, 2023, "its year");
    strcpy(text, "Server");
    size = sizeof(text);
    flags = 0;
    is_hr(IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_CUSTOM, text, &size, &flags, &reserved), S_OK,
            "a header by name");
    is_str(text, "odd", "its text");
    size = 3;
    flags = 0;
    is_hr(IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_CONTENT_TYPE, text, &size, &flags, &reserved),
            HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), "too small a buffer");
    is_uint(size, 9, "what it wants");
    size = sizeof(text);
    is_hr(IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_LOCATION, text, &size, &flags, &reserved),
            S_FALSE, "no such header");
    size = sizeof(text);
    flags = 0;
    is_hr(IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_RAW_HEADERS, text, &size, &flags, &reserved),
            S_OK, "all headers");
    is_str(text, "HTTP/1.1 200 Odd", "lines, ended by zeros");
    size = sizeof(number);
    is_hr(IWinInetHttpInfo_QueryOption(info, INTERNET_OPTION_REQUEST_FLAGS, &number, &size), S_OK,
            "INTERNET_OPTION_REQUEST_FLAGS");
    is_uint(number & INTERNET_REQFLAG_FROM_CACHE, INTERNET_REQFLAG_FROM_CACHE, "from the cache");
    size = sizeof(times);
    is_hr(IWinInetHttpInfo_QueryOption(info, INTERNET_OPTION_CACHE_TIMESTAMPS, &times, &size), S_OK,
            "INTERNET_OPTION_CACHE_TIMESTAMPS");
    ok(times.ftExpires.dwHighDateTime && times.ftLastModified.dwHighDateTime, "both");
    IWinInetHttpInfo_Release(info);
    binding_end(&binding);
}

static void check_query(const WCHAR *url, QUERYOPTION option, BOOL expected, const char *what)
{
    DWORD size = 0;
    BOOL answer = 77;

    is_hr(CoInternetQueryInfo(url, option, 0, &answer, sizeof(answer), &size, 0), S_OK, "%s", what);
    is_int(answer, expected, "%s: answer", what);
}

static void test_queries(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000&type=text/css");
    WCHAR text[64], marked[512];
    SYSTEMTIME date = {0};
    DWORD size = 0;

    check_query(url, QUERY_IS_CACHED, FALSE, "not yet cached");
    check_query(url, QUERY_USES_CACHE, TRUE, "but it could be");
    is_hr(CoInternetQueryInfo(url, QUERY_CONTENT_TYPE, 0, text, sizeof(text), &size, 0), E_NOTIMPL,
            "its type is not known");
    bed_check(url, NEED, BED_SERVER, "fill");
    swprintf(marked, ARRAYSIZE(marked), L"%ls#part", url);
    check_query(url, QUERY_IS_CACHED, TRUE, "cached");
    check_query(marked, QUERY_IS_CACHED, TRUE, "a part of it too");
    check_query(url, QUERY_IS_CACHED_OR_MAPPED, TRUE, "cached or mapped");
    check_query(url, QUERY_IS_CACHED_AND_USABLE_OFFLINE, TRUE, "usable offline");
    check_query(url, QUERY_IS_INSTALLEDENTRY, FALSE, "not installed");
    is_hr(CoInternetQueryInfo(url, QUERY_CONTENT_TYPE, 0, text, sizeof(text), &size, 0), S_OK,
            "QUERY_CONTENT_TYPE");
    is_wstr(text, L"text/css", "its type");
    is_hr(CoInternetQueryInfo(url, QUERY_CONTENT_TYPE, 0, text, 4, &size, 0), S_FALSE,
            "too small a buffer");
    is_uint(size, 9 * sizeof(WCHAR), "what it wants");
    is_hr(CoInternetQueryInfo(url, QUERY_CONTENT_ENCODING, 0, text, sizeof(text), &size, 0), E_FAIL,
            "no encoding");
    is_hr(CoInternetQueryInfo(url, QUERY_TIME_OF_LAST_CHANGE, 0, &date, sizeof(date), &size, 0),
            S_OK, "QUERY_TIME_OF_LAST_CHANGE");
    is_uint(date.wYear, 2023, "a SYSTEMTIME");
    is_hr(CoInternetQueryInfo(url, QUERY_EXPIRATION_DATE, 0, &date, sizeof(date), &size, 0), S_OK,
            "QUERY_EXPIRATION_DATE");
    ok(date.wYear > 2023, "later than that");
    DeleteFileW(bed_file(url));
    check_query(url, QUERY_IS_CACHED, TRUE, "an entry without its file");
    check_query(url, QUERY_IS_CACHED_AND_USABLE_OFFLINE, FALSE, "is of no use");
}

static void test_last_change(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");
    FILETIME time = {0, 0};
    SYSTEMTIME date;
    IMoniker *moniker;
    IBindCtx *context;

    CreateURLMonikerEx(NULL, url, &moniker, 0);
    CreateBindCtx(0, &context);
    is_hr(IMoniker_GetTimeOfLastChange(moniker, context, NULL, &time), MK_E_UNAVAILABLE,
            "GetTimeOfLastChange: nobody knows");
    bed_check(url, NEED, BED_SERVER, "fill");
    is_hr(IMoniker_GetTimeOfLastChange(moniker, context, NULL, &time), S_OK, "the cache knows");
    FileTimeToSystemTime(&time, &date);
    is_uint(date.wYear, 2023, "what the server has said");
    IMoniker_Release(moniker);
    IBindCtx_Release(context);
}

static void test_hints(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");
    DWORD length, error = 77, size;
    IWinInetCacheHints2 *hints;
    const WCHAR *extension;
    struct binding binding;
    WCHAR path[MAX_PATH];
    char narrow[MAX_PATH];

    binding.sink = sink_create();
    binding.sink->flags = NEED;
    binding.sink->keep = TRUE;
    binding.protocol = protocol_create(&CLSID_HttpProtocol);
    is_hr(IInternetProtocolEx_QueryInterface(binding.protocol, &IID_IWinInetCacheHints2,
                  (void **)&hints),
            S_OK, "IWinInetCacheHints2");
    length = ARRAYSIZE(path);
    is_hr(IWinInetCacheHints2_SetCacheExtension2(hints, L"exe", path, &length, &error, NULL),
            E_INVALIDARG, "no period");
    is_hr(IWinInetCacheHints2_SetCacheExtension2(hints, L".a/../b", path, &length, &error, NULL),
            E_INVALIDARG, "a path");
    is_hr(IWinInetCacheHints2_SetCacheExtension2(hints, L".gif", path, &length, &error, NULL),
            INET_E_DATA_NOT_AVAILABLE, "there is no file yet");
    sink_start(binding.sink, binding.protocol, url);
    sink_run(binding.sink, binding.protocol);
    extension = wcsrchr(bed_file(url), '.');
    ok(extension && !wcscmp(extension, L".gif"), "but then it has that extension: %s",
            tap_wstr(bed_file(url)));
    length = ARRAYSIZE(path);
    is_hr(IWinInetCacheHints2_SetCacheExtension2(hints, L".png", path, &length, &error, NULL),
            E_FAIL, "an entry keeps its name");
    ok(error != 0, "with an error");
    IWinInetCacheHints2_Release(hints);
    binding_end(&binding);

    /* While it is being filled. */
    harness_do("server set id=%d kind=stall after=1000", bed_server.id);
    url = bed_url(L"");
    binding.sink = sink_create();
    binding.sink->flags = NEED;
    binding.protocol = protocol_create(&CLSID_HttpProtocol);
    sink_start(binding.sink, binding.protocol, url);
    ok(sink_wait_data(binding.sink, 1, 10000), "a slow one");
    IInternetProtocolEx_QueryInterface(binding.protocol, &IID_IWinInetCacheHints2, (void **)&hints);
    size = sizeof(narrow);
    is_hr(IWinInetCacheHints2_SetCacheExtension(hints, L".jpg", narrow, &size, &error, NULL), S_OK,
            "SetCacheExtension");
    ok(strlen(narrow) > 4 && !strcmp(narrow + strlen(narrow) - 4, ".jpg"), "the new name: %s",
            narrow);
    is_uint(size, strlen(narrow) + 1, "its size");
    ok(GetFileAttributesA(narrow) != INVALID_FILE_ATTRIBUTES, "the file has it");
    IWinInetCacheHints2_Release(hints);
    binding_end(&binding);
    is_uint(GetFileAttributesA(narrow), INVALID_FILE_ATTRIBUTES, "and is gone with the binding");
    harness_do("server set id=%d kind=cacheable", bed_server.id);
}

static LONGLONG size_of(const WCHAR *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;

    return GetFileAttributesExW(path, GetFileExInfoStandard, &data) ? (LONGLONG)data.nFileSizeLow
                                                                    : -1;
}

static void test_download(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000"), *secret = bed_url(L"control=no-store");
    WCHAR first[MAX_PATH] = L"", second[MAX_PATH] = L"";

    harness_server_log_clear(&bed_server);
    is_hr(URLDownloadToCacheFileW(NULL, url, first, MAX_PATH, 0, NULL), S_OK,
            "URLDownloadToCacheFile");
    is_uint(size_of(first), BED_SIZE, "all of it");
    is_wstr(bed_file(url), first, "an entry");
    is_hr(URLDownloadToCacheFileW(NULL, url, second, MAX_PATH, 0, NULL), S_OK, "again");
    is_wstr(second, first, "the same file");
    is_uint(harness_server_requests(&bed_server), 1, "the server was asked once");
    is_hr(URLDownloadToFileW(NULL, url, harness_scratch(L"copy"), 0, NULL), S_OK,
            "URLDownloadToFile");
    is_uint(size_of(harness_scratch(L"copy")), BED_SIZE, "from the cache");
    is_uint(harness_server_requests(&bed_server), 1, "without the server");
    is_hr(URLDownloadToCacheFileW(NULL, secret, first, MAX_PATH, 0, NULL), S_OK,
            "what is not to be kept");
    is_uint(size_of(first), BED_SIZE, "is, where a file is all that is wanted");
    bed_check(secret, 0, BED_SERVER, "but nobody else gets it");
    harness_do("server set id=%d kind=status code=404", bed_server.id);
    is_hr(URLDownloadToCacheFileW(NULL, bed_url(L""), first, MAX_PATH, 0, NULL),
            INET_E_OBJECT_NOT_FOUND, "what is not there");
    harness_do("server set id=%d kind=cacheable", bed_server.id);
}

static void round_of_questions(void)
{
    test_info();
    test_queries();
    test_last_change();
    test_hints();
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    bed_begin();
    bed_check(bed_url(L""), BINDF_GETNEWESTVERSION, BED_SERVER, "a binding");
    if (!builtin_lacks("answers from the cache (page \"BINDF enumeration\")"))
    {
        round_of_questions();
        test_download();
        tap_account_begin();
        round_of_questions();
        test_download();
        tap_account_end("questions");
    }
    bed_end();
    CoUninitialize();
    return done_testing();
}
