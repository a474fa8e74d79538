/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for shared memory to change, on the processor. */

#include "transport_parts.h"

BOOL spin_until(BOOL (*ready)(void *argument), void *argument, DWORD microseconds)
{
    LONGLONG end;

    if (!spin_begin())
        return FALSE;
    end = spin_now() + spin_ticks(microseconds);
    while (!ready(argument))
    {
        spin_pause();
        if (spin_now() >= end)
        {
            spin_end();
            return ready(argument);
        }
    }
    spin_end();
    return TRUE;
}
