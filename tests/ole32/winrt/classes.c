/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Classes of the Windows Runtime: a DLL of ours in every apartment, those of Wine, and a server in
 * another process; the ends of apartments. */
#include "winrt.h"

#include <wchar.h>

#include "runtime_server.h"

#define CLASSES_KEY L"Software\\Microsoft\\WindowsRuntime\\ActivatableClassId\\"
#define OURS L"Concierge.Test."

static const struct combase *winrt;
static WCHAR server_path[MAX_PATH];

static void class_register(const WCHAR *name, const WCHAR *dll, DWORD place, DWORD threading,
        const WCHAR *server)
{
    WCHAR path[300];
    HKEY key;

    swprintf(path, 300, CLASSES_KEY OURS L"%ls", name);
    RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL);
    if (dll)
        RegSetValueExW(key, L"DllPath", 0, REG_SZ, (const BYTE *)dll,
                (DWORD)(wcslen(dll) + 1) * sizeof(*dll));
    if (server)
        RegSetValueExW(key, L"Server", 0, REG_SZ, (const BYTE *)server,
                (DWORD)(wcslen(server) + 1) * sizeof(*server));
    RegSetValueExW(key, L"ActivationType", 0, REG_DWORD, (const BYTE *)&place, sizeof(place));
    RegSetValueExW(key, L"Threading", 0, REG_DWORD, (const BYTE *)&threading, sizeof(threading));
    RegCloseKey(key);
}

static void classes_register(void)
{
    static const DWORD full = FullTrust;

    class_register(L"Both", server_path, 0, 0, NULL);
    class_register(L"Sta", server_path, 0, 1, NULL);
    class_register(L"Mta", server_path, 0, 2, NULL);
    class_register(L"Sta.Plain", server_path, 0, 1, NULL);
    class_register(L"Mta.Plain", server_path, 0, 2, NULL);
    class_register(L"Both.None", server_path, 0, 0, NULL);
    class_register(L"NoDll", L"C:\\no\\such.dll", 0, 0, NULL);
    class_register(L"NoFactory", L"user32.dll", 0, 0, NULL);
    class_register(L"Nothing", NULL, 0, 0, NULL);
    class_register(L"Trusted", server_path, 0, 0, NULL);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, CLASSES_KEY OURS L"Trusted", L"TrustLevel", REG_DWORD,
            &full, sizeof(full));
    class_register(L"Far", NULL, 1, 0, L"Concierge.Test.Server");
    class_register(L"Farther", NULL, 1, 0, L"concierge.test.server");
}

static HRESULT factory_get_by_name(const WCHAR *name, void **out)
{
    HSTRING string = hstring_of(name);
    HRESULT hr = winrt->RoGetActivationFactory(string, &iid_activation_factory, out);

    winrt->WindowsDeleteString(string);
    return hr;
}

static void look(struct runtime_server_look *out)
{
    void(WINAPI * function)(struct runtime_server_look *);

    memset(out, 0, sizeof(*out));
    function =
            (void *)GetProcAddress(GetModuleHandleW(L"runtime_server.dll"), "runtime_server_look");
    if (function)
        function(out);
}

/* `own`: the class is served on the calling thread. */
static void check_class(const WCHAR *name, BOOL own, const char *what)
{
    struct runtime_server_look seen;
    IInspectable *object = NULL;
    IActivationFactory *factory = NULL;
    HSTRING string = hstring_of(name), class = NULL;

    is_hr(factory_get_by_name(name, (void **)&factory), S_OK, "%s: factory", what);
    look(&seen);
    if (own)
        is_uint(seen.factory_thread, GetCurrentThreadId(), "%s: on this thread", what);
    else
        ok(seen.factory_thread != GetCurrentThreadId(), "%s: on another thread", what);
    if (factory)
        IActivationFactory_Release(factory);
    is_hr(winrt->RoActivateInstance(string, &object), S_OK, "%s: object", what);
    if (object)
    {
        is_hr(IInspectable_GetRuntimeClassName(object, &class), S_OK, "%s: its name", what);
        is_wstr(winrt->WindowsGetStringRawBuffer(class, NULL), name, "%s: is the class's", what);
        winrt->WindowsDeleteString(class);
        is_uint(IInspectable_Release(object), 0, "%s: nobody else has it", what);
    }
    winrt->WindowsDeleteString(string);
    look(&seen);
    is_int(seen.objects, 0, "%s: nothing is left", what);
}

