/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The download manager.
 *
 * - A delivery is one turn of a binding: its notifications up to one of data, with at most a quota
 *   of bytes read. What is not delivered is not read, so the protocol's bounded buffer fills and
 *   the network stops: the share of deliveries is the share of the network.
 * - Bindings of one priority take turns in the order in which they became ready.
 * - A higher priority goes first. Those below it, all together, get one delivery after each
 *   SHARE - 1 of the higher one, and one when they have had none for SHARE_TIME milliseconds. Among
 *   those below, the same rule holds again.
 * - That holds as well while the higher one has nothing to deliver just now but its network is at
 *   work, that is, when its protocol has reported within the last SHARE_TIME milliseconds. A
 *   binding whose server has stalled holds nobody up.
 */
#include "download_manager.h"

#include "binding_impl.h"
#include "trace.h"

#define SHARE 16
#define SHARE_TIME 100
/* Bytes a turn: of a binding alone on its thread, of one of several, and of a lower one while a
 * higher one is at work. */
#define QUOTA_ALONE (16 << 20)
#define QUOTA_SHARED (256 << 10)
#define QUOTA_LOW (64 << 10)

static void manager_run(struct dispatch_item *item);

static struct bound_thread *thread_from_item(struct dispatch_item *item)
{
    return LIST_ENTRY_OF(item, struct bound_thread, item);
}

static void manager_abandon(struct dispatch_item *item, HRESULT why)
{
    struct bound_thread *thread = thread_from_item(item);

    (void)why;
    bound_thread_release(thread);
}

void download_manager_init(struct bound_thread *thread)
{
    thread->item.run = manager_run;
    thread->item.abandon = manager_abandon;
}

/* With the lock: FALSE when the thread need not be woken: it will be, or nothing is ready. */
static BOOL make_ready(struct binding *binding)
{
    struct bound_thread *thread = binding->thread;

    if (thread->ended)
        return FALSE;
    if (list_empty(&binding->ready_entry) && !binding->suspended && !binding->busy
            && binding_has_work(binding))
        list_add_tail(&thread->ready, &binding->ready_entry);
    return !thread->pushed && !list_empty(&thread->ready);
}

BOOL download_manager_ready(struct binding *binding)
{
    struct bound_thread *thread = binding->thread;

    if (!make_ready(binding))
        return FALSE;
    thread->lazy_since = 0;
    thread->pushed = TRUE;
    return TRUE;
}

BOOL download_manager_ready_lazily(struct binding *binding)
{
    struct bound_thread *thread = binding->thread;

    if (!make_ready(binding) || thread->lazy_since)
        return FALSE;
    thread->lazy_since = (LONG64)GetTickCount64();
    return TRUE;
}

void download_manager_wake(struct bound_thread *thread)
{
    bound_thread_addref(thread);
    if (FAILED(bound_thread_push(thread, &thread->item)))
        bound_thread_release(thread);
}

/* The priority that counts: on the scale of threads, of which there are PRIORITY_LEVELS. */
static LONG rank(const struct binding *binding)
{
    return max(THREAD_PRIORITY_IDLE, min(binding->priority, THREAD_PRIORITY_TIME_CRITICAL));
}

/* Whether a binding is to be reckoned with: it has something to deliver, or soon will. */
static BOOL binding_works(const struct binding *binding, ULONGLONG now)
{
    if (binding->suspended || binding->ended)
        return FALSE;
    return !list_empty(&binding->ready_entry) || now - binding->last_report < SHARE_TIME;
}

static struct priority_level *level_of(struct bound_thread *thread, LONG priority)
{
    struct priority_level *level;
    unsigned int i;

    for (i = 0; i < thread->level_count; i++)
    {
        if (thread->levels[i].priority == priority)
            return &thread->levels[i];
    }
    level = &thread->levels[thread->level_count++];
    level->priority = priority;
    level->waiting = FALSE;
    return level;
}

/* With the lock: the highest priority below `below` that works, and the first ready binding of it.
 * FALSE: there is none. */
