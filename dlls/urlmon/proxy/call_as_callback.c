/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The [call_as] halves of IBindStatusCallback and IBindStatusCallbackEx.
 *
 * A BINDINFO crosses as a RemBINDINFO, its strings and its pUnk with it; a STGMEDIUM crosses in the
 * data of a RemSTGMEDIUM, packed by ole32's STGMEDIUM_UserMarshal. The caller of GetBindInfo sends
 * an empty RemSTGMEDIUM with room for the answer; data to be posted that do not fit are refused
 * with E_OUTOFMEMORY.
 */
#include "url_interfaces.h"

#include <stddef.h>
#include <stdlib.h>

#define ANSWER_ROOM (64 * 1024) /* bytes of a packed medium in the answer to GetBindInfo */
#define MEDIUM_HEAD offsetof(RemSTGMEDIUM, data)

/* MSHCTX_LOCAL, and little endian, as the user-marshalling routines want it. */
static ULONG medium_flags(void)
{
    return MAKELONG(MSHCTX_LOCAL, NDR_LOCAL_DATA_REPRESENTATION & 0xffff);
}

static RemSTGMEDIUM *remote_alloc(ULONG size)
{
    RemSTGMEDIUM *remote = size > 0x7fffffff ? NULL : calloc(1, MEDIUM_HEAD + size + 8);

    if (remote)
        remote->cbData = size;
    return remote;
}

/* Packs a medium into the data of `remote`, which has room for *used bytes at least; *used becomes
 * what it takes. */
static void medium_pack(const STGMEDIUM *medium, RemSTGMEDIUM *remote, ULONG *used)
{
    ULONG flags = medium_flags();
    BYTE *end = STGMEDIUM_UserMarshal(&flags, remote->data, (STGMEDIUM *)medium);

    remote->tymed = medium->tymed;
    *used = (ULONG)(end - remote->data);
}

static ULONG medium_size(const STGMEDIUM *medium)
{
    ULONG flags = medium_flags();

    return STGMEDIUM_UserSize(&flags, 0, (STGMEDIUM *)medium);
}

/* Unpacks what medium_pack wrote. The routine of ole32 checks nothing that is not there: the caller
 * is in the same logon session, as for every STGMEDIUM that crosses. */
static HRESULT medium_unpack(RemSTGMEDIUM *remote, STGMEDIUM *medium)
{
    ULONG flags = medium_flags();

    ZeroMemory(medium, sizeof(*medium));
    if (!remote || !remote->tymed || !remote->cbData)
        return S_OK;
    STGMEDIUM_UserUnmarshal(&flags, remote->data, medium);
    return S_OK;
}

/* --- BINDINFO --- */

/* Moves what `info` holds into the answer; the medium is packed, then released. */
static HRESULT bind_info_pack(BINDINFO *info, RemBINDINFO *remote, RemSTGMEDIUM *medium)
{
    ULONG size = info->stgmedData.tymed ? medium_size(&info->stgmedData) : 0;
    HRESULT hr = S_OK;

    if (size && (!medium || size > medium->cbData))
        hr = E_OUTOFMEMORY;
    else if (size)
        medium_pack(&info->stgmedData, medium, &size);
    if (medium && !size)
        medium->tymed = 0;
    if (FAILED(hr) || !remote)
    {
        ReleaseBindInfo(info);
        return hr;
    }
    ReleaseStgMedium(&info->stgmedData);
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
static HRESULT bind_info_unpack(BINDINFO *info, const RemBINDINFO *remote, RemSTGMEDIUM *medium)
{
    BINDINFO whole = {.cbSize = info->cbSize};
    HRESULT hr = medium_unpack(medium, &whole.stgmedData);

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
    memcpy(info, &whole, min(info->cbSize, sizeof(whole)));
    if (info->cbSize < sizeof(whole) && whole.pUnk)
        IUnknown_Release(whole.pUnk); /* an old caller has no place for it */
    return hr;
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
    ULONG packed;
    HRESULT hr;

    if (!format || !medium)
        return E_INVALIDARG;
    packed = medium->tymed ? medium_size(medium) : 0;
    if (!(remote = remote_alloc(packed)))
        return E_OUTOFMEMORY;
    remote_format.cfFormat = format->cfFormat;
    remote_format.dwAspect = format->dwAspect;
    remote_format.lindex = format->lindex;
    remote_format.tymed = format->tymed;
    if (packed)
    {
        medium_pack(medium, remote, &packed);
        remote->cbData = packed;
    }
    hr = IBindStatusCallback_RemoteOnDataAvailable_Proxy(iface, flags, size, &remote_format,
            remote);
    free(remote);
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
    HRESULT hr = medium_unpack(remote, &medium);

    if (SUCCEEDED(hr))
        hr = IBindStatusCallback_OnDataAvailable(iface, flags, size, &format, &medium);
    ReleaseStgMedium(&medium);
    return hr;
}
