/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nothing is lost: what a client was told is done is there after the service was killed or stopped,
 * and after its journal was damaged everything the damage did not hit.
 */
#include "bits_client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <winsvc.h>

#include "bitsmsg.h"

TAP_TIME_LIMIT(180);

static IBackgroundCopyManager *manager;
static struct harness_server server, secret;
static char small_sha256[HARNESS_SHA256];

/* Everything a client holds is gone after this, but the jobs' IDs. */
static void restart(bool kill)
{
    IBackgroundCopyManager_Release(manager);
    if (kill)
        is_uint(harness_service_kill(), 1, "the service is killed");
    else
        ok(bits_service_stop(), "the service is stopped");
    manager = bits_connect();
}

/* ---- all that can be read of a job, as text ---- */

static char *text_at;
static size_t text_left;

static void add(const char *format, ...) TAP_PRINTF(1, 2);

static void add(const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text_at, text_left, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= text_left)
    {
        fail("the description of a job fits");
        return;
    }
    text_at += length;
    text_left -= length;
}

static void add_text(const char *name, HRESULT hr, WCHAR *text)
{
    if (FAILED(hr))
        add("%s: %s\n", name, tap_hr(hr));
    else
        add("%s: %s\n", name, text ? tap_wstr(text) : "none");
    if (SUCCEEDED(hr))
        CoTaskMemFree(text);
}

static void describe_file(IBackgroundCopyFile *file)
{
    IBackgroundCopyFile2 *file2 = NULL;
    IBackgroundCopyFile3 *file3 = NULL;
    BG_FILE_RANGE *ranges = NULL;
    BG_FILE_PROGRESS progress = {0};
    WCHAR *name = NULL;
    DWORD count = 0;
    BOOL valid = -1;
    HRESULT hr;

    hr = IBackgroundCopyFile_GetRemoteName(file, &name);
    add_text("file", hr, name);
    hr = IBackgroundCopyFile_GetLocalName(file, &name);
    add_text("local", hr, name);
    IBackgroundCopyFile_GetProgress(file, &progress);
    add("progress: %llu of %llu, completed %d\n", (unsigned long long)progress.BytesTransferred,
            (unsigned long long)progress.BytesTotal, progress.Completed);
    if (SUCCEEDED(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2,
                (void **)&file2)))
    {
        hr = IBackgroundCopyFile2_GetFileRanges(file2, &count, &ranges);
        add("ranges: %lu %s\n", SUCCEEDED(hr) ? (unsigned long)count : 0, tap_hr(hr));
        for (DWORD i = 0; SUCCEEDED(hr) && i < count; i++)
            add("range: %llu+%llu\n", (unsigned long long)ranges[i].InitialOffset,
                    (unsigned long long)ranges[i].Length);
        CoTaskMemFree(ranges);
        IBackgroundCopyFile2_Release(file2);
    }
    if (SUCCEEDED(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile3,
                (void **)&file3)))
    {
        hr = IBackgroundCopyFile3_GetTemporaryName(file3, &name);
        add_text("temporary", hr, name);
        hr = IBackgroundCopyFile3_GetValidationState(file3, &valid);
        add("valid: %s %d\n", tap_hr(hr), SUCCEEDED(hr) ? valid : -1);
        IBackgroundCopyFile3_Release(file3);
    }
}

static void describe_files(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;

    if (FAILED(IBackgroundCopyJob_EnumFiles(job, &files)))
        return;
    while (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK)
    {
        describe_file(file);
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
}

static void describe_properties(IBackgroundCopyJob5 *job)
{
    static const BITS_JOB_PROPERTY_ID ids[] = {BITS_JOB_PROPERTY_ID_COST_FLAGS,
            BITS_JOB_PROPERTY_NOTIFICATION_CLSID, BITS_JOB_PROPERTY_DYNAMIC_CONTENT,
            BITS_JOB_PROPERTY_HIGH_PERFORMANCE, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE,
            BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS,
            BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, BITS_JOB_PROPERTY_ON_DEMAND_MODE};

    for (unsigned int i = 0; i < ARRAYSIZE(ids); i++)
    {
        BITS_JOB_PROPERTY_VALUE value;
        HRESULT hr;

        memset(&value, 0, sizeof(value));
        hr = IBackgroundCopyJob5_GetProperty(job, ids[i], &value);
        add("property %d: %s %s\n", ids[i], tap_hr(hr), tap_guid(&value.ClsID));
    }
}

static void describe_http(IBackgroundCopyJob *job)
{
    IBackgroundCopyJobHttpOptions *options;
    WCHAR *headers = NULL;
    ULONG flags = 0;
    HRESULT hr;

    if (FAILED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions,
                (void **)&options)))
        return;
    hr = IBackgroundCopyJobHttpOptions_GetCustomHeaders(options, &headers);
    add_text("headers", hr, headers);
    hr = IBackgroundCopyJobHttpOptions_GetSecurityFlags(options, &flags);
    add("security: %s %lx\n", tap_hr(hr), flags);
    IBackgroundCopyJobHttpOptions_Release(options);
}

