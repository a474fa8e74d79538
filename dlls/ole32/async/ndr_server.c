/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's halves: the request becomes Begin_X, Finish_X becomes the answer. */
#include "ndr_impl.h"

#include "async_entries.h"
#include "call_guard.h"

#include <stdlib.h>
#include <string.h>

#define NDR_BEGIN(number) (3 + 2 * ((number)-3)) /* of AsyncIFoo */
#define NDR_FINISH(number) (NDR_BEGIN(number) + 1)

/* Bytes of [out] parameters which a client may ask for in one call. */
#define OUTS_MAX 0x10000000u
#define NOT_SENT MAXDWORD /* instead of a count */

struct ndr_server_call
{
    struct ndr_state state;
    IID iid;
    ULONG number;
    IRpcChannelBuffer *channel; /* referenced */
    RPC_MESSAGE request;        /* what NDR goes on to take for the message */
    USHORT direction;           /* of the parameters in the message */
    ULONG unmarshalled;         /* parameters that are complete */
    UCHAR *incomplete;          /* an object which is being unmarshalled, of pfnAllocate */
    ULONG assumed;              /* ndr_count_assume */
    BOOL outs_made;
    BOOL freed; /* its parameters are, or were about to be when their thread ended */
    HRESULT result;
    IUnknown *async_object; /* while it is called */
    UCHAR *stack;           /* of the synchronous method */
    UCHAR *half;            /* of Begin_X and Finish_X */
    UCHAR *room;            /* for what parameters point to */
};

/* ---- freeing ---- */

static BOOL in_buffer(const struct ndr_state *state, const UCHAR *object)
{
    return object >= state->msg.BufferStart && object <= state->msg.BufferEnd;
}

static void params_free(struct ndr_server_call *call)
{
    const struct ndr_method *method = call->state.method;
    struct ndr_state *state = &call->state;

    state->msg.StackTop = call->stack;
    if (call->incomplete)
        state->msg.StubDesc->pfnFree(call->incomplete);
    for (ULONG i = 0; i < method->param_count; i++)
    {
        const struct ndr_param *param = &method->params[i];
        UCHAR *object = ndr_object(param, call->stack);

        if (!object
                || (param->attributes & call->direction ? i >= call->unmarshalled
                                                        : !call->outs_made))
            continue;
        ndr_param_free(state, param, object);
        if (!param->size && param->by_ref && !in_buffer(state, object))
            state->msg.StubDesc->pfnFree(object);
    }
}

static void __cdecl params_free_guarded(void *argument)
{
    params_free(argument);
}

void ndr_server_abandon(struct ndr_server_call *call)
{
    if (!call)
        return;
    call->state.msg.RpcMsg = &call->request;
    if (!call->freed)
    {
        call->freed = TRUE;
        call->state.msg.IsClient = FALSE;
        ndr_track_free(&call->state);
        call_guarded(params_free_guarded, call);
    }
    ndr_state_end(&call->state);
    IRpcChannelBuffer_Release(call->channel);
    free(call);
}

/* ---- the request ---- */

/* Counts are sent twice: with the array, and as the parameters that its size_is names. */
static void counts_check(struct ndr_server_call *call, const ULONG *sent)
{
    const struct ndr_method *method = call->state.method;
    ULONG described;

    for (ULONG i = 0; i < method->param_count; i++)
    {
        if (sent[i] != NOT_SENT && ndr_count_described(&call->state, &method->params[i], &described)
                && sent[i] != described)
            RpcRaiseException(RPC_X_INVALID_BOUND);
    }
}

/* Memory for an [in, out] parameter of variable size, of which a method may free what it points
 * to. NULL: it is none that could point to anything. */
static UCHAR *in_out_allocate(struct ndr_server_call *call, const struct ndr_param *param,
        ULONG sent)
{
    ULONG size = sent == NOT_SENT ? 0 : ndr_count_size(&call->state, param, sent);
    UCHAR *object;

    if (!size)
        return NULL;
    if (!(object = call->state.method->desc->pfnAllocate(size)))
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return memset(object, 0, size);
}

