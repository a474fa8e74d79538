/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inet_slots.h"

#define SLOTS 16u
#define SLOTS_MORE 8u   /* let in when nothing moves for */
#define SLOTS_TICK 100u /* milliseconds, but never beyond */
#define SLOTS_MAX 256u
#define SHARE 16u        /* of so many let in past lower ones the last is a lower one */
#define BEGUN_AT_ONCE 2u /* while so many are held none begins on the thread that asks for it */

static SRWLOCK slots_lock = SRWLOCK_INIT;
static struct list waiting = {&waiting, &waiting};
static unsigned int held;
static unsigned int limit = SLOTS;
static unsigned int movements; /* slots given back since the last tick */
static BOOL ticking;
static BOOL letting_in; /* a thread of the pool does, or is about to */
static ULONGLONG arrivals;
static unsigned int passed; /* how many were let in past lower ones, without a lower one */

/* Set in a thread that lets others in. */
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static DWORD thread_lets_in = TLS_OUT_OF_INDEXES;

void inet_slot_init(struct inet_slot *slot, void (*granted)(struct inet_slot *slot))
{
    list_init(&slot->entry);
    slot->state = SLOT_NONE;
    slot->granted = granted;
}

/* Whose turn it is of those that wait; under the lock. They are in order of their priorities. */
static struct inet_slot *pick_waiting(void)
{
    struct inet_slot *first = LIST_ENTRY_OF(waiting.next, struct inet_slot, entry);
    struct inet_slot *last = LIST_ENTRY_OF(waiting.prev, struct inet_slot, entry);
    struct inet_slot *slot, *oldest = NULL;

    if (first->priority == last->priority)
    {
        passed = 0;
        return first;
    }
    if (++passed < SHARE)
        return first;
    passed = 0;
    LIST_FOR_EACH(slot, &waiting, struct inet_slot, entry)
    {
        if (slot->priority != first->priority && (!oldest || slot->order < oldest->order))
            oldest = slot;
    }
    return oldest;
}

/* The next one to be let in, or NULL; under the lock. */
static struct inet_slot *next_waiting(void)
{
    struct inet_slot *slot;

    if (held >= limit || list_empty(&waiting))
        return NULL;
    slot = pick_waiting();
    list_remove(&slot->entry);
    slot->state = SLOT_HELD;
    held++;
    return slot;
}

static BOOL CALLBACK slots_init(INIT_ONCE *init_once, void *parameter, void **context)
{
    (void)init_once;
    (void)parameter;
    (void)context;
    thread_lets_in = TlsAlloc();
    return thread_lets_in != TLS_OUT_OF_INDEXES;
}

/* FALSE: it is done further up on this thread's stack already. */
static BOOL begin_letting_in(void)
{
    if (!InitOnceExecuteOnce(&once, slots_init, NULL, NULL))
        return TRUE;
    return !TlsGetValue(thread_lets_in) && TlsSetValue(thread_lets_in, &thread_lets_in);
}

static void end_letting_in(void)
{
    if (thread_lets_in != TLS_OUT_OF_INDEXES)
        TlsSetValue(thread_lets_in, NULL);
}

void inet_slots_module_detach(void)
{
    if (thread_lets_in != TLS_OUT_OF_INDEXES)
        TlsFree(thread_lets_in);
}

/* Who is let in may end at once, and have another let in: not from within, or the stack would grow
 * with the number of those that wait. */
void inet_slots_let_in(void)
{
    struct inet_slot *slot;

    if (!begin_letting_in())
        return;
    for (;;)
    {
        AcquireSRWLockExclusive(&slots_lock);
        slot = next_waiting();
        ReleaseSRWLockExclusive(&slots_lock);
        if (!slot)
            break;
        slot->granted(slot);
    }
    end_letting_in();
}

static void CALLBACK slots_tick(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    LARGE_INTEGER due;
    FILETIME time;
    BOOL again;

    (void)instance;
    (void)context;
    AcquireSRWLockExclusive(&slots_lock);
    if (!movements && !list_empty(&waiting) && limit < SLOTS_MAX)
        limit += SLOTS_MORE;
    movements = 0;
    again = ticking = !list_empty(&waiting);
    ReleaseSRWLockExclusive(&slots_lock);
    if (!again)
    {
        CloseThreadpoolTimer(timer);
        return;
    }
    inet_slots_let_in();
    due.QuadPart = -(LONGLONG)SLOTS_TICK * 10000;
    time.dwLowDateTime = due.LowPart;
    time.dwHighDateTime = (DWORD)due.HighPart;
    SetThreadpoolTimer(timer, &time, 0, 0);
}

