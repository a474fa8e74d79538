/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What OLE says of a class by what is registered about it; OleInitialize. */
#include "tap.h"

#include <stdio.h>
#include <wchar.h>
#include <ole2.h>

static const CLSID clsid = {0x7a0c61d4, 0x51be, 0x4c53,
        {0xa5, 0x62, 0x2c, 0x7d, 0x1e, 0x36, 0x0b, 0x91}};
static const CLSID bare = {0x7a0c61d5, 0x51be, 0x4c53,
        {0xa5, 0x62, 0x2c, 0x7d, 0x1e, 0x36, 0x0b, 0x91}};
static const CLSID unknown = {0x7a0c61d6, 0x51be, 0x4c53,
        {0xa5, 0x62, 0x2c, 0x7d, 0x1e, 0x36, 0x0b, 0x91}};

static void set(const CLSID *class, const WCHAR *subkey, const WCHAR *value)
{
    WCHAR path[200], text[40];

    StringFromGUID2(class, text, 40);
    swprintf(path, 200, L"Software\\Classes\\CLSID\\%ls%ls", text, subkey);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, NULL, REG_SZ, value,
            (DWORD)(wcslen(value) + 1) * sizeof(*value));
}

static void register_all(void)
{
    set(&bare, L"", L"Bare");
    set(&clsid, L"", L"Full Name");
    set(&clsid, L"\\AuxUserType\\2", L"Short");
    set(&clsid, L"\\AuxUserType\\3", L"Application");
    set(&clsid, L"\\MiscStatus", L"17");
    set(&clsid, L"\\MiscStatus\\4", L"33");
    set(&clsid, L"\\Verb\\10", L"&Ten,0,2");
    set(&clsid, L"\\Verb\\0", L"&Edit, 8, 1");
    set(&clsid, L"\\Verb\\-3", L"Hide");
    set(&clsid, L"\\Verb\\rubbish", L"Rubbish,0,0");
    set(&clsid, L"\\DataFormats\\GetSet\\0", L"1,1,1,3");
    set(&clsid, L"\\DataFormats\\GetSet\\1", L"Concierge Test Format,-1,5,1");
    set(&clsid, L"\\DataFormats\\GetSet\\2", L"3, 4, 32, 2");
    set(&clsid, L"\\DataFormats\\GetSet\\3", L"");
    set(&clsid, L"\\DataFormats\\GetSet\\4", L"8,,,");
    set(&bare, L"\\DataFormats\\GetSet", L"");
    set(&bare, L"\\Verb", L"");
}

static void check_type(DWORD form, const WCHAR *expected)
{
    WCHAR *text = NULL;

    is_hr(OleRegGetUserType(&clsid, form, &text), S_OK, "type %lu", form);
    is_wstr(text, expected, "type %lu", form);
    CoTaskMemFree(text);
}

static void test_names(void)
{
    DWORD status = 77;
    WCHAR *text;

    check_type(USERCLASSTYPE_FULL, L"Full Name");
    check_type(USERCLASSTYPE_SHORT, L"Short");
    check_type(USERCLASSTYPE_APPNAME, L"Application");
    is_hr(OleRegGetUserType(&unknown, USERCLASSTYPE_FULL, &text), REGDB_E_CLASSNOTREG, "unknown");
    is_hr(OleRegGetMiscStatus(&clsid, DVASPECT_CONTENT, &status), S_OK, "status");
    is_uint(status, 17, "of any aspect");
    is_hr(OleRegGetMiscStatus(&clsid, DVASPECT_ICON, &status), S_OK, "status");
    is_uint(status, 33, "of the icon");
    is_hr(OleRegGetMiscStatus(&bare, DVASPECT_ICON, &status), S_OK, "status of no status");
    is_uint(status, 0, "none");
    is_hr(OleRegGetMiscStatus(&unknown, DVASPECT_ICON, &status), REGDB_E_CLASSNOTREG, "unknown");
}

static void check_verb(IEnumOLEVERB *verbs, LONG number, const WCHAR *name, DWORD flags,
        DWORD attributes)
{
    OLEVERB verb = {77, NULL, 77, 77};
    ULONG fetched = 77;

    is_hr(IEnumOLEVERB_Next(verbs, 1, &verb, &fetched), S_OK, "verb %ld", number);
    is_uint(fetched, 1, "verb %ld: one", number);
    is_int(verb.lVerb, number, "verb %ld: number", number);
    is_wstr(verb.lpszVerbName, name, "verb %ld: name", number);
    is_uint(verb.fuFlags, flags, "verb %ld: menu", number);
    is_uint(verb.grfAttribs, attributes, "verb %ld: attributes", number);
    CoTaskMemFree(verb.lpszVerbName);
}

