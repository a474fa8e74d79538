/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "propvariant_type.h"

enum allowed
{
    ALONE = 1,
    VECTOR = 2,
    ARRAY = 4,
    BYREF = 8,
};

struct type_row
{
    BYTE kind; /* enum propvariant_kind */
    BYTE size; /* as an element of a vector */
    BYTE allowed;
};

/* By the type, without its modifiers. */
static const struct type_row types[] = {
        [VT_EMPTY] = {KIND_PLAIN, 0, ALONE},
        [VT_NULL] = {KIND_PLAIN, 0, ALONE},
        [VT_I2] = {KIND_PLAIN, 2, ALONE | VECTOR | ARRAY | BYREF},
        [VT_I4] = {KIND_PLAIN, 4, ALONE | VECTOR | ARRAY | BYREF},
        [VT_R4] = {KIND_PLAIN, 4, ALONE | VECTOR | ARRAY | BYREF},
        [VT_R8] = {KIND_PLAIN, 8, ALONE | VECTOR | ARRAY | BYREF},
        [VT_CY] = {KIND_PLAIN, 8, ALONE | VECTOR | ARRAY | BYREF},
        [VT_DATE] = {KIND_PLAIN, 8, ALONE | VECTOR | ARRAY | BYREF},
        [VT_BSTR] = {KIND_BSTR, sizeof(BSTR), ALONE | VECTOR | ARRAY | BYREF},
        [VT_DISPATCH] = {KIND_INTERFACE, sizeof(void *), ALONE | ARRAY | BYREF},
        [VT_ERROR] = {KIND_PLAIN, 4, ALONE | VECTOR | ARRAY | BYREF},
        [VT_BOOL] = {KIND_PLAIN, 2, ALONE | VECTOR | ARRAY | BYREF},
        [VT_VARIANT] = {KIND_VARIANT, sizeof(PROPVARIANT), VECTOR | ARRAY | BYREF},
        [VT_UNKNOWN] = {KIND_INTERFACE, sizeof(void *), ALONE | ARRAY | BYREF},
        [VT_DECIMAL] = {KIND_PLAIN, 16, ALONE | ARRAY | BYREF},
        [VT_I1] = {KIND_PLAIN, 1, ALONE | VECTOR | ARRAY | BYREF},
        [VT_UI1] = {KIND_PLAIN, 1, ALONE | VECTOR | ARRAY | BYREF},
        [VT_UI2] = {KIND_PLAIN, 2, ALONE | VECTOR | ARRAY | BYREF},
        [VT_UI4] = {KIND_PLAIN, 4, ALONE | VECTOR | ARRAY | BYREF},
        [VT_I8] = {KIND_PLAIN, 8, ALONE | VECTOR},
        [VT_UI8] = {KIND_PLAIN, 8, ALONE | VECTOR},
        [VT_INT] = {KIND_PLAIN, 4, ALONE | ARRAY | BYREF},
        [VT_UINT] = {KIND_PLAIN, 4, ALONE | ARRAY | BYREF},
        [VT_LPSTR] = {KIND_LPSTR, sizeof(char *), ALONE | VECTOR},
        [VT_LPWSTR] = {KIND_LPWSTR, sizeof(WCHAR *), ALONE | VECTOR},
        [VT_FILETIME] = {KIND_PLAIN, 8, ALONE | VECTOR},
        [VT_BLOB] = {KIND_BLOB, sizeof(BLOB), ALONE},
        [VT_STREAM] = {KIND_INTERFACE, sizeof(void *), ALONE},
        [VT_STORAGE] = {KIND_INTERFACE, sizeof(void *), ALONE},
        [VT_STREAMED_OBJECT] = {KIND_INTERFACE, sizeof(void *), ALONE},
        [VT_STORED_OBJECT] = {KIND_INTERFACE, sizeof(void *), ALONE},
        [VT_BLOB_OBJECT] = {KIND_BLOB, sizeof(BLOB), ALONE},
        [VT_CF] = {KIND_CLIPDATA, sizeof(CLIPDATA), ALONE | VECTOR},
        [VT_CLSID] = {KIND_CLSID, sizeof(CLSID), ALONE | VECTOR},
        [VT_VERSIONED_STREAM] = {KIND_VERSIONED_STREAM, sizeof(void *), ALONE},
};

struct propvariant_type propvariant_type_of(VARTYPE type)
{
    static const struct type_row bstr_blob = {KIND_BLOB, sizeof(BSTRBLOB), ALONE | VECTOR};
    const struct propvariant_type invalid = {KIND_INVALID, KIND_INVALID, 0};
    VARTYPE base = type & VT_TYPEMASK;
    const struct type_row *row = NULL;

    if (base < ARRAYSIZE(types))
        row = &types[base];
    else if (base == VT_BSTR_BLOB)
        row = &bstr_blob;
    if (!row)
        return invalid;
    switch (type & ~VT_TYPEMASK)
    {
    case 0:
        if (row->allowed & ALONE)
            return (struct propvariant_type){row->kind, KIND_INVALID, row->size};
        return invalid;
    case VT_VECTOR:
        if (!(row->allowed & VECTOR))
            return invalid;
        /* GUIDs and clipboard data lie in the vector itself. */
        return (struct propvariant_type){KIND_VECTOR,
                row->kind == KIND_CLSID ? KIND_PLAIN : (enum propvariant_kind)row->kind, row->size};
    case VT_ARRAY:
        if (row->allowed & ARRAY)
            return (struct propvariant_type){KIND_SAFEARRAY, KIND_INVALID, 0};
        return invalid;
    case VT_BYREF:
    case VT_BYREF | VT_ARRAY:
        /* A reference to what belongs to somebody else. */
        if (row->allowed & ((type & VT_ARRAY) ? ARRAY : BYREF))
            return (struct propvariant_type){KIND_PLAIN, KIND_INVALID, 0};
        return invalid;
    default:
        return invalid;
    }
}
