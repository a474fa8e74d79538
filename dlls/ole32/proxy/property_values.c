/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PROPVARIANTs in messages. What a variant holds is an element of some kind, a pointer to one, or
 * the number of elements and a pointer to them. Reading an element leaves PENDING where a pointer
 * will be; reading the rest puts the pointer there, or NULL after a failure.
 */
#include "property_wire.h"

#include <rpc.h>
#include <string.h>

#include "propvariant_type.h"
#include "user_wire.h"

#define PENDING ((void *)1)
#define VARIANT_LEAST 16 /* bytes in a message */

enum shape
{
    SHAPE_NOTHING,
    SHAPE_ELEMENT,
    SHAPE_POINTER,
    SHAPE_VECTOR,
};

struct contents
{
    enum shape shape;
    enum propvariant_kind kind; /* of the element */
    ULONG size;                 /* of the element, in memory */
    VARTYPE type;               /* VT_TYPEMASK */
};

/* Wine's oleaut32 sends arrays of errors and of DECIMALs without their elements, and makes of one
 * of interfaces an array that does not release them. */
static BOOL array_is_sent(VARTYPE element)
{
    return element != VT_ERROR && element != VT_DECIMAL && element != VT_UNKNOWN
            && element != VT_DISPATCH;
}

/* What a variant of this type holds; FALSE: nothing that could be sent. */
static BOOL contents_of(VARTYPE type, struct contents *contents)
{
    struct propvariant_type all = propvariant_type_of(type), base;

    memset(contents, 0, sizeof(*contents));
    contents->type = type & VT_TYPEMASK;
    if (all.kind == KIND_INVALID || (type & VT_ARRAY && !array_is_sent(contents->type)))
        return FALSE;
    if (all.kind == KIND_VECTOR)
    {
        contents->shape = SHAPE_VECTOR;
        contents->kind = all.element;
        contents->size = (ULONG)all.element_size;
        return TRUE;
    }
    if (type & VT_ARRAY)
    {
        contents->shape = type & VT_BYREF ? SHAPE_POINTER : SHAPE_ELEMENT;
        contents->kind = KIND_SAFEARRAY;
        contents->size = sizeof(SAFEARRAY *);
        return TRUE;
    }
    if (type & VT_BYREF)
    {
        contents->shape = SHAPE_POINTER;
        /* There is no VT_VARIANT alone, to be asked for. */
        base = propvariant_type_of(contents->type);
        contents->kind = contents->type == VT_VARIANT ? KIND_VARIANT : base.kind;
        contents->size =
                contents->type == VT_VARIANT ? sizeof(PROPVARIANT) : (ULONG)base.element_size;
        return TRUE;
    }
    contents->shape = SHAPE_ELEMENT;
    contents->kind = all.kind;
    contents->size = (ULONG)all.element_size;
    switch (all.kind)
    {
    case KIND_PLAIN:
        if (!contents->size)
            contents->shape = SHAPE_NOTHING;
        else if (contents->type == VT_DECIMAL)
            contents->size = 8; /* what is not in the variant's head */
        break;
    case KIND_CLSID:
        contents->kind = KIND_PLAIN;
        /* fall through */
    case KIND_CLIPDATA:
        contents->shape = SHAPE_POINTER;
        break;
    default:
        break;
    }
    return TRUE;
}

static ULONG alignment_of(const struct contents *contents)
{
    if (contents->type == VT_FILETIME || contents->type == VT_CLSID)
        return 4;
    return contents->size > 8 ? 8 : contents->size;
}

static REFIID interface_of(VARTYPE type)
{
    switch (type)
    {
    case VT_STREAM:
    case VT_STREAMED_OBJECT:
        return &IID_IStream;
    case VT_STORAGE:
    case VT_STORED_OBJECT:
        return &IID_IStorage;
    case VT_DISPATCH:
        return &IID_IDispatch;
    default:
        return &IID_IUnknown;
    }
}

/* Bytes which an element takes in a message at least. */
static SIZE_T least_of(const struct contents *contents)
{
    switch (contents->kind)
    {
    case KIND_PLAIN:
        return contents->size;
    case KIND_VARIANT:
        return VARIANT_LEAST;
    default:
        return sizeof(DWORD);
    }
}

/* A CLIPDATA's size counts its format, too. */
static BOOL clipboard_valid(const CLIPDATA *data)
{
    return data->cbSize >= sizeof(data->ulClipFmt);
}

/* ---- writing ---- */

static void variant_put(struct user_wire *wire, const PROPVARIANT *value);
static void variant_put_rest(struct user_wire *wire, const PROPVARIANT *value, unsigned int depth);

