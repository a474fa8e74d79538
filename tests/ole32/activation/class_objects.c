/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Class objects that a process registers: for whom they are, and for how long. */
#include "test_class.h"

#include "com_object.h"

#ifndef REGCLS_AGILE
#define REGCLS_AGILE 0x10
#endif

/* A class object which counts what happens to it. */
struct counted_factory
{
    IClassFactory IClassFactory_iface;
    LONG references;
    LONG created;
    DWORD thread;        /* that created last */
    IUnknown *marshaler; /* aggregated free-threaded marshaler, or NULL */
};

static struct counted_factory *factory_from_iface(IClassFactory *iface)
{
    return COM_IMPL_FROM(iface, struct counted_factory, IClassFactory_iface);
}

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    struct counted_factory *factory = factory_from_iface(iface);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IMarshal) && factory->marshaler)
        return IUnknown_QueryInterface(factory->marshaler, iid, out);
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    IClassFactory_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    return InterlockedIncrement(&factory_from_iface(iface)->references);
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    return InterlockedDecrement(&factory_from_iface(iface)->references);
}

/* Its only object is itself. */
static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    struct counted_factory *factory = factory_from_iface(iface);

    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    factory->created++;
    factory->thread = GetCurrentThreadId();
    return IClassFactory_QueryInterface(iface, iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static IClassFactoryVtbl factory_vtbl = {
        factory_QueryInterface,
        factory_AddRef,
        factory_Release,
        factory_CreateInstance,
        factory_LockServer,
};

static struct counted_factory factory = {{&factory_vtbl}, 1, 0, 0, NULL};
#define FACTORY ((IUnknown *)&factory.IClassFactory_iface)

/* What somebody gets who asks for the class object. */
struct question
{
    const CLSID *clsid;
    DWORD context;
    HRESULT hr;
    BOOL direct; /* the object itself came, no proxy */
    BOOL create; /* ask for an instance */
};

static void ask(void *argument)
{
    struct question *question = argument;
    IUnknown *object = NULL;

    if (question->create)
        question->hr = CoCreateInstance(question->clsid, NULL, question->context,
                &IID_IClassFactory, (void **)&object);
    else
        question->hr = CoGetClassObject(question->clsid, question->context, NULL,
                &IID_IClassFactory, (void **)&object);
    question->direct = object == FACTORY;
    if (object)
        IUnknown_Release(object);
}

static HRESULT ask_here(const CLSID *clsid, DWORD context)
{
    struct question question = {clsid, context, E_FAIL, FALSE, FALSE};

    ask(&question);
    return question.hr;
}

static HRESULT register_class(const CLSID *clsid, DWORD context, DWORD flags, DWORD *cookie)
{
    *cookie = 0;
    return CoRegisterClassObject(clsid, FACTORY, context, flags, cookie);
}

/* --- the table of combinations: ne-combaseapi-regcls, which Windows follows but for single use in
 * process --- */

static void combinations(void)
{
    static const struct
    {
        DWORD context, flags;
        BOOL allowed, inproc, local;
        BOOL only_ours; /* the documentation's answer, which Wine's DLL does not give */
    } rows[] = {
            {CLSCTX_INPROC_SERVER, REGCLS_SINGLEUSE, TRUE, TRUE, FALSE, FALSE},
            {CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, TRUE, TRUE, FALSE, FALSE},
            {CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE, TRUE, TRUE, FALSE, FALSE},
            {CLSCTX_LOCAL_SERVER, REGCLS_SINGLEUSE, TRUE, FALSE, TRUE, FALSE},
            {CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, TRUE, TRUE, TRUE, FALSE},
            {CLSCTX_LOCAL_SERVER, REGCLS_MULTI_SEPARATE, TRUE, FALSE, TRUE, FALSE},
            {CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER, REGCLS_SINGLEUSE, TRUE, TRUE, TRUE, FALSE},
            {CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, TRUE, TRUE, TRUE,
                    FALSE},
            {CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER, REGCLS_MULTI_SEPARATE, TRUE, TRUE, TRUE,
                    FALSE},
            {CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE | REGCLS_MULTI_SEPARATE, FALSE, FALSE, FALSE,
                    TRUE},
            {CLSCTX_INPROC_HANDLER, REGCLS_MULTIPLEUSE, FALSE, FALSE, FALSE, TRUE},
            {0, REGCLS_MULTIPLEUSE, FALSE, FALSE, FALSE, TRUE},
            {CLSCTX_INPROC_SERVER, 0x100 | REGCLS_MULTIPLEUSE, FALSE, FALSE, FALSE, TRUE},
    };
    CLSID clsid = test_clsid(20);
    DWORD cookie;
    HRESULT hr = E_FAIL;

    for (unsigned int i = 0; i < ARRAYSIZE(rows); i++)
    {
        todo_if(rows[i].only_ours &&tap_builtin(), "the table of REGCLS")
        {
            hr = register_class(&clsid, rows[i].context, rows[i].flags, &cookie);
            is_hr(hr, rows[i].allowed ? S_OK : E_INVALIDARG, "context %#lx, flags %#lx",
                    rows[i].context, rows[i].flags);
        }
        if (FAILED(hr))
        {
            is_uint(cookie, 0, "and no cookie");
            continue;
        }
        if (rows[i].allowed)
        {
            hr = ask_here(&clsid, CLSCTX_INPROC_SERVER);
            is_hr(hr, rows[i].inproc ? S_OK : REGDB_E_CLASSNOTREG,
                    "context %#lx, flags %#lx: in process", rows[i].context, rows[i].flags);
            /* One for single use has been given away by that. */
            if (rows[i].flags == REGCLS_SINGLEUSE && rows[i].inproc && rows[i].local)
            {
                CoRevokeClassObject(cookie);
                register_class(&clsid, rows[i].context, rows[i].flags, &cookie);
            }
            /* Wine's broker may be asked only about what it can marshal here. */
            hr = ask_here(&clsid, CLSCTX_LOCAL_SERVER);
            is_hr(hr, rows[i].local ? S_OK : REGDB_E_CLASSNOTREG,
                    "context %#lx, flags %#lx: as a local server", rows[i].context, rows[i].flags);
        }
        is_hr(CoRevokeClassObject(cookie), S_OK, "context %#lx, flags %#lx: revoked",
                rows[i].context, rows[i].flags);
        is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER), REGDB_E_CLASSNOTREG,
                "gone");
    }
    is_int(factory.references, 1, "no reference is left");
}

