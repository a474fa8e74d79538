/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's end of calls to one exported interface: the IRpcChannelBuffer3 that an interface
 * proxy is connected to. */
#ifndef CONCIERGE_CLIENT_CHANNEL_H
#define CONCIERGE_CLIENT_CHANNEL_H

#include <windows.h>
#include <objidl.h>

#include "apartment.h"
#include "orpc.h"
#include "transport.h"

/* Where calls go. Exactly one of `server` and `connection` is set. */
struct channel_target
{
    struct apartment *owner; /* the apartment the proxy belongs to */
    OXID_VALUE oxid;
    IPID ipid;
    struct apartment *server;      /* an apartment of this process */
    struct connection *connection; /* another process */
    DWORD dest_context;            /* MSHCTX_… */
};

/* A channel with one reference, which keeps references on what `target` names. */
HRESULT client_channel_create(const struct channel_target *target, IRpcChannelBuffer3 **out);

/* The proxy that uses the channel, of which no reference is taken: by its description answers are
 * taken apart that nobody reads. */
void client_channel_set_proxy(IRpcChannelBuffer3 *channel, IUnknown *proxy);

/* From now on IsConnected says so and calls fail with RPC_E_DISCONNECTED. */
void client_channel_disconnect(IRpcChannelBuffer3 *channel);

/* Whether a call out of `owner`, the calling thread's apartment, could make this thread wait for
 * one that waits for it: inside input-synchronous calls and the SendMessage of other threads. */
BOOL client_channel_must_not_wait(const struct apartment *owner);

/* IClientSecurity for a proxy manager to give out, aggregated into `outer` (the proxy manager's
 * identity); *out is an interface that AddRefs and Releases outer. */
HRESULT client_security_create(IUnknown *outer, IUnknown **inner);

#endif
