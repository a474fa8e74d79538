/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Classes of the Windows Runtime that are served by another process, which is this program again:
 * it is started when a class is wanted, in an STA or in the MTA; its factories and objects are not
 * agile and come by proxies. What becomes of servers that cannot be started or say nothing.
 */
#include "winrt.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define RUNTIME_KEY L"Software\\Microsoft\\WindowsRuntime\\"
#define OURS L"Concierge.Factory."

static const struct combase *winrt;

static const IID iid_inspectable = {0xaf86e2e0, 0xb12d, 0x4c6a,
        {0x9c, 0x5a, 0xd7, 0xaa, 0x65, 0x10, 0x1e, 0x90}};
static const IID iid_nobody = {0xc0ffee, 0, 0, {0, 1, 2, 3, 4, 5, 6, 7}};

/* --- the server --- */

static HANDLE unused;

/* A factory or an object; the process is used while there are objects. */
struct served
{
    IActivationFactory IActivationFactory_iface;
    LONG references;
    BOOL factory;
};

static struct served *served_create(BOOL factory);

static HRESULT STDMETHODCALLTYPE served_QueryInterface(IActivationFactory *iface, REFIID iid,
        void **out)
{
    struct served *served = (struct served *)iface;

    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &iid_inspectable)
            && !(served->factory && IsEqualIID(iid, &iid_activation_factory)))
        return E_NOINTERFACE;
    InterlockedIncrement(&served->references);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE served_AddRef(IActivationFactory *iface)
{
    return InterlockedIncrement(&((struct served *)iface)->references);
}

static ULONG STDMETHODCALLTYPE served_Release(IActivationFactory *iface)
{
    struct served *served = (struct served *)iface;
    ULONG left = InterlockedDecrement(&served->references);

    if (left)
        return left;
    if (!served->factory && !CoReleaseServerProcess())
        SetEvent(unused);
    HeapFree(GetProcessHeap(), 0, served);
    return 0;
}

static HRESULT STDMETHODCALLTYPE served_GetIids(IActivationFactory *iface, ULONG *count, IID **iids)
{
    if (((struct served *)iface)->factory)
    {
        *count = 0;
        *iids = NULL;
        return S_OK;
    }
    *count = 2;
    *iids = CoTaskMemAlloc(2 * sizeof(**iids));
    (*iids)[0] = iid_inspectable;
    (*iids)[1] = iid_nobody;
    return S_OK;
}

