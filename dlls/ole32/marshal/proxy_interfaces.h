/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interfaces that every proxy has besides its object's. */
#ifndef CONCIERGE_PROXY_INTERFACES_H
#define CONCIERGE_PROXY_INTERFACES_H

#include "com_aggregate.h"
#include "proxy_manager.h"

/* QueryInterface, AddRef and Release of an interface of the manager, which go to its identity:
 * <prefix>_<interface>_QueryInterface, …; and <prefix>_from_<interface>. */
#define PROXY_INTERFACE_METHODS(prefix, interface_type)                                            \
    COM_DELEGATED_METHODS(prefix, struct proxy_manager, interface_type, interface_type##_iface,    \
            outer)

extern const IMultiQIVtbl proxy_multi_qi_vtbl;
extern const IRpcOptionsVtbl proxy_rpc_options_vtbl;
extern const IForegroundTransferVtbl proxy_foreground_vtbl;

/* Asks the server for several interfaces at once and adds those it has. In the apartment. S_OK when
 * it answered: then each has its result. */
HRESULT proxy_manager_query(struct proxy_manager *manager, const IID *iids, WORD count,
        HRESULT *results);

/* Whether the interface has its proxy, or is answered without asking the server. */
BOOL proxy_manager_has(struct proxy_manager *manager, REFIID iid);

/* A proxy which belongs to no manager's list, connected, for the copies of CoCopyProxy. */
HRESULT interface_proxy_create(struct proxy_manager *manager, IUnknown *outer, REFIID iid,
        const IPID *ipid, struct interface_proxy **out);
void interface_proxy_free(struct interface_proxy *proxy);

/* The interface proxy of such a copy, which `copy` is an interface of, with a reference by way of
 * `copy`; NULL: it is something else. */
struct interface_proxy *proxy_copy_find(IUnknown *copy);

/* Answered by such copies alone. */
extern const IID IID_ProxyCopy;

#endif
