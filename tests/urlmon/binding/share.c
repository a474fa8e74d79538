/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What bindings of different priorities get, counted in deliveries and bytes: the data of all of
 * them are there before the first is delivered, so that it is the download manager alone which
 * decides. docs/urlmon.md, "Priorities"; page IBinding::SetPriority.
 */
#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "tap.h"
#include "test_protocol.h"

TAP_TIME_LIMIT(180);

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)
#define PUSH (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE)
#define MEGABYTE (1u << 20)
#define MOST 6

/* One that has a lower priority is behind so many deliveries of higher ones, at most. */
#define SHARE 16

static struct client clients[MOST];
static unsigned int client_count;

/* The deliveries in their order, and how much each had read with it. */
static struct
{
    unsigned int who;
    ULONGLONG received;
} turns[20000];
static unsigned int turn_count;

static void note_turn(struct client *client, DWORD bscf)
{
    (void)bscf;
    if (turn_count == ARRAYSIZE(turns))
        return;
    turns[turn_count].who = (unsigned int)(client - clients);
    turns[turn_count++].received = client->received;
}

struct wanted
{
    LONG priority;
    ULONG size;
};

static void run(const struct wanted *wanted, unsigned int count, DWORD bindf,
        void (*on_data)(struct client *client, DWORD bscf), const char *what)
{
    ULONGLONG end = GetTickCount64() + 60000;
    WCHAR url[128];

    client_count = count;
    turn_count = 0;
    test_protocols_reported = 0;
    for (unsigned int i = 0; i < count; i++)
    {
        client_open(&clients[i]);
        clients[i].bindf = bindf;
        clients[i].seed = i + 1;
        clients[i].read_at_once = 64 << 10;
        clients[i].priority = wanted[i].priority;
        clients[i].on_data = on_data;
        swprintf(url, ARRAYSIZE(url), L"bindtest:seed=%u,size=%lu,chunk=%lu,buffer=%lu", i + 1,
                wanted[i].size, wanted[i].size, wanted[i].size);
        client_bind(&clients[i], url);
    }
    while (test_protocols_reported < (LONG)count && GetTickCount64() < end)
        Sleep(5);
    is_int(test_protocols_reported, count, "%s: all is there", what);
    for (unsigned int i = 0; i < count; i++)
    {
        ok(client_wait(&clients[i]), "%s: binding %u ends", what, i);
        client_check(&clients[i], what);
        is_hr(clients[i].result, S_OK, "%s: result of %u", what, i);
        is_uint(clients[i].received, wanted[i].size, "%s: bytes of %u", what, i);
        client_close(&clients[i], what);
    }
}

/* The last delivery of a binding, as an index of turns. */
static unsigned int last_turn(unsigned int who)
{
    unsigned int last = 0;

    for (unsigned int t = 0; t < turn_count; t++)
    {
        if (turns[t].who == who)
            last = t;
    }
    return last;
}

/* Up to `end`: the most deliveries of others between two of those of a priority below `priority`
 * and at least `from`, as long as they have something left. */
static unsigned int longest_wait(const struct wanted *wanted, LONG from, LONG priority,
        unsigned int end)
{
    unsigned int longest = 0, since = 0;

    for (unsigned int t = 0; t < end; t++)
    {
        LONG of = wanted[turns[t].who].priority;

        since = of >= from && of < priority ? 0 : since + 1;
        longest = max(longest, since);
    }
    return longest;
}

/* What a binding has read, and how many deliveries it had, before an index of turns. */
static ULONGLONG received_before(unsigned int who, unsigned int end, unsigned int *deliveries)
{
    ULONGLONG received = 0;

    *deliveries = 0;
    for (unsigned int t = 0; t < end; t++)
    {
        if (turns[t].who != who)
            continue;
        received = turns[t].received;
        ++*deliveries;
    }
    return received;
}

static void test_two(DWORD bindf, const char *what)
{
    static const struct wanted wanted[2] = {{THREAD_PRIORITY_NORMAL, 8 * MEGABYTE},
            {THREAD_PRIORITY_HIGHEST, 48 * MEGABYTE}};
    unsigned int low, high, end;
    ULONGLONG low_bytes, high_bytes;

    run(wanted, 2, bindf, note_turn, what);
    end = last_turn(1);
    low_bytes = received_before(0, end, &low);
    high_bytes = received_before(1, end + 1, &high);
    note("%s: highest %u deliveries, %llu bytes; normal meanwhile %u, %llu: %.2f %% of the bytes",
            what, high, high_bytes, low, low_bytes,
            100.0 * (double)low_bytes / (double)(low_bytes + high_bytes));
    ok(turn_count && turns[0].who == 1, "%s: the highest is first, though it bound last", what);
    ok(end < last_turn(0), "%s: and ends first", what);
    ok(longest_wait(wanted, THREAD_PRIORITY_NORMAL, THREAD_PRIORITY_HIGHEST, end) < SHARE,
            "%s: the lower one is behind %u deliveries at most", what,
            longest_wait(wanted, THREAD_PRIORITY_NORMAL, THREAD_PRIORITY_HIGHEST, end));
    ok(low_bytes <= high_bytes / 4 + MEGABYTE, "%s: its share of the bytes is small", what);
}

