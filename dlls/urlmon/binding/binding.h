/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bindings: what IMoniker::BindToStorage and BindToObject of a URL moniker start. */
#ifndef CONCIERGE_BINDING_H
#define CONCIERGE_BINDING_H

#include <urlmon.h>

/* A binding always has IHttpNegotiate for protocols. As service and interface this one says that
 * nobody is behind it (S_OK, an IUnknown of the binding's): the client has none, and an answer need
 * not be taken to the bound thread. */
extern const IID IID_NegotiateForNobody;

/*
 * Binds to the data of a URL: a stream (IID_IStream, IID_ISequentialStream or IID_IUnknown). The
 * callback comes from the context. S_OK: *out has it (synchronous); MK_S_ASYNCHRONOUS: the callback
 * gets it; else the documented INET_E_, MK_E_ or OLE error.
 */
HRESULT binding_to_storage(IMoniker *moniker, IUri *uri, IBindCtx *context, REFIID iid, void **out);

/* Binds to the object that the data describe: its class comes from the media type. The same
 * results. */
HRESULT binding_to_object(IMoniker *moniker, IUri *uri, IBindCtx *context, REFIID iid, void **out);

#endif
