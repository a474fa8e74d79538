/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods that move bytes: counts which the caller may leave out are always on the wire, and
 * void * is an array of bytes. */
#include "core_interfaces.h"

HRESULT STDMETHODCALLTYPE ISequentialStream_Read_Proxy(ISequentialStream *iface, void *data,
        ULONG size, ULONG *read)
{
    ULONG got = 0;
    HRESULT hr = ISequentialStream_RemoteRead_Proxy(iface, data, size, &got);

    if (read)
        *read = got;
    return hr;
}

HRESULT __RPC_STUB ISequentialStream_Read_Stub(ISequentialStream *iface, BYTE *data, ULONG size,
        ULONG *read)
{
    HRESULT hr;

    *read = 0;
    hr = ISequentialStream_Read(iface, data, size, read);
    if (*read > size)
        *read = size;
    return hr;
}

HRESULT STDMETHODCALLTYPE ISequentialStream_Write_Proxy(ISequentialStream *iface, const void *data,
        ULONG size, ULONG *written)
{
    ULONG put = 0;
    HRESULT hr = ISequentialStream_RemoteWrite_Proxy(iface, data, size, &put);

    if (written)
        *written = put;
    return hr;
}

HRESULT __RPC_STUB ISequentialStream_Write_Stub(ISequentialStream *iface, const BYTE *data,
        ULONG size, ULONG *written)
{
    *written = 0;
    return ISequentialStream_Write(iface, data, size, written);
}

HRESULT STDMETHODCALLTYPE IStream_Seek_Proxy(IStream *iface, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *position)
{
    ULARGE_INTEGER now = {.QuadPart = 0};
    HRESULT hr = IStream_RemoteSeek_Proxy(iface, move, origin, &now);

    if (position)
        *position = now;
    return hr;
}

HRESULT __RPC_STUB IStream_Seek_Stub(IStream *iface, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *position)
{
    position->QuadPart = 0;
    return IStream_Seek(iface, move, origin, position);
}

HRESULT STDMETHODCALLTYPE IStream_CopyTo_Proxy(IStream *iface, IStream *to, ULARGE_INTEGER size,
        ULARGE_INTEGER *read, ULARGE_INTEGER *written)
{
    ULARGE_INTEGER got = {.QuadPart = 0}, put = {.QuadPart = 0};
    HRESULT hr = IStream_RemoteCopyTo_Proxy(iface, to, size, &got, &put);

    if (read)
        *read = got;
    if (written)
        *written = put;
    return hr;
}

HRESULT __RPC_STUB IStream_CopyTo_Stub(IStream *iface, IStream *to, ULARGE_INTEGER size,
        ULARGE_INTEGER *read, ULARGE_INTEGER *written)
{
    read->QuadPart = 0;
    written->QuadPart = 0;
    return IStream_CopyTo(iface, to, size, read, written);
}

HRESULT STDMETHODCALLTYPE ILockBytes_ReadAt_Proxy(ILockBytes *iface, ULARGE_INTEGER offset,
        void *data, ULONG size, ULONG *read)
{
    ULONG got = 0;
    HRESULT hr = ILockBytes_RemoteReadAt_Proxy(iface, offset, data, size, &got);

    if (read)
        *read = got;
    return hr;
}

HRESULT __RPC_STUB ILockBytes_ReadAt_Stub(ILockBytes *iface, ULARGE_INTEGER offset, BYTE *data,
        ULONG size, ULONG *read)
{
    HRESULT hr;

    *read = 0;
    hr = ILockBytes_ReadAt(iface, offset, data, size, read);
    if (*read > size)
        *read = size;
    return hr;
}

HRESULT STDMETHODCALLTYPE ILockBytes_WriteAt_Proxy(ILockBytes *iface, ULARGE_INTEGER offset,
        const void *data, ULONG size, ULONG *written)
{
    ULONG put = 0;
    HRESULT hr = ILockBytes_RemoteWriteAt_Proxy(iface, offset, data, size, &put);

    if (written)
        *written = put;
    return hr;
}

HRESULT __RPC_STUB ILockBytes_WriteAt_Stub(ILockBytes *iface, ULARGE_INTEGER offset,
        const BYTE *data, ULONG size, ULONG *written)
{
    *written = 0;
    return ILockBytes_WriteAt(iface, offset, data, size, written);
}

HRESULT STDMETHODCALLTYPE IFillLockBytes_FillAppend_Proxy(IFillLockBytes *iface, const void *data,
        ULONG size, ULONG *written)
{
    ULONG put = 0;
    HRESULT hr = IFillLockBytes_RemoteFillAppend_Proxy(iface, data, size, &put);

    if (written)
        *written = put;
    return hr;
}

HRESULT __RPC_STUB IFillLockBytes_FillAppend_Stub(IFillLockBytes *iface, const BYTE *data,
        ULONG size, ULONG *written)
{
    *written = 0;
    return IFillLockBytes_FillAppend(iface, data, size, written);
}

HRESULT STDMETHODCALLTYPE IFillLockBytes_FillAt_Proxy(IFillLockBytes *iface, ULARGE_INTEGER offset,
        const void *data, ULONG size, ULONG *written)
{
    ULONG put = 0;
    HRESULT hr = IFillLockBytes_RemoteFillAt_Proxy(iface, offset, data, size, &put);

    if (written)
        *written = put;
    return hr;
}

HRESULT __RPC_STUB IFillLockBytes_FillAt_Stub(IFillLockBytes *iface, ULARGE_INTEGER offset,
        const BYTE *data, ULONG size, ULONG *written)
{
    *written = 0;
    return IFillLockBytes_FillAt(iface, offset, data, size, written);
}
