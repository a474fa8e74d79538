/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table of running objects (running_layout.h), as others read it: while its owner changes it, and
 * whatever its owner has put there.
 */
#ifndef CONCIERGE_RUNNING_VIEW_H
#define CONCIERGE_RUNNING_VIEW_H

#include "packet.h"
#include "running_key.h"
#include "running_layout.h"

struct running_view
{
    const struct running_data *data;
    ULONG size, capacity;
};

/* An entry, copied. */
struct running_copy
{
    struct packet moniker, object; /* within `record` */
    FILETIME time;
    struct running_record *record; /* malloc */
};

/* FALSE: it is no such table. */
BOOL running_view_init(struct running_view *view, const void *data, ULONG size);

/* The next entry with this key; *step begins as 0. `copy`, if it is not NULL, is to be freed.
 * FALSE: there is no other. E_OUTOFMEMORY looks like that, too. */
BOOL running_view_find(const struct running_view *view, const struct running_key *key, ULONG *step,
        struct running_copy *copy);

/* The next of all entries. */
BOOL running_view_next(const struct running_view *view, ULONG *step, struct running_copy *copy);

void running_copy_free(struct running_copy *copy);

#endif
