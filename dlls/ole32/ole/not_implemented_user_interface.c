/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clipboard, drag and drop, and the menus of objects that are active in place. Not there yet. */
#include <windows.h>
#include <ole2.h>

#include "not_implemented.h"

/* None of this is there yet, so the parameters are not used. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

HRESULT WINAPI OleGetClipboard(IDataObject **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleSetClipboard(IDataObject *data)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleFlushClipboard(void)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleIsCurrentClipboard(IDataObject *data)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI DoDragDrop(IDataObject *data, IDropSource *source, DWORD allowed, DWORD *effect)
{
    if (!effect)
        return E_INVALIDARG;
    *effect = DROPEFFECT_NONE;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RegisterDragDrop(HWND window, IDropTarget *target)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RevokeDragDrop(HWND window)
{
    return NOT_IMPLEMENTED();
}

HOLEMENU WINAPI OleCreateMenuDescriptor(HMENU menu, OLEMENUGROUPWIDTHS *widths)
{
    NOT_IMPLEMENTED();
    return NULL;
}

HRESULT WINAPI OleDestroyMenuDescriptor(HOLEMENU menu)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleSetMenuDescriptor(HOLEMENU menu, HWND frame_window, HWND object_window,
        IOleInPlaceFrame *frame, IOleInPlaceActiveObject *object)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleTranslateAccelerator(IOleInPlaceFrame *frame, OLEINPLACEFRAMEINFO *info,
        MSG *message)
{
    return NOT_IMPLEMENTED();
}

BOOL WINAPI IsAccelerator(HACCEL table, int count, MSG *message, WORD *command)
{
    if (command)
        *command = 0;
    NOT_IMPLEMENTED();
    return FALSE;
}
