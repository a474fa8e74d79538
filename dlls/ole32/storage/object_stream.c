/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects in streams: the class, then what the object writes. */
#include <windows.h>
#include <ole2.h>

/* Writes the class of an object, then what it keeps; the object is clean afterwards. See
 * "OleSaveToStream function". */
HRESULT WINAPI OleSaveToStream(IPersistStream *object, IStream *stream)
{
    CLSID clsid;
    HRESULT hr;

    if (!object || !stream)
        return E_INVALIDARG;
    if (FAILED(hr = IPersistStream_GetClassID(object, &clsid)))
        return hr;
    if (FAILED(hr = WriteClassStm(stream, &clsid)))
        return hr;
    return IPersistStream_Save(object, stream, TRUE);
}

/* Makes an object of the class that the stream has, and loads it from there. See "OleLoadFromStream
 * function". */
HRESULT WINAPI OleLoadFromStream(IStream *stream, REFIID iid, void **out)
{
    IPersistStream *object;
    CLSID clsid;
    HRESULT hr;

    if (!out || !iid)
        return E_INVALIDARG;
    *out = NULL;
    if (FAILED(hr = ReadClassStm(stream, &clsid)))
        return hr;
    hr = CoCreateInstance(&clsid, NULL, CLSCTX_SERVER, &IID_IPersistStream, (void **)&object);
    if (FAILED(hr))
        return hr;
    hr = IPersistStream_Load(object, stream);
    if (SUCCEEDED(hr))
        hr = IPersistStream_QueryInterface(object, iid, out);
    IPersistStream_Release(object);
    return hr;
}
