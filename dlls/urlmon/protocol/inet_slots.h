/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many operations of WinINet are under way at once: each blocks one of its threads. Two hundred
 * bindings share sixteen; higher priorities come first, equal ones take turns, and of sixteen that
 * are let in while lower ones wait, one is the lower one that has waited longest. Servers that do
 * not answer keep nobody waiting for long: while none of those under way ends, more are let in.
 */
#ifndef CONCIERGE_INET_SLOTS_H
#define CONCIERGE_INET_SLOTS_H

#include <windows.h>

#include "list.h"

struct inet_slot
{
    struct list entry;
    LONG priority;
    ULONGLONG order; /* of arrival among those that wait */
    enum
    {
        SLOT_NONE,
        SLOT_WAITING,
        SLOT_HELD
    } state;
    /* Called, without any lock, when a slot that was waited for is held; it gives up a reference
     * which the waiter took. It may give the slot back: the next is called when it has returned. */
    void (*granted)(struct inet_slot *slot);
};

void inet_slot_init(struct inet_slot *slot, void (*granted)(struct inet_slot *slot));

/* TRUE: it is held now. FALSE: `granted` will be called. Not while held or waiting. */
BOOL inet_slot_acquire(struct inet_slot *slot, LONG priority);

/* The same for what takes the thread a while on which it is granted: a slot that is free is held
 * now only when hardly any other is; else `granted` is called on another thread, while this one
 * goes on. */
BOOL inet_slot_begin(struct inet_slot *slot, LONG priority);

/* Gives a held slot back; harmless otherwise. */
void inet_slot_release(struct inet_slot *slot);

/* The same in two steps, for those with a lock of their own: TRUE: inet_slots_let_in() is to be
 * called without it. */
BOOL inet_slot_leave(struct inet_slot *slot);
void inet_slots_let_in(void);

/* Whether nobody waits, and at most one slot is held. */
BOOL inet_slots_are_quiet(void);

/* Stops waiting. TRUE: `granted` will not be called any more; FALSE: it has been, is being, or
 * nobody waited. */
BOOL inet_slot_cancel(struct inet_slot *slot);

/* The module goes. */
void inet_slots_module_detach(void);

#endif
