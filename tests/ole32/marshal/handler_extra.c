/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handlers with data from the server: an object with IMarshal and IStdMarshalInfo lets the
 * aggregated standard marshaller write first, and its own data behind; the handler reads them for
 * every packet, and a client without that handler skips them. Page "Implementing and Activating a
 * Handler with Extra Data Supplied by Server"; [MS-DCOM] 2.2.18.6 for the frame around both.
 */
#include "bed.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "handler_server.h"

static const CLSID extra_clsid = {HANDLER_EXTRA_DATA1, 0x31f1, 0x4f57,
        {0xa9, 0x3e, 0x11, 0x52, 0x0c, 0x7d, 0x66, 0x1e}};
/* CLSID_AggStdMarshal; the import libraries do not have it. */
static const CLSID aggregated_clsid = {0x27, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
static struct handler_state *handlers; /* of handler_server.dll in this process */

/* ---- the server's side: IMarshal of an object, aggregated with it ---- */

struct extra_marshaler
{
    IUnknown inner; /* as long as the test's frame */
    IMarshal IMarshal_iface;
    struct counted *object;
    IUnknown *standard; /* the aggregated standard marshaller */
    DWORD data;         /* written behind each packet */
};

static struct extra_marshaler *extra_from_inner(IUnknown *iface)
{
    return CONTAINING_RECORD(iface, struct extra_marshaler, inner);
}

static struct extra_marshaler *extra_from_marshal(IMarshal *iface)
{
    return CONTAINING_RECORD(iface, struct extra_marshaler, IMarshal_iface);
}

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IMarshal))
        return E_NOINTERFACE;
    *out = &extra_from_inner(iface)->IMarshal_iface;
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_count(IUnknown *iface)
{
    (void)iface;
    return 2;
}

static HRESULT STDMETHODCALLTYPE extra_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(counted_unknown(extra_from_marshal(iface)->object), iid, out);
}

static ULONG STDMETHODCALLTYPE extra_AddRef(IMarshal *iface)
{
    return IUnknown_AddRef(counted_unknown(extra_from_marshal(iface)->object));
}

static ULONG STDMETHODCALLTYPE extra_Release(IMarshal *iface)
{
    return IUnknown_Release(counted_unknown(extra_from_marshal(iface)->object));
}

static IMarshal *standard_of(IMarshal *iface)
{
    IMarshal *standard = NULL;

    IUnknown_QueryInterface(extra_from_marshal(iface)->standard, &IID_IMarshal, (void **)&standard);
    return standard;
}

static HRESULT STDMETHODCALLTYPE extra_GetUnmarshalClass(IMarshal *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    IMarshal *standard = standard_of(iface);
    HRESULT hr =
            IMarshal_GetUnmarshalClass(standard, iid, object, context, context_data, flags, clsid);

    IMarshal_Release(standard);
    return hr;
}

static HRESULT STDMETHODCALLTYPE extra_GetMarshalSizeMax(IMarshal *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    IMarshal *standard = standard_of(iface);
    HRESULT hr =
            IMarshal_GetMarshalSizeMax(standard, iid, object, context, context_data, flags, size);

    IMarshal_Release(standard);
    *size += sizeof(DWORD);
    return hr;
}

static HRESULT STDMETHODCALLTYPE extra_MarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void *object, DWORD context, void *context_data, DWORD flags)
{
    struct extra_marshaler *extra = extra_from_marshal(iface);
    IMarshal *standard = standard_of(iface);
    HRESULT hr =
            IMarshal_MarshalInterface(standard, stream, iid, object, context, context_data, flags);

    IMarshal_Release(standard);
    return SUCCEEDED(hr) ? IStream_Write(stream, &extra->data, sizeof(extra->data), NULL) : hr;
}

static HRESULT STDMETHODCALLTYPE extra_UnmarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void **out)
{
    (void)iface, (void)stream, (void)iid;
    *out = NULL;
    return E_UNEXPECTED;
}

static HRESULT STDMETHODCALLTYPE extra_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    (void)iface, (void)stream;
    return E_UNEXPECTED;
}

static HRESULT STDMETHODCALLTYPE extra_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    IMarshal *standard = standard_of(iface);
    HRESULT hr = IMarshal_DisconnectObject(standard, reserved);

    IMarshal_Release(standard);
    return hr;
}

static IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_count, inner_count};
static IMarshalVtbl extra_vtbl = {extra_QueryInterface, extra_AddRef, extra_Release,
        extra_GetUnmarshalClass, extra_GetMarshalSizeMax, extra_MarshalInterface,
        extra_UnmarshalInterface, extra_ReleaseMarshalData, extra_DisconnectObject};

static HRESULT extra_init(void *argument)
{
    struct extra_marshaler *extra = argument;

    extra->inner.lpVtbl = &inner_vtbl;
    extra->IMarshal_iface.lpVtbl = &extra_vtbl;
    counted_init(extra->object);
    extra->object->handler = &extra_clsid;
    extra->object->marshaler = &extra->inner;
    return CoGetStdMarshalEx(counted_unknown(extra->object), SMEXF_SERVER, &extra->standard);
}

/* ---- packets ---- */

static DWORD position(IStream *stream)
{
    LARGE_INTEGER zero = {.QuadPart = 0};
    ULARGE_INTEGER at = {.QuadPart = 0};

    IStream_Seek(stream, zero, STREAM_SEEK_CUR, &at);
    return at.LowPart;
}

