/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ICallFactory of proxies: every one that standard marshalling made has it. */
#ifndef CONCIERGE_CALL_FACTORY_H
#define CONCIERGE_CALL_FACTORY_H

#include <objidl.h>

extern ICallFactoryVtbl proxy_call_factory_vtbl;

#endif
