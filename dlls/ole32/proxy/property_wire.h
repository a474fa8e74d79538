/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arrays of IPropertyStorage's methods in messages: of PROPSPEC, of PROPVARIANT and of names, as
 * NDR has them for propidl.idl. The number of elements, the elements themselves, then what their
 * pointers lead to, one element after the other. The union of a PROPVARIANT has a discriminant of
 * two bytes, which is vt; its arm is at the next multiple of eight.
 */
#ifndef CONCIERGE_PROPERTY_WIRE_H
#define CONCIERGE_PROPERTY_WIRE_H

#include <windows.h>
#include <objbase.h>
#include <propidl.h>

struct user_wire;

/* Laid out like uPROPERTY_ARRAY of idl/properties.idl. What is received is a block of task memory,
 * of so many elements. */
typedef struct
{
    ULONG count;
    BOOL received; /* from the caller: what VT_BYREF points to was made for it */
    PROPSPEC *elements;
} PROPSPECS;

typedef struct
{
    ULONG count;
    BOOL received;
    PROPVARIANT *elements;
} PROPVARIANTS;

typedef struct
{
    ULONG count;
    BOOL received;
    LPOLESTR *elements;
} PROPNAMES;

#define PROPERTY_ARRAY(type)                                                                       \
    ULONG __RPC_USER type##_UserSize(ULONG *flags, ULONG size, type *array);                       \
    BYTE *__RPC_USER type##_UserMarshal(ULONG *flags, BYTE *buffer, type *array);                  \
    BYTE *__RPC_USER type##_UserUnmarshal(ULONG *flags, BYTE *buffer, type *array);                \
    void __RPC_USER type##_UserFree(ULONG *flags, type *array)

PROPERTY_ARRAY(PROPSPECS);
PROPERTY_ARRAY(PROPVARIANTS);
PROPERTY_ARRAY(PROPNAMES);
#undef PROPERTY_ARRAY

/* property_values.c. First all elements are written or read, then what they point to: the latter
 * also after a failure. What is read is in `array`, whatever becomes of it. */
void property_values_put(struct user_wire *wire, const PROPVARIANT *values, ULONG count);
void property_values_get(struct user_wire *wire, PROPVARIANTS *array);
void property_values_free(PROPVARIANTS *array);

/* property_parts.c: what is in the arrays. */

/* The next multiple of `alignment`, at most eight; what is skipped is zero. */
void property_put_align(struct user_wire *wire, ULONG alignment);
void property_get_align(struct user_wire *wire, ULONG alignment);

/* Room in task memory for the elements of an array that take at least `least` bytes each in the
 * message, zeroed; NULL after a failure. */
void *property_get_room(struct user_wire *wire, ULONG count, SIZE_T size, SIZE_T least);

/* Text with its zero, of one or two bytes a character. */
void property_put_text(struct user_wire *wire, const void *text, ULONG character);
void *property_get_text(struct user_wire *wire, ULONG character);

/* Bytes, whose number is known already. */
void property_put_blob(struct user_wire *wire, const BYTE *bytes, ULONG size);
BYTE *property_get_blob(struct user_wire *wire, ULONG size);

/* A FLAGGED_WORD_BLOB of [MS-OAUT] 2.2.23. */
void property_put_bstr(struct user_wire *wire, BSTR text);
BSTR property_get_bstr(struct user_wire *wire);

/* By oleaut32's routines; its elements are of this type. */
void property_put_array(struct user_wire *wire, SAFEARRAY *array);
SAFEARRAY *property_get_array(struct user_wire *wire, VARTYPE type);

#endif
