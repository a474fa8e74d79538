/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which class BindToObject makes an object of: the one that the protocol says, or that is
 * registered for the media type in the bind context, then in the registry, what the data begin with
 * (application/x-oleobject, FileType patterns), the extension. And objects that run already. Page
 * "IMoniker - URL Moniker Implementation", its steps 2, 3 and 6.
 */
#include <stdio.h>

#include "document.h"
#include "tap.h"
#include "test_protocol.h"

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)

/* As text, and another class, which nobody has. */
#define DOCUMENT L"{5A4C1C52-6B1F-4A60-9D11-0E3B527C1102}"
#define NOBODY L"{5A4C1C52-6B1F-4A60-9D11-0E3B527C11FF}"

/* Not in the round that is accounted for: Wine's CoCreateInstance of a class that is not registered
 * leaves two keys of the registry open. */
static BOOL accounted;

#define TYPE_KEY L"MIME\\Database\\Content Type\\application/x-bindtest"

static void set_text(const WCHAR *key, const WCHAR *name, const WCHAR *text)
{
    is_int(RegSetKeyValueW(HKEY_CLASSES_ROOT, key, name, REG_SZ, text,
                   (wcslen(text) + 1) * sizeof(WCHAR)),
            0, "registry: %s", tap_wstr(key));
}

static HRESULT bind_one(struct client *client, DWORD bindf, const WCHAR *url, IBindCtx *context)
{
    client_open(client);
    client->bindf = bindf;
    client_bind_to_object(client, url, context, &IID_IUnknown);
    ok(client_wait(client), "%s: it ends", tap_wstr(url));
    return client->result;
}

/* Whether the object is of the class, and what of the data is its own. */
static void test_class(const WCHAR *url, HRESULT result, ULONGLONG bytes, const char *what)
{
    if (accounted && result == INET_E_CANNOT_INSTANTIATE_OBJECT)
        return;
    for (int i = 0; i < 2; i++)
    {
        struct client client;
        IBindCtx *context;
        BYTE (*byte)(unsigned int, ULONGLONG) = document.byte;

        document_open(DOCUMENT_STREAM);
        document.byte = byte;
        CreateBindCtx(0, &context);
        is_hr(bind_one(&client, i ? PULL : 0, url, context), result, "%s: the result", what);
        IBindCtx_Release(context);
        client_check(&client, what);
        is_int(document.created, SUCCEEDED(result), "%s: objects", what);
        is_uint(document.loaded, bytes, "%s: bytes", what);
        is_int(client_code(&client, BINDSTATUS_CLASSIDAVAILABLE) >= 0,
                result != REGDB_E_CLASSNOTREG, "%s: the client hears of the class", what);
        client_close(&client, what);
        document_check_left(what);
        document.byte = byte;
    }
}

static void test_media_type(void)
{
    struct client client;
    const char *types[] = {"application/x-bindtest"};
    CLSID classes[] = {CLSID_Document};
    IBindCtx *context;

    document.byte = test_protocol_byte;
    test_class(L"bindtest:size=20000", REGDB_E_CLASSNOTREG, 0, "an unknown type");
    set_text(TYPE_KEY, L"CLSID", DOCUMENT);
    test_class(L"bindtest:size=20000", S_OK, 20000, "a type in the registry");
    set_text(TYPE_KEY, L"CLSID", NOBODY);
    test_class(L"bindtest:size=20000", INET_E_CANNOT_INSTANTIATE_OBJECT, 0, "without a server");
    test_protocol_class = DOCUMENT;
    test_class(L"bindtest:size=20000", S_OK, 20000, "the protocol says the class");
    test_protocol_class = L"{garbage";
    test_class(L"bindtest:size=20000", INET_E_CANNOT_INSTANTIATE_OBJECT, 0, "or what is none");
    test_protocol_class = NULL;

    document_open(DOCUMENT_STREAM);
    CreateBindCtx(0, &context);
    is_hr(RegisterMediaTypeClass(context, 1, types, classes, 0), S_OK, "RegisterMediaTypeClass");
    is_hr(bind_one(&client, PULL, L"bindtest:size=20000", context), S_OK,
            "the context comes before the registry");
    IBindCtx_Release(context);
    client_close(&client, "RegisterMediaTypeClass");
    document_check_left("RegisterMediaTypeClass");
    is_int(RegDeleteTreeW(HKEY_CLASSES_ROOT, TYPE_KEY), 0, "the registry as before");
}

/* What an x-oleobject is here, behind its class. */
static BYTE ole_byte(unsigned int seed, ULONGLONG place)
{
    (void)seed;
    return (BYTE)(place * 7 + 3);
}

