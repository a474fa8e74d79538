/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's halves: Begin_X sends the [in] parameters, Finish_X takes the [out] ones. */
#include "ndr_impl.h"

#include "call_guard.h"

#include <stdlib.h>
#include <string.h>

struct ndr_client_call
{
    struct ndr_state state;
    ULONG number;
    /* The stack of the synchronous method, twice, each as long as method->stack_size, then room for
     * what [in] parameters point to. `described` has what Begin_X got, as far as it can describe
     * [out] parameters; `stack` what NDR works with. */
    UCHAR *described;
    UCHAR *stack;
    UCHAR *room;
};

struct begin
{
    struct ndr_client_call *call;
    IRpcChannelBuffer *channel;
    RPCOLEMESSAGE *message;
    const IID *iid;
    BOOL buffer_taken;
};

/* Spreads the arguments of a half over the stack of the whole method. */
static void stack_spread(const struct ndr_method *method, UCHAR *stack, void *const *half,
        USHORT direction)
{
    const UCHAR *from = (const UCHAR *)half + sizeof(void *);

    *(void **)stack = half[0];
    for (ULONG i = 0; i < method->param_count; i++)
    {
        const struct ndr_param *param = &method->params[i];

        if (!(param->attributes & direction))
            continue;
        memcpy(stack + param->slot, from, param->slot_size);
        from += param->slot_size;
    }
}

/* Keeps what an [in] parameter of Begin_X may say of [out] ones: a number, an IID, a structure with
 * a count; not what these point to. */
static void in_keep(struct ndr_client_call *call, const struct ndr_param *param)
{
    UCHAR *object = ndr_object(param, call->stack);

    if (!param->by_ref)
    {
        if (!ndr_type_is_pointer(param->code))
            memcpy(call->described + param->slot, object, param->slot_size);
    }
    else if (param->size)
    {
        memcpy(call->room + param->room, object, param->size);
        *(UCHAR **)(call->described + param->slot) = call->room + param->room;
    }
}

static void state_init(struct ndr_client_call *call, IRpcChannelBuffer *channel,
        RPCOLEMESSAGE *message)
{
    MIDL_STUB_MESSAGE *msg = &call->state.msg;
    const struct ndr_method *method = call->state.method;
    RPC_MESSAGE scratch;

    memset(&scratch, 0, sizeof(scratch));
    NdrClientInitializeNew(&scratch, msg, (PMIDL_STUB_DESC)method->desc, call->number);
    msg->RpcMsg = (RPC_MESSAGE *)message;
    msg->pRpcChannelBuffer = channel;
    if (FAILED(IRpcChannelBuffer_GetDestCtx(channel, &msg->dwDestContext, &msg->pvDestContext)))
        msg->dwDestContext = MSHCTX_DIFFERENTMACHINE;
    ndr_state_begin(&call->state, method, call->room, XLAT_CLIENT);
}

static void __cdecl begin_marshal(void *argument)
{
    struct begin *begin = argument;
    struct ndr_client_call *call = begin->call;
    const struct ndr_method *method = call->state.method;
    MIDL_STUB_MESSAGE *msg = &call->state.msg;
    RPCOLEMESSAGE *message = begin->message;
    HRESULT hr;

    state_init(call, begin->channel, message);
    msg->StackTop = call->stack;
    for (ULONG i = 0; i < method->param_count; i++)
    {
        const struct ndr_param *param = &method->params[i];

        if (param->attributes & PARAM_IN)
            ndr_param_size(&call->state, param, ndr_object(param, call->stack));
    }
    message->Buffer = NULL;
    message->dataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    message->iMethod = call->number;
    /* A call that begins is waited for later, even if its method is a notification. */
    message->rpcFlags |= method->rpc_flags & ~(ULONG)RPCFLG_ASYNCHRONOUS;
    message->cbBuffer = msg->BufferLength;
    if (FAILED(hr = IRpcChannelBuffer_GetBuffer(begin->channel, message, begin->iid)))
        RpcRaiseException(hr);
    begin->buffer_taken = TRUE;
    msg->Buffer = msg->BufferStart = message->Buffer;
    msg->BufferEnd = msg->BufferStart + msg->BufferLength;
    for (ULONG i = 0; i < method->param_count; i++)
    {
        const struct ndr_param *param = &method->params[i];

        if (param->attributes & PARAM_IN)
            ndr_param_marshal(&call->state, param, ndr_object(param, call->stack));
    }
    message->cbBuffer = (ULONG)(msg->Buffer - (UCHAR *)message->Buffer);
    for (ULONG i = 0; method->finish_needs_in && i < method->param_count; i++)
    {
        if (method->params[i].attributes & PARAM_IN)
            in_keep(call, &method->params[i]);
    }
}