/* Nothing can be counted that is not there. */
static void counted_put(struct user_wire *wire, const void *pointer, ULONG count)
{
    if (!pointer && count)
        wire_fail(wire, RPC_X_NULL_REF_POINTER);
    wire_put_pointer(wire, pointer != NULL);
}

static void element_put(struct user_wire *wire, const struct contents *contents, const void *at)
{
    const CLIPDATA *data = at;
    const BLOB *blob = at;

    switch (contents->kind)
    {
    case KIND_PLAIN:
        property_put_align(wire, alignment_of(contents));
        wire_put_bytes(wire, at, contents->size);
        break;
    case KIND_BLOB:
        wire_put_long(wire, blob->cbSize);
        counted_put(wire, blob->pBlobData, blob->cbSize);
        break;
    case KIND_CLIPDATA:
        if (!clipboard_valid(data))
            wire_fail(wire, (DWORD)E_INVALIDARG);
        wire_put_long(wire, data->cbSize);
        wire_put_long(wire, (DWORD)data->ulClipFmt);
        counted_put(wire, data->pClipData, data->cbSize - sizeof(data->ulClipFmt));
        break;
    case KIND_VARIANT:
        variant_put(wire, at);
        break;
    case KIND_BSTR:
    case KIND_SAFEARRAY:
        wire_put_pointer(wire, TRUE); /* their routines write NULL, too */
        break;
    default:
        wire_put_pointer(wire, *(void *const *)at != NULL);
        break;
    }
}

static void versioned_put(struct user_wire *wire, const VERSIONEDSTREAM *versioned)
{
    wire_align(wire);
    wire_put_bytes(wire, &versioned->guidVersion, sizeof(versioned->guidVersion));
    wire_put_pointer(wire, versioned->pStream != NULL);
    wire_put_interface(wire, (IUnknown *)versioned->pStream, &IID_IStream);
}

static void element_put_rest(struct user_wire *wire, const struct contents *contents,
        const void *at, unsigned int depth)
{
    const CLIPDATA *data = at;
    const BLOB *blob = at;
    void *pointer;

    switch (contents->kind)
    {
    case KIND_PLAIN:
        return;
    case KIND_BLOB:
        if (blob->pBlobData)
            property_put_blob(wire, blob->pBlobData, blob->cbSize);
        return;
    case KIND_CLIPDATA:
        if (data->pClipData && clipboard_valid(data))
            property_put_blob(wire, data->pClipData, data->cbSize - sizeof(data->ulClipFmt));
        return;
    case KIND_VARIANT:
        variant_put_rest(wire, at, depth + 1);
        return;
    case KIND_BSTR:
        property_put_bstr(wire, *(const BSTR *)at);
        return;
    case KIND_SAFEARRAY:
        property_put_array(wire, *(SAFEARRAY *const *)at);
        return;
    default:
        break;
    }
    if (!(pointer = *(void *const *)at))
        return;
    if (contents->kind == KIND_LPSTR)
        property_put_text(wire, pointer, sizeof(char));
    else if (contents->kind == KIND_LPWSTR)
        property_put_text(wire, pointer, sizeof(WCHAR));
    else if (contents->kind == KIND_VERSIONED_STREAM)
        versioned_put(wire, pointer);
    else
        wire_put_interface(wire, pointer, interface_of(contents->type));
}

static void variant_put(struct user_wire *wire, const PROPVARIANT *value)
{
    struct contents contents;

    if (!contents_of(value->vt, &contents))
        wire_fail(wire, RPC_S_INVALID_TAG);
    property_put_align(wire, 8);
    wire_put_bytes(wire, value, 8); /* vt, and what is reserved */
    wire_put_bytes(wire, &value->vt, sizeof(value->vt));
    property_put_align(wire, 8);
    switch (contents.shape)
    {
    case SHAPE_NOTHING:
        break;
    case SHAPE_ELEMENT:
        element_put(wire, &contents, &value->pszVal);
        break;
    case SHAPE_POINTER:
        wire_put_pointer(wire, value->pszVal != NULL);
        break;
    case SHAPE_VECTOR:
        wire_put_long(wire, value->caub.cElems);
        counted_put(wire, value->caub.pElems, value->caub.cElems);
        break;
    }
}

static void elements_put(struct user_wire *wire, const struct contents *contents, const void *from,
        ULONG count, unsigned int depth)
{
    const BYTE *element = from;

    for (ULONG i = 0; i < count && !wire->failure; i++)
        element_put(wire, contents, element + (SIZE_T)i * contents->size);
    for (ULONG i = 0; i < count && !wire->failure; i++)
        element_put_rest(wire, contents, element + (SIZE_T)i * contents->size, depth);
}

