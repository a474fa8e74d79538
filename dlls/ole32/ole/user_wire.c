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

static void wire_begin(struct user_wire *wire, ULONG *flags, BOOL copy)
{
    DWORD context = user_context(flags);

    memset(wire, 0, sizeof(*wire));
    wire->flags = flags;
    wire->in_place = !copy && (context == MSHCTX_INPROC || context == MSHCTX_CROSSCTX);
}

void wire_measure(struct user_wire *wire, ULONG *flags, ULONG size, BOOL copy)
{
    wire_begin(wire, flags, copy);
    wire->measuring = TRUE;
    wire->at = size;
    wire->end = SIZE_MAX_MESSAGE;
}

void wire_write(struct user_wire *wire, ULONG *flags, BYTE *buffer, BOOL copy)
{
    wire_begin(wire, flags, copy);
    wire->at = (ULONG_PTR)buffer;
}

void wire_read(struct user_wire *wire, ULONG *flags, BYTE *buffer, BOOL copy)
{
    wire_begin(wire, flags, copy);
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

void wire_align(struct user_wire *wire)
{
    wire_advance(wire, (4 - (wire->at & 3)) & 3);
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

void wire_put_long(struct user_wire *wire, DWORD value)
{
    static const BYTE padding[4];

    wire_put_bytes(wire, padding, (4 - (wire->at & 3)) & 3);
    wire_put_bytes(wire, &value, sizeof(value));
}

void wire_put_pointer(struct user_wire *wire, BOOL follows)
{
    wire_put_long(wire, follows ? REFERENT : 0);
}

void wire_put_interface(struct user_wire *wire, IUnknown *object, REFIID iid)
{
    DWORD context = user_context(wire->flags);
    ULONG size;

    if (wire->failure || !object)
        return;
    if (!wire->measuring)
    {
        wire->at = (ULONG_PTR)WdtpInterfacePointer_UserMarshal(wire->flags, context,
                (BYTE *)wire->at, object, iid);
        return;
    }
    size = WdtpInterfacePointer_UserSize(wire->flags, context, (ULONG)wire->at, object, iid);
    wire_advance(wire, size - (ULONG)wire->at);
}

BOOL wire_put_handle(struct user_wire *wire, HANDLE handle)
{
    if (!wire->in_place)
    {
        wire_put_long(wire, TAG_CONTENTS);
        wire_put_pointer(wire, handle != NULL);
        return handle != NULL;
    }
    wire_put_long(wire, sizeof(handle) > 4 ? TAG_IN_PLACE64 : TAG_IN_PLACE);
    /* The 64-bit member of the union is at a multiple of eight. */
    if (sizeof(handle) > 4 && wire->at & 7)
        wire_put_long(wire, 0);
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

const BYTE *wire_get_bytes(struct user_wire *wire, SIZE_T size)
{
    return (const BYTE *)wire_advance(wire, size);
}

void wire_get_interface(struct user_wire *wire, REFIID iid, IUnknown **object)
{
    DWORD conformance = wire_get_long(wire), size = wire_get_long(wire);
    const BYTE *bytes;
    HRESULT hr;

    *object = NULL;
    if (size != conformance || !size)
        wire_bad(wire);
    if (!(bytes = wire_get_bytes(wire, size)))
        return;
    if (FAILED(hr = user_interface_read(bytes, size, iid, object)))
        wire_fail(wire, (DWORD)hr);
}

BOOL wire_get_handle(struct user_wire *wire, HANDLE *handle)
{
    DWORD tag = wire_get_long(wire);
    const BYTE *from;

    *handle = NULL;
    if (tag == TAG_CONTENTS)
        return wire_get_long(wire) != 0 && !wire->failure;
    /* Only somebody of this process knows its handles. */
    if (!wire->in_place || tag != (sizeof(*handle) > 4 ? TAG_IN_PLACE64 : TAG_IN_PLACE))
    {
        wire_bad(wire);
        return FALSE;
    }
    if (sizeof(*handle) > 4 && wire->at & 7)
        wire_get_long(wire);
    if ((from = wire_get_bytes(wire, sizeof(*handle))))
        memcpy(handle, from, sizeof(*handle));
    return FALSE;
}
