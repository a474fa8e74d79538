/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets of byte ranges: sorted, merged, without overlaps. Arrays by malloc, NULL when empty. */
#ifndef CONCIERGE_QMGR_RANGE_SET_H
#define CONCIERGE_QMGR_RANGE_SET_H

#include <windows.h>
#include "bits2_0.h"

struct range_set
{
    BG_FILE_RANGE *ranges;
    UINT32 count;
};

/* Adds or takes away [offset, offset + length); the length may be BG_LENGTH_TO_EOF. E_OUTOFMEMORY
 * leaves the set as it was. */
HRESULT range_set_add(struct range_set *set, UINT64 offset, UINT64 length);
HRESULT range_set_subtract(struct range_set *set, UINT64 offset, UINT64 length);
HRESULT range_set_copy(struct range_set *to, const struct range_set *from);
void range_set_free(struct range_set *set);

/* The sum of all lengths; BG_SIZE_UNKNOWN when one reaches to the end of the file. */
UINT64 range_set_length(const struct range_set *set);

#endif
