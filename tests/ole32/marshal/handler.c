/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Objects with a handler on their clients' side: what is marshalled ([MS-DCOM] 2.2.18.5), and what
 * the client gets, between apartments and between processes. Pages "Implementing and Activating a
 * Handler with No Extra Server Data", "IStdMarshalInfo::GetClassForHandler method (objidl.h)",
 * "CoGetStdMarshalEx function (combaseapi.h)".
 */
#include "bed_process.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "handler_server.h"

static struct handler_state *handlers; /* of handler_server.dll in this process */

/* ---- bytes ---- */

static void check_bytes(IStream *stream, ULONG announced)
{
    ULONG size;
    BYTE *bytes = stream_bytes(stream, &size);
    DWORD flags = 0, strings = 0;

    if (!ok(size >= 84, "2.2.18.5: at least 84 bytes (%lu)", size))
        return;
    memcpy(&flags, bytes + 4, 4);
    memcpy(&strings, bytes + 80, 4);
    is_mem(bytes, "MEOW", 4, "2.2.18.1: the signature");
    is_uint(flags, 2, "OBJREF_HANDLER");
    is_guid((GUID *)(bytes + 8), &IID_IClassFactory, "the IID");
    is_guid((GUID *)(bytes + 64), &handler_clsid, "the handler's class, after a STDOBJREF");
    is_uint(size, 84 + 2 * (strings & 0xffff), "and a DUALSTRINGARRAY as long as it says");
    ok(announced >= size, "CoGetMarshalSizeMax promised enough: %lu", announced);
    free(bytes);
}

static void test_bytes(void)
{
    struct counted object;
    IStream *stream;
    DWORD size = 0;

    counted_init(&object);
    object.handler = &handler_clsid;
    CoGetMarshalSizeMax(&size, &IID_IClassFactory, counted_unknown(&object), MSHCTX_LOCAL, NULL,
            MSHLFLAGS_NORMAL);
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(CoMarshalInterface(stream, &IID_IClassFactory, counted_unknown(&object), MSHCTX_LOCAL,
                  NULL, MSHLFLAGS_NORMAL),
            S_OK, "an object with a handler is marshalled");
    todo_builtin("does not ask for a handler")
    {
        is_uint(object.handler_context, MSHCTX_LOCAL, "GetClassForHandler is told for whom");
        check_bytes(stream, size);
    }
    stream_rewind(stream);
    is_hr(CoReleaseMarshalData(stream), S_OK, "CoReleaseMarshalData");
    is_int(object.references, 1, "no reference is left");
    IStream_Release(stream);

    /* The class of the standard marshaller itself is no handler. */
    object.handler = &CLSID_StdMarshal;
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    CoMarshalInterface(stream, &IID_IClassFactory, counted_unknown(&object), MSHCTX_INPROC, NULL,
            MSHLFLAGS_NORMAL);
    stream_rewind(stream);
    CoReleaseMarshalData(stream);
    is_int(object.references, 1, "nor with the standard marshaller's class");
    IStream_Release(stream);
}

/* ---- the client's side ---- */

static void check_identity(IUnknown *first, IUnknown *second, const char *what)
{
    IUnknown *one = NULL, *other = NULL;

    IUnknown_QueryInterface(first, &IID_IUnknown, (void **)&one);
    IUnknown_QueryInterface(second, &IID_IUnknown, (void **)&other);
    is_ptr(one, other, "%s", what);
    IUnknown_Release(one);
    IUnknown_Release(other);
}