static BOOL find_level(struct bound_thread *thread, LONGLONG below, ULONGLONG now, LONG *priority,
        struct binding **ready)
{
    struct binding *binding;
    BOOL found = FALSE;

    *ready = NULL;
    LIST_FOR_EACH(binding, &thread->bindings, struct binding, thread_entry)
    {
        if (rank(binding) >= below || (found && rank(binding) <= *priority)
                || !binding_works(binding, now))
            continue;
        *priority = rank(binding);
        found = TRUE;
    }
    if (!found)
        return FALSE;
    LIST_FOR_EACH(binding, &thread->ready, struct binding, ready_entry)
    {
        if (rank(binding) == *priority)
        {
            *ready = binding;
            break;
        }
    }
    return TRUE;
}

/* Whether all bindings of the thread have the same priority. */
static BOOL is_even(struct bound_thread *thread)
{
    const struct binding *first = NULL, *binding;

    LIST_FOR_EACH(binding, &thread->bindings, struct binding, thread_entry)
    {
        if (!first)
            first = binding;
        else if (rank(binding) != rank(first))
            return FALSE;
    }
    return TRUE;
}

/* With the lock: whether those below `priority` wait. */
static BOOL is_anyone_below(struct bound_thread *thread, LONG priority)
{
    struct binding *binding;

    LIST_FOR_EACH(binding, &thread->ready, struct binding, ready_entry)
    {
        if (rank(binding) < priority)
            return TRUE;
    }
    return FALSE;
}

/* With the lock: the binding to deliver to when their priorities differ, or NULL. */
static struct binding *pick_uneven(struct bound_thread *thread, DWORD *wait)
{
    ULONGLONG now = GetTickCount64();
    LONGLONG below = (LONGLONG)MAXLONG + 1;
    LONG priority = 0;

    for (;;)
    {
        struct priority_level *level;
        struct binding *ready;

        if (!find_level(thread, below, now, &priority, &ready))
            return NULL;
        if (!is_anyone_below(thread, priority))
            return ready;
        level = level_of(thread, priority);
        if (now - level->seen > SHARE_TIME)
            level->waiting = FALSE; /* nobody has looked for so long */
        level->seen = now;
        if (!level->waiting)
        {
            level->waiting = TRUE;
            level->passed = 0;
            level->since = now;
        }
        if (level->passed + 1 < SHARE && now - level->since < SHARE_TIME)
        {
            if (ready)
                level->passed++;
            else
                *wait = (DWORD)(SHARE_TIME - (now - level->since));
            return ready;
        }
        below = priority;
    }
}

/* With the lock: the next binding to deliver to, or NULL; then *wait is after how many milliseconds
 * to look again, 0 for not at all. */
static struct binding *pick(struct bound_thread *thread, DWORD *wait)
{
    struct binding *picked;
    unsigned int i;

    *wait = 0;
    if (list_empty(&thread->ready))
        return NULL;
    if (is_even(thread))
    {
        for (i = 0; i < thread->level_count; i++)
            thread->levels[i].waiting = FALSE; /* there is nobody below */
        return LIST_ENTRY_OF(thread->ready.next, struct binding, ready_entry);
    }
    if (!(picked = pick_uneven(thread, wait)))
        return NULL;
    for (i = 0; i < thread->level_count; i++)
    {
        if (thread->levels[i].priority > rank(picked))
            thread->levels[i].waiting = FALSE;
    }
    return picked;
}

ULONG download_manager_quota(struct binding *binding)
{
    struct bound_thread *thread = binding->thread;
    ULONGLONG now = GetTickCount64();
    ULONG quota = QUOTA_ALONE;
    struct binding *other;

    AcquireSRWLockShared(&thread->lock);
    LIST_FOR_EACH(other, &thread->bindings, struct binding, thread_entry)
    {
        if (other == binding || !binding_works(other, now))
            continue;
        quota = QUOTA_SHARED;
        if (rank(other) > rank(binding))
        {
            quota = QUOTA_LOW;
            break;
        }
    }
    ReleaseSRWLockShared(&thread->lock);
    return quota;
}

