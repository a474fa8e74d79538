/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal file, inside of the store. All integers are little-endian.
 *
 *     file    = header frame*
 *     header  = "CJOURNAL" u32 version, u64 size of the snapshot it began with, u32 CRC of these
 *     frame   = u32 magic, u32 payload size, u32 record count, u32 CRC of these, u32 payload CRC,
 *               payload
 *     payload = record*
 *     record  = u8 type, u8 deleted, u32 file, GUID job, u32 size, size bytes
 *
 * A frame's header has a CRC of its own, so that a frame whose end is missing (torn) can be told
 * from one whose length is wrong (damaged).
 */
#ifndef CONCIERGE_QMGR_JOURNAL_H
#define CONCIERGE_QMGR_JOURNAL_H

#include "store.h"

#define JOURNAL_VERSION 1
#define JOURNAL_HEADER_SIZE 24
#define JOURNAL_FRAME_HEADER_SIZE 20
#define JOURNAL_RECORD_HEADER_SIZE 26
#define JOURNAL_FRAME_MAX (64u << 20)       /* bytes of payload; a larger batch is refused */
#define JOURNAL_SNAPSHOT_FRAME (128u << 10) /* a snapshot's frames are cut near this size */

/* ---- journal_frame.c: the format ---- */

void journal_put_header(struct blob_writer *writer, UINT64 snapshot_size);

enum journal_header_state
{
    JOURNAL_HEADER_GOOD,
    JOURNAL_HEADER_BAD,           /* no header of ours, or a damaged one */
    JOURNAL_HEADER_OTHER_VERSION, /* an intact header of another version */
};

enum journal_header_state journal_get_header(const BYTE *data, size_t size, UINT32 *version,
        UINT64 *snapshot_size);

/* Appends one frame around `count` records. */
void journal_put_frame(struct blob_writer *writer, const void *payload, size_t size, UINT32 count);

/* Appends a batch of any size as frames of about JOURNAL_SNAPSHOT_FRAME; not atomic by itself. */
void journal_put_snapshot(struct blob_writer *writer, const struct store_batch *batch);

enum journal_frame_state
{
    JOURNAL_FRAME_GOOD,
    JOURNAL_FRAME_TORN, /* an intact beginning, and then the data ends */
    JOURNAL_FRAME_BAD,
};

struct journal_frame
{
    const BYTE *payload;
    size_t size; /* of the payload */
    UINT32 count;
};

/* Looks at the frame at the start of `data`; `frame` is filled in for a good one. */
enum journal_frame_state journal_get_frame(const BYTE *data, size_t size,
        struct journal_frame *frame);

/* Offset of the first good frame in `data`, or `size`. `*budget` limits the bytes that are summed,
 * for contents made to be slow. */
size_t journal_find_frame(const BYTE *data, size_t size, UINT64 *budget);

struct journal_record
{
    struct store_key key;
    BOOL deleted;
    const void *payload;
    UINT32 size;
};

/* The next record of a frame's payload; FALSE at the end or on nonsense (reader->failed tells). */
BOOL journal_get_record(struct blob_reader *reader, struct journal_record *record);
void journal_put_record(struct blob_writer *writer, const struct journal_record *record);

/* ---- journal_file.c: files ---- */

HRESULT journal_last_error(void);

/* Creates a directory and the ones above it. */
HRESULT journal_create_directory(const WCHAR *path);

/* Reads a whole file in few reads. E_OUTOFMEMORY, or the code of the failure. */
HRESULT journal_read(HANDLE file, BYTE **data, size_t *size);

/* Writes `size` bytes at `offset`. A short write counts as ERROR_DISK_FULL. */
HRESULT journal_write(HANDLE file, UINT64 offset, const void *data, size_t size);

HRESULT journal_truncate(HANDLE file, UINT64 size);

/* Opens an existing journal for reading and appending. */
HRESULT journal_open(const WCHAR *path, HANDLE *out);

/* Writes `data` to `new_path` and onto the disk. The file is open afterwards. */
HRESULT journal_create(const WCHAR *new_path, const void *data, size_t size, HANDLE *out);

/* Puts the file `new_path` in the place of `path`. */
HRESULT journal_replace(const WCHAR *new_path, const WCHAR *path);

/* Keeps a copy of the file beside it, as <path>.<what>-<date>-<time>. */
HRESULT journal_set_aside(const WCHAR *path, const WCHAR *what);

/* ---- journal_load.c ---- */

struct journal_loaded
{
    UINT64 end;           /* where the next frame goes */
    UINT64 snapshot_size; /* of the snapshot that the journal began with */
    BOOL damaged;         /* `clean` takes the place of the file */
    BOOL other_version;
    UINT32 version;
    struct blob_writer clean; /* every accepted record, as a new journal */
};

/* Replays a journal's contents to the callbacks. E_OUTOFMEMORY only. */
HRESULT journal_load(const BYTE *data, size_t size, const struct store_callbacks *callbacks,
        struct journal_loaded *loaded);

#endif
