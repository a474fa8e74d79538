/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * In-process servers: every threading model from every kind of apartment, how a class is found, and
 * what is answered when it cannot be.
 */
#include "test_class.h"

#include <stdio.h>

static CLSID single_class, apartment_class, free_class, both_class, neutral_class, odd_class;
static CLSID handler_class, broken_class, missing_class, plain_class, refused_class;
static WCHAR server_path[MAX_PATH];
static DWORD main_thread;

struct expectation
{
    const char *client;
    const CLSID *clsid;
    const char *model;
    APTTYPE type; /* where the object must be; APTTYPE_CURRENT: in no matter which */
    enum
    {
        HERE,       /* direct, on this thread */
        DIRECT_NOT, /* through a proxy, on another thread */
        PROXIED,    /* through a proxy, on this thread */
        ON_MAIN,    /* through a proxy, on the main thread */
    } place;
};

/* Creates one, looks where it lives and whether it is a proxy that came back. */
static void check_place(const struct expectation *expected)
{
    union object_place place;
    IUnknown *object, *direct;
    HRESULT hr;
    char what[100];

    snprintf(what, sizeof(what), "%s client, %s server", expected->client, expected->model);
    hr = CoCreateInstance(expected->clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IPersist,
            (void **)&object);
    if (!is_hr(hr, S_OK, "%s: CoCreateInstance", what))
        return;
    hr = IUnknown_QueryInterface(object, &IID_NotMarshalled, (void **)&direct);
    is_hr(hr, expected->place == HERE ? S_OK : E_NOINTERFACE, "%s: a direct pointer or not", what);
    if (SUCCEEDED(hr))
        IUnknown_Release(direct);
    if (object_where(object, &place, what))
    {
        is_uint(place.is.class, (WORD)expected->clsid->Data1, "%s: the class", what);
        if (expected->type == APTTYPE_STA)
            ok(place.is.type == APTTYPE_STA || place.is.type == APTTYPE_MAINSTA, "%s: in an STA",
                    what);
        else if (expected->type != APTTYPE_CURRENT)
            is_int((short)place.is.type, expected->type, "%s: the apartment", what);
        switch (expected->place)
        {
        case HERE:
        case PROXIED:
            is_uint(place.is.thread, GetCurrentThreadId(), "%s: the thread", what);
            break;
        case DIRECT_NOT:
            ok(place.is.thread != GetCurrentThreadId(), "%s: on another thread", what);
            break;
        case ON_MAIN:
            is_uint(place.is.thread, main_thread, "%s: the main thread", what);
            break;
        }
    }
    IUnknown_Release(object);
}

static void check_places(const struct expectation *expected, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        check_place(&expected[i]);
}

static void client_main_sta(void)
{
    const struct expectation expected[] = {
            {"main STA", &single_class, "unspecified", APTTYPE_MAINSTA, HERE},
            {"main STA", &apartment_class, "Apartment", APTTYPE_MAINSTA, HERE},
            {"main STA", &both_class, "Both", APTTYPE_MAINSTA, HERE},
            {"main STA", &free_class, "Free", APTTYPE_MTA, DIRECT_NOT},
            {"main STA", &odd_class, "unknown", APTTYPE_MAINSTA, HERE},
    };
    const struct expectation neutral = {"main STA", &neutral_class, "Neutral", APTTYPE_NA, PROXIED};

    check_places(expected, ARRAYSIZE(expected));
    todo_builtin("no neutral apartment: inprocserver32")
        check_place(&neutral);
}

static void client_other_sta(void *argument)
{
    const struct expectation expected[] = {
            {"STA", &single_class, "unspecified", APTTYPE_MAINSTA, ON_MAIN},
            {"STA", &apartment_class, "Apartment", APTTYPE_STA, HERE},
            {"STA", &both_class, "Both", APTTYPE_STA, HERE},
            {"STA", &free_class, "Free", APTTYPE_MTA, DIRECT_NOT},
    };

    (void)argument;
    check_places(expected, ARRAYSIZE(expected));
}

