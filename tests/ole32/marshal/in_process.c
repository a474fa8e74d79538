/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marshalling between the apartments of one process: packets, identity, references. */
#include "bed.h"

static const struct
{
    DWORD here, there;
    const char *name;
} directions[] = {
        {COINIT_APARTMENTTHREADED, COINIT_APARTMENTTHREADED, "STA to STA"},
        {COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED, "STA to MTA"},
        {COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED, "MTA to STA"},
};

/* "The marshaled data packet can be unmarshaled only once" (MSHLFLAGS_NORMAL). */
static void test_normal(struct host *host, const char *name)
{
    IClassFactory *factory = NULL, *again = NULL;
    IUnknown *identity, *other;
    IPersist *persist = NULL;
    struct counted object;
    IStream *stream;
    CLSID clsid;
    HRESULT hr;

    counted_init(&object);
    hr = host_marshal(host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC,
            MSHLFLAGS_NORMAL, &stream);
    is_hr(hr, S_OK, "%s: CoMarshalInterface", name);
    ok(object.references > 1, "%s: the packet holds the object", name);

    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, S_OK, "%s: CoUnmarshalInterface", name);
    if (FAILED(hr))
        return;
    ok(factory != &object.IClassFactory_iface, "%s: a proxy", name);
    hr = counted_call(factory);
    is_hr(hr, S_OK, "%s: a call", name);
    hr = counted_call(factory);
    is_hr(hr, S_OK, "%s: another", name);
    is_int(object.calls, 2, "%s: both arrived", name);
    if (host->model == COINIT_APARTMENTTHREADED)
        is_uint(object.call_thread, host->id, "%s: on the object's thread", name);
    else
        ok(object.call_thread != GetCurrentThreadId(), "%s: on another thread", name);

    hr = IClassFactory_QueryInterface(factory, &IID_IPersist, (void **)&persist);
    is_hr(hr, S_OK, "%s: another interface", name);
    if (SUCCEEDED(hr))
    {
        hr = IPersist_GetClassID(persist, &clsid);
        is_hr(hr, S_OK, "%s: a call of it", name);
        is_guid(&clsid, &counted_clsid, "%s: its result", name);
        hr = IPersist_QueryInterface(persist, &IID_IUnknown, (void **)&identity);
        is_hr(hr, S_OK, "%s: IUnknown", name);
        hr = IClassFactory_QueryInterface(factory, &IID_IUnknown, (void **)&other);
        is_ptr(other, identity, "%s: one identity", name);
        IUnknown_Release(other);
        IUnknown_Release(identity);
        hr = IPersist_QueryInterface(persist, &IID_IClassFactory, (void **)&again);
        is_ptr(again, factory, "%s: and one proxy an interface", name);
        IClassFactory_Release(again);
        IPersist_Release(persist);
    }
    hr = IClassFactory_QueryInterface(factory, &IID_IStream, (void **)&persist);
    is_hr(hr, E_NOINTERFACE, "%s: what the object does not have", name);
    is_ptr(persist, NULL, "%s: gives NULL", name);
    hr = IClassFactory_QueryInterface(factory, &counted_clsid, (void **)&persist);
    is_hr(hr, E_NOINTERFACE, "%s: what has no proxy", name);

    is_uint(IClassFactory_Release(factory), 0, "%s: the last reference", name);
    ok(becomes(&object.references, 1), "%s: the object is let go (%ld)", name, object.references);
    if (host->model == COINIT_APARTMENTTHREADED)
        is_uint(object.release_thread, host->id, "%s: in its apartment", name);
    stream_rewind(stream);
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, CO_E_OBJNOTCONNECTED, "%s: a used packet", name);
    todo_builtin("page CoUnmarshalInterface: NULL when it fails")
        is_ptr(factory, NULL, "%s: gives NULL", name);
    IStream_Release(stream);
    is_int(object.references, 1, "%s: no reference is left", name);
}

