/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "trace.h"

#define STORE_COMPACT_MINIMUM (1u << 20) /* a smaller journal is left as it is */
#define STORE_COMPACT_FACTOR 3           /* journal size to snapshot size */

struct store
{
    struct store_callbacks callbacks;
    WCHAR *path, *new_path, *lock_path;
    HANDLE lock_file; /* held open without sharing: one process at a time */

    /* Of the writer: store_write's callers are serialized. */
    HANDLE file; /* INVALID_HANDLE_VALUE after a failed replacement, until reopened */
    UINT64 end;  /* where the next frame goes */
    UINT64 snapshot_size;
    UINT64 compact_at; /* journal size; compaction failed before, try again later */
    BOOL truncate;     /* remains of a failed write lie behind `end` */

    /* Guarded by flush_lock. Sequences count frames. */
    SRWLOCK flush_lock;
    CONDITION_VARIABLE flush_done;
    BOOL flushing; /* a thread is in FlushFileBuffers(file), which may not be closed */
    UINT64 written, durable;
};

static WCHAR *store_path(const WCHAR *directory, const WCHAR *name)
{
    size_t length = wcslen(directory), size = length + wcslen(name) + 2;
    WCHAR *path = malloc(size * sizeof(WCHAR));
    BOOL separated = length && (directory[length - 1] == '\\' || directory[length - 1] == '/');

    if (path)
        swprintf(path, size, L"%ls%ls%ls", directory, separated ? L"" : L"\\", name);
    return path;
}

static void store_free(struct store *store)
{
    if (store->file != INVALID_HANDLE_VALUE)
        CloseHandle(store->file);
    if (store->lock_file != INVALID_HANDLE_VALUE)
        CloseHandle(store->lock_file);
    free(store->path);
    free(store->new_path);
    free(store->lock_path);
    free(store);
}

/* Puts the new journal in the place of the old one, whose handle no thread may be flushing
 * meanwhile and is closed before: an open file cannot be replaced on Windows. */
static HRESULT store_swap_file(struct store *store, HANDLE replacement)
{
    HANDLE file = INVALID_HANDLE_VALUE;
    HRESULT hr;

    AcquireSRWLockExclusive(&store->flush_lock);
    while (store->flushing)
        SleepConditionVariableSRW(&store->flush_done, &store->flush_lock, INFINITE, 0);
    if (store->file != INVALID_HANDLE_VALUE)
        CloseHandle(store->file);
    store->file = INVALID_HANDLE_VALUE;
    hr = journal_replace(store->new_path, store->path);
    if (SUCCEEDED(hr))
    {
        store->file = replacement;
        store->durable = store->written;
    }
    else
    {
        CloseHandle(replacement);
        DeleteFileW(store->new_path);
        if (SUCCEEDED(journal_open(store->path, &file)))
            store->file = file;
    }
    ReleaseSRWLockExclusive(&store->flush_lock);
    return hr;
}

/* Makes `data` the journal. At every instant the one or the other is there, whole. */
static HRESULT store_replace(struct store *store, const void *data, size_t size,
        UINT64 snapshot_size)
{
    HANDLE file;
    HRESULT hr;

    hr = journal_create(store->new_path, data, size, &file);
    if (SUCCEEDED(hr))
        hr = store_swap_file(store, file);
    if (FAILED(hr))
    {
        trace("store: cannot write the journal anew, %#lx", (unsigned long)hr);
        return hr;
    }
    store->end = size;
    store->snapshot_size = snapshot_size;
    store->compact_at = 0;
    store->truncate = FALSE;
    return S_OK;
}

static HRESULT store_load(struct store *store)
{
    struct journal_loaded loaded;
    BYTE *data;
    size_t size;
    HRESULT hr;

    if (FAILED(hr = journal_read(store->file, &data, &size)))
        return hr;
    hr = journal_load(data, size, &store->callbacks, &loaded);
    free(data);
    if (FAILED(hr))
        return hr;

    if (loaded.damaged || loaded.other_version)
    {
        if (loaded.other_version)
            trace("store: %ls has version %u, not %u: it is set aside and the queue begins empty",
                    store->path, loaded.version, JOURNAL_VERSION);
        else
            trace("store: %ls is damaged: it is set aside, what was intact has been loaded",
                    store->path);
        hr = journal_set_aside(store->path, loaded.other_version ? L"version" : L"damaged");
        if (SUCCEEDED(hr))
            hr = store_replace(store, loaded.clean.data, loaded.clean.size, 0);
    }
    else
    {
        store->end = loaded.end;
        store->snapshot_size = loaded.snapshot_size;
        if (size > loaded.end)
            hr = journal_truncate(store->file, loaded.end);
    }
    blob_writer_free(&loaded.clean);
    return hr;
}

static HRESULT store_create_empty(struct store *store)
{
    struct blob_writer header = {0};
    HRESULT hr;

    journal_put_header(&header, 0);
    hr = header.failed ? E_OUTOFMEMORY : store_replace(store, header.data, header.size, 0);
    blob_writer_free(&header);
    return hr;
}

HRESULT store_open(const WCHAR *directory, const struct store_callbacks *callbacks,
        struct store **out)
{
    struct store *store;
    HRESULT hr;

