/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who transfers when: BG_JOB_PRIORITY, one background job at a time beside the foreground jobs, and
 * the turns of equal ones.
 */
#include "bits_client.h"

TAP_TIME_LIMIT(180);

#define SLICE 5000 /* ms */
#define SIZE (40u << 20)
#define RUNS (STATE_BIT(BG_JOB_STATE_CONNECTING) | STATE_BIT(BG_JOB_STATE_TRANSFERRING))

static IBackgroundCopyManager *manager;
static struct harness_server server; /* slow: its file takes longer than any test here */
static struct harness_server brief;
static char brief_sha256[HARNESS_SHA256];

static IBackgroundCopyJob *job_start(const WCHAR *name, BG_JOB_PRIORITY priority,
        const struct harness_server *source)
{
    IBackgroundCopyJob *job = bits_job_create(manager, name);

    if (FAILED(IBackgroundCopyJob_SetPriority(job, priority)))
        fail("SetPriority");
    bits_job_add(job, source, L"large.bin", name);
    if (FAILED(IBackgroundCopyJob_Resume(job)))
        fail("Resume");
    return job;
}

static BOOL job_runs(IBackgroundCopyJob *job)
{
    int state = bits_job_state(job);

    return state >= 0 && (RUNS & STATE_BIT(state));
}

static void test_foreground(void)
{
    IBackgroundCopyJob *foreground[4], *background[3];
    unsigned int running = 0, most = 0, least = 10;
    UINT64 bytes[ARRAYSIZE(foreground)];

    for (unsigned int i = 0; i < ARRAYSIZE(background); i++)
        background[i] = job_start(L"background.bin", BG_JOB_PRIORITY_NORMAL, &server);
    for (unsigned int i = 0; i < ARRAYSIZE(foreground); i++)
        foreground[i] = job_start(L"foreground.bin", BG_JOB_PRIORITY_FOREGROUND, &server);
    for (unsigned int i = 0; i < ARRAYSIZE(foreground); i++)
    {
        reaches_state(foreground[i], BG_JOB_STATE_TRANSFERRING, 5000, "foreground job %u runs", i);
        bytes[i] = bits_job_progress(foreground[i]).BytesTransferred;
    }
    bits_job_wait(background[0], RUNS, 5000);
    /* For less than a slice, after which the line changes hands. */
    for (unsigned int looks = 0; looks < 20; looks++)
    {
        running = 0;
        for (unsigned int i = 0; i < ARRAYSIZE(background); i++)
            running += job_runs(background[i]);
        most = max(most, running);
        least = min(least, running);
        Sleep(50);
    }
    is_uint(most, 1, "never more than one background job at a time");
    is_uint(least, 1, "but always one, beside the foreground jobs");
    is_state(background[2], BG_JOB_STATE_QUEUED, "the others are queued");
    for (unsigned int i = 0; i < ARRAYSIZE(foreground); i++)
        ok(bits_job_progress(foreground[i]).BytesTransferred > bytes[i],
                "foreground job %u goes on, side by side", i);
    for (unsigned int i = 0; i < ARRAYSIZE(foreground); i++)
        bits_job_drop(foreground[i]);
    for (unsigned int i = 0; i < ARRAYSIZE(background); i++)
        bits_job_drop(background[i]);
}

/* LOW, NORMAL and HIGH come one after the other; each takes the line, and gives it back. */
static void test_preemption(void)
{
    IBackgroundCopyJob *low, *normal, *high;
    UINT64 bytes;

    low = job_start(L"low.bin", BG_JOB_PRIORITY_LOW, &brief);
    bits_job_wait_bytes(low, 200000, 10000);
    is_state(low, BG_JOB_STATE_TRANSFERRING, "LOW runs alone");
    normal = job_start(L"normal.bin", BG_JOB_PRIORITY_NORMAL, &server);
    reaches_state(normal, BG_JOB_STATE_TRANSFERRING, 3000, "NORMAL takes the line at once");
    is_state(low, BG_JOB_STATE_QUEUED, "LOW is queued");
    high = job_start(L"high.bin", BG_JOB_PRIORITY_HIGH, &server);
    reaches_state(high, BG_JOB_STATE_TRANSFERRING, 3000, "HIGH takes the line at once");
    is_state(normal, BG_JOB_STATE_QUEUED, "NORMAL is queued");
    bytes = bits_job_progress(low).BytesTransferred;
    Sleep(SLICE + 1500);
    is_state(high, BG_JOB_STATE_TRANSFERRING, "HIGH keeps the line beyond its slice");
    is_state(normal, BG_JOB_STATE_QUEUED, "NORMAL has no turn");
    is_uint(bits_job_progress(low).BytesTransferred, bytes, "LOW has none");

    is_hr(IBackgroundCopyJob_Suspend(high), S_OK, "HIGH is suspended");
    reaches_state(normal, BG_JOB_STATE_TRANSFERRING, 3000, "NORMAL goes on");
    is_hr(IBackgroundCopyJob_Cancel(normal), S_OK, "NORMAL is cancelled");
    reaches_state(low, BG_JOB_STATE_TRANSFERRED, 20000, "LOW goes on to its end");
    is_hr(IBackgroundCopyJob_Complete(low), S_OK, "Complete");
    is_file_sha256(harness_scratch(L"low.bin"), brief_sha256, "its file");
    bits_job_drop(low);
    bits_job_drop(normal);
    bits_job_drop(high);
}

