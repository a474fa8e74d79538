/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IMallocSpy: CoRegisterMallocSpy, CoRevokeMallocSpy, and the calls of a spy around each call of
 * the task allocator.
 *
 * A spy is promised that nobody comes between its "pre" and its "post" call; so one lock is held
 * across them. That is the one place where the runtime calls out under a lock, and it is why what
 * the spy itself allocates meanwhile goes past it, as if it were not registered.
 *
 * Blocks that were allocated under the spy are kept in a hash table, by the address that the caller
 * has: the spy is told of each block whether it is one of them, and the spy cannot go before they
 * have.
 */
#include "malloc_spy.h"

#include <stdint.h>

#include "task_heap.h"
#include "trace.h"

volatile LONG malloc_spy_active;

static struct
{
    SRWLOCK lock;
    volatile DWORD owner; /* the thread which holds the lock */
    IMallocSpy *spy;      /* NULL: none */
    BOOL revoke_pending;  /* the spy goes with its last block */
    const void **blocks;  /* a hash table with linear probing; NULL: an empty slot */
    size_t slots;         /* a power of two, or 0 */
    size_t count;         /* blocks in the table */
} state = {SRWLOCK_INIT};

/* ---- the table of blocks ---- */

static size_t block_slot(const void *block)
{
    uint64_t key = (uintptr_t)block;

    return (size_t)((key >> 4) * 0x9e3779b97f4a7c15ull >> 24) & (state.slots - 1);
}

/* Where the block is, or the empty slot in which the search for it ends. */
static size_t block_find(const void *block)
{
    size_t slot = block_slot(block);

    while (state.blocks[slot] && state.blocks[slot] != block)
        slot = (slot + 1) & (state.slots - 1);
    return slot;
}

static BOOL block_is_spied(const void *block)
{
    return block && state.count && state.blocks[block_find(block)] == block;
}

/* Makes room for one more block. FALSE when out of memory. */
static BOOL block_reserve(void)
{
    const void **old_blocks = state.blocks;
    size_t old_slots = state.slots;
    size_t slots = old_slots ? old_slots * 2 : 64;
    const void **blocks;

    if ((state.count + 1) * 2 <= old_slots)
        return TRUE;
    blocks = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, slots * sizeof(*blocks));
    if (!blocks)
        return FALSE;
    state.blocks = blocks;
    state.slots = slots;
    for (size_t i = 0; i < old_slots; i++)
    {
        if (old_blocks[i])
            state.blocks[block_find(old_blocks[i])] = old_blocks[i];
    }
    task_heap_free((void *)old_blocks);
    return TRUE;
}

/* After block_reserve(). */
static void block_add(const void *block)
{
    size_t slot = block_find(block);

    if (state.blocks[slot])
        return;
    state.blocks[slot] = block;
    state.count++;
}

static void block_remove(const void *block)
{
    size_t hole, next;

    if (!block_is_spied(block))
        return;
    hole = next = block_find(block);
    state.blocks[hole] = NULL;
    state.count--;
    /* Move up what would no longer be found behind the hole. */
    for (;;)
    {
        next = (next + 1) & (state.slots - 1);
        if (!state.blocks[next])
            return;
        if (((next - block_slot(state.blocks[next])) & (state.slots - 1))
                >= ((next - hole) & (state.slots - 1)))
        {
            state.blocks[hole] = state.blocks[next];
            state.blocks[next] = NULL;
            hole = next;
        }
    }
}

/* ---- entering and leaving the spy ---- */

/* Takes the lock for a call of the allocator. FALSE: there is no spy (any more), or the caller is
 * the spy itself. */
static BOOL spy_enter(void)
{
    DWORD thread = GetCurrentThreadId();

    if (state.owner == thread)
        return FALSE;
    AcquireSRWLockExclusive(&state.lock);
    if (!state.spy)
    {
        ReleaseSRWLockExclusive(&state.lock);
        return FALSE;
    }
    state.owner = thread;
    return TRUE;
}

/* Takes the spy out, under the lock; the caller releases it afterwards. */
static IMallocSpy *spy_take_out(void)
{
    IMallocSpy *spy = state.spy;

    task_heap_free((void *)state.blocks);
    state.blocks = NULL;
    state.slots = state.count = 0;
    state.spy = NULL;
    state.revoke_pending = FALSE;
    malloc_spy_active = FALSE;
    return spy;
}

static void spy_leave(void)
{
    IMallocSpy *gone = state.revoke_pending && !state.count ? spy_take_out() : NULL;

    state.owner = 0;
    ReleaseSRWLockExclusive(&state.lock);
    if (gone)
    {
        trace("malloc spy %p: its last block is freed, revoked", (void *)gone);
        IMallocSpy_Release(gone);
    }
}

/* ---- the methods of IMalloc under a spy ---- */