static void describe(IBackgroundCopyJob *job, char *text, size_t size)
{
    IBackgroundCopyJob5 *job5 = NULL;
    BG_JOB_PROXY_USAGE usage = -1;
    BG_JOB_PRIORITY priority = -1;
    BG_ERROR_CONTEXT context;
    BG_JOB_TYPE type = -1;
    BG_JOB_TIMES times = {{0}};
    WCHAR *name = NULL, *other = NULL;
    ULONG number = 0;
    HRESULT hr;

    text_at = text;
    text_left = size;
    hr = IBackgroundCopyJob_GetDisplayName(job, &name);
    add_text("name", hr, name);
    hr = IBackgroundCopyJob_GetDescription(job, &name);
    add_text("description", hr, name);
    hr = IBackgroundCopyJob_GetOwner(job, &name);
    add_text("owner", hr, name);
    IBackgroundCopyJob_GetType(job, &type);
    IBackgroundCopyJob_GetPriority(job, &priority);
    add("type %d, priority %d, state %s\n", type, priority, bits_state_name(bits_job_state(job)));
    IBackgroundCopyJob_GetTimes(job, &times);
    add("created %08lx%08lx, completed %08lx%08lx\n", times.CreationTime.dwHighDateTime,
            times.CreationTime.dwLowDateTime, times.TransferCompletionTime.dwHighDateTime,
            times.TransferCompletionTime.dwLowDateTime);
    IBackgroundCopyJob_GetNotifyFlags(job, &number);
    add("notify %lx\n", number);
    IBackgroundCopyJob_GetMinimumRetryDelay(job, &number);
    add("retry %lu\n", number);
    IBackgroundCopyJob_GetNoProgressTimeout(job, &number);
    add("no progress %lu\n", number);
    hr = bits_job_error(job, &context);
    add("error %s, context %d, count %lu\n", tap_hr(hr), context, bits_job_error_count(job));
    name = other = NULL;
    hr = IBackgroundCopyJob_GetProxySettings(job, &usage, &name, &other);
    add("proxy %d\n", usage);
    add_text("list", hr, name);
    add_text("bypass", hr, other);
    if (SUCCEEDED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5)))
    {
        name = other = NULL;
        hr = IBackgroundCopyJob5_GetNotifyCmdLine(job5, &name, &other);
        add_text("program", hr, name);
        add_text("parameters", hr, other);
        IBackgroundCopyJob5_GetFileACLFlags(job5, &number);
        add("acl %lx\n", number);
        IBackgroundCopyJob5_GetPeerCachingFlags(job5, &number);
        add("peers %lx\n", number);
        IBackgroundCopyJob5_GetMaximumDownloadTime(job5, &number);
        add("maximum time %lu\n", number);
        describe_properties(job5);
        IBackgroundCopyJob5_Release(job5);
    }
    describe_http(job);
    describe_files(job);
}

/* ---- a job with everything ---- */

static void set_property(IBackgroundCopyJob5 *job, BITS_JOB_PROPERTY_ID id, UINT64 number,
        const GUID *guid)
{
    BITS_JOB_PROPERTY_VALUE value;

    memset(&value, 0, sizeof(value));
    if (guid)
        value.ClsID = *guid;
    else if (id == BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE)
        value.Uint64 = number;
    else
        value.Dword = (DWORD)number; /* BOOL as well */
    is_hr(IBackgroundCopyJob5_SetProperty(job, id, value), S_OK, "SetProperty(%d)", id);
}

