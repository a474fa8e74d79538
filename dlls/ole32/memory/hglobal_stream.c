/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The IStream of CreateStreamOnHGlobal: read and write, not transacted, without region locking.
 * Clones share the bytes and have a position of their own. May be used from any thread.
 */
#include <windows.h>
#include <objbase.h>

#include <stdlib.h>
#include <string.h>

#include "com_object.h"
#include "hglobal_block.h"

#define COPY_CHUNK 0x10000 /* bytes at a time into streams of others */

struct hglobal_stream
{
    struct com_object object;
    IStream IStream_iface;
    struct hglobal_block *block;
    ULONGLONG position; /* guarded by the block's lock */
};

COM_OBJECT_METHODS(hglobal_stream, struct hglobal_stream, IStream, IStream_iface)

static HRESULT stream_create(struct hglobal_block *block, ULONGLONG position, IStream **out);

static HRESULT STDMETHODCALLTYPE hglobal_stream_Read(IStream *iface, void *buffer, ULONG size,
        ULONG *read)
{
    struct hglobal_stream *stream = hglobal_stream_from_IStream(iface);
    ULONG count;

    if (read)
        *read = 0;
    if (!buffer && size)
        return STG_E_INVALIDPOINTER;
    AcquireSRWLockExclusive(&stream->block->lock);
    count = hglobal_block_read(stream->block, stream->position, buffer, size);
    stream->position += count;
    ReleaseSRWLockExclusive(&stream->block->lock);
    if (read)
        *read = count;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE hglobal_stream_Write(IStream *iface, const void *data, ULONG size,
        ULONG *written)
{
    struct hglobal_stream *stream = hglobal_stream_from_IStream(iface);
    HRESULT hr;

    if (written)
        *written = 0;
    if (!data && size)
        return STG_E_INVALIDPOINTER;
    AcquireSRWLockExclusive(&stream->block->lock);
    hr = hglobal_block_write(stream->block, stream->position, data, size);
    if (SUCCEEDED(hr))
        stream->position += size;
    ReleaseSRWLockExclusive(&stream->block->lock);
    if (written && SUCCEEDED(hr))
        *written = size;
    return hr;
}

/* Where a displacement leads. Like sizes, positions have 32 bits here: of a displacement the lower
 * half counts, as a signed number, whatever it is relative to. FALSE: outside of that range. */
static BOOL position_moved(ULONGLONG base, LARGE_INTEGER move, ULONGLONG *position)
{
    LONGLONG target = (LONGLONG)base + (LONG)move.LowPart;

    if (target < 0 || target > (LONGLONG)HGLOBAL_BLOCK_MAX)
        return FALSE;
    *position = (ULONGLONG)target;
    return TRUE;
}

static HRESULT STDMETHODCALLTYPE hglobal_stream_Seek(IStream *iface, LARGE_INTEGER move,
        DWORD origin, ULARGE_INTEGER *new_position)
{
    struct hglobal_stream *stream = hglobal_stream_from_IStream(iface);
    ULONGLONG base = 0;
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&stream->block->lock);
    if (origin == STREAM_SEEK_CUR)
        base = stream->position;
    else if (origin == STREAM_SEEK_END)
        base = stream->block->size;
    else if (origin != STREAM_SEEK_SET)
        hr = STG_E_SEEKERROR;
    if (SUCCEEDED(hr) && !position_moved(base, move, &stream->position))
        hr = STG_E_SEEKERROR;
    if (new_position)
        new_position->QuadPart = stream->position;
    ReleaseSRWLockExclusive(&stream->block->lock);
    return hr;
}

/* Of the size the lower half counts. */
static HRESULT STDMETHODCALLTYPE hglobal_stream_SetSize(IStream *iface, ULARGE_INTEGER size)
{
    struct hglobal_stream *stream = hglobal_stream_from_IStream(iface);
    HRESULT hr;

    AcquireSRWLockExclusive(&stream->block->lock);
    hr = hglobal_block_set_size(stream->block, size.LowPart);
    ReleaseSRWLockExclusive(&stream->block->lock);
    return hr;
}

/* ---- CopyTo ---- */

