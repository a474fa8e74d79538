/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an STA does about messages while it waits: the COM modal loop. */
#ifndef CONCIERGE_MESSAGE_PUMP_H
#define CONCIERGE_MESSAGE_PUMP_H

#include <windows.h>

struct dispatch_queue;

struct message_pump
{
    struct dispatch_queue *queue;
    BOOL calls;   /* serve incoming calls */
    BOOL all;     /* dispatch every message, not only those that must not wait */
    BOOL notice;  /* somebody wants to know `other` */
    BOOL other;   /* other messages than a call's have come; whoever looks resets it */
    BOOL posted;  /* posted ones among them, which DDE's may be */
    BOOL noticed; /* `known` says which types of messages were in the queue at the last look */
    UINT known;
    BOOL quit; /* WM_QUIT was met, which is not ours: posted again at the end */
    int quit_code;
};

/* Dispatches what may not wait: sent messages, painting and DDE; or all. Incoming calls are run
 * from the queue, best before this: what is there costs a message, since window procedures may wait
 * themselves. */
void message_pump_run(struct message_pump *pump);

/* Ends: a WM_QUIT met goes back. */
void message_pump_end(struct message_pump *pump);

/* The queue is being polled, but not meanwhile. Sleeps until a handle is signalled (WAIT_OBJECT_0 +
 * index, or abandoned), a message has come (WAIT_OBJECT_0 + count), the time is over, an APC ran.
 * `flags` are those of MsgWaitForMultipleObjectsEx. */
DWORD message_pump_sleep(struct message_pump *pump, DWORD count, const HANDLE *handles,
        DWORD timeout, DWORD flags);

#endif
