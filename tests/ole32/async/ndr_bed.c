/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ndr_bed.h"

#include "async_entries.h"
#include "guard_pages.h"

#include <stdlib.h>
#include <string.h>

void ndr_bytes_set(struct ndr_bytes *bytes, const void *data, ULONG size)
{
    ndr_bytes_free(bytes);
    bytes->data = malloc(size + 1);
    memcpy(bytes->data, data, size);
    bytes->size = size;
}

void ndr_bytes_free(struct ndr_bytes *bytes)
{
    free(bytes->data);
    bytes->data = NULL;
    bytes->size = 0;
}

/* ---- the channel ---- */

static struct ndr_channel *impl_from_IRpcChannelBuffer(IRpcChannelBuffer *iface)
{
    return CONTAINING_RECORD(iface, struct ndr_channel, IRpcChannelBuffer_iface);
}

static HRESULT STDMETHODCALLTYPE channel_QueryInterface(IRpcChannelBuffer *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRpcChannelBuffer))
        return E_NOINTERFACE;
    IRpcChannelBuffer_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE channel_AddRef(IRpcChannelBuffer *iface)
{
    return (ULONG)++impl_from_IRpcChannelBuffer(iface)->references;
}

static ULONG STDMETHODCALLTYPE channel_Release(IRpcChannelBuffer *iface)
{
    return (ULONG)--impl_from_IRpcChannelBuffer(iface)->references;
}

static HRESULT STDMETHODCALLTYPE channel_GetBuffer(IRpcChannelBuffer *iface, RPCOLEMESSAGE *message,
        REFIID iid)
{
    struct ndr_channel *channel = impl_from_IRpcChannelBuffer(iface);

    if (channel->answering)
        channel->reply_iid = *iid;
    else
    {
        channel->request_iid = *iid;
        channel->request_message = *message;
        channel->request_message.iMethod &= ~(ULONG)RPC_FLAGS_VALID_BIT;
    }
    if (!(message->Buffer = malloc(message->cbBuffer + 1)))
        return E_OUTOFMEMORY;
    memset(message->Buffer, 0xcc, message->cbBuffer);
    message->dataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    channel->buffers++;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE channel_FreeBuffer(IRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message)
{
    struct ndr_channel *channel = impl_from_IRpcChannelBuffer(iface);

    if (message->Buffer)
        channel->buffers--;
    free(message->Buffer);
    message->Buffer = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE channel_SendReceive(IRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message, ULONG *status)
{
    struct ndr_channel *channel = impl_from_IRpcChannelBuffer(iface);
    RPCOLEMESSAGE serving = *message;
    void *request = message->Buffer;
    HRESULT hr;

    *status = 0;
    serving.iMethod &= ~(ULONG)RPC_FLAGS_VALID_BIT;
    ndr_bytes_set(&channel->request, message->Buffer, message->cbBuffer);
    if (FAILED(channel->fault))
    {
        channel_FreeBuffer(iface, message);
        return channel->fault;
    }
    channel->answering = TRUE;
    hr = IRpcStubBuffer_Invoke(channel->stub, &serving, iface);
    channel->answering = FALSE;
    channel->buffers--;
    free(request);
    message->Buffer = NULL;
    if (FAILED(hr))
        return hr;
    if (serving.Buffer == request)
    {
        serving.Buffer = NULL;
        serving.cbBuffer = 0;
    }
    else
        ndr_bytes_set(&channel->reply, serving.Buffer, serving.cbBuffer);
    message->Buffer = serving.Buffer;
    message->cbBuffer = serving.cbBuffer;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE channel_GetDestCtx(IRpcChannelBuffer *iface, DWORD *context,
        void **data)
{
    (void)iface;
    *context = MSHCTX_LOCAL;
    if (data)
        *data = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE channel_IsConnected(IRpcChannelBuffer *iface)
{
    (void)iface;
    return S_OK;
}

static const IRpcChannelBufferVtbl channel_vtbl = {
        channel_QueryInterface,
        channel_AddRef,
        channel_Release,
        channel_GetBuffer,
        channel_SendReceive,
        channel_FreeBuffer,
        channel_GetDestCtx,
        channel_IsConnected,
};

void ndr_channel_init(struct ndr_channel *channel)
{
    memset(channel, 0, sizeof(*channel));
    channel->IRpcChannelBuffer_iface.lpVtbl = (IRpcChannelBufferVtbl *)&channel_vtbl;
    channel->references = 1;
}

void ndr_channel_clear(struct ndr_channel *channel)
{
    ndr_bytes_free(&channel->request);
    ndr_bytes_free(&channel->reply);
    channel->answering = FALSE;
    channel->fault = S_OK;
}

/* ---- the asynchronous object ---- */

static ULONG half_take(struct ndr_async_object *async, void **stack, BOOL finish)
{
    ULONG taken = 1;

    for (ULONG i = 0; i < async->shape->param_count; i++)
    {
        const struct every_param *param = &async->shape->params[i];

        if (param->direction == (finish ? 'i' : 'o'))
            continue;
        memcpy(&async->slots[param->slot], &stack[taken], param->slots * sizeof(void *));
        taken += param->slots;
    }
    return taken * sizeof(void *);
}

HRESULT async_entry_called(void **stack, ULONG index, const ULONG64 *floats, ULONG *stack_size)
{
    struct ndr_async_object *async = stack[0];
    ULONG method = 3 + (index - 3) / 2;
    void *const *vtbl;

    if (!((index - 3) & 1))
    {
        async->begins++;
        ndr_stack_floats(async->ndr, method, stack, floats);
        *stack_size = half_take(async, stack, FALSE);
        return async->begin_result;
    }
    async->finishes++;
    *stack_size = half_take(async, stack, TRUE);
    async->slots[0] = async->object;
    vtbl = *(void *const **)async->object;
    return async_invoke(vtbl[method], async->slots, async->shape->slot_count);
}

void ndr_async_object_init(struct ndr_async_object *async, IEveryType *object,
        const struct ndr_interface *ndr)
{
    memset(async, 0, sizeof(*async));
    async->vtbl = async_entries;
    async->object = object;
    async->ndr = ndr;
}

/* ---- memory ---- */

ULONG ndr_heap_blocks(void)
{
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(ARRAYSIZE(heaps), heaps);
    ULONG blocks = 0;

    for (DWORD i = 0; i < count && i < ARRAYSIZE(heaps); i++)
    {
        PROCESS_HEAP_ENTRY entry;

        memset(&entry, 0, sizeof(entry));
        if (!HeapLock(heaps[i]))
            continue;
        while (HeapWalk(heaps[i], &entry))
            blocks += (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0;
        HeapUnlock(heaps[i]);
    }
    return blocks;
}

static SIZE_T guarded_size(ULONG size)
{
    return ((SIZE_T)size + GUARD_PAGE - 1) & ~(SIZE_T)(GUARD_PAGE - 1);
}

/* The data are aligned to 8, as buffers are; up to 7 bytes may follow them. */
BYTE *ndr_guarded(const void *data, ULONG size)
{
    SIZE_T room = guarded_size(size);
    BYTE *memory = guarded_alloc(room);

    memory += room - ((size + 7) & ~(SIZE_T)7);
    memcpy(memory, data, size);
    return memory;
}

void ndr_guarded_free(BYTE *data, ULONG size)
{
    guarded_free(data + ((size + 7) & ~(SIZE_T)7) - guarded_size(size));
}
