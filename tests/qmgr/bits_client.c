/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bits_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <winsvc.h>

#define PARAMETERS L"System\\CurrentControlSet\\Services\\BITS\\Parameters"

static void check(HRESULT hr, const char *what)
{
    if (FAILED(hr))
        fail("%s: %s", what, tap_hr(hr));
}

IBackgroundCopyManager *bits_connect(void)
{
    IBackgroundCopyManager *manager = NULL;
    HRESULT hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER,
            &IID_IBackgroundCopyManager, (void **)&manager);

    if (SUCCEEDED(hr))
        return manager;
    is_hr(hr, S_OK, "BackgroundCopyManager can be created");
    exit(done_testing());
}

IBackgroundCopyManager *bits_begin(void)
{
    harness_require();
    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    return bits_connect();
}

static IEnumBackgroundCopyJobs *jobs_enum(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *jobs = NULL;

    check(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), "EnumJobs");
    return jobs;
}

unsigned int bits_cancel_all(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *jobs = jobs_enum(manager);
    unsigned int count = 0;
    IBackgroundCopyJob *job;

    while (jobs && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        IBackgroundCopyJob_Cancel(job);
        IBackgroundCopyJob_Release(job);
        count++;
    }
    if (jobs)
        IEnumBackgroundCopyJobs_Release(jobs);
    return count;
}

unsigned int bits_count_jobs(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *jobs = jobs_enum(manager);
    ULONG count = 0;

    if (jobs)
    {
        check(IEnumBackgroundCopyJobs_GetCount(jobs, &count), "GetCount");
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    return count;
}

int bits_end(IBackgroundCopyManager *manager)
{
    bits_cancel_all(manager);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return done_testing();
}

static SC_HANDLE service_open(DWORD access)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager ? OpenServiceW(manager, L"BITS", access) : NULL;

    if (manager)
        CloseServiceHandle(manager);
    return service;
}

DWORD bits_service_state(void)
{
    SC_HANDLE service = service_open(SERVICE_QUERY_STATUS);
    SERVICE_STATUS status = {0};

    if (!service)
        return 0;
    QueryServiceStatus(service, &status);
    CloseServiceHandle(service);
    return status.dwCurrentState;
}

DWORD bits_service_start_type(void)
{
    union
    {
        QUERY_SERVICE_CONFIGW config;
        BYTE space[4096];
    } buffer = {{0}};
    SC_HANDLE service = service_open(SERVICE_QUERY_CONFIG);
    DWORD size;

    if (!service)
        return 0;
    QueryServiceConfigW(service, &buffer.config, sizeof(buffer), &size);
    CloseServiceHandle(service);
    return buffer.config.dwStartType;
}

bool bits_service_stop(void)
{
    SC_HANDLE service = service_open(SERVICE_STOP);
    SERVICE_STATUS status;

    if (!service)
        return false;
    if (!ControlService(service, SERVICE_CONTROL_STOP, &status))
        note("the service is not told to stop: error %lu", GetLastError());
    CloseServiceHandle(service);
    WAIT_UNTIL(bits_service_state() == SERVICE_STOPPED && !harness_service_pid(), 20000);
    return bits_service_state() == SERVICE_STOPPED;
}

void bits_set_parameter(const WCHAR *name, DWORD value)
{
    LSTATUS status =
            RegSetKeyValueW(HKEY_LOCAL_MACHINE, PARAMETERS, name, REG_DWORD, &value, sizeof(value));

    if (status)
        fail("the service's parameter %s is set (error %ld)", tap_wstr(name), (long)status);
}

void bits_set_log(const WCHAR *path)
{
    LSTATUS status = RegSetKeyValueW(HKEY_CURRENT_USER, L"Software\\Concierge", L"Log", REG_SZ,
            path, (DWORD)((wcslen(path) + 1) * sizeof(WCHAR)));

    if (status)
        fail("the service's log is set (error %ld)", (long)status);
}

IBackgroundCopyJob *bits_job_create(IBackgroundCopyManager *manager, const WCHAR *name)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;

    check(IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &job),
            "CreateJob");
    if (!job)
        exit(done_testing());
    check(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), "SetPriority");
    return job;
}

GUID bits_job_id(IBackgroundCopyJob *job)
{
    GUID id = {0};

    check(IBackgroundCopyJob_GetId(job, &id), "GetId");
    return id;
}

