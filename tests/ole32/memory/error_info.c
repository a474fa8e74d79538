/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Error objects, whose the thread has, and how they travel: by value, [MS-DCOM] 2.2.21.2. */
#include <string.h>

#include <windows.h>
#include <ole2.h>
#include <oleauto.h>

#include "tap.h"

static const GUID test_iid = {0x5c0e81a2, 0x76b4, 0x4f5a,
        {0x9d, 0x10, 0x2c, 0x3b, 0x5e, 0x91, 0xaa, 0x11}};
static const CLSID CLSID_ErrorObject = {0x31b, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

static void is_error(IErrorInfo *info, const GUID *guid, const WCHAR *source,
        const WCHAR *description, const WCHAR *file, DWORD context, const char *what)
{
    DWORD context_got = 0xdeadbeef;
    BSTR text;
    GUID got;

    memset(&got, 0xcc, sizeof(got));
    is_hr(IErrorInfo_GetGUID(info, &got), S_OK, "%s: GetGUID", what);
    is_guid(&got, guid, "%s: GUID", what);
    text = (BSTR)1;
    is_hr(IErrorInfo_GetSource(info, &text), S_OK, "%s: GetSource", what);
    is_wstr(text, source, "%s: source", what);
    SysFreeString(text);
    text = (BSTR)1;
    is_hr(IErrorInfo_GetDescription(info, &text), S_OK, "%s: GetDescription", what);
    is_wstr(text, description, "%s: description", what);
    SysFreeString(text);
    text = (BSTR)1;
    is_hr(IErrorInfo_GetHelpFile(info, &text), S_OK, "%s: GetHelpFile", what);
    is_wstr(text, file, "%s: help file", what);
    SysFreeString(text);
    is_hr(IErrorInfo_GetHelpContext(info, &context_got), S_OK, "%s: GetHelpContext", what);
    is_uint(context_got, context, "%s: help context", what);
}

static IErrorInfo *make_error(const WCHAR *source, const WCHAR *description, const WCHAR *file,
        DWORD context)
{
    ICreateErrorInfo *create;
    IErrorInfo *info = NULL;

    is_hr(CreateErrorInfo(&create), S_OK, "CreateErrorInfo");
    ICreateErrorInfo_SetGUID(create, &test_iid);
    ICreateErrorInfo_SetSource(create, (WCHAR *)source);
    ICreateErrorInfo_SetDescription(create, (WCHAR *)description);
    ICreateErrorInfo_SetHelpFile(create, (WCHAR *)file);
    ICreateErrorInfo_SetHelpContext(create, context);
    ICreateErrorInfo_QueryInterface(create, &IID_IErrorInfo, (void **)&info);
    ICreateErrorInfo_Release(create);
    return info;
}

static void test_object(void)
{
    WCHAR text[] = L"source";
    ICreateErrorInfo *create, *same;
    ISupportErrorInfo *support;
    IErrorInfo *info;
    IUnknown *unknown, *identity;

    is_hr(CreateErrorInfo(&create), S_OK, "CreateErrorInfo");
    is_hr(ICreateErrorInfo_QueryInterface(create, &IID_IErrorInfo, (void **)&info), S_OK,
            "IErrorInfo");
    is_error(info, &GUID_NULL, NULL, NULL, NULL, 0, "a new one");
    is_hr(ICreateErrorInfo_SetGUID(create, &test_iid), S_OK, "SetGUID");
    is_hr(ICreateErrorInfo_SetSource(create, text), S_OK, "SetSource");
    text[0] = 'S';
    is_hr(ICreateErrorInfo_SetDescription(create, (WCHAR *)L"a description"), S_OK,
            "SetDescription");
    is_hr(ICreateErrorInfo_SetHelpFile(create, (WCHAR *)L"help.chm"), S_OK, "SetHelpFile");
    is_hr(ICreateErrorInfo_SetHelpContext(create, 77), S_OK, "SetHelpContext");
    is_error(info, &test_iid, L"source", L"a description", L"help.chm", 77, "all set");
    ICreateErrorInfo_SetSource(create, (WCHAR *)L"another source");
    ICreateErrorInfo_SetDescription(create, NULL);
    ICreateErrorInfo_SetHelpFile(create, (WCHAR *)L"");
    is_error(info, &test_iid, L"another source", NULL, L"", 77, "set again");

    is_hr(IErrorInfo_QueryInterface(info, &IID_ICreateErrorInfo, (void **)&same), S_OK,
            "ICreateErrorInfo from IErrorInfo");
    is_ptr(same, create, "... is that of the beginning");
    ICreateErrorInfo_Release(same);
    IErrorInfo_QueryInterface(info, &IID_IUnknown, (void **)&unknown);
    ICreateErrorInfo_QueryInterface(create, &IID_IUnknown, (void **)&identity);
    is_ptr(unknown, identity, "one identity");
    IUnknown_Release(identity);
    is_hr(IErrorInfo_QueryInterface(info, &IID_ISupportErrorInfo, (void **)&support), S_OK,
            "ISupportErrorInfo");
    is_hr(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IStream), S_FALSE,
            "InterfaceSupportsErrorInfo");
    ISupportErrorInfo_Release(support);
    is_hr(IErrorInfo_QueryInterface(info, &IID_IStream, (void **)&support), E_NOINTERFACE,
            "no IStream");
    IUnknown_Release(unknown);
    IErrorInfo_Release(info);
    is_uint(ICreateErrorInfo_Release(create), 0, "the last reference");
    if (!builtin_lacks("a check of CreateErrorInfo for NULL"))
        is_hr(CreateErrorInfo(NULL), E_INVALIDARG, "CreateErrorInfo to NULL");
}

