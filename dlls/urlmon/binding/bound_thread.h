/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The threads that bind: each has a dispatch queue, through which everything that belongs to it
 * gets there, and holds its bindings until they end or the thread does.
 */
#ifndef CONCIERGE_BOUND_THREAD_H
#define CONCIERGE_BOUND_THREAD_H

#include "dispatch_queue.h"

struct binding;
struct bound_thread;

/* A level of priority, of the download manager. */
struct priority_level
{
    LONG priority;
    BOOL waiting;        /* those below have something to deliver */
    unsigned int passed; /* deliveries since they wait */
    ULONGLONG since;     /* when that began, in ticks of the system */
    ULONGLONG seen;      /* when that was last found to be so */
};

#define PRIORITY_LEVELS (THREAD_PRIORITY_TIME_CRITICAL - THREAD_PRIORITY_IDLE + 1)

struct bound_thread
{
    LONG references;
    DWORD id;
    struct dispatch_queue *queue;
    struct list entry;             /* in the list of all threads that bind */
    volatile LONG64 waiting_since; /* when the queue got something, in ticks; 0: all is done */
    volatile LONG64 lazy_since; /* when there was something that is in no hurry; 0: all is told */
    LONG64 insisted_since;      /* the wait about which the thread was told again; the watcher's */
    unsigned int insisted;      /* how often */
    ULONGLONG looked;           /* when bound_thread_pump looked for messages; the thread's alone */
    volatile LONG pushes;       /* counts what comes into the queue; a wait for that is on it */
    struct list calls;          /* those that run on the thread now; the thread's alone */
    SRWLOCK lock;               /* guards what follows, and the reports of the bindings */
    BOOL ended;                 /* nothing will be delivered any more */
    struct list bindings;       /* all that have begun and not ended; each holds a reference */
    unsigned int active;        /* how many of them there are */

    /* The download manager's. */
    struct list ready; /* bindings with something to deliver; the longest waiting first */
    struct dispatch_item item;
    BOOL pushed;          /* the item lies in the queue, or is about to */
    unsigned int running; /* runs of the item on the thread's stack, each with a reference */
    PTP_TIMER alarm;      /* for those of a low priority, if nothing else wakes the thread */
    BOOL alarm_set;       /* it has a reference */
    unsigned int level_count;
    struct priority_level levels[PRIORITY_LEVELS];
};

/* The record of the calling thread, made if need be, with a reference. E_OUTOFMEMORY. */
HRESULT bound_thread_get(struct bound_thread **out);
/* The same if there is one; NULL, and no reference, if not. */
struct bound_thread *bound_thread_current(void);

void bound_thread_addref(struct bound_thread *thread);
void bound_thread_release(struct bound_thread *thread);

/* Hands an item to the thread's queue, as dispatch_queue_push does, and sees to it that the thread
 * looks for it even in a loop that leaves posted messages alone. */
HRESULT bound_thread_push(struct bound_thread *thread, struct dispatch_item *item);

/* Has the watcher look soon, for a `lazy_since` that was set. */
void bound_thread_watch(void);

/* On the thread: it runs its items. What else lies in the queue waits from now on. */
void bound_thread_served(struct bound_thread *thread);

static inline BOOL bound_thread_is_current(const struct bound_thread *thread)
{
    return thread->id == GetCurrentThreadId();
}

/* On the thread: runs its message loop until done() is TRUE. Each wake-up of the queue asks
 * again. A WM_QUIT is left for the caller's loop. */
void bound_thread_pump(struct bound_thread *thread, BOOL (*done)(void *context), void *context);

#endif
