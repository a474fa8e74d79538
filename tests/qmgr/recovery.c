/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a service that died in the middle of Cancel and of Complete has left, its next start
 * finishes. The journal is made with the service's own store, since no kill could be timed so.
 */
#include "bits_client.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "bitsmsg.h"
#include "job.h"
#include "store.h"
#include "wstr.h"

TAP_TIME_LIMIT(120);

#define FILES 2
#define SIZE 1000

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

static void write_file(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    BYTE data[SIZE] = {0};
    DWORD written = 0;

    WriteFile(file, data, SIZE, &written, NULL);
    CloseHandle(file);
    is_uint(written, SIZE, "%s is written", tap_wstr(path));
}

static BOOL exists(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

/* A job of two files, which are whole in their temporary files. */
static struct bits_job *make_job(const WCHAR *name)
{
    struct bits_file *files[FILES];
    struct bits_job *job;
    WCHAR text[64], *owner;
    GUID id;

    CoCreateGuid(&id);
    job_create(name, BG_JOB_TYPE_DOWNLOAD, &id, &job);
    owner = user_sid();
    job->owner = wstr_dup(owner);
    LocalFree(owner);
    job->owner_integrity = SECURITY_MANDATORY_HIGH_RID;
    job->owner_elevated = TRUE;
    for (unsigned int i = 0; i < FILES; i++)
    {
        files[i] = calloc(1, sizeof(*files[i]));
        files[i]->remote_name = wstr_dup(L"http://127.0.0.1:9/file.bin");
        swprintf(text, 64, L"%ls-%u.bin", name, i);
        files[i]->local_name = wstr_dup(harness_scratch(text));
    }
    is_hr(job_add_files(job, files, FILES), S_OK, "a job with files");
    for (unsigned int i = 0; i < FILES; i++)
    {
        job->files[i]->total = job->files[i]->transferred = job->files[i]->validator.size = SIZE;
        job->files[i]->completed = TRUE;
    }
    job->state = BG_JOB_STATE_TRANSFERRED;
    return job;
}

static HRESULT no_load(void *context, const struct store_key *key, const void *payload, size_t size)
{
    (void)context;
    (void)key;
    (void)payload;
    (void)size;
    return S_OK;
}

static void no_snapshot(void *context, struct store_batch *batch)
{
    (void)context;
    (void)batch;
}

/* Where the service keeps its jobs, from its log: its environment is not ours. */
static void find_directory(const WCHAR *log, WCHAR directory[MAX_PATH])
{
    static char text[1 << 16];
    const char *at, *end;
    FILE *file;

    directory[0] = 0;
    if ((file = _wfopen(log, L"rb")))
    {
        text[fread(text, 1, sizeof(text) - 1, file)] = 0;
        fclose(file);
    }
    if (!(at = strstr(text, "store: opened ")) || !(end = strstr(at, "\\jobs.journal")))
        return;
    at += strlen("store: opened ");
    directory[MultiByteToWideChar(CP_UTF8, 0, at, (int)(end - at), directory, MAX_PATH - 1)] = 0;
}

static void write_jobs(const WCHAR *directory, struct bits_job *const *jobs, unsigned int count)
{
    struct store_callbacks callbacks = {no_load, no_snapshot, NULL};
    struct store *store;

    is_hr(store_open(directory, &callbacks, &store), S_OK, "the store is open");
    for (unsigned int i = 0; i < count; i++)
    {
        struct store_batch batch = {0};

        job_snapshot(jobs[i], &batch);
        is_hr(store_write(store, &batch, NULL), S_OK, "a job is written");
    }
    store_close(store);
}

static HRESULT look_for(IBackgroundCopyManager *manager, const struct bits_job *job)
{
    IBackgroundCopyJob *found = NULL;
    HRESULT hr = IBackgroundCopyManager_GetJob(manager, &job->id, &found);

    if (found)
        IBackgroundCopyJob_Release(found);
    return hr;
}

int main(void)
{
    struct bits_job *cancelled, *completing, *other, *jobs[3];
    WCHAR log[MAX_PATH], directory[MAX_PATH];
    IBackgroundCopyManager *manager;

    harness_require();
    if (builtin_lacks("jobs which outlive the service"))
        return done_testing();
    wcscpy(log, harness_scratch(L"service.log"));
    bits_set_log(log);
    manager = bits_begin();
    IBackgroundCopyManager_Release(manager);
    ok(bits_service_stop(), "the service is stopped");
    find_directory(log, directory);

    /* One of its files was deleted before the crash. */
    jobs[0] = cancelled = make_job(L"cancelled");
    cancelled->cancelling = TRUE;
    write_file(cancelled->files[1]->temp_name);
    /* One of its files was moved. */
    jobs[1] = completing = make_job(L"completing");
    completing->completing = TRUE;
    write_file(completing->files[0]->local_name);
    write_file(completing->files[1]->temp_name);
    jobs[2] = other = make_job(L"other");
    write_file(other->files[0]->temp_name);
    write_file(other->files[1]->temp_name);
    write_jobs(directory, jobs, ARRAYSIZE(jobs));

    manager = bits_connect();
    is_hr(look_for(manager, cancelled), BG_E_NOT_FOUND, "the cancelled job is gone");
    ok(!exists(cancelled->files[1]->temp_name), "and the file it had left");
    ok(!exists(cancelled->files[1]->local_name), "which went nowhere else");
    is_hr(look_for(manager, completing), BG_E_NOT_FOUND,
            "the job that was being completed is gone");
    ok(exists(completing->files[0]->local_name), "its first file is in its place");
    ok(exists(completing->files[1]->local_name), "and the second one as well");
    ok(!exists(completing->files[1]->temp_name), "and nowhere else");
    is_hr(look_for(manager, other), S_OK, "a job that was left alone is there");
    ok(exists(other->files[0]->temp_name) && exists(other->files[1]->temp_name), "with its files");

    IBackgroundCopyManager_Release(manager);
    is_uint(harness_service_kill(), 1, "the service is killed");
    manager = bits_connect();
    is_uint(bits_count_jobs(manager), 1, "and none of the others comes back");
    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        job_release(jobs[i]);
    return bits_end(manager);
}
