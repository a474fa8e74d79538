/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and writing in the functions that marshal [user_marshal] types. */
#ifndef CONCIERGE_USER_BUFFER_H
#define CONCIERGE_USER_BUFFER_H

#include <windows.h>
#include <objbase.h>

/* The MSHCTX of the call. */
DWORD user_context(const ULONG *flags);

/* Rounds up to the next multiple of four. */
BYTE *user_align(BYTE *buffer);

/* Where the message ends; NULL: nobody knows. */
const BYTE *user_end(ULONG *flags);

/* Raises RPC_X_BAD_STUB_DATA unless the message being unmarshalled has so many bytes from here on.
 */
void user_require(ULONG *flags, const BYTE *buffer, SIZE_T size);

/* interface_pointer_marshal.c: what CoUnmarshalInterface makes of these bytes. And what
 * CoMarshalInterface writes, in a stream at its start. */
HRESULT user_interface_read(const BYTE *bytes, DWORD size, REFIID iid, IUnknown **object);
HRESULT user_interface_write(IUnknown *object, REFIID iid, DWORD context, IStream **stream,
        ULONG *size);

#endif
