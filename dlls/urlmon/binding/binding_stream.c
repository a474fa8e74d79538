/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stream that OnDataAvailable and BindToStorage give out. Pull model: it reads from the
 * protocol. Push model: from what the binding has stored. Pages "IStream", "Asynchronous Monikers",
 * BINDF (BINDF_PULLDATA, BINDF_ASYNCSTORAGE), "IWinInetFileStream interface".
 */
#include <stdlib.h>
#include <string.h>
#include <urlmon.h>
#include <wininet.h>

#include "binding_impl.h"
#include "download_manager.h"
#include "wstr.h"

struct binding_stream
{
    struct com_object object;
    IStream IStream_iface;
    IWinInetFileStream IWinInetFileStream_iface;
    struct binding *binding;
    SRWLOCK lock; /* guards position */
    ULONGLONG position;
    void *volatile unlock;      /* of InternetLockRequestFile; given back when this object goes */
    volatile LONG delete_entry; /* so is the entry of the cache deleted */
};

COM_OBJECT_METHODS(stream, struct binding_stream, IStream, IStream_iface)
COM_OBJECT_METHODS(file_stream, struct binding_stream, IWinInetFileStream, IWinInetFileStream_iface)

IStream *binding_stream_iface(struct binding_stream *stream)
{
    return &stream->IStream_iface;
}

static void stream_destroy(void *object)
{
    struct binding_stream *stream = object;
    struct binding *binding = stream->binding;
    WCHAR *entry = stream->delete_entry && binding->url ? wstr_dup(binding->url) : NULL;

    binding_stream_gone(binding);
    binding_unlock_request(binding);
    binding_release(binding);
    if (stream->unlock)
        InternetUnlockRequestFile(stream->unlock);
    if (entry) /* one that is in use goes when it no longer is */
        DeleteUrlCacheEntryW(entry);
    free(entry);
    free(stream);
}

/* Whether reading waits for data that have not come. Not from asynchronous storage, and not inside
 * OnDataAvailable of a synchronous bind in the push model: what it tells is there, and the rest is
 * only fetched when it returns. */
static BOOL stream_may_block(const struct binding *binding)
{
    if (binding->async_storage)
        return FALSE;
    return binding->asynchronous || binding->pull || !binding->telling
            || !bound_thread_is_current(binding->thread);
}

/* Reads at a place; *read is 0 unless it returns S_OK. */
static HRESULT read_some(struct binding *binding, ULONGLONG position, void *buffer, ULONG size,
        ULONG *read)
{
    HRESULT hr;

    if (binding->pull)
    {
        /* Behind the last notification there is none that could ask for the rest. */
        if (!binding->async_storage || !binding->turns || binding->last_data)
        {
            hr = binding_read(binding, buffer, size, read);
            if (hr == S_FALSE)
                InterlockedExchange(&binding->data_end, TRUE);
            return hr;
        }
        /* In its turn the binding reads no more than its share. */
        *read = 0;
        if (!binding->quota)
        {
            binding->again = TRUE;
            return E_PENDING;
        }
        hr = binding_read(binding, buffer, min(size, binding->quota), read);
        binding->quota -= *read;
        return hr;
    }
    if (FAILED(hr = store_read(binding, position, buffer, size, read)) || *read)
        return hr;
    if (binding->data_end)
        return store_read(binding, position, buffer, size, read) == S_OK && *read ? S_OK : S_FALSE;
    if (FAILED(binding->read_error))
        return binding->read_error;
    if (!stream_may_block(binding))
        return binding->aborted ? E_ABORT : E_PENDING;
    if (FAILED(hr = binding_fill(binding, size)))
        return hr;
    return store_read(binding, position, buffer, size, read);
}

/* ISequentialStream::Read. S_OK with all or some of what is asked for; S_FALSE at the end;
 * E_PENDING: nothing, or nothing more, is there now (asynchronous storage only). Else it blocks,
 * and on the bound thread messages are dispatched meanwhile.
 * objidl/nf-objidl-isequentialstream-read */
static HRESULT STDMETHODCALLTYPE stream_Read(IStream *iface, void *buffer, ULONG size, ULONG *read)
{
    struct binding_stream *stream = stream_from_IStream(iface);
    struct binding *binding = stream->binding;
    ULONG done = 0, now = 0;
    HRESULT hr = S_OK;

    if (read)
        *read = 0;
    if (!buffer)
        return STG_E_INVALIDPOINTER;
    while (done < size)
    {
        LONG seen = binding->data_signal;

        hr = read_some(binding, stream->position + done, (BYTE *)buffer + done, size - done, &now);
        done += now;
        if (hr == S_OK && now)
            continue;
        if (hr == S_OK || (hr == E_PENDING && stream_may_block(binding)))
        {
            binding_wait_for_data(binding, seen);
            if (binding->thread->ended || binding->aborted)
            {
                hr = E_ABORT;
                break;
            }
            continue;
        }
        break;
    }
    AcquireSRWLockExclusive(&stream->lock);
    stream->position += done;
    ReleaseSRWLockExclusive(&stream->lock);
    if (read)
        *read = done;
    if (hr == E_PENDING && now) /* the protocol has said so along with its last bytes */
        return E_PENDING;
    return done || !size ? S_OK : hr;
}