static DWORD WINAPI other_thread(void *param)
{
    IErrorInfo *info = (IErrorInfo *)1;
    HRESULT hr = GetErrorInfo(0, &info);

    SetErrorInfo(0, param); /* the thread ends with it */
    return (DWORD)hr;
}

static void test_thread(void)
{
    IErrorInfo *first = make_error(L"first", NULL, NULL, 1);
    IErrorInfo *second = make_error(L"second", NULL, NULL, 2);
    IErrorInfo *info = (IErrorInfo *)1;
    HANDLE thread;
    DWORD hr;

    is_hr(SetErrorInfo(0, NULL), S_OK, "SetErrorInfo, none");
    is_hr(GetErrorInfo(0, &info), S_FALSE, "GetErrorInfo: there is none");
    if (!builtin_lacks("a result in that case"))
        is_ptr(info, NULL, "... which gives NULL");
    is_hr(GetErrorInfo(1, &info), E_INVALIDARG, "GetErrorInfo: the reserved parameter");
    is_hr(GetErrorInfo(0, NULL), E_INVALIDARG, "GetErrorInfo to NULL");
    is_hr(SetErrorInfo(1, first), E_INVALIDARG, "SetErrorInfo: the reserved parameter");

    is_hr(SetErrorInfo(0, first), S_OK, "SetErrorInfo");
    is_uint(IErrorInfo_AddRef(first), 3, "it is kept");
    IErrorInfo_Release(first);
    thread = CreateThread(NULL, 0, other_thread, second, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &hr);
    CloseHandle(thread);
    is_hr((HRESULT)hr, S_FALSE, "another thread has none");
    is_hr(GetErrorInfo(0, &info), S_OK, "GetErrorInfo");
    is_ptr(info, first, "... gives that of this thread");
    is_uint(IErrorInfo_Release(info), 1, "... with its reference");
    is_hr(GetErrorInfo(0, &info), S_FALSE, "then there is none any more");

    SetErrorInfo(0, first);
    SetErrorInfo(0, second);
    is_uint(IErrorInfo_AddRef(first), 2, "the former one is released");
    IErrorInfo_Release(first);
    is_hr(SetErrorInfo(0, NULL), S_OK, "SetErrorInfo, none");
    is_hr(GetErrorInfo(0, &info), S_FALSE, "then there is none");
    is_uint(IErrorInfo_Release(first), 0, "nobody keeps the first");
    is_uint(IErrorInfo_Release(second), 0, "nor the second: its thread has ended");
}

static const BYTE sample[] = {
        0, 0, 0, 0,    /* version */
        0x4d, 0, 0, 0, /* help context */
        0xa2, 0x81, 0x0e, 0x5c, 0xb4, 0x76, 0x5a, 0x4f, 0x9d, 0x10, 0x2c, 0x3b, 0x5e, 0x91, 0xaa,
        0x11,                   /* IID */
        0xff, 0xff, 0xff, 0xff, /* there is a source */
        3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 'a', 0, 'b', 0, 0, 0, 0xff, 0xff, 0xff,
        0xff,                                                         /* there is a description */
        2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 'c', 0, 0, 0, 0, 0, 0, 0, /* there is no help file */
};

static HRESULT unmarshal(IMarshal *marshal, const BYTE *data, ULONG size, IErrorInfo **info)
{
    LARGE_INTEGER zero = {.QuadPart = 0};
    IStream *stream;
    HRESULT hr;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    IStream_Write(stream, data, size, NULL);
    IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL);
    *info = (IErrorInfo *)1;
    hr = IMarshal_UnmarshalInterface(marshal, stream, &IID_IErrorInfo, (void **)info);
    if (FAILED(hr) && *info)
        fail("a failure gives a pointer");
    IStream_Release(stream);
    return hr;
}

