/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel as stubs see it: memory for the answer, and who is called from where. It knows its
 * call by the thread, so there is one channel for each kind of client, and it is static.
 */
#include "server_call_impl.h"

#include "call_context.h"
#include "channel_methods.h"

struct server_channel
{
    IRpcChannelBuffer3 IRpcChannelBuffer3_iface;
    DWORD dest_context;
};

static struct server_channel *channel_from_iface(IRpcChannelBuffer3 *iface)
{
    return CONTAINING_RECORD(iface, struct server_channel, IRpcChannelBuffer3_iface);
}

/* The call whose message this is; NULL when the calling thread serves none with it. */
static struct server_call *message_call(const RPCOLEMESSAGE *message)
{
    struct com_thread *thread = com_thread_peek();
    struct server_call *call = thread ? thread->serving : NULL;

    while (call && &call->message != message)
        call = call->outer;
    return call;
}

static HRESULT STDMETHODCALLTYPE channel_QueryInterface(IRpcChannelBuffer3 *iface, REFIID iid,
        void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IRpcChannelBuffer)
            || IsEqualIID(iid, &IID_IRpcChannelBuffer2) || IsEqualIID(iid, &IID_IRpcChannelBuffer3))
        *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE channel_AddRef(IRpcChannelBuffer3 *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE channel_Release(IRpcChannelBuffer3 *iface)
{
    (void)iface;
    return 1;
}

/* IRpcChannelBuffer::GetBuffer: memory for the answer. The request's stays until the call ends. */
static HRESULT STDMETHODCALLTYPE channel_GetBuffer(IRpcChannelBuffer3 *iface,
        RPCOLEMESSAGE *message, REFIID iid)
{
    struct server_call *call = message_call(message);
    struct message_buffer *buffer;

    (void)iface;
    (void)iid;
    if (!call)
        return RPC_E_CALL_COMPLETE;
    if (!(buffer = message_buffer_create(message->cbBuffer)))
        return E_OUTOFMEMORY;
    message_buffer_free(call->reply_buffer);
    call->reply_buffer = buffer;
    message->Buffer = message_buffer_data(buffer);
    return S_OK;
}

/* IRpcChannelBuffer::SendReceive: stubs do not send. */
static HRESULT STDMETHODCALLTYPE channel_SendReceive(IRpcChannelBuffer3 *iface,
        RPCOLEMESSAGE *message, ULONG *status)
{
    (void)iface;
    (void)message;
    if (status)
        *status = (ULONG)E_UNEXPECTED;
    return E_UNEXPECTED;
}

/* IRpcChannelBuffer::FreeBuffer: the answer's memory. */
static HRESULT STDMETHODCALLTYPE channel_FreeBuffer(IRpcChannelBuffer3 *iface,
        RPCOLEMESSAGE *message)
{
    struct server_call *call = message_call(message);

    (void)iface;
    if (call && call->reply_buffer && message->Buffer == message_buffer_data(call->reply_buffer))
    {
        message_buffer_free(call->reply_buffer);
        call->reply_buffer = NULL;
        message->Buffer = NULL;
    }
    return S_OK;
}

/* IRpcChannelBuffer::GetDestCtx: where the client is, a MSHCTX_… */
static HRESULT STDMETHODCALLTYPE channel_GetDestCtx(IRpcChannelBuffer3 *iface, DWORD *dest_context,
        void **dest_data)
{
    return channel_dest_context(channel_from_iface(iface)->dest_context, dest_context, dest_data);
}

static HRESULT STDMETHODCALLTYPE channel_IsConnected(IRpcChannelBuffer3 *iface)
{
    (void)iface;
    return S_OK;
}

/* IRpcChannelBuffer3::Send, Receive, Cancel: stubs do not send. */
static HRESULT STDMETHODCALLTYPE channel_Send(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message,
        ULONG *status)
{
    return channel_SendReceive(iface, message, status);
}

static HRESULT STDMETHODCALLTYPE channel_Receive(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message,
        ULONG size, ULONG *status)
{
    (void)size;
    return channel_SendReceive(iface, message, status);
}

static HRESULT STDMETHODCALLTYPE channel_Cancel(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message)
{
    return channel_SendReceive(iface, message, NULL);
}

/* IRpcChannelBuffer3::GetCallContext: the context object of the message's call. */
static HRESULT STDMETHODCALLTYPE channel_GetCallContext(IRpcChannelBuffer3 *iface,
        RPCOLEMESSAGE *message, REFIID iid, void **out)
{
    struct server_call *call = message_call(message);

    (void)iface;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return call ? call_context_query(call, iid, out) : RPC_E_CALL_COMPLETE;
}

IRpcChannelBuffer3 *server_channel_get(DWORD dest_context)
{
    static IRpcChannelBuffer3Vtbl vtbl = {channel_QueryInterface, channel_AddRef, channel_Release,
            channel_GetBuffer, channel_SendReceive, channel_FreeBuffer, channel_GetDestCtx,
            channel_IsConnected, channel_GetProtocolVersion, channel_Send, channel_Receive,
            channel_Cancel, channel_GetCallContext, channel_GetDestCtxEx, channel_GetState,
            channel_RegisterAsync};
    static struct server_channel inside = {{&vtbl}, MSHCTX_INPROC}, local = {{&vtbl}, MSHCTX_LOCAL};

    return dest_context == MSHCTX_INPROC ? &inside.IRpcChannelBuffer3_iface
                                         : &local.IRpcChannelBuffer3_iface;
}
