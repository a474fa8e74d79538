/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "request_walk.h"

#include <string.h>

/* The format characters which are followed; "RPC NDR Format Strings" has them all. */
enum format
{
    FORMAT_BYTE = 0x01,
    FORMAT_CHAR = 0x02,
    FORMAT_SMALL = 0x03,
    FORMAT_USMALL = 0x04,
    FORMAT_WCHAR = 0x05,
    FORMAT_SHORT = 0x06,
    FORMAT_USHORT = 0x07,
    FORMAT_LONG = 0x08,
    FORMAT_ULONG = 0x09,
    FORMAT_FLOAT = 0x0a,
    FORMAT_HYPER = 0x0b,
    FORMAT_DOUBLE = 0x0c,
    FORMAT_ENUM16 = 0x0d,
    FORMAT_ENUM32 = 0x0e,
    FORMAT_ERROR_STATUS = 0x10,
    FORMAT_REF_POINTER = 0x11,
    FORMAT_UNIQUE_POINTER = 0x12,
    FORMAT_OBJECT_POINTER = 0x13,
    FORMAT_STRUCT = 0x15,
    FORMAT_CONFORMANT_STRUCT = 0x17, /* its last member is a conformant array */
    FORMAT_CONFORMANT_ARRAY = 0x1b,
    FORMAT_VARYING_ARRAY = 0x1c, /* conformant, too */
    FORMAT_COMPLEX_ARRAY = 0x21,
    FORMAT_TEXT = 0x22,
    FORMAT_WIDE_TEXT = 0x25,
    FORMAT_INTERFACE = 0x2f,
    FORMAT_AUTO_HANDLE = 0x33,
    FORMAT_POINTERS = 0x4b, /* an array's elements have some */
    FORMAT_EMBEDDED = 0x4c,
    FORMAT_DEREFERENCE = 0x54, /* a correlation's operator */
    FORMAT_RANGE = 0xb7,
    FORMAT_INT3264 = 0xb8,
    FORMAT_UINT3264 = 0xb9,
};

#define POINTER_SIMPLE 0x08   /* a pointer's attribute: the type follows, not its offset */
#define HAS_RPC_FLAGS 0x08    /* of a procedure's first flags */
#define HAS_EXTENSIONS 0x40   /* of its second flags */
#define LONG_CORRELATION 0x01 /* of its extensions' flags */
#define CORRELATION_SHORT 4   /* bytes of a correlation descriptor */
#define CORRELATION_LONG 6
#define CORRELATION_OF_PARAMETER 0x20
#define NO_CORRELATION 0xffffffff
#define COUNTS_MAX 4 /* of arrays whose sizes are compared with parameters */
#define VALUES_MAX 12
#define ANSWER_MAX 0x10000000u /* bytes of an array that a client may ask for */
#define PARAMETER_IN 0x0008    /* of a parameter's attributes */
#define PARAMETER_BASE 0x0040
#define PARAMETER_SIZE 6    /* attributes, stack offset, type: two bytes each */
#define NO_PROCEDURE 0xffff /* another stub's, which this one delegates to */

enum outcome
{
    WALK_ON,
    WALK_BAD,     /* it is not within the data */
    WALK_UNKNOWN, /* nothing can be said of what follows */
};

/* A parameter's place on the stack, and its value; or an array's size, and the parameter that has
 * to be the same. */
struct number
{
    USHORT offset;
    UINT32 value;
};

struct walk
{
    const BYTE *data;
    UINT64 at, size;
    ULONG correlation; /* bytes of a correlation descriptor */
    ULONG count_count, value_count;
    struct number counts[COUNTS_MAX], values[VALUES_MAX];
};

static USHORT short_at(const BYTE *format)
{
    return (USHORT)(format[0] | format[1] << 8);
}

static UINT32 long_at(const BYTE *format)
{
    return short_at(format) | (UINT32)short_at(format + 2) << 16;
}