static void arguments(void)
{
    CLSID clsid = test_clsid(21);
    DWORD cookie;

    is_hr(CoRegisterClassObject(&clsid, NULL, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie),
            E_INVALIDARG, "no object");
    is_hr(CoRegisterClassObject(&clsid, FACTORY, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, NULL),
            E_INVALIDARG, "no place for the cookie");
    is_hr(CoRevokeClassObject(0), E_INVALIDARG, "revoking nothing");
    is_hr(CoRevokeClassObject(0xdeadbeef), E_INVALIDARG, "revoking what never was");
    is_hr(register_class(&clsid, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie), S_OK,
            "registered");
    is_int(factory.references, 2, "with a reference");
    is_hr(CoRevokeClassObject(cookie), S_OK, "revoked");
    is_int(factory.references, 1, "without");
    is_hr(CoRevokeClassObject(cookie), E_INVALIDARG, "revoked twice");
}

static void several(void)
{
    CLSID clsid = test_clsid(22);
    DWORD first, second;

    is_hr(register_class(&clsid, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &first), S_OK, "first");
    todo_builtin("multiple registrations are independent: CoRegisterClassObject")
    {
        is_hr(register_class(&clsid, CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE, &second), S_OK,
                "registrations of one class stand side by side");
        ok(first != second, "each has a cookie of its own");
        is_hr(CoRevokeClassObject(first), S_OK, "one is revoked");
        is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER), S_OK, "the other is there");
        is_hr(CoRevokeClassObject(second), S_OK, "the other is revoked");
    }
    is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG, "none is there");
}