/* Those below share what is left to them by the same rule. */
static void test_three(void)
{
    static const struct wanted wanted[3] = {{THREAD_PRIORITY_LOWEST, 2 * MEGABYTE},
            {THREAD_PRIORITY_NORMAL, 16 * MEGABYTE}, {THREAD_PRIORITY_HIGHEST, 100 * MEGABYTE}};
    unsigned int counts[3], end;
    ULONGLONG bytes[3];

    run(wanted, 3, PULL, note_turn, "three");
    end = last_turn(2);
    for (unsigned int i = 0; i < 3; i++)
        bytes[i] = received_before(i, i == 2 ? end + 1 : end, &counts[i]);
    note("highest, normal, lowest: %u %u %u deliveries, %llu %llu %llu bytes", counts[2], counts[1],
            counts[0], bytes[2], bytes[1], bytes[0]);
    ok(turn_count && turns[0].who == 2, "three: the highest is first");
    ok(longest_wait(wanted, THREAD_PRIORITY_LOWEST, THREAD_PRIORITY_HIGHEST, end) < SHARE,
            "three: those below wait for %u at most",
            longest_wait(wanted, THREAD_PRIORITY_LOWEST, THREAD_PRIORITY_HIGHEST, end));
    ok(longest_wait(wanted, THREAD_PRIORITY_LOWEST, THREAD_PRIORITY_NORMAL, end) < SHARE * SHARE,
            "three: the lowest waits for %u at most",
            longest_wait(wanted, THREAD_PRIORITY_LOWEST, THREAD_PRIORITY_NORMAL, end));
    ok(counts[0] > 0, "three: the lowest has had something");
    ok(counts[2] > counts[1] && counts[1] >= counts[0], "three: the higher the more");
}

static void test_even(DWORD bindf, const char *what)
{
    static const struct wanted wanted[4] = {{0, 8 * MEGABYTE}, {0, 8 * MEGABYTE}, {0, 8 * MEGABYTE},
            {0, 8 * MEGABYTE}};
    unsigned int counts[4] = {0}, uneven = 0, end;

    run(wanted, 4, bindf, note_turn, what);
    end = last_turn(0);
    for (unsigned int i = 1; i < 4; i++)
        end = min(end, last_turn(i));
    for (unsigned int t = 0; t < end; t++)
    {
        unsigned int least = MAXDWORD, most = 0;

        counts[turns[t].who]++;
        for (unsigned int i = 0; i < 4; i++)
        {
            least = min(least, counts[i]);
            most = max(most, counts[i]);
        }
        uneven += most - least > 1;
    }
    note("%s: %u %u %u %u deliveries when the first ended", what, counts[0], counts[1], counts[2],
            counts[3]);
    is_int(uneven, 0, "%s: nobody is ever ahead by more than one delivery", what);
}

static unsigned int raised_at;

static void raise_at_fifth(struct client *client, DWORD bscf)
{
    note_turn(client, bscf);
    if (client == &clients[1] && client->datas == 5)
    {
        is_hr(IBinding_SetPriority(client->binding, THREAD_PRIORITY_HIGHEST), S_OK, "SetPriority");
        raised_at = turn_count;
    }
}

/* SetPriority counts from the next delivery on. */
static void test_raise(void)
{
    static const struct wanted wanted[2] = {{0, 24 * MEGABYTE}, {0, 24 * MEGABYTE}};
    unsigned int end, before, after, other;

    run(wanted, 2, PULL, raise_at_fifth, "raised");
    end = last_turn(1);
    received_before(0, raised_at, &before);
    received_before(0, end, &after);
    received_before(1, end, &other);
    ok(before == 4 || before == 5, "raised: as many deliveries before that: %u", before);
    note("raised: %u deliveries against %u afterwards", after - before, other - 5);
    ok(after - before <= other - 5, "raised: fewer for the other afterwards");
    ok(turn_count > raised_at && turns[raised_at].who == 1, "raised: the next is its own");
}

/* Priorities that no thread has count as the nearest that one can have. */
static void test_odd_priorities(void)
{
    static const struct wanted wanted[3] = {{MINLONG, MEGABYTE}, {-100, MEGABYTE},
            {MAXLONG, 4 * MEGABYTE}};

    run(wanted, 3, PULL, note_turn, "odd priorities");
    ok(turn_count && turns[0].who == 2, "odd priorities: the highest is first");
}

int main(void)
{
    static const struct wanted small[2] = {{0, 1000}, {1, 1000}};

    /* Page "Callback Synchronization". */
    if (builtin_lacks("priorities of bindings"))
        return done_testing();
    CoInitialize(NULL);
    test_protocol_open(2);
    run(small, 2, PUSH, note_turn, "warm-up");
    tap_account_begin();
    test_two(PULL, "pull");
    test_two(PUSH, "push");
    test_three();
    test_even(PULL, "equal, pull");
    test_even(PUSH, "equal, push");
    test_raise();
    test_odd_priorities();
    tap_account_end("shares");
    is_int(test_protocols_running, 0, "protocols not terminated");
    test_protocol_close();
    CoUninitialize();
    return done_testing();
}
