/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The local server, and the class.
 *
 *     kitchen_server /regserver      registers it; /unregserver removes that
 *     kitchen_server -Embedding      as COM starts it
 */
#include <initguid.h>

#include "kitchen_server.h"

static HANDLE nobody_left;

void server_object_made(void)
{
    CoAddRefServerProcess();
}

void server_object_gone(void)
{
    if (!CoReleaseServerProcess())
        SetEvent(nobody_left);
}

/* --- the class --- */

static HRESULT STDMETHODCALLTYPE class_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))
        *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE class_AddRef(IClassFactory *iface)
{
    return 2;
}

static HRESULT STDMETHODCALLTYPE class_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    *out = NULL;
    return outer ? CLASS_E_NOAGGREGATION : IKitchen_QueryInterface(&kitchen, iid, out);
}

static HRESULT STDMETHODCALLTYPE class_LockServer(IClassFactory *iface, BOOL lock)
{
    (lock ? server_object_made : server_object_gone)();
    return S_OK;
}

static IClassFactoryVtbl class_vtbl = {class_QueryInterface, class_AddRef, class_AddRef,
        class_CreateInstance, class_LockServer};

int wmain(int argc, WCHAR **argv)
{
    IClassFactory class = {&class_vtbl};
    DWORD cookie;
    HRESULT hr;

    if (argc > 1 && !lstrcmpiW(argv[1], L"/regserver"))
        return FAILED(kitchen_register(FALSE));
    if (argc > 1 && !lstrcmpiW(argv[1], L"/unregserver"))
        return FAILED(kitchen_register(TRUE));

    nobody_left = CreateEventW(NULL, TRUE, FALSE, NULL);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = CoRegisterClassObject(&CLSID_Kitchen, (IUnknown *)&class, CLSCTX_LOCAL_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
    if (SUCCEEDED(hr))
    {
        WaitForSingleObject(nobody_left, INFINITE);
        CoRevokeClassObject(cookie);
    }
    CoUninitialize();
    return FAILED(hr);
}