/* What a client does with it: IPersist is the handler's, all else the object's. */
static void check_client(IClassFactory *factory)
{
    IPersist *persist = NULL, *again = NULL;
    IMarshal *marshal = NULL;
    IMultiQI *multi = NULL;
    IUnknown *none;
    CLSID clsid = GUID_NULL;

    is_hr(handlers->made, S_OK, "CoGetStdMarshalEx, SMEXF_HANDLER");
    ok(handlers->aggregated, "the handler has an identity around it");
    is_hr(counted_call(factory), S_OK, "a call of the object");
    is_hr(IClassFactory_QueryInterface(factory, &IID_IPersist, (void **)&persist), S_OK,
            "the handler's interface");
    if (!persist)
        return;
    is_hr(IPersist_GetClassID(persist, &clsid), S_OK, "a call of it");
    is_guid(&clsid, &handlers->answer, "is answered by the handler");
    check_identity((IUnknown *)persist, (IUnknown *)factory, "both are one object");
    is_hr(IPersist_QueryInterface(persist, &IID_IPersist, (void **)&again), S_OK, "and again");
    is_ptr(again, persist, "the same interface");
    IPersist_Release(again);
    is_hr(IPersist_QueryInterface(persist, &IID_IMarshal, (void **)&marshal), S_OK,
            "IMarshal, of the standard marshaller");
    if (marshal)
        IMarshal_Release(marshal);
    is_hr(IPersist_QueryInterface(persist, &IID_IMultiQI, (void **)&multi), S_OK, "IMultiQI");
    if (multi)
        IMultiQI_Release(multi);
    is_hr(IPersist_QueryInterface(persist, &IID_IStream, (void **)&none), E_NOINTERFACE,
            "what neither has");
    IPersist_Release(persist);
}

/* A proxy is marshalled to a third apartment. */
static HRESULT use_there(void *argument)
{
    IClassFactory *factory;
    HRESULT hr = CoGetInterfaceAndReleaseStream(argument, &IID_IClassFactory, (void **)&factory);

    if (SUCCEEDED(hr))
    {
        hr = counted_call(factory);
        IClassFactory_Release(factory);
    }
    return hr;
}

static void check_third(IClassFactory *factory)
{
    IStream *stream = NULL;
    struct host third;

    is_hr(CoMarshalInterThreadInterfaceInStream(&IID_IClassFactory, (IUnknown *)factory, &stream),
            S_OK, "marshalled for a third apartment");
    if (!stream)
        return;
    host_start(&third, COINIT_APARTMENTTHREADED);
    is_hr(host_run(&third, use_there, stream), S_OK, "which calls the object");
    host_stop(&third);
}

static void test_apartments(DWORD model)
{
    IClassFactory *factory = NULL, *second = NULL;
    IStream *streams[2] = {NULL, NULL};
    LONG before = handlers->in_all;
    struct counted object;
    struct host host;

    host_start(&host, model);
    counted_init(&object);
    object.handler = &handler_clsid;
    for (int i = 0; i < 2; ++i)
        is_hr(host_marshal(&host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC,
                      MSHLFLAGS_NORMAL, &streams[i]),
                S_OK, "marshalled");
    is_hr(CoUnmarshalInterface(streams[0], &IID_IClassFactory, (void **)&factory), S_OK,
            "unmarshalled");
    is_int(handlers->alive, 1, "a handler was made");
    if (factory)
    {
        check_client(factory);
        is_int(object.calls, 1, "the object was called once");
        is_hr(CoUnmarshalInterface(streams[1], &IID_IClassFactory, (void **)&second), S_OK,
                "a second packet");
        is_ptr(second, factory, "comes to the same proxy");
        is_int(handlers->in_all, before + 1, "and to the same handler");
        IClassFactory_Release(second);
        check_third(factory);
        is_uint(IClassFactory_Release(factory), 0, "the last reference");
    }
    is_int(handlers->alive, 0, "the handler goes with it");
    ok(becomes(&object.references, 1), "the object is let go (%ld)", object.references);
    for (int i = 0; i < 2; ++i)
        IStream_Release(streams[i]);
    host_stop(&host);
}

/* In its own apartment the object is the object: no handler is wanted. */
static void test_own_apartment(void)
{
    LONG before = handlers->in_all;
    IClassFactory *factory = NULL;
    struct counted object;
    IStream *stream;

    counted_init(&object);
    object.handler = &handler_clsid;
    is_hr(CoMarshalInterThreadInterfaceInStream(&IID_IClassFactory, counted_unknown(&object),
                  &stream),
            S_OK, "marshalled");
    is_hr(CoGetInterfaceAndReleaseStream(stream, &IID_IClassFactory, (void **)&factory), S_OK,
            "and back at home");
    is_ptr(factory, &object.IClassFactory_iface, "the object's own pointer");
    is_int(handlers->in_all, before, "no handler");
    if (factory)
        IClassFactory_Release(factory);
    is_int(object.references, 1, "no reference is left");
}

