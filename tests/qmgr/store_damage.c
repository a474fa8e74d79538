/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state store with a journal that was cut, changed, or is none: what is whole is loaded, what
 * is not is set aside.
 */
#include "store_bed.h"

#include <stdlib.h>

static void test_torn_tail(void)
{
    unsigned int wrong = 0, cuts = 0;
    size_t size, ends[13];
    struct store *store;
    struct model model;
    BYTE *data;

    data = make_journal(12, &size, ends);
    is_uint(ends[12], size, "the journal is as long as the store thinks");
    model_init(&model);
    for (size_t cut = ends[8]; cut <= size; cut++, cuts++)
    {
        unsigned int whole = 0, good = 0;

        while (whole < 12 && ends[whole + 1] <= cut)
            whole++;
        write_file(journal_path, data, cut);
        model_clear(&model);
        if (FAILED(open_store(&model, &store)))
        {
            wrong++;
            continue;
        }
        for (unsigned int i = 0; i < model.count; i++)
            good += check_value(&model.entries[i]);
        if (good != whole || model.count != whole || bed_end(store) != ends[whole])
            wrong++;
        if (FAILED(put(store, NULL, 50, 1, 30, NULL)))
            wrong++;
        store_close(store);
        model_clear(&model);
        if (FAILED(open_store(&model, &store)))
            wrong++;
        else
            store_close(store);
        if (model.count != 51 || !check_value(&model.entries[50]))
            wrong++;
    }
    is_uint(wrong, 0,
            "cut at every byte of the last four frames (%u): whole frames load, "
            "and the next write is good",
            cuts);
    is_uint(count_files(L"*.damaged-*"), 0, "a torn tail is no damage");
    model_free(&model);
    free(data);
}

static void test_flips(void)
{
    unsigned int crashed = 0, lost = 0, false_values = 0, kept = 0, reload = 0;
    size_t size, ends[201];
    struct store *store;
    struct model model;
    BYTE *data, *copy;

    data = make_journal(200, &size, ends);
    copy = malloc(size);
    model_init(&model);
    for (unsigned int round = 0; round < 2000; round++)
    {
        size_t place = random_next((UINT32)size);
        unsigned int hit = 0, good = 0;
        struct journal_loaded loaded;
        struct store_callbacks callbacks = {model_load, model_snapshot, &model};

        memcpy(copy, data, size);
        copy[place] ^= (BYTE)(1u << random_next(8));
        while (hit < 200 && ends[hit + 1] <= place)
            hit++;
        model_clear(&model);
        if (round % 50) /* most rounds in memory, some through the files */
        {
            if (FAILED(journal_load(copy, size, &callbacks, &loaded)))
                crashed++;
            if (!loaded.damaged)
                kept++;
            blob_writer_free(&loaded.clean);
        }
        else
        {
            unsigned int before = count_files(L"*.damaged-*");

            write_file(journal_path, copy, size);
            if (FAILED(open_store(&model, &store)))
            {
                crashed++;
                continue;
            }
            store_close(store);
            if (count_files(L"*.damaged-*") != before + 1)
                kept++;
            model_clear(&model);
            if (FAILED(open_store(&model, &store)))
                crashed++;
            else
                store_close(store);
            if (count_files(L"*.damaged-*") != before + 1)
                reload++;
        }
        for (unsigned int i = 0; i < model.count; i++)
        {
            if (!model.entries[i].data)
                continue;
            if (check_value(&model.entries[i]))
                good++;
            else
                false_values++;
        }
        /* A flip in the header hits no record; otherwise exactly the record it is in is lost. */
        if (good != (place < JOURNAL_HEADER_SIZE ? 200 : 199))
            lost++;
    }
    is_uint(crashed, 0, "2000 flipped bits: every journal opens");
    is_uint(lost, 0, "each costs no more than the record it is in");
    is_uint(false_values, 0, "no wrong value is ever loaded");
    is_uint(kept, 0, "the damage is noticed and the file set aside each time");
    is_uint(reload, 0, "the journal is clean afterwards");
    model_free(&model);
    free(copy);
    free(data);
}