    *out = NULL;
    if (!(store = calloc(1, sizeof(*store))))
        return E_OUTOFMEMORY;
    store->callbacks = *callbacks;
    store->file = store->lock_file = INVALID_HANDLE_VALUE;
    InitializeSRWLock(&store->flush_lock);
    InitializeConditionVariable(&store->flush_done);
    store->path = store_path(directory, L"jobs.journal");
    store->new_path = store_path(directory, L"jobs.journal.new");
    store->lock_path = store_path(directory, L"jobs.lock");
    hr = store->path && store->new_path && store->lock_path ? S_OK : E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
        hr = journal_create_directory(directory);
    if (SUCCEEDED(hr))
    {
        store->lock_file = CreateFileW(store->lock_path, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
        if (store->lock_file == INVALID_HANDLE_VALUE)
            hr = journal_last_error();
    }
    if (SUCCEEDED(hr))
    {
        DeleteFileW(store->new_path); /* of a compaction that did not come to its end */
        hr = journal_open(store->path, &store->file);
        if (SUCCEEDED(hr))
            hr = store_load(store);
        else if (hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND))
            hr = store_create_empty(store);
    }
    if (FAILED(hr))
    {
        trace("store: cannot open %ls, %#lx", directory, (unsigned long)hr);
        store_free(store);
        return hr;
    }
    trace("store: opened %ls, %llu bytes", store->path, (unsigned long long)store->end);
    *out = store;
    return S_OK;
}

static BOOL store_wants_compaction(const struct store *store, size_t size)
{
    UINT64 after = store->end + size;

    return after > STORE_COMPACT_MINIMUM && after > STORE_COMPACT_FACTOR * store->snapshot_size
            && after > store->compact_at;
}

/* Writes a new journal: a snapshot of everything, then `frame`, in case it is not in the snapshot
 * (a job that is being added) or not gone from it (one that is being deleted). Each run costs what
 * is alive, and the next comes when the journal is three times that: the cost of a byte written is
 * bounded. */
static HRESULT store_compact(struct store *store, const struct blob_writer *frame)
{
    struct blob_writer frames = {0}, journal = {0};
    struct store_batch batch = {0};
    HRESULT hr = E_OUTOFMEMORY;

    store->callbacks.snapshot(store->callbacks.context, &batch);
    journal_put_snapshot(&frames, &batch);
    blob_put_bytes(&frames, frame->data, frame->size);
    if (!batch.writer.failed && !frames.failed)
    {
        journal_put_header(&journal, frames.size);
        blob_put_bytes(&journal, frames.data, frames.size);
        if (!journal.failed)
            hr = store_replace(store, journal.data, journal.size, frames.size);
    }
    trace("store: journal of %llu bytes written anew, %zu records, %#lx",
            (unsigned long long)store->end, (size_t)batch.count, (unsigned long)hr);
    if (FAILED(hr))
        store->compact_at = store->end + store->end / 2;
    store_batch_free(&batch);
    blob_writer_free(&frames);
    blob_writer_free(&journal);
    return hr;
}

static HRESULT store_append(struct store *store, const struct blob_writer *frame)
{
    HRESULT hr = S_OK;

    if (store->file == INVALID_HANDLE_VALUE && FAILED(hr = journal_open(store->path, &store->file)))
        return hr;
    if (store->truncate && FAILED(hr = journal_truncate(store->file, store->end)))
        return hr;
    store->truncate = FALSE;
    hr = journal_write(store->file, store->end, frame->data, frame->size);
    if (FAILED(hr))
    {
        trace("store: cannot write, %#lx", (unsigned long)hr);
        store->truncate = FAILED(journal_truncate(store->file, store->end));
        return hr;
    }
    store->end += frame->size;
    return S_OK;
}

HRESULT store_write(struct store *store, struct store_batch *batch, UINT64 *sequence)
{
    struct blob_writer frame = {0};
    HRESULT hr;

    if (!batch->writer.failed && batch->writer.size <= JOURNAL_FRAME_MAX)
        journal_put_frame(&frame, batch->writer.data, batch->writer.size, batch->count);
    else
        frame.failed = TRUE;
    store_batch_free(batch);
    if (frame.failed)
        hr = E_OUTOFMEMORY;
    else if (!store_wants_compaction(store, frame.size)
            || FAILED(hr = store_compact(store, &frame)))
        hr = store_append(store, &frame);
    blob_writer_free(&frame);
    if (FAILED(hr))
        return hr;

    AcquireSRWLockExclusive(&store->flush_lock);
    store->written++;
    if (sequence)
        *sequence = store->written;
    ReleaseSRWLockExclusive(&store->flush_lock);
    return S_OK;
}

HRESULT store_flush(struct store *store, UINT64 sequence)
{
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&store->flush_lock);
    while (SUCCEEDED(hr) && store->durable < sequence)
    {
        UINT64 target = store->written;

        if (store->flushing)
        {
            SleepConditionVariableSRW(&store->flush_done, &store->flush_lock, INFINITE, 0);
            continue;
        }
        store->flushing = TRUE;
        ReleaseSRWLockExclusive(&store->flush_lock);
        if (!FlushFileBuffers(store->file))
            hr = journal_last_error();
        AcquireSRWLockExclusive(&store->flush_lock);
        store->flushing = FALSE;
        if (SUCCEEDED(hr) && store->durable < target)
            store->durable = target;
        WakeAllConditionVariable(&store->flush_done);
    }
    ReleaseSRWLockExclusive(&store->flush_lock);
    if (FAILED(hr))
        trace("store: cannot flush, %#lx", (unsigned long)hr);
    return hr;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_flush(store, store->written);
    store_free(store);
}
