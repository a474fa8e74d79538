/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random access: jobs with BITS_JOB_PROPERTY_ON_DEMAND_MODE, of which only the requested ranges are
 * transferred, and RequestFileRanges and UpdateDownloadPosition for other jobs. What was fetched is
 * read in the server's log.
 */
#include "bits_client.h"
#include "bitsmsg.h"
#include "bitsmsg_ext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TAP_TIME_LIMIT(240);

#define MEGABYTE 1048576
#define MAX_REPORTED 200

static IBackgroundCopyManager *manager;

/* ---- the client's callback ---- */

static struct
{
    CRITICAL_SECTION lock;
    BG_FILE_RANGE ranges[MAX_REPORTED];
    unsigned int count, calls, transferred, files;
} reported;

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBackgroundCopyCallback3 *iface,
        REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback)
            && !IsEqualIID(iid, &IID_IBackgroundCopyCallback2)
            && !IsEqualIID(iid, &IID_IBackgroundCopyCallback3))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

/* Static: it outlives every reference. */
static ULONG STDMETHODCALLTYPE callback_AddRef(IBackgroundCopyCallback3 *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE callback_Release(IBackgroundCopyCallback3 *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job)
{
    (void)iface;
    (void)job;
    EnterCriticalSection(&reported.lock);
    reported.transferred++;
    LeaveCriticalSection(&reported.lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, IBackgroundCopyError *error)
{
    (void)iface;
    (void)job;
    (void)error;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_JobModification(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, DWORD reserved)
{
    (void)iface;
    (void)job;
    (void)reserved;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_FileTransferred(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, IBackgroundCopyFile *file)
{
    (void)iface;
    (void)job;
    (void)file;
    EnterCriticalSection(&reported.lock);
    reported.files++;
    LeaveCriticalSection(&reported.lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_FileRangesTransferred(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, IBackgroundCopyFile *file, DWORD count,
        const BG_FILE_RANGE *ranges)
{
    (void)iface;
    (void)job;
    (void)file;
    EnterCriticalSection(&reported.lock);
    reported.calls++;
    for (DWORD i = 0; i < count && reported.count < MAX_REPORTED; i++)
        reported.ranges[reported.count++] = ranges[i];
    LeaveCriticalSection(&reported.lock);
    return S_OK;
}

static const IBackgroundCopyCallback3Vtbl callback_vtbl = {
        callback_QueryInterface,
        callback_AddRef,
        callback_Release,
        callback_JobTransferred,
        callback_JobError,
        callback_JobModification,
        callback_FileTransferred,
        callback_FileRangesTransferred,
};

static IBackgroundCopyCallback3 callback = {(IBackgroundCopyCallback3Vtbl *)&callback_vtbl};

/* Has each byte of the range been reported, and how many bytes in all? */
static UINT64 reported_bytes(UINT64 offset, UINT64 length)
{
    UINT64 covered = 0;

    EnterCriticalSection(&reported.lock);
    for (unsigned int i = 0; i < reported.count; i++)
    {
        UINT64 begin = max(offset, reported.ranges[i].InitialOffset);
        UINT64 end =
                min(offset + length, reported.ranges[i].InitialOffset + reported.ranges[i].Length);

        if (begin < end)
            covered += end - begin;
    }
    LeaveCriticalSection(&reported.lock);
    return covered;
}

/* ---- jobs of one file ---- */

struct access
{
    struct harness_server server, files; /* the one the job asks, and an nginx with the same file */
    char sha256[HARNESS_SHA256];
    WCHAR local[MAX_PATH];
    GUID id;
    IBackgroundCopyJob *job;
    IBackgroundCopyFile6 *file;
};

static HRESULT set_property(IBackgroundCopyJob *job, BITS_JOB_PROPERTY_ID id,
        BITS_JOB_PROPERTY_VALUE value)
{
    IBackgroundCopyJob5 *job5;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5);

    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyJob5_SetProperty(job5, id, value);
    IBackgroundCopyJob5_Release(job5);
    return hr;
}

static HRESULT set_flag(IBackgroundCopyJob *job, BITS_JOB_PROPERTY_ID id)
{
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};

    return set_property(job, id, value);
}

/* The job's only file. */
static void access_find_file(struct access *access)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;

    access->file = NULL;
    if (FAILED(IBackgroundCopyJob_EnumFiles(access->job, &files)))
        return;
    if (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK)
    {
        IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile6, (void **)&access->file);
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
    if (!access->file)
        bail_out("no IBackgroundCopyFile6");
}

static void access_begin(struct access *access, const WCHAR *local, UINT64 size,
        const char *options, BOOL on_demand)
{
    memset(access, 0, sizeof(*access));
    harness_nginx_start(&access->files, strstr(options, "kind=") ? "" : options);
    harness_make_file(&access->files, "a.bin", size, "7", access->sha256);
    access->server = access->files;
    if (strstr(options, "kind="))
        harness_server_start(&access->server, options);
    wcscpy(access->local, harness_scratch(local));
    access->job = bits_job_create(manager, local);
    access->id = bits_job_id(access->job);
    if (on_demand)
        is_hr(set_flag(access->job, BITS_JOB_PROPERTY_ON_DEMAND_MODE), S_OK, "on demand");
    bits_job_add(access->job, &access->server, L"a.bin", local);
    access_find_file(access);
}

static void access_end(struct access *access)
{
    IBackgroundCopyFile6_Release(access->file);
    bits_job_drop(access->job);
    harness_server_stop(&access->files);
    if (access->server.id != access->files.id)
        harness_server_stop(&access->server);
}

static HRESULT want(struct access *access, UINT64 offset, UINT64 length)
{
    BG_FILE_RANGE range = {offset, length};

    return IBackgroundCopyFile6_RequestFileRanges(access->file, 1, &range);
}

/* The filled ranges as "OFFSET+LENGTH OFFSET+LENGTH". */
static const char *filled(struct access *access)
{
    static char text[2000];
    BG_FILE_RANGE *ranges = NULL;
    DWORD count = 0;
    HRESULT hr = IBackgroundCopyFile6_GetFilledFileRanges(access->file, &count, &ranges);

    strcpy(text, FAILED(hr) ? tap_hr(hr) : "");
    for (DWORD i = 0; i < count && strlen(text) < sizeof(text) - 60; i++)
        sprintf(text + strlen(text), "%s%llu+%llu", i ? " " : "",
                (unsigned long long)ranges[i].InitialOffset, (unsigned long long)ranges[i].Length);
    CoTaskMemFree(ranges);
    return text;
}

/* By when the requests were sent; the log is by when they ended. */
static struct harness_reply *sorted_log(struct access *access, unsigned int least)
{
    struct harness_reply *log = harness_server_log(&access->server, least);

    for (unsigned int i = 1; i < log->line_count; i++)
    {
        char *line = log->lines[i];
        int number = atoi(harness_text_value(line, "conn"));
        unsigned int j;

        for (j = i; j && atoi(harness_text_value(log->lines[j - 1], "conn")) > number; j--)
            log->lines[j] = log->lines[j - 1];
        log->lines[j] = line;
    }
    return log;
}

/* How many bytes are filled from there on, where a filled range begins. */
static UINT64 filled_at(struct access *access, UINT64 offset)
{
    BG_FILE_RANGE *ranges = NULL;
    UINT64 length = 0;
    DWORD count = 0;

    if (FAILED(IBackgroundCopyFile6_GetFilledFileRanges(access->file, &count, &ranges)))
        return 0;
    for (DWORD i = 0; i < count; i++)
    {
        if (ranges[i].InitialOffset == offset)
            length = ranges[i].Length;
    }
    CoTaskMemFree(ranges);
    return length;
}

/* The ranges of all requests so far, as "FIRST-LAST FIRST-LAST"; "all" for one without. */
static const char *fetched(struct access *access, unsigned int least)
{
    static char text[2000];
    struct harness_reply *log = sorted_log(access, least);

    text[0] = 0;
    for (unsigned int i = 0; i < log->line_count && strlen(text) < sizeof(text) - 100; i++)
    {
        const char *range = harness_text_value(log->lines[i], "range");

        sprintf(text + strlen(text), "%s%.60s", i ? " " : "",
                !strncmp(range, "bytes=", 6) ? range + 6 : "all");
    }
    harness_reply_free(log);
    return text;
}

/* Bytes of body that the server sent in all requests. */
static UINT64 fetched_bytes(struct access *access)
{
    struct harness_reply *log = harness_server_log(&access->server, 0);
    UINT64 total = 0;

    for (unsigned int i = 0; i < log->line_count; i++)
        total += strtoull(harness_text_value(log->lines[i], "body"), NULL, 10);
    harness_reply_free(log);
    return total;
}

static const WCHAR *temp_name(struct access *access)
{
    static WCHAR path[MAX_PATH];
    WCHAR *name = NULL;

    path[0] = 0;
    if (SUCCEEDED(IBackgroundCopyFile6_GetTemporaryName(access->file, &name)))
        wcscpy(path, name);
    CoTaskMemFree(name);
    return path;
}

static BYTE *read_part(const WCHAR *path, UINT64 offset, DWORD length)
{
    HANDLE file = CreateFileW(path, GENERIC_READ,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    LARGE_INTEGER position = {.QuadPart = offset};
    BYTE *data = calloc(1, length);
    DWORD got = 0;

    if (file == INVALID_HANDLE_VALUE || !SetFilePointerEx(file, position, NULL, FILE_BEGIN)
            || !ReadFile(file, data, length, &got, NULL) || got != length)
    {
        free(data);
        data = NULL;
    }
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return data;
}

/* The temporary file has the server's bytes at their offset. */
static bool part_is_there(struct access *access, UINT64 offset, DWORD length)
{
    WCHAR source[MAX_PATH];
    BYTE *ours, *theirs;
    bool same;

    swprintf(source, MAX_PATH, L"%ls\\a.bin", access->files.root);
    ours = read_part(temp_name(access), offset, length);
    theirs = read_part(source, offset, length);
    same = ours && theirs && !memcmp(ours, theirs, length);
    free(ours);
    free(theirs);
    return same;
}

static void is_whole(struct access *access)
{
    reaches_state(access->job, BG_JOB_STATE_TRANSFERRED, 20000, "the file is there");
    is_hr(IBackgroundCopyJob_Complete(access->job), S_OK, "Complete");
    is_file_sha256(access->local, access->sha256, "the file is the server's");
}

/* ---- the tests ---- */

static void test_ranges(void)
{
    const BG_FILE_RANGE ranges[] = {{100000, 1000}, {500000, 2000}, {500500, 3000}};
    const BG_FILE_RANGE half[] = {{0, 10}, {MEGABYTE - 10, 11}};
    BG_FILE_PROGRESS progress = {0};
    struct access access;

    access_begin(&access, L"ranges.bin", MEGABYTE, "", TRUE);
    memset(&reported.ranges, 0, sizeof(reported.ranges));
    reported.count = reported.calls = reported.transferred = reported.files = 0;
    is_hr(IBackgroundCopyJob_SetNotifyFlags(access.job,
                  BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_FILE_TRANSFERRED
                          | BG_NOTIFY_FILE_RANGES_TRANSFERRED),
            S_OK, "SetNotifyFlags");
    is_hr(IBackgroundCopyJob_SetNotifyInterface(access.job, (IUnknown *)&callback), S_OK,
            "SetNotifyInterface");
    is_str(filled(&access), "", "nothing is there");
    is_hr(IBackgroundCopyFile6_RequestFileRanges(access.file, ARRAYSIZE(ranges), ranges), S_OK,
            "RequestFileRanges, two of which overlap");
    is_state(access.job, BG_JOB_STATE_SUSPENDED, "which does not resume the job");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 10000, "suspended when they are there");
    is_str(fetched(&access, 2), "100000-100999 500000-503499", "what was requested was fetched");
    is_str(filled(&access), "100000+1000 500000+3500", "GetFilledFileRanges");
    ok(part_is_there(&access, 100000, 1000), "the first lies at its offset");
    ok(part_is_there(&access, 500000, 3500), "and the second");
    is_hr(IBackgroundCopyFile6_GetProgress(access.file, &progress), S_OK, "GetProgress");
    is_uint(progress.BytesTransferred, 4500, "bytes transferred");
    is_uint(progress.BytesTotal, MEGABYTE, "of the whole file");
    WAIT_UNTIL(reported_bytes(0, MEGABYTE) >= 4500, 5000);
    is_uint(reported_bytes(100000, 1000), 1000, "FileRangesTransferred named the first");
    is_uint(reported_bytes(500000, 3500), 3500, "and the second");
    is_uint(reported_bytes(0, MEGABYTE), 4500, "and nothing else or twice");

    is_hr(want(&access, 100200, 100), S_OK, "a range which is there already");
    is_hr(want(&access, 100500, 1000), S_OK, "one of which half is there");
    is_hr(want(&access, 100000, 1500), S_OK, "and is requested again");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 10000, "suspended again");
    is_str(fetched(&access, 3), "100000-100999 500000-503499 101000-101499",
            "only the missing half was fetched");
    is_str(filled(&access), "100000+1500 500000+3500", "the ranges are merged");

    is_hr(want(&access, MEGABYTE, 1), BG_E_INVALID_RANGE, "a range behind the end");
    is_hr(want(&access, MEGABYTE - 10, 11), BG_E_INVALID_RANGE, "one that reaches over it");
    is_hr(want(&access, MEGABYTE, BG_LENGTH_TO_EOF), BG_E_INVALID_RANGE,
            "one from there to the end");
    is_hr(want(&access, 5, (UINT64)-2), BG_E_INVALID_RANGE, "one that is too long by far");
    is_hr(want(&access, 0, 0), BG_E_INVALID_RANGE, "an empty range");
    is_hr(IBackgroundCopyFile6_RequestFileRanges(access.file, 2, half), BG_E_INVALID_RANGE,
            "a good one with a bad one");
    is_hr(IBackgroundCopyFile6_UpdateDownloadPosition(access.file, MEGABYTE), BG_E_INVALID_RANGE,
            "a position behind the end");
    is_hr(want(&access, MEGABYTE - 576, BG_LENGTH_TO_EOF), S_OK, "a range to the end");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 10000, "suspended again");
    is_str(filled(&access), "100000+1500 500000+3500 1048000+576", "the end is there, and no more");
    is_uint(reported.files, 0, "the file is not transferred");

    is_hr(want(&access, 0, BG_LENGTH_TO_EOF), S_OK, "everything");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_TRANSFERRED, 10000, "transferred");
    is_str(filled(&access), "0+1048576", "one range");
    WAIT_UNTIL(reported.transferred && reported_bytes(0, MEGABYTE) >= MEGABYTE, 5000);
    is_uint(reported.files, 1, "FileTransferred");
    is_uint(reported.transferred, 1, "JobTransferred");
    is_uint(reported_bytes(0, MEGABYTE), MEGABYTE, "each byte was reported once");
    note("%u calls of FileRangesTransferred, %u ranges", reported.calls, reported.count);
    is_uint(fetched_bytes(&access), MEGABYTE, "and fetched once");
    is_whole(&access);
    access_end(&access);
}

