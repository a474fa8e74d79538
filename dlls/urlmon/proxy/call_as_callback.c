/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The [call_as] halves of IBindStatusCallback and IBindStatusCallbackEx.
 *
 * A BINDINFO crosses as a RemBINDINFO, its strings and its pUnk with it; a STGMEDIUM crosses in the
 * data of a RemSTGMEDIUM. The caller of GetBindInfo sends an empty RemSTGMEDIUM with room for the
 * answer; data to be posted for which there is not enough of it are fetched from a stream.
 */
#include "remote_medium.h"
#include "url_interfaces.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_ROOM 4096 /* bytes of a packed medium in the answer to GetBindInfo */
#define MEDIUM_HEAD offsetof(RemSTGMEDIUM, data)
#define COPIED_MAX 0x100000 /* bytes of memory in a call of OnDataAvailable */

static RemSTGMEDIUM *remote_alloc(ULONG size)
{
    RemSTGMEDIUM *remote = size > 0x7fffffff ? NULL : calloc(1, MEDIUM_HEAD + size + 8);

    if (remote)
        remote->cbData = size;
    return remote;
}

/* --- BINDINFO --- */

/* Moves what `info` holds into the answer. A file that the object has given away stays. */
static HRESULT bind_info_pack(BINDINFO *info, RemBINDINFO *remote, RemSTGMEDIUM *medium)
{
    BYTE *packed = NULL;
    ULONG size = 0;
    HRESULT hr = remote_medium_pack(&info->stgmedData, ANSWER_ROOM / 2, &packed, &size);

    if (SUCCEEDED(hr) && size && (!medium || size > medium->cbData))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr) && size)
    {
        memcpy(medium->data, packed, size);
        medium->tymed = info->stgmedData.tymed;
    }
    else if (medium)
    {
        medium->tymed = TYMED_NULL;
        memset(medium->data, 0, medium->cbData);
    }
    free(packed);
    remote_medium_release(&info->stgmedData);
    if (FAILED(hr) || !remote)
    {
        ReleaseBindInfo(info);
        return hr;
    }
    remote->cbSize = info->cbSize;
    remote->szExtraInfo = info->szExtraInfo;
    remote->grfBindInfoF = info->grfBindInfoF;
    remote->dwBindVerb = info->dwBindVerb;
    remote->szCustomVerb = info->szCustomVerb;
    remote->cbstgmedData = info->cbstgmedData;
    remote->dwOptions = info->dwOptions;
    remote->dwOptionsFlags = info->dwOptionsFlags;
    remote->dwCodePage = info->dwCodePage;
    remote->iid = info->iid;
    remote->pUnk = info->pUnk;
    return S_OK;
}

/* The caller's BINDINFO, of info->cbSize bytes, from the answer. */
static HRESULT bind_info_unpack(BINDINFO *info, const RemBINDINFO *remote,
        const RemSTGMEDIUM *medium)
{
    BINDINFO whole = {.cbSize = sizeof(whole)};
    DWORD size = info->cbSize;
    HRESULT hr = S_OK;

    if (medium->tymed != TYMED_NULL)
        hr = remote_medium_unpack(medium->data, ANSWER_ROOM, &whole.stgmedData);
    whole.szExtraInfo = remote->szExtraInfo;
    whole.grfBindInfoF = remote->grfBindInfoF;
    whole.dwBindVerb = remote->dwBindVerb;
    whole.szCustomVerb = remote->szCustomVerb;
    whole.cbstgmedData = remote->cbstgmedData;
    whole.dwOptions = remote->dwOptions;
    whole.dwOptionsFlags = remote->dwOptionsFlags;
    whole.dwCodePage = remote->dwCodePage;
    whole.iid = remote->iid;
    whole.pUnk = remote->pUnk;
    if (FAILED(hr))
    {
        ReleaseBindInfo(&whole);
        return hr;
    }
    if (size < sizeof(whole) && whole.pUnk)
        IUnknown_Release(whole.pUnk); /* an old caller has no place for it */
    whole.cbSize = size;
    memcpy(info, &whole, min(size, sizeof(whole)));
    return S_OK;
}

/* What both GetBindInfo and GetBindInfoEx send along. NULL: out of memory, or no BINDINFO. */
static RemSTGMEDIUM *bind_info_request(const BINDINFO *info, RemBINDINFO *remote)
{
    ZeroMemory(remote, sizeof(*remote));
    remote->cbSize = info->cbSize;
    return remote_alloc(ANSWER_ROOM);
}

