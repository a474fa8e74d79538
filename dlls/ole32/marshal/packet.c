/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packet.h"

#include <objbase.h>
#include <stdlib.h>
#include <string.h>

HRESULT packet_create(struct packet *packet, IUnknown *object, REFIID iid, DWORD context,
        DWORD flags)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    HGLOBAL memory;
    IStream *stream;
    STATSTG stat;
    HRESULT hr;

    packet->data = NULL;
    packet->size = 0;
    hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (FAILED(hr))
        return hr;
    hr = CoMarshalInterface(stream, iid, object, context, NULL, flags);
    if (FAILED(hr))
    {
        IStream_Release(stream);
        return hr;
    }
    hr = IStream_Stat(stream, &stat, STATFLAG_NONAME);
    if (SUCCEEDED(hr))
        hr = GetHGlobalFromStream(stream, &memory);
    if (SUCCEEDED(hr))
    {
        packet->size = stat.cbSize.LowPart;
        packet->data = malloc(packet->size + !packet->size);
        if (packet->data)
            memcpy(packet->data, GlobalLock(memory), packet->size);
        else
            hr = E_OUTOFMEMORY;
        GlobalUnlock(memory);
    }
    if (FAILED(hr) && SUCCEEDED(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL)))
        CoReleaseMarshalData(stream);
    IStream_Release(stream);
    return hr;
}

HRESULT packet_stream(const struct packet *packet, IStream **stream)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, stream);

    if (FAILED(hr))
        return hr;
    hr = IStream_Write(*stream, packet->data, packet->size, NULL);
    if (SUCCEEDED(hr))
        hr = IStream_Seek(*stream, start, STREAM_SEEK_SET, NULL);
    if (FAILED(hr))
        IStream_Release(*stream);
    return hr;
}

HRESULT packet_unmarshal(const struct packet *packet, REFIID iid, void **out)
{
    IStream *stream;
    HRESULT hr = packet_stream(packet, &stream);

    *out = NULL;
    if (FAILED(hr))
        return hr;
    hr = CoUnmarshalInterface(stream, iid, out);
    IStream_Release(stream);
    return hr;
}

void packet_free(struct packet *packet)
{
    free(packet->data);
    packet->data = NULL;
}

HRESULT packet_release(struct packet *packet)
{
    IStream *stream;
    HRESULT hr = packet_stream(packet, &stream);

    if (SUCCEEDED(hr))
    {
        hr = CoReleaseMarshalData(stream);
        IStream_Release(stream);
    }
    packet_free(packet);
    return hr;
}