static void variant_put_rest(struct user_wire *wire, const PROPVARIANT *value, unsigned int depth)
{
    struct contents contents;

    if (depth > PROPVARIANT_DEPTH)
        wire_fail(wire, (DWORD)E_INVALIDARG);
    if (!contents_of(value->vt, &contents) || wire->failure)
        return;
    if (contents.shape == SHAPE_ELEMENT)
        element_put_rest(wire, &contents, &value->pszVal, depth);
    else if (contents.shape == SHAPE_POINTER && value->pszVal)
        elements_put(wire, &contents, value->pszVal, 1, depth);
    else if (contents.shape == SHAPE_VECTOR && value->caub.pElems)
    {
        wire_put_long(wire, value->caub.cElems);
        elements_put(wire, &contents, value->caub.pElems, value->caub.cElems, depth);
    }
}

void property_values_put(struct user_wire *wire, const PROPVARIANT *values, ULONG count)
{
    const struct contents contents = {SHAPE_ELEMENT, KIND_VARIANT, sizeof(*values), VT_VARIANT};

    elements_put(wire, &contents, values, count, 0);
}

/* ---- reading ---- */

static void variant_get(struct user_wire *wire, PROPVARIANT *value);
static void variant_get_rest(struct user_wire *wire, PROPVARIANT *value, unsigned int depth);

static void *pointer_get(struct user_wire *wire)
{
    return wire_get_long(wire) ? PENDING : NULL;
}

static void *counted_get(struct user_wire *wire, ULONG count)
{
    void *pointer = pointer_get(wire);

    if (!pointer && count)
        wire_bad(wire);
    return pointer;
}

static void element_get(struct user_wire *wire, const struct contents *contents, void *at)
{
    CLIPDATA *data = at;
    const BYTE *bytes;
    BLOB *blob = at;

    switch (contents->kind)
    {
    case KIND_PLAIN:
        property_get_align(wire, alignment_of(contents));
        if ((bytes = wire_get_bytes(wire, contents->size)))
            memcpy(at, bytes, contents->size);
        break;
    case KIND_BLOB:
        blob->cbSize = wire_get_long(wire);
        blob->pBlobData = counted_get(wire, blob->cbSize);
        break;
    case KIND_CLIPDATA:
        data->cbSize = wire_get_long(wire);
        data->ulClipFmt = (LONG)wire_get_long(wire);
        if (!clipboard_valid(data))
            wire_bad(wire);
        data->pClipData = counted_get(wire, data->cbSize - sizeof(data->ulClipFmt));
        break;
    case KIND_VARIANT:
        variant_get(wire, at);
        break;
    default:
        *(void **)at = pointer_get(wire);
        break;
    }
}

static VERSIONEDSTREAM *versioned_get(struct user_wire *wire)
{
    VERSIONEDSTREAM *versioned = property_get_room(wire, 1, sizeof(*versioned), sizeof(GUID));
    const BYTE *bytes;

    if (!versioned)
        return NULL;
    wire_align(wire);
    if ((bytes = wire_get_bytes(wire, sizeof(GUID))))
        memcpy(&versioned->guidVersion, bytes, sizeof(GUID));
    if (wire_get_long(wire))
        wire_get_interface(wire, &IID_IStream, (IUnknown **)&versioned->pStream);
    if (!wire->failure)
        return versioned;
    CoTaskMemFree(versioned);
    return NULL;
}

/* What a pointer leads to that is no more than that. */
static void *pointed_get(struct user_wire *wire, const struct contents *contents)
{
    IUnknown *object = NULL;

    switch (contents->kind)
    {
    case KIND_LPSTR:
        return property_get_text(wire, sizeof(char));
    case KIND_LPWSTR:
        return property_get_text(wire, sizeof(WCHAR));
    case KIND_BSTR:
        return property_get_bstr(wire);
    case KIND_SAFEARRAY:
        return property_get_array(wire, contents->type);
    case KIND_VERSIONED_STREAM:
        return versioned_get(wire);
    default:
        wire_get_interface(wire, interface_of(contents->type), &object);
        return object;
    }
}

static void element_get_rest(struct user_wire *wire, const struct contents *contents, void *at,
        unsigned int depth)
{
    CLIPDATA *data = at;
    BLOB *blob = at;
    void *pointer;

    switch (contents->kind)
    {
    case KIND_PLAIN:
        return;
    case KIND_BLOB:
        if (blob->pBlobData)
            blob->pBlobData = wire->failure ? NULL : property_get_blob(wire, blob->cbSize);
        return;
    case KIND_CLIPDATA:
        if (data->pClipData)
            data->pClipData = wire->failure
                    ? NULL
                    : property_get_blob(wire, data->cbSize - sizeof(data->ulClipFmt));
        return;
    case KIND_VARIANT:
        variant_get_rest(wire, at, depth + 1);
        return;
    default:
        break;
    }
    memcpy(&pointer, at, sizeof(pointer));
    if (pointer)
        pointer = wire->failure ? NULL : pointed_get(wire, contents);
    memcpy(at, &pointer, sizeof(pointer));
}