void download_manager_look(struct bound_thread *thread)
{
    BOOL wake;

    AcquireSRWLockExclusive(&thread->lock);
    thread->lazy_since = 0;
    wake = !thread->ended && !thread->pushed;
    if (wake)
        thread->pushed = TRUE;
    ReleaseSRWLockExclusive(&thread->lock);
    if (wake)
        download_manager_wake(thread);
}

/* On a thread of the system's pool, when those of a low priority have waited. No timer of the
 * thread itself: there are loops which do not dispatch its messages. */
static void CALLBACK alarm_run(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    struct bound_thread *thread = context;

    (void)instance;
    (void)timer;
    AcquireSRWLockExclusive(&thread->lock);
    thread->alarm_set = FALSE;
    ReleaseSRWLockExclusive(&thread->lock);
    download_manager_look(thread);
    bound_thread_release(thread);
}

/* On the thread: has it look again after some milliseconds. */
static void set_alarm(struct bound_thread *thread, DWORD milliseconds)
{
    ULARGE_INTEGER due = {.QuadPart = (ULONGLONG)((LONGLONG)milliseconds * -10000)};
    FILETIME time = {due.u.LowPart, due.u.HighPart};
    BOOL set;

    if (!thread->alarm && !(thread->alarm = CreateThreadpoolTimer(alarm_run, thread, NULL)))
        return; /* out of memory: the next report wakes it */
    AcquireSRWLockExclusive(&thread->lock);
    set = !thread->alarm_set;
    thread->alarm_set = TRUE;
    ReleaseSRWLockExclusive(&thread->lock);
    if (!set)
        return;
    bound_thread_addref(thread);
    SetThreadpoolTimer(thread->alarm, &time, 0, 0);
}

/* One turn: reports up to the first of data. */
static void turn(struct binding *binding)
{
    struct bound_thread *thread = binding->thread;
    struct report again = {.kind = REPORT_DATA, .code = 0};
    struct report *report;
    BOOL data;

    binding->quota = download_manager_quota(binding);
    do
    {
        report = NULL;
        AcquireSRWLockExclusive(&thread->lock);
        if (!binding->suspended)
        {
            if (binding->again && !binding->aborted)
            {
                report = &again;
                binding->again = FALSE;
            }
            else if (!list_empty(&binding->reports))
            {
                report = LIST_ENTRY_OF(binding->reports.next, struct report, entry);
                list_remove(&report->entry);
            }
        }
        ReleaseSRWLockExclusive(&thread->lock);
        if (!report)
            break;
        data = report->kind == REPORT_DATA;
        binding->delivering = report != &again ? report : NULL;
        binding_deliver(binding, report, FALSE);
        binding->delivering = NULL;
        if (report != &again)
            report_free(report);
    } while (!data);
    binding->turns--;
    binding->busy--;
}

static void manager_run(struct dispatch_item *item)
{
    struct bound_thread *thread = thread_from_item(item);
    struct binding *binding;
    BOOL wake = FALSE;
    DWORD wait;

    thread->running++;
    bound_thread_served(thread);
    AcquireSRWLockExclusive(&thread->lock);
    thread->pushed = FALSE;
    thread->lazy_since = 0;
    if ((binding = pick(thread, &wait)))
    {
        list_remove(&binding->ready_entry);
        binding_hold(binding);
        binding->busy++; /* here, so that nobody makes it ready again */
        binding->turns++;
        /* The callbacks may run message loops, where the others go on. */
        if (!list_empty(&thread->ready))
            wake = thread->pushed = TRUE;
    }
    ReleaseSRWLockExclusive(&thread->lock);
    if (wake)
        download_manager_wake(thread);
    if (wait)
        set_alarm(thread, wait);
    if (binding)
    {
        dispatch_queue_hold(thread->queue);
        turn(binding);
        binding_resume_delivery_last(binding);
        dispatch_queue_let_go(thread->queue);
        binding_let_loose(binding);
    }
    thread->running--;
    bound_thread_release(thread);
}
