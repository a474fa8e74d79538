/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reply_rundown.h"

#include <objbase.h>
#include <string.h>

#include "objref.h"
#include "standard_marshal.h"
#include "stub_manager.h"

/* A number at any place. */
static ULONG number_at(const BYTE *at)
{
    ULONG number;

    memcpy(&number, at, sizeof(number));
    return number;
}

static HRESULT packet_read(const BYTE *data, ULONG size, struct objref *objref)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);

    if (FAILED(hr))
        return hr;
    hr = stream_write_all(stream, data, size);
    if (SUCCEEDED(hr))
        hr = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(hr))
        hr = objref_read(stream, objref);
    IStream_Release(stream);
    return hr;
}

/* Our own objects' references. */
static void packet_rundown(const struct objref *objref)
{
    stub_rundown(&objref->std.ipid, objref->std.public_refs);
}

/* Those of others. */
static void packet_release(const struct objref *objref)
{
    standard_release(objref);
}

/* [MS-DCOM] 2.2.14: MInterfacePointer: a count, then an OBJREF. */
static void packets_find(const void *data, ULONG size, void (*found)(const struct objref *))
{
    struct objref objref;
    const BYTE *bytes = data;
    ULONG at = 4;

    while (size >= 8 && at <= size - 4)
    {
        ULONG count = number_at(bytes + at - 4);

        if (number_at(bytes + at) == OBJREF_SIGNATURE && count >= 4 && count <= size - at)
        {
            /* A table packet has no references. */
            if (SUCCEEDED(packet_read(bytes + at, count, &objref)) && objref.form != OBJREF_CUSTOM
                    && objref.std.public_refs)
                found(&objref);
            at += (count + 3) & ~3u;
        }
        else
            at += 4;
    }
}

void reply_rundown(const void *data, ULONG size)
{
    packets_find(data, size, packet_rundown);
}

void reply_release(const void *data, ULONG size)
{
    packets_find(data, size, packet_release);
}
