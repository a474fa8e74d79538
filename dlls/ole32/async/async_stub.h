/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that a server processes asynchronously: an object with ICallFactory, and a call object of
 * its for the interface's AsyncIFoo. "Making and Processing Asynchronous Calls".
 */
#ifndef CONCIERGE_ASYNC_STUB_H
#define CONCIERGE_ASYNC_STUB_H

#include <windows.h>

#include "apartment.h"

struct async_interface; /* what is known of an exported interface's asynchronous side */
struct async_stub;      /* a call that is with a call object */
struct com_thread;
struct server_call;
struct stub_target;

/* Whether calls to this target may go to call objects. Calls nobody; any thread. */
BOOL async_interface_possible(const struct stub_target *target);

/* The same of an interface that is being exported: what the activation context of the calling
 * thread says of it. NULL: nothing; the registry is asked at the first call. */
struct async_interface *async_interface_in_context(REFIID iid);
void async_interface_free(struct async_interface *async); /* NULL is allowed */

/* Serves a call which was moved (server_call.detach), in the target's apartment: Begin_ on a new
 * call object, or, when the object has none, its own method. It is answered by itself, at once or
 * later. */
void async_stub_serve(struct server_call *call, struct com_thread *thread);

/* Whether Signal has been called, or the call has ended otherwise. */
BOOL async_stub_signalled(struct async_stub *stub);

/* The thread that serves half of the call ends inside it, and holds the loader's lock. TRUE: the
 * call is answered, as its reply says, on another thread, which lets the call object go. FALSE: out
 * of memory, and nothing has been done but that the stub has forgotten the call. */
BOOL async_stub_thread_ended(struct async_stub *stub);

/* On the apartment's last thread while it is being left: calls which are with call objects of the
 * apartment end with RPC_E_DISCONNECTED. */
void async_stubs_close(struct apartment *apartment);

#endif
