/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a proxy can do beside its interfaces: copies with a channel of their own (CoCopyProxy,
 * IClientSecurity), and options (IRpcOptions). Pages "CoCopyProxy function (combaseapi.h)",
 * "IClientSecurity::CopyProxy method (objidl.h)", "IRpcOptions interface (objidl.h)".
 */
#include "bed_process.h"

static void check_identity(IUnknown *first, IUnknown *second, BOOL same, const char *what)
{
    IUnknown *one = NULL, *other = NULL;

    IUnknown_QueryInterface(first, &IID_IUnknown, (void **)&one);
    IUnknown_QueryInterface(second, &IID_IUnknown, (void **)&other);
    ok((one == other) == same, "%s", what);
    IUnknown_Release(one);
    IUnknown_Release(other);
}

/* A second IClientSecurity on the same proxy: one with a blanket of its own. */
static DWORD level_of(IUnknown *proxy)
{
    DWORD level = 99;

    CoQueryProxyBlanket(proxy, NULL, NULL, NULL, NULL, &level, NULL, NULL);
    return level;
}

static HRESULT level_set(IUnknown *proxy, DWORD level)
{
    return CoSetProxyBlanket(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL,
            RPC_C_AUTHN_LEVEL_CONNECT, level, NULL, EOAC_NONE);
}

static void check_copies(IClassFactory *factory)
{
    IUnknown *proxy = (IUnknown *)factory, *identity = NULL, *copy = NULL, *second = NULL;
    IClientSecurity *security = NULL;
    IClassFactory *again = NULL;
    DWORD before = level_of(proxy);

    is_hr(IUnknown_QueryInterface(proxy, &IID_IClientSecurity, (void **)&security), S_OK,
            "IClientSecurity of a proxy");
    if (!security)
        return;
    is_hr(IClientSecurity_CopyProxy(security, proxy, &copy), S_OK, "CopyProxy");
    is_hr(CoCopyProxy(copy, &second), S_OK, "CoCopyProxy of the copy");
    if (copy && second)
    {
        ok(copy != proxy && second != copy, "three pointers");
        check_identity(copy, proxy, TRUE, "one identity");
        check_identity(second, proxy, TRUE, "of all");
        is_hr(counted_call((IClassFactory *)copy), S_OK, "a call through the copy");
        is_hr(level_set(copy, RPC_C_IMP_LEVEL_IMPERSONATE), S_OK, "a blanket for the copy");
        is_hr(level_set(second, RPC_C_IMP_LEVEL_DELEGATE), S_OK, "and for the second one");
        is_uint(level_of(copy), RPC_C_IMP_LEVEL_IMPERSONATE, "each has its own");
        is_uint(level_of(second), RPC_C_IMP_LEVEL_DELEGATE, "the second, too");
        is_uint(level_of(proxy), before, "and the original as before");
        is_hr(IUnknown_QueryInterface(copy, &IID_IClassFactory, (void **)&again), S_OK,
                "the copy's interface");
        is_ptr(again, copy, "is the copy");
        if (again)
            IClassFactory_Release(again);
        is_uint(IUnknown_Release(second), 0, "the second copy's last reference");
    }
    /* "IUnknown ... cannot be copied." */
    IUnknown_QueryInterface(proxy, &IID_IUnknown, (void **)&identity);
    is_hr(CoCopyProxy(identity, &second), E_INVALIDARG, "IUnknown is not copied");
    IUnknown_Release(identity);
    is_hr(CoCopyProxy(NULL, &second), E_INVALIDARG, "nor is nothing");
    IClientSecurity_Release(security);
    if (copy)
        is_uint(IUnknown_Release(copy), 0, "the copy's last reference");
}

