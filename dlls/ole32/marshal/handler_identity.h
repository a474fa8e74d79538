/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identities of objects with a handler on their client's side. */
#ifndef CONCIERGE_HANDLER_IDENTITY_H
#define CONCIERGE_HANDLER_IDENTITY_H

#include <windows.h>
#include <objidl.h>

#include "apartment.h"
#include "objref.h"

struct proxy_manager;

/* Unmarshals an OBJREF_HANDLER; as proxy_import. */
HRESULT handler_import(struct apartment *here, const struct objref *objref, REFIID iid, void **out);

/* Unmarshals the data of a custom OBJREF of CLSID_AggStdMarshal, `size` bytes: an OBJREF_HANDLER
 * and what the object wrote after it for its handler. Afterwards the stream is behind all of that.
 */
HRESULT handler_unmarshal(struct apartment *here, IStream *stream, ULONG size, REFIID iid,
        void **out);

/* Releases such data. */
HRESULT handler_release(IStream *stream, ULONG size);

/* The count of references of an identity, when `outer` is one; else NULL. */
volatile LONG *handler_identity_count(IUnknown *outer);

/* CoGetStdMarshalEx, SMEXF_HANDLER: the standard marshaller of the handler inside `outer`, which
 * has a reference of its own on it from then on. E_INVALIDARG: `outer` is no identity of ours.
 * E_UNEXPECTED: it has one already. */
HRESULT handler_identity_adopt(IUnknown *outer, struct proxy_manager *manager);

#endif