/* Two packets of an object come to one proxy; one packet cannot be used twice even then. */
static void test_identity(struct host *host, const char *name)
{
    IStream *streams[2] = {NULL, NULL};
    IUnknown *first = NULL, *second = NULL;
    IPersist *persist = NULL;
    struct counted object;
    HRESULT hr;

    counted_init(&object);
    host_marshal(host, counted_unknown(&object), &IID_IUnknown, MSHCTX_INPROC, MSHLFLAGS_NORMAL,
            &streams[0]);
    host_marshal(host, counted_unknown(&object), &IID_IPersist, MSHCTX_INPROC, MSHLFLAGS_NORMAL,
            &streams[1]);
    hr = CoUnmarshalInterface(streams[0], &IID_IUnknown, (void **)&first);
    is_hr(hr, S_OK, "%s: IUnknown is unmarshalled", name);
    hr = CoUnmarshalInterface(streams[1], &IID_IPersist, (void **)&persist);
    is_hr(hr, S_OK, "%s: IPersist too", name);
    hr = IPersist_QueryInterface(persist, &IID_IUnknown, (void **)&second);
    is_hr(hr, S_OK, "%s: its IUnknown", name);
    is_ptr(second, first, "%s: is the same", name);
    IUnknown_Release(second);
    stream_rewind(streams[0]);
    todo_builtin("page MSHLFLAGS: a normal packet can be unmarshalled only once")
    {
        hr = CoUnmarshalInterface(streams[0], &IID_IUnknown, (void **)&second);
        is_hr(hr, CO_E_OBJNOTCONNECTED, "%s: a used packet, while there is a proxy", name);
    }
    if (SUCCEEDED(hr))
        IUnknown_Release(second);
    IPersist_Release(persist);
    IUnknown_Release(first);
    ok(becomes(&object.references, 1), "%s: the object is let go (%ld)", name, object.references);
    IStream_Release(streams[0]);
    IStream_Release(streams[1]);
}

static void test_table(struct host *host, DWORD flags, const char *name)
{
    IUnknown *proxies[2] = {NULL, NULL};
    struct counted object;
    IStream *stream;
    HRESULT hr;
    int i;

    counted_init(&object);
    hr = host_marshal(host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC, flags,
            &stream);
    is_hr(hr, S_OK, "%s: CoMarshalInterface", name);
    for (i = 0; i < 2; ++i)
    {
        hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&proxies[i]);
        is_hr(hr, S_OK, "%s: CoUnmarshalInterface, time %d", name, i + 1);
        stream_rewind(stream);
    }
    is_ptr(proxies[1], proxies[0], "%s: the same proxy", name);
    for (i = 0; i < 2; ++i)
        if (proxies[i])
            IUnknown_Release(proxies[i]);
    if (flags & MSHLFLAGS_TABLESTRONG)
    {
        hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&proxies[0]);
        is_hr(hr, S_OK, "%s: still there without proxies", name);
        if (SUCCEEDED(hr))
            IUnknown_Release(proxies[0]);
        ok(object.references > 1, "%s: the table holds the object", name);
        stream_rewind(stream);
        hr = host_release_packet(host, stream);
        is_hr(hr, S_OK, "%s: CoReleaseMarshalData", name);
    }
    ok(becomes(&object.references, 1), "%s: the object is let go (%ld)", name, object.references);
    stream_rewind(stream);
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&proxies[0]);
    is_hr(hr, CO_E_OBJNOTCONNECTED, "%s: then the packet leads nowhere", name);
    IStream_Release(stream);
}

