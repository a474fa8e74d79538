/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "user_wire.h"

#include <rpc.h>
#include <rpcndr.h>

#include "user_buffer.h"

#define TAG_IN_PLACE 0x48746457   /* WDT_INPROC_CALL */
#define TAG_CONTENTS 0x52746457   /* WDT_REMOTE_CALL */
#define TAG_IN_PLACE64 0x50746457 /* WDT_INPROC64_CALL */
#define REFERENT 0x00020000       /* any number but 0 */
#define SIZE_MAX_MESSAGE 0x7fff0000

static void wire_begin(struct user_wire *wire, ULONG *flags, int kind)
{
    DWORD context = user_context(flags);

    memset(wire, 0, sizeof(*wire));
    wire->flags = flags;
    wire->wide = (kind & WIRE_NDR64) != 0;
    wire->in_place =
            !(kind & WIRE_COPY) && (context == MSHCTX_INPROC || context == MSHCTX_CROSSCTX);
}

void wire_measure(struct user_wire *wire, ULONG *flags, ULONG size, int kind)
{
    wire_begin(wire, flags, kind);
    wire->measuring = TRUE;
    wire->at = size;
    wire->end = SIZE_MAX_MESSAGE;
}

void wire_write(struct user_wire *wire, ULONG *flags, BYTE *buffer, int kind)
{
    wire_begin(wire, flags, kind);
    wire->at = (ULONG_PTR)buffer;
}

void wire_read(struct user_wire *wire, ULONG *flags, BYTE *buffer, int kind)
{
    wire_begin(wire, flags, kind);
    wire->at = (ULONG_PTR)buffer;
    wire->end = (ULONG_PTR)user_end(flags);
}

ULONG wire_measured(const struct user_wire *wire)
{
    if (wire->failure)
        RpcRaiseException(wire->failure);
    return (ULONG)wire->at;
}

BYTE *wire_done(const struct user_wire *wire)
{
    if (wire->failure)
        RpcRaiseException(wire->failure);
    return (BYTE *)wire->at;
}

void wire_fail(struct user_wire *wire, DWORD failure)
{
    if (!wire->failure)
        wire->failure = failure;
}

void wire_bad(struct user_wire *wire)
{
    wire_fail(wire, RPC_X_BAD_STUB_DATA);
}

/* Goes on by so many bytes: where they begin; 0 when they are not there. */
static ULONG_PTR wire_advance(struct user_wire *wire, SIZE_T size)
{
    ULONG_PTR from = wire->at;

    if (wire->end && (from > wire->end || size > wire->end - from))
        wire_bad(wire);
    if (wire->failure)
        return 0;
    wire->at += size;
    return from;
}

/* How many bytes are missing to a multiple of `size`, a power of two. */
static SIZE_T wire_missing(const struct user_wire *wire, SIZE_T size)
{
    return (size - (wire->at & (size - 1))) & (size - 1);
}

void wire_align(struct user_wire *wire)
{
    wire_advance(wire, wire_missing(wire, 4));
}

BYTE *wire_put_room(struct user_wire *wire, SIZE_T size)
{
    ULONG_PTR at = wire_advance(wire, size);

    return wire->measuring ? NULL : (BYTE *)at;
}

void wire_put_bytes(struct user_wire *wire, const void *bytes, SIZE_T size)
{
    BYTE *to = wire_put_room(wire, size);

    if (to)
        memcpy(to, bytes, size);
}

static void wire_put_padding(struct user_wire *wire, SIZE_T size)
{
    static const BYTE padding[8];

    wire_put_bytes(wire, padding, wire_missing(wire, size));
}

void wire_put_long(struct user_wire *wire, DWORD value)
{
    wire_put_padding(wire, 4);
    wire_put_bytes(wire, &value, sizeof(value));
}

void wire_put_gap(struct user_wire *wire)
{
    if (wire->wide)
        wire_put_padding(wire, 8);
}

void wire_put_count(struct user_wire *wire, DWORD count)
{
    wire_put_gap(wire);
    wire_put_long(wire, count);
    if (wire->wide)
        wire_put_long(wire, 0);
}

void wire_put_pointer(struct user_wire *wire, BOOL follows)
{
    wire_put_count(wire, follows ? REFERENT : 0);
}

void wire_put_text(struct user_wire *wire, const WCHAR *text)
{
    DWORD length = (DWORD)lstrlenW(text) + 1;

    wire_put_count(wire, length);
    wire_put_count(wire, 0);
    wire_put_count(wire, length);
    wire_put_bytes(wire, text, length * sizeof(*text));
}

