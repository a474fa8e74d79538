/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The component categories manager: which categories there are, and which classes implement or
 * require them. comcat/nn-comcat-icatregister, comcat/nn-comcat-icatinformation. All of it is in
 * the registry: HKEY_CLASSES_ROOT\Component Categories\{category}, whose values are descriptions by
 * locale in hexadecimal, and HKEY_CLASSES_ROOT\CLSID\{class}\Implemented Categories\{category},
 * \Required Categories\{category}.
 */
#include "component_categories.h"

#include <comcat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "com_object.h"
#include "component_enumerator.h"
#include "guid_text.h"

#define CATEGORIES L"Component Categories"
#define IMPLEMENTED L"Implemented Categories"
#define REQUIRED L"Required Categories"
#define PATH_MAX_CHARS 160
#define ANY ((ULONG)-1)

static HRESULT registry_result(LONG error)
{
    return error ? HRESULT_FROM_WIN32(error) : S_OK;
}

static void category_path(WCHAR *path, const CATID *category)
{
    WCHAR text[GUID_TEXT_LENGTH + 1];

    guid_to_text(category, text);
    swprintf(path, PATH_MAX_CHARS, CATEGORIES L"\\%ls", text);
}

/* ---- ICatRegister ---- */

static HRESULT STDMETHODCALLTYPE register_QueryInterface(ICatRegister *iface, REFIID iid,
        void **out);

