/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interface pointers inside of [user_marshal] types, such as a VARIANT: oleaut32.dll calls these.
 * On the wire they are an MInterfacePointer of [MS-DCOM] 2.2.14, as a conformant structure: the
 * count of bytes as conformance, the count, then the OBJREF. For no pointer nothing is written.
 */
#include "user_buffer.h"
#include "user_wire.h"

#include <rpc.h>

#define INTERFACE_FUNCTIONS(suffix, kind)                                                          \
    ULONG WINAPI WdtpInterfacePointer_UserSize##suffix(ULONG *flags, ULONG context, ULONG size,    \
            IUnknown *object, REFIID iid);                                                         \
    BYTE *WINAPI WdtpInterfacePointer_UserMarshal##suffix(ULONG *flags, ULONG context,             \
            BYTE *buffer, IUnknown *object, REFIID iid);                                           \
    BYTE *WINAPI WdtpInterfacePointer_UserUnmarshal##suffix(ULONG *flags, BYTE *buffer,            \
            IUnknown **object, REFIID iid);                                                        \
    void WINAPI WdtpInterfacePointer_UserFree##suffix(IUnknown *object);                           \
                                                                                                   \
    /* The size with this pointer in it; raises what CoGetMarshalSizeMax returns. */               \
    ULONG WINAPI WdtpInterfacePointer_UserSize##suffix(ULONG *flags, ULONG context, ULONG size,    \
            IUnknown *object, REFIID iid)                                                          \
    {                                                                                              \
        struct user_wire wire;                                                                     \
                                                                                                   \
        (void)flags;                                                                               \
        wire_measure(&wire, &context, size, kind);                                                 \
        wire_put_interface(&wire, object, iid);                                                    \
        return wire_measured(&wire);                                                               \
    }                                                                                              \
    BYTE *WINAPI WdtpInterfacePointer_UserMarshal##suffix(ULONG *flags, ULONG context,             \
            BYTE *buffer, IUnknown *object, REFIID iid)                                            \
    {                                                                                              \
        struct user_wire wire;                                                                     \
                                                                                                   \
        (void)flags;                                                                               \
        wire_write(&wire, &context, buffer, kind);                                                 \
        wire_put_interface(&wire, object, iid);                                                    \
        return wire_done(&wire);                                                                   \
    }                                                                                              \
    /* Replaces *object, which is released. */                                                     \
    BYTE *WINAPI WdtpInterfacePointer_UserUnmarshal##suffix(ULONG *flags, BYTE *buffer,            \
            IUnknown **object, REFIID iid)                                                         \
    {                                                                                              \
        IUnknown *fresh = NULL;                                                                    \
        struct user_wire wire;                                                                     \
                                                                                                   \
        wire_read(&wire, flags, buffer, kind);                                                     \
        wire_get_interface(&wire, iid, &fresh);                                                    \
        buffer = wire_done(&wire);                                                                 \
        if (*object)                                                                               \
            IUnknown_Release(*object);                                                             \
        *object = fresh;                                                                           \
        return buffer;                                                                             \
    }                                                                                              \
    void WINAPI WdtpInterfacePointer_UserFree##suffix(IUnknown *object)                            \
    {                                                                                              \
        if (object)                                                                                \
            IUnknown_Release(object);                                                              \
    }

/* clang-format off */
INTERFACE_FUNCTIONS(, WIRE_PLAIN)
INTERFACE_FUNCTIONS(64, WIRE_NDR64)
/* clang-format on */

/* In a stream of its own: a marshaller may write less than it announced. */
HRESULT user_interface_write(IUnknown *object, REFIID iid, DWORD context, IStream **stream,
        ULONG *size)
{
    LARGE_INTEGER start = {0};
    ULARGE_INTEGER end;
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, stream);

    if (FAILED(hr))
        return hr;
    hr = CoMarshalInterface(*stream, iid, object, context, NULL, MSHLFLAGS_NORMAL);
    if (FAILED(hr))
    {
        IStream_Release(*stream);
        return hr;
    }
    IStream_Seek(*stream, start, STREAM_SEEK_CUR, &end);
    IStream_Seek(*stream, start, STREAM_SEEK_SET, NULL);
    *size = end.u.LowPart;
    return S_OK;
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
