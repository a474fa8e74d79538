/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of marshalling share: an object that counts, and apartments to run things in. */
#ifndef MARSHAL_BED_H
#define MARSHAL_BED_H

#include <windows.h>
#include <objbase.h>

#include "tap.h"

/* An object with IClassFactory (CreateInstance gives IUnknown of a new such object), IPersist,
 * and on demand more. Everything about it is counted. */
struct counted
{
    IClassFactory IClassFactory_iface;
    IPersist IPersist_iface;
    IExternalConnection IExternalConnection_iface;
    IStdMarshalInfo IStdMarshalInfo_iface;
    LONG references;      /* 1 at first */
    LONG calls;           /* methods but IUnknown's */
    DWORD call_thread;    /* of the last one */
    DWORD release_thread; /* of the last Release */
    LONG questions;       /* QueryInterface */
    LONG connections;     /* IExternalConnection's count */
    LONG additions;       /* AddConnection */
    BOOL last_closes;     /* of the last ReleaseConnection */
    BOOL has_external, no_marshal, agile;
    const CLSID *handler;                    /* IStdMarshalInfo's answer, if there is one */
    DWORD handler_context;                   /* what it was asked for last: MSHCTX_... */
    IUnknown *marshaler;                     /* answers IMarshal, if there is one: aggregated */
    const IID *refused;                      /* QueryInterface refuses this one */
    void (*on_call)(struct counted *object); /* in CreateInstance and LockServer */
    BOOL allocated;                          /* freed by the last Release */
};

void counted_init(struct counted *object);
struct counted *counted_create(void);
LONG counted_alive(void); /* allocated ones */

static inline IUnknown *counted_unknown(struct counted *object)
{
    return (IUnknown *)&object->IClassFactory_iface;
}

extern const CLSID counted_clsid; /* IPersist::GetClassID */
extern const CLSID handler_clsid; /* what server.exe's object asks for as its handler */

/* A call through a proxy or not: CreateInstance, whose result is released. S_OK when it came. */
HRESULT counted_call(IClassFactory *factory);

/* An apartment of its own: a thread that runs what it is given, and pumps messages or not. */
struct host
{
    HANDLE thread;
    DWORD id;
    HANDLE wake, done;
    DWORD model; /* COINIT_... */
    HRESULT (*function)(void *);
    void *argument;
    HRESULT result;
    BOOL end;
};

void host_start(struct host *host, DWORD model);
/* Runs a function there and waits for it, pumping messages meanwhile. */
HRESULT host_run(struct host *host, HRESULT (*function)(void *), void *argument);
/* CoUninitialize and the end of the thread. */
void host_stop(struct host *host);

/* Marshals in the host's apartment into a new stream, whose position is its beginning. */
HRESULT host_marshal(struct host *host, IUnknown *object, REFIID iid, DWORD context, DWORD flags,
        IStream **stream);
HRESULT host_release_packet(struct host *host, IStream *stream);
HRESULT host_disconnect(struct host *host, IUnknown *object);

void stream_rewind(IStream *stream);
/* Its contents; GlobalUnlock-free copy, malloc. */
BYTE *stream_bytes(IStream *stream, ULONG *size);
IStream *stream_of(const void *data, ULONG size);

/* Waits up to five seconds, pumping messages, until *value is `expected`. */
BOOL becomes(const volatile LONG *value, LONG expected);
void pump(void);

#endif