/* There is one for the life of the process. */
static ULONG STDMETHODCALLTYPE register_AddRef(ICatRegister *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE register_Release(ICatRegister *iface)
{
    (void)iface;
    return 1;
}

static HRESULT category_register(const CATEGORYINFO *info)
{
    WCHAR path[PATH_MAX_CHARS], locale[16];
    const size_t room = ARRAY_SIZE(info->szDescription);
    size_t length = wcsnlen(info->szDescription, room);
    LONG error;
    HKEY key;

    if (length == room)
        return E_INVALIDARG;
    category_path(path, &info->catid);
    swprintf(locale, ARRAY_SIZE(locale), L"%lX", info->lcid);
    error = RegCreateKeyExW(HKEY_CLASSES_ROOT, path, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL);
    if (error)
        return registry_result(error);
    error = RegSetValueExW(key, locale, 0, REG_SZ, (const BYTE *)info->szDescription,
            (DWORD)((length + 1) * sizeof(WCHAR)));
    RegCloseKey(key);
    return registry_result(error);
}

static HRESULT STDMETHODCALLTYPE register_RegisterCategories(ICatRegister *iface, ULONG count,
        CATEGORYINFO *categories)
{
    HRESULT hr = S_OK;

    (void)iface;
    if (count && !categories)
        return E_INVALIDARG;
    for (ULONG i = 0; i < count && SUCCEEDED(hr); i++)
        hr = category_register(&categories[i]);
    return hr;
}

/* One that is not there is no error. */
static HRESULT STDMETHODCALLTYPE register_UnRegisterCategories(ICatRegister *iface, ULONG count,
        CATID *categories)
{
    WCHAR path[PATH_MAX_CHARS];

    (void)iface;
    if (count && !categories)
        return E_INVALIDARG;
    for (ULONG i = 0; i < count; i++)
    {
        category_path(path, &categories[i]);
        RegDeleteTreeW(HKEY_CLASSES_ROOT, path);
    }
    return S_OK;
}

static void class_path(WCHAR *path, REFCLSID clsid, const WCHAR *kind, const CATID *category)
{
    WCHAR class_text[GUID_TEXT_LENGTH + 1], text[GUID_TEXT_LENGTH + 1] = L"";

    guid_to_text(clsid, class_text);
    if (category)
        guid_to_text(category, text);
    swprintf(path, PATH_MAX_CHARS, L"CLSID\\%ls\\%ls%ls%ls", class_text, kind,
            category ? L"\\" : L"", text);
}

static HRESULT class_categories_register(REFCLSID clsid, const WCHAR *kind, ULONG count,
        const CATID *categories)
{
    WCHAR path[PATH_MAX_CHARS];
    LONG error = ERROR_SUCCESS;

    if (count && !categories)
        return E_INVALIDARG;
    for (ULONG i = 0; i < count && !error; i++)
    {
        HKEY key;

        class_path(path, clsid, kind, &categories[i]);
        error = RegCreateKeyExW(HKEY_CLASSES_ROOT, path, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL);
        if (!error)
            RegCloseKey(key);
    }
    return registry_result(error);
}

/* The key of all categories goes with the last one. */
static HRESULT class_categories_unregister(REFCLSID clsid, const WCHAR *kind, ULONG count,
        const CATID *categories)
{
    WCHAR path[PATH_MAX_CHARS];

    if (count && !categories)
        return E_INVALIDARG;
    for (ULONG i = 0; i < count; i++)
    {
        class_path(path, clsid, kind, &categories[i]);
        RegDeleteTreeW(HKEY_CLASSES_ROOT, path);
    }
    class_path(path, clsid, kind, NULL);
    RegDeleteKeyW(HKEY_CLASSES_ROOT, path); /* fails while it has subkeys */
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE register_RegisterClassImplCategories(ICatRegister *iface,
        REFCLSID clsid, ULONG count, CATID *categories)
{
    (void)iface;
    return class_categories_register(clsid, IMPLEMENTED, count, categories);
}

static HRESULT STDMETHODCALLTYPE register_UnRegisterClassImplCategories(ICatRegister *iface,
        REFCLSID clsid, ULONG count, CATID *categories)
{
    (void)iface;
    return class_categories_unregister(clsid, IMPLEMENTED, count, categories);
}

static HRESULT STDMETHODCALLTYPE register_RegisterClassReqCategories(ICatRegister *iface,
        REFCLSID clsid, ULONG count, CATID *categories)
{
    (void)iface;
    return class_categories_register(clsid, REQUIRED, count, categories);
}

static HRESULT STDMETHODCALLTYPE register_UnRegisterClassReqCategories(ICatRegister *iface,
        REFCLSID clsid, ULONG count, CATID *categories)
{
    (void)iface;
    return class_categories_unregister(clsid, REQUIRED, count, categories);
}

static const ICatRegisterVtbl register_vtbl = {
        register_QueryInterface,
        register_AddRef,
        register_Release,
        register_RegisterCategories,
        register_UnRegisterCategories,
        register_RegisterClassImplCategories,
        register_UnRegisterClassImplCategories,
        register_RegisterClassReqCategories,
        register_UnRegisterClassReqCategories,
};

static ICatRegister cat_register = {(ICatRegisterVtbl *)&register_vtbl};

/* ---- ICatInformation ---- */

static HRESULT STDMETHODCALLTYPE information_QueryInterface(ICatInformation *iface, REFIID iid,
        void **out)
{
    (void)iface;
    return register_QueryInterface(&cat_register, iid, out);
}

static ULONG STDMETHODCALLTYPE information_AddRef(ICatInformation *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE information_Release(ICatInformation *iface)
{
    (void)iface;
    return 1;
}

/* Of this locale, of its language, of no locale, of English, any: what there is. FALSE: none. */
static BOOL description_read(HKEY key, LCID locale, CATEGORYINFO *info)
{
    const LCID wanted[] = {locale, PRIMARYLANGID(LANGIDFROMLCID(locale)), LOCALE_NEUTRAL, 0x409,
            LANG_ENGLISH};
    DWORD size, type, length;
    WCHAR name[16];

    for (size_t i = 0; i <= ARRAY_SIZE(wanted); i++)
    {
        length = ARRAY_SIZE(name);
        size = sizeof(info->szDescription) - sizeof(WCHAR);
        memset(info->szDescription, 0, sizeof(info->szDescription));
        if (i == ARRAY_SIZE(wanted))
        {
            if (RegEnumValueW(key, 0, name, &length, NULL, &type, (BYTE *)info->szDescription,
                        &size))
                return FALSE;
            info->lcid = wcstoul(name, NULL, 16);
            return type == REG_SZ;
        }
        swprintf(name, ARRAY_SIZE(name), L"%lX", wanted[i]);
        if (!RegQueryValueExW(key, name, NULL, &type, (BYTE *)info->szDescription, &size)
                && type == REG_SZ)
        {
            info->lcid = wanted[i];
            return TRUE;
        }
    }
    return FALSE;
}

/* Subkey `index` whose name is a GUID. ERROR_NO_MORE_ITEMS; others: not this one. */
static LONG guid_key_enum(HKEY key, DWORD index, GUID *guid)
{
    WCHAR name[GUID_TEXT_LENGTH + 2];
    DWORD length = ARRAY_SIZE(name);
    LONG error = RegEnumKeyExW(key, index, name, &length, NULL, NULL, NULL, NULL);

    if (error == ERROR_MORE_DATA)
        return ERROR_INVALID_NAME;
    if (error)
        return error;
    return SUCCEEDED(CLSIDFromString(name, guid)) ? ERROR_SUCCESS : ERROR_INVALID_NAME;
}

/* All subkeys of a key that are GUIDs; none when there is no such key. */
static HRESULT guids_list(const WCHAR *path, struct value_list *list)
{
    LONG error = ERROR_SUCCESS;
    HRESULT hr = S_OK;
    HKEY key;

    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, path, 0, KEY_READ, &key))
        return S_OK;
    for (DWORD i = 0; SUCCEEDED(hr) && (!error || error == ERROR_INVALID_NAME); i++)
    {
        GUID guid;

        error = guid_key_enum(key, i, &guid);
        if (!error)
            hr = value_list_add(list, &guid, sizeof(guid));
    }
    RegCloseKey(key);
    return hr;
}

static HRESULT STDMETHODCALLTYPE information_EnumCategories(ICatInformation *iface, LCID locale,
        IEnumCATEGORYINFO **out)
{
    struct value_list categories = {0}, infos = {0};
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    hr = guids_list(CATEGORIES, &categories);
    for (ULONG i = 0; i < categories.count && SUCCEEDED(hr); i++)
    {
        CATEGORYINFO info = {.catid = ((GUID *)categories.values)[i], .lcid = locale};
        WCHAR path[PATH_MAX_CHARS];
        HKEY key;

        category_path(path, &info.catid);
        if (RegOpenKeyExW(HKEY_CLASSES_ROOT, path, 0, KEY_READ, &key))
            continue;
        description_read(key, locale, &info);
        RegCloseKey(key);
        hr = value_list_add(&infos, &info, sizeof(info));
    }
    value_list_free(&categories);
    if (FAILED(hr))
    {
        value_list_free(&infos);
        return hr;
    }
    return category_enumerator_create(&infos, out);
}

static HRESULT STDMETHODCALLTYPE information_GetCategoryDesc(ICatInformation *iface,
        REFCATID category, LCID locale, LPWSTR *out)
{
    WCHAR path[PATH_MAX_CHARS];
    CATEGORYINFO info;
    BOOL found;
    HKEY key;

    (void)iface;
    if (!category || !out)
        return E_INVALIDARG;
    *out = NULL;
    category_path(path, category);
    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, path, 0, KEY_READ, &key))
        return CAT_E_CATIDNOEXIST;
    found = description_read(key, locale, &info);
    RegCloseKey(key);
    if (!found)
        return CAT_E_NODESCRIPTION;
    *out = CoTaskMemAlloc((wcslen(info.szDescription) + 1) * sizeof(WCHAR));
    if (!*out)
        return E_OUTOFMEMORY;
    wcscpy(*out, info.szDescription);
    return S_OK;
}