static enum outcome skip(struct walk *walk, UINT64 size, ULONG alignment)
{
    walk->at = (walk->at + alignment - 1) & ~(UINT64)(alignment - 1);
    if (walk->at > walk->size || walk->size - walk->at < size)
        return WALK_BAD;
    walk->at += size;
    return WALK_ON;
}

static enum outcome read_long(struct walk *walk, UINT32 *value)
{
    enum outcome outcome = skip(walk, sizeof(*value), sizeof(*value));

    if (outcome == WALK_ON)
        memcpy(value, walk->data + walk->at - sizeof(*value), sizeof(*value));
    return outcome;
}

/* Bytes of a base type in the message; 0: it is none. */
static ULONG base_size(BYTE format)
{
    switch (format)
    {
    case FORMAT_BYTE:
    case FORMAT_CHAR:
    case FORMAT_SMALL:
    case FORMAT_USMALL:
        return 1;
    case FORMAT_WCHAR:
    case FORMAT_SHORT:
    case FORMAT_USHORT:
    case FORMAT_ENUM16:
        return 2;
    case FORMAT_LONG:
    case FORMAT_ULONG:
    case FORMAT_FLOAT:
    case FORMAT_ENUM32:
    case FORMAT_ERROR_STATUS:
    case FORMAT_INT3264:
    case FORMAT_UINT3264:
        return 4;
    case FORMAT_HYPER:
    case FORMAT_DOUBLE:
        return 8;
    default:
        return 0;
    }
}

static enum outcome walk_base(struct walk *walk, BYTE format)
{
    ULONG size = base_size(format);

    return size ? skip(walk, size, size) : WALK_UNKNOWN;
}

/* Whether there is an OBJREF's signature at an offset from here. */
static BOOL is_objref(const struct walk *walk, ULONG offset)
{
    return walk->size - walk->at >= (UINT64)offset + 4
            && !memcmp(walk->data + walk->at + offset, "MEOW", 4);
}

/* An MInterfacePointer of [MS-DCOM] 2.2.14: a referent, the OBJREF's size twice, as conformance and
 * as the structure's member, and the OBJREF. Wine's rpcrt4 has only the size before it, which is 0
 * for a NULL pointer, and is not aligned: after text it may lie at any even place. */
static enum outcome walk_interface(struct walk *walk)
{
    UINT32 referent = 0, size = 0, conformance;
    enum outcome outcome;

    if (walk->size - walk->at >= sizeof(size))
    {
        memcpy(&size, walk->data + walk->at, sizeof(size));
        if (!size)
            return skip(walk, sizeof(size), 1);
        if (is_objref(walk, sizeof(size)))
            return skip(walk, sizeof(size) + (UINT64)size, 1);
    }
    outcome = read_long(walk, &referent);
    if (outcome != WALK_ON || !referent)
        return outcome;
    if (!is_objref(walk, 8) || read_long(walk, &conformance) != WALK_ON
            || read_long(walk, &size) != WALK_ON)
        return WALK_BAD;
    return size == conformance ? skip(walk, size, 1) : WALK_BAD;
}

/* The counts before an array's elements: *count is that of those which are sent. Of an array that
 * is not conformant the caller has set it to all of them. */
static enum outcome walk_counts(struct walk *walk, BOOL conformant, BOOL varying, UINT32 *count)
{
    UINT32 room, first = 0;
    enum outcome outcome = conformant ? read_long(walk, count) : WALK_ON;

    room = *count;
    if (outcome == WALK_ON && varying && (outcome = read_long(walk, &first)) == WALK_ON
            && (outcome = read_long(walk, count)) == WALK_ON
            && (first > room || *count > room - first))
        return WALK_BAD;
    return outcome;
}

/* A conformant array, or (`varying`) one of which only a part is sent. */
static enum outcome walk_array(struct walk *walk, UINT64 element, ULONG alignment, BOOL varying)
{
    UINT32 count = 0;
    enum outcome outcome = walk_counts(walk, TRUE, varying, &count);