static void client_mta(void *argument)
{
    const struct expectation expected[] = {
            {"MTA", &single_class, "unspecified", APTTYPE_MAINSTA, ON_MAIN},
            {"MTA", &apartment_class, "Apartment", APTTYPE_STA, DIRECT_NOT},
            {"MTA", &both_class, "Both", APTTYPE_MTA, HERE},
            {"MTA", &free_class, "Free", APTTYPE_MTA, HERE},
    };
    const struct expectation neutral = {"MTA", &neutral_class, "Neutral", APTTYPE_NA, PROXIED};

    (void)argument;
    check_places(expected, ARRAYSIZE(expected));
    todo_builtin("no neutral apartment: inprocserver32")
        check_place(&neutral);
}

/* The process's first apartment is the MTA: an STA for others has to be made. */
static void client_first_mta(void *argument)
{
    const struct expectation expected[] = {
            {"first MTA", &single_class, "unspecified", APTTYPE_STA, DIRECT_NOT},
            {"first MTA", &apartment_class, "Apartment", APTTYPE_STA, DIRECT_NOT},
            {"first MTA", &both_class, "Both", APTTYPE_MTA, HERE},
    };

    (void)argument;
    check_places(expected, ARRAYSIZE(expected));
}

/* Two objects of an apartment-threaded class for the MTA live in the same host STA. */
static void client_host(void *argument)
{
    union object_place first, second;
    IUnknown *objects[2];

    (void)argument;
    for (unsigned int i = 0; i < 2; i++)
        if (!is_hr(CoCreateInstance(&apartment_class, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                           (void **)&objects[i]),
                    S_OK, "object %u for the MTA", i))
            return;
    object_where(objects[0], &first, "first");
    object_where(objects[1], &second, "second");
    is_uint(first.is.thread, second.is.thread, "one host thread");
    ok(first.is.object != second.is.object, "two objects");
    IUnknown_Release(objects[0]);
    IUnknown_Release(objects[1]);
}

static void client_uninitialized(void *argument)
{
    IUnknown *object = (IUnknown *)1;
    HRESULT hr;

    (void)argument;
    hr = CoCreateInstance(&both_class, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object);
    is_hr(hr, CO_E_NOTINITIALIZED, "CoCreateInstance without CoInitialize");
    is_ptr(object, NULL, "and no object");
    hr = CoGetClassObject(&both_class, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory,
            (void **)&object);
    is_hr(hr, CO_E_NOTINITIALIZED, "CoGetClassObject without CoInitialize");
}

static void client_implicit(void *argument)
{
    const struct expectation expected[] = {
            {"implicit MTA", &free_class, "Free", APTTYPE_MTA, HERE},
            {"implicit MTA", &both_class, "Both", APTTYPE_MTA, HERE},
    };

    (void)argument;
    check_places(expected, ARRAYSIZE(expected));
}

static void threaded_models(void)
{
    CO_MTA_USAGE_COOKIE usage;

    run_in_apartment(COINIT_NONE, client_uninitialized, NULL);
    run_in_apartment(COINIT_MULTITHREADED, client_first_mta, NULL);
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    client_main_sta();
    run_in_apartment_pumping(COINIT_APARTMENTTHREADED, client_other_sta, NULL);
    run_in_apartment_pumping(COINIT_MULTITHREADED, client_mta, NULL);
    run_in_apartment_pumping(COINIT_MULTITHREADED, client_host, NULL);
    if (is_hr(CoIncrementMTAUsage(&usage), S_OK, "CoIncrementMTAUsage"))
    {
        run_in_apartment_pumping(COINIT_NONE, client_implicit, NULL);
        CoDecrementMTAUsage(usage);
    }
    CoUninitialize();
}

/* An object that the runtime made an MTA for outlives the call that created it. */
static void free_object_stays(void)
{
    union object_place place;
    IUnknown *object;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (is_hr(CoCreateInstance(&free_class, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                      (void **)&object),
                S_OK, "a free-threaded object for an STA"))
    {
        for (unsigned int i = 0; i < 3; i++)
            object_where(object, &place, "still there");
        is_uint(IUnknown_Release(object), 0, "its proxy goes with the last reference");
    }
    CoUninitialize();
}

/* --- how a class is found --- */

static HRESULT create(REFCLSID clsid, DWORD context)
{
    IUnknown *object = (IUnknown *)1;
    HRESULT hr = CoCreateInstance(clsid, NULL, context, &IID_IUnknown, (void **)&object);

    if (SUCCEEDED(hr))
        IUnknown_Release(object);
    else
        ok(!object, "a failure gives no object");
    return hr;
}