static void set_everything(IBackgroundCopyJob *job)
{
    static const GUID clsid = {0x2f1d9c54, 0x7f0e, 0x4c43,
            {0x9b, 0x2f, 0x51, 0x2d, 0x44, 0x0a, 0x10, 0x77}};
    BG_FILE_RANGE ranges[] = {{100, 50}, {1000, 2000}, {5000, BG_LENGTH_TO_EOF}};
    IBackgroundCopyJobHttpOptions *options = NULL;
    IBackgroundCopyJob5 *job5 = NULL;

    IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5);
    IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options);
    if (!job5 || !options)
    {
        fail("the job has IBackgroundCopyJob5 and IBackgroundCopyJobHttpOptions");
        return;
    }
    is_hr(IBackgroundCopyJob_SetDisplayName(job, L"a name \x00e4\x4e2d"), S_OK, "SetDisplayName");
    is_hr(IBackgroundCopyJob_SetDescription(job, L"a\r\ndescription"), S_OK, "SetDescription");
    is_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_LOW), S_OK, "SetPriority");
    is_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_ERROR | BG_NOTIFY_FILE_TRANSFERRED),
            S_OK, "SetNotifyFlags");
    is_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job, 77), S_OK, "SetMinimumRetryDelay");
    is_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, 7777), S_OK, "SetNoProgressTimeout");
    is_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE,
                  L"127.0.0.1:3128 proxy:80", L"<local>"),
            S_OK, "SetProxySettings");
    is_hr(IBackgroundCopyJob5_SetNotifyCmdLine(job5, L"C:\\windows\\system32\\notepad.exe",
                  L"notepad \"a b\" c"),
            S_OK, "SetNotifyCmdLine");
    is_hr(IBackgroundCopyJob5_SetFileACLFlags(job5, BG_COPY_FILE_OWNER | BG_COPY_FILE_DACL), S_OK,
            "SetFileACLFlags");
    is_hr(IBackgroundCopyJob5_SetPeerCachingFlags(job5, BG_JOB_ENABLE_PEERCACHING_CLIENT), S_OK,
            "SetPeerCachingFlags");
    is_hr(IBackgroundCopyJob5_SetMaximumDownloadTime(job5, 12345), S_OK, "SetMaximumDownloadTime");
    is_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, L"X-One: 1\r\nX-Two: two"), S_OK,
            "SetCustomHeaders");
    is_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, BG_SSL_IGNORE_CERT_DATE_INVALID),
            S_OK, "SetSecurityFlags");
    set_property(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, 0, &clsid);
    set_property(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, BITS_COST_STATE_UNRESTRICTED, NULL);
    set_property(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, 5ull << 32, NULL);
    set_property(job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, 1234, NULL);
    set_property(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, BG_AUTH_TARGET_PROXY, NULL);
    set_property(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE, TRUE, NULL);
    bits_job_add(job, &server, L"small.bin", L"everything.bin");
    is_hr(IBackgroundCopyJob5_AddFileWithRanges(job5, harness_url(&server, L"small.bin"),
                  harness_scratch(L"ranges.bin"), ARRAYSIZE(ranges), ranges),
            S_OK, "AddFileWithRanges");
    IBackgroundCopyJobHttpOptions_Release(options);
    IBackgroundCopyJob5_Release(job5);
}

/* These go together neither with ranges nor with each other. */
static void set_flag(IBackgroundCopyJob *job, BITS_JOB_PROPERTY_ID id)
{
    IBackgroundCopyJob5 *job5 = NULL;

    if (FAILED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5)))
        return;
    set_property(job5, id, TRUE, NULL);
    IBackgroundCopyJob5_Release(job5);
}

static void set_dynamic(IBackgroundCopyJob *job)
{
    set_flag(job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT);
}

static void set_on_demand(IBackgroundCopyJob *job)
{
    set_flag(job, BITS_JOB_PROPERTY_ON_DEMAND_MODE);
}

static void test_everything(bool kill, void (*set)(IBackgroundCopyJob *job))
{
    static char plain[8192], before[8192], after[8192];
    IBackgroundCopyJob *job = bits_job_create(manager, L"everything");
    GUID id = bits_job_id(job);

    describe(job, plain, sizeof(plain));
    set(job);
    describe(job, before, sizeof(before));
    ok(strcmp(plain, before), "the description tells them apart");
    IBackgroundCopyJob_Release(job);
    restart(kill);
    job = bits_job_find(manager, &id);
    describe(job, after, sizeof(after));
    is_str(after, before, "all of it is there again");
    bits_job_drop(job);
}

