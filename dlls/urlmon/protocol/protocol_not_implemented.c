/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exported, and not there yet. */
#include "not_implemented.h"

#include <urlmon.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

HRESULT WINAPI CoInternetGetProtocolFlags(LPCWSTR pwzUrl, DWORD *pdwFlags, DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CoInternetGetSession(DWORD dwSessionMode, IInternetSession **ppIInternetSession,
        DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CoInternetQueryInfo(LPCWSTR pwzUrl, QUERYOPTION QueryOptions, DWORD dwQueryFlags,
        LPVOID pvBuffer, DWORD cbBuffer, DWORD *pcbBuffer, DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI ObtainUserAgentString(DWORD dwOption, LPSTR pszUAOut, DWORD *cbSize)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI UrlMkGetSessionOption(DWORD dwOption, LPVOID pBuffer, DWORD dwBufferLength,
        DWORD *pdwBufferLengthOut, DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI UrlMkSetSessionOption(DWORD dwOption, LPVOID pBuffer, DWORD dwBufferLength,
        DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}