IBackgroundCopyJob *bits_job_find(IBackgroundCopyManager *manager, const GUID *id)
{
    IBackgroundCopyJob *job = NULL;

    check(IBackgroundCopyManager_GetJob(manager, id, &job), "GetJob");
    return job;
}

void bits_job_add(IBackgroundCopyJob *job, const struct harness_server *server, const WCHAR *remote,
        const WCHAR *local)
{
    check(IBackgroundCopyJob_AddFile(job, harness_url(server, remote), harness_scratch(local)),
            "AddFile");
}

int bits_job_state(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state;

    return job && SUCCEEDED(IBackgroundCopyJob_GetState(job, &state)) ? (int)state : -1;
}

const char *bits_state_name(int state)
{
    static const char *const names[] = {"QUEUED", "CONNECTING", "TRANSFERRING", "SUSPENDED",
            "ERROR", "TRANSIENT_ERROR", "TRANSFERRED", "ACKNOWLEDGED", "CANCELLED"};

    return state >= 0 && state < (int)ARRAYSIZE(names) ? names[state] : "unknown";
}

int bits_job_wait(IBackgroundCopyJob *job, unsigned int states, DWORD milliseconds)
{
    ULONGLONG until = GetTickCount64() + tap_patience(milliseconds);
    int state;

    while ((state = bits_job_state(job)) >= 0 && !(states & STATE_BIT(state))
            && GetTickCount64() < until)
        Sleep(5);
    return state;
}

BG_JOB_PROGRESS bits_job_progress(IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress = {0};

    check(IBackgroundCopyJob_GetProgress(job, &progress), "GetProgress");
    return progress;
}

UINT64 bits_job_wait_bytes(IBackgroundCopyJob *job, UINT64 bytes, DWORD milliseconds)
{
    WAIT_UNTIL(bits_job_progress(job).BytesTransferred >= bytes, milliseconds);
    return bits_job_progress(job).BytesTransferred;
}

/* Whoever transfers a file has it open for writing. */
void bits_job_wait_closed(IBackgroundCopyJob *job)
{
    IBackgroundCopyFile *file = bits_first_file(job);
    IBackgroundCopyFile3 *file3 =
            bits_query(file, &IID_IBackgroundCopyFile3, "IBackgroundCopyFile3");
    HANDLE handle = INVALID_HANDLE_VALUE;
    WCHAR *name = NULL;

    check(IBackgroundCopyFile3_GetTemporaryName(file3, &name), "GetTemporaryName");
    WAIT_UNTIL((handle = CreateFileW(name, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL))
                    != INVALID_HANDLE_VALUE,
            20000);
    if (handle == INVALID_HANDLE_VALUE)
        fail("the file of a suspended job is closed (error %lu)", GetLastError());
    else
        CloseHandle(handle);
    CoTaskMemFree(name);
    IBackgroundCopyFile3_Release(file3);
    IBackgroundCopyFile_Release(file);
}

ULONG bits_job_error_count(IBackgroundCopyJob *job)
{
    ULONG count = 0;
    HRESULT hr = IBackgroundCopyJob_GetErrorCount(job, &count);

    if (hr != E_NOTIMPL || !tap_builtin()) /* there the count is 0 for whoever compares it */
        check(hr, "GetErrorCount");
    return count;
}

HRESULT bits_job_error(IBackgroundCopyJob *job, BG_ERROR_CONTEXT *context)
{
    IBackgroundCopyError *error;
    HRESULT hr, code;

    *context = BG_ERROR_CONTEXT_NONE;
    if (FAILED(hr = IBackgroundCopyJob_GetError(job, &error)))
        return hr;
    if (FAILED(hr = IBackgroundCopyError_GetError(error, context, &code)))
        code = hr;
    IBackgroundCopyError_Release(error);
    return code;
}

void bits_job_drop(IBackgroundCopyJob *job)
{
    if (!job)
        return;
    IBackgroundCopyJob_Cancel(job);
    IBackgroundCopyJob_Release(job);
}

void bits_job_describe(IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress = {0};
    BG_ERROR_CONTEXT context;
    HRESULT hr;

    if (!job || bits_job_state(job) < 0)
    {
        note("the job cannot be reached");
        return;
    }
    IBackgroundCopyJob_GetProgress(job, &progress);
    hr = bits_job_error(job, &context);
    note("the state is %s; %llu of %llu bytes, %lu of %lu files; error %s, context %d, count %lu",
            bits_state_name(bits_job_state(job)), (unsigned long long)progress.BytesTransferred,
            (unsigned long long)progress.BytesTotal, (unsigned long)progress.FilesTransferred,
            (unsigned long)progress.FilesTotal, tap_hr(hr), context,
            (unsigned long)bits_job_error_count(job));
}

