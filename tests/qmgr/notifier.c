/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The notifier by itself: its sources are compiled into this program, with a queue, jobs and
 * clients that the test holds in its hand. What real clients in their own processes see is in
 * callbacks.c.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

#include "notifier_client.h"
#include "tap.h"

static HRESULT fake_CoCreateInstance(REFCLSID clsid, IUnknown *outer, DWORD context, REFIID iid,
        void **out);
#define CoCreateInstance fake_CoCreateInstance
#include "../../dlls/qmgr/notify/callback.c"
#undef CoCreateInstance
#include "../../dlls/qmgr/job/range_set.c"
#include "../../dlls/qmgr/notify/command_line.c"
#include "../../dlls/qmgr/notify/notifier.c"

/* ---- the queue ---- */

static SRWLOCK lock = SRWLOCK_INIT;
static DWORD lock_owner;
static LONG calls_under_lock, job_stores, file_stores;

void queue_lock(void)
{
    AcquireSRWLockExclusive(&lock);
    lock_owner = GetCurrentThreadId();
}

void queue_unlock(void)
{
    lock_owner = 0;
    ReleaseSRWLockExclusive(&lock);
}

void queue_wait(CONDITION_VARIABLE *condition, DWORD timeout)
{
    lock_owner = 0;
    SleepConditionVariableSRW(condition, &lock, timeout, 0);
    lock_owner = GetCurrentThreadId();
}

void check_unlocked(void)
{
    if (lock_owner == GetCurrentThreadId())
        InterlockedIncrement(&calls_under_lock);
}

HRESULT job_store(struct bits_job *job, struct bits_file *file)
{
    (void)job;
    (void)file;
    InterlockedIncrement(&job_stores);
    return S_OK;
}

HRESULT job_store_file(struct bits_file *file)
{
    (void)file;
    InterlockedIncrement(&file_stores);
    return S_OK;
}

/* Whose owner is `absent` has not called since the service started. */
static const WCHAR absent[] = L"S-1-5-21-1-2-3-1009";

BOOL caller_is_service_user(const WCHAR *sid)
{
    return !sid || wcscmp(sid, absent);
}

BOOL job_is_final(const struct bits_job *job)
{
    return job->state == BG_JOB_STATE_ACKNOWLEDGED || job->state == BG_JOB_STATE_CANCELLED;
}

static LONG jobs_alive;

ULONG job_addref(struct bits_job *job)
{
    return InterlockedIncrement(&job->object.references);
}

ULONG job_release(struct bits_job *job)
{
    ULONG references = InterlockedDecrement(&job->object.references);

    check_unlocked();
    if (references)
        return references;
    if (job->notify.object)
        IUnknown_Release(job->notify.object);
    for (UINT32 i = 0; i < job->file_count; i++)
        free(job->files[i]);
    free(job->files);
    free(job->owner);
    free(job->notify.program);
    free(job->notify.parameters);
    free(job);
    InterlockedDecrement(&jobs_alive);
    return 0;
}

HRESULT file_interface_create(struct bits_job *job, struct bits_file *file,
        IBackgroundCopyFile **out)
{
    (void)job;
    *out = dummy_create(file->index);
    return S_OK;
}

HRESULT error_interface_create(struct bits_job *job, IBackgroundCopyError **out)
{
    (void)job;
    queue_lock(); /* as the real one does */
    *out = dummy_create(0);
    queue_unlock();
    return S_OK;
}

static struct bits_job *new_job(UINT32 files)
{
    struct bits_job *job = calloc(1, sizeof(*job));

    job->object.references = 1;
    job->state = BG_JOB_STATE_TRANSFERRING;
    job->notify.flags = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR;
    job->properties.notification_interval = 500;
    job->minimum_retry_delay = 1;
    job->owner = wstr_dup(L"S-1-5-21-1-2-3-1000");
    job->files = calloc(files + 1, sizeof(*job->files));
    for (UINT32 i = 0; i < files; i++)
    {
        job->files[i] = calloc(1, sizeof(**job->files));
        job->files[i]->job = job;
        job->files[i]->index = i;
    }
    job->file_count = files;
    InterlockedIncrement(&jobs_alive);
    return job;
}

