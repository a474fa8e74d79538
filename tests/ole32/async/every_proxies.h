/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_EVERY_PROXIES_H
#define CONCIERGE_EVERY_PROXIES_H

#include <windows.h>
#include <objidl.h>

extern const CLSID CLSID_EveryProxies;

/* The factory of IEveryType's proxies and stubs. */
HRESULT every_proxies_factory(IPSFactoryBuffer **out);

/* Writes a pair of IIDs into the user's registry. */
void every_pair_register(REFIID iid, REFIID async_iid);

/* Registers that factory in this process, which is in an apartment, and the pair of IIDs. */
void every_register(void);

#endif
