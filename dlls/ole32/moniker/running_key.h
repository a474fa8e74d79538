/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the running object table compares monikers: by bytes. objidl/nn-objidl-irotdata */
#ifndef CONCIERGE_RUNNING_KEY_H
#define CONCIERGE_RUNNING_KEY_H

#include <windows.h>
#include <objidl.h>

#define RUNNING_KEY_MAX 2048 /* bytes; as IROTData::GetComparisonData has it */

struct running_key
{
    ULONG size;
    BYTE data[RUNNING_KEY_MAX];
};

/* IROTData's comparison data, or else the class and the display name in capitals. E_OUTOFMEMORY:
 * it would be too long; the errors of GetDisplayName. */
HRESULT running_key_get(IMoniker *moniker, struct running_key *key);

size_t running_key_hash(const BYTE *data, ULONG size);

#endif
