/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The slots by themselves, in which http's operations are under way: who waits is let in, and a
 * lower one is not kept out by higher ones for ever. Any number may end as soon as they are let in,
 * without the stack growing with them. Others than this thread let in as well, when it is slow.
 */
#include "inet_slots.h"

#include "tap.h"

TAP_TIME_LIMIT(60);

#define CROWD 20000u
#define FIRST 16u /* as many are let in at once */
#define HIGHER 40u
#define TURNS 1000u

struct visitor
{
    struct inet_slot slot;
    LONG granted;
};

static struct visitor first[FIRST], crowd[CROWD], higher[HIGHER], low;
static volatile LONG let_in, nested;
static DWORD counted; /* the thread whose calls are */
static unsigned int depth;

/* Stays. */
static void grant(struct inet_slot *slot)
{
    CONTAINING_RECORD(slot, struct visitor, slot)->granted++;
    InterlockedIncrement(&let_in);
}

/* Goes again at once. */
static void grant_and_leave(struct inet_slot *slot)
{
    BOOL counts = GetCurrentThreadId() == counted;

    if (counts && depth++)
        InterlockedIncrement(&nested);
    CONTAINING_RECORD(slot, struct visitor, slot)->granted++;
    inet_slot_release(slot);
    if (counts)
        depth--;
    InterlockedIncrement(&let_in);
}

static void test_crowd(void)
{
    unsigned int i, held = 0, once = 0;

    for (i = 0; i < FIRST; i++)
    {
        inet_slot_init(&first[i].slot, grant);
        held += inet_slot_acquire(&first[i].slot, 0);
    }
    is_uint(held, FIRST, "so many are let in");
    for (i = 0; i < CROWD; i++)
    {
        inet_slot_init(&crowd[i].slot, grant_and_leave);
        if (inet_slot_acquire(&crowd[i].slot, 0))
            grant_and_leave(&crowd[i].slot); /* those before it are through already */
    }
    for (i = 0; i < FIRST; i++)
        inet_slot_release(&first[i].slot);
    while (let_in < (LONG)CROWD)
        Sleep(1);
    for (i = 0; i < CROWD; i++)
        once += crowd[i].granted == 1 && crowd[i].slot.state == SLOT_NONE;
    is_uint(once, CROWD, "each of a crowd is let in once");
    is_int(nested, 0, "none while the call for another is on the stack");
}

/* Higher ones that come back at once, more than there are slots, and one below them. */
static void test_low(void)
{
    unsigned int i, turns = 0;

    for (i = 0; i < HIGHER; i++)
    {
        inet_slot_init(&higher[i].slot, grant);
        inet_slot_acquire(&higher[i].slot, 1);
    }
    inet_slot_init(&low.slot, grant);
    inet_slot_acquire(&low.slot, 0);
    for (i = 0; low.slot.state != SLOT_HELD && turns < TURNS; i = (i + 1) % HIGHER)
    {
        if (higher[i].slot.state != SLOT_HELD)
            continue;
        turns++;
        inet_slot_release(&higher[i].slot);
        inet_slot_acquire(&higher[i].slot, 1);
    }
    ok(turns <= 16, "a lower one is let in after %u turns of higher ones", turns);
    for (i = 0; i < HIGHER; i++)
        inet_slot_cancel(&higher[i].slot);
    for (i = 0; i < HIGHER; i++)
        inet_slot_release(&higher[i].slot);
    inet_slot_release(&low.slot);
    is_uint(low.slot.state, SLOT_NONE, "a slot is given back");
    inet_slot_release(&low.slot);
    ok(!inet_slot_leave(&low.slot), "giving it back twice is harmless");
}

static void test_waiting(void)
{
    struct visitor *waiting = &low;
    unsigned int i, held = 0;
    BOOL cancelled;

    waiting->granted = 0;
    for (i = 0; i < FIRST; i++)
        held += inet_slot_acquire(&first[i].slot, 0);
    is_uint(held, FIRST, "all is as it was");
    cancelled = !inet_slot_acquire(&waiting->slot, 0) && inet_slot_cancel(&waiting->slot);
    ok(!inet_slot_cancel(&waiting->slot), "who has gone cannot go again");
    for (i = 0; i < FIRST; i++)
        inet_slot_release(&first[i].slot);
    while (!cancelled && !waiting->granted)
        Sleep(1);
    is_int(waiting->granted, !cancelled, "who has gone is not let in");
    inet_slot_release(&waiting->slot);
}

/* What takes its thread a while begins elsewhere, unless hardly anything else is under way. */
static void test_begin(void)
{
    unsigned int i, here = 0;

    let_in = 0;
    for (i = 0; i < FIRST; i++)
    {
        inet_slot_init(&first[i].slot, grant);
        here += inet_slot_begin(&first[i].slot, 0);
    }
    ok(here > 0 && here < FIRST, "%u of %u begin here", here, FIRST);
    while (let_in < (LONG)(FIRST - here))
        Sleep(1);
    is_int(let_in, (LONG)(FIRST - here), "each of the others elsewhere");
    ok(!inet_slots_are_quiet(), "it is not quiet");
    for (i = 0; i < FIRST; i++)
        inet_slot_release(&first[i].slot);
    ok(inet_slots_are_quiet(), "it is, in the end");
}

int main(void)
{
    counted = GetCurrentThreadId();
    test_crowd(); /* the system's pool, whose timer it is, keeps what it needs for the first */
    test_begin();
    tap_account_begin();
    test_low();
    test_waiting();
    tap_account_end("slots");
    return done_testing();
}
