/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marshalling between processes: the same sentences as in one, and what happens when one dies. */
#include "bed_process.h"

static void test_normal(DWORD model, const char *name)
{
    IClassFactory *factory = NULL;
    IUnknown *made = NULL, *identity, *other;
    struct server server;
    MULTI_QI queries[3] = {{&IID_IPersist, NULL, 0}, {&IID_IStream, NULL, 0},
            {&IID_IClassFactory, NULL, 0}};
    IPersist *persist = NULL;
    IMultiQI *multi = NULL;
    IStream *stream;
    CLSID clsid;
    HRESULT hr;

    stream = server_start(&server, model, MSHLFLAGS_NORMAL, L"");
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, S_OK, "%s: CoUnmarshalInterface", name);
    IStream_Release(stream);
    if (FAILED(hr))
    {
        server_stop(&server);
        return;
    }
    is_hr(counted_call(factory), S_OK, "%s: a call", name);
    hr = IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, (void **)&made);
    is_hr(hr, S_OK, "%s: a call that returns an object", name);
    if (made)
    {
        hr = IUnknown_QueryInterface(made, &IID_IPersist, (void **)&persist);
        is_hr(hr, S_OK, "%s: an interface of that", name);
        if (persist)
        {
            is_hr(IPersist_GetClassID(persist, &clsid), S_OK, "%s: a call of it", name);
            is_guid(&clsid, &counted_clsid, "%s: and its result", name);
            IPersist_Release(persist);
        }
        IUnknown_Release(made);
    }

    hr = IClassFactory_QueryInterface(factory, &IID_IMultiQI, (void **)&multi);
    is_hr(hr, S_OK, "%s: IMultiQI", name);
    if (multi)
    {
        hr = IMultiQI_QueryMultipleInterfaces(multi, 3, queries);
        is_hr(hr, S_FALSE, "%s: QueryMultipleInterfaces, not all", name);
        is_hr(queries[0].hr, S_OK, "%s: a new one", name);
        is_hr(queries[1].hr, E_NOINTERFACE, "%s: one it does not have", name);
        is_hr(queries[2].hr, S_OK, "%s: one that is there", name);
        is_ptr(queries[2].pItf, factory, "%s: and is the same", name);
        IUnknown_QueryInterface(queries[0].pItf, &IID_IUnknown, (void **)&identity);
        IClassFactory_QueryInterface(factory, &IID_IUnknown, (void **)&other);
        is_ptr(identity, other, "%s: one identity", name);
        IUnknown_Release(identity);
        IUnknown_Release(other);
        IUnknown_Release(queries[0].pItf);
        IUnknown_Release(queries[2].pItf);
        IMultiQI_Release(multi);
    }
    ok(server_references(&server, -1), "%s: the object is held", name);
    is_uint(IClassFactory_Release(factory), 0, "%s: the last reference", name);
    ok(server_references(&server, 1), "%s: the object is let go", name);
    is_uint(server_stop(&server), 0, "%s: the server ends in order", name);
}

/* A proxy marshalled to a third party: here another apartment of ours, which talks to the server.
 */
static HRESULT use_there(void *argument)
{
    IClassFactory *factory;
    HRESULT hr = CoUnmarshalInterface(argument, &IID_IClassFactory, (void **)&factory);

    if (FAILED(hr))
        return hr;
    hr = counted_call(factory);
    IClassFactory_Release(factory);
    return hr;
}

