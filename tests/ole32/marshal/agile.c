/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces for all apartments: the free-threaded marshaller, the global interface table, agile
 * references. */
#include "bed.h"

#include <stdlib.h>

#ifndef AGILEREFERENCE_DEFAULT
enum AgileReferenceOptions
{
    AGILEREFERENCE_DEFAULT = 0,
    AGILEREFERENCE_DELAYEDMARSHAL = 1,
};
#endif

static HRESULT(WINAPI *get_agile_reference)(enum AgileReferenceOptions, REFIID, IUnknown *,
        IAgileReference **);

/* Page CoCreateFreeThreadedMarshaler: the pointer itself arrives in other apartments. */
static void test_free_threaded(struct host *host)
{
    IClassFactory *pointer = NULL;
    struct counted object;
    IStream *stream;
    BYTE *bytes;
    ULONG size, i;
    HRESULT hr;
    int wrong = 0;

    counted_init(&object);
    hr = CoCreateFreeThreadedMarshaler(counted_unknown(&object), &object.marshaler);
    is_hr(hr, S_OK, "CoCreateFreeThreadedMarshaler");
    is_int(object.references, 1, "an aggregated object does not hold its outer one");
    hr = host_marshal(host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC,
            MSHLFLAGS_NORMAL, &stream);
    is_hr(hr, S_OK, "CoMarshalInterface");
    is_int(object.references, 2, "a normal packet is one reference");
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&pointer);
    is_hr(hr, S_OK, "CoUnmarshalInterface");
    is_ptr(pointer, &object.IClassFactory_iface, "gives the pointer itself");
    is_int(object.references, 2, "with the packet's reference");
    if (pointer)
        IClassFactory_Release(pointer);
    todo_builtin("trusts the stream: a used packet is used again")
    {
        /* Wine would give away a reference which it does not have. */
        stream_rewind(stream);
        hr = tap_builtin() ? S_OK
                           : CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&pointer);
        ok(FAILED(hr), "a used packet: %s", tap_hr(hr));
    }
    IStream_Release(stream);

    /* Altered packets lead nowhere. Wine's runtime follows the pointer in them. */
    host_marshal(host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC,
            MSHLFLAGS_TABLESTRONG, &stream);
    bytes = stream_bytes(stream, &size);
    for (i = 48; !tap_builtin() && i < size; ++i)
    {
        IStream *altered;

        if (i >= 52 && i < 60) /* the pointer, which nobody looks at */
            continue;
        bytes[i] ^= 0x40;
        altered = stream_of(bytes, size);
        bytes[i] ^= 0x40;
        pointer = NULL;
        hr = CoUnmarshalInterface(altered, &IID_IClassFactory, (void **)&pointer);
        wrong += SUCCEEDED(hr) || pointer;
        stream_rewind(altered);
        wrong += SUCCEEDED(CoReleaseMarshalData(altered));
        IStream_Release(altered);
    }
    is_int(wrong, 0, "packets with one bit changed are refused");
    free(bytes);
    for (i = 0; i < 2; ++i)
    {
        stream_rewind(stream);
        hr = CoUnmarshalInterface(stream, &IID_IPersist, (void **)&pointer);
        is_hr(hr, S_OK, "a table packet, time %lu", i + 1);
        is_ptr(pointer, &object.IPersist_iface, "another interface of the object itself");
        if (SUCCEEDED(hr))
            IUnknown_Release((IUnknown *)pointer);
    }
    stream_rewind(stream);
    is_hr(CoReleaseMarshalData(stream), S_OK, "CoReleaseMarshalData");
    is_int(object.references, 1, "no reference is left");
    IStream_Release(stream);

    /* To other processes it goes as any object. */
    hr = host_marshal(host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_LOCAL,
            MSHLFLAGS_NORMAL, &stream);
    is_hr(hr, S_OK, "for another process");
    bytes = stream_bytes(stream, &size);
    ok(size >= 8 && !memcmp(bytes, "MEOW", 4) && bytes[4] == 1,
            "a standard OBJREF ([MS-DCOM] 2.2.18.4)");
    free(bytes);
    is_hr(host_release_packet(host, stream), S_OK, "CoReleaseMarshalData");
    is_int(object.references, 1, "no reference is left");
    IStream_Release(stream);
    IUnknown_Release(object.marshaler);
}

struct git_request
{
    IGlobalInterfaceTable *table;
    IUnknown *object;
    DWORD cookie;
};

static HRESULT git_register(void *argument)
{
    struct git_request *request = argument;

    return IGlobalInterfaceTable_RegisterInterfaceInGlobal(request->table, request->object,
            &IID_IClassFactory, &request->cookie);
}

static HRESULT git_use(void *argument)
{
    struct git_request *request = argument;
    IClassFactory *factory;
    HRESULT hr;

    hr = IGlobalInterfaceTable_GetInterfaceFromGlobal(request->table, request->cookie,
            &IID_IClassFactory, (void **)&factory);
    if (FAILED(hr))
        return hr;
    if ((IUnknown *)factory == request->object)
        hr = S_FALSE;
    else
        hr = counted_call(factory);
    IClassFactory_Release(factory);
    return hr;
}

