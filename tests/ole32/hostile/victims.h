/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects to which hostile input is sent. Their methods do as little as they may. */
#ifndef CONCIERGE_TESTS_OLE32_VICTIMS_H
#define CONCIERGE_TESTS_OLE32_VICTIMS_H

#include <windows.h>
#include <objbase.h>

#include "testif.h"

enum victim_kind
{
    VICTIM_PLAIN,
    VICTIM_HANDLER, /* IStdMarshalInfo names a handler */
    VICTIM_CUSTOM,  /* IMarshal of its own */
    VICTIM_AGILE,   /* the free-threaded marshaller */
};

/* A new one: IClassFactory, IStream, IMoniker, ITestServer. */
IUnknown *victim_create(enum victim_kind kind);
LONG victims_alive(void);
LONG victims_called(void); /* methods which were reached */

/* The unmarshalling class of VICTIM_CUSTOM, for this process, and the proxies of ITestServer. In
 * each apartment that unmarshals. */
void victims_register(void);

/* Marshals, into memory of malloc. */
HRESULT victim_marshal(IUnknown *object, REFIID iid, DWORD context, DWORD flags, BYTE **data,
        ULONG *size);

/* A stream over memory of the caller: it reads and seeks, nothing else. On the stack; counts no
 * references. */
struct memory_stream
{
    IStream IStream_iface;
    const BYTE *data;
    ULONG size, at;
    LONG references;
};
void memory_stream_init(struct memory_stream *stream, const void *data, ULONG size);

#endif