static void set_state(struct bits_job *job, BG_JOB_STATE state)
{
    queue_lock();
    job->state = state;
    job->notify.pending &= ~(ULONG)(BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    job->notify.pending |= BG_NOTIFY_JOB_MODIFICATION;
    job->notify.next_attempt = 0;
    job->notify.attempts = 0;
    if (state == BG_JOB_STATE_TRANSFERRED)
        job->notify.pending |= BG_NOTIFY_JOB_TRANSFERRED;
    if (state == BG_JOB_STATE_ERROR)
        job->notify.pending |= BG_NOTIFY_JOB_ERROR;
    notifier_wake(job);
    queue_unlock();
}

static void end_job(struct bits_job *job)
{
    set_state(job, BG_JOB_STATE_CANCELLED);
    job_release(job);
}

static ULONG pending(struct bits_job *job)
{
    ULONG ret;

    queue_lock();
    ret = job->notify.pending;
    queue_unlock();
    return ret;
}

/* ---- the client ---- */

static void set_object(struct bits_job *job, struct client *client)
{
    IUnknown *old, *object = NULL;
    UINT32 version = 0;

    if (client && FAILED(notifier_query_object(client_unknown(client), &object, &version)))
        bail_out("the test's object has no callback interface");
    queue_lock();
    old = notifier_set_object(job, object, version);
    queue_unlock();
    if (object)
        IUnknown_Release(object);
    if (old)
        IUnknown_Release(old);
}

/* What CoCreateInstance gives. */
static struct client *server;
static HRESULT server_result = S_OK;
static LONG server_creations;
static CLSID server_clsid;

static HRESULT fake_CoCreateInstance(REFCLSID clsid, IUnknown *outer, DWORD context, REFIID iid,
        void **out)
{
    check_unlocked();
    InterlockedIncrement(&server_creations);
    server_clsid = *clsid;
    *out = NULL;
    if (outer || context != CLSCTX_LOCAL_SERVER)
        return E_UNEXPECTED;
    if (FAILED(server_result))
        return server_result;
    return IUnknown_QueryInterface(client_unknown(server), iid, out);
}

static const CLSID clsid_one = {1, 1, 1, {1}}, clsid_two = {2, 2, 2, {2}};

/* ---- waiting ---- */

#define PATIENCE 30000 /* ms; a wait ends by its event */

#define wait_for(condition)                                                                        \
    ({                                                                                             \
        UINT64 end_ = GetTickCount64() + PATIENCE;                                                 \
        while (!(condition) && GetTickCount64() < end_)                                            \
            Sleep(5);                                                                              \
        !!(condition);                                                                             \
    })

/* Returns from clients that hung are worked up. */
static BOOL is_delivering(void)
{
    BOOL ret;

    queue_lock();
    ret = notifier.delivering != 0;
    queue_unlock();
    return ret;
}

/* No delivery under way and none to come. */
static BOOL is_quiet(void)
{
    BOOL ret;

    queue_lock();
    ret = !notifier_is_busy();
    queue_unlock();
    return ret;
}

static void finish(struct bits_job *job, struct client *client, const char *what)
{
    end_job(job);
    ok(wait_for(is_quiet() && !jobs_alive), "%s: nothing is left of the job", what);
    if (client)
    {
        ok(wait_for(client->references == 1), "%s: nor of the object", what);
        free(client);
    }
}

/* ---- programs ---- */

static WCHAR self[MAX_PATH], mark[MAX_PATH];

/* Started by the notifier: leaves a line in the file. */
static int run_child(const char *file, const char *code)
{
    HANDLE handle = CreateFileA(file, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
            OPEN_ALWAYS, 0, NULL);
    DWORD written;

    WriteFile(handle, "x", 1, &written, NULL);
    CloseHandle(handle);
    return atoi(code);
}

static unsigned int runs(void)
{
    WIN32_FILE_ATTRIBUTE_DATA data;

    return GetFileAttributesExW(mark, GetFileExInfoStandard, &data) ? data.nFileSizeLow : 0;
}

static void set_program(struct bits_job *job, int code)
{
    static unsigned int programs;
    WCHAR parameters[1000];

    DeleteFileW(mark);
    /* One that was started for an earlier job may still be on its way to its line. */
    swprintf(wcsrchr(mark, '-'), 16, L"-%u", ++programs);
    swprintf(parameters, 1000, L"\"%ls\" child \"%ls\" %d", self, mark, code);
    job->notify.program = wstr_dup(self);
    job->notify.parameters = wstr_dup(parameters);
}

/* ---- tests ---- */

static void test_events(void)
{
    struct client *client = new_client(1), *late = new_client(1);
    struct bits_job *job = new_job(0);

    set_object(job, client);
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(client->calls[TRANSFERRED]), "JobTransferred arrives");
    ok(wait_for(is_quiet()), "and is done with");
    is_uint(pending(job) & BG_NOTIFY_JOB_TRANSFERRED, 0, "it is no longer owed");
    ok(job_stores > 0, "which is stored");
    set_object(job, late);
    ok(wait_for(late->calls[TRANSFERRED]), "an object that is registered later gets its call");
    is_int(client->calls[TRANSFERRED], 1, "the first one no more");
    is_int(client->calls[MODIFIED] + late->calls[MODIFIED], 0,
            "no JobModification without the flag");
    set_object(job, NULL);
    set_state(job, BG_JOB_STATE_TRANSFERRING);
    set_state(job, BG_JOB_STATE_ERROR);
    Sleep(300);
    is_int(late->calls[ERRORED], 0, "NULL clears the object");
    ok(pending(job) & BG_NOTIFY_JOB_ERROR, "JobError is owed as long as nobody is registered");
    ok(wait_for(is_quiet()), "the notifier is not busy with it");
    set_object(job, late);
    ok(wait_for(late->calls[ERRORED]), "and comes when somebody is");
    ok(wait_for(client->references == 1), "the replaced object is released");
    free(client);
    finish(job, late, "events");
}

