/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for the answer to a call, written once: briefly spinning, then, in an STA, in the COM
 * modal loop (incoming calls are served, the message filter is asked), elsewhere asleep.
 *
 * What is waited for tells whether it is ready, and hands out what to sleep on only when somebody
 * is about to: nobody signals a kernel object for a waiter that spins.
 */
#ifndef CONCIERGE_CALL_WAIT_H
#define CONCIERGE_CALL_WAIT_H

#include <windows.h>

#define CALL_WAIT_HANDLES 3 /* room that arm is given; each implementation says what it uses */

struct call_wait
{
    /* Whether the answer is there; a few instructions, polled. */
    BOOL (*ready)(struct call_wait *wait);

    /* Called before sleeping. Announces a sleeper to the other side and fills in up to two handles
     * (the answer's event; the peer process), or sets *address to a LONG that changes from *value
     * on readiness, for threads that need no messages (then it returns 0 when address suffices).
     * `kernel` is TRUE when handles are needed (the waiter also waits for messages). */
    DWORD(*arm)
    (struct call_wait *wait, BOOL kernel, HANDLE handles[CALL_WAIT_HANDLES],
            volatile LONG **address, LONG *value);

    DWORD callee; /* the called thread's ID, for IMessageFilter::MessagePending; 0: unknown */
};

/* An answer which comes from a thread of this process. */
struct completion
{
    struct call_wait wait;
    volatile LONG state; /* COMPLETION_… in call_wait.c */
    HANDLE event;        /* made when a waiter needs one */
};

void completion_init(struct completion *completion);
void completion_signal(struct completion *completion); /* any thread, once; may be freed after */
void completion_free(struct completion *completion);
/* Who sleeps on the address looks whether it is ready; any thread, while the completion lives. */
void completion_nudge(struct completion *completion);

enum call_wait_flags
{
    CALL_WAIT_FILTERED = 1, /* a call the user made: the message filter's MessagePending is asked */
    CALL_WAIT_NO_CALLS = 2, /* do not serve incoming calls (input-synchronous callers) */
};

/* Waits as the calling thread's apartment has to. timeout in ms, INFINITE allowed.
 * S_OK: ready. RPC_S_CALLPENDING: the time is over. RPC_E_CALL_CANCELED: the message filter
 * cancelled the call (only with CALL_WAIT_FILTERED). */
HRESULT call_wait_run(struct call_wait *wait, DWORD timeout, ULONG flags);

#endif
