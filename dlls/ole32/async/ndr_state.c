/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both halves of both sides share. */
#include "ndr_impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- the memory that NDR takes ---- */

static INIT_ONCE slot_once = INIT_ONCE_STATIC_INIT;
static DWORD slot = TLS_OUT_OF_INDEXES;

static BOOL CALLBACK slot_make(INIT_ONCE *once, void *argument, void **context)
{
    (void)once;
    (void)argument;
    (void)context;
    slot = TlsAlloc();
    return TRUE;
}

struct ndr_state *ndr_track_begin(struct ndr_state *state)
{
    struct ndr_state *before;

    InitOnceExecuteOnce(&slot_once, slot_make, NULL, NULL);
    if (slot == TLS_OUT_OF_INDEXES)
        return NULL;
    before = TlsGetValue(slot);
    TlsSetValue(slot, state);
    return before;
}

void ndr_track_end(struct ndr_state *before)
{
    if (slot != TLS_OUT_OF_INDEXES)
        TlsSetValue(slot, before);
}

void ndr_track_forget(struct ndr_state *state)
{
    state->allocations.count = 0;
    state->acquired.count = 0;
    state->acquired.inside = 0;
}

struct ndr_state *ndr_track_pause(void)
{
    DWORD error = GetLastError();
    struct ndr_state *state = NULL;

    if (slot != TLS_OUT_OF_INDEXES && (state = TlsGetValue(slot)))
        TlsSetValue(slot, NULL);
    SetLastError(error);
    return state;
}

void ndr_track_resume(struct ndr_state *state, IUnknown *acquired)
{
    if (!state)
        return;
    TlsSetValue(slot, state);
    if (acquired)
        ndr_acquired_interface(state, acquired);
}

void ndr_track_free(struct ndr_state *state)
{
    /* Objects first: they may be in the memory. */
    ndr_acquired_free(state);
    for (ULONG i = 0; i < state->allocations.count; i++)
        state->msg.StubDesc->pfnFree(state->allocations.blocks[i]);
    state->allocations.count = 0;
    if (state->acquired.list != state->acquired.few)
        free(state->acquired.list);
    state->acquired.list = state->acquired.few;
    state->acquired.capacity = ARRAYSIZE(state->acquired.few);
    state->acquired.count = 0;
}

/* More room; what does not fit in is not tracked. */
static BOOL allocations_grow(struct ndr_allocations *allocations)
{
    ULONG capacity = 2 * allocations->capacity;
    void **blocks = malloc(capacity * sizeof(*blocks));

    if (!blocks)
        return FALSE;
    memcpy(blocks, allocations->blocks, allocations->count * sizeof(*blocks));
    if (allocations->blocks != allocations->few)
        free(allocations->blocks);
    allocations->blocks = blocks;
    allocations->capacity = capacity;
    return TRUE;
}

static void *__RPC_API tracked_allocate(size_t size)
{
    struct ndr_state *state = TlsGetValue(slot);
    struct ndr_allocations *allocations;
    void *block;

    if (!state)
        return NdrOleAllocate(size);
    block = state->method->desc->pfnAllocate(size);
    if (!block)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    allocations = &state->allocations;
    if (allocations->count < allocations->capacity || allocations_grow(allocations))
        allocations->blocks[allocations->count++] = block;
    return block;
}

/* ---- ---- */

void ndr_state_begin(struct ndr_state *state, const struct ndr_method *method, UCHAR *room,
        XLAT_SIDE side)
{
    MIDL_STUB_MESSAGE *msg = &state->msg;

    state->method = method;
    state->allocations.blocks = state->allocations.few;
    state->allocations.capacity = ARRAYSIZE(state->allocations.few);
    state->acquired.list = state->acquired.few;
    state->acquired.capacity = ARRAYSIZE(state->acquired.few);
    InitOnceExecuteOnce(&slot_once, slot_make, NULL, NULL);
    if (slot != TLS_OUT_OF_INDEXES)
        msg->pfnAllocate = tracked_allocate;
    if (method->full_pointers)
        msg->FullPtrXlatTables = NdrFullPointerXlatInit(0, side);
    if (method->long_correlation)
    {
        NdrCorrelationInitialize(msg, room + method->correlation_cache, NDR_CORRELATION_CACHE, 0);
        state->correlation_cached = TRUE;
    }
}

void ndr_state_end(struct ndr_state *state)
{
    MIDL_STUB_MESSAGE *msg = &state->msg;

    if (msg->FullPtrXlatTables)
        NdrFullPointerXlatFree(msg->FullPtrXlatTables);
    msg->FullPtrXlatTables = NULL;
    if (state->correlation_cached)
        NdrCorrelationFree(msg);
    state->correlation_cached = FALSE;
    if (state->allocations.blocks != state->allocations.few)
        free(state->allocations.blocks);
    state->allocations.blocks = state->allocations.few;
    state->allocations.capacity = ARRAYSIZE(state->allocations.few);
    state->allocations.count = 0;
    if (state->acquired.list != state->acquired.few)
        free(state->acquired.list);
    state->acquired.list = state->acquired.few;
    state->acquired.capacity = ARRAYSIZE(state->acquired.few);
    state->acquired.count = 0;
}