static void write_ole_file(const WCHAR *path, const CLSID *class, ULONG size)
{
    BYTE data[4096];
    DWORD written;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);

    memcpy(data, class, sizeof(*class));
    for (ULONG i = sizeof(*class); i < size; i++)
        data[i] = ole_byte(0, i - sizeof(*class));
    WriteFile(file, data, size, &written, NULL);
    CloseHandle(file);
}

static void test_data(void)
{
    static const CLSID nobody = {0x5a4c1c52, 0x6b1f, 0x4a60,
            {0x9d, 0x11, 0x0e, 0x3b, 0x52, 0x7c, 0x11, 0xff}};
    static const WCHAR pattern_key[] = L"FileType\\" DOCUMENT L"\\0";
    WCHAR folder[MAX_PATH], path[MAX_PATH], url[MAX_PATH + 16];

    GetTempPathW(ARRAYSIZE(folder), folder);
    swprintf(path, MAX_PATH, L"%lsobject.concierge5", folder);
    swprintf(url, ARRAYSIZE(url), L"file:///%ls", path);
    set_text(L".concierge5", L"Content Type", L"application/x-oleobject");
    write_ole_file(path, &CLSID_Document, 4000);
    document.byte = ole_byte;
    test_class(url, S_OK, 4000 - sizeof(CLSID), "application/x-oleobject");
    write_ole_file(path, &CLSID_Document, sizeof(CLSID));
    test_class(url, S_OK, 0, "application/x-oleobject, the class alone");
    write_ole_file(path, &nobody, 4000);
    test_class(url, INET_E_CANNOT_INSTANTIATE_OBJECT, 0,
            "application/x-oleobject of a class without a server");
    write_ole_file(path, &CLSID_Document, 10);
    test_class(url, REGDB_E_CLASSNOTREG, 0, "application/x-oleobject, too short for a class");

    /* Of no known type: 02 09 10 17 is at the end of the test protocol's first bytes. */
    document.byte = test_protocol_byte;
    {
        WCHAR pattern[64];

        swprintf(pattern, ARRAYSIZE(pattern), L"3, 0x4, , %02x%02x%02x%02x",
                test_protocol_byte(1, 3), test_protocol_byte(1, 4), test_protocol_byte(1, 5),
                test_protocol_byte(1, 6));
        set_text(pattern_key, NULL, pattern);
    }
    test_class(L"bindtest:size=20000", S_OK, 20000, "a pattern of the data");
    test_class(L"bindtest:size=20000,chunk=4,slow=1", S_OK, 20000, "which come in small pieces");
    test_class(L"bindtest:size=6", REGDB_E_CLASSNOTREG, 0, "too few for the pattern");
    test_class(L"bindtest:size=7", S_OK, 7, "just as many");
    is_int(RegDeleteTreeW(HKEY_CLASSES_ROOT, L"FileType\\" DOCUMENT), 0, "the registry as before");

    RegDeleteTreeW(HKEY_CLASSES_ROOT, L".concierge5");
    set_text(L".concierge5", NULL, L"ConciergeTestFile");
    set_text(L"ConciergeTestFile\\CLSID", NULL, DOCUMENT);
    write_ole_file(path, &CLSID_Document, 3000);
    document.byte = NULL;
    test_class(url, S_OK, 3000, "the extension");
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L".concierge5");
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L"ConciergeTestFile");
    DeleteFileW(path);
}

/* The object gets all of the data though some have been looked at. */
static void test_nested_pattern(void)
{
    static const WCHAR pattern_key[] = L"FileType\\" DOCUMENT L"\\0";
    struct client client;
    WCHAR pattern[64];
    IBindCtx *context;

    swprintf(pattern, ARRAYSIZE(pattern), L"0,2,FFFF,%02x%02x", test_protocol_byte(1, 0),
            test_protocol_byte(1, 1));
    set_text(pattern_key, NULL, pattern);
    for (int i = 0; i < 2; i++)
    {
        document_open(DOCUMENT_MONIKER);
        document.bind = &IID_IStream;
        document.client.bindf = i ? PULL : BINDF_ASYNCHRONOUS;
        CreateBindCtx(0, &context);
        is_hr(bind_one(&client, PULL, L"bindtest:size=100000,slow=1", context), S_OK,
                "a pattern, and an object that binds by itself");
        IBindCtx_Release(context);
        ok(client_wait(&document.client), "its own binding ends");
        client_check(&document.client, "its own binding");
        is_uint(document.client.received, 100000, "with all the data");
        client_close(&document.client, "its own binding");
        client_close(&client, "the object's binding");
        document_check_left("a pattern");
    }
    is_int(RegDeleteTreeW(HKEY_CLASSES_ROOT, L"FileType\\" DOCUMENT), 0, "the registry as before");
}

