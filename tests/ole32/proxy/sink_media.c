/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink_media.h"

#include <string.h>

#include "interface_mock.h"

#define MEMORY_BYTES 40000
#define WIDTH 17
#define HEIGHT 5
#define LINE 34 /* 17 pixels of 16 bits */
#define COLORS 3

const char *const medium_names[MEDIUM_KINDS] = {"no medium", "memory", "memory of no bytes",
        "no memory", "a file", "a stream", "a bitmap", "a palette", "a metafile picture",
        "an enhanced metafile"};

static HGLOBAL memory_make(void)
{
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, MEMORY_BYTES);

    pattern_fill(GlobalLock(memory), MEMORY_BYTES);
    GlobalUnlock(memory);
    return memory;
}

static BOOL memory_is(HGLOBAL memory)
{
    const BYTE *bytes = memory && GlobalSize(memory) == MEMORY_BYTES ? GlobalLock(memory) : NULL;
    BOOL same = bytes && pattern_is(bytes, MEMORY_BYTES);

    if (bytes)
        GlobalUnlock(memory);
    return same;
}

static HBITMAP bitmap_make(void)
{
    BYTE bits[LINE * HEIGHT];

    pattern_fill(bits, sizeof(bits));
    return CreateBitmap(WIDTH, HEIGHT, 1, 16, bits);
}

static BOOL bitmap_is(HBITMAP handle)
{
    BYTE bits[LINE * HEIGHT], expected[LINE * HEIGHT];
    BITMAP bitmap;

    pattern_fill(expected, sizeof(expected));
    if (!GetObjectW(handle, sizeof(bitmap), &bitmap) || bitmap.bmWidth != WIDTH
            || bitmap.bmHeight != HEIGHT || bitmap.bmBitsPixel != 16
            || GetBitmapBits(handle, sizeof(bits), bits) != sizeof(bits))
        return FALSE;
    for (ULONG line = 0; line < HEIGHT; line++)
        if (memcmp(bits + line * LINE, expected + line * LINE, WIDTH * 2))
            return FALSE;
    return TRUE;
}

static HPALETTE palette_make(void)
{
    struct
    {
        LOGPALETTE palette;
        PALETTEENTRY more[COLORS - 1];
    } colors = {{0x300, COLORS, {{1, 2, 3, 0}}}, {{4, 5, 6, 0}, {7, 8, 9, 0}}};

    return CreatePalette(&colors.palette);
}

static BOOL palette_is(HPALETTE palette)
{
    PALETTEENTRY entries[COLORS + 1];

    return GetPaletteEntries(palette, 0, 0, NULL) == COLORS
            && GetPaletteEntries(palette, 0, COLORS, entries) == COLORS && entries[0].peRed == 1
            && entries[COLORS - 1].peBlue == 9;
}

static HMETAFILE metafile_make(void)
{
    HDC context = CreateMetaFileW(NULL);

    Rectangle(context, 1, 2, 30, 40);
    LineTo(context, 50, 60);
    return CloseMetaFile(context);
}

static HMETAFILEPICT picture_make(void)
{
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, sizeof(METAFILEPICT));
    METAFILEPICT *picture = GlobalLock(memory);

    picture->mm = MM_ANISOTROPIC;
    picture->xExt = 1234;
    picture->yExt = -5;
    picture->hMF = metafile_make();
    GlobalUnlock(memory);
    return memory;
}

static BOOL picture_is(HMETAFILEPICT memory)
{
    const METAFILEPICT *picture = memory ? GlobalLock(memory) : NULL;
    HMETAFILE expected = metafile_make();
    BYTE bits[1000], expected_bits[1000];
    UINT size = GetMetaFileBitsEx(expected, sizeof(expected_bits), expected_bits);
    BOOL same = picture && picture->mm == MM_ANISOTROPIC && picture->xExt == 1234
            && picture->yExt == -5 && size
            && GetMetaFileBitsEx(picture->hMF, sizeof(bits), bits) == size
            && !memcmp(bits, expected_bits, size);

    if (picture)
        GlobalUnlock(memory);
    DeleteMetaFile(expected);
    return same;
}

