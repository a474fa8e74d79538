/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel that an interface proxy is connected to. "IRpcChannelBuffer" and its successors in
 * objidl.idl.
 */
#include "client_channel_impl.h"

#include <stdlib.h>

#include "channel_methods.h"
#include "client_async.h"
#include "client_call.h"
#include "process_security.h"

COM_OBJECT_METHODS(channel, struct client_channel, IRpcChannelBuffer3, IRpcChannelBuffer3_iface)
COM_OBJECT_METHODS(channel, struct client_channel, IAsyncRpcChannelBuffer,
        IAsyncRpcChannelBuffer_iface)

HRESULT client_channel_check(struct client_channel *channel)
{
    struct apartment *current = apartment_current();

    /* Its apartment has been left: whoever still has the proxy is told so, wherever he is. */
    if (channel->disconnected)
        return CO_E_OBJNOTCONNECTED;
    if (!current)
        return CO_E_NOTINITIALIZED;
    return current == channel->target.owner ? S_OK : RPC_E_WRONG_THREAD;
}

struct client_call *client_channel_message_call(const RPCOLEMESSAGE *message)
{
    struct message_buffer *buffer;

    if (!message->Buffer)
        return NULL;
    buffer = message_buffer_of(message->Buffer);
    return buffer->magic == MESSAGE_BUFFER_REQUEST ? buffer->call : NULL;
}

/* IRpcChannelBuffer::GetBuffer: memory for the request's data, aligned to 16 bytes, with what else
 * belongs to the call. */
static HRESULT STDMETHODCALLTYPE channel_GetBuffer(IRpcChannelBuffer3 *iface,
        RPCOLEMESSAGE *message, REFIID iid)
{
    struct client_channel *channel = channel_from_IRpcChannelBuffer3(iface);
    struct client_call *call;
    HRESULT hr;

    if (!message || !iid)
        return E_INVALIDARG;
    if (FAILED(hr = client_channel_check(channel)))
        return hr;
    if (!(call = client_call_create(message->cbBuffer)))
        return E_OUTOFMEMORY;
    call->request.iid = *iid;
    message->Buffer = message_buffer_data(call->buffer);
    message->dataRepresentation = ORPC_DATA_REPRESENTATION;
    return S_OK;
}

/* IRpcChannelBuffer::SendReceive: sends the request and waits. S_OK: the buffer is that of the
 * answer. Else the request's memory is freed, and the message has none. */
static HRESULT STDMETHODCALLTYPE channel_SendReceive(IRpcChannelBuffer3 *iface,
        RPCOLEMESSAGE *message, ULONG *status)
{
    struct client_channel *channel = channel_from_IRpcChannelBuffer3(iface);
    HRESULT hr = E_INVALIDARG;

    if (message && client_channel_message_call(message))
    {
        IRpcChannelBuffer3_AddRef(iface); /* the proxy may be released meanwhile */
        hr = client_channel_send_receive(channel, message);
        IRpcChannelBuffer3_Release(iface);
    }
    if (status)
        *status = (ULONG)hr;
    return hr;
}

/* IRpcChannelBuffer::FreeBuffer: the request's memory, or the answer's. */
static HRESULT STDMETHODCALLTYPE channel_FreeBuffer(IRpcChannelBuffer3 *iface,
        RPCOLEMESSAGE *message)
{
    struct client_call *call;

    (void)iface;
    if (!message)
        return E_INVALIDARG;
    if (!message->Buffer)
        return S_OK;
    if ((call = client_channel_message_call(message)))
        client_call_release(call);
    else
        message_buffer_free(message_buffer_of(message->Buffer));
    message->Buffer = NULL;
    return S_OK;
}

/* IRpcChannelBuffer::GetDestCtx: a MSHCTX_…, and no further data. */
static HRESULT STDMETHODCALLTYPE channel_GetDestCtx(IRpcChannelBuffer3 *iface, DWORD *dest_context,
        void **dest_data)
{
    return channel_dest_context(channel_from_IRpcChannelBuffer3(iface)->target.dest_context,
            dest_context, dest_data);
}

