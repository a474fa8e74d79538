/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects that are active in place, and the windows around them. */
#include "interface_mock.h"

#define GIVEN 0x880
#define MADE 0x881
#define WINDOW ((HWND)(ULONG_PTR)0x20030)
#define MENU ((HMENU)(ULONG_PTR)0x4567)
#define ACCELERATORS ((HACCEL)(LONG_PTR)-3)

static const RECT one = {1, 2, 3, 4}, two = {-5, 6, 7, 100000};

static BOOL is_rectangle(const RECT *rectangle, const RECT *expected)
{
    return rectangle && !memcmp(rectangle, expected, sizeof(*expected));
}

/* ---- what is common: a window; methods without arguments ---- */

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

/* Which of them it was: it keeps their number. */
#define PLAIN_METHOD(type, name, method, number)                                                   \
    static HRESULT STDMETHODCALLTYPE name##_##method(type *iface)                                  \
    {                                                                                              \
        MOCK_ENTER(iface);                                                                         \
        return MAKE_HRESULT(SEVERITY_SUCCESS, FACILITY_ITF, number);                               \
    }

PLAIN_METHOD(IOleInPlaceObject, object, InPlaceDeactivate, 0x301)
PLAIN_METHOD(IOleInPlaceObject, object, UIDeactivate, 0x302)
PLAIN_METHOD(IOleInPlaceObject, object, ReactivateAndUndo, 0x303)
PLAIN_METHOD(IOleInPlaceSite, site, CanInPlaceActivate, 0x304)
PLAIN_METHOD(IOleInPlaceSite, site, OnInPlaceActivate, 0x305)
PLAIN_METHOD(IOleInPlaceSite, site, OnUIActivate, 0x306)
PLAIN_METHOD(IOleInPlaceSite, site, OnInPlaceDeactivate, 0x307)
PLAIN_METHOD(IOleInPlaceSite, site, DiscardUndoState, 0x308)
PLAIN_METHOD(IOleInPlaceSite, site, DeactivateAndUndo, 0x309)

