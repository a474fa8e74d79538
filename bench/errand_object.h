/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The object of errand.idl. */
#ifndef CONCIERGE_BENCH_ERRAND_OBJECT_H
#define CONCIERGE_BENCH_ERRAND_OBJECT_H

#include <windows.h>
#include <objidl.h>

#include "errand.h"

/* A new object, with one reference; `call_objects`: it has ICallFactory. NULL without memory. */
IErrand *errand_create(BOOL call_objects);

/* Registers IErrand's proxies in this apartment, and the pair of IIDs in the registry. */
HRESULT errand_register(void);

#endif