/* IRpcChannelBuffer::IsConnected: S_OK, or S_FALSE when calls can only fail. */
static HRESULT STDMETHODCALLTYPE channel_IsConnected(IRpcChannelBuffer3 *iface)
{
    const struct client_channel *channel = channel_from_IRpcChannelBuffer3(iface);
    const struct channel_target *target = &channel->target;

    if (channel->disconnected || (target->server && target->server->closed)
            || (target->connection && !connection_alive(target->connection)))
        return S_FALSE;
    return S_OK;
}

/* ---- IRpcChannelBuffer3 ---- */

static HRESULT STDMETHODCALLTYPE channel_Send(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message,
        ULONG *status)
{
    return client_channel_send(channel_from_IRpcChannelBuffer3(iface), message, NULL, status);
}

/* `size`, how much to receive, is of no use here: the answer comes in one piece. */
static HRESULT STDMETHODCALLTYPE channel_Receive(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message,
        ULONG size, ULONG *status)
{
    (void)size;
    return client_channel_receive(channel_from_IRpcChannelBuffer3(iface), message, status);
}

static HRESULT STDMETHODCALLTYPE channel_Cancel(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message)
{
    return client_channel_cancel(channel_from_IRpcChannelBuffer3(iface), message);
}

/* A client has no call context. */
static HRESULT STDMETHODCALLTYPE channel_GetCallContext(IRpcChannelBuffer3 *iface,
        RPCOLEMESSAGE *message, REFIID iid, void **out)
{
    (void)iface;
    (void)message;
    (void)iid;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return E_NOINTERFACE;
}

/* ---- IAsyncRpcChannelBuffer: the same object by another vtable ---- */

static IRpcChannelBuffer3 *async_channel(IAsyncRpcChannelBuffer *iface)
{
    return &channel_from_IAsyncRpcChannelBuffer(iface)->IRpcChannelBuffer3_iface;
}

static HRESULT STDMETHODCALLTYPE async_GetBuffer(IAsyncRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message, REFIID iid)
{
    return channel_GetBuffer(async_channel(iface), message, iid);
}

static HRESULT STDMETHODCALLTYPE async_SendReceive(IAsyncRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message, ULONG *status)
{
    return channel_SendReceive(async_channel(iface), message, status);
}

static HRESULT STDMETHODCALLTYPE async_FreeBuffer(IAsyncRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message)
{
    return channel_FreeBuffer(async_channel(iface), message);
}

static HRESULT STDMETHODCALLTYPE async_GetDestCtx(IAsyncRpcChannelBuffer *iface,
        DWORD *dest_context, void **dest_data)
{
    return channel_GetDestCtx(async_channel(iface), dest_context, dest_data);
}

static HRESULT STDMETHODCALLTYPE async_IsConnected(IAsyncRpcChannelBuffer *iface)
{
    return channel_IsConnected(async_channel(iface));
}

static HRESULT STDMETHODCALLTYPE async_GetProtocolVersion(IAsyncRpcChannelBuffer *iface,
        DWORD *version)
{
    return channel_GetProtocolVersion(async_channel(iface), version);
}

/* IAsyncRpcChannelBuffer::Send: `synchronize` is signalled when the answer can be received. */
static HRESULT STDMETHODCALLTYPE async_Send(IAsyncRpcChannelBuffer *iface, RPCOLEMESSAGE *message,
        ISynchronize *synchronize, ULONG *status)
{
    return client_channel_send(channel_from_IAsyncRpcChannelBuffer(iface), message, synchronize,
            status);
}

static HRESULT STDMETHODCALLTYPE async_Receive(IAsyncRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message, ULONG *status)
{
    return client_channel_receive(channel_from_IAsyncRpcChannelBuffer(iface), message, status);
}

