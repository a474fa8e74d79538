/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exported, and not there yet. */
#include "not_implemented.h"

#include <urlmon.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

HRESULT WINAPI CoInternetCombineIUri(IUri *pBaseUri, IUri *pRelativeUri, DWORD dwCombineFlags,
        IUri **ppCombinedUri, DWORD_PTR dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CoInternetCombineUrl(LPCWSTR pwzBaseUrl, LPCWSTR pwzRelativeUrl,
        DWORD dwCombineFlags, LPWSTR pszResult, DWORD cchResult, DWORD *pcchResult,
        DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CoInternetCombineUrlEx(IUri *pBaseUri, LPCWSTR pwzRelativeUrl, DWORD dwCombineFlags,
        IUri **ppCombinedUri, DWORD_PTR dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CoInternetCompareUrl(LPCWSTR pwzUrl1, LPCWSTR pwzUrl2, DWORD dwFlags)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CoInternetParseIUri(IUri *pIUri, PARSEACTION ParseAction, DWORD dwFlags,
        LPWSTR pwzResult, DWORD cchResult, DWORD *pcchResult, DWORD_PTR dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CoInternetParseUrl(LPCWSTR pwzUrl, PARSEACTION ParseAction, DWORD dwFlags,
        LPWSTR pszResult, DWORD cchResult, DWORD *pcchResult, DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CreateIUriBuilder(IUri *pIUri, DWORD dwFlags, DWORD_PTR dwReserved,
        IUriBuilder **ppIUriBuilder)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CreateUri(LPCWSTR pwzURI, DWORD dwFlags, DWORD_PTR dwReserved, IUri **ppURI)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CreateUriFromMultiByteString(LPCSTR pszANSIInputUri, DWORD dwEncodingFlags,
        DWORD dwCodePage, DWORD dwCreateFlags, DWORD_PTR dwReserved, IUri **ppUri)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CreateUriWithFragment(LPCWSTR pwzURI, LPCWSTR pwzFragment, DWORD dwFlags,
        DWORD_PTR dwReserved, IUri **ppURI)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI IsValidURL(LPBC pBC, LPCWSTR szURL, DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

/* No public header declares these. */
UNDOCUMENTED(CoInternetCanonicalizeIUri, 3)
UNDOCUMENTED(CreateUriPriv, 8)
UNDOCUMENTED(GetIDNFlagsForUri, 1)
UNDOCUMENTED(GetIUriPriv, 2)
UNDOCUMENTED(GetIUriPriv2, 2)
UNDOCUMENTED(GetPortFromUrlScheme, 2)
UNDOCUMENTED(GetPropertyFromName, 2)
UNDOCUMENTED(GetPropertyName, 1)
UNDOCUMENTED(IntlPercentEncodeNormalize, 4)
UNDOCUMENTED(IsDWORDProperty, 1)
UNDOCUMENTED(IsStringProperty, 1)
UNDOCUMENTED(ShouldDisplayPunycodeForUri, 1)
