/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IEnumMoniker over a snapshot of monikers. objidl/nn-objidl-ienummoniker */
#ifndef CONCIERGE_MONIKER_ENUMERATOR_H
#define CONCIERGE_MONIKER_ENUMERATOR_H

#include <windows.h>
#include <objidl.h>

/* From left to right, or backwards. E_OUTOFMEMORY. */
HRESULT moniker_enumerator_create(IMoniker *const *monikers, ULONG count, BOOL forward,
        IEnumMoniker **out);

#endif
