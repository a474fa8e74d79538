/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of a call being served; for channel/ only. */
#ifndef CONCIERGE_SERVER_CALL_IMPL_H
#define CONCIERGE_SERVER_CALL_IMPL_H

#include <windows.h>
#include <objidl.h>

#include "com_thread.h"
#include "message_buffer.h"
#include "orpc.h"
#include "server_call.h"
#include "stub_manager.h"

struct async_stub;
struct call_context;

struct server_call
{
    /* Set by who delivers the call. */
    const struct orpc_request *request;
    void *data; /* of the request */
    ULONG size;
    /* Whether the client has asked to cancel it, or is gone. Any thread. */
    BOOL (*cancelled)(const struct server_call *call);
    /* The call is to outlive the function that delivers it: moves it into memory of its own, and
     * returns it there. NULL when out of memory: then it is where it was. */
    struct server_call *(*detach)(struct server_call *call);
    /* Of a call that was moved: sends the answer and frees the call. Any thread. */
    void (*answer)(struct server_call *call);

    /* The answer. */
    struct orpc_reply reply;
    struct message_buffer *reply_buffer; /* NULL: no data */
    ULONG reply_size;

    /* While it is served. */
    DWORD dest_context; /* where the client is, a MSHCTX_… */
    struct server_call *outer;
    struct stub_target *target;
    struct stub_target found; /* the target, when who delivered the call did not say it */
    struct async_stub *async; /* it is with a call object */
    RPCOLEMESSAGE message;
    IRpcChannelBuffer3 *channel;
    HRESULT result;               /* of Invoke */
    struct call_context *context; /* NULL until asked for */
    struct thread_duty duty;

    /* Set by who delivers the call: the thread ends inside the call, which is to be answered now as
     * `reply` says; the struct's memory is gone afterwards. */
    void (*thread_ended)(struct server_call *call);
    /* Of a call that was moved, instead: the thread ends inside the call, which another thread is
     * going to answer. NULL: nothing is to be done. */
    void (*thread_leaves)(struct server_call *call);
};

/* Serves a call on the calling thread, which executes in the right apartment: finds the stub
 * (unless `target` names it), asks the message filter, invokes, and fills in the answer. TRUE: the
 * answer is there. FALSE: the call has been moved, and is answered, or has been, by itself. */
BOOL server_call_run(struct server_call *call, struct stub_target *target, DWORD dest_context);

/* --- server_call.c, for calls which are served in two halves --- */

/* What a thread was doing before a call, or half of one. */
struct thread_state
{
    struct com_thread *thread;
    GUID causality;
    ULONG causality_depth;
    IUnknown *call_context;
    IErrorInfo *error_info;
};

/* The calling thread serves the call from now on, until server_call_leave. `last`: it has been
 * served, and its error object goes with the answer; else it is served further later. */
void server_call_enter(struct server_call *call, struct com_thread *thread,
        struct thread_state *state);
void server_call_leave(struct server_call *call, const struct thread_state *state, BOOL last);

/* Whether the request's data can be handed to NDR. */
BOOL server_call_valid(const struct server_call *call);

/* What the client gets for an exception with this code. */
HRESULT server_call_exception_status(DWORD code);

/* Has the stub invoke the object's own method, between enter and leave. The answer is complete. */
void server_call_invoke(struct server_call *call);

/* What the stub returned, and left in the message, becomes the answer. */
void server_call_invoked(struct server_call *call, HRESULT hr);

/* Answers a call that was moved, and frees it. In the target's apartment. */
void server_call_finish(struct server_call *call);

/* The channel that stubs see, for clients in this MSHCTX_…; static. */
IRpcChannelBuffer3 *server_channel_get(DWORD dest_context);

/* --- call_context.c --- */

/* Half of the call has been served: impersonation ends. */
void call_context_pause(struct server_call *call);

/* The call ends: the context object outlives it only as an empty shell, and impersonation ends. */
void call_context_end(struct server_call *call);

#endif
