/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hglobal_block.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256     /* of a handle that nobody else knows */
#define EXACT_ROOM 0x10000 /* up to here, a handle that others know is never larger than needed */

struct hglobal_block *hglobal_block_create(HGLOBAL handle, BOOL delete_on_release)
{
    struct hglobal_block *block = calloc(1, sizeof(*block));

    if (!block)
        return NULL;
    block->references = 1;
    InitializeSRWLock(&block->lock);
    block->handle = handle;
    block->exposed = handle != NULL;
    block->delete_on_release = delete_on_release;
    if (handle)
        block->size = block->room = min(GlobalSize(handle), HGLOBAL_BLOCK_MAX);
    return block;
}

/* Makes the handle as large as the contents. It stays as it is when that fails. */
static void block_trim(struct hglobal_block *block)
{
    HGLOBAL handle;

    if (!block->handle || block->room <= block->size)
        return;
    handle = GlobalReAlloc(block->handle, block->size, GMEM_MOVEABLE);
    if (handle)
    {
        block->handle = handle;
        block->room = block->size;
    }
}

void hglobal_block_addref(struct hglobal_block *block)
{
    InterlockedIncrement(&block->references);
}

void hglobal_block_release(struct hglobal_block *block)
{
    if (InterlockedDecrement(&block->references))
        return;
    if (block->delete_on_release)
        GlobalFree(block->handle);
    else if (block->exposed)
        block_trim(block);
    free(block);
}

/* How large the handle is. One that others know they may have changed, against the rules. */
static SIZE_T block_room(const struct hglobal_block *block)
{
    return block->exposed ? GlobalSize(block->handle) : block->room;
}

/* Makes the handle hold at least `size` bytes; what is added is zero with GMEM_ZEROINIT. */
static HRESULT block_grow(struct hglobal_block *block, SIZE_T size, UINT flags)
{
    SIZE_T room = size;
    HGLOBAL handle;

    if (!block->exposed)
        room = max(FIRST_ROOM, size <= EXACT_ROOM ? size * 2 : size + size / 4);
    else if (size > EXACT_ROOM)
        room = size + size / 4;
    room = min(room, HGLOBAL_BLOCK_MAX);
    for (;;)
    {
        if (block->handle)
            handle = GlobalReAlloc(block->handle, room, GMEM_MOVEABLE | flags);
        else
            handle = GlobalAlloc(GMEM_MOVEABLE | flags, room);
        if (handle)
            break;
        if (room == size)
            return E_OUTOFMEMORY;
        room = size;
    }
    block->handle = handle;
    block->room = room;
    return S_OK;
}

/* How many bytes can be had: the contents, unless somebody has shrunk or freed the handle. */
static SIZE_T block_available(const struct hglobal_block *block)
{
    return block->exposed ? min(block->size, GlobalSize(block->handle)) : block->size;
}

ULONG hglobal_block_read(const struct hglobal_block *block, ULONGLONG offset, void *buffer,
        ULONG size)
{
    SIZE_T available = block_available(block);
    const BYTE *bytes;

    if (!size || offset >= available)
        return 0;
    size = (ULONG)min(size, available - (SIZE_T)offset);
    bytes = GlobalLock(block->handle);
    if (!bytes)
        return 0;
    memcpy(buffer, bytes + offset, size);
    GlobalUnlock(block->handle);
    return size;
}

/* Makes room for `size` bytes at `offset`, clears what lies before them, and gives the locked
 * handle's memory. A wide gap is left to the system, which need not touch memory that is new. */
static HRESULT block_prepare(struct hglobal_block *block, ULONGLONG offset, ULONG size,
        BYTE **bytes)
{
    SIZE_T gap_end, end, room = block_room(block);
    BOOL wide = FALSE;
    HRESULT hr;

    if (offset > HGLOBAL_BLOCK_MAX - size)
        return STG_E_MEDIUMFULL;
    gap_end = (SIZE_T)offset;
    end = gap_end + size;
    if (end > room)
    {
        wide = gap_end > block->size && gap_end - block->size > EXACT_ROOM;
        hr = block_grow(block, end, wide ? GMEM_ZEROINIT : 0);
        if (FAILED(hr))
            return hr;
    }
    *bytes = GlobalLock(block->handle);
    if (!*bytes)
        return E_OUTOFMEMORY;
    if (end > block->size)
    {
        if (wide)
            gap_end = min(gap_end, room);
        if (gap_end > block->size)
            memset(*bytes + block->size, 0, gap_end - block->size);
        block->size = end;
    }
    return S_OK;
}

HRESULT hglobal_block_write(struct hglobal_block *block, ULONGLONG offset, const void *data,
        ULONG size)
{
    BYTE *bytes;
    HRESULT hr;

    if (!size)
        return S_OK;
    hr = block_prepare(block, offset, size, &bytes);
    if (FAILED(hr))
        return hr;
    memcpy(bytes + offset, data, size);
    GlobalUnlock(block->handle);
    return S_OK;
}

HRESULT hglobal_block_copy(struct hglobal_block *block, ULONGLONG from, ULONGLONG to, ULONG size)
{
    SIZE_T available = block_available(block);
    BYTE *bytes;
    HRESULT hr;

    if (!size)
        return S_OK;
    if (from > available || size > available - (SIZE_T)from)
        return E_INVALIDARG;
    hr = block_prepare(block, to, size, &bytes);
    if (FAILED(hr))
        return hr;
    memmove(bytes + to, bytes + from, size);
    GlobalUnlock(block->handle);
    return S_OK;
}

HRESULT hglobal_block_set_size(struct hglobal_block *block, ULONGLONG size)
{
    BYTE *bytes;
    HRESULT hr;

    if (size > HGLOBAL_BLOCK_MAX)
        return STG_E_MEDIUMFULL;
    if (size > block->size)
    {
        hr = block_prepare(block, size, 0, &bytes);
        if (SUCCEEDED(hr))
            GlobalUnlock(block->handle);
        return hr;
    }
    block->size = (SIZE_T)size;
    if (block->exposed || block->room - block->size > EXACT_ROOM)
        block_trim(block);
    return S_OK;
}

/* From now on it is exactly as large as the contents. block->lock is held. */
static HGLOBAL block_expose(struct hglobal_block *block)
{
    if (!block->handle)
    {
        block->handle = GlobalAlloc(GMEM_MOVEABLE, block->size);
        block->room = block->size;
    }
    if (!block->exposed)
        block_trim(block);
    block->exposed = block->handle != NULL;
    return block->handle;
}

HRESULT hglobal_block_handle(struct hglobal_block *block, HGLOBAL *handle)
{
    if (!handle)
        return E_INVALIDARG;
    *handle = NULL;
    if (!block)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&block->lock);
    *handle = block_expose(block);
    ReleaseSRWLockExclusive(&block->lock);
    return *handle ? S_OK : E_OUTOFMEMORY;
}