/* ---- every state ---- */

static IBackgroundCopyJob *job_with(const struct harness_server *from, const WCHAR *remote,
        const WCHAR *local, unsigned int state)
{
    IBackgroundCopyJob *job = bits_job_create(manager, L"state");

    bits_job_add(job, from, remote, local);
    if (state != BG_JOB_STATE_SUSPENDED)
    {
        IBackgroundCopyJob_Resume(job);
        reaches_state(job, state, 10000, "%s", bits_state_name(state));
    }
    return job;
}

static void test_states(bool kill)
{
    static char before[4][8192], after[8192];
    const char *how = kill ? "killed" : "stopped";
    IBackgroundCopyJob *jobs[4], *slow, *gone;
    unsigned int count = bits_count_jobs(manager);
    GUID ids[4], slow_id, gone_id;
    IBackgroundCopyJob *found;

    jobs[0] = job_with(&server, L"small.bin", L"state0.bin", BG_JOB_STATE_SUSPENDED);
    jobs[1] = job_with(&server, L"small.bin", L"state1.bin", BG_JOB_STATE_TRANSFERRED);
    jobs[2] = job_with(&server, L"missing.bin", L"state2.bin", BG_JOB_STATE_ERROR);
    /* Half done, then suspended. */
    jobs[3] = job_with(&server, L"large.bin", L"state3.bin", BG_JOB_STATE_TRANSFERRING);
    bits_job_wait_bytes(jobs[3], 1500000, 10000);
    is_hr(IBackgroundCopyJob_Suspend(jobs[3]), S_OK, "Suspend");
    bits_job_wait_closed(jobs[3]);
    slow = job_with(&server, L"large.bin", L"slow.bin", BG_JOB_STATE_TRANSFERRING);
    slow_id = bits_job_id(slow);
    gone = job_with(&server, L"small.bin", L"gone.bin", BG_JOB_STATE_TRANSFERRED);
    gone_id = bits_job_id(gone);
    is_hr(IBackgroundCopyJob_Complete(gone), S_OK, "Complete");
    bits_job_drop(job_with(&server, L"small.bin", L"cancelled.bin", BG_JOB_STATE_SUSPENDED));
    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
    {
        ids[i] = bits_job_id(jobs[i]);
        describe(jobs[i], before[i], sizeof(before[i]));
        IBackgroundCopyJob_Release(jobs[i]);
    }
    IBackgroundCopyJob_Release(slow);
    IBackgroundCopyJob_Release(gone);
    restart(kill);

    is_uint(bits_count_jobs(manager), count + 5, "%s: as many jobs as before", how);
    is_hr(IBackgroundCopyManager_GetJob(manager, &gone_id, &found), BG_E_NOT_FOUND,
            "%s: a completed job does not come back", how);
    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
    {
        jobs[i] = bits_job_find(manager, &ids[i]);
        describe(jobs[i], after, sizeof(after));
        is_str(after, before[i], "%s: job %u is as it was", how, i);
    }
    is_hr(IBackgroundCopyJob_Complete(jobs[1]), S_OK, "Complete");
    is_file_sha256(harness_scratch(L"state1.bin"), small_sha256, "%s: the finished file", how);
    slow = bits_job_find(manager, &slow_id);
    reaches_state(slow, BG_JOB_STATE_TRANSFERRED, 20000, "%s: who was transferring goes on", how);
    bits_job_drop(slow);
    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        bits_job_drop(jobs[i]);
    is_uint(bits_count_files(harness_scratch(L"."), L"BIT*.tmp", NULL), 0, "nothing is left");
    DeleteFileW(harness_scratch(L"state1.bin"));
    DeleteFileW(harness_scratch(L"gone.bin"));
}

