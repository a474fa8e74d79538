/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The task allocator: CoTaskMemAlloc and company, and the IMalloc of CoGetMalloc. It is the process
 * heap, as on Windows.
 */
#include "malloc_spy.h"

#include "task_heap.h"

/* ---- IMalloc: one for the process, never destroyed ---- */

static HRESULT STDMETHODCALLTYPE task_malloc_QueryInterface(IMalloc *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMalloc))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE task_malloc_AddRef(IMalloc *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE task_malloc_Release(IMalloc *iface)
{
    (void)iface;
    return 1;
}

static void *STDMETHODCALLTYPE task_malloc_Alloc(IMalloc *iface, SIZE_T size)
{
    (void)iface;
    return malloc_spy_active ? malloc_spy_alloc(size) : task_heap_alloc(size);
}

static void *STDMETHODCALLTYPE task_malloc_Realloc(IMalloc *iface, void *block, SIZE_T size)
{
    (void)iface;
    return malloc_spy_active ? malloc_spy_realloc(block, size) : task_heap_realloc(block, size);
}

static void STDMETHODCALLTYPE task_malloc_Free(IMalloc *iface, void *block)
{
    (void)iface;
    if (malloc_spy_active)
        malloc_spy_free(block);
    else
        task_heap_free(block);
}

static SIZE_T STDMETHODCALLTYPE task_malloc_GetSize(IMalloc *iface, void *block)
{
    (void)iface;
    return malloc_spy_active ? malloc_spy_get_size(block) : task_heap_size(block);
}

static int STDMETHODCALLTYPE task_malloc_DidAlloc(IMalloc *iface, void *block)
{
    (void)iface;
    return malloc_spy_active ? malloc_spy_did_alloc(block) : task_heap_owns(block);
}

static void STDMETHODCALLTYPE task_malloc_HeapMinimize(IMalloc *iface)
{
    (void)iface;
    if (malloc_spy_active)
        malloc_spy_heap_minimize();
    else
        HeapCompact(GetProcessHeap(), 0);
}

static const IMallocVtbl task_malloc_vtbl = {
        task_malloc_QueryInterface,
        task_malloc_AddRef,
        task_malloc_Release,
        task_malloc_Alloc,
        task_malloc_Realloc,
        task_malloc_Free,
        task_malloc_GetSize,
        task_malloc_DidAlloc,
        task_malloc_HeapMinimize,
};

static IMalloc task_malloc = {&task_malloc_vtbl};

/* ---- functions ---- */

/*
 * The task allocator, with a reference. `context` must be MEMCTX_TASK. S_OK, E_INVALIDARG.
 * combaseapi/nf-combaseapi-cogetmalloc
 */
HRESULT WINAPI CoGetMalloc(DWORD context, IMalloc **out)
{
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (context != MEMCTX_TASK)
        return E_INVALIDARG;
    *out = &task_malloc;
    return S_OK;
}

/*
 * Allocates `size` bytes, not initialized; a block of its own for 0. NULL when out of memory.
 * combaseapi/nf-combaseapi-cotaskmemalloc
 */
void *WINAPI CoTaskMemAlloc(SIZE_T size)
{
    return malloc_spy_active ? malloc_spy_alloc(size) : task_heap_alloc(size);
}

/*
 * Changes the size of a block to `size` bytes, its contents kept. A NULL block is allocated; a size
 * of 0 frees the block and gives NULL. NULL when out of memory, the block is then as before.
 * combaseapi/nf-combaseapi-cotaskmemrealloc
 */
void *WINAPI CoTaskMemRealloc(void *block, SIZE_T size)
{
    return malloc_spy_active ? malloc_spy_realloc(block, size) : task_heap_realloc(block, size);
}

/* Frees a block; nothing for NULL. combaseapi/nf-combaseapi-cotaskmemfree */
void WINAPI CoTaskMemFree(void *block)
{
    if (malloc_spy_active)
        malloc_spy_free(block);
    else
        task_heap_free(block);
}
