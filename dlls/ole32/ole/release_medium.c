/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <windows.h>
#include <ole2.h>

#include "trace.h"

static void metafile_picture_release(HGLOBAL memory)
{
    METAFILEPICT *picture = GlobalLock(memory);

    if (picture)
    {
        DeleteMetaFile(picture->hMF);
        GlobalUnlock(memory);
    }
    GlobalFree(memory);
}

/* Frees what the medium owns itself: with pUnkForRelease its memory, handle or file belongs to that
 * object, which is released; streams and storages are released always. The medium is TYMED_NULL
 * afterwards. See "ReleaseStgMedium function". */
void WINAPI ReleaseStgMedium(STGMEDIUM *medium)
{
    BOOL is_owner;

    if (!medium)
        return;
    is_owner = !medium->pUnkForRelease;
    switch (medium->tymed)
    {
    case TYMED_NULL:
        break;
    case TYMED_HGLOBAL:
        if (is_owner && medium->hGlobal)
            GlobalFree(medium->hGlobal);
        break;
    case TYMED_FILE:
        if (is_owner && medium->lpszFileName)
            DeleteFileW(medium->lpszFileName);
        CoTaskMemFree(medium->lpszFileName);
        break;
    case TYMED_ISTREAM:
        if (medium->pstm)
            IStream_Release(medium->pstm);
        break;
    case TYMED_ISTORAGE:
        if (medium->pstg)
            IStorage_Release(medium->pstg);
        break;
    case TYMED_GDI:
        if (is_owner && medium->hBitmap)
            DeleteObject(medium->hBitmap);
        break;
    case TYMED_MFPICT:
        if (is_owner && medium->hMetaFilePict)
            metafile_picture_release(medium->hMetaFilePict);
        break;
    case TYMED_ENHMF:
        if (is_owner && medium->hEnhMetaFile)
            DeleteEnhMetaFile(medium->hEnhMetaFile);
        break;
    default:
        trace("ReleaseStgMedium: unknown medium %lu", (unsigned long)medium->tymed);
        break;
    }
    medium->tymed = TYMED_NULL;
    medium->hGlobal = NULL;
    if (medium->pUnkForRelease)
        IUnknown_Release(medium->pUnkForRelease);
    medium->pUnkForRelease = NULL;
}
