/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of calls in halves share: a channel that records, and an asynchronous object. */
#ifndef CONCIERGE_NDR_BED_H
#define CONCIERGE_NDR_BED_H

#include "every_type.h"

#include "ndr_call.h"

struct ndr_bytes
{
    BYTE *data;
    ULONG size;
};

void ndr_bytes_set(struct ndr_bytes *bytes, const void *data, ULONG size);
void ndr_bytes_free(struct ndr_bytes *bytes);

/* The fake channel. A synchronous call goes to `stub`, if there is one; both messages are kept. */
struct ndr_channel
{
    IRpcChannelBuffer IRpcChannelBuffer_iface;
    LONG references;
    LONG buffers; /* that have not been freed */
    IRpcStubBuffer *stub;
    struct ndr_bytes request;
    struct ndr_bytes reply;
    RPCOLEMESSAGE request_message; /* its fields */
    IID request_iid;
    IID reply_iid;
    HRESULT fault; /* what SendReceive fails with */
    BOOL answering;
};

void ndr_channel_init(struct ndr_channel *channel);
void ndr_channel_clear(struct ndr_channel *channel);

/* An AsyncIEveryType that does what `object` does, without knowing its methods: Begin_ keeps the
 * arguments, Finish_ calls. Its vtable is async_entries. For one call at a time. */
struct ndr_async_object
{
    const void *const *vtbl;
    IEveryType *object;
    const struct ndr_interface *ndr;
    void *slots[EVERY_SLOTS]; /* of the synchronous method */
    const struct every_args *shape;
    BOOL begun;
    HRESULT begin_result;
    ULONG begins;
    ULONG finishes;
};

void ndr_async_object_init(struct ndr_async_object *async, IEveryType *object,
        const struct ndr_interface *ndr);

/* Blocks that are in use, in all heaps. */
ULONG ndr_heap_blocks(void);

/* Memory of this size that ends at a page which cannot be touched. */
BYTE *ndr_guarded(const void *data, ULONG size);
void ndr_guarded_free(BYTE *data, ULONG size);

#endif
