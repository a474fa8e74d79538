/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wine's hlink.dll over URL monikers: references from strings, and navigation, which binds the
 * moniker to an object of the class that goes with the media type, and asks that to navigate.
 */
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <hlink.h>
#include <urlmon.h>

#include "harness.h"
#include "tap.h"

/* {6d0f1f0a-5b0e-4f2c-9a7e-0c7f6f1f3a51} */
static const CLSID CLSID_Page = {0x6d0f1f0a, 0x5b0e, 0x4f2c,
        {0x9a, 0x7e, 0x0c, 0x7f, 0x6f, 0x1f, 0x3a, 0x51}};

#define PAGE_TYPE L"application/octet-stream" /* as the server says */

/* The one object: made anew by each CreateInstance, so to say. */
static struct
{
    IHlinkTarget IHlinkTarget_iface;
    IPersistMoniker IPersistMoniker_iface;
    IClassFactory IClassFactory_iface;
    LONG references;
    unsigned int made, loaded, navigated;
    WCHAR *loaded_url, location[64];
    DWORD flags;
} page;

static HRESULT page_query(REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IHlinkTarget))
        *out = &page.IHlinkTarget_iface;
    else if (IsEqualIID(iid, &IID_IPersistMoniker) || IsEqualIID(iid, &IID_IPersist))
        *out = &page.IPersistMoniker_iface;
    else
        return E_NOINTERFACE;
    InterlockedIncrement(&page.references);
    return S_OK;
}

static ULONG page_addref(void)
{
    return InterlockedIncrement(&page.references);
}

static ULONG page_release(void)
{
    return InterlockedDecrement(&page.references);
}

#define PAGE_UNKNOWN(type)                                                                         \
    static HRESULT WINAPI page_##type##_QueryInterface(type *iface, REFIID iid, void **out)        \
    {                                                                                              \
        (void)iface;                                                                               \
        return page_query(iid, out);                                                               \
    }                                                                                              \
    static ULONG WINAPI page_##type##_AddRef(type *iface)                                          \
    {                                                                                              \
        (void)iface;                                                                               \
        return page_addref();                                                                      \
    }                                                                                              \
    static ULONG WINAPI page_##type##_Release(type *iface)                                         \
    {                                                                                              \
        (void)iface;                                                                               \
        return page_release();                                                                     \
    }

PAGE_UNKNOWN(IHlinkTarget)
PAGE_UNKNOWN(IPersistMoniker)

static HRESULT WINAPI page_SetBrowseContext(IHlinkTarget *iface, IHlinkBrowseContext *context)
{
    (void)iface;
    (void)context;
    return S_OK;
}

static HRESULT WINAPI page_GetBrowseContext(IHlinkTarget *iface, IHlinkBrowseContext **context)
{
    (void)iface;
    *context = NULL;
    return E_NOTIMPL;
}

static HRESULT WINAPI page_Navigate(IHlinkTarget *iface, DWORD flags, LPCWSTR location)
{
    (void)iface;
    page.navigated++;
    page.flags = flags;
    lstrcpynW(page.location, location ? location : L"", ARRAYSIZE(page.location));
    return S_OK;
}

static HRESULT WINAPI page_GetMoniker(IHlinkTarget *iface, LPCWSTR location, DWORD assign,
        IMoniker **out)
{
    (void)iface;
    (void)location;
    (void)assign;
    *out = NULL;
    return E_NOTIMPL;
}

static HRESULT WINAPI page_GetFriendlyName(IHlinkTarget *iface, LPCWSTR location, LPWSTR *name)
{
    (void)iface;
    (void)location;
    *name = NULL;
    return E_NOTIMPL;
}

static IHlinkTargetVtbl target_vtbl = {
        page_IHlinkTarget_QueryInterface,
        page_IHlinkTarget_AddRef,
        page_IHlinkTarget_Release,
        page_SetBrowseContext,
        page_GetBrowseContext,
        page_Navigate,
        page_GetMoniker,
        page_GetFriendlyName,
};

static HRESULT WINAPI page_GetClassID(IPersistMoniker *iface, CLSID *clsid)
{
    (void)iface;
    *clsid = CLSID_Page;
    return S_OK;
}

static HRESULT WINAPI page_IsDirty(IPersistMoniker *iface)
{
    (void)iface;
    return S_FALSE;
}

static HRESULT WINAPI page_Load(IPersistMoniker *iface, BOOL available, IMoniker *moniker,
        IBindCtx *context, DWORD mode)
{
    (void)iface;
    (void)available;
    (void)mode;
    page.loaded++;
    CoTaskMemFree(page.loaded_url);
    page.loaded_url = NULL;
    return IMoniker_GetDisplayName(moniker, context, NULL, &page.loaded_url);
}

static HRESULT WINAPI page_Save(IPersistMoniker *iface, IMoniker *moniker, IBindCtx *context,
        BOOL remember)
{
    (void)iface;
    (void)moniker;
    (void)context;
    (void)remember;
    return E_NOTIMPL;
}

static HRESULT WINAPI page_SaveCompleted(IPersistMoniker *iface, IMoniker *moniker,
        IBindCtx *context)
{
    (void)iface;
    (void)moniker;
    (void)context;
    return E_NOTIMPL;
}

static HRESULT WINAPI page_GetCurMoniker(IPersistMoniker *iface, IMoniker **out)
{
    (void)iface;
    *out = NULL;
    return E_NOTIMPL;
}

