/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interfaces whose inherited methods are other proxy files': asynchronous calls of these methods,
 * too. What cannot be called asynchronously is refused: IDispatch, what inherits from it, and
 * interfaces whose proxies have no -Oicf format strings.
 */
#include "async_entries.h"
#include "every_client.h"
#include "every_heirs.h"
#include "every_proxies.h"
#include "ndr_call.h"

#include "tap.h"

#include <string.h>

#define PATIENCE 20000 /* ms */

#define METHOD(interface, name) (offsetof(interface##Vtbl, name) / sizeof(void *))
#define METHODS(interface) (sizeof(interface##Vtbl) / sizeof(void *))

/* ---- what the interfaces are described by ---- */

static void describe(IPSFactoryBuffer *factory, IUnknown *object, REFIID iid, HRESULT expected,
        ULONG methods, const char *name)
{
    struct ndr_interface *of_proxy = NULL, *of_stub = NULL;
    IRpcProxyBuffer *proxy_buffer = NULL;
    IRpcStubBuffer *stub = NULL;
    IUnknown *proxy = NULL;

    is_hr(IPSFactoryBuffer_CreateStub(factory, iid, object, &stub), S_OK, "%s: a stub", name);
    is_hr(IPSFactoryBuffer_CreateProxy(factory, object, iid, &proxy_buffer, (void **)&proxy), S_OK,
            "%s: a proxy", name);
    if (!stub || !proxy)
        return;
    is_hr(ndr_interface_of_stub(stub, iid, &of_stub), expected, "%s: from the stub", name);
    is_hr(ndr_interface_of_proxy(proxy, iid, &of_proxy), expected, "%s: from the proxy", name);
    for (ULONG i = 3; of_stub && of_proxy && i < methods; i++)
    {
        if (ndr_stack_size(of_stub, i, FALSE) < sizeof(void *)
                || ndr_stack_size(of_stub, i, FALSE) != ndr_stack_size(of_proxy, i, FALSE)
                || ndr_stack_size(of_stub, i, TRUE) != ndr_stack_size(of_proxy, i, TRUE))
            fail("%s: method %lu", name, (unsigned long)i);
    }
    if (of_stub && of_proxy)
    {
        is_uint(ndr_interface_methods(of_stub), methods, "%s: methods of the stub", name);
        is_uint(ndr_interface_methods(of_proxy), methods, "%s: methods of the proxy", name);
    }
    ndr_interface_free(of_stub);
    ndr_interface_free(of_proxy);
    IUnknown_Release(proxy);
    IRpcProxyBuffer_Release(proxy_buffer);
    IRpcStubBuffer_Disconnect(stub);
    IRpcStubBuffer_Release(stub);
}

/* Never called. */
HRESULT async_entry_called(void **stack, ULONG index, const ULONG64 *floats, ULONG *stack_size)
{
    (void)stack;
    (void)index;
    (void)floats;
    *stack_size = 0;
    return E_UNEXPECTED;
}

/* As proxies made with -Os are: the IID, and the methods. What lies before them is somebody
 * else's. */
struct undescribed
{
    const void *other;
    const IID *iid;
    const void *methods[5];
};

static void check_undescribed(void)
{
    static const struct undescribed vtables[] = {
            {NULL, &IID_IEveryHeir, {NULL, NULL, NULL, NULL, NULL}},
            {(const void *)async_entry_called, &IID_IEveryHeir, {NULL, NULL, NULL, NULL, NULL}},
            {&IID_IEveryType, &IID_IEveryHeir, {NULL, NULL, NULL, NULL, NULL}},
            {vtables, &IID_IEveryHeir, {NULL, NULL, NULL, NULL, NULL}},
    };
    struct ndr_interface *ndr;

    for (ULONG i = 0; i < ARRAYSIZE(vtables); i++)
    {
        const void *proxy = vtables[i].methods;

        is_hr(ndr_interface_of_proxy((IUnknown *)&proxy, &IID_IEveryHeir, &ndr), E_NOINTERFACE,
                "proxies without descriptions, %lu", (unsigned long)i);
    }
}

