/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies of storage media. Pages "CopyStgMedium function", "STGMEDIUM structure"
 * (objidl/ns-objidl-ustgmedium).
 */
#include "urlmon_module.h"

static HRESULT global_copy(HGLOBAL source, HGLOBAL *out)
{
    SIZE_T size = GlobalSize(source);
    const void *from = GlobalLock(source);
    void *to;

    *out = NULL;
    if (!from)
        return E_INVALIDARG;
    *out = GlobalAlloc(GMEM_MOVEABLE, size);
    to = *out ? GlobalLock(*out) : NULL;
    if (to)
    {
        memcpy(to, from, size);
        GlobalUnlock(*out);
    }
    else
    {
        GlobalFree(*out);
        *out = NULL;
    }
    GlobalUnlock(source);
    return to ? S_OK : E_OUTOFMEMORY;
}

/* A METAFILEPICT in global memory; the metafile in it is copied as well. */
static HRESULT metafile_picture_copy(HGLOBAL source, HGLOBAL *out)
{
    METAFILEPICT *picture;
    HRESULT hr;

    if (GlobalSize(source) < sizeof(*picture))
        return E_INVALIDARG;
    hr = global_copy(source, out);
    if (FAILED(hr))
        return hr;
    picture = GlobalLock(*out);
    if (picture)
    {
        picture->hMF = CopyMetaFileW(picture->hMF, NULL);
        hr = picture->hMF ? S_OK : E_OUTOFMEMORY;
        GlobalUnlock(*out);
    }
    else
        hr = E_OUTOFMEMORY;
    if (FAILED(hr))
    {
        GlobalFree(*out);
        *out = NULL;
    }
    return hr;
}

/* Bitmaps; palettes too come as TYMED_GDI, but the medium does not say which it is. */
static HRESULT gdi_object_copy(HGDIOBJ source, HGDIOBJ *out)
{
    *out = NULL;
    if (GetObjectType(source) != OBJ_BITMAP)
        return DV_E_TYMED;
    *out = CopyImage(source, IMAGE_BITMAP, 0, 0, 0);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT file_name_copy(const WCHAR *source, WCHAR **out)
{
    size_t size;

    *out = NULL;
    if (!source)
        return S_OK;
    size = (wcslen(source) + 1) * sizeof(WCHAR);
    *out = CoTaskMemAlloc(size);
    if (!*out)
        return E_OUTOFMEMORY;
    memcpy(*out, source, size);
    return S_OK;
}

/*
 * CopyStgMedium: a medium of the same kind with the same data: memory, names and metafiles are
 * duplicated, streams and storages get one more reference. A medium that another object releases
 * (pUnkForRelease) keeps its handles, and that object gets one more reference. E_POINTER for NULL,
 * DV_E_TYMED for an unknown kind, E_OUTOFMEMORY; *target is empty then.
 */
HRESULT WINAPI CopyStgMedium(const STGMEDIUM *source, STGMEDIUM *target)
{
    BOOL shared;
    HRESULT hr = S_OK;

    if (!source || !target)
        return E_POINTER;
    memset(target, 0, sizeof(*target));
    target->tymed = source->tymed;
    shared = source->pUnkForRelease != NULL;
    switch (source->tymed)
    {
    case TYMED_NULL:
        break;
    case TYMED_HGLOBAL:
        if (shared || !source->hGlobal)
            target->hGlobal = source->hGlobal;
        else
            hr = global_copy(source->hGlobal, &target->hGlobal);
        break;
    case TYMED_FILE:
        hr = file_name_copy(source->lpszFileName, &target->lpszFileName);
        break;
    case TYMED_ISTREAM:
        target->pstm = source->pstm;
        if (target->pstm)
            IStream_AddRef(target->pstm);
        break;
    case TYMED_ISTORAGE:
        target->pstg = source->pstg;
        if (target->pstg)
            IStorage_AddRef(target->pstg);
        break;
    case TYMED_GDI:
        if (shared || !source->hBitmap)
            target->hBitmap = source->hBitmap;
        else
            hr = gdi_object_copy(source->hBitmap, (HGDIOBJ *)&target->hBitmap);
        break;
    case TYMED_MFPICT:
        if (shared || !source->hMetaFilePict)
            target->hMetaFilePict = source->hMetaFilePict;
        else
            hr = metafile_picture_copy(source->hMetaFilePict, &target->hMetaFilePict);
        break;
    case TYMED_ENHMF:
        target->hEnhMetaFile = source->hEnhMetaFile;
        if (!shared && source->hEnhMetaFile)
        {
            target->hEnhMetaFile = CopyEnhMetaFileW(source->hEnhMetaFile, NULL);
            hr = target->hEnhMetaFile ? S_OK : E_OUTOFMEMORY;
        }
        break;
    default:
        hr = DV_E_TYMED;
        break;
    }
    if (FAILED(hr))
    {
        memset(target, 0, sizeof(*target));
        return hr;
    }
    target->pUnkForRelease = source->pUnkForRelease;
    if (shared)
        IUnknown_AddRef(target->pUnkForRelease);
    return S_OK;
}
