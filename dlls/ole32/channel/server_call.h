/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A call being served by the calling thread: thread->serving, innermost first. */
#ifndef CONCIERGE_SERVER_CALL_H
#define CONCIERGE_SERVER_CALL_H

#include <windows.h>
#include <objbase.h>

struct server_call;

/* Who called. */
DWORD server_call_caller_process(const struct server_call *call);
DWORD server_call_caller_thread(const struct server_call *call);

/* The caller's apartment, as CoGetCallerTID says it: a thread, 0 the MTA, -1 the NTA. */
DWORD server_call_caller_apartment(const struct server_call *call);

/* The call that was being served by this thread when this one came in; NULL when none. */
struct server_call *server_call_outer(const struct server_call *call);

/* Handlers of the transport between processes; receive starts a call, rundown gives back a dead
 * client's references. */
struct transport_handlers;
const struct transport_handlers *server_call_transport_handlers(void);

#endif