static void param_unmarshal(struct ndr_server_call *call, const struct ndr_param *param,
        ULONG *sent)
{
    const USHORT both = PARAM_IN | PARAM_OUT;
    UCHAR **slot = (UCHAR **)(call->stack + param->slot);
    BOOL allocate = (param->attributes & both) == both;
    UCHAR *object;

    ndr_count_sent(&call->state, param, sent);
    if (!param->by_ref)
    {
        object = (UCHAR *)slot;
        ndr_param_unmarshal(&call->state, param, &object, allocate);
        return;
    }
    object = param->size ? call->room + param->room : NULL;
    if (!object && allocate)
        object = call->incomplete = in_out_allocate(call, param, *sent);
    ndr_param_unmarshal(&call->state, param, &object, allocate && object);
    call->incomplete = NULL;
    *slot = object;
}

static void params_unmarshal(struct ndr_server_call *call, ULONG *sent)
{
    const struct ndr_method *method = call->state.method;

    for (; call->unmarshalled < method->param_count; call->unmarshalled++)
    {
        const struct ndr_param *param = &method->params[call->unmarshalled];

        if (param->attributes & call->direction)
            param_unmarshal(call, param, &sent[call->unmarshalled]);
    }
    ndr_track_forget(&call->state);
}

/* Memory for an [out] parameter of variable size, which is as large as the client says. `left`: how
 * much more the whole request may ask for. */
static UCHAR *out_allocate(struct ndr_server_call *call, const struct ndr_param *param, ULONG *left)
{
    ULONG size = ndr_type_size(&call->state, param->type);
    UCHAR *object;

    if (size > *left)
        RpcRaiseException(RPC_X_INVALID_BOUND);
    *left -= size;
    if (!(object = call->state.method->desc->pfnAllocate(size ? size : 1)))
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return memset(object, 0, size);
}

static void outs_make(struct ndr_server_call *call)
{
    const struct ndr_method *method = call->state.method;
    ULONG left = OUTS_MAX;

    call->outs_made = TRUE;
    for (ULONG i = 0; i < method->param_count; i++)
    {
        const struct ndr_param *param = &method->params[i];
        UCHAR **slot = (UCHAR **)(call->stack + param->slot);

        if (param->attributes & PARAM_IN)
            continue;
        *slot = param->size ? call->room + param->room : out_allocate(call, param, &left);
    }
}

static void message_take(struct ndr_server_call *call, ULONG *sent)
{
    const struct ndr_method *method = call->state.method;
    MIDL_STUB_MESSAGE *msg = &call->state.msg;

    NdrStubInitialize(&call->request, msg, (PMIDL_STUB_DESC)method->desc, call->channel);
    msg->BufferStart = msg->Buffer = call->request.Buffer;
    msg->BufferEnd = msg->BufferStart + call->request.BufferLength;
    ndr_state_begin(&call->state, method, call->room, XLAT_SERVER);
    msg->StackTop = call->stack;
    if (LOWORD(call->request.DataRepresentation) != LOWORD(NDR_LOCAL_DATA_REPRESENTATION))
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    memset(sent, 0xff, method->param_count * sizeof(*sent)); /* NOT_SENT */
    params_unmarshal(call, sent);
}

static void __cdecl request_take(void *argument)
{
    struct ndr_server_call *call = argument;
    ULONG sent[UCHAR_MAX];

    message_take(call, sent);
    counts_check(call, sent);
    outs_make(call);
}

