/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ole32's own proxies: every interface of idl/core.idl, between the apartments of a process and
 * between processes, and what they leave behind: no object, no block of task memory.
 */
#include "far_side.h"

#include "method_record.h"

TAP_TIME_LIMIT(300);

/* ---- what is checked ---- */

/* IMalloc and other interfaces of one apartment cannot be marshalled. */
static void check_refused(void)
{
    static const IID *const iids[] = {&IID_IMalloc, &IID_IMarshal, &IID_IStdMarshalInfo,
            &IID_IExternalConnection, &IID_IMessageFilter};
    IUnknown *object = mock_create(&IID_IStream, 1);
    IStream *stream;
    CLSID clsid;
    HRESULT hr;

    for (unsigned int i = 0; i < ARRAYSIZE(iids); i++)
    {
        hr = CoGetPSClsid(iids[i], &clsid);
        ok(hr == REGDB_E_IIDNOTREG, "refused interface %u has no proxy (%s)", i, tap_hr(hr));
        CreateStreamOnHGlobal(NULL, TRUE, &stream);
        hr = CoMarshalInterface(stream, iids[i], object, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL);
        ok(hr == REGDB_E_IIDNOTREG || hr == E_NOINTERFACE, "it is not marshalled (%s)", tap_hr(hr));
        IStream_Release(stream);
    }
    IUnknown_Release(object);
}

/* The factory of the core interfaces is what CoGetClassObject gives. */
static void check_factory_class(void)
{
    static const CLSID core = {0x320, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    IPSFactoryBuffer *factory = NULL;
    IRpcProxyBuffer *proxy = NULL;
    IRpcStubBuffer *stub = NULL;
    void *object = NULL;
    IUnknown *server = mock_create(&IID_IStream, 1);
    CLSID clsid;

    is_hr(CoGetPSClsid(&IID_IStream, &clsid), S_OK, "CoGetPSClsid");
    is_guid(&clsid, &core, "the class");
    is_hr(CoGetClassObject(&core, CLSCTX_INPROC_SERVER, NULL, &IID_IPSFactoryBuffer,
                  (void **)&factory),
            S_OK, "the factory of proxies");
    if (factory)
    {
        is_hr(IPSFactoryBuffer_CreateProxy(factory, server, &IID_IStream, &proxy, &object), S_OK,
                "CreateProxy");
        is_hr(IStream_Commit((IStream *)object, 0), CO_E_OBJNOTCONNECTED,
                "a call through what is not connected");
        IStream_Release((IStream *)object);
        is_uint(IRpcProxyBuffer_Release(proxy), 0, "the proxy is gone");
        is_hr(IPSFactoryBuffer_CreateStub(factory, &IID_IStream, server, &stub), S_OK,
                "CreateStub");
        is_uint(IRpcStubBuffer_CountRefs(stub), 1, "it holds the server");
        IRpcStubBuffer_Disconnect(stub);
        is_uint(IRpcStubBuffer_Release(stub), 0, "the stub is gone");
        is_hr(IPSFactoryBuffer_CreateProxy(factory, server, &IID_IMalloc, &proxy, &object),
                E_NOINTERFACE, "CreateProxy for IMalloc");
        IPSFactoryBuffer_Release(factory);
    }
    check_released(server, "the server is released");
}

/* When the server's apartment is gone a proxy fails, and nothing comes out. */
static void check_disconnected(IEnumString *strings)
{
    LPOLESTR text = NULL;
    IEnumString *copy = (void *)0xdead;
    ULONG fetched = 0xdead;

    todo_builtin("another error, or one of the kernel's")
    {
        is_hr(IEnumString_Clone(strings, &copy), RPC_E_DISCONNECTED, "Clone, disconnected");
        is_ptr(copy, NULL, "no copy");
        is_hr(IEnumString_Next(strings, 1, &text, &fetched), RPC_E_DISCONNECTED,
                "Next, disconnected");
        is_uint(fetched, 0, "nothing");
        is_hr(IEnumString_Reset(strings), RPC_E_DISCONNECTED, "Reset, disconnected");
    }
    IEnumString_Release(strings);
}

/* Twice: what the first round leaves behind may be kept, the second may leave no more. */
static void check_rounds(IClassFactory *factory)
{
    LONG alive, blocks;

    check_all(factory);
    ok(far_side_becomes(&mock_control->alive, 1), "the class factory is all that is left (%ld)",
            (long)mock_control->alive);
    far_side_serve(50);
    alive = mock_control->alive;
    blocks = mock_control->blocks;
    check_all(factory);
    ok(far_side_becomes(&mock_control->alive, alive), "every object is gone (%ld, %ld)",
            (long)mock_control->alive, (long)alive);
    ok(far_side_becomes(&mock_control->blocks, blocks),
            "no block of task memory is left (%ld, %ld)", (long)mock_control->blocks, (long)blocks);
}

static void check_process(const char *apartment)
{
    struct mock_control *control = mock_control;
    struct server server;
    IClassFactory *factory = server_start(&server, "proxy_server.exe", apartment);

    note("another process, %s", apartment);
    if (factory)
    {
        check_rounds(factory);
        IClassFactory_Release(factory);
    }
    mock_control = control;
    server_stop(&server);
}

static void check_host(DWORD coinit, const char *name)
{
    struct host host;
    IClassFactory *factory = host_start(&host, coinit);
    IEnumString *strings = NULL;

    note("%s", name);
    if (factory)
    {
        check_rounds(factory);
        strings = remote_create(factory, &IID_IEnumString, "IEnumString");
        IClassFactory_Release(factory);
    }
    host_stop(&host);
    if (strings)
        check_disconnected(strings);
    ok(far_side_becomes(&mock_control->alive, 0), "no object is left");
}

static DWORD WINAPI checks_from_sta(void *argument)
{
    (void)argument;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    check_refused();
    check_factory_class();
    check_host(COINIT_MULTITHREADED, "STA to MTA");
    check_host(COINIT_APARTMENTTHREADED, "STA to STA");
    check_process("mta");
    CoUninitialize();
    return 0;
}

static DWORD WINAPI checks_from_mta(void *argument)
{
    (void)argument;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    check_host(COINIT_APARTMENTTHREADED, "MTA to STA");
    check_process("sta");
    CoUninitialize();
    return 0;
}

static void run_all(void)
{
    static LPTHREAD_START_ROUTINE const parts[] = {checks_from_sta, checks_from_mta};

    for (unsigned int i = 0; i < ARRAYSIZE(parts); i++)
    {
        HANDLE thread = CreateThread(NULL, 0, parts[i], NULL, 0, NULL);

        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
}

int main(void)
{
    mock_spy_register();
    if (!tap_builtin())
        method_record_start();
    run_all();
    if (!tap_builtin())
    {
        method_record_check();
        tap_account_begin();
        run_all();
        tap_account_end("proxies of every interface");
    }
    return done_testing();
}
