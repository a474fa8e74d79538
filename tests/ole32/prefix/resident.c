/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Says on which COM runtime it runs, and uses it: registers a class as a local server and gets it
 * back by activation, from the other kind of apartment. Prints lines of two words:
 *
 *     ole32.dll ours|other
 *     combase.dll ours|other
 *     class ok|HRESULT
 *
 * With the argument "stay" it waits in between: its class is registered when C:\stays is there, and
 * it goes on when C:\go is.
 */
#include <objbase.h>
#include <stdio.h>
#include <string.h>

static const CLSID class_id = {0x5d2bba61, 0x2c0c, 0x4d5e,
        {0x9a, 0x3f, 0x4b, 0x3c, 0x1e, 0x6d, 0x0f, 0x57}};

static DWORD creating_thread; /* where CreateInstance was called */

/* Whether the version resource names our product. */
static BOOL module_is_ours(HMODULE module)
{
    static const WCHAR name[] = L"Concierge";
    HRSRC resource = FindResourceW(module, MAKEINTRESOURCEW(1), (const WCHAR *)RT_VERSION);
    const BYTE *data = resource ? LockResource(LoadResource(module, resource)) : NULL;
    DWORD size = resource ? SizeofResource(module, resource) : 0;

    for (DWORD i = 0; data && i + sizeof(name) <= size; i += 2)
    {
        if (!memcmp(data + i, name, sizeof(name) - sizeof(*name)))
            return TRUE;
    }
    return FALSE;
}

static void say_module(const char *name)
{
    printf("%s %s\n", name, module_is_ours(LoadLibraryA(name)) ? "ours" : "other");
}

static HRESULT STDMETHODCALLTYPE factory_query_interface(IClassFactory *factory, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = factory;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_add_ref(IClassFactory *factory)
{
    (void)factory;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_release(IClassFactory *factory)
{
    (void)factory;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_create(IClassFactory *factory, IUnknown *outer, REFIID iid,
        void **out)
{
    (void)outer;
    creating_thread = GetCurrentThreadId();
    return factory_query_interface(factory, iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_lock(IClassFactory *factory, BOOL lock)
{
    (void)factory;
    (void)lock;
    return S_OK;
}

static IClassFactoryVtbl factory_vtable = {factory_query_interface, factory_add_ref,
        factory_release, factory_create, factory_lock};
static IClassFactory factory = {&factory_vtable};

static DWORD WINAPI activate(void *argument)
{
    IClassFactory *proxy;
    IUnknown *object;
    HRESULT hr = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);

    (void)argument;
    if (FAILED(hr))
        return hr;
    hr = CoGetClassObject(&class_id, CLSCTX_LOCAL_SERVER, NULL, &IID_IClassFactory,
            (void **)&proxy);
    if (SUCCEEDED(hr))
    {
        hr = IClassFactory_CreateInstance(proxy, NULL, &IID_IUnknown, (void **)&object);
        if (SUCCEEDED(hr))
        {
            if (!creating_thread || creating_thread == GetCurrentThreadId())
                hr = E_UNEXPECTED;
            IUnknown_Release(object);
        }
        IClassFactory_Release(proxy);
    }
    CoUninitialize();
    return hr;
}

static BOOL exists(const char *path)
{
    return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

static void stay(void)
{
    CloseHandle(CreateFileA("C:\\stays", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    while (!exists("C:\\go"))
        Sleep(20);
}

int main(int count, char **arguments)
{
    DWORD cookie, code = E_FAIL;
    HANDLE thread;
    HRESULT hr;

    say_module("ole32.dll");
    say_module("combase.dll");

    hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
        hr = CoRegisterClassObject(&class_id, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
                REGCLS_MULTIPLEUSE, &cookie);
    if (SUCCEEDED(hr))
    {
        if (count > 1 && !strcmp(arguments[1], "stay"))
            stay();
        thread = CreateThread(NULL, 0, activate, NULL, 0, NULL);
        WaitForSingleObject(thread, INFINITE);
        GetExitCodeThread(thread, &code);
        CloseHandle(thread);
        hr = (HRESULT)code;
        CoRevokeClassObject(cookie);
    }
    CoUninitialize();
    if (hr == S_OK)
        printf("class ok\n");
    else
        printf("class %08lx\n", (unsigned long)hr);
    return 0;
}
