/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document.h"

#include <stdlib.h>

#include "tap.h"
#include "test_protocol.h"

const CLSID CLSID_Document = {0x5a4c1c52, 0x6b1f, 0x4a60,
        {0x9d, 0x11, 0x0e, 0x3b, 0x52, 0x7c, 0x11, 0x02}};

struct document document;

static HRESULT document_query(REFIID iid, void **out);

static ULONG document_addref(void)
{
    return InterlockedIncrement(&document.references);
}

static ULONG document_release(void)
{
    return InterlockedDecrement(&document.references);
}

/* Each Load comes through here. */
static void enter(unsigned int kind)
{
    document.loads++;
    document.loaded_by = kind;
    if (GetCurrentThreadId() != document.thread)
        document.wrong_thread++;
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

/* Binds to the storage of the same moniker, in the context it gets. */
static void bind_to_storage(IMoniker *moniker, IBindCtx *context)
{
    IBindStatusCallback *callback =
            (IBindStatusCallback *)&document.client.IBindStatusCallbackEx_iface;
    IBindStatusCallback *former = NULL;
    IUnknown *unknown = NULL;
    DWORD bindf = document.client.bindf;

    client_open(&document.client);
    document.client.bindf = bindf;
    is_hr(RegisterBindStatusCallback(context, callback, &former, 0), S_OK,
            "the object registers its callback");
    if (former)
        IBindStatusCallback_Release(former);
    document.client.bind_result =
            IMoniker_BindToStorage(moniker, context, NULL, document.bind, (void **)&unknown);
    ok(SUCCEEDED(document.client.bind_result), "the object binds to the storage: %s",
            tap_hr(document.client.bind_result));
    document.client.out = unknown;
    RevokeBindStatusCallback(context, callback);
}

static HRESULT WINAPI moniker_Load(IPersistMoniker *iface, BOOL fully_available, IMoniker *moniker,
        IBindCtx *context, DWORD mode)
{
    (void)iface;
    enter(DOCUMENT_MONIKER);
    document.fully_available = fully_available;
    document.mode = mode;
    if (document.bind)
        bind_to_storage(moniker, context);
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
    ULONG read, size;
    HRESULT hr;

    (void)iface;
    enter(DOCUMENT_STREAM_INIT);
    do
    {
        size = sizeof(buffer);
        if (document.read_limit)
            size = (ULONG)min(size, document.read_limit - document.loaded);
        if (!size)
            break;
        hr = IStream_Read(stream, buffer, size, &read);
        document.last_read = hr;
        for (ULONG n = 0; n < read; n++)
        {
            if (document.byte && buffer[n] != document.byte(1, document.loaded + n))
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

static HRESULT WINAPI file_QueryInterface(IPersistFile *iface, REFIID iid, void **out)
{
    (void)iface;
    return document_query(iid, out);
}

static ULONG WINAPI file_AddRef(IPersistFile *iface)
{
    (void)iface;
    return document_addref();
}

static ULONG WINAPI file_Release(IPersistFile *iface)
{
    (void)iface;
    return document_release();
}

static HRESULT WINAPI file_GetClassID(IPersistFile *iface, CLSID *class)
{
    (void)iface;
    *class = CLSID_Document;
    return S_OK;
}

static HRESULT WINAPI file_IsDirty(IPersistFile *iface)
{
    (void)iface;
    return S_FALSE;
}

/* Reads all of the file. */
static HRESULT WINAPI file_Load(IPersistFile *iface, const WCHAR *name, DWORD mode)
{
    DWORD read = 0;
    HANDLE file;
    BYTE *data;

    (void)iface;
    enter(DOCUMENT_FILE);
    document.mode = mode;
    lstrcpynW(document.file, name, ARRAYSIZE(document.file));
    file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "the object opens its file");
    if (file == INVALID_HANDLE_VALUE)
        return E_FAIL;
    data = malloc(1 << 20);
    ReadFile(file, data, 1 << 20, &read, NULL);
    CloseHandle(file);
    for (; document.loaded < read; document.loaded++)
    {
        if (document.byte && data[document.loaded] != document.byte(1, document.loaded))
        {
            fail("byte %llu of the object's file", document.loaded);
            break;
        }
    }
    free(data);
    return document.load_result;
}

static HRESULT WINAPI file_Save(IPersistFile *iface, const WCHAR *name, BOOL remember)
{
    (void)iface;
    (void)name;
    (void)remember;
    return E_NOTIMPL;
}

static HRESULT WINAPI file_SaveCompleted(IPersistFile *iface, const WCHAR *name)
{
    (void)iface;
    (void)name;
    return E_NOTIMPL;
}

static HRESULT WINAPI file_GetCurFile(IPersistFile *iface, WCHAR **name)
{
    (void)iface;
    *name = NULL;
    return E_NOTIMPL;
}

static const IPersistFileVtbl file_vtbl = {
        file_QueryInterface,
        file_AddRef,
        file_Release,
        file_GetClassID,
        file_IsDirty,
        file_Load,
        file_Save,
        file_SaveCompleted,
        file_GetCurFile,
};

static IPersistMoniker persist_moniker = {(IPersistMonikerVtbl *)&moniker_vtbl};
static IPersistStreamInit persist_stream = {(IPersistStreamInitVtbl *)&stream_vtbl};
static IPersistFile persist_file = {(IPersistFileVtbl *)&file_vtbl};

/* IPersistStream is the beginning of IPersistStreamInit. */
static HRESULT document_query(REFIID iid, void **out)
{
    const struct
    {
        const IID *iid;
        unsigned int kind;
        void *object;
    } rows[] = {
            {&IID_IPersistMoniker, DOCUMENT_MONIKER, &persist_moniker},
            {&IID_IPersistStreamInit, DOCUMENT_STREAM_INIT, &persist_stream},
            {&IID_IPersistStream, DOCUMENT_STREAM, &persist_stream},
            {&IID_IPersistFile, DOCUMENT_FILE, &persist_file},
    };

    *out = IsEqualIID(iid, &IID_IUnknown) ? &persist_stream : NULL;
    for (size_t i = 0; i < ARRAYSIZE(rows); i++)
    {
        if (document.kinds & rows[i].kind && IsEqualIID(iid, rows[i].iid))
            *out = rows[i].object;
    }
    if (!*out)
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
    if (FAILED(document.create_result))
        return document.create_result;
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

IClassFactory document_factory = {(IClassFactoryVtbl *)&factory_vtbl};

void document_open(unsigned int kinds)
{
    ZeroMemory(&document, sizeof(document));
    document.kinds = kinds;
    document.thread = GetCurrentThreadId();
    document.byte = test_protocol_byte;
}

void document_check_left(const char *what)
{
    ULONGLONG end = GetTickCount64() + 3000;

    while (test_protocols_alive && GetTickCount64() < end)
        pump_messages(10);
    is_int(document.references, 0, "%s: the object's references", what);
    is_int(test_protocols_running, 0, "%s: protocols terminated", what);
    is_int(test_protocols_alive, 0, "%s: protocols released", what);
}