static void single_use(void)
{
    CLSID clsid = test_clsid(23);
    DWORD cookie;

    is_hr(register_class(&clsid, CLSCTX_LOCAL_SERVER, REGCLS_SINGLEUSE, &cookie), S_OK,
            "single use");
    is_hr(ask_here(&clsid, CLSCTX_LOCAL_SERVER), S_OK, "given once");
    todo_builtin("REGCLS_SINGLEUSE")
        is_hr(ask_here(&clsid, CLSCTX_LOCAL_SERVER), REGDB_E_CLASSNOTREG, "and not again");
    is_hr(CoRevokeClassObject(cookie), S_OK, "still to be revoked");
    todo_builtin("REGCLS_AGILE")
    {
        if (is_hr(register_class(&clsid, CLSCTX_INPROC_SERVER, REGCLS_AGILE, &cookie), S_OK,
                    "agile and nothing else"))
        {
            is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER), S_OK, "given once");
            is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG, "and not again");
            CoRevokeClassObject(cookie);
        }
    }
    is_int(factory.references, 1, "no reference is left");
}

static void suspended(void)
{
    CLSID clsid = test_clsid(24), other = test_clsid(25);
    DWORD cookie, other_cookie;

    is_hr(register_class(&clsid, CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER,
                  REGCLS_MULTIPLEUSE | REGCLS_SUSPENDED, &cookie),
            S_OK, "suspended");
    is_hr(register_class(&other, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &other_cookie), S_OK,
            "another is not");
    todo_builtin("REGCLS_SUSPENDED")
        is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG,
                "not given while suspended");
    is_hr(ask_here(&other, CLSCTX_INPROC_SERVER), S_OK, "the other one is");
    is_hr(CoResumeClassObjects(), S_OK, "CoResumeClassObjects");
    is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER), S_OK, "given");
    is_hr(CoSuspendClassObjects(), S_OK, "CoSuspendClassObjects");
    todo_builtin("CoSuspendClassObjects")
    {
        is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG, "not given");
        is_hr(ask_here(&other, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG, "nor is the other");
    }
    is_hr(CoResumeClassObjects(), S_OK, "CoResumeClassObjects");
    is_hr(ask_here(&other, CLSCTX_INPROC_SERVER), S_OK, "given again");
    todo_builtin("CoAddRefServerProcess")
    {
        is_uint(CoAddRefServerProcess(), 1, "CoAddRefServerProcess");
        is_uint(CoAddRefServerProcess(), 2, "CoAddRefServerProcess");
        is_uint(CoReleaseServerProcess(), 1, "CoReleaseServerProcess");
        is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER), S_OK, "a server in use");
        is_uint(CoReleaseServerProcess(), 0, "CoReleaseServerProcess: the last");
        is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG,
                "suspends the class objects");
    }
    is_hr(CoRevokeClassObject(cookie), S_OK, "revoked while suspended");
    is_hr(CoRevokeClassObject(other_cookie), S_OK, "revoked while suspended");
    CoResumeClassObjects();
    is_int(factory.references, 1, "no reference is left");
}

/* A surrogate's generic class object does not stand in the way of the class itself. */
static void surrogate(void)
{
    CLSID clsid = test_clsid(26);
    DWORD cookie;

    todo_builtin("REGCLS_SURROGATE")
    {
        if (is_hr(register_class(&clsid, CLSCTX_LOCAL_SERVER, REGCLS_SURROGATE, &cookie), S_OK,
                    "a surrogate's class object"))
        {
            is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG,
                    "is not for its own process");
            is_hr(CoRevokeClassObject(cookie), S_OK, "revoked");
        }
    }
}

/* --- apartments --- */

static void revoke(void *argument)
{
    DWORD *cookie = argument;
    HRESULT hr = CoRevokeClassObject(*cookie);

    *cookie = hr;
}

