/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* AddFile, AddFileSet, AddFileWithRanges, ReplaceRemotePrefix, and the file objects, before
 * anything is transferred. */
#include "bits_client.h"

#include <stdio.h>
#include <wchar.h>

static void test_add_file_set(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"sets");
    BG_FILE_INFO infos[300];
    static WCHAR urls[300][64], names[300][MAX_PATH + 64];
    IBackgroundCopyFile *file;
    WCHAR *text = NULL;

    for (unsigned int i = 0; i < ARRAYSIZE(infos); i++)
    {
        swprintf(urls[i], ARRAYSIZE(urls[i]), L"%lsfile%u", BITS_URL, i);
        swprintf(names[i], ARRAYSIZE(names[i]), L"%lsfile%u", bits_path(L""), i);
        infos[i].RemoteName = urls[i];
        infos[i].LocalName = names[i];
    }
    is_hr(IBackgroundCopyJob_Resume(job), BG_E_EMPTY, "Resume of a job without files");
    is_hr(IBackgroundCopyJob_AddFileSet(job, 3, infos), S_OK, "AddFileSet");
    is_uint(bits_file_count(job), 3, "three files");
    file = bits_first_file(job);
    IBackgroundCopyFile_GetRemoteName(file, &text);
    is_given(text, urls[0], "the remote name");
    IBackgroundCopyFile_GetLocalName(file, &text);
    is_given(text, names[0], "the local name");
    IBackgroundCopyFile_Release(file);

    infos[2].LocalName = (WCHAR *)L"relative";
    todo_builtin("adds what comes before")
    {
        is_hr(IBackgroundCopyJob_AddFileSet(job, 3, infos), E_INVALIDARG, "one of three is bad");
        is_uint(bits_file_count(job), 3, "none of them was added");
    }
    infos[2].LocalName = names[2];
    infos[0].RemoteName = (WCHAR *)L"ftp://server/x";
    todo_builtin("not checked")
        is_hr(IBackgroundCopyJob_AddFileSet(job, 3, infos), E_INVALIDARG, "a bad URL");
    infos[0].RemoteName = urls[0];
    ok(FAILED(IBackgroundCopyJob_AddFileSet(job, 1, NULL)), "no array");

    /* "This limit does not apply to administrators" */
    is_hr(IBackgroundCopyJob_AddFileSet(job, ARRAYSIZE(infos), infos), S_OK,
            "300 files, by an administrator");
    bits_job_drop(job);
}

static void test_ranges(void)
{
    BG_FILE_RANGE ranges[] = {{100, 100}, {900, 100}, {400, BG_LENGTH_TO_EOF}};
    BG_FILE_RANGE sorted[] = {{100, 100}, {900, BG_LENGTH_TO_EOF}, {400, 100}};
    BG_FILE_RANGE overlapping[] = {{0, 10}, {9, 10}}, duplicate[] = {{5, 5}, {5, 5}};
    BG_FILE_RANGE touching[] = {{0, 10}, {10, 10}}, empty[] = {{5, 0}};
    BG_FILE_RANGE to_eof[] = {{BG_LENGTH_TO_EOF, 1}}, overflow[] = {{~0ull - 1, 10}};
    IBackgroundCopyJob *job = bits_job_new(L"ranges");
    IBackgroundCopyJob3 *job3 = bits_query(job, &IID_IBackgroundCopyJob3, "IBackgroundCopyJob3");
    BG_FILE_RANGE *got = (BG_FILE_RANGE *)1;
    IBackgroundCopyFile2 *file2;
    IBackgroundCopyFile *file;
    WCHAR name[MAX_PATH + 64];
    DWORD count = 99;
    HRESULT hr;

    wcscpy(name, bits_path(L"ranges.bin"));
#define ADD(r) IBackgroundCopyJob3_AddFileWithRanges(job3, BITS_URL L"r", name, ARRAYSIZE(r), r)
    todo_builtin("not implemented")
    {
        is_hr(ADD(sorted), S_OK, "AddFileWithRanges, in any order");
        is_hr(ADD(ranges), BG_E_OVERLAPPING_RANGES, "to the end of the file, over another range");
        is_hr(ADD(overlapping), BG_E_OVERLAPPING_RANGES, "overlapping ranges");
        is_hr(ADD(duplicate), BG_E_OVERLAPPING_RANGES, "duplicate ranges");
        is_hr(ADD(touching), S_OK, "ranges that touch");
        is_hr(ADD(empty), BG_E_INVALID_RANGE, "\"Do not specify a zero byte length\"");
        is_hr(ADD(to_eof), BG_E_INVALID_RANGE, "\"InitialOffset is set to BG_LENGTH_TO_EOF\"");
        is_hr(ADD(overflow), BG_E_INVALID_RANGE, "past the end of numbers");
        hr = IBackgroundCopyJob3_AddFileWithRanges(job3, BITS_URL L"r", name, 0, ranges);
        is_hr(hr, E_INVALIDARG, "\"The RangeCount parameter is zero\"");
        hr = IBackgroundCopyJob3_AddFileWithRanges(job3, L"\\\\server\\share\\file", name, 1,
                ranges);
        is_hr(hr, E_INVALIDARG, "\"the SMB protocol is not supported for ranges\"");
        hr = IBackgroundCopyJob3_AddFileWithRanges(job3, BITS_URL L"r", L"relative", 1, ranges);
        is_hr(hr, E_INVALIDARG, "a relative path");
        is_uint(bits_file_count(job), 2, "only the good ones are in the job");
    }
#undef ADD
    if (bits_file_count(job))
    {
        file = bits_first_file(job);
        file2 = bits_query(file, &IID_IBackgroundCopyFile2, "IBackgroundCopyFile2");
        hr = IBackgroundCopyFile2_GetFileRanges(file2, &count, &got);
        is_hr(hr, S_OK, "GetFileRanges");
        is_uint(count, 3, "the number of ranges");
        ok(SUCCEEDED(hr) && count == 3 && !memcmp(got, sorted, sizeof(sorted)),
                "the ranges, in the order given");
        if (SUCCEEDED(hr))
            CoTaskMemFree(got);
        IBackgroundCopyFile2_Release(file2);
        IBackgroundCopyFile_Release(file);
    }
    IBackgroundCopyJob3_Release(job3);
    bits_job_drop(job);
}

