/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The URL that counts for security: of a URL that wraps another one its protocol says which.
 * Pages "CoInternetGetSecurityUrl function", "PSUACTION enumeration", "PARSEACTION enumeration".
 */
#include "session.h"
#include "uri_host.h"
#include "wstr.h"

#include <shlwapi.h>
#include <stdlib.h>
#include <wchar.h>

#define STEPS_MAX 32 /* URLs within URLs */

/* Asks the protocol for `action`. S_OK: *out, by CoTaskMemAlloc. */
static HRESULT protocol_parse(const WCHAR *url, PARSEACTION action, WCHAR **out)
{
    IInternetProtocolInfo *info;
    DWORD room = (DWORD)wcslen(url) + 1, length = 0;
    HRESULT hr = session_protocol_info(url, &info);
    WCHAR *text;

    *out = NULL;
    if (hr != S_OK)
        return INET_E_DEFAULT_ACTION;
    for (;;)
    {
        if (!(text = CoTaskMemAlloc(room * sizeof(WCHAR))))
        {
            hr = E_OUTOFMEMORY;
            break;
        }
        text[0] = 0;
        hr = IInternetProtocolInfo_ParseUrl(info, url, action, 0, text, room, &length, 0);
        if (hr == S_OK)
        {
            text[room - 1] = 0;
            *out = text;
            break;
        }
        CoTaskMemFree(text);
        if (hr != S_FALSE || length <= room || length > 0x100000) /* S_FALSE: not enough room */
        {
            hr = INET_E_DEFAULT_ACTION;
            break;
        }
        room = length;
    }
    IInternetProtocolInfo_Release(info);
    return hr;
}

/* Follows PARSE_SECURITY_URL until the URL stays as it is. */
static HRESULT innermost_url(const WCHAR *url, WCHAR **out)
{
    HRESULT hr = wstr_to_caller(url, out);
    WCHAR *inner;

    for (unsigned int i = 0; SUCCEEDED(hr) && i < STEPS_MAX; i++)
    {
        BOOL same;

        hr = protocol_parse(*out, PARSE_SECURITY_URL, &inner);
        if (hr == INET_E_DEFAULT_ACTION)
            return S_OK;
        if (FAILED(hr))
        {
            CoTaskMemFree(*out);
            *out = NULL;
            return hr;
        }
        same = !wcscmp(*out, inner);
        CoTaskMemFree(*out);
        *out = inner;
        if (same)
            break;
    }
    return hr;
}

/* "scheme:host" of a URL of the web; S_FALSE of any other, and of one without a host. */
static HRESULT url_domain(const WCHAR *url, WCHAR **out)
{
    BSTR scheme = NULL, host = NULL;
    DWORD kind = URL_SCHEME_UNKNOWN;
    HRESULT hr;
    IUri *uri;

    *out = NULL;
    if (FAILED(CreateUri(url, Uri_CREATE_ALLOW_RELATIVE, 0, &uri)))
        return S_FALSE;
    if (FAILED(hr = IUri_GetScheme(uri, &kind))
            || (kind != URL_SCHEME_HTTP && kind != URL_SCHEME_HTTPS && kind != URL_SCHEME_FTP))
    {
        IUri_Release(uri);
        return FAILED(hr) ? hr : S_FALSE;
    }
    hr = IUri_GetSchemeName(uri, &scheme);
    if (SUCCEEDED(hr))
        hr = IUri_GetHost(uri, &host);
    IUri_Release(uri);
    if (SUCCEEDED(hr))
    {
        size_t room = SysStringLen(scheme) + SysStringLen(host) + 2;

        if (!SysStringLen(host))
            hr = E_FAIL;
        else if (!(*out = CoTaskMemAlloc(room * sizeof(WCHAR))))
            hr = E_OUTOFMEMORY;
        else
            swprintf(*out, room, L"%ls:%ls", scheme, host);
    }
    SysFreeString(scheme);
    SysFreeString(host);
    return hr;
}

/*
 * CoInternetGetSecurityUrl: the URL, by CoTaskMemAlloc, on which decisions about security are
 * based; with PSU_DEFAULT its security domain, of a URL of the web "scheme:host". S_OK;
 * E_INVALIDARG; E_FAIL: a URL of the web without a host.
 */
