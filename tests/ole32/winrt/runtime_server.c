/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime_server.h"

#include <objbase.h>
#include <hstring.h>
#include <inspectable.h>
#include <activation.h>

/* Of combase.dll, for which MinGW-w64 has no import library. */
static HRESULT(WINAPI *duplicate)(HSTRING string, HSTRING *out);
static HRESULT(WINAPI *discard)(HSTRING string);
static const WCHAR *(WINAPI *text_of)(HSTRING string, UINT32 *length);

static const IID iid_activation_factory = {0x00000035, 0x0000, 0x0000,
        {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
static const IID iid_inspectable = {0xaf86e2e0, 0xb12d, 0x4c6a,
        {0x9c, 0x5a, 0xd7, 0xaa, 0x65, 0x10, 0x1e, 0x90}};

static struct runtime_server_look state;

/* A factory, or an object of it; agile unless its class is "….Plain". */
struct runtime_object
{
    IActivationFactory IActivationFactory_iface;
    LONG references;
    BOOL factory, plain;
    HSTRING name;
    IUnknown *agile;
};

HRESULT WINAPI DllCanUnloadNow(void);
HRESULT WINAPI DllGetActivationFactory(HSTRING name, IActivationFactory **out);

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IActivationFactory *iface, REFIID iid,
        void **out)
{
    struct runtime_object *object = (struct runtime_object *)iface;

    *out = NULL;
    if (!object->plain && (IsEqualIID(iid, &IID_IMarshal) || IsEqualIID(iid, &IID_IAgileObject)))
        return IUnknown_QueryInterface(object->agile, iid, out);
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &iid_inspectable)
            && !(object->factory && IsEqualIID(iid, &iid_activation_factory)))
        return E_NOINTERFACE;
    InterlockedIncrement(&object->references);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IActivationFactory *iface)
{
    return InterlockedIncrement(&((struct runtime_object *)iface)->references);
}

static ULONG STDMETHODCALLTYPE object_Release(IActivationFactory *iface)
{
    struct runtime_object *object = (struct runtime_object *)iface;
    ULONG left = InterlockedDecrement(&object->references);

    if (left)
        return left;
    IUnknown_Release(object->agile);
    discard(object->name);
    HeapFree(GetProcessHeap(), 0, object);
    InterlockedDecrement(&state.objects);
    return 0;
}

static HRESULT STDMETHODCALLTYPE object_GetIids(IActivationFactory *iface, ULONG *count, IID **iids)
{
    (void)iface;
    *count = 0;
    *iids = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_GetRuntimeClassName(IActivationFactory *iface,
        HSTRING *name)
{
    return duplicate(((struct runtime_object *)iface)->name, name);
}

static HRESULT STDMETHODCALLTYPE object_GetTrustLevel(IActivationFactory *iface, TrustLevel *level)
{
    (void)iface;
    *level = BaseTrust;
    return S_OK;
}

static struct runtime_object *object_create(HSTRING name, BOOL factory);

static HRESULT STDMETHODCALLTYPE object_ActivateInstance(IActivationFactory *iface,
        IInspectable **out)
{
    state.object_thread = GetCurrentThreadId();
    *out = (IInspectable *)object_create(((struct runtime_object *)iface)->name, FALSE);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static IActivationFactoryVtbl object_vtable = {
        object_QueryInterface,
        object_AddRef,
        object_Release,
        object_GetIids,
        object_GetRuntimeClassName,
        object_GetTrustLevel,
        object_ActivateInstance,
};

static BOOL name_ends(HSTRING name, const WCHAR *end)
{
    const WCHAR *text = text_of(name, NULL);
    int length = lstrlenW(text), part = lstrlenW(end);

    return length > part && !lstrcmpW(text + length - part, end);
}

static struct runtime_object *object_create(HSTRING name, BOOL factory)
{
    struct runtime_object *object = HeapAlloc(GetProcessHeap(), 0, sizeof(*object));

    if (!object)
        return NULL;
    object->IActivationFactory_iface.lpVtbl = &object_vtable;
    object->references = 1;
    object->factory = factory;
    object->plain = name_ends(name, L".Plain");
    duplicate(name, &object->name);
    CoCreateFreeThreadedMarshaler((IUnknown *)object, &object->agile);
    InterlockedIncrement(&state.objects);
    return object;
}

HRESULT WINAPI DllGetActivationFactory(HSTRING name, IActivationFactory **out)
{
    InterlockedIncrement(&state.factories);
    state.factory_thread = GetCurrentThreadId();
    *out = NULL;
    if (name_ends(name, L".None"))
        return CLASS_E_CLASSNOTAVAILABLE;
    *out = (IActivationFactory *)object_create(name, TRUE);
    return *out ? S_OK : E_OUTOFMEMORY;
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    return state.objects ? S_FALSE : S_OK;
}

void WINAPI runtime_server_look(struct runtime_server_look *look)
{
    *look = state;
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved);

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)instance;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
    {
        HMODULE combase = GetModuleHandleW(L"combase.dll");

        if (!combase)
            return FALSE;
        duplicate = (void *)GetProcAddress(combase, "WindowsDuplicateString");
        discard = (void *)GetProcAddress(combase, "WindowsDeleteString");
        text_of = (void *)GetProcAddress(combase, "WindowsGetStringRawBuffer");
    }
    return TRUE;
}