/* An object says in which process it is. */
static HRESULT STDMETHODCALLTYPE served_GetRuntimeClassName(IActivationFactory *iface,
        HSTRING *name)
{
    WCHAR text[60];

    *name = NULL;
    if (((struct served *)iface)->factory)
        return E_ILLEGAL_METHOD_CALL;
    swprintf(text, 60, OURS L"%lu", GetCurrentProcessId());
    *name = hstring_of(text);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE served_GetTrustLevel(IActivationFactory *iface, TrustLevel *level)
{
    *level = ((struct served *)iface)->factory ? FullTrust : PartialTrust;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE served_ActivateInstance(IActivationFactory *iface,
        IInspectable **out)
{
    (void)iface;
    *out = (IInspectable *)served_create(FALSE);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static IActivationFactoryVtbl served_vtable = {
        served_QueryInterface,
        served_AddRef,
        served_Release,
        served_GetIids,
        served_GetRuntimeClassName,
        served_GetTrustLevel,
        served_ActivateInstance,
};

static struct served *served_create(BOOL factory)
{
    struct served *served = HeapAlloc(GetProcessHeap(), 0, sizeof(*served));

    if (!served)
        return NULL;
    served->IActivationFactory_iface.lpVtbl = &served_vtable;
    served->references = 1;
    served->factory = factory;
    if (!factory)
        CoAddRefServerProcess();
    return served;
}

static HRESULT WINAPI factory_callback(HSTRING name, IActivationFactory **out)
{
    (void)name;
    *out = (IActivationFactory *)served_create(TRUE);
    return *out ? S_OK : E_OUTOFMEMORY;
}

/* Serves until nobody has an object. */
static int serve(DWORD type)
{
    HSTRING name = hstring_of(type ? OURS L"Mta" : OURS L"Sta");
    get_factory callback = factory_callback;
    void *cookie = NULL;
    DWORD index;

    winrt->RoInitialize(type);
    unused = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (FAILED(winrt->RoRegisterActivationFactories(&name, &callback, 1, &cookie)))
        return 1;
    CoWaitForMultipleHandles(COWAIT_DISPATCH_CALLS | COWAIT_DISPATCH_WINDOW_MESSAGES, INFINITE, 1,
            &unused, &index);
    winrt->RoRevokeActivationFactories(cookie);
    winrt->RoUninitialize();
    return 0;
}

/* --- the client --- */

static void value_set(const WCHAR *folder, const WCHAR *name, const WCHAR *value, const WCHAR *text)
{
    WCHAR key[200];

    swprintf(key, 200, RUNTIME_KEY L"%ls\\" OURS L"%ls", folder, name);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, value, REG_SZ, text,
            (DWORD)(wcslen(text) + 1) * sizeof(*text));
}

static void class_register(const WCHAR *name, const WCHAR *program, const WCHAR *arguments)
{
    static const DWORD out_of_process = 1;
    WCHAR key[200], server[60];

    swprintf(key, 200, RUNTIME_KEY L"ActivatableClassId\\" OURS L"%ls", name);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, L"ActivationType", REG_DWORD, &out_of_process,
            sizeof(out_of_process));
    swprintf(server, 60, OURS L"%ls", name);
    value_set(L"ActivatableClassId", name, L"Server", server);
    if (program)
        value_set(L"Server", name, L"ExePath", program);
    if (arguments)
        value_set(L"Server", name, L"CommandLine", arguments);
}

static void classes_register(void)
{
    WCHAR own[MAX_PATH];

    GetModuleFileNameW(NULL, own, MAX_PATH);
    class_register(L"Sta", own, L"serve sta");
    class_register(L"Mta", own, L"serve mta");
    class_register(L"Silent", own, L"leave");
    class_register(L"NoArguments", L"%SystemRoot%\\system32\\no-such-program.exe", NULL);
    class_register(L"NoServer", NULL, NULL);
}

static HRESULT factory_of(const WCHAR *name, REFIID iid, void **out)
{
    HSTRING string = hstring_of(name);
    HRESULT hr = winrt->RoGetActivationFactory(string, iid, out);

    winrt->WindowsDeleteString(string);
    return hr;
}

/* The process that an object is in, which is not this one. */
static HANDLE process_of(IInspectable *object, const char *what)
{
    HSTRING name = NULL;
    const WCHAR *text;
    DWORD process = 0;

    is_hr(IInspectable_GetRuntimeClassName(object, &name), S_OK, "%s: the object's name", what);
    text = winrt->WindowsGetStringRawBuffer(name, NULL);
    is_int(swscanf(text, OURS L"%lu", &process), 1, "%s: %s", what, tap_wstr(text));
    winrt->WindowsDeleteString(name);
    ok(process && process != GetCurrentProcessId(), "%s: in another process", what);
    return OpenProcess(SYNCHRONIZE, FALSE, process);
}

static void check_object(IInspectable *object, const char *what)
{
    IInspectable *same = NULL;
    void *none = (void *)1;
    TrustLevel level = FullTrust;
    ULONG count = 77;
    IID *iids = NULL;

    is_hr(IInspectable_GetIids(object, &count, &iids), S_OK, "%s: its interfaces", what);
    is_uint(count, 2, "%s: two", what);
    if (iids && count == 2)
    {
        is_guid(&iids[0], &iid_inspectable, "%s: the first", what);
        is_guid(&iids[1], &iid_nobody, "%s: the second", what);
    }
    CoTaskMemFree(iids);
    is_hr(IInspectable_GetTrustLevel(object, &level), S_OK, "%s: trust", what);
    is_int(level, PartialTrust, "%s: partial", what);
    is_hr(IInspectable_QueryInterface(object, &iid_inspectable, (void **)&same), S_OK,
            "%s: inspected", what);
    is_ptr(same, object, "%s: the same proxy", what);
    if (same)
        IInspectable_Release(same);
    is_hr(IInspectable_QueryInterface(object, &iid_activation_factory, &none), E_NOINTERFACE,
            "%s: no factory", what);
    is_ptr(none, NULL, "%s: nothing", what);
}

static void check_server(const WCHAR *class, const char *what)
{
    IActivationFactory *factory = NULL;
    IInspectable *object = NULL, *second = NULL;
    HSTRING name = hstring_of(class), factory_name = (HSTRING)1;
    HANDLE process, other;
    TrustLevel level = BaseTrust;
    ULONG count = 77;
    IID *iids = (IID *)1;
    void *none = (void *)1;

    is_hr(winrt->RoActivateInstance(name, &object), S_OK, "%s: an object", what);
    if (!object)
    {
        winrt->WindowsDeleteString(name);
        return;
    }
    check_object(object, what);
    process = process_of(object, what);
    is_hr(factory_of(class, &iid_activation_factory, (void **)&factory), S_OK, "%s: the factory",
            what);
    is_hr(factory_of(class, &IID_IStream, &none), E_NOINTERFACE, "%s: what it does not have", what);
    is_ptr(none, NULL, "%s: none", what);
    if (factory)
    {
        is_hr(IActivationFactory_GetIids(factory, &count, &iids), S_OK, "%s: its interfaces", what);
        is_uint(count, 0, "%s: none", what);
        is_ptr(iids, NULL, "%s: no array", what);
        is_hr(IActivationFactory_GetRuntimeClassName(factory, &factory_name), E_ILLEGAL_METHOD_CALL,
                "%s: a factory has no name", what);
        is_ptr(factory_name, NULL, "%s: none", what);
        is_hr(IActivationFactory_GetTrustLevel(factory, &level), S_OK, "%s: its trust", what);
        is_int(level, FullTrust, "%s: full", what);
        is_hr(IActivationFactory_ActivateInstance(factory, &second), S_OK, "%s: a second", what);
        IActivationFactory_Release(factory);
    }
    if (second)
    {
        ok(second != object, "%s: another object", what);
        other = process_of(second, what);
        ok(WaitForSingleObject(process, 0) == WAIT_TIMEOUT, "%s: the server runs", what);
        is_uint(IInspectable_Release(second), 0, "%s: the second is gone", what);
        CloseHandle(other);
    }
    is_uint(IInspectable_Release(object), 0, "%s: the object is gone", what);
    is_uint(WaitForSingleObject(process, INFINITE), WAIT_OBJECT_0, "%s: the server has ended",
            what);
    CloseHandle(process);
    winrt->WindowsDeleteString(name);
}

static void test_failures(void)
{
    void *out = (void *)1;

    is_hr(factory_of(OURS L"Silent", &iid_activation_factory, &out), CO_E_SERVER_EXEC_FAILURE,
            "a server that ends before it has registered");
    is_ptr(out, NULL, "nothing");
    is_hr(factory_of(OURS L"NoArguments", &iid_activation_factory, &out), CO_E_APPNOTFOUND,
            "no such program");
    is_hr(factory_of(OURS L"NoServer", &iid_activation_factory, &out), REGDB_E_CLASSNOTREG,
            "a server that is not registered");
}

/* --- from one apartment to another of this process --- */

static DWORD WINAPI other_apartment(void *argument)
{
    IStream *stream = argument;
    IInspectable *object = NULL;
    HSTRING name = NULL;
    HRESULT hr;

    winrt->RoInitialize(1);
    hr = CoGetInterfaceAndReleaseStream(stream, &iid_inspectable, (void **)&object);
    is_hr(hr, S_OK, "an object of the STA in the MTA");
    if (SUCCEEDED(hr))
    {
        check_object(object, "in the MTA");
        is_hr(IInspectable_GetRuntimeClassName(object, &name), S_OK, "its name");
        ok(name != NULL, "which came over");
        winrt->WindowsDeleteString(name);
        IInspectable_Release(object);
    }
    winrt->RoUninitialize();
    return 0;
}

static void test_apartments(void)
{
    struct served *served;
    IStream *stream = NULL;
    HANDLE thread;
    DWORD index;

    winrt->RoInitialize(0);
    served = served_create(FALSE);
    is_hr(CoMarshalInterThreadInterfaceInStream(&iid_inspectable, (IUnknown *)served, &stream),
            S_OK, "marshalled");
    thread = CreateThread(NULL, 0, other_apartment, stream, 0, NULL);
    CoWaitForMultipleHandles(COWAIT_DISPATCH_CALLS | COWAIT_DISPATCH_WINDOW_MESSAGES, INFINITE, 1,
            &thread, &index);
    CloseHandle(thread);
    is_int(served->references, 1, "nobody else has it");
    served_Release(&served->IActivationFactory_iface);
    winrt->RoUninitialize();
}

static void test_all(void)
{
    winrt->RoInitialize(1);
    check_server(OURS L"Mta", "MTA from the MTA");
    check_server(OURS L"Sta", "STA from the MTA");
    test_failures();
    winrt->RoUninitialize();
    winrt->RoInitialize(0);
    check_server(OURS L"Mta", "MTA from an STA");
    check_server(OURS L"Sta", "STA from an STA");
    winrt->RoUninitialize();
}

int main(int count, char **arguments)
{
    winrt = combase_get();
    if (count > 1)
    {
        if (count == 3 && !strcmp(arguments[1], "serve"))
            return serve(!strcmp(arguments[2], "mta"));
        return 0;
    }
    if (builtin_lacks("proxies of the Windows Runtime and its servers"))
        return done_testing();
    unused = CreateEventW(NULL, TRUE, FALSE, NULL);
    test_apartments();
    classes_register();
    test_all();
    tap_account_begin();
    test_apartments();
    test_all();
    tap_account_end("factories");
    CloseHandle(unused);
    return done_testing();
}
