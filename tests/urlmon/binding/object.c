/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BindToObject: the object is loaded by its IPersistMoniker, which may bind to the storage of the
 * same transfer, else by IPersistStreamInit or IPersistStream, else by IPersistFile. Pages
 * "IMoniker
 * - URL Moniker Implementation", IPersistMoniker, "URL Moniker Error Codes".
 */
#include <ocidl.h>
#include <stdlib.h>

#include "document.h"
#include "tap.h"
#include "test_protocol.h"

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)

#define ANY_STREAM (DOCUMENT_STREAM_INIT | DOCUMENT_STREAM)

/* The class is registered for the media type in the bind context. */
static void bind_object(struct client *client, const WCHAR *url, BOOL known, REFIID iid)
{
    const char *types[] = {"application/x-bindtest"};
    CLSID classes[] = {CLSID_Document};
    IBindCtx *context;

    CreateBindCtx(0, &context);
    if (known)
        is_hr(RegisterMediaTypeClass(context, 1, types, classes, 0), S_OK,
                "RegisterMediaTypeClass");
    client_bind_to_object(client, url, context, iid);
    IBindCtx_Release(context);
}

static void check_codes(struct client *client, const char *what)
{
    ok(client_code(client, BINDSTATUS_CLASSIDAVAILABLE)
                    > client_code(client, BINDSTATUS_MIMETYPEAVAILABLE),
            "%s: the class after the type", what);
    ok(client_code(client, BINDSTATUS_BEGINSYNCOPERATION)
                    > client_code(client, BINDSTATUS_CLASSIDAVAILABLE),
            "%s: BEGINSYNCOPERATION", what);
    ok(client_code(client, BINDSTATUS_ENDSYNCOPERATION)
                    > client_code(client, BINDSTATUS_BEGINSYNCOPERATION),
            "%s: ENDSYNCOPERATION", what);
}

/* `by` is what the object is to be loaded by; with a stream or a file, all of the data. */
static void test_object(DWORD bindf, unsigned int kinds, unsigned int by, const WCHAR *url,
        const char *what)
{
    struct client client;

    document_open(kinds);
    client_open(&client);
    client.bindf = bindf;
    bind_object(&client, url, TRUE, &IID_IUnknown);
    if (bindf & BINDF_ASYNCHRONOUS)
    {
        is_hr(client.bind_result, MK_S_ASYNCHRONOUS, "%s: BindToObject", what);
        ok(client_wait(&client), "%s: it ends", what);
    }
    else
    {
        is_hr(client.bind_result, S_OK, "%s: BindToObject", what);
        ok(client.out != NULL, "%s: the object", what);
    }
    client_check(&client, what);
    is_hr(client.result, S_OK, "%s: the result", what);
    is_int(client.objects, 1, "%s: OnObjectAvailable", what);
    is_int(client.datas, 0, "%s: no OnDataAvailable", what);
    is_int(document.loads, 1, "%s: it was loaded", what);
    is_uint(document.loaded_by, by, "%s: by that", what);
    is_int(document.wrong_thread, 0, "%s: on the bound thread", what);
    if (by != DOCUMENT_MONIKER)
        is_uint(document.loaded, 200000, "%s: bytes loaded", what);
    if (by == DOCUMENT_FILE)
        is_wstr(client.file, document.file, "%s: the client knows the file", what);
    check_codes(&client, what);
    client_close(&client, what);
    document_check_left(what);
}

/* The object binds to the storage: it gets the data of the same transfer. */
static void test_nested(const IID *iid, DWORD bindf, const WCHAR *url, const char *what)
{
    struct client client;

    document_open(DOCUMENT_MONIKER);
    document.bind = iid;
    document.client.bindf = bindf;
    client_open(&client);
    client.bindf = PULL;
    bind_object(&client, url, TRUE, &IID_IUnknown);
    ok(client_wait(&client), "%s: the binding of the object ends", what);
    if (document.loads)
    {
        ok(client_wait(&document.client), "%s: that of its storage ends", what);
        client_check(&document.client, what);
        if (IsEqualIID(iid, &IID_IStream))
            is_uint(document.client.received, 200000, "%s: bytes", what);
        else
            ok(document.client.file[0], "%s: a file", what);
        is_hr(document.client.result, S_OK, "%s: its result", what);
        is_int(document.client.firsts, 1, "%s: its first notification", what);
        is_int(document.client.lasts, 1, "%s: its last notification", what);
        client_close(&document.client, what);
    }
    client_check(&client, what);
    is_hr(client.result, S_OK, "%s: the result", what);
    is_int(client.objects, 1, "%s: OnObjectAvailable", what);
    client_close(&client, what);
    document_check_left(what);
}