/* Credentials cannot be read back, only used. */
static void test_credentials(bool kill)
{
    static WCHAR user[] = L"user", password[] = L"password";
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, {{0}}};
    IBackgroundCopyJob *job = bits_job_create(manager, L"credentials");
    IBackgroundCopyJob2 *job2;
    GUID id = bits_job_id(job);

    credentials.Credentials.Basic.UserName = user;
    credentials.Credentials.Basic.Password = password;
    bits_job_add(job, &secret, L"small.bin", L"secret.bin");
    IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2);
    is_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK, "SetCredentials");
    IBackgroundCopyJob2_Release(job2);
    IBackgroundCopyJob_Release(job);
    restart(kill);
    job = bits_job_find(manager, &id);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 10000, "the credentials are known still");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "Complete");
    is_file_sha256(harness_scratch(L"secret.bin"), small_sha256, "the file");
    bits_job_drop(job);
}

/* ---- the very last change ---- */

/* A call that has returned is done: the service is killed right after it, again and again. */
static void test_last_change(void)
{
    unsigned int names = 0, files = 0, created = 0, cancelled = 0, activated = 0;
    const unsigned int rounds = 12;
    ULONGLONG begin, longest = 0;

    for (unsigned int i = 0; i < rounds; i++)
    {
        IBackgroundCopyJob *job, *other;
        WCHAR name[32], *now = NULL;
        GUID id, other_id;

        job = bits_job_create(manager, L"last");
        other = bits_job_create(manager, L"other");
        id = bits_job_id(job);
        other_id = bits_job_id(other);
        swprintf(name, 32, L"name %u", i);
        switch (i % 4)
        {
        case 0:
            IBackgroundCopyJob_SetDisplayName(job, name);
            break;
        case 1:
            bits_job_add(job, &server, L"small.bin", L"last.bin");
            break;
        case 2:
            IBackgroundCopyJob_Release(other);
            other = bits_job_create(manager, name);
            other_id = bits_job_id(other);
            break;
        default:
            IBackgroundCopyJob_Cancel(other);
            break;
        }
        harness_service_kill();
        ok(FAILED(IBackgroundCopyJob_Suspend(job)), "a call to the dead fails");
        IBackgroundCopyJob_Release(job);
        IBackgroundCopyJob_Release(other);
        IBackgroundCopyManager_Release(manager);
        begin = GetTickCount64();
        manager = bits_connect();
        longest = max(longest, GetTickCount64() - begin);
        activated++;
        job = bits_job_find(manager, &id);
        switch (i % 4)
        {
        case 0:
            IBackgroundCopyJob_GetDisplayName(job, &now);
            names += now && !wcscmp(now, name);
            CoTaskMemFree(now);
            break;
        case 1:
            files += bits_job_progress(job).FilesTotal == 1;
            break;
        case 2:
            other = bits_job_find(manager, &other_id);
            created += other != NULL;
            if (other)
                IBackgroundCopyJob_Release(other);
            break;
        default:
            cancelled +=
                    IBackgroundCopyManager_GetJob(manager, &other_id, &other) == BG_E_NOT_FOUND;
            break;
        }
        bits_cancel_all(manager);
        IBackgroundCopyJob_Release(job);
    }
    is_uint(activated, rounds, "the next activation after each kill works");
    note("the longest took %u ms", (unsigned int)longest);
    is_uint(names, rounds / 4, "SetDisplayName was not lost");
    is_uint(files, rounds / 4, "AddFile was not lost");
    is_uint(created, rounds / 4, "CreateJob was not lost");
    is_uint(cancelled, rounds / 4, "Cancel was not lost");
}

/* ---- damage ---- */

#define JOBS 30

/* The service's folder: where its journal is. */
static const char *store_folder(WCHAR wide[MAX_PATH])
{
    static const WCHAR *const roots[] = {L"%ALLUSERSPROFILE%", L"%ProgramData%", L"C:\\ProgramData",
            L"C:\\users\\Public"};
    static char narrow[MAX_PATH * 3];
    WCHAR root[MAX_PATH], path[MAX_PATH + 16];

    for (unsigned int i = 0; i < ARRAYSIZE(roots); i++)
    {
        ExpandEnvironmentStringsW(roots[i], root, MAX_PATH);
        swprintf(wide, MAX_PATH, L"%ls\\Microsoft\\Network\\Downloader", root);
        swprintf(path, MAX_PATH + 16, L"%ls\\jobs.journal", wide);
        if (bits_file_exists(path))
            break;
    }
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, narrow, sizeof(narrow), NULL, NULL);
    return narrow;
}

