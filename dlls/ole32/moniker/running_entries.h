/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this process has registered as running. An entry is the object as a table packet, so that
 * every apartment and every other process can have it; running_share.h shows it to those.
 */
#ifndef CONCIERGE_RUNNING_ENTRIES_H
#define CONCIERGE_RUNNING_ENTRIES_H

#include "apartment.h"
#include "hash_table.h"
#include "packet.h"
#include "running_key.h"
#include "running_share.h"

struct running_entry
{
    struct hash_link key_link, cookie_link, object_link;
    volatile LONG references; /* the table's, and of those who use it */
    DWORD cookie;
    OXID_VALUE oxid; /* of the apartment that registered it */
    UINT64 oid;      /* of a weak entry's object in that apartment; 0: not known, or strong */
    struct packet object, moniker;
    FILETIME time;
    struct running_place place;
    struct running_entry *next; /* of those that an apartment leaves */
    ULONG key_size;
    BYTE key[];
};

/* With one reference, in no table yet; for the calling thread's apartment. `strong`: it keeps the
 * object. The errors of CoMarshalInterface, E_OUTOFMEMORY. */
HRESULT running_entry_create(BOOL strong, IUnknown *object, IMoniker *moniker,
        const struct running_key *key, const FILETIME *time, struct running_entry **out);
void running_entry_release(struct running_entry *entry);

/* Into the table, which has a reference of its own; gives it its cookie. *others: there is one of
 * that name already. E_OUTOFMEMORY. */
HRESULT running_entry_insert(struct running_entry *entry, const struct running_key *key,
        BOOL *others);

/* Out of the table, if it is in it still. FALSE: somebody else has done that. */
BOOL running_entry_remove(DWORD cookie);

/* Its object has gone: only the cookie is left, until it is revoked. */
void running_entry_hide(struct running_entry *entry);

/* The newest of that name, with a reference. NULL: there is none. */
struct running_entry *running_entry_find(const struct running_key *key);

/* Its time of last change. FALSE: there is no such entry. */
BOOL running_entry_time(const struct running_key *key, FILETIME *time);
BOOL running_entry_set_time(DWORD cookie, const FILETIME *time);

/* All entries, with references; by malloc. E_OUTOFMEMORY. */
HRESULT running_entries_list(struct running_entry ***list, ULONG *count);

#endif
