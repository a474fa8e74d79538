/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media types as clipboard formats and as classes, and enumerators of formats; by the pages of the
 * functions. */
#include <windows.h>
#include <urlmon.h>

#include "tap.h"

static const CLSID clsid_one = {0x11111111, 1, 1, {1, 1, 1, 1, 1, 1, 1, 1}};
static const CLSID clsid_two = {0x22222222, 2, 2, {2, 2, 2, 2, 2, 2, 2, 2}};

static void test_types(void)
{
    const char *names[] = {"x-concierge/a", "x-concierge/b"};
    CLIPFORMAT formats[2] = {0, 0}, format = 0;

    is_hr(RegisterMediaTypes(2, NULL, formats), E_INVALIDARG, "no names");
    is_hr(RegisterMediaTypes(2, names, NULL), E_INVALIDARG, "no formats");
    is_hr(RegisterMediaTypes(2, names, formats), S_OK, "RegisterMediaTypes");
    is_uint(formats[0], RegisterClipboardFormatA(names[0]), "the format of that name");
    is_uint(formats[1], RegisterClipboardFormatA(names[1]), "and of the other");
    is_hr(FindMediaType("x-concierge/b", &format), S_OK, "FindMediaType");
    is_uint(format, formats[1], "the same");
    is_hr(FindMediaType("text/html", &format), S_OK, "a type of urlmon.h");
    is_uint(format, RegisterClipboardFormatA("text/html"), "its format");
    is_hr(FindMediaType("x-concierge/nobody", &format), E_FAIL,
            "a type that nobody has registered");
    is_hr(FindMediaType(NULL, &format), E_INVALIDARG, "no name");
    is_hr(FindMediaType("text/html", NULL), E_INVALIDARG, "no place");
}

static void test_classes(void)
{
    const char *first[] = {"x-concierge/a", "x-concierge/b"}, *second[] = {"X-Concierge/A"};
    CLSID classes[] = {clsid_one, clsid_two}, other[] = {clsid_two}, found;
    IBindCtx *context;

    is_hr(CreateAsyncBindCtxEx(NULL, 0, NULL, NULL, &context, 0), S_OK, "a bind context");
    is_hr(RegisterMediaTypeClass(NULL, 2, first, classes, 0), E_INVALIDARG, "no context");
    is_hr(RegisterMediaTypeClass(context, 2, NULL, classes, 0), E_INVALIDARG, "no names");
    is_hr(RegisterMediaTypeClass(context, 2, first, NULL, 0), E_INVALIDARG, "no classes");
    found = clsid_one;
    is_hr(FindMediaTypeClass(context, "x-concierge/a", &found, 0), E_FAIL, "nothing is registered");
    is_guid(&found, &CLSID_NULL, "no class");
    is_hr(RegisterMediaTypeClass(context, 2, first, classes, 0), S_OK, "RegisterMediaTypeClass");
    is_hr(FindMediaTypeClass(context, "x-concierge/a", &found, 0), S_OK, "FindMediaTypeClass");
    is_guid(&found, &clsid_one, "its class");
    is_hr(FindMediaTypeClass(context, "X-CONCIERGE/B", &found, 0), S_OK, "case does not matter");
    is_guid(&found, &clsid_two, "its class");
    is_hr(RegisterMediaTypeClass(context, 1, second, other, 0), S_OK, "one more");
    is_hr(FindMediaTypeClass(context, "x-concierge/a", &found, 0), S_OK, "FindMediaTypeClass");
    is_guid(&found, &clsid_two, "the later one comes first");
    is_hr(FindMediaTypeClass(context, "x-concierge/b", &found, 0), S_OK, "the earlier ones");
    is_guid(&found, &clsid_two, "stay");
    is_hr(GetClassFileOrMime(context, NULL, NULL, 0, L"x-concierge/a", 0, &found), S_OK,
            "GetClassFileOrMime asks the context");
    is_guid(&found, &clsid_two, "its class");
    IBindCtx_Release(context);
}

