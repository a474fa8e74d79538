/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces of which only a type library is registered: oleaut32 makes their proxies from it. */
#include "interop.h"

#include <string.h>

#define GIVEN 0xa00
#define MADE 0xa01

/* The dual interface as it is in the library. */
static HRESULT meter_type(ITypeInfo **info)
{
    ITypeLib *library;
    HRESULT hr;

    *info = NULL;
    if (FAILED(hr = LoadTypeLibEx(beside(L"meter.tlb"), REGKIND_NONE, &library)))
        return hr;
    hr = ITypeLib_GetTypeInfoOfGuid(library, &IID_IMeter, info);
    ITypeLib_Release(library);
    return hr;
}

static HRESULT STDMETHODCALLTYPE meter_GetTypeInfoCount(IMeter *iface, UINT *count)
{
    MOCK_ENTER(iface);
    *count = 1;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE meter_GetTypeInfo(IMeter *iface, UINT index, LCID locale,
        ITypeInfo **info)
{
    MOCK_ENTER(iface);
    EXPECT(!index && !locale);
    return meter_type(info);
}

static HRESULT STDMETHODCALLTYPE meter_GetIDsOfNames(IMeter *iface, REFIID iid, LPOLESTR *names,
        UINT count, LCID locale, DISPID *ids)
{
    ITypeInfo *info;
    HRESULT hr;
    MOCK_ENTER(iface);

    EXPECT(IsEqualIID(iid, &IID_NULL) && !locale);
    if (FAILED(hr = meter_type(&info)))
        return hr;
    hr = DispGetIDsOfNames(info, names, count, ids);
    ITypeInfo_Release(info);
    return hr;
}

static HRESULT STDMETHODCALLTYPE meter_Invoke(IMeter *iface, DISPID id, REFIID iid, LCID locale,
        WORD flags, DISPPARAMS *with, VARIANT *result, EXCEPINFO *exception, UINT *wrong)
{
    ITypeInfo *info;
    HRESULT hr;
    MOCK_ENTER(iface);

    EXPECT(IsEqualIID(iid, &IID_NULL) && !locale);
    if (FAILED(hr = meter_type(&info)))
        return hr;
    hr = DispInvoke(iface, info, id, flags, with, result, exception, wrong);
    ITypeInfo_Release(info);
    return hr;
}

static HRESULT STDMETHODCALLTYPE meter_get_Value(IMeter *iface, LONG *value)
{
    MOCK_ENTER(iface);
    *value = (LONG)mock->position;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE meter_put_Value(IMeter *iface, LONG value)
{
    MOCK_ENTER(iface);
    mock->position = (ULONG)value;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE meter_Describe(IMeter *iface, BSTR text, VARIANT *value,
        BSTR *description)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(text, long_text()) && V_VT(value) == VT_BSTR
            && same_text(V_BSTR(value), L"given") && !*description);
    VariantClear(value);
    V_VT(value) = VT_R8;
    V_R8(value) = 2.25;
    *description = SysAllocString(L"described");
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE meter_Join(IMeter *iface, SAFEARRAY *parts, SAFEARRAY **numbers,
        BSTR *joined)
{
    LONG index, number;
    BSTR part = NULL;
    MOCK_ENTER(iface);

    EXPECT(parts && parts->cDims == 1 && parts->rgsabound[0].cElements == 3 && *numbers);
    index = 2;
    EXPECT(SUCCEEDED(SafeArrayGetElement(parts, &index, &part)) && same_text(part, L"c"));
    SysFreeString(part);
    for (index = 0; index < 4; index++)
    {
        SafeArrayGetElement(*numbers, &index, &number);
        EXPECT(number == index + 10);
        number = -number;
        SafeArrayPutElement(*numbers, &index, &number);
    }
    *joined = SysAllocString(L"abc");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE meter_Swap(IMeter *iface, IMeter *other, IUnknown **out)
{
    LONG value = 0;
    MOCK_ENTER(iface);

    EXPECT(!*out);
    if (!other)
        return S_FALSE;
    EXPECT(token_of(other) == GIVEN);
    EXPECT(other->lpVtbl->put_Value(other, 1234) == S_OK);
    EXPECT(other->lpVtbl->get_Value(other, &value) == S_OK && value == 1234);
    *out = mock_create(&IID_IPlainMeter, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE meter_Mixed(IMeter *iface, double d, float f, DATE date, short s,
        VARIANT_BOOL b, BYTE c, LONGLONG h, VARIANT variant, double *sum)
{
    MOCK_ENTER(iface);
    EXPECT(d == 1.25 && f == 2.5f && date == 36526.5 && s == -3 && b == VARIANT_TRUE && c == 200
            && h == 0x123456789all && V_VT(&variant) == VT_I4 && V_I4(&variant) == 7);
    *sum = d + (double)f + s + c;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE meter_Fail(IMeter *iface, LONG result, BSTR *text)
{
    MOCK_ENTER(iface);
    EXPECT(!*text);
    return result;
}

static HRESULT STDMETHODCALLTYPE meter_Echo(IMeter *iface, VARIANT value, VARIANT *copy)
{
    MOCK_ENTER(iface);
    EXPECT(V_VT(copy) == VT_EMPTY);
    return VariantCopy(copy, &value);
}

const struct IMeterVtbl meter_vtbl = {MOCK_UNKNOWN, meter_GetTypeInfoCount, meter_GetTypeInfo,
        meter_GetIDsOfNames, meter_Invoke, meter_get_Value, meter_put_Value, meter_Describe,
        meter_Join, meter_Swap, meter_Mixed, meter_Fail, meter_Echo};

static HRESULT STDMETHODCALLTYPE plain_Read(IPlainMeter *iface, BSTR unit, double *value)
{
    MOCK_ENTER(iface);
    EXPECT(SysStringLen(unit) == 3 && !memcmp(unit, L"m\0s", 6));
    *value = 9.81;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE plain_Child(IPlainMeter *iface, LONG index, IPlainMeter **child)
{
    MOCK_ENTER(iface);
    EXPECT(!*child);
    if (index < 0)
        return DISP_E_BADINDEX;
    *child = mock_create(&IID_IPlainMeter, (DWORD)index);
    return S_OK;
}

const struct IPlainMeterVtbl plain_meter_vtbl = {MOCK_UNKNOWN, plain_Read, plain_Child};

/* ---- the checks ---- */

static void check_describe(IMeter *proxy)
{
    BSTR text = SysAllocString(long_text()), description = NULL;
    VARIANT value;

    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(L"given");
    is_hr(proxy->lpVtbl->Describe(proxy, text, &value, &description), S_FALSE, "Describe");
    ok(V_VT(&value) == VT_R8 && V_R8(&value) == 2.25, "the variant is another");
    is_wstr(description, L"described", "the description");
    VariantClear(&value);
    SysFreeString(description);
    SysFreeString(text);
}

static void check_join(IMeter *proxy)
{
    SAFEARRAY *parts = SafeArrayCreateVector(VT_BSTR, 0, 3);
    SAFEARRAY *numbers = SafeArrayCreateVector(VT_I4, 0, 4);
    static const WCHAR *const texts[] = {L"a", L"b", L"c"};
    LONG index, number;
    BSTR joined = NULL;

    for (index = 0; index < 3; index++)
    {
        BSTR part = SysAllocString(texts[index]);

        SafeArrayPutElement(parts, &index, part);
        SysFreeString(part);
    }
    for (index = 0; index < 4; index++)
    {
        number = index + 10;
        SafeArrayPutElement(numbers, &index, &number);
    }
    is_hr(proxy->lpVtbl->Join(proxy, parts, &numbers, &joined), S_OK, "Join");
    is_wstr(joined, L"abc", "the text");
    index = 3;
    SafeArrayGetElement(numbers, &index, &number);
    is_int(number, -13, "the other array's last element");
    SysFreeString(joined);
    SafeArrayDestroy(parts);
    SafeArrayDestroy(numbers);
}

static void check_swap(IMeter *proxy)
{
    IMeter *mine = mock_create(&IID_IMeter, GIVEN);
    IUnknown *out = (void *)0xdead;

    is_hr(proxy->lpVtbl->Swap(proxy, NULL, &out), S_FALSE, "Swap, none");
    is_ptr(out, NULL, "none");
    is_hr(proxy->lpVtbl->Swap(proxy, mine, &out), S_OK, "Swap");
    is_uint(token_of(out), MADE, "the other");
    if (out)
        IUnknown_Release(out);
    is_uint(((struct mock *)mine)->position, 1234, "ours was called back");
    check_released(mine, "ours is released");
}

/* By IDispatch of the same proxy. */
static void check_late(IMeter *proxy)
{
    IDispatch *dispatch = NULL;
    DISPID id = 0, put = DISPID_PROPERTYPUT;
    WCHAR *name = (WCHAR *)L"value";
    VARIANT argument, result;
    DISPPARAMS with = {&argument, &put, 1, 1}, none = {NULL, NULL, 0, 0};

    is_hr(proxy->lpVtbl->QueryInterface(proxy, &IID_IDispatch, (void **)&dispatch), S_OK,
            "its IDispatch");
    if (!dispatch)
        return;
    is_hr(IDispatch_GetIDsOfNames(dispatch, &IID_NULL, &name, 1, 0, &id), S_OK, "GetIDsOfNames");
    is_int(id, 1, "the property");
    V_VT(&argument) = VT_I4;
    V_I4(&argument) = 88;
    is_hr(IDispatch_Invoke(dispatch, id, &IID_NULL, 0, DISPATCH_PROPERTYPUT, &with, NULL, NULL,
                  NULL),
            S_OK, "Invoke, put");
    VariantInit(&result);
    is_hr(proxy->lpVtbl->Invoke(proxy, id, &IID_NULL, 0, DISPATCH_PROPERTYGET, &none, &result, NULL,
                  NULL),
            S_OK, "Invoke, get, by the dual interface");
    ok(V_VT(&result) == VT_I4 && V_I4(&result) == 88, "the value");
    IDispatch_Release(dispatch);
}

static void check_meter(IMeter *proxy)
{
    BSTR text = NULL;
    VARIANT variant;
    LONG value = 0;
    double sum = 0;

    is_hr(proxy->lpVtbl->put_Value(proxy, -5), S_OK, "put_Value");
    is_hr(proxy->lpVtbl->get_Value(proxy, &value), S_OK, "get_Value");
    is_int(value, -5, "the value");
    check_describe(proxy);
    check_join(proxy);
    check_swap(proxy);
    V_VT(&variant) = VT_I4;
    V_I4(&variant) = 7;
    is_hr(proxy->lpVtbl->Mixed(proxy, 1.25, 2.5f, 36526.5, -3, VARIANT_TRUE, 200, 0x123456789all,
                  variant, &sum),
            S_OK, "Mixed");
    ok(sum == 200.75, "the sum");
    is_hr(proxy->lpVtbl->Fail(proxy, E_ACCESSDENIED, &text), E_ACCESSDENIED, "Fail");
    is_ptr(text, NULL, "no text");
    check_late(proxy);
}

void check_meters(IClassFactory *factory)
{
    IMeter *meter = remote_create(factory, &IID_IMeter, "IMeter");
    IPlainMeter *plain = remote_create(factory, &IID_IPlainMeter, "IPlainMeter"), *child = NULL;
    BSTR unit = SysAllocStringLen(L"m\0s", 3);
    double value = 0;

    note("the type library's");
    if (meter)
    {
        check_meter(meter);
        meter->lpVtbl->Release(meter);
    }
    if (plain)
    {
        is_hr(plain->lpVtbl->Read(plain, unit, &value), S_OK, "Read");
        ok(value == 9.81, "the value");
        is_hr(plain->lpVtbl->Child(plain, 55, &child), S_OK, "Child");
        is_uint(token_of(child), 55, "the child");
        if (child)
            child->lpVtbl->Release(child);
        child = NULL;
        is_hr(plain->lpVtbl->Child(plain, -1, &child), DISP_E_BADINDEX, "Child, none");
        is_ptr(child, NULL, "none");
        plain->lpVtbl->Release(plain);
    }
    SysFreeString(unit);
}
