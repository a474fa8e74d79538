/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Linked and embedded objects: made, loaded, saved. Not there yet. */
#include <windows.h>
#include <ole2.h>

#include "not_implemented.h"

/* None of this is there yet, so the parameters are not used. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

HRESULT WINAPI OleCreate(REFCLSID clsid, REFIID iid, DWORD render, FORMATETC *format,
        IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateEx(REFCLSID clsid, REFIID iid, DWORD flags, DWORD render, ULONG count,
        DWORD *advises, FORMATETC *formats, IAdviseSink *sink, DWORD *connections,
        IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateFromData(IDataObject *data, REFIID iid, DWORD render, FORMATETC *format,
        IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateFromDataEx(IDataObject *data, REFIID iid, DWORD flags, DWORD render,
        ULONG count, DWORD *advises, FORMATETC *formats, IAdviseSink *sink, DWORD *connections,
        IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateFromFile(REFCLSID clsid, const OLECHAR *path, REFIID iid, DWORD render,
        FORMATETC *format, IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateFromFileEx(REFCLSID clsid, const OLECHAR *path, REFIID iid, DWORD flags,
        DWORD render, ULONG count, DWORD *advises, FORMATETC *formats, IAdviseSink *sink,
        DWORD *connections, IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateLink(IMoniker *source, REFIID iid, DWORD render, FORMATETC *format,
        IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateLinkEx(IMoniker *source, REFIID iid, DWORD flags, DWORD render, ULONG count,
        DWORD *advises, FORMATETC *formats, IAdviseSink *sink, DWORD *connections,
        IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateLinkFromData(IDataObject *data, REFIID iid, DWORD render, FORMATETC *format,
        IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateLinkFromDataEx(IDataObject *data, REFIID iid, DWORD flags, DWORD render,
        ULONG count, DWORD *advises, FORMATETC *formats, IAdviseSink *sink, DWORD *connections,
        IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateLinkToFile(const OLECHAR *path, REFIID iid, DWORD render, FORMATETC *format,
        IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateLinkToFileEx(const OLECHAR *path, REFIID iid, DWORD flags, DWORD render,
        ULONG count, DWORD *advises, FORMATETC *formats, IAdviseSink *sink, DWORD *connections,
        IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateStaticFromData(IDataObject *data, REFIID iid, DWORD render,
        FORMATETC *format, IOleClientSite *site, IStorage *storage, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleQueryCreateFromData(IDataObject *data)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleQueryLinkFromData(IDataObject *data)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI OleCreateDefaultHandler(REFCLSID clsid, IUnknown *outer, REFIID iid, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleCreateEmbeddingHelper(REFCLSID clsid, IUnknown *outer, DWORD flags,
        IClassFactory *factory, REFIID iid, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI CreateDataCache(IUnknown *outer, REFCLSID clsid, REFIID iid, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleLoad(IStorage *storage, REFIID iid, IOleClientSite *site, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI OleSave(IPersistStorage *object, IStorage *storage, BOOL same)
{
    return NOT_IMPLEMENTED();
}
