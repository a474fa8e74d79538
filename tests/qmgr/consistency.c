/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "File Transfer Consistency": a transfer goes on from its last byte where the server can do that
 * and has the same file still, and begins anew where not; two versions of a file are never mixed.
 */
#include <stdio.h>
#include <string.h>

#include "bits_client.h"
#include "bitsmsg.h"

TAP_TIME_LIMIT(180);

#define SIZE (6u << 20)
#define RATE "rate=2000000"
#define PART 1500000 /* bytes to wait for before something happens */

static IBackgroundCopyManager *manager;

enum interruption
{
    BY_SUSPEND,
    BY_KILL,
    BY_STOP,
};

static const char *const interruption_names[] = {"suspended", "killed", "stopped"};

/* Starts the job, lets some bytes come, and interrupts it. Returns how many bytes there are then,
 * in the temporary file. The job may have been found anew. */
static UINT64 interrupt(IBackgroundCopyJob **job, enum interruption how, const WCHAR *folder)
{
    GUID id = bits_job_id(*job);
    UINT64 position;

    is_hr(IBackgroundCopyJob_Resume(*job), S_OK, "Resume");
    ok(bits_job_wait_bytes(*job, PART, 20000) >= PART, "some bytes came");
    if (how == BY_SUSPEND)
    {
        is_hr(IBackgroundCopyJob_Suspend(*job), S_OK, "Suspend");
        WAIT_UNTIL(bits_temp_size(folder) == bits_job_progress(*job).BytesTransferred, 3000);
        return bits_temp_size(folder);
    }
    IBackgroundCopyJob_Release(*job);
    IBackgroundCopyManager_Release(manager);
    if (how == BY_KILL)
        is_uint(harness_service_kill(), 1, "the service is killed");
    else
        ok(bits_service_stop(), "the service is stopped");
    position = bits_temp_size(folder);
    manager = bits_connect();
    *job = bits_job_find(manager, &id);
    return position;
}

static void finish(IBackgroundCopyJob *job, const WCHAR *path, const char *sha256)
{
    if (bits_job_state(job) == BG_JOB_STATE_SUSPENDED)
        is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 30000, "transferred");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "Complete");
    is_file_sha256(path, sha256, "the file");
    bits_job_drop(job);
}

/* The requests of the file, in order of their starts. */
static void check_starts(const struct harness_server *server, unsigned int count,
        const UINT64 *starts)
{
    struct harness_reply *log = harness_server_log(server, count);

    is_uint(log->line_count, count, "%u requests", count);
    for (unsigned int i = 0; i < count; i++)
    {
        BOOL found = FALSE;

        for (unsigned int j = 0; j < log->line_count; j++)
            found = found || bits_range_start(log->lines[j]) == starts[i];
        if (!ok(found, "one from byte %llu", (unsigned long long)starts[i]))
        {
            for (unsigned int j = 0; j < log->line_count; j++)
                note("%s", log->lines[j]);
        }
    }
    harness_reply_free(log);
}

static void test_goes_on(enum interruption how, const char *options)
{
    const WCHAR *folder = bits_folder(L"on"), *path = harness_scratch(L"on\\file.bin");
    struct harness_server server;
    char sha256[HARNESS_SHA256];
    IBackgroundCopyJob *job = bits_job_create(manager, L"goes on");
    UINT64 starts[2] = {0, 0};

    note("%s: goes on (%s)", interruption_names[how], options);
    harness_nginx_start(&server, options);
    harness_make_file(&server, "file.bin", SIZE, "on", sha256);
    bits_job_add(job, &server, L"file.bin", L"on\\file.bin");
    starts[1] = interrupt(&job, how, folder);
    ok(starts[1] >= PART && starts[1] < SIZE, "a part of it is there");
    ok(bits_job_progress(job).BytesTransferred >= starts[1], "and counted");
    finish(job, path, sha256);
    check_starts(&server, 2, starts);
    DeleteFileW(path);
    harness_server_stop(&server);
}

static void test_begins_anew(enum interruption how, const char *options)
{
    const WCHAR *folder = bits_folder(L"anew"), *path = harness_scratch(L"anew\\file.bin");
    struct harness_server server;
    char sha256[HARNESS_SHA256];
    IBackgroundCopyJob *job = bits_job_create(manager, L"begins anew");

    note("%s: begins anew (%s)", interruption_names[how], options);
    harness_nginx_start(&server, options);
    harness_make_file(&server, "file.bin", SIZE, "anew", sha256);
    bits_job_add(job, &server, L"file.bin", L"anew\\file.bin");
    interrupt(&job, how, folder);
    finish(job, path, sha256);
    is_uint(bits_count_files(folder, L"*", NULL), 1, "nothing else is there");
    DeleteFileW(path);
    harness_server_stop(&server);
}

