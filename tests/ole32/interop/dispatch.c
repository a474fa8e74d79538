/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An IDispatch server by hand, and what its clients can pass. */
#include "interop.h"

#include <string.h>

#define GIVEN 0x900
#define MADE 0x901

enum dispatch_method
{
    METHOD_NAMED = 1,
    METHOD_BYREF,
    METHOD_EXCEPTION,
    METHOD_ARRAY,
    METHOD_OBJECT,
    METHOD_MISMATCH,
    METHOD_NOTHING,
    PARAMETER_NAMED = 77,
};

static HRESULT STDMETHODCALLTYPE dispatch_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    MOCK_ENTER(iface);
    *count = 1;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE dispatch_GetTypeInfo(IDispatch *iface, UINT index, LCID locale,
        ITypeInfo **info)
{
    ITypeLib *library;
    HRESULT hr;
    MOCK_ENTER(iface);

    EXPECT(locale == 0x407 && !*info);
    if (index)
        return DISP_E_BADINDEX;
    if (FAILED(hr = LoadTypeLibEx(beside(L"meter.tlb"), REGKIND_NONE, &library)))
        return hr;
    hr = ITypeLib_GetTypeInfoOfGuid(library, &IID_IPlainMeter, info);
    ITypeLib_Release(library);
    return hr;
}

static HRESULT STDMETHODCALLTYPE dispatch_GetIDsOfNames(IDispatch *iface, REFIID iid,
        LPOLESTR *names, UINT count, LCID locale, DISPID *ids)
{
    MOCK_ENTER(iface);
    EXPECT(IsEqualIID(iid, &IID_NULL) && count == 2 && locale == 0x407
            && same_text(names[0], L"Named"));
    ids[0] = METHOD_NAMED;
    ids[1] = same_text(names[1], L"parameter") ? PARAMETER_NAMED : DISPID_UNKNOWN;
    return ids[1] == DISPID_UNKNOWN ? DISP_E_UNKNOWNNAME : S_OK;
}

/* (first, second, parameter := 3) in reverse, the named ones first */
static HRESULT invoke_named(const DISPPARAMS *with, VARIANT *result)
{
    EXPECT(with->cArgs == 3 && with->cNamedArgs == 1
            && with->rgdispidNamedArgs[0] == PARAMETER_NAMED);
    EXPECT(V_VT(&with->rgvarg[0]) == VT_I4 && V_I4(&with->rgvarg[0]) == 3);
    EXPECT(V_VT(&with->rgvarg[1]) == VT_BSTR && same_text(V_BSTR(&with->rgvarg[1]), L"second"));
    EXPECT(V_VT(&with->rgvarg[2]) == VT_R8 && V_R8(&with->rgvarg[2]) == 1.5);
    if (result)
    {
        V_VT(result) = VT_BSTR;
        V_BSTR(result) = SysAllocString(L"named");
    }
    return S_OK;
}

static HRESULT invoke_byref(const DISPPARAMS *with)
{
    VARIANT *variant;

    EXPECT(with->cArgs == 3 && !with->cNamedArgs);
    EXPECT(V_VT(&with->rgvarg[0]) == (VT_BYREF | VT_BSTR)
            && same_text(*V_BSTRREF(&with->rgvarg[0]), L"old"));
    EXPECT(V_VT(&with->rgvarg[1]) == (VT_BYREF | VT_VARIANT));
    EXPECT(V_VT(&with->rgvarg[2]) == (VT_BYREF | VT_I4) && *V_I4REF(&with->rgvarg[2]) == 41);
    variant = V_VARIANTREF(&with->rgvarg[1]);
    EXPECT(V_VT(variant) == VT_I2 && V_I2(variant) == -2);
    SysReAllocString(V_BSTRREF(&with->rgvarg[0]), L"a new and longer one");
    V_VT(variant) = VT_BSTR;
    V_BSTR(variant) = SysAllocString(L"was a number");
    ++*V_I4REF(&with->rgvarg[2]);
    return S_OK;
}

static HRESULT invoke_exception(EXCEPINFO *exception)
{
    if (!exception)
        return DISP_E_EXCEPTION;
    memset(exception, 0, sizeof(*exception));
    exception->wCode = 1234;
    exception->bstrSource = SysAllocString(L"source");
    exception->bstrDescription = SysAllocString(L"what went wrong");
    exception->dwHelpContext = 5;
    exception->scode = E_ACCESSDENIED;
    return DISP_E_EXCEPTION;
}

