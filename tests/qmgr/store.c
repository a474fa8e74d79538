/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state store: what is written is there again, by whatever number of writers, and with however
 * many records.
 */
#include "store_bed.h"

#include <stdlib.h>

static void test_crc(void)
{
    BYTE data[100];
    UINT32 whole, parts;

    is_uint(crc32_update(0, "123456789", 9), 0xcbf43926, "the check value of CRC-32");
    is_uint(crc32_update(0, "", 0), 0, "nothing sums to 0");
    for (unsigned int i = 0; i < sizeof(data); i++)
        data[i] = (BYTE)(i * 37);
    whole = crc32_update(0, data, sizeof(data));
    parts = crc32_update(crc32_update(crc32_update(0, data, 3), data + 3, 14), data + 17, 83);
    is_uint(parts, whole, "in parts as in one");
}

static void test_blob(void)
{
    struct blob_writer writer = {0};
    struct blob_reader reader;
    const GUID guid = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    const void *bytes;
    UINT32 size;
    WCHAR *text;
    GUID got;

    blob_put_u8(&writer, 0xab);
    blob_put_u32(&writer, 0x12345678);
    blob_put_u64(&writer, 0x123456789abcdef0);
    blob_put_guid(&writer, &guid);
    blob_put_wstr(&writer, L"text");
    blob_put_wstr(&writer, L"");
    blob_put_wstr(&writer, NULL);
    blob_put_counted(&writer, "abc", 3);
    ok(!writer.failed, "written");

    blob_reader_init(&reader, writer.data, writer.size);
    is_uint(blob_get_u8(&reader), 0xab, "u8");
    is_uint(blob_get_u32(&reader), 0x12345678, "u32");
    is_uint(blob_get_u64(&reader), 0x123456789abcdef0, "u64");
    got = blob_get_guid(&reader);
    is_guid(&got, &guid, "GUID");
    text = blob_get_wstr(&reader);
    is_wstr(text, L"text", "string");
    free(text);
    text = blob_get_wstr(&reader);
    is_wstr(text, L"", "empty string");
    free(text);
    ok(!blob_get_wstr(&reader), "NULL string");
    bytes = blob_get_counted(&reader, &size);
    is_uint(size, 3, "size of a byte run");
    is_mem(bytes, "abc", 3, "byte run");
    ok(!reader.failed && reader.offset == reader.size, "all read");
    is_uint(blob_get_u32(&reader), 0, "nothing behind the end");
    ok(reader.failed, "and the reader has failed");

    for (size_t cut = 0; cut < writer.size; cut++)
    {
        blob_reader_init(&reader, writer.data, cut);
        blob_get_u8(&reader);
        blob_get_u32(&reader);
        blob_get_u64(&reader);
        blob_get_guid(&reader);
        for (int i = 0; i < 3; i++)
            free(blob_get_wstr(&reader));
        blob_get_counted(&reader, &size);
        if (!reader.failed || size)
        {
            fail("cut at %zu is not noticed", cut);
            break;
        }
    }

    blob_reader_init(&reader,
            "\xff\xff\xff\xff"
            "abcdefgh",
            12);
    ok(!blob_get_wstr(&reader) && reader.failed, "a length beyond the end is refused");
    blob_reader_init(&reader,
            "\xff\xff\xff\xff"
            "abcdefgh",
            12);
    ok(!blob_get_counted(&reader, &size) && reader.failed && !size, "for byte runs too");
    blob_reader_init(&reader, "\3\0\0\0a\0\0\0", 8);
    ok(!blob_get_wstr(&reader) && reader.failed, "a null character in a string is refused");
    blob_writer_free(&writer);
}

static void test_round_trip(void)
{
    struct store_callbacks callbacks = {0};
    struct store_batch batch = {0};
    struct store *store, *second;
    struct store_key key;
    struct model model;
    UINT64 sequence = 0;
    BYTE value[256];
    size_t size;
    HRESULT hr;

    remove_all();
    model_init(&model);
    is_hr(open_store(&model, &store), S_OK, "a new store opens");
    is_uint(model.loads, 0, "and is empty");

    is_hr(store_open(store_folder, &callbacks, &second),
            HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION), "a second one at the same time does not");

    for (unsigned int i = 0; i < 20; i++)
    {
        key = make_key(i);
        size = make_value(value, i, 1, i * 5);
        store_batch_put(&batch, &key, value, size);
    }
    is_hr(store_write(store, &batch, &sequence), S_OK, "a batch of 20 is written");
    ok(!batch.writer.data && !batch.count, "and freed");
    is_hr(store_flush(store, sequence), S_OK, "flushed");

    is_hr(put(store, NULL, 3, 2, 100, &sequence), S_OK, "one of them changes");
    key = make_key(4);
    store_batch_delete(&batch, &key);
    is_hr(store_write(store, &batch, &sequence), S_OK, "another one is deleted");
    is_hr(store_flush(store, sequence), S_OK, "flushed");
    store_close(store);

    is_hr(open_store(&model, &store), S_OK, "it opens again");
    is_uint(model.loads, 22, "all records are replayed");
    is_uint(model.count, 20, "with all keys");
    hr = S_OK;
    for (unsigned int i = 0; i < 20; i++)
    {
        struct store_key expected = make_key(i);

        if (i == 4)
            ok(!model.entries[i].data, "the deleted one is gone");
        else if (!check_value(&model.entries[i])
                || memcmp(&model.entries[i].key, &expected, sizeof(expected)))
            hr = E_FAIL;
    }
    is_hr(hr, S_OK, "all others are as they were written");
    is_uint(value_version(&model, 3), 2, "the changed one has its last value");
    store_close(store);

    model_clear(&model);
    model.load_result = E_OUTOFMEMORY;
    is_hr(open_store(&model, &store), E_OUTOFMEMORY, "no memory for loading is no damage");
    is_uint(count_files(L"*.damaged-*"), 0, "nothing is set aside for it");
    model_free(&model);
}