static IPersistMonikerVtbl persist_vtbl = {
        page_IPersistMoniker_QueryInterface,
        page_IPersistMoniker_AddRef,
        page_IPersistMoniker_Release,
        page_GetClassID,
        page_IsDirty,
        page_Load,
        page_Save,
        page_SaveCompleted,
        page_GetCurMoniker,
};

static HRESULT WINAPI factory_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG WINAPI factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG WINAPI factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT WINAPI factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid,
        void **out)
{
    (void)iface;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    page.made++;
    return page_query(iid, out);
}

static HRESULT WINAPI factory_LockServer(IClassFactory *iface, BOOL lock)
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

static void test_references(void)
{
    IMoniker *moniker = NULL;
    WCHAR *target = NULL, *location = NULL, *name = NULL;
    IBindCtx *context;
    IHlink *link = NULL;
    HRESULT hr;

    hr = HlinkCreateFromString(L"http://www.example.com/a/b", L"part", L"friend", NULL, 0, NULL,
            &IID_IHlink, (void **)&link);
    is_hr(hr, S_OK, "HlinkCreateFromString");
    if (FAILED(hr))
        return;
    is_hr(IHlink_GetStringReference(link, HLINKGETREF_DEFAULT, &target, &location), S_OK,
            "GetStringReference");
    is_wstr(target, L"http://www.example.com/a/b", "the target");
    is_wstr(location, L"part", "the place in it");
    CoTaskMemFree(target);
    CoTaskMemFree(location);

    location = NULL;
    hr = IHlink_GetMonikerReference(link, HLINKGETREF_ABSOLUTE, &moniker, &location);
    is_hr(hr, S_OK, "GetMonikerReference");
    if (moniker)
    {
        DWORD kind = 0;

        is_hr(IMoniker_IsSystemMoniker(moniker, &kind), S_OK, "IsSystemMoniker");
        is_uint(kind, MKSYS_URLMONIKER, "it is a URL moniker");
        is_hr(CreateBindCtx(0, &context), S_OK, "CreateBindCtx");
        is_hr(IMoniker_GetDisplayName(moniker, context, NULL, &name), S_OK, "GetDisplayName");
        is_wstr(name, L"http://www.example.com/a/b", "its name");
        CoTaskMemFree(name);
        IBindCtx_Release(context);
        IMoniker_Release(moniker);
    }
    CoTaskMemFree(location);
    is_uint(IHlink_Release(link), 0, "the link goes");
}

/* A bind context that knows the class of the media type. */
static IBindCtx *page_context(void)
{
    char type[] = "application/octet-stream";
    const char *types[] = {type};
    CLSID classes[] = {CLSID_Page};
    IBindCtx *context;

    is_hr(CreateBindCtx(0, &context), S_OK, "CreateBindCtx");
    is_hr(RegisterMediaTypeClass(context, 1, types, classes, 0), S_OK, "RegisterMediaTypeClass");
    return context;
}

static void test_navigate(const WCHAR *url)
{
    IBindCtx *context = page_context();
    IHlink *link = NULL;
    HRESULT hr;

    page.made = page.loaded = page.navigated = 0;
    hr = HlinkCreateFromString(url, L"part", NULL, NULL, 0, NULL, &IID_IHlink, (void **)&link);
    is_hr(hr, S_OK, "HlinkCreateFromString");
    if (SUCCEEDED(hr))
    {
        is_hr(IHlink_Navigate(link, 0, context, NULL, NULL), S_OK, "IHlink::Navigate");
        is_uint(page.made, 1, "the object is made");
        is_uint(page.loaded, 1, "and loaded");
        is_wstr(page.loaded_url, url, "from its URL");
        is_uint(page.navigated, 1, "and asked to navigate");
        is_wstr(page.location, L"part", "to the place");
        IHlink_Release(link);
    }
    IBindCtx_Release(context);
    is_int(page.references, 0, "and let go");
}

static void test_absent(const WCHAR *url)
{
    IBindCtx *context = page_context();
    HRESULT hr;

    page.navigated = 0;
    hr = HlinkNavigateToStringReference(url, NULL, NULL, 0, NULL, 0, context, NULL, NULL);
    ok(FAILED(hr), "HlinkNavigateToStringReference to what is not there: %s", tap_hr(hr));
    is_uint(page.navigated, 0, "nobody navigates");
    IBindCtx_Release(context);
    is_int(page.references, 0, "nothing stays");
}

int main(void)
{
    struct harness_server server;
    DWORD cookie = 0;

    harness_require();
    page.IHlinkTarget_iface.lpVtbl = &target_vtbl;
    page.IPersistMoniker_iface.lpVtbl = &persist_vtbl;
    page.IClassFactory_iface.lpVtbl = &factory_vtbl;
    CoInitialize(NULL);
    is_hr(CoRegisterClassObject(&CLSID_Page, (IUnknown *)&page.IClassFactory_iface,
                  CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie),
            S_OK, "CoRegisterClassObject");
    test_references();
    harness_server_start(&server, "kind=normal size=5000");
    test_navigate(harness_url(&server, L"page"));
    harness_do("server set id=%d kind=status code=404", server.id);
    test_absent(harness_url(&server, L"absent"));
    harness_server_stop(&server);
    CoRevokeClassObject(cookie);
    CoTaskMemFree(page.loaded_url);
    CoUninitialize();
    return done_testing();
}
