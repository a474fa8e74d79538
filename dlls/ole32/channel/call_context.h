/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The context object of a call being served: IServerSecurity. */
#ifndef CONCIERGE_CALL_CONTEXT_H
#define CONCIERGE_CALL_CONTEXT_H

#include <windows.h>
#include <objbase.h>

struct server_call;

/* An interface of the call's own context object, which is made when first asked for. S_OK,
 * E_NOINTERFACE, E_OUTOFMEMORY. */
HRESULT call_context_query(struct server_call *call, REFIID iid, void **out);

#endif
