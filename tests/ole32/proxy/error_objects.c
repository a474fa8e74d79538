/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IErrorInfo, ICreateErrorInfo, ISupportErrorInfo: BSTRs, whose routines are oleaut32's. */
#include "interface_mock.h"

static HRESULT STDMETHODCALLTYPE error_GetGUID(IErrorInfo *iface, GUID *guid)
{
    MOCK_ENTER(iface);
    *guid = guid_of(0x700);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_GetSource(IErrorInfo *iface, BSTR *source)
{
    MOCK_ENTER(iface);
    EXPECT(!*source);
    *source = SysAllocString(L"source.1");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_GetDescription(IErrorInfo *iface, BSTR *description)
{
    MOCK_ENTER(iface);
    EXPECT(!*description);
    *description = mock->position++ ? SysAllocString(L"") : SysAllocString(long_text());
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_GetHelpFile(IErrorInfo *iface, BSTR *file)
{
    MOCK_ENTER(iface);
    EXPECT(!*file);
    *file = mock->position++ ? SysAllocStringLen(L"a\0b", 3) : NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_GetHelpContext(IErrorInfo *iface, DWORD *context)
{
    MOCK_ENTER(iface);
    *context = 0x701;
    return S_FALSE;
}

static const IErrorInfoVtbl error_vtbl = {MOCK_UNKNOWN, error_GetGUID, error_GetSource,
        error_GetDescription, error_GetHelpFile, error_GetHelpContext};

static HRESULT STDMETHODCALLTYPE create_SetGUID(ICreateErrorInfo *iface, REFGUID guid)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(guid, 0x702));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE create_SetSource(ICreateErrorInfo *iface, LPOLESTR source)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(source, L"from here"));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE create_SetDescription(ICreateErrorInfo *iface, LPOLESTR text)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(text, long_text()));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE create_SetHelpFile(ICreateErrorInfo *iface, LPOLESTR file)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(file, L""));
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE create_SetHelpContext(ICreateErrorInfo *iface, DWORD context)
{
    MOCK_ENTER(iface);
    EXPECT(context == 0x703);
    return S_OK;
}

static const ICreateErrorInfoVtbl create_vtbl = {MOCK_UNKNOWN, create_SetGUID, create_SetSource,
        create_SetDescription, create_SetHelpFile, create_SetHelpContext};

static HRESULT STDMETHODCALLTYPE support_InterfaceSupportsErrorInfo(ISupportErrorInfo *iface,
        REFIID iid)
{
    MOCK_ENTER(iface);
    return IsEqualIID(iid, &IID_IStream) ? S_OK : S_FALSE;
}

static const ISupportErrorInfoVtbl support_vtbl = {MOCK_UNKNOWN,
        support_InterfaceSupportsErrorInfo};

const struct mock_class error_object_classes[] = {
        {{&IID_IErrorInfo}, &error_vtbl},
        {{&IID_ICreateErrorInfo}, &create_vtbl},
        {{&IID_ISupportErrorInfo}, &support_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

static void check_error(IErrorInfo *proxy)
{
    BSTR text = (BSTR)0xdead;
    DWORD context = 0;
    GUID guid;

    is_hr(IErrorInfo_GetGUID(proxy, &guid), S_OK, "GetGUID");
    ok(is_guid_of(&guid, 0x700), "the GUID");
    text = NULL;
    is_hr(IErrorInfo_GetSource(proxy, &text), S_OK, "GetSource");
    is_wstr(text, L"source.1", "the source");
    SysFreeString(text);
    text = NULL;
    is_hr(IErrorInfo_GetHelpFile(proxy, &text), S_OK, "GetHelpFile");
    is_ptr(text, NULL, "a NULL string");
    is_hr(IErrorInfo_GetDescription(proxy, &text), S_OK, "GetDescription");
    is_uint(SysStringLen(text), 0, "an empty string: the help file was asked for first");
    ok(text != NULL, "empty and not NULL");
    SysFreeString(text);
    text = NULL;
    is_hr(IErrorInfo_GetHelpFile(proxy, &text), S_OK, "GetHelpFile");
    ok(SysStringLen(text) == 3 && text[0] == 'a' && !text[1] && text[2] == 'b',
            "a string with a zero inside");
    SysFreeString(text);
    is_hr(IErrorInfo_GetHelpContext(proxy, &context), S_FALSE, "GetHelpContext");
    is_uint(context, 0x701, "the context");
    mock_control->result = E_ACCESSDENIED;
    text = NULL;
    is_hr(IErrorInfo_GetSource(proxy, &text), E_ACCESSDENIED, "GetSource fails");
    is_ptr(text, NULL, "no string");
    mock_control->result = 0;
}

static void check_create(ICreateErrorInfo *proxy)
{
    GUID guid = guid_of(0x702);

    is_hr(ICreateErrorInfo_SetGUID(proxy, &guid), S_OK, "SetGUID");
    is_hr(ICreateErrorInfo_SetSource(proxy, (WCHAR *)L"from here"), S_OK, "SetSource");
    is_hr(ICreateErrorInfo_SetDescription(proxy, (WCHAR *)long_text()), S_OK, "SetDescription");
    is_hr(ICreateErrorInfo_SetHelpFile(proxy, (WCHAR *)L""), S_FALSE, "SetHelpFile");
    is_hr(ICreateErrorInfo_SetHelpContext(proxy, 0x703), S_OK, "SetHelpContext");
}

void check_error_objects(IClassFactory *factory)
{
    IErrorInfo *error = remote_create(factory, &IID_IErrorInfo, "IErrorInfo"), *long_one;
    ICreateErrorInfo *create = remote_create(factory, &IID_ICreateErrorInfo, "ICreateErrorInfo");
    ISupportErrorInfo *support =
            remote_create(factory, &IID_ISupportErrorInfo, "ISupportErrorInfo");
    BSTR text = NULL;

    note("error objects");
    if (error)
    {
        check_error(error);
        IErrorInfo_Release(error);
    }
    if ((long_one = remote_create(factory, &IID_IErrorInfo, "IErrorInfo")))
    {
        is_hr(IErrorInfo_GetDescription(long_one, &text), S_OK, "GetDescription");
        ok(same_text(text, long_text()), "a long string");
        SysFreeString(text);
        IErrorInfo_Release(long_one);
    }
    if (create)
    {
        check_create(create);
        ICreateErrorInfo_Release(create);
    }
    if (support)
    {
        is_hr(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IStream), S_OK,
                "InterfaceSupportsErrorInfo");
        is_hr(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_ILockBytes), S_FALSE,
                "InterfaceSupportsErrorInfo, not");
        ISupportErrorInfo_Release(support);
    }
}