static struct ndr_client_call *call_create(const struct ndr_method *method, ULONG number)
{
    SIZE_T stack = (method->stack_size + 15u) & ~15u;
    struct ndr_client_call *call;
    UCHAR *memory;

    if (!(call = calloc(1, sizeof(*call) + 2 * stack + method->room + 16)))
        return NULL;
    call->state.method = method;
    call->number = number;
    memory = (UCHAR *)(((ULONG_PTR)(call + 1) + 15) & ~(ULONG_PTR)15);
    call->described = memory;
    call->stack = memory + stack;
    call->room = memory + 2 * stack;
    return call;
}

void ndr_client_abandon(struct ndr_client_call *call)
{
    if (!call)
        return;
    ndr_state_end(&call->state);
    free(call);
}

HRESULT ndr_client_begin(const struct ndr_interface *ndr, ULONG method, IRpcChannelBuffer *channel,
        void **stack, RPCOLEMESSAGE *message, struct ndr_client_call **out)
{
    const struct ndr_method *description = ndr_method_get(ndr, method);
    struct begin begin = {.channel = channel, .message = message, .iid = &ndr->iid};
    DWORD exception;

    *out = NULL;
    if (!description)
        return E_NOTIMPL;
    if (!(begin.call = call_create(description, method)))
        return E_OUTOFMEMORY;
    stack_spread(description, begin.call->stack, stack, PARAM_IN);
    if ((exception = call_guarded(begin_marshal, &begin)))
    {
        if (begin.buffer_taken)
            IRpcChannelBuffer_FreeBuffer(channel, message);
        ndr_client_abandon(begin.call);
        return NdrProxyErrorHandler(exception);
    }
    *out = begin.call;
    return S_OK;
}

/* ---- Finish_X ---- */

struct finish
{
    struct ndr_client_call *call;
    RPCOLEMESSAGE *message;
    ULONG done; /* parameters unmarshalled */
    BOOL unmarshalling;
    HRESULT result;
};

static BOOL out_only(const struct ndr_param *param)
{
    return (param->attributes & (PARAM_IN | PARAM_OUT)) == PARAM_OUT;
}

/* [out] parameters are 0 before they are unmarshalled, so that no pointer in them is followed, and
 * after a failure. Their sizes follow from what Begin_X got. */
static void __cdecl outs_clear(void *argument)
{
    struct ndr_client_call *call = argument;
    const struct ndr_method *method = call->state.method;

    call->state.msg.StackTop = call->described;
    for (ULONG i = 0; i < method->param_count; i++)
    {
        const struct ndr_param *param = &method->params[i];
        UCHAR *object;

        if (!out_only(param))
            continue;
        if (!(object = ndr_object(param, call->stack)))
            RpcRaiseException(RPC_X_NULL_REF_POINTER);
        memset(object, 0, param->size ? param->size : ndr_type_size(&call->state, param->type));
    }
}

/* The caller's array has as many elements as he said, also one that is [in, out]; an answer with
 * more is refused. */
