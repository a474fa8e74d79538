/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the tests of the state store share: the store itself, compiled in with the file functions
 * replaced, so that the disk can be full and the process can "die" at any operation; a model of the
 * store's client; and the files.
 */

#ifndef CONCIERGE_TESTS_STORE_BED_H
#define CONCIERGE_TESTS_STORE_BED_H

#include <windows.h>

#include <stdint.h>
#include <stdio.h>

#include "crc32.h"
#include "journal.h"
#include "tap.h"

/* Makes the folders; ends the program with its plan, and removes them. */
void bed_begin(void);
int bed_finish(void);

/* Counts down at every operation that changes the disk; from 0 on all of them fail, as if the
 * process had died there: whatever it tries later has no effect. Negative: never. */
extern LONG operations_left;
/* Bytes that the disk still takes; negative: no limit. */
extern LONGLONG disk_left;
extern BOOL truncate_fails;
extern LONG flush_count;

/* The test's own folder, that of the store, and the journal in it. */
extern WCHAR bed_folder[MAX_PATH], store_folder[MAX_PATH], journal_path[MAX_PATH];

/* What the store keeps to itself: the end of the journal, the last sequence that is on the disk,
 * whether it would write the journal anew with so many bytes more, and doing so. */
UINT64 bed_end(struct store *store);
UINT64 bed_durable(struct store *store);
BOOL bed_wants_compaction(struct store *store, size_t size);
HRESULT bed_compact(struct store *store);
/* No journal below this size, in bytes, is written anew. */
extern const unsigned int bed_compact_minimum;

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

void model_init(struct model *model);
void model_clear(struct model *model);
void model_free(struct model *model);
void model_set(struct model *model, const struct store_key *key, const void *data, size_t size);

/* The model as the store's client: struct store_callbacks. */
HRESULT model_load(void *context, const struct store_key *key, const void *payload, size_t size);
void model_snapshot(void *context, struct store_batch *batch);

HRESULT open_store(struct model *model, struct store **store);

/* Keys of the tests are numbered: Data1 of the job's GUID. The number is the place in the table. */
struct store_key make_key(unsigned int number);

/* Data which can be checked without knowing more than itself: number, version, length, pattern. */
size_t make_value(BYTE *value, UINT32 number, UINT32 version, UINT32 length);
BOOL check_value(const struct model_entry *entry);
/* 0 if it is not there. */
UINT32 value_version(struct model *model, unsigned int number);
/* Writes one value; also into the model, unless that is NULL. */
HRESULT put(struct store *store, struct model *model, unsigned int number, UINT32 version,
        UINT32 length, UINT64 *sequence);

/* ---- files ---- */

/* Removes everything in the store's folder. */
void remove_all(void);
unsigned int count_files(const WCHAR *name);
/* The journal, to be freed. */
BYTE *read_journal(size_t *size);
void write_file(const WCHAR *path, const void *data, size_t size);
/* A new journal with `count` records of one frame each; ends[i] is where the first i frames end. */
BYTE *make_journal(unsigned int count, size_t *size, size_t *ends);

/* The same numbers in every run, below `limit`. */
UINT32 random_next(UINT32 limit);

#endif