static void test_failures(void)
{
    HSTRING string = hstring_of(OURS L"Both");
    void *out = (void *)1;

    is_hr(winrt->RoGetActivationFactory(NULL, &iid_activation_factory, &out), E_INVALIDARG,
            "a factory without a name");
    is_ptr(out, NULL, "none");
    is_hr(winrt->RoGetActivationFactory(string, &iid_activation_factory, NULL), E_INVALIDARG,
            "a factory to nowhere");
    is_hr(winrt->RoActivateInstance(string, NULL), E_POINTER, "an object to nowhere");
    is_hr(winrt->RoGetActivationFactory(string, &IID_IStream, &out), E_NOINTERFACE,
            "an interface that it does not have");
    winrt->WindowsDeleteString(string);
    is_hr(factory_get_by_name(OURS L"Unknown", &out), REGDB_E_CLASSNOTREG, "not registered");
    is_hr(factory_get_by_name(L"..\\ActivatableClassId\\" OURS L"Both", &out), REGDB_E_CLASSNOTREG,
            "a path in the registry");
    is_hr(factory_get_by_name(OURS L"Both.None", &out), CLASS_E_CLASSNOTAVAILABLE,
            "not in its DLL");
    is_hr(factory_get_by_name(OURS L"NoDll", &out), CO_E_DLLNOTFOUND, "no such DLL");
    is_hr(factory_get_by_name(OURS L"NoFactory", &out), CO_E_ERRORINDLL, "no classes in the DLL");
    is_hr(factory_get_by_name(OURS L"Nothing", &out), REGDB_E_CLASSNOTREG, "neither DLL nor place");
}

static DWORD WINAPI sta_thread(void *argument)
{
    (void)argument;
    winrt->RoInitialize(0);
    check_class(OURS L"Both", TRUE, "Both from an STA");
    check_class(OURS L"Sta", TRUE, "STA from an STA");
    check_class(OURS L"Mta", FALSE, "MTA from an STA");
    check_class(OURS L"Sta.Plain", TRUE, "STA from an STA, not agile");
    check_class(OURS L"Mta.Plain", FALSE, "MTA from an STA, not agile");
    test_failures();
    winrt->RoUninitialize();
    return 0;
}

static DWORD WINAPI mta_thread(void *argument)
{
    (void)argument;
    winrt->RoInitialize(1);
    check_class(OURS L"Both", TRUE, "Both from the MTA");
    check_class(OURS L"Sta", FALSE, "STA from the MTA");
    check_class(OURS L"Mta", TRUE, "MTA from the MTA");
    check_class(OURS L"Sta.Plain", FALSE, "STA from the MTA, not agile");
    check_class(OURS L"Mta.Plain", TRUE, "MTA from the MTA, not agile");
    winrt->RoUninitialize();
    return 0;
}

static DWORD WINAPI both_thread(void *argument)
{
    (void)argument;
    winrt->RoInitialize(0);
    check_class(OURS L"Both", TRUE, "Both");
    winrt->RoUninitialize();
    return 0;
}

static DWORD WINAPI outside_thread(void *argument)
{
    void *out = (void *)1;

    (void)argument;
    is_hr(factory_get_by_name(OURS L"Both", &out), CO_E_NOTINITIALIZED, "outside of COM");
    is_ptr(out, NULL, "nothing");
    return 0;
}

