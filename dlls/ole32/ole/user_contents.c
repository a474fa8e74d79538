/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory, bitmaps and palettes: userHGLOBAL, userHBITMAP, userHPALETTE of wtypes.idl. */
#include "user_contents.h"

#include <rpc.h>

#define PALETTE_VERSION 0x300
#define BITMAP_SIDE_MAX 0x8000

/* ---- memory ---- */

/* A FLAGGED_BYTE_BLOB: the size as conformance, flags, the size, the bytes. */
void global_put(struct user_wire *wire, HGLOBAL memory)
{
    SIZE_T size;
    void *from;

    if (!wire_put_handle(wire, memory))
        return;
    if (GlobalFlags(memory) == GMEM_INVALID_HANDLE)
    {
        wire_fail(wire, (DWORD)E_HANDLE);
        return;
    }
    size = GlobalSize(memory);
    if (size > MAXLONG)
    {
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
        return;
    }
    wire_put_count(wire, (DWORD)size);
    wire_put_long(wire, 0);
    wire_put_long(wire, (DWORD)size);
    if (!size)
        return;
    if (wire->measuring)
        wire_put_room(wire, size);
    else if ((from = GlobalLock(memory)))
    {
        wire_put_bytes(wire, from, size);
        GlobalUnlock(memory);
    }
    else
        wire_fail(wire, (DWORD)E_HANDLE);
}

HGLOBAL global_get(struct user_wire *wire)
{
    DWORD conformance, size;
    const BYTE *bytes;
    HANDLE memory;
    void *to;

    if (!wire_get_handle(wire, &memory))
        return memory;
    conformance = wire_get_count(wire);
    wire_get_long(wire);
    size = wire_get_long(wire);
    if (size != conformance)
        wire_bad(wire);
    if (!(bytes = wire_get_bytes(wire, size)))
        return NULL;
    memory = GlobalAlloc(GMEM_MOVEABLE, size);
    if (memory && size)
    {
        if (!(to = GlobalLock(memory)))
        {
            GlobalFree(memory);
            memory = NULL;
        }
        else
        {
            memcpy(to, bytes, size);
            GlobalUnlock(memory);
        }
    }
    if (!memory)
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    return memory;
}

/* ---- bitmaps ---- */

/* Lines of bitmaps that depend on a device end with a word. */
static UINT64 bitmap_line(LONG width, WORD planes, WORD bits)
{
    return ((UINT64)width * planes * bits + 15) / 16 * 2;
}

static BOOL bitmap_plausible(const BITMAP *bitmap)
{
    return !bitmap->bmType && bitmap->bmWidth > 0 && bitmap->bmWidth <= BITMAP_SIDE_MAX
            && bitmap->bmHeight > 0 && bitmap->bmHeight <= BITMAP_SIDE_MAX && bitmap->bmPlanes == 1
            && (bitmap->bmBitsPixel == 1 || bitmap->bmBitsPixel == 4 || bitmap->bmBitsPixel == 8
                    || bitmap->bmBitsPixel == 16 || bitmap->bmBitsPixel == 24
                    || bitmap->bmBitsPixel == 32)
            && bitmap_line(bitmap->bmWidth, bitmap->bmPlanes, bitmap->bmBitsPixel)
                    * (UINT64)bitmap->bmHeight
            <= MAXLONG;
}

/* A userBITMAP. */
void bitmap_put(struct user_wire *wire, HBITMAP handle)
{
    BITMAP bitmap;
    DWORD size;
    BYTE *to;

    if (!wire_put_handle(wire, handle))
        return;
    if (!GetObjectW(handle, sizeof(bitmap), &bitmap) || !bitmap_plausible(&bitmap))
    {
        wire_fail(wire, (DWORD)E_HANDLE);
        return;
    }
    bitmap.bmWidthBytes = (LONG)bitmap_line(bitmap.bmWidth, bitmap.bmPlanes, bitmap.bmBitsPixel);
    size = (DWORD)bitmap.bmWidthBytes * (DWORD)bitmap.bmHeight;
    wire_put_count(wire, size);
    wire_put_long(wire, (DWORD)bitmap.bmType);
    wire_put_long(wire, (DWORD)bitmap.bmWidth);
    wire_put_long(wire, (DWORD)bitmap.bmHeight);
    wire_put_long(wire, (DWORD)bitmap.bmWidthBytes);
    wire_put_bytes(wire, &bitmap.bmPlanes, sizeof(bitmap.bmPlanes));
    wire_put_bytes(wire, &bitmap.bmBitsPixel, sizeof(bitmap.bmBitsPixel));
    wire_put_long(wire, size);
    if ((to = wire_put_room(wire, size)) && GetBitmapBits(handle, (LONG)size, to) != (LONG)size)
        wire_fail(wire, (DWORD)E_HANDLE);
}