HRESULT CALLBACK IBindStatusCallback_GetBindInfo_Proxy(IBindStatusCallback *iface, DWORD *flags,
        BINDINFO *info)
{
    RemBINDINFO remote;
    RemSTGMEDIUM *medium;
    HRESULT hr;

    if (!flags || !info || info->cbSize < offsetof(BINDINFO, dwOptions))
        return E_INVALIDARG;
    if (!(medium = bind_info_request(info, &remote)))
        return E_OUTOFMEMORY;
    hr = IBindStatusCallback_RemoteGetBindInfo_Proxy(iface, flags, &remote, medium);
    if (SUCCEEDED(hr))
        hr = bind_info_unpack(info, &remote, medium);
    free(medium);
    return hr;
}

HRESULT __RPC_STUB IBindStatusCallback_GetBindInfo_Stub(IBindStatusCallback *iface, DWORD *flags,
        RemBINDINFO *remote, RemSTGMEDIUM *medium)
{
    BINDINFO info = {.cbSize = sizeof(info)};
    HRESULT hr = IBindStatusCallback_GetBindInfo(iface, flags, &info);

    return SUCCEEDED(hr) ? bind_info_pack(&info, remote, medium) : hr;
}

HRESULT CALLBACK IBindStatusCallbackEx_GetBindInfoEx_Proxy(IBindStatusCallbackEx *iface,
        DWORD *flags, BINDINFO *info, DWORD *flags2, DWORD *reserved)
{
    RemBINDINFO remote;
    RemSTGMEDIUM *medium;
    HRESULT hr;

    if (!flags || !flags2 || !reserved || !info || info->cbSize < offsetof(BINDINFO, dwOptions))
        return E_INVALIDARG;
    if (!(medium = bind_info_request(info, &remote)))
        return E_OUTOFMEMORY;
    hr = IBindStatusCallbackEx_RemoteGetBindInfoEx_Proxy(iface, flags, &remote, medium, flags2,
            reserved);
    if (SUCCEEDED(hr))
        hr = bind_info_unpack(info, &remote, medium);
    free(medium);
    return hr;
}

HRESULT __RPC_STUB IBindStatusCallbackEx_GetBindInfoEx_Stub(IBindStatusCallbackEx *iface,
        DWORD *flags, RemBINDINFO *remote, RemSTGMEDIUM *medium, DWORD *flags2, DWORD *reserved)
{
    BINDINFO info = {.cbSize = sizeof(info)};
    HRESULT hr = IBindStatusCallbackEx_GetBindInfoEx(iface, flags, &info, flags2, reserved);

    return SUCCEEDED(hr) ? bind_info_pack(&info, remote, medium) : hr;
}

/* --- OnDataAvailable --- */

HRESULT CALLBACK IBindStatusCallback_OnDataAvailable_Proxy(IBindStatusCallback *iface, DWORD flags,
        DWORD size, FORMATETC *format, STGMEDIUM *medium)
{
    RemFORMATETC remote_format = {0};
    RemSTGMEDIUM *remote;
    BYTE *packed;
    ULONG packed_size;
    HRESULT hr;

    if (!format || !medium)
        return E_INVALIDARG;
    hr = remote_medium_pack(medium, COPIED_MAX, &packed, &packed_size);
    if (FAILED(hr))
        return hr;
    remote = remote_alloc(packed_size);
    if (remote)
    {
        remote_format.cfFormat = format->cfFormat;
        remote_format.dwAspect = format->dwAspect;
        remote_format.lindex = format->lindex;
        remote_format.tymed = format->tymed;
        remote->tymed = medium->tymed;
        if (packed_size)
            memcpy(remote->data, packed, packed_size);
        hr = IBindStatusCallback_RemoteOnDataAvailable_Proxy(iface, flags, size, &remote_format,
                remote);
        free(remote);
    }
    else
        hr = E_OUTOFMEMORY;
    free(packed);
    return hr;
}

HRESULT __RPC_STUB IBindStatusCallback_OnDataAvailable_Stub(IBindStatusCallback *iface, DWORD flags,
        DWORD size, RemFORMATETC *remote_format, RemSTGMEDIUM *remote)
{
    FORMATETC format = {
            .cfFormat = (CLIPFORMAT)remote_format->cfFormat,
            .dwAspect = remote_format->dwAspect,
            .lindex = remote_format->lindex,
            .tymed = remote_format->tymed,
    };
    STGMEDIUM medium;
    HRESULT hr = remote_medium_unpack(remote->data, remote->cbData, &medium);

    if (SUCCEEDED(hr))
        hr = IBindStatusCallback_OnDataAvailable(iface, flags, size, &format, &medium);
    remote_medium_release(&medium);
    return hr;
}
