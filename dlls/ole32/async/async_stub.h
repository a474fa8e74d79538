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

/* Whether calls to this target go to call objects; found out at the first one. In the target's
 * apartment; may call out. NULL: they do not. */
struct async_interface *async_interface_get(const struct stub_target *target);
void async_interface_free(struct async_interface *async); /* NULL is allowed */

/* Begin_ on a new call object. The call was moved (server_call.detach). TRUE: it is answered by
 * itself, at once or later. FALSE: the object has no call object this time; nothing has happened.
 */
BOOL async_stub_serve(struct server_call *call, struct com_thread *thread,
        struct async_interface *async);

/* Whether Signal has been called, or the call has ended otherwise. */
BOOL async_stub_signalled(struct async_stub *stub);

/* The thread that serves half of the call ends inside it: nothing is called out to any more. */
void async_stub_abandon(struct async_stub *stub);

/* On the apartment's last thread while it is being left: calls which are with call objects of the
 * apartment end with RPC_E_DISCONNECTED. */
void async_stubs_close(struct apartment *apartment);

#endif