static IMarshal *marshal_of(IErrorInfo *info)
{
    IMarshal *marshal = NULL;

    IErrorInfo_QueryInterface(info, &IID_IMarshal, (void **)&marshal);
    return marshal;
}

static void test_marshal(void)
{
    IErrorInfo *info = make_error(L"ab", L"c", NULL, 0x4d), *copy;
    IErrorInfo *blank = make_error(NULL, NULL, L"file", 0);
    IMarshal *marshal = marshal_of(info), *target = marshal_of(blank);
    LARGE_INTEGER zero = {.QuadPart = 0};
    DWORD size = 0, accepted = 0;
    BYTE bad[sizeof(sample)];
    IStream *stream;
    HGLOBAL global;
    CLSID clsid;

    if (!marshal)
    {
        builtin_lacks("error objects that travel by value");
        return;
    }
    is_hr(IMarshal_GetUnmarshalClass(marshal, &IID_IErrorInfo, info, MSHCTX_LOCAL, NULL,
                  MSHLFLAGS_NORMAL, &clsid),
            S_OK, "GetUnmarshalClass");
    is_guid(&clsid, &CLSID_ErrorObject, "... is CLSID_ErrorObject");
    is_hr(IMarshal_GetMarshalSizeMax(marshal, &IID_IErrorInfo, info, MSHCTX_LOCAL, NULL,
                  MSHLFLAGS_NORMAL, &size),
            S_OK, "GetMarshalSizeMax");
    is_uint(size, sizeof(sample), "... is what it takes");
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(IMarshal_MarshalInterface(marshal, stream, &IID_IErrorInfo, info, MSHCTX_LOCAL, NULL,
                  MSHLFLAGS_NORMAL),
            S_OK, "MarshalInterface");
    GetHGlobalFromStream(stream, &global);
    is_uint(GlobalSize(global), sizeof(sample), "the size of it");
    is_mem(GlobalLock(global), sample, sizeof(sample), "the format of [MS-DCOM] 2.2.21.2");
    GlobalUnlock(global);
    IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL);
    is_hr(IMarshal_UnmarshalInterface(target, stream, &IID_IErrorInfo, (void **)&copy), S_OK,
            "UnmarshalInterface");
    is_error(copy, &test_iid, L"ab", L"c", NULL, 0x4d, "the copy");
    IErrorInfo_Release(copy);
    IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL);
    is_hr(IMarshal_ReleaseMarshalData(target, stream), S_OK, "ReleaseMarshalData");
    is_hr(IMarshal_DisconnectObject(marshal, 0), S_OK, "DisconnectObject");
    IStream_Release(stream);

    /* Bad input: each prefix, and each byte changed. */
    for (ULONG i = 0; i < sizeof(sample); i++)
    {
        if (SUCCEEDED(unmarshal(target, sample, i, &copy)))
            fail("%lu bytes are too few", i);
    }
    pass("what is cut off is refused");
    for (ULONG i = 0; i < sizeof(sample) * 255; i++)
    {
        memcpy(bad, sample, sizeof(bad));
        bad[i / 255] ^= (BYTE)(i % 255 + 1);
        if (SUCCEEDED(unmarshal(target, bad, sizeof(bad), &copy)))
        {
            accepted++;
            IErrorInfo_Release(copy);
        }
    }
    /* The context, the IID and the characters may be anything. */
    is_uint(accepted, (4 + 16 + 4 + 2) * 255, "of changed bytes only those of values are taken");
    memcpy(bad, sample, sizeof(bad));
    memset(bad + 28, 0xff, 4);
    bad[28] = 0xff;
    memcpy(bad + 28, "\xff\xff\xff\x7f\0\0\0\0\xff\xff\xff\x7f", 12);
    ok(FAILED(unmarshal(target, bad, sizeof(bad), &copy)), "a text of 4 GiB");
    is_hr(unmarshal(target, sample, sizeof(sample), &copy), S_OK, "the good one is still taken");
    is_error(copy, &test_iid, L"ab", L"c", NULL, 0x4d, "the copy");
    IErrorInfo_Release(copy);

    IMarshal_Release(marshal);
    IMarshal_Release(target);
    is_uint(IErrorInfo_Release(info), 0, "the last reference of the original");
    is_uint(IErrorInfo_Release(blank), 0, "the last reference of the copy");
}

static void run_all(void)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_object();
    test_thread();
    test_marshal();
    CoUninitialize();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("error objects");
    }
    return done_testing();
}
