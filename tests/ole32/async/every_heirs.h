/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_EVERY_HEIRS_H
#define CONCIERGE_EVERY_HEIRS_H

#include "asyncif_heirs.h"

#include <rpcproxy.h>

extern const IID IID_AsyncIEveryHeir, IID_AsyncIStreamHeir, IID_AsyncIDispatchHeir;

/* Registers the proxies of asyncif_heirs.idl in this process, which is in an apartment, and the
 * pairs of IIDs; and likewise IEveryType's. */
void every_heirs_register(void);
HRESULT every_heirs_factory(IPSFactoryBuffer **out);

/* Whether this program says which interfaces it has proxies for, as proxy/stub DLLs do. */
extern BOOL every_heirs_listed;

/* An object with all of asyncif_heirs.idl, without call objects. IDispatch is that of the heir. One
 * reference. */
HRESULT every_heirs_create(IEveryHeir **out);
LONG every_heirs_count(void);

#endif
