/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Growing buffers and bounded reading of them: little-endian integers, GUIDs, counted strings and
 * counted byte runs. A writer or reader that failed once stays failed, so that callers check once,
 * at the end.
 */
#ifndef CONCIERGE_BLOB_H
#define CONCIERGE_BLOB_H

#include <windows.h>

struct blob_writer
{
    BYTE *data; /* malloc */
    size_t size, capacity;
    BOOL failed; /* out of memory */
};

void blob_writer_free(struct blob_writer *writer);
void blob_put_bytes(struct blob_writer *writer, const void *data, size_t size);
void blob_put_u8(struct blob_writer *writer, BYTE value);
void blob_put_u32(struct blob_writer *writer, UINT32 value);
void blob_put_u64(struct blob_writer *writer, UINT64 value);
void blob_put_guid(struct blob_writer *writer, const GUID *value);
void blob_put_wstr(struct blob_writer *writer, const WCHAR *text); /* NULL is kept as NULL */
void blob_put_counted(struct blob_writer *writer, const void *data, UINT32 size);

struct blob_reader
{
    const BYTE *data;
    size_t size, offset;
    BOOL failed; /* truncated, or out of memory: every later read gives zeros */
};

void blob_reader_init(struct blob_reader *reader, const void *data, size_t size);
const void *blob_get_bytes(struct blob_reader *reader, size_t size); /* NULL when truncated */
BYTE blob_get_u8(struct blob_reader *reader);
UINT32 blob_get_u32(struct blob_reader *reader);
UINT64 blob_get_u64(struct blob_reader *reader);
GUID blob_get_guid(struct blob_reader *reader);
WCHAR *blob_get_wstr(struct blob_reader *reader); /* malloc, terminated; NULL for a NULL kept */
const void *blob_get_counted(struct blob_reader *reader, UINT32 *size); /* points into the data */

#endif
