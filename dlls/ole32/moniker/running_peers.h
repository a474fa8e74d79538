/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The running objects of other processes. Nothing here enters wineserver when nothing has been
 * found, and no process has begun to have running objects or ended since the last time.
 */
#ifndef CONCIERGE_RUNNING_PEERS_H
#define CONCIERGE_RUNNING_PEERS_H

#include "moniker_base.h"
#include "running_key.h"

/* Whether a process that lives has one of that name. */
BOOL running_peers_have(const struct running_key *key);

/* The object, unmarshalled: the first that can be reached. MK_E_UNAVAILABLE: there is none;
 * CO_E_NOTINITIALIZED. */
HRESULT running_peers_object(const struct running_key *key, IUnknown **out);

/* Its time of last change. FALSE: there is none. */
BOOL running_peers_time(const struct running_key *key, FILETIME *time);

/* Appends the monikers of all. E_OUTOFMEMORY, CO_E_NOTINITIALIZED. */
HRESULT running_peers_list(struct moniker_list *monikers);

/* Nobody looks any more. */
void running_peers_close(void);

#endif
