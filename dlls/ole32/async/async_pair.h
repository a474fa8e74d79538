/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which interface is the asynchronous form of which. */
#ifndef CONCIERGE_ASYNC_PAIR_H
#define CONCIERGE_ASYNC_PAIR_H

#include <windows.h>

/* IFoo's AsyncIFoo and back: the pairs of the public headers, else what the registry says in
 * Interface\{IID}\AsynchronousInterface and \SynchronousInterface; an activation context comes
 * before that. S_OK, or E_NOINTERFACE. */
HRESULT async_iid_of(REFIID synchronous, IID *asynchronous);
HRESULT synchronous_iid_of(REFIID asynchronous, IID *synchronous);

/* What the activation context alone says of an interface that is none of the public headers'. */
HRESULT context_async_iid_of(REFIID synchronous, IID *asynchronous);

#endif