HRESULT WINAPI CoInternetGetSecurityUrl(LPCWSTR url, LPWSTR *out, PSUACTION action, DWORD reserved)
{
    WCHAR *inner, *domain;
    HRESULT hr;

    (void)reserved;
    if (!url || !out || (action != PSU_DEFAULT && action != PSU_SECURITY_URL_ONLY))
        return E_INVALIDARG;
    *out = NULL;
    if (FAILED(hr = innermost_url(url, &inner)))
        return hr;
    if (action == PSU_SECURITY_URL_ONLY)
    {
        *out = inner;
        return S_OK;
    }
    hr = protocol_parse(inner, PARSE_SECURITY_DOMAIN, &domain);
    if (hr == INET_E_DEFAULT_ACTION)
        hr = url_domain(inner, &domain);
    if (hr == S_FALSE)
    {
        *out = inner;
        return S_OK;
    }
    CoTaskMemFree(inner);
    *out = domain;
    return hr;
}

/* CoInternetGetSecurityUrlEx: the same of a Uri; the result is one as well. Page
 * "CoInternetGetSecurityUrlEx function". */
HRESULT WINAPI CoInternetGetSecurityUrlEx(IUri *uri, IUri **out, PSUACTION action,
        DWORD_PTR reserved)
{
    WCHAR *secure;
    BSTR url;
    HRESULT hr;

    if (!uri || !out)
        return E_INVALIDARG;
    *out = NULL;
    if ((hr = IUri_GetAbsoluteUri(uri, &url)) != S_OK)
    {
        SysFreeString(url);
        return FAILED(hr) ? hr : E_INVALIDARG; /* a relative one */
    }
    hr = CoInternetGetSecurityUrl(url, &secure, action, (DWORD)reserved);
    SysFreeString(url);
    if (SUCCEEDED(hr))
    {
        hr = CreateUri(secure, Uri_CREATE_ALLOW_IMPLICIT_WILDCARD_SCHEME, 0, out);
        CoTaskMemFree(secure);
    }
    return hr;
}

/* The host of "scheme:host" and four bytes of a zone. FALSE: not a security ID. */
static BOOL id_host(const BYTE *id, DWORD size, const BYTE **host, DWORD *length)
{
    const BYTE *colon;

    if (size <= sizeof(DWORD) || size > MAX_SIZE_SECURITY_ID)
        return FALSE;
    size -= sizeof(DWORD);
    colon = memchr(id, ':', size);
    if (!colon || colon == id)
        return FALSE;
    *host = colon + 1;
    *length = (DWORD)(id + size - *host);
    return TRUE;
}

/* The registered domain of a host; FALSE: it has none, or is an address. */
static BOOL id_domain(const BYTE *host, DWORD length, WCHAR out[MAX_SIZE_SECURITY_ID])
{
    int count = MultiByteToWideChar(CP_ACP, 0, (const char *)host, (int)length, out,
            MAX_SIZE_SECURITY_ID - 1);
    UINT32 address;
    size_t start;

    if (count <= 0 || wmemchr(out, ':', (size_t)count) || wmemchr(out, '/', (size_t)count)
            || host_ipv4_parse(out, (size_t)count, &address)
            || !host_domain(out, (size_t)count, &start))
        return FALSE;
    out[count] = 0;
    wmemmove(out, out + start, (size_t)count - start + 1);
    return TRUE;
}

/*
 * CompareSecurityIds: S_OK if both are of the same domain, S_FALSE if not; E_INVALIDARG: not a
 * security ID. "Only the domain names of both SIDs are considered for a match": the registered
 * ones, whatever stands before them; addresses, names of the intranet and what has no host have to
 * be the same, with scheme and zone. Page "CompareSecurityIds function" (platform-apis/aa359661).
 */
HRESULT WINAPI CompareSecurityIds(BYTE *first, DWORD first_size, BYTE *second, DWORD second_size,
        DWORD reserved)
{
    WCHAR first_domain[MAX_SIZE_SECURITY_ID], second_domain[MAX_SIZE_SECURITY_ID];
    const BYTE *first_host, *second_host;
    DWORD first_length, second_length;

    (void)reserved;
    if (!first || !second || !id_host(first, first_size, &first_host, &first_length)
            || !id_host(second, second_size, &second_host, &second_length))
        return E_INVALIDARG;
    if (first_size == second_size && !memcmp(first, second, first_size))
        return S_OK;
    return id_domain(first_host, first_length, first_domain)
                    && id_domain(second_host, second_length, second_domain)
                    && !_wcsicmp(first_domain, second_domain)
            ? S_OK
            : S_FALSE;
}
