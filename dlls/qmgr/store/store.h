/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state store: a journal of records, each the newest state of one job or one file of a job.
 *
 * A batch of records is one frame, with a magic number, a length and a CRC, and is one write: after
 * a crash it is there whole or not at all. Loading replays the frames; a torn tail is cut off,
 * damage in the middle is set aside (the damaged file is kept under another name, with a message in
 * the log) and every intact frame before and after it is loaded. When most of the journal is
 * history it is written anew and put in the place of the old one by a rename.
 */
#ifndef CONCIERGE_QMGR_STORE_H
#define CONCIERGE_QMGR_STORE_H

#include "blob.h"

enum store_record_type
{
    STORE_JOB = 1,  /* everything of a job but its files */
    STORE_FILE = 2, /* one file of a job */
};

struct store_key
{
    enum store_record_type type;
    GUID job;
    UINT32 file; /* 0 for STORE_JOB */
};

/* Records that are written together, or not at all. Zero-initialize. */
struct store_batch
{
    struct blob_writer writer;
    UINT32 count;
};

void store_batch_put(struct store_batch *batch, const struct store_key *key, const void *payload,
        size_t size);
/* Deleting a job's STORE_JOB record deletes its files' records with it. */
void store_batch_delete(struct store_batch *batch, const struct store_key *key);
void store_batch_free(struct store_batch *batch);

struct store;

struct store_callbacks
{
    /* Called by store_open for every record, in order of writing: a later one replaces an earlier
     * one of the same key; payload NULL means deleted. Failure sets the record aside like a damaged
     * one. */
    HRESULT (*load)(void *context, const struct store_key *key, const void *payload, size_t size);
    /* Called by store_write when the journal wants to be written anew: puts every live record into
     * `batch`. Called on the thread that writes, under the lock that its caller holds. */
    void (*snapshot)(void *context, struct store_batch *batch);
    void *context;
};

/* Opens the store in `directory` (created when missing) and loads it. Only one process at a time:
 * HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION) otherwise. */
HRESULT store_open(const WCHAR *directory, const struct store_callbacks *callbacks,
        struct store **out);

/* Appends the batch and frees its contents. The caller serializes calls (it holds the queue's
 * lock). Returns with the data handed to the operating system, which is enough to survive the death
 * of this process. `*sequence` (may be NULL) is what store_flush takes. On failure nothing of the
 * batch remains in the journal. */
HRESULT store_write(struct store *store, struct store_batch *batch, UINT64 *sequence);

/* Returns when everything up to `sequence` is on the disk. Call without any lock; callers that wait
 * at the same time share one flush. */
HRESULT store_flush(struct store *store, UINT64 sequence);

void store_close(struct store *store);

#endif