static void check_options(IClassFactory *factory, RPCOPT_SERVER_LOCALITY_VALUES locality)
{
    IUnknown *proxy = (IUnknown *)factory;
    IRpcOptions *options = NULL;
    ULONG_PTR value = 99;

    is_hr(IUnknown_QueryInterface(proxy, &IID_IRpcOptions, (void **)&options), S_OK, "IRpcOptions");
    if (!options)
        return;
    check_identity(proxy, (IUnknown *)options, TRUE, "is part of the proxy");
    is_hr(IRpcOptions_Query(options, proxy, COMBND_SERVER_LOCALITY, &value), S_OK,
            "COMBND_SERVER_LOCALITY");
    is_uint(value, locality, "where the server is");
    is_hr(IRpcOptions_Set(options, proxy, COMBND_SERVER_LOCALITY, value), E_INVALIDARG,
            "it cannot be set");
    is_hr(IRpcOptions_Query(options, proxy, COMBND_RPCTIMEOUT, &value), S_OK, "COMBND_RPCTIMEOUT");
    is_uint(value, RPC_C_BINDING_DEFAULT_TIMEOUT, "the default");
    is_hr(IRpcOptions_Set(options, proxy, COMBND_RPCTIMEOUT, RPC_C_BINDING_MIN_TIMEOUT), S_OK,
            "another one");
    IRpcOptions_Query(options, proxy, COMBND_RPCTIMEOUT, &value);
    is_uint(value, RPC_C_BINDING_MIN_TIMEOUT, "is kept");
    is_hr(IRpcOptions_Set(options, proxy, COMBND_RPCTIMEOUT, RPC_C_BINDING_MAX_TIMEOUT + 5),
            E_INVALIDARG, "none that does not exist");
    is_hr(IRpcOptions_Set(options, proxy, COMBND_RPCTIMEOUT, RPC_C_BINDING_INFINITE_TIMEOUT), S_OK,
            "no limit");
    is_hr(IRpcOptions_Set(options, NULL, COMBND_RPCTIMEOUT, 5), E_INVALIDARG, "of no proxy");
    is_hr(IRpcOptions_Query(options, NULL, COMBND_RPCTIMEOUT, &value), E_INVALIDARG, "nor read");
    is_hr(IRpcOptions_Query(options, proxy, 77, &value), E_INVALIDARG, "no such property");
    is_hr(counted_call(factory), S_OK, "calls go on");
    IRpcOptions_Release(options);
}

/* Copies hold the object when the original has gone. */
static void check_last(IClassFactory *factory)
{
    IUnknown *copy = NULL;

    is_hr(CoCopyProxy((IUnknown *)factory, &copy), S_OK, "one more copy");
    IClassFactory_Release(factory);
    if (!copy)
        return;
    is_hr(counted_call((IClassFactory *)copy), S_OK, "works without the original");
    is_uint(IUnknown_Release(copy), 0, "and goes");
}

static void test_inside(DWORD model)
{
    IClassFactory *factory = NULL;
    struct counted object;
    IStream *stream;
    struct host host;

    host_start(&host, model);
    counted_init(&object);
    host_marshal(&host, counted_unknown(&object), &IID_IClassFactory, MSHCTX_INPROC,
            MSHLFLAGS_NORMAL, &stream);
    is_hr(CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory), S_OK, "a proxy");
    IStream_Release(stream);
    if (factory)
    {
        check_copies(factory);
        check_options(factory, SERVER_LOCALITY_PROCESS_LOCAL);
        check_last(factory);
    }
    ok(becomes(&object.references, 1), "the object is let go");
    host_stop(&host);
}

static void test_between(void)
{
    IClassFactory *factory = NULL;
    struct server server;
    IStream *stream = server_start(&server, COINIT_MULTITHREADED, MSHLFLAGS_NORMAL, L"");

    is_hr(CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)&factory), S_OK, "a proxy");
    IStream_Release(stream);
    if (factory)
    {
        check_copies(factory);
        check_options(factory, SERVER_LOCALITY_MACHINE_LOCAL);
        check_last(factory);
    }
    ok(server_references(&server, 1), "the object is let go");
    is_uint(server_stop(&server), 0, "the server ends in order");
}

static void run_all(void)
{
    test_inside(COINIT_APARTMENTTHREADED);
    test_inside(COINIT_MULTITHREADED);
    test_between();
}

int main(void)
{
    if (builtin_lacks("copies of proxies, and IRpcOptions"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("copies and options of proxies");
    CoUninitialize();
    is_int(counted_alive(), 0, "all objects which were made in calls are gone");
    return done_testing();
}
