/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From display names to monikers to objects: MkParseDisplayName, CoGetObject, BindMoniker and
 * GetClassFile. objbase/nf-objbase-mkparsedisplayname, -cogetobject, -bindmoniker, -getclassfile
 */
#include "document.h"
#include "names.h"

static WCHAR folder[MAX_PATH], file[MAX_PATH];

static void set_value(const WCHAR *path, const WCHAR *name, const WCHAR *text)
{
    LONG error = RegSetKeyValueW(HKEY_CLASSES_ROOT, path, name, REG_SZ, text,
            (DWORD)(wcslen(text) + 1) * sizeof(*text));

    if (error)
        fail("cannot write %s: %ld", tap_wstr(path), error);
}

static void file_write(const WCHAR *name, const void *bytes, DWORD size)
{
    HANDLE handle;
    DWORD done;

    swprintf(file, ARRAYSIZE(file), L"%ls\\%ls", folder, name);
    handle = CreateFileW(file, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        bail_out("cannot write a file");
    WriteFile(handle, bytes, size, &done, NULL);
    CloseHandle(handle);
}

static void prepare(void)
{
    WCHAR path[128];

    GetTempPathW(ARRAYSIZE(folder), folder);
    wcscat(folder, L"concierge-names");
    CreateDirectoryW(folder, NULL);
    set_value(L".cctest", NULL, L"ConciergeTest.Document");
    set_value(L"ConciergeTest.Document\\CLSID", NULL, document_clsid_text);
    swprintf(path, ARRAYSIZE(path), L"CLSID\\%ls\\ProgID", document_clsid_text);
    set_value(path, NULL, L"ConciergeTest.Document");
    swprintf(path, ARRAYSIZE(path), L"FileType\\%ls\\0", document_clsid_text);
    set_value(path, NULL, L"0, 4, FFFFFFFF, ABCD1234");
    swprintf(path, ARRAYSIZE(path), L"FileType\\%ls\\1", document_clsid_text);
    set_value(path, NULL, L"-4, 4, , FEFEFEFE");
}

static void clean_up(void)
{
    WCHAR path[128];

    swprintf(path, ARRAYSIZE(path), L"CLSID\\%ls", document_clsid_text);
    RegDeleteTreeW(HKEY_CLASSES_ROOT, path);
    swprintf(path, ARRAYSIZE(path), L"FileType\\%ls", document_clsid_text);
    RegDeleteTreeW(HKEY_CLASSES_ROOT, path);
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L"ConciergeTest.Document");
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L".cctest");
    RemoveDirectoryW(folder);
}

/* The example of the page, and files that are not it. */
static void test_class_of_file(void)
{
    static const BYTE pattern[] = {0xab, 0xcd, 0x12, 0x34, 'x', 0xfe, 0xfe, 0xfe, 0xfe};
    CLSID clsid;

    file_write(L"pattern.bin", pattern, sizeof(pattern));
    is_hr(GetClassFile(file, &clsid), S_OK, "by its contents");
    is_guid(&clsid, &document_clsid, "the class");
    DeleteFileW(file);
    file_write(L"pattern2.bin", pattern, sizeof(pattern) - 1);
    ok(FAILED(GetClassFile(file, &clsid)), "contents that end otherwise");
    DeleteFileW(file);
    file_write(L"short.bin", pattern, 3);
    ok(FAILED(GetClassFile(file, &clsid)), "a file that is too short");
    DeleteFileW(file);
    is_hr(GetClassFile(file, &clsid), MK_E_CANTOPENFILE, "no file");
    file_write(L"plain.cctest", "text", 4);
    is_hr(GetClassFile(file, &clsid), S_OK, "by its extension");
    is_guid(&clsid, &document_clsid, "the class");
    DeleteFileW(file);
    file_write(L"plain.ccnothing", "text", 4);
    is_hr(GetClassFile(file, &clsid), MK_E_INVALIDEXTENSION, "an unknown extension");
    DeleteFileW(file);
    is_hr(GetClassFile(NULL, &clsid), MK_E_SYNTAX, "no name");
}

static void check_parse(const WCHAR *text, HRESULT expected, ULONG expected_eaten, DWORD system,
        const WCHAR *name, const char *what)
{
    IMoniker *moniker = NULL;
    ULONG eaten = 99999;
    IBindCtx *context;

    CreateBindCtx(0, &context);
    is_hr(MkParseDisplayName(context, text, &eaten, &moniker), expected, "%s", what);
    is_uint(eaten, expected_eaten, "%s: characters", what);
    is_uint(system_of(moniker), system, "%s: its kind", what);
    is_named(moniker, name, what);
    IBindCtx_Release(context);
}

static void test_parse(void)
{
    WCHAR text[MAX_PATH + 64];

    file_write(L"some document.cctest", "text", 4);
    check_parse(file, S_OK, (ULONG)wcslen(file), MKSYS_FILEMONIKER, file, "a file");
    swprintf(text, ARRAYSIZE(text), L"%ls!Sheet1", file);
    check_parse(text, S_OK, (ULONG)wcslen(text), MKSYS_GENERICCOMPOSITE, text, "an item of it");
    swprintf(text, ARRAYSIZE(text), L"%ls!Sheet1!A1", file);
    check_parse(text, S_OK, (ULONG)wcslen(text), MKSYS_GENERICCOMPOSITE, text, "an item of that");
    swprintf(text, ARRAYSIZE(text), L"%ls?", file);
    check_parse(text, MK_E_SYNTAX, (ULONG)wcslen(file), MKSYS_FILEMONIKER, file,
            "what the document does not understand");
    DeleteFileW(file);
    check_parse(file, MK_E_SYNTAX, 0, MKSYS_NONE, NULL, "a file that is not there");

    check_parse(L"@ConciergeTest.Document", S_OK, 23, MKSYS_ITEMMONIKER, L"@ConciergeTest.Document",
            "@ProgID");
    check_parse(L"ConciergeTest.Document:thing", S_OK, 28, MKSYS_ITEMMONIKER, L"thing", "ProgID:");
    check_parse(L"clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21:", S_OK, 43, MKSYS_CLASSMONIKER,
            L"clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21:", "clsid:");
    check_parse(L"clsid:nothing", MK_E_SYNTAX, 0, MKSYS_NONE, NULL, "clsid: and nothing");
    check_parse(L"no such thing", MK_E_SYNTAX, 0, MKSYS_NONE, NULL, "what nobody knows");
}