static void test_verbs(void)
{
    IEnumOLEVERB *verbs = NULL, *clone = NULL;
    OLEVERB some[4];
    ULONG fetched = 77;

    if (!tap_builtin()) /* Wine writes there */
        is_hr(OleRegEnumVerbs(&clsid, NULL), E_INVALIDARG, "verbs to nowhere");
    is_hr(OleRegEnumVerbs(&unknown, &verbs), REGDB_E_CLASSNOTREG, "verbs of no class");
    is_hr(OleRegEnumVerbs(&bare, &verbs), OLEOBJ_E_NOVERBS, "no verbs");
    is_ptr(verbs, NULL, "no enumerator");
    is_hr(OleRegEnumVerbs(&clsid, &verbs), S_OK, "verbs");
    if (!verbs)
        return;
    todo_builtin("Wine counts what is no verb, and knows another order")
    {
        check_verb(verbs, -3, L"Hide", 0, 0);
        is_hr(IEnumOLEVERB_Clone(verbs, &clone), S_OK, "a clone");
        check_verb(verbs, 0, L"&Edit", 8, 1);
        check_verb(verbs, 10, L"&Ten", 0, 2);
        is_hr(IEnumOLEVERB_Next(verbs, 1, some, &fetched), S_FALSE, "no more");
        is_uint(fetched, 0, "none");
        is_hr(IEnumOLEVERB_Reset(verbs), S_OK, "reset");
        is_hr(IEnumOLEVERB_Skip(verbs, 1), S_OK, "skip");
        is_hr(IEnumOLEVERB_Next(verbs, 4, some, &fetched), S_FALSE, "the rest");
        is_uint(fetched, 2, "two");
    }
    if (fetched == 2)
        for (ULONG i = 0; i < fetched; i++)
            CoTaskMemFree(some[i].lpszVerbName);
    if (clone)
    {
        todo_builtin("Wine knows another order")
            check_verb(clone, 0, L"&Edit", 8, 1);
        is_uint(IEnumOLEVERB_Release(clone), 0, "the clone is released");
    }
    is_uint(IEnumOLEVERB_Release(verbs), 0, "released");
}

static void check_format(IEnumFORMATETC *formats, UINT number, DWORD aspect, DWORD media)
{
    FORMATETC format = {0};

    is_hr(IEnumFORMATETC_Next(formats, 1, &format, NULL), S_OK, "format %u", number);
    is_uint(format.cfFormat, number, "format %u: number", number);
    is_uint(format.dwAspect, aspect, "format %u: aspect", number);
    is_uint(format.tymed, media, "format %u: media", number);
    is_int(format.lindex, -1, "format %u: all of it", number);
    is_ptr(format.ptd, NULL, "format %u: no device", number);
}

static void test_formats(void)
{
    UINT ours = RegisterClipboardFormatW(L"Concierge Test Format");
    IEnumFORMATETC *formats = NULL;
    FORMATETC more;
    ULONG fetched = 77;

    if (builtin_lacks("OleRegEnumFormatEtc"))
        return;
    is_hr(OleRegEnumFormatEtc(&clsid, DATADIR_GET, NULL), E_INVALIDARG, "formats to nowhere");
    is_hr(OleRegEnumFormatEtc(&clsid, 3, &formats), E_INVALIDARG, "both directions");
    is_hr(OleRegEnumFormatEtc(&unknown, DATADIR_GET, &formats), REGDB_E_CLASSNOTREG,
            "formats of no class");
    set(&unknown, L"", L"known for a moment");
    is_hr(OleRegEnumFormatEtc(&unknown, DATADIR_GET, &formats), REGDB_E_KEYMISSING,
            "nothing about formats");
    RegDeleteKeyW(HKEY_LOCAL_MACHINE,
            L"Software\\Classes\\CLSID\\{7a0c61d6-51be-4c53-a562-2c7d1e360b91}");
    is_hr(OleRegEnumFormatEtc(&bare, DATADIR_GET, &formats), S_OK, "no formats");
    is_hr(IEnumFORMATETC_Next(formats, 1, &more, &fetched), S_FALSE, "none");
    IEnumFORMATETC_Release(formats);
    is_hr(OleRegEnumFormatEtc(&clsid, DATADIR_GET, &formats), S_OK, "formats to get");
    check_format(formats, CF_TEXT, DVASPECT_CONTENT, TYMED_HGLOBAL);
    check_format(formats, ours, (DWORD)-1, TYMED_HGLOBAL | TYMED_ISTREAM);
    check_format(formats, CF_DIB, (DWORD)-1, TYMED_HGLOBAL);
    is_hr(IEnumFORMATETC_Next(formats, 1, &more, &fetched), S_FALSE, "no more");
    is_uint(IEnumFORMATETC_Release(formats), 0, "released");
    is_hr(OleRegEnumFormatEtc(&clsid, DATADIR_SET, &formats), S_OK, "formats to set");
    check_format(formats, CF_TEXT, DVASPECT_CONTENT, TYMED_HGLOBAL);
    check_format(formats, CF_METAFILEPICT, DVASPECT_ICON, TYMED_MFPICT);
    is_hr(IEnumFORMATETC_Next(formats, 1, &more, &fetched), S_FALSE, "no more");
    IEnumFORMATETC_Release(formats);
}

