/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions which belong to none of the other tests' subjects: what their pages promise, and their
 * errors. Where the import library has no name, they are found by it. */
#include "tap.h"

#include <objbase.h>
#include <callobj.h>
#include <oleauto.h>
#include <string.h>

static FARPROC function_of(const WCHAR *dll, const char *name)
{
    FARPROC function = GetProcAddress(LoadLibraryW(dll), name);

    ok(function != NULL || tap_builtin(), "%s is there", name);
    return function;
}

/* combaseapi/nf-combaseapi-coinvalidateremotemachinebindings */
static void test_bindings(void)
{
    WCHAR name[] = L"elsewhere", all[] = L"";

    is_hr(CoInvalidateRemoteMachineBindings(NULL), E_INVALIDARG, "no computer");
    is_hr(CoInvalidateRemoteMachineBindings(name), CO_S_MACHINENAMENOTFOUND,
            "a computer to which there are no bindings");
    is_hr(CoInvalidateRemoteMachineBindings(all), CO_S_MACHINENAMENOTFOUND, "no bindings");
}

/* combaseapi/nf-combaseapi-codisconnectcontext */
static void test_contexts(void)
{
    is_hr(CoDisconnectContext(0), CO_E_NOT_SUPPORTED, "default contexts cannot be disconnected");
}

static DWORD WINAPI outside_thread(void *context)
{
    IMarshal *marshal = (void *)1;

    (void)context;
    todo_builtin("nf-combaseapi-cogetstandardmarshal")
        is_hr(CoGetStandardMarshal(&IID_IUnknown, NULL, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL,
                      &marshal),
                CO_E_NOTINITIALIZED, "CoGetStandardMarshal outside of COM");
    return 0;
}

/* combaseapi/nf-combaseapi-cogetstandardmarshal */
static void test_standard_marshal(void)
{
    IMarshal *marshal = NULL, *second = NULL, *proxy = NULL;
    HANDLE thread = CreateThread(NULL, 0, outside_thread, NULL, 0, NULL);
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *object, *packet;
    IUnknown *back;
    CLSID clsid;

    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CreateStreamOnHGlobal(NULL, TRUE, &object);
    CreateStreamOnHGlobal(NULL, TRUE, &packet);
    is_hr(CoGetStandardMarshal(&IID_IUnknown, (IUnknown *)object, MSHCTX_LOCAL, NULL,
                  MSHLFLAGS_NORMAL, &marshal),
            S_OK, "a marshaller of an object");
    is_hr(CoGetStandardMarshal(&IID_IStream, (IUnknown *)object, MSHCTX_INPROC, NULL,
                  MSHLFLAGS_TABLESTRONG, &second),
            S_OK, "of another interface of it");
    is_hr(IMarshal_GetUnmarshalClass(marshal, &IID_IUnknown, object, MSHCTX_LOCAL, NULL,
                  MSHLFLAGS_NORMAL, &clsid),
            S_OK, "its class");
    is_guid(&clsid, &CLSID_StdMarshal, "is COM's");
    is_hr(IMarshal_MarshalInterface(marshal, packet, &IID_IUnknown, object, MSHCTX_LOCAL, NULL,
                  MSHLFLAGS_NORMAL),
            S_OK, "it marshals");
    todo_builtin("nf-combaseapi-cogetstandardmarshal: without an object")
        is_hr(CoGetStandardMarshal(&IID_IUnknown, NULL, MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL,
                      &proxy),
                S_OK, "a marshaller without an object");
    IStream_Seek(packet, start, STREAM_SEEK_SET, NULL);
    is_hr(CoUnmarshalInterface(packet, &IID_IUnknown, (void **)&back), S_OK, "the packet is good");
    is_ptr(back, object, "and leads home");
    IUnknown_Release(back);
    if (proxy)
        IMarshal_Release(proxy);
    IMarshal_Release(second);
    IMarshal_Release(marshal);
    IStream_Release(packet);
    CoDisconnectObject((IUnknown *)object, 0);
    is_int(IStream_Release(object), 0, "no reference is left");
}