/* Stubs likewise: they have an old description of each method, and functions. */
static void check_undescribed_stub(void)
{
    static const UCHAR format[64] = {0x4e, 0x08, 0x51, 0x08, 0x52, 0x10, 0x5b};
    static const USHORT offsets[4] = {0};
    static MIDL_STUB_DESC desc;
    static MIDL_SERVER_INFO info = {&desc, NULL, format, offsets, NULL, NULL, 0, NULL};
    static CInterfaceStubVtbl vtbl = {{&IID_IEveryHeir, &info, 4, NULL}, {NULL}};
    IRpcStubBuffer stub = {&vtbl.Vtbl};
    struct ndr_interface *ndr;

    desc.pfnAllocate = NdrOleAllocate;
    desc.pfnFree = NdrOleFree;
    desc.pFormatTypes = format;
    is_hr(ndr_interface_of_stub(&stub, &IID_IEveryHeir, &ndr), E_NOINTERFACE,
            "a stub without descriptions");
    info.ProcString = NULL;
    is_hr(ndr_interface_of_stub(&stub, &IID_IEveryHeir, &ndr), E_NOINTERFACE, "and without any");
    vtbl.header.pServerInfo = NULL;
    is_hr(ndr_interface_of_stub(&stub, &IID_IEveryHeir, &ndr), E_NOINTERFACE, "nor any server");
}

/* Who the base is: in the registry, or in the DLL's list. */
static void check_bases(IPSFactoryBuffer *factory, IUnknown *object, BOOL registered)
{
    static const WCHAR key[] = L"Software\\Classes\\Interface\\"
                               L"{6F1E2A54-5A0E-4C4B-9A3D-0F1D1C2E7B13}\\BaseInterface";
    WCHAR base[40];

    note("the base is %s", registered ? "registered" : "listed");
    every_heirs_listed = !registered;
    StringFromGUID2(&IID_IEveryType, base, ARRAYSIZE(base));
    if (registered)
        RegSetKeyValueW(HKEY_CURRENT_USER, key, NULL, REG_SZ, base, sizeof(base));
    describe(factory, object, &IID_IEveryHeir, S_OK, METHODS(IEveryHeir), "IEveryHeir");
    if (registered)
        RegDeleteKeyW(HKEY_CURRENT_USER, key);
}

static void check_descriptions(void)
{
    IPSFactoryBuffer *factory;
    IEveryHeir *object;

    every_heirs_create(&object);
    if (!is_hr(every_heirs_factory(&factory), S_OK, "the factory"))
        return;
    check_bases(factory, (IUnknown *)object, TRUE);
    describe(factory, (IUnknown *)object, &IID_IEveryHeir, E_NOINTERFACE, 0, "an unknown base");
    check_bases(factory, (IUnknown *)object, FALSE);
    describe(factory, (IUnknown *)object, &IID_IStreamHeir, S_OK, METHODS(IStreamHeir),
            "IStreamHeir");
    describe(factory, (IUnknown *)object, &IID_IDispatchHeir, E_NOINTERFACE, 0, "IDispatchHeir");
    IPSFactoryBuffer_Release(factory);
    is_uint(IEveryHeir_Release(object), 0, "the object goes");
    check_undescribed();
    check_undescribed_stub();
}

/* ---- calls ---- */

struct server
{
    IStream *every, *stream, *dispatch;
    HANDLE ready, stop;
};

static IStream *packet(IUnknown *object, REFIID iid)
{
    IStream *stream = NULL;

    is_hr(CoMarshalInterThreadInterfaceInStream(iid, object, &stream), S_OK, "marshalled");
    return stream;
}

