/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VARIANTs of every type, there and back: as argument and result of IDispatch::Invoke, by
 * reference, and as parameters of a method that only a type library describes.
 */
#include "interop.h"
#include "variant_sizes.h"

#include <string.h>

#define GIVEN 0xc00

/* ---- values ---- */

static const VARTYPE types[] = {VT_EMPTY, VT_NULL, VT_I1, VT_UI1, VT_I2, VT_UI2, VT_I4, VT_UI4,
        VT_INT, VT_UINT, VT_I8, VT_UI8, VT_R4, VT_R8, VT_CY, VT_DATE, VT_BOOL, VT_ERROR, VT_DECIMAL,
        VT_BSTR, VT_UNKNOWN, VT_DISPATCH, VT_VARIANT};

/* The objects of this side that values have. */
static IUnknown *given_stream;
static IDispatch *given_dispatch;

/* Some value of the type; a different one for each `seed`. VT_VARIANT: a pointer to one is in it.
 */
static void value_make(VARTYPE type, unsigned int seed, VARIANT *value)
{
    static const WCHAR text[] = L"a text\0with a zero in it";
    double number = 1.25 + seed;

    VariantInit(value);
    V_VT(value) = type;
    switch (type)
    {
    case VT_R4:
        V_R4(value) = (float)number;
        break;
    case VT_R8:
    case VT_DATE:
        V_R8(value) = number;
        break;
    case VT_BOOL:
        V_BOOL(value) = seed % 2 ? VARIANT_TRUE : VARIANT_FALSE;
        break;
    case VT_DECIMAL:
        V_DECIMAL(value).Hi32 = 0x12345678 + seed;
        V_DECIMAL(value).Lo64 = 0xfedcba9876543210ull - seed;
        V_DECIMAL(value).scale = 7;
        V_DECIMAL(value).sign = DECIMAL_NEG;
        V_VT(value) = VT_DECIMAL;
        break;
    case VT_BSTR:
        V_BSTR(value) =
                seed % 3 == 2 ? NULL : SysAllocStringLen(text, seed % 3 ? ARRAYSIZE(text) - 1 : 0);
        break;
    case VT_UNKNOWN:
        if ((V_UNKNOWN(value) = seed % 2 ? given_stream : NULL))
            IUnknown_AddRef(given_stream);
        break;
    case VT_DISPATCH:
        if ((V_DISPATCH(value) = seed % 2 ? given_dispatch : NULL))
            IDispatch_AddRef(given_dispatch);
        break;
    default:
        V_I8(value) = (LONGLONG)(0x8192a3b4c5d6e7f0ull + seed * 0x0101010101010101ull);
    }
}

static BOOL text_same(BSTR one, BSTR two)
{
    /* NULL is the empty text. */
    return SysStringByteLen(one) == SysStringByteLen(two)
            && !memcmp(one ? one : L"", two ? two : L"", SysStringByteLen(one));
}

static BOOL decimal_same(const DECIMAL *one, const DECIMAL *two)
{
    return one->Hi32 == two->Hi32 && one->Lo64 == two->Lo64 && one->signscale == two->signscale;
}

static BOOL array_same(SAFEARRAY *one, SAFEARRAY *two, VARTYPE type);

static BOOL value_same(const VARIANT *one, const VARIANT *two)
{
    VARTYPE type = V_VT(one);

    if (type != V_VT(two))
        return FALSE;
    if (type & VT_ARRAY)
        return array_same(V_ARRAY(one), V_ARRAY(two), type & ~VT_ARRAY);
    switch (type)
    {
    case VT_DECIMAL:
        return decimal_same(&V_DECIMAL(one), &V_DECIMAL(two));
    case VT_BSTR:
        return text_same(V_BSTR(one), V_BSTR(two));
    case VT_UNKNOWN:
    case VT_DISPATCH:
        return V_UNKNOWN(one) == V_UNKNOWN(two);
    default:
        return !memcmp(&V_I8(one), &V_I8(two), variant_plain_size(type));
    }
}

/* ---- arrays: two dimensions, 2 x 3, from 5 and -1 on ---- */

