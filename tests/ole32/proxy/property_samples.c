/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "property_samples.h"
#include "variant_sizes.h"

#include <oleauto.h>
#include <string.h>

#define ELEMENTS 3u /* of vectors and arrays */
#define BLOB_SIZE 100000u
#define TOKEN 0x900

const VARTYPE sample_types[] = {VT_EMPTY, VT_NULL, VT_I1, VT_UI1, VT_I2, VT_UI2, VT_BOOL, VT_I4,
        VT_UI4, VT_INT, VT_UINT, VT_R4, VT_ERROR, VT_I8, VT_UI8, VT_R8, VT_CY, VT_DATE, VT_FILETIME,
        VT_DECIMAL, VT_CLSID, VT_BLOB, VT_BLOB_OBJECT, VT_BSTR_BLOB, VT_CF, VT_STREAM,
        VT_STREAMED_OBJECT, VT_STORAGE, VT_STORED_OBJECT, VT_VERSIONED_STREAM, VT_BSTR, VT_LPSTR,
        VT_LPWSTR, VT_UNKNOWN, VT_DISPATCH, VT_VECTOR | VT_I1, VT_VECTOR | VT_UI1,
        VT_VECTOR | VT_I2, VT_VECTOR | VT_UI2, VT_VECTOR | VT_BOOL, VT_VECTOR | VT_I4,
        VT_VECTOR | VT_UI4, VT_VECTOR | VT_R4, VT_VECTOR | VT_ERROR, VT_VECTOR | VT_I8,
        VT_VECTOR | VT_UI8, VT_VECTOR | VT_R8, VT_VECTOR | VT_CY, VT_VECTOR | VT_DATE,
        VT_VECTOR | VT_FILETIME, VT_VECTOR | VT_CLSID, VT_VECTOR | VT_CF, VT_VECTOR | VT_BSTR,
        VT_VECTOR | VT_BSTR_BLOB, VT_VECTOR | VT_LPSTR, VT_VECTOR | VT_LPWSTR,
        VT_VECTOR | VT_VARIANT, VT_ARRAY | VT_I1, VT_ARRAY | VT_UI1, VT_ARRAY | VT_I2,
        VT_ARRAY | VT_UI2, VT_ARRAY | VT_I4, VT_ARRAY | VT_UI4, VT_ARRAY | VT_INT,
        VT_ARRAY | VT_UINT, VT_ARRAY | VT_R4, VT_ARRAY | VT_R8, VT_ARRAY | VT_CY,
        VT_ARRAY | VT_DATE, VT_ARRAY | VT_BOOL, VT_ARRAY | VT_BSTR, VT_ARRAY | VT_VARIANT,
        /* by reference */
        VT_BYREF | VT_I1, VT_BYREF | VT_UI1, VT_BYREF | VT_I2, VT_BYREF | VT_UI2, VT_BYREF | VT_I4,
        VT_BYREF | VT_UI4, VT_BYREF | VT_INT, VT_BYREF | VT_UINT, VT_BYREF | VT_R4,
        VT_BYREF | VT_R8, VT_BYREF | VT_BOOL, VT_BYREF | VT_DECIMAL, VT_BYREF | VT_ERROR,
        VT_BYREF | VT_CY, VT_BYREF | VT_DATE, VT_BYREF | VT_BSTR, VT_BYREF | VT_UNKNOWN,
        VT_BYREF | VT_DISPATCH, VT_BYREF | VT_VARIANT, VT_BYREF | VT_ARRAY | VT_I4,
        VT_BYREF | VT_ARRAY | VT_BSTR};
const unsigned int sample_reference_count = 21, sample_count = ARRAYSIZE(sample_types);

/* Bytes of what lies in the variant, the vector or the array itself; 0: something else does. */
static ULONG plain_size(VARTYPE type)
{
    switch (type)
    {
    case VT_FILETIME:
        return 8;
    case VT_CLSID:
        return 16;
    default:
        return variant_plain_size(type);
    }
}

static ULONG element_size(VARTYPE type)
{
    switch (type)
    {
    case VT_CF:
        return sizeof(CLIPDATA);
    case VT_BSTR_BLOB:
        return sizeof(BSTRBLOB);
    case VT_VARIANT:
        return sizeof(PROPVARIANT);
    case VT_DECIMAL:
        return sizeof(DECIMAL);
    default:
        return plain_size(type) ? plain_size(type) : sizeof(void *);
    }
}