    return outcome == WALK_ON ? skip(walk, count * element, alignment) : outcome;
}

/* The descriptor of a size that is a parameter, or what a parameter points to. */
static BOOL is_parameter_size(const BYTE *descriptor)
{
    BYTE type = descriptor[0] & 0x0f;

    return (descriptor[0] & 0xf0) == CORRELATION_OF_PARAMETER
            && (type == FORMAT_LONG || type == FORMAT_ULONG)
            && (!descriptor[1] || descriptor[1] == FORMAT_DEREFERENCE);
}

/* The array of a parameter: its size is sent twice. */
static enum outcome walk_sized_array(struct walk *walk, const BYTE *format)
{
    UINT64 start = (walk->at + 3) & ~(UINT64)3;
    enum outcome outcome = walk_array(walk, short_at(format + 2), format[1] + 1u, FALSE);

    if (outcome == WALK_ON && is_parameter_size(format + 4) && walk->count_count < COUNTS_MAX)
    {
        struct number *count = &walk->counts[walk->count_count++];

        count->offset = short_at(format + 6);
        memcpy(&count->value, walk->data + start, sizeof(count->value));
    }
    return outcome;
}

/* A structure that ends with an array: the array's size, the members, of which one is that size as
 * well, and the elements. */
static enum outcome walk_conformant_struct(struct walk *walk, const BYTE *format)
{
    const BYTE *array = format + 4 + (SHORT)short_at(format + 4);
    UINT32 count = 0, member = 0;
    LONG at = (SHORT)short_at(array + 6), size;
    enum outcome outcome;

    if (*array != FORMAT_CONFORMANT_ARRAY || array[4 + walk->correlation] == FORMAT_POINTERS)
        return WALK_UNKNOWN;
    if ((outcome = read_long(walk, &count)) != WALK_ON
            || (outcome = skip(walk, short_at(format + 2), format[1] + 1u)) != WALK_ON)
        return outcome;
    size = array[4] & 0xf0 ? 0 : (LONG)base_size(array[4]);
    if ((size == 2 || size == 4) && !array[5] && at <= -size && at >= -(LONG)short_at(format + 2))
    {
        memcpy(&member, walk->data + walk->at + at, (size_t)size);
        if (member != count)
            return WALK_BAD;
    }
    return skip(walk, (UINT64)count * short_at(array + 2), array[1] + 1u);
}

/* Interface pointers as Wine's rpcrt4 has them, one after the other, not aligned. */
static enum outcome walk_interfaces_inline(struct walk *walk, UINT32 count)
{
    enum outcome outcome = skip(walk, 0, sizeof(UINT32));

    while (count-- && outcome == WALK_ON)
    {
        UINT32 size = 0;

        if ((outcome = skip(walk, sizeof(size), 1)) != WALK_ON)
            break;
        memcpy(&size, walk->data + walk->at - sizeof(size), sizeof(size));
        if (size)
            outcome = is_objref(walk, 0) ? skip(walk, size, 1) : WALK_BAD;
    }
    return outcome;
}

/* Or as they should be: the referents of all, then what they refer to. */
static enum outcome walk_interfaces_deferred(struct walk *walk, UINT32 count)
{
    UINT64 referents = (walk->at + 3) & ~(UINT64)3;
    enum outcome outcome = skip(walk, (UINT64)count * sizeof(UINT32), sizeof(UINT32));
    UINT32 i;

    for (i = 0; i < count && outcome == WALK_ON; i++)
    {
        UINT32 referent, conformance = 0, size = 0;

        memcpy(&referent, walk->data + referents + (UINT64)i * sizeof(referent), sizeof(referent));
        if (!referent)
            continue;
        if ((outcome = read_long(walk, &conformance)) == WALK_ON
                && (outcome = read_long(walk, &size)) == WALK_ON)
            outcome = size == conformance && is_objref(walk, 0) ? skip(walk, size, 1) : WALK_BAD;
    }
    return outcome;
}

