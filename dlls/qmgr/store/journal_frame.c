/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal.h"

#include <string.h>

#include "crc32.h"

#define JOURNAL_FRAME_MAGIC 0x314d5246u /* "FRM1" */

static const char journal_magic[8] = {'C', 'J', 'O', 'U', 'R', 'N', 'A', 'L'};

static UINT32 journal_u32(const BYTE *data)
{
    UINT32 value;

    memcpy(&value, data, sizeof(value));
    return value;
}

void journal_put_header(struct blob_writer *writer, UINT64 snapshot_size)
{
    size_t start = writer->size;

    blob_put_bytes(writer, journal_magic, sizeof(journal_magic));
    blob_put_u32(writer, JOURNAL_VERSION);
    blob_put_u64(writer, snapshot_size);
    if (!writer->failed)
        blob_put_u32(writer, crc32_update(0, writer->data + start, writer->size - start));
}

enum journal_header_state journal_get_header(const BYTE *data, size_t size, UINT32 *version,
        UINT64 *snapshot_size)
{
    if (size < JOURNAL_HEADER_SIZE || memcmp(data, journal_magic, sizeof(journal_magic)))
        return JOURNAL_HEADER_BAD;
    if (crc32_update(0, data, JOURNAL_HEADER_SIZE - 4)
            != journal_u32(data + JOURNAL_HEADER_SIZE - 4))
        return JOURNAL_HEADER_BAD;
    *version = journal_u32(data + 8);
    memcpy(snapshot_size, data + 12, sizeof(*snapshot_size));
    return *version == JOURNAL_VERSION ? JOURNAL_HEADER_GOOD : JOURNAL_HEADER_OTHER_VERSION;
}

void journal_put_frame(struct blob_writer *writer, const void *payload, size_t size, UINT32 count)
{
    size_t start = writer->size;

    blob_put_u32(writer, JOURNAL_FRAME_MAGIC);
    blob_put_u32(writer, (UINT32)size);
    blob_put_u32(writer, count);
    if (writer->failed)
        return;
    blob_put_u32(writer, crc32_update(0, writer->data + start, writer->size - start));
    blob_put_u32(writer, crc32_update(0, payload, size));
    blob_put_bytes(writer, payload, size);
}

void journal_put_snapshot(struct blob_writer *writer, const struct store_batch *batch)
{
    const struct blob_writer *records = &batch->writer;
    struct journal_record record;
    struct blob_reader reader;
    size_t start = 0;
    UINT32 count = 0;

    blob_reader_init(&reader, records->data, records->size);
    while (journal_get_record(&reader, &record))
    {
        count++;
        if (reader.offset - start >= JOURNAL_SNAPSHOT_FRAME || reader.offset == records->size)
        {
            journal_put_frame(writer, records->data + start, reader.offset - start, count);
            start = reader.offset;
            count = 0;
        }
    }
}

/* A frame's beginning, without a look at its payload's sum. */
static enum journal_frame_state journal_get_frame_header(const BYTE *data, size_t size,
        struct journal_frame *frame)
{
    if (size < JOURNAL_FRAME_HEADER_SIZE)
        return JOURNAL_FRAME_TORN;
    if (journal_u32(data) != JOURNAL_FRAME_MAGIC
            || crc32_update(0, data, 12) != journal_u32(data + 12))
        return JOURNAL_FRAME_BAD;
    frame->size = journal_u32(data + 4);
    frame->count = journal_u32(data + 8);
    frame->payload = data + JOURNAL_FRAME_HEADER_SIZE;
    if (frame->size > JOURNAL_FRAME_MAX)
        return JOURNAL_FRAME_BAD;
    return frame->size > size - JOURNAL_FRAME_HEADER_SIZE ? JOURNAL_FRAME_TORN : JOURNAL_FRAME_GOOD;
}

enum journal_frame_state journal_get_frame(const BYTE *data, size_t size,
        struct journal_frame *frame)
{
    enum journal_frame_state state = journal_get_frame_header(data, size, frame);

    if (state == JOURNAL_FRAME_GOOD
            && crc32_update(0, frame->payload, frame->size) != journal_u32(data + 16))
        return JOURNAL_FRAME_BAD;
    return state;
}

size_t journal_find_frame(const BYTE *data, size_t size, UINT64 *budget)
{
    struct journal_frame frame;
    size_t offset = 0;

    while (size - offset >= JOURNAL_FRAME_HEADER_SIZE)
    {
        const BYTE *found = memchr(data + offset, JOURNAL_FRAME_MAGIC & 0xff, size - offset);

        if (!found)
            break;
        offset = found - data;
        if (journal_get_frame_header(found, size - offset, &frame) == JOURNAL_FRAME_GOOD)
        {
            if (frame.size > *budget)
                break;
            *budget -= frame.size;
            if (journal_get_frame(found, size - offset, &frame) == JOURNAL_FRAME_GOOD)
                return offset;
        }
        offset++;
    }
    return size;
}

BOOL journal_get_record(struct blob_reader *reader, struct journal_record *record)
{
    if (reader->failed || reader->offset == reader->size)
        return FALSE;
    record->key.type = blob_get_u8(reader);
    record->deleted = blob_get_u8(reader) != 0;
    record->key.file = blob_get_u32(reader);
    record->key.job = blob_get_guid(reader);
    record->payload = blob_get_counted(reader, &record->size);
    if (record->key.type != STORE_JOB && record->key.type != STORE_FILE)
        reader->failed = TRUE;
    return !reader->failed;
}

void journal_put_record(struct blob_writer *writer, const struct journal_record *record)
{
    blob_put_u8(writer, (BYTE)record->key.type);
    blob_put_u8(writer, record->deleted != FALSE);
    blob_put_u32(writer, record->key.file);
    blob_put_guid(writer, &record->key.job);
    blob_put_counted(writer, record->payload, record->size);
}
