/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of calls made from format strings (ndr_call.h). "RPC NDR Format Strings". */
#ifndef CONCIERGE_NDR_IMPL_H
#define CONCIERGE_NDR_IMPL_H

#include "ndr_call.h"
#include "ndr_track.h"

#include <rpcproxy.h>

/* ---- what the format strings say: ndr_method.c ---- */

/* A parameter, or what is returned. Its *object* is what the wire has: it lies in the parameter's
 * slot of the stack, or the slot points to it. */
struct ndr_param
{
    USHORT attributes; /* PARAM_... */
    USHORT slot;       /* offset on the stack of the synchronous method */
    USHORT slot_size;
    UCHAR code;     /* FC_... */
    BOOLEAN base;   /* a base type */
    BOOLEAN by_ref; /* the slot points to the object */
    BOOLEAN range;  /* a base type between low and high */
    LONG low;
    LONG high;
    PFORMAT_STRING type; /* not of base types */
    ULONG size;          /* of the object in memory; 0: its counts say */
    ULONG room;          /* offset of the object in memory which a server's call has for it */
};

#define PARAM_IN 0x0008
#define PARAM_OUT 0x0010
#define PARAM_RETURN 0x0020
#define PARAM_BASE_TYPE 0x0040
#define PARAM_BY_VALUE 0x0080
#define PARAM_SIMPLE_REF 0x0100
#define PARAM_PIPE 0x0004

struct ndr_method
{
    const MIDL_STUB_DESC *desc;
    struct ndr_param *params; /* NULL: the method cannot be called in two halves */
    ULONG param_count;        /* without what is returned */
    struct ndr_param result;  /* code 0: void */
    ULONG stack_size;         /* synchronous, what is returned included */
    ULONG begin_size;
    ULONG finish_size;
    ULONG rpc_flags;
    ULONG room;              /* for the objects of fixed size in a server, and the next */
    ULONG correlation_cache; /* its offset in that room, with long correlation */
    BOOLEAN full_pointers;
    BOOLEAN long_correlation; /* correlation descriptors are 6 bytes long */
    UCHAR correlation_flags;  /* INTERPRETER_OPT_FLAGS2 */
    BOOLEAN finish_needs_in;  /* [out] parameters may be described by [in] ones */
};

struct ndr_description;

struct ndr_interface
{
    IID iid;
    struct ndr_description *descriptions; /* copies, which the methods' `desc` point to */
    ULONG count;
    struct ndr_method methods[]; /* from 0 on; the first three are empty */
};

/* Reads the procedure header at `format`. FALSE when it cannot be that of method `number`. *method
 * may have no params then, if parts of it are beyond us. E_OUTOFMEMORY, or S_OK. */
HRESULT ndr_method_parse(struct ndr_method *method, const MIDL_STUB_DESC *desc,
        PFORMAT_STRING format, ULONG number);
BOOL ndr_method_plausible(PFORMAT_STRING format, ULONG number);
void ndr_method_free(struct ndr_method *method);

/* The method if it can be called, else NULL. */
const struct ndr_method *ndr_method_get(const struct ndr_interface *ndr, ULONG number);

/* Whether these bytes are part of one of the process's loaded images. */
BOOL ndr_in_image(const void *address, SIZE_T size);

/* ---- a half of a call: ndr_state.c ---- */

#define NDR_CORRELATION_CACHE 0x400

struct ndr_allocations
{
    void **blocks;
    ULONG count;
    ULONG capacity;
    void *few[8];
};

/* An interface pointer, or an object of a user-marshalled type, which a routine frees. */
struct ndr_acquisition
{
    USER_MARSHAL_FREEING_ROUTINE free;
    void *object;
    USER_MARSHAL_CB callback;
};

struct ndr_acquired
{
    struct ndr_acquisition *list;
    ULONG count;
    ULONG capacity;
    ULONG inside; /* a routine of a user-marshalled type is at work */
    struct ndr_acquisition few[2];
};

struct ndr_state
{
    MIDL_STUB_MESSAGE msg;
    const struct ndr_method *method;
    /* Made and acquired by NDR for the parameter which is being unmarshalled. */
    struct ndr_allocations allocations;
    struct ndr_acquired acquired;
    BOOL correlation_cached;
};

/* After msg has been initialized by NDR; `room` has what the method says. May raise. */
void ndr_state_begin(struct ndr_state *state, const struct ndr_method *method, UCHAR *room,
        XLAT_SIDE side);
void ndr_state_end(struct ndr_state *state);

/* What NDR takes from now on in this thread is written down in `state`, so that it can be freed if
 * a parameter does not get complete. Give what it returns to ndr_track_end. */
struct ndr_state *ndr_track_begin(struct ndr_state *state);
void ndr_track_end(struct ndr_state *before);
void ndr_track_forget(struct ndr_state *state);
void ndr_track_free(struct ndr_state *state);

/* --- ndr_acquired.c --- */

void ndr_acquired_interface(struct ndr_state *state, IUnknown *object);
void ndr_acquired_free(struct ndr_state *state);

/* Makes the methods tell what their user-marshalled types acquire. FALSE: out of memory. */
BOOL ndr_descriptions_make(struct ndr_interface *ndr);
void ndr_descriptions_free(struct ndr_interface *ndr);

/* ---- types: ndr_type.c, all may raise ---- */

/* The object of a parameter whose slots are at `stack`. */
UCHAR *ndr_object(const struct ndr_param *param, UCHAR *stack);

BOOL ndr_type_known(UCHAR code);
BOOL ndr_type_is_base(UCHAR code);
BOOL ndr_type_is_pointer(UCHAR code);
ULONG ndr_base_size(UCHAR code);

/* Size in memory of an object of fixed size, else 0. */
ULONG ndr_type_fixed_size(PFORMAT_STRING type, BOOL long_correlation);

/* The same with counts taken from the parameters at msg->StackTop. Raises RPC_X_BAD_STUB_DATA when
 * nothing says it, RPC_X_INVALID_BOUND when it is absurd. */
ULONG ndr_type_size(struct ndr_state *state, PFORMAT_STRING type);

void ndr_param_size(struct ndr_state *state, const struct ndr_param *param, UCHAR *object);
void ndr_param_marshal(struct ndr_state *state, const struct ndr_param *param, UCHAR *object);

/* `*object` NULL: NDR finds memory for it. In a server that, and what the object points to, may be
 * parts of the buffer, unless it is to `allocate`, as a client does: what a method may free. */
void ndr_param_unmarshal(struct ndr_state *state, const struct ndr_param *param, UCHAR **object,
        BOOL allocate);

/* Frees what the object refers to, not the object itself. */
void ndr_param_free(struct ndr_state *state, const struct ndr_param *param, UCHAR *object);

/* The number of elements of a parameter that is a conformant array or a sized string, or a pointer
 * to one. ndr_count_sent: as the buffer has it (which is not moved on), ndr_count_described: as the
 * parameters at msg->StackTop say. FALSE when the parameter has none, or it is not sent. */
BOOL ndr_count_sent(struct ndr_state *state, const struct ndr_param *param, ULONG *count);
BOOL ndr_count_described(struct ndr_state *state, const struct ndr_param *param, ULONG *count);

/* Makes the parameters at msg->StackTop describe so many elements, as far as they are not known.
 * May make one point to `room`. */
void ndr_count_assume(struct ndr_state *state, const struct ndr_param *param, ULONG count,
        ULONG *room);

/* The size in memory of an array of so many elements; 0 for what is none. */
ULONG ndr_count_size(struct ndr_state *state, const struct ndr_param *param, ULONG count);

#endif