static void failures(void)
{
    WCHAR path[MAX_PATH];
    CLSID unknown = test_clsid(999);
    IUnknown *object = (IUnknown *)1;
    DWORD written;
    HANDLE file;
    HRESULT hr;

    hr = create(&unknown, CLSCTX_INPROC_SERVER);
    is_hr(hr, REGDB_E_CLASSNOTREG, "a class that is not registered");
    hr = create(&unknown, CLSCTX_ALL);
    is_hr(hr, REGDB_E_CLASSNOTREG, "nor anywhere");
    hr = create(&handler_class, CLSCTX_INPROC_SERVER);
    is_hr(hr, REGDB_E_CLASSNOTREG, "a class with a handler only, as a server");
    class_set_server(&missing_class, L"C:\\no-such-folder\\no-such.dll", L"Both");
    hr = create(&missing_class, CLSCTX_INPROC_SERVER);
    todo_builtin("CoGetClassObject: CO_E_DLLNOTFOUND")
        is_hr(hr, CO_E_DLLNOTFOUND, "a DLL that is missing");
    class_set_server(&missing_class, L"", L"Both");
    hr = create(&missing_class, CLSCTX_INPROC_SERVER);
    todo_builtin("an empty path is no registration: CoGetClassObject")
        is_hr(hr, REGDB_E_CLASSNOTREG, "an empty path");
    class_set_server(&plain_class, L"version.dll", L"Both");
    hr = create(&plain_class, CLSCTX_INPROC_SERVER);
    todo_builtin("CoGetClassObject: CO_E_ERRORINDLL")
        is_hr(hr, CO_E_ERRORINDLL, "a DLL without DllGetClassObject");
    server_copy(L"broken.dll", path);
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, "no program", 10, &written, NULL);
    CloseHandle(file);
    class_set_server(&broken_class, path, L"Both");
    hr = create(&broken_class, CLSCTX_INPROC_SERVER);
    todo_builtin("CoGetClassObject: what loading the DLL ended in")
        is_hr(hr, HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT), "a file that is no DLL");
    hr = create(&refused_class, CLSCTX_INPROC_SERVER);
    is_hr(hr, CLASS_E_CLASSNOTAVAILABLE, "a class that its DLL does not have");
    hr = CoCreateInstance(&both_class, NULL, CLSCTX_INPROC_SERVER, &IID_IStream, (void **)&object);
    is_hr(hr, E_NOINTERFACE, "an interface that the object lacks");
    is_ptr(object, NULL, "and no object");
    hr = CoCreateInstance(&both_class, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, NULL);
    is_hr(hr, E_POINTER, "CoCreateInstance without a place for the result");
    hr = CoGetClassObject(&both_class, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, NULL);
    is_hr(hr, E_INVALIDARG, "CoGetClassObject without a place for the result");
    hr = CoGetClassObject(&both_class, CLSCTX_INPROC_SERVER, NULL, &IID_IStream, (void **)&object);
    is_hr(hr, E_NOINTERFACE, "an interface that the class object lacks");
}

