/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IViewObject2, IContinue. */
#include "interface_mock.h"

#define GIVEN 0x840
#define MADE 0x841
#define DEVICE_MORE 20

static const RECTL bounds = {1, -2, 300, 400000}, window_bounds = {5, 6, 7, 8};

struct device
{
    DVTARGETDEVICE device;
    BYTE more[DEVICE_MORE];
};

static struct device device_make(void)
{
    struct device device;

    memset(&device, 0x5a, sizeof(device));
    device.device.tdSize = sizeof(device);
    return device;
}

static BOOL is_device(const DVTARGETDEVICE *device)
{
    struct device expected = device_make();

    return device && device->tdSize == sizeof(expected)
            && !memcmp(device, &expected, sizeof(expected));
}

/* Draws until it is told to stop, or three times. */
static HRESULT STDMETHODCALLTYPE view_Draw(IViewObject2 *iface, DWORD aspect, LONG index,
        void *information, DVTARGETDEVICE *device, HDC target, HDC draw, LPCRECTL rectangle,
        LPCRECTL window, WINBOOL(STDMETHODCALLTYPE *goes_on)(ULONG_PTR), ULONG_PTR context)
{
    MOCK_ENTER(iface);
    EXPECT(aspect == DVASPECT_CONTENT && index == -1 && !information);
    EXPECT(draw == (HDC)(ULONG_PTR)0x4321);
    if (!device)
    {
        EXPECT(!target && !rectangle && !window && !goes_on);
        return OLE_E_BLANK;
    }
    EXPECT(is_device(device) && target == (HDC)(LONG_PTR)-7 && goes_on);
    EXPECT(!memcmp(rectangle, &bounds, sizeof(bounds)));
    EXPECT(!memcmp(window, &window_bounds, sizeof(window_bounds)));
    for (unsigned int i = 0; i < 3; i++)
        if (!goes_on(context))
            return VIEW_E_DRAW;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE view_GetColorSet(IViewObject2 *iface, DWORD aspect, LONG index,
        void *information, DVTARGETDEVICE *device, HDC target, LOGPALETTE **colors)
{
    MOCK_ENTER(iface);
    EXPECT(!*colors && !information && aspect == DVASPECT_ICON && index == 2);
    EXPECT(target == (HDC)(LONG_PTR)-9);
    if (!device)
        return S_FALSE;
    EXPECT(is_device(device));
    *colors = CoTaskMemAlloc(sizeof(**colors) + 2 * sizeof(PALETTEENTRY));
    (*colors)->palVersion = 0x300;
    (*colors)->palNumEntries = 3;
    memset((*colors)->palPalEntry, 0x17, 3 * sizeof(PALETTEENTRY));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE view_Freeze(IViewObject2 *iface, DWORD aspect, LONG index,
        void *information, DWORD *freeze)
{
    MOCK_ENTER(iface);
    EXPECT(aspect == DVASPECT_THUMBNAIL && index == 3 && !information);
    *freeze = 0x8000001;
    return VIEW_S_ALREADY_FROZEN;
}

static HRESULT STDMETHODCALLTYPE view_Unfreeze(IViewObject2 *iface, DWORD freeze)
{
    MOCK_ENTER(iface);
    return freeze == 0x8000001 ? OLE_E_NOCONNECTION : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE view_SetAdvise(IViewObject2 *iface, DWORD aspects, DWORD flags,
        IAdviseSink *sink)
{
    MOCK_ENTER(iface);
    EXPECT(aspects == DVASPECT_DOCPRINT && flags == ADVF_ONLYONCE);
    EXPECT(!sink || token_of(sink) == GIVEN);
    return sink ? S_OK : OLE_E_ADVISENOTSUPPORTED;
}

static HRESULT STDMETHODCALLTYPE view_GetAdvise(IViewObject2 *iface, DWORD *aspects, DWORD *flags,
        IAdviseSink **sink)
{
    MOCK_ENTER(iface);
    EXPECT(!*sink);
    *aspects = DVASPECT_ICON;
    *flags = ADVF_PRIMEFIRST;
    *sink = mock_create(&IID_IAdviseSink, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE view_GetExtent(IViewObject2 *iface, DWORD aspect, LONG index,
        DVTARGETDEVICE *device, LPSIZEL size)
{
    MOCK_ENTER(iface);
    EXPECT(aspect == DVASPECT_CONTENT && index == -1 && (!device || is_device(device)));
    size->cx = device ? -100 : 1;
    size->cy = 200000;
    return device ? S_OK : OLE_E_BLANK;
}

/* IViewObject is the first nine of its methods. */
static const IViewObject2Vtbl view_vtbl = {MOCK_UNKNOWN, view_Draw, view_GetColorSet, view_Freeze,
        view_Unfreeze, view_SetAdvise, view_GetAdvise, view_GetExtent};

static HRESULT STDMETHODCALLTYPE continue_FContinue(IContinue *iface)
{
    MOCK_ENTER(iface);
    return mock->position++ ? S_FALSE : S_OK;
}

static const IContinueVtbl continue_vtbl = {MOCK_UNKNOWN, continue_FContinue};

const struct mock_class view_classes[] = {
        {{&IID_IViewObject}, &view_vtbl},
        {{&IID_IViewObject2, &IID_IViewObject}, &view_vtbl},
        {{&IID_IContinue}, &continue_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

struct drawing
{
    unsigned int asked, allowed;
};

static WINBOOL STDMETHODCALLTYPE drawing_goes_on(ULONG_PTR context)
{
    struct drawing *drawing = (struct drawing *)context;

    return drawing->asked++ < drawing->allowed;
}

/* Page "IViewObject::Draw method (oleidl.h)". */
static void check_drawing(IViewObject2 *proxy)
{
    struct device device = device_make();
    struct drawing drawing = {0, 10};
    HDC target = (HDC)(LONG_PTR)-7, draw = (HDC)(ULONG_PTR)0x4321;

    is_hr(IViewObject2_Draw(proxy, DVASPECT_CONTENT, -1, NULL, &device.device, target, draw,
                  &bounds, &window_bounds, drawing_goes_on, (ULONG_PTR)&drawing),
            S_OK, "Draw");
    is_uint(drawing.asked, 3, "it asks whether to go on");
    drawing.asked = 0;
    drawing.allowed = 1;
    is_hr(IViewObject2_Draw(proxy, DVASPECT_CONTENT, -1, &drawing, &device.device, target, draw,
                  &bounds, &window_bounds, drawing_goes_on, (ULONG_PTR)&drawing),
            VIEW_E_DRAW, "Draw, stopped");
    is_uint(drawing.asked, 2, "asked twice");
    is_hr(IViewObject2_Draw(proxy, DVASPECT_CONTENT, -1, NULL, NULL, NULL, draw, NULL, NULL, NULL,
                  0),
            OLE_E_BLANK, "Draw, what may be missing");
}

static void check_view(IViewObject2 *proxy, BOOL second)
{
    struct device device = device_make();
    IAdviseSink *given = mock_create(&IID_IAdviseSink, GIVEN), *sink = NULL;
    LOGPALETTE *colors = (void *)0xdead;
    DWORD freeze = 0, aspects = 0, flags = 0;
    SIZEL size = {0, 0};

    check_drawing(proxy);
    is_hr(IViewObject2_GetColorSet(proxy, DVASPECT_ICON, 2, NULL, &device.device, (HDC)(LONG_PTR)-9,
                  &colors),
            S_OK, "GetColorSet");
    ok(colors->palVersion == 0x300 && colors->palNumEntries == 3
                    && colors->palPalEntry[2].peBlue == 0x17,
            "the colours");
    CoTaskMemFree(colors);
    is_hr(IViewObject2_GetColorSet(proxy, DVASPECT_ICON, 2, NULL, NULL, (HDC)(LONG_PTR)-9, &colors),
            S_FALSE, "GetColorSet, none");
    is_ptr(colors, NULL, "no colours");
    is_hr(IViewObject2_Freeze(proxy, DVASPECT_THUMBNAIL, 3, NULL, &freeze), VIEW_S_ALREADY_FROZEN,
            "Freeze");
    is_uint(freeze, 0x8000001, "its key");
    is_hr(IViewObject2_Unfreeze(proxy, freeze), OLE_E_NOCONNECTION, "Unfreeze");
    is_hr(IViewObject2_SetAdvise(proxy, DVASPECT_DOCPRINT, ADVF_ONLYONCE, given), S_OK,
            "SetAdvise");
    is_hr(IViewObject2_SetAdvise(proxy, DVASPECT_DOCPRINT, ADVF_ONLYONCE, NULL),
            OLE_E_ADVISENOTSUPPORTED, "SetAdvise, no sink");
    is_hr(IViewObject2_GetAdvise(proxy, &aspects, &flags, &sink), S_OK, "GetAdvise");
    ok(aspects == DVASPECT_ICON && flags == ADVF_PRIMEFIRST && token_of(sink) == MADE,
            "the sink, and for what");
    IAdviseSink_Release(sink);
    is_hr(IViewObject2_GetAdvise(proxy, NULL, NULL, NULL), S_OK, "GetAdvise, nothing asked for");
    if (second)
    {
        is_hr(IViewObject2_GetExtent(proxy, DVASPECT_CONTENT, -1, &device.device, &size), S_OK,
                "GetExtent");
        ok(size.cx == -100 && size.cy == 200000, "its size");
        is_hr(IViewObject2_GetExtent(proxy, DVASPECT_CONTENT, -1, NULL, &size), OLE_E_BLANK,
                "GetExtent, no device");
    }
    check_released(given, "the sink is released");
}

void check_views(IClassFactory *factory)
{
    void *proxy;

    note("IViewObject, IViewObject2, IContinue");
    if (!tap_builtin()) /* which draws nothing across apartments */
    {
        if ((proxy = remote_create(factory, &IID_IViewObject, "IViewObject")))
        {
            check_view(proxy, FALSE);
            IViewObject_Release((IViewObject *)proxy);
        }
        if ((proxy = remote_create(factory, &IID_IViewObject2, "IViewObject2")))
        {
            check_view(proxy, TRUE);
            IViewObject2_Release((IViewObject2 *)proxy);
        }
    }
    if ((proxy = remote_create(factory, &IID_IContinue, "IContinue")))
    {
        is_hr(IContinue_FContinue((IContinue *)proxy), S_OK, "FContinue");
        is_hr(IContinue_FContinue((IContinue *)proxy), S_FALSE, "FContinue, to stop");
        IContinue_Release((IContinue *)proxy);
    }
}
