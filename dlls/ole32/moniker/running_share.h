/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This process's table of running objects (running_layout.h), as its owner writes it. The caller
 * locks, but for running_share_publish.
 */
#ifndef CONCIERGE_RUNNING_SHARE_H
#define CONCIERGE_RUNNING_SHARE_H

#include "packet.h"
#include "running_key.h"

/* Where an entry is; {0} before it is added. Stays where it is in memory until it is removed. */
struct running_place
{
    BOOL placed;
    ULONG slot;
    ULONG at, room; /* of its record */
};

/* All that others shall know; they find it as soon as the process is listed. E_OUTOFMEMORY. */
HRESULT running_share_add(struct running_place *place, const struct running_key *key,
        const struct packet *moniker, const struct packet *object, const FILETIME *time);

void running_share_set_time(const struct running_place *place, const FILETIME *time);

/* Harmless for what is not there. */
void running_share_remove(struct running_place *place);

/* Has the broker list this process, if it does not yet. Waits as a COM call does; without a lock.
 * S_OK, or why nobody else will find its objects: it is tried again some time later. */
HRESULT running_share_publish(void);

#endif
