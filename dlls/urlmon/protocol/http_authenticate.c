/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who the client is: IAuthenticateEx and IAuthenticate, on the apartment's thread. Basic and Digest
 * are answered here, NTLM and Negotiate by WinINet, which is let at challenges for that alone.
 * Pages: IAuthenticate::Authenticate, IAuthenticateEx::AuthenticateEx, AUTHENTICATEF.
 */
#include "http_protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base64.h"
#include "http_headers.h"
#include "trace.h"
#include "wstr.h"

#define MAX_CHALLENGES 16u /* headers that are looked at */

/* What the answer offers. */
static unsigned int read_challenges(struct http_protocol *http, BOOL proxy,
        struct http_digest *digest)
{
    DWORD query = proxy ? HTTP_QUERY_PROXY_AUTHENTICATE : HTTP_QUERY_WWW_AUTHENTICATE;
    unsigned int schemes = 0;
    WCHAR *text;

    memset(digest, 0, sizeof(*digest));
    for (DWORD i = 0; i < MAX_CHALLENGES && (text = inet_call_header(http->answer, query, i)); i++)
    {
        schemes |= http_digest_read(text, digest);
        free(text);
    }
    return schemes;
}

/* IAuthenticateEx or IAuthenticate. */
static HRESULT ask_credentials(struct http_protocol *http, BOOL proxy, BOOL basic, HWND *window,
        WCHAR **user, WCHAR **password)
{
    AUTHENTICATEINFO info = {0, 0};
    IAuthenticateEx *extended;
    IAuthenticate *simple;
    HRESULT hr;

    if (!http->url.secure)
        info.dwFlags |= AUTHENTICATEF_HTTP;
    if (proxy)
        info.dwFlags |= AUTHENTICATEF_PROXY;
    if (basic)
        info.dwFlags |= AUTHENTICATEF_BASIC;
    if ((extended = inet_protocol_service(&http->protocol, &IID_IAuthenticateEx)))
    {
        hr = IAuthenticateEx_AuthenticateEx(extended, window, user, password, &info);
        IAuthenticateEx_Release(extended);
        if (hr != E_NOTIMPL)
            return hr;
    }
    if (!(simple = inet_protocol_service(&http->protocol, &IID_IAuthenticate)))
        return E_NOINTERFACE;
    hr = IAuthenticate_Authenticate(simple, window, user, password);
    IAuthenticate_Release(simple);
    return hr;
}

static void replace_secret(WCHAR **slot, const WCHAR *text)
{
    http_secret_free(*slot);
    *slot = wstr_dup(text ? text : L"");
}

static void task_secret_free(WCHAR *text)
{
    if (text)
        SecureZeroMemory(text, wcslen(text) * sizeof(WCHAR));
    CoTaskMemFree(text);
}

/* Asks for credentials and keeps them. */
static HRESULT get_credentials(struct http_protocol *http, BOOL proxy, BOOL basic)
{
    WCHAR *user = NULL, *password = NULL;
    HWND window = NULL;
    HRESULT hr;

    hr = ask_credentials(http, proxy, basic, &window, &user, &password);
    if (SUCCEEDED(hr) && user)
    {
        replace_secret(proxy ? &http->proxy_user : &http->user, user);
        replace_secret(proxy ? &http->proxy_password : &http->password, password);
        hr = S_OK;
    }
    else if (hr != E_ABORT)
        hr = INET_E_AUTHENTICATION_REQUIRED;
    task_secret_free(user);
    task_secret_free(password);
    return hr;
}

/* Whether there are credentials which have not been offered yet: those of the URL, or whose nonce
 * was too old, or a proxy's that has taken them on another way (to where a redirect led). */
static BOOL has_credentials(struct http_protocol *http, BOOL proxy, const struct http_login *last,
        const struct http_login *now)
{
    if (last->scheme)
        return last->scheme == now->scheme && (now->digest.stale || last->right);
    if (proxy || http->user || !http->url.user)
        return FALSE;
    replace_secret(&http->user, http->url.user);
    replace_secret(&http->password, http->url.password);
    return http->user && http->password;
}

/* The best of what is offered; 0: nothing that is known. WinINet's comes first: what has failed by
 * that may be tried by another. */
static unsigned int choose_scheme(unsigned int schemes, const struct http_digest *digest,
        BOOL first)
{
    if ((schemes & HTTP_SCHEME_WINDOWS) && first)
        return HTTP_SCHEME_WINDOWS;
    if (digest->known)
        return HTTP_SCHEME_DIGEST;
    return schemes & HTTP_SCHEME_BASIC ? HTTP_SCHEME_BASIC : schemes & HTTP_SCHEME_WINDOWS;
}

BOOL http_authenticate_is_wanted(struct http_protocol *http)
{
    if (http->status == HTTP_STATUS_PROXY_AUTH_REQ)
        return !http->url.secure || !inet_call_is_secure(http->answer);
    return http->status == HTTP_STATUS_DENIED;
}