static void set_text(const WCHAR *key, const WCHAR *name, const WCHAR *text)
{
    is_int(RegSetKeyValueW(HKEY_CLASSES_ROOT, key, name, REG_SZ, text,
                   (wcslen(text) + 1) * sizeof(WCHAR)),
            0, "registry: %s", tap_wstr(key));
}

static void test_registry(void)
{
    static const WCHAR one[] = L"{11111111-0001-0001-0101-010101010101}";
    static const WCHAR two[] = L"{22222222-0002-0002-0202-020202020202}";
    BYTE data[20] = {0xab, 0xcd, 0x12, 0x34, 5, 6, 7, 8};
    CLSID found;

    set_text(L"MIME\\Database\\Content Type\\x-concierge/c", L"CLSID", one);
    set_text(L".concierge4", NULL, L"ConciergeTestFile");
    set_text(L"ConciergeTestFile\\CLSID", NULL, two);
    set_text(L"FileType\\{22222222-0002-0002-0202-020202020202}\\0", NULL,
            L"0, 4, FF00FFFF, AB001234");
    set_text(L"FileType\\{22222222-0002-0002-0202-020202020202}\\1", NULL, L"4,2,,0506");
    set_text(L"FileType\\{11111111-0001-0001-0101-010101010101}\\0", NULL, L"garbage");

    is_hr(GetClassFileOrMime(NULL, NULL, NULL, 0, NULL, 0, &found), E_INVALIDARG, "nothing");
    is_hr(GetClassFileOrMime(NULL, L"x", NULL, 0, NULL, 0, NULL), E_INVALIDARG, "no place");
    is_hr(GetClassFileOrMime(NULL, NULL, NULL, 0, L"x-concierge/c", 0, &found), S_OK,
            "by the media type");
    is_guid(&found, &clsid_one, "its class");
    is_hr(GetClassFileOrMime(NULL, L"http://a.test/x.concierge4?q", NULL, 0, NULL, 0, &found), S_OK,
            "by the name");
    is_guid(&found, &clsid_two, "its class");
    is_hr(GetClassURL(L"http://a.test/x.concierge4", &found), S_OK, "GetClassURL");
    is_guid(&found, &clsid_two, "its class");
    is_hr(GetClassFileOrMime(NULL, L"C:\\x.concierge4", NULL, 0, L"x-concierge/c", 0, &found), S_OK,
            "by both");
    is_guid(&found, &clsid_one, "the media type comes first");
    is_hr(GetClassFileOrMime(NULL, NULL, data, sizeof(data), NULL, 0, &found), S_OK, "by the data");
    is_guid(&found, &clsid_two, "its class");
    is_hr(GetClassFileOrMime(NULL, NULL, data, 5, NULL, 0, &found), REGDB_E_CLASSNOTREG,
            "too few of them");
    is_hr(GetClassFileOrMime(NULL, L"x.nobodyhasthis", NULL, 0, NULL, 0, &found),
            MK_E_INVALIDEXTENSION, "an extension that tells nothing");
    memcpy(data, &clsid_one, sizeof(clsid_one));
    is_hr(GetClassFileOrMime(NULL, NULL, data, sizeof(data), L"application/x-oleobject", 0, &found),
            S_OK, "application/x-oleobject");
    is_guid(&found, &clsid_one, "the data begin with the class");

    RegDeleteTreeW(HKEY_CLASSES_ROOT, L"MIME\\Database\\Content Type\\x-concierge/c");
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L".concierge4");
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L"ConciergeTestFile");
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L"FileType\\{22222222-0002-0002-0202-020202020202}");
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L"FileType\\{11111111-0001-0001-0101-010101010101}");
}

