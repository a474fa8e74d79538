/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Metafiles: userHMETAFILE, userHMETAFILEPICT, userHENHMETAFILE of wtypes.idl. Those of a message
 * are walked before the system gets them: [MS-WMF] 2.3.2.2, 2.3; [MS-EMF] 2.3.4.2, 2.3.4.1. */
#include "user_contents.h"

#include <rpc.h>

#define WMF_TYPE_DISK 2
#define WMF_HEADER_WORDS 9
#define HEADER_SIZE 88 /* of an enhanced metafile, without later additions */

/* ---- BYTE_BLOBs: the size as conformance, the size, the bytes ---- */

static BYTE *blob_put(struct user_wire *wire, UINT size)
{
    if (!size || size > MAXLONG)
    {
        wire_fail(wire, (DWORD)E_HANDLE);
        return NULL;
    }
    wire_put_count(wire, size);
    wire_put_long(wire, size);
    return wire_put_room(wire, size);
}

static const BYTE *blob_get(struct user_wire *wire, DWORD *size)
{
    DWORD conformance = wire_get_count(wire);

    *size = wire_get_long(wire);
    if (*size != conformance)
        wire_bad(wire);
    return wire_get_bytes(wire, *size);
}

/* ---- Windows metafiles ---- */

void metafile_put(struct user_wire *wire, HMETAFILE metafile)
{
    UINT size;
    BYTE *to;

    if (!wire_put_handle(wire, metafile))
        return;
    size = GetMetaFileBitsEx(metafile, 0, NULL);
    if ((to = blob_put(wire, size)) && GetMetaFileBitsEx(metafile, size, to) != size)
        wire_fail(wire, (DWORD)E_HANDLE);
}

static BOOL metafile_valid(const BYTE *bytes, DWORD size)
{
    METAHEADER header;
    UINT64 at = sizeof(header), end;

    if (size < sizeof(header))
        return FALSE;
    memcpy(&header, bytes, sizeof(header));
    end = (UINT64)header.mtSize * 2;
    if (!header.mtType || header.mtType > WMF_TYPE_DISK || header.mtHeaderSize != WMF_HEADER_WORDS
            || end > size)
        return FALSE;
    while (at + 6 <= end)
    {
        DWORD words;
        WORD function;

        memcpy(&words, bytes + at, sizeof(words));
        memcpy(&function, bytes + at + 4, sizeof(function));
        if (words < 3 || words > header.mtMaxRecord || (UINT64)words * 2 > end - at)
            return FALSE;
        if (!function)
            return TRUE;
        at += (UINT64)words * 2;
    }
    return FALSE;
}

HMETAFILE metafile_get(struct user_wire *wire)
{
    const BYTE *bytes;
    HANDLE handle;
    DWORD size;

    if (!wire_get_handle(wire, &handle))
        return handle;
    if (!(bytes = blob_get(wire, &size)))
        return NULL;
    if (!metafile_valid(bytes, size))
        wire_bad(wire);
    else if (!(handle = SetMetaFileBitsEx(size, bytes)))
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    return handle;
}

/* ---- pictures: memory that has a metafile and its size ---- */

/* A remoteMETAFILEPICT. */
void picture_put(struct user_wire *wire, HMETAFILEPICT handle)
{
    const METAFILEPICT *picture;

    if (!wire_put_handle(wire, handle))
        return;
    if (GlobalSize(handle) < sizeof(*picture) || !(picture = GlobalLock(handle)))
    {
        wire_fail(wire, (DWORD)E_HANDLE);
        return;
    }
    wire_put_long(wire, (DWORD)picture->mm);
    wire_put_long(wire, (DWORD)picture->xExt);
    wire_put_long(wire, (DWORD)picture->yExt);
    wire_put_pointer(wire, picture->hMF != NULL);
    if (picture->hMF)
        metafile_put(wire, picture->hMF);
    GlobalUnlock(handle);
}

void picture_free(HMETAFILEPICT handle)
{
    METAFILEPICT *picture = GlobalLock(handle);

    if (picture)
    {
        if (picture->hMF)
            DeleteMetaFile(picture->hMF);
        GlobalUnlock(handle);
    }
    GlobalFree(handle);
}

HMETAFILEPICT picture_get(struct user_wire *wire)
{
    METAFILEPICT *picture;
    HANDLE handle;

    if (!wire_get_handle(wire, &handle))
        return handle;
    if (!(handle = GlobalAlloc(GMEM_MOVEABLE | GMEM_ZEROINIT, sizeof(*picture)))
            || !(picture = GlobalLock(handle)))
    {
        GlobalFree(handle);
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
        return NULL;
    }
    picture->mm = (LONG)wire_get_long(wire);
    picture->xExt = (LONG)wire_get_long(wire);
    picture->yExt = (LONG)wire_get_long(wire);
    if (wire_get_pointer(wire))
        picture->hMF = metafile_get(wire);
    GlobalUnlock(handle);
    if (!wire->failure)
        return handle;
    picture_free(handle);
    return NULL;
}

/* ---- enhanced metafiles ---- */

void enhanced_put(struct user_wire *wire, HENHMETAFILE metafile)
{
    UINT size;
    BYTE *to;

    if (!wire_put_handle(wire, metafile))
        return;
    size = GetEnhMetaFileBits(metafile, 0, NULL);
    if ((to = blob_put(wire, size)) && GetEnhMetaFileBits(metafile, size, to) != size)
        wire_fail(wire, (DWORD)E_HANDLE);
}

/* The last record has the palette. */
static BOOL enhanced_end_valid(const ENHMETAHEADER *header, const BYTE *record, DWORD size)
{
    EMREOF end;

    if (size < sizeof(end))
        return FALSE;
    memcpy(&end, record, sizeof(end));
    return end.nPalEntries == header->nPalEntries
            && (!end.nPalEntries
                    || (UINT64)end.offPalEntries + (UINT64)end.nPalEntries * sizeof(PALETTEENTRY)
                            <= size);
}

static BOOL enhanced_valid(const BYTE *bytes, DWORD size)
{
    ENHMETAHEADER header = {0};
    DWORD at = 0, records = 0;
    EMR record;

    if (size < HEADER_SIZE)
        return FALSE;
    memcpy(&header, bytes, HEADER_SIZE);
    if (header.iType != EMR_HEADER || header.nSize < HEADER_SIZE
            || header.dSignature != ENHMETA_SIGNATURE || header.nBytes != size
            || header.nSize > size
            || (header.nDescription
                    && (UINT64)header.offDescription + header.nDescription * (UINT64)sizeof(WCHAR)
                            > header.nSize))
        return FALSE;
    for (; size - at >= sizeof(record); at += record.nSize)
    {
        memcpy(&record, bytes + at, sizeof(record));
        if (record.nSize < sizeof(record) || record.nSize & 3 || record.nSize > size - at)
            return FALSE;
        records++;
        if (record.iType == EMR_EOF)
            return at + record.nSize == size && records == header.nRecords
                    && enhanced_end_valid(&header, bytes + at, record.nSize);
    }
    return FALSE;
}

HENHMETAFILE enhanced_get(struct user_wire *wire)
{
    const BYTE *bytes;
    HANDLE handle;
    DWORD size;

    if (!wire_get_handle(wire, &handle))
        return handle;
    if (!(bytes = blob_get(wire, &size)))
        return NULL;
    if (!enhanced_valid(bytes, size))
        wire_bad(wire);
    else if (!(handle = SetEnhMetaFileBits(size, bytes)))
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    return handle;
}