/* An array of what has no fixed layout: of interface pointers; others are not looked into. */
static enum outcome walk_complex_array(struct walk *walk, const BYTE *format)
{
    const BYTE *conformance = format + 4, *variance = conformance + walk->correlation;
    const BYTE *element = variance + walk->correlation;
    UINT32 count = short_at(format + 2);
    struct walk start;
    enum outcome outcome;

    if (*element != FORMAT_EMBEDDED
            || element[2 + (SHORT)short_at(element + 2)] != FORMAT_INTERFACE)
        return WALK_UNKNOWN;
    outcome = walk_counts(walk, long_at(conformance) != NO_CORRELATION,
            long_at(variance) != NO_CORRELATION, &count);
    if (outcome != WALK_ON)
        return outcome;
    if (count > (walk->size - walk->at) / sizeof(UINT32))
        return WALK_BAD; /* each has a referent, or a size */
    start = *walk;
    if (walk_interfaces_inline(walk, count) == WALK_ON)
        return WALK_UNKNOWN; /* what follows lies further on: room may be left for the marshallers
                              */
    *walk = start;
    return walk_interfaces_deferred(walk, count);
}

/* Text, which ends with a zero that is sent, too. */
static enum outcome walk_text(struct walk *walk, ULONG character)
{
    static const BYTE zero[2];
    enum outcome outcome = walk_array(walk, character, character, TRUE);

    if (outcome == WALK_ON && memcmp(walk->data + walk->at - character, zero, character))
        return WALK_BAD;
    return outcome;
}

static enum outcome walk_type(struct walk *walk, const BYTE *format)
{
    UINT32 referent = 0;
    enum outcome outcome;

    switch (*format)
    {
    case FORMAT_UNIQUE_POINTER:
    case FORMAT_OBJECT_POINTER:
        if ((outcome = read_long(walk, &referent)) != WALK_ON || !referent)
            return outcome;
        /* fall through */
    case FORMAT_REF_POINTER:
        if (format[1] & POINTER_SIMPLE)
            format += 2;
        else
            format += 2 + (SHORT)short_at(format + 2);
        /* A pointer that is pointed to lies elsewhere. */
        if (*format >= FORMAT_REF_POINTER && *format <= FORMAT_OBJECT_POINTER)
            return WALK_UNKNOWN;
        return walk_type(walk, format);
    case FORMAT_INTERFACE:
        return walk_interface(walk);
    case FORMAT_STRUCT:
        return skip(walk, short_at(format + 2), format[1] + 1u);
    case FORMAT_CONFORMANT_STRUCT:
        return walk_conformant_struct(walk, format);
    case FORMAT_CONFORMANT_ARRAY:
        if (format[4 + walk->correlation] == FORMAT_POINTERS)
            return WALK_UNKNOWN;
        return walk_sized_array(walk, format);
    case FORMAT_VARYING_ARRAY:
        if (format[4 + 2 * walk->correlation] == FORMAT_POINTERS)
            return WALK_UNKNOWN;
        return walk_array(walk, short_at(format + 2), format[1] + 1u, TRUE);
    case FORMAT_COMPLEX_ARRAY:
        return walk_complex_array(walk, format);
    case FORMAT_TEXT:
        return walk_text(walk, 1);
    case FORMAT_WIDE_TEXT:
        return walk_text(walk, 2);
    case FORMAT_RANGE:
        return walk_base(walk, format[1] & 0x0f);
    default:
        return walk_base(walk, *format);
    }
}

BOOL request_walk_type(const BYTE *type, BOOL long_correlation, const void *data, ULONG at,
        ULONG size)
{
    struct walk walk = {.data = data,
            .at = at,
            .size = size,
            .correlation = long_correlation ? CORRELATION_LONG : CORRELATION_SHORT};

    return walk_type(&walk, type) != WALK_BAD;
}

/* The parameters of a procedure, how many, and the size of their correlation descriptors; NULL when
 * it is described otherwise. */
