/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The free-threaded marshaller: within a process the pointer itself is what is marshalled. */
#ifndef CONCIERGE_FREE_THREADED_MARSHALER_H
#define CONCIERGE_FREE_THREADED_MARSHALER_H

#include <windows.h>
#include <objidl.h>

/* What understands its packets: {0000033A-0000-0000-C000-000000000046}. */
extern const CLSID CLSID_FreeThreadedMarshaler;

/* One that belongs to no object, to unmarshal with. */
HRESULT free_threaded_marshaler_get(IMarshal **out);

/* Whether an object marshals itself this way within the process, so that it can be used in any
 * apartment; calls out. */
BOOL object_is_free_threaded(IUnknown *object);

#endif
