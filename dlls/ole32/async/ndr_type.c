/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One parameter, by the routines which rpcrt4 has for its type: "Type Format Strings". */
#include "ndr_impl.h"

#include "request_walk.h"

#include <ndrtypes.h>
#include <string.h>

#define OBJECT_MAX 0x7fffffff
#define FULL_POINTERS_MAX 0x10000

/* ---- base types ---- */

static const struct
{
    UCHAR memory;
    UCHAR wire;
} base_types[] = {
        [FC_BYTE] = {1, 1},
        [FC_CHAR] = {1, 1},
        [FC_SMALL] = {1, 1},
        [FC_USMALL] = {1, 1},
        [FC_WCHAR] = {2, 2},
        [FC_SHORT] = {2, 2},
        [FC_USHORT] = {2, 2},
        [FC_LONG] = {4, 4},
        [FC_ULONG] = {4, 4},
        [FC_FLOAT] = {4, 4},
        [FC_HYPER] = {8, 8},
        [FC_DOUBLE] = {8, 8},
        [FC_ENUM16] = {4, 2},
        [FC_ENUM32] = {4, 4},
        [FC_ERROR_STATUS_T] = {4, 4},
        [FC_INT3264] = {sizeof(void *), 4},
        [FC_UINT3264] = {sizeof(void *), 4},
};

BOOL ndr_type_is_base(UCHAR code)
{
    return code < sizeof(base_types) / sizeof(base_types[0]) && base_types[code].memory;
}

ULONG ndr_base_size(UCHAR code)
{
    return base_types[code].memory;
}

