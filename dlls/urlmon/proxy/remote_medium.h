/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* STGMEDIUMs in the data of a RemSTGMEDIUM. */
#ifndef CONCIERGE_REMOTE_MEDIUM_H
#define CONCIERGE_REMOTE_MEDIUM_H

#include <windows.h>
#include <objidl.h>

/*
 * Packs a medium into malloc memory, which becomes *packed, *size bytes; of an empty one NULL and
 * 0. The medium stays the caller's. Streams, storages and pUnkForRelease are marshalled; a file is
 * its name; global memory is copied, or, when it has more than `room` bytes, becomes a stream from
 * which the other side fetches it. DV_E_TYMED: what is drawn does not travel; E_OUTOFMEMORY.
 */
HRESULT remote_medium_pack(const STGMEDIUM *medium, ULONG room, BYTE **packed, ULONG *size);

/* Makes a medium of its own from that; nothing outside data[0..size) is looked at. On failure it is
 * TYMED_NULL. E_INVALIDARG: it is not what remote_medium_pack made. */
HRESULT remote_medium_unpack(const BYTE *data, ULONG size, STGMEDIUM *medium);

/* Releases a medium whose file, if nothing says otherwise by pUnkForRelease, belongs to somebody
 * else: only the name goes. */
void remote_medium_release(STGMEDIUM *medium);

#endif
