/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal.h"

#include <stdlib.h>
#include <string.h>

#include "trace.h"

/* What is kept to write a clean journal when the file turns out to be damaged. */
struct journal_loader
{
    const struct store_callbacks *callbacks;
    const BYTE *data;
    struct blob_writer extents;  /* size_t offset, size of each good frame (with its header) */
    struct blob_writer rejected; /* size_t offset of each record that was not accepted */
};

/* Gives a frame's records to the callback. S_OK, S_FALSE when some were not accepted. */
static HRESULT loader_replay_frame(struct journal_loader *loader, const struct journal_frame *frame)
{
    const struct store_callbacks *callbacks = loader->callbacks;
    struct journal_record record;
    struct blob_reader reader;
    HRESULT result = S_OK;
    size_t offset = 0;

    blob_reader_init(&reader, frame->payload, frame->size);
    while (journal_get_record(&reader, &record))
    {
        HRESULT hr = callbacks->load(callbacks->context, &record.key,
                record.deleted ? NULL : record.payload, record.deleted ? 0 : record.size);

        if (hr == E_OUTOFMEMORY)
            return hr;
        if (FAILED(hr))
        {
            size_t position = frame->payload + offset - loader->data;

            trace("store: record at offset %zu does not load, %#lx", position, (unsigned long)hr);
            blob_put_bytes(&loader->rejected, &position, sizeof(position));
            result = S_FALSE;
        }
        offset = reader.offset;
    }
    /* A frame with a good sum and bad records was not written by us; what could be read was. */
    if (reader.failed)
    {
        size_t position = frame->payload + offset - loader->data;

        trace("store: frame with a malformed record at offset %zu", position);
        blob_put_bytes(&loader->rejected, &position, sizeof(position));
        result = S_FALSE;
    }
    return result;
}

static int loader_compare_positions(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;

    return (a > b) - (a < b);
}

static BOOL loader_is_rejected(const struct journal_loader *loader, size_t position)
{
    const struct blob_writer *rejected = &loader->rejected; /* in the order of the file */

    return bsearch(&position, rejected->data, rejected->size / sizeof(position), sizeof(position),
                   loader_compare_positions)
            != NULL;
}

/* Appends what was accepted of the frame at `offset`. */
static void loader_copy_frame(const struct journal_loader *loader, size_t offset, size_t size,
        struct blob_writer *clean)
{
    struct blob_writer records = {0};
    struct journal_record record;
    struct journal_frame frame;
    struct blob_reader reader;
    size_t position;
    UINT32 count = 0;

    if (!loader->rejected.size)
    {
        blob_put_bytes(clean, loader->data + offset, size);
        return;
    }
    if (journal_get_frame(loader->data + offset, size, &frame) != JOURNAL_FRAME_GOOD)
        return;
    blob_reader_init(&reader, frame.payload, frame.size);
    for (position = 0; journal_get_record(&reader, &record); position = reader.offset)
    {
        if (loader_is_rejected(loader, frame.payload + position - loader->data))
            continue;
        journal_put_record(&records, &record);
        count++;
    }
    if (records.failed)
        clean->failed = TRUE;
    else if (count)
        journal_put_frame(clean, records.data, records.size, count);
    blob_writer_free(&records);
}

static void loader_write_clean(const struct journal_loader *loader, struct blob_writer *clean)
{
    const size_t *extents = (const size_t *)loader->extents.data;

    journal_put_header(clean, 0);
    for (size_t i = 0; i + 1 < loader->extents.size / sizeof(*extents); i += 2)
        loader_copy_frame(loader, extents[i], extents[i + 1], clean);
}

static HRESULT loader_run(struct journal_loader *loader, size_t size, struct journal_loaded *loaded)
{
    UINT64 budget = 8 * (UINT64)size + JOURNAL_FRAME_MAX;
    size_t offset = JOURNAL_HEADER_SIZE < size ? JOURNAL_HEADER_SIZE : size;

    if (loaded->damaged) /* the header is; its length is not to be trusted either */
        offset = journal_find_frame(loader->data, size, &budget);
    while (offset < size)
    {
        struct journal_frame frame;
        enum journal_frame_state state =
                journal_get_frame(loader->data + offset, size - offset, &frame);
        size_t skipped, extent[2];
        HRESULT hr;

        if (state == JOURNAL_FRAME_GOOD)
        {
            extent[0] = offset;
            extent[1] = JOURNAL_FRAME_HEADER_SIZE + frame.size;
            blob_put_bytes(&loader->extents, extent, sizeof(extent));
            hr = loader_replay_frame(loader, &frame);
            if (FAILED(hr))
                return hr;
            if (hr == S_FALSE)
                loaded->damaged = TRUE;
            offset += extent[1];
            loaded->end = offset;
            continue;
        }
        skipped = 1 + journal_find_frame(loader->data + offset + 1, size - offset - 1, &budget);
        if (state == JOURNAL_FRAME_TORN && offset + skipped == size)
        {
            trace("store: the last %zu bytes were not written to the end, cut off at %zu", skipped,
                    offset);
            break;
        }
        trace("store: damage at offset %zu, %zu bytes skipped", offset, skipped);
        loaded->damaged = TRUE;
        offset += skipped;
    }
    return S_OK;
}

HRESULT journal_load(const BYTE *data, size_t size, const struct store_callbacks *callbacks,
        struct journal_loaded *loaded)
{
    struct journal_loader loader = {.callbacks = callbacks, .data = data};
    HRESULT hr;

    memset(loaded, 0, sizeof(*loaded));
    switch (journal_get_header(data, size, &loaded->version, &loaded->snapshot_size))
    {
    case JOURNAL_HEADER_GOOD:
        loaded->end = JOURNAL_HEADER_SIZE;
        break;
    case JOURNAL_HEADER_OTHER_VERSION:
        loaded->other_version = TRUE;
        journal_put_header(&loaded->clean, 0);
        return loaded->clean.failed ? E_OUTOFMEMORY : S_OK;
    case JOURNAL_HEADER_BAD:
        trace("store: no intact header");
        loaded->damaged = TRUE;
        loaded->snapshot_size = 0;
        break;
    }
    hr = loader_run(&loader, size, loaded);
    if (SUCCEEDED(hr) && loaded->damaged)
        loader_write_clean(&loader, &loaded->clean);
    if (loader.extents.failed || loader.rejected.failed || loaded->clean.failed)
        hr = E_OUTOFMEMORY;
    blob_writer_free(&loader.extents);
    blob_writer_free(&loader.rejected);
    if (FAILED(hr))
        blob_writer_free(&loaded->clean);
    return hr;
}
