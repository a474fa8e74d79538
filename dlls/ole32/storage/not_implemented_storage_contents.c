/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What documents keep in their storages: class, formats, OLE 1 streams. Not there yet. */
#include <windows.h>
#include <ole2.h>

#include "not_implemented.h"

/* None of this is there yet, so the parameters are not used. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* In no header of MinGW-w64. */
HRESULT WINAPI GetDocumentBitStg(IStorage *storage);
HRESULT WINAPI SetDocumentBitStg(IStorage *storage, BOOL bit);
HRESULT WINAPI ReadOleStg(IStorage *storage, DWORD *flags, DWORD *update, DWORD *reserved,
        IMoniker **moniker, IStream **stream);
HRESULT WINAPI WriteOleStg(IStorage *storage, IOleObject *object, DWORD reserved, IStream **stream);
HRESULT WINAPI ReadStringStream(IStream *stream, OLECHAR **out);
HRESULT WINAPI WriteStringStream(IStream *stream, const OLECHAR *text);
HRESULT WINAPI OpenOrCreateStream(IStorage *storage, const OLECHAR *name, IStream **out);

HRESULT WINAPI ReadClassStg(IStorage *storage, CLSID *clsid)
{
    if (!clsid)
        return E_INVALIDARG;
    *clsid = CLSID_NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI WriteClassStg(IStorage *storage, REFCLSID clsid)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI ReadFmtUserTypeStg(IStorage *storage, CLIPFORMAT *format, OLECHAR **type)
{
    if (format)
        *format = 0;
    if (type)
        *type = NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI WriteFmtUserTypeStg(IStorage *storage, CLIPFORMAT format, OLECHAR *type)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI GetConvertStg(IStorage *storage)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI SetConvertStg(IStorage *storage, BOOL convert)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI GetDocumentBitStg(IStorage *storage)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI SetDocumentBitStg(IStorage *storage, BOOL bit)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI ReadOleStg(IStorage *storage, DWORD *flags, DWORD *update, DWORD *reserved,
        IMoniker **moniker, IStream **stream)
{
    if (flags)
        *flags = 0;
    if (update)
        *update = 0;
    if (moniker)
        *moniker = NULL;
    if (stream)
        *stream = NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI WriteOleStg(IStorage *storage, IOleObject *object, DWORD reserved, IStream **stream)
{
    if (stream)
        *stream = NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI ReadStringStream(IStream *stream, OLECHAR **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI WriteStringStream(IStream *stream, const OLECHAR *text)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OpenOrCreateStream(IStorage *storage, const OLECHAR *name, IStream **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleConvertIStorageToOLESTREAM(IStorage *storage, OLESTREAM *stream)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleConvertIStorageToOLESTREAMEx(IStorage *storage, CLIPFORMAT format, LONG width,
        LONG height, DWORD size, STGMEDIUM *medium, OLESTREAM *stream)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleConvertOLESTREAMToIStorage(OLESTREAM *stream, IStorage *storage,
        const DVTARGETDEVICE *device)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleConvertOLESTREAMToIStorageEx(OLESTREAM *stream, IStorage *storage,
        CLIPFORMAT *format, LONG *width, LONG *height, DWORD *size, STGMEDIUM *medium)
{
    if (!format || !width || !height || !size)
        return E_INVALIDARG;
    *format = 0;
    *width = *height = 0;
    *size = 0;
    return NOT_IMPLEMENTED();
}