/* CoCreateErrorInfo, CoSetErrorInfo and CoGetErrorInfo are combase's names of oleaut32's. */
static void test_error_objects(void)
{
    HRESULT(WINAPI * create)
    (ICreateErrorInfo **) = (void *)function_of(L"combase.dll", "CoCreateErrorInfo");
    HRESULT(WINAPI * set)
    (ULONG, IErrorInfo *) = (void *)function_of(L"combase.dll", "CoSetErrorInfo");
    HRESULT(WINAPI * get)
    (ULONG, IErrorInfo **) = (void *)function_of(L"combase.dll", "CoGetErrorInfo");
    ICreateErrorInfo *made;
    IErrorInfo *error, *got = NULL;
    BSTR text;

    if (!create || !set || !get)
        return;
    is_hr(create(NULL), E_INVALIDARG, "no place for an error object");
    is_hr(create(&made), S_OK, "an error object");
    ICreateErrorInfo_SetDescription(made, (WCHAR *)L"it went wrong");
    ICreateErrorInfo_QueryInterface(made, &IID_IErrorInfo, (void **)&error);
    is_hr(get(0, &got), S_FALSE, "the thread has none");
    is_hr(set(0, error), S_OK, "the thread gets it");
    is_hr(get(0, &got), S_OK, "and gives it");
    is_ptr(got, error, "the same");
    is_hr(IErrorInfo_GetDescription(got, &text), S_OK, "its description");
    is_wstr(text, L"it went wrong", "as it was set");
    SysFreeString(text);
    IErrorInfo_Release(got);
    is_hr(get(0, &got), S_FALSE, "once");
    IErrorInfo_Release(error);
    is_int(ICreateErrorInfo_Release(made), 0, "no reference is left");
}

/* objbase/nf-objbase-monikercommonprefixwith, objbase/nf-objbase-monikerrelativepathto */
static void test_moniker_helpers(void)
{
    IMoniker *one, *two, *both, *other, *prefix = NULL, *path = NULL;

    CreateItemMoniker(L"!", L"one", &one);
    CreateItemMoniker(L"!", L"two", &two);
    CreateItemMoniker(L"!", L"three", &other);
    CreateGenericComposite(one, two, &both);
    is_hr(MonikerCommonPrefixWith(both, one, &prefix), MK_S_HIM, "the shorter one");
    if (prefix)
    {
        is_hr(IMoniker_IsEqual(prefix, one), S_OK, "is the prefix");
        IMoniker_Release(prefix);
    }
    prefix = (void *)1;
    is_hr(MonikerCommonPrefixWith(two, other, &prefix), MK_E_NOPREFIX, "nothing in common");
    ok(!prefix, "no prefix");
    is_hr(MonikerCommonPrefixWith(both, both, &prefix), MK_S_US, "the same");
    if (prefix)
        IMoniker_Release(prefix);
    is_hr(MonikerRelativePathTo(one, other, &path, TRUE), MK_S_HIM, "no path between them");
    if (path)
    {
        is_hr(IMoniker_IsEqual(path, other), S_OK, "but the other's own");
        IMoniker_Release(path);
    }
    IMoniker_Release(both);
    IMoniker_Release(other);
    IMoniker_Release(two);
    IMoniker_Release(one);
}

/* callobj/nf-callobj-cogetinterceptorfromtypeinfo */
static void test_interceptors(void)
{
    HRESULT(WINAPI * from_info)
    (REFIID, IUnknown *, ITypeInfo *, REFIID, void **) =
            (void *)function_of(L"ole32.dll", "CoGetInterceptorFromTypeInfo");
    void *interceptor = (void *)1;

    if (!from_info)
        return;
    is_hr(from_info(&IID_IUnknown, NULL, NULL, &IID_IUnknown, &interceptor), E_UNEXPECTED,
            "there are no interceptors");
    ok(!interceptor, "and no pointer");
}

/* Strings of PROPVARIANTs, and the classes by ole32's other name. */
static void test_others(void)
{
    BSTR(WINAPI * allocate)(LPCOLESTR) = (void *)function_of(L"ole32.dll", "PropSysAllocString");
    void(WINAPI * release)(BSTR) = (void *)function_of(L"ole32.dll", "PropSysFreeString");
    HRESULT(WINAPI * classes)
    (REFCLSID, REFIID, void **) = (void *)function_of(L"ole32.dll", "Ole32DllGetClassObject");
    IUnknown *class = NULL;
    BSTR text;

    if (allocate && release)
    {
        text = allocate(L"text");
        is_wstr(text, L"text", "PropSysAllocString");
        is_uint(SysStringLen(text), 4, "is a BSTR");
        release(text);
        release(NULL);
        ok(!allocate(NULL), "no text");
    }
    if (classes)
    {
        is_hr(classes(&CLSID_StdGlobalInterfaceTable, &IID_IClassFactory, (void **)&class), S_OK,
                "a class of ole32");
        if (class)
            IUnknown_Release(class);
        is_hr(classes(&IID_IUnknown, &IID_IClassFactory, (void **)&class),
                CLASS_E_CLASSNOTAVAILABLE, "there is no such class");
    }
}

int main(void)
{
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_standard_marshal();
    test_error_objects();
    if (!builtin_lacks("MonikerCommonPrefixWith and CoInvalidateRemoteMachineBindings"))
    {
        test_bindings();
        test_contexts();
        test_moniker_helpers();
        test_interceptors();
        test_others();
    }
    CoUninitialize();
    return done_testing();
}
