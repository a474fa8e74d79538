/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store_bed.h"

#include <stdlib.h>

LONG operations_left = -1;
LONGLONG disk_left = -1;
BOOL truncate_fails;
LONG flush_count;

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

WCHAR bed_folder[MAX_PATH], store_folder[MAX_PATH], journal_path[MAX_PATH];

/* ---- what the store keeps to itself ---- */

const unsigned int bed_compact_minimum = STORE_COMPACT_MINIMUM;

UINT64 bed_end(struct store *store)
{
    return store->end;
}

UINT64 bed_durable(struct store *store)
{
    return store->durable;
}

BOOL bed_wants_compaction(struct store *store, size_t size)
{
    return store_wants_compaction(store, size);
}

HRESULT bed_compact(struct store *store)
{
    return store_compact(store, &(struct blob_writer){0});
}

/* ---- a model of the client: values by key ---- */

void model_init(struct model *model)
{
    memset(model, 0, sizeof(*model));
    model->entries = calloc(MODEL_MAX, sizeof(*model->entries));
}

void model_clear(struct model *model)
{
    for (unsigned int i = 0; i < model->count; i++)
        free(model->entries[i].data);
    memset(model->entries, 0, model->count * sizeof(*model->entries));
    model->count = model->loads = model->snapshots = 0;
}

void model_free(struct model *model)
{
    model_clear(model);
    free(model->entries);
}

struct store_key make_key(unsigned int number)
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

void model_set(struct model *model, const struct store_key *key, const void *data, size_t size)
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

HRESULT model_load(void *context, const struct store_key *key, const void *payload, size_t size)
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

void model_snapshot(void *context, struct store_batch *batch)
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

HRESULT open_store(struct model *model, struct store **store)
{
    struct store_callbacks callbacks = {model_load, model_snapshot, model};

    return store_open(store_folder, &callbacks, store);
}

size_t make_value(BYTE *value, UINT32 number, UINT32 version, UINT32 length)
{
    UINT32 words[3] = {number, version, length};

    memcpy(value, words, sizeof(words));
    for (UINT32 i = 0; i < length; i++)
        value[sizeof(words) + i] = (BYTE)(number * 31 + version * 7 + i);
    return sizeof(words) + length;
}

BOOL check_value(const struct model_entry *entry)
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

UINT32 value_version(struct model *model, unsigned int number)
{
    struct store_key key = make_key(number);
    struct model_entry *entry = model_find(model, &key, FALSE);
    UINT32 version;

    if (!entry || !entry->data)
        return 0;
    memcpy(&version, entry->data + 4, sizeof(version));
    return version;
}

HRESULT put(struct store *store, struct model *model, unsigned int number, UINT32 version,
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

void remove_all(void)
{
    WCHAR pattern[MAX_PATH], path[2 * MAX_PATH];
    WIN32_FIND_DATAW found;
    HANDLE find;

    swprintf(pattern, MAX_PATH, L"%ls\\*", store_folder);
    if ((find = FindFirstFileW(pattern, &found)) == INVALID_HANDLE_VALUE)
        return;
    do
    {
        swprintf(path, 2 * MAX_PATH, L"%ls\\%ls", store_folder, found.cFileName);
        DeleteFileW(path);
    } while (FindNextFileW(find, &found));
    FindClose(find);
}

unsigned int count_files(const WCHAR *name)
{
    WCHAR pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    unsigned int count = 0;
    HANDLE find;

    swprintf(pattern, MAX_PATH, L"%ls\\%ls", store_folder, name);
    if ((find = FindFirstFileW(pattern, &found)) == INVALID_HANDLE_VALUE)
        return 0;
    do
        count++;
    while (FindNextFileW(find, &found));
    FindClose(find);
    return count;
}

BYTE *read_journal(size_t *size)
{
    HANDLE file = CreateFileW(journal_path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
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

void write_file(const WCHAR *path, const void *data, size_t size)
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

UINT32 random_next(UINT32 limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

BYTE *make_journal(unsigned int count, size_t *size, size_t *ends)
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
        ends[i + 1] = (size_t)bed_end(store);
    }
    store_close(store);
    model_free(&model);
    return read_journal(size);
}

void bed_begin(void)
{
    WCHAR temp[MAX_PATH - 60];

    GetTempPathW(ARRAYSIZE(temp), temp);
    swprintf(bed_folder, MAX_PATH, L"%lsstore-%lx", temp, GetCurrentProcessId());
    CreateDirectoryW(bed_folder, NULL);
    swprintf(store_folder, MAX_PATH, L"%ls\\state", bed_folder);
    swprintf(journal_path, MAX_PATH, L"%ls\\jobs.journal", store_folder);
}

int bed_finish(void)
{
    remove_all();
    RemoveDirectoryW(store_folder);
    RemoveDirectoryW(bed_folder);
    return done_testing();
}