static struct ndr_server_call *call_create(const struct ndr_interface *ndr,
        const struct ndr_method *method, RPCOLEMESSAGE *message, IRpcChannelBuffer *channel,
        USHORT direction)
{
    SIZE_T stack = (method->stack_size + 15u) & ~15u;
    struct ndr_server_call *call;
    UCHAR *memory;

    if (!(call = calloc(1, sizeof(*call) + 2 * stack + method->room + 16)))
        return NULL;
    call->state.method = method;
    call->iid = ndr->iid;
    call->number = message->iMethod;
    memcpy(&call->request, message, sizeof(call->request));
    call->channel = channel;
    IRpcChannelBuffer_AddRef(channel);
    call->direction = direction;
    memory = (UCHAR *)(((ULONG_PTR)(call + 1) + 15) & ~(ULONG_PTR)15);
    call->stack = memory;
    call->half = memory + stack;
    call->room = memory + 2 * stack;
    return call;
}

/* ---- the methods ---- */

/* The slots of one half, out of those of the whole method. Returns how many. */
static ULONG half_gather(struct ndr_server_call *call, USHORT direction)
{
    const struct ndr_method *method = call->state.method;
    UCHAR *to = call->half;

    *(IUnknown **)to = call->async_object;
    to += sizeof(void *);
    for (ULONG i = 0; i < method->param_count; i++)
    {
        const struct ndr_param *param = &method->params[i];

        if (!(param->attributes & direction))
            continue;
        memcpy(to, call->stack + param->slot, param->slot_size);
        to += param->slot_size;
    }
    return (ULONG)((to - call->half) / sizeof(void *));
}

/* The methods of the system's sinks, synchronous or not, have no result; their stubs' have. */
static BOOL has_result(const struct ndr_server_call *call)
{
    return call->state.method->result.code && !IsEqualIID(&call->iid, &IID_IAdviseSink)
            && !IsEqualIID(&call->iid, &IID_IAdviseSink2);
}

static HRESULT half_invoke(struct ndr_server_call *call, ULONG entry, USHORT direction)
{
    const void *const *vtbl = *(const void *const **)call->async_object;
    ULONG slots = half_gather(call, direction);
    HRESULT hr = async_invoke(vtbl[entry], (void **)call->half, slots);

    return has_result(call) ? hr : S_OK;
}

static void __cdecl begin_invoke(void *argument)
{
    struct ndr_server_call *call = argument;

    call->result = half_invoke(call, NDR_BEGIN(call->number), PARAM_IN);
}

static void __cdecl finish_invoke(void *argument)
{
    struct ndr_server_call *call = argument;

    call->result = half_invoke(call, NDR_FINISH(call->number), PARAM_OUT);
}

/* RPC status codes and HRESULTs are raised by NDR; what the server sees of the others is up to the
 * channel. */
static HRESULT exception_result(DWORD code)
{
    return code < 0x10000 ? HRESULT_FROM_WIN32(code) : (HRESULT)code;
}

HRESULT ndr_server_begin(const struct ndr_interface *ndr, RPCOLEMESSAGE *message,
        IRpcChannelBuffer *channel, IUnknown *async_object, HRESULT *begin_result,
        struct ndr_server_call **out)
{
    const struct ndr_method *method = ndr_method_get(ndr, message->iMethod);
    struct ndr_server_call *call;
    struct ndr_state *before;
    DWORD exception;

    *out = NULL;
    *begin_result = E_FAIL;
    if (message->iMethod < 3 || message->iMethod >= ndr->count)
        return HRESULT_FROM_WIN32(RPC_S_PROCNUM_OUT_OF_RANGE);
    if (!method)
        return E_NOTIMPL;
    if (!(call = call_create(ndr, method, message, channel, PARAM_IN)))
        return E_OUTOFMEMORY;
    *out = call;
    before = ndr_track_begin(&call->state);
    exception = call_guarded(request_take, call);
    ndr_track_end(before);
    if (!exception)
    {
        call->async_object = async_object;
        exception = call_guarded(begin_invoke, call);
    }
    if (exception)
    {
        *out = NULL;
        ndr_server_abandon(call);
        return exception_result(exception);
    }
    *begin_result = call->result;
    return S_OK;
}