static HRESULT STDMETHODCALLTYPE stream_Write(IStream *iface, const void *buffer, ULONG size,
        ULONG *written)
{
    (void)iface;
    (void)buffer;
    (void)size;
    if (written)
        *written = 0;
    return STG_E_ACCESSDENIED;
}

/* IStream::Seek. Push model: anywhere in what has arrived. Pull model: where the protocol can;
 * else just the position. E_FAIL: no such origin. objidl/nf-objidl-istream-seek */
static HRESULT STDMETHODCALLTYPE stream_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *out)
{
    struct binding_stream *stream = stream_from_IStream(iface);
    struct binding *binding = stream->binding;
    ULARGE_INTEGER place = {.QuadPart = 0};
    LONGLONG base;
    HRESULT hr;

    if (origin > STREAM_SEEK_END)
        return E_FAIL;
    if (binding->pull)
    {
        if (origin == STREAM_SEEK_CUR && !move.QuadPart)
        {
            place.QuadPart = stream->position;
        }
        else
        {
            hr = binding->protocol
                    ? IInternetProtocolEx_Seek(binding->protocol, move, origin, &place)
                    : E_FAIL;
            if (FAILED(hr))
                return hr;
        }
    }
    else
    {
        base = origin == STREAM_SEEK_SET    ? 0
                : origin == STREAM_SEEK_CUR ? (LONGLONG)stream->position
                                            : (LONGLONG)binding->store.size;
        if (move.QuadPart < -base || move.QuadPart > MAXLONGLONG - base)
            return STG_E_INVALIDFUNCTION;
        place.QuadPart = base + move.QuadPart;
    }
    AcquireSRWLockExclusive(&stream->lock);
    stream->position = place.QuadPart;
    ReleaseSRWLockExclusive(&stream->lock);
    if (out)
        *out = place;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_SetSize(IStream *iface, ULARGE_INTEGER size)
{
    (void)iface;
    (void)size;
    return E_NOTIMPL;
}

/* IStream::CopyTo: reads here and writes there, until `size` or the end.
 * objidl/nf-objidl-istream-copyto */
static HRESULT STDMETHODCALLTYPE stream_CopyTo(IStream *iface, IStream *to, ULARGE_INTEGER size,
        ULARGE_INTEGER *read, ULARGE_INTEGER *written)
{
    const ULONG chunk = 256 << 10;
    ULONGLONG got = 0, put = 0;
    HRESULT hr = S_OK;
    ULONG now, done;
    BYTE *buffer;

    if (!to)
        return STG_E_INVALIDPOINTER;
    if (!(buffer = malloc(chunk)))
        return E_OUTOFMEMORY;
    while (got < size.QuadPart)
    {
        hr = stream_Read(iface, buffer, (ULONG)min(size.QuadPart - got, chunk), &now);
        if (hr != S_OK || !now)
            break;
        got += now;
        done = 0;
        hr = IStream_Write(to, buffer, now, &done);
        put += done;
        if (FAILED(hr))
            break;
    }
    free(buffer);
    if (read)
        read->QuadPart = got;
    if (written)
        written->QuadPart = put;
    return hr == S_FALSE ? S_OK : hr;
}

static HRESULT STDMETHODCALLTYPE stream_Commit(IStream *iface, DWORD flags)
{
    (void)iface;
    (void)flags;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE stream_Revert(IStream *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE stream_LockRegion(IStream *iface, ULARGE_INTEGER offset,
        ULARGE_INTEGER size, DWORD type)
{
    (void)iface;
    (void)offset;
    (void)size;
    (void)type;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE stream_UnlockRegion(IStream *iface, ULARGE_INTEGER offset,
        ULARGE_INTEGER size, DWORD type)
{
    (void)iface;
    (void)offset;
    (void)size;
    (void)type;
    return E_NOTIMPL;
}

/* IStream::Stat: the file of the cache, else the URL, as name; as size what there is to read now in
 * the push model, and what the protocol has announced in the pull model. E_FAIL: no `stat`.
 * objidl/nf-objidl-istream-stat */
static HRESULT STDMETHODCALLTYPE stream_Stat(IStream *iface, STATSTG *stat, DWORD flags)
{
    struct binding *binding = stream_from_IStream(iface)->binding;
    LARGE_INTEGER size;

    if (!stat)
        return E_FAIL;
    memset(stat, 0, sizeof(*stat));
    stat->type = STGTY_STREAM;
    if (!binding->pull)
    {
        AcquireSRWLockShared(&binding->store_lock);
        if (binding->store.cached && GetFileSizeEx(binding->store.file, &size))
            stat->cbSize.QuadPart = size.QuadPart;
        else
            stat->cbSize.QuadPart = binding->store.size;
        ReleaseSRWLockShared(&binding->store_lock);
    }
    else if (binding->last_data)
    {
        stat->cbSize.QuadPart = binding->total;
    }
    if (stat->cbSize.QuadPart)
        stat->grfMode = GENERIC_READ;
    if (!(flags & STATFLAG_NONAME))
        return wstr_to_caller(binding->cache_file ? binding->cache_file : binding->url,
                &stat->pwcsName);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_Clone(IStream *iface, IStream **out)
{
    (void)iface;
    if (out)
        *out = NULL;
    return E_NOTIMPL;
}

static const IStreamVtbl stream_vtbl = {
        stream_IStream_QueryInterface,
        stream_IStream_AddRef,
        stream_IStream_Release,
        stream_Read,
        stream_Write,
        stream_Seek,
        stream_SetSize,
        stream_CopyTo,
        stream_Commit,
        stream_Revert,
        stream_LockRegion,
        stream_UnlockRegion,
        stream_Stat,
        stream_Clone,
};

/*
 * IWinInetFileStream::SetHandleForUnlock: what InternetLockRequestFile has given is given back with
 * the stream; one that was set before is given back now. E_FAIL: no handle; E_INVALIDARG: the
 * reserved argument. Page "IWinInetFileStream::SetHandleForUnlock method".
 */
static HRESULT STDMETHODCALLTYPE file_stream_SetHandleForUnlock(IWinInetFileStream *iface,
        DWORD_PTR handle, DWORD_PTR reserved)
{
    struct binding_stream *stream = file_stream_from_IWinInetFileStream(iface);
    void *former;

    if (reserved)
        return E_INVALIDARG;
    if (!handle || (HANDLE)handle == INVALID_HANDLE_VALUE)
        return E_FAIL;
    former = InterlockedExchangePointer(&stream->unlock, (void *)handle);
    if (former && former != (void *)handle)
        InternetUnlockRequestFile(former);
    return S_OK;
}

/* IWinInetFileStream::SetDeleteFile: with the stream the URL's entry of the cache goes
 * (DeleteUrlCacheEntry). E_INVALIDARG: the reserved argument. Page
 * "IWinInetFileStream::SetDeleteFile method". */
static HRESULT STDMETHODCALLTYPE file_stream_SetDeleteFile(IWinInetFileStream *iface,
        DWORD_PTR reserved)
{
    if (reserved)
        return E_INVALIDARG;
    InterlockedExchange(&file_stream_from_IWinInetFileStream(iface)->delete_entry, TRUE);
    return S_OK;
}

static const IWinInetFileStreamVtbl file_stream_vtbl = {
        file_stream_IWinInetFileStream_QueryInterface,
        file_stream_IWinInetFileStream_AddRef,
        file_stream_IWinInetFileStream_Release,
        file_stream_SetHandleForUnlock,
        file_stream_SetDeleteFile,
};

static const struct com_interface stream_interfaces[] = {
        {&IID_IUnknown, offsetof(struct binding_stream, IStream_iface)},
        {&IID_ISequentialStream, offsetof(struct binding_stream, IStream_iface)},
        {&IID_IStream, offsetof(struct binding_stream, IStream_iface)},
        {&IID_IWinInetFileStream, offsetof(struct binding_stream, IWinInetFileStream_iface)},
};

static const struct com_class stream_class = {"binding stream", stream_interfaces,
        ARRAY_SIZE(stream_interfaces), stream_destroy};

HRESULT binding_stream_create(struct binding *binding, struct binding_stream **out)
{
    struct binding_stream *stream;

    *out = NULL;
    if (!(stream = calloc(1, sizeof(*stream))))
        return E_OUTOFMEMORY;
    com_object_init(&stream->object, &stream_class);
    stream->IStream_iface.lpVtbl = (IStreamVtbl *)&stream_vtbl;
    stream->IWinInetFileStream_iface.lpVtbl = (IWinInetFileStreamVtbl *)&file_stream_vtbl;
    InitializeSRWLock(&stream->lock);
    stream->binding = binding;
    binding_addref(binding);
    *out = stream;
    return S_OK;
}