/* Before the server has named the size. */
static void test_unknown_size(void)
{
    BG_ERROR_CONTEXT context;
    struct access access;

    access_begin(&access, L"unknown.bin", MEGABYTE, "", TRUE);
    is_hr(want(&access, 1000000, BG_LENGTH_TO_EOF), S_OK, "a range to the end, wherever that is");
    is_hr(want(&access, 10, 10), S_OK, "and another");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 10000, "suspended");
    is_str(filled(&access), "10+10 1000000+48576", "both are there");
    is_uint(fetched_bytes(&access), 48586, "and nothing else was fetched");
    access_end(&access);

    access_begin(&access, L"outside.bin", MEGABYTE, "", TRUE);
    is_hr(want(&access, 2000000, 10), S_OK, "a range outside, which nobody knows yet");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_ERROR, 10000, "an error");
    is_hr(bits_job_error(access.job, &context), BG_E_INVALID_RANGE, "BG_E_INVALID_RANGE");
    is_hr(want(&access, 20, 10), S_OK, "a good range");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 10000, "suspended");
    is_str(filled(&access), "20+10", "is there");
    is_hr(IBackgroundCopyJob_Complete(access.job), BG_S_PARTIAL_COMPLETE, "Complete");
    is_state(access.job, BG_JOB_STATE_ACKNOWLEDGED, "the job has ended");
    ok(!bits_file_exists(access.local), "without the file, which is not whole");
    ok(!bits_file_exists(temp_name(&access)), "and without its parts");
    access_end(&access);
}

