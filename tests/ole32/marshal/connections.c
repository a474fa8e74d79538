/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What keeps an object exported, as the object and its server see it: IExternalConnection,
 * CoLockObjectExternal, CoDisconnectObject, and IRemUnknown's counts behind them.
 */
#include "bed.h"

static IClassFactory *get_proxy(struct host *host, struct counted *object)
{
    IClassFactory *factory = NULL;
    IStream *stream;
    HRESULT hr;

    host_marshal(host, counted_unknown(object), &IID_IClassFactory, MSHCTX_INPROC, MSHLFLAGS_NORMAL,
            &stream);
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, S_OK, "CoUnmarshalInterface");
    IStream_Release(stream);
    return factory;
}

/* Page IExternalConnection: "COM calls AddConnection for each strong connection". */
static void test_external_connection(struct host *host)
{
    IUnknown *pointer = NULL;
    struct counted object;
    IClassFactory *factory;
    IStream *stream;

    counted_init(&object);
    object.has_external = TRUE;
    factory = get_proxy(host, &object);
    is_int(object.connections, 1, "a proxy is one connection");
    IClassFactory_AddRef(factory);
    is_int(object.additions, 1, "however often it is referred to");
    IClassFactory_Release(factory);
    IClassFactory_Release(factory);
    ok(becomes(&object.connections, 0), "the connection ends with the proxy");
    is_int(object.last_closes, TRUE, "and its end is the object's");
    ok(becomes(&object.references, 1), "the object is let go");

    host_marshal(host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC,
            MSHLFLAGS_TABLEWEAK, &stream);
    is_int(object.connections, 0, "a table-weak packet is no connection");
    CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&pointer);
    is_int(object.connections, 1, "a proxy of it is");
    if (pointer)
        IUnknown_Release(pointer);
    ok(becomes(&object.connections, 0), "and ends");
    ok(object.references > 1, "an object that looks after its connections stays in the table");
    stream_rewind(stream);
    is_hr(host_release_packet(host, stream), S_OK, "until the packet is released");
    ok(becomes(&object.references, 1), "then it is let go");
    IStream_Release(stream);

    /* In its own apartment an unmarshalled packet is no connection any more, and closes nothing. */
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    CoMarshalInterface(stream, &IID_IUnknown, counted_unknown(&object), MSHCTX_INPROC, NULL,
            MSHLFLAGS_NORMAL);
    is_int(object.connections, 1, "a packet is a connection");
    stream_rewind(stream);
    CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&pointer);
    is_int(object.connections, 0, "until it is unmarshalled where it came from");
    is_int(object.last_closes, FALSE, "which closes nothing");
    IUnknown_Release(pointer);
    is_int(object.references, 1, "no reference is left");
    IStream_Release(stream);
}

/* Page IExternalConnection::ReleaseConnection: the count is decremented; fLastReleaseCloses FALSE:
 * "the object should remain open until closed by the user or another process". */
static void test_apartment_left(DWORD model)
{
    IClassFactory *first, *second;
    struct counted object;
    struct host host;

    host_start(&host, model);
    counted_init(&object);
    object.has_external = TRUE;
    first = get_proxy(&host, &object);
    second = get_proxy(&host, &object);
    ok(object.connections > 0, "connected");
    object.last_closes = TRUE;
    host_stop(&host);
    todo_builtin("connections stay counted")
    {
        is_int(object.connections, 0, "who leaves its apartment is not connected any more");
        is_int(object.last_closes, FALSE, "and is not closed by that");
    }
    is_int(object.references, 1, "no reference is left");
    ok(FAILED(counted_call(first)), "calls fail");
    IClassFactory_Release(first);
    IClassFactory_Release(second);
    if (!tap_builtin())
        is_int(object.connections, 0, "nothing is counted twice");
}