static void paths(void)
{
    CLSID clsid = test_clsid(100);
    WCHAR text[MAX_PATH + 20], other[MAX_PATH];

    swprintf(text, ARRAYSIZE(text), L"\"%ls\"", server_path);
    class_set_server(&clsid, text, L"Both");
    is_hr(create(&clsid, CLSCTX_INPROC_SERVER), S_OK, "a path in quotes");
    server_copy(L"expanded.dll", other);
    SetEnvironmentVariableW(L"TEST_SERVER_FILE", other);
    class_set_value(FALSE, &clsid, L"InprocServer32", NULL, REG_EXPAND_SZ, L"%TEST_SERVER_FILE%");
    is_hr(create(&clsid, CLSCTX_INPROC_SERVER), S_OK, "a path in an environment variable");
    ok(GetModuleHandleW(other) != NULL, "it is that file");
    SetEnvironmentVariableW(L"TEST_SERVER_FILE", L"C:\\no-such-folder\\no-such.dll");
    todo_builtin("CoGetClassObject: CO_E_DLLNOTFOUND")
        is_hr(create(&clsid, CLSCTX_INPROC_SERVER), CO_E_DLLNOTFOUND,
                "the variable is looked up at each use");
    class_delete(&clsid);
    is_hr(create(&clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG, "a class that was deleted");
    class_set_server(&clsid, server_path, L"Both");
    is_hr(create(&clsid, CLSCTX_INPROC_SERVER), S_OK, "and registered again");
    class_delete(&clsid);
}

/* A registration by another program counts as soon as that has ended. */
static void other_process(void)
{
    CLSID clsid = test_clsid(102);
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    WCHAR text[40], command[MAX_PATH];

    is_hr(create(&clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG, "not registered");
    class_set_server(&clsid, server_path, L"Both");
    is_hr(create(&clsid, CLSCTX_INPROC_SERVER), S_OK, "registered");
    StringFromGUID2(&clsid, text, ARRAYSIZE(text));
    swprintf(command, ARRAYSIZE(command), L"reg.exe delete HKLM\\Software\\Classes\\CLSID\\%ls /f",
            text);
    if (ok(CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process),
                "reg.exe"))
    {
        WaitForSingleObject(process.hProcess, 30000);
        CloseHandle(process.hProcess);
        CloseHandle(process.hThread);
    }
    is_hr(create(&clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG, "deleted by another program");
    class_delete(&clsid);
}

/* What a server answers is final; where there is no server, the next context is asked. */
static void next_contexts(void)
{
    CLSID clsid = test_clsid(103);
    IUnknown *object = (IUnknown *)1;
    HRESULT hr;

    class_set_server(&clsid, L"C:\\no-such-folder\\no-such.dll", L"Both");
    class_set_value(FALSE, &clsid, L"InprocHandler32", NULL, REG_SZ, server_path);
    class_set_value(FALSE, &clsid, L"InprocHandler32", L"ThreadingModel", REG_SZ, L"Both");
    hr = create(&clsid, CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER);
    is_hr(hr, S_OK, "a handler where the server's file is missing");
    hr = CoCreateInstance(&both_class, NULL, CLSCTX_ALL, &IID_IStream, (void **)&object);
    is_hr(hr, E_NOINTERFACE, "what the server answers is the answer of all contexts");
    is_ptr(object, NULL, "and no object");
    class_delete(&clsid);
}

static void user_classes(void)
{
    union object_place place;
    CLSID clsid = test_clsid(101);
    WCHAR user_path[MAX_PATH];
    IUnknown *object;

    server_copy(L"user.dll", user_path);
    class_set_server(&clsid, L"C:\\no-such-folder\\no-such.dll", L"Both");
    class_set_value(TRUE, &clsid, L"InprocServer32", NULL, REG_SZ, user_path);
    class_set_value(TRUE, &clsid, L"InprocServer32", L"ThreadingModel", REG_SZ, L"Both");
    todo_builtin("HKCU\\Software\\Classes: hkey-classes-root-key")
    {
        if (is_hr(CoCreateInstance(&clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                          (void **)&object),
                    S_OK, "the user's class before the machine's"))
        {
            object_where(object, &place, "the user's class");
            IUnknown_Release(object);
        }
        ok(GetModuleHandleW(user_path) != NULL, "the user's DLL");
    }
    class_delete(&clsid);
}

static void handlers(void)
{
    IUnknown *object;
    HRESULT hr;

    hr = create(&handler_class, CLSCTX_INPROC_HANDLER);
    is_hr(hr, S_OK, "InprocHandler32 for CLSCTX_INPROC_HANDLER");
    hr = create(&handler_class, CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER);
    is_hr(hr, S_OK, "and after a missing server");
    hr = create(&both_class, CLSCTX_INPROC_HANDLER);
    is_hr(hr, REGDB_E_CLASSNOTREG, "a class without a handler");
    hr = CoGetClassObject(&handler_class, CLSCTX_INPROC_HANDLER, NULL, &IID_IClassFactory,
            (void **)&object);
    is_hr(hr, S_OK, "the handler's class object");
    if (SUCCEEDED(hr))
        IUnknown_Release(object);
}

static void treat_as(void)
{
    CLSID old = test_clsid(110), new, unregistered = test_clsid(111);
    union object_place place;
    WCHAR text[40];
    IUnknown *object;

    is_hr(CoTreatAsClass(&unregistered, &both_class), REGDB_E_CLASSNOTREG,
            "CoTreatAsClass of an unregistered class");
    class_set_value(FALSE, &old, L"", NULL, REG_SZ, L"emulated");
    is_hr(CoGetTreatAsClass(&old, &new), S_FALSE, "CoGetTreatAsClass: none");
    is_guid(&new, &old, "itself");
    is_hr(CoGetTreatAsClass(&unregistered, &new), S_FALSE, "CoGetTreatAsClass: not registered");
    is_guid(&new, &unregistered, "itself");
    is_hr(CoGetTreatAsClass(&old, NULL), E_INVALIDARG, "CoGetTreatAsClass: no pointer");
    is_hr(CoTreatAsClass(&old, &both_class), S_OK, "CoTreatAsClass");
    is_hr(CoGetTreatAsClass(&old, &new), S_OK, "CoGetTreatAsClass");
    is_guid(&new, &both_class, "the other");
    if (is_hr(CoCreateInstance(&old, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object),
                S_OK, "an object of the emulating class"))
    {
        object_where(object, &place, "emulation");
        is_uint(place.is.class, (WORD)both_class.Data1, "it is the other class's");
        IUnknown_Release(object);
    }
    is_hr(CoTreatAsClass(&old, &CLSID_NULL), S_OK, "CoTreatAsClass: CLSID_NULL");
    is_hr(CoGetTreatAsClass(&old, &new), S_FALSE, "none any more");
    is_hr(create(&old, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG, "no server of its own");
    StringFromGUID2(&free_class, text, ARRAYSIZE(text));
    class_set_value(FALSE, &old, L"AutoTreatAs", NULL, REG_SZ, text);
    is_hr(CoTreatAsClass(&old, &old), S_OK, "CoTreatAsClass: itself, with AutoTreatAs");
    is_hr(CoGetTreatAsClass(&old, &new), S_OK, "CoGetTreatAsClass");
    is_guid(&new, &free_class, "what AutoTreatAs says");
    class_delete(&old);
    class_set_value(FALSE, &old, L"", NULL, REG_SZ, L"emulated");
    is_hr(CoTreatAsClass(&old, &both_class), S_OK, "CoTreatAsClass");
    is_hr(CoTreatAsClass(&old, &old), S_OK, "CoTreatAsClass: itself, without AutoTreatAs");
    is_hr(CoGetTreatAsClass(&old, &new), S_FALSE, "none any more");
    class_delete(&old);
}

/* "It is transparently forwarded to the new CLSID": once, as CoGetTreatAsClass says. */
static void treat_as_again(void)
{
    CLSID first = test_clsid(112), second = test_clsid(113), new;
    union object_place place;
    IUnknown *object;
    WCHAR path[MAX_PATH];

    class_set_server(&first, server_copy(L"first.dll", path), L"Both");
    class_set_server(&second, server_copy(L"second.dll", path), L"Both");
    is_hr(CoTreatAsClass(&first, &second), S_OK, "CoTreatAsClass");
    is_hr(CoTreatAsClass(&second, &both_class), S_OK, "CoTreatAsClass of that one");
    is_hr(CoGetTreatAsClass(&first, &new), S_OK, "CoGetTreatAsClass");
    is_guid(&new, &second, "the next of the chain");
    if (is_hr(CoCreateInstance(&first, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object),
                S_OK, "an object of a class in a chain"))
    {
        object_where(object, &place, "chain");
        is_uint(place.is.class, (WORD)second.Data1, "it is the next one's");
        IUnknown_Release(object);
    }
    is_hr(CoTreatAsClass(&second, &first), S_OK, "CoTreatAsClass: a loop");
    if (is_hr(CoCreateInstance(&first, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object),
                S_OK, "an object of a class in a loop"))
    {
        object_where(object, &place, "loop");
        is_uint(place.is.class, (WORD)second.Data1, "it is the other's");
        IUnknown_Release(object);
    }
    is_hr(CoTreatAsClass(&first, &both_class), S_OK, "CoTreatAsClass replaces an emulation");
    is_hr(CoGetTreatAsClass(&first, &new), S_OK, "CoGetTreatAsClass");
    is_guid(&new, &both_class, "by the new one");
    class_delete(&first);
    class_delete(&second);
}

/* --- several interfaces, contexts and computers --- */

static void several_interfaces(void)
{
    MULTI_QI results[3];
    HRESULT hr;

#define ASK(first, second, third)                                                                  \
    (memset(results, 0, sizeof(results)), results[0].pIID = (first), results[1].pIID = (second),   \
            results[2].pIID = (third),                                                             \
            CoCreateInstanceEx(&both_class, NULL, CLSCTX_INPROC_SERVER, NULL, 3, results))
    hr = ASK(&IID_IUnknown, &IID_IPersist, &IID_NotMarshalled);
    is_hr(hr, S_OK, "CoCreateInstanceEx: all interfaces");
    for (unsigned int i = 0; i < 3; i++)
    {
        is_hr(results[i].hr, S_OK, "result %u", i);
        if (results[i].pItf)
            IUnknown_Release(results[i].pItf);
    }
    hr = ASK(&IID_IUnknown, &IID_IStream, &IID_IPersist);
    is_hr(hr, CO_S_NOTALLINTERFACES, "CoCreateInstanceEx: some");
    is_hr(results[0].hr, S_OK, "the first");
    is_hr(results[1].hr, E_NOINTERFACE, "not the second");
    is_ptr(results[1].pItf, NULL, "no pointer");
    is_hr(results[2].hr, S_OK, "the third");
    IUnknown_Release(results[0].pItf);
    IUnknown_Release(results[2].pItf);
    hr = ASK(&IID_IStream, &IID_IStorage, &IID_IMoniker);
    is_hr(hr, E_NOINTERFACE, "CoCreateInstanceEx: none");
    for (unsigned int i = 0; i < 3; i++)
        is_hr(results[i].hr, E_NOINTERFACE, "result %u", i);
#undef ASK
    results[0].pItf = NULL;
    results[0].pIID = &IID_IStream;
    hr = CoCreateInstanceEx(&both_class, NULL, CLSCTX_INPROC_SERVER, NULL, 1, results);
    is_hr(hr, E_NOINTERFACE, "one that is not there");
    is_hr(results[0].hr, E_NOINTERFACE, "its result");
    hr = CoCreateInstanceEx(&both_class, NULL, CLSCTX_INPROC_SERVER, NULL, 0, results);
    is_hr(hr, E_INVALIDARG, "CoCreateInstanceEx: no interfaces");
    hr = CoCreateInstanceEx(&both_class, NULL, CLSCTX_INPROC_SERVER, NULL, 1, NULL);
    is_hr(hr, E_INVALIDARG, "CoCreateInstanceEx: no results");
    results[0].pItf = NULL;
    results[0].pIID = &IID_IPersist;
    hr = CoCreateInstanceFromApp(&both_class, NULL, CLSCTX_INPROC_SERVER, NULL, 1, results);
    todo_builtin("classes of the registry: combaseapi/nf-combaseapi-cocreateinstancefromapp")
    {
        is_hr(hr, REGDB_E_CLASSNOTREG, "CoCreateInstanceFromApp: not a class of the registry");
        ok(!results[0].pItf, "nothing");
    }
    if (results[0].pItf)
        IUnknown_Release(results[0].pItf);
    results[0].pIID = &IID_IGlobalInterfaceTable;
    hr = CoCreateInstanceFromApp(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER, NULL,
            1, results);
    is_hr(hr, S_OK, "CoCreateInstanceFromApp: one of the system's");
    if (SUCCEEDED(hr))
        IUnknown_Release(results[0].pItf);
}

/* The same for an object in another apartment: the questions go to its proxy. */
static void several_interfaces_apart(void)
{
    MULTI_QI results[3] = {{&IID_IUnknown, NULL, 0}, {&IID_IPersist, NULL, 0},
            {&IID_IStream, NULL, 0}};
    HRESULT hr;

    hr = CoCreateInstanceEx(&free_class, NULL, CLSCTX_INPROC_SERVER, NULL, 3, results);
    is_hr(hr, CO_S_NOTALLINTERFACES, "CoCreateInstanceEx in another apartment");
    is_hr(results[0].hr, S_OK, "the first");
    is_hr(results[1].hr, S_OK, "the second");
    is_hr(results[2].hr, E_NOINTERFACE, "not the third");
    for (unsigned int i = 0; i < 3; i++)
        if (results[i].pItf)
            IUnknown_Release(results[i].pItf);
}

static void computers(void)
{
    WCHAR name[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD size = ARRAYSIZE(name);
    COSERVERINFO server = {0};
    IUnknown *object;
    MULTI_QI result = {&IID_IUnknown, NULL, 0};
    HRESULT hr;

    GetComputerNameW(name, &size);
    server.pwszName = name;
    hr = CoGetClassObject(&both_class, CLSCTX_INPROC_SERVER | CLSCTX_REMOTE_SERVER, &server,
            &IID_IClassFactory, (void **)&object);
    if (is_hr(hr, S_OK, "this computer by its name"))
        IUnknown_Release(object);
    server.pwszName = (WCHAR *)L"localhost";
    hr = CoGetClassObject(&both_class, CLSCTX_INPROC_SERVER, &server, &IID_IClassFactory,
            (void **)&object);
    if (is_hr(hr, S_OK, "this computer as localhost"))
        IUnknown_Release(object);
    server.pwszName = (WCHAR *)L"no-such-computer.invalid";
    todo_builtin("other computers: CoCreateInstanceEx")
    {
        hr = CoCreateInstanceEx(&both_class, NULL, CLSCTX_REMOTE_SERVER, &server, 1, &result);
        is_hr(hr, HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE), "another computer");
        is_hr(result.hr, hr, "its result");
    }
}

static void contexts(void)
{
    static const DWORD ignored[] = {CLSCTX_NO_CODE_DOWNLOAD, CLSCTX_ENABLE_CODE_DOWNLOAD,
            CLSCTX_NO_FAILURE_LOG, CLSCTX_DISABLE_AAA, CLSCTX_ENABLE_AAA,
            CLSCTX_FROM_DEFAULT_CONTEXT, CLSCTX_ENABLE_CLOAKING, CLSCTX_NO_CUSTOM_MARSHAL};
    static const DWORD contradictions[] = {CLSCTX_NO_CODE_DOWNLOAD | CLSCTX_ENABLE_CODE_DOWNLOAD,
            CLSCTX_DISABLE_AAA | CLSCTX_ENABLE_AAA,
            CLSCTX_ACTIVATE_32_BIT_SERVER | CLSCTX_ACTIVATE_64_BIT_SERVER};

    for (unsigned int i = 0; i < ARRAYSIZE(ignored); i++)
        is_hr(create(&both_class, CLSCTX_INPROC_SERVER | ignored[i]), S_OK,
                "CLSCTX_INPROC_SERVER with %#lx", ignored[i]);
    for (unsigned int i = 0; i < ARRAYSIZE(contradictions); i++)
        todo_builtin("contradictory flags: CLSCTX")
            is_hr(create(&both_class, CLSCTX_INPROC_SERVER | contradictions[i]), E_INVALIDARG,
                    "CLSCTX_INPROC_SERVER with %#lx", contradictions[i]);
    is_hr(create(&both_class, CLSCTX_LOCAL_SERVER), REGDB_E_CLASSNOTREG,
            "an in-process server as a local one");
    is_hr(create(&both_class, CLSCTX_ALL), S_OK, "CLSCTX_ALL");
    is_hr(create(&both_class, CLSCTX_SERVER), S_OK, "CLSCTX_SERVER");
}

/* --- aggregation --- */

static LONG outer_references;

static HRESULT STDMETHODCALLTYPE outer_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) ? iface : NULL;
    if (*out)
        IUnknown_AddRef(iface);
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE outer_AddRef(IUnknown *iface)
{
    (void)iface;
    return InterlockedIncrement(&outer_references);
}

static ULONG STDMETHODCALLTYPE outer_Release(IUnknown *iface)
{
    (void)iface;
    return InterlockedDecrement(&outer_references);
}

static IUnknownVtbl outer_vtbl = {outer_QueryInterface, outer_AddRef, outer_Release};
static IUnknown outer = {&outer_vtbl};

static void aggregation(void)
{
    IUnknown *inner, *part;
    HRESULT hr;

    hr = CoCreateInstance(&both_class, &outer, CLSCTX_INPROC_SERVER, &IID_IUnknown,
            (void **)&inner);
    if (is_hr(hr, S_OK, "aggregated in the same apartment"))
    {
        hr = IUnknown_QueryInterface(inner, &IID_IPersist, (void **)&part);
        is_hr(hr, S_OK, "an interface of the inner object");
        is_int(outer_references, 1, "its reference is the outer object's");
        IUnknown_Release(part);
        IUnknown_Release(inner);
    }
    hr = CoCreateInstance(&free_class, &outer, CLSCTX_INPROC_SERVER, &IID_IUnknown,
            (void **)&inner);
    is_hr(hr, CLASS_E_NOAGGREGATION, "aggregated in another apartment");
    if (SUCCEEDED(hr))
        IUnknown_Release(inner);
    is_int(outer_references, 0, "no references left");
}

/* --- many at once --- */

struct race
{
    HANDLE start;
    const CLSID *clsid;
    LONG created;
};

static DWORD WINAPI race_thread(void *argument)
{
    struct race *race = argument;
    IUnknown *object;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    WaitForSingleObject(race->start, INFINITE);
    for (unsigned int i = 0; i < 50; i++)
    {
        if (FAILED(CoCreateInstance(race->clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IPersist,
                    (void **)&object)))
            break;
        IUnknown_Release(object);
        InterlockedIncrement(&race->created);
        if (i % 10 == 5)
            CoFreeUnusedLibrariesEx(0, 0);
    }
    CoUninitialize();
    return 0;
}

static void races(void)
{
    struct race race = {0};
    CLSID clsid = test_clsid(120);
    WCHAR path[MAX_PATH];
    HANDLE threads[8];

    server_copy(L"race.dll", path);
    class_set_server(&clsid, path, L"Both");
    race.clsid = &clsid;
    race.start = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (unsigned int i = 0; i < ARRAYSIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, race_thread, &race, 0, NULL);
    SetEvent(race.start);
    is_uint(WaitForMultipleObjects(ARRAYSIZE(threads), threads, TRUE, 60000), WAIT_OBJECT_0,
            "all threads have ended");
    is_int(race.created, 50 * ARRAYSIZE(threads),
            "objects of a DLL that is loaded and unloaded meanwhile");
    for (unsigned int i = 0; i < ARRAYSIZE(threads); i++)
        CloseHandle(threads[i]);
    CloseHandle(race.start);
    class_delete(&clsid);
}

static void round_of_everything(void)
{
    IUnknown *object;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    create(&both_class, CLSCTX_INPROC_SERVER);
    create(&apartment_class, CLSCTX_INPROC_SERVER);
    if (SUCCEEDED(CoCreateInstance(&free_class, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                (void **)&object)))
        IUnknown_Release(object);
    CoUninitialize();
}

int main(void)
{
    WCHAR path[MAX_PATH];

    main_thread = GetCurrentThreadId();
    single_class = test_clsid(1);
    apartment_class = test_clsid(2);
    free_class = test_clsid(3);
    both_class = test_clsid(4);
    neutral_class = test_clsid(5);
    odd_class = test_clsid(6);
    handler_class = test_clsid(7);
    broken_class = test_clsid(8);
    missing_class = test_clsid(9);
    plain_class = test_clsid(10);
    refused_class = test_clsid(11);
    refused_class.Data1 = REFUSED_CLASS_DATA1;
    server_copy(L"single.dll", path);
    class_set_server(&single_class, path, NULL);
    class_set_server(&odd_class, path, L"Whatever");
    server_copy(L"apartment.dll", path);
    class_set_server(&apartment_class, path, L"Apartment");
    server_copy(L"free.dll", path);
    class_set_server(&free_class, path, L"free");
    server_copy(L"neutral.dll", path);
    class_set_server(&neutral_class, path, L"Neutral");
    server_copy(L"both.dll", server_path);
    class_set_server(&both_class, server_path, L"Both");
    class_set_server(&refused_class, server_path, L"Both");
    class_set_value(FALSE, &handler_class, L"InprocHandler32", NULL, REG_SZ, server_path);
    class_set_value(FALSE, &handler_class, L"InprocHandler32", L"ThreadingModel", REG_SZ, L"Both");

    threaded_models();
    free_object_stays();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    failures();
    paths();
    other_process();
    next_contexts();
    user_classes();
    handlers();
    treat_as();
    treat_as_again();
    several_interfaces();
    several_interfaces_apart();
    computers();
    contexts();
    aggregation();
    CoUninitialize();
    races();
    round_of_everything();
    tap_account_begin();
    for (unsigned int i = 0; i < 5; i++)
        round_of_everything();
    tap_account_end("five rounds of activations");

    class_delete(&single_class);
    class_delete(&apartment_class);
    class_delete(&free_class);
    class_delete(&both_class);
    class_delete(&neutral_class);
    class_delete(&odd_class);
    class_delete(&handler_class);
    class_delete(&broken_class);
    class_delete(&missing_class);
    class_delete(&plain_class);
    class_delete(&refused_class);
    server_copies_delete();
    return done_testing();
}