static ULONG align_up(ULONG value, ULONG alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

/* Where the next thing begins in the buffer, which is aligned to 8 itself. */
static UCHAR *buffer_aligned(const struct ndr_state *state, ULONG alignment)
{
    return (UCHAR *)(((ULONG_PTR)state->msg.Buffer + alignment - 1) & ~(ULONG_PTR)(alignment - 1));
}

static void base_marshal(struct ndr_state *state, UCHAR code, const UCHAR *object)
{
    MIDL_STUB_MESSAGE *msg = &state->msg;
    ULONG wire = base_types[code].wire;
    UCHAR *to = buffer_aligned(state, wire);
    UCHAR *end = (UCHAR *)msg->RpcMsg->Buffer + msg->BufferLength;

    if (to > end || (SIZE_T)(end - to) < wire)
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    memset(msg->Buffer, 0, to - msg->Buffer);
    if (code == FC_ENUM16 && *(const ULONG *)object > 0x7fff)
        RpcRaiseException(RPC_X_ENUM_VALUE_OUT_OF_RANGE);
    memcpy(to, object, wire); /* the lower bytes, where memory has more */
    msg->Buffer = to + wire;
}

static void base_unmarshal(struct ndr_state *state, UCHAR code, UCHAR *object)
{
    MIDL_STUB_MESSAGE *msg = &state->msg;
    ULONG wire = base_types[code].wire;
    UCHAR *from = buffer_aligned(state, wire);

    if (from > msg->BufferEnd || (SIZE_T)(msg->BufferEnd - from) < wire)
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    if (base_types[code].memory > wire)
    {
        LONG value = 0;

        memcpy(&value, from, wire);
        if (code == FC_ENUM16)
            *(ULONG *)object = (ULONG)value;
        else if (code == FC_INT3264)
            *(LONG_PTR *)object = value;
        else
            *(ULONG_PTR *)object = (ULONG)value;
    }
    else
        memcpy(object, from, wire);
    msg->Buffer = from + wire;
}

/* "[range]": of an integral type. */
static void range_check(const struct ndr_param *param, const UCHAR *object)
{
    LONG value;

    switch (param->code)
    {
    case FC_SMALL:
    case FC_CHAR:
        value = *(const signed char *)object;
        break;
    case FC_BYTE:
    case FC_USMALL:
        value = *object;
        break;
    case FC_SHORT:
        value = *(const SHORT *)object;
        break;
    case FC_WCHAR:
    case FC_USHORT:
        value = *(const USHORT *)object;
        break;
    case FC_ULONG:
        if (*(const ULONG *)object < (ULONG)param->low
                || *(const ULONG *)object > (ULONG)param->high)
            RpcRaiseException(RPC_X_INVALID_BOUND);
        return;
    default:
        value = *(const LONG *)object;
        break;
    }
    if (value < param->low || value > param->high)
        RpcRaiseException(RPC_X_INVALID_BOUND);
}

/* ---- other types ---- */

typedef void(RPC_ENTRY *size_routine)(PMIDL_STUB_MESSAGE, UCHAR *, PFORMAT_STRING);
typedef UCHAR *(RPC_ENTRY *marshal_routine)(PMIDL_STUB_MESSAGE, UCHAR *, PFORMAT_STRING);
typedef UCHAR *(RPC_ENTRY *unmarshal_routine)(PMIDL_STUB_MESSAGE, UCHAR **, PFORMAT_STRING, UCHAR);
typedef void(RPC_ENTRY *free_routine)(PMIDL_STUB_MESSAGE, UCHAR *, PFORMAT_STRING);

struct routines
{
    size_routine size;
    marshal_routine marshal;
    unmarshal_routine unmarshal;
    free_routine free; /* may be NULL */
};

/* clang-format off */
#define ROUTINES(type) \
    {Ndr##type##BufferSize, Ndr##type##Marshall, Ndr##type##Unmarshall, Ndr##type##Free}
#define ROUTINES_FLAT(type) \
    {Ndr##type##BufferSize, Ndr##type##Marshall, Ndr##type##Unmarshall, NULL}
/* clang-format on */

static const struct routines routines[] = {
        [FC_RP] = ROUTINES(Pointer),
        [FC_UP] = ROUTINES(Pointer),
        [FC_OP] = ROUTINES(Pointer),
        [FC_FP] = ROUTINES(Pointer),
        [FC_STRUCT] = ROUTINES(SimpleStruct),
        [FC_PSTRUCT] = ROUTINES(SimpleStruct),
        [FC_CSTRUCT] = ROUTINES(ConformantStruct),
        [FC_CPSTRUCT] = ROUTINES(ConformantStruct),
        [FC_CVSTRUCT] = ROUTINES(ConformantVaryingStruct),
        [FC_BOGUS_STRUCT] = ROUTINES(ComplexStruct),
        [FC_CARRAY] = ROUTINES(ConformantArray),
        [FC_CVARRAY] = ROUTINES(ConformantVaryingArray),
        [FC_SMFARRAY] = ROUTINES(FixedArray),
        [FC_LGFARRAY] = ROUTINES(FixedArray),
        [FC_SMVARRAY] = ROUTINES(VaryingArray),
        [FC_LGVARRAY] = ROUTINES(VaryingArray),
        [FC_BOGUS_ARRAY] = ROUTINES(ComplexArray),
        [FC_C_CSTRING] = ROUTINES_FLAT(ConformantString),
        [FC_C_SSTRING] = ROUTINES_FLAT(ConformantString),
        [FC_C_WSTRING] = ROUTINES_FLAT(ConformantString),
        [FC_CSTRING] = ROUTINES_FLAT(NonConformantString),
        [FC_SSTRING] = ROUTINES_FLAT(NonConformantString),
        [FC_WSTRING] = ROUTINES_FLAT(NonConformantString),
        [FC_ENCAPSULATED_UNION] = ROUTINES(EncapsulatedUnion),
        [FC_NON_ENCAPSULATED_UNION] = ROUTINES(NonEncapsulatedUnion),
        [FC_BYTE_COUNT_POINTER] = ROUTINES(ByteCountPointer),
        [FC_TRANSMIT_AS] = ROUTINES(XmitOrRepAs),
        [FC_REPRESENT_AS] = ROUTINES(XmitOrRepAs),
        [FC_IP] = ROUTINES(InterfacePointer),
        [FC_USER_MARSHAL] = ROUTINES(UserMarshal),
};

BOOL ndr_type_known(UCHAR code)
{
    return code < sizeof(routines) / sizeof(routines[0]) && routines[code].size;
}

BOOL ndr_type_is_pointer(UCHAR code)
{
    return code == FC_RP || code == FC_UP || code == FC_OP || code == FC_FP || code == FC_IP
            || code == FC_BYTE_COUNT_POINTER;
}

UCHAR *ndr_object(const struct ndr_param *param, UCHAR *stack)
{
    UCHAR *slot = stack + param->slot;

    if (!param->by_ref)
        return slot;
    return *(UCHAR **)slot;
}

/* NDR's routines for pointers want what the pointer says, all others where the object is. */
static UCHAR *routine_argument(const struct ndr_param *param, UCHAR *object)
{
    return ndr_type_is_pointer(param->code) ? *(UCHAR **)object : object;
}

static void object_require(const UCHAR *object)
{
    if (!object)
        RpcRaiseException(RPC_X_NULL_REF_POINTER);
}

void ndr_param_size(struct ndr_state *state, const struct ndr_param *param, UCHAR *object)
{
    object_require(object);
    if (param->base)
    {
        ULONG wire = base_types[param->code].wire;

        state->msg.BufferLength = align_up(state->msg.BufferLength, wire) + wire;
    }
    else
        routines[param->code].size(&state->msg, routine_argument(param, object), param->type);
}

void ndr_param_marshal(struct ndr_state *state, const struct ndr_param *param, UCHAR *object)
{
    object_require(object);
    if (param->base)
        base_marshal(state, param->code, object);
    else
        routines[param->code].marshal(&state->msg, routine_argument(param, object), param->type);
}

/* The identifiers of full pointers count from 1, and NDR makes a table as long as the highest. */
static void full_pointer_check(const struct ndr_state *state)
{
    const UCHAR *at = buffer_aligned(state, sizeof(ULONG));

    if (at > state->msg.BufferEnd || (SIZE_T)(state->msg.BufferEnd - at) < sizeof(ULONG)
            || *(const ULONG *)at > FULL_POINTERS_MAX)
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
}

/* NDR reads interface pointers and other things which are longer than the message. */
static void lengths_check(const struct ndr_state *state, const struct ndr_param *param)
{
    const UCHAR *start = state->msg.BufferStart;

    if (!request_walk_type(param->type, state->method->long_correlation, start,
                (ULONG)(state->msg.Buffer - start), (ULONG)(state->msg.BufferEnd - start)))
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
}

void ndr_param_unmarshal(struct ndr_state *state, const struct ndr_param *param, UCHAR **object,
        BOOL allocate)
{
    UCHAR side = state->msg.IsClient;
    UCHAR *before = state->msg.Buffer;

    ndr_track_forget(state);
    if (param->code == FC_FP)
        full_pointer_check(state);
    else if (!param->base)
        lengths_check(state, param);
    if (allocate)
        state->msg.IsClient = TRUE;
    if (param->base)
    {
        base_unmarshal(state, param->code, *object);
        if (param->range)
            range_check(param, *object);
    }
    else if (ndr_type_is_pointer(param->code))
        routines[param->code].unmarshal(&state->msg, (UCHAR **)*object, param->type, FALSE);
    else
        routines[param->code].unmarshal(&state->msg, object, param->type, FALSE);
    state->msg.IsClient = side;
    /* Wine does not take the last four bytes of a message for an interface pointer. */
    if (param->code == FC_IP && state->msg.Buffer == before)
        state->msg.Buffer = buffer_aligned(state, sizeof(ULONG)) + sizeof(ULONG);
    if (state->msg.Buffer > state->msg.BufferEnd) /* not every routine looks */
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
}

void ndr_param_free(struct ndr_state *state, const struct ndr_param *param, UCHAR *object)
{
    UCHAR *argument;

    if (param->base || !object || !routines[param->code].free)
        return;
    argument = routine_argument(param, object);
    if (argument)
        routines[param->code].free(&state->msg, argument, param->type);
}

/* ---- sizes in memory ---- */

static USHORT read_short(PFORMAT_STRING at)
{
    USHORT value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static ULONG read_long(PFORMAT_STRING at)
{
    ULONG value;

    memcpy(&value, at, sizeof(value));
    return value;
}

/* A structure of the discriminant and the union. */
static ULONG encapsulated_size(PFORMAT_STRING type)
{
    ULONG increment = type[1] >> 4;

    if (!increment)
        return 0;
    return align_up(increment + read_short(type + 2),
            ndr_base_size(type[1] & 0x0f) > increment ? ndr_base_size(type[1] & 0x0f) : increment);
}

static ULONG union_size(PFORMAT_STRING type, BOOL long_correlation)
{
    PFORMAT_STRING at = type + 2 + (long_correlation ? 6 : 4);

    return read_short(at + (SHORT)read_short(at));
}

ULONG ndr_type_fixed_size(PFORMAT_STRING type, BOOL long_correlation)
{
    UCHAR code = type[0];

    if (ndr_type_is_base(code))
        return ndr_base_size(code);
    if (ndr_type_is_pointer(code))
        return sizeof(void *);
    switch (code)
    {
    case FC_STRUCT:
    case FC_PSTRUCT:
    case FC_SMFARRAY:
    case FC_SMVARRAY:
    case FC_CSTRING:
        return read_short(type + 2);
    case FC_WSTRING:
        return read_short(type + 2) * (ULONG)sizeof(WCHAR);
    case FC_SSTRING:
        return type[1] * (ULONG)read_short(type + 2);
    case FC_LGFARRAY:
    case FC_LGVARRAY:
        return read_long(type + 2);
    case FC_BOGUS_STRUCT:
        return read_short(type + 4) ? 0 : read_short(type + 2);
    case FC_ENCAPSULATED_UNION:
        return encapsulated_size(type);
    case FC_NON_ENCAPSULATED_UNION:
        return union_size(type, long_correlation);
    case FC_TRANSMIT_AS:
    case FC_REPRESENT_AS:
    case FC_USER_MARSHAL:
        return read_short(type + 4);
    case FC_RANGE:
        return ndr_type_is_base(type[1] & 0x0f) ? ndr_base_size(type[1] & 0x0f) : 0;
    default:
        return 0;
    }
}

/* "Correlation Descriptors": of parameters, that is of the stack. FALSE for those of structures. */
static BOOL correlation_value(struct ndr_state *state, PFORMAT_STRING at, ULONG *value)
{
    UCHAR where = at[0] & 0xf0;
    const UCHAR *object;

    if (where == FC_CONSTANT_CONFORMANCE)
    {
        *value = (ULONG)at[1] << 16 | read_short(at + 2);
        return TRUE;
    }
    if (read_long(at) == 0xffffffff
            || (where != FC_TOP_LEVEL_CONFORMANCE && where != FC_TOP_LEVEL_MULTID_CONFORMANCE))
        return FALSE;
    if (at[1] == FC_CALLBACK)
    {
        const MIDL_STUB_DESC *desc = state->method->desc;
        USHORT index = read_short(at + 2);

        if (!desc->apfnExprEval)
            return FALSE;
        state->msg.Offset = 0;
        desc->apfnExprEval[index](&state->msg);
        *value = (ULONG)state->msg.MaxCount;
        return TRUE;
    }
    object = state->msg.StackTop + (SHORT)read_short(at + 2);
    if (at[1] == FC_DEREFERENCE)
        object = *(UCHAR **)object;
    if (!object)
        return FALSE;
    switch (at[0] & 0x0f)
    {
    case FC_LONG:
    case FC_ULONG:
        *value = *(const ULONG *)object;
        break;
    case FC_SHORT:
        *value = (ULONG)(LONG) * (const SHORT *)object;
        break;
    case FC_USHORT:
        *value = *(const USHORT *)object;
        break;
    case FC_SMALL:
    case FC_CHAR:
        *value = (ULONG)(LONG) * (const signed char *)object;
        break;
    case FC_USMALL:
        *value = *object;
        break;
    default:
        return FALSE;
    }
    switch (at[1])
    {
    case FC_DIV_2:
        *value /= 2;
        break;
    case FC_MULT_2:
        *value *= 2;
        break;
    case FC_ADD_1:
        *value += 1;
        break;
    case FC_SUB_1:
        *value -= 1;
        break;
    }
    return TRUE;
}

/* Where a type's conformance is described. */
static PFORMAT_STRING conformance_of(PFORMAT_STRING type)
{
    switch (type[0])
    {
    case FC_CARRAY:
    case FC_CVARRAY:
        return type + 4;
    case FC_BOGUS_ARRAY:
        return read_short(type + 2) ? NULL : type + 4;
    case FC_C_CSTRING:
    case FC_C_WSTRING:
        return type[1] == FC_STRING_SIZED ? type + 2 : NULL;
    case FC_C_SSTRING:
        return type[2] == FC_STRING_SIZED ? type + 4 : NULL;
    default:
        return NULL;
    }
}

static ULONG array_size(struct ndr_state *state, ULONG count, PFORMAT_STRING element)
{
    ULONG size;

    if (element[0] == FC_EMBEDDED_COMPLEX)
        element += 2 + (SHORT)read_short(element + 2);
    size = ndr_type_size(state, element);
    if (count > OBJECT_MAX / size)
        RpcRaiseException(RPC_X_INVALID_BOUND);
    return count * size;
}

ULONG ndr_type_size(struct ndr_state *state, PFORMAT_STRING type)
{
    ULONG size = ndr_type_fixed_size(type, state->method->long_correlation);
    ULONG descriptor = state->method->long_correlation ? 6 : 4;
    PFORMAT_STRING conformance;
    ULONG count;

    if (size)
        return size;
    /* Of structures at least the part which is always there: their counts are in them. */
    if (type[0] == FC_CSTRUCT || type[0] == FC_CPSTRUCT || type[0] == FC_CVSTRUCT
            || type[0] == FC_BOGUS_STRUCT)
        return read_short(type + 2);
    if (type[0] == FC_BOGUS_ARRAY && read_short(type + 2))
        return array_size(state, read_short(type + 2), type + 4 + 2 * descriptor);
    if (!(conformance = conformance_of(type)) || !correlation_value(state, conformance, &count)
            || count > OBJECT_MAX)
        RpcRaiseException(conformance ? RPC_X_INVALID_BOUND : RPC_X_BAD_STUB_DATA);
    switch (type[0])
    {
    case FC_CARRAY:
    case FC_CVARRAY:
        size = read_short(type + 2);
        break;
    case FC_BOGUS_ARRAY:
        return array_size(state, count, type + 4 + 2 * descriptor);
    case FC_C_WSTRING:
        size = sizeof(WCHAR);
        break;
    case FC_C_SSTRING:
        size = type[1];
        break;
    default:
        size = 1;
        break;
    }
    if (!size || count > OBJECT_MAX / size)
        RpcRaiseException(RPC_X_INVALID_BOUND);
    return count * size;
}

/* ---- counts that were sent, against those which the other parameters say ---- */

/* The array of a parameter, or of what it points to. */
static PFORMAT_STRING counted_type(const struct ndr_param *param, BOOL *pointer)
{
    PFORMAT_STRING type = param->type;

    *pointer = FALSE;
    if (param->base)
        return NULL;
    if (param->code == FC_UP || param->code == FC_OP)
    {
        if (type[1] & (FC_SIMPLE_POINTER | FC_POINTER_DEREF))
            return NULL;
        type += 2 + (SHORT)read_short(type + 2);
        *pointer = TRUE;
    }
    return conformance_of(type) ? type : NULL;
}

BOOL ndr_count_sent(struct ndr_state *state, const struct ndr_param *param, ULONG *count)
{
    BOOL pointer;
    PFORMAT_STRING type = counted_type(param, &pointer);
    UCHAR *at = buffer_aligned(state, sizeof(ULONG));

    if (!type || at > state->msg.BufferEnd)
        return FALSE;
    if (pointer)
    {
        if ((SIZE_T)(state->msg.BufferEnd - at) < sizeof(ULONG) || !*(ULONG *)at)
            return FALSE;
        at += sizeof(ULONG);
    }
    if ((SIZE_T)(state->msg.BufferEnd - at) < sizeof(ULONG))
        return FALSE;
    *count = *(ULONG *)at;
    return TRUE;
}

void ndr_count_assume(struct ndr_state *state, const struct ndr_param *param, ULONG count,
        ULONG *room)
{
    BOOL pointer;
    PFORMAT_STRING type = counted_type(param, &pointer);
    PFORMAT_STRING at = type ? conformance_of(type) : NULL;
    UCHAR *slot;

    if (!at || (at[0] & 0xf0) == FC_CONSTANT_CONFORMANCE || at[1] == FC_CALLBACK)
        return;
    slot = state->msg.StackTop + (SHORT)read_short(at + 2);
    if (at[1] == FC_MULT_2)
        count /= 2;
    else if (at[1] == FC_DIV_2)
        count *= 2;
    else if (at[1] == FC_ADD_1)
        count--;
    else if (at[1] == FC_SUB_1)
        count++;
    if (at[1] != FC_DEREFERENCE)
        memcpy(slot, &count, sizeof(count));
    else if (!*(UCHAR **)slot)
    {
        *room = count;
        *(ULONG **)slot = room;
    }
}

ULONG ndr_count_size(struct ndr_state *state, const struct ndr_param *param, ULONG count)
{
    ULONG descriptor = state->method->long_correlation ? 6 : 4;
    SIZE_T left = state->msg.BufferEnd - state->msg.Buffer;

    if (count > left)
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    switch (param->code)
    {
    case FC_CARRAY:
    case FC_CVARRAY:
        if (count * (ULONG64)read_short(param->type + 2) > OBJECT_MAX)
            RpcRaiseException(RPC_X_INVALID_BOUND);
        return count * read_short(param->type + 2);
    case FC_BOGUS_ARRAY:
        return array_size(state, count, param->type + 4 + 2 * descriptor);
    case FC_C_CSTRING:
        return count;
    case FC_C_WSTRING:
        return count * (ULONG)sizeof(WCHAR);
    default:
        return 0;
    }
}

BOOL ndr_count_described(struct ndr_state *state, const struct ndr_param *param, ULONG *count)
{
    BOOL pointer;
    PFORMAT_STRING type = counted_type(param, &pointer);

    return type && correlation_value(state, conformance_of(type), count);
}
