/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The data of calls inside a process: the request as the stub gets it, the answer as the proxy
 * gives it back to its channel. For that the stub's vtable, the proxies' factory, the channel's
 * FreeBuffer and one import of ole32.dll are replaced.
 */
#ifndef CONCIERGE_WIRE_TAP_H
#define CONCIERGE_WIRE_TAP_H

#include <windows.h>
#include <objidl.h>
#include <rpcproxy.h>

#define WIRE_BYTES_MAX 2048

struct wire_bytes
{
    ULONG size; /* 0: none */
    BYTE data[WIRE_BYTES_MAX];
};

/* Of the last call; set `size` to 0 before the next. */
extern struct wire_bytes wire_request, wire_answer;

/* Answers to proxies that this factory makes from now on, and requests to call objects. In an
 * apartment in which the factory is registered. FALSE: that cannot be done. */
BOOL wire_tap_start(REFCLSID factory);

/* Requests to stubs of the first interface of a proxy file, when they are invoked. Those of call
 * objects have to be as widl wrote them: FALSE puts them back. */
void wire_tap_stub(const ExtendedProxyFileInfo *file, BOOL replace);

#endif