HBITMAP bitmap_get(struct user_wire *wire)
{
    BITMAP bitmap = {0};
    DWORD conformance, size;
    const BYTE *bytes;
    HANDLE handle;

    if (!wire_get_handle(wire, &handle))
        return handle;
    conformance = wire_get_count(wire);
    bitmap.bmType = (LONG)wire_get_long(wire);
    bitmap.bmWidth = (LONG)wire_get_long(wire);
    bitmap.bmHeight = (LONG)wire_get_long(wire);
    bitmap.bmWidthBytes = (LONG)wire_get_long(wire);
    size = wire_get_long(wire);
    bitmap.bmPlanes = LOWORD(size);
    bitmap.bmBitsPixel = HIWORD(size);
    size = wire_get_long(wire);
    if (size != conformance || !bitmap_plausible(&bitmap) || bitmap.bmWidthBytes <= 0
            || (UINT64)bitmap.bmWidthBytes
                    != bitmap_line(bitmap.bmWidth, bitmap.bmPlanes, bitmap.bmBitsPixel)
            || size != (UINT64)bitmap.bmWidthBytes * (UINT64)bitmap.bmHeight)
        wire_bad(wire);
    if (!(bytes = wire_get_bytes(wire, size)))
        return NULL;
    handle = CreateBitmap(bitmap.bmWidth, bitmap.bmHeight, bitmap.bmPlanes, bitmap.bmBitsPixel,
            bytes);
    if (!handle)
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    return handle;
}

/* ---- palettes ---- */

/* A rpcLOGPALETTE: the count as conformance, version and count, the entries. */
void palette_put(struct user_wire *wire, HPALETTE palette)
{
    WORD version = PALETTE_VERSION, count = 0;
    BYTE *to;

    if (!wire_put_handle(wire, palette))
        return;
    if (!GetObjectW(palette, sizeof(count), &count))
    {
        wire_fail(wire, (DWORD)E_HANDLE);
        return;
    }
    wire_put_count(wire, count);
    wire_put_bytes(wire, &version, sizeof(version));
    wire_put_bytes(wire, &count, sizeof(count));
    to = wire_put_room(wire, count * sizeof(PALETTEENTRY));
    if (to && count && GetPaletteEntries(palette, 0, count, (PALETTEENTRY *)to) != count)
        wire_fail(wire, (DWORD)E_HANDLE);
}

HPALETTE palette_get(struct user_wire *wire)
{
    DWORD conformance, head;
    const BYTE *entries;
    LOGPALETTE *palette;
    HANDLE handle;

    if (!wire_get_handle(wire, &handle))
        return handle;
    conformance = wire_get_count(wire);
    head = wire_get_long(wire);
    if (LOWORD(head) != PALETTE_VERSION || HIWORD(head) != conformance || !conformance)
        wire_bad(wire);
    if (!(entries = wire_get_bytes(wire, HIWORD(head) * sizeof(PALETTEENTRY))))
        return NULL;
    if (!(palette = CoTaskMemAlloc(sizeof(*palette) + conformance * sizeof(PALETTEENTRY))))
    {
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
        return NULL;
    }
    palette->palVersion = LOWORD(head);
    palette->palNumEntries = HIWORD(head);
    memcpy(palette->palPalEntry, entries, conformance * sizeof(PALETTEENTRY));
    if (!(handle = CreatePalette(palette)))
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    CoTaskMemFree(palette);
    return handle;
}