void *malloc_spy_alloc(SIZE_T size)
{
    void *block = NULL;
    SIZE_T actual_size;

    if (!spy_enter())
        return task_heap_alloc(size);
    actual_size = IMallocSpy_PreAlloc(state.spy, size);
    if (actual_size || !size) /* otherwise the spy wants it to fail */
    {
        void *actual = block_reserve() ? task_heap_alloc(actual_size) : NULL;

        block = IMallocSpy_PostAlloc(state.spy, actual);
        if (!actual)
            block = NULL;
        if (block)
            block_add(block);
    }
    spy_leave();
    return block;
}

void *malloc_spy_realloc(void *block, SIZE_T size)
{
    void *actual = block, *result = NULL;
    SIZE_T actual_size;
    BOOL spied;

    if (!spy_enter())
        return task_heap_realloc(block, size);
    spied = !block || block_is_spied(block);
    actual_size = IMallocSpy_PreRealloc(state.spy, block, size, &actual, spied);
    if (actual_size || !size)
    {
        BOOL frees = block && !actual_size;
        void *moved = block_reserve() || frees ? task_heap_realloc(actual, actual_size) : NULL;

        result = IMallocSpy_PostRealloc(state.spy, moved, spied);
        if (!moved)
            result = NULL;
        if (spied && (moved || frees))
        {
            block_remove(block);
            if (result)
                block_add(result);
        }
    }
    spy_leave();
    return result;
}

void malloc_spy_free(void *block)
{
    BOOL spied;

    if (!block)
        return;
    if (!spy_enter())
    {
        task_heap_free(block);
        return;
    }
    spied = block_is_spied(block);
    task_heap_free(IMallocSpy_PreFree(state.spy, block, spied));
    IMallocSpy_PostFree(state.spy, spied);
    block_remove(block);
    spy_leave();
}

SIZE_T malloc_spy_get_size(void *block)
{
    SIZE_T size;
    BOOL spied;

    if (!block || !spy_enter())
        return task_heap_size(block);
    spied = block_is_spied(block);
    size = task_heap_size(IMallocSpy_PreGetSize(state.spy, block, spied));
    size = IMallocSpy_PostGetSize(state.spy, size, spied);
    spy_leave();
    return size;
}

int malloc_spy_did_alloc(void *block)
{
    BOOL spied;
    int owns;

    if (!block || !spy_enter())
        return task_heap_owns(block);
    spied = block_is_spied(block);
    owns = task_heap_owns(IMallocSpy_PreDidAlloc(state.spy, block, spied));
    owns = IMallocSpy_PostDidAlloc(state.spy, block, spied, owns);
    spy_leave();
    return owns;
}

void malloc_spy_heap_minimize(void)
{
    if (!spy_enter())
    {
        HeapCompact(GetProcessHeap(), 0);
        return;
    }
    IMallocSpy_PreHeapMinimize(state.spy);
    HeapCompact(GetProcessHeap(), 0);
    IMallocSpy_PostHeapMinimize(state.spy);
    spy_leave();
}

/* ---- functions ---- */

/*
 * Registers the process's spy, keeping the reference that its QueryInterface gives. S_OK,
 * E_INVALIDARG for what is no IMallocSpy, CO_E_OBJISREG when there is one, also when its revocation
 * is pending. objbase/nf-objbase-coregistermallocspy
 */
HRESULT WINAPI CoRegisterMallocSpy(IMallocSpy *spy)
{
    IMallocSpy *registered = NULL;

    if (!spy)
        return E_INVALIDARG;
    if (malloc_spy_active)
        return CO_E_OBJISREG;
    if (FAILED(IMallocSpy_QueryInterface(spy, &IID_IMallocSpy, (void **)&registered))
            || !registered)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&state.lock);
    if (!state.spy)
    {
        state.spy = registered;
        registered = NULL;
        malloc_spy_active = TRUE;
    }
    ReleaseSRWLockExclusive(&state.lock);
    if (!registered)
        return S_OK;
    IMallocSpy_Release(registered);
    return CO_E_OBJISREG;
}

/*
 * Revokes the spy and releases it. S_OK, CO_E_OBJNOTREG; E_ACCESSDENIED while there are blocks that
 * were allocated under it: then it goes by itself with the last of them. E_ACCESSDENIED as well
 * from within a method of the spy. objbase/nf-objbase-corevokemallocspy
 */
HRESULT WINAPI CoRevokeMallocSpy(void)
{
    IMallocSpy *spy;

    if (state.owner == GetCurrentThreadId())
    {
        state.revoke_pending = TRUE;
        return E_ACCESSDENIED;
    }
    AcquireSRWLockExclusive(&state.lock);
    if (!state.spy)
    {
        ReleaseSRWLockExclusive(&state.lock);
        return CO_E_OBJNOTREG;
    }
    if (state.count)
    {
        state.revoke_pending = TRUE;
        ReleaseSRWLockExclusive(&state.lock);
        return E_ACCESSDENIED;
    }
    spy = spy_take_out();
    ReleaseSRWLockExclusive(&state.lock);
    IMallocSpy_Release(spy);
    return S_OK;
}
