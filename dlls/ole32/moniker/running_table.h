/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_RUNNING_TABLE_H
#define CONCIERGE_RUNNING_TABLE_H

#include "apartment.h"

/* On the last thread of an apartment which is being left: revokes what it has registered. */
void running_table_leave(struct apartment *apartment);

#endif
