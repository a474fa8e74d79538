/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bed.h"

#include <stdlib.h>
#include <string.h>

const CLSID counted_clsid = {0x2b1c7a40, 0x31f1, 0x4f57,
        {0xa9, 0x3e, 0x11, 0x52, 0x0c, 0x7d, 0x66, 0x1e}};

const CLSID handler_clsid = {0x2b1c7a41, 0x31f1, 0x4f57,
        {0xa9, 0x3e, 0x11, 0x52, 0x0c, 0x7d, 0x66, 0x1e}};

static LONG alive;

LONG counted_alive(void)
{
    return alive;
}

static struct counted *counted_from_factory(IClassFactory *iface)
{
    return CONTAINING_RECORD(iface, struct counted, IClassFactory_iface);
}

static struct counted *counted_from_persist(IPersist *iface)
{
    return CONTAINING_RECORD(iface, struct counted, IPersist_iface);
}

static struct counted *counted_from_external(IExternalConnection *iface)
{
    return CONTAINING_RECORD(iface, struct counted, IExternalConnection_iface);
}

static struct counted *counted_from_info(IStdMarshalInfo *iface)
{
    return CONTAINING_RECORD(iface, struct counted, IStdMarshalInfo_iface);
}

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    struct counted *object = counted_from_factory(iface);

    InterlockedIncrement(&object->questions);
    *out = NULL;
    if (object->refused && IsEqualIID(iid, object->refused))
        return E_NOINTERFACE;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))
        *out = &object->IClassFactory_iface;
    else if (IsEqualIID(iid, &IID_IPersist))
        *out = &object->IPersist_iface;
    else if (object->has_external && IsEqualIID(iid, &IID_IExternalConnection))
        *out = &object->IExternalConnection_iface;
    else if (object->handler && IsEqualIID(iid, &IID_IStdMarshalInfo))
        *out = &object->IStdMarshalInfo_iface;
    else if (object->no_marshal && IsEqualIID(iid, &IID_INoMarshal))
        *out = &object->IClassFactory_iface;
    else if (object->agile && IsEqualIID(iid, &IID_IAgileObject))
        *out = &object->IClassFactory_iface;
    else if (object->marshaler && IsEqualIID(iid, &IID_IMarshal))
        return IUnknown_QueryInterface(object->marshaler, iid, out);
    /* An interface nobody makes proxies of. */
    else if (IsEqualIID(iid, &counted_clsid))
        *out = &object->IClassFactory_iface;
    if (!*out)
        return E_NOINTERFACE;
    InterlockedIncrement(&object->references);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    return InterlockedIncrement(&counted_from_factory(iface)->references);
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    struct counted *object = counted_from_factory(iface);
    LONG references;

    object->release_thread = GetCurrentThreadId();
    references = InterlockedDecrement(&object->references);
    if (!references && object->allocated)
    {
        InterlockedDecrement(&alive);
        free(object);
    }
    return references;
}

static void counted_called(struct counted *object)
{
    object->call_thread = GetCurrentThreadId();
    InterlockedIncrement(&object->calls);
    if (object->on_call)
        object->on_call(object);
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    struct counted *made;
    HRESULT hr;

    counted_called(counted_from_factory(iface));
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    made = counted_create();
    hr = IUnknown_QueryInterface(counted_unknown(made), iid, out);
    IUnknown_Release(counted_unknown(made));
    return hr;
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, WINBOOL lock)
{
    counted_called(counted_from_factory(iface));
    return lock ? S_OK : S_FALSE;
}

static IClassFactoryVtbl factory_vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
        factory_CreateInstance, factory_LockServer};

static HRESULT STDMETHODCALLTYPE persist_QueryInterface(IPersist *iface, REFIID iid, void **out)
{
    return factory_QueryInterface(&counted_from_persist(iface)->IClassFactory_iface, iid, out);
}

static ULONG STDMETHODCALLTYPE persist_AddRef(IPersist *iface)
{
    return factory_AddRef(&counted_from_persist(iface)->IClassFactory_iface);
}

static ULONG STDMETHODCALLTYPE persist_Release(IPersist *iface)
{
    return factory_Release(&counted_from_persist(iface)->IClassFactory_iface);
}