/* ---- the parts ---- */

static BYTE *bytes_make(ULONG size)
{
    BYTE *bytes = CoTaskMemAlloc(size);

    pattern_fill(bytes, size);
    return bytes;
}

static BOOL bytes_are(const BYTE *bytes, ULONG size, ULONG expected)
{
    return bytes && size == expected && pattern_is(bytes, size);
}

/* Some with a zero among them, of an odd number of bytes; NULL; none; and EVEN. */
#define EVEN ELEMENTS
static BSTR bstr_make(ULONG index)
{
    static const char bytes[] = "abc\0def\xff\x01\x02";

    if (index == EVEN)
        return SysAllocStringByteLen(bytes, sizeof(bytes) - 1);
    return index == 1 ? NULL : SysAllocStringByteLen(bytes, index ? 0 : sizeof(bytes));
}

static BOOL bstr_is(BSTR text, ULONG index)
{
    BSTR expected = bstr_make(index);
    BOOL same = !text == !expected && SysStringByteLen(text) == SysStringByteLen(expected)
            && (!text || !memcmp(text, expected, SysStringByteLen(text)));

    SysFreeString(expected);
    return same;
}

static const VARTYPE inner_types[ELEMENTS] = {VT_LPWSTR, VT_VECTOR | VT_LPSTR, VT_BSTR};

static const char *narrow_of(ULONG index)
{
    static const char *const texts[] = {"one", "", "a text that is a little longer"};

    return texts[index];
}

static REFIID iid_of(VARTYPE type)
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

static IUnknown *object_make(VARTYPE type, ULONG index)
{
    REFIID iid = iid_of(type);

    return mock_create(IsEqualIID(iid, &IID_IUnknown) ? &IID_IPersist : iid, TOKEN + index);
}

/* ---- elements, at their places ---- */

static void element_make(VARTYPE type, ULONG index, void *at)
{
    CLIPDATA *data = at;
    BSTRBLOB *blob = at;
    DECIMAL *decimal = at;
    VARIANT *variant = at;

    switch (type)
    {
    case VT_BSTR:
        *(BSTR *)at = bstr_make(index);
        return;
    case VT_BSTR | VT_ARRAY: /* in an array, where oleaut32 has whole characters */
        *(BSTR *)at = bstr_make(index ? index : EVEN);
        return;
    case VT_LPSTR:
        *(char **)at = CoTaskMemAlloc(strlen(narrow_of(index)) + 1);
        strcpy(*(char **)at, narrow_of(index));
        return;
    case VT_LPWSTR:
        *(WCHAR **)at = index == 1 ? NULL : text_copy(index ? L"" : long_text());
        return;
    case VT_CF:
        data->cbSize = sizeof(data->ulClipFmt) + 50 * index;
        data->ulClipFmt = -1;
        data->pClipData = bytes_make(50 * index);
        return;
    case VT_BSTR_BLOB:
        blob->cbSize = index * 3;
        blob->pData = index ? bytes_make(index * 3) : NULL;
        return;
    case VT_VARIANT:
        sample_make(inner_types[index], at);
        return;
    case VT_DECIMAL:
        memset(decimal, 0, sizeof(*decimal));
        decimal->scale = 3;
        decimal->sign = DECIMAL_NEG;
        decimal->Hi32 = 0x11223344 + index;
        decimal->Lo64 = 0x5566778899aabbccull;
        return;
    case VT_VARIANT | VT_ARRAY: /* a VARIANT, in an array */
        VariantInit(variant);
        V_VT(variant) = index ? VT_I4 : VT_BSTR;
        if (index)
            V_I4(variant) = (LONG)index;
        else
            V_BSTR(variant) = bstr_make(EVEN);
        return;
    case VT_BOOL:
        *(VARIANT_BOOL *)at = index & 1 ? VARIANT_FALSE : VARIANT_TRUE;
        return;
    default:
        break;
    }
    if (plain_size(type))
        memset(at, 0x31 + (int)index, plain_size(type));
    else
        *(IUnknown **)at = index == 1 ? NULL : object_make(type, index);
}

