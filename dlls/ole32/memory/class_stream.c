/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CLSIDs in streams: 16 bytes, as they are in memory. */
#include <windows.h>
#include <ole2.h>

/*
 * Reads a CLSID that WriteClassStm wrote. S_OK, E_INVALIDARG, STG_E_READFAULT when the stream ends
 * before, or what the stream returns; CLSID_NULL then. coml2api/nf-coml2api-readclassstm
 */
HRESULT WINAPI ReadClassStm(IStream *stream, CLSID *clsid)
{
    ULONG read = 0;
    HRESULT hr;

    if (!clsid)
        return E_INVALIDARG;
    *clsid = CLSID_NULL;
    if (!stream)
        return E_INVALIDARG;
    hr = IStream_Read(stream, clsid, sizeof(*clsid), &read);
    if (SUCCEEDED(hr))
        hr = read == sizeof(*clsid) ? S_OK : STG_E_READFAULT;
    if (FAILED(hr))
        *clsid = CLSID_NULL;
    return hr;
}

/*
 * Writes a CLSID. S_OK, E_INVALIDARG, STG_E_WRITEFAULT when the stream does not take all, or what
 * it returns. coml2api/nf-coml2api-writeclassstm
 */
HRESULT WINAPI WriteClassStm(IStream *stream, REFCLSID clsid)
{
    ULONG written = 0;
    HRESULT hr;

    if (!stream || !clsid)
        return E_INVALIDARG;
    hr = IStream_Write(stream, clsid, sizeof(*clsid), &written);
    if (FAILED(hr))
        return hr;
    return written == sizeof(*clsid) ? S_OK : STG_E_WRITEFAULT;
}
