/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for a call which another thread may cancel. The client is let go at once or when the time
 * that the canceller gave the server is over; what the server answers later is thrown away.
 */
#ifndef CONCIERGE_CANCEL_STATE_H
#define CONCIERGE_CANCEL_STATE_H

#include <windows.h>

#include "client_call.h"

struct cancel_state
{
    SRWLOCK lock;
    struct client_call *call; /* in flight; NULL: none is */
    volatile BOOL cancelled;
    ULONGLONG deadline;         /* GetTickCount64; until then the answer still counts */
    volatile LONG notice;       /* the waiter is to look */
    HANDLE event;               /* for a waiter that sleeps on handles; made when one does */
    struct completion *address; /* on which waiters sleep */
    ULONG address_sleepers;
    volatile LONG waiters; /* threads in call_await */
};

/* The call is in flight, or no longer; by its own thread. */
void cancel_state_begin(struct cancel_state *state, struct client_call *call);
void cancel_state_end(struct cancel_state *state);
/* Has the waiter look; any thread. */
void cancel_state_notify(struct cancel_state *state);
void cancel_state_free(struct cancel_state *state);

/* Any thread. `seconds`: how long the answer still counts; RPC_C_CANCEL_INFINITE_TIMEOUT. S_OK;
 * RPC_E_CALL_COMPLETE: no call is in flight; RPC_E_CALL_CANCELED: it was cancelled already. */
HRESULT cancel_state_cancel(struct cancel_state *state, ULONG seconds);

/* RPC_E_CALL_CANCELED, RPC_S_CALLPENDING, RPC_E_CALL_COMPLETE. Any thread. */
HRESULT cancel_state_test(struct cancel_state *state);

/* Whether the call was cancelled, and its time is over. Any thread. */
BOOL cancel_state_due(struct cancel_state *state);

/* Waits for the answer as call_wait_run does, with its flags; `state` is NULL when nobody can
 * cancel the call. A call that was made while another is served is cancelled with that. S_OK: it is
 * there. RPC_E_CALL_CANCELED, RPC_S_CALLPENDING. */
HRESULT call_await(struct client_call *call, struct cancel_state *state, DWORD timeout,
        ULONG flags);

#endif
