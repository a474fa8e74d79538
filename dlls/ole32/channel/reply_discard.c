/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reply_discard.h"

#include <objbase.h>
#include <string.h>

#include "objref.h"
#include "stub_manager.h"

/* A number at any place. */
static ULONG number_at(const BYTE *at)
{
    ULONG number;

    memcpy(&number, at, sizeof(number));
    return number;
}

/* A stream with the bytes, at its start; NULL when out of memory. */
static IStream *packet_stream(const BYTE *data, ULONG size)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;

    if (FAILED(CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return NULL;
    if (SUCCEEDED(stream_write_all(stream, data, size))
            && SUCCEEDED(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL)))
        return stream;
    IStream_Release(stream);
    return NULL;
}

static HRESULT packet_read(const BYTE *data, ULONG size, struct objref *objref)
{
    IStream *stream = packet_stream(data, size);
    HRESULT hr = stream ? objref_read(stream, objref) : E_OUTOFMEMORY;

    if (stream)
        IStream_Release(stream);
    return hr;
}

static void packet_release(const BYTE *data, ULONG size)
{
    struct objref objref;
    IStream *stream;

    /* A table packet is its owner's, who may have sent it to others. */
    if (FAILED(packet_read(data, size, &objref))
            || (objref.form != OBJREF_CUSTOM && !objref.std.public_refs)
            || !(stream = packet_stream(data, size)))
        return;
    CoReleaseMarshalData(stream);
    IStream_Release(stream);
}

static void packet_rundown(const BYTE *data, ULONG size)
{
    struct objref objref;

    if (SUCCEEDED(packet_read(data, size, &objref)) && objref.form != OBJREF_CUSTOM
            && objref.std.public_refs)
        stub_rundown(&objref.std.ipid, objref.std.public_refs);
}

/* [MS-DCOM] 2.2.14: MInterfacePointer: a count, which NDR writes twice, then an OBJREF. */
static void packets_find(const BYTE *bytes, ULONG size, void (*found)(const BYTE *, ULONG))
{
    ULONG at = 8;

    while (size >= 12 && at <= size - 4)
    {
        ULONG count = number_at(bytes + at - 4);

        if (number_at(bytes + at) == OBJREF_SIGNATURE && number_at(bytes + at - 8) == count
                && count >= 4 && count <= size - at)
        {
            found(bytes + at, count);
            at += (count + 3) & ~3u;
        }
        else
            at += 4;
    }
}

void reply_discard(const void *data, ULONG size)
{
    packets_find(data, size, packet_release);
}

void reply_rundown(const void *data, ULONG size)
{
    packets_find(data, size, packet_rundown);
}