/* The file is another one when the transfer goes on; the one before it in the job stays. */
static void test_changed(enum interruption how, unsigned long long new_size)
{
    const WCHAR *folder = bits_folder(L"changed");
    struct harness_server server;
    char first[HARNESS_SHA256], second[HARNESS_SHA256], changed[HARNESS_SHA256];
    IBackgroundCopyJob *job = bits_job_create(manager, L"changed");
    unsigned int requests = 0;
    struct harness_reply *log;
    WCHAR path[MAX_PATH];

    note("%s: changed, %llu bytes", interruption_names[how], new_size);
    harness_nginx_start(&server, RATE);
    harness_make_file(&server, "first.bin", 1000, "first", first);
    harness_make_file(&server, "second.bin", SIZE, "second", second);
    bits_job_add(job, &server, L"first.bin", L"changed\\first.bin");
    bits_job_add(job, &server, L"second.bin", L"changed\\second.bin");
    interrupt(&job, how, folder);
    if (how != BY_SUSPEND)
        IBackgroundCopyJob_Suspend(job);
    harness_do("rewrite id=%d name=first.bin", server.id);
    if (new_size == SIZE)
        harness_rewrite_file(&server, "second.bin", changed);
    else
    {
        struct harness_reply *reply = harness_demand(
                "rewrite id=%d name=second.bin size=%llu seed=new", server.id, new_size);

        strcpy(changed, harness_value(reply, "sha256"));
        harness_reply_free(reply);
    }
    ok(strcmp(changed, second), "the file has changed on the server");
    finish(job, harness_scratch(L"changed\\second.bin"), changed);
    is_file_sha256(harness_scratch(L"changed\\first.bin"), first,
            "the file that was finished before is not fetched again");
    log = harness_server_log(&server, 3);
    for (unsigned int i = 0; i < log->line_count; i++)
        requests += !strcmp(harness_text_value(log->lines[i], "uri"), "/first.bin");
    is_uint(requests, 1, "one request for it");
    harness_reply_free(log);
    while (bits_count_files(folder, L"*.bin", path))
        DeleteFileW(path);
    is_uint(bits_count_files(folder, L"*", NULL), 0, "nothing else is there");
    harness_server_stop(&server);
}

/* The same bytes with another date and ETag are another version. */
static void test_touched(void)
{
    const WCHAR *folder = bits_folder(L"touched"), *path = harness_scratch(L"touched\\file.bin");
    struct harness_server server;
    char sha256[HARNESS_SHA256];
    IBackgroundCopyJob *job = bits_job_create(manager, L"touched");
    struct harness_reply *log;
    unsigned int whole = 0;

    note("touched");
    harness_nginx_start(&server, RATE);
    harness_make_file(&server, "file.bin", SIZE, "touched", sha256);
    bits_job_add(job, &server, L"file.bin", L"touched\\file.bin");
    interrupt(&job, BY_SUSPEND, folder);
    harness_do("touch id=%d name=file.bin", server.id);
    finish(job, path, sha256);
    log = harness_server_log(&server, 2);
    for (unsigned int i = 0; i < log->line_count; i++)
        whole += !strcmp(harness_text_value(log->lines[i], "status"), "200");
    is_uint(whole, 2, "fetched from the start again");
    harness_reply_free(log);
    harness_server_stop(&server);
}

/* The server dies in mid-body, so often that only going on can end it. */
static void test_dies(const char *options)
{
    struct harness_server server;
    IBackgroundCopyJob *job = bits_job_create(manager, L"dies");
    char text[200];

    note("dies in mid-body: %s", options);
    snprintf(text, sizeof(text), "kind=die_mid_body after=700000 times=3 size=2500000 %s", options);
    harness_server_start(&server, text);
    bits_job_add(job, &server, L"any", L"dies.bin");
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    for (ULONG i = 1; i <= 3; i++)
    {
        WAIT_UNTIL(bits_job_error_count(job) == i, 10000);
        reaches_state(job, BG_JOB_STATE_TRANSIENT_ERROR, 10000, "the connection was lost");
        is_uint(bits_job_progress(job).BytesTransferred, i * 700000ull,
                "every byte that came is kept");
        is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    }
    finish(job, harness_scratch(L"dies.bin"), server.sha256);
    harness_server_stop(&server);
}

/* A temporary file which somebody has cut, or deleted, while the job was at rest. */
static void test_temporary_damaged(BOOL delete)
{
    const WCHAR *folder = bits_folder(L"damaged"), *path = harness_scratch(L"damaged\\file.bin");
    struct harness_server server;
    char sha256[HARNESS_SHA256];
    IBackgroundCopyJob *job = bits_job_create(manager, L"damaged");
    WCHAR temp[MAX_PATH] = L"";
    char narrow[MAX_PATH];

    note("the temporary file is %s", delete ? "deleted" : "cut");
    harness_nginx_start(&server, RATE);
    harness_make_file(&server, "file.bin", SIZE, "damaged", sha256);
    bits_job_add(job, &server, L"file.bin", L"damaged\\file.bin");
    interrupt(&job, BY_SUSPEND, folder);
    is_uint(bits_count_files(folder, L"BIT*.tmp", temp), 1, "the temporary file");
    WideCharToMultiByte(CP_UTF8, 0, temp, -1, narrow, MAX_PATH, NULL, NULL);
    if (delete)
        ok(DeleteFileW(temp), "is deleted");
    else
        harness_do("damage path=\"%s\" cut=100000", narrow);
    finish(job, path, sha256);
    is_uint(bits_count_files(folder, L"*", NULL), 1, "nothing else is there");
    DeleteFileW(path);
    harness_server_stop(&server);
}

int main(void)
{
    manager = bits_begin();
    todo_builtin("no Suspend")
    {
        test_goes_on(BY_SUSPEND, RATE);
        test_begins_anew(BY_SUSPEND, RATE " ranges=off");
        test_changed(BY_SUSPEND, SIZE);
    }
    if (builtin_lacks("transfers which go on after an interruption"))
        return bits_end(manager);
    for (enum interruption how = BY_KILL; how <= BY_STOP; how++)
    {
        test_goes_on(how, RATE);
        test_begins_anew(how, RATE " ranges=off");
        test_changed(how, SIZE);
    }
    test_goes_on(BY_SUSPEND, RATE " etag=off");
    test_begins_anew(BY_KILL, RATE " etag=off modified=off");
    test_changed(BY_SUSPEND, SIZE / 2);
    test_changed(BY_KILL, 100000);
    test_changed(BY_SUSPEND, SIZE * 2);
    test_touched();
    test_dies("");
    test_dies("mode=fin");
    test_temporary_damaged(FALSE);
    test_temporary_damaged(TRUE);
    return bits_end(manager);
}