/* Page CoLockObjectExternal. */
static void test_lock(void)
{
    struct counted object;
    HRESULT hr;

    counted_init(&object);
    object.has_external = TRUE;
    hr = CoLockObjectExternal(counted_unknown(&object), TRUE, TRUE);
    is_hr(hr, S_OK, "CoLockObjectExternal, lock");
    is_int(object.connections, 1, "is a connection");
    ok(object.references > 1, "which holds the object");
    CoLockObjectExternal(counted_unknown(&object), TRUE, FALSE);
    todo_builtin("page CoLockObjectExternal: each lock is a strong connection")
        is_int(object.connections, 2, "a second one");
    hr = CoLockObjectExternal(counted_unknown(&object), FALSE, TRUE);
    is_hr(hr, S_OK, "unlock");
    is_int(object.connections, 1, "one is left");
    ok(object.references > 1, "which still holds it");
    CoLockObjectExternal(counted_unknown(&object), FALSE, TRUE);
    is_int(object.connections, 0, "the last unlock");
    is_int(object.last_closes, TRUE, "passes its flag on");
    is_int(object.references, 1, "and lets it go");
    hr = CoLockObjectExternal(counted_unknown(&object), FALSE, TRUE);
    is_hr(hr, S_OK, "an unlock too many");
    is_int(object.connections, 0, "does nothing");
    if (!builtin_lacks("a check for a NULL object"))
        is_hr(CoLockObjectExternal(NULL, TRUE, TRUE), E_INVALIDARG, "no object");
}

/* Page CoDisconnectObject: "clients get RPC_E_DISCONNECTED". */
static void test_disconnect(struct host *host)
{
    IClassFactory *factory, *again;
    struct counted object;
    HRESULT hr;

    counted_init(&object);
    factory = get_proxy(host, &object);
    is_hr(counted_call(factory), S_OK, "a call");
    hr = host_disconnect(host, counted_unknown(&object));
    is_hr(hr, S_OK, "CoDisconnectObject");
    is_int(object.references, 1, "lets the object go at once");
    hr = counted_call(factory);
    ok(hr == RPC_E_DISCONNECTED || (tap_builtin() && FAILED(hr)), "calls fail: %s", tap_hr(hr));
    is_int(object.calls, 1, "and do not arrive");
    hr = host_disconnect(host, counted_unknown(&object));
    is_hr(hr, S_OK, "an object without clients");

    /* It can be exported anew, and is another one then. */
    again = get_proxy(host, &object);
    ok(again != factory, "exported anew, it has another proxy");
    is_hr(counted_call(again), S_OK, "which works");
    ok(FAILED(counted_call(factory)), "the old one does not");
    IClassFactory_Release(factory);
    is_hr(counted_call(again), S_OK, "and takes nothing with it");
    IClassFactory_Release(again);
    ok(becomes(&object.references, 1), "the object is let go");
}

/* An object disconnected in one of its calls: that one ends as it should. */
static void disconnect_self(struct counted *object)
{
    CoDisconnectObject(counted_unknown(object), 0);
}

static void test_disconnect_inside(struct host *host)
{
    IClassFactory *factory;
    struct counted object;

    counted_init(&object);
    object.on_call = disconnect_self;
    factory = get_proxy(host, &object);
    is_hr(counted_call(factory), S_OK, "a call which disconnects its object");
    ok(becomes(&object.references, 1), "which is let go after it");
    ok(FAILED(counted_call(factory)), "the next call fails");
    is_uint(IClassFactory_Release(factory), 0, "the proxy can be released");
}

/* An object disconnected while another client's call is being served: that one goes on to its end,
 * the next one fails. "CoDisconnectObject ... (those of calls on the way when they are over)". */
static HANDLE serving, disconnected;

static void wait_for_disconnection(struct counted *object)
{
    (void)object;
    SetEvent(serving);
    WaitForSingleObject(disconnected, 10000);
}

struct distant_call
{
    IStream *stream;
    HRESULT during, after;
};

static DWORD WINAPI distant_caller(void *argument)
{
    struct distant_call *call = argument;
    IClassFactory *factory = NULL;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    call->during =
            CoGetInterfaceAndReleaseStream(call->stream, &IID_IClassFactory, (void **)&factory);
    if (factory)
    {
        call->during = counted_call(factory);
        call->after = counted_call(factory);
        IClassFactory_Release(factory);
    }
    CoUninitialize();
    return 0;
}