static void test_turns(void)
{
    IBackgroundCopyJob *jobs[3];
    unsigned int switches = 0, both = 0, none = 0, runs = 0, longest = 0;
    int running = -1, ran[ARRAYSIZE(jobs)] = {0};
    ULONGLONG begin, since;

    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        jobs[i] = job_start(L"turns.bin", BG_JOB_PRIORITY_NORMAL, &server);
    bits_job_wait(jobs[0], RUNS, 5000);
    begin = since = GetTickCount64();
    while (GetTickCount64() - begin < 4 * SLICE + 1000)
    {
        int now = -1;

        runs = 0;
        for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        {
            if (!job_runs(jobs[i]))
                continue;
            runs++;
            now = (int)i;
        }
        both += runs > 1;
        none += runs == 0;
        if (now >= 0 && now != running)
        {
            if (running >= 0)
            {
                switches++;
                note("job %d had %u ms", running, (unsigned int)(GetTickCount64() - since));
                longest = max(longest, (unsigned int)(GetTickCount64() - since));
            }
            since = GetTickCount64();
            running = now;
            ran[now]++;
        }
        Sleep(20);
    }
    /* Looks are not at one instant, so a change may show as two. */
    ok(both <= switches, "one at a time (%u looks saw two)", both);
    ok(none <= 10 * (switches + 1), "the line is not left idle (%u looks saw none)", none);
    ok(switches >= 3 && switches <= 5, "every five seconds another: %u changes", switches);
    ok(longest < SLICE + 1500, "none has more than its slice (%u ms)", longest);
    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        ok(ran[i] >= 1, "job %u had its turn", i);
    ok(ran[0] >= 2, "and the first one a second one");
    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        bits_job_drop(jobs[i]);
}

/* A job that has the line to itself is not interrupted; a small one behind a large one is soon
 * done. */
static void test_small_behind_large(void)
{
    IBackgroundCopyJob *large = job_start(L"large.bin", BG_JOB_PRIORITY_NORMAL, &server);
    IBackgroundCopyJob *small;

    bits_job_wait(large, STATE_BIT(BG_JOB_STATE_TRANSFERRING), 5000);
    small = job_start(L"small.bin", BG_JOB_PRIORITY_NORMAL, &brief);
    is_state(small, BG_JOB_STATE_QUEUED, "a small job waits behind a large one");
    todo_builtin("no turns")
        reaches_state(small, BG_JOB_STATE_TRANSFERRED, 3 * SLICE + 3000, "but not to its end");
    reaches_state(large, BG_JOB_STATE_TRANSFERRING, 3000, "which goes on then");
    bits_job_drop(small);
    bits_job_drop(large);
}

static void test_set_priority(void)
{
    IBackgroundCopyJob *first = job_start(L"first.bin", BG_JOB_PRIORITY_NORMAL, &server);
    IBackgroundCopyJob *second;

    reaches_state(first, BG_JOB_STATE_TRANSFERRING, 5000, "the first has the line");
    second = job_start(L"second.bin", BG_JOB_PRIORITY_LOW, &server);
    is_state(second, BG_JOB_STATE_QUEUED, "the second, LOW, has not");
    is_hr(IBackgroundCopyJob_SetPriority(second, BG_JOB_PRIORITY_HIGH), S_OK, "it becomes HIGH");
    reaches_state(second, BG_JOB_STATE_TRANSFERRING, 3000, "and takes the line");
    reaches_state(first, BG_JOB_STATE_QUEUED, 1000, "from the first");
    is_hr(IBackgroundCopyJob_SetPriority(second, BG_JOB_PRIORITY_LOW), S_OK,
            "it becomes LOW while it runs");
    reaches_state(first, BG_JOB_STATE_TRANSFERRING, 3000, "the first has the line again");
    reaches_state(second, BG_JOB_STATE_QUEUED, 1000, "the second has not");
    is_hr(IBackgroundCopyJob_SetPriority(second, BG_JOB_PRIORITY_FOREGROUND), S_OK,
            "it becomes FOREGROUND");
    reaches_state(second, BG_JOB_STATE_TRANSFERRING, 3000, "and runs");
    is_state(first, BG_JOB_STATE_TRANSFERRING, "beside the first");
    is_hr(IBackgroundCopyJob_SetPriority(second, BG_JOB_PRIORITY_NORMAL), S_OK,
            "it becomes NORMAL while both run");
    WAIT_UNTIL(job_runs(first) + job_runs(second) == 1, 3000);
    is_int(job_runs(first) + job_runs(second), 1, "then only one of them does");
    bits_job_drop(first);
    bits_job_drop(second);
}

int main(void)
{
    manager = bits_begin();
    harness_nginx_start(&server, "rate=500000");
    harness_make_file(&server, "large.bin", SIZE, "large", NULL);
    harness_nginx_start(&brief, "rate=500000");
    harness_make_file(&brief, "large.bin", 2 << 20, "brief", brief_sha256);
    todo_builtin("one job after the other, in order of their making")
    {
        test_foreground();
        test_preemption();
    }
    if (!builtin_lacks("turns of equal jobs"))
        test_turns();
    test_small_behind_large();
    todo_builtin("one job after the other, in order of their making")
        test_set_priority();
    is_uint(bits_count_files(harness_scratch(L"."), L"BIT*.tmp", NULL), 0,
            "no temporary file is left");
    return bits_end(manager);
}
