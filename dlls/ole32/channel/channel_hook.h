/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Channel hooks: data of others that travel beside each call. */
#ifndef CONCIERGE_CHANNEL_HOOK_H
#define CONCIERGE_CHANNEL_HOOK_H

#include <windows.h>
#include <objidl.h>

#include "orpc.h"

/* Whether any hook is registered. */
BOOL channel_hooks_any(void);

/* The client's side: what goes with the request; what came with the answer. */
void channel_hooks_client_send(struct orpc_request *request, DWORD server_process);
void channel_hooks_client_receive(const struct orpc_request *request,
        const struct orpc_reply *reply, HRESULT status);

/* The server's side. `object` is the server's interface; `reply` gets the extensions. */
void channel_hooks_server_receive(const struct orpc_request *request, REFIID iid, IUnknown *object);
void channel_hooks_server_send(const struct orpc_request *request, REFIID iid, IUnknown *object,
        struct orpc_reply *reply);

#endif
