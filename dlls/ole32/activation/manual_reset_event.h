/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class ManualResetEvent: an event that COM waits for. */
#ifndef CONCIERGE_MANUAL_RESET_EVENT_H
#define CONCIERGE_MANUAL_RESET_EVENT_H

#include <windows.h>
#include <objbase.h>

HRESULT manual_reset_event_create(IUnknown *outer, REFIID iid, void **out);

#endif