static void check_bytes(IStream *stream, DWORD data)
{
    DWORD fields[4] = {0}, last = 0;
    ULONG size;
    BYTE *bytes = stream_bytes(stream, &size);

    if (!ok(size > 56, "%lu bytes", size))
        return;
    memcpy(&fields[0], bytes + 4, 4);
    memcpy(&fields[1], bytes + 44, 4);
    memcpy(&fields[2], bytes + 52, 4);
    memcpy(&last, bytes + size - 4, 4);
    is_uint(fields[0], 4, "2.2.18.6: OBJREF_CUSTOM");
    is_guid((GUID *)(bytes + 24), &aggregated_clsid, "the class of the aggregated marshaller");
    is_uint(fields[1], size - 48, "the size of what follows, to be skipped");
    is_mem(bytes + 48, "MEOW", 4, "in it another OBJREF");
    is_uint(fields[2], 2, "OBJREF_HANDLER");
    is_uint(last, data, "and the server's own data");
    free(bytes);
}

/* The client's side; `registered`: with the handler. */
static void test_packets(DWORD model, BOOL registered)
{
    struct extra_marshaler extra = {.data = 0xabcd0001};
    IClassFactory *factory = NULL, *second = NULL;
    LONG before = handlers->in_all, unmarshals = handlers->unmarshals;
    IStream *streams[2] = {NULL, NULL};
    struct counted object;
    struct host host;
    IPersist *persist;
    CLSID clsid;
    ULONG size;

    extra.object = &object;
    host_start(&host, model);
    is_hr(host_run(&host, extra_init, &extra), S_OK, "CoGetStdMarshalEx, SMEXF_SERVER");
    for (int i = 0; i < 2; ++i)
    {
        extra.data = 0xabcd0001 + i;
        is_hr(host_marshal(&host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC,
                      MSHLFLAGS_NORMAL, &streams[i]),
                S_OK, "marshalled");
        check_bytes(streams[i], extra.data);
    }
    is_hr(CoUnmarshalInterface(streams[0], &IID_IClassFactory, (void **)&factory), S_OK,
            "unmarshalled");
    free(stream_bytes(streams[1], &size));
    is_uint(position(streams[0]), size, "the stream is behind all of it");
    if (factory)
    {
        is_hr(counted_call(factory), S_OK, "a call of the object");
        if (registered)
        {
            is_uint(handlers->extra, 0xabcd0001, "the handler has the server's data");
            is_hr(IClassFactory_QueryInterface(factory, &IID_IPersist, (void **)&persist), S_OK,
                    "the handler's interface");
            IPersist_GetClassID(persist, &clsid);
            is_guid(&clsid, &handlers->answer, "answers by itself");
            IPersist_Release(persist);
        }
        is_hr(CoUnmarshalInterface(streams[1], &IID_IClassFactory, (void **)&second), S_OK,
                "the second packet");
        is_ptr(second, factory, "comes to the same proxy");
        if (second)
            IClassFactory_Release(second);
        if (registered)
            is_uint(handlers->extra, 0xabcd0002, "and its data to the handler");
        is_int(handlers->in_all - before, registered, "handlers made");
        is_int(handlers->unmarshals - unmarshals, registered ? 2 : 0, "UnmarshalInterface of it");
        is_uint(IClassFactory_Release(factory), 0, "the last reference");
    }
    is_int(handlers->alive, 0, "no handler is left");
    ok(becomes(&object.references, 1), "the object is let go (%ld)", object.references);
    if (extra.standard)
        is_uint(IUnknown_Release(extra.standard), 0, "the server's marshaller goes");
    for (int i = 0; i < 2; ++i)
        IStream_Release(streams[i]);
    host_stop(&host);
}

/* ---- the handler's class ---- */

static const WCHAR *class_key(void)
{
    static WCHAR path[128];
    WCHAR text[40];

    StringFromGUID2(&extra_clsid, text, ARRAYSIZE(text));
    swprintf(path, ARRAYSIZE(path), L"Software\\Classes\\CLSID\\%ls", text);
    return path;
}

/* Page "InprocHandler32". */
static void class_register(const WCHAR *file)
{
    WCHAR path[160];
    HKEY key;

    swprintf(path, ARRAYSIZE(path), L"%ls\\InprocHandler32", class_key());
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL))
        bail_out("cannot write the registry");
    RegSetValueExW(key, NULL, 0, REG_SZ, (const BYTE *)file, (wcslen(file) + 1) * sizeof(WCHAR));
    RegSetValueExW(key, L"ThreadingModel", 0, REG_SZ, (const BYTE *)L"Both", sizeof(L"Both"));
    RegCloseKey(key);
}

static void class_delete(void)
{
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, class_key());
}

static void run_all(const WCHAR *file)
{
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_packets(COINIT_APARTMENTTHREADED, FALSE);
    class_register(file);
    test_packets(COINIT_APARTMENTTHREADED, TRUE);
    test_packets(COINIT_MULTITHREADED, TRUE);
    class_delete();
    CoUninitialize();
}

int main(void)
{
    handler_server_state_t get;
    WCHAR file[MAX_PATH] = L"";

    if (builtin_lacks("handlers on the client's side"))
        return done_testing();
    GetModuleFileNameW(NULL, file, MAX_PATH);
    wcscpy(wcsrchr(file, '\\') + 1, L"handler_server.dll");
    get = (handler_server_state_t)(void *)GetProcAddress(LoadLibraryW(file),
            "handler_server_state");
    if (!get)
        bail_out("there is no %s", tap_wstr(file));
    handlers = get();
    run_all(file);
    tap_account_begin();
    run_all(file);
    tap_account_end("handlers with data");
    is_int(counted_alive(), 0, "all objects which were made in calls are gone");
    return done_testing();
}
