/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "user_buffer.h"

#include <rpc.h>
#include <rpcndr.h>

#define ADDRESS_BELOW_ALL ((const BYTE *)1)

DWORD user_context(const ULONG *flags)
{
    return LOWORD(*flags);
}

BYTE *user_align(BYTE *buffer)
{
    return (BYTE *)(((ULONG_PTR)buffer + 3) & ~(ULONG_PTR)3);
}

/* flags is the first member of a USER_MARSHAL_CB; where the message ends is asked for as described
 * under "NdrGetUserMarshalInfo function". A caller without a message has no end. */
const BYTE *user_end(ULONG *flags)
{
    NDR_USER_MARSHAL_INFO info = {0};
    RPC_STATUS status = NdrGetUserMarshalInfo(flags, 1, &info);

    /* NDR itself has gone past the end: nothing is left, wherever the caller is. */
    if (status == RPC_X_INVALID_BUFFER)
        return ADDRESS_BELOW_ALL;
    if (status != RPC_S_OK || !info.Level1.Buffer)
        return NULL;
    return (const BYTE *)info.Level1.Buffer + info.Level1.BufferSize;
}

void user_require(ULONG *flags, const BYTE *buffer, SIZE_T size)
{
    const BYTE *end = user_end(flags);

    if (end && (buffer > end || size > (SIZE_T)(end - buffer)))
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
}