/* Suspend, the end of the service, and new requests during a transfer keep every byte. */
static void test_interruptions(void)
{
    const UINT64 begin = 1000000, length = 3000000;
    struct harness_reply *log;
    struct access access;
    UINT64 at[3], last = 0;
    UINT64 first;

    access_begin(&access, L"interrupted.bin", 8 * MEGABYTE,
            "kind=slow rate=1000000 size=8388608 seed=7", TRUE);
    is_hr(want(&access, begin, length), S_OK, "RequestFileRanges");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    bits_job_wait_bytes(access.job, 400000, 10000);
    is_hr(IBackgroundCopyJob_Suspend(access.job), S_OK, "Suspend");
    bits_job_wait_closed(access.job);
    at[0] = bits_job_progress(access.job).BytesTransferred;
    note("suspended with %s", filled(&access));
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    bits_job_wait_bytes(access.job, at[0] + 400000, 10000);
    is_hr(want(&access, 7000000, 100000), S_OK, "another range, during the transfer");
    WAIT_UNTIL(filled_at(&access, 7000000) == 100000, 10000);
    at[1] = bits_job_progress(access.job).BytesTransferred;
    note("%s", filled(&access));
    ok(part_is_there(&access, 7000000, 100000) && at[1] < length + 100000, "it goes first");
    at[1] = bits_job_wait_bytes(access.job, at[1] + 100000, 10000);
    is_uint(harness_service_kill(), 1, "the service is killed");
    IBackgroundCopyFile6_Release(access.file);
    IBackgroundCopyJob_Release(access.job);
    IBackgroundCopyManager_Release(manager);
    manager = bits_connect();
    access.job = bits_job_find(manager, &access.id);
    access_find_file(&access);
    at[2] = bits_job_progress(access.job).BytesTransferred;
    note("back with %s", filled(&access));
    ok(at[2] + 500000 > at[1], "what was filled is still there (%llu of %llu bytes)",
            (unsigned long long)at[2], (unsigned long long)at[1]);
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 15000,
            "and goes on to the end of the ranges");
    is_str(filled(&access), "1000000+3000000 7000000+100000", "which are filled");
    ok(part_is_there(&access, begin, (DWORD)length), "with the right bytes");
    note("fetched %s", fetched(&access, 5));
    log = sorted_log(&access, 5);
    /* Six when the kill came in the middle of the range that went first. */
    ok(log->line_count == 5 || log->line_count == 6, "five or six requests (%u)",
            (unsigned int)log->line_count);
    first = log->line_count > 1 ? bits_range_start(log->lines[1]) : 0;
    is_uint(first, begin + at[0], "after Suspend from the byte after the last one");
    last = begin;
    for (unsigned int i = 0; i < log->line_count; i++)
    {
        UINT64 start = bits_range_start(log->lines[i]);

        if (start >= 7000000)
            continue;
        ok(start >= last, "request %u starts at %llu, which nobody fetched before", i,
                (unsigned long long)start);
        last = start;
    }
    harness_reply_free(log);
    harness_do("server set id=%d rate=100000000", access.server.id);
    is_hr(want(&access, 0, BG_LENGTH_TO_EOF), S_OK, "the rest");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    is_whole(&access);
    access_end(&access);
}

