/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "range_set.h"

#include <stdlib.h>

/* The first byte after a range; open ranges and overflowing ones end at the largest number. */
static UINT64 range_end(UINT64 offset, UINT64 length)
{
    return length == BG_LENGTH_TO_EOF || offset + length < offset ? MAXUINT64 : offset + length;
}

static BG_FILE_RANGE range_between(UINT64 begin, UINT64 end)
{
    BG_FILE_RANGE range = {begin, end == MAXUINT64 ? BG_LENGTH_TO_EOF : end - begin};

    return range;
}

HRESULT range_set_add(struct range_set *set, UINT64 offset, UINT64 length)
{
    UINT64 begin = offset, end = range_end(offset, length);
    BG_FILE_RANGE *ranges;
    UINT32 i, count = 0;

    if (!length)
        return S_OK;
    if (!(ranges = malloc((set->count + 1) * sizeof(*ranges))))
        return E_OUTOFMEMORY;
    for (i = 0; i < set->count; i++)
    {
        UINT64 other = set->ranges[i].InitialOffset,
               other_end = range_end(other, set->ranges[i].Length);

        if (other_end < begin)
            ranges[count++] = set->ranges[i];
        else if (other > end)
            break;
        else
        {
            begin = min(begin, other);
            end = max(end, other_end);
        }
    }
    ranges[count++] = range_between(begin, end);
    for (; i < set->count; i++)
        ranges[count++] = set->ranges[i];
    free(set->ranges);
    set->ranges = ranges;
    set->count = count;
    return S_OK;
}

HRESULT range_set_subtract(struct range_set *set, UINT64 offset, UINT64 length)
{
    UINT64 begin = offset, end = range_end(offset, length);
    BG_FILE_RANGE *ranges;
    UINT32 count = 0;

    if (!length || !set->count)
        return S_OK;
    if (!(ranges = malloc((set->count + 1) * sizeof(*ranges))))
        return E_OUTOFMEMORY;
    for (UINT32 i = 0; i < set->count; i++)
    {
        UINT64 other = set->ranges[i].InitialOffset,
               other_end = range_end(other, set->ranges[i].Length);

        if (other < min(begin, other_end))
            ranges[count++] = range_between(other, min(begin, other_end));
        if (max(end, other) < other_end)
            ranges[count++] = range_between(max(end, other), other_end);
    }
    free(set->ranges);
    set->ranges = ranges;
    set->count = count;
    return S_OK;
}

HRESULT range_set_copy(struct range_set *to, const struct range_set *from)
{
    to->count = 0;
    to->ranges = NULL;
    if (!from->count)
        return S_OK;
    if (!(to->ranges = malloc(from->count * sizeof(*to->ranges))))
        return E_OUTOFMEMORY;
    memcpy(to->ranges, from->ranges, from->count * sizeof(*to->ranges));
    to->count = from->count;
    return S_OK;
}

void range_set_free(struct range_set *set)
{
    free(set->ranges);
    set->ranges = NULL;
    set->count = 0;
}

UINT64 range_set_length(const struct range_set *set)
{
    UINT64 total = 0;

    for (UINT32 i = 0; i < set->count; i++)
    {
        if (set->ranges[i].Length == BG_LENGTH_TO_EOF)
            return BG_SIZE_UNKNOWN;
        total += set->ranges[i].Length;
    }
    return total;
}
