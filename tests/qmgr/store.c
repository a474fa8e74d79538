/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state store: what is written is there again, whatever happens to the process, the disk or the
 * file. The store's sources are compiled into this program with the file functions replaced, so
 * that a test can let the disk be full, or let the process "die" at any of its operations.
 */
#include <windows.h>

#include <stdint.h>
#include <stdlib.h>

#include "tap.h"

/* Counts down at every operation that changes the disk; from 0 on all of them fail, as if the
 * process had died there: whatever it tries later has no effect. Negative: never. */
static LONG operations_left = -1;
/* Bytes that the disk still takes; negative: no limit. */
static LONGLONG disk_left = -1;
static BOOL truncate_fails;
static LONG flush_count;

static BOOL fault_died(void)
{
    if (operations_left < 0)
        return FALSE;
    if (operations_left == 0)
    {
        SetLastError(ERROR_GEN_FAILURE);
        return TRUE;
    }
    operations_left--;
    return FALSE;
}

static BOOL fault_WriteFile(HANDLE file, const void *data, DWORD size, DWORD *written,
        OVERLAPPED *at)
{
    BOOL ret;

    if (operations_left == 1 && size > 1) /* dies in the middle of the write */
    {
        operations_left = 0;
        WriteFile(file, data, size / 2, written, at);
        SetLastError(ERROR_GEN_FAILURE);
        return FALSE;
    }
    if (fault_died())
        return FALSE;
    if (disk_left >= 0 && size > disk_left)
    {
        ret = WriteFile(file, data, (DWORD)disk_left, written, at);
        disk_left = 0;
        SetLastError(ERROR_DISK_FULL);
        return ret && *written;
    }
    if (disk_left >= 0)
        disk_left -= size;
    return WriteFile(file, data, size, written, at);
}

static BOOL fault_SetEndOfFile(HANDLE file)
{
    if (truncate_fails)
    {
        SetLastError(ERROR_GEN_FAILURE);
        return FALSE;
    }
    return !fault_died() && SetEndOfFile(file);
}

static BOOL fault_FlushFileBuffers(HANDLE file)
{
    if (fault_died())
        return FALSE;
    InterlockedIncrement(&flush_count);
    return FlushFileBuffers(file);
}

static BOOL fault_MoveFileExW(const WCHAR *from, const WCHAR *to, DWORD flags)
{
    return !fault_died() && MoveFileExW(from, to, flags);
}

static BOOL fault_DeleteFileW(const WCHAR *path)
{
    if (disk_left == 0)
        disk_left = 20000; /* what the file has taken is free again */
    return !fault_died() && DeleteFileW(path);
}

static BOOL fault_CopyFileW(const WCHAR *from, const WCHAR *to, BOOL exists)
{
    return !fault_died() && CopyFileW(from, to, exists);
}

#define WriteFile fault_WriteFile
#define SetEndOfFile fault_SetEndOfFile
#define FlushFileBuffers fault_FlushFileBuffers
#define MoveFileExW fault_MoveFileExW
#define DeleteFileW fault_DeleteFileW
#define CopyFileW fault_CopyFileW
#include "../../dlls/qmgr/store/batch.c"
#include "../../dlls/qmgr/store/journal_file.c"
#include "../../dlls/qmgr/store/journal_frame.c"
#include "../../dlls/qmgr/store/journal_load.c"
#include "../../dlls/qmgr/store/store.c"
#undef WriteFile
#undef SetEndOfFile
#undef FlushFileBuffers
#undef MoveFileExW
#undef DeleteFileW
#undef CopyFileW

static WCHAR base[MAX_PATH], directory[MAX_PATH], journal[MAX_PATH];

/* ---- a model of the client: values by key ---- */

#define MODEL_MAX 16384

struct model
{
    struct model_entry
    {
        struct store_key key;
        BYTE *data; /* NULL: deleted */
        size_t size;
    } * entries;
    unsigned int count;
    unsigned int refuse; /* n: every n-th record is refused by the load callback */
    unsigned int loads, snapshots;
    HRESULT load_result;
};