static const IStreamVtbl hglobal_stream_vtbl;

/* Into a stream on the same bytes: as if all was read before anything is written. */
static HRESULT copy_within(struct hglobal_stream *from, struct hglobal_stream *to, ULONGLONG size,
        ULONGLONG *copied)
{
    struct hglobal_block *block = from->block;
    HRESULT hr = S_OK;
    ULONGLONG source;

    AcquireSRWLockExclusive(&block->lock);
    source = from->position;
    size = source < block->size ? min(size, block->size - source) : 0;
    if (size)
    {
        from->position += size; /* before the other's is used: it may be the same stream */
        hr = hglobal_block_copy(block, source, to->position, (ULONG)size);
        if (SUCCEEDED(hr))
        {
            to->position += size;
            *copied = size;
        }
    }
    ReleaseSRWLockExclusive(&block->lock);
    return hr;
}

/* Into any other stream, which is never called under our lock. One that takes less than it is
 * given, and calls that a success, ends the copying; the caller sees it by the two counts. */
static HRESULT copy_out(IStream *from, IStream *to, ULONGLONG size, ULONGLONG *read,
        ULONGLONG *written)
{
    ULONG chunk = (ULONG)min(size, COPY_CHUNK);
    HRESULT hr = S_OK;
    BYTE *buffer;

    if (!chunk)
        return S_OK;
    buffer = malloc(chunk);
    if (!buffer)
        return E_OUTOFMEMORY;
    while (size)
    {
        ULONG got = 0, put = 0;

        hglobal_stream_Read(from, buffer, (ULONG)min(size, chunk), &got);
        if (!got)
            break;
        *read += got;
        size -= got;
        hr = IStream_Write(to, buffer, got, &put);
        *written += min(put, got);
        if (FAILED(hr) || put < got)
            break;
    }
    free(buffer);
    return hr;
}

static HRESULT STDMETHODCALLTYPE hglobal_stream_CopyTo(IStream *iface, IStream *to,
        ULARGE_INTEGER size, ULARGE_INTEGER *read, ULARGE_INTEGER *written)
{
    struct hglobal_stream *stream = hglobal_stream_from_IStream(iface), *other = NULL;
    ULONGLONG bytes_read = 0, bytes_written = 0;
    HRESULT hr;

    if (!to)
        return STG_E_INVALIDPOINTER;
    if (to->lpVtbl == &hglobal_stream_vtbl)
        other = hglobal_stream_from_IStream(to);
    if (other && other->block == stream->block)
    {
        hr = copy_within(stream, other, size.QuadPart, &bytes_read);
        bytes_written = bytes_read;
    }
    else
    {
        hr = copy_out(iface, to, size.QuadPart, &bytes_read, &bytes_written);
    }
    if (read)
        read->QuadPart = bytes_read;
    if (written)
        written->QuadPart = bytes_written;
    return hr;
}

/* ---- the rest ---- */

