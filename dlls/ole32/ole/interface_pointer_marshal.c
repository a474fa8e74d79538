/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interface pointers inside of [user_marshal] types, such as a VARIANT: oleaut32.dll calls these.
 * On the wire they are an MInterfacePointer of [MS-DCOM] 2.2.14, as a conformant structure: the
 * count of bytes twice, then the OBJREF. For no pointer nothing is written.
 */
#include "user_buffer.h"

#include <rpc.h>

BYTE *WINAPI WdtpInterfacePointer_UserUnmarshal(ULONG *flags, BYTE *buffer, IUnknown **object,
        REFIID iid);
void WINAPI WdtpInterfacePointer_UserFree(IUnknown *object);
ULONG WINAPI WdtpInterfacePointer_UserSize64(ULONG *flags, ULONG context, ULONG size,
        IUnknown *object, REFIID iid);
BYTE *WINAPI WdtpInterfacePointer_UserMarshal64(ULONG *flags, ULONG context, BYTE *buffer,
        IUnknown *object, REFIID iid);
BYTE *WINAPI WdtpInterfacePointer_UserUnmarshal64(ULONG *flags, BYTE *buffer, IUnknown **object,
        REFIID iid);
void WINAPI WdtpInterfacePointer_UserFree64(IUnknown *object);

/* Nothing in a message is longer. */
#define OBJREF_SIZE_MAX 0x7fff0000

/* The size with this pointer in it; raises what CoGetMarshalSizeMax returns. */
ULONG WINAPI WdtpInterfacePointer_UserSize(ULONG *flags, ULONG context, ULONG size,
        IUnknown *object, REFIID iid)
{
    ULONG objref = 0;
    HRESULT hr;

    (void)flags;
    if (!object)
        return size;
    hr = CoGetMarshalSizeMax(&objref, iid, object, LOWORD(context), NULL, MSHLFLAGS_NORMAL);
    if (FAILED(hr))
        RpcRaiseException(hr);
    return ((size + 3) & ~3u) + 2 * sizeof(DWORD) + objref;
}

/* Marshals into a stream of its own: a marshaller may write less than it announced. */
static HRESULT marshal_to_memory(IUnknown *object, REFIID iid, DWORD context, IStream **out)
{
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, out);

    if (FAILED(hr))
        return hr;
    hr = CoMarshalInterface(*out, iid, object, context, NULL, MSHLFLAGS_NORMAL);
    if (FAILED(hr))
        IStream_Release(*out);
    return hr;
}

BYTE *WINAPI WdtpInterfacePointer_UserMarshal(ULONG *flags, ULONG context, BYTE *buffer,
        IUnknown *object, REFIID iid)
{
    ULARGE_INTEGER end;
    LARGE_INTEGER start = {0};
    DWORD *counts;
    IStream *stream;
    ULONG read = 0;
    HRESULT hr;

    (void)flags;
    if (!object)
        return buffer;
    hr = marshal_to_memory(object, iid, LOWORD(context), &stream);
    if (FAILED(hr))
        RpcRaiseException(hr);
    counts = (DWORD *)user_align(buffer);
    buffer = (BYTE *)(counts + 2);
    IStream_Seek(stream, start, STREAM_SEEK_CUR, &end);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    hr = IStream_Read(stream, buffer, end.u.LowPart, &read);
    counts[0] = counts[1] = read;
    IStream_Release(stream);
    if (FAILED(hr) || read != end.u.LowPart)
        RpcRaiseException(FAILED(hr) ? hr : E_UNEXPECTED);
    return buffer + read;
}

/* A stream with a copy of these bytes. */
static HRESULT stream_of_bytes(const BYTE *bytes, DWORD size, IStream **out)
{
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, size);
    HRESULT hr;
    void *to;

    if (!memory)
        return E_OUTOFMEMORY;
    to = GlobalLock(memory);
    if (!to)
    {
        GlobalFree(memory);
        return E_OUTOFMEMORY;
    }
    memcpy(to, bytes, size);
    GlobalUnlock(memory);
    hr = CreateStreamOnHGlobal(memory, TRUE, out);
    if (FAILED(hr))
        GlobalFree(memory);
    return hr;
}

HRESULT user_interface_read(const BYTE *bytes, DWORD size, REFIID iid, IUnknown **object)
{
    IStream *stream;
    HRESULT hr = stream_of_bytes(bytes, size, &stream);

    *object = NULL;
    if (FAILED(hr))
        return hr;
    hr = CoUnmarshalInterface(stream, iid, (void **)object);
    IStream_Release(stream);
    return hr;
}

/* Replaces *object, which is released. */
BYTE *WINAPI WdtpInterfacePointer_UserUnmarshal(ULONG *flags, BYTE *buffer, IUnknown **object,
        REFIID iid)
{
    IUnknown *new_object = NULL;
    DWORD counts[2];
    HRESULT hr;

    buffer = user_align(buffer);
    user_require(flags, buffer, sizeof(counts));
    memcpy(counts, buffer, sizeof(counts));
    buffer += sizeof(counts);
    if (counts[0] != counts[1] || !counts[0] || counts[0] > OBJREF_SIZE_MAX)
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    user_require(flags, buffer, counts[0]);

    if (FAILED(hr = user_interface_read(buffer, counts[0], iid, &new_object)))
        RpcRaiseException(hr);
    if (*object)
        IUnknown_Release(*object);
    *object = new_object;
    return buffer + counts[0];
}

void WINAPI WdtpInterfacePointer_UserFree(IUnknown *object)
{
    if (object)
        IUnknown_Release(object);
}

/* The same in NDR64: there is nothing in it that has another size. */
ULONG WINAPI WdtpInterfacePointer_UserSize64(ULONG *flags, ULONG context, ULONG size,
        IUnknown *object, REFIID iid)
{
    return WdtpInterfacePointer_UserSize(flags, context, size, object, iid);
}

BYTE *WINAPI WdtpInterfacePointer_UserMarshal64(ULONG *flags, ULONG context, BYTE *buffer,
        IUnknown *object, REFIID iid)
{
    return WdtpInterfacePointer_UserMarshal(flags, context, buffer, object, iid);
}

BYTE *WINAPI WdtpInterfacePointer_UserUnmarshal64(ULONG *flags, BYTE *buffer, IUnknown **object,
        REFIID iid)
{
    return WdtpInterfacePointer_UserUnmarshal(flags, buffer, object, iid);
}

void WINAPI WdtpInterfacePointer_UserFree64(IUnknown *object)
{
    WdtpInterfacePointer_UserFree(object);
}
