/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_QMGR_MANAGER_H
#define CONCIERGE_QMGR_MANAGER_H

#include <windows.h>

/* A new IBackgroundCopyManager, for the class factory. E_NOINTERFACE, E_OUTOFMEMORY. */
HRESULT manager_create(REFIID iid, void **out);

#endif