/* ---- the answer ---- */

struct answer
{
    struct ndr_server_call *call;
    RPCOLEMESSAGE *message;
    BOOL buffer_taken;
};

static void __cdecl answer_marshal(void *argument)
{
    struct answer *answer = argument;
    struct ndr_server_call *call = answer->call;
    const struct ndr_method *method = call->state.method;
    MIDL_STUB_MESSAGE *msg = &call->state.msg;
    RPCOLEMESSAGE *message = answer->message;
    ULONG result[2] = {(ULONG)call->result, 0};
    HRESULT hr;

    msg->StackTop = call->stack;
    msg->BufferLength = 0;
    for (ULONG i = 0; i < method->param_count; i++)
    {
        const struct ndr_param *param = &method->params[i];

        if (param->attributes & PARAM_OUT)
            ndr_param_size(&call->state, param, ndr_object(param, call->stack));
    }
    if (method->result.code)
        ndr_param_size(&call->state, &method->result, (UCHAR *)result);
    message->cbBuffer = msg->BufferLength;
    if (FAILED(hr = IRpcChannelBuffer_GetBuffer(call->channel, message, &call->iid)))
        RpcRaiseException(hr);
    answer->buffer_taken = TRUE;
    /* BufferStart and BufferEnd stay those of the request, in which parameters may lie. */
    msg->RpcMsg = (RPC_MESSAGE *)message;
    msg->Buffer = message->Buffer;
    for (ULONG i = 0; i < method->param_count; i++)
    {
        const struct ndr_param *param = &method->params[i];

        if (param->attributes & PARAM_OUT)
            ndr_param_marshal(&call->state, param, ndr_object(param, call->stack));
    }
    if (method->result.code)
        ndr_param_marshal(&call->state, &method->result, (UCHAR *)result);
    message->cbBuffer = (ULONG)(msg->Buffer - (UCHAR *)message->Buffer);
}

HRESULT ndr_server_finish(struct ndr_server_call *call, IUnknown *async_object,
        RPCOLEMESSAGE *message, HRESULT failure)
{
    struct answer answer = {.call = call, .message = message};
    DWORD exception = 0;

    call->async_object = async_object;
    call->result = failure;
    if (!failure)
        exception = call_guarded(finish_invoke, call);
    if (!exception)
        exception = call_guarded(answer_marshal, &answer);
    if (exception && answer.buffer_taken)
        IRpcChannelBuffer_FreeBuffer(call->channel, message);
    ndr_server_abandon(call);
    return exception ? exception_result(exception) : S_OK;
}

/* ---- an answer that nobody wants: read as a server reads a request, and freed ---- */

static void __cdecl unwanted_take(void *argument)
{
    struct ndr_server_call *call = argument;
    const struct ndr_method *method = call->state.method;
    ULONG sent[UCHAR_MAX];

    message_take(call, sent);
    /* The [in] parameters, which say how many elements there are, are not in an answer. */
    for (ULONG i = 0; i < method->param_count; i++)
    {
        if (sent[i] != NOT_SENT)
            ndr_count_assume(&call->state, &method->params[i], sent[i], &call->assumed);
    }
}

void ndr_client_discard(const struct ndr_interface *ndr, ULONG number, IRpcChannelBuffer *channel,
        RPCOLEMESSAGE *message)
{
    const struct ndr_method *method = ndr_method_get(ndr, number);
    struct ndr_server_call *call = NULL;

    if (method)
        call = call_create(ndr, method, message, channel, PARAM_OUT);
    if (call)
    {
        struct ndr_state *before = ndr_track_begin(&call->state);

        call_guarded(unwanted_take, call);
        ndr_track_end(before);
        ndr_server_abandon(call);
    }
    IRpcChannelBuffer_FreeBuffer(channel, message);
}