static void test_processes(DWORD model, BOOL registered)
{
    IClassFactory *factory = NULL;
    LONG before = handlers->in_all;
    struct server server;
    IStream *stream = server_start(&server, model, MSHLFLAGS_NORMAL, L"handler");

    is_hr(CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory), S_OK,
            "unmarshalled from another process");
    IStream_Release(stream);
    is_int(handlers->in_all - before, registered, registered ? "a handler was made" : "no handler");
    if (factory)
    {
        if (registered)
            check_client(factory);
        else
            is_hr(counted_call(factory), S_OK, "a call");
        check_third(factory);
        is_uint(IClassFactory_Release(factory), 0, "the last reference");
    }
    is_int(handlers->alive, 0, "no handler is left");
    ok(server_references(&server, 1), "the object is let go");
    is_uint(server_stop(&server), 0, "the server ends in order");
}

/* A server that dies: the handler stays, its proxies fail. */
static void test_server_death(void)
{
    IClassFactory *factory = NULL;
    IPersist *persist = NULL;
    struct server server;
    CLSID clsid;
    HRESULT hr;
    IStream *stream = server_start(&server, COINIT_MULTITHREADED, MSHLFLAGS_NORMAL, L"handler");

    is_hr(CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory), S_OK,
            "unmarshalled from another process");
    IStream_Release(stream);
    TerminateProcess(server.process.hProcess, 1);
    WaitForSingleObject(server.process.hProcess, 5000);
    if (factory)
    {
        hr = counted_call(factory);
        ok(hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED || hr == RPC_E_SERVER_DIED_DNE,
                "a call to a dead server: %s", tap_hr(hr));
        is_hr(IClassFactory_QueryInterface(factory, &IID_IPersist, (void **)&persist), S_OK,
                "the handler is still there");
        is_hr(IPersist_GetClassID(persist, &clsid), S_OK, "and answers");
        IPersist_Release(persist);
        is_uint(IClassFactory_Release(factory), 0, "the last reference");
    }
    is_int(handlers->alive, 0, "the handler goes");
    server_stop(&server);
}

/* ---- the handler's class ---- */

static const WCHAR *class_key(void)
{
    static WCHAR path[128];
    WCHAR text[40];

    StringFromGUID2(&handler_clsid, text, ARRAYSIZE(text));
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

static void run_all(DWORD here, const WCHAR *file)
{
    CoInitializeEx(NULL, here);
    test_bytes();
    if (!builtin_lacks("handlers on the client's side"))
    {
        test_processes(COINIT_MULTITHREADED, FALSE);
        class_register(file);
        test_own_apartment();
        test_apartments(COINIT_APARTMENTTHREADED);
        if (here == COINIT_APARTMENTTHREADED)
            test_apartments(COINIT_MULTITHREADED);
        test_processes(COINIT_APARTMENTTHREADED, TRUE);
        test_processes(COINIT_MULTITHREADED, TRUE);
        test_server_death();
        class_delete();
    }
    CoUninitialize();
}

int main(void)
{
    handler_server_state_t get;
    WCHAR file[MAX_PATH] = L"";

    GetModuleFileNameW(NULL, file, MAX_PATH);
    wcscpy(wcsrchr(file, '\\') + 1, L"handler_server.dll");
    get = (handler_server_state_t)(void *)GetProcAddress(LoadLibraryW(file),
            "handler_server_state");
    if (!get)
        bail_out("there is no %s", tap_wstr(file));
    handlers = get();
    run_all(COINIT_APARTMENTTHREADED, file);
    run_all(COINIT_MULTITHREADED, file);
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all(COINIT_APARTMENTTHREADED, file);
        run_all(COINIT_MULTITHREADED, file);
        tap_account_end("objects with handlers");
    }
    is_int(counted_alive(), 0, "all objects which were made in calls are gone");
    return done_testing();
}