static void test_enumerator(void)
{
    DVTARGETDEVICE device = {sizeof(device), 1, 2, 3, 4, {5}};
    FORMATETC formats[3] = {
            {1, &device, DVASPECT_CONTENT, -1, TYMED_ISTREAM},
            {2, NULL, DVASPECT_CONTENT, -1, TYMED_ISTREAM},
            {3, NULL, DVASPECT_CONTENT, -1, TYMED_FILE},
    };
    FORMATETC got[4];
    IEnumFORMATETC *list = (void *)1, *clone;
    IBindCtx *context;
    ULONG count = 0;

    is_hr(CreateFormatEnumerator(0, formats, &list), E_INVALIDARG, "no formats");
    is_hr(CreateFormatEnumerator(3, NULL, &list), E_INVALIDARG, "no array");
    is_hr(CreateFormatEnumerator(3, formats, NULL), E_INVALIDARG, "no place");
    is_hr(CreateFormatEnumerator(3, formats, &list), S_OK, "CreateFormatEnumerator");
    formats[0].cfFormat = 99; /* the enumerator has its own */
    is_hr(IEnumFORMATETC_Next(list, 1, got, NULL), S_OK, "Next");
    is_uint(got[0].cfFormat, 1, "the first one");
    is_uint(got[0].tymed, TYMED_ISTREAM, "medium");
    ok(got[0].ptd && got[0].ptd->tdSize == sizeof(device), "its device");
    ok(got[0].ptd != &device, "a copy");
    CoTaskMemFree(got[0].ptd);
    is_hr(IEnumFORMATETC_Clone(list, &clone), S_OK, "Clone");
    is_hr(IEnumFORMATETC_Next(list, 4, got, &count), S_FALSE, "Next of more than there are");
    is_uint(count, 2, "all of them");
    is_uint(got[1].cfFormat, 3, "the last one");
    is_hr(IEnumFORMATETC_Next(list, 1, got, &count), S_FALSE, "the end");
    is_uint(count, 0, "none");
    is_hr(IEnumFORMATETC_Next(clone, 1, got, &count), S_OK, "Next of the clone");
    is_uint(got[0].cfFormat, 2, "which is where the other was");
    is_hr(IEnumFORMATETC_Skip(clone, 1), S_OK, "Skip");
    is_hr(IEnumFORMATETC_Skip(clone, 1), S_FALSE, "Skip at the end");
    is_hr(IEnumFORMATETC_Reset(clone), S_OK, "Reset");
    is_hr(IEnumFORMATETC_Skip(clone, 1), S_OK, "Skip");
    is_hr(IEnumFORMATETC_Next(clone, 1, got, &count), S_OK, "Next");
    is_uint(got[0].cfFormat, 2, "the second one");
    is_uint(IEnumFORMATETC_Release(clone), 0, "the clone goes");

    is_hr(CreateAsyncBindCtxEx(NULL, 0, NULL, NULL, &context, 0), S_OK, "a bind context");
    is_hr(RegisterFormatEnumerator(NULL, list, 0), E_INVALIDARG, "no context");
    is_hr(RegisterFormatEnumerator(context, NULL, 0), E_INVALIDARG, "no formats");
    is_hr(RegisterFormatEnumerator(context, list, 0), S_OK, "RegisterFormatEnumerator");
    is_hr(RevokeFormatEnumerator(NULL, list), E_INVALIDARG, "no context");
    is_hr(RevokeFormatEnumerator(context, NULL), E_INVALIDARG, "no formats");
    is_hr(RevokeFormatEnumerator(context, list), S_OK, "RevokeFormatEnumerator");
    ok(FAILED(RevokeFormatEnumerator(context, list)), "and once more");
    IBindCtx_Release(context);
    is_uint(IEnumFORMATETC_Release(list), 0, "nothing leaks");
}

int main(void)
{
    if (builtin_lacks("checked arguments, FindMediaType and classes of media types"))
        return done_testing();
    test_enumerator();
    test_types();
    test_classes();
    test_registry();
    tap_account_begin();
    test_types();
    test_classes();
    test_registry();
    test_enumerator();
    tap_account_end("media types");
    return done_testing();
}