static void other_apartments(void)
{
    struct question question = {NULL, CLSCTX_INPROC_SERVER, E_FAIL, FALSE, FALSE};
    CLSID clsid = test_clsid(27);
    DWORD cookie, result;

    question.clsid = &clsid;
    is_hr(register_class(&clsid, CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE,
                  &cookie),
            S_OK, "registered in an STA");
    ask(&question);
    is_hr(question.hr, S_OK, "here");
    ok(question.direct, "the object itself");
    run_in_apartment_pumping(COINIT_APARTMENTTHREADED, ask, &question);
    is_hr(question.hr, REGDB_E_CLASSNOTREG, "in process for another STA: not there");
    question.context = CLSCTX_LOCAL_SERVER;
    run_in_apartment_pumping(COINIT_APARTMENTTHREADED, ask, &question);
    is_hr(question.hr, S_OK, "as a local server for another STA");
    ok(!question.direct, "by a proxy");
    run_in_apartment_pumping(COINIT_MULTITHREADED, ask, &question);
    is_hr(question.hr, S_OK, "as a local server for the MTA");
    ok(!question.direct, "by a proxy");
    question.create = TRUE;
    factory.created = 0;
    run_in_apartment_pumping(COINIT_MULTITHREADED, ask, &question);
    is_hr(question.hr, S_OK, "an instance of it for the MTA");
    is_int(factory.created, 1, "created once");
    is_uint(factory.thread, GetCurrentThreadId(), "in its apartment");
    result = cookie;
    run_in_apartment_pumping(COINIT_APARTMENTTHREADED, revoke, &result);
    is_hr(result, RPC_E_WRONG_THREAD, "revoked by another STA");
    result = cookie;
    run_in_apartment_pumping(COINIT_MULTITHREADED, revoke, &result);
    is_hr(result, RPC_E_WRONG_THREAD, "revoked by the MTA");
    is_hr(CoRevokeClassObject(cookie), S_OK, "revoked by its own");
    is_int(factory.references, 1, "no reference is left");
}

static void register_in_mta(void *argument)
{
    CLSID *clsid = argument;
    struct question question = {clsid, CLSCTX_INPROC_SERVER, E_FAIL, FALSE, FALSE};
    DWORD cookie;

    is_hr(register_class(clsid, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie), S_OK,
            "registered in the MTA");
    run_in_apartment(COINIT_MULTITHREADED, ask, &question);
    is_hr(question.hr, S_OK, "for another thread of the MTA");
    ok(question.direct, "the object itself");
    run_in_apartment(COINIT_APARTMENTTHREADED, ask, &question);
    is_hr(question.hr, REGDB_E_CLASSNOTREG, "not for an STA");
    run_in_apartment(COINIT_MULTITHREADED, revoke, &cookie);
    is_hr(cookie, S_OK, "revoked by another thread of the MTA");
}

static void agile(void)
{
    struct question question = {NULL, CLSCTX_INPROC_SERVER, E_FAIL, FALSE, FALSE};
    CLSID clsid = test_clsid(28);
    DWORD cookie;
    HRESULT hr;

    question.clsid = &clsid;
    hr = CoCreateFreeThreadedMarshaler(FACTORY, &factory.marshaler);
    is_hr(hr, S_OK, "CoCreateFreeThreadedMarshaler");
    todo_builtin("REGCLS_AGILE")
    {
        hr = register_class(&clsid, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE | REGCLS_AGILE,
                &cookie);
        is_hr(hr, S_OK, "agile");
        question.hr = E_FAIL;
        run_in_apartment(COINIT_MULTITHREADED, ask, &question);
        is_hr(question.hr, S_OK, "for the MTA");
        ok(question.direct, "the object itself");
        run_in_apartment(COINIT_APARTMENTTHREADED, ask, &question);
        is_hr(question.hr, S_OK, "for another STA");
        ok(question.direct, "the object itself");
    }
    if (SUCCEEDED(hr))
        CoRevokeClassObject(cookie);
    if (factory.marshaler)
        IUnknown_Release(factory.marshaler);
    factory.marshaler = NULL;
}