static void variant_get(struct user_wire *wire, PROPVARIANT *value)
{
    struct contents contents = {0};
    const BYTE *head, *tag;
    VARTYPE type = 0;

    property_get_align(wire, 8);
    head = wire_get_bytes(wire, 8);
    tag = wire_get_bytes(wire, sizeof(type));
    if (!head || !tag)
        return;
    memcpy(&type, head, sizeof(type));
    if (memcmp(tag, &type, sizeof(type)))
        wire_bad(wire);
    else if (!contents_of(type, &contents))
        wire_fail(wire, RPC_S_INVALID_TAG);
    property_get_align(wire, 8);
    if (wire->failure)
        return;
    memcpy(value, head, 8);
    switch (contents.shape)
    {
    case SHAPE_NOTHING:
        break;
    case SHAPE_ELEMENT:
        element_get(wire, &contents, &value->pszVal);
        break;
    case SHAPE_POINTER:
        value->pszVal = pointer_get(wire);
        break;
    case SHAPE_VECTOR:
        value->caub.cElems = wire_get_long(wire);
        value->caub.pElems = counted_get(wire, value->caub.cElems);
        break;
    }
}

/* A block of so many elements; NULL after a failure. Once they are there the rest of each is read
 * in any case. */
static void *elements_get(struct user_wire *wire, const struct contents *contents, ULONG count,
        unsigned int depth)
{
    BYTE *elements = property_get_room(wire, count, contents->size, least_of(contents));

    for (ULONG i = 0; elements && i < count && !wire->failure; i++)
        element_get(wire, contents, elements + (SIZE_T)i * contents->size);
    for (ULONG i = 0; elements && i < count; i++)
        element_get_rest(wire, contents, elements + (SIZE_T)i * contents->size, depth);
    return elements;
}

static void variant_get_rest(struct user_wire *wire, PROPVARIANT *value, unsigned int depth)
{
    struct contents contents;
    ULONG count;

    if (depth > PROPVARIANT_DEPTH)
        wire_bad(wire);
    if (!contents_of(value->vt, &contents))
        return;
    if (contents.shape == SHAPE_ELEMENT)
        element_get_rest(wire, &contents, &value->pszVal, depth);
    else if (contents.shape == SHAPE_POINTER && value->pszVal)
        value->pszVal = elements_get(wire, &contents, 1, depth);
    else if (contents.shape == SHAPE_VECTOR && value->caub.pElems)
    {
        count = wire_get_long(wire);
        if (count != value->caub.cElems)
            wire_bad(wire);
        value->caub.pElems = elements_get(wire, &contents, value->caub.cElems, depth);
    }
}

void property_values_get(struct user_wire *wire, PROPVARIANTS *array)
{
    const struct contents contents = {SHAPE_ELEMENT, KIND_VARIANT, sizeof(*array->elements),
            VT_VARIANT};

    array->elements = elements_get(wire, &contents, array->count, 0);
    array->received = TRUE;
    if (!array->elements)
        array->count = 0;
}

/* ---- freeing ---- */

static void element_free(const struct contents *contents, void *at, unsigned int depth);

/* What VT_BYREF points to, which PropVariantClear takes for somebody else's. */
static void references_free(PROPVARIANT *value, unsigned int depth)
{
    struct contents contents;

    if (depth > PROPVARIANT_DEPTH + 1 || !contents_of(value->vt, &contents))
        return;
    if (value->vt & VT_BYREF)
    {
        if (value->pszVal)
            element_free(&contents, value->pszVal, depth);
        CoTaskMemFree(value->pszVal);
        memset(value, 0, sizeof(*value));
        return;
    }
    if (contents.shape != SHAPE_VECTOR || contents.kind != KIND_VARIANT)
        return;
    for (ULONG i = 0; value->capropvar.pElems && i < value->capropvar.cElems; i++)
        references_free(&value->capropvar.pElems[i], depth + 1);
}

static void element_free(const struct contents *contents, void *at, unsigned int depth)
{
    if (contents->kind == KIND_VARIANT)
        references_free(at, depth + 1);
    propvariant_element_clear(contents->kind, at, depth);
}

void property_values_free(PROPVARIANTS *array)
{
    for (ULONG i = 0; array->elements && i < array->count; i++)
    {
        if (array->received)
            references_free(&array->elements[i], 0);
        propvariant_clear(&array->elements[i], 0);
    }
    CoTaskMemFree(array->elements);
    memset(array, 0, sizeof(*array));
}
