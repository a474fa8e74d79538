/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the sources of proxy managers share. Two kinds of locks: import_lock, for what an apartment
 * imports, and one a manager, for its interface proxies. Nothing is called out to while one of them
 * is held.
 */
#ifndef CONCIERGE_PROXY_MANAGER_IMPL_H
#define CONCIERGE_PROXY_MANAGER_IMPL_H

#include "proxy_manager.h"

/* With one reference, on what is not delegated; not connected. NULL: out of memory. */
struct proxy_manager *proxy_manager_create(struct apartment *owner, IUnknown *outer);

/* Gives back what it holds of its object. Whoever comes second does nothing. */
void proxy_manager_let_go(struct proxy_manager *manager, BOOL wait);

/* --- interface_proxy.c --- */

/* Whether the interface has its proxy. */
BOOL proxy_manager_has_proxy(struct proxy_manager *manager, REFIID iid);

/* Adds an interface, or references to one that is there. It takes the references over, also when it
 * fails. */
HRESULT proxy_manager_add_interface(struct proxy_manager *manager, REFIID iid, const IPID *ipid,
        ULONG references, struct interface_proxy **out);

/* --- import_table.c --- */

/* Enters a manager, which knows its object, into the table. NULL: done; else the one which is there
 * already, with a reference on its identity, or, with *hr failed, nothing. */
struct proxy_manager *proxy_manager_enlist(struct proxy_manager *manager, HRESULT *hr);

/* Takes away a reference on what is not delegated; with the last one nobody finds it any more.
 * Returns how many are left. */
ULONG proxy_manager_release_inner(struct proxy_manager *manager);

#endif
