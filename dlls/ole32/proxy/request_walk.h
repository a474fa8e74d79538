/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lengths in a request, by the format strings of the stub that is to unpack it. */
#ifndef CONCIERGE_REQUEST_WALK_H
#define CONCIERGE_REQUEST_WALK_H

#include <windows.h>
#include <rpc.h>
#include <rpcproxy.h>

/* Whether the [in] parameters of a method, as -Oicf format strings describe them ("RPC NDR Format
 * Strings"), lie within the data: FALSE when one certainly does not. It looks no further than to
 * the first parameter of a kind that it does not know. An array whose size is a parameter has to
 * have that size, and one for the answer may not have more than 256 MiB. The data are aligned to 8
 * bytes. */
BOOL request_walk(const CInterfaceStubHeader *header, ULONG method, const void *data, ULONG size);

/* The same for what begins at `at` and is of one type, which a type format string describes; also
 * of an answer. `long_correlation`: correlation descriptors have six bytes, not four. */
BOOL request_walk_type(const BYTE *type, BOOL long_correlation, const void *data, ULONG at,
        ULONG size);

#endif