static HRESULT invoke_array(const DISPPARAMS *with, VARIANT *result)
{
    LONG lower, upper, index, number;
    SAFEARRAY *texts;
    BSTR text;

    EXPECT(with->cArgs == 1 && V_VT(with->rgvarg) == (VT_ARRAY | VT_I4));
    EXPECT(SUCCEEDED(SafeArrayGetLBound(V_ARRAY(with->rgvarg), 1, &lower)) && lower == 5);
    EXPECT(SUCCEEDED(SafeArrayGetUBound(V_ARRAY(with->rgvarg), 1, &upper)) && upper == 1004);
    for (index = lower; index <= upper; index++)
    {
        SafeArrayGetElement(V_ARRAY(with->rgvarg), &index, &number);
        EXPECT(number == index * 3);
    }
    texts = SafeArrayCreateVector(VT_BSTR, 0, 2);
    for (index = 0; index < 2; index++)
    {
        text = SysAllocString(index ? L"two" : L"one");
        SafeArrayPutElement(texts, &index, text);
        SysFreeString(text);
    }
    V_VT(result) = VT_ARRAY | VT_BSTR;
    V_ARRAY(result) = texts;
    return S_OK;
}

static HRESULT invoke_object(const DISPPARAMS *with, VARIANT *result)
{
    EXPECT(with->cArgs == 3);
    EXPECT(V_VT(&with->rgvarg[0]) == VT_UNKNOWN && token_of(V_UNKNOWN(&with->rgvarg[0])) == GIVEN);
    EXPECT(V_VT(&with->rgvarg[1]) == VT_DISPATCH && !V_DISPATCH(&with->rgvarg[1]));
    EXPECT(V_VT(&with->rgvarg[2]) == VT_DISPATCH
            && token_of(V_DISPATCH(&with->rgvarg[2])) == GIVEN + 1);
    V_VT(result) = VT_DISPATCH;
    V_DISPATCH(result) = mock_create(&IID_IDispatch, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE dispatch_Invoke(IDispatch *iface, DISPID id, REFIID iid,
        LCID locale, WORD flags, DISPPARAMS *with, VARIANT *result, EXCEPINFO *exception,
        UINT *wrong)
{
    MOCK_ENTER(iface);
    EXPECT(IsEqualIID(iid, &IID_NULL) && locale == 0x407 && flags == DISPATCH_METHOD && with);
    switch (id)
    {
    case METHOD_NAMED:
        return invoke_named(with, result);
    case METHOD_BYREF:
        return invoke_byref(with);
    case METHOD_EXCEPTION:
        return invoke_exception(exception);
    case METHOD_ARRAY:
        return invoke_array(with, result);
    case METHOD_OBJECT:
        return invoke_object(with, result);
    case METHOD_MISMATCH:
        if (wrong)
            *wrong = 1;
        return DISP_E_TYPEMISMATCH;
    case METHOD_ECHO:
        return variant_echo(with, result);
    case METHOD_FIRE:
        return events_fire(with, result);
    case METHOD_FIRE_LATER:
        return events_fire_later(with);
    case METHOD_TURN:
        return variant_turn(with);
    case METHOD_NOTHING:
        EXPECT(!with->cArgs && !with->cNamedArgs);
        return S_FALSE;
    }
    return DISP_E_MEMBERNOTFOUND;
}

const IDispatchVtbl dispatch_vtbl = {MOCK_UNKNOWN, dispatch_GetTypeInfoCount, dispatch_GetTypeInfo,
        dispatch_GetIDsOfNames, dispatch_Invoke};

/* ---- the checks ---- */

static HRESULT invoke(IDispatch *proxy, DISPID id, DISPPARAMS *with, VARIANT *result,
        EXCEPINFO *exception, UINT *wrong)
{
    return IDispatch_Invoke(proxy, id, &IID_NULL, 0x407, DISPATCH_METHOD, with, result, exception,
            wrong);
}

static void check_names(IDispatch *proxy)
{
    LPOLESTR names[2] = {(WCHAR *)L"Named", (WCHAR *)L"parameter"};
    DISPID ids[2] = {0, 0};
    UINT count = 0;

    is_hr(IDispatch_GetTypeInfoCount(proxy, &count), S_OK, "GetTypeInfoCount");
    is_uint(count, 1, "the count");
    is_hr(IDispatch_GetIDsOfNames(proxy, &IID_NULL, names, 2, 0x407, ids), S_OK, "GetIDsOfNames");
    ok(ids[0] == METHOD_NAMED && ids[1] == PARAMETER_NAMED, "the numbers");
    names[1] = (WCHAR *)L"unknown";
    is_hr(IDispatch_GetIDsOfNames(proxy, &IID_NULL, names, 2, 0x407, ids), DISP_E_UNKNOWNNAME,
            "GetIDsOfNames, an unknown name");
    ok(ids[0] == METHOD_NAMED && ids[1] == DISPID_UNKNOWN, "the numbers");
}

static void check_type_info(IDispatch *proxy)
{
    ITypeInfo *info = (void *)0xdead;
    BSTR names[4] = {NULL};
    TYPEATTR *attributes = NULL;
    FUNCDESC *function = NULL;
    ITypeLib *library = NULL;
    BSTR name = NULL;
    UINT index = 99, count = 0;

    is_hr(IDispatch_GetTypeInfo(proxy, 1, 0x407, &info), DISP_E_BADINDEX, "GetTypeInfo, none");
    is_ptr(info, NULL, "none");
    is_hr(IDispatch_GetTypeInfo(proxy, 0, 0x407, &info), S_OK, "GetTypeInfo");
    if (!info)
        return;
    is_hr(ITypeInfo_GetTypeAttr(info, &attributes), S_OK, "GetTypeAttr");
    if (attributes)
    {
        is_guid(&attributes->guid, &IID_IPlainMeter, "its GUID");
        is_int(attributes->cFuncs, 2, "its functions");
        ITypeInfo_ReleaseTypeAttr(info, attributes);
    }
    is_hr(ITypeInfo_GetDocumentation(info, MEMBERID_NIL, &name, NULL, NULL, NULL), S_OK,
            "GetDocumentation");
    is_wstr(name, L"IPlainMeter", "its name");
    SysFreeString(name);
    is_hr(ITypeInfo_GetFuncDesc(info, 0, &function), S_OK, "GetFuncDesc");
    if (function)
    {
        is_int(function->cParams, 2, "parameters");
        is_int(function->lprgelemdescParam[0].tdesc.vt, VT_BSTR, "the first one's type");
        is_hr(ITypeInfo_GetNames(info, function->memid, names, 4, &count), S_OK, "GetNames");
        is_uint(count, 3, "three names");
        is_wstr(names[0], L"Read", "the function's");
        is_wstr(names[2], L"reading", "the last parameter's");
        for (UINT i = 0; i < count; i++)
            SysFreeString(names[i]);
        ITypeInfo_ReleaseFuncDesc(info, function);
    }
    is_hr(ITypeInfo_GetContainingTypeLib(info, &library, &index), S_OK, "GetContainingTypeLib");
    if (library)
    {
        is_int(ITypeLib_GetTypeInfoCount(library) > 2, TRUE, "a library with types");
        ITypeLib_Release(library);
    }
    ITypeInfo_Release(info);
}

static void check_plain_calls(IDispatch *proxy)
{
    DISPID named = PARAMETER_NAMED;
    VARIANT arguments[3], result;
    DISPPARAMS with = {arguments, &named, 3, 1}, none = {NULL, NULL, 0, 0};
    UINT wrong = 0xdead;

    VariantInit(&result);
    V_VT(&arguments[0]) = VT_I4;
    V_I4(&arguments[0]) = 3;
    V_VT(&arguments[1]) = VT_BSTR;
    V_BSTR(&arguments[1]) = SysAllocString(L"second");
    V_VT(&arguments[2]) = VT_R8;
    V_R8(&arguments[2]) = 1.5;
    is_hr(invoke(proxy, METHOD_NAMED, &with, &result, NULL, NULL), S_OK, "Invoke, named argument");
    ok(V_VT(&result) == VT_BSTR && same_text(V_BSTR(&result), L"named"), "its result");
    VariantClear(&result);
    is_hr(invoke(proxy, METHOD_NAMED, &with, NULL, NULL, NULL), S_OK, "Invoke, no result wanted");
    is_hr(invoke(proxy, METHOD_MISMATCH, &with, &result, NULL, &wrong), DISP_E_TYPEMISMATCH,
            "Invoke, an argument of the wrong type");
    is_uint(wrong, 1, "which one");
    SysFreeString(V_BSTR(&arguments[1]));
    is_hr(invoke(proxy, METHOD_NOTHING, &none, NULL, NULL, NULL), S_FALSE, "Invoke, no arguments");
    is_hr(invoke(proxy, 4711, &none, NULL, NULL, NULL), DISP_E_MEMBERNOTFOUND,
            "Invoke, no such member");
}

static void check_byref(IDispatch *proxy)
{
    VARIANT arguments[3], inner;
    DISPPARAMS with = {arguments, NULL, 3, 0};
    BSTR text = SysAllocString(L"old");
    LONG number = 41;

    V_VT(&inner) = VT_I2;
    V_I2(&inner) = -2;
    V_VT(&arguments[0]) = VT_BYREF | VT_BSTR;
    V_BSTRREF(&arguments[0]) = &text;
    V_VT(&arguments[1]) = VT_BYREF | VT_VARIANT;
    V_VARIANTREF(&arguments[1]) = &inner;
    V_VT(&arguments[2]) = VT_BYREF | VT_I4;
    V_I4REF(&arguments[2]) = &number;
    is_hr(invoke(proxy, METHOD_BYREF, &with, NULL, NULL, NULL), S_OK, "Invoke, by reference");
    is_int(number, 42, "a number");
    is_wstr(text, L"a new and longer one", "a string");
    ok(V_VT(&inner) == VT_BSTR && same_text(V_BSTR(&inner), L"was a number"), "a variant");
    SysFreeString(text);
    VariantClear(&inner);
}

static void check_exception(IDispatch *proxy)
{
    DISPPARAMS none = {NULL, NULL, 0, 0};
    EXCEPINFO exception;

    memset(&exception, 0, sizeof(exception));
    is_hr(invoke(proxy, METHOD_EXCEPTION, &none, NULL, &exception, NULL), DISP_E_EXCEPTION,
            "Invoke, an exception");
    is_int(exception.wCode, 1234, "its number");
    is_hr(exception.scode, E_ACCESSDENIED, "its result");
    is_uint(exception.dwHelpContext, 5, "its help");
    is_wstr(exception.bstrSource, L"source", "its source");
    is_wstr(exception.bstrDescription, L"what went wrong", "its description");
    SysFreeString(exception.bstrSource);
    SysFreeString(exception.bstrDescription);
    SysFreeString(exception.bstrHelpFile);
    is_hr(invoke(proxy, METHOD_EXCEPTION, &none, NULL, NULL, NULL), DISP_E_EXCEPTION,
            "an exception that nobody wants to know of");
}

static void check_array(IDispatch *proxy)
{
    SAFEARRAYBOUND bound = {1000, 5};
    VARIANT argument, result;
    DISPPARAMS with = {&argument, NULL, 1, 0};
    LONG index = 1;
    BSTR text = NULL;

    VariantInit(&result);
    V_VT(&argument) = VT_ARRAY | VT_I4;
    V_ARRAY(&argument) = SafeArrayCreate(VT_I4, 1, &bound);
    for (LONG i = 5; i < 1005; i++)
    {
        LONG number = i * 3;

        SafeArrayPutElement(V_ARRAY(&argument), &i, &number);
    }
    is_hr(invoke(proxy, METHOD_ARRAY, &with, &result, NULL, NULL), S_OK, "Invoke, an array");
    if (is_int(V_VT(&result), VT_ARRAY | VT_BSTR, "an array comes back"))
    {
        SafeArrayGetElement(V_ARRAY(&result), &index, &text);
        is_wstr(text, L"two", "an element");
        SysFreeString(text);
    }
    VariantClear(&result);
    VariantClear(&argument);
}

static void check_object(IDispatch *proxy)
{
    VARIANT arguments[3], result;
    DISPPARAMS with = {arguments, NULL, 3, 0};
    IUnknown *one = mock_create(&IID_IStream, GIVEN);
    IDispatch *two = mock_create(&IID_IDispatch, GIVEN + 1);

    VariantInit(&result);
    V_VT(&arguments[0]) = VT_UNKNOWN;
    V_UNKNOWN(&arguments[0]) = one;
    V_VT(&arguments[1]) = VT_DISPATCH;
    V_DISPATCH(&arguments[1]) = NULL;
    V_VT(&arguments[2]) = VT_DISPATCH;
    V_DISPATCH(&arguments[2]) = two;
    is_hr(invoke(proxy, METHOD_OBJECT, &with, &result, NULL, NULL), S_OK, "Invoke, objects");
    if (is_int(V_VT(&result), VT_DISPATCH, "an object comes back"))
        is_uint(token_of(V_DISPATCH(&result)), MADE, "the right one");
    VariantClear(&result);
    check_released(one, "the one is released");
    check_released(two, "the other, too");
}

void check_dispatch(IClassFactory *factory)
{
    IDispatch *proxy = remote_create(factory, &IID_IDispatch, "IDispatch");

    note("IDispatch");
    if (!proxy)
        return;
    check_names(proxy);
    check_type_info(proxy);
    check_plain_calls(proxy);
    check_byref(proxy);
    check_exception(proxy);
    check_array(proxy);
    check_object(proxy);
    IDispatch_Release(proxy);
}
