/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads procedure format strings: "Procedure Header Descriptor", "Parameter Descriptors". */
#include "ndr_impl.h"

#include <ndrtypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 40 /* of what is read without knowing yet whether it is a header */
#define PARAM_BYTES 6
#define STACK_MAX 0x8000

struct header
{
    UCHAR oi_flags;
    UCHAR opt_flags;
    UCHAR opt_flags2;
    ULONG rpc_flags;
    USHORT number;
    USHORT stack_size;
    UCHAR param_count;
    PFORMAT_STRING params;
};

static USHORT read_short(PFORMAT_STRING at)
{
    USHORT value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static LONG read_long(PFORMAT_STRING at)
{
    LONG value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static BOOL header_read(struct header *header, PFORMAT_STRING at)
{
    const UCHAR flags = Oi_OBJECT_PROC | Oi_OBJ_USE_V2_INTERPRETER;

    memset(header, 0, sizeof(*header));
    if (!ndr_in_image(at, HEADER_MAX) || at[0] != FC_AUTO_HANDLE)
        return FALSE;
    header->oi_flags = at[1];
    if ((header->oi_flags & flags) != flags)
        return FALSE;
    at += 2;
    if (header->oi_flags & Oi_HAS_RPCFLAGS)
    {
        header->rpc_flags = (ULONG)read_long(at);
        at += 4;
    }
    header->number = read_short(at);
    header->stack_size = read_short(at + 2);
    /* The constant parts of the buffers' sizes follow: we size everything. */
    header->opt_flags = at[8];
    header->param_count = at[9];
    at += 10;
    if (header->opt_flags & 0x40) /* HasExtensions */
    {
        if (at[0] < 8 || at[0] > 16)
            return FALSE;
        header->opt_flags2 = at[1];
        at += at[0];
    }
    header->params = at;
    return header->stack_size >= sizeof(void *) && header->stack_size < STACK_MAX
            && ndr_in_image(at, (SIZE_T)header->param_count * PARAM_BYTES);
}

BOOL ndr_method_plausible(PFORMAT_STRING format, ULONG number)
{
    struct header header;

    return header_read(&header, format) && header.number == number;
}

/* A pointer of the kind [ref] at the top is not sent: what counts is where it points to. */
static PFORMAT_STRING reference_follow(PFORMAT_STRING type)
{
    if (type[1] & FC_SIMPLE_POINTER)
        return type + 2;
    return type + 2 + (SHORT)read_short(type + 2);
}

/* Structures and their like, by value: on x86_64 those of other sizes than a register's are passed
 * by a pointer. */
static BOOL value_is_by_ref(ULONG size)
{
#ifdef __x86_64__
    return size != 1 && size != 2 && size != 4 && size != 8;
#else
    (void)size;
    return FALSE;
#endif
}

static BOOL param_parse(struct ndr_param *param, const struct header *header, ULONG index,
        const MIDL_STUB_DESC *desc)
{
    PFORMAT_STRING at = header->params + (SIZE_T)index * PARAM_BYTES;
    BOOL last = index + 1u == header->param_count;
    ULONG next = last ? header->stack_size : read_short(at + PARAM_BYTES + 2);

    param->attributes = read_short(at);
    param->slot = read_short(at + 2);
    if (param->attributes & PARAM_PIPE || next <= param->slot || next > header->stack_size
            || param->slot % sizeof(void *) || next % sizeof(void *)
            || param->slot < sizeof(void *))
        return FALSE;
    param->slot_size = (USHORT)(next - param->slot);
    param->by_ref = (param->attributes & PARAM_SIMPLE_REF) != 0;
    if (param->attributes & PARAM_BASE_TYPE)
        param->code = at[4];
    else
    {
        param->type = desc->pFormatTypes + read_short(at + 4);
        if (!ndr_in_image(param->type, 16))
            return FALSE;
        if (param->type[0] == FC_RP && !param->by_ref)
        {
            param->type = reference_follow(param->type);
            param->by_ref = TRUE;
            if (!ndr_in_image(param->type, 16))
                return FALSE;
        }
        param->code = param->type[0];
        if (param->code == FC_RANGE)
        {
            param->range = TRUE;
            param->code = param->type[1] & 0x0f;
            param->low = read_long(param->type + 2);
            param->high = read_long(param->type + 6);
        }
    }
    if (ndr_type_is_base(param->code))
    {
        param->base = TRUE;
        param->size = ndr_base_size(param->code);
        return param->by_ref || param->size <= param->slot_size;
    }
    if (!ndr_type_known(param->code))
        return FALSE;
    param->size = ndr_type_fixed_size(param->type, header->opt_flags2 & 0x01);
    if (param->attributes & PARAM_BY_VALUE && !(param->attributes & PARAM_SIMPLE_REF))
        param->by_ref = value_is_by_ref(param->size);
    else if (!param->by_ref)
        param->by_ref = !ndr_type_is_pointer(param->code);
    return param->by_ref || (param->size && param->size <= param->slot_size);
}

static BOOL params_parse(struct ndr_method *method, const struct header *header)
{
    ULONG count = 0;

    method->begin_size = method->finish_size = sizeof(void *);
    for (ULONG i = 0; i < header->param_count; i++)
    {
        struct ndr_param *param = &method->params[count];

        memset(param, 0, sizeof(*param));
        if (!param_parse(param, header, i, method->desc))
            return FALSE;
        if (param->attributes & PARAM_RETURN)
        {
            /* What comes back in more than the register of a HRESULT is beyond the entries. */
            if (!param->base || param->by_ref || param->size > sizeof(LONG)
                    || param->code == FC_FLOAT || method->result.code)
                return FALSE;
            method->result = *param;
            continue;
        }
        if (!(param->attributes & (PARAM_IN | PARAM_OUT))
                || (param->attributes & PARAM_OUT && !param->by_ref
                        && !(param->attributes & PARAM_IN)))
            return FALSE;
        if (param->attributes & PARAM_IN)
            method->begin_size += param->slot_size;
        if (param->attributes & PARAM_OUT)
        {
            method->finish_size += param->slot_size;
            if (!param->base)
                method->finish_needs_in = TRUE;
        }
        if (param->by_ref && param->size)
        {
            param->room = method->room;
            method->room += (param->size + 15u) & ~15u;
        }
        count++;
    }
    if (method->long_correlation)
    {
        method->correlation_cache = method->room;
        method->room += NDR_CORRELATION_CACHE;
    }
    method->param_count = count;
    return TRUE;
}

HRESULT ndr_method_parse(struct ndr_method *method, const MIDL_STUB_DESC *desc,
        PFORMAT_STRING format, ULONG number)
{
    struct header header;

    memset(method, 0, sizeof(*method));
    if (!header_read(&header, format) || header.number != number)
        return E_NOINTERFACE;
    method->desc = desc;
    method->stack_size = header.stack_size;
    method->rpc_flags = header.rpc_flags;
    method->full_pointers = (header.oi_flags & Oi_FULL_PTR_USED) != 0;
    method->correlation_flags = header.opt_flags2;
    method->long_correlation = header.opt_flags2 & 0x01;
    if (!(method->params = calloc((SIZE_T)header.param_count + 1, sizeof(*method->params))))
        return E_OUTOFMEMORY;
    if (!params_parse(method, &header))
    {
        free(method->params);
        method->params = NULL;
    }
    return S_OK;
}

void ndr_method_free(struct ndr_method *method)
{
    free(method->params);
    method->params = NULL;
}