/* UpdateDownloadPosition and RequestFileRanges for a job that is transferred whole. */
static void test_position(void)
{
    struct access access;
    unsigned long long middle = 0, last = 0, rest = 0, end = 0;
    UINT64 at;

    access_begin(&access, L"position.bin", 4 * MEGABYTE,
            "kind=slow rate=300000 size=4194304 seed=7", FALSE);
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    at = bits_job_wait_bytes(access.job, 500000, 10000);
    is_hr(IBackgroundCopyFile6_UpdateDownloadPosition(access.file, 3000000), S_OK,
            "UpdateDownloadPosition after %llu bytes", (unsigned long long)at);
    WAIT_UNTIL(filled_at(&access, 3000000) >= 300000, 10000);
    note("%s", filled(&access));
    ok(part_is_there(&access, 3000000, 300000),
            "the position is filled before what lies in between");
    is_uint(harness_service_kill(), 1, "the service is killed");
    harness_do("server set id=%d rate=100000000", access.server.id);
    IBackgroundCopyFile6_Release(access.file);
    IBackgroundCopyJob_Release(access.job);
    IBackgroundCopyManager_Release(manager);
    manager = bits_connect();
    access.job = bits_job_find(manager, &access.id);
    access_find_file(&access);
    note("back with %s", filled(&access));
    is_whole(&access);
    note("fetched %s, %llu bytes in all", fetched(&access, 4),
            (unsigned long long)fetched_bytes(&access));
    is_int(sscanf(fetched(&access, 4), "all 3000000-%llu %llu-%llu %llu-%llu", &last, &middle,
                   &last, &rest, &end),
            5, "from the beginning, from the position, there again, the rest");
    ok(middle > 3000000 && last == 4 * MEGABYTE - 1, "after the kill from the last byte on");
    ok(rest >= 500000 && rest < 3000000 && end == 2999999, "the rest is what was left out");
    access_end(&access);

    access_begin(&access, L"first.bin", MEGABYTE, "", FALSE);
    is_hr(want(&access, 900000, 1000), S_OK, "RequestFileRanges before Resume");
    is_hr(want(&access, 600000, 1000), S_OK, "and a later one, which goes first");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    is_whole(&access);
    note("fetched %s", fetched(&access, 4));
    ok(!strncmp(fetched(&access, 4), "600000-600999 900000-900999 ", 28),
            "these first, then the rest");
    is_uint(fetched_bytes(&access), MEGABYTE, "no byte is fetched twice");
    access_end(&access);

    access_begin(&access, L"tail.bin", MEGABYTE, "", TRUE);
    is_hr(IBackgroundCopyFile6_UpdateDownloadPosition(access.file, 800000), S_OK,
            "UpdateDownloadPosition on demand");
    is_hr(want(&access, 100, 100), S_OK, "and a range");
    is_hr(IBackgroundCopyFile6_UpdateDownloadPosition(access.file, 900000), S_OK,
            "and another position");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 10000, "suspended");
    is_str(fetched(&access, 3), "900000- 100-199 800000-899999", "in that order");
    access_end(&access);
}