/* Not transacted: what was written is there. */
static HRESULT STDMETHODCALLTYPE hglobal_stream_Commit(IStream *iface, DWORD flags)
{
    (void)iface;
    (void)flags;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE hglobal_stream_Revert(IStream *iface)
{
    (void)iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE hglobal_stream_LockRegion(IStream *iface, ULARGE_INTEGER offset,
        ULARGE_INTEGER size, DWORD type)
{
    (void)iface;
    (void)offset;
    (void)size;
    (void)type;
    return STG_E_INVALIDFUNCTION;
}

static HRESULT STDMETHODCALLTYPE hglobal_stream_UnlockRegion(IStream *iface, ULARGE_INTEGER offset,
        ULARGE_INTEGER size, DWORD type)
{
    (void)iface;
    (void)offset;
    (void)size;
    (void)type;
    return STG_E_INVALIDFUNCTION;
}

static HRESULT STDMETHODCALLTYPE hglobal_stream_Stat(IStream *iface, STATSTG *stat, DWORD flags)
{
    struct hglobal_stream *stream = hglobal_stream_from_IStream(iface);

    (void)flags; /* there is no name, wanted or not */
    if (!stat)
        return STG_E_INVALIDPOINTER;
    memset(stat, 0, sizeof(*stat));
    stat->type = STGTY_STREAM;
    AcquireSRWLockShared(&stream->block->lock);
    stat->cbSize.QuadPart = stream->block->size;
    ReleaseSRWLockShared(&stream->block->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE hglobal_stream_Clone(IStream *iface, IStream **out)
{
    struct hglobal_stream *stream = hglobal_stream_from_IStream(iface);
    ULONGLONG position;
    HRESULT hr;

    if (!out)
        return STG_E_INVALIDPOINTER;
    *out = NULL;
    AcquireSRWLockShared(&stream->block->lock);
    position = stream->position;
    ReleaseSRWLockShared(&stream->block->lock);
    hglobal_block_addref(stream->block);
    hr = stream_create(stream->block, position, out);
    if (FAILED(hr))
        hglobal_block_release(stream->block);
    return hr;
}

/* ---- the object ---- */

static void hglobal_stream_destroy(void *object)
{
    struct hglobal_stream *stream = object;

    hglobal_block_release(stream->block);
    free(stream);
}

static const IStreamVtbl hglobal_stream_vtbl = {
        hglobal_stream_IStream_QueryInterface,
        hglobal_stream_IStream_AddRef,
        hglobal_stream_IStream_Release,
        hglobal_stream_Read,
        hglobal_stream_Write,
        hglobal_stream_Seek,
        hglobal_stream_SetSize,
        hglobal_stream_CopyTo,
        hglobal_stream_Commit,
        hglobal_stream_Revert,
        hglobal_stream_LockRegion,
        hglobal_stream_UnlockRegion,
        hglobal_stream_Stat,
        hglobal_stream_Clone,
};

static const struct com_interface hglobal_stream_interfaces[] = {
        {&IID_IUnknown, offsetof(struct hglobal_stream, IStream_iface)},
        {&IID_ISequentialStream, offsetof(struct hglobal_stream, IStream_iface)},
        {&IID_IStream, offsetof(struct hglobal_stream, IStream_iface)},
};

static const struct com_class hglobal_stream_class = {"hglobal_stream", hglobal_stream_interfaces,
        ARRAY_SIZE(hglobal_stream_interfaces), hglobal_stream_destroy};

/* Takes over the reference to the block when it succeeds. */
static HRESULT stream_create(struct hglobal_block *block, ULONGLONG position, IStream **out)
{
    struct hglobal_stream *stream = malloc(sizeof(*stream));

    if (!stream)
        return E_OUTOFMEMORY;
    com_object_init(&stream->object, &hglobal_stream_class);
    stream->IStream_iface.lpVtbl = &hglobal_stream_vtbl;
    stream->block = block;
    stream->position = position;
    *out = &stream->IStream_iface;
    return S_OK;
}

/* ---- functions ---- */

/*
 * A stream on the memory `global`, or with NULL on memory of its own, at its beginning. The last
 * release of it and its clones frees the memory if `delete_on_release`. S_OK, E_INVALIDARG,
 * E_OUTOFMEMORY. combaseapi/nf-combaseapi-createstreamonhglobal
 */
HRESULT WINAPI CreateStreamOnHGlobal(HGLOBAL global, BOOL delete_on_release, IStream **out)
{
    struct hglobal_block *block;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    block = hglobal_block_create(global, delete_on_release);
    if (!block)
        return E_OUTOFMEMORY;
    hr = stream_create(block, 0, out);
    if (FAILED(hr))
    {
        block->delete_on_release = FALSE; /* a failure leaves the caller's memory alone */
        hglobal_block_release(block);
    }
    return hr;
}

/*
 * The memory of a stream made by CreateStreamOnHGlobal. It may move when the stream grows. S_OK,
 * E_INVALIDARG for any other stream, E_OUTOFMEMORY. combaseapi/nf-combaseapi-gethglobalfromstream
 */
HRESULT WINAPI GetHGlobalFromStream(IStream *iface, HGLOBAL *global)
{
    struct hglobal_block *block = NULL;

    if (iface && iface->lpVtbl == &hglobal_stream_vtbl)
        block = hglobal_stream_from_IStream(iface)->block;
    return hglobal_block_handle(block, global);
}
