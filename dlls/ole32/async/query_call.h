/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call objects for AsyncIUnknown and AsyncIMultiQI: what a proxy manager does by itself, not by an
 * interface proxy. "AsyncIUnknown interface", "AsyncIMultiQI interface". */
#ifndef CONCIERGE_QUERY_CALL_H
#define CONCIERGE_QUERY_CALL_H

#include <windows.h>
#include <objidl.h>

struct proxy_manager;

/* One call object has both. In the manager's apartment. S_OK, E_NOINTERFACE,
 * CLASS_E_NOAGGREGATION, E_OUTOFMEMORY. */
HRESULT query_call_create(struct proxy_manager *manager, IUnknown *outer, REFIID iid, void **out);

#endif
