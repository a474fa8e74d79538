/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class objects which this process has registered. */
#ifndef CONCIERGE_CLASS_TABLE_H
#define CONCIERGE_CLASS_TABLE_H

#include <windows.h>
#include <objbase.h>

#include "apartment.h"
#include "hash_table.h"

#ifndef REGCLS_AGILE
#define REGCLS_AGILE 0x10
#endif

/* A registration; what it says never changes, but for what class_table.c keeps to itself. */
struct class_registration
{
    struct list entry;       /* of all, oldest first */
    struct list class_entry; /* of its CLSID's bucket, oldest first */
    struct hash_link cookie_link;
    LONG references;
    DWORD cookie;
    CLSID clsid;
    IUnknown *object;            /* with a reference; released with the registration */
    struct apartment *apartment; /* where the object lives; with a reference */
    DWORD context;               /* CLSCTX_… */
    DWORD flags;                 /* REGCLS_… */
    BOOL suspended;
    BOOL given;          /* single use: somebody has it */
    DWORD broker_cookie; /* 0: the broker does not know it */
    BOOL withdrawn;      /* taken out of the table */
    IStream *marshalled; /* for the broker, table-strong; stays as long as the registration */
};

/* What a caller in the apartment `here` gets in process: what was registered there, and agile
 * objects of everywhere. With a reference; NULL: nothing. */
struct class_registration *class_table_find_inproc(REFCLSID clsid, struct apartment *here);

/* What a caller of this process gets as of a local server, of whatever apartment; an object of
 * single use counts as given then. With a reference; NULL: nothing. */
struct class_registration *class_table_find_local(REFCLSID clsid);

void class_registration_release(struct class_registration *registration);

/* On the last thread of an apartment which is being left: revokes what it has registered. */
void class_table_leave(struct apartment *apartment);

#endif