static HRESULT STDMETHODCALLTYPE persist_GetClassID(IPersist *iface, CLSID *clsid)
{
    counted_called(counted_from_persist(iface));
    *clsid = counted_clsid;
    return S_OK;
}

static IPersistVtbl persist_vtbl = {persist_QueryInterface, persist_AddRef, persist_Release,
        persist_GetClassID};

static HRESULT STDMETHODCALLTYPE external_QueryInterface(IExternalConnection *iface, REFIID iid,
        void **out)
{
    return factory_QueryInterface(&counted_from_external(iface)->IClassFactory_iface, iid, out);
}

static ULONG STDMETHODCALLTYPE external_AddRef(IExternalConnection *iface)
{
    return factory_AddRef(&counted_from_external(iface)->IClassFactory_iface);
}

static ULONG STDMETHODCALLTYPE external_Release(IExternalConnection *iface)
{
    return factory_Release(&counted_from_external(iface)->IClassFactory_iface);
}

static DWORD STDMETHODCALLTYPE external_AddConnection(IExternalConnection *iface, DWORD kind,
        DWORD reserved)
{
    struct counted *object = counted_from_external(iface);

    if (kind != EXTCONN_STRONG || reserved)
        fail("AddConnection(%lu, %lu)", kind, reserved);
    ++object->additions;
    return InterlockedIncrement(&object->connections);
}

static DWORD STDMETHODCALLTYPE external_ReleaseConnection(IExternalConnection *iface, DWORD kind,
        DWORD reserved, WINBOOL last_closes)
{
    struct counted *object = counted_from_external(iface);

    if (kind != EXTCONN_STRONG || reserved)
        fail("ReleaseConnection(%lu, %lu)", kind, reserved);
    object->last_closes = last_closes;
    return InterlockedDecrement(&object->connections);
}

static IExternalConnectionVtbl external_vtbl = {external_QueryInterface, external_AddRef,
        external_Release, external_AddConnection, external_ReleaseConnection};

static HRESULT STDMETHODCALLTYPE info_QueryInterface(IStdMarshalInfo *iface, REFIID iid, void **out)
{
    return factory_QueryInterface(&counted_from_info(iface)->IClassFactory_iface, iid, out);
}

static ULONG STDMETHODCALLTYPE info_AddRef(IStdMarshalInfo *iface)
{
    return factory_AddRef(&counted_from_info(iface)->IClassFactory_iface);
}

static ULONG STDMETHODCALLTYPE info_Release(IStdMarshalInfo *iface)
{
    return factory_Release(&counted_from_info(iface)->IClassFactory_iface);
}

static HRESULT STDMETHODCALLTYPE info_GetClassForHandler(IStdMarshalInfo *iface, DWORD context,
        void *context_data, CLSID *clsid)
{
    struct counted *object = counted_from_info(iface);

    if (context_data)
        fail("GetClassForHandler with %p", context_data);
    object->handler_context = context;
    *clsid = *object->handler;
    return S_OK;
}

static IStdMarshalInfoVtbl info_vtbl = {info_QueryInterface, info_AddRef, info_Release,
        info_GetClassForHandler};

void counted_init(struct counted *object)
{
    memset(object, 0, sizeof(*object));
    object->IClassFactory_iface.lpVtbl = &factory_vtbl;
    object->IPersist_iface.lpVtbl = &persist_vtbl;
    object->IExternalConnection_iface.lpVtbl = &external_vtbl;
    object->IStdMarshalInfo_iface.lpVtbl = &info_vtbl;
    object->references = 1;
}

struct counted *counted_create(void)
{
    struct counted *object = malloc(sizeof(*object));

    counted_init(object);
    object->allocated = TRUE;
    InterlockedIncrement(&alive);
    return object;
}

HRESULT counted_call(IClassFactory *factory)
{
    IUnknown *made = NULL;
    HRESULT hr = IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, (void **)&made);

    if (SUCCEEDED(hr))
        IUnknown_Release(made);
    return hr;
}

/* --- apartments --- */