/* The protocol says of its data that they are all there; to the object's bind they are the first
 * and the last ones, and that is what it is told. */
static void test_nested_full(void)
{
    struct client client;

    document_open(DOCUMENT_MONIKER);
    document.bind = &IID_IStream;
    document.client.bindf = BINDF_ASYNCHRONOUS;
    client_open(&client);
    client.bindf = BINDF_ASYNCHRONOUS;
    bind_object(&client, L"bindtest:size=1000,sync=1,full=1", TRUE, &IID_IUnknown);
    ok(client_wait(&client), "nested, all there: it ends");
    is_int(document.loads, 1, "nested, all there: Load");
    ok(client_wait(&document.client), "nested, all there: that of its storage ends");
    is_uint(document.client.received, 1000, "nested, all there: bytes");
    is_uint(document.client.flags, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION,
            "nested, all there: the notification");
    client_check(&document.client, "nested, all there");
    client_close(&document.client, "nested, all there");
    client_close(&client, "nested, all there");
    document_check_left("nested, all there");
}

/* An object that does not want all of its stream, or binds to nothing at all. */
static void test_partial(void)
{
    struct client client;

    document_open(ANY_STREAM);
    document.read_limit = 10000;
    client_open(&client);
    client.bindf = PULL;
    bind_object(&client, L"bindtest:size=2000000,slow=1", TRUE, &IID_IUnknown);
    ok(client_wait(&client), "10,000 bytes are enough: it ends");
    client_check(&client, "10,000 bytes are enough");
    is_hr(client.result, S_OK, "10,000 bytes are enough: the result");
    is_uint(document.loaded, 10000, "10,000 bytes are enough: bytes");
    is_hr(document.last_read, S_OK, "10,000 bytes are enough: the last read");
    is_int(client.objects, 1, "10,000 bytes are enough: OnObjectAvailable");
    client_close(&client, "10,000 bytes are enough");
    document_check_left("10,000 bytes are enough");
}

static void abort_on_class(struct client *client, ULONG code)
{
    if (code == BINDSTATUS_CLASSIDAVAILABLE)
    {
        IBinding_Abort(client->binding);
        client->quiet = TRUE;
    }
}

/* `result` is the binding's; the object is loaded so often. */
static void test_failure(unsigned int kinds, HRESULT create, HRESULT load, const WCHAR *url,
        REFIID iid, HRESULT result, int loads, const char *what)
{
    for (int i = 0; i < 2; i++)
    {
        struct client client;

        document_open(kinds);
        document.create_result = create;
        document.load_result = load;
        client_open(&client);
        client.bindf = i ? PULL : 0;
        bind_object(&client, url, TRUE, iid);
        ok(client_wait(&client), "%s: it ends", what);
        is_hr(client.bind_result, i ? MK_S_ASYNCHRONOUS : result, "%s: BindToObject", what);
        ok(!client.out, "%s: no object", what);
        client_check(&client, what);
        is_hr(client.result, result, "%s: the result", what);
        is_int(client.objects, 0, "%s: no OnObjectAvailable", what);
        is_int(document.loads, loads, "%s: Load", what);
        client_close(&client, what);
        document_check_left(what);
    }
}