static void model_init(struct model *model)
{
    memset(model, 0, sizeof(*model));
    model->entries = calloc(MODEL_MAX, sizeof(*model->entries));
}

static void model_clear(struct model *model)
{
    for (unsigned int i = 0; i < model->count; i++)
        free(model->entries[i].data);
    memset(model->entries, 0, model->count * sizeof(*model->entries));
    model->count = model->loads = model->snapshots = 0;
}

static void model_free(struct model *model)
{
    model_clear(model);
    free(model->entries);
}

/* Keys of the tests are numbered: Data1 of the job's GUID. The number is the place in the table. */
static struct store_key make_key(unsigned int number)
{
    struct store_key key = {STORE_JOB, {number, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}}, 0};

    if (number & 1)
    {
        key.type = STORE_FILE;
        key.file = number;
    }
    return key;
}

static struct model_entry *model_find(struct model *model, const struct store_key *key, BOOL create)
{
    unsigned int number = key->job.Data1;

    if (number >= MODEL_MAX)
        return NULL;
    if (number >= model->count)
    {
        if (!create)
            return NULL;
        model->count = number + 1;
    }
    return &model->entries[number];
}

static void model_set(struct model *model, const struct store_key *key, const void *data,
        size_t size)
{
    struct model_entry *entry = model_find(model, key, TRUE);

    free(entry->data);
    entry->key = *key;
    entry->data = NULL;
    entry->size = size;
    if (data)
    {
        entry->data = malloc(size + 1);
        memcpy(entry->data, data, size);
    }
}

static HRESULT model_load(void *context, const struct store_key *key, const void *payload,
        size_t size)
{
    struct model *model = context;

    model->loads++;
    if (FAILED(model->load_result))
        return model->load_result;
    if (model->refuse && model->loads % model->refuse == 0)
        return E_INVALIDARG;
    if (!model_find(model, key, TRUE))
        return E_INVALIDARG;
    model_set(model, key, payload, size);
    return S_OK;
}

static void model_snapshot(void *context, struct store_batch *batch)
{
    struct model *model = context;

    model->snapshots++;
    for (unsigned int i = 0; i < model->count; i++)
    {
        if (model->entries[i].data)
            store_batch_put(batch, &model->entries[i].key, model->entries[i].data,
                    model->entries[i].size);
    }
}

static HRESULT open_store(struct model *model, struct store **store)
{
    struct store_callbacks callbacks = {model_load, model_snapshot, model};

    return store_open(directory, &callbacks, store);
}

/* Data which can be checked without knowing more than itself: number, version, length, pattern. */
static size_t make_value(BYTE *value, UINT32 number, UINT32 version, UINT32 length)
{
    UINT32 words[3] = {number, version, length};

    memcpy(value, words, sizeof(words));
    for (UINT32 i = 0; i < length; i++)
        value[sizeof(words) + i] = (BYTE)(number * 31 + version * 7 + i);
    return sizeof(words) + length;
}

static BOOL check_value(const struct model_entry *entry)
{
    UINT32 words[3];
    BYTE *expected;
    BOOL ret;

    if (!entry->data || entry->size < sizeof(words))
        return FALSE;
    memcpy(words, entry->data, sizeof(words));
    if (words[0] != entry->key.job.Data1 || words[2] != entry->size - sizeof(words))
        return FALSE;
    expected = malloc(entry->size);
    make_value(expected, words[0], words[1], words[2]);
    ret = !memcmp(expected, entry->data, entry->size);
    free(expected);
    return ret;
}

static UINT32 value_version(struct model *model, unsigned int number)
{
    struct store_key key = make_key(number);
    struct model_entry *entry = model_find(model, &key, FALSE);
    UINT32 version;

    if (!entry || !entry->data)
        return 0;
    memcpy(&version, entry->data + 4, sizeof(version));
    return version;
}