static void register_and_leave(void *argument)
{
    DWORD *cookie = argument;
    CLSID clsid = test_clsid(29);

    is_hr(register_class(&clsid, CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE,
                  cookie),
            S_OK, "registered in an STA that is left");
}

static void left_apartment(void)
{
    CLSID clsid = test_clsid(29);
    DWORD cookie;
    HRESULT hr;

    run_in_apartment_pumping(COINIT_APARTMENTTHREADED, register_and_leave, &cookie);
    is_int(factory.references, 1, "leaving the apartment releases the class object");
    is_hr(ask_here(&clsid, CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER), REGDB_E_CLASSNOTREG,
            "it is gone");
    hr = CoRevokeClassObject(cookie);
    ok(hr == E_INVALIDARG || hr == RPC_E_WRONG_THREAD, "its cookie means nothing any more: %s",
            tap_hr(hr));
}

static void uninitialized(void *argument)
{
    CLSID clsid = test_clsid(30);
    DWORD cookie;

    (void)argument;
    is_hr(register_class(&clsid, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie),
            CO_E_NOTINITIALIZED, "CoRegisterClassObject without CoInitialize");
    is_hr(CoRevokeClassObject(1), CO_E_NOTINITIALIZED, "CoRevokeClassObject without CoInitialize");
}

/* --- registered, and in the registry as well --- */

static void before_the_registry(void)
{
    struct question question = {NULL, CLSCTX_INPROC_SERVER, E_FAIL, FALSE, FALSE};
    CLSID clsid = test_clsid(31);
    WCHAR path[MAX_PATH];
    DWORD cookie;

    question.clsid = &clsid;
    server_copy(L"registered.dll", path);
    class_set_server(&clsid, path, L"Both");
    is_hr(register_class(&clsid, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie), S_OK,
            "registered, and a DLL has it too");
    ask(&question);
    is_hr(question.hr, S_OK, "in process");
    ok(question.direct, "the registered one comes first");
    CoRevokeClassObject(cookie);
    ask(&question);
    is_hr(question.hr, S_OK, "then the DLL's");
    ok(!question.direct, "another object");
    class_delete(&clsid);
}