/* A server without ranges, and jobs which cannot have random access. */
static void test_refusals(void)
{
    BG_FILE_RANGE *ranges = (BG_FILE_RANGE *)1, range = {0, 10};
    IBackgroundCopyJob3 *job3;
    BG_ERROR_CONTEXT context;
    IBackgroundCopyJob *job;
    struct access access;
    DWORD count = 7;

    access_begin(&access, L"noranges.bin", MEGABYTE, "ranges=off", TRUE);
    is_hr(IBackgroundCopyFile6_RequestFileRanges(access.file, 0, &range), E_INVALIDARG,
            "no ranges");
    is_hr(want(&access, 1000, 100), S_OK, "a range of a server that has none");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_ERROR, 10000, "an error");
    is_hr(bits_job_error(access.job, &context), BG_E_INSUFFICIENT_RANGE_SUPPORT, "says why");
    is_hr(want(&access, 2000, 100), BG_E_RANDOM_ACCESS_NOT_SUPPORTED,
            "RequestFileRanges afterwards");
    is_hr(IBackgroundCopyFile6_GetFilledFileRanges(access.file, &count, &ranges),
            BG_E_RANDOM_ACCESS_NOT_SUPPORTED, "GetFilledFileRanges");
    ok(!count && !ranges, "gives nothing");
    harness_server_restart(&access.server, "ranges=on");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume with a better server");
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 10000, "the range is there");
    is_str(filled(&access), "1000+100", "and is filled");
    access_end(&access);

    access_begin(&access, L"sequence.bin", MEGABYTE, "ranges=off", FALSE);
    is_hr(IBackgroundCopyFile6_UpdateDownloadPosition(access.file, 500000), S_OK, "a position");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    is_whole(&access);
    access_end(&access);

    access_begin(&access, L"dynamic.bin", 1000, "", FALSE);
    is_hr(set_flag(access.job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT), S_OK, "dynamic content");
    is_hr(want(&access, 0, 10), BG_E_RANDOM_ACCESS_NOT_SUPPORTED, "RequestFileRanges");
    is_hr(IBackgroundCopyFile6_UpdateDownloadPosition(access.file, 10),
            BG_E_RANDOM_ACCESS_NOT_SUPPORTED, "UpdateDownloadPosition");
    is_hr(set_flag(access.job, BITS_JOB_PROPERTY_ON_DEMAND_MODE),
            BG_E_UNSUPPORTED_JOB_CONFIGURATION, "nor can it be on demand");
    access_end(&access);

    job = bits_job_create(manager, L"unfit");
    is_hr(set_flag(job, BITS_JOB_PROPERTY_ON_DEMAND_MODE), S_OK, "an on-demand job");
    is_hr(IBackgroundCopyJob_AddFile(job, L"file:///c:/windows/win.ini", harness_scratch(L"x")),
            BG_E_UNSUPPORTED_JOB_CONFIGURATION, "takes no file from a disk");
    if (SUCCEEDED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3)))
    {
        is_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/x",
                      harness_scratch(L"x"), 1, &range),
                BG_E_UNSUPPORTED_JOB_CONFIGURATION, "nor parts of one");
        IBackgroundCopyJob3_Release(job3);
    }
    bits_job_drop(job);
}