static void test_flags(void)
{
    struct client *client = new_client(3);
    struct bits_job *job = new_job(1);

    job->notify.flags = BG_NOTIFY_DISABLE | BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR
            | BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_FILE_TRANSFERRED;
    job->files[0]->notify_transferred = TRUE;
    set_object(job, client);
    set_state(job, BG_JOB_STATE_QUEUED);
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    Sleep(300);
    is_int(client->order_count, 0, "BG_NOTIFY_DISABLE: no call, whatever other flags say");
    queue_lock();
    job->notify.flags = BG_NOTIFY_JOB_ERROR;
    notifier_wake(job);
    queue_unlock();
    Sleep(300);
    is_int(client->order_count, 0, "BG_NOTIFY_JOB_ERROR alone: no JobTransferred");
    queue_lock();
    job->notify.flags = BG_NOTIFY_JOB_TRANSFERRED;
    notifier_wake(job);
    queue_unlock();
    ok(wait_for(client->calls[TRANSFERRED]), "with BG_NOTIFY_JOB_TRANSFERRED it comes");
    is_str(client->order, "T", "alone");
    finish(job, client, "flags");
}

static void test_repeats(void)
{
    struct client *client = new_client(1);
    struct bits_job *job = new_job(0);

    client->fail_first = 2;
    client->failure = S_FALSE;
    set_object(job, client);
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(client->calls[TRANSFERRED] == 3), "JobTransferred is repeated until S_OK");
    ok(wait_for(is_quiet()), "and no longer");
    is_int(client->calls[TRANSFERRED], 3, "three calls");
    ok(client->times[1] - client->times[0] >= 900, "after a pause");
    ok(client->times[2] - client->times[1] >= 1900, "which grows");

    client->fail_first = 1;
    client->failure = E_FAIL;
    set_state(job, BG_JOB_STATE_ERROR);
    ok(wait_for(client->calls[ERRORED] == 1), "JobError fails");
    set_state(job, BG_JOB_STATE_QUEUED);
    Sleep(1500);
    is_int(client->calls[ERRORED], 1, "and is not repeated when the job has left the state");
    finish(job, client, "repeats");
}