void pump(void)
{
    MSG msg;

    while (PeekMessageW(&msg, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&msg);
}

static DWORD WINAPI host_main(void *context)
{
    struct host *host = context;

    host->id = GetCurrentThreadId();
    host->result = CoInitializeEx(NULL, host->model);
    SetEvent(host->done);
    for (;;)
    {
        if (host->model == COINIT_MULTITHREADED)
            WaitForSingleObject(host->wake, INFINITE);
        else if (MsgWaitForMultipleObjects(1, &host->wake, FALSE, INFINITE, QS_ALLINPUT))
        {
            pump();
            continue;
        }
        if (host->end)
            break;
        host->result = host->function(host->argument);
        SetEvent(host->done);
    }
    CoUninitialize();
    return 0;
}

static void wait_pumping(HANDLE handle)
{
    while (MsgWaitForMultipleObjects(1, &handle, FALSE, 20000, QS_ALLINPUT) == WAIT_OBJECT_0 + 1)
        pump();
}

void host_start(struct host *host, DWORD model)
{
    memset(host, 0, sizeof(*host));
    host->model = model;
    host->wake = CreateEventW(NULL, FALSE, FALSE, NULL);
    host->done = CreateEventW(NULL, FALSE, FALSE, NULL);
    host->thread = CreateThread(NULL, 0, host_main, host, 0, NULL);
    WaitForSingleObject(host->done, INFINITE);
}

HRESULT host_run(struct host *host, HRESULT (*function)(void *), void *argument)
{
    host->function = function;
    host->argument = argument;
    SetEvent(host->wake);
    wait_pumping(host->done);
    return host->result;
}

void host_stop(struct host *host)
{
    host->end = TRUE;
    SetEvent(host->wake);
    wait_pumping(host->thread);
    CloseHandle(host->thread);
    CloseHandle(host->wake);
    CloseHandle(host->done);
}

struct marshal_request
{
    IUnknown *object;
    const IID *iid;
    DWORD context, flags;
    IStream *stream;
};

static HRESULT marshal_there(void *argument)
{
    struct marshal_request *request = argument;
    HRESULT hr;

    CreateStreamOnHGlobal(NULL, TRUE, &request->stream);
    hr = CoMarshalInterface(request->stream, request->iid, request->object, request->context, NULL,
            request->flags);
    stream_rewind(request->stream);
    return hr;
}

HRESULT host_marshal(struct host *host, IUnknown *object, REFIID iid, DWORD context, DWORD flags,
        IStream **stream)
{
    struct marshal_request request = {object, iid, context, flags, NULL};
    HRESULT hr = host_run(host, marshal_there, &request);

    *stream = request.stream;
    return hr;
}

static HRESULT release_there(void *argument)
{
    return CoReleaseMarshalData(argument);
}

HRESULT host_release_packet(struct host *host, IStream *stream)
{
    return host_run(host, release_there, stream);
}

static HRESULT disconnect_there(void *argument)
{
    return CoDisconnectObject(argument, 0);
}

HRESULT host_disconnect(struct host *host, IUnknown *object)
{
    return host_run(host, disconnect_there, object);
}

void stream_rewind(IStream *stream)
{
    LARGE_INTEGER start = {.QuadPart = 0};

    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
}

BYTE *stream_bytes(IStream *stream, ULONG *size)
{
    BYTE *bytes;
    STATSTG stat;

    IStream_Stat(stream, &stat, STATFLAG_NONAME);
    *size = 0;
    bytes = malloc(stat.cbSize.LowPart + 1);
    stream_rewind(stream);
    IStream_Read(stream, bytes, stat.cbSize.LowPart, size);
    stream_rewind(stream);
    return bytes;
}

IStream *stream_of(const void *data, ULONG size)
{
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    IStream_Write(stream, data, size, NULL);
    stream_rewind(stream);
    return stream;
}

BOOL becomes(const volatile LONG *value, LONG expected)
{
    DWORD start = GetTickCount(), patience = tap_patience(5000);

    while (*value != expected && GetTickCount() - start < patience)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, 5, QS_ALLINPUT);
        pump();
    }
    return *value == expected;
}