static void test_release_packet(struct host *host)
{
    struct counted object;
    IStream *stream;
    IUnknown *proxy;
    HRESULT hr;

    counted_init(&object);
    host_marshal(host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC,
            MSHLFLAGS_NORMAL, &stream);
    hr = CoReleaseMarshalData(stream);
    is_hr(hr, S_OK, "CoReleaseMarshalData of a normal packet");
    ok(becomes(&object.references, 1), "lets the object go");
    stream_rewind(stream);
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&proxy);
    is_hr(hr, CO_E_OBJNOTCONNECTED, "and the packet leads nowhere");
    IStream_Release(stream);
}

/* Back where it came from, an interface is the object's own pointer. */
static void test_own_apartment(void)
{
    struct counted object;
    IStream *stream;
    IPersist *persist;
    IUnknown *pointer = NULL;
    HRESULT hr;

    counted_init(&object);
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    hr = CoMarshalInterface(stream, &IID_IClassFactory, counted_unknown(&object), MSHCTX_INPROC,
            NULL, MSHLFLAGS_NORMAL);
    is_hr(hr, S_OK, "marshalled");
    stream_rewind(stream);
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&pointer);
    is_hr(hr, S_OK, "and unmarshalled in one apartment");
    is_ptr(pointer, &object.IClassFactory_iface, "the original pointer");
    is_int(object.references, 2, "with one reference");
    IUnknown_Release(pointer);

    stream_rewind(stream);
    CoMarshalInterface(stream, &IID_IClassFactory, counted_unknown(&object), MSHCTX_LOCAL, NULL,
            MSHLFLAGS_NORMAL);
    stream_rewind(stream);
    hr = CoUnmarshalInterface(stream, &IID_IPersist, (void **)&persist);
    is_hr(hr, S_OK, "another interface of it");
    is_ptr(persist, &object.IPersist_iface, "is the object's as well");
    IPersist_Release(persist);
    stream_rewind(stream);
    CoMarshalInterface(stream, &IID_IClassFactory, counted_unknown(&object), MSHCTX_LOCAL, NULL,
            MSHLFLAGS_NORMAL);
    stream_rewind(stream);
    hr = CoUnmarshalInterface(stream, &IID_NULL, (void **)&pointer);
    todo_builtin("page CoUnmarshalInterface: IID_NULL is the interface that was marshalled")
    {
        is_hr(hr, S_OK, "IID_NULL");
        is_ptr(pointer, &object.IClassFactory_iface, "is what was marshalled");
    }
    if (SUCCEEDED(hr))
        IUnknown_Release(pointer);
    else
        CoDisconnectObject(counted_unknown(&object), 0);
    is_int(object.references, 1, "no reference is left");
    IStream_Release(stream);
}

static void test_arguments(void)
{
    struct counted object;
    IUnknown *pointer = NULL;
    IStream *stream;
    ULONG size = 0;
    HRESULT hr;

    counted_init(&object);
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    hr = CoMarshalInterface(NULL, &IID_IUnknown, counted_unknown(&object), MSHCTX_INPROC, NULL, 0);
    is_hr(hr, E_INVALIDARG, "CoMarshalInterface, no stream");
    hr = CoMarshalInterface(stream, &IID_IUnknown, NULL, MSHCTX_INPROC, NULL, 0);
    is_hr(hr, E_INVALIDARG, "CoMarshalInterface, no object");
    hr = CoMarshalInterface(stream, &counted_clsid, counted_unknown(&object), MSHCTX_INPROC, NULL,
            0);
    todo_builtin("page CoGetPSClsid: what is not registered is REGDB_E_IIDNOTREG")
        is_hr(hr, REGDB_E_IIDNOTREG, "an interface without proxy");
    is_int(object.references, 1, "leaves no reference");
    object.refused = &IID_IPersist;
    hr = CoMarshalInterface(stream, &IID_IPersist, counted_unknown(&object), MSHCTX_INPROC, NULL,
            0);
    is_hr(hr, E_NOINTERFACE, "an interface which the object does not have");
    is_int(object.references, 1, "leaves no reference");
    hr = CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&pointer);
    is_hr(hr, STG_E_READFAULT, "CoUnmarshalInterface, an empty stream");
    todo_builtin("page CoUnmarshalInterface: NULL when it fails")
        is_ptr(pointer, NULL, "gives NULL");
    if (!builtin_lacks("a check for a NULL stream"))
        is_hr(CoReleaseMarshalData(NULL), E_INVALIDARG, "CoReleaseMarshalData, no stream");

    hr = CoGetMarshalSizeMax(&size, &IID_IClassFactory, counted_unknown(&object), MSHCTX_INPROC,
            NULL, MSHLFLAGS_NORMAL);
    is_hr(hr, S_OK, "CoGetMarshalSizeMax");
    ok(size >= 68, "tells at least what [MS-DCOM] 2.2.18.4 needs: %lu", size);

    object.no_marshal = TRUE;
    hr = CoMarshalInterface(stream, &IID_IClassFactory, counted_unknown(&object), MSHCTX_INPROC,
            NULL, 0);
    todo_builtin("page INoMarshal")
        is_hr(hr, CO_E_NOT_SUPPORTED, "an object with INoMarshal");
    CoDisconnectObject(counted_unknown(&object), 0);
    is_int(object.references, 1, "leaves no reference");
    IStream_Release(stream);
}