struct flusher
{
    struct store *store;
    struct model *model;
    SRWLOCK *lock;
    unsigned int first;
    LONG *failures;
};

static DWORD WINAPI flusher_thread(void *context)
{
    struct flusher *flusher = context;

    for (unsigned int i = 0; i < 50; i++)
    {
        UINT64 sequence;
        HRESULT hr;

        AcquireSRWLockExclusive(flusher->lock);
        hr = put(flusher->store, flusher->model, flusher->first + i % 4, i + 1, 5000, &sequence);
        ReleaseSRWLockExclusive(flusher->lock);
        if (FAILED(hr) || FAILED(store_flush(flusher->store, sequence))
                || bed_durable(flusher->store) < sequence)
            InterlockedIncrement(flusher->failures);
    }
    return 0;
}

static void test_group_flush(void)
{
    struct flusher flushers[8];
    SRWLOCK lock = SRWLOCK_INIT;
    HANDLE threads[8];
    struct store *store;
    struct model model;
    LONG failures = 0;
    unsigned int wrong = 0;

    remove_all();
    model_init(&model);
    is_hr(open_store(&model, &store), S_OK, "new store");
    flush_count = 0;
    for (unsigned int i = 0; i < 8; i++)
    {
        flushers[i] = (struct flusher){store, &model, &lock, i * 4, &failures};
        threads[i] = CreateThread(NULL, 0, flusher_thread, &flushers[i], 0, NULL);
    }
    is_uint(WaitForMultipleObjects(8, threads, TRUE, 60000), WAIT_OBJECT_0,
            "8 writers come to an end");
    for (unsigned int i = 0; i < 8; i++)
        CloseHandle(threads[i]);
    is_int(failures, 0, "each write was on the disk when its flush returned");
    note("400 durable writes by 8 threads took %ld flushes", flush_count);
    ok(flush_count <= 400, "never more flushes than writes");
    store_close(store);
    model_clear(&model);
    is_hr(open_store(&model, &store), S_OK, "opens");
    for (unsigned int i = 0; i < 32; i++)
        wrong += !check_value(&model.entries[i]);
    is_uint(wrong, 0, "all there");
    store_close(store);
    model_free(&model);
}

/* 10,000 jobs with a file each, of the size real ones have. */
static void test_many(void)
{
    LARGE_INTEGER frequency, start, end;
    struct store *store;
    struct model model;
    unsigned int wrong = 0;

    remove_all();
    QueryPerformanceFrequency(&frequency);
    model_init(&model);
    is_hr(open_store(&model, &store), S_OK, "new store");
    QueryPerformanceCounter(&start);
    for (unsigned int i = 0; i < 16000; i++)
        wrong += FAILED(put(store, &model, i, 1, 600, NULL));
    QueryPerformanceCounter(&end);
    is_uint(wrong, 0, "16,000 records written");
    note("written in %u ms, with %u snapshots",
            (unsigned int)((end.QuadPart - start.QuadPart) * 1000 / frequency.QuadPart),
            model.snapshots);
    QueryPerformanceCounter(&start);
    is_hr(bed_compact(store), S_OK, "compacts");
    QueryPerformanceCounter(&end);
    note("a snapshot of them takes %u ms",
            (unsigned int)((end.QuadPart - start.QuadPart) * 1000 / frequency.QuadPart));
    store_close(store);
    model_clear(&model);
    QueryPerformanceCounter(&start);
    is_hr(open_store(&model, &store), S_OK, "opens");
    QueryPerformanceCounter(&end);
    is_uint(model.loads, 16000, "all loaded");
    note("loaded in %u ms",
            (unsigned int)((end.QuadPart - start.QuadPart) * 1000 / frequency.QuadPart));
    store_close(store);
    model_free(&model);
}

static void test_paths(void)
{
    WCHAR saved[MAX_PATH], file[MAX_PATH];
    struct store *store;
    struct model model;

    model_init(&model);
    memcpy(saved, store_folder, sizeof(saved));
    swprintf(store_folder, MAX_PATH, L"%ls\\a\\b c\\\x00e4\x4e2d", bed_folder);
    is_hr(open_store(&model, &store), S_OK, "missing directories are made");
    store_close(store);
    remove_all();
    RemoveDirectoryW(store_folder);
    swprintf(store_folder, MAX_PATH, L"%ls\\a\\b c", bed_folder);
    RemoveDirectoryW(store_folder);
    swprintf(store_folder, MAX_PATH, L"%ls\\a", bed_folder);
    RemoveDirectoryW(store_folder);
    swprintf(file, MAX_PATH, L"%ls\\file", bed_folder);
    write_file(file, "x", 1);
    swprintf(store_folder, MAX_PATH, L"%ls\\file", bed_folder);
    ok(FAILED(open_store(&model, &store)), "a file in the place of the directory is an error");
    DeleteFileW(file);
    memcpy(store_folder, saved, sizeof(saved));
    model_free(&model);
}

int main(void)
{
    bed_begin();
    test_crc();
    test_blob();
    test_round_trip();
    test_group_flush();
    test_many();
    test_paths();
    return bed_finish();
}
