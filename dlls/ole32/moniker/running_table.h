/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_RUNNING_TABLE_H
#define CONCIERGE_RUNNING_TABLE_H

#include "apartment.h"

/* On the last thread of an apartment which is being left: revokes what it has registered. */
void running_table_leave(struct apartment *apartment);

/* An exported object is not reached any more, which only weak packets kept: its weak entries do not
 * run any longer. Any thread. */
void running_table_object_gone(UINT64 oid);

/* DLL detach: what is held of other processes is let go. `terminating`: nothing. */
void running_table_detach(BOOL terminating);

#endif
