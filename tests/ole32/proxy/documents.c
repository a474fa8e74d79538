/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interfaces of documents and their containers that have plain types only, and ISurrogate. */
#include "interface_mock.h"

#define GIVEN 0x700
#define MADE 0x701
#define WINDOW ((HWND)(ULONG_PTR)0x12345678)

static HRESULT STDMETHODCALLTYPE container_ParseDisplayName(IOleContainer *iface, IBindCtx *context,
        LPOLESTR name, ULONG *eaten, IMoniker **moniker)
{
    MOCK_ENTER(iface);
    EXPECT(!*moniker && !*eaten);
    EXPECT(context ? token_of(context) == GIVEN : mock->position == 0);
    if (!context)
    {
        *eaten = 3;
        return MK_E_SYNTAX;
    }
    EXPECT(same_text(name, long_text()));
    *eaten = 70000;
    *moniker = mock_create(&IID_IMoniker, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE container_EnumObjects(IOleContainer *iface, DWORD flags,
        IEnumUnknown **objects)
{
    MOCK_ENTER(iface);
    EXPECT(!*objects && flags == (OLECONTF_EMBEDDINGS | OLECONTF_ONLYIFRUNNING));
    *objects = mock_create(&IID_IEnumUnknown, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE container_LockContainer(IOleContainer *iface, WINBOOL lock)
{
    MOCK_ENTER(iface);
    return lock ? S_OK : S_FALSE;
}

/* IParseDisplayName is the first four of its methods. */
static const IOleContainerVtbl container_vtbl = {MOCK_UNKNOWN, container_ParseDisplayName,
        container_EnumObjects, container_LockContainer};

static HRESULT STDMETHODCALLTYPE site_SaveObject(IOleClientSite *iface)
{
    MOCK_ENTER(iface);
    return STG_E_MEDIUMFULL;
}

static HRESULT STDMETHODCALLTYPE site_GetMoniker(IOleClientSite *iface, DWORD assign, DWORD which,
        IMoniker **moniker)
{
    MOCK_ENTER(iface);
    EXPECT(!*moniker && assign == OLEGETMONIKER_FORCEASSIGN && which == OLEWHICHMK_OBJREL);
    *moniker = mock_create(&IID_IMoniker, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE site_GetContainer(IOleClientSite *iface, IOleContainer **container)
{
    MOCK_ENTER(iface);
    EXPECT(!*container);
    if (mock->position++)
        return E_NOINTERFACE;
    *container = mock_create(&IID_IOleContainer, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE site_ShowObject(IOleClientSite *iface)
{
    MOCK_ENTER(iface);
    return OLE_E_NOT_INPLACEACTIVE;
}

static HRESULT STDMETHODCALLTYPE site_OnShowWindow(IOleClientSite *iface, WINBOOL show)
{
    MOCK_ENTER(iface);
    return show ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE site_RequestNewObjectLayout(IOleClientSite *iface)
{
    MOCK_ENTER(iface);
    return E_NOTIMPL;
}

static const IOleClientSiteVtbl site_vtbl = {MOCK_UNKNOWN, site_SaveObject, site_GetMoniker,
        site_GetContainer, site_ShowObject, site_OnShowWindow, site_RequestNewObjectLayout};

static HRESULT STDMETHODCALLTYPE window_GetWindow(IOleWindow *iface, HWND *window)
{
    MOCK_ENTER(iface);
    *window = WINDOW;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE window_ContextSensitiveHelp(IOleWindow *iface, WINBOOL enter)
{
    MOCK_ENTER(iface);
    return enter ? S_OK : S_FALSE;
}

static const IOleWindowVtbl window_vtbl = {MOCK_UNKNOWN, window_GetWindow,
        window_ContextSensitiveHelp};

static HRESULT STDMETHODCALLTYPE surrogate_LoadDllServer(ISurrogate *iface, REFCLSID clsid)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(clsid, 0x710));
    return CO_S_NOTALLINTERFACES;
}

static HRESULT STDMETHODCALLTYPE surrogate_FreeSurrogate(ISurrogate *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static const ISurrogateVtbl surrogate_vtbl = {MOCK_UNKNOWN, surrogate_LoadDllServer,
        surrogate_FreeSurrogate};

const struct mock_class document_classes[] = {
        {{&IID_IParseDisplayName}, &container_vtbl},
        {{&IID_IOleContainer, &IID_IParseDisplayName}, &container_vtbl},
        {{&IID_IOleClientSite}, &site_vtbl},
        {{&IID_IOleWindow}, &window_vtbl},
        {{&IID_ISurrogate}, &surrogate_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

static void check_object(void *object, const char *what)
{
    is_uint(token_of(object), MADE, "%s", what);
    if (object)
        IUnknown_Release((IUnknown *)object);
}

/* Page "IParseDisplayName::ParseDisplayName method (oleidl.h)". */
static void check_parsing(IParseDisplayName *proxy)
{
    IBindCtx *context = mock_create(&IID_IBindCtx, GIVEN);
    IMoniker *moniker = (void *)0xdead;
    ULONG eaten = 0xdead;

    is_hr(IParseDisplayName_ParseDisplayName(proxy, context, (WCHAR *)long_text(), &eaten,
                  &moniker),
            S_OK, "ParseDisplayName");
    is_uint(eaten, 70000, "what was parsed");
    check_object(moniker, "the moniker");
    moniker = (void *)0xdead;
    is_hr(IParseDisplayName_ParseDisplayName(proxy, NULL, (WCHAR *)L"", &eaten, &moniker),
            MK_E_SYNTAX, "no context, and a name that is none");
    is_ptr(moniker, NULL, "no moniker");
    mock_control->result = E_ACCESSDENIED;
    moniker = (void *)0xdead;
    is_hr(IParseDisplayName_ParseDisplayName(proxy, context, (WCHAR *)L"", &eaten, &moniker),
            E_ACCESSDENIED, "ParseDisplayName fails");
    is_ptr(moniker, NULL, "no moniker");
    mock_control->result = 0;
    check_released(context, "the context is released");
}

static void check_container(IClassFactory *factory)
{
    IOleContainer *proxy = remote_create(factory, &IID_IOleContainer, "IOleContainer");
    IParseDisplayName *base = NULL;
    IEnumUnknown *objects = (void *)0xdead;

    if (!proxy)
        return;
    check_parsing((IParseDisplayName *)proxy);
    is_hr(IOleContainer_QueryInterface(proxy, &IID_IParseDisplayName, (void **)&base), S_OK,
            "IParseDisplayName of it");
    if (base)
    {
        check_parsing(base);
        IParseDisplayName_Release(base);
    }
    is_hr(IOleContainer_EnumObjects(proxy, OLECONTF_EMBEDDINGS | OLECONTF_ONLYIFRUNNING, &objects),
            S_OK, "EnumObjects");
    check_object(objects, "the enumerator");
    is_hr(IOleContainer_LockContainer(proxy, TRUE), S_OK, "LockContainer");
    is_hr(IOleContainer_LockContainer(proxy, FALSE), S_FALSE, "unlocked");
    IOleContainer_Release(proxy);
}

static void check_site(IClassFactory *factory)
{
    IOleClientSite *proxy = remote_create(factory, &IID_IOleClientSite, "IOleClientSite");
    IOleContainer *container = (void *)0xdead;
    IMoniker *moniker = (void *)0xdead;

    if (!proxy)
        return;
    is_hr(IOleClientSite_SaveObject(proxy), STG_E_MEDIUMFULL, "SaveObject");
    is_hr(IOleClientSite_GetMoniker(proxy, OLEGETMONIKER_FORCEASSIGN, OLEWHICHMK_OBJREL, &moniker),
            S_OK, "GetMoniker");
    check_object(moniker, "the moniker");
    is_hr(IOleClientSite_GetContainer(proxy, &container), S_OK, "GetContainer");
    check_object(container, "the container");
    container = (void *)0xdead;
    is_hr(IOleClientSite_GetContainer(proxy, &container), E_NOINTERFACE, "GetContainer again");
    is_ptr(container, NULL, "none");
    is_hr(IOleClientSite_ShowObject(proxy), OLE_E_NOT_INPLACEACTIVE, "ShowObject");
    is_hr(IOleClientSite_OnShowWindow(proxy, TRUE), S_OK, "OnShowWindow");
    is_hr(IOleClientSite_OnShowWindow(proxy, FALSE), S_FALSE, "and hidden");
    is_hr(IOleClientSite_RequestNewObjectLayout(proxy), E_NOTIMPL, "RequestNewObjectLayout");
    IOleClientSite_Release(proxy);
}

static void check_window(IClassFactory *factory)
{
    IOleWindow *proxy = remote_create(factory, &IID_IOleWindow, "IOleWindow");
    HWND window = NULL;

    if (!proxy)
        return;
    is_hr(IOleWindow_GetWindow(proxy, &window), S_OK, "GetWindow");
    is_ptr(window, WINDOW, "the window");
    is_hr(IOleWindow_ContextSensitiveHelp(proxy, TRUE), S_OK, "ContextSensitiveHelp");
    is_hr(IOleWindow_ContextSensitiveHelp(proxy, FALSE), S_FALSE, "and without");
    IOleWindow_Release(proxy);
}

void check_documents(IClassFactory *factory)
{
    CLSID clsid = guid_of(0x710);
    IParseDisplayName *parser;
    ISurrogate *surrogate;

    note("documents and their containers");
    parser = remote_create(factory, &IID_IParseDisplayName, "IParseDisplayName");
    if (parser)
    {
        check_parsing(parser);
        IParseDisplayName_Release(parser);
    }
    check_container(factory);
    check_site(factory);
    check_window(factory);
    surrogate = remote_create(factory, &IID_ISurrogate, "ISurrogate");
    if (!surrogate)
        return;
    is_hr(ISurrogate_LoadDllServer(surrogate, &clsid), CO_S_NOTALLINTERFACES, "LoadDllServer");
    is_hr(ISurrogate_FreeSurrogate(surrogate), S_FALSE, "FreeSurrogate");
    ISurrogate_Release(surrogate);
}