static BOOL job_is_whole(const GUID *id, unsigned int number)
{
    IBackgroundCopyJob *job;
    WCHAR name[32], *now = NULL;
    BOOL whole;

    if (FAILED(IBackgroundCopyManager_GetJob(manager, id, &job)))
        return FALSE;
    swprintf(name, 32, L"number %u", number);
    IBackgroundCopyJob_GetDisplayName(job, &now);
    whole = now && !wcscmp(now, name) && bits_job_progress(job).FilesTotal == 2;
    CoTaskMemFree(now);
    IBackgroundCopyJob_Release(job);
    return whole;
}

/* Jobs, then damage to the journal, then how many of them are there. */
static void test_damage(const char *damage, unsigned int fewest, bool set_aside)
{
    WCHAR folder[MAX_PATH], log[MAX_PATH];
    const char *narrow = store_folder(folder);
    unsigned int whole = 0, aside = bits_count_files(folder, L"jobs.journal.*", NULL);
    GUID ids[JOBS];
    IBackgroundCopyJob *job;

    bits_cancel_all(manager);
    for (unsigned int i = 0; i < JOBS; i++)
    {
        WCHAR name[32];

        swprintf(name, 32, L"number %u", i);
        job = bits_job_create(manager, name);
        ids[i] = bits_job_id(job);
        bits_job_add(job, &server, L"small.bin", L"damage1.bin");
        bits_job_add(job, &server, L"large.bin", L"damage2.bin");
        IBackgroundCopyJob_Release(job);
    }
    IBackgroundCopyManager_Release(manager);
    ok(bits_service_stop(), "the service is stopped");
    swprintf(log, MAX_PATH, L"%ls", harness_scratch(L"service.log"));
    bits_set_log(log);
    harness_do("damage path=\"%s\\jobs.journal\" %s", narrow, damage);
    manager = bits_connect();
    for (unsigned int i = 0; i < JOBS; i++)
        whole += job_is_whole(&ids[i], i);
    note("%s: %u of %u jobs are whole", damage, whole, JOBS);
    ok(whole >= fewest, "%s: the intact jobs are there", damage);
    if (set_aside)
        ok(bits_count_files(folder, L"jobs.journal.*", NULL) > aside,
                "%s: the damaged file is kept", damage);
    ok(bits_file_size(log) != BG_SIZE_UNKNOWN && bits_file_size(log), "%s: the log tells", damage);

    /* Life goes on, and what comes now is kept. */
    bits_cancel_all(manager);
    job = bits_job_create(manager, L"number 7");
    ids[0] = bits_job_id(job);
    bits_job_add(job, &server, L"small.bin", L"damage1.bin");
    bits_job_add(job, &server, L"large.bin", L"damage2.bin");
    IBackgroundCopyJob_Release(job);
    restart(true);
    ok(job_is_whole(&ids[0], 7), "%s: a new job is kept", damage);
    is_uint(bits_count_jobs(manager), 1, "%s: the cancelled ones are gone", damage);
}

int main(void)
{
    char flip[64];
    WCHAR folder[MAX_PATH], path[MAX_PATH + 16];

    manager = bits_begin();
    if (builtin_lacks("jobs which outlive the service"))
        return bits_end(manager);
    harness_nginx_start(&server, "rate=1000000");
    harness_make_file(&server, "small.bin", 20000, "small", small_sha256);
    harness_make_file(&server, "large.bin", 4 << 20, "large", NULL);
    harness_nginx_start(&secret, "auth=user:password");
    harness_make_file(&secret, "small.bin", 20000, "small", NULL);
    for (unsigned int kill = 0; kill < 2; kill++)
    {
        test_everything(kill, set_everything);
        test_everything(kill, set_dynamic);
        test_everything(kill, set_on_demand);
        test_states(kill);
        test_credentials(kill);
    }
    test_last_change();

    test_damage("cut=5", JOBS - 1, false);
    store_folder(folder);
    swprintf(path, MAX_PATH + 16, L"%ls\\jobs.journal", folder);
    note("the journal has %llu bytes", (unsigned long long)bits_file_size(path));
    test_damage("flip=-10", JOBS - 1, false);
    snprintf(flip, sizeof(flip), "flip=-%u", 6000u);
    test_damage(flip, JOBS - 2, true);
    test_damage("flip=0", JOBS, true);
    test_damage("append=1000", JOBS, false);
    test_damage("cut=2000", JOBS - 10, false);
    return bits_end(manager);
}
