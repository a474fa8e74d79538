/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Linked and embedded objects at work: running, drawing, advising, their registration. Not there
 * yet. */
#include <windows.h>
#include <ole2.h>

#include "not_implemented.h"

/* None of this is there yet, so the parameters are not used. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* In no header of MinGW-w64. */
HRESULT WINAPI UtConvertDvtd16toDvtd32(const void *source, const void *info, void *destination);
HRESULT WINAPI UtConvertDvtd32toDvtd16(const void *source, const void *info, void *destination);
HRESULT WINAPI UtGetDvtd16Info(const void *device, void *info);
HRESULT WINAPI UtGetDvtd32Info(const void *device, void *info);

HRESULT WINAPI CreateDataAdviseHolder(IDataAdviseHolder **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI CreateOleAdviseHolder(IOleAdviseHolder **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleRun(IUnknown *object)
{
    return NOT_IMPLEMENTED();
}

BOOL WINAPI OleIsRunning(IOleObject *object)
{
    NOT_IMPLEMENTED();
    return FALSE;
}

HRESULT WINAPI OleLockRunning(IUnknown *object, BOOL lock, BOOL last_closes)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleNoteObjectVisible(IUnknown *object, BOOL visible)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleSetContainedObject(IUnknown *object, BOOL contained)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleDraw(IUnknown *object, DWORD aspect, HDC dc, const RECT *bounds)
{
    return NOT_IMPLEMENTED();
}

HANDLE WINAPI OleDuplicateData(HANDLE source, CLIPFORMAT format, UINT flags)
{
    NOT_IMPLEMENTED();
    return NULL;
}

HRESULT WINAPI OleDoAutoConvert(IStorage *storage, CLSID *new_clsid)
{
    if (!new_clsid)
        return E_INVALIDARG;
    *new_clsid = CLSID_NULL;
    return NOT_IMPLEMENTED();
}

HGLOBAL WINAPI OleGetIconOfClass(REFCLSID clsid, OLECHAR *label, BOOL use_type)
{
    NOT_IMPLEMENTED();
    return NULL;
}

HGLOBAL WINAPI OleGetIconOfFile(OLECHAR *path, BOOL use_file)
{
    NOT_IMPLEMENTED();
    return NULL;
}

HGLOBAL WINAPI OleMetafilePictFromIconAndLabel(HICON icon, OLECHAR *label, OLECHAR *source,
        UINT index)
{
    NOT_IMPLEMENTED();
    return NULL;
}

HRESULT WINAPI UtConvertDvtd16toDvtd32(const void *source, const void *info, void *destination)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI UtConvertDvtd32toDvtd16(const void *source, const void *info, void *destination)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI UtGetDvtd16Info(const void *device, void *info)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI UtGetDvtd32Info(const void *device, void *info)
{
    return NOT_IMPLEMENTED();
}
