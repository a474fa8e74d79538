/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state store when the disk is full, and when the process dies at any of its operations: the
 * file is never the worse for it.
 */
#include "store_bed.h"

#include <stdlib.h>

static void test_disk_full(void)
{
    struct store *store;
    struct model model;
    size_t size;
    BYTE *data;

    remove_all();
    model_init(&model);
    is_hr(open_store(&model, &store), S_OK, "new store");
    is_hr(put(store, NULL, 1, 1, 100, NULL), S_OK, "one record");
    for (disk_left = 0; disk_left < 150; disk_left += 37)
    {
        LONGLONG room = disk_left;
        UINT64 end = bed_end(store);

        is_hr(put(store, NULL, 2, 1, 200, NULL), HRESULT_FROM_WIN32(ERROR_DISK_FULL),
                "the disk is full after %d bytes", (int)room);
        disk_left = -1;
        data = read_journal(&size);
        is_uint(size, end, "nothing of it remains in the file");
        free(data);
        disk_left = room;
    }
    truncate_fails = TRUE;
    disk_left = 60;
    ok(FAILED(put(store, NULL, 3, 1, 200, NULL)), "full, and the remains cannot be removed");
    disk_left = -1;
    ok(FAILED(put(store, NULL, 3, 1, 20, NULL)), "no write while they cannot");
    truncate_fails = FALSE;
    is_hr(put(store, NULL, 4, 1, 20, NULL), S_OK, "then there is room again");
    store_close(store);
    is_hr(open_store(&model, &store), S_OK, "opens");
    is_uint(model.loads, 2, "what was accepted is there, and nothing else");
    ok(value_version(&model, 1) && value_version(&model, 4), "the right ones");
    store_close(store);
    is_uint(count_files(L"*.damaged-*"), 0, "undamaged");
    model_free(&model);
}

static void test_compaction(void)
{
    unsigned int values = 100, wrong = 0;
    UINT64 largest = 0, sequence = 0;
    struct store *store;
    struct model model;

    remove_all();
    model_init(&model);
    is_hr(open_store(&model, &store), S_OK, "new store");
    for (unsigned int i = 0; i < 20000; i++)
    {
        if (FAILED(put(store, &model, i % values, i + 1, 1000, &sequence)))
            wrong++;
        if (bed_end(store) > largest)
            largest = bed_end(store);
        if (i % 1000 == 0 && FAILED(store_flush(store, sequence)))
            wrong++;
    }
    is_uint(wrong, 0, "100 values written 20,000 times");
    ok(model.snapshots > 5 && model.snapshots < 50, "compacted now and then (%u times)",
            model.snapshots);
    ok(largest <= bed_compact_minimum + 2000, "the journal stays small (%u bytes)",
            (unsigned int)largest);
    store_close(store);
    model_clear(&model);
    is_hr(open_store(&model, &store), S_OK, "opens");
    for (unsigned int i = 0; i < values; i++)
    {
        if (!check_value(&model.entries[i]) || value_version(&model, i) != 19900 + i + 1)
            wrong++;
    }
    is_uint(wrong, 0, "with the last values");
    is_uint(count_files(L"*.new"), 0, "no other file is left");

    /* A disk without room for a second journal: the old one goes on. */
    for (unsigned int i = 0; i < 400; i++)
    {
        disk_left = 20000;
        if (FAILED(put(store, &model, i % values, 50000 + i, 1000 + i, NULL)))
            wrong++;
    }
    disk_left = 20000;
    model.snapshots = 0;
    for (unsigned int i = 0; i < 1000; i++)
    {
        disk_left = 20000;
        if (FAILED(put(store, &model, i % values, 60000 + i, 1000, NULL)))
            wrong++;
    }
    disk_left = -1;
    is_uint(wrong, 0, "without room for the new journal, the old one takes the records");
    ok(model.snapshots && model.snapshots < 8, "it is tried now and then (%u times)",
            model.snapshots);
    store_close(store);
    model_clear(&model);
    is_hr(open_store(&model, &store), S_OK, "opens");
    for (unsigned int i = 0; i < values; i++)
    {
        if (!check_value(&model.entries[i]) || value_version(&model, i) != 60900 + i)
            wrong++;
    }
    is_uint(wrong, 0, "with the last values");
    store_close(store);
    model_free(&model);
}

/* Lets the process die at its n-th operation on the disk, for every n of a write which compacts. */
static void test_crash_in_compaction(void)
{
    unsigned int rounds, wrong = 0, done = 0;
    struct model model, after;
    struct store *store;
    size_t size;
    BYTE *data;

    remove_all();
    model_init(&model);
    model_init(&after);
    is_hr(open_store(&model, &store), S_OK, "new store");
    for (unsigned int i = 0; !bed_wants_compaction(store, 2000); i++)
        put(store, &model, i % 50, i + 1, 1000, NULL);
    store_close(store);
    data = read_journal(&size);

    for (rounds = 0; rounds < 30 && !done; rounds++)
    {
        HRESULT hr;

        write_file(journal_path, data, size);
        model_clear(&model);
        if (FAILED(open_store(&model, &store)))
        {
            wrong++;
            continue;
        }
        operations_left = (LONG)rounds;
        model.snapshots = 0;
        hr = put(store, NULL, 60, 1, 1500, NULL);
        done = operations_left > 0;
        operations_left = 0; /* what a dead process would still do to clean up has no effect */
        store_close(store);
        operations_left = -1;
        if (done && (FAILED(hr) || !model.snapshots))
            wrong++;

        model_clear(&after);
        if (FAILED(open_store(&after, &store)))
        {
            wrong++;
            continue;
        }
        store_close(store);
        for (unsigned int i = 0; i < 50; i++)
        {
            if (!check_value(&after.entries[i])
                    || value_version(&after, i) != value_version(&model, i))
                wrong++;
        }
        if (SUCCEEDED(hr) && value_version(&after, 60) != 1)
            wrong++;
        if (count_files(L"*.new"))
            wrong++;
    }
    ok(done, "came to the end of the operations");
    ok(rounds > 3, "there are several (%u)", rounds);
    is_uint(wrong, 0, "death at every one of them leaves the old or the new journal");
    is_uint(count_files(L"*.damaged-*"), 0, "no damage");
    model_free(&model);
    model_free(&after);
    free(data);
}

int main(void)
{
    bed_begin();
    test_disk_full();
    test_compaction();
    test_crash_in_compaction();
    return bed_finish();
}