static BOOL key_exists(const WCHAR *path)
{
    HKEY key;

    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, path, 0, KEY_READ, &key))
        return FALSE;
    RegCloseKey(key);
    return TRUE;
}

/* One of these at least. */
static BOOL class_implements(REFCLSID clsid, ULONG count, const CATID *categories)
{
    WCHAR path[PATH_MAX_CHARS];

    if (count == ANY)
        return TRUE;
    for (ULONG i = 0; i < count; i++)
    {
        class_path(path, clsid, IMPLEMENTED, &categories[i]);
        if (key_exists(path))
            return TRUE;
    }
    return FALSE;
}

/* None but these. */
static HRESULT class_requires_no_more(REFCLSID clsid, ULONG count, const CATID *categories)
{
    struct value_list required = {0};
    WCHAR path[PATH_MAX_CHARS];
    BOOL given = TRUE;
    HRESULT hr;

    if (count == ANY)
        return S_OK;
    class_path(path, clsid, REQUIRED, NULL);
    hr = guids_list(path, &required);
    for (ULONG i = 0; i < required.count && given; i++)
    {
        given = FALSE;
        for (ULONG k = 0; k < count && !given; k++)
            given = IsEqualGUID(&((GUID *)required.values)[i], &categories[k]);
    }
    value_list_free(&required);
    return FAILED(hr) ? hr : given ? S_OK : S_FALSE;
}