static DWORD WINAPI server_thread(void *argument)
{
    struct server *server = argument;
    IEveryHeir *object;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    every_heirs_register();
    every_heirs_create(&object);
    server->every = packet((IUnknown *)object, &IID_IEveryHeir);
    server->stream = packet((IUnknown *)object, &IID_IStreamHeir);
    server->dispatch = packet((IUnknown *)object, &IID_IDispatchHeir);
    IEveryHeir_Release(object);
    SetEvent(server->ready);
    WaitForSingleObject(server->stop, INFINITE);
    for (int i = 0; i < 200 && every_heirs_count(); i++)
        Sleep(20);
    is_int(every_heirs_count(), 0, "the server's object goes");
    CoUninitialize();
    return 0;
}

/* A half with these arguments. */
static HRESULT call_half(void *async, ULONG method, void *first, void *second)
{
    void *slots[3] = {NULL, first, second};

    return every_invoke(async, method, slots, 1 + (first != NULL) + (second != NULL));
}

static void check_every(IEveryHeir *object)
{
    HRESULT(STDMETHODCALLTYPE * begin)(void *, double, LONG);
    struct every_outcome outcome;
    ISynchronize *synchronize;
    void *async;
    double sum = 0;

    if (!is_hr(every_async_create(object, &IID_AsyncIEveryHeir, &async, &synchronize), S_OK,
                "a call object"))
        return;
    for (ULONG i = 0; i < every_call_count; i++)
    {
        every_sync_run(object, &every_calls[i], &outcome);
        is_hr(outcome.hr, every_expected[i].hr, "%s, inherited", every_calls[i].name);
        is_str(outcome.text, every_expected[i].text, "%s, inherited: what comes back",
                every_calls[i].name);
        every_async_run(async, synchronize, &every_calls[i], &outcome);
        is_hr(outcome.hr, every_expected[i].hr, "%s, inherited, asynchronous", every_calls[i].name);
        is_str(outcome.text, every_expected[i].text, "%s, asynchronous: what comes back",
                every_calls[i].name);
    }
    begin = (*(void ***)async)[EVERY_BEGIN(METHOD(IEveryHeir, Twice))];
    is_hr(begin(async, 1.25, 7), S_OK, "Begin_ of its own method");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    is_hr(call_half(async, EVERY_FINISH(METHOD(IEveryHeir, Twice)), &sum, NULL), S_FALSE,
            "Finish_");
    ok(sum == 16.5, "the sum is %g", sum);
    ISynchronize_Release(synchronize);
    is_uint(IUnknown_Release((IUnknown *)async), 0, "the call object goes");
}

static void check_stream(IStreamHeir *object)
{
    ULONG get_class = METHOD(IStreamHeir, GetClassID), dirty = METHOD(IStreamHeir, IsDirty);
    ULONG save = METHOD(IStreamHeir, Save), size = METHOD(IStreamHeir, GetSizeMax);
    ULONG name = METHOD(IStreamHeir, Name);
    ISynchronize *synchronize;
    IStream *stream;
    CLSID expected, clsid;
    ULARGE_INTEGER bytes;
    STATSTG stat;
    WCHAR text[3];
    void *async;

    if (!is_hr(every_async_create(object, &IID_AsyncIStreamHeir, &async, &synchronize), S_OK,
                "a call object of IPersistStream's heir"))
        return;
    is_hr(IStreamHeir_GetClassID(object, &expected), S_OK, "GetClassID");
    is_hr(call_half(async, EVERY_BEGIN(get_class), NULL, NULL), S_OK, "Begin_GetClassID");
    is_hr(call_half(async, EVERY_FINISH(get_class), &clsid, NULL), S_OK, "Finish_GetClassID");
    is_guid(&clsid, &expected, "the CLSID");
    is_hr(call_half(async, EVERY_BEGIN(dirty), NULL, NULL), S_OK, "Begin_IsDirty");
    is_hr(call_half(async, EVERY_FINISH(dirty), NULL, NULL), S_FALSE, "Finish_IsDirty");
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(call_half(async, EVERY_BEGIN(save), stream, (void *)(ULONG_PTR)1), S_OK, "Begin_Save");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    is_hr(call_half(async, EVERY_FINISH(save), NULL, NULL), S_OK, "Finish_Save");
    is_hr(IStream_Stat(stream, &stat, STATFLAG_NONAME), S_OK, "Stat");
    is_uint(stat.cbSize.LowPart, sizeof(BOOL), "the stream was written to");
    IStream_Release(stream);
    is_hr(call_half(async, EVERY_BEGIN(size), NULL, NULL), S_OK, "Begin_GetSizeMax");
    is_hr(call_half(async, EVERY_FINISH(size), &bytes, NULL), S_OK, "Finish_GetSizeMax");
    ok(bytes.QuadPart == 0x123456789ull, "the size");
    is_hr(call_half(async, EVERY_BEGIN(name), (void *)(ULONG_PTR)ARRAYSIZE(text), NULL), S_OK,
            "Begin_ of its own method");
    is_hr(call_half(async, EVERY_FINISH(name), text, NULL), S_OK, "Finish_");
    is_mem(text, L"abc", sizeof(text), "the name");
    ISynchronize_Release(synchronize);
    is_uint(IUnknown_Release((IUnknown *)async), 0, "the call object goes");
}

