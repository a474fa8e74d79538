/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of a remote file that a request wants, and where in them a transfer stands. */
#include "transfer_private.h"

void range_plan_init(struct range_plan *plan, const struct transfer_request *request)
{
    plan->request = request;
    plan->size = BG_SIZE_UNKNOWN;
    if (request->ranges)
    {
        plan->ranges = request->ranges;
        plan->count = request->range_count;
    }
    else
    {
        plan->whole.InitialOffset = 0;
        plan->whole.Length = BG_LENGTH_TO_EOF;
        plan->ranges = &plan->whole;
        plan->count = 1;
    }
}

HRESULT range_plan_set_size(struct range_plan *plan, UINT64 size)
{
    UINT32 i;

    if (size == BG_SIZE_UNKNOWN)
        return S_OK;
    if (plan->request->ranges)
    {
        for (i = 0; i < plan->count; i++)
        {
            const BG_FILE_RANGE *range = &plan->ranges[i];

            if (range->InitialOffset >= size)
                return BG_E_INVALID_RANGE;
            if (range->Length != BG_LENGTH_TO_EOF && range->Length > size - range->InitialOffset)
                return BG_E_INVALID_RANGE;
        }
    }
    plan->size = size;
    return S_OK;
}

static UINT64 range_length(const struct range_plan *plan, const BG_FILE_RANGE *range)
{
    if (range->Length != BG_LENGTH_TO_EOF)
        return range->Length;
    if (plan->size == BG_SIZE_UNKNOWN)
        return BG_LENGTH_TO_EOF;
    return range->InitialOffset < plan->size ? plan->size - range->InitialOffset : 0;
}

UINT64 range_plan_total(const struct range_plan *plan)
{
    UINT64 total = 0, length;
    UINT32 i;

    for (i = 0; i < plan->count; i++)
    {
        length = range_length(plan, &plan->ranges[i]);
        if (length == BG_LENGTH_TO_EOF || length >= BG_SIZE_UNKNOWN - total)
            return BG_SIZE_UNKNOWN;
        total += length;
    }
    return total;
}

BOOL range_plan_seek(const struct range_plan *plan, UINT64 done, struct range_cursor *cursor)
{
    UINT64 skipped = 0, length;

    for (cursor->index = 0; cursor->index < plan->count; cursor->index++)
    {
        const BG_FILE_RANGE *range = &plan->ranges[cursor->index];

        length = range_length(plan, range);
        if (length == BG_LENGTH_TO_EOF || done - skipped < length)
        {
            /* Past the end of 64 bits nothing can be: such a part fails as out of the file. */
            if (range->InitialOffset > BG_SIZE_UNKNOWN - 1 - (done - skipped))
                return FALSE;
            cursor->remote = range->InitialOffset + (done - skipped);
            cursor->remaining =
                    length == BG_LENGTH_TO_EOF ? BG_LENGTH_TO_EOF : length - (done - skipped);
            cursor->position = plan->request->in_place ? cursor->remote : done;
            return TRUE;
        }
        skipped += length;
    }
    return FALSE;
}
