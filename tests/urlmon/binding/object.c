/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BindToObject: the class comes from the media type, the data are loaded by the object's
 * IPersistMoniker, which may bind to the storage of the same transfer, or IPersistStreamInit. Pages
 * "IMoniker - URL Moniker Implementation", IPersistMoniker.
 */
#include <ocidl.h>
#include <stdlib.h>

#include "client.h"
#include "tap.h"
#include "test_protocol.h"

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)

static const CLSID CLSID_Document = {0x5a4c1c52, 0x6b1f, 0x4a60,
        {0x9d, 0x11, 0x0e, 0x3b, 0x52, 0x7c, 0x11, 0x02}};

/* The object. */
static struct
{
    BOOL by_stream; /* IPersistStreamInit, else IPersistMoniker */
    BOOL bind;      /* it binds to the storage */
    HRESULT load_result;
    struct client client; /* of that bind */
    LONG references, created, loads, wrong_thread;
    DWORD thread;
    ULONGLONG loaded; /* by its stream */
    BOOL fully_available;
} document;

static HRESULT document_query(REFIID iid, void **out);

static ULONG document_addref(void)
{
    return InterlockedIncrement(&document.references);
}

static ULONG document_release(void)
{
    return InterlockedDecrement(&document.references);
}

static HRESULT WINAPI moniker_QueryInterface(IPersistMoniker *iface, REFIID iid, void **out)
{
    (void)iface;
    return document_query(iid, out);
}

static ULONG WINAPI moniker_AddRef(IPersistMoniker *iface)
{
    (void)iface;
    return document_addref();
}

static ULONG WINAPI moniker_Release(IPersistMoniker *iface)
{
    (void)iface;
    return document_release();
}

static HRESULT WINAPI moniker_GetClassID(IPersistMoniker *iface, CLSID *class)
{
    (void)iface;
    *class = CLSID_Document;
    return S_OK;
}

static HRESULT WINAPI moniker_IsDirty(IPersistMoniker *iface)
{
    (void)iface;
    return S_FALSE;
}

static HRESULT WINAPI moniker_Load(IPersistMoniker *iface, BOOL fully_available, IMoniker *moniker,
        IBindCtx *context, DWORD mode)
{
    IBindStatusCallback *callback =
            (IBindStatusCallback *)&document.client.IBindStatusCallbackEx_iface;
    IBindStatusCallback *former = NULL;
    IUnknown *unknown = NULL;

    (void)iface;
    (void)mode;
    document.loads++;
    document.fully_available = fully_available;
    if (GetCurrentThreadId() != document.thread)
        document.wrong_thread++;
    if (document.bind)
    {
        client_open(&document.client);
        document.client.bindf = PULL;
        is_hr(RegisterBindStatusCallback(context, callback, &former, 0), S_OK,
                "the object registers its callback");
        if (former)
            IBindStatusCallback_Release(former);
        document.client.bind_result =
                IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&unknown);
        ok(SUCCEEDED(document.client.bind_result), "the object binds to the storage: %s",
                tap_hr(document.client.bind_result));
        document.client.out = unknown;
        RevokeBindStatusCallback(context, callback);
    }
    return document.load_result;
}

static HRESULT WINAPI moniker_Save(IPersistMoniker *iface, IMoniker *moniker, IBindCtx *context,
        BOOL remember)
{
    (void)iface;
    (void)moniker;
    (void)context;
    (void)remember;
    return E_NOTIMPL;
}

static HRESULT WINAPI moniker_SaveCompleted(IPersistMoniker *iface, IMoniker *moniker,
        IBindCtx *context)
{
    (void)iface;
    (void)moniker;
    (void)context;
    return E_NOTIMPL;
}

static HRESULT WINAPI moniker_GetCurMoniker(IPersistMoniker *iface, IMoniker **moniker)
{
    (void)iface;
    *moniker = NULL;
    return E_NOTIMPL;
}

static const IPersistMonikerVtbl moniker_vtbl = {
        moniker_QueryInterface,
        moniker_AddRef,
        moniker_Release,
        moniker_GetClassID,
        moniker_IsDirty,
        moniker_Load,
        moniker_Save,
        moniker_SaveCompleted,
        moniker_GetCurMoniker,
};

static IPersistMoniker persist_moniker = {(IPersistMonikerVtbl *)&moniker_vtbl};