static void test_files(void)
{
    struct client *client = new_client(2), *old = new_client(1);
    struct bits_job *job = new_job(3);

    job->notify.flags |= BG_NOTIFY_FILE_TRANSFERRED;
    set_object(job, client);
    client->fail_first = 1;
    queue_lock();
    for (int i = 0; i < 3; i++)
        job->files[i]->notify_transferred = TRUE;
    notifier_wake(job);
    queue_unlock();
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(client->calls[TRANSFERRED]), "JobTransferred comes");
    is_str(client->order, "0012T",
            "after FileTransferred once a file, in order, the failed one repeated");
    is_int(file_stores, 3, "each is stored");
    finish(job, client, "files");

    job = new_job(3);
    job->notify.flags |= BG_NOTIFY_FILE_TRANSFERRED;
    set_object(job, old);
    for (int i = 0; i < 3; i++)
        job->files[i]->notify_transferred = TRUE;
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(old->calls[TRANSFERRED]), "without IBackgroundCopyCallback2 JobTransferred comes");
    is_str(old->order, "T", "alone");
    finish(job, old, "files");
}

static void test_modifications(void)
{
    struct client *client = new_client(1);
    struct bits_job *job = new_job(0);
    UINT64 begin = GetTickCount64(), time;
    LONG before;

    job->notify.flags |= BG_NOTIFY_JOB_MODIFICATION;
    set_object(job, client);
    client->results[MODIFIED] = E_FAIL;
    while ((before = client->calls[MODIFIED]) < 4 && GetTickCount64() - begin < PATIENCE)
    {
        queue_lock();
        job->notify.pending |= BG_NOTIFY_JOB_MODIFICATION;
        notifier_wake(job);
        queue_unlock();
        Sleep(10);
    }
    time = GetTickCount64() - begin;
    is_int(before, 4, "JobModification while there are changes");
    ok(before <= (LONG)(time / 500 + 1), "at most one in 500 ms (%u ms)", (unsigned int)time);
    ok(wait_for(is_quiet()), "the last one comes, too");
    before = client->calls[MODIFIED];
    Sleep(1200);
    is_int(client->calls[MODIFIED], before, "failed ones are not repeated");
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(client->calls[TRANSFERRED]), "JobTransferred");
    Sleep(700);
    is_int(client->calls[MODIFIED], before, "no JobModification of that change");
    finish(job, client, "modifications");
}

static void test_ranges(void)
{
    struct client *client = new_client(3);
    struct bits_job *job = new_job(1);
    UINT64 begin = GetTickCount64();

    job->properties.notification_interval = 300;
    job->notify.flags = BG_NOTIFY_FILE_RANGES_TRANSFERRED;
    set_object(job, client);
    queue_lock();
    notifier_range_transferred(job, job->files[0], 100, 50);
    notifier_range_transferred(job, job->files[0], 150, 50);
    notifier_range_transferred(job, job->files[0], 1000, 1);
    queue_unlock();
    ok(wait_for(client->calls[RANGES]), "FileRangesTransferred");
    is_uint(client->range_count, 2, "adjacent ranges are one");
    is_uint(client->ranges[0].InitialOffset, 100, "offset");
    is_uint(client->ranges[0].Length, 100, "length");
    is_uint(client->ranges[1].InitialOffset, 1000, "the other one");
    queue_lock();
    notifier_range_transferred(job, job->files[0], 5000, 1);
    queue_unlock();
    ok(wait_for(client->calls[RANGES] == 2), "the next ones");
    ok(client->times[1] - begin >= 300, "come after the interval");
    finish(job, client, "ranges");
}