static BOOL element_is(VARTYPE type, ULONG index, const void *at)
{
    const CLIPDATA *data = at;
    const BSTRBLOB *blob = at;
    const VARIANT *variant = at;
    DECIMAL expected; /* as large as the largest */

    switch (type)
    {
    case VT_BSTR:
        return bstr_is(*(const BSTR *)at, index);
    case VT_BSTR | VT_ARRAY:
        return bstr_is(*(const BSTR *)at, index ? index : EVEN);
    case VT_LPSTR:
        return *(char *const *)at && !strcmp(*(char *const *)at, narrow_of(index));
    case VT_LPWSTR:
        if (index == 1)
            return !*(WCHAR *const *)at;
        return same_text(*(WCHAR *const *)at, index ? L"" : long_text());
    case VT_CF:
        return data->ulClipFmt == -1
                && bytes_are(data->pClipData, data->cbSize - sizeof(data->ulClipFmt), 50 * index);
    case VT_BSTR_BLOB:
        return index ? bytes_are(blob->pData, blob->cbSize, index * 3)
                     : !blob->cbSize && !blob->pData;
    case VT_VARIANT:
        return sample_is(inner_types[index], at);
    case VT_VARIANT | VT_ARRAY:
        return index ? V_VT(variant) == VT_I4 && V_I4(variant) == (LONG)index
                     : V_VT(variant) == VT_BSTR && bstr_is(V_BSTR(variant), EVEN);
    default:
        break;
    }
    if (plain_size(type) || type == VT_DECIMAL)
    {
        element_make(type, index, &expected);
        return !memcmp(at, &expected, element_size(type));
    }
    return token_of(*(IUnknown *const *)at) == (index == 1 ? 0 : TOKEN + index);
}

static void element_free(VARTYPE type, void *at)
{
    switch (type)
    {
    case VT_BSTR:
        SysFreeString(*(BSTR *)at);
        break;
    case VT_VARIANT:
        PropVariantClear(at);
        break;
    case VT_UNKNOWN:
    case VT_DISPATCH:
        if (*(IUnknown **)at)
            IUnknown_Release(*(IUnknown **)at);
        break;
    }
}

/* An element's type, as element_make has it. */
static VARTYPE array_element(VARTYPE type)
{
    return type == VT_VARIANT || type == VT_BSTR ? type | VT_ARRAY : type;
}

/* ---- arrays: two dimensions of I4, one of the others ---- */

static SAFEARRAY *array_make(VARTYPE type)
{
    SAFEARRAYBOUND bounds[2] = {{ELEMENTS, 5}, {1, (ULONG)-2}};
    SAFEARRAY *array = SafeArrayCreate(type, type == VT_I4 ? 2 : 1, bounds);
    BYTE *elements = NULL;
    ULONG size = SafeArrayGetElemsize(array);

    SafeArrayAccessData(array, (void **)&elements);
    for (ULONG i = 0; i < ELEMENTS; i++)
        element_make(array_element(type), i, elements + i * size);
    SafeArrayUnaccessData(array);
    return array;
}

static BOOL array_is(VARTYPE type, SAFEARRAY *array)
{
    BYTE *elements = NULL;
    LONG lower = 0, upper = 0;
    BOOL same;

    if (!array || SafeArrayGetDim(array) != (type == VT_I4 ? 2 : 1)
            || FAILED(SafeArrayGetLBound(array, 1, &lower))
            || FAILED(SafeArrayGetUBound(array, 1, &upper)) || lower != 5
            || upper != 4 + (LONG)ELEMENTS
            || FAILED(SafeArrayAccessData(array, (void **)&elements)))
        return FALSE;
    same = TRUE;
    for (ULONG i = 0; i < ELEMENTS && same; i++)
        same = element_is(array_element(type), i, elements + i * SafeArrayGetElemsize(array));
    SafeArrayUnaccessData(array);
    return same;
}

/* ---- values ---- */