static SAFEARRAY *array_make(VARTYPE type)
{
    SAFEARRAYBOUND bounds[2] = {{2, 5}, {3, -1}};
    SAFEARRAY *array = SafeArrayCreate(type, 2, bounds);

    for (LONG i = 0; array && i < 6; i++)
    {
        LONG at[2] = {5 + i % 2, -1 + i / 2};
        VARIANT value;
        void *element = &V_I8(&value);

        value_make(type == VT_VARIANT ? types[2 + (unsigned int)i * 3] : type, (unsigned int)i,
                &value);
        if (type == VT_BSTR || type == VT_UNKNOWN || type == VT_DISPATCH)
            element = V_BSTR(&value);
        else if (type == VT_DECIMAL || type == VT_VARIANT)
            element = &value;
        if (FAILED(SafeArrayPutElement(array, at, element)))
            fail("SafeArrayPutElement of type %u", type);
        VariantClear(&value);
    }
    return array;
}

static BOOL element_same(const void *one, const void *two, VARTYPE type, ULONG size)
{
    switch (type)
    {
    case VT_BSTR:
        return text_same(*(const BSTR *)one, *(const BSTR *)two);
    case VT_DECIMAL:
        return decimal_same(one, two);
    case VT_VARIANT:
        return value_same(one, two);
    default:
        return !memcmp(one, two, size);
    }
}

static BOOL array_same(SAFEARRAY *one, SAFEARRAY *two, VARTYPE type)
{
    ULONG size;

    if (!one || !two || one->cDims != 2 || two->cDims != 2
            || memcmp(one->rgsabound, two->rgsabound, 2 * sizeof(*one->rgsabound)))
        return FALSE;
    size = SafeArrayGetElemsize(one);
    if (size != SafeArrayGetElemsize(two))
        return FALSE;
    for (ULONG i = 0; i < 6; i++)
        if (!element_same((BYTE *)one->pvData + i * size, (BYTE *)two->pvData + i * size, type,
                    size))
            return FALSE;
    return TRUE;
}

/* ---- the other side ---- */

HRESULT variant_echo(const DISPPARAMS *with, VARIANT *result)
{
    EXPECT(with->cArgs == 1 && result);
    return VariantCopyInd(result, with->rgvarg);
}

/* Puts a value where a reference points to, as a server does: what was there is freed. */
HRESULT variant_turn(const DISPPARAMS *with)
{
    VARIANT old, *value = with->rgvarg, *reference = with->rgvarg + 1;
    VARTYPE type = V_VT(reference) & ~VT_BYREF;

    EXPECT(with->cArgs == 2 && V_ISBYREF(reference));
    if (type == VT_VARIANT)
        return VariantCopy(V_VARIANTREF(reference), value);
    EXPECT(type == V_VT(value));
    VariantInit(&old);
    if (type == VT_DECIMAL)
    {
        USHORT reserved = V_DECIMALREF(reference)->wReserved;

        *V_DECIMALREF(reference) = V_DECIMAL(value);
        V_DECIMALREF(reference)->wReserved = reserved;
        return S_OK;
    }
    if (variant_plain_size(type))
    {
        memcpy(V_BYREF(reference), &V_I8(value), variant_plain_size(type));
        return S_OK;
    }
    V_VT(&old) = type;
    V_BYREF(&old) = *(void **)V_BYREF(reference);
    VariantClear(&old);
    EXPECT(SUCCEEDED(VariantCopy(&old, value)));
    *(void **)V_BYREF(reference) = V_BYREF(&old);
    return S_OK;
}

/* ---- the checks ---- */

static HRESULT invoke(IDispatch *proxy, DISPID id, VARIANT *arguments, UINT count, VARIANT *result)
{
    DISPPARAMS with = {arguments, NULL, count, 0};

    return IDispatch_Invoke(proxy, id, &IID_NULL, 0x407, DISPATCH_METHOD, &with, result, NULL,
            NULL);
}

static void check_echo(IDispatch *proxy, IMeter *meter, VARIANT *value, const char *what)
{
    VARIANT copy;

    VariantInit(&copy);
    is_hr(invoke(proxy, METHOD_ECHO, value, 1, &copy), S_OK, "Invoke with type 0x%x%s", V_VT(value),
            what);
    ok(value_same(value, &copy), "the same comes back, of type 0x%x", V_VT(&copy));
    VariantClear(&copy);
    if (!meter)
        return;
    is_hr(meter->lpVtbl->Echo(meter, *value, &copy), S_OK, "a parameter of type 0x%x%s",
            V_VT(value), what);
    ok(value_same(value, &copy), "the same comes back, of type 0x%x", V_VT(&copy));
    VariantClear(&copy);
}