static void test_command_line(void)
{
    struct client *client = new_client(1);
    struct bits_job *job = new_job(0);

    set_program(job, 0);
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(runs() == 1), "without an object the program runs");
    ok(wait_for(is_quiet()), "and the event is delivered");
    is_uint(pending(job) & BG_NOTIFY_JOB_TRANSFERRED, 0, "not owed any more");

    set_state(job, BG_JOB_STATE_QUEUED);
    set_object(job, client);
    client->results[TRANSFERRED] = E_FAIL;
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(runs() == 2), "it runs when JobTransferred fails");
    Sleep(2500);
    is_uint(runs(), 2, "once");
    is_int(client->calls[TRANSFERRED], 1, "and JobTransferred is not called again");
    client->results[TRANSFERRED] = S_OK;
    set_state(job, BG_JOB_STATE_ERROR);
    ok(wait_for(client->calls[ERRORED]), "JobError succeeds");
    Sleep(500);
    is_uint(runs(), 2, "then the program does not run");

    /* The object's process is gone. */
    client->results[ERRORED] = HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
    set_state(job, BG_JOB_STATE_QUEUED);
    set_state(job, BG_JOB_STATE_ERROR);
    ok(wait_for(runs() == 3), "it runs when the object is disconnected");
    ok(wait_for(client->references == 1), "the object is let go");
    finish(job, client, "command line");

    job = new_job(0);
    set_program(job, 1);
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(runs() >= 2),
            "a program with another exit code than 0 runs again after the minimum retry delay");
    set_state(job, BG_JOB_STATE_QUEUED);
    wait_for(is_quiet());
    finish(job, NULL, "exit code");

    job = new_job(0);
    set_program(job, 0);
    free(job->owner);
    job->owner = wstr_dup(L"S-1-5-18");
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    Sleep(500);
    is_uint(runs(), 0, "the system's jobs run no programs");
    finish(job, NULL, "system");

    /* It would run as the service. */
    job = new_job(0);
    set_program(job, 0);
    free(job->owner);
    job->owner = wstr_dup(absent);
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    Sleep(500);
    is_uint(runs(), 0, "nor those of an owner who is not there");
    is_uint(pending(job) & BG_NOTIFY_JOB_TRANSFERRED, BG_NOTIFY_JOB_TRANSFERRED, "for now");
    queue_lock();
    free(job->owner);
    job->owner = wstr_dup(L"S-1-5-21-1-2-3-1000");
    notifier_wake(job);
    queue_unlock();
    ok(wait_for(runs() == 1), "when he is there, they do");
    finish(job, NULL, "absent");
}

static void test_clsid(void)
{
    struct client *client = new_client(1);
    struct bits_job *job = new_job(0);

    server = new_client(2);
    server_creations = 0;
    job->notify.clsid = clsid_one;
    set_object(job, client);
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(client->calls[TRANSFERRED]), "the object goes first");
    ok(wait_for(is_quiet()) && !server_creations, "no instance is made");

    client->results[ERRORED] = RPC_E_DISCONNECTED;
    set_state(job, BG_JOB_STATE_ERROR);
    ok(wait_for(server->calls[ERRORED]), "a disconnected one is replaced by an instance");
    is_guid(&server_clsid, &clsid_one, "of the CLSID");
    ok(wait_for(client->references == 1), "and released");
    ok(wait_for(is_quiet()), "delivered");
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(server->calls[TRANSFERRED]), "the next notification");
    is_int(server_creations, 1, "goes to the same instance");

    wait_for(is_quiet());
    server->results[TRANSFERRED] = RPC_E_DISCONNECTED;
    set_state(job, BG_JOB_STATE_QUEUED);
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(server_creations >= 2), "when that is gone, another one is made");
    server->results[TRANSFERRED] = S_OK;
    ok(wait_for(is_quiet()), "delivered in the end");

    queue_lock();
    job->notify.clsid = clsid_two;
    notifier_wake(job);
    queue_unlock();
    wait_for(is_quiet());
    set_state(job, BG_JOB_STATE_ERROR);
    ok(wait_for(IsEqualGUID(&server_clsid, &clsid_two)), "the last CLSID counts");
    wait_for(is_quiet());
    client->results[ERRORED] = S_OK;
    set_object(job, client);
    ok(wait_for(client->calls[ERRORED] == 2), "an object that is set replaces the instance");
    ok(wait_for(server->references == 1), "which is released");
    set_object(job, NULL);
    queue_lock();
    job->notify.clsid = GUID_NULL;
    queue_unlock();
    server_creations = 0;
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    Sleep(300);
    is_int(server_creations, 0, "GUID_NULL clears");
    server_result = REGDB_E_CLASSNOTREG;
    queue_lock();
    job->notify.clsid = clsid_one;
    notifier_wake(job);
    queue_unlock();
    ok(wait_for(server_creations >= 2), "a class that cannot be made is tried again");
    server_result = S_OK;
    ok(wait_for(is_quiet()), "until it can");
    finish(job, client, "CLSID");
    ok(wait_for(server->references == 1), "the instance is released");
    free(server);
}

