/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "far_values.h"

#include <shlwapi.h>
#include <stdlib.h>
#include <string.h>

static BYTE byte_at(DWORD i)
{
    return (BYTE)(i * 7 + (i >> 8) + 1);
}

HGLOBAL far_memory(DWORD size)
{
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, size);
    BYTE *bytes = memory ? GlobalLock(memory) : NULL;

    for (DWORD i = 0; bytes && i < size; i++)
        bytes[i] = byte_at(i);
    if (bytes)
        GlobalUnlock(memory);
    return memory;
}

BOOL far_memory_right(HGLOBAL memory, DWORD size)
{
    const BYTE *bytes;
    BOOL right = TRUE;

    if (!memory || GlobalSize(memory) < size || !(bytes = GlobalLock(memory)))
        return FALSE;
    for (DWORD i = 0; right && i < size; i++)
        right = bytes[i] == byte_at(i);
    GlobalUnlock(memory);
    return right;
}

IStream *far_stream(DWORD size)
{
    BYTE *bytes = malloc(size);
    IStream *stream;

    for (DWORD i = 0; bytes && i < size; i++)
        bytes[i] = byte_at(i);
    stream = bytes ? SHCreateMemStream(bytes, size) : NULL;
    free(bytes);
    return stream;
}

BOOL far_stream_right(IStream *stream, DWORD size)
{
    ULONG done = 0, got = 1;
    BOOL right = TRUE;
    BYTE buffer[4096];

    while (stream && got && SUCCEEDED(IStream_Read(stream, buffer, sizeof(buffer), &got)))
    {
        for (ULONG i = 0; i < got; i++)
            right = right && buffer[i] == byte_at(done + i);
        done += got;
    }
    return right && done == size;
}
