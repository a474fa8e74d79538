/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOleObject, IOleLink, IOleItemContainer, IProcessInitControl. */
#include "interface_mock.h"

#define GIVEN 0x860
#define MADE 0x861
#define PARENT ((HWND)(ULONG_PTR)0x10020)

static const RECT position = {-1, 2, 3, 70000};

static HRESULT STDMETHODCALLTYPE object_SetClientSite(IOleObject *iface, IOleClientSite *site)
{
    MOCK_ENTER(iface);
    EXPECT(!site || token_of(site) == GIVEN);
    return site ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE object_GetClientSite(IOleObject *iface, IOleClientSite **site)
{
    MOCK_ENTER(iface);
    EXPECT(!*site);
    *site = mock_create(&IID_IOleClientSite, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_SetHostNames(IOleObject *iface, LPCOLESTR application,
        LPCOLESTR object)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(application, long_text()) && (!object || same_text(object, L"")));
    return object ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE object_Close(IOleObject *iface, DWORD option)
{
    MOCK_ENTER(iface);
    return option == OLECLOSE_PROMPTSAVE ? OLE_E_PROMPTSAVECANCELLED : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE object_SetMoniker(IOleObject *iface, DWORD which,
        IMoniker *moniker)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(moniker) == GIVEN && which == OLEWHICHMK_OBJFULL);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_GetMoniker(IOleObject *iface, DWORD assign, DWORD which,
        IMoniker **moniker)
{
    MOCK_ENTER(iface);
    EXPECT(!*moniker && assign == OLEGETMONIKER_ONLYIFTHERE && which == OLEWHICHMK_CONTAINER);
    *moniker = mock_create(&IID_IMoniker, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_InitFromData(IOleObject *iface, IDataObject *data,
        WINBOOL creation, DWORD reserved)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(data) == GIVEN && creation && !reserved);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE object_GetClipboardData(IOleObject *iface, DWORD reserved,
        IDataObject **data)
{
    MOCK_ENTER(iface);
    EXPECT(!*data && !reserved);
    *data = mock_create(&IID_IDataObject, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_DoVerb(IOleObject *iface, LONG verb, LPMSG message,
        IOleClientSite *site, LONG index, HWND parent, LPCRECT rectangle)
{
    MOCK_ENTER(iface);
    EXPECT(verb == OLEIVERB_SHOW && index == -3 && parent == PARENT);
    if (!message)
    {
        EXPECT(!site && !rectangle);
        return OLEOBJ_S_INVALIDHWND;
    }
    EXPECT(message->hwnd == PARENT && message->message == WM_LBUTTONDOWN && message->wParam == 7
            && message->lParam == -8 && message->time == 9 && message->pt.x == 10
            && message->pt.y == -11);
    EXPECT(token_of(site) == GIVEN && !memcmp(rectangle, &position, sizeof(position)));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_EnumVerbs(IOleObject *iface, IEnumOLEVERB **verbs)
{
    MOCK_ENTER(iface);
    EXPECT(!*verbs);
    *verbs = mock_create(&IID_IEnumOLEVERB, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_Update(IOleObject *iface)
{
    MOCK_ENTER(iface);
    return OLE_E_CANT_BINDTOSOURCE;
}

static HRESULT STDMETHODCALLTYPE object_IsUpToDate(IOleObject *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE object_GetUserClassID(IOleObject *iface, CLSID *clsid)
{
    MOCK_ENTER(iface);
    *clsid = guid_of(0x870);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_GetUserType(IOleObject *iface, DWORD form, LPOLESTR *type)
{
    MOCK_ENTER(iface);
    EXPECT(!*type);
    if (form == USERCLASSTYPE_APPNAME)
        return OLE_E_BLANK;
    *type = text_copy(long_text());
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_SetExtent(IOleObject *iface, DWORD aspect, SIZEL *size)
{
    MOCK_ENTER(iface);
    EXPECT(aspect == DVASPECT_ICON && size->cx == -1 && size->cy == 80000);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_GetExtent(IOleObject *iface, DWORD aspect, SIZEL *size)
{
    MOCK_ENTER(iface);
    size->cx = (LONG)aspect;
    size->cy = -4;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_Advise(IOleObject *iface, IAdviseSink *sink,
        DWORD *connection)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(sink) == GIVEN);
    *connection = 23;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_Unadvise(IOleObject *iface, DWORD connection)
{
    MOCK_ENTER(iface);
    return connection == 23 ? OLE_E_NOCONNECTION : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE object_EnumAdvise(IOleObject *iface, IEnumSTATDATA **connections)
{
    MOCK_ENTER(iface);
    EXPECT(!*connections);
    *connections = mock_create(&IID_IEnumSTATDATA, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_GetMiscStatus(IOleObject *iface, DWORD aspect,
        DWORD *status)
{
    MOCK_ENTER(iface);
    *status = OLEMISC_INSIDEOUT + aspect;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_SetColorScheme(IOleObject *iface, LOGPALETTE *colors)
{
    MOCK_ENTER(iface);
    EXPECT(colors->palVersion == 0x300 && colors->palNumEntries == 3);
    EXPECT(colors->palPalEntry[2].peFlags == 0x22);
    return S_OK;
}

static const IOleObjectVtbl object_vtbl = {MOCK_UNKNOWN, object_SetClientSite, object_GetClientSite,
        object_SetHostNames, object_Close, object_SetMoniker, object_GetMoniker,
        object_InitFromData, object_GetClipboardData, object_DoVerb, object_EnumVerbs,
        object_Update, object_IsUpToDate, object_GetUserClassID, object_GetUserType,
        object_SetExtent, object_GetExtent, object_Advise, object_Unadvise, object_EnumAdvise,
        object_GetMiscStatus, object_SetColorScheme};

static HRESULT STDMETHODCALLTYPE link_SetUpdateOptions(IOleLink *iface, DWORD option)
{
    MOCK_ENTER(iface);
    return option == OLEUPDATE_ONCALL ? S_OK : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE link_GetUpdateOptions(IOleLink *iface, DWORD *option)
{
    MOCK_ENTER(iface);
    *option = OLEUPDATE_ALWAYS;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE link_SetSourceMoniker(IOleLink *iface, IMoniker *moniker,
        REFCLSID clsid)
{
    MOCK_ENTER(iface);
    EXPECT((!moniker || token_of(moniker) == GIVEN) && is_guid_of(clsid, 0x871));
    return moniker ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE link_GetSourceMoniker(IOleLink *iface, IMoniker **moniker)
{
    MOCK_ENTER(iface);
    EXPECT(!*moniker);
    *moniker = mock_create(&IID_IMoniker, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE link_SetSourceDisplayName(IOleLink *iface, LPCOLESTR name)
{
    MOCK_ENTER(iface);
    return same_text(name, long_text()) ? MK_E_SYNTAX : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE link_GetSourceDisplayName(IOleLink *iface, LPOLESTR *name)
{
    MOCK_ENTER(iface);
    EXPECT(!*name);
    *name = text_copy(L"C:\\a!b");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE link_BindToSource(IOleLink *iface, DWORD flags, IBindCtx *context)
{
    MOCK_ENTER(iface);
    EXPECT(flags == OLELINKBIND_EVENIFCLASSDIFF && token_of(context) == GIVEN);
    return OLE_E_CLASSDIFF;
}

static HRESULT STDMETHODCALLTYPE link_BindIfRunning(IOleLink *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE link_GetBoundSource(IOleLink *iface, IUnknown **source)
{
    MOCK_ENTER(iface);
    EXPECT(!*source);
    *source = mock_create(&IID_IPersist, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE link_Update(IOleLink *iface, IBindCtx *context)
{
    MOCK_ENTER(iface);
    EXPECT(!context || token_of(context) == GIVEN);
    return context ? S_OK : MK_E_UNAVAILABLE;
}

static const IOleLinkVtbl link_vtbl = {MOCK_UNKNOWN, link_SetUpdateOptions, link_GetUpdateOptions,
        link_SetSourceMoniker, link_GetSourceMoniker, link_SetSourceDisplayName,
        link_GetSourceDisplayName, link_BindToSource, link_BindIfRunning, link_GetBoundSource,
        link_BindIfRunning, link_Update};

static HRESULT STDMETHODCALLTYPE items_GetObject(IOleItemContainer *iface, LPOLESTR item,
        DWORD speed, IBindCtx *context, REFIID iid, void **object)
{
    MOCK_ENTER(iface);
    EXPECT(!*object && same_text(item, long_text()) && speed == BINDSPEED_MODERATE);
    EXPECT(token_of(context) == GIVEN && IsEqualIID(iid, &IID_IStream));
    *object = mock_create(iid, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE items_GetObjectStorage(IOleItemContainer *iface, LPOLESTR item,
        IBindCtx *context, REFIID iid, void **storage)
{
    MOCK_ENTER(iface);
    EXPECT(!*storage && same_text(item, L"item") && !context && IsEqualIID(iid, &IID_IStorage));
    if (mock->position++)
        return MK_E_NOSTORAGE;
    *storage = mock_create(iid, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE items_IsRunning(IOleItemContainer *iface, LPOLESTR item)
{
    MOCK_ENTER(iface);
    return same_text(item, L"item") ? S_FALSE : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE items_ParseDisplayName(IOleItemContainer *iface, IBindCtx *context,
        LPOLESTR name, ULONG *eaten, IMoniker **moniker)
{
    MOCK_ENTER(iface);
    EXPECT(!context && same_text(name, L"!item") && !*moniker);
    *eaten = 5;
    return MK_E_SYNTAX;
}

static HRESULT STDMETHODCALLTYPE items_EnumObjects(IOleItemContainer *iface, DWORD flags,
        IEnumUnknown **objects)
{
    MOCK_ENTER(iface);
    EXPECT(!*objects && flags == OLECONTF_LINKS);
    *objects = mock_create(&IID_IEnumUnknown, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE items_LockContainer(IOleItemContainer *iface, WINBOOL lock)
{
    MOCK_ENTER(iface);
    return lock ? S_OK : S_FALSE;
}

static const IOleItemContainerVtbl items_vtbl = {MOCK_UNKNOWN, items_ParseDisplayName,
        items_EnumObjects, items_LockContainer, items_GetObject, items_GetObjectStorage,
        items_IsRunning};

static HRESULT STDMETHODCALLTYPE control_ResetInitializerTimeout(IProcessInitControl *iface,
        DWORD seconds)
{
    MOCK_ENTER(iface);
    return seconds == 30 ? S_FALSE : E_INVALIDARG;
}

static const IProcessInitControlVtbl control_vtbl = {MOCK_UNKNOWN, control_ResetInitializerTimeout};

const struct mock_class object_classes[] = {
        {{&IID_IOleObject}, &object_vtbl},
        {{&IID_IOleLink}, &link_vtbl},
        {{&IID_IOleItemContainer, &IID_IOleContainer, &IID_IParseDisplayName}, &items_vtbl},
        {{&IID_IProcessInitControl}, &control_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

static void check_object(void *object, const char *what)
{
    is_uint(token_of(object), MADE, "%s", what);
    if (object)
        IUnknown_Release((IUnknown *)object);
}

static void check_given(IOleObject *proxy)
{
    IOleClientSite *site = mock_create(&IID_IOleClientSite, GIVEN);
    IMoniker *moniker = mock_create(&IID_IMoniker, GIVEN);
    IDataObject *data = mock_create(&IID_IDataObject, GIVEN);
    IAdviseSink *sink = mock_create(&IID_IAdviseSink, GIVEN);
    MSG message = {PARENT, WM_LBUTTONDOWN, 7, -8, 9, {10, -11}};
    DWORD connection = 0;

    is_hr(IOleObject_SetClientSite(proxy, site), S_OK, "SetClientSite");
    is_hr(IOleObject_SetClientSite(proxy, NULL), S_FALSE, "SetClientSite, none");
    is_hr(IOleObject_SetMoniker(proxy, OLEWHICHMK_OBJFULL, moniker), S_OK, "SetMoniker");
    is_hr(IOleObject_InitFromData(proxy, data, TRUE, 0), S_FALSE, "InitFromData");
    is_hr(IOleObject_DoVerb(proxy, OLEIVERB_SHOW, &message, site, -3, PARENT, &position), S_OK,
            "DoVerb");
    is_hr(IOleObject_DoVerb(proxy, OLEIVERB_SHOW, NULL, NULL, -3, PARENT, NULL),
            OLEOBJ_S_INVALIDHWND, "DoVerb, what may be missing");
    is_hr(IOleObject_Advise(proxy, sink, &connection), S_OK, "Advise");
    is_uint(connection, 23, "the connection");
    is_hr(IOleObject_Unadvise(proxy, connection), OLE_E_NOCONNECTION, "Unadvise");
    check_released(site, "the site is released");
    check_released(moniker, "the moniker, too");
    check_released(data, "the data object, too");
    check_released(sink, "and the sink");
}

static void check_asked(IOleObject *proxy)
{
    void *out = (void *)0xdead;
    WCHAR *type = (WCHAR *)0xdead;
    CLSID clsid = {0};
    DWORD status = 0;

    is_hr(IOleObject_GetClientSite(proxy, (IOleClientSite **)&out), S_OK, "GetClientSite");
    check_object(out, "the site");
    is_hr(IOleObject_GetMoniker(proxy, OLEGETMONIKER_ONLYIFTHERE, OLEWHICHMK_CONTAINER,
                  (IMoniker **)&out),
            S_OK, "GetMoniker");
    check_object(out, "the moniker");
    is_hr(IOleObject_GetClipboardData(proxy, 0, (IDataObject **)&out), S_OK, "GetClipboardData");
    check_object(out, "the data object");
    is_hr(IOleObject_EnumVerbs(proxy, (IEnumOLEVERB **)&out), S_OK, "EnumVerbs");
    check_object(out, "the verbs");
    is_hr(IOleObject_EnumAdvise(proxy, (IEnumSTATDATA **)&out), S_OK, "EnumAdvise");
    check_object(out, "the connections");
    is_hr(IOleObject_GetUserClassID(proxy, &clsid), S_OK, "GetUserClassID");
    ok(is_guid_of(&clsid, 0x870), "the class");
    is_hr(IOleObject_GetUserType(proxy, USERCLASSTYPE_APPNAME, &type), OLE_E_BLANK,
            "GetUserType, none");
    is_ptr(type, NULL, "no type");
    is_hr(IOleObject_GetUserType(proxy, USERCLASSTYPE_FULL, &type), S_OK, "GetUserType");
    ok(same_text(type, long_text()), "the type");
    CoTaskMemFree(type);
    is_hr(IOleObject_GetMiscStatus(proxy, DVASPECT_ICON, &status), S_OK, "GetMiscStatus");
    is_uint(status, OLEMISC_INSIDEOUT + DVASPECT_ICON, "the status");
}

static void check_ole_object(IOleObject *proxy)
{
    BYTE palette[sizeof(LOGPALETTE) + 2 * sizeof(PALETTEENTRY)];
    LOGPALETTE *colors = (LOGPALETTE *)palette;
    SIZEL size = {-1, 80000};

    memset(palette, 0x22, sizeof(palette));
    colors->palVersion = 0x300;
    colors->palNumEntries = 3;
    check_given(proxy);
    check_asked(proxy);
    is_hr(IOleObject_SetHostNames(proxy, long_text(), L""), S_OK, "SetHostNames");
    is_hr(IOleObject_SetHostNames(proxy, long_text(), NULL), S_FALSE, "SetHostNames, one");
    is_hr(IOleObject_Close(proxy, OLECLOSE_PROMPTSAVE), OLE_E_PROMPTSAVECANCELLED, "Close");
    is_hr(IOleObject_Update(proxy), OLE_E_CANT_BINDTOSOURCE, "Update");
    is_hr(IOleObject_IsUpToDate(proxy), S_FALSE, "IsUpToDate");
    is_hr(IOleObject_SetExtent(proxy, DVASPECT_ICON, &size), S_OK, "SetExtent");
    is_hr(IOleObject_GetExtent(proxy, DVASPECT_DOCPRINT, &size), S_OK, "GetExtent");
    ok(size.cx == DVASPECT_DOCPRINT && size.cy == -4, "the extent");
    is_hr(IOleObject_SetColorScheme(proxy, colors), S_OK, "SetColorScheme");
}

static void check_link(IOleLink *proxy)
{
    IMoniker *moniker = mock_create(&IID_IMoniker, GIVEN);
    IBindCtx *context = mock_create(&IID_IBindCtx, GIVEN);
    CLSID clsid = guid_of(0x871);
    void *out = (void *)0xdead;
    DWORD option = 0;
    WCHAR *name = NULL;

    is_hr(IOleLink_SetUpdateOptions(proxy, OLEUPDATE_ONCALL), S_OK, "SetUpdateOptions");
    is_hr(IOleLink_GetUpdateOptions(proxy, &option), S_OK, "GetUpdateOptions");
    is_uint(option, OLEUPDATE_ALWAYS, "the option");
    is_hr(IOleLink_SetSourceMoniker(proxy, moniker, &clsid), S_OK, "SetSourceMoniker");
    is_hr(IOleLink_SetSourceMoniker(proxy, NULL, &clsid), S_FALSE, "SetSourceMoniker, none");
    is_hr(IOleLink_GetSourceMoniker(proxy, (IMoniker **)&out), S_OK, "GetSourceMoniker");
    check_object(out, "the moniker");
    is_hr(IOleLink_SetSourceDisplayName(proxy, long_text()), MK_E_SYNTAX, "SetSourceDisplayName");
    is_hr(IOleLink_GetSourceDisplayName(proxy, &name), S_OK, "GetSourceDisplayName");
    is_wstr(name, L"C:\\a!b", "the name");
    CoTaskMemFree(name);
    is_hr(IOleLink_BindToSource(proxy, OLELINKBIND_EVENIFCLASSDIFF, context), OLE_E_CLASSDIFF,
            "BindToSource");
    is_hr(IOleLink_BindIfRunning(proxy), S_FALSE, "BindIfRunning");
    is_hr(IOleLink_GetBoundSource(proxy, (IUnknown **)&out), S_OK, "GetBoundSource");
    check_object(out, "the source");
    is_hr(IOleLink_UnbindSource(proxy), S_FALSE, "UnbindSource");
    is_hr(IOleLink_Update(proxy, context), S_OK, "Update");
    is_hr(IOleLink_Update(proxy, NULL), MK_E_UNAVAILABLE, "Update, no context");
    check_released(moniker, "the moniker is released");
    check_released(context, "the context, too");
}

static void check_items(IOleItemContainer *proxy)
{
    IBindCtx *context = mock_create(&IID_IBindCtx, GIVEN);
    IMoniker *moniker = (void *)0xdead;
    void *out = NULL;
    ULONG eaten = 0;

    is_hr(IOleItemContainer_ParseDisplayName(proxy, NULL, (WCHAR *)L"!item", &eaten, &moniker),
            MK_E_SYNTAX, "ParseDisplayName");
    ok(eaten == 5 && !moniker, "as far as that");
    is_hr(IOleItemContainer_EnumObjects(proxy, OLECONTF_LINKS, (IEnumUnknown **)&out), S_OK,
            "EnumObjects");
    check_object(out, "the enumerator");
    is_hr(IOleItemContainer_LockContainer(proxy, FALSE), S_FALSE, "LockContainer");
    is_hr(IOleItemContainer_GetObject(proxy, (WCHAR *)long_text(), BINDSPEED_MODERATE, context,
                  &IID_IStream, &out),
            S_OK, "GetObject");
    check_object(out, "the object");
    is_hr(IOleItemContainer_GetObjectStorage(proxy, (WCHAR *)L"item", NULL, &IID_IStorage, &out),
            S_OK, "GetObjectStorage");
    check_object(out, "its storage");
    out = (void *)0xdead;
    is_hr(IOleItemContainer_GetObjectStorage(proxy, (WCHAR *)L"item", NULL, &IID_IStorage, &out),
            MK_E_NOSTORAGE, "GetObjectStorage fails");
    is_ptr(out, NULL, "no storage");
    is_hr(IOleItemContainer_IsRunning(proxy, (WCHAR *)L"item"), S_FALSE, "IsRunning");
    check_released(context, "the context is released");
}

void check_objects(IClassFactory *factory)
{
    void *proxy;

    note("IOleObject, IOleLink, IOleItemContainer, IProcessInitControl");
    if ((proxy = remote_create(factory, &IID_IOleObject, "IOleObject")))
    {
        check_ole_object(proxy);
        IOleObject_Release((IOleObject *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IOleLink, "IOleLink")))
    {
        check_link(proxy);
        IOleLink_Release((IOleLink *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IOleItemContainer, "IOleItemContainer")))
    {
        check_items(proxy);
        IOleItemContainer_Release((IOleItemContainer *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IProcessInitControl, "IProcessInitControl")))
    {
        is_hr(IProcessInitControl_ResetInitializerTimeout((IProcessInitControl *)proxy, 30),
                S_FALSE, "ResetInitializerTimeout");
        IProcessInitControl_Release((IProcessInitControl *)proxy);
    }
}
