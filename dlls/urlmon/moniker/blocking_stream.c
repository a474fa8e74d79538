/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stream of URLOpenBlockingStream. Whoever has it has no other hold on the binding: when it
 * goes before all has been read, the rest is not wanted.
 */
#include "blocking_stream.h"

struct blocking_stream
{
    struct com_object object;
    IStream IStream_iface;
    IStream *inner;
    struct open_callback *callback;
};

COM_OBJECT_METHODS(blocking, struct blocking_stream, IStream, IStream_iface)

static HRESULT STDMETHODCALLTYPE blocking_Read(IStream *iface, void *buffer, ULONG size,
        ULONG *read)
{
    return IStream_Read(blocking_from_IStream(iface)->inner, buffer, size, read);
}

static HRESULT STDMETHODCALLTYPE blocking_Write(IStream *iface, const void *buffer, ULONG size,
        ULONG *written)
{
    return IStream_Write(blocking_from_IStream(iface)->inner, buffer, size, written);
}

static HRESULT STDMETHODCALLTYPE blocking_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *position)
{
    return IStream_Seek(blocking_from_IStream(iface)->inner, move, origin, position);
}

static HRESULT STDMETHODCALLTYPE blocking_SetSize(IStream *iface, ULARGE_INTEGER size)
{
    return IStream_SetSize(blocking_from_IStream(iface)->inner, size);
}

static HRESULT STDMETHODCALLTYPE blocking_CopyTo(IStream *iface, IStream *target,
        ULARGE_INTEGER size, ULARGE_INTEGER *read, ULARGE_INTEGER *written)
{
    return IStream_CopyTo(blocking_from_IStream(iface)->inner, target, size, read, written);
}

static HRESULT STDMETHODCALLTYPE blocking_Commit(IStream *iface, DWORD flags)
{
    return IStream_Commit(blocking_from_IStream(iface)->inner, flags);
}

static HRESULT STDMETHODCALLTYPE blocking_Revert(IStream *iface)
{
    return IStream_Revert(blocking_from_IStream(iface)->inner);
}

static HRESULT STDMETHODCALLTYPE blocking_LockRegion(IStream *iface, ULARGE_INTEGER offset,
        ULARGE_INTEGER size, DWORD type)
{
    return IStream_LockRegion(blocking_from_IStream(iface)->inner, offset, size, type);
}

static HRESULT STDMETHODCALLTYPE blocking_UnlockRegion(IStream *iface, ULARGE_INTEGER offset,
        ULARGE_INTEGER size, DWORD type)
{
    return IStream_UnlockRegion(blocking_from_IStream(iface)->inner, offset, size, type);
}

static HRESULT STDMETHODCALLTYPE blocking_Stat(IStream *iface, STATSTG *stat, DWORD flags)
{
    return IStream_Stat(blocking_from_IStream(iface)->inner, stat, flags);
}

static HRESULT STDMETHODCALLTYPE blocking_Clone(IStream *iface, IStream **out)
{
    return IStream_Clone(blocking_from_IStream(iface)->inner, out);
}

static const IStreamVtbl blocking_vtbl = {
        blocking_IStream_QueryInterface,
        blocking_IStream_AddRef,
        blocking_IStream_Release,
        blocking_Read,
        blocking_Write,
        blocking_Seek,
        blocking_SetSize,
        blocking_CopyTo,
        blocking_Commit,
        blocking_Revert,
        blocking_LockRegion,
        blocking_UnlockRegion,
        blocking_Stat,
        blocking_Clone,
};

static void blocking_destroy(void *object)
{
    struct blocking_stream *stream = object;

    IStream_Release(stream->inner);
    open_callback_abort(stream->callback);
    open_callback_release(stream->callback);
    free(stream);
}

static const struct com_interface blocking_interfaces[] = {
        {&IID_IUnknown, offsetof(struct blocking_stream, IStream_iface)},
        {&IID_ISequentialStream, offsetof(struct blocking_stream, IStream_iface)},
        {&IID_IStream, offsetof(struct blocking_stream, IStream_iface)},
};

static const struct com_class blocking_class = {"blocking stream", blocking_interfaces,
        ARRAY_SIZE(blocking_interfaces), blocking_destroy};

HRESULT blocking_stream_create(struct open_callback *callback, IStream *inner, IStream **out)
{
    struct blocking_stream *stream = calloc(1, sizeof(*stream));

    *out = NULL;
    if (!stream)
    {
        IStream_Release(inner);
        return E_OUTOFMEMORY;
    }
    com_object_init(&stream->object, &blocking_class);
    stream->IStream_iface.lpVtbl = (IStreamVtbl *)&blocking_vtbl;
    stream->inner = inner;
    stream->callback = callback;
    open_callback_addref(callback);
    *out = &stream->IStream_iface;
    return S_OK;
}