/* By reference to a value: what the server puts there arrives. */
static void check_reference(IDispatch *proxy, VARTYPE type, unsigned int seed)
{
    VARIANT arguments[2], place;

    value_make(type, seed, &arguments[0]);
    value_make(type, seed + 1, &place);
    V_VT(&arguments[1]) = VT_BYREF | type;
    V_BYREF(&arguments[1]) = type == VT_DECIMAL ? (void *)&V_DECIMAL(&place) : &V_I8(&place);
    is_hr(invoke(proxy, METHOD_TURN, arguments, 2, NULL), S_OK,
            "Invoke with a reference to type 0x%x", type);
    if (type == VT_DECIMAL)
        V_VT(&place) = type;
    ok(value_same(&arguments[0], &place), "the value is there");
    VariantClear(&arguments[0]);
    VariantClear(&place);
}

static void check_array(IDispatch *proxy, IMeter *meter, VARTYPE type)
{
    VARIANT value, arguments[2];
    SAFEARRAY *place = NULL;

    V_VT(&value) = VT_ARRAY | type;
    V_ARRAY(&value) = array_make(type);
    check_echo(proxy, meter, &value, ", an array");
    arguments[0] = value;
    V_VT(&arguments[1]) = VT_BYREF | VT_ARRAY | type;
    V_ARRAYREF(&arguments[1]) = &place;
    is_hr(invoke(proxy, METHOD_TURN, arguments, 2, NULL), S_OK,
            "Invoke with a reference to an array of 0x%x", type);
    ok(array_same(V_ARRAY(&value), place, type), "the array is there");
    if (place)
        SafeArrayDestroy(place);
    VariantClear(&value);
}

/* A reference to a VARIANT may come back with one of any type. */
static void check_variant_reference(IDispatch *proxy, VARTYPE type)
{
    VARIANT arguments[2], place;

    value_make(type, 1, &arguments[0]);
    value_make(VT_BSTR, 1, &place);
    V_VT(&arguments[1]) = VT_BYREF | VT_VARIANT;
    V_VARIANTREF(&arguments[1]) = &place;
    is_hr(invoke(proxy, METHOD_TURN, arguments, 2, NULL), S_OK,
            "Invoke with a reference to a VARIANT, which becomes 0x%x", type);
    ok(value_same(&arguments[0], &place), "the value is there");
    VariantClear(&arguments[0]);
    VariantClear(&place);
}

/*
 * What Wine's oleaut32 does not do, on whatever runtime, and is left out: elements of arrays of
 * VT_ERROR and VT_DECIMAL do not come over; arrays of objects come over without the features by
 * which they are released; a pointer that the server sets to NULL by reference keeps its value.
 */
static BOOL is_object(VARTYPE type)
{
    return type == VT_UNKNOWN || type == VT_DISPATCH;
}

static BOOL has_arrays(VARTYPE type)
{
    return type != VT_EMPTY && type != VT_NULL && type != VT_ERROR && type != VT_DECIMAL
            && !is_object(type);
}

static void check_type(IDispatch *proxy, IMeter *meter, VARTYPE type)
{
    VARIANT value;

    for (unsigned int seed = 0; type != VT_VARIANT && seed < 3; seed++)
    {
        value_make(type, seed, &value);
        check_echo(proxy, meter, &value, "");
        VariantClear(&value);
        if (type != VT_EMPTY && type != VT_NULL && (!is_object(type) || seed == 1))
            check_reference(proxy, type, seed);
    }
    if (type != VT_VARIANT)
        check_variant_reference(proxy, type);
    if (has_arrays(type))
        check_array(proxy, meter, type);
}

void check_every_variant(IClassFactory *factory)
{
    IDispatch *proxy = remote_create(factory, &IID_IDispatch, "IDispatch");
    IMeter *meter = remote_create(factory, &IID_IMeter, "IMeter");

    note("VARIANTs of every type");
    given_stream = mock_create(&IID_IStream, GIVEN);
    given_dispatch = mock_create(&IID_IDispatch, GIVEN + 1);
    for (unsigned int i = 0; proxy && i < ARRAYSIZE(types); i++)
        check_type(proxy, meter, types[i]);
    if (proxy)
        IDispatch_Release(proxy);
    if (meter)
        meter->lpVtbl->Release(meter);
    check_released(given_stream, "the object in a VARIANT is released");
    check_released(given_dispatch, "the other, too");
}
