/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service is killed (SIGKILL) a hundred times, at random moments of a job of 256 MiB. Every
 * time it goes on from the last byte it had written; in the end the file is the right one.
 */
#include <stdlib.h>
#include <string.h>

#include "bits_client.h"

TAP_TIME_LIMIT(360);

#define ROUNDS 100
#define SIZE (256u << 20)
#define RATE 7000000 /* bytes a second: the rounds take most of the file */
#define SHORTEST 50  /* ms of transfer until the kill */
#define LONGEST 800
#define EARLY 10 /* each tenth kill does not wait for the transfer to go on */

static IBackgroundCopyManager *manager;
/* Size of the temporary file when the service was killed. */
static UINT64 positions[ROUNDS];

/* The look comes while the service is stopped: the activator starts it again as soon as it is dead,
 * and then the file grows. */
static void kill_service(const WCHAR *folder, unsigned int round)
{
    unsigned int killed;
    UINT64 size;

    harness_do("service pause");
    size = bits_temp_size(folder);
    killed = harness_service_kill();
    if (killed != 1)
        fail("%u processes were killed", killed);
    if (size != BG_SIZE_UNKNOWN)
        positions[round] = size;
}

static unsigned int random_delay(unsigned int *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return SHORTEST + (*seed >> 8) % (LONGEST - SHORTEST);
}

/* One round: waits until the transfer goes on, kills, finds the job again. Returns whether all
 * worked. */
static bool run_round(unsigned int round, const GUID *id, const WCHAR *folder, unsigned int *seed)
{
    IBackgroundCopyJob *job = bits_job_find(manager, id);
    int state = bits_job_state(job);
    bool good = job != NULL;

    if (good && round % EARLY != EARLY - 1)
    {
        state = bits_job_wait(job,
                STATE_BIT(BG_JOB_STATE_TRANSFERRING) | STATE_BIT(BG_JOB_STATE_TRANSFERRED), 20000);
        if (state != BG_JOB_STATE_TRANSFERRING)
        {
            note("round %u: the job does not go on", round);
            bits_job_describe(job);
            good = false;
        }
        else if (bits_job_progress(job).BytesTransferred < (round ? positions[round - 1] : 0))
        {
            note("round %u: the progress went back", round);
            good = false;
        }
    }
    Sleep(random_delay(seed));
    if (job)
        IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    kill_service(folder, round);
    manager = bits_connect();
    return good;
}

static unsigned int count_positions(UINT64 position)
{
    unsigned int count = position == 0; /* the first request */

    for (unsigned int i = 0; i < ROUNDS; i++)
        count += positions[i] == position;
    return count;
}

/* Each request starts where the temporary file ended at a kill, and not more of them than there
 * were such kills: nothing that was written is fetched again. */
static void check_log(const struct harness_server *server)
{
    struct harness_reply *log = harness_server_log(server, 2);
    unsigned int backwards = 0, strange = 0, repeated = 0, whole = 0;
    UINT64 previous = 0, sent = 0;

    for (unsigned int i = 0; i < log->line_count; i++)
    {
        UINT64 start = bits_range_start(log->lines[i]);
        unsigned int same = 0;

        sent += _strtoui64(harness_text_value(log->lines[i], "body"), NULL, 10);
        whole += !strcmp(harness_text_value(log->lines[i], "status"), "200");
        backwards += start < previous;
        previous = start;
        for (unsigned int j = 0; j < log->line_count; j++)
            same += bits_range_start(log->lines[j]) == start;
        strange += !count_positions(start);
        repeated += same > count_positions(start);
    }
    note("%u requests, %u of them for the whole file", log->line_count, whole);
    is_uint(backwards, 0, "no range starts before an earlier one");
    is_uint(strange, 0, "each starts where the temporary file ended when the service was killed");
    is_uint(repeated, 0, "none more often than there were kills at that position");
    note("%llu bytes were sent for a file of %u: overhead %.2f percent", (unsigned long long)sent,
            SIZE, 100.0 * ((double)sent - SIZE) / SIZE);
    note("(sent means handed to the server's socket; what was on its way at a kill is in it)");
    ok(sent >= SIZE, "the server sent the whole file");
    harness_reply_free(log);
}

int main(void)
{
    const WCHAR *folder;
    struct harness_server server;
    IBackgroundCopyJob *job;
    unsigned int good = 0, progressed = 0, seed = GetTickCount();
    ULONGLONG begin;
    GUID id;

    manager = bits_begin();
    if (builtin_lacks("jobs which outlive the service"))
        return bits_end(manager);
    folder = bits_folder(L"crash");
    harness_server_start(&server, "kind=slow rate=3000000 size=268435456 seed=crash");
    job = bits_job_create(manager, L"crash");
    id = bits_job_id(job);
    bits_job_add(job, &server, L"file", L"crash\\file.bin");
    is_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job, 5), S_OK, "SetMinimumRetryDelay");
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    IBackgroundCopyJob_Release(job);

    note("random seed %u", seed);
    begin = GetTickCount64();
    for (unsigned int round = 0; round < ROUNDS; round++)
    {
        good += run_round(round, &id, folder, &seed);
        progressed += round && positions[round] > positions[round - 1];
    }
    note("%u rounds in %u s; %u of them brought something", ROUNDS,
            (unsigned int)((GetTickCount64() - begin) / 1000), progressed);
    is_uint(good, ROUNDS, "after each of %u kills the job went on", ROUNDS);
    ok(progressed > ROUNDS / 2, "and most rounds brought it further");

    job = bits_job_find(manager, &id);
    note("%llu bytes after the last kill", (unsigned long long)positions[ROUNDS - 1]);
    reaches_state(job, BG_JOB_STATE_TRANSFERRED, 90000, "the job comes to its end");
    is_uint(bits_job_error_count(job), 0, "without errors");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "Complete");
    is_file_sha256(harness_scratch(L"crash\\file.bin"), server.sha256, "the file is whole");
    is_uint(bits_count_files(folder, L"*", NULL), 1, "and alone");
    IBackgroundCopyJob_Release(job);
    check_log(&server);
    is_uint(bits_count_jobs(manager), 0, "no job is left");
    harness_server_stop(&server);
    return bits_end(manager);
}
