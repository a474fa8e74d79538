/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http_protocol.h"

#include <stdlib.h>
#include <wchar.h>
#include <wininet.h>

#include "http_headers.h"
#include "wstr.h"

void http_url_free(struct http_url *url)
{
    free(url->text);
    free(url->host);
    free(url->path);
    http_secret_free(url->user);
    http_secret_free(url->password);
    memset(url, 0, sizeof(*url));
}

static WCHAR *part_dup(const WCHAR *text, DWORD length, const WCHAR *prefix)
{
    size_t before = wcslen(prefix);
    WCHAR *copy = malloc((before + length + 1) * sizeof(WCHAR));

    if (!copy)
        return NULL;
    memcpy(copy, prefix, before * sizeof(WCHAR));
    memcpy(copy + before, text, length * sizeof(WCHAR));
    copy[before + length] = 0;
    return copy;
}

/* Copies a part that may be missing, its %XX decoded. */
static HRESULT credential_dup(const WCHAR *text, DWORD length, WCHAR **out)
{
    WCHAR *copy, *from, *to;

    *out = NULL;
    if (!text || !length)
        return S_OK;
    if (!(copy = part_dup(text, length, L"")))
        return E_OUTOFMEMORY;
    for (from = to = copy; *from; from++)
    {
        WCHAR digits[3] = {0};

        if (*from == '%' && iswxdigit(from[1]) && iswxdigit(from[2]))
        {
            digits[0] = from[1];
            digits[1] = from[2];
            *to++ = (WCHAR)wcstoul(digits, NULL, 16);
            from += 2;
        }
        else
            *to++ = *from;
    }
    *to = 0;
    *out = copy;
    return S_OK;
}

HRESULT http_url_parse(const WCHAR *text, struct http_url *url)
{
    URL_COMPONENTSW parts = {sizeof(parts), .dwHostNameLength = 1, .dwUserNameLength = 1,
            .dwPasswordLength = 1, .dwUrlPathLength = 1, .dwExtraInfoLength = 1};
    DWORD length = (DWORD)wcscspn(text, L"#");
    DWORD path;
    HRESULT hr;

    memset(url, 0, sizeof(*url));
    if (!http_value_is_safe(text) && wcspbrk(text, L"\r\n\t"))
        return INET_E_INVALID_URL;
    if (!InternetCrackUrlW(text, length, 0, &parts))
        return INET_E_INVALID_URL;
    if (parts.nScheme != INTERNET_SCHEME_HTTP && parts.nScheme != INTERNET_SCHEME_HTTPS)
        return INET_E_UNKNOWN_PROTOCOL;
    if (!parts.dwHostNameLength || !parts.lpszHostName)
        return INET_E_INVALID_URL;
    url->secure = parts.nScheme == INTERNET_SCHEME_HTTPS;
    url->port = parts.nPort;
    path = parts.dwUrlPathLength + parts.dwExtraInfoLength;
    if (!parts.lpszUrlPath || !parts.dwUrlPathLength)
        parts.lpszUrlPath = parts.lpszExtraInfo;
    url->text = part_dup(text, length, L"");
    url->host = part_dup(parts.lpszHostName, parts.dwHostNameLength, L"");
    url->path = part_dup(parts.lpszUrlPath, path, path && *parts.lpszUrlPath == '/' ? L"" : L"/");
    hr = url->text && url->host && url->path ? S_OK : E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
        hr = credential_dup(parts.lpszUserName, parts.dwUserNameLength, &url->user);
    if (SUCCEEDED(hr))
        hr = credential_dup(parts.lpszPassword, parts.dwPasswordLength, &url->password);
    if (FAILED(hr))
        http_url_free(url);
    return hr;
}