static HENHMETAFILE enhanced_make(void)
{
    HDC context = CreateEnhMetaFileW(NULL, NULL, NULL, L"A program\0A picture\0");

    Rectangle(context, 3, 4, 50, 60);
    return CloseEnhMetaFile(context);
}

static BOOL enhanced_is(HENHMETAFILE metafile)
{
    WCHAR text[40] = L"";
    ENHMETAHEADER header = {0};

    GetEnhMetaFileDescriptionW(metafile, ARRAYSIZE(text), text);
    return GetEnhMetaFileHeader(metafile, sizeof(header), &header) && header.nRecords >= 3
            && same_text(text, L"A program") && same_text(text + 10, L"A picture");
}

void medium_make(enum medium_kind kind, IStream *stream, IUnknown *owner, STGMEDIUM *medium)
{
    static const DWORD tymeds[MEDIUM_KINDS] = {TYMED_NULL, TYMED_HGLOBAL, TYMED_HGLOBAL,
            TYMED_HGLOBAL, TYMED_FILE, TYMED_ISTREAM, TYMED_GDI, TYMED_GDI, TYMED_MFPICT,
            TYMED_ENHMF};

    memset(medium, 0, sizeof(*medium));
    medium->tymed = tymeds[kind];
    switch (kind)
    {
    case MEDIUM_MEMORY:
        medium->hGlobal = memory_make();
        break;
    case MEDIUM_MEMORY_EMPTY:
        medium->hGlobal = GlobalAlloc(GMEM_MOVEABLE, 0);
        break;
    case MEDIUM_FILE:
        medium->lpszFileName = text_copy(L"C:\\no\\such\\file.txt");
        break;
    case MEDIUM_STREAM:
        medium->pstm = stream;
        IStream_AddRef(stream);
        break;
    case MEDIUM_BITMAP:
        medium->hBitmap = bitmap_make();
        break;
    case MEDIUM_PALETTE:
        medium->hBitmap = (HBITMAP)palette_make();
        break;
    case MEDIUM_PICTURE:
        medium->hMetaFilePict = picture_make();
        break;
    case MEDIUM_METAFILE:
        medium->hEnhMetaFile = enhanced_make();
        break;
    default:
        break;
    }
    if ((medium->pUnkForRelease = owner))
        IUnknown_AddRef(owner);
}

BOOL medium_is(enum medium_kind kind, const STGMEDIUM *medium)
{
    switch (kind)
    {
    case MEDIUM_NULL:
        return medium->tymed == TYMED_NULL;
    case MEDIUM_MEMORY:
        return medium->tymed == TYMED_HGLOBAL && memory_is(medium->hGlobal);
    case MEDIUM_MEMORY_EMPTY:
        return medium->tymed == TYMED_HGLOBAL && medium->hGlobal && !GlobalSize(medium->hGlobal);
    case MEDIUM_MEMORY_NONE:
        return medium->tymed == TYMED_HGLOBAL && !medium->hGlobal;
    case MEDIUM_FILE:
        return medium->tymed == TYMED_FILE
                && same_text(medium->lpszFileName, L"C:\\no\\such\\file.txt");
    case MEDIUM_STREAM:
        return medium->tymed == TYMED_ISTREAM && medium->pstm;
    case MEDIUM_BITMAP:
        return medium->tymed == TYMED_GDI && bitmap_is(medium->hBitmap);
    case MEDIUM_PALETTE:
        return medium->tymed == TYMED_GDI && palette_is((HPALETTE)medium->hBitmap);
    case MEDIUM_PICTURE:
        return medium->tymed == TYMED_MFPICT && picture_is(medium->hMetaFilePict);
    case MEDIUM_METAFILE:
        return medium->tymed == TYMED_ENHMF && enhanced_is(medium->hEnhMetaFile);
    default:
        return FALSE;
    }
}

void medium_free(STGMEDIUM *medium)
{
    IUnknown *owner = medium->pUnkForRelease;

    medium->pUnkForRelease = NULL;
    if (medium->tymed == TYMED_FILE)
        CoTaskMemFree(medium->lpszFileName);
    else
        ReleaseStgMedium(medium);
    if (owner)
        IUnknown_Release(owner);
}