static HRESULT class_matches(REFCLSID clsid, ULONG implemented, const CATID *implemented_ids,
        ULONG required, const CATID *required_ids)
{
    if (!class_implements(clsid, implemented, implemented_ids))
        return S_FALSE;
    return class_requires_no_more(clsid, required, required_ids);
}

static BOOL arguments_valid(ULONG implemented, const CATID *implemented_ids, ULONG required,
        const CATID *required_ids)
{
    return implemented && (implemented == ANY || implemented_ids)
            && (!required || required == ANY || required_ids);
}

static HRESULT STDMETHODCALLTYPE information_EnumClassesOfCategories(ICatInformation *iface,
        ULONG implemented, const CATID *implemented_ids, ULONG required, const CATID *required_ids,
        IEnumCLSID **out)
{
    struct value_list classes = {0}, found = {0};
    HRESULT hr;

    (void)iface;
    if (!out || !arguments_valid(implemented, implemented_ids, required, required_ids))
        return E_INVALIDARG;
    *out = NULL;
    hr = guids_list(L"CLSID", &classes);
    for (ULONG i = 0; i < classes.count && SUCCEEDED(hr); i++)
    {
        const GUID *clsid = &((GUID *)classes.values)[i];

        hr = class_matches(clsid, implemented, implemented_ids, required, required_ids);
        if (hr == S_OK)
            hr = value_list_add(&found, clsid, sizeof(*clsid));
    }
    value_list_free(&classes);
    if (FAILED(hr))
    {
        value_list_free(&found);
        return hr;
    }
    return guid_enumerator_create(&found, out);
}

static HRESULT STDMETHODCALLTYPE information_IsClassOfCategories(ICatInformation *iface,
        REFCLSID clsid, ULONG implemented, const CATID *implemented_ids, ULONG required,
        const CATID *required_ids)
{
    (void)iface;
    if (!clsid || !arguments_valid(implemented, implemented_ids, required, required_ids))
        return E_INVALIDARG;
    return class_matches(clsid, implemented, implemented_ids, required, required_ids);
}

static HRESULT categories_enum(REFCLSID clsid, const WCHAR *kind, IEnumCATID **out)
{
    struct value_list categories = {0};
    WCHAR path[PATH_MAX_CHARS];
    HRESULT hr;

    if (!clsid || !out)
        return E_POINTER;
    *out = NULL;
    class_path(path, clsid, kind, NULL);
    hr = guids_list(path, &categories);
    if (SUCCEEDED(hr))
        return guid_enumerator_create(&categories, out);
    value_list_free(&categories);
    return hr;
}

static HRESULT STDMETHODCALLTYPE information_EnumImplCategoriesOfClass(ICatInformation *iface,
        REFCLSID clsid, IEnumCATID **out)
{
    (void)iface;
    return categories_enum(clsid, IMPLEMENTED, out);
}

static HRESULT STDMETHODCALLTYPE information_EnumReqCategoriesOfClass(ICatInformation *iface,
        REFCLSID clsid, IEnumCATID **out)
{
    (void)iface;
    return categories_enum(clsid, REQUIRED, out);
}

static const ICatInformationVtbl information_vtbl = {
        information_QueryInterface,
        information_AddRef,
        information_Release,
        information_EnumCategories,
        information_GetCategoryDesc,
        information_EnumClassesOfCategories,
        information_IsClassOfCategories,
        information_EnumImplCategoriesOfClass,
        information_EnumReqCategoriesOfClass,
};

static ICatInformation cat_information = {(ICatInformationVtbl *)&information_vtbl};

static HRESULT STDMETHODCALLTYPE register_QueryInterface(ICatRegister *iface, REFIID iid,
        void **out)
{
    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_ICatRegister)
            || IsEqualIID(iid, &IID_IAgileObject))
        *out = &cat_register;
    else if (IsEqualIID(iid, &IID_ICatInformation))
        *out = &cat_information;
    return *out ? S_OK : E_NOINTERFACE;
}

HRESULT component_categories_create(IUnknown *outer, REFIID iid, void **out)
{
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    return ICatRegister_QueryInterface(&cat_register, iid, out);
}
