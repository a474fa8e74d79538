/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the event objects of asynchronous calls are made of: a signal in memory. To set, reset, look
 * at or take it costs a few instructions; a kernel object is made only for a thread that goes to
 * sleep in an STA (its own, kept for the next time) or when somebody asks for a handle. From then
 * on the state is that of the kernel event, so that the handle and the signal always agree.
 */
#ifndef CONCIERGE_SYNC_SIGNAL_H
#define CONCIERGE_SYNC_SIGNAL_H

#include <windows.h>

#include "call_wait.h"
#include "com_thread.h"
#include "list.h"

struct sync_signal
{
    SRWLOCK lock;        /* all but the state's bits; and the kernel event is not replaced */
    volatile LONG state; /* SIGNAL_… in sync_signal.c */
    BOOL manual;         /* a wait does not reset it */
    BOOL resets;         /* the kernel event was assigned, and it is a wait that has to reset it */
    HANDLE handle;       /* the kernel event; or NULL */
    ULONG kernel_waits;  /* waits for it in progress */
    struct list waiters; /* nodes of those asleep */
};

/* One of the signals that a thread waits for. */
struct sync_node
{
    struct list entry; /* in the signal's list, under its lock */
    struct sync_signal *signal;
    struct sync_waiter *waiter;
    BOOL linked;
};

/* A thread that waits for the first of some signals. */
struct sync_waiter
{
    struct call_wait wait; /* for call_wait_run */
    struct thread_duty duty;
    struct com_thread *thread; /* or NULL */
    struct sync_node *nodes;
    ULONG count;
    LONG taken;          /* the index of the signal that was there, and was taken; -1: none yet */
    BOOL moved;          /* one has got a kernel event: wait for that */
    BOOL armed;          /* its nodes are, or were, in the signals' lists */
    volatile LONG woken; /* 1: something has happened since it was armed */
    HANDLE event;        /* what it sleeps on when that has to be a handle; or NULL */
};

void sync_signal_init(struct sync_signal *signal, BOOL manual);

/* Nobody waits, and nobody is going to. */
void sync_signal_free(struct sync_signal *signal);

/* Sets it if that takes no more than an instruction: nobody sleeps, and there is no kernel event.
 * On TRUE the signal may be gone already. */
BOOL sync_signal_set_quickly(struct sync_signal *signal);

/* Sets it whatever that takes. The caller sees to it that the signal lives as long as the call.
 * S_OK, or E_FAIL: the event that was assigned cannot be set. */
HRESULT sync_signal_set(struct sync_signal *signal);
HRESULT sync_signal_reset(struct sync_signal *signal);

/* Whether it is set; a look, which resets nothing. */
BOOL sync_signal_is_set(struct sync_signal *signal);

/* The kernel event, made now if there was none; stays the signal's. S_OK or E_OUTOFMEMORY. */
HRESULT sync_signal_get_handle(struct sync_signal *signal, HANDLE *out);

/* From now on the signal is the given event, and has its state. The handle stays the caller's.
 * S_OK; E_INVALIDARG: not an event; E_FAIL: somebody waits for the kernel event it has already;
 * E_OUTOFMEMORY. */
HRESULT sync_signal_assign(struct sync_signal *signal, HANDLE event);

/* Before and after call_wait_run(&waiter->wait, …), which returns S_OK with `taken` or with
 * `moved`. `nodes` are room for as many as there are signals. */
void sync_waiter_begin(struct sync_waiter *waiter, struct sync_node *nodes,
        struct sync_signal *const *signals, ULONG count);
void sync_waiter_end(struct sync_waiter *waiter);

/* Waits for the first of some signals, as CoWaitForMultipleHandles does with these flags, and takes
 * it: an automatic one is reset. The lowest index wins. *timeout, in ms, becomes what is left of
 * it. S_OK and *index; S_FALSE: one of them has a kernel event, so wait for the handles of all;
 * RPC_S_CALLPENDING: the time is over, or (COWAIT_ALERTABLE) an APC ran; E_OUTOFMEMORY. */
HRESULT sync_signals_wait(struct sync_signal *const *signals, ULONG count, DWORD flags,
        DWORD *timeout, ULONG *index);

/* The same for one, with or without a kernel event. */
HRESULT sync_signal_wait(struct sync_signal *signal, DWORD flags, DWORD timeout);

/* The flags which these waits understand. */
#define SYNC_WAIT_FLAGS                                                                            \
    (COWAIT_WAITALL | COWAIT_ALERTABLE | COWAIT_INPUTAVAILABLE | COWAIT_DISPATCH_CALLS             \
            | COWAIT_DISPATCH_WINDOW_MESSAGES)

#endif