static HRESULT STDMETHODCALLTYPE async_GetDestCtxEx(IAsyncRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message, DWORD *dest_context, void **dest_data)
{
    return channel_GetDestCtxEx(async_channel(iface), message, dest_context, dest_data);
}

/* ---- the object ---- */

static void channel_destroy(void *object)
{
    struct client_channel *channel = object;

    apartment_release(channel->target.owner);
    if (channel->target.server)
        apartment_release(channel->target.server);
    if (channel->target.connection)
        connection_release(channel->target.connection);
    free(channel->principal);
    free(channel);
}

static const struct com_interface channel_interfaces[] = {
        {&IID_IUnknown, offsetof(struct client_channel, IRpcChannelBuffer3_iface)},
        {&IID_IRpcChannelBuffer3, offsetof(struct client_channel, IRpcChannelBuffer3_iface)},
        {&IID_IRpcChannelBuffer2, offsetof(struct client_channel, IRpcChannelBuffer3_iface)},
        {&IID_IRpcChannelBuffer, offsetof(struct client_channel, IRpcChannelBuffer3_iface)},
        {&IID_IAsyncRpcChannelBuffer,
                offsetof(struct client_channel, IAsyncRpcChannelBuffer_iface)},
};

static const struct com_class channel_class = {"client channel", channel_interfaces,
        ARRAY_SIZE(channel_interfaces), channel_destroy};

static IRpcChannelBuffer3Vtbl channel_vtbl = {channel_IRpcChannelBuffer3_QueryInterface,
        channel_IRpcChannelBuffer3_AddRef, channel_IRpcChannelBuffer3_Release, channel_GetBuffer,
        channel_SendReceive, channel_FreeBuffer, channel_GetDestCtx, channel_IsConnected,
        channel_GetProtocolVersion, channel_Send, channel_Receive, channel_Cancel,
        channel_GetCallContext, channel_GetDestCtxEx, channel_GetState, channel_RegisterAsync};

static IAsyncRpcChannelBufferVtbl async_vtbl = {channel_IAsyncRpcChannelBuffer_QueryInterface,
        channel_IAsyncRpcChannelBuffer_AddRef, channel_IAsyncRpcChannelBuffer_Release,
        async_GetBuffer, async_SendReceive, async_FreeBuffer, async_GetDestCtx, async_IsConnected,
        async_GetProtocolVersion, async_Send, async_Receive, async_GetDestCtxEx};

HRESULT client_channel_create(const struct channel_target *target, IRpcChannelBuffer3 **out)
{
    struct client_channel *channel = calloc(1, sizeof(*channel));

    *out = NULL;
    if (!channel)
        return E_OUTOFMEMORY;
    com_object_init(&channel->object, &channel_class);
    channel->IRpcChannelBuffer3_iface.lpVtbl = &channel_vtbl;
    channel->IAsyncRpcChannelBuffer_iface.lpVtbl = &async_vtbl;
    InitializeSRWLock(&channel->lock);
    channel->target = *target;
    apartment_addref(target->owner);
    if (target->server)
        apartment_addref(target->server);
    if (target->connection)
        connection_addref(target->connection);
    process_security_default();
    process_security_get(&channel->security);
    *out = &channel->IRpcChannelBuffer3_iface;
    return S_OK;
}

struct client_channel *client_channel_from(IRpcChannelBuffer3 *iface)
{
    return iface->lpVtbl == &channel_vtbl ? channel_from_IRpcChannelBuffer3(iface) : NULL;
}

void client_channel_set_proxy(IRpcChannelBuffer3 *iface, IUnknown *proxy)
{
    struct client_channel *channel = client_channel_from(iface);

    if (channel)
        channel->proxy = proxy;
}

void client_channel_disconnect(IRpcChannelBuffer3 *iface)
{
    struct client_channel *channel = client_channel_from(iface);

    if (channel)
        InterlockedExchange(&channel->disconnected, TRUE);
}