static void test_garbage(void)
{
    struct store *store;
    struct model model;
    unsigned int failures = 0, good = 0;
    size_t size, ends[41];
    BYTE *data, *copy, *journal_data;

    model_init(&model);
    data = malloc(1 << 20);
    for (unsigned int round = 0; round < 300; round++)
    {
        struct store_callbacks callbacks = {model_load, model_snapshot, &model};
        size_t length = random_next(round < 200 ? 300 : 40000);
        struct blob_writer frame = {0};
        struct journal_loaded loaded;

        for (size_t i = 0; i < length; i++)
            data[i] = (BYTE)random_next(256);
        /* With good sums, so that the records are looked at. */
        journal_put_header(&frame, random_next(1000));
        journal_put_frame(&frame, data, length, random_next(100));
        if (length > 40)
        {
            memset(data, 0, 8);
            data[0] = STORE_JOB + (BYTE)random_next(2);
            journal_put_frame(&frame, data, length, 1);
        }
        model_clear(&model);
        if (FAILED(journal_load(frame.data, frame.size, &callbacks, &loaded)))
            failures++;
        else
            blob_writer_free(&loaded.clean);
        blob_writer_free(&frame);
    }
    is_uint(failures, 0, "frames of random contents with good sums do no harm");

    remove_all();
    for (unsigned int i = 0; i < 100000; i++)
        data[i] = (BYTE)random_next(256);
    write_file(journal_path, data, 100000);
    model_clear(&model);
    is_hr(open_store(&model, &store), S_OK, "a file of garbage opens as an empty store");
    is_uint(model.loads, 0, "with no record");
    store_close(store);
    is_uint(count_files(L"*.damaged-*"), 1, "and is kept");
    free(data);

    remove_all();
    write_file(journal_path, "", 0);
    is_hr(open_store(&model, &store), S_OK, "an empty file opens");
    is_hr(put(store, NULL, 1, 1, 10, NULL), S_OK, "and is written to");
    store_close(store);
    model_clear(&model);
    is_hr(open_store(&model, &store), S_OK, "and opens again");
    is_uint(model.loads, 1, "with its record");
    store_close(store);

    /* A hole of zeros, as a power cut leaves it. */
    journal_data = make_journal(40, &size, ends);
    copy = malloc(size);
    memcpy(copy, journal_data, size);
    memset(copy + ends[10], 0, ends[20] - ends[10]);
    write_file(journal_path, copy, size);
    model_clear(&model);
    is_hr(open_store(&model, &store), S_OK, "a journal with ten frames overwritten by zeros opens");
    for (unsigned int i = 0; i < model.count; i++)
        good += model.entries[i].data && check_value(&model.entries[i]);
    is_uint(good, 30, "the 30 before and behind it are there");
    store_close(store);

    /* Records which the client refuses. */
    write_file(journal_path, journal_data, size);
    model_clear(&model);
    model.refuse = 4;
    is_hr(open_store(&model, &store), S_OK, "a journal with ten refused records opens");
    store_close(store);
    model_clear(&model);
    model.refuse = 0;
    is_hr(open_store(&model, &store), S_OK, "and again");
    is_uint(model.loads, 30, "without them");
    store_close(store);
    is_uint(count_files(L"*.damaged-*"), 2, "both files are kept");
    free(copy);
    free(journal_data);
    model_free(&model);
}

static void test_version(void)
{
    size_t size, ends[4];
    struct store *store;
    struct model model;
    UINT32 version = JOURNAL_VERSION + 1, sum;
    BYTE *data;

    data = make_journal(3, &size, ends);
    memcpy(data + 8, &version, sizeof(version));
    sum = crc32_update(0, data, JOURNAL_HEADER_SIZE - 4);
    memcpy(data + JOURNAL_HEADER_SIZE - 4, &sum, sizeof(sum));
    write_file(journal_path, data, size);
    free(data);
    model_init(&model);
    is_hr(open_store(&model, &store), S_OK, "a journal of another version opens");
    is_uint(model.loads, 0, "as an empty one");
    is_uint(count_files(L"*.version-*"), 1, "the old file is set aside");
    is_hr(put(store, NULL, 7, 1, 10, NULL), S_OK, "it can be written to");
    store_close(store);
    is_hr(open_store(&model, &store), S_OK, "it opens again");
    is_uint(model.loads, 1, "with the new record");
    store_close(store);
    model_free(&model);
}

/* Contents made to be slow: each false frame header makes the loader sum a MiB. Without a bound
 * that would take longer than the test may. */
static void test_slow_contents(void)
{
    struct store_callbacks callbacks = {0};
    struct blob_writer data = {0};
    struct journal_loaded loaded;
    struct model model;
    UINT32 words[4] = {0x314d5246, 1 << 20, 1, 0};

    model_init(&model);
    callbacks.load = model_load;
    callbacks.context = &model;
    words[3] = crc32_update(0, words, 12);
    journal_put_header(&data, 0);
    while (data.size < 4 << 20)
        blob_put_bytes(&data, words, sizeof(words));
    is_hr(journal_load(data.data, data.size, &callbacks, &loaded), S_OK,
            "200,000 false frame headers, each of 1 MiB");
    ok(loaded.damaged, "are damage");
    blob_writer_free(&loaded.clean);
    blob_writer_free(&data);
    model_free(&model);
}

int main(void)
{
    bed_begin();
    test_torn_tail();
    test_flips();
    test_garbage();
    test_version();
    test_slow_contents();
    return bed_finish();
}
