/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the sources of stub managers share. One lock, stub_lock, guards both tables, the lists of
 * exports and all counts; nothing is called out to while it is held. What has to be called (the
 * object's Release, IExternalConnection) is called after it, in the object's apartment.
 */
#ifndef CONCIERGE_STUB_MANAGER_IMPL_H
#define CONCIERGE_STUB_MANAGER_IMPL_H

#include "stub_manager.h"

struct exports
{
    struct list managers;
    IRpcStubBuffer *rem_unknown; /* with a reference; NULL until first called */
    IUnknown *rem_object;
    volatile LONG references; /* the apartment's, and those who look into it */
    BOOL closed;
};

/* With a reference; NULL: the apartment is closed, or out of memory. */
struct exports *exports_get(struct apartment *apartment);
void exports_release(struct exports *exports);

/* --- stub_table.c --- */

extern SRWLOCK stub_lock;
extern struct hash_table stubs_by_ipid;
extern struct hash_table stub_managers_by_identity;

/* Both: stub_lock is held. */
struct interface_stub *ipid_lookup(const IPID *ipid);
struct stub_manager *stub_manager_lookup(struct apartment *apartment, IUnknown *identity);

/* Whether it is that of an apartment's IRemUnknown, and of which. */
BOOL ipid_is_rem_unknown(const IPID *ipid, OXID_VALUE *oxid);

/* An unguessable number, and an IPID with one; stub_lock is held. 0, FALSE: no randomness. */
UINT64 stub_random_number(void);
BOOL stub_ipid_create(OXID_VALUE oxid, IPID *ipid);

/* --- stub_end.c --- */

/* Nobody finds the manager from here on. stub_lock is held. */
void stub_manager_close(struct stub_manager *manager);

/* Lets the object go. In the apartment; `ended` has been set by the caller, who is the only one. */
void stub_manager_tear_down(struct stub_manager *manager);

/* Tears a closed manager down, or leaves that to the last call that is being made. */
void stub_manager_end(struct stub_manager *manager);

/* A call into the object or its stubs begins: it puts the end off. stub_lock is held. */
static inline void stub_manager_enter(struct stub_manager *manager)
{
    InterlockedIncrement(&manager->active);
}

/* It is over; the caller has a reference on the manager. */
void stub_manager_leave(struct stub_manager *manager);

/* Enters the manager for a call to the object's IExternalConnection. In the apartment. NULL, and
 * nothing is entered: it has none, or not any more. */
IExternalConnection *stub_manager_enter_external(struct stub_manager *manager);

/* Units went away under the lock; now, without it, what that means: the object is told, and with
 * `end` (the manager has been closed) let go. `wait` FALSE: in its apartment, later. */
void stub_manager_farewell(struct stub_manager *manager, ULONG units, BOOL last_closes, BOOL end,
        BOOL wait);

#endif