/* Files come first, whatever their names, and whatever form these have. */
static void test_files(void)
{
    WCHAR text[MAX_PATH + 64], here[MAX_PATH];

    GetCurrentDirectoryW(ARRAYSIZE(here), here);
    SetCurrentDirectoryW(folder);
    file_write(L"@ConciergeTest.Document", "text", 4);
    check_parse(L"@ConciergeTest.Document", S_OK, 23, MKSYS_FILEMONIKER, file,
            "a file that has the name of a ProgID");
    DeleteFileW(file);

    file_write(L"in this folder.cctest", "text", 4);
    check_parse(L"in this folder.cctest", S_OK, 21, MKSYS_FILEMONIKER, file, "a relative name");
    swprintf(text, ARRAYSIZE(text), L"%.2lsin this folder.cctest", file);
    check_parse(text, S_OK, 23, MKSYS_FILEMONIKER, file, "a name relative to a drive's folder");
    swprintf(text, ARRAYSIZE(text), L"\\\\?\\%ls!Sheet1", file);
    check_parse(text, S_OK, (ULONG)wcslen(text), MKSYS_GENERICCOMPOSITE, text,
            "an item of an extended name");
    DeleteFileW(file);
    SetCurrentDirectoryW(here);
}

/* Names whose objects are made, loaded and asked for their items. */
static void test_objects(void)
{
    WCHAR text[MAX_PATH + 64];
    IUnknown *object = NULL;

    file_write(L"a.cctest", "text", 4);
    document_path[0] = 0;
    is_hr(CoGetObject(file, NULL, &IID_IOleItemContainer, (void **)&object), S_OK, "a document");
    is_wstr(document_path, file, "loaded from its file");
    if (object)
        IUnknown_Release(object);
    swprintf(text, ARRAYSIZE(text), L"%ls!Sheet1", file);
    is_hr(CoGetObject(text, NULL, &IID_IPersistFile, (void **)&object), S_OK, "an item");
    if (object)
        IUnknown_Release(object);
    swprintf(text, ARRAYSIZE(text), L"%ls!none", file);
    is_hr(CoGetObject(text, NULL, &IID_IUnknown, (void **)&object), MK_E_NOOBJECT,
            "an item that is not there");
    is_hr(CoGetObject(file, NULL, &IID_IDispatch, (void **)&object), E_NOINTERFACE,
            "an interface that it has not");
    DeleteFileW(file);
    is_hr(CoGetObject(L"clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21:", NULL, &IID_IClassFactory,
                  (void **)&object),
            S_OK, "a class object");
    if (object)
        IUnknown_Release(object);
    is_hr(CoGetObject(L"no such thing", NULL, &IID_IUnknown, (void **)&object), MK_E_SYNTAX,
            "what nobody knows");
    is_hr(CoGetObject(NULL, NULL, &IID_IUnknown, (void **)&object), E_INVALIDARG, "no name");
    is_int(document_count(), 0, "all documents are gone");
}

/* The name of a running object is text that anybody can bind to. */
static void test_objref_names(void)
{
    IUnknown *document = document_create(), *object = NULL;
    IMoniker *moniker;
    IBindCtx *context;
    WCHAR *name = NULL;

    CreateBindCtx(0, &context);
    is_hr(CreateObjrefMoniker(document, &moniker), S_OK, "an OBJREF moniker");
    is_hr(IMoniker_GetDisplayName(moniker, context, NULL, &name), S_OK, "its name");
    IBindCtx_Release(context);
    IMoniker_Release(moniker);
    if (name)
    {
        ok(!wcsncmp(name, L"objref:", 7) && name[wcslen(name) - 1] == ':', "objref:...:");
        for (int i = 0; i < 2; i++)
        {
            is_hr(CoGetObject(name, NULL, &IID_IPersistFile, (void **)&object), S_OK, "bound, %d",
                    i);
            is_ptr(object, document, "the object");
            if (object)
                IUnknown_Release(object);
        }
        name[8] = '!';
        is_hr(CoGetObject(name, NULL, &IID_IUnknown, (void **)&object), MK_E_SYNTAX,
                "a name that is not base 64");
        CoTaskMemFree(name);
    }
    CoDisconnectObject(document, 0);
    is_uint(IUnknown_Release(document), 0, "disconnected, nobody holds the object");
}

static void run(void)
{
    test_class_of_file();
    test_parse();
    test_files();
    test_objects();
}

int main(void)
{
    DWORD cookie;

    if (builtin_lacks(
                "objbase/nf-objbase-mkparsedisplayname: items of files; -getclassfile: patterns "
                "of contents; names of OBJREF monikers"))
        return done_testing();
    CoInitialize(NULL);
    prepare();
    cookie = document_class_register();
    run();
    tap_account_begin();
    run();
    tap_account_end("display names");
    test_objref_names(); /* it exports: threads come, and go later */
    CoRevokeClassObject(cookie);
    clean_up();
    CoUninitialize();
    return done_testing();
}
