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

/* objref_read for those who understand no custom OBJREF: E_INVALIDARG. */
HRESULT standard_read(IStream *stream, struct objref *objref);

/* IMarshal::GetUnmarshalClass of the standard marshallers: CLSID_StdMarshal, or CLSID_AggStdMarshal
 * for an object with a handler, which the object's own data may follow. `object` may be NULL. */
HRESULT standard_unmarshal_class(IUnknown *object, DWORD context, void *context_data, CLSID *clsid);

/* IMarshal::ReleaseMarshalData of the standard marshallers; `iface` is not looked at. */
HRESULT STDMETHODCALLTYPE standard_ReleaseMarshalData(IMarshal2 *iface, IStream *stream);

/* IStdMarshalInfo: the class which wants to handle the object on the client's side. FALSE: none.
 * Calls out. */
BOOL object_handler(IUnknown *object, DWORD context, void *context_data, CLSID *clsid);

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

#endif