void wire_put_interface(struct user_wire *wire, IUnknown *object, REFIID iid)
{
    DWORD context = user_context(wire->flags);
    IStream *stream = NULL;
    ULONG size = 0;
    HRESULT hr;
    BYTE *to;

    if (wire->failure || !object)
        return;
    if (wire->measuring)
        hr = CoGetMarshalSizeMax(&size, iid, object, context, NULL, MSHLFLAGS_NORMAL);
    else
        hr = user_interface_write(object, iid, context, &stream, &size);
    if (FAILED(hr))
    {
        wire_fail(wire, (DWORD)hr);
        return;
    }
    wire_put_count(wire, size);
    wire_put_long(wire, size);
    to = wire_put_room(wire, size);
    if (stream)
    {
        if (to && FAILED(hr = IStream_Read(stream, to, size, NULL)))
            wire_fail(wire, (DWORD)hr);
        IStream_Release(stream);
    }
}

BOOL wire_put_handle(struct user_wire *wire, HANDLE handle)
{
    wire_put_gap(wire);
    if (!wire->in_place)
    {
        wire_put_long(wire, TAG_CONTENTS);
        wire_put_pointer(wire, handle != NULL);
        return handle != NULL;
    }
    wire_put_long(wire, sizeof(handle) > 4 ? TAG_IN_PLACE64 : TAG_IN_PLACE);
    /* The 64-bit member of the union is at a multiple of eight. */
    wire_put_gap(wire);
    if (sizeof(handle) > 4)
        wire_put_padding(wire, 8);
    wire_put_bytes(wire, &handle, sizeof(handle));
    return FALSE;
}

DWORD wire_get_long(struct user_wire *wire)
{
    const BYTE *from;
    DWORD value = 0;

    wire_align(wire);
    if ((from = wire_get_bytes(wire, sizeof(value))))
        memcpy(&value, from, sizeof(value));
    return value;
}

void wire_get_gap(struct user_wire *wire)
{
    if (wire->wide)
        wire_advance(wire, wire_missing(wire, 8));
}

DWORD wire_get_count(struct user_wire *wire)
{
    DWORD count;

    wire_get_gap(wire);
    count = wire_get_long(wire);
    /* No message has so many of anything. */
    if (wire->wide && wire_get_long(wire))
        wire_bad(wire);
    return wire->failure ? 0 : count;
}

BOOL wire_get_pointer(struct user_wire *wire)
{
    DWORD low, high = 0;

    wire_get_gap(wire);
    low = wire_get_long(wire);
    if (wire->wide)
        high = wire_get_long(wire);
    return !wire->failure && (low || high);
}

const BYTE *wire_get_bytes(struct user_wire *wire, SIZE_T size)
{
    return (const BYTE *)wire_advance(wire, size);
}

WCHAR *wire_get_text(struct user_wire *wire)
{
    DWORD room = wire_get_count(wire), offset = wire_get_count(wire), length = wire_get_count(wire);
    const BYTE *bytes;
    WCHAR *text;

    if (!length || length > MAXLONG || room != length || offset)
        wire_bad(wire);
    if (!(bytes = wire_get_bytes(wire, (SIZE_T)length * sizeof(*text))))
        return NULL;
    if (!(text = CoTaskMemAlloc((SIZE_T)length * sizeof(*text))))
    {
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
        return NULL;
    }
    memcpy(text, bytes, (SIZE_T)length * sizeof(*text));
    if (!text[length - 1] && (DWORD)lstrlenW(text) + 1 == length)
        return text;
    CoTaskMemFree(text);
    wire_bad(wire);
    return NULL;
}

void wire_get_interface(struct user_wire *wire, REFIID iid, IUnknown **object)
{
    DWORD conformance = wire_get_count(wire), size = wire_get_long(wire);
    const BYTE *bytes;
    HRESULT hr;

    *object = NULL;
    if (size != conformance || !size || size > SIZE_MAX_MESSAGE)
        wire_bad(wire);
    if (!(bytes = wire_get_bytes(wire, size)))
        return;
    if (FAILED(hr = user_interface_read(bytes, size, iid, object)))
        wire_fail(wire, (DWORD)hr);
}

BOOL wire_get_handle(struct user_wire *wire, HANDLE *handle)
{
    const BYTE *from;
    DWORD tag;

    *handle = NULL;
    wire_get_gap(wire);
    tag = wire_get_long(wire);
    if (tag == TAG_CONTENTS)
        return wire_get_pointer(wire);
    /* Only somebody of this process knows its handles. */
    if (!wire->in_place || tag != (sizeof(*handle) > 4 ? TAG_IN_PLACE64 : TAG_IN_PLACE))
    {
        wire_bad(wire);
        return FALSE;
    }
    wire_get_gap(wire);
    if (sizeof(*handle) > 4)
        wire_advance(wire, wire_missing(wire, 8));
    if ((from = wire_get_bytes(wire, sizeof(*handle))))
        memcpy(handle, from, sizeof(*handle));
    return FALSE;
}