static void start_ticking(void)
{
    TP_TIMER *timer = CreateThreadpoolTimer(slots_tick, NULL, NULL);
    LARGE_INTEGER due;
    FILETIME time;

    if (!timer)
    {
        /* Whoever waits next tries again. */
        AcquireSRWLockExclusive(&slots_lock);
        ticking = FALSE;
        ReleaseSRWLockExclusive(&slots_lock);
        return;
    }
    due.QuadPart = -(LONGLONG)SLOTS_TICK * 10000;
    time.dwLowDateTime = due.LowPart;
    time.dwHighDateTime = (DWORD)due.HighPart;
    SetThreadpoolTimer(timer, &time, 0, 0);
}

/* Under the lock: in its place among those that wait. */
static void add_waiting(struct inet_slot *slot)
{
    struct list *before;

    for (before = waiting.prev; before != &waiting; before = before->prev)
    {
        if (CONTAINING_RECORD(before, struct inet_slot, entry)->priority >= slot->priority)
            break;
    }
    list_add_tail(before->next, &slot->entry);
    slot->state = SLOT_WAITING;
}

static void CALLBACK let_in_run(TP_CALLBACK_INSTANCE *instance, void *context)
{
    BOOL again;

    (void)instance;
    (void)context;
    do
    {
        inet_slots_let_in();
        AcquireSRWLockExclusive(&slots_lock);
        letting_in = again = held < limit && !list_empty(&waiting);
        ReleaseSRWLockExclusive(&slots_lock);
    } while (again);
}

/* Has a thread of the pool let in. */
static void let_in_elsewhere(void)
{
    if (TrySubmitThreadpoolCallback(let_in_run, NULL, NULL))
        return;
    AcquireSRWLockExclusive(&slots_lock);
    letting_in = FALSE;
    ReleaseSRWLockExclusive(&slots_lock);
    inet_slots_let_in();
}

/* At once only while less than `most` are held. */
static BOOL slot_acquire(struct inet_slot *slot, LONG priority, unsigned int most)
{
    BOOL start = FALSE, elsewhere = FALSE;

    slot->priority = priority;
    AcquireSRWLockExclusive(&slots_lock);
    slot->order = arrivals++;
    if (held < limit && held < most && list_empty(&waiting))
    {
        slot->state = SLOT_HELD;
        held++;
        ReleaseSRWLockExclusive(&slots_lock);
        return TRUE;
    }
    add_waiting(slot);
    if (!ticking)
        start = ticking = TRUE;
    if (held < limit && !letting_in)
        elsewhere = letting_in = TRUE;
    ReleaseSRWLockExclusive(&slots_lock);
    if (start)
        start_ticking();
    if (elsewhere)
        let_in_elsewhere();
    return FALSE;
}

BOOL inet_slot_acquire(struct inet_slot *slot, LONG priority)
{
    return slot_acquire(slot, priority, SLOTS_MAX);
}

BOOL inet_slot_begin(struct inet_slot *slot, LONG priority)
{
    return slot_acquire(slot, priority, BEGUN_AT_ONCE);
}

BOOL inet_slots_are_quiet(void)
{
    BOOL quiet;

    AcquireSRWLockShared(&slots_lock);
    quiet = held <= 1 && list_empty(&waiting);
    ReleaseSRWLockShared(&slots_lock);
    return quiet;
}

BOOL inet_slot_leave(struct inet_slot *slot)
{
    BOOL more;

    AcquireSRWLockExclusive(&slots_lock);
    if (slot->state != SLOT_HELD)
    {
        ReleaseSRWLockExclusive(&slots_lock);
        return FALSE;
    }
    slot->state = SLOT_NONE;
    held--;
    movements++;
    if (limit > SLOTS && held < SLOTS)
        limit = SLOTS;
    more = !list_empty(&waiting);
    ReleaseSRWLockExclusive(&slots_lock);
    return more;
}

void inet_slot_release(struct inet_slot *slot)
{
    if (inet_slot_leave(slot))
        inet_slots_let_in();
}

BOOL inet_slot_cancel(struct inet_slot *slot)
{
    BOOL waited;

    AcquireSRWLockExclusive(&slots_lock);
    waited = slot->state == SLOT_WAITING;
    if (waited)
    {
        list_remove(&slot->entry);
        slot->state = SLOT_NONE;
    }
    ReleaseSRWLockExclusive(&slots_lock);
    return waited;
}
