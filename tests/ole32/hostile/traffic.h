/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls as programs make them, through the recorder. */
#ifndef CONCIERGE_TESTS_OLE32_TRAFFIC_H
#define CONCIERGE_TESTS_OLE32_TRAFFIC_H

#include <windows.h>
#include <objbase.h>

/* A proxy of the object's interface whose calls go through the recorder. */
IUnknown *traffic_proxy(IUnknown *object, REFIID iid);

/* One call of each kind on an object that has all of the victims' interfaces. */
void traffic_make(IUnknown *proxy);

#endif
