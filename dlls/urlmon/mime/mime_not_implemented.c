/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exported, and not there yet. */
#include "not_implemented.h"

#include <urlmon.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

HRESULT WINAPI CreateFormatEnumerator(UINT cfmtetc, FORMATETC *rgfmtetc,
        IEnumFORMATETC **ppenumfmtetc)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI FindMediaType(LPCSTR rgszTypes, CLIPFORMAT *rgcfTypes)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI FindMediaTypeClass(LPBC pBC, LPCSTR szType, CLSID *pclsID, DWORD reserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI FindMimeFromData(LPBC pBC, LPCWSTR pwzUrl, LPVOID pBuffer, DWORD cbSize,
        LPCWSTR pwzMimeProposed, DWORD dwMimeFlags, LPWSTR *ppwzMimeOut, DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI GetClassFileOrMime(LPBC pBC, LPCWSTR szFilename, LPVOID pBuffer, DWORD cbSize,
        LPCWSTR szMime, DWORD dwReserved, CLSID *pclsid)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RegisterFormatEnumerator(LPBC pBC, IEnumFORMATETC *pEFetc, DWORD reserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RegisterMediaTypeClass(LPBC pBC, UINT ctypes, const LPCSTR *rgszTypes,
        CLSID *rgclsID, DWORD reserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RegisterMediaTypes(UINT ctypes, const LPCSTR *rgszTypes, CLIPFORMAT *rgcfTypes)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RevokeFormatEnumerator(LPBC pBC, IEnumFORMATETC *pEFetc)
{
    return NOT_IMPLEMENTED();
}