void http_authenticate_passed(struct http_protocol *http)
{
    http->proxy_login.right = http->proxy_login.scheme != 0;
}

HRESULT http_authenticate(struct http_protocol *http, BOOL proxy)
{
    struct http_login *last = proxy ? &http->proxy_login : &http->login, login = {0};
    BOOL basic;
    HRESULT hr;

    /* A proxy asks once for each server to which redirects lead. */
    if (!last->right && ++http->answers > HTTP_MAX_ANSWERS)
        return INET_E_AUTHENTICATION_REQUIRED;
    login.scheme = choose_scheme(read_challenges(http, proxy, &login.digest), &login.digest,
            !last->scheme);
    basic = login.scheme == HTTP_SCHEME_BASIC;
    if (!login.scheme)
        return INET_E_AUTHENTICATION_REQUIRED;
    if (basic && !proxy && !http->url.secure
            && (http->protocol.flags2 & BINDF2_DISABLEBASICOVERHTTP))
    {
        trace("http %p: Basic without TLS is not wanted", (void *)http);
        return INET_E_AUTHENTICATION_REQUIRED;
    }
    hr = has_credentials(http, proxy, last, &login) ? S_OK : get_credentials(http, proxy, basic);
    login.asked = proxy;
    if (SUCCEEDED(hr))
        *last = login;
    return hr;
}

/* "Basic " and the base 64 of user and password; http_secret_free() it. RFC 7617. */
static HRESULT basic_answer(const WCHAR *user, const WCHAR *password, WCHAR **out)
{
    size_t length = wcslen(user) + 1 + wcslen(password), size = 0;
    WCHAR *plain, *code = NULL, *text = NULL;
    BYTE *bytes;

    if (length > MAXLONG / 16)
        return E_INVALIDARG;
    plain = calloc(length + 1, sizeof(WCHAR));
    bytes = malloc(length * 3);
    if (plain && bytes)
    {
        wcscpy(plain, user);
        wcscat(plain, L":");
        wcscat(plain, password);
        size = (size_t)WideCharToMultiByte(CP_UTF8, 0, plain, (int)length, (char *)bytes,
                (int)length * 3, NULL, NULL);
    }
    if (size && (code = base64_encode(bytes, size)) != NULL)
        text = malloc((wcslen(code) + 7) * sizeof(WCHAR));
    if (text)
    {
        wcscpy(text, L"Basic ");
        wcscat(text, code);
    }
    http_secret_free(plain);
    http_secret_free(code);
    if (bytes)
        SecureZeroMemory(bytes, length * 3);
    free(bytes);
    *out = text;
    return text ? S_OK : E_OUTOFMEMORY;
}

/* The target of a request as it stands in its first line; free() it. WinINet tells a proxy the port
 * in any case. */
static WCHAR *request_target(const struct http_url *url, BOOL proxy)
{
    size_t room = wcslen(url->host) + wcslen(url->path) + 32;
    WCHAR *text;

    if (!proxy)
        return wstr_dup(url->path);
    if (!(text = malloc(room * sizeof(WCHAR))))
        return NULL;
    if (url->secure)
        swprintf(text, room, L"%ls:%u", url->host, url->port);
    else
        swprintf(text, room, L"http://%ls:%u%ls", url->host, url->port, url->path);
    return text;
}

static HRESULT add_answer(struct http_protocol *http, BOOL proxy, WCHAR **headers)
{
    struct http_login *login = proxy ? &http->proxy_login : &http->login;
    const WCHAR *user = proxy ? http->proxy_user : http->user;
    const WCHAR *password = proxy ? http->proxy_password : http->password;
    const WCHAR *verb = proxy && http->url.secure ? L"CONNECT" : http->verb;
    WCHAR *value = NULL, *target;
    HRESULT hr;

    /* Not every server is reached through the proxy. */
    if (!user || !password || (proxy && !login->asked))
        return S_OK;
    if (login->scheme == HTTP_SCHEME_DIGEST)
    {
        if (!(target = request_target(&http->url, proxy)))
            return E_OUTOFMEMORY;
        hr = http_digest_answer(&login->digest, user, password, verb, target, &value);
        free(target);
    }
    else if (login->scheme == HTTP_SCHEME_BASIC)
        hr = basic_answer(user, password, &value);
    else
        return S_OK;
    if (FAILED(hr))
        return hr;
    hr = http_headers_add(headers, proxy ? L"Proxy-Authorization" : L"Authorization", value);
    http_secret_free(value);
    return hr;
}

HRESULT http_authenticate_headers(struct http_protocol *http, WCHAR **headers)
{
    HRESULT hr = add_answer(http, FALSE, headers);

    return FAILED(hr) || http->url.secure ? hr : add_answer(http, TRUE, headers);
}

HRESULT http_authenticate_connect(struct http_protocol *http, struct inet_call *call)
{
    WCHAR *headers = NULL;
    HRESULT hr;

    if (!http->url.secure)
        return S_OK;
    hr = add_answer(http, TRUE, &headers);
    inet_call_tell_proxy(call, headers);
    return hr;
}
