/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The object through which bindings call a client: see callback_holder.c. */
#ifndef CONCIERGE_CALLBACK_HOLDER_H
#define CONCIERGE_CALLBACK_HOLDER_H

#include <urlmon.h>

/* A new holder for a client. E_OUTOFMEMORY. */
HRESULT callback_holder_create(IBindStatusCallback *client, IBindStatusCallback **out);

/* The client behind a callback that is a holder, else the callback itself; with a reference. */
IBindStatusCallback *callback_holder_client(IBindStatusCallback *callback);

/* Another holder for the same client, which stays with it when the first one gets another; of a
 * callback that is no holder, itself. E_OUTOFMEMORY. */
HRESULT callback_holder_copy(IBindStatusCallback *callback, IBindStatusCallback **out);

/* Gives a holder another client; *previous is the one it had, with a reference. S_FALSE: `callback`
 * is no holder. E_OUTOFMEMORY. */
HRESULT callback_holder_exchange(IBindStatusCallback *callback, IBindStatusCallback *client,
        IBindStatusCallback **previous);

#endif