static void alone_make(VARTYPE type, PROPVARIANT *value)
{
    DECIMAL decimal;

    switch (type)
    {
    case VT_EMPTY:
    case VT_NULL:
        return;
    case VT_DECIMAL:
        element_make(type, 0, &decimal);
        value->decVal = decimal;
        value->vt = type;
        return;
    case VT_BLOB:
    case VT_BLOB_OBJECT:
        value->blob.cbSize = type == VT_BLOB ? BLOB_SIZE : 0;
        value->blob.pBlobData = type == VT_BLOB ? bytes_make(BLOB_SIZE) : NULL;
        return;
    case VT_BSTR_BLOB:
        element_make(type, 2, &value->bstrblobVal);
        return;
    case VT_CLSID:
    case VT_CF:
        value->pclipdata = CoTaskMemAlloc(element_size(type));
        element_make(type, 1, value->pclipdata);
        return;
    case VT_VERSIONED_STREAM:
        value->pVersionedStream = CoTaskMemAlloc(sizeof(VERSIONEDSTREAM));
        value->pVersionedStream->guidVersion = guid_of(TOKEN);
        value->pVersionedStream->pStream = (IStream *)object_make(VT_STREAM, 0);
        return;
    default:
        element_make(type, 0, &value->pszVal);
        return;
    }
}

static BOOL alone_is(VARTYPE type, const PROPVARIANT *value)
{
    PROPVARIANT expected;

    switch (type)
    {
    case VT_EMPTY:
    case VT_NULL:
        return TRUE;
    case VT_DECIMAL:
        sample_make(type, &expected);
        return value->decVal.Hi32 == expected.decVal.Hi32
                && value->decVal.Lo64 == expected.decVal.Lo64
                && value->decVal.signscale == expected.decVal.signscale;
    case VT_BLOB:
        return bytes_are(value->blob.pBlobData, value->blob.cbSize, BLOB_SIZE);
    case VT_BLOB_OBJECT:
        return !value->blob.cbSize && !value->blob.pBlobData;
    case VT_BSTR_BLOB:
        return element_is(type, 2, &value->bstrblobVal);
    case VT_CLSID:
    case VT_CF:
        return value->pclipdata && element_is(type, 1, value->pclipdata);
    case VT_VERSIONED_STREAM:
        return value->pVersionedStream && is_guid_of(&value->pVersionedStream->guidVersion, TOKEN)
                && token_of(value->pVersionedStream->pStream) == TOKEN;
    default:
        return element_is(type, 0, &value->pszVal);
    }
}

void sample_make(VARTYPE type, PROPVARIANT *value)
{
    VARTYPE base = type & VT_TYPEMASK;

    memset(value, 0, sizeof(*value));
    value->vt = type;
    switch (type & ~VT_TYPEMASK)
    {
    case VT_VECTOR:
        value->caub.cElems = ELEMENTS;
        value->caub.pElems = CoTaskMemAlloc(ELEMENTS * element_size(base));
        for (ULONG i = 0; i < ELEMENTS; i++)
            element_make(base, i, value->caub.pElems + i * element_size(base));
        break;
    case VT_ARRAY:
        value->parray = array_make(base);
        break;
    case VT_BYREF:
        value->pvarVal = CoTaskMemAlloc(element_size(base));
        element_make(base, 0, value->pvarVal);
        break;
    case VT_BYREF | VT_ARRAY:
        value->pparray = CoTaskMemAlloc(sizeof(*value->pparray));
        *value->pparray = array_make(base);
        break;
    default:
        alone_make(type, value);
        break;
    }
}

BOOL sample_is(VARTYPE type, const PROPVARIANT *value)
{
    VARTYPE base = type & VT_TYPEMASK;

    if (value->vt != type)
        return FALSE;
    switch (type & ~VT_TYPEMASK)
    {
    case VT_VECTOR:
        if (value->caub.cElems != ELEMENTS || !value->caub.pElems)
            return FALSE;
        for (ULONG i = 0; i < ELEMENTS; i++)
            if (!element_is(base, i, value->caub.pElems + i * element_size(base)))
                return FALSE;
        return TRUE;
    case VT_ARRAY:
        return array_is(base, value->parray);
    case VT_BYREF:
        return value->pvarVal && element_is(base, 0, value->pvarVal);
    case VT_BYREF | VT_ARRAY:
        return value->pparray && array_is(base, *value->pparray);
    default:
        return alone_is(type, value);
    }
}

void sample_clear(PROPVARIANT *value)
{
    if (value->vt & VT_BYREF)
    {
        if (value->vt & VT_ARRAY)
            SafeArrayDestroy(*value->pparray);
        else
            element_free(value->vt & VT_TYPEMASK, value->pvarVal);
        CoTaskMemFree(value->pvarVal);
    }
    PropVariantClear(value);
}
