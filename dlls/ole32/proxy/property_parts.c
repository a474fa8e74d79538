/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "property_wire.h"

#include <oleauto.h>
#include <rpc.h>
#include <string.h>

#include "call_guard.h"
#include "oleaut.h"
#include "propvariant_type.h"
#include "user_wire.h"

#define NO_BSTR 0xffffffff /* bytes of a BSTR that is NULL */

void property_put_align(struct user_wire *wire, ULONG alignment)
{
    static const BYTE padding[8];

    wire_put_bytes(wire, padding, (alignment - (wire->at & (alignment - 1))) & (alignment - 1));
}

void property_get_align(struct user_wire *wire, ULONG alignment)
{
    wire_get_bytes(wire, (alignment - (wire->at & (alignment - 1))) & (alignment - 1));
}

void *property_get_room(struct user_wire *wire, ULONG count, SIZE_T size, SIZE_T least)
{
    void *room;

    if (wire->end && (wire->at > wire->end || count > (wire->end - wire->at) / least))
        wire_bad(wire);
    if (wire->failure)
        return NULL;
    if (count > MAXLONG / size || !(room = CoTaskMemAlloc(count * size)))
    {
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
        return NULL;
    }
    memset(room, 0, count * size);
    return room;
}

void property_put_text(struct user_wire *wire, const void *text, ULONG character)
{
    SIZE_T length = (character == 1 ? strlen(text) : wcslen(text)) + 1;

    if (length > MAXLONG / character)
    {
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
        return;
    }
    wire_put_long(wire, (DWORD)length);
    wire_put_long(wire, 0);
    wire_put_long(wire, (DWORD)length);
    wire_put_bytes(wire, text, length * character);
}

/* The receiver measures it again: there is no zero but the last. */
static BOOL text_ends(const BYTE *bytes, ULONG length, ULONG character)
{
    ULONG end = 0;

    if (character == 1)
    {
        const BYTE *zero = memchr(bytes, 0, length);

        return zero && zero + 1 == bytes + length;
    }
    while (end < length && (bytes[2 * end] || bytes[2 * end + 1]))
        end++;
    return end + 1 == length;
}

void *property_get_text(struct user_wire *wire, ULONG character)
{
    ULONG room = wire_get_long(wire), offset = wire_get_long(wire), length = wire_get_long(wire);
    const BYTE *bytes;
    void *text;

    if (room != length || offset || length > MAXLONG / character)
        wire_bad(wire);
    if (!(bytes = wire_get_bytes(wire, (SIZE_T)length * character)))
        return NULL;
    if (!text_ends(bytes, length, character))
    {
        wire_bad(wire);
        return NULL;
    }
    if (!(text = CoTaskMemAlloc((SIZE_T)length * character)))
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    else
        memcpy(text, bytes, (SIZE_T)length * character);
    return text;
}

void property_put_blob(struct user_wire *wire, const BYTE *bytes, ULONG size)
{
    wire_put_long(wire, size);
    wire_put_bytes(wire, bytes, size);
}

BYTE *property_get_blob(struct user_wire *wire, ULONG size)
{
    ULONG conformance = wire_get_long(wire);
    const BYTE *bytes;
    BYTE *copy;

    if (conformance != size)
        wire_bad(wire);
    if (!(bytes = wire_get_bytes(wire, size)))
        return NULL;
    if (!(copy = CoTaskMemAlloc(size)))
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    else
        memcpy(copy, bytes, size);
    return copy;
}

void property_put_bstr(struct user_wire *wire, BSTR text)
{
    const struct oleaut *oleaut = text ? oleaut_get() : NULL;
    ULONG size, words;

    if (!oleaut)
    {
        wire_put_long(wire, 0);
        wire_put_long(wire, NO_BSTR);
        wire_put_long(wire, 0);
        return;
    }
    size = oleaut->SysStringByteLen(text);
    words = size / 2 + size % 2;
    wire_put_long(wire, words);
    wire_put_long(wire, size);
    wire_put_long(wire, words);
    wire_put_bytes(wire, text, size);
    property_put_align(wire, 2);
}

BSTR property_get_bstr(struct user_wire *wire)
{
    ULONG conformance = wire_get_long(wire), size = wire_get_long(wire);
    ULONG words = wire_get_long(wire);
    const struct oleaut *oleaut;
    const BYTE *bytes;
    BSTR text = NULL;

    if (conformance != words || words != (size == NO_BSTR ? 0 : size / 2 + size % 2))
        wire_bad(wire);
    if (!(bytes = wire_get_bytes(wire, (SIZE_T)words * 2)) || size == NO_BSTR)
        return NULL;
    if ((oleaut = oleaut_get()))
        text = oleaut->SysAllocStringByteLen((const char *)bytes, size);
    if (!text)
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    return text;
}

/* ---- SAFEARRAYs: "LPSAFEARRAY_UserMarshal function (oleauto.h)" and its kin ---- */

void property_put_array(struct user_wire *wire, SAFEARRAY *array)
{
    const struct oleaut *oleaut = oleaut_get();

    if (!oleaut)
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    if (wire->failure)
        return;
    if (wire->measuring)
        wire->at = oleaut->LPSAFEARRAY_UserSize(wire->flags, (ULONG)wire->at, &array);
    else
        wire->at =
                (ULONG_PTR)oleaut->LPSAFEARRAY_UserMarshal(wire->flags, (BYTE *)wire->at, &array);
}

struct array_read
{
    const struct oleaut *oleaut;
    ULONG *flags;
    BYTE *buffer;
    SAFEARRAY *array;
};

static void __cdecl array_read(void *argument)
{
    struct array_read *read = argument;

    read->buffer = read->oleaut->LPSAFEARRAY_UserUnmarshal(read->flags, read->buffer, &read->array);
}

/* Whether the elements are what the variant says, or others of the same size: VT_INT is VT_I4 on
 * the wire, and so on. */
static BOOL array_is(const struct oleaut *oleaut, SAFEARRAY *array, VARTYPE type)
{
    struct propvariant_type wanted = propvariant_type_of(type), found;
    VARTYPE found_type = VT_EMPTY;

    if (FAILED(oleaut->SafeArrayGetVartype(array, &found_type)))
        return FALSE;
    found = propvariant_type_of(found_type);
    return found_type == type
            || (wanted.kind == KIND_PLAIN && found.kind == KIND_PLAIN
                    && wanted.element_size == found.element_size);
}

SAFEARRAY *property_get_array(struct user_wire *wire, VARTYPE type)
{
    struct array_read read = {oleaut_get(), wire->flags, (BYTE *)wire->at, NULL};
    DWORD code;

    if (!read.oleaut)
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    if (wire->failure)
        return NULL;
    if ((code = call_guarded(array_read, &read)))
        wire_fail(wire, code);
    else if (wire->end && (ULONG_PTR)read.buffer > wire->end)
        wire_bad(wire);
    else if (read.array && !array_is(read.oleaut, read.array, type))
        wire_bad(wire);
    if (!wire->failure)
    {
        wire->at = (ULONG_PTR)read.buffer;
        return read.array;
    }
    if (read.array && !code)
        read.oleaut->SafeArrayDestroy(read.array);
    return NULL;
}