#define check_plain(call, number)                                                                  \
    is_hr(call, MAKE_HRESULT(SEVERITY_SUCCESS, FACILITY_ITF, number), "%s", #call)

static HRESULT STDMETHODCALLTYPE object_SetObjectRects(IOleInPlaceObject *iface, LPCRECT position,
        LPCRECT clip)
{
    MOCK_ENTER(iface);
    EXPECT(is_rectangle(position, &one) && is_rectangle(clip, &two));
    return S_OK;
}

static const IOleInPlaceObjectVtbl object_vtbl = {MOCK_UNKNOWN, (void *)window_GetWindow,
        (void *)window_ContextSensitiveHelp, object_InPlaceDeactivate, object_UIDeactivate,
        object_SetObjectRects, object_ReactivateAndUndo};

/* ---- the active object ---- */

static HRESULT STDMETHODCALLTYPE active_TranslateAccelerator(IOleInPlaceActiveObject *iface,
        LPMSG message)
{
    (void)iface, (void)message;
    return E_UNEXPECTED; /* nobody asks across apartments */
}

static HRESULT STDMETHODCALLTYPE active_OnFrameWindowActivate(IOleInPlaceActiveObject *iface,
        WINBOOL activate)
{
    MOCK_ENTER(iface);
    return activate ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE active_ResizeBorder(IOleInPlaceActiveObject *iface, LPCRECT border,
        IOleInPlaceUIWindow *window, WINBOOL frame)
{
    RECT inner = {0, 0, 0, 0};
    MOCK_ENTER(iface);

    EXPECT(is_rectangle(border, &one));
    if (!window)
        return frame ? E_UNEXPECTED : S_FALSE;
    EXPECT(token_of(window) == GIVEN);
    EXPECT(IOleInPlaceUIWindow_GetBorder(window, &inner) == S_OK && is_rectangle(&inner, &two));
    return frame ? S_OK : E_INVALIDARG;
}

static const IOleInPlaceActiveObjectVtbl active_vtbl = {MOCK_UNKNOWN, (void *)window_GetWindow,
        (void *)window_ContextSensitiveHelp, active_TranslateAccelerator,
        active_OnFrameWindowActivate, active_OnFrameWindowActivate, active_ResizeBorder,
        active_OnFrameWindowActivate};

/* ---- the windows: IOleInPlaceUIWindow is the first nine methods of the frame ---- */

static HRESULT STDMETHODCALLTYPE frame_GetBorder(IOleInPlaceFrame *iface, LPRECT border)
{
    MOCK_ENTER(iface);
    *border = two;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE frame_RequestBorderSpace(IOleInPlaceFrame *iface,
        LPCBORDERWIDTHS widths)
{
    MOCK_ENTER(iface);
    EXPECT(!widths || is_rectangle(widths, &one));
    return widths ? INPLACE_E_NOTOOLSPACE : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE frame_SetActiveObject(IOleInPlaceFrame *iface,
        IOleInPlaceActiveObject *object, LPCOLESTR name)
{
    MOCK_ENTER(iface);
    if (!object)
        return name ? E_INVALIDARG : S_FALSE;
    EXPECT(token_of(object) == GIVEN && same_text(name, L"an object"));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE frame_InsertMenus(IOleInPlaceFrame *iface, HMENU menu,
        LPOLEMENUGROUPWIDTHS widths)
{
    MOCK_ENTER(iface);
    EXPECT(menu == MENU);
    for (LONG i = 0; i < 6; i++)
    {
        EXPECT(widths->width[i] == i * 3);
        widths->width[i] = -i;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE frame_SetMenu(IOleInPlaceFrame *iface, HMENU menu,
        HOLEMENU descriptor, HWND active)
{
    const BYTE *bytes = descriptor ? GlobalLock(descriptor) : NULL;
    MOCK_ENTER(iface);

    EXPECT(menu == (descriptor ? MENU : NULL) && active == WINDOW);
    EXPECT(!descriptor || (bytes && pattern_is(bytes, 100)));
    if (bytes)
        GlobalUnlock(descriptor);
    return descriptor ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE frame_RemoveMenus(IOleInPlaceFrame *iface, HMENU menu)
{
    MOCK_ENTER(iface);
    return menu == MENU ? S_FALSE : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE frame_SetStatusText(IOleInPlaceFrame *iface, LPCOLESTR text)
{
    MOCK_ENTER(iface);
    EXPECT(!text || same_text(text, long_text()));
    return text ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE frame_EnableModeless(IOleInPlaceFrame *iface, WINBOOL enable)
{
    MOCK_ENTER(iface);
    return enable ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE frame_TranslateAccelerator(IOleInPlaceFrame *iface, LPMSG message,
        WORD id)
{
    MOCK_ENTER(iface);
    EXPECT(message->hwnd == WINDOW && message->message == WM_KEYDOWN && message->lParam == -2);
    return id == 0x8001 ? S_FALSE : E_INVALIDARG;
}

static const IOleInPlaceFrameVtbl frame_vtbl = {MOCK_UNKNOWN, (void *)window_GetWindow,
        (void *)window_ContextSensitiveHelp, frame_GetBorder, frame_RequestBorderSpace,
        frame_RequestBorderSpace, frame_SetActiveObject, frame_InsertMenus, frame_SetMenu,
        frame_RemoveMenus, frame_SetStatusText, frame_EnableModeless, frame_TranslateAccelerator};

/* ---- the site ---- */

static HRESULT STDMETHODCALLTYPE site_GetWindowContext(IOleInPlaceSite *iface,
        IOleInPlaceFrame **frame, IOleInPlaceUIWindow **document, LPRECT position, LPRECT clip,
        LPOLEINPLACEFRAMEINFO information)
{
    MOCK_ENTER(iface);
    /* The size crosses as it is: a client of the other word size says another. */
    EXPECT(!*frame && !*document
            && (information->cb == sizeof(*information) || tap_peers_are_others()));
    *frame = mock_create(&IID_IOleInPlaceFrame, MADE);
    *document = mock->position++ ? mock_create(&IID_IOleInPlaceUIWindow, MADE) : NULL;
    *position = one;
    *clip = two;
    information->fMDIApp = TRUE;
    information->hwndFrame = WINDOW;
    information->haccel = ACCELERATORS;
    information->cAccelEntries = 12;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE site_Scroll(IOleInPlaceSite *iface, SIZE extent)
{
    MOCK_ENTER(iface);
    return extent.cx == -1 && extent.cy == 70000 ? S_FALSE : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE site_OnUIDeactivate(IOleInPlaceSite *iface, WINBOOL undoable)
{
    MOCK_ENTER(iface);
    return undoable ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE site_OnPosRectChange(IOleInPlaceSite *iface, LPCRECT position)
{
    MOCK_ENTER(iface);
    return is_rectangle(position, &two) ? S_OK : E_INVALIDARG;
}

static const IOleInPlaceSiteVtbl site_vtbl = {MOCK_UNKNOWN, (void *)window_GetWindow,
        (void *)window_ContextSensitiveHelp, site_CanInPlaceActivate, site_OnInPlaceActivate,
        site_OnUIActivate, site_GetWindowContext, site_Scroll, site_OnUIDeactivate,
        site_OnInPlaceDeactivate, site_DiscardUndoState, site_DeactivateAndUndo,
        site_OnPosRectChange};

const struct mock_class in_place_classes[] = {
        {{&IID_IOleInPlaceObject, &IID_IOleWindow}, &object_vtbl},
        {{&IID_IOleInPlaceActiveObject, &IID_IOleWindow}, &active_vtbl},
        {{&IID_IOleInPlaceUIWindow, &IID_IOleWindow}, &frame_vtbl},
        {{&IID_IOleInPlaceFrame, &IID_IOleInPlaceUIWindow, &IID_IOleWindow}, &frame_vtbl},
        {{&IID_IOleInPlaceSite, &IID_IOleWindow}, &site_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

static void check_window(void *proxy)
{
    HWND window = NULL;

    is_hr(IOleWindow_GetWindow((IOleWindow *)proxy, &window), S_OK, "GetWindow");
    is_ptr(window, WINDOW, "the window");
    is_hr(IOleWindow_ContextSensitiveHelp((IOleWindow *)proxy, FALSE), S_FALSE,
            "ContextSensitiveHelp");
}

static void check_made(void *object, const char *what)
{
    is_uint(token_of(object), MADE, "%s", what);
    if (object)
        IUnknown_Release((IUnknown *)object);
}

static void check_in_place_object(IOleInPlaceObject *proxy)
{
    check_window(proxy);
    check_plain(IOleInPlaceObject_InPlaceDeactivate(proxy), 0x301);
    check_plain(IOleInPlaceObject_UIDeactivate(proxy), 0x302);
    check_plain(IOleInPlaceObject_ReactivateAndUndo(proxy), 0x303);
    is_hr(IOleInPlaceObject_SetObjectRects(proxy, &one, &two), S_OK, "SetObjectRects");
}

/* Page "IOleInPlaceActiveObject::TranslateAccelerator method (oleidl.h)". */
static void check_active_object(IOleInPlaceActiveObject *proxy)
{
    IOleInPlaceFrame *frame = mock_create(&IID_IOleInPlaceFrame, GIVEN);
    MSG message = {WINDOW, WM_KEYDOWN, 1, 2, 3, {4, 5}};

    check_window(proxy);
    is_hr(IOleInPlaceActiveObject_TranslateAccelerator(proxy, &message), S_FALSE,
            "TranslateAccelerator");
    is_hr(IOleInPlaceActiveObject_OnFrameWindowActivate(proxy, TRUE), S_OK,
            "OnFrameWindowActivate");
    is_hr(IOleInPlaceActiveObject_OnDocWindowActivate(proxy, FALSE), S_FALSE,
            "OnDocWindowActivate");
    if (!builtin_lacks("IOleInPlaceActiveObject::ResizeBorder of a proxy"))
    {
        is_hr(IOleInPlaceActiveObject_ResizeBorder(proxy, &one, (IOleInPlaceUIWindow *)frame, TRUE),
                S_OK, "ResizeBorder");
        is_hr(IOleInPlaceActiveObject_ResizeBorder(proxy, &one, NULL, FALSE), S_FALSE,
                "ResizeBorder, no window");
    }
    is_hr(IOleInPlaceActiveObject_EnableModeless(proxy, FALSE), S_FALSE, "EnableModeless");
    check_released(frame, "the frame is released");
}

static void check_ui_window(IOleInPlaceUIWindow *proxy)
{
    IOleInPlaceActiveObject *object = mock_create(&IID_IOleInPlaceActiveObject, GIVEN);
    RECT border = {0, 0, 0, 0};

    check_window(proxy);
    is_hr(IOleInPlaceUIWindow_GetBorder(proxy, &border), S_OK, "GetBorder");
    ok(is_rectangle(&border, &two), "the border");
    is_hr(IOleInPlaceUIWindow_RequestBorderSpace(proxy, &one), INPLACE_E_NOTOOLSPACE,
            "RequestBorderSpace");
    is_hr(IOleInPlaceUIWindow_SetBorderSpace(proxy, NULL), S_FALSE, "SetBorderSpace, none");
    is_hr(IOleInPlaceUIWindow_SetActiveObject(proxy, object, L"an object"), S_OK,
            "SetActiveObject");
    is_hr(IOleInPlaceUIWindow_SetActiveObject(proxy, NULL, NULL), S_FALSE, "SetActiveObject, none");
    check_released(object, "the object is released");
}

static void check_frame(IOleInPlaceFrame *proxy)
{
    OLEMENUGROUPWIDTHS widths = {{0, 3, 6, 9, 12, 15}};
    MSG message = {WINDOW, WM_KEYDOWN, 1, -2, 3, {4, 5}};
    HGLOBAL descriptor = GlobalAlloc(GMEM_MOVEABLE, 100);

    pattern_fill(GlobalLock(descriptor), 100);
    GlobalUnlock(descriptor);
    is_hr(IOleInPlaceFrame_InsertMenus(proxy, MENU, &widths), S_OK, "InsertMenus");
    ok(!widths.width[0] && widths.width[5] == -5, "the widths");
    is_hr(IOleInPlaceFrame_SetMenu(proxy, MENU, descriptor, WINDOW), S_OK, "SetMenu");
    is_hr(IOleInPlaceFrame_SetMenu(proxy, NULL, NULL, WINDOW), S_FALSE, "SetMenu, none");
    is_uint(GlobalSize(descriptor), 100, "the descriptor is the caller's still");
    is_hr(IOleInPlaceFrame_RemoveMenus(proxy, MENU), S_FALSE, "RemoveMenus");
    is_hr(IOleInPlaceFrame_SetStatusText(proxy, long_text()), S_OK, "SetStatusText");
    is_hr(IOleInPlaceFrame_SetStatusText(proxy, NULL), S_FALSE, "SetStatusText, none");
    is_hr(IOleInPlaceFrame_EnableModeless(proxy, TRUE), S_OK, "EnableModeless");
    is_hr(IOleInPlaceFrame_TranslateAccelerator(proxy, &message, 0x8001), S_FALSE,
            "TranslateAccelerator");
    GlobalFree(descriptor);
}

static void check_site(IOleInPlaceSite *proxy)
{
    OLEINPLACEFRAMEINFO information = {.cb = sizeof(information)};
    IOleInPlaceUIWindow *document = (void *)0xdead;
    IOleInPlaceFrame *frame = (void *)0xdead;
    RECT position = {0, 0, 0, 0}, clip = {0, 0, 0, 0};
    SIZE extent = {-1, 70000};

    check_window(proxy);
    check_plain(IOleInPlaceSite_CanInPlaceActivate(proxy), 0x304);
    check_plain(IOleInPlaceSite_OnInPlaceActivate(proxy), 0x305);
    check_plain(IOleInPlaceSite_OnUIActivate(proxy), 0x306);
    check_plain(IOleInPlaceSite_OnInPlaceDeactivate(proxy), 0x307);
    check_plain(IOleInPlaceSite_DiscardUndoState(proxy), 0x308);
    check_plain(IOleInPlaceSite_DeactivateAndUndo(proxy), 0x309);
    is_hr(IOleInPlaceSite_GetWindowContext(proxy, &frame, &document, &position, &clip,
                  &information),
            S_OK, "GetWindowContext");
    check_made(frame, "the frame");
    is_ptr(document, NULL, "no document window");
    ok(is_rectangle(&position, &one) && is_rectangle(&clip, &two), "the rectangles");
    ok(information.fMDIApp && information.hwndFrame == WINDOW && information.haccel == ACCELERATORS
                    && information.cAccelEntries == 12,
            "the frame's accelerators");
    information.cb = sizeof(information);
    is_hr(IOleInPlaceSite_GetWindowContext(proxy, &frame, &document, &position, &clip,
                  &information),
            S_OK, "GetWindowContext again");
    check_made(frame, "the frame");
    check_made(document, "the document window");
    is_hr(IOleInPlaceSite_Scroll(proxy, extent), S_FALSE, "Scroll");
    is_hr(IOleInPlaceSite_OnUIDeactivate(proxy, TRUE), S_OK, "OnUIDeactivate");
    is_hr(IOleInPlaceSite_OnPosRectChange(proxy, &two), S_OK, "OnPosRectChange");
}

void check_in_place(IClassFactory *factory)
{
    void *proxy;

    note("objects that are active in place");
    if ((proxy = remote_create(factory, &IID_IOleInPlaceObject, "IOleInPlaceObject")))
    {
        check_in_place_object(proxy);
        IUnknown_Release((IUnknown *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IOleInPlaceActiveObject, "IOleInPlaceActiveObject")))
    {
        check_active_object(proxy);
        IUnknown_Release((IUnknown *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IOleInPlaceUIWindow, "IOleInPlaceUIWindow")))
    {
        check_ui_window(proxy);
        IUnknown_Release((IUnknown *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IOleInPlaceFrame, "IOleInPlaceFrame")))
    {
        check_ui_window(proxy);
        check_frame(proxy);
        IUnknown_Release((IUnknown *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IOleInPlaceSite, "IOleInPlaceSite")))
    {
        check_site(proxy);
        IUnknown_Release((IUnknown *)proxy);
    }
}
