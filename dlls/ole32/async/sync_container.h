/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class SynchronizeContainer: waiting for the first of several calls. */
#ifndef CONCIERGE_SYNC_CONTAINER_H
#define CONCIERGE_SYNC_CONTAINER_H

#include <windows.h>
#include <objbase.h>

/* As IClassFactory::CreateInstance. */
HRESULT synchronize_container_create(IUnknown *outer, REFIID iid, void **out);

#endif
