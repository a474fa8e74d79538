/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error_extension.h"

#include "trace.h"

/* CLSID_ERROR_EXTENSION of [MS-DCOM] 1.9. */
static const GUID extension_id = {0x31c, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

/* Copies what is in the stream. */
static HRESULT extension_fill(struct orpc_reply *reply, IStream *stream)
{
    struct orpc_extension *extension;
    LARGE_INTEGER start = {.QuadPart = 0};
    ULARGE_INTEGER size;
    ULONG read;
    HRESULT hr = IStream_Seek(stream, start, STREAM_SEEK_CUR, &size);

    if (FAILED(hr) || FAILED(hr = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL)))
        return hr;
    if (size.HighPart
            || !(extension = orpc_extensions_add(&reply->extensions, &extension_id, size.LowPart)))
        return E_OUTOFMEMORY;
    return IStream_Read(stream, extension->data, extension->size, &read);
}

void error_extension_add(struct orpc_reply *reply, IErrorInfo *error, DWORD dest_context)
{
    IStream *stream;
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);

    if (FAILED(hr))
        return;
    hr = CoMarshalInterface(stream, &IID_IErrorInfo, (IUnknown *)error, dest_context, NULL,
            MSHLFLAGS_NORMAL);
    if (SUCCEEDED(hr))
        hr = extension_fill(reply, stream);
    if (FAILED(hr))
        trace("the error object does not go with the answer: %08lx", (unsigned long)hr);
    IStream_Release(stream);
}

IErrorInfo *error_extension_get(const struct orpc_reply *reply)
{
    const struct orpc_extension *extension =
            orpc_extensions_find(&reply->extensions, &extension_id);
    LARGE_INTEGER start = {.QuadPart = 0};
    IErrorInfo *error = NULL;
    IStream *stream;
    HRESULT hr;

    if (!extension || FAILED(CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return NULL;
    hr = IStream_Write(stream, extension->data, extension->size, NULL);
    if (SUCCEEDED(hr))
        hr = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(hr))
        hr = CoUnmarshalInterface(stream, &IID_IErrorInfo, (void **)&error);
    if (FAILED(hr))
        trace("the error object that came cannot be had: %08lx", (unsigned long)hr);
    IStream_Release(stream);
    return SUCCEEDED(hr) ? error : NULL;
}
