/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal.h"

#include <string.h>

void store_batch_put(struct store_batch *batch, const struct store_key *key, const void *payload,
        size_t size)
{
    struct journal_record record = {.key = *key, .payload = payload, .size = (UINT32)size};

    if (size > JOURNAL_FRAME_MAX)
    {
        batch->writer.failed = TRUE;
        return;
    }
    journal_put_record(&batch->writer, &record);
    batch->count++;
}

void store_batch_delete(struct store_batch *batch, const struct store_key *key)
{
    struct journal_record record = {.key = *key, .deleted = TRUE};

    journal_put_record(&batch->writer, &record);
    batch->count++;
}

void store_batch_free(struct store_batch *batch)
{
    blob_writer_free(&batch->writer);
    memset(batch, 0, sizeof(*batch));
}
