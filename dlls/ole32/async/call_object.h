/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's call objects: AsyncIFoo, ISynchronize, ISynchronizeHandle and ICancelMethodCalls for
 * one asynchronous call at a time. "Making an Asynchronous Call". */
#ifndef CONCIERGE_CALL_OBJECT_H
#define CONCIERGE_CALL_OBJECT_H

#include <windows.h>
#include <objidl.h>

struct ndr_interface;

/* A call object for calls through `channel`, described by `ndr`, which becomes its own whatever
 * happens. It keeps `proxy`, the proxy manager's identity. `iid` of it is given out: IUnknown when
 * `outer`, which aggregates it, is not NULL. S_OK, E_NOINTERFACE, CLASS_E_NOAGGREGATION,
 * E_OUTOFMEMORY. */
HRESULT call_object_create(IUnknown *proxy, IRpcChannelBuffer3 *channel, struct ndr_interface *ndr,
        REFIID async_iid, IUnknown *outer, REFIID iid, void **out);

#endif