/* Parts of two versions never meet. */
static void test_changes(void)
{
    struct access access;

    access_begin(&access, L"changed.bin", MEGABYTE, "", TRUE);
    is_hr(want(&access, 1000, 1000), S_OK, "RequestFileRanges");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 10000, "suspended");
    harness_rewrite_file(&access.server, "a.bin", access.sha256);
    is_hr(want(&access, 500000, 1000), S_OK, "a range of the file's next version");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 10000, "suspended");
    is_str(filled(&access), "1000+1000 500000+1000", "both ranges are there");
    ok(part_is_there(&access, 1000, 1000), "the first anew");
    ok(part_is_there(&access, 500000, 1000), "and the second");

    ok(DeleteFileW(temp_name(&access)), "somebody deletes the temporary file");
    is_hr(want(&access, 200000, 1000), S_OK, "a third range");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_SUSPENDED, 10000, "suspended");
    is_str(filled(&access), "1000+1000 200000+1000 500000+1000", "all ranges are there");
    ok(part_is_there(&access, 1000, 1000) && part_is_there(&access, 500000, 1000),
            "and not hollow");

    is_hr(want(&access, 0, BG_LENGTH_TO_EOF), S_OK, "everything");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    reaches_state(access.job, BG_JOB_STATE_TRANSFERRED, 10000, "transferred");
    is_hr(IBackgroundCopyFile6_SetValidationState(access.file, FALSE), S_OK, "which is not valid");
    is_state(access.job, BG_JOB_STATE_ERROR, "an error");
    is_hr(IBackgroundCopyJob_Resume(access.job), S_OK, "Resume");
    is_whole(&access);
    access_end(&access);
}

int main(void)
{
    manager = bits_begin();
    if (builtin_lacks("on-demand jobs"))
        return bits_end(manager);
    InitializeCriticalSection(&reported.lock);
    test_ranges();
    test_unknown_size();
    test_interruptions();
    test_position();
    test_refusals();
    test_changes();
    return bits_end(manager);
}