static void test_conversion(void)
{
    CLSID found = unknown;

    is_hr(OleGetAutoConvert(&unknown, &found), REGDB_E_CLASSNOTREG, "of no class");
    is_hr(OleGetAutoConvert(&clsid, &found), REGDB_E_KEYMISSING, "none");
    is_guid(&found, &clsid, "the same class");
    is_hr(OleSetAutoConvert(&unknown, &bare), REGDB_E_CLASSNOTREG, "no class");
    is_hr(OleSetAutoConvert(&clsid, &bare), S_OK, "set");
    is_hr(OleGetAutoConvert(&clsid, &found), S_OK, "get");
    is_guid(&found, &bare, "what was set");
    is_hr(OleSetAutoConvert(&clsid, &unknown), S_OK, "set again");
    is_hr(OleGetAutoConvert(&clsid, &found), S_OK, "get again");
    is_guid(&found, &unknown, "what was set then");
    is_hr(OleSetAutoConvert(&clsid, &CLSID_NULL), S_OK, "removed");
    is_hr(OleGetAutoConvert(&clsid, &found), REGDB_E_KEYMISSING, "gone");
    todo_builtin("Wine says that it cannot write")
        is_hr(OleSetAutoConvert(&clsid, &CLSID_NULL), S_OK, "removed once more");
    set(&clsid, L"\\AutoConvertTo", L"rubbish");
    todo_builtin("Wine gives another error")
        is_hr(OleGetAutoConvert(&clsid, &found), REGDB_E_CLASSNOTREG, "rubbish");
    OleSetAutoConvert(&clsid, &CLSID_NULL);
}

static DWORD WINAPI in_mta(void *argument)
{
    (void)argument;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    is_hr(OleInitialize(NULL), RPC_E_CHANGED_MODE, "OLE in the MTA");
    CoUninitialize();
    return 0;
}

static void test_initialize(void)
{
    APTTYPEQUALIFIER qualifier;
    APTTYPE type;
    HANDLE thread;

    todo_builtin("Wine takes it")
        is_hr(OleInitialize((void *)1), E_INVALIDARG, "a reserved parameter");
    if (tap_builtin())
        OleUninitialize();
    is_hr(OleInitialize(NULL), S_OK, "the first");
    is_hr(OleInitialize(NULL), S_FALSE, "the second");
    is_hr(CoGetApartmentType(&type, &qualifier), S_OK, "an apartment");
    ok(type == APTTYPE_STA || type == APTTYPE_MAINSTA, "of one thread");
    OleUninitialize();
    is_hr(CoGetApartmentType(&type, &qualifier), S_OK, "still there");
    OleUninitialize();
    is_hr(CoGetApartmentType(&type, &qualifier), CO_E_NOTINITIALIZED, "then it is left");
    thread = CreateThread(NULL, 0, in_mta, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

static void test_all(void)
{
    test_initialize();
    CoInitialize(NULL);
    test_names();
    test_verbs();
    test_formats();
    test_conversion();
    CoUninitialize();
}

int main(void)
{
    register_all();
    test_all();
    tap_account_begin();
    test_all();
    tap_account_end("registration");
    return done_testing();
}
