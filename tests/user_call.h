/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of a call as NDR has it while it marshals; its users include <ole2.h> before. */
#ifndef TESTS_USER_CALL_H
#define TESTS_USER_CALL_H

#include <rpcproxy.h>
#include <string.h>

struct user_call
{
    RPC_MESSAGE rpc;
    MIDL_STUB_MESSAGE stub;
    USER_MARSHAL_CB callback;
};

/* Begins with a buffer of so many bytes, in a context MSHCTX_…: the flags that the routines of a
 * [wire_marshal] or [user_marshal] type get. */
static inline ULONG *user_call_begin(struct user_call *call, DWORD context,
        USER_MARSHAL_CB_TYPE type, BYTE *buffer, ULONG size)
{
    memset(call, 0, sizeof(*call));
    call->rpc.DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    call->rpc.Buffer = buffer;
    call->rpc.BufferLength = size;
    call->stub.RpcMsg = &call->rpc;
    call->stub.Buffer = call->stub.BufferStart = buffer;
    call->stub.BufferEnd = buffer + size;
    call->stub.BufferLength = size;
    call->callback.Flags = MAKELONG(context, NDR_LOCAL_DATA_REPRESENTATION);
    call->callback.pStubMsg = &call->stub;
    call->callback.Signature = 0x55535243; /* USER_MARSHAL_CB_SIGNATURE */
    call->callback.CBType = type;
    return &call->callback.Flags;
}

#endif