/* In an STA the thread that serves the call disconnects the object by itself: see above. */
static void test_disconnect_meanwhile(struct host *host)
{
    struct distant_call call = {NULL, E_FAIL, S_OK};
    struct counted object;
    HANDLE thread;

    if (host->model != COINIT_MULTITHREADED)
        return;
    serving = CreateEventW(NULL, FALSE, FALSE, NULL);
    disconnected = CreateEventW(NULL, FALSE, FALSE, NULL);
    counted_init(&object);
    object.on_call = wait_for_disconnection;
    host_marshal(host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC,
            MSHLFLAGS_NORMAL, &call.stream);
    thread = CreateThread(NULL, 0, distant_caller, &call, 0, NULL);
    is_uint(WaitForSingleObject(serving, 10000), WAIT_OBJECT_0, "a call is being served");
    is_hr(host_disconnect(host, counted_unknown(&object)), S_OK, "CoDisconnectObject meanwhile");
    ok(object.references > 1, "the call has the object until it is over");
    object.on_call = NULL;
    SetEvent(disconnected);
    is_uint(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0, "the caller comes back");
    is_hr(call.during, S_OK, "the call in progress ends as it should");
    ok(call.after == RPC_E_DISCONNECTED || (tap_builtin() && FAILED(call.after)),
            "the next one fails: %s", tap_hr(call.after));
    is_int(object.calls, 1, "and does not arrive");
    ok(becomes(&object.references, 1), "the object is let go");
    CloseHandle(thread);
    CloseHandle(serving);
    CloseHandle(disconnected);
}

/* What an object answers to a proxy's QueryInterface, which re-enters the proxy's apartment or not.
 */
static void test_handler_connected(struct host *host)
{
    IClassFactory *factory;
    struct counted object;

    counted_init(&object);
    factory = get_proxy(host, &object);
    ok(CoIsHandlerConnected((IUnknown *)factory), "CoIsHandlerConnected: a proxy");
    ok(CoIsHandlerConnected(counted_unknown(&object)), "what is no proxy counts as connected");
    host_disconnect(host, counted_unknown(&object));
    todo_builtin("page CoIsHandlerConnected")
        ok(!CoIsHandlerConnected((IUnknown *)factory), "a disconnected proxy");
    IClassFactory_Release(factory);
}

/* Many objects, and proxies in several apartments: everything comes back. */
static HRESULT many_there(void *argument)
{
    struct counted *objects = argument;
    IStream *streams[100];
    int i;

    for (i = 0; i < 100; ++i)
        CoMarshalInterThreadInterfaceInStream(&IID_IPersist, counted_unknown(&objects[i]),
                &streams[i]);
    for (i = 0; i < 100; i += 2)
    {
        IUnknown *pointer = NULL;

        CoGetInterfaceAndReleaseStream(streams[i], &IID_IPersist, (void **)&pointer);
        if (pointer)
            IUnknown_Release(pointer);
    }
    for (i = 1; i < 100; i += 2)
    {
        CoReleaseMarshalData(streams[i]);
        IStream_Release(streams[i]);
    }
    return S_OK;
}

static void test_many(struct host *host)
{
    static struct counted objects[100];
    IClassFactory *proxies[100];
    int i, left = 0;

    for (i = 0; i < 100; ++i)
        counted_init(&objects[i]);
    host_run(host, many_there, objects);
    for (i = 0; i < 100; ++i)
        left += objects[i].references != 1;
    is_int(left, 0, "objects which came back to their apartment are held no more");
    for (i = 0; i < 100; ++i)
    {
        IStream *stream;

        host_marshal(host, counted_unknown(&objects[i]), &IID_IClassFactory, MSHCTX_INPROC,
                MSHLFLAGS_NORMAL, &stream);
        proxies[i] = NULL;
        CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&proxies[i]);
        IStream_Release(stream);
    }
    for (i = 0; i < 100; ++i)
        if (proxies[i])
            IClassFactory_Release(proxies[i]);
    for (i = 0; i < 100; ++i)
        left += !becomes(&objects[i].references, 1);
    is_int(left, 0, "nor those whose proxies are gone");
}

static void run_all(void)
{
    static const DWORD models[] = {COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED};
    unsigned int i;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_apartment_left(COINIT_APARTMENTTHREADED);
    test_apartment_left(COINIT_MULTITHREADED);
    for (i = 0; i < ARRAYSIZE(models); ++i)
    {
        struct host host;

        note(models[i] == COINIT_MULTITHREADED ? "objects in the MTA" : "objects in an STA");
        host_start(&host, models[i]);
        test_external_connection(&host);
        test_lock();
        test_disconnect(&host);
        test_disconnect_inside(&host);
        test_disconnect_meanwhile(&host);
        test_handler_connected(&host);
        test_many(&host);
        host_stop(&host);
    }
    CoUninitialize();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("connections");
    }
    is_int(counted_alive(), 0, "all objects which were made in calls are gone");
    return done_testing();
}