static void count_check(struct ndr_client_call *call, const struct ndr_param *param)
{
    ULONG sent;
    ULONG described;

    if (ndr_type_is_pointer(param->code) || !ndr_count_sent(&call->state, param, &sent))
        return;
    call->state.msg.StackTop = call->described;
    if (ndr_count_described(&call->state, param, &described) && sent > described)
        RpcRaiseException(RPC_X_INVALID_BOUND);
    call->state.msg.StackTop = call->stack;
}

static void buffer_take(struct ndr_state *state, RPCOLEMESSAGE *message)
{
    MIDL_STUB_MESSAGE *msg = &state->msg;

    msg->RpcMsg = (RPC_MESSAGE *)message;
    msg->Buffer = msg->BufferStart = message->Buffer;
    msg->BufferLength = message->cbBuffer;
    msg->BufferEnd = msg->BufferStart + message->cbBuffer;
    if (LOWORD(message->dataRepresentation) != LOWORD(NDR_LOCAL_DATA_REPRESENTATION))
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
}

static void result_take(struct finish *finish)
{
    const struct ndr_method *method = finish->call->state.method;
    ULONG result[2] = {0, 0};
    UCHAR *object = (UCHAR *)result;

    if (!method->result.code)
        return;
    ndr_param_unmarshal(&finish->call->state, &method->result, &object, FALSE);
    finish->result = (HRESULT)result[0];
}

static void __cdecl finish_unmarshal(void *argument)
{
    struct finish *finish = argument;
    struct ndr_client_call *call = finish->call;
    const struct ndr_method *method = call->state.method;

    outs_clear(call);
    buffer_take(&call->state, finish->message);
    finish->unmarshalling = TRUE;
    call->state.msg.StackTop = call->stack;
    for (; finish->done < method->param_count; finish->done++)
    {
        const struct ndr_param *param = &method->params[finish->done];
        UCHAR *object;

        if (!(param->attributes & PARAM_OUT))
            continue;
        if (!(object = ndr_object(param, call->stack)))
            RpcRaiseException(RPC_X_NULL_REF_POINTER);
        count_check(call, param);
        ndr_param_unmarshal(&call->state, param, &object, FALSE);
    }
    ndr_track_forget(&call->state);
    result_take(finish);
}

/* What had been unmarshalled before the answer turned out to be bad. */
static void __cdecl outs_free(void *argument)
{
    struct finish *finish = argument;
    struct ndr_client_call *call = finish->call;
    const struct ndr_method *method = call->state.method;

    for (ULONG i = 0; i < finish->done && i < method->param_count; i++)
    {
        if (out_only(&method->params[i]))
            ndr_param_free(&call->state, &method->params[i],
                    ndr_object(&method->params[i], call->stack));
    }
}

/* Slots of parameters which only Begin_X has, as far as they were kept. */
static void stack_prepare(struct ndr_client_call *call, void **stack)
{
    const struct ndr_method *method = call->state.method;

    memcpy(call->stack, call->described, method->stack_size);
    stack_spread(method, call->stack, stack, PARAM_OUT);
}

HRESULT ndr_client_finish(struct ndr_client_call *call, IRpcChannelBuffer *channel, void **stack,
        RPCOLEMESSAGE *message, HRESULT failure)
{
    const struct ndr_method *method = call->state.method;
    struct finish finish = {.call = call, .message = message};
    struct ndr_state *before;
    DWORD exception;

    stack_prepare(call, stack);
    if (failure)
    {
        call_guarded(outs_clear, call);
        ndr_client_abandon(call);
        return failure;
    }
    before = ndr_track_begin(&call->state);
    exception = call_guarded(finish_unmarshal, &finish);
    ndr_track_end(before);
    if (exception)
    {
        if (finish.done < method->param_count && out_only(&method->params[finish.done]))
            ndr_track_free(&call->state);
        if (finish.unmarshalling)
            call_guarded(outs_free, &finish);
        call_guarded(outs_clear, call);
        finish.result = NdrProxyErrorHandler(exception);
    }
    IRpcChannelBuffer_FreeBuffer(channel, message);
    ndr_client_abandon(call);
    return finish.result;
}