static const BYTE *parameters_of(const BYTE *procedure, ULONG *count, ULONG *correlation)
{
    BYTE flags;

    if (*procedure != FORMAT_AUTO_HANDLE)
        return NULL;
    /* handle type, flags, [RPC flags,] number, stack size; sizes of the two buffers */
    procedure += (procedure[1] & HAS_RPC_FLAGS ? 10 : 6) + 4;
    flags = procedure[0];
    *count = procedure[1];
    procedure += 2;
    *correlation = flags & HAS_EXTENSIONS && procedure[1] & LONG_CORRELATION ? CORRELATION_LONG
                                                                             : CORRELATION_SHORT;
    return flags & HAS_EXTENSIONS ? procedure + procedure[0] : procedure;
}

/* Keeps a parameter of four bytes that has just been walked, for the sizes of arrays. */
static void value_keep(struct walk *walk, const BYTE *parameter)
{
    struct number *value = &walk->values[walk->value_count];

    if (base_size(parameter[4]) != sizeof(value->value) || walk->value_count == VALUES_MAX)
        return;
    value->offset = short_at(parameter + 2);
    memcpy(&value->value, walk->data + walk->at - sizeof(value->value), sizeof(value->value));
    walk->value_count++;
}

/* Whether what is only for the answer is an array of a size that is sent, and may be so large. */
static BOOL answer_fits(const struct walk *walk, const BYTE *format)
{
    if (*format == FORMAT_REF_POINTER && !(format[1] & POINTER_SIMPLE))
        format += 2 + (SHORT)short_at(format + 2);
    if (*format != FORMAT_CONFORMANT_ARRAY || !is_parameter_size(format + 4))
        return TRUE;
    for (ULONG i = 0; i < walk->value_count; i++)
    {
        if (walk->values[i].offset == short_at(format + 6)
                && (UINT64)walk->values[i].value * short_at(format + 2) > ANSWER_MAX)
            return FALSE;
    }
    return TRUE;
}

/* Whether the arrays have the sizes which the parameters say. */
static BOOL counts_agree(const struct walk *walk)
{
    for (ULONG i = 0; i < walk->count_count; i++)
    {
        for (ULONG k = 0; k < walk->value_count; k++)
        {
            if (walk->values[k].offset == walk->counts[i].offset
                    && walk->values[k].value != walk->counts[i].value)
                return FALSE;
        }
    }
    return TRUE;
}

BOOL request_walk(const CInterfaceStubHeader *header, ULONG method, const void *data, ULONG size)
{
    const MIDL_SERVER_INFO *server = header->pServerInfo;
    struct walk walk = {.data = data, .size = size, .correlation = CORRELATION_SHORT};
    const BYTE *parameter, *answers[COUNTS_MAX];
    ULONG count = 0, answer_count = 0;

    if (!server || method < 3 || method >= header->DispatchTableCount
            || server->FmtStringOffset[method] == NO_PROCEDURE
            || !(parameter = parameters_of(server->ProcString + server->FmtStringOffset[method],
                         &count, &walk.correlation)))
        return TRUE;
    for (; count--; parameter += PARAMETER_SIZE)
    {
        USHORT attributes = short_at(parameter);
        const BYTE *type = server->pStubDesc->pFormatTypes + short_at(parameter + 4);
        enum outcome outcome;

        if (!(attributes & PARAMETER_IN))
        {
            if (!(attributes & PARAMETER_BASE) && answer_count < COUNTS_MAX)
                answers[answer_count++] = type;
            continue;
        }
        if (attributes & PARAMETER_BASE)
            outcome = walk_base(&walk, parameter[4]);
        else
            outcome = walk_type(&walk, type);
        if (outcome == WALK_BAD)
            return FALSE;
        if (outcome != WALK_ON)
            break;
        if (attributes & PARAMETER_BASE)
            value_keep(&walk, parameter);
    }
    while (answer_count--)
    {
        if (!answer_fits(&walk, answers[answer_count]))
            return FALSE;
    }
    return counts_agree(&walk);
}
