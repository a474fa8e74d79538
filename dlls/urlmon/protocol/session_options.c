/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the process: the user agent, the proxy. */
#include "user_agent.h"

#include <stdlib.h>
#include <string.h>

#include <urlmon.h>
#include <wininet.h>

#include "inet_session.h"

/* The proxy of this DLL's sessions; the text is in bytes. */
static HRESULT set_proxy(const INTERNET_PROXY_INFO *info)
{
    return inet_session_set_proxy(info->dwAccessType, (const char *)info->lpszProxy,
            (const char *)info->lpszProxyBypass);
}

/* UrlMkSetSessionOption: sets an option of the process. E_INVALIDARG: the option is none, or its
 * value is not valid; E_FAIL: WinINet refuses it. Page "UrlMkSetSessionOption function"
 * (platform-apis/ms775125). */
HRESULT WINAPI UrlMkSetSessionOption(DWORD option, LPVOID buffer, DWORD size, DWORD reserved)
{
    (void)reserved;
    switch (option)
    {
    case URLMON_OPTION_USERAGENT:
        if (!buffer || !size)
            return E_INVALIDARG;
        return user_agent_set(buffer, size);
    case URLMON_OPTION_USERAGENT_REFRESH:
        user_agent_refresh();
        return S_OK;
    case INTERNET_OPTION_PROXY:
        if (!buffer || size < sizeof(INTERNET_PROXY_INFO))
            return E_INVALIDARG;
        return set_proxy(buffer);
    case INTERNET_OPTION_REFRESH:
        return InternetSetOptionA(NULL, option, buffer, size) ? S_OK : E_FAIL;
    default:
        return E_INVALIDARG;
    }
}

/* Gives text out, its zero counted; E_OUTOFMEMORY when it does not fit, with the size it has. */
static HRESULT text_give(char *text, char *buffer, DWORD size, DWORD *needed)
{
    DWORD length;

    if (!text)
        return E_OUTOFMEMORY;
    length = (DWORD)strlen(text) + 1;
    *needed = length;
    if (buffer && length <= size)
        memcpy(buffer, text, length);
    free(text);
    return buffer && length <= size ? S_OK : E_OUTOFMEMORY;
}

/* UrlMkGetSessionOption: the value of an option; *needed is its size, also when the buffer is too
 * small (E_OUTOFMEMORY). E_INVALIDARG: the option is none, or `needed` is NULL. Page
 * "UrlMkGetSessionOption function" (platform-apis/ms775124). */
HRESULT WINAPI UrlMkGetSessionOption(DWORD option, LPVOID buffer, DWORD size, DWORD *needed,
        DWORD reserved)
{
    DWORD value = 1;

    (void)reserved;
    if (!needed)
        return E_INVALIDARG;
    switch (option)
    {
    case URLMON_OPTION_USERAGENT:
        return text_give(user_agent_get(0), buffer, size, needed);
    case URLMON_OPTION_URL_ENCODING:
        value = URL_ENCODING_NONE;
        break;
    case URLMON_OPTION_USE_BINDSTRINGCREDS:
    case URLMON_OPTION_USE_BROWSERAPPSDOCUMENTS:
        break;
    default:
        return E_INVALIDARG;
    }
    *needed = sizeof(value);
    if (!buffer || size < sizeof(value))
        return E_OUTOFMEMORY;
    memcpy(buffer, &value, sizeof(value));
    return S_OK;
}

/* ObtainUserAgentString: the user agent of requests of this process. *size is the buffer's, in
 * characters, and becomes that of the text with its zero. E_OUTOFMEMORY: it does not fit. Page
 * "ObtainUserAgentString function" (platform-apis/ms775117). */
HRESULT WINAPI ObtainUserAgentString(DWORD option, LPSTR text, DWORD *size)
{
    if (!text || !size)
        return E_INVALIDARG;
    return text_give(user_agent_get(option), text, *size, size);
}
