/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ILockBytes of CreateILockBytesOnHGlobal: a byte array in memory, without region locking. May
 * be used from any thread. desktop-src/Stg/ilockbytes-global-memory-implementation
 */
#include <windows.h>
#include <ole2.h>
#include <stdlib.h>
#include <string.h>

#include "com_object.h"
#include "hglobal_block.h"

struct hglobal_bytes
{
    struct com_object object;
    ILockBytes ILockBytes_iface;
    struct hglobal_block *block;
};

COM_OBJECT_METHODS(hglobal_bytes, struct hglobal_bytes, ILockBytes, ILockBytes_iface)

static HRESULT STDMETHODCALLTYPE hglobal_bytes_ReadAt(ILockBytes *iface, ULARGE_INTEGER offset,
        void *buffer, ULONG size, ULONG *read)
{
    struct hglobal_block *block = hglobal_bytes_from_ILockBytes(iface)->block;
    ULONG count;

    if (read)
        *read = 0;
    if (!buffer && size)
        return STG_E_INVALIDPOINTER;
    AcquireSRWLockShared(&block->lock);
    count = hglobal_block_read(block, offset.QuadPart, buffer, size);
    ReleaseSRWLockShared(&block->lock);
    if (read)
        *read = count;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE hglobal_bytes_WriteAt(ILockBytes *iface, ULARGE_INTEGER offset,
        const void *data, ULONG size, ULONG *written)
{
    struct hglobal_block *block = hglobal_bytes_from_ILockBytes(iface)->block;
    HRESULT hr;

    if (written)
        *written = 0;
    if (!data && size)
        return STG_E_INVALIDPOINTER;
    AcquireSRWLockExclusive(&block->lock);
    hr = hglobal_block_write(block, offset.QuadPart, data, size);
    ReleaseSRWLockExclusive(&block->lock);
    if (written && SUCCEEDED(hr))
        *written = size;
    return hr;
}

static HRESULT STDMETHODCALLTYPE hglobal_bytes_Flush(ILockBytes *iface)
{
    (void)iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE hglobal_bytes_SetSize(ILockBytes *iface, ULARGE_INTEGER size)
{
    struct hglobal_block *block = hglobal_bytes_from_ILockBytes(iface)->block;
    HRESULT hr;

    AcquireSRWLockExclusive(&block->lock);
    hr = hglobal_block_set_size(block, size.QuadPart);
    ReleaseSRWLockExclusive(&block->lock);
    return hr;
}

static HRESULT STDMETHODCALLTYPE hglobal_bytes_LockRegion(ILockBytes *iface, ULARGE_INTEGER offset,
        ULARGE_INTEGER size, DWORD type)
{
    (void)iface;
    (void)offset;
    (void)size;
    (void)type;
    return STG_E_INVALIDFUNCTION;
}

static HRESULT STDMETHODCALLTYPE hglobal_bytes_UnlockRegion(ILockBytes *iface,
        ULARGE_INTEGER offset, ULARGE_INTEGER size, DWORD type)
{
    (void)iface;
    (void)offset;
    (void)size;
    (void)type;
    return STG_E_INVALIDFUNCTION;
}

static HRESULT STDMETHODCALLTYPE hglobal_bytes_Stat(ILockBytes *iface, STATSTG *stat, DWORD flags)
{
    struct hglobal_block *block = hglobal_bytes_from_ILockBytes(iface)->block;

    (void)flags; /* there is no name, wanted or not */
    if (!stat)
        return STG_E_INVALIDPOINTER;
    memset(stat, 0, sizeof(*stat));
    stat->type = STGTY_LOCKBYTES;
    stat->grfMode = STGM_READWRITE;
    AcquireSRWLockShared(&block->lock);
    stat->cbSize.QuadPart = block->size;
    ReleaseSRWLockShared(&block->lock);
    return S_OK;
}

/* ---- the object ---- */

static void hglobal_bytes_destroy(void *object)
{
    struct hglobal_bytes *bytes = object;

    hglobal_block_release(bytes->block);
    free(bytes);
}

static const ILockBytesVtbl hglobal_bytes_vtbl = {
        hglobal_bytes_ILockBytes_QueryInterface,
        hglobal_bytes_ILockBytes_AddRef,
        hglobal_bytes_ILockBytes_Release,
        hglobal_bytes_ReadAt,
        hglobal_bytes_WriteAt,
        hglobal_bytes_Flush,
        hglobal_bytes_SetSize,
        hglobal_bytes_LockRegion,
        hglobal_bytes_UnlockRegion,
        hglobal_bytes_Stat,
};

static const struct com_interface hglobal_bytes_interfaces[] = {
        {&IID_IUnknown, offsetof(struct hglobal_bytes, ILockBytes_iface)},
        {&IID_ILockBytes, offsetof(struct hglobal_bytes, ILockBytes_iface)},
};

static const struct com_class hglobal_bytes_class = {"hglobal_bytes", hglobal_bytes_interfaces,
        ARRAY_SIZE(hglobal_bytes_interfaces), hglobal_bytes_destroy};

/* ---- functions ---- */

/*
 * A byte array on the memory `global`, or with NULL on memory of its own. Its last release frees
 * the memory if `delete_on_release`. S_OK, E_INVALIDARG, E_OUTOFMEMORY.
 * coml2api/nf-coml2api-createilockbytesonhglobal
 */
HRESULT WINAPI CreateILockBytesOnHGlobal(HGLOBAL global, BOOL delete_on_release, ILockBytes **out)
{
    struct hglobal_bytes *bytes;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    bytes = malloc(sizeof(*bytes));
    if (!bytes)
        return E_OUTOFMEMORY;
    bytes->block = hglobal_block_create(global, delete_on_release);
    if (!bytes->block)
    {
        free(bytes);
        return E_OUTOFMEMORY;
    }
    com_object_init(&bytes->object, &hglobal_bytes_class);
    bytes->ILockBytes_iface.lpVtbl = &hglobal_bytes_vtbl;
    *out = &bytes->ILockBytes_iface;
    return S_OK;
}

/*
 * The memory of an array made by CreateILockBytesOnHGlobal. It may move when the array grows. S_OK,
 * E_INVALIDARG for any other ILockBytes, E_OUTOFMEMORY.
 * coml2api/nf-coml2api-gethglobalfromilockbytes
 */
HRESULT WINAPI GetHGlobalFromILockBytes(ILockBytes *iface, HGLOBAL *global)
{
    struct hglobal_block *block = NULL;

    if (iface && iface->lpVtbl == &hglobal_bytes_vtbl)
        block = hglobal_bytes_from_ILockBytes(iface)->block;
    return hglobal_block_handle(block, global);
}
