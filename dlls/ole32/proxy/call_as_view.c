/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IViewObject, and what an object that is active in place is told by its container. pvAspect allows
 * an object to be quicker ("IViewObject::Draw", "DVASPECTINFO structure"): it points to memory of
 * the caller's and stays there. Device contexts cross as handles of this machine.
 */
#include "continue_callback.h"
#include "core_interfaces.h"

HRESULT STDMETHODCALLTYPE IViewObject_Draw_Proxy(IViewObject *iface, DWORD aspect, LONG index,
        void *aspect_information, DVTARGETDEVICE *device, HDC target, HDC draw, LPCRECTL bounds,
        LPCRECTL window_bounds, BOOL(STDMETHODCALLTYPE *function)(ULONG_PTR), ULONG_PTR context)
{
    IContinue *callback = NULL;
    HRESULT hr;

    (void)aspect_information;
    if (function && FAILED(hr = continue_callback_create(function, context, &callback)))
        return hr;
    hr = IViewObject_RemoteDraw_Proxy(iface, aspect, index, 0, device, target, draw, bounds,
            window_bounds, callback);
    if (callback)
        continue_callback_end(callback);
    return hr;
}

HRESULT __RPC_STUB IViewObject_Draw_Stub(IViewObject *iface, DWORD aspect, LONG index,
        ULONG_PTR aspect_information, DVTARGETDEVICE *device, HDC target, HDC draw, LPCRECTL bounds,
        LPCRECTL window_bounds, IContinue *callback)
{
    (void)aspect_information;
    return IViewObject_Draw(iface, aspect, index, NULL, device, target, draw, bounds, window_bounds,
            callback ? continue_callback_ask : NULL, (ULONG_PTR)callback);
}

HRESULT STDMETHODCALLTYPE IViewObject_GetColorSet_Proxy(IViewObject *iface, DWORD aspect,
        LONG index, void *aspect_information, DVTARGETDEVICE *device, HDC target,
        LOGPALETTE **colors)
{
    (void)aspect_information;
    *colors = NULL;
    return IViewObject_RemoteGetColorSet_Proxy(iface, aspect, index, 0, device, (ULONG_PTR)target,
            colors);
}

HRESULT __RPC_STUB IViewObject_GetColorSet_Stub(IViewObject *iface, DWORD aspect, LONG index,
        ULONG_PTR aspect_information, DVTARGETDEVICE *device, ULONG_PTR target, LOGPALETTE **colors)
{
    (void)aspect_information;
    *colors = NULL;
    /* A handle has 32 bits, extended by their sign ("Interprocess Communication"). */
    return IViewObject_GetColorSet(iface, aspect, index, NULL, device, (HDC)(LONG_PTR)(LONG)target,
            colors);
}

HRESULT STDMETHODCALLTYPE IViewObject_Freeze_Proxy(IViewObject *iface, DWORD aspect, LONG index,
        void *aspect_information, DWORD *freeze)
{
    DWORD key = 0;
    HRESULT hr = IViewObject_RemoteFreeze_Proxy(iface, aspect, index, 0, &key);

    (void)aspect_information;
    if (freeze)
        *freeze = key;
    return hr;
}

HRESULT __RPC_STUB IViewObject_Freeze_Stub(IViewObject *iface, DWORD aspect, LONG index,
        ULONG_PTR aspect_information, DWORD *freeze)
{
    (void)aspect_information;
    *freeze = 0;
    return IViewObject_Freeze(iface, aspect, index, NULL, freeze);
}

/* Each of the three may be left out ("IViewObject::GetAdvise"). */
HRESULT STDMETHODCALLTYPE IViewObject_GetAdvise_Proxy(IViewObject *iface, DWORD *aspects,
        DWORD *flags, IAdviseSink **sink)
{
    DWORD aspects_now = 0, flags_now = 0;
    IAdviseSink *sink_now = NULL;
    HRESULT hr = IViewObject_RemoteGetAdvise_Proxy(iface, &aspects_now, &flags_now, &sink_now);

    if (aspects)
        *aspects = aspects_now;
    if (flags)
        *flags = flags_now;
    if (sink)
        *sink = sink_now;
    else if (sink_now)
        IAdviseSink_Release(sink_now);
    return hr;
}

HRESULT __RPC_STUB IViewObject_GetAdvise_Stub(IViewObject *iface, DWORD *aspects, DWORD *flags,
        IAdviseSink **sink)
{
    *aspects = 0;
    *flags = 0;
    *sink = NULL;
    return IViewObject_GetAdvise(iface, aspects, flags, sink);
}

/* An object that lives elsewhere has a message loop of its own: it is asked for nothing, as the
 * default handler does ("IOleInPlaceActiveObject::TranslateAccelerator"). */
HRESULT STDMETHODCALLTYPE IOleInPlaceActiveObject_TranslateAccelerator_Proxy(
        IOleInPlaceActiveObject *iface, LPMSG message)
{
    (void)iface, (void)message;
    return S_FALSE;
}

HRESULT __RPC_STUB IOleInPlaceActiveObject_TranslateAccelerator_Stub(IOleInPlaceActiveObject *iface)
{
    (void)iface;
    return S_FALSE;
}

HRESULT STDMETHODCALLTYPE IOleInPlaceActiveObject_ResizeBorder_Proxy(IOleInPlaceActiveObject *iface,
        LPCRECT border, IOleInPlaceUIWindow *window, BOOL frame)
{
    return IOleInPlaceActiveObject_RemoteResizeBorder_Proxy(iface, border, &IID_IOleInPlaceUIWindow,
            window, frame);
}

/* What came is of the interface which the other side names: it is asked for the right one. */
HRESULT __RPC_STUB IOleInPlaceActiveObject_ResizeBorder_Stub(IOleInPlaceActiveObject *iface,
        LPCRECT border, REFIID iid, IOleInPlaceUIWindow *came, BOOL frame)
{
    IOleInPlaceUIWindow *window = NULL;
    HRESULT hr;

    (void)iid;
    if (came
            && FAILED(hr = IUnknown_QueryInterface((IUnknown *)came, &IID_IOleInPlaceUIWindow,
                              (void **)&window)))
        return hr;
    hr = IOleInPlaceActiveObject_ResizeBorder(iface, border, window, frame);
    if (window)
        IOleInPlaceUIWindow_Release(window);
    return hr;
}