static HRESULT WINAPI stream_QueryInterface(IPersistStreamInit *iface, REFIID iid, void **out)
{
    (void)iface;
    return document_query(iid, out);
}

static ULONG WINAPI stream_AddRef(IPersistStreamInit *iface)
{
    (void)iface;
    return document_addref();
}

static ULONG WINAPI stream_Release(IPersistStreamInit *iface)
{
    (void)iface;
    return document_release();
}

static HRESULT WINAPI stream_GetClassID(IPersistStreamInit *iface, CLSID *class)
{
    (void)iface;
    *class = CLSID_Document;
    return S_OK;
}

static HRESULT WINAPI stream_IsDirty(IPersistStreamInit *iface)
{
    (void)iface;
    return S_FALSE;
}

static HRESULT WINAPI stream_Load(IPersistStreamInit *iface, IStream *stream)
{
    BYTE buffer[4096];
    ULONG read;
    HRESULT hr;

    (void)iface;
    document.loads++;
    if (GetCurrentThreadId() != document.thread)
        document.wrong_thread++;
    do
    {
        hr = IStream_Read(stream, buffer, sizeof(buffer), &read);
        for (ULONG n = 0; n < read; n++)
        {
            if (buffer[n] != test_protocol_byte(1, document.loaded + n))
            {
                fail("byte %llu of the object's stream", document.loaded + n);
                return E_FAIL;
            }
        }
        document.loaded += read;
    } while (hr == S_OK && read);
    return document.load_result;
}

static HRESULT WINAPI stream_Save(IPersistStreamInit *iface, IStream *stream, BOOL clear)
{
    (void)iface;
    (void)stream;
    (void)clear;
    return E_NOTIMPL;
}

static HRESULT WINAPI stream_GetSizeMax(IPersistStreamInit *iface, ULARGE_INTEGER *size)
{
    (void)iface;
    (void)size;
    return E_NOTIMPL;
}

static HRESULT WINAPI stream_InitNew(IPersistStreamInit *iface)
{
    (void)iface;
    return S_OK;
}

static const IPersistStreamInitVtbl stream_vtbl = {
        stream_QueryInterface,
        stream_AddRef,
        stream_Release,
        stream_GetClassID,
        stream_IsDirty,
        stream_Load,
        stream_Save,
        stream_GetSizeMax,
        stream_InitNew,
};

static IPersistStreamInit persist_stream = {(IPersistStreamInitVtbl *)&stream_vtbl};

static HRESULT document_query(REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = &persist_stream;
    else if (document.by_stream && IsEqualIID(iid, &IID_IPersistStreamInit))
        *out = &persist_stream;
    else if (!document.by_stream && IsEqualIID(iid, &IID_IPersistMoniker))
        *out = &persist_moniker;
    else
        return E_NOINTERFACE;
    document_addref();
    return S_OK;
}

static HRESULT WINAPI factory_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG WINAPI factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG WINAPI factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT WINAPI factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid,
        void **out)
{
    (void)iface;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    document.created++;
    return document_query(iid, out);
}

static HRESULT WINAPI factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
        factory_QueryInterface,
        factory_AddRef,
        factory_Release,
        factory_CreateInstance,
        factory_LockServer,
};

static IClassFactory factory = {(IClassFactoryVtbl *)&factory_vtbl};

static void document_reset(void)
{
    ZeroMemory(&document, sizeof(document));
    document.thread = GetCurrentThreadId();
}

static void check_left(const char *what)
{
    ULONGLONG end = GetTickCount64() + 3000;

    while (test_protocols_alive && GetTickCount64() < end)
        pump_messages(10);
    is_int(test_protocols_running, 0, "%s: protocols terminated", what);
    is_int(test_protocols_alive, 0, "%s: protocols released", what);
}

/* The class is registered for the media type in the bind context. */
static void bind_object(struct client *client, const WCHAR *url, BOOL known)
{
    char type[] = "application/x-bindtest";
    char *types[] = {type};
    CLSID classes[] = {CLSID_Document};
    IBindCtx *context;

    CreateBindCtx(0, &context);
    if (known)
        is_hr(RegisterMediaTypeClass(context, 1, (const char **)types, classes, 0), S_OK,
                "RegisterMediaTypeClass");
    client_bind_to_object(client, url, context, &IID_IUnknown);
    IBindCtx_Release(context);
}