/* An object that the table of running objects has is taken from there. */
static void test_running(void)
{
    IRunningObjectTable *table;
    struct client client;
    IMoniker *moniker;
    IUnknown *object;
    IBindCtx *context;
    DWORD cookie;

    document_open(DOCUMENT_STREAM);
    is_hr(IClassFactory_CreateInstance(&document_factory, NULL, &IID_IUnknown, (void **)&object),
            S_OK, "an object");
    CreateURLMonikerEx(NULL, L"bindtest:size=100", &moniker, URL_MK_UNIFORM);
    CreateBindCtx(0, &context);
    is_hr(IBindCtx_GetRunningObjectTable(context, &table), S_OK, "GetRunningObjectTable");
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, object, moniker,
                  &cookie),
            S_OK, "Register");
    client_open(&client);
    client.bindf = PULL;
    client_bind_to_object(&client, L"bindtest:size=100", context, &IID_IPersistStream);
    is_hr(client.bind_result, S_OK, "a running object");
    ok(client.out != NULL, "at once");
    is_int(client.calls, 0, "without a transfer");
    is_int(document.created, 1, "or another object");
    RevokeBindStatusCallback(context, (IBindStatusCallback *)&client.IBindStatusCallbackEx_iface);
    client_close(&client, "a running object");
    client_open(&client);
    client_bind_to_object(&client, L"bindtest:size=100", context, &IID_IOleObject);
    is_hr(client.bind_result, E_NOINTERFACE, "an interface that it has not");
    RevokeBindStatusCallback(context, (IBindStatusCallback *)&client.IBindStatusCallbackEx_iface);
    client_close(&client, "a running object");
    is_hr(IRunningObjectTable_Revoke(table, cookie), S_OK, "Revoke");
    IRunningObjectTable_Release(table);
    IBindCtx_Release(context);
    IMoniker_Release(moniker);
    IUnknown_Release(object);
    document_check_left("a running object");
}

/* "The class object will be retrieved. Typically the class instance is retrieved": page "BINDF
 * enumeration", BINDF_GETCLASSOBJECT. */
static HRESULT bind_class_object(struct client *client, DWORD bindf, const WCHAR *url, REFIID iid)
{
    IBindCtx *context;

    client_open(client);
    client->bindf = bindf | BINDF_GETCLASSOBJECT;
    CreateBindCtx(0, &context);
    client_bind_to_object(client, url, context, iid);
    ok(client_wait(client), "%s: it ends", tap_wstr(url));
    IBindCtx_Release(context);
    return client->result;
}

static void test_class_object(DWORD bindf, const char *what)
{
    struct client client;

    document_open(DOCUMENT_MONIKER | DOCUMENT_STREAM | DOCUMENT_FILE);
    test_protocol_class = DOCUMENT;
    is_hr(bind_class_object(&client, bindf, L"bindtest:size=200000,slow=1", &IID_IClassFactory),
            S_OK, "%s: the result", what);
    is_int(client.objects, 1, "%s: OnObjectAvailable", what);
    ok(client.objected, "%s: an object", what);
    is_int(document.created, 0, "%s: no instance", what);
    is_int(document.loads, 0, "%s: nothing is loaded", what);
    is_int(client.datas, 0, "%s: no data are told of", what);
    client_check(&client, what);
    if (!(bindf & BINDF_ASYNCHRONOUS))
    {
        is_hr(client.bind_result, S_OK, "%s: BindToObject", what);
        is_ptr(client.out, &document_factory, "%s: the class object", what);
    }
    client_close(&client, what);
    is_hr(bind_class_object(&client, bindf, L"bindtest:size=2000", &IID_IPersistFile),
            E_NOINTERFACE, "%s: an interface of instances", what);
    client_close(&client, what);
    if (!accounted)
    {
        test_protocol_class = NOBODY;
        is_hr(bind_class_object(&client, bindf, L"bindtest:size=2000", &IID_IClassFactory),
                INET_E_CANNOT_INSTANTIATE_OBJECT, "%s: a class without a server", what);
        client_close(&client, what);
    }
    test_protocol_class = NULL;
    document_check_left(what);
}

static void test_all(void)
{
    test_class_object(0, "the class object");
    test_class_object(PULL, "the class object, asynchronously");
    test_media_type();
    test_data();
    test_nested_pattern();
    test_running();
}

int main(void)
{
    DWORD cookie;

    if (builtin_lacks("classes by their data; page \"IMoniker - URL Moniker Implementation\""))
        return done_testing();
    CoInitialize(NULL);
    test_protocol_open(3);
    is_hr(CoRegisterClassObject(&CLSID_Document, (IUnknown *)&document_factory,
                  CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie),
            S_OK, "CoRegisterClassObject");
    test_all();
    tap_account_begin();
    accounted = TRUE;
    test_all();
    tap_account_end("classes of objects");
    CoRevokeClassObject(cookie);
    test_protocol_close();
    CoUninitialize();
    return done_testing();
}
