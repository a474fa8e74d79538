/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A marshalled interface in memory, for this process; any thread may unmarshal it at any time. */
#ifndef CONCIERGE_PACKET_H
#define CONCIERGE_PACKET_H

#include <windows.h>
#include <objidl.h>

struct packet
{
    BYTE *data; /* malloc */
    ULONG size;
};

/* Marshals into memory. `context`: MSHCTX_..., `flags`: MSHLFLAGS_... As CoMarshalInterface. */
HRESULT packet_create(struct packet *packet, IUnknown *object, REFIID iid, DWORD context,
        DWORD flags);

/* As CoUnmarshalInterface. */
HRESULT packet_unmarshal(const struct packet *packet, REFIID iid, void **out);

/* A stream with what is in it, to be released. */
HRESULT packet_stream(const struct packet *packet, IStream **stream);

/* As CoReleaseMarshalData, and frees the memory, which is all for an unmarshalled normal packet. */
HRESULT packet_release(struct packet *packet);
void packet_free(struct packet *packet);

#endif
