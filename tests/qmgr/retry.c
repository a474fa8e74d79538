/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Transient errors and time: SetMinimumRetryDelay, SetNoProgressTimeout, Resume while a job waits,
 * a server that comes back, and SetMaximumDownloadTime.
 */
#include "bits_client.h"
#include "bitsmsg.h"

TAP_TIME_LIMIT(180);

#define RETRY 5 /* seconds, the least there is */

static IBackgroundCopyManager *manager;

static IBackgroundCopyJob *job_failing(const struct harness_server *server, const WCHAR *local,
        ULONG delay, ULONG timeout)
{
    IBackgroundCopyJob *job = bits_job_create(manager, L"retry");

    bits_job_add(job, server, L"any.bin", local);
    is_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job, delay), S_OK, "SetMinimumRetryDelay(%lu)",
            delay);
    is_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, timeout), S_OK, "SetNoProgressTimeout(%lu)",
            timeout);
    return job;
}

/* Waits until the job has had so many errors; returns the time since `begin` in ms. */
static unsigned int wait_errors(IBackgroundCopyJob *job, ULONG count, ULONGLONG begin)
{
    WAIT_UNTIL(bits_job_error_count(job) >= count, 20000);
    is_uint(bits_job_error_count(job), count, "%lu errors", count);
    return (unsigned int)(GetTickCount64() - begin);
}

static void test_delay(void)
{
    struct harness_server server;
    IBackgroundCopyJob *job;
    ULONGLONG begin = GetTickCount64();
    ULONG seconds = 0;
    unsigned int first, second;

    /* Delays count from the first error, which is after `begin`. When it is seen is another
     * matter. */
    harness_server_start(&server, "kind=status code=503 times=2 size=5000");
    job = job_failing(&server, L"delay.bin", 1, 600);
    is_hr(IBackgroundCopyJob_GetMinimumRetryDelay(job, &seconds), S_OK, "GetMinimumRetryDelay");
    is_uint(seconds, RETRY, "is five seconds at least");
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    first = wait_errors(job, 1, begin);
    is_state(job, BG_JOB_STATE_TRANSIENT_ERROR, "waits");
    second = wait_errors(job, 2, begin);
    note("tried again after %u ms", second - first);
    ok(second >= RETRY * 1000, "when the delay was over, not before");
    is_state(job, BG_JOB_STATE_TRANSIENT_ERROR, "waits again");
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 20000, "the third try succeeds");
    is_uint(bits_job_error_count(job), 2, "two errors in all");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "Complete");
    is_file_sha256(harness_scratch(L"delay.bin"), server.sha256, "the file");
    bits_job_drop(job);
    harness_server_stop(&server);
}

static void test_resume(void)
{
    struct harness_server server;
    IBackgroundCopyJob *job;

    harness_server_start(&server, "kind=status code=500 times=1 size=5000");
    job = job_failing(&server, L"resume.bin", 600, 3600);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    reaches_state(job, BG_JOB_STATE_TRANSIENT_ERROR, 10000,
            "an error; the next try in ten minutes");
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume of a waiting job");
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 5000, "tries at once");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "Complete");
    is_file_sha256(harness_scratch(L"resume.bin"), server.sha256, "the file");
    bits_job_drop(job);
    harness_server_stop(&server);
}

/* The other things that end the waiting. */
static void test_waiting(void)
{
    struct harness_server server;
    IBackgroundCopyJob *job;

    harness_server_start(&server, "kind=status code=503 size=5000");
    job = job_failing(&server, L"waiting.bin", RETRY, 3600);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    reaches_state(job, BG_JOB_STATE_TRANSIENT_ERROR, 10000, "an error");
    is_hr(IBackgroundCopyJob_Suspend(job), S_OK, "Suspend of a waiting job");
    Sleep((RETRY + 1) * 1000);
    is_state(job, BG_JOB_STATE_SUSPENDED, "it is not tried again");
    is_uint(bits_job_error_count(job), 1, "one error");
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    wait_errors(job, 2, 0);
    is_hr(IBackgroundCopyJob_Cancel(job), S_OK, "Cancel of a waiting job");
    is_state(job, BG_JOB_STATE_CANCELLED, "cancelled");
    bits_job_drop(job);
    harness_server_stop(&server);
}