static void test_hanging(void)
{
    struct client *hung = new_client(1), *other = new_client(1), *next = new_client(1);
    struct bits_job *jobs[20];
    unsigned int count = 0;

    hung->hang = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (int i = 0; i < 10; i++)
    {
        jobs[i] = new_job(0);
        set_object(jobs[i], hung);
        set_state(jobs[i], BG_JOB_STATE_TRANSFERRED);
    }
    ok(wait_for(hung->hanging == 10), "a client hangs in the callbacks of ten jobs");
    for (int i = 10; i < 20; i++)
    {
        jobs[i] = new_job(0);
        set_object(jobs[i], other);
        set_state(jobs[i], BG_JOB_STATE_TRANSFERRED);
    }
    ok(wait_for(other->calls[TRANSFERRED] == 10), "ten other jobs are delivered");
    set_object(jobs[0], next);
    ok(wait_for(next->calls[TRANSFERRED] == 1), "so is a hanging one whose object is replaced");
    ok(wait_for(!(pending(jobs[0]) & BG_NOTIFY_JOB_TRANSFERRED)), "and is done with");
    set_state(jobs[1], BG_JOB_STATE_CANCELLED);
    pass("a hanging one can be cancelled");
    hung->results[TRANSFERRED] = E_FAIL;
    SetEvent(hung->hang);
    ok(wait_for(!hung->hanging), "the client comes back");
    wait_for(!is_delivering());
    is_uint(pending(jobs[0]) & BG_NOTIFY_JOB_TRANSFERRED, 0, "its late failure does not count");
    hung->results[TRANSFERRED] = S_OK;
    ok(wait_for(is_quiet()), "the others are repeated");
    for (int i = 0; i < 20; i++)
        count += !(pending(jobs[i]) & BG_NOTIFY_JOB_TRANSFERRED);
    is_uint(count, 20, "all are delivered");
    for (int i = 0; i < 20; i++)
        end_job(jobs[i]);
    ok(wait_for(is_quiet() && !jobs_alive), "all jobs are gone");
    ok(wait_for(hung->references == 1), "and released the client");
    CloseHandle(hung->hang);
    free(hung);
    free(other);
    free(next);
}

/* More hanging clients than threads: all is delivered when they come back. */
static void test_too_many(void)
{
    struct client *hung = new_client(1);
    struct bits_job *jobs[80];

    hung->hang = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (int i = 0; i < 80; i++)
    {
        jobs[i] = new_job(0);
        set_object(jobs[i], hung);
        set_state(jobs[i], BG_JOB_STATE_TRANSFERRED);
    }
    wait_for(hung->hanging >= MAX_THREADS);
    Sleep(300);
    is_int(hung->hanging, MAX_THREADS, "80 hanging callbacks take as many threads as there may be");
    SetEvent(hung->hang);
    ok(wait_for(hung->calls[TRANSFERRED] == 80), "the rest follows when they come back");
    for (int i = 0; i < 80; i++)
        end_job(jobs[i]);
    ok(wait_for(is_quiet() && !jobs_alive), "all gone");
    ok(wait_for(!notifier.threads), "idle threads end");
    CloseHandle(hung->hang);
    free(hung);
}

static void test_stop(void)
{
    struct client *hung = new_client(1);
    struct bits_job *job = new_job(0);

    hung->hang = CreateEventW(NULL, TRUE, FALSE, NULL);
    set_object(job, hung);
    set_state(job, BG_JOB_STATE_TRANSFERRED);
    ok(wait_for(hung->hanging), "a client hangs");
    notifier_stop();
    ok(hung->hanging, "stopping does not wait for its return");
    ok(pending(job) & BG_NOTIFY_JOB_TRANSFERRED, "the event stays owed");
    SetEvent(hung->hang);
    ok(wait_for(!notifier.threads), "its thread ends");
    is_hr(notifier_start(), S_OK, "starts again");
    finish(job, NULL, "stop");
    free(hung);
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "child"))
        return run_child(argv[2], argv[3]);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    GetModuleFileNameW(NULL, self, MAX_PATH);
    GetTempPathW(MAX_PATH - 40, mark);
    swprintf(mark + wcslen(mark), 20, L"mark%lx-0", GetCurrentProcessId());
    is_hr(notifier_start(), S_OK, "starts");

    test_events();
    test_flags();
    test_repeats();
    test_files();
    test_modifications();
    test_ranges();
    test_command_line();
    test_clsid();
    test_hanging();
    test_too_many();
    test_stop();

    is_int(calls_under_lock, 0, "no call into a client was made under the lock");
    ok(wait_for(!dummies_alive), "all file and error objects are released");
    DeleteFileW(mark);
    return done_testing();
}