static void builtin_classes(void)
{
    static const CLSID git_class = {0x323, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    static const CLSID ftm_class = {0x33a, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    static const CLSID proxies_class = {0x320, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    IGlobalInterfaceTable *table = NULL, *again = NULL;
    IUnknown *object;
    HRESULT hr;

    hr = CoCreateInstance(&git_class, NULL, CLSCTX_INPROC_SERVER, &IID_IGlobalInterfaceTable,
            (void **)&table);
    is_hr(hr, S_OK, "StdGlobalInterfaceTable");
    hr = CoCreateInstance(&git_class, NULL, CLSCTX_INPROC_SERVER, &IID_IGlobalInterfaceTable,
            (void **)&again);
    is_hr(hr, S_OK, "StdGlobalInterfaceTable, again");
    is_ptr(again, table, "there is one");
    if (table)
        IGlobalInterfaceTable_Release(table);
    if (again)
        IGlobalInterfaceTable_Release(again);
    hr = CoCreateInstance(&ftm_class, NULL, CLSCTX_INPROC_SERVER, &IID_IMarshal, (void **)&object);
    is_hr(hr, S_OK, "InProcFreeMarshaler");
    if (SUCCEEDED(hr))
        IUnknown_Release(object);
    hr = CoGetClassObject(&proxies_class, CLSCTX_INPROC_SERVER, NULL, &IID_IPSFactoryBuffer,
            (void **)&object);
    is_hr(hr, S_OK, "PSFactoryBuffer");
    if (SUCCEEDED(hr))
        IUnknown_Release(object);
}

/* The runtime's own event, and its properties. */
static void builtin_objects(void)
{
    static const CLSID event_class = {0x32c, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    static const CLSID options_class = {0x34b, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    ISynchronizeHandle *owner;
    ISynchronize *event;
    IGlobalOptions *options;
    HANDLE handle = NULL;
    ULONG_PTR value = 77;
    HRESULT hr;

    hr = CoCreateInstance(&event_class, NULL, CLSCTX_INPROC_SERVER, &IID_ISynchronize,
            (void **)&event);
    if (is_hr(hr, S_OK, "ManualResetEvent"))
    {
        is_hr(ISynchronize_Wait(event, 0, 5), RPC_S_CALLPENDING, "not signalled");
        is_hr(ISynchronize_Signal(event), S_OK, "Signal");
        is_hr(ISynchronize_Wait(event, 0, INFINITE), S_OK, "signalled");
        is_hr(ISynchronize_Wait(event, 0, 0), S_OK, "and stays so");
        is_hr(ISynchronize_QueryInterface(event, &IID_ISynchronizeHandle, (void **)&owner), S_OK,
                "ISynchronizeHandle");
        is_hr(ISynchronizeHandle_GetHandle(owner, &handle), S_OK, "GetHandle");
        is_uint(WaitForSingleObject(handle, 0), WAIT_OBJECT_0, "the event");
        is_hr(ISynchronize_Reset(event), S_OK, "Reset");
        is_uint(WaitForSingleObject(handle, 0), WAIT_TIMEOUT, "the event");
        ISynchronizeHandle_Release(owner);
        is_uint(ISynchronize_Release(event), 0, "the last reference");
    }
    hr = CoCreateInstance(&options_class, NULL, CLSCTX_INPROC_SERVER, &IID_IGlobalOptions,
            (void **)&options);
    if (is_hr(hr, S_OK, "GlobalOptions"))
    {
        hr = IGlobalOptions_Query(options, COMGLB_UNMARSHALING_POLICY, &value);
        is_hr(hr, S_OK, "Query");
        is_uint(value, COMGLB_UNMARSHALING_POLICY_NORMAL, "the default");
        hr = IGlobalOptions_Query(options, 0, &value);
        is_hr(hr, E_INVALIDARG, "Query: no such property");
        todo_builtin("IGlobalOptions::Set")
        {
            hr = IGlobalOptions_Set(options, COMGLB_EXCEPTION_HANDLING,
                    COMGLB_EXCEPTION_DONOT_HANDLE_ANY);
            is_hr(hr, S_OK, "Set");
            hr = IGlobalOptions_Query(options, COMGLB_EXCEPTION_HANDLING, &value);
            is_hr(hr, S_OK, "Query");
            is_uint(value, COMGLB_EXCEPTION_DONOT_HANDLE_ANY, "what was set");
            hr = IGlobalOptions_Set(options, COMGLB_EXCEPTION_HANDLING, COMGLB_EXCEPTION_HANDLE);
            is_hr(hr, S_OK, "Set: back");
        }
        hr = IGlobalOptions_Set(options, COMGLB_EXCEPTION_HANDLING, 100);
        todo_builtin("IGlobalOptions::Set")
            ok(FAILED(hr), "Set: a value that means nothing");
        IGlobalOptions_Release(options);
    }
}

static void round_of_everything(void)
{
    CLSID clsid = test_clsid(32);
    DWORD cookie;

    register_class(&clsid, CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookie);
    ask_here(&clsid, CLSCTX_INPROC_SERVER);
    ask_here(&clsid, CLSCTX_LOCAL_SERVER);
    CoRevokeClassObject(cookie);
}

int main(void)
{
    CLSID mta_clsid = test_clsid(33);

    run_in_apartment(COINIT_NONE, uninitialized, NULL);
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    arguments();
    combinations();
    several();
    single_use();
    suspended();
    surrogate();
    other_apartments();
    run_in_apartment_pumping(COINIT_MULTITHREADED, register_in_mta, &mta_clsid);
    agile();
    left_apartment();
    before_the_registry();
    builtin_classes();
    builtin_objects();
    round_of_everything();
    tap_account_begin();
    for (unsigned int i = 0; i < 10; i++)
        round_of_everything();
    tap_account_end("ten rounds of registrations");
    is_int(factory.references, 1, "no reference is left");
    CoUninitialize();
    server_copies_delete();
    return done_testing();
}
