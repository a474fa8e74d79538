/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker pool of an MTA: threads which run the calls into it. */
#ifndef CONCIERGE_WORKER_POOL_H
#define CONCIERGE_WORKER_POOL_H

#include "apartment.h"

struct worker_pool;

/* The pool of a new MTA. NULL when out of memory. */
struct worker_pool *worker_pool_create(struct apartment *mta);

/* With the MTA's last reference: workers have one each, so there are none. */
void worker_pool_free(struct worker_pool *pool);

/* What waits for a worker is abandoned with RPC_E_DISCONNECTED, and the workers end. Waits for
 * nobody. */
void worker_pool_close(struct worker_pool *pool);

/* S_OK; RPC_E_DISCONNECTED when the pool is closed, E_OUTOFMEMORY when no thread can be made. Then
 * the item is still the caller's. */
HRESULT worker_pool_submit(struct worker_pool *pool, struct dispatch_item *item);

#endif
