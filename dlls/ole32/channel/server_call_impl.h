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

struct call_context;

struct server_call
{
    /* Set by who delivers the call. */
    const struct orpc_request *request;
    void *data; /* of the request */
    ULONG size;

    /* The answer. */
    struct orpc_reply reply;
    struct message_buffer *reply_buffer; /* NULL: no data */
    ULONG reply_size;

    /* While it is served. */
    struct server_call *outer;
    struct stub_target *target;
    RPCOLEMESSAGE message;
    IRpcChannelBuffer3 *channel;
    HRESULT result;               /* of Invoke */
    struct call_context *context; /* NULL until asked for */
    struct thread_duty duty;

    /* Set by who delivers the call: the thread ends inside the call, which is to be answered now as
     * `reply` says; the struct's memory is gone afterwards. */
    void (*thread_ended)(struct server_call *call);
};

/* Serves a call on the calling thread, which executes in the right apartment: finds the stub
 * (unless `target` names it), asks the message filter, invokes, and fills in the answer. */
void server_call_run(struct server_call *call, struct stub_target *target, DWORD dest_context);

/* The channel that stubs see, for clients in this MSHCTX_…; static. */
IRpcChannelBuffer3 *server_channel_get(DWORD dest_context);

/* --- call_context.c --- */

/* The call ends: the context object outlives it only as an empty shell, and impersonation ends. */
void call_context_end(struct server_call *call);

#endif
