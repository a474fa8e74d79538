/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service stops when nobody needs it and is started again by the next client; "BITS Startup
 * Type": automatic while there are jobs, on demand when there are none.
 */
#include "bits_client.h"

#include <winsvc.h>

TAP_TIME_LIMIT(180);

#define TIMEOUT 2 /* seconds */
#define STOPPED_WITHIN 15000
#define STAYS_FOR ((TIMEOUT + 3) * 1000)

static bool stopped(void)
{
    return bits_service_state() == SERVICE_STOPPED && !harness_service_pid();
}

static void check_stops(const char *why)
{
    ULONGLONG begin = GetTickCount64();

    WAIT_UNTIL(stopped(), STOPPED_WITHIN);
    ok(stopped(), "the service stops: %s", why);
    note("after %u ms", (unsigned int)(GetTickCount64() - begin));
}

static void check_stays(const char *why)
{
    int pid = harness_service_pid();

    ok(pid != 0, "the service runs: %s", why);
    WAIT_UNTIL(bits_service_state() != SERVICE_RUNNING, STAYS_FOR);
    is_uint(bits_service_state(), SERVICE_RUNNING, "and goes on doing so: %s", why);
    is_int(harness_service_pid(), pid, "the same process: %s", why);
}

static void wait_start_type(DWORD type, const char *what)
{
    WAIT_UNTIL(bits_service_start_type() == type, 8000);
    is_uint(bits_service_start_type(), type, "the start type is %s", what);
}

static void test_manager(void)
{
    IBackgroundCopyManager *manager = bits_connect();
    IEnumBackgroundCopyJobs *jobs;

    check_stays("a client holds the manager");
    is_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK, "EnumJobs");
    IBackgroundCopyManager_Release(manager);
    check_stays("a client holds an enumerator");
    IEnumBackgroundCopyJobs_Release(jobs);
    check_stops("the client has released it");
    wait_start_type(SERVICE_DEMAND_START, "on demand");
}

static void test_again(void)
{
    ULONGLONG begin;

    for (unsigned int i = 0; i < 3; i++)
    {
        IBackgroundCopyManager *manager;

        begin = GetTickCount64();
        manager = bits_connect();
        note("connected after %u ms", (unsigned int)(GetTickCount64() - begin));
        is_uint(bits_count_jobs(manager), 0, "the next client starts it again");
        IBackgroundCopyManager_Release(manager);
        check_stops("idle once more");
    }
}

/* Clients that come at about the time when the service stops. */
static void test_at_the_door(void)
{
    unsigned int good = 0, stops = 0;

    for (unsigned int i = 0; i < 12; i++)
    {
        IBackgroundCopyManager *manager = NULL;
        HRESULT hr;

        Sleep(TIMEOUT * 1000 + i * 110);
        stops += stopped();
        hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER,
                &IID_IBackgroundCopyManager, (void **)&manager);
        if (SUCCEEDED(hr))
        {
            IEnumBackgroundCopyJobs *jobs;

            hr = IBackgroundCopyManager_EnumJobs(manager, 0, &jobs);
            if (SUCCEEDED(hr))
                IEnumBackgroundCopyJobs_Release(jobs);
            IBackgroundCopyManager_Release(manager);
        }
        good += SUCCEEDED(hr);
        if (FAILED(hr))
            note("client %u: %s", i, tap_hr(hr));
    }
    note("%u of 12 found the service stopped", stops);
    is_uint(good, 12, "clients that come while it is stopping are served");
}

static void test_suspended_job(void)
{
    IBackgroundCopyManager *manager = bits_connect();
    IBackgroundCopyJob *job = bits_job_create(manager, L"suspended");
    GUID id = bits_job_id(job);

    wait_start_type(SERVICE_AUTO_START, "automatic while there is a job");
    IBackgroundCopyManager_Release(manager);
    check_stays("a client holds a job");
    IBackgroundCopyJob_Release(job);
    check_stops("a suspended job needs nothing");
    is_uint(bits_service_start_type(), SERVICE_AUTO_START, "the start type stays automatic");
    manager = bits_connect();
    job = bits_job_find(manager, &id);
    is_state(job, BG_JOB_STATE_SUSPENDED, "the job is there");
    is_hr(IBackgroundCopyJob_Cancel(job), S_OK, "Cancel");
    IBackgroundCopyJob_Release(job);
    wait_start_type(SERVICE_DEMAND_START, "on demand when the last job is gone");
    IBackgroundCopyManager_Release(manager);
    check_stops("no jobs");
}

static void test_transfer(void)
{
    IBackgroundCopyManager *manager = bits_connect();
    IBackgroundCopyJob *job = bits_job_create(manager, L"transfer");
    GUID id = bits_job_id(job);
    struct harness_server server;
    char sha256[HARNESS_SHA256];

    harness_nginx_start(&server, "rate=500000");
    harness_make_file(&server, "idle.bin", 4000000, "idle", sha256);
    bits_job_add(job, &server, L"idle.bin", L"idle.bin");
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    check_stays("a job transfers, nobody looks");
    check_stops("the job is done");
    manager = bits_connect();
    job = bits_job_find(manager, &id);
    is_state(job, BG_JOB_STATE_TRANSFERRED, "it was transferred meanwhile");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "Complete");
    is_file_sha256(harness_scratch(L"idle.bin"), sha256, "the file");
    IBackgroundCopyJob_Release(job);

    job = bits_job_create(manager, L"waits");
    id = bits_job_id(job);
    bits_job_add(job, &server, L"idle.bin", L"idle.bin");
    harness_server_stop(&server);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume without a server");
    reaches_state(job, BG_JOB_STATE_TRANSIENT_ERROR, 20000, "the job waits for its next try");
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    check_stays("a job waits for its next try");
    manager = bits_connect();
    bits_cancel_all(manager);
    IBackgroundCopyManager_Release(manager);
    check_stops("it is cancelled");
}

int main(void)
{
    harness_require();
    if (builtin_lacks("a service which stops when nobody needs it"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    bits_set_parameter(L"IdleTimeout", TIMEOUT);
    test_manager();
    test_again();
    test_suspended_job();
    test_transfer();
    test_at_the_door();
    return bits_end(bits_connect());
}