static void on_thread(DWORD(WINAPI *function)(void *))
{
    HANDLE thread = CreateThread(NULL, 0, function, NULL, 0, NULL);

    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

/* A class which Wine brings along. */
static void test_wine(void)
{
    static const IID iid_inspectable = {0xaf86e2e0, 0xb12d, 0x4c6a,
            {0x9c, 0x5a, 0xd7, 0xaa, 0x65, 0x10, 0x1e, 0x90}};
    IInspectable *inspectable = NULL;
    IActivationFactory *factory = NULL;
    HRESULT hr;

    winrt->RoInitialize(1);
    hr = factory_get_by_name(L"Windows.Gaming.Input.Gamepad", (void **)&factory);
    is_hr(hr, S_OK, "a class of Wine's");
    if (factory)
    {
        is_hr(IActivationFactory_QueryInterface(factory, &iid_inspectable, (void **)&inspectable),
                S_OK, "it can be inspected");
        if (inspectable)
            IInspectable_Release(inspectable);
        IActivationFactory_Release(factory);
    }
    winrt->RoUninitialize();
}

/* --- a server in another process: this program again --- */

static HRESULT WINAPI far_factory(HSTRING name, IActivationFactory **out)
{
    HSTRING both = hstring_of(OURS L"Both");
    HRESULT hr = winrt->RoGetActivationFactory(both, &iid_activation_factory, (void **)out);

    (void)name;
    winrt->WindowsDeleteString(both);
    return hr;
}

static void test_registration(void)
{
    get_factory callbacks[2] = {far_factory, far_factory};
    HSTRING names[2] = {hstring_of(OURS L"Far"), hstring_of(OURS L"Farther")}, both, *found = NULL;
    HSTRING server = hstring_of(L"Concierge.Test.Server");
    void *cookie = (void *)1, *more, *out;
    DWORD count = 77;

    both = hstring_of(OURS L"Both");
    is_hr(winrt->RoRegisterActivationFactories(names, callbacks, 2, &cookie), CO_E_NOTINITIALIZED,
            "factories outside of COM");
    is_ptr(cookie, NULL, "no cookie");
    winrt->RoInitialize(1);
    is_hr(winrt->RoRegisterActivationFactories(names, callbacks, 2, NULL), E_POINTER,
            "factories without a cookie");
    is_hr(winrt->RoRegisterActivationFactories(&both, callbacks, 1, &cookie), REGDB_E_CLASSNOTREG,
            "a class in process");
    is_hr(factory_get_by_name(OURS L"Far", &out), REGDB_E_CLASSNOTREG, "no server runs");
    is_hr(winrt->RoRegisterActivationFactories(names, callbacks, 2, &cookie), S_OK, "registered");
    is_hr(winrt->RoRegisterActivationFactories(names + 1, callbacks, 1, &more),
            CO_E_ALREADYINITIALIZED, "one of them again");
    is_hr(factory_get_by_name(OURS L"Far", &out), S_OK, "then it is found");
    IUnknown_Release((IUnknown *)out);
    winrt->RoRevokeActivationFactories(cookie);
    is_hr(factory_get_by_name(OURS L"Far", &out), REGDB_E_CLASSNOTREG, "revoked");
    winrt->RoRevokeActivationFactories(cookie);

    is_hr(winrt->RoGetServerActivatableClasses(server, &found, &count), S_OK, "a server's classes");
    is_uint(count, 2, "two");
    for (DWORD i = 0; i < count && found; i++)
    {
        ok(!wcsncmp(winrt->WindowsGetStringRawBuffer(found[i], NULL), OURS L"Far", 18), "%s",
                tap_wstr(winrt->WindowsGetStringRawBuffer(found[i], NULL)));
        winrt->WindowsDeleteString(found[i]);
    }
    CoTaskMemFree(found);
    is_hr(winrt->RoGetServerActivatableClasses(both, &found, &count), REGDB_E_CLASSNOTREG,
            "a server that is not registered");
    is_hr(winrt->RoGetServerActivatableClasses(NULL, &found, &count), REGDB_E_CLASSNOTREG,
            "a server without a name");
    winrt->RoUninitialize();
    winrt->WindowsDeleteString(names[0]);
    winrt->WindowsDeleteString(names[1]);
    winrt->WindowsDeleteString(both);
    winrt->WindowsDeleteString(server);
}

/* --- what is registered --- */

struct registration
{
    const struct registration_vtbl
    {
        IInspectableVtbl base;
        HRESULT(STDMETHODCALLTYPE *get_ActivatableClassId)(struct registration *, HSTRING *);
        HRESULT(STDMETHODCALLTYPE *get_ActivationType)(struct registration *, INT32 *);
        HRESULT(STDMETHODCALLTYPE *get_RegistrationScope)(struct registration *, INT32 *);
        HRESULT(STDMETHODCALLTYPE *get_RegisteredTrustLevel)(struct registration *, TrustLevel *);
        HRESULT(STDMETHODCALLTYPE *get_Attributes)(struct registration *, IUnknown **);
    } * lpVtbl;
};

static void check_registration(const WCHAR *text, INT32 place, TrustLevel trust)
{
    static const IID iid_registration = {0xc8aa04f6, 0x66c6, 0x46a3,
            {0x8f, 0xe6, 0xf5, 0x6b, 0xe7, 0xdd, 0xc0, 0x91}};
    struct registration *registration = NULL;
    HSTRING name = hstring_of(text), read = NULL;
    TrustLevel level = FullTrust;
    IUnknown *out = NULL;
    INT32 number = 77;
    ULONG count = 77;
    IID *iids = NULL;

    is_hr(winrt->RoGetActivatableClassRegistration(name, &out), S_OK, "%ls: registration", text);
    winrt->WindowsDeleteString(name);
    if (!out)
        return;
    is_hr(IUnknown_QueryInterface(out, &iid_registration, (void **)&registration), S_OK,
            "%ls: its interface", text);
    IUnknown_Release(out);
    is_hr(registration->lpVtbl->get_ActivatableClassId(registration, &read), S_OK, "%ls: name",
            text);
    is_wstr(winrt->WindowsGetStringRawBuffer(read, NULL), text, "%ls: is its own", text);
    winrt->WindowsDeleteString(read);
    is_hr(registration->lpVtbl->get_ActivationType(registration, &number), S_OK, "%ls: type", text);
    is_int(number, place, "%ls: in which process", text);
    is_hr(registration->lpVtbl->get_RegistrationScope(registration, &number), S_OK, "%ls: scope",
            text);
    is_int(number, 0, "%ls: of the machine", text);
    is_hr(registration->lpVtbl->get_RegisteredTrustLevel(registration, &level), S_OK, "%ls: trust",
            text);
    is_int(level, trust, "%ls: as registered", text);
    is_hr(registration->lpVtbl->get_Attributes(registration, &out), E_NOTIMPL, "%ls: attributes",
            text);
    is_hr(registration->lpVtbl->base.GetIids((IInspectable *)registration, &count, &iids), S_OK,
            "%ls: its interfaces", text);
    is_uint(count, 1, "%ls: one", text);
    if (iids)
        is_guid(iids, &iid_registration, "%ls: this one", text);
    CoTaskMemFree(iids);
    is_uint(registration->lpVtbl->base.Release((IInspectable *)registration), 0, "%ls: gone", text);
}

static void test_what_is_registered(void)
{
    HSTRING name = hstring_of(OURS L"Unknown");
    IUnknown *out = (IUnknown *)1;

    check_registration(OURS L"Both", 0, BaseTrust);
    check_registration(OURS L"Far", 1, BaseTrust);
    check_registration(OURS L"Trusted", 0, FullTrust);
    is_hr(winrt->RoGetActivatableClassRegistration(name, &out), REGDB_E_CLASSNOTREG,
            "registration of a class that is not");
    is_ptr(out, NULL, "none");
    is_hr(winrt->RoGetActivatableClassRegistration(name, NULL), E_POINTER,
            "registration to nowhere");
    winrt->WindowsDeleteString(name);
}

/* --- the ends of apartments --- */

struct shutdown
{
    const struct shutdown_vtbl *lpVtbl;
    LONG references;
    LONG calls;
    UINT64 identifier; /* of the last call */
    LONG order;
};

static LONG calls_made;

static HRESULT STDMETHODCALLTYPE shutdown_query(struct shutdown *shutdown, REFIID iid, void **out)
{
    (void)iid;
    InterlockedIncrement(&shutdown->references);
    *out = shutdown;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE shutdown_addref(struct shutdown *shutdown)
{
    return InterlockedIncrement(&shutdown->references);
}

static ULONG STDMETHODCALLTYPE shutdown_release(struct shutdown *shutdown)
{
    return InterlockedDecrement(&shutdown->references);
}

static void STDMETHODCALLTYPE shutdown_happens(struct shutdown *shutdown, UINT64 identifier)
{
    UINT64 here = 0;

    winrt->RoGetApartmentIdentifier(&here);
    ok(here == identifier, "called in the apartment that ends");
    shutdown->identifier = identifier;
    shutdown->calls++;
    shutdown->order = InterlockedIncrement(&calls_made);
}

static const struct shutdown_vtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(struct shutdown *, REFIID, void **);
    ULONG(STDMETHODCALLTYPE *AddRef)(struct shutdown *);
    ULONG(STDMETHODCALLTYPE *Release)(struct shutdown *);
    void(STDMETHODCALLTYPE *OnUninitialize)(struct shutdown *, UINT64);
} shutdown_vtable = {shutdown_query, shutdown_addref, shutdown_release, shutdown_happens};

static void test_shutdown(DWORD type, const char *what)
{
    struct shutdown first = {&shutdown_vtable, 1, 0, 0, 0}, second = first, third = first;
    UINT64 here = 77, same = 0;
    void *cookies[3];

    is_hr(winrt->RoGetApartmentIdentifier(&here), CO_E_NOTINITIALIZED, "%s: no apartment", what);
    ok(!here, "%s: no identifier", what);
    is_hr(winrt->RoGetApartmentIdentifier(NULL), E_INVALIDARG, "%s: to nowhere", what);
    is_hr(winrt->RoRegisterForApartmentShutdown((IUnknown *)&first, &same, &cookies[0]),
            CO_E_NOTINITIALIZED, "%s: no end without an apartment", what);
    winrt->RoInitialize(type);
    is_hr(winrt->RoGetApartmentIdentifier(&here), S_OK, "%s: RoGetApartmentIdentifier", what);
    ok(here != 0, "%s: an identifier", what);
    is_hr(winrt->RoRegisterForApartmentShutdown(NULL, &same, &cookies[0]), E_INVALIDARG,
            "%s: nobody", what);
    is_hr(winrt->RoRegisterForApartmentShutdown((IUnknown *)&first, &same, &cookies[0]), S_OK,
            "%s: registered", what);
    ok(same == here, "%s: the same identifier", what);
    winrt->RoRegisterForApartmentShutdown((IUnknown *)&second, &same, &cookies[1]);
    winrt->RoRegisterForApartmentShutdown((IUnknown *)&third, &same, &cookies[2]);
    is_hr(winrt->RoUnregisterForApartmentShutdown(cookies[1]), S_OK, "%s: one is not", what);
    is_hr(winrt->RoUnregisterForApartmentShutdown(cookies[1]), E_INVALIDARG, "%s: twice", what);
    is_int(second.references, 1, "%s: it is released", what);
    winrt->RoInitialize(type);
    winrt->RoUninitialize();
    is_int(first.calls, 0, "%s: not left yet", what);
    winrt->RoUninitialize();
    is_int(first.calls, 1, "%s: left", what);
    is_int(second.calls, 0, "%s: not told who did not want it", what);
    is_int(third.calls, 1, "%s: both were told", what);
    ok(third.order < first.order, "%s: the last first", what);
    ok(first.identifier == here, "%s: by its identifier", what);
    is_int(first.references, 1, "%s: released", what);
    is_hr(winrt->RoUnregisterForApartmentShutdown(cookies[0]), E_INVALIDARG, "%s: over", what);
}

static void test_all(void)
{
    test_shutdown(0, "STA");
    test_shutdown(1, "MTA");
    on_thread(sta_thread);
    on_thread(mta_thread);
    ok(!GetModuleHandleW(L"runtime_server.dll"), "the DLL was unloaded");
    on_thread(outside_thread);
    test_registration();
    test_what_is_registered();
}

int main(void)
{
    winrt = combase_get();
    GetModuleFileNameW(NULL, server_path, MAX_PATH);
    wcscpy(wcsrchr(server_path, '\\') + 1, L"runtime_server.dll");
    classes_register();
    test_wine();
    if (builtin_lacks("threading models, servers and ends of apartments"))
    {
        on_thread(both_thread);
        return done_testing();
    }
    test_all();
    tap_account_begin();
    test_all();
    tap_account_end("classes");
    return done_testing();
}