bool bits_file_exists(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

UINT64 bits_file_size(const WCHAR *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;

    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &data))
        return BG_SIZE_UNKNOWN;
    return (UINT64)data.nFileSizeHigh << 32 | data.nFileSizeLow;
}

void bits_file_write(const WCHAR *path, const char *content)
{
    FILE *file = _wfopen(path, L"wb");

    if (!file || fputs(content, file) < 0)
        fail("%s is written", tap_wstr(path));
    if (file)
        fclose(file);
}

bool bits_file_is(const WCHAR *path, const char *content)
{
    FILE *file = _wfopen(path, L"rb");
    char text[256];
    size_t size;

    if (!file)
        return false;
    size = fread(text, 1, sizeof(text), file);
    fclose(file);
    return size == strlen(content) && !memcmp(text, content, size);
}

unsigned int bits_count_files(const WCHAR *folder, const WCHAR *pattern, WCHAR path[MAX_PATH])
{
    WIN32_FIND_DATAW data;
    unsigned int count = 0;
    WCHAR search[MAX_PATH];
    HANDLE find;

    swprintf(search, MAX_PATH, L"%ls\\%ls", folder, pattern);
    if ((find = FindFirstFileW(search, &data)) == INVALID_HANDLE_VALUE)
        return 0;
    do
    {
        if (!wcscmp(data.cFileName, L".") || !wcscmp(data.cFileName, L".."))
            continue;
        count++;
        if (path)
            swprintf(path, MAX_PATH, L"%ls\\%ls", folder, data.cFileName);
    } while (FindNextFileW(find, &data));
    FindClose(find);
    return count;
}

UINT64 bits_temp_size(const WCHAR *folder)
{
    WCHAR path[MAX_PATH];

    return bits_count_files(folder, L"BIT*.tmp", path) ? bits_file_size(path) : BG_SIZE_UNKNOWN;
}

const WCHAR *bits_folder(const WCHAR *name)
{
    const WCHAR *path = harness_scratch(name);

    if (!CreateDirectoryW(path, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)
        fail("the folder %s is made (error %lu)", tap_wstr(path), GetLastError());
    return path;
}

UINT64 bits_range_start(const char *line)
{
    const char *range = harness_text_value(line, "range");

    return !strncmp(range, "bytes=", 6) ? _strtoui64(range + 6, NULL, 10) : 0;
}

IBackgroundCopyManager *bits_manager;

void bits_open(void)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    if (FAILED(hr))
        bail_out("CoInitializeEx: %s", tap_hr(hr));
    bits_manager = bits_connect();
}

void bits_close(void)
{
    IBackgroundCopyManager_Release(bits_manager);
    CoUninitialize();
}

IBackgroundCopyJob *bits_job_new(const WCHAR *name)
{
    IBackgroundCopyJob *job = NULL;
    HRESULT hr;
    GUID id;

    hr = IBackgroundCopyManager_CreateJob(bits_manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (FAILED(hr))
        bail_out("CreateJob: %s", tap_hr(hr));
    return job;
}

void *bits_query(void *object, REFIID iid, const char *name)
{
    void *out = NULL;
    HRESULT hr = IUnknown_QueryInterface((IUnknown *)object, iid, &out);

    is_hr(hr, S_OK, "QueryInterface for %s", name);
    return out;
}

IBackgroundCopyFile *bits_first_file(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;

    if (SUCCEEDED(IBackgroundCopyJob_EnumFiles(job, &files)))
    {
        if (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) != S_OK)
            file = NULL;
        IEnumBackgroundCopyFiles_Release(files);
    }
    if (!file)
        bail_out("the job has no file");
    return file;
}

ULONG bits_file_count(IBackgroundCopyJob *job)
{
    return bits_job_progress(job).FilesTotal;
}

const WCHAR *bits_path(const WCHAR *name)
{
    static WCHAR paths[4][MAX_PATH + 64];
    static unsigned int next;
    WCHAR *path = paths[next++ % 4];
    DWORD length = GetCurrentDirectoryW(MAX_PATH, path);

    swprintf(path + length, MAX_PATH + 64 - length, L"\\%ls", name);
    return path;
}

const WCHAR *bits_long_text(size_t count)
{
    static WCHAR text[70001];

    for (size_t i = 0; i < count; i++)
        text[i] = 'a';
    text[count] = 0;
    return text;
}
