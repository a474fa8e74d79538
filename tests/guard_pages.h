/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory between pages that cannot be read: who goes one byte too far, to either side, crashes. */
#ifndef CONCIERGE_TESTS_GUARD_PAGES_H
#define CONCIERGE_TESTS_GUARD_PAGES_H

#include <windows.h>

#include "tap.h"

#define GUARD_PAGE 0x1000

/* `size` bytes, cleared; a number of whole pages, which may be 0. */
static inline BYTE *guarded_alloc(SIZE_T size)
{
    BYTE *pages = VirtualAlloc(NULL, size + 2 * GUARD_PAGE, MEM_RESERVE, PAGE_NOACCESS);

    if (!pages || (size && !VirtualAlloc(pages + GUARD_PAGE, size, MEM_COMMIT, PAGE_READWRITE)))
        bail_out("no memory between guard pages");
    return pages + GUARD_PAGE;
}

static inline void guarded_free(BYTE *memory)
{
    VirtualFree(memory - GUARD_PAGE, 0, MEM_RELEASE);
}

#endif