static HRESULT put(struct store *store, struct model *model, unsigned int number, UINT32 version,
        UINT32 length, UINT64 *sequence)
{
    struct store_batch batch = {0};
    struct store_key key = make_key(number);
    BYTE *value = malloc(length + 16);
    size_t size = make_value(value, number, version, length);
    HRESULT hr;

    store_batch_put(&batch, &key, value, size);
    hr = store_write(store, &batch, sequence);
    if (SUCCEEDED(hr) && model)
        model_set(model, &key, value, size);
    free(value);
    return hr;
}

/* ---- files ---- */

static void remove_all(void)
{
    WCHAR pattern[MAX_PATH], path[2 * MAX_PATH];
    WIN32_FIND_DATAW found;
    HANDLE find;

    swprintf(pattern, MAX_PATH, L"%ls\\*", directory);
    if ((find = FindFirstFileW(pattern, &found)) == INVALID_HANDLE_VALUE)
        return;
    do
    {
        swprintf(path, 2 * MAX_PATH, L"%ls\\%ls", directory, found.cFileName);
        DeleteFileW(path);
    } while (FindNextFileW(find, &found));
    FindClose(find);
}

static unsigned int count_files(const WCHAR *name)
{
    WCHAR pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    unsigned int count = 0;
    HANDLE find;

    swprintf(pattern, MAX_PATH, L"%ls\\%ls", directory, name);
    if ((find = FindFirstFileW(pattern, &found)) == INVALID_HANDLE_VALUE)
        return 0;
    do
        count++;
    while (FindNextFileW(find, &found));
    FindClose(find);
    return count;
}

static BYTE *read_journal(size_t *size)
{
    HANDLE file = CreateFileW(journal, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
            OPEN_EXISTING, 0, NULL);
    BYTE *data = NULL;

    *size = 0;
    if (file != INVALID_HANDLE_VALUE)
    {
        journal_read(file, &data, size);
        CloseHandle(file);
    }
    return data;
}

static void write_file(const WCHAR *path, const void *data, size_t size)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD written = 0;

    if (size)
        WriteFile(file, data, (DWORD)size, &written, NULL);
    CloseHandle(file);
    if (written != size)
        bail_out("cannot write %s", tap_wstr(path));
}

static UINT32 random_state = 1;

static UINT32 random_next(UINT32 limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

/* ---- tests ---- */

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

    is_hr(store_open(directory, &callbacks, &second), HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION),
            "a second one at the same time does not");

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

