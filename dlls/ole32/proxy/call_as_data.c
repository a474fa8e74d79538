/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IDataObject and the cache: whose a medium is. Contents are copied between processes, and within
 * one the handle itself crosses; dlls/ole32/ole/user_medium.c knows which it was.
 */
#include "core_interfaces.h"
#include "user_medium.h"

/* IDataObject::GetData: what it makes is the caller's. */
HRESULT STDMETHODCALLTYPE IDataObject_GetData_Proxy(IDataObject *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    HRESULT hr;

    memset(medium, 0, sizeof(*medium));
    hr = IDataObject_RemoteGetData_Proxy(iface, format, medium);
    if (FAILED(hr))
        memset(medium, 0, sizeof(*medium));
    return hr;
}

HRESULT __RPC_STUB IDataObject_GetData_Stub(IDataObject *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    HRESULT hr;

    memset(medium, 0, sizeof(*medium));
    hr = IDataObject_GetData(iface, format, medium);
    if (FAILED(hr))
        memset(medium, 0, sizeof(*medium));
    return hr;
}

/* What came back of the caller's memory, as far as that has room: GetDataHere may not resize it. */
static HRESULT memory_fill(HGLOBAL memory, HGLOBAL from)
{
    SIZE_T size = GlobalSize(memory), came = GlobalSize(from);
    void *to = GlobalLock(memory), *contents = GlobalLock(from);
    HRESULT hr = S_OK;

    if (size && came && (!to || !contents))
        hr = E_OUTOFMEMORY;
    else if (size && came)
        memcpy(to, contents, size < came ? size : came);
    if (contents)
        GlobalUnlock(from);
    if (to)
        GlobalUnlock(memory);
    return hr;
}

/* IDataObject::GetDataHere: the medium is the caller's and stays so. Of a stream, a storage or a
 * file nothing has to come back; of memory its contents. */
HRESULT STDMETHODCALLTYPE IDataObject_GetDataHere_Proxy(IDataObject *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    STGMEDIUM remote = *medium;
    HRESULT hr;

    switch (medium->tymed)
    {
    case TYMED_HGLOBAL:
    case TYMED_FILE:
    case TYMED_ISTREAM:
    case TYMED_ISTORAGE:
        break;
    default:
        return DV_E_TYMED;
    }
    remote.pUnkForRelease = NULL;
    hr = IDataObject_RemoteGetDataHere_Proxy(iface, format, &remote);
    if (remote.tymed == medium->tymed && remote.hGlobal == medium->hGlobal
            && !remote.pUnkForRelease)
        return hr;
    /* It came from another process and is this call's. */
    if (SUCCEEDED(hr) && medium->tymed == TYMED_HGLOBAL && remote.tymed == TYMED_HGLOBAL
            && remote.hGlobal && remote.hGlobal != medium->hGlobal)
        hr = memory_fill(medium->hGlobal, remote.hGlobal);
    if (remote.hGlobal == medium->hGlobal)
        remote.hGlobal = NULL;
    user_medium_gone(&remote, MSHCTX_LOCAL);
    return hr;
}

HRESULT __RPC_STUB IDataObject_GetDataHere_Stub(IDataObject *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    STGMEDIUM mine = *medium;
    HRESULT hr = DV_E_TYMED;

    if (medium->tymed == TYMED_HGLOBAL || medium->tymed == TYMED_FILE
            || medium->tymed == TYMED_ISTREAM || medium->tymed == TYMED_ISTORAGE)
        hr = IDataObject_GetDataHere(iface, format, medium);
    if (medium->pUnkForRelease && medium->pUnkForRelease != mine.pUnkForRelease)
        IUnknown_Release(medium->pUnkForRelease);
    *medium = mine; /* the object had only its use */
    switch (medium->tymed)
    {
    case TYMED_HGLOBAL:
        break;
    case TYMED_FILE:
        CoTaskMemFree(medium->lpszFileName);
        medium->lpszFileName = NULL;
        break;
    case TYMED_ISTREAM:
    case TYMED_ISTORAGE:
        if (medium->pstm)
            IStream_Release(medium->pstm);
        medium->pstm = NULL;
        break;
    }
    return hr;
}

/* SetData of both interfaces: with fRelease and success the medium has gone over to the object. */
#define SET_DATA(type, wire_medium)                                                                \
    HRESULT STDMETHODCALLTYPE type##_SetData_Proxy(type *iface, FORMATETC *format,                 \
            STGMEDIUM *medium, BOOL release)                                                       \
    {                                                                                              \
        FLAG_STGMEDIUM flagged = {0};                                                              \
        STGMEDIUM gone;                                                                            \
        HRESULT hr;                                                                                \
                                                                                                   \
        if (medium)                                                                                \
        {                                                                                          \
            flagged.Stgmed = gone = *medium;                                                       \
            flagged.fPassOwnership = release;                                                      \
        }                                                                                          \
        hr = type##_RemoteSetData_Proxy(iface, format, medium ? &flagged : NULL, release);         \
        if (SUCCEEDED(hr) && release && medium)                                                    \
            user_medium_gone(&gone, (DWORD)flagged.ContextFlags);                                  \
        return hr;                                                                                 \
    }                                                                                              \
                                                                                                   \
    HRESULT __RPC_STUB type##_SetData_Stub(type *iface, FORMATETC *format, wire_medium *flagged,   \
            BOOL release)                                                                          \
    {                                                                                              \
        STGMEDIUM medium;                                                                          \
        HRESULT hr;                                                                                \
                                                                                                   \
        if (!flagged)                                                                              \
            return type##_SetData(iface, format, NULL, release);                                   \
        medium = flagged->Stgmed;                                                                  \
        hr = type##_SetData(iface, format, &medium, release);                                      \
        flagged->fPassOwnership = SUCCEEDED(hr) && release;                                        \
        return hr;                                                                                 \
    }

/* clang-format off */
SET_DATA(IDataObject, FLAG_STGMEDIUM)
SET_DATA(IOleCache, CACHE_STGMEDIUM)
/* clang-format on */

/* What is reserved is NULL and does not cross ("IOleCache2::UpdateCache"). */
HRESULT STDMETHODCALLTYPE IOleCache2_UpdateCache_Proxy(IOleCache2 *iface, LPDATAOBJECT object,
        DWORD flags, LPVOID reserved)
{
    if (reserved)
        return E_INVALIDARG;
    return IOleCache2_RemoteUpdateCache_Proxy(iface, object, flags, 0);
}

HRESULT __RPC_STUB IOleCache2_UpdateCache_Stub(IOleCache2 *iface, LPDATAOBJECT object, DWORD flags,
        LONG_PTR reserved)
{
    if (reserved)
        return E_INVALIDARG;
    return IOleCache2_UpdateCache(iface, object, flags, NULL);
}