/* Pages IGlobalInterfaceTable::RegisterInterfaceInGlobal and so on. */
static void test_global_table(struct host *host)
{
    struct git_request request = {NULL, NULL, 0}, second;
    struct counted object;
    IUnknown *pointer;
    HRESULT hr;
    int i;

    counted_init(&object);
    request.object = counted_unknown(&object);
    hr = CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
            &IID_IGlobalInterfaceTable, (void **)&request.table);
    is_hr(hr, S_OK, "the global interface table");
    if (FAILED(hr))
        return;
    is_hr(host_run(host, git_register, &request), S_OK, "RegisterInterfaceInGlobal");
    ok(request.cookie != 0, "gives a cookie");
    second = request;
    host_run(host, git_register, &second);
    ok(second.cookie != request.cookie, "another one the next time");
    for (i = 0; i < 3; ++i)
        is_hr(git_use(&request), S_OK, "GetInterfaceFromGlobal gives a proxy");
    is_hr(host_run(host, git_use, &request), S_FALSE, "and the object itself where it lives");
    hr = IGlobalInterfaceTable_RevokeInterfaceFromGlobal(request.table, request.cookie);
    is_hr(hr, S_OK, "RevokeInterfaceFromGlobal, from another apartment");
    ok(object.references > 1, "the other cookie holds the object");
    hr = IGlobalInterfaceTable_RevokeInterfaceFromGlobal(request.table, second.cookie);
    is_hr(hr, S_OK, "RevokeInterfaceFromGlobal");
    ok(becomes(&object.references, 1), "the object is let go");
    hr = IGlobalInterfaceTable_GetInterfaceFromGlobal(request.table, request.cookie, &IID_IUnknown,
            (void **)&pointer);
    is_hr(hr, E_INVALIDARG, "a revoked cookie");
    hr = IGlobalInterfaceTable_RevokeInterfaceFromGlobal(request.table, request.cookie);
    is_hr(hr, E_INVALIDARG, "cannot be revoked again");
    IGlobalInterfaceTable_Release(request.table);
}

struct agile_request
{
    enum AgileReferenceOptions options;
    struct counted *object;
    IAgileReference *reference;
};

static HRESULT agile_get(void *argument)
{
    struct agile_request *request = argument;

    return get_agile_reference(request->options, &IID_IClassFactory,
            counted_unknown(request->object), &request->reference);
}

static HRESULT agile_resolve(void *argument)
{
    struct agile_request *request = argument;
    IClassFactory *factory;
    HRESULT hr;

    hr = IAgileReference_Resolve(request->reference, &IID_IClassFactory, (void **)&factory);
    if (FAILED(hr))
        return hr;
    if (factory == &request->object->IClassFactory_iface)
        hr = S_FALSE;
    else
        hr = counted_call(factory);
    IClassFactory_Release(factory);
    return hr;
}

/* Pages RoGetAgileReference and IAgileReference. */
static void test_agile_reference(struct host *host, enum AgileReferenceOptions options)
{
    struct agile_request request = {.options = options};
    struct counted object;
    IUnknown *pointer = NULL;
    HRESULT hr;
    int i;

    counted_init(&object);
    request.object = &object;
    is_hr(host_run(host, agile_get, &request), S_OK, "RoGetAgileReference, option %d", options);
    if (!request.reference)
        return;
    for (i = 0; i < 2; ++i)
        is_hr(agile_resolve(&request), S_OK, "resolved to a proxy");
    is_hr(host_run(host, agile_resolve, &request), S_FALSE, "to the object where it lives");
    hr = IAgileReference_QueryInterface(request.reference, &IID_IAgileObject, (void **)&pointer);
    is_hr(hr, S_OK, "an agile reference is agile itself");
    if (pointer)
        IUnknown_Release(pointer);
    hr = IAgileReference_Resolve(request.reference, &IID_IStream, (void **)&pointer);
    is_hr(hr, E_NOINTERFACE, "an interface which the object does not have");
    IAgileReference_Release(request.reference);
    ok(becomes(&object.references, 1), "the object is let go (%ld)", object.references);

    object.agile = TRUE;
    is_hr(host_run(host, agile_get, &request), S_OK, "an agile object");
    is_hr(agile_resolve(&request), S_FALSE, "is itself everywhere");
    IAgileReference_Release(request.reference);
    is_int(object.references, 1, "and is let go");
    object.agile = FALSE;
    object.no_marshal = TRUE;
    is_hr(host_run(host, agile_get, &request), CO_E_NOT_SUPPORTED, "an object with INoMarshal");
    is_int(object.references, 1, "and is let go");
}

static void run_all(void)
{
    static const DWORD models[] = {COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED};
    unsigned int i;

    get_agile_reference =
            (void *)GetProcAddress(GetModuleHandleW(L"ole32.dll"), "RoGetAgileReference");
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    for (i = 0; i < ARRAYSIZE(models); ++i)
    {
        struct host host;

        host_start(&host, models[i]);
        test_free_threaded(&host);
        test_global_table(&host);
        if (get_agile_reference)
        {
            test_agile_reference(&host, AGILEREFERENCE_DEFAULT);
            test_agile_reference(&host, AGILEREFERENCE_DELAYEDMARSHAL);
        }
        else
        {
            builtin_lacks("RoGetAgileReference in ole32.dll");
        }
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
        tap_account_end("agile interfaces");
    }
    is_int(counted_alive(), 0, "all objects which were made in calls are gone");
    return done_testing();
}