static void check_dispatch(IDispatchHeir *object)
{
    static const IID IID_AsyncIDispatch = {0x6f1e2a54, 0x5a0e, 0x4c4b,
            {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x1a}};
    ISynchronize *synchronize;
    void *async;
    LONG told = 0;

    is_hr(IDispatchHeir_Tell(object, 4, &told), S_OK, "a synchronous call of IDispatch's heir");
    is_int(told, 5, "what it tells");
    is_hr(every_async_create(object, &IID_AsyncIDispatchHeir, &async, &synchronize), E_NOINTERFACE,
            "what inherits from IDispatch has no asynchronous calls");
    ok(!async, "nor a call object");
    every_pair_register(&IID_IDispatch, &IID_AsyncIDispatch);
    is_hr(every_async_create(object, &IID_AsyncIDispatch, &async, &synchronize), E_NOINTERFACE,
            "nor has IDispatch");
    ok(!async, "nor a call object");
}

static void check_calls(void)
{
    struct server server = {NULL, NULL, NULL, CreateEventW(NULL, TRUE, FALSE, NULL),
            CreateEventW(NULL, TRUE, FALSE, NULL)};
    HANDLE thread = CreateThread(NULL, 0, server_thread, &server, 0, NULL);
    IDispatchHeir *dispatch = NULL;
    IStreamHeir *stream = NULL;
    IEveryHeir *every = NULL;
    DWORD index;

    WaitForSingleObject(server.ready, PATIENCE);
    is_hr(CoGetInterfaceAndReleaseStream(server.every, &IID_IEveryHeir, (void **)&every), S_OK,
            "a proxy of IEveryHeir");
    is_hr(CoGetInterfaceAndReleaseStream(server.stream, &IID_IStreamHeir, (void **)&stream), S_OK,
            "of IStreamHeir");
    is_hr(CoGetInterfaceAndReleaseStream(server.dispatch, &IID_IDispatchHeir, (void **)&dispatch),
            S_OK, "of IDispatchHeir");
    if (every)
    {
        check_every(every);
        IEveryHeir_Release(every);
    }
    if (stream)
    {
        check_stream(stream);
        IStreamHeir_Release(stream);
    }
    if (dispatch)
    {
        check_dispatch(dispatch);
        IDispatchHeir_Release(dispatch);
    }
    SetEvent(server.stop);
    CoWaitForMultipleHandles(0, PATIENCE, 1, &thread, &index);
    CloseHandle(thread);
    CloseHandle(server.ready);
    CloseHandle(server.stop);
}

static void run_all(void)
{
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    every_heirs_register();
    if (every_expected_make())
    {
        check_descriptions();
        check_calls();
    }
    CoUninitialize();
}

int main(void)
{
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    every_object_by_reference = TRUE;
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("calls of derived interfaces");
    }
    return done_testing();
}
