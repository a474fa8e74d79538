/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which redirections are followed. */
#include "bind_protocol_impl.h"

#include <wchar.h>

#include "session.h"
#include "trace.h"

#include <shlwapi.h>
#include <wininet.h>

#define REDIRECTS_AT_MOST 20

static BOOL scheme_is_web(DWORD scheme)
{
    return scheme == URL_SCHEME_HTTP || scheme == URL_SCHEME_HTTPS || scheme == URL_SCHEME_FTP;
}

/* What the web may send to: the web, and what the process itself has registered. Never files, mk:,
 * res:, scripts or whatever else an installed handler opens. */
static BOOL target_is_allowed(DWORD from, DWORD to, IUri *uri)
{
    BSTR scheme = NULL;
    BOOL is_allowed;

    if (!scheme_is_web(from) || scheme_is_web(to))
        return TRUE;
    if (to != URL_SCHEME_UNKNOWN && to != URL_SCHEME_WILDCARD)
        return FALSE;
    is_allowed = IUri_GetSchemeName(uri, &scheme) == S_OK && session_scheme_is_temporary(scheme);
    SysFreeString(scheme);
    return is_allowed;
}

/* IBindCallbackRedirect::Redirect: the client may say no. */
static HRESULT client_asks(struct protocol_client *client, const WCHAR *url)
{
    IBindCallbackRedirect *callback;
    VARIANT_BOOL cancel = VARIANT_FALSE;

    if (FAILED(protocol_client_service(client, &IID_IBindCallbackRedirect,
                &IID_IBindCallbackRedirect, (void **)&callback)))
        return S_OK;
    IBindCallbackRedirect_Redirect(callback, url, &cancel);
    IBindCallbackRedirect_Release(callback);
    return cancel == VARIANT_FALSE ? S_OK : INET_E_REDIRECT_FAILED;
}

/* BINDF_IGNORESECURITYPROBLEM: "redirects between HTTP and HTTPS servers should be ignored". */
static BOOL client_ignores_security(struct protocol_client *client)
{
    BINDINFO info = {.cbSize = sizeof(info)};
    DWORD flags = 0;

    if (FAILED(IInternetBindInfo_GetBindInfo(client->bind_info, &flags, &info)))
        return FALSE;
    ReleaseBindInfo(&info);
    return (flags & BINDF_IGNORESECURITYPROBLEM) != 0;
}

/* IHttpSecurity::OnSecurityProblem, for a way that leads from https to http: RPC_E_RETRY follows
 * it, E_ABORT ends the binding. Else "a dialog box" would have to warn the user (page
 * IHttpSecurity::OnSecurityProblem); there is none, and the way is not followed. */
static HRESULT client_is_warned(struct protocol_client *client)
{
    IHttpSecurity *security;
    HRESULT hr = S_FALSE;

    if (client_ignores_security(client))
        return S_OK;
    if (SUCCEEDED(protocol_client_service(client, &IID_IHttpSecurity, &IID_IHttpSecurity,
                (void **)&security)))
    {
        hr = IHttpSecurity_OnSecurityProblem(security, ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR);
        IHttpSecurity_Release(security);
    }
    if (hr == RPC_E_RETRY)
        return S_OK;
    return hr == E_ABORT ? E_ABORT : INET_E_SECURITY_PROBLEM;
}

HRESULT bind_redirect_resolve(struct protocol_client *client, IUri *from, const WCHAR *url,
        unsigned int redirects, IUri **out)
{
    DWORD from_scheme = URL_SCHEME_UNKNOWN, to_scheme = URL_SCHEME_UNKNOWN;
    BSTR text = NULL;
    IUri *uri = NULL;
    HRESULT hr;

    *out = NULL;
    if (redirects >= REDIRECTS_AT_MOST)
        return INET_E_REDIRECT_FAILED;
    hr = CoInternetCombineUrlEx(from, url, 0, &uri, 0);
    if (FAILED(hr))
        hr = CreateUri(url, 0, 0, &uri);
    if (FAILED(hr) || !uri)
        return INET_E_REDIRECT_FAILED;
    IUri_GetScheme(from, &from_scheme);
    IUri_GetScheme(uri, &to_scheme);
    hr = IUri_GetDisplayUri(uri, &text);
    if (SUCCEEDED(hr) && !target_is_allowed(from_scheme, to_scheme, uri))
    {
        trace("redirection to %ls refused", text);
        hr = INET_E_REDIRECT_FAILED;
    }
    if (SUCCEEDED(hr))
        hr = client_asks(client, text);
    if (SUCCEEDED(hr) && from_scheme == URL_SCHEME_HTTPS && to_scheme == URL_SCHEME_HTTP)
        hr = client_is_warned(client);
    SysFreeString(text);
    if (FAILED(hr))
        IUri_Release(uri);
    else
        *out = uri;
    return hr;
}
