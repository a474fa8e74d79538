/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a PROPVARIANT of each type holds. propidlbase/ns-propidlbase-propvariant */
#ifndef CONCIERGE_PROPVARIANT_TYPE_H
#define CONCIERGE_PROPVARIANT_TYPE_H

#include <windows.h>
#include <objbase.h>
#include <propidl.h>

enum propvariant_kind
{
    KIND_INVALID, /* no type of a PROPVARIANT */
    KIND_PLAIN,   /* the value itself */
    KIND_LPSTR,   /* the rest: a pointer, NULL allowed */
    KIND_LPWSTR,
    KIND_BSTR,
    KIND_CLSID,
    KIND_CLIPDATA,
    KIND_BLOB, /* BLOB, and the BSTRBLOB of VT_BSTR_BLOB */
    KIND_INTERFACE,
    KIND_VERSIONED_STREAM,
    KIND_VARIANT,
    KIND_SAFEARRAY,
    KIND_VECTOR,
};

struct propvariant_type
{
    enum propvariant_kind kind;
    enum propvariant_kind element; /* of a vector */
    size_t element_size;
};

/* What `type` means; KIND_INVALID for what the documentation does not allow. */
struct propvariant_type propvariant_type_of(VARTYPE type);

/* How deep variants may lie in vectors of variants. */
#define PROPVARIANT_DEPTH 64

/* PropVariantClear of something at this depth. */
HRESULT propvariant_clear(PROPVARIANT *value, unsigned int depth);

/* Frees one element of a vector, or one value. */
HRESULT propvariant_element_clear(enum propvariant_kind kind, void *element, unsigned int depth);

#endif