/* The journal with `count` records of one frame each; returns where each of the frames ends. */
static BYTE *make_journal(unsigned int count, size_t *size, size_t *ends)
{
    struct store *store;
    struct model model;

    remove_all();
    model_init(&model);
    is_hr(open_store(&model, &store), S_OK, "new store");
    ends[0] = JOURNAL_HEADER_SIZE;
    for (unsigned int i = 0; i < count; i++)
    {
        put(store, NULL, i, 1, 10 + i * 13 % 60, NULL);
        ends[i + 1] = (size_t)store->end;
    }
    store_close(store);
    model_free(&model);
    return read_journal(size);
}

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
        write_file(journal, data, cut);
        model_clear(&model);
        if (FAILED(open_store(&model, &store)))
        {
            wrong++;
            continue;
        }
        for (unsigned int i = 0; i < model.count; i++)
            good += check_value(&model.entries[i]);
        if (good != whole || model.count != whole || store->end != ends[whole])
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

            write_file(journal, copy, size);
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
    write_file(journal, data, 100000);
    model_clear(&model);
    is_hr(open_store(&model, &store), S_OK, "a file of garbage opens as an empty store");
    is_uint(model.loads, 0, "with no record");
    store_close(store);
    is_uint(count_files(L"*.damaged-*"), 1, "and is kept");
    free(data);

    remove_all();
    write_file(journal, "", 0);
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
    write_file(journal, copy, size);
    model_clear(&model);
    is_hr(open_store(&model, &store), S_OK, "a journal with ten frames overwritten by zeros opens");
    for (unsigned int i = 0; i < model.count; i++)
        good += model.entries[i].data && check_value(&model.entries[i]);
    is_uint(good, 30, "the 30 before and behind it are there");
    store_close(store);

    /* Records which the client refuses. */
    write_file(journal, journal_data, size);
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
    write_file(journal, data, size);
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
        UINT64 end = store->end;

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
        if (store->end > largest)
            largest = store->end;
        if (i % 1000 == 0 && FAILED(store_flush(store, sequence)))
            wrong++;
    }
    is_uint(wrong, 0, "100 values written 20,000 times");
    ok(model.snapshots > 5 && model.snapshots < 50, "compacted now and then (%u times)",
            model.snapshots);
    ok(largest <= STORE_COMPACT_MINIMUM + 2000, "the journal stays small (%u bytes)",
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
    for (unsigned int i = 0; !store_wants_compaction(store, 2000); i++)
        put(store, &model, i % 50, i + 1, 1000, NULL);
    store_close(store);
    data = read_journal(&size);

    for (rounds = 0; rounds < 30 && !done; rounds++)
    {
        HRESULT hr;

        write_file(journal, data, size);
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
                || flusher->store->durable < sequence)
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
    is_hr(store_compact(store, &(struct blob_writer){0}), S_OK, "compacts");
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

/* Contents made to be slow: each false frame header makes the loader sum a MiB. */
static void test_slow_contents(void)
{
    struct store_callbacks callbacks = {0};
    struct blob_writer data = {0};
    struct journal_loaded loaded;
    ULONGLONG start;
    struct model model;
    UINT32 words[4] = {0x314d5246, 1 << 20, 1, 0};

    model_init(&model);
    callbacks.load = model_load;
    callbacks.context = &model;
    words[3] = crc32_update(0, words, 12);
    journal_put_header(&data, 0);
    while (data.size < 4 << 20)
        blob_put_bytes(&data, words, sizeof(words));
    start = GetTickCount64();
    is_hr(journal_load(data.data, data.size, &callbacks, &loaded), S_OK,
            "200,000 false frame headers, each of 1 MiB");
    ok(loaded.damaged, "are damage");
    note("took %u ms", (unsigned int)(GetTickCount64() - start));
    ok(GetTickCount64() - start < 20000, "and are given up in time");
    blob_writer_free(&loaded.clean);
    blob_writer_free(&data);
    model_free(&model);
}

static void test_paths(void)
{
    WCHAR saved[MAX_PATH], file[MAX_PATH];
    struct store *store;
    struct model model;

    model_init(&model);
    memcpy(saved, directory, sizeof(saved));
    swprintf(directory, MAX_PATH, L"%ls\\a\\b c\\\x00e4\x4e2d", base);
    is_hr(open_store(&model, &store), S_OK, "missing directories are made");
    store_close(store);
    remove_all();
    RemoveDirectoryW(directory);
    swprintf(directory, MAX_PATH, L"%ls\\a\\b c", base);
    RemoveDirectoryW(directory);
    swprintf(directory, MAX_PATH, L"%ls\\a", base);
    RemoveDirectoryW(directory);
    swprintf(file, MAX_PATH, L"%ls\\file", base);
    write_file(file, "x", 1);
    swprintf(directory, MAX_PATH, L"%ls\\file", base);
    ok(FAILED(open_store(&model, &store)), "a file in the place of the directory is an error");
    DeleteFileW(file);
    memcpy(directory, saved, sizeof(saved));
    model_free(&model);
}

int main(void)
{
    WCHAR temp[MAX_PATH - 60];

    GetTempPathW(ARRAYSIZE(temp), temp);
    swprintf(base, MAX_PATH, L"%lsstore-%lx", temp, GetCurrentProcessId());
    CreateDirectoryW(base, NULL);
    swprintf(directory, MAX_PATH, L"%ls\\state", base);
    swprintf(journal, MAX_PATH, L"%ls\\jobs.journal", directory);

    test_crc();
    test_blob();
    test_round_trip();
    test_torn_tail();
    test_flips();
    test_garbage();
    test_version();
    test_disk_full();
    test_compaction();
    test_crash_in_compaction();
    test_group_flush();
    test_many();
    test_slow_contents();
    test_paths();

    remove_all();
    RemoveDirectoryW(directory);
    RemoveDirectoryW(base);
    return done_testing();
}
