/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dispatch queue: work for one thread, which has a message queue, from any thread.
 *
 * Items lie in a list of ours, never in a message. A hidden message-only window of the thread is
 * woken by one posted message whenever the list goes from empty to non-empty; its window procedure
 * runs the items. (A second message follows while the first of several items runs, which may run a
 * message loop of its own.) So items run wherever the thread pumps messages, modal loops included.
 * A thread which looks for itself (a COM modal loop that spins) says so, and then nothing is posted
 * at all.
 *
 * The queue is reference counted and outlives its thread: what is pending when it is closed, or
 * when its thread ends, is abandoned with an error, and a push fails from then on.
 */
#ifndef CONCIERGE_DISPATCH_QUEUE_H
#define CONCIERGE_DISPATCH_QUEUE_H

#include <windows.h>

#include "list.h"

struct dispatch_queue;

/* One piece of work, embedded in the caller's own struct. Exactly one of the two functions is
 * called, once; the item belongs to it from its first instruction. */
struct dispatch_item
{
    struct list entry;
    int priority; /* higher runs first; equal ones in the order of their pushes */
    void (*run)(struct dispatch_item *item);                  /* on the queue's thread */
    void (*abandon)(struct dispatch_item *item, HRESULT why); /* on any thread */
};

/* Makes the queue of the calling thread, with one reference. S_OK or E_OUTOFMEMORY. The thread
 * keeps it until dispatch_queue_close. The window, which costs far more, comes with
 * dispatch_queue_window, or by itself when the first item finds the thread in a message loop. */
HRESULT dispatch_queue_create(struct dispatch_queue **out);

void dispatch_queue_addref(struct dispatch_queue *queue);
void dispatch_queue_release(struct dispatch_queue *queue);

/* On the queue's thread: a reference for as long as a function runs that runs items. Should an item
 * end the thread, so that the function never returns, the reference goes with the thread. */
void dispatch_queue_hold(struct dispatch_queue *queue);
void dispatch_queue_let_go(struct dispatch_queue *queue);

/* Hands an item over, from any thread. S_OK, or RPC_E_DISCONNECTED when the queue is closed: then
 * the item is still the caller's and neither function is called. */
HRESULT dispatch_queue_push(struct dispatch_queue *queue, struct dispatch_item *item);

/* On the queue's thread: runs the first item. FALSE when there is none. */
BOOL dispatch_queue_run_one(struct dispatch_queue *queue);

/* On the queue's thread, while it polls: runs what is there, and what follows close behind if that
 * has been so lately; after some milliseconds it comes back in any case. */
void dispatch_queue_run(struct dispatch_queue *queue);

/* Whether there are items; a plain read. */
BOOL dispatch_queue_pending(const struct dispatch_queue *queue);

/* On the queue's thread: while polling (a counted state), the thread promises to look by itself
 * with dispatch_queue_run_one, and pushes post no message. On ending it, a message is posted if
 * items were left. */
void dispatch_queue_begin_polling(struct dispatch_queue *queue);
void dispatch_queue_end_polling(struct dispatch_queue *queue);

/* On the queue's thread: what a polling thread calls around code of others, a window procedure say,
 * which may run a message loop or poll and sleep by itself: meanwhile nobody polls. Returns what
 * resuming wants; a message is posted if there are items. */
LONG dispatch_queue_suspend_polling(struct dispatch_queue *queue);
void dispatch_queue_resume_polling(struct dispatch_queue *queue, LONG polling);

/* On the queue's thread: takes the message that woke it, if there is one, for a thread which is
 * going to run the items by itself and then to sleep until the next. TRUE: there was one. */
BOOL dispatch_queue_take_message(struct dispatch_queue *queue);

/* From any thread: wakes the queue's thread once more if it has items, by a message that is sent
 * and not posted. That is looked at by loops which leave posted messages alone, a wait of COM's
 * say; and, unlike a posted one, while the thread waits for the answer to a message it has sent
 * itself. For items that have waited long. */
void dispatch_queue_insist(struct dispatch_queue *queue);

/* The hidden window, or NULL. Called on the queue's thread it is made if it is missing; a thread
 * whose message loops may be odd (which take messages of certain windows only, or do not dispatch
 * those of none) does so before others learn of its queue. Messages to it outside the queue's own
 * are its owner's business. */
HWND dispatch_queue_window(struct dispatch_queue *queue);

/* On the queue's thread, or after its end on any: destroys the window, abandons what is pending
 * with RPC_E_DISCONNECTED. */
void dispatch_queue_close(struct dispatch_queue *queue);

/* Before the module is unloaded, all its queues closed. */
void dispatch_queue_module_detach(void);

#endif