static void remote_name_is(IBackgroundCopyFile *file, const WCHAR *expected, const char *what)
{
    WCHAR *text = NULL;

    IBackgroundCopyFile_GetRemoteName(file, &text);
    is_given(text, expected, "%s", what);
}

static void test_remote_names(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"moving servers");
    IBackgroundCopyJob3 *job3 = bits_query(job, &IID_IBackgroundCopyJob3, "IBackgroundCopyJob3");
    BG_FILE_RANGE *ranges = (BG_FILE_RANGE *)1;
    IBackgroundCopyFile2 *file2;
    IBackgroundCopyFile *file;
    DWORD count = 99;
    HRESULT hr;

    is_hr(IBackgroundCopyJob_AddFile(job, L"http://old/a", bits_path(L"a")), S_OK, "AddFile");
    is_hr(IBackgroundCopyJob_AddFile(job, L"http://other/b", bits_path(L"b")), S_OK, "AddFile");
    file = bits_first_file(job);
    todo_builtin("not implemented")
    {
        hr = IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://old", L"https://new.server");
        is_hr(hr, S_OK, "ReplaceRemotePrefix");
        remote_name_is(file, L"https://new.server/a", "the new name");
        hr = IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"HTTPS://NEW", L"http://x");
        is_hr(hr, S_FALSE, "\"a case-sensitive search\": no matches");
        hr = IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"", L"x");
        is_hr(hr, E_INVALIDARG, "an empty old prefix");
        hr = IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http", L"");
        is_hr(hr, E_INVALIDARG, "an empty new prefix");
        hr = IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"https://new", L"gopher://new");
        is_hr(hr, E_INVALIDARG, "\"creates an invalid URL\"");
        hr = IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"https://new", bits_long_text(2300));
        is_hr(hr, E_INVALIDARG, "\"the new URL is too long\"");
        remote_name_is(file, L"https://new.server/a", "refused names have no effect");
    }

    file2 = bits_query(file, &IID_IBackgroundCopyFile2, "IBackgroundCopyFile2");
    todo_builtin("not implemented")
    {
        is_hr(IBackgroundCopyFile2_SetRemoteName(file2, L"http://third/c"), S_OK, "SetRemoteName");
        remote_name_is(file, L"http://third/c", "the new name");
        is_hr(IBackgroundCopyFile2_SetRemoteName(file2, L"c"), E_INVALIDARG, "a relative URL");
        is_hr(IBackgroundCopyFile2_SetRemoteName(file2, bits_long_text(2201)), E_INVALIDARG,
                "2,201 characters");
        remote_name_is(file, L"http://third/c", "refused names have no effect");
        hr = IBackgroundCopyFile2_GetFileRanges(file2, &count, &ranges);
        is_hr(hr, S_FALSE, "\"No ranges were specified\"");
        ok(count == 0 && !ranges, "none are given");
    }
    IBackgroundCopyFile2_Release(file2);
    IBackgroundCopyFile_Release(file);
    IBackgroundCopyJob3_Release(job3);
    bits_job_drop(job);
}

