/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The component categories manager. comcat/nn-comcat-icatregister, -icatinformation */
#include <string.h>
#include <wchar.h>

#include <windows.h>
#include <comcat.h>

#include "tap.h"

static const CLSID manager_clsid = {0x0002e005, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

#define TEST_GUID(number)                                                                          \
    {                                                                                              \
        0x5c0e81a2, 0x76b4, 0x4f5a,                                                                \
        {                                                                                          \
            0x9d, 0x10, 0x2c, 0x3b, 0x5e, 0x91, 0xab, number                                       \
        }                                                                                          \
    }

static CATID one = TEST_GUID(1), other = TEST_GUID(2), third = TEST_GUID(3);
static const CLSID class_of_one = TEST_GUID(0x11), class_of_both = TEST_GUID(0x12);

static ICatRegister *registrar;
static ICatInformation *information;

/* How many it has, and whether the GUID is one of them. */
static ULONG guids_count(IEnumGUID *guids, const GUID *wanted, BOOL *found)
{
    ULONG count = 0, fetched = 0;
    GUID guid;

    *found = FALSE;
    while (IEnumGUID_Next(guids, 1, &guid, &fetched) == S_OK && fetched == 1)
    {
        count++;
        *found |= IsEqualGUID(&guid, wanted);
    }
    IEnumGUID_Release(guids);
    return count;
}

static BOOL class_is_found(ULONG implemented, CATID *implemented_ids, ULONG required,
        CATID *required_ids, const CLSID *clsid)
{
    IEnumCLSID *classes = NULL;
    BOOL found;

    if (!is_hr(ICatInformation_EnumClassesOfCategories(information, implemented, implemented_ids,
                       required, required_ids, &classes),
                S_OK, "classes of categories"))
        return FALSE;
    guids_count(classes, clsid, &found);
    return found;
}

static void test_categories(void)
{
    CATEGORYINFO info = {.catid = one, .lcid = 0x409, .szDescription = L"A test's category"};
    IEnumCATEGORYINFO *categories = NULL;
    CATEGORYINFO found;
    ULONG fetched, count = 0;
    WCHAR *text = NULL;

    is_hr(ICatInformation_GetCategoryDesc(information, &one, 0x409, &text), CAT_E_CATIDNOEXIST,
            "a category that is not there");
    is_hr(ICatRegister_RegisterCategories(registrar, 1, &info), S_OK, "registered");
    is_hr(ICatInformation_GetCategoryDesc(information, &one, 0x409, &text), S_OK, "described");
    is_wstr(text, L"A test's category", "the description");
    CoTaskMemFree(text);
    text = NULL;
    todo_builtin("comcat/nf-comcat-icatinformation-getcategorydesc: another locale's description")
        is_hr(ICatInformation_GetCategoryDesc(information, &one, 0x407, &text), S_OK,
                "in a language that there is not");
    CoTaskMemFree(text);
    is_hr(ICatInformation_EnumCategories(information, 0x409, &categories), S_OK, "all categories");
    while (IEnumCATEGORYINFO_Next(categories, 1, &found, &fetched) == S_OK)
    {
        if (!IsEqualGUID(&found.catid, &one))
            continue;
        count++;
        is_wstr(found.szDescription, L"A test's category", "its description");
    }
    is_uint(count, 1, "it is there once");
    is_hr(IEnumCATEGORYINFO_Reset(categories), S_OK, "from the beginning");
    is_hr(IEnumCATEGORYINFO_Skip(categories, 1), S_OK, "one is left out");
    IEnumCATEGORYINFO_Release(categories);
}

static void test_classes(void)
{
    CATID both[] = {one, other};
    IEnumCATID *categories = NULL;
    BOOL found;

    is_hr(ICatRegister_RegisterClassImplCategories(registrar, &class_of_one, 1, &one), S_OK,
            "a class implements one");
    is_hr(ICatRegister_RegisterClassImplCategories(registrar, &class_of_both, 2, both), S_OK,
            "another both");
    is_hr(ICatRegister_RegisterClassReqCategories(registrar, &class_of_both, 1, &third), S_OK,
            "and requires a third");
    is_hr(ICatInformation_EnumImplCategoriesOfClass(information, &class_of_both, &categories), S_OK,
            "what it implements");
    is_uint(guids_count(categories, &other, &found), 2, "two");
    ok(found, "the second is one of them");
    is_hr(ICatInformation_EnumReqCategoriesOfClass(information, &class_of_both, &categories), S_OK,
            "what it requires");
    is_uint(guids_count(categories, &third, &found), 1, "one");
    ok(found, "the third");

    ok(class_is_found(1, &one, (ULONG)-1, NULL, &class_of_one), "found by what it implements");
    ok(class_is_found(1, &one, 0, NULL, &class_of_one), "it requires nothing");
    ok(!class_is_found(1, &other, (ULONG)-1, NULL, &class_of_one), "not by what it does not");
    todo_builtin("comcat/nf-comcat-icatinformation-enumclassesofcategories: one or more; -1")
    {
        ok(class_is_found(2, both, (ULONG)-1, NULL, &class_of_one), "one of two is enough");
        ok(class_is_found(1, &other, (ULONG)-1, NULL, &class_of_both), "whatever it requires");
    }
    ok(!class_is_found(1, &other, 0, NULL, &class_of_both), "its requirement is not met");
    ok(class_is_found(1, &other, 1, &third, &class_of_both), "its requirement is met");
    is_hr(ICatInformation_IsClassOfCategories(information, &class_of_one, 1, &one, 0, NULL), S_OK,
            "it is of that category");
    is_hr(ICatInformation_IsClassOfCategories(information, &class_of_one, 1, &other, 0, NULL),
            S_FALSE, "and not of that");
}

static void test_arguments(void)
{
    IEnumCLSID *classes = NULL;

    todo_builtin("comcat/nf-comcat-icatregister-registercategories: E_INVALIDARG")
    {
        is_hr(ICatRegister_RegisterCategories(registrar, 1, NULL), E_INVALIDARG, "no array");
        is_hr(ICatInformation_EnumClassesOfCategories(information, 0, NULL, 0, NULL, &classes),
                E_INVALIDARG, "none implemented");
        is_hr(ICatInformation_EnumClassesOfCategories(information, 1, &one, 0, NULL, NULL),
                E_INVALIDARG, "no place for it");
    }
}

static void test_end(void)
{
    CATID all[] = {one, other, third};
    WCHAR *text = NULL;

    is_hr(ICatRegister_UnRegisterClassImplCategories(registrar, &class_of_one, 3, all), S_OK,
            "unregistered");
    ok(!class_is_found(1, &one, (ULONG)-1, NULL, &class_of_one), "not found any more");
    is_hr(ICatRegister_UnRegisterClassImplCategories(registrar, &class_of_both, 3, all), S_OK,
            "unregistered");
    is_hr(ICatRegister_UnRegisterClassReqCategories(registrar, &class_of_both, 3, all), S_OK,
            "unregistered");
    is_hr(ICatRegister_UnRegisterCategories(registrar, 3, all), S_OK, "unregistered");
    is_hr(ICatInformation_GetCategoryDesc(information, &one, 0x409, &text), CAT_E_CATIDNOEXIST,
            "the category is gone");
}

static void run(void)
{
    test_categories();
    test_classes();
    test_arguments();
    test_end();
}

static void class_key_remove(const CLSID *clsid)
{
    WCHAR path[64] = L"CLSID\\";

    StringFromGUID2(clsid, path + 6, 40);
    RegDeleteTreeW(HKEY_CLASSES_ROOT, path);
}

int main(void)
{
    CoInitialize(NULL);
    is_hr(CoCreateInstance(&manager_clsid, NULL, CLSCTX_INPROC_SERVER, &IID_ICatRegister,
                  (void **)&registrar),
            S_OK, "the manager");
    if (!registrar)
        return done_testing();
    is_hr(ICatRegister_QueryInterface(registrar, &IID_ICatInformation, (void **)&information), S_OK,
            "its other side");
    run();
    tap_account_begin();
    run();
    todo_builtin("keys of the registry stay open there")
        tap_account_end("component categories");
    ICatInformation_Release(information);
    ICatRegister_Release(registrar);
    class_key_remove(&class_of_one);
    class_key_remove(&class_of_both);
    CoUninitialize();
    return done_testing();
}