/* The client's end goes: what it held is given back. The server's end goes: calls fail. */
static HRESULT unmarshal_there(void *argument)
{
    IStream *stream = argument;
    IUnknown *proxy;

    return CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&proxy);
}

static void test_ends(DWORD model)
{
    struct host client, server;
    IClassFactory *factory = NULL;
    struct counted object;
    IStream *stream;
    HRESULT hr;

    counted_init(&object);
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    hr = CoMarshalInterface(stream, &IID_IClassFactory, counted_unknown(&object), MSHCTX_INPROC,
            NULL, MSHLFLAGS_NORMAL);
    is_hr(hr, S_OK, "marshalled here");
    stream_rewind(stream);
    host_start(&client, COINIT_APARTMENTTHREADED);
    hr = host_run(&client, unmarshal_there, stream);
    is_hr(hr, S_OK, "unmarshalled there");
    ok(object.references > 1, "held");
    host_stop(&client);
    ok(becomes(&object.references, 1), "a client's apartment which ends gives back what it held");
    IStream_Release(stream);

    host_start(&server, model);
    hr = host_marshal(&server, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC,
            MSHLFLAGS_NORMAL, &stream);
    is_hr(hr, S_OK, "marshalled there");
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, S_OK, "unmarshalled here");
    host_stop(&server);
    is_int(object.references, 1, "a server's apartment which ends lets its objects go");
    hr = counted_call(factory);
    todo_builtin(
            "COM Error Codes: RPC_E_DISCONNECTED, the object has disconnected from its clients")
        is_hr(hr, RPC_E_DISCONNECTED, "and calls fail");
    is_int(object.calls, 0, "without arriving");
    is_uint(IClassFactory_Release(factory), 0, "the proxy can be released");
    IStream_Release(stream);
}

static void run_all(void)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(directions); ++i)
    {
        struct host host;

        CoInitializeEx(NULL, directions[i].here);
        host_start(&host, directions[i].there);
        test_normal(&host, directions[i].name);
        test_identity(&host, directions[i].name);
        test_table(&host, MSHLFLAGS_TABLESTRONG, "table-strong");
        test_table(&host, MSHLFLAGS_TABLEWEAK, "table-weak");
        test_release_packet(&host);
        test_own_apartment();
        test_arguments();
        test_ends(COINIT_APARTMENTTHREADED);
        host_stop(&host);
        if (directions[i].here == COINIT_APARTMENTTHREADED)
            test_ends(COINIT_MULTITHREADED);
        CoUninitialize();
    }
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("marshalling between apartments");
    }
    is_int(counted_alive(), 0, "all objects which were made in calls are gone");
    return done_testing();
}
