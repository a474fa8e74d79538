/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ICatRegister, ICatInformation, IEnumCATEGORYINFO; IEnumGUID is among the enumerators. */
#include "interface_mock.h"

#define MADE 0x8a1
#define ANY ((ULONG)-1)

static CATEGORYINFO category_make(ULONG index)
{
    CATEGORYINFO category;

    memset(&category, 0, sizeof(category));
    category.catid = guid_of(0x8b0 + index);
    category.lcid = 0x407 + index;
    memcpy(category.szDescription, long_text(), 127 * sizeof(WCHAR));
    return category;
}

static BOOL is_category(const CATEGORYINFO *category, ULONG index)
{
    CATEGORYINFO expected = category_make(index);

    return !memcmp(category, &expected, sizeof(expected));
}

static BOOL are_categories(ULONG count, const CATID *categories)
{
    for (ULONG i = 0; i < count; i++)
        if (!is_guid_of(&categories[i], 0x8c0 + i))
            return FALSE;
    return TRUE;
}

static HRESULT STDMETHODCALLTYPE enum_Next(IEnumCATEGORYINFO *iface, ULONG count,
        CATEGORYINFO *categories, ULONG *fetched)
{
    MOCK_ENTER(iface);
    for (*fetched = 0; *fetched < count && mock->position < 3; ++*fetched)
        categories[*fetched] = category_make(mock->position++);
    return *fetched == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_Skip(IEnumCATEGORYINFO *iface, ULONG count)
{
    MOCK_ENTER(iface);
    mock->position += count;
    return mock->position <= 3 ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_Reset(IEnumCATEGORYINFO *iface)
{
    MOCK_ENTER(iface);
    mock->position = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_Clone(IEnumCATEGORYINFO *iface, IEnumCATEGORYINFO **copy)
{
    MOCK_ENTER(iface);
    EXPECT(!*copy);
    *copy = mock_create(&IID_IEnumCATEGORYINFO, MADE);
    return S_OK;
}

static const IEnumCATEGORYINFOVtbl enum_vtbl = {MOCK_UNKNOWN, enum_Next, enum_Skip, enum_Reset,
        enum_Clone};

static HRESULT STDMETHODCALLTYPE register_RegisterCategories(ICatRegister *iface, ULONG count,
        CATEGORYINFO categories[])
{
    MOCK_ENTER(iface);
    EXPECT(count == 2 && is_category(&categories[0], 0) && is_category(&categories[1], 1));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE register_UnRegisterCategories(ICatRegister *iface, ULONG count,
        CATID categories[])
{
    MOCK_ENTER(iface);
    EXPECT(count == 3 && are_categories(count, categories));
    return S_FALSE;
}

/* Tells them apart by the class. */
#define CLASS_METHOD(method, number)                                                               \
    static HRESULT STDMETHODCALLTYPE register_##method(ICatRegister *iface, REFCLSID clsid,        \
            ULONG count, CATID categories[])                                                       \
    {                                                                                              \
        MOCK_ENTER(iface);                                                                         \
        EXPECT(count < 4 && are_categories(count, categories));                                    \
        return is_guid_of(clsid, number) ? S_OK : E_UNEXPECTED;                                    \
    }

CLASS_METHOD(RegisterClassImplCategories, 0x8d1)
CLASS_METHOD(UnRegisterClassImplCategories, 0x8d2)
CLASS_METHOD(RegisterClassReqCategories, 0x8d3)
CLASS_METHOD(UnRegisterClassReqCategories, 0x8d4)

static const ICatRegisterVtbl register_vtbl = {MOCK_UNKNOWN, register_RegisterCategories,
        register_UnRegisterCategories, register_RegisterClassImplCategories,
        register_UnRegisterClassImplCategories, register_RegisterClassReqCategories,
        register_UnRegisterClassReqCategories};

static HRESULT STDMETHODCALLTYPE information_EnumCategories(ICatInformation *iface, LCID locale,
        IEnumCATEGORYINFO **categories)
{
    MOCK_ENTER(iface);
    EXPECT(!*categories && locale == 0x407);
    *categories = mock_create(&IID_IEnumCATEGORYINFO, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE information_GetCategoryDesc(ICatInformation *iface, REFCATID catid,
        LCID locale, LPWSTR *text)
{
    MOCK_ENTER(iface);
    EXPECT(!*text && locale == 0x409);
    if (!is_guid_of(catid, 0x8d5))
        return CAT_E_NODESCRIPTION;
    *text = text_copy(L"a category");
    return S_OK;
}

/* Any, none, two of each. */
static HRESULT categories_asked(ULONG implemented_count, const CATID *implemented,
        ULONG required_count, const CATID *required)
{
    if (implemented_count == ANY)
    {
        EXPECT(!implemented && !required_count);
        return S_FALSE;
    }
    EXPECT(implemented_count == 2 && are_categories(2, implemented));
    EXPECT(required_count == 1 && are_categories(1, required));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE information_EnumClassesOfCategories(ICatInformation *iface,
        ULONG implemented_count, const CATID implemented[], ULONG required_count,
        const CATID required[], IEnumGUID **classes)
{
    MOCK_ENTER(iface);
    EXPECT(!*classes);
    *classes = mock_create(&IID_IEnumGUID, MADE);
    return categories_asked(implemented_count, implemented, required_count, required);
}

static HRESULT STDMETHODCALLTYPE information_IsClassOfCategories(ICatInformation *iface,
        REFCLSID clsid, ULONG implemented_count, const CATID implemented[], ULONG required_count,
        const CATID required[])
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(clsid, 0x8d6));
    return categories_asked(implemented_count, implemented, required_count, required);
}

static HRESULT STDMETHODCALLTYPE information_EnumImplCategoriesOfClass(ICatInformation *iface,
        REFCLSID clsid, IEnumGUID **categories)
{
    MOCK_ENTER(iface);
    EXPECT(!*categories && is_guid_of(clsid, 0x8d7));
    *categories = mock_create(&IID_IEnumGUID, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE information_EnumReqCategoriesOfClass(ICatInformation *iface,
        REFCLSID clsid, IEnumGUID **categories)
{
    MOCK_ENTER(iface);
    EXPECT(!*categories && is_guid_of(clsid, 0x8d8));
    return E_OUTOFMEMORY;
}

static const ICatInformationVtbl information_vtbl = {MOCK_UNKNOWN, information_EnumCategories,
        information_GetCategoryDesc, information_EnumClassesOfCategories,
        information_IsClassOfCategories, information_EnumImplCategoriesOfClass,
        information_EnumReqCategoriesOfClass};

const struct mock_class category_classes[] = {
        {{&IID_IEnumCATEGORYINFO}, &enum_vtbl},
        {{&IID_ICatRegister}, &register_vtbl},
        {{&IID_ICatInformation}, &information_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

static void check_made(void *object, const char *what)
{
    is_uint(token_of(object), MADE, "%s", what);
    if (object)
        IUnknown_Release((IUnknown *)object);
}

static void check_enumerator(IEnumCATEGORYINFO *proxy)
{
    static CATEGORYINFO categories[4];
    IEnumCATEGORYINFO *copy = (void *)0xdead;
    ULONG fetched = 0xdead;

    is_hr(IEnumCATEGORYINFO_Next(proxy, 2, categories, &fetched), S_OK, "Next");
    ok(fetched == 2 && is_category(&categories[0], 0) && is_category(&categories[1], 1), "two");
    is_hr(IEnumCATEGORYINFO_Next(proxy, 4, categories, &fetched), S_FALSE, "Next, too many");
    ok(fetched == 1 && is_category(&categories[0], 2), "the last");
    is_hr(IEnumCATEGORYINFO_Skip(proxy, 1), S_FALSE, "Skip");
    is_hr(IEnumCATEGORYINFO_Reset(proxy), S_OK, "Reset");
    is_hr(IEnumCATEGORYINFO_Clone(proxy, &copy), S_OK, "Clone");
    check_made(copy, "the copy");
}

static void check_register(ICatRegister *proxy)
{
    static CATEGORYINFO categories[2];
    CATID ids[3] = {guid_of(0x8c0), guid_of(0x8c1), guid_of(0x8c2)};
    CLSID clsid = guid_of(0x8d1);

    categories[0] = category_make(0);
    categories[1] = category_make(1);
    is_hr(ICatRegister_RegisterCategories(proxy, 2, categories), S_OK, "RegisterCategories");
    is_hr(ICatRegister_UnRegisterCategories(proxy, 3, ids), S_FALSE, "UnRegisterCategories");
    is_hr(ICatRegister_RegisterClassImplCategories(proxy, &clsid, 3, ids), S_OK,
            "RegisterClassImplCategories");
    clsid = guid_of(0x8d2);
    is_hr(ICatRegister_UnRegisterClassImplCategories(proxy, &clsid, 2, ids), S_OK,
            "UnRegisterClassImplCategories");
    clsid = guid_of(0x8d3);
    is_hr(ICatRegister_RegisterClassReqCategories(proxy, &clsid, 1, ids), S_OK,
            "RegisterClassReqCategories");
    clsid = guid_of(0x8d4);
    is_hr(ICatRegister_UnRegisterClassReqCategories(proxy, &clsid, 0, ids), S_OK,
            "UnRegisterClassReqCategories");
}

/* A count of -1 is any category. */
static void check_any(ICatInformation *proxy)
{
    CATID ids[1] = {guid_of(0x8c0)};
    CLSID clsid = guid_of(0x8d6);
    IEnumGUID *classes = (void *)0xdead;

    is_hr(ICatInformation_EnumClassesOfCategories(proxy, ANY, ids, 0, ids, &classes), S_FALSE,
            "EnumClassesOfCategories, any");
    check_made(classes, "the classes");
    is_hr(ICatInformation_IsClassOfCategories(proxy, &clsid, ANY, NULL, 0, NULL), S_FALSE,
            "IsClassOfCategories, any");
}

/* Pages "ICatInformation::EnumClassesOfCategories", "ICatInformation::IsClassOfCategories". */
static void check_information(ICatInformation *proxy)
{
    CATID ids[2] = {guid_of(0x8c0), guid_of(0x8c1)}, catid = guid_of(0x8d5);
    CLSID clsid = guid_of(0x8d6);
    void *out = (void *)0xdead;
    WCHAR *text = NULL;

    is_hr(ICatInformation_EnumCategories(proxy, 0x407, (IEnumCATEGORYINFO **)&out), S_OK,
            "EnumCategories");
    check_made(out, "the categories");
    is_hr(ICatInformation_GetCategoryDesc(proxy, &catid, 0x409, &text), S_OK, "GetCategoryDesc");
    is_wstr(text, L"a category", "the text");
    CoTaskMemFree(text);
    is_hr(ICatInformation_GetCategoryDesc(proxy, &clsid, 0x409, &text), CAT_E_NODESCRIPTION,
            "GetCategoryDesc, none");
    is_ptr(text, NULL, "no text");
    is_hr(ICatInformation_EnumClassesOfCategories(proxy, 2, ids, 1, ids, (IEnumGUID **)&out), S_OK,
            "EnumClassesOfCategories");
    check_made(out, "the classes");
    is_hr(ICatInformation_IsClassOfCategories(proxy, &clsid, 2, ids, 1, ids), S_OK,
            "IsClassOfCategories");
    clsid = guid_of(0x8d7);
    is_hr(ICatInformation_EnumImplCategoriesOfClass(proxy, &clsid, (IEnumGUID **)&out), S_OK,
            "EnumImplCategoriesOfClass");
    check_made(out, "the categories");
    clsid = guid_of(0x8d8);
    out = (void *)0xdead;
    is_hr(ICatInformation_EnumReqCategoriesOfClass(proxy, &clsid, (IEnumGUID **)&out),
            E_OUTOFMEMORY, "EnumReqCategoriesOfClass fails");
    is_ptr(out, NULL, "no categories");
}

void check_categories(IClassFactory *factory)
{
    void *proxy;

    note("component categories");
    if ((proxy = remote_create(factory, &IID_IEnumCATEGORYINFO, "IEnumCATEGORYINFO")))
    {
        check_enumerator(proxy);
        IUnknown_Release((IUnknown *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_ICatRegister, "ICatRegister")))
    {
        check_register(proxy);
        IUnknown_Release((IUnknown *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_ICatInformation, "ICatInformation")))
    {
        check_information(proxy);
        if (!builtin_lacks("ICatInformation's any category"))
            check_any(proxy);
        IUnknown_Release((IUnknown *)proxy);
    }
}