static void test_random_access(IBackgroundCopyJob *job, IBackgroundCopyFile6 *file)
{
    BG_FILE_RANGE range = {10, 20}, empty = {10, 0}, *filled = NULL;
    BITS_JOB_PROPERTY_VALUE on = {.Enable = TRUE};
    IBackgroundCopyJob5 *job5 = bits_query(job, &IID_IBackgroundCopyJob5, "IBackgroundCopyJob5");
    DWORD count = 99;

    is_hr(IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, on), S_OK,
            "an on-demand job");
    is_hr(IBackgroundCopyFile6_RequestFileRanges(file, 1, &range), S_OK, "RequestFileRanges");
    is_hr(IBackgroundCopyFile6_RequestFileRanges(file, 1, &empty), BG_E_INVALID_RANGE,
            "an empty range");
    ok(FAILED(IBackgroundCopyFile6_RequestFileRanges(file, 0, &range)), "no ranges");
    is_hr(IBackgroundCopyFile6_UpdateDownloadPosition(file, 5), S_OK, "UpdateDownloadPosition");
    is_hr(IBackgroundCopyFile6_GetFilledFileRanges(file, &count, &filled), S_OK,
            "GetFilledFileRanges");
    ok(count == 0 && !filled, "nothing is there yet");
    is_hr(IBackgroundCopyJob_AddFile(job, L"\\\\server\\share\\x", bits_path(L"y")),
            BG_E_UNSUPPORTED_JOB_CONFIGURATION, "\"the server must be an HTTP or HTTPS server\"");
    IBackgroundCopyJob5_Release(job5);
}

static void test_file_object(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"a file");
    BITS_FILE_PROPERTY_VALUE value = {(WCHAR *)1};
    IBackgroundCopyFile6 *file6 = NULL;
    IBackgroundCopyFile3 *file3 = NULL;
    UINT64 origin = 99, peers = 99;
    BG_FILE_PROGRESS progress;
    IBackgroundCopyFile *file;
    WCHAR *text = NULL;
    BOOL flag = 99;

    IBackgroundCopyJob_AddFile(job, BITS_URL L"x", bits_path(L"x"));
    file = bits_first_file(job);
    is_hr(IBackgroundCopyFile_GetProgress(file, &progress), S_OK, "GetProgress");
    is_uint(progress.BytesTotal, BG_SIZE_UNKNOWN, "the size is not known");
    is_uint(progress.BytesTransferred, 0, "nothing is transferred");
    ok(!progress.Completed, "it is not available to the user");

    IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile3, (void **)&file3);
    IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile6, (void **)&file6);
    todo_builtin("newer than Wine")
        ok(file3 && file6, "IBackgroundCopyFile3 and 6");
    if (file3 && file6)
    {
        is_hr(IBackgroundCopyFile3_GetTemporaryName(file3, &text), S_OK, "GetTemporaryName");
        CoTaskMemFree(text);
        is_hr(IBackgroundCopyFile3_SetValidationState(file3, TRUE), E_PENDING,
                "\"You cannot validate the file until the download is complete\"");
        is_hr(IBackgroundCopyFile3_GetValidationState(file3, &flag), S_OK, "GetValidationState");
        is_int(flag, FALSE, "nobody has said that it is valid");
        flag = 99;
        is_hr(IBackgroundCopyFile3_IsDownloadedFromPeer(file3, &flag), S_OK,
                "IsDownloadedFromPeer");
        is_int(flag, FALSE, "it is not");
        is_hr(IBackgroundCopyFile6_GetPeerDownloadStats(file6, &origin, &peers), S_OK,
                "GetPeerDownloadStats");
        ok(!origin && !peers, "nothing has come");
        is_hr(IBackgroundCopyFile6_GetProperty(file6, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS,
                      &value),
                S_OK, "GetProperty of the response headers");
        is_given(value.String, L"", "there are none yet");
        is_hr(IBackgroundCopyFile6_SetProperty(file6, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS,
                      value),
                BG_E_READ_ONLY_PROPERTY, "which cannot be set");
        ok(FAILED(IBackgroundCopyFile6_GetProperty(file6, 77, &value)), "an unknown property");
        test_random_access(job, file6);
    }
    if (file3)
        IBackgroundCopyFile3_Release(file3);
    if (file6)
        IBackgroundCopyFile6_Release(file6);
    IBackgroundCopyFile_Release(file);
    bits_job_drop(job);
}

int main(void)
{
    bits_open();
    todo_builtin("Wine has only parts of this")
    {
        test_add_file_set();
        test_ranges();
        test_remote_names();
        test_file_object();
    }
    bits_close();
    return done_testing();
}
