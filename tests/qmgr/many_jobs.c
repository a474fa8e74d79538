/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 10,000 stored jobs: the service is there soon. The journal is made with the service's own store,
 * faster than clients could.
 */
#include "bits_client.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "job.h"
#include "store.h"
#include "wstr.h"

TAP_TIME_LIMIT(180);

#define JOBS 10000
#define FILES 2
#define LOAD_LIMIT 3000 /* ms */

static struct bits_job *jobs[JOBS];
static unsigned int job_count;

/* The store wants to write itself anew now and then. */
static void put_snapshot(void *context, struct store_batch *batch)
{
    (void)context;
    for (unsigned int i = 0; i < job_count; i++)
        job_snapshot(jobs[i], batch);
}

static HRESULT no_load(void *context, const struct store_key *key, const void *payload, size_t size)
{
    (void)context;
    (void)key;
    (void)payload;
    (void)size;
    return S_OK;
}

static WCHAR *user_sid(void)
{
    union
    {
        TOKEN_USER user;
        BYTE space[256];
    } buffer;
    HANDLE token;
    DWORD size;
    WCHAR *text = NULL;

    OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);
    if (GetTokenInformation(token, TokenUser, &buffer, sizeof(buffer), &size))
        ConvertSidToStringSidW(buffer.user.User.Sid, &text);
    CloseHandle(token);
    return text;
}

static struct bits_file *make_file(unsigned int job, unsigned int number)
{
    struct bits_file *file = calloc(1, sizeof(*file));
    WCHAR text[128];

    swprintf(text, 128, L"http://127.0.0.1:9/folder/file-%u-%u.bin", job, number);
    file->remote_name = wstr_dup(text);
    swprintf(text, 128, L"C:\\test\\file-%u-%u.bin", job, number);
    file->local_name = wstr_dup(text);
    return file;
}

/* As a client would have made them, a batch for each. */
static HRESULT write_job(struct store *store, unsigned int number, const WCHAR *owner)
{
    struct bits_file *files[FILES];
    struct store_batch batch = {0};
    struct bits_job *job;
    WCHAR name[32];
    HRESULT hr;
    GUID id;

    CoCreateGuid(&id);
    swprintf(name, 32, L"job %u", number);
    if (FAILED(hr = job_create(name, BG_JOB_TYPE_DOWNLOAD, &id, &job)))
        return hr;
    job->owner = wstr_dup(owner);
    job->owner_integrity = SECURITY_MANDATORY_HIGH_RID;
    job->owner_elevated = TRUE;
    for (unsigned int i = 0; i < FILES; i++)
        files[i] = make_file(number, i);
    if (FAILED(hr = job_add_files(job, files, FILES)))
    {
        job_release(job);
        return hr;
    }
    jobs[job_count++] = job;
    job_snapshot(job, &batch);
    return store_write(store, &batch, NULL);
}

static void write_jobs(const WCHAR *directory)
{
    struct store_callbacks callbacks = {no_load, put_snapshot, NULL};
    WCHAR *owner = user_sid();
    struct store *store;
    unsigned int written = 0;

    is_hr(store_open(directory, &callbacks, &store), S_OK, "the store is open");
    for (unsigned int i = 0; i < JOBS; i++)
        written += write_job(store, i, owner) == S_OK;
    store_close(store);
    while (job_count)
        job_release(jobs[--job_count]);
    LocalFree(owner);
    is_uint(written, JOBS, "%u jobs of %u files are written", JOBS, FILES);
}

/* The folder of the store, from the log of a service that has run. */
static void find_directory(const WCHAR *log, WCHAR directory[MAX_PATH], unsigned int *milliseconds)
{
    static char text[1 << 16];
    const char *at, *end;
    FILE *file;
    size_t size;

    *milliseconds = ~0u;
    directory[0] = 0;
    if (!(file = _wfopen(log, L"rb")))
        return;
    size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = 0;
    for (at = text; (at = strstr(at, "store: opened ")); at++)
    {
        at += strlen("store: opened ");
        if ((end = strstr(at, "\\jobs.journal")))
            directory[MultiByteToWideChar(CP_UTF8, 0, at, (int)(end - at), directory,
                    MAX_PATH - 1)] = 0;
    }
    for (at = text; (at = strstr(at, " jobs loaded in ")); at++)
        *milliseconds = (unsigned int)strtoul(at + strlen(" jobs loaded in "), NULL, 10);
}

int main(void)
{
    IBackgroundCopyManager *manager;
    WCHAR log[MAX_PATH], directory[MAX_PATH];
    unsigned int milliseconds;
    unsigned long long memory;
    ULONGLONG begin;

    harness_require();
    if (builtin_lacks("jobs which outlive the service"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    wcscpy(log, harness_scratch(L"service.log"));
    bits_set_log(log);
    manager = bits_connect();
    IBackgroundCopyManager_Release(manager);
    memory = harness_service_memory();
    ok(bits_service_stop(), "the service is stopped");
    find_directory(log, directory, &milliseconds);
    note("the store is in %s", tap_wstr(directory));
    begin = GetTickCount64();
    write_jobs(directory);
    note("written in %u ms", (unsigned int)(GetTickCount64() - begin));

    DeleteFileW(log);
    begin = GetTickCount64();
    manager = bits_connect();
    note("connected after %u ms", (unsigned int)(GetTickCount64() - begin));
    find_directory(log, directory, &milliseconds);
    note("%u jobs loaded in %u ms", JOBS, milliseconds);
    ok(milliseconds < LOAD_LIMIT, "they load in less than %u ms", LOAD_LIMIT);
    begin = GetTickCount64();
    is_uint(bits_count_jobs(manager), JOBS, "all of them are there");
    note("enumerated in %u ms", (unsigned int)(GetTickCount64() - begin));
    note("the service has %llu KiB, %llu more than without jobs", harness_service_memory() >> 10,
            (harness_service_memory() - memory) >> 10);

    /* And it is as quick as ever. */
    begin = GetTickCount64();
    for (unsigned int i = 0; i < 10; i++)
        bits_job_drop(bits_job_create(manager, L"one more"));
    note("10 jobs created and cancelled in %u ms", (unsigned int)(GetTickCount64() - begin));
    ok(GetTickCount64() - begin < 30000, "creating and cancelling jobs takes no longer");
    IBackgroundCopyManager_Release(manager);
    is_uint(harness_service_kill(), 1, "the service is killed");
    begin = GetTickCount64();
    manager = bits_connect();
    note("connected after %u ms", (unsigned int)(GetTickCount64() - begin));
    is_uint(bits_count_jobs(manager), JOBS, "all of them are there again");
    IBackgroundCopyManager_Release(manager);
    ok(bits_service_stop(), "the service is stopped");
    CoUninitialize();
    return done_testing();
}