static void test_no_progress(void)
{
    struct harness_server server;
    IBackgroundCopyJob *job;
    BG_ERROR_CONTEXT context;
    ULONGLONG begin;
    unsigned int passed;
    int state;

    harness_server_start(&server, "kind=status code=503");
    job = job_failing(&server, L"progress.bin", RETRY, 8);
    begin = GetTickCount64();
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    reaches_state(job, BG_JOB_STATE_TRANSIENT_ERROR, 10000, "the first error");
    reaches_state(job, BG_JOB_STATE_ERROR, 30000,
            "ERROR when there was no progress for long enough");
    passed = (unsigned int)(GetTickCount64() - begin);
    note("given up after %u ms", passed);
    ok(passed >= 8000, "not before the time set");
    is_uint(bits_job_error_count(job), 2, "it was tried again meanwhile");
    is_hr(bits_job_error(job, &context), BG_E_HTTP_ERROR_503, "the error is the last one");
    bits_job_drop(job);

    job = job_failing(&server, L"progress.bin", RETRY, 0);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    state = bits_job_wait(job, STATES_AT_REST, 20000);
    is_int(state, BG_JOB_STATE_ERROR, "no retries: every error is fatal");
    is_uint(bits_job_error_count(job), 1, "one error");
    bits_job_drop(job);

    job = job_failing(&server, L"progress.bin", 10, 9);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    state = bits_job_wait(job, STATES_AT_REST, 20000);
    is_int(state, BG_JOB_STATE_ERROR, "a delay longer than the time-out: the same");
    bits_job_drop(job);
    harness_server_stop(&server);
}

/* Progress starts the no-progress time-out anew: the server dies again and again, but each time
 * some bytes have come. */
static void test_progress_resets(void)
{
    struct harness_server server;
    IBackgroundCopyJob *job;

    harness_server_start(&server, "kind=die_mid_body after=100000 times=3 size=1000000");
    job = job_failing(&server, L"resets.bin", RETRY, 7);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 30000, "three errors in 15 s, but progress");
    is_uint(bits_job_error_count(job), 3, "three errors");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "Complete");
    is_file_sha256(harness_scratch(L"resets.bin"), server.sha256, "the file");
    bits_job_drop(job);
    harness_server_stop(&server);
}

static void test_server_returns(void)
{
    struct harness_server server;
    char sha256[HARNESS_SHA256];
    IBackgroundCopyJob *job;

    harness_nginx_start(&server, "rate=1000000");
    harness_make_file(&server, "any.bin", 4 << 20, "any", sha256);
    job = job_failing(&server, L"returns.bin", RETRY, 600);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    bits_job_wait_bytes(job, 500000, 10000);
    harness_server_kill(&server);
    reaches_state(job, BG_JOB_STATE_TRANSIENT_ERROR, 10000, "the server died");
    WAIT_UNTIL(bits_job_error_count(job) >= 2, 15000);
    ok(bits_job_error_count(job) >= 2, "a try in vain");
    harness_server_restart(&server, "");
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 20000, "it came back: the job goes on by itself");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "Complete");
    is_file_sha256(harness_scratch(L"returns.bin"), sha256, "the file");
    bits_job_drop(job);
    harness_server_stop(&server);
}

static void test_maximum_time(void)
{
    struct harness_server server;
    IBackgroundCopyJob *job;
    IBackgroundCopyJob4 *job4 = NULL;
    BG_ERROR_CONTEXT context;
    ULONGLONG begin;
    unsigned int passed;
    ULONG errors;

    harness_nginx_start(&server, "rate=500000");
    harness_make_file(&server, "any.bin", 4 << 20, "any", NULL);
    job = job_failing(&server, L"time.bin", RETRY, 600);
    is_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob4, (void **)&job4), S_OK,
            "IBackgroundCopyJob4");
    is_hr(IBackgroundCopyJob4_SetMaximumDownloadTime(job4, 2), S_OK, "SetMaximumDownloadTime");
    begin = GetTickCount64();
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    reaches_state(job, BG_JOB_STATE_ERROR, 10000, "ERROR when the time is over");
    passed = (unsigned int)(GetTickCount64() - begin);
    note("after %u ms", passed);
    ok(passed >= 2000, "not before the time set");
    is_hr(bits_job_error(job, &context), BG_E_MAXDOWNLOAD_TIMEOUT, "the code");
    Sleep(500);
    is_uint((errors = bits_job_error_count(job)), 1, "one error");
    begin = GetTickCount64();
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume starts the time anew");
    WAIT_UNTIL(bits_job_error_count(job) != errors, 10000);
    passed = (unsigned int)(GetTickCount64() - begin);
    note("after %u ms", passed);
    ok(passed >= 2000, "nor now");
    is_hr(IBackgroundCopyJob4_SetMaximumDownloadTime(job4, 600), S_OK, "more time");
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 20000, "enough");
    IBackgroundCopyJob4_Release(job4);
    bits_job_drop(job);
    harness_server_stop(&server);
}

int main(void)
{
    manager = bits_begin();
    todo_builtin("no further tries, and few transient errors")
    {
        test_delay();
        test_resume();
        test_waiting();
        test_no_progress();
        test_progress_resets();
        test_server_returns();
    }
    todo_builtin("no such limit")
        test_maximum_time();
    return bits_end(manager);
}
