/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread that works in an apartment which it has not entered: in the MTA or the NTA. */
#ifndef CONCIERGE_APARTMENT_STAY_H
#define CONCIERGE_APARTMENT_STAY_H

#include "apartment.h"
#include "com_thread.h"

struct apartment_stay
{
    struct thread_duty duty;
    struct com_thread *thread;
    struct apartment *apartment; /* with a reference */
    struct apartment *before;    /* where the thread was */
};

/* Both on the thread; properly nested. Should the thread end meanwhile, the stay ends with it. */
void apartment_stay_begin(struct apartment_stay *stay, struct com_thread *thread,
        struct apartment *apartment);
void apartment_stay_end(struct apartment_stay *stay);

#endif
