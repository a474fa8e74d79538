/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Standard marshalling: what CoMarshalInterface and its kin do for objects without IMarshal, and
 * what the standard marshaller's IMarshal does. The calling thread must be in an apartment. */
#ifndef CONCIERGE_STANDARD_MARSHAL_H
#define CONCIERGE_STANDARD_MARSHAL_H

#include <windows.h>
#include <objidl.h>

#include "apartment.h"
#include "objref.h"

/* Whether these can be meant: E_INVALIDARG otherwise. */
HRESULT marshal_check_arguments(DWORD context, DWORD flags);

/* Marshals an interface of an object of this apartment. */
HRESULT standard_marshal(IStream *stream, REFIID iid, IUnknown *object, DWORD context,
        void *context_data, DWORD flags);

/* Unmarshals what objref_read has read: the forms other than custom. */
HRESULT standard_unmarshal(const struct objref *objref, REFIID iid, void **out);

/* Releases such a packet without unmarshalling it. */
HRESULT standard_release(const struct objref *objref);

/* Disconnects an object of this apartment; S_OK also when it was not exported. */
HRESULT standard_disconnect(IUnknown *object);

/* Writes an OBJREF; when that fails, what it holds is given back. */
HRESULT standard_write(IStream *stream, const struct objref *objref);

/* Bytes of an OBJREF that is not extended, at most, without custom data: the SDK's sizeof(OBJREF).
 */
#define STANDARD_MARSHAL_SIZE 88u

/* What standard_marshal writes for the object, exactly: rpcrt4 places what follows an array of
 * interface pointers by what CoGetMarshalSizeMax said. Calls out. */
ULONG standard_marshal_size(IUnknown *object, DWORD context, void *context_data);

/* Client-side handlers: handler_identity.c. As proxy_import. */
HRESULT handler_import(struct apartment *here, const struct objref *objref, REFIID iid, void **out);

#endif