static void test_failures(void)
{
    struct client client;

    document_open(DOCUMENT_MONIKER);
    client_open(&client);
    client.bindf = PULL;
    bind_object(&client, L"bindtest:size=200000", FALSE, &IID_IUnknown);
    ok(client_wait(&client), "no class: it ends");
    client_check(&client, "no class");
    is_hr(client.result, REGDB_E_CLASSNOTREG, "no class: the result");
    is_int(client.objects, 0, "no class: no object");
    client_close(&client, "no class");
    document_check_left("no class");

    document_open(DOCUMENT_MONIKER);
    client_open(&client);
    client.bindf = PULL;
    client.on_progress = abort_on_class;
    bind_object(&client, L"bindtest:size=200000", TRUE, &IID_IUnknown);
    ok(client_wait(&client), "a class that is not wanted: it ends");
    client_check(&client, "a class that is not wanted");
    is_hr(client.result, E_ABORT, "a class that is not wanted: the result");
    is_int(document.created, 0, "a class that is not wanted: no object");
    client_close(&client, "a class that is not wanted");
    document_check_left("a class that is not wanted");

    test_failure(DOCUMENT_MONIKER, E_ACCESSDENIED, S_OK, L"bindtest:size=200000", &IID_IUnknown,
            INET_E_CANNOT_INSTANTIATE_OBJECT, 0, "CreateInstance fails");
    test_failure(DOCUMENT_MONIKER, S_OK, E_ACCESSDENIED, L"bindtest:size=200000", &IID_IUnknown,
            E_ACCESSDENIED, 1, "IPersistMoniker::Load fails");
    test_failure(DOCUMENT_MONIKER | ANY_STREAM, S_OK, E_PENDING, L"bindtest:size=200000",
            &IID_IUnknown, E_PENDING, 1, "it says E_PENDING, and nothing else is tried");
    test_failure(ANY_STREAM, S_OK, STG_E_READFAULT, L"bindtest:size=200000", &IID_IUnknown,
            STG_E_READFAULT, 1, "IPersistStreamInit::Load fails");
    test_failure(DOCUMENT_FILE, S_OK, E_ACCESSDENIED, L"bindtest:size=200000", &IID_IUnknown,
            E_ACCESSDENIED, 1, "IPersistFile::Load fails");
    test_failure(0, S_OK, S_OK, L"bindtest:size=200000", &IID_IUnknown, INET_E_CANNOT_LOAD_DATA, 0,
            "an object that nothing loads");
    test_failure(ANY_STREAM, S_OK, S_OK, L"bindtest:size=200000", &IID_IOleObject, E_NOINTERFACE, 1,
            "an interface that it has not");
    test_failure(DOCUMENT_FILE, S_OK, S_OK, L"bindtest:size=0,error=800c0008", &IID_IUnknown,
            INET_E_DOWNLOAD_FAILURE, 0, "the transfer fails");
}

int main(void)
{
    DWORD cookie;

    /* Page "Callback Synchronization". */
    if (builtin_lacks("objects that take over a binding"))
        return done_testing();
    CoInitialize(NULL);
    test_protocol_open(3);
    is_hr(CoRegisterClassObject(&CLSID_Document, (IUnknown *)&document_factory,
                  CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie),
            S_OK, "CoRegisterClassObject");
    for (int i = 0; i < 2; i++)
    {
        test_object(PULL, DOCUMENT_MONIKER | ANY_STREAM | DOCUMENT_FILE, DOCUMENT_MONIKER,
                L"bindtest:size=200000,slow=1", "IPersistMoniker");
        test_object(0, DOCUMENT_MONIKER, DOCUMENT_MONIKER, L"bindtest:size=200000,slow=1",
                "IPersistMoniker, synchronous");
        test_object(0, DOCUMENT_MONIKER, DOCUMENT_MONIKER, L"bindtest:size=200000,sync=1",
                "IPersistMoniker, all in Start");
        test_object(PULL, DOCUMENT_STREAM_INIT | DOCUMENT_FILE, DOCUMENT_STREAM_INIT,
                L"bindtest:size=200000,slow=1", "IPersistStreamInit");
        test_object(0, DOCUMENT_STREAM_INIT, DOCUMENT_STREAM_INIT, L"bindtest:size=200000",
                "IPersistStreamInit, synchronous");
        test_object(PULL, DOCUMENT_STREAM | DOCUMENT_FILE, DOCUMENT_STREAM_INIT,
                L"bindtest:size=200000,slow=1", "IPersistStream");
        test_object(0, DOCUMENT_STREAM, DOCUMENT_STREAM_INIT, L"bindtest:size=200000,file=1",
                "IPersistStream, synchronous, with a file");
        test_object(PULL, DOCUMENT_FILE, DOCUMENT_FILE, L"bindtest:size=200000,slow=1,file=1",
                "IPersistFile, the protocol's file");
        test_object(PULL, DOCUMENT_FILE, DOCUMENT_FILE, L"bindtest:size=200000,slow=1",
                "IPersistFile, no file of the protocol's");
        test_object(BINDF_NOWRITECACHE, DOCUMENT_FILE, DOCUMENT_FILE, L"bindtest:size=200000",
                "IPersistFile, and nothing in the cache");
        test_nested(&IID_IStream, PULL, L"bindtest:size=200000,chunk=9000,slow=1,calls=1",
                "nested");
        test_nested(&IID_IStream, BINDF_ASYNCHRONOUS, L"bindtest:size=200000,chunk=9000,slow=1",
                "nested, push model");
        test_nested(&IID_IUnknown, BINDF_ASYNCHRONOUS, L"bindtest:size=200000,slow=1",
                "nested, a file");
        test_nested_full();
        test_partial();
        test_failures();
        if (!i)
            tap_account_begin();
    }
    tap_account_end("objects");
    CoRevokeClassObject(cookie);
    test_protocol_close();
    CoUninitialize();
    return done_testing();
}