static void test_forward(struct host *host)
{
    IClassFactory *factory = NULL;
    struct server server;
    IStream *stream, *again;
    HRESULT hr;
    int i;

    stream = server_start(&server, COINIT_MULTITHREADED, MSHLFLAGS_NORMAL, L"");
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, S_OK, "CoUnmarshalInterface");
    IStream_Release(stream);
    for (i = 0; i < 4; ++i) /* more often than there are references in a packet to share */
    {
        hr = CoMarshalInterThreadInterfaceInStream(&IID_IClassFactory, (IUnknown *)factory, &again);
        is_hr(hr, S_OK, "a proxy is marshalled");
        hr = host_run(host, use_there, again);
        is_hr(hr, S_OK, "and used in another apartment");
        IStream_Release(again);
    }
    CreateStreamOnHGlobal(NULL, TRUE, &again);
    hr = CoMarshalInterface(again, &IID_IClassFactory, (IUnknown *)factory, MSHCTX_LOCAL, NULL,
            MSHLFLAGS_TABLESTRONG);
    is_hr(hr, S_OK, "a proxy in a table packet");
    stream_rewind(again);
    IClassFactory_Release(factory);
    is_hr(host_run(host, use_there, again), S_OK, "which outlives the proxy");
    stream_rewind(again);
    todo_builtin("does not find the packet of a proxy again")
    {
        is_hr(CoReleaseMarshalData(again), S_OK, "until it is released");
        ok(server_references(&server, 1), "all references come back");
    }
    IStream_Release(again);
    is_uint(server_stop(&server), 0, "the server ends in order");
}

static void test_table(void)
{
    IClassFactory *factory = NULL;
    struct server server;
    IStream *stream;
    HRESULT hr;
    int i;

    stream = server_start(&server, COINIT_MULTITHREADED, MSHLFLAGS_TABLESTRONG, L"");
    for (i = 0; i < 3; ++i)
    {
        hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory);
        is_hr(hr, S_OK, "a table packet, time %d", i + 1);
        stream_rewind(stream);
        if (FAILED(hr))
            continue;
        is_hr(counted_call(factory), S_OK, "a call");
        IClassFactory_Release(factory);
    }
    is_uint(server_stop(&server), 0, "the server ends in order");
    IStream_Release(stream);
}

static void test_server_death(DWORD model)
{
    IClassFactory *factory = NULL;
    struct server server;
    IPersist *persist;
    IStream *stream;
    DWORD start;
    HRESULT hr;

    stream = server_start(&server, model, MSHLFLAGS_NORMAL, L"");
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, S_OK, "CoUnmarshalInterface");
    if (FAILED(hr))
        return;
    is_hr(counted_call(factory), S_OK, "a call");
    TerminateProcess(server.process.hProcess, 1);
    WaitForSingleObject(server.process.hProcess, 5000);
    start = GetTickCount();
    hr = counted_call(factory);
    todo_builtin("gives RPC_S_SERVER_UNAVAILABLE")
        ok(hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED || hr == RPC_E_SERVER_DIED_DNE,
                "a call to a dead server: %s", tap_hr(hr));
    hr = IClassFactory_QueryInterface(factory, &IID_IPersist, (void **)&persist);
    ok(FAILED(hr), "a question to a dead server: %s", tap_hr(hr));
    is_uint(IClassFactory_Release(factory), 0, "the proxy can be released");
    ok(GetTickCount() - start < 2000, "at once");
    stream_rewind(stream);
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory);
    todo_builtin("connects when a call is made")
        ok(FAILED(hr), "a packet of a dead server: %s", tap_hr(hr));
    if (SUCCEEDED(hr))
        IClassFactory_Release(factory);
    IStream_Release(stream);
    server_stop(&server);
}

static void run_all(void)
{
    struct host host;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_normal(COINIT_MULTITHREADED, "MTA to MTA");
    test_normal(COINIT_APARTMENTTHREADED, "MTA to STA");
    host_start(&host, COINIT_APARTMENTTHREADED);
    test_forward(&host);
    host_stop(&host);
    test_table();
    test_server_death(COINIT_MULTITHREADED);
    CoUninitialize();

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_normal(COINIT_MULTITHREADED, "STA to MTA");
    test_normal(COINIT_APARTMENTTHREADED, "STA to STA");
    test_server_death(COINIT_APARTMENTTHREADED);
    CoUninitialize();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("marshalling between processes");
    }
    is_int(counted_alive(), 0, "all objects which were made in calls are gone");
    return done_testing();
}
