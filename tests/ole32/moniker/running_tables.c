/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of running objects that a process shows to others, by itself: what has been added is
 * found, what has been removed is not, and readers see whole entries while it changes.
 */
#include <windows.h>

#include "tap.h"

#include "running_tables.h"

TAP_TIME_LIMIT(180);

#define ENTRIES 2000
#define STEPS 100000
#define CHURN 40000
#define READERS 2
#define STEADY 20 /* entries which are there all the time */

static struct running_place places[ENTRIES];
static ULONG turns[ENTRIES];
static ULONG random_state = 20261122;

static ULONG random_below(ULONG limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

/* Entries that are in the table as it is now, and those which are not as they should be. */
static void count_entries(ULONG *found, ULONG *wrong)
{
    struct running_view view;
    struct running_copy copy;
    struct running_key key;
    LONG generation;
    const void *data = tables_view(&view, &generation);

    *found = *wrong = 0;
    for (ULONG i = 0; data && i < ENTRIES; i++)
    {
        ULONG step = 0, entries = 0;

        tables_key(i, &key);
        while (running_view_find(&view, &key, &step, &copy))
        {
            *wrong += !tables_copy_is_whole(&copy, i) || copy.time.dwHighDateTime != turns[i];
            running_copy_free(&copy);
            entries++;
        }
        *wrong += entries != (ULONG)places[i].placed;
        *found += entries;
    }
    if (data)
        UnmapViewOfFile(data);
}

static ULONG count_all(void)
{
    struct running_view view;
    ULONG step = 0, count = 0;
    LONG generation;
    const void *data = tables_view(&view, &generation);

    while (data && running_view_next(&view, &step, NULL))
        count++;
    if (data)
        UnmapViewOfFile(data);
    return count;
}

/* Random steps; fewer and fewer entries towards the end of each half. */
static void test_model(void)
{
    ULONG live = 0, found, wrong, failed = 0;

    for (ULONG i = 0; i < STEPS; i++)
    {
        ULONG number = random_below(i / (STEPS / 4) % 2 ? ENTRIES : ENTRIES / 20);

        if (places[number].placed)
        {
            running_share_remove(&places[number]);
            live--;
        }
        else
        {
            turns[number] = i;
            failed += tables_add(&places[number], number, i) != S_OK;
            live++;
        }
        if (i % (STEPS / 10) == 0)
        {
            count_entries(&found, &wrong);
            is_uint(found, live, "after %lu steps all are found", i);
            is_uint(wrong, 0, "as they were added");
            is_uint(count_all(), live, "and no others");
        }
    }
    is_uint(failed, 0, "all could be added");
    for (ULONG i = 0; i < ENTRIES; i++)
        running_share_remove(&places[i]);
    is_uint(count_all(), 0, "all are gone");
}

static void test_times(void)
{
    struct running_view view;
    struct running_copy copy = {0};
    struct running_key key;
    ULONG step = 0;
    LONG generation;
    const void *data;
    FILETIME time = {7, 7};

    tables_add(&places[5], 5, 1);
    running_share_set_time(&places[5], &time);
    data = tables_view(&view, &generation);
    tables_key(5, &key);
    ok(data && running_view_find(&view, &key, &step, &copy), "an entry");
    is_uint(copy.time.dwLowDateTime, 7, "with its new time");
    running_copy_free(&copy);
    ok(!running_view_find(&view, &key, &step, &copy), "there is one of it");
    running_share_remove(&places[5]);
    step = 0;
    ok(!running_view_find(&view, &key, &step, NULL), "then none");
    running_share_set_time(&places[5], &time);
    if (data)
        UnmapViewOfFile(data);
}

/* Several of one name. */
static void test_same(void)
{
    struct running_view view;
    struct running_key key;
    ULONG step = 0, count = 0;
    LONG generation;
    const void *data;

    for (ULONG i = 0; i < 500; i++)
        tables_add(&places[i], 11, i);
    data = tables_view(&view, &generation);
    tables_key(11, &key);
    while (data && running_view_find(&view, &key, &step, NULL))
        count++;
    is_uint(count, 500, "all of one name");
    if (data)
        UnmapViewOfFile(data);
    for (ULONG i = 0; i < 500; i++)
        running_share_remove(&places[i]);
}

/* ---- readers ---- */

static volatile LONG stop;

struct reader
{
    ULONG looks, torn, missing;
};

static DWORD WINAPI reader_run(void *argument)
{
    struct reader *reader = argument;
    struct running_view view;
    struct running_copy copy;
    struct running_key key;
    const void *data = NULL;
    LONG generation = 0;

    while (!stop)
    {
        ULONG number = reader->looks++ % (STEADY * 2), step = 0;
        bool found;

        if (!data || generation != __atomic_load_n(&tables_head->generation, __ATOMIC_ACQUIRE))
        {
            if (data)
                UnmapViewOfFile(data);
            data = tables_view(&view, &generation);
            if (!data)
                continue;
        }
        tables_key(number, &key);
        found = running_view_find(&view, &key, &step, &copy);
        if (found)
        {
            reader->torn += !tables_copy_is_whole(&copy, number);
            running_copy_free(&copy);
        }
        reader->missing += !found && number < STEADY;
    }
    if (data)
        UnmapViewOfFile(data);
    return 0;
}

static void test_readers(void)
{
    struct reader readers[READERS] = {0};
    HANDLE threads[READERS];

    for (ULONG i = 0; i < STEADY; i++)
        tables_add(&places[i], i, i);
    for (int i = 0; i < READERS; i++)
        threads[i] = CreateThread(NULL, 0, reader_run, &readers[i], 0, NULL);
    for (ULONG i = 0; i < CHURN; i++)
    {
        ULONG number = STEADY + random_below(i % 8000 < 4000 ? STEADY : ENTRIES - STEADY);

        if (places[number].placed)
            running_share_remove(&places[number]);
        else
            tables_add(&places[number], number, i);
    }
    stop = TRUE;
    for (int i = 0; i < READERS; i++)
    {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
        note("%lu looks", readers[i].looks);
        is_uint(readers[i].torn, 0, "no entry is seen in parts");
        is_uint(readers[i].missing, 0, "and those which are there are found");
    }
    for (ULONG i = 0; i < ENTRIES; i++)
        running_share_remove(&places[i]);
}

int main(void)
{
    if (builtin_lacks("a table of ours"))
        return done_testing();
    is_hr(tables_add(&places[0], 0, 0), S_OK, "an entry");
    ok(tables_open(), "the table can be read");
    running_share_remove(&places[0]);
    test_times();
    test_same();
    test_model();
    tap_account_begin();
    test_model();
    test_readers();
    tap_account_end("tables of running objects");
    return done_testing();
}
