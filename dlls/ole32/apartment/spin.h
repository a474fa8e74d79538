/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Spinning: looking again and again, where what is waited for comes sooner than a sleeping thread
 * would be awake. Only as many threads spin as there are processors. */
#ifndef CONCIERGE_SPIN_H
#define CONCIERGE_SPIN_H

#include <windows.h>

/* FALSE: enough threads spin. Else spin_end must follow. */
BOOL spin_begin(void);
void spin_end(void);

/* The performance counter, and how many of its ticks these microseconds are. */
LONGLONG spin_now(void);
LONGLONG spin_ticks(ULONG microseconds);

/* A few dozen nanoseconds of doing nothing. */
static inline void spin_pause(void)
{
    unsigned int turn;

    for (turn = 0; turn < 8; turn++)
        YieldProcessor();
}

#endif