static void test_object(DWORD bindf, BOOL by_stream, const WCHAR *url, const char *what)
{
    struct client client;

    document_reset();
    document.by_stream = by_stream;
    client_open(&client);
    client.bindf = bindf;
    bind_object(&client, url, TRUE);
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
    is_int(document.wrong_thread, 0, "%s: on the bound thread", what);
    if (by_stream)
        is_uint(document.loaded, 200000, "%s: bytes loaded", what);
    ok(client_code(&client, BINDSTATUS_CLASSIDAVAILABLE)
                    > client_code(&client, BINDSTATUS_MIMETYPEAVAILABLE),
            "%s: the class after the type", what);
    ok(client_code(&client, BINDSTATUS_BEGINSYNCOPERATION)
                    > client_code(&client, BINDSTATUS_CLASSIDAVAILABLE),
            "%s: BEGINSYNCOPERATION", what);
    ok(client_code(&client, BINDSTATUS_ENDSYNCOPERATION)
                    > client_code(&client, BINDSTATUS_BEGINSYNCOPERATION),
            "%s: ENDSYNCOPERATION", what);
    client_close(&client, what);
    is_int(document.references, 0, "%s: the object's references", what);
    check_left(what);
}

/* The object binds to the storage: it gets the data of the same transfer. */
static void test_nested(const WCHAR *url, const char *what)
{
    struct client client;

    document_reset();
    document.bind = TRUE;
    client_open(&client);
    client.bindf = PULL;
    bind_object(&client, url, TRUE);
    ok(client_wait(&client), "%s: the binding of the object ends", what);
    if (document.loads)
    {
        ok(client_wait(&document.client), "%s: that of its storage ends", what);
        client_check(&document.client, what);
        is_uint(document.client.received, 200000, "%s: bytes", what);
        is_hr(document.client.result, S_OK, "%s: its result", what);
        is_int(document.client.firsts, 1, "%s: its first notification", what);
        is_int(document.client.lasts, 1, "%s: its last notification", what);
        client_close(&document.client, what);
    }
    client_check(&client, what);
    is_hr(client.result, S_OK, "%s: the result", what);
    is_int(client.objects, 1, "%s: OnObjectAvailable", what);
    client_close(&client, what);
    check_left(what);
}

static void test_failures(void)
{
    struct client client;

    document_reset();
    client_open(&client);
    client.bindf = PULL;
    bind_object(&client, L"bindtest:size=200000", FALSE);
    ok(client_wait(&client), "no class: it ends");
    client_check(&client, "no class");
    is_hr(client.result, REGDB_E_CLASSNOTREG, "no class: the result");
    is_int(client.objects, 0, "no class: no object");
    client_close(&client, "no class");
    check_left("no class");

    document_reset();
    document.load_result = E_ACCESSDENIED;
    client_open(&client);
    bind_object(&client, L"bindtest:size=200000", TRUE);
    is_hr(client.bind_result, E_ACCESSDENIED, "Load fails: BindToObject");
    ok(!client.out, "Load fails: no object");
    is_hr(client.result, E_ACCESSDENIED, "Load fails: the result");
    is_int(document.loads, 1, "Load fails: it was called");
    client_close(&client, "Load fails");
    is_int(document.references, 0, "Load fails: the object's references");
    check_left("Load fails");
}

int main(void)
{
    DWORD cookie;

    /* Page "Callback Synchronization". */
    if (builtin_lacks("objects that take over a binding"))
        return done_testing();
    CoInitialize(NULL);
    test_protocol_open(3);
    is_hr(CoRegisterClassObject(&CLSID_Document, (IUnknown *)&factory, CLSCTX_INPROC_SERVER,
                  REGCLS_MULTIPLEUSE, &cookie),
            S_OK, "CoRegisterClassObject");
    test_object(PULL, FALSE, L"bindtest:size=200000,slow=1", "IPersistMoniker");
    test_object(0, FALSE, L"bindtest:size=200000,slow=1", "IPersistMoniker, synchronous");
    test_object(0, FALSE, L"bindtest:size=200000,sync=1", "IPersistMoniker, all in Start");
    test_object(PULL, TRUE, L"bindtest:size=200000,slow=1", "IPersistStreamInit");
    test_object(0, TRUE, L"bindtest:size=200000", "IPersistStreamInit, synchronous");
    test_nested(L"bindtest:size=200000,chunk=9000,slow=1,calls=1", "nested");
    test_failures();
    CoRevokeClassObject(cookie);
    test_protocol_close();
    CoUninitialize();
    return done_testing();
}
